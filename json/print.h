// Writing JSON text at run time.
// Entry: the functions below. Invariant: the growing ones ({cursor, soft end}; null after a
// failure) write nothing before they have made room; the bounded ones (the new cursor) write at
// most what their comment says.
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

// Text that is written before and behind a value, or as it is. Kept by the Module; wide copies may
// read 16 bytes behind.
class Literal {
 public:
  explicit Literal(std::string_view bytes) : size_(bytes.size()), bytes_(bytes) {
    bytes_.append(16, '\0');
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  // May overwrite 15 bytes behind the end.
  char* write(char* out) const noexcept;

 private:
  std::size_t size_;
  std::string bytes_;
};

struct Frame {
  Literal head;
  Literal tail;
};

// The cursor and soft end of the output while a helper writes.
struct Output {
  char* at;
  char* end;

  // False if there is no room for n bytes: the error is set.
  bool room(Context& ctx, std::size_t n) noexcept;
  [[nodiscard]] HelperResult result() const noexcept {
    return {reinterpret_cast<std::uint64_t>(at), reinterpret_cast<std::uint64_t>(end)};
  }
};

// What kernels and wide copies of literals may scribble on behind their end.
inline constexpr std::size_t scribble = 32;

// ---- Growing

// head, the text escaped, tail.
HelperResult write_string(Context& ctx, char* out, char* soft_end, const char* p, std::size_t n,
                          const Frame& frame) noexcept;
// The same, with invalid_utf8 for what is none.
HelperResult write_checked_string(Context& ctx, char* out, char* soft_end, const char* p,
                                  std::size_t n, const Frame& frame) noexcept;
template <bool Url, bool Padded>
HelperResult write_binary(Context& ctx, char* out, char* soft_end, const char* p, std::size_t n,
                          const Frame& frame) noexcept;
HelperResult write_uuid(Context& ctx, char* out, char* soft_end, const char* p, std::size_t n,
                        const Frame& frame) noexcept;

// How members are written that were kept as text (member_tag).
struct MemberRules {
  NameTable taken;  // keys that fields have: a member of that key is left out
  bool pretty = false;
};
// The n bytes at p: members, each of which is checked and followed by a comma. In pretty text each
// has a line of its own, else the white space between its tokens is left out.
HelperResult write_members(Context& ctx, char* out, char* soft_end, const char* p, std::size_t n,
                           const MemberRules& rules) noexcept;

// Pretty printing. The depth and the indent are in the Context's writer_state.
void begin_pretty(Context& ctx, std::uint64_t indent) noexcept;
// In Context::writer_state.
inline constexpr std::size_t depth_word = 0;
inline constexpr std::size_t indent_word = 1;
// Begins a line, with room for `more` bytes behind it; false if there is none.
bool new_line(Context& ctx, Output& out, std::size_t more) noexcept;
// A new line, then the literal.
HelperResult write_line(Context& ctx, char* out, char* soft_end, const Literal& literal) noexcept;
// One level deeper; behind the opening bracket.
void deeper(Context& ctx) noexcept;
void shallower(Context& ctx) noexcept;
// The end of an object or array: the last comma becomes a new line, if there is one; then the
// literal.
HelperResult write_close(Context& ctx, char* out, char* soft_end, const Literal& literal) noexcept;

// ---- Bounded

char* write_signed(std::int64_t v, char* out) noexcept;     // 24
char* write_unsigned(std::uint64_t v, char* out) noexcept;  // 24
char* write_enum(std::int64_t v, char* out,
                 const EnumNames& names) noexcept;  // the longest name, or 24
char* write_enum_key(std::int64_t v, char* out,
                     const EnumNames& names) noexcept;  // the longest name, or 26
// 32. NaN and infinities: Quoted in quotes, else as the bare word (for keys, which have quotes
// around them).
template <class T, bool Quoted>
char* write_real(std::uint64_t bits, char* out) noexcept;
// NaN and infinities are invalid_number at the reader's position `at`.
template <class T>
HelperResult write_finite(Context& ctx, std::uint64_t bits, char* out, const void* at) noexcept;

}  // namespace wirejit::json
