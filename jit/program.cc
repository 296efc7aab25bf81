// What is told of Programs without looking at their meaning: memory, known bounds.
#include "jit/program.h"

namespace wirejit::jit {

std::size_t Program::bytes() const noexcept {
  return sizeof *this + ops.capacity() * sizeof(Op) + calls.capacity() * sizeof(Call) +
         literals.capacity();
}

bool is_bounded(const Program& program, std::size_t i, Reg a) noexcept {
  if (i == 0) {
    return false;
  }
  const Op& test = program.ops[i - 1];
  return test.code == Opcode::branch_imm && test.cond == Cond::above && test.a == a &&
         test.imm >= 0 && test.imm <= 0xffffffff;
}

}  // namespace wirejit::jit
