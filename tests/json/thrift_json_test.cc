// Thrift JSON on every engine: the texts that are written, the forms that are read, what is
// rejected and where, unknown fields, limits; random schemas and values against the official C++
// library in the same process. The corpus (tests/cases) compares fixed values with it.
#include "tests/support/json_support.h"
#include "tests/support/libthrift_values.h"
#include "tests/support/random_schema.h"
#include "tests/support/random_value.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::test {
namespace {

constexpr std::string_view idl = R"(
enum Level { LOW = -1, HIGH = 9 }
struct Leaf { 1: i32 n; 2: optional Leaf next }
struct All {
  1: optional bool flag;
  2: optional i8 tiny;
  3: optional i16 small;
  4: optional i32 medium;
  5: optional i64 large;
  6: optional double real;
  7: optional string text;
  8: optional binary blob;
  9: optional Level level;
  10: optional uuid id;
  11: optional Leaf leaf;
  12: optional list<i32> numbers;
  13: optional set<string> words;
  14: optional map<string, i64> counts;
  15: optional list<Leaf> leaves;
  16: optional map<i32, list<bool>> flags;
  17: optional list<uuid> ids;
  18: optional map<bool, double> by_flag;
  19: optional map<binary, uuid> by_blob;
  20: optional map<Level, map<double, string>> by_level;
  300: optional i32 last;
}
)";

// Thrift JSON as JSON, or the error's name with its offset.
class ThriftJson : public testing::Test {
 protected:
  explicit ThriftJson(const MatrixOptions& options = {.through_record = ThroughRecord::code})
      : matrix(load_idl(idl), "All", {thrift::json, json::text, thrift::binary}, options) {}

  std::string read(std::string_view text) {
    return matrix.transcode(thrift::json, json::text, text).shown();
  }
  std::string write(std::string_view text) {
    return matrix.transcode(json::text, thrift::json, text).shown();
  }

  EngineMatrix matrix;
};

struct Row {
  std::string_view text;
  std::string_view expected;
};

TEST_F(ThriftJson, WritesEachTypeInItsOwnForm) {
  constexpr Row rows[] = {
      {R"({"flag":true})", R"({"1":{"tf":1}})"},
      {R"({"flag":false})", R"({"1":{"tf":0}})"},
      {R"({"tiny":-128,"small":-32768})", R"({"2":{"i8":-128},"3":{"i16":-32768}})"},
      {R"({"medium":7,"large":-9223372036854775808})",
       R"({"4":{"i32":7},"5":{"i64":-9223372036854775808}})"},
      {R"({"text":"\"\\/\b\f\n\r\t\u0001\u001f\u007fé😀"})",
       "{\"7\":{\"str\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7fé😀\"}}"},
      {R"({"blob":""})", R"({"8":{"str":""}})"},
      {R"({"blob":"AQ=="})", R"({"8":{"str":"AQ"}})"},
      {R"({"blob":"AQI="})", R"({"8":{"str":"AQI"}})"},
      {R"({"blob":"AQID"})", R"({"8":{"str":"AQID"}})"},
      {R"({"level":"LOW"})", R"({"9":{"i32":-1}})"},
      {R"({"level":77})", R"({"9":{"i32":77}})"},
      {R"({"id":"00112233-4455-6677-8899-aabbccddeeff"})",
       R"({"10":{"uid":"00112233-4455-6677-8899-aabbccddeeff"}})"},
      {R"({"leaf":{"n":1,"next":{"n":2}}})",
       R"({"11":{"rec":{"1":{"i32":1},"2":{"rec":{"1":{"i32":2}}}}}})"},
      {R"({"numbers":[]})", R"({"12":{"lst":["i32",0]}})"},
      {R"({"numbers":[1,2,3]})", R"({"12":{"lst":["i32",3,1,2,3]}})"},
      {R"({"words":["a"]})", R"({"13":{"set":["str",1,"a"]}})"},
      {R"({"counts":{}})", R"({"14":{"map":["str","i64",0,{}]}})"},
      {R"({"counts":{"a\"":1,"b":2}})", R"({"14":{"map":["str","i64",2,{"a\"":1,"b":2}]}})"},
      {R"({"leaves":[{"n":1},{"n":2}]})",
       R"({"15":{"lst":["rec",2,{"1":{"i32":1}},{"1":{"i32":2}}]}})"},
      {R"({"flags":{"-1":[true,false],"2":[]}})",
       R"({"16":{"map":["i32","lst",2,{"-1":["tf",2,1,0],"2":["tf",0]}]}})"},
      {R"({"ids":["00112233-4455-6677-8899-aabbccddeeff"]})",
       R"({"17":{"lst":["uid",1,"00112233-4455-6677-8899-aabbccddeeff"]}})"},
      {R"({"by_flag":{"true":0.5,"false":1}})", R"({"18":{"map":["tf","dbl",2,{"1":0.5,"0":1}]}})"},
      {R"({"by_blob":{"AQ==":"00112233-4455-6677-8899-aabbccddeeff"}})",
       R"({"19":{"map":["str","uid",1,{"AQ":"00112233-4455-6677-8899-aabbccddeeff"}]}})"},
      {R"({"by_level":{"HIGH":{"0.1":"x","NaN":"y"}}})",
       R"({"20":{"map":["i32","map",1,{"9":["dbl","str",2,{"0.10000000000000001":"x","NaN":"y"}]}]}})"},
      {R"({})", R"({})"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(write(row.text), row.expected);
    // Enums that have a name, Base64 without padding and doubles have other forms in JSON.
    EXPECT_EQ(matrix.by_codecs(thrift::json, thrift::json, as_bytes(row.expected)).shown(),
              row.expected);
    EXPECT_EQ(matrix.transcode(thrift::json, thrift::json, row.expected).shown(), row.expected);
  }
}

