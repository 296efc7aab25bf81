// What is around bodies: messages and their pairs.
#include <wirejit/chain.h>
#include <wirejit/rpc/message.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace wirejit::test {
namespace {

using rpc::Body;
using rpc::IntPairs;
using rpc::Message;
using rpc::TextPairs;

// ---- Messages

constexpr std::uint8_t two_text_pairs[] = {0, 1, 'k', 0, 1, 'a', 0, 1, 'k', 0, 2, 'b', 'c'};
constexpr std::uint8_t two_varint_pairs[] = {1, 'v', 0, 2, 'a', 'b', 1, 'x'};
constexpr std::uint8_t two_int_pairs[] = {0, 9, 0, 4, 'p', 'i', 'n', 'g', 1, 0, 0, 0};

Message message_with_pairs() {
  Message message;
  message.service = "Orders";
  message.method = "ping";
  message.acl_token = "token";
  EXPECT_TRUE(message.pairs.add_block({.bytes = two_text_pairs, .count = 2}));
  EXPECT_TRUE(message.pairs.add_block(
      {.bytes = two_varint_pairs, .count = 2, .coding = TextPairs::Coding::theader}));
  EXPECT_TRUE(message.int_keys.add_block({.bytes = two_int_pairs, .count = 2}));
  return message;
}

std::string listed(const Message& message) {
  std::string text;
  message.int_keys.for_each([&](const rpc::IntPair& pair) {
    text += std::to_string(pair.key) + "=" + std::string(pair.value) + ";";
  });
  message.pairs.for_each([&](const rpc::TextPair& pair) {
    text += std::string(pair.key) + "=" + std::string(pair.value) + ";";
  });
  return text;
}

TEST(RpcMessage, KeepsPairsInOrderAndFindsTheLast) {
  Message message = message_with_pairs();
  EXPECT_EQ(listed(message), "9=ping;256=;k=a;k=bc;v=;ab=x;");
  EXPECT_EQ(message.pairs.find("k"), "bc");
  EXPECT_EQ(message.pairs.find("v"), "");
  EXPECT_EQ(message.pairs.find("a"), std::nullopt);
  EXPECT_EQ(message.int_keys.find(9), "ping");
  EXPECT_EQ(message.int_keys.find(256), "");
  EXPECT_EQ(message.int_keys.find(255), std::nullopt);
  ASSERT_TRUE(message.pairs.add("k", "new"));
  ASSERT_TRUE(message.pairs.add("k", "newest"));
  EXPECT_EQ(message.pairs.find("k"), "newest");
  EXPECT_EQ(message.pairs.size(), 6U);
  EXPECT_EQ(message.int_keys.size(), 2U);
  message.clear();
  EXPECT_TRUE(message.pairs.empty());
  EXPECT_EQ(message.pairs.size(), 0U);
  EXPECT_EQ(message.pairs.find("k"), std::nullopt);
  EXPECT_EQ(listed(message), "");
  EXPECT_EQ(message.method, "");
}

TEST(RpcMessage, BlocksWithoutPairsLeaveThemEmpty) {
  Message message;
  ASSERT_TRUE(message.pairs.add_block({}));
  EXPECT_TRUE(message.pairs.empty());
}

// What views refer to is overwritten, and the message must not notice it.
TEST(RpcMessage, OwnsCopiesOfWhatItsViewsReferTo) {
  std::string key = "key";
  std::string value = "value";
  std::string json = "{}";
  std::vector<std::uint8_t> block(std::begin(two_text_pairs), std::end(two_text_pairs));
  Message message;
  message.method = key;
  message.body = Body::json(json);
  ASSERT_TRUE(message.pairs.add_block({.bytes = block, .count = 2}));
  ASSERT_TRUE(message.pairs.add(key, value));
  ASSERT_TRUE(message.int_keys.add(7, value));
  for (int i = 0; i < 2; ++i) {  // the second time what it owns is copied
    ASSERT_TRUE(message.own());
    std::ranges::fill(key, '?');
    std::ranges::fill(value, '?');
    std::ranges::fill(json, '?');
    std::ranges::fill(block, std::uint8_t{0xFF});
    EXPECT_EQ(listed(message), "7=value;k=a;k=bc;key=value;");
    EXPECT_EQ(message.method, "key");
    EXPECT_EQ(message.body.kind(), Body::Kind::json);
    EXPECT_EQ(message.body.text(), "{}");
  }
  const Message moved = std::move(message);
  EXPECT_EQ(listed(moved), "7=value;k=a;k=bc;key=value;");
  EXPECT_EQ(moved.body.text(), "{}");
}

TEST(RpcMessage, OwnsABodyInPiecesAsOne) {
  Chain chain;
  const std::string first = "first";
  const std::string second = "second";
  ASSERT_TRUE(chain.append_external(as_bytes(first)));
  ASSERT_TRUE(chain.append_external(as_bytes(second)));
  Message message;
  message.body = Body::raw(chain);
  EXPECT_EQ(message.body.chain(), &chain);
  ASSERT_TRUE(message.own());
  chain.clear();
  EXPECT_EQ(message.body.chain(), nullptr);
  EXPECT_EQ(message.body.kind(), Body::Kind::raw);
  EXPECT_EQ(message.body.text(), "firstsecond");
}

TEST(RpcMessage, NamesItsParts) {
  EXPECT_EQ(to_string(rpc::Transport::ttheader_framed), "ttheader_framed");
  EXPECT_EQ(to_string(rpc::Protocol::kitex_protobuf), "kitex_protobuf");
  EXPECT_EQ(to_string(rpc::MessageType::oneway), "oneway");
  EXPECT_EQ(to_string(static_cast<rpc::MessageType>(5)), "unknown");
}

}  // namespace
}  // namespace wirejit::test
