// Bulk decoders, called directly: which lists they decode, and what they take from arena and budget.
#include "memory/bulk.h"

#include "memory/array.h"

#include <wirejit/buffer.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::memory {
namespace {

using lower::BulkList;

struct Spans {
  Spans() {
    word.form = Form::scalar;
    word.kind = Kind::u32;
    word.size = 4;
    words = span_of(word, 4);
    view.form = Form::view;
    view.kind = Kind::string;
    view.size = 16;
    view.data_offset = 0;
    view.size_offset = 8;
    views = span_of(view, 16);
  }
  static Layout span_of(const Layout& element, std::uint32_t stride) {
    Layout l;
    l.form = Form::span;
    l.kind = Kind::list;
    l.size = 16;
    l.data_offset = 0;
    l.size_offset = 8;
    l.stride = stride;
    l.element = &element;
    return l;
  }
  Layout word, words, view, views;
};

class MemoryBulk : public testing::Test {
 protected:
  // The new cursor as an index in `input`, or -1 where the bulk decoder gave up.
  std::ptrdiff_t decode(const Layout& span, const BulkList& list, bool aliases,
                        std::string_view input) {
    const jit::Helper* const h = bulk_decoder(span, list, aliases);
    EXPECT_NE(h, nullptr);
    using Function = jit::HelperResult (*)(std::uint64_t, std::uint64_t, std::uint64_t,
                                           std::uint64_t, std::uint64_t, std::uint64_t);
    const auto begin = reinterpret_cast<std::uint64_t>(input.data());
    ctx.arena = &arena;
    ctx.input_begin = reinterpret_cast<const std::uint8_t*>(input.data());
    ctx.input_end = ctx.input_begin + input.size();
    const jit::HelperResult result = reinterpret_cast<Function>(const_cast<void*>(h->function))(
        reinterpret_cast<std::uint64_t>(&ctx), reinterpret_cast<std::uint64_t>(&header), begin,
        begin + input.size(), list.tag, list.tag_size);
    return result.first == 0 ? -1 : static_cast<std::ptrdiff_t>(result.first - begin);
  }

  Spans spans;
  BulkList packed{BulkList::Framing::packed, {lower::Encoding::varint, 4}, 0, 0};
  BulkList text{BulkList::Framing::tagged_text, {}, 0x0a, 1};
  jit::Context ctx;
  Arena arena{1024};
  ArrayHeader header{};
};

TEST_F(MemoryBulk, NumbersAreDecodedAndUnusedMemoryIsGivenBack) {
  ctx.memory_left = 100;
  const std::string run = "\x05\xac\x02\x01\x7f\x03";  // 300, 1, 127, 3
  ASSERT_EQ(decode(spans.words, packed, false, run), 6);
  ASSERT_EQ(header.count, 4U);
  std::vector<std::uint32_t> got(4);
  std::memcpy(got.data(), header.data, 16);
  EXPECT_EQ(got, (std::vector<std::uint32_t>{300, 1, 127, 3}));
  EXPECT_EQ(ctx.memory_left, 100U - 16);
  EXPECT_EQ(arena.allocate(1, 1), header.data + 16);
}

TEST_F(MemoryBulk, ListsThatItGivesUpTakeNoMemory) {
  ctx.memory_left = 100;
  const void* const first = arena.allocate(1, 1);
  arena.give_back(static_cast<const char*>(first) + 1, 1);
  for (const std::string& run :
       {std::string(1, '\0'), std::string("\x02\x80\x80", 3), std::string("\x09\x01", 2),
        "\x0c" + std::string(11, '\x80') + "\x01"}) {
    EXPECT_EQ(decode(spans.words, packed, false, run), -1) << run.size();
    EXPECT_EQ(ctx.memory_left, 100U);
    EXPECT_EQ(header.data, nullptr);
  }
  ctx.memory_left = 11;  // three numbers need 12
  EXPECT_EQ(decode(spans.words, packed, false, "\x03\x01\x02\x03"), -1);
  EXPECT_EQ(ctx.memory_left, 11U);
  EXPECT_EQ(arena.allocate(1, 1), first);
}

TEST_F(MemoryBulk, StringsAreViewsIntoTheInputOrCopied) {
  for (const bool aliases : {true, false}) {
    arena.reset();
    ctx.memory_left = 5000;
    std::string input;
    for (int k = 0; k < 40; ++k) {
      input += (k == 0 ? std::string() : "\x0a") + static_cast<char>(k) +
               std::string(static_cast<std::size_t>(k), static_cast<char>('a' + k % 26));
    }
    const std::size_t end = input.size();
    input += "\x12\x01z";  // another field
    ASSERT_EQ(decode(spans.views, text, aliases, input), static_cast<std::ptrdiff_t>(end));
    ASSERT_EQ(header.count, 40U);
    std::size_t bytes = 0;
    for (std::size_t k = 0; k < 40; ++k) {
      ByteView v;
      std::memcpy(&v, header.data + 16 * k, sizeof v);
      EXPECT_EQ(std::string_view(v.data, v.size), std::string(k, static_cast<char>('a' + k % 26)));
      EXPECT_EQ(v.data >= input.data() && v.data <= input.data() + input.size(), aliases);
      bytes += k;
    }
    EXPECT_EQ(ctx.memory_left, 5000 - 40 * 16 - (aliases ? 0 : bytes));
  }
}

TEST_F(MemoryBulk, GivesUpStringsThatAreNotUtf8OrDoNotFit) {
  ctx.memory_left = 1000;
  EXPECT_EQ(decode(spans.views, text, true, "\x02\xff\xff"), -1);
  EXPECT_EQ(decode(spans.views, text, true, "\x03gh"), -1);
  EXPECT_EQ(ctx.memory_left, 1000U);
  ctx.memory_left = 17;  // a view and two bytes need 18
  EXPECT_EQ(decode(spans.views, text, false, "\x02gh"), -1);
  EXPECT_EQ(ctx.memory_left, 17U);
}

TEST_F(MemoryBulk, NoBulkDecoderForOtherArrays) {
  EXPECT_EQ(bulk_decoder(spans.views, packed, true), nullptr);
  EXPECT_EQ(bulk_decoder(spans.words, text, true), nullptr);
  EXPECT_EQ(bulk_decoder(spans.word, packed, true), nullptr);
  packed.run.width = 8;
  EXPECT_EQ(bulk_decoder(spans.words, packed, true), nullptr);
}

}  // namespace
}  // namespace wirejit::memory
