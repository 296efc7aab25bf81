// Limits: the stack is large enough for every allowed depth, and Limits::memory bounds a call's peak
// of memory, whatever the form of its input.
#include "tests/support/wire_bytes.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>
#include <pthread.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace wirejit::test {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t stack_factor = 8;  // instrumented frames are larger
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::size_t stack_factor = 8;
#else
constexpr std::size_t stack_factor = 1;
#endif
#else
constexpr std::size_t stack_factor = 1;
#endif

// Runs `f` on a thread with a stack of so many bytes.
void with_stack(std::size_t bytes, const std::function<void()>& f) {
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, bytes), 0);
  pthread_t thread{};
  auto run = [](void* p) -> void* {
    (*static_cast<const std::function<void()>*>(p))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, const_cast<std::function<void()>*>(&f)), 0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
  pthread_attr_destroy(&attributes);
}

Schema schema() {
  SchemaBuilder b;
  b.add_document("google.protobuf");
  StructType& any = b.add_struct("Any");
  any.semantic = Semantic::any;
  b.add_document("test");
  StructType& node = b.add_struct("Node");
  const auto add = [](StructType& s, int id, const char* name, const Type* type) -> Field& {
    Field& f = s.fields.emplace_back();
    f.id = id;
    f.name = name;
    f.json_name = name;
    f.type = type;
    f.requiredness = Requiredness::optional;
    return f;
  };
  add(any, 1, "type_url", b.base(Kind::string)).requiredness = Requiredness::standard;
  add(any, 2, "value", b.base(Kind::binary)).requiredness = Requiredness::standard;
  add(node, 1, "next", b.of(node));
  add(node, 2, "n", b.base(Kind::i32));
  add(node, 3, "any", b.of(any));
  add(node, 4, "data", b.base(Kind::binary));
  add(node, 5, "items", b.list_of(b.base(Kind::i64)));
  add(node, 6, "nodes", b.list_of(b.of(node)));
  Result<Schema> s = b.build();
  EXPECT_TRUE(s.has_value()) << s.error().to_string();
  return std::move(*s);
}

using wire_bytes::bytes;
using wire_bytes::number;

// Messages of n nodes within each other, the root counted, built from the innermost one outwards.
std::string wire_nodes(int levels, bool twice) {
  std::string m = number(2, 7);
  for (int k = 1; k < levels; ++k) {
    m = (twice ? number(2, 1) : "") + bytes(1, m) + number(2, 2);
  }
  return m;
}
std::string wire_anys(int levels, bool twice) {
  std::string m = number(2, 7);
  for (int k = 1; k + 2 <= levels; k += 2) {
    m = (twice ? number(2, 1) : "") + bytes(3, bytes(1, "a/test.Node") + bytes(2, m)) +
        number(2, 2);
  }
  return m;
}
std::string text_nodes(int levels) {
  std::string open;
  std::string close;
  for (int k = 1; k < levels; ++k) {
    open += R"({"next":)";
    close += "}";
  }
  return open + "{}" + close;
}

class LimitsTest : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  Engine engine_{EngineOptions{.kind = GetParam()}};
  Schema schema_ = schema();
  const StructType& node_ = *schema_.find_struct("test.Node");

  Transcoder transcoder(const Format& from, const Format& to) {
    Result<Transcoder> made = engine_.transcoder({schema_, node_}, from, to);
    EXPECT_TRUE(made.has_value()) << made.error().to_string();
    return *std::move(made);
  }
};

CallOptions within(const Limits& limits) { return {.limits = limits}; }

INSTANTIATE_TEST_SUITE_P(Engines, LimitsTest,
                         testing::Values(EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic));

// ---- Depth

