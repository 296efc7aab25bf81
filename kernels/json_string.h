// JSON strings and white space: find a string's end, decode and produce escapes, skip spaces.
// Invariant: nothing outside the given input is read, so input may lie flush against an unmapped
// page. No function here checks UTF-8; scan and escape say whether a check is needed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/block16.h"
#include "kernels/cpu.h"

namespace wirejit::kernels {

struct Scan {
  const char* at;  // the first '"', '\\' or byte below 0x20, or the end
  bool non_ascii;  // whether a byte of 0x80 or above came before
};

namespace baseline {
Scan scan_string(const char* p, const char* end) noexcept;
char* escape(const char* p, size_t n, char* out, bool* non_ascii) noexcept;
const char* skip_space_run(const char* p, const char* end) noexcept;
}  // namespace baseline

// The first 32 bytes are inline; what is longer goes to the kernel for this CPU.
inline Scan scan_string(const char* p, const char* end) noexcept {
  if (end - p < 32) return baseline::scan_string(p, end);
  const Block16 first = Block16::load(p);
  const unsigned i = first.first_special();
  bool non_ascii = first.non_ascii_before(i);
  if (i < 16) return {p + i, non_ascii};
  const Block16 second = Block16::load(p + 16);
  const unsigned k = second.first_special();
  non_ascii |= second.non_ascii_before(k);
  if (k < 16) return {p + 16 + k, non_ascii};
  const Scan rest = best().scan_string(p + 32, end);
  return {rest.at, rest.non_ascii || non_ascii};
}

// Decodes the inside of a JSON string, [p, end), into out, which has room for end - p bytes and
// must not overlap the input, or must be p itself. Returns the decoded length; or SIZE_MAX with
// *error_at at the backslash of a malformed escape or lone surrogate, or at a byte that may not
// be in a string unescaped ('"' or below 0x20).
size_t unescape(const char* p, const char* end, char* out, const char** error_at) noexcept;

// Writes the n bytes at p, escaped, without quotes, and returns the end. out has room for
// 6 * n + 32 bytes; up to 32 bytes after the returned end may be overwritten. Sets *non_ascii if a
// byte of 0x80 or above was seen, and leaves it alone otherwise.
// Code that writes many strings calls best().escape, which saves the look-up.
inline char* escape(const char* p, size_t n, char* out, bool* non_ascii) noexcept {
  return best().escape(p, n, out, non_ascii);
}

inline char* escape(const char* p, size_t n, char* out) noexcept {
  bool ignored = false;
  return escape(p, n, out, &ignored);
}

// The first byte at or after p that is not a space, tab, line feed or carriage return; or end.
inline const char* skip_space(const char* p, const char* end) noexcept {
  if (p == end || static_cast<unsigned char>(*p) > ' ') return p;
  return baseline::skip_space_run(p, end);
}

}  // namespace wirejit::kernels
