// The check of a schema that a caller hands in with a type that may not be its own.
// Entry: check_own. Invariant: a type that may be of another schema is not looked at.
#pragma once

#include <wirejit/error.h>
#include <wirejit/schema.h>

namespace wirejit::core {

// Errors: not_found (the schema is empty, the type is of another one or a copy), unsupported (void).
[[nodiscard]] Result<void> check_own(const TypeRef& type);

}  // namespace wirejit::core
