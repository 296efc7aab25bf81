// The rules of conversions between JSON and Thrift: one row for each cell of the table in
// docs/json-and-thrift.md, and the profiles. Every row runs on all engines, in one pass and through
// a record.
#include "tests/support/json_support.h"

#include <wirejit/codec.h>
#include <wirejit/pb.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::test {
namespace {

using json::Binary;
using json::Int64;
using json::Keys;
using json::NotFinite;
using json::Nulls;
using json::Profile;

constexpr const char* idl = R"(
enum Color { RED = 1, BLUE = 5 }
struct Inner { 1: required i32 need, 2: i32 plain }
struct Loop { 1: required Loop next }
union Choice { 1: i32 n, 2: string s }
struct Required { 1: required i32 a, 2: required i32 b = 7, 3: optional i32 c }
struct Zeros {
  1: required bool b, 2: required string s, 3: required list<i32> l, 4: required map<string, i32> m,
  5: required Inner in, 6: required double d, 7: required Color e, 8: required binary y,
}
struct NeedsUnion { 1: required Choice c }
struct NeedsLoop { 1: required Loop l }
struct Default { 1: i32 a = 7, 2: i32 b, 3: string s, 4: Inner in, 5: Choice c, 6: Loop l }
struct Optional { 1: optional i32 a = 7, 2: optional i32 b, 3: optional Choice c }
struct Nested { 1: list<Default> list }
struct Ints { 1: list<i32> v }
struct Bools { 1: list<bool> v }
struct Texts { 1: list<string> v }
struct Lists { 1: list<list<i32>> v }
struct Inners { 1: list<Inner> v }
struct Choices { 1: list<Choice> v }
struct Set { 1: set<i32> v }
struct Map { 1: map<string, i32> v }
struct IntMap { 1: map<i32, string> v }
struct Pairs { 1: map<Inner, i32> v }
struct Int { 1: i64 v }
struct UsualInts { 1: i8 a, 2: i16 b, 3: i32 c, 4: i64 d, 5: list<i64> e, 6: map<i64, i64> f }
struct ConvInts {
  1: i8 a (api.js_conv = ""), 2: i16 b (agw.js_conv = ""), 3: i32 c (api.js_conv = "true"),
  4: i64 d (api.js_conv), 5: list<i64> e (api.js_conv), 6: map<i64, i64> f (api.js_conv),
  7: list<list<i16>> g (api.js_conv),
}
struct ConvInt { 1: i64 v (api.js_conv = "") }
struct ConvByte { 1: i8 v (api.js_conv = "") }
struct ConvShorts { 1: list<i16> v (api.js_conv = "") }
struct ConvDouble { 1: double v (api.js_conv = "") }
struct ConvText { 1: string v (api.js_conv = "") }
struct ConvTexts { 1: list<string> v (api.js_conv = "") }
struct ConvMap { 1: map<string, i32> v (api.js_conv = "") }
struct ConvInner { 1: Int v (api.js_conv = "") }
struct ConvColor { 1: Color v (api.js_conv = "") }
struct Double { 1: double v }
struct Doubles { 1: list<double> v }
struct DoubleKeys { 1: map<double, i32> v }
struct Colors { 1: Color v }
struct Bytes { 1: binary v }
struct Plain { 1: i32 a = 7, 2: i32 b, 3: required i32 c, 4: optional i32 d = 9 }
struct Keyed { 1: i32 userName (api.key = "user"), 2: i32 id (go.tag = 'json:"ID,omitempty"'), 3: i32 c }
struct Swapped { 1: i32 a (api.key = "x"), 2: i32 x }
)";

// As the struct Plain, whose default values are not those of the members.
struct CppPlain {
  std::int32_t a = 1;
  std::int32_t b = 2;
  std::optional<std::int32_t> c;
  std::optional<std::int32_t> d;
};

}  // namespace

WIREJIT_STRUCT(CppPlain, (1, a), (2, b), (3, c), (4, d))

