// Unknown members that are kept as text and written back: in one pass, through records and C++
// structs, on every engine. nlohmann/json tells whether two texts have the same value.
#include "tests/support/json_support.h"
#include "tests/support/protojson_support.h"
#include "tests/support/random_source.h"

#include <wirejit/record_codec.h>
#include <wirejit/reflect.h>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace wirejit::test {

struct KeptInner {
  std::optional<std::int32_t> x;
  UnknownFields rest;
};
struct KeptOuter {
  std::optional<std::string> first_name;
  std::optional<KeptInner> inner;
  UnknownFields rest;
};
WIREJIT_STRUCT(KeptInner, (1, x), (0, rest))
WIREJIT_STRUCT(KeptOuter, (1, first_name), (2, inner), (0, rest))

namespace {

constexpr const char* idl = R"(
struct Inner { 1: optional i32 x, 2: optional string y }
struct Outer {
  1: optional string first_name (json.name = "firstName"),
  2: optional Inner inner,
  3: optional list<Inner> inners,
  4: optional map<string, Inner> named,
  5: optional double number,
}
union Choice { 1: i32 number, 2: string word }
struct Holder { 1: optional Choice choice }
)";

constexpr EngineOptions::Kind kinds[] = {EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic};

// The text that was written, or the name of the error.
std::string text_of(const Outcome& o) { return o.ok() ? o.bytes : std::string(to_string(o.code)); }

// A proxy that reads a text as `type` and writes it again.
struct Proxy {
  Schema schema;
  std::string type;
  Format in = json::text;
  Format out = json::text;
  Limits limits{};
  Unknown unknown = Unknown::keep;
  bool proto_keeps = false;

  EngineMatrix matrix() const {
    return {schema,
            type,
            {in, out},
            {.options = {.unknown_fields = unknown}, .limits = limits, .proto_keeps = proto_keeps}};
  }
  std::string one_pass(std::string_view text) const {
    return text_of(matrix().transcode(in, out, text));
  }
  // By a transcoder, and by a record between two codecs.
  std::string through_record(std::string_view text) const {
    EngineMatrix both = matrix();
    const std::string recorded = text_of(both.through_record(in, out, as_bytes(text)));
    EXPECT_EQ(text_of(both.by_codecs(in, out, as_bytes(text))), recorded) << text;
    return recorded;
  }
  // The text that both methods write, if it is the same.
  std::string operator()(std::string_view text) const {
    const std::string one = one_pass(text);
    EXPECT_EQ(through_record(text), one) << text;
    return one;
  }
};

Proxy outer(const Format& in = json::text, const Format& out = json::text) {
  return {load_idl(idl), "Outer", in, out};
}

TEST(JsonUnknown, MembersAreWrittenAsTheyWereRead) {
  const Proxy proxy = outer();
  EXPECT_EQ(proxy("{}"), "{}");
  EXPECT_EQ(proxy(R"({"a":1})"), R"({"a":1})");
  EXPECT_EQ(proxy(R"({"a":1,"b":[true,null,{"c":"\u00e9\\\""}],"d":-0.50E+2})"),
            R"({"a":1,"b":[true,null,{"c":"\u00e9\\\""}],"d":-0.50E+2})");
  EXPECT_EQ(proxy(R"({"firstName":"n","a":{}})"), R"({"firstName":"n","a":{}})");
  EXPECT_EQ(proxy(R"({"firstName":"n","number":1.5,"a":"x","b":""})"),
            R"({"firstName":"n","number":1.5,"a":"x","b":""})");
  EXPECT_EQ(proxy(R"({"inner":{"z":1},"inners":[{},{"x":1,"z":[]},{"q":"q"}]})"),
            R"({"inner":{"z":1},"inners":[{},{"x":1,"z":[]},{"q":"q"}]})");
  EXPECT_EQ(proxy(R"({"named":{"a":{"x":1},"b":{"n":123456789012345678901234567890}}})"),
            R"({"named":{"a":{"x":1},"b":{"n":123456789012345678901234567890}}})");
  EXPECT_EQ(proxy(R"({"\u0061\"":1,"":2,"firstname":3})"), R"({"\u0061\"":1,"":2,"firstname":3})");
}

