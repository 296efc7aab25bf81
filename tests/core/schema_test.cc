// Schemas built by hand: look-ups, types, and the checks of build().
// Entry: groups by subject; loading texts is tested in idl_test.cc.
#include <wirejit/schema.h>

#include <gtest/gtest.h>

#include <thread>

namespace wirejit::test {
namespace {

Field& add_field(StructType& s, std::int32_t id, std::string name, const Type* type) {
  Field& f = s.fields.emplace_back();
  f.id = id;
  f.name = std::move(name);
  f.type = type;
  return f;
}

// A schema of two documents that share the name Item.
Schema two_documents() {
  SchemaBuilder b;
  b.add_document("shop", "shop.thrift");
  StructType& order = b.add_struct("Order");
  StructType& item = b.add_struct("Item");
  add_field(order, 5, "items", b.list_of(b.of(item)));
  add_field(order, -1, "note", b.base(Kind::string));
  add_field(order, 2, "count", b.base(Kind::i32));
  EnumType& color = b.add_enum("Color");
  color.values = {
      {.name = "RED", .number = 3}, {.name = "BLUE", .number = 1}, {.name = "ROT", .number = 3}};
  b.add_document("store", "store.thrift");
  b.add_struct("Item");
  b.add_struct("Shelf");
  Result<Schema> s = b.build();
  EXPECT_TRUE(s.has_value()) << (s ? "" : s.error().to_string());
  return s ? *s : Schema();
}

std::string problem(SchemaBuilder& b) {
  const Result<Schema> s = b.build();
  if (s) {
    return {};
  }
  EXPECT_EQ(s.error().code(), Errc::schema_invalid);
  return s.error().message();
}

TEST(Schema, FindsByFullNameAndByUnambiguousBareName) {
  const Schema s = two_documents();
  ASSERT_TRUE(s.find_struct("shop.Item"));
  ASSERT_TRUE(s.find_struct("store.Item"));
  EXPECT_NE(s.find_struct("shop.Item"), s.find_struct("store.Item"));
  EXPECT_EQ(s.find_struct("Item"), s.find_struct("shop.Item")) << "the main document's comes first";
  EXPECT_EQ(s.find_struct("Shelf"), s.find_struct("store.Shelf"));
  EXPECT_FALSE(s.find_struct("shop.Shelf"));
  EXPECT_EQ((*s.find_enum("Color"))->full_name, "shop.Color");
  EXPECT_FALSE(s.find_struct("Color"));
}

TEST(Schema, BareNamesOfSeveralOtherDocumentsAreAmbiguous) {
  SchemaBuilder b;
  b.add_document("main");
  for (const char* name : {"a", "b"}) {
    b.add_document(name);
    b.add_struct("T");
  }
  const Result<Schema> s = b.build();
  ASSERT_TRUE(s.has_value());
  EXPECT_FALSE(s->find_struct("T"));
  EXPECT_TRUE(s->find_struct("a.T"));
}

TEST(Schema, FieldsAndEnumMembersAreFoundByNumberAndName) {
  const Schema s = two_documents();
  const StructType& order = *s.find_struct("Order");
  EXPECT_EQ(order.index_of_id(5), 0);
  EXPECT_EQ(order.index_of_id(-1), 1);
  EXPECT_EQ(order.index_of_id(3), -1);
  EXPECT_EQ(order.index_of_name("count"), 2);
  EXPECT_EQ(order.index_of_name("coun"), -1);
  EXPECT_EQ(order.find("note")->id, -1);
  EXPECT_EQ(order.find("note")->json_name, "note");
  const EnumType& color = *s.find_enum("Color");
  EXPECT_EQ(color.find(3)->name, "RED") << "the first of that number";
  EXPECT_EQ(color.find("ROT")->number, 3);
  EXPECT_EQ(color.find(2), nullptr);
}

TEST(Schema, CopiesOfAStructLookUpTheirOwnFields) {
  StructType copy;
  {
    const Schema s = two_documents();
    copy = *s.find_struct("Order");
  }
  EXPECT_EQ(copy.find("count"), &copy.fields[2]);
}

TEST(Schema, TypesAreFoundAndMadeByExpression) {
  const Schema s = two_documents();
  const Result<TypeRef> t = s.find_type(" map< string ,list<shop.Item>> ");
  ASSERT_TRUE(t.has_value()) << t.error().to_string();
  EXPECT_EQ((*t)->to_string(), "map<string, list<shop.Item>>");
  EXPECT_EQ(*s.find_type("map<string,list<Item>>"), *t) << "made once";
  EXPECT_EQ(&s.find_type("Order")->get(), s.type_of(*s.find_struct("Order")));
  EXPECT_EQ((*s.find_type("byte"))->kind, Kind::i8);
  EXPECT_EQ((*s.find_type("Color"))->kind, Kind::enumeration);
  for (const char* bad :
       {"", "list", "list<", "list<i32", "list<i32>>", "map<i32>", "map<i32,>", "i32<i32>", "Nope",
        "void", "i32 i32", "<", "list<i32,i32>", "struct", "enum"}) {
    EXPECT_FALSE(s.find_type(bad).has_value()) << bad;
  }
  EXPECT_EQ(s.find_type("list<Nope>").error().code(), Errc::not_found);
  EXPECT_EQ(s.find_type("list<Nope>").error().offset(), 9u);
  std::string deep;
  for (int i = 0; i < 100000; ++i) {
    deep += "list<";
  }
  EXPECT_EQ(s.find_type(deep).error().code(), Errc::depth_limit);
}

TEST(Schema, MakesTypesInSeveralThreadsAtOnce) {
  const Schema s = two_documents();
  const Type* found[4] = {};
  {
    std::vector<std::jthread> threads;
    for (const Type*& slot : found) {
      threads.emplace_back([&s, &slot] {
        for (int i = 0; i < 200; ++i) {
          const Result<TypeRef> made = s.find_type("list<set<map<i32, Order>>>");
          slot = made ? &made->get() : nullptr;
        }
      });
    }
  }
  ASSERT_TRUE(found[0]);
  for (const Type* t : found) {
    EXPECT_EQ(t, found[0]);
  }
}

TEST(Schema, AnEmptySchemaFindsNothing) {
  const Schema s;
  EXPECT_TRUE(s.empty());
  EXPECT_FALSE(s.find_struct("A"));
  EXPECT_TRUE(s.documents().empty());
  EXPECT_FALSE(s.find_type("i32").has_value());
}

// Services by hand: base.Base has old(), shop.Shop extends it with buy() and the oneway ping(), and
// shop.Rpc has a method of Protobuf's kind.
Schema services() {
  SchemaBuilder b;
  b.add_document("shop", "shop.thrift");
  StructType& order = b.add_struct("Order");
  StructType& hidden = b.add_hidden_struct("buy_args", "shop.Shop.buy_args");
  add_field(hidden, 1, "order", b.of(order));
  StructType& reply = b.add_hidden_struct("buy_result", "shop.Shop.buy_result");
  add_field(reply, 0, "success", b.base(Kind::i32)).requiredness = Requiredness::optional;
  StructType& gone = b.add_struct("Gone", StructFlavor::exception);
  add_field(reply, 1, "gone", b.of(gone)).requiredness = Requiredness::optional;
  StructType& nothing = b.add_hidden_struct("ping_args", "shop.Shop.ping_args");
  Service& shop = b.add_service("Shop");
  Method& buy = shop.methods.emplace_back();
  buy.name = "buy";
  buy.args = &hidden;
  buy.reply = &reply;
  buy.result = b.base(Kind::i32);
  Method& ping = shop.methods.emplace_back();
  ping.name = "ping";
  ping.oneway = true;
  ping.args = &nothing;
  ping.result = b.base(Kind::void_);
  Method& call = b.add_service("Rpc").methods.emplace_back();
  call.name = "Call";
  call.args = &order;
  call.result = b.of(order);
  call.server_streaming = true;
  b.add_document("base", "base.thrift");
  StructType& old = b.add_hidden_struct("old_args", "base.Base.old_args");
  Service& base = b.add_service("Base");
  Method& inherited = base.methods.emplace_back();
  inherited.name = "old";
  inherited.oneway = true;
  inherited.args = &old;
  inherited.result = b.base(Kind::void_);
  shop.extends = &base;
  b.add_service("Twice");
  b.add_document("other", "other.thrift");
  b.add_service("Twice");
  const Result<Schema> s = b.build();
  EXPECT_TRUE(s.has_value()) << (s ? "" : s.error().to_string());
  return s ? *s : Schema();
}

TEST(Schema, MethodsNameTheStructsOfTheirArgumentsAndResult) {
  const Schema s = services();
  const struct {
    std::string_view name;
    std::string_view full_name;
  } cases[] = {
      {"Shop.buy.args", "shop.Shop.buy_args"},
      {"shop.Shop.buy.args", "shop.Shop.buy_args"},
      {"Shop.buy.result", "shop.Shop.buy_result"},
      {"Shop.ping.args", "shop.Shop.ping_args"},
      {"Shop.old.args", "base.Base.old_args"},
      {"base.Base.old.args", "base.Base.old_args"},
      {"shop.Shop.buy_result", "shop.Shop.buy_result"},
      {"Rpc.Call.args", "shop.Order"},
      {"shop.Rpc.Call.result", "shop.Order"},
  };
  for (const auto& c : cases) {
    const Result<StructRef> found = s.find_struct(c.name);
    ASSERT_TRUE(found) << c.name << ": " << found.error().message();
    EXPECT_EQ((*found)->full_name, c.full_name) << c.name;
    const Result<TypeRef> type = s.find_type(c.name);
    ASSERT_TRUE(type) << c.name << ": " << type.error().message();
    EXPECT_EQ(*type, TypeRef(*found)) << c.name;
  }
  const Result<TypeRef> list = s.find_type("map<string, list<Shop.buy.args>>");
  ASSERT_TRUE(list) << list.error().message();
  EXPECT_EQ((*list)->to_string(), "map<string, list<shop.Shop.buy_args>>");
}

TEST(Schema, NamesOfMethodsThatAreNotThereSayWhatIs) {
  const Schema s = services();
  const struct {
    std::string_view name;
    std::string_view message;
  } cases[] = {
      {"Shop.ping.result", "the method 'Shop.ping' is oneway, so it has no result"},
      {"Shop.bye.args", "the service 'shop.Shop' has no method 'bye'; its methods: buy, ping, old"},
      {"Shop..args", "the service 'shop.Shop' has no method ''; its methods: buy, ping, old"},
      {"other.Twice.a.args", "the service 'other.Twice' has no method 'a'; its methods: none"},
  };
  for (const auto& c : cases) {
    for (const Error& e : {s.find_struct(c.name).error(), s.find_type(c.name).error()}) {
      EXPECT_EQ(e.code(), Errc::not_found) << c.name;
      EXPECT_EQ(e.message(), c.message) << c.name;
    }
  }
  // Neither a service nor a method is a type; a bare name of two services means neither of them.
  for (const char* name : {"Shop", "Shop.buy", "Shop.buy.arg", "Shop.buy.args.", ".args", "args",
                           "buy.args", ".buy.args", "Twice.a.args", "Order.buy.args"}) {
    EXPECT_EQ(s.find_struct(name).error().code(), Errc::not_found) << name;
    EXPECT_EQ(s.find_struct(name).error().message(),
              "found no struct named '" + std::string(name) + "', or more than one");
    EXPECT_EQ(s.find_type(name).error().code(), Errc::not_found) << name;
  }
}

TEST(Schema, ADeclaredStructGoesBeforeAMethodsOfThatName) {
  SchemaBuilder b;
  b.add_document("");
  StructType& declared = b.add_struct("Shop.buy.args");
  StructType& hidden = b.add_hidden_struct("buy_args", "Shop.buy_args");
  Method& buy = b.add_service("Shop").methods.emplace_back();
  buy.name = "buy";
  buy.oneway = true;
  buy.args = &hidden;
  buy.result = b.base(Kind::void_);
  const Schema s = b.build().value();
  EXPECT_EQ(&**s.find_struct("Shop.buy.args"), &declared);
  EXPECT_EQ((*s.find_type("Shop.buy.args"))->structure, &declared);
}

TEST(Schema, MethodsTellTheirModeAndWhatTheyThrow) {
  const Schema s = services();
  const Service& shop = *s.find_service("Shop").value();
  ASSERT_EQ(shop.methods[0].throws().size(), 1U);
  EXPECT_EQ(shop.methods[0].throws()[0]->name, "gone");
  EXPECT_TRUE(shop.methods[1].throws().empty());
  EXPECT_EQ(shop.methods[1].response(), nullptr);
  Method m;
  EXPECT_EQ(to_string(m.streaming()), "unary");
  m.client_streaming = true;
  EXPECT_EQ(to_string(m.streaming()), "client");
  m.server_streaming = true;
  EXPECT_EQ(to_string(m.streaming()), "bidirectional");
  m.client_streaming = false;
  EXPECT_EQ(to_string(m.streaming()), "server");
}

TEST(SchemaBuilder, EqualTypesAreOneObject) {
  SchemaBuilder b;
  EXPECT_EQ(b.list_of(b.base(Kind::i32)), b.list_of(b.base(Kind::i32)));
  EXPECT_NE(b.list_of(b.base(Kind::i32)), b.set_of(b.base(Kind::i32)));
  Type& variant = b.variant_of(*b.base(Kind::i32));
  variant.alias = "Id";
  EXPECT_NE(&variant, b.base(Kind::i32));
  EXPECT_EQ(b.base(Kind::i32)->alias, "");
}

TEST(SchemaBuilder, WithoutADocumentNamesAreBare) {
  SchemaBuilder b;
  b.add_struct("A");
  const Result<Schema> s = b.build();
  ASSERT_TRUE(s.has_value());
  EXPECT_EQ((*s->find_struct("A"))->full_name, "A");
  EXPECT_EQ(s->documents().size(), 1u);
  EXPECT_TRUE(b.build().has_value()) << "the builder is empty and may be used again";
}

TEST(SchemaBuilder, RejectsWhatIsDeclaredTwice) {
  SchemaBuilder b;
  StructType& ids = b.add_struct("A");
  add_field(ids, 1, "a", b.base(Kind::i32));
  add_field(ids, 1, "b", b.base(Kind::i32));
  EXPECT_EQ(problem(b), "A.b: the id 1 is used twice");

  StructType& names = b.add_struct("A");
  add_field(names, 1, "a", b.base(Kind::i32));
  add_field(names, 2, "a", b.base(Kind::i32));
  EXPECT_EQ(problem(b), "A: the field name a is used twice");

  StructType& json = b.add_struct("A");
  add_field(json, 1, "a", b.base(Kind::i32)).json_name = "b";
  add_field(json, 2, "b", b.base(Kind::i32));
  EXPECT_EQ(problem(b), "A.b: the JSON name b is used twice");

  b.add_enum("E").values = {{.name = "X", .number = 1}, {.name = "X", .number = 2}};
  EXPECT_EQ(problem(b), "E: the name X is used twice");

  b.add_struct("A");
  b.add_enum("A");
  EXPECT_EQ(problem(b), "the name 'A' is declared twice");
}

TEST(SchemaBuilder, RejectsIncompleteTypes) {
  SchemaBuilder b;
  add_field(b.add_struct("A"), 1, "a", nullptr);
  EXPECT_EQ(problem(b), "A.a has no type");
  add_field(b.add_struct("A"), 1, "a", b.base(Kind::void_));
  EXPECT_EQ(problem(b), "A.a has no type");
  b.list_of(nullptr);
  EXPECT_FALSE(problem(b).empty());
  b.variant_of(*b.base(Kind::i32)).kind = Kind::structure;
  EXPECT_FALSE(problem(b).empty());
  Type& self = b.variant_of(*b.list_of(b.base(Kind::i32)));
  self.element = &self;
  EXPECT_FALSE(problem(b).empty());
  b.add_typedef("T");
  EXPECT_EQ(problem(b), "T has no type");
}

TEST(SchemaBuilder, RejectsTypesThatAreTooDeepOrTooLarge) {
  SchemaBuilder b;
  const Type* t = b.base(Kind::i32);
  for (int i = 0; i < 70; ++i) {
    t = b.list_of(t);
  }
  EXPECT_FALSE(problem(b).empty());
  t = b.base(Kind::i32);
  for (int i = 0; i < 20; ++i) {
    t = b.map_of(t, t);
  }
  EXPECT_FALSE(problem(b).empty());
  t = b.base(Kind::i32);
  for (int i = 0; i < 50; ++i) {
    t = b.list_of(t);
  }
  EXPECT_EQ(problem(b), "");
}

TEST(SchemaBuilder, RejectsDefaultsThatDoNotFit) {
  const auto with_default = [](Kind kind, ConstValue value) {
    SchemaBuilder b;
    add_field(b.add_struct("A"), 1, "a", b.base(kind)).default_value = std::move(value);
    return problem(b).empty();
  };
  EXPECT_TRUE(with_default(Kind::i8, {std::int64_t{-128}}));
  EXPECT_FALSE(with_default(Kind::i8, {std::int64_t{128}}));
  EXPECT_FALSE(with_default(Kind::u8, {std::int64_t{-1}}));
  EXPECT_TRUE(with_default(Kind::u64, {std::int64_t{-1}}));
  EXPECT_FALSE(with_default(Kind::boolean, {std::int64_t{1}}));
  EXPECT_FALSE(with_default(Kind::string, {1.5}));
  EXPECT_TRUE(with_default(Kind::float32, {1.5}));
  EXPECT_FALSE(with_default(Kind::uuid, {std::string("short")}));

  SchemaBuilder b;
  StructType& p = b.add_struct("P");
  add_field(p, 1, "x", b.base(Kind::i32));
  const ConstValue good{ConstValue::Map{{{std::string("x")}, {std::int64_t{1}}}}};
  const ConstValue bad{ConstValue::Map{{{std::string("y")}, {std::int64_t{1}}}}};
  add_field(b.add_struct("A"), 1, "p", b.of(p)).default_value = good;
  EXPECT_EQ(problem(b), "");
  StructType& q = b.add_struct("P");
  add_field(q, 1, "x", b.base(Kind::i32));
  add_field(b.add_struct("A"), 1, "p", b.of(q)).default_value = bad;
  EXPECT_EQ(problem(b), "A.p: the default does not fit the type P");
}

TEST(SchemaBuilder, RejectsNamesThatAreNotUtf8) {
  SchemaBuilder b;
  b.add_document("d\xff");
  b.add_struct("A");
  EXPECT_EQ(problem(b), "the name d\\xff.A of a struct is not valid UTF-8");
  b.add_struct("A\xc0");
  EXPECT_EQ(problem(b), "the name A\\xc0 of a struct is not valid UTF-8");
  b.add_struct("A").full_name = "\xed\xa0\x80.A";
  EXPECT_EQ(problem(b), "the name \\xed\\xa0\\x80.A of a struct is not valid UTF-8");
  b.add_hidden_struct("A", "\xf8");
  EXPECT_EQ(problem(b), "the name \\xf8 of a struct is not valid UTF-8");
  add_field(b.add_struct("A"), 1, "a\x80", b.base(Kind::i32));
  EXPECT_EQ(problem(b), "A: the field name a\\x80 is not valid UTF-8");
  add_field(b.add_struct("A"), 1, "a", b.base(Kind::i32)).json_name = "b\xe2\x82";
  EXPECT_EQ(problem(b), "A.a: the JSON name b\\xe2\\x82 is not valid UTF-8");
  b.add_enum("E\xff");
  EXPECT_EQ(problem(b), "the name E\\xff of an enum is not valid UTF-8");
  b.add_enum("E").values = {{.name = "X", .number = 1}, {.name = "\xffY", .number = 2}};
  EXPECT_EQ(problem(b), "E: the name \\xffY is not valid UTF-8");

  add_field(b.add_struct("\xc3\xa9t\xc3\xa9"), 1, "\xe2\x82\xac", b.base(Kind::i32)).json_name =
      "\xf0\x9f\x98\x80";
  EXPECT_EQ(problem(b), "") << "text beyond ASCII is well";
}

TEST(SchemaBuilder, RejectsDefaultStringsThatAreNotUtf8) {
  const auto with_default = [](SchemaBuilder& b, const Type* type, ConstValue value) {
    add_field(b.add_struct("A"), 1, "a", type).default_value = std::move(value);
    return problem(b);
  };
  const char* const message = "A.a: the default holds a string that is not valid UTF-8";
  const ConstValue bad{std::string("x\xff")};
  const ConstValue good{std::string("\xc3\xa9")};
  SchemaBuilder b;
  EXPECT_EQ(with_default(b, b.base(Kind::string), bad), message);
  EXPECT_EQ(with_default(b, b.list_of(b.base(Kind::string)), {ConstValue::List{good, bad}}),
            message);
  EXPECT_EQ(with_default(b, b.map_of(b.base(Kind::string), b.base(Kind::string)),
                         {ConstValue::Map{{bad, good}}}),
            message);
  EXPECT_EQ(with_default(b, b.base(Kind::string), good), "");
  EXPECT_EQ(with_default(b, b.base(Kind::binary), bad), "") << "bytes need not be text";

  Constant& c = b.add_constant("C");
  c.type = b.base(Kind::string);
  c.value = bad;
  EXPECT_EQ(problem(b), "C: the value holds a string that is not valid UTF-8");
}

TEST(SchemaBuilder, RejectsServicesThatExtendThemselves) {
  SchemaBuilder b;
  Service& s = b.add_service("S");
  Service& t = b.add_service("T");
  s.extends = &t;
  t.extends = &s;
  EXPECT_EQ(problem(b), "the service S extends itself");
}

TEST(SameShape, ComparesMembersNotNamesOfTypes) {
  const auto node = [](const char* name, const char* field, Kind kind) {
    SchemaBuilder b;
    StructType& s = b.add_struct(name);
    add_field(s, 1, "next", b.list_of(b.of(s)));
    add_field(s, 2, field, b.base(kind));
    return *b.build();
  };
  const Schema a = node("A", "v", Kind::i32);
  const Schema b = node("B", "v", Kind::i32);
  const Schema c = node("C", "w", Kind::i32);
  const Schema d = node("D", "v", Kind::i64);
  const auto type = [](const Schema& s) { return *s.type_of(s.structs().front()); };
  EXPECT_TRUE(same_shape(type(a), type(b)));
  EXPECT_FALSE(same_shape(type(a), type(c)));
  EXPECT_FALSE(same_shape(type(a), type(d)));
  EXPECT_FALSE(same_shape(type(a), *type(a).structure->fields[0].type));
}

TEST(SameShape, WalksLongChainsOfStructsWithoutRecursion) {
  const auto chain = [] {
    SchemaBuilder b;
    std::vector<StructType*> all;
    for (int i = 0; i < 100000; ++i) {
      all.push_back(&b.add_struct("S" + std::to_string(i)));
    }
    for (std::size_t i = 1; i < all.size(); ++i) {
      add_field(*all[i - 1], 1, "next", b.of(*all[i]));
    }
    return *b.build();
  };
  const Schema a = chain();
  const Schema b = chain();
  EXPECT_TRUE(same_shape(*a.type_of(a.structs().front()), *b.type_of(b.structs().front())));
}

TEST(Errors, AreOnePointerWideAndCopyable) {
  EXPECT_EQ(sizeof(Error), sizeof(void*));
  Error::Detail detail;
  detail.code = Errc::truncated;
  detail.offset = 17;
  detail.line = 2;
  detail.column = 5;
  detail.path = "orders[3].sku";
  detail.message = "expected 4 bytes";
  const Error e(detail);
  Error copy = e;
  EXPECT_EQ(copy.to_string(), "truncated at byte 17 (line 2:5) in orders[3].sku: expected 4 bytes");
  copy = Error(Errc::io);
  EXPECT_EQ(copy.to_string(), "io");
  EXPECT_EQ(e.code(), Errc::truncated);
}

}  // namespace
}  // namespace wirejit::test
