// Reads numbers, booleans and enums.
#include "json/number_text.h"
#include "json/parse.h"
#include "kernels/json_string.h"
#include "kernels/number.h"

#include <bit>
#include <cmath>
#include <limits>
#include <string_view>
#include <type_traits>

namespace wirejit::json {

using jit::fail;
using kernels::ParsedInt;
using kernels::skip_space;
using kernels::Status;

// ---- Number text

namespace {
bool is_digit(const char* p, const char* end) noexcept {
  return p != end && *p >= '0' && *p <= '9';
}

const char* skip_digits(const char* p, const char* end) noexcept {
  while (is_digit(p, end)) {
    ++p;
  }
  return p;
}
}  // namespace

NumberText scan_number(const char* p, const char* end) noexcept {
  NumberText n{};
  p += p != end && *p == '-';
  n.digits = p;
  if (!is_digit(p, end)) {
    n.end = p;
    return n;
  }
  p = *p == '0' ? p + 1 : skip_digits(p, end);
  n.digits_end = p;
  if (is_digit(p, end)) {  // "01"
    n.end = p;
    return n;
  }
  if (p != end && *p == '.') {
    n.fraction = p + 1;
    p = n.fraction_end = skip_digits(p + 1, end);
    if (p == n.fraction) {
      n.end = p;
      return n;
    }
  }
  if (p != end && (*p | 0x20) == 'e') {
    ++p;
    const bool negative = p != end && *p == '-';
    p += p != end && (*p == '-' || *p == '+');
    const char* const begin = p;
    for (; is_digit(p, end); ++p) {
      n.exponent = n.exponent >= std::int64_t{1} << 36 ? n.exponent : n.exponent * 10 + (*p - '0');
    }
    n.exponent = negative ? -n.exponent : n.exponent;
    if (p == begin) {
      n.end = p;
      return n;
    }
  }
  n.end = p;
  n.ok = true;
  return n;
}

Integral integral_value(const NumberText& n) noexcept {
  Integral r{true, true, 0};
  // Decremented before each digit; the weight of the digit is then ten to this power.
  std::int64_t power = n.digits_end - n.digits + n.exponent;
  const auto add_digits = [&](const char* p, const char* end) {
    for (; p != end; ++p) {
      --power;
      const auto digit = static_cast<unsigned>(*p - '0');
      if (power < 0) {
        r.is_integer &= digit == 0;
      } else {
        r.fits &= !__builtin_mul_overflow(r.magnitude, 10U, &r.magnitude);
        r.fits &= !__builtin_add_overflow(r.magnitude, digit, &r.magnitude);
      }
    }
  };
  add_digits(n.digits, n.digits_end);
  if (n.fraction != nullptr) {
    add_digits(n.fraction, n.fraction_end);
  }
  for (; power > 0 && r.fits && r.magnitude != 0; --power) {
    r.fits &= !__builtin_mul_overflow(r.magnitude, 10U, &r.magnitude);
  }
  return r;
}

// ---- Integers

namespace {

bool begins_number(const char* p, const char* end) noexcept {
  return p != end && (*p == '-' || is_digit(p, end));
}

template <class T>
ParsedInt parse(const char* p, const char* end) noexcept {
  if constexpr (std::is_signed_v<T>) {
    return kernels::parse_int64(p, end);
  } else {
    return kernels::parse_uint64(p, end);
  }
}

template <class T>
bool in_range(std::uint64_t v) noexcept {
  if constexpr (std::is_signed_v<T>) {
    const auto s = static_cast<std::int64_t>(v);
    return s >= std::numeric_limits<T>::min() && s <= std::numeric_limits<T>::max();
  } else {
    return v <= std::numeric_limits<T>::max();
  }
}

// Parses integers that are written with a fraction or an exponent: 1.0, 1e3.
template <class T>
ParsedInt parse_integral(const char* p, const char* end) noexcept {
  const NumberText n = scan_number(p, end);
  if (!n.ok) {
    return {n.end, 0, Status::not_a_number};
  }
  const Integral v = integral_value(n);
  if (!v.is_integer) {
    return {n.end, 0, Status::is_fraction};
  }
  const bool negative = *p == '-';
  const std::uint64_t limit = !std::is_signed_v<T>
                                  ? (negative ? 0 : ~std::uint64_t{0})
                                  : static_cast<std::uint64_t>(INT64_MAX) + (negative ? 1 : 0);
  if (!v.fits || v.magnitude > limit) {
    return {n.end, 0, Status::out_of_range};
  }
  return {n.end, negative ? 0 - v.magnitude : v.magnitude, Status::ok};
}

// Reads the number whose first byte is at p. An error of the grammar is reported at the wrong byte,
// any other error at the first byte of the number.
template <class T>
HelperResult read_number(Context& ctx, const char* p, const char* end) noexcept {
  ParsedInt r = parse<T>(p, end);
  if (r.status == Status::is_fraction) {
    r = parse_integral<T>(p, end);
  }
  switch (r.status) {
    case Status::ok:
      return in_range<T>(r.value) ? helper_result(r.at, r.value)
                                  : fail(ctx, Errc::number_out_of_range, p);
    case Status::out_of_range: return fail(ctx, Errc::number_out_of_range, p);
    case Status::is_fraction: return fail(ctx, Errc::invalid_number, p);
    case Status::not_a_number: break;
  }
  return fail(ctx, r.at == end ? Errc::truncated : Errc::invalid_number, r.at);
}

// Runs `read` on the text of a string, which must be a number and nothing else. Errors are reported
// at the beginning of the string.
template <class F>
HelperResult read_quoted(Context& ctx, const char* p, const char* end, F read) noexcept {
  const Text text = read_text(ctx, p, end);
  if (text.next == nullptr) {
    return {0, 0};
  }
  const char* const text_end = text.data + text.size;
  const HelperResult v =
      begins_number(text.data, text_end) ? read(text.data, text_end) : HelperResult{0, 0};
  if (v.first == reinterpret_cast<std::uint64_t>(text_end) && v.first != 0) {
    return helper_result(text.next, v.second);
  }
  const bool range =
      v.first == 0 && ctx.error == static_cast<std::uint32_t>(Errc::number_out_of_range);
  return fail(ctx, range ? Errc::number_out_of_range : Errc::invalid_number, p);
}

constexpr bool accepts_text(TextNumbers rule) {
  return rule == TextNumbers::accept || rule == TextNumbers::accept_empty;
}

// Whether the string whose opening quote is at p has no characters.
bool is_empty_string(const char* p, const char* end) noexcept {
  return end - p >= 2 && p[0] == '"' && p[1] == '"';
}

template <class T, TextNumbers Rule>
[[gnu::noinline]] HelperResult read_int_slow(Context& ctx, const char* p,
                                             const char* end) noexcept {
  p = skip_space(p, end);
  if (begins_number(p, end)) {
    return read_number<T>(ctx, p, end);
  }
  if (Rule == TextNumbers::accept_empty && is_empty_string(p, end)) {
    return helper_result(p + 2, 0);
  }
  if (accepts_text(Rule) && p != end && *p == '"') {
    return read_int_inside<T>(ctx, p + 1, end);
  }
  return unexpected(ctx, p, end);
}

}  // namespace

namespace {

// An integer of up to 15 digits. The words of 8 bytes that hold its digits must lie within the
// input, and the byte after the digits must not continue the number. `at` is null for other input.
// (The kernel's result type is not used here: it does not fit registers, and returning it through
// the stack costs more than parsing the digits.)
struct ShortInt {
  const char* at;
  std::int64_t value;
};

constexpr std::int64_t powers_of_ten[8] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};

// How many digits the word begins with, and the value of the first n <= 8 of them.
inline unsigned count_digits(std::uint64_t word) noexcept {
  return static_cast<unsigned>(std::countr_zero(kernels::non_digit8(word))) / 8;
}
inline std::int64_t value_of(std::uint64_t word, unsigned n) noexcept {
  const std::uint64_t digits = (word ^ kernels::repeat8('0')) << (32 - 4 * n) << (32 - 4 * n);
  return static_cast<std::int64_t>(kernels::digits_to_int8(digits));
}

inline ShortInt short_int(const char* p, const char* end) noexcept {
  const bool negative = p != end && *p == '-';
  p += negative;
  if (end - p < 8) {
    return {nullptr, 0};
  }
  const auto word = kernels::load<std::uint64_t>(p);
  unsigned n = count_digits(word);
  std::int64_t magnitude = value_of(word, n);
  if (n == 8) [[unlikely]] {
    if (end - p < 16) {
      return {nullptr, 0};
    }
    const auto more = kernels::load<std::uint64_t>(p + 8);
    const unsigned k = count_digits(more);
    if (k == 8) {
      return {nullptr, 0};
    }
    magnitude = magnitude * powers_of_ten[k] + value_of(more, k);
    n += k;
  }
  const char after = p[n];
  const bool leading_zero = *p == '0' && n > 1;
  if (n == 0 || leading_zero || after == '.' || (after | 0x20) == 'e') {
    return {nullptr, 0};
  }
  return {p + n, negative ? -magnitude : magnitude};
}

template <class T>
bool short_fits(std::int64_t v) noexcept {
  return (std::is_signed_v<T> || v >= 0) && in_range<T>(static_cast<std::uint64_t>(v));
}

}  // namespace

