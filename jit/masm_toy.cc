// A CPU that is there to be counted: what it runs looks like x86-64.
// Entry: make_masm_toy.
#include "jit/masm_factory.h"

namespace wirejit::jit {

std::unique_ptr<Masm> make_masm_toy(const MasmOptions& options) { return make_masm_x64(options); }

}  // namespace wirejit::jit
