// Thrift Compact against the official C++ library in the same process, both ways: records, C++
// structs, transcoding, and bytes that were changed.
#include "tests/support/random_value.h"
#include "tests/thrift/compact_support.h"
#include "tests/thrift/kitchen_structs.h"

#include <gtest/gtest.h>
#include <peer_default/kitchen_types.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/protocol/TCompactProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include <optional>
#include <string>
#include <vector>

namespace wirejit::test {
namespace {

using apache::thrift::protocol::TBinaryProtocol;
using apache::thrift::protocol::TCompactProtocol;
using apache::thrift::transport::TMemoryBuffer;

// The error of libthrift for the bytes; empty if it reads them all.
template <class Protocol, class T>
std::string official_read(std::string_view bytes, T& to) {
  auto buffer = std::make_shared<TMemoryBuffer>(
      reinterpret_cast<std::uint8_t*>(const_cast<char*>(bytes.data())),
      static_cast<std::uint32_t>(bytes.size()));
  Protocol protocol(buffer);
  try {
    to.read(&protocol);
    return buffer->available_read() == 0 ? "" : "bytes are left";
  } catch (const std::exception& e) {
    return std::string("libthrift: ") + e.what();
  }
}

template <class Protocol, class T>
std::string official_write(const T& value) {
  auto buffer = std::make_shared<TMemoryBuffer>();
  Protocol protocol(buffer);
  value.write(&protocol);
  return buffer->getBufferAsString();
}

class CompactLibthrift : public testing::Test {
 protected:
  static const Schema& schema() {
    static const Schema s = [] {
      auto loaded = thrift::load_file(WIREJIT_SOURCE_DIR "/tests/peers/kitchen.thrift");
      EXPECT_TRUE(loaded.has_value()) << loaded.error().to_string();
      return *loaded;
    }();
    return s;
  }

  CompactLibthrift() {
    for (std::size_t k = 0; k < 2; ++k) {
      engines[k].emplace(EngineOptions{.kind = engine_kinds[k]});
      auto codec =
          engines[k]->codec<ours::Kitchen>(*schema().find_struct("Kitchen"), thrift::compact);
      EXPECT_TRUE(codec.has_value()) << codec.error().to_string();
      structs[k].emplace(*std::move(codec));
    }
  }

  // A random message in libthrift's own form.
  std::string message(Random& r, peer_default::Kitchen& official, bool sparse,
                      const ValueShape& shape = {.depth = 4, .elements = 4, .text = 40}) {
    RootValue root = *RootValue::make(kitchen.type);
    ValueShape values = shape;
    values.sparse = sparse;
    fill_random(root.record(), r, values);
    (void)root.record().set("optional_with_default", 1);  // libthrift always writes it
    const auto bytes = kitchen.encode(root.record());
    EXPECT_TRUE(bytes.has_value());
    EXPECT_EQ(official_read<TCompactProtocol>(bytes.value_or(""), official), "");
    const std::string again = official_write<TCompactProtocol>(official);
    if (!sparse) {
      const Decoded back = kitchen.decode(again);
      EXPECT_EQ(back.error, "");
      EXPECT_TRUE(back.record && *back.record == root.record()) << hex(as_bytes(again));
    }
    return again;
  }

