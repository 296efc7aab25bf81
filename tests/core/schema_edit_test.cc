// SchemaEditor: what an edit changes, what it keeps, and what build() rejects.
// Entry: groups by edit; a copy without edits is compared for schemas of both loaders.
#include "tests/support/idl_generator.h"
#include "tests/support/random_schema.h"
#include "tests/support/schema_dump.h"

#include <wirejit/schema_edit.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <filesystem>

namespace wirejit::test {
namespace {

constexpr const char* shop_text = R"(
namespace cpp shop
enum Color { RED = 1, BLUE = 2 }
typedef list<string> (t = "x") Names
struct Item { 1: required string article_name; 2: i32 count = 3; 3: Color color = Color.BLUE }
struct Order {
  1: list<Item> items (a = "b")
  2: Item first = {"article_name": "tea", "count": 2}
  3: Names names
  4: optional map<string, Item> by_name = {"x": {"count": 1}}
}
const list<Item> SAMPLES = [{"article_name": "y", "count": 4}]
exception Failure { 1: string why }
service Base { void ping() }
service Shop extends Base { Order get(1: string id) throws (1: Failure f); oneway void drop(1: i32 n) }
)";

Schema shop() {
  Result<Schema> s = thrift::load_text(shop_text, {.text_name = "shop.thrift"});
  EXPECT_TRUE(s.has_value()) << (s ? "" : s.error().message());
  return s ? *s : Schema();
}

Schema built(const SchemaEditor& editor) {
  Result<Schema> s = editor.build();
  EXPECT_TRUE(s.has_value()) << (s ? "" : s.error().to_string());
  return s ? *s : Schema();
}

std::string problem(const SchemaEditor& editor) {
  const Result<Schema> s = editor.build();
  if (s) {
    return "built";
  }
  EXPECT_EQ(s.error().code(), Errc::schema_invalid);
  return s.error().message();
}

const StructType& structure(const Schema& s, std::string_view name) {
  for (const StructType& t : s.structs()) {
    if (t.full_name == name) {
      return t;
    }
  }
  throw std::out_of_range(std::string(name));
}

TEST(SchemaEditor, CopiesAllThatWasNotChanged) {
  const Schema s = shop();
  EXPECT_EQ(dump(built(SchemaEditor(s))), dump(s));
  for (const char* folder : {"tests/corpus/idl", "examples", "tests/cases"}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() != ".thrift") {
        continue;
      }
      const Result<Schema> one = thrift::load_file(entry.path().string());
      ASSERT_TRUE(one.has_value()) << entry.path();
      EXPECT_EQ(dump(built(SchemaEditor(*one))), dump(*one)) << entry.path();
    }
  }
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto idl = test::generate_idl(seed);
    const Result<Schema> one = thrift::load_map(idl.files, idl.main);
    ASSERT_TRUE(one.has_value());
    EXPECT_EQ(dump(built(SchemaEditor(*one))), dump(*one)) << seed;
    const Schema random = random_schema(seed);
    EXPECT_EQ(dump(built(SchemaEditor(random))), dump(random)) << seed;
  }
}

TEST(SchemaEditor, CopiesOutliveTheirSource) {
  Schema copy;
  {
    const Schema s = shop();
    copy = built(SchemaEditor(s));
  }
  EXPECT_EQ(dump(copy), dump(shop()));
  EXPECT_EQ(structure(copy, "shop.Item").position.file, "shop.thrift");
}

TEST(SchemaEditor, OfAnEmptySchemaFindsNothing) {
  SchemaEditor editor{Schema()};
  EXPECT_EQ(editor.drop_struct("a").error().code(), Errc::not_found);
  EXPECT_EQ(editor.add_field("a", {}, "i32").error().code(), Errc::not_found);
  EXPECT_TRUE(built(editor).structs().empty());
}

TEST(SchemaEditor, RenamesFieldsInDefaultsAndConstantsToo) {
  const Schema s = shop();
  const std::string before = dump(s);
  SchemaEditor editor(s);
  ASSERT_TRUE(editor.rename_field("shop.Item", "article_name", "sku"));
  ASSERT_TRUE(editor.rename_field("shop.Item", "count", "amount"));
  const Schema now = built(editor);
  const StructType& item = structure(now, "shop.Item");
  EXPECT_EQ(item.fields[0].name, "sku");
  EXPECT_EQ(item.fields[0].json_name, "sku");
  EXPECT_EQ(item.fields[0].id, 1);
  const std::string text = dump(now);
  EXPECT_EQ(text.find("article_name"), std::string::npos) << text;
  EXPECT_EQ(text.find("'count'"), std::string::npos) << text;
  EXPECT_NE(text.find("[{'sku':'y','amount':4,},]"), std::string::npos) << text;
  EXPECT_NE(text.find("{'x':{'amount':1,},}"), std::string::npos) << text;
  EXPECT_EQ(dump(s), before);
  EXPECT_EQ(editor.rename_field("shop.Item", "count", "x").error().code(), Errc::not_found);
  EXPECT_EQ(editor.rename_field("shop.Nothing", "count", "x").error().code(), Errc::not_found);
}

