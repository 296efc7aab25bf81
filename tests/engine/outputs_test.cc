// Calls write the same to strings and spans as to a Buffer.
#include <wirejit/json.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace wirejit::test {
namespace {

struct OutputItem {
  std::int32_t id = 0;
  std::string name;
};
WIREJIT_STRUCT(OutputItem, (1, id), (2, name))

class Outputs : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  // `write(out)` writes `expected` to any output.
  template <class Write>
  static void expect_everywhere(const std::string& expected, const Write& write) {
    std::string text = "before ";
    ASSERT_TRUE(write(text));
    EXPECT_EQ(text, "before " + expected);
    std::string large;
    large.reserve(4096);
    ASSERT_TRUE(write(large));
    EXPECT_EQ(large, expected);

    for (const std::size_t more : {std::size_t{0}, std::size_t{1}, std::size_t{1000}}) {
      std::vector<std::uint8_t> room(expected.size() + more + 1, 0xee);
      const auto size = write(std::span(room).first(expected.size() + more));
      ASSERT_TRUE(size) << size.error().to_string();
      EXPECT_EQ(*size, expected.size());
      EXPECT_EQ(as_text(Bytes(room).first(*size)), expected);
      EXPECT_EQ(room.back(), 0xee) << "written after the span";
    }
    std::vector<std::byte> small(expected.size() - 1);
    const auto too_small = write(std::span(small));
    ASSERT_FALSE(too_small);
    EXPECT_EQ(too_small.error().code(), Errc::size_limit);
    for (const std::size_t number : {expected.size(), small.size()}) {
      EXPECT_NE(too_small.error().message().find(std::to_string(number)), std::string::npos)
          << too_small.error().message();
    }
  }

  // Small values, and one for which every output must grow.
  static std::vector<OutputItem> items() {
    return {{}, {7, "a"}, {-1, std::string(600, 'b')}, {1, std::string(5000, 'c')}};
  }
  static std::string json_of(const OutputItem& item) {
    return R"({"id":)" + std::to_string(item.id) + R"(,"name":")" + item.name + "\"}";
  }

  Engine engine_{EngineOptions{.kind = GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(Engines, Outputs,
                         testing::Values(EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic));

TEST_P(Outputs, OfCodecs) {
  const auto codec = engine_.codec<OutputItem>(json::text);
  ASSERT_TRUE(codec);
  for (const OutputItem& item : items()) {
    expect_everywhere(json_of(item), [&](auto&& out) { return codec->encode(item, out); });
  }
}

TEST_P(Outputs, OfTranscodersAndRecords) {
  const auto schema = thrift::load_text("struct Item { 1: i32 id, 2: string name }");
  ASSERT_TRUE(schema);
  const auto type = RecordType::make(*schema, "Item");
  ASSERT_TRUE(type);
  const auto records = engine_.record_codec(*type, json::text);
  const auto rewrite = engine_.transcoder({*schema, type->type()}, json::text, json::text);
  ASSERT_TRUE(records && rewrite);
  for (const OutputItem& item : items()) {
    const std::string text = json_of(item);
    expect_everywhere(text, [&](auto&& out) { return rewrite->transcode(text, out); });
    Arena arena;
    const auto record = records->decode(text, arena);
    ASSERT_TRUE(record);
    expect_everywhere(text, [&](auto&& out) { return records->encode(*record, out); });
    const auto value = records->decode_value(text, arena);
    ASSERT_TRUE(value);
    expect_everywhere(text, [&](auto&& out) { return records->encode(*value, out); });
  }
  std::array<char, 64> room{};
  EXPECT_EQ(records->encode(RecordView(), room).error().code(), Errc::not_found);
}

TEST_P(Outputs, AStringIsAsBeforeAfterAnError) {
  const auto schema = thrift::load_text("struct Item { 1: i32 id, 2: string name }");
  ASSERT_TRUE(schema);
  const auto rewrite = engine_.transcoder(*schema->find_struct("Item"), json::text, json::text);
  ASSERT_TRUE(rewrite);
  for (const std::size_t room : {std::size_t{0}, std::size_t{4096}}) {
    std::string text = "before";
    text.reserve(room);
    EXPECT_FALSE(rewrite->transcode(R"({"name":"abc","id":"x"})", text));
    EXPECT_EQ(text, "before");
  }
}

}  // namespace
}  // namespace wirejit::test
