// JSON text read and written again: structs, orders of keys, null, unknown keys, containers,
// options.
#include "tests/support/json_support.h"

#include <fstream>
#include <optional>
#include <random>

namespace wirejit::test {
namespace {

constexpr const char* order_idl = R"(
enum Color { RED = 1, GREEN = 2, BLUE = 5 }
struct Line { 1: string sku, 2: i32 quantity, 3: optional double price }
struct Order {
  1: required i64 id,
  2: string customer,
  3: bool paid,
  4: list<Line> lines,
  5: map<string, i32> counts,
  6: optional Color color,
  7: optional binary blob,
  8: map<i32, string> names,
  9: set<i16> small,
  10: optional Line main,
  11: double total = 1.5,
}
union Choice { 1: i32 number, 2: string word, 3: Line line }
struct Tree { 1: string name, 2: list<Tree> children, 3: optional Tree next }
struct Empty {}
struct Pairs { 1: map<Line, i32> by_line, 2: map<list<i32>, string> by_list }
struct Kinds {
  1: i8 a, 2: i16 b, 3: i32 c, 4: i64 d, 5: double e, 6: bool f, 7: string g, 8: binary h, 9: uuid i, 10: Color j,
  11: map<bool, i32> k, 12: map<Color, i32> l, 13: map<uuid, i32> m, 14: map<double, i32> n, 15: map<binary, i32> o,
}
)";

class Transcode : public testing::Test {
 protected:
  Schema schema_ = load_idl(order_idl);
};

constexpr const char* full_order =
    R"({"id":7,"customer":"Ann","paid":true,"lines":[{"sku":"x1","quantity":2,"price":9.5},{"sku":"y","quantity":-3}],)"
    R"("counts":{"a":1,"b":2},"color":"GREEN","blob":"AQID","names":{"1":"one","-2":"minus two"},"small":[1,2,3],)"
    R"("main":{"sku":"main","quantity":1},"total":2.5})";

TEST_F(Transcode, compact_text_comes_back_as_it_was) {
  Rewriter r(schema_, "Order");
  EXPECT_EQ(r(full_order), full_order);
}

TEST_F(Transcode, white_space_may_be_anywhere) {
  Rewriter r(schema_, "Order");
  std::string spaced;
  bool in_string = false;
  for (const char* c = full_order; *c != '\0'; ++c) {
    in_string ^= *c == '"';
    const bool punctuation = std::string_view("{}[]:,").find(*c) != std::string_view::npos;
    spaced += !in_string && punctuation ? std::string(" \t") + *c + "\r\n" : std::string(1, *c);
  }
  EXPECT_EQ(r(spaced), full_order);
  EXPECT_EQ(r(" \n" + std::string(full_order) + "\n\n "), full_order);
}

TEST_F(Transcode, keys_in_any_order) {
  Rewriter r(schema_, "Line");
  EXPECT_EQ(r(R"({"price":1.5,"quantity":2,"sku":"a"})"),
            R"({"price":1.5,"quantity":2,"sku":"a"})");
  EXPECT_EQ(r(R"({"quantity":2,"sku":"a","price":1.5})"),
            R"({"quantity":2,"sku":"a","price":1.5})");
  EXPECT_EQ(r(R"({"quantity":2})"), R"({"quantity":2})");
  EXPECT_EQ(r("{}"), "{}");
  EXPECT_EQ(r("{ }"), "{}");
}

TEST_F(Transcode, keys_with_escapes_are_the_same_keys) {
  Rewriter r(schema_, "Line");
  EXPECT_EQ(r(R"({"\u0073ku":"a","quant\u0069ty":3})"), R"({"sku":"a","quantity":3})");
  EXPECT_EQ(r(R"({"SKU":"a"})"), "{}");
}

TEST_F(Transcode, unknown_keys_are_skipped_and_checked) {
  Rewriter r(schema_, "Line");
  EXPECT_EQ(
      r(R"({"x":1,"sku":"a","y":{"z":[1,2,{"w":null}],"v":"\ud83d\ude00"},"quantity":3,"t":true})"),
      R"({"sku":"a","quantity":3})");
  EXPECT_EQ(r(R"({"x":[1,]})"), "syntax@8");
  EXPECT_EQ(r(R"({"x":01})"), "invalid_number@6");
  EXPECT_EQ(r(R"({"x":"\q"})"), "invalid_string@6");
  EXPECT_EQ(r("{\"x\":\"\xff\"}"), "invalid_utf8@6");
  EXPECT_EQ(r(R"({"x":tru})"), "syntax@8");
  EXPECT_EQ(r(R"({"x":{"a":1,}})"), "syntax@12");
  EXPECT_EQ(r(R"({"x":{1:1}})"), "syntax@6");
  EXPECT_EQ(r(R"({"x":[1}})"), "syntax@7");
  Rewriter strict(schema_, "Line", {}, {}, {.unknown_fields = Unknown::error});
  EXPECT_EQ(strict(R"({"sku":"a","x":1})"), "unknown_field@11");
}

TEST_F(Transcode, null_of_a_field_is_absence) {
  Rewriter r(schema_, "Line");
  EXPECT_EQ(r(R"({"sku":null,"quantity":3,"price":null})"), R"({"quantity":3})");
  EXPECT_EQ(r(R"({"sku": null , "quantity" : null,"price":2.5})"), R"({"price":2.5})");
  EXPECT_EQ(r(R"({"sku":"a","quantity":3,"price":nul})"), "syntax@35");
  Rewriter order(schema_, "Order");
  EXPECT_EQ(order(R"({"id":null})"), "null_value@6");
  EXPECT_EQ(order(R"({"id":1,"main":null,"lines":null,"counts":null,"paid":null})"),
            R"({"id":1,"total":1.5})");
  EXPECT_EQ(order(R"({"id":1,"lines":[null]})"), "null_value@17");
  EXPECT_EQ(order(R"({"id":1,"counts":{"a":null}})"), "null_value@22");
}

TEST_F(Transcode, missing_and_default_fields) {
  Rewriter r(schema_, "Order");
  EXPECT_EQ(r(R"({"id":1})"), R"({"id":1,"total":1.5})");
  EXPECT_EQ(r(R"({"customer":"a"})"), "missing_required@16");
}

TEST_F(Transcode, the_last_of_duplicates_counts_or_they_are_rejected) {
  Rewriter r(schema_, "Line");
  EXPECT_EQ(r(R"({"sku":"a","quantity":1,"sku":"b"})"), R"({"sku":"b","quantity":1})");
  Options options;
  options.reject_duplicate_fields = true;
  Rewriter strict(schema_, "Line", {}, {}, options);
  EXPECT_EQ(strict.code(R"({"sku":"a","quantity":1,"sku":"b"})"), Errc::duplicate_field);
  EXPECT_EQ(strict(R"({"quantity":1,"sku":"b"})"), R"({"quantity":1,"sku":"b"})");
}

TEST_F(Transcode, the_last_of_a_map_s_duplicate_keys_counts_or_they_are_rejected) {
  Rewriter r(schema_, "Order");
  EXPECT_EQ(r(R"({"id":1,"counts":{"a":1,"b":2,"\u0061":3},"total":1})"),
            R"({"id":1,"counts":{"b":2,"a":3},"total":1.0})");
  Options options;
  options.reject_duplicate_keys = true;
  Rewriter strict(schema_, "Order", {}, {}, options);
  EXPECT_EQ(strict.code(R"({"id":1,"counts":{"a":1,"b":2,"\u0061":3}})"), Errc::duplicate_key);
  EXPECT_EQ(strict.code(R"({"id":1,"names":{"1":"a","1.0":"b"}})"), Errc::duplicate_key);
  EXPECT_EQ(strict(R"({"id":1,"counts":{"a":1},"names":{"1":"a","2":"a"},"total":1})"),
            R"({"id":1,"counts":{"a":1},"names":{"1":"a","2":"a"},"total":1.0})");
}

TEST_F(Transcode, unions_have_one_member) {
  Rewriter r(schema_, "Choice");
  EXPECT_EQ(r(R"({"word":"w"})"), R"({"word":"w"})");
  EXPECT_EQ(r(R"({"number":null,"line":{}})"), R"({"line":{}})");
  EXPECT_EQ(r.code("{}"), Errc::union_not_one);
  EXPECT_EQ(r.code(R"({"number":1,"word":"w"})"), Errc::union_not_one);
}

TEST_F(Transcode, recursion_is_bounded) {
  Rewriter r(schema_, "Tree");
  const auto nested = [](int n) {
    std::string s;
    for (int i = 0; i < n; ++i) {
      s += R"({"name":"n","next":)";
    }
    s += "{}";
    return s + std::string(static_cast<std::size_t>(n), '}');
  };
  EXPECT_EQ(r(nested(20)), nested(20));
  EXPECT_EQ(r.code(nested(101)), Errc::depth_limit);
  const auto skipped = [](std::size_t n) {
    return R"({"x":)" + std::string(n, '[') + std::string(n, ']') + "}";
  };
  EXPECT_EQ(r(skipped(50)), "{}");
  EXPECT_EQ(r.code(skipped(101)), Errc::depth_limit);
  EXPECT_EQ(r.code(R"({"x":)" + std::string(500000, '[')), Errc::depth_limit);
  EXPECT_EQ(r(R"({"name":"a","children":[{"name":"b","children":[{}]},{"name":"c"}]})"),
            R"({"name":"a","children":[{"name":"b","children":[{}]},{"name":"c"}]})");
}

TEST_F(Transcode, empty_things) {
  Rewriter r(schema_, "Order");
  EXPECT_EQ(
      r(R"({"id":1,"customer":"","lines":[],"counts":{},"blob":"","names":{},"small":[],"total":0.0})"),
      R"({"id":1,"customer":"","lines":[],"counts":{},"blob":"","names":{},"small":[],"total":0.0})");
  EXPECT_EQ(r(R"({"id":1,"lines":[ ],"counts":{ },"total":0})"),
            R"({"id":1,"lines":[],"counts":{},"total":0.0})");
  Rewriter empty(schema_, "Empty");
  EXPECT_EQ(empty("{}"), "{}");
  EXPECT_EQ(empty(R"({"a":1})"), "{}");
}

TEST_F(Transcode, maps_with_structured_keys_are_lists_of_pairs) {
  Rewriter r(schema_, "Pairs");
  constexpr const char* text =
      R"({"by_line":[[{"sku":"a"},1],[{"sku":"b","quantity":2},3]],"by_list":[[[1,2],"x"],[[],"y"]]})";
  EXPECT_EQ(r(text), text);
  EXPECT_EQ(r(R"( { "by_list" : [ [ [ 1 ] , "x" ] ] } )"), R"({"by_list":[[[1],"x"]]})");
  EXPECT_EQ(r(R"({"by_list":[]})"), R"({"by_list":[]})");
  EXPECT_EQ(r(R"({"by_list":[[[1]]]})"), "syntax@16");
  EXPECT_EQ(r(R"({"by_list":[[[1],"x",1]]})"), "syntax@20");
  EXPECT_EQ(r(R"({"by_list":[1]})"), "type_mismatch@12");
}

TEST_F(Transcode, every_kind_of_value_and_key) {
  Rewriter r(schema_, "Kinds");
  constexpr const char* text =
      R"({"a":-128,"b":32767,"c":-2147483648,"d":9223372036854775807,"e":-0.0,"f":false,"g":"é\n","h":"/+8=",)"
      R"("i":"01234567-89ab-cdef-0123-456789abcdef","j":"BLUE","k":{"true":1,"false":2},"l":{"RED":1,"9":2},)"
      R"("m":{"01234567-89ab-cdef-0123-456789abcdef":1},"n":{"1.5":1,"NaN":2,"-Infinity":3},"o":{"AA==":4}})";
  EXPECT_EQ(r(text), text);
  // Other spellings of the same value.
  EXPECT_EQ(
      r(R"({"a":"-128","c":1e2,"d":"12","e":"1.5","h":"_-8","i":"01234567-89AB-CDEF-0123-456789ABCDEF","j":5})"),
      R"({"a":-128,"c":100,"d":12,"e":1.5,"h":"/+8=","i":"01234567-89ab-cdef-0123-456789abcdef","j":"BLUE"})");
}

TEST_F(Transcode, wrong_types_are_found_at_the_value) {
  Rewriter r(schema_, "Order");
  EXPECT_EQ(r(R"({"id":1,"customer":5})"), "type_mismatch@19");
  EXPECT_EQ(r(R"({"id":{}})"), "type_mismatch@6");
  EXPECT_EQ(r(R"({"id":true})"), "type_mismatch@6");
  EXPECT_EQ(r(R"({"id":1,"paid":1})"), "type_mismatch@15");
  EXPECT_EQ(r(R"({"id":1,"lines":{}})"), "type_mismatch@16");
  EXPECT_EQ(r(R"({"id":1,"lines":[[]]})"), "type_mismatch@17");
  EXPECT_EQ(r(R"({"id":1,"counts":[]})"), "type_mismatch@17");
  EXPECT_EQ(r(R"({"id":1,"main":"x"})"), "type_mismatch@15");
  EXPECT_EQ(r(R"({"id":1,"color":"PINK"})"), "unknown_enum@17");
  EXPECT_EQ(r(R"({"id":1,"blob":"A*"})"), "invalid_base64@17");
  EXPECT_EQ(r(R"({"id":1,"blob":"D"})"), "invalid_base64@17");
  EXPECT_EQ(r(R"({"id":1,"names":{"x":"y"}})"), "invalid_number@18");
  EXPECT_EQ(r(R"([])"), "type_mismatch@0");
  EXPECT_EQ(r(R"({"id":x})"), "syntax@6");
}

TEST_F(Transcode, errors_name_the_path) {
  Rewriter r(schema_, "Order");
  EXPECT_EQ(r.run(R"({"id":1,"lines":[{"sku":"a"},{"quantity":"x"}]})").path, "lines[1].quantity");
  EXPECT_EQ(r.run(R"({"id":1,"customer":5})").path, "customer");
  EXPECT_EQ(r.run(R"({"id":1, "customer" : 5})").path, "customer");
}

TEST_F(Transcode, pretty_text) {
  Rewriter r(schema_, "Order", {}, {.indent = 2});
  const std::string pretty = R"({
  "id": 7,
  "customer": "Ann",
  "paid": true,
  "lines": [
    {
      "sku": "x1",
      "quantity": 2,
      "price": 9.5
    },
    {
      "sku": "y",
      "quantity": -3
    }
  ],
  "counts": {
    "a": 1,
    "b": 2
  },
  "color": "GREEN",
  "blob": "AQID",
  "names": {
    "1": "one",
    "-2": "minus two"
  },
  "small": [
    1,
    2,
    3
  ],
  "main": {
    "sku": "main",
    "quantity": 1
  },
  "total": 2.5
}
)";
  EXPECT_EQ(r(full_order), pretty);
  EXPECT_EQ(r(pretty), pretty);
  EXPECT_EQ(r(R"({"id":1,"lines":[],"counts":{},"total":1})"),
            "{\n  \"id\": 1,\n  \"lines\": [],\n  \"counts\": {},\n  \"total\": 1.0\n}\n");
  Rewriter pairs(schema_, "Pairs", {}, {.indent = 1});
  EXPECT_EQ(pairs(R"({"by_list":[[[1],"x"]]})"),
            "{\n \"by_list\": [\n  [\n   [\n    1\n   ],\n   \"x\"\n  ]\n ]\n}\n");
}

