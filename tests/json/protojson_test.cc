// ProtoJSON without well-known types: names, numbers, enums, null, presence, duplicates, oneofs.
#include "tests/support/protojson_support.h"

#include <wirejit/reflect.h>

#include <cmath>
#include <map>

namespace wirejit::test {
namespace {

void add_enums(SchemaBuilder& b, EnumType*& color, EnumType*& shape) {
  color = &b.add_enum("Color");
  color->values = {{.name = "NONE", .number = 0},
                   {.name = "RED", .number = 1},
                   {.name = "ROUGE", .number = 1},
                   {.name = "LAST", .number = 2147483647},
                   {.name = "LEAST", .number = -2}};
  shape = &b.add_enum("Shape");
  shape->closed = true;
  shape->values = {{.name = "ROUND", .number = 1}, {.name = "FLAT", .number = 2}};
}

void add_everything(SchemaBuilder& b, EnumType& color, EnumType& shape, const Google& g) {
  StructType& s = b.add_struct("Everything");
  const auto list = [&](const Type* t) { return b.list_of(t); };
  const Type* i32 = b.base(Kind::i32);
  const Type* i64 = b.base(Kind::i64);
  const Type* text = b.base(Kind::string);
  add_field(s, 1, "an_int32", i32);
  add_field(s, 2, "an_int64", i64);
  add_field(s, 4, "a_double", b.base(Kind::float64));
  add_field(s, 5, "a_bool", b.base(Kind::boolean));
  add_field(s, 6, "a_string", text);
  add_field(s, 7, "some_bytes", b.base(Kind::binary));
  add_field(s, 8, "a_color", b.of(color));
  add_field(s, 9, "a_shape", b.of(shape), present);
  add_field(s, 10, "maybe_int32", i32, present);
  add_field(s, 11, "int32s", list(i32));
  add_field(s, 12, "colors", list(b.of(color)));
  add_field(s, 13, "by_int32", b.map_of(i32, text));
  add_field(s, 14, "by_bool", b.map_of(b.base(Kind::boolean), i64));
  add_field(s, 15, "colors_by_name", b.map_of(text, b.of(color)));
  add_field(s, 16, "child", b.of(s), present);
  add_field(s, 17, "children", list(b.of(s)));
  add_field(s, 18, "by_int64", b.map_of(i64, b.of(s)));
  s.oneofs.push_back({.name = "choice"});
  add_field(s, 19, "choice_int32", i32, present, 0);
  add_field(s, 20, "choice_string", text, present, 0);
  add_field(s, 21, "choice_null", b.of(*g.null_value), present, 0);
  add_field(s, 22, "choice_child", b.of(s), present, 0);
  add_field(s, 23, "strings", list(text));
  add_field(s, 24, "shapes", list(b.of(shape)));
  add_field(s, 25, "shapes_by_name", b.map_of(text, b.of(shape)));
  add_field(s, 26, "a_null", b.of(*g.null_value));
  Field& extension = add_field(s, 100, "test.more", i32, present);
  extension.extension = true;
  extension.json_name = "[test.more]";
}

const Schema& schema() {
  static const Schema made = [] {
    SchemaBuilder b;
    const Google g = add_google(b);
    b.add_document("test");
    EnumType* color = nullptr;
    EnumType* shape = nullptr;
    add_enums(b, color, shape);
    add_everything(b, *color, *shape, g);
    StructType& u = b.add_struct("Unsigned");  // and what else Thrift has not
    add_field(u, 1, "a_uint32", b.base(Kind::u32));
    add_field(u, 2, "a_uint64", b.base(Kind::u64));
    add_field(u, 3, "by_uint32", b.map_of(b.base(Kind::u32), b.base(Kind::boolean)));
    add_field(u, 4, "by_uint64", b.map_of(b.base(Kind::u64), b.base(Kind::boolean)));
    add_field(u, 5, "a_float", b.base(Kind::float32));
    add_field(u, 6, "a_double", b.base(Kind::float64));
    StructType& many = b.add_struct("Many");  // members of oneofs in several words
    many.oneofs = {{.name = "first"}, {.name = "second"}};
    for (int i = 0; i < 140; ++i) {
      add_field(many, i + 1, "m" + std::to_string(i), b.base(Kind::i32), present,
                i % 70 == 0   ? 0
                : i % 70 == 1 ? 1
                              : -1);
    }
    StructType& edge = b.add_struct("Edge");  // its first fields weigh as much as is inlined
    for (int i = 0; i < 16; ++i) {
      add_field(edge, i + 1, "e" + std::to_string(i), b.base(Kind::i32));
    }
    edge.oneofs = {{.name = "one"}};
    add_field(edge, 17, "child", b.of(edge), present);
    add_field(edge, 18, "a", b.base(Kind::i32), present, 0);
    add_field(edge, 19, "b", b.base(Kind::i32), present, 0);
    StructType& required = b.add_struct("Required");
    add_field(required, 1, "must", b.base(Kind::i32), Requiredness::required);
    add_field(required, 2, "may", b.base(Kind::i32)).default_value = ConstValue{std::int64_t{5}};
    return built(b);
  }();
  return made;
}

ProtoRewriter everything(const ProtoOptions& options = {}, const Options& rules = {}) {
  return {schema(), "test.Everything", options, rules};
}

TEST(ProtoJson, NamesInBothSpellings) {
  auto rewrite = everything();
  ASSERT_TRUE(rewrite.has_binary());
  EXPECT_EQ(rewrite(R"({"anInt32":1,"aString":"x"})"), R"({"anInt32":1,"aString":"x"})");
  EXPECT_EQ(rewrite(R"({"an_int32":1,"a_string":"x"})"), R"({"anInt32":1,"aString":"x"})");
  EXPECT_EQ(rewrite(R"({"a\u006eInt32":1, "a\u005fstring" : "x"})"),
            R"({"anInt32":1,"aString":"x"})");
  EXPECT_EQ(rewrite.code(R"({"AnInt32":1})"), "unknown_field");
  EXPECT_EQ(rewrite.code(R"({"aNInt32":1})"), "unknown_field");
  auto original = everything({.preserve_proto_names = true});
  EXPECT_EQ(original(R"({"anInt32":1,"a_string":"x"})"), R"({"an_int32":1,"a_string":"x"})");
}

TEST(ProtoJson, Extensions) {
  auto rewrite = everything();
  EXPECT_EQ(rewrite(R"({"[test.more]":4})"), R"({"[test.more]":4})");
  EXPECT_EQ(rewrite.code(R"({"test.more":4})"), "unknown_field");
  EXPECT_EQ(rewrite.code(R"({"[test.less]":4})"), "unknown_field");
  auto original = everything({.preserve_proto_names = true});
  EXPECT_EQ(original(R"({"[test.more]":4})"), R"({"[test.more]":4})");
}

TEST(ProtoJson, Integers) {
  auto rewrite = everything();
  const auto i32 = [&](const std::string& v) { return rewrite(R"({"maybeInt32":)" + v + "}"); };
  const auto is = [](const std::string& v) { return R"({"maybeInt32":)" + v + "}"; };
  EXPECT_EQ(i32("7"), is("7"));
  EXPECT_EQ(i32("\"7\""), is("7"));
  EXPECT_EQ(i32("-2147483648"), is("-2147483648"));
  EXPECT_EQ(i32("1.0"), is("1"));
  EXPECT_EQ(i32("1e5"), is("100000"));
  EXPECT_EQ(i32("\"1e5\""), is("100000"));
  EXPECT_EQ(i32("100000e-5"), is("1"));
  EXPECT_EQ(i32("2.147483647e9"), is("2147483647"));
  EXPECT_EQ(i32("-2.147483648e9"), is("-2147483648"));
  EXPECT_EQ(i32("0"), is("0"));
  for (const char* bad : {"2147483648", "-2147483649", "\"2147483648\"", "3e9"}) {
    EXPECT_EQ(i32(bad).substr(0, 19), "number_out_of_range") << bad;
  }
  for (const char* bad : {"01", "\"01\"", "\"+1\"", "\" 1\"", "\"1 \"", "0.5", "\"0.5\"", "\"\"",
                          "\"a\"", "\"0x1\"", "\"NaN\""}) {
    EXPECT_EQ(i32(bad).substr(0, 14), "invalid_number") << bad;
  }
  for (const char* bad : {"+1", "'1'", ".5", "NaN"}) {
    EXPECT_NE(i32(bad).find("@"), std::string::npos) << bad;
  }
  EXPECT_EQ(rewrite.code(R"({"maybeInt32":true})"), "type_mismatch");
  const auto i64 = [&](const std::string& v) { return rewrite(R"({"anInt64":)" + v + "}"); };
  EXPECT_EQ(i64("7"), R"({"anInt64":"7"})");
  EXPECT_EQ(i64("\"-9223372036854775808\""), R"({"anInt64":"-9223372036854775808"})");
  EXPECT_EQ(i64("9223372036854775807"), R"({"anInt64":"9223372036854775807"})");
  EXPECT_EQ(i64("9223372036854775808").substr(0, 19), "number_out_of_range");
}

TEST(ProtoJson, UnsignedIntegers) {
  ProtoRewriter rewrite(schema(), "test.Unsigned");
  EXPECT_EQ(rewrite(R"({"aUint32":4294967295,"aUint64":18446744073709551615})"),
            R"({"aUint32":4294967295,"aUint64":"18446744073709551615"})");
  EXPECT_EQ(rewrite(R"({"aUint32":"1","aUint64":"2"})"), R"({"aUint32":1,"aUint64":"2"})");
  EXPECT_EQ(
      rewrite(R"({"byUint32":{"4294967295":true},"byUint64":{"18446744073709551615":false}})"),
      R"({"byUint32":{"4294967295":true},"byUint64":{"18446744073709551615":false}})");
  EXPECT_EQ(rewrite.code(R"({"aUint32":-1})"), "number_out_of_range");
  EXPECT_EQ(rewrite.code(R"({"aUint32":4294967296})"), "number_out_of_range");
  EXPECT_EQ(rewrite.code(R"({"aUint64":18446744073709551616})"), "number_out_of_range");
  EXPECT_EQ(rewrite.code(R"({"byUint32":{"-1":true}})"), "number_out_of_range");
}

TEST(ProtoJson, FloatingPoint) {
  ProtoRewriter rewrite(schema(), "test.Unsigned");
  EXPECT_EQ(rewrite(R"({"aFloat":0.1,"aDouble":0.1})"), R"({"aFloat":0.1,"aDouble":0.1})");
  EXPECT_EQ(rewrite(R"({"aFloat":"1.5","aDouble":"-2.5e3"})"),
            R"({"aFloat":1.5,"aDouble":-2500.0})");
  EXPECT_EQ(rewrite(R"({"aFloat":"NaN","aDouble":"-Infinity"})"),
            R"({"aFloat":"NaN","aDouble":"-Infinity"})");
  EXPECT_EQ(rewrite(R"({"aFloat":"Infinity","aDouble":"NaN"})"),
            R"({"aFloat":"Infinity","aDouble":"NaN"})");
  EXPECT_EQ(rewrite(R"({"aFloat":3.4028234e38,"aDouble":5e-324})"),
            R"({"aFloat":3.4028235e38,"aDouble":5e-324})");
  EXPECT_EQ(rewrite.code(R"({"aFloat":3.5e38})"), "number_out_of_range");
  EXPECT_EQ(rewrite.code(R"({"aFloat":-3.5e38})"), "number_out_of_range");
  EXPECT_EQ(rewrite.code(R"({"aDouble":1.8e308})"), "number_out_of_range");
  for (const char* bad : {R"({"aDouble":NaN})", R"({"aDouble":Infinity})", R"({"aDouble":"nan"})",
                          R"({"aDouble":"inf"})", R"({"aDouble":"+Infinity"})", R"({"aDouble":""})",
                          R"({"aDouble":" 1"})", R"({"aDouble":"1 "})", R"({"aDouble":true})"}) {
    EXPECT_NE(rewrite.code(bad), "ok") << bad;
  }
}

TEST(ProtoJson, Booleans) {
  auto rewrite = everything();
  EXPECT_EQ(rewrite(R"({"aBool":true})"), R"({"aBool":true})");
  EXPECT_EQ(rewrite(R"({"aBool":false})"), "{}");
  for (const char* bad : {R"({"aBool":"true"})", R"({"aBool":1})", R"({"aBool":0})",
                          R"({"aBool":True})", R"({"aBool":""})"}) {
    EXPECT_NE(rewrite.code(bad), "ok") << bad;
  }
}

TEST(ProtoJson, Bytes) {
  auto rewrite = everything();
  EXPECT_EQ(rewrite(R"({"someBytes":"AQI="})"), R"({"someBytes":"AQI="})");
  EXPECT_EQ(rewrite(R"({"someBytes":"AQI"})"), R"({"someBytes":"AQI="})");
  EXPECT_EQ(rewrite(R"({"someBytes":"-_"})"), R"({"someBytes":"+w=="})");
  EXPECT_EQ(rewrite(R"({"someBytes":"+w=="})"), R"({"someBytes":"+w=="})");
  EXPECT_EQ(rewrite(R"({"someBytes":""})"), "{}");
  EXPECT_EQ(rewrite.code(R"({"someBytes":"A"})"), "invalid_base64");
  EXPECT_EQ(rewrite.code(R"({"someBytes":"AQ I"})"), "invalid_base64");
}

TEST(ProtoJson, Strings) {
  auto rewrite = everything();
  EXPECT_EQ(rewrite(R"({"aString":"\u8c37\ud83d\ude01\n"})"),
            "{\"aString\":\"\xe8\xb0\xb7\xf0\x9f\x98\x81\\n\"}");
  EXPECT_EQ(rewrite.code(R"({"aString":"\ud83d"})"), "invalid_string");
  EXPECT_EQ(rewrite.code(R"({"aString":"\ude01\ud83d"})"), "invalid_string");
  EXPECT_EQ(rewrite.code(R"({"aString":"\U0041"})"), "invalid_string");
  EXPECT_EQ(rewrite.code("{\"aString\":\"\xff\"}"), "invalid_utf8");
  EXPECT_EQ(rewrite.code(R"({"aString":1})"), "type_mismatch");
}

TEST(ProtoJson, Enums) {
  auto rewrite = everything();
  EXPECT_EQ(rewrite(R"({"aColor":"RED"})"), R"({"aColor":"RED"})");
  EXPECT_EQ(rewrite(R"({"aColor":"ROUGE"})"), R"({"aColor":"RED"})");
  EXPECT_EQ(rewrite(R"({"aColor":1})"), R"({"aColor":"RED"})");
  EXPECT_EQ(rewrite(R"({"aColor":1.0})"), R"({"aColor":"RED"})");
  EXPECT_EQ(rewrite(R"({"aColor":77})"), R"({"aColor":77})");
  EXPECT_EQ(rewrite(R"({"aColor":"NONE"})"), "{}");
  EXPECT_EQ(rewrite(R"({"colors":["LEAST",2147483647,-5]})"), R"({"colors":["LEAST","LAST",-5]})");
  EXPECT_EQ(rewrite.code(R"({"aColor":"PINK"})"), "unknown_enum");
  EXPECT_EQ(rewrite.code(R"({"aColor":"red"})"), "unknown_enum");
  EXPECT_EQ(rewrite.code(R"({"aColor":"1"})"), "unknown_enum");
  EXPECT_EQ(rewrite.code(R"({"aColor":2147483648})"), "number_out_of_range");
  EXPECT_EQ(rewrite.code(R"({"aColor":1.5})"), "invalid_number");
  EXPECT_EQ(rewrite.code(R"({"aColor":true})"), "type_mismatch");
  EXPECT_EQ(rewrite(R"({"aShape":"FLAT"})"), R"({"aShape":"FLAT"})");
  EXPECT_EQ(rewrite(R"({"aShape":1})"), R"({"aShape":"ROUND"})");
  EXPECT_EQ(rewrite.code(R"({"aShape":3})"), "unknown_enum");
  auto numbers = everything({.enums_as_numbers = true});
  EXPECT_EQ(numbers(R"({"aColor":"RED","colors":["LEAST"],"colorsByName":{"a":"RED"}})"),
            R"({"aColor":1,"colors":[-2],"colorsByName":{"a":1}})");
}

TEST(ProtoJson, UnknownKeysAreRejectedOrSkipped) {
  auto strict = everything();
  EXPECT_EQ(strict.code(R"({"nope":1})"), "unknown_field");
  EXPECT_EQ(strict.code(R"({"nope":null})"), "unknown_field");
  auto lax = everything({}, {.unknown_fields = Unknown::skip});
  EXPECT_EQ(lax(R"({"nope":{"a":[1,{}]},"anInt32":1,"@type":"x"})"), R"({"anInt32":1})");
  EXPECT_EQ(lax.code(R"({"nope":{"a":[1,}]})"), "syntax");
  EXPECT_EQ(lax(R"({"aColor":"PINK"})"), "{}");
  EXPECT_EQ(lax(R"({"anInt32":3,"aColor" : "PINK","aString":"x"})"),
            R"({"anInt32":3,"aString":"x"})");
  EXPECT_EQ(lax(R"({"aColor":"RED","aShape":"PINK"})"), R"({"aColor":"RED"})");
  EXPECT_EQ(lax(R"({"aColor":77})"), R"({"aColor":77})");
  EXPECT_EQ(lax(R"({"aShape":77})"), "{}");
  EXPECT_EQ(lax(R"({"colors":["PINK","RED", "PINK" ,"RED",5,"PINK"]})"),
            R"({"colors":["RED","RED",5]})");
  EXPECT_EQ(lax(R"({"colors":[ "PINK"]})"), "{}");
  EXPECT_EQ(lax(R"({"shapes":[1,7,"FLAT","ODD"]})"), R"({"shapes":["ROUND","FLAT"]})");
  EXPECT_EQ(lax(R"({"colorsByName":{"a":"PINK","b" : "RED","c":"PINK"}})"),
            R"({"colorsByName":{"b":"RED"}})");
  EXPECT_EQ(lax(R"({"shapesByName":{"a":3,"b":2}})"), R"({"shapesByName":{"b":"FLAT"}})");
  EXPECT_EQ(lax.code(R"({"aColor":"PI)"), "truncated");
  EXPECT_EQ(lax.code(R"({"colors":["PINK",]})"), "syntax");
  EXPECT_EQ(lax.code(R"({"colors":[true]})"), "type_mismatch");
  EXPECT_EQ(lax.code(R"({"colors":["PINK")"), "truncated");
  EXPECT_EQ(lax.code(R"({"colorsByName":{"a":"PINK",}})"), "syntax");
}

TEST(ProtoJson, NullLeavesFieldsUnset) {
  auto rewrite = everything();
  EXPECT_EQ(rewrite(R"({"anInt32":null,"aString":null,"child":null,"int32s":null,"byInt32":null,)"
                    R"("aColor":null,"maybeInt32":null,"someBytes":null,"aBool":null})"),
            "{}");
  EXPECT_EQ(rewrite(R"({"an_int32": null , "maybeInt32":0})"), R"({"maybeInt32":0})");
  for (const char* bad :
       {R"({"int32s":[1,null]})", R"({"children":[null]})", R"({"byInt32":{"1":null}})",
        R"({"colors":[null]})", "null", R"({"byInt64":{"1":null}})"}) {
    EXPECT_EQ(rewrite.code(bad), "null_value") << bad;
  }
  EXPECT_EQ(rewrite.code(R"({"byInt32":{null:"a"}})"), "syntax");
  EXPECT_EQ(rewrite.code(R"({"nope":null})"), "unknown_field");
  EXPECT_EQ(rewrite.code(R"({"anInt32":nul})"), "syntax");
}

TEST(ProtoJson, Duplicates) {
  auto rewrite = everything();
  EXPECT_EQ(rewrite(R"({"anInt32":1,"anInt32":2})").substr(0, 15), "duplicate_field");
  EXPECT_EQ(rewrite.code(R"({"anInt32":1,"an_int32":2})"), "duplicate_field");
  EXPECT_EQ(rewrite.code(R"({"an_int32":1,"aString":"","anInt32":2})"), "duplicate_field");
  EXPECT_EQ(rewrite.code(R"({"int32s":[],"int32s":[]})"), "duplicate_field");
  EXPECT_EQ(rewrite.code(R"({"anInt32":null,"anInt32":2})"), "duplicate_field");
  EXPECT_EQ(rewrite.code(R"({"byInt32":{"1":"a","1":"b"}})"), "duplicate_key");
  EXPECT_EQ(rewrite.code(R"({"byInt32":{"1":"a","1.0":"b"}})"), "duplicate_key");
  EXPECT_EQ(rewrite.code(R"({"byBool":{"true":1,"true":2}})"), "duplicate_key");
  auto last = everything({.reject_duplicates = false});
  EXPECT_EQ(last(R"({"anInt32":1,"an_int32":2})"), R"({"anInt32":2})");
  EXPECT_EQ(last(R"({"byInt32":{"1":"a","1":"b"}})"), R"({"byInt32":{"1":"b"}})");
}

TEST(ProtoJson, Oneofs) {
  for (const auto duplicates : {true, false}) {
    auto rewrite = everything({.reject_duplicates = duplicates});
    EXPECT_EQ(rewrite(R"({"choiceInt32":0})"), R"({"choiceInt32":0})");
    EXPECT_EQ(rewrite(R"({"choiceString":""})"), R"({"choiceString":""})");
    EXPECT_EQ(rewrite(R"({"choiceChild":{}})"), R"({"choiceChild":{}})");
    EXPECT_EQ(rewrite.code(R"({"choiceInt32":1,"choiceString":"a"})"), "oneof_conflict");
    EXPECT_EQ(rewrite.code(R"({"choiceString":"a","choiceInt32":1})"), "oneof_conflict");
    EXPECT_EQ(rewrite.code(R"({"choiceChild":{"anInt32":1},"aBool":true,"choice_int32":1})"),
              "oneof_conflict");
    EXPECT_EQ(rewrite(R"({"choiceInt32":null,"choiceString":"a"})"), R"({"choiceString":"a"})");
    EXPECT_EQ(rewrite(R"({"choiceString":"a","choiceInt32":null,"choiceChild":null})"),
              R"({"choiceString":"a"})");
    // null is a value of NullValue.
    EXPECT_EQ(rewrite(R"({"choiceNull":null})"), R"({"choiceNull":null})");
    EXPECT_EQ(rewrite(R"({"choiceNull":"NULL_VALUE"})"), R"({"choiceNull":null})");
    EXPECT_EQ(rewrite.code(R"({"choiceNull":null,"choiceInt32":1})"), "oneof_conflict");
    // Members of other structs do not conflict.
    EXPECT_EQ(rewrite(R"({"choiceInt32":1,"child":{"choiceString":"a"}})"),
              R"({"choiceInt32":1,"child":{"choiceString":"a"}})");
    ProtoRewriter many(schema(), "test.Many", {.reject_duplicates = duplicates});
    EXPECT_EQ(many(R"({"m0":1,"m1":2})"), R"({"m0":1,"m1":2})");
    EXPECT_EQ(many.code(R"({"m0":1,"m70":2})"), "oneof_conflict");
    EXPECT_EQ(many.code(R"({"m71":1,"m1":2})"), "oneof_conflict");
    EXPECT_EQ(many(R"({"m71":1,"m0":2,"m139":3})"), R"({"m71":1,"m0":2,"m139":3})");
  }
}

// A recursive struct may be inlined in itself; each instance has its own oneofs.
TEST(ProtoJson, OneofsInRecursiveStructs) {
  ProtoRewriter rewrite(schema(), "test.Edge");
  const std::string text = R"({"e3":1,"child":{"child":{"a":1},"b":2},"a":3})";
  EXPECT_EQ(rewrite(text), text);
  EXPECT_EQ(rewrite.code(R"({"child":{"child":{"b":0,"a":1}}})"), "oneof_conflict");
}

// Sources of formats without oneofs may have several members.
TEST(ProtoJson, OneofsThatCannotBeWritten) {
  auto rewrite = everything();
  EXPECT_EQ(rewrite.from_plain(R"({"choiceInt32":1,"child":{"choiceString":"a"}})"),
            R"({"choiceInt32":1,"child":{"choiceString":"a"}})");
  for (const char* bad :
       {R"({"choiceInt32":1,"choiceString":"a"})", R"({"choiceChild":{},"choiceInt32":0})",
        R"({"children":[{"choiceNull":0,"choiceInt32":0}]})"}) {
    EXPECT_EQ(rewrite.from_plain(bad).substr(0, 14), "oneof_conflict") << bad;
  }
}

TEST(ProtoJson, MapKeys) {
  auto rewrite = everything();
  EXPECT_EQ(rewrite(R"({"byInt32":{"-1":"a","2":"b"},"byBool":{"true":1,"false":"2"}})"),
            R"({"byInt32":{"-1":"a","2":"b"},"byBool":{"true":"1","false":"2"}})");
  EXPECT_EQ(rewrite(R"({"byInt64":{"9223372036854775807":{"anInt32":1}}})"),
            R"({"byInt64":{"9223372036854775807":{"anInt32":1}}})");
  EXPECT_EQ(rewrite.code(R"({"byBool":{"1":1}})"), "type_mismatch");
  EXPECT_EQ(rewrite.code(R"({"byInt32":{"a":""}})"), "invalid_number");
  EXPECT_EQ(rewrite.code(R"({"byInt32":{"":""}})"), "invalid_number");
  EXPECT_EQ(rewrite.code(R"({"byInt32":{"2147483648":""}})"), "number_out_of_range");
  EXPECT_EQ(rewrite.code(R"({"byInt32":{1:""}})"), "syntax");
  EXPECT_EQ(rewrite.code(R"({"byBool":{true:1}})"), "syntax");
}

TEST(ProtoJson, MalformedText) {
  auto rewrite = everything();
  for (const char* bad :
       {R"({"anInt32":1,})", R"({"int32s":[1,]})", R"({'anInt32':1})", R"({anInt32:1})",
        R"({"aString":'a'})", "{/**/}", R"({"anInt32":1}//)", R"({"anInt32"=1})", "[]", "{", ""}) {
    EXPECT_NE(rewrite.code(bad), "ok") << bad;
  }
  EXPECT_EQ(rewrite(R"({"anInt32":1,})"), "syntax@13");
}

TEST(ProtoJson, ImplicitPresenceIsWrittenByOption) {
  auto rewrite = everything();
  EXPECT_EQ(rewrite(R"({"anInt32":0,"anInt64":"0","aDouble":0.0,"aString":"",)"
                    R"("someBytes":"","aColor":0,"int32s":[],"byInt32":{},"aNull":null})"),
            "{}");
  EXPECT_EQ(rewrite(R"({"aDouble":-0.0})"), R"({"aDouble":-0.0})");
  EXPECT_EQ(rewrite(R"({"int32s":[0],"strings":[""],"byInt32":{"0":""}})"),
            R"({"int32s":[0],"strings":[""],"byInt32":{"0":""}})");
  EXPECT_EQ(rewrite(R"({"child":{},"children":[{}],"maybeInt32":0})"),
            R"({"child":{},"children":[{}],"maybeInt32":0})");
  auto all = everything({.always_print_fields_without_presence = true});
  const std::string rest =
      R"("anInt64":"0","aDouble":0.0,"aBool":false,"aString":"","someBytes":"",)"
      R"("aColor":"NONE","int32s":[],"colors":[],"byInt32":{},"byBool":{},"colorsByName":{},)"
      R"("children":[],"byInt64":{},"strings":[],"shapes":[],"shapesByName":{},"aNull":null})";
  EXPECT_EQ(all("{}"), R"({"anInt32":0,)" + rest);
  EXPECT_EQ(all(R"({"anInt32":0})"), R"({"anInt32":0,)" + rest);
  EXPECT_EQ(all(R"({"int32s":[],"byBool":{}})").substr(0, 26), R"({"int32s":[],"byBool":{},")");
}

TEST(ProtoJson, RequiredFieldsAndDefaults) {
  ProtoRewriter rewrite(schema(), "test.Required", {}, {}, false);
  EXPECT_EQ(rewrite(R"({"must":0})"), R"({"must":0,"may":5})");
  EXPECT_EQ(rewrite(R"({"must":1,"may":0})"), R"({"must":1,"may":0})");
  EXPECT_EQ(rewrite.code("{}"), "missing_required");
  EXPECT_EQ(rewrite.code(R"({"must":null})"), "missing_required");
}

TEST(ProtoJson, Indent) {
  auto pretty = everything({.indent = 2});
  EXPECT_EQ(pretty(R"({"anInt32":1,"int32s":[],"child":{"int32s":[1]},"byInt32":{}})"),
            "{\n  \"anInt32\": 1,\n  \"child\": {\n    \"int32s\": [\n      1\n    ]\n  }\n}\n");
  EXPECT_EQ(pretty("{}"), "{}\n");
  auto all = everything({.always_print_fields_without_presence = true, .indent = 1});
  EXPECT_EQ(all("{}").substr(0, 34), "{\n \"anInt32\": 0,\n \"anInt64\": \"0\",\n");
}

TEST(ProtoJson, FieldsInAnyOrderAndWithSpace) {
  auto rewrite = everything();
  EXPECT_EQ(rewrite("\n { \"strings\" : [ \"a\" , \"b\" ] , \"anInt32\" : 1 , \"child\" : { } } "),
            R"({"strings":["a","b"],"anInt32":1,"child":{}})");
}

TEST(ProtoJson, DepthIsLimited) {
  auto rewrite = everything();
  const auto nested = [](int n) {
    std::string text;
    for (int i = 0; i < n; ++i) {
      text += R"({"child":)";
    }
    text += "{}";
    return text + std::string(static_cast<std::size_t>(n), '}');
  };
  EXPECT_EQ(rewrite.code(nested(100)), "ok");
  EXPECT_EQ(rewrite.code(nested(101)), "depth_limit");
}

// ---- C++ structs

enum class Tone : std::int32_t { low = 0, high = 1 };

struct Part {
  std::string label;
  std::int32_t count = 0;
  friend bool operator==(const Part&, const Part&) = default;
};

struct Whole {
  std::int64_t big_number = 0;
  std::optional<std::int32_t> maybe;
  std::vector<Part> parts;
  std::map<std::string, double> weights;
  std::string name;
  Tone tone = Tone::low;
  friend bool operator==(const Whole&, const Whole&) = default;
};

}  // namespace
}  // namespace wirejit::test

WIREJIT_ENUM(wirejit::test::Tone, low, high)
WIREJIT_STRUCT(wirejit::test::Part, (1, label), (2, count))
WIREJIT_STRUCT(wirejit::test::Whole, (1, big_number, wirejit::member::json_name("bigNumber")),
               (2, maybe), (3, parts), (4, weights), (5, name), (6, tone))

namespace wirejit::test {
namespace {

TEST(ProtoJson, CppStructs) {
  for (const auto kind : {EngineOptions::Kind::interpret, EngineOptions::Kind::automatic}) {
    const auto codec = Engine({.kind = kind}).codec<Whole>(pb::json);
    ASSERT_TRUE(codec.has_value()) << codec.error().to_string();
    const auto written = [&](const Whole& w) {
      Buffer out;
      EXPECT_TRUE(codec->encode(w, out));
      return std::string(out.text());
    };
    EXPECT_EQ(written({}), "{}");
    const Whole w{1LL << 60, 0, {{"a", 0}, {"", 2}}, {{"x", 0.5}}, "n", Tone::high};
    const std::string text =
        R"({"bigNumber":"1152921504606846976","maybe":0,"parts":[{"label":"a"},{"count":2}],)"
        R"("weights":{"x":0.5},"name":"n","tone":"high"})";
    EXPECT_EQ(written(w), text);
    Whole back;
    back.parts.resize(3);
    ASSERT_TRUE(codec->decode(text, back));
    EXPECT_EQ(back, w);
    ASSERT_TRUE(codec->decode(R"({"big_number":5,"maybe":null,"name":null})", back));
    Whole five;
    five.big_number = 5;
    EXPECT_EQ(back, five);
    const auto failed = codec->decode(R"({"name":"","name":"a"})", back);
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().code(), Errc::duplicate_field);
  }
}

}  // namespace
}  // namespace wirejit::test
