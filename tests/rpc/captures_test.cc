// Messages that real peers sent to each other (tests/interop), byte by byte: each is read as what it is. What is expected of
// them was told by another program than wirejit. Entry: the table `captures`.
#include <wirejit/buffer.h>
#include <wirejit/chain.h>
#include <wirejit/rpc/envelope.h>
#include <wirejit/rpc/frame.h>
#include <wirejit/rpc/message.h>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wirejit::test {
namespace {

using rpc::Protocol;
using rpc::Transport;

struct Capture {
  const char* name;
  std::string_view hex;
  rpc::Flavour flavour;
  std::uint32_t sequence = 0;
  int flags = 0;
  std::string_view int_keys{};  // in order: "9=ping;"
  std::string_view pairs{};     // in order: "isn=Interop;"
  std::size_t payload = 0;      // bytes, inflated
  int type = 0;                 // 0: there is no envelope
  std::string_view method{};
  std::int32_t seqid = 0;
  int code = -1;  // of an exception
};

constexpr Capture captures[] = {
    {.name = "Kitex TTHeader, no meta handlers: CALL ping",
     .hex = "0000001f1000000000000001000100000000800100010000000470696e670000000100",
     .flavour = {Transport::ttheader, Protocol::thrift_binary},
     .sequence = 1,
     .payload = 17,
     .type = 1,
     .method = "ping",
     .seqid = 1},
    {.name = "Kitex TTHeader, meta handlers: CALL ping",
     .hex = "00000067100000000000000100130000010001000369736e0007496e7465726f70100007000100"
            "08756e6672616d6564000c000435303030000300000014000000060007496e7465726f70000900"
            "0470696e6700160001310000800100010000000470696e670000000100",
     .flavour = {Transport::ttheader, Protocol::thrift_binary},
     .sequence = 1,
     .int_keys = "1=unframed;12=5000;3=;20=;6=Interop;9=ping;22=1;",
     .pairs = "isn=Interop;",
     .payload = 17,
     .type = 1,
     .method = "ping",
     .seqid = 1},
    {.name = "Kitex TTHeader: REPLY ping (void)",
     .hex = "0000002710000000000000010003000010000100160001320000800100020000000470696e6700"
            "00000100",
     .flavour = {Transport::ttheader, Protocol::thrift_binary},
     .sequence = 1,
     .int_keys = "22=2;",
     .payload = 17,
     .type = 2,
     .method = "ping",
     .seqid = 1},
    {.name = "Kitex TTHeader: REPLY divide with a declared exception",
     .hex = "0000005c1000000000000006000300001000010016000132000080010002000000066469766964"
            "65000000060c0001080001000000010b0002000000106469766973696f6e206279207a65726f0f"
            "00030b000000010000000574727920310000",
     .flavour = {Transport::ttheader, Protocol::thrift_binary},
     .sequence = 6,
     .int_keys = "22=2;",
     .payload = 70,
     .type = 2,
     .method = "divide",
     .seqid = 6},
    {.name = "Kitex TTHeader: EXCEPTION of a handler (code 6)",
     .hex = "0000004c1000000000000007000300001000010016000133000080010003000000046661696c00"
            "0000070b00010000001762697a206572726f723a20746f6c6420746f206661696c080002000000"
            "0600",
     .flavour = {Transport::ttheader, Protocol::thrift_binary},
     .sequence = 7,
     .int_keys = "22=3;",
     .payload = 54,
     .type = 3,
     .method = "fail",
     .seqid = 7,
     .code = 6},
    {.name = "Kitex TTHeader: ONEWAY note (type 4)",
     .hex = "0000006f100000000000000800130000010001000369736e0007496e7465726f70100007000300"
            "000014000000060007496e7465726f70000900046e6f7465001600013400010008756e6672616d"
            "6564000c000435303030000080010004000000046e6f7465000000080b0001000000016100",
     .flavour = {Transport::ttheader, Protocol::thrift_binary},
     .sequence = 8,
     .int_keys = "3=;20=;6=Interop;9=note;22=4;1=unframed;12=5000;",
     .pairs = "isn=Interop;",
     .payload = 25,
     .type = 4,
     .method = "note",
     .seqid = 8},
    {.name = "Kitex TTHeader: REPLY with a business error",
     .hex = "00000077100000000000000b00160000010003000a62697a2d737461747573000431303031000b"
            "62697a2d6d657373616765000b6e6f20627573696e657373000962697a2d6578747261000f7b22"
            "6b6579223a2276616c7565227d10000100160001320000008001000200000008627573696e6573"
            "730000000b00",
     .flavour = {Transport::ttheader, Protocol::thrift_binary},
     .sequence = 11,
     .int_keys = "22=2;",
     .pairs = "biz-status=1001;biz-message=no business;biz-extra={\"key\":\"value\"};",
     .payload = 21,
     .type = 2,
     .method = "business",
     .seqid = 11},
    {.name = "Kitex TTHeader: CALL with persistent and transient metainfo",
     .hex = "000000ad100000000000000d0021000001000300135250435f5452414e5349545f50415353494e"
            "470004676f657300135250435f504552534953545f4c415354494e470005737461797300036973"
            "6e0007496e7465726f7010000700010008756e6672616d6564000c000435303030000300000014"
            "000000060007496e7465726f70000900046d657461001600013100000080010001000000046d65"
            "74610000000d0b0001000000074c415354494e4700",
     .flavour = {Transport::ttheader, Protocol::thrift_binary},
     .sequence = 13,
     .int_keys = "1=unframed;12=5000;3=;20=;6=Interop;9=meta;22=1;",
     .pairs = "RPC_TRANSIT_PASSING=goes;RPC_PERSIST_LASTING=stays;isn=Interop;",
     .payload = 31,
     .type = 1,
     .method = "meta",
     .seqid = 13},
    {.name = "Kitex TTHeader: REPLY with backward metainfo (a bare key)",
     .hex = "0000004f100000000000000d000a000001000100086261636b77617264000f6261636b20746f20"
            "4c415354494e47100001001600013280010002000000046d6574610000000d0b00000000000573"
            "7461797300",
     .flavour = {Transport::ttheader, Protocol::thrift_binary},
     .sequence = 13,
     .int_keys = "22=2;",
     .pairs = "backward=back to LASTING;",
     .payload = 29,
     .type = 2,
     .method = "meta",
     .seqid = 13},
    {.name = "Kitex TTHeader: EXCEPTION unknown service (code 20)",
     .hex = "000000681000000000000037000600000100010005637272737400013110000100160001330080"
            "01000300000007756e6865617264000000370b000100000024756e6b6e6f776e20736572766963"
            "65204e6578742c206d6574686f6420756e68656172640800020000001400",
     .flavour = {Transport::ttheader, Protocol::thrift_binary},
     .sequence = 55,
     .int_keys = "22=3;",
     .pairs = "crrst=1;",
     .payload = 70,
     .type = 3,
     .method = "unheard",
     .seqid = 55,
     .code = 20},
    {.name = "Kitex TTHeader, graceful stop: REPLY with crrst",
     .hex = "000000331000000000000004000600000100010005637272737400013110000100160001320080"
            "0100020000000470696e670000000400",
     .flavour = {Transport::ttheader, Protocol::thrift_binary},
     .sequence = 4,
     .int_keys = "22=2;",
     .pairs = "crrst=1;",
     .payload = 17,
     .type = 2,
     .method = "ping",
     .seqid = 4},
    {.name = "Kitex TTHeaderFramed: CALL ping",
     .hex = "00000067100000000000000100120000010001000369736e0007496e7465726f70100007000100"
            "066672616d6564000c000435303030000300000014000000060007496e7465726f700009000470"
            "696e67001600013100000011800100010000000470696e670000000100",
     .flavour = {Transport::ttheader_framed, Protocol::thrift_binary},
     .sequence = 1,
     .int_keys = "1=framed;12=5000;3=;20=;6=Interop;9=ping;22=1;",
     .pairs = "isn=Interop;",
     .payload = 17,
     .type = 1,
     .method = "ping",
     .seqid = 1},
    {.name = "Kitex TTHeaderFramed: REPLY ping",
     .hex = "0000002b1000000000000001000300001000010016000132000000000011800100020000000470"
            "696e670000000100",
     .flavour = {Transport::ttheader_framed, Protocol::thrift_binary},
     .sequence = 1,
     .int_keys = "22=2;",
     .payload = 17,
     .type = 2,
     .method = "ping",
     .seqid = 1},
    {.name = "Kitex mux: CALL ping (flag 1)",
     .hex = "00000067100000010000000100130000010001000369736e0007496e7465726f70100007000100"
            "08756e6672616d6564000c000435303030000300000014000000060007496e7465726f70000900"
            "0470696e6700160001310000800100010000000470696e670000000100",
     .flavour = {Transport::ttheader, Protocol::thrift_binary},
     .sequence = 1,
     .flags = 1,
     .int_keys = "1=unframed;12=5000;3=;20=;6=Interop;9=ping;22=1;",
     .pairs = "isn=Interop;",
     .payload = 17,
     .type = 1,
     .method = "ping",
     .seqid = 1},
    {.name = "Kitex mux: REPLY ping (no flag)",
     .hex = "0000002710000000000000010003000010000100160001320000800100020000000470696e6700"
            "00000100",
     .flavour = {Transport::ttheader, Protocol::thrift_binary},
     .sequence = 1,
     .int_keys = "22=2;",
     .payload = 17,
     .type = 2,
     .method = "ping",
     .seqid = 1},
    {.name = "Kitex mux: control frame",
     .hex = "0000002b100000000000000000040000010001000563727273740001310080010002000000046e"
            "6f6e650000000000",
     .flavour = {Transport::ttheader, Protocol::thrift_binary},
     .pairs = "crrst=1;",
     .payload = 17,
     .type = 2,
     .method = "none"},
    {.name = "Kitex-Protobuf: CALL EchoItem",
     .hex = "0000008c100000000000000100120000010001000369736e00054974656d731000070001000666"
            "72616d6564000c0004353030300003000000140000000600054974656d73000900084563686f49"
            "74656d00160001310000003690010001000000084563686f4974656d00000001089601120668c3"
            "a96c6c6f1a080203808080808040220b0a0161120608ffffffff0f",
     .flavour = {Transport::ttheader_framed, Protocol::kitex_protobuf},
     .sequence = 1,
     .int_keys = "1=framed;12=5000;3=;20=;6=Items;9=EchoItem;22=1;",
     .pairs = "isn=Items;",
     .payload = 54,
     .type = 1,
     .method = "EchoItem",
     .seqid = 1},
    {.name = "Kitex-Protobuf: REPLY EchoItem",
     .hex = "000000501000000000000001000300001000010016000132000000000036900100020000000845"
            "63686f4974656d00000001089601120668c3a96c6c6f1a080203808080808040220b0a01611206"
            "08ffffffff0f",
     .flavour = {Transport::ttheader_framed, Protocol::kitex_protobuf},
     .sequence = 1,
     .int_keys = "22=2;",
     .payload = 54,
     .type = 2,
     .method = "EchoItem",
     .seqid = 1},
    {.name = "Kitex-Protobuf: EXCEPTION FailItem (code 6)",
     .hex = "00000049100000000000000300030000100001001600013300000000002f900100030000000846"
            "61696c4974656d000000030806121762697a206572726f723a20746f6c6420746f206661696c",
     .flavour = {Transport::ttheader_framed, Protocol::kitex_protobuf},
     .sequence = 3,
     .int_keys = "22=3;",
     .payload = 47,
     .type = 3,
     .method = "FailItem",
     .seqid = 3,
     .code = 6},
    {.name = "Kitex-Protobuf: REPLY with a business error",
     .hex = "0000007c100000000000000400160000010003000a62697a2d737461747573000431303031000b"
            "62697a2d6d657373616765000b6e6f20627573696e657373000962697a2d6578747261000f7b22"
            "6b6579223a2276616c7565227d100001001600013200000000000016900100020000000a52656a"
            "6563744974656d00000004",
     .flavour = {Transport::ttheader_framed, Protocol::kitex_protobuf},
     .sequence = 4,
     .int_keys = "22=2;",
     .pairs = "biz-status=1001;biz-message=no business;biz-extra={\"key\":\"value\"};",
     .payload = 22,
     .type = 2,
     .method = "RejectItem",
     .seqid = 4},
    {.name = "stream: header of the client",
     .hex = "000000321000000200000001000a1000010001000369736e000753747265616d73100002000900"
            "06676174686572001b000132000000",
     .flavour = {Transport::ttheader, Protocol::thrift_struct, true},
     .sequence = 1,
     .flags = 2,
     .int_keys = "9=gather;27=2;",
     .pairs = "isn=Streams;",
     .payload = 0},
    {.name = "stream: data of the client",
     .hex = "0000002e100000020000000100051000100002001b000133000900066761746865720800010000"
            "00010b0002000000017400",
     .flavour = {Transport::ttheader, Protocol::thrift_struct, true},
     .sequence = 1,
     .flags = 2,
     .int_keys = "27=3;9=gather;",
     .payload = 16},
    {.name = "stream: trailer of the client (half-close)",
     .hex = "0000001e100000020000000100051000100002001b00013400090006676174686572",
     .flavour = {Transport::ttheader, Protocol::thrift_struct, true},
     .sequence = 1,
     .flags = 2,
     .int_keys = "27=4;9=gather;",
     .payload = 0},
    {.name = "stream: header of the server, with a header of the user",
     .hex = "0000002e10000002000000020009100001000100046865616400056669727374100002001b0001"
            "3200090006737072656164",
     .flavour = {Transport::ttheader, Protocol::thrift_struct, true},
     .sequence = 2,
     .flags = 2,
     .int_keys = "27=2;9=spread;",
     .pairs = "head=first;",
     .payload = 0},
    {.name = "stream: data of the server",
     .hex = "0000002e100000020000000200051000100002001b000133000900067370726561640800010000"
            "00000b0002000000017400",
     .flavour = {Transport::ttheader, Protocol::thrift_struct, true},
     .sequence = 2,
     .flags = 2,
     .int_keys = "27=3;9=spread;",
     .payload = 16},
    {.name = "stream: trailer of the server, with a trailer of the user",
     .hex = "0000002e10000002000000020009100001000100047461696c00046c6173741000020009000673"
            "7072656164001b00013400",
     .flavour = {Transport::ttheader, Protocol::thrift_struct, true},
     .sequence = 2,
     .flags = 2,
     .int_keys = "9=spread;27=4;",
     .pairs = "tail=last;",
     .payload = 0},
    {.name = "stream: trailer of the server with a business error",
     .hex = "0000006a100000020000000400181000010003000a62697a2d737461747573000431303032000b"
            "62697a2d6d657373616765000772656675736564000962697a2d6578747261000f7b226b657922"
            "3a2276616c7565227d10000200090008636f6e7665727365001b000134000000",
     .flavour = {Transport::ttheader, Protocol::thrift_struct, true},
     .sequence = 4,
     .flags = 2,
     .int_keys = "9=converse;27=4;",
     .pairs = "biz-status=1002;biz-message=refused;biz-extra={\"key\":\"value\"};",
     .payload = 0},
    {.name = "stream: trailer of the server with an EXCEPTION (code 6)",
     .hex = "0000005c100000020000000500061000100002001b00013400090008636f6e7665727365000080"
            "01000300000008636f6e7665727365000000050b00010000001762697a206572726f723a20746f"
            "6c6420746f206661696c0800020000000600",
     .flavour = {Transport::ttheader, Protocol::thrift_struct, true},
     .sequence = 5,
     .flags = 2,
     .int_keys = "27=4;9=converse;",
     .payload = 58,
     .type = 3,
     .method = "converse",
     .seqid = 5,
     .code = 6},
    {.name = "stream: reset of the client (code 12007)",
     .hex = "000000c7100000020000000600061000100002001b00013500090008636f6e7665727365000080"
            "01000300000008636f6e7665727365000000060b0001000000827573657220636f646520696e76"
            "6f6b696e672073747265616d20525043207769746820636f6e746578742070726f636573736564"
            "20627920636f6e746578742e5769746843616e63656c206f7220636f6e746578742e5769746854"
            "696d656f75742c207468656e20696e766f6b696e672063616e63656c2829206163746976656c79"
            "08000200002ee700",
     .flavour = {Transport::ttheader, Protocol::thrift_struct, true},
     .sequence = 6,
     .flags = 2,
     .int_keys = "27=5;9=converse;",
     .payload = 165,
     .type = 3,
     .method = "converse",
     .seqid = 6,
     .code = 12007},
    {.name = "libthrift THeader Compact: REPLY meta with a pair",
     .hex = "0000003b0fff00000000000d000802000101086261636b776172640f6261636b20746f204c4153"
            "54494e4700000082410d046d657461080005737461797300",
     .flavour = {Transport::theader, Protocol::thrift_compact},
     .sequence = 13,
     .pairs = "backward=back to LASTING;",
     .payload = 17,
     .type = 2,
     .method = "meta",
     .seqid = 13},
    {.name = "libthrift THeader Compact: EXCEPTION unheard (code 1)",
     .hex = "0000003c0fff00000000000e00010200000082610e07756e6865617264181e496e76616c696420"
            "6d6574686f64206e616d653a2027756e686561726427150200",
     .flavour = {Transport::theader, Protocol::thrift_compact},
     .sequence = 14,
     .payload = 46,
     .type = 3,
     .method = "unheard",
     .seqid = 14,
     .code = 1},
    {.name = "libthrift THeader: the frame without payload that its server sends when a connection "
             "ends",
     .hex = "0000000e0fff00000000000f000102000000",
     .flavour = {Transport::theader, Protocol::thrift_compact},
     .sequence = 15,
     .payload = 0},
    {.name = "Go THeader Binary, zlib: CALL ping",
     .hex = "0000002b0fff000000000001000100010100789c6a6064606460606029c8cc4b67606060640004"
            "0000ffff157d0236",
     .flavour = {Transport::theader, Protocol::thrift_binary},
     .sequence = 1,
     .payload = 17,
     .type = 1,
     .method = "ping",
     .seqid = 1},
    {.name = "Go THeader Binary, zlib, with a pair: REPLY meta",
     .hex = "000000510fff00000000000d00080001010101086261636b776172640f6261636b20746f204c41"
            "5354494e470000789c6a60646062606060c94d2d49646060e0e5660001d6e292c4ca6206400000"
            "00ffff39bb0480",
     .flavour = {Transport::theader, Protocol::thrift_binary},
     .sequence = 13,
     .pairs = "backward=back to LASTING;",
     .payload = 29,
     .type = 2,
     .method = "meta",
     .seqid = 13},
    {.name = "python THeader Compact: CALL divide, SEQ and seqid 0",
     .hex = "0000001d0fff00000000000000010200000082210006646976696465160e160400",
     .flavour = {Transport::theader, Protocol::thrift_compact},
     .payload = 15,
     .type = 1,
     .method = "divide"},
    {.name = "python THeader Compact: ONEWAY note",
     .hex = "0000001a0fff000000000000000102000000828100046e6f746518016100",
     .flavour = {Transport::theader, Protocol::thrift_compact},
     .payload = 12,
     .type = 4,
     .method = "note"},
    {.name = "libthrift framed Compact: REPLY divide with a declared exception",
     .hex = "00000029824100066469766964651c150218106469766973696f6e206279207a65726f19180574"
            "727920310000",
     .flavour = {Transport::framed, Protocol::thrift_compact},
     .payload = 41,
     .type = 2,
     .method = "divide"},
    {.name = "Go framed JSON: REPLY divide with a declared exception",
     .hex = "0000006b5b312c22646976696465222c322c362c7b2231223a7b22726563223a7b2231223a7b22"
            "693332223a317d2c2232223a7b22737472223a226469766973696f6e206279207a65726f227d2c"
            "2233223a7b226c7374223a5b22737472222c312c227472792031225d7d7d7d7d5d",
     .flavour = {Transport::framed, Protocol::thrift_json},
     .payload = 107,
     .type = 2,
     .method = "divide",
     .seqid = 6},
};

std::string from_hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

template <class Pairs>
std::string listed(const Pairs& pairs) {
  std::string text;
  pairs.for_each([&](const auto& pair) {
    if constexpr (requires { std::to_string(pair.key); }) {
      text += std::to_string(pair.key);
    } else {
      text += pair.key;
    }
    text += "=" + std::string(pair.value) + ";";
  });
  return text;
}

// The frame is read as a whole, and no part of it is taken for more than the beginning of a frame.
void expect_frame(const Capture& capture, const std::string& bytes, rpc::Message& message,
                  std::string& payload) {
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    Chain in;
    Buffer inflated;
    std::size_t need = 0;
    ASSERT_TRUE(in.append(Bytes(reinterpret_cast<const std::uint8_t*>(bytes.data()), size)));
    message.clear();
    const auto frame = rpc::read_frame(in, {}, message, inflated, need);
    ASSERT_TRUE(frame) << size << ": " << frame.error();
    if (!*frame) {
      ASSERT_LT(size, bytes.size());
      ASSERT_GT(need, size);
      ASSERT_LE(need, bytes.size());
      continue;
    }
    ASSERT_TRUE((*frame)->payload_bytes);
    EXPECT_EQ(*(*frame)->payload_bytes, capture.payload);
    if (!(*frame)->is_inflated) {
      EXPECT_EQ((*frame)->header_bytes + capture.payload, bytes.size());
    }
    if (size == bytes.size()) {
      payload = (*frame)->is_inflated ? std::string(inflated.text())
                                      : bytes.substr((*frame)->header_bytes);
      EXPECT_EQ(message.flavour, capture.flavour);
      EXPECT_EQ(message.sequence, capture.sequence);
      EXPECT_EQ(message.flags, capture.flags);
      EXPECT_EQ(listed(message.int_keys), capture.int_keys);
      EXPECT_EQ(listed(message.pairs), capture.pairs);
      EXPECT_EQ(message.service, message.pairs.find("isn").value_or(""));
    }
  }
}

