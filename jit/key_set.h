// The mend for keys that a reader does not guarantee to be unique: a set of the keys seen in one map.
// Entry: key_set_helpers. Invariant: holds hashes alone; a collision costs a needless restart, never a wrong result.
#pragma once

#include "jit/helper.h"

namespace wirejit::jit {

struct KeySetHelpers {
  Helper open;       // (ctx) -> 1 or failure: a map begins
  Helper add_word;   // (ctx, word): the word in aux[0], or a restart
  Helper add_bytes;  // (ctx, data, size): both in aux[0..1], or a restart
  Helper close;      // (ctx): the innermost map ends
};
[[nodiscard]] const KeySetHelpers& key_set_helpers() noexcept;

}  // namespace wirejit::jit
