// CPU levels, swapping copies, UTF-8, Base64 and hashing. Every level is compared with a naive loop
// on all lengths and alignments, with its data against inaccessible pages.
#include "kernels/base64.h"
#include "kernels/hash.h"
#include "kernels/swap.h"
#include "kernels/utf8.h"
#include "tests/support/kernels_support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <set>

namespace wirejit::kernels {
namespace {

TEST(KernelsCpu, EachLevelHereHasItsOwnTable) {
  for (const Level level : levels_here()) {
    EXPECT_EQ(kernels_for(level).level, level);
  }
}

// ctest runs this file once for every name that the variable can have.
TEST(KernelsCpu, EnvironmentLowersTheLevelButNeverRaisesIt) {
  const char* asked = std::getenv("WIREJIT_CPU");
  const std::string_view name = asked == nullptr ? "" : asked;
  Level expected = detect_level();
  for (const Level level : levels_here()) {
    if (name == level_name(level)) {
      expected = level;
    }
  }
  EXPECT_EQ(best().level, expected) << name;
  EXPECT_EQ(&best(), &kernels_for(best().level));
}

TEST(KernelsCpu, ALevelOfAnotherCpuGivesTheBaseline) {
  const bool has_neon = detect_level() == Level::neon;
  EXPECT_EQ(kernels_for(has_neon ? Level::avx512 : Level::neon).level, Level::baseline);
}

using CopyKernel = void (*)(void*, const void*, std::size_t) noexcept;

std::string swapped(std::string_view bytes, std::size_t width) {
  std::string s(bytes);
  for (std::size_t i = 0; i < s.size(); i += width) {
    std::reverse(s.begin() + static_cast<std::ptrdiff_t>(i),
                 s.begin() + static_cast<std::ptrdiff_t>(i + width));
  }
  return s;
}

void check_swap(CopyKernel kernel, std::size_t width) {
  std::mt19937_64 random(1);
  GuardedPages source, target;
  for (std::size_t count = 0; count <= 300; ++count) {
    const std::string bytes = random_bytes(random, count * width);
    const std::string expected = swapped(bytes, width);
    for (std::size_t offset = 0; offset < (count < 80 ? 9 : 1); ++offset) {
      // Source and target end at inaccessible pages, then begin at them.
      char* to = target.back(bytes.size() + offset);
      kernel(to, source.back(bytes), count);
      ASSERT_EQ(std::string_view(to, bytes.size()), expected) << count;
      char* from = source.front() + offset;
      bytes.copy(from, bytes.size());
      kernel(target.front(), from, count);
      ASSERT_EQ(std::string_view(target.front(), bytes.size()), expected) << count;
    }
  }
}

void check_swap_in_place_and_edges(CopyKernel kernel, std::size_t width) {
  std::mt19937_64 random(2);
  for (std::size_t count = 0; count < 150; ++count) {
    std::string bytes = random_bytes(random, count * width + 2);
    const std::string expected = bytes.front() +
                                 swapped(std::string_view(bytes).substr(1, count * width), width) +
                                 bytes.back();
    kernel(bytes.data() + 1, bytes.data() + 1, count);
    ASSERT_EQ(bytes, expected);
  }
}

TEST(KernelsSwap, EveryLevelReversesEveryElementAndTouchesNothingElse) {
  for (const Level level : levels_here()) {
    SCOPED_TRACE(level_name(level));
    const Kernels& k = kernels_for(level);
    check_swap(k.copy_swap16, 2);
    check_swap(k.copy_swap32, 4);
    check_swap(k.copy_swap64, 8);
    check_swap_in_place_and_edges(k.copy_swap16, 2);
    check_swap_in_place_and_edges(k.copy_swap32, 4);
    check_swap_in_place_and_edges(k.copy_swap64, 8);
  }
  check_swap(copy_swap16, 2);
  check_swap(copy_swap32, 4);
  check_swap(copy_swap64, 8);
}

TEST(KernelsSwap, LongCopiesCopyEveryElement) {
  std::mt19937_64 random(4);
  GuardedPages source, target;
  for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{127}, std::size_t{128},
                              std::size_t{129}, std::size_t{2047}, std::size_t{2048},
                              std::size_t{2049}, std::size_t{4095}, std::size_t{4096}}) {
    const std::string bytes = random_bytes(random, n);
    const auto check = [&](const auto& copy) {
      copy(target.back(n), source.back(bytes), n);
      ASSERT_EQ(std::string_view(target.back(n), n), bytes);
      copy(target.front(), source.front(bytes), n);
      ASSERT_EQ(std::string_view(target.front(), n), bytes);
    };
    for (const Level level : levels_here()) {
      check(kernels_for(level).copy_long);
    }
    check(copy);
  }
}