TEST_F(ThriftJson, WritesDoublesWithUpToSeventeenDigits) {
  constexpr Row rows[] = {
      {"0.0", "0"},
      {"-0.0", "-0"},
      {"1.0", "1"},
      {"-2.5", "-2.5"},
      {"0.1", "0.10000000000000001"},
      {"1e15", "1000000000000000"},
      {"1e16", "10000000000000000"},
      {"123456789012345680.0", "1.2345678901234568e+17"},
      {"1e17", "1e+17"},
      {"0.0001", "0.0001"},
      {"0.00001", "1.0000000000000001e-05"},
      {"5e-324", "4.9406564584124654e-324"},
      {"1.7976931348623157e308", "1.7976931348623157e+308"},
      {"\"NaN\"", "\"NaN\""},
      {"\"Infinity\"", "\"Infinity\""},
      {"\"-Infinity\"", "\"-Infinity\""},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(write(R"({"real":)" + std::string(row.text) + "}"),
              R"({"6":{"dbl":)" + std::string(row.expected) + "}}");
  }
}

// Counts that are not known before the elements, of one digit and of several.
TEST_F(ThriftJson, WritesCountsOfAnyWidth) {
  for (const std::size_t n : {0U, 1U, 9U, 10U, 11U, 99U, 100U, 1000U, 12345U}) {
    std::string list;
    std::string counted;
    for (std::size_t i = 0; i < n; ++i) {
      list += (i == 0 ? "" : ",") + std::to_string(i);
      counted += "," + std::to_string(i);
    }
    const std::string text =
        R"({"12":{"lst":["i32",)" + std::to_string(n) + counted + R"(]},"300":{"i32":1}})";
    EXPECT_EQ(write(R"({"numbers":[)" + list + R"(],"last":1})"), text) << n;
    EXPECT_EQ(read(text), R"({"numbers":[)" + list + R"(],"last":1})") << n;
    EXPECT_EQ(matrix.transcode(thrift::json, thrift::json, text).shown(), text) << n;
  }
}

