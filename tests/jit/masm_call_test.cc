// Calls of helpers and of routines as machine code: all orders of arguments, all uses of results.
#include "tests/support/masm_support.h"

#include <algorithm>
#include <random>

namespace wirejit::jit {
namespace {

HelperResult sum_and_mix(Context& ctx, U a, U b, U c, U d, U e) noexcept {
  ctx.extra_results[1] = e;
  return {a + 10 * b + 100 * c + 1000 * d + 10000 * e, a ^ b ^ c ^ d ^ e};
}
HelperResult list_of_six(U a, U b, U c, U d, U e, U f) noexcept {
  return {a | b << 8 | c << 16 | d << 24 | e << 32 | f << 40, f};
}
HelperResult null_if_zero(U a) noexcept { return {a, a + 1}; }
void fill(U* p, U v) noexcept {
  p[0] = v;
  p[1] = v + 1;
}
U at_input(const U* begin) noexcept { return *begin; }

const Helper& helper_of(int k) {
  static const std::array all{
      helper<&sum_and_mix>("sum_and_mix"), helper<&list_of_six>("list_of_six"),
      helper<&null_if_zero>("null_if_zero"), helper<&fill>("fill"), helper<&at_input>("at_input")};
  return all[static_cast<std::size_t>(k)];
}

TEST(Masm, ArgumentsArriveInEveryOrderOfTemporaries) {
  std::array temps{t0, t1, t2, t3};
  std::vector<Program> programs;
  do {
    Assembly a;
    a.slot_op(Opcode::put_imm, 0, none, 5);
    for (unsigned k = 0; k < 4; ++k) {
      a.imm(static_cast<Reg>(static_cast<unsigned>(t0) + k), k + 1);
    }
    Call& c = a.call(helper_of(1),
                     {temps[0], temps[1], temps[2], temps[3], slot_arg(0), std::uint64_t{6}});
    c.to0 = t2;
    a.out(t2);
    a.imm(t0, 1);
    a.imm(t1, 2);
    a.imm(t2, 3);
    a.imm(t3, 4);
    a.call(helper_of(0), {temps[0], temps[1], temps[2], temps[3], temps[0]}).to0 = t3;
    a.out(t3);
    a.ret();
    std::vector<U> want(2);
    U weight = 1;
    for (unsigned k = 0; k < 4; ++k) {
      const U v = static_cast<U>(temps[k]) - static_cast<U>(t0) + 1;
      want[0] |= v << (8 * k);
      want[1] += weight * v;
      weight *= 10;
    }
    want[0] |= U{5} << 32 | U{6} << 40;
    want[1] += 10000 * (static_cast<U>(temps[0]) - static_cast<U>(t0) + 1);
    Machine m(std::move(a.p));
    EXPECT_EQ(words(m.run()), want);
  } while (std::next_permutation(temps.begin(), temps.end()));
}

TEST(Masm, OneRegisterMayBePassedSeveralTimes) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Assembly a;
    std::array<U, 4> v{};
    for (unsigned k = 0; k < 4; ++k) {
      v[k] = random() & 0xff;
      a.imm(static_cast<Reg>(static_cast<unsigned>(t0) + k), static_cast<S>(v[k]));
    }
    U want = 0;
    Call c;
    c.helper = &helper_of(1);
    for (unsigned k = 0; k < 6; ++k) {
      const unsigned pick = static_cast<unsigned>(random() % 4);
      c.args[k] = static_cast<Reg>(static_cast<unsigned>(t0) + pick);
      want |= v[pick] << (8 * k);
    }
    c.count = 6;
    a.p.calls.push_back(c);
    a.op(Opcode::call).index = 0;
    a.out(t0);
    a.ret();
    Machine m(std::move(a.p));
    EXPECT_EQ(words(m.run()), std::vector<U>{want});
  }
}

TEST(Masm, ResultsGoToTheNamedRegistersAndSlots) {
  const std::array all{t0, t1, t2, t3, none};
  for (const Reg first : all) {
    for (const Reg second : all) {
      if (first == second && first != none) {
        continue;
      }
      Assembly a;
      Call& c = a.call(helper_of(2), {std::uint64_t{41}});
      c.to0 = first;
      c.to1 = second;
      std::vector<U> want;
      if (first != none) {
        a.out(first);
        want.push_back(41);
      }
      if (second != none) {
        a.out(second);
        want.push_back(42);
      }
      a.ret();
      Machine m(std::move(a.p));
      EXPECT_EQ(words(m.run()), want);
    }
  }
}

