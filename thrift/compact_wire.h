// Facts of Thrift's Compact protocol that reader and writer share (spec: thrift-compact-protocol).
// Entry: compact_type, compact_header. Invariant: agrees with what the official C++ library writes.
//
//   id - last in 1..15     (id - last) << 4 | type
//   else                   type, the id as a zigzag varint
//
// `last` is the id of the struct's field before, 0 at its begin. A bool that is a field is its
// type, one that is an element, a key or a value is a byte: 1 true, 2 false.
#pragma once

#include <wirejit/schema.h>

#include <cstdint>
#include <string>

namespace wirejit::thrift {

enum class CompactType : std::uint8_t {
  stop = 0,
  boolean_true = 1,  // that of elements, keys and values, too
  boolean_false = 2,
  i8 = 3,
  i16 = 4,
  i32 = 5,
  i64 = 6,
  float64 = 7,
  string = 8,
  list = 9,
  set = 10,
  map = 11,
  structure = 12,
  uuid = 13,
};

// Marks unknown fields kept in this encoding: whole ones with long headers, which mean the same
// wherever they are put.
inline constexpr std::uint64_t compact_unknown_tag = 0x7468726966744331;

// `stop` for kinds that Thrift lacks.
[[nodiscard]] CompactType compact_type(Kind kind) noexcept;
// Bytes of the smallest value, which bools of fields have not.
[[nodiscard]] std::int64_t compact_smallest(CompactType type) noexcept;
// True if every element of the type has the same size.
[[nodiscard]] bool compact_is_fixed(CompactType type) noexcept;

// The most elements that a short list header tells, and what it holds where there are more.
inline constexpr std::int64_t compact_short_count = 14;
inline constexpr std::int64_t compact_long_count = 15;

// Of a field's header in the long form, what follows the type.
[[nodiscard]] std::string compact_id(std::int32_t id);
// Whether the header has the short form.
[[nodiscard]] constexpr bool is_compact_short(std::int32_t id, std::int32_t last) noexcept {
  return id > last && id - last <= 15;
}
// A field's header. `last`: the id before.
[[nodiscard]] std::string compact_header(CompactType type, std::int32_t id, std::int32_t last);

}  // namespace wirejit::thrift
