// Envelopes, exceptions, frames and first bytes in hexadecimal digits, and what they mean. Golden bytes
// were made by other implementations, where that is said.
#pragma once

#include <wirejit/rpc/envelope.h>
#include <wirejit/rpc/frame.h>
#include <wirejit/rpc/message.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wirejit::test {

using rpc::ApplicationException;
using rpc::Flavour;
using rpc::MessageType;
using rpc::Protocol;
using rpc::Transport;

// ---- Envelopes

struct EnvelopeCase {
  Protocol protocol;
  std::string_view hex;
  std::string_view service;
  std::string_view method;
  MessageType type;
  std::int32_t seqid;
};

inline constexpr EnvelopeCase envelope_cases[] = {
    // The payloads of what CloudWeGo's and Apache's packages wrote.
    {Protocol::thrift_binary, "80010001 00000004 70696e67 00000007", "", "ping", MessageType::call,
     7},
    {Protocol::thrift_binary, "80010003 00000001 78 00000007", "", "x", MessageType::exception, 7},
    {Protocol::thrift_compact, "82 21 07 04 70696e67", "", "ping", MessageType::call, 7},
    // By hand.
    {Protocol::thrift_binary, "80010004 00000005 533a6f6e65 ffffffff", "S", "one",
     MessageType::oneway, -1},
    {Protocol::thrift_binary_old, "00000004 70696e67 01 00000007", "", "ping", MessageType::call,
     7},
    {Protocol::thrift_compact, "82 41 ffffffff0f 01 66", "", "f", MessageType::reply, -1},
    {Protocol::thrift_compact, "82 81 00 03 533a66", "S", "f", MessageType::oneway, 0},
    {Protocol::thrift_json, "5b312c2270696e67222c312c372c", "", "ping", MessageType::call, 7},
    {Protocol::thrift_json, "5b312c22533a70222c332c2d323134373438333634382c", "S", "p",
     MessageType::exception, -2147483648},
    {Protocol::kitex_protobuf, "90010001 00000004 4563686f 00000001", "", "Echo", MessageType::call,
     1},
};

struct BadEnvelope {
  Protocol protocol;
  std::string_view hex;
  std::string_view verdict;
};