  std::optional<Engine> engines[2];
  CompactEngines kitchen{schema(), "Kitchen"};
  std::optional<Codec<ours::Kitchen>> structs[2];
};

TEST_F(CompactLibthrift, RecordsGoThereAndBack) {
  for (std::uint64_t seed = 0; seed < rounds(150); ++seed) {
    SCOPED_TRACE(seed);
    Random r(seed);
    peer_default::Kitchen official;
    const std::string bytes = message(r, official, false);
    const Decoded d = kitchen.decode(bytes);
    ASSERT_EQ(d.error, "");
    ASSERT_EQ(kitchen.encode(*d.record), bytes);
    ASSERT_EQ(kitchen.transcode(bytes), bytes);
    const std::string binary = official_write<TBinaryProtocol>(official);
    ASSERT_EQ(kitchen.to_binary(bytes), binary);
    ASSERT_EQ(kitchen.from_binary(binary), bytes);
    if (HasFailure()) {
      return;
    }
  }
}

TEST_F(CompactLibthrift, LongListsGoThereAndBack) {
  for (std::uint64_t seed = 0; seed < rounds(20); ++seed) {
    SCOPED_TRACE(seed);
    Random r(seed + 500);
    peer_default::Kitchen official;
    const std::string bytes = message(r, official, false, {.depth = 3, .elements = 60, .text = 10});
    const Decoded d = kitchen.decode(bytes);
    ASSERT_EQ(d.error, "");
    ASSERT_EQ(kitchen.encode(*d.record), bytes);
    ASSERT_EQ(kitchen.transcode(bytes), bytes);
  }
}

TEST_F(CompactLibthrift, StructsGoThereAndBack) {
  ours::Kitchen reused[2];
  for (std::uint64_t seed = 0; seed < rounds(150); ++seed) {
    SCOPED_TRACE(seed);
    Random r(seed + 1000);
    peer_default::Kitchen official;
    const std::string bytes = message(r, official, true);
    for (std::size_t k = 0; k < 2; ++k) {
      ours::Kitchen fresh;
      auto done = structs[k]->decode(bytes, fresh);
      ASSERT_TRUE(done.has_value()) << done.error().to_string();
      Buffer out;
      ASSERT_TRUE(structs[k]->encode(fresh, out));
      ASSERT_EQ(hex(out.bytes(), 4000), hex(as_bytes(bytes), 4000));
      ASSERT_TRUE(structs[k]->decode(bytes, reused[k]));
      out.clear();
      ASSERT_TRUE(structs[k]->encode(reused[k], out));
      ASSERT_EQ(out.text(), bytes) << "an object used before";
    }
    if (HasFailure()) {
      return;
    }
  }
}

TEST_F(CompactLibthrift, MessagesOfAnotherVersionAreUnderstoodAlike) {
  CompactEngines other(schema(), "KitchenOther");
  ours::Kitchen reused[2];
  for (std::uint64_t seed = 0; seed < rounds(150); ++seed) {
    SCOPED_TRACE(seed);
    Random r(seed + 2000);
    RootValue root = *RootValue::make(other.type);
    fill_random(root.record(), r, {.depth = 3, .elements = 3, .text = 40});
    const auto bytes = other.encode(root.record());
    ASSERT_TRUE(bytes.has_value());
    peer_default::Kitchen official;
    ASSERT_EQ(official_read<TCompactProtocol>(*bytes, official), "");
    official.__isset.optional_with_default = false;  // its constructor sets it always
    const std::string wanted = official_write<TCompactProtocol>(official);
    for (std::size_t k = 0; k < 2; ++k) {
      auto done = structs[k]->decode(*bytes, reused[k]);
      ASSERT_TRUE(done.has_value()) << done.error().to_string();
      Buffer out;
      ASSERT_TRUE(structs[k]->encode(reused[k], out));
      ASSERT_EQ(hex(out.bytes(), 4000), hex(as_bytes(wanted), 4000)) << hex(as_bytes(*bytes), 4000);
    }
    const auto transcoded = kitchen.transcode(*bytes);
    ASSERT_TRUE(transcoded.has_value());
    peer_default::Kitchen again;
    ASSERT_EQ(official_read<TCompactProtocol>(*transcoded, again), "");
    again.__isset.optional_with_default = false;
    ASSERT_EQ(official_write<TCompactProtocol>(again), wanted);
    if (HasFailure()) {
      return;
    }
  }
}

// Bytes that we read, libthrift reads too, with the same meaning, except: it rejects unusual types
// of empty lists and uuids, and it merges structs that come twice, also those of one key.
TEST_F(CompactLibthrift, ChangedBytesThatAreReadMeanTheSameThere) {
  std::size_t read = 0;
  std::vector<Codec<ours::Kitchen>> strict;
  for (const auto& engine : engines) {
    auto codec = engine->codec<ours::Kitchen>(
        *schema().find_struct("Kitchen"), thrift::compact,
        {.reject_duplicate_fields = true, .reject_duplicate_keys = true});
    ASSERT_TRUE(codec.has_value());
    strict.push_back(*std::move(codec));
  }
  for (std::uint64_t seed = 0; seed < rounds(300); ++seed) {
    SCOPED_TRACE(seed);
    Random r(seed + 3000);
    peer_default::Kitchen origin;
    const std::string bytes = message(r, origin, true, {.depth = 3, .elements = 3, .text = 12});
    for (int k = 0; k < 40; ++k) {
      std::string changed = bytes;
      for (std::size_t n = r.below(2) + 1; n != 0 && !changed.empty(); --n) {
        const std::size_t at = r.below(changed.size());
        switch (r.below(4)) {
          case 0: changed[at] = static_cast<char>(r.next()); break;
          case 1: changed[at] = static_cast<char>(changed[at] ^ 1 << r.below(8)); break;
          case 2: changed.erase(at, r.below(4) + 1); break;
          default: changed.insert(at, 1, static_cast<char>(r.next())); break;
        }
      }
      ours::Kitchen mine[2];
      const auto first = strict[0].decode(changed, mine[0]);
      const auto second = strict[1].decode(changed, mine[1]);
      ASSERT_EQ(first ? "" : outcome(first.error()), second ? "" : outcome(second.error()));
      if (!first) {
        continue;
      }
      peer_default::Kitchen official;
      const std::string verdict = official_read<TCompactProtocol>(changed, official);
      if (verdict.find("don't know what type") != std::string::npos) {
        continue;
      }
      ASSERT_EQ(verdict, "") << hex(as_bytes(changed), 4000);
      official.__isset.optional_with_default = mine[0].optional_with_default.has_value();
      ++read;
      for (std::size_t e = 0; e < 2; ++e) {
        Buffer out;
        ASSERT_TRUE(structs[e]->encode(mine[e], out));
        ASSERT_EQ(hex(out.bytes(), 4000),
                  hex(as_bytes(official_write<TCompactProtocol>(official)), 4000))
            << hex(as_bytes(changed), 4000);
      }
    }
  }
  EXPECT_GT(read, 1000U);
}

}  // namespace
}  // namespace wirejit::test
