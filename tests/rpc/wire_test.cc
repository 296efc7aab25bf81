// What is around bodies: messages and their pairs, envelopes. Golden bytes were made by other
// implementations, where that is said.
#include "tests/support/guarded_input.h"

#include <wirejit/chain.h>
#include <wirejit/rpc/envelope.h>
#include <wirejit/rpc/message.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace wirejit::test {
namespace {

using rpc::ApplicationException;
using rpc::Body;
using rpc::Envelope;
using rpc::IntPairs;
using rpc::Message;
using rpc::MessageType;
using rpc::Protocol;
using rpc::TextPairs;

// The bytes of hexadecimal digits; white space is left out.
std::string from_hex(std::string_view digits) {
  std::string bytes;
  int high = -1;
  for (const char c : digits) {
    if (c == ' ') {
      continue;
    }
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high >= 0) {
      bytes += static_cast<char>(high << 4 | digit);
      high = -1;
    } else {
      high = digit;
    }
  }
  return bytes;
}

std::string to_hex(std::string_view bytes) {
  std::string digits;
  for (const char c : bytes) {
    digits += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    digits += "0123456789abcdef"[c & 15];
  }
  return digits;
}

std::string text_of(const Chain& chain) {
  std::string all;
  for (const Bytes segment : chain.spans()) {
    all += as_text(segment);
  }
  return all;
}

// "invalid_type at 3", or "ok".
template <class T>
std::string verdict(const Result<T>& result) {
  if (result) {
    return "ok";
  }
  std::string text(to_string(result.error().code()));
  if (result.error().offset() != no_offset) {
    text += " at " + std::to_string(result.error().offset());
  }
  return text;
}

// ---- Messages

constexpr std::uint8_t two_text_pairs[] = {0, 1, 'k', 0, 1, 'a', 0, 1, 'k', 0, 2, 'b', 'c'};
constexpr std::uint8_t two_varint_pairs[] = {1, 'v', 0, 2, 'a', 'b', 1, 'x'};
constexpr std::uint8_t two_int_pairs[] = {0, 9, 0, 4, 'p', 'i', 'n', 'g', 1, 0, 0, 0};

Message message_with_pairs() {
  Message message;
  message.service = "Orders";
  message.method = "ping";
  message.acl_token = "token";
  EXPECT_TRUE(message.pairs.add_block({.bytes = two_text_pairs, .count = 2}));
  EXPECT_TRUE(message.pairs.add_block(
      {.bytes = two_varint_pairs, .count = 2, .coding = TextPairs::Coding::theader}));
  EXPECT_TRUE(message.int_keys.add_block({.bytes = two_int_pairs, .count = 2}));
  return message;
}

std::string listed(const Message& message) {
  std::string text;
  message.int_keys.for_each([&](const rpc::IntPair& pair) {
    text += std::to_string(pair.key) + "=" + std::string(pair.value) + ";";
  });
  message.pairs.for_each([&](const rpc::TextPair& pair) {
    text += std::string(pair.key) + "=" + std::string(pair.value) + ";";
  });
  return text;
}

TEST(RpcMessage, KeepsPairsInOrderAndFindsTheLast) {
  Message message = message_with_pairs();
  EXPECT_EQ(listed(message), "9=ping;256=;k=a;k=bc;v=;ab=x;");
  EXPECT_EQ(message.pairs.find("k"), "bc");
  EXPECT_EQ(message.pairs.find("v"), "");
  EXPECT_EQ(message.pairs.find("a"), std::nullopt);
  EXPECT_EQ(message.int_keys.find(9), "ping");
  EXPECT_EQ(message.int_keys.find(256), "");
  EXPECT_EQ(message.int_keys.find(255), std::nullopt);
  ASSERT_TRUE(message.pairs.add("k", "new"));
  ASSERT_TRUE(message.pairs.add("k", "newest"));
  EXPECT_EQ(message.pairs.find("k"), "newest");
  EXPECT_EQ(message.pairs.size(), 6U);
  EXPECT_EQ(message.int_keys.size(), 2U);
  message.clear();
  EXPECT_TRUE(message.pairs.empty());
  EXPECT_EQ(message.pairs.size(), 0U);
  EXPECT_EQ(message.pairs.find("k"), std::nullopt);
  EXPECT_EQ(listed(message), "");
  EXPECT_EQ(message.method, "");
}

