// A bounded walk over the fields of one serialized message that has no C++ struct: sets of files,
// and options.
// Entry: FieldWalker. Invariant: reads no byte outside the message, allocates nothing, and takes at
// most one step per byte. It checks tags as pb::wire does (number 1 to 2^29 - 1, known wire type,
// the end of a group has the group's number).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace wirejit::pb::descriptors {

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, group = 3, fixed32 = 5 };

struct WalkedField {
  std::uint32_t number = 0;
  WireType type = WireType::varint;
  std::uint64_t value = 0;  // varint, fixed64, fixed32
  std::string_view bytes;   // bytes; group: the fields between its tags
};

class FieldWalker {
 public:
  explicit FieldWalker(std::string_view message) noexcept : rest_(message) {}

  // The next field; nullopt at the end or after the bytes were found malformed.
  [[nodiscard]] std::optional<WalkedField> next() noexcept;
  [[nodiscard]] bool failed() const noexcept { return failed_; }

  // The next element of packed numbers of that wire type, which is varint or fixed.
  [[nodiscard]] std::optional<std::uint64_t> next_packed(WireType type) noexcept;

  // The bytes that were not walked yet.
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

 private:
  static constexpr int max_groups = 100;  // how deep skipped groups may nest

  bool read_varint(std::uint64_t& out) noexcept;
  bool read_fixed(std::size_t size, std::uint64_t& out) noexcept;
  bool read_tag(std::uint32_t& number, std::uint32_t& type) noexcept;
  bool read_value(std::uint32_t type, WalkedField& out) noexcept;
  bool read_group(std::uint32_t number, std::string_view& out) noexcept;

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace wirejit::pb::descriptors
