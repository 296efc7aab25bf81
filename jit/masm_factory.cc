// Chooses the macro assembler of a CPU. Entry: make_masm. Invariant: nothing else names the
// implementations.
#include "jit/masm_factory.h"

namespace wirejit::jit {

std::unique_ptr<Masm> make_masm(Cpu cpu, const MasmOptions& options) {
  switch (cpu) {
    case Cpu::x86_64: return make_masm_x64(options);
    case Cpu::aarch64: return make_masm_a64(options);
    case Cpu::none: break;
  }
  return nullptr;
}

}  // namespace wirejit::jit
