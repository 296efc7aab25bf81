// Which assembler generated code comes from, for reports.
#pragma once

#include <string>

namespace wirejit::jit {

std::string assembler_version();  // "asmjit 1.9.0"

}  // namespace wirejit::jit
