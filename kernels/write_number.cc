// Writes integers, and the shortest decimals of doubles and floats. The latter after Schubfach
// (Giulietti): scale the value so that its rounding interval is 1 to 10 units wide; take the one
// multiple of ten in the interval, else the nearest integer. One 64 x 128-bit product gives the
// scaled value with a known error, and where a comparison is closer than that, std::to_chars
// decides.
#include <array>
#include <charconv>
#include <limits>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "kernels/number.h"
#include "kernels/powers_of_ten.h"

namespace wirejit::kernels {
namespace {

constexpr uint64_t zeros = repeat8('0');

constexpr std::array<uint16_t, 100> make_pairs() {
  std::array<uint16_t, 100> t{};
  for (unsigned i = 0; i < 100; ++i) {
    t[i] = static_cast<uint16_t>(('0' + i / 10) | ('0' + i % 10) << 8);
  }
  return t;
}

constexpr std::array<uint16_t, 100> pairs = make_pairs();

// Entry b is the number of decimal digits of 2^b, times 2^32, less the next power of ten (unless
// all numbers of b + 1 bits have the same count): adding n carries into the upper half where n has
// one digit more.
constexpr std::array<uint64_t, 32> make_digit_counts() {
  std::array<uint64_t, 32> t{};
  for (unsigned b = 0; b < 32; ++b) {
    uint64_t power = 1;
    uint64_t digits = 0;
    for (; power <= (uint64_t{1} << b); power *= 10) ++digits;
    t[b] = power < (uint64_t{2} << b) ? ((digits + 1) << 32) - power : digits << 32;
  }
  return t;
}

constexpr std::array<uint64_t, 32> digit_counts = make_digit_counts();

inline unsigned count_digits(uint32_t n) noexcept {
  const auto log2 = static_cast<size_t>(std::bit_width(n | 1) - 1);
  return static_cast<unsigned>((n + digit_counts[log2]) >> 32);
}

// n < 10^8, without leading zeros; overwrites eight bytes.
inline char* write_up_to_8(uint64_t n, char* out) noexcept {
  if (n < 100) {
    const uint16_t pair = pairs[n];
    const bool two = n >= 10;
    store(out, static_cast<uint16_t>(two ? pair : pair >> 8));
    return out + 1 + two;
  }
  const unsigned count = count_digits(static_cast<uint32_t>(n));
  store(out, (int_to_digits8(n) | zeros) >> (64 - 8 * count));
  return out + count;
}

inline char* write_8(uint64_t n, char* out) noexcept {
  store(out, int_to_digits8(n) | zeros);
  return out + 8;
}

// The digits' values of two numbers below 10^8, as int_to_digits8 gives them.
struct Digits16 {
  uint64_t head, tail;
};

#if defined(__SSE2__)

inline Digits16 int_to_digits16(uint64_t upper, uint64_t lower) noexcept {
  const __m128i n = _mm_set_epi64x(static_cast<int64_t>(lower), static_cast<int64_t>(upper));
  // Each lane is split in two by a reciprocal that is exact for its range.
  const __m128i myriads = _mm_srli_epi64(_mm_mul_epu32(n, _mm_set1_epi64x(3518437209)), 45);
  const __m128i below = _mm_sub_epi32(n, _mm_mul_epu32(myriads, _mm_set1_epi64x(10000)));
  const __m128i fours = _mm_or_si128(myriads, _mm_slli_epi64(below, 32));
  const __m128i hundreds = _mm_srli_epi16(_mm_mulhi_epu16(fours, _mm_set1_epi32(5243)), 3);
  const __m128i units = _mm_sub_epi16(fours, _mm_mullo_epi16(hundreds, _mm_set1_epi32(100)));
  const __m128i twos = _mm_or_si128(hundreds, _mm_slli_epi32(units, 16));
  const __m128i tens = _mm_mulhi_epu16(twos, _mm_set1_epi16(6554));
  const __m128i ones = _mm_sub_epi16(twos, _mm_mullo_epi16(tens, _mm_set1_epi16(10)));
  const __m128i digits = _mm_or_si128(tens, _mm_slli_epi16(ones, 8));
  return {static_cast<uint64_t>(_mm_cvtsi128_si64(digits)),
          static_cast<uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(digits, digits)))};
}

#else