namespace {

enum class Way : std::uint8_t { to_thrift, to_json, to_itself };

struct Row {
  std::string_view cell;
  std::string_view type;
  Profile profile;
  Way way;
  std::string_view in;   // Thrift Binary in hexadecimal digits
  std::string_view out;  // the same; or an error with its offset
};

std::string bytes_of(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

constexpr Profile with(MissingRequired rule) { return {.options = {.missing_required = rule}}; }
constexpr Profile with_default_fields(MissingFields rule) {
  return {.options = {.default_fields = rule}};
}
constexpr Profile with_optional_fields(MissingFields rule) {
  return {.options = {.optional_fields = rule}};
}
constexpr Profile with(Nulls rule) { return {.text = {.nulls = rule}}; }
constexpr Profile with(Int64 rule) { return {.text = {.int64 = rule}}; }
constexpr Profile with(NotFinite rule) { return {.text = {.not_finite = rule}}; }
constexpr Profile with(Binary rule) { return {.text = {.binary = rule}}; }
constexpr Profile with(Keys rule) { return {.text = {.keys = rule}}; }
constexpr Profile with(Unknown rule) { return {.options = {.unknown_fields = rule}}; }
constexpr Profile bare_numbers{.text = {.accept_text_numbers = false}};
constexpr Profile usual{};

const std::vector<Row>& missing_rows() {
  using enum MissingFields;
  constexpr Profile error = with(MissingRequired::error);
  constexpr Profile zero = with(MissingRequired::zero);
  constexpr Profile omit = with(MissingRequired::omit);
  static const std::vector<Row> rows = {
      {"required: error", "Required", error, Way::to_thrift, R"({"c":9})", "missing_required@7"},
      {"required: error", "Required", error, Way::to_thrift, R"({"a":null})", "null_value@5"},
      {"required: error", "Required", error, Way::to_json, "0800030000000900",
       "missing_required@8"},
      {"required: zero", "Required", zero, Way::to_thrift, R"({"c":9})",
       "080003000000090800010000000008000200000007"
       "00"},
      {"required: zero", "Required", zero, Way::to_thrift, R"({"a":null,"b":5})",
       "08000200000005080001000000000"
       "0"},
      {"required: zero", "Required", zero, Way::to_json, "0800030000000900",
       R"({"c":9,"a":0,"b":7})"},
      {"required: zero", "Zeros", zero, Way::to_json, "00",
       R"({"b":false,"s":"","l":[],"m":{},"in":{"need":0},"d":0.0,"e":0,"y":""})"},
      {"required: zero", "Zeros", zero, Way::to_thrift, "{}",
       "02000100"
       "0b000200000000"
       "0f00030800000000"
       "0d00040b0800000000"
       "0c00050800010000000000"
       "0400060000000000000000"
       "08000700000000"
       "0b000800000000"
       "00"},
      {"required: zero", "NeedsUnion", zero, Way::to_thrift, "{}", "missing_required@2"},
      {"required: zero", "NeedsLoop", zero, Way::to_thrift, "{}", "missing_required@2"},
      {"required: omit", "Required", omit, Way::to_thrift, R"({"c":9})", "0800030000000900"},
      {"required: omit", "Required", omit, Way::to_thrift, R"({"a":null,"c":9})",
       "0800030000000900"},
      {"required: omit", "Required", omit, Way::to_json, "0800030000000900", R"({"c":9})"},

      {"default: none", "Default", with_default_fields(none), Way::to_thrift, "{}", "00"},
      {"default: none", "Default", with_default_fields(none), Way::to_json, "00", "{}"},
      {"default: defaults", "Default", with_default_fields(defaults), Way::to_thrift, "{}",
       "0800010000000700"},
      {"default: defaults", "Default", with_default_fields(defaults), Way::to_thrift,
       R"({"a":null,"b":2})",
       "0800020000000208000100000007"
       "00"},
      {"default: defaults", "Default", with_default_fields(defaults), Way::to_json, "00",
       R"({"a":7})"},
      {"default: all", "Default", with_default_fields(all), Way::to_thrift, R"({"a":8})",
       "08000100000008080002000000000b0003000000000c00040800010000000000"
       "00"},
      {"default: all", "Default", with_default_fields(all), Way::to_json, "00",
       R"({"a":7,"b":0,"s":"","in":{"need":0}})"},
      {"default: all", "Nested", with_default_fields(all), Way::to_thrift, R"({"list":[{}]})",
       "0f00010c00000001"
       "080001000000070800020000000"
       "00b0003000000000c00040800010000000000"
       "00"
       "00"},

      {"optional: none", "Optional", with_optional_fields(none), Way::to_thrift, R"({"b":2})",
       "0800020000000200"},
      {"optional: none", "Optional", with_optional_fields(none), Way::to_json, "00", "{}"},
      {"optional: defaults", "Optional", with_optional_fields(defaults), Way::to_thrift,
       R"({"b":2})",
       "08000200000002080001000000070"
       "0"},
      {"optional: defaults", "Optional", with_optional_fields(defaults), Way::to_json, "00",
       R"({"a":7})"},
      {"optional: all", "Optional", with_optional_fields(all), Way::to_thrift, "{}",
       "080001000000070800020000000000"},
      {"optional: all", "Optional", with_optional_fields(all), Way::to_json, "00",
       R"({"a":7,"b":0})"},
      {"optional: all", "Choice", with_optional_fields(all), Way::to_thrift, R"({"n":1})",
       "0800010000000100"},
  };
  return rows;
}

const std::vector<Row>& null_rows() {
  constexpr Profile error = with(Nulls::error);
  constexpr Profile drop = with(Nulls::drop);
  constexpr Profile zero = with(Nulls::zero);
  static const std::vector<Row> rows = {
      {"null: error", "Ints", error, Way::to_thrift, R"({"v":[1,null]})", "null_value@8"},
      {"null: error", "Map", error, Way::to_thrift, R"({"v":{"a":null}})", "null_value@10"},
      {"null: drop", "Ints", drop, Way::to_thrift, R"({"v":[null,1, null ,2,null]})",
       "0f00010800000002000000010000000200"},
      {"null: drop", "Ints", drop, Way::to_thrift, R"({"v":[nul]})", "syntax@9"},
      {"null: drop", "Ints", drop, Way::to_thrift, R"({"v":[1,null)", "truncated@12"},
      {"null: drop", "Ints", drop, Way::to_thrift, R"({"v":[null,"x"]})", "invalid_number@12"},
      {"null: drop", "Bools", drop, Way::to_thrift, R"({"v":[true,null,false]})",
       "0f00010200000002010000"},
      {"null: drop", "Texts", drop, Way::to_thrift, R"({"v":["a",null, null,"b"]})",
       "0f00010b000000020000000161000000016200"},
      {"null: drop", "Lists", drop, Way::to_thrift, R"({"v":[[1,null],null]})",
       "0f00010f0000000108000000010000000100"},
      {"null: drop", "Inners", drop, Way::to_thrift, R"({"v":[null,{"need":1}]})",
       "0f00010c00000001080001000000010000"},
      {"null: drop", "Set", drop, Way::to_thrift, R"({"v":[null,3]})",
       "0e0001080000000100000003"
       "00"},
      {"null: drop", "Map", drop, Way::to_thrift,
       R"({"v":{"a":null,"b":2,"c" : null ,"a long key of more than sixteen":null,"d":4}})",
       "0d00010b080000000200000001620000000200000001640000000400"},
      {"null: drop", "Map", drop, Way::to_thrift, R"({"v":{"a":null}})", "0d00010b080000000000"},
      {"null: drop", "Map", drop, Way::to_thrift, R"({"v":{"a":nul}})", "syntax@13"},
      {"null: drop", "IntMap", drop, Way::to_thrift, R"({"v":{"1":null,"2":"x"}})",
       "0d0001080b0000000100000002000000017800"},
      {"null: drop", "Pairs", drop, Way::to_thrift, R"({"v":[[{"need":1},null]]})",
       "null_value@18"},
      {"null: drop", "Map", drop, Way::to_itself, R"({"v":{"a":null,"a":2,"b":1,"b":null}})",
       R"({"v":{"a":2,"b":1}})"},
      {"null: zero", "Ints", zero, Way::to_thrift, R"({"v":[1, null]})",
       "0f00010800000002000000010000000000"},
      {"null: zero", "Bools", zero, Way::to_thrift, R"({"v":[true,null]})",
       "0f000102000000020100"
       "00"},
      {"null: zero", "Texts", zero, Way::to_thrift, R"({"v":[null,"b"]})",
       "0f00010b0000000200000000000000016200"},
      {"null: zero", "Lists", zero, Way::to_thrift, R"({"v":[null,[null]]})",
       "0f00010f000000020800000000080000000100000000"
       "00"},
      {"null: zero", "Inners", zero, Way::to_thrift, R"({"v":[null]})",
       "0f00010c00000001080001000000000000"},
      {"null: zero", "Choices", zero, Way::to_thrift, R"({"v":[null]})", "null_value@6"},
      {"null: zero", "Set", zero, Way::to_thrift, R"({"v":[null,3]})",
       "0e000108000000020000000000000003"
       "00"},
      {"null: zero", "Map", zero, Way::to_thrift, R"({"v":{"a":null,"b": null}})",
       "0d00010b0800000002000000016100000000000000016200000000"
       "00"},
      {"null: zero", "Pairs", zero, Way::to_thrift, R"({"v":[[{"need":1},null]]})",
       "0d00010c080000000108000100000001000000000000"},
      {"null: zero", "Map", zero, Way::to_thrift, R"({"v":{null:1}})", "syntax@6"},
  };
  return rows;
}

// All widths: -1 in each.
constexpr std::string_view all_ints =
    "030001ff"
    "060002ffff"
    "080003ffffffff"
    "0a0004ffffffffffffffff"
    "0f00050a00000001ffffffffffffffff"
    "0d00060a0a00000001ffffffffffffffffffffffffffffffff";

const std::vector<Row>& number_rows() {
  constexpr Profile number = with(Int64::number);
  constexpr Profile text = with(Int64::text);
  constexpr Profile by_field = with(Int64::by_field);
  constexpr Profile strict_by_field{
      .text = {.int64 = Int64::by_field, .accept_text_numbers = false}};
  constexpr Profile strict_text{.text = {.int64 = Int64::text, .accept_text_numbers = false}};
  static const std::string usual_in = std::string(all_ints) + "00";
  static const std::string conv_in = std::string(all_ints) +
                                     "0f00070f0000000106000000010003"
                                     "00";
  static const std::vector<Row> rows = {
      {"int64: number", "UsualInts", number, Way::to_json, usual_in,
       R"({"a":-1,"b":-1,"c":-1,"d":-1,"e":[-1],"f":{"-1":-1}})"},
      {"int64: number", "ConvInts", number, Way::to_json, conv_in,
       R"({"a":-1,"b":-1,"c":-1,"d":-1,"e":[-1],"f":{"-1":-1},"g":[[3]]})"},
      {"int64: text", "UsualInts", text, Way::to_json, usual_in,
       R"({"a":-1,"b":-1,"c":-1,"d":"-1","e":["-1"],"f":{"-1":"-1"}})"},
      {"int64: text", "Int", strict_text, Way::to_thrift, R"({"v":"-1"})",
       "0a0001ffffffffffffffff00"},
      {"int64: text", "Int", strict_text, Way::to_thrift, R"({"v":-1})",
       "0a0001ffffffffffffffff00"},
      {"int64: text", "Int", strict_text, Way::to_thrift, R"({"v":""})", "invalid_number@6"},
      {"int64: by_field", "UsualInts", by_field, Way::to_json, usual_in,
       R"({"a":-1,"b":-1,"c":-1,"d":-1,"e":[-1],"f":{"-1":-1}})"},
      {"int64: by_field", "ConvInts", by_field, Way::to_json, conv_in,
       R"({"a":"-1","b":"-1","c":"-1","d":"-1","e":["-1"],"f":{"-1":"-1"},"g":[["3"]]})"},
      {"int64: by_field", "ConvInts", strict_by_field, Way::to_thrift,
       R"({"a":"-1","b":-1,"c":"-1","d":-1,"e":["-1"],"f":{"-1":"-1"},"g":[["3"]]})", conv_in},
      {"int64: by_field", "ConvInt", strict_by_field, Way::to_thrift, R"({"v":""})",
       "0a0001000000000000000000"},
      {"int64: by_field", "ConvInt", strict_by_field, Way::to_thrift, R"({"v": "" })",
       "0a0001000000000000000000"},
      {"int64: by_field", "ConvInt", strict_by_field, Way::to_thrift, R"({"v":" "})",
       "invalid_number@6"},
      {"int64: by_field", "ConvInt", strict_by_field, Way::to_thrift, R"({"v":"x"})",
       "invalid_number@6"},
      {"int64: by_field", "ConvInt", strict_by_field, Way::to_thrift, R"({"v":true})",
       "type_mismatch@5"},
      {"int64: by_field", "ConvInt", strict_by_field, Way::to_thrift,
       R"({"v":"9223372036854775808"})", "number_out_of_range@6"},
      {"int64: by_field", "ConvByte", strict_by_field, Way::to_thrift, R"({"v":"128"})",
       "number_out_of_range@6"},
      {"int64: by_field", "ConvByte", strict_by_field, Way::to_thrift, R"({"v":1.5})",
       "invalid_number@5"},
      {"int64: by_field", "ConvShorts", strict_by_field, Way::to_thrift, R"({"v":["1",2,""]})",
       "0f00010600000003000100020000"
       "00"},
      {"int64: by_field", "ConvDouble", strict_by_field, Way::to_thrift, R"({"v":"1.5"})",
       "0400013ff800000000000000"},
      {"int64: by_field", "ConvDouble", strict_by_field, Way::to_thrift, R"({"v":""})",
       "040001000000000000000000"},
      {"int64: by_field", "ConvDouble", strict_by_field, Way::to_json, "0400013ff800000000000000",
       R"({"v":1.5})"},
      {"int64: by_field", "ConvText", strict_by_field, Way::to_thrift, R"({"v":1.50})",
       "0b000100000004312e353000"},
      {"int64: by_field", "ConvText", strict_by_field, Way::to_thrift, R"({"v":"a"})",
       "0b0001000000016100"},
      {"int64: by_field", "ConvText", strict_by_field, Way::to_thrift, R"({"v": true })",
       "0b0001000000047472756500"},
      {"int64: by_field", "ConvText", strict_by_field, Way::to_thrift, R"({"v":false})",
       "0b00010000000566616c736500"},
      {"int64: by_field", "ConvText", strict_by_field, Way::to_thrift, R"({"v":null})", "00"},
      {"int64: by_field", "ConvText", strict_by_field, Way::to_thrift, R"({"v":{}})",
       "type_mismatch@5"},
      {"int64: by_field", "ConvText", strict_by_field, Way::to_thrift, R"({"v":01})",
       "invalid_number@6"},
      {"int64: by_field", "ConvText", strict_by_field, Way::to_thrift, R"({"v":1)", "truncated@6"},
      {"int64: by_field", "ConvText", usual, Way::to_thrift, R"({"v":1})", "type_mismatch@5"},
      {"int64: by_field", "ConvTexts", strict_by_field, Way::to_thrift, R"({"v":[1,"a",true]})",
       "0f00010b000000030000000131000000016100000004747275650"
       "0"},
      {"int64: by_field", "ConvTexts", strict_by_field, Way::to_thrift, R"({"v":[null]})",
       "null_value@6"},
      {"int64: by_field", "ConvMap", strict_by_field, Way::to_thrift, R"({"v":{"a":"1"}})",
       "0d00010b080000000100000001610000000100"},
      {"int64: by_field", "ConvInner", strict_by_field, Way::to_thrift, R"({"v":{"v":"1"}})",
       "type_mismatch@10"},
      {"int64: by_field", "ConvInner", by_field, Way::to_json,
       "0c00010a00010000000000000001"
       "0000",
       R"({"v":{"v":1}})"},

      {"numbers as text: accept", "Int", usual, Way::to_thrift, R"({"v":"1"})",
       "0a0001000000000000000100"},
      {"numbers as text: accept", "Int", usual, Way::to_thrift, R"({"v":""})", "invalid_number@6"},
      {"numbers as text: accept", "Double", usual, Way::to_thrift, R"({"v":"1.5"})",
       "0400013ff800000000000000"},
      {"numbers as text: accept", "Colors", usual, Way::to_thrift, R"({"v":"5"})",
       "0800010000000500"},
      {"numbers as text: reject", "Int", bare_numbers, Way::to_thrift, R"({"v":"1"})",
       "type_mismatch@5"},
      {"numbers as text: reject", "Ints", bare_numbers, Way::to_thrift, R"({"v":[1,"1"]})",
       "type_mismatch@8"},
      {"numbers as text: reject", "Map", bare_numbers, Way::to_thrift, R"({"v":{"a":"1"}})",
       "type_mismatch@10"},
      {"numbers as text: reject", "IntMap", bare_numbers, Way::to_thrift, R"({"v":{"1":"x"}})",
       "0d0001080b0000000100000001000000017800"},
      {"numbers as text: reject", "Double", bare_numbers, Way::to_thrift, R"({"v":"1.5"})",
       "type_mismatch@5"},
      {"numbers as text: reject", "Double", bare_numbers, Way::to_thrift, R"({"v":"Infinity"})",
       "0400017ff000000000000000"},
      {"numbers as text: reject", "Colors", bare_numbers, Way::to_thrift, R"({"v":"5"})",
       "unknown_enum@6"},
      {"numbers as text: reject", "Colors", bare_numbers, Way::to_thrift, R"({"v":"BLUE"})",
       "0800010000000500"},
      {"numbers as text: reject", "Colors", bare_numbers, Way::to_thrift, R"({"v":5})",
       "0800010000000500"},
  };
  return rows;
}

const std::vector<Row>& scalar_rows() {
  constexpr Profile enum_numbers{.text = {.enums_as_numbers = true}};
  constexpr Profile conv_enums{.text = {.int64 = Int64::by_field, .enums_as_numbers = true}};
  constexpr Profile no_text{.text = {.accept_text_numbers = false, .not_finite = NotFinite::error}};
  constexpr Profile unchecked{.text = {.binary = Binary::raw}, .options = {.validate_utf8 = false}};
  static const std::vector<Row> rows = {
      {"enum: name", "Colors", usual, Way::to_json, "0800010000000500", R"({"v":"BLUE"})"},
      {"enum: name", "Colors", usual, Way::to_json, "0800010000000400", R"({"v":4})"},
      {"enum: number", "Colors", enum_numbers, Way::to_json, "0800010000000500", R"({"v":5})"},
      {"enum: number", "Colors", enum_numbers, Way::to_thrift, R"({"v":"BLUE"})",
       "0800010000000500"},
      {"enum: number", "ConvColor", conv_enums, Way::to_json, "0800010000000500", R"({"v":"5"})"},
      {"enum: number", "ConvColor", conv_enums, Way::to_thrift, R"({"v":"5"})", "0800010000000500"},

      {"NaN: text", "Double", with(NotFinite::text), Way::to_json, "0400017ff800000000000000",
       R"({"v":"NaN"})"},
      {"NaN: text", "Double", with(NotFinite::text), Way::to_json, "040001fff000000000000000",
       R"({"v":"-Infinity"})"},
      {"NaN: null", "Double", with(NotFinite::null), Way::to_json, "0400017ff800000000000000",
       R"({"v":null})"},
      {"NaN: null", "Double", with(NotFinite::null), Way::to_json, "0400013ff800000000000000",
       R"({"v":1.5})"},
      {"NaN: null", "Doubles", with(NotFinite::null), Way::to_json,
       "0f000104000000027ff00000000000003ff800000000000000", R"({"v":[null,1.5]})"},
      {"NaN: null", "DoubleKeys", with(NotFinite::null), Way::to_json,
       "0d0001040800000001"
       "7ff8000000000000"
       "00000001"
       "00",
       "invalid_number@17"},
      {"NaN: error", "Double", with(NotFinite::error), Way::to_json, "0400017ff800000000000000",
       "invalid_number@11"},
      {"NaN: error", "Double", with(NotFinite::error), Way::to_thrift, R"({"v":"NaN"})",
       "0400017ff800000000000000"},
      {"NaN: error", "Double", no_text, Way::to_thrift, R"({"v":"NaN"})", "type_mismatch@5"},

      {"binary: base64", "Bytes", with(Binary::base64), Way::to_json, "0b000100000003fbff0000",
       R"({"v":"+/8A"})"},
      {"binary: base64", "Bytes", with(Binary::base64), Way::to_thrift, R"({"v":"-_8A"})",
       "0b000100000003fbff0000"},
      {"binary: base64_url", "Bytes", with(Binary::base64_url), Way::to_json,
       "0b000100000003fbff0000", R"({"v":"-_8A"})"},
      {"binary: raw", "Bytes", with(Binary::raw), Way::to_json, "0b000100000003610a2200",
       R"({"v":"a\n\""})"},
      {"binary: raw", "Bytes", with(Binary::raw), Way::to_thrift, R"({"v":"a\n\""})",
       "0b000100000003610a2200"},
      {"binary: raw", "Bytes", with(Binary::raw), Way::to_json, "0b000100000001ff00",
       "invalid_utf8@7"},
      {"binary: raw", "Bytes", with(Binary::raw), Way::to_thrift, "{\"v\":\"\xff\"}",
       "invalid_utf8@6"},
      {"binary: raw", "Bytes", unchecked, Way::to_json, "0b000100000001ff00", "{\"v\":\"\xff\"}"},
  };
  return rows;
}