TEST_F(ThriftJson, ReadsWhatPeersWriteAndMore) {
  constexpr Row rows[] = {
      // White space.
      {" { \"1\" : { \"tf\" : 1 } , \"2\" :\t{\"i8\"\n:\r5 } } ", R"({"flag":true,"tiny":5})"},
      {R"({"12":{"lst": [ "i32" , 2 , 1 , 2 ] } , "300" : {"i32":3}})",
       R"({"numbers":[1,2],"last":3})"},
      {R"({"14":{"map":[ "str" , "i64" , 2 , { "a" : 1 , "b" : 2 } ] } })",
       R"({"counts":{"a":1,"b":2}})"},
      {R"({"14":{"map":["str","i64",0, { } ]}})", R"({"counts":{}})"},
      {R"({"7":{"str": "x" },"8":{"str":"AQ" }})", R"({"text":"x","blob":"AQ=="})"},
      {" { } ", "{}"},
      // Bools.
      {R"({"1":{"tf":true},"2":{"i8":1}})", R"({"flag":true,"tiny":1})"},
      {R"({"1":{"tf":false}})", R"({"flag":false})"},
      {R"({"1":{"tf":"1"}})", R"({"flag":true})"},
      {R"({"18":{"map":["tf","dbl",2,{"true":1,"0":2}]}})",
       R"({"by_flag":{"true":1.0,"false":2.0}})"},
      // Numbers in quotes, and with a fraction or an exponent.
      {R"({"4":{"i32":"7"},"5":{"i64":"-9223372036854775808"},"6":{"dbl":"2.5"}})",
       R"({"medium":7,"large":-9223372036854775808,"real":2.5})"},
      {R"({"4":{"i32":7.0},"6":{"dbl":25E-1}})", R"({"medium":7,"real":2.5})"},
      {R"({"6":{"dbl":"-Infinity"}})", R"({"real":"-Infinity"})"},
      {R"({"20":{"map":["i32","map",1,{"9":["dbl","str",1,{"1e2":"x"}]}]}})",
       R"({"by_level":{"HIGH":{"100.0":"x"}}})"},
      // Escapes of every kind.
      {R"({"7":{"str":"\/\u00E9\u00e9\ud83d\ude00\uD83D\uDE00"}})", R"({"text":"/éé😀😀"})"},
      {R"({"\u0037":{"s\u0074r":"x"}})", R"({"text":"x"})"},
      // Base64, padded or not.
      {R"({"8":{"str":"AQ=="}})", R"({"blob":"AQ=="})"},
      {R"({"8":{"str":"AQ"}})", R"({"blob":"AQ=="})"},
      // Uuids in both cases.
      {R"({"10":{"uid":"00112233-4455-6677-8899-AABBCCDDEEFF"}})",
       R"({"id":"00112233-4455-6677-8899-aabbccddeeff"})"},
      // Another order; the last of two counts.
      {R"({"300":{"i32":3},"1":{"tf":1},"300":{"i32":4}})", R"({"flag":true,"last":4})"},
      {R"({"14":{"map":["str","i64",2,{"a":1,"a":2}]}})", R"({"counts":{"a":2}})"},
      // Unknown fields, and fields of another type than the schema's.
      {R"({"77":{"map":["i32","rec",1,{"1":{}}]},"1":{"tf":1}})", R"({"flag":true})"},
      {R"({"-3":{"lst":["str",1,"}]"]},"1":{"tf":1}})", R"({"flag":true})"},
      {R"({"1":{"i32":1},"2":{"i8":1}})", R"({"tiny":1})"},
      {R"({"7":{"rec":{"1":{"i32":1}}},"2":{"i8":1}})", R"({"tiny":1})"},
      // An empty container may name other types.
      {R"({"12":{"lst":["rec",0]},"14":{"map":["i8","tf",0,{}]}})",
       R"({"numbers":[],"counts":{}})"},
  };
  for (const Row& row : rows) {
    // By a record, because one pass keeps the order of the text.
    EXPECT_EQ(matrix.by_codecs(thrift::json, json::text, as_bytes(row.text)).shown(), row.expected)
        << row.text;
    EXPECT_TRUE(matrix.transcode(thrift::json, json::text, row.text).ok()) << row.text;
  }
}

