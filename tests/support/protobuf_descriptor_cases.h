// What the tests of descriptors share: a load that must succeed, a load that must fail, and .proto
// texts that have everything.
// Entry: loaded, load_error, descriptor_texts. Invariant: libprotobuf compiles all texts.
#pragma once

#include "tests/support/protobuf_texts.h"

#include <wirejit/pb.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace wirejit::test {

// Throws, which fails the test, if the set is rejected.
inline Schema loaded(const gp::FileDescriptorSet& set, const pb::LoadOptions& options = {}) {
  Result<Schema> s = pb::load(as_bytes(set.SerializeAsString()), options);
  if (!s) {
    throw std::runtime_error(s.error().to_string());
  }
  return *s;
}

// The message, or "accepted".
inline std::string load_error(const gp::FileDescriptorSet& set,
                              const pb::LoadOptions& options = {}) {
  const Result<Schema> s = pb::load(as_bytes(set.SerializePartialAsString()), options);
  return s ? "accepted" : s.error().message();
}

// Sets a field that libprotobuf 3.21 does not have, or a number that is not in its enum.
inline void set_unknown(gp::Message& m, int number, std::uint64_t value) {
  m.GetReflection()->MutableUnknownFields(&m)->AddVarint(number, value);
}

inline constexpr const char* proto2_file = R"(
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

inline constexpr const char* proto3_file = R"(
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

// Every kind of field, in either syntax.
inline Texts descriptor_texts() {
  return {{"shop/v2.proto", proto2_file}, {"shop/item.proto", proto3_file}};
}

// Custom options of all kinds, and a user of them.
inline constexpr const char* custom_options = R"(
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
inline constexpr const char* custom_user = R"(
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

}  // namespace wirejit::test