TEST(KernelsSwap, EveryNonzeroByteBecomesOne) {
  std::mt19937_64 random(3);
  GuardedPages source, target;
  for (const Level level : levels_here()) {
    for (std::size_t n = 0; n < 300; ++n) {
      std::string bytes = random_bytes(random, n);
      for (std::size_t i = 0; i < n; i += 3) {
        bytes[i] = static_cast<char>(random() % 3 == 0 ? 0x80 : 0);
      }
      std::string expected = bytes;
      for (char& c : expected) {
        c = c != 0 ? 1 : 0;
      }
      kernels_for(level).copy_bytes_to_bool(target.back(n), source.back(bytes), n);
      ASSERT_EQ(std::string_view(target.back(n), n), expected) << level_name(level);
      kernels_for(level).copy_bytes_to_bool(target.front(), source.front(bytes), n);
      ASSERT_EQ(std::string_view(target.front(), n), expected) << level_name(level);
    }
  }
}

// A decoder that shares nothing with the kernels: it computes the code point and checks its range.
std::size_t naive_invalid_utf8(std::string_view s) {
  std::size_t i = 0;
  while (i < s.size()) {
    const auto byte = [&](std::size_t k) {
      return static_cast<std::uint32_t>(static_cast<std::uint8_t>(s[k]));
    };
    const std::uint32_t lead = byte(i);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xc0 ? 0
                               : lead < 0xe0 ? 2
                               : lead < 0xf0 ? 3
                               : lead < 0xf8 ? 4
                                             : 0;
    if (length == 0 || i + length > s.size()) {
      return i;
    }
    std::uint32_t code = length == 1 ? lead : lead & (0x7fu >> length);
    for (std::size_t k = 1; k < length; ++k) {
      if ((byte(i + k) & 0xc0) != 0x80) {
        return i;
      }
      code = code << 6 | (byte(i + k) & 0x3f);
    }
    constexpr std::array<std::uint32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
      return i;
    }
    i += length;
  }
  return std::string_view::npos;
}

std::size_t found_by(const Kernels& k, const char* p, std::size_t n) {
  const char* at = k.find_invalid_utf8(p, n);
  return at == nullptr ? std::string_view::npos : static_cast<std::size_t>(at - p);
}

void check_utf8(GuardedPages& pages, std::string_view text) {
  const std::size_t expected = naive_invalid_utf8(text);
  const char* back = pages.back(text);
  EXPECT_EQ(is_valid_utf8(back, text.size()), expected == std::string_view::npos);
  for (const Level level : levels_here()) {
    ASSERT_EQ(found_by(kernels_for(level), back, text.size()), expected) << level_name(level);
  }
}

TEST(KernelsUtf8, BytesAfterATextDoNotMatter) {
  GuardedPages pages;
  for (std::size_t n = 0; n < 70; ++n) {
    for (const std::size_t after :
         {std::size_t{0}, std::size_t{1}, std::size_t{31}, std::size_t{32}, std::size_t{40}}) {
      std::string text(n, 'a');
      const auto is_valid = [&] {
        const char* const p = pages.back(text + std::string(after, '\xff'));
        return is_valid_utf8(p, n, p + n + after);
      };
      ASSERT_TRUE(is_valid()) << n;
      for (std::size_t at = 0; at < n; ++at) {
        text[at] = '\xc3';
        ASSERT_FALSE(is_valid()) << n << " at " << at;
        text[at] = 'a';
      }
      if (n >= 2) {
        text.replace(n - 2, 2, "\xc3\xa9");
        ASSERT_TRUE(is_valid());
      }
    }
  }
}