const std::vector<Row>& key_rows() {
  constexpr std::string_view ones = "08000100000001080002000000010800030000000100";
  constexpr std::string_view by_alias = R"({"user":1,"ID":1,"c":1})";
  constexpr std::string_view by_name = R"({"userName":1,"id":1,"c":1})";
  static const std::vector<Row> rows = {
      {"keys: alias", "Keyed", with(Keys::alias), Way::to_json, ones, by_alias},
      {"keys: alias", "Keyed", with(Keys::alias), Way::to_thrift, by_alias, ones},
      {"keys: alias", "Keyed", with(Keys::alias), Way::to_thrift, by_name, "0800030000000100"},
      {"keys: name", "Keyed", with(Keys::name), Way::to_json, ones, by_name},
      {"keys: name", "Keyed", with(Keys::name), Way::to_thrift, by_name, ones},
      {"keys: name", "Keyed", with(Keys::name), Way::to_thrift, by_alias, "0800030000000100"},
      {"keys: both", "Keyed", with(Keys::both), Way::to_json, ones, by_alias},
      {"keys: both", "Keyed", with(Keys::both), Way::to_thrift, by_alias, ones},
      {"keys: both", "Keyed", with(Keys::both), Way::to_thrift, by_name, ones},
      {"keys: both", "Swapped", with(Keys::both), Way::to_thrift, R"({"a":1})", "0800010000000100"},

      {"unknown: error", "Int", with(Unknown::error), Way::to_thrift, R"({"v":1,"w":2})",
       "unknown_field@7"},
      {"unknown: error", "Int", with(Unknown::error), Way::to_json,
       "08000500000001"
       "00",
       "unknown_field@0"},
      {"unknown: skip", "Int", with(Unknown::skip), Way::to_thrift, R"({"v":1,"w":2})",
       "0a0001000000000000000100"},
      {"unknown: skip", "Int", with(Unknown::skip), Way::to_json,
       "08000500000001"
       "00",
       "{}"},
      {"unknown: keep", "Int", with(Unknown::keep), Way::to_itself, R"({"v":1,"w":2})",
       R"({"v":1,"w":2})"},
      {"unknown: keep", "Int", with(Unknown::keep), Way::to_thrift, R"({"v":1,"w":2})",
       "0a0001000000000000000100"},
  };
  return rows;
}

