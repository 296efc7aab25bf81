// Handles of what a schema holds, and what codecs tell of themselves.
#include "tests/support/engine_matrix.h"

#include <wirejit/json.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace wirejit::test {
namespace {

constexpr const char* idl =
    "enum Color { RED } typedef list<Item> Items const i32 LIMIT = 7\n"
    "struct Item { 1: i64 id, 2: string name }\nservice Shop { void ping() }";

struct HandlesItem {
  std::int64_t id = 0;
  std::string name;
};
WIREJIT_STRUCT(HandlesItem, (1, id), (2, name))

TEST(Handles, KeepTheirSchemaAlive) {
  std::optional<StructRef> item;
  std::optional<TypeRef> list;
  {
    const Schema schema = thrift::load_text(idl).value();
    item = schema.find_struct("Item").value();
    list = schema.find_type("list<map<string, Item>>").value();
  }
  EXPECT_EQ((*item)->fields.size(), 2U);
  EXPECT_EQ(item->get().name, "Item");
  EXPECT_EQ((*list)->to_string(), "list<map<string, main.Item>>");
  const Engine engine;
  EXPECT_TRUE(engine.codec<HandlesItem>(*item, thrift::binary));
  EXPECT_TRUE(engine.record_codec(*list, json::text));
  EXPECT_TRUE(engine.transcoder(*list, json::text, thrift::binary));
  EXPECT_TRUE(RecordType::make(*item));
}

TEST(Handles, LookUpsSayWhatIsMissing) {
  const Schema schema = thrift::load_text(idl).value();
  EXPECT_TRUE(schema.find_enum("Color"));
  EXPECT_TRUE(schema.find_typedef("Items"));
  EXPECT_TRUE(schema.find_constant("LIMIT"));
  EXPECT_TRUE(schema.find_service("Shop"));
  const auto none = schema.find_struct("Itme");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), Errc::not_found);
  EXPECT_NE(none.error().message().find("'Itme'"), std::string::npos) << none.error();
  EXPECT_FALSE(schema.find_struct("Color"));
  for (const std::string_view name : {"Item", "i32", "list<Item>"}) {
    const auto empty = Schema().find_type(name);
    ASSERT_FALSE(empty);
    EXPECT_EQ(empty.error().message(), "the schema is empty");
  }
  EXPECT_EQ(Schema().find_struct("Item").error().message(), "the schema is empty");
  EXPECT_LT(schema.find_struct(std::string(100'000, 'x')).error().message().size(), 300U);
}

TEST(Handles, StructsAndEnumsAreTypes) {
  const Schema schema = thrift::load_text(idl).value();
  const TypeRef item = schema.find_struct("Item").value();
  const TypeRef color = schema.find_enum("Color").value();
  EXPECT_EQ(color, TypeRef(schema, schema.find_enum("Color")->get()));
  static_assert(!std::is_constructible_v<StructRef, EnumRef>);
  static_assert(!std::is_constructible_v<StructRef, TypeRef>);
  static_assert(!std::is_constructible_v<TypeRef, ServiceRef>);
  EXPECT_EQ(item, schema.find_type("Item").value());
  EXPECT_EQ(color, schema.find_type("Color").value());
  EXPECT_EQ(schema.find_struct("Item"), schema.find_struct("main.Item"));
  EXPECT_EQ(item.schema(), schema);
  EXPECT_EQ(std::hash<TypeRef>()(item), std::hash<TypeRef>()(schema.find_type("Item").value()));
  EXPECT_EQ(std::hash<Schema>()(item.schema()), std::hash<Schema>()(schema));
  // A struct of another schema is no type of this one.
  const Schema other = thrift::load_text(idl).value();
  EXPECT_NE(other, schema);
  const TypeRef foreign(schema, other.find_struct("Item")->get());
  EXPECT_EQ(foreign->kind, Kind::void_);
  EXPECT_EQ(Engine().transcoder(foreign, json::text, thrift::binary).error().code(),
            Errc::not_found);
}

TEST(Handles, MovingCopies) {
  Schema schema = thrift::load_text(idl).value();
  StructRef item = schema.find_struct("Item").value();
  const Schema moved = std::move(schema);
  const StructRef also = std::move(item);
  EXPECT_TRUE(schema.find_struct("Item"));  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(item, also);                    // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(moved, item.schema());
}

TEST(CodecPairs, TellOfBothDirections) {
  for (const EngineOptions::Kind kind : engine_kinds) {
    const Engine engine({.kind = kind});
    const Options comments{.debug = {.comments = true}};
    const auto codec = engine.codec<HandlesItem>(json::text, comments);
    const Schema schema = thrift::load_text(idl).value();
    const auto records = engine.record_codec(schema.find_struct("Item").value(), json::text);
    ASSERT_TRUE(codec && records);
    const CodecInfo info = codec->info();
    EXPECT_EQ(info.machine_code, engine.generates_code());
    EXPECT_EQ(info.ops, codec->encoder().info().ops + codec->decoder().info().ops);
    EXPECT_EQ(info.routines, 2U);
    EXPECT_EQ(records->info().routines, 2U);
    EXPECT_EQ(codec->dump_program(),
              codec->encoder().dump_program() + codec->decoder().dump_program());
    EXPECT_NE(codec->dump_program().find("name"), std::string::npos);
    for (const std::string_view cpu : {"x86_64", "aarch64"}) {
      const auto code = codec->dump_code(cpu);
      if (code) {  // a build without code generation has none
        EXPECT_EQ(*code, *codec->encoder().dump_code(cpu) + *codec->decoder().dump_code(cpu));
      }
      EXPECT_EQ(code.has_value(), records->dump_code(cpu).has_value());
    }
    EXPECT_FALSE(codec->dump_code("z80"));
    EXPECT_FALSE(records->dump_code("z80"));
  }
}

// Calls of one codec may have limits and arenas of their own.
TEST(Calls, LimitsAreOfTheCall) {
  for (const EngineOptions::Kind kind : engine_kinds) {
    const auto codec = Engine({.kind = kind}).codec<HandlesItem>(json::text);
    const HandlesItem item{7, std::string(100, 'x')};
    Buffer out;
    EXPECT_EQ(codec->encode(item, out, {.limits = {.output_bytes = 50}}).error().code(),
              Errc::size_limit);
    EXPECT_TRUE(out.empty());
    ASSERT_TRUE(codec->encode(item, out));
    EXPECT_EQ(codec->decode(out, {.limits = {.input_bytes = 50}}).error().code(), Errc::size_limit);
    EXPECT_EQ(codec->decode(out, {.limits = {.memory = 50}}).error().code(), Errc::memory_limit);
    EXPECT_TRUE(codec->decode(out));
  }
}

}  // namespace
}  // namespace wirejit::test
