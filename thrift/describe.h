// What an error found in Thrift's Binary, and what should have stood there.
// Entry: describe. Invariant: says only what the bytes prove.
#pragma once

#include "lower/format.h"

namespace wirejit::thrift {

[[nodiscard]] lower::Description describe(const lower::ReadFailure& failure);

}  // namespace wirejit::thrift
