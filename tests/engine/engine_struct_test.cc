// Every form of member that reflect.h knows, through encode and decode on both engines; reuse of
// objects; codecs that are checked against a schema.
#include "tests/support/engine_support.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/reflect.h>

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace wirejit::test {

using namespace std::string_literals;

namespace forms {

enum class Color : std::int32_t { red = 1, green = 2 };
enum class Tiny : std::uint8_t { a, b };
WIREJIT_ENUM(Color, red, green)

struct Scalars {
  bool flag = false;
  std::int8_t i8 = 0;
  std::int16_t i16 = 0;
  std::int32_t i32 = 0;
  std::int64_t i64 = 0;
  double real = 0;
  Color color = Color::red;
  Tiny tiny = Tiny::a;
  bool operator==(const Scalars&) const = default;
};
WIREJIT_STRUCT(Scalars, (1, flag), (2, i8), (3, i16), (4, i32), (5, i64), (6, real), (7, color),
               (8, tiny))

enum class Wide : std::int64_t {};
enum class WideUnsigned : std::uint64_t {};
struct WideEnums {
  Wide one{};
  std::vector<Wide> list{};
  std::map<Wide, std::int32_t> map{};
  WideUnsigned large{};
  bool operator==(const WideEnums&) const = default;
};
WIREJIT_STRUCT(WideEnums, (1, one), (2, list), (3, map), (4, large))
struct SmallEnum {
  Wide large{};
};
WIREJIT_STRUCT(SmallEnum, (4, large))

struct Point {
  std::int32_t x = 0;
  std::string name;
  auto operator<=>(const Point&) const = default;
};
WIREJIT_STRUCT(Point, (1, x), (2, name))

struct Texts {
  std::string text;
  std::vector<std::uint8_t> bytes;
  std::vector<char> chars;
  std::string blob;
  bool operator==(const Texts&) const = default;
};
WIREJIT_STRUCT(Texts, (1, text), (2, bytes), (3, chars), (4, blob, wirejit::member::binary))

struct Sequences {
  std::vector<std::int32_t> ints;
  std::vector<bool> bits;
  std::vector<std::string> texts;
  std::vector<Point> points;
  std::vector<std::vector<double>> matrix;
  std::array<std::int16_t, 3> three{};
  std::array<std::string, 2> two;
  std::array<Point, 2> ends;
  std::int64_t plain[2] = {};
  std::vector<Color> colors;
  std::vector<std::array<std::int32_t, 2>> pairs;
  std::vector<std::vector<bool>> bit_rows;
  bool operator==(const Sequences&) const = default;
};
WIREJIT_STRUCT(Sequences, (1, ints), (2, bits), (3, texts), (4, points), (5, matrix), (6, three),
               (7, two), (8, ends), (9, plain), (10, colors), (11, pairs), (12, bit_rows))

struct Associative {
  std::map<std::string, std::int64_t> counts;
  std::map<std::int32_t, Point> points;
  std::unordered_map<std::string, std::vector<std::int32_t>> lists;
  std::unordered_map<std::int64_t, std::string> names;
  std::set<std::string> tags;
  std::set<std::int16_t> ids;
  std::unordered_set<std::int64_t> hashes;
  std::map<Point, std::string> by_point;
  std::set<Point> point_set;
  std::map<std::vector<std::int32_t>, std::map<std::string, bool>> deep;
  std::set<std::set<std::int32_t>> sets;
  std::map<Color, double> colors;
  std::map<bool, std::int8_t> flags;
  std::map<std::string, std::unordered_map<std::int32_t, std::set<std::string>>> tower;
  bool operator==(const Associative&) const = default;
};
WIREJIT_STRUCT(Associative, (1, counts), (2, points), (3, lists), (4, names), (5, tags), (6, ids),
               (7, hashes), (8, by_point), (9, point_set), (10, deep), (11, sets), (12, colors),
               (13, flags), (14, tower))

struct Nullable {
  std::optional<std::int32_t> number;
  std::optional<std::string> text;
  std::optional<Point> point;
  std::optional<std::vector<std::int32_t>> ints;
  std::optional<std::map<std::string, std::string>> map;
  std::unique_ptr<std::int64_t> owned;
  std::unique_ptr<Point> owned_point;
  std::shared_ptr<std::string> shared;
  std::shared_ptr<Point> shared_point;
  std::optional<bool> flag;
  std::optional<double> real;
  std::optional<std::vector<bool>> bits;
  std::optional<Color> color;
  std::unique_ptr<std::vector<Point>> owned_list;
  std::optional<std::array<std::int32_t, 2>> pair;
};
WIREJIT_STRUCT(Nullable, (1, number), (2, text), (3, point), (4, ints), (5, map), (6, owned),
               (7, owned_point), (8, shared), (9, shared_point), (10, flag), (11, real), (12, bits),
               (13, color), (14, owned_list), (15, pair))

struct Choice
    : std::variant<std::monostate, std::int32_t, std::string, Point, std::vector<std::int32_t>> {
  using variant::variant;
};
WIREJIT_VARIANT(Choice, (1, number), (2, text), (3, point), (4, ints))

struct Either {
  std::optional<std::int32_t> number;
  std::optional<std::string> text;
  std::unique_ptr<Point> point;
};
WIREJIT_UNION(Either, (1, number), (2, text), (3, point))

struct Unions {
  Choice choice;
  Either either;
  std::vector<Choice> choices;
  std::map<std::string, Choice> by_name;
  std::optional<Choice> maybe;
};
WIREJIT_STRUCT(Unions, (1, choice), (2, either), (3, choices), (4, by_name), (5, maybe))

struct Tree {
  std::int32_t value = 0;
  std::vector<Tree> children;
  std::unique_ptr<Tree> next;
  std::map<std::string, Tree> named;
};
WIREJIT_STRUCT(Tree, (1, value), (2, children), (3, next), (4, named))

struct Views {
  std::string_view text;
  std::span<const std::int32_t> ints;
  std::span<const std::uint8_t> bytes;
  std::span<const std::string_view> texts;
  std::map<std::string_view, std::int32_t> map;
};
WIREJIT_STRUCT(Views, (1, text), (2, ints), (3, bytes), (4, texts), (5, map))

struct Outer {
  Scalars scalars;
  Texts texts;
  Sequences sequences;
  Associative associative;
  std::int32_t last = 0;
  bool operator==(const Outer&) const = default;
};
WIREJIT_STRUCT(Outer, (1, scalars), (2, texts), (3, sequences), (4, associative), (5, last))

struct Loose {
  std::int32_t id = 0;
  std::string name;
  std::vector<std::int32_t> numbers;
  std::optional<std::string> note;
  Point point;
};
WIREJIT_STRUCT(Loose, (1, id), (2, name), (3, numbers), (4, note), (5, point))

}  // namespace forms

namespace {

using namespace forms;

const std::string stop(1, '\0');

// The codecs of a type on both engines, and the reference: all must encode and decode the same.
template <class T>
class Both {
 public:
  explicit Both(const Options& options = {}) {
    for (std::size_t k = 0; k < 2; ++k) {
      Engine engine({.kind = engine_kinds[k]});
      auto made = engine.codec<T>(thrift::binary, options);
      if (!made) {
        ADD_FAILURE() << made.error().to_string();
        std::abort();
      }
      codecs[k].emplace(*std::move(made));
    }
    auto schema = schema_of<T>();
    auto made = schema ? RecordType::make(*schema, struct_layout<T>().name)
                       : std::unexpected(schema.error());
    if (!made) {
      ADD_FAILURE() << made.error().to_string();
      std::abort();
    }
    type = *made;
  }

  std::string encode(const T& value) {
    Buffer out[2];
    for (std::size_t k = 0; k < 2; ++k) {
      auto done = codecs[k]->encode(value, out[k]);
      EXPECT_TRUE(done.has_value()) << done.error().to_string();
    }
    EXPECT_EQ(hex(out[0].bytes()), hex(out[1].bytes()));
    Arena arena;
    Record r = *Record::make(arena, type);
    const ReferenceOutcome read = reference_decode(out[1].bytes(), r);
    EXPECT_EQ(read.error, Errc::ok)
        << to_string(read.error) << " " << read.at << " " << hex(out[1].bytes());
    Errc error{};
    EXPECT_EQ(hex(as_bytes(reference_encode(r, &error)), 4000), hex(out[1].bytes(), 4000));
    return std::string(out[1].text());
  }

  // Decodes into a new object on both engines, and into `reuse`, which must give the same bytes.
  T decode(const std::string& bytes, T* reuse = nullptr, Arena* arena = nullptr) {
    T values[2];
    GuardedInput guard;
    for (std::size_t k = 0; k < 2; ++k) {
      auto done = codecs[k]->decode(guard.at_end(as_bytes(bytes)), values[k], {.arena = arena});
      EXPECT_TRUE(done.has_value()) << done.error().to_string();
    }
    EXPECT_EQ(encode(values[0]), encode(values[1]));
    if (reuse != nullptr) {
      for (std::size_t k = 0; k < 2; ++k) {
        auto done = codecs[k]->decode(as_bytes(bytes), *reuse, {.arena = arena});
        EXPECT_TRUE(done.has_value()) << done.error().to_string();
        if (ordered) {
          EXPECT_EQ(hex(as_bytes(encode(*reuse)), 4000), hex(as_bytes(encode(values[1])), 4000));
        }
      }
    }
    return std::move(values[1]);
  }

  // No prefix decodes, and the object of a failed call can be used again.
  void expect_no_prefix(const std::string& bytes, T& reuse, Arena* arena = nullptr) {
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      for (std::size_t k = 0; k < 2; ++k) {
        auto done =
            codecs[k]->decode(std::string_view(bytes).substr(0, n), reuse, {.arena = arena});
        ASSERT_FALSE(done.has_value());
        ASSERT_EQ(done.error().code(), Errc::truncated);
        ASSERT_EQ(done.error().offset(), n);
      }
    }
    (void)decode(bytes, &reuse, arena);
  }

  std::optional<Codec<T>> codecs[2];
  RecordType type;
  bool ordered = true;  // equal objects have equal bytes; false for hash tables
};

const Scalars scalars{true, -128,         -32768, 2147483647, -9223372036854775807 - 1,
                      -0.5, Color::green, Tiny::b};
const Texts texts{"text of more than sixteen bytes", {0, 255, 7}, {'a', '\0'}, "\xff\xfe"};
const Sequences sequences{{1, -2, 3},
                          {true, false, true, true},
                          {"a", "", "a text that does not fit into the object itself"},
                          {{1, "one"}, {2, ""}},
                          {{1.5}, {}, {2.5, 3.5}},
                          {7, 8, 9},
                          {"x", "y"},
                          {Point{1, "begin"}, Point{2, "end"}},
                          {5, 6},
                          {Color::green},
                          {{{1, 2}}, {{3, 4}}},
                          {{true}, {}, {false, true}}};
const Associative associative{{{"a", 1}, {"b", 2}},
                              {{7, {1, "p"}}},
                              {{"list", {1, 2, 3}}},
                              {{-1, "minus"}},
                              {"t", "u", ""},
                              {-5, 5},
                              {1LL << 40},
                              {{{1, "k"}, "v"}, {{2, "k"}, "w"}},
                              {{3, "c"}, {1, "a"}},
                              {{{1, 2}, {{"yes", true}}}, {{}, {}}},
                              {{1, 2}, {}, {3}},
                              {{Color::red, 0.5}},
                              {{true, 1}, {false, 0}},
                              {{"t", {{1, {"x", "y"}}}}}};

TEST(EngineStruct, Scalars) {
  Both<Scalars> both;
  Scalars dirty = scalars;
  EXPECT_EQ(both.decode(both.encode(scalars), &dirty), scalars);
  EXPECT_EQ(both.decode(both.encode(Scalars{}), &dirty), Scalars{});
  dirty = scalars;
  EXPECT_EQ(both.decode(stop, &dirty), Scalars{});
  EXPECT_EQ(dirty, Scalars{}) << "absent fields are reset";
  both.expect_no_prefix(both.encode(scalars), dirty);
}

// Enums of 64 bits: what the 32 bits of the wire cannot say is an error, not another number.
TEST(EngineStruct, NumbersOfWideEnumsMustFit) {
  constexpr std::int64_t least = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  for (const EngineOptions::Kind kind : engine_kinds) {
    const Engine engine({.kind = kind});
    for (const Format& format :
         std::initializer_list<Format>{thrift::binary, thrift::compact, pb::wire, json::text}) {
      SCOPED_TRACE(format.name());
      const auto codec = engine.codec<WideEnums>(format);
      ASSERT_TRUE(codec) << codec.error();
      const auto expect = [&](const WideEnums& value, const char* path) {
        std::string out;
        const auto done = codec->encode(value, out);
        ASSERT_EQ(done.has_value(), *path == '\0') << done.error();
        if (done) {
          const auto back = codec->decode(out);
          ASSERT_TRUE(back) << back.error();
          EXPECT_EQ(*back, value);
        } else {
          EXPECT_EQ(done.error().code(), Errc::number_out_of_range);
          EXPECT_EQ(done.error().path(), path);
        }
      };
      expect({Wide{least}, {Wide{most}, Wide{0}}, {{Wide{5}, 1}}, WideUnsigned{7}}, "");
      expect({Wide{most}, {}, {}, WideUnsigned{static_cast<std::uint64_t>(most)}}, "");
      expect({.one = Wide{most + 1}}, "one");
      expect({.one = Wide{least - 1}}, "one");
      expect({.one = Wide{std::int64_t{1} << 32}}, "one");
      expect({.list = {Wide{1}, Wide{std::int64_t{1} << 40}}}, "list[1]");
      expect({.large = WideUnsigned{std::uint64_t{1} << 31}}, "large");
      expect({.large = WideUnsigned{~std::uint64_t{0}}}, "large");
      std::string out;
      const auto key = codec->encode({.map = {{Wide{most + 1}, 1}}}, out);
      ASSERT_FALSE(key);
      EXPECT_EQ(key.error().code(), Errc::number_out_of_range);
    }
    const auto signed_codec = engine.codec<SmallEnum>(thrift::binary);
    std::string negative;
    ASSERT_TRUE(signed_codec->encode({.large = Wide{-1}}, negative));
    const auto read = engine.codec<WideEnums>(thrift::binary)->decode(negative);
    ASSERT_FALSE(read) << "it has no negative numbers";
    EXPECT_EQ(read.error().code(), Errc::number_out_of_range);
  }
}

TEST(EngineStruct, Texts) {
  Both<Texts> both;
  Texts dirty = texts;
  EXPECT_EQ(both.decode(both.encode(texts), &dirty), texts);
  EXPECT_EQ(both.decode(stop, &dirty), Texts{});
  EXPECT_EQ(dirty, Texts{});
  for (const std::size_t n : {0U, 1U, 15U, 16U, 17U, 31U, 32U, 33U, 64U, 1000U, 100000U}) {
    const Texts of_size{std::string(n, 's'), std::vector<std::uint8_t>(n, 7),
                        std::vector<char>(n, 'c'), std::string(n, '\xff')};
    EXPECT_EQ(both.decode(both.encode(of_size), &dirty), of_size);
    EXPECT_EQ(dirty, of_size);
  }
  both.expect_no_prefix(both.encode(texts), dirty);
}

TEST(EngineStruct, Sequences) {
  Both<Sequences> both;
  Sequences dirty = sequences;
  dirty.ints.assign(100, 9);
  dirty.points.assign(50, {9, "dirt"});
  dirty.matrix.assign(5, {1, 2, 3});
  EXPECT_EQ(both.decode(both.encode(sequences), &dirty), sequences);
  EXPECT_EQ(dirty, sequences);
  EXPECT_EQ(both.decode(stop, &dirty), Sequences{});
  EXPECT_EQ(dirty, Sequences{});
  both.expect_no_prefix(both.encode(sequences), dirty);
}

TEST(EngineStruct, ArraysTakeTheirNumberOfElementsOnly) {
  Both<Sequences> both;
  for (const int n : {0, 1, 2, 4, 100}) {
    std::string bytes =
        raw_field(15, 6, "\x06"s + be32(n) + std::string(static_cast<std::size_t>(n) * 2, '\1')) +
        stop;
    for (std::size_t k = 0; k < 2; ++k) {
      Sequences s;
      auto done = both.codecs[k]->decode(bytes, s);
      ASSERT_FALSE(done.has_value()) << n;
      EXPECT_EQ(done.error().code(), Errc::invalid_count);
      EXPECT_EQ(done.error().path(), "three");
    }
  }
}

TEST(EngineStruct, MapsAndSets) {
  Both<Associative> both;
  both.ordered = false;
  Associative dirty = associative;
  dirty.counts["dirt"] = 1;
  dirty.lists["dirt"] = {1};
  dirty.point_set.insert({99, "dirt"});
  EXPECT_EQ(both.decode(both.encode(associative), &dirty), associative);
  EXPECT_EQ(dirty, associative);
  EXPECT_EQ(both.decode(stop, &dirty), Associative{});
  EXPECT_EQ(dirty, Associative{});
  both.expect_no_prefix(both.encode(associative), dirty);
}

TEST(EngineStruct, OfEqualKeysTheLastValueCounts) {
  Both<Associative> both;
  const auto entry = [](const std::string& key, int x) {
    return raw_text(key) + std::string(7, '\0') + static_cast<char>(x);
  };
  const Associative a = both.decode(
      raw_field(13, 1, "\x0b\x0a"s + be32(3) + entry("k", 1) + entry("l", 2) + entry("k", 3)) +
      stop);
  EXPECT_EQ(a.counts, (std::map<std::string, std::int64_t>{{"k", 3}, {"l", 2}}));
  // Nothing of the first value is left in the second: lists are replaced, structs are reset.
  const std::string list = "\x08"s + be32(2) + be32(1) + be32(2);
  const std::string shorter = "\x08"s + be32(1) + be32(9);
  const Associative b = both.decode(
      raw_field(13, 2,
                "\x08\x0c"s + be32(2) + be32(7) + raw_field(11, 2, raw_text("old")) + stop +
                    be32(7) + raw_field(8, 1, be32(5)) + stop) +
      raw_field(13, 3, "\x0b\x0f"s + be32(2) + raw_text("k") + list + raw_text("k") + shorter) +
      stop);
  EXPECT_EQ(b.points, (std::map<std::int32_t, Point>{{7, {5, ""}}}));
  EXPECT_EQ(b.lists.at("k"), std::vector<std::int32_t>{9});
  const Associative c = both.decode(
      raw_field(14, 9, "\x0c"s + be32(3) + stop + raw_field(8, 1, be32(1)) + stop + stop) + stop);
  EXPECT_EQ(c.point_set, (std::set<Point>{{0, ""}, {1, ""}}));
}

TEST(EngineStruct, OptionalsAndPointers) {
  Both<Nullable> both;
  const auto full = [] {
    Nullable n;
    n.number = 0;
    n.text = "";
    n.point = Point{1, "optional"};
    n.ints = {1, 2};
    n.map = std::map<std::string, std::string>{{"k", "v"}};
    n.owned = std::make_unique<std::int64_t>(-1);
    n.owned_point = std::make_unique<Point>(Point{2, "owned"});
    n.shared = std::make_shared<std::string>("shared");
    n.shared_point = std::make_shared<Point>(Point{3, "shared"});
    n.flag = false;
    n.real = 0.0;
    n.bits = {true, false};
    n.color = Color::green;
    n.owned_list = std::make_unique<std::vector<Point>>(2);
    n.pair = {5, 6};
    return n;
  };
  const std::string bytes = both.encode(full());
  Nullable dirty = full();
  dirty.text = "a long text that was here before this message";
  dirty.ints->assign(50, 1);
  dirty.map->emplace("dirt", "dirt");
  const Nullable back = both.decode(bytes, &dirty);
  EXPECT_EQ(both.encode(back), bytes);
  EXPECT_EQ(*back.owned, -1);
  EXPECT_EQ(back.shared_point->name, "shared");
  EXPECT_EQ(both.encode(Nullable{}), stop);
  const Nullable none = both.decode(stop, &dirty);
  EXPECT_FALSE(none.number || none.text || none.point || none.owned || none.shared || none.pair);
  EXPECT_FALSE(dirty.number || dirty.text || dirty.point || dirty.owned || dirty.shared ||
               dirty.bits || dirty.pair);
  Nullable again = full();
  both.expect_no_prefix(bytes, again);
}

TEST(EngineStruct, SharedObjectsOfOthersAreLeftAlone) {
  Both<Nullable> both;
  Nullable source;
  source.shared_point = std::make_shared<Point>(Point{3, "new"});
  const std::string bytes = both.encode(source);
  const auto kept = std::make_shared<Point>(Point{1, "old"});
  for (std::size_t k = 0; k < 2; ++k) {
    Nullable target;
    target.shared_point = kept;
    ASSERT_TRUE(both.codecs[k]->decode(bytes, target));
    EXPECT_EQ(target.shared_point->name, "new");
    EXPECT_EQ(kept->name, "old");
  }
}

TEST(EngineStruct, UnionsAsVariantsAndAsOptionals) {
  Both<Unions> both;
  const auto make = [](Choice c, int which) {
    Unions u;
    u.choice = std::move(c);
    if (which == 0) {
      u.either.number = 5;
    } else if (which == 1) {
      u.either.text = "either";
    } else {
      u.either.point = std::make_unique<Point>(Point{7, "p"});
    }
    u.choices = {Choice(1), Choice("two"s), Choice(Point{3, "three"}), Choice(std::vector{4, 4})};
    u.by_name["k"] = Choice("value"s);
    return u;
  };
  Unions dirty = make(Choice("dirt"s), 1);
  int which = 0;
  for (Choice c : {Choice(1), Choice("text"s), Choice(Point{1, "a"}), Choice(std::vector{1, 2})}) {
    Unions u = make(c, which++ % 3);
    if (which == 2) {
      u.maybe = c;
    }
    const std::string bytes = both.encode(u);
    const Unions back = both.decode(bytes, &dirty);
    EXPECT_EQ(back.choice.index(), c.index());
    EXPECT_EQ(back.choices.size(), 4U);
    EXPECT_EQ(dirty.choice.index(), c.index());
    both.expect_no_prefix(bytes, dirty);
  }
  for (std::size_t k = 0; k < 2; ++k) {
    Unions none;
    none.either.number = 1;
    Buffer out;
    auto done = both.codecs[k]->encode(none, out);
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code(), Errc::union_not_one);
    EXPECT_EQ(done.error().path(), "choice");
    Unions two;
    two.choice = Choice(1);
    two.either.number = 1;
    two.either.text = "x";
    done = both.codecs[k]->encode(two, out);
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code(), Errc::union_not_one);
    EXPECT_EQ(done.error().path(), "either");
    Unions u;
    EXPECT_EQ(both.codecs[k]->decode(raw_field(12, 1, stop) + stop, u).error().code(),
              Errc::union_not_one);
    EXPECT_EQ(
        both.codecs[k]
            ->decode(raw_field(12, 2, raw_field(8, 1, be32(1)) + raw_field(11, 2, be32(0)) + stop) +
                         stop,
                     u)
            .error()
            .code(),
        Errc::union_not_one);
  }
}

