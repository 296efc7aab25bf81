// Schemas from descriptors: compared with libprotobuf's own view of the same files, and refused
// with a clear message where the descriptors are inconsistent.
#include <wirejit/pb.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/protobuf_texts.h"
#include "tests/random_source.h"

namespace wirejit {
namespace {

using test::ProtoTexts;
using test::Texts;
namespace gp = google::protobuf;

Schema loaded(const gp::FileDescriptorSet& set, const pb::LoadOptions& options = {}) {
  Result<Schema> s = pb::load(as_bytes(set.SerializeAsString()), options);
  if (!s) throw std::runtime_error(s.error().to_string());  // the test fails
  return *s;
}

std::string refusal(const gp::FileDescriptorSet& set, const pb::LoadOptions& options = {}) {
  const Result<Schema> s = pb::load(as_bytes(set.SerializePartialAsString()), options);
  if (s) return "accepted";
  return s.error().message();
}

constexpr const char* proto2_file = R"(
syntax = "proto2";
package shop.v2;
option java_package = "com.example.shop";
option deprecated = true;
import "google/protobuf/any.proto";
// An order.
//
//   With an indented line.
message Order {  // Trailing.
  required int64 id = 1;
  optional int32 count = 2 [default = -7];
  optional string text = 3 [default = "a\"b\n\303\244", json_name = "TEXT"];
  optional bytes raw = 4 [default = "\000\377\\x\'?\t"];
  optional double big = 5 [default = 1e300];
  optional float pi = 6 [default = 3.14159274];
  optional float up = 7 [default = inf];
  optional double down = 8 [default = -inf];
  optional float no = 9 [default = nan];
  optional uint64 most = 10 [default = 18446744073709551615];
  optional fixed64 f64 = 11;
  optional sfixed32 sf32 = 12;
  optional sint64 z = 13 [default = -9223372036854775808];
  optional bool yes = 14 [default = true];
  optional Color color = 15 [default = BLUE];
  optional Color other_color = 16;
  repeated int32 loose = 17;
  repeated sint32 tight = 18 [packed = true];
  repeated string words = 19;
  optional group Place = 20 { optional string where = 1; repeated Order inner = 2; }
  repeated group Items = 21 { required int32 a_b_c = 1; }
  oneof choice { string s = 22; Order o = 23; Color c = 24 [default = RED]; }
  map<string, Order> orders = 25;
  map<sint32, Level> levels = 26;
  map<fixed64, bytes> blobs = 27;
  optional google.protobuf.Any any = 28;
  optional int32 _under__score_ = 29;
  optional int32 X = 30;
  optional double tiny = 31 [default = 1e-42];
  optional uint32 u = 32 [default = 4294967295];
  enum Level { NONE = 0; SOME = 1; }
  enum Color { option allow_alias = true; RED = 3; BLUE = -5; AZURE = -5; }
  extensions 100 to 199, 1000 to max;
  reserved 50 to 60, 70;
  reserved "old";
  message Deep { message Deeper { enum E { ONE = 1; } optional E e = 1; } optional Deeper d = 1; }
}
extend Order {
  optional int32 extra = 100 [default = 9];
  repeated double more = 101 [packed = true];
  optional Set set = 536870911;
}
message Set { option message_set_wire_format = true; extensions 4 to max; }
message InSet {
  extend Set { optional InSet in_set = 2147483646; }
  extend Order { repeated group Grp = 102 { optional bool b = 1; } }
  optional int32 i = 15447542;
}
service Shop {
  rpc Get(Order) returns (Set);
  // Streams.
  rpc Watch(stream Order) returns (stream google.protobuf.Any);
}
)";

constexpr const char* proto3_file = R"(
syntax = "proto3";
package shop;
import public "shop/v2.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
message Item {
  int32 a = 1;
  optional int32 b = 2;
  repeated int32 c = 3;
  repeated int32 d = 4 [packed = false];
  string e = 5;
  bytes f = 6;
  Item item = 7;
  optional Item maybe = 8;
  State state = 9;
  optional State maybe_state = 10;
  oneof first { int32 g = 11; google.protobuf.Timestamp when = 12; }
  oneof second { google.protobuf.StringValue h = 13; bytes i = 14; }
  map<int32, string> names = 15;
  map<string, Item> items = 16;
  map<bool, State> states = 17;
  repeated State all_states = 18;
  repeated string strings = 19;
  shop.v2.Order old = 20;
  enum State { UNKNOWN = 0; ON = 1; OFF = -1; }
}
)";

Texts texts() { return {{"shop/v2.proto", proto2_file}, {"shop/item.proto", proto3_file}}; }

void expect_same(ProtoTexts& protos, const std::string& main) {
  const Schema s = loaded(protos.set(main));
  ASSERT_FALSE(s.empty()) << main;
  test::expect_same_schema(s, test::with_imports(protos.file(main)));
}

TEST(Descriptors, Proto2AndProto3AreWhatLibprotobufSees) {
  ProtoTexts protos(texts());
  expect_same(protos, "shop/v2.proto");
  expect_same(protos, "shop/item.proto");
}

TEST(Descriptors, GooglesOwnFilesAreWhatLibprotobufSees) {
  ProtoTexts protos(Texts{});
  for (const char* name :
       {"any", "api", "descriptor", "duration", "empty", "field_mask", "source_context", "struct",
        "timestamp", "type", "wrappers", "compiler/plugin"}) {
    expect_same(protos, std::string("google/protobuf/") + name + ".proto");
  }
}

TEST(Descriptors, TheLastFileIsTheMainOneUnlessAnotherIsNamed) {
  ProtoTexts protos(texts());
  const gp::FileDescriptorSet set = protos.set("shop/item.proto");
  EXPECT_EQ(loaded(set).documents()[0].path, "shop/item.proto");
  const Schema other = loaded(set, {.main = "google/protobuf/any.proto"});
  EXPECT_EQ(other.documents()[0].path, "google/protobuf/any.proto");
  EXPECT_EQ(other.documents().size(), loaded(set).documents().size());
  EXPECT_EQ(refusal(set, {.main = "none.proto"}), "there is no file none.proto in the set");
  // Bare names find what the main document declares.
  EXPECT_TRUE(loaded(set).find_struct("Item"));
  EXPECT_EQ(loaded(set).find_struct("Order")->full_name, "shop.v2.Order");
  const Document& main = loaded(set).documents()[0];
  EXPECT_EQ(main.includes.size(), 3U);
}

TEST(Descriptors, NamesOfNestedTypes) {
  ProtoTexts protos(texts());
  const Schema s = loaded(protos.set("shop/v2.proto"));
  const StructType* deeper = s.find_struct("shop.v2.Order.Deep.Deeper");
  ASSERT_TRUE(deeper);
  EXPECT_EQ(deeper->name, "Order.Deep.Deeper");
  EXPECT_EQ(s.find_struct("Order.Deep.Deeper"), deeper);
  EXPECT_FALSE(s.find_struct("shop.v2.Order.OrdersEntry"));  // a map has no struct for its entries
  EXPECT_EQ(s.find_enum("shop.v2.Order.Deep.Deeper.E")->name, "Order.Deep.Deeper.E");
}

