// The wire, field by field, without a schema: tags, skipping, items, entries of maps.
// Entry: parse_tag, skip_field, FieldCursor. Invariant: nothing outside [at, end) is read;
// recursion is bounded by the depth given.
#pragma once

#include "pb/wire.h"

#include <wirejit/error.h>
#include <wirejit/schema.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace wirejit::pb {

struct Tag {
  const std::uint8_t* behind = nullptr;
  std::uint32_t word = 0;

  [[nodiscard]] std::int32_t number() const noexcept {
    return static_cast<std::int32_t>(word >> 3);
  }
  [[nodiscard]] WireType type() const noexcept { return static_cast<WireType>(word & 7); }
};

// ok, truncated, or invalid_tag: more than five bytes or 32 bits.
[[nodiscard]] Errc parse_tag(const std::uint8_t* at, const std::uint8_t* end, Tag* tag) noexcept;

struct Skip {
  Errc code = Errc::ok;
  const std::uint8_t* at = nullptr;       // behind the field; or where it is wrong
  const std::uint8_t* end_tag = nullptr;  // of a group
};
// The field whose tag is at `at`, groups within groups up to `depth`. invalid_tag: number 0, a wire
// type that is none, an end of a group that was not begun, or of another.
[[nodiscard]] Skip skip_field(const std::uint8_t* at, const std::uint8_t* end,
                              std::int32_t depth) noexcept;

// One field after the other.
class FieldCursor {
 public:
  FieldCursor(const std::uint8_t* at, const std::uint8_t* end, std::int32_t depth) noexcept
      : next_(at), end_(end), depth_(depth) {}

  // False at the end, or after an error.
  [[nodiscard]] bool next() noexcept;
  [[nodiscard]] Errc error() const noexcept { return error_; }
  // Where the error is; behind the last field otherwise.
  [[nodiscard]] const std::uint8_t* at() const noexcept { return next_; }

  [[nodiscard]] const Tag& tag() const noexcept { return tag_; }
  [[nodiscard]] std::int32_t number() const noexcept { return tag_.number(); }
  [[nodiscard]] WireType type() const noexcept { return tag_.type(); }
  // The field as it stands, tag included.
  [[nodiscard]] const std::uint8_t* begin() const noexcept { return begin_; }
  [[nodiscard]] const std::uint8_t* end() const noexcept { return next_; }
  // The value: without the length before it; a group without its end.
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

// An item of a MessageSet, by what its group holds between the tags, which is well-formed: the
// first number and the first message count.
struct Item {
  std::optional<std::uint32_t> number;    // its low 32 bits
  const std::uint8_t* message = nullptr;  // null: there is none
  const std::uint8_t* message_end = nullptr;
};
[[nodiscard]] Item parse_item(const std::uint8_t* at, const std::uint8_t* end) noexcept;

// Whether the entry whose length is at `at` has a value that the closed enum knows. An entry that
// is malformed or has no value counts as one that does.
[[nodiscard]] bool has_member_value(const EnumType& type, const std::uint8_t* at,
                                    const std::uint8_t* end) noexcept;

// A map's key in the entry [at, end), comparable: numbers in order, with the sign's bit turned.
struct MapKey {
  std::uint64_t number = 0;
  std::string_view text;
  friend bool operator==(const MapKey&, const MapKey&) = default;
  friend auto operator<=>(const MapKey&, const MapKey&) = default;
};
[[nodiscard]] MapKey map_key(const Type& key, const std::uint8_t* at,
                             const std::uint8_t* end) noexcept;

// Orders the well-formed entries of one map, which fill [first, end), by their keys. Throws
// std::bad_alloc.
void sort_map_entries(std::uint8_t* first, std::uint8_t* end, const Type& key);

}  // namespace wirejit::pb
