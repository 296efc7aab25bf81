// Decoding into an object that has contents: short strings are stored in place, vectors of numbers
// are filled up to their capacity. Both formats, both engines, input before an inaccessible page.
#include "tests/support/engine_support.h"
#include "tests/support/random_source.h"

#include <wirejit/json.h>
#include <wirejit/reflect.h>

#include <memory>
#include <memory_resource>
#include <new>

namespace wirejit::test {

enum class Level : std::int16_t { low = 1, high = 2 };

struct Held {
  std::string text;
  std::pmr::string pooled;
  std::string bytes;
  std::vector<std::int32_t> ints;
  std::vector<double> doubles;
  std::vector<Level> levels;
  std::pmr::vector<std::int64_t> longs;
  std::vector<std::string> words;
  std::vector<bool> bits;
  friend bool operator==(const Held&, const Held&) = default;
};

// An allocator that fails while `reluctant` is true.
inline bool reluctant = true;
template <class T>
struct Reluctant {
  using value_type = T;
  Reluctant() = default;
  template <class U>
  Reluctant(const Reluctant<U>& /*other*/) noexcept {}  // NOLINT(google-explicit-constructor)
  T* allocate(std::size_t n) {
    return reluctant ? throw std::bad_alloc() : std::allocator<T>().allocate(n);
  }
  void deallocate(T* p, std::size_t n) noexcept { std::allocator<T>().deallocate(p, n); }
  friend bool operator==(const Reluctant&, const Reluctant&) = default;
};

struct Unprobed {
  std::int64_t before = 0;
  std::vector<std::int32_t, Reluctant<std::int32_t>> ints;
  std::basic_string<char, std::char_traits<char>, Reluctant<char>> text;
  friend bool operator==(const Unprobed&, const Unprobed&) = default;
};

}  // namespace wirejit::test

WIREJIT_ENUM(wirejit::test::Level, low, high)
WIREJIT_STRUCT(wirejit::test::Held, (1, text), (2, pooled), (3, bytes, wirejit::member::binary),
               (4, ints), (5, doubles), (6, levels), (7, longs), (8, words), (9, bits))
WIREJIT_STRUCT(wirejit::test::Unprobed, (1, before), (2, ints), (3, text))

