// A format's reader reads what its writer wrote as the same value: for every pair of formats, for
// records and C++ structs, in one pass and through a record.
#include "tests/support/engine_matrix.h"
#include "tests/support/random_schema.h"
#include "tests/support/random_value.h"
#include "tests/support/record_support.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/record_codec.h>
#include <wirejit/reflect.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace wirejit::test {

struct OwnText {
  std::string text;
  std::vector<std::string> texts;
  std::map<std::string, std::string> by_text;
  std::vector<std::uint8_t> raw;
};
struct OwnInner {
  std::vector<std::int32_t> list;
};
struct OwnRequired {
  std::vector<std::int32_t> list;
  std::map<std::string, std::int32_t> map;
  OwnInner inner;
};
struct OwnMaps {
  std::map<std::string, std::int32_t> by_text;
  std::map<std::int32_t, std::string> by_number;
};
WIREJIT_STRUCT(OwnText, (1, text), (2, texts), (3, by_text), (4, raw))
WIREJIT_STRUCT(OwnInner, (1, list, wirejit::member::required))
WIREJIT_STRUCT(OwnRequired, (1, list, wirejit::member::required),
               (2, map, wirejit::member::required), (3, inner, wirejit::member::required))
WIREJIT_STRUCT(OwnMaps, (1, by_text), (2, by_number))

namespace {

// What was written, or the error.
std::string shown(const Outcome& o) {
  return o.ok() ? o.bytes : "error: " + std::string(to_string(o.code));
}

// Conversions of one struct on every engine; failures are texts.
class Paths {
 public:
  Paths(const Schema& schema, const char* type, const Options& options = {})
      : options_(options), matrix_(schema, type, {}, {.options = options}) {}

  std::string one_pass(const Format& from, const Format& to, std::string_view input) {
    return shown(matrix_.transcode(from, to, input));
  }
  std::string through_record(const Format& from, const Format& to, std::string_view input) {
    return shown(matrix_.through_record(from, to, as_bytes(input)));
  }
  // Two codecs of records, by hand.
  std::string by_codecs(const Format& from, const Format& to, std::string_view input) {
    return shown(matrix_.by_codecs(from, to, as_bytes(input)));
  }
  template <class T>
  std::string by_struct(const Format& from, const Format& to, std::string_view input) {
    return shown(on_every_engine([&](std::size_t k) {
      const Engine& engine = matrix_.engine(k);
      const StructType& type = *matrix_.record_type().type().structure;
      const auto reader = engine.codec<T>({matrix_.schema(), type}, from, options_);
      const auto writer = engine.codec<T>({matrix_.schema(), type}, to, options_);
      T value;
      Result<void> done = reader->decode(as_bytes(input), value);
      Buffer out;
      if (done) {
        done = writer->encode(value, out);
      }
      return Outcome(done, out.text());
    }));
  }
  // The value of a message as text in which all formats agree: Protobuf has no empty containers
  // except required ones, ProtoJSON no zeros without presence.
  std::string meaning(const Format& format, std::string_view input, bool with_pb) {
    return with_pb ? by_codecs(pb::wire, pb::json, by_codecs(format, pb::wire, input))
                   : by_codecs(format, pb::json, input);
  }
  EngineMatrix& matrix() { return matrix_; }