TEST(EngineStruct, UncheckedUnionsWithoutAFieldEndUpEmpty) {
  Both<Unions> both({.check_unions = false});
  const std::string bytes = raw_field(12, 1, stop) + raw_field(12, 2, stop) + stop;
  for (std::size_t k = 0; k < 2; ++k) {
    Unions dirty;
    dirty.choice = Choice("old"s);
    dirty.either.text = "old";
    auto done = both.codecs[k]->decode(bytes, dirty);
    ASSERT_TRUE(done.has_value()) << done.error().to_string();
    EXPECT_EQ(dirty.choice.index(), 0U) << "the variant keeps what it held before";
    EXPECT_FALSE(dirty.either.text);
    Buffer out;
    done = both.codecs[k]->encode(dirty, out);
    ASSERT_TRUE(done.has_value()) << "what was read can be written: " << done.error().to_string();
    EXPECT_TRUE(out.text().starts_with(bytes.substr(0, bytes.size() - 1))) << hex(out.bytes());
  }
}

TEST(EngineStruct, AbsentUnionsAreReset) {
  Both<Unions> both;
  for (std::size_t k = 0; k < 2; ++k) {
    Unions dirty;
    dirty.choice = Choice("old"s);
    dirty.either.text = "old";
    dirty.maybe = Choice(1);
    ASSERT_TRUE(both.codecs[k]->decode(stop, dirty));
    EXPECT_EQ(dirty.choice.index(), 0U);
    EXPECT_FALSE(dirty.either.text || dirty.maybe);
  }
}

