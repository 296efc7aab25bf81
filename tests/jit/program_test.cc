// Programs: what verify() rejects, and the optimisations of the Builder, which must not change the
// results on any engine.
#include "jit/program_builder.h"
#include "tests/support/jit_support.h"

#include <algorithm>

namespace wirejit::jit {
namespace {

HelperResult do_nothing() noexcept { return {1, 0}; }
HelperResult read_nothing(Context&, std::uint64_t a, std::uint64_t b) noexcept { return {a, b}; }

using enum Reg;

std::size_t count(const Program& p, Opcode code) {
  return static_cast<std::size_t>(
      std::count_if(p.ops.begin(), p.ops.end(), [&](const Op& op) { return op.code == code; }));
}

void expect_defect(const Program& p, std::string_view what) {
  const std::string found = verify(p, 1);
  EXPECT_NE(found.find(what), std::string::npos) << "found: " << found << "\n" << dump(p);
}

// ---- verify

TEST(Verify, RejectsReadsOfRegistersThatAreNotWritten) {
  Assembly a;
  a.store(w0, 0, t0);
  a.ret();
  expect_defect(a.p, "register that is not written");
  Assembly slots;
  slots.slot_op(Opcode::get, 0, t0);
  slots.ret();
  expect_defect(slots.p, "slot");
}

TEST(Verify, RejectsReadsOfATemporaryAfterACopy) {
  Assembly a;
  a.imm(t2, 1);
  a.imm(t1, 0);
  a.abc(Opcode::copy_bytes, r0, t1);
  a.out(t2);
  a.ret();
  expect_defect(a.p, "register that is not written");
}

TEST(Verify, RejectsReadsOfRegistersThatOnePathToALabelDoesNotWrite) {
  Assembly a;
  const Label l = a.label();
  a.branch(Opcode::branch_imm, l, Cond::eq, r0, 0);
  a.imm(t0, 1);
  a.bind(l);
  a.out(t0);
  a.ret();
  expect_defect(a.p, "register that is not written");
}

TEST(Verify, RejectsLoopsWithoutABound) {
  Assembly a;
  const Label l = a.label();
  a.bind(l);
  a.branch(Opcode::jump, l);
  expect_defect(a.p, "without a bound");
}

TEST(Verify, RejectsLabelsUnboundOrBoundTwice) {
  Assembly unbound;
  unbound.branch(Opcode::jump, unbound.label());
  expect_defect(unbound.p, "not bound");
  Assembly twice;
  const Label l = twice.label();
  twice.bind(l);
  twice.bind(l);
  twice.ret();
  expect_defect(twice.p, "bound twice");
}

// The first walk of verify() finds t2 written at the loop's head. The second one, after the branch
// back, does not, as the call has overwritten t2.
TEST(Verify, RejectsReadsOfRegistersThatAreWrittenOnTheFirstTurnAlone) {
  static const Helper nothing = helper<&do_nothing>("do_nothing");
  for (const bool kills : {false, true}) {
    Assembly a;
    const Label head = a.label();
    const Label next = a.label();
    a.imm(t2, 1);
    a.bind(head);
    a.branch(Opcode::jump, next);
    a.bind(next);
    a.out(t2);
    if (kills) {
      a.call(nothing, {});
    }
    a.branch(Opcode::jump, head).bound = Bound::input;
    if (kills) {
      expect_defect(a.p, "reads a register that is not written");
    } else {
      EXPECT_EQ(verify(a.p, 1), "");
    }
  }
}

TEST(Verify, RejectsFastPathsOfOtherCalls) {
  static const Helper h = helper<&read_nothing>("read_nothing");
  const auto program = [](std::initializer_list<Arg> args, FastPath fast_path) {
    Assembly a;
    a.imm(t0, 1);
    a.imm(t1, 1);
    a.call(h, args).fast_path = fast_path;
    a.ret();
    return std::move(a.p);
  };
  EXPECT_EQ(verify(program({r0, r1}, FastPath::varint), 1), "");
  EXPECT_EQ(verify(program({t0, t1}, FastPath::ascii), 1), "");
  expect_defect(program({t0, r1}, FastPath::varint), "fast path");
  expect_defect(program({t0, w0}, FastPath::varint_written), "fast path");  // it has a context
  expect_defect(program({t1, t0}, FastPath::ascii), "fast path");
  EXPECT_EQ(verify(program({t0, t1}, FastPath::allocate), 1), "");
  expect_defect(program({t1, t0}, FastPath::allocate), "fast path");
  expect_defect(program({r0, std::uint64_t{5}}, FastPath::varint), "fast path");
}

TEST(Verify, RejectsProgramsThatRunPastTheirEnd) {
  Assembly a;
  a.imm(t0, 1);
  expect_defect(a.p, "falls off");
}

TEST(Verify, RejectsRoutinesAndLiteralsOutOfRange) {
  Assembly routine;
  routine.op(Opcode::call_routine).imm = 7;
  routine.ret();
  expect_defect(routine.p, "routine out of range");
  Assembly literal;
  literal.put_literal("four");
  literal.p.ops.back().width = 200;
  literal.ret();
  expect_defect(literal.p, "literal out of range");
}

TEST(Verify, RejectsABoundThatNoBranchProves) {
  for (const std::int64_t most : {std::int64_t{0xffffffff}, std::int64_t{0x100000000}}) {
    Assembly a;
    const Label l = a.label();
    a.load(t1, r0, 0, 8);
    a.branch(Opcode::branch_imm, l, Cond::above, t1, most);
    a.abc(Opcode::reserve_reg, t1);
    a.p.ops.back().width = 4;
    a.ret();
    a.bind(l);
    a.fail(Errc::size_limit);
    if (most == 0xffffffff) {
      EXPECT_EQ(verify(a.p, 1), "");
      a.p.ops[1].cond = Cond::lt;  // no bound for large unsigned numbers
    }
    expect_defect(a.p, "bound that is not there");
  }
}

// ---- Builder

class Built : public testing::Test {
 protected:
  // Runs the Program on every engine; `expected` is the output.
  void expect_output(Program p, std::string_view input, std::string_view expected) {
    ASSERT_EQ(verify(p, 1), "") << dump(p);
    Machine machine(std::move(p));
    const Outcome out = machine.run(input);
    EXPECT_TRUE(out.ok);
    EXPECT_EQ(out.output, expected);
  }
};

TEST_F(Built, ConstantsBetweenValuesAreStoredAtOnceBeforeThem) {
  Builder b("constants");
  b.reserve(16);
  for (const char name : {'a', 'b', 'c'}) {
    b.load(t0, r0, name - 'a', 1);
    b.put_literal({&name, 1});
    b.store(w0, 0, t0, 1);
    b.advance(w0, 1);
  }
  b.put_literal(".");
  b.ret();
  Program p = b.finish();
  EXPECT_EQ(count(p, Opcode::put_literal), 1U) << dump(p);
  EXPECT_EQ(count(p, Opcode::add_imm), 1U) << dump(p);
  expect_output(std::move(p), "123", "a1b2c3.");
}

TEST_F(Built, ConstantsFarApartStayApart) {
  Builder b("far");
  b.reserve(40);
  b.put_literal("<");
  for (std::int64_t k = 0; k < 2; ++k) {
    b.load(t0, r0, 8 * k, 8);
    b.store(w0, 0, t0, 8);
    b.advance(w0, 8);
  }
  b.put_literal(">");
  b.ret();
  Program p = b.finish();
  EXPECT_EQ(count(p, Opcode::put_literal), 2U) << dump(p);
  expect_output(std::move(p), "0123456789abcdef", "<0123456789abcdef>");
}

TEST_F(Built, AConstantOverAnEarlierOneWins) {
  Builder b("over");
  b.reserve(16);
  b.store_imm(w0, 0, 0x64636261, 4);
  b.store_imm(w0, 1, 'X', 1);
  b.store_imm(w0, 3, 0x7a59, 2);
  b.advance(w0, 5);
  b.ret();
  expect_output(b.finish(), "", "aXcYz");
}

TEST_F(Built, AValueUnderAConstantIsOverwritten) {
  Builder b("under");
  b.reserve(16);
  b.load(t0, r0, 0, 4);
  b.put_literal("<");
  b.store(w0, 0, t0, 4);
  b.store_imm(w0, 2, '|', 1);
  b.advance(w0, 4);
  b.ret();
  expect_output(b.finish(), "0123", "<01|3");
}

TEST_F(Built, NothingIsWrittenBetweenConstantsOfAnObject) {
  Builder b("object");  // without a reservation, the bytes between the two must not change
  b.store_imm(w0, 0, 'a', 1);
  b.store_imm(w0, 4, 'b', 1);
  b.advance(w0, 5);
  b.ret();
  Program p = b.finish();
  EXPECT_EQ(count(p, Opcode::store_imm), 2U) << dump(p);
  expect_output(std::move(p), "",
                "a\xcc\xcc\xcc"
                "b");
}

TEST_F(Built, ConstantsOnTwoSidesOfABranchStayWhereTheyAre) {
  Builder b("branch");
  const Label other = b.label();
  b.reserve(8);
  b.put_literal("a");
  b.branch_byte(Cond::eq, r0, 0, '?', other);
  b.put_literal("b");
  b.bind(other);
  b.reserve(8);
  b.put_literal("c");
  b.ret();
  const Program p = b.finish();
  expect_output(p, "?", "ac");
  expect_output(p, "!", "abc");
}

TEST_F(Built, ReservationsOfAStraightLineAreOne) {
  Builder b("reservations");
  for (int k = 0; k < 3; ++k) {
    b.reserve(1);
    b.store_imm(w0, 0, 'x', 1);
    b.advance(w0, 1);
  }
  b.ret();
  Program p = b.finish();
  EXPECT_EQ(count(p, Opcode::reserve), 1U) << dump(p);
  expect_output(std::move(p), "", "xxx");
}

TEST_F(Built, ALengthThatWasTestedIsAddedWithoutACheckForOverflow) {
  for (const bool tested : {true, false}) {
    Builder b("length");
    const Label l = b.label();
    b.imm(t0, 0);
    b.load(t1, r0, 0, 1);
    if (tested) {
      b.branch_imm(Cond::above, t1, 200, l);
    }
    b.reserve_reg(t1, 5);
    b.add_imm(t0, r0, 1);
    b.copy_bytes(t0, t1);
    b.ret();
    b.bind(l);
    b.fail(Errc::size_limit);
    const Program p = b.finish();
    const auto at = std::find_if(p.ops.begin(), p.ops.end(),
                                 [](const Op& op) { return op.code == Opcode::reserve_reg; });
    ASSERT_NE(at, p.ops.end());
    EXPECT_EQ(at->width, tested ? 4 : 8);
    Machine machine(p);
    for (const std::size_t room : {0U, 1U, 7U, 8U, 9U, 64U}) {  // with and without growing
      const Outcome out = machine.run(std::string("\x03") + "abc", room);
      EXPECT_TRUE(out.ok);
      EXPECT_EQ(out.output, "abc");
    }
  }
}

// A header byte, compared by two paths, and a value whose load makes the advance of both.
TEST_F(Built, AnAdvanceMayStayDeferredAtALabel) {
  Builder b("behind");
  const Label value = b.label(1);
  const Label other = b.cold_label();
  const Label end = b.label();
  b.need(2, end);
  b.branch_byte(Cond::ne, r0, 0, 'a', other);
  b.advance(r0, 1);
  b.bind(value, 2);
  b.reserve(1);
  b.load(t0, r0, 0, 1);
  b.advance(r0, 1);
  b.store(w0, 0, t0, 1);
  b.advance(w0, 1);
  b.bind(end);
  b.ret();
  b.bind(other);
  b.need(2, end);  // known
  b.advance(r0, 1);
  b.jump(value, Bound::input);
  const Program p = b.finish();
  EXPECT_EQ(count(p, Opcode::need), 1U) << dump(p);
  const auto moves = std::ranges::count_if(
      p.ops, [](const Op& op) { return op.code == Opcode::add_imm && op.a == r0; });
  EXPECT_EQ(moves, 1) << dump(p);
  expect_output(p, "ax", "x");
  expect_output(p, "by", "y");
  expect_output(p, "a", "");
}

}  // namespace
}  // namespace wirejit::jit
