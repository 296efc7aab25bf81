// The string kernels for any CPU, in blocks of 16 bytes, and the decoding of escapes.
#include "kernels/json_string.h"

#include <array>

#include "kernels/json_escape.h"

namespace wirejit::kernels {
namespace baseline {

Scan scan_string(const char* p, const char* end) noexcept {
  bool non_ascii = false;
  while (end - p >= 16) {
    const Block16 block = Block16::load(p);
    const unsigned i = block.first_special();
    non_ascii |= block.non_ascii_before(i);
    if (i < 16) return {p + i, non_ascii};
    p += 16;
  }
  const auto n = static_cast<unsigned>(end - p);
  const Block16 block = load_partial16(p, n);
  const unsigned i = block.first_special();  // at most n, as zeros follow the text
  return {p + i, non_ascii || block.non_ascii_before(i)};
}

char* escape(const char* p, size_t n, char* out, bool* non_ascii) noexcept {
  if (n >= 16 && n <= 32) {
    const Block16 head = Block16::load(p);
    const Block16 tail = Block16::load(p + n - 16);
    if ((head.first_special() & tail.first_special()) == 16) {
      head.store(out);
      tail.store(out + n - 16);
      *non_ascii |= head.non_ascii_before(16) || tail.non_ascii_before(16);
      return out + n;
    }
  }
  bool high = false;
  while (n != 0) {
    const auto have = static_cast<unsigned>(n < 16 ? n : 16);
    const Block16 block = have == 16 ? Block16::load(p) : load_partial16(p, have);
    block.store(out);
    high |= block.non_ascii_before(16);
    const unsigned i = block.first_special();
    if (i >= have) {  // a branch, so that the next block does not wait for i
      p += have;
      out += have;
      n -= have;
      continue;
    }
    out = write_escape(static_cast<unsigned char>(p[i]), out + i);
    p += i + 1;
    n -= i + 1;
  }
  *non_ascii |= high;
  return out;
}

const char* skip_space_run(const char* p, const char* end) noexcept {
  while (end - p >= 16) {
    const unsigned i = Block16::load(p).first_non_space();
    p += i;
    if (i < 16) return p;
  }
  while (p != end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r')) ++p;
  return p;
}

}  // namespace baseline

namespace {

constexpr uint32_t bad_hex = 0x10000;

constexpr std::array<uint8_t, 256> make_hex_values() {
  std::array<uint8_t, 256> t{};
  t.fill(0xff);
  for (uint8_t i = 0; i < 10; ++i) t[static_cast<size_t>('0' + i)] = i;
  for (uint8_t i = 0; i < 6; ++i) {
    t[static_cast<size_t>('a' + i)] = t[static_cast<size_t>('A' + i)] =
        static_cast<uint8_t>(10 + i);
  }
  return t;
}

constexpr std::array<uint8_t, 256> hex_values = make_hex_values();

// The byte that the letter after a backslash means; 0 for "none, or u".
constexpr std::array<char, 256> make_short_escapes() {
  std::array<char, 256> t{};
  t['"'] = '"';
  t['\\'] = '\\';
  t['/'] = '/';
  t['b'] = '\b';
  t['f'] = '\f';
  t['n'] = '\n';
  t['r'] = '\r';
  t['t'] = '\t';
  return t;
}

constexpr std::array<char, 256> short_escapes = make_short_escapes();

// The code unit of the "\uXXXX" at p, or bad_hex if there is none.
uint32_t read_code_unit(const char* p, const char* end) noexcept {
  if (end - p < 6 || p[0] != '\\' || p[1] != 'u') return bad_hex;
  uint32_t value = 0;
  uint32_t seen = 0;
  for (int i = 2; i < 6; ++i) {
    const uint32_t digit = hex_values[static_cast<unsigned char>(p[i])];
    seen |= digit;
    value = value << 4 | (digit & 0xf);
  }
  return seen > 0xf ? bad_hex : value;
}

char* write_utf8(uint32_t code, char* out) noexcept {
  if (code < 0x80) {
    *out++ = static_cast<char>(code);
    return out;
  }
  if (code < 0x800) {
    *out++ = static_cast<char>(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      *out++ = static_cast<char>(0xe0 | code >> 12);
    } else {
      *out++ = static_cast<char>(0xf0 | code >> 18);
      *out++ = static_cast<char>(0x80 | (code >> 12 & 0x3f));
    }
    *out++ = static_cast<char>(0x80 | (code >> 6 & 0x3f));
  }
  *out++ = static_cast<char>(0x80 | (code & 0x3f));
  return out;
}

struct Cursors {
  const char* p;  // null: malformed
  char* out;
};

// One escape; *p is the backslash. Never writes more bytes than it reads.
Cursors read_escape(const char* p, const char* end, char* out) noexcept {
  if (end - p < 2) return {nullptr, out};
  if (const char plain = short_escapes[static_cast<unsigned char>(p[1])]; plain != 0) {
    *out = plain;
    return {p + 2, out + 1};
  }
  uint32_t code = read_code_unit(p, end);
  if (code == bad_hex || (code >= 0xdc00 && code < 0xe000)) return {nullptr, out};
  p += 6;
  if (code >= 0xd800 && code < 0xdc00) {
    const uint32_t low = read_code_unit(p, end);
    if (low < 0xdc00 || low >= 0xe000) return {nullptr, out};
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    p += 6;
  }
  return {p, write_utf8(code, out)};
}

}  // namespace

size_t unescape(const char* p, const char* end, char* out, const char** error_at) noexcept {
  char* const begin = out;
  while (p != end) {
    // The output never overtakes the input, so a whole block fits wherever one can be read.
    if (end - p >= 16) {
      const Block16 block = Block16::load(p);
      block.store(out);
      const unsigned i = block.first_special();
      if (i == 16) {  // a branch, so that the next block does not wait for i
        p += 16;
        out += 16;
        continue;
      }
      p += i;
      out += i;
    } else if (const auto c = static_cast<unsigned char>(*p); c >= 0x20 && c != '"' && c != '\\') {
      *out++ = *p++;
      continue;
    }
    const Cursors next = *p == '\\' ? read_escape(p, end, out) : Cursors{nullptr, out};
    if (next.p == nullptr) {
      *error_at = p;
      return SIZE_MAX;
    }
    p = next.p;
    out = next.out;
  }
  return static_cast<size_t>(out - begin);
}

}  // namespace wirejit::kernels
