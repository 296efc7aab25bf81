// Checks of what callers hand in: schemas with types that may not be theirs, formats that may be
// empty.
// Entry: own_type, check_format. Invariant: a type that may be of another schema is not looked at.
#pragma once

#include <wirejit/codec.h>
#include <wirejit/error.h>
#include <wirejit/schema.h>

namespace wirejit::engine {

// The type, as `schema` keeps it alive. Errors: not_found (the schema is empty, the type is of
// another one or a copy), unsupported (void).
[[nodiscard]] Result<const Type*> own_type(const Schema& schema, const Type& type);
[[nodiscard]] Result<const Type*> own_type(const Schema& schema, const StructType& type);

// Errors: not_found.
[[nodiscard]] Result<void> check_format(const Format& format);

}  // namespace wirejit::engine