Tree tree(int depth) {
  Tree t;
  t.value = depth;
  if (depth > 0) {
    t.children.push_back(tree(depth - 1));
    t.children.emplace_back().value = -1;
    t.next = std::make_unique<Tree>(tree(depth - 2));
    t.named["a"] = tree(depth - 2);
  }
  return t;
}

TEST(EngineStruct, RecursiveStructs) {
  Both<Tree> both;
  const std::string bytes = both.encode(tree(6));
  Tree dirty = tree(3);
  EXPECT_EQ(both.encode(both.decode(bytes, &dirty)), bytes);
  dirty = tree(8);
  EXPECT_EQ(both.encode(both.decode(both.encode(tree(1)), &dirty)), both.encode(tree(1)));
  both.expect_no_prefix(both.encode(tree(2)), dirty);
}

TEST(EngineStruct, ViewsAndSpansLieInTheArena) {
  Both<Views> both;
  const std::int32_t ints[] = {1, 2, 3};
  const std::uint8_t raw[] = {9, 8};
  const std::string_view views[] = {"a", "a text that is somewhat longer"};
  const Views v{"the text", ints, raw, views, {{"key", 1}}};
  const std::string bytes = both.encode(v);
  Arena arena;
  Views dirty = v;
  const Views back = both.decode(bytes, &dirty, &arena);
  EXPECT_EQ(back.text, "the text");
  EXPECT_EQ(back.ints.size(), 3U);
  EXPECT_EQ(back.texts[1], views[1]);
  EXPECT_EQ(back.map.at("key"), 1);
  EXPECT_EQ(both.encode(back), bytes);
  const Views none = both.decode(stop, &dirty, &arena);
  EXPECT_TRUE(none.text.empty() && none.ints.empty() && dirty.text.empty() && dirty.ints.empty() &&
              dirty.map.empty());
  both.expect_no_prefix(bytes, dirty, &arena);
  for (std::size_t k = 0; k < 2; ++k) {
    Views without;
    EXPECT_FALSE(both.codecs[k]->decode(bytes, without)) << "views need an arena";
  }
}

