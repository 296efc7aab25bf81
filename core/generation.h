// Generations: numbers that identify objects for the life of the process. Addresses cannot, because
// they are used again.
// Entry: next_generation. Invariant: never zero, and no number is returned twice. Each copy of the
// library in a process starts at a random number, so that an engine of one copy can be given the
// layouts of another.
#pragma once

#include <cstdint>

namespace wirejit::core {

[[nodiscard]] std::uint64_t next_generation() noexcept;

}  // namespace wirejit::core
