// Verification of Programs.
// Entry: verify. Invariant: verify accepts no Program that could read an undefined word or loop
// without bound.
#include "jit/program.h"

#include <algorithm>
#include <bitset>
#include <limits>
#include <string>

namespace wirejit::jit {

namespace {

// What is known to be written at a point of the Program.
struct Defined {
  std::bitset<register_count> regs;
  std::bitset<max_slots> slots;
  friend bool operator==(const Defined&, const Defined&) = default;
};

constexpr std::bitset<register_count> pinned{0b00001111};
constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();

// Machine code that takes a fast path does not look at the arguments.
bool suits_its_fast_path(const Call& c) {
  if (c.fast_path == FastPath::none) {
    return true;
  }
  const bool writes = c.fast_path == FastPath::varint_written;
  const Reg first = c.fast_path == FastPath::varint ? Reg::r0 : Reg::t0;
  const Reg second = c.fast_path == FastPath::varint ? Reg::r1 : writes ? Reg::w0 : Reg::t1;
  const auto is = [](const Arg& a, Reg r) { return a.what == Arg::What::reg && a.reg == r; };
  return c.helper->takes_context != writes && c.count == 2 && is(c.args[0], first) &&
         is(c.args[1], second);
}

class Verifier {
 public:
  Verifier(const Program& p, std::size_t routines) : p_(p), routines_(routines) {}

  std::string run() {
    if (p_.slots > max_slots) {
      return "too many slots";
    }
    if (std::string e = check_labels(); !e.empty()) {
      return e;
    }
    at_label_.resize(p_.labels);
    // The state at a label only shrinks, so this ends. The code after a label is walked again
    // only where its state has changed.
    for (std::size_t from = 0; from != nowhere; from = changed_) {
      changed_ = nowhere;
      if (std::string e = walk(from); !e.empty()) {
        return e;
      }
    }
    return {};
  }

 private:
  // What a check returns: null where all is well. Called for every op of every Program that is
  // compiled.
  using Defect = const char*;

  std::string at(std::size_t i, Defect what) const {
    return "op " + std::to_string(i) + " (" + std::string(to_string(p_.ops[i].code)) + "): " + what;
  }

  std::string check_labels() {
    position_.assign(p_.labels, -1);
    for (std::size_t i = 0; i < p_.ops.size(); ++i) {
      const Op& op = p_.ops[i];
      if (op.code == Opcode::bind) {
        if (op.label >= p_.labels || position_[op.label] >= 0) {
          return at(i, "label out of range or bound twice");
        }
        position_[op.label] = static_cast<std::ptrdiff_t>(i);
      }
    }
    return {};
  }

  Defect go(std::size_t i, Label l) {
    if (l >= p_.labels || position_[l] < 0) {
      return "branches to a label that is not bound";
    }
    if (position_[l] < static_cast<std::ptrdiff_t>(i) && p_.ops[i].bound == Bound::none) {
      return "loops without a bound";
    }
    merge(l, i);
    return nullptr;
  }

  bool has(Reg r) const { return r == Reg::none || now_.regs.test(static_cast<std::size_t>(r)); }
  void set(Reg r) {
    if (r != Reg::none) {
      now_.regs.set(static_cast<std::size_t>(r));
    }
  }
  void kill_temporaries() { now_.regs &= pinned; }

  [[nodiscard]] bool has_slot(std::uint16_t s) const { return s < p_.slots && now_.slots.test(s); }

  Defect reads(const Op& op) const {
    for (const auto [reg, use] : registers_of(op)) {
      if (reg == Reg::none && use != RegUse::none && use != RegUse::may_read) {
        return "lacks a register";
      }
      if (is_read(use) && !has(reg)) {
        return "reads a register that is not written";
      }
    }
    const SlotUse slot = facts_of(op.code).slot;
    if ((slot == SlotUse::reads || slot == SlotUse::updates) && !has_slot(op.slot)) {
      return "reads a slot that is not written";
    }
    return op.code == Opcode::call ? reads_of_call(op) : nullptr;
  }

