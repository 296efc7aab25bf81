// What is around bodies: messages and their pairs, envelopes, frames and headers, what services agree
// on in pairs, errors over protocols. Golden bytes were made by other implementations, where that is
// said.
#include "tests/rpc/wire_cases.h"
#include "tests/support/fault_injection.h"
#include "tests/support/guarded_input.h"

#include <wirejit/chain.h>
#include <wirejit/rpc/envelope.h>
#include <wirejit/rpc/frame.h>
#include <wirejit/rpc/message.h>
#include <wirejit/rpc/metainfo.h>
#include <wirejit/rpc/status.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::test {
namespace {

using rpc::Body;
using rpc::Envelope;
using rpc::Frame;
using rpc::FrameLimits;
using rpc::IntPairs;
using rpc::Message;
using rpc::Sniffed;
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

// ---- Frames

// A message and the bytes that it refers to.
struct ReadMessage {
  Chain in;
  Message message;
  Buffer inflated;
  std::size_t need = 0;
  Result<std::optional<Frame>> frame = std::optional<Frame>();
};

// Each piece of the bytes is a segment of its own.
std::unique_ptr<ReadMessage> read_pieces(const std::vector<std::string>& pieces,
                                         const FrameLimits& limits = {}) {
  auto read = std::make_unique<ReadMessage>();
  for (const std::string& piece : pieces) {
    Buffer copy;
    EXPECT_TRUE(copy.append(as_bytes(piece)));
    EXPECT_TRUE(read->in.append(std::move(copy)));
  }
  read->frame = read_frame(read->in, limits, read->message, read->inflated, read->need);
  return read;
}

std::unique_ptr<ReadMessage> read_bytes(std::string_view bytes, const FrameLimits& limits = {}) {
  return read_pieces({std::string(bytes)}, limits);
}

void expect_frame(const ReadMessage& read, const FrameCase& c) {
  ASSERT_EQ(verdict(read.frame), "ok");
  ASSERT_TRUE(read.frame->has_value());
  const Frame& frame = **read.frame;
  EXPECT_EQ(frame.header_bytes, c.header_bytes);
  EXPECT_EQ(frame.payload_bytes, c.payload_bytes);
  EXPECT_FALSE(frame.is_inflated);
  EXPECT_EQ(to_string(read.message.flavour.transport), to_string(c.flavour.transport));
  EXPECT_EQ(to_string(read.message.flavour.protocol), to_string(c.flavour.protocol));
  EXPECT_EQ(read.message.flavour, c.flavour);
  EXPECT_EQ(read.message.sequence, c.sequence);
  EXPECT_EQ(read.message.flags, c.flags);
  EXPECT_EQ(read.message.acl_token, c.token);
  EXPECT_EQ(read.message.service, read.message.pairs.find("isn").value_or(""));
  if (!c.pairs.empty()) {
    EXPECT_EQ(listed(read.message), c.pairs);
  }
}

template <class F>
void for_each_frame(F&& check) {
  for (const std::span<const FrameCase> cases :
       {std::span<const FrameCase>(frame_cases), std::span<const FrameCase>(read_cases)}) {
    for (const FrameCase& c : cases) {
      SCOPED_TRACE(c.name);
      check(c, from_hex(c.hex));
    }
  }
}

TEST(RpcFrame, IsReadHoweverItsBytesAreCut) {
  for_each_frame([](const FrameCase& c, const std::string& bytes) {
    expect_frame(*read_bytes(bytes), c);
    expect_frame(*read_bytes(bytes + "next"), c);
    for (std::size_t at = 1; at < bytes.size(); ++at) {
      expect_frame(*read_pieces({bytes.substr(0, at), bytes.substr(at)}), c);
    }
    std::vector<std::string> single;
    for (const char byte : bytes) {
      single.emplace_back(1, byte);
    }
    expect_frame(*read_pieces(single), c);
  });
}

TEST(RpcFrame, AsksForBytesThatItsMessageHas) {
  for_each_frame([](const FrameCase& c, const std::string& bytes) {
    std::size_t size = 0;
    for (;;) {
      for (std::size_t less = 0; less < size; ++less) {  // never a frame without its header
        const auto cut = read_bytes(std::string_view(bytes).substr(0, less));
        ASSERT_EQ(verdict(cut->frame), "ok");
        if (*cut->frame) {
          EXPECT_LE((*cut->frame)->header_bytes, less);
        } else {
          EXPECT_GT(cut->need, less);
        }
      }
      const auto read = read_bytes(std::string_view(bytes).substr(0, size));
      ASSERT_EQ(verdict(read->frame), "ok");
      if (*read->frame) {
        expect_frame(*read, c);
        break;
      }
      ASSERT_GT(read->need, size);
      ASSERT_LE(read->need, bytes.size());
      size = read->need;
    }
  });
}

TEST(RpcFrame, IsWrittenAsOthersDo) {
  for (const FrameCase& c : frame_cases) {
    SCOPED_TRACE(c.name);
    const std::string bytes = from_hex(c.hex);
    const auto read = read_bytes(bytes);
    ASSERT_TRUE(read->frame && *read->frame);
    Chain payload;
    ASSERT_TRUE(payload.append(as_bytes(std::string_view(bytes).substr(c.header_bytes))));
    ASSERT_EQ(verdict(write_frame(read->message, {}, payload)), "ok");
    EXPECT_EQ(to_hex(text_of(payload)), to_hex(bytes));
  }
}

TEST(RpcFrame, NamesTheServiceOfARequestInATtheader) {
  Message message;
  message.flavour.transport = Transport::ttheader;
  message.service = "Svc";
  message.sequence = 7;
  message.flags = 1;
  Chain payload;
  ASSERT_TRUE(payload.append(as_bytes(from_hex(binary_ping))));
  ASSERT_TRUE(write_frame(message, {}, payload));
  std::string golden_b = from_hex(frame_cases[1].hex);
  EXPECT_EQ(to_hex(text_of(payload)), to_hex(golden_b));
  message.type = MessageType::reply;
  Chain reply;
  ASSERT_TRUE(write_frame(message, {}, reply));
  EXPECT_EQ(text_of(reply).find("Svc"), std::string::npos);
}

// Pairs that were read from one kind of header are written into the other.
TEST(RpcFrame, CarriesPairsFromOneHeaderToAnother) {
  const auto theader = read_bytes(from_hex(frame_cases[5].hex));
  ASSERT_TRUE(theader->frame && *theader->frame);
  Message& message = theader->message;
  ASSERT_TRUE(message.pairs.add("key", std::string_view("value")));
  message.flavour = {.transport = Transport::ttheader, .protocol = Protocol::thrift_binary};
  Chain out;
  ASSERT_TRUE(out.append(as_bytes(from_hex(binary_ping))));
  ASSERT_TRUE(write_frame(message, {}, out));
  const auto again = read_bytes(text_of(out));
  ASSERT_EQ(verdict(again->frame), "ok");
  EXPECT_EQ(listed(again->message), "k=v;key=value;");
  again->message.flavour.transport = Transport::theader;
  Chain back;
  ASSERT_TRUE(back.append(as_bytes(from_hex(binary_ping))));
  ASSERT_TRUE(write_frame(again->message, {}, back));
  EXPECT_EQ(listed(read_bytes(text_of(back))->message), "k=v;key=value;");
}

TEST(RpcFrame, RejectsWhatIsNone) {
  for (const BadFrame& c : bad_frames) {
    const std::string bytes = from_hex(c.hex);
    EXPECT_EQ(verdict(read_bytes(bytes)->frame), c.verdict) << c.hex;
    std::vector<std::string> single;
    for (const char byte : bytes) {
      single.emplace_back(1, byte);
    }
    EXPECT_EQ(verdict(read_pieces(single)->frame), c.verdict) << c.hex;
  }
}

TEST(RpcFrame, HoldsItsLimits) {
  const std::string a = from_hex(frame_cases[0].hex);
  EXPECT_EQ(verdict(read_bytes(a, {.frame_bytes = 43})->frame), "ok");
  EXPECT_EQ(verdict(read_bytes(a, {.frame_bytes = 42})->frame), "frame_limit at 0");
  EXPECT_EQ(verdict(read_bytes(a, {.header_bytes = 16})->frame), "ok");
  EXPECT_EQ(verdict(read_bytes(a, {.header_bytes = 15})->frame), "header_limit at 12");
  EXPECT_EQ(verdict(read_bytes(a, {.pairs = 1})->frame), "ok");
  EXPECT_EQ(verdict(read_bytes(a, {.pairs = 0})->frame), "header_limit at 19");
  const std::string repeated = from_hex(read_cases[1].hex);
  EXPECT_EQ(verdict(read_bytes(repeated, {.pairs = 3})->frame), "ok");
  EXPECT_EQ(verdict(read_bytes(repeated, {.pairs = 2})->frame), "header_limit at 36");
  EXPECT_EQ(verdict(read_bytes(from_hex("ffaf 0008 0001"), {.header_bytes = 11})->frame),
            "header_limit at 2");
}

TEST(RpcFrame, FindsTheOldEnvelopeIfItIsLookedFor) {
  const FrameLimits old{.old_binary = true};
  const auto unframed = read_bytes(from_hex("00000004 70696e67 01 00000007 00"), old);
  ASSERT_EQ(verdict(unframed->frame), "ok");
  EXPECT_EQ(unframed->message.flavour.transport, Transport::unframed);
  EXPECT_EQ(unframed->message.flavour.protocol, Protocol::thrift_binary_old);
  EXPECT_EQ((*unframed->frame)->payload_bytes, std::nullopt);
  const auto framed = read_bytes(from_hex("0000000e 00000004 70696e67 01 00000007 00"), old);
  ASSERT_EQ(verdict(framed->frame), "ok");
  EXPECT_EQ(framed->message.flavour.transport, Transport::framed);
  EXPECT_EQ(framed->message.flavour.protocol, Protocol::thrift_binary_old);
  EXPECT_EQ((*framed->frame)->payload_bytes, 14U);
  // What has a magic is what the magic says.
  EXPECT_EQ(read_bytes(from_hex("00000006 822101016600"), old)->message.flavour.protocol,
            Protocol::thrift_compact);
  EXPECT_EQ(verdict(read_bytes(from_hex("00000004 20696e67 01"), old)->frame), "bad_frame at 0");
}

TEST(RpcFrame, OfGrpcHasFiveBytes) {
  Chain chain;
  ASSERT_TRUE(chain.append(as_bytes(from_hex("0801"))));
  Message message;
  message.flavour = {.transport = Transport::grpc, .protocol = Protocol::protobuf};
  ASSERT_TRUE(write_frame(message, {}, chain));
  EXPECT_EQ(to_hex(text_of(chain)), "00000000020801");
  bool is_compressed = true;
  std::size_t need = 0;
  const auto frame = read_grpc_frame(chain, {}, message, is_compressed, need);
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->header_bytes, 5U);
  EXPECT_EQ((*frame)->payload_bytes, 2U);
  EXPECT_FALSE(is_compressed);
  const auto read = [&](std::string_view hex) {
    Chain in;
    EXPECT_TRUE(in.append(as_bytes(from_hex(hex))));
    need = 0;
    return verdict(read_grpc_frame(in, {}, message, is_compressed, need));
  };
  EXPECT_EQ(read("01 00000000"), "ok");
  EXPECT_TRUE(is_compressed);
  EXPECT_EQ(read("02"), "bad_frame at 0");
  EXPECT_EQ(read("00 00fa0001"), "frame_limit at 0");
  EXPECT_EQ(read("00 000000"), "ok");
  EXPECT_EQ(need, 5U);
}

