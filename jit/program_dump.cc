// Listings of Programs, for people and for golden files.
// Entry: dump. Invariant: no address of this run is shown.
#include "jit/program.h"

#include <array>
#include <cstdio>
#include <string>

namespace wirejit::jit {

namespace {

constexpr std::array<const char*, 9> register_names{"r0", "r1", "w0", "w1", "t0",
                                                    "t1", "t2", "t3", "-"};
constexpr std::array<const char*, 10> condition_names{"==",  "!=", "<s", "<=s", ">s",
                                                      ">=s", "<",  "<=", ">",   ">="};

const char* name(Reg r) { return register_names[static_cast<std::size_t>(r)]; }
const char* name(Cond c) { return condition_names[static_cast<std::size_t>(c)]; }

std::string quoted(std::string_view bytes) {
  std::string out = "'";
  for (const char ch : bytes) {
    const auto u = static_cast<unsigned char>(ch);
    if (u >= 0x20 && u < 0x7f && ch != '\'' && ch != '\\') {
      out += ch;
    } else {
      char hex[8];
      std::snprintf(hex, sizeof hex, "\\x%02x", u);
      out += hex;
    }
  }
  return out + "'";
}

std::string label_name(Label l) { return "L" + std::to_string(l); }
std::string slot_name(std::uint16_t s) { return "s" + std::to_string(s); }

std::string address(Reg base, std::int64_t disp) {
  std::string out = std::string("[") + name(base);
  if (disp != 0) {
    out += (disp > 0 ? " + " : " - ") + std::to_string(disp > 0 ? disp : -disp);
  }
  return out + "]";
}

std::string typed(const Op& op) {
  std::string out = (op.sign ? "i" : "u") + std::to_string(op.width * 8);
  return op.swap ? out + "be" : out;
}

std::string call_text(const Program& p, const Op& op) {
  const Call& c = p.calls[op.index];
  std::string out = std::string(c.helper->name) + "(";
  for (std::size_t k = 0; k < c.count; ++k) {
    const Arg& a = c.args[k];
    out += k == 0 ? "" : ", ";
    switch (a.what) {
      case Arg::What::reg: out += name(a.reg); break;
      case Arg::What::slot: out += slot_name(a.slot); break;
      case Arg::What::slot_address: out += "&" + slot_name(a.slot); break;
      case Arg::What::ctx_input_begin: out += "input"; break;
      // Addresses differ from run to run and are not shown.
      case Arg::What::imm: out += a.imm < 4096 ? std::to_string(a.imm) : "data"; break;
    }
  }
  out += ")";
  if (c.to0 != Reg::none) {
    out += std::string(" -> ") + name(c.to0);
  }
  if (c.to1 != Reg::none) {
    out += std::string(c.to0 == Reg::none ? " -> -, " : ", ") + name(c.to1);
  }
  return c.null_fails ? out + " or fail" : out;
}

std::string operands(const Program& p, const Op& op) {
  std::string imm = std::to_string(op.imm);
  const std::string to = op.label == no_label ? "" : " -> " + label_name(op.label);
  switch (op.code) {
    case Opcode::imm: return std::string(name(op.a)) + ", " + imm;
    case Opcode::mov:
    case Opcode::zigzag:
    case Opcode::unzigzag: return std::string(name(op.a)) + ", " + name(op.b);
    case Opcode::add:
    case Opcode::sub:
    case Opcode::and_:
    case Opcode::or_: return std::string(name(op.a)) + ", " + name(op.b) + ", " + name(op.c);
    case Opcode::set_if:
      return std::string(name(op.a)) + ", " + name(op.b) + " " + name(op.cond) + " " + imm;
    case Opcode::load:
      return std::string(name(op.a)) + ", " + typed(op) + " " + address(op.b, op.imm);
    case Opcode::store: return typed(op) + " " + address(op.a, op.imm) + ", " + name(op.b);
    case Opcode::store_imm: return typed(op) + " " + address(op.a, op.disp) + ", " + imm;
    case Opcode::or_byte: return address(op.a, op.disp) + ", " + imm;
    case Opcode::get:
    case Opcode::slot_addr: return std::string(name(op.a)) + ", " + slot_name(op.slot);
    case Opcode::get_aux: return std::string(name(op.a)) + ", aux" + std::to_string(op.slot);
    case Opcode::put: return slot_name(op.slot) + ", " + name(op.a);
    case Opcode::put_imm:
    case Opcode::add_slot:
    case Opcode::or_slot: return slot_name(op.slot) + ", " + imm;
    case Opcode::bind:
    case Opcode::jump: return label_name(op.label);
    case Opcode::branch:
      return std::string(name(op.a)) + " " + name(op.cond) + " " + name(op.b) + to;
    case Opcode::branch_imm: return std::string(name(op.a)) + " " + name(op.cond) + " " + imm + to;
    case Opcode::branch_slot: return slot_name(op.slot) + " " + name(op.cond) + " " + imm + to;
    case Opcode::branch_byte:
      return "u8 " + address(op.a, op.disp) + " " + name(op.cond) + " " + imm + to;
    case Opcode::branch_bits:
      return slot_name(op.slot) + " & " + imm + " " + name(op.cond) + " 0" + to;
    case Opcode::loop_next: return slot_name(op.slot) + to;
    case Opcode::jump_table: {
      std::string out = std::string(name(op.a)) + ": ";
      for (const Label l : p.tables[op.index]) {
        out += label_name(l) + " ";
      }
      return out + "else " + label_name(op.label);
    }
    case Opcode::call: return call_text(p, op);
    case Opcode::call_routine: return "#" + imm;
    case Opcode::fail: return std::string(wirejit::to_string(static_cast<Errc>(op.imm)));
    case Opcode::need: return imm + to;
    case Opcode::need_reg: return std::string(name(op.a)) + " + " + imm + to;
    case Opcode::reserve:
    case Opcode::depth_enter:
    case Opcode::depth_leave:
    case Opcode::depth_check:
    case Opcode::trace: return imm;
    case Opcode::reserve_reg:
      return std::string(name(op.a)) + (op.width == 4 ? ".32 + " : " + ") + imm;
    case Opcode::match:
      return address(Reg::r0, op.disp) + ", " +
             quoted(
                 std::string_view(p.literals).substr(static_cast<std::size_t>(op.imm), op.width)) +
             to;
    case Opcode::put_literal:
      return address(Reg::w0, op.disp) + ", " +
             quoted(
                 std::string_view(p.literals).substr(static_cast<std::size_t>(op.imm), op.width));
    case Opcode::copy_bytes: return std::string(name(op.a)) + ", " + name(op.b);
    case Opcode::scan_text: return std::string(name(op.a)) + ", " + address(Reg::r0, op.disp) + to;
    case Opcode::ret:
    case Opcode::restart: return {};
    default: return std::string(name(op.a)) + ", " + name(op.b) + ", " + imm;
  }
}

}  // namespace

std::string dump(const Program& program) {
  std::string out = program.name + "  (" + std::to_string(program.slots) + " slots)\n";
  for (std::size_t i = 0; i < program.ops.size(); ++i) {
    const Op& op = program.ops[i];
    if (op.code == Opcode::trace) {
      continue;
    }
    std::string line;
    if (op.code == Opcode::bind) {
      line = label_name(op.label) + ":";
    } else {
      line = "    " + std::string(to_string(op.code));
      line.resize(line.size() < 18 ? 18 : line.size(), ' ');
      line += operands(program, op);
    }
    if (op.comment != 0) {
      line.resize(line.size() < 60 ? 60 : line.size(), ' ');
      line += " ; " + program.comments[op.comment];
    }
    out += line + "\n";
  }
  return out;
}

}  // namespace wirejit::jit
