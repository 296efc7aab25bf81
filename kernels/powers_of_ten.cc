// The table of powers of ten. 5^k by repeated multiplication and 2^n / 5^k by repeated division of
// one big integer: both are exact up to truncation, as floor(floor(x / 5) / 5) is floor(x / 25).
#include "kernels/powers_of_ten.h"

#include <bit>
#include <cstddef>

#include "kernels/bits.h"

namespace wirejit::kernels {
namespace {

// 1024 bits: 5^324 has 753; the quotients start at 2^1023, of which 5^342 leaves 229.
struct BigInt {
  std::array<uint64_t, 16> words{};  // least significant first
  size_t used = 0;

  constexpr void multiply_by_5() {
    uint64_t carry = 0;
    for (size_t i = 0; i < used; ++i) {
      const uint128 v = uint128{words[i]} * 5 + carry;
      words[i] = static_cast<uint64_t>(v);
      carry = static_cast<uint64_t>(v >> 64);
    }
    if (carry != 0) words[used++] = carry;
  }

  constexpr void divide_by_5() {
    uint64_t rest = 0;
    for (size_t i = used; i-- > 0;) {
      const uint128 v = uint128{rest} << 64 | words[i];
      words[i] = static_cast<uint64_t>(v / 5);
      rest = static_cast<uint64_t>(v % 5);
    }
    while (words[used - 1] == 0) --used;
  }

  constexpr uint64_t word(size_t from_top) const {
    return from_top < used ? words[used - 1 - from_top] : 0;
  }

  constexpr PowerOfTen top_128_bits() const {
    const int shift = std::countl_zero(word(0));
    if (shift == 0) return {word(0), word(1)};
    return {word(0) << shift | word(1) >> (64 - shift), word(1) << shift | word(2) >> (64 - shift)};
  }
};

consteval auto make_powers_of_ten() {
  std::array<PowerOfTen, max_power_of_ten - min_power_of_ten + 1> t{};
  BigInt power;
  power.words[0] = 1;
  power.used = 1;
  for (int k = 0; k <= max_power_of_ten; ++k, power.multiply_by_5()) {
    t[static_cast<size_t>(k - min_power_of_ten)] = power.top_128_bits();
  }
  BigInt inverse;
  inverse.words[15] = uint64_t{1} << 63;
  inverse.used = 16;
  for (int k = -1; k >= min_power_of_ten; --k) {
    inverse.divide_by_5();
    t[static_cast<size_t>(k - min_power_of_ten)] = inverse.top_128_bits();
  }
  return t;
}

}  // namespace

constinit const std::array<PowerOfTen, max_power_of_ten - min_power_of_ten + 1> powers_of_ten =
    make_powers_of_ten();

}  // namespace wirejit::kernels