TEST(RpcFrame, RejectsFlavoursThatDoNotExist) {
  Chain payload;
  ASSERT_TRUE(payload.append(as_bytes("payload")));
  const auto written = [&](const Flavour& flavour, bool compress = false) {
    Message message;
    message.flavour = flavour;
    return verdict(write_frame(message, {}, payload, compress));
  };
  EXPECT_EQ(written({.protocol = Protocol::thrift_binary, .streaming = true}), "unsupported");
  EXPECT_EQ(written({Transport::ttheader, Protocol::thrift_binary, true}), "unsupported");
  EXPECT_EQ(written({Transport::ttheader_framed, Protocol::thrift_struct, true}), "unsupported");
  EXPECT_EQ(written({Transport::ttheader, Protocol::thrift_struct}), "unsupported");
  EXPECT_EQ(written({Transport::framed, Protocol::protobuf}), "unsupported");
  EXPECT_EQ(written({Transport::grpc, Protocol::thrift_binary}), "unsupported");
  EXPECT_EQ(written({Transport::unframed, Protocol::kitex_protobuf}), "unsupported");
  EXPECT_EQ(written({Transport::ttheader, Protocol::kitex_protobuf}), "unsupported");
  EXPECT_EQ(written({Transport::theader, Protocol::thrift_json}), "unsupported");
  EXPECT_EQ(written({Transport::framed, Protocol::thrift_binary}, true), "unsupported");
  EXPECT_EQ(text_of(payload), "payload");
}