TEST(Descriptors, CommentsAndPositions) {
  ProtoTexts protos(texts());
  const Schema s = loaded(protos.set("shop/v2.proto"));
  const StructType* order = s.find_struct("shop.v2.Order");
  EXPECT_EQ(order->doc, "An order.\n\n  With an indented line.\nTrailing.\n");
  EXPECT_EQ(order->position.line, 10U);
  EXPECT_EQ(order->position.column, 1U);
  EXPECT_EQ(order->position.file, "shop/v2.proto");
  EXPECT_EQ(s.find_service("Shop")->methods[1].doc, "Streams.\n");
}

TEST(Descriptors, StandardOptionsAreAnnotations) {
  ProtoTexts protos(texts());
  const Schema s = loaded(protos.set("shop/v2.proto"));
  const Document& d = s.documents()[0];
  EXPECT_EQ(*find_annotation(d.annotations, "deprecated"), "true");
  ASSERT_EQ(d.namespaces.size(), 1U);
  EXPECT_EQ(d.namespaces[0], std::pair(std::string("java"), std::string("com.example.shop")));
  EXPECT_EQ(d.namespace_annotations.size(), 1U);
  const StructType* order = s.find_struct("Order");
  EXPECT_EQ(order->find("tight")->annotations, (Annotations{{"packed", "true"}}));
  EXPECT_EQ(s.find_enum("Order.Color")->annotations, (Annotations{{"allow_alias", "true"}}));
  EXPECT_EQ(*find_annotation(s.find_struct("Set")->annotations, "message_set_wire_format"), "true");
}

