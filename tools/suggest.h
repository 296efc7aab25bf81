// Names of a schema that are close to one that it does not have.
// Entry: not_found. Invariant: at most three names, printable; time is linear in the schema.
#pragma once

#include <wirejit/schema.h>

#include <string>
#include <string_view>

namespace wirejit::tools {

// The error of a look-up that failed, as not_found: its message, and names that are close to the
// first word of the expression, such as "list<Oder>", that means nothing ("; did you mean Order?").
// no_memory stays what it is.
[[nodiscard]] Error not_found(const Schema& schema, std::string_view expression,
                              const Error& error);

}  // namespace wirejit::tools
