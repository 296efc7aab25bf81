// compare: one test per rule, with Thrift IDL where it can express the schemas, else with built
// ones. Entry: changes(before, after) gives each change as text.
#include "tests/support/random_schema.h"

#include <wirejit/schema_diff.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <algorithm>

namespace wirejit::test {
namespace {

using Texts = std::vector<std::string>;

Schema load(const std::string& text) {
  Result<Schema> s = thrift::load_text(text, {.text_name = "a.thrift"});
  EXPECT_TRUE(s.has_value()) << (s ? "" : s.error().message());
  return s ? *s : Schema();
}

std::vector<Change> all(const Schema& before, const Schema& after,
                        WireRules rules = WireRules::any) {
  Result<std::vector<Change>> changes = compare(before, after, rules);
  EXPECT_TRUE(changes.has_value());
  return changes ? *changes : std::vector<Change>();
}

Texts texts(const std::vector<Change>& changes) {
  Texts out;
  for (const Change& c : changes) {
    out.push_back(c.to_string());
  }
  return out;
}

Texts changes(const std::string& before, const std::string& after) {
  return texts(all(load(before), load(after)));
}
// The changes of one field of the struct S.
Texts field(const std::string& before, const std::string& after) {
  const std::string head = "enum E { A = 1 } struct T { 1: i32 x } struct S { ";
  return changes(head + before + " }", head + after + " }");
}

TEST(SchemaDiff, FindsNothingWhereNothingChanged) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Schema s = random_schema(seed);
    EXPECT_EQ(texts(all(s, random_schema(seed))), Texts()) << seed;
  }
  EXPECT_EQ(texts(all(Schema(), Schema())), Texts());
}

TEST(SchemaDiff, FieldsComeAndGo) {
  EXPECT_EQ(field("1: i32 a, 2: i32 b", "1: i32 a"),
            Texts({"a.S.b: field_removed: 2: i32 b -> - (compatible)"}));
  EXPECT_EQ(field("1: i32 a", "1: i32 a, 2: optional T b"),
            Texts({"a.S.b: field_added: - -> 2: optional a.T b (compatible)"}));
  EXPECT_EQ(field("1: required i32 a", ""),
            Texts({"a.S.a: field_removed: 1: required i32 a -> - (writer breaks)"}));
  EXPECT_EQ(field("", "1: required i32 a"),
            Texts({"a.S.a: field_added: - -> 1: required i32 a (reader breaks)"}));
  EXPECT_EQ(field("1: i32 a", "2: i32 a"), Texts({"a.S.a: field_id: 1 -> 2 (both break)"}));
}

TEST(SchemaDiff, NamesMatterToJsonAlone) {
  EXPECT_EQ(field("1: i32 a", "1: i32 b"), Texts({"a.S.a: field_name: a -> b (JSON only)",
                                                  "a.S.a: json_name: a -> b (JSON only)"}));
  EXPECT_EQ(field("1: i32 a", "1: i32 a (json.name = 'x')"),
            Texts({"a.S.a: json_name: a -> x (JSON only)"}));
}

TEST(SchemaDiff, RequirednessDefaults) {
  EXPECT_EQ(field("1: i32 a", "1: optional i32 a"),
            Texts({"a.S.a: requiredness: default -> optional (compatible)"}));
  EXPECT_EQ(field("1: i32 a", "1: required i32 a"),
            Texts({"a.S.a: requiredness: default -> required (reader breaks)"}));
  EXPECT_EQ(field("1: required i32 a", "1: i32 a"),
            Texts({"a.S.a: requiredness: required -> default (writer breaks)"}));
  EXPECT_EQ(field("1: i32 a = 1", "1: i32 a = 2"),
            Texts({"a.S.a: default_value: 1 -> 2 (compatible)"}));
  EXPECT_EQ(field("1: map<i32, string> a", "1: map<i32, string> a = {1: 'x'}"),
            Texts({"a.S.a: default_value: none -> {1: \"x\"} (compatible)"}));
}

