// Members of C++ structs whose initial value is not zero, in formats that leave zero out: what was
// written is read back, and an absent member is zero.
#include "tests/support/record_support.h"

#include <wirejit/engine.h>
#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/reflect.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wirejit::test {

enum class ImplicitColor : std::int32_t { none, red, blue };
struct ImplicitLine {
  std::int32_t quantity = 1;
  bool on = true;
  std::string s = "dflt";
  friend bool operator==(const ImplicitLine&, const ImplicitLine&) = default;
};
struct ImplicitAll {
  ImplicitLine line;
  std::uint64_t wide = 1ULL << 40;
  std::int8_t tiny = -1;
  float single = 0.5F;
  double real = -0.0;
  ImplicitColor color = ImplicitColor::blue;
  std::vector<std::uint8_t> raw;
  std::vector<std::int32_t> list = {1, 2};
  std::array<std::int32_t, 2> pair = {3, 4};
  std::int32_t plain = 0;
  std::optional<std::int32_t> maybe = 5;
  std::vector<ImplicitLine> lines;
  std::unique_ptr<ImplicitLine> boxed;
  std::int32_t option = 6;
  friend bool operator==(const ImplicitAll&, const ImplicitAll&) = default;
};
WIREJIT_ENUM(ImplicitColor, none, red, blue)
WIREJIT_STRUCT(ImplicitLine, (1, quantity), (2, on), (3, s))
WIREJIT_STRUCT(ImplicitAll, (1, line), (2, wide), (3, tiny), (4, single), (5, real), (6, color),
               (7, raw), (8, list), (9, pair), (10, plain), (11, maybe), (12, lines), (13, boxed),
               (14, option, wirejit::member::optional))

namespace {

class ImplicitPresence : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  template <class T>
  std::string encode(const Format& format, const T& value) {
    const auto codec = engine_.codec<T>(format);
    EXPECT_TRUE(codec.has_value()) << codec.error().to_string();
    Buffer out;
    const auto done = codec->encode(value, out);
    EXPECT_TRUE(done.has_value()) << done.error().to_string();
    return std::string(out.text());
  }
  template <class T>
  T decode(const Format& format, std::string_view bytes) {
    const auto codec = engine_.codec<T>(format);
    T value;
    const auto done = codec->decode(as_bytes(bytes), value);
    EXPECT_TRUE(done.has_value()) << done.error().to_string();
    return value;
  }

  Engine engine_{{.kind = GetParam()}};
};

std::string text_hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string s;
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    s += digits[byte >> 4];
    s += digits[byte & 15];
  }
  return s;
}

ImplicitLine zero_line() { return {.quantity = 0, .on = false, .s = ""}; }
ImplicitAll zero() {
  ImplicitAll all;
  all.line = zero_line();
  all.wide = 0;
  all.tiny = 0;
  all.single = 0;
  all.real = 0;
  all.color = ImplicitColor::none;
  all.list.clear();
  all.pair = {0, 0};
  all.maybe.reset();
  return all;
}

TEST_P(ImplicitPresence, ZeroComesBackAsZeroWhateverTheInitialValue) {
  for (const Format& format :
       std::initializer_list<Format>{pb::wire, pb::json, json::text, thrift::binary}) {
    SCOPED_TRACE(format.name());
    EXPECT_EQ(decode<ImplicitLine>(format, encode(format, zero_line())), zero_line());
    EXPECT_EQ(decode<ImplicitLine>(format, encode(format, ImplicitLine())), ImplicitLine());
  }
  for (const Format& format :
       std::initializer_list<Format>{pb::wire, pb::json, json::text}) {  // Thrift has no float
    SCOPED_TRACE(format.name());
    for (const bool is_zero : {true, false}) {
      ImplicitAll all = is_zero ? zero() : ImplicitAll();
      all.lines.push_back(zero_line());
      all.lines.emplace_back();
      all.boxed = std::make_unique<ImplicitLine>(zero_line());
      all.option = 0;
      const auto back = decode<ImplicitAll>(format, encode(format, all));
      ASSERT_NE(back.boxed, nullptr);
      EXPECT_EQ(*back.boxed, *all.boxed);
      EXPECT_FALSE(std::signbit(all.real) && !std::signbit(back.real));
      EXPECT_EQ(encode(format, back), encode(format, all));
      EXPECT_EQ(back.line, all.line);
      EXPECT_EQ(back.lines, all.lines);
      EXPECT_EQ(back.wide, all.wide);
      EXPECT_EQ(back.color, all.color);
      EXPECT_EQ(back.list, all.list);
      EXPECT_EQ(back.pair, all.pair);
      EXPECT_EQ(back.maybe, all.maybe);
      EXPECT_EQ(back.option, 0);
    }
  }
}

