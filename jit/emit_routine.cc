// From ops to macro assembler calls.
// Entry: emit_routine. Invariant: the straight line holds what a well-formed message runs; whatever
// is rare (growing the output, failures, short and long copies) comes after the routine's last op
// and jumps back.
#include "jit/emit_routine.h"

#include "jit/emit_literal.h"

#include <array>
#include <functional>
#include <optional>
#include <utility>

namespace wirejit::jit {

namespace {

constexpr std::int64_t longest_immediate_bound = 1 << 30;

constexpr MemRef context(std::size_t offset) {
  return at(Mreg::ctx, static_cast<std::int64_t>(offset));
}

class RoutineEmitter {
 public:
  RoutineEmitter(Masm& masm, SharedCode& shared, const Program& program)
      : m_(masm), shared_(shared), p_(program) {}

  void run(CodeLabel entry, const std::vector<std::string>& lines) {
    prepare_labels();
    m_.entry(entry);
    m_.prologue(p_.slots);
    std::size_t line = 0;
    for (std::size_t i = 0; i < p_.ops.size(); ++i) {
      const Op& op = p_.ops[i];
      if (op.code == Opcode::trace) {
        continue;
      }
      if (line < lines.size()) {
        m_.comment(lines[line++]);
      }
      if (op.code == Opcode::bind ||
          (live_ && !(op.code == Opcode::jump && is_next(i, op.label)))) {
        emit(op);
      }
    }
    emit_cold();
  }

 private:
  // Where control goes for a label: its own position or, if a failure is all that is there, the
  // stub of that.
  struct Target {
    CodeLabel label{};
    bool is_stub = false;
    bool indirect = false;  // in a jump table
  };
  struct FailStub {
    std::uint32_t code = 0;
    CodeLabel label{};
    bool indirect = false;
  };

  static std::optional<std::uint32_t> failure(const Op& op) {
    switch (op.code) {
      case Opcode::fail: return static_cast<std::uint32_t>(op.imm);
      case Opcode::restart: return restart_code;
      default: return std::nullopt;
    }
  }

  void prepare_labels() {
    targets_.resize(p_.labels);
    for (const auto& table : p_.tables) {
      for (const Label l : table) {
        targets_[l].indirect = true;
      }
    }
    for (std::size_t i = 0; i < p_.ops.size(); ++i) {
      if (p_.ops[i].code != Opcode::bind) {
        continue;
      }
      std::size_t next = i;
      while (next < p_.ops.size() &&
             (p_.ops[next].code == Opcode::bind || p_.ops[next].code == Opcode::trace)) {
        ++next;
      }
      Target& target = targets_[p_.ops[i].label];
      if (const auto code = next < p_.ops.size() ? failure(p_.ops[next]) : std::nullopt) {
        FailStub& stub = fail_stub(*code);
        stub.indirect |= target.indirect;
        target.label = stub.label;
        target.is_stub = true;
      } else {
        target.label = m_.new_label();
      }
    }
  }

  FailStub& fail_stub(std::uint32_t code) {
    for (FailStub& stub : fail_stubs_) {
      if (stub.code == code) {
        return stub;
      }
    }
    return fail_stubs_.emplace_back(code, m_.new_label(), false);
  }

  bool is_next(std::size_t i, Label l) const {
    for (++i;
         i < p_.ops.size() && (p_.ops[i].code == Opcode::bind || p_.ops[i].code == Opcode::trace);
         ++i) {
      if (p_.ops[i].code == Opcode::bind && p_.ops[i].label == l) {
        return !targets_[l].is_stub;
      }
    }
    return false;
  }

  void bind(Label l) {
    const Target& target = targets_[l];
    if (!target.is_stub) {
      m_.bind(target.label);
      if (target.indirect) {
        m_.landing_pad();
      }
      live_ = true;
    }
  }

  CodeLabel to(Label l) const { return targets_[l].label; }

  CodeLabel too_deep() { return fail_stub(static_cast<std::uint32_t>(Errc::depth_limit)).label; }

  CodeLabel pass_on() {
    if (!pass_on_) {
      pass_on_ = m_.new_label();
    }
    return *pass_on_;
  }

