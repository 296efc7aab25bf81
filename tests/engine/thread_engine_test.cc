// One Engine and its codecs, used by many threads at once. Runs under ThreadSanitizer, too.
#include "tests/support/together.h"

#include <wirejit/record_codec.h>
#include <wirejit/reflect.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace wirejit::test {

struct ThreadItem {
  std::int32_t id = 0;
  std::string name;
  bool operator==(const ThreadItem&) const = default;
};
WIREJIT_STRUCT(ThreadItem, (1, id), (2, name))
struct ThreadOrder {
  std::int64_t id = 0;
  std::vector<ThreadItem> items;
  std::map<std::string, std::int32_t> counts;
  bool operator==(const ThreadOrder&) const = default;
};
WIREJIT_STRUCT(ThreadOrder, (1, id), (2, items), (3, counts))

namespace {

std::string number(int n) { return std::to_string(n); }

// Identifies the compiled module of a codec.
class Handle : public CodecBase {
 public:
  explicit Handle(const CodecBase& c) : CodecBase(c) {}
  [[nodiscard]] const void* module() const { return compiled_.get(); }
};

class Threads : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  Engine engine{EngineOptions{.kind = GetParam()}};
};

TEST_P(Threads, ATypeThatAllAskForAtOnceIsCompiledOnce) {
  for (int round = 0; round < 8; ++round) {
    Engine fresh(EngineOptions{.kind = GetParam()});
    const void* encoders[threads] = {};
    const void* decoders[threads] = {};
    together([&](int i) {
      auto codec = fresh.codec<ThreadOrder>(thrift::binary);
      if (codec) {
        encoders[i] = Handle(codec->encoder()).module();
        decoders[i] = Handle(codec->decoder()).module();
      }
    });
    for (int i = 0; i < threads; ++i) {
      ASSERT_NE(encoders[i], nullptr);
      ASSERT_EQ(encoders[i], encoders[0]);
      ASSERT_EQ(decoders[i], decoders[0]);
    }
  }
}

TEST_P(Threads, OneCodecServesAll) {
  auto codec = engine.codec<ThreadOrder>(thrift::binary);
  ASSERT_TRUE(codec.has_value());
  std::atomic<int> wrong{0};
  together([&](int i) {
    ThreadOrder back;
    Buffer out;
    for (int k = 0; k < 300; ++k) {
      ThreadOrder order{k, {}, {{"thread " + number(i), k}}};
      order.items.resize(static_cast<std::size_t>(k % 7), {i, "an item of thread " + number(i)});
      out.clear();
      if (!codec->encode(order, out) || !codec->decode(out, back) || back != order) {
        ++wrong;
      }
      // A failed call runs the Program again to find the path; other threads must not notice.
      if (codec->decode(out.bytes().first(out.size() - 1), back)) {
        ++wrong;
      }
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST_P(Threads, TheFirstFailureMayHappenOnAllAtOnce) {
  for (int round = 0; round < 20; ++round) {
    const Engine fresh(EngineOptions{.kind = GetParam()});
    const auto codec = fresh.codec<ThreadOrder>(thrift::binary);
    ASSERT_TRUE(codec.has_value());
    Buffer out;
    ASSERT_TRUE(codec->encode({1, {{1, "a"}, {2, "an item that is cut"}}, {}}, out));
    const std::vector<std::uint8_t> cut(out.bytes().begin(), out.bytes().end() - 15);
    std::string paths[threads];
    together([&](int i) {
      ThreadOrder back;
      for (int k = 0; k < 3; ++k) {
        const auto done = codec->decode(Bytes(cut), back);
        paths[i] = done ? "accepted" : done.error().path();
      }
    });
    for (const std::string& path : paths) {
      ASSERT_EQ(path, "items[1].name");
    }
  }
}

Schema schema_of_number(int n) {
  auto s = thrift::load_text("struct S" + number(n) + " { 1: i32 a; 2: string b; " +
                             number(10 + n) + ": list<i64> c }");
  EXPECT_TRUE(s.has_value());
  return *s;
}

TEST_P(Threads, DifferentTypesAreCompiledSideBySide) {
  std::atomic<int> wrong{0};
  together([&](int i) {
    for (int k = 0; k < 6; ++k) {
      const int n = i * 6 + k;
      const Schema schema = schema_of_number(n);
      auto type = RecordType::make(schema, "S" + number(n));
      auto codec = engine.record_codec(*type, thrift::binary);
      if (!codec) {
        ++wrong;
        continue;
      }
      RootValue root = *RootValue::make(*type);
      (void)root.record().set("a", n);
      (void)root.record().set("c", std::vector<std::int64_t>{n, n});
      Buffer out;
      Arena arena;
      if (!codec->encode(root.record(), out)) {
        ++wrong;
        continue;
      }
      auto back = codec->decode(out, arena);
      if (!back || !(*back == root.record())) {
        ++wrong;
      }
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST_P(Threads, TranscodersFallBackToRecordsOnAllThreads) {
  const Schema schema = schema_of_number(1);
  std::atomic<int> wrong{0};
  // Field 1 comes twice: the call is retried through a record, whose codecs are made on first use.
  const std::string twice("\x08\0\x01\0\0\0\1\x08\0\x01\0\0\0\2\0", 15);
  const std::string once("\x08\0\x01\0\0\0\2\0", 8);
  for (int round = 0; round < 5; ++round) {
    Engine fresh(EngineOptions{.kind = GetParam()});
    auto t = fresh.transcoder(*schema.find_struct("S1"), thrift::binary, thrift::binary);
    ASSERT_TRUE(t.has_value());
    together([&](int) {
      Buffer out;
      for (int k = 0; k < 20; ++k) {
        out.clear();
        if (!t->transcode(twice, out) || out.text() != once) {
          ++wrong;
        }
      }
    });
  }
  EXPECT_EQ(wrong, 0);
}

TEST_P(Threads, ASmallCacheDropsCodecsThatOthersUse) {
  Engine small(EngineOptions{.kind = GetParam(), .cached_codecs = 2});
  std::atomic<int> wrong{0};
  const Schema schemas[] = {schema_of_number(1), schema_of_number(2), schema_of_number(3)};
  together([&](int i) {
    for (int k = 0; k < 12; ++k) {
      const Schema& schema = schemas[(i + k) % 3];
      auto t = small.transcoder({schema, schema.structs().front()}, thrift::binary, thrift::binary);
      Buffer out;
      const std::string message("\x08\0\x01\0\0\0\2\0", 8);
      if (!t || !t->transcode(message, out) || out.text() != message) {
        ++wrong;
      }
    }
  });
  EXPECT_EQ(wrong, 0);
}

TEST_P(Threads, LayoutsAndEnginesMayBeMadeByAll) {
  std::atomic<int> wrong{0};
  together([&](int) {
    Engine own(EngineOptions{.kind = GetParam()});
    auto codec = own.codec<ThreadItem>(thrift::binary);
    Buffer out;
    if (!codec || !codec->encode({1, "x"}, out) || out.size() != 16) {
      ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Engines, Threads,
    testing::Values(EngineOptions::Kind::interpret, EngineOptions::Kind::automatic),
    [](const auto& p) {
      return std::string(p.param == EngineOptions::Kind::interpret ? "interpreted" : "automatic");
    });

}  // namespace
}  // namespace wirejit::test
