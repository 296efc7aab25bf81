// The key of an engine's cache: it contains every option, and equal requests have equal keys.
#include "core/members.h"
#include "engine/key.h"
#include "memory/format.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <concepts>
#include <cstddef>
#include <functional>
#include <tuple>
#include <type_traits>
#include <vector>

namespace wirejit::engine {
namespace {

// Calls `use` with each copy of `plain` in which one member differs, at any depth.
template <class T>
void vary(T& object, const std::function<void()>& use) {
  std::apply(
      [&](const auto&... members) {
        const auto one = [&]<class M>(const M& member) {
          auto& changed = const_cast<M&>(member);  // of an object that is not const
          if constexpr (std::integral<M>) {
            const M before = changed;
            changed = static_cast<M>(!changed);
            use();
            changed = before;
          } else if constexpr (std::is_enum_v<M>) {
            const M before = changed;
            changed = static_cast<M>(!static_cast<std::underlying_type_t<M>>(changed));
            use();
            changed = before;
          } else if constexpr (requires { changed.has_value(); }) {
            changed = typename M::value_type{};
            use();
            changed.reset();
          } else {
            vary(changed, use);
          }
        };
        (one(members), ...);
      },
      core::members(object));
}

CodecKey key_with(const Options& options, const Format& from = thrift::binary) {
  return {.from = {.format = from}, .to = {.format = json::text}, .options = options};
}

TEST(CodecKey, EveryOptionIsAPartOfIt) {
  const CodecKey plain = key_with({});
  Options options;
  std::vector<CodecKey> keys{plain};
  vary(options, [&] { keys.push_back(key_with(options)); });
  EXPECT_TRUE(key_with(options) == plain);
  // Options has ten members and DebugOptions two; more of them are more keys.
  EXPECT_GE(keys.size(), 1U + 12U);
  for (std::size_t a = 0; a < keys.size(); ++a) {
    for (std::size_t b = 0; b < keys.size(); ++b) {
      EXPECT_EQ(keys[a] == keys[b], a == b) << a << " " << b;
      EXPECT_EQ(keys[a].hash() == keys[b].hash(), a == b) << a << " " << b;
    }
  }
}

TEST(CodecKey, MembersAreAllVisited) {
  static_assert(std::tuple_size_v<decltype(core::members(Limits{}))> == 5);
  struct Three {
    int a = 1;
    bool b = true;
    Limits c{};
  };
  const Three three;
  const auto members = core::members(three);
  static_assert(std::tuple_size_v<decltype(members)> == 3);
  EXPECT_EQ(&std::get<0>(members), &three.a);
  EXPECT_EQ(&std::get<1>(members), &three.b);
  EXPECT_EQ(&std::get<2>(members), &three.c);
}

TEST(CodecKey, EqualFormatsOfDifferentObjectsAreOneKey) {
  const Format a = json::text({.indent = 3});
  const Format b = json::text({.indent = 3});
  EXPECT_NE(&lower::impl_of(a), &lower::impl_of(b));
  EXPECT_TRUE(key_with({}, a) == key_with({}, b));
  EXPECT_EQ(key_with({}, a).hash(), key_with({}, b).hash());
  EXPECT_FALSE(key_with({}, a) == key_with({}, json::text));
}

TEST(CodecKey, BothSidesCount) {
  const CodecKey there{.from = {.format = thrift::binary}, .to = {.format = json::text}};
  const CodecKey back{.from = {.format = json::text}, .to = {.format = thrift::binary}};
  EXPECT_FALSE(there == back);
  EXPECT_NE(there.hash(), back.hash());
  CodecKey named = there;
  named.match = Match::name;
  EXPECT_FALSE(named == there);
  CodecKey of_schema = there;
  of_schema.to.schema = 7;
  EXPECT_FALSE(of_schema == there);
}

TEST(CodecKey, TypesInMemoryDifferByTheirLayoutsIdentity) {
  const Layout layout{};
  const Layout other{};
  const auto key = [](const Format& memory) { return key_with({}, memory); };
  const CodecKey one = key(memory::format(layout, {.identity = 1}));
  EXPECT_TRUE(one == key(memory::format(other, {.identity = 1})));  // addresses may be reused
  EXPECT_FALSE(one == key(memory::format(layout, {.identity = 2})));
  EXPECT_FALSE(one == key(memory::format(layout, {.identity = 1, .unique_keys = true})));
  EXPECT_FALSE(one == key(thrift::binary));
}

}  // namespace
}  // namespace wirejit::engine
