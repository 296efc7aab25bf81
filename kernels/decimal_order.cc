// Long integers of a fixed capacity: both sides are multiplied until they are integers.
#include "kernels/decimal_order.h"

#include <bit>
#include <cstddef>

#include "kernels/bits.h"

namespace wirejit::kernels {
namespace {

// Numbers halfway between two doubles have 768 digits that count at most, so that what follows 800
// digits cannot lie on the other side.
constexpr int most_digits = 800;

// 800 digits are 2,658 bits. A power of five is at most that of the last of 800 digits of the least
// number: 5^1124 has 2,610 bits, and the mantissa 54. Both sides are alike in size once the smaller
// one is shifted.
class Integer {
 public:
  explicit Integer(uint64_t value) noexcept { add_limb(value); }

  // this * factor + more.
  void multiply_add(uint64_t factor, uint64_t more) noexcept {
    uint64_t carry = more;
    for (size_t i = 0; i < size_; ++i) {
      const uint128 product = uint128{limbs_[i]} * factor + carry;
      limbs_[i] = static_cast<uint64_t>(product);
      carry = static_cast<uint64_t>(product >> 64);
    }
    add_limb(carry);
  }

  void multiply_by_power_of_five(int64_t power) noexcept {
    constexpr uint64_t five_27 = 7450580596923828125;
    for (; power >= 27; power -= 27) multiply_add(five_27, 0);
    uint64_t rest = 1;
    for (; power > 0; --power) rest *= 5;
    multiply_add(rest, 0);
  }

  void shift_left(int64_t bits) noexcept {
    const auto limbs = static_cast<size_t>(bits / 64);
    const int rest = static_cast<int>(bits % 64);
    if (size_ == 0) return;
    if (rest != 0) multiply_add(uint64_t{1} << rest, 0);
    for (size_t i = size_; limbs != 0 && i-- > 0;) limbs_[i + limbs] = limbs_[i];
    for (size_t i = 0; i < limbs; ++i) limbs_[i] = 0;
    size_ += limbs;
  }

  friend int order(const Integer& a, const Integer& b) noexcept {
    if (a.size_ != b.size_) return a.size_ < b.size_ ? -1 : 1;
    for (size_t i = a.size_; i-- > 0;) {
      if (a.limbs_[i] != b.limbs_[i]) return a.limbs_[i] < b.limbs_[i] ? -1 : 1;
    }
    return 0;
  }

 private:
  void add_limb(uint64_t limb) noexcept {
    if (limb != 0) limbs_[size_++] = limb;
  }

  uint64_t limbs_[64];
  size_t size_ = 0;
};

// The digits of the text that count, `most_digits` at most, as an integer.
struct Digits {
  Integer value{0};
  int count = 0;
  bool rest = false;  // what was left out is not zero

  Digits(const char* p, const char* end) noexcept {
    uint64_t chunk = 0;
    uint64_t factor = 1;
    for (; p != end && (*p | 0x20) != 'e'; ++p) {
      if (*p == '.' || *p == '-' || (count == 0 && *p == '0')) continue;
      if (count == most_digits) {
        rest |= *p != '0';
        continue;
      }
      chunk = chunk * 10 + static_cast<uint64_t>(*p - '0');
      factor *= 10;
      if (++count % 19 == 0) {
        value.multiply_add(factor, chunk);
        chunk = 0;
        factor = 1;
      }
    }
    value.multiply_add(factor, chunk);
  }
};

}  // namespace

int order_decimal(const DecimalText& text, uint64_t mantissa, int power) noexcept {
  Integer left(text.digits);
  int64_t power_of_ten = text.power;
  bool rest = false;
  if (text.inexact) {
    const Digits all(text.begin, text.end);
    left = all.value;
    power_of_ten -= all.count - 19;
    rest = all.rest;
  }
  Integer right(mantissa);
  (power_of_ten < 0 ? right : left)
      .multiply_by_power_of_five(power_of_ten < 0 ? -power_of_ten : power_of_ten);
  const int64_t shift = power_of_ten - power;
  (shift < 0 ? right : left).shift_left(shift < 0 ? -shift : shift);
  const int order_of_digits = order(left, right);
  return order_of_digits == 0 && rest ? 1 : order_of_digits;
}

}  // namespace wirejit::kernels
