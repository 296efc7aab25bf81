// The operations of layouts: each container through its function table, failed allocations
// included.
#include <wirejit/reflect.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <limits>
#include <list>
#include <memory_resource>
#include <new>
#include <stdexcept>
#include <string>

namespace {
std::atomic<long> allocations_left{-1};  // negative: any number

bool allocation_fails() noexcept {
  if (allocations_left.load() < 0) {
    return false;
  }
  return allocations_left.fetch_sub(1) <= 0 && (allocations_left.store(0), true);
}
}  // namespace

// Not inlined: the compiler would warn of pairs of malloc and delete.
#define REPLACED [[gnu::noinline]]
REPLACED void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocation_fails() ? nullptr : std::malloc(size != 0 ? size : 1);
}
REPLACED void* operator new(std::size_t size) {
  void* p = operator new(size, std::nothrow);
  return p != nullptr ? p : throw std::bad_alloc();
}
REPLACED void* operator new(std::size_t size, std::align_val_t align) {
  const auto a = std::max(static_cast<std::size_t>(align), sizeof(void*));
  void* p = allocation_fails() ? nullptr : std::aligned_alloc(a, (size + a - 1) / a * a + a);
  return p != nullptr ? p : throw std::bad_alloc();
}
REPLACED void operator delete(void* p) noexcept { std::free(p); }
REPLACED void operator delete(void* p, std::size_t) noexcept { std::free(p); }
REPLACED void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
REPLACED void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
REPLACED void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
#undef REPLACED

namespace ops_test {

struct Point {
  std::int32_t x = 7;
  std::int32_t y = 0;
  friend auto operator<=>(const Point&, const Point&) = default;
};
WIREJIT_STRUCT(Point, (1, x), (2, y))

struct Late {
  std::vector<std::string> late_list;
  std::optional<std::array<char, 3>> late_optional;
};
WIREJIT_STRUCT(Late, (1, late_list), (2, late_optional))

enum class Level : std::int16_t { low = -3, high = 9 };

using Union = std::variant<std::monostate, std::int64_t, std::string, Point>;
WIREJIT_VARIANT(Union, (1, number), (2, text), (3, point))

}  // namespace ops_test

