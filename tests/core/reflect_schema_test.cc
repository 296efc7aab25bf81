// Registrations as schemas: validation, the derived schema, and the comparison with another schema.
#include <wirejit/reflect.h>

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace schema_test {

enum class Color { red = 1, green = 2 };
enum class Unnamed : std::int16_t { a };
WIREJIT_ENUM(Color, red, green)

struct Line {
  std::string sku;
  std::int32_t count = 0;
};
struct Order {
  std::int64_t id = 0;
  std::vector<Line> lines;
  std::optional<double> price;
  Color color = Color::red;
  std::map<std::string, std::vector<std::uint8_t>> blobs;
  std::set<std::int16_t> tags;
  std::unique_ptr<Order> parent;
  std::string_view note;
  std::string raw;
  Unnamed unnamed{};
  std::vector<std::string> raws;
};
WIREJIT_STRUCT(Line, (1, sku, wirejit::member::required), (2, count))
WIREJIT_STRUCT(Order, (1, id, wirejit::member::required), (2, lines),
               (3, price, wirejit::member::json_name("unitPrice")), (4, color), (5, blobs),
               (6, tags), (7, parent), (8, note, wirejit::member::optional),
               (9, raw, wirejit::member::binary), (10, unnamed),
               (11, raws, wirejit::member::binary))

namespace other {
struct Line {
  int x = 0;
};
WIREJIT_STRUCT(Line, (1, x))
}  // namespace other
struct TwoLines {
  Line a;
  other::Line b;
};
WIREJIT_STRUCT(TwoLines, (1, a), (2, b))

struct Pick {
  std::optional<std::int32_t> number;
  std::unique_ptr<Line> line;
};
WIREJIT_UNION(Pick, (1, number), (2, line))
using Choice = std::variant<std::monostate, std::int32_t, Line>;
WIREJIT_VARIANT(Choice, (1, number), (2, line))

struct DuplicateId {
  int a = 0, b = 0;
};
WIREJIT_STRUCT(DuplicateId, (1, a), (1, b))
struct DuplicateName {
  int a = 0;
};
WIREJIT_STRUCT(DuplicateName, (1, a), (2, a))
struct DuplicateKey {
  int a = 0, b = 0;
};
WIREJIT_STRUCT(DuplicateKey, (1, a), (2, b, wirejit::member::json_name("a")))
struct BinaryNumber {
  int a = 0;
};
WIREJIT_STRUCT(BinaryNumber, (1, a, wirejit::member::binary))
struct BadUnion {
  int a = 0;
};
WIREJIT_UNION(BadUnion, (1, a))
struct RequiredUnion {
  std::optional<int> a;
};
WIREJIT_UNION(RequiredUnion, (1, a, wirejit::member::required))
using Few = std::variant<std::monostate, int, bool, double>;
WIREJIT_VARIANT(Few, (1, a), (2, b))
using Many = std::variant<std::monostate, int, char>;
WIREJIT_VARIANT(Many, (1, a), (2, b), (3, c))
struct Holder {
  std::map<std::string, std::vector<std::unique_ptr<DuplicateId>>> inner;
};
WIREJIT_STRUCT(Holder, (1, inner))

}  // namespace schema_test

