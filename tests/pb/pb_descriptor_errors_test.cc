// Inconsistent descriptors are rejected with a message that names file and declaration.
#include "tests/support/protobuf_descriptor_cases.h"

#include <wirejit/pb.h>

#include <gtest/gtest.h>

namespace wirejit::test {
namespace {

// ---- Malformed and inconsistent sets.

using Change = void (*)(gp::FileDescriptorProto& file);

// The error of loading a small proto2 file after a change.
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
  return load_error(set);
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
  EXPECT_EQ(after([](auto& f) { f.set_package("p..q"); }),
            "f.proto: the package 'p..q' is not a valid name");
  EXPECT_EQ(after([](auto& f) { message(f).set_name("1M"); }),
            "f.proto: p: '1M' is not a valid name");
  EXPECT_EQ(after([](auto& f) { message(f).set_name(""); }), "f.proto: p: '' is not a valid name");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_name("\xff-"); }),
            "f.proto: p.M: '\\xff-' is not a valid name");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_json_name("\xff"); }),
            "f.proto: p.M.a: its JSON name is not valid UTF-8");
  EXPECT_EQ(after([](auto& f) { f.mutable_service(0)->mutable_method(0)->set_name("a.b"); }),
            "f.proto: p.S: 'a.b' is not a valid name");
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
  EXPECT_EQ(load_error(two), "a.proto: p.M: the name is declared twice");
  EXPECT_EQ(after([](auto& f) { field(f, 1).set_name("a"); }),
            "f.proto: p.M: the name 'a' is declared twice");
  EXPECT_EQ(after([](auto& f) { field(f, 1).set_name("N"); }),
            "f.proto: p.M: the name 'N' is declared twice");
  EXPECT_EQ(after([](auto& f) { field(f, 1).set_name("TWO"); }),
            "f.proto: p.M: the name 'TWO' is declared twice");
  EXPECT_EQ(after([](auto& f) { field(f, 1).set_name("o"); }),
            "f.proto: p.M: the name 'o' is declared twice");
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
            "f.proto: p.M: a: the numbers 19000 to 19999 are reserved for Protobuf itself");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_number(536870911); }), "accepted");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_number(2); }),
            "f.proto: p.M: the number 2 is used twice, by 'a' and 'b'");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_number(200); }),
            "f.proto: p.M: a: the number 200 is in an extension range");
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
            "f.proto: p.M.b: unknown type '.p.Nothing'");
  EXPECT_EQ(after([](auto& f) { field(f, 1).set_type_name(".p.S"); }),
            "f.proto: p.M.b: unknown type '.p.S'");
  EXPECT_EQ(after([](auto& f) { field(f, 1).set_type_name(".p.M.E"); }),
            "f.proto: p.M.b: .p.M.E is not a message");
  EXPECT_EQ(after([](auto& f) { field(f, 1).clear_type_name(); }),
            "f.proto: p.M.b: it has no type");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_type_name(".p.M"); }),
            "f.proto: p.M.a: a scalar field cannot have a type name");
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
      "f.proto: p.S.Call: unknown type '.p.No'");
  EXPECT_EQ(after([](auto& f) { f.mutable_service(0)->mutable_method(0)->set_output_type("M.E"); }),
            "f.proto: p.S.Call: M.E is not a message");
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
    return s ? (*s->find_struct("a.b.X.Y"))->fields[0].type->to_string() : s.error().message();
  };
  EXPECT_EQ(named("X"), "a.b.X.Y.X");
  EXPECT_EQ(named("Y"), "a.b.X.Y");
  EXPECT_EQ(named("Z"), "a.b.X.Y.Z");
  EXPECT_EQ(named("Y.Z"), "a.b.X.Y.Z");
  EXPECT_EQ(named("b.Y"), "a.b.Y");
  EXPECT_EQ(named("a.b.Y"), "a.b.Y");
  EXPECT_EQ(named(".a.b.Y"), "a.b.Y");
  // The innermost X is used, although it has no Y.
  EXPECT_EQ(named("X.Y"), "f.proto: a.b.X.Y.f: unknown type 'X.Y'");
  EXPECT_EQ(named("V"), "f.proto: a.b.X.Y.f: unknown type 'V'");
  EXPECT_EQ(named(".Y"), "f.proto: a.b.X.Y.f: unknown type '.Y'");
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
    EXPECT_EQ(load_error(set), "accepted");
    a.set_default_value(c.text);
    EXPECT_EQ(load_error(set), "f.proto: M.a: the default '" + std::string(c.text) +
                                   "' does not fit the type " + c.shown);
  }
  EXPECT_EQ(after([](auto& f) { field(f, 1).set_default_value(""); }),
            "f.proto: p.M.b: a repeated field cannot have a default");
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
            "f.proto: p.M: b: a field of a oneof cannot be repeated or required");
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
  const std::string one =
      "the entry p.M.CEntry can only be used by one map field of the message that declares it";
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
            "f.proto: p.M.c: a map's key must be an integer, a bool or a string");
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
  EXPECT_EQ(load_error(set), "f.proto: E: the first value of an open enum must be 0");
}