inline Digits16 int_to_digits16(uint64_t upper, uint64_t lower) noexcept {
  return {int_to_digits8(upper), int_to_digits8(lower)};
}

#endif

constexpr uint64_t e8 = 100000000;
constexpr uint64_t e16 = e8 * e8;

}  // namespace

char* write_uint64(uint64_t value, char* out) noexcept {
  if (value < e8) return write_up_to_8(value, out);
  if (value < e16) {
    const uint64_t high = value / e8;
    out = write_up_to_8(high, out);
    return write_8(value - high * e8, out);
  }
  const uint64_t top = value / e16;
  const uint64_t rest = value - top * e16;
  const uint64_t high = rest / e8;
  out = write_up_to_8(top, out);
  const auto [head, tail] = int_to_digits16(high, rest - high * e8);
  store(out, head | zeros);
  store(out + 8, tail | zeros);
  return out + 16;
}

char* write_int64(int64_t value, char* out) noexcept {
  *out = '-';
  const auto bits = static_cast<uint64_t>(value);
  return write_uint64(value < 0 ? 0 - bits : bits, out + (value < 0));
}

namespace {

// A value is digits * 10^power; digits has 16 or 17 decimal digits.
struct Decimal {
  uint64_t digits;
  int power;
};

// How a decimal is written: as JSON's shortest (write_double), or as C's "%.17g".
enum class Notation : uint8_t { shortest, general };

// out + the text of "e" and the exponent; in general notation with a sign and two digits at least.
template <Notation N>
char* write_exponent(int exponent, char* out) noexcept {
  *out++ = 'e';
  if (exponent < 0) {
    *out++ = '-';
    exponent = -exponent;
  } else if (N == Notation::general) {
    *out++ = '+';
  }
  if (N == Notation::general && exponent < 10) *out++ = '0';
  return write_up_to_8(static_cast<uint64_t>(exponent), out);
}

// What varies from number to number without a pattern (16 or 17 digits, how many zeros at the end)
// is computed, not branched on.
template <Notation N = Notation::shortest>
inline char* write_decimal(Decimal d, char* out) noexcept {
  const uint64_t short_by_one = d.digits < e16;
  const uint64_t digits = d.digits + ((d.digits * 9) & (0 - short_by_one));
  const int exponent = d.power + 16 - static_cast<int>(short_by_one);

  // The first digit, then the 16 others in two words, zeros at the end included.
  const uint64_t upper9 = digits / e8;
  const uint64_t first = upper9 / e8;
  auto [head, tail] = int_to_digits16(upper9 - first * e8, digits - upper9 * e8);
  const uint64_t last = tail != 0 ? tail : head;
  const int count = (tail != 0 ? 17 : 9) - std::countl_zero(last) / 8;
  head |= zeros;
  tail |= zeros;
  const auto first_char = static_cast<char>('0' + first);

  if (exponent >= 0 && exponent <= 16) {
    // The first digit and all others; then the point, and what belongs after it once more.
    out[0] = first_char;
    store(out + 1, head);
    store(out + 9, tail);
    char* const point = out + 1 + exponent;
    if (exponent < 8) {
      const int bits = exponent * 8;
      store(point + 1, head >> bits | (tail << 1) << (63 - bits));
      store(point + 9, tail >> bits | (zeros << 1) << (63 - bits));
    } else {
      const int bits = exponent * 8 - 64;
      store(point + 1, bits == 64 ? zeros : tail >> bits | (zeros << 1) << (63 - bits));
    }
    *point = '.';
    constexpr int point_and_zero = N == Notation::shortest ? 2 : 0;
    return out + (count > exponent + 1 ? count + 1 : exponent + 1 + point_and_zero);
  }
  if (exponent < 0 && exponent >= (N == Notation::shortest ? -5 : -4)) {
    store(out, zeros);
    out[1] = '.';
    char* const begin = out + 1 - exponent;
    begin[0] = first_char;
    store(begin + 1, head);
    store(begin + 9, tail);
    return begin + count;
  }
  out[0] = first_char;
  out[1] = '.';
  store(out + 2, head);
  store(out + 10, tail);
  return write_exponent<N>(exponent, out + (count == 1 ? 1 : count + 1));
}

// By the standard library. The value is positive and finite.
template <class T>
[[gnu::noinline]] char* write_exactly(T value, char* out) noexcept {
  char text[40];
  const auto end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  uint64_t digits = 0;
  int count = 0;
  const char* p = text;
  for (; *p != 'e'; ++p) {
    if (*p == '.') continue;
    digits = digits * 10 + static_cast<uint64_t>(*p - '0');
    ++count;
  }
  int exponent = 0;
  std::from_chars(p + (p[1] == '+' ? 2 : 1), end, exponent);
  for (; count < 17; ++count) digits *= 10;
  return write_decimal({digits, exponent - 16}, out);
}

// The shortest decimal in the rounding interval of c * 2^q, nearest to it. The interval is half a
// unit of c upwards and, where c is `irregular`, the least of its binade, a quarter downwards.
// False if 128 bits cannot decide.
template <bool irregular>
inline bool shorten(uint64_t c, int q, Decimal& d) noexcept {
  // 10^k <= the interval's width < 10^(k + 1).
  const int k = irregular ? floor_log10_three_quarters_pow2(q) : floor_log10_pow2(q);
  const PowerOfTen& g = power_of_ten(-k);
  // One unit of c is g / 2^127 * 2^s scaled units, 0 <= s <= 3.
  const int s = q + floor_log2_pow10(-k);
  // The scaled value with 64 bits after the point; the true one is less than two of the last bits
  // greater.
  const uint64_t shifted = c << (s + 1);
  const uint128 scaled =
      uint128{shifted} * g.high + static_cast<uint64_t>((uint128{shifted} * g.low) >> 64);
  const auto whole = static_cast<uint64_t>(scaled >> 64);
  const auto fraction = static_cast<uint64_t>(scaled);

  // Distances with 60 bits after the point, each less than two of the last bits below the truth.
  constexpr uint64_t one = uint64_t{1} << 60;
  constexpr uint64_t margin = 8;
  const uint64_t above = g.high >> (4 - s);  // half a unit of c
  const uint64_t below = irregular ? above / 2 : above;
  const uint64_t last = whole % 10;
  const uint64_t to_lower = last * one + (fraction >> 4);  // down to the multiple of ten
  const uint64_t to_upper = 10 * one - to_lower;
  const uint64_t half = irregular && below < one / 2 ? below : one / 2;  // where rounding up begins
  const uint64_t past_half = (fraction >> 4) - half;

  if (to_lower - below + margin <= 2 * margin || to_upper - above + margin <= 2 * margin ||
      past_half + margin <= 2 * margin) [[unlikely]] {
    return false;
  }
  const uint64_t nearest = whole + (static_cast<int64_t>(past_half) > 0);
  const bool take_upper = to_upper < above;
  const uint64_t ten = whole - last + (take_upper ? 10 : 0);
  const uint64_t use_ten = 0 - static_cast<uint64_t>((to_lower < below) | take_upper);
  d.digits = nearest ^ ((nearest ^ ten) & use_ten);  // no branch on the value's digits
  d.power = k;
  return true;
}

// The 17 digits of c * 2^q, which is normal, correctly rounded. False if 128 bits cannot decide.
inline bool round_to_17(uint64_t c, int q, Decimal& d) noexcept {
  int k = floor_log10_pow2(q + 52) - 16;  // or one more, if the value is the next power of ten
  for (;; ++k) {
    // As in shorten(): the scaled value with 64 bits after the point, less than two of the last bits
    // below the true one.
    const PowerOfTen& g = power_of_ten(-k);
    const uint64_t shifted = c << (q + floor_log2_pow10(-k) + 1);
    const uint128 scaled =
        uint128{shifted} * g.high + static_cast<uint64_t>((uint128{shifted} * g.low) >> 64);
    const auto whole = static_cast<uint64_t>(scaled >> 64);
    if (whole >= 10 * e16) continue;
    constexpr uint64_t half = uint64_t{1} << 63;
    const auto fraction = static_cast<uint64_t>(scaled);
    if (fraction - half + 8 <= 16) [[unlikely]]
      return false;
    d = {whole + (fraction >> 63), k};
    if (d.digits == 10 * e16) d = {e16, k + 1};
    return true;
  }
}

inline char* write_whole(uint64_t value, char* out) noexcept {
  out = write_uint64(value, out);
  store(out, static_cast<uint16_t>('.' | '0' << 8));
  return out + 2;
}

// A value that is n / 10^8 correctly rounded, with n < 10^15: no other decimal of up to 15 digits
// reads back as it, so n's digits are the shortest. Null for other values. 1e-5 <= value < 10^7.
inline char* write_short(double value, char* out) noexcept {
  // The division tells whether it rounded well. NOLINTNEXTLINE(bugprone-incorrect-roundings)
  const auto n = static_cast<int64_t>(value * 1e8 + 0.5);
  if (static_cast<double>(n) / 1e8 != value) return nullptr;
  const uint64_t whole = static_cast<uint64_t>(n) / e8;
  const uint64_t fraction = int_to_digits8(static_cast<uint64_t>(n) - whole * e8);
  out = write_up_to_8(whole, out);
  *out = '.';
  store(out + 1, fraction | zeros);
  return out + 9 - std::countl_zero(fraction | 1) / 8;
}

}  // namespace

