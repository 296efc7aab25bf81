// Short numbers read from 16 bytes at once: where digits end is one mask, and the digits, moved to
// the right end of the vector, become a number in three multiplications.
#include "kernels/variants.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <bit>

#include "kernels/number.h"

#define WIREJIT_TARGET [[gnu::target("avx2,bmi,bmi2")]]

namespace wirejit::kernels::avx2 {
namespace {

constexpr ShortNumber unusual{nullptr, 0};

// The 16 bytes at places + n tell for each place of the result which byte of the text goes there if
// the digits end before byte n; a negative one is a zero. The 16 at point + n are -1 for places
// before the last n, where the point must be left out.
alignas(16) constexpr int8_t places[33] = {-16, -15, -14, -13, -12, -11, -10, -9, -8, -7, -6,
                                           -5,  -4,  -3,  -2,  -1,  0,   1,   2,  3,  4,  5,
                                           6,   7,   8,   9,   10,  11,  12,  13, 14, 15, 16};
alignas(16) constexpr int8_t point[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                                          -1, -1, -1, -1, -1, 0,  0,  0,  0,  0,  0,
                                          0,  0,  0,  0,  0,  0,  0,  0,  0,  0};
constexpr double powers_of_ten[16] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                      1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

WIREJIT_TARGET inline __m128i load16(const void* p) {
  return _mm_loadu_si128(static_cast<const __m128i*>(p));
}

struct Text {
  __m128i digits;     // their values; zero where there is none
  uint32_t stops;     // a bit for each byte that is no digit, but for the sign
  uint32_t negative;  // 1: there is a sign
};

WIREJIT_TARGET inline Text read(const char* p) {
  const __m128i value = _mm_sub_epi8(load16(p), _mm_set1_epi8('0'));
  const __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value);
  const uint32_t negative = *p == '-' ? 1 : 0;
  const auto digits = static_cast<uint32_t>(_mm_movemask_epi8(is_digit));
  return {_mm_and_si128(value, is_digit), (digits | negative) ^ 0xffff, negative};
}

WIREJIT_TARGET inline uint64_t join(__m128i digits, __m128i from) {
  const __m128i aligned = _mm_shuffle_epi8(digits, from);
  const __m128i pairs = _mm_maddubs_epi16(aligned, _mm_set1_epi16(1 << 8 | 10));
  const __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(1 << 16 | 100));
  const __m128i eights =
      _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(1 << 16 | 10000));
  const auto both = static_cast<uint64_t>(_mm_cvtsi128_si64(eights));
  return (both & 0xffffffff) * 100000000 + (both >> 32);
}

WIREJIT_TARGET inline bool has_leading_zero(const char* first, uint32_t count) {
  return *first == '0' && count > 1;
}

inline bool is_exponent(char c) { return (c | 0x20) == 'e'; }

}  // namespace

WIREJIT_TARGET ShortNumber short_int(const char* p) noexcept {
  const Text t = read(p);
  const auto end = static_cast<uint32_t>(std::countr_zero(t.stops));
  if (end >= 16 || end == t.negative || has_leading_zero(p + t.negative, end - t.negative) ||
      p[end] == '.' || is_exponent(p[end])) {
    return unusual;
  }
  const uint64_t magnitude = join(t.digits, load16(places + end));
  return {p + end, t.negative != 0 ? 0 - magnitude : magnitude};
}

WIREJIT_TARGET ShortNumber short_double(const char* p) noexcept {
  const Text t = read(p);
  const auto dot = static_cast<uint32_t>(std::countr_zero(t.stops));
  if (dot >= 16 || dot == t.negative || has_leading_zero(p + t.negative, dot - t.negative)) {
    return unusual;
  }
  const uint64_t sign = uint64_t{t.negative} << 63;
  if (p[dot] != '.') {
    if (is_exponent(p[dot])) {
      return unusual;
    }
    const auto value =
        static_cast<double>(static_cast<int64_t>(join(t.digits, load16(places + dot))));
    return {p + dot, std::bit_cast<uint64_t>(value) | sign};
  }
  const uint32_t stops = t.stops & (t.stops - 1);
  const auto end = static_cast<uint32_t>(std::countr_zero(stops));
  const uint32_t fraction = end - dot - 1;
  if (end >= 16 || fraction == 0 || is_exponent(p[end])) {
    return unusual;
  }
  // At most 14 digits: both operands are exact, so their quotient is correctly rounded.
  const __m128i from = _mm_add_epi8(load16(places + end), load16(point + fraction));
  const auto digits = static_cast<double>(static_cast<int64_t>(join(t.digits, from)));
  return {p + end, std::bit_cast<uint64_t>(digits / powers_of_ten[fraction]) | sign};
}

}  // namespace wirejit::kernels::avx2

#endif
