// The structs of google.protobuf that ProtoJSON writes in a way of its own: whether a struct with a
// Semantic has the fields that the official one has. Entry: has_known_shape, field_of.
#pragma once

#include <wirejit/schema.h>

namespace wirejit::json {

// Fields are told by their numbers and types; names do not matter.
[[nodiscard]] bool has_known_shape(const StructType& type) noexcept;

// Position of the field with that number.
inline int field_of(const StructType& type, std::int32_t id) noexcept {
  return type.index_of_id(id);
}

}  // namespace wirejit::json
