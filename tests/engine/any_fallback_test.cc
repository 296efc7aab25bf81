// google.protobuf.Any whose content needs a retry: the work is linear in the levels, every level has
// the same rules, and the number of compiled types that peers name is bounded.
#include "engine/engine.h"
#include "tests/support/protojson_support.h"
#include "tests/support/wire_bytes.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/record_codec.h>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace wirejit::test {

namespace {

// ---- Protobuf fields

using wire_bytes::bytes;
using wire_bytes::number;
std::string any(const std::string& type, const std::string& value) {
  return bytes(1, "a/" + type) + bytes(2, value);
}

// ---- The schema

// test.Holder: an Any, a number, a Timestamp, a map; and `more` types with numbers.
struct AnySchema {
  explicit AnySchema(std::size_t more = 0) {
    SchemaBuilder b;
    const Google g = add_google(b);
    b.add_document("test");
    StructType& holder = b.add_struct("Holder");
    add_field(holder, 1, "any", b.of(*g.any), present);
    add_field(holder, 2, "n", b.base(Kind::i32));
    add_field(holder, 3, "at", b.of(*g.timestamp), present);
    add_field(holder, 4, "text", b.base(Kind::string));
    add_field(holder, 5, "counts", b.map_of(b.base(Kind::string), b.base(Kind::i32)));
    StructType& list = b.add_struct("Anys");
    add_field(list, 1, "anys", b.list_of(b.of(*g.any)));
    for (std::size_t k = 0; k < more; ++k) {
      StructType& s = b.add_struct("T" + std::to_string(k));
      for (int f = 1; f <= 8; ++f) {
        add_field(s, f, "f" + std::to_string(f), b.base(Kind::i64));
      }
    }
    Result<Schema> built = b.build();
    EXPECT_TRUE(built.has_value()) << built.error().to_string();
    schema = std::move(*built);
  }
  [[nodiscard]] const StructType& type(const char* name) const { return *schema.find_struct(name); }
  Schema schema;
};

const Format& lenient() {
  static const Format f = pb::json({.reject_duplicates = false});
  return f;
}

// Holders in Anys in Holders; with `twice`, each has n twice, after its Any.
std::string wire_levels(int levels, bool twice) {
  std::string message = number(2, 7);
  for (int k = 0; k < levels; ++k) {
    message = (twice ? number(2, 1) : "") + bytes(1, any("test.Holder", message)) + number(2, 2);
  }
  return message;
}
std::string text_levels(int levels, bool twice) {
  const std::string before = twice ? R"("n":1,)" : "";
  std::string text = R"("n":7)";
  for (int k = 0; k < levels; ++k) {
    text = before + R"("any":{"@type":"a/test.Holder",)" + text + R"(},"n":2)";
  }
  return "{" + text + "}";
}

class AnyFallback : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  Transcoder transcoder(const Schema& schema, const StructType& type, const Format& from,
                        const Format& to, const Options& options = {}) {
    Result<Transcoder> made = engine_.transcoder({schema, type}, from, to, options);
    EXPECT_TRUE(made.has_value()) << made.error().to_string();
    return std::move(*made);
  }
  // The output, or the error.
  static std::string run(const Transcoder& t, const std::string& input) {
    Buffer out;
    const Result<void> done = t.transcode(input, out);
    EXPECT_TRUE(done || out.empty());
    return done ? std::string(out.text()) : done.error().to_string();
  }

