// The macro assembler for AArch64: not there yet. Entry: make_masm_a64. Invariant: null until it is.
#include "jit/masm_factory.h"
namespace wirejit::jit { std::unique_ptr<Masm> make_masm_a64(const MasmOptions&) { return nullptr; } }
