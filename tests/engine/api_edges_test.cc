// Edges that a review found: objects after failures, converters, narrow enums, types without
// structs. On both engines.
#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace wirejit {
namespace {

struct EdgeViews {
  std::span<const std::string_view> views;
};
WIREJIT_STRUCT(EdgeViews, (1, views))
struct EdgeInts {
  std::vector<std::int32_t> views;
};
WIREJIT_STRUCT(EdgeInts, (1, views))

struct EdgeVariant : std::variant<std::monostate, std::int32_t, std::string> {
  using variant::variant;
};
WIREJIT_VARIANT(EdgeVariant, (1, number), (2, text))
struct EdgeUnion {
  std::optional<std::string> text;
};
WIREJIT_UNION(EdgeUnion, (2, text))
struct EdgeHasVariant {
  EdgeVariant choice;
};
WIREJIT_STRUCT(EdgeHasVariant, (1, choice))
struct EdgeHasUnion {
  EdgeUnion choice;
};
WIREJIT_STRUCT(EdgeHasUnion, (1, choice))

struct EdgeView {
  std::string_view text;
};
WIREJIT_STRUCT(EdgeView, (1, text))
struct EdgePointers {
  std::map<std::string, std::int32_t> counts;
  std::unique_ptr<std::int32_t> number;
};
WIREJIT_STRUCT(EdgePointers, (1, counts), (2, number))

enum class EdgeSmall : std::uint8_t { none, most = 255 };
WIREJIT_ENUM(EdgeSmall, none, most)
enum class EdgeSigned : std::int16_t { none, most = 32767 };
WIREJIT_ENUM(EdgeSigned, none, most)
struct EdgeEnums {
  EdgeSmall small{};
  EdgeSigned wide{};
  std::vector<EdgeSmall> list;
};
WIREJIT_STRUCT(EdgeEnums, (1, small), (2, wide), (3, list))

class ApiEdges : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  Engine engine_{EngineOptions{.kind = GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(Engines, ApiEdges,
                         testing::Values(EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic));

// After an error an object is valid: its views do not point at what the arena held before.
TEST_P(ApiEdges, SpansOfFailedCallsAreValid) {
  Arena arena;
  const auto scribble = [&] {
    arena.reset();
    std::memset(arena.allocate(4000), 0xab, 4000);
    arena.reset();
  };
  const auto expect_valid = [](const EdgeViews& object) {
    std::size_t bytes = 0;
    for (const std::string_view view : object.views) {
      bytes += view.size();
      EXPECT_TRUE(view.empty() || view == "aa");
    }
    EXPECT_LT(bytes, 100U);
  };
  const auto text = engine_.codec<EdgeViews>(json::text);
  ASSERT_TRUE(text);
  EdgeViews object;
  scribble();
  EXPECT_FALSE(text->decode(std::string_view(R"({"views":["aa",5]})"), object, {.arena = &arena}));
  expect_valid(object);

  const std::vector<std::string_view> views{"aa", "aa", "aa"};
  for (const Format& format :
       {Format(thrift::binary), Format(thrift::compact), Format(thrift::json), Format(pb::wire)}) {
    SCOPED_TRACE(format.name());
    const auto codec = engine_.codec<EdgeViews>(format);
    Buffer bytes;
    ASSERT_TRUE(codec->encode(EdgeViews{views}, bytes));
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      scribble();
      EdgeViews cut;
      (void)codec->decode(bytes.bytes().first(n), cut, {.arena = &arena});
      expect_valid(cut);
    }
    for (std::size_t memory = 0; memory < 100; ++memory) {
      scribble();
      EdgeViews poor;
      (void)codec->decode(bytes, poor, {.limits = {.memory = memory}, .arena = &arena});
      expect_valid(poor);
    }
  }
}

TEST_P(ApiEdges, AnAlternativeThatTheTargetLacksIsNoMemberOfIt) {
  const auto converter = engine_.converter<EdgeHasVariant, EdgeHasUnion>();
  ASSERT_TRUE(converter) << converter.error();
  EdgeHasVariant from;
  from.choice = EdgeVariant(std::string("x"));
  const auto text = converter->convert(from);
  ASSERT_TRUE(text) << text.error();
  EXPECT_EQ(text->choice.text, "x");
  from.choice = EdgeVariant(7);
  const auto number = converter->convert(from);
  ASSERT_FALSE(number);
  EXPECT_EQ(number.error().code(), Errc::union_not_one);
}

TEST_P(ApiEdges, AnObjectIsNotConvertedIntoItself) {
  const auto converter = engine_.converter<EdgePointers, EdgePointers>();
  ASSERT_TRUE(converter) << converter.error();
  EdgePointers object{{{"a", 1}}, std::make_unique<std::int32_t>(7)};
  const auto done = converter->convert(object, object);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Errc::unsupported);
  EXPECT_EQ(object.counts.at("a"), 1);
  EXPECT_EQ(*object.number, 7);
}

TEST_P(ApiEdges, ViewsOfConvertersAreCopiesInTheArena) {
  const auto converter =
      engine_.converter<EdgeView, EdgeView>(Match::number, {.alias_input = true});
  ASSERT_TRUE(converter) << converter.error();
  Arena arena;
  const auto none = converter->convert(EdgeView{}, {.arena = &arena});
  ASSERT_TRUE(none) << none.error();
  EXPECT_TRUE(none->text.empty());
  const std::string text = "some text";
  const auto some = converter->convert(EdgeView{text}, {.arena = &arena});
  ASSERT_TRUE(some) << some.error();
  EXPECT_EQ(some->text, text);
  EXPECT_NE(some->text.data(), text.data());
}

TEST_P(ApiEdges, NumbersThatANarrowEnumCannotHoldAreErrors) {
  const auto codec = engine_.codec<EdgeEnums>(json::text);
  ASSERT_TRUE(codec);
  const auto code = [&](std::string_view text) {
    const auto read = codec->decode(text);
    return read ? Errc::ok : read.error().code();
  };
  EXPECT_EQ(code(R"({"small":255,"wide":-32768,"list":[0,255]})"), Errc::ok);
  EXPECT_EQ(code(R"({"small":256})"), Errc::number_out_of_range);
  EXPECT_EQ(code(R"({"small":-1})"), Errc::number_out_of_range);
  EXPECT_EQ(code(R"({"wide":32768})"), Errc::number_out_of_range);
  EXPECT_EQ(code(R"({"wide":-32769})"), Errc::number_out_of_range);
  EXPECT_EQ(code(R"({"list":[1,300]})"), Errc::number_out_of_range);
  // 1: i32 300
  const std::string binary("\x08\0\x01\0\0\x01\x2c\0", 8);
  EXPECT_EQ(engine_.codec<EdgeEnums>(thrift::binary)->decode(binary).error().code(),
            Errc::number_out_of_range);
  EXPECT_EQ(engine_.codec<EdgeEnums>(pb::wire)->decode("\x08\xac\x02").error().code(),
            Errc::number_out_of_range);
  EXPECT_EQ(engine_.codec<EdgeEnums>(pb::wire)->decode("\x1a\x03\x01\xac\x02").error().code(),
            Errc::number_out_of_range);
}

TEST_P(ApiEdges, TypesWithoutStructsMayKeepUnknownFields) {
  const Schema schema = thrift::load_text("struct S { 1: i32 a }").value();
  const TypeRef list = schema.find_type("list<i32>").value();
  const Options keep{.unknown_fields = Unknown::keep};
  EXPECT_TRUE(engine_.record_codec(list, json::text, keep));
  Options through_record = keep;
  through_record.debug.through_record = true;
  for (const Options& options : {keep, through_record}) {
    const auto transcoder = engine_.transcoder(list, json::text, thrift::binary, options);
    ASSERT_TRUE(transcoder);
    std::string out;
    EXPECT_TRUE(transcoder->transcode("[1,2]", out));
    const auto failed = transcoder->transcode("[99999999999]", out);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), Errc::number_out_of_range) << failed.error();
  }
}

}  // namespace
}  // namespace wirejit