const std::vector<Row>& profile_rows() {
  static const std::vector<Row> rows = {
      {"kitex_json", "Required", json::kitex_json, Way::to_thrift, "{}",
       "08000100000000080002000000070"
       "0"},
      {"kitex_json", "Default", json::kitex_json, Way::to_json, "00",
       R"({"a":7,"b":0,"s":"","in":{"need":0}})"},
      {"kitex_json", "Optional", json::kitex_json, Way::to_thrift, "{}", "00"},
      {"kitex_json", "Ints", json::kitex_json, Way::to_thrift, R"({"v":["1",null]})",
       "0f0001080000000100000001"
       "00"},
      {"kitex_json", "ConvShorts", json::kitex_json, Way::to_json,
       "0f000106000000010003"
       "00",
       R"({"v":["3"]})"},
      {"kitex_json", "Colors", json::kitex_json, Way::to_json, "0800010000000500", R"({"v":5})"},
      {"kitex_json", "Bytes", json::kitex_json, Way::to_json, "0b0001000000016100",
       R"({"v":"YQ=="})"},
      {"kitex_json", "Double", json::kitex_json, Way::to_json, "0400017ff800000000000000",
       "invalid_number@11"},
      // Truncated integers are not to be copied.
      {"kitex_json", "Ints", json::kitex_json, Way::to_thrift, R"({"v":[4294967296]})",
       "number_out_of_range@6"},
      {"kitex_json", "Int", json::kitex_json, Way::to_thrift, R"({"v":1.5})", "invalid_number@5"},
      {"kitex_http", "Bytes", json::kitex_http, Way::to_json, "0b0001000000016100", R"({"v":"a"})"},
      {"kitex_http", "Ints", json::kitex_http, Way::to_thrift, R"({"v":["1"]})", "type_mismatch@6"},
      {"kitex_http", "Required", json::kitex_http, Way::to_thrift, "{}",
       "08000100000000080002000000070"
       "0"},
      {"apache", "Required", json::apache, Way::to_thrift, "{}", "missing_required@2"},
      {"apache", "Default", json::apache, Way::to_json, "00",
       R"({"a":7,"b":0,"s":"","in":{"need":0}})"},
      {"apache", "Keyed", json::apache, Way::to_thrift, R"({"userName":1,"id":1,"c":1})",
       "08000100000001080002000000010800030000000100"},
      {"apache", "Double", json::apache, Way::to_json, "0400017ff800000000000000",
       R"({"v":"NaN"})"},
      {"strict", "Default", json::strict, Way::to_json, "00", "{}"},
      {"strict", "Ints", json::strict, Way::to_thrift, R"({"v":[1,null]})", "null_value@8"},
      {"strict", "Int", json::strict, Way::to_thrift, R"({"v":1,"v":1})", "duplicate_field@11"},
      {"strict", "Map", json::strict, Way::to_thrift, R"({"v":{"a":1,"a":1}})", "duplicate_key@15"},
      {"strict", "Colors", json::strict, Way::to_thrift, R"({"v":4})", "unknown_enum@5"},
      {"strict", "Int", json::strict, Way::to_thrift, R"({"w":1})", "unknown_field@1"},
      {"strict", "Double", json::strict, Way::to_thrift, R"({"v":"NaN"})", "type_mismatch@5"},
  };
  return rows;
}