inline constexpr BadEnvelope bad_envelopes[] = {
    {Protocol::thrift_binary, "81", "bad_frame at 0"},
    {Protocol::thrift_binary, "8002", "bad_frame at 1"},
    {Protocol::thrift_binary, "80010000", "invalid_type at 3"},
    {Protocol::thrift_binary, "80010005", "invalid_type at 3"},
    {Protocol::thrift_binary, "800100ff", "invalid_type at 3"},
    {Protocol::thrift_binary, "8001ff01 00000001 66 00000000", "ok"},  // this byte is unused
    {Protocol::thrift_binary, "80010001 ffffffff", "header_limit at 8"},
    {Protocol::thrift_binary, "80010001 00001001", "header_limit at 8"},
    {Protocol::thrift_binary, "80010001 00001000", "truncated at 8"},
    {Protocol::thrift_binary, "80010001 00000000 00000001", "wrong_method at 8"},
    {Protocol::thrift_binary, "80010001 00000002 533a 00000001", "wrong_method at 8"},
    {Protocol::thrift_binary_old, "80", "truncated at 1"},
    {Protocol::thrift_binary_old, "80010001", "bad_frame at 0"},
    {Protocol::thrift_binary_old, "01000000", "bad_frame at 0"},
    {Protocol::thrift_binary_old, "00001001", "header_limit at 4"},
    {Protocol::thrift_binary_old, "00000001 66 05", "invalid_type at 5"},
    {Protocol::thrift_binary_old, "00000000", "wrong_method at 4"},
    {Protocol::thrift_compact, "80", "bad_frame at 0"},
    {Protocol::thrift_compact, "8223", "bad_frame at 1"},
    {Protocol::thrift_compact, "8222", "protocol_mismatch at 1"},
    {Protocol::thrift_compact, "8201", "invalid_type at 1"},
    {Protocol::thrift_compact, "82a1", "invalid_type at 1"},
    {Protocol::thrift_compact, "82e1", "invalid_type at 1"},
    {Protocol::thrift_compact, "8221 ffffffffff01", "bad_frame at 6"},
    {Protocol::thrift_compact, "8221 8080808010", "bad_frame at 6"},
    {Protocol::thrift_compact, "8221 01 ffffffff0f", "header_limit at 8"},
    {Protocol::thrift_compact, "8221 01 808080808001", "bad_frame at 7"},
    {Protocol::thrift_compact, "8221 01 00", "wrong_method at 4"},
    {Protocol::thrift_compact, "8221 01 01 66", "ok"},              // the shortest
    {Protocol::thrift_compact, "8221 80808001 04 70696e67", "ok"},  // 80 01 within
    {Protocol::thrift_json, "5b20", "bad_frame at 1"},
    {Protocol::thrift_json, "5b322c", "bad_frame at 1"},
    {Protocol::thrift_json, "5b312c2266", "truncated at 5"},
    {Protocol::thrift_json, "5b312c225c6e", "bad_frame at 4"},  // an escape
    {Protocol::thrift_json, "5b312c220a", "bad_frame at 4"},
    {Protocol::thrift_json, "5b312c2222", "wrong_method at 4"},
    {Protocol::thrift_json, "5b312c2266222c302c", "invalid_type at 7"},
    {Protocol::thrift_json, "5b312c2266222c3235352c", "invalid_type at 7"},
    {Protocol::thrift_json, "5b312c2266222c2d312c", "invalid_type at 7"},
    {Protocol::thrift_json, "5b312c2266222c2c", "bad_frame at 7"},
    {Protocol::thrift_json, "5b312c2266222c312c323134373438333634382c", "bad_frame at 9"},
    {Protocol::thrift_json, "5b312c2266222c312c313131313131313131313131", "bad_frame at 9"},
    {Protocol::thrift_json, "5b312c2266222c312c312d312c", "bad_frame at 9"},
    {Protocol::kitex_protobuf, "80", "bad_frame at 0"},
    {Protocol::kitex_protobuf, "9002", "bad_frame at 1"},
    {Protocol::kitex_protobuf, "90010101", "invalid_type at 2"},
    {Protocol::kitex_protobuf, "90010006", "invalid_type at 2"},
    {Protocol::kitex_protobuf, "90010001 ffffffff", "header_limit at 8"},
    {Protocol::kitex_protobuf, "90010001 00000000", "wrong_method at 8"},
    {Protocol::thrift_struct, "", "unsupported"},
    {Protocol::protobuf, "", "unsupported"},
};

// ---- Exceptions

struct ExceptionCase {
  Protocol protocol;
  std::string_view hex;
  std::string_view message;
  std::int32_t code;
};

inline constexpr ExceptionCase exception_cases[] = {
    // Of what CloudWeGo's package wrote.
    {Protocol::thrift_binary, "0b000100000010756e6b6e6f776e206d6574686f6420780800020000000100",
     "unknown method x", ApplicationException::unknown_method},
    // By hand.
    {Protocol::thrift_binary_old, "0b00010000000008000200003a9900", "", 15001},
    {Protocol::thrift_compact, "1802786f150c00", "xo", ApplicationException::internal_error},
    {Protocol::kitex_protobuf, "08 15 12 02 786f", "xo", ApplicationException::no_service_name},
};

// ---- Frames

struct FrameCase {
  std::string_view name;
  std::string_view hex;
  Flavour flavour;
  std::uint32_t sequence;
  std::uint16_t flags;
  std::string_view pairs;
  std::string_view token;
  std::size_t header_bytes;
  std::optional<std::size_t> payload_bytes;
};