TEST(RpcMessage, BlocksWithoutPairsLeaveThemEmpty) {
  Message message;
  ASSERT_TRUE(message.pairs.add_block({}));
  EXPECT_TRUE(message.pairs.empty());
}

// What views refer to is overwritten, and the message must not notice it.
TEST(RpcMessage, OwnsCopiesOfWhatItsViewsReferTo) {
  std::string key = "key";
  std::string value = "value";
  std::string json = "{}";
  std::vector<std::uint8_t> block(std::begin(two_text_pairs), std::end(two_text_pairs));
  Message message;
  message.method = key;
  message.body = Body::json(json);
  ASSERT_TRUE(message.pairs.add_block({.bytes = block, .count = 2}));
  ASSERT_TRUE(message.pairs.add(key, value));
  ASSERT_TRUE(message.int_keys.add(7, value));
  for (int i = 0; i < 2; ++i) {  // the second time what it owns is copied
    ASSERT_TRUE(message.own());
    std::ranges::fill(key, '?');
    std::ranges::fill(value, '?');
    std::ranges::fill(json, '?');
    std::ranges::fill(block, std::uint8_t{0xFF});
    EXPECT_EQ(listed(message), "7=value;k=a;k=bc;key=value;");
    EXPECT_EQ(message.method, "key");
    EXPECT_EQ(message.body.kind(), Body::Kind::json);
    EXPECT_EQ(message.body.text(), "{}");
  }
  const Message moved = std::move(message);
  EXPECT_EQ(listed(moved), "7=value;k=a;k=bc;key=value;");
  EXPECT_EQ(moved.body.text(), "{}");
}

TEST(RpcMessage, OwnsABodyInPiecesAsOne) {
  Chain chain;
  const std::string first = "first";
  const std::string second = "second";
  ASSERT_TRUE(chain.append_external(as_bytes(first)));
  ASSERT_TRUE(chain.append_external(as_bytes(second)));
  Message message;
  message.body = Body::raw(chain);
  EXPECT_EQ(message.body.chain(), &chain);
  ASSERT_TRUE(message.own());
  chain.clear();
  EXPECT_EQ(message.body.chain(), nullptr);
  EXPECT_EQ(message.body.kind(), Body::Kind::raw);
  EXPECT_EQ(message.body.text(), "firstsecond");
}

TEST(RpcMessage, NamesItsParts) {
  EXPECT_EQ(to_string(rpc::Transport::ttheader_framed), "ttheader_framed");
  EXPECT_EQ(to_string(rpc::Protocol::kitex_protobuf), "kitex_protobuf");
  EXPECT_EQ(to_string(rpc::MessageType::oneway), "oneway");
  EXPECT_EQ(to_string(static_cast<rpc::MessageType>(5)), "unknown");
}

// ---- Envelopes

struct EnvelopeCase {
  Protocol protocol;
  std::string_view hex;
  std::string_view service;
  std::string_view method;
  MessageType type;
  std::int32_t seqid;
};

const EnvelopeCase envelope_cases[] = {
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

TEST(RpcEnvelope, IsReadAndWrittenAsOthersDo) {
  for (const EnvelopeCase& c : envelope_cases) {
    SCOPED_TRACE(std::string(to_string(c.protocol)) + " " + std::string(c.hex));
    const std::string bytes = from_hex(c.hex);
    Chain out;
    ASSERT_TRUE(out.append(as_bytes("before")));
    const Envelope written{
        .service = c.service, .method = c.method, .type = c.type, .seqid = c.seqid};
    ASSERT_EQ(verdict(write_envelope(c.protocol, written, out)), "ok");
    EXPECT_EQ(to_hex(text_of(out)), to_hex("before" + bytes));
    for (const std::string_view rest : {"", "{rest"}) {
      const std::string all = bytes + std::string(rest);
      const auto envelope = read_envelope(c.protocol, as_bytes(all));
      ASSERT_EQ(verdict(envelope), "ok");
      EXPECT_EQ(envelope->service, c.service);
      EXPECT_EQ(envelope->method, c.method);
      EXPECT_EQ(envelope->type, c.type);
      EXPECT_EQ(envelope->seqid, c.seqid);
      EXPECT_EQ(envelope->size, bytes.size());
    }
  }
}

TEST(RpcEnvelope, IsTruncatedAtItsEndWhereverItIsCut) {
  GuardedInput guarded;
  for (const EnvelopeCase& c : envelope_cases) {
    const std::string bytes = from_hex(c.hex);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const Bytes cut = guarded.at_end(as_bytes(std::string_view(bytes).substr(0, size)));
      EXPECT_EQ(verdict(read_envelope(c.protocol, cut)), "truncated at " + std::to_string(size))
          << c.hex;
    }
  }
}

