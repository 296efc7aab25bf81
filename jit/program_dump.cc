// Listings of Programs, for people and for golden files.
// Entry: dump. Invariant: no address of this run is shown.
#include "jit/program.h"

#include <algorithm>
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

std::string table_text(const Program& p, const Op& op) {
  std::string out;
  for (const Label l : p.tables[op.index]) {
    out += label_name(l) + " ";
  }
  return out;
}

std::string literal_text(const Program& p, const Op& op) {
  return quoted(std::string_view(p.literals).substr(static_cast<std::size_t>(op.imm), op.width));
}

// The words in braces of OpFacts::operands, each a field of the op or an address made of two.
struct Word {
  std::string_view name;
  std::string (*text)(const Program& p, const Op& op);
};
using P = const Program&;
using O = const Op&;
constexpr auto words = std::to_array<Word>({
    {"a", [](P, O op) { return std::string(name(op.a)); }},
    {"b", [](P, O op) { return std::string(name(op.b)); }},
    {"c", [](P, O op) { return std::string(name(op.c)); }},
    {"imm", [](P, O op) { return std::to_string(op.imm); }},
    {"cond", [](P, O op) { return std::string(name(op.cond)); }},
    {"slot", [](P, O op) { return slot_name(op.slot); }},
    {"extra", [](P, O op) { return "extra" + std::to_string(op.slot); }},
    {"type", [](P, O op) { return typed(op); }},
    {"bits", [](P, O op) { return std::string(op.width == 4 ? ".32" : ""); }},
    {"a+imm", [](P, O op) { return address(op.a, op.imm); }},
    {"b+imm", [](P, O op) { return address(op.b, op.imm); }},
    {"a+disp", [](P, O op) { return address(op.a, op.disp); }},
    {"r0+disp", [](P, O op) { return address(Reg::r0, op.disp); }},
    {"w0+disp", [](P, O op) { return address(Reg::w0, op.disp); }},
    {"label", [](P, O op) { return label_name(op.label); }},
    {"to", [](P, O op) { return op.label == no_label ? "" : " -> " + label_name(op.label); }},
    {"table", table_text},
    {"call", call_text},
    {"errc", [](P, O op) { return std::string(wirejit::to_string(static_cast<Errc>(op.imm))); }},
    {"literal", literal_text},
});

constexpr const Word* word_named(std::string_view name) {
  const auto* const found = std::ranges::find(words, name, &Word::name);
  return found == words.end() ? nullptr : found;
}

// Calls `text` with what lies outside of braces, and `word` with what they hold.
template <class T, class W>
constexpr void split_operands(std::string_view operands, T text, W word) {
  while (!operands.empty()) {
    const std::size_t open = std::min(operands.find('{'), operands.size());
    text(operands.substr(0, open));
    operands.remove_prefix(open);
    if (!operands.empty()) {
      const std::size_t close = operands.find('}');
      word(operands.substr(1, close - 1));
      operands.remove_prefix(close + 1);
    }
  }
}

constexpr bool names_known_words(const OpFacts& row) {
  bool ok = true;
  split_operands(
      row.operands, [](std::string_view) {},
      [&](std::string_view word) { ok = ok && word_named(word) != nullptr; });
  return ok;
}
static_assert(std::ranges::all_of(op_table, names_known_words));

std::string operands(const Program& p, const Op& op) {
  std::string out;
  split_operands(
      facts_of(op.code).operands, [&](std::string_view text) { out += text; },
      [&](std::string_view word) { out += word_named(word)->text(p, op); });
  return out;
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
