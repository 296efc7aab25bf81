// Facts of Thrift's Binary protocol.
#include "thrift/wire.h"

#include "lower/format.h"

#include <limits>

namespace wirejit::thrift {

WireType wire_type(Kind kind) noexcept {
  switch (kind) {
    case Kind::boolean: return WireType::boolean;
    case Kind::i8: return WireType::i8;
    case Kind::i16: return WireType::i16;
    case Kind::i32:
    case Kind::enumeration: return WireType::i32;
    case Kind::i64: return WireType::i64;
    case Kind::float64: return WireType::float64;
    case Kind::string:
    case Kind::binary: return WireType::string;
    case Kind::uuid: return WireType::uuid;
    case Kind::structure: return WireType::structure;
    case Kind::list: return WireType::list;
    case Kind::set: return WireType::set;
    case Kind::map: return WireType::map;
    default: return WireType::stop;
  }
}

std::int64_t smallest(WireType type) noexcept {
  switch (type) {
    case WireType::i16: return 2;
    case WireType::i32: return 4;
    case WireType::i64:
    case WireType::float64: return 8;
    case WireType::uuid: return 16;
    case WireType::string: return 4;
    case WireType::list:
    case WireType::set: return 5;
    case WireType::map: return 6;
    default: return 1;  // bool, i8, and a struct's stop byte
  }
}

bool is_fixed(WireType type) noexcept {
  switch (type) {
    case WireType::boolean:
    case WireType::i8:
    case WireType::i16:
    case WireType::i32:
    case WireType::i64:
    case WireType::float64:
    case WireType::uuid: return true;
    default: return false;
  }
}

namespace {

// A kind that Thrift does not have, of the type itself or inside it; else void.
Kind unsupported_kind(const Type& type) noexcept {
  if (wire_type(type.kind) == WireType::stop) {
    return type.kind;
  }
  for (const Type* inner : {type.element, type.key, type.value}) {
    if (const Kind kind = inner == nullptr ? Kind::void_ : unsupported_kind(*inner);
        kind != Kind::void_) {
      return kind;
    }
  }
  return Kind::void_;
}

}  // namespace

Result<void> check_struct(const StructType& type) {
  constexpr std::int32_t smallest_id = std::numeric_limits<std::int16_t>::min();
  constexpr std::int32_t largest_id = std::numeric_limits<std::int16_t>::max();
  for (const Field& f : type.fields) {
    if (f.id < smallest_id || f.id > largest_id) {
      return lower::unheld(type, f, "Thrift has ids from -32768 to 32767");
    }
    if (const Kind kind = unsupported_kind(*f.type); kind != Kind::void_) {
      return lower::unheld(type, f, "Thrift has no " + std::string(to_string(kind)));
    }
  }
  return {};
}

std::string field_header(WireType type, std::int32_t id) {
  const auto u = static_cast<std::uint32_t>(id);
  return {static_cast<char>(type), static_cast<char>((u >> 8) & 0xff), static_cast<char>(u & 0xff)};
}

}  // namespace wirejit::thrift
