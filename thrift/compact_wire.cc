// Facts of Thrift's Compact protocol.
#include "thrift/compact_wire.h"

#include "kernels/varint.h"

namespace wirejit::thrift {

CompactType compact_type(Kind kind) noexcept {
  switch (kind) {
    case Kind::boolean: return CompactType::boolean_true;
    case Kind::i8: return CompactType::i8;
    case Kind::i16: return CompactType::i16;
    case Kind::i32:
    case Kind::enumeration: return CompactType::i32;
    case Kind::i64: return CompactType::i64;
    case Kind::float64: return CompactType::float64;
    case Kind::string:
    case Kind::binary: return CompactType::string;
    case Kind::uuid: return CompactType::uuid;
    case Kind::structure: return CompactType::structure;
    case Kind::list: return CompactType::list;
    case Kind::set: return CompactType::set;
    case Kind::map: return CompactType::map;
    default: return CompactType::stop;
  }
}

std::int64_t compact_smallest(CompactType type) noexcept {
  switch (type) {
    case CompactType::float64: return 8;
    case CompactType::uuid: return 16;
    default: return 1;
  }
}

bool compact_is_fixed(CompactType type) noexcept {
  switch (type) {
    case CompactType::boolean_true:
    case CompactType::boolean_false:
    case CompactType::i8:
    case CompactType::float64:
    case CompactType::uuid: return true;
    default: return false;
  }
}

std::string compact_id(std::int32_t id) {
  std::uint8_t bytes[kernels::varint_room];
  const std::uint8_t* const end = kernels::write_varint(kernels::zigzag(id), bytes);
  return {reinterpret_cast<const char*>(bytes), reinterpret_cast<const char*>(end)};
}

std::string compact_header(CompactType type, std::int32_t id, std::int32_t last) {
  const auto code = static_cast<std::uint8_t>(type);
  return is_compact_short(id, last) ? std::string{static_cast<char>((id - last) << 4 | code)}
                                    : static_cast<char>(code) + compact_id(id);
}

}  // namespace wirejit::thrift