template <class T, TextNumbers Rule>
HelperResult read_int(Context& ctx, const char* p, const char* end, const Kernels& k) noexcept {
  if (k.short_int != nullptr && end - p >= 16) [[likely]] {
    const kernels::ShortNumber n = k.short_int(p);
    if (n.at != nullptr && short_fits<T>(static_cast<std::int64_t>(n.value))) [[likely]] {
      return helper_result(n.at, n.value);
    }
  } else if (const ShortInt r = short_int(p, end); r.at != nullptr && short_fits<T>(r.value)) {
    return helper_result(r.at, static_cast<std::uint64_t>(r.value));
  }
  return read_int_slow<T, Rule>(ctx, p, end);
}

template <class T>
HelperResult read_int_inside(Context& ctx, const char* p, const char* end) noexcept {
  const ShortInt r = short_int(p, end);
  if (r.at != nullptr && short_fits<T>(r.value) && *r.at == '"') [[likely]] {
    return helper_result(r.at + 1, static_cast<std::uint64_t>(r.value));
  }
  return read_quoted(ctx, p, end,
                     [&](const char* q, const char* e) { return read_number<T>(ctx, q, e); });
}

#define WIREJIT_JSON_INT(T)                                                    \
  template HelperResult read_int<T, TextNumbers::accept>(                      \
      Context & ctx, const char* p, const char* end, const Kernels&) noexcept; \
  template HelperResult read_int<T, TextNumbers::accept_empty>(                \
      Context & ctx, const char* p, const char* end, const Kernels&) noexcept; \
  template HelperResult read_int<T, TextNumbers::reject>(                      \
      Context & ctx, const char* p, const char* end, const Kernels&) noexcept; \
  template HelperResult read_int_inside<T>(Context & ctx, const char* p, const char* end) noexcept;