inline constexpr std::string_view binary_ping = "800100010000000470696e670000000700";

inline constexpr FrameCase frame_cases[] = {
    // CloudWeGo's packages wrote these.
    {"A",
     "0000002b1000000000000007000400001000010009000470696e67000000 "
     "800100010000000470696e670000000700",
     {Transport::ttheader, Protocol::thrift_binary},
     7,
     0,
     "9=ping;",
     "",
     30,
     17},
    {"B",
     "0000002b100000010000000700040000010001000369736e0003537663 00 "
     "800100010000000470696e670000000700",
     {Transport::ttheader, Protocol::thrift_binary},
     7,
     1,
     "isn=Svc;",
     "",
     30,
     17},
    {"C",
     "00000023100000000000000100020000110001740000 800100010000000470696e670000000700",
     {Transport::ttheader, Protocol::thrift_binary},
     1,
     0,
     "",
     "t",
     22,
     17},
    {"D",
     "00000017100000020000000900031000100001001b000133000000",
     {Transport::ttheader, Protocol::thrift_struct, true},
     9,
     2,
     "27=3;",
     "",
     26,
     1},
    // Debian's python3-thrift wrote these.
    {"F",
     "0000001f0fff0000000000070001 00000000 800100010000000470696e670000000700",
     {Transport::theader, Protocol::thrift_binary},
     7,
     0,
     "",
     "",
     18,
     17},
    {"G",
     "0000001b0fff0000000000070002 02000101016b0176 8221070470696e6700",
     {Transport::theader, Protocol::thrift_compact},
     7,
     0,
     "k=v;",
     "",
     22,
     9},
    // By hand.
    {"framed",
     "00000011 800100010000000470696e670000000700",
     {Transport::framed, Protocol::thrift_binary},
     0,
     0,
     "",
     "",
     4,
     17},
    {"framed Compact",
     "00000009 8221070470696e6700",
     {Transport::framed, Protocol::thrift_compact},
     0,
     0,
     "",
     "",
     4,
     9},
    {"framed JSON",
     "0000000f 5b312c2266222c312c302c7b7d5d20",
     {Transport::framed, Protocol::thrift_json},
     0,
     0,
     "",
     "",
     4,
     15},
    {"Kitex-Protobuf",
     "00000012 90010001 00000004 4563686f 00000001 0801",
     {Transport::framed, Protocol::kitex_protobuf},
     0,
     0,
     "",
     "",
     4,
     18},
    {"unframed",
     "800100010000000470696e670000000700",
     {Transport::unframed, Protocol::thrift_binary},
     0,
     0,
     "",
     "",
     0,
     std::nullopt},
    {"unframed Compact, the shortest",
     "822101016600",
     {Transport::unframed, Protocol::thrift_compact},
     0,
     0,
     "",
     "",
     0,
     std::nullopt},
    {"unframed JSON",
     "5b312c2266222c312c302c7b7d5d",
     {Transport::unframed, Protocol::thrift_json},
     0,
     0,
     "",
     "",
     0,
     std::nullopt},
    {"without pairs",
     "0000001f 1000 0000 00000000 0001 00000000 800100010000000470696e670000000700",
     {Transport::ttheader, Protocol::thrift_binary},
     0,
     0,
     "",
     "",
     18,
     17},
    {"TTHeader, Compact",
     "00000017 1000 0000 00000001 0001 02000000 8221070470696e6700",
     {Transport::ttheader, Protocol::thrift_compact},
     1,
     0,
     "",
     "",
     18,
     9},
    {"TTHeader, framed",
     "00000024 1000 0000 00000001 0001 04000000 00000012 90010001 00000004 4563686f"
     " 00000001 0801",
     {Transport::ttheader_framed, Protocol::kitex_protobuf},
     1,
     0,
     "",
     "",
     22,
     18},
    {"a stream of Protobuf",
     "00000014 1000 0002 00000003 0001 11000000 08010802 0000",
     {Transport::ttheader, Protocol::protobuf, true},
     3,
     2,
     "",
     "",
     18,
     6},
    {"a stream without a payload",
     "00000016 1000 0002 00000003 0003 1000 10 0001 001b 0001 32 0000",
     {Transport::ttheader, Protocol::thrift_struct, true},
     3,
     2,
     "27=2;",
     "",
     26,
     0},
};

