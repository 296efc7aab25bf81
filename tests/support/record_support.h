// The schemas that the tests of records share, built by hand, without a loader.
#pragma once

#include <wirejit/schema.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>

namespace wirejit::test {

inline ConstValue constant(std::int64_t n) { return ConstValue{n}; }
inline ConstValue constant(const char* s) { return ConstValue{std::string(s)}; }
inline ConstValue constant(ConstValue::List l) { return ConstValue{std::move(l)}; }
inline ConstValue constant(ConstValue::Map m) { return ConstValue{std::move(m)}; }

inline Field& add_field(StructType& s, std::int32_t id, std::string name, const Type* type) {
  Field& f = s.fields.emplace_back();
  f.id = id;
  f.name = std::move(name);
  f.type = type;
  return f;
}

// enum Color, struct Point, struct Node (recursive), union Choice, struct All (each kind), struct
// Defaults.
inline Schema sample_schema() {
  SchemaBuilder b;
  b.add_document("sample");
  EnumType& color = b.add_enum("Color");
  color.values = {{"red", 1, {}, {}, {}}, {"green", 2, {}, {}, {}}};
  StructType& point = b.add_struct("Point");
  add_field(point, 1, "x", b.base(Kind::i32)).default_value = constant(3);
  add_field(point, 2, "y", b.base(Kind::i32));
  StructType& node = b.add_struct("Node");
  add_field(node, 1, "value", b.base(Kind::i32));
  add_field(node, 2, "children", b.list_of(b.of(node)));
  add_field(node, 3, "next", b.of(node)).requiredness = Requiredness::optional;
  StructType& choice = b.add_struct("Choice", StructFlavor::union_);
  add_field(choice, 1, "number", b.base(Kind::i32));
  add_field(choice, 2, "text", b.base(Kind::string));
  add_field(choice, 3, "point", b.of(point));
  add_field(choice, 4, "numbers", b.list_of(b.base(Kind::i32)));

  StructType& all = b.add_struct("All");
  const std::pair<const char*, Kind> scalars[] = {
      {"flag", Kind::boolean},   {"tiny", Kind::i8},      {"small", Kind::i16},
      {"medium", Kind::i32},     {"large", Kind::i64},    {"u8", Kind::u8},
      {"u16", Kind::u16},        {"u32", Kind::u32},      {"u64", Kind::u64},
      {"single", Kind::float32}, {"real", Kind::float64}, {"text", Kind::string},
      {"blob", Kind::binary},    {"uuid", Kind::uuid}};
  std::int32_t id = 0;
  for (const auto& [name, kind] : scalars) {
    add_field(all, ++id, name, b.base(kind));
  }
  add_field(all, 20, "color", b.of(color));
  add_field(all, 21, "numbers", b.list_of(b.base(Kind::i32)));
  add_field(all, 22, "tags", b.set_of(b.base(Kind::string)));
  add_field(all, 23, "counts", b.map_of(b.base(Kind::string), b.base(Kind::i64)));
  add_field(all, 24, "point", b.of(point));
  add_field(all, 25, "points", b.list_of(b.of(point)));
  add_field(all, 26, "by_point", b.map_of(b.of(point), b.base(Kind::string)));
  add_field(all, 27, "matrix", b.list_of(b.list_of(b.base(Kind::float64))));
  add_field(all, 28, "choice", b.of(choice));
  add_field(all, 29, "flags", b.list_of(b.base(Kind::boolean)));
  add_field(all, 30, "by_tiny", b.map_of(b.base(Kind::i8), b.of(point)));
  add_field(all, 31, "sets", b.set_of(b.set_of(b.base(Kind::i32))));
  add_field(all, 32, "maps", b.list_of(b.map_of(b.base(Kind::i32), b.base(Kind::string))));

  StructType& defaults = b.add_struct("Defaults");
  add_field(defaults, 1, "number", b.base(Kind::i32)).default_value = constant(7);
  add_field(defaults, 2, "text", b.base(Kind::string)).default_value = constant("none");
  add_field(defaults, 3, "numbers", b.list_of(b.base(Kind::i32))).default_value =
      constant(ConstValue::List{constant(1), constant(2)});
  add_field(defaults, 4, "counts", b.map_of(b.base(Kind::string), b.base(Kind::i64)))
      .default_value = constant(ConstValue::Map{{constant("a"), constant(10)}});
  add_field(defaults, 5, "origin", b.of(point)).default_value =
      constant(ConstValue::Map{{constant("y"), constant(9)}});
  Field& limit = add_field(defaults, 6, "limit", b.base(Kind::i32));
  limit.default_value = constant(10);
  limit.requiredness = Requiredness::optional;
  add_field(defaults, 7, "points", b.list_of(b.of(point))).default_value =
      constant(ConstValue::List{constant(ConstValue::Map{}),
                                constant(ConstValue::Map{{constant("x"), constant(1)}})});
  add_field(defaults, 8, "uuid", b.base(Kind::uuid)).default_value =
      constant("00112233-4455-6677-8899-aabbccddeeff");
  add_field(defaults, 9, "color", b.of(color)).default_value = constant(2);
  add_field(defaults, 10, "plain", b.base(Kind::i32));
  auto schema = b.build();
  EXPECT_TRUE(schema.has_value()) << (schema ? "" : schema.error().to_string());
  return schema ? *schema : Schema();
}

}  // namespace wirejit::test
