// Makes macro assemblers. Entry: make_masm. Invariant: every CPU's is there on every host, so that
// code for any of them can be listed and tested anywhere.
#pragma once

#include "jit/host.h"
#include "jit/masm.h"

#include <memory>

namespace wirejit::jit {

struct MasmOptions {
  bool listing = false;       // keep a text of all that is emitted
  bool machine_code = false;  // with its bytes
  // May use whatever the kernels use on this machine (kernels/cpu.h); else what every CPU of its
  // kind has, so that listings are the same everywhere.
  bool this_machine = false;
};

// By the table of host.h. Null for Cpu::none, where the assembler cannot be set up, and in a build
// without code generation.
std::unique_ptr<Masm> make_masm(Cpu cpu, const MasmOptions& options = {});

}  // namespace wirejit::jit