TEST_F(Transcode, options_of_writing) {
  Rewriter r(schema_, "Kinds", {},
             {.int64 = json::Int64::text,
              .enums_as_numbers = true,
              .binary = json::Binary::base64_url,
              .base64_padding = false});
  EXPECT_EQ(r(R"({"c":1,"d":2,"h":"/+8=","j":"RED","l":{"GREEN":1}})"),
            R"({"c":1,"d":"2","h":"_-8","j":1,"l":{"2":1}})");
  Rewriter nan(schema_, "Kinds", {}, {.not_finite = json::NotFinite::error});
  EXPECT_EQ(nan.code(R"({"e":"NaN"})"), Errc::invalid_number);
  EXPECT_EQ(nan(R"({"e":1e300})"), R"({"e":1e300})");
  Rewriter numbers(schema_, "Kinds", {.reject_unknown_numbers = true});
  EXPECT_EQ(numbers(R"({"j":7})"), "unknown_enum@5");
  EXPECT_EQ(numbers(R"({"j":2})"), R"({"j":"GREEN"})");
}

TEST_F(Transcode, any_root) {
  EXPECT_EQ(Rewriter("i32")(" 5 "), "5");
  EXPECT_EQ(Rewriter("string")(R"( "a\/b" )"), R"("a/b")");
  EXPECT_EQ(Rewriter("bool")("true"), "true");
  EXPECT_EQ(Rewriter("bool")(" false"), "false");
  EXPECT_EQ(Rewriter("double")("1"), "1.0");
  EXPECT_EQ(Rewriter("list<i32>")("[1,2]"), "[1,2]");
  EXPECT_EQ(Rewriter("list<list<string>>")(R"([["a"],[],["b","c"]])"), R"([["a"],[],["b","c"]])");
  EXPECT_EQ(Rewriter("map<string, list<i32>>")(R"({"a":[1],"b":[]})"), R"({"a":[1],"b":[]})");
  EXPECT_EQ(Rewriter("list<i32>")("[1,2]x"), "trailing_data@5");
  EXPECT_EQ(Rewriter("list<i32>")(""), "truncated@0");
  EXPECT_EQ(Rewriter("list<i32>")("\xef\xbb\xbf[]"), "syntax@0");
}

