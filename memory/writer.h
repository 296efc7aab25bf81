// Memory as a Writer: C++ structs and records alike, by their layouts. w0 is the address of the
// current object. Entry: memory_writer. Invariant: w0 is as before after every value; w1 is not
// used; an object is valid at every point where a Program may fail.
#pragma once

#include "lower/writer.h"

#include <wirejit/detail/layout.h>

#include <memory>

namespace wirejit::memory {

// `aliases`: views may point into the input. `unique_keys`: flat maps keep the last of equal keys;
// else they keep all entries, and look-ups find the last.
[[nodiscard]] std::unique_ptr<lower::Writer> memory_writer(const Layout& root, bool aliases,
                                                           bool unique_keys);

}  // namespace wirejit::memory
