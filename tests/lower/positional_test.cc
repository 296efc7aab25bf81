// A writer that needs the fields of a struct in their order (Needs::fields_in_order): one pass if
// they are in order in the input, else transcoding through a record.
#include "tests/support/positional_format.h"

#include <wirejit/json.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace wirejit::test {

struct PositionalPoint {
  std::int32_t x = 0;
  std::optional<double> y;
  std::vector<std::string> tags;
};
WIREJIT_STRUCT(PositionalPoint, (1, x), (2, y), (3, tags))

namespace {

Schema schema_of_test() {
  auto schema = thrift::load_text(R"(
    enum Color { red = 1, green = 2 }
    union Choice { 1: i32 number; 2: string text; 3: list<i64> list }
    struct Point { 1: i32 x; 2: i32 y = 7; 3: optional string label }
    struct All {
      1: required i64 id; 2: string name; 3: bool flag; 4: double real; 5: Color color; 6: binary blob;
      7: list<Point> points; 8: map<string, i32> counts; 9: set<i16> small; 10: Choice choice;
      11: optional All next; 12: list<list<string>> deep
    }
    struct Reordered { 2: list<i64> list; 1: required i64 id }
    struct Same { 1: required i64 id; 2: list<i64> list })");
  EXPECT_TRUE(schema.has_value()) << schema.error().to_string();
  return *schema;
}

const std::string whole =
    R"({"id":1,"name":"n","flag":true,"real":2.5,"color":"green","blob":"AQI=",)"
    R"("points":[{"x":1,"y":2,"label":"a"},{"x":3,"y":4,"label":"b"}],"counts":{"a":1,"b":2},)"
    R"("small":[1,2],"choice":{"text":"t"},)";
// All fields of all structs are there, in their order; except `next`, whose chain must end.
const std::string ordered = whole + R"("deep":[["x"],[]]})";

class Positional : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  // `text` as JSON of `type`, written positionally and read again.
  std::string round_trip(const std::string& type, const std::string& text,
                         const CallOptions& call = {}) {
    const Engine engine({.kind = GetParam()});
    const StructType& structure = *schema_.find_struct(type);
    auto to = engine.transcoder({schema_, structure}, json::text, positional_format());
    auto from = engine.transcoder({schema_, structure}, positional_format(), json::text);
    if (!to || !from) {
      return (!to ? to.error() : from.error()).to_string();
    }
    Buffer bytes;
    Buffer back;
    if (Result<void> done = to->transcode(text, bytes, call); !done) {
      return std::string(wirejit::to_string(done.error().code()));
    }
    if (Result<void> done = from->transcode(bytes.text(), back, call); !done) {
      return "back: " + done.error().to_string();
    }
    return std::string(back.text());
  }
  // The JSON of a record that was read from `text`: fields in their order, with defaults.
  std::string expected(const std::string& type, const std::string& text) {
    const Engine engine({.kind = GetParam()});
    auto same = engine.transcoder(*schema_.find_struct(type), json::text, json::text,
                                  {.debug = {.through_record = true}});
    Buffer out;
    EXPECT_TRUE(same->transcode(text, out).has_value()) << text;
    return std::string(out.text());
  }

  Schema schema_ = schema_of_test();
};

TEST_P(Positional, FieldsInOrderTakeOnePass) {
  const CallOptions call{.limits = {.memory = 1}};  // too little for any record
  const std::string text = R"({"id":1,"list":[2,3]})";
  EXPECT_EQ(round_trip("Same", text, call), text);
  EXPECT_EQ(round_trip("Same", R"({ "id" : 1 , "unknown":[1,2], "list":[2,3]} )", call), text);
  for (const char* unusual : {R"({"list":[2,3],"id":1})", R"({"id":1,"id":2,"list":[2,3]})"}) {
    EXPECT_EQ(round_trip("Same", unusual, call), "memory_limit") << unusual;
  }
}

