// What an error found in the text, and what should have stood there.
// Entry: describe. Invariant: says only what the text proves; the writer may have failed, and the
// content of an Any is not of the type that the driver knows.
#pragma once

#include "json/dialect.h"
#include "lower/format.h"

namespace wirejit::json {

[[nodiscard]] lower::Description describe(const lower::ReadFailure& failure,
                                          const Dialect& dialect);

}  // namespace wirejit::json
