// Writes strings, numbers and layout.
#include "json/print.h"

#include "jit/runtime.h"
#include "json/parse.h"
#include "kernels/base64.h"
#include "kernels/json_string.h"
#include "kernels/number.h"
#include "kernels/utf8.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace wirejit::json {

using jit::fail;

char* Literal::write(char* out) const noexcept {
  for (std::size_t i = 0; i < size_; i += 16) {
    std::memcpy(out + i, bytes_.data() + i, 16);
  }
  return out + size_;
}

namespace {

// Long strings are escaped in chunks. The room that is reserved assumes that every byte of one
// chunk needs an escape and that the rest needs none.
constexpr std::size_t chunk = 1024;

bool add_escaped(Context& ctx, Output& out, const char* p, std::size_t n,
                 bool* non_ascii) noexcept {
  while (n != 0) {
    const std::size_t now = n < chunk ? n : chunk;
    if (!out.room(ctx, n + 5 * now + write_slack)) {
      return false;
    }
    out.at = kernels::escape(p, now, out.at, non_ascii);
    p += now;
    n -= now;
  }
  return true;
}

HelperResult write_text(Context& ctx, Output out, const char* p, std::size_t n, const Frame& frame,
                        bool check) noexcept {
  const std::size_t around = frame.head.size() + frame.tail.size() + write_slack;
  bool non_ascii = false;
  if (n <= chunk) [[likely]] {
    if (!out.room(ctx, 6 * n + around + write_slack)) {
      return {0, 0};
    }
    out.at = kernels::escape(p, n, frame.head.write(out.at), &non_ascii);
  } else {
    if (n > SIZE_MAX / 2 || !out.room(ctx, n + around)) {
      return n > SIZE_MAX / 2 ? fail(ctx, Errc::size_limit, p) : HelperResult{0, 0};
    }
    out.at = frame.head.write(out.at);
    if (!add_escaped(ctx, out, p, n, &non_ascii) || !out.room(ctx, around)) {
      return {0, 0};
    }
  }
  if (check && non_ascii) {
    if (const char* bad = kernels::find_invalid_utf8(p, n); bad != nullptr) {
      return fail(ctx, Errc::invalid_utf8, bad);
    }
  }
  out.at = frame.tail.write(out.at);
  return out.result();
}

}  // namespace

HelperResult write_string(Context& ctx, char* out, char* soft_end, const char* p, std::size_t n,
                          const Frame& frame) noexcept {
  return write_text(ctx, {out, soft_end}, p, n, frame, false);
}

HelperResult write_checked_string(Context& ctx, char* out, char* soft_end, const char* p,
                                  std::size_t n, const Frame& frame) noexcept {
  return write_text(ctx, {out, soft_end}, p, n, frame, true);
}

template <bool Url, bool Padded>
HelperResult write_binary(Context& ctx, char* out, char* soft_end, const char* p, std::size_t n,
                          const Frame& frame) noexcept {
  constexpr auto alphabet = Url ? kernels::Base64Alphabet::url : kernels::Base64Alphabet::standard;
  Output o{out, soft_end};
  if (n > SIZE_MAX / 4) {
    return fail(ctx, Errc::size_limit, p);
  }
  if (!o.room(ctx, kernels::base64_encoded_size(n, Padded) + frame.head.size() + frame.tail.size() +
                       write_slack)) {
    return {0, 0};
  }
  o.at = frame.head.write(o.at);
  o.at =
      kernels::base64_encode(reinterpret_cast<const std::uint8_t*>(p), n, o.at, alphabet, Padded);
  o.at = frame.tail.write(o.at);
  return o.result();
}
template HelperResult write_binary<false, false>(Context&, char*, char*, const char*, std::size_t,
                                                 const Frame&) noexcept;
template HelperResult write_binary<false, true>(Context&, char*, char*, const char*, std::size_t,
                                                const Frame&) noexcept;
template HelperResult write_binary<true, false>(Context&, char*, char*, const char*, std::size_t,
                                                const Frame&) noexcept;