TEST_F(ThriftJson, RejectsWhatIsWrongAtItsPlace) {
  constexpr Row rows[] = {
      // Counts.
      {R"({"12":{"lst":["i32",3,1,2]}})", "invalid_count@25"},
      {R"({"12":{"lst":["i32",1,1,2]}})", "invalid_count@23"},
      {R"({"12":{"lst":["i32",0,1]}})", "invalid_count@21"},
      {R"({"12":{"lst":["i32",1]}})", "invalid_count@21"},
      {R"({"12":{"lst":["i32",1000000,1,2]}})", "invalid_count@31"},
      {R"({"12":{"lst":["i32",2147483647]}})", "invalid_count@30"},
      {R"({"12":{"lst":["i32",2147483648]}})", "invalid_count@20"},
      {R"({"12":{"lst":["i32",99999999999999999999,1]}})", "invalid_count@20"},
      {R"({"12":{"lst":["i32",-1]}})", "invalid_count@20"},
      {R"({"12":{"lst":["i32",1.5,1]}})", "invalid_count@20"},
      {R"({"12":{"lst":["i32","1",1]}})", "type_mismatch@20"},
      {R"({"12":{"lst":["i32"]}})", "syntax@19"},
      {R"({"14":{"map":["str","i64",2,{"a":1}]}})", "invalid_count@34"},
      {R"({"14":{"map":["str","i64",1,{"a":1,"b":2}]}})", "invalid_count@34"},
      {R"({"14":{"map":["str","i64",1,{}]}})", "invalid_count@29"},
      {R"({"14":{"map":["str","i64",0,{"a":1}]}})", "invalid_count@29"},
      {R"({"14":{"map":["str","i64",1000000,{"a":1}]}})", "invalid_count@40"},
      {R"({"15":{"lst":["rec",3,{},{}]}})", "invalid_count@27"},
      // As many as the count says, of which one is too short to be what it should be.
      {R"({"17":{"lst":["uid",2,"x","y"]}})", "invalid_string@23"},
      {R"({"17":{"lst":["uid",2,"x"]}})", "invalid_count@25"},
      {R"({"19":{"map":["str","uid",1,{"QQ":"y"}]}})", "invalid_string@35"},
      {R"({"19":{"map":["str","uid",2,{"QQ":"y"}]}})", "invalid_count@37"},
      // Types.
      {R"({"12":{"lst":["i64",1,1]}})", "type_mismatch@15"},
      {R"({"12":{"lst":["i3",1,1]}})", "invalid_type@15"},
      {R"({"12":{"lst":["i322",1,1]}})", "invalid_type@15"},
      {R"({"14":{"map":["str","i32",1,{"a":1}]}})", "type_mismatch@21"},
      {R"({"14":{"map":["i32","i64",1,{"1":1}]}})", "type_mismatch@15"},
      {R"({"1":{"tff":1}})", "invalid_type@7"},
      {R"({"6":{"dxx":1}})", "invalid_type@7"},
      {R"({"1":{"":1}})", "invalid_type@7"},
      {R"({"1":{"TF":1}})", "invalid_type@7"},
      // Ids.
      {R"({"flag":{"tf":1}})", "invalid_tag@1"},
      {R"({"32768":{"tf":1}})", "invalid_tag@1"},
      {R"({"-32769":{"tf":1}})", "invalid_tag@1"},
      {R"({"01":{"tf":1}})", "invalid_tag@1"},
      {R"({"1.0":{"tf":1}})", "invalid_tag@1"},
      {R"({" 1":{"tf":1}})", "invalid_tag@1"},
      {R"({"":{"tf":1}})", "invalid_tag@1"},
      // Numbers out of range are not saturated.
      {R"({"2":{"i8":128}})", "number_out_of_range@11"},
      {R"({"3":{"i16":-32769}})", "number_out_of_range@12"},
      {R"({"4":{"i32":2147483648}})", "number_out_of_range@12"},
      {R"({"5":{"i64":9223372036854775808}})", "number_out_of_range@12"},
      {R"({"6":{"dbl":1e400}})", "number_out_of_range@12"},
      {R"({"9":{"i32":2147483648}})", "number_out_of_range@12"},
      {R"({"4":{"i32":1.5}})", "invalid_number@12"},
      {R"({"4":{"i32":01}})", "invalid_number@13"},
      // Values of another kind.
      {R"({"1":{"tf":2}})", "type_mismatch@11"},
      {R"({"1":{"tf":10}})", "syntax@12"},
      {R"({"1":{"tf":"yes"}})", "type_mismatch@12"},
      {R"({"4":{"i32":true}})", "type_mismatch@12"},
      {R"({"7":{"str":5}})", "type_mismatch@12"},
      {R"({"7":{"str":null}})", "null_value@12"},
      {R"({"11":{"rec":[]}})", "type_mismatch@13"},
      {R"({"12":{"lst":{}}})", "type_mismatch@13"},
      {R"({"8":{"str":"A*"}})", "invalid_base64@14"},
      {R"({"7":{"str":"\ud800"}})", "invalid_string@13"},
      {R"({"10":{"uid":"0011"}})", "invalid_string@14"},
      // Punctuation.
      {R"({"1":{}})", "syntax@6"},
      {R"({"1":1})", "type_mismatch@5"},
      {R"({"1":{"tf":1,"i8":1}})", "syntax@12"},
      {R"({"1":{"tf":1},})", "syntax@14"},
      {R"({"12":{"lst":["i32",2,1 2]}})", "syntax@24"},
      {R"([])", "type_mismatch@0"},
      {R"({}x)", "trailing_data@2"},
      // In what is skipped.
      {R"({"77":{"lst":["i32",2,1}})", "syntax@23"},
      {R"({"77":{"i32":1,"i8":2}})", "syntax@14"},
      {R"({"77":{"what":1}})", "invalid_type@8"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(read(row.text), row.expected) << row.text;
  }
}

TEST_F(ThriftJson, MessagesSayWhatIsWrong) {
  const auto message = [&](std::string_view text) {
    Buffer out;
    const auto done = matrix.transcoder(thrift::json, json::text).transcode(text, out);
    return done ? "" : done.error().message();
  };
  EXPECT_EQ(message(R"({"12":{"lst":["i32",1,1,2]}})"),
            "there are more elements than the count says");
  EXPECT_EQ(message(R"({"12":{"lst":["i32",3,1,2]}})"),
            "there are fewer elements than the count says");
  EXPECT_EQ(message(R"({"12":{"lst":["i64",1,1]}})"), "expected list<i32>, found the type \"i64\"");
  EXPECT_EQ(message(R"({"4":{"i32":1.5}})"), "expected a number of type i32, found 1.5");
  const Outcome o =
      matrix.transcode(thrift::json, json::text, R"({"15":{"lst":["rec",1,{"1":{"i32":[]}}]}})");
  EXPECT_EQ(o.error(), "type_mismatch at 34 in 'leaves[0].n'");
}

TEST_F(ThriftJson, EveryCutIsTruncated) {
  for (const std::string_view text :
       {std::string_view(R"({"1":{"tf":1},"2":{"i8":-1},"6":{"dbl":2.5},"7":{"str":"a\n"},)"
                         R"("8":{"str":"AQ=="},"11":{"rec":{"1":{"i32":1}}},)"
                         R"("12":{"lst":["i32",2,1,2]},"14":{"map":["str","i64",2,{"a":1,"b":2}]},)"
                         R"("77":{"lst":["map",1,["i32","tf",1,{"5":1}]]},"300":{"i32":1}})"),
        std::string_view(R"( { "1" : { "tf" : true } , "12" : { "lst" : [ "i32" , 2 , 1 , 2 ] } , )"
                         R"("14" : { "map" : [ "str" , "i64" , 1 , { "a" : 1 } ] } })")}) {
    ASSERT_TRUE(matrix.transcode(thrift::json, json::text, text).ok());
    for (std::size_t n = 0; n < text.size(); ++n) {
      const Outcome o = matrix.transcode(thrift::json, json::text, text.substr(0, n));
      EXPECT_EQ(o.code, Errc::truncated) << text.substr(0, n) << " " << o.error();
      EXPECT_EQ(o.offset, n) << text.substr(0, n);
    }
  }
}

// ---- Unknown fields

struct ThriftJsonUnknown : testing::Test {
  static EngineMatrix of(Unknown unknown, const Limits& limits = {}) {
    return {load_idl("struct S { 1: i32 a; 5: i32 b }"),
            "S",
            {thrift::json, json::text},
            {.options = {.unknown_fields = unknown},
             .limits = limits,
             .through_record = ThroughRecord::code}};
  }
  static std::string through(EngineMatrix& matrix, std::string_view text) {
    const std::string one = matrix.transcode(thrift::json, thrift::json, text).shown();
    // Records write them after the fields.
    EXPECT_EQ(matrix.by_codecs(thrift::json, thrift::json, as_bytes(text)).ok(),
              one.find('@') == one.npos);
    return one;
  }
};

TEST_F(ThriftJsonUnknown, AreKeptWithoutWhiteSpace) {
  EngineMatrix matrix = of(Unknown::keep);
  EXPECT_EQ(through(matrix, R"({"1":{"i32":1}, "9" : { "str" : "x y" } ,"5":{"i32":2}})"),
            R"({"1":{"i32":1},"9":{"str":"x y"},"5":{"i32":2}})");
  EXPECT_EQ(through(matrix, R"({"1":{"str":"other"},"5":{"i32":2}})"),
            R"({"1":{"str":"other"},"5":{"i32":2}})");
  EXPECT_EQ(matrix
                .by_codecs(thrift::json, thrift::json,
                           as_bytes(R"({"9":{"lst":["i32", 1, 5]},"1":{"i32":1},"8":{"tf":1}})"))
                .shown(),
            R"({"1":{"i32":1},"9":{"lst":["i32",1,5]},"8":{"tf":1}})");
}

TEST_F(ThriftJsonUnknown, AreNotWrittenToAnotherFormat) {
  EngineMatrix matrix = of(Unknown::keep);
  EXPECT_EQ(
      matrix.transcode(thrift::json, json::text, R"({"9":{"str":"x"},"1":{"i32":1}})").shown(),
      R"({"a":1})");
}

TEST_F(ThriftJsonUnknown, AreAnErrorWhereTheyAreToBe) {
  EngineMatrix matrix = of(Unknown::error);
  EXPECT_EQ(through(matrix, R"({"1":{"i32":1},"9":{"str":"x"}})"), "unknown_field@15");
  EXPECT_EQ(through(matrix, R"({"1":{"str":"x"}})"), "unknown_field@1");
  EXPECT_EQ(through(matrix, R"({"1":{"i32":1}})"), R"({"1":{"i32":1}})");
}

// Fields that were set by hand are checked, so that what is written can be read.
TEST_F(ThriftJsonUnknown, ThatWereSetByHandAreChecked) {
  const RecordType type =
      RecordType::make(load_idl("struct S { 1: i32 a }"), "S", {.keep_unknown = true}).value();
  for (const auto kind : engine_kinds) {
    const Engine engine({.kind = kind});
    const RecordCodec codec = engine.record_codec(type, thrift::json).value();
    for (const auto& [text, expected] : {
             Row{R"("9":{"str":"x"},"8":{"tf": 1})",
                 R"({"1":{"i32":3},"9":{"str":"x"},"8":{"tf":1}})"},
             Row{R"("1":{"i32":7},"9":{"str":"x"})", R"({"1":{"i32":3},"9":{"str":"x"}})"},
             Row{R"("x":1)", "invalid_tag"},
             Row{R"("9":{"what":1})", "invalid_type"},
             Row{R"("9":{"i32":1)", "truncated"},
             Row{"9", "syntax"},
         }) {
      Arena arena;
      Record record = Record::make(arena, type).value();
      ASSERT_TRUE(record.set("a", 3));
      ASSERT_TRUE(record.set_unknown(as_bytes(text)));
      std::string out;
      const auto done = codec.encode(record, out);
      EXPECT_EQ(done ? out : std::string(to_string(done.error().code())), expected) << text;
    }
  }
}

// ---- Limits

std::string nested_leaves(std::size_t levels, std::string_view id) {
  std::string text;
  for (std::size_t i = 1; i < levels; ++i) {
    text.append("{\"").append(id).append("\":{\"rec\":");
  }
  text += "{}";
  for (std::size_t i = 1; i < levels; ++i) {
    text += "}}";
  }
  return text;
}

TEST(ThriftJsonLimits, DepthCountsStructsReadOrSkipped) {
  EngineMatrix matrix(load_idl("struct Leaf { 1: i32 n; 2: optional Leaf next }"), "Leaf",
                      {thrift::json, thrift::binary},
                      {.limits = {.depth = 20}, .through_record = ThroughRecord::code});
  for (const std::string_view id : {"2", "9"}) {
    const auto code = [&](std::size_t levels) {
      return matrix.transcode(thrift::json, thrift::binary, nested_leaves(levels, id)).code;
    };
    EXPECT_EQ(code(20), Errc::ok) << id;
    EXPECT_EQ(code(50), Errc::depth_limit) << id;
  }
}

TEST(ThriftJsonLimits, ACountReservesNothingThatTheTextDoesNotHave) {
  EngineMatrix matrix(load_idl("struct S { 1: list<i64> a; 2: map<string, S> b }"), "S",
                      {thrift::json, thrift::binary}, {.limits = {.memory = 4096}});
  for (const std::string_view text : {R"({"1":{"lst":["i64",2000000000,1,2,3]}})",
                                      R"({"2":{"map":["str","rec",2000000000,{"a":{}}]}})"}) {
    EXPECT_EQ(matrix.decode(thrift::json, as_bytes(text)).outcome.code, Errc::invalid_count);
  }
}

TEST(ThriftJsonLimits, MapsWhoseKeysNoObjectCanHaveAreRejected) {
  const Schema schema =
      load_idl("struct K { 1: i32 a } struct S { 1: i32 x; 7: list<map<i32, map<K, i32>>> f }");
  for (const auto kind : engine_kinds) {
    const auto made =
        Engine({.kind = kind}).transcoder(schema.find_type("S").value(), json::text, thrift::json);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code(), Errc::unsupported);
    EXPECT_NE(made.error().message().find("S.f = 7: "), std::string::npos)
        << made.error().message();
  }
}