// What must be read, and is not written: other writers pad and order otherwise.
inline constexpr FrameCase read_cases[] = {
    // libthrift C++ wrote this: four bytes of padding though it was aligned.
    {"I",
     "000000270fff0000000000070003 00000101016b0176 00000000 800100010000000470696e670000000700",
     {Transport::theader, Protocol::thrift_binary},
     7,
     0,
     "k=v;",
     "",
     26,
     17},
    // By hand.
    {"blocks repeat, with padding between",
     "0000003f 1000 0000 00000007 0009 0000"
     " 10 0001 0009 0001 61 00 01 0001 0001 6b 0000 10 0001 0009 0001 62 00 00 11 0002 7474 0000"
     " 800100010000000470696e670000000700",
     {Transport::ttheader, Protocol::thrift_binary},
     7,
     0,
     "9=a;9=b;k=;",
     "tt",
     50,
     17},
    {"keys of any bytes, and none",
     "00000033 1000 0000 00000007 0006 0000"
     " 01 0003 0000 0001 0a 0001 00 0002 0d0a 0001 0d 0001 78 00"
     " 800100010000000470696e670000000700",
     {Transport::ttheader, Protocol::thrift_binary},
     7,
     0,
     "",
     "",
     38,
     17},
    {"the payload tells the protocol, not the header",
     "0000001f 1000 0000 00000000 0001 04000000 800100010000000470696e670000000700",
     {Transport::ttheader, Protocol::thrift_binary},
     0,
     0,
     "",
     "",
     18,
     17},
    {"mesh header, unframed",
     "ffaf 000c 0001 0003 666f6f 0003 626172 822101016600",
     {Transport::unframed, Protocol::thrift_compact},
     0,
     0,
     "foo=bar;",
     "",
     16,
     std::nullopt},
    {"mesh header, framed",
     "ffaf 0002 0000 00000006 822101016600",
     {Transport::framed, Protocol::thrift_compact},
     0,
     0,
     "",
     "",
     10,
     6},
    {"an unknown block ends a THeader",
     "00000013 0fff 0000 00000007 0001 02000901 822101016600 00",
     {Transport::theader, Protocol::thrift_compact},
     7,
     0,
     "",
     "",
     18,
     5},
};

struct BadFrame {
  std::string_view hex;
  std::string_view verdict;
};

