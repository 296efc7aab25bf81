// Checks that a struct with a Semantic has the fields of the official google.protobuf message.
// Entry: has_known_shape, field_of.
#pragma once

#include <wirejit/schema.h>

namespace wirejit::json {

// Compares numbers and types of fields, not their names.
[[nodiscard]] bool has_known_shape(const StructType& type) noexcept;

// Position of the field with that number.
inline int field_of(const StructType& type, std::int32_t id) noexcept {
  return type.index_of_id(id);
}

}  // namespace wirejit::json