TEST(KernelsUtf8, AllSequencesOfUpToThreeBytesAreAcceptedOrRejectedRightly) {
  GuardedPages pages;
  const Kernels& k = best();
  char* p = pages.back(3);
  for (std::uint32_t v = 0; v < 1u << 24; ++v) {
    p[0] = static_cast<char>(v >> 16);
    p[1] = static_cast<char>(v >> 8);
    p[2] = static_cast<char>(v);
    if ((v >> 16) < 0x80 && (v & 0x3f00) != 0) {  // other rounds have these bytes after ASCII
      continue;
    }
    ASSERT_EQ(found_by(k, p, 3), naive_invalid_utf8({p, 3})) << v;
    if ((v & 0xff) == 0) {
      ASSERT_EQ(found_by(k, p, 2), naive_invalid_utf8({p, 2})) << v;
    }
  }
}

TEST(KernelsUtf8, FourByteSequencesAreAcceptedOrRejectedRightly) {
  GuardedPages pages;
  const std::array<std::uint8_t, 12> edge = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f,
                                             0xa0, 0xbf, 0xc0, 0xe0, 0xf0, 0xff};
  for (int lead = 0xe0; lead < 0x100; ++lead) {
    for (int second = 0; second < 0x100; ++second) {
      for (const std::uint8_t third : edge) {
        for (const std::uint8_t fourth : edge) {
          const char text[4] = {static_cast<char>(lead), static_cast<char>(second),
                                static_cast<char>(third), static_cast<char>(fourth)};
          check_utf8(pages, {text, 4});
        }
      }
    }
  }
}

TEST(KernelsUtf8, EveryPlaceInABlockAndEveryTailIsChecked) {
  GuardedPages pages;
  const std::string_view pieces[] = {
      "\xc3\xa9", "\xe2\x82\xac",     "\xf0\x9f\x98\x80", "\xed\xa0\x80", "\xc0\x80",
      "\x80",     "\xf4\x90\x80\x80", "\xe2\x82",         "\xf0\x9f\x98", "\xff"};
  for (std::size_t n = 0; n < 140; ++n) {
    check_utf8(pages, std::string(n, 'a'));
    for (const std::string_view piece : pieces) {
      for (const std::size_t after : std::initializer_list<std::size_t>{0, 1, 2, 15, 16, 31, 70}) {
        check_utf8(pages, std::string(n, 'a') + std::string(piece) + std::string(after, 'b'));
      }
      std::string run;
      while (run.size() < n) {
        run += "\xe4\xb8\xad";
      }
      check_utf8(pages, std::string(n % 7, 'a') + run + std::string(piece));
    }
  }
}

TEST(KernelsUtf8, DamagedRandomTextIsAcceptedWhereTheNaiveDecoderAcceptsIt) {
  GuardedPages pages;
  std::mt19937_64 random(4);
  const std::string_view pieces[] = {"a",
                                     "{\"k\":",
                                     "\xc3\xa9",
                                     "\xe2\x82\xac",
                                     "\xf0\x9f\x98\x80",
                                     "0123456789abcdefghijklmnopqrstuvwxyz"};
  int valid = 0;
  for (int round = 0; round < 100000; ++round) {
    std::string text;
    const std::size_t parts = random() % 40;
    for (std::size_t i = 0; i < parts; ++i) {
      text += pieces[random() % std::size(pieces)];
    }
    if (random() % 2 == 0 && !text.empty()) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    if (random() % 4 == 0) {
      text.resize(text.size() - std::min<std::size_t>(text.size(), random() % 4));
    }
    valid += naive_invalid_utf8(text) == std::string_view::npos;
    check_utf8(pages, text);
  }
  EXPECT_GT(valid, 20000);
  EXPECT_LT(valid, 80000);
}

