// The offsets of the fields of records, their default bytes, and the schemas that are rejected.
#include "record/layout.h"
#include "tests/support/record_support.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <string>

namespace wirejit::record {
namespace {

using test::add_field;
using test::constant;

std::shared_ptr<const RecordLayouts> layouts_of(const Schema& schema, std::string_view type,
                                                const RecordLayoutOptions& options = {}) {
  auto made = RecordLayouts::make(schema, *schema.type_of(*schema.find_struct(type)), options);
  EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().to_string());
  return made ? *made : nullptr;
}

// The error of a struct whose schema `fill` completes.
template <class F>
Errc error_of(F fill, const RecordLayoutOptions& options = {}) {
  SchemaBuilder b;
  b.add_document("d");
  StructType& s = b.add_struct("S");
  fill(b, s);
  const Schema schema = *b.build();
  const auto made = RecordLayouts::make(schema, *schema.type_of(*schema.find_struct("S")), options);
  return made ? Errc::ok : made.error().code();
}

template <class T>
T load(const std::uint8_t* at) {
  T v;
  std::memcpy(&v, at, sizeof v);
  return v;
}

TEST(RecordLayout, FieldsNeitherOverlapNorCrossTheirAlignment) {
  const Schema schema = test::sample_schema();
  for (const bool keep : {false, true}) {
    RecordLayoutOptions options;
    options.keep_unknown = keep;
    const auto layouts = layouts_of(schema, "All", options);
    const StructLayout& all = layouts->of(*schema.find_struct("All"));
    std::set<std::uint32_t> taken;
    for (const Member& m : all.members) {
      EXPECT_EQ(m.offset % m.layout->align, 0U) << m.name;
      for (std::uint32_t i = 0; i < m.layout->size; ++i) {
        EXPECT_TRUE(taken.insert(m.offset + i).second) << m.name;
        EXPECT_LT(m.offset + i, all.size) << m.name;
      }
    }
    const std::uint32_t head = 8 + (keep ? 24 : 0);  // 27 presence bits, unknown fields
    EXPECT_EQ(*taken.begin(), head);
    EXPECT_EQ(all.unknown_offset, keep ? 8 : -1);
    EXPECT_LT(all.size - head - taken.size(), 8U);  // packed
    EXPECT_EQ(all.size % 8, 0U);
  }
}

TEST(RecordLayout, MembersAreThoseOfTheSchemaByPosition) {
  const Schema schema = test::sample_schema();
  const StructType& type = *schema.find_struct("All");
  const auto layouts = layouts_of(schema, "All");
  const StructLayout& all = layouts->of(type);
  ASSERT_EQ(all.members.size(), type.fields.size());
  EXPECT_EQ(all.presence_bits, type.fields.size());
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    EXPECT_EQ(all.members[i].id, type.fields[i].id);
    EXPECT_EQ(all.members[i].name, type.fields[i].name);
    EXPECT_EQ(all.members[i].presence_bit, static_cast<int>(i));
    EXPECT_EQ(all.members[i].is_binary, type.fields[i].type->kind == Kind::binary);
  }
}

TEST(RecordLayout, FormsFollowTheKinds) {
  const Schema schema = test::sample_schema();
  const auto layouts = layouts_of(schema, "All");
  const StructLayout& all = layouts->of(*schema.find_struct("All"));
  const auto form = [&](std::int32_t id) { return all.find(id)->layout->form; };
  EXPECT_EQ(form(1), Form::scalar);
  EXPECT_EQ(form(12), Form::view);
  EXPECT_EQ(form(14), Form::array);
  EXPECT_EQ(form(21), Form::span);
  EXPECT_EQ(form(22), Form::span);
  EXPECT_EQ(form(23), Form::entries);
  EXPECT_EQ(form(24), Form::boxed);
  const Layout& points = *all.find(25)->layout;
  EXPECT_EQ(points.element->form, Form::structure);
  EXPECT_EQ(points.stride, 16U);  // presence word, two i32
  EXPECT_EQ(points.element->structure(), &layouts->of(*schema.find_struct("Point")));
  EXPECT_EQ(all.find(24)->layout->structure(), points.element->structure());
  EXPECT_TRUE(all.find(13)->layout->any_bytes);
  EXPECT_FALSE(all.find(12)->layout->any_bytes);
}

