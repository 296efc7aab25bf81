// Sixteen bytes of text and the questions that JSON asks of them, in the vector unit that every
// CPU of the architecture has (SSE2, NEON), else in two 64-bit words.
// Invariant: all forms give the same answers.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "kernels/bits.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

namespace wirejit::kernels {

#if defined(__SSE2__)

struct Block16 {
  __m128i v;

  static Block16 load(const char* p) noexcept {
    return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))};
  }
  static Block16 from_words(uint64_t low, uint64_t high) noexcept {
    return {_mm_set_epi64x(static_cast<int64_t>(high), static_cast<int64_t>(low))};
  }
  void store(char* p) const noexcept { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), v); }

  // The index of the first '"', '\\' or byte below 0x20; 16 if there is none.
  unsigned first_special() const noexcept {
    const __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
    const __m128i slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
    const int mask = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), control));
    return static_cast<unsigned>(std::countr_zero(static_cast<unsigned>(mask) | 0x10000u));
  }
  // The index of the first byte that is not JSON white space; 16 if there is none.
  unsigned first_non_space() const noexcept {
    const __m128i space = _mm_cmpeq_epi8(v, _mm_set1_epi8(' '));
    const __m128i tab = _mm_cmpeq_epi8(v, _mm_set1_epi8('\t'));
    const __m128i line = _mm_cmpeq_epi8(v, _mm_set1_epi8('\n'));
    const __m128i ret = _mm_cmpeq_epi8(v, _mm_set1_epi8('\r'));
    const __m128i any = _mm_or_si128(_mm_or_si128(space, tab), _mm_or_si128(line, ret));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(any));
    return static_cast<unsigned>(std::countr_zero(~mask | 0x10000u));
  }
  // The high bit of each byte, the first one lowest.
  unsigned high_bits() const noexcept { return static_cast<unsigned>(_mm_movemask_epi8(v)); }
  // Whether one of the first `count` bytes (at most 16) is 0x80 or above.
  bool non_ascii_before(unsigned count) const noexcept {
    return (high_bits() & ((1u << count) - 1)) != 0;
  }
};

#elif defined(__ARM_NEON)

struct Block16 {
  uint8x16_t v;

  static Block16 load(const char* p) noexcept {
    return {vld1q_u8(reinterpret_cast<const uint8_t*>(p))};
  }
  static Block16 from_words(uint64_t low, uint64_t high) noexcept {
    return {vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(low), vcreate_u64(high)))};
  }
  void store(char* p) const noexcept { vst1q_u8(reinterpret_cast<uint8_t*>(p), v); }

  unsigned first_special() const noexcept {
    const uint8x16_t quote = vceqq_u8(v, vdupq_n_u8('"'));
    const uint8x16_t slash = vceqq_u8(v, vdupq_n_u8('\\'));
    const uint8x16_t control = vcltq_u8(v, vdupq_n_u8(0x20));
    return first_set(vorrq_u8(vorrq_u8(quote, slash), control));
  }
  unsigned first_non_space() const noexcept {
    const uint8x16_t space = vceqq_u8(v, vdupq_n_u8(' '));
    const uint8x16_t tab = vceqq_u8(v, vdupq_n_u8('\t'));
    const uint8x16_t line = vceqq_u8(v, vdupq_n_u8('\n'));
    const uint8x16_t ret = vceqq_u8(v, vdupq_n_u8('\r'));
    return first_set(vmvnq_u8(vorrq_u8(vorrq_u8(space, tab), vorrq_u8(line, ret))));
  }
  unsigned high_bits() const noexcept {
    const uint64x2_t words = vreinterpretq_u64_u8(v);
    return high_bits8(vgetq_lane_u64(words, 0)) | high_bits8(vgetq_lane_u64(words, 1)) << 8;
  }
  bool non_ascii_before(unsigned count) const noexcept {
    return first_set(vcgeq_u8(v, vdupq_n_u8(0x80))) < count;
  }

 private:
  // Four bits a byte are the shortest mask that one instruction makes.
  static unsigned first_set(uint8x16_t mask) noexcept {
    const uint8x8_t nibbles = vshrn_n_u16(vreinterpretq_u16_u8(mask), 4);
    const uint64_t word = vget_lane_u64(vreinterpret_u64_u8(nibbles), 0);
    return static_cast<unsigned>(std::countr_zero(word)) >> 2;
  }
};

#else

struct Block16 {
  uint64_t low, high;

  static Block16 load(const char* p) noexcept {
    return {kernels::load<uint64_t>(p), kernels::load<uint64_t>(p + 8)};
  }
  static Block16 from_words(uint64_t low, uint64_t high) noexcept { return {low, high}; }
  void store(char* p) const noexcept {
    kernels::store(p, low);
    kernels::store(p + 8, high);
  }
  unsigned first_special() const noexcept {
    return first_set(json_special8(low), json_special8(high));
  }
  unsigned first_non_space() const noexcept { return first_set(non_space8(low), non_space8(high)); }
  unsigned high_bits() const noexcept { return high_bits8(low) | high_bits8(high) << 8; }
  bool non_ascii_before(unsigned count) const noexcept {
    return first_set(low & repeat8(0x80), high & repeat8(0x80)) < count;
  }

 private:
  static unsigned first_set(uint64_t a, uint64_t b) noexcept {
    const int index = a != 0 ? std::countr_zero(a) : 64 + std::countr_zero(b);
    return static_cast<unsigned>(index) / 8;
  }
  // The high bit of each byte that differs from b; exact for every byte.
  static uint64_t differs8(uint64_t v, uint8_t b) noexcept {
    const uint64_t x = v ^ repeat8(b);
    return ((x & repeat8(0x7f)) + repeat8(0x7f)) | x;
  }
  static uint64_t non_space8(uint64_t v) noexcept {
    return differs8(v, ' ') & differs8(v, '\t') & differs8(v, '\n') & differs8(v, '\r') &
           repeat8(0x80);
  }
};

#endif

// The n < 16 bytes at p and zeros after them, reading nothing else.
inline Block16 load_partial16(const char* p, size_t n) noexcept {
  if (n < 8) return Block16::from_words(load_partial8(p, n), 0);
  // The shift drops from the last eight bytes those that the first word has; in two steps, as n
  // may be 8.
  const uint64_t last = load<uint64_t>(p + n - 8);
  return Block16::from_words(load<uint64_t>(p), (last >> (8 * (15 - n))) >> 8);
}

}  // namespace wirejit::kernels
