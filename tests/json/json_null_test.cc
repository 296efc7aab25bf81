// null after a value, and a value after null: the last one counts, and null counts as a duplicate
// if duplicates are rejected. In one pass, to other formats, to records and C++ structs, on every
// engine.
#include "tests/support/json_support.h"
#include "tests/support/protojson_support.h"

#include <wirejit/record_codec.h>
#include <wirejit/reflect.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace wirejit::test {

struct NullInner {
  std::int32_t x = 4;
};
struct NullStruct {
  std::int32_t k = 7;
  std::optional<std::int32_t> maybe;
  std::string text = "dflt";
  std::vector<std::int32_t> list;
  std::map<std::string, std::int32_t> map;
  std::optional<NullInner> inner;
  double last = 0;
};
struct NullChoice : std::variant<std::monostate, std::int32_t, std::string> {
  using variant::variant;
};
struct NullOptions {
  std::optional<std::int32_t> a;
  std::optional<std::string> b;
};
struct NullNarrow {
  std::optional<std::int32_t> a;
};
struct NullHolder {
  NullChoice choice;
};
WIREJIT_STRUCT(NullHolder, (1, choice))
WIREJIT_STRUCT(NullNarrow, (1, a))
WIREJIT_STRUCT(NullInner, (1, x))
WIREJIT_STRUCT(NullStruct, (1, k), (2, maybe), (3, text), (4, list), (5, map), (6, inner),
               (7, last))
WIREJIT_UNION(NullOptions, (1, a), (2, b))
WIREJIT_VARIANT(NullChoice, (1, a), (2, b))

namespace {

constexpr const char* idl = R"(
struct Inner { 1: optional i32 x }
struct All {
  1: optional i32 k, 2: optional string text = "dflt", 3: optional list<i32> list,
  4: optional map<string, i32> map, 5: optional Inner inner, 6: i32 plain, 7: double d = 1.5,
}
union Choice { 1: i32 number, 2: string word }
struct Holder { 1: optional Choice choice }
struct Must { 1: required i32 k, 2: optional i32 o }
)";

constexpr EngineOptions::Kind kinds[] = {EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic};

TEST(JsonNull, NullRemovesTheValueBeforeIt) {
  Rewriter r(load_idl(idl), "All");
  EXPECT_EQ(r(R"({"k":1,"k":null})"), r("{}"));
  EXPECT_EQ(r(R"({"k":1,"plain":2,"k": null })"), r(R"({"plain":2})"));
  EXPECT_EQ(r(R"({"k":1,"k":null,"k":2})"), r(R"({"k":2})"));
  EXPECT_EQ(r(R"({"k":null,"k":1})"), r(R"({"k":1})"));
  EXPECT_EQ(r(R"({"k":null,"plain":1,"k":2})"), r(R"({"plain":1,"k":2})"));
  EXPECT_EQ(r(R"({"k":1,"k":null,"k":null,"plain":3,"plain":null})"), r("{}"));
  EXPECT_EQ(r(R"({"text":"x","list":[1],"map":{"a":1},"inner":{"x":1},"d":2,"text":null,)"
              R"("list":null,"map":null,"inner":null,"d":null})"),
            r("{}"));
  EXPECT_EQ(r(R"({"inner":{"x":1,"x":null},"list":[1],"list":null,"list":[2]})"),
            r(R"({"list":[2],"inner":{}})"));
  EXPECT_EQ(r(R"({"plain":1,"k":2,"plain":null,"d":3})"), r(R"({"k":2,"d":3})"));
  EXPECT_EQ(r(R"({"k":1,"text":"a","k":3,"text":null})"), r(R"({"k":3})"));
  EXPECT_EQ(r.code(R"({"k":1,"k":nul})"), Errc::syntax);
}

TEST(JsonNull, RequiredFieldsCannotBeNull) {
  Rewriter r(load_idl(idl), "Must");
  EXPECT_EQ(r.code(R"({"k":1,"k":null})"), Errc::null_value);
  EXPECT_EQ(r(R"({"k":1,"o":2,"o":null})"), R"({"k":1})");
}

