// The output buffer and the arena: growth, refusal, reuse without new memory.
#include <wirejit/buffer.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory_resource>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace wirejit {
namespace {

TEST(Buffer, AppendsAcrossGrowth) {
  Buffer b;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string piece(static_cast<std::size_t>(i % 17), static_cast<char>('a' + i % 26));
    ASSERT_TRUE(b.append(as_bytes(piece)));
    expected += piece;
  }
  EXPECT_EQ(b.text(), expected);
}

TEST(Buffer, AppendsItsOwnContents) {
  Buffer b;
  ASSERT_TRUE(b.append(as_bytes("0123456789")));
  std::string expected = "0123456789";
  for (int i = 0; i < 10; ++i) {  // beyond the first capacity
    ASSERT_TRUE(b.append(b.bytes()));
    expected += expected;
  }
  EXPECT_EQ(b.text(), expected);
}

TEST(Buffer, GrowsGeometrically) {
  Buffer b;
  int moves = 0;
  std::size_t capacity = 0;
  for (int i = 0; i < 1 << 20; ++i) {
    ASSERT_TRUE(b.append(as_bytes("x")));
    moves += b.capacity() != capacity;
    capacity = b.capacity();
  }
  EXPECT_LE(moves, 14);
}

TEST(Buffer, KeepsItsMemoryWhenCleared) {
  Buffer b(100);
  const std::uint8_t* before = b.data();
  for (int i = 0; i < 10; ++i) {
    b.clear();
    EXPECT_TRUE(b.empty());
    ASSERT_TRUE(b.append(as_bytes(std::string(100, 'x'))));
    EXPECT_EQ(b.data(), before);
  }
}

TEST(Buffer, ReservesExactlyAndWithSlackBehind) {
  Buffer b;
  ASSERT_TRUE(b.reserve(10));
  EXPECT_EQ(b.capacity(), 10U);
  std::memset(b.storage(), 0xab, 10 + Buffer::slack);  // a sanitizer's word counts here
  b.set_size(10);
  EXPECT_EQ(b.size(), 10U);
}

TEST(Buffer, RefusedMemoryLeavesTheContents) {
  Buffer b;
  ASSERT_TRUE(b.append(as_bytes("kept")));
  EXPECT_FALSE(b.reserve(std::numeric_limits<std::size_t>::max()));
  EXPECT_FALSE(b.reserve(std::numeric_limits<std::size_t>::max() - Buffer::slack));
  EXPECT_EQ(b.text(), "kept");
}

TEST(Buffer, TruncatesButNeverGrows) {
  Buffer b;
  ASSERT_TRUE(b.append(as_bytes("abcdef")));
  b.truncate(3);
  EXPECT_EQ(b.text(), "abc");
  b.truncate(100);
  EXPECT_EQ(b.text(), "abc");
}

TEST(Input, ViewsWhatItIsGiven) {
  const std::string text = "abc";
  const std::vector<std::uint8_t> bytes = {1, 2, 3};
  EXPECT_EQ(as_text(Input(text).bytes()), "abc");
  EXPECT_EQ(Input(bytes).bytes().data(), bytes.data());
  EXPECT_FALSE(Input(text).is_chain());
  const Bytes parts[] = {as_bytes("a"), as_bytes("b")};
  const Input chain(parts);
  EXPECT_TRUE(chain.is_chain());
  EXPECT_EQ(chain.chain().size(), 2U);
}

// One round of allocations, sizes by a fixed pseudo-random sequence, contents checked at the end.
void fill(Arena& arena, std::uint32_t seed, int count, std::size_t largest) {
  std::vector<std::pair<std::uint8_t*, std::size_t>> made;
  for (int i = 0; i < count; ++i) {
    seed = seed * 1664525U + 1013904223U;
    const std::size_t size = (seed >> 8) % (i % 10 == 0 ? largest : 64);
    const std::size_t align = std::size_t{1} << (seed % 5);
    auto* p = static_cast<std::uint8_t*>(arena.allocate(size, align));
    ASSERT_NE(p, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(p) % align, 0U);
    std::memset(p, i, size);
    made.emplace_back(p, size);
  }
  for (std::size_t i = 0; i < made.size(); ++i) {
    for (std::size_t j = 0; j < made[i].second; ++j) {
      ASSERT_EQ(made[i].first[j], static_cast<std::uint8_t>(i));
    }
  }
}

