// Memory as a Reader: C++ structs and records alike, by their layouts. r0 is the address of the
// current object. Entry: memory_reader. Invariant: r0 is as before after every value; r1 is not
// used.
#pragma once

#include "lower/reader.h"

#include <wirejit/detail/layout.h>

#include <cstdint>
#include <memory>

namespace wirejit::memory {

// Of equal keys in flat maps (and elements of flat sets) all are handed on, as a target may hold
// them; or the caller looks at each; or the last alone is handed on.
enum class EqualKeys : std::uint8_t { all, looked_at, last };

[[nodiscard]] std::unique_ptr<lower::Reader> memory_reader(const Layout& root, EqualKeys equal);

}  // namespace wirejit::memory
