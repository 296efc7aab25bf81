// The functions that only Programs of ProtoJSON call at run time; those for Any are in any.h.
// Entry: proto_helpers(). Invariant: as in parse.h and print.h.
#pragma once

#include "jit/helper.h"
#include "json/parse.h"
#include "json/print.h"

namespace wirejit::json {

// ---- Reading

// Whether the value at p is a name that the enum lacks, or a number that it lacks if unknown
// numbers are rejected. Returns false for a malformed value: reading it fails.
bool is_unknown_enum_value(Context& ctx, const char* p, const char* end,
                           const EnumNames& names) noexcept;
// Return {cursor, number}. A string is always a name. read_null_enum reads NullValue: null is 0.
HelperResult read_proto_enum(Context& ctx, const char* p, const char* end,
                             const EnumNames& names) noexcept;
HelperResult read_null_enum(Context& ctx, const char* p, const char* end,
                            const EnumNames& names) noexcept;

// As first_element, first_entry and so on, but elements and entries with an unknown enum value are
// skipped.
HelperResult first_known_element(Context& ctx, const char* p, const char* end,
                                 const EnumNames& names) noexcept;
HelperResult next_known_element(Context& ctx, const char* p, const char* end,
                                const EnumNames& names) noexcept;
HelperResult first_known_entry(Context& ctx, const char* p, const char* end,
                               const EnumNames& names) noexcept;
HelperResult next_known_entry(Context& ctx, const char* p, const char* end,
                              const EnumNames& names) noexcept;

// Inside. Return {cursor, seconds}; the nanoseconds are in extra_results[0].
HelperResult read_timestamp(Context& ctx, const char* p, const char* end) noexcept;
HelperResult read_duration(Context& ctx, const char* p, const char* end) noexcept;
// Inside. Returns {cursor, address of the paths}, which are separated by commas; their size is in
// extra_results[0].
HelperResult read_field_mask(Context& ctx, const char* p, const char* end) noexcept;
// How many of the n bytes at p are before the first comma.
std::uint64_t path_size(const char* p, std::uint64_t n) noexcept;

// Which field of google.protobuf.Value the value at the cursor belongs to. Returns {its first byte,
// the field's number - 1}.
HelperResult value_kind(Context& ctx, const char* p, const char* end) noexcept;
// Skips null if it is there. Returns {cursor after null, 1}, or {first byte of another value, 0}.
HelperResult consume_null(Context& ctx, const char* p, const char* end) noexcept;

// ---- Writing: values without key, comma and line

// Bounded: max_time_text. Failures are reported at the reader's position `at`.
HelperResult write_timestamp(Context& ctx, char* out, std::int64_t seconds, std::int64_t nanos,
                             const void* at) noexcept;
HelperResult write_duration(Context& ctx, char* out, std::int64_t seconds, std::int64_t nanos,
                            const void* at) noexcept;
// Growing. Writes one path and a comma.
HelperResult write_field_path(Context& ctx, char* out, char* soft_end, const char* p,
                              std::size_t n) noexcept;

struct ProtoHelpers {
  jit::Helper enumeration, null_enum, timestamp, duration, field_mask, path_size, value_kind,
      consume_null;
  jit::Helper first_element, next_element, first_entry, next_entry;
  jit::Helper write_timestamp, write_duration, write_field_path, shallower;
  jit::Helper read_any, close_any, open_any, put_any, write_any;
};
[[nodiscard]] const ProtoHelpers& proto_helpers() noexcept;

}  // namespace wirejit::json