inline constexpr BadFrame bad_frames[] = {
    // Lengths.
    {"00000000", "bad_frame at 0"},
    {"00000003", "bad_frame at 0"},
    {"00000005 8221", "bad_frame at 0"},
    {"3fffffff", "frame_limit at 0"},
    {"00fa0001", "frame_limit at 0"},
    {"40000000", "bad_frame at 0"},
    {"7fffffff", "bad_frame at 0"},
    {"80000000", "bad_frame at 0"},
    {"ffffffff", "bad_frame at 0"},
    {"00000011 80020001", "bad_frame at 0"},
    {"00000011 8220", "bad_frame at 0"},
    {"00000011 8223", "bad_frame at 0"},
    {"00000011 0000", "bad_frame at 0"},
    {"00000004 70696e67", "bad_frame at 0"},  // the old envelope, which is not looked for
    // Other protocols.
    {"8002", "bad_frame at 0"},
    {"8223", "bad_frame at 0"},
    {"9001", "bad_frame at 0"},
    {"fff4fffd", "bad_frame at 0"},
    {"160301", "protocol_mismatch at 0"},
    {"47455420", "protocol_mismatch at 0"},          // GET
    {"50415443 48", "protocol_mismatch at 0"},       // PATCH
    {"505249202a204854", "protocol_mismatch at 0"},  // PRI * HT
    {"505249202a204855", "bad_frame at 0"},
    {"5b20", "bad_frame at 0"},
    {"5b3120", "bad_frame at 0"},
    {"7b22", "bad_frame at 0"},
    // TTHeaders: their length, the header's length, ids.
    {"0000000d 1000", "bad_frame at 0"},
    {"0000000e 1000 0000 00000000 0000 00000000", "bad_frame at 12"},
    {"0000000e 1000 0000 00000000 0002", "bad_frame at 12"},
    {"00fa0000 1000 0000 00000000 ffff", "header_limit at 12"},
    {"00fa0000 1000 0000 00000000 4001", "header_limit at 12"},
    {"0000001f 1000 0000 00000000 0001 00010000 800100010000", "protocol_mismatch at 15"},
    {"0000001f 1000 0000 00000000 0001 00ff0000 800100010000", "protocol_mismatch at 15"},
    {"0000001f 1000 0000 00000000 0001 01000000 800100010000", "protocol_mismatch at 14"},
    {"0000001f 1000 0000 00000000 0001 10000000 800100010000", "protocol_mismatch at 14"},
    {"0000001f 1000 0002 00000000 0001 00000000 800100010000", "protocol_mismatch at 14"},
    {"0000001f 1000 0000 00000000 0001 00000002 800100010000", "bad_frame at 17"},
    {"0000001f 1000 0000 00000000 0001 00000001 800100010000", "bad_frame at 18"},
    {"00000022 1000 0000 00000000 0002 0000 01 ffff 000000 800100010000", "bad_frame at 19"},
    {"00000022 1000 0000 00000000 0002 0000 10 0001 000000 800100010000", "bad_frame at 19"},
    {"00000022 1000 0000 00000000 0003 0000 10 0001 0009 0004 706900 800100010000",
     "bad_frame at 26"},
    {"00000022 1000 0000 00000000 0003 0000 01 0001 0009 0004 706900 800100010000",
     "bad_frame at 26"},
    {"00000022 1000 0000 00000000 0002 0000 11 0004 000000 800100010000", "bad_frame at 22"},
    // Their payloads.
    {"00000017 1000 0000 00000000 0001 00000000 900100010000", "protocol_mismatch"},
    {"00000017 1000 0000 00000000 0001 00000000 474554202f20", "protocol_mismatch"},
    {"00000018 1000 0000 00000000 0001 00000000 000000068221", "ok"},
    {"00000018 1000 0000 00000000 0001 00000000 000000078221", "bad_frame at 18"},
    {"00000018 1000 0000 00000000 0001 00000000 000000058221", "protocol_mismatch"},
    {"00000018 1000 0000 00000000 0001 00000000 000000061000", "protocol_mismatch"},
    {"00000012 1000 0000 00000000 0001 00000000 00000000", "protocol_mismatch"},
    // THeaders.
    {"00000009 0fff", "bad_frame at 0"},
    {"0000001f 0fff 0000 00000000 0000", "bad_frame at 12"},
    {"0000001f 0fff 0000 00000000 0008", "bad_frame at 12"},
    {"0000001f 0fff 0000 00000000 0001 01000000", "protocol_mismatch at 14"},
    {"0000001f 0fff 0000 00000000 0001 ffffffff", "bad_frame at 18"},
    {"0000001f 0fff 0000 00000000 0002 ffffffffff 010000", "bad_frame at 18"},
    {"0000001f 0fff 0000 00000000 0001 00ff0100", "protocol_mismatch at 17"},
    {"0000001f 0fff 0000 00000000 0001 00010200", "protocol_mismatch at 17"},
    {"0000001f 0fff 0000 00000000 0001 00010101", "bad_frame at 18"},
    {"0000001f 0fff 0000 00000000 0001 00000105", "bad_frame at 18"},
    {"0000001f 0fff 0000 00000000 0002 00000101 016b 0500", "bad_frame at 22"},
    {"0000001f 0fff 0000 00000000 0002 0000 01 ffffffff0f", "bad_frame at 22"},
    // Mesh headers.
    {"ffaf 0000 8221", "bad_frame at 4"},
    {"ffaf 0003 0000 00 8221", "bad_frame at 6"},
    {"ffaf 0002 0001 8221", "bad_frame at 6"},
    {"ffaf 0002 0000 160301", "protocol_mismatch at 0"},
    {"ffaf 0002 0000 ffaf", "bad_frame at 0"},
    {"ffaf 0002 0000 0000001f 1000 0000", "bad_frame at 6"},
    {"ffaf ffff", "header_limit at 2"},
};