 private:
  Options options_;
  EngineMatrix matrix_;
};

// ---- Required containers

Schema required_schema() {
  return *thrift::load_text(R"(
struct Inner { 1: required list<i32> list }
struct S {
  1: required list<i32> list
  2: required map<string, i32> map
  3: required Inner inner
}
)");
}

TEST(OwnOutput, RequiredContainersThatAreEmptyComeBackByProtobuf) {
  const std::string text = R"({"list":[],"map":{},"inner":{"list":[]}})";
  Paths s(required_schema(), "S");
  const std::string bytes = s.one_pass(json::text, pb::wire, text);
  ASSERT_EQ(bytes, std::string_view("\x1a\x00", 2));
  for (const Format& to :
       std::initializer_list<Format>{thrift::binary, json::text, pb::json, pb::wire}) {
    SCOPED_TRACE(to.name());
    const std::string want = s.one_pass(json::text, to, text);
    EXPECT_EQ(s.through_record(pb::wire, to, bytes), want);
    EXPECT_EQ(s.by_codecs(pb::wire, to, bytes), want);
    EXPECT_EQ(s.by_struct<OwnRequired>(pb::wire, to, bytes), want);
    // In one pass, absent fields are written after those of the input.
    const std::string one_pass = s.one_pass(pb::wire, to, bytes);
    EXPECT_EQ(s.by_codecs(to, to, one_pass), want);
    EXPECT_EQ(s.by_codecs(to, json::text, want), text);
  }
  // An object that is used again.
  for (const auto kind : engine_kinds) {
    OwnRequired used{.list = {1}, .map = {{"a", 1}}, .inner = {{2}}};
    const auto codec = Engine({.kind = kind}).codec<OwnRequired>(pb::wire);
    ASSERT_TRUE(codec->decode(as_bytes(bytes), used));
    EXPECT_TRUE(used.list.empty() && used.map.empty() && used.inner.list.empty());
  }
  // An absent struct is not written as an empty one.
  EXPECT_EQ(s.one_pass(pb::wire, json::text, ""), "error: missing_required");
  EXPECT_EQ(s.one_pass(json::text, pb::wire, R"({"map":{},"inner":{"list":[]}})"),
            "error: missing_required");
}

TEST(OwnOutput, ZerosThatProtobufLeavesOutAreWrittenForATargetThatRequiresThem) {
  SchemaBuilder b;
  b.add_document("");
  StructType& s = b.add_struct("S");
  add_field(s, 1, "number", b.base(Kind::i32));
  add_field(s, 2, "text", b.base(Kind::string));
  add_field(s, 3, "list", b.list_of(b.base(Kind::i32)));
  add_field(s, 4, "other", b.base(Kind::i32));
  const Schema from = *b.build();
  const Schema to = *thrift::load_text(
      "struct S { 1: required i32 number, 2: required string text, 3: required list<i32> list, "
      "4: i32 other = 5 }");
  for (const auto kind : engine_kinds) {
    const Engine engine({.kind = kind});
    for (const bool through_record : {false, true}) {
      const auto t =
          engine.transcoder(*from.find_struct("S"), pb::wire, *to.find_struct("S"), json::text,
                            Match::number, {.debug = {.through_record = through_record}});
      ASSERT_TRUE(t.has_value()) << t.error().to_string();
      Buffer out;
      if (const auto done = t->transcode(Bytes(), out); !through_record) {
        ASSERT_TRUE(done.has_value()) << done.error().to_string();
        EXPECT_EQ(out.text(), R"({"number":0,"text":"","list":[],"other":0})");
      }
    }
  }
}

// ---- Text that is not UTF-8

Schema text_schema(Wire wire) {
  SchemaBuilder b;
  b.add_document("");
  StructType& s = b.add_struct("S");
  const Type* text = b.base(Kind::string, wire);
  add_field(s, 1, "text", text);
  add_field(s, 2, "texts", b.list_of(text));
  add_field(s, 3, "by_text", b.map_of(text, text));
  add_field(s, 4, "raw", b.base(Kind::binary));
  return *b.build();
}

// One object for each member that can hold text, with `bytes` in that member.
std::vector<OwnText> with_text_everywhere(const std::string& bytes) {
  std::vector<OwnText> all(5);
  all[0].text = bytes;
  all[1].texts = {"fine", bytes};
  all[2].by_text = {{bytes, "fine"}};
  all[3].by_text = {{"fine", bytes}};
  all[4].raw.assign(bytes.begin(), bytes.end());
  return all;
}

TEST(OwnOutput, TextThatIsNotUtf8IsNotWrittenAsProtobuf) {
  Paths checked(text_schema(Wire::standard), "S");
  Paths checks_nothing(text_schema(Wire::standard), "S", {.validate_utf8 = false});
  Paths unchecked(text_schema(Wire::unchecked), "S");
  Paths unchecked_by_both(text_schema(Wire::unchecked), "S", {.validate_utf8 = false});
  const auto binary = checked.matrix().engine(1).codec<OwnText>(thrift::binary);
  for (std::size_t size = 0; size < 70; size += size < 36 ? 1 : 11) {
    for (std::size_t bad = 0; bad <= size; bad += bad < 3 ? 1 : 7) {  // at the end: none is
      std::string bytes(size, 'x');
      if (bad < size) {
        bytes[bad] = '\xff';
      }
      const auto places = with_text_everywhere(bytes);
      for (std::size_t k = 0; k < places.size(); ++k) {
        Buffer out;
        ASSERT_TRUE(binary->encode(places[k], out));
        const std::string input(out.text());
        const bool is_fine = bad == size || k == 4;
        const std::string loose = unchecked_by_both.one_pass(thrift::binary, pb::wire, input);
        ASSERT_FALSE(loose.starts_with("error"));
        ASSERT_EQ(unchecked.one_pass(thrift::binary, pb::wire, input), loose);
        ASSERT_EQ(unchecked.by_codecs(thrift::binary, pb::wire, input), loose);
        ASSERT_EQ(checks_nothing.one_pass(thrift::binary, pb::wire, input), loose);
        const std::string want = is_fine ? loose : "error: invalid_utf8";
        ASSERT_EQ(checked.one_pass(thrift::binary, pb::wire, input), want) << size << " " << bad;
        ASSERT_EQ(checked.through_record(thrift::binary, pb::wire, input), want);
        ASSERT_EQ(checked.by_codecs(thrift::binary, pb::wire, input), want);
        ASSERT_EQ(checked.by_struct<OwnText>(thrift::binary, pb::wire, input), want);
        ASSERT_EQ(checked.one_pass(pb::wire, thrift::binary, loose) == want, !is_fine);
      }
    }
  }
}

TEST(OwnOutput, TextThatIsNotUtf8IsReportedAtItsOffset) {
  Paths s(text_schema(Wire::standard), "S");
  const std::string input(
      "\x0b\x00\x01\x00\x00\x00\x03"
      "ab\xff\x00",
      11);
  const Outcome o = s.matrix().transcode(thrift::binary, pb::wire, input);
  EXPECT_EQ(o.code, Errc::invalid_utf8);
  EXPECT_EQ(o.offset, 9U);
  EXPECT_EQ(o.path, "text");
}

// Text that the source's schema does not check is checked when it is written, if the target's does.
TEST(OwnOutput, TextOfAnUncheckedFieldIsCheckedForOneThatIs) {
  const Schema from = text_schema(Wire::unchecked);
  const Schema to = text_schema(Wire::standard);
  for (const auto kind : engine_kinds) {
    const auto t =
        Engine({.kind = kind})
            .transcoder(*from.find_struct("S"), pb::wire, *to.find_struct("S"), pb::wire);
    ASSERT_TRUE(t.has_value());
    Buffer out;
    EXPECT_TRUE(t->transcode(as_bytes("\x0a\x02ok"), out));
    const auto bad = t->transcode(as_bytes("\x0a\x02o\xff"), out);
    ASSERT_FALSE(bad.has_value());
    EXPECT_EQ(bad.error().code(), Errc::invalid_utf8);
  }
}

// ---- Equal keys of maps

Schema maps_schema() {
  return *thrift::load_text(
      "struct S { 1: map<string, i32> by_text, 2: map<i32, string> by_number }");
}

// Of {a: 1, b: 2, a: 3} and {7: x, 8: y, 7: z}, or of many.
struct Repeated {
  std::string thrift, pb, json;
  std::string last;  // as JSON, what stays in its order
};
Repeated repeated_keys(int extra) {
  std::vector<std::pair<std::string, int>> texts;
  std::vector<std::pair<int, std::string>> numbers;
  for (int i = 0; i < extra; ++i) {
    texts.emplace_back("k" + std::to_string(100 + i), i);
  }
  for (const auto& [key, value] : {std::pair("a", 1), std::pair("b", 2), std::pair("a", 3)}) {
    texts.emplace_back(key, value);
  }
  for (const auto& [key, value] : {std::pair(7, "x"), std::pair(8, "y"), std::pair(7, "z")}) {
    numbers.emplace_back(key, value);
  }
  const auto json = [](const auto& texts_of, const auto& numbers_of) {
    std::string s = R"({"by_text":{)";
    for (const auto& [key, value] : texts_of) {
      s += '"' + key + "\":" + std::to_string(value) + ',';
    }
    s.back() = '}';
    s += R"(,"by_number":{)";
    for (const auto& [key, value] : numbers_of) {
      s += '"' + std::to_string(key) + "\":\"" + value + "\",";
    }
    s.back() = '}';
    return s + '}';
  };
  Repeated r;
  r.json = json(texts, numbers);
  r.thrift = std::string("\x0d\x00\x01\x0b\x08", 5) +
             std::string{0, 0, 0, static_cast<char>(texts.size())};
  for (const auto& [key, value] : texts) {
    r.thrift += std::string{0, 0, 0, static_cast<char>(key.size())} + key +
                std::string{0, 0, 0, static_cast<char>(value)};
    r.pb +=
        std::string{0x0a, static_cast<char>(key.size() + 4), 0x0a, static_cast<char>(key.size())} +
        key + std::string{0x10, static_cast<char>(value)};
  }
  r.thrift += std::string("\x0d\x00\x02\x08\x0b", 5) +
              std::string{0, 0, 0, static_cast<char>(numbers.size())};
  for (const auto& [key, value] : numbers) {
    r.thrift += std::string{0, 0, 0, static_cast<char>(key), 0, 0, 0, 1} + value;
    r.pb += std::string{0x12, 5, 0x08, static_cast<char>(key), 0x12, 1} + value;
  }
  r.thrift += '\0';
  texts.erase(texts.end() - 3);
  numbers.erase(numbers.begin());
  r.last = json(texts, numbers);
  return r;
}

TEST(OwnOutput, OfEqualMapKeysTheLastCountsOnEveryPath) {
  for (const int extra : {0, 5, 60}) {
    const Repeated r = repeated_keys(extra);
    Paths s(maps_schema(), "S");
    for (const auto& [from, input] :
         {std::pair(Format(thrift::binary), r.thrift), std::pair(Format(pb::wire), r.pb),
          std::pair(Format(json::text), r.json)}) {
      for (const Format& to :
           std::initializer_list<Format>{json::text, pb::json, thrift::binary, pb::wire}) {
        SCOPED_TRACE(std::string(from.name()) + " to " + std::string(to.name()));
        const std::string results[] = {s.one_pass(from, to, input),
                                       s.through_record(from, to, input),
                                       s.by_codecs(from, to, input)};
        for (const std::string& result : results) {
          if (to.name() == json::text.name()) {
            EXPECT_EQ(result, r.last);
          }
          // The target's own reader accepts it and reads the same value.
          EXPECT_EQ(s.one_pass(to, json::text, result), r.last);
          EXPECT_EQ(s.by_codecs(to, json::text, result), r.last);
        }
        const std::string of_struct = s.by_struct<OwnMaps>(from, to, input);
        EXPECT_EQ(s.by_struct<OwnMaps>(to, json::text, of_struct),
                  s.by_struct<OwnMaps>(json::text, json::text, r.last));
      }
    }
  }
}

TEST(OwnOutput, EqualMapKeysAreRejectedByOptionOnEveryPath) {
  const Options strict{.reject_duplicate_keys = true};
  const std::string rejected = "error: duplicate_key";
  const Repeated r = repeated_keys(0);
  Paths s(maps_schema(), "S", strict);
  for (const auto& [from, input] :
       {std::pair(Format(thrift::binary), r.thrift), std::pair(Format(pb::wire), r.pb),
        std::pair(Format(json::text), r.json)}) {
    for (const Format& to :
         std::initializer_list<Format>{json::text, pb::json, thrift::binary, pb::wire}) {
      SCOPED_TRACE(std::string(from.name()) + " to " + std::string(to.name()));
      EXPECT_EQ(s.one_pass(from, to, input), rejected);
      EXPECT_EQ(s.through_record(from, to, input), rejected);
      EXPECT_EQ(s.by_codecs(from, to, input), rejected);
      EXPECT_EQ(s.by_struct<OwnMaps>(from, to, input), rejected);
    }
  }
}

// A record made by hand, with keys of each kind.
TEST(OwnOutput, OfARecordsEqualKeysJsonGetsTheLastAlone) {
  SchemaBuilder b;
  b.add_document("");
  StructType& s = b.add_struct("S");
  const Kind keys[] = {Kind::boolean, Kind::i8,     Kind::i64,    Kind::u32,
                       Kind::float64, Kind::string, Kind::binary, Kind::uuid};
  std::int32_t id = 0;
  for (const Kind key : keys) {
    ++id;
    add_field(s, id, "f" + std::to_string(id), b.map_of(b.base(key), b.base(Kind::i32)));
  }
  const Schema schema = *b.build();
  const auto type = RecordType::make(schema, "S");
  for (const auto kind : engine_kinds) {
    const Engine engine({.kind = kind});
    Arena arena;
    Record record = *Record::make(arena, *type);
    for (std::int32_t f = 1; f <= id; ++f) {
      Map map = *(*record.edit(f)).map();
      for (std::int64_t value = 1; value <= 2; ++value) {
        auto entry = *map.append();  // both with the key that is zero
        ASSERT_TRUE(entry.value.set(value));
      }
      ASSERT_EQ(map.size(), 2U);
    }
    for (const Format& format : std::initializer_list<Format>{json::text, pb::json}) {
      const auto codec = engine.record_codec(*type, format);
      Buffer out;
      ASSERT_TRUE(codec->encode(record, out));
      EXPECT_EQ(out.text(),
                R"({"f1":{"false":2},"f2":{"0":2},"f3":{"0":2},"f4":{"0":2},"f5":{"0.0":2},)"
                R"("f6":{"":2},"f7":{"":2},"f8":{"00000000-0000-0000-0000-000000000000":2}})");
      EXPECT_TRUE(codec->decode(out.bytes(), arena));
    }
    // Two schemas.
    const auto twice = engine.transcoder({schema, *type->type().structure}, json::text,
                                         {schema, *type->type().structure}, pb::json, Match::name,
                                         {.debug = {.through_record = true}});
    ASSERT_TRUE(twice.has_value());
    Buffer out;
    ASSERT_TRUE(twice->transcode(as_bytes(R"({"f2":{"1":1,"2":2,"1":3}})"), out));
    EXPECT_EQ(out.text(), R"({"f2":{"2":2,"1":3}})");
  }
}

// Keys that differ in the wire format may be the same text. ProtoJSON must write them once, as its
// reader rejects a key that comes twice; elements of sets may be equal.
TEST(OwnOutput, KeysThatAreTheSameTextAreWrittenOnce) {
  const Schema schema =
      *thrift::load_text("struct S { 1: map<double, i32> by_double, 2: set<i32> set }");
  const std::string input =
      std::string("\x0d\x00\x01\x04\x08\x00\x00\x00\x03", 9) +
      std::string("\x7f\xf8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", 12) +
      std::string("\x3f\xf0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02", 12) +
      std::string("\xff\xf8\x00\x00\x00\x00\x00\x01\x00\x00\x00\x03", 12) +
      std::string("\x0e\x00\x02\x08\x00\x00\x00\x02\x00\x00\x00\x05\x00\x00\x00\x05\x00", 17);
  const std::string want = R"({"by_double":{"1.0":2,"NaN":3},"set":[5,5]})";
  Paths s(schema, "S");
  for (const Format& to : std::initializer_list<Format>{json::text, pb::json}) {
    EXPECT_EQ(s.one_pass(thrift::binary, to, input), want);
    EXPECT_EQ(s.through_record(thrift::binary, to, input), want);
    EXPECT_EQ(s.by_codecs(thrift::binary, to, input), want);
    EXPECT_EQ(s.one_pass(to, to, want), want);
    EXPECT_EQ(s.by_codecs(to, to, want), want);
  }
}

// ---- Unions

TEST(OwnOutput, AMemberOfAUnionThatIsZeroIsWritten) {
  SchemaBuilder b;
  b.add_document("");
  StructType& u = b.add_struct("U", StructFlavor::union_);
  add_field(u, 1, "number", b.base(Kind::i32));  // of standard requiredness
  add_field(u, 2, "text", b.base(Kind::string));
  add_field(b.add_struct("S"), 1, "u", b.of(u));
  const Schema schema = *b.build();
  Paths s(schema, "S");
  for (const char* text : {R"({"u":{"number":0}})", R"({"u":{"text":""}})"}) {
    for (const Format& via :
         std::initializer_list<Format>{pb::wire, pb::json, thrift::binary,
                                       pb::json({.always_print_fields_without_presence = true})}) {
      SCOPED_TRACE(via.name());
      EXPECT_EQ(s.one_pass(via, json::text, s.one_pass(json::text, via, text)), text);
      EXPECT_EQ(s.by_codecs(via, json::text, s.by_codecs(json::text, via, text)), text);
    }
  }
}

// ---- Any

// The rules for a message hold for a message within an Any.
TEST(OwnOutput, TheContentOfAnAnyFollowsTheSameRules) {
  SchemaBuilder b;
  b.add_document("");
  StructType& any = b.add_struct("Any");
  any.semantic = Semantic::any;
  add_field(any, 1, "type_url", b.base(Kind::string));
  add_field(any, 2, "value", b.base(Kind::binary));
  StructType& inner = b.add_struct("Inner");
  add_field(inner, 1, "map", b.map_of(b.base(Kind::string), b.base(Kind::i32)));
  add_field(inner, 2, "list", b.list_of(b.base(Kind::i32))).requiredness = Requiredness::required;
  StructType& either = b.add_struct("Either", StructFlavor::union_);
  add_field(either, 1, "list", b.list_of(b.base(Kind::i32)));
  add_field(either, 2, "number", b.base(Kind::i32));
  add_field(b.add_struct("S"), 1, "any", b.of(any));
  const Schema schema = *b.build();
  const Format proto = pb::json;
  // {map: {a: 1, b: 2, a: 3}}; its list is absent.
  const std::string entries(
      "\x0a\x05\x0a\x01"
      "a\x10\x01"
      "\x0a\x05\x0a\x01"
      "b\x10\x02"
      "\x0a\x05\x0a\x01"
      "a\x10\x03");
  const std::string message = std::string("\x0a\x07") + "x/Inner" + "\x12\x15" + entries;
  const std::string input = std::string("\x0a") + static_cast<char>(message.size()) + message;
  const std::string want = R"({"any":{"@type":"x/Inner","map":{"b":2,"a":3},"list":[]}})";
  Paths s(schema, "S");
  EXPECT_EQ(s.one_pass(pb::wire, proto, input), want);
  EXPECT_EQ(s.through_record(pb::wire, proto, input), want);
  EXPECT_EQ(s.by_codecs(pb::wire, proto, input), want);
  EXPECT_EQ(s.one_pass(pb::wire, proto, s.one_pass(proto, pb::wire, want)), want);
  EXPECT_EQ(s.one_pass(proto, pb::wire, R"({"any":{"@type":"x/Either","list":[]}})"),
            "error: unsupported");
}

// ---- Random records

class Anything : public testing::TestWithParam<bool> {};

// A random record is written in each format and converted to each other one, on every path: all
// output is read again, as the same record.
TEST_P(Anything, AReaderReadsWhatItsWriterWrote) {
  const bool with_pb = GetParam();
  const Format texts[][2] = {{json::text, pb::json},
                             {json::text({.indent = 1,
                                          .int64 = json::Int64::text,
                                          .enums_as_numbers = true,
                                          .binary = json::Binary::base64_url,
                                          .base64_padding = false}),
                              pb::json({.always_print_fields_without_presence = true,
                                        .preserve_proto_names = true,
                                        .enums_as_numbers = true,
                                        .indent = 2})}};
  std::uint64_t written = 0;
  for (std::uint64_t seed = 0; seed < rounds(40); ++seed) {
    SCOPED_TRACE(seed);
    const auto& [text, proto] = texts[seed % 2];
    std::vector<Format> formats{thrift::binary, text, proto};
    if (with_pb) {
      formats.push_back(pb::wire);
    }
    Random random(seed);
    Paths paths(random_schema(seed, {.structs = 4, .fields = 8, .protobuf = with_pb}), "S0");
    std::string bytes;
    {
      Arena arena;
      Record record = *Record::make(arena, paths.matrix().record_type());
      fill_random(record, random, {.depth = 3, .elements = 3, .text = 40});
      const Outcome o = paths.matrix().encode(thrift::binary, record);
      ASSERT_TRUE(o.ok()) << o.error();
      bytes = o.bytes;
    }
    const std::string meaning = paths.meaning(thrift::binary, bytes, with_pb);
    ASSERT_FALSE(meaning.starts_with("error")) << meaning;
    for (const Format& first : formats) {
      for (const Format& second : formats) {
        SCOPED_TRACE(std::string(first.name()) + ", " + std::string(second.name()));
        const std::string one = paths.one_pass(thrift::binary, first, bytes);
        ASSERT_FALSE(one.starts_with("error")) << one;
        ASSERT_EQ(paths.meaning(first, one, with_pb), meaning);
        const std::string results[] = {paths.one_pass(first, second, one),
                                       paths.through_record(first, second, one),
                                       paths.by_codecs(first, second, one)};
        for (const std::string& result : results) {
          ASSERT_FALSE(result.starts_with("error")) << result << "\n" << one;
          ASSERT_EQ(paths.meaning(second, result, with_pb), meaning) << result;
        }
        ++written;
      }
    }
  }
  EXPECT_GT(written, 0U);
}

INSTANTIATE_TEST_SUITE_P(Pairs, Anything, testing::Bool(), [](const auto& param) {
  return param.param ? "with_protobuf" : "of_every_type";
});

}  // namespace
}  // namespace wirejit::test