TEST(SchemaEditor, AJsonNameFollowsUnlessItWasChosen) {
  SchemaBuilder b;
  b.add_document("d");
  StructType& s = b.add_struct("S");
  s.fields.resize(3);
  for (std::size_t i = 0; i < 3; ++i) {
    s.fields[i].id = static_cast<std::int32_t>(i + 1);
    s.fields[i].name = "foo_bar" + std::to_string(i);
    s.fields[i].type = b.base(Kind::i32);
  }
  s.fields[1].json_name = "fooBar1";
  s.fields[2].json_name = "chosen";
  SchemaEditor editor(*b.build());
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string n = std::to_string(i);
    ASSERT_TRUE(editor.rename_field("d.S", "foo_bar" + n, "new_name" + n));
  }
  const Schema now = built(editor);
  EXPECT_EQ(structure(now, "d.S").fields[0].json_name, "new_name0");
  EXPECT_EQ(structure(now, "d.S").fields[1].json_name, "newName1");
  EXPECT_EQ(structure(now, "d.S").fields[2].json_name, "chosen");
}

TEST(SchemaEditor, DropsAndAddsFields) {
  SchemaEditor editor(shop());
  ASSERT_TRUE(editor.drop_field("shop.Item", "count"));
  Field f;
  f.id = 7;
  f.name = "prices";
  ASSERT_TRUE(editor.add_field("shop.Item", f, "map<string, list<shop.Order>>"));
  const Schema now = built(editor);
  const StructType& item = structure(now, "shop.Item");
  ASSERT_EQ(item.fields.size(), 3U);
  EXPECT_EQ(item.find("count"), nullptr);
  ASSERT_NE(item.find("prices"), nullptr);
  EXPECT_EQ(item.find("prices")->type->to_string(), "map<string, list<shop.Order>>");
  EXPECT_EQ(item.find("prices")->type->value->element->structure, &structure(now, "shop.Order"));
  EXPECT_EQ(dump(now).find("'count'"), std::string::npos);
  EXPECT_EQ(editor.add_field("shop.Item", f, "Nothing").error().code(), Errc::not_found);
  const Type foreign;
  f.type = &foreign;
  EXPECT_EQ(editor.add_field("shop.Item", f).error().code(), Errc::schema_invalid);
  f.id = 1;
  ASSERT_TRUE(editor.add_field("shop.Item", f, "i32"));
  EXPECT_NE(problem(editor).find("the id 1 is used twice"), std::string::npos);
}

TEST(SchemaEditor, AOneofWithoutFieldsGoes) {
  SchemaBuilder b;
  b.add_document("d");
  StructType& s = b.add_struct("S");
  s.oneofs = {{.name = "one"}, {.name = "two"}};
  s.fields.resize(2);
  for (std::size_t i = 0; i < 2; ++i) {
    s.fields[i].id = static_cast<std::int32_t>(i + 1);
    s.fields[i].name = i == 0 ? "a" : "b";
    s.fields[i].type = b.base(Kind::i32);
    s.fields[i].requiredness = Requiredness::optional;
    s.fields[i].oneof = static_cast<int>(i);
  }
  SchemaEditor editor(*b.build());
  ASSERT_TRUE(editor.drop_field("d.S", "a"));
  const Schema now = built(editor);
  ASSERT_EQ(structure(now, "d.S").oneofs.size(), 1U);
  EXPECT_EQ(structure(now, "d.S").oneofs[0].name, "two");
  EXPECT_EQ(structure(now, "d.S").fields[0].oneof, 0);
  ASSERT_TRUE(editor.set_requiredness("d.S", "b", Requiredness::required));
  EXPECT_NE(problem(editor).find("optional"), std::string::npos);
}