TEST(RecordLayout, EntriesAreLaidOutNaturally) {
  const Schema schema = test::sample_schema();
  const auto layouts = layouts_of(schema, "All");
  const StructLayout& all = layouts->of(*schema.find_struct("All"));
  const Layout& text_to_i64 = *all.find(23)->layout;
  EXPECT_EQ(text_to_i64.value_offset, 16U);
  EXPECT_EQ(text_to_i64.stride, 24U);
  const Layout& i8_to_point = *all.find(30)->layout;
  EXPECT_EQ(i8_to_point.value_offset, 8U);
  EXPECT_EQ(i8_to_point.stride, 24U);
}

TEST(RecordLayout, RecursiveStructsAreLaidOutOnce) {
  const Schema schema = test::sample_schema();
  const auto layouts = layouts_of(schema, "Node");
  const StructLayout& node = layouts->of(*schema.find_struct("Node"));
  EXPECT_EQ(node.find(2)->layout->element->structure(), &node);
  EXPECT_EQ(node.find(3)->layout->structure(), &node);
  EXPECT_EQ(node.find(2)->layout->stride, node.size);
}

TEST(RecordLayout, AnEmptyStructStillHasASize) {
  SchemaBuilder b;
  b.add_document("d");
  b.add_struct("Empty");
  const Schema schema = *b.build();
  EXPECT_EQ(layouts_of(schema, "Empty")->root_layout().size, 8U);
}

TEST(RecordLayout, RootsOfOtherKinds) {
  const Schema schema = test::sample_schema();
  const Type& list = *(*schema.find_struct("All"))->find(25)->type;
  const auto layouts = RecordLayouts::make(schema, list);
  ASSERT_TRUE(layouts.has_value());
  EXPECT_EQ((*layouts)->root_layout().form, Form::span);
  EXPECT_NE((*layouts)->find(*schema.find_struct("Point")), nullptr);
  EXPECT_EQ((*layouts)->find(*schema.find_struct("Node")), nullptr);
}

TEST(RecordLayout, DefaultBytesHoldDefaults) {
  const Schema schema = test::sample_schema();
  const auto layouts = layouts_of(schema, "Defaults");
  const StructLayout& s = layouts->of(*schema.find_struct("Defaults"));
  const auto at = [&](std::int32_t id) { return s.default_bytes + s.find(id)->offset; };
  EXPECT_EQ(load<std::int32_t>(at(1)), 7);
  EXPECT_EQ((std::string_view{load<const char*>(at(2)), load<std::size_t>(at(2) + 8)}), "none");
  EXPECT_EQ(load<std::size_t>(at(3) + 8), 2U);
  EXPECT_EQ(load<std::int32_t>(load<const std::uint8_t*>(at(3)) + 4), 2);
  EXPECT_EQ(at(8)[0], 0x00);
  EXPECT_EQ(at(8)[15], 0xff);
  // All but the optional one and the one without a default are present.
  EXPECT_EQ(load<std::uint64_t>(s.default_bytes), 0b0111011111U);
  EXPECT_EQ(load<std::int32_t>(at(6)), 10);
  // The nested struct: its own default for x, the given value for y.
  const StructLayout& point = layouts->of(*schema.find_struct("Point"));
  const auto* origin = load<const std::uint8_t*>(at(5));
  EXPECT_EQ(load<std::int32_t>(origin + point.find(1)->offset), 3);
  EXPECT_EQ(load<std::int32_t>(origin + point.find(2)->offset), 9);
  EXPECT_EQ(load<std::uint64_t>(origin), 0b11U);
}