TEST(Masm, NullResultsArePassedOnOnlyWhereTheyFail) {
  for (const bool null_fails : {false, true}) {
    for (const U v : {U{0}, U{1}, U{1} << 63}) {
      Assembly a;
      a.imm(t0, static_cast<S>(v));
      a.call(helper_of(2), {t0}).null_fails = null_fails;
      a.ret();
      Machine m(std::move(a.p));
      EXPECT_EQ(m.run().ok, null_fails && v == 0 ? 0U : 1U);
    }
  }
}

TEST(Masm, ArgumentsOfEveryKind) {
  Assembly a;
  a.slot_op(Opcode::put_imm, 2, none, 1);
  a.slot_op(Opcode::put_imm, 3, none, 1);
  a.call(helper_of(3), {slot_arg(2, Arg::What::slot_address), std::uint64_t{0x8877665544332211}});
  a.slot_op(Opcode::get, 2, t0);
  a.out(t0);
  a.slot_op(Opcode::get, 3, t0);
  a.out(t0);
  a.abc(Opcode::add_imm, r0, r0, none, 5);
  a.call(helper_of(4), {input_begin_arg()}).to0 = t1;
  a.out(t1);
  a.call(helper_of(1), {r0, r0, w0, w0, std::uint64_t{0}, std::uint64_t{9}}).to1 = t1;
  a.out(t1);
  a.ret();
  Machine m(std::move(a.p));
  EXPECT_EQ(words(m.run("abcdefgh")),
            (std::vector<U>{0x8877665544332211, 0x8877665544332212, 0x6867666564636261, 9}));
}

TEST(Masm, RoutinesCallEachOtherCompiledOrNot) {
  for (const std::size_t limit :
       {std::size_t{1000}, std::size_t{7}}) {  // with the second, routine 1 is interpreted
    Assembly a("outer");
    a.slot_op(Opcode::put_imm, 0, none, 3);
    const Label top = a.label();
    a.bind(top);
    a.op(Opcode::call_routine).imm = 1;
    Op& o = a.branch(Opcode::loop_next, top);
    o.slot = 0;
    o.bound = Bound::count;
    a.ret();

    Assembly b("inner");
    const Label end = b.label();
    b.branch(Opcode::need, end, Cond::eq, none, 1);
    b.load(t0, r0, 0, 1);
    b.abc(Opcode::add_imm, r0, r0, none, 1);
    b.slot_op(Opcode::put, 1, t0);
    b.slot_op(Opcode::get, 1, t1);
    b.op(Opcode::reserve).imm = 8;
    b.slot_op(Opcode::get, 1, t1);
    b.out(t1);
    b.ret();
    b.bind(end);
    b.fail(Errc::truncated);

    std::vector<Program> programs;
    programs.push_back(std::move(a.p));
    programs.push_back(std::move(b.p));
    CodeOptions options;
    options.max_routine_ops = limit;
    Machine m(std::move(programs), options);
    if (const auto& code = m.module().code) {
      EXPECT_NE(code->routines()[0].bytes, 0U);
      EXPECT_EQ(code->routines()[1].bytes != 0, limit > 7);
    }
    EXPECT_EQ(words(m.run("abc", 8)), (std::vector<U>{'a', 'b', 'c'}));
    const Outcome o2 = m.run("ab", 8);
    EXPECT_EQ(o2.error, static_cast<std::uint32_t>(Errc::truncated));
    EXPECT_EQ(o2.error_at, 2);
  }
}

TEST(Masm, RecursionEndsAtTheDepthLimit) {
  Assembly a;
  a.op(Opcode::depth_enter).imm = 1;
  a.slot_op(Opcode::put_imm, 63, none, 1);
  a.op(Opcode::call_routine).imm = 0;
  a.ret();
  Machine m(std::move(a.p));
  EXPECT_EQ(m.run({}, 64, 1000).error, static_cast<std::uint32_t>(Errc::depth_limit));
}

}  // namespace
}  // namespace wirejit::jit
