// Thrift Binary, case by case: the meaning of each unusual encoding, on both engines.
#include "tests/support/engine_support.h"

#include <gtest/gtest.h>

#include <string>

namespace wirejit::test {
namespace {

using namespace std::string_literals;

Schema load(std::string_view idl) {
  auto s = thrift::load_text(idl, {.allow_negative_ids = true});
  EXPECT_TRUE(s.has_value()) << s.error().to_string();
  return *s;
}

const Schema& pair_schema() {
  static const Schema s = load(R"(
    struct Inner { 1: i32 a; 2: string b }
    struct Pair {
      1: i32 number; 2: string text; 3: bool flag; 4: list<i32> numbers; 5: set<string> names;
      6: map<string, i32> counts; 7: optional Inner inner; 8: list<Inner> inners; 9: double real; 10: i64 big;
    })");
  return s;
}

std::string i32_field(int id, std::int64_t v) { return raw_field(8, id, be32(v)); }
std::string text_field(int id, std::string_view s) { return raw_field(11, id, raw_text(s)); }
const std::string stop(1, '\0');

class ThriftBinaryCases : public testing::Test {
 protected:
  BothEngines pair{pair_schema(), "Pair"};
};

TEST_F(ThriftBinaryCases, AnEmptyStructIsOneByte) {
  const Decoded d = pair.decode(stop);
  ASSERT_EQ(d.error, "");
  EXPECT_FALSE(d.record->has("number"));
  EXPECT_EQ(pair.encode(*d.record), stop);
}

TEST_F(ThriftBinaryCases, NoBytesAtAllAreTruncated) {
  EXPECT_EQ(pair.decode(""s).error, "truncated at 0 in ''");
  EXPECT_EQ(pair.decode(Bytes()).error, "truncated at 0 in ''");
}

TEST_F(ThriftBinaryCases, FieldsMayComeInAnyOrder) {
  const Decoded d = pair.decode(text_field(2, "b") + i32_field(1, 5) + stop);
  ASSERT_EQ(d.error, "");
  EXPECT_EQ(*d.record->get<int>("number"), 5);
  EXPECT_EQ(*d.record->get<std::string_view>("text"), "b");
}

TEST_F(ThriftBinaryCases, OfTwoEqualFieldsTheLastCounts) {
  const std::string bytes =
      i32_field(1, 5) + text_field(2, "first") + i32_field(1, 6) + text_field(2, "second") + stop;
  const Decoded d = pair.decode(bytes);
  ASSERT_EQ(d.error, "");
  EXPECT_EQ(*d.record->get<int>("number"), 6);
  EXPECT_EQ(*d.record->get<std::string_view>("text"), "second");
  EXPECT_EQ(pair.transcode(bytes), i32_field(1, 6) + text_field(2, "second") + stop);
}

TEST_F(ThriftBinaryCases, AStructThatComesTwiceIsReplacedNotMerged) {
  const Decoded d = pair.decode(raw_field(12, 7, i32_field(1, 5) + stop) +
                                raw_field(12, 7, text_field(2, "x") + stop) + stop);
  ASSERT_EQ(d.error, "");
  EXPECT_FALSE(d.record->record("inner").has("a"));
  EXPECT_EQ(*d.record->record("inner").get<std::string_view>("b"), "x");
}

TEST_F(ThriftBinaryCases, DuplicatesAreAnErrorByOption) {
  BothEngines strict(pair_schema(), "Pair", {.reject_duplicate_fields = true});
  const std::string bytes = i32_field(1, 5) + i32_field(1, 6) + stop;
  EXPECT_EQ(strict.decode(bytes).code, Errc::duplicate_field);
  std::string failure;
  EXPECT_FALSE(strict.transcode(bytes, &failure));
  EXPECT_TRUE(failure.starts_with("duplicate_field")) << failure;
  EXPECT_EQ(strict.decode(text_field(2, "b") + i32_field(1, 5) + stop).error, "");
}

TEST_F(ThriftBinaryCases, UnknownFieldsOfEveryTypeAreSkipped) {
  const std::string inner = i32_field(1, 1) + raw_field(12, 2, stop) + stop;
  const std::string values[][2] = {
      {"\x02", "\x01"},
      {"\x03", "\xff"},
      {"\x04", std::string(8, 'd')},
      {"\x06", "ab"},
      {"\x08", "abcd"},
      {"\x0a", "abcdefgh"},
      {"\x0b", raw_text("text")},
      {"\x0c", inner},
      {"\x0d", "\x0b\x0c"s + be32(2) + raw_text("k") + inner + raw_text("l") + stop},
      {"\x0d", "\x02\x03"s + be32(2) + "abcd"},
      {"\x0d", "\x63\x64"s + be32(0)},
      {"\x0e", "\x0b"s + be32(2) + raw_text("a") + raw_text("")},
      {"\x0f", "\x0a"s + be32(2) + std::string(16, 'n')},
      {"\x0f", "\x0f"s + be32(1) + "\x02" + be32(3) + "abc"},
      {"\x0f", "\x63"s + be32(0)},
      {"\x10", std::string(16, 'u')}};
  for (const auto& [code, value] : values) {
    const std::string unknown = raw_field(code[0], 77, value);
    const std::string bytes =
        unknown + i32_field(1, 5) + unknown + text_field(2, "b") + unknown + stop;
    const Decoded d = pair.decode(bytes);
    ASSERT_EQ(d.error, "") << int{code[0]};
    EXPECT_EQ(d.bytes, i32_field(1, 5) + text_field(2, "b") + stop);
    EXPECT_EQ(pair.transcode(bytes), d.bytes);
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      ASSERT_EQ(pair.decode(std::string_view(bytes).substr(0, n)).code, Errc::truncated)
          << int{code[0]} << " " << n;
    }
  }
}

TEST_F(ThriftBinaryCases, AFieldOfAnotherTypeIsSkipped) {
  const std::string bytes = text_field(1, "not a number") + i32_field(2, 7) +
                            raw_field(14, 4, "\x08"s + be32(1) + be32(4)) + stop;
  const Decoded d = pair.decode(bytes);
  ASSERT_EQ(d.error, "");
  EXPECT_EQ(d.bytes, stop);
  EXPECT_EQ(pair.transcode(bytes), stop);
}

TEST_F(ThriftBinaryCases, TypesThatDoNotExistAreErrors) {
  for (const int code : {1, 5, 7, 9, 17, 64, 127, 128, 255}) {
    const std::string prefix = i32_field(1, 5);
    const Decoded known = pair.decode(prefix + raw_field(code, 2, std::string(20, '\0')));
    EXPECT_EQ(known.code, Errc::invalid_type) << code;
    const Decoded unknown = pair.decode(prefix + raw_field(code, 99, std::string(20, '\0')));
    EXPECT_EQ(unknown.code, Errc::invalid_type) << code;
    const Decoded element = pair.decode(
        prefix + raw_field(15, 99, std::string(1, static_cast<char>(code)) + be32(1) + "12345678"));
    EXPECT_EQ(element.code, Errc::invalid_type) << code;
  }
}

TEST_F(ThriftBinaryCases, ElementsKeysAndValuesOfAnotherTypeAreErrorsThatNameTheField) {
  const Decoded list =
      pair.decode(raw_field(15, 4, "\x0a"s + be32(1) + std::string(8, 'x')) + stop);
  EXPECT_EQ(list.code, Errc::type_mismatch);
  EXPECT_EQ(list.path, "numbers");
  EXPECT_EQ(pair.decode(raw_field(14, 5, "\x08"s + be32(1) + be32(1)) + stop).code,
            Errc::type_mismatch);
  EXPECT_EQ(pair.decode(raw_field(13, 6, "\x08\x08"s + be32(1) + be32(1) + be32(1)) + stop).code,
            Errc::type_mismatch);
  const Decoded value = pair.decode(
      raw_field(13, 6, "\x0b\x0a"s + be32(1) + raw_text("k") + std::string(8, 'x')) + stop);
  EXPECT_EQ(value.code, Errc::type_mismatch);
  EXPECT_EQ(value.path, "counts");
}

TEST_F(ThriftBinaryCases, EmptyContainersMayCarryAnyTypes) {
  for (int code = 0; code < 256; ++code) {
    const std::string c(1, static_cast<char>(code));
    const Decoded d = pair.decode(raw_field(15, 4, c + be32(0)) + raw_field(14, 5, c + be32(0)) +
                                  raw_field(13, 6, c + c + be32(0)) + i32_field(1, 3) + stop);
    ASSERT_EQ(d.error, "") << code;
    EXPECT_EQ(*d.record->get<int>("number"), 3);
    EXPECT_TRUE(d.record->has("counts"));
  }
}

TEST_F(ThriftBinaryCases, AnyByteButZeroIsTrue) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string bytes = raw_field(2, 3, std::string(1, static_cast<char>(byte))) + stop;
    const Decoded d = pair.decode(bytes);
    ASSERT_EQ(d.error, "");
    EXPECT_EQ(*d.record->get<bool>("flag"), byte != 0);
    EXPECT_EQ(pair.transcode(bytes),
              raw_field(2, 3, std::string(1, byte != 0 ? '\1' : '\0')) + stop);
  }
  BothEngines flags(load("struct F { 1: list<bool> flags }"), "F");
  std::string elements;
  std::string ones;
  for (int byte = 0; byte < 256; ++byte) {
    elements += static_cast<char>(byte);
    ones += byte != 0 ? '\1' : '\0';
  }
  const Decoded d = flags.decode(raw_field(15, 1, "\x02"s + be32(256) + elements) + stop);
  EXPECT_EQ(d.bytes, raw_field(15, 1, "\x02"s + be32(256) + ones) + stop);
  EXPECT_EQ(flags.transcode(raw_field(15, 1, "\x02"s + be32(256) + elements) + stop), d.bytes);
}