TEST(Descriptors, WellKnownTypesAreMarked) {
  ProtoTexts protos(Texts{{"all.proto", R"(
    syntax = "proto3";
    import "google/protobuf/any.proto";
    import "google/protobuf/duration.proto";
    import "google/protobuf/empty.proto";
    import "google/protobuf/field_mask.proto";
    import "google/protobuf/struct.proto";
    import "google/protobuf/timestamp.proto";
    import "google/protobuf/wrappers.proto";
  )"}});
  const Schema s = loaded(protos.set("all.proto"));
  const auto semantic = [&](const std::string& name) {
    return s.find_struct("google.protobuf." + name)->semantic;
  };
  EXPECT_EQ(semantic("Timestamp"), Semantic::timestamp);
  EXPECT_EQ(semantic("Duration"), Semantic::duration);
  EXPECT_EQ(semantic("FieldMask"), Semantic::field_mask);
  EXPECT_EQ(semantic("Any"), Semantic::any);
  EXPECT_EQ(semantic("Struct"), Semantic::structure);
  EXPECT_EQ(semantic("Value"), Semantic::value);
  EXPECT_EQ(semantic("ListValue"), Semantic::list_value);
  EXPECT_EQ(semantic("Empty"), Semantic::none);
  for (const char* name :
       {"Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"}) {
    EXPECT_EQ(semantic(std::string(name) + "Value"), Semantic::wrapper) << name;
  }
  EXPECT_EQ(s.find_enum("google.protobuf.NullValue")->semantic, Semantic::null_value);
}

TEST(Descriptors, AMessageThatOnlyHasTheNameOfAWellKnownTypeIsNotMarked) {
  ProtoTexts protos(Texts{{"fake.proto", R"(
    syntax = "proto3";
    package google.protobuf;
    message Timestamp { int64 seconds = 1; int64 nanos = 2; }
    message Duration { sint64 seconds = 1; int32 nanos = 2; }
    message Any { string type_url = 1; bytes value = 2; int32 more = 3; }
    message BoolValue { oneof x { bool value = 1; } }
    message Value { NullValue null_value = 1; }
    enum NullValue { NULL_VALUE = 0; OTHER = 1; }
  )"}});
  const Schema s = loaded(protos.set("fake.proto"));
  for (const StructType& t : s.structs()) EXPECT_EQ(t.semantic, Semantic::none) << t.full_name;
  EXPECT_EQ(s.find_enum("NullValue")->semantic, Semantic::none);
}

constexpr const char* custom_options = R"(
syntax = "proto2";
package opt;
import "google/protobuf/descriptor.proto";
message Rule {
  optional string get = 1;
  repeated string also = 2;
  repeated Rule more = 3;
  optional Level level = 4;
  map<string, int32> limits = 5;
  extensions 100 to 200;
  optional group G = 6 { optional sint32 z = 1; }
}
enum Level { LOW = 1; HIGH = 2; }
extend Rule { optional bytes inner = 100; }
extend google.protobuf.FileOptions { optional string owner = 50000; }
extend google.protobuf.MessageOptions { optional Rule table = 50000; }
extend google.protobuf.FieldOptions {
  optional Rule rule = 50000;
  optional double d = 50001;
  optional float f = 50002;
  repeated sint64 z = 50003;
  repeated fixed32 x = 50004 [packed = true];
  optional uint64 u = 50005;
  optional int32 i = 50006;
  optional bool b = 50007;
  optional Level level = 50008;
}
extend google.protobuf.OneofOptions { optional int32 oo = 50000; }
extend google.protobuf.EnumOptions { optional int32 eo = 50000; }
extend google.protobuf.EnumValueOptions { optional int32 vo = 50000; }
extend google.protobuf.ServiceOptions { optional int32 so = 50000; }
extend google.protobuf.MethodOptions { optional Rule http = 72295728; }
)";
constexpr const char* custom_user = R"(
syntax = "proto2";
package user;
import "opt.proto";
option (opt.owner) = "me";
message M {
  option (opt.table) = {};
  optional int64 a = 1 [
    jstype = JS_STRING, deprecated = true,
    (opt.rule).get = "/x\n\"", (opt.rule).also = "1", (opt.rule).also = "2",
    (opt.rule).level = HIGH, (opt.rule).(opt.inner) = "\001\377", (opt.rule).g.z = -3,
    (opt.d) = 0.1, (opt.f) = -1.5e9, (opt.z) = -1, (opt.z) = 2, (opt.x) = 7, (opt.x) = 4294967295,
    (opt.u) = 18446744073709551615, (opt.i) = -1, (opt.b) = false, (opt.level) = LOW];
  optional int64 plain = 2;
  oneof o { option (opt.oo) = 1; int32 p = 3 [(opt.i) = 5]; }
}
enum E { option (opt.eo) = 2; A = 1 [(opt.vo) = 3, deprecated = true]; }
service S {
  option (opt.so) = 4;
  option deprecated = true;
  rpc Call(M) returns (M) {
    option (opt.http) = { get: "/a" more { get: "/b" limits { key: "k" value: 5 } } more {} };
    option idempotency_level = NO_SIDE_EFFECTS;
  }
}
)";

TEST(Descriptors, CustomOptionsAreAnnotations) {
  ProtoTexts protos(Texts{{"opt.proto", custom_options}, {"user.proto", custom_user}});
  expect_same(protos, "user.proto");
  const Schema s = loaded(protos.set("user.proto"));
  EXPECT_EQ(s.documents()[0].annotations, (Annotations{{"(opt.owner)", "me"}}));
  const StructType& m = *s.find_struct("user.M");
  EXPECT_EQ(m.annotations, (Annotations{{"(opt.table)", ""}}));
  EXPECT_TRUE(m.find("plain")->annotations.empty());
  EXPECT_EQ(m.oneofs[0].annotations, (Annotations{{"(opt.oo)", "1"}}));
  EXPECT_EQ(m.find("p")->annotations, (Annotations{{"(opt.i)", "5"}}));
  const EnumType& e = *s.find_enum("user.E");
  EXPECT_EQ(e.annotations, (Annotations{{"(opt.eo)", "2"}}));
  EXPECT_EQ(e.values[0].annotations, (Annotations{{"deprecated", "true"}, {"(opt.vo)", "3"}}));
  const Service& service = *s.find_service("user.S");
  EXPECT_EQ(service.annotations, (Annotations{{"deprecated", "true"}, {"(opt.so)", "4"}}));
  EXPECT_EQ(service.methods[0].annotations, (Annotations{{"idempotency_level", "NO_SIDE_EFFECTS"},
                                                         {"(opt.http).get", "/a"},
                                                         {"(opt.http).more.get", "/b"},
                                                         {"(opt.http).more.limits.key", "k"},
                                                         {"(opt.http).more.limits.value", "5"},
                                                         {"(opt.http).more", ""}}));
  std::map<std::string, std::vector<std::string>> a;
  for (const Annotation& x : m.find("a")->annotations) a[x.name].push_back(x.value);
  const std::map<std::string, std::vector<std::string>> expected = {
      {"jstype", {"JS_STRING"}},
      {"deprecated", {"true"}},
      {"(opt.rule).get", {"/x\n\""}},
      {"(opt.rule).also", {"1", "2"}},
      {"(opt.rule).level", {"HIGH"}},
      {"(opt.rule).(opt.inner)", {"\\x01\\xff"}},
      {"(opt.rule).g.z", {"-3"}},
      {"(opt.d)", {"0.1"}},
      {"(opt.f)", {"-1.5e+09"}},
      {"(opt.z)", {"-1", "2"}},
      {"(opt.x)", {"7", "4294967295"}},
      {"(opt.u)", {"18446744073709551615"}},
      {"(opt.i)", {"-1"}},
      {"(opt.b)", {"false"}},
      {"(opt.level)", {"LOW"}},
  };
  EXPECT_EQ(a, expected);
}

TEST(Descriptors, CustomOptionsAreKnownWithoutDescriptorProtoIfImportsMayBeMissing) {
  ProtoTexts protos(Texts{{"opt.proto", custom_options}, {"user.proto", custom_user}});
  gp::FileDescriptorSet set = protos.set("user.proto");
  ASSERT_EQ(set.file(0).name(), "google/protobuf/descriptor.proto");
  set.mutable_file()->DeleteSubrange(0, 1);
  EXPECT_EQ(refusal(set),
            "opt.proto: it imports google/protobuf/descriptor.proto, which is not in the set");
  const Schema s = loaded(set, {.strict_imports = false});
  EXPECT_EQ(s.documents()[0].annotations, (Annotations{{"(opt.owner)", "me"}}));
  EXPECT_EQ(s.find_struct("user.M")->find("p")->annotations, (Annotations{{"(opt.i)", "5"}}));
}

// ---- Editions, which this libprotobuf does not know: their numbers are set as unknown fields.

void set_unknown(gp::Message& m, int number, std::uint64_t value) {
  m.GetReflection()->MutableUnknownFields(&m)->AddVarint(number, value);
}
template <class Options>
void set_features(Options* options, int number, const std::string& features) {
  options->GetReflection()->MutableUnknownFields(options)->AddLengthDelimited(number, features);
}

// A file of edition 2023 with message M of fields a (int32), b (repeated int32), c (string), d (M),
// e (E), f (map<string, M>).
gp::FileDescriptorSet edition_set(ProtoTexts& protos) {
  gp::FileDescriptorSet set = protos.set("e.proto");
  set.mutable_file(0)->set_syntax("editions");
  set_unknown(*set.mutable_file(0), 14, 1000);
  return set;
}
Texts edition_text() {
  return {{"e.proto", R"(
    syntax = "proto2";
    package ed;
    message M {
      optional int32 a = 1;
      repeated int32 b = 2;
      optional string c = 3;
      optional M d = 4;
      optional E e = 5;
      map<string, M> f = 6;
      oneof o { string g = 7; }
      extensions 100 to 200;
      message N { optional int32 a = 1; optional string s = 2; }
    }
    enum E { ZERO = 0; ONE = 1; }
    extend M { optional M x = 100; repeated int32 y = 101; }
  )"}};
}

TEST(DescriptorEditions, Defaults) {
  ProtoTexts protos(edition_text());
  for (const std::uint64_t edition : {1000, 1001, 1002, 9999}) {
    gp::FileDescriptorSet set = protos.set("e.proto");
    set.mutable_file(0)->set_syntax("editions");
    set_unknown(*set.mutable_file(0), 14, edition);
    const Schema s = loaded(set);
    const StructType& m = *s.find_struct("ed.M");
    EXPECT_EQ(m.find("a")->requiredness, Requiredness::optional);
    EXPECT_TRUE(m.find("b")->packed);
    EXPECT_EQ(m.find("c")->type->wire, Wire::standard);  // UTF-8 is checked
    EXPECT_EQ(m.find("d")->type->wire, Wire::standard);
    EXPECT_FALSE(s.find_enum("ed.E")->closed);
    EXPECT_EQ(m.find("f")->type->key->wire, Wire::standard);
  }
}

TEST(DescriptorEditions, FeaturesOfAFileHoldForAllThatItDeclares) {
  ProtoTexts protos(edition_text());
  gp::FileDescriptorSet set = edition_set(protos);
  gp::FileDescriptorProto& file = *set.mutable_file(0);
  // enum_type = CLOSED, repeated_field_encoding = EXPANDED, utf8_validation = NONE,
  // message_encoding = DELIMITED.
  set_features(file.mutable_options(), 50, "\x10\x02\x18\x02\x20\x03\x28\x02");
  const Schema s = loaded(set);
  ASSERT_FALSE(s.empty());
  const StructType& m = *s.find_struct("ed.M");
  EXPECT_TRUE(s.find_enum("ed.E")->closed);
  EXPECT_FALSE(m.find("b")->packed);
  EXPECT_FALSE(m.find("ed.y")->packed);
  EXPECT_EQ(m.find("c")->type->wire, Wire::unchecked);
  EXPECT_EQ(m.find("g")->type->wire, Wire::unchecked);
  EXPECT_EQ(m.find("d")->type->wire, Wire::delimited);
  EXPECT_EQ(m.find("ed.x")->type->wire, Wire::delimited);
  // A map's value always has its length before it; its key is text like others.
  EXPECT_EQ(m.find("f")->type->value->wire, Wire::standard);
  EXPECT_EQ(m.find("f")->type->key->wire, Wire::unchecked);
  const Annotations expected = {{"features.enum_type", "CLOSED"},
                                {"features.repeated_field_encoding", "EXPANDED"},
                                {"features.utf8_validation", "NONE"},
                                {"features.message_encoding", "DELIMITED"}};
  EXPECT_EQ(s.documents()[0].annotations, expected);
}

TEST(DescriptorEditions, InnerFeaturesOverrideOuterOnes) {
  ProtoTexts protos(edition_text());
  gp::FileDescriptorSet set = edition_set(protos);
  gp::FileDescriptorProto& file = *set.mutable_file(0);
  gp::DescriptorProto& m = *file.mutable_message_type(0);
  set_features(file.mutable_options(), 50, std::string("\x08\x02", 2));  // IMPLICIT
  set_features(m.mutable_options(), 12, "\x08\x01\x20\x03");             // M: EXPLICIT, NONE
  set_features(m.mutable_field(0)->mutable_options(), 21, "\x08\x03");   // a: LEGACY_REQUIRED
  set_features(m.mutable_field(1)->mutable_options(), 21, "\x18\x02");   // b: EXPANDED
  ASSERT_EQ(m.nested_type(0).name(), "FEntry");
  ASSERT_EQ(m.nested_type(1).name(), "N");
  set_features(m.mutable_nested_type(1)->mutable_options(), 12, "\x08\x02");   // N: IMPLICIT
  set_features(m.mutable_oneof_decl(0)->mutable_options(), 1, "\x20\x02");     // o: VERIFY
  set_features(file.mutable_extension(0)->mutable_options(), 21, "\x28\x02");  // x: DELIMITED
  set_features(file.mutable_enum_type(0)->mutable_options(), 7, "\x10\x02");   // E: CLOSED
  const Schema s = loaded(set);
  ASSERT_FALSE(s.empty());
  const StructType& t = *s.find_struct("ed.M");
  EXPECT_EQ(t.find("a")->requiredness, Requiredness::required);
  EXPECT_FALSE(t.find("b")->packed);
  EXPECT_EQ(t.find("c")->type->wire, Wire::unchecked);
  EXPECT_EQ(t.find("g")->type->wire, Wire::standard);
  EXPECT_EQ(t.find("c")->requiredness, Requiredness::optional);
  EXPECT_EQ(t.find("ed.x")->type->wire, Wire::delimited);
  EXPECT_TRUE(t.find("ed.y")->packed);
  const StructType& n = *s.find_struct("ed.M.N");
  EXPECT_EQ(n.find("a")->requiredness, Requiredness::standard);
  EXPECT_EQ(n.find("s")->type->wire, Wire::unchecked);  // of M
  EXPECT_TRUE(s.find_enum("ed.E")->closed);
}

TEST(DescriptorEditions, WhatFeaturesForbid) {
  ProtoTexts protos(edition_text());
  gp::FileDescriptorSet set = edition_set(protos);
  set_features(set.mutable_file(0)->mutable_options(), 50, "\x08\x02\x10\x02");
  EXPECT_EQ(refusal(set), "e.proto: ed.M.e: a field without presence needs an open enum");
  set = edition_set(protos);
  set_features(set.mutable_file(0)->mutable_options(), 50, "\x08\x04");
  EXPECT_EQ(refusal(set),
            "e.proto: its options are malformed, or set a feature to an unknown value");
  set = edition_set(protos);
  set.mutable_file(0)->mutable_message_type(0)->mutable_field(0)->set_label(
      gp::FieldDescriptorProto::LABEL_REQUIRED);
  EXPECT_EQ(refusal(set), "e.proto: ed.M.a: only proto2 has required fields");
  set = edition_set(protos);
  set.mutable_file(0)->mutable_message_type(0)->mutable_field(3)->set_type(
      gp::FieldDescriptorProto::TYPE_GROUP);
  EXPECT_EQ(refusal(set), "e.proto: ed.M.d: only proto2 has groups");
}

TEST(DescriptorEditions, UnknownEditionsAreRefused) {
  ProtoTexts protos(edition_text());
  for (const std::uint64_t edition : {0, 1, 900, 998, 999, 1003, 9998, 99999}) {
    gp::FileDescriptorSet set = protos.set("e.proto");
    set.mutable_file(0)->set_syntax("editions");
    set_unknown(*set.mutable_file(0), 14, edition);
    EXPECT_EQ(refusal(set), "e.proto: the syntax 'editions' with edition " +
                                std::to_string(edition) + " is not known");
  }
  gp::FileDescriptorSet set = protos.set("e.proto");
  set.mutable_file(0)->set_syntax("proto4");
  EXPECT_EQ(refusal(set), "e.proto: the syntax 'proto4' with edition 0 is not known");
}

// The newest conformance suite's test messages, where the environment names their descriptor set.
TEST(DescriptorEditions, ConformanceTestMessages) {
  const char* const path = std::getenv("WIREJIT_CONFORMANCE_DESCRIPTORS");
  if (!path) GTEST_SKIP() << "WIREJIT_CONFORMANCE_DESCRIPTORS names no file";
  const Result<Schema> loaded = pb::load_file(path);
  ASSERT_TRUE(loaded) << loaded.error().to_string();
  const Schema& s = *loaded;
  const auto type = [&](const char* name) -> const StructType& {
    const StructType* t = s.find_struct(name);
    if (!t) ADD_FAILURE() << name;
    static const StructType none;
    return t ? *t : none;
  };
  // The editions' files say by features what the others say by syntax.
  const StructType& two = type("protobuf_test_messages.proto2.TestAllTypesProto2");
  const StructType& ed_two = type("protobuf_test_messages.editions.proto2.TestAllTypesProto2");
  const StructType& three = type("protobuf_test_messages.proto3.TestAllTypesProto3");
  const StructType& ed_three = type("protobuf_test_messages.editions.proto3.TestAllTypesProto3");
  const auto same = [](const StructType& a, const StructType& b) {
    ASSERT_EQ(a.fields.size(), b.fields.size());
    for (std::size_t i = 0; i < a.fields.size(); ++i) {
      const Field& x = a.fields[i];
      const Field& y = b.fields[i];
      EXPECT_EQ(x.id, y.id);
      EXPECT_EQ(x.json_name.starts_with('['), y.json_name.starts_with('['));
      EXPECT_EQ(x.type->kind, y.type->kind) << x.name;
      EXPECT_EQ(x.type->wire, y.type->wire) << x.name;
      EXPECT_EQ(x.requiredness, y.requiredness) << x.name;
      EXPECT_EQ(x.packed, y.packed) << x.name;
      EXPECT_EQ(x.oneof, y.oneof) << x.name;
      EXPECT_EQ(x.default_value, y.default_value) << x.name;
    }
  };
  same(two, ed_two);
  same(three, ed_three);
  EXPECT_EQ(three.find("optional_timestamp")->type->structure->semantic, Semantic::timestamp);
  const StructType& ed = type("protobuf_test_messages.editions.TestAllTypesEdition2023");
  EXPECT_EQ(ed.find("groupliketype")->type->wire, Wire::delimited);
  type("protobuf_test_messages.edition_unstable.TestAllTypesEditionUnstable");
  type("conformance.ConformanceRequest");
}

// ---- Malformed and inconsistent sets.

using Change = void (*)(gp::FileDescriptorProto& file);

// What a load says of a small proto2 file, changed.
std::string after(Change change) {
  ProtoTexts protos(Texts{{"f.proto", R"(
    syntax = "proto2";
    package p;
    message M {
      optional int32 a = 1;
      repeated M b = 2;
      map<string, int32> c = 3;
      oneof o { string d = 4; }
      message N { optional E e = 1; }
      enum E { ONE = 1; TWO = 2; }
      extensions 100 to 200;
      reserved 50 to 60;
      reserved "gone";
    }
    extend M { optional string x = 100; }
    service S { rpc Call(M) returns (M); }
  )"}});
  gp::FileDescriptorSet set = protos.set("f.proto");
  change(*set.mutable_file(0));
  return refusal(set);
}
gp::DescriptorProto& message(gp::FileDescriptorProto& f) { return *f.mutable_message_type(0); }
gp::FieldDescriptorProto& field(gp::FileDescriptorProto& f, int i) {
  return *message(f).mutable_field(i);
}

TEST(DescriptorErrors, UnchangedItIsAccepted) {
  EXPECT_EQ(after([](gp::FileDescriptorProto&) {}), "accepted");
}

TEST(DescriptorErrors, Names) {
  EXPECT_EQ(after([](auto& f) { f.set_name(""); }), ": a file has no name");
  EXPECT_EQ(after([](auto& f) { f.set_package("p..q"); }), "f.proto: the package p..q is no name");
  EXPECT_EQ(after([](auto& f) { message(f).set_name("1M"); }), "f.proto: p: '1M' is no name");
  EXPECT_EQ(after([](auto& f) { message(f).set_name(""); }), "f.proto: p: '' is no name");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_name("\xff-"); }),
            "f.proto: p.M: '\\xff-' is no name");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_json_name("\xff"); }),
            "f.proto: p.M.a: its JSON name is not valid UTF-8");
  EXPECT_EQ(after([](auto& f) { f.mutable_service(0)->mutable_method(0)->set_name("a.b"); }),
            "f.proto: p.S: 'a.b' is no name");
}

