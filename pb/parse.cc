// Parses the wire without a schema.
#include "pb/parse.h"

#include "kernels/varint.h"
#include "lower/type_category.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

namespace wirejit::pb {

Errc parse_tag(const std::uint8_t* at, const std::uint8_t* end, Tag* tag) noexcept {
  std::uint64_t word = 0;
  for (unsigned k = 0; k < 5; ++k) {
    if (at + k == end) {
      return Errc::truncated;
    }
    word |= static_cast<std::uint64_t>(at[k] & 0x7f) << (7 * k);
    if (at[k] < 0x80) {
      if (word > 0xffffffff) {
        return Errc::invalid_tag;
      }
      *tag = {at + k + 1, static_cast<std::uint32_t>(word)};
      return Errc::ok;
    }
  }
  return Errc::invalid_tag;
}

namespace {

// Skips the value of that wire type at `at`. The caller handles groups.
Skip skip_value(WireType type, const std::uint8_t* at, const std::uint8_t* end) noexcept {
  const auto left = static_cast<std::uint64_t>(end - at);
  switch (type) {
    case WireType::varint: {
      const kernels::Varint v = kernels::read_varint(at, end);
      if (v.at != nullptr) {
        return {Errc::ok, v.at};
      }
      return {kernels::varint_is_cut(at, end) ? Errc::truncated : Errc::invalid_varint, at};
    }
    case WireType::fixed32:
    case WireType::fixed64: {
      const unsigned size = fixed_size(type);
      return left < size ? Skip{Errc::truncated, at} : Skip{Errc::ok, at + size};
    }
    case WireType::length: {
      const kernels::Varint v = kernels::read_varint(at, end);
      if (v.at == nullptr) {
        return {kernels::varint_is_cut(at, end) ? Errc::truncated : Errc::invalid_varint, at};
      }
      if (v.value > static_cast<std::uint64_t>(end - v.at)) {
        return {Errc::truncated, at};
      }
      return {Errc::ok, v.at + v.value};
    }
    default: return {Errc::invalid_tag, at};
  }
}

// Skips a group: from after its start tag to after its end tag.
Skip skip_group(std::int32_t number, const std::uint8_t* at, const std::uint8_t* end,
                std::int32_t depth) noexcept {
  if (depth <= 0) {
    return {Errc::depth_limit, at};
  }
  for (;;) {
    Tag tag;
    if (const Errc code = parse_tag(at, end, &tag); code != Errc::ok) {
      return {code, at};
    }
    if (tag.type() == WireType::end_group) {
      return tag.number() == number ? Skip{Errc::ok, tag.end, at} : Skip{Errc::invalid_tag, at};
    }
    const Skip field = skip_field(at, end, depth - 1);
    if (field.code != Errc::ok) {
      return field;
    }
    at = field.at;
  }
}

}  // namespace

Skip skip_field(const std::uint8_t* at, const std::uint8_t* end, std::int32_t depth) noexcept {
  Tag tag;
  if (const Errc code = parse_tag(at, end, &tag); code != Errc::ok) {
    return {code, at};
  }
  if (tag.number() == 0 || tag.type() == WireType::end_group) {
    return {Errc::invalid_tag, at};
  }
  if (tag.type() == WireType::start_group) {
    return skip_group(tag.number(), tag.end, end, std::min(depth, std::int32_t{1024}));
  }
  const Skip value = skip_value(tag.type(), tag.end, end);
  return value.code == Errc::invalid_tag ? Skip{Errc::invalid_tag, at} : value;
}

bool FieldCursor::failed(Errc code, const std::uint8_t* at) noexcept {
  error_ = code;
  next_ = at;
  return false;
}

bool FieldCursor::next() noexcept {
  if (next_ == end_ || error_ != Errc::ok) {
    return false;
  }
  begin_ = next_;
  if (*begin_ < 0x80) {
    tag_ = {begin_ + 1, *begin_};
  } else if (const Errc code = parse_tag(begin_, end_, &tag_); code != Errc::ok) {
    return failed(code, begin_);
  }
  if (number() == 0) {
    return failed(Errc::invalid_tag, begin_);
  }
  value_ = tag_.end;
  if (type() != WireType::varint && type() != WireType::length) {
    return next_of_other_type();
  }
  const kernels::Varint v = kernels::read_varint(value_, end_);
  if (v.at == nullptr) {
    const bool cut = kernels::varint_is_cut(value_, end_);
    return failed(cut ? Errc::truncated : Errc::invalid_varint, value_);
  }
  varint_ = v.value;
  next_ = v.at;
  if (type() == WireType::length) {
    if (v.value > static_cast<std::uint64_t>(end_ - v.at)) {
      return failed(Errc::truncated, value_);
    }
    value_ = v.at;
    next_ += v.value;
  }
  value_end_ = next_;
  return true;
}

bool FieldCursor::next_of_other_type() noexcept {
  const Skip field = skip_field(begin_, end_, depth_);
  if (field.code != Errc::ok) {
    return failed(field.code, field.at);
  }
  next_ = field.at;
  value_end_ = type() == WireType::start_group ? field.end_tag : next_;
  return true;
}

Item parse_item(const std::uint8_t* at, const std::uint8_t* end) noexcept {
  Item item;
  FieldCursor fields(at, end, 1024);
  while (fields.next()) {
    if (fields.tag().word == item_number && !item.number) {
      item.number = static_cast<std::uint32_t>(fields.varint());
    } else if (fields.tag().word == item_message && item.message == nullptr) {
      item.message = fields.value();
      item.message_end = fields.value_end();
    }
  }
  return item;
}

bool has_member_value(const EnumType& type, const std::uint8_t* at,
                      const std::uint8_t* end) noexcept {
  const kernels::Varint length = kernels::read_varint(at, end);
  if (length.at == nullptr || length.value > static_cast<std::uint64_t>(end - length.at)) {
    return true;
  }
  FieldCursor fields(length.at, length.at + length.value, 100);
  bool member = true;
  while (fields.next()) {
    if (fields.number() == 2 && fields.type() == WireType::varint) {
      member = type.find(static_cast<std::int32_t>(fields.varint())) != nullptr;
    }
  }
  return member || fields.error() != Errc::ok;
}

namespace {

std::uint64_t little_endian(const std::uint8_t* p, unsigned size) noexcept {
  std::uint64_t word = 0;
  for (unsigned k = 0; k < size; ++k) {
    word |= std::uint64_t{p[k]} << (8 * k);
  }
  return word;
}

}  // namespace

MapKey map_key(const Type& key, const std::uint8_t* at, const std::uint8_t* end) noexcept {
  const WireType wire = wire_type(key);
  MapKey found;
  if (wire != WireType::length && key.kind != Kind::boolean && lower::is_signed(key.kind)) {
    found.number = std::uint64_t{1} << 63;
  }
  FieldCursor fields(at, end, 100);
  while (fields.next()) {
    if (fields.number() != 1 || fields.type() != wire) {
      continue;
    }
    if (wire == WireType::length) {
      found.text = {reinterpret_cast<const char*>(fields.value()),
                    static_cast<std::size_t>(fields.value_end() - fields.value())};
      continue;
    }
    std::uint64_t word = fields.varint();
    if (const unsigned size = fixed_size(wire); size != 0) {
      word = little_endian(fields.value(), size);
    }
    const unsigned width = lower::width_of(key.kind);
    if (key.kind == Kind::boolean) {
      found.number = word != 0 ? 1 : 0;
      continue;
    }
    const unsigned spare = 64 - 8 * width;
    word = word << spare >> spare;
    if (key.wire == Wire::zigzag) {
      word = static_cast<std::uint64_t>(kernels::unzigzag(word));
    } else if (lower::is_signed(key.kind)) {
      word = static_cast<std::uint64_t>(static_cast<std::int64_t>(word << spare) >> spare);
    }
    found.number = lower::is_signed(key.kind) ? word ^ std::uint64_t{1} << 63 : word;
  }
  return found;
}

void sort_map_entries(std::uint8_t* first, std::uint8_t* end, const Type& key) {
  struct Entry {
    MapKey key;
    const std::uint8_t* begin;
    const std::uint8_t* end;
  };
  const std::vector<std::uint8_t> copy(first, end);
  std::vector<Entry> entries;
  FieldCursor fields(copy.data(), copy.data() + copy.size(), 100);
  while (fields.next()) {
    entries.push_back(
        {map_key(key, fields.value(), fields.value_end()), fields.begin(), fields.end()});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.key != b.key ? a.key < b.key : a.begin < b.begin;
  });
  for (const Entry& e : entries) {
    first = std::copy(e.begin, e.end, first);
  }
}

}  // namespace wirejit::pb
