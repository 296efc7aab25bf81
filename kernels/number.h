// Numbers as JSON writes them (RFC 8259, section 6): strict, correctly rounded readers; writers of
// integers and of the shortest decimals that read back as the same double or float.
// Invariant: readers touch nothing outside [p, end); writers touch nothing outside their room.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "kernels/bits.h"

namespace wirejit::kernels {

enum class Status : uint8_t {
  ok,
  not_a_number,  // `at` is the first byte that does not fit the grammar, or the end
  out_of_range,  // a number, but not of this type; `at` is after it
  is_fraction,   // an integer, of any size, goes before the '.', 'e' or 'E' at `at`
};

struct ParsedInt {
  const char* at;
  uint64_t value;  // of parse_int64: two's complement
  Status status;
};

struct ParsedDouble {
  const char* at;
  double value;
  Status status;
};

struct ParsedFloat {
  const char* at;
  float value;
  Status status;
};

// An optional '-' and digits without leading zeros. What follows the number is not looked at, but
// for '.', 'e' and 'E'; "01" is not a number. "-0" is 0. -1 is out_of_range for parse_uint64.
ParsedInt parse_int64(const char* p, const char* end) noexcept;
ParsedInt parse_uint64(const char* p, const char* end) noexcept;

// A number of so few characters that it and what follows it are among the 16 bytes at p, which can
// all be read; parse_int64 and parse_double say what is one. `at` is null for all others.
struct ShortNumber {
  const char* at;
  uint64_t value;  // of short_int: two's complement; of short_double: the double's bits
};
// ShortNumber short_int(const char* p), short_double(const char* p): Kernels, cpu.h.

// The nearest double or float; ties go to even. Too small becomes a zero of its sign, too large is
// out_of_range with an infinity as the value. Any number of digits is read.
ParsedDouble parse_double(const char* p, const char* end) noexcept;
ParsedFloat parse_float(const char* p, const char* end) noexcept;

inline constexpr size_t max_int_text = 24;     // room that write_int64 and write_uint64 need
inline constexpr size_t max_double_text = 32;  // room that write_double and write_float need

// Write decimals and return the end.
char* write_int64(int64_t value, char* out) noexcept;
char* write_uint64(uint64_t value, char* out) noexcept;

// The shortest digits that read back as the same value and, of these, the nearest to it. Decimal
// notation with at least one digit on each side of the point for 1e-5 <= |value| < 1e17 and for
// zero (0.00001, 1.0, -0.0), else scientific (1e21, 1.5e-7). Not for infinities and NaN.
char* write_double(double value, char* out) noexcept;
char* write_float(float value, char* out) noexcept;
// Up to 17 significant digits as C's "%.17g" in the C locale: without trailing zeros, scientific for
// exponents below -4 and from 17 on. Not for infinities and NaN. Room: max_double_text.
char* write_double_17(double value, char* out) noexcept;

namespace number_detail {

// The rest of parse_magnitude: any length, and input near its end.
ParsedInt parse_long_magnitude(const char* p, const char* end) noexcept;

// Any number, with its sign.
ParsedDouble parse_long_double(const char* p, const char* end) noexcept;
ParsedFloat parse_long_float(const char* p, const char* end) noexcept;

inline Status status_before(const char* p, const char* end) noexcept {
  return p != end && (*p == '.' || (*p | 0x20) == 'e') ? Status::is_fraction : Status::ok;
}

// Digits without a sign. Up to seven of them, of whatever count, take no branch on the count.
inline ParsedInt parse_magnitude(const char* p, const char* end) noexcept {
  if (end - p < 8) return parse_long_magnitude(p, end);
  const auto text = load<uint64_t>(p);
  const uint64_t stop = non_digit8(text);
  if (stop == 0) return parse_long_magnitude(p, end);
  const int bits = std::countr_zero(stop) & ~7;
  if (bits == 0) return {p, 0, Status::not_a_number};
  if ((text & 0xff) == '0' && bits > 8) return {p + 1, 0, Status::not_a_number};
  p += bits / 8;
  return {p, digits_to_int8((text ^ repeat8('0')) << (64 - bits)), status_before(p, end)};
}

template <class T>
[[gnu::visibility("hidden")]] inline constexpr T powers_of_ten[8] = {
    1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};

// A number without sign and exponent in less than eight characters, which are loaded and converted
// at once: "1", "12.5", "0.25". Null for all others, and for what is no number.
template <class T>
inline const char* parse_short(const char* p, const char* end, T& value) noexcept {
  if (end - p < 8) return nullptr;
  const auto text = load<uint64_t>(p);
  const uint64_t stop = non_digit8(text);
  const int whole = std::countr_zero(stop) & ~7;  // in bits; 64 if there is no stop
  if (whole == 0 || whole == 64 || ((text & 0xff) == '0' && whole > 8)) return nullptr;
  const uint64_t digits = text ^ repeat8('0');
  const uint64_t after = text >> whole & 0xff;
  if (after != '.') {
    if ((after | 0x20) == 'e') return nullptr;
    value = static_cast<T>(static_cast<int64_t>(digits_to_int8(digits << (64 - whole))));
    return p + whole / 8;
  }
  // The point's own bit is exact, so the next one is, too.
  const int all = std::countr_zero(stop & (stop - 1)) & ~7;
  const int fraction = all - whole - 8;
  if (all == 64 || fraction == 0 || ((text >> all & 0xff) | 0x20) == 'e') return nullptr;
  const uint64_t before = (uint64_t{1} << whole) - 1;
  const uint64_t joined = (digits & before) | ((digits >> 8) & ~before);
  // Both operands are exact, so their quotient is correctly rounded.
  const uint64_t n = digits_to_int8(joined << (72 - all));
  value = static_cast<T>(static_cast<int64_t>(n)) / powers_of_ten<T>[fraction / 8];
  return p + all / 8;
}

// The same with up to eight digits before the point and up to seven after it, eight at a time; of
// all those lengths, only whether there is a point is branched on. Null for all others.
inline const char* parse_medium(const char* p, const char* end, double& value) noexcept {
  if (end - p < 18) return nullptr;
  const auto text = load<uint64_t>(p);
  const uint64_t stop = non_digit8(text);
  const int whole = stop == 0 ? 64 : std::countr_zero(stop) & ~7;  // in bits
  if (whole == 0 || ((text & 0xff) == '0' && whole > 8)) return nullptr;
  const uint64_t before = digits_to_int8((text ^ repeat8('0')) << (64 - whole));
  p += whole / 8;
  if (*p != '.') {
    if ((*p | 0x20) == 'e' || whole == 64) return nullptr;
    value = static_cast<double>(static_cast<int64_t>(before));
    return p;
  }
  ++p;
  const auto tail = load<uint64_t>(p);
  const uint64_t tail_stop = non_digit8(tail);
  const int fraction = tail_stop == 0 ? 64 : std::countr_zero(tail_stop) & ~7;
  if (fraction == 0 || fraction == 64 || ((tail >> fraction & 0xff) | 0x20) == 'e') return nullptr;
  const uint64_t behind = digits_to_int8((tail ^ repeat8('0')) << (64 - fraction));
  // Below 10^15: both operands are exact, so their quotient is correctly rounded.
  const uint64_t n = before * powers_of_ten<uint64_t>[fraction / 8] + behind;
  value = static_cast<double>(static_cast<int64_t>(n)) / powers_of_ten<double>[fraction / 8];
  return p + fraction / 8;
}

}  // namespace number_detail

// The sign is branched on, so that the digits' load does not wait for it.
inline ParsedInt parse_uint64(const char* p, const char* end) noexcept {
  if (p == end || *p != '-') [[likely]] {
    return number_detail::parse_magnitude(p, end);
  }
  ParsedInt r = number_detail::parse_magnitude(p + 1, end);
  if (r.value != 0 && r.status == Status::ok) r.status = Status::out_of_range;
  return r;
}

inline ParsedInt parse_int64(const char* p, const char* end) noexcept {
  constexpr uint64_t most = INT64_MAX;
  if (p == end || *p != '-') [[likely]] {
    ParsedInt r = number_detail::parse_magnitude(p, end);
    if (r.value > most && r.status == Status::ok) r.status = Status::out_of_range;
    return r;
  }
  ParsedInt r = number_detail::parse_magnitude(p + 1, end);
  if (r.value > most + 1 && r.status == Status::ok) r.status = Status::out_of_range;
  r.value = 0 - r.value;
  return r;
}

// The usual double: a sign, few digits on either side of the point, and text after them. Nothing
// branches on lengths. Null for all others, which parse_double can tell.
inline const char* parse_usual_double(const char* p, const char* end, double& value) noexcept {
  if (end - p < 19) return nullptr;
  const bool negative = *p == '-';
  double magnitude;
  const char* const at = number_detail::parse_medium(p + (negative ? 1 : 0), end, magnitude);
  if (at == nullptr) return nullptr;
  const uint64_t sign = static_cast<uint64_t>(negative) << 63;
  value = std::bit_cast<double>(std::bit_cast<uint64_t>(magnitude) ^ sign);
  return at;
}

inline ParsedDouble parse_double(const char* p, const char* end) noexcept {
  double value;
  if (const char* at = parse_usual_double(p, end, value)) [[likely]] {
    return {at, value, Status::ok};
  }
  const bool negative = p != end && *p == '-';
  if (const char* at = number_detail::parse_short(p + (negative ? 1 : 0), end, value)) {
    return {at, negative ? -value : value, Status::ok};
  }
  return number_detail::parse_long_double(p, end);
}

inline ParsedFloat parse_float(const char* p, const char* end) noexcept {
  float value;
  if (p == end || *p != '-') [[likely]] {
    if (const char* at = number_detail::parse_short(p, end, value)) return {at, value, Status::ok};
  } else if (const char* at = number_detail::parse_short(p + 1, end, value)) {
    return {at, -value, Status::ok};
  }
  return number_detail::parse_long_float(p, end);
}

}  // namespace wirejit::kernels
