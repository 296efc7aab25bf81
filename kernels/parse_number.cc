// Reads numbers. Doubles: the digits become an integer w and a power of ten q; w * 10^q comes from
// one 64 x 128-bit product (after Eisel and Lemire) whose error is known, and only where that error
// could change the rounding, a comparison of all digits decides.
#include <array>
#include <cmath>
#include <limits>

#include "kernels/decimal_order.h"
#include "kernels/number.h"
#include "kernels/powers_of_ten.h"

namespace wirejit::kernels {
namespace {

constexpr std::array<uint64_t, 17> make_small_powers() {
  std::array<uint64_t, 17> t{};
  uint64_t power = 1;
  for (uint64_t& entry : t) {
    entry = power;
    power *= 10;
  }
  return t;
}

constexpr std::array<uint64_t, 17> small_powers = make_small_powers();
constexpr uint64_t e8 = 100000000;

inline bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

}  // namespace

namespace number_detail {

ParsedInt parse_long_magnitude(const char* p, const char* end) noexcept {
  const char* const begin = p;
  uint64_t value = 0;
  // Up to 16 digits in two steps, which cannot overflow; then one by one.
  while (end - p >= 8 && p - begin < 16) {
    const auto text = load<uint64_t>(p);
    const uint64_t stop = non_digit8(text);
    const int bits = stop != 0 ? std::countr_zero(stop) & ~7 : 64;
    if (bits == 0) break;
    value = value * small_powers[static_cast<size_t>(bits / 8)] +
            digits_to_int8((text ^ repeat8('0')) << (64 - bits));
    p += bits / 8;
    if (p == end || !is_digit(*p)) break;
  }
  bool overflow = false;
  for (; p != end && is_digit(*p); ++p) {
    overflow |= __builtin_mul_overflow(value, uint64_t{10}, &value);
    overflow |= __builtin_add_overflow(value, static_cast<uint64_t>(*p - '0'), &value);
  }
  if (p == begin) return {p, 0, Status::not_a_number};
  if (*begin == '0' && p - begin > 1) return {begin + 1, 0, Status::not_a_number};
  Status status = status_before(p, end);
  if (overflow && status == Status::ok) status = Status::out_of_range;
  return {p, value, status};
}

}  // namespace number_detail

namespace {

template <class T>
struct FloatFormat;

template <>
struct FloatFormat<double> {
  using Bits = uint64_t;
  static constexpr int mantissa_bits = 52;
  static constexpr int bias = 1023;
};

template <>
struct FloatFormat<float> {
  using Bits = uint32_t;
  static constexpr int mantissa_bits = 23;
  static constexpr int bias = 127;
};

// A number's text, taken apart.
struct Decimal {
  const char* at;
  bool valid;
  bool negative;
  bool inexact;  // more digits than `digits` holds: the number is in [digits, digits + 1)
  uint64_t digits;
  int64_t power;  // of ten
};

const char* read_digits_by_one(const char* p, const char* end, uint64_t& value) noexcept {
  for (; p != end && is_digit(*p); ++p) value = value * 10 + static_cast<uint64_t>(*p - '0');
  return p;
}

// The digits at p; returns their end. Takes no branch on their number up to 7. The value may
// overflow.
inline const char* read_whole(const char* p, const char* end, uint64_t& value) noexcept {
  while (end - p >= 8) {
    const auto text = load<uint64_t>(p);
    const uint64_t stop = non_digit8(text);
    if (stop == 0) {
      value = value * e8 + digits_to_int8(text ^ repeat8('0'));
      p += 8;
      continue;
    }
    const int bits = std::countr_zero(stop) & ~7;
    if (bits == 0) return p;
    value = value * small_powers[static_cast<size_t>(bits / 8)] +
            digits_to_int8((text ^ repeat8('0')) << (64 - bits));
    return p + bits / 8;
  }
  return read_digits_by_one(p, end, value);
}

// Appends the digits at p to `value`, which may overflow; returns their end. Takes no branch on
// their number up to 15, as it varies most where numbers are long.
inline const char* read_fraction(const char* p, const char* end, uint64_t& value) noexcept {
  while (end - p >= 16) {
    const auto head = load<uint64_t>(p);
    const auto tail = load<uint64_t>(p + 8);
    const uint64_t head_stop = non_digit8(head);
    const uint64_t tail_stop = non_digit8(tail);
    const int tail_bits = tail_stop != 0 ? std::countr_zero(tail_stop) & ~7 : 64;
    const int bits = head_stop != 0 ? std::countr_zero(head_stop) & ~7 : 64 + tail_bits;
    if (bits == 0) return p;
    // The digits moved to the end of 16 places, with zeros before them.
    const uint128 text = uint128{tail ^ repeat8('0')} << 64 | (head ^ repeat8('0'));
    const uint128 places = text << (128 - bits);
    value = value * small_powers[static_cast<size_t>(bits / 8)] +
            digits_to_int8(static_cast<uint64_t>(places)) * e8 +
            digits_to_int8(static_cast<uint64_t>(places >> 64));
    p += bits / 8;
    // Seldom does a 17th digit follow; so this is foreseen even where 15 and 16 digits alternate.
    if (p == end || !is_digit(*p)) [[likely]] {
      return p;
    }
  }
  return read_digits_by_one(p, end, value);
}

// Digits and a point in [p, end), more than 19: keeps the 19 first that count.
void keep_19_digits(const char* p, const char* end, const char* point, Decimal& d) noexcept {
  while (p != end && (*p == '0' || *p == '.')) ++p;
  d.digits = 0;
  int kept = 0;
  for (; p != end && kept < 19; ++p) {
    if (*p == '.') continue;
    d.digits = d.digits * 10 + static_cast<uint64_t>(*p - '0');
    ++kept;
  }
  if (p == end) return;
  // d.power is that of the last digit of the text; each digit left out is one more.
  const bool point_left = point != nullptr && p <= point;
  d.power += end - p - (point_left ? 1 : 0);
  d.inexact = true;
}

// The exponent after 'e'. One too long for 64 bits is cut to what no text can outweigh.
bool read_exponent(Decimal& d, const char* end) noexcept {
  const char* p = d.at + 1;
  bool negative = false;
  if (p != end && (*p == '-' || *p == '+')) negative = *p++ == '-';
  const char* const begin = p;
  constexpr int64_t limit = int64_t{1} << 60;
  int64_t value = 0;
  for (; p != end && is_digit(*p); ++p) {
    if (value < limit / 16) value = value * 10 + (*p - '0');
  }
  d.at = p;
  d.power += negative ? -value : value;
  return p != begin;
}

[[gnu::always_inline]] inline Decimal read_decimal(const char* p, const char* end) noexcept {
  Decimal d{p, false, false, false, 0, 0};
  if (p != end && *p == '-') {
    d.negative = true;
    ++p;
  }
  const char* const begin = p;
  const char* point = nullptr;
  p = read_whole(p, end, d.digits);
  auto count = p - begin;
  if (count == 0 || (*begin == '0' && count > 1)) {
    d.at = begin + (count != 0);
    return d;
  }
  if (p != end && *p == '.') {
    point = p++;
    p = read_fraction(p, end, d.digits);
    d.power = point + 1 - p;
    if (d.power == 0) {
      d.at = p;
      return d;
    }
    count -= d.power;
  }
  if (count > 19) [[unlikely]] {
    keep_19_digits(begin, p, point, d);
  }
  d.at = p;
  d.valid = p == end || (*p | 0x20) != 'e' || read_exponent(d, end);
  return d;
}

template <class T>
inline constexpr typename FloatFormat<T>::Bits infinity_bits =
    typename FloatFormat<T>::Bits{2 * FloatFormat<T>::bias + 1} << FloatFormat<T>::mantissa_bits;

// The upper 128 bits of w * 10^q, w not zero. As the power is truncated, the true value is in
// [high:low, high:low + 2).
struct Product {
  uint64_t high;
  uint64_t low;
  int exponent;  // of a T, its bias added; subnormal below 1
  int shift;     // of `high`, to a T's mantissa with its leading bit
};

template <class T>
[[gnu::always_inline]] inline Product multiply(uint64_t w, int q) noexcept {
  using F = FloatFormat<T>;
  const int lead = std::countl_zero(w);
  w <<= lead;
  const PowerOfTen& g = power_of_ten(q);
  const uint128 product = uint128{w} * g.high + static_cast<uint64_t>((uint128{w} * g.low) >> 64);
  const auto high = static_cast<uint64_t>(product >> 64);
  const int upper = static_cast<int>(high >> 63);
  return {high, static_cast<uint64_t>(product), 63 + upper + floor_log2_pow10(q) - lead + F::bias,
          62 - F::mantissa_bits + upper};
}

// The bits of the T nearest to what is below the least normal T. False if 128 bits cannot decide.
template <class T>
[[gnu::noinline]] bool round_subnormal(const Product& p,
                                       typename FloatFormat<T>::Bits& bits) noexcept {
  const int shift = p.shift + 1 - p.exponent;
  bits = 0;
  if (shift > 64) return true;  // less than half of the least
  const uint64_t half = uint64_t{1} << (shift - 1);
  const uint64_t rest = p.high & (2 * half - 1);
  if (rest == half - 1 && p.low >= UINT64_MAX - 1) return false;
  if (rest == half && p.low == 0) return false;
  const uint64_t mantissa = shift == 64 ? 0 : p.high >> shift;
  bits = static_cast<typename FloatFormat<T>::Bits>(mantissa + (rest >= half ? 1 : 0));
  return true;
}

// The bits of the T nearest to w * 10^q. False if 128 bits of 10^q cannot decide.
template <class T>
inline bool round_product(uint64_t w, int64_t q, typename FloatFormat<T>::Bits& bits) noexcept {
  using F = FloatFormat<T>;
  using Bits = typename F::Bits;
  constexpr Bits infinity = infinity_bits<T>;
  bits = 0;
  if (w == 0 || q < min_power_of_ten) return true;
  bits = infinity;
  if (q > std::numeric_limits<double>::max_exponent10) return true;

  const Product product = multiply<T>(w, static_cast<int>(q));
  const auto [high, low, exponent, shift] = product;
  if (exponent <= 0) [[unlikely]] {
    return round_subnormal<T>(product, bits);
  }
  const uint64_t half = uint64_t{1} << (shift - 1);
  const uint64_t rest = high & (2 * half - 1);
  uint64_t mantissa = high >> shift;
  if (rest == half - 1 && low >= UINT64_MAX - 1) [[unlikely]] {
    return false;
  }
  if (rest == half && low == 0) [[unlikely]] {
    if (q < 0 || q > 27) return false;  // else the product is exact, and this is a tie
    mantissa += mantissa & 1;
  } else {
    mantissa += rest >= half;
  }
  // The mantissa's leading bit, or a carry out of it, raises the exponent by one.
  if (exponent - 1 >= 2 * F::bias + 1) return true;
  bits = (static_cast<Bits>(exponent - 1) << F::mantissa_bits) + static_cast<Bits>(mantissa);
  if (bits > infinity) bits = infinity;
  return true;
}

template <class T>
struct Parsed {
  const char* at;
  T value;
  Status status;
};

// The bits of the greatest T that is not greater than d, its sign apart, or of the one before it if
// d is hardly greater. For what round_product looked at and did not decide: d.digits is not zero,
// and d.power is in the table.
template <class T>
typename FloatFormat<T>::Bits round_down(const Decimal& d) noexcept {
  using F = FloatFormat<T>;
  using Bits = typename F::Bits;
  const Product product = multiply<T>(d.digits, static_cast<int>(d.power));
  if (product.exponent > 2 * F::bias) return infinity_bits<T>;
  if (product.exponent > 0) {
    return (static_cast<Bits>(product.exponent - 1) << F::mantissa_bits) +
           static_cast<Bits>(product.high >> product.shift);
  }
  const int shift = product.shift + 1 - product.exponent;
  return shift < 64 ? static_cast<Bits>(product.high >> shift) : 0;
}

// For the few numbers that need more than 128 bits: the bits of the T nearest to the number at p,
// well-formed, of which `d` holds what fits; its sign apart.
template <class T>
[[gnu::noinline]] typename FloatFormat<T>::Bits parse_exactly(const char* p,
                                                              const Decimal& d) noexcept {
  using F = FloatFormat<T>;
  using Bits = typename F::Bits;
  const Bits below = round_down<T>(d);
  if (below == infinity_bits<T>) return below;
  // Half a unit above it lies the number with one more bit.
  const Bits fraction = below & ((Bits{1} << F::mantissa_bits) - 1);
  const int exponent = static_cast<int>(below >> F::mantissa_bits);
  const uint64_t mantissa = exponent == 0 ? fraction : fraction | Bits{1} << F::mantissa_bits;
  const int power = (exponent == 0 ? 1 : exponent) - F::bias - F::mantissa_bits;
  const DecimalText text{p, d.at, d.digits, d.power, d.inexact};
  const int order = order_decimal(text, 2 * mantissa + 1, power - 1);
  return below + static_cast<Bits>(order > 0 || (order == 0 && (mantissa & 1) != 0));
}

template <class T>
inline Parsed<T> parse_long(const char* p, const char* end) noexcept {
  using Bits = typename FloatFormat<T>::Bits;
  const Decimal d = read_decimal(p, end);
  if (!d.valid) return {d.at, 0, Status::not_a_number};
  Bits bits;
  bool decided = round_product<T>(d.digits, d.power, bits);
  if (d.inexact) [[unlikely]] {
    Bits above;
    decided = decided && round_product<T>(d.digits + 1, d.power, above) && above == bits;
  }
  if (!decided) [[unlikely]] {
    bits = parse_exactly<T>(p, d);
  }
  const T value = std::bit_cast<T>(bits | static_cast<Bits>(d.negative) << (sizeof(Bits) * 8 - 1));
  return {d.at, value, std::isinf(value) ? Status::out_of_range : Status::ok};
}

}  // namespace

namespace number_detail {

ParsedDouble parse_long_double(const char* p, const char* end) noexcept {
  const auto r = parse_long<double>(p, end);
  return {r.at, r.value, r.status};
}

ParsedFloat parse_long_float(const char* p, const char* end) noexcept {
  const auto r = parse_long<float>(p, end);
  return {r.at, r.value, r.status};
}

}  // namespace number_detail
}  // namespace wirejit::kernels
