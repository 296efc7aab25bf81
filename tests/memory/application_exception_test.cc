// Code of the application that throws while the library builds its objects: constructors,
// comparisons, hashes, allocators. The call ends with Errc::exception, whose message has what() of
// the exception. std::bad_alloc is no_memory, and a missing arena has an error of its own.
#include <wirejit/codec.h>
#include <wirejit/json.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace wirejit::test {
namespace {

enum class Throws { nothing, error, bad_alloc, number };

// The exception that the next object or comparison throws.
Throws& next_throw() {
  static thread_local Throws what = Throws::nothing;
  return what;
}
void may_throw() {
  switch (next_throw()) {
    case Throws::nothing: return;
    case Throws::error: throw std::runtime_error("the quota of this tenant is used up");
    case Throws::bad_alloc: throw std::bad_alloc();
    case Throws::number: throw 5;
  }
}

struct Picky {
  Picky() { may_throw(); }
  Picky(const Picky&) = default;
  Picky& operator=(const Picky&) = default;
  std::int32_t n = 0;
};
WIREJIT_STRUCT(Picky, (1, n))

template <class K>
struct PickyLess {
  bool operator()(const K& a, const K& b) const {
    may_throw();
    return a < b;
  }
};
struct PickyHash {
  std::size_t operator()(const std::string& key) const {
    may_throw();
    return std::hash<std::string>()(key);
  }
};
template <class T>
struct PickyAllocator : std::allocator<T> {
  template <class U>
  struct rebind {
    using other = PickyAllocator<U>;
  };
  PickyAllocator() = default;
  template <class U>
  PickyAllocator(const PickyAllocator<U>&) noexcept {}
  T* allocate(std::size_t n) {
    may_throw();
    return std::allocator<T>::allocate(n);
  }
};

using PickyVariant = std::variant<std::monostate, Picky>;
struct Choice : PickyVariant {
  using PickyVariant::variant;
};
WIREJIT_VARIANT(Choice, (1, picky))

struct Holder {
  std::vector<Picky> list;
  std::optional<Picky> maybe;
  std::unique_ptr<Picky> unique;
  std::shared_ptr<Picky> shared;
  std::map<std::int32_t, std::int32_t, PickyLess<std::int32_t>> map;
  std::set<std::string, PickyLess<std::string>> set;
  std::unordered_map<std::string, std::int32_t, PickyHash> table;
  std::basic_string<char, std::char_traits<char>, PickyAllocator<char>> text;
  std::vector<std::int32_t, PickyAllocator<std::int32_t>> numbers;
  std::vector<std::uint8_t, PickyAllocator<std::uint8_t>> bytes;
  std::map<std::int32_t, Picky> picky_map;
  Choice choice;
};
WIREJIT_STRUCT(Holder, (1, list), (2, maybe), (3, unique), (4, shared), (5, map), (6, set),
               (7, table), (8, text), (9, numbers), (10, bytes), (11, picky_map), (12, choice))

struct Case {
  const char* member;
  const char* text;
};
constexpr Case cases[] = {
    {"list", R"({"list":[{"n":1}]})"},
    {"maybe", R"({"maybe":{"n":1}})"},
    {"unique", R"({"unique":{"n":1}})"},
    {"shared", R"({"shared":{"n":1}})"},
    {"map", R"({"map":{"1":1,"2":2}})"},
    {"set", R"({"set":["a","b"]})"},
    {"table", R"({"table":{"a":1}})"},
    {"text", R"({"text":"a text that is too long for a string without memory of its own"})"},
    {"numbers", R"({"numbers":[1,2,3]})"},
    {"bytes", R"({"bytes":"AAAA"})"},
    {"picky_map", R"({"picky_map":{"1":{}}})"},
    {"choice", R"({"choice":{"picky":{}}})"},
};

class ApplicationException : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  Engine engine_{EngineOptions{.kind = GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(Engines, ApplicationException,
                         testing::Values(EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic));

TEST_P(ApplicationException, EndsTheCallWithAnErrorThatQuotesIt) {
  const auto codec = engine_.codec<Holder>(json::text);
  ASSERT_TRUE(codec) << codec.error().to_string();
  for (const Case& c : cases) {
    SCOPED_TRACE(c.member);
    Holder object;
    const auto run = [&](Throws what) {
      object = Holder();
      next_throw() = what;
      Result<void> done = codec->decode(c.text, object);
      next_throw() = Throws::nothing;
      return done;
    };
    const Result<void> threw = run(Throws::error);
    ASSERT_FALSE(threw);
    EXPECT_EQ(threw.error().code(), Errc::exception) << threw.error().to_string();
    EXPECT_NE(threw.error().message().find("the quota of this tenant is used up"),
              std::string::npos)
        << threw.error().to_string();
    EXPECT_NE(threw.error().offset(), no_offset);
    const Result<void> rejected = run(Throws::bad_alloc);
    ASSERT_FALSE(rejected);
    EXPECT_EQ(rejected.error().code(), Errc::no_memory) << rejected.error().to_string();
    const Result<void> number = run(Throws::number);
    ASSERT_FALSE(number);
    EXPECT_EQ(number.error().code(), Errc::exception) << number.error().to_string();
    EXPECT_NE(number.error().message().find("no std::exception"), std::string::npos);
    EXPECT_TRUE(run(Throws::nothing));
  }
}

TEST_P(ApplicationException, SaysWhereItHappened) {
  const auto codec = engine_.codec<Holder>(json::text);
  ASSERT_TRUE(codec);
  Holder object;
  next_throw() = Throws::error;
  const Result<void> threw = codec->decode(R"({"maybe":{"n":1}})", object);
  next_throw() = Throws::nothing;
  ASSERT_FALSE(threw);
  EXPECT_EQ(threw.error().path(), "maybe");
}

TEST_P(ApplicationException, OfTheRootsConstructorDoesNotLeaveDecode) {
  const auto codec = engine_.codec<Picky>(thrift::binary);
  ASSERT_TRUE(codec);
  const std::string empty(1, '\0');
  next_throw() = Throws::error;
  const Result<Picky> threw = codec->decode(empty);
  next_throw() = Throws::bad_alloc;
  const Result<Picky> rejected = codec->decode(empty);
  next_throw() = Throws::nothing;
  ASSERT_FALSE(threw);
  EXPECT_EQ(threw.error().code(), Errc::exception);
  EXPECT_EQ(threw.error().message(), "the quota of this tenant is used up");
  ASSERT_FALSE(rejected);
  EXPECT_EQ(rejected.error().code(), Errc::no_memory);
  EXPECT_TRUE(codec->decode(empty));
}

// A type for each engine, as a layout is made once in a process.
template <EngineOptions::Kind>
struct NeverBuilt {
  NeverBuilt() { may_throw(); }
  std::int32_t n = 0;
};
using NeverInterpreted = NeverBuilt<EngineOptions::Kind::interpret>;
using NeverCompiled = NeverBuilt<EngineOptions::Kind::automatic>;
WIREJIT_STRUCT(NeverInterpreted, (1, n))
WIREJIT_STRUCT(NeverCompiled, (1, n))

TEST_P(ApplicationException, WhereALayoutIsMadeIsReportedAndTheLayoutNotKept) {
  const auto make = [&]() -> Result<void> {
    if (GetParam() == EngineOptions::Kind::interpret) {
      const auto c = engine_.codec<NeverInterpreted>(json::text);
      return c ? Result<void>() : std::unexpected(c.error());
    }
    const auto c = engine_.codec<NeverCompiled>(json::text);
    return c ? Result<void>() : std::unexpected(c.error());
  };
  next_throw() = Throws::error;
  const Result<void> threw = make();
  next_throw() = Throws::nothing;
  ASSERT_FALSE(threw);
  EXPECT_EQ(threw.error().code(), Errc::exception);
  EXPECT_NE(threw.error().message().find("the quota of this tenant"), std::string::npos)
      << threw.error().to_string();
  EXPECT_TRUE(make());
}

struct Text {
  std::string_view text;
};
WIREJIT_STRUCT(Text, (1, text))
struct Numbers {
  std::span<const std::int32_t> numbers;
};
WIREJIT_STRUCT(Numbers, (1, numbers))

template <class T>
void expect_no_arena(const Engine& engine, const T& value, std::string_view member) {
  for (const Format& format : std::initializer_list<Format>{json::text, thrift::binary}) {
    const auto codec = engine.codec<T>(format);
    ASSERT_TRUE(codec);
    Buffer bytes;
    ASSERT_TRUE(codec->encode(value, bytes));
    T back;
    const Result<void> without = codec->decode(bytes, back);
    ASSERT_FALSE(without);
    EXPECT_EQ(without.error().code(), Errc::no_arena) << without.error().to_string();
    EXPECT_NE(without.error().message().find("Arena"), std::string::npos);
    EXPECT_TRUE(without.error().path().starts_with(member)) << without.error().to_string();
    Arena arena;
    EXPECT_TRUE(codec->decode(bytes, back, {.arena = &arena}));
  }
}

TEST_P(ApplicationException, AMissingArenaIsNotReportedAsNoMemory) {
  static constexpr std::int32_t numbers[] = {1, 2};
  expect_no_arena(engine_, Text{"text"}, "text");
  expect_no_arena(engine_, Numbers{numbers}, "numbers");
}

}  // namespace
}  // namespace wirejit::test