namespace wirejit::test {
namespace {

using ops_test::Level;
using ops_test::Point;

// Makes all allocations fail except the first n, as long as it lives. Expectations allocate, so
// they are checked outside of its scope.
class FailAllocations {
 public:
  explicit FailAllocations(long n = 0) { allocations_left = n; }
  ~FailAllocations() { allocations_left = -1; }
  FailAllocations(const FailAllocations&) = delete;
  FailAllocations& operator=(const FailAllocations&) = delete;
};

const std::string long_text(100, 'z');

TEST(StringOps, AssignAndViewAgree) {
  std::string s;
  const StringOps& ops = *layout_of<std::string>().string;
  EXPECT_TRUE(ops.assign(&s, "abc", 3));
  EXPECT_EQ(s, "abc");
  EXPECT_EQ(ops.view(&s).size, 3u);
  EXPECT_EQ(ops.view(&s).data, s.data());
  EXPECT_TRUE(ops.assign(&s, nullptr, 0));
  EXPECT_EQ(s, "");
  std::vector<std::uint8_t> v;
  const StringOps& bytes = *layout_of<std::vector<std::uint8_t>>().string;
  EXPECT_TRUE(bytes.assign(&v, "\xff\x00q", 3));
  EXPECT_EQ(v, (std::vector<std::uint8_t>{0xff, 0, 'q'}));
  EXPECT_EQ(bytes.view(&v).size, 3u);
  EXPECT_TRUE(bytes.assign(&v, nullptr, 0));
  EXPECT_TRUE(v.empty());
}

TEST(StringOps, FailedAllocationsAndAbsurdLengthsReturnFalse) {
  std::string s = "kept";
  std::vector<std::uint8_t> v{1};
  const StringOps& ops = *layout_of<std::string>().string;
  const StringOps& bytes = *layout_of<std::vector<std::uint8_t>>().string;
  bool ok = true;
  bool bytes_ok = true;
  {
    const FailAllocations fail;
    ok = ops.assign(&s, long_text.data(), long_text.size());
    bytes_ok = bytes.assign(&v, long_text.data(), long_text.size());
  }
  EXPECT_FALSE(ok);
  EXPECT_FALSE(bytes_ok);
  EXPECT_EQ(s, "kept");
  EXPECT_EQ(v.size(), 1u);
}

TEST(SequenceOps, ResizeAppendAndClear) {
  const SequenceOps& ops = *layout_of<std::vector<Point>>().sequence;
  std::vector<Point> v;
  EXPECT_NE(ops.resize(&v, 0), nullptr);
  const void* data = ops.resize(&v, 2);
  EXPECT_EQ(data, v.data());
  EXPECT_EQ(v[1].x, 7);
  v[0].x = 1;
  data = ops.resize(&v, 3);
  EXPECT_EQ(data, v.data());
  EXPECT_EQ(v[0].x, 1);  // resized, not cleared
  auto* p = static_cast<Point*>(ops.append(&v));
  EXPECT_EQ(p, &v[3]);
  EXPECT_EQ(p->x, 7);
  EXPECT_EQ(ops.size(&v), 4u);
  EXPECT_EQ(ops.data(&v), v.data());
  ops.clear(&v);
  EXPECT_TRUE(v.empty());
}

TEST(SequenceOps, FailedAllocationsAndAbsurdCountsReturnNull) {
  const SequenceOps& ops = *layout_of<std::vector<Point>>().sequence;
  std::vector<Point> v(1);
  v.shrink_to_fit();
  const void* resized = &v;
  const void* appended = &v;
  {
    const FailAllocations fail;
    resized = ops.resize(&v, 1000);
    appended = ops.append(&v);
  }
  EXPECT_EQ(resized, nullptr);
  EXPECT_EQ(appended, nullptr);
  EXPECT_EQ(ops.resize(&v, std::numeric_limits<std::size_t>::max()),
            nullptr);  // length_error within
  EXPECT_EQ(v.size(), 1u);
}

TEST(SequenceOps, ElementsThatOnlyMove) {
  const SequenceOps& ops = *layout_of<std::vector<std::unique_ptr<Point>>>().sequence;
  std::vector<std::unique_ptr<Point>> v;
  ASSERT_NE(ops.resize(&v, 2), nullptr);
  EXPECT_EQ(v[1], nullptr);
  EXPECT_EQ(layout_of<std::vector<std::unique_ptr<Point>>>().element->form, Form::pointer);
}

template <class C>
class ListOpsOf : public testing::Test {};
using Lists = testing::Types<std::deque<Point>, std::list<Point>, std::pmr::deque<Point>,
                             std::pmr::list<Point>>;
TYPED_TEST_SUITE(ListOpsOf, Lists);

// The addresses of all elements, as the operations reach them.
template <class C>
std::vector<const void*> reached(const C& c) {
  const ListOps& ops = *layout_of<C>().list;
  std::vector<const void*> all;
  Iteration it;
  for (ops.first(&c, &it); it.element != nullptr; ops.next(&c, &it)) {
    all.push_back(it.element);
  }
  return all;
}

TYPED_TEST(ListOpsOf, AppendReachAndTruncate) {
  const Layout& layout = layout_of<TypeParam>();
  ASSERT_EQ(layout.form, Form::list);
  EXPECT_EQ(layout.kind, Kind::list);
  const ListOps& ops = *layout.list;
  TypeParam c;
  EXPECT_TRUE(reached(c).empty());
  std::vector<const void*> appended;
  for (int i = 0; i < 300; ++i) {
    auto* p = static_cast<Point*>(ops.append(&c));
    ASSERT_NE(p, nullptr);
    EXPECT_EQ(p->x, 7);
    appended.push_back(p);
  }
  EXPECT_EQ(ops.size(&c), 300u);
  EXPECT_EQ(reached(c), appended);  // none has moved
  ops.truncate(&c, 300);
  EXPECT_EQ(c.size(), 300u);
  ops.truncate(&c, 5);
  appended.resize(5);
  EXPECT_EQ(reached(c), appended);
  ops.truncate(&c, 6);
  EXPECT_EQ(c.size(), 5u);
  ops.clear(&c);
  EXPECT_TRUE(c.empty());
}

TYPED_TEST(ListOpsOf, AFailedAllocationReturnsNullAndChangesNothing) {
  const ListOps& ops = *layout_of<TypeParam>().list;
  TypeParam c;
  long appended = 0;
  {
    const FailAllocations fail;
    while (appended < 1000 && ops.append(&c) != nullptr) {  // a deque has room for a few
      ++appended;
    }
  }
  EXPECT_LT(appended, 1000);
  EXPECT_EQ(reached(c).size(), static_cast<std::size_t>(appended));
  EXPECT_NE(ops.append(&c), nullptr);
}

// Layout::list->empty_bytes says how much an empty container allocates at least.
TYPED_TEST(ListOpsOf, AnEmptyOneHasAllocatedWhatItsLayoutSays) {
  bool made = true;
  {
    const FailAllocations fail;
    try {
      const TypeParam c;
    } catch (const std::bad_alloc&) {
      made = false;
    }
  }
  EXPECT_EQ(made, layout_of<TypeParam>().list->empty_bytes == 0);
}

TEST(ListOps, ElementsThatNeitherCopyNorMove) {
  struct Fixed {
    Fixed() = default;
    Fixed(const Fixed&) = delete;
    Fixed& operator=(const Fixed&) = delete;
    std::int32_t x = 3;
  };
  using List = detail::ListReflect<std::list<Fixed>, detail::ListWalk<std::list<Fixed>>>;
  using Deque = detail::ListReflect<std::deque<Fixed>, detail::DequeWalk<std::deque<Fixed>>>;
  std::list<Fixed> list;
  std::deque<Fixed> deque;
  EXPECT_EQ(static_cast<Fixed*>(List::append(&list))->x, 3);
  EXPECT_EQ(static_cast<Fixed*>(Deque::append(&deque))->x, 3);
  List::truncate(&list, 0);
  Deque::truncate(&deque, 0);
  EXPECT_TRUE(list.empty());
  EXPECT_TRUE(deque.empty());
}

TEST(BitOps, BitsAreSetAppendedAndRead) {
  const BitOps& ops = *layout_of<std::vector<bool>>().bits;
  std::vector<bool> v;
  EXPECT_TRUE(ops.resize(&v, 70));
  ops.set(&v, 69, true);
  EXPECT_TRUE(ops.append(&v, true));
  EXPECT_TRUE(ops.append(&v, false));
  EXPECT_EQ(ops.size(&v), 72u);
  EXPECT_FALSE(ops.get(&v, 68));
  EXPECT_TRUE(ops.get(&v, 69));
  EXPECT_TRUE(ops.get(&v, 70));
  EXPECT_FALSE(ops.get(&v, 71));
  std::vector<bool> empty;
  bool resized = true;
  bool appended = true;
  {
    const FailAllocations fail;
    resized = ops.resize(&empty, 1000);
    appended = ops.append(&empty, true);
  }
  EXPECT_FALSE(resized);
  EXPECT_FALSE(appended);
  EXPECT_FALSE(ops.resize(&empty, std::numeric_limits<std::size_t>::max()));
}

TEST(SpanConstruct, ElementsGetTheirDefaults) {
  const Layout& l = layout_of<std::span<const Point>>();
  ASSERT_NE(l.construct, nullptr);
  alignas(Point) unsigned char raw[3 * sizeof(Point)];
  std::memset(raw, 0xee, sizeof(raw));
  EXPECT_TRUE(l.construct(raw, 3));
  EXPECT_EQ(reinterpret_cast<Point*>(raw)[2], Point{});
  EXPECT_EQ(layout_of<std::span<const std::string>>().construct,
            nullptr);  // would leak in an Arena
}

template <class O>
void expect_optional_works() {
  const OptionalOps& ops = *layout_of<O>().optional;
  O o{};
  EXPECT_EQ(ops.get(&o), nullptr);
  auto* p = static_cast<Point*>(ops.emplace(&o));
  ASSERT_NE(p, nullptr);
  EXPECT_EQ(p->x, 7);
  EXPECT_EQ(ops.get(&o), p);
  p->x = 99;
  p = static_cast<Point*>(ops.emplace(&o));
  EXPECT_EQ(p->x, 7);  // fresh
  ops.reset(&o);
  EXPECT_EQ(ops.get(&o), nullptr);
}

TEST(OptionalOps, OptionalsAndPointers) {
  expect_optional_works<std::optional<Point>>();
  expect_optional_works<std::unique_ptr<Point>>();
  expect_optional_works<std::shared_ptr<Point>>();
  expect_optional_works<std::unique_ptr<const Point>>();
  expect_optional_works<std::shared_ptr<const Point>>();
}

TEST(OptionalOps, AnObjectThatOthersShareIsLeftAlone) {
  const OptionalOps& ops = *layout_of<std::shared_ptr<Point>>().optional;
  auto mine = std::make_shared<Point>();
  const auto theirs = mine;
  static_cast<Point*>(ops.emplace(&mine))->x = 1;
  EXPECT_EQ(theirs->x, 7);
}

TEST(OptionalOps, AFailedAllocationReturnsNullAndKeepsTheOldObject) {
  auto u = std::make_unique<Point>();
  auto s = std::make_shared<Point>();
  const Point* old_u = u.get();
  const Point* old_s = s.get();
  const OptionalOps& uops = *layout_of<std::unique_ptr<Point>>().optional;
  const OptionalOps& sops = *layout_of<std::shared_ptr<Point>>().optional;
  const void* a = &u;
  const void* b = &s;
  {
    const FailAllocations fail;
    a = uops.emplace(&u);
    b = sops.emplace(&s);
  }
  EXPECT_EQ(a, nullptr);
  EXPECT_EQ(b, nullptr);
  EXPECT_EQ(u.get(), old_u);
  EXPECT_EQ(s.get(), old_s);
}

// All elements as (key, value) pointers, in the container's order.
template <class F>
std::size_t for_each_element(const SetOps& ops, const void* c, F&& f) {
  std::size_t n = 0;
  Iteration it;
  for (ops.first(c, &it); it.element != nullptr; ops.next(c, &it)) {
    f(static_cast<const char*>(it.element));
    ++n;
  }
  return n;
}

template <class M>
void expect_word_map_works() {
  M m;
  const Layout& l = layout_of<M>();
  const MapOps& ops = *l.map;
  EXPECT_EQ(for_each_element(ops, &m, [](const char*) {}), 0u);
  const std::int64_t keys[] = {3, -5, 3, 1, std::numeric_limits<std::int64_t>::min()};
  for (const std::int64_t key : keys) {
    const Inserted in = ops.insert_word(&m, static_cast<std::uint64_t>(key));
    ASSERT_NE(in.value, nullptr);
    auto& text = *static_cast<std::string*>(in.value);
    EXPECT_EQ(in.fresh, text.empty() ? 1u : 0u);
    text += std::to_string(key) + ";";
  }
  EXPECT_EQ(ops.size(&m), 4u);
  EXPECT_EQ(m.at(3), "3;3;");
  EXPECT_EQ(m.at(-5), "-5;");
  std::int64_t sum = 0;
  EXPECT_EQ(for_each_element(
                ops, &m,
                [&](const char* e) {
                  const auto key = *reinterpret_cast<const std::int64_t*>(e + ops.key_offset);
                  EXPECT_EQ(&m.at(key), reinterpret_cast<const std::string*>(e + ops.value_offset));
                  sum ^= key;
                }),
            4u);
  EXPECT_EQ(sum, std::int64_t{3} ^ -5 ^ 1 ^ std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(ops.insert_bytes, nullptr);
  EXPECT_EQ(ops.make_key, nullptr);
  ops.clear(&m);
  EXPECT_TRUE(m.empty());
}

TEST(MapOps, KeysThatAreWords) {
  expect_word_map_works<std::map<std::int64_t, std::string>>();
  expect_word_map_works<std::map<std::int64_t, std::string, std::greater<>>>();
  expect_word_map_works<std::unordered_map<std::int64_t, std::string>>();
  expect_word_map_works<std::unordered_map<std::int64_t, std::string, SeededHash>>();
  expect_word_map_works<std::pmr::map<std::int64_t, std::string>>();
}

TEST(MapOps, WordsBecomeEachKindOfScalar) {
  std::map<double, int> doubles;
  layout_of<std::map<double, int>>().map->insert_word(&doubles, std::bit_cast<std::uint64_t>(-2.5));
  EXPECT_EQ(doubles.begin()->first, -2.5);
  std::map<float, int> floats;
  layout_of<std::map<float, int>>().map->insert_word(&floats, std::bit_cast<std::uint32_t>(1.25f));
  EXPECT_EQ(floats.begin()->first, 1.25f);
  std::map<bool, int> bools;
  layout_of<std::map<bool, int>>().map->insert_word(&bools, 1);
  EXPECT_TRUE(bools.contains(true));
  std::map<Level, int> enums;
  layout_of<std::map<Level, int>>().map->insert_word(&enums,
                                                     static_cast<std::uint64_t>(std::int64_t{-3}));
  EXPECT_TRUE(enums.contains(Level::low));
  std::map<std::uint8_t, int> bytes;
  layout_of<std::map<std::uint8_t, int>>().map->insert_word(&bytes, 200);
  EXPECT_TRUE(bytes.contains(200));
}

template <class M>
void expect_string_map_works() {
  M m;
  const MapOps& ops = *layout_of<M>().map;
  const Inserted first = ops.insert_bytes(&m, long_text.data(), long_text.size());
  ASSERT_NE(first.value, nullptr);
  EXPECT_EQ(first.fresh, 1u);
  *static_cast<std::int32_t*>(first.value) = 5;
  const Inserted again = ops.insert_bytes(&m, long_text.data(), long_text.size());
  EXPECT_EQ(again.value, first.value);
  EXPECT_EQ(again.fresh, 0u);
  EXPECT_EQ(ops.insert_bytes(&m, nullptr, 0).fresh, 1u);
  EXPECT_EQ(*static_cast<std::int32_t*>(ops.insert_bytes(&m, "", 0).value), 0);
  EXPECT_EQ(ops.size(&m), 2u);
  EXPECT_EQ(ops.insert_word, nullptr);
  void* key = ops.make_key();
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(ops.insert_object(&m, key).fresh, 0u);  // the empty key is there
  ops.destroy_key(key);
}

TEST(MapOps, KeysThatAreBytes) {
  expect_string_map_works<std::map<std::string, std::int32_t>>();
  expect_string_map_works<std::map<std::string, std::int32_t, std::less<>>>();
  expect_string_map_works<std::map<std::string_view, std::int32_t>>();
  expect_string_map_works<std::map<std::vector<std::uint8_t>, std::int32_t>>();
  expect_string_map_works<std::unordered_map<std::string, std::int32_t>>();
  expect_string_map_works<
      std::unordered_map<std::string, std::int32_t, SeededHash, std::equal_to<>>>();
  expect_string_map_works<std::pmr::unordered_map<std::pmr::string, std::int32_t>>();
}

TEST(MapOps, ATransparentComparisonFindsAKeyWithoutAllocating) {
  using M = std::map<std::string, std::int32_t, std::less<>>;
  M m;
  const MapOps& ops = *layout_of<M>().map;
  void* value = ops.insert_bytes(&m, long_text.data(), long_text.size()).value;
  Inserted again{};
  {
    const FailAllocations fail;
    again = ops.insert_bytes(&m, long_text.data(), long_text.size());
  }
  EXPECT_EQ(again.value, value);
}

TEST(MapOps, KeysThatAreObjectsAreMovedIn) {
  using M = std::map<Point, std::string>;
  M m;
  const MapOps& ops = *layout_of<M>().map;
  auto* key = static_cast<Point*>(ops.make_key());
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->x, 7);
  key->y = 2;
  EXPECT_EQ(ops.insert_object(&m, key).fresh, 1u);
  EXPECT_EQ(ops.insert_object(&m, key).fresh, 0u);
  ops.destroy_key(key);
  EXPECT_TRUE(m.contains(Point{7, 2}));
  using Keyed = std::map<std::vector<std::string>, int>;
  Keyed keyed;
  const MapOps& keyed_ops = *layout_of<Keyed>().map;
  auto* list = static_cast<std::vector<std::string>*>(keyed_ops.make_key());
  list->push_back(long_text);
  const char* data = list->front().data();
  keyed_ops.insert_object(&keyed, list);
  keyed_ops.destroy_key(list);
  EXPECT_EQ(keyed.begin()->first.front().data(), data);  // not copied
}

TEST(MapOps, AFailedAllocationReturnsNullAndChangesNothing) {
  std::map<std::int64_t, int> words{{1, 1}};
  std::unordered_map<std::string, int> strings;
  const MapOps& word_ops = *layout_of<std::map<std::int64_t, int>>().map;
  const MapOps& string_ops = *layout_of<std::unordered_map<std::string, int>>().map;
  Inserted a{&words, 1};
  const void* key = &a;
  {
    const FailAllocations fail;
    a = word_ops.insert_word(&words, 2);
    key = layout_of<std::map<std::string, int>>().map->make_key();
  }
  EXPECT_EQ(a.value, nullptr);
  EXPECT_EQ(key, nullptr);
  EXPECT_EQ(words.size(), 1u);
  for (long allowed = 0; allowed < 3; ++allowed) {  // the key, the node, the buckets
    Inserted b{&words, 1};
    {
      const FailAllocations fail(allowed);
      b = string_ops.insert_bytes(&strings, long_text.data(), long_text.size());
    }
    if (b.value == nullptr) {
      EXPECT_TRUE(strings.empty()) << allowed;
    } else {
      EXPECT_EQ(strings.size(), 1u);
    }
  }
}

template <class S>
void expect_set_works() {
  S s;
  const SetOps& ops = *layout_of<S>().set;
  for (const char* key : {"b", "a", "b"}) {
    const Inserted in = ops.insert_bytes(&s, key, 1);
    ASSERT_NE(in.value, nullptr);
    EXPECT_EQ(*static_cast<std::string*>(in.value), key);
  }
  EXPECT_EQ(ops.size(&s), 2u);
  EXPECT_EQ(ops.insert_bytes(&s, "a", 1).fresh, 0u);
  EXPECT_EQ(ops.insert_bytes(&s, "c", 1).fresh, 1u);
  std::string joined;
  EXPECT_EQ(
      for_each_element(ops, &s,
                       [&](const char* e) { joined += *reinterpret_cast<const std::string*>(e); }),
      3u);
  std::sort(joined.begin(), joined.end());
  EXPECT_EQ(joined, "abc");
  Inserted failed{&s, 1};
  {
    const FailAllocations fail;
    failed = ops.insert_bytes(&s, long_text.data(), long_text.size());
  }
  EXPECT_EQ(failed.value, nullptr);
  EXPECT_EQ(s.size(), 3u);
  ops.clear(&s);
  EXPECT_TRUE(s.empty());
}

TEST(SetOps, Sets) {
  expect_set_works<std::set<std::string>>();
  expect_set_works<std::set<std::string, std::less<>>>();
  expect_set_works<std::unordered_set<std::string>>();
  std::set<std::int32_t> numbers;
  const SetOps& ops = *layout_of<std::set<std::int32_t>>().set;
  EXPECT_EQ(ops.insert_word(&numbers, static_cast<std::uint64_t>(std::int64_t{-1})).fresh, 1u);
  EXPECT_EQ(*numbers.begin(), -1);
}

// Counts comparisons: ascending keys must not search the tree.
struct Counting {
  static inline long count = 0;
  bool operator()(std::int64_t a, std::int64_t b) const {
    ++count;
    return a < b;
  }
};

TEST(MapOps, AscendingKeysCostConstantTime) {
  using M = std::map<std::int64_t, int, Counting>;
  M m;
  const MapOps& ops = *layout_of<M>().map;
  Counting::count = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    ops.insert_word(&m, i);
  }
  EXPECT_LE(Counting::count, 5 * 10'000);  // a search costs 13 more
  EXPECT_EQ(m.size(), 10'000u);
}

TEST(MapOps, NansOfAHashTableAreOneKey) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::unordered_map<double, int> m;
  const MapOps& ops = *layout_of<std::unordered_map<double, int>>().map;
  EXPECT_EQ(ops.insert_word(&m, std::bit_cast<std::uint64_t>(nan)).fresh, 1u);
  EXPECT_EQ(ops.insert_word(&m, std::bit_cast<std::uint64_t>(1.0)).fresh, 1u);
  for (std::uint64_t payload = 1; payload < 50; ++payload) {
    EXPECT_EQ(ops.insert_word(&m, std::bit_cast<std::uint64_t>(nan) | payload).fresh, 0u);
    EXPECT_EQ(ops.insert_word(&m, std::bit_cast<std::uint64_t>(-nan) | payload).fresh, 0u);
  }
  EXPECT_EQ(m.size(), 2u);
  std::unordered_set<float> s;
  const SetOps& set_ops = *layout_of<std::unordered_set<float>>().set;
  set_ops.insert_word(&s, std::bit_cast<std::uint32_t>(std::nanf("1")));
  set_ops.insert_word(&s, std::bit_cast<std::uint32_t>(std::nanf("2")));
  EXPECT_EQ(s.size(), 1u);
}

TEST(VariantOps, EachAlternative) {
  const StructLayout& l = struct_layout<ops_test::Union>();
  const VariantOps& ops = *l.variant->variant;
  ops_test::Union u;
  EXPECT_EQ(ops.index(&u), 0u);
  EXPECT_EQ(ops.get(&u, 0), nullptr);
  *static_cast<std::int64_t*>(ops.emplace(&u, 1)) = 5;
  EXPECT_EQ(std::get<1>(u), 5);
  EXPECT_EQ(ops.index(&u), 1u);
  EXPECT_EQ(ops.get(&u, 1), &std::get<1>(u));
  EXPECT_EQ(ops.get(&u, 2), nullptr);
  *static_cast<std::string*>(ops.emplace(&u, 2)) = long_text;
  EXPECT_EQ(std::get<2>(u), long_text);
  EXPECT_EQ(static_cast<Point*>(ops.emplace(&u, 3))->x, 7);
  EXPECT_EQ(ops.emplace(&u, 4), nullptr);
  ops.reset(&u);
  EXPECT_EQ(u.index(), 0u);
}

struct Thrower {
  Thrower() { throw std::runtime_error("no"); }
};

TEST(VariantOps, AConstructorThatThrowsLeavesNone) {
  using V = std::variant<std::monostate, int, Thrower>;
  using Reflected = detail::VariantReflect<V>;
  V v = 3;
  EXPECT_EQ(Reflected::emplace(&v, 2), nullptr);
  EXPECT_EQ(Reflected::index(&v), 0u);
  EXPECT_FALSE(v.valueless_by_exception());
}

TEST(Layouts, AFailedAllocationIsReportedAndTriedAgain) {
  const StructLayout* failed_layout = nullptr;
  {
    const FailAllocations fail;
    failed_layout = &struct_layout<ops_test::Late>();
  }
  const Result<void> valid = validate(*failed_layout);
  ASSERT_FALSE(valid.has_value());
  EXPECT_EQ(valid.error().code(), Errc::no_memory);
  const StructLayout& later = struct_layout<ops_test::Late>();
  EXPECT_EQ(later.members.size(), 2u);
  EXPECT_TRUE(validate(later).has_value());
}

TEST(Layouts, AfterAProbeWithoutMemoryTheOperationsAreUsed) {
  using V = std::vector<std::array<std::int32_t, 5>>;
  const Layout* l = nullptr;
  {
    const FailAllocations fail;
    l = &layout_of<V>();
  }
  EXPECT_EQ(l->data_offset, -1);
  EXPECT_EQ(l->end_offset, -1);
  V v;
  const void* data = l->sequence->resize(&v, 2);
  EXPECT_EQ(data, v.data());
  EXPECT_EQ(v.size(), 2u);
}

TEST(SeededHashing, EqualKeysHashEquallyAndOthersDiffer) {
  const SeededHash hash;
  EXPECT_EQ(hash(std::int64_t{5}), SeededHash()(std::int64_t{5}));
  EXPECT_NE(hash(std::int64_t{5}), hash(std::int64_t{6}));
  EXPECT_EQ(hash(0.0), hash(-0.0));
  EXPECT_EQ(hash(std::string("wirejit")), hash(std::string_view("wirejit")));
  std::unordered_set<std::size_t> seen;
  std::string text;
  for (int i = 0; i < 64; ++i) {
    EXPECT_TRUE(seen.insert(hash(text)).second) << i;
    text += '\0';
  }
  EXPECT_NE(hash(Level::low), hash(Level::high));
}

// Keys that all fall into one bucket of an unseeded table of this size.
TEST(SeededHashing, KeysChosenToCollideDoNot) {
  std::unordered_map<std::int64_t, int, SeededHash> m;
  m.reserve(1000);
  const auto step = static_cast<std::int64_t>(m.bucket_count());
  for (std::int64_t i = 0; i < 1000; ++i) {
    m[i * step];
  }
  std::size_t longest = 0;
  for (std::size_t b = 0; b < m.bucket_count(); ++b) {
    longest = std::max(longest, m.bucket_size(b));
  }
  EXPECT_LT(longest, 20u);
}

}  // namespace
}  // namespace wirejit::test
