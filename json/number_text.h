// The grammar of JSON numbers, and integers that are written with a fraction or an exponent.
// Entry: scan_number, integral_value. Invariant: exact; no byte at or after `end` is read.
#pragma once

#include <cstdint>

namespace wirejit::json {

struct NumberText {
  bool ok;
  const char* end;         // after the number; on failure the wrong byte or the end of input
  const char* digits;      // the first digit
  const char* digits_end;  // of the part before '.', 'e' or 'E'
  const char* fraction;    // the first digit after '.', or null
  const char* fraction_end;
  std::int64_t exponent;  // clamped to +-2^40
};

// Scans an optional '-', digits without leading zeros, an optional fraction, an optional exponent.
NumberText scan_number(const char* p, const char* end) noexcept;

struct Integral {
  bool is_integer;  // all digits after the decimal point are 0
  bool fits;        // the magnitude is below 2^64
  std::uint64_t magnitude;
};

Integral integral_value(const NumberText& n) noexcept;

}  // namespace wirejit::json
