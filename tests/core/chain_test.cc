// Chains: contents against a string that is changed in the same way, owners that are released once,
// bytes that do not move, lack of memory at every allocation.
#include "tests/support/fault_injection.h"

#include <wirejit/chain.h>
#include <wirejit/stream.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::test {
namespace {

std::string text_of(const Chain& chain) {
  std::string all;
  for (const Bytes segment : chain.spans()) {
    EXPECT_FALSE(segment.empty());
    all += as_text(segment);
  }
  EXPECT_EQ(all.size(), chain.size());
  EXPECT_EQ(chain.empty(), all.empty());
  return all;
}

void add(Chain& chain, std::string_view text) { ASSERT_TRUE(chain.append(as_bytes(text))); }

Buffer buffer_of(std::string_view text) {
  Buffer b;
  EXPECT_TRUE(b.append(as_bytes(text)));
  return b;
}

// How often an owner was released.
struct Owners {
  std::vector<int> released;

  // An owner that counts.
  ChainOwner make() {
    released.push_back(0);
    return {this, [this, k = released.size() - 1](const void*) { ++released[k]; }};
  }
  [[nodiscard]] bool each_once() const {
    return std::ranges::all_of(released, [](int n) { return n == 1; });
  }
  [[nodiscard]] bool none() const {
    return std::ranges::all_of(released, [](int n) { return n == 0; });
  }
};

void count_release(void* count) { ++*static_cast<int*>(count); }

TEST(Chain, IsEmptyAtFirst) {
  Chain c;
  EXPECT_TRUE(c.empty());
  EXPECT_TRUE(c.spans().empty());
  ASSERT_TRUE(c.append(Bytes()));
  ASSERT_TRUE(c.append(Buffer()));
  ASSERT_TRUE(c.append(Chain()));
  ASSERT_TRUE(c.prepend(Bytes()));
  ASSERT_TRUE(c.append_external(Bytes()));
  c.consumed(0);
  c.consumed(5);
  EXPECT_EQ(c.peek(3)->size(), 0U);
  EXPECT_TRUE(c.split(1)->empty());
  EXPECT_TRUE(c.empty());
  EXPECT_TRUE(Input(c).bytes().empty());
}

TEST(Chain, CopiesSmallPiecesIntoFewSegments) {
  Chain c;
  std::string expected;
  for (int i = 0; i < 20000; ++i) {
    const std::string piece(static_cast<std::size_t>(i % 23), static_cast<char>('a' + i % 26));
    add(c, piece);
    expected += piece;
  }
  EXPECT_EQ(text_of(c), expected);
  EXPECT_LT(c.spans().size(), 12U);
}

TEST(Chain, AppendsItsOwnBytes) {
  Chain c;
  add(c, "0123456789");
  std::string expected = "0123456789";
  for (int i = 0; i < 10; ++i) {
    expected += as_text(c.spans().front());
    ASSERT_TRUE(c.append(c.spans().front()));
    expected.insert(0, expected.substr(expected.size() - 5));
    ASSERT_TRUE(c.prepend(c.spans().back().last(5)));
    ASSERT_EQ(text_of(c), expected);
  }
}

TEST(Chain, TakesBuffersWithoutACopy) {
  Chain c;
  Buffer b = buffer_of("from a buffer");
  const std::uint8_t* const at = b.data();
  ASSERT_TRUE(c.append(std::move(b)));
  EXPECT_TRUE(b.empty());  // NOLINT(bugprone-use-after-move): as the header says
  EXPECT_EQ(c.spans().front().data(), at);
  add(c, " and more");  // in what room the buffer had
  EXPECT_EQ(c.spans().size(), 1U);
  EXPECT_EQ(text_of(c), "from a buffer and more");

  std::uint8_t memory[128];
  Buffer borrowed = Buffer::borrow(memory);
  ASSERT_TRUE(borrowed.append(as_bytes(" borrowed")));
  ASSERT_TRUE(c.append(std::move(borrowed)));
  EXPECT_TRUE(borrowed.empty());  // NOLINT(bugprone-use-after-move)
  std::ranges::fill(memory, std::uint8_t{0xee});
  EXPECT_EQ(text_of(c), "from a buffer and more borrowed");
}

TEST(Chain, ReleasesEachOwnerOnce) {
  Owners owners;
  const std::string bytes = "external bytes";
  {
    Chain c;
    ASSERT_TRUE(c.append_external(as_bytes(bytes), owners.make()));
    ASSERT_TRUE(c.append_external(as_bytes(bytes)));
    ASSERT_TRUE(c.append_external(as_bytes(bytes), owners.make()));
    EXPECT_EQ(c.spans()[0].data(), as_bytes(bytes).data());
    EXPECT_EQ(text_of(c), bytes + bytes + bytes);
    c.consumed(bytes.size() - 1);
    EXPECT_TRUE(owners.none());
    c.consumed(1);
    EXPECT_EQ(owners.released, (std::vector{1, 0}));
  }
  EXPECT_EQ(owners.released, (std::vector{1, 1}));

  {
    Chain halves;  // which lie next to each other, and have different owners
    ASSERT_TRUE(halves.append_external(as_bytes(bytes).first(5)));
    ASSERT_TRUE(halves.append_external(as_bytes(bytes).subspan(5), owners.make()));
    EXPECT_EQ(halves.spans().size(), 2U);
    EXPECT_EQ(owners.released, (std::vector{1, 1, 0}));
  }
  EXPECT_EQ(owners.released, (std::vector{1, 1, 1}));

  ChainOwner none = owners.make();
  Chain c;
  ASSERT_TRUE(c.append_external(Bytes(), std::move(none)));
  EXPECT_TRUE(owners.each_once());
}

TEST(Chain, CallsReleaseFunctionsOnce) {
  int released = 0;
  {
    Chain c;
    ASSERT_TRUE(c.append_external(as_bytes("abc"), &count_release, &released));
    Result<Chain> head = c.split(1);
    ASSERT_TRUE(head);
    EXPECT_EQ(text_of(*head) + "|" + text_of(c), "a|bc");
    c.clear();
    EXPECT_EQ(released, 0);
    head->clear();
    EXPECT_EQ(released, 1);
    ASSERT_TRUE(c.append_external(Bytes(), &count_release, &released));
    EXPECT_EQ(released, 2);
    ASSERT_TRUE(c.append_external(as_bytes("abc"), &count_release, &released));
    EXPECT_EQ(released, 2);
  }
  EXPECT_EQ(released, 3);
}

TEST(Chain, HasRoomForAHeaderBeforeAMessage) {
  Chain c;
  for (int round = 0; round < 3; ++round) {
    add(c, "message");
    const std::uint8_t* const at = c.spans().front().data();
    std::string expected = "message";
    for (std::size_t k = 0; k < Chain::front_room; k += 4) {
      ASSERT_TRUE(c.prepend(as_bytes("head")));
      expected.insert(0, "head");
    }
    EXPECT_EQ(c.spans().size(), 1U);
    EXPECT_EQ(c.spans().front().data(), at - Chain::front_room);
    EXPECT_EQ(text_of(c), expected);
    ASSERT_TRUE(c.prepend(as_bytes("more")));
    EXPECT_EQ(c.spans().size(), 2U);
    ASSERT_TRUE(c.prepend(as_bytes("and more ")));
    EXPECT_EQ(c.spans().size(), 2U);
    EXPECT_EQ(text_of(c), "and more more" + expected);
    round % 2 == 0 ? c.clear() : c.consumed(c.size());
  }
}

TEST(Chain, DoesNotMoveBytesWhenItGrows) {
  Chain c;
  std::vector<std::pair<const std::uint8_t*, std::uint8_t>> firsts;
  std::mt19937 random(7);
  for (int i = 0; i < 500; ++i) {
    const std::string piece(1 + random() % 3000, static_cast<char>('a' + i % 26));
    add(c, piece);
    const Bytes last = c.spans().back();
    firsts.emplace_back(&last[last.size() - piece.size()], piece[0]);
    ASSERT_TRUE(c.prepend(as_bytes("x")));
  }
  for (const auto& [at, byte] : firsts) {
    EXPECT_EQ(*at, byte);
  }
}

TEST(Chain, PeeksInPlaceWhereBytesAreTogether) {
  const std::string one = "0123456789";
  Chain c;
  ASSERT_TRUE(c.append_external(as_bytes(one)));
  ASSERT_TRUE(c.append_external(as_bytes(one)));
  ASSERT_TRUE(c.append_external(as_bytes(one)));
  EXPECT_EQ(c.peek(10)->data(), as_bytes(one).data());
  EXPECT_EQ(c.spans().size(), 3U);
  Result<Bytes> joined = c.peek(15);
  ASSERT_TRUE(joined);
  EXPECT_EQ(as_text(*joined), "012345678901234");
  EXPECT_EQ(c.spans().size(), 3U);
  EXPECT_EQ(c.spans()[1].data(), as_bytes(one).data() + 5);
  EXPECT_EQ(c.peek(15)->data(), joined->data());
  EXPECT_EQ(as_text(*c.peek(1000)), one + one + one);
  EXPECT_EQ(c.spans().size(), 1U);
  EXPECT_EQ(text_of(c), one + one + one);
}

TEST(Chain, IsAnInput) {
  Chain c;
  add(c, "abc");
  EXPECT_FALSE(Input(c).is_chain());
  EXPECT_EQ(as_text(Input(c).bytes()), "abc");
  ASSERT_TRUE(c.append_external(as_bytes("def")));
  EXPECT_TRUE(Input(c).is_chain());
  EXPECT_EQ(Input(c).chain().size(), 2U);
}

TEST(Chain, IsAStreamsSink) {
  Chain c;
  add(c, "abc");
  StreamSink sink = StreamSink::memory(c);
  EXPECT_EQ(sink.write(as_bytes("def")).value(), 3U);
  EXPECT_EQ(text_of(c), "abcdef");
}

TEST(Chain, IsMoved) {
  Owners owners;
  Chain a;
  ASSERT_TRUE(a.append_external(as_bytes("abc"), owners.make()));
  Chain b = std::move(a);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): as the header says
  add(a, "again");
  a = std::move(b);
  EXPECT_TRUE(b.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(text_of(a), "abc");
  Chain& same = a;
  a = std::move(same);
  ASSERT_TRUE(a.append(std::move(same)));
  EXPECT_EQ(text_of(a), "abc");
  EXPECT_TRUE(owners.none());
  a = Chain();
  EXPECT_TRUE(owners.each_once());
}

TEST(Chain, AppendsAnotherChain) {
  Owners owners;
  Chain message;
  add(message, "message");
  ASSERT_TRUE(message.append_external(as_bytes("external"), owners.make()));
  Chain out;
  ASSERT_TRUE(out.append(std::move(message)));
  EXPECT_TRUE(message.empty());  // NOLINT(bugprone-use-after-move)
  ASSERT_TRUE(out.prepend(as_bytes("head")));
  EXPECT_EQ(out.spans().size(), 2U);  // before the message, in its room
  add(message, "other");
  ASSERT_TRUE(out.append(std::move(message)));
  EXPECT_EQ(text_of(out), "headmessageexternalother");
  EXPECT_TRUE(owners.none());
}

// Bytes that were split off are not overwritten by what the rest is used for.
TEST(Chain, SharesTheSegmentsOfAChainThatKeepsThem) {
  Owners owners;
  owners.released.reserve(2);
  const std::string external(50, 'e');
  Chain kept;
  add(kept, "own ");
  ASSERT_TRUE(kept.append_external(as_bytes(external), owners.make()));
  Chain c;
  add(c, "before ");
  ASSERT_TRUE(c.append(std::as_const(kept)));
  EXPECT_EQ(text_of(c), "before own " + external);
  EXPECT_EQ(c.spans().back().data(), as_bytes(external).data());
  EXPECT_EQ(text_of(kept), "own " + external);
  ASSERT_TRUE(c.append(std::as_const(c)));
  EXPECT_EQ(text_of(c), "before own " + external + "before own " + external);
  // What is written to the first one after that is written elsewhere.
  kept.clear();
  add(kept, "other text");
  EXPECT_EQ(text_of(c), "before own " + external + "before own " + external);
  EXPECT_TRUE(owners.none());
  c.clear();
  EXPECT_TRUE(owners.each_once());
}

TEST(Chain, IsCutAtItsEnd) {
  Owners owners;
  owners.released.reserve(2);
  const std::string external(50, 'e');
  Chain c;
  add(c, "begin ");
  ASSERT_TRUE(c.append_external(as_bytes(external), owners.make()));
  add(c, " end");
  c.truncate(100);
  EXPECT_EQ(c.size(), 60U);
  c.truncate(10);
  EXPECT_EQ(text_of(c), "begin eeee");
  EXPECT_TRUE(owners.none());
  c.truncate(6);
  EXPECT_EQ(text_of(c), "begin ");
  EXPECT_TRUE(owners.each_once());
  c.truncate(3);
  add(c, "in");
  EXPECT_EQ(text_of(c), "begin");
  c.truncate(0);
  EXPECT_TRUE(c.empty());
  add(c, "x");
  EXPECT_EQ(text_of(c), "x");
}

TEST(Chain, SharesMemoryWithWhatWasSplitOff) {
  Chain c;
  add(c, "first,second");
  Result<Chain> head = c.split(5);
  ASSERT_TRUE(head);
  ASSERT_TRUE(c.prepend(as_bytes("xxxxxxxx")));
  add(c, "more");
  add(*head, "!");
  EXPECT_EQ(text_of(*head), "first!");
  EXPECT_EQ(text_of(c), "xxxxxxxx,secondmore");
  c.clear();
  for (int i = 0; i < 100; ++i) {
    add(c, "overwrites");
  }
  EXPECT_EQ(text_of(*head), "first!");
  ASSERT_TRUE(head->prepend(as_bytes("room ")));
  EXPECT_EQ(text_of(*head), "room first!");
}

// All calls in random order, against a string.
TEST(Chain, AgreesWithAString) {
  std::mt19937 random(42);
  const std::string source = [&] {
    std::string s(20000, ' ');
    std::ranges::generate(s, [&] { return static_cast<char>('a' + random() % 26); });
    return s;
  }();
  const auto some = [&](std::size_t most) {
    const std::size_t size = random() % 4 == 0 ? random() % most : random() % 40;
    return std::string_view(source).substr(random() % (source.size() - size), size);
  };
  for (int round = 0; round < 200; ++round) {
    Owners owners;
    owners.released.reserve(1000);
    {
      Chain c;
      std::string expected;
      std::vector<std::pair<Chain, std::string>> heads;
      for (int step = 0; step < 60; ++step) {
        const std::string_view piece = some(3000);
        switch (random() % 13) {
          case 0:
            expected.insert(0, piece);
            ASSERT_TRUE(c.prepend(as_bytes(piece)));
            break;
          case 1:
            expected += piece;
            ASSERT_TRUE(c.append_external(as_bytes(piece), owners.make()));
            break;
          case 2:
            expected += piece;
            ASSERT_TRUE(c.append(buffer_of(piece)));
            break;
          case 3: {
            const std::size_t n = random() % (expected.size() + 2);
            Result<Chain> head = c.split(n);
            ASSERT_TRUE(head);
            const std::size_t taken = std::min(n, expected.size());
            heads.emplace_back(std::move(*head), expected.substr(0, taken));
            expected.erase(0, taken);
            break;
          }
          case 4: {
            const std::size_t n = random() % (expected.size() / 2 + 2);
            c.consumed(n);
            expected.erase(0, n);
            break;
          }
          case 5: {
            const std::size_t n = random() % (expected.size() + 2);
            const Result<Bytes> front = c.peek(n);
            ASSERT_TRUE(front);
            ASSERT_EQ(as_text(*front), std::string_view(expected).substr(0, n));
            break;
          }
          case 6:
            if (!heads.empty()) {
              auto [head, text] = std::move(heads.back());
              heads.pop_back();
              ASSERT_EQ(text_of(head), text);
              expected += text;
              ASSERT_TRUE(c.append(std::move(head)));
            }
            break;
          case 8: {
            const std::size_t n = expected.size() - random() % (expected.size() / 2 + 1);
            c.truncate(n);
            expected.resize(n);
            break;
          }
          case 9:
            if (!heads.empty()) {
              const auto& [head, text] = heads[random() % heads.size()];
              expected += text;
              ASSERT_TRUE(c.append(std::as_const(head)));
            }
            break;
          case 7:
            if (random() % 8 == 0) {
              c.clear();
              expected.clear();
            }
            break;
          case 10: {
            const std::string_view second = some(3000);
            const std::size_t before = c.spans().size();
            expected.append(piece).append(second);
            ASSERT_TRUE(c.append_copy({as_bytes(piece), Bytes(), as_bytes(second)}));
            ASSERT_LE(c.spans().size(), before + 1);
            break;
          }
          default:
            expected += piece;
            add(c, piece);
            break;
        }
        ASSERT_EQ(text_of(c), expected) << round << ", " << step;
      }
      for (const auto& [head, text] : heads) {
        ASSERT_EQ(text_of(head), text);
      }
    }
    ASSERT_TRUE(owners.each_once()) << round;
  }
}

// ---- Lack of memory

// Each allocation of `call` fails in turn: the chain is as before and owners are released once.
template <class Call>
void expect_unchanged_by_faults(std::size_t more_than, Call call) {
  const std::string external(100, 'e');
  int released = 0;
  int made = 0;
  const Report report = inject([&] {
    released = 0;
    made = 0;
    Errc code = Errc::ok;
    {
      const bool armed = std::exchange(Faults::get().armed, false);
      Chain c;
      for (int k = 0; k < 4; ++k) {  // as many segments as fit without growing
        EXPECT_TRUE(c.append_external(as_bytes(external), &count_release, &released));
        ++made;
      }
      Buffer b = buffer_of("contents");
      Faults::get().armed = armed;
      const Result<void> done = call(c, b, released, made);
      Faults::get().armed = false;
      if (!done) {
        code = done.error().code();
        EXPECT_EQ(text_of(c), external + external + external + external);
        EXPECT_EQ(b.text(), "contents");
        EXPECT_EQ(released, made - 4);
      }
    }
    EXPECT_EQ(released, made);
    return code;
  });
  expect_faults(report, more_than);
}

TEST(Chain, IsUnchangedWhereMemoryLacks) {
  using Count = int;
  expect_unchanged_by_faults(
      2, [](Chain& c, Buffer&, Count&, Count&) { return c.append(as_bytes("more")); });
  expect_unchanged_by_faults(2, [](Chain& c, Buffer&, Count&, Count&) {
    return c.append_copy({as_bytes("one"), as_bytes("two")});
  });
  expect_unchanged_by_faults(
      2, [](Chain& c, Buffer& b, Count&, Count&) { return c.append(std::move(b)); });
  expect_unchanged_by_faults(
      2, [](Chain& c, Buffer&, Count&, Count&) { return c.prepend(as_bytes("head")); });
  expect_unchanged_by_faults(1, [](Chain& c, Buffer&, Count& released, Count& made) {
    ++made;
    return c.append_external(as_bytes("external"), &count_release, &released);
  });
  expect_unchanged_by_faults(1, [](Chain& c, Buffer&, Count&, Count&) {
    const Result<Bytes> all = c.peek(150);
    return all ? Result<void>() : std::unexpected(all.error());
  });
  expect_unchanged_by_faults(1, [](Chain& c, Buffer&, Count&, Count&) {
    const Result<Chain> head = c.split(150);
    if (!head) {
      return Result<void>(std::unexpected(head.error()));
    }
    EXPECT_EQ(head->size(), 150U);
    return Result<void>();
  });
}

TEST(Chain, TakesNothingOfAnotherWhereMemoryLacks) {
  const Report report = inject([] {
    const bool armed = std::exchange(Faults::get().armed, false);
    Chain c;
    Chain other;
    for (int k = 0; k < 4; ++k) {
      EXPECT_TRUE(c.append_external(as_bytes("abc")));
      EXPECT_TRUE(other.append_external(as_bytes("def")));
    }
    Faults::get().armed = armed;
    const Result<void> done = c.append(std::move(other));
    Faults::get().armed = false;
    EXPECT_EQ(c.size(), done ? 24U : 12U);
    EXPECT_EQ(other.size(), done ? 0U : 12U);  // NOLINT(bugprone-use-after-move)
    return done ? Errc::ok : done.error().code();
  });
  expect_faults(report, 1);
}

// What is cleared and written to again allocates nothing.
TEST(Chain, AllocatesNothingWhenItIsUsedAgain) {
  const std::string message(700, 'm');
  const std::string external(100, 'e');
  const ChainOwner owner = std::make_shared<int>(1);
  Chain c;
  const auto write = [&] {
    bool ok = c.append(as_bytes(message)).has_value();
    ok = ok && c.append_external(as_bytes(external), owner).has_value();
    ok = ok && c.append(as_bytes(message)).has_value();
    return ok && c.prepend(as_bytes("size")).has_value();
  };
  for (int warm = 0; warm < 4; ++warm) {
    ASSERT_TRUE(write());
    c.clear();
  }
  Faults& f = Faults::get();
  f.allowed = 0;
  f.failed = false;
  f.armed = true;
  const bool first = write();
  c.consumed(c.size());
  const bool second = write();
  f.armed = false;
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(f.failed);
}

}  // namespace
}  // namespace wirejit::test
