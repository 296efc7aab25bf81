// Thrift Binary against the official C++ library in the same process, both ways: records, C++
// structs and transcoding. Strings are compared through libthrift's own reading and writing, so
// that nothing is right by our word alone.
#include "tests/support/engine_support.h"
#include "tests/support/random_value.h"

#include <peer_default/kitchen_types.h>
#include <wirejit/reflect.h>

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace wirejit::test {

namespace ours {

enum class KitchenColor : std::int32_t { red = 1, green = 2, blue = -3 };
WIREJIT_ENUM(KitchenColor, red, green, blue)

struct KitchenLeaf {
  std::int32_t number = 0;
  std::string name = "leaf";
  auto operator<=>(const KitchenLeaf&) const = default;
};
WIREJIT_STRUCT(KitchenLeaf, (1, number), (2, name))

struct KitchenChoice : std::variant<std::monostate, std::int32_t, std::string, KitchenLeaf,
                                    std::vector<std::int64_t>> {
  using variant::variant;
};
WIREJIT_VARIANT(KitchenChoice, (1, number), (2, text), (3, leaf), (4, numbers))

struct KitchenError {
  std::string message;
  std::optional<std::int32_t> code;
};
WIREJIT_STRUCT(KitchenError, (1, message, wirejit::required), (2, code))

struct KitchenScalars {
  bool flag = false;
  std::int8_t tiny = 0;
  std::int16_t small = 0;
  std::int32_t medium = 0;
  std::int64_t large = 0;
  double real = 0;
  std::string text;
  std::string blob;
  KitchenColor color{};
  std::int64_t id = 0;
};
WIREJIT_STRUCT(KitchenScalars, (1, flag), (2, tiny), (3, small), (4, medium), (5, large), (6, real),
               (7, text), (8, blob, wirejit::binary), (9, color), (10, id))

struct KitchenContainers {
  std::vector<bool> flags;
  std::vector<std::int8_t> bytes;
  std::vector<std::int16_t> shorts;
  std::vector<std::int32_t> ints;
  std::vector<std::int64_t> longs;
  std::vector<double> reals;
  std::vector<std::string> texts;
  std::vector<KitchenColor> colors;
  std::vector<KitchenLeaf> leaves;
  std::set<std::int32_t> int_set;
  std::set<std::string> text_set;
  std::map<std::string, std::int64_t> counts;
  std::map<std::int32_t, KitchenLeaf> by_number;
  std::map<KitchenColor, double> by_color;
  std::vector<std::vector<std::int32_t>> matrix;
  std::map<std::string, std::map<std::int32_t, std::vector<std::string>>> tower;
  std::vector<std::map<std::int64_t, bool>> maps;
  std::set<std::vector<std::int32_t>> lists;
  std::map<std::string, KitchenChoice> choices;
  std::map<std::int8_t, std::set<std::int64_t>> id_sets;
};
WIREJIT_STRUCT(KitchenContainers, (1, flags), (2, bytes), (3, shorts), (4, ints), (5, longs),
               (6, reals), (7, texts), (8, colors), (9, leaves), (10, int_set), (11, text_set),
               (12, counts), (13, by_number), (14, by_color), (15, matrix), (16, tower), (17, maps),
               (18, lists), (19, choices), (20, id_sets))

struct KitchenNode {
  std::int32_t value = 0;
  std::vector<KitchenNode> children;
  std::map<std::string, KitchenNode> named;
};
WIREJIT_STRUCT(KitchenNode, (1, value), (2, children), (3, named))

struct Kitchen {
  std::int32_t id = 0;
  std::optional<std::string> title;
  KitchenScalars scalars;
  std::optional<KitchenContainers> containers;
  std::optional<KitchenChoice> choice;
  std::optional<KitchenError> error;
  KitchenNode node;
  std::int32_t with_default = 0;
  std::optional<std::int32_t> optional_with_default;
  std::vector<std::string> names;
  std::int64_t far = 0;
  std::string farther;
  std::optional<double> farthest;
};
WIREJIT_STRUCT(Kitchen, (1, id), (2, title), (3, scalars), (4, containers), (5, choice), (6, error),
               (7, node), (8, with_default), (9, optional_with_default), (10, names), (20, far),
               (300, farther), (32000, farthest))

}  // namespace ours

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
      auto codec = kitchen.engine(k).codec<ours::Kitchen>(
          schema(), *schema().find_struct("Kitchen"), thrift::binary);
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
    official.__isset.optional_with_default = false;  // its constructor sets it, whatever comes
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

}  // namespace
}  // namespace wirejit::test
