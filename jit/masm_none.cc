// No macro assembler: what a build without code generation has in place of masm_factory and all
// that is behind it. Entry: make_masm. Invariant: everything is interpreted.
#include "jit/masm_factory.h"
#include "jit/masm_version.h"

namespace wirejit::jit {

std::unique_ptr<Masm> make_masm(Cpu, const MasmOptions&) { return nullptr; }

std::string assembler_version() { return "none"; }

}  // namespace wirejit::jit