char* write_double(double value, char* out) noexcept {
  const auto bits = std::bit_cast<uint64_t>(value);
  *out = '-';
  out += bits >> 63;
  const double magnitude = value < 0 ? -value : value;
  if (magnitude < 1e15) {  // all integers up to here are doubles
    const auto whole = static_cast<int64_t>(magnitude);
    if (static_cast<double>(whole) == magnitude) {
      return write_whole(static_cast<uint64_t>(whole), out);
    }
    if (magnitude < 1e7 && magnitude >= 1e-5) {
      if (char* const end = write_short(magnitude, out)) return end;
    }
  }
  const auto exponent = static_cast<int>(bits >> 52 & 0x7ff);
  const uint64_t fraction = bits & ((uint64_t{1} << 52) - 1);
  if (exponent == 0) [[unlikely]] {
    return write_exactly(magnitude, out);  // few digits
  }
  const uint64_t c = fraction | uint64_t{1} << 52;
  Decimal d;
  const bool decided =
      fraction == 0 ? shorten<true>(c, exponent - 1075, d) : shorten<false>(c, exponent - 1075, d);
  if (!decided) [[unlikely]] {
    return write_exactly(magnitude, out);
  }
  return write_decimal(d, out);
}

char* write_double_17(double value, char* out) noexcept {
  const double magnitude = value < 0 ? -value : value;
  if (magnitude < 1e15) {
    const auto whole = static_cast<int64_t>(magnitude);
    if (static_cast<double>(whole) == magnitude) {
      *out = '-';
      out += std::bit_cast<uint64_t>(value) >> 63;
      return write_uint64(static_cast<uint64_t>(whole), out);
    }
  }
  const auto bits = std::bit_cast<uint64_t>(value);
  const auto exponent = static_cast<int>(bits >> 52 & 0x7ff);
  const uint64_t c = (bits & ((uint64_t{1} << 52) - 1)) | uint64_t{1} << 52;
  Decimal d;
  if (exponent == 0 || !round_to_17(c, exponent - 1075, d)) [[unlikely]] {
    return std::to_chars(out, out + max_double_text, value, std::chars_format::general, 17).ptr;
  }
  *out = '-';
  out += bits >> 63;
  return write_decimal<Notation::general>(d, out);
}

char* write_float(float value, char* out) noexcept {
  const auto bits = std::bit_cast<uint32_t>(value);
  *out = '-';
  out += bits >> 31;
  const float magnitude = value < 0 ? -value : value;
  if (magnitude < 16777216.0f) {
    const auto whole = static_cast<uint32_t>(magnitude);
    if (static_cast<float>(whole) == magnitude) return write_whole(whole, out);
  }
  const auto exponent = static_cast<int>(bits >> 23 & 0xff);
  const uint32_t fraction = bits & ((1u << 23) - 1);
  if (exponent == 0) [[unlikely]] {
    return write_exactly(magnitude, out);
  }
  const uint64_t c = fraction | 1u << 23;
  Decimal d;
  const bool decided =
      fraction == 0 ? shorten<true>(c, exponent - 150, d) : shorten<false>(c, exponent - 150, d);
  if (!decided) [[unlikely]] {
    return write_exactly(magnitude, out);
  }
  // Seven to nine digits; write_decimal wants 16 or 17.
  d.digits *= e8;
  d.power -= 8;
  if (d.digits < e16 / 10) {
    d.digits *= 10;
    --d.power;
  }
  return write_decimal(d, out);
}

}  // namespace wirejit::kernels
