// Thrift Compact, case by case: the meaning of each rule and each unusual encoding, on both
// engines.
#include "tests/thrift/compact_support.h"

#include <wirejit/reflect.h>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace wirejit::test {

enum class CompactColor : std::int32_t { red = 1, deep = -70000 };
WIREJIT_ENUM(CompactColor, red, deep)

struct CompactRuns {
  std::vector<std::int16_t> shorts;
  std::vector<std::int32_t> ints;
  std::vector<std::int64_t> longs;
  std::vector<CompactColor> colors;
  bool operator==(const CompactRuns&) const = default;
};
WIREJIT_STRUCT(CompactRuns, (1, shorts), (2, ints), (3, longs), (4, colors))

struct CompactKept {
  std::int32_t number = 0;
  UnknownFields unknown;
};
WIREJIT_STRUCT(CompactKept, (1, number), (0, unknown))

namespace {

using namespace std::string_literals;

// Types of Compact.
constexpr int is_true = 1;
constexpr int is_false = 2;
constexpr int i8 = 3;
constexpr int i16 = 4;
constexpr int i32 = 5;
constexpr int i64 = 6;
constexpr int real = 7;
constexpr int text = 8;
constexpr int list = 9;
constexpr int set = 10;
constexpr int map = 11;
constexpr int structure = 12;
constexpr int uuid = 13;

const std::string stop(1, '\0');

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
      11: i8 tiny; 12: i16 small; 13: list<bool> flags; 14: map<bool, bool> switches; 40: i32 far; 41: bool last;
      100: bool lonely;
    })");
  return s;
}

// Field after field: each header is as short as it can be.
class Fields {
 public:
  Fields& add(int id, int type, std::string_view value = {}) {
    bytes_ +=
        id > last_ && id - last_ <= 15 ? short_header(id - last_, type) : long_header(id, type);
    bytes_ += value;
    last_ = id;
    return *this;
  }
  [[nodiscard]] std::string end() const { return bytes_ + stop; }
  [[nodiscard]] std::string cut() const { return bytes_; }

 private:
  std::string bytes_;
  int last_ = 0;
};

class CompactCases : public testing::Test {
 protected:
  CompactEngines pair{pair_schema(), "Pair"};
};

TEST_F(CompactCases, AnEmptyStructIsOneByte) {
  const Decoded d = pair.decode(stop);
  ASSERT_EQ(d.error, "");
  EXPECT_EQ(pair.encode(*d.record), stop);
  EXPECT_EQ(pair.decode("").error, "truncated at 0 in ''");
}

TEST_F(CompactCases, EachKindHasItsBytes) {
  const std::string inner = Fields().add(1, i32, "\x02").add(2, text, "\1b").end();
  const std::string bytes = "\x15\x09"s + "\x18\x03xyz" + "\x11" + "\x19\x35\x02\x01\x80\x01" +
                            "\x1a\x18\x01q" + "\x1b\x01\x85\x01k\x7f" + "\x1c" + inner +
                            "\x19\x1c" + inner + "\x17"s + "\0\0\0\0\0\0\xf8\x3f"s +
                            "\x16\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" + "\x13\xfe" +
                            "\x14\xff\xff\x03" + "\x19\x31\x01\x02\x01" + "\x1b\x01\x11\x01\x02" +
                            "\x05\x50\x0a" + "\x12" + "\x01\xc8\x01" + stop;
  const Decoded d = pair.decode(bytes);
  ASSERT_EQ(d.error, "");
  EXPECT_EQ(*d.record->get<int>("number"), -5);
  EXPECT_EQ(*d.record->get<std::string_view>("text"), "xyz");
  EXPECT_TRUE(*d.record->get<bool>("flag"));
  EXPECT_EQ(*d.record->get<double>("real"), 1.5);
  EXPECT_EQ(*d.record->get<std::int64_t>("big"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(*d.record->get<int>("tiny"), -2);
  EXPECT_EQ(*d.record->get<int>("small"), -32768);
  EXPECT_EQ(*d.record->get<int>("far"), 5);
  EXPECT_FALSE(*d.record->get<bool>("last"));
  EXPECT_TRUE(*d.record->get<bool>("lonely"));
  EXPECT_EQ(hex(as_bytes(as_compact(d.bytes))), hex(as_bytes(bytes)));
  EXPECT_EQ(pair.encode(*d.record), bytes);
  EXPECT_EQ(pair.transcode(bytes), bytes);
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const std::string cut = bytes.substr(0, n);
    ASSERT_EQ(pair.decode(cut).code, Errc::truncated) << n;
    ASSERT_FALSE(pair.transcode(cut)) << n;
  }
}

TEST_F(CompactCases, BoolsAreInTheirHeaders) {
  for (const int id : {3, 41, 100}) {
    const char* const name = id == 3 ? "flag" : id == 41 ? "last" : "lonely";
    for (const int type : {is_true, is_false}) {
      for (const std::string& bytes :
           {Fields().add(id, type).end(), long_header(id, type) + stop,
            Fields().add(2, text, stop).add(id, type).end(),
            // Out of order, and twice.
            Fields().add(40, i32, "\2").add(id, 3 - type).add(2, text, stop).add(id, type).end()}) {
        const Decoded d = pair.decode(bytes);
        ASSERT_EQ(d.error, "") << hex(as_bytes(bytes));
        EXPECT_EQ(*d.record->get<bool>(name), type == is_true) << hex(as_bytes(bytes));
        EXPECT_EQ(pair.encode(*d.record), as_compact(d.bytes));
        EXPECT_TRUE(pair.transcode(bytes));
      }
    }
  }
}

TEST_F(CompactCases, BoolsInContainersAreBytesAndOneAloneIsTrue) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    for (const int type : {is_true, is_false}) {
      const std::string bytes =
          Fields()
              .add(13, list, list_header(2, type) + one + "\2")
              .add(14, map, "\1"s + static_cast<char>(type << 4 | 1) + one + one)
              .end();
      const std::string plain = byte == 1 ? "\1" : "\2";
      EXPECT_EQ(pair.transcode(bytes), Fields()
                                           .add(13, list, "\x21"s + plain + "\2")
                                           .add(14, map, "\1\x11"s + plain + plain)
                                           .end())
          << byte;
      EXPECT_EQ(pair.decode(bytes).error, "");
    }
  }
}

