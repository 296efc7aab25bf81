// Helpers that every Program may need, whatever its formats.
// Entry: grow_output, runtime helpers. Invariant: noexcept; failures are left in the Context.
#pragma once

#include "jit/helper.h"

#include <cstdint>

namespace wirejit::jit {

// Moves the output to a larger buffer: `cursor` is the writer's, `need` the bytes that must fit
// after it. Returns {new cursor, new soft end}, or null with memory_limit, size_limit or no_memory
// set.
HelperResult grow_output(Context& ctx, std::uint8_t* cursor, std::uint64_t need) noexcept;
const Helper& grow_output_helper() noexcept;

}  // namespace wirejit::jit