TEST(EngineStruct, ViewsPointIntoTheInputByOption) {
  for (const EngineOptions::Kind kind : engine_kinds) {
    auto codec = Engine({.kind = kind}).codec<Views>(thrift::binary, {.alias_input = true});
    ASSERT_TRUE(codec.has_value());
    const std::string bytes = raw_field(11, 1, raw_text("where am I")) + stop;
    Arena arena;
    Views v;
    ASSERT_TRUE(codec->decode(bytes, v, {.arena = &arena}));
    EXPECT_EQ(v.text.data(), bytes.data() + 7);
  }
}

TEST(EngineStruct, NestedStructsOfEverything) {
  Both<Outer> both;
  both.ordered = false;
  const Outer outer{scalars, texts, sequences, associative, 77};
  Outer dirty = outer;
  EXPECT_EQ(both.decode(both.encode(outer), &dirty), outer);
  EXPECT_EQ(dirty, outer);
  EXPECT_EQ(both.decode(stop, &dirty), Outer{});
  EXPECT_EQ(dirty, Outer{});
  // Struct members in any order, one twice, some absent.
  dirty = outer;
  const std::string odd = raw_field(8, 5, be32(1)) +
                          raw_field(12, 1, raw_field(3, 2, "\5") + stop) +
                          raw_field(12, 1, raw_field(6, 3, "\0\6"s) + stop) + stop;
  Outer wanted;
  wanted.last = 1;
  wanted.scalars.i16 = 6;
  EXPECT_EQ(both.decode(odd, &dirty), wanted);
  EXPECT_EQ(dirty, wanted);
}

