// A fast seeded hash for keys in tables: reads 8 or 16 bytes a step and folds 64 x 64 -> 128-bit
// products. Not for cryptography. The seed makes collisions hard to prepare; values differ between
// versions of the library and must not be stored.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "kernels/bits.h"

namespace wirejit::kernels {

namespace hash_detail {

// Odd numbers with balanced bits: the fractional parts of square roots of 2, 3, 5 and 7.
inline constexpr uint64_t k0 = 0x6a09e667f3bcc909u;
inline constexpr uint64_t k1 = 0xbb67ae8584caa73bu;
inline constexpr uint64_t k2 = 0x3c6ef372fe94f82bu;
inline constexpr uint64_t k3 = 0xa54ff53a5f1d36f1u;

inline uint64_t fold(uint64_t a, uint64_t b) noexcept {
  const uint128 m = uint128{a} * b;
  return static_cast<uint64_t>(m) ^ static_cast<uint64_t>(m >> 64);
}

// n > 16. Each factor of a product depends on the seed, so that no input known to make one zero
// can be prepared without it.
inline uint64_t hash_long(const char* p, size_t n, uint64_t seed) noexcept {
  uint64_t h = seed ^ k0;
  if (n > 32) {
    uint64_t g = seed ^ k3;
    for (; n > 32; n -= 32, p += 32) {
      h = fold(load<uint64_t>(p) ^ seed ^ k1, load<uint64_t>(p + 8) ^ h);
      g = fold(load<uint64_t>(p + 16) ^ seed ^ k2, load<uint64_t>(p + 24) ^ g);
    }
    h += std::rotl(g, 32);
  }
  if (n > 16) h = fold(load<uint64_t>(p) ^ seed ^ k1, load<uint64_t>(p + 8) ^ h);
  // The last 16 bytes, some of them perhaps for the second time.
  return fold(load<uint64_t>(p + n - 16) ^ seed ^ k2, load<uint64_t>(p + n - 8) ^ h);
}

}  // namespace hash_detail

inline uint64_t hash_u64(uint64_t value, uint64_t seed) noexcept {
  using namespace hash_detail;
  return fold(fold(value ^ k0, seed ^ k1) ^ k2, k3);
}

inline uint64_t hash_bytes(const void* data, size_t n, uint64_t seed) noexcept {
  using namespace hash_detail;
  const auto* p = static_cast<const char*>(data);
  uint64_t h;
  if (n > 16) {
    h = hash_long(p, n, seed);
  } else if (n >= 8) {
    h = fold(load<uint64_t>(p) ^ seed ^ k1, load<uint64_t>(p + n - 8) ^ seed ^ k0);
  } else {
    h = fold(load_partial8(p, n) ^ seed ^ k1, seed ^ k2);
  }
  return fold(h ^ k3, n ^ k1);
}

}  // namespace wirejit::kernels
