// Steps of calls, for tests, fuzzers and tools: the instructions that the interpreter runs, nested
// conversions and calls that run again included, and what helpers walk.
// Entry: StepCount, add_steps. Invariant: machine code does not know of it; the interpreter counts
// only in images that were made on a thread while a StepCount lived there.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wirejit::jit {

namespace detail {
// Where this thread's StepCount counts. A helper without a Context must reach it, too.
inline std::uint64_t*& counted_steps() noexcept {
  constinit static thread_local std::uint64_t* steps = nullptr;
  return steps;
}
}  // namespace detail

[[nodiscard]] inline bool counts_steps() noexcept { return detail::counted_steps() != nullptr; }

// What a helper walks beyond a constant and beyond the bytes that it takes from the input or
// appends to the output. Only for work that is linear: it asks for a thread's variable.
inline void add_steps(std::uint64_t steps) noexcept {
  if (counts_steps()) [[unlikely]] {
    *detail::counted_steps() += steps;
  }
}
// Bytes are walked a word at a time.
inline void add_steps_of_bytes(std::size_t bytes) noexcept { add_steps(bytes / 8); }

// Counts the steps of this thread while it lives. It must be there before the engine whose calls
// are counted compiles.
class StepCount {
 public:
  StepCount() noexcept : outer_(detail::counted_steps()) { detail::counted_steps() = &steps_; }
  ~StepCount() { detail::counted_steps() = outer_; }
  StepCount(const StepCount&) = delete;
  StepCount& operator=(const StepCount&) = delete;

  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
  void restart() noexcept { steps_ = 0; }

 private:
  std::uint64_t steps_ = 0;
  std::uint64_t* outer_;
};

}  // namespace wirejit::jit