TEST(DescriptorErrors, NamesDeclaredTwice) {
  EXPECT_EQ(after([](auto& f) { *f.add_message_type() = f.message_type(0); }),
            "f.proto: p.M: the name is declared twice");
  EXPECT_EQ(after([](auto& f) { f.mutable_service(0)->set_name("M"); }),
            "f.proto: p.M: the name is declared twice");
  EXPECT_EQ(after([](auto& f) { f.mutable_extension(0)->set_name("M"); }),
            "f.proto: p.M: the name is declared twice");
  // A package and a message.
  gp::FileDescriptorSet two;
  two.add_file()->set_name("a.proto");
  two.mutable_file(0)->set_package("p");
  two.mutable_file(0)->add_message_type()->set_name("M");
  two.add_file()->set_name("b.proto");
  two.mutable_file(1)->set_package("p.M");
  EXPECT_EQ(refusal(two), "a.proto: p.M: the name is declared twice");
  EXPECT_EQ(after([](auto& f) { field(f, 1).set_name("a"); }),
            "f.proto: p.M: the name a is declared twice");
  EXPECT_EQ(after([](auto& f) { field(f, 1).set_name("N"); }),
            "f.proto: p.M: the name N is declared twice");
  EXPECT_EQ(after([](auto& f) { field(f, 1).set_name("TWO"); }),
            "f.proto: p.M: the name TWO is declared twice");
  EXPECT_EQ(after([](auto& f) { field(f, 1).set_name("o"); }),
            "f.proto: p.M: the name o is declared twice");
  EXPECT_EQ(after([](auto& f) {
              auto& s = *f.mutable_service(0);
              *s.add_method() = s.method(0);
            }),
            "f.proto: p.S: the method Call is declared twice");
}

