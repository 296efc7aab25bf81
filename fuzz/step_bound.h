// A bound on the steps of the interpreter, proportional to the bytes that a call reads and writes.
// Entry: enable_step_count, check_step_bound. Invariant: a call beyond the bound ends the process;
// the largest part of its bound that any call took is printed at the end.
#pragma once

#include <wirejit/codec.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace wirejit::fuzz {

// Must be called before the first engine is made whose calls are counted.
void enable_step_count();
// The same for a constructor's list of initializers. Returns its argument.
template <class Setup>
const Setup& with_step_count(const Setup& setup) {
  enable_step_count();
  return setup;
}

// What the bound of a call depends on, besides the bytes that it writes.
struct CallSize {
  std::size_t read = 0;    // bytes of the input
  std::size_t widest = 0;  // fields of the widest struct: to open a struct takes steps for each
  std::size_t levels = 0;  // of Any: in text each level may walk its bytes once more
  std::size_t ops = 0;     // of the codec: a call that fails looks for the path
};
// The number of fields of a schema's widest struct.
[[nodiscard]] std::size_t widest_of(const Schema& schema);
// An upper bound for the levels of Any in an input.
[[nodiscard]] std::size_t levels_in(Bytes input);

// Runs `call`, which returns how many bytes it wrote. If it takes too many steps it is run once
// more, as the first run may have compiled a type that the payload names.
void check_step_bound(std::string_view what, const CallSize& size,
                      const std::function<std::size_t()>& call);
// Checks the bound on engine 0, which interprets; engine 1 is machine code and is not counted.
template <class F>
void run_on(std::size_t engine, std::string_view what, const CallSize& size, F call) {
  if (engine == 0) {
    check_step_bound(what, size, call);
  } else {
    (void)call();
  }
}

}  // namespace wirejit::fuzz
