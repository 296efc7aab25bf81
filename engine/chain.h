// Inputs that are not one span with an address: chains, nothing at all, and what is too large.
// Entry: one_span. Invariant: a chain is refused by its size before it is copied.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/error.h>
#include <wirejit/options.h>

#include <cstddef>

namespace wirejit::engine {

// A call's input in one span, and what it took of the call's memory to make it one.
struct OneSpan {
  Bytes bytes;
  std::size_t taken = 0;
};

// A chain becomes one span: in the arena if there is one, so that views may point at it; else in
// `own`. Errors: size_limit, memory_limit, no_memory.
[[nodiscard]] Result<OneSpan> one_span(const Limits& limits, const Input& input, Arena* arena,
                                       Buffer& own);

}  // namespace wirejit::engine
