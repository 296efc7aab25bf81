// Unaligned loads and stores, wide multiplication and byte-parallel arithmetic in a 64-bit word:
// what the portable kernels are made of. The first byte in memory is the lowest byte of a word.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace wirejit::kernels {

static_assert(std::endian::native == std::endian::little, "kernels assume little-endian memory");

__extension__ using uint128 = unsigned __int128;

template <class T>
inline T load(const void* p) noexcept {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

template <class T>
inline void store(void* p, T v) noexcept {
  std::memcpy(p, &v, sizeof v);
}

// Whether the first n bytes of `word`, 1 to 7, are at p and do not reach up to `end`.
inline bool starts_with(const uint8_t* p, const uint8_t* end, uint64_t word, size_t n) noexcept {
  if (end - p >= 8) [[likely]] {
    return ((load<uint64_t>(p) ^ word) << ((64 - 8 * n) & 63)) == 0;
  }
  return end - p > static_cast<ptrdiff_t>(n) && std::memcmp(p, &word, n) == 0;
}

// The byte b in all eight places.
constexpr uint64_t repeat8(uint8_t b) noexcept { return 0x0101010101010101u * b; }

// The zero-extended n bytes at p, n <= 8, reading nothing else.
inline uint64_t load_partial8(const char* p, size_t n) noexcept {
  if (n >= 4) {
    if (n == 8) return load<uint64_t>(p);
    return load<uint32_t>(p) | uint64_t{load<uint32_t>(p + n - 4)} << (8 * (n - 4));
  }
  if (n == 0) return 0;
  const auto* u = reinterpret_cast<const unsigned char*>(p);
  return uint64_t{u[0]} | uint64_t{u[n / 2]} << (8 * (n / 2)) | uint64_t{u[n - 1]} << (8 * (n - 1));
}

// How many bits are set. Without an instruction for it, which the baseline lacks, the compiler
// calls a function.
constexpr unsigned popcount(uint64_t v) noexcept {
  v -= v >> 1 & 0x5555555555555555u;
  v = (v & 0x3333333333333333u) + (v >> 2 & 0x3333333333333333u);
  return static_cast<unsigned>(((v + (v >> 4)) & repeat8(0x0f)) * repeat8(1) >> 56);
}

// The high bits of the eight bytes, the first one lowest.
constexpr unsigned high_bits8(uint64_t v) noexcept {
  return static_cast<unsigned>((v >> 7 & repeat8(1)) * 0x0102040810204080u >> 56);
}

// The high bit of each byte that is '"', '\\' or below 0x20. Bytes above the first such byte may
// be wrong (a borrow runs upwards); the lowest set bit and "none" are exact.
inline uint64_t json_special8(uint64_t v) noexcept {
  const uint64_t quote = v ^ repeat8('"');
  const uint64_t slash = v ^ repeat8('\\');
  const uint64_t below = (v - repeat8(0x20)) | (quote - repeat8(1)) | (slash - repeat8(1));
  return below & ~v & repeat8(0x80);
}

// The high bit of each byte that is not a decimal digit; exact as above.
inline uint64_t non_digit8(uint64_t v) noexcept {
  const uint64_t x = v ^ repeat8('0');
  return ((x + repeat8(0x76)) | x) & repeat8(0x80);
}

// The value of eight digits, the first in memory being the most significant. `x` holds the digits'
// values (0-9), not their characters.
inline uint64_t digits_to_int8(uint64_t x) noexcept {
  x = (x * 10 + (x >> 8)) & 0x00ff00ff00ff00ffu;    // pairs
  x = (x * 100 + (x >> 16)) & 0x0000ffff0000ffffu;  // fours
  return (x * 10000 + (x >> 32)) & 0xffffffffu;
}

// The inverse: the eight digits' values of n < 10^8, leading zeros included.
inline uint64_t int_to_digits8(uint64_t n) noexcept {
  const uint64_t high = n / 10000;
  uint64_t x = high + ((n - high * 10000) << 32);
  const uint64_t hundreds = ((x * 5243) >> 19) & 0x0000007f0000007fu;
  x = hundreds + ((x - hundreds * 100) << 16);
  const uint64_t tens = ((x * 103) >> 10) & 0x000f000f000f000fu;
  return tens + ((x - tens * 10) << 8);
}

}  // namespace wirejit::kernels