void expect(const std::vector<Row>& rows) {
  const Schema schema = load_idl(idl);
  for (const Row& row : rows) {
    SCOPED_TRACE(std::string(row.cell) + " of " + std::string(row.type) + ", " +
                 std::string(row.in));
    const Format text = json::text(row.profile.text);
    const Format from = row.way == Way::to_json ? Format(thrift::binary) : text;
    const Format to = row.way == Way::to_thrift ? Format(thrift::binary) : text;
    EngineMatrix matrix(schema, row.type, {from, to},
                        {.options = row.profile.options, .through_record = ThroughRecord::code});
    const std::string input = row.way == Way::to_json ? bytes_of(row.in) : std::string(row.in);
    const Outcome result = matrix.transcode(from, to, input);
    EXPECT_EQ(
        result.ok() && row.way == Way::to_thrift ? hex(as_bytes(result.bytes)) : result.shown(),
        row.out);
  }
}

// Objects hold what they hold; what the options ask for is written into them, and from them.
TEST(Profile, CppStructsAndRecords) {
  const Schema schema = load_idl(idl);
  const StructRef type = schema.find_struct("Plain").value();
  Options all = json::kitex_json.options;
  all.optional_fields = MissingFields::all;
  for (const auto kind : engine_kinds) {
    const Engine engine({.kind = kind});
    const auto codec = engine.codec<CppPlain>(type, json::text, all);
    ASSERT_TRUE(codec.has_value()) << codec.error().to_string();
    const CppPlain filled = codec->decode("{}").value();
    EXPECT_EQ(filled.a, 7);
    EXPECT_EQ(filled.b, 0);
    EXPECT_EQ(filled.c, 0);
    EXPECT_EQ(filled.d, 9);
    std::string text;
    ASSERT_TRUE(codec->encode(CppPlain(), text).has_value());
    EXPECT_EQ(text, R"({"a":1,"b":2,"c":0,"d":9})");

    const auto usual_codec = engine.codec<CppPlain>(
        type, json::text,
        {.missing_required = MissingRequired::omit, .default_fields = MissingFields::none});
    const CppPlain held = usual_codec.value().decode("{}").value();
    EXPECT_EQ(held.a, 7);
    EXPECT_EQ(held.b, 2);
    EXPECT_FALSE(held.c.has_value());
    EXPECT_FALSE(held.d.has_value());

    const auto records = engine.record_codec(type, json::text, all);
    Arena arena;
    const Record record = records.value().decode("{}", arena).value();
    for (const auto& [name, value] :
         {std::pair{"a", 7}, std::pair{"b", 0}, std::pair{"c", 0}, std::pair{"d", 9}}) {
      EXPECT_TRUE(record.has(name)) << name;
      EXPECT_EQ(record.get<int>(name), value) << name;
    }
  }
}