TEST(JsonUnknown, RecordsWriteMembersAfterKnownOnes) {
  const Proxy proxy = outer();
  constexpr std::string_view mixed = R"({"a":1,"firstName":"n","b":2,"number":1.5,"c":3})";
  EXPECT_EQ(proxy.one_pass(mixed), mixed);
  EXPECT_EQ(proxy.through_record(mixed), R"({"firstName":"n","number":1.5,"a":1,"b":2,"c":3})");
}

TEST(JsonUnknown, CompactTextHasNoWhiteSpaceBetweenTokens) {
  const Proxy proxy = outer();
  EXPECT_EQ(proxy("{ \"a\" :\n [ 1 , \" \\\" , [\\\\\" ] \t,\r\n \"b\":{ } }"),
            R"({"a":[1," \" , [\\"],"b":{}})");
}

TEST(JsonUnknown, PrettyTextHasThemOnLinesOfTheirOwn) {
  const Proxy proxy = outer(json::text, json::text({.indent = 2}));
  EXPECT_EQ(proxy(R"({"a":[1, 2]})"), "{\n  \"a\":[1, 2]\n}\n");
  EXPECT_EQ(proxy(R"({"firstName":"n","inner":{"x":1,"z" : {}},"a":1})"),
            "{\n  \"firstName\": \"n\",\n  \"inner\": {\n    \"x\": 1,\n    \"z\" : {}\n  },\n"
            "  \"a\":1\n}\n");
}

TEST(JsonUnknown, WhatIsKeptIsCheckedLikeAllText) {
  const Proxy proxy = outer();
  EXPECT_EQ(proxy("{\"a\":\"\xff\"}"), "invalid_utf8");
  EXPECT_EQ(proxy("{\"\xc0\x80\":1}"), "invalid_utf8");
  EXPECT_EQ(proxy("{\"a\":{\"\xed\xa0\x80\":1}}"), "invalid_utf8");
  EXPECT_EQ(proxy("{\"a\":\"\n\"}"), "invalid_string");
  EXPECT_EQ(proxy(R"({"\ud800":1})"), "invalid_string");
  EXPECT_EQ(proxy(R"({"a":"\udc00"})"), "invalid_string");
  EXPECT_EQ(proxy(R"({"a":01})"), "invalid_number");
  EXPECT_EQ(proxy(R"({"a":[1,]})"), "syntax");
  EXPECT_EQ(proxy(R"({"a":NaN})"), "syntax");
  EXPECT_EQ(proxy(R"({"a":/**/1})"), "syntax");
  EXPECT_EQ(proxy(R"({"a":1,})"), "syntax");
  EXPECT_EQ(proxy(R"({"a":1)"), "truncated");
}

// The writer does not write an unknown member with the key of one of its fields.
TEST(JsonUnknown, AKeyOfAFieldOfTheWriterIsNotWritten) {
  const Proxy plain = outer(json::text, json::text({.keys = json::Keys::name}));
  EXPECT_EQ(plain(R"({"firstName":"n","first_name":1,"a":2})"), R"({"first_name":"n","a":2})");
  EXPECT_EQ(plain(R"({"first_n\u0061me":1})"), "{}");
  const Proxy proto = outer(json::text, pb::json);
  EXPECT_EQ(proto(R"({"firstName":"n","first_name":1,"a":2})"), R"({"firstName":"n","a":2})");
}

TEST(JsonUnknown, RepeatedKeysAreAllKept) {
  const Proxy proxy = outer();
  EXPECT_EQ(proxy(R"({"a":1,"a":2})"), R"({"a":1,"a":2})");
  // The one pass restarts, and a record is written.
  EXPECT_EQ(proxy(R"({"a":1,"firstName":"m","inner":{"z":1},"firstName":"n","a":2})"),
            R"({"firstName":"n","inner":{"z":1},"a":1,"a":2})");
}