TEST(EngineStruct, CodecsCheckedAgainstASchemaUseItsDefaultsAndRequiredness) {
  auto schema = thrift::load_text(R"(
    struct Point { 1: i32 x = 4; 2: string name = "nowhere" }
    struct Loose { 1: required i32 id; 2: string name = "none"; 3: list<i32> numbers = [1, 2]; 4: optional string note = "n"; 5: Point point; 6: string unused })");
  ASSERT_TRUE(schema.has_value()) << schema.error().to_string();
  for (const EngineOptions::Kind kind : engine_kinds) {
    Engine engine({.kind = kind});
    auto codec = engine.codec<Loose>(*schema->find_struct("Loose"), thrift::binary);
    ASSERT_TRUE(codec.has_value()) << codec.error().to_string();
    Loose dirty{9, "dirt", {9, 9, 9}, "dirt", {9, "dirt"}};
    ASSERT_TRUE(codec->decode(raw_field(8, 1, be32(1)) + raw_field(12, 5, stop) + stop, dirty));
    EXPECT_EQ(dirty.name, "none");
    EXPECT_EQ(dirty.numbers, (std::vector<std::int32_t>{1, 2}));
    EXPECT_FALSE(dirty.note) << "an optional field's default is not stored where absence can be";
    EXPECT_EQ(dirty.point.x, 4);
    EXPECT_EQ(dirty.point.name, "nowhere");
    EXPECT_EQ(codec->decode(stop, dirty).error().code(), Errc::missing_required);
    EXPECT_EQ(codec->decode(stop, dirty).error().path(), "id");
    ASSERT_TRUE(codec->decode(raw_field(11, 6, raw_text("the struct has no place for it")) +
                                  raw_field(8, 1, be32(2)) + stop,
                              dirty));
    EXPECT_EQ(dirty.id, 2);
    Buffer out;
    ASSERT_TRUE(codec->encode(Loose{1, "n", {}, std::nullopt, {}}, out));
    EXPECT_EQ(out.text(),
              raw_field(8, 1, be32(1)) + raw_field(11, 2, raw_text("n")) +
                  raw_field(15, 3, "\x08"s + be32(0)) +
                  raw_field(12, 5, raw_field(8, 1, be32(0)) + raw_field(11, 2, be32(0)) + stop) +
                  stop);
  }
}