TEST(SchemaDiff, Types) {
  EXPECT_EQ(field("1: i32 a", "1: i64 a"), Texts({"a.S.a: field_type: i32 -> i64 (both break)"}));
  EXPECT_EQ(field("1: list<T> a", "1: set<T> a"),
            Texts({"a.S.a: field_type: list<a.T> -> set<a.T> (both break)"}));
  EXPECT_EQ(field("1: string a", "1: binary a"),
            Texts({"a.S.a: field_type: string -> binary (writer breaks)"}));
  EXPECT_EQ(field("1: list<binary> a", "1: list<string> a"),
            Texts({"a.S.a: field_type: list<binary> -> list<string> (reader breaks)"}));
  EXPECT_EQ(field("1: E a", "1: i32 a"), Texts({"a.S.a: field_type: a.E -> i32 (JSON only)"}));
  EXPECT_EQ(field("1: map<i32, T> a", "1: map<string, T> a"),
            Texts({"a.S.a: field_type: map<i32, a.T> -> map<string, a.T> (both break)"}));
  EXPECT_EQ(field("1: T a", "1: i32 a"), Texts({"a.S.a: field_type: a.T -> i32 (both break)"}));
}

// A struct with one field, of types that Thrift does not have.
struct Built {
  SchemaBuilder b;
  StructType* s;
  Built() {
    b.add_document("d");
    s = &b.add_struct("S");
  }
  Field& field(std::int32_t id, const Type* type) {
    Field& f = s->fields.emplace_back();
    f.id = id;
    f.name = "f" + std::to_string(id);
    f.type = type;
    return f;
  }
  Schema build() { return *b.build(); }
};

std::string effect(Kind a, Wire aw, Kind b, Wire bw, WireRules rules, bool lists = false) {
  Built x;
  Built y;
  x.field(1, x.b.base(a, aw));
  y.field(1, lists ? y.b.list_of(y.b.base(b, bw)) : y.b.base(b, bw));
  const std::vector<Change> found = all(x.build(), y.build(), rules);
  return found.empty() ? "none" : std::string(to_string(found.at(0).effect));
}

TEST(SchemaDiff, ProtobufExchangesNumbersOfOneWireType) {
  const auto pb = WireRules::protobuf;
  const Wire v = Wire::standard;
  EXPECT_EQ(effect(Kind::i32, v, Kind::i64, v, pb), "writer breaks");
  EXPECT_EQ(effect(Kind::i64, v, Kind::i32, v, pb), "reader breaks");
  EXPECT_EQ(effect(Kind::boolean, v, Kind::i32, v, pb), "writer breaks");
  EXPECT_EQ(effect(Kind::i32, v, Kind::u32, v, pb), "both break");
  EXPECT_EQ(effect(Kind::i32, v, Kind::i32, Wire::zigzag, pb), "both break");
  EXPECT_EQ(effect(Kind::i32, v, Kind::i32, Wire::zigzag, WireRules::thrift), "compatible");
  EXPECT_EQ(effect(Kind::i32, Wire::zigzag, Kind::i64, Wire::zigzag, pb), "writer breaks");
  EXPECT_EQ(effect(Kind::i32, Wire::fixed, Kind::i64, Wire::fixed, pb), "both break");
  EXPECT_EQ(effect(Kind::string, v, Kind::string, Wire::unchecked, pb), "writer breaks");
  EXPECT_EQ(effect(Kind::float32, v, Kind::float64, v, pb), "both break");
  EXPECT_EQ(effect(Kind::i32, v, Kind::i64, v, WireRules::any), "both break");
  EXPECT_EQ(effect(Kind::string, v, Kind::string, v, pb, true), "writer breaks");
  EXPECT_EQ(effect(Kind::string, v, Kind::string, v, WireRules::any, true), "both break");
  Built x;
  Built y;
  x.field(1, x.b.list_of(x.b.base(Kind::i32)));
  y.field(1, y.b.list_of(y.b.base(Kind::i32))).packed = false;
  EXPECT_EQ(texts(all(x.build(), y.build())),
            Texts({"d.S.f1: packed: packed -> unpacked (compatible)"}));
}