TEST(JsonUnknown, ProtoJsonKeepsThemWhereItDoesNotRejectThem) {
  const Proxy strict = outer(pb::json, pb::json);
  EXPECT_EQ(strict(R"({"a":1})"), "unknown_field");
  const auto lax = [](const Format& in, const Format& out) {
    Proxy proxy = outer(in, out);
    proxy.proto_keeps = true;
    return proxy;
  };
  EXPECT_EQ(lax(pb::json, pb::json)(R"({"firstName":"n","a":{"b":[]},"c":null})"),
            R"({"firstName":"n","a":{"b":[]},"c":null})");
  EXPECT_EQ(lax(pb::json, json::text)(R"({"firstName":"n","a":1})"), R"({"firstName":"n","a":1})");
  EXPECT_EQ(lax(json::text, pb::json)(R"({"firstName":"n","a":1})"), R"({"firstName":"n","a":1})");
  Proxy rejects = outer(json::text, json::text);
  rejects.unknown = Unknown::error;
  EXPECT_EQ(rejects(R"({"a":1})"), "unknown_field");
}

TEST(JsonUnknown, TheContentOfAnAnyCannotKeepThem) {
  SchemaBuilder b;
  const Google g = add_google(b);
  b.add_document("test");
  StructType& s = b.add_struct("Item");
  add_field(s, 1, "count", b.base(Kind::i32));
  add_field(s, 2, "any", b.of(*g.any), present);
  Proxy proxy{built(b), "test.Item", pb::json, pb::json};
  proxy.proto_keeps = true;
  EXPECT_EQ(proxy(R"({"count":1,"any":{"@type":"a/test.Item","count":2},"u":[1]})"),
            R"({"count":1,"any":{"@type":"a/test.Item","count":2},"u":[1]})");
  EXPECT_EQ(proxy(R"({"any":{"@type":"a/test.Item","u":1}})"), "unknown_field");
  EXPECT_EQ(proxy(R"({"any":{"@type":"a/google.protobuf.Duration","value":"1s","u":1}})"),
            "unknown_field");
  const auto without = Engine().transcoder(*proxy.schema.find_struct("test.Item"), pb::json,
                                           pb::json, {.unknown_fields = Unknown::skip});
  Buffer out;
  ASSERT_TRUE(
      without->transcode(std::string_view(R"({"any":{"@type":"a/test.Item","u":1},"u":1})"), out));
  EXPECT_EQ(out.text(), R"({"any":{"@type":"a/test.Item"}})");
}

TEST(JsonUnknown, AUnionStillNeedsItsMember) {
  const Proxy proxy{load_idl(idl), "Holder"};
  EXPECT_EQ(proxy(R"({"choice":{"number":1,"u":2},"v":3})"),
            R"({"choice":{"number":1,"u":2},"v":3})");
  EXPECT_EQ(proxy(R"({"choice":{"u":2}})"), "union_not_one");
}

TEST(JsonUnknown, WhatIsKeptCountsAgainstTheLimits) {
  Proxy proxy = outer();
  const std::string long_text = R"({"a":")" + std::string(5000, 'x') + R"("})";
  proxy.limits.memory = 4000;
  EXPECT_EQ(proxy.through_record(long_text), "memory_limit");
  EXPECT_EQ(proxy.one_pass(long_text), long_text);
  proxy.limits = {.output_bytes = 1000};
  EXPECT_EQ(proxy(long_text), "size_limit");
  proxy.limits = {.depth = 4};
  EXPECT_EQ(proxy(R"({"inner":{"a":[[1]]}})"), R"({"inner":{"a":[[1]]}})");
  EXPECT_EQ(proxy(R"({"inner":{"a":[[[1]]]}})"), "depth_limit");
}

TEST(JsonUnknown, AnotherFormatDoesNotTakeThem) {
  const Proxy binary = outer(json::text, thrift::binary);
  const Proxy back = outer(thrift::binary, json::text);
  EXPECT_EQ(back(binary(R"({"firstName":"n","a":1})")), R"({"firstName":"n"})");
}