TEST(Arena, GivesAlignedMemoryThatDoesNotOverlap) {
  Arena arena(64);
  fill(arena, 1, 2000, 20000);
}

TEST(Arena, TakesNothingNewForARepeatedRound) {
  Arena arena(128);
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    fill(arena, seed, 300, 100000);
    arena.reset();
    fill(arena, seed, 300, 100000);
    arena.reset();
    const std::size_t warm = arena.capacity();
    for (int i = 0; i < 5; ++i) {
      fill(arena, seed, 300, 100000);
      arena.reset();
      EXPECT_EQ(arena.capacity(), warm);
    }
  }
}

TEST(Arena, TakesBackTheEndOfWhatItGaveLast) {
  Arena arena(128);
  auto* const first = static_cast<char*>(arena.allocate(64, 1));
  arena.give_back(first + 64, 60);
  auto* const second = static_cast<char*>(arena.allocate(8, 1));
  EXPECT_EQ(second, first + 4);
  arena.give_back(first + 4, 4);  // something was allocated since
  EXPECT_EQ(arena.allocate(1, 1), second + 8);
}

TEST(Arena, SettlesForMixedRounds) {
  Arena arena;
  for (int round = 0; round < 200; ++round) {
    fill(arena, static_cast<std::uint32_t>(round % 7), 100, 50000);
    arena.reset();
  }
  const std::size_t warm = arena.capacity();
  for (int round = 0; round < 70; ++round) {
    fill(arena, static_cast<std::uint32_t>(round % 7), 100, 50000);
    arena.reset();
  }
  EXPECT_EQ(arena.capacity(), warm);
}

TEST(Arena, DoesNotPileUpBlocksForGrowingRequests) {
  Arena arena;
  for (std::size_t size = 1000; size < 1000000; size += 1000) {
    ASSERT_NE(arena.allocate(size), nullptr);
    arena.reset();
  }
  EXPECT_LT(arena.capacity(), 5000000U);
}

TEST(Arena, ALargeRequestLeavesTheCurrentBlockInUse) {
  Arena arena(4096);
  auto* first = static_cast<std::uint8_t*>(arena.allocate(8));
  ASSERT_NE(arena.allocate(8090), nullptr);  // fills a block of its own
  auto* second = static_cast<std::uint8_t*>(arena.allocate(8));
  EXPECT_EQ(second - first, 8);
}

// Marks taken at any moment: what came before stays, what came since is reused, nothing is lost.
TEST(Arena, RewindsToAMark) {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    Arena arena(128);
    std::minstd_rand random(seed + 1);
    const auto allocate = [&](std::size_t most) {
      const std::size_t size = random() % most;
      auto* const at = static_cast<std::uint8_t*>(arena.allocate(size, 1));
      std::memset(at, static_cast<int>(seed), size);
      return std::span<const std::uint8_t>(at, size);
    };
    std::vector<std::span<const std::uint8_t>> kept;
    const std::size_t before = seed % 7;
    for (std::size_t k = 0; k < before; ++k) {
      kept.push_back(allocate(k % 2 == 0 ? 100 : 90000));
    }
    if (seed % 3 == 1) {
      arena.reset();
      kept.clear();
    }
    const Arena::Mark mark = arena.mark();
    std::size_t warm = 0;
    for (int round = 0; round < 6; ++round) {
      random.seed(seed + 100);
      for (int k = 0; k < 40; ++k) {
        const auto fresh = allocate(k % 5 == 0 ? 200000 : 500);
        std::memset(const_cast<std::uint8_t*>(fresh.data()), 0xee, fresh.size());
      }
      arena.rewind(mark);
      if (round == 1) {
        warm = arena.capacity();
      }
    }
    EXPECT_EQ(arena.capacity(), warm) << seed;
    for (const auto& span : kept) {
      EXPECT_TRUE(std::all_of(span.begin(), span.end(), [&](std::uint8_t b) { return b == seed; }))
          << seed;
    }
  }
}

TEST(Arena, ReportsRefusalsByNull) {
  Arena arena;
  EXPECT_EQ(arena.allocate(std::numeric_limits<std::size_t>::max()), nullptr);
  EXPECT_EQ(arena.allocate(std::numeric_limits<std::size_t>::max() - 100), nullptr);
  EXPECT_NE(arena.allocate(0), nullptr);
  EXPECT_NE(arena.allocate(10), nullptr);
}