TEST(RpcFrame, WritesNoHeaderThatIsTooLong) {
  const std::string long_text(65536, 'x');
  Chain payload;
  ASSERT_TRUE(payload.append(as_bytes("payload")));
  const auto written = [&](Message& message, const FrameLimits& limits = {}) {
    return verdict(write_frame(message, limits, payload));
  };
  for (const Transport transport : {Transport::ttheader, Transport::theader}) {
    Message message;
    message.flavour.transport = transport;
    ASSERT_TRUE(message.pairs.add("k", long_text));
    EXPECT_EQ(written(message), "header_limit");
    message.pairs.clear();
    ASSERT_TRUE(message.pairs.add("k", "v"));
    ASSERT_TRUE(message.pairs.add("k", "v"));
    EXPECT_EQ(written(message, {.pairs = 1}), "header_limit");
    EXPECT_EQ(written(message, {.header_bytes = 8}), "header_limit");
    EXPECT_EQ(written(message, {.frame_bytes = 7}), "frame_limit");
  }
  Message message;
  message.flavour.transport = Transport::ttheader;
  message.acl_token = long_text;
  EXPECT_EQ(written(message, {.header_bytes = 1 << 20}), "header_limit");
  message.acl_token = {};
  ASSERT_TRUE(message.int_keys.add(1, long_text));
  EXPECT_EQ(written(message, {.header_bytes = 1 << 20}), "header_limit");
  message.flavour.transport = Transport::framed;
  EXPECT_EQ(written(message, {.frame_bytes = 6}), "frame_limit");
  EXPECT_EQ(text_of(payload), "payload");
}