WIREJIT_JSON_INT(std::int8_t)
WIREJIT_JSON_INT(std::int16_t)
WIREJIT_JSON_INT(std::int32_t)
WIREJIT_JSON_INT(std::int64_t)
WIREJIT_JSON_INT(std::uint8_t)
WIREJIT_JSON_INT(std::uint16_t)
WIREJIT_JSON_INT(std::uint32_t)
WIREJIT_JSON_INT(std::uint64_t)
#undef WIREJIT_JSON_INT

// ---- Floating point

namespace {

std::uint64_t bits(double v) noexcept { return std::bit_cast<std::uint64_t>(v); }
std::uint64_t bits(float v) noexcept { return std::bit_cast<std::uint32_t>(v); }

template <class T>
auto parse_real(const char* p, const char* end) noexcept {
  if constexpr (std::is_same_v<T, float>) {
    return kernels::parse_float(p, end);
  } else {
    return kernels::parse_double(p, end);
  }
}

template <class T>
HelperResult read_real_number(Context& ctx, const char* p, const char* end) noexcept {
  const auto r = parse_real<T>(p, end);
  switch (r.status) {
    case Status::ok: return helper_result(r.at, bits(r.value));
    case Status::out_of_range: return fail(ctx, Errc::number_out_of_range, p);
    default: return fail(ctx, r.at == end ? Errc::truncated : Errc::invalid_number, r.at);
  }
}

template <class T, TextNumbers Rule = TextNumbers::accept>
HelperResult read_real_inside(Context& ctx, const char* p, const char* end) noexcept {
  const Text text = read_text(ctx, p, end);
  if (text.next == nullptr) {
    return {0, 0};
  }
  const std::string_view word(text.data, text.size);
  if (word == "NaN") {
    return helper_result(text.next, bits(std::numeric_limits<T>::quiet_NaN()));
  }
  if (word == "Infinity" || word == "-Infinity") {
    const T infinity = std::numeric_limits<T>::infinity();
    return helper_result(text.next, bits(word[0] == '-' ? -infinity : infinity));
  }
  if (!accepts_text(Rule)) {
    return fail(ctx, Errc::type_mismatch, p - 1);
  }
  return read_quoted(ctx, p, end,
                     [&](const char* q, const char* e) { return read_real_number<T>(ctx, q, e); });
}

template <class T, TextNumbers Rule>
[[gnu::noinline]] HelperResult read_real(Context& ctx, const char* p, const char* end) noexcept {
  const auto r = parse_real<T>(p, end);
  if (r.status == Status::ok) [[likely]] {
    return helper_result(r.at, bits(r.value));
  }
  p = skip_space(p, end);
  if (begins_number(p, end)) {
    return read_real_number<T>(ctx, p, end);
  }
  if (Rule == TextNumbers::accept_empty && is_empty_string(p, end)) {
    return helper_result(p + 2, 0);
  }
  if (Rule != TextNumbers::reject && p != end && *p == '"') {
    return read_real_inside<T, Rule>(ctx, p + 1, end);
  }
  return unexpected(ctx, p, end);
}

}  // namespace