struct BadEnvelope {
  Protocol protocol;
  std::string_view hex;
  std::string_view verdict;
};

const BadEnvelope bad_envelopes[] = {
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

TEST(RpcEnvelope, RejectsWhatIsNone) {
  GuardedInput guarded;
  for (const BadEnvelope& c : bad_envelopes) {
    const std::string bytes = from_hex(c.hex);
    EXPECT_EQ(verdict(read_envelope(c.protocol, guarded.at_end(as_bytes(bytes)))), c.verdict)
        << to_string(c.protocol) << " " << c.hex;
  }
  // Found before all of the name has come.
  const std::string long_name = "[1,\"" + std::string(20, 'n');
  EXPECT_EQ(verdict(read_envelope(Protocol::thrift_json, as_bytes(long_name), {.name_bytes = 19})),
            "header_limit at 4");
  EXPECT_EQ(verdict(read_envelope(Protocol::thrift_json, as_bytes(long_name), {.name_bytes = 20})),
            "truncated at 24");
}

TEST(RpcEnvelope, SplitsANameAtItsFirstColon) {
  const auto envelope = [](std::string_view name) {
    Chain out;
    EXPECT_TRUE(write_envelope(Protocol::thrift_binary, {.method = name}, out));
    static std::string bytes;
    bytes = text_of(out);
    return read_envelope(Protocol::thrift_binary, as_bytes(bytes));
  };
  EXPECT_EQ(envelope("a:b:c")->service, "a");
  EXPECT_EQ(envelope("a:b:c")->method, "b:c");
  EXPECT_EQ(envelope(":f")->service, "");
  EXPECT_EQ(envelope(":f")->method, "f");
}

TEST(RpcEnvelope, WritesNothingThatCouldNotBeRead) {
  Chain out;
  ASSERT_TRUE(out.append(as_bytes("x")));
  const auto written = [&](Protocol protocol, const Envelope& envelope) {
    return verdict(write_envelope(protocol, envelope, out));
  };
  // No byte of these names is looked at.
  const std::string_view too_long("n", std::size_t{1} << 31);
  const std::string_view too_long_for_old("n", std::size_t{1} << 24);
  EXPECT_EQ(written(Protocol::thrift_binary, {.method = too_long}), "size_limit");
  EXPECT_EQ(written(Protocol::thrift_compact, {.service = "s", .method = too_long}), "size_limit");
  EXPECT_EQ(written(Protocol::thrift_binary_old, {.method = too_long_for_old}), "size_limit");
  EXPECT_EQ(written(Protocol::thrift_binary, {}), "wrong_method");
  EXPECT_EQ(written(Protocol::thrift_binary, {.method = "f", .type = static_cast<MessageType>(5)}),
            "invalid_type");
  EXPECT_EQ(written(Protocol::thrift_json, {.method = "a\"b"}), "invalid_string");
  EXPECT_EQ(written(Protocol::thrift_json, {.service = "\n", .method = "b"}), "invalid_string");
  EXPECT_EQ(written(Protocol::thrift_struct, {.method = "f"}), "unsupported");
  EXPECT_EQ(written(Protocol::protobuf, {.method = "f"}), "unsupported");
  EXPECT_EQ(text_of(out), "x");
  const std::string longer_than_the_stack(3000, 'n');
  ASSERT_EQ(written(Protocol::kitex_protobuf, {.method = longer_than_the_stack}), "ok");
  EXPECT_EQ(out.size(), 1 + 12 + 3000U);
}

TEST(RpcEnvelope, EndsThriftJsonWithABracket) {
  Chain out;
  ASSERT_TRUE(end_envelope(Protocol::thrift_binary, out));
  EXPECT_EQ(text_of(out), "");
  ASSERT_TRUE(end_envelope(Protocol::thrift_json, out));
  EXPECT_EQ(text_of(out), "]");
  EXPECT_EQ(read_envelope_end(Protocol::thrift_json, as_bytes("]]")), 1U);
  EXPECT_EQ(read_envelope_end(Protocol::thrift_binary, as_bytes("]]")), 0U);
  EXPECT_EQ(verdict(read_envelope_end(Protocol::thrift_json, {})), "truncated at 0");
  EXPECT_EQ(verdict(read_envelope_end(Protocol::thrift_json, as_bytes(","))), "bad_frame at 0");
}

// ---- Exceptions

struct ExceptionCase {
  Protocol protocol;
  std::string_view hex;
  std::string_view message;
  std::int32_t code;
};

const ExceptionCase exception_cases[] = {
    // Of what CloudWeGo's package wrote.
    {Protocol::thrift_binary, "0b000100000010756e6b6e6f776e206d6574686f6420780800020000000100",
     "unknown method x", ApplicationException::unknown_method},
    // By hand.
    {Protocol::thrift_binary_old, "0b00010000000008000200003a9900", "", 15001},
    {Protocol::thrift_compact, "1802786f150c00", "xo", ApplicationException::internal_error},
    {Protocol::kitex_protobuf, "08 15 12 02 786f", "xo", ApplicationException::no_service_name},
};

TEST(RpcException, IsReadAndWrittenAsOthersDo) {
  for (const ExceptionCase& c : exception_cases) {
    SCOPED_TRACE(std::string(to_string(c.protocol)));
    const std::string bytes = from_hex(c.hex);
    Chain out;
    ASSERT_EQ(verdict(write_exception(c.protocol, {.message = c.message, .code = c.code}, out)),
              "ok");
    EXPECT_EQ(to_hex(text_of(out)), to_hex(bytes));
    ApplicationException exception;
    Buffer scratch;
    const auto size = read_exception(c.protocol, as_bytes(bytes), exception, scratch);
    ASSERT_EQ(verdict(size), "ok");
    EXPECT_EQ(*size, bytes.size());
    EXPECT_EQ(exception.message, c.message);
    EXPECT_EQ(exception.code, c.code);
    for (std::size_t cut = 0; cut < bytes.size() && c.protocol != Protocol::kitex_protobuf; ++cut) {
      EXPECT_EQ(
          verdict(read_exception(c.protocol, as_bytes(bytes.substr(0, cut)), exception, scratch)),
          "truncated at " + std::to_string(cut));
    }
  }
}

TEST(RpcException, OfThriftJsonKeepsItsTextInScratchWhereItWasEscaped) {
  const std::string_view text = R"({"1":{"str":"a\"b"},"2":{"i32":6}})";
  ApplicationException exception;
  Buffer scratch;
  const auto size =
      read_exception(Protocol::thrift_json, as_bytes(std::string(text) + "]"), exception, scratch);
  ASSERT_EQ(verdict(size), "ok");
  EXPECT_EQ(*size, text.size());
  EXPECT_EQ(exception.message, "a\"b");
  EXPECT_EQ(exception.code, 6);
  EXPECT_EQ(scratch.text(), "a\"b");
  Chain out;
  ASSERT_EQ(verdict(write_exception(Protocol::thrift_json, exception, out)), "ok");
  EXPECT_EQ(text_of(out), text);
}