TEST(JsonNull, NullIsADuplicateWhereDuplicatesAreRejected) {
  Options strict;
  strict.reject_duplicate_fields = true;
  Rewriter r(load_idl(idl), "All", {}, {}, strict);
  EXPECT_EQ(r(R"({"k":1,"k":null})"), "duplicate_field@11");
  EXPECT_EQ(r(R"({"k":null,"k":1})"), "duplicate_field@14");
  EXPECT_EQ(r(R"({"k":null,"k":null})"), "duplicate_field@14");
  EXPECT_EQ(r.code(R"({"d":1,"k":null,"list":[],"k":2})"), Errc::duplicate_field);
  EXPECT_EQ(r.code(R"({"list":null,"k":1,"text":"a","list":[]})"), Errc::duplicate_field);
  EXPECT_EQ(r(R"({"k":null,"text":null,"list":[],"plain":1})"), r(R"({"list":[],"plain":1})"));
  EXPECT_EQ(r(R"({"d":null,"plain":null,"inner":null,"map":null,"list":null})"), r("{}"));
  Rewriter must(load_idl(idl), "Must", {}, {}, strict);
  EXPECT_EQ(must.code(R"({"o":null})"), Errc::missing_required);
  EXPECT_EQ(must(R"({"o":null,"k":1})"), R"({"k":1})");
}

// A field that the target lacks came at most once, whatever else did.
TEST(JsonNull, OfAFieldThatTheTargetLacks) {
  const Schema from =
      load_idl("struct S { 1: optional i32 a, 2: optional i32 k, 3: optional i32 c }");
  const Schema to = load_idl("struct S { 1: optional i32 a, 3: optional i32 c }");
  Options strict;
  strict.reject_duplicate_fields = true;
  for (const EngineOptions::Kind kind : kinds) {
    for (const bool through_record : {false, true}) {
      strict.debug.through_record = through_record;
      const Engine engine({.kind = kind});
      for (const Format& source : {Format(json::text), Format(pb::json)}) {
        const auto t =
            engine.transcoder(from.find_struct("S").value(), source, to.find_struct("S").value(),
                              json::text, Match::number, strict);
        ASSERT_TRUE(t) << t.error();
        for (const std::string_view text :
             {R"({"a":1,"k":null})", R"({"k":null,"a":1})", R"({"a":1,"k":null,"c":2})",
              R"({"c":2,"k":null,"a":1})", R"({"a":1,"k":5,"c":2})", R"({"k":null})"}) {
          std::string out;
          EXPECT_TRUE(t->transcode(text, out)) << text << " to " << out;
          out.clear();
          EXPECT_EQ(t->transcode(R"({"a":1,"k":null,"a":1})", out).error().code(),
                    Errc::duplicate_field);
        }
      }
      const auto narrow = engine.codec<NullNarrow>(from.find_struct("S").value(), pb::json, strict);
      ASSERT_TRUE(narrow) << narrow.error();
      EXPECT_EQ(narrow->decode(R"({"a":1,"k":null})").value().a, 1);
      EXPECT_EQ(narrow->decode(R"({"k":null,"a":1})").value().a, 1);
    }
  }
}

TEST(JsonNull, OfAUnion) {
  Rewriter r(load_idl(idl), "Holder");
  EXPECT_EQ(r(R"({"choice":{"number":null,"word":"w"}})"), R"({"choice":{"word":"w"}})");
  EXPECT_EQ(r(R"({"choice":{"word":"w","number":null}})"), R"({"choice":{"word":"w"}})");
  EXPECT_EQ(r(R"({"choice":{"word":null,"word":"w"}})"), R"({"choice":{"word":"w"}})");
  EXPECT_EQ(r.code(R"({"choice":{"word":"w","word":null}})"), Errc::union_not_one);
  Options strict;
  strict.reject_duplicate_fields = true;
  Rewriter rejecting(load_idl(idl), "Holder", {}, {}, strict);
  EXPECT_EQ(rejecting(R"({"choice":{"number":null,"word":"w"}})"), R"({"choice":{"word":"w"}})");
  EXPECT_EQ(rejecting.code(R"({"choice":{"word":null,"word":"w"}})"), Errc::union_not_one);
  EXPECT_EQ(rejecting.code(R"({"choice":{"word":"w","number":null,"number":null}})"),
            Errc::union_not_one);
  Options free;
  free.check_unions = false;
  Rewriter unchecked(load_idl(idl), "Holder", {}, {}, free);
  EXPECT_EQ(unchecked(R"({"choice":{"word":"w","word":null}})"), R"({"choice":{}})");
  EXPECT_EQ(unchecked(R"({"choice":{"word":"w","number":null}})"), R"({"choice":{"word":"w"}})");
}