TEST(DescriptorErrors, Extensions) {
  EXPECT_EQ(after([](auto& f) { f.mutable_extension(0)->set_number(201); }),
            "f.proto: p.x: p.M has no extension range with the number 201");
  EXPECT_EQ(after([](auto& f) { f.mutable_extension(0)->set_extendee(".p.M.E"); }),
            "f.proto: p.x: .p.M.E is not a message");
  EXPECT_EQ(after([](auto& f) { f.mutable_extension(0)->clear_extendee(); }),
            "f.proto: p.x: an extension has no extendee");
  EXPECT_EQ(after([](auto& f) { field(f, 0).set_extendee(".p.M"); }),
            "f.proto: p.M: a: a field of a message cannot have an extendee");
  EXPECT_EQ(after([](auto& f) {
              auto& x = *f.add_extension();
              x = f.extension(0);
              x.set_name("y");
            }),
            "f.proto: p.M: the number 100 is used twice, by 'p.x' and 'p.y'");
  EXPECT_EQ(after([](auto& f) {
              f.mutable_extension(0)->set_label(gp::FieldDescriptorProto::LABEL_REQUIRED);
            }),
            "f.proto: p.x: an extension cannot be required");
  EXPECT_EQ(after([](auto& f) { message(f).mutable_options()->set_message_set_wire_format(true); }),
            "f.proto: p.M: a MessageSet can only have extensions");
}

TEST(DescriptorErrors, Imports) {
  ProtoTexts protos(
      Texts{{"a.proto", "syntax = \"proto3\"; import \"b.proto\"; message A { B b = 1; }"},
            {"b.proto", "syntax = \"proto3\"; import \"c.proto\"; message B { C c = 1; }"},
            {"c.proto", "syntax = \"proto3\"; message C {}"}});
  const gp::FileDescriptorSet good = protos.set("a.proto");
  EXPECT_EQ(load_error(good), "accepted");
  gp::FileDescriptorSet set = good;
  set.mutable_file(0)->add_dependency("a.proto");  // c
  EXPECT_EQ(load_error(set), "b.proto: it imports c.proto, which imports it in turn");
  set = good;
  set.mutable_file(0)->add_dependency("c.proto");
  EXPECT_EQ(load_error(set), "c.proto: it imports c.proto, which imports it in turn");
  set = good;
  set.mutable_file(2)->add_dependency("b.proto");
  EXPECT_EQ(load_error(set), "a.proto: it imports b.proto twice");
  set = good;
  set.mutable_file()->DeleteSubrange(0, 1);
  EXPECT_EQ(load_error(set), "b.proto: it imports c.proto, which is not in the set");
  EXPECT_EQ(load_error(set, {.strict_imports = false}), "b.proto: B.c: unknown type '.C'");
  // A sees C only if B imports it publicly.
  set = good;
  set.mutable_file(2)->mutable_message_type(0)->mutable_field(0)->set_type_name(".C");
  EXPECT_EQ(load_error(set),
            "a.proto: A.b: the type .C is declared in c.proto, which is not imported");
  EXPECT_EQ(load_error(set, {.strict_imports = false}), "accepted");
  set.mutable_file(1)->add_public_dependency(0);
  EXPECT_EQ(load_error(set), "accepted");
  set.mutable_file(1)->add_public_dependency(1);
  EXPECT_EQ(load_error(set), "b.proto: a public import has no such position");
}

TEST(DescriptorErrors, FilesGivenTwice) {
  ProtoTexts protos(descriptor_texts());
  const gp::FileDescriptorSet set = protos.set("shop/item.proto");
  gp::FileDescriptorSet twice = set;
  twice.MergeFrom(set);
  EXPECT_EQ(loaded(twice).documents().size(), static_cast<std::size_t>(set.file_size()));
  twice.mutable_file(twice.file_size() - 1)->mutable_message_type(0)->set_name("Other");
  EXPECT_EQ(load_error(twice), "shop/item.proto: two different files have this name");
  // The files are in several sets, or are loaded one by one.
  const std::string bytes = set.SerializeAsString();
  const Bytes sets[] = {as_bytes(bytes), as_bytes(bytes)};
  EXPECT_TRUE(pb::load_sets(sets));
  std::vector<std::string> protos_bytes;
  std::vector<Bytes> each;
  for (const gp::FileDescriptorProto& f : set.file()) {
    protos_bytes.push_back(f.SerializeAsString());
  }
  for (const std::string& b : protos_bytes) {
    each.push_back(as_bytes(b));
  }
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
    return load_error(set);
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
  EXPECT_EQ(garbage.error().message(), "these bytes are not a FileDescriptorSet");
  EXPECT_EQ(pb::load_file("no such file").error().code(), Errc::io);
  // An error within a file has its offset in the set.
  const std::string set("\x0a\x02\x12\x00\x0a\x03\x0a\x01\x41\x0a\x02\x0a\x05", 13);
  const Result<Schema> s = pb::load(as_bytes(set));
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code(), Errc::truncated) << s.error().to_string();
  EXPECT_GE(s.error().offset(), 11U);
}

}  // namespace
}  // namespace wirejit::test