TEST(ThriftJsonRoots, MayBeContainersAndScalars) {
  const Schema schema = load_idl("struct P { 1: i32 x }");
  constexpr std::string_view rows[][3] = {
      {"list<P>", R"([{"x":1},{"x":2}])", R"(["rec",2,{"1":{"i32":1}},{"1":{"i32":2}}])"},
      {"map<i32, bool>", R"({"5":true})", R"(["i32","tf",1,{"5":1}])"},
      {"i64", "-5", "-5"},
      {"string", R"("a")", R"("a")"},
  };
  for (const auto& [type, text, expected] : rows) {
    EngineMatrix matrix(schema, type, {thrift::json, json::text},
                        {.through_record = ThroughRecord::code});
    EXPECT_EQ(matrix.transcode(json::text, thrift::json, text).shown(), expected);
    EXPECT_EQ(matrix.transcode(thrift::json, json::text, expected).shown(), text);
    EXPECT_EQ(matrix.by_codecs(thrift::json, json::text, as_bytes(expected)).shown(), text);
  }
}

// ---- SimpleJSON

TEST(ThriftSimpleJson, IsPlainJsonInTheFormOfFbthrift) {
  const Schema schema = load_idl(R"(
enum Level { LOW = -1, HIGH = 9 }
struct All {
  1: optional bool flag_one (json.name = "flagOne");
  2: optional i64 large;
  3: optional double real;
  4: optional binary blob;
  5: optional Level level;
  6: optional map<Level, list<bool>> by_level;
  7: optional map<bool, i32> by_flag;
})");
  EngineMatrix matrix(schema, "All", {thrift::simple_json, json::text},
                      {.through_record = ThroughRecord::code});
  constexpr std::string_view plain =
      R"({"flagOne":true,"large":9007199254740993,"real":0.1,"blob":"AQ==","level":"HIGH",)"
      R"("by_level":{"LOW":[true,false]},"by_flag":{"true":1}})";
  constexpr std::string_view simple =
      R"({"flag_one":true,"large":9007199254740993,"real":0.1,"blob":"AQ","level":9,)"
      R"("by_level":{"-1":[true,false]},"by_flag":{"true":1}})";
  EXPECT_EQ(matrix.transcode(json::text, thrift::simple_json, plain).shown(), simple);
  for (const std::string_view text :
       {simple, std::string_view(
                    R"({"flag_one":1,"large":9007199254740993,"real":0.1,"blob":"AQ==","level":9,)"
                    R"("by_level":{"-1":[1,0]},"by_flag":{"1":1}})")}) {
    EXPECT_EQ(matrix.transcode(thrift::simple_json, json::text, text).shown(), plain);
    EXPECT_EQ(matrix.by_codecs(thrift::simple_json, thrift::simple_json, as_bytes(text)).shown(),
              simple);
  }
  EXPECT_EQ(matrix.transcode(thrift::simple_json, json::text, R"({"flag_one":2})").shown(),
            "type_mismatch@12");
  EXPECT_EQ(matrix.transcode(thrift::simple_json, json::text, R"({"flagOne":1,"level":9})").shown(),
            R"({"level":"HIGH"})");
  EXPECT_EQ(matrix.transcode(thrift::simple_json, json::text, R"({"flag_one":null})").shown(),
            "{}");
}

