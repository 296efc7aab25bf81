// Numbers read from 16 bytes at once, on every CPU level that has such a kernel, compared with the
// readers that read byte by byte.
#include "kernels/number.h"
#include "tests/support/kernels_support.h"

#include <gtest/gtest.h>

#include <bit>

namespace wirejit::kernels {
namespace {

class ShortNumbers : public testing::TestWithParam<Level> {
 protected:
  // `text`, filled up to 16 bytes; an inaccessible page follows.
  void check(std::string text) {
    text.resize(16, ' ');
    const char* const p = pages_.back(text);
    const char* const end = p + text.size();
    const Kernels& kernels = kernels_for(GetParam());
    const ShortNumber i = kernels.short_int(p);
    const ParsedInt expected_int = parse_int64(p, end);
    if (i.at != nullptr) {
      ASSERT_EQ(expected_int.status, Status::ok) << text;
      ASSERT_EQ(i.at, expected_int.at) << text;
      ASSERT_EQ(i.value, expected_int.value) << text;
    } else {  // a number that fits with a byte after it is read
      ASSERT_TRUE(expected_int.status != Status::ok || expected_int.at == end) << text;
    }
    const ShortNumber d = kernels.short_double(p);
    const ParsedDouble expected = parse_double(p, end);
    if (d.at != nullptr) {
      ASSERT_EQ(expected.status, Status::ok) << text;
      ASSERT_EQ(d.at, expected.at) << text;
      ASSERT_EQ(d.value, std::bit_cast<std::uint64_t>(expected.value)) << text;
    } else {
      ASSERT_TRUE(expected.status != Status::ok || expected.at == end ||
                  text.find_first_of("eE") != std::string::npos)
          << text;
    }
  }

  GuardedPages pages_;
};

TEST_P(ShortNumbers, EveryLengthOnEachSideOfThePointAndEveryKindOfByteAfter) {
  for (std::size_t whole = 0; whole <= 15; ++whole) {
    for (std::size_t fraction = 0; whole + fraction <= 15; ++fraction) {
      for (const char* digits : {"123456789012345", "000000000000000", "999999999999999",
                                 "100000000000000", "050505050505050"}) {
        const std::string text(digits);
        for (const char* sign : {"", "-", "+", "--"}) {
          for (const char* stop : {",", "]", ".", ".5", "e", "E5", " ", "-", "\x80", "\xb0", "\xff",
                                   "/", ":", "\n", "x", ""}) {
            check(sign + text.substr(0, whole) + stop);
            check(sign + text.substr(0, whole) + "." + text.substr(whole, fraction) + stop);
          }
        }
      }
    }
  }
}

TEST_P(ShortNumbers, RandomOnes) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 300000; ++round) {
    check(random_bytes(random, 1 + random() % 16, "0123456789012345678901234567890.-,eE \x90"));
  }
}

TEST_P(ShortNumbers, AnyBytes) {
  std::mt19937_64 random(13);
  for (int round = 0; round < 100000; ++round) {
    check(random_bytes(random, 16));
  }
}

std::vector<Level> levels_with_kernels() {
  std::vector<Level> levels;
  for (const Level level : levels_here()) {
    if (kernels_for(level).short_int != nullptr && kernels_for(level).short_double != nullptr) {
      levels.push_back(level);
    }
  }
  return levels;
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ShortNumbers);
INSTANTIATE_TEST_SUITE_P(Levels, ShortNumbers, testing::ValuesIn(levels_with_kernels()));

}  // namespace
}  // namespace wirejit::kernels
