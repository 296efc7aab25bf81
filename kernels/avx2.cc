// The kernels in 32-byte blocks, compiled for AVX2 function by function, so that no inline
// function of the standard library is compiled for more than the baseline. UTF-8: utf8_avx2.cc.
#include "kernels/variants.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <bit>
#include <cstring>

#include "kernels/json_escape.h"
#include "kernels/swap.h"

#define WIREJIT_TARGET [[gnu::target("avx2,bmi,bmi2")]]

namespace wirejit::kernels::avx2 {
namespace {

WIREJIT_TARGET inline __m256i load32(const char* p) noexcept {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

WIREJIT_TARGET inline void store32(char* p, __m256i v) noexcept {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v);
}

// Bit i is set if byte i is '"', '\\' or below 0x20.
WIREJIT_TARGET inline uint32_t special_mask(__m256i v) noexcept {
  const __m256i quote = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('"'));
  const __m256i slash = _mm256_cmpeq_epi8(v, _mm256_set1_epi8('\\'));
  const __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1f)), v);
  const __m256i any = _mm256_or_si256(_mm256_or_si256(quote, slash), control);
  return static_cast<uint32_t>(_mm256_movemask_epi8(any));
}

// Copies whole 32-byte blocks with the bytes of both lanes shuffled by `order`; what is left is the
// caller's. Returns the number of bytes done.
WIREJIT_TARGET inline size_t copy_shuffled(char* to, const char* from, size_t bytes,
                                           __m128i order) noexcept {
  const __m256i both = _mm256_broadcastsi128_si256(order);
  size_t i = 0;
  for (; bytes - i >= 64; i += 64) {
    const __m256i a = _mm256_shuffle_epi8(load32(from + i), both);
    const __m256i b = _mm256_shuffle_epi8(load32(from + i + 32), both);
    store32(to + i, a);
    store32(to + i + 32, b);
  }
  if (bytes - i >= 32) {
    store32(to + i, _mm256_shuffle_epi8(load32(from + i), both));
    i += 32;
  }
  return i;
}

}  // namespace

WIREJIT_TARGET void copy_swap16(void* dst, const void* src, size_t count) noexcept {
  auto* to = static_cast<char*>(dst);
  const auto* from = static_cast<const char*>(src);
  const __m128i order = _mm_setr_epi8(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
  const size_t done = copy_shuffled(to, from, count * 2, order);
  copy_swap_short<uint16_t>(to + done, from + done, count - done / 2);
}

WIREJIT_TARGET void copy_swap32(void* dst, const void* src, size_t count) noexcept {
  auto* to = static_cast<char*>(dst);
  const auto* from = static_cast<const char*>(src);
  const __m128i order = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
  const size_t done = copy_shuffled(to, from, count * 4, order);
  copy_swap_short<uint32_t>(to + done, from + done, count - done / 4);
}

WIREJIT_TARGET void copy_swap64(void* dst, const void* src, size_t count) noexcept {
  auto* to = static_cast<char*>(dst);
  const auto* from = static_cast<const char*>(src);
  const __m128i order = _mm_setr_epi8(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);
  const size_t done = copy_shuffled(to, from, count * 8, order);
  copy_swap_short<uint64_t>(to + done, from + done, count - done / 8);
}

WIREJIT_TARGET void copy_long(void* dst, const void* src, size_t bytes) noexcept {
  auto* to = static_cast<char*>(dst);
  const auto* from = static_cast<const char*>(src);
  for (; bytes >= 128; bytes -= 128, to += 128, from += 128) {
    const __m256i a = load32(from);
    const __m256i b = load32(from + 32);
    const __m256i c = load32(from + 64);
    const __m256i d = load32(from + 96);
    store32(to, a);
    store32(to + 32, b);
    store32(to + 64, c);
    store32(to + 96, d);
  }
  std::memcpy(to, from, bytes);
}

WIREJIT_TARGET void copy_bytes_to_bool(void* dst, const void* src, size_t count) noexcept {
  auto* to = static_cast<char*>(dst);
  const auto* from = static_cast<const char*>(src);
  const __m256i one = _mm256_set1_epi8(1);
  for (; count >= 32; count -= 32, to += 32, from += 32) {
    store32(to, _mm256_min_epu8(load32(from), one));
  }
  baseline::copy_bytes_to_bool(to, from, count);
}

WIREJIT_TARGET Scan scan_string(const char* p, const char* end) noexcept {
  bool non_ascii = false;
  while (end - p >= 32) {
    const __m256i v = load32(p);
    const uint32_t special = special_mask(v);
    const auto high = static_cast<uint32_t>(_mm256_movemask_epi8(v));
    if (special != 0) {
      // Up to the lowest set bit, whose byte is below 0x80.
      non_ascii |= (high & (special ^ (special - 1))) != 0;
      return {p + std::countr_zero(special), non_ascii};
    }
    non_ascii |= high != 0;
    p += 32;
  }
  const Scan rest = baseline::scan_string(p, end);
  return {rest.at, rest.non_ascii || non_ascii};
}

WIREJIT_TARGET char* escape(const char* p, size_t n, char* out, bool* non_ascii) noexcept {
  __m256i all = _mm256_setzero_si256();
  while (n >= 32) {
    const __m256i v = load32(p);
    store32(out, v);
    all = _mm256_or_si256(all, v);
    const uint32_t special = special_mask(v);
    if (special == 0) {  // a branch, so that the next block does not wait for the mask
      p += 32;
      out += 32;
      n -= 32;
      continue;
    }
    const int plain = std::countr_zero(special);
    out = write_escape(static_cast<unsigned char>(p[plain]), out + plain);
    p += plain + 1;
    n -= static_cast<size_t>(plain) + 1;
  }
  *non_ascii |= _mm256_movemask_epi8(all) != 0;
  return baseline::escape(p, n, out, non_ascii);
}

}  // namespace wirejit::kernels::avx2

#endif
