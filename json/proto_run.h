// What Programs of ProtoJSON call at run time beside what they share with plain JSON.
// Entry: proto_helpers(). Invariant: as in parse.h and print.h; Any is in any.h.
#pragma once

#include "jit/helper.h"
#include "json/parse.h"
#include "json/print.h"

namespace wirejit::json {

// ---- Reading

// Whether a member of an enum stands at p that it lacks: a name, or a number where unknown ones are
// refused. What is malformed is not: reading it fails.
bool is_unknown_member(Context& ctx, const char* p, const char* end,
                       const EnumNames& names) noexcept;
// {cursor, number}; a string is a name. read_null_enum: of NullValue, null is 0.
HelperResult read_proto_enum(Context& ctx, const char* p, const char* end,
                             const EnumNames& names) noexcept;
HelperResult read_null_enum(Context& ctx, const char* p, const char* end,
                            const EnumNames& names) noexcept;

// As first_element, first_entry and so on, without the elements and entries whose value is an
// unknown member.
HelperResult first_known_element(Context& ctx, const char* p, const char* end,
                                 const EnumNames& names) noexcept;
HelperResult next_known_element(Context& ctx, const char* p, const char* end,
                                const EnumNames& names) noexcept;
HelperResult first_known_entry(Context& ctx, const char* p, const char* end,
                               const EnumNames& names) noexcept;
HelperResult next_known_entry(Context& ctx, const char* p, const char* end,
                              const EnumNames& names) noexcept;

// Inside. {cursor, seconds}, the nanoseconds in extra_results[0].
HelperResult read_timestamp(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_duration(Context& ctx, const char* p, const char* end) noexcept;
// Inside. {cursor, address of the paths}, with commas between them; their size in extra_results[0].
HelperResult read_field_mask(Context& ctx, const char* p, const char* end) noexcept;
// How many of the n bytes at p stand before a comma.
std::uint64_t path_size(const char* p, std::uint64_t n) noexcept;

// Which member of google.protobuf.Value the text at the cursor is: {its first byte, the number of
// the field - 1}.
HelperResult value_kind(Context& ctx, const char* p, const char* end) noexcept;
// {cursor behind null, 1}, or {the first byte of something else, 0}.
HelperResult take_null(Context& ctx, const char* p, const char* end) noexcept;

// ---- Writing: bare values, without what stands around them

// Bounded: max_moment_text. A failure has the reader's position `at`.
HelperResult write_timestamp(Context& ctx, char* out, std::int64_t seconds, std::int64_t nanos,
                             const void* at) noexcept;
HelperResult write_duration(Context& ctx, char* out, std::int64_t seconds, std::int64_t nanos,
                            const void* at) noexcept;
// Growing: one path and a comma.
HelperResult write_field_path(Context& ctx, char* out, char* soft_end, const char* p,
                              std::size_t n) noexcept;

struct ProtoHelpers {
  jit::Helper enumeration, null_enum, timestamp, duration, field_mask, path_size, value_kind,
      take_null;
  jit::Helper first_element, next_element, first_entry, next_entry;
  jit::Helper write_timestamp, write_duration, write_field_path, shallower;
  jit::Helper read_any, close_any, open_any, put_any, write_any;
};
[[nodiscard]] const ProtoHelpers& proto_helpers() noexcept;

}  // namespace wirejit::json
