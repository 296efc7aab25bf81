// Schemas from descriptors: compared with libprotobuf's own view of the same files, and refused
// with a clear message where the descriptors are inconsistent.
#include <wirejit/pb.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/protobuf_texts.h"
#include "tests/random_source.h"

namespace wirejit {
namespace {

using test::ProtoTexts;
namespace gp = google::protobuf;

Schema loaded(const gp::FileDescriptorSet& set, const pb::LoadOptions& options = {}) {
  Result<Schema> s = pb::load(as_bytes(set.SerializeAsString()), options);
  if (!s) {
    ADD_FAILURE() << s.error().to_string();
    return {};
  }
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
  map<sint32, Color> colors = 26;
  map<fixed64, bytes> blobs = 27;
  optional google.protobuf.Any any = 28;
  optional int32 _under__score_ = 29;
  optional int32 X = 30;
  optional double tiny = 31 [default = 1e-42];
  optional uint32 u = 32 [default = 4294967295];
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

std::map<std::string, std::string> texts() {
  return {{"shop/v2.proto", proto2_file}, {"shop/item.proto", proto3_file}};
}

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
  ProtoTexts protos({});
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
  ProtoTexts protos({{"all.proto", R"(
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
  for (const char* name : {"Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool",
                           "String", "Bytes"}) {
    EXPECT_EQ(semantic(std::string(name) + "Value"), Semantic::wrapper) << name;
  }
  EXPECT_EQ(s.find_enum("google.protobuf.NullValue")->semantic, Semantic::null_value);
}

TEST(Descriptors, AMessageThatOnlyHasTheNameOfAWellKnownTypeIsNotMarked) {
  ProtoTexts protos({{"fake.proto", R"(
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
    (opt.d) = 0.1, (opt.f) = -inf, (opt.z) = -1, (opt.z) = 2, (opt.x) = 7, (opt.x) = 4294967295,
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
  ProtoTexts protos({{"opt.proto", custom_options}, {"user.proto", custom_user}});
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
      {"(opt.f)", {"-inf"}},
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
  ProtoTexts protos({{"opt.proto", custom_options}, {"user.proto", custom_user}});
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
std::map<std::string, std::string> edition_text() {
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

TEST(DescriptorEditions, FeaturesAreInherited) {
  ProtoTexts protos(edition_text());
  gp::FileDescriptorSet set = edition_set(protos);
  gp::FileDescriptorProto& file = *set.mutable_file(0);
  // IMPLICIT, CLOSED, EXPANDED, NONE, DELIMITED for the whole file.
  set_features(file.mutable_options(), 50, "\x08\x02\x10\x02\x18\x02\x20\x03\x28\x02");
  Schema s = loaded(set);
  EXPECT_EQ(s.find_struct("ed.M"), nullptr);  // a closed enum of implicit presence begins with 0
  s = Schema();
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

}  // namespace
}  // namespace wirejit
