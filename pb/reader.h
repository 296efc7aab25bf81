// The wire as a Reader. Entry: wire_reader. Invariant: r0 is the cursor; r1 is the end of the
// innermost message that has a length, and is restored after every value.
#pragma once

#include "lower/reader.h"

#include <memory>

namespace wirejit::pb {

[[nodiscard]] std::unique_ptr<lower::Reader> wire_reader();

}  // namespace wirejit::pb