TEST_F(CompactCases, HeadersMayBeLongWhereShortOnesWouldDo) {
  const std::string inner = long_header(2, text) + "\1b" + long_header(1, i32) + "\x04" + stop;
  const std::string bytes = long_header(1, i32) + "\x02" + long_header(2, text) + "\1x" +
                            long_header(4, list) + "\xf5\x01\x04" + long_header(7, structure) +
                            inner + "\x27"s + std::string(8, '\0') + stop;
  const Decoded d = pair.decode(bytes);
  ASSERT_EQ(d.error, "");
  EXPECT_EQ(d.bytes.size(), 0U + 7 + 8 + 12 + 3 + 7 + 8 + 1 + 11 + 1);
  EXPECT_EQ(*d.record->record("inner").get<int>("a"), 2);
  EXPECT_TRUE(d.record->has("real"));
  // As long as varints go.
  EXPECT_EQ(pair.decode("\x05\x82\x80\x80\x80\x80\x80\x80\x80\x80\x00\x02"s + stop).error, "");
}

TEST_F(CompactCases, IdsOfSixteenBitsComeInAnyOrder) {
  CompactEngines both(
      load("struct E { -32768: i32 low; -1: bool minus; 0: i32 zero; 1: i32 one; 16: "
           "bool b; 32: i32 c; 32766: i32 near; 32767: bool high }"),
      "E");
  const std::vector<int> ids = {-32768, -1, 0, 1, 16, 32, 32766, 32767};
  const auto put = [](Fields& fields, int id) {
    const bool is_bool = id == -1 || id == 16 || id == 32767;
    fields.add(id, is_bool ? is_true : i32, is_bool ? "" : "\x06");
  };
  for (std::size_t shift = 0; shift < ids.size(); ++shift) {
    for (const std::size_t step : {1U, 3U, 5U, 7U}) {
      Fields fields;
      for (std::size_t k = 0; k < ids.size(); ++k) {
        put(fields, ids[(shift + k * step) % ids.size()]);
      }
      const Decoded d = both.decode(fields.end());
      ASSERT_EQ(d.error, "") << hex(as_bytes(fields.end()));
      const std::string sorted = as_compact(d.bytes);
      EXPECT_EQ(both.encode(*d.record), sorted);
      EXPECT_EQ(both.transcode(fields.end()), fields.end());
      EXPECT_EQ(both.transcode(sorted), sorted);
    }
  }
}

TEST_F(CompactCases, IdsBeyondSixteenBitsAreErrors) {
  for (const std::int64_t id :
       {32768LL, -32769LL, 1LL << 40, std::numeric_limits<long long>::min()}) {
    const Decoded d = pair.decode("\x05"s + zigzag(id) + "\x02" + stop);
    EXPECT_EQ(d.error, "invalid_tag at 1 in ''") << id;
  }
  EXPECT_EQ(pair.decode(long_header(32767, i32) + "\x02\x15\x02" + stop).code, Errc::invalid_tag);
  EXPECT_EQ(pair.decode(long_header(32767, i32) + "\x02" + stop).error, "");
  EXPECT_EQ(pair.decode(long_header(-32768, i32) + "\x02\x15\x02" + stop).error, "");
}

TEST_F(CompactCases, AnyByteOfTypeZeroEndsAStruct) {
  for (int byte = 0; byte < 256; byte += 16) {
    const std::string end(1, static_cast<char>(byte));
    const std::string bytes =
        Fields().add(1, i32, "\2").add(7, structure, "\x15\x02" + end).cut() + end;
    const Decoded d = pair.decode(bytes);
    EXPECT_EQ(d.error, "") << byte;
    EXPECT_EQ(pair.transcode(bytes), as_compact(d.bytes));
    EXPECT_EQ(pair.decode("\xfc\x15\x02" + end + end).error, "") << byte;
  }
  EXPECT_EQ(pair.decode(stop + stop).error, "trailing_data at 1 in ''");
}

