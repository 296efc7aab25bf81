// UTF-8 validation in 32-byte blocks by AVX2. Three look-ups classify each pair of neighbouring
// bytes (after Keiser and Lemire); a bit that all three have in common is an error. Where a block
// has one, the sequences are checked one by one to tell its place.
#include "kernels/variants.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <array>

#include "core/utf8.h"
#include "kernels/block16.h"

#define WIREJIT_TARGET [[gnu::target("avx2,bmi,bmi2")]]

namespace wirejit::kernels::avx2 {
namespace {

// What may be wrong with a byte and the one before it. The last is an error only where the two
// bytes before do not ask for a third or fourth byte, and its absence is one where they do.
enum Fault : uint8_t {
  too_short = 1,       // a lead, then no continuation
  too_long = 2,        // ASCII, then a continuation
  overlong_2 = 4,      // C0 or C1
  overlong_3 = 8,      // E0, then 80-9F
  surrogate = 16,      // ED, then A0-BF
  overlong_4 = 32,     // F0, or too large a lead F5-FF, then 80-8F
  too_large = 64,      // F4-FF, then 90-BF
  continuations = 128  // two continuations
};

using Table = std::array<uint8_t, 16>;

consteval Table faults_by_high_nibble() {
  Table t{};
  for (size_t i = 0; i < 8; ++i) t[i] = too_long;
  for (size_t i = 8; i < 12; ++i) t[i] = continuations;
  t[0xc] = too_short | overlong_2;
  t[0xd] = too_short;
  t[0xe] = too_short | overlong_3 | surrogate;
  t[0xf] = too_short | overlong_4 | too_large;
  return t;
}

consteval Table faults_by_low_nibble() {
  Table t{};
  t.fill(too_short | too_long | continuations);
  t[0] |= overlong_2 | overlong_3 | overlong_4;
  t[1] |= overlong_2;
  t[0xd] |= surrogate;
  for (size_t i = 4; i < 16; ++i) t[i] |= too_large;
  for (size_t i = 5; i < 16; ++i) t[i] |= overlong_4;
  return t;
}

consteval Table faults_by_next_high_nibble() {
  Table t{};
  t.fill(too_short);
  for (size_t i = 8; i < 12; ++i) t[i] = too_long | overlong_2 | continuations;
  t[8] |= overlong_3 | overlong_4;
  t[9] |= overlong_3 | too_large;
  t[0xa] |= surrogate | too_large;
  t[0xb] |= surrogate | too_large;
  return t;
}

alignas(16) constexpr Table by_high = faults_by_high_nibble();
alignas(16) constexpr Table by_low = faults_by_low_nibble();
alignas(16) constexpr Table by_next_high = faults_by_next_high_nibble();

WIREJIT_TARGET inline __m256i look_up(const Table& table, __m256i nibbles) noexcept {
  const __m128i once = _mm_load_si128(reinterpret_cast<const __m128i*>(table.data()));
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(once), nibbles);
}

WIREJIT_TARGET inline __m256i high_nibbles(__m256i v) noexcept {
  return _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(0x0f));
}

// Nonzero where `block`, or a sequence that goes on from the block before it, is wrong.
WIREJIT_TARGET inline __m256i faults(__m256i block, __m256i before) noexcept {
  const __m256i joint = _mm256_permute2x128_si256(before, block, 0x21);
  const __m256i back_1 = _mm256_alignr_epi8(block, joint, 15);
  const __m256i back_2 = _mm256_alignr_epi8(block, joint, 14);
  const __m256i back_3 = _mm256_alignr_epi8(block, joint, 13);
  const __m256i low = _mm256_and_si256(back_1, _mm256_set1_epi8(0x0f));
  const __m256i pairs = _mm256_and_si256(
      _mm256_and_si256(look_up(by_high, high_nibbles(back_1)), look_up(by_low, low)),
      look_up(by_next_high, high_nibbles(block)));
  // The top bit stays where the byte two before is E0-FF, or the byte three before F0-FF.
  const __m256i third = _mm256_subs_epu8(back_2, _mm256_set1_epi8(0xe0 - 0x80));
  const __m256i fourth = _mm256_subs_epu8(back_3, _mm256_set1_epi8(0xf0 - 0x80));
  const __m256i asked =
      _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8(static_cast<char>(0x80)));
  return _mm256_xor_si256(pairs, asked);
}

// The n < 32 bytes at p and zeros after them.
WIREJIT_TARGET inline __m256i load_rest(const char* p, size_t n) noexcept {
  if (n < 16) return _mm256_zextsi128_si256(load_partial16(p, n).v);
  return _mm256_set_m128i(load_partial16(p + 16, n - 16).v, Block16::load(p).v);
}

// The start of the sequence that reaches up to p or beyond; p itself if the one before is ASCII.
const char* sequence_before(const char* p, const char* begin) noexcept {
  for (const char* q = p; q != begin && p - q < 3;) {
    const auto b = static_cast<unsigned char>(*--q);
    if (b >= 0xc0) return q;
    if (b < 0x80) break;
  }
  return p;
}

const char* find_by_sequences(const char* p, const char* end) noexcept {
  while (p < end) {
    const size_t length = core::utf8_sequence(p, end);
    if (length == 0) return p;
    p += length;
  }
  return nullptr;
}

}  // namespace

WIREJIT_TARGET const char* find_invalid_utf8(const char* p, size_t n) noexcept {
  const char* const begin = p;
  const char* const end = p + n;
  __m256i before = _mm256_setzero_si256();
  for (; end - p >= 32; p += 32) {
    const __m256i block = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    // Two ASCII blocks in a row need no more; one may cut a sequence short.
    if (_mm256_movemask_epi8(_mm256_or_si256(block, before)) != 0) {
      const __m256i wrong = faults(block, before);
      if (_mm256_testz_si256(wrong, wrong) == 0) {
        return find_by_sequences(sequence_before(p, begin), end);
      }
    }
    before = block;
  }
  // The zeros after the rest cut short what the text leaves open.
  const __m256i wrong = faults(load_rest(p, static_cast<size_t>(end - p)), before);
  if (_mm256_testz_si256(wrong, wrong) != 0) return nullptr;
  return find_by_sequences(sequence_before(p, begin), end);
}

}  // namespace wirejit::kernels::avx2

#endif
