// Varints, compared with a reader and a writer that go byte by byte, next to inaccessible pages.
#include "kernels/varint.h"
#include "tests/support/kernels_support.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace wirejit::kernels {
namespace {

std::string naive(std::uint64_t v) {
  std::string s;
  for (; v >= 0x80; v >>= 7) {
    s += static_cast<char>(v | 0x80);
  }
  return s += static_cast<char>(v);
}

// -1 if `at` is null.
struct Expected {
  long size = -1;
  std::uint64_t value = 0;
};
Expected naive_read(std::string_view s) {
  Expected e;
  for (std::size_t n = 0; n < s.size() && n < 10; ++n) {
    const auto byte = static_cast<unsigned char>(s[n]);
    e.value |= std::uint64_t{byte & 0x7fU} << (7 * n);
    if (byte < 0x80) {
      e.size = static_cast<long>(n + 1);
      return e;
    }
  }
  return {};
}

const std::uint8_t* bytes(const char* p) { return reinterpret_cast<const std::uint8_t*>(p); }

// Edges of every size, and random values of every size.
std::vector<std::uint64_t> values() {
  std::vector<std::uint64_t> v;
  for (unsigned bits = 0; bits <= 64; ++bits) {
    const std::uint64_t edge = bits == 64 ? 0 : std::uint64_t{1} << bits;
    v.insert(v.end(), {edge - 1, edge, edge + 1});
  }
  std::mt19937_64 random(5);
  for (int k = 0; k < 20000; ++k) {
    v.push_back(random() >> (random() % 64));
  }
  return v;
}

class KernelsVarint : public testing::Test {
 protected:
  void expect_read(const std::string& text) {
    const Expected expected = naive_read(text);
    const std::uint8_t* const p = bytes(pages_.back(text));
    const Varint v = read_varint(p, p + text.size());
    if (expected.size < 0) {
      ASSERT_EQ(v.at, nullptr) << testing::PrintToString(text);
      ASSERT_EQ(varint_is_cut(p, p + text.size()), text.size() < 10);
    } else {
      ASSERT_EQ(v.at - p, expected.size) << testing::PrintToString(text);
      ASSERT_EQ(v.value, expected.value) << testing::PrintToString(text);
    }
  }
  GuardedPages pages_;
};

TEST_F(KernelsVarint, IsWrittenAsByteByByte) {
  for (const std::uint64_t v : values()) {
    std::uint8_t out[varint_room];
    std::uint8_t* const end = write_varint(v, out);
    ASSERT_EQ(std::string(&out[0], end), naive(v)) << v;
    ASSERT_EQ(varint_size(v), static_cast<unsigned>(end - out)) << v;
  }
}

TEST_F(KernelsVarint, WritesWithinItsRoom) {
  for (const std::uint64_t v : values()) {
    auto* const room = reinterpret_cast<std::uint8_t*>(pages_.back(varint_room));
    write_varint(v, room);
  }
}

TEST_F(KernelsVarint, IsReadAtTheEndAndBeforeMore) {
  for (const std::uint64_t v : values()) {
    expect_read(naive(v));
    expect_read(naive(v) + "\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a");
    expect_read(naive(v) + std::string(20, '\0'));
  }
}

TEST_F(KernelsVarint, CutOnesAreRejected) {
  for (const std::uint64_t v : values()) {
    const std::string whole = naive(v);
    for (std::size_t n = 0; n < whole.size(); ++n) {
      expect_read(whole.substr(0, n));
    }
  }
}

TEST_F(KernelsVarint, LongFormsAreReadAndLongerOnesRejected) {
  for (std::size_t more = 0; more < 15; ++more) {
    for (const char last : {'\0', '\1', '\2', '\x7f'}) {
      std::string text(more, '\x80');
      expect_read(text + last);
      expect_read("\xff" + text + last);
      expect_read(text + last + std::string(12, 'x'));
    }
  }
}

TEST_F(KernelsVarint, AnyBytes) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 100000; ++round) {
    expect_read(random_bytes(random, random() % 14, round % 2 == 0 ? "" : "\x80\xff\x81\x7f\x01"));
  }
}

TEST_F(KernelsVarint, ZigzagIsItsOwnInverse) {
  EXPECT_EQ(zigzag(0), 0U);
  EXPECT_EQ(zigzag(-1), 1U);
  EXPECT_EQ(zigzag(1), 2U);
  EXPECT_EQ(zigzag(INT64_MIN), UINT64_MAX);
  for (const std::uint64_t v : values()) {
    EXPECT_EQ(zigzag(unzigzag(v)), v);
  }
}