// A null that is dropped counts for the index of what is wrong behind it.
TEST(Profile, PathsCountDroppedElements) {
  EngineMatrix matrix(load_idl(idl), "Ints", {json::text(json::kitex_json.text), thrift::binary},
                      {.options = json::kitex_json.options});
  const Outcome wrong =
      matrix.transcode(matrix.formats()[0], matrix.formats()[1], R"({"v":[1,null,true]})");
  EXPECT_EQ(wrong.code, Errc::type_mismatch);
  EXPECT_EQ(wrong.path, "v[2]");
}

// Structs that require `width` of the next, and the last one a number.
Schema required_chain(int length, int width) {
  std::string text;
  for (int i = 0; i < length; ++i) {
    text += "struct S" + std::to_string(i) + " {";
    for (int k = 1; k <= width; ++k) {
      const std::string type = i + 1 == length ? "i32" : "S" + std::to_string(i + 1);
      text += " " + std::to_string(k) + ": required " + type + " f" + std::to_string(k);
    }
    text += " }\n";
  }
  return load_idl(text);
}

// The code of a zero value is unrolled, so a schema must not make it large, or deep.
TEST(Profile, ZerosOfStructsAreBounded) {
  const MatrixOptions zero{.options = {.missing_required = MissingRequired::zero}};
  const auto result = [&](int length, int width) {
    EngineMatrix matrix(required_chain(length, width), "S0", {json::text, thrift::binary}, zero);
    const Outcome o = matrix.transcode(matrix.formats()[0], matrix.formats()[1], "{}");
    return o.ok() ? std::to_string(o.bytes.size()) : o.shown();
  };
  EXPECT_EQ(result(17, 1), std::to_string(16 * 4 + 8));
  EXPECT_EQ(result(18, 1), "missing_required@2");
  EXPECT_EQ(result(5, 2), std::to_string(30 * 4 + 32 * 7 + 1));
  EXPECT_EQ(result(9, 2), "missing_required@2");
  EXPECT_EQ(result(200, 2), "missing_required@2");
}

