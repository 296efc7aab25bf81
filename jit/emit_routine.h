// Emits one Program through a macro assembler. Entry: emit_routine. Invariant: names no CPU; one
// pass over the ops.
#pragma once

#include "jit/emit_shared.h"
#include "jit/masm.h"

#include <string>
#include <vector>

namespace wirejit::jit {

// Emits `program`, which is verified, with its entry at `entry`. `lines`: the text of each op but
// traces, in order, for the listing; empty for none.
void emit_routine(Masm& masm, SharedCode& shared, const Program& program, CodeLabel entry,
                  const std::vector<std::string>& lines);

}  // namespace wirejit::jit
