// Transcoding between structs of two schemas, matched by number or by name: Protobuf to Thrift and
// back, on both engines, in one pass and through a record.
#include "tests/support/engine_matrix.h"
#include "tests/support/protobuf_support.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>
#include <peer_protobuf/wire_proto3.pb.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace wirejit::test {
namespace {

struct NarrowVariant : std::variant<std::monostate, std::int32_t> {
  using variant::variant;
};
WIREJIT_VARIANT(NarrowVariant, (2, b))

struct NarrowUnion {
  std::optional<std::int32_t> b;
  std::optional<std::int32_t> d;
};
WIREJIT_UNION(NarrowUnion, (2, b), (4, d))

struct NarrowOneof {
  std::optional<std::int32_t> b;
  std::optional<std::int32_t> d;
};
WIREJIT_STRUCT(NarrowOneof, (2, b), (4, d))

constexpr const char* idl = R"(
  enum Colour { NONE = 0, RED = 1, GREEN = 2 }
  struct Leaf { 1: i32 a, 2: string b, 3: list<i32> c }
  struct All {
    1: i32 i32_, 2: i64 i64_, 3: i32 u32, 4: i64 u64, 5: i16 s32, 6: i64 s64, 8: i64 f64,
    12: double real64, 13: bool flag, 14: string text, 15: binary raw, 16: Colour color,
    17: Leaf leaf, 31: set<i32> r_i32, 32: list<i64> r_i64, 44: list<string> r_text,
    46: list<i32> r_color, 47: list<Leaf> r_leaf, 61: map<string, string> m_text,
    62: map<i32, Leaf> m_leaf, 99: string only_here
  })";

Schema thrift_schema() {
  auto loaded = thrift::load_text(idl);
  EXPECT_TRUE(loaded.has_value()) << loaded.error().to_string();
  return *loaded;
}

// Transcoders on both engines, in one pass and through a record. All must give the same result.
class AllTranscoders {
 public:
  AllTranscoders(const Schema& a, const char* from, const Format& from_format, const Schema& b,
                 const char* to, const Format& to_format, Match match = Match::number,
                 Options options = {}) {
    for (const bool through_record : {false, true}) {
      for (std::size_t k = 0; k < engine_kinds.size(); ++k) {
        const Engine engine({.kind = engine_kinds[k]});
        options.debug.through_record = through_record;
        auto made = engine.transcoder(*a.find_struct(from), from_format, *b.find_struct(to),
                                      to_format, match, options);
        EXPECT_TRUE(made.has_value()) << made.error().to_string();
        transcoders_[through_record][k].emplace(*std::move(made));
      }
    }
  }

  std::string operator()(std::string_view input) {
    const auto run = [&](bool through_record) {
      return on_every_engine(
          [&](std::size_t k) {
            Buffer out;
            const auto done = transcoders_[through_record][k]->transcode(as_bytes(input), out);
            return Outcome(done, out.text());
          },
          as_bytes(input));
    };
    const Outcome one_pass = run(false);
    const Outcome record = run(true);
    EXPECT_EQ(one_pass.code, record.code);
    EXPECT_EQ(hex(as_bytes(one_pass.bytes)), hex(as_bytes(record.bytes)));
    return one_pass.ok() ? one_pass.bytes : "error " + std::string(to_string(one_pass.code));
  }

 private:
  std::optional<Transcoder> transcoders_[2][engine_kinds.size()];  // in one pass, through a record
};

three::All sample() {
  three::All m;
  m.set_i32(-5);
  m.set_i64(1LL << 40);
  m.set_u32(4000000000U);
  m.set_u64(~0ULL);
  m.set_s32(300);
  m.set_text("text");
  m.set_raw("\xff");
  m.set_color(three::RED);
  m.mutable_leaf()->set_a(7);
  m.add_r_i32(3);
  m.add_r_i32(1);
  m.add_r_i64(9);
  m.add_r_text("x");
  m.add_r_color(three::GREEN);
  m.add_r_leaf()->add_c(4);
  (*m.mutable_m_text())["k"] = "v";
  (*m.mutable_m_leaf())[5].set_b("five");
  m.set_o_i32(1);  // not in the other schema
  return m;
}