TEST_P(LimitsTest, DepthThatTheStackMayNotAllowIsRejected) {
  const auto type = RecordType::make(schema_, "test.Node");
  const auto codec = engine_.record_codec(*type, json::text);
  const Transcoder t = transcoder(json::text, pb::wire);
  Arena arena;
  const auto record = codec->decode(std::string_view("{}"), arena);
  ASSERT_TRUE(record.has_value());
  // All calls and all kinds of input check; what was in the output stays.
  const auto outcome = [&](const Limits& limits) {
    const Bytes chain[] = {as_bytes("{"), as_bytes("}")};
    std::vector<Result<void>> all;
    for (const Input& input : {Input(std::string_view("{}")), Input(chain)}) {
      Buffer out;
      EXPECT_TRUE(out.append(as_bytes("before")));
      const auto read = codec->decode(input, arena, within(limits));
      all.push_back(read ? Result<void>() : std::unexpected(read.error()));
      all.push_back(t.transcode(input, out, within(limits)));
      EXPECT_TRUE(all.back().has_value() || out.text() == "before");
    }
    Buffer out;
    all.push_back(codec->encode(*record, out, within(limits)));
    for (const Result<void>& one : all) {
      EXPECT_EQ(one, all.front());
    }
    return all.front();
  };
  for (const std::uint32_t depth :
       {1001U, 30'000U, 1U << 31, std::numeric_limits<std::uint32_t>::max()}) {
    const auto done = outcome({.depth = depth});
    ASSERT_FALSE(done.has_value()) << depth;
    EXPECT_EQ(done.error().code(), Errc::unsupported);
    EXPECT_NE(done.error().message().find("Limits::stack"), std::string::npos) << done.error();
  }
  const std::size_t stack = std::size_t{20'000} * Limits::stack_per_level;
  EXPECT_TRUE(outcome({.depth = 20'000, .stack = stack}).has_value());
  EXPECT_FALSE(outcome({.depth = 20'000, .stack = stack - 1}).has_value());
  EXPECT_FALSE(
      outcome({.depth = 1U << 31, .stack = std::numeric_limits<std::size_t>::max()}).has_value());
  EXPECT_FALSE(outcome({.depth = 0}).has_value());
  EXPECT_TRUE(outcome({.depth = 1}).has_value());
}

// Everything that nests, at the limit and beyond it, on a stack of the size that Limits documents.
void nest(const Engine& engine, const Schema& schema, std::uint32_t depth) {
  const StructType& node = *schema.find_struct("test.Node");
  const CallOptions call = within({.depth = depth, .stack = depth * Limits::stack_per_level});
  const auto levels = static_cast<int>(depth);
  const auto type = RecordType::make(schema, "test.Node");
  ASSERT_TRUE(type.has_value());
  const Format formats[] = {pb::wire, pb::json, json::text, thrift::binary};
  for (const Format& from : formats) {
    const auto input = [&](int n) {
      if (from.is_text()) {
        return text_nodes(n);
      }
      return from.name() == pb::wire.name() ? wire_nodes(n, false) : std::string();  // made below
    };
    for (const Format& to : formats) {
      const auto t = engine.transcoder({schema, node}, from, to);
      ASSERT_TRUE(t.has_value()) << t.error().to_string();
      if (input(1).empty()) {
        continue;
      }
      Buffer out;
      const auto done = t->transcode(input(levels), out, call);
      EXPECT_TRUE(done.has_value()) << from.name() << to.name() << done.error().to_string();
      const auto back = engine.transcoder({schema, node}, to, from);
      ASSERT_TRUE(back.has_value());
      Buffer again;
      EXPECT_TRUE(back->transcode(out, again, call).has_value()) << from.name() << to.name();
      const auto beyond = t->transcode(input(levels + 1), out, call);
      ASSERT_FALSE(beyond.has_value());
      EXPECT_EQ(beyond.error().code(), Errc::depth_limit);
    }
    if (!input(1).empty()) {
      const auto codec = engine.record_codec(*type, from);
      ASSERT_TRUE(codec.has_value());
      Arena arena;
      const auto record = codec->decode(input(levels), arena, call);
      ASSERT_TRUE(record.has_value()) << record.error().to_string();
      Buffer out;
      EXPECT_TRUE(codec->encode(*record, out, call).has_value());
    }
  }
  const auto to_text = engine.transcoder({schema, node}, pb::wire, pb::json);
  const auto to_wire = engine.transcoder({schema, node}, pb::json, pb::wire);
  ASSERT_TRUE(to_text && to_wire);
  for (const bool twice : {false, true}) {
    Buffer out;
    EXPECT_TRUE(to_text->transcode(wire_nodes(levels, twice), out, call).has_value());
    out.clear();
    const auto done = to_text->transcode(wire_anys(levels, twice), out, call);
    EXPECT_TRUE(done.has_value()) << done.error().to_string();
    Buffer back;
    const auto read = to_wire->transcode(out, back, call);
    EXPECT_TRUE(read.has_value()) << read.error().to_string();
  }
}

TEST_P(LimitsTest, TheDeepestLimitFitsTheStackThatItNames) {
  with_stack((Limits::max_depth * Limits::stack_per_level + (64 << 10)) * stack_factor,
             [&] { nest(engine_, schema_, Limits::max_depth); });
}

TEST_P(LimitsTest, DeeperOnesFitTheStackThatTheCallerNames) {
  constexpr std::uint32_t depth = 4000;
  with_stack((depth * Limits::stack_per_level + (64 << 10)) * stack_factor,
             [&] { nest(engine_, schema_, depth); });
}

// ---- Output

constexpr std::size_t megabyte = std::size_t{1} << 20;

const std::vector<Format>& output_formats() {
  static const std::vector<Format> all = {
      pb::wire,        json::text,   json::text({.indent = 1}), pb::json, thrift::binary,
      thrift::compact, thrift::json, thrift::simple_json};
  return all;
}

// Outputs whose last bytes are written with more room than they take.
std::vector<std::string> output_values() {
  std::vector<std::string> all = {"{}", R"({"n":1})", R"({"next":{"next":{"n":-1}},"n":2})"};
  for (const std::size_t size : {1U, 40U, 480U, 490U, 700U, 3000U}) {
    const std::string text(size - size % 4, 'A');
    std::string numbers = "1";
    for (std::size_t k = 1; k < size / 2; ++k) {
      numbers += "," + std::to_string(k % 3);
    }
    all.push_back(R"({"n":1,"data":")" + text + R"(","items":[)" + numbers + "]}");
    all.push_back(R"({"items":[)" + numbers + R"(],"nodes":[{"n":1},{"data":")" + text + R"("}]})");
    all.push_back(R"({"any":{"@type":"a/test.Node","items":[)" + numbers + R"(],"data":")" + text +
                  R"("}})");
  }
  return all;
}

TEST_P(LimitsTest, WhatIsWrittenAloneCountsAgainstTheLimitOfOutput) {
  const auto type = RecordType::make(schema_, "test.Node");
  const auto reader = engine_.record_codec(*type, pb::json);
  for (const Format& format : output_formats()) {
    SCOPED_TRACE(format.name());
    const auto writer = engine_.record_codec(*type, format);
    const Transcoder rewriter = transcoder(pb::json, format);
    ASSERT_TRUE(reader && writer);
    for (const std::string& value : output_values()) {
      Arena arena;
      const auto record = reader->decode(value, arena);
      ASSERT_TRUE(record.has_value()) << record.error();
      Buffer whole;
      ASSERT_TRUE(writer->encode(*record, whole));
      const std::size_t size = whole.size();
      for (const std::size_t limit : {size / 2, size - 1, size, size + 1}) {
        for (const bool transcodes : {false, true}) {
          std::optional<Result<void>> first;
          for (const std::size_t room :
               {std::size_t{0}, size - 1, size, size + 1, 2 * size + 300}) {
            Buffer out;
            ASSERT_TRUE(out.reserve(4 + room) && out.append(as_bytes("kept")));
            const CallOptions call = within({.output_bytes = limit});
            const auto done = transcodes ? rewriter.transcode(value, out, call)
                                         : writer->encode(*record, out, call);
            EXPECT_EQ(done.has_value(), limit >= size) << size << " bytes, room " << room;
            EXPECT_EQ(out.text(), done ? "kept" + std::string(whole.text()) : "kept");
            if (!done) {
              EXPECT_EQ(done.error().code(), Errc::size_limit);
            }
            EXPECT_EQ(done, first.value_or(done)) << "the error's place depends on the room";
            first = done;
          }
        }
      }
    }
  }
}

TEST_P(LimitsTest, NoMemoryIsTakenForAnOutputFarBeyondTheLimit) {
  const auto type = RecordType::make(schema_, "test.Node");
  RootValue value = *RootValue::make(*type);
  ASSERT_TRUE(value.record().set("data", std::string(16 * megabyte, 'x')));
  for (const Format& format : output_formats()) {
    const auto codec = engine_.record_codec(*type, format);
    Buffer out;
    const auto done = codec->encode(value.record(), out, within({.output_bytes = 1000}));
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code(), Errc::size_limit);
    EXPECT_LT(out.capacity(), 2 * megabyte) << format.name();
  }
}

// ---- Memory

TEST_P(LimitsTest, AChainIsRejectedByItsSizeBeforeItIsCopied) {
  const std::string part(megabyte, ' ');
  const std::vector<Bytes> chain(512, as_bytes(part));
  const auto type = RecordType::make(schema_, "test.Node");
  const auto codec = engine_.record_codec(*type, json::text);
  const CallOptions small = within({.input_bytes = 1000});
  ASSERT_TRUE(codec);
  Arena arena;
  const auto read = codec->decode(Input(chain), arena, small);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), Errc::size_limit);
  EXPECT_LT(arena.capacity(), megabyte);
  Buffer out;
  const auto done = transcoder(json::text, pb::wire).transcode(Input(chain), out, small);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code(), Errc::size_limit);
}

// A sum of sizes that exceeds 64 bits must not wrap around.
TEST_P(LimitsTest, AChainWhoseSizeOverflowsIsRejected) {
  const std::string part = "{}";
  const Bytes huge(reinterpret_cast<const std::uint8_t*>(part.data()),
                   std::numeric_limits<std::size_t>::max() / 2 + 1);
  const std::vector<Bytes> chain(4, huge);
  Buffer out;
  const auto done = transcoder(json::text, pb::wire)
                        .transcode(Input(chain), out,
                                   within({.input_bytes = std::numeric_limits<std::size_t>::max(),
                                           .memory = std::numeric_limits<std::size_t>::max()}));
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code(), Errc::size_limit);
}