namespace wirejit::test {
namespace {

std::string some_text(Random& random) {
  static constexpr std::size_t lengths[] = {0, 1, 7, 8, 14, 15, 16, 17, 30, 31, 32, 33, 200};
  const std::size_t length = lengths[random.below(std::size(lengths))];
  std::string s;
  while (s.size() < length) {
    s += random.below(20) == 0 ? '"' : static_cast<char>('a' + random.below(26));
  }
  return s;
}

std::size_t some_count(Random& random) {
  return random.below(3) == 0 ? random.below(100) : random.below(5);
}

Held some(Random& random) {
  Held h;
  h.text = some_text(random);
  h.pooled = some_text(random);
  h.bytes = some_text(random);
  for (std::size_t n = some_count(random); n != 0; --n) {
    h.ints.push_back(static_cast<std::int32_t>(random.below(1U << 31)));
  }
  for (std::size_t n = some_count(random); n != 0; --n) {
    h.doubles.push_back(static_cast<double>(random.below(1000)) / 8);
  }
  for (std::size_t n = some_count(random); n != 0; --n) {
    h.levels.push_back(random.below(2) == 0 ? Level::low : Level::high);
  }
  for (std::size_t n = some_count(random); n != 0; --n) {
    h.longs.push_back(-static_cast<std::int64_t>(random.below(1U << 31)) << 20);
  }
  for (std::size_t n = some_count(random); n != 0; --n) {
    h.words.push_back(some_text(random));
  }
  for (std::size_t n = some_count(random); n != 0; --n) {
    h.bits.push_back(random.below(2) == 0);
  }
  return h;
}

class ReusedObject : public testing::TestWithParam<std::tuple<EngineOptions::Kind, const char*>> {
 protected:
  static const Format& format() {
    return std::string_view(std::get<1>(GetParam())) == "json" ? json::text : thrift::binary;
  }
  Engine engine_{{std::get<0>(GetParam())}};
  GuardedInput guarded_;
};

TEST_P(ReusedObject, HoldsWhatAFreshOneWould) {
  const auto codec = engine_.codec<Held>(format());
  ASSERT_TRUE(codec) << codec.error().to_string();
  Random random(7);
  Held reused;
  for (int round = 0; round < 3000; ++round) {
    const Held expected = some(random);
    Buffer out;
    ASSERT_TRUE(codec->encode(expected, out));
    const auto done = codec->decode(guarded_.at_end(out.bytes()), reused);
    ASSERT_TRUE(done) << done.error().to_string() << "\n" << out.text();
    ASSERT_EQ(reused, expected) << "round " << round;
    // The object owns its contents, which can grow.
    reused.text += '!';
    reused.ints.push_back(1);
    reused.words.emplace_back("one more");
  }
}

TEST_P(ReusedObject, IsValidAfterAFailureAnywhere) {
  const auto codec = engine_.codec<Held>(format());
  ASSERT_TRUE(codec) << codec.error().to_string();
  Random random(11);
  Held reused;
  for (int round = 0; round < 30; ++round) {
    Buffer out;
    ASSERT_TRUE(codec->encode(some(random), out));
    for (std::size_t size = 0; size < out.size(); size += 1 + random.below(5)) {
      const auto done = codec->decode(guarded_.at_end(out.bytes().first(size)), reused);
      ASSERT_FALSE(done) << size;
      Held copy = reused;  // reads all of it
      copy.ints.push_back(1);
      ASSERT_EQ(copy.ints.size(), reused.ints.size() + 1);
      copy.text += "longer than any short string can be";
    }
  }
}

TEST_P(ReusedObject, GrowthIsChargedToTheBudget) {
  const CallOptions call{.limits = {.memory = 1000}};
  const auto codec = engine_.codec<Held>(format());
  ASSERT_TRUE(codec) << codec.error().to_string();
  Held many;
  many.ints.assign(400, 7);
  Buffer out;
  ASSERT_TRUE(codec->encode(many, out));
  Held object;
  const auto rejected = codec->decode(out, object, call);
  ASSERT_FALSE(rejected);
  EXPECT_EQ(rejected.error().code(), Errc::memory_limit);
  if (format().name() == thrift::binary.name()) {  // known counts are charged
    EXPECT_EQ(rejected.error().path(), "ints");
  }
  many.ints.resize(20);
  out.clear();
  ASSERT_TRUE(codec->encode(many, out));
  EXPECT_TRUE(codec->decode(out, object, call));
  EXPECT_EQ(object.ints, many.ints);
}

// The second run, which finds the path, decodes into an object that has grown already.
TEST_P(ReusedObject, ALimitOfMemoryNamesTheElementAtItsOffset) {
  const CallOptions call{.limits = {.memory = 1000}};
  const auto codec = engine_.codec<Held>(json::text);
  ASSERT_TRUE(codec) << codec.error().to_string();
  for (const std::string field : {"ints", "words"}) {
    const std::string element = field == "ints" ? "7" : "\"\"";
    const std::string begin = "{\"" + field + "\":[";
    std::string text = begin + element;
    for (int k = 0; k < 1000; ++k) {
      text += "," + element;
    }
    text += "]}";
    Held object;
    const auto rejected = codec->decode(text, object, call);
    ASSERT_FALSE(rejected);
    EXPECT_EQ(rejected.error().code(), Errc::memory_limit);
    const std::size_t index = (rejected.error().offset() - begin.size()) / (element.size() + 1);
    EXPECT_EQ(rejected.error().path(), field + "[" + std::to_string(index) + "]");
    // The second run does not take the memory again.
    EXPECT_LE(object.ints.capacity() * sizeof(std::int32_t), call.limits.memory);
    EXPECT_LE(object.words.size() * sizeof(std::string), call.limits.memory);
  }
}

// The probe that finds where a type stores pointer and size needs samples. Here they get no memory.
TEST_P(ReusedObject, IsFilledByItsOperationsWhereItsSamplesCouldNotGrow) {
  reluctant = true;
  const Layout& ints = layout_of<decltype(Unprobed::ints)>();
  const Layout& text = layout_of<decltype(Unprobed::text)>();
  reluctant = false;
  EXPECT_EQ(ints.data_offset, -1);
  EXPECT_EQ(ints.capacity_offset, -1);
  EXPECT_EQ(text.data_offset, -1);
  EXPECT_EQ(text.short_size, 0U);
  const auto codec = engine_.codec<Unprobed>(format());
  ASSERT_TRUE(codec) << codec.error().to_string();
  Unprobed expected;
  expected.before = 0x0102030405060708;
  expected.ints = {1, 2, 3, 4, 5};
  expected.text = "short";
  Buffer out;
  ASSERT_TRUE(codec->encode(expected, out));
  Unprobed object;
  ASSERT_TRUE(codec->decode(out, object));
  EXPECT_EQ(object, expected);
}

INSTANTIATE_TEST_SUITE_P(Engines, ReusedObject,
                         testing::Combine(testing::Values(EngineOptions::Kind::interpret,
                                                          EngineOptions::Kind::automatic),
                                          testing::Values("thrift", "json")),
                         [](const auto& engine) {
                           return std::string(std::get<1>(engine.param)) +
                                  (std::get<0>(engine.param) == EngineOptions::Kind::interpret
                                       ? "_interpreted"
                                       : "_compiled");
                         });

#if defined(__GLIBCXX__) && _GLIBCXX_USE_CXX11_ABI
TEST(Probe, FindsWhereShortStringsAndPlacesOfVectorsAre) {
  EXPECT_EQ(layout_of<std::string>().short_size, 15U);
  EXPECT_EQ(layout_of<std::pmr::string>().short_size, 15U);
  EXPECT_EQ(layout_of<std::vector<int>>().capacity_offset, 16);
  EXPECT_EQ(layout_of<std::pmr::vector<int>>().capacity_offset, 24);
  EXPECT_EQ(layout_of<std::vector<Level>>().capacity_offset, 16);
}
#endif

TEST(Probe, LeavesOtherTypesToTheirOperations) {
  EXPECT_EQ(layout_of<std::vector<std::uint8_t>>().short_size, 0U);
  EXPECT_EQ(layout_of<std::vector<std::string>>().capacity_offset, -1);
  EXPECT_EQ(layout_of<std::vector<std::unique_ptr<Held>>>().capacity_offset, -1);
}

}  // namespace
}  // namespace wirejit::test