TEST(TwoSchemas, AMessageBecomesAStructByNumber) {
  const Proto proto(*three::All::descriptor()->file());
  const Schema other = thrift_schema();
  AllTranscoders to_thrift(proto.schema(), "All", pb::wire, other, "All", thrift::binary);
  const std::string bytes = to_thrift(sample().SerializeAsString());
  // As JSON, by the Thrift schema.
  const Engine engine;
  auto show = engine.transcoder(*other.find_struct("All"), thrift::binary, json::text);
  Buffer text;
  ASSERT_TRUE(show->transcode(as_bytes(bytes), text));
  EXPECT_EQ(text.text(), R"({"i32_":-5,"i64_":1099511627776,"u32":-294967296,"u64":-1,"s32":300,)"
                         R"("text":"text","raw":"/w==","color":"RED","leaf":{"a":7},"r_i32":[3,1],)"
                         R"("r_i64":[9],"r_text":["x"],"r_color":[2],"r_leaf":[{"c":[4]}],)"
                         R"("m_text":{"k":"v"},"m_leaf":{"5":{"b":"five"}}})");
  // And back.
  AllTranscoders to_message(other, "All", thrift::binary, proto.schema(), "All", pb::wire);
  three::All expected = sample();
  expected.clear_o_i32();
  EXPECT_EQ(hex(as_bytes(to_message(bytes))), hex(as_bytes(serialized(expected))));
}

TEST(TwoSchemas, FragmentsAreMergedAndRangesChecked) {
  const Proto proto(*three::All::descriptor()->file());
  const Schema other = thrift_schema();
  AllTranscoders to_thrift(proto.schema(), "All", pb::wire, other, "All", thrift::binary);
  const std::string bytes = sample().SerializeAsString();
  three::All more;
  more.add_r_i64(10);
  more.mutable_leaf()->set_b("more");
  three::All both = sample();
  both.MergeFrom(more);
  EXPECT_EQ(hex(as_bytes(to_thrift(bytes + more.SerializeAsString()))),
            hex(as_bytes(to_thrift(both.SerializeAsString()))));
  three::All large;
  large.set_s32(40000);  // i16 in Thrift
  EXPECT_EQ(to_thrift(large.SerializeAsString()), "error number_out_of_range");
  large.set_s32(-32768);
  EXPECT_NE(to_thrift(large.SerializeAsString()), "error number_out_of_range");
}

TEST(TwoSchemas, NamesMatchWhereNumbersDoNot) {
  SchemaBuilder a;
  StructType& s = a.add_struct("From");
  SchemaBuilder b;
  StructType& t = b.add_struct("To");
  const auto add = [](StructType& to, int id, const char* name, const char* json, const Type* type,
                      Requiredness r = Requiredness::optional) {
    Field& f = to.fields.emplace_back();
    f.id = id;
    f.name = name;
    f.json_name = json;
    f.type = type;
    f.requiredness = r;
  };
  add(s, 1, "user_id", "userId", a.base(Kind::u32));
  add(s, 2, "city", "city", a.base(Kind::string));
  add(s, 3, "extra", "extra", a.base(Kind::i32));
  add(t, 7, "city", "city", b.base(Kind::string));
  add(t, 9, "userId", "userId", b.base(Kind::i64), Requiredness::required);
  const Schema from = *a.build();
  const Schema to = *b.build();
  AllTranscoders transcoders(from, "From", pb::wire, to, "To", json::text, Match::name);
  EXPECT_EQ(transcoders("\x08\x85\x80\x80\x80\x08\x12\x03Ulm\x18\x01"),
            R"({"userId":2147483653,"city":"Ulm"})");
  EXPECT_EQ(transcoders("\x12\x03Ulm"), "error missing_required");
  AllTranscoders text(from, "From", json::text, to, "To", pb::wire, Match::name);
  EXPECT_EQ(text(R"({"userId":5,"city":"Ulm"})"), "\x48\x05\x3a\x03Ulm");
}