// A struct in place of a null has its required fields whichever way a call goes: the second text needs
// a record.
TEST(Profile, ZerosOfStructsHaveTheirRequiredFieldsInRecordsToo) {
  const Schema schema = load_idl(
      "struct R { 1: required i32 a = 5 2: string b }"
      "struct B { 1: list<R> l 2: i32 z }");
  for (const auto required :
       {MissingRequired::error, MissingRequired::zero, MissingRequired::omit}) {
    EngineMatrix matrix(schema, "B", {json::text({.nulls = json::Nulls::zero})},
                        {.options = {.missing_required = required}});
    for (const char* text : {R"({"l":[null],"z":1})", R"({"l":[null],"z":1,"z":1})"}) {
      EXPECT_EQ(matrix.transcode(matrix.formats()[0], matrix.formats()[0], text).shown(),
                R"({"l":[{"a":5}],"z":1})")
          << text;
    }
  }
}

// So have its other fields what they have where they do not come.
TEST(Profile, ZerosOfStructsAreAsIfNothingElseHadCome) {
  const Schema schema = load_idl(R"(
      struct Sub { 1: required string y, 2: i32 x = 1, 3: optional i32 z = 3, 4: list<i32> w }
      struct R {
        1: required i32 a = 5, 2: required Sub g, 3: string b, 4: i32 c = 7, 5: optional i32 d,
        6: optional i32 e = 8, 7: Sub f, 8: optional Sub h
      }
      struct B { 1: list<R> l, 2: map<string, R> m, 3: i32 z })");
  const MissingFields choices[] = {MissingFields::none, MissingFields::defaults,
                                   MissingFields::all};
  std::set<std::string> results;
  for (const auto required :
       {MissingRequired::error, MissingRequired::zero, MissingRequired::omit}) {
    for (const MissingFields standard : choices) {
      for (const MissingFields optional : choices) {
        EngineMatrix matrix(schema, "B",
                            {json::text({.nulls = json::Nulls::zero}), thrift::binary,
                             thrift::compact, thrift::json, pb::wire},
                            {.options = {.missing_required = required,
                                         .default_fields = standard,
                                         .optional_fields = optional}});
        const Format& text = matrix.formats()[0];
        const Outcome one = matrix.transcode(
            text, text, R"({"l":[null,{"a":5,"g":{"y":""}}],"m":{"k":null},"z":1})");
        const std::string shown = one.shown();
        results.insert(shown);
        const std::size_t first = shown.find("[{") + 1;
        const std::size_t half = shown.find("}],\"m\"") - first + 1;
        ASSERT_NE(half, std::string::npos) << shown;
        const std::string element = shown.substr(first, half / 2);
        EXPECT_EQ(shown, "{\"l\":[" + element + "," + element + "],\"m\":{\"k\":" + element +
                             "},\"z\":1}");
        for (const Format& to : matrix.formats()) {
          const auto result = [&](std::string_view input) {
            return matrix.transcode(text, to, input).shown();
          };
          EXPECT_EQ(result(R"({"l":[null],"m":{"k":null},"z":1})"),
                    result(R"({"l":[null],"m":{"k":null},"z":1,"z":1})"))
              << to.name();
        }
      }
    }
  }
  EXPECT_EQ(results.size(), 9U);
}