TEST_F(ThriftBinaryCases, BytesAfterTheRootAreAnError) {
  const Decoded d = pair.decode(i32_field(1, 5) + stop + stop);
  EXPECT_EQ(d.error, "trailing_data at 8 in ''");
}

TEST_F(ThriftBinaryCases, MissingRequiredFieldsAreNamed) {
  BothEngines both(load("struct In { 1: required i32 a; 2: i32 b } struct R { 1: required i32 x; "
                        "2: list<In> list }"),
                   "R");
  EXPECT_EQ(both.decode(i32_field(1, 1) + stop).error, "");
  const Decoded root = both.decode(stop);
  EXPECT_EQ(root.code, Errc::missing_required);
  EXPECT_EQ(root.path, "x");
  const Decoded inner = both.decode(
      i32_field(1, 1) +
      raw_field(15, 2, "\x0c"s + be32(2) + i32_field(1, 1) + stop + i32_field(2, 1) + stop) + stop);
  EXPECT_EQ(inner.code, Errc::missing_required);
  EXPECT_EQ(inner.path, "list[1].a");
  std::string failure;
  EXPECT_FALSE(both.transcode(stop, &failure));
  EXPECT_TRUE(failure.starts_with("missing_required")) << failure;
  RootValue empty = *RootValue::make(both.type);
  EXPECT_FALSE(both.encode(empty.record(), &failure));
  EXPECT_TRUE(failure.starts_with("missing_required")) << failure;
  // In another order, and with a duplicate: out-of-order dispatch, then the expected order again.
  EXPECT_EQ(both.decode(raw_field(15, 2, "\x0c"s + be32(0)) + i32_field(1, 1) + stop).error, "");
  EXPECT_EQ(
      both.decode(raw_field(15, 2, "\x0c"s + be32(0)) + raw_field(15, 2, "\x0c"s + be32(0)) + stop)
          .code,
      Errc::missing_required);
}

