// Members that are hash tables, and keys that collide. Tests count comparisons of keys, not time.
#include "tests/support/engine_support.h"

#include <wirejit/json.h>
#include <wirejit/reflect.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace wirejit::test {

namespace collisions {

std::uint64_t comparisons = 0;

struct Equal {
  template <class T>
  bool operator()(const T& a, const T& b) const {
    ++comparisons;
    return a == b;
  }
};

// Hashes for which a peer can choose colliding keys.
struct LowBits {
  std::size_t operator()(std::int64_t key) const { return static_cast<std::size_t>(key) & 0xffff; }
};
struct Length {
  std::size_t operator()(const std::string& key) const { return key.size(); }
};

using Numbers = std::unordered_map<std::int64_t, std::int32_t, LowBits>;
using Names = std::unordered_set<std::string, Length>;

struct Tables {
  Numbers numbers;
  Names names;
  std::string after;
};
WIREJIT_STRUCT(Tables, (1, numbers), (2, names), (3, after))

}  // namespace collisions

namespace {

using namespace collisions;

constexpr std::int64_t many = 100'000;

// The number of keys that a table accepts before it rejects one.
template <class Table>
std::int64_t accepted(const std::vector<std::int64_t>& keys) {
  Table table;
  const Layout& layout = layout_of<Table>();
  const SetOps& ops = layout.set != nullptr ? *layout.set : *layout.map;
  comparisons = 0;
  std::int64_t count = 0;
  for (const std::int64_t key : keys) {
    const Inserted in = ops.insert_word(&table, static_cast<std::uint64_t>(key));
    if (in.value == nullptr) {
      EXPECT_EQ(in.fresh, Inserted::collisions);
      break;
    }
    ++count;
  }
  EXPECT_LE(ops.size(&table), keys.size());
  return count;
}

std::vector<std::int64_t> in_steps(std::int64_t step, std::int64_t first = 0) {
  std::vector<std::int64_t> keys;
  for (std::int64_t i = 0; i < many; ++i) {
    keys.push_back(first + i * step);
  }
  return keys;
}

using PlainMap = std::unordered_map<std::int64_t, std::int32_t, std::hash<std::int64_t>, Equal>;
using PlainSet = std::unordered_set<std::int64_t, std::hash<std::int64_t>, Equal>;

TEST(HashCollisions, OrdinaryKeysAreNeverRejected) {
  // Multiples of a bucket count that tables have while they grow are ordinary keys, too.
  PlainMap grown;
  std::vector<std::int64_t> steps{1, -1, 2, 1000, 4096, 65536, std::int64_t{1} << 32};
  for (std::int64_t i = 0; i < many; ++i) {
    grown.emplace(i, 0);
    const auto buckets = static_cast<std::int64_t>(grown.bucket_count());
    if (buckets != steps.back()) {
      steps.push_back(buckets);
    }
  }
  for (const std::int64_t step : steps) {
    EXPECT_EQ(accepted<PlainMap>(in_steps(step)), many) << step;
    EXPECT_LT(comparisons, 1000 * many) << step;
    EXPECT_EQ(accepted<PlainSet>(in_steps(step, -1'000'000'007)), many) << step;
  }
  std::mt19937_64 random(1);
  std::vector<std::int64_t> keys;
  for (std::int64_t i = 0; i < many; ++i) {
    keys.push_back(static_cast<std::int64_t>(random()));
  }
  EXPECT_EQ(accepted<PlainMap>(keys), many);
  EXPECT_LT(comparisons, 3 * many);
}

// Pairs of small numbers whose hash is their exclusive or: a poor hash, but a common one.
TEST(HashCollisions, APoorHashOfPairsIsAccepted) {
  struct Xor {
    std::size_t operator()(std::int64_t key) const {
      return static_cast<std::size_t>((key >> 32) ^ (key & 0xffff'ffff));
    }
  };
  std::vector<std::int64_t> keys;
  for (std::int64_t i = 0; i < 300; ++i) {
    for (std::int64_t k = 0; k < 300; ++k) {
      keys.push_back(i << 32 | k);
    }
  }
  EXPECT_EQ((accepted<std::unordered_map<std::int64_t, bool, Xor>>(keys)), 90'000);
}

TEST(HashCollisions, KeysThatNoNumberOfBucketsSpreadsAreRejectedSoon) {
  using Map = std::unordered_map<std::int64_t, std::int32_t, LowBits, Equal>;
  using Set = std::unordered_set<std::int64_t, LowBits, Equal>;
  EXPECT_LT(accepted<Map>(in_steps(65536)), 3000);
  EXPECT_LT(comparisons, 3000 * 3000 / 2);
  EXPECT_LT(accepted<Set>(in_steps(65536)), 3000);
  EXPECT_LT(comparisons, 3000 * 3000 / 2);
}

// Ordinary keys before or between the colliding ones do not prevent the rejection.
TEST(HashCollisions, OrdinaryKeysDoNotHideThem) {
  using Map = std::unordered_map<std::int64_t, std::int32_t, LowBits, Equal>;
  std::vector<std::int64_t> keys;
  for (std::int64_t i = 0; i < 60'000; ++i) {
    keys.push_back(i);
  }
  for (std::int64_t i = 1; i < many; ++i) {
    keys.push_back(i % 16 == 0 ? i : i << 16);
  }
  EXPECT_LT(accepted<Map>(keys), 70'000);
  EXPECT_LT(comparisons, std::uint64_t{10'000} * 10'000);
}

// With std::hash, a peer can choose keys that are multiples of several bucket counts.
TEST(HashCollisions, KeysChosenForSeveralNumbersOfBucketsCostLittle) {
  PlainMap grown;
  std::vector<std::int64_t> counts{1};
  for (std::int64_t i = 0; i < many; ++i) {
    grown.emplace(i, 0);
    const auto buckets = static_cast<std::int64_t>(grown.bucket_count());
    if (buckets != counts.back()) {
      counts.push_back(buckets);
    }
  }
  const std::size_t n = counts.size();
  ASSERT_GT(n, 4U);
  for (const std::int64_t step : {counts[n - 1] * counts[n - 2], counts[n - 2] * counts[n - 3],
                                  counts[n - 3] * counts[n - 4]}) {
    (void)accepted<PlainMap>(in_steps(step));
    EXPECT_LT(comparisons, 1000 * many) << step;
  }
}

// A table that is large from an earlier message rejects colliding keys as a new one does.
TEST(HashCollisions, AReusedTableRejectsThem) {
  using Map = std::unordered_map<std::int64_t, std::int32_t, LowBits, Equal>;
  Map table;
  table.reserve(1'000'000);
  const MapOps& ops = *layout_of<Map>().map;
  comparisons = 0;
  Inserted in{&table, 1};
  for (std::int64_t i = 0; i < many && in.value != nullptr; ++i) {
    in = ops.insert_word(&table, static_cast<std::uint64_t>(i << 16));
  }
  EXPECT_EQ(in.value, nullptr);
  EXPECT_EQ(in.fresh, Inserted::collisions);
  EXPECT_LT(table.size(), 3000U);
}

class Collisions : public ::testing::TestWithParam<EngineOptions::Kind> {
 protected:
  // Decodes colliding keys from JSON. The message names the remedy, and the object stays usable.
  void expect_rejected(std::string_view text) {
    const Engine engine({.kind = GetParam()});
    const auto codec = engine.codec<Tables>(json::text);
    ASSERT_TRUE(codec) << codec.error().to_string();
    Tables tables;
    const Result<void> done = codec->decode(text, tables);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), Errc::collision_limit) << done.error().to_string();
    EXPECT_NE(done.error().message().find("wirejit::SeededHash"), std::string::npos);
    EXPECT_LT(done.error().offset(), text.size());
    EXPECT_LT(tables.numbers.size() + tables.names.size(), 3000U);

    const auto again =
        codec->decode(std::string_view(R"({"numbers":{"5":6},"after":"x"})"), tables);
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(tables.numbers, (Numbers{{5, 6}}));
    EXPECT_TRUE(tables.names.empty());
    EXPECT_EQ(tables.after, "x");
  }
};

TEST_P(Collisions, AreAnErrorThatNamesTheRemedy) {
  std::string numbers = R"({"numbers":{"0":0)";
  std::string names = R"({"names":["000000000")";
  for (std::int64_t i = 1; i < 20'000; ++i) {
    numbers += ",\"" + std::to_string(i << 16) + "\":1";
    names += ",\"" + std::to_string(100'000'000 + i) + '"';
  }
  expect_rejected(numbers + "}}");
  expect_rejected(names + "]}");
}

INSTANTIATE_TEST_SUITE_P(Engines, Collisions, ::testing::ValuesIn(engine_kinds),
                         [](const auto& param) {
                           return param.param == EngineOptions::Kind::interpret
                                      ? std::string("interpreter")
                                      : std::string("automatic");
                         });

}  // namespace
}  // namespace wirejit::test