TEST(DescriptorErrors, Numbers) {
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_number(0); }),
            "f.proto: p.M: a: the number 0 is not between 1 and 536870911");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_number(-5); }),
            "f.proto: p.M: a: the number -5 is not between 1 and 536870911");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_number(536870912); }),
            "f.proto: p.M: a: the number 536870912 is not between 1 and 536870911");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_number(19000); }),
            "f.proto: p.M: a: numbers 19000 to 19999 are kept for Protobuf itself");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_number(536870911); }), "accepted");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_number(2); }),
            "f.proto: p.M: the number 2 is used twice, by a and b");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_number(200); }),
            "f.proto: p.M: a: the number 200 is given to extensions");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_number(60); }),
            "f.proto: p.M: a: the number 60 is reserved");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_number(61); }), "accepted");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_name("gone"); }),
            "f.proto: p.M: gone: the name is reserved");
  EXPECT_EQ(after([](auto& f) { message(f).mutable_extension_range(0)->set_end(100); }),
            "f.proto: p.M: a range of numbers is empty or out of range");
  EXPECT_EQ(after([](auto& f) { message(f).mutable_reserved_range(0)->set_end(101); }),
            "f.proto: p.M: extension ranges or reserved ranges overlap");
}

TEST(DescriptorErrors, Types) {
  EXPECT_EQ(after([](auto& f) { field(f, 1).set_type_name(".p.Nothing"); }),
            "f.proto: p.M.b: there is no type .p.Nothing");
  EXPECT_EQ(after([](auto& f) { field(f, 1).set_type_name(".p.S"); }),
            "f.proto: p.M.b: there is no type .p.S");
  EXPECT_EQ(after([](auto& f) { field(f, 1).set_type_name(".p.M.E"); }),
            "f.proto: p.M.b: .p.M.E is no message");
  EXPECT_EQ(after([](auto& f) { field(f, 1).clear_type_name(); }),
            "f.proto: p.M.b: it has no type");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_type_name(".p.M"); }),
            "f.proto: p.M.a: a number or text has no type's name");
  EXPECT_EQ(after([](auto& f) { field(f, 0).clear_type(); }), "f.proto: p.M.a: it has no type");
  EXPECT_EQ(after([](auto& f) {
              field(f, 0).clear_type();
              set_unknown(field(f, 0), 5, 19);
            }),
            "f.proto: p.M.a: its type is not known");
  EXPECT_EQ(after([](auto& f) {
              field(f, 0).clear_label();
              set_unknown(field(f, 0), 4, 4);
            }),
            "f.proto: p.M.a: its label is not known");
  EXPECT_EQ(
      after([](auto& f) { f.mutable_service(0)->mutable_method(0)->set_input_type(".p.No"); }),
      "f.proto: p.S.Call: there is no type .p.No");
  EXPECT_EQ(after([](auto& f) { f.mutable_service(0)->mutable_method(0)->set_output_type("M.E"); }),
            "f.proto: p.S.Call: M.E is no message");
}

