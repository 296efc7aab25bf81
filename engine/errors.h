// Makes the Error that users see from the Context of a failed run.
// Entry: explain. Invariant: nothing here runs before a call has failed.
#pragma once

#include "engine/call.h"

#include <wirejit/error.h>

namespace wirejit::engine {

// `failed` is the Context of the failed run of `call`. To find the error's path, the call is run
// again, interpreted, with the same input.
[[nodiscard]] Error explain(const Call& call, const jit::Context& failed);

}  // namespace wirejit::engine