// A oneof whose first field the target lacks: the other fields are matched, and fields without a
// counterpart are skipped.
TEST(TwoSchemas, AOneofMayLackItsFirstFields) {
  SchemaBuilder a;
  SchemaBuilder b;
  const auto add = [](StructType& to, int id, const char* name, const Type* type, int oneof = -1) {
    Field& f = to.fields.emplace_back();
    f.id = id;
    f.name = name;
    f.json_name = name;
    f.type = type;
    f.requiredness = Requiredness::optional;
    f.oneof = oneof;
  };
  StructType& s = a.add_struct("S");
  s.oneofs.emplace_back().name = "choice";
  s.oneofs.emplace_back().name = "other";
  add(s, 1, "x", a.base(Kind::i32));
  add(s, 2, "a", a.base(Kind::i32), 0);
  add(s, 3, "b", a.base(Kind::i32), 0);
  add(s, 4, "c", a.base(Kind::i32), 0);
  add(s, 5, "d", a.base(Kind::i32), 1);
  add(s, 6, "e", a.base(Kind::i32), 1);
  add(s, 7, "y", a.base(Kind::i32));
  StructType& t = b.add_struct("T");
  add(t, 1, "x", b.base(Kind::i32));
  add(t, 3, "b", b.base(Kind::i32));
  add(t, 5, "d", b.base(Kind::i32));
  add(t, 7, "y", b.base(Kind::i32));
  const Schema from = *a.build();
  const Schema to = *b.build();
  const auto source = [](std::initializer_list<std::pair<int, int>> fields) {
    std::string bytes;
    for (const auto& [id, value] : fields) {
      bytes += static_cast<char>(id << 3);
      bytes += static_cast<char>(value);
    }
    return bytes;
  };
  AllTranscoders wire(from, "S", pb::wire, to, "T", json::text);
  EXPECT_EQ(wire(""), "{}");
  EXPECT_EQ(wire(source({{1, 5}})), R"({"x":5})");
  EXPECT_EQ(wire(source({{1, 5}, {2, 6}, {7, 8}})), R"({"x":5,"y":8})");
  EXPECT_EQ(wire(source({{1, 5}, {3, 6}, {6, 9}, {7, 8}})), R"({"x":5,"b":6,"y":8})");
  EXPECT_EQ(wire(source({{1, 5}, {4, 6}, {5, 9}, {7, 8}})), R"({"x":5,"d":9,"y":8})");
  AllTranscoders compact(from, "S", thrift::compact, to, "T", json::text);
  EXPECT_EQ(compact(std::string("\x15\x0a\0", 3)), R"({"x":5})");
  EXPECT_EQ(compact(std::string("\x15\x0a\x25\x0c\x45\x10\0", 7)), R"({"x":5,"b":6,"y":8})");
  EXPECT_EQ(compact(std::string("\x15\x0a\x15\x0c\x55\x10\0", 7)), R"({"x":5,"y":8})");
  EXPECT_EQ(compact(std::string("\x15\x0a\x35\x0c\x35\x10\0", 7)), R"({"x":5,"y":8})");
}

// ---- Members of a oneof, or of a union, that the target lacks

// Small numbers in fields with these ids, in this order; a negative one is null.
using Numbers = std::vector<std::pair<int, int>>;

struct NumberFormat {
  const char* name;
  Format format;
  bool is_text;
  std::string (*field)(int id, int value);
  std::string (*whole)(const std::string& fields);
};

std::string bytes_of(std::initializer_list<int> values) {
  std::string bytes;
  for (const int v : values) {
    bytes += static_cast<char>(v);
  }
  return bytes;
}

std::string json_member(int id, int value) {
  return ",\"" + std::string(1, static_cast<char>('a' + id - 1)) +
         "\":" + (value < 0 ? "null" : std::to_string(value));
}
std::string thrift_member(int id, int value) {
  return ",\"" + std::to_string(id) + "\":{\"i32\":" + std::to_string(value) + "}";
}
std::string as_object(const std::string& members) {
  return "{" + (members.empty() ? members : members.substr(1)) + "}";
}
std::string stopped(const std::string& fields) { return fields + '\0'; }

const std::vector<NumberFormat>& number_formats() {
  static const std::vector<NumberFormat> all = {
      {"protobuf", pb::wire, false, [](int id, int value) { return bytes_of({id << 3, value}); },
       [](const std::string& fields) { return fields; }},
      {"binary", thrift::binary, false,
       [](int id, int value) { return bytes_of({8, 0, id, 0, 0, 0, value}); }, stopped},
      {"compact", thrift::compact, false,
       [](int id, int value) { return bytes_of({5, id << 1, value << 1}); }, stopped},
      {"json", json::text, true, json_member, as_object},
      {"protojson", pb::json, true, json_member, as_object},
      {"protojson, the last one counts", pb::json({.reject_duplicates = false}), true, json_member,
       as_object},
      {"thrift json", thrift::json, false, thrift_member, as_object},
      {"simple json", thrift::simple_json, true, json_member, as_object},
  };
  return all;
}

