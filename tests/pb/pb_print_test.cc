// pb::print: libprotobuf compiles the printed text, and its descriptors load as the same schema. A
// schema that .proto cannot express is an error that names the declaration.
// Entry: round trips over the repository's .proto files and random descriptors; then details.
#include "tests/support/protobuf_texts.h"
#include "tests/support/random_descriptor.h"
#include "tests/support/schema_dump.h"

#include <wirejit/pb.h>
#include <wirejit/pb_print.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace wirejit::test {
namespace {

namespace fs = std::filesystem;

Bytes bytes(const std::string& s) {
  return {reinterpret_cast<const std::uint8_t*>(s.data()), s.size()};
}

Schema load(const std::string& set) {
  Result<Schema> s = pb::load(bytes(set));
  EXPECT_TRUE(s.has_value()) << (s ? "" : s.error().to_string());
  return s ? *s : Schema();
}

Schema compile(const Texts& texts, const std::string& main) {
  ProtoTexts all(texts);
  return load(all.set(main).SerializeAsString());
}

std::string printed(const Schema& s) {
  if (s.empty()) {
    return {};
  }
  Result<std::string> text = pb::print(s, s.documents().front());
  EXPECT_TRUE(text.has_value()) << (text ? "" : text.error().to_string());
  return text ? *text : std::string();
}

// The sorted lines of the dump: the order of messages may differ.
std::vector<std::string> lines(const Schema& s) {
  std::istringstream in(dump(s, {.includes = false}));
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) {
    out.push_back(line);
  }
  std::ranges::sort(out);
  return out;
}

// Prints the main file, compiles it with the others, and compares in full.
void round_trip(const Schema& s, Texts texts) {
  ASSERT_FALSE(s.empty());
  const std::string main = s.documents().front().path;
  const std::string text = printed(s);
  texts[main] = text;
  const Schema again = compile(texts, main);
  if (again.empty()) {
    return;
  }
  EXPECT_EQ(lines(again), lines(s)) << text;
  EXPECT_EQ(printed(again), text);
}

std::string read(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(ProtoPrint, the_files_of_this_repository_come_back) {
  int files = 0;
  for (const char* folder : {"tests/cases", "examples", "tests/peers"}) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() != ".proto") {
        continue;
      }
      SCOPED_TRACE(entry.path());
      const std::string name = entry.path().filename();
      const Texts texts{{name, read(entry.path())}};
      ++files;
      round_trip(compile(texts, name), texts);
    }
  }
  EXPECT_GE(files, 6);
}

TEST(ProtoPrint, random_descriptors_come_back) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    round_trip(
        load(random_descriptor(seed, {.proto2 = seed % 2 == 1, .small_numbers = seed % 3 == 0})),
        {});
  }
}

