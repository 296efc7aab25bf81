// Inputs and outputs, the output buffer and the arena: growth, lack of memory, reuse without new
// memory.
#include <wirejit/buffer.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
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

namespace wirejit::test {
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

TEST(Buffer, ReservesExactlyAndWithSlackAfterIt) {
  Buffer b;
  ASSERT_TRUE(b.reserve(10));
  EXPECT_EQ(b.capacity(), 10U);
  std::memset(b.storage(), 0xab, 10 + Buffer::slack);  // a sanitizer reports a write too far
  b.set_size(10);
  EXPECT_EQ(b.size(), 10U);
}

TEST(Buffer, KeepsTheContentsWhereMemoryIsLacking) {
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

TEST(Buffer, MovedFromIsEmptyAndUsable) {
  Buffer a;
  ASSERT_TRUE(a.append(as_bytes("abc")));
  Buffer b(std::move(a));
  EXPECT_EQ(b.text(), "abc");
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(a.capacity(), 0U);
  EXPECT_EQ(a.data(), nullptr);
  ASSERT_TRUE(a.append(as_bytes("new")));
  EXPECT_EQ(a.text(), "new");
  b = std::move(a);
  EXPECT_EQ(b.text(), "new");
  Buffer& same = b;
  b = std::move(same);
  EXPECT_EQ(b.text(), "new");
}

TEST(Buffer, IsEqualByContents) {
  Buffer a;
  Buffer b(1000);
  EXPECT_TRUE(a == b);
  ASSERT_TRUE(a.append(as_bytes("abc")));
  EXPECT_FALSE(a == b);
  ASSERT_TRUE(b.append(as_bytes("abc")));
  EXPECT_TRUE(a == b);
  b.truncate(2);
  EXPECT_TRUE(a != b);
}

// ---- Borrowed memory

TEST(Buffer, BorrowsAllButTheSlack) {
  std::array<std::uint8_t, 200> memory{};
  for (std::size_t size = 0; size <= memory.size(); ++size) {
    Buffer b = Buffer::borrow(std::span(memory).first(size));
    EXPECT_EQ(b.size(), 0U);
    EXPECT_EQ(b.borrows(), size >= Buffer::slack) << size;
    EXPECT_EQ(b.capacity(), size >= Buffer::slack ? size - Buffer::slack : 0U);
    EXPECT_EQ(b.data(), size >= Buffer::slack ? memory.data() : nullptr);
  }
  EXPECT_FALSE(Buffer::borrow({}).borrows());
}

TEST(Buffer, LeavesBorrowedMemoryWhenItGrows) {
  std::array<std::uint8_t, 100> memory{};
  const std::size_t fits = memory.size() - Buffer::slack;
  for (std::size_t size = 0; size < 80; ++size) {
    const std::string text(size, 'x');
    Buffer b = Buffer::borrow(memory);
    for (const char c : text) {
      ASSERT_TRUE(b.append(as_bytes(std::string_view(&c, 1))));
    }
    EXPECT_EQ(b.text(), text);
    EXPECT_EQ(b.borrows(), size <= fits) << size;
    EXPECT_EQ(b.data() == memory.data(), size <= fits) << size;
  }
  Buffer b = Buffer::borrow(memory);
  ASSERT_TRUE(b.reserve(fits));
  EXPECT_TRUE(b.borrows());
  ASSERT_TRUE(b.append(as_bytes("abc")));
  ASSERT_TRUE(b.reserve(fits + 1));
  EXPECT_FALSE(b.borrows());
  EXPECT_EQ(b.text(), "abc");
  std::memset(b.storage(), 'y', fits + 1 + Buffer::slack);
}

TEST(Buffer, AppendsItsOwnContentsFromBorrowedMemory) {
  std::array<std::uint8_t, 80> memory{};
  Buffer b = Buffer::borrow(memory);
  ASSERT_TRUE(b.append(as_bytes("0123456789")));
  ASSERT_TRUE(b.append(b.bytes()));
  EXPECT_FALSE(b.borrows());
  EXPECT_EQ(b.text(), "01234567890123456789");
}

TEST(Buffer, KeepsBorrowedContentsWhereMemoryIsLacking) {
  std::array<std::uint8_t, 80> memory{};
  Buffer b = Buffer::borrow(memory);
  ASSERT_TRUE(b.append(as_bytes("kept")));
  EXPECT_FALSE(b.reserve(std::numeric_limits<std::size_t>::max()));
  EXPECT_TRUE(b.borrows());
  EXPECT_EQ(b.text(), "kept");
}

TEST(Buffer, MovesWithItsBorrowedMemory) {
  std::array<std::uint8_t, 80> memory{};
  Buffer a = Buffer::borrow(memory);
  ASSERT_TRUE(a.append(as_bytes("abc")));
  Buffer b = std::move(a);
  EXPECT_TRUE(b.borrows());
  EXPECT_FALSE(a.borrows());  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_TRUE(a.empty());
  Buffer owning;
  ASSERT_TRUE(owning.append(as_bytes("freed by the assignment")));
  owning = std::move(b);
  EXPECT_TRUE(owning.borrows());
  EXPECT_EQ(owning.data(), memory.data());
  owning = Buffer();
  EXPECT_FALSE(owning.borrows());
}

// ---- Memory that is released and adopted

TEST(Buffer, ReleasesItsMemoryAndTakesItBack) {
  Buffer b;
  ASSERT_TRUE(b.append(as_bytes("abc")));
  const std::uint8_t* at = b.data();
  const std::size_t capacity = b.capacity();
  OwnedBytes bytes = b.release();
  EXPECT_EQ(bytes.data.get(), at);
  EXPECT_EQ(as_text(bytes.bytes()), "abc");
  EXPECT_EQ(bytes.allocated, capacity + Buffer::slack);
  EXPECT_TRUE(b.empty());
  EXPECT_EQ(b.data(), nullptr);
  EXPECT_EQ(b.capacity(), 0U);
  ASSERT_TRUE(b.append(as_bytes("other")));

  auto again = Buffer::adopt(std::move(bytes));
  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(again->data(), at);
  EXPECT_EQ(again->text(), "abc");
  EXPECT_EQ(again->capacity(), capacity);

  OwnedBytes nothing = Buffer().release();
  EXPECT_EQ(nothing.data, nullptr);
  EXPECT_EQ(nothing.size, 0U);
}

TEST(Buffer, ReleasesACopyOfBorrowedContents) {
  std::array<std::uint8_t, 80> memory{};
  Buffer b = Buffer::borrow(memory);
  ASSERT_TRUE(b.append(as_bytes("abc")));
  OwnedBytes bytes = b.release();
  EXPECT_NE(bytes.data.get(), memory.data());
  EXPECT_EQ(as_text(bytes.bytes()), "abc");
  EXPECT_FALSE(b.borrows());
  EXPECT_TRUE(b.empty());
}

TEST(Buffer, AdoptsMallocedMemoryOfAnySize) {
  for (std::size_t allocated = 1; allocated < 3 * Buffer::slack; ++allocated) {
    for (const std::size_t size : {std::size_t{0}, allocated / 2, allocated}) {
      auto* memory = static_cast<char*>(std::malloc(allocated));
      ASSERT_NE(memory, nullptr);
      std::memset(memory, 'a', allocated);
      auto b = Buffer::adopt(memory, size, allocated);
      ASSERT_TRUE(b) << b.error();
      EXPECT_EQ(b->text(), std::string(size, 'a'));
      EXPECT_GE(b->capacity(), size);
      EXPECT_FALSE(b->borrows());
      std::memset(b->storage() + size, 'b', b->capacity() - size + Buffer::slack);
      ASSERT_TRUE(b->append(as_bytes("c")));
      EXPECT_EQ(b->text(), std::string(size, 'a') + "c");
    }
  }
  const auto none = Buffer::adopt(nullptr, 0, 0);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

TEST(Buffer, FailsToAdoptMoreThanTheSystemHas) {
  // A size that no allocation has: the memory must be freed, not read.
  constexpr std::size_t huge = std::numeric_limits<std::size_t>::max() / 2 + 1;
  const auto b = Buffer::adopt(std::malloc(16), huge, huge);
  ASSERT_FALSE(b);
  EXPECT_EQ(b.error().code(), Errc::no_memory);
}

// ---- Inputs

static_assert(std::is_convertible_v<std::vector<std::uint8_t>, Input>);
static_assert(std::is_convertible_v<std::vector<std::byte>, Input>);
static_assert(std::is_convertible_v<std::vector<char>, Input>);
static_assert(std::is_convertible_v<std::pmr::vector<char8_t>, Input>);
static_assert(std::is_convertible_v<std::pmr::string, Input>);
static_assert(std::is_convertible_v<std::span<std::byte>, Input>);
static_assert(std::is_convertible_v<std::span<const std::byte, 4>, Input>);
static_assert(std::is_convertible_v<std::span<char>, Input>);
static_assert(std::is_convertible_v<std::array<unsigned char, 4>, Input>);
static_assert(std::is_convertible_v<const std::byte (&)[4], Input>);
static_assert(std::is_convertible_v<std::u8string_view, Input>);
static_assert(std::is_convertible_v<Buffer, Input>);
static_assert(std::is_convertible_v<std::vector<Bytes>, Input>);
static_assert(std::is_convertible_v<std::array<Bytes, 2>, Input>);
static_assert(std::is_convertible_v<const Bytes (&)[2], Input>);
static_assert(std::is_convertible_v<std::span<Bytes>, Input>);
static_assert(!std::is_convertible_v<std::vector<int>, Input>);
static_assert(!std::is_convertible_v<std::wstring, Input>);
static_assert(!std::is_convertible_v<std::vector<std::string>, Input>);

std::string all_of(const Input& input) {
  std::string all(as_text(input.bytes()));
  for (const Bytes part : input.chain()) {
    all += as_text(part);
  }
  return all;
}

TEST(Input, ViewsWhatItIsGiven) {
  const std::string text = "abc";
  const std::vector<std::uint8_t> bytes = {1, 2, 3};
  EXPECT_EQ(as_text(Input(text).bytes()), "abc");
  EXPECT_EQ(Input(bytes).bytes().data(), bytes.data());
  EXPECT_FALSE(Input(text).is_chain());
  Buffer buffer;
  ASSERT_TRUE(buffer.append(as_bytes("in a buffer")));
  EXPECT_EQ(all_of(buffer), "in a buffer");
  EXPECT_EQ(Input(buffer).bytes().data(), buffer.data());
}

TEST(Input, EndsTextInArraysAtItsNul) {
  EXPECT_EQ(all_of("text"), "text");
  EXPECT_EQ(all_of(u8"text"), "text");
  const char unterminated[] = {'a', 'b'};
  EXPECT_EQ(all_of(unterminated), "ab");
  const char8_t* pointer = u8"pointer";
  EXPECT_EQ(all_of(pointer), "pointer");
  EXPECT_EQ(all_of(static_cast<const char*>(nullptr)), "");
  EXPECT_EQ(all_of(std::array<char, 3>{'a', '\0', 'b'}), std::string("a\0b", 3));
}

TEST(Input, TakesChainsOfSpans) {
  const Bytes parts[] = {as_bytes("a"), as_bytes("bc")};
  const Input chain(parts);
  EXPECT_TRUE(chain.is_chain());
  EXPECT_EQ(chain.chain().size(), 2U);
  EXPECT_EQ(all_of(chain), "abc");
  EXPECT_EQ(all_of(std::span<const Bytes>(parts)), "abc");
  EXPECT_EQ(all_of(std::vector<Bytes>(std::begin(parts), std::end(parts))), "abc");
  EXPECT_EQ(all_of(std::array<Bytes, 2>{parts[0], parts[1]}), "abc");
  EXPECT_EQ(all_of({parts[1], parts[0]}), "bca");
  EXPECT_EQ(all_of(std::vector<Bytes>()), "");
}

TEST(Input, InBracesAroundOneSpanIsThatSpan) {
  const std::vector<std::uint8_t> bytes = {'a', 'b'};
  const Input named{bytes};
  EXPECT_FALSE(named.is_chain());
  EXPECT_EQ(named.bytes().data(), bytes.data());
  EXPECT_EQ(all_of({}), "");
}

// ---- Outputs

static_assert(std::is_convertible_v<Buffer&, Output>);
static_assert(std::is_convertible_v<std::string&, Output>);
static_assert(!std::is_convertible_v<const std::string&, Output>);
static_assert(!std::is_convertible_v<std::string, Output>);
static_assert(!std::is_convertible_v<std::vector<std::uint8_t>&, Output>);
static_assert(std::is_convertible_v<std::span<std::byte>, OutputSpan>);
static_assert(std::is_convertible_v<std::span<char, 9>, OutputSpan>);
static_assert(std::is_convertible_v<std::array<unsigned char, 9>&, OutputSpan>);
static_assert(std::is_convertible_v<char (&)[9], OutputSpan>);
static_assert(!std::is_convertible_v<std::span<const char>, OutputSpan>);
static_assert(!std::is_convertible_v<const std::array<char, 9>&, OutputSpan>);
static_assert(!std::is_convertible_v<const char (&)[9], OutputSpan>);
static_assert(!std::is_convertible_v<std::string&, OutputSpan>);
static_assert(!std::is_convertible_v<Buffer&, OutputSpan>);
static_assert(!std::is_convertible_v<std::span<int>, OutputSpan>);

std::string sample(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += static_cast<char>('a' + i % 26);
  }
  return text;
}

// Writes `text` as an encoder does: fills the capacity, then grows, and overwrites all of the
// slack.
auto writer_of(std::string_view text) {
  return [text](Buffer& out) -> Result<void> {
    for (std::size_t at = 0; at < text.size();) {
      if (out.size() == out.capacity() && !out.reserve(2 * out.capacity() + 1)) {
        return std::unexpected(Error(Errc::no_memory));
      }
      const std::size_t n = std::min(text.size() - at, out.capacity() - out.size());
      std::memcpy(out.storage() + out.size(), text.data() + at, n);
      at += n;
      std::memset(out.storage() + out.size() + n, 0xee, Buffer::slack);
      out.set_size(out.size() + n);
    }
    return {};
  };
}

auto failing_writer_of(std::string_view text) {
  return [text](Buffer& out) -> Result<void> {
    if (auto done = writer_of(text)(out); !done) {
      return done;
    }
    return std::unexpected(Error(Errc::depth_limit));
  };
}

constexpr std::size_t sizes_near_limits[] = {0,   1,   14,  15,  16,  63,  64,  65,   128, 447,
                                             448, 511, 512, 513, 575, 576, 577, 1000, 1024};

TEST(EncodeIntoString, AppendsAtAnySizeAndCapacity) {
  for (const std::size_t before : sizes_near_limits) {
    for (const std::size_t spare : sizes_near_limits) {
      for (const std::size_t size : sizes_near_limits) {
        std::string text = sample(before);
        text.reserve(before + spare);
        const std::string more = sample(size);
        const auto done = detail::encode_into(text, writer_of(more));
        ASSERT_TRUE(done) << done.error();
        ASSERT_EQ(text, sample(before) + more) << before << " " << spare << " " << size;
      }
    }
  }
}

TEST(EncodeIntoString, WritesIntoTheStringsOwnMemory) {
  std::string text = "kept";
  text.reserve(2000);
  const char* const at = text.data();
  const auto done = detail::encode_into(text, [&](Buffer& out) -> Result<void> {
    EXPECT_TRUE(out.borrows());
    EXPECT_EQ(static_cast<const void*>(out.data()), at + 4);
    return writer_of("more")(out);
  });
  ASSERT_TRUE(done) << done.error();
  EXPECT_EQ(text, "keptmore");
  EXPECT_EQ(text.data(), at);
}

TEST(EncodeIntoString, LeavesTheStringAsItWasAfterAFailure) {
  for (const std::size_t spare : sizes_near_limits) {
    for (const std::size_t size : sizes_near_limits) {
      std::string text = sample(40);
      text.reserve(40 + spare);
      const auto done = detail::encode_into(text, failing_writer_of(sample(size)));
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().code(), Errc::depth_limit);
      ASSERT_EQ(text, sample(40)) << spare << " " << size;
    }
  }
}

TEST(EncodeIntoString, MayReadTheStringThatItAppendsTo) {
  for (const std::size_t spare : {std::size_t{0}, std::size_t{700}, std::size_t{5000}}) {
    std::string text = sample(1000);
    text.reserve(1000 + spare);
    const auto done = detail::encode_into(text, writer_of(std::string_view(text)));
    ASSERT_TRUE(done) << done.error();
    EXPECT_EQ(text, sample(1000) + sample(1000));
  }
}

TEST(EncodeIntoSpan, WritesWhatFitsAndNothingAfterIt) {
  for (std::size_t room = 0; room < 1200; room += room < 150 || room > 500 ? 1 : 50) {
    for (const std::size_t left : {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{64},
                                   std::size_t{65}, std::size_t{600}}) {
      if (left > room) {
        continue;
      }
      std::vector<char> memory(room + Buffer::slack, '#');
      const std::string text = sample(room - left);
      const auto size =
          detail::encode_into(OutputSpan(std::span(memory).first(room)), writer_of(text));
      ASSERT_TRUE(size) << size.error();
      ASSERT_EQ(*size, text.size());
      ASSERT_EQ(std::string_view(memory.data(), *size), text);
      for (std::size_t i = room; i < memory.size(); ++i) {
        ASSERT_EQ(memory[i], '#') << room;
      }
    }
  }
}

TEST(EncodeIntoSpan, WritesInPlaceWhereThereIsRoomToSpare) {
  std::array<std::uint8_t, 1000> memory{};
  const auto size = detail::encode_into(OutputSpan(memory), [&](Buffer& out) -> Result<void> {
    EXPECT_EQ(out.data(), memory.data());
    return writer_of("abc")(out);
  });
  ASSERT_TRUE(size) << size.error();
  EXPECT_EQ(*size, 3U);
}

TEST(EncodeIntoSpan, SaysHowManyBytesItNeeds) {
  for (const std::size_t room : sizes_near_limits) {
    for (const std::size_t lacking : {std::size_t{1}, std::size_t{64}, std::size_t{1000}}) {
      std::vector<std::byte> memory(room + 1, std::byte{'#'});
      const auto size = detail::encode_into(OutputSpan(std::span(memory).first(room)),
                                            writer_of(sample(room + lacking)));
      ASSERT_FALSE(size);
      EXPECT_EQ(size.error().code(), Errc::size_limit);
      EXPECT_EQ(size.error().message(), "the output needs " + std::to_string(room + lacking) +
                                            " bytes, and the span has " + std::to_string(room));
      EXPECT_EQ(memory[room], std::byte{'#'});
    }
  }
}

TEST(EncodeIntoSpan, ReportsTheEncodersFailure) {
  for (const std::size_t room : sizes_near_limits) {
    std::vector<std::byte> memory(room);
    const auto size =
        detail::encode_into(OutputSpan(std::span(memory)), failing_writer_of(sample(100)));
    ASSERT_FALSE(size);
    EXPECT_EQ(size.error().code(), Errc::depth_limit);
  }
}

TEST(EncodeIntoOutput, AppendsToEitherKind) {
  Buffer buffer;
  ASSERT_TRUE(buffer.append(as_bytes("a")));
  std::string text = "b";
  ASSERT_TRUE(detail::encode_into(Output(buffer), writer_of("more")));
  ASSERT_TRUE(detail::encode_into(Output(text), writer_of("more")));
  EXPECT_EQ(buffer.text(), "amore");
  EXPECT_EQ(text, "bmore");
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

TEST(Arena, AllocatesNothingNewForARepeatedRound) {
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

TEST(Arena, TakesBackTheEndOfTheLastAllocation) {
  Arena arena(128);
  auto* const first = static_cast<char*>(arena.allocate(64, 1));
  arena.give_back(first + 64, 60);
  auto* const second = static_cast<char*>(arena.allocate(8, 1));
  EXPECT_EQ(second, first + 4);
  arena.give_back(first + 4, 4);  // something was allocated since
  EXPECT_EQ(arena.allocate(1, 1), second + 8);
}

TEST(Arena, AllocatesNothingNewAfterSomeMixedRounds) {
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

// A mark may be taken at any moment: earlier allocations stay, memory of later ones is reused.
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

TEST(Arena, ReturnsNullWhereMemoryIsLacking) {
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

TEST(Input, RejectsWhatIsNotBytes) {
  static_assert(!std::is_constructible_v<Input, std::vector<int>>);
  static_assert(!std::is_constructible_v<Input, std::vector<bool>>);
  static_assert(!std::is_constructible_v<Input, std::wstring>);
  static_assert(!std::is_constructible_v<Input, int*>);
  static_assert(!std::is_constructible_v<Input, int>);
  const std::vector<Bytes> chain{as_bytes("a"), as_bytes("b")};
  EXPECT_TRUE(Input(chain).is_chain());
}

}  // namespace
}  // namespace wirejit::test