TEST(SchemaEditor, SetsRequirednessDefaultsAndJsonNames) {
  SchemaEditor editor(shop());
  ASSERT_TRUE(editor.set_requiredness("shop.Item", "count", Requiredness::optional));
  ASSERT_TRUE(editor.set_default("shop.Item", "count", ConstValue{std::int64_t{9}}));
  ASSERT_TRUE(editor.set_default("shop.Item", "color", std::nullopt));
  ASSERT_TRUE(editor.set_json_name("shop.Item", "count", "n"));
  const Schema now = built(editor);
  const StructType& item = structure(now, "shop.Item");
  EXPECT_EQ(item.find("count")->requiredness, Requiredness::optional);
  EXPECT_EQ(item.find("count")->default_value, ConstValue{std::int64_t{9}});
  EXPECT_EQ(item.find("count")->json_name, "n");
  EXPECT_FALSE(item.find("color")->default_value);
  ASSERT_TRUE(editor.set_default("shop.Item", "count", ConstValue{std::string("x")}));
  EXPECT_NE(problem(editor).find("does not fit"), std::string::npos);
  ConstValue deep;
  for (int i = 0; i < 5000; ++i) {
    ConstValue::List around;
    around.push_back(std::move(deep));
    deep.value = std::move(around);
  }
  ASSERT_TRUE(editor.set_default("shop.Item", "count", std::move(deep)));
  ASSERT_TRUE(editor.rename_field("shop.Item", "color", "paint"));
  EXPECT_NE(problem(editor), "built");
}

TEST(SchemaEditor, RenamesStructsWithWhatIsInside) {
  SchemaBuilder b;
  b.add_document("pb");
  b.add_struct("Outer");
  StructType& inner = b.add_struct("Outer.Inner");
  EnumType& e = b.add_enum("Outer.E");
  e.values = {{.name = "A", .number = 0}};
  b.add_struct("Outermost");
  inner.fields.resize(1);
  inner.fields[0].id = 5;
  inner.fields[0].name = "pb.Outer.ext";
  inner.fields[0].json_name = "[pb.Outer.ext]";
  inner.fields[0].extension = true;
  inner.fields[0].type = b.of(e);
  SchemaEditor editor(*b.build());
  ASSERT_TRUE(editor.rename_struct("pb.Outer", "New"));
  ASSERT_TRUE(editor.rename_struct("pb.New.Inner", "Core"));
  ASSERT_TRUE(editor.rename_enum("pb.New.E", "F"));
  ASSERT_TRUE(editor.rename_enum_value("pb.New.F", "A", "Z"));
  const Schema now = built(editor);
  const StructType& core = structure(now, "pb.New.Core");
  EXPECT_EQ(core.name, "New.Core");
  EXPECT_EQ(core.fields[0].name, "pb.New.ext");
  EXPECT_EQ(core.fields[0].json_name, "[pb.New.ext]");
  EXPECT_EQ(core.fields[0].type->enumeration->full_name, "pb.New.F");
  EXPECT_EQ(core.fields[0].type->enumeration->values[0].name, "Z");
  EXPECT_EQ(structure(now, "pb.Outermost").name, "Outermost");
  EXPECT_EQ(editor.rename_struct("pb.Outer", "X").error().code(), Errc::not_found);
  ASSERT_TRUE(editor.rename_struct("pb.Outermost", "New"));
  EXPECT_NE(problem(editor).find("declared twice"), std::string::npos);
}

TEST(SchemaEditor, DropsDeclarationsThatNothingUses) {
  SchemaEditor editor(shop());
  ASSERT_TRUE(editor.drop_struct("shop.Item"));
  EXPECT_NE(problem(editor).find("shop.Item was dropped"), std::string::npos);
  ASSERT_TRUE(editor.drop_constant("shop.SAMPLES"));
  ASSERT_TRUE(editor.drop_service("shop.Shop"));
  ASSERT_TRUE(editor.drop_struct("shop.Order"));
  ASSERT_TRUE(editor.drop_enum("shop.Color"));
  ASSERT_TRUE(editor.drop_typedef("shop.Names"));
  EXPECT_EQ(editor.drop_typedef("shop.Names").error().code(), Errc::not_found);
  const Schema now = built(editor);
  ASSERT_EQ(now.structs().size(), 3U);  // Failure and what ping() has
  EXPECT_EQ(now.structs()[0].full_name, "shop.Failure");
  EXPECT_TRUE(now.enums().empty());
}

TEST(SchemaEditor, DropsMethodsTypedefsAndBases) {
  SchemaEditor editor(shop());
  ASSERT_TRUE(editor.drop_method("shop.Shop", "get"));
  ASSERT_TRUE(editor.drop_typedef("shop.Names"));
  const Schema now = built(editor);
  EXPECT_EQ(now.services()[1].methods.size(), 1U);
  for (const StructType& s : now.structs()) {
    EXPECT_NE(s.full_name, "shop.Shop.get_args");
  }
  const Type& names = *structure(now, "shop.Order").find("names")->type;
  EXPECT_EQ(names.alias, "");
  EXPECT_EQ(names.to_string(), "list<string>");
  EXPECT_EQ(*find_annotation(names.annotations, "t"), "x");
  ASSERT_TRUE(editor.drop_service("shop.Base"));
  EXPECT_NE(problem(editor).find("shop.Base was dropped"), std::string::npos);
}

}  // namespace
}  // namespace wirejit::test
