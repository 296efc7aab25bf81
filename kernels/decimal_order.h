// Decimal numbers of any length against binary ones, exactly: where 128 bits do not tell how a
// number is rounded.
// Entry: order_decimal. Invariant: bounded stack, no allocation; at most 800 digits are looked at
// closely, which is more than any number halfway between two doubles has.
#pragma once

#include <cstdint>

namespace wirejit::kernels {

// A number's text [begin, end), well-formed, and what was read of it: digits * 10^power, or a
// little more where `inexact` says that only the first 19 digits that count are in `digits`.
struct DecimalText {
  const char* begin;
  const char* end;
  uint64_t digits;
  int64_t power;
  bool inexact;
};

// Less than zero if the text's number, its sign apart, is less than mantissa * 2^power, zero if
// they are equal. `mantissa` is odd and below 2^54; mantissa * 2^power is halfway between two
// neighbouring doubles or floats, and the number lies between these two, or outside by less than a
// fiftieth of their distance, or is smaller than the least of them and not below 1e-342.
int order_decimal(const DecimalText& text, uint64_t mantissa, int power) noexcept;

}  // namespace wirejit::kernels