TEST(KernelsUtf8, AsciiIsCheckedInEveryByte) {
  GuardedPages pages;
  for (std::size_t n = 0; n < 100; ++n) {
    std::string text(n, '\x7f');
    EXPECT_TRUE(is_ascii(pages.back(text), n));
    for (std::size_t i = 0; i < n; ++i) {
      text[i] = '\x80';
      EXPECT_FALSE(is_ascii(pages.back(text), n));
      text[i] = '\x7f';
    }
  }
}

std::string naive_base64(std::string_view bytes, bool url, bool padded) {
  std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  digits.append(url ? "-_" : "+/");
  std::string bits, out;
  for (const char c : bytes) {
    for (int i = 7; i >= 0; --i) {
      bits += ((static_cast<std::uint8_t>(c) >> i) & 1) != 0 ? '1' : '0';
    }
  }
  while (bits.size() % 6 != 0) {
    bits += '0';
  }
  for (std::size_t i = 0; i < bits.size(); i += 6) {
    out += digits[std::stoul(bits.substr(i, 6), nullptr, 2)];
  }
  while (padded && out.size() % 4 != 0) {
    out += '=';
  }
  return out;
}

struct Decoded {
  std::string bytes;
  std::size_t error = std::string::npos;
};

Decoded decode_base64(GuardedPages& in, GuardedPages& out, std::string_view text) {
  const char* p = in.back(text);
  auto* to = reinterpret_cast<std::uint8_t*>(out.back(base64_decoded_size_limit(text.size())));
  const char* error_at = nullptr;
  const std::size_t n = base64_decode(p, text.size(), to, &error_at);
  if (n == SIZE_MAX) {
    return {"", static_cast<std::size_t>(error_at - p)};
  }
  return {std::string(reinterpret_cast<char*>(to), n)};
}

TEST(KernelsBase64, EncodesAndDecodesEveryLengthInEveryForm) {
  GuardedPages in, out;
  std::mt19937_64 random(5);
  for (std::size_t n = 0; n < 200; ++n) {
    const std::string bytes = random_bytes(random, n);
    for (const bool url : {false, true}) {
      for (const bool padded : {false, true}) {
        const std::string expected = naive_base64(bytes, url, padded);
        ASSERT_EQ(base64_encoded_size(n, padded), expected.size());
        char* to = out.back(expected.size());
        const auto* from = reinterpret_cast<const std::uint8_t*>(in.back(bytes));
        const char* end = base64_encode(
            from, n, to, url ? Base64Alphabet::url : Base64Alphabet::standard, padded);
        ASSERT_EQ(std::string_view(to, static_cast<std::size_t>(end - to)), expected);
        const Decoded back = decode_base64(in, out, expected);
        ASSERT_EQ(back.error, std::string::npos) << expected;
        ASSERT_EQ(back.bytes, bytes);
      }
    }
  }
}

TEST(KernelsBase64, DecodesInPlace) {
  GuardedPages pages;
  std::mt19937_64 random(8);
  for (std::size_t n = 0; n < 100; ++n) {
    const std::string bytes = random_bytes(random, n);
    const std::string text = naive_base64(bytes, false, n % 2 == 0);
    char* p = pages.back(text);
    const char* error_at = nullptr;
    ASSERT_EQ(base64_decode(p, text.size(), reinterpret_cast<std::uint8_t*>(p), &error_at), n);
    ASSERT_EQ(std::string_view(p, n), bytes);
  }
}