TEST(ProtoPrint, proto2_with_all_its_features) {
  const Texts texts{{"other.proto", R"(syntax = "proto2";
package other;
message Other { extensions 100 to 200; }
)"},
                    {"a.proto", R"(syntax = "proto2";
package a.b;
import "other.proto";
import "google/protobuf/descriptor.proto";
option java_package = "x.\"y\"";
option (file_text) = "hello";
message Item { optional string s = 1; repeated int32 n = 2; optional Item next = 3; }
extend google.protobuf.FileOptions { optional string file_text = 50000; }
extend google.protobuf.FieldOptions {
  optional Item item = 50001;
  repeated int32 many = 50002;
}
// A message.
//
// Of many words.
message M {
  option deprecated = true;
  enum Kind { option allow_alias = true; NEG = -1; ALSO = -1; POS = 7 [deprecated = true]; }
  message Inner { required sint64 z = 1; }
  required string r = 1 [default = "a\"\\\n\001\303\244"];
  optional bytes b = 2 [default = "\000\377x"];
  optional double d = 3 [default = -inf];
  optional float f = 4 [default = 0.1];
  optional uint64 u = 5 [default = 18446744073709551615];
  optional Kind k = 6;
  optional Kind k2 = 7 [default = POS];
  repeated int32 packed = 8 [packed = true];
  repeated int32 plain = 9;
  optional group Grp = 10 { optional int32 x = 1; repeated group Deep = 2 { } }
  map<string, Inner> m = 11;
  oneof choice { int32 one = 12; group Two = 13 { optional bool y = 1; } }
  optional fixed32 fx = 14 [json_name = "other", (item).s = "q", (item).next.s = "w"];
  optional int32 custom = 15 [(many) = 1, (many) = 2];
  // An extension of another file's message.
  extend other.Other { optional Inner inner = 100; repeated sfixed64 list = 101 [packed = true]; }
}
message Set { option message_set_wire_format = true; extensions 4 to max; }
message InSet { extend Set { optional InSet in_set = 1000; } }
service S { rpc Call(M) returns (stream other.Other) { option deprecated = true; } rpc Up(stream M) returns (M); }
)"}};
  round_trip(compile(texts, "a.proto"), texts);
}

TEST(ProtoPrint, proto3_with_all_its_features) {
  const Texts texts{{"a.proto", R"(syntax = "proto3";
package p;
import "google/protobuf/timestamp.proto";
enum E { ZERO = 0; ONE = 1; }
message M {
  optional int32 o = 1;
  int32 i = 2;
  repeated E packed = 3;
  repeated E plain = 4 [packed = false];
  map<int64, E> m = 5;
  google.protobuf.Timestamp t = 6;
  message N { M up = 1; }
  oneof a { string s = 7; N n = 8; }
  int32 between = 9;
  oneof b { int32 t1 = 10; int32 t2 = 11; }
  string snake_case_name = 12;
}
)"}};
  const Schema s = compile(texts, "a.proto");
  round_trip(s, texts);
  EXPECT_TRUE(printed(s).starts_with("syntax = \"proto3\";\n\npackage p;\n")) << printed(s);
}

// Schemas that only an edition can express. The installed libprotobuf may be too old for them.
TEST(ProtoPrint, editions_for_what_proto2_and_proto3_cannot_express) {
  SchemaBuilder b;
  b.add_document("d", "d.proto");
  EnumType& e = b.add_enum("E");
  e.closed = true;
  e.values = {{.name = "A", .number = 1}};
  StructType& s = b.add_struct("S");
  s.fields.resize(5);
  const Type* types[] = {b.base(Kind::i32), b.base(Kind::string),
                         b.base(Kind::string, Wire::unchecked), b.list_of(b.base(Kind::i32)),
                         b.of(s, Wire::delimited)};
  for (std::size_t i = 0; i < 5; ++i) {
    s.fields[i].id = static_cast<std::int32_t>(i + 1);
    s.fields[i].name = std::string(1, static_cast<char>('a' + i));
    s.fields[i].type = types[i];
    if (i > 0 && i != 3) {
      s.fields[i].requiredness = Requiredness::optional;
    }
  }
  s.fields[1].requiredness = Requiredness::required;
  s.fields[3].packed = false;
  const Result<Schema> built = b.build();
  ASSERT_TRUE(built.has_value()) << built.error().to_string();
  EXPECT_EQ(printed(*built), R"(edition = "2023";

package d;

enum E {
  option features.enum_type = CLOSED;
  A = 1;
}

message S {
  int32 a = 1 [features.field_presence = IMPLICIT];
  string b = 2 [features.field_presence = LEGACY_REQUIRED];
  string c = 3 [features.utf8_validation = NONE];
  repeated int32 d = 4 [features.repeated_field_encoding = EXPANDED];
  .d.S e = 5 [features.message_encoding = DELIMITED];
}
)");
}

std::string print_error(SchemaBuilder& b) {
  const Result<Schema> s = b.build();
  if (!s) {
    return s.error().to_string();
  }
  const Result<std::string> text = pb::print(*s, s->documents().front());
  if (text) {
    return *text;
  }
  EXPECT_EQ(text.error().code(), Errc::unsupported);
  return text.error().message();
}

// A struct with one field, whose type `type` makes with the builder.
template <class Make>
std::string rejected_field(Make type, std::int32_t id = 1) {
  SchemaBuilder b;
  b.add_document("d", "d.proto");
  Field& f = b.add_struct("S").fields.emplace_back();
  f.id = id;
  f.name = "f";
  f.type = type(b);
  return print_error(b);
}

TEST(ProtoPrint, reports_what_proto_files_cannot_express) {
  const auto base = [](Kind kind) { return [=](SchemaBuilder& b) { return b.base(kind); }; };
  EXPECT_EQ(rejected_field(base(Kind::i8)), "d.S.f: .proto has no type i8");
  EXPECT_EQ(rejected_field(base(Kind::uuid)), "d.S.f: .proto has no type uuid");
  EXPECT_EQ(rejected_field(base(Kind::i32), 0), "d.S.f: .proto has no such number");
  EXPECT_EQ(rejected_field(base(Kind::i32), 19500), "d.S.f: .proto has no such number");
  const auto sets = [](SchemaBuilder& b) { return b.set_of(b.base(Kind::i32)); };
  EXPECT_EQ(rejected_field(sets), "d.S.f: .proto has no type set<i32>");
  const auto lists = [](SchemaBuilder& b) { return b.list_of(b.list_of(b.base(Kind::i32))); };
  EXPECT_EQ(rejected_field(lists), "d.S.f: .proto has no type list<i32>");
  SchemaBuilder u;
  u.add_document("d", "d.proto");
  u.add_struct("U", StructFlavor::union_);
  EXPECT_EQ(print_error(u), "d.U: .proto has no unions");
  const Result<Schema> t = thrift::load_text("const i32 C = 1 struct S {}");
  ASSERT_TRUE(t.has_value());
  EXPECT_EQ(pb::print(*t, t->documents().front()).error().code(), Errc::unsupported);
  const Result<Schema> names = thrift::load_text("namespace cpp shop struct S {}");
  ASSERT_TRUE(names.has_value());
  EXPECT_EQ(pb::print(*names, names->documents().front()).error().message(),
            "main: .proto has no namespaces of languages");
  const Result<Schema> includes = thrift::load_text("cpp_include 'a.h' struct S {}");
  ASSERT_TRUE(includes.has_value());
  EXPECT_EQ(pb::print(*includes, includes->documents().front()).error().message(),
            "main: .proto has no includes of C++");
  EXPECT_EQ(pb::print(Schema(), t->documents().front()).error().code(), Errc::not_found);
}

TEST(ProtoPrint, has_limits) {
  SchemaBuilder b;
  b.add_document("d", "d.proto");
  std::string name = "A";
  for (int i = 0; i < 100; ++i, name += ".A") {
    b.add_struct(name);
  }
  EXPECT_NE(print_error(b).find("nest so deep"), std::string::npos);
  SchemaBuilder large;
  large.add_document("d", "d.proto");
  for (int i = 0; i < 1000; ++i) {
    large.add_struct("M" + std::to_string(i));
  }
  const Result<Schema> s = large.build();
  ASSERT_TRUE(s.has_value());
  EXPECT_EQ(pb::print(*s, s->documents().front(), {.max_bytes = 1000}).error().code(),
            Errc::size_limit);
}

}  // namespace
}  // namespace wirejit::test
