// Walks serialized fields.
// Entry: FieldWalker::next. Invariant: `rest_` only shrinks.
#include "pb/descriptor_walk.h"

#include <cstddef>

namespace wirejit::pb::descriptors {
namespace {

constexpr std::uint32_t end_group = 4;

}  // namespace

bool FieldWalker::read_varint(std::uint64_t& out) noexcept {
  out = 0;
  for (unsigned i = 0; i < 10 && i < rest_.size(); ++i) {
    const auto byte = static_cast<unsigned char>(rest_[i]);
    out |= std::uint64_t{byte & 0x7fU} << (7 * i);
    if (byte < 0x80) {
      rest_.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

bool FieldWalker::read_fixed(std::size_t size, std::uint64_t& out) noexcept {
  if (rest_.size() < size) {
    return false;
  }
  out = 0;
  for (std::size_t i = 0; i < size; ++i) {
    out |= std::uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
  }
  rest_.remove_prefix(size);
  return true;
}

bool FieldWalker::read_tag(std::uint32_t& number, std::uint32_t& type) noexcept {
  const std::size_t before = rest_.size();
  std::uint64_t tag = 0;
  if (!read_varint(tag) || before - rest_.size() > 5 || tag > 0xffff'ffffU) {
    return false;
  }
  number = static_cast<std::uint32_t>(tag >> 3);
  type = static_cast<std::uint32_t>(tag & 7);
  return number != 0 && type <= 5;
}

bool FieldWalker::read_value(std::uint32_t type, WalkedField& out) noexcept {
  switch (static_cast<WireType>(type)) {
    case WireType::varint: return read_varint(out.value);
    case WireType::fixed64: return read_fixed(8, out.value);
    case WireType::fixed32: return read_fixed(4, out.value);
    case WireType::bytes: {
      std::uint64_t size = 0;
      if (!read_varint(size) || size > rest_.size()) {
        return false;
      }
      out.bytes = rest_.substr(0, static_cast<std::size_t>(size));
      rest_.remove_prefix(static_cast<std::size_t>(size));
      return true;
    }
    default: return false;
  }
}

bool FieldWalker::read_group(std::uint32_t number, std::string_view& out) noexcept {
  std::uint32_t open[max_groups];
  int depth = 0;
  open[depth++] = number;
  const std::string_view start = rest_;
  while (depth > 0) {
    const std::size_t content = start.size() - rest_.size();
    std::uint32_t inner = 0;
    std::uint32_t type = 0;
    if (!read_tag(inner, type)) {
      return false;
    }
    WalkedField skipped;
    if (type == end_group) {
      if (inner != open[--depth]) {
        return false;
      }
      out = start.substr(0, content);
    } else if (type == static_cast<std::uint32_t>(WireType::group)) {
      if (depth == max_groups) {
        return false;
      }
      open[depth++] = inner;
    } else if (!read_value(type, skipped)) {
      return false;
    }
  }
  return true;
}

std::optional<WalkedField> FieldWalker::next() noexcept {
  if (rest_.empty() || failed_) {
    return std::nullopt;
  }
  WalkedField field;
  std::uint32_t type = 0;
  bool good = read_tag(field.number, type) && type != end_group;
  if (good) {
    field.type = static_cast<WireType>(type);
    good = field.type == WireType::group ? read_group(field.number, field.bytes)
                                         : read_value(type, field);
  }
  if (!good) {
    failed_ = true;
    return std::nullopt;
  }
  return field;
}

std::optional<std::uint64_t> FieldWalker::next_packed(WireType type) noexcept {
  if (rest_.empty() || failed_) {
    return std::nullopt;
  }
  WalkedField element;
  failed_ = !read_value(static_cast<std::uint32_t>(type), element);
  return failed_ ? std::nullopt : std::optional(element.value);
}

}  // namespace wirejit::pb::descriptors
