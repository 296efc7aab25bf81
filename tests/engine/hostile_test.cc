// Malicious input: counts, lengths and depths that are not true, and every limit of a call. The
// numbers of the attacks are those that cost the official libraries gigabytes.
#include "tests/support/engine_support.h"

#include <wirejit/reflect.h>

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace wirejit::test {

using namespace std::string_literals;

struct HostileNode {
  std::vector<HostileNode> children;
  std::unique_ptr<HostileNode> next;
};
WIREJIT_STRUCT(HostileNode, (1, children), (2, next))

struct HostileBlock {
  std::array<std::int64_t, 128> words{};
};
WIREJIT_STRUCT(HostileBlock, (1, words))
struct HostileSlot {
  std::unique_ptr<HostileBlock> block;
};
WIREJIT_STRUCT(HostileSlot, (1, block))
struct HostileBlocks {
  std::vector<HostileSlot> slots;
  std::map<std::int8_t, HostileBlock> by_number;
};
WIREJIT_STRUCT(HostileBlocks, (1, slots), (2, by_number))

namespace {

const std::string stop(1, '\0');

Schema load(std::string_view idl) {
  auto s = thrift::load_text(idl);
  EXPECT_TRUE(s.has_value()) << s.error().to_string();
  return *s;
}

const Schema& schema() {
  static const Schema s = load(R"(
    struct Simple { 1: i32 a; 2: string b; 3: i64 c; 4: double d }
    struct Node { 1: list<Node> children; 2: optional Node next; 3: map<i32, Node> named; 4: i32 n }
    struct All {
      1: list<bool> bools; 2: list<i8> bytes; 3: list<i16> shorts; 4: list<i32> ints; 5: list<i64> longs; 6: list<double> reals;
      7: list<string> texts; 8: list<Simple> structs; 9: list<list<i32>> lists; 10: set<string> names; 11: set<i64> ids;
      12: map<string, i64> counts; 13: map<i32, Simple> by_id; 14: map<string, map<string, string>> maps; 15: string text;
      16: binary blob; 17: optional Node node; 18: map<bool, bool> flags;
    })");
  return s;
}

class Hostile : public testing::Test {
 protected:
  BothEngines all{schema(), "All"};

  // Neither records nor transcoding accept the bytes, and neither allocates much.
  void expect_rejected(const std::string& bytes, Errc a, Errc b) {
    for (Arena& arena : all.arenas()) {
      arena = Arena();
    }
    const Decoded d = all.decode(bytes);
    EXPECT_TRUE(d.code == a || d.code == b) << d.error << " for " << hex(as_bytes(bytes));
    for (const Arena& arena : all.arenas()) {
      EXPECT_LT(arena.capacity(), std::size_t{1} << 20) << hex(as_bytes(bytes));
    }
    std::string failure;
    EXPECT_FALSE(all.transcode(bytes, &failure));
    for (const Buffer& buffer : all.buffers()) {
      EXPECT_LT(buffer.capacity(), std::size_t{1} << 20);
    }
  }
};

TEST_F(Hostile, CountsThatTheBytesCannotHoldAreRejected) {
  const std::int64_t counts[] = {1,          2,          1000,        20'000'000,   30'000'000,
                                 0x20000001, 0x3fffffff, 0x40000000,  0x55555556,   0x7ffffff0,
                                 0x7ffffffa, 0x7fffffff, -1,          -2,           -3,
                                 -4,         -5,         -6,          -7,           -8,
                                 -16,        -100,       -0x40000000, -0x80000000LL};
  const std::pair<int, std::string> lists[] = {
      {1, "\x02"}, {2, "\x03"}, {3, "\x06"}, {4, "\x08"},  {5, "\x0a"},  {6, "\x04"},
      {7, "\x0b"}, {8, "\x0c"}, {9, "\x0f"}, {90, "\x0c"}, {91, "\x02"}, {92, "\x10"}};
  const std::pair<int, std::string> maps[] = {{12, "\x0b\x0a"}, {13, "\x08\x0c"}, {14, "\x0b\x0d"},
                                              {18, "\x02\x02"}, {93, "\x0b\x0b"}, {94, "\x02\x02"}};
  for (const std::int64_t n : counts) {
    for (const auto& [id, types] : lists) {
      for (const std::string& tail : {""s, stop.substr(0, n == 1 ? 0 : 1)}) {
        expect_rejected(raw_field(15, id, types + be32(n)) + tail, Errc::truncated,
                        Errc::invalid_count);
      }
    }
    for (const auto& [id, types] : {std::pair{10, "\x0b"s}, std::pair{11, "\x0a"s}}) {
      expect_rejected(raw_field(14, id, types + be32(n)), Errc::truncated, Errc::invalid_count);
    }
    for (const auto& [id, types] : maps) {
      expect_rejected(raw_field(13, id, types + be32(n)), Errc::truncated, Errc::invalid_count);
    }
  }
}

TEST_F(Hostile, LengthsThatTheBytesCannotHoldAreRejected) {
  for (const std::int64_t n : {1LL, 100LL, 2'000'000'000LL, 0x7fffffffLL, 0x7ffffffcLL, -1LL, -2LL,
                               -3LL, -4LL, -5LL, -8LL, -0x80000000LL}) {
    for (const int id : {15, 16, 99}) {
      const Errc code = n < 0 ? Errc::invalid_count : Errc::truncated;
      expect_rejected(raw_field(11, id, be32(n)), code, code);
    }
    const Errc code = n < 0 ? Errc::invalid_count : Errc::truncated;
    expect_rejected(raw_field(15, 7, "\x0b"s + be32(1) + be32(n)), code, code);
    expect_rejected(
        raw_field(13, 12, "\x0b\x0a"s + be32(1) + be32(n) + std::string(n < 0 ? 20 : 8, 'x')), code,
        code);
  }
}

TEST_F(Hostile, CountsAreCheckedAgainstWhatRemainsNotAgainstTheWhole) {
  // 100 bytes came before; 60 elements would fit into the whole, not into the rest.
  const std::string before = raw_field(11, 15, raw_text(std::string(100, 'x')));
  expect_rejected(before + raw_field(15, 8, "\x0c"s + be32(60) + std::string(50, '\0')),
                  Errc::truncated, Errc::truncated);
}

std::string nested_structs(int levels) {
  std::string s;
  for (int i = 0; i < levels; ++i) {
    s += raw_field(12, 2, "");
  }
  return s + std::string(static_cast<std::size_t>(levels) + 1, '\0');
}

// The Node at the root counts as one level.
TEST_F(Hostile, KnownStructsAreNestedUpToTheLimit) {
  for (const std::uint32_t limit : {1U, 2U, 3U, 10U, 64U, 500U}) {
    BothEngines node(schema(), "Node", {}, {.depth = limit});
    const int most = static_cast<int>(limit) - 1;
    EXPECT_EQ(node.decode(nested_structs(most)).error, "") << limit;
    EXPECT_EQ(node.decode(nested_structs(most + 1)).code, Errc::depth_limit) << limit;
    EXPECT_TRUE(node.transcode(nested_structs(most))) << limit;
    EXPECT_FALSE(node.transcode(nested_structs(most + 1))) << limit;
    EXPECT_EQ(node.decode(nested_structs(5000)).code, Errc::depth_limit) << limit;
  }
}

TEST_F(Hostile, RecordsTooDeepToBeReadBackAreNotWritten) {
  BothEngines deep(schema(), "Node", {}, {.depth = 100});
  const Decoded d = deep.decode(nested_structs(80));
  ASSERT_EQ(d.error, "");
  for (std::size_t k = 0; k < 2; ++k) {
    auto shallow = deep.engine(k).record_codec(deep.type, thrift::binary);
    Buffer out;
    auto done = shallow->encode(*d.record, out, {.limits = {.depth = 64}});
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code(), Errc::depth_limit);
  }
}

TEST_F(Hostile, SkippedValuesAreNestedUpToTheLimit) {
  // Unknown fields with structs in structs, lists in lists, maps in maps.
  const std::string structs = raw_field(12, 77, "");
  for (const int levels : {102, 137, 5000, 100000}) {
    std::string s;
    for (int i = 0; i < levels; ++i) {
      s += structs;
    }
    EXPECT_EQ(all.decode(s + std::string(static_cast<std::size_t>(levels) + 1, '\0')).code,
              Errc::depth_limit)
        << levels;
    std::string l = raw_field(15, 77, "");
    std::string m = raw_field(13, 77, "");
    for (int i = 0; i < levels; ++i) {
      l += "\x0f"s + be32(1);
      m += "\x02\x0d"s + be32(1) + "\1";
    }
    EXPECT_EQ(all.decode(l + "\x02"s + be32(0) + stop).code, Errc::depth_limit) << levels;
    EXPECT_EQ(all.decode(m + "\x02\x02"s + be32(0) + stop).code, Errc::depth_limit) << levels;
    EXPECT_FALSE(all.transcode(l + "\x02"s + be32(0) + stop));
  }
  std::string l = raw_field(15, 77, "");
  for (int i = 0; i < 40; ++i) {
    l += "\x0f"s + be32(1);
  }
  EXPECT_EQ(all.decode(l + "\x02"s + be32(0) + stop).error, "");
}

TEST_F(Hostile, DecodingStopsAtTheMemoryBudget) {
  BothEngines small(schema(), "All", {}, {.memory = 64 << 10});
  // 20,000 empty structs in 20 KB: the count is true, but the memory is too much.
  const std::string bytes =
      raw_field(15, 8, "\x0c"s + be32(20000) + std::string(20000, '\0')) + stop;
  EXPECT_EQ(small.decode(bytes).code, Errc::memory_limit);
  for (const Arena& arena : small.arenas()) {
    EXPECT_LT(arena.capacity(), std::size_t{256} << 10);
  }
  EXPECT_EQ(all.decode(bytes).error, "");
  const std::string text = raw_field(11, 15, raw_text(std::string(70000, 'x'))) + stop;
  EXPECT_EQ(small.decode(text).code, Errc::memory_limit);
  EXPECT_EQ(all.decode(text).error, "");
  EXPECT_TRUE(small.transcode(bytes)) << "no object, no memory";
}

TEST_F(Hostile, DecodingACppObjectStopsAtTheMemoryBudget) {
  for (const EngineOptions::Kind kind : engine_kinds) {
    Engine engine({.kind = kind});
    auto codec = engine.codec<HostileBlocks>(thrift::binary);
    ASSERT_TRUE(codec.has_value()) << codec.error().to_string();
    // 2000 pointers to blocks of 1 KB, each from five bytes: 2 MB. (Absent arrays are cleared.)
    std::string slots = "\x0c"s + be32(2000);
    for (int i = 0; i < 2000; ++i) {
      slots += raw_field(12, 1, stop) + stop;
    }
    HostileBlocks blocks;
    auto done =
        codec->decode(raw_field(15, 1, slots) + stop, blocks, {.limits = {.memory = 256 << 10}});
    ASSERT_FALSE(done.has_value()) << "a pointer's target is not charged";
    EXPECT_EQ(done.error().code(), Errc::memory_limit);
  }
}

TEST_F(Hostile, MapNodesAreChargedWithTheirContents) {
  for (const EngineOptions::Kind kind : engine_kinds) {
    Engine engine({.kind = kind});
    auto codec = engine.codec<HostileBlocks>(thrift::binary);
    ASSERT_TRUE(codec.has_value());
    std::string entries = "\x03\x0c"s + be32(250);
    for (int i = 0; i < 250; ++i) {
      entries += static_cast<char>(i);
      entries += stop;
    }
    HostileBlocks blocks;
    auto done =
        codec->decode(raw_field(13, 2, entries) + stop, blocks, {.limits = {.memory = 64 << 10}});
    ASSERT_FALSE(done.has_value()) << "a map's value is not charged";
    EXPECT_EQ(done.error().code(), Errc::memory_limit);
  }
}

TEST_F(Hostile, InputsLargerThanTheLimitAreNotRead) {
  BothEngines small(schema(), "All", {}, {.input_bytes = 100});
  const std::string fits = raw_field(11, 15, raw_text(std::string(92, 'x'))) + stop;
  ASSERT_EQ(fits.size(), 100U);
  EXPECT_EQ(small.decode(fits).error, "");
  EXPECT_TRUE(small.transcode(fits));
  const std::string larger = raw_field(11, 15, raw_text(std::string(93, 'x'))) + stop;
  const CallOptions call{.limits = {.input_bytes = 100}};
  for (std::size_t k = 0; k < 2; ++k) {
    Arena arena;
    EXPECT_EQ(small.codec(thrift::binary, k).decode(larger, arena, call).error().code(),
              Errc::size_limit);
    Buffer out;
    EXPECT_EQ(small.transcoder(thrift::binary, thrift::binary, k)
                  .transcode(larger, out, call)
                  .error()
                  .code(),
              Errc::size_limit);
    const Bytes parts[] = {as_bytes(std::string_view(larger).substr(0, 50)),
                           as_bytes(std::string_view(larger).substr(50))};
    EXPECT_EQ(small.codec(thrift::binary, k)
                  .decode(std::span<const Bytes>(parts), arena, call)
                  .error()
                  .code(),
              Errc::size_limit);
  }
}

TEST_F(Hostile, OutputsStopAtTheLimit) {
  for (const std::size_t limit : {1U, 8U, 99U, 100U, 1000U, 5000U}) {
    BothEngines small(schema(), "All", {}, {.output_bytes = limit});
    for (const std::size_t size : {limit - 1, limit, limit + 1, limit + 100}) {
      if (size < 9) {
        continue;
      }
      const std::string bytes = raw_field(11, 15, raw_text(std::string(size - 8, 'x'))) + stop;
      ASSERT_EQ(bytes.size(), size);
      std::string failure;
      const bool fits = size <= limit;
      EXPECT_EQ(small.transcode(bytes, &failure).has_value(), fits)
          << size << " of " << limit << ": " << failure;
      if (!fits) {
        EXPECT_TRUE(failure.starts_with("size_limit")) << failure;
      }
      const Decoded d = all.decode(bytes);
      RootValue copy = *RootValue::make(small.type);
      ASSERT_TRUE(copy.record().set("text", std::string(size - 8, 'x')));
      EXPECT_EQ(small.encode(copy.record(), &failure).has_value(), fits)
          << size << " of " << limit << ": " << failure;
    }
  }
}

TEST_F(Hostile, RecursiveObjectsOfCppAreBoundToo) {
  for (const EngineOptions::Kind kind : engine_kinds) {
    Engine engine({.kind = kind});
    auto codec = engine.codec<HostileNode>(thrift::binary);
    ASSERT_TRUE(codec.has_value()) << codec.error().to_string();
    HostileNode node;
    EXPECT_TRUE(codec->decode(nested_structs(100), node));
    auto done = codec->decode(nested_structs(101), node);
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code(), Errc::depth_limit);
    EXPECT_FALSE(codec->decode(nested_structs(100000), node));
  }
}

TEST_F(Hostile, ManyUnknownFieldsTakeLinearTime) {
  std::string bytes;
  for (int i = 0; i < 100000; ++i) {
    bytes += raw_field(2, 30000, "\1");
  }
  bytes += stop;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(all.decode(bytes).error, "");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

}  // namespace
}  // namespace wirejit::test
