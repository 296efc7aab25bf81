// C++ objects to JSON text and back.
#include <wirejit/engine.h>
#include <wirejit/json.h>
#include <wirejit/reflect.h>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace wirejit::test {

enum class Shade : std::int32_t { light = 1, dark = 2 };

struct Point {
  std::int32_t x = 0;
  std::int32_t y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

struct Picture {
  std::uint8_t small = 0;
  std::uint64_t large = 0;
  float ratio = 0;
  double exact = 0;
  bool done = false;
  std::string title;
  std::vector<std::uint8_t> bytes;
  std::vector<Point> points;
  std::map<std::string, std::vector<std::int16_t>> groups;
  std::map<std::int64_t, Point> by_id;
  std::optional<Point> center;
  std::optional<std::string> note;
  Shade shade = Shade::light;
  friend bool operator==(const Picture&, const Picture&) = default;
};

struct Nest {
  std::vector<std::vector<std::vector<std::int32_t>>> lists;
  std::vector<std::map<std::string, std::vector<std::int32_t>>> maps;
  std::vector<Nest> nests;
};

WIREJIT_ENUM(Shade, light, dark)
WIREJIT_STRUCT(Nest, (1, lists), (2, maps), (3, nests))
WIREJIT_STRUCT(Point, (1, x), (2, y))
WIREJIT_STRUCT(Picture, (1, small), (2, large), (3, ratio), (4, exact), (5, done), (6, title),
               (7, bytes), (8, points), (9, groups), (10, by_id), (11, center),
               (12, note, member::json_name("the \"note\"")), (13, shade))

namespace {

Picture sample() {
  Picture p;
  p.small = 255;
  p.large = std::numeric_limits<std::uint64_t>::max();
  p.ratio = 0.1F;
  p.exact = 0.1;
  p.done = true;
  p.title = "a \"title\"\n\xc3\xa9 that is longer than sixteen bytes";
  p.bytes = {0, 255, 16};
  p.points = {{1, -2}, {0, 0}};
  p.groups = {{"", {}}, {"g", {1, -1}}};
  p.by_id = {{-5, {3, 4}}};
  p.center = Point{7, 8};
  p.note = "n";
  p.shade = Shade::dark;
  return p;
}

constexpr const char* sample_text =
    R"({"small":255,"large":18446744073709551615,"ratio":0.1,"exact":0.1,"done":true,)"
    "\"title\":\"a \\\"title\\\"\\n\xc3\xa9 that is longer than sixteen bytes\",\"bytes\":\"AP8Q\","
    R"("points":[{"x":1,"y":-2},{"x":0,"y":0}],"groups":{"":[],"g":[1,-1]},"by_id":{"-5":{"x":3,"y":4}},)"
    R"("center":{"x":7,"y":8},"the \"note\"":"n","shade":"dark"})";

class JsonCodec : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  Engine engine_{EngineOptions{.kind = GetParam()}};
};

TEST_P(JsonCodec, objects_are_written_and_read) {
  const auto codec = engine_.codec<Picture>(json::text);
  ASSERT_TRUE(codec) << codec.error().to_string();
  Buffer out;
  ASSERT_TRUE(codec->encode(sample(), out));
  EXPECT_EQ(out.text(), sample_text);
  const Result<Picture> back = codec->decode(out);
  ASSERT_TRUE(back) << back.error().to_string();
  EXPECT_EQ(*back, sample());
}

TEST_P(JsonCodec, every_dialect_that_is_written_can_be_read) {
  for (const json::TextOptions& o :
       {json::TextOptions{.indent = 3},
        json::TextOptions{.int64 = json::Int64::text, .enums_as_numbers = true},
        json::TextOptions{.binary = json::Binary::base64_url, .base64_padding = false},
        json::TextOptions{.keys = json::Keys::name}}) {
    const auto codec = engine_.codec<Picture>(json::text(o));
    ASSERT_TRUE(codec);
    Buffer out;
    ASSERT_TRUE(codec->encode(sample(), out));
    const Result<Picture> back = codec->decode(out);
    ASSERT_TRUE(back) << back.error().to_string();
    EXPECT_EQ(*back, sample());
  }
}

TEST_P(JsonCodec, optional_members_that_are_empty_are_not_written) {
  const auto codec = engine_.codec<Picture>(json::text);
  ASSERT_TRUE(codec);
  Buffer out;
  ASSERT_TRUE(codec->encode(Picture{}, out));
  EXPECT_EQ(
      out.text(),
      R"({"small":0,"large":0,"ratio":0.0,"exact":0.0,"done":false,"title":"","bytes":"","points":[],)"
      R"("groups":{},"by_id":{},"shade":"light"})");
  Picture p = sample();
  ASSERT_TRUE(codec->decode(out, p));
  EXPECT_EQ(p, Picture{});
}

