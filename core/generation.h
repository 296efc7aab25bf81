// Generations: numbers that tell objects apart for as long as the process lives, as addresses do
// not, which are used again.
// Entry: next_generation. Invariant: never zero, and no number is given twice. Each copy of the
// library in a process begins at a random place, so that an engine of one copy may be asked for the
// layouts of another.
#pragma once

#include <cstdint>

namespace wirejit::core {

[[nodiscard]] std::uint64_t next_generation() noexcept;

}  // namespace wirejit::core