TEST_F(ThriftBinaryCases, EveryRequiredFieldIsMissedInEveryOrder) {
  std::string idl = "struct R {";
  for (int i = 1; i <= 70; ++i) {
    idl += " " + std::to_string(i) + ": required i32 f" + std::to_string(i) + ";";
  }
  BothEngines both(load(idl + "}"), "R");
  const auto message = [](int missing, int from) {
    std::string s;
    for (int k = 0; k < 70; ++k) {
      const int id = (k + from) % 70 + 1;
      s += id == missing ? "" : i32_field(id, id);
    }
    return s + stop;
  };
  for (int missing = 0; missing <= 70; ++missing) {
    for (const int from : {0, 1, 33, 63, 64, 69}) {
      const Decoded d = both.decode(message(missing, from));
      ASSERT_EQ(d.code, missing == 0 ? Errc::ok : Errc::missing_required)
          << missing << " from " << from;
      ASSERT_EQ(d.path, missing == 0 ? "" : "f" + std::to_string(missing));
    }
  }
}

TEST_F(ThriftBinaryCases, AUnionHasExactlyOneField) {
  const Schema schema =
      load("union U { 1: i32 a; 2: string b } struct H { 1: U u; 2: list<U> list }");
  BothEngines u(schema, "U");
  EXPECT_EQ(u.decode(i32_field(1, 4) + stop).error, "");
  EXPECT_EQ(u.decode(text_field(2, "x") + stop).error, "");
  EXPECT_EQ(u.decode(stop).code, Errc::union_not_one);
  EXPECT_EQ(u.decode(i32_field(1, 4) + text_field(2, "x") + stop).code, Errc::union_not_one);
  EXPECT_EQ(u.decode(i32_field(1, 4) + i32_field(1, 4) + stop).code, Errc::union_not_one);
  EXPECT_EQ(u.decode(i32_field(3, 4) + stop).code, Errc::union_not_one);
  EXPECT_EQ(u.decode(i32_field(3, 4) + i32_field(1, 4) + stop).error, "");
  EXPECT_EQ(u.transcode(text_field(2, "x") + stop), text_field(2, "x") + stop);
  EXPECT_FALSE(u.transcode(i32_field(1, 4) + text_field(2, "x") + stop));
  EXPECT_FALSE(u.transcode(stop));
  BothEngines h(schema, "H");
  const Decoded in_list =
      h.decode(raw_field(15, 2, "\x0c"s + be32(2) + i32_field(1, 1) + stop + stop) + stop);
  EXPECT_EQ(in_list.code, Errc::union_not_one);
  EXPECT_EQ(in_list.path, "list[1]");
  RootValue none = *RootValue::make(u.type);
  std::string failure;
  EXPECT_FALSE(u.encode(none.record(), &failure));
  EXPECT_TRUE(failure.starts_with("union_not_one")) << failure;
}