// ---- zlib

TEST(RpcZlib, InflatesWhatOthersDeflated) {
  if (!rpc::has_zlib()) {
    GTEST_SKIP() << "built without zlib";
  }
  // python3-thrift wrote this.
  const std::string h = from_hex(
      "000000250fff000000000007000100010100789c6b6064606460606029c8cc4b07d2ec0c001589023c");
  for (std::size_t at = 1; at < h.size(); ++at) {
    const auto cut = read_bytes(std::string_view(h).substr(0, at));
    ASSERT_EQ(verdict(cut->frame), "ok");
    EXPECT_FALSE(cut->frame->has_value());
    EXPECT_LE(cut->need, h.size());
    const auto read = read_pieces({h.substr(0, at), h.substr(at) + "next"});
    ASSERT_EQ(verdict(read->frame), "ok");
    ASSERT_TRUE(*read->frame);
    EXPECT_TRUE((*read->frame)->is_inflated);
    EXPECT_EQ((*read->frame)->header_bytes, h.size());
    EXPECT_EQ((*read->frame)->payload_bytes, read->inflated.size());
    EXPECT_EQ(to_hex(read->inflated.text()), binary_ping);
  }
  // Each byte of the deflated payload counts.
  for (std::size_t at = 18; at < h.size(); ++at) {
    std::string wrong = h;
    wrong[at] = static_cast<char>(wrong[at] ^ 0x55);
    EXPECT_EQ(verdict(read_bytes(wrong)->frame), "bad_frame") << at;
  }
  std::string longer = h;
  longer[3] = static_cast<char>(longer[3] + 1);
  EXPECT_EQ(verdict(read_bytes(longer + "x")->frame), "bad_frame");
}

TEST(RpcZlib, BoundsWhatIsInflated) {
  if (!rpc::has_zlib()) {
    GTEST_SKIP() << "built without zlib";
  }
  const std::string zeros(3'000'000, '\0');
  Message message;
  message.flavour.transport = Transport::theader;
  Chain payload;
  ASSERT_TRUE(payload.append_external(as_bytes(zeros)));
  ASSERT_TRUE(payload.append(as_bytes("end")));
  ASSERT_EQ(verdict(write_frame(message, {}, payload, true)), "ok");
  const std::string bytes = text_of(payload);
  EXPECT_LT(bytes.size(), 10'000U);
  const auto read = read_bytes(bytes);
  ASSERT_EQ(verdict(read->frame), "ok");
  EXPECT_TRUE(read->inflated.text() == zeros + "end");
  const auto bomb = read_bytes(bytes, {.frame_bytes = 1'000'000});
  EXPECT_EQ(verdict(bomb->frame), "frame_limit");
  EXPECT_LE(bomb->inflated.capacity(), 1'100'000U);
  EXPECT_EQ(verdict(read_bytes(bytes, {.frame_bytes = zeros.size() + 2})->frame), "frame_limit");
  EXPECT_EQ(verdict(read_bytes(bytes, {.frame_bytes = zeros.size() + 3})->frame), "ok");
}

// ---- Sniffing

std::string sniffed_text(const Sniffed& s) {
  switch (s.kind) {
    case Sniffed::Kind::need_more: return "need " + std::to_string(s.need);
    case Sniffed::Kind::http1: return "http1";
    case Sniffed::Kind::http2: return "http2";
    case Sniffed::Kind::tls: return "tls";
    case Sniffed::Kind::unknown: return "unknown";
    case Sniffed::Kind::message: break;
  }
  return std::string(to_string(s.flavour.transport)) + " " +
         std::string(to_string(s.flavour.protocol)) + (s.flavour.streaming ? " streaming" : "") +
         " " + std::to_string(s.mesh_bytes) + "+" + std::to_string(s.header_bytes);
}

TEST(RpcSniff, TellsFlavoursByTheFewestBytes) {
  GuardedInput guarded;
  for (const SniffCase& c : sniff_cases) {
    EXPECT_EQ(sniffed_text(rpc::sniff(guarded.at_end(as_bytes(from_hex(c.hex))))), c.verdict)
        << c.hex;
  }
  // As above for prefixes of all frames: what is asked for, they have.
  for_each_frame([](const FrameCase& c, const std::string& bytes) {
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
      const Sniffed s = rpc::sniff(as_bytes(std::string_view(bytes).substr(0, size)));
      if (s.kind == Sniffed::Kind::need_more) {
        EXPECT_GT(s.need, size);
        EXPECT_LE(s.need, bytes.size());
      } else {
        ASSERT_EQ(s.kind, Sniffed::Kind::message) << size;
        EXPECT_EQ(s.flavour.streaming, c.flavour.streaming);
      }
    }
  });
}