// Fields a to f; b, c and d are alternatives, of a union all are. The target has the `kept` ones.
Schema alternatives(bool is_union, std::string_view kept) {
  SchemaBuilder b;
  StructType& s = b.add_struct("S");
  s.flavor = is_union ? StructFlavor::union_ : StructFlavor::structure;
  if (!is_union) {
    s.oneofs = {{.name = "o"}};
  }
  for (const char name : kept) {
    Field& f = s.fields.emplace_back();
    f.id = name - 'a' + 1;
    f.name = std::string(1, name);
    f.json_name = f.name;
    f.type = b.base(Kind::i32);
    f.requiredness = Requiredness::optional;
    f.oneof = !is_union && name >= 'b' && name <= 'd' ? 0 : -1;
  }
  return *b.build();
}

std::string written(const NumberFormat& format, const Numbers& numbers) {
  std::string fields;
  for (const auto& [id, value] : numbers) {
    fields += format.field(id, value);
  }
  return format.whole(fields);
}

TEST(TwoSchemas, AMemberThatTheTargetLacksCountsAmongItsGroup) {
  const std::vector<Numbers> inputs = {
      {{2, 1}},                          // b
      {{3, 1}},                          // c, which the target lacks
      {{2, 1}, {3, 2}},                  // b, c
      {{3, 2}, {2, 1}},                  // c, b
      {{2, 1}, {4, 2}},                  // b, d
      {{2, 1}, {3, 2}, {4, 3}},          // b, c, d
      {{2, 1}, {4, 3}, {3, 2}},          // b, d, c
      {{4, 1}, {3, 2}, {2, 3}},          // d, c, b
      {{3, 1}, {3, 2}},                  // c, c
      {{3, 1}, {2, 2}, {3, 3}},          // c, b, c
      {{1, 9}, {2, 1}, {3, 2}, {5, 8}},  // a and e beside the group
      {{5, 8}, {3, 2}, {1, 9}, {2, 1}},
      {{1, 9}, {3, 2}, {5, 8}, {6, 7}},
      {{2, 1}, {3, -1}},  // null is no member
      {{3, -1}, {2, 1}},
      {{3, 1}, {3, -1}, {2, 1}},
      {{2, 1}, {3, 2}, {3, -1}},
  };
  std::size_t compared = 0;
  for (const bool is_union : {false, true}) {
    const Schema from = alternatives(is_union, "abcdef");
    const Schema to = alternatives(is_union, "abdf");
    for (const NumberFormat& source : number_formats()) {
      for (const NumberFormat& target : number_formats()) {
        for (const Options& options :
             std::initializer_list<Options>{{},
                                            {.reject_duplicate_fields = true},
                                            {.check_unions = false},
                                            {.unknown_fields = Unknown::error}}) {
          if (is_union && !options.check_unions && std::string_view(source.name) == "protojson") {
            continue;  // each field stands alone then
          }
          AllTranscoders all(from, "S", source.format, to, "S", target.format, Match::number,
                             options);
          for (const Numbers& input : inputs) {
            const bool has_null =
                std::ranges::any_of(input, [](const auto& field) { return field.second < 0; });
            if (!has_null || source.is_text) {
              SCOPED_TRACE(std::string(source.name) + " to " + target.name +
                           (is_union ? ", a union" : ""));
              all(written(source, input));
              ++compared;
            }
          }
        }
      }
    }
  }
  EXPECT_GT(compared, 5000U);
}