TEST(JsonUnknown, MembersOfStructsKeepThem) {
  for (const auto kind : kinds) {
    const Engine engine({.kind = kind});
    const auto codec = engine.codec<KeptOuter>(json::text, {.unknown_fields = Unknown::keep});
    ASSERT_TRUE(codec) << codec.error().to_string();
    KeptOuter object;
    object.rest.bytes = "what was there before";
    ASSERT_TRUE(codec->decode(
        std::string_view(R"({"a" : 1,"inner":{"z":[2],"x":3},"first_name":"n","b":"c"})"), object));
    EXPECT_EQ(object.rest.bytes, R"("a" : 1"b":"c")");
    EXPECT_EQ(object.inner->rest.bytes, R"("z":[2])");
    Buffer out;
    ASSERT_TRUE(codec->encode(object, out));
    EXPECT_EQ(out.text(), R"({"first_name":"n","inner":{"x":3,"z":[2]},"a":1,"b":"c"})");
    const auto binary = engine.codec<KeptOuter>(thrift::binary, {.unknown_fields = Unknown::keep});
    Buffer bytes;
    ASSERT_TRUE(binary->encode(object, bytes));
    EXPECT_EQ(bytes.text().find("\"b\""), std::string::npos);
    // Members that a caller sets are checked, and a field's key is not written again.
    object = {};
    object.first_name = "n";
    object.rest.bytes = R"( "p":1 , "q":{} "first_name":2)";
    out.clear();
    ASSERT_TRUE(codec->encode(object, out));
    EXPECT_EQ(out.text(), R"({"first_name":"n","p":1,"q":{}})");
    for (const char* bad : {"x", R"("p")", R"("p":)", R"("p":1})", "\"p\":\"\xff\""}) {
      object.rest.bytes = bad;
      out.clear();
      EXPECT_FALSE(codec->encode(object, out)) << bad;
      EXPECT_TRUE(out.empty());
    }
    ASSERT_TRUE(engine.codec<KeptOuter>(json::text, {.unknown_fields = Unknown::skip})
                    ->decode(std::string_view(R"({"a":1,"inner":{"z":2}})"), object));
    EXPECT_EQ(object.rest, UnknownFields{});
    EXPECT_EQ(object.inner->rest, UnknownFields{});
  }
}

// A field of the schema for which the struct has no member is kept like an unknown one, also null.
TEST(JsonUnknown, FieldsThatAStructHasNoMemberForAreKept) {
  const Schema schema = load_idl(R"(
    struct KeptInner { 1: optional i32 x, 2: optional string y }
    struct KeptOuter { 1: optional string first_name, 2: optional KeptInner inner, 3: optional i32 n })");
  for (const auto kind : kinds) {
    const Engine engine({.kind = kind});
    const auto codec = engine.codec<KeptOuter>(*schema.find_struct("KeptOuter"), json::text,
                                               {.unknown_fields = Unknown::keep});
    ASSERT_TRUE(codec) << codec.error().to_string();
    for (const char* text : {R"({"inner":{"x":1,"y":"s"},"n":5,"m":6})", R"({"n":5,"n":null})",
                             R"({"n":null,"n":5})"}) {
      KeptOuter object;
      ASSERT_TRUE(codec->decode(std::string_view(text), object));
      Buffer out;
      ASSERT_TRUE(codec->encode(object, out));
      EXPECT_EQ(out.text(), text);
    }
  }
}

