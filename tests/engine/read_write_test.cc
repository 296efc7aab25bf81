// One-line calls: what they read and write is what the codecs of the same format do.
#include <wirejit/read_write.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace wirejit {
namespace {

struct OneLineItem {
  std::int32_t id = 0;
  std::string name;
  friend bool operator==(const OneLineItem&, const OneLineItem&) = default;
};
WIREJIT_STRUCT(OneLineItem, (1, id), (2, name))

struct OneLineSet {
  std::vector<std::vector<std::int32_t>> lists;
};
WIREJIT_STRUCT(OneLineSet, (1, lists))

const OneLineItem item{7, "seven"};

TEST(ReadWrite, JsonIsTextThatIsReadBack) {
  const Result<std::string> text = json::write(item);
  ASSERT_TRUE(text) << text.error();
  EXPECT_EQ(*text, R"({"id":7,"name":"seven"})");
  EXPECT_EQ(json::read<OneLineItem>(*text).value(), item);
  EXPECT_EQ(json::read<OneLineItem>(R"({"name":"seven", "id":7})").value(), item);
}

TEST(ReadWrite, OptionsOfJsonCount) {
  EXPECT_EQ(json::write(item, {.indent = 1}).value(), "{\n \"id\": 7,\n \"name\": \"seven\"\n}\n");
  const std::string text = R"({"id":7,"name":"seven"})";
  EXPECT_EQ(json::read<OneLineItem>(text, {.keys = json::Keys::name}).value(), item);
}

TEST(ReadWrite, ProtobufAndThriftAreBytesThatAreReadBack) {
  const Result<Buffer> message = pb::write(item);
  ASSERT_TRUE(message) << message.error();
  EXPECT_EQ(message->text(), "\x08\x07\x12\x05seven");
  EXPECT_EQ(pb::read<OneLineItem>(*message).value(), item);

  const Result<Buffer> binary = thrift::write(item);
  ASSERT_TRUE(binary) << binary.error();
  EXPECT_EQ(thrift::read<OneLineItem>(*binary).value(), item);
  const Result<Buffer> compact = thrift::write(item, thrift::compact);
  ASSERT_TRUE(compact) << compact.error();
  EXPECT_LT(compact->size(), binary->size());
  EXPECT_EQ(thrift::read<OneLineItem>(*compact, thrift::compact).value(), item);
  EXPECT_FALSE(thrift::read<OneLineItem>(*compact));
}

TEST(ReadWrite, ErrorsSayWhatIsWrong) {
  const Result<OneLineItem> wrong = json::read<OneLineItem>(R"({"id":"x"})");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code(), Errc::invalid_number) << wrong.error();
  EXPECT_EQ(wrong.error().path(), "id");
  EXPECT_EQ(pb::read<OneLineItem>("\x08").error().code(), Errc::truncated);
  // A codec that cannot be made says so in each call.
  for (int k = 0; k < 2; ++k) {
    EXPECT_EQ(pb::write(OneLineSet{{{1}}}).error().code(), Errc::unsupported);
    EXPECT_EQ(pb::read<OneLineSet>("").error().code(), Errc::unsupported);
  }
}

TEST(ReadWrite, ThreadsMayBeginAtOnce) {
  std::vector<std::jthread> threads;
  for (int k = 0; k < 4; ++k) {
    threads.emplace_back([k] {
      for (std::int32_t id = k; id < 100; ++id) {
        const OneLineItem one{id, std::to_string(id)};
        EXPECT_EQ(json::read<OneLineItem>(json::write(one).value()).value(), one);
      }
    });
  }
}

TEST(ReadWrite, TheSharedEngineIsOne) { EXPECT_EQ(&Engine::shared(), &Engine::shared()); }

}  // namespace
}  // namespace wirejit
