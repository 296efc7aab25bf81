// Inputs that are not one span with an address: chains, nothing at all, and what is too large.
// Entry: make_contiguous. Invariant: a chain is refused by its size before it is copied.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/error.h>
#include <wirejit/options.h>

#include <cstddef>

namespace wirejit::engine {

// A call's input in one span, and what it took of the call's memory to make it one.
struct ContiguousInput {
  Bytes bytes;
  std::size_t charged = 0;
};

// A chain becomes one span: in the arena if there is one, so that views may point at it; else in
// `own`. Errors: size_limit, memory_limit, no_memory.
[[nodiscard]] Result<ContiguousInput> make_contiguous(const Limits& limits, const Input& input,
                                                      Arena* arena, Buffer& own);

}  // namespace wirejit::engine