TEST(Profile, ANullIsNoZeroOfAStructOfTooManyFields) {
  std::string idl_text = "struct S0 { 1: i32 x }";
  for (int k = 1; k <= 3; ++k) {
    idl_text += "struct S" + std::to_string(k) + " { 1: required S" + std::to_string(k - 1) + " s";
    for (int id = 2; id <= 700; ++id) {
      idl_text += ", " + std::to_string(id) + ": optional i32 f" + std::to_string(id);
    }
    idl_text += "}";
  }
  const Schema schema = load_idl(idl_text + "struct B { 1: list<S2> a, 2: list<S3> b }");
  EngineMatrix matrix(schema, "B", {json::text({.nulls = json::Nulls::zero})});
  const Format& text = matrix.formats()[0];
  EXPECT_EQ(matrix.transcode(text, text, R"({"a":[null]})").shown(), R"({"a":[{"s":{"s":{}}}]})");
  EXPECT_EQ(matrix.transcode(text, text, R"({"b":[null]})").shown(), "null_value@6");
}

TEST(Profile, FieldsThatDoNotCome) { expect(missing_rows()); }
TEST(Profile, NullsInListsAndMaps) { expect(null_rows()); }
TEST(Profile, IntegersAndTheirTexts) { expect(number_rows()); }
TEST(Profile, EnumsNaNAndBinary) { expect(scalar_rows()); }
TEST(Profile, KeysAndUnknownFields) { expect(key_rows()); }
TEST(Profile, ProfilesAreWhatTheySay) { expect(profile_rows()); }

}  // namespace
}  // namespace wirejit::test