// The fields 1 and 2; those of `in` are in the oneof "o".
Schema with_oneof(const std::vector<int>& in, int fields = 2) {
  Built x;
  if (!in.empty()) {
    x.s->oneofs = {{.name = "o"}};
  }
  for (int i = 1; i <= fields; ++i) {
    Field& f = x.field(i, x.b.base(Kind::i32));
    f.requiredness = Requiredness::optional;
    if (std::ranges::find(in, i) != in.end()) {
      f.oneof = 0;
    }
  }
  return x.build();
}

TEST(SchemaDiff, Oneofs) {
  EXPECT_EQ(texts(all(with_oneof({}), with_oneof({1}))),
            Texts({"d.S.f1: oneof: - -> o (compatible)"}));
  EXPECT_EQ(texts(all(with_oneof({1}), with_oneof({1, 2}))),
            Texts({"d.S.f2: oneof: - -> o (reader breaks)"}));
  EXPECT_EQ(texts(all(with_oneof({1, 2}), with_oneof({1}))),
            Texts({"d.S.f2: oneof: o -> - (writer breaks)"}));
  EXPECT_EQ(texts(all(with_oneof({}, 1), with_oneof({1, 2}))).at(0),
            "d.S.f1: oneof: - -> o (compatible)");
}

TEST(SchemaDiff, Enums) {
  const std::string s = " struct S { 1: E a }";
  EXPECT_EQ(changes("enum E { A = 1, B = 2 }" + s, "enum E { A = 1 }" + s),
            Texts({"a.E.B: value_removed: 2 -> - (JSON only)"}));
  EXPECT_EQ(changes("enum E { A = 1 }" + s, "enum E { A = 1, B = 2 }" + s),
            Texts({"a.E.B: value_added: - -> 2 (JSON only)"}));
  EXPECT_EQ(changes("enum E { A = 1 }" + s, "enum E { Z = 1 }" + s),
            Texts({"a.E.A: value_name: A -> Z (JSON only)"}));
  EXPECT_EQ(changes("enum E { A = 1 }" + s, "enum E { A = 2 }" + s),
            Texts({"a.E.A: value_number: 1 -> 2 (both break)"}));
  const auto closed = [](bool is, int values) {
    SchemaBuilder b;
    b.add_document("d");
    EnumType& e = b.add_enum("E");
    e.closed = is;
    for (int i = 0; i < values; ++i) {
      e.values.push_back({.name = "V" + std::to_string(i), .number = i});
    }
    return *b.build();
  };
  EXPECT_EQ(texts(all(closed(false, 1), closed(true, 1))),
            Texts({"d.E: enum_closed: open -> closed (reader breaks)"}));
  EXPECT_EQ(texts(all(closed(true, 1), closed(false, 1))),
            Texts({"d.E: enum_closed: closed -> open (writer breaks)"}));
  EXPECT_EQ(texts(all(closed(true, 1), closed(true, 2))),
            Texts({"d.E.V1: value_added: - -> 1 (writer breaks)"}));
  EXPECT_EQ(texts(all(closed(true, 2), closed(true, 1))),
            Texts({"d.E.V1: value_removed: 1 -> - (reader breaks)"}));
}

TEST(SchemaDiff, Declarations) {
  EXPECT_EQ(
      changes("struct S {} typedef i32 T const i32 C = 1 enum E { A } service V {}", ""),
      Texts({"a.S: struct_removed: S -> - (compatible)", "a.E: enum_removed: E -> - (compatible)",
             "a.T: typedef_removed: T -> - (compatible)",
             "a.C: constant_removed: C -> - (compatible)",
             "a.V: service_removed: V -> - (reader breaks)"}));
  EXPECT_EQ(changes("const i32 C = 1", "const i32 C = 2 struct S {}"),
            Texts({"a.S: struct_added: - -> S (compatible)",
                   "a.C: constant_value: 1 -> 2 (compatible)"}));
  EXPECT_EQ(changes("struct S { 1: i32 a }", "union S { 1: i32 a }").at(0),
            "a.S: flavor: struct -> union (reader breaks)");
}