namespace wirejit::test {
namespace {

using namespace schema_test;  // NOLINT: the types under test

template <class T>
std::string invalid() {
  const Result<void> r = validate(struct_layout<T>());
  if (r) {
    return "valid";
  }
  EXPECT_EQ(r.error().code(), Errc::schema_invalid);
  EXPECT_FALSE(schema_of<T>().has_value());
  return r.error().message();
}

TEST(Validate, NamesTheMemberThatIsWrong) {
  EXPECT_EQ(invalid<Order>(), "valid");
  EXPECT_EQ(invalid<Choice>(), "valid");
  EXPECT_EQ(invalid<DuplicateId>(), "DuplicateId.b: the id 1 is already used by a");
  EXPECT_EQ(invalid<DuplicateName>(), "DuplicateName.a: the name is registered twice");
  EXPECT_EQ(invalid<DuplicateKey>(), "DuplicateKey.b: the JSON name \"a\" is already used");
  EXPECT_EQ(invalid<BinaryNumber>(), "BinaryNumber.a: the option binary needs a string, found i32");
  EXPECT_EQ(invalid<BadUnion>(),
            "BadUnion.a: a union's member must be a std::optional or a pointer");
  EXPECT_EQ(invalid<RequiredUnion>(), "RequiredUnion.a: a union's member cannot be required");
  EXPECT_EQ(invalid<Few>(), "Few: the variant has 3 alternatives, 2 are named");
  EXPECT_EQ(invalid<Many>(), "Many.c: the variant has only 2 alternatives");
  EXPECT_EQ(invalid<Holder>(), "DuplicateId.b: the id 1 is already used by a");
}

TEST(SchemaOf, HasStructsFieldsAndRequiredness) {
  const Result<Schema> schema = schema_of<Order>("shop");
  ASSERT_TRUE(schema.has_value()) << schema.error().to_string();
  ASSERT_EQ(schema->documents().size(), 1u);
  EXPECT_EQ(schema->documents().front().name, "shop");
  const StructType* order = &schema->find_struct("shop.Order")->get();
  ASSERT_NE(order, nullptr);
  EXPECT_EQ(&schema->structs().front(), order);
  ASSERT_EQ(order->fields.size(), 11u);
  const auto type = [&](std::int32_t id) { return order->find(id)->type; };
  const auto requiredness = [&](std::int32_t id) { return order->find(id)->requiredness; };
  EXPECT_EQ(type(1)->kind, Kind::i64);
  EXPECT_EQ(requiredness(1), Requiredness::required);
  EXPECT_EQ(type(2)->kind, Kind::list);
  EXPECT_EQ(type(2)->element->structure, &schema->find_struct("Line")->get());
  EXPECT_EQ(requiredness(2), Requiredness::standard);
  EXPECT_EQ(type(3)->kind, Kind::float64);
  EXPECT_EQ(requiredness(3), Requiredness::optional);
  EXPECT_EQ(order->find(3)->json_name, "unitPrice");
  EXPECT_EQ(order->find(1)->json_name, "id");
  EXPECT_EQ(type(4)->enumeration, &schema->find_enum("Color")->get());
  EXPECT_EQ((*schema->find_enum("Color"))->find("green")->number, 2);
  EXPECT_EQ(type(5)->key->kind, Kind::string);
  EXPECT_EQ(type(5)->value->kind, Kind::binary);
  EXPECT_EQ(type(6)->kind, Kind::set);
  EXPECT_EQ(type(6)->element->kind, Kind::i16);
  EXPECT_EQ(type(7)->structure, order);
  EXPECT_EQ(requiredness(7), Requiredness::optional);
  EXPECT_EQ(type(8)->kind, Kind::string);
  EXPECT_EQ(requiredness(8), Requiredness::optional);
  EXPECT_EQ(type(9)->kind, Kind::binary);
  EXPECT_EQ(type(10)->enumeration, &schema->find_enum("Unnamed")->get());
  EXPECT_EQ(type(11)->element->kind, Kind::binary);
}

TEST(SchemaOf, TypesOfTheSameNameStayApart) {
  const Result<Schema> schema = schema_of<TwoLines>();
  ASSERT_TRUE(schema.has_value()) << schema.error().to_string();
  const StructType* two = &schema->find_struct("cpp.TwoLines")->get();
  ASSERT_NE(two, nullptr);
  EXPECT_EQ(two->fields[0].type->structure->name, "Line");
  EXPECT_EQ(two->fields[1].type->structure->name, "Line_2");
  EXPECT_EQ(two->fields[1].type->structure->fields[0].name, "x");
}

TEST(SchemaOf, UnionsAreUnions) {
  for (const Result<Schema>& schema : {schema_of<Pick>(), schema_of<Choice>()}) {
    ASSERT_TRUE(schema.has_value()) << schema.error().to_string();
    const StructType& u = schema->structs().front();
    EXPECT_EQ(u.flavor, StructFlavor::union_);
    ASSERT_EQ(u.fields.size(), 2u);
    EXPECT_EQ(u.fields[0].type->kind, Kind::i32);
    EXPECT_EQ(u.fields[1].type->structure->name, "Line");
  }
}

TEST(CheckLayout, AcceptsTheSchemaThatWasDerived) {
  const Result<Schema> schema = schema_of<Order>();
  ASSERT_TRUE(schema.has_value());
  EXPECT_TRUE(check_layout<Order>(*schema->find_struct("Order")).has_value());
  const Result<Schema> choice = schema_of<Choice>();
  EXPECT_TRUE(check_layout<Choice>(*choice->find_struct("Choice")).has_value());
  EXPECT_TRUE(check_layout<Pick>(*choice->find_struct("Choice")).has_value());
}

// An IDL's Order, the parts of it that a test changes, and what the check then says.
struct Idl {
  SchemaBuilder b;
  StructType* order;
  StructType* line;
  EnumType* color;

