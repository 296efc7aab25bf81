// Messages of errors on the wire. Entry: describe. Invariant: a message says only what the bytes
// prove.
#pragma once

#include "lower/format.h"

namespace wirejit::pb {

[[nodiscard]] lower::Description describe(const lower::ReadFailure& failure);

}  // namespace wirejit::pb