TEST(SchemaDiff, StructsOfOtherNamesAreComparedByTheirMembers) {
  EXPECT_EQ(changes("struct T { 1: i32 x } struct S { 1: list<T> a }",
                    "struct U { 1: i64 x } struct S { 1: list<U> a }"),
            Texts({"a.T: struct_removed: T -> - (compatible)",
                   "a.S.a: struct_renamed: a.T -> a.U (compatible)",
                   "a.U: struct_added: - -> U (compatible)",
                   "a.T.x: field_type: i32 -> i64 (both break)"}));
}

TEST(SchemaDiff, Services) {
  EXPECT_EQ(
      changes("service V { void a(1: i32 x) void b() }", "service V { void a(1: i64 x) void c() }"),
      Texts({"a.V.a_args.x: field_type: i32 -> i64 (both break)",
             "a.V.b: method_removed: b -> - (reader breaks)",
             "a.V.c: method_added: - -> c (compatible)"}));
  EXPECT_EQ(changes("service V { void a() }", "service V { oneway void a() }"),
            Texts({"a.V.a: method_kind: call -> oneway (both break)"}));
  EXPECT_EQ(changes("service B { void a() } service V extends B { }",
                    "service B { void a() } service V { }"),
            Texts({"a.V: service_base: a.B -> - (reader breaks)"}));
}

TEST(SchemaDiff, CompatibilityHasADirection) {
  const auto change = [](Effect e) {
    return std::vector<Change>{{.kind = ChangeKind::requiredness, .path = "p", .effect = e}};
  };
  EXPECT_TRUE(is_compatible({}, Direction::both, true));
  EXPECT_TRUE(is_compatible(change(Effect::json_only), Direction::both));
  EXPECT_FALSE(is_compatible(change(Effect::json_only), Direction::both, true));
  EXPECT_TRUE(is_compatible(change(Effect::reader_breaks), Direction::forward));
  EXPECT_FALSE(is_compatible(change(Effect::reader_breaks), Direction::backward));
  EXPECT_TRUE(is_compatible(change(Effect::writer_breaks), Direction::backward));
  EXPECT_FALSE(is_compatible(change(Effect::writer_breaks), Direction::both));
  EXPECT_FALSE(is_compatible(change(Effect::both_break), Direction::forward));
  const std::vector<Change> typed{
      {.kind = ChangeKind::field_type, .effect = Effect::writer_breaks}};
  EXPECT_FALSE(is_compatible(typed, Direction::backward, true));
}

// A ring of structs that is too long for recursion, with a value of many bytes.
TEST(SchemaDiff, HostileSchemas) {
  const auto ring = [](Kind last) {
    SchemaBuilder b;
    b.add_document("d");
    std::vector<StructType*> all;
    constexpr int count = 50000;
    for (int i = 0; i < count; ++i) {
      all.push_back(&b.add_struct((last == Kind::i32 ? "A" : "B") + std::to_string(i)));
    }
    StructType& root = b.add_struct("Root");
    root.fields.resize(1);
    root.fields[0].name = "root";
    root.fields[0].type = b.of(*all[0]);
    for (int i = 0; i < count; ++i) {
      Field& f = all[static_cast<std::size_t>(i)]->fields.emplace_back();
      f.id = 1;
      f.name = "next";
      f.type = b.of(*all[static_cast<std::size_t>((i + 1) % count)]);
    }
    Field& f = all.back()->fields.emplace_back();
    f.id = 2;
    f.name = "x";
    f.type = b.base(last);
    Field& text = root.fields.emplace_back();
    text.id = 3;
    text.name = "text";
    text.type = b.base(Kind::string);
    text.default_value = ConstValue{std::string(last == Kind::i32 ? 1000000 : 2000000, 'x')};
    return *b.build();
  };
  const std::vector<Change> found = all(ring(Kind::i32), ring(Kind::i64));
  EXPECT_EQ(std::ranges::count(found, ChangeKind::field_type, &Change::kind), 1);
  for (const Change& c : found) {
    EXPECT_LT(c.to_string().size(), 600U);
  }
}

}  // namespace
}  // namespace wirejit::test