  Idl() {
    b.add_document("idl");
    order = &b.add_struct("TheOrder");
    line = &b.add_struct("TheLine");
    color = &b.add_enum("TheColor");
    value("red", 1);
    value("blue", 3);
    EnumType& small = b.add_enum("Small");
    small.values.push_back(
        {.name = "z", .number = 26, .annotations = {}, .doc = {}, .position = {}});
    add(*line, 1, "sku", b.base(Kind::string), Requiredness::required);
    add(*line, 2, "count", b.base(Kind::i32));
    add(*order, 1, "id", b.base(Kind::i64));
    add(*order, 2, "lines", b.list_of(b.of(*line)));
    add(*order, 3, "price", b.base(Kind::float64), Requiredness::required);
    add(*order, 4, "color", b.of(*color));
    add(*order, 5, "blobs", b.map_of(b.base(Kind::string), b.base(Kind::binary)));
    add(*order, 6, "tags", b.set_of(b.base(Kind::i16)));
    add(*order, 7, "parent", b.of(*order), Requiredness::optional);
    add(*order, 8, "note", b.base(Kind::string));
    add(*order, 9, "raw", b.base(Kind::binary));
    add(*order, 10, "unnamed", b.of(small));
    add(*order, 11, "raws", b.list_of(b.base(Kind::binary)));
  }
  void value(const char* name, std::int32_t number) {
    color->values.push_back(
        {.name = name, .number = number, .annotations = {}, .doc = {}, .position = {}});
  }
  static void add(StructType& s, std::int32_t id, const char* name, const Type* type,
                  Requiredness r = Requiredness::standard) {
    Field& f = s.fields.emplace_back();
    f.id = id;
    f.name = name;
    f.json_name = name;
    f.type = type;
    f.requiredness = r;
  }
  Field& field(std::int32_t id) { return order->fields[static_cast<std::size_t>(id - 1)]; }
};

template <class T = Order>
std::string check(const std::function<void(Idl&)>& change, const char* against = "TheOrder") {
  Idl idl;
  change(idl);
  const Result<Schema> schema = idl.b.build();
  if (!schema) {
    ADD_FAILURE() << schema.error().to_string();
    return "";
  }
  const Result<void> r = check_layout<T>(*schema->find_struct(against));
  if (r) {
    return "fits";
  }
  EXPECT_EQ(r.error().code(), Errc::layout_mismatch);
  return r.error().message();
}

TEST(CheckLayout, FieldsAreComparedByIdAndKind) {
  EXPECT_EQ(check([](Idl&) {}), "fits");
  EXPECT_EQ(check([](Idl& i) { i.field(1).name = "identity"; }), "fits");
  EXPECT_EQ(check([](Idl& i) { i.field(3).type = i.b.base(Kind::i64); }),
            "Order.price: the struct has double, the schema says i64");
  EXPECT_EQ(check([](Idl& i) { i.field(1).type = i.b.base(Kind::i32); }),
            "Order.id: the struct has i64, the schema says i32");
  EXPECT_EQ(check([](Idl& i) { i.field(1).type = i.b.base(Kind::u64); }),
            "Order.id: the struct has i64, the schema says u64");
}

TEST(CheckLayout, ContainersAndNestedStructsAreCompared) {
  EXPECT_EQ(check([](Idl& i) { i.field(6).type = i.b.set_of(i.b.base(Kind::i32)); }),
            "Order.tags: the struct has set<i16>, the schema says set<i32>");
  EXPECT_EQ(check([](Idl& i) { i.field(6).type = i.b.list_of(i.b.base(Kind::i16)); }),
            "Order.tags: the struct has set<i16>, the schema says list<i16>");
  EXPECT_EQ(check([](Idl& i) {
              i.field(5).type = i.b.map_of(i.b.base(Kind::i32), i.b.base(Kind::binary));
            }),
            "Order.blobs: the struct has map<string, binary>, the schema says map<i32, binary>");
  EXPECT_EQ(check([](Idl& i) {
              i.field(5).type = i.b.map_of(i.b.base(Kind::string), i.b.base(Kind::string));
            }),
            "Order.blobs: the struct has map<string, binary>, the schema says map<string, string>");
  EXPECT_EQ(check([](Idl& i) { i.line->fields[1].type = i.b.base(Kind::i16); }),
            "Line.count: the struct has i32, the schema says i16");
  EXPECT_EQ(check([](Idl& i) { i.field(2).type = i.b.list_of(i.b.base(Kind::i16)); }),
            "Order.lines: the struct has list<Line>, the schema says list<i16>");
}

TEST(CheckLayout, TextAndBytesAreToldApart) {
  EXPECT_EQ(check([](Idl& i) { i.field(9).type = i.b.base(Kind::string); }),
            "Order.raw: the struct has binary, the schema says string");
  EXPECT_EQ(check([](Idl& i) { i.field(8).type = i.b.base(Kind::binary); }), "fits");
  EXPECT_NE(check([](Idl& i) { i.field(11).type = i.b.list_of(i.b.base(Kind::string)); }), "fits");
}

TEST(CheckLayout, MissingFieldsMatterWhereTheyAreRequired) {
  EXPECT_EQ(check([](Idl& i) { Idl::add(*i.order, 20, "extra", i.b.base(Kind::i32)); }), "fits");
  EXPECT_EQ(check([](Idl& i) {
              Idl::add(*i.order, 20, "extra", i.b.base(Kind::i32), Requiredness::required);
            }),
            "Order.extra: the schema requires the field 20, the struct has no such member");
  EXPECT_EQ(check([](Idl& i) { i.order->fields.pop_back(); }),
            "Order.raws: the schema's TheOrder has no field 11");
}

TEST(CheckLayout, RequirednessMayNotBeTheOpposite) {
  EXPECT_EQ(check([](Idl& i) { i.field(1).requiredness = Requiredness::required; }), "fits");
  EXPECT_EQ(check([](Idl& i) { i.field(1).requiredness = Requiredness::optional; }),
            "Order.id: the struct says required, the schema says optional");
  EXPECT_EQ(check([](Idl& i) { i.field(8).requiredness = Requiredness::required; }),
            "Order.note: the struct says optional, the schema says required");
  EXPECT_EQ(check([](Idl& i) { i.field(2).requiredness = Requiredness::optional; }), "fits");
}

TEST(CheckLayout, EnumsAgreeInTheNamesTheyShare) {
  EXPECT_EQ(
      check([](Idl& i) { i.value("green", 5); }),
      "Order.color: the struct has Color, the schema says idl.TheColor, where green is not 2");
  EXPECT_EQ(check([](Idl& i) { i.value("green", 2); }), "fits");
  EXPECT_EQ(check([](Idl& i) { i.line->fields[1].type = i.b.of(*i.color); }),
            "fits");  // int32_t for an enum
  EXPECT_NE(check([](Idl& i) { i.field(1).type = i.b.of(*i.color); }), "fits");  // int64_t is none
  EXPECT_NE(check([](Idl& i) { i.field(4).type = i.b.base(Kind::i32); }), "fits");
}

TEST(CheckLayout, UnionsAreNotStructs) {
  EXPECT_EQ(check<Pick>([](Idl&) {}), "Pick: the struct is a union, the schema says struct");
  EXPECT_EQ(check<Line>([](Idl& i) { i.line->flavor = StructFlavor::exception; }, "TheLine"),
            "fits");
  EXPECT_EQ(check<Order>([](Idl& i) {
              i.line->flavor = StructFlavor::union_;
              i.line->fields[0].requiredness = Requiredness::optional;
              i.line->fields[1].requiredness = Requiredness::optional;
            }),
            "Line: the struct is a struct, the schema says union");
}

}  // namespace
}  // namespace wirejit::test