  CodeLabel grow_failed() {
    if (!grow_failed_) {
      grow_failed_ = m_.new_label();
    }
    return *grow_failed_;
  }

  // Code after the routine: returns the label where it begins; `make` gets the one where control
  // comes back.
  template <class F>
  CodeLabel cold(F make) {
    const CodeLabel here = m_.new_label();
    cold_.push_back({here, std::move(make)});
    return here;
  }

  void emit(const Op& op);
  void emit_cold();

  void arguments(const Call& call, bool takes_context);
  void argument(Mreg to, const Arg& arg);
  void gather(const Call& call);
  void call(const Call& call);
  void call_routine(std::int64_t routine);
  void jump_table(const Op& op);
  void need(Mreg cursor, Mreg end, std::int64_t n, CodeLabel miss);
  void need_reg(Mreg a, std::int64_t n, CodeLabel miss);
  void reserve(std::int64_t n);
  void reserve_reg(Mreg a, std::int64_t n, bool bounded);
  void grow(CodeLabel back);
  std::string_view literal(const Op& op) const {
    return std::string_view(p_.literals).substr(static_cast<std::size_t>(op.imm), op.width);
  }
  void copy_bytes(Mreg from, Mreg size);

  struct ColdCode {
    CodeLabel label;
    std::function<void()> make;
  };