TEST(RecordLayout, UnionsBeginEmptyInSpiteOfDefaults) {
  SchemaBuilder b;
  b.add_document("d");
  StructType& u = b.add_struct("U", StructFlavor::union_);
  add_field(u, 1, "n", b.base(Kind::i32)).default_value = constant(5);
  const Schema schema = *b.build();
  const auto layouts = layouts_of(schema, "U");
  const StructLayout& layout = layouts->of(*schema.find_struct("U"));
  for (std::uint32_t i = 0; i < layout.size; ++i) {
    EXPECT_EQ(layout.default_bytes[i], 0);
  }
}

TEST(RecordLayout, RejectsRecordsThatAreTooLarge) {
  const auto many = [](std::int32_t count) {
    return [count](SchemaBuilder& b, StructType& s) {
      for (std::int32_t i = 1; i <= count; ++i) {
        add_field(s, i, "f" + std::to_string(i), b.base(Kind::string));
      }
    };
  };
  EXPECT_EQ(error_of(many(60000)), Errc::ok);
  EXPECT_EQ(error_of(many(70000)), Errc::size_limit);
  RecordLayoutOptions small;
  small.max_record_size = 64;
  EXPECT_EQ(error_of(many(3), small), Errc::ok);  // 8 + 48
  EXPECT_EQ(error_of(many(4), small), Errc::size_limit);
}

TEST(RecordLayout, RejectsADefaultThatContainsItself) {
  EXPECT_EQ(error_of([](SchemaBuilder& b, StructType& s) {
              add_field(s, 1, "self", b.of(s)).default_value = constant(ConstValue::Map{});
            }),
            Errc::schema_invalid);
  EXPECT_EQ(error_of([](SchemaBuilder& b, StructType& s) {
              StructType& t = b.add_struct("T");
              add_field(t, 1, "s", b.of(s)).default_value = constant(ConstValue::Map{});
              add_field(s, 1, "ts", b.list_of(b.of(t))).default_value =
                  constant(ConstValue::List{constant(ConstValue::Map{})});
            }),
            Errc::schema_invalid);
}

TEST(RecordLayout, RejectsDefaultsThatExpandExponentially) {
  const auto tower = [](int height) {
    return [height](SchemaBuilder& b, StructType& s) {
      StructType* below = &b.add_struct("L0");
      for (int i = 1; i <= height; ++i) {
        StructType& level = i == height ? s : b.add_struct("L" + std::to_string(i));
        add_field(level, 1, "a", b.of(*below)).default_value = constant(ConstValue::Map{});
        add_field(level, 2, "b", b.of(*below)).default_value = constant(ConstValue::Map{});
        below = &level;
      }
    };
  };
  EXPECT_EQ(error_of(tower(10)), Errc::ok);
  EXPECT_EQ(error_of(tower(40)), Errc::size_limit);
}

TEST(RecordLayout, RejectsDefaultsThatTakeTooMuchMemory) {
  EXPECT_EQ(error_of([](SchemaBuilder& b, StructType& s) {
              StructType& big = b.add_struct("Big");
              for (std::int32_t i = 1; i <= 5000; ++i) {
                add_field(big, i, "f" + std::to_string(i), b.base(Kind::string));
              }
              add_field(s, 1, "bigs", b.list_of(b.of(big))).default_value =
                  constant(ConstValue::List(1000, constant(ConstValue::Map{})));
            }),
            Errc::size_limit);
}

TEST(RecordLayout, RejectsChainsOfDefaultsThatAreTooDeep) {
  EXPECT_EQ(error_of([](SchemaBuilder& b, StructType& s) {
              StructType* above = &s;
              // Each level is a default of the one above: a depth-first walk is too deep.
              for (int i = 0; i < 100000; ++i) {
                StructType& level = b.add_struct("L" + std::to_string(i));
                add_field(*above, 1, "next", b.of(level)).default_value =
                    constant(ConstValue::Map{});
                above = &level;
              }
            }),
            Errc::depth_limit);
}

}  // namespace
}  // namespace wirejit::record
