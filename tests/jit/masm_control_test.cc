// Branches, loops, tables, bounds and failures as machine code.
#include "tests/support/masm_support.h"

namespace wirejit::jit {
namespace {

TEST(Masm, BranchesOnRegistersAndImmediates) {
  expect_words([](Assembly& a, std::vector<U>& want) {
    for (const Cond c : all_conds) {
      for (const S x : edges) {
        for (const S y : edges) {
          a.imm(t1, x);
          a.imm(t2, y);
          expect_branch(a, want, holds(c, x, y),
                        [&](Label l) { a.branch(Opcode::branch, l, c, t1).b = t2; });
          expect_branch(a, want, holds(c, x, y),
                        [&](Label l) { a.branch(Opcode::branch_imm, l, c, t1, y); });
        }
      }
    }
  });
}

TEST(Masm, BranchesOnSlots) {
  expect_words([](Assembly& a, std::vector<U>& want) {
    for (const Cond c : all_conds) {
      for (const S x : edges) {
        a.slot_op(Opcode::put_imm, 2, none, x);
        for (const S y : edges) {
          expect_branch(a, want, holds(c, x, y),
                        [&](Label l) { a.branch(Opcode::branch_slot, l, c, none, y).slot = 2; });
        }
      }
    }
  });
}

TEST(Masm, BranchesOnBits) {
  expect_words([](Assembly& a, std::vector<U>& want) {
    std::vector<S> masks(edges.begin(), edges.end());
    for (int k = 0; k < 64; ++k) {
      masks.push_back(static_cast<S>(U{1} << k));
    }
    for (const S x : edges) {
      a.slot_op(Opcode::put_imm, 1, none, x);
      for (const S mask : masks) {
        for (const Cond c : {Cond::eq, Cond::ne}) {
          expect_branch(a, want, holds(c, x & mask, 0),
                        [&](Label l) { a.branch(Opcode::branch_bits, l, c, none, mask).slot = 1; });
        }
      }
    }
  });
}

TEST(Masm, BranchesOnBytesTakeThemAsUnsigned) {
  const std::string input = std::string("\x00\x01\x7f\x80\xff", 5);
  expect_words(
      [&](Assembly& a, std::vector<U>& want) {
        for (const Cond c : all_conds) {
          for (std::size_t k = 0; k < input.size(); ++k) {
            for (const S y :
                 {S(0), S(1), S(0x7f), S(0x80), S(0xff), S(0x100), S(-1), S(0x123456789)}) {
              expect_branch(
                  a, want, holds(c, static_cast<std::uint8_t>(input[k]), y), [&](Label l) {
                    a.branch(Opcode::branch_byte, l, c, r0, y).disp = static_cast<std::int32_t>(k);
                  });
            }
          }
        }
      },
      input);
}

TEST(Masm, CountedLoopsRunTheirCount) {
  for (const S n : {1, 2, 1000}) {
    Assembly a;
    a.slot_op(Opcode::put_imm, 0, none, n);
    a.imm(t0, 0);
    const Label top = a.label();
    a.bind(top);
    a.abc(Opcode::add_imm, t0, t0, none, 3);
    Op& o = a.branch(Opcode::loop_next, top);
    o.slot = 0;
    o.bound = Bound::count;
    a.out(t0);
    a.ret();
    Machine m(std::move(a.p));
    EXPECT_EQ(words(m.run()), std::vector<U>{static_cast<U>(3 * n)});
  }
}

TEST(Masm, JumpTablesCheckTheirIndex) {
  for (const S v : edges) {
    Assembly a;
    const Label done = a.label();
    std::vector<Label> targets;
    for (int k = 0; k < 5; ++k) {
      targets.push_back(a.label());
    }
    const Label otherwise = a.label();
    a.p.tables.push_back({targets[0], targets[1], targets[2], targets[1], targets[3], targets[4]});
    a.imm(t1, v);
    a.branch(Opcode::jump_table, otherwise, Cond::eq, t1).index = 0;
    for (int k = 0; k < 4; ++k) {
      a.bind(targets[static_cast<std::size_t>(k)]);
      a.imm(t0, k);
      a.branch(Opcode::jump, done);
    }
    a.bind(targets[4]);
    a.fail(Errc::type_mismatch);
    a.bind(otherwise);
    a.imm(t0, 99);
    a.bind(done);
    a.out(t0);
    a.ret();
    Machine m(std::move(a.p));
    const Outcome o = m.run();
    const std::array<U, 6> want{0, 1, 2, 1, 3, 0};
    if (v == 5) {
      EXPECT_EQ(o.error, static_cast<std::uint32_t>(Errc::type_mismatch));
    } else {
      EXPECT_EQ(words(o), std::vector<U>{v >= 0 && v < 5 ? want[static_cast<std::size_t>(v)] : 99});
    }
  }
}

TEST(Masm, NeedComparesWithTheRest) {
  for (const std::size_t size : {0U, 1U, 7U, 8U, 300U}) {
    const std::string input(size, 'x');
    expect_words(
        [&](Assembly& a, std::vector<U>& want) {
          for (const S n : {S(0), S(1), S(7), S(8), S(9), S(300), S(301), S(0x7fffffff),
                            S(0x80000000), S(1) << 40}) {
            expect_branch(a, want, static_cast<S>(size) < n,
                          [&](Label l) { a.branch(Opcode::need, l, Cond::eq, none, n); });
            if (n > 0x7fffffff) {
              continue;
            }
            for (const S x : edges) {
              const bool misses =
                  static_cast<U>(n) > size || static_cast<U>(x) > size - static_cast<U>(n);
              a.imm(t2, x);
              expect_branch(a, want, misses,
                            [&](Label l) { a.branch(Opcode::need_reg, l, Cond::eq, t2, n); });
            }
          }
        },
        input);
  }
}

TEST(Masm, ReserveGrowsTheOutputAndKeepsIt) {
  for (const S n : {1, 7, 8, 9, 100, 5000, 1 << 20}) {
    Assembly a;
    a.imm(t0, 0x1234);
    a.out(t0);
    a.op(Opcode::reserve).imm = n;
    a.imm(t1, 77);
    a.store(w0, n - 1, t1, 1);
    a.load(t2, w0, n - 1, 1);
    if (n >= 9) {
      a.out(t2);
    }
    a.ret();
    Machine m(std::move(a.p));
    const Outcome o = m.run({}, 16);
    EXPECT_EQ(o.ok, 1U);
    EXPECT_EQ(words(o), n >= 9 ? (std::vector<U>{0x1234, 77}) : std::vector<U>{0x1234});
    EXPECT_GE(o.w1_left, n >= 9 ? n - 8 : n);
  }
}

TEST(Masm, TemporariesSurviveReservations) {
  for (const Opcode code : {Opcode::reserve, Opcode::reserve_reg}) {
    Assembly a;
    std::vector<U> want;
    for (unsigned k = 0; k < 4; ++k) {
      a.imm(static_cast<Reg>(static_cast<unsigned>(t0) + k), 1000 + k);
      want.push_back(1000 + k);
    }
    Op& o = a.op(code);
    o.imm = 1000;
    o.a = code == Opcode::reserve ? none : t2;
    for (const Reg r : {t0, t1, t2, t3}) {
      a.out(r);
    }
    a.ret();
    Machine m(std::move(a.p));
    EXPECT_EQ(words(m.run({}, 64)), want);
    EXPECT_EQ(words(m.run({}, 64000)), want);
  }
}

TEST(Masm, ReserveOfARegisterKeepsItAndRejectsTheImpossible) {
  for (const Reg reg : {t0, t1, t2, t3}) {
    for (const S n :
         {S(0), S(8), S(100), S(70000), S(1) << 60, S(-1), S(-8), std::numeric_limits<S>::max()}) {
      Assembly a;
      a.imm(reg, n);
      a.op(Opcode::reserve_reg).a = reg;
      a.p.ops.back().imm = 16;
      a.out(reg);
      a.ret();
      Machine m(std::move(a.p));
      const Outcome o = m.run({}, 64);
      if (n >= 0 && n <= 70000) {
        EXPECT_EQ(words(o), std::vector<U>{static_cast<U>(n)});
        EXPECT_GE(o.w1_left, n + 8);
      } else {
        EXPECT_EQ(o.ok, 0U);
        EXPECT_NE(o.error, 0U);
      }
    }
  }
}

TEST(Masm, FailuresLeaveCodeAndPosition) {
  Assembly a;
  const Label l = a.label();
  a.abc(Opcode::add_imm, r0, r0, none, 3);
  a.load(t0, r0, 0, 1);
  a.branch(Opcode::branch_imm, l, Cond::eq, t0, 'x');
  a.fail(Errc::truncated);
  a.bind(l);
  a.fail(Errc::syntax);
  Machine m(std::move(a.p));
  Outcome o = m.run("abcx");
  EXPECT_EQ(o.ok, 0U);
  EXPECT_EQ(o.error, static_cast<std::uint32_t>(Errc::syntax));
  EXPECT_EQ(o.error_at, 3);
  o = m.run("abcy");
  EXPECT_EQ(o.error, static_cast<std::uint32_t>(Errc::truncated));
  EXPECT_EQ(o.r0, 3);
}

TEST(Masm, RestartIsAFailureOfItsOwn) {
  Assembly a;
  a.op(Opcode::restart);
  Machine m(std::move(a.p));
  EXPECT_EQ(m.run().error, restart_code);
}

TEST(Masm, DepthIsEnteredLeftAndChecked) {
  for (const std::int32_t depth : {0, 1, 2, 3, 4}) {
    Assembly a;
    a.op(Opcode::depth_enter).imm = 2;
    a.op(Opcode::depth_check).imm = 1;
    a.op(Opcode::depth_leave).imm = 1;
    a.ret();
    Machine m(std::move(a.p));
    const Outcome o = m.run({}, 64, depth);
    EXPECT_EQ(o.ok, depth >= 3 ? 1U : 0U);
    EXPECT_EQ(o.error, depth >= 3 ? 0U : static_cast<std::uint32_t>(Errc::depth_limit));
  }
}

}  // namespace
}  // namespace wirejit::jit
