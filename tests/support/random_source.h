// Repeatable randomness for generators, and how many rounds they run.
// Entry: Random, rounds(). Invariant: the same seed gives the same numbers on every machine and
// standard library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

namespace wirejit::test {

// splitmix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15U + 0x1234567) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }
  // 0 .. n-1; n > 0.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool chance(unsigned percent) { return next() % 100 < percent; }
  template <class T, std::size_t N>
  T pick(const T (&from)[N]) {
    return from[below(N)];
  }

 private:
  std::uint64_t state_;
};

// WIREJIT_TEST_ROUNDS multiplies the rounds of random tests, for long runs.
inline std::uint64_t rounds(std::uint64_t standard) {
  const char* text = std::getenv("WIREJIT_TEST_ROUNDS");
  const unsigned long factor = text == nullptr ? 1 : std::strtoul(text, nullptr, 10);
  return standard * (factor == 0 ? 1 : factor);
}

}  // namespace wirejit::test
