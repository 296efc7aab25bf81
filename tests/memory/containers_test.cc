// Containers of C++ structs: std::deque and std::list must give the same bytes, values and errors as
// std::vector, in every format and on both engines; sets and maps whose keys are containers or
// optionals.
#include "tests/support/engine_support.h"
#include "tests/support/random_source.h"

#include <wirejit/engine.h>
#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/reflect.h>
#include <wirejit/thrift.h>

#include <array>
#include <deque>
#include <iterator>
#include <list>
#include <memory>
#include <memory_resource>
#include <new>
#include <stdexcept>

namespace wirejit::test {

enum class Tint : std::int16_t { pale = 1, dark = 2 };

struct Leaf {
  std::int32_t n = 5;
  std::string text = "by default";
  friend auto operator<=>(const Leaf&, const Leaf&) = default;
};

struct Vectors {
  template <class T>
  using Of = std::vector<T>;
};
struct PooledVectors {
  template <class T>
  using Of = std::pmr::vector<T>;
};
struct Deques {
  template <class T>
  using Of = std::deque<T>;
};
struct PooledDeques {
  template <class T>
  using Of = std::pmr::deque<T>;
};
struct Lists {
  template <class T>
  using Of = std::list<T>;
};
struct PooledLists {
  template <class T>
  using Of = std::pmr::list<T>;
};

// Members that every format can hold.
template <class W>
struct Flat {
  template <class T>
  using C = typename W::template Of<T>;
  C<std::int32_t> ints;
  C<double> doubles;
  C<bool> flags;
  C<std::string> words;
  C<Tint> tints;
  C<Leaf> leaves;
  C<std::optional<std::int64_t>> maybes;
  C<std::vector<std::uint8_t>> blobs;
  C<std::optional<Leaf>> maybe_leaves;
  friend bool operator==(const Flat&, const Flat&) = default;
};

// Members that only Thrift and JSON can hold.
template <class W>
struct Deep {
  template <class T>
  using C = typename W::template Of<T>;
  C<C<std::int64_t>> rows;
  C<std::vector<bool>> bits;
  C<std::set<std::int32_t>> sets;
  C<std::map<std::string, C<std::int16_t>>> maps;
  std::map<std::int32_t, C<Leaf>> by_number;
  std::map<C<std::int32_t>, std::string> by_row;
  std::set<C<std::string>> phrases;
  std::optional<C<double>> maybe;
  std::array<C<std::int32_t>, 2> pair;
  C<std::array<std::int32_t, 2>> pairs;
  friend bool operator==(const Deep&, const Deep&) = default;
};

template <class W>
struct Tree {
  std::int32_t n = 0;
  typename W::template Of<std::unique_ptr<Tree>> children;
  std::unique_ptr<typename W::template Of<std::string>> notes;
};

#define REGISTER(W)                                                                                \
  WIREJIT_STRUCT(Flat<W>, (1, ints), (2, doubles), (3, flags), (4, words), (5, tints),             \
                 (6, leaves), (7, maybes), (8, blobs), (9, maybe_leaves))                          \
  WIREJIT_STRUCT(Deep<W>, (1, rows), (2, bits), (3, sets), (4, maps), (5, by_number), (6, by_row), \
                 (7, phrases), (8, maybe), (9, pair), (10, pairs))                                 \
  WIREJIT_STRUCT(Tree<W>, (1, n), (2, children), (3, notes))
WIREJIT_ENUM(Tint, pale, dark)
WIREJIT_STRUCT(Leaf, (1, n), (2, text))
REGISTER(Vectors)
REGISTER(PooledVectors)
REGISTER(Deques)
REGISTER(PooledDeques)
REGISTER(Lists)
REGISTER(PooledLists)
#undef REGISTER

namespace {

constexpr EngineOptions::Kind both[] = {EngineOptions::Kind::interpret,
                                        EngineOptions::Kind::automatic};

// ---- Values: the same for the same seed, whatever the container

template <class C, class F>
void fill(Random& random, C& c, F&& element) {
  const std::size_t count = random.below(4) == 0 ? random.below(80) : random.below(4);
  c.clear();
  for (std::size_t i = 0; i < count; ++i) {
    c.push_back(element());
  }
}

std::int32_t some_int(Random& random) { return static_cast<std::int32_t>(random.next()); }
std::string some_text(Random& random) { return std::string(random.below(40), 't') + "\"x"; }
Leaf some_leaf(Random& random) {
  Leaf leaf;
  leaf.n = some_int(random);
  leaf.text = some_text(random);
  return leaf;
}

template <class W>
void fill(Random& random, Flat<W>& v) {
  fill(random, v.ints, [&] { return some_int(random); });
  fill(random, v.doubles, [&] { return some_int(random) / 8.0; });
  fill(random, v.flags, [&] { return random.chance(50); });
  fill(random, v.words, [&] { return some_text(random); });
  fill(random, v.tints, [&] { return random.chance(50) ? Tint::pale : Tint::dark; });
  fill(random, v.leaves, [&] { return some_leaf(random); });
  fill(random, v.maybes, [&] { return std::optional<std::int64_t>(some_int(random)); });
  fill(random, v.blobs, [&] { return std::vector<std::uint8_t>(random.below(20), 0xfe); });
  fill(random, v.maybe_leaves, [&] { return std::optional<Leaf>(some_leaf(random)); });
}

template <class W>
void fill(Random& random, Deep<W>& v) {
  using Ints = typename W::template Of<std::int32_t>;
  const auto ints = [&] {
    Ints c;
    fill(random, c, [&] { return some_int(random); });
    return c;
  };
  fill(random, v.rows, [&] {
    typename W::template Of<std::int64_t> row;
    fill(random, row, [&] { return std::int64_t{some_int(random)} << 9; });
    return row;
  });
  fill(random, v.bits, [&] { return std::vector<bool>(random.below(20), true); });
  fill(random, v.sets, [&] { return std::set<std::int32_t>{some_int(random), 1, 2}; });
  fill(random, v.maps, [&] {
    std::map<std::string, typename W::template Of<std::int16_t>> map;
    fill(random, map[some_text(random)], [&] { return std::int16_t{3}; });
    return map;
  });
  v.by_number.clear();
  v.by_row.clear();
  v.phrases.clear();
  for (std::size_t n = random.below(4); n != 0; --n) {
    fill(random, v.by_number[some_int(random)], [&] { return some_leaf(random); });
    v.by_row[ints()] = some_text(random);
    typename W::template Of<std::string> phrase;
    fill(random, phrase, [&] { return some_text(random); });
    v.phrases.insert(phrase);
  }
  v.maybe.reset();
  if (random.chance(70)) {
    fill(random, v.maybe.emplace(), [&] { return 1.5; });
  }
  v.pair[0] = ints();
  v.pair[1] = ints();
  fill(random, v.pairs, [&] { return std::array<std::int32_t, 2>{some_int(random), 7}; });
}

template <class T>
T some(std::uint64_t seed) {
  Random random(seed);
  T value;
  fill(random, value);
  return value;
}

// ---- Against std::vector

template <class T>
std::string encoded(const Codec<T>& codec, const T& value) {
  Buffer out;
  const auto done = codec.encode(value, out);
  EXPECT_TRUE(done) << done.error().to_string();
  return std::string(out.text());
}

// One object is used in all rounds, so that it has more or fewer elements than the input.
template <class T, class Like>
void expect_like(const Format& format, const T&, const Like&) {
  GuardedInput guarded;
  for (const EngineOptions::Kind kind : both) {
    const Engine engine({.kind = kind});
    const auto codec = engine.codec<T>(format);
    const auto like = engine.codec<Like>(format);
    ASSERT_TRUE(codec) << codec.error().to_string();
    ASSERT_TRUE(like) << like.error().to_string();
    T reused;
    for (std::uint64_t seed = 0; seed < rounds(150); ++seed) {
      const T value = some<T>(seed);
      const std::string bytes = encoded(*like, some<Like>(seed));
      ASSERT_EQ(encoded(*codec, value), bytes) << seed;
      const auto done = codec->decode(guarded.at_end(as_bytes(bytes)), reused);
      ASSERT_TRUE(done) << done.error().to_string() << " " << seed;
      ASSERT_TRUE(reused == value) << seed;
    }
    // Containers that are not in the input become empty.
    const std::string none = encoded(*codec, T());
    ASSERT_TRUE(codec->decode(none, reused));
    EXPECT_TRUE(reused == T());
  }
}

// A vector may read numbers by a bulk decoder: then the error's path is the list, not the element.
bool is_same(const Error& error, const Error& of_vector) {
  const std::string list(of_vector.path());
  return error.code() == of_vector.code() && error.offset() == of_vector.offset() &&
         (error.path() == list || (error.path().starts_with(list + "[") &&
                                   error.path().find(']') == error.path().size() - 1));
}

// Input that ends early, or in which a byte is changed: the same error at the same offset, and a
// valid object.
template <class T, class Like>
void expect_same_errors(const Format& format, const T&, const Like&) {
  GuardedInput guarded;
  for (const EngineOptions::Kind kind : both) {
    const Engine engine({.kind = kind});
    const auto codec = engine.codec<T>(format);
    const auto like = engine.codec<Like>(format);
    ASSERT_TRUE(codec && like);
    Random random(3);
    T reused;
    Like reused_like;
    for (std::uint64_t seed = 0; seed < rounds(6); ++seed) {
      const std::string whole = encoded(*like, some<Like>(seed));
      for (std::size_t at = 0; at < whole.size(); at += 1 + random.below(1 + whole.size() / 100)) {
        std::string bytes = random.chance(50) ? whole.substr(0, at) : whole;
        if (bytes.size() == whole.size()) {
          bytes[at] = static_cast<char>(random.next());
        }
        const auto done = codec->decode(guarded.at_end(as_bytes(bytes)), reused);
        const auto expected = like->decode(guarded.at_end(as_bytes(bytes)), reused_like);
        ASSERT_EQ(done.has_value(), expected.has_value()) << hex(as_bytes(bytes));
        if (!done) {
          ASSERT_TRUE(is_same(done.error(), expected.error())) << outcome(done.error()) << "\n"
                                                               << outcome(expected.error()) << "\n"
                                                               << hex(as_bytes(bytes));
        }
        const T copy = reused;  // reads all of it
        ASSERT_TRUE(copy == reused ||
                    bytes.size() == whole.size());  // a changed byte may make a NaN
        if (done) {
          ASSERT_EQ(encoded(*codec, reused), encoded(*like, reused_like));
        }
      }
    }
  }
}

template <class W>
class Containers : public testing::Test {
 public:
  template <class T>
  using C = typename W::template Of<T>;
};
using Ways = testing::Types<PooledVectors, Deques, PooledDeques, Lists, PooledLists>;
TYPED_TEST_SUITE(Containers, Ways);

TYPED_TEST(Containers, RoundTripLikeVectors) {
  for (const Format& format :
       std::initializer_list<Format>{thrift::binary, json::text, pb::json, pb::wire}) {
    SCOPED_TRACE(format.name());
    expect_like(format, Flat<TypeParam>(), Flat<Vectors>());
  }
  for (const Format& format : std::initializer_list<Format>{thrift::binary, json::text}) {
    SCOPED_TRACE(format.name());
    expect_like(format, Deep<TypeParam>(), Deep<Vectors>());
  }
}

TYPED_TEST(Containers, FailLikeVectorsAndStayValid) {
  for (const Format& format : std::initializer_list<Format>{thrift::binary, json::text, pb::wire}) {
    SCOPED_TRACE(format.name());
    expect_same_errors(format, Flat<TypeParam>(), Flat<Vectors>());
  }
  for (const Format& format : std::initializer_list<Format>{thrift::binary, json::text}) {
    SCOPED_TRACE(format.name());
    expect_same_errors(format, Deep<TypeParam>(), Deep<Vectors>());
  }
}

TYPED_TEST(Containers, HoldPointersAndThemselves) {
  constexpr std::string_view text =
      R"({"n":1,"children":[{"n":2,"children":[],"notes":["a","b"]},{"n":3,"children":[{"n":4,"children":[]}]}]})";
  for (const EngineOptions::Kind kind : both) {
    const Engine engine({.kind = kind});
    const auto codec = engine.template codec<Tree<TypeParam>>(json::text);
    ASSERT_TRUE(codec) << codec.error().to_string();
    Tree<TypeParam> tree;
    for (int round = 0; round < 2; ++round) {
      ASSERT_TRUE(codec->decode(text, tree));
      ASSERT_EQ(tree.children.size(), 2u);
      EXPECT_EQ((*tree.children.begin())->notes->size(), 2u);
      EXPECT_EQ(encoded(*codec, tree), text);
    }
    tree.children.front().reset();  // a null among elements cannot be written
    Buffer out;
    const auto rejected = codec->encode(tree, out);
    ASSERT_FALSE(rejected);
    EXPECT_EQ(rejected.error().code(), Errc::null_value);
  }
}

// ---- Reuse

TYPED_TEST(Containers, ElementsAreUsedAgainWithTheirMemory) {
  for (const Format& format : std::initializer_list<Format>{thrift::binary, json::text, pb::wire}) {
    for (const EngineOptions::Kind kind : both) {
      const Engine engine({.kind = kind});
      const auto codec = engine.template codec<Flat<TypeParam>>(format);
      ASSERT_TRUE(codec);
      Flat<TypeParam> object;
      object.words = {"one", "two", "three"};
      for (std::string& word : object.words) {
        word.reserve(500);
      }
      object.leaves = {Leaf{1, "old"}, Leaf{2, "old"}};
      const std::string* const first = &object.words.front();
      Flat<Vectors> come;
      come.words = {"a word that is too long to be stored in the string itself", "b"};
      come.leaves = {Leaf{7, "new"}};
      const auto vectors = engine.codec<Flat<Vectors>>(format);
      ASSERT_TRUE(codec->decode(encoded(*vectors, come), object));
      ASSERT_EQ(object.words.size(), 2u);
      EXPECT_EQ(object.words.front(), come.words.front());
      EXPECT_EQ(&object.words.front(), first);
      EXPECT_GE(object.words.front().capacity(), 500u);
      ASSERT_EQ(object.leaves.size(), 1u);
      EXPECT_EQ(object.leaves.front(), (Leaf{7, "new"}));
    }
  }
}

// ---- Limits

template <class T, class C>
std::uint64_t bytes_of_one() {
  const Layout& l = layout_of<C>();
  return l.form == Form::list ? l.list->element_bytes : sizeof(T);
}

TYPED_TEST(Containers, EachElementIsChargedToTheBudget) {
  using Ints = typename TypeParam::template Of<std::int32_t>;
  for (const Format& format : std::initializer_list<Format>{thrift::binary, json::text, pb::wire}) {
    SCOPED_TRACE(format.name());
    for (const EngineOptions::Kind kind : both) {
      const Engine engine({.kind = kind});
      const CallOptions call{.limits = {.memory = 1000}};
      const auto codec = engine.template codec<Flat<TypeParam>>(format);
      const auto vectors = engine.codec<Flat<Vectors>>(format);
      ASSERT_TRUE(codec) << codec.error().to_string();
      Flat<Vectors> many;
      many.ints.assign(5000, 7);
      Flat<TypeParam> object;
      const auto rejected = codec->decode(encoded(*vectors, many), object, call);
      ASSERT_FALSE(rejected);
      EXPECT_EQ(rejected.error().code(), Errc::memory_limit);
      EXPECT_TRUE(rejected.error().path().starts_with("ints")) << rejected.error().path();
      EXPECT_LE(object.ints.size() * sizeof(std::int32_t), 1000u);
      many.ints.resize(1000 / bytes_of_one<std::int32_t, Ints>() / 2);
      Flat<TypeParam> fresh;
      const auto done = codec->decode(encoded(*vectors, many), fresh, call);
      EXPECT_TRUE(done) << done.error().to_string();
      EXPECT_EQ(fresh.ints.size(), many.ints.size());
    }
  }
}

// The count in the input is not trusted.
TYPED_TEST(Containers, ACountThatLiesAllocatesNothing) {
  for (const EngineOptions::Kind kind : both) {
    const Engine engine({.kind = kind});
    const auto codec = engine.template codec<Flat<TypeParam>>(thrift::binary);
    const auto vectors = engine.codec<Flat<Vectors>>(thrift::binary);
    ASSERT_TRUE(codec && vectors);
    for (const std::int64_t count : {std::int64_t{0x7fffffff}, std::int64_t{-1}, std::int64_t{9}}) {
      const std::string bytes = raw_field(15, 1, "\x08" + be32(count) + be32(1) + be32(2));
      Flat<TypeParam> object;
      Flat<Vectors> expected;
      const auto done = codec->decode(bytes, object);
      const auto like = vectors->decode(bytes, expected);
      ASSERT_FALSE(done);
      ASSERT_FALSE(like);
      EXPECT_EQ(outcome(done.error()), outcome(like.error()));
      EXPECT_LE(object.ints.size(), 2u);
    }
  }
}

struct Hollow {
  std::deque<std::int32_t> queue;
  std::list<std::int32_t> chain;
};
struct Hollows {
  std::vector<Hollow> all;
};
struct HollowPointers {
  std::vector<std::unique_ptr<Hollow>> all;
};
WIREJIT_STRUCT(Hollow, (1, queue), (2, chain))
WIREJIT_STRUCT(Hollows, (1, all))
WIREJIT_STRUCT(HollowPointers, (1, all))

// Decodes a hundred Hollows with memory for them all, and with a byte less.
template <class T>
void expect_charged(std::uint64_t each) {
  const std::string hundred = raw_field(15, 1, "\x0c" + be32(100) + std::string(101, '\0'));
  std::string text = R"({"all":[{})";
  for (int i = 1; i < 100; ++i) {
    text += ",{}";
  }
  text += "]}";
  for (const EngineOptions::Kind kind : both) {
    const Engine engine({.kind = kind});
    for (const bool enough : {false, true}) {
      const CallOptions call{.limits = {.memory = 100 * each - (enough ? 0 : 1)}};
      for (const bool binary : {false, true}) {
        const auto codec = engine.codec<T>(binary ? thrift::binary : json::text);
        ASSERT_TRUE(codec) << codec.error().to_string();
        T object;
        const auto done = codec->decode(binary ? hundred : text, object, call);
        EXPECT_EQ(done.has_value(), enough) << binary;
        if (!done) {
          EXPECT_EQ(done.error().code(), Errc::memory_limit);
        }
      }
    }
  }
}

// An empty deque may have allocated memory, which sizeof does not count.
TEST(Container, MemoryOfAnEmptyDequeIsChargedWithItsOwner) {
  const std::uint64_t hollow =
      sizeof(Hollow) + layout_of<std::deque<std::int32_t>>().list->empty_bytes;
  expect_charged<Hollows>(hollow);
  expect_charged<HollowPointers>(sizeof(void*) + 16 + hollow);
}

// ---- Code of the application that throws

int& left_to_build() {
  static thread_local int left = -1;  // negative: any number
  return left;
}
template <class E>
void may_throw() {
  if (left_to_build() == 0) {
    throw E("the quota is used up");
  }
  left_to_build() -= left_to_build() > 0 ? 1 : 0;
}

struct Picky {
  Picky() { may_throw<std::runtime_error>(); }
  std::int32_t n = 0;
};
WIREJIT_STRUCT(Picky, (1, n))

template <class T>
struct PickyAllocator {
  using value_type = T;
  PickyAllocator() = default;
  template <class U>
  PickyAllocator(const PickyAllocator<U>& /*other*/) noexcept {}  // NOLINT(google-explicit-*)
  T* allocate(std::size_t n) {
    may_throw<std::runtime_error>();
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T* p, std::size_t n) noexcept { std::allocator<T>().deallocate(p, n); }
  friend bool operator==(const PickyAllocator&, const PickyAllocator&) = default;
};

struct Exacting {
  std::vector<Picky> vector;
  std::deque<Picky> deque;
  std::list<Picky> list;
  std::deque<std::int32_t, PickyAllocator<std::int32_t>> deque_memory;
  std::list<std::int32_t, PickyAllocator<std::int32_t>> list_memory;
};
WIREJIT_STRUCT(Exacting, (1, vector), (2, deque), (3, list), (4, deque_memory), (5, list_memory))

TEST(Container, AnElementWhoseConstructorThrowsEndsTheCall) {
  for (const Format& format : std::initializer_list<Format>{thrift::binary, json::text, pb::wire}) {
    SCOPED_TRACE(format.name());
    for (const EngineOptions::Kind kind : both) {
      const Engine engine({.kind = kind});
      const auto codec = engine.codec<Exacting>(format);
      ASSERT_TRUE(codec) << codec.error().to_string();
      for (const bool is_list : {false, true}) {
        Exacting one;
        one.deque.resize(is_list ? 0 : 6);
        one.list.resize(is_list ? 6 : 0);
        const std::string bytes = encoded(*codec, one);
        Exacting object;
        object.deque.resize(1);
        object.list.resize(1);
        left_to_build() = 3;
        const auto threw = codec->decode(bytes, object);
        left_to_build() = -1;
        ASSERT_FALSE(threw);
        EXPECT_EQ(threw.error().code(), Errc::exception);
        EXPECT_TRUE(threw.error().path().starts_with(is_list ? "list[" : "deque["))
            << threw.error().to_string();
        EXPECT_EQ(is_list ? object.list.size() : object.deque.size(), 4u);  // those before it
        ASSERT_TRUE(codec->decode(bytes, object));
        EXPECT_EQ(object.list.size() + object.deque.size(), 6u);
      }
    }
  }
}

TEST(Container, AnAllocatorThatThrowsEndsTheCall) {
  for (const EngineOptions::Kind kind : both) {
    const Engine engine({.kind = kind});
    const auto codec = engine.codec<Exacting>(thrift::binary);
    ASSERT_TRUE(codec) << codec.error().to_string();
    Exacting come;
    for (int i = 0; i < 1000; ++i) {
      come.deque_memory.push_back(i);
      come.list_memory.push_back(i);
    }
    const std::string bytes = encoded(*codec, come);
    Exacting object;
    for (int allowed = 0; allowed < 5; ++allowed) {
      left_to_build() = allowed;
      const auto threw = codec->decode(bytes, object);
      left_to_build() = -1;
      ASSERT_FALSE(threw);
      EXPECT_EQ(threw.error().code(), Errc::exception);
      object.deque_memory.push_back(1);
      object.list_memory.push_back(1);
    }
    ASSERT_TRUE(codec->decode(bytes, object));
    EXPECT_EQ(object.deque_memory, come.deque_memory);
    EXPECT_EQ(object.list_memory, come.list_memory);
  }
}

// ---- The types of these containers in a schema

struct Named {
  std::deque<std::int32_t> queue;
  std::list<std::map<std::string, std::deque<Leaf>>> chain;
};
WIREJIT_STRUCT(Named, (1, queue), (2, chain))

TEST(Container, DequesAndListsAreListsOfASchema) {
  EXPECT_EQ(to_string(layout_of<decltype(Named::queue)>()), "list<i32>");
  EXPECT_EQ(to_string(layout_of<decltype(Named::chain)>()), "list<map<string, list<Leaf>>>");
  EXPECT_EQ(to_string(layout_of<std::list<std::uint8_t>>()), "list<u8>");
  const auto schema = schema_of<Named>();
  ASSERT_TRUE(schema) << schema.error().to_string();
  const auto idl = thrift::load_text(R"(
    struct Leaf { 1: i32 n; 2: string text }
    struct Good { 1: list<i32> queue; 2: list<map<string, list<Leaf>>> chain }
    struct Bad { 1: set<i32> queue; 2: list<map<string, list<Leaf>>> chain })");
  ASSERT_TRUE(idl);
  EXPECT_TRUE(check_layout<Named>(*schema->find_struct("Named")));
  EXPECT_TRUE(check_layout<Named>(*idl->find_struct("Good")));
  const auto bad = check_layout<Named>(*idl->find_struct("Bad"));
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().message().find("Named.queue: the struct has list<i32>"), std::string::npos)
      << bad.error().to_string();
}

// ---- Keys that are optionals or containers

struct Keyed {
  std::set<std::optional<std::int32_t>> numbers;
  std::set<std::optional<std::string>> words;
  std::set<std::optional<Leaf>> leaves;
  std::set<std::optional<std::list<std::int32_t>>> rows;
  std::map<std::optional<std::int32_t>, std::string> by_number;
  std::set<std::deque<Leaf>> groves;
  friend bool operator==(const Keyed&, const Keyed&) = default;
};
WIREJIT_STRUCT(Keyed, (1, numbers), (2, words), (3, leaves), (4, rows), (5, by_number), (6, groves))

TEST(Container, KeysMayBeOptionalsAndContainers) {
  Keyed come;
  come.numbers = {3, -1, 70000};
  come.words = {"a", "a word that is too long to be stored in the string itself"};
  come.leaves = {Leaf{1, "x"}, Leaf{2, "y"}};
  come.rows = {std::list<std::int32_t>{1, 2}, std::list<std::int32_t>{}};
  come.by_number = {{5, "five"}, {6, "six"}};
  come.groves = {{Leaf{1, "x"}}, {Leaf{2, "y"}, Leaf{3, "z"}}};
  for (const Format& format : std::initializer_list<Format>{thrift::binary, json::text}) {
    SCOPED_TRACE(format.name());
    for (const EngineOptions::Kind kind : both) {
      const Engine engine({.kind = kind});
      const auto codec = engine.codec<Keyed>(format);
      ASSERT_TRUE(codec) << codec.error().to_string();
      const std::string bytes = encoded(*codec, come);
      Keyed object;
      object.numbers = {9};
      const auto done = codec->decode(bytes, object);
      ASSERT_TRUE(done) << done.error().to_string();
      EXPECT_TRUE(object == come);
      for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(codec->decode(std::string_view(bytes).substr(0, size), object)) << size;
      }
    }
  }
}

}  // namespace
}  // namespace wirejit::test
