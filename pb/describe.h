// What an error found on the wire. Entry: describe. Invariant: says only what the bytes prove.
#pragma once

#include "jit/format_impl.h"

namespace wirejit::pb {

[[nodiscard]] jit::Description describe(const jit::ReadFailure& failure);

}  // namespace wirejit::pb