  Engine engine_{EngineOptions{.kind = GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(Engines, AnyFallback,
                         testing::Values(EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic));

// A level that is run again must not run the levels within it twice: that would be 2^49 runs.
TEST_P(AnyFallback, FieldsThatComeAgainOnEachLevelCostNoMoreThanOnOne) {
  const AnySchema s;
  const Transcoder to_text = transcoder(s.schema, s.type("test.Holder"), pb::wire, pb::json);
  const Transcoder to_wire = transcoder(s.schema, s.type("test.Holder"), lenient(), pb::wire);
  for (const int levels : {1, 2, 10, 49}) {
    EXPECT_EQ(run(to_text, wire_levels(levels, true)), text_levels(levels, false)) << levels;
    EXPECT_EQ(run(to_text, wire_levels(levels, false)), text_levels(levels, false)) << levels;
    const std::string bytes = run(to_wire, text_levels(levels, true));
    EXPECT_EQ(run(to_text, bytes), text_levels(levels, false)) << levels;
  }
}

TEST_P(AnyFallback, FieldsThatComeAgainOnEachLevelCostRecordsNoMoreThanOnOne) {
  const AnySchema s;
  Result<RecordType> type = RecordType::make(s.schema, "test.Holder");
  ASSERT_TRUE(type.has_value());
  const auto make = [&](const Format& f) { return engine_.record_codec(*type, f); };
  const auto wire = make(pb::wire);
  const auto text = make(pb::json);
  const auto lax = make(lenient());
  ASSERT_TRUE(wire && text && lax);
  for (const int levels : {1, 10, 49}) {
    Arena arena;
    const Result<Record> from_wire = wire->decode(wire_levels(levels, true), arena);
    ASSERT_TRUE(from_wire.has_value()) << from_wire.error().to_string();
    Buffer out;
    const Result<void> written = text->encode(*from_wire, out);
    ASSERT_TRUE(written.has_value()) << written.error().to_string();
    EXPECT_EQ(out.text(), text_levels(levels, false));
    const Result<Record> from_text = lax->decode(text_levels(levels, true), arena);
    ASSERT_TRUE(from_text.has_value()) << from_text.error().to_string();
    out.clear();
    ASSERT_TRUE(text->encode(*from_text, out).has_value());
    EXPECT_EQ(out.text(), text_levels(levels, false));
  }
}

// A call whose retry fails gives one error and leaves the output as it was.
TEST_P(AnyFallback, ErrorsBelowFieldsThatComeAgain) {
  const AnySchema s;
  const Transcoder to_text = transcoder(s.schema, s.type("test.Holder"), pb::wire, pb::json);
  std::string message =
      "\x22\x05"
      "ab";  // a string that is cut
  for (int k = 0; k < 40; ++k) {
    message = number(2, 1) + bytes(1, any("test.Holder", message)) + number(2, 2);
  }
  Buffer out;
  ASSERT_TRUE(out.append(as_bytes("before")));
  const Result<void> done = to_text.transcode(message, out);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code(), Errc::truncated) << done.error().to_string();
  EXPECT_EQ(out.text(), "before");
}

// Parts of a message are merged on every level, as on the top level.
TEST_P(AnyFallback, PartsOfWellKnownMessagesArePutTogetherOnEachLevel) {
  const AnySchema s;
  const Transcoder to_text = transcoder(s.schema, s.type("test.Holder"), pb::wire, pb::json);
  const std::string parts = bytes(3, number(1, 86400)) + bytes(3, number(2, 5000000));
  const std::string at = R"("at":"1970-01-02T00:00:00.005Z")";
  EXPECT_EQ(run(to_text, parts), "{" + at + "}");
  EXPECT_EQ(run(to_text, bytes(1, any("test.Holder", parts))),
            R"({"any":{"@type":"a/test.Holder",)" + at + "}}");
  EXPECT_EQ(run(to_text, bytes(1, any("test.Holder", bytes(1, any("test.Holder", parts))))),
            R"({"any":{"@type":"a/test.Holder","any":{"@type":"a/test.Holder",)" + at + "}}}");
  const std::string alone = number(1, 1) + number(2, 5000000) + number(1, 86400);
  EXPECT_EQ(
      run(to_text, bytes(1, any("google.protobuf.Timestamp", alone))),
      R"({"any":{"@type":"a/google.protobuf.Timestamp","value":"1970-01-02T00:00:00.005Z"}})");
}

// A value that cannot be written is no error if a later one replaces it.
TEST_P(AnyFallback, AValueThatIsReplacedMayBeWrongOnEachLevel) {
  const AnySchema s;
  const Transcoder to_text = transcoder(s.schema, s.type("test.Holder"), pb::wire, pb::json);
  const std::string late =
      number(2, 1) + bytes(3, number(1, 1ULL << 62)) + bytes(3, number(1, 86400)) + number(2, 2);
  const std::string plain = R"("n":2,"at":"1970-01-02T00:00:00Z")";
  EXPECT_EQ(run(to_text, late), "{" + plain + "}");
  EXPECT_EQ(run(to_text, bytes(1, any("test.Holder", late))),
            R"({"any":{"@type":"a/test.Holder",)" + plain + "}}");
}

TEST_P(AnyFallback, AnAnyThatIsReplacedMayHoldAnything) {
  const AnySchema s;
  const Transcoder to_text = transcoder(s.schema, s.type("test.Holder"), pb::wire, pb::json);
  const std::string plain = R"("any":{"@type":"a/test.Holder","n":7})";
  for (const std::string& bad : {any("test.Holder", "\xff"), any("test.Nothing", ""),
                                 any("test.Holder", std::string(3, '\0')), bytes(2, "\x0a\x05")}) {
    const std::string holder = bytes(1, bad) + bytes(1, any("test.Holder", number(2, 7)));
    EXPECT_EQ(run(to_text, holder), "{" + plain + "}");
    EXPECT_EQ(run(to_text, bytes(1, any("test.Holder", holder))),
              R"({"any":{"@type":"a/test.Holder",)" + plain + "}}");
    EXPECT_NE(run(to_text, bytes(1, bad)).find(" in any"), std::string::npos);
  }
}

TEST_P(AnyFallback, KeysThatComeAgainInAnAnyCountOnce) {
  const AnySchema s;
  const Transcoder to_text = transcoder(s.schema, s.type("test.Holder"), pb::wire, pb::json);
  const std::string counts = bytes(5, bytes(1, "k") + number(2, 1)) +
                             bytes(5, bytes(1, "j") + number(2, 2)) +
                             bytes(5, bytes(1, "k") + number(2, 3));
  EXPECT_EQ(run(to_text, bytes(1, any("test.Holder", counts))),
            R"({"any":{"@type":"a/test.Holder","counts":{"j":2,"k":3}}})");
}

// ---- Types that peers name

std::string names(std::size_t begin, std::size_t end) {
  std::string message;
  for (std::size_t k = begin; k < end; ++k) {
    message += bytes(1, any("test.T" + std::to_string(k), number(1, k + 1)));
  }
  return message;
}
std::string texts(std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t k = begin; k < end; ++k) {
    text += (text.empty() ? "" : ",") + (R"({"@type":"a/test.T)" + std::to_string(k)) +
            R"(","f1":")" + std::to_string(k + 1) + R"("})";
  }
  return R"({"anys":[)" + text + "]}";
}

