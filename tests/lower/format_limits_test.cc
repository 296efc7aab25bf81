// What a format cannot hold is rejected when the codec is made, naming the field: a table of
// schemas and formats. What it can hold is accepted.
#include "tests/support/record_support.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/record_codec.h>
#include <wirejit/reflect.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace wirejit::test {

struct LimitsWide {
  std::int32_t a = 0;
  std::int32_t b = 0;
};
struct LimitsHolder {
  std::map<std::string, std::vector<LimitsWide>> all;
};
struct LimitsUnion {
  std::optional<std::int32_t> number;
  std::optional<std::vector<std::int32_t>> numbers;
};
WIREJIT_STRUCT(LimitsWide, (1, a), (65537, b))
WIREJIT_STRUCT(LimitsHolder, (1, all))
WIREJIT_UNION(LimitsUnion, (1, number), (2, numbers))

namespace {

struct Case {
  const char* name;
  std::function<void(SchemaBuilder&, StructType&)> fill;
  // Part of the error's message; null if the format can hold the type.
  const char* thrift = nullptr;
  const char* pb = nullptr;
  const char* json = nullptr;
  const char* protojson = nullptr;
  const char* own_names = nullptr;    // ProtoJSON with preserve_proto_names
  const char* thrift_json = nullptr;  // where Thrift's other formats can hold it
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

using Fill = std::function<void(SchemaBuilder&, StructType&)>;

Fill numbered(std::int32_t id) {
  return [id](SchemaBuilder& b, StructType& s) { add_field(s, id, "f", b.base(Kind::i32)); };
}
using MakeType = std::function<const Type*(SchemaBuilder&)>;
Fill typed(MakeType type) {
  return [type](SchemaBuilder& b, StructType& s) { add_field(s, 1, "f", type(b)); };
}
Fill kind(Kind k) {
  return typed([k](SchemaBuilder& b) { return b.base(k); });
}
Fill key(Kind k) {
  return typed([k](SchemaBuilder& b) { return b.map_of(b.base(k), b.base(Kind::i32)); });
}
const Type* ints(SchemaBuilder& b) { return b.list_of(b.base(Kind::i32)); }
const Type* counts(SchemaBuilder& b) { return b.map_of(b.base(Kind::i32), b.base(Kind::i32)); }

Fill member(MakeType type, Requiredness requiredness = Requiredness::optional) {
  return [type, requiredness](SchemaBuilder& b, StructType& s) {
    StructType& u = b.add_struct("Either", StructFlavor::union_);
    add_field(u, 1, "number", b.base(Kind::i32)).requiredness = requiredness;
    add_field(u, 2, "other", type(b)).requiredness = requiredness;
    add_field(s, 1, "either", b.of(u));
  };
}
Fill with_default(MakeType type, ConstValue value) {
  return [type, value](SchemaBuilder& b, StructType& s) {
    add_field(s, 1, "f", type(b)).default_value = value;
  };
}
Fill required(MakeType type) {
  return [type](SchemaBuilder& b, StructType& s) {
    add_field(s, 1, "f", type(b)).requiredness = Requiredness::required;
  };
}
Fill nested(std::int32_t id) {
  return [id](SchemaBuilder& b, StructType& s) {
    StructType& inner = b.add_struct("Inner");
    add_field(inner, id, "deep", b.base(Kind::string));
    add_field(inner, 2, "again", b.map_of(b.base(Kind::string), b.of(inner)));
    StructType& middle = b.add_struct("Middle");
    add_field(middle, 1, "inner", b.of(inner)).requiredness = Requiredness::optional;
    add_field(s, 1, "middles", b.map_of(b.base(Kind::string), b.of(middle)));
  };
}
Fill renamed(const char* first, const char* second) {
  return [first, second](SchemaBuilder& b, StructType& s) {
    add_field(s, 1, "a", b.base(Kind::i32)).json_name = first;
    add_field(s, 2, "b", b.base(Kind::i32)).json_name = second;
  };
}

constexpr const char* thrift_json_keys =
    "S.f = 1: Thrift's JSON has no map whose keys are structs or containers";
constexpr const char* thrift_ids = "Thrift has ids from -32768 to 32767";
constexpr const char* pb_numbers = "Protobuf numbers fields from 1 to 536870911";
constexpr const char* pb_reserved = "Protobuf reserves the numbers from 19000 to 19999";
constexpr const char* pb_type = "S.f = 1: Protobuf has no fields of type ";

const Case cases[] = {
    {"first_number", numbered(1)},
    {"zero", numbered(0), nullptr, pb_numbers},
    {"negative", numbered(-1), nullptr, pb_numbers},
    {"least_of_thrift", numbered(-32768), nullptr, pb_numbers},
    {"less_than_thrift_has", numbered(-32769), "S.f = -32769: Thrift has ids", pb_numbers},
    {"most_of_thrift", numbered(32767)},
    {"more_than_thrift_has", numbered(32768), thrift_ids},
    {"beyond_16_bits", numbered(65537), "S.f = 65537: Thrift has ids"},
    {"before_the_reserved", numbered(18999)},
    {"first_reserved", numbered(19000), nullptr, pb_reserved},
    {"last_reserved", numbered(19999), nullptr, "S.f = 19999: Protobuf reserves"},
    {"after_the_reserved", numbered(20000)},
    {"most_of_protobuf", numbered(536870911), thrift_ids},
    {"more_than_protobuf_has", numbered(536870912), thrift_ids, pb_numbers},
    {"of_an_inner_struct", nested(65537), "Inner.deep = 65537: Thrift has ids"},
    {"of_an_inner_struct_negative", nested(-5), nullptr, "Inner.deep = -5: Protobuf numbers"},

    {"i8", kind(Kind::i8)},
    {"i16", kind(Kind::i16)},
    {"u8", kind(Kind::u8), "Thrift has no u8"},
    {"u32", kind(Kind::u32), "Thrift has no u32"},
    {"u64", kind(Kind::u64), "S.f = 1: Thrift has no u64"},
    {"float32", kind(Kind::float32), "Thrift has no float"},
    {"binary", kind(Kind::binary)},
    {"uuid", kind(Kind::uuid), nullptr, pb_type},
    {"list", typed(ints)},
    {"set", typed([](SchemaBuilder& b) { return b.set_of(b.base(Kind::i32)); })},
    {"list_of_u32", typed([](SchemaBuilder& b) { return b.list_of(b.base(Kind::u32)); }),
     "Thrift has no u32"},
    {"list_of_lists", typed([](SchemaBuilder& b) { return b.list_of(ints(b)); }), nullptr, pb_type},
    {"list_of_maps", typed([](SchemaBuilder& b) { return b.list_of(counts(b)); }), nullptr,
     pb_type},
    {"map_of_lists", typed([](SchemaBuilder& b) { return b.map_of(b.base(Kind::i32), ints(b)); }),
     nullptr, pb_type},
    {"list_of_uuids", typed([](SchemaBuilder& b) { return b.list_of(b.base(Kind::uuid)); }),
     nullptr, pb_type},
    {"key_i64", key(Kind::i64)},
    {"key_string", key(Kind::string)},
    // Protobuf's language does not have these maps, but its wire format can: an entry is a message.
    {"key_binary", key(Kind::binary)},
    {"key_double", key(Kind::float64)},
    {"key_uuid", key(Kind::uuid), nullptr, pb_type},
    {"key_list", typed([](SchemaBuilder& b) { return b.map_of(ints(b), b.base(Kind::i32)); }),
     nullptr, pb_type, nullptr, nullptr, nullptr, thrift_json_keys},
    {"key_struct",
     [](SchemaBuilder& b, StructType& s) {
       StructType& point = b.add_struct("Point");
       add_field(point, 1, "x", b.base(Kind::i32));
       add_field(s, 1, "f", b.map_of(b.of(point), b.base(Kind::i32)));
     },
     nullptr, pb_type, nullptr, nullptr, nullptr, thrift_json_keys},

    {"union_of_scalars", member([](SchemaBuilder& b) { return b.base(Kind::string); })},
    {"union_with_a_list", member(ints), nullptr, "Either.other = 2: Protobuf cannot write a"},
    {"union_with_a_map", member(counts), nullptr, "Either.other = 2: Protobuf cannot write a"},
    {"union_without_presence",
     member([](SchemaBuilder& b) { return b.base(Kind::string); }, Requiredness::standard)},
    {"required_list", required(ints)},
    {"required_map", required(counts)},
    {"default_number",
     with_default([](SchemaBuilder& b) { return b.base(Kind::i32); }, constant(7))},
    {"default_empty_list", with_default(ints, constant(ConstValue::List{}))},
    {"default_list", with_default(ints, constant(ConstValue::List{constant(1)})), nullptr,
     "S.f = 1: Protobuf cannot write an empty list"},
    {"default_map", with_default(counts, constant(ConstValue::Map{{constant(1), constant(2)}})),
     nullptr, "S.f = 1: Protobuf cannot write an empty map"},

    {"json_names", renamed("x", "y")},
    {"json_name_of_another_s_name", renamed("b", "c"), nullptr, nullptr, nullptr, nullptr,
     "the JSON key \"b\" is also the key of b = 2"},
    {"json_names_exchanged", renamed("b", "a"), nullptr, nullptr, nullptr, nullptr,
     "S.a = 1: the JSON key \"b\" is also the key of b = 2"},
};

class FormatLimits : public testing::TestWithParam<Case> {};

struct Named {
  Format format;
  const char* why;
};

TEST_P(FormatLimits, WhatAFormatCannotHoldIsRejectedWhenTheCodecIsMade) {
  const Case& c = GetParam();
  SchemaBuilder b;
  b.add_document("");
  c.fill(b, b.add_struct("S"));
  auto schema = b.build();
  ASSERT_TRUE(schema.has_value()) << schema.error().to_string();
  const auto type = RecordType::make(*schema, "S");
  ASSERT_TRUE(type.has_value());
  const Named formats[] = {{thrift::binary, c.thrift},
                           {thrift::compact, c.thrift},
                           {thrift::json, c.thrift != nullptr ? c.thrift : c.thrift_json},
                           {pb::wire, c.pb},
                           {json::text, c.json},
                           {pb::json, c.protojson},
                           {pb::json({.preserve_proto_names = true}), c.own_names}};
  const auto expect = [](const auto& made, const char* why) {
    ASSERT_EQ(made.has_value(), why == nullptr)
        << (made ? std::string(why) : made.error().to_string());
    if (!made) {
      EXPECT_EQ(made.error().code(), Errc::unsupported);
      EXPECT_NE(made.error().message().find(why), std::string::npos) << made.error().message();
    }
  };
  for (const auto kind : {EngineOptions::Kind::interpret, EngineOptions::Kind::automatic}) {
    const Engine engine({.kind = kind});
    for (const Named& from : formats) {
      SCOPED_TRACE(from.format.name());
      const auto codec = engine.record_codec(*type, from.format);
      expect(codec, from.why);
      for (const Named& to : formats) {
        SCOPED_TRACE(to.format.name());
        const auto made = engine.transcoder({*schema, type->type()}, from.format, to.format);
        expect(made, from.why != nullptr ? from.why : to.why);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, FormatLimits, testing::ValuesIn(cases),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(FormatLimitsOfStructs, NumbersOfCppStructsAreChecked) {
  for (const auto kind : {EngineOptions::Kind::interpret, EngineOptions::Kind::automatic}) {
    const Engine engine({.kind = kind});
    const auto wide = engine.codec<LimitsHolder>(thrift::binary);
    ASSERT_FALSE(wide.has_value());
    EXPECT_EQ(wide.error().code(), Errc::unsupported);
    EXPECT_NE(wide.error().message().find("LimitsWide.b = 65537: "), std::string::npos)
        << wide.error().message();
    EXPECT_TRUE(engine.codec<LimitsWide>(pb::wire).has_value());
    const auto either = engine.codec<LimitsUnion>(pb::wire);
    ASSERT_FALSE(either.has_value());
    EXPECT_NE(either.error().message().find("LimitsUnion.numbers = 2: "), std::string::npos)
        << either.error().message();
    EXPECT_TRUE(engine.codec<LimitsUnion>(thrift::binary).has_value());
  }
}

TEST(FormatLimitsOfSchemas, EachSideIsAskedAboutItsOwnSchema) {
  const auto one = [](std::int32_t id) {
    SchemaBuilder b;
    b.add_document("");
    add_field(b.add_struct("S"), id, "f", b.base(Kind::i32));
    return *b.build();
  };
  const Schema low = one(1);
  const Schema high = one(40000);
  const StructType& few = *low.find_struct("S");
  const StructType& many = *high.find_struct("S");
  const Engine engine;
  EXPECT_TRUE(engine.transcoder({low, few}, thrift::binary, {high, many}, pb::wire, Match::name)
                  .has_value());
  EXPECT_TRUE(engine.transcoder({high, many}, pb::wire, {low, few}, thrift::binary, Match::name)
                  .has_value());
  const auto rejected =
      engine.transcoder({low, few}, pb::wire, {high, many}, thrift::binary, Match::name);
  ASSERT_FALSE(rejected.has_value());
  EXPECT_EQ(rejected.error().code(), Errc::unsupported);
  EXPECT_NE(rejected.error().message().find("S.f = 40000: "), std::string::npos);
}

// A check that visited a struct for each use of it would take time exponential in the number of
// structs.
TEST(FormatLimitsOfSchemas, EachStructIsCheckedOnce) {
  SchemaBuilder b;
  b.add_document("");
  std::vector<StructType*> all;
  for (int i = 0; i < 60; ++i) {
    all.push_back(&b.add_struct("S" + std::to_string(i)));
  }
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    for (std::int32_t id = 1; id <= 4; ++id) {
      add_field(*all[i], id, "f" + std::to_string(id), b.of(*all[i + 1])).requiredness =
          Requiredness::optional;
    }
  }
  add_field(*all.back(), 65537, "last", b.base(Kind::i32));
  const auto schema = b.build();
  ASSERT_TRUE(schema.has_value());
  const auto made = Engine().transcoder(*schema->find_struct("S0"), thrift::binary, json::text);
  ASSERT_FALSE(made.has_value());
  EXPECT_NE(made.error().message().find("S59.last = 65537: "), std::string::npos);
}

}  // namespace
}  // namespace wirejit::test