TEST_P(ImplicitPresence, MembersWithAnInitialValueAreAlwaysWritten) {
  EXPECT_EQ(text_hex(encode(pb::wire, zero_line())), "080010001a00");
  EXPECT_EQ(encode(pb::json, zero_line()), R"({"quantity":0,"on":false,"s":""})");
}

TEST_P(ImplicitPresence, AbsentMembersAreZeroAlsoWithinAnAbsentStruct) {
  ImplicitAll want = zero();
  want.option = 6;  // an optional member has presence on the wire
  for (const auto& [format, nothing] :
       {std::pair(Format(pb::wire), ""), std::pair(Format(pb::json), "{}")}) {
    SCOPED_TRACE(format.name());
    EXPECT_EQ(decode<ImplicitLine>(format, nothing), zero_line());
    const auto all = decode<ImplicitAll>(format, nothing);
    EXPECT_EQ(all, want);
    EXPECT_FALSE(std::signbit(all.real));
  }
  // A used object, and one of which some members are in the input.
  const auto codec = engine_.codec<ImplicitLine>(pb::wire);
  ImplicitLine line{.quantity = 9, .on = true, .s = "before"};
  ASSERT_TRUE(codec->decode(as_bytes("\x10\x01"), line));
  EXPECT_EQ(line, (ImplicitLine{.quantity = 0, .on = true, .s = ""}));
}

TEST_P(ImplicitPresence, FormatsWithPresenceLeaveTheInitialValue) {
  EXPECT_EQ(decode<ImplicitLine>(thrift::binary, std::string_view("\0", 1)), ImplicitLine());
  EXPECT_EQ(decode<ImplicitLine>(json::text, "{}"), ImplicitLine());
  EXPECT_EQ(decode<ImplicitAll>(json::text, "{}").line, ImplicitLine());
  EXPECT_EQ(decode<ImplicitAll>(json::text, "{}").pair, (std::array<std::int32_t, 2>{3, 4}));
}

// The same with a schema: `optional` fields have presence, and so have fields with a default value.
TEST_P(ImplicitPresence, ASchemaDecidesWhichMembersHavePresence) {
  for (const bool has_presence : {false, true}) {
    SchemaBuilder b;
    b.add_document("");
    StructType& s = b.add_struct("Line");
    add_field(s, 1, "quantity", b.base(Kind::i32)).requiredness =
        has_presence ? Requiredness::optional : Requiredness::standard;
    add_field(s, 2, "on", b.base(Kind::boolean));
    Field& text = add_field(s, 3, "s", b.base(Kind::string));
    if (has_presence) {
      text.default_value = constant("schema");
    }
    const auto schema = b.build();
    ASSERT_TRUE(schema.has_value());
    for (const auto& [format, nothing] :
         {std::pair(Format(pb::wire), ""), std::pair(Format(pb::json), "{}")}) {
      const auto codec = engine_.codec<ImplicitLine>(*schema->find_struct("Line"), format);
      ASSERT_TRUE(codec.has_value()) << codec.error().to_string();
      ImplicitLine line;
      ASSERT_TRUE(codec->decode(as_bytes(nothing), line));
      EXPECT_EQ(line, (has_presence ? ImplicitLine{.quantity = 1, .on = false, .s = "schema"}
                                    : zero_line()));
      Buffer out;
      ASSERT_TRUE(codec->encode(zero_line(), out));
      ASSERT_TRUE(codec->decode(out.bytes(), line));
      EXPECT_EQ(line, zero_line());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, ImplicitPresence,
                         testing::Values(EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic),
                         [](const auto& param) {
                           return param.param == EngineOptions::Kind::interpret ? "interpreter"
                                                                                : "machine_code";
                         });

}  // namespace
}  // namespace wirejit::test
