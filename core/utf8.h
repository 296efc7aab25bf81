// UTF-8 by the ranges of the Unicode Standard, table 3-7, one sequence at a time: for short names,
// and for the rest of a text that the wide kernels leave.
// Entry: utf8_sequence, is_utf8.
#pragma once

#include <cstddef>
#include <string_view>

namespace wirejit::core {

inline bool is_continuation(unsigned char b) noexcept { return (b & 0xc0) == 0x80; }

// The length (1-4) of the well-formed sequence at p, which must be below end; 0 if it is
// ill-formed.
inline std::size_t utf8_sequence(const char* p, const char* end) noexcept {
  const auto* u = reinterpret_cast<const unsigned char*>(p);
  const auto room = static_cast<std::size_t>(end - p);
  const unsigned lead = u[0];
  if (lead < 0x80) {
    return 1;
  }
  if (lead < 0xe0) {
    return lead >= 0xc2 && room >= 2 && is_continuation(u[1]) ? 2 : 0;
  }
  if (lead < 0xf0) {
    if (room < 3 || !is_continuation(u[1]) || !is_continuation(u[2])) {
      return 0;
    }
    if (lead == 0xe0 && u[1] < 0xa0) {
      return 0;  // overlong
    }
    if (lead == 0xed && u[1] > 0x9f) {
      return 0;  // surrogates
    }
    return 3;
  }
  if (lead > 0xf4 || room < 4) {
    return 0;
  }
  if (!is_continuation(u[1]) || !is_continuation(u[2]) || !is_continuation(u[3])) {
    return 0;
  }
  if (lead == 0xf0 && u[1] < 0x90) {
    return 0;  // overlong
  }
  if (lead == 0xf4 && u[1] > 0x8f) {
    return 0;  // above U+10FFFF
  }
  return 4;
}

inline bool is_utf8(std::string_view text) noexcept {
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end;) {
    const std::size_t length = utf8_sequence(p, end);
    if (length == 0) {
      return false;
    }
    p += length;
  }
  return true;
}

}  // namespace wirejit::core