  Defect reads_of_call(const Op& op) const {
    if (op.index >= p_.calls.size()) {
      return "call out of range";
    }
    const Call& c = p_.calls[op.index];
    if (!suits_its_fast_path(c)) {
      return "takes an inline fast path with other arguments than it is for";
    }
    for (std::size_t k = 0; k < c.count; ++k) {
      if (c.args[k].what == Arg::What::reg && !has(c.args[k].reg)) {
        return "passes a register that is not written";
      }
      if (c.args[k].what == Arg::What::slot && !has_slot(c.args[k].slot)) {
        return "passes a slot that is not written";
      }
    }
    return nullptr;
  }

  // Where an op branches, what it writes is not there; nothing relies on it.
  void writes(const Op& op) {
    const OpFacts& facts = facts_of(op.code);
    if (facts.kills_temporaries) {
      kill_temporaries();
    }
    if (facts.slot == SlotUse::writes) {
      now_.slots.set(op.slot);
    }
    if (facts.a == RegUse::writes) {
      set(op.a);
    }
    if (op.code == Opcode::call) {
      results_of_call(p_.calls[op.index]);
    }
  }

  void results_of_call(const Call& c) {
    set(Reg::t0);
    set(Reg::t1);
    set(c.to0);
    set(c.to1);
    for (std::size_t k = 0; k < c.count; ++k) {
      if (c.args[k].what == Arg::What::slot_address) {
        now_.slots.set(c.args[k].slot);
      }
    }
  }

  // From the first op or a label on. The state at a label is what all ways to it have in common.
  std::string walk(std::size_t from) {
    bool live = from == 0;
    now_ = Defined{pinned, {}};
    for (std::size_t i = from; i < p_.ops.size(); ++i) {
      const Op& op = p_.ops[i];
      if (op.code == Opcode::bind) {
        if (live) {
          merge(op.label, i);
        }
        AtLabel& label = at_label_[op.label];
        live = label.is_reached && !label.is_walked;
        if (live) {
          label.is_walked = true;
          now_ = label.state;
        }
        continue;
      }
      if (!live) {
        continue;  // unreachable code is harmless
      }
      if (const Defect defect = check(i, op); defect != nullptr) {
        return at(i, defect);
      }
      live = facts_of(op.code).falls_through();
    }
    return live ? "falls off its end" : "";
  }

  Defect check(std::size_t i, const Op& op) {
    const OpFacts& facts = facts_of(op.code);
    if (op.slot >= p_.slots && facts.slot != SlotUse::none && facts.slot != SlotUse::number) {
      return "slot out of range";
    }
    if (const Defect defect = reads(op); defect != nullptr) {
      return defect;
    }
    if (op.code == Opcode::call_routine &&
        (op.imm < 0 || static_cast<std::size_t>(op.imm) >= routines_)) {
      return "routine out of range";
    }
    if (op.code == Opcode::reserve_reg && op.width == 4 && !is_bounded(p_, i, op.a)) {
      return "relies on a bound that is not there";
    }
    if ((op.code == Opcode::match || op.code == Opcode::put_literal) &&
        static_cast<std::size_t>(op.imm) + op.width + 16 > p_.literals.size()) {
      return "literal out of range";
    }
    Defect defect = facts.has_target() ? go(i, op.label) : nullptr;
    if (op.code == Opcode::jump_table) {
      for (const Label l : p_.tables[op.index]) {
        defect = defect == nullptr ? go(i, l) : defect;
      }
    }
    writes(op);
    return defect;
  }

  // Op i goes to a label.
  void merge(Label l, std::size_t i) {
    AtLabel& label = at_label_[l];
    const Defined joint =
        label.is_reached ? Defined{label.state.regs & now_.regs, label.state.slots & now_.slots}
                         : now_;
    if (label.is_reached && joint == label.state) {
      return;
    }
    label = {joint, true, false};
    const auto position = static_cast<std::size_t>(position_[l]);
    if (position < i) {
      changed_ = std::min(changed_, position);
    }
  }

  struct AtLabel {
    Defined state;
    bool is_reached = false;
    bool is_walked = false;  // the code after it, in this state
  };

  const Program& p_;
  std::size_t routines_;
  std::vector<std::ptrdiff_t> position_;
  std::vector<AtLabel> at_label_;
  std::size_t changed_ = nowhere;  // the first label before the walk whose state changed
  Defined now_;
};

}  // namespace

std::string verify(const Program& program, std::size_t routines) {
  return Verifier(program, routines).run();
}

}  // namespace wirejit::jit
