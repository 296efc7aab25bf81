// A bounded walk over the fields of one serialized message, for bytes that no struct describes:
// the files of a set, and options.
// Entry: FieldWalker. Invariant: reads nothing beyond its bytes, needs no memory, and ends after at
// most as many steps as there are bytes. Tags are checked as pb::wire does (number 1 to 2^29 - 1,
// known wire type, groups that end with their own number).
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
  std::string_view bytes;   // bytes; what stands between the tags of a group
};

class FieldWalker {
 public:
  explicit FieldWalker(std::string_view message) noexcept : rest_(message) {}

  // The next field; nothing at the end, or once the bytes were found malformed.
  [[nodiscard]] std::optional<WalkedField> next() noexcept;
  [[nodiscard]] bool failed() const noexcept { return failed_; }

  // The elements of packed numbers of that wire type, which is varint or fixed.
  [[nodiscard]] std::optional<std::uint64_t> next_packed(WireType type) noexcept;

  // What was not walked yet.
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

 private:
  static constexpr int max_groups = 100;  // groups within groups that are walked over

  bool take_varint(std::uint64_t& out) noexcept;
  bool take_fixed(std::size_t size, std::uint64_t& out) noexcept;
  bool take_tag(std::uint32_t& number, std::uint32_t& type) noexcept;
  bool take_value(std::uint32_t type, WalkedField& out) noexcept;
  bool take_group(std::uint32_t number, std::string_view& out) noexcept;

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace wirejit::pb::descriptors