TEST_P(LimitsTest, AGatheredChainIsChargedToTheBudget) {
  const std::string message = bytes(4, std::string(6000, 'x'));
  const std::vector<Bytes> chain{as_bytes(message).first(100), as_bytes(message).subspan(100)};
  const auto type = RecordType::make(schema_, "test.Node");
  const auto codec = engine_.record_codec(*type, pb::wire);
  const auto outcome = [&](std::size_t memory, const Input& input) {
    Arena arena;
    const auto read = codec->decode(input, arena, within({.memory = memory}));
    return read ? Errc::ok : read.error().code();
  };
  EXPECT_EQ(outcome(7000, message), Errc::ok);
  EXPECT_EQ(outcome(7000, Input(chain)), Errc::memory_limit);
  EXPECT_EQ(outcome(5000, Input(chain)), Errc::memory_limit);
  EXPECT_EQ(outcome(13000, Input(chain)), Errc::ok);
  const auto t = [&](std::size_t memory) {
    Buffer out;
    const auto done =
        transcoder(pb::wire, json::text).transcode(Input(chain), out, within({.memory = memory}));
    return done ? Errc::ok : done.error().code();
  };
  EXPECT_EQ(t(5000), Errc::memory_limit);
  EXPECT_EQ(t(7000), Errc::ok);
}