// Structs with more fields than a word has bits, and than are expected in order.
TEST(JsonNull, OfManyFields) {
  std::string many = "struct Many {";
  for (int i = 1; i <= 150; ++i) {
    many += std::to_string(i) + ": optional i32 f" + std::to_string(i) + ",";
  }
  many += "}";
  Rewriter r(load_idl(many), "Many");
  EXPECT_EQ(r(R"({"f1":1,"f70":2,"f150":3,"f70":null})"), R"({"f1":1,"f150":3})");
  EXPECT_EQ(r(R"({"f150":3,"f150":null})"), "{}");
  Options strict;
  strict.reject_duplicate_fields = true;
  Rewriter rejecting(load_idl(many), "Many", {}, {}, strict);
  EXPECT_EQ(rejecting.code(R"({"f70":null,"f1":2,"f70":1})"), Errc::duplicate_field);
  EXPECT_EQ(rejecting(R"({"f70":null,"f1":2,"f150":null})"), R"({"f1":2})");
}

TEST(JsonNull, RecordsDropTheValueThatNullRemoves) {
  const Schema schema = load_idl(idl);
  const RecordType type = *RecordType::make(schema, "All");
  for (const auto kind : kinds) {
    const Engine engine({.kind = kind});
    const auto codec = engine.record_codec(type, json::text);
    Arena arena;
    const auto r = codec->decode(
        std::string_view(R"({"k":1,"text":"x","list":[1],"inner":{"x":2},"plain":3,"d":4,)"
                         R"("k":null,"text":null,"list":null,"inner":null,"plain":null,"d":null})"),
        arena);
    ASSERT_TRUE(r) << r.error().to_string();
    const auto none = codec->decode(std::string_view("{}"), arena);
    EXPECT_TRUE(*r == *none);
    for (const char* name : {"k", "list", "inner"}) {
      EXPECT_FALSE(r->has(name)) << name;
    }
    EXPECT_EQ(r->get<double>("d"), 1.5);
  }
}

TEST(JsonNull, StructsGetTheirDefaultsBack) {
  for (const auto kind : kinds) {
    const Engine engine({.kind = kind});
    const auto codec = engine.codec<NullStruct>(json::text);
    NullStruct object;
    ASSERT_TRUE(codec->decode(
        std::string_view(R"({"k":1,"maybe":2,"text":"x","list":[1],"map":{"a":1},"inner":{"x":1},)"
                         R"("last":2,"k":null,"maybe":null,"text":null,"list":null,"map":null,)"
                         R"("inner":null})"),
        object));
    EXPECT_EQ(object.k, 7);
    EXPECT_FALSE(object.maybe);
    EXPECT_EQ(object.text, "dflt");
    EXPECT_TRUE(object.list.empty() && object.map.empty() && !object.inner);
    EXPECT_EQ(object.last, 2);
    const auto strict = engine.codec<NullStruct>(json::text, {.reject_duplicate_fields = true});
    const auto twice = strict->decode(std::string_view(R"({"k":1,"k":null})"), object);
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().code(), Errc::duplicate_field);
    EXPECT_EQ(twice.error().offset(), 11U);
    ASSERT_TRUE(strict->decode(std::string_view(R"({"k":null,"last":1,"inner":null})"), object));
    EXPECT_EQ(object.k, 7);
    const auto unions = engine.codec<NullOptions>(json::text, {.check_unions = false});
    ASSERT_TRUE(unions) << unions.error().to_string();
    NullOptions choice;
    ASSERT_TRUE(unions->decode(std::string_view(R"({"a":1,"b":"x","a":null})"), choice));
    EXPECT_FALSE(choice.a);
    EXPECT_EQ(choice.b, "x");
    const auto variants = engine.codec<NullHolder>(json::text, {.check_unions = false});
    ASSERT_TRUE(variants) << variants.error().to_string();
    NullHolder holder;
    ASSERT_TRUE(variants->decode(std::string_view(R"({"choice":{"a":1,"a":null}})"), holder));
    EXPECT_EQ(holder.choice.index(), 0U);
    ASSERT_TRUE(variants->decode(std::string_view(R"({"choice":{"b":"x","a":null}})"), holder));
    EXPECT_EQ(holder.choice.index(), 2U);
  }
}