template HelperResult write_binary<true, true>(Context&, char*, char*, const char*, std::size_t,
                                               const Frame&) noexcept;

HelperResult write_uuid(Context& ctx, char* out, char* soft_end, const char* p, std::size_t n,
                        const Frame& frame) noexcept {
  if (n != 16) {
    return fail(ctx, Errc::invalid_count, p);
  }
  Output o{out, soft_end};
  if (!o.room(ctx, 36 + frame.head.size() + frame.tail.size() + write_slack)) {
    return {0, 0};
  }
  o.at = frame.head.write(o.at);
  for (std::size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      *o.at++ = '-';
    }
    const auto byte = static_cast<unsigned char>(p[i]);
    *o.at++ = "0123456789abcdef"[byte >> 4];
    *o.at++ = "0123456789abcdef"[byte & 15];
  }
  o.at = frame.tail.write(o.at);
  return o.result();
}

bool Output::room(Context& ctx, std::size_t n) noexcept {
  if (static_cast<std::size_t>(end - at) >= n) [[likely]] {
    return true;
  }
  const HelperResult grown = jit::grow_output(ctx, reinterpret_cast<std::uint8_t*>(at), n);
  at = reinterpret_cast<char*>(grown.first);
  end = reinterpret_cast<char*>(grown.second);
  return at != nullptr;
}

// ---- Layout

bool new_line(Context& ctx, Output& out, std::size_t more) noexcept {
  const std::size_t spaces = ctx.writer_state[depth_word] * ctx.writer_state[indent_word];
  if (!out.room(ctx, 1 + spaces + more + write_slack)) {
    return false;
  }
  *out.at++ = '\n';
  std::memset(out.at, ' ', spaces);
  out.at += spaces;
  return true;
}

void begin_pretty(Context& ctx, std::uint64_t indent) noexcept {
  ctx.writer_state[depth_word] = 0;
  ctx.writer_state[indent_word] = indent;
}

void deeper(Context& ctx) noexcept { ++ctx.writer_state[depth_word]; }
void shallower(Context& ctx) noexcept { --ctx.writer_state[depth_word]; }

HelperResult write_line(Context& ctx, char* out, char* soft_end, const Literal& literal) noexcept {
  Output o{out, soft_end};
  if (!new_line(ctx, o, literal.size())) {
    return {0, 0};
  }
  o.at = literal.write(o.at);
  return o.result();
}

HelperResult write_close(Context& ctx, char* out, char* soft_end, const Literal& literal) noexcept {
  --ctx.writer_state[depth_word];
  Output o{out, soft_end};
  if (o.at[-1] == ',') {
    --o.at;
    if (!new_line(ctx, o, literal.size())) {
      return {0, 0};
    }
  } else if (!o.room(ctx, literal.size() + write_slack)) {
    return {0, 0};
  }
  o.at = literal.write(o.at);
  return o.result();
}

// ---- Unknown members

namespace {

// Reads the member at p, which begins with the quote of its key, and decodes the key. Returns the
// position after the member, or null after a failure.
const char* read_member(Context& ctx, const char* p, const char* end, Text& key) noexcept {
  if (*p != '"') {
    fail(ctx, Errc::syntax, p);
    return nullptr;
  }
  key = read_text(ctx, p + 1, end);
  if (key.next == nullptr) {
    return nullptr;
  }
  const HelperResult colon = expect_byte(ctx, key.next, end, ':');
  return colon.first == 0 ? nullptr
                          : skip_value(ctx, reinterpret_cast<const char*>(colon.first), end);
}

}  // namespace

char* copy_compact(const char* p, const char* end, char* out) noexcept {
  bool in_string = false;
  for (; p != end; ++p) {
    if (in_string && *p == '\\') {
      *out++ = *p++;
    } else if (*p == '"') {
      in_string = !in_string;
    } else if (!in_string && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')) {
      continue;
    }
    *out++ = *p;
  }
  return out;
}

