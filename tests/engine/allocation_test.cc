// Calls allocate nothing when buffers, arenas and objects are reused.
// Counts every allocation of the process, by a replaced operator new, and malloc where the C library
// allows it.
#include "tests/support/engine_support.h"

#include <wirejit/json.h>
#include <wirejit/reflect.h>

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <vector>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WIREJIT_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define WIREJIT_TEST_SANITIZED 1
#endif
#endif

namespace {

constinit std::atomic<std::size_t> allocations{0};
constinit std::atomic<std::size_t> allocated{0};  // bytes

void note(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  allocated.fetch_add(size, std::memory_order_relaxed);
}

}  // namespace

// Sanitizers bring their own allocator; there, only operator new is counted.
#if !defined(WIREJIT_TEST_SANITIZED) && defined(__GLIBC__)
extern "C" {
void* __libc_malloc(std::size_t size);            // NOLINT
void* __libc_realloc(void* p, std::size_t size);  // NOLINT
void* malloc(std::size_t size) {
  note(size);
  return __libc_malloc(size);
}
void* realloc(void* p, std::size_t size) {
  note(size);
  return __libc_realloc(p, size);
}
}
#else
void* operator new(std::size_t size) {
  note(size);
  if (void* p = std::malloc(size != 0 ? size : 1)) {
    return p;
  }
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
#endif

namespace wirejit::test {

struct WarmLine {
  std::string sku;
  std::int32_t count = 0;
  std::vector<double> prices;
  auto operator<=>(const WarmLine&) const = default;
};
WIREJIT_STRUCT(WarmLine, (1, sku), (2, count), (3, prices))
struct WarmOrder {
  std::int64_t id = 0;
  std::string note;
  std::vector<WarmLine> lines;
  std::vector<std::string> tags;
  std::vector<std::vector<std::int32_t>> rows;
  std::optional<std::string> comment;
  std::vector<bool> bits;
  std::vector<std::uint8_t> bytes;
};
WIREJIT_STRUCT(WarmOrder, (1, id), (2, note), (3, lines), (4, tags), (5, rows), (6, comment),
               (7, bits), (8, bytes))

namespace {

template <class F>
std::size_t count(F&& f) {
  const std::size_t before = allocations.load();
  f();
  return allocations.load() - before;
}

WarmOrder order(int size) {
  WarmOrder o;
  o.id = size;
  o.note = std::string(static_cast<std::size_t>(size) * 10, 'n');
  for (int i = 0; i < size; ++i) {
    o.lines.push_back({"a stock keeping unit " + std::to_string(i), i, {1.5, 2.5}});
    o.tags.push_back("a tag that does not fit into the object");
    o.rows.push_back({1, 2, 3});
    o.bits.push_back(i % 3 == 0);
    o.bytes.push_back(static_cast<std::uint8_t>(i));
  }
  o.comment = "a comment that is there in every message of this test";
  return o;
}

class Allocation : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  Engine engine{EngineOptions{.kind = GetParam()}};
  Codec<WarmOrder> codec = *engine.codec<WarmOrder>(thrift::binary);
  std::string bytes = [this] {
    Buffer out;
    EXPECT_TRUE(codec.encode(order(20), out));
    return std::string(out.text());
  }();
};

TEST_P(Allocation, TheCounterCounts) {
  EXPECT_GT(count([] {
              std::string s(1000, 'x');
              asm volatile("" : : "r"(s.data()) : "memory");
            }),
            0U);
}

TEST_P(Allocation, EncodingIntoAWarmBufferAllocatesNothing) {
  const WarmOrder o = order(20);
  Buffer out;
  ASSERT_TRUE(codec.encode(o, out));
  EXPECT_EQ(count([&] {
              for (int i = 0; i < 100; ++i) {
                out.clear();
                ASSERT_TRUE(codec.encode(o, out));
              }
            }),
            0U);
}

TEST_P(Allocation, DecodingIntoAWarmObjectAllocatesNothing) {
  WarmOrder o;
  ASSERT_TRUE(codec.decode(bytes, o));
  EXPECT_EQ(count([&] {
              for (int i = 0; i < 100; ++i) {
                ASSERT_TRUE(codec.decode(bytes, o));
              }
            }),
            0U);
}

TEST_P(Allocation, SmallerMessagesUseTheMemoryOfLargerOnes) {
  Buffer small;
  ASSERT_TRUE(codec.encode(order(3), small));
  WarmOrder o;
  ASSERT_TRUE(codec.decode(bytes, o));
  EXPECT_EQ(count([&] { ASSERT_TRUE(codec.decode(small, o)); }), 0U);
  EXPECT_EQ(o.lines.size(), 3U);
}

TEST_P(Allocation, RecordsInAWarmArenaAllocateNothing) {
  auto schema = schema_of<WarmOrder>();
  ASSERT_TRUE(schema.has_value());
  auto type = RecordType::make(*schema, "WarmOrder");
  ASSERT_TRUE(type.has_value());
  auto records = engine.record_codec(*type, thrift::binary);
  ASSERT_TRUE(records.has_value());
  Arena arena;
  Buffer out;
  for (int i = 0; i < 3; ++i) {
    arena.reset();
    ASSERT_TRUE(records->encode(*records->decode(bytes, arena), out));
  }
  EXPECT_EQ(count([&] {
              for (int i = 0; i < 100; ++i) {
                arena.reset();
                Result<Record> r = records->decode(bytes, arena);
                ASSERT_TRUE(r.has_value());
                out.clear();
                ASSERT_TRUE(records->encode(*r, out));
              }
            }),
            0U);
}

TEST_P(Allocation, TranscodingIntoAWarmBufferAllocatesNothing) {
  auto schema = schema_of<WarmOrder>();
  auto t = engine.transcoder(*schema->find_struct("WarmOrder"), thrift::binary, thrift::binary);
  ASSERT_TRUE(t.has_value());
  Buffer out;
  ASSERT_TRUE(t->transcode(bytes, out));
  EXPECT_EQ(count([&] {
              for (int i = 0; i < 100; ++i) {
                out.clear();
                ASSERT_TRUE(t->transcode(bytes, out));
              }
            }),
            0U);
}

TEST_P(Allocation, AskingForACodecAgainIsCheapButNotCounted) {
  EXPECT_LT(count([&] { ASSERT_TRUE(engine.codec<WarmOrder>(thrift::binary)); }), 40U)
      << "it must come from the cache";
}

// Structs S0, S1, ... of 20 optional fields each, the last three of which are further structs.
std::string many_structs(int n) {
  std::string idl;
  for (int i = n - 1; i >= 0; --i) {
    idl += "struct S" + std::to_string(i) + " {";
    for (int k = 1; k <= 20; ++k) {
      const int child = 3 * i + k - 17;
      const bool nests = k > 17 && child < n;
      idl += std::to_string(k) + ": optional " + (nests ? "S" + std::to_string(child) : "i32") +
             " f" + std::to_string(k) + ";";
    }
    idl += "}\n";
  }
  return idl;
}

struct FailureCost {
  std::size_t first = 0;  // bytes allocated
  std::size_t later = 0;
};

FailureCost cost_of_failure(const Engine& engine, int structs, std::string_view bad,
                            const Limits& limits = {}) {
  FailureCost cost;
  const Result<Schema> schema = thrift::load_text(many_structs(structs));
  const Result<RecordType> type = RecordType::make(*schema, "S0");
  const Result<RecordCodec> codec = engine.record_codec(*type, json::text);
  EXPECT_TRUE(codec.has_value()) << codec.error().to_string();
  if (!codec) {
    return cost;
  }
  Arena arena;
  const auto bytes_of_one = [&] {
    arena.reset();
    const std::size_t before = allocated.load();
    EXPECT_FALSE(codec->decode(bad, arena, {.limits = limits}).has_value());
    return allocated.load() - before;
  };
  cost.first = bytes_of_one();
  (void)bytes_of_one();
  cost.later = bytes_of_one();
  return cost;
}

TEST_P(Allocation, AFailedCallAllocatesNothingOfTheSchemasSize) {
  const std::string_view bad = R"({"f1":1,"f2":x})";
  const FailureCost one = cost_of_failure(engine, 1, bad);
  const FailureCost many = cost_of_failure(engine, 300, bad);
  EXPECT_EQ(many.later, one.later);
  EXPECT_LT(many.later, 2048U);
  // The first failure decodes the Programs that it enters, and allocates a word for each routine.
  EXPECT_LT(many.first, 2 * one.first + 8 * 1200);
}

TEST_P(Allocation, AFailedCallPreparesOnlyTheRoutinesThatItEnters) {
  const std::string_view bad = R"({"f18":{"f18":{"f2":x}}})";
  const FailureCost few = cost_of_failure(engine, 40, bad);
  const FailureCost many = cost_of_failure(engine, 300, bad);
  EXPECT_EQ(many.later, few.later);
  EXPECT_LT(many.first, few.first + 8 * 1200);
}

TEST_P(Allocation, BothRunsOfAMemoryLimitsFailureReuseTheirRoutines) {
  const std::string text = R"({"f18":{"f18":{"f18":{"f18":{"f1":1}}}}})";
  const FailureCost few = cost_of_failure(engine, 140, text, {.memory = 100});
  const FailureCost many = cost_of_failure(engine, 300, text, {.memory = 100});
  EXPECT_EQ(many.later, few.later);
  EXPECT_LT(many.later, 4096U);
}

INSTANTIATE_TEST_SUITE_P(
    Engines, Allocation,
    testing::Values(EngineOptions::Kind::interpret, EngineOptions::Kind::automatic),
    [](const auto& p) {
      return std::string(p.param == EngineOptions::Kind::interpret ? "interpreted" : "automatic");
    });

}  // namespace
}  // namespace wirejit::test