TEST(KernelsBase64, RejectsGarbageAtItsPosition) {
  GuardedPages in, out;
  const std::string good = naive_base64("0123456789abcdef0", false, false);
  for (int c = 0; c < 256; ++c) {
    const bool digit = std::isalnum(c) != 0 || c == '+' || c == '/' || c == '-' || c == '_';
    for (std::size_t i = 0; i < good.size(); ++i) {
      std::string text = good;
      text[i] = static_cast<char>(c);
      EXPECT_EQ(decode_base64(in, out, text).error, digit ? std::string::npos : i) << c;
    }
  }
}

TEST(KernelsBase64, PaddingCompletesAGroupAndNothingElse) {
  GuardedPages in, out;
  const std::pair<std::string_view, std::size_t> bad[] = {
      {"A", 1},     {"=", 0},     {"==", 0},       {"A=", 1},       {"AA=", 2},
      {"A==", 1},   {"A===", 1},  {"====", 0},     {"AA==A", 2},    {"AA==AA==", 2},
      {"AAAA=", 4}, {"AAAAA", 5}, {"AAA=AAAA", 3}, {"AAAA====", 4}, {"AAA==", 3}};
  for (const auto& [text, at] : bad) {
    EXPECT_EQ(decode_base64(in, out, text).error, at) << text;
  }
  for (const std::string_view good : {"", "AA", "AA==", "AAA", "AAA=", "AAAA", "AB==", "AAB="}) {
    EXPECT_EQ(decode_base64(in, out, good).error, std::string::npos) << good;
  }
}

TEST(KernelsHash, EveryByteTheLengthAndTheSeedCount) {
  GuardedPages pages;
  std::mt19937_64 random(6);
  for (std::size_t n = 0; n < 150; ++n) {
    std::string bytes = random_bytes(random, n);
    std::set<std::uint64_t> seen;
    const char* p = pages.back(bytes);
    seen.insert(hash_bytes(p, n, 1));
    EXPECT_EQ(hash_bytes(p, n, 1), hash_bytes(pages.front(bytes), n, 1));
    EXPECT_TRUE(seen.insert(hash_bytes(p, n, 2)).second);
    for (std::size_t i = 0; i < n; ++i) {
      for (const int bit : {0, 7}) {
        bytes[i] = static_cast<char>(bytes[i] ^ (1 << bit));
        EXPECT_TRUE(seen.insert(hash_bytes(pages.back(bytes), n, 1)).second) << n << " " << i;
        bytes[i] = static_cast<char>(bytes[i] ^ (1 << bit));
      }
    }
    bytes += '\0';
    EXPECT_TRUE(seen.insert(hash_bytes(pages.back(bytes), n + 1, 1)).second);
  }
}

// Flipping one input bit must flip each output bit about half the time.
TEST(KernelsHash, BitsSpread) {
  std::mt19937_64 random(7);
  for (const std::size_t n : std::initializer_list<std::size_t>{1, 4, 8, 12, 16, 20, 40, 100}) {
    std::array<int, 64> flips{};
    const int rounds = 4000;
    for (int i = 0; i < rounds; ++i) {
      std::string bytes = random_bytes(random, n);
      const std::uint64_t before = hash_bytes(bytes.data(), n, 9);
      const std::size_t at = random() % n;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
      const std::uint64_t change = before ^ hash_bytes(bytes.data(), n, 9);
      for (std::size_t b = 0; b < 64; ++b) {
        flips[b] += static_cast<int>(change >> b & 1);
      }
    }
    for (const int count : flips) {
      EXPECT_GT(count, rounds * 45 / 100) << n;
      EXPECT_LT(count, rounds * 55 / 100) << n;
    }
  }
}

TEST(KernelsHash, SmallIntegersDoNotCollideInTableSizes) {
  std::vector<int> buckets(1 << 16);
  for (std::uint64_t i = 0; i < 1 << 16; ++i) {
    ++buckets[hash_u64(i, 3) >> 48];
  }
  const auto empty = std::count(buckets.begin(), buckets.end(), 0);
  EXPECT_GT(empty, 23000);  // 65536 / e = 24109 for random placement
  EXPECT_LT(empty, 25200);
}

}  // namespace
}  // namespace wirejit::kernels
