// Wire types, tags and the forms of fields (protobuf.dev/programming-guides/encoding).
// Entry: form_of, wire_type, tag_of. Invariant: the same forms as in the output of the official C++
// library.
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
  none = 255,  // for kinds that Protobuf cannot express
};

// Whether a field's tag can have that type; numbers beyond the enum's are types that do not exist.
[[nodiscard]] constexpr bool may_begin_field(WireType type) noexcept {
  return type <= WireType::fixed32 && type != WireType::end_group;
}

// Marks unknown fields that are kept in this encoding.
inline constexpr std::uint64_t unknown_tag = 0x70726f746f627566;
inline constexpr std::int32_t largest_number = 536870911;
// Numbers that Protobuf reserves for itself.
inline constexpr std::int32_t first_reserved = 19000;
inline constexpr std::int32_t last_reserved = 19999;

// How the values of a field are encoded.
enum class Shape : std::uint8_t {
  single,
  packed,    // a list of numbers with one tag and length
  unpacked,  // a list, each element with its own tag
  map,       // entries, each with its own tag
  item,      // an item of a MessageSet, see tag_of; `tag` is its wire type as an ordinary field
};

// The wire type of a single value: not of lists, maps and items of a MessageSet.
[[nodiscard]] WireType wire_type(const Type& type) noexcept;
// Whether a list of these elements can be packed.
[[nodiscard]] bool is_packable(const Type& element) noexcept;
// The size of the smallest value in bytes, without tags; 0 for groups.
[[nodiscard]] std::int64_t smallest(WireType wire) noexcept;
// The size of every value in bytes, or 0 if sizes differ.
[[nodiscard]] unsigned fixed_size(WireType wire) noexcept;

struct FieldForm {
  Shape shape = Shape::single;
  WireType tag = WireType::none;    // in the field's tag; none: Protobuf cannot express the field
  WireType value = WireType::none;  // of the value or the elements
};
[[nodiscard]] FieldForm form_of(const Field& field) noexcept;

[[nodiscard]] constexpr std::uint32_t tag_word(std::int32_t number, WireType wire) noexcept {
  return static_cast<std::uint32_t>(number) << 3 | static_cast<std::uint32_t>(wire);
}
// The bytes of a tag, one to five.
[[nodiscard]] std::string tag_of(std::int32_t number, WireType wire);
// The bytes before each value of the field: its tag; of an item, everything before the message's
// length.
[[nodiscard]] std::string tag_of(const Field& field);

// An item of a MessageSet is a group with these two fields. A canonical item has each of them once,
// in this order, and nothing else.
inline constexpr std::uint32_t item_begin = tag_word(1, WireType::start_group);
inline constexpr std::uint32_t item_number = tag_word(2, WireType::varint);
inline constexpr std::uint32_t item_message = tag_word(3, WireType::length);
inline constexpr std::string_view item_end = "\x0c";

// The type's enum if it is closed (its unknown numbers are unknown fields), else null.
[[nodiscard]] const EnumType* closed_enum(const Type& type) noexcept;

}  // namespace wirejit::pb
