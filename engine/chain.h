// Inputs outside the fast path: chains, empty inputs without an address, and inputs that are too
// large. Entry: make_contiguous. Invariant: a chain that is too large is rejected before it is
// copied.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/error.h>
#include <wirejit/options.h>

#include <cstddef>

namespace wirejit::engine {

// A call's input in one span, and the bytes that the copy is charged to the call's memory.
struct ContiguousInput {
  Bytes bytes;
  std::size_t charged = 0;
};

// Returns the input as one span. A chain is copied: into the arena if there is one, so that views
// may point at it; else into `copy`. Errors: size_limit, memory_limit, no_memory.
[[nodiscard]] Result<ContiguousInput> make_contiguous(const Limits& limits, const Input& input,
                                                      Arena* arena, Buffer& copy);

}  // namespace wirejit::engine
