// Writes JSON text at run time.
// Entry: the functions below. Invariant: a growing function makes room before it writes, and
// returns {cursor, soft end}, or null after a failure; a bounded function writes at most as many
// bytes as its comment says, and returns the new cursor.
#pragma once

#include "jit/context.h"
#include "json/keys.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wirejit::json {

using jit::Context;
using jit::HelperResult;

// Constant text. The Module owns it; wide copies may read up to 16 bytes past its end.
class Literal {
 public:
  explicit Literal(std::string_view bytes) : size_(bytes.size()), bytes_(bytes) {
    bytes_.append(16, '\0');
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  // May overwrite up to 15 bytes after the text.
  char* write(char* out) const noexcept;

 private:
  std::size_t size_;
  std::string bytes_;
};

// The text before a value and the text after it.
struct Frame {
  Literal head;
  Literal tail;
};

// The cursor and soft end of the output while a helper writes.
struct Output {
  char* at;
  char* end;

  // Makes room for n bytes. Returns false after a failure; the error is set.
  bool room(Context& ctx, std::size_t n) noexcept;
  [[nodiscard]] HelperResult result() const noexcept {
    return {reinterpret_cast<std::uint64_t>(at), reinterpret_cast<std::uint64_t>(end)};
  }
};

// How many bytes kernels and wide copies of literals may overwrite after the bytes that they write.
inline constexpr std::size_t write_slack = 32;

// ---- Growing

// Writes the frame's head, the escaped text, the frame's tail.
HelperResult write_string(Context& ctx, char* out, char* soft_end, const char* p, std::size_t n,
                          const Frame& frame) noexcept;
// The same; fails with Errc::invalid_utf8 if the text is not UTF-8.
HelperResult write_checked_string(Context& ctx, char* out, char* soft_end, const char* p,
                                  std::size_t n, const Frame& frame) noexcept;
template <bool Url, bool Padded>
HelperResult write_binary(Context& ctx, char* out, char* soft_end, const char* p, std::size_t n,
                          const Frame& frame) noexcept;
HelperResult write_uuid(Context& ctx, char* out, char* soft_end, const char* p, std::size_t n,
                        const Frame& frame) noexcept;

// How unknown members that were kept as text (member_tag) are written.
struct MemberRules {
  NameTable field_keys;  // a member with one of these keys is not written
  bool pretty = false;
};
// Writes the members in the n bytes at p. Each is checked and followed by a comma. In pretty text
// each is on a line of its own; otherwise the white space between its tokens is removed.
HelperResult write_members(Context& ctx, char* out, char* soft_end, const char* p, std::size_t n,
                           const MemberRules& rules) noexcept;
// Copies valid JSON without the white space between its tokens; at most as many bytes.
char* copy_compact(const char* p, const char* end, char* out) noexcept;

// Pretty printing. The depth and the indent are in the Context's writer_state.
void begin_pretty(Context& ctx, std::uint64_t indent) noexcept;
// In Context::writer_state.
inline constexpr std::size_t depth_word = 0;
inline constexpr std::size_t indent_word = 1;
// Begins a line and makes room for `more` bytes after its indent. Returns false after a failure.
bool new_line(Context& ctx, Output& out, std::size_t more) noexcept;
// Begins a line and writes the literal.
HelperResult write_line(Context& ctx, char* out, char* soft_end, const Literal& literal) noexcept;
// Change the depth by one level; deeper() is called after an opening bracket.
void deeper(Context& ctx) noexcept;
void shallower(Context& ctx) noexcept;
// Ends an object or array: replaces the comma after the last member, if there is one, by a new
// line; then writes the literal.
HelperResult write_close(Context& ctx, char* out, char* soft_end, const Literal& literal) noexcept;

// ---- Bounded

char* write_signed(std::int64_t v, char* out) noexcept;     // 24
char* write_unsigned(std::uint64_t v, char* out) noexcept;  // 24
char* write_enum(std::int64_t v, char* out,
                 const EnumNames& names) noexcept;  // the longest name, or 24
char* write_enum_key(std::int64_t v, char* out,
                     const EnumNames& names) noexcept;  // the longest name, or 26
// 32. NaN and infinities are written in quotes if Quoted, else without quotes (for keys, whose
// quotes are written by the caller).
template <class T, bool Quoted>
char* write_real(std::uint64_t bits, char* out) noexcept;
// 32. NaN and infinities are null.
template <class T>
char* write_real_or_null(std::uint64_t bits, char* out) noexcept;
// Fails with Errc::invalid_number at the reader's position `at` for NaN and infinities.
template <class T>
HelperResult write_finite(Context& ctx, std::uint64_t bits, char* out, const void* at) noexcept;

}  // namespace wirejit::json
