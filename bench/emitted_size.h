// The size of what a module's Programs become on a CPU.
// Entry: emitted_size. Invariant: numbers come from the macro assembler, instruction by
// instruction; no generated code is run, so that any host measures every CPU.
#pragma once

#include "jit/host.h"
#include "jit/module.h"

#include <wirejit/error.h>

#include <cstddef>

namespace wirejit::bench {

struct EmittedSize {
  std::size_t instructions = 0;
  std::size_t code_bytes = 0;  // with the gaps before aligned entries
  std::size_t data_bytes = 0;  // constants and jump tables
};

// All routines and the code that they share, without the thunk by which C++ enters and the stubs
// that interpret, which are the same for all types.
Result<EmittedSize> emitted_size(const jit::Module& module, jit::Cpu cpu);

}  // namespace wirejit::bench