class ProtoNull : public testing::Test {
 protected:
  static Schema make() {
    SchemaBuilder b;
    const Google g = add_google(b);
    b.add_document("test");
    EnumType& color = b.add_enum("Color");
    color.values.push_back({.name = "NONE", .number = 0});
    color.values.push_back({.name = "RED", .number = 1});
    StructType& s = b.add_struct("Item");
    s.oneofs.push_back({.name = "choice"});
    add_field(s, 1, "a_count", b.base(Kind::i32), present);
    add_field(s, 2, "a_text", b.base(Kind::string));
    add_field(s, 3, "one_int", b.base(Kind::i32), present, 0);
    add_field(s, 4, "one_text", b.base(Kind::string), present, 0);
    add_field(s, 5, "a_color", b.of(color), present);
    add_field(s, 6, "a_value", b.of(*g.value), present);
    add_field(s, 7, "later", b.base(Kind::i32), present);
    return built(b);
  }
  static ProtoRewriter item(const ProtoOptions& options = {}, const Options& rules = {}) {
    return {make(), "test.Item", options, rules};
  }
};

TEST_F(ProtoNull, IsADuplicateLikeAnyOther) {
  auto r = item();
  EXPECT_EQ(r(R"({"aCount":1,"aCount":null})"), "duplicate_field@21");
  EXPECT_EQ(r(R"({"aCount":null,"aCount":1})"), "duplicate_field@24");
  EXPECT_EQ(r.code(R"({"aCount":null,"a_count":null})"), "duplicate_field");
  EXPECT_EQ(r.code(R"({"later":null,"aText":"x","a_count":1,"later":2})"), "duplicate_field");
  EXPECT_EQ(r.code(R"({"oneInt":null,"oneInt":1})"), "duplicate_field");
  EXPECT_EQ(r.code(R"({"oneInt":null,"aText":"x","oneInt":1})"), "duplicate_field");
  EXPECT_EQ(r.code(R"({"oneText":"x","oneText":null})"), "duplicate_field");
  EXPECT_EQ(r(R"({"oneInt":null,"oneText":"x"})"), R"({"oneText":"x"})");
  EXPECT_EQ(r(R"({"oneText":"x","oneInt":null,"aCount":null})"), R"({"oneText":"x"})");
  EXPECT_EQ(r(R"({"aValue":null,"later":null})"), R"({"aValue":null})");
}

TEST_F(ProtoNull, RemovesTheValueWhereTheLastCounts) {
  auto r = item({.reject_duplicates = false});
  EXPECT_EQ(r(R"({"aCount":1,"a_count":null})"), "{}");
  EXPECT_EQ(r(R"({"aCount":1,"aText":"x","aText":null,"later":2})"), R"({"aCount":1,"later":2})");
  EXPECT_EQ(r(R"({"aCount":null,"aCount":1})"), R"({"aCount":1})");
  EXPECT_EQ(r(R"({"oneInt":1,"oneInt":null})"), "{}");
  EXPECT_EQ(r(R"({"oneInt":1,"oneInt":null,"oneText":"x"})"), R"({"oneText":"x"})");
  EXPECT_EQ(r.code(R"({"oneInt":1,"oneText":"x","oneText":null})"), "oneof_conflict");
}

// An unknown name of an enum leaves the field absent, like null.
TEST_F(ProtoNull, UnknownNamesOfEnumsAreLikeNull) {
  auto r = item({}, {.unknown_fields = Unknown::skip});
  EXPECT_EQ(r(R"({"aColor":"PINK"})"), "{}");
  EXPECT_EQ(r.code(R"({"aColor":"RED","aColor":"PINK"})"), "duplicate_field");
  auto last = item({.reject_duplicates = false}, {.unknown_fields = Unknown::skip});
  EXPECT_EQ(last(R"({"aColor":"RED","aColor":"PINK"})"), "{}");
  EXPECT_EQ(last(R"({"aColor":"PINK","aColor":"RED"})"), R"({"aColor":"RED"})");
}

}  // namespace
}  // namespace wirejit::test
