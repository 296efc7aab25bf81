// Messages of errors in JSON text: what was found and what was expected.
// Entry: describe. Invariant: a message says only what the text proves. The error may be the
// writer's, and the type that the driver knows is not the type of an Any's content.
#pragma once

#include "json/dialect.h"
#include "lower/format.h"

namespace wirejit::json {

[[nodiscard]] lower::Description describe(const lower::ReadFailure& failure,
                                          const Dialect& dialect);

}  // namespace wirejit::json
