// Calls that read the value at the start of an input, whatever follows it, where the fast path
// (calls.cc) does not do. Entry: run_prefix. Invariant: of a chain, only the spans that have the
// value are read, in attempts whose sizes double: together at most a constant times its bytes.
#pragma once

#include "engine/call.h"

#include <wirejit/buffer.h>
#include <wirejit/error.h>

#include <cstddef>

namespace wirejit::engine {

// Runs a call that has no input yet. Returns how many bytes of `input` the value took.
[[nodiscard]] Result<std::size_t> run_prefix(const Call& call, const Input& input);

// After an optimistic run has failed: as retry_or_explain.
[[nodiscard]] Result<std::size_t> explain_prefix(Call call, const jit::Context& failed);

}  // namespace wirejit::engine