// ---- First bytes

struct SniffCase {
  std::string_view hex;
  std::string_view verdict;
};

inline constexpr SniffCase sniff_cases[] = {
    {"", "need 2"},
    {"80", "need 2"},
    {"8001", "unframed thrift_binary 0+0"},
    {"8221", "unframed thrift_compact 0+0"},
    // Compact whose number and name look like other magics at bytes 4 and 5.
    {"822180800fff0161", "unframed thrift_compact 0+0"},
    {"822180808001 0470696e6700", "unframed thrift_compact 0+0"},
    {"8221 0101 1000", "unframed thrift_compact 0+0"},
    {"ffaf", "need 4"},
    {"ffaf0010", "need 22"},
    {"ffaf0002 0000 80", "need 8"},
    {"ffaf0002 0000 8001", "unframed thrift_binary 6+0"},
    {"ffaf0002 0000 00000012", "need 12"},
    {"ffaf0002 0000 00000012 9001", "framed kitex_protobuf 6+4"},
    {"ffaf0002 0000 00000020 1000", "need 14"},
    {"ffaf0002 0000 00000020 1000 0000", "unknown"},
    {"ffaf0002 0000 47455420", "unknown"},
    {"fff4", "unknown"},
    {"5b", "need 2"},
    {"5b31", "need 3"},
    {"5b312c", "unframed thrift_json 0+0"},
    {"5b31ff", "unknown"},
    {"50", "need 2"},
    {"5052", "need 8"},
    {"505249202a20", "need 8"},
    {"505249202a204854", "http2"},
    {"504f", "need 4"},
    {"504f5354", "http1"},
    {"4745", "need 4"},
    {"47455420", "http1"},
    {"48454144", "http1"},
    {"4f505449", "http1"},
    {"44454c45", "http1"},
    {"4841", "unknown"},
    {"48545450", "http1"},
    {"434f4e4e", "http1"},
    {"54524143", "http1"},
    {"1603", "tls"},
    {"1503", "tls"},
    {"0000", "need 4"},
    {"000000", "need 4"},
    {"00000005", "unknown"},
    {"00000006", "need 6"},
    {"0000000680", "need 6"},
    {"000000068221", "framed thrift_compact 0+4"},
    {"000000118001", "framed thrift_binary 0+4"},
    {"000000115b31", "framed thrift_json 0+4"},
    {"000000119001", "framed kitex_protobuf 0+4"},
    {"0000000d1000", "unknown"},
    {"0000000e1000", "need 8"},
    {"0000000e10000000", "ttheader thrift_binary 0+14"},
    {"0000000e10000002", "ttheader thrift_struct streaming 0+14"},
    {"0000000e100000000000000000", "ttheader thrift_binary 0+14"},
    {"0000000e10000000000000000002", "ttheader thrift_binary 0+22"},
    {"0000000e0fff0000000000000001", "theader thrift_binary 0+18"},
    {"3fffffff", "need 6"},
    {"3fffffff8001", "framed thrift_binary 0+4"},
    {"40000000", "unknown"},
};

}  // namespace wirejit::test
