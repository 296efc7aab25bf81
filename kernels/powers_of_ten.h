// 10^k to 128 bits for every k that reading and writing of doubles needs, computed by the compiler.
// Invariant: entry k is the exact 10^k, scaled to [2^127, 2^128) and truncated; it is exact for
// 0 <= k <= 55, and its low word is zero for 0 <= k <= 27.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace wirejit::kernels {

struct PowerOfTen {
  uint64_t high, low;
};

inline constexpr int min_power_of_ten = -342;  // 2^64 * 10^-343 is below every double
inline constexpr int max_power_of_ten = 324;   // the smallest double needs it to become 4.94...

extern const std::array<PowerOfTen, max_power_of_ten - min_power_of_ten + 1> powers_of_ten;

inline const PowerOfTen& power_of_ten(int k) noexcept {
  return powers_of_ten[static_cast<size_t>(k - min_power_of_ten)];
}

// floor(log2(10^k)) for |k| <= 400.
constexpr int floor_log2_pow10(int k) noexcept { return (k * 1741647) >> 19; }

// floor(log10(2^e)) for |e| <= 1100.
constexpr int floor_log10_pow2(int e) noexcept { return (e * 315653) >> 20; }

// floor(log10(3/4 * 2^e)) for |e| <= 1100.
constexpr int floor_log10_three_quarters_pow2(int e) noexcept {
  return (e * 315653 - 131008) >> 20;
}

}  // namespace wirejit::kernels
