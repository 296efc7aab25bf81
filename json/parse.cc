// Reads strings and punctuation, and skips values. Keys of structs are in parse_keys.cc; numbers,
// booleans and enums are in parse_scalar.cc.
#include "json/parse.h"

#include "jit/scratch.h"
#include "json/number_text.h"
#include "kernels/base64.h"
#include "kernels/json_string.h"
#include "kernels/utf8.h"

#include <bit>

namespace wirejit::json {

namespace {

using jit::fail;
using kernels::skip_space;

const char* failed(Context& ctx, Errc code, const char* at) noexcept {
  fail(ctx, code, at);
  return nullptr;
}

bool is_hex(char c) noexcept {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

// The hexadecimal number of the "\uXXXX" at p, or -1.
int code_unit(const char* p, const char* end) noexcept {
  if (end - p < 6 || p[0] != '\\' || p[1] != 'u') {
    return -1;
  }
  int value = 0;
  for (int i = 2; i < 6; ++i) {
    if (!is_hex(p[i])) {
      return -1;
    }
    value = value * 16 + (p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
  }
  return value;
}

// The position after the escape at p; null if the escape is malformed or half of a surrogate pair.
const char* skip_escape(const char* p, const char* end) noexcept {
  if (end - p < 2) {
    return nullptr;
  }
  switch (p[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't': return p + 2;
    default: break;
  }
  const int unit = code_unit(p, end);
  if (unit < 0 || (unit >= 0xdc00 && unit < 0xe000)) {
    return nullptr;
  }
  if (unit < 0xd800 || unit >= 0xe000) {
    return p + 6;
  }
  const int low = code_unit(p + 6, end);
  return low >= 0xdc00 && low < 0xe000 ? p + 12 : nullptr;
}

// The raw extent of a string: [p, at) with *at the closing quote. `at` is null after a failure.
struct Extent {
  const char* at;
  bool escapes;
};

// A backslash whose escape is cut off by the end of input is truncated, not malformed.
Extent bad_escape(Context& ctx, const char* at, const char* end) noexcept {
  const bool may_go_on =
      end - at < 12 && std::memchr(at, '"', static_cast<std::size_t>(end - at)) == nullptr;
  return {may_go_on ? failed(ctx, Errc::truncated, end) : failed(ctx, Errc::invalid_string, at),
          false};
}

Extent find_end(Context& ctx, const char* p, const char* end) noexcept {
  bool non_ascii = false;
  bool escapes = false;
  const char* q = p;
  for (;;) {
    const kernels::Scan scan = kernels::scan_string(q, end);
    non_ascii |= scan.non_ascii;
    q = scan.at;
    if (q == end) {
      return {failed(ctx, Errc::truncated, end), false};
    }
    if (*q == '"') {
      break;
    }
    if (*q != '\\') {
      return {failed(ctx, Errc::invalid_string, q), false};
    }
    escapes = true;
    const char* const after = skip_escape(q, end);
    if (after == nullptr) {
      return bad_escape(ctx, q, end);
    }
    q = after;
  }
  if (non_ascii) {
    if (const char* bad = kernels::find_invalid_utf8(p, static_cast<std::size_t>(q - p));
        bad != nullptr) {
      return {failed(ctx, Errc::invalid_utf8, bad), false};
    }
  }
  return {q, escapes};
}

// The result if scratch memory could not be obtained, which has set the error code.
Text scratch_failed(Context& ctx, const char* at) noexcept {
  ctx.error_at = reinterpret_cast<std::uint64_t>(at);
  return {nullptr, nullptr, 0};
}

}  // namespace

Text read_text(Context& ctx, const char* p, const char* end) noexcept {
  const Extent e = find_end(ctx, p, end);
  if (e.at == nullptr) {
    return {nullptr, nullptr, 0};
  }
  const auto raw = static_cast<std::size_t>(e.at - p);
  if (!e.escapes) {
    return {e.at + 1, p, raw};
  }
  auto* const out = reinterpret_cast<char*>(jit::scratch_bytes(ctx, raw));
  if (out == nullptr) {
    return scratch_failed(ctx, p);
  }
  const char* error_at = p;
  const std::size_t n = kernels::unescape(p, e.at, out, &error_at);
  if (n == SIZE_MAX) {
    return {failed(ctx, Errc::invalid_string, error_at), nullptr, 0};
  }
  return {e.at + 1, out, n};
}

const char* skip_text(Context& ctx, const char* p, const char* end) noexcept {
  const Extent e = find_end(ctx, p, end);
  return e.at == nullptr ? nullptr : e.at + 1;
}

const char* skip_word(Context& ctx, const char* p, const char* end, const char* word) noexcept {
  for (; *word != '\0'; ++p, ++word) {
    if (p == end) {
      return failed(ctx, Errc::truncated, end);
    }
    if (*p != *word) {
      return failed(ctx, Errc::syntax, p);
    }
  }
  return p;
}

// ---- Skipping

namespace {

// A stack with one bit for each open level: whether it is an object. Values that fit the depth
// limit have far fewer levels than `most`.
class Levels {
 public:
  static constexpr std::uint32_t most = 4096;
  bool push(bool object, std::int32_t allowed) noexcept {
    if (depth_ >= most || static_cast<std::int64_t>(depth_) >= allowed) {
      return false;
    }
    const std::uint64_t bit = std::uint64_t{1} << (depth_ % 64);
    std::uint64_t& word = words_[depth_ / 64];
    const std::uint64_t outer = bit == 1 ? 0 : word & (bit - 1);  // a new word is uninitialized
    word = object ? outer | bit : outer;
    ++depth_;
    return true;
  }
  void pop() noexcept { --depth_; }
  [[nodiscard]] bool empty() const noexcept { return depth_ == 0; }
  [[nodiscard]] bool in_object() const noexcept {
    return (words_[(depth_ - 1) / 64] >> ((depth_ - 1) % 64) & 1) != 0;
  }

 private:
  std::uint32_t depth_ = 0;
  std::uint64_t words_[most / 64];
};

// Skips a string, number, boolean or null, whose first byte is at p.
const char* skip_leaf(Context& ctx, const char* p, const char* end) noexcept {
  switch (*p) {
    case '"': return skip_text(ctx, p + 1, end);
    case 't': return skip_word(ctx, p, end, "true");
    case 'f': return skip_word(ctx, p, end, "false");
    case 'n': return skip_word(ctx, p, end, "null");
    default: break;
  }
  if (*p != '-' && (*p < '0' || *p > '9')) {
    return failed(ctx, Errc::syntax, p);
  }
  const NumberText number = scan_number(p, end);
  if (!number.ok) {
    return failed(ctx, number.end == end ? Errc::truncated : Errc::invalid_number, number.end);
  }
  return number.end;
}

// Skips a key and its colon.
const char* skip_key(Context& ctx, const char* p, const char* end) noexcept {
  p = skip_space(p, end);
  if (p == end || *p != '"') {
    return failed(ctx, p == end ? Errc::truncated : Errc::syntax, p);
  }
  p = skip_text(ctx, p + 1, end);
  if (p == nullptr) {
    return nullptr;
  }
  p = skip_space(p, end);
  if (p == end || *p != ':') {
    return failed(ctx, p == end ? Errc::truncated : Errc::syntax, p);
  }
  return p + 1;
}

}  // namespace

const char* skip_value(Context& ctx, const char* p, const char* end) noexcept {
  Levels levels;
  for (;;) {
    // A value begins here.
    p = skip_space(p, end);
    if (p == end) {
      return failed(ctx, Errc::truncated, end);
    }
    if (*p == '{' || *p == '[') {
      const char close = static_cast<char>(*p + 2);
      if (!levels.push(*p == '{', ctx.depth_left)) {
        return failed(ctx, Errc::depth_limit, p);
      }
      p = skip_space(p + 1, end);
      if (p == end || *p != close) {
        if (close == '}' && (p = skip_key(ctx, p, end)) == nullptr) {
          return nullptr;
        }
        continue;
      }
      levels.pop();
      ++p;
    } else if ((p = skip_leaf(ctx, p, end)) == nullptr) {
      return nullptr;
    }
    // A value ended. Close the objects and arrays that end after it.
    for (;;) {
      if (levels.empty()) {
        return p;
      }
      p = skip_space(p, end);
      if (p == end) {
        return failed(ctx, Errc::truncated, end);
      }
      if (*p == ',') {
        ++p;
        if (levels.in_object() && (p = skip_key(ctx, p, end)) == nullptr) {
          return nullptr;
        }
        break;
      }
      if (*p != (levels.in_object() ? '}' : ']')) {
        return failed(ctx, Errc::syntax, p);
      }
      ++p;
      levels.pop();
    }
  }
}

// ---- Punctuation

HelperResult unexpected(Context& ctx, const char* p, const char* end) noexcept {
  p = skip_space(p, end);
  if (p == end) {
    return fail(ctx, Errc::truncated, end);
  }
  switch (*p) {
    case 'n':
      return skip_word(ctx, p, end, "null") == nullptr ? HelperResult{0, 0}
                                                       : fail(ctx, Errc::null_value, p);
    case 't':
      return skip_word(ctx, p, end, "true") == nullptr ? HelperResult{0, 0}
                                                       : fail(ctx, Errc::type_mismatch, p);
    case 'f':
      return skip_word(ctx, p, end, "false") == nullptr ? HelperResult{0, 0}
                                                        : fail(ctx, Errc::type_mismatch, p);
    case '"':
    case '{':
    case '[':
    case '-': return fail(ctx, Errc::type_mismatch, p);
    default: return fail(ctx, *p >= '0' && *p <= '9' ? Errc::type_mismatch : Errc::syntax, p);
  }
}

HelperResult open_token(Context& ctx, const char* p, const char* end, std::uint64_t byte) noexcept {
  p = skip_space(p, end);
  if (p != end && *p == static_cast<char>(byte)) {
    return helper_result(p + 1, 0);
  }
  return unexpected(ctx, p, end);
}

HelperResult expect_byte(Context& ctx, const char* p, const char* end,
                         std::uint64_t byte) noexcept {
  p = skip_space(p, end);
  if (p == end) {
    return fail(ctx, Errc::truncated, end);
  }
  return *p == static_cast<char>(byte) ? helper_result(p + 1, 0) : fail(ctx, Errc::syntax, p);
}

HelperResult finish(Context& ctx, const char* p, const char* end) noexcept {
  if (ctx.prefix) {
    return helper_result(p, 0);
  }
  p = skip_space(p, end);
  return p == end ? helper_result(p, 0) : fail(ctx, Errc::trailing_data, p);
}

HelperResult first_element(Context& ctx, const char* p, const char* end) noexcept {
  p = skip_space(p, end);
  if (p == end) {
    return fail(ctx, Errc::truncated, end);
  }
  return *p == ']' ? helper_result(p + 1, 0) : helper_result(p, 1);
}

HelperResult next_element(Context& ctx, const char* p, const char* end) noexcept {
  p = skip_space(p, end);
  if (p == end) {
    return fail(ctx, Errc::truncated, end);
  }
  if (*p == ',') {
    return helper_result(p + 1, 1);
  }
  return *p == ']' ? helper_result(p + 1, 0) : fail(ctx, Errc::syntax, p);
}

namespace {
HelperResult key_begin(Context& ctx, const char* p, const char* end) noexcept {
  p = skip_space(p, end);
  if (p == end) {
    return fail(ctx, Errc::truncated, end);
  }
  return *p == '"' ? helper_result(p + 1, 1) : fail(ctx, Errc::syntax, p);
}
}  // namespace

HelperResult first_entry(Context& ctx, const char* p, const char* end) noexcept {
  p = skip_space(p, end);
  return p != end && *p == '}' ? helper_result(p + 1, 0) : key_begin(ctx, p, end);
}

HelperResult next_entry(Context& ctx, const char* p, const char* end) noexcept {
  p = skip_space(p, end);
  if (p != end && *p == '}') {
    return helper_result(p + 1, 0);
  }
  if (p == end || *p != ',') {
    return fail(ctx, p == end ? Errc::truncated : Errc::syntax, p);
  }
  return key_begin(ctx, p + 1, end);
}

namespace {
bool is_null(const char* p, const char* end) noexcept {
  return end - p >= 4 && std::memcmp(p, "null", 4) == 0;
}
}  // namespace

HelperResult take_null(Context&, const char* p, const char* end) noexcept {
  p = skip_space(p, end);
  return is_null(p, end) ? helper_result(p + 4, 1) : helper_result(p, 0);
}

HelperResult take_null_entry(Context& ctx, const char* p, const char* end) noexcept {
  const char* at = skip_text(ctx, p, end);
  if (at == nullptr) {
    return {0, 0};
  }
  at = skip_space(at, end);
  if (at == end || *at != ':') {
    return helper_result(p, 0);
  }
  at = skip_space(at + 1, end);
  return is_null(at, end) ? helper_result(at + 4, 1) : helper_result(p, 0);
}

// ---- Strings, binary, uuid

HelperResult read_string_inside(Context& ctx, const char* p, const char* end) noexcept {
  const Text text = read_text(ctx, p, end);
  ctx.extra_results[0] = text.size;
  return helper_result(text.next, reinterpret_cast<std::uint64_t>(text.data));
}

HelperResult read_string(Context& ctx, const char* p, const char* end) noexcept {
  const HelperResult open = open_token(ctx, p, end, '"');
  return open.first == 0 ? open
                         : read_string_inside(ctx, reinterpret_cast<const char*>(open.first), end);
}

HelperResult read_string_or_number(Context& ctx, const char* p, const char* end) noexcept {
  p = skip_space(p, end);
  if (p != end && *p == '"') {
    return read_string_inside(ctx, p + 1, end);
  }
  if (p == end || *p == '{' || *p == '[' || *p == 'n') {
    return unexpected(ctx, p, end);
  }
  const char* const after = skip_leaf(ctx, p, end);
  ctx.extra_results[0] = static_cast<std::uint64_t>(after - p);
  return helper_result(after, reinterpret_cast<std::uint64_t>(p));
}

HelperResult read_binary_inside(Context& ctx, const char* p, const char* end) noexcept {
  const Text text = read_text(ctx, p, end);
  if (text.next == nullptr) {
    return {0, 0};
  }
  // Text that had escapes is already in scratch memory; Base64 can be decoded in place.
  const bool in_place = text.data == p;
  auto* out = reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data));
  if (in_place) {
    out = jit::scratch_bytes(ctx, kernels::base64_decoded_size_limit(text.size) + 1);
    if (out == nullptr) {
      ctx.error_at = reinterpret_cast<std::uint64_t>(p);
      return {0, 0};
    }
  }
  const char* error_at = p;
  const std::size_t n = kernels::base64_decode(text.data, text.size, out, &error_at);
  if (n == SIZE_MAX) {
    return fail(ctx, Errc::invalid_base64, in_place ? error_at : p);
  }
  ctx.extra_results[0] = n;
  return helper_result(text.next, reinterpret_cast<std::uint64_t>(out));
}

HelperResult read_binary(Context& ctx, const char* p, const char* end) noexcept {
  const HelperResult open = open_token(ctx, p, end, '"');
  return open.first == 0 ? open
                         : read_binary_inside(ctx, reinterpret_cast<const char*>(open.first), end);
}

namespace {

// 8-4-4-4-12 hexadecimal digits in either case.
bool parse_uuid(const char* p, std::size_t n, std::uint8_t* out) noexcept {
  if (n != 36) {
    return false;
  }
  for (std::size_t i = 0, k = 0; i < 36;) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (p[i++] != '-') {
        return false;
      }
      continue;
    }
    unsigned byte = 0;
    for (int digit = 0; digit < 2; ++digit, ++i) {
      if (!is_hex(p[i])) {
        return false;
      }
      byte = byte * 16 + static_cast<unsigned>(p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
    }
    out[k++] = static_cast<std::uint8_t>(byte);
  }
  return true;
}

}  // namespace

HelperResult read_uuid_inside(Context& ctx, const char* p, const char* end) noexcept {
  const Text text = read_text(ctx, p, end);
  if (text.next == nullptr) {
    return {0, 0};
  }
  std::uint8_t bytes[16];
  if (!parse_uuid(text.data, text.size, bytes)) {
    return fail(ctx, Errc::invalid_string, p);
  }
  std::uint8_t* const out = jit::scratch_bytes(ctx, sizeof bytes);
  if (out == nullptr) {
    ctx.error_at = reinterpret_cast<std::uint64_t>(p);
    return {0, 0};
  }
  std::memcpy(out, bytes, sizeof bytes);
  ctx.extra_results[0] = sizeof bytes;
  return helper_result(text.next, reinterpret_cast<std::uint64_t>(out));
}

HelperResult read_uuid(Context& ctx, const char* p, const char* end) noexcept {
  const HelperResult open = open_token(ctx, p, end, '"');
  return open.first == 0 ? open
                         : read_uuid_inside(ctx, reinterpret_cast<const char*>(open.first), end);
}

}  // namespace wirejit::json