TEST(DescriptorErrors, RelativeNames) {
  const auto named = [](const char* name) {
    ProtoTexts protos(Texts{{"f.proto", R"(
      syntax = "proto2";
      package a.b;
      message X { message Y { message X {} optional int32 f = 1; enum Z { V = 0; } } }
      message Y {}
    )"}});
    gp::FileDescriptorSet set = protos.set("f.proto");
    gp::DescriptorProto& y = *set.mutable_file(0)->mutable_message_type(0)->mutable_nested_type(0);
    y.mutable_field(0)->clear_type();
    y.mutable_field(0)->set_type_name(name);
    const Result<Schema> s = pb::load(as_bytes(set.SerializeAsString()));
    return s ? s->find_struct("a.b.X.Y")->fields[0].type->to_string() : s.error().message();
  };
  EXPECT_EQ(named("X"), "a.b.X.Y.X");
  EXPECT_EQ(named("Y"), "a.b.X.Y");
  EXPECT_EQ(named("Z"), "a.b.X.Y.Z");
  EXPECT_EQ(named("Y.Z"), "a.b.X.Y.Z");
  EXPECT_EQ(named("b.Y"), "a.b.Y");
  EXPECT_EQ(named("a.b.Y"), "a.b.Y");
  EXPECT_EQ(named(".a.b.Y"), "a.b.Y");
  // The innermost X counts, though it has no Y.
  EXPECT_EQ(named("X.Y"), "f.proto: a.b.X.Y.f: there is no type X.Y");
  EXPECT_EQ(named("V"), "f.proto: a.b.X.Y.f: there is no type V");
  EXPECT_EQ(named(".Y"), "f.proto: a.b.X.Y.f: there is no type .Y");
}

TEST(DescriptorErrors, Defaults) {
  struct Case {
    gp::FieldDescriptorProto::Type type;
    const char* text;
    const char* shown;
  };
  using F = gp::FieldDescriptorProto;
  const Case cases[] = {
      {F::TYPE_INT32, "2147483648", "i32"}, {F::TYPE_INT32, "", "i32"},
      {F::TYPE_INT32, "1 ", "i32"},         {F::TYPE_INT32, "0x10", "i32"},
      {F::TYPE_UINT32, "-1", "u32"},        {F::TYPE_UINT64, "18446744073709551616", "u64"},
      {F::TYPE_BOOL, "1", "bool"},          {F::TYPE_DOUBLE, "one", "double"},
      {F::TYPE_FLOAT, "", "float"},         {F::TYPE_DOUBLE, "1.5x", "double"},
      {F::TYPE_BYTES, "\\", "binary"},      {F::TYPE_BYTES, "\\q", "binary"},
      {F::TYPE_BYTES, "\\777", "binary"},
  };
  for (const Case& c : cases) {
    gp::FileDescriptorSet set;
    gp::FileDescriptorProto& f = *set.add_file();
    f.set_name("f.proto");
    gp::DescriptorProto& m = *f.add_message_type();
    m.set_name("M");
    gp::FieldDescriptorProto& a = *m.add_field();
    a.set_name("a");
    a.set_number(1);
    a.set_type(c.type);
    EXPECT_EQ(refusal(set), "accepted");
    a.set_default_value(c.text);
    EXPECT_EQ(refusal(set), "f.proto: M.a: the default '" + std::string(c.text) +
                                "' does not fit the type " + c.shown);
  }
  EXPECT_EQ(after([](auto& f) { field(f, 1).set_default_value(""); }),
            "f.proto: p.M.b: a repeated field has no default");
  EXPECT_EQ(after([](auto& f) {
              auto& e = *message(f).mutable_nested_type(1)->mutable_field(0);
              e.set_default_value("THREE");
            }),
            "f.proto: p.M.N.e: the default 'THREE' does not fit the type p.M.E");
  EXPECT_EQ(after([](auto& f) { field(f, 3).set_default_value("\xff"); }),
            "f.proto: p.M.d: the default is not valid UTF-8");
}

TEST(DescriptorErrors, Oneofs) {
  EXPECT_EQ(after([](auto& f) { field(f, 3).set_oneof_index(1); }),
            "f.proto: p.M: d: there is no oneof 1");
  EXPECT_EQ(after([](auto& f) { field(f, 3).set_oneof_index(-1); }),
            "f.proto: p.M: d: there is no oneof -1");
  EXPECT_EQ(after([](auto& f) { field(f, 3).clear_oneof_index(); }),
            "f.proto: p.M: the oneof o has no fields");
  EXPECT_EQ(after([](auto& f) { field(f, 1).set_oneof_index(0); }),
            "f.proto: p.M: b: a oneof's field is neither repeated nor required");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_proto3_optional(true); }),
            "f.proto: p.M: a: proto3_optional needs a oneof of its own");
  EXPECT_EQ(after([](auto& f) {
              field(f, 0).set_oneof_index(0);
              field(f, 0).set_proto3_optional(true);
            }),
            "f.proto: p.M: the oneof o of a proto3_optional field has others, too");
}

TEST(DescriptorErrors, Maps) {
  const std::string fields =
      "f.proto: p.M.c: the entry p.M.CEntry must have the singular fields key = 1 and value = 2, "
      "and nothing else";
  const std::string one = "the entry p.M.CEntry is for one map of the message that holds it";
  EXPECT_EQ(
      after([](auto& f) { message(f).mutable_nested_type(0)->mutable_field()->RemoveLast(); }),
      fields);
  EXPECT_EQ(
      after([](auto& f) { message(f).mutable_nested_type(0)->mutable_field(0)->set_number(3); }),
      fields);
  EXPECT_EQ(after([](auto& f) {
              message(f).mutable_nested_type(0)->mutable_field(1)->set_label(
                  gp::FieldDescriptorProto::LABEL_REPEATED);
            }),
            fields);
  EXPECT_EQ(after([](auto& f) { message(f).mutable_nested_type(0)->add_enum_type(); }),
            "f.proto: p.M.c: the entry p.M.CEntry must have the singular fields key = 1 and value "
            "= 2, and nothing else");
  EXPECT_EQ(after([](auto& f) {
              message(f).mutable_nested_type(0)->mutable_field(0)->set_type(
                  gp::FieldDescriptorProto::TYPE_DOUBLE);
            }),
            "f.proto: p.M.c: a map's key is an integer, a bool or a string");
  EXPECT_EQ(after([](auto& f) { field(f, 2).set_label(gp::FieldDescriptorProto::LABEL_OPTIONAL); }),
            "f.proto: p.M.c: " + one);
  EXPECT_EQ(after([](auto& f) {
              f.mutable_extension(0)->set_type_name("M.CEntry");
              f.mutable_extension(0)->set_type(gp::FieldDescriptorProto::TYPE_MESSAGE);
              f.mutable_extension(0)->set_label(gp::FieldDescriptorProto::LABEL_REPEATED);
            }),
            "f.proto: p.x: " + one);
  EXPECT_EQ(after([](auto& f) {
              auto& value = *message(f).mutable_nested_type(0)->mutable_field(1);
              value.set_type(gp::FieldDescriptorProto::TYPE_ENUM);
              value.set_type_name(".p.M.E");
            }),
            "f.proto: p.M.c: the enum of a map's values must begin with 0");
}

