// The bytes of Protobuf fields, for messages made by hand. Entry: number, bytes.
#pragma once

#include "kernels/varint.h"

#include <cstdint>
#include <string>

namespace wirejit::wire_bytes {

inline std::string varint(std::uint64_t v) {
  std::uint8_t room[kernels::varint_room];
  return {reinterpret_cast<const char*>(room),
          reinterpret_cast<const char*>(kernels::write_varint(v, room))};
}
inline std::string number(unsigned field, std::uint64_t v) {
  return varint(field << 3) + varint(v);
}
inline std::string bytes(unsigned field, const std::string& v) {
  return varint(field << 3 | 2) + varint(v.size()) + v;
}

}  // namespace wirejit::wire_bytes