// On every level; flush against a guard page, and with readable bytes after the run.
template <class T>
void expect_run(GuardedPages& pages, VarintAs as, const std::vector<std::uint64_t>& run,
                T (*make)(std::uint64_t)) {
  std::string text;
  for (const std::uint64_t v : run) {
    text += naive(v);
  }

  for (const bool more : {false, true}) {
    const std::uint8_t* const p = bytes(pages.back(more ? text + std::string(100, '\x85') : text));
    const std::uint8_t* const end = p + text.size();
    const std::uint8_t* const readable = end + (more ? 100 : 0);
    ASSERT_EQ(count_varints(p, text.size(), readable), run.size());
    for (const Level level : levels_here()) {
      const VarintRun& run_kernel = kernels_for(level).varint_runs()[static_cast<std::size_t>(as)];
      std::vector<unsigned char> out(run.size() * sizeof(T) + 8, 0xcc);
      ASSERT_EQ(run_kernel.read(p, end, readable, out.data(), run.size()), end);
      for (std::size_t k = 0; k < run.size(); ++k) {
        ASSERT_EQ(load<T>(out.data() + k * sizeof(T)), make(run[k])) << k;
      }
      for (std::size_t k = run.size() * sizeof(T); k < out.size(); ++k) {
        ASSERT_EQ(out[k], 0xcc);
      }
      if (!text.empty() && text.size() <= short_run) {
        std::vector<unsigned char> room(text.size() * sizeof(T), 0xcc);
        ASSERT_EQ(run_kernel.read_short(p, text.size(), readable, room.data()), run.size());
        ASSERT_EQ(std::memcmp(room.data(), out.data(), run.size() * sizeof(T)), 0);
      }
      if (!run.empty()) {  // the last is cut
        ASSERT_EQ(run_kernel.read(p, end - 1, readable, out.data(), run.size()), nullptr);
      }
    }
  }
}

TEST_F(KernelsVarint, LengthsWithTheirBytesAndWhatFollows) {
  for (const std::size_t size : {0U, 1U, 5U, 127U, 128U, 300U}) {
    const std::string text = naive(size) + std::string(size, 'x');
    for (std::size_t n = 0; n <= text.size(); ++n) {
      const std::uint8_t* const p = bytes(pages_.back(std::string_view(text).substr(0, n)));
      const auto [at, length] = read_delimited(p, p + n);
      ASSERT_EQ(at, n == text.size() ? p + n - size : nullptr) << size << " " << n;
      ASSERT_TRUE(at == nullptr || length == size);
    }
  }
  const std::string tag = "\x8a\xc2\x03\x11\x22\x33\x44";
  for (std::size_t size = 1; size <= 7; ++size) {
    std::uint64_t word = 0;
    std::memcpy(&word, tag.data(), size);
    for (std::size_t after = 0; after < 12; ++after) {
      std::string text = tag.substr(0, size) + std::string(after, 'y');
      const auto starts = [&] {
        const std::uint8_t* const p = bytes(pages_.back(text));
        return starts_with(p, p + text.size(), word, size);
      };
      ASSERT_EQ(starts(), after > 0);
      for (std::size_t k = 0; k < size; ++k) {
        text[k] ^= '\x40';
        ASSERT_FALSE(starts());
        text[k] ^= '\x40';
      }
      text.resize(size - 1);
      ASSERT_FALSE(starts());
    }
  }
}

TEST_F(KernelsVarint, RunsOfEveryDensity) {
  std::mt19937_64 random(9);
  for (unsigned small = 0; small <= 100; small += 10) {
    for (std::size_t n = 0; n < 60; ++n) {
      std::vector<std::uint64_t> run(n);
      for (std::uint64_t& v : run) {
        v = random() % 100 < small ? random() % 128 : random() >> random() % 64;
      }
      expect_run<std::uint64_t>(pages_, VarintAs::word64, run, [](std::uint64_t v) { return v; });
      expect_run<std::uint32_t>(pages_, VarintAs::word32, run,
                                [](std::uint64_t v) { return static_cast<std::uint32_t>(v); });
      expect_run<std::int64_t>(pages_, VarintAs::zigzag64, run,
                               [](std::uint64_t v) { return unzigzag(v); });
      expect_run<std::int32_t>(pages_, VarintAs::zigzag32, run, [](std::uint64_t v) {
        const auto low = static_cast<std::uint32_t>(v);
        return static_cast<std::int32_t>(low >> 1 ^ (0 - (low & 1)));
      });
      expect_run<std::int16_t>(pages_, VarintAs::zigzag16, run, [](std::uint64_t v) {
        const auto low = static_cast<std::uint32_t>(v);
        return static_cast<std::int16_t>(low >> 1 ^ (0 - (low & 1)));
      });
      expect_run<std::uint8_t>(pages_, VarintAs::boolean, run,
                               [](std::uint64_t v) -> std::uint8_t { return v != 0; });
    }
  }
}

// ---- Runs that are written

