// UTF-8 validity as the Unicode Standard, table 3-7, defines it: no overlong forms, no surrogates,
// nothing above U+10FFFF. Short ASCII is decided inline; all else in the kernel for this CPU.
#pragma once

#include <cstddef>

#include "kernels/bits.h"
#include "kernels/block16.h"
#include "kernels/cpu.h"

namespace wirejit::kernels {

namespace baseline {
const char* find_invalid_utf8(const char* p, size_t n) noexcept;
}

// True if all n bytes are below 0x80.
inline bool is_ascii(const char* p, size_t n) noexcept {
  if (n < 8) return (load_partial8(p, n) & repeat8(0x80)) == 0;
  uint64_t all = load<uint64_t>(p + n - 8);
  for (size_t i = 0; i + 8 < n; i += 8) all |= load<uint64_t>(p + i);
  return (all & repeat8(0x80)) == 0;
}

// The first byte of the first ill-formed sequence, or null if there is none.
inline const char* find_invalid_utf8(const char* p, size_t n) noexcept {
  if (n <= 32 && is_ascii(p, n)) return nullptr;
  return best().find_invalid_utf8(p, n);
}

// The same as one bit: whether it is valid. What lies between the text and `readable` may be read,
// too, so that the length of short ASCII is not guessed.
inline bool is_valid_utf8(const char* p, size_t n, const char* readable) noexcept {
  if (n <= 32 && readable - p >= 32) [[likely]] {
    const uint64_t high = Block16::load(p).high_bits() | uint64_t{Block16::load(p + 16).high_bits()}
                                                             << 16;
    if ((high & ((uint64_t{1} << n) - 1)) == 0) [[likely]] {
      return true;
    }
  }
  return best().find_invalid_utf8(p, n) == nullptr;
}

inline bool is_valid_utf8(const char* p, size_t n) noexcept {
  return find_invalid_utf8(p, n) == nullptr;
}

}  // namespace wirejit::kernels
