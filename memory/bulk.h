// Lists that are read in one step into an array in the arena.
// Entry: bulk_decoder. Invariant: a bulk decoder that gives up (0) has changed nothing that lasts:
// the list is then read element by element, which finds out what is wrong with it, if anything is.
#pragma once

#include "jit/helper.h"
#include "lower/bulk.h"

#include <wirejit/detail/layout.h>

namespace wirejit::memory {

// The helper of ListWriter::bulk_helper for a span of that layout, or null. The place is that of
// {data, count}. `aliases`: views point into the input; else the bytes are copied to the arena.
[[nodiscard]] const jit::Helper* bulk_decoder(const Layout& span, const lower::BulkList& list,
                                              bool aliases) noexcept;

}  // namespace wirejit::memory