TEST_P(Positional, FieldsInAnyOrderAreWrittenInOrder) {
  const std::pair<const char*, std::string> cases[] = {
      {"All", ordered},
      {"All", whole + R"("next":)" + ordered + R"(,"deep":[]})"},
      {"All", R"({"id":1})"},
      {"All", R"({"deep":[["x"]],"name":"n","id":7})"},
      {"All", R"({"points":[{"label":"a","x":1},{},{"y":2}],"id":7,"choice":{"list":[1,2]}})"},
      {"All", R"({"id":1,"id":2,"name":"a","name":"b","unknown":{"a":[1]},"flag":null})"},
      {"All", R"({"counts":{"a":1,"a":2},"id":1,"small":[3,3]})"},
      {"Point", "{}"},
      {"Choice", R"({"number":5})"},
  };
  for (const auto& [type, text] : cases) {
    EXPECT_EQ(round_trip(type, text), expected(type, text)) << text;
  }
  EXPECT_EQ(round_trip("All", R"({"name":"n"})"), "missing_required");
  EXPECT_EQ(round_trip("Choice", "{}"), "union_not_one");
}

TEST_P(Positional, OtherFormatsAreConvertedToItAndBack) {
  const Engine engine({.kind = GetParam()});
  const StructType& all = *schema_.find_struct("All");
  auto from_json = engine.transcoder({schema_, all}, json::text, thrift::binary);
  auto there = engine.transcoder({schema_, all}, thrift::binary, positional_format());
  auto back = engine.transcoder({schema_, all}, positional_format(), thrift::binary);
  auto to_json = engine.transcoder({schema_, all}, thrift::binary, json::text);
  ASSERT_TRUE(from_json && there && back && to_json);
  for (const std::string& text : {ordered, std::string(R"({"name":"n","id":3,"flag":true})")}) {
    Buffer binary;
    Buffer bytes;
    Buffer again;
    Buffer out;
    ASSERT_TRUE(from_json->transcode(text, binary).has_value());
    ASSERT_TRUE(there->transcode(binary.bytes(), bytes).has_value());
    ASSERT_TRUE(back->transcode(bytes.bytes(), again).has_value());
    ASSERT_TRUE(to_json->transcode(again.bytes(), out).has_value());
    EXPECT_EQ(out.text(), expected("All", text));
    for (std::size_t k = 0; k < bytes.size(); ++k) {
      Buffer none;
      EXPECT_FALSE(back->transcode(bytes.bytes().first(k), none).has_value()) << k;
    }
  }
}

TEST_P(Positional, StructsAndRecordsAreInOrder) {
  const Engine engine({.kind = GetParam()});
  auto codec = engine.codec<PositionalPoint>(positional_format());
  ASSERT_TRUE(codec.has_value()) << codec.error().to_string();
  for (const PositionalPoint& point :
       {PositionalPoint{1, 2.5, {"a", "b"}}, PositionalPoint{-1, std::nullopt, {}}}) {
    Buffer out;
    ASSERT_TRUE(codec->encode(point, out).has_value());
    PositionalPoint read{9, 9.0, {"old"}};
    ASSERT_TRUE(codec->decode(out.bytes(), read).has_value());
    EXPECT_EQ(read.x, point.x);
    EXPECT_EQ(read.y, point.y);
    EXPECT_EQ(read.tags, point.tags);
  }
}

TEST_P(Positional, AnotherOrderOfTheTargetIsRejected) {
  const Engine engine({.kind = GetParam()});
  const auto to = [&](const char* target) {
    return engine.transcoder(*schema_.find_struct("Same"), thrift::binary,
                             *schema_.find_struct(target), positional_format(), Match::number);
  };
  EXPECT_TRUE(to("Same").has_value());
  const auto other = to("Reordered");
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code(), Errc::unsupported);
  EXPECT_NE(other.error().message().find("in the order of its fields"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Engines, Positional,
                         testing::Values(EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic));

}  // namespace
}  // namespace wirejit::test
