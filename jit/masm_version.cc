// The version of the assembler that this library was built with.
#include "jit/masm_version.h"

#include <asmjit/core.h>

namespace wirejit::jit {

std::string assembler_version() {
  constexpr unsigned version = ASMJIT_LIBRARY_VERSION;
  return "asmjit " + std::to_string(version >> 16) + "." + std::to_string(version >> 8 & 0xff) +
         "." + std::to_string(version & 0xff);
}

}  // namespace wirejit::jit
