// The kernels in 64-byte blocks with masks, compiled for AVX-512 function by function. A masked
// load reads, and can fault on, only the bytes of its mask; so short input and tails need no loop.
#include "kernels/variants.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <bit>

#include "kernels/json_escape.h"

#define WIREJIT_TARGET [[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi,bmi2")]]

namespace wirejit::kernels::avx512 {
namespace {

// The lowest n bits, or all 64 if n is greater.
WIREJIT_TARGET inline __mmask64 low_bits(size_t n) noexcept {
  return _bzhi_u64(~uint64_t{0}, n < 64 ? static_cast<unsigned>(n) : 64);
}

WIREJIT_TARGET inline __m512i load64(const char* p, __mmask64 mask) noexcept {
  return _mm512_maskz_loadu_epi8(mask, p);
}

WIREJIT_TARGET inline __mmask64 special_mask(__m512i v) noexcept {
  return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('"')) |
         _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\\')) |
         _mm512_cmplt_epu8_mask(v, _mm512_set1_epi8(0x20));
}

WIREJIT_TARGET inline __mmask32 special_mask32(__m256i v) noexcept {
  return _mm256_cmpeq_epi8_mask(v, _mm256_set1_epi8('"')) |
         _mm256_cmpeq_epi8_mask(v, _mm256_set1_epi8('\\')) |
         _mm256_cmplt_epu8_mask(v, _mm256_set1_epi8(0x20));
}

WIREJIT_TARGET inline void copy_shuffled(void* dst, const void* src, size_t bytes,
                                         __m128i order) noexcept {
  auto* to = static_cast<char*>(dst);
  const auto* from = static_cast<const char*>(src);
  const __m512i all = _mm512_maskz_broadcast_i32x4(0xffff, order);
  for (; bytes >= 64; bytes -= 64, to += 64, from += 64) {
    _mm512_storeu_si512(to, _mm512_shuffle_epi8(_mm512_loadu_si512(from), all));
  }
  if (bytes == 0) return;
  const __mmask64 mask = low_bits(bytes);
  _mm512_mask_storeu_epi8(to, mask, _mm512_shuffle_epi8(load64(from, mask), all));
}

}  // namespace

WIREJIT_TARGET void copy_swap16(void* dst, const void* src, size_t count) noexcept {
  copy_shuffled(dst, src, count * 2,
                _mm_setr_epi8(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
}

WIREJIT_TARGET void copy_swap32(void* dst, const void* src, size_t count) noexcept {
  copy_shuffled(dst, src, count * 4,
                _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
}

WIREJIT_TARGET void copy_swap64(void* dst, const void* src, size_t count) noexcept {
  copy_shuffled(dst, src, count * 8,
                _mm_setr_epi8(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8));
}

WIREJIT_TARGET void copy_bytes_to_bool(void* dst, const void* src, size_t count) noexcept {
  auto* to = static_cast<char*>(dst);
  const auto* from = static_cast<const char*>(src);
  const __m512i one = _mm512_set1_epi8(1);
  for (; count != 0;) {
    const size_t have = count < 64 ? count : 64;
    const __mmask64 mask = low_bits(have);
    _mm512_mask_storeu_epi8(to, mask, _mm512_min_epu8(load64(from, mask), one));
    to += have;
    from += have;
    count -= have;
  }
}

// ASCII by masks; from the first byte that is not, by AVX2.
WIREJIT_TARGET const char* find_invalid_utf8(const char* p, size_t n) noexcept {
  for (;;) {
    const __mmask64 high = _mm512_movepi8_mask(load64(p, low_bits(n)));
    if (high != 0) {
      const int ascii = std::countr_zero(high);
      return avx2::find_invalid_utf8(p + ascii, n - static_cast<size_t>(ascii));
    }
    if (n <= 64) return nullptr;
    p += 64;
    n -= 64;
  }
}

WIREJIT_TARGET Scan scan_string(const char* p, const char* end) noexcept {
  uint64_t all_high = 0;
  for (; end - p >= 64; p += 64) {
    const __m512i v = _mm512_loadu_si512(p);
    const uint64_t special = special_mask(v);
    const uint64_t high = _mm512_movepi8_mask(v);
    if (special != 0) {
      all_high |= high & _blsmsk_u64(special);
      return {p + std::countr_zero(special), all_high != 0};
    }
    all_high |= high;
  }
  const __mmask64 mask = low_bits(static_cast<size_t>(end - p));
  const __m512i v = load64(p, mask);
  // Behind the end the masked load gives zeros, the first of which stops the scan there.
  const uint64_t special = special_mask(v);
  all_high |= _mm512_movepi8_mask(v) & _blsmsk_u64(special);
  return {p + std::countr_zero(special), all_high != 0};
}

WIREJIT_TARGET char* escape(const char* p, size_t n, char* out, bool* non_ascii) noexcept {
  if (n <= 32) {
    // The most frequent case by far: one short string with nothing to escape.
    const __mmask32 mask = _bzhi_u32(~0u, static_cast<unsigned>(n));
    const __m256i v = _mm256_maskz_loadu_epi8(mask, p);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), v);
    *non_ascii |= _mm256_movemask_epi8(v) != 0;
    if ((special_mask32(v) & mask) == 0) return out + n;
  }
  uint64_t all_high = 0;
  while (n != 0) {
    const size_t have = n < 64 ? n : 64;
    const __mmask64 mask = low_bits(have);
    const __m512i v = load64(p, mask);
    _mm512_mask_storeu_epi8(out, mask, v);
    all_high |= _mm512_movepi8_mask(v);
    const uint64_t special = special_mask(v) & mask;
    if (special == 0) {  // a branch, so that the next block does not wait for the mask
      p += have;
      out += have;
      n -= have;
      continue;
    }
    const int plain = std::countr_zero(special);
    out = write_escape(static_cast<unsigned char>(p[plain]), out + plain);
    p += plain + 1;
    n -= static_cast<size_t>(plain) + 1;
  }
  *non_ascii |= all_high != 0;
  return out;
}

}  // namespace wirejit::kernels::avx512

#endif
