// Types that messages name are compiled, used and dropped by many threads at once. Runs under
// ThreadSanitizer, too.
#include "engine/engine.h"
#include "engine/module_cache.h"
#include "tests/support/together.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace wirejit::test {

namespace {

Field& add(StructType& s, int id, const std::string& name, const Type* type) {
  Field& f = s.fields.emplace_back();
  f.id = id;
  f.name = name;
  f.json_name = name;
  f.type = type;
  return f;
}

// test.T0 to test.T39, each with an Any and a number.
Schema any_schema(int types) {
  SchemaBuilder b;
  b.add_document("google.protobuf");
  StructType& any = b.add_struct("Any");
  any.semantic = Semantic::any;
  add(any, 1, "type_url", b.base(Kind::string));
  add(any, 2, "value", b.base(Kind::binary));
  b.add_document("test");
  for (int k = 0; k < types; ++k) {
    StructType& s = b.add_struct("T" + std::to_string(k));
    add(s, 1, "any", b.of(any)).requiredness = Requiredness::optional;
    add(s, 2, "n", b.base(Kind::i32));
  }
  Result<Schema> s = b.build();
  EXPECT_TRUE(s.has_value());
  return std::move(*s);
}

std::string text_of(int outer, int inner) {
  return R"({"any":{"@type":"a/test.T)" + std::to_string(outer) + R"(","any":{"@type":"a/test.T)" +
         std::to_string(inner) + R"(","n":5},"n":4},"n":3})";
}

TEST(ThreadAny, TypesComeAndGoWhileTheyAreUsed) {
  constexpr int types = 40;
  const Schema schema = any_schema(types);
  for (const std::size_t kept : {std::size_t{1}, std::size_t{8}, std::size_t{1024}}) {
    const Engine engine({.cached_codecs = kept});
    const auto to_wire = engine.transcoder(*schema.find_struct("test.T0"), pb::json, pb::wire);
    const auto to_text = engine.transcoder(*schema.find_struct("test.T0"), pb::wire, pb::json);
    ASSERT_TRUE(to_wire && to_text);
    std::atomic<int> wrong{0};
    together([&](int thread) {
      Buffer bytes;
      Buffer text;
      for (int k = 0; k < 400; ++k) {
        const std::string wanted = text_of((k * 7 + thread) % types, k % 3);
        bytes.clear();
        text.clear();
        if (!to_wire->transcode(wanted, bytes) || !to_text->transcode(bytes, text) ||
            text.text() != wanted) {
          ++wrong;
        }
      }
    });
    EXPECT_EQ(wrong, 0) << kept;
    // A module that was in use when it was dropped is freed when another one is added.
    EXPECT_LE(engine::impl_of(engine).module_cache()->modules(), kept + 2 * threads);
  }
}

struct Counted final : engine::CachedModule {
  explicit Counted(std::atomic<int>& n) : alive(n) {
    ++alive;
    bytes = 100;
  }
  ~Counted() override {
    --alive;
    value = 0;
  }
  std::atomic<int>& alive;
  int value = 42;
};

TEST(ThreadAny, ModulesInUseAreNotFreed) {
  std::atomic<int> alive{0};
  std::atomic<int> wrong{0};
  {
    engine::ModuleCache cache(3, 1000);
    engine::ModuleCache::Entry entries[8];
    together([&](int thread) {
      for (int k = 0; k < 20'000; ++k) {
        engine::ModuleCache::Entry& entry = entries[(k * 5 + thread) % 8];
        const engine::CachedModule* held = entry.acquire();
        if (held == nullptr) {
          held = cache.put(entry, std::make_unique<Counted>(alive));
        }
        if (static_cast<const Counted*>(held)->value != 42) {
          ++wrong;
        }
        engine::ModuleCache::release(held);
      }
    });
    EXPECT_LE(cache.modules(), 3U + threads);
    for (engine::ModuleCache::Entry& p : entries) {
      cache.erase(p);
    }
    EXPECT_EQ(cache.bytes(), 0U);
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(alive, 0);
}

// The total of bytes is bounded, as the number of modules is. A module that is larger by itself is
// kept alone.
TEST(ThreadAny, BytesAreBounded) {
  std::atomic<int> alive{0};
  engine::ModuleCache cache(100, 1000);
  engine::ModuleCache::Entry entries[20];
  for (engine::ModuleCache::Entry& p : entries) {
    engine::ModuleCache::release(cache.put(p, std::make_unique<Counted>(alive)));
    EXPECT_LE(cache.bytes(), 1000U);
  }
  EXPECT_EQ(cache.modules(), 10U);
  auto large = std::make_unique<Counted>(alive);
  large->bytes = 5000;
  engine::ModuleCache::release(cache.put(entries[0], std::move(large)));
  EXPECT_EQ(cache.modules(), 1U);
  EXPECT_EQ(alive, 1);
  for (engine::ModuleCache::Entry& p : entries) {
    cache.erase(p);
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace

}  // namespace wirejit::test