TEST_P(LimitsTest, AMessagePutTogetherIsChargedToTheBudget) {
  const std::string message = bytes(1, bytes(4, std::string(6000, 'x'))) + bytes(1, number(2, 1));
  const auto type = RecordType::make(schema_, "test.Node");
  const auto decoded = [&](std::size_t memory) {
    Arena arena;
    const auto codec = engine_.record_codec(*type, pb::wire);
    const auto read = codec->decode(message, arena, within({.memory = memory}));
    EXPECT_LT(arena.capacity(), 2 * memory + 16384);
    return read ? Errc::ok : read.error().code();
  };
  EXPECT_EQ(decoded(7000), Errc::memory_limit);
  EXPECT_EQ(decoded(11000), Errc::memory_limit);  // the merged message, and the record's data
  EXPECT_EQ(decoded(32000), Errc::ok);
  const auto converted = [&](std::size_t memory) {
    Buffer out;
    const auto done =
        transcoder(pb::wire, json::text).transcode(message, out, within({.memory = memory}));
    return done ? Errc::ok : done.error().code();
  };
  EXPECT_EQ(converted(4000), Errc::memory_limit);
  EXPECT_EQ(converted(16000), Errc::ok);
}

// The fragment lists of a message are freed when it has been merged.
TEST_P(LimitsTest, ManySmallMessagesThatAreMergedTakeAFewTimesTheirBytes) {
  std::string message = bytes(1, number(2, 1));
  for (int k = 0; k < 200'000; ++k) {
    message += bytes(6, number(2, 1));
  }
  message += bytes(1, number(2, 2));
  const std::size_t memory = 32 * message.size();
  Buffer out;
  const auto done =
      transcoder(pb::wire, json::text).transcode(message, out, within({.memory = memory}));
  EXPECT_TRUE(done.has_value()) << done.error().to_string();
}

