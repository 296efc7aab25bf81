// What is told of Programs without looking at their meaning: names of ops, memory, known bounds.
#include "jit/program.h"

#include <array>

namespace wirejit::jit {

namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Opcode::trace) + 1> opcode_names{
    "imm",         "mov",        "add",          "sub",         "and",         "or",
    "add_imm",     "and_imm",    "or_imm",       "xor_imm",     "mul_imm",     "shl_imm",
    "shr_imm",     "sar_imm",    "set_if",       "zigzag",      "unzigzag",    "load",
    "store",       "store_imm",  "get",          "put",         "put_imm",     "add_slot",
    "or_slot",     "or_byte",    "slot_addr",    "get_aux",     "bind",        "jump",
    "branch",      "branch_imm", "branch_slot",  "branch_byte", "branch_bits", "loop_next",
    "jump_table",  "call",       "call_routine", "ret",         "fail",        "restart",
    "need",        "need_reg",   "reserve",      "reserve_reg", "depth_enter", "depth_leave",
    "depth_check", "match",      "put_literal",  "copy_bytes",  "scan_text",   "trace"};

}  // namespace

std::string_view to_string(Opcode code) noexcept {
  return opcode_names[static_cast<std::size_t>(code)];
}

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
