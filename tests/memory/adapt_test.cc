// The adaptors for containers of other libraries: members of such types are encoded and decoded.
#include <wirejit/adapt.h>
#include <wirejit/wirejit.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace foreign {

// Up to N elements in place, more on the heap. It stores neither a pointer to the elements nor their
// end.
template <class T, std::size_t N>
class small_vector {
 public:
  using value_type = T;
  T* data() { return size_ <= N ? few_.data() : many_.data(); }
  const T* data() const { return size_ <= N ? few_.data() : many_.data(); }
  std::size_t size() const { return size_; }
  void clear() { resize(0); }
  void resize(std::size_t count) {
    std::vector<T> all(data(), data() + std::min(size_, count));
    all.resize(count);
    size_ = count;
    few_ = {};
    if (count <= N) {
      std::copy(all.begin(), all.end(), few_.begin());
      all.clear();
    }
    many_ = std::move(all);
  }
  T& emplace_back() {
    resize(size_ + 1);
    return data()[size_ - 1];
  }

 private:
  std::array<T, N> few_{};
  std::vector<T> many_;
  std::size_t size_ = 0;
};

// A sorted vector of pairs.
template <class K, class V>
class flat_map {
 public:
  using key_type = K;
  using mapped_type = V;
  using value_type = std::pair<K, V>;
  using key_compare = std::less<K>;
  using const_iterator = const value_type*;
  const value_type* begin() const { return pairs_.data(); }
  const value_type* end() const { return pairs_.data() + pairs_.size(); }
  value_type* end() { return pairs_.data() + pairs_.size(); }
  std::size_t size() const { return pairs_.size(); }
  void clear() { pairs_.clear(); }
  value_type* try_emplace(const value_type* /*hint*/, K&& key) {
    auto at = std::lower_bound(pairs_.begin(), pairs_.end(), key,
                               [](const value_type& p, const K& k) { return p.first < k; });
    if (at == pairs_.end() || at->first != key) {
      at = pairs_.insert(at, value_type(std::move(key), V()));
    }
    return &*at;
  }

 private:
  std::vector<value_type> pairs_;
};

// A sorted vector without duplicates.
template <class K>
class flat_set {
 public:
  using key_type = K;
  using value_type = K;
  using key_compare = std::less<K>;
  using const_iterator = const K*;
  const K* begin() const { return keys_.data(); }
  const K* end() const { return keys_.data() + keys_.size(); }
  std::size_t size() const { return keys_.size(); }
  void clear() { keys_.clear(); }
  const K* insert(const K* /*hint*/, K&& key) {
    auto at = std::lower_bound(keys_.begin(), keys_.end(), key);
    if (at == keys_.end() || *at != key) {
      at = keys_.insert(at, std::move(key));
    }
    return &*at;
  }

 private:
  std::vector<K> keys_;
};

struct HashMap : std::unordered_map<std::int32_t, std::int32_t> {};

// Pairs in the order of their insertion, as hash tables without buckets keep them. It can look for
// a key without a string of its own.
template <class V>
class dense_map {
 public:
  using key_type = std::string;
  using mapped_type = V;
  using value_type = std::pair<std::string, V>;
  using const_iterator = const value_type*;
  const value_type* begin() const { return pairs_.data(); }
  const value_type* end() const { return pairs_.data() + pairs_.size(); }
  std::size_t size() const { return pairs_.size(); }
  void clear() { pairs_.clear(); }
  value_type* end() { return pairs_.data() + pairs_.size(); }
  value_type* find(std::string_view key) {
    return std::find_if(pairs_.data(), end(), [&](const value_type& p) { return p.first == key; });
  }
  std::pair<value_type*, bool> try_emplace(std::string&& key) {
    if (value_type* const there = find(key); there != end()) {
      return {there, false};
    }
    pairs_.emplace_back(std::move(key), V());
    return {&pairs_.back(), true};
  }

 private:
  std::vector<value_type> pairs_;
};

// A string of at most eight bytes.
class FixedString {
 public:
  const char* data() const { return text_; }
  std::size_t size() const { return size_; }
  void assign(const char* data, std::size_t size) {
    if (size > sizeof text_) {
      throw std::length_error("more than eight bytes");
    }
    std::memcpy(text_, data, size);
    size_ = size;
  }

 private:
  char text_[8] = {};
  std::size_t size_ = 0;
};

}  // namespace foreign

template <class T, std::size_t N>
struct wirejit::Reflect<foreign::small_vector<T, N>>
    : wirejit::as_sequence<foreign::small_vector<T, N>> {};
template <class K, class V>
struct wirejit::Reflect<foreign::flat_map<K, V>> : wirejit::as_map<foreign::flat_map<K, V>> {};
template <class K>
struct wirejit::Reflect<foreign::flat_set<K>> : wirejit::as_set<foreign::flat_set<K>> {};
template <>
struct wirejit::Reflect<foreign::HashMap> : wirejit::as_map<foreign::HashMap> {};
template <class V>
struct wirejit::Reflect<foreign::dense_map<V>> : wirejit::as_map<foreign::dense_map<V>> {};
template <>
struct wirejit::Reflect<foreign::FixedString> : wirejit::as_string<foreign::FixedString> {};

