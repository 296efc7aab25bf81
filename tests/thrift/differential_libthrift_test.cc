// Thrift Binary against the official C++ library in the same process, both ways: records, C++
// structs and transcoding. Strings are compared through libthrift's own reading and writing, so
// that our code is never compared with itself.
#include "tests/support/engine_support.h"
#include "tests/support/random_value.h"
#include "tests/thrift/kitchen_structs.h"

#include <wirejit/stream.h>

#include <gtest/gtest.h>
#include <peer_default/kitchen_types.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wirejit::test {

namespace {

using apache::thrift::protocol::TBinaryProtocol;
using apache::thrift::transport::TMemoryBuffer;

template <class T>
bool official_read(std::string_view bytes, T& to) {
  auto buffer = std::make_shared<TMemoryBuffer>(
      reinterpret_cast<std::uint8_t*>(const_cast<char*>(bytes.data())),
      static_cast<std::uint32_t>(bytes.size()));
  TBinaryProtocol protocol(buffer);
  try {
    to.read(&protocol);
    return buffer->available_read() == 0;
  } catch (const std::exception& e) {
    ADD_FAILURE() << "libthrift: " << e.what() << " " << hex(as_bytes(bytes));
    return false;
  }
}

template <class T>
std::string official_write(const T& value) {
  auto buffer = std::make_shared<TMemoryBuffer>();
  TBinaryProtocol protocol(buffer);
  value.write(&protocol);
  return buffer->getBufferAsString();
}

class Libthrift : public testing::Test {
 protected:
  static const Schema& schema() {
    static const Schema s = [] {
      auto loaded = thrift::load_file(WIREJIT_SOURCE_DIR "/tests/peers/kitchen.thrift");
      EXPECT_TRUE(loaded.has_value()) << loaded.error().to_string();
      return *loaded;
    }();
    return s;
  }

  Libthrift() {
    for (std::size_t k = 0; k < 2; ++k) {
      auto codec =
          kitchen.engine(k).codec<ours::Kitchen>(*schema().find_struct("Kitchen"), thrift::binary);
      EXPECT_TRUE(codec.has_value()) << codec.error().to_string();
      structs[k].emplace(*std::move(codec));
    }
  }

  // A random message in libthrift's own form.
  std::string message(Random& r, peer_default::Kitchen& official, bool sparse) {
    RootValue root = *RootValue::make(kitchen.type);
    fill_random(root.record(), r, {.depth = 4, .elements = 4, .text = 40, .sparse = sparse});
    (void)root.record().set("optional_with_default", 1);  // libthrift always writes it
    const auto bytes = kitchen.encode(root.record());
    EXPECT_TRUE(bytes && official_read(*bytes, official));
    const std::string again = official_write(official);
    if (!sparse) {
      const Decoded back = kitchen.decode(again);
      EXPECT_EQ(back.error, "");
      EXPECT_TRUE(back.record && *back.record == root.record()) << hex(as_bytes(again));
    }
    return again;
  }

  BothEngines kitchen{schema(), "Kitchen"};
  std::optional<Codec<ours::Kitchen>> structs[2];
};

TEST_F(Libthrift, RecordsGoThereAndBack) {
  for (std::uint64_t seed = 0; seed < rounds(150); ++seed) {
    SCOPED_TRACE(seed);
    Random r(seed);
    peer_default::Kitchen official;
    const std::string bytes = message(r, official, false);
    const Decoded d = kitchen.decode(bytes);
    ASSERT_EQ(d.error, "");
    const auto ours = kitchen.encode(*d.record);
    ASSERT_EQ(ours, bytes);
    peer_default::Kitchen back;
    ASSERT_TRUE(official_read(*ours, back));
    ASSERT_EQ(kitchen.transcode(bytes), bytes);
    ASSERT_EQ(official_write(back), bytes);
    if (HasFailure()) {
      return;
    }
  }
}

TEST_F(Libthrift, StructsGoThereAndBack) {
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

TEST_F(Libthrift, MessagesOfAnotherVersionAreUnderstoodAlike) {
  BothEngines other(schema(), "KitchenOther");
  ours::Kitchen reused[2];
  for (std::uint64_t seed = 0; seed < rounds(150); ++seed) {
    SCOPED_TRACE(seed);
    Random r(seed + 2000);
    RootValue root = *RootValue::make(other.type);
    fill_random(root.record(), r, {.depth = 3, .elements = 3, .text = 40});
    const auto bytes = other.encode(root.record());
    ASSERT_TRUE(bytes.has_value());
    peer_default::Kitchen official;
    ASSERT_TRUE(official_read(*bytes, official));
    official.__isset.optional_with_default = false;  // its constructor sets it always
    const std::string wanted = official_write(official);
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
    ASSERT_TRUE(official_read(*transcoded, again));
    again.__isset.optional_with_default = false;
    ASSERT_EQ(official_write(again), wanted);
    if (HasFailure()) {
      return;
    }
  }
}

TEST_F(Libthrift, EmptyMessagesTakeTheSameDefaults) {
  const std::string least =
      raw_field(8, 1, be32(5)) + raw_field(11, 300, raw_text("x")) + std::string(1, '\0');
  peer_default::Kitchen official;
  ASSERT_TRUE(official_read(least, official));
  official.__isset.optional_with_default = false;
  for (std::size_t k = 0; k < 2; ++k) {
    ours::Kitchen fresh;
    auto done = structs[k]->decode(least, fresh);
    ASSERT_TRUE(done.has_value()) << done.error().to_string();
    EXPECT_EQ(fresh.with_default, 42);
    Buffer out;
    ASSERT_TRUE(structs[k]->encode(fresh, out));
    EXPECT_EQ(hex(out.bytes()), hex(as_bytes(official_write(official))));
  }
}

// Framing::framed is what the official library's framed transport reads and writes.
TEST(LibthriftFrames, GoToTheOfficialLibraryAndBack) {
  const auto memory = std::make_shared<TMemoryBuffer>();
  apache::thrift::transport::TFramedTransport official(memory);
  std::string ours;
  StreamWriter writer(StreamSink::memory(ours), Framing::framed);
  const std::vector<std::string> messages{"a", std::string(300, 'b'), std::string(100'000, 'c')};
  for (const std::string& m : messages) {
    official.write(reinterpret_cast<const std::uint8_t*>(m.data()),
                   static_cast<std::uint32_t>(m.size()));
    official.flush();
    ASSERT_TRUE(writer.write(as_bytes(m)));
  }
  ASSERT_TRUE(writer.close());
  EXPECT_TRUE(ours == memory->getBufferAsString());
  StreamReader reader(StreamSource::memory(ours), Framing::framed);
  for (const std::string& m : messages) {
    const Result<std::optional<StreamMessage>> next = reader.next();
    ASSERT_TRUE(next && *next);
    EXPECT_TRUE(as_text((*next)->bytes) == m);
    std::string read(m.size(), ' ');
    // Not readAll(), which adds to a null pointer at first.
    EXPECT_EQ(official.readSlow(reinterpret_cast<std::uint8_t*>(read.data()),
                                static_cast<std::uint32_t>(read.size())),
              m.size());
    EXPECT_TRUE(read == m);
  }
}

}  // namespace
}  // namespace wirejit::test