TEST(ThriftSimpleJson, RejectsMapsWhoseKeysNoObjectCanHave) {
  const Schema schema = load_idl("struct S { 1: map<list<i32>, i32> f }");
  for (const auto kind : engine_kinds) {
    const auto made =
        Engine({.kind = kind})
            .transcoder(schema.find_type("S").value(), json::text, thrift::simple_json);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code(), Errc::unsupported);
    EXPECT_NE(made.error().message().find("S.f = 1: "), std::string::npos);
  }
}

// ---- Random values

// White space around all punctuation.
std::string spaced(std::string_view text, Random& r) {
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool around = !in_string && std::string_view("{}[]:,").find(c) != std::string_view::npos;
    const auto space = [&] {
      return std::string(around ? r.below(3) : 0, r.chance(50) ? ' ' : '\n');
    };
    out += space();
    out += c;
    out += space();
    if (in_string && c == '\\') {
      out += text[++i];
    } else if (c == '"') {
      in_string = !in_string;
    }
  }
  return out;
}

class RandomThriftJson : public testing::Test {
 protected:
  // Calls `check` with matrices of random schemas that Thrift JSON has, and texts of random values,
  // as Thrift JSON and as JSON.
  using Check = std::function<void(EngineMatrix&, Random&, const std::string&, const std::string&)>;
  static void for_all(std::uint64_t seeds, const Check& check) {
    std::size_t done = 0;
    for (std::uint64_t seed = 0; seed < rounds(seeds) && !HasFailure(); ++seed) {
      SCOPED_TRACE(seed);
      Random r(seed);
      const Schema schema =
          random_schema(seed, {.nesting = seed % 2 == 0 ? 3 : 1, .protobuf = seed % 2 == 1});
      const RecordType type = RecordType::make(schema, "S0").value();
      if (!Engine().record_codec(type, thrift::json)) {
        continue;  // maps with other keys
      }
      EngineMatrix matrix(schema, "S0", {thrift::json, thrift::binary, json::text},
                          {.through_record = ThroughRecord::code});
      for (int k = 0; k < 4; ++k) {
        RootValue root = *RootValue::make(type);
        fill_random(root.record(), r, {.depth = 3, .elements = 12, .text = 30});
        const Outcome text = matrix.encode(thrift::json, root.record());
        const Outcome plain = matrix.encode(json::text, root.record());
        ASSERT_TRUE(text.ok()) << text.error();
        ASSERT_TRUE(plain.ok()) << plain.error();
        check(matrix, r, text.bytes, plain.bytes);
        ++done;
      }
    }
    EXPECT_GT(done, seeds / 2);
  }
};