TEST_F(ThriftBinaryCases, UnionsAreNotCheckedByOption) {
  BothEngines u(load("union U { 1: i32 a; 2: string b }"), "U", {.check_unions = false});
  EXPECT_EQ(u.decode(stop).error, "");
  const Decoded both = u.decode(i32_field(1, 4) + text_field(2, "x") + stop);
  EXPECT_EQ(both.error, "");
}

TEST_F(ThriftBinaryCases, FieldIdsOfSixteenBitsAreRead) {
  BothEngines both(load("struct E { -32768: i32 low; -1: i32 minus; 0: i32 zero; 1: i32 one; 255: "
                        "i32 b; 256: i32 c; 32767: i32 high }"),
                   "E");
  std::string all;
  int n = 0;
  for (const int id : {-32768, -1, 0, 1, 255, 256, 32767}) {
    all += i32_field(id, ++n);
  }
  EXPECT_EQ(both.transcode(all + stop), all + stop);
  for (const int id : {-32768, -1, 0, 1, 255, 256, 32767}) {
    EXPECT_EQ(both.decode(i32_field(32766, 9) + i32_field(id, 5) + i32_field(2, 2) + stop).bytes,
              i32_field(id, 5) + stop)
        << id;
  }
}

TEST_F(ThriftBinaryCases, StandardFieldsThatDoNotComeAreWrittenWithTheirDefaults) {
  BothEngines both(load(R"(
    enum Color { red = 1, green = 2 }
    struct P { 1: i32 x = 3; 2: i32 y; 3: optional i32 z = 4 }
    struct D {
      1: bool flag = true; 2: i16 small = -2; 3: string text = "none"; 4: list<i32> numbers = [1, 2];
      5: map<string, double> map = {"k": 0.5}; 6: P p = {"y": 9}; 7: Color color = Color.green; 8: optional i32 opt = 7;
      9: set<Color> colors = [Color.red]; 10: double real = 2; 11: bool number_as_flag = 1; 12: list<P> ps = [{}, {"x": 1}];
    })"),
                   "D");
  const std::string expected =
      raw_field(2, 1, "\1") + raw_field(6, 2, "\xff\xfe") + text_field(3, "none") +
      raw_field(15, 4, "\x08"s + be32(2) + be32(1) + be32(2)) +
      raw_field(13, 5, "\x0b\x04"s + be32(1) + raw_text("k") + "\x3f\xe0"s + std::string(6, '\0')) +
      raw_field(12, 6, i32_field(1, 3) + i32_field(2, 9) + stop) + i32_field(7, 2) +
      raw_field(14, 9, "\x08"s + be32(1) + be32(1)) +
      raw_field(4, 10, "\x40"s + std::string(7, '\0')) + raw_field(2, 11, "\1") +
      raw_field(15, 12, "\x0c"s + be32(2) + i32_field(1, 3) + stop + i32_field(1, 1) + stop) + stop;
  EXPECT_EQ(hex(as_bytes(both.transcode(stop).value_or(""))), hex(as_bytes(expected)));
  const Decoded d = both.decode(stop);
  EXPECT_EQ(d.bytes, expected);
  EXPECT_EQ(*d.record->get<std::string_view>("text"), "none");
  EXPECT_FALSE(d.record->has("opt"));
  EXPECT_EQ(*d.record->get<int>("opt"), 7);
  EXPECT_EQ(both.encode(*d.record), expected);
  EXPECT_EQ(both.decode(expected).bytes, expected);
}

