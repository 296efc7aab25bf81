// Reading JSON text at run time: what Programs call when the bytes are not the few that they handle
// inline. Entry: the functions below. Invariant: nothing at or behind `end` is read; nothing
// recurses; on a failure code and position are in the Context, and the result's first word is null.
//
// Unless said otherwise a function takes the cursor at the beginning of a value, perhaps at white
// space before it, and returns the cursor behind the value. "Inside": the cursor is behind the
// opening quote.
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

inline HelperResult two(const char* cursor, std::uint64_t value) noexcept {
  return {reinterpret_cast<std::uint64_t>(cursor), value};
}

// A string decoded: in place if it has no escapes, else in scratch memory. `next` is null after a
// failure.
struct Text {
  const char* next;
  const char* data;
  std::size_t size;
};
Text read_text(Context& ctx, const char* p, const char* end) noexcept;         // inside
const char* skip_text(Context& ctx, const char* p, const char* end) noexcept;  // inside
// Any value, checked in full. Levels are charged to the depth that the call has left.
const char* skip_value(Context& ctx, const char* p, const char* end) noexcept;
// One of true, false, null.
const char* skip_word(Context& ctx, const char* p, const char* end, const char* word) noexcept;

// At a byte that no expected value begins with: finds out why, and fails.
HelperResult unexpected(Context& ctx, const char* p, const char* end) noexcept;
// White space, then `byte`, else unexpected: the beginning of a string, array or object.
HelperResult open_token(Context& ctx, const char* p, const char* end, std::uint64_t byte) noexcept;
// White space, then `byte`, else a syntax error: ':' or ','.
HelperResult expect_byte(Context& ctx, const char* p, const char* end, std::uint64_t byte) noexcept;
// White space up to the end of input.
HelperResult finish(Context& ctx, const char* p, const char* end) noexcept;

// {cursor, 1} at the next element or inside the next key; {cursor, 0} behind the end of the array
// or object.
HelperResult first_element(Context& ctx, const char* p, const char* end) noexcept;
HelperResult next_element(Context& ctx, const char* p, const char* end) noexcept;
HelperResult first_entry(Context& ctx, const char* p, const char* end) noexcept;
HelperResult next_entry(Context& ctx, const char* p, const char* end) noexcept;

// The next known key of a struct and the colon: {cursor at the value, field}. Behind the end:
// {cursor, count of fields}. Unknown keys are skipped; Keep: {cursor at the value, count of fields
// + 1}. A known one whose value leaves the field absent (null; in ProtoJSON, a name that an enum of
// droppable members lacks): {cursor at the value, count of fields + 2}, the field in
// extra_results[1]; or, if `seen` says that it did not come before, it is skipped. Where there is a
// value, and Keep, extra_results[0] is the address of the key's quote. Proto: a key "@type" may be
// skipped. `last`: the field found last, -1 for none; keys are tried in their order first. First:
// after '{', else after a value.
template <bool Proto, bool Keep, bool First>
HelperResult find_key(Context& ctx, const char* p, const char* end, const StructKeys& keys,
                      std::int64_t last, const std::uint64_t* seen) noexcept;
// The bit of field `index` is cleared.
void clear_bit(std::uint64_t* bits, std::uint64_t index) noexcept;

// {cursor, address}; the length is in extra_results[0]. The text is valid until the next call.
HelperResult read_string_inside(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_string(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_binary_inside(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_binary(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_uuid_inside(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_uuid(Context& ctx, const char* p, const char* end) noexcept;

// {cursor, value}. `k` is kernels::best().
HelperResult read_bool(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_bool_inside(Context& ctx, const char* p, const char* end) noexcept;
template <class T>
HelperResult read_int(Context& ctx, const char* p, const char* end, const Kernels& k) noexcept;
template <class T>
HelperResult read_int_inside(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_double(Context& ctx, const char* p, const char* end, const Kernels& k) noexcept;
HelperResult read_double_inside(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_float(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_float_inside(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_enum(Context& ctx, const char* p, const char* end,
                       const EnumNames& names) noexcept;
HelperResult read_enum_inside(Context& ctx, const char* p, const char* end,
                              const EnumNames& names) noexcept;

}  // namespace wirejit::json