template <TextNumbers Rule>
HelperResult read_double(Context& ctx, const char* p, const char* end, const Kernels& k) noexcept {
  double value;
  if (k.short_double != nullptr && end - p >= 16) [[likely]] {
    const kernels::ShortNumber n = k.short_double(p);
    if (n.at != nullptr) [[likely]] {
      return helper_result(n.at, n.value);
    }
  } else if (const char* at = kernels::parse_usual_double(p, end, value)) [[likely]] {
    return helper_result(at, bits(value));
  }
  return read_real<double, Rule>(ctx, p, end);
}
HelperResult read_double_inside(Context& ctx, const char* p, const char* end) noexcept {
  return read_real_inside<double>(ctx, p, end);
}
template <TextNumbers Rule>
HelperResult read_float(Context& ctx, const char* p, const char* end) noexcept {
  return read_real<float, Rule>(ctx, p, end);
}
HelperResult read_float_inside(Context& ctx, const char* p, const char* end) noexcept {
  return read_real_inside<float>(ctx, p, end);
}

#define WIREJIT_JSON_REAL(RULE)                                                            \
  template HelperResult read_double<TextNumbers::RULE>(Context&, const char*, const char*, \
                                                       const Kernels&) noexcept;           \
  template HelperResult read_float<TextNumbers::RULE>(Context&, const char*, const char*) noexcept;
WIREJIT_JSON_REAL(accept)
WIREJIT_JSON_REAL(accept_empty)
WIREJIT_JSON_REAL(special)
WIREJIT_JSON_REAL(reject)
#undef WIREJIT_JSON_REAL

// ---- Words

HelperResult read_bool(Context& ctx, const char* p, const char* end) noexcept {
  p = skip_space(p, end);
  const char first = p == end ? '\0' : *p;
  if (first != 't' && first != 'f') {
    return unexpected(ctx, p, end);
  }
  return helper_result(skip_word(ctx, p, end, first == 't' ? "true" : "false"),
                       first == 't' ? 1 : 0);
}

HelperResult read_bool_inside(Context& ctx, const char* p, const char* end) noexcept {
  const Text text = read_text(ctx, p, end);
  if (text.next == nullptr) {
    return {0, 0};
  }
  const std::string_view word(text.data, text.size);
  if (word != "true" && word != "false") {
    return fail(ctx, Errc::type_mismatch, p);
  }
  return helper_result(text.next, word == "true" ? 1 : 0);
}

namespace {
HelperResult known_number(Context& ctx, HelperResult v, const char* at,
                          const EnumNames& names) noexcept {
  if (v.first != 0 && names.rejects_unknown_numbers() &&
      names.text_of(static_cast<std::int64_t>(v.second)) == nullptr) {
    return fail(ctx, Errc::unknown_enum, at);
  }
  return v;
}
}  // namespace

HelperResult read_enum(Context& ctx, const char* p, const char* end,
                       const EnumNames& names) noexcept {
  p = skip_space(p, end);
  if (p != end && *p == '"') {
    return read_enum_inside(ctx, p + 1, end, names);
  }
  return known_number(ctx, read_int<std::int32_t>(ctx, p, end, kernels::best()), p, names);
}

HelperResult read_enum_name(Context& ctx, const char* p, const char* end,
                            const EnumNames& names) noexcept {
  p = skip_space(p, end);
  if (p == end || *p != '"') {
    return read_enum(ctx, p, end, names);
  }
  const Text text = read_text(ctx, p + 1, end);
  if (text.next == nullptr) {
    return {0, 0};
  }
  const NameTable::Entry* const e = names.names().find(text.data, text.size);
  return e == nullptr ? fail(ctx, Errc::unknown_enum, p + 1)
                      : helper_result(text.next, static_cast<std::uint64_t>(e->value));
}

HelperResult read_enum_inside(Context& ctx, const char* p, const char* end,
                              const EnumNames& names) noexcept {
  const Text text = read_text(ctx, p, end);
  if (text.next == nullptr) {
    return {0, 0};
  }
  if (const NameTable::Entry* e = names.names().find(text.data, text.size); e != nullptr) {
    return helper_result(text.next, static_cast<std::uint64_t>(e->value));
  }
  if (begins_number(text.data, text.data + text.size)) {
    return known_number(ctx, read_int_inside<std::int32_t>(ctx, p, end), p, names);
  }
  return fail(ctx, Errc::unknown_enum, p);
}

}  // namespace wirejit::json
