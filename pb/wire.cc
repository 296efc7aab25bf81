// Wire types and tags.
#include "pb/wire.h"

namespace wirejit::pb {

WireType wire_type(const Type& type) noexcept {
  const bool fixed = type.wire == Wire::fixed;
  switch (type.kind) {
    case Kind::boolean:
    case Kind::i8:
    case Kind::i16:
    case Kind::u8:
    case Kind::u16:
    case Kind::enumeration: return WireType::varint;
    case Kind::i32:
    case Kind::u32: return fixed ? WireType::fixed32 : WireType::varint;
    case Kind::i64:
    case Kind::u64: return fixed ? WireType::fixed64 : WireType::varint;
    case Kind::float32: return WireType::fixed32;
    case Kind::float64: return WireType::fixed64;
    case Kind::string:
    case Kind::binary: return WireType::length;
    case Kind::structure:
      return type.wire == Wire::message_set_item ? WireType::none
             : type.wire == Wire::delimited      ? WireType::start_group
                                                 : WireType::length;
    default: return WireType::none;
  }
}

bool is_packable(const Type& element) noexcept {
  switch (wire_type(element)) {
    case WireType::varint:
    case WireType::fixed32:
    case WireType::fixed64: return true;
    default: return false;
  }
}

std::int64_t smallest(WireType wire) noexcept {
  switch (wire) {
    case WireType::varint:
    case WireType::length: return 1;
    case WireType::fixed32: return 4;
    case WireType::fixed64: return 8;
    default: return 0;
  }
}

unsigned fixed_size(WireType wire) noexcept {
  return wire == WireType::fixed32 ? 4 : wire == WireType::fixed64 ? 8 : 0;
}

FieldForm form_of(const Field& field) noexcept {
  const Type& type = *field.type;
  if (field.id >= 1 && type.wire == Wire::message_set_item) {
    return {Shape::item, WireType::length, WireType::length};
  }
  if (field.id < 1 || field.id > largest_number) {
    return {};
  }
  switch (type.kind) {
    case Kind::list:
    case Kind::set: {
      const WireType element = wire_type(*type.element);
      if (field.packed && is_packable(*type.element)) {
        return {Shape::packed, WireType::length, element};
      }
      return {Shape::unpacked, element, element};
    }
    case Kind::map: {
      const WireType key = wire_type(*type.key);
      const WireType value = wire_type(*type.value);
      const bool fine = key != WireType::none && value != WireType::none &&
                        value != WireType::start_group && type.key->kind != Kind::structure;
      return {Shape::map, fine ? WireType::length : WireType::none, WireType::length};
    }
    default: {
      const WireType wire = wire_type(type);
      return {Shape::single, wire, wire};
    }
  }
}

namespace {

std::string varint_of(std::uint32_t word) {
  std::string bytes;
  for (; word >= 0x80; word >>= 7) {
    bytes += static_cast<char>(word | 0x80);
  }
  bytes += static_cast<char>(word);
  return bytes;
}

}  // namespace

std::string tag_of(std::int32_t number, WireType wire) { return varint_of(tag_word(number, wire)); }

std::string tag_of(const Field& field) {
  const FieldForm form = form_of(field);
  if (form.shape != Shape::item) {
    return tag_of(field.id, form.tag);
  }
  return varint_of(item_begin) + varint_of(item_number) +
         varint_of(static_cast<std::uint32_t>(field.id)) + varint_of(item_message);
}

const EnumType* closed_enum(const Type& type) noexcept {
  return type.kind == Kind::enumeration && type.enumeration != nullptr && type.enumeration->closed
             ? type.enumeration
             : nullptr;
}

}  // namespace wirejit::pb
