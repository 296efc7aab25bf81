// Categories of types, as the driver and the formats see them. Entry: category_of.
// Invariant: a function of the schema alone.
#pragma once

#include <wirejit/schema.h>

#include <cstdint>

namespace wirejit::lower {

// Category of a type, as fuse sees it.
enum class TypeCategory : std::uint8_t { scalar, bytes, structure, list, map };
[[nodiscard]] TypeCategory category_of(const Type& type) noexcept;
// Whether a field of that struct may have no presence on a wire: zero or empty, it is not written.
[[nodiscard]] bool is_implicit(const StructType& parent, const Field& field) noexcept;
// Bytes of a scalar's own width: 1, 2, 4, 8.
[[nodiscard]] unsigned width_of(Kind kind) noexcept;
[[nodiscard]] bool is_signed(Kind kind) noexcept;

}  // namespace wirejit::lower
