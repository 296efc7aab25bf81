// Schemas from descriptors, compared with libprotobuf's descriptors of the same files.
#include "tests/support/protobuf_descriptor_cases.h"

#include <wirejit/pb.h>

#include <gtest/gtest.h>

#include <cstdlib>

namespace wirejit::test {
namespace {

void expect_same(ProtoTexts& protos, const std::string& main) {
  const Schema s = loaded(protos.set(main));
  ASSERT_FALSE(s.empty()) << main;
  expect_same_schema(s, with_imports(protos.file(main)));
}

TEST(Descriptors, Proto2AndProto3AreWhatLibprotobufSees) {
  ProtoTexts protos(descriptor_texts());
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
  ProtoTexts protos(descriptor_texts());
  const gp::FileDescriptorSet set = protos.set("shop/item.proto");
  EXPECT_EQ(loaded(set).documents()[0].path, "shop/item.proto");
  const Schema other = loaded(set, {.main = "google/protobuf/any.proto"});
  EXPECT_EQ(other.documents()[0].path, "google/protobuf/any.proto");
  EXPECT_EQ(other.documents().size(), loaded(set).documents().size());
  EXPECT_EQ(load_error(set, {.main = "none.proto"}), "there is no file none.proto in the set");
  // Bare names find what the main document declares.
  EXPECT_TRUE(loaded(set).find_struct("Item"));
  EXPECT_EQ((*loaded(set).find_struct("Order"))->full_name, "shop.v2.Order");
  EXPECT_EQ(loaded(set).documents()[0].includes.size(), 3U);
}

TEST(Descriptors, NamesOfNestedTypes) {
  ProtoTexts protos(descriptor_texts());
  const Schema s = loaded(protos.set("shop/v2.proto"));
  const StructType* deeper = &s.find_struct("shop.v2.Order.Deep.Deeper")->get();
  ASSERT_TRUE(deeper);
  EXPECT_EQ(deeper->name, "Order.Deep.Deeper");
  EXPECT_EQ(&s.find_struct("Order.Deep.Deeper")->get(), deeper);
  EXPECT_FALSE(s.find_struct("shop.v2.Order.OrdersEntry"));  // a map has no struct for its entries
  EXPECT_EQ((*s.find_enum("shop.v2.Order.Deep.Deeper.E"))->name, "Order.Deep.Deeper.E");
}

TEST(Descriptors, MethodsNameTheirMessages) {
  ProtoTexts protos(Texts{{"m.proto", R"(
    syntax = "proto3";
    package p;
    message A { int32 a = 1; }
    message B { int32 b = 2; }
    service S {
      rpc One(A) returns (B);
      rpc Up(stream A) returns (B);
      rpc Down(A) returns (stream B);
      rpc Both(stream A) returns (stream B);
    }
  )"}});
  const Schema s = loaded(protos.set("m.proto"));
  EXPECT_EQ((*s.find_struct("S.One.args"))->full_name, "p.A");
  EXPECT_EQ((*s.find_struct("p.S.Down.result"))->full_name, "p.B");
  EXPECT_EQ((*s.find_type("list<S.Up.result>"))->to_string(), "list<p.B>");
  std::string modes;
  for (const Method& m : (*s.find_service("S"))->methods) {
    modes += std::string(to_string(m.streaming())) + " ";
    EXPECT_TRUE(m.throws().empty());
  }
  EXPECT_EQ(modes, "unary client server bidirectional ");
}

TEST(Descriptors, CommentsAndPositions) {
  ProtoTexts protos(descriptor_texts());
  const Schema s = loaded(protos.set("shop/v2.proto"));
  const StructType* order = &s.find_struct("shop.v2.Order")->get();
  EXPECT_EQ(order->doc, "An order.\n\n  With an indented line.\nTrailing.\n");
  EXPECT_EQ(order->position.line, 10U);
  EXPECT_EQ(order->position.column, 1U);
  EXPECT_EQ(order->position.file, "shop/v2.proto");
  EXPECT_EQ((*s.find_service("Shop"))->methods[1].doc, "Streams.\n");
}

TEST(Descriptors, StandardOptionsAreAnnotations) {
  ProtoTexts protos(descriptor_texts());
  const Schema s = loaded(protos.set("shop/v2.proto"));
  const Document& d = s.documents()[0];
  EXPECT_EQ(*find_annotation(d.annotations, "deprecated"), "true");
  ASSERT_EQ(d.namespaces.size(), 1U);
  EXPECT_EQ(d.namespaces[0], std::pair(std::string("java"), std::string("com.example.shop")));
  EXPECT_EQ(d.namespace_annotations.size(), 1U);
  const StructType* order = &s.find_struct("Order")->get();
  EXPECT_EQ(order->find("tight")->annotations, (Annotations{{"packed", "true"}}));
  EXPECT_EQ((*s.find_enum("Order.Color"))->annotations, (Annotations{{"allow_alias", "true"}}));
  EXPECT_EQ(*find_annotation((*s.find_struct("Set"))->annotations, "message_set_wire_format"),
            "true");
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
    return (*s.find_struct("google.protobuf." + name))->semantic;
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
  EXPECT_EQ((*s.find_enum("google.protobuf.NullValue"))->semantic, Semantic::null_value);
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
  for (const StructType& t : s.structs()) {
    EXPECT_EQ(t.semantic, Semantic::none) << t.full_name;
  }
  EXPECT_EQ((*s.find_enum("NullValue"))->semantic, Semantic::none);
}

TEST(Descriptors, EqualJsonNames) {
  const auto with_syntax = [](const char* syntax) {
    gp::FileDescriptorSet set;
    gp::FileDescriptorProto& f = *set.add_file();
    f.set_name("f.proto");
    f.set_syntax(syntax);
    gp::DescriptorProto& m = *f.add_message_type();
    m.set_name("M");
    for (const char* name : {"foo_bar", "fooBar", "other_one", "last"}) {
      m.add_field()->set_name(name);
      gp::FieldDescriptorProto& added = *m.mutable_field(m.field_size() - 1);
      added.set_number(m.field_size());
      added.set_type(gp::FieldDescriptorProto::TYPE_INT32);
    }
    // Its JSON name is the one that foo_bar gets instead of its own.
    m.mutable_field(3)->set_json_name("foo_bar");
    return set;
  };
  // In proto2 such fields use their own names in JSON.
  const Schema s = loaded(with_syntax("proto2"));
  const StructType& m = *s.find_struct("M");
  EXPECT_EQ(m.fields[0].json_name, "foo_bar");
  EXPECT_EQ(m.fields[1].json_name, "fooBar");
  EXPECT_EQ(m.fields[2].json_name, "otherOne");
  EXPECT_EQ(m.fields[3].json_name, "last");
  EXPECT_EQ(load_error(with_syntax("proto3")),
            "f.proto: M: foo_bar and fooBar have the same JSON name, fooBar");
}

TEST(Descriptors, WeakImportsMayBeMissing) {
  gp::FileDescriptorSet set;
  gp::FileDescriptorProto& f = *set.add_file();
  f.set_name("f.proto");
  f.add_dependency("gone.proto");
  EXPECT_EQ(load_error(set), "f.proto: it imports gone.proto, which is not in the set");
  f.add_weak_dependency(0);
  EXPECT_EQ(load_error(set), "accepted");
  f.set_weak_dependency(0, 1);
  EXPECT_EQ(load_error(set), "f.proto: a weak import has no such position");
}

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
  for (const Annotation& x : m.find("a")->annotations) {
    a[x.name].push_back(x.value);
  }
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
  EXPECT_EQ(load_error(set),
            "opt.proto: it imports google/protobuf/descriptor.proto, which is not in the set");
  const Schema s = loaded(set, {.strict_imports = false});
  EXPECT_EQ(s.documents()[0].annotations, (Annotations{{"(opt.owner)", "me"}}));
  EXPECT_EQ((*s.find_struct("user.M"))->find("p")->annotations, (Annotations{{"(opt.i)", "5"}}));
}

// ---- Editions, which this libprotobuf does not know: their numbers are set as unknown fields.

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
  for (const std::uint64_t edition : {1000U, 1001U, 1002U, 9999U}) {
    gp::FileDescriptorSet set = protos.set("e.proto");
    set.mutable_file(0)->set_syntax("editions");
    set_unknown(*set.mutable_file(0), 14, edition);
    const Schema s = loaded(set);
    const StructType& m = *s.find_struct("ed.M");
    EXPECT_EQ(m.find("a")->requiredness, Requiredness::optional);
    EXPECT_TRUE(m.find("b")->packed);
    EXPECT_EQ(m.find("c")->type->wire, Wire::standard);  // UTF-8 is checked
    EXPECT_EQ(m.find("d")->type->wire, Wire::standard);
    EXPECT_FALSE((*s.find_enum("ed.E"))->closed);
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
  EXPECT_TRUE((*s.find_enum("ed.E"))->closed);
  EXPECT_FALSE(m.find("b")->packed);
  EXPECT_FALSE(m.find("ed.y")->packed);
  EXPECT_EQ(m.find("c")->type->wire, Wire::unchecked);
  EXPECT_EQ(m.find("g")->type->wire, Wire::unchecked);
  EXPECT_EQ(m.find("d")->type->wire, Wire::delimited);
  EXPECT_EQ(m.find("ed.x")->type->wire, Wire::delimited);
  // A map's value is always length-prefixed; its key is text like other text.
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
  EXPECT_TRUE((*s.find_enum("ed.E"))->closed);
}

TEST(DescriptorEditions, WhatFeaturesForbid) {
  ProtoTexts protos(edition_text());
  gp::FileDescriptorSet set = edition_set(protos);
  set_features(set.mutable_file(0)->mutable_options(), 50, "\x08\x02\x10\x02");
  EXPECT_EQ(load_error(set), "e.proto: ed.M.e: a field without presence needs an open enum");
  set = edition_set(protos);
  set_features(set.mutable_file(0)->mutable_options(), 50, "\x08\x04");
  EXPECT_EQ(load_error(set),
            "e.proto: its options are malformed, or set a feature to an unknown value");
  set = edition_set(protos);
  set.mutable_file(0)->mutable_message_type(0)->mutable_field(0)->set_label(
      gp::FieldDescriptorProto::LABEL_REQUIRED);
  EXPECT_EQ(load_error(set), "e.proto: ed.M.a: only proto2 has required fields");
  set = edition_set(protos);
  set.mutable_file(0)->mutable_message_type(0)->mutable_field(3)->set_type(
      gp::FieldDescriptorProto::TYPE_GROUP);
  EXPECT_EQ(load_error(set), "e.proto: ed.M.d: only proto2 has groups");
}

TEST(DescriptorEditions, UnknownEditionsAreRejected) {
  ProtoTexts protos(edition_text());
  for (const std::uint64_t edition : {0U, 1U, 900U, 998U, 999U, 1003U, 9998U, 99999U}) {
    gp::FileDescriptorSet set = protos.set("e.proto");
    set.mutable_file(0)->set_syntax("editions");
    set_unknown(*set.mutable_file(0), 14, edition);
    EXPECT_EQ(load_error(set), "e.proto: the syntax 'editions' with edition " +
                                   std::to_string(edition) + " is not known");
  }
  gp::FileDescriptorSet set = protos.set("e.proto");
  set.mutable_file(0)->set_syntax("proto4");
  EXPECT_EQ(load_error(set), "e.proto: the syntax 'proto4' with edition 0 is not known");
}

// The newest conformance suite's test messages, where the environment names their descriptor set.
TEST(DescriptorEditions, ConformanceTestMessages) {
  const char* const path = std::getenv("WIREJIT_CONFORMANCE_DESCRIPTORS");
  if (!path) {
    GTEST_SKIP() << "WIREJIT_CONFORMANCE_DESCRIPTORS names no file";
  }
  const Result<Schema> loaded = pb::load_file(path);
  ASSERT_TRUE(loaded) << loaded.error().to_string();
  const Schema& s = *loaded;
  const auto type = [&](const char* name) -> const StructType& {
    const Result<StructRef> t = s.find_struct(name);
    if (!t) {
      ADD_FAILURE() << name;
    }
    static const StructType none;
    return t ? t->get() : none;
  };
  // Files of editions express by features what the others express by syntax.
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

}  // namespace
}  // namespace wirejit::test
