// Facts of Thrift's Binary protocol that reader and writer share (spec: thrift-binary-protocol).
// Entry: wire_type, smallest. Invariant: agrees with what the official C++ library writes.
#pragma once

#include <wirejit/schema.h>

#include <cstdint>
#include <string>

namespace wirejit::thrift {

// TType codes.
enum class WireType : std::uint8_t {
  stop = 0,
  boolean = 2,
  i8 = 3,
  float64 = 4,
  i16 = 6,
  i32 = 8,
  i64 = 10,
  string = 11,
  structure = 12,
  map = 13,
  set = 14,
  list = 15,
  uuid = 16,
};

// The tag of unknown fields that are kept in this encoding.
inline constexpr std::uint64_t binary_unknown_tag = 0x7468726966744231;

// `stop` for kinds that Thrift does not have (unsigned integers, float).
[[nodiscard]] WireType wire_type(Kind kind) noexcept;
// The size in bytes of the smallest value of that type in Binary.
[[nodiscard]] std::int64_t smallest(WireType type) noexcept;
// True if every value of the type has the same size.
[[nodiscard]] bool is_fixed(WireType type) noexcept;
// The header of a field: three bytes.
[[nodiscard]] std::string field_header(WireType type, std::int32_t id);

// Fails with Errc::unsupported, naming the first field whose id or type Thrift does not have.
[[nodiscard]] Result<void> check_struct(const StructType& type);

}  // namespace wirejit::thrift