namespace {

struct Order {
  foreign::small_vector<std::int32_t, 2> counts;
  foreign::small_vector<std::string, 2> notes;
  foreign::flat_map<std::string, std::int64_t> prices;
  foreign::FixedString sku;
};
WIREJIT_STRUCT(Order, (1, counts), (2, notes), (3, prices), (4, sku))

struct Keys {
  foreign::flat_set<std::int32_t> numbers;
  foreign::flat_set<std::string> names;
  foreign::HashMap squares;
  foreign::dense_map<std::int32_t> dense;
};
WIREJIT_STRUCT(Keys, (1, numbers), (2, names), (3, squares), (4, dense))

constexpr std::string_view text =
    R"({"counts":[1,2,3],"notes":["a","b","c","a note that is longer than most strings"],)"
    R"("prices":{"apple":3,"pear":-4},"sku":"A-17"})";

TEST(Adapt, ContainersOfOthersGoThroughTextAndBytes) {
  const wirejit::Engine engine;
  const auto json = engine.codec<Order>(wirejit::json::text);
  const auto binary = engine.codec<Order>(wirejit::thrift::binary);
  ASSERT_TRUE(json) << json.error().to_string();
  ASSERT_TRUE(binary) << binary.error().to_string();
  Order order;
  ASSERT_TRUE(json->decode(text, order));
  EXPECT_EQ(order.counts.size(), 3U);
  EXPECT_EQ(order.notes.data()[3], "a note that is longer than most strings");
  EXPECT_EQ(order.prices.begin()[1].second, -4);
  EXPECT_EQ(std::string_view(order.sku.data(), order.sku.size()), "A-17");
  wirejit::Buffer bytes;
  ASSERT_TRUE(binary->encode(order, bytes));
  Order again;
  again.counts.resize(7);
  ASSERT_TRUE(binary->decode(bytes, again));
  wirejit::Buffer out;
  ASSERT_TRUE(json->encode(again, out));
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(out.data()), out.size()), text);
}

TEST(Adapt, KeysInAnyOrderMayMoveTheOthers) {
  const wirejit::Engine engine;
  const auto json = engine.codec<Order>(wirejit::json::text);
  ASSERT_TRUE(json) << json.error().to_string();
  Order order;
  ASSERT_TRUE(json->decode(std::string_view(R"({"prices":{"c":3,"a":1,"b":2}})"), order));
  ASSERT_EQ(order.prices.size(), 3U);
  for (std::int64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(order.prices.begin()[i].second, i + 1);
  }
}

TEST(Adapt, SetsAndHashTablesOfOthers) {
  const wirejit::Engine engine;
  const auto codec = engine.codec<Keys>(wirejit::thrift::compact);
  ASSERT_TRUE(codec) << codec.error().to_string();
  Keys keys;
  for (const int i : {3, 1, 3, 2}) {
    keys.numbers.insert(nullptr, std::int32_t{i});
    keys.names.insert(nullptr, std::string(static_cast<std::size_t>(i), 'n'));
    keys.squares[i] = i * i;
  }
  wirejit::Buffer bytes;
  ASSERT_TRUE(codec->encode(keys, bytes));
  Keys again;
  ASSERT_TRUE(codec->decode(bytes, again));
  EXPECT_EQ(std::vector<std::int32_t>(again.numbers.begin(), again.numbers.end()),
            (std::vector<std::int32_t>{1, 2, 3}));
  EXPECT_EQ(std::vector<std::string>(again.names.begin(), again.names.end()),
            (std::vector<std::string>{"n", "nn", "nnn"}));
  EXPECT_EQ(again.squares, keys.squares);
}

TEST(Adapt, AHashTableNeedsNoBuckets) {
  const wirejit::Engine engine;
  const auto json = engine.codec<Keys>(wirejit::json::text);
  ASSERT_TRUE(json) << json.error().to_string();
  std::string input = R"({"dense":{"first":1)";
  for (int i = 0; i < 1000; ++i) {  // more than a bucket of a checked table may have
    input += ",\"key " + std::to_string(i) + "\":" + std::to_string(i);
  }
  input += R"(,"first":2}})";
  Keys keys;
  const auto done = json->decode(std::string_view(input), keys);
  ASSERT_TRUE(done) << done.error().to_string();
  ASSERT_EQ(keys.dense.size(), 1001U);
  EXPECT_EQ(keys.dense.begin()[0], (std::pair<std::string, std::int32_t>("first", 2)));
  EXPECT_EQ(keys.dense.begin()[1000], (std::pair<std::string, std::int32_t>("key 999", 999)));
}

TEST(Adapt, AnExceptionOfAContainerEndsTheCall) {
  const wirejit::Engine engine;
  const auto json = engine.codec<Order>(wirejit::json::text);
  ASSERT_TRUE(json) << json.error().to_string();
  Order order;
  const auto done = json->decode(std::string_view(R"({"sku":"nine chars"})"), order);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), wirejit::Errc::exception);
}

TEST(Adapt, TheSchemaHasTheirTypes) {
  EXPECT_EQ(wirejit::to_string(wirejit::layout_of<decltype(Order::counts)>()), "list<i32>");
  EXPECT_EQ(wirejit::to_string(wirejit::layout_of<decltype(Order::prices)>()), "map<string, i64>");
  EXPECT_EQ(wirejit::to_string(wirejit::layout_of<decltype(Order::sku)>()), "string");
}

}  // namespace
