// Adapts keys that a reader does not guarantee to be unique: a set of the keys seen in one
// map. Entry: key_set_helpers. Invariant: two keys are taken for one only if their 128-bit seeded
// hashes agree.
#pragma once

#include "jit/helper.h"

namespace wirejit::lower {

struct KeySetHelpers {
  jit::Helper open;  // (ctx) -> 1 or failure: a map begins
  // `otherwise`: the error for a key that is there already; 0: a restart.
  jit::Helper add_word;    // (ctx, word, otherwise): the word in extra_results[0], or failure
  jit::Helper add_double;  // the same of a double's bits, and of a float's
  jit::Helper add_float;
  jit::Helper add_bytes;  // (ctx, data, size, otherwise): both in extra_results[0..1], or failure
  jit::Helper close;      // (ctx): the innermost map ends
};
[[nodiscard]] const KeySetHelpers& key_set_helpers() noexcept;

}  // namespace wirejit::lower
