// Reads JSON text at run time. Programs call these functions for input that they do not handle
// inline. Entry: the functions below. Invariant: no byte at or after `end` is read; no function
// recurses; after a failure the code and position are in the Context, and the first word of the
// result is null.
//
// Unless stated otherwise, a function takes the cursor at the beginning of a value or at white
// space before it, and returns the cursor after the value. "Inside" means that the cursor is after
// the opening quote.
#pragma once

#include "jit/context.h"
#include "json/keys.h"
#include "kernels/cpu.h"

#include <cstddef>
#include <cstdint>

namespace wirejit::json {

using jit::Context;
using jit::HelperResult;
using kernels::Kernels;

inline const void* position(const char* p) noexcept { return p; }

inline HelperResult helper_result(const char* cursor, std::uint64_t value) noexcept {
  return {reinterpret_cast<std::uint64_t>(cursor), value};
}

// A decoded string: `data` points into the input if the string has no escapes, else into scratch
// memory. `next` is the cursor after the string, or null after a failure.
struct Text {
  const char* next;
  const char* data;
  std::size_t size;
};
Text read_text(Context& ctx, const char* p, const char* end) noexcept;         // inside
const char* skip_text(Context& ctx, const char* p, const char* end) noexcept;  // inside
// Skips any value and checks its syntax. Its levels must fit the depth that the call has left.
const char* skip_value(Context& ctx, const char* p, const char* end) noexcept;
// Skips `word`: true, false or null.
const char* skip_word(Context& ctx, const char* p, const char* end, const char* word) noexcept;

// Fails. The cursor is at a byte that the expected value cannot begin with; the error code depends
// on what is there.
HelperResult unexpected(Context& ctx, const char* p, const char* end) noexcept;
// Skips white space, then `byte`, which begins a string, array or object; else as unexpected().
HelperResult open_token(Context& ctx, const char* p, const char* end, std::uint64_t byte) noexcept;
// Skips white space, then `byte`, which is ':' or ','; else fails with Errc::syntax.
HelperResult expect_byte(Context& ctx, const char* p, const char* end, std::uint64_t byte) noexcept;
// Skips white space; fails if it is not followed by the end of input.
HelperResult finish(Context& ctx, const char* p, const char* end) noexcept;

// {cursor after null, 1}, or {cursor at another value, 0}.
HelperResult take_null(Context& ctx, const char* p, const char* end) noexcept;
// Inside the key of an entry: {cursor after the entry, 1} if its value is null, else {p, 0}.
HelperResult take_null_entry(Context& ctx, const char* p, const char* end) noexcept;

// Return {cursor, 1} at the next element or inside the next key, or {cursor, 0} after the end of
// the array or object.
HelperResult first_element(Context& ctx, const char* p, const char* end) noexcept;
HelperResult next_element(Context& ctx, const char* p, const char* end) noexcept;
HelperResult first_entry(Context& ctx, const char* p, const char* end) noexcept;
HelperResult next_entry(Context& ctx, const char* p, const char* end) noexcept;

// Finds the next known key of a struct and skips its colon. Returns, with n the count of fields:
//   {cursor at the value, field}   a known key;
//   {cursor after '}', n}          the end of the object;
//   {cursor at the value, n + 1}   an unknown key, if Keep; otherwise unknown members are skipped;
//   {cursor at the value, n + 2}   a known key whose value leaves the field absent (null; in
//                                  ProtoJSON also an unknown value of a droppable enum). The field
//                                  is in extra_results[1]. If `seen` says that the field was not
//                                  read before, the member is skipped instead.
// If Keep, extra_results[0] is the address of the key's opening quote. If Proto, the key "@type" is
// skipped where StructKeys allows it. If First, the cursor is after '{', else after a value. `last`
// is the field that was found last, -1 for none; the key after it is compared first.
template <bool Proto, bool Keep, bool First>
HelperResult find_key(Context& ctx, const char* p, const char* end, const StructKeys& keys,
                      std::int64_t last, const std::uint64_t* seen) noexcept;
// Clears the bit of field `index`.
void clear_bit(std::uint64_t* bits, std::uint64_t index) noexcept;

// Return {cursor, address}; the length is in extra_results[0]. The bytes are valid until the next
// call.
HelperResult read_string_inside(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_string(Context& ctx, const char* p, const char* end) noexcept;
// A string; or a number, true or false, of which the text is the result.
HelperResult read_string_or_number(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_binary_inside(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_binary(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_uuid_inside(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_uuid(Context& ctx, const char* p, const char* end) noexcept;

// What a number's text in quotes is.
enum class TextNumbers : std::uint8_t {
  accept,        // the number
  accept_empty,  // the same; "" is 0
  special,       // a string, which is no number; NaN and infinities are accepted
  reject,        // a string, which is no number
};

// Return {cursor, value}. `k` is kernels::best().
HelperResult read_bool(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_bool_inside(Context& ctx, const char* p, const char* end) noexcept;
template <class T, TextNumbers Rule = TextNumbers::accept>
HelperResult read_int(Context& ctx, const char* p, const char* end, const Kernels& k) noexcept;
template <class T>
HelperResult read_int_inside(Context& ctx, const char* p, const char* end) noexcept;
template <TextNumbers Rule>
HelperResult read_double(Context& ctx, const char* p, const char* end, const Kernels& k) noexcept;
HelperResult read_double_inside(Context& ctx, const char* p, const char* end) noexcept;
template <TextNumbers Rule>
HelperResult read_float(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_float_inside(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_enum(Context& ctx, const char* p, const char* end,
                       const EnumNames& names) noexcept;
// As read_enum, but a string is a name.
HelperResult read_enum_name(Context& ctx, const char* p, const char* end,
                            const EnumNames& names) noexcept;
HelperResult read_enum_inside(Context& ctx, const char* p, const char* end,
                              const EnumNames& names) noexcept;

}  // namespace wirejit::json