TEST_P(LimitsTest, ARecordThatWasNotDecodedLeavesNothing) {
  const auto type = RecordType::make(schema_, "test.Node");
  const auto codec = engine_.record_codec(*type, json::text);
  ASSERT_TRUE(codec.has_value());
  Arena arena;
  for (int k = 0; k < 10'000; ++k) {
    EXPECT_FALSE(codec->decode(R"({"items":[1,2,3],"next":{"n":"x"}})", arena).has_value());
  }
  EXPECT_LE(arena.capacity(), 8192U);
}

// Blocks must not be rounded up to powers of two, which would be up to twice the limit.
TEST_P(LimitsTest, AnArenaStaysNearTheLimit) {
  const auto type = RecordType::make(schema_, "test.Node");
  for (const std::size_t memory : {8 * megabyte + 100'000, 12 * megabyte, 16 * megabyte + 1}) {
    const auto wire = engine_.record_codec(*type, pb::wire);
    const auto text = engine_.record_codec(*type, json::text);
    const CallOptions call = within({.memory = memory});
    ASSERT_TRUE(wire && text);
    std::size_t largest = 0;
    for (std::size_t size = memory / 2; size <= memory; size += memory / 16) {
      Arena arena;
      (void)wire->decode(bytes(4, std::string(size, 'x')), arena, call);
      largest = std::max(largest, arena.capacity());
    }
    std::string many;
    for (std::size_t k = 0; k < memory; k += 600'000) {
      many += bytes(6, bytes(4, std::string(600'000, 'x')));
    }
    Arena arena;
    (void)wire->decode(many, arena, call);
    largest = std::max(largest, arena.capacity());
    std::string list = R"({"items":[0)";
    for (std::size_t k = 0; k < memory / 8; ++k) {
      list += ",1";
    }
    list += "]}";
    Arena of_list;
    const auto read = text->decode(list, of_list, call);
    EXPECT_FALSE(read.has_value());  // a list and its smaller copy, from which it grew
    largest = std::max(largest, of_list.capacity());
    EXPECT_LT(largest, memory + memory / 3 + 65536);
    EXPECT_GT(largest, memory / 2);
  }
}

// An arena that is reset allocates nothing for the same contents.
TEST_P(LimitsTest, AnArenaThatIsResetReusesItsBlocks) {
  const auto type = RecordType::make(schema_, "test.Node");
  const auto wire = engine_.record_codec(*type, pb::wire);
  std::string message;
  for (const std::size_t size : {100U, 70'000U, 600'000U, 3'000'000U, 65'000U, 900'000U}) {
    message += bytes(6, bytes(4, std::string(size, 'x')));
  }
  Arena arena;
  ASSERT_TRUE(wire->decode(message, arena).has_value());
  arena.reset();
  ASSERT_TRUE(wire->decode(message, arena).has_value());
  const std::size_t warm = arena.capacity();
  for (int k = 0; k < 10; ++k) {
    arena.reset();
    ASSERT_TRUE(wire->decode(message, arena).has_value());
  }
  EXPECT_EQ(arena.capacity(), warm);
}

}  // namespace

}  // namespace wirejit::test
