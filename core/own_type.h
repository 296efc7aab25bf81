// The check of a schema that a caller hands in with a type that may not be its own.
// Entry: own_type. Invariant: a type that may be of another schema is not looked at.
#pragma once

#include <wirejit/error.h>
#include <wirejit/schema.h>

namespace wirejit::core {

// The type, as `schema` keeps it alive. Errors: not_found (the schema is empty, the type is of
// another one or a copy), unsupported (void).
[[nodiscard]] Result<const Type*> own_type(const Schema& schema, const Type& type);
[[nodiscard]] Result<const Type*> own_type(const Schema& schema, const StructType& type);

}  // namespace wirejit::core