TEST_P(JsonCodec, invalid_text_is_not_written) {
  const auto codec = engine_.codec<Picture>(json::text);
  ASSERT_TRUE(codec);
  Buffer out;
  ASSERT_TRUE(out.append(as_bytes("before")));
  for (const std::string& title :
       {std::string("\xff"), std::string("twenty bytes of text \xc3"), std::string(5000, '\x80')}) {
    Picture p;
    p.title = title;
    const Result<void> done = codec->encode(p, out);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), Errc::invalid_utf8);
    EXPECT_EQ(out.text(), "before");
  }
}

TEST_P(JsonCodec, nan_and_infinity) {
  Picture p;
  p.exact = std::numeric_limits<double>::quiet_NaN();
  p.ratio = -std::numeric_limits<float>::infinity();
  Buffer out;
  const auto codec = engine_.codec<Picture>(json::text);
  ASSERT_TRUE(codec && codec->encode(p, out));
  const Result<Picture> back = codec->decode(out);
  ASSERT_TRUE(back);
  EXPECT_TRUE(std::isnan(back->exact));
  EXPECT_EQ(back->ratio, p.ratio);
  const auto strict = engine_.codec<Picture>(json::text({.not_finite = json::NotFinite::error}));
  ASSERT_TRUE(strict);
  EXPECT_EQ(strict->encode(p, out).error().code(), Errc::invalid_number);
}

TEST_P(JsonCodec, output_grows_at_any_place) {
  const auto compact = engine_.codec<Picture>(json::text);
  const auto pretty = engine_.codec<Picture>(json::text({.indent = 1}));
  ASSERT_TRUE(compact && pretty);
  for (const auto* codec : {&*compact, &*pretty}) {
    Buffer whole;
    ASSERT_TRUE(codec->encode(sample(), whole));
    for (std::size_t room = 0; room < whole.size() + 100; room += 3) {
      Buffer out(room + 1);
      ASSERT_TRUE(codec->encode(sample(), out));
      EXPECT_EQ(out.text(), whole.text());
    }
  }
}

TEST_P(JsonCodec, long_strings_of_escapes_are_written_completely) {
  const auto codec = engine_.codec<Picture>(json::text);
  ASSERT_TRUE(codec);
  for (const std::size_t n : {1UL, 15UL, 16UL, 17UL, 1023UL, 1024UL, 1025UL, 5000UL, 70000UL}) {
    Picture p;
    for (std::size_t i = 0; i < n; ++i) {
      p.title += static_cast<char>(i % 3 == 0 ? 1 : i % 3 == 1 ? '"' : 'x');
    }
    Buffer out;
    ASSERT_TRUE(codec->encode(p, out));
    const Result<Picture> back = codec->decode(out);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->title, p.title);
  }
}

TEST_P(JsonCodec, paths_count_from_the_innermost_beginning) {
  const auto codec = engine_.codec<Nest>(json::text);
  ASSERT_TRUE(codec);
  const auto path = [&](const char* text) {
    const Result<Nest> read = codec->decode(text);
    return read ? "no error" : read.error().path();
  };
  EXPECT_EQ(path(R"({"lists":[[[1],[2,3]],[[4],[5],[6,"x"]]]})"), "lists[1][2][1]");
  EXPECT_EQ(path(R"({"lists":[[[1],[2,3]],[[4],[5],"x"]]})"), "lists[1][2]");
  EXPECT_EQ(path(R"({"lists":[[[1],[2,3]],[],[["x"]]]})"), "lists[2][0][0]");
  EXPECT_EQ(path(R"({"maps":[{"a":[1],"b":[2]},{"c":["x"]}]})"), R"(maps[1]["c"][0])");
  EXPECT_EQ(path(R"({"maps":[{"a":[1],"b":[2,3,"x"]}]})"), R"(maps[0]["b"][2])");
  EXPECT_EQ(path(R"({"maps":[{"a":[1],"b":[2]},{"c":[],"\q":[]}]})"), "maps[1][key 2]");
  EXPECT_EQ(path(R"({"nests":[{"lists":[[[1,2]]]},{"lists":[[[1,"x"]]]}]})"),
            "nests[1].lists[0][0][1]");
}

TEST_P(JsonCodec, limits_hold) {
  const auto codec = engine_.codec<Picture>(json::text);
  ASSERT_TRUE(codec);
  Picture p;
  p.title = std::string(10000, 'x');
  Buffer out;
  EXPECT_EQ(codec->encode(p, out, {.limits = {.output_bytes = 4096}}).error().code(),
            Errc::size_limit);
  const std::string escapes = "{\"title\":\"" + std::string(1000, 'x') + "\\n\"}";
  EXPECT_EQ(codec->decode(escapes, {.limits = {.memory = 100}}).error().code(), Errc::memory_limit);
}

INSTANTIATE_TEST_SUITE_P(Engines, JsonCodec,
                         testing::Values(EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic),
                         [](const auto& kind) {
                           return kind.param == EngineOptions::Kind::interpret ? "interpret"
                                                                               : "automatic";
                         });

}  // namespace
}  // namespace wirejit::test
