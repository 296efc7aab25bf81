// Facts of Thrift's Compact protocol that reader and writer share (spec: thrift-compact-protocol).
// Entry: compact_type, compact_header. Invariant: agrees with what the official C++ library writes.
//
//   id - last in 1..15     (id - last) << 4 | type
//   else                   type, the id as a zigzag varint
//
// `last` is the id of the previous field of the struct, 0 before the first. The value of a bool
// field is its type; a bool element, key or value is a byte: 1 true, 2 false.
#pragma once

#include <wirejit/schema.h>

#include <cstdint>
#include <string>

namespace wirejit::thrift {

enum class CompactType : std::uint8_t {
  stop = 0,
  boolean_true = 1,  // also the type of elements, keys and values
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

// The tag of unknown fields that are kept in this encoding: complete fields with long headers,
// which mean the same after any field.
inline constexpr std::uint64_t compact_unknown_tag = 0x7468726966744331;

// `stop` for kinds that Thrift does not have.
[[nodiscard]] CompactType compact_type(Kind kind) noexcept;
// The size in bytes of the smallest value. Bool fields have no bytes of their own.
[[nodiscard]] std::int64_t compact_smallest(CompactType type) noexcept;
// True if every element of the type has the same size.
[[nodiscard]] bool compact_is_fixed(CompactType type) noexcept;

// The largest count of a short list header, and the mark of a long one, which a varint follows.
inline constexpr std::int64_t compact_short_count = 14;
inline constexpr std::int64_t compact_long_count = 15;

// The bytes after the type of a long field header.
[[nodiscard]] std::string compact_id(std::int32_t id);
// True if the short form can hold the distance.
[[nodiscard]] constexpr bool is_compact_short(std::int32_t id, std::int32_t last) noexcept {
  return id > last && id - last <= 15;
}
// The header of a field after the field `last`.
[[nodiscard]] std::string compact_header(CompactType type, std::int32_t id, std::int32_t last);

}  // namespace wirejit::thrift