// The array lies flush against a guard page, and so does the room for what may be written; nothing
// before it is touched.
template <class T>
void expect_written(GuardedPages& from_pages, GuardedPages& to_pages, VarintOf of,
                    const std::vector<T>& run, std::size_t shift, std::uint64_t (*value_of)(T)) {
  std::string expected;
  for (const T v : run) {
    expected += naive(value_of(v));
  }
  std::string array(run.size() * sizeof(T), '\0');
  if (!run.empty()) {
    std::memcpy(array.data(), run.data(), array.size());
  }
  const char* const from = from_pages.back(array + std::string(shift, '\xee'));
  for (const Level level : levels_here()) {
    const VarintRunWriter& writer =
        kernels_for(level).varint_run_writers()[static_cast<std::size_t>(of)];
    ASSERT_EQ(writer.size(from, run.size()), expected.size());
    char* const room =
        to_pages.back(std::string(8, '\xaa') + expected + std::string(varint_room, '\xbb'));
    auto* const to = reinterpret_cast<std::uint8_t*>(room) + 8;
    const std::uint8_t* const end = writer.write(from, run.size(), to);
    ASSERT_EQ(static_cast<std::size_t>(end - to), expected.size());
    ASSERT_EQ(std::string(room + 8, expected.size()), expected);
    ASSERT_EQ(std::string(room, 8), std::string(8, '\xaa'));
  }
}

// Arrays of every length, at every alignment, of numbers of every density and every size.
template <class T>
void expect_all_written(VarintOf of, std::uint64_t (*value_of)(T)) {
  std::mt19937_64 random(11);
  GuardedPages from_pages;
  GuardedPages to_pages;
  for (unsigned small = 0; small <= 100; small += 20) {
    for (std::size_t n = 0; n < 40; ++n) {
      std::vector<T> run(n);
      for (T& v : run) {
        v = random() % 100 < small
                ? static_cast<T>(random() % 64)
                : static_cast<T>(static_cast<std::int64_t>(random()) >> random() % 64);
      }
      expect_written(from_pages, to_pages, of, run, n % sizeof(T), value_of);
    }
  }
  std::vector<T> edges;
  for (unsigned bits = 0; bits < 8 * sizeof(T); ++bits) {
    const std::uint64_t edge = std::uint64_t{1} << bits;
    for (const std::uint64_t value : {edge - 1, edge, edge + 1, 0 - edge}) {
      edges.push_back(static_cast<T>(value));
    }
  }
  for (std::size_t shift = 0; shift < sizeof(T); ++shift) {
    expect_written(from_pages, to_pages, of, edges, shift, value_of);
  }
}

TEST_F(KernelsVarint, RunsAreWrittenAsByteByByte) {
  expect_all_written<std::uint64_t>(VarintOf::word64, [](std::uint64_t v) { return v; });
  expect_all_written<std::uint32_t>(VarintOf::word32,
                                    [](std::uint32_t v) -> std::uint64_t { return v; });
  expect_all_written<std::int32_t>(VarintOf::signed32, [](std::int32_t v) {
    return static_cast<std::uint64_t>(std::int64_t{v});
  });
  expect_all_written<std::int64_t>(VarintOf::zigzag64, [](std::int64_t v) {
    return v < 0 ? ~(static_cast<std::uint64_t>(v) << 1) : static_cast<std::uint64_t>(v) << 1;
  });
  expect_all_written<std::int32_t>(VarintOf::zigzag32, [](std::int32_t v) -> std::uint64_t {
    const auto twice = static_cast<std::uint32_t>(v) << 1;
    return v < 0 ? ~twice : twice;
  });
  expect_all_written<std::int16_t>(VarintOf::zigzag16, [](std::int16_t v) -> std::uint64_t {
    const auto twice = static_cast<std::uint16_t>(v << 1);
    return static_cast<std::uint16_t>(v < 0 ? ~twice : twice);
  });
}

// Varints of ten bytes are read whatever their value, those of eleven are rejected, at every position
// in a block.
TEST_F(KernelsVarint, RunsWithLongOnes) {
  for (std::size_t before = 0; before < 70; ++before) {
    for (std::size_t zeros = 0; zeros < 14; ++zeros) {
      const std::string text =
          std::string(before, '\7') + '\x85' + std::string(zeros, '\x80') + std::string(1, '\1');
      const std::uint8_t* const p = bytes(pages_.back(text + std::string(90, '\2')));
      for (const Level level : levels_here()) {
        std::vector<std::uint64_t> out(before + 1);
        const std::uint8_t* const end = kernels_for(level).varint_runs()[0].read(
            p, p + text.size(), p + text.size() + 90, out.data(), out.size());
        out.resize(text.size());
        const std::size_t count = text.size() <= short_run
                                      ? kernels_for(level).varint_runs()[0].read_short(
                                            p, text.size(), p + text.size() + 90, out.data())
                                      : before + 1;
        out.resize(before + 1);
        if (zeros > 8) {
          ASSERT_EQ(end, nullptr);
          ASSERT_EQ(count, text.size() <= short_run ? 0 : before + 1);
          continue;
        }
        ASSERT_EQ(count, before + 1);
        ASSERT_EQ(end, p + text.size());
        ASSERT_EQ(out.back(), 5 + (std::uint64_t{1} << (7 * (zeros + 1))));
      }
    }
  }
}

}  // namespace
}  // namespace wirejit::kernels