TEST_F(Transcode, every_prefix_is_truncated) {
  Rewriter r(schema_, "Order");
  Rewriter kinds(schema_, "Kinds");
  const std::string_view text = full_order;
  for (std::size_t n = 0; n < text.size(); ++n) {
    const Outcome o = r.run(text.substr(0, n));
    EXPECT_EQ(o.code, Errc::truncated) << n;
    EXPECT_EQ(o.offset, n);
  }
  const std::string_view escapes =
      R"( { "g" : "\ud83d\ude00\n" , "k" : { "true" : 1 } , "q" : [ { "\u0041" : -1.5e+3 } ] } )";
  for (std::size_t n = 0; n + 1 < escapes.size(); ++n) {
    EXPECT_EQ(kinds.code(escapes.substr(0, n)), Errc::truncated) << n;
  }
}

TEST_F(Transcode, engines_agree_on_damaged_text) {
  Rewriter r(schema_, "Order");
  std::mt19937_64 random(17);
  const std::string_view text = full_order;
  std::size_t accepted = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string damaged(text);
    for (std::uint64_t k = 0; k <= random() % 3; ++k) {
      const std::size_t at = random() % damaged.size();
      switch (random() % 3) {
        case 0: damaged[at] = static_cast<char>(random()); break;
        case 1: damaged.erase(at, random() % 5); break;
        default: damaged.insert(at, 1, R"({}[]:,"\ tn0-.e)"[random() % 15]); break;
      }
    }
    const Outcome o = r.run(damaged);  // compares the engines
    accepted += o.code == Errc::ok;
    if (o.code == Errc::ok) {
      EXPECT_EQ(r(o.bytes), o.bytes) << damaged;
    } else {
      EXPECT_LE(o.offset, damaged.size());
    }
  }
  EXPECT_GT(accepted, 10U);
  EXPECT_LT(accepted, 2000U);
}

// How much generated code is mapped now, by the names of the mappings.
std::size_t mapped_code() {
  std::ifstream maps("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(maps, line);) {
    count += line.find("r-x") != std::string::npos && line.find("wirejit (") != std::string::npos;
  }
  return count;
}

TEST(JsonTranscode, WhatOutlivesAnInterpretingEngineGeneratesNoCode) {
  const Schema schema = load_idl("struct Outliving { 1: i32 a }");
  Options options;
  options.debug.through_record = true;
  std::optional<Engine> engine(std::in_place, EngineOptions{EngineOptions::Kind::interpret});
  const auto transcoder =
      engine->transcoder(*schema.find_struct("Outliving"), json::text, json::text, options);
  ASSERT_TRUE(transcoder);
  engine.reset();
  const std::size_t before = mapped_code();
  Buffer out;
  ASSERT_TRUE(transcoder->transcode(std::string_view(R"({"a":1})"), out));
  EXPECT_EQ(out.text(), R"({"a":1})");
  EXPECT_EQ(mapped_code(), before);
}

}  // namespace
}  // namespace wirejit::test