TEST_F(CompactCases, NumbersAreCutToTheirWidthsAsByTheOfficialLibrary) {
  const auto number = [&](int id, int type, const std::string& bytes, const char* name) {
    const Decoded d = pair.decode(Fields().add(id, type, bytes).end());
    EXPECT_EQ(d.error, "") << hex(as_bytes(bytes));
    return d.error.empty() ? *d.record->get<std::int64_t>(name) : -1;
  };
  EXPECT_EQ(number(1, i32, varint(1ULL << 32 | 6), "number"), 3);
  EXPECT_EQ(number(1, i32, varint(0xffffffff), "number"), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(number(1, i32, varint(~0ULL), "number"), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(number(12, i16, zigzag(32768), "small"), -32768);
  EXPECT_EQ(number(12, i16, zigzag(-32769), "small"), 32767);
  EXPECT_EQ(number(12, i16, zigzag(65536 + 7), "small"), 7);
  EXPECT_EQ(number(12, i16, varint(1ULL << 32 | 6), "small"), 3);
  EXPECT_EQ(number(10, i64, varint(~0ULL), "big"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(number(10, i64, "\x86\x80\x80\x80\x80\x80\x80\x80\x80"s + stop, "big"), 3);
  // The same in lists, with and without bulk decoding.
  std::string many;
  for (int k = 0; k < 40; ++k) {
    many += k % 3 == 0 ? varint(1ULL << 32 | 6) : k % 3 == 1 ? "\x86\x80\x00"s : "\x06"s;
  }
  const Decoded d = pair.decode(Fields().add(4, list, list_header(40, i32) + many).end());
  EXPECT_EQ(as_compact(d.bytes),
            Fields().add(4, list, list_header(40, i32) + std::string(40, '\6')).end());
}

TEST_F(CompactCases, VarintsOfMoreThanTenBytesAreErrors) {
  const std::string endless(10, '\x80');
  EXPECT_EQ(pair.decode(Fields().add(1, i32, endless + "\x01").end()).error,
            "invalid_varint at 1 in 'number'");
  EXPECT_EQ(pair.decode(Fields().add(2, text, endless + "\x01").end()).code, Errc::invalid_varint);
  EXPECT_EQ(pair.decode(Fields().add(4, list, "\xf5" + endless + "\x01").end()).code,
            Errc::invalid_varint);
  EXPECT_EQ(pair.decode(Fields().add(6, map, endless + "\x01").end()).code, Errc::invalid_varint);
  EXPECT_EQ(pair.decode("\x05" + endless + "\x01" + stop).code, Errc::invalid_varint);
  EXPECT_EQ(pair.decode(Fields().add(99, i64, endless + "\x01").end()).code, Errc::invalid_varint);
  for (const std::size_t before : {0U, 1U, 7U, 8U, 9U, 20U, 63U, 70U}) {
    const std::string numbers =
        std::string(before, '\2') + endless + "\x01" + std::string(80, '\2');
    const std::string bytes = Fields().add(4, list, list_header(before + 81, i32) + numbers).end();
    const Decoded d = pair.decode(bytes);
    EXPECT_EQ(d.code, Errc::invalid_varint) << before;
    EXPECT_EQ(d.offset, bytes.size() - 1 - 80 - 11) << before;
    EXPECT_FALSE(pair.transcode(bytes)) << before;
    // The same in a field that is skipped.
    EXPECT_EQ(
        pair.decode(Fields().add(99, list, list_header(before + 81, i32) + numbers).end()).code,
        Errc::invalid_varint)
        << before;
  }
}

TEST_F(CompactCases, ImpossibleSizesAreErrorsBeforeMemoryIsReserved) {
  for (const std::uint64_t size : {1ULL << 31, 0xffffffffULL, 1ULL << 32, ~0ULL}) {
    EXPECT_EQ(pair.decode(Fields().add(2, text, varint(size)).end()).code, Errc::invalid_count);
    EXPECT_EQ(pair.decode(Fields().add(4, list, "\xf5" + varint(size)).end()).code,
              Errc::invalid_count);
    EXPECT_EQ(pair.decode(Fields().add(6, map, varint(size) + "\x85").end()).code,
              Errc::invalid_count);
    EXPECT_EQ(pair.decode(Fields().add(99, text, varint(size)).end()).code, Errc::invalid_count);
    EXPECT_EQ(pair.decode(Fields().add(99, list, "\xf5" + varint(size)).end()).code,
              Errc::invalid_count);
    EXPECT_EQ(pair.decode(Fields().add(99, map, varint(size) + "\x85").end()).code,
              Errc::invalid_count);
  }
  const std::string most = varint(0x7fffffff);
  for (const int id : {2, 99}) {
    EXPECT_EQ(pair.decode(Fields().add(id, text, most + "abc").end()).code, Errc::truncated);
  }
  for (const int id : {8, 99}) {
    EXPECT_EQ(pair.decode(Fields().add(id, list, "\xfc" + most + stop).end()).code,
              Errc::truncated);
  }
  for (const int id : {4, 99}) {
    EXPECT_EQ(pair.decode(Fields().add(id, list, "\xf5" + most + stop).end()).code,
              Errc::truncated);
  }
  for (const int id : {6, 99}) {
    EXPECT_EQ(pair.decode(Fields().add(id, map, most + "\x85" + stop).end()).code, Errc::truncated);
  }
  // A double takes eight bytes: the input has fewer.
  CompactEngines doubles(load("struct D { 1: list<double> d; 2: map<i8, double> m }"), "D");
  EXPECT_EQ(doubles.decode(Fields().add(1, list, "\x27" + std::string(15, 'd')).cut()).code,
            Errc::truncated);
  EXPECT_EQ(doubles.decode(Fields().add(2, map, "\2\x37" + std::string(17, 'd')).cut()).code,
            Errc::truncated);
}

// ---- Runs of numbers

const Schema& runs_schema() {
  static const Schema s = load(R"(
    enum Color { red = 1, deep = -70000 }
    struct Runs { 1: list<i16> shorts; 2: list<i32> ints; 3: list<i64> longs; 4: list<Color> colors; 5: set<i32> set }
  )");
  return s;
}

// Numbers of every size that fits, of both signs; the bytes are those of the official encoding.
template <class T>
std::vector<T> numbers_of_every_size(Random& r, std::size_t n) {
  std::vector<T> v(n);
  for (T& x : v) {
    x = static_cast<T>(static_cast<std::int64_t>(r.next()) >> r.next() % 64);
  }
  return v;
}
template <class T>
std::string run_of(const std::vector<T>& v, int type) {
  std::string bytes = list_header(v.size(), type);
  for (const T x : v) {
    bytes += zigzag(static_cast<std::int64_t>(x));
  }
  return bytes;
}

TEST_F(CompactCases, RunsOfEveryLengthAreReadAndWritten) {
  CompactEngines runs(runs_schema(), "Runs");
  std::optional<Engine> engines[2];
  std::optional<Codec<CompactRuns>> structs[2];
  for (std::size_t k = 0; k < 2; ++k) {
    engines[k].emplace(EngineOptions{.kind = engine_kinds[k]});
    auto codec = engines[k]->codec<CompactRuns>(thrift::compact);
    ASSERT_TRUE(codec.has_value()) << codec.error().to_string();
    structs[k].emplace(*std::move(codec));
  }
  Random r(31);
  for (std::size_t n = 0; n < 90; ++n) {
    CompactRuns value;
    value.shorts = numbers_of_every_size<std::int16_t>(r, n);
    value.ints = numbers_of_every_size<std::int32_t>(r, n);
    value.longs = numbers_of_every_size<std::int64_t>(r, n);
    for (std::size_t k = 0; k < n; ++k) {
      value.colors.push_back(k % 3 == 0 ? CompactColor::deep : CompactColor::red);
    }
    Fields f;
    f.add(1, list, run_of(value.shorts, i16)).add(2, list, run_of(value.ints, i32));
    f.add(3, list, run_of(value.longs, i64)).add(4, list, run_of(value.colors, i32));
    for (auto& codec : structs) {
      Buffer out;
      ASSERT_TRUE(codec->encode(value, out)) << n;
      ASSERT_EQ(hex(out.bytes(), 4000), hex(as_bytes(f.end()), 4000)) << n;
      CompactRuns back;
      ASSERT_TRUE(codec->decode(out.text(), back)) << n;
      ASSERT_TRUE(back == value) << n;
    }
    f.add(5, set, run_of(numbers_of_every_size<std::int32_t>(r, n), i32));
    const Decoded d = runs.decode(f.end());
    ASSERT_EQ(d.error, "") << n;
    ASSERT_EQ(as_compact(d.bytes), f.end()) << n;
    ASSERT_EQ(runs.encode(*d.record), f.end()) << n;
    ASSERT_EQ(runs.transcode(f.end()), f.end()) << n;
  }
}

// Whatever its length and wherever it is cut; a count that promises more is an error, too. What
// was read before the cut must not matter.
TEST_F(CompactCases, CutRunsAreErrorsAtEveryByte) {
  CompactEngines runs(runs_schema(), "Runs");
  Random r(32);
  for (const std::size_t n : {1U, 2U, 7U, 8U, 14U, 15U, 40U, 90U}) {
    const std::string run = run_of(numbers_of_every_size<std::int64_t>(r, n), i64);
    const std::string whole = Fields().add(3, list, run).cut();
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const Decoded d = runs.decode(whole.substr(0, size));
      ASSERT_EQ(d.code, Errc::truncated) << n << " " << size;
    }
    const std::string more = list_header(n + 1, i64) + run.substr(list_header(n, i64).size());
    ASSERT_EQ(runs.decode(Fields().add(3, list, more).cut()).code, Errc::truncated) << n;
  }
}

// The first varint that is too long is the error, wherever it is in a run; of an i16, whose numbers
// need three bytes, too.
TEST_F(CompactCases, VarintsThatAreTooLongAreFoundAnywhereInARun) {
  CompactEngines runs(runs_schema(), "Runs");
  const std::string long_one = std::string(10, '\x81') + "\x01";
  const std::pair<int, int> lists[] = {{1, i16}, {2, i32}, {3, i64}, {4, i32}};
  const char* const names[] = {"", "shorts", "ints", "longs", "colors"};
  for (const auto& [id, type] : lists) {
    for (std::size_t before = 0; before < 75; ++before) {
      for (const std::size_t after : {0U, 1U, 100U}) {
        const std::string head =
            Fields().add(id, list, list_header(before + 1 + after, type)).cut();
        const std::string small(before, '\2');
        const std::string bytes = head + small + long_one + std::string(after, '\2') + stop;
        const Decoded d = runs.decode(bytes);
        ASSERT_EQ(d.code, Errc::invalid_varint) << id << " " << before << " " << after;
        ASSERT_EQ(d.offset, head.size() + before);
        ASSERT_EQ(d.path, names[id] + ("[" + std::to_string(before) + "]"));
      }
    }
  }
}

// A message that promises a long list is charged for it before it is read.
TEST_F(CompactCases, RunsAreChargedBeforeTheyAreRead) {
  const RecordType type = *RecordType::make(runs_schema(), "Runs");
  const std::string bytes =
      Fields().add(3, list, list_header(1000, i64) + std::string(1000, '\2')).end();
  for (const auto kind : engine_kinds) {
    const Engine engine{EngineOptions{.kind = kind}};
    const auto codec = engine.record_codec(type, thrift::compact);
    ASSERT_TRUE(codec.has_value());
    Arena arena;
    const auto refused = codec->decode(bytes, arena, {.limits = {.memory = 7999}});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code(), Errc::memory_limit);
    EXPECT_TRUE(codec->decode(bytes, arena, {.limits = {.memory = 8000 + 1000}}).has_value());
  }
}

TEST_F(CompactCases, ListsOfFifteenAndMoreHaveLongHeaders) {
  CompactEngines lists(
      load("struct L { 1: list<i8> tiny; 2: list<string> texts; 3: list<bool> flags; 4: "
           "list<double> reals; 5: set<i64> longs; 6: map<i16, bool> map }"),
      "L");
  for (const std::size_t n : {0U, 1U, 14U, 15U, 16U, 127U, 128U, 300U}) {
    std::string texts;
    std::string reals;
    std::string entries;
    for (std::size_t k = 0; k < n; ++k) {
      texts += "\1t";
      reals += std::string(6, '\0') + "\xf0\x3f";
      entries += zigzag(static_cast<std::int64_t>(k)) + (k % 2 == 0 ? "\1" : "\2");
    }
    Fields f;
    f.add(1, list, list_header(n, i8) + std::string(n, '\xfe'));
    f.add(2, list, list_header(n, text) + texts)
        .add(3, list, list_header(n, is_true) + std::string(n, '\2'));
    f.add(4, list, list_header(n, real) + reals);
    f.add(5, set, list_header(1, i64) + "\2");
    f.add(6, map, n == 0 ? stop : varint(n) + "\x41" + entries);
    const Decoded d = lists.decode(f.end());
    ASSERT_EQ(d.error, "") << n;
    EXPECT_EQ(lists.encode(*d.record), f.end()) << n;
    EXPECT_EQ(lists.transcode(f.end()), f.end()) << n;
  }
}

TEST_F(CompactCases, EmptyContainersMayCarryAnyTypesAndMapsHaveNone) {
  for (int type = 0; type < 16; ++type) {
    const std::string none(1, static_cast<char>(type));
    const std::string odd = static_cast<char>(0xf0 | type) + stop;
    for (const std::string& header : {none, odd}) {
      const std::string bytes = Fields()
                                    .add(4, list, header)
                                    .add(5, set, header)
                                    .add(6, map, stop)
                                    .add(10, i64, "\x08")
                                    .end();
      const Decoded d = pair.decode(bytes);
      ASSERT_EQ(d.error, "") << type;
      EXPECT_EQ(*d.record->get<int>("big"), 4);
      EXPECT_EQ(pair.encode(*d.record), Fields()
                                            .add(4, list, "\5")
                                            .add(5, set, "\x08")
                                            .add(6, map, stop)
                                            .add(10, i64, "\x08")
                                            .end());
      EXPECT_EQ(pair.transcode(bytes), pair.encode(*d.record));
    }
  }
}

TEST_F(CompactCases, ElementsKeysAndValuesOfAnotherTypeAreErrorsThatNameTheTypes) {
  const auto says = [&](const std::string& bytes, std::string_view words) {
    const std::string message = pair.message(bytes);
    EXPECT_NE(message.find(words), std::string::npos) << message;
  };
  const std::string numbers = Fields().add(4, list, "\x16\x02").end();
  EXPECT_EQ(pair.decode(numbers).error, "type_mismatch at 1 in 'numbers'");
  says(numbers, "expected a list of i32, found one of i64");
  const std::string names = Fields().add(5, set, "\x11\x01").end();
  EXPECT_EQ(pair.decode(names).code, Errc::type_mismatch);
  says(names, "found one of bool");
  const std::string counts = Fields().add(6, map, "\1\x86\1k\x02").end();
  EXPECT_EQ(pair.decode(counts).error, "type_mismatch at 2 in 'counts'");
  says(counts, "expected a map of string to i32, found one of string to i64");
  EXPECT_EQ(pair.decode(Fields().add(14, map, "\1\x13\1\x02").end()).code, Errc::type_mismatch);
  EXPECT_EQ(pair.decode(Fields().add(13, list, "\x13\1").end()).code, Errc::type_mismatch);
  for (const int type : {0, 14, 15}) {
    EXPECT_EQ(pair.decode(Fields().add(4, list, list_header(1, type) + "\1").end()).code,
              Errc::type_mismatch);
  }
}

TEST_F(CompactCases, AFieldOfAnotherTypeIsSkipped) {
  const std::string bytes = Fields()
                                .add(1, text, "\1x")
                                .add(2, i32, "\x02")
                                .add(3, i8, "\1")
                                .add(4, set, "\x15\x02")
                                .add(5, list, "\x18\x01x")
                                .add(7, is_true)
                                .add(100, i64, "\x02")
                                .end();
  EXPECT_EQ(pair.transcode(bytes), stop);
  const Decoded d = pair.decode(bytes);
  EXPECT_EQ(d.error, "");
  EXPECT_EQ(d.bytes, stop);
}

const std::string& nested() {
  static const std::string bytes = Fields()
                                       .add(1, i32, "\x02")
                                       .add(2, structure, stop)
                                       .add(3, is_false)
                                       .add(70, list, "\x2b\0\1\x11\1\2"s)
                                       .end();
  return bytes;
}

const std::vector<std::pair<int, std::string>>& unknown_values() {
  static const std::vector<std::pair<int, std::string>> values = {
      {is_true, ""},
      {is_false, ""},
      {i8, "\xff"},
      {i16, "\xff\xff\x03"},
      {i32, "\xff\xff\xff\xff\x0f"},
      {i64, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"},
      {real, "abcdefgh"},
      {text, compact_text("text")},
      {text, compact_text(std::string(200, 't'))},
      {list, "\x21\1\2"},
      {list, "\x22\1\2"},
      {list, "\x33" + std::string("abc")},
      {list, list_header(20, i64) + std::string(10, '\2') + "\x80\x01" + std::string(9, '\2')},
      {list, "\x27" + std::string(16, 'd')},
      {list, "\x2d" + std::string(32, 'u')},
      {list, "\x28" + compact_text("a") + compact_text("")},
      {list, "\x2c" + nested() + stop},
      {list, "\x0f"},
      {set, "\x19\x25\2\4"},
      {map, stop},
      {map, "\2\x8c" + compact_text("k") + nested() + compact_text("l") + stop},
      {map, "\1\x12\1\2"},
      {map, "\1\x79" + std::string(8, 'd') + "\x15\2"},
      {structure, nested()},
      {uuid, std::string(16, 'u')}};
  return values;
}

TEST_F(CompactCases, UnknownFieldsOfEveryTypeAreSkipped) {
  for (const auto& [type, value] : unknown_values()) {
    const std::string bytes = Fields()
                                  .add(77, type, value)
                                  .add(1, i32, "\x0a")
                                  .add(-7, type, value)
                                  .add(2, text, "\1b")
                                  .add(16, type, value)
                                  .add(40, i32, "\x02")
                                  .add(90, type, value)
                                  .end();
    const Decoded d = pair.decode(bytes);
    ASSERT_EQ(d.error, "") << type;
    const std::string known =
        Fields().add(1, i32, "\x0a").add(2, text, "\1b").add(40, i32, "\x02").end();
    EXPECT_EQ(as_compact(d.bytes), known);
    EXPECT_EQ(pair.transcode(bytes), known);
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      ASSERT_EQ(pair.decode(std::string_view(bytes).substr(0, n)).code, Errc::truncated)
          << type << " " << n;
    }
  }
}

TEST_F(CompactCases, TypesThatDoNotExistAreErrors) {
  for (const int type : {14, 15}) {
    const std::string code(1, static_cast<char>(type));
    for (const int id : {2, 99}) {
      EXPECT_EQ(
          pair.decode(Fields().add(1, i32, "\2").add(id, type, std::string(20, '\0')).end()).code,
          Errc::invalid_type)
          << type;
    }
    const std::string one = list_header(1, type);
    EXPECT_EQ(pair.decode(Fields().add(99, list, one + "\1").end()).code, Errc::invalid_type);
    EXPECT_EQ(
        pair.decode(Fields().add(99, structure, static_cast<char>(0x10 | type) + "\1"s).end()).code,
        Errc::invalid_type);
    EXPECT_EQ(pair.decode(Fields().add(99, map, "\1\x3e\1\1").end()).code, Errc::invalid_type);
    EXPECT_EQ(pair.decode(Fields().add(99, map, "\1\xf3\1\1").end()).code, Errc::invalid_type);
  }
  EXPECT_EQ(pair.decode(Fields().add(99, list, "\x10\1").end()).code, Errc::invalid_type);
}

TEST_F(CompactCases, WhatIsSkippedCostsDepth) {
  const auto deep = [](int type, int levels) {
    std::string bytes = Fields().add(99, type).cut();
    for (int k = 1; k < levels; ++k) {
      bytes += type == structure ? "\x1c" : type == list ? "\x19" : "\1\x3b\1";
    }
    return bytes + (type == list ? "\x03"s : stop);
  };
  for (const int type : {structure, list, map}) {
    const auto message = [&](int levels) {
      std::string bytes = deep(type, levels);
      bytes.append(type == structure ? static_cast<std::size_t>(levels - 1) : 0, '\0');
      return bytes + stop;
    };
    EXPECT_EQ(pair.decode(message(100)).error, "") << type;
    EXPECT_EQ(pair.decode(message(101)).code, Errc::depth_limit) << type;
    EXPECT_EQ(pair.decode(message(100'000)).code, Errc::depth_limit) << type;
  }
}

TEST_F(CompactCases, OfTwoEqualFieldsTheLastCounts) {
  const std::string bytes =
      "\x15\x0a\x18\5first"s + long_header(1, i32) + "\x0c" + "\x18\6second" + stop;
  const Decoded d = pair.decode(bytes);
  ASSERT_EQ(d.error, "");
  const std::string once = Fields().add(1, i32, "\x0c").add(2, text, compact_text("second")).end();
  EXPECT_EQ(pair.encode(*d.record), once);
  EXPECT_EQ(pair.transcode(bytes), once);
  CompactEngines strict(pair_schema(), "Pair", {.reject_duplicate_fields = true});
  EXPECT_EQ(strict.decode(bytes).code, Errc::duplicate_field);
}

TEST_F(CompactCases, AUnionHasExactlyOneField) {
  CompactEngines u(load("union U { 1: i32 a; 20: bool b; 40: string c }"), "U");
  for (const std::string& bytes :
       {Fields().add(1, i32, "\x02").end(), Fields().add(20, is_true).end(),
        Fields().add(20, is_false).end(), Fields().add(40, text, "\1c").end()}) {
    const Decoded d = u.decode(bytes);
    ASSERT_EQ(d.error, "");
    EXPECT_EQ(u.encode(*d.record), bytes);
    EXPECT_EQ(u.transcode(bytes), bytes);
  }
  EXPECT_EQ(u.decode(stop).code, Errc::union_not_one);
  EXPECT_EQ(u.decode(Fields().add(1, i32, "\2").add(20, is_true).end()).code, Errc::union_not_one);
  EXPECT_EQ(u.decode(Fields().add(7, i32, "\2").add(20, is_true).add(21, i32, "\2").end()).error,
            "");
  EXPECT_FALSE(u.transcode(Fields().add(20, is_true).add(20, is_true).end()));
}

// The header of the field after a oneof depends on which member came.
TEST_F(CompactCases, TheFieldAfterAOneofIsExpectedWhicheverMemberCame) {
  SchemaBuilder b;
  b.add_document("oneof");
  StructType& s = b.add_struct("O");
  const auto add = [&](int id, const char* name, Kind kind, int group) {
    Field& f = s.fields.emplace_back();
    f.id = id;
    f.name = name;
    f.type = b.base(kind);
    f.oneof = group;
    f.requiredness = group >= 0 ? Requiredness::optional : Requiredness::standard;
  };
  s.oneofs.emplace_back().name = "choice";
  add(1, "first", Kind::i32, -1);
  add(2, "a", Kind::i32, 0);
  add(3, "b", Kind::boolean, 0);
  add(9, "c", Kind::string, 0);
  add(12, "flag", Kind::boolean, -1);
  add(18, "number", Kind::i64, -1);
  auto schema = b.build();
  ASSERT_TRUE(schema.has_value()) << schema.error().to_string();
  CompactEngines both(*schema, "O");
  for (int member = 0; member < 4; ++member) {
    for (const bool with_flag : {false, true}) {
      for (const bool with_first : {false, true}) {
        Fields f;
        if (with_first) {
          f.add(1, i32, "\2");
        }
        switch (member) {
          case 1: f.add(2, i32, "\2"); break;
          case 2: f.add(3, is_false); break;
          case 3: f.add(9, text, "\1c"); break;
          default: break;
        }
        if (with_flag) {
          f.add(12, is_true);
        }
        const std::string bytes = f.add(18, i64, "\2").end();
        const Decoded d = both.decode(bytes);
        ASSERT_EQ(d.error, "") << hex(as_bytes(bytes));
        EXPECT_EQ(both.encode(*d.record), bytes);
        EXPECT_EQ(both.transcode(bytes), bytes);
      }
    }
  }
}

// ---- Unknown fields that are kept

TEST_F(CompactCases, UnknownFieldsAreWrittenBackWhateverCameBeforeThem) {
  const Schema narrow = load("struct N { 1: i32 number; 40: bool far }");
  CompactEngines kept(narrow, "N", {.unknown_fields = Unknown::keep});
  for (const auto& [type, value] : unknown_values()) {
    const std::string bytes = Fields()
                                  .add(2, type, value)
                                  .add(1, i32, "\x0a")
                                  .add(3, type, value)
                                  .add(40, is_true)
                                  .add(41, type, value)
                                  .add(-9, type, value)
                                  .end();
    const std::string unknown = long_header(2, type) + value + long_header(3, type) + value +
                                long_header(41, type) + value + long_header(-9, type) + value;
    const Decoded d = kept.decode(bytes);
    ASSERT_EQ(d.error, "") << type;
    EXPECT_EQ(hex(as_bytes(kept.encode(*d.record).value_or(""))),
              hex(as_bytes("\x15\x0a"s + long_header(40, is_true) + unknown + stop)))
        << type;
    // Transcoding keeps their positions; the field after them has a long header.
    const std::string in_place = long_header(2, type) + value + long_header(1, i32) + "\x0a" +
                                 long_header(3, type) + value + long_header(40, is_true) +
                                 long_header(41, type) + value + long_header(-9, type) + value +
                                 stop;
    EXPECT_EQ(hex(as_bytes(kept.transcode(bytes).value_or(""))), hex(as_bytes(in_place))) << type;
    EXPECT_EQ(kept.transcode(in_place), in_place);
    // Binary does not write them.
    EXPECT_EQ(kept.to_binary(bytes),
              pair.to_binary("\x15\x0a" + stop).value_or("").substr(0, 7) + "\2\0\x28\1\0"s);
  }
}

TEST_F(CompactCases, StructsKeepUnknownFieldsForCompactAlone) {
  const std::string bytes = Fields().add(1, i32, "\x02").add(2, is_true).add(3, text, "\1x").end();
  for (const EngineOptions::Kind kind : engine_kinds) {
    const Engine engine({.kind = kind});
    const auto compact =
        engine.codec<CompactKept>(thrift::compact, {.unknown_fields = Unknown::keep});
    const auto binary =
        engine.codec<CompactKept>(thrift::binary, {.unknown_fields = Unknown::keep});
    ASSERT_TRUE(compact && binary);
    CompactKept value;
    ASSERT_TRUE(compact->decode(bytes, value).has_value());
    EXPECT_EQ(value.unknown.bytes, "\x01\x04\x08\x06\x01x");
    Buffer out;
    ASSERT_TRUE(compact->encode(value, out).has_value());
    EXPECT_EQ(out.text(), "\x15\x02\x01\x04\x08\x06\x01x"s + stop);
    out.clear();
    ASSERT_TRUE(binary->encode(value, out).has_value());
    EXPECT_EQ(out.text(), raw_field(8, 1, be32(1)) + stop);
  }
}

// ---- Roots, limits, errors

TEST_F(CompactCases, RootsNeedNotBeStructs) {
  const Schema& schema = pair_schema();
  for (const EngineOptions::Kind kind : engine_kinds) {
    const Engine engine({.kind = kind});
    const auto round_trip = [&](std::string_view name, const std::string& bytes) {
      const auto type = RecordType::make(schema, name);
      ASSERT_TRUE(type.has_value()) << name;
      const auto codec = engine.record_codec(*type, thrift::compact);
      ASSERT_TRUE(codec.has_value()) << name << ": " << codec.error().to_string();
      Arena arena;
      const auto value = codec->decode_value(bytes, arena);
      ASSERT_TRUE(value.has_value()) << name << ": " << value.error().to_string();
      Buffer out;
      ASSERT_TRUE(codec->encode(*value, out).has_value()) << name;
      EXPECT_EQ(out.text(), bytes) << name;
      EXPECT_EQ(codec->decode_value(bytes.substr(0, bytes.size() - 1), arena).error().code(),
                Errc::truncated)
          << name;
    };
    round_trip("bool", "\2");
    round_trip("i32", zigzag(-700));
    round_trip("string", compact_text("text"));
    round_trip("list<i64>", "\x26\x01\x02");
    round_trip("list<Inner>", "\x2c\x15\x02" + stop + stop);
    round_trip("map<string, list<bool>>", "\1\x89" + compact_text("k") + "\x21\1\2");
    round_trip("set<string>", "\x18" + compact_text("x"));
  }
}

TEST_F(CompactCases, DefaultsAreWrittenInCompact) {
  CompactEngines both(load(R"(
    struct P { 1: i32 x = 3; 2: i32 y; 3: optional i32 z = 4 }
    struct D {
      1: bool flag = true; 2: i16 small = -2; 3: string text = "none"; 4: list<i32> numbers = [1, 2];
      5: map<string, double> map = {"k": 0.5}; 6: P p = {"y": 9}; 8: optional i32 opt = 7; 9: bool no = false;
      12: list<P> ps = [{}, {"x": 1}]; 13: map<i32, i32> none = {};
    })"),
                      "D");
  const std::string p = Fields().add(1, i32, "\6").add(2, i32, "\x12").end();
  const std::string ps =
      "\x2c" + Fields().add(1, i32, "\6").end() + Fields().add(1, i32, "\2").end();
  const std::string expected = Fields()
                                   .add(1, is_true)
                                   .add(2, i16, "\3")
                                   .add(3, text, compact_text("none"))
                                   .add(4, list, "\x25\2\4")
                                   .add(5, map, "\1\x87\1k\0\0\0\0\0\0\xe0\x3f"s)
                                   .add(6, structure, p)
                                   .add(9, is_false)
                                   .add(12, list, ps)
                                   .add(13, map, stop)
                                   .end();
  EXPECT_EQ(hex(as_bytes(both.transcode(stop).value_or(""))), hex(as_bytes(expected)));
  const Decoded d = both.decode(stop);
  EXPECT_EQ(hex(as_bytes(both.encode(*d.record).value_or(""))), hex(as_bytes(expected)));
}

TEST_F(CompactCases, PathsNameFieldElementKeyAndValue) {
  const std::string good = Fields().add(1, i32, "\2").end();
  const std::string bad = Fields().add(2, text, varint(1ULL << 31)).cut();
  EXPECT_EQ(pair.decode(bad).error, "invalid_count at 6 in 'text'");
  EXPECT_EQ(pair.decode(Fields().add(8, list, "\x3c" + good + bad).end()).path, "inners[1].b");
  EXPECT_EQ(pair.decode(Fields().add(7, structure, bad).end()).path, "inner.b");
  EXPECT_EQ(
      pair.decode(Fields().add(6, map, "\1\x85\1k" + std::string(10, '\x80') + "\1").end()).path,
      "counts[\"k\"]");
  CompactEngines required(load("struct R { 1: required i32 x; 2: required bool y }"), "R");
  EXPECT_EQ(required.decode(Fields().add(2, is_true).end()).error, "missing_required at 2 in 'x'");
  EXPECT_EQ(required.decode(Fields().add(1, i32, "\2").end()).path, "y");
}

TEST_F(CompactCases, InputInPiecesIsReadAsOne) {
  const std::string message =
      Fields().add(1, i32, "\x0a").add(2, text, compact_text("in parts")).end();
  const Engine engine;
  const auto codec = engine.record_codec(pair.type, thrift::compact);
  ASSERT_TRUE(codec.has_value());
  for (std::size_t cut = 0; cut <= message.size(); ++cut) {
    const Bytes parts[] = {as_bytes(std::string_view(message).substr(0, cut)), Bytes(),
                           as_bytes(std::string_view(message).substr(cut))};
    Arena arena;
    const auto got = codec->decode(std::span<const Bytes>(parts), arena);
    ASSERT_TRUE(got.has_value());
    EXPECT_EQ(*got->get<std::string_view>("text"), "in parts");
  }
}

TEST_F(CompactCases, KindsThatThriftLacksAreRejectedWhenCompiling) {
  SchemaBuilder b;
  b.add_document("no");
  StructType& s = b.add_struct("N");
  Field& f = s.fields.emplace_back();
  f.id = 1;
  f.name = "u";
  f.type = b.base(Kind::u32);
  const Schema schema = *b.build();
  const auto codec = Engine().record_codec(*RecordType::make(schema, "N"), thrift::compact);
  ASSERT_FALSE(codec.has_value());
  EXPECT_EQ(codec.error().code(), Errc::unsupported);
}

}  // namespace
}  // namespace wirejit::test