TEST_F(RandomThriftJson, GoesThereAndBack) {
  for_all(50, [](EngineMatrix& m, Random& r, const std::string& text, const std::string& plain) {
    const Outcome binary = m.transcode(thrift::json, thrift::binary, text);
    ASSERT_TRUE(binary.ok()) << binary.error() << text;
    EXPECT_EQ(m.transcode(thrift::binary, thrift::json, binary.bytes).shown(), text);
    EXPECT_EQ(m.transcode(thrift::json, thrift::json, text).shown(), text);
    EXPECT_EQ(m.by_codecs(thrift::json, thrift::json, as_bytes(text)).shown(), text);
    EXPECT_EQ(m.transcode(thrift::json, json::text, text).shown(), plain);
    EXPECT_EQ(m.transcode(json::text, thrift::json, plain).shown(), text);
    EXPECT_EQ(m.transcode(thrift::json, thrift::json, spaced(text, r)).shown(), text);
  });
}

TEST_F(RandomThriftJson, IsWhatTheOfficialLibraryWritesAndReads) {
  std::size_t compared = 0;
  for_all(80, [&](EngineMatrix& m, Random&, const std::string& text, const std::string& plain) {
    const StructType& type = *m.record_type().type().structure;
    if (!libthrift_holds(LibthriftProtocol::json, type) || plain.find("NaN") != plain.npos ||
        plain.find("Infinity") != plain.npos) {
      return;  // keys of that kind are no JSON values
    }
    const CaseValue value = CaseValue::parse(plain);
    ASSERT_EQ(text, libthrift_write(LibthriftProtocol::json, type, value));
    ++compared;
    // Its reader rejects ids below zero, and loses an escaped zero byte.
    if (text.find("\"-") == text.npos && text.find(R"(\u0000)") == text.npos) {
      const std::string back = libthrift_write(LibthriftProtocol::json, type,
                                               libthrift_read(LibthriftProtocol::json, type, text));
      ASSERT_EQ(m.transcode(thrift::json, json::text, back).shown(), plain);
    }
  });
  EXPECT_GT(compared, 30U);
}

