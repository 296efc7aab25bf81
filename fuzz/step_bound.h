// Steps a byte: a call of the interpreter costs what its bytes allow, whatever they are.
// Entry: counts_steps_from_here, within_bound. Invariant: a call beyond the bound ends the process;
// the most that any call took is printed at the end.
#pragma once

#include <wirejit/codec.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace wirejit::fuzz {

// Before the first engine is made whose calls are counted. Returns what it is given.
void count_steps_from_here();
template <class Setup>
const Setup& counted(const Setup& setup) {
  count_steps_from_here();
  return setup;
}

// What a call is allowed beside its bytes.
struct StepTerms {
  std::size_t read = 0;
  std::size_t widest = 0;  // fields of the widest struct: one that is opened counts by its fields
  std::size_t levels = 0;  // of Any: in text each may walk its bytes once more
  std::size_t ops = 0;     // of the codec: a call that fails looks for the path
};
// The widest struct of a schema.
[[nodiscard]] std::size_t widest_of(const Schema& schema);
// A bound for the levels of Any in an input.
[[nodiscard]] std::size_t levels_in(Bytes input);

// Runs `call`, which returns how many bytes it wrote. Where it takes too many steps it is run
// again, as it may have compiled what a payload names.
void within_bound(std::string_view what, const StepTerms& terms,
                  const std::function<std::size_t()>& call);
// The same of the first engine, which interprets; the second one is machine code.
template <class F>
void run_on(std::size_t engine, std::string_view what, const StepTerms& terms, F call) {
  if (engine == 0) {
    within_bound(what, terms, call);
  } else {
    (void)call();
  }
}

}  // namespace wirejit::fuzz
