// The keys of a map that is being read, where a key that comes twice is refused.
// Entry: begin_keys, add_key, end_keys. Invariant: a set is freed when its map ends or the call fails; keys are compared
// as decoded text ("1" and "\u0031" are the same key, "1" and "1.0" are not).
#pragma once

#include "jit/context.h"

#include <cstdint>

namespace wirejit::json {

class KeySet;

jit::Two begin_keys(jit::Context& ctx) noexcept;  // the set, or null after a failure
// The key whose text begins at `p`, behind the quote, and ends before the quote at behind[-1]. Null after a failure.
jit::Two add_key(jit::Context& ctx, KeySet& keys, const char* p, const char* behind) noexcept;
// The set begun last.
void end_keys(jit::Context& ctx) noexcept;

}  // namespace wirejit::json
