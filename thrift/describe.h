// Messages of errors in Thrift Binary: what was found and what was expected.
// Entry: describe. Invariant: a message says only what the bytes prove.
#pragma once

#include "lower/format.h"

namespace wirejit::thrift {

[[nodiscard]] lower::Description describe(const lower::ReadFailure& failure);

}  // namespace wirejit::thrift
