// Checks that the type which a caller passes with a schema belongs to that schema.
// Entry: check_own. Invariant: a type is found by its address. It is read only if find_type has added
// types to the schema.
#pragma once

#include <wirejit/error.h>
#include <wirejit/schema.h>

namespace wirejit::core {

// Errors: not_found (the schema is empty, the type is of another one or a copy), unsupported (void).
[[nodiscard]] Result<void> check_own(const TypeRef& type);

}  // namespace wirejit::core