  Masm& m_;
  SharedCode& shared_;
  const Program& p_;
  std::vector<Target> targets_;
  std::vector<FailStub> fail_stubs_;
  std::vector<ColdCode> cold_;
  std::optional<CodeLabel> pass_on_;
  std::optional<CodeLabel> grow_failed_;
  bool live_ = true;
};

void RoutineEmitter::emit(const Op& op) {
  const Mreg a = mreg(op.a);
  const Mreg b = mreg(op.b);
  const Mreg c = mreg(op.c);
  const MemRef slot = frame_word(op.slot);
  const MemRef depth = context(offsetof(Context, depth_left));
  // clang-format off
  switch (op.code) {  // complete: the compiler sees to that
    case Opcode::imm: m_.imm(a, op.imm); break;
    case Opcode::mov: m_.mov(a, b); break;
    case Opcode::add: m_.alu(Alu::add, a, b, c); break;
    case Opcode::sub: m_.alu(Alu::sub, a, b, c); break;
    case Opcode::and_: m_.alu(Alu::and_, a, b, c); break;
    case Opcode::or_: m_.alu(Alu::or_, a, b, c); break;
    case Opcode::add_imm: m_.alu_imm(Alu::add, a, b, op.imm); break;
    case Opcode::and_imm: m_.alu_imm(Alu::and_, a, b, op.imm); break;
    case Opcode::or_imm: m_.alu_imm(Alu::or_, a, b, op.imm); break;
    case Opcode::xor_imm: m_.alu_imm(Alu::xor_, a, b, op.imm); break;
    case Opcode::mul_imm: m_.alu_imm(Alu::mul, a, b, op.imm); break;
    case Opcode::shl_imm: m_.alu_imm(Alu::shl, a, b, op.imm); break;
    case Opcode::shr_imm: m_.alu_imm(Alu::shr, a, b, op.imm); break;
    case Opcode::sar_imm: m_.alu_imm(Alu::sar, a, b, op.imm); break;
    case Opcode::set_if: m_.set_if(a, b, op.cond, op.imm); break;
    case Opcode::zigzag: m_.zigzag(a, b); break;
    case Opcode::unzigzag: m_.unzigzag(a, b); break;

    case Opcode::load: m_.load(a, at(b, op.imm), op.width, op.sign, op.swap); break;
    case Opcode::store: m_.store(at(a, op.imm), b, op.width, op.swap); break;
    case Opcode::store_imm: m_.store_imm(at(a, op.disp), op.imm, op.width); break;
    case Opcode::zero: m_.zero(at(a, op.disp), static_cast<std::uint32_t>(op.imm)); break;
    case Opcode::get: m_.load(a, slot, 8); break;
    case Opcode::put: m_.store(slot, a, 8); break;
    case Opcode::put_imm: m_.store_imm(slot, op.imm, 8); break;
    case Opcode::add_slot: m_.add_to(slot, op.imm, 8); break;
    case Opcode::or_slot: m_.or_to(slot, op.imm, 8); break;
    case Opcode::or_byte: m_.or_to(at(a, op.disp), op.imm, 1); break;
    case Opcode::slot_addr: m_.address(a, slot); break;
    case Opcode::get_extra:
      m_.load(a, context(offsetof(Context, extra_results) + 8UL * op.slot), 8);
      break;

    case Opcode::bind: bind(op.label); break;
    case Opcode::jump: m_.jump(to(op.label)); break;
    case Opcode::branch: m_.branch(a, op.cond, b, to(op.label)); break;
    case Opcode::branch_imm: m_.branch_imm(a, op.cond, op.imm, to(op.label)); break;
    case Opcode::branch_slot: m_.branch_memory(slot, 8, op.cond, op.imm, to(op.label)); break;
    case Opcode::branch_byte:
      m_.branch_memory(at(a, op.disp), 1, op.cond, op.imm, to(op.label));
      break;
    case Opcode::branch_bits:
      m_.branch_bits(slot, op.imm, op.cond == Cond::eq, to(op.label));
      break;
    case Opcode::loop_next: m_.add_branch(slot, -1, 8, Cond::ne, to(op.label)); break;
    case Opcode::jump_table: jump_table(op); break;
    case Opcode::call: call(p_.calls[op.index]); break;
    case Opcode::call_routine: call_routine(op.imm); break;
    case Opcode::ret:
      m_.imm(Mreg::t0, 1);
      m_.leave();
      break;
    case Opcode::fail:
    case Opcode::restart: m_.jump(fail_stub(*failure(op)).label); break;

    case Opcode::need: need(Mreg::r0, Mreg::r1, op.imm, to(op.label)); break;
    case Opcode::need_reg: need_reg(a, op.imm, to(op.label)); break;
    case Opcode::reserve: reserve(op.imm); break;
    case Opcode::reserve_reg: reserve_reg(a, op.imm, op.width == 4); break;
    case Opcode::depth_enter: m_.add_branch(depth, -op.imm, 4, Cond::lt, too_deep()); break;
    case Opcode::depth_leave: m_.add_to(depth, op.imm, 4); break;
    case Opcode::depth_check:
      m_.load(Mreg::spare0, depth, 4, true);
      m_.branch_imm(Mreg::spare0, Cond::lt, op.imm, too_deep());
      break;

    case Opcode::match: emit_match(m_, literal(op), op.disp, op.slot, to(op.label)); break;
    case Opcode::put_literal: emit_put_literal(m_, literal(op), op.disp); break;
    case Opcode::copy_bytes: copy_bytes(a, b); break;
    case Opcode::scan_text: m_.scan_text(a, at(Mreg::r0, op.disp), to(op.label)); break;

    case Opcode::trace: break;  // generates nothing
  }
  // clang-format on
  live_ = live_ && facts_of(op.code).falls_through();
}

void RoutineEmitter::jump_table(const Op& op) {
  std::vector<CodeLabel> labels;
  for (const Label l : p_.tables[op.index]) {
    labels.push_back(to(l));
  }
  m_.jump_table(mreg(op.a), labels, to(op.label));
}

// ---- Calls

void RoutineEmitter::argument(Mreg to, const Arg& arg) {
  switch (arg.what) {
    case Arg::What::reg: m_.mov(to, mreg(arg.reg)); break;
    case Arg::What::slot: m_.load(to, frame_word(arg.slot), 8); break;
    case Arg::What::slot_address: m_.address(to, frame_word(arg.slot)); break;
    case Arg::What::ctx_input_begin: m_.load(to, context(offsetof(Context, input_begin)), 8); break;
    case Arg::What::imm:
      // Most wide words are addresses, which listings must not show.
      if (arg.imm >> 31 != 0) {
        m_.load(to, data(m_.word(arg.imm, "argument")), 8);
      } else {
        m_.imm(to, static_cast<std::int64_t>(arg.imm));
      }
      break;
  }
}

// Registers first, as a parallel move: one is written only when nobody has to read it any more. A
// ring is cut by way of spare0. What comes from memory or is constant reads no temporary and
// follows.
void RoutineEmitter::arguments(const Call& call, bool takes_context) {
  struct Move {
    Mreg to;
    Mreg from;
  };
  std::array<Move, max_helper_args> moves;
  std::size_t pending = 0;
  const std::size_t first = takes_context ? 1 : 0;
  for (std::size_t k = 0; k < call.count; ++k) {
    if (call.args[k].what == Arg::What::reg) {
      moves[pending++] = {arg_register(first + k), mreg(call.args[k].reg)};
    }
  }
  while (pending != 0) {
    const auto is_read = [&](std::size_t except) {
      for (std::size_t k = 0; k < pending; ++k) {
        if (k != except && m_.same(moves[k].from, moves[except].to)) {
          return true;
        }
      }
      return false;
    };
    std::size_t k = 0;
    while (k < pending && is_read(k)) {
      ++k;
    }
    if (k == pending) {
      m_.mov(Mreg::spare0, moves[0].from);
      moves[0].from = Mreg::spare0;
      continue;
    }
    m_.mov(moves[k].to, moves[k].from);
    moves[k] = moves[--pending];
  }
  for (std::size_t k = 0; k < call.count; ++k) {
    if (call.args[k].what != Arg::What::reg) {
      argument(arg_register(first + k), call.args[k]);
    }
  }
  if (takes_context) {
    m_.mov(Mreg::arg0, Mreg::ctx);
  }
}

// A varint that is moved to t0: its bytes are gathered here.
void RoutineEmitter::gather(const Call& call) {
  const CodeLabel done = m_.new_label();
  const auto move = [this] {
    m_.mov(Mreg::r0, Mreg::t0);
    m_.mov(Mreg::t0, Mreg::t1);
  };
  const CodeLabel other = cold([this, move, &call, done] {
    m_.call(shared_.fast_path(m_, call.fast_path, *call.helper));
    m_.branch_imm(Mreg::t0, Cond::eq, 0, pass_on());
    move();
    m_.jump(done);
  });
  m_.branch_short(Mreg::r0, Mreg::r1, 8, other);
  m_.gather_varint(other);
  move();
  m_.bind(done);
}

void RoutineEmitter::call(const Call& call) {
  if (call.fast_path == FastPath::varint && call.null_fails && call.to0 == Reg::r0 &&
      call.to1 == Reg::t0 && m_.gathers_quickly()) {
    return gather(call);
  }
  const Helper& helper = *call.helper;
  if (call.fast_path != FastPath::none) {
    m_.call(shared_.fast_path(m_, call.fast_path, helper));
  } else {
    arguments(call, helper.takes_context);
    m_.call(data(m_.word(reinterpret_cast<std::uint64_t>(helper.function), helper.name)));
  }
  if (call.null_fails) {
    m_.branch_imm(Mreg::t0, Cond::eq, 0, pass_on());
  }
  const bool wants0 = call.to0 != Reg::none;
  const bool wants1 = call.to1 != Reg::none;
  if (wants0 && wants1 && call.to0 == Reg::t1) {
    m_.mov(Mreg::spare0, Mreg::t0);
    m_.mov(mreg(call.to1), Mreg::t1);
    m_.mov(Mreg::t1, Mreg::spare0);
    return;
  }
  if (wants0) {
    m_.mov(mreg(call.to0), Mreg::t0);
  }
  if (wants1) {
    m_.mov(mreg(call.to1), Mreg::t1);
  }
}

void RoutineEmitter::call_routine(std::int64_t routine) {
  m_.load(Mreg::spare0, data(m_.word(reinterpret_cast<std::uint64_t>(shared_.slots()), "slots")),
          8);
  m_.call(at(Mreg::spare0, 8 * routine));
  m_.branch_imm(Mreg::t0, Cond::eq, 0, pass_on());
}

// ---- Bounds

void RoutineEmitter::need(Mreg cursor, Mreg end, std::int64_t n, CodeLabel miss) {
  if (n >= 0 && n <= longest_immediate_bound) {
    m_.branch_short(cursor, end, n, miss);
  } else {
    m_.imm(Mreg::spare0, n);
    m_.branch_short_reg(cursor, end, Mreg::spare0, 0, miss);
  }
}

// The reader's cursor is never past the end.
void RoutineEmitter::need_reg(Mreg a, std::int64_t n, CodeLabel miss) {
  if (n != 0) {
    return m_.branch_short_reg(Mreg::r0, Mreg::r1, a, n, miss);
  }
  m_.alu(Alu::sub, Mreg::spare0, Mreg::r1, Mreg::r0);
  m_.branch(Mreg::spare0, Cond::below, a, miss);
}

// How much is wanted is in spare0.
void RoutineEmitter::grow(CodeLabel back) {
  m_.call(shared_.grow_output(m_));
  m_.branch_imm(Mreg::spare0, Cond::eq, 0, grow_failed());
  m_.jump(back);
}

void RoutineEmitter::reserve(std::int64_t n) {
  const CodeLabel back = m_.new_label();
  need(Mreg::w0, Mreg::w1, n, cold([this, n, back] {
         m_.imm(Mreg::spare0, n);
         grow(back);
       }));
  m_.bind(back);
}

void RoutineEmitter::reserve_reg(Mreg a, std::int64_t n, bool bounded) {
  const CodeLabel back = m_.new_label();
  const CodeLabel short_of_room = cold([this, a, n, back] {
    const CodeLabel sum = m_.new_label();
    m_.alu_imm(Alu::add, Mreg::spare0, a, n);
    m_.branch(Mreg::spare0, Cond::above_eq, a, sum);
    m_.imm(Mreg::spare0, -1);  // more than there can be
    m_.bind(sum);
    grow(back);
  });
  if (bounded) {  // no sum of an address and 32 bits wraps
    m_.alu(Alu::add, Mreg::spare0, Mreg::w0, a);
    need(Mreg::spare0, Mreg::w1, n, short_of_room);
  } else {
    m_.branch_short_reg(Mreg::w0, Mreg::w1, a, n, short_of_room);
  }
  m_.bind(back);
}

// ---- Text and runs of bytes

// Sizes of 16 to 32 here; the others are left to code that the module shares.
void RoutineEmitter::copy_bytes(Mreg from, Mreg size) {
  const CodeLabel done = m_.new_label();
  const CopyCode other = shared_.copy_of(m_, from, size);
  const auto elsewhere = [this, done](CodeLabel code) {
    return cold([this, done, code] {
      m_.call(code);
      m_.jump(done);
    });
  };
  m_.branch_imm(size, Cond::below, 16, elsewhere(other.few));
  m_.branch_imm(size, Cond::above, 32, elsewhere(other.many));
  copy_ends(m_, from, size, 16);
  m_.bind(done);
}

// ---- Behind the last op

void RoutineEmitter::emit_cold() {
  for (std::size_t k = 0; k < cold_.size(); ++k) {
    m_.bind(cold_[k].label);
    cold_[k].make();
  }
  if (!fail_stubs_.empty()) {
    const CodeLabel tail = m_.new_label();
    for (std::size_t k = 0; k < fail_stubs_.size(); ++k) {
      const FailStub& stub = fail_stubs_[k];
      m_.bind(stub.label);
      if (stub.indirect) {
        m_.landing_pad();
      }
      m_.store_imm(context(offsetof(Context, error)), stub.code, 2);
      if (k + 1 != fail_stubs_.size()) {
        m_.jump(tail);
      }
    }
    m_.bind(tail);
    m_.store(context(offsetof(Context, error_at)), Mreg::r0, 8);
  }
  if (grow_failed_) {
    m_.bind(*grow_failed_);
  }
  const bool fails = grow_failed_ || !fail_stubs_.empty();
  if (fails) {
    m_.imm(Mreg::t0, 0);
  }
  if (pass_on_) {
    m_.bind(*pass_on_);  // t0 is 0
  }
  if (fails || pass_on_) {
    m_.leave();
  }
}

}  // namespace

void emit_routine(Masm& masm, SharedCode& shared, const Program& program, CodeLabel entry,
                  const std::vector<std::string>& lines) {
  RoutineEmitter(masm, shared, program).run(entry, lines);
}

}  // namespace wirejit::jit
