// No macro assembler: what a build without code generation has in place of masm_*.
// Invariant: everything is interpreted.
#include "jit/masm_version.h"

namespace wirejit::jit {

std::string assembler_version() { return "none"; }

}  // namespace wirejit::jit