TEST_F(ThriftBinaryCases, ADefaultUuidIsWrittenAsSixteenBytes) {
  SchemaBuilder b;
  b.add_document("uuid");
  StructType& s = b.add_struct("U");
  Field& f = s.fields.emplace_back();
  f.id = 1;
  f.name = "id";
  f.type = b.base(Kind::uuid);
  f.default_value = ConstValue{std::string("00112233-4455-6677-8899-aabbccddeeff")};
  BothEngines both(*b.build(), "U");
  std::string uuid;
  for (int i = 0; i < 16; ++i) {
    uuid += static_cast<char>(i * 0x11);
  }
  EXPECT_EQ(hex(as_bytes(both.transcode(stop).value_or(""))),
            hex(as_bytes(raw_field(16, 1, uuid) + stop)));
}

TEST_F(ThriftBinaryCases, PathsNameFieldElementKeyAndValue) {
  const std::string good = i32_field(1, 1) + stop;
  const std::string bad = raw_field(11, 2, be32(-5));
  EXPECT_EQ(pair.decode(bad).error, "invalid_count at 3 in 'text'");
  EXPECT_EQ(pair.decode(raw_field(15, 8, "\x0c"s + be32(3) + good + bad)).path, "inners[1].b");
  EXPECT_EQ(pair.decode(raw_field(12, 7, bad)).path, "inner.b");
  EXPECT_EQ(pair.decode(raw_field(14, 5, "\x0b"s + be32(2) + raw_text("a") + be32(-1))).path,
            "names[1]");
}

TEST_F(ThriftBinaryCases, ErrorPathsCanBeSwitchedOff) {
  BothEngines quiet(pair_schema(), "Pair", {.error_paths = false});
  EXPECT_EQ(quiet.decode(raw_field(11, 2, be32(-5))).error, "invalid_count at 3 in ''");
}