TEST(DescriptorErrors, Enums) {
  EXPECT_EQ(after([](auto& f) { message(f).mutable_enum_type(0)->clear_value(); }),
            "f.proto: p.M.E: the enum has no values");
  EXPECT_EQ(
      after([](auto& f) { message(f).mutable_enum_type(0)->mutable_value(1)->set_number(1); }),
      "f.proto: p.M.E: two values have the number 1, and allow_alias is not set");
  EXPECT_EQ(
      after([](auto& f) { message(f).mutable_enum_type(0)->mutable_value(1)->set_name("ONE"); }),
      "f.proto: p.M.ONE: the name is declared twice");
  EXPECT_EQ(after([](auto& f) {
              auto& r = *message(f).mutable_enum_type(0)->add_reserved_range();
              r.set_start(-7);
              r.set_end(1);
            }),
            "f.proto: p.M.E: ONE uses a reserved number");
  EXPECT_EQ(after([](auto& f) { message(f).mutable_enum_type(0)->add_reserved_name("TWO"); }),
            "f.proto: p.M.E: TWO is a reserved name");
  gp::FileDescriptorSet set;
  gp::FileDescriptorProto& f = *set.add_file();
  f.set_name("f.proto");
  f.set_syntax("proto3");
  f.add_enum_type()->set_name("E");
  f.mutable_enum_type(0)->add_value()->set_name("A");
  f.mutable_enum_type(0)->mutable_value(0)->set_number(1);
  EXPECT_EQ(refusal(set), "f.proto: E: the first value of an open enum must be 0");
}

TEST(DescriptorErrors, Extensions) {
  EXPECT_EQ(after([](auto& f) { f.mutable_extension(0)->set_number(201); }),
            "f.proto: p.x: p.M does not give the number 201 to extensions");
  EXPECT_EQ(after([](auto& f) { f.mutable_extension(0)->set_extendee(".p.M.E"); }),
            "f.proto: p.x: .p.M.E is no message");
  EXPECT_EQ(after([](auto& f) { f.mutable_extension(0)->clear_extendee(); }),
            "f.proto: p.x: an extension extends nothing");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_extendee(".p.M"); }),
            "f.proto: p.M: a: a message's own field extends none");
  EXPECT_EQ(after([](auto& f) {
              auto& x = *f.add_extension();
              x = f.extension(0);
              x.set_name("y");
            }),
            "f.proto: p.M: the number 100 is used twice, by p.x and p.y");
  EXPECT_EQ(after([](auto& f) {
              f.mutable_extension(0)->set_label(gp::FieldDescriptorProto::LABEL_REQUIRED);
            }),
            "f.proto: p.x: an extension is not required");
  EXPECT_EQ(after([](auto& f) { message(f).mutable_options()->set_message_set_wire_format(true); }),
            "f.proto: p.M: a MessageSet has extensions alone");
}

TEST(DescriptorErrors, Imports) {
  ProtoTexts protos(
      Texts{{"a.proto", "syntax = \"proto3\"; import \"b.proto\"; message A { B b = 1; }"},
            {"b.proto", "syntax = \"proto3\"; import \"c.proto\"; message B { C c = 1; }"},
            {"c.proto", "syntax = \"proto3\"; message C {}"}});
  const gp::FileDescriptorSet good = protos.set("a.proto");
  EXPECT_EQ(refusal(good), "accepted");
  gp::FileDescriptorSet set = good;
  set.mutable_file(0)->add_dependency("a.proto");  // c
  EXPECT_EQ(refusal(set), "b.proto: it imports c.proto, which imports it in turn");
  set = good;
  set.mutable_file(0)->add_dependency("c.proto");
  EXPECT_EQ(refusal(set), "c.proto: it imports c.proto, which imports it in turn");
  set = good;
  set.mutable_file(2)->add_dependency("b.proto");
  EXPECT_EQ(refusal(set), "a.proto: it imports b.proto twice");
  set = good;
  set.mutable_file()->DeleteSubrange(0, 1);
  EXPECT_EQ(refusal(set), "b.proto: it imports c.proto, which is not in the set");
  EXPECT_EQ(refusal(set, {.strict_imports = false}), "b.proto: B.c: there is no type .C");
  // A sees C only if B imports it publicly.
  set = good;
  set.mutable_file(2)->mutable_message_type(0)->mutable_field(0)->set_type_name(".C");
  EXPECT_EQ(refusal(set), "a.proto: A.b: the type .C stands in c.proto, which is not imported");
  EXPECT_EQ(refusal(set, {.strict_imports = false}), "accepted");
  set.mutable_file(1)->add_public_dependency(0);
  EXPECT_EQ(refusal(set), "accepted");
  set.mutable_file(1)->add_public_dependency(1);
  EXPECT_EQ(refusal(set), "b.proto: a public import has no such position");
}

TEST(DescriptorErrors, FilesGivenTwice) {
  ProtoTexts protos(texts());
  const gp::FileDescriptorSet set = protos.set("shop/item.proto");
  gp::FileDescriptorSet twice = set;
  twice.MergeFrom(set);
  EXPECT_EQ(loaded(twice).documents().size(), static_cast<std::size_t>(set.file_size()));
  twice.mutable_file(twice.file_size() - 1)->mutable_message_type(0)->set_name("Other");
  EXPECT_EQ(refusal(twice), "shop/item.proto: the file is given twice, and differs");
  // In several sets, or one by one.
  const std::string bytes = set.SerializeAsString();
  const Bytes sets[] = {as_bytes(bytes), as_bytes(bytes)};
  EXPECT_TRUE(pb::load_sets(sets));
  std::vector<std::string> protos_bytes;
  std::vector<Bytes> each;
  for (const gp::FileDescriptorProto& f : set.file()) protos_bytes.push_back(f.SerializeAsString());
  for (const std::string& b : protos_bytes) each.push_back(as_bytes(b));
  const Result<Schema> s = pb::load_protos(each);
  ASSERT_TRUE(s);
  EXPECT_EQ(s->documents()[0].path, "shop/item.proto");
}

TEST(DescriptorErrors, OptionsThatAreMalformed) {
  const auto with_options = [](std::string options) {
    gp::FileDescriptorSet set;
    gp::FileDescriptorProto& f = *set.add_file();
    f.set_name("f.proto");
    gp::UnknownFieldSet* unknown = f.GetReflection()->MutableUnknownFields(f.add_message_type());
    unknown->AddLengthDelimited(1, "M");
    unknown->AddLengthDelimited(7, options);
    return refusal(set);
  };
  EXPECT_EQ(with_options({"\x18\x01", 2}), "accepted");
  for (const char* bad : {"\x18", "\x1a\x05", "\x1f\x01", "\x07", "\x0b", "\x0c", "\x0b\x14",
                          "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"}) {
    EXPECT_EQ(with_options(bad),
              "f.proto: M: its options are malformed, or set a feature to an unknown value");
  }
  EXPECT_EQ(with_options("\x0b\x0c"), "accepted");  // an unknown group
}

