// Base64 by tables: pairs of characters when encoding, four shifted values when decoding.
#include "kernels/base64.h"

#include <array>
#include <cstring>

#include "kernels/bits.h"

namespace wirejit::kernels {
namespace {

constexpr char standard_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Two characters for each 12 bits.
constexpr std::array<uint16_t, 4096> make_pairs(const char* digits) {
  std::array<uint16_t, 4096> t{};
  for (size_t i = 0; i < t.size(); ++i) {
    t[i] = static_cast<uint16_t>(digits[i >> 6] | digits[i & 63] << 8);
  }
  return t;
}

constexpr std::array<uint16_t, 4096> standard_pairs = make_pairs(standard_digits);
constexpr std::array<uint16_t, 4096> url_pairs = make_pairs(url_digits);

constexpr uint32_t invalid = 0x80000000u;

// The value of a character of either alphabet at its place in a 24-bit group.
constexpr std::array<uint32_t, 256> make_values(int shift) {
  std::array<uint32_t, 256> t{};
  t.fill(invalid);
  for (uint32_t i = 0; i < 64; ++i) {
    t[static_cast<unsigned char>(standard_digits[i])] = i << shift;
    t[static_cast<unsigned char>(url_digits[i])] = i << shift;
  }
  return t;
}

constexpr std::array<std::array<uint32_t, 256>, 4> values = {make_values(18), make_values(12),
                                                             make_values(6), make_values(0)};

uint32_t group(const char* p) noexcept {
  const auto* u = reinterpret_cast<const unsigned char*>(p);
  return values[0][u[0]] | values[1][u[1]] | values[2][u[2]] | values[3][u[3]];
}

size_t fail(const char* at, const char** error_at) noexcept {
  *error_at = at;
  return SIZE_MAX;
}

void put24(uint32_t v, uint8_t* out) noexcept {
  out[0] = static_cast<uint8_t>(v >> 16);
  out[1] = static_cast<uint8_t>(v >> 8);
  out[2] = static_cast<uint8_t>(v);
}

// The first character of neither alphabet; there is one.
const char* first_invalid(const char* p) noexcept {
  while (values[3][static_cast<unsigned char>(*p)] != invalid) ++p;
  return p;
}

// The last zero to three characters, without padding.
size_t decode_tail(const char* p, const char* end, const uint8_t* begin, uint8_t* out,
                   const char** error_at) noexcept {
  const auto n = static_cast<size_t>(end - p);
  uint32_t v = 0;
  for (size_t i = 0; i < n; ++i) v |= values[i][static_cast<unsigned char>(p[i])];
  if (v >= invalid) return fail(first_invalid(p), error_at);
  if (n == 1) return fail(end, error_at);
  if (n >= 2) *out++ = static_cast<uint8_t>(v >> 16);
  if (n == 3) *out++ = static_cast<uint8_t>(v >> 8);
  return static_cast<size_t>(out - begin);
}

}  // namespace

char* base64_encode(const uint8_t* p, size_t n, char* out, Base64Alphabet alphabet,
                    bool padded) noexcept {
  const bool url = alphabet == Base64Alphabet::url;
  const auto& pairs = url ? url_pairs : standard_pairs;
  // Six bytes a step out of an eight-byte load.
  for (; n >= 8; n -= 6, p += 6, out += 8) {
    const uint64_t v = std::byteswap(load<uint64_t>(p));
    store(out, pairs[v >> 52]);
    store(out + 2, pairs[v >> 40 & 0xfff]);
    store(out + 4, pairs[v >> 28 & 0xfff]);
    store(out + 6, pairs[v >> 16 & 0xfff]);
  }
  for (; n >= 3; n -= 3, p += 3, out += 4) {
    const uint32_t v = uint32_t{p[0]} << 16 | uint32_t{p[1]} << 8 | p[2];
    store(out, pairs[v >> 12]);
    store(out + 2, pairs[v & 0xfff]);
  }
  if (n == 0) return out;
  const char* digits = url ? url_digits : standard_digits;
  const uint32_t v = uint32_t{p[0]} << 16 | (n == 2 ? uint32_t{p[1]} << 8 : 0);
  *out++ = digits[v >> 18];
  *out++ = digits[v >> 12 & 63];
  if (n == 2) *out++ = digits[v >> 6 & 63];
  if (padded) {
    if (n == 1) *out++ = '=';
    *out++ = '=';
  }
  return out;
}

size_t base64_decode(const char* p, size_t n, uint8_t* out, const char** error_at) noexcept {
  const uint8_t* const begin = out;
  // Padding completes a group of four and nothing else.
  if (n >= 4 && n % 4 == 0 && p[n - 1] == '=') n -= p[n - 2] == '=' ? 2 : 1;
  const char* const end = p + n;
  while (end - p >= 4) {
    const uint32_t v = group(p);
    if (v >= invalid) return fail(first_invalid(p), error_at);
    put24(v, out);
    p += 4;
    out += 3;
  }
  return decode_tail(p, end, begin, out, error_at);
}

}  // namespace wirejit::kernels
