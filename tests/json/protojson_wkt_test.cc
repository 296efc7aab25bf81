// The well-known types of ProtoJSON: each at every kind of place, by every method of conversion.
#include "tests/support/protojson_support.h"

#include <wirejit/reflect.h>

#include <atomic>
#include <thread>

namespace wirejit::test {
namespace {

void add_known(SchemaBuilder& b, const Google& g) {
  StructType& s = b.add_struct("Known");
  const Type* text = b.base(Kind::string);
  add_field(s, 1, "a_timestamp", b.of(*g.timestamp), present);
  add_field(s, 2, "a_duration", b.of(*g.duration), present);
  add_field(s, 3, "a_mask", b.of(*g.field_mask), present);
  add_field(s, 4, "a_struct", b.of(*g.structure), present);
  add_field(s, 5, "a_value", b.of(*g.value), present);
  add_field(s, 6, "a_list", b.of(*g.list_value), present);
  add_field(s, 7, "an_any", b.of(*g.any), present);
  add_field(s, 8, "an_empty", b.of(*g.empty), present);
  add_field(s, 9, "a_null", b.of(*g.null_value), present);
  add_field(s, 11, "timestamps", b.list_of(b.of(*g.timestamp)));
  add_field(s, 12, "durations", b.map_of(text, b.of(*g.duration)));
  add_field(s, 13, "masks", b.list_of(b.of(*g.field_mask)));
  add_field(s, 14, "structs", b.list_of(b.of(*g.structure)));
  add_field(s, 15, "values", b.list_of(b.of(*g.value)));
  add_field(s, 16, "lists", b.list_of(b.of(*g.list_value)));
  add_field(s, 17, "anys", b.list_of(b.of(*g.any)));
  add_field(s, 18, "nulls", b.list_of(b.of(*g.null_value)));
  add_field(s, 19, "values_by_name", b.map_of(text, b.of(*g.value)));
  add_field(s, 20, "nulls_by_name", b.map_of(text, b.of(*g.null_value)));
  s.oneofs.push_back({.name = "one"});
  add_field(s, 21, "one_value", b.of(*g.value), present, 0);
  add_field(s, 22, "one_duration", b.of(*g.duration), present, 0);
  add_field(s, 31, "a_double", b.of(*g.double_value), present);
  add_field(s, 33, "an_int64", b.of(*g.int64_value), present);
  add_field(s, 35, "an_int32", b.of(*g.int32_value), present);
  add_field(s, 37, "a_bool", b.of(*g.bool_value), present);
  add_field(s, 38, "a_string", b.of(*g.string_value), present);
  add_field(s, 39, "some_bytes", b.of(*g.bytes_value), present);
  add_field(s, 41, "strings", b.list_of(b.of(*g.string_value)));
  add_field(s, 42, "int64s", b.map_of(text, b.of(*g.int64_value)));
  add_field(s, 51, "known", b.of(s), present);
}

const Schema& schema() {
  static const Schema made = [] {
    SchemaBuilder b;
    const Google g = add_google(b);
    b.add_document("test");
    add_known(b, g);
    StructType& others = b.add_struct("Others");  // what Thrift has not
    add_field(others, 1, "a_float", b.of(*g.float_value), present);
    add_field(others, 2, "a_uint32", b.of(*g.uint32_value), present);
    add_field(others, 3, "a_uint64", b.of(*g.uint64_value), present);
    StructType& item = b.add_struct("Item");
    add_field(item, 1, "the_name", b.base(Kind::string));
    add_field(item, 2, "number", b.base(Kind::i64));
    add_field(item, 3, "inner", b.of(*g.any), present);
    add_field(item, 4, "values", b.list_of(b.base(Kind::i32)));
    add_field(item, 5, "items", b.list_of(b.of(item)));
    StructType& odd = b.add_struct("Odd");  // calls itself a timestamp
    odd.semantic = Semantic::timestamp;
    add_field(odd, 1, "seconds", b.base(Kind::string));
    return built(b);
  }();
  return made;
}

ProtoRewriter known(const ProtoOptions& options = {}, const Options& rules = {}) {
  return {schema(), "test.Known", options, rules, true, thrift::binary};
}

// Rewrites the text of one field.
struct OneField {
  ProtoRewriter& rewrite;
  std::string key;
  std::string operator()(const std::string& value) const {
    const std::string before = "{\"" + key + "\":";
    const std::string got = rewrite(before + value + "}");
    return got.starts_with(before) ? got.substr(before.size(), got.size() - before.size() - 1)
           : got.find('@') == std::string::npos ? got
                                                : got.substr(0, got.find('@'));
  }
};

TEST(ProtoJsonKnown, Timestamp) {
  auto rewrite = known();
  ASSERT_TRUE(rewrite.has_binary());
  const OneField ts{rewrite, "aTimestamp"};
  for (const char* same : {"\"1970-01-01T00:00:00Z\"", "\"2024-02-29T23:59:59.100Z\"",
                           "\"2001-09-09T01:46:40.000001Z\"", "\"0001-01-01T00:00:00Z\"",
                           "\"9999-12-31T23:59:59.999999999Z\"", "\"1969-12-31T23:59:59.500Z\"",
                           "\"1600-02-29T12:00:00.123456789Z\"", "\"1900-03-01T00:00:00Z\""}) {
    EXPECT_EQ(ts(same), same);
  }
  EXPECT_EQ(ts("\"1970-01-01T00:00:00.010000Z\""), "\"1970-01-01T00:00:00.010Z\"");
  EXPECT_EQ(ts("\"1970-01-01T00:00:00.0000100Z\""), "\"1970-01-01T00:00:00.000010Z\"");
  EXPECT_EQ(ts("\"1970-01-01T00:00:00.000000010Z\""), "\"1970-01-01T00:00:00.000000010Z\"");
  EXPECT_EQ(ts("\"1970-01-01T08:00:00+08:00\""), "\"1970-01-01T00:00:00Z\"");
  EXPECT_EQ(ts("\"1969-12-31T16:30:00-07:30\""), "\"1970-01-01T00:00:00Z\"");
  EXPECT_EQ(ts("\"1970-01-01T00:00:00\\u005a\""), "\"1970-01-01T00:00:00Z\"");
  EXPECT_EQ(ts("null"), "{}");
  for (const char* bad :
       {"\"1970-01-01t00:00:00Z\"", "\"1970-01-01T00:00:00z\"", "\"1970-01-01T00:00:00\"",
        "\"1970-01-01 00:00:00Z\"", "\"1970-01-01T00:00:00.Z\"", "\"70-01-01T00:00:00Z\"",
        "\"1970-01-01T00:00:00.1234567890Z\"", "\"1970-1-01T00:00:00Z\"", "\"\"",
        "\"1970-01-01T00:00:00+08\"", "\"1970-01-01T00:00:00+24:00\"", "\"1970-01-01T00:00:00Z \"",
        "\"10000-01-01T00:00:00Z\"", "\"-001-01-01T00:00:00Z\""}) {
    EXPECT_EQ(ts(bad), "invalid_string") << bad;
  }
  for (const char* bad :
       {"\"0000-01-01T00:00:00Z\"", "\"1970-13-01T00:00:00Z\"", "\"1970-00-01T00:00:00Z\"",
        "\"2023-02-29T00:00:00Z\"", "\"1970-01-01T24:00:00Z\"", "\"1970-01-01T00:60:00Z\"",
        "\"1970-01-01T00:00:60Z\"", "\"0001-01-01T00:00:00+00:01\"",
        "\"9999-12-31T23:59:59-00:01\"", "\"1970-01-00T00:00:00Z\""}) {
    EXPECT_EQ(ts(bad), "number_out_of_range") << bad;
  }
  EXPECT_EQ(ts("1"), "type_mismatch");
  EXPECT_EQ(ts("{}"), "type_mismatch");
  const OneField list{rewrite, "timestamps"};
  EXPECT_EQ(list(R"([ "1970-01-01T00:00:00Z" , "1970-01-01T00:00:01Z"])"),
            R"(["1970-01-01T00:00:00Z","1970-01-01T00:00:01Z"])");
  EXPECT_EQ(list("[null]"), "null_value");
}

TEST(ProtoJsonKnown, TimestampFromOtherFormats) {
  auto rewrite = known();
  EXPECT_EQ(rewrite.plain(R"({"aTimestamp":"1970-01-01T00:00:01.5Z"})"),
            R"({"aTimestamp":{"seconds":1,"nanos":500000000}})");
  // Fields in any order, and absent ones.
  EXPECT_EQ(rewrite.from_plain(R"({"aTimestamp":{"nanos":1000,"seconds":-1}})"),
            R"({"aTimestamp":"1969-12-31T23:59:59.000001Z"})");
  EXPECT_EQ(rewrite.from_plain(R"({"aTimestamp":{}})"), R"({"aTimestamp":"1970-01-01T00:00:00Z"})");
  EXPECT_EQ(rewrite.from_plain(R"({"aTimestamp":{"nanos":5000000}})"),
            R"({"aTimestamp":"1970-01-01T00:00:00.005Z"})");
  for (const char* bad : {R"({"seconds":253402300800})", R"({"seconds":-62135596801})",
                          R"({"nanos":-1})", R"({"nanos":1000000000})"}) {
    EXPECT_EQ(rewrite.from_plain(R"({"aTimestamp":)" + std::string(bad) + "}").substr(0, 19),
              "number_out_of_range")
        << bad;
  }
}

TEST(ProtoJsonKnown, Duration) {
  auto rewrite = known();
  const OneField d{rewrite, "aDuration"};
  for (const char* same : {"\"0s\"", "\"1s\"", "\"-1s\"", "\"1.500s\"", "\"-1.500s\"",
                           "\"0.000001s\"", "\"-0.000000001s\"", "\"315576000000s\"",
                           "\"315576000000.999999999s\"", "\"-315576000000.999999999s\""}) {
    EXPECT_EQ(d(same), same);
  }
  EXPECT_EQ(d("\"1.5s\""), "\"1.500s\"");
  EXPECT_EQ(d("\"1.0000s\""), "\"1s\"");
  EXPECT_EQ(d("\"-0s\""), "\"0s\"");
  EXPECT_EQ(d("\"-0.5s\""), "\"-0.500s\"");
  EXPECT_EQ(d("null"), "{}");
  for (const char* bad : {"\"1\"", "\"s\"", "\"1.s\"", "\".5s\"", "\"+1s\"", "\"1s \"", "\" 1s\"",
                          "\"01s\"", "\"1.1234567890s\"", "\"1S\"", "\"--1s\"", "\"\"", "\"1e3s\"",
                          "\"9999999999999999999s\""}) {
    EXPECT_EQ(d(bad), "invalid_string") << bad;
  }
  EXPECT_EQ(d("\"315576000001s\""), "number_out_of_range");
  EXPECT_EQ(d("\"-315576000001s\""), "number_out_of_range");
  EXPECT_EQ(d("1"), "type_mismatch");
  const OneField map{rewrite, "durations"};
  EXPECT_EQ(map(R"({"a":"1s","b":"-2s"})"), R"({"a":"1s","b":"-2s"})");
  EXPECT_EQ(map(R"({"a":null})"), "null_value");
  EXPECT_EQ(rewrite.from_plain(R"({"aDuration":{"nanos":-5}})"),
            R"({"aDuration":"-0.000000005s"})");
  for (const char* bad : {R"({"seconds":1,"nanos":-1})", R"({"nanos":1,"seconds":-1})",
                          R"({"seconds":315576000001})", R"({"nanos":1000000000})",
                          R"({"nanos":-1000000000})", R"({"seconds":-9223372036854775808})"}) {
    EXPECT_EQ(rewrite.from_plain(R"({"aDuration":)" + std::string(bad) + "}").substr(0, 19),
              "number_out_of_range")
        << bad;
  }
}

TEST(ProtoJsonKnown, FieldMask) {
  auto rewrite = known();
  const OneField m{rewrite, "aMask"};
  for (const char* same : {"\"\"", "\"a\"", "\"user.displayName,photo\"", "\"a1.b2,cD\"",
                           "\"fooBar\"", "\"A\"", "\"aBCd\""}) {
    EXPECT_EQ(m(same), same);
  }
  EXPECT_EQ(m("\"foo\\u0042ar,\\u0061\""), "\"fooBar,a\"");
  EXPECT_EQ(m("null"), "{}");
  EXPECT_EQ(rewrite.plain(R"({"aMask":"user.displayName,photo"})"),
            R"({"aMask":{"paths":["user.display_name","photo"]}})");
  for (const char* bad : {"\"foo_bar\"", "\"a b\"", "\"a,\"", "\",a\"", "\"a,,b\"", "\"a-b\"",
                          "\"\xc3\xa9\"", "\",\"", "\" a\""}) {
    EXPECT_EQ(m(bad), "invalid_string") << bad;
  }
  const OneField list{rewrite, "masks"};
  EXPECT_EQ(list(R"(["a","","b,cD"])"), R"(["a","","b,cD"])");
  EXPECT_EQ(rewrite.from_plain(R"({"aMask":{"paths":["foo_bar.baz_q","_x"]}})"),
            R"({"aMask":"fooBar.bazQ,X"})");
  EXPECT_EQ(rewrite.from_plain(R"({"aMask":{}})"), R"({"aMask":""})");
  for (const char* bad : {"fooBar", "foo__bar", "foo_3", "foo_", "", "a,b", "foo_B", "a b"}) {
    EXPECT_EQ(
        rewrite.from_plain(R"({"aMask":{"paths":[")" + std::string(bad) + R"("]}})").substr(0, 14),
        "invalid_string")
        << bad;
  }
  std::string many = "\"a";
  for (int i = 0; i < 3000; ++i) {
    many += ",fooBar" + std::to_string(i);
  }
  many += '"';
  EXPECT_EQ(m(many), many);
}

TEST(ProtoJsonKnown, Wrappers) {
  auto rewrite = known();
  const std::string all =
      R"({"aDouble":0.5,"anInt64":"-3","anInt32":4,"aBool":true,"aString":"x","someBytes":"AQI="})";
  EXPECT_EQ(rewrite(all), all);
  const std::string zero =
      R"({"aDouble":0.0,"anInt64":"0","anInt32":0,"aBool":false,"aString":"","someBytes":""})";
  EXPECT_EQ(rewrite(zero), zero);
  EXPECT_EQ(
      rewrite.from_plain(
          R"({"aDouble":{},"anInt64":{},"anInt32":{},"aBool":{},"aString":{},"someBytes":{}})"),
      zero);
  EXPECT_EQ(rewrite.plain(R"({"anInt64":"5"})"), R"({"anInt64":{"value":5}})");
  EXPECT_EQ(rewrite(R"({"aDouble":null,"anInt64":null,"aBool":null,"aString":null})"), "{}");
  EXPECT_EQ(rewrite(R"({"aDouble" : "NaN" ,"anInt32" : "7", "aString" : "\u0041"})"),
            R"({"aDouble":"NaN","anInt32":7,"aString":"A"})");
  EXPECT_EQ(rewrite(R"({"strings":["a", "" ],"int64s":{"a":"1"}})"),
            R"({"strings":["a",""],"int64s":{"a":"1"}})");
  EXPECT_EQ(rewrite.code(R"({"strings":[null]})"), "null_value");
  EXPECT_EQ(rewrite.code(R"({"int64s":{"a":null}})"), "null_value");
  EXPECT_EQ(rewrite.code(R"({"anInt64":{"value":"1"}})"), "type_mismatch");
  EXPECT_EQ(rewrite.code(R"({"anInt32":2147483648})"), "number_out_of_range");
  EXPECT_EQ(rewrite.code(R"({"aBool":"true"})"), "type_mismatch");
  ProtoRewriter others(schema(), "test.Others");
  EXPECT_EQ(others(R"({"aFloat":0.1,"aUint32":4294967295,"aUint64":"18446744073709551615"})"),
            R"({"aFloat":0.1,"aUint32":4294967295,"aUint64":"18446744073709551615"})");
}

TEST(ProtoJsonKnown, ValuesOfAllKinds) {
  auto rewrite = known();
  const OneField v{rewrite, "aValue"};
  for (const char* same : {"null", "0.0", "-1.5e-7", "\"\"", "\"x\"", "true", "false", "{}", "[]",
                           R"({"a":null,"b":[1.0,"x",{"c":true}]})", "[[],[[]],{}]"}) {
    EXPECT_EQ(v(same), same);
  }
  EXPECT_EQ(v("1"), "1.0");
  EXPECT_EQ(v(" [ 1 , null , \"a\" ] "), "[1.0,null,\"a\"]");
  EXPECT_EQ(v("\"NaN\""), "\"NaN\"");  // text
  EXPECT_EQ(v("NaN"), "syntax");
  EXPECT_EQ(v("1e999"), "number_out_of_range");
  EXPECT_EQ(v("[1,]"), "syntax");
  EXPECT_EQ(v(R"({"a":1,"a":2})"), "duplicate_key");
  EXPECT_EQ(
      rewrite.plain(R"({"aValue":[null,true]})"),
      R"({"aValue":{"listValue":{"values":[{"nullValue":"NULL_VALUE"},{"boolValue":true}]}}})");
  EXPECT_EQ(rewrite(R"({"values":[null,1,"a"],"valuesByName":{"a":null,"b":[]}})"),
            R"({"values":[null,1.0,"a"],"valuesByName":{"a":null,"b":[]}})");
  EXPECT_EQ(rewrite(R"({"oneValue":null})"), R"({"oneValue":null})");
  EXPECT_EQ(rewrite.code(R"({"oneValue":null,"oneDuration":"1s"})"), "oneof_conflict");
  EXPECT_EQ(rewrite(R"({"oneValue":1,"oneDuration":null})"), R"({"oneValue":1.0})");
}

TEST(ProtoJsonKnown, ValuesThatCannotBeWritten) {
  auto rewrite = known();
  EXPECT_EQ(rewrite.from_plain(R"({"aValue":{"numberValue":"NaN"}})").substr(0, 14),
            "invalid_number");
  EXPECT_EQ(rewrite.from_plain(R"({"aValue":{"numberValue":"-Infinity"}})").substr(0, 14),
            "invalid_number");
  EXPECT_EQ(rewrite.from_plain(R"({"aValue":{}})").substr(0, 13), "union_not_one");
  EXPECT_EQ(rewrite.from_plain(R"({"aValue":{"boolValue":true,"stringValue":""}})").substr(0, 14),
            "oneof_conflict");
  EXPECT_EQ(rewrite.from_plain(R"({"aValue":{"nullValue":7}})"), R"({"aValue":null})");
}

TEST(ProtoJsonKnown, StructsAndLists) {
  auto rewrite = known();
  const OneField s{rewrite, "aStruct"};
  EXPECT_EQ(s("{}"), "{}");
  EXPECT_EQ(s(R"({"a":1,"b":{"c":[]}})"), R"({"a":1.0,"b":{"c":[]}})");
  EXPECT_EQ(s("[]"), "type_mismatch");
  EXPECT_EQ(s("1"), "type_mismatch");
  const OneField l{rewrite, "aList"};
  EXPECT_EQ(l("[]"), "[]");
  EXPECT_EQ(l("[1,[2],null]"), "[1.0,[2.0],null]");
  EXPECT_EQ(l("{}"), "type_mismatch");
  EXPECT_EQ(rewrite(R"({"aStruct":null,"aList":null})"), "{}");
  EXPECT_EQ(rewrite(R"({"structs":[{},{"a":1}],"lists":[[],[1]]})"),
            R"({"structs":[{},{"a":1.0}],"lists":[[],[1.0]]})");
  EXPECT_EQ(rewrite.code(R"({"structs":[null]})"), "null_value");
  EXPECT_EQ(rewrite.code(R"({"lists":[null]})"), "null_value");
  EXPECT_EQ(rewrite.from_plain(R"({"aStruct":{},"aList":{}})"), R"({"aStruct":{},"aList":[]})");
  const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_EQ(l(nested(25)), nested(25));
  EXPECT_EQ(l(nested(49)), nested(49));
  EXPECT_EQ(l(nested(200)), "depth_limit");
}

TEST(ProtoJsonKnown, NullValue) {
  auto rewrite = known();
  EXPECT_EQ(rewrite(R"({"aNull":null})"), R"({"aNull":null})");
  EXPECT_EQ(rewrite(R"({"aNull": null , "nulls":[null,"NULL_VALUE",0, null]})"),
            R"({"aNull":null,"nulls":[null,null,null,null]})");
  EXPECT_EQ(rewrite(R"({"nullsByName":{"a":null}})"), R"({"nullsByName":{"a":null}})");
  EXPECT_EQ(rewrite.code(R"({"aNull":"NUL"})"), "unknown_enum");
  EXPECT_EQ(rewrite(R"({"anEmpty":{}})"), R"({"anEmpty":{}})");
  EXPECT_EQ(rewrite.code(R"({"anEmpty":{"a":1}})"), "unknown_field");
}

TEST(ProtoJsonKnown, Roots) {
  const auto root = [](const char* type) {
    return ProtoRewriter(schema(), std::string("google.protobuf.") + type, {}, {}, true,
                         thrift::binary);
  };
  EXPECT_EQ(root("Timestamp")(" \"1970-01-01T00:00:00Z\" "), "\"1970-01-01T00:00:00Z\"");
  EXPECT_EQ(root("Duration")("\"1s\""), "\"1s\"");
  EXPECT_EQ(root("FieldMask")("\"aB\""), "\"aB\"");
  EXPECT_EQ(root("Value")("null"), "null");
  EXPECT_EQ(root("Value")(" [1]"), "[1.0]");
  EXPECT_EQ(root("Struct")("{}"), "{}");
  EXPECT_EQ(root("ListValue")("[{}]"), "[{}]");
  EXPECT_EQ(root("Int64Value")("5"), "\"5\"");
  EXPECT_EQ(root("Int64Value")("null"), "\"0\"");
  EXPECT_EQ(root("StringValue")(" \"a\" "), "\"a\"");
  EXPECT_EQ(root("StringValue")("null"), "\"\"");
  EXPECT_EQ(root("BoolValue")("false"), "false");
  EXPECT_EQ(root("Empty")("{}"), "{}");
  EXPECT_EQ(root("Any")("{}"), "{}");
  for (const char* type :
       {"Timestamp", "Duration", "FieldMask", "Struct", "ListValue", "Empty", "Any"}) {
    EXPECT_EQ(root(type).code("null"), "null_value") << type;
  }
  EXPECT_EQ(root("Duration").code("\"1s\"x"), "trailing_data");
}

TEST(ProtoJsonKnown, Any) {
  auto rewrite = known();
  const OneField any{rewrite, "anAny"};
  const std::string item =
      R"({"@type":"type.googleapis.com/test.Item","theName":"a","number":"7","values":[1]})";
  EXPECT_EQ(any(item), item);
  EXPECT_EQ(
      any(R"({"the_name":"a" , "number":7,"values":[1], "@type" : "type.googleapis.com/test.Item"})"),
      item);
  EXPECT_EQ(any(R"({"theName":"a","\u0040type":"type.googleapis.com\/test.Item"})"),
            R"({"@type":"type.googleapis.com/test.Item","theName":"a"})");
  EXPECT_EQ(any(R"({"@type":"x/y/test.Item"})"), R"({"@type":"x/y/test.Item"})");
  EXPECT_EQ(any("{}"), "{}");
  EXPECT_EQ(any("{ }"), "{}");
  EXPECT_EQ(any("null"), "{}");
  EXPECT_EQ(rewrite.plain(R"({"anAny":{"@type":"/test.Item","theName":"a"}})"),
            R"({"anAny":{"typeUrl":"/test.Item","value":"CwABAAAAAWEA"}})");
  EXPECT_EQ(rewrite(R"({"anys":[{},)" + item + "," + item + "]}"),
            R"({"anys":[{},)" + item + "," + item + "]}");
  EXPECT_EQ(any(R"({"theName":"a"})"), "missing_required");
  EXPECT_EQ(any(R"({"value":1})"), "missing_required");
  EXPECT_EQ(any(R"({"@type":"test.Item"})"), "invalid_string");
  EXPECT_EQ(any(R"({"@type":"a/"})"), "invalid_string");
  EXPECT_EQ(any(R"({"@type":""})"), "invalid_string");
  EXPECT_EQ(any(R"({"@type":"a/test.None"})"), "not_found");
  EXPECT_EQ(any(R"({"@type":"a/Item"})"), "not_found");  // names are full
  EXPECT_EQ(any(R"({"@type":5})"), "type_mismatch");
  EXPECT_EQ(any(R"({"@type":null})"), "null_value");
  EXPECT_EQ(any(R"({"@type":"a/test.Item","@type":"a/test.Item"})"), "duplicate_field");
  EXPECT_EQ(any(R"({"@type":"a/test.Item","value":1})"), "unknown_field");
  EXPECT_EQ(any(R"({"@type":"a/test.Item","theName":"a","the_name":"b"})"), "duplicate_field");
  EXPECT_EQ(any("[]"), "type_mismatch");
}

TEST(ProtoJsonKnown, AnyOfWellKnownTypes) {
  auto rewrite = known();
  const OneField any{rewrite, "anAny"};
  const auto of = [](const std::string& type, const std::string& value) {
    return R"({"@type":"type.googleapis.com/google.protobuf.)" + type + R"(","value":)" + value +
           "}";
  };
  for (const auto& [type, value] :
       {std::pair("Timestamp", "\"1970-01-01T00:00:01Z\""), std::pair("Duration", "\"1.500s\""),
        std::pair("FieldMask", "\"aB,c\""), std::pair("Struct", R"({"a":[null]})"),
        std::pair("Value", "null"), std::pair("Value", "[true]"), std::pair("ListValue", "[]"),
        std::pair("Int64Value", "\"9\""), std::pair("StringValue", "\"\""),
        std::pair("BytesValue", "\"AQ==\""), std::pair("Any", "{}")}) {
    EXPECT_EQ(any(of(type, value)), of(type, value));
  }
  EXPECT_EQ(any(R"({"value" : "1s", "@type":"a/google.protobuf.Duration"})"),
            R"({"@type":"a/google.protobuf.Duration","value":"1s"})");
  EXPECT_EQ(any(of("Any", of("Duration", "\"1s\""))), of("Any", of("Duration", "\"1s\"")));
  EXPECT_EQ(any(R"({"@type":"a/google.protobuf.Empty"})"),
            R"({"@type":"a/google.protobuf.Empty"})");
  EXPECT_EQ(any(R"({"@type":"a/google.protobuf.Empty","value":{}})"), "unknown_field");
  EXPECT_EQ(any(R"({"@type":"a/google.protobuf.Duration"})"), "missing_required");
  EXPECT_EQ(any(R"({"@type":"a/google.protobuf.Duration","value":"1s","x":1})"), "unknown_field");
  EXPECT_EQ(any(R"({"@type":"a/google.protobuf.Duration","value":"1"})"), "invalid_string");
  EXPECT_EQ(any(R"({"@type":"a/google.protobuf.Duration","value":null})"), "null_value");
  auto lax = known({}, {.unknown_fields = Unknown::skip});
  EXPECT_EQ(lax(R"({"anAny":{"@type":"a/google.protobuf.Duration","value":"1s","x":1}})"),
            R"({"anAny":{"@type":"a/google.protobuf.Duration","value":"1s"}})");
  EXPECT_EQ(lax(R"({"anAny":{"x":[],"@type":"a/test.Item","@typ":1}})"),
            R"({"anAny":{"@type":"a/test.Item"}})");
}

TEST(ProtoJsonKnown, AnyWithinAny) {
  auto rewrite = known();
  const std::string item = "{\"@type\":\"a/test.Item\",\"inner\":";
  const auto nested = [&](int n) {
    std::string text;
    for (int i = 0; i < n; ++i) {
      text += item;
    }
    return R"({"anAny":)" + text + R"({"@type":"a/test.Item","number":"1"})" +
           std::string(static_cast<std::size_t>(n), '}') + "}";
  };
  EXPECT_EQ(rewrite(nested(1)), nested(1));
  EXPECT_EQ(rewrite(nested(30)), nested(30));
  // Each level is two structs: an Any and its content.
  EXPECT_EQ(rewrite(nested(49)), nested(49));
  EXPECT_EQ(rewrite.code(nested(50)), "depth_limit");
  EXPECT_EQ(rewrite.code(nested(1000)), "depth_limit");
}

// Lists do not count as a level, neither within an Any nor elsewhere.
TEST(ProtoJsonKnown, ListsWithinAny) {
  auto rewrite = known();
  const auto nested = [](int n) {
    std::string text = R"({"anAny":{"@type":"a/test.Item")";
    for (int i = 0; i < n; ++i) {
      text += i == 0 ? R"(,"items":[{)" : R"("items":[{)";
    }
    for (int i = 0; i < n; ++i) {
      text += "}]";
    }
    return text + "}}";
  };
  EXPECT_EQ(rewrite(nested(98)), nested(98));
  EXPECT_EQ(rewrite.code(nested(99)), "depth_limit");
  EXPECT_EQ(rewrite.code(nested(5000)), "depth_limit");
}

TEST(ProtoJsonKnown, PositionsWithinAny) {
  auto rewrite = known();
  const std::string text = R"({"anAny":{"@type":"a/test.Item","theName":"a","number":"x"}})";
  EXPECT_EQ(rewrite(text), "invalid_number@" + std::to_string(text.find("x\"")));
  const std::string value = R"({"anAny":{"@type":"a/google.protobuf.Duration","value":"1"}})";
  EXPECT_EQ(rewrite(value), "invalid_string@" + std::to_string(value.find("1\"")));
}

TEST(ProtoJsonKnown, AnyWithMalformedBytes) {
  auto rewrite = known();
  // Thrift Binary that ends inside a value; an unknown name; a value without a name.
  EXPECT_EQ(
      rewrite.from_plain(R"({"anAny":{"typeUrl":"a/test.Item","value":"Cw=="}})").substr(0, 9),
      "truncated");
  EXPECT_EQ(rewrite.from_plain(R"({"anAny":{"typeUrl":"a/test.No","value":"AA=="}})").substr(0, 9),
            "not_found");
  EXPECT_EQ(rewrite.from_plain(R"({"anAny":{"value":"AA=="}})").substr(0, 16), "missing_required");
  EXPECT_EQ(rewrite.from_plain(R"({"anAny":{"value":"AA==","typeUrl":"a/test.Item"}})"),
            R"({"anAny":{"@type":"a/test.Item"}})");
  // A repeated field: the payload is converted through a record. (i64 2 = 1, i64 2 = 2)
  EXPECT_EQ(rewrite.from_plain(R"({"anAny":{"typeUrl":"a/test.Item",)"
                               R"("value":"CgACAAAAAAAAAAEKAAIAAAAAAAAAAgA="}})"),
            R"({"anAny":{"@type":"a/test.Item","number":"2"}})");
}

// The bytes in an Any are in Protobuf's wire format, whatever the other options are.
TEST(ProtoJsonKnown, AnysOfProtobufNeedNoOption) {
  for (const Options& options : {Options{}, Options{.unknown_fields = Unknown::skip}}) {
    const auto to_plain =
        Engine().transcoder(*schema().find_struct("test.Known"), pb::json, json::text, options);
    ASSERT_TRUE(to_plain.has_value());
    Buffer plain;
    ASSERT_TRUE(to_plain->transcode(R"({"anAny":{"@type":"a/test.Item","theName":"b"}})", plain));
    // A string of one byte as field 1: 0a 01 62.
    EXPECT_EQ(plain.text(), R"({"anAny":{"typeUrl":"a/test.Item","value":"CgFi"}})");
  }
}

TEST(ProtoJsonKnown, MemoryIsBudgeted) {
  ProtoRewriter rewrite(schema(), "test.Known", {}, {}, true, thrift::binary, {.memory = 10'000});
  const auto any = [](std::size_t n) {
    return R"({"anAny":{"@type":"a/test.Item","theName":")" + std::string(n, 'a') + "\"}}";
  };
  EXPECT_EQ(rewrite(any(1000)), any(1000));
  EXPECT_EQ(rewrite.code(any(20'000)), "memory_limit");
  const auto list = [&](int n) {
    std::string text;
    for (int i = 0; i < n; ++i) {
      text += std::string(i == 0 ? "" : ",") + R"({"@type":"a/test.Item","theName":")" +
              std::string(500, 'a') + "\"}";
    }
    return R"({"anys":[)" + text + "]}";
  };
  // The memory of an Any is given back.
  Buffer out;
  EXPECT_TRUE(rewrite.transcoder().transcode(list(200), out, {.limits = {.memory = 10'000}}));
}

TEST(ProtoJsonKnown, Indent) {
  auto pretty = known({.indent = 2});
  EXPECT_EQ(
      pretty(R"({"anAny":{"@type":"a/test.Item","theName":"x","inner":{"@type":"a/test.Item"}}})"),
      "{\n  \"anAny\": {\n    \"@type\": \"a/test.Item\",\n    \"theName\": \"x\",\n"
      "    \"inner\": {\n      \"@type\": \"a/test.Item\"\n    }\n  }\n}\n");
  EXPECT_EQ(pretty(R"({"anAny":{"@type":"a/google.protobuf.Struct","value":{"a":[1]}}})"),
            "{\n  \"anAny\": {\n    \"@type\": \"a/google.protobuf.Struct\",\n    \"value\": {\n"
            "      \"a\": [\n        1.0\n      ]\n    }\n  }\n}\n");
  EXPECT_EQ(pretty(R"({"aValue":[null,{"b":"c"},[]],"aTimestamp":"1970-01-01T00:00:00Z",)"
                   R"("aMask":"a,b","strings":["x"],"anInt32":1})"),
            "{\n  \"aValue\": [\n    null,\n    {\n      \"b\": \"c\"\n    },\n    []\n  ],\n"
            "  \"aTimestamp\": \"1970-01-01T00:00:00Z\",\n  \"aMask\": \"a,b\",\n"
            "  \"strings\": [\n    \"x\"\n  ],\n  \"anInt32\": 1\n}\n");
  EXPECT_EQ(pretty(R"({"anys":[{},{"@type":"a/google.protobuf.Duration","value":"1s"}]})"),
            "{\n  \"anys\": [\n    {},\n    {\n      \"@type\": \"a/google.protobuf.Duration\",\n"
            "      \"value\": \"1s\"\n    }\n  ]\n}\n");
}

TEST(ProtoJsonKnown, OptionsReachThePayload) {
  auto names = known({.preserve_proto_names = true});
  EXPECT_EQ(names(R"({"an_any":{"@type":"a/test.Item","theName":"x"}})"),
            R"({"an_any":{"@type":"a/test.Item","the_name":"x"}})");
  auto all = known({.always_print_fields_without_presence = true});
  EXPECT_EQ(all(R"({"anAny":{"@type":"a/test.Item"}})").substr(0, 75),
            R"({"anAny":{"@type":"a/test.Item","theName":"","number":"0","values":[],"item)");
}

TEST(ProtoJsonKnown, OtherFieldsThanTheOfficialOnes) {
  const StructType* odd = &schema().find_struct("test.Odd")->get();
  ASSERT_NE(odd, nullptr);
  const Engine engine;
  for (const auto& [from, to] :
       {std::pair(Format(pb::json), Format(json::text)), {json::text, pb::json}}) {
    const auto made = engine.transcoder({schema(), *odd}, from, to);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code(), Errc::unsupported);
  }
}

// Plain JSON ignores Semantics.
TEST(ProtoJsonKnown, PlainJsonIsAsBefore) {
  const Engine engine;
  const auto t = engine.transcoder(*schema().find_struct("test.Known"), json::text, json::text);
  ASSERT_TRUE(t.has_value());
  const std::string text =
      R"({"aTimestamp":{"seconds":1,"nanos":2},"anInt64":{"value":0},"aValue":{"boolValue":true}})";
  Buffer out;
  ASSERT_TRUE(t->transcode(text, out));
  EXPECT_EQ(out.text(), text);
}

// Content of Anys is compiled when it is first needed, in any of several threads.
TEST(ProtoJsonKnown, AnysFromManyThreads) {
  const Engine engine;
  const Format proto = proto_json(thrift::binary);
  const auto t = engine.transcoder(*schema().find_struct("test.Known"), proto, proto);
  ASSERT_TRUE(t.has_value());
  const std::string text =
      R"({"anys":[{"@type":"a/test.Item","inner":{"@type":"a/google.protobuf.Duration","value":"1s"}},)"
      R"({"@type":"a/test.Known","anInt32":1}]})";
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 50; ++k) {
        Buffer out;
        right += t->transcode(text, out) && out.text() == text ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(right, 400);
}

// A codec outlives its engine; content of Anys is then compiled with another engine.
TEST(ProtoJsonKnown, AnyAfterTheEngine) {
  for (const auto kind : {EngineOptions::Kind::interpret, EngineOptions::Kind::automatic}) {
    std::optional<Transcoder> kept;
    {
      const Engine engine({.kind = kind});
      const Format proto = proto_json(thrift::binary);
      auto made = engine.transcoder(*schema().find_struct("test.Known"), proto, proto);
      ASSERT_TRUE(made.has_value());
      kept.emplace(std::move(*made));
    }
    Buffer out;
    const std::string text = R"({"anAny":{"@type":"a/test.Item","theName":"x"}})";
    ASSERT_TRUE(kept->transcode(text, out));
    EXPECT_EQ(out.text(), text);
  }
}

}  // namespace

// ---- C++ structs

struct Stamp {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
  friend bool operator==(const Stamp&, const Stamp&) = default;
};
struct Boxed {
  std::string value;
  friend bool operator==(const Boxed&, const Boxed&) = default;
};
struct Log {
  std::optional<Stamp> a_timestamp;
  std::vector<Stamp> timestamps;
  std::optional<Boxed> a_string;
  friend bool operator==(const Log&, const Log&) = default;
};

}  // namespace wirejit::test

WIREJIT_STRUCT(wirejit::test::Stamp, (1, seconds), (2, nanos))
WIREJIT_STRUCT(wirejit::test::Boxed, (1, value))
WIREJIT_STRUCT(wirejit::test::Log, (1, a_timestamp), (11, timestamps), (38, a_string))

namespace wirejit::test {
namespace {

TEST(ProtoJsonKnown, CppStructs) {
  SchemaBuilder b;
  const Google g = add_google(b);
  b.add_document("test");
  StructType& log = b.add_struct("Log");
  add_field(log, 1, "a_timestamp", b.of(*g.timestamp), present);
  add_field(log, 11, "timestamps", b.list_of(b.of(*g.timestamp)));
  add_field(log, 38, "a_string", b.of(*g.string_value), present);
  const Schema made = built(b);
  for (const auto kind : {EngineOptions::Kind::interpret, EngineOptions::Kind::automatic}) {
    const auto codec = Engine({.kind = kind}).codec<Log>(*made.find_struct("test.Log"), pb::json);
    ASSERT_TRUE(codec.has_value()) << codec.error().to_string();
    const std::string text =
        R"({"aTimestamp":"1970-01-01T00:00:01.500Z","timestamps":["1970-01-01T00:00:00Z"],"aString":"x"})";
    Log read;
    ASSERT_TRUE(codec->decode(text, read));
    EXPECT_EQ(read, (Log{Stamp{1, 500'000'000}, {Stamp{}}, Boxed{"x"}}));
    Buffer out;
    ASSERT_TRUE(codec->encode(read, out));
    EXPECT_EQ(out.text(), text);
    ASSERT_TRUE(codec->decode("{}", read));
    EXPECT_EQ(read, Log{});
    read.a_timestamp = Stamp{0, -1};
    const auto failed = codec->encode(read, out);
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().code(), Errc::number_out_of_range);
    EXPECT_EQ(failed.error().path(), "a_timestamp");
  }
}

}  // namespace
}  // namespace wirejit::test
