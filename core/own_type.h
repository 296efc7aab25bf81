// Checks that the type which a caller passes with a schema belongs to that schema.
// Entry: own_type. Invariant: a type is found by its address. It is read only if find_type has added
// types to the schema.
#pragma once

#include <wirejit/error.h>
#include <wirejit/schema.h>

namespace wirejit::core {

// The type that `schema` owns. Errors: not_found (the schema is empty, the type is of
// another one or a copy), unsupported (void).
[[nodiscard]] Result<const Type*> own_type(const Schema& schema, const Type& type);
[[nodiscard]] Result<const Type*> own_type(const Schema& schema, const StructType& type);

}  // namespace wirejit::core