TEST(TwoSchemas, TheLastMemberCountsAlsoIfTheTargetLacksIt) {
  const NumberFormat& wire = number_formats()[0];
  const NumberFormat& text = number_formats()[4];
  const NumberFormat& lax = number_formats()[5];
  const Numbers bc = {{1, 9}, {2, 1}, {3, 2}};
  const Numbers cb = {{1, 9}, {3, 2}, {2, 1}};
  for (const bool is_union : {false, true}) {
    const Schema from = alternatives(is_union, "abcdef");
    const Schema to = alternatives(is_union, "abdf");
    AllTranscoders from_wire(from, "S", wire.format, to, "S", json::text);
    EXPECT_EQ(from_wire(written(wire, bc)), is_union ? "error union_not_one" : R"({"a":9})");
    EXPECT_EQ(from_wire(written(wire, cb)), is_union ? R"({"b":1})" : R"({"a":9,"b":1})");
    AllTranscoders from_text(from, "S", text.format, to, "S", json::text);
    AllTranscoders from_lax(from, "S", lax.format, to, "S", json::text);
    AllTranscoders from_binary(from, "S", thrift::binary, to, "S", json::text, Match::number,
                               {.reject_duplicate_fields = true});
    const char* const both = is_union ? "error union_not_one" : "error oneof_conflict";
    for (const Numbers& input : {bc, cb}) {
      EXPECT_EQ(from_text(written(text, input)), both);
      EXPECT_EQ(from_lax(written(lax, input)), both);
      EXPECT_EQ(from_binary(written(number_formats()[1], input)),
                is_union ? "error union_not_one" : "error duplicate_field");
    }
  }
}

// The same where a C++ struct lacks the member: objects keep nothing of what they held.
template <class T>
void expect_objects_without_c(bool is_union, bool (*is_b)(const T&), bool (*is_empty)(const T&),
                              T held) {
  const Schema schema = alternatives(is_union, "bcd");
  const auto type = *schema.find_struct("S");
  for (const EngineOptions::Kind kind : engine_kinds) {
    const Engine engine({.kind = kind});
    for (const NumberFormat& format : number_formats()) {
      for (const Numbers& input :
           std::initializer_list<Numbers>{{{2, 1}}, {{3, 2}}, {{2, 1}, {3, 2}}, {{3, 2}, {2, 1}}}) {
        SCOPED_TRACE(std::string(format.name) + (is_union ? ", union " : " ") +
                     std::to_string(input.front().first) + " of " + std::to_string(input.size()));
        const auto codec = engine.decoder<T>(type, format.format);
        ASSERT_TRUE(codec.has_value()) << codec.error();
        T object = held;
        const std::string bytes = written(format, input);
        const auto done = codec->decode(bytes, object);
        const bool ends_with_c = input.back().first == 3;
        const bool is_wire = std::string_view(format.name) == "protobuf";
        if (is_union && (ends_with_c || (input.size() == 2 && !is_wire))) {
          ASSERT_FALSE(done.has_value());
          EXPECT_EQ(done.error().code(), Errc::union_not_one) << done.error();
        } else if (done && is_wire) {
          EXPECT_TRUE(ends_with_c ? is_empty(object) : is_b(object));
        } else if (done) {
          const bool only_c = input.size() == 1 && ends_with_c;
          EXPECT_TRUE(only_c ? is_empty(object) : is_b(object));
        } else {
          EXPECT_EQ(done.error().code(), Errc::oneof_conflict) << done.error();
          EXPECT_EQ(input.size(), 2U);
        }
      }
    }
  }
}

TEST(TwoSchemas, AnObjectThatLacksAMemberIsNotLeftAsItWas) {
  expect_objects_without_c<NarrowVariant>(
      true, [](const NarrowVariant& v) { return v == NarrowVariant(1); },
      [](const NarrowVariant& v) { return v.index() == 0; }, NarrowVariant(7));
  expect_objects_without_c<NarrowUnion>(
      true, [](const NarrowUnion& u) { return u.b == 1 && !u.d; },
      [](const NarrowUnion& u) { return !u.b && !u.d; }, {std::nullopt, 7});
  expect_objects_without_c<NarrowOneof>(
      false, [](const NarrowOneof& s) { return s.b == 1 && !s.d; },
      [](const NarrowOneof& s) { return !s.b && !s.d; }, {std::nullopt, 7});
}