TEST(DescriptorErrors, BytesThatAreNoSet) {
  EXPECT_EQ(pb::load({}).error().message(), "the descriptor set holds no files");
  const Result<Schema> garbage = pb::load(as_bytes("\x0a\x05garb"));
  ASSERT_FALSE(garbage);
  EXPECT_EQ(garbage.error().message(), "these bytes are no FileDescriptorSet");
  EXPECT_EQ(pb::load_file("no such file").error().code(), Errc::io);
  // An error within a file has its offset in the set.
  const std::string set("\x0a\x02\x12\x00\x0a\x03\x0a\x01\x41\x0a\x02\x0a\x05", 13);
  const Result<Schema> s = pb::load(as_bytes(set));
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code(), Errc::truncated) << s.error().to_string();
  EXPECT_GE(s.error().offset(), 11U);
}

// ---- Limits and hostile bytes.

TEST(DescriptorLimits, EachIsEnforced) {
  ProtoTexts protos(texts());
  const gp::FileDescriptorSet set = protos.set("shop/item.proto");
  EXPECT_EQ(refusal(set, {.limits = {.bytes = 100}}), "more than 100 bytes");
  EXPECT_EQ(refusal(set, {.limits = {.files = 2}}), "more than 2 files");
  EXPECT_EQ(refusal(set, {.limits = {.messages = 5}}), "more than 5 messages");
  EXPECT_EQ(refusal(set, {.limits = {.fields = 20}}), "more than 20 fields");
  EXPECT_EQ(refusal(set, {.limits = {.enum_values = 4}}), "more than 4 enum values");
  EXPECT_EQ(refusal(set, {.limits = {.methods = 2}}), "more than 2 methods");
  EXPECT_EQ(refusal(set, {.limits = {.nesting = 2}}),
            "shop/v2.proto: shop.v2.Order.Deep.Deeper: messages nest too deep");
  EXPECT_NE(refusal(set, {.limits = {.names = 2000}}).find("take more memory than allowed"),
            std::string::npos);
  const Result<Schema> small =
      pb::load(as_bytes(set.SerializeAsString()), {.limits = {.memory = 2000}});
  ASSERT_FALSE(small);
  EXPECT_TRUE(small.error().code() == Errc::memory_limit ||
              small.error().code() == Errc::size_limit);
}

TEST(DescriptorLimits, MessagesWithinMessages) {
  gp::FileDescriptorSet set;
  set.add_file()->set_name("deep.proto");
  gp::DescriptorProto* m = set.mutable_file(0)->add_message_type();
  for (int i = 0; i < 90; ++i) {
    m->set_name("M");
    m = m->add_nested_type();
  }
  m->set_name("M");
  EXPECT_EQ(pb::load(as_bytes(set.SerializeAsString())).error().code(), Errc::depth_limit);
  EXPECT_TRUE(pb::load(as_bytes(set.SerializeAsString()), {.limits = {.nesting = 91}}));
}

// Names of 60 kB within each other's scope would take gigabytes if they were written out.
TEST(DescriptorLimits, LongNamesAreCounted) {
  gp::FileDescriptorSet set;
  gp::FileDescriptorProto& f = *set.add_file();
  f.set_name("long.proto");
  f.set_package(std::string(60'000, 'p'));
  for (int i = 0; i < 20'000; ++i) f.add_message_type()->set_name("M" + std::to_string(i));
  const Result<Schema> s = pb::load(as_bytes(set.SerializeAsString()));
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code(), Errc::size_limit);
  EXPECT_LT(s.error().message().size(), 1000U);
}

// A relative name is searched for in each scope around it: many long ones take time, not memory.
TEST(DescriptorLimits, SearchesAreCounted) {
  gp::FileDescriptorSet set;
  gp::FileDescriptorProto& f = *set.add_file();
  f.set_name("search.proto");
  std::string package = "a";
  for (int i = 0; i < 10'000; ++i) package += ".a";
  f.set_package(package);
  gp::DescriptorProto& m = *f.add_message_type();
  m.set_name("M");
  for (int i = 1; i < 10'000; ++i) {
    gp::FieldDescriptorProto& x = *m.add_field();
    x.set_name("f" + std::to_string(i));
    x.set_number(i);
    x.set_type_name("b.c");
  }
  const Result<Schema> s = pb::load(as_bytes(set.SerializeAsString()));
  ASSERT_FALSE(s);
  EXPECT_NE(s.error().message().find(": there is no type b.c"), std::string::npos);
}

std::string real_set() {
  ProtoTexts protos(Texts{{"opt.proto", custom_options},
                          {"user.proto", custom_user},
                          {"shop/v2.proto", proto2_file},
                          {"shop/item.proto", proto3_file},
                          {"all.proto",
                           "syntax = \"proto3\"; import \"user.proto\"; "
                           "import \"shop/item.proto\";"}});
  gp::FileDescriptorSet set = protos.set("all.proto");
  for (gp::FileDescriptorProto& f : *set.mutable_file()) {
    if (f.name().starts_with("google/")) f.clear_source_code_info();
  }
  return set.SerializeAsString();
}

TEST(HostileDescriptors, TruncationsNeverCrash) {
  const std::string set = real_set();
  ASSERT_TRUE(pb::load(as_bytes(set)));
  std::size_t accepted = 0;
  for (std::size_t size = 0; size < set.size(); size += 1 + size / 512) {
    const std::string piece =
        set.substr(0, size);  // its own memory, so that a sanitizer sees its end
    accepted += pb::load(as_bytes(piece)).has_value() ? 1 : 0;
  }
  EXPECT_LT(accepted, 20U);  // at the ends of files alone
}

TEST(HostileDescriptors, ChangedBytesNeverCrash) {
  const std::string set = real_set();
  test::Random random(7);
  std::size_t accepted = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string changed = set;
    const std::size_t changes = 1 + random.below(3);
    for (std::size_t k = 0; k < changes; ++k) {
      const std::size_t at = random.below(changed.size());
      switch (random.below(3)) {
        case 0: changed[at] = static_cast<char>(changed[at] ^ (1 << random.below(8))); break;
        case 1: changed[at] = static_cast<char>(random.below(256)); break;
        default: changed.erase(at, 1); break;
      }
    }
    const Result<Schema> s = pb::load(as_bytes(changed), {.strict_imports = random.below(2) == 0});
    accepted += s.has_value() ? 1 : 0;
    if (!s) {
      EXPECT_LT(s.error().message().size(), 2000U);
    }
  }
  EXPECT_GT(accepted, 0U);
}

}  // namespace
}  // namespace wirejit
