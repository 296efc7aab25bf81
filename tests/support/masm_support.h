// Edge values, conditions, and checks of words and branches, for the tests of the macro assemblers.
// Entry: expect_words, expect_branch. Invariant: expected values are computed in C++.
#pragma once

#include "tests/support/jit_support.h"

#include <array>
#include <functional>
#include <limits>

namespace wirejit::jit {

using U = std::uint64_t;
using S = std::int64_t;
using enum Reg;

inline constexpr std::array<S, 22> edges{0,
                                         1,
                                         -1,
                                         2,
                                         3,
                                         7,
                                         127,
                                         128,
                                         255,
                                         256,
                                         -128,
                                         0x7fff,
                                         0xffff,
                                         0x7fffffff,
                                         0x80000000,
                                         0xffffffff,
                                         -0x80000000LL,
                                         0x100000000,
                                         0x123456789abcdef,
                                         S(0xfedcba9876543210),
                                         std::numeric_limits<S>::max(),
                                         std::numeric_limits<S>::min()};
inline constexpr std::array all_conds{Cond::eq,    Cond::ne,      Cond::lt,    Cond::le,
                                      Cond::gt,    Cond::ge,      Cond::below, Cond::below_eq,
                                      Cond::above, Cond::above_eq};

inline bool holds(Cond c, S a, S b) {
  const U x = static_cast<U>(a);
  const U y = static_cast<U>(b);
  switch (c) {
    case Cond::eq: return a == b;
    case Cond::ne: return a != b;
    case Cond::lt: return a < b;
    case Cond::le: return a <= b;
    case Cond::gt: return a > b;
    case Cond::ge: return a >= b;
    case Cond::below: return x < y;
    case Cond::below_eq: return x <= y;
    case Cond::above: return x > y;
    case Cond::above_eq: return x >= y;
  }
  return false;
}

// Runs `write`, which appends words to the output, and compares them.
inline void expect_words(const std::function<void(Assembly&, std::vector<U>&)>& write,
                         std::string_view input = {}) {
  Assembly a;
  std::vector<U> expected;
  write(a, expected);
  a.ret();
  Machine m(std::move(a.p));
  const Outcome o = m.run(input, 1 << 20);
  EXPECT_EQ(o.ok, 1U);
  const std::vector<U> got = words(o);
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t k = 0; k < got.size(); ++k) {
    EXPECT_EQ(got[k], expected[k]) << "word " << k;
  }
}

// Emits a branch and code that appends 1 to the output if it is taken, else 0. Appends the same to
// `expected`.
inline void expect_branch(Assembly& a, std::vector<U>& expected, bool taken,
                          const std::function<void(Label)>& branch) {
  const Label l = a.label();
  a.imm(t0, 1);
  a.store(w0, 0, t0);
  branch(l);
  a.imm(t0, 0);
  a.store(w0, 0, t0);
  a.bind(l);
  a.abc(Opcode::add_imm, w0, w0, none, 8);
  expected.push_back(taken ? 1 : 0);
}

}  // namespace wirejit::jit
