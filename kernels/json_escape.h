// The escaped form of each byte that a JSON string may not contain (RFC 8259, section 7).
#pragma once

#include <array>
#include <cstdint>

#include "kernels/bits.h"

namespace wirejit::kernels {

// Entry c is the escape of c in its low bytes and the length in its highest; zero if c is plain.
constexpr std::array<uint64_t, 128> make_escapes() {
  std::array<uint64_t, 128> t{};
  for (unsigned c = 0; c < 0x20; ++c) {
    const char text[6] = {
        '\\', 'u', '0', '0', static_cast<char>('0' + (c >> 4)), "0123456789abcdef"[c & 15]};
    for (unsigned i = 0; i < 6; ++i) {
      t[c] |= uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
    }
    t[c] |= uint64_t{6} << 56;
  }
  const char pairs[][2] = {{'"', '"'},  {'\\', '\\'}, {'\b', 'b'}, {'\f', 'f'},
                           {'\n', 'n'}, {'\r', 'r'},  {'\t', 't'}};
  for (const auto& pair : pairs) {
    t[static_cast<unsigned char>(pair[0])] =
        uint64_t{'\\'} | uint64_t{static_cast<unsigned char>(pair[1])} << 8 | uint64_t{2} << 56;
  }
  return t;
}

inline constexpr std::array<uint64_t, 128> escapes = make_escapes();

// Writes the escape of c, which must have one; overwrites eight bytes, returns the end.
inline char* write_escape(unsigned char c, char* out) noexcept {
  const uint64_t e = escapes[c];
  store(out, e);
  return out + (e >> 56);
}

}  // namespace wirejit::kernels