HelperResult write_members(Context& ctx, char* out, char* soft_end, const char* p, std::size_t n,
                           const MemberRules& rules) noexcept {
  const char* const end = p + n;
  Output o{out, soft_end};
  for (;;) {
    p = kernels::skip_space(p, end);
    if (p != end && *p == ',') {  // members that a caller set may have commas between them
      ++p;
      continue;
    }
    if (p == end) {
      return o.result();
    }
    Text key{};
    const char* const after = read_member(ctx, p, end, key);
    if (after == nullptr) {
      ctx.error_at = jit::at_cursor;
      return {0, 0};
    }
    if (rules.field_keys.find(key.data, key.size) == nullptr) {
      const auto size = static_cast<std::size_t>(after - p);
      if (rules.pretty ? !new_line(ctx, o, size + 1) : !o.room(ctx, size + 1 + write_slack)) {
        return {0, 0};
      }
      o.at = rules.pretty ? std::copy(p, after, o.at) : copy_compact(p, after, o.at);
      *o.at++ = ',';
    }
    p = after;
  }
}

// ---- Numbers

char* write_signed(std::int64_t v, char* out) noexcept { return kernels::write_int64(v, out); }
char* write_unsigned(std::uint64_t v, char* out) noexcept { return kernels::write_uint64(v, out); }

namespace {

template <class T>
T value_of(std::uint64_t word) noexcept {
  if constexpr (sizeof(T) == 4) {
    return std::bit_cast<T>(static_cast<std::uint32_t>(word));
  } else {
    return std::bit_cast<T>(word);
  }
}

char* write_text_of(double v, char* out) noexcept { return kernels::write_double(v, out); }
char* write_text_of(float v, char* out) noexcept { return kernels::write_float(v, out); }

char* copy(std::string_view text, char* out) noexcept {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* copy_name(const std::string& text, char* out) noexcept { return copy(text, out); }

}  // namespace

char* write_enum(std::int64_t v, char* out, const EnumNames& names) noexcept {
  const std::string* const text = names.text_of(v);
  return text != nullptr ? copy_name(*text, out) : kernels::write_int64(v, out);
}

char* write_enum_key(std::int64_t v, char* out, const EnumNames& names) noexcept {
  if (const std::string* const text = names.text_of(v); text != nullptr) {
    return copy_name(*text, out);
  }
  *out = '"';
  char* const end = kernels::write_int64(v, out + 1);
  *end = '"';
  return end + 1;
}

template <class T, bool Quoted>
char* write_real(std::uint64_t word, char* out) noexcept {
  const T v = value_of<T>(word);
  if (std::isfinite(v)) [[likely]] {
    return write_text_of(v, out);
  }
  constexpr std::string_view texts[3] = {"\"NaN\"", "\"Infinity\"", "\"-Infinity\""};
  std::string_view text = texts[std::isnan(v) ? 0 : v > 0 ? 1 : 2];
  if (!Quoted) {
    text = text.substr(1, text.size() - 2);
  }
  return copy(text, out);
}
template char* write_real<double, true>(std::uint64_t, char*) noexcept;
template char* write_real<double, false>(std::uint64_t, char*) noexcept;
template char* write_real<float, true>(std::uint64_t, char*) noexcept;
template char* write_real<float, false>(std::uint64_t, char*) noexcept;

template <class T>
char* write_real_or_null(std::uint64_t word, char* out) noexcept {
  const T v = value_of<T>(word);
  return std::isfinite(v) ? write_text_of(v, out) : copy("null", out);
}
template char* write_real_or_null<double>(std::uint64_t, char*) noexcept;
template char* write_real_or_null<float>(std::uint64_t, char*) noexcept;

template <class T>
HelperResult write_finite(Context& ctx, std::uint64_t word, char* out, const void* at) noexcept {
  const T v = value_of<T>(word);
  if (!std::isfinite(v)) {
    return fail(ctx, Errc::invalid_number, at);
  }
  return {reinterpret_cast<std::uint64_t>(write_text_of(v, out)), 0};
}
template HelperResult write_finite<double>(Context&, std::uint64_t, char*, const void*) noexcept;
template HelperResult write_finite<float>(Context&, std::uint64_t, char*, const void*) noexcept;

}  // namespace wirejit::json
