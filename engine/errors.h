// From a failed call's context to the Error that users see.
// Entry: explain. Invariant: runs only after a failure; the second run is interpreted and has the
// same inputs.
#pragma once

#include "engine/engine.h"

#include <wirejit/buffer.h>
#include <wirejit/error.h>

#include <functional>

namespace wirejit::engine {

// `prepare` sets up a context for the same call again, with an output of its own.
[[nodiscard]] Error explain(const Compiled& c, const jit::Context& failed, Bytes input,
                            const std::function<void(jit::Context&, Buffer&)>& prepare);

}  // namespace wirejit::engine
