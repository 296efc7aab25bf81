// Wire types, tags and the forms of fields (protobuf.dev/programming-guides/encoding).
// Entry: form_of, wire_type, tag_of. Invariant: agrees with what the official C++ library writes.
#pragma once

#include <wirejit/schema.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace wirejit::pb {

enum class WireType : std::uint8_t {
  varint = 0,
  fixed64 = 1,
  length = 2,
  start_group = 3,
  end_group = 4,
  fixed32 = 5,
  none = 255,  // of kinds that Protobuf lacks
};

// Marks unknown fields kept in this encoding.
inline constexpr std::uint64_t unknown_tag = 0x70726f746f627566;
inline constexpr std::int32_t largest_number = 536870911;
// Numbers that Protobuf keeps for itself.
inline constexpr std::int32_t first_reserved = 19000;
inline constexpr std::int32_t last_reserved = 19999;

// How a field stands among the others.
enum class Shape : std::uint8_t {
  single,
  packed,    // a list of numbers in one piece
  unpacked,  // a list, each element with its own tag
  map,       // entries, each with its own tag
  item,      // of a MessageSet: see tag_of; `tag` is what it has as an ordinary field
};

// Of a value by itself: neither a list nor a map, nor an item of a MessageSet.
[[nodiscard]] WireType wire_type(const Type& type) noexcept;
// Whether lists of it may be packed.
[[nodiscard]] bool is_packable(const Type& element) noexcept;
// Bytes of the smallest value, tags not counted: 0 for groups.
[[nodiscard]] std::int64_t smallest(WireType wire) noexcept;
// Bytes of every value, or 0 if they differ.
[[nodiscard]] unsigned fixed_size(WireType wire) noexcept;

struct FieldForm {
  Shape shape = Shape::single;
  WireType tag = WireType::none;    // of the field's own tag; none: Protobuf cannot express it
  WireType value = WireType::none;  // of its value or elements
};
[[nodiscard]] FieldForm form_of(const Field& field) noexcept;

[[nodiscard]] constexpr std::uint32_t tag_word(std::int32_t number, WireType wire) noexcept {
  return static_cast<std::uint32_t>(number) << 3 | static_cast<std::uint32_t>(wire);
}
// Its bytes, one to five of them.
[[nodiscard]] std::string tag_of(std::int32_t number, WireType wire);
// What stands before the field's values: its tag; or all of an item before the message's length.
[[nodiscard]] std::string tag_of(const Field& field);

// An item of a MessageSet: a group of these two fields. The canonical one has them in this order,
// each once, and nothing else.
inline constexpr std::uint32_t item_begin = tag_word(1, WireType::start_group);
inline constexpr std::uint32_t item_number = tag_word(2, WireType::varint);
inline constexpr std::uint32_t item_message = tag_word(3, WireType::length);
inline constexpr std::string_view item_end = "\x0c";

// The enum whose unknown numbers are unknown fields, or null.
[[nodiscard]] const EnumType* closed_enum(const Type& type) noexcept;

}  // namespace wirejit::pb