TEST(EngineStruct, ASchemaThatTheStructDoesNotFitIsRejected) {
  const std::pair<const char*, const char*> misfits[] = {
      {"struct Loose { 1: string id }", "id"},
      {"struct Loose { 1: i32 id; 2: string name; 3: list<i64> numbers; 4: string note; 5: Point "
       "point }",
       "numbers"},
      {"struct Loose { 1: i32 id; 2: string name; 3: list<i32> numbers; 4: string note }", "point"},
      {"struct Loose { 1: i32 id; 2: string name; 3: list<i32> numbers; 4: string note; 5: Point "
       "point; 9: required i32 more }",
       "more"}};
  for (const auto& [idl, member] : misfits) {
    auto schema = thrift::load_text("struct Point { 1: i32 x; 2: string name }\n"s + idl);
    ASSERT_TRUE(schema.has_value()) << schema.error().to_string();
    auto codec = Engine().codec<Loose>(*schema->find_struct("Loose"), thrift::binary);
    ASSERT_FALSE(codec.has_value()) << idl;
    EXPECT_EQ(codec.error().code(), Errc::layout_mismatch);
    EXPECT_NE(codec.error().to_string().find(member), std::string::npos)
        << codec.error().to_string();
  }
}

TEST(EngineStruct, EncodingAppends) {
  Both<Point> both;
  for (std::size_t k = 0; k < 2; ++k) {
    Buffer out;
    ASSERT_TRUE(both.codecs[k]->encode({1, "a"}, out));
    const std::string once(out.text());
    for (int i = 0; i < 2000; ++i) {
      ASSERT_TRUE(both.codecs[k]->encode({1, "a"}, out));
    }
    EXPECT_EQ(out.size(), 2001 * once.size());
    EXPECT_TRUE(out.text().ends_with(once));
  }
}

}  // namespace
}  // namespace wirejit::test