TEST(Arena, CopiesText) {
  Arena arena;
  std::string text = "hello";
  const std::string_view copy = arena.copy(text);
  text = "other";
  EXPECT_EQ(copy, "hello");
  EXPECT_NE(arena.copy("").data(), nullptr);
}

TEST(Arena, MovesWithAddressesIntact) {
  Arena a;
  const std::string_view text = a.copy("still here");
  const std::size_t capacity = a.capacity();
  Arena b(std::move(a));
  EXPECT_EQ(b.capacity(), capacity);
  Arena c;
  (void)c.copy("dropped");
  c = std::move(b);
  EXPECT_EQ(text, "still here");
  EXPECT_EQ(a.capacity(), 0U);  // NOLINT: a moved-from arena is empty and usable
  EXPECT_EQ(a.copy("x"), "x");
}

std::string seen(const Input& input) { return std::string(as_text(input.bytes())); }

TEST(Input, TakesBytesOfEveryKindInEveryContainer) {
  const std::string expected{'a', '\0', 'b'};
  EXPECT_EQ(seen(std::vector<std::uint8_t>{'a', 0, 'b'}), expected);
  EXPECT_EQ(seen(std::vector<char>{'a', 0, 'b'}), expected);
  EXPECT_EQ(seen(std::vector<std::byte>{std::byte{'a'}, std::byte{0}, std::byte{'b'}}), expected);
  EXPECT_EQ(seen(std::array<std::uint8_t, 3>{'a', 0, 'b'}), expected);
  EXPECT_EQ(seen(std::array<char, 3>{'a', 0, 'b'}), expected);
  EXPECT_EQ(seen(std::array{std::byte{'a'}, std::byte{0}, std::byte{'b'}}), expected);
  const std::byte bytes[] = {std::byte{'a'}, std::byte{0}, std::byte{'b'}};
  unsigned char writable[] = {'a', 0, 'b'};
  EXPECT_EQ(seen(bytes), expected);
  EXPECT_EQ(seen(writable), expected);
  EXPECT_EQ(seen(std::span(bytes)), expected);
  EXPECT_EQ(seen(std::span<const std::byte>(bytes)), expected);
  EXPECT_EQ(seen(std::span<unsigned char>(writable)), expected);
  EXPECT_EQ(seen(Bytes(writable)), expected);
  EXPECT_EQ(seen(std::string{'a', '\0', 'b'}), expected);
  EXPECT_EQ(seen(std::string_view("a\0b", 3)), expected);
  EXPECT_EQ(seen(std::u8string_view(u8"a\0b", 3)), expected);
  EXPECT_EQ(seen(std::pmr::string({'a', '\0', 'b'})), expected);
  Buffer buffer;
  ASSERT_TRUE(buffer.append(as_bytes(expected)));
  EXPECT_EQ(seen(buffer), expected);
  EXPECT_EQ(seen(std::vector<std::byte>()), "");
  EXPECT_EQ(seen(std::as_const(buffer)), expected);
}

TEST(Input, OfCharactersIsTextUpToItsNul) {
  EXPECT_EQ(seen("text"), "text");
  EXPECT_EQ(seen(""), "");
  const char* pointer = "text";
  EXPECT_EQ(seen(pointer), "text");
  char room[16] = "text";
  EXPECT_EQ(seen(room), "text");
  char* const writable = room;
  EXPECT_EQ(seen(writable), "text");
  const char full[4] = {'t', 'e', 'x', 't'};  // without a NUL: all of it
  EXPECT_EQ(seen(full), "text");
  const char* null = nullptr;
  EXPECT_EQ(seen(null), "");
}

TEST(Input, TakesNothingThatIsNoBytes) {
  static_assert(!std::is_constructible_v<Input, std::vector<int>>);
  static_assert(!std::is_constructible_v<Input, std::vector<bool>>);
  static_assert(!std::is_constructible_v<Input, std::wstring>);
  static_assert(!std::is_constructible_v<Input, int*>);
  static_assert(!std::is_constructible_v<Input, int>);
  const std::vector<Bytes> chain{as_bytes("a"), as_bytes("b")};
  EXPECT_TRUE(Input(chain).is_chain());
}

}  // namespace
}  // namespace wirejit
