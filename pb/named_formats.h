// The formats of this folder that have a name for users (Format::by_name).
// Entry: named_formats. Invariant: they live as long as the program.
#pragma once

#include "lower/format.h"

namespace wirejit::pb {

[[nodiscard]] lower::NamedFormats named_formats();

}  // namespace wirejit::pb