// Random objects with unknown members have the same value after the proxy.
TEST(JsonUnknown, RandomObjectsMeanTheSame) {
  using Json = nlohmann::json;
  Random random(7);
  const auto pick = [&](std::size_t n) { return random.below(n); };
  const auto value = [&](auto&& self, int depth) -> Json {
    switch (pick(depth > 3 ? 4 : 6)) {
      case 0: return nullptr;
      case 1: return pick(2) == 0;
      case 2: return static_cast<std::int64_t>(pick(1000)) - 500;
      case 3: return "t\"\\\n\u00e9" + std::to_string(pick(100));
      case 4: {
        Json list = Json::array();
        for (std::uint64_t k = pick(4); k > 0; --k) {
          list.push_back(self(self, depth + 1));
        }
        return list;
      }
      default: {
        Json object = Json::object();
        for (std::uint64_t k = pick(4); k > 0; --k) {
          object["k" + std::to_string(pick(9))] = self(self, depth + 1);
        }
        return object;
      }
    }
  };
  const Schema schema = load_idl(idl);
  const StructType& type = *schema.find_struct("Outer");
  std::vector<Transcoder> proxies;
  for (const auto kind : kinds) {
    for (const bool through_record : {false, true}) {
      for (const unsigned indent : {0U, 3U}) {
        proxies.push_back(*Engine({.kind = kind})
                               .transcoder({schema, type}, json::text,
                                           json::text({.indent = indent}),
                                           {.unknown_fields = Unknown::keep,
                                            .debug = {.through_record = through_record}}));
      }
    }
  }
  for (int round = 0; round < 300; ++round) {
    const auto inner = [&] {
      Json object = value(value, 3).is_null() ? Json::object() : Json{{"x", round}};
      object["u" + std::to_string(pick(3))] = value(value, 0);
      return object;
    };
    Json object = Json::object();
    for (std::uint64_t k = pick(4); k > 0; --k) {
      object["u" + std::to_string(pick(20))] = value(value, 0);
    }
    if (pick(2) == 0) {
      object["firstName"] = "n";
    }
    if (pick(2) == 0) {
      object["inner"] = inner();
      object["inners"] = Json::array({inner(), inner()});
    }
    const std::string text = object.dump(pick(2) == 0 ? -1 : 1);
    for (const Transcoder& proxy : proxies) {
      Buffer out;
      const auto done = proxy.transcode(std::string_view(text), out);
      ASSERT_TRUE(done) << done.error().to_string() << text;
      EXPECT_EQ(Json::parse(out.text()), object) << text << "\n" << out.text();
    }
  }
}

// Texts with changed, removed and duplicated bytes: one pass and records reject the same texts, and
// the proxy writes JSON that it does not change when it reads it again.
TEST(JsonUnknown, DamagedTextsAreRejectedOrWrittenAsJson) {
  const std::string good =
      R"({"a" : [1, {"b":"\u00e9\\" , "c":-1.5}],"firstName":"n","inner":{"z":null,"x":1,"q":[[]]},)"
      R"("inners":[{"x":1},{"\u0061":true}],"named":{"k":{"y":"v","w":{}}},"u":"é","number":2})";
  EngineMatrix proxy(load_idl(idl), "Outer", {json::text},
                     {.options = {.unknown_fields = Unknown::keep}});
  Random random(11);
  int written = 0;
  for (std::uint64_t round = rounds(4000); round > 0; --round) {
    std::string text = good;
    for (std::size_t k = random.below(3) + 1; k > 0; --k) {
      const std::size_t at = random.below(text.size());
      switch (random.below(4)) {
        case 0: text[at] = static_cast<char>(random.next()); break;
        case 1: text.erase(at, 1 + random.below(6)); break;
        case 2:
          text.insert(at, text.substr(random.below(text.size()), 1 + random.below(12)));
          break;
        default: text[at] = "{}[]\",:\\ 0n-"[random.below(12)]; break;
      }
    }
    const Outcome one_pass = proxy.transcode(json::text, json::text, text);
    EXPECT_EQ(proxy.through_record(json::text, json::text, as_bytes(text)).ok(), one_pass.ok())
        << text;
    for (const bool through_record : {false, true}) {
      const auto run = [&](std::string_view input) {
        return through_record ? proxy.through_record(json::text, json::text, as_bytes(input))
                              : proxy.transcode(json::text, json::text, input);
      };
      if (const Outcome o = run(text); o.ok()) {
        ++written;
        EXPECT_TRUE(nlohmann::json::accept(o.bytes)) << text << "\n" << o.bytes;
        EXPECT_EQ(run(o.bytes), o) << text;
      }
    }
  }
  EXPECT_GT(written, 100);
}

}  // namespace
}  // namespace wirejit::test