TEST(RpcException, SkipsUnknownFieldsAndTakesAnyText) {
  // A list of an i32 as field 3, then text that is not UTF-8.
  const std::string bytes = from_hex("0f000308 00000001 00000005 0b0001 00000001 ff 00 77");
  ApplicationException exception;
  Buffer scratch;
  EXPECT_EQ(read_exception(Protocol::thrift_binary, as_bytes(bytes), exception, scratch),
            bytes.size() - 1);
  EXPECT_EQ(exception.message, "\xff");
  EXPECT_EQ(exception.code, 0);
  const std::string protobuf = from_hex("1801 1201ff");
  EXPECT_EQ(read_exception(Protocol::kitex_protobuf, as_bytes(protobuf), exception, scratch),
            protobuf.size());
  EXPECT_EQ(exception.message, "\xff");
}

TEST(RpcException, RejectsALyingStruct) {
  ApplicationException exception;
  Buffer scratch;
  const auto read = [&](Protocol protocol, std::string_view hex) {
    return verdict(read_exception(protocol, as_bytes(from_hex(hex)), exception, scratch));
  };
  EXPECT_EQ(read(Protocol::thrift_binary, "0b0001 7fffffff 6666"), "truncated at 9");
  EXPECT_EQ(read(Protocol::thrift_binary, "0b0001 ffffffff 6666"), "invalid_count at 3");
  EXPECT_EQ(read(Protocol::kitex_protobuf, "12 ff 66"), "truncated at 3");
}

}  // namespace
}  // namespace wirejit::test
