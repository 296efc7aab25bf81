// Checks of what callers hand in: types that may not be of the schema that comes with them
// (core/own_type.h), formats that may be empty. Entry: own_type, check_format.
#pragma once

#include "core/own_type.h"

#include <wirejit/codec.h>
#include <wirejit/error.h>

namespace wirejit::engine {

using core::own_type;

// Errors: not_found.
[[nodiscard]] Result<void> check_format(const Format& format);

}  // namespace wirejit::engine
