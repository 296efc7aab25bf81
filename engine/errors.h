// From a failed call's context to the Error that users see.
// Entry: explain. Invariant: runs only after a failure; the second run is interpreted and has the
// same inputs.
#pragma once

#include "engine/call.h"

#include <wirejit/error.h>

namespace wirejit::engine {

// `failed`: the Context of the run of `call` that failed.
[[nodiscard]] Error explain(const Call& call, const jit::Context& failed);

}  // namespace wirejit::engine