TEST_F(ThriftBinaryCases, InputInPiecesIsReadAsOne) {
  const std::string message = i32_field(1, 5) + text_field(2, "in pieces") + stop;
  for (std::size_t cut = 0; cut <= message.size(); ++cut) {
    const Bytes parts[] = {as_bytes(std::string_view(message).substr(0, cut)), Bytes(),
                           as_bytes(std::string_view(message).substr(cut))};
    for (std::size_t k = 0; k < 2; ++k) {
      Arena arena;
      auto got = pair.codec(thrift::binary, k).decode(std::span<const Bytes>(parts), arena);
      ASSERT_TRUE(got.has_value());
      EXPECT_EQ(*got->get<std::string_view>("text"), "in pieces");
      Buffer out;
      ASSERT_TRUE(pair.transcoder(thrift::binary, thrift::binary, k)
                      .transcode(std::span<const Bytes>(parts), out));
      EXPECT_EQ(out.text(), message);
    }
  }
}

TEST_F(ThriftBinaryCases, StringsPointIntoTheInputByOption) {
  BothEngines alias(pair_schema(), "Pair", {.alias_input = true});
  const std::string bytes = text_field(2, "a string that is long enough to be seen") + stop;
  const auto inside = [&](std::string_view s) {
    return s.data() >= bytes.data() && s.data() < bytes.data() + bytes.size();
  };
  for (std::size_t k = 0; k < 2; ++k) {
    Arena arena;
    EXPECT_TRUE(inside(
        *alias.codec(thrift::binary, k).decode(bytes, arena)->get<std::string_view>("text")));
    EXPECT_FALSE(
        inside(*pair.codec(thrift::binary, k).decode(bytes, arena)->get<std::string_view>("text")));
  }
}

TEST_F(ThriftBinaryCases, RootsNeedNotBeStructs) {
  const Schema& schema = pair_schema();
  for (const EngineOptions::Kind kind : engine_kinds) {
    Engine engine({.kind = kind});
    const auto round_trip = [&](std::string_view type, const std::string& bytes) {
      auto t = RecordType::make(schema, type);
      ASSERT_TRUE(t.has_value()) << type;
      auto codec = engine.record_codec(*t, thrift::binary);
      ASSERT_TRUE(codec.has_value()) << type << ": " << codec.error().to_string();
      Arena arena;
      auto value = codec->decode_value(bytes, arena);
      ASSERT_TRUE(value.has_value()) << type << ": " << value.error().to_string();
      Buffer out;
      auto done = codec->encode(*value, out);
      ASSERT_TRUE(done.has_value()) << type << ": " << done.error().to_string();
      EXPECT_EQ(out.text(), bytes) << type;
      auto transcoder = engine.transcoder({schema, t->type()}, thrift::binary, thrift::binary);
      ASSERT_TRUE(transcoder.has_value()) << type;
      out.clear();
      ASSERT_TRUE(transcoder->transcode(bytes, out)) << type;
      EXPECT_EQ(out.text(), bytes) << type;
      EXPECT_EQ(codec->decode_value(bytes.substr(0, bytes.size() - 1), arena).error().code(),
                Errc::truncated)
          << type;
    };
    round_trip("i32", be32(-7));
    round_trip("string", raw_text("text"));
    round_trip("list<i64>", "\x0a"s + be32(2) + std::string(16, 'n'));
    round_trip("list<Inner>", "\x0c"s + be32(2) + i32_field(1, 1) + stop + stop);
    round_trip("map<string, list<i32>>",
               "\x0b\x0f"s + be32(1) + raw_text("k") + "\x08"s + be32(1) + be32(9));
    round_trip("set<string>", "\x0e"s.replace(0, 1, "\x0b") + be32(1) + raw_text("x"));
  }
}

TEST_F(ThriftBinaryCases, KindsThatThriftLacksAreRejectedWhenCompiling) {
  SchemaBuilder b;
  b.add_document("no");
  StructType& s = b.add_struct("N");
  Field& f = s.fields.emplace_back();
  f.id = 1;
  f.name = "u";
  f.type = b.base(Kind::u32);
  const Schema schema = *b.build();
  for (const EngineOptions::Kind kind : engine_kinds) {
    Engine engine({.kind = kind});
    auto codec = engine.record_codec(*RecordType::make(schema, "N"), thrift::binary);
    ASSERT_FALSE(codec.has_value());
    EXPECT_EQ(codec.error().code(), Errc::unsupported);
  }
}

}  // namespace
}  // namespace wirejit::test
