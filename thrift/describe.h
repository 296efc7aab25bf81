// What an error found in Thrift's Binary, and what should have stood there.
// Entry: describe. Invariant: says only what the bytes prove.
#pragma once

#include "jit/format_impl.h"

namespace wirejit::thrift {

[[nodiscard]] jit::Description describe(const jit::ReadFailure& failure);

}  // namespace wirejit::thrift