// Changed bytes have no expected meaning: the engines must agree, and what is read can be written
// and read again.
TEST_F(RandomThriftJson, ChangedTextIsReadAlikeByAllEngines) {
  for_all(15, [](EngineMatrix& m, Random& r, const std::string& text, const std::string&) {
    constexpr std::string_view alphabet = "{}[]:,\"\\ 0123456789.-+eEtf\x80";
    for (int k = 0; k < 25; ++k) {
      std::string changed = text;
      for (std::size_t n = r.below(2) + 1; n != 0 && !changed.empty(); --n) {
        const std::size_t at = r.below(changed.size());
        const char c = alphabet[r.below(alphabet.size())];
        switch (r.below(3)) {
          case 0: changed[at] = c; break;
          case 1: changed.erase(at, r.below(4) + 1); break;
          default: changed.insert(at, 1, c); break;
        }
      }
      const Outcome read = m.transcode(thrift::json, thrift::json, changed);
      const Outcome by_record = m.by_codecs(thrift::json, thrift::json, as_bytes(changed));
      ASSERT_EQ(read.code, by_record.code) << changed;
      if (read.ok()) {
        ASSERT_EQ(m.by_codecs(thrift::json, thrift::json, as_bytes(read.bytes)).shown(),
                  by_record.shown())
            << changed;
      }
    }
  });
}

}  // namespace
}  // namespace wirejit::test
