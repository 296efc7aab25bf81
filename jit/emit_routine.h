// Emits one Program through a macro assembler. Entry: emit_routine. Invariant: names no CPU; one pass over the ops.
#pragma once

#include "jit/masm.h"

#include <string>
#include <vector>

namespace wirejit::jit {

// What the routines of one module share.
struct SharedCode {
  // Code of its own kind: makes room for spare0 bytes at w0, updates w0 and w1, keeps the temporaries, and returns 0 in
  // spare0 after a failure.
  CodeLabel grow_output{};
  const void* slots = nullptr;   // Module::slots
  bool grow_output_used = false;
};

// Emits `program`, which is verified, with its entry at `entry`. `lines`: the text of each op but traces, in order, for
// the listing; empty for none.
void emit_routine(Masm& masm, SharedCode& shared, const Program& program, CodeLabel entry,
                  const std::vector<std::string>& lines);

}  // namespace wirejit::jit