// ---- CRC

TEST(RpcCrc32c, IsCastagnolis) {
  EXPECT_EQ(rpc::crc32c(as_bytes("123456789")), 0xE306'9283U);
  EXPECT_EQ(rpc::crc32c(Bytes()), 0U);
  EXPECT_EQ(rpc::crc32c(as_bytes(std::string(32, '\0'))), 0x8A91'36AAU);
  std::string text(100, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[i] = static_cast<char>(37 * i);
  }
  const std::uint32_t whole = rpc::crc32c(as_bytes(text));
  for (std::size_t at = 1; at < text.size(); ++at) {
    const Bytes pieces[] = {as_bytes(std::string_view(text).substr(0, at)),
                            as_bytes(std::string_view(text).substr(at))};
    EXPECT_EQ(rpc::crc32c(std::span<const Bytes>(pieces)), whole);
  }
}

// ---- Errors over protocols

TEST(RpcStatus, HasARowForEachCode) {
  int rows = 0;
  for (unsigned number = 1; number < 200; ++number) {
    const auto code = static_cast<Errc>(number);
    if (to_string(code) == "unknown") {
      EXPECT_EQ(rpc::status_of(code), rpc::status_of(Errc::internal));
      continue;
    }
    ++rows;
    const rpc::Status status = rpc::status_of(code);
    EXPECT_GT(status.grpc, 0) << to_string(code);
    EXPECT_GE(status.http, 400) << to_string(code);
    EXPECT_EQ(rpc::grpc_of_connect(status.connect), status.grpc) << to_string(code);
    const bool is_defect = code >= Errc::schema_syntax && code <= Errc::exception &&
                           code != Errc::unsupported && code != Errc::not_found &&
                           code != Errc::exception;
    EXPECT_EQ(status.grpc == rpc::grpc_code::internal,
              is_defect || code == Errc::wrong_sequence || code == Errc::wrong_method)
        << to_string(code);
  }
  EXPECT_EQ(rows, 49);
  EXPECT_EQ(rpc::status_of(Errc::ok), (rpc::Status{}));
}

struct StatusCase {
  Errc code;
  rpc::Status status;
};

TEST(RpcStatus, TellsErrorsAsEachProtocolDoes) {
  const StatusCase cases[] = {
      {Errc::unknown_method, {1, 12, 501, "unimplemented"}},
      {Errc::unknown_service, {20, 12, 501, "unimplemented"}},
      {Errc::wrong_method, {3, 13, 500, "internal"}},
      {Errc::wrong_sequence, {4, 13, 500, "internal"}},
      {Errc::remote_error, {6, 2, 500, "unknown"}},
      {Errc::truncated, {7, 3, 400, "invalid_argument"}},
      {Errc::frame_limit, {7, 8, 429, "resource_exhausted"}},
      {Errc::protocol_mismatch, {9, 3, 400, "invalid_argument"}},
      {Errc::deadline_exceeded, {6, 4, 504, "deadline_exceeded"}},
      {Errc::cancelled, {6, 1, 499, "canceled"}},
      {Errc::unavailable, {6, 14, 503, "unavailable"}},
      {Errc::overloaded, {6, 8, 429, "resource_exhausted"}},
  };
  for (const StatusCase& c : cases) {
    EXPECT_EQ(rpc::status_of(c.code), c.status) << to_string(c.code);
  }
}

TEST(RpcStatus, ReadsWhatPeersSay) {
  const std::pair<std::int32_t, Errc> exceptions[] = {
      {0, Errc::remote_error},      {1, Errc::unknown_method},     {2, Errc::invalid_type},
      {3, Errc::wrong_method},      {4, Errc::wrong_sequence},     {5, Errc::remote_error},
      {6, Errc::remote_error},      {7, Errc::remote_error},       {8, Errc::protocol_mismatch},
      {9, Errc::protocol_mismatch}, {10, Errc::protocol_mismatch}, {20, Errc::unknown_service},
      {21, Errc::unknown_service},  {-1, Errc::remote_error},      {12007, Errc::remote_error}};
  for (const auto& [code, errc] : exceptions) {
    EXPECT_EQ(rpc::errc_of_exception(code), errc) << code;
  }
  const std::pair<std::int32_t, Errc> grpc[] = {{0, Errc::ok},
                                                {1, Errc::cancelled},
                                                {4, Errc::deadline_exceeded},
                                                {5, Errc::remote_error},
                                                {8, Errc::overloaded},
                                                {12, Errc::unknown_method},
                                                {14, Errc::unavailable},
                                                {16, Errc::remote_error},
                                                {17, Errc::remote_error},
                                                {-1, Errc::remote_error},
                                                {20, Errc::remote_error}};
  for (const auto& [code, errc] : grpc) {
    EXPECT_EQ(rpc::errc_of_grpc(code), errc) << code;
  }
  // Of answers without a status of gRPC.
  const std::pair<std::int32_t, std::int32_t> http[] = {{400, 13}, {401, 16}, {403, 7},  {404, 12},
                                                        {429, 14}, {431, 13}, {502, 14}, {503, 14},
                                                        {504, 14}, {200, 2},  {500, 2},  {418, 2}};
  for (const auto& [status, code] : http) {
    EXPECT_EQ(rpc::grpc_of_http(status), code) << status;
  }
  EXPECT_EQ(rpc::errc_of_http(503), Errc::unavailable);
  EXPECT_EQ(rpc::errc_of_http(404), Errc::unknown_method);
  EXPECT_EQ(rpc::http_of_grpc(99), 500);
  EXPECT_EQ(rpc::connect_of_grpc(99), "unknown");
  EXPECT_EQ(rpc::grpc_of_connect("cancelled"), std::nullopt);
  EXPECT_EQ(rpc::grpc_of_connect(""), std::nullopt);
}

TEST(RpcStatus, KeepsAPeersNumber) {
  const Error error = rpc::error_of({.message = "overloaded", .code = 15001});
  EXPECT_EQ(error.code(), Errc::remote_error);
  EXPECT_EQ(error.remote_code(), 15001);
  EXPECT_EQ(error.message(), "overloaded");
  const ApplicationException exception = rpc::exception_of(error);
  EXPECT_EQ(exception.code, 15001);
  EXPECT_EQ(exception.message, "overloaded");
  const Error own(Errc::unknown_method);
  EXPECT_EQ(rpc::exception_of(own).code, ApplicationException::unknown_method);
  EXPECT_EQ(rpc::exception_of(own).message, "unknown_method");
}

// ---- What services agree on in pairs

namespace metainfo = rpc::metainfo;

TEST(RpcMetainfo, TravelsAsItsPrefixSays) {
  Message request;
  const std::string_view pairs[][2] = {
      {"RPC_PERSIST_TENANT", "1"},
      {"RPC_TRANSIT_TRACE", "2"},
      {"RPC_TRANSIT_UPSTREAM_OLD", "3"},
      {"RPC_BACKWARD_BACK", "4"},
      {"isn", "Svc"},
      {"RPC_PERSIST_", "5"},
      {"RPC_TRANSIT_EMPTY", ""},
      {"RPC_PERSIST_TENANT", "6"},
  };
  for (const auto& pair : pairs) {
    ASSERT_TRUE(request.pairs.add(pair[0], pair[1]));
  }
  using metainfo::Kind;
  EXPECT_EQ(metainfo::find(request.pairs, Kind::persist, "TENANT"), "6");
  EXPECT_EQ(metainfo::find(request.pairs, Kind::transit, "TRACE"), "2");
  EXPECT_EQ(metainfo::find(request.pairs, Kind::transit, "UPSTREAM_OLD"), std::nullopt);
  EXPECT_EQ(metainfo::find(request.pairs, Kind::upstream, "OLD"), "3");
  EXPECT_EQ(metainfo::find(request.pairs, Kind::transit, "EMPTY"), std::nullopt);
  EXPECT_EQ(metainfo::find(request.pairs, Kind::backward, "BACK"), "4");
  EXPECT_EQ(metainfo::find(request.pairs, Kind::backward, "isn"), "Svc");
  EXPECT_EQ(metainfo::find(request.pairs, Kind::none, "BACK"), std::nullopt);
  Arena arena;
  Message next;
  ASSERT_TRUE(metainfo::forward(request.pairs, arena, next.pairs));
  EXPECT_EQ(listed(next),
            "RPC_PERSIST_TENANT=1;RPC_TRANSIT_UPSTREAM_TRACE=2;RPC_PERSIST_TENANT=6;");
  Message last;
  ASSERT_TRUE(metainfo::forward(next.pairs, arena, last.pairs));
  EXPECT_EQ(listed(last), "RPC_PERSIST_TENANT=1;RPC_PERSIST_TENANT=6;");
  last.clear();
  ASSERT_TRUE(metainfo::add(Kind::backward, "K", "v", arena, last.pairs));
  ASSERT_TRUE(metainfo::add(Kind::none, "K", "v", arena, last.pairs));
  ASSERT_TRUE(metainfo::add(Kind::persist, "", "v", arena, last.pairs));
  ASSERT_TRUE(metainfo::add(Kind::persist, "k", "", arena, last.pairs));
  EXPECT_EQ(listed(last), "RPC_BACKWARD_K=v;K=v;");
}

TEST(RpcMetainfo, IsHeadersOfHttp) {
  Arena arena;
  EXPECT_EQ(metainfo::http_name("RPC_PERSIST_TRACE_ID", arena), "rpc-persist-trace-id");
  EXPECT_EQ(metainfo::http_name("RPC_BACKWARD_A", arena), "rpc-backward-a");
  EXPECT_EQ(metainfo::http_name("RPC_TRANSIT_UPSTREAM_A", arena), "");
  EXPECT_EQ(metainfo::http_name("isn", arena), "");
  EXPECT_EQ(metainfo::key_of_http_name("Rpc-Transit-Trace-Id", arena), "RPC_TRANSIT_TRACE_ID");
  EXPECT_EQ(metainfo::key_of_http_name("rpc-persist-", arena), "");
  EXPECT_EQ(metainfo::key_of_http_name("content-type", arena), "");
}

TEST(RpcBusinessError, IsReadAsKitexDoes) {
  const auto read = [](std::string_view status, std::string_view extra) {
    static Message reply;
    reply.clear();
    EXPECT_TRUE(reply.pairs.add("biz-message", "no tea"));
    EXPECT_TRUE(reply.pairs.add("biz-status", status));
    EXPECT_TRUE(reply.pairs.add("biz-extra", extra));
    return rpc::read_business_error(reply.pairs);
  };
  for (const std::string_view none : {"0", "", "x", "1x", " 1", "2147483648", "1.0"}) {
    const auto error = read(none, "");
    ASSERT_EQ(verdict(error), "ok");
    EXPECT_FALSE(error->has_value()) << none;
  }
  for (const std::string_view extra : {"", "{}", R"( {"a" : "b", "c":"\u0041"} )"}) {
    const auto error = read("-7", extra);
    ASSERT_EQ(verdict(error), "ok") << extra;
    ASSERT_TRUE(error->has_value());
    EXPECT_EQ((*error)->status, -7);
    EXPECT_EQ((*error)->message, "no tea");
    EXPECT_EQ((*error)->extra, extra);
  }
  EXPECT_EQ(verdict(read("1", "[]")), "syntax at 0");
  EXPECT_EQ(verdict(read("1", R"({"a":1})")), "type_mismatch at 5");
  EXPECT_EQ(verdict(read("1", R"({"a":"b",})")), "type_mismatch at 9");
  EXPECT_EQ(verdict(read("1", R"({"a" "b"})")), "syntax at 5");
  EXPECT_EQ(verdict(read("1", R"({"a":"b"}x)")), "syntax at 9");
  EXPECT_EQ(verdict(read("1", R"({"a":"b")")), "truncated at 8");
  EXPECT_EQ(verdict(read("1", R"({"a":"b)")), "truncated at 7");
  EXPECT_EQ(verdict(read("1", R"({"a":"\x"})")), "invalid_string at 6");
}

TEST(RpcBusinessError, IsWrittenAsItIsRead) {
  Arena arena;
  Message reply;
  ASSERT_TRUE(rpc::add_business_error({.status = -12, .message = "no", .extra = R"({"k":"v"})"},
                                      arena, reply.pairs));
  EXPECT_EQ(listed(reply), R"(biz-status=-12;biz-message=no;biz-extra={"k":"v"};)");
  EXPECT_EQ((*rpc::read_business_error(reply.pairs))->status, -12);
  EXPECT_EQ(verdict(rpc::add_business_error({}, arena, reply.pairs)), "unsupported");
  EXPECT_EQ(verdict(rpc::add_business_error({.status = 1, .extra = "x"}, arena, reply.pairs)),
            "syntax at 0");
}

TEST(RpcControl, NoticeOfCloseIsAReplyOfNoCall) {
  Chain out;
  ASSERT_TRUE(out.append(as_bytes("x")));
  ASSERT_TRUE(rpc::write_close_notice(out));
  const auto read = read_bytes(text_of(out).substr(1));
  ASSERT_TRUE(read->frame && *read->frame);
  EXPECT_TRUE(is_control_frame(read->message));
  EXPECT_TRUE(rpc::closes_connection(read->message.pairs));
  const auto payload = text_of(read->in).substr((*read->frame)->header_bytes);
  const auto envelope = read_envelope(Protocol::thrift_binary, as_bytes(payload));
  ASSERT_EQ(verdict(envelope), "ok");
  EXPECT_EQ(envelope->method, "none");
  EXPECT_EQ(envelope->type, MessageType::reply);
  EXPECT_EQ(payload.size(), envelope->size + 1);
  const auto call = read_bytes(from_hex(frame_cases[0].hex));
  EXPECT_FALSE(is_control_frame(call->message));
  EXPECT_FALSE(rpc::closes_connection(call->message.pairs));
}

TEST(RpcChecksum, IsComparedIfThereIsOne) {
  Message message;
  EXPECT_TRUE(rpc::check_crc32c(message.pairs, "123456789"));
  const auto digits = rpc::crc32c_text(rpc::crc32c(as_bytes("123456789")));
  EXPECT_EQ(std::string_view(digits.data(), digits.size()), "e3069283");
  for (const auto& [text, verdict_of] :
       {std::pair<std::string_view, std::string_view>{"e3069283", "ok"},
        {"e3069284", "bad_frame"},
        {"e306928", "bad_frame"},
        {"e306928x", "bad_frame"},
        {"", "bad_frame"}}) {
    message.clear();
    ASSERT_TRUE(message.pairs.add("crc32c", text));
    EXPECT_EQ(verdict(rpc::check_crc32c(message.pairs, "123456789")), verdict_of) << text;
  }
}

// ---- Memory

// How many allocations a call makes.
template <class F>
long allocations_of(F&& call) {
  constexpr long many = 1'000'000;
  Faults& faults = Faults::get();
  faults.allowed = many;
  faults.armed = true;
  call();
  faults.armed = false;
  return many - faults.allowed;
}

void add_usual_pairs(Message& message) {
  for (const unsigned key : {3U, 6U, 9U, 12U, 17U, 20U, 22U, 1U}) {
    ASSERT_TRUE(message.int_keys.add(static_cast<std::uint16_t>(key), "value"));
  }
  ASSERT_TRUE(message.pairs.add("isn", "OrderService"));
  ASSERT_TRUE(message.pairs.add("RPC_PERSIST_tenant", "1234"));
  ASSERT_TRUE(message.pairs.add("RPC_TRANSIT_trace", "abcdef"));
}

TEST(RpcMemory, HeadersAllocateNothingOnceWarm) {
  const std::string ping = from_hex(binary_ping);
  const Bytes payload = as_bytes(ping);
  Chain chain;
  Message out;
  Message in;
  Buffer inflated;
  std::size_t need = 0;
  std::size_t found = 0;
  const auto call = [&] {
    chain.clear();
    out.clear();
    out.flavour.transport = Transport::ttheader;
    add_usual_pairs(out);
    ASSERT_TRUE(write_envelope(Protocol::thrift_binary, {.method = "ping", .seqid = 7}, chain));
    ASSERT_TRUE(chain.append(payload));
    ASSERT_TRUE(write_frame(out, {}, chain));
    const auto frame = read_frame(chain, {}, in, inflated, need);
    ASSERT_TRUE(frame && *frame);
    const auto rest = chain.peek(64);
    ASSERT_TRUE(rest);
    found += in.int_keys.find(9) == "value" && in.pairs.find("isn") == in.service ? 1U : 0U;
  };
  for (int i = 0; i < 3; ++i) {
    call();
  }
  EXPECT_EQ(allocations_of([&] {
              for (int i = 0; i < 10; ++i) {
                call();
              }
            }),
            0);
  EXPECT_EQ(found, 13U);
}

TEST(RpcMemory, AnAnnouncedLengthReservesNothing) {
  for (const std::string_view hex :
       {"00f00000 80010001", "00f00000 1000 0000", "00f00000 0fff 0000 00000000 4000",
        "00f00000 1000 0000 00000000 4000 0000"}) {
    Chain chain;
    ASSERT_TRUE(chain.append(as_bytes(from_hex(hex))));
    Message message;
    Buffer inflated;
    std::size_t need = 0;
    EXPECT_EQ(allocations_of([&] { (void)read_frame(chain, {}, message, inflated, need); }), 0);
  }
}

TEST(RpcMemory, FailsWhereThereIsNone) {
  const std::string h = from_hex(
      "000000250fff000000000007000100010100789c6b6064606460606029c8cc4b07d2ec0c001589023c");
  const std::string a = from_hex(frame_cases[0].hex);
  const auto read = [](const std::string& bytes) {
    return inject([&] {
      Chain chain;
      for (const std::size_t at : {std::size_t{0}, std::size_t{20}}) {
        if (auto done = chain.append_external(as_bytes(std::string_view(bytes).substr(at, 20)));
            !done) {
          return code_of(done);
        }
      }
      Message message;
      Buffer inflated;
      std::size_t need = 0;
      return code_of(read_frame(chain, {}, message, inflated, need));
    });
  };
  expect_faults(read(a), 1);
  expect_faults(read(h), 1);
  const std::string value(600, 'v');  // more than the stack holds
  const auto written = inject([&] {
    Message message;
    message.flavour.transport = Transport::ttheader;
    if (auto done = message.pairs.add("k", value); !done) {
      return code_of(done);
    }
    if (auto done = message.own(); !done) {
      return code_of(done);
    }
    Chain chain;
    if (auto done = write_envelope(Protocol::thrift_binary, {.method = value}, chain); !done) {
      return code_of(done);
    }
    return code_of(write_frame(message, {}, chain));
  });
  expect_faults(written, 4);
}

}  // namespace
}  // namespace wirejit::test
