// Random Programs give the same results as machine code and in the interpreter.
#include "tests/support/masm_support.h"

#include <random>

namespace wirejit::jit {
namespace {

class Generator {
 public:
  explicit Generator(U seed) : random_(seed) {}

  Program program() {
    for (const Reg r : {t0, t1, t2, t3}) {
      a_.imm(r, value());
    }
    for (unsigned k = 0; k < 6; ++k) {
      a_.slot_op(Opcode::put_imm, k, none, value());
    }
    for (unsigned k = 0; k < 128; k += 8) {
      a_.store(w0, k, t0);
    }
    const unsigned length = 5 + pick(120);
    for (unsigned k = 0; k < length; ++k) {
      bind_some(false);
      step();
    }
    bind_some(true);
    a_.abc(Opcode::add_imm, w0, w0, none, 128);
    for (const Reg r : {t0, t1, t2, t3}) {
      a_.out(r);
    }
    for (unsigned k = 0; k < 6; ++k) {
      a_.slot_op(Opcode::get, k, t0);
      a_.out(t0);
    }
    a_.ret();
    return std::move(a_.p);
  }

 private:
  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }
  Reg temp() { return static_cast<Reg>(static_cast<unsigned>(t0) + pick(4)); }
  S value() {
    switch (pick(4)) {
      case 0: return edges[pick(edges.size())];
      case 1: return static_cast<S>(pick(200)) - 100;
      case 2: return static_cast<S>(random_());
      default: return static_cast<S>(random_() >> pick(64));
    }
  }
  Cond cond() { return all_conds[pick(all_conds.size())]; }
  unsigned width() { return 1U << pick(4); }
  // A label for a branch forward, new or already in use.
  Label forward() {
    if (open_.empty() || pick(2) == 0) {
      open_.push_back(a_.label());
    }
    return open_[pick(static_cast<unsigned>(open_.size()))];
  }
  void bind_some(bool all) {
    while (!open_.empty() && (all || pick(4) == 0)) {
      a_.bind(open_.back());
      open_.pop_back();
    }
  }
  void flagged(unsigned w) { a_.p.ops.back().width = static_cast<std::uint8_t>(w); }

  void step() {
    switch (pick(25)) {
      case 0: a_.imm(temp(), value()); break;
      case 1: a_.abc(Opcode::mov, temp(), temp()); break;
      case 2: a_.abc(Opcode::add, temp(), temp(), temp()); break;
      case 3: a_.abc(Opcode::sub, temp(), temp(), temp()); break;
      case 4: a_.abc(pick(2) == 0 ? Opcode::and_ : Opcode::or_, temp(), temp(), temp()); break;
      case 5: {
        constexpr std::array codes{Opcode::add_imm, Opcode::and_imm, Opcode::or_imm,
                                   Opcode::xor_imm, Opcode::mul_imm};
        a_.abc(codes[pick(codes.size())], temp(), temp(), none, value());
        break;
      }
      case 6: {
        constexpr std::array codes{Opcode::shl_imm, Opcode::shr_imm, Opcode::sar_imm};
        a_.abc(codes[pick(codes.size())], temp(), temp(), none, pick(64));
        break;
      }
      case 7:
        a_.abc(Opcode::set_if, temp(), temp(), none, value());
        a_.p.ops.back().cond = cond();
        break;
      case 8: a_.abc(pick(2) == 0 ? Opcode::zigzag : Opcode::unzigzag, temp(), temp()); break;
      case 9:
      case 10: {
        const unsigned w = width();
        a_.load(temp(), pick(2) == 0 ? r0 : w0, pick(100), w, pick(2) == 0, w != 1 && pick(2) == 0);
        break;
      }
      case 11:
      case 12: {
        const unsigned w = width();
        a_.store(w0, pick(100), temp(), w, w != 1 && pick(2) == 0);
        break;
      }
      case 13: {
        Op& o = a_.op(Opcode::store_imm);
        o.a = w0;
        o.disp = static_cast<std::int32_t>(pick(100));
        o.imm = value();
        o.width = static_cast<std::uint8_t>(width());
        break;
      }
      case 14: a_.slot_op(Opcode::get, pick(6), temp()); break;
      case 15: a_.slot_op(Opcode::put, pick(6), temp()); break;
      case 16:
        a_.slot_op(pick(2) == 0 ? Opcode::add_slot : Opcode::or_slot, pick(6), none, value());
        break;
      case 17: {
        Op& o = a_.op(Opcode::or_byte);
        o.a = w0;
        o.disp = static_cast<std::int32_t>(pick(100));
        o.imm = pick(256);
        break;
      }
      case 18: a_.branch(Opcode::branch, forward(), cond(), temp()).b = temp(); break;
      case 19: a_.branch(Opcode::branch_imm, forward(), cond(), temp(), value()); break;
      case 20:
        a_.branch(Opcode::branch_slot, forward(), cond(), none, value()).slot =
            static_cast<std::uint16_t>(pick(6));
        break;
      case 21:
        a_.branch(Opcode::branch_byte, forward(), cond(), r0, pick(256)).disp =
            static_cast<std::int32_t>(pick(100));
        break;
      case 22:
        a_.branch(Opcode::branch_bits, forward(), pick(2) == 0 ? Cond::eq : Cond::ne, none, value())
            .slot = static_cast<std::uint16_t>(pick(6));
        break;
      case 23: {
        Op& o = a_.op(Opcode::zero);
        o.a = w0;
        o.disp = static_cast<std::int32_t>(pick(600));
        o.imm = 8 * (1 + pick(80));
        break;
      }
      default: a_.branch(Opcode::need_reg, forward(), Cond::eq, temp(), pick(100)); break;
    }
  }

  std::mt19937_64 random_;
  Assembly a_{"random"};
  std::vector<Label> open_;
};

TEST(Masm, RandomProgramsRunAsInTheInterpreter) {
  std::mt19937_64 random(20261120);
  for (U seed = 0; seed < 3000 && !testing::Test::HasFailure(); ++seed) {
    Machine m(Generator(seed).program());
    std::string input(108, '\0');
    for (char& c : input) {
      c = static_cast<char>(random() >> (random() % 2 == 0 ? 0 : 60));
    }
    EXPECT_EQ(m.run(input).ok, 1U) << "seed " << seed;
  }
}

}  // namespace
}  // namespace wirejit::jit
