// One UTF-8 sequence, checked by the ranges of the Unicode Standard, table 3-7.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/bits.h"

namespace wirejit::kernels {

inline bool is_continuation(unsigned char b) noexcept { return (b & 0xc0) == 0x80; }

// The length (1-4) of the well-formed sequence at p, which must be below end; 0 if it is
// ill-formed.
inline size_t utf8_sequence(const char* p, const char* end) noexcept {
  const auto* u = reinterpret_cast<const unsigned char*>(p);
  const size_t room = static_cast<size_t>(end - p);
  const unsigned lead = u[0];
  if (lead < 0x80) return 1;
  if (lead < 0xe0) {
    return lead >= 0xc2 && room >= 2 && is_continuation(u[1]) ? 2 : 0;
  }
  if (lead < 0xf0) {
    if (room < 3 || !is_continuation(u[1]) || !is_continuation(u[2])) return 0;
    if (lead == 0xe0 && u[1] < 0xa0) return 0;  // overlong
    if (lead == 0xed && u[1] > 0x9f) return 0;  // surrogates
    return 3;
  }
  if (lead > 0xf4 || room < 4) return 0;
  if (!is_continuation(u[1]) || !is_continuation(u[2]) || !is_continuation(u[3])) return 0;
  if (lead == 0xf0 && u[1] < 0x90) return 0;  // overlong
  if (lead == 0xf4 && u[1] > 0x8f) return 0;  // above U+10FFFF
  return 4;
}

}  // namespace wirejit::kernels