TEST(TwoSchemas, MismatchesAreNamed) {
  SchemaBuilder a;
  StructType& s = a.add_struct("S");
  StructType& inner = a.add_struct("Inner");
  SchemaBuilder b;
  StructType& t = b.add_struct("T");
  StructType& one = b.add_struct("One");
  StructType& two = b.add_struct("Two");
  const auto add = [](StructType& to, int id, const char* name, const Type* type) -> Field& {
    Field& f = to.fields.emplace_back();
    f.id = id;
    f.name = name;
    f.type = type;
    return f;
  };
  add(inner, 1, "x", a.base(Kind::i32));
  add(s, 1, "text", a.base(Kind::string));
  add(s, 2, "first", a.of(inner));
  add(s, 3, "second", a.of(inner));
  add(one, 1, "x", b.base(Kind::i32));
  add(two, 2, "x", b.base(Kind::i32)).requiredness = Requiredness::required;
  add(t, 1, "text", b.base(Kind::i32));
  StructType& u = b.add_struct("U");
  add(u, 2, "first", b.of(one));
  add(u, 3, "second", b.of(two));
  StructType& v = b.add_struct("V");
  add(v, 2, "first", b.of(two));
  const Schema from = *a.build();
  const Schema to = *b.build();
  const Engine engine;
  const auto match_error = [&](const char* target) {
    auto made =
        engine.transcoder(*from.find_struct("S"), pb::wire, *to.find_struct(target), json::text);
    EXPECT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code(), Errc::unsupported);
    return made.error().message();
  };
  EXPECT_EQ(match_error("T"), "S.text: string does not become i32");
  EXPECT_EQ(match_error("U"), "S.second: Inner would have to become both One and Two");
  EXPECT_EQ(match_error("V"), "Two.x is required, and Inner has no such field");
}

// ---- Unions and oneofs

Schema idl_of(std::string_view text) {
  auto loaded = thrift::load_text(text);
  EXPECT_TRUE(loaded.has_value()) << loaded.error().to_string();
  return *loaded;
}

// A message with the oneof {a: 1, b: 2} and the field c: 3.
Schema oneof_schema() {
  SchemaBuilder b;
  StructType& s = b.add_struct("S");
  s.oneofs = {{.name = "o"}};
  for (int id = 1; id <= 3; ++id) {
    Field& f = s.fields.emplace_back();
    f.id = id;
    f.name = std::string(1, static_cast<char>('a' + id - 1));
    f.json_name = f.name;
    f.type = b.base(Kind::i32);
    f.requiredness = Requiredness::optional;
    f.oneof = id <= 2 ? 0 : -1;
  }
  return *b.build();
}

TEST(TwoSchemas, AUnionDoesNotBecomeAnEmptyOne) {
  const Schema from = idl_of("union U { 1: i32 a, 2: i32 b, 3: i32 c } struct H { 1: list<U> u }");
  const Schema to = idl_of("union U { 2: i32 b, 3: i32 c } struct H { 1: list<U> u }");
  const Schema one = idl_of("union U { 2: i32 b } struct H { 1: list<U> u }");
  const Engine engine;
  for (const Format& format :
       std::initializer_list<Format>{json::text, thrift::binary, thrift::compact, pb::wire}) {
    SCOPED_TRACE(format.name());
    const auto bytes = [&](const char* root, std::string_view text) {
      std::string out;
      EXPECT_TRUE(
          engine.transcoder(*from.find_struct(root), json::text, format)->transcode(text, out));
      return out;
    };
    for (const Schema* target : {&to, &one}) {
      AllTranscoders unions(from, "U", format, *target, "U", json::text);
      EXPECT_EQ(unions(bytes("U", R"({"b":5})")), R"({"b":5})");
      EXPECT_EQ(unions(bytes("U", R"({"a":5})")), "error union_not_one");
      AllTranscoders nested(from, "H", format, *target, "H", thrift::binary);
      EXPECT_NE(nested(bytes("H", R"({"u":[{"b":5},{"b":6}]})")), "error union_not_one");
      EXPECT_EQ(nested(bytes("H", R"({"u":[{"b":5},{"a":6}]})")), "error union_not_one");
    }
  }
  const auto lax = engine.transcoder(*from.find_struct("U"), json::text, *to.find_struct("U"),
                                     json::text, Match::number, {.check_unions = false});
  std::string out;
  EXPECT_TRUE(lax->transcode(R"({"a":5})", out));
  EXPECT_EQ(out, "{}");
}