TEST_P(AnyFallback, TypesThatPeersNameAreBoundedAndCompiledAgain) {
  const std::size_t types = 100;
  const AnySchema s(types);
  const Engine small({.kind = GetParam(), .cached_codecs = 16});
  const auto to_text = small.transcoder({s.schema, s.type("test.Anys")}, pb::wire, pb::json);
  const auto to_wire = small.transcoder({s.schema, s.type("test.Anys")}, pb::json, pb::wire);
  ASSERT_TRUE(to_text && to_wire);
  const engine::ModuleCache& cache = *engine::impl_of(small).module_cache();
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(run(*to_text, names(0, types)), texts(0, types));
    EXPECT_LE(cache.modules(), 16U);
    EXPECT_EQ(run(*to_wire, texts(0, types)), names(0, types));
    EXPECT_LE(cache.modules(), 16U);
  }
  EXPECT_GT(cache.modules(), 1U);
  EXPECT_GT(cache.bytes(), 0U);
  EXPECT_LE(cache.bytes(), std::size_t{64} << 20);
}

TEST_P(AnyFallback, TypesThatAreNamedOftenBecomeMachineCode) {
  const AnySchema s(1);
  const Transcoder to_text = transcoder(s.schema, s.type("test.Anys"), pb::wire, pb::json);
  const engine::ModuleCache& cache = *engine::impl_of(engine_).module_cache();
  EXPECT_EQ(run(to_text, names(0, 1)), texts(0, 1));
  const std::size_t interpreted = cache.bytes();
  for (int k = 0; k < 40; ++k) {
    EXPECT_EQ(run(to_text, names(0, 1)), texts(0, 1));
  }
  EXPECT_EQ(cache.modules(), 1U);
  if (engine_.generates_code()) {
    EXPECT_NE(cache.bytes(), interpreted);  // machine code has replaced the Programs
  } else {
    EXPECT_EQ(cache.bytes(), interpreted);
  }
}

// A codec may outlive its engine; the modules kept for it are freed with it.
TEST_P(AnyFallback, ModulesKeptForACodecAreFreedWithIt) {
  const AnySchema s(4);
  const std::shared_ptr<engine::ModuleCache> cache = engine::impl_of(engine_).module_cache();
  {
    std::optional<Engine> other(std::in_place, EngineOptions{.kind = GetParam()});
    const std::shared_ptr<engine::ModuleCache> others = engine::impl_of(*other).module_cache();
    auto t = other->transcoder({s.schema, s.type("test.Anys")}, pb::wire, pb::json);
    ASSERT_TRUE(t.has_value());
    EXPECT_EQ(run(*t, names(0, 2)), texts(0, 2));
    EXPECT_EQ(others->modules(), 2U);
    other.reset();
    EXPECT_EQ(run(*t, names(0, 4)), texts(0, 4));
    EXPECT_EQ(others->modules(), 4U);
    t = std::unexpected(Error(Errc::not_found));
    EXPECT_EQ(others->modules(), 0U);
    EXPECT_EQ(others->bytes(), 0U);
  }
  EXPECT_EQ(cache->modules(), 0U);
}

}  // namespace

}  // namespace wirejit::test
