// Parses the wire field by field without a schema: tags, skipping, items of a MessageSet, map
// entries. Entry: parse_tag, skip_field, FieldCursor. Invariant: no byte outside [at, end) is read;
// the given depth bounds recursion.
#pragma once

#include "pb/wire.h"

#include <wirejit/error.h>
#include <wirejit/schema.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace wirejit::pb {

struct Tag {
  const std::uint8_t* end = nullptr;  // after the tag
  std::uint32_t word = 0;

  [[nodiscard]] std::int32_t number() const noexcept {
    return static_cast<std::int32_t>(word >> 3);
  }
  [[nodiscard]] WireType type() const noexcept { return static_cast<WireType>(word & 7); }
};

// Returns ok, truncated, or invalid_tag for more than five bytes or 32 bits.
[[nodiscard]] Errc parse_tag(const std::uint8_t* at, const std::uint8_t* end, Tag* tag) noexcept;

struct Skip {
  Errc code = Errc::ok;
  const std::uint8_t* at = nullptr;       // after the field, or the position of the error
  const std::uint8_t* end_tag = nullptr;  // the end tag of a group
};
// Skips the field whose tag is at `at`; groups may nest `depth` levels. invalid_tag: the number is
// 0, the wire type does not exist, or an end tag does not match the start of a group.
[[nodiscard]] Skip skip_field(const std::uint8_t* at, const std::uint8_t* end,
                              std::int32_t depth) noexcept;

// Iterates over fields.
class FieldCursor {
 public:
  FieldCursor(const std::uint8_t* at, const std::uint8_t* end, std::int32_t depth) noexcept
      : next_(at), end_(end), depth_(depth) {}

  // Moves to the next field. Returns false at the end or after an error.
  [[nodiscard]] bool next() noexcept;
  [[nodiscard]] Errc error() const noexcept { return error_; }
  // The position of the error; without an error, the position after the last field.
  [[nodiscard]] const std::uint8_t* at() const noexcept { return next_; }

  [[nodiscard]] const Tag& tag() const noexcept { return tag_; }
  [[nodiscard]] std::int32_t number() const noexcept { return tag_.number(); }
  [[nodiscard]] WireType type() const noexcept { return tag_.type(); }
  // The bytes of the field, including its tag.
  [[nodiscard]] const std::uint8_t* begin() const noexcept { return begin_; }
  [[nodiscard]] const std::uint8_t* end() const noexcept { return next_; }
  // The value, without its length; of a group, the fields between its tags.
  [[nodiscard]] const std::uint8_t* value() const noexcept { return value_; }
  [[nodiscard]] const std::uint8_t* value_end() const noexcept { return value_end_; }
  [[nodiscard]] std::uint64_t varint() const noexcept { return varint_; }

 private:
  bool next_of_other_type() noexcept;
  bool failed(Errc code, const std::uint8_t* at) noexcept;

  const std::uint8_t* next_;
  const std::uint8_t* end_;
  std::int32_t depth_;
  Errc error_ = Errc::ok;
  Tag tag_;
  const std::uint8_t* begin_ = nullptr;
  const std::uint8_t* value_ = nullptr;
  const std::uint8_t* value_end_ = nullptr;
  std::uint64_t varint_ = 0;
};

// An item of a MessageSet. Of several numbers or messages in its group, the first ones are used.
struct Item {
  std::optional<std::uint32_t> number;    // its low 32 bits
  const std::uint8_t* message = nullptr;  // null: there is none
  const std::uint8_t* message_end = nullptr;
};
// Parses the well-formed fields between the tags of an item's group.
[[nodiscard]] Item parse_item(const std::uint8_t* at, const std::uint8_t* end) noexcept;

// Whether the map entry whose length is at `at` has a value that the closed enum has. Returns true
// for an entry that is malformed or has no value.
[[nodiscard]] bool has_member_value(const EnumType& type, const std::uint8_t* at,
                                    const std::uint8_t* end) noexcept;

// The key of the map entry [at, end) in a form that can be compared: signed numbers have their sign
// bit inverted, so that unsigned comparison orders them.
struct MapKey {
  std::uint64_t number = 0;
  std::string_view text;
  friend bool operator==(const MapKey&, const MapKey&) = default;
  friend auto operator<=>(const MapKey&, const MapKey&) = default;
};
[[nodiscard]] MapKey map_key(const Type& key, const std::uint8_t* at,
                             const std::uint8_t* end) noexcept;

// Sorts the well-formed entries of one map, which fill [first, end), by key. Throws std::bad_alloc.
void sort_map_entries(std::uint8_t* first, std::uint8_t* end, const Type& key);

}  // namespace wirejit::pb