TEST(TwoSchemas, AUnionIsNotMadeOfNothing) {
  const Schema from = oneof_schema();
  const Schema to = idl_of("union S { 1: i32 a, 2: i32 b }");
  AllTranscoders wire(from, "S", pb::wire, to, "S", json::text);
  EXPECT_EQ(wire("\x08\x05"), R"({"a":5})");
  EXPECT_EQ(wire("\x08\x05\x10\x06"), R"({"b":6})") << "the last member of the oneof";
  EXPECT_EQ(wire(""), "error union_not_one");
  EXPECT_EQ(wire("\x18\x05"), "error union_not_one");
  // One field alone may become a member.
  const Schema one = idl_of("struct S { 2: optional i32 b, 3: required i32 c }");
  AllTranscoders alone(one, "S", thrift::binary, to, "S", json::text);
  const std::string c("\x08\0\x03\0\0\0\1", 7);
  EXPECT_EQ(alone(c + std::string("\x08\0\x02\0\0\0\1\0", 8)), R"({"b":1})");
  EXPECT_EQ(alone(c + '\0'), "error union_not_one");
  AllTranscoders text(from, "S", json::text, to, "S", thrift::compact);
  EXPECT_EQ(text(R"({"b":1})"), std::string("\x25\x02\0", 3));
  EXPECT_EQ(text(R"({"c":1})"), "error union_not_one");
}

TEST(TwoSchemas, FieldsThatMayBothBeSetDoNotBecomeAlternatives) {
  const Schema plain = idl_of("struct S { 1: optional i32 a, 2: optional i32 b, 3: i32 c }");
  const Schema alternatives = oneof_schema();
  const Schema a_union = idl_of("union S { 1: i32 a, 2: i32 b }");
  const Engine engine;
  for (const Schema* to : {&alternatives, &a_union}) {
    const auto made = engine.transcoder(*plain.find_struct("S"), thrift::binary,
                                        *to->find_struct("S"), json::text);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code(), Errc::unsupported);
    EXPECT_EQ(made.error().message(), "main.S: a and b may both be set, and " +
                                          (*to->find_struct("S"))->full_name +
                                          " holds one of them");
  }
  // Alternatives may become others, or fields of their own; one field alone may become one.
  const Schema one = idl_of("struct S { 2: optional i32 b, 3: i32 c }");
  AllTranscoders(alternatives, "S", pb::wire, plain, "S", json::text);
  AllTranscoders(a_union, "S", thrift::binary, alternatives, "S", pb::wire);
  AllTranscoders single(one, "S", json::text, alternatives, "S", json::text);
  EXPECT_EQ(single(R"({"b":2,"c":3})"), R"({"b":2,"c":3})");
}

TEST(TwoSchemas, DuplicatesAreRejectedInAListThatBecomesASet) {
  const Schema from =
      idl_of("struct S { 1: list<i32> i, 2: list<string> s, 3: list<list<i32>> n }");
  const Schema to = idl_of("struct S { 1: set<i16> i, 2: set<string> s, 3: list<set<i64>> n }");
  const struct {
    const char* text;
    const char* result;
  } cases[] = {{R"({"i":[1,2]})", ""},         {R"({"i":[1,2,1]})", "i[2]"},
               {R"({"s":["a","b","A"]})", ""}, {R"({"s":["a","a"]})", "s[1]"},
               {R"({"n":[[1,2],[1,2]]})", ""}, {R"({"n":[[1],[2,2]]})", "n[1][1]"}};
  const Engine plain;
  for (const EngineOptions::Kind kind : engine_kinds) {
    const Engine engine({.kind = kind});
    for (const bool through_record : {false, true}) {
      for (const Format& format :
           std::initializer_list<Format>{json::text, thrift::binary, thrift::compact}) {
        const auto made = engine.transcoder(
            *from.find_struct("S"), format, *to.find_struct("S"), thrift::binary, Match::number,
            {.reject_duplicate_keys = true, .debug = {.through_record = through_record}});
        ASSERT_TRUE(made.has_value()) << made.error();
        for (const auto& c : cases) {
          std::string input;
          ASSERT_TRUE(plain.transcoder(*from.find_struct("S"), json::text, format)
                          ->transcode(c.text, input));
          std::string out;
          const auto done = made->transcode(input, out);
          EXPECT_EQ(done.has_value(), *c.result == '\0') << c.text;
          if (!done) {
            EXPECT_EQ(done.error().code(), Errc::duplicate_key) << c.text;
            EXPECT_EQ(done.error().path(), c.result) << c.text;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace wirejit::test