void expect_envelope(const Capture& capture, const std::string& payload) {
  // A stream's frame has none around its data, but its exceptions are whole messages.
  const Protocol protocol = capture.flavour.streaming && capture.type != 0
                                ? Protocol::thrift_binary
                                : capture.flavour.protocol;
  const auto envelope = rpc::read_envelope(protocol, as_bytes(payload));
  ASSERT_TRUE(envelope) << envelope.error();
  EXPECT_EQ(static_cast<int>(envelope->type), capture.type);
  EXPECT_EQ(envelope->method, capture.method);
  EXPECT_EQ(envelope->service, "");
  EXPECT_EQ(envelope->seqid, capture.seqid);
  if (envelope->type == rpc::MessageType::exception) {
    rpc::ApplicationException exception;
    Buffer scratch;
    const auto read = rpc::read_exception(protocol, as_bytes(payload).subspan(envelope->size),
                                          exception, scratch);
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(exception.code, capture.code);
    EXPECT_EQ(envelope->size + *read, payload.size());
  }
}

TEST(Captures, AreReadAsWhatTheyAre) {
  for (const Capture& capture : captures) {
    SCOPED_TRACE(capture.name);
    rpc::Message message;
    std::string payload;
    expect_frame(capture, from_hex(capture.hex), message, payload);
    if (capture.type != 0) {
      expect_envelope(capture, payload);
    }
  }
}

}  // namespace
}  // namespace wirejit::test
