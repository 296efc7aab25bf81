// Machine code of a few Programs for every CPU, as text in tests/golden.
// After a change on purpose: run with WIREJIT_BLESS=1 in the environment, then read the diff.
#include "tests/support/jit_support.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace wirejit::jit {
namespace {

using enum Reg;

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void expect_listing(const std::string& name, const Program& program) {
  ASSERT_EQ(verify(program, 8), "");
  for (const CpuFacts& facts : cpus()) {
    const auto text = list(program, facts.cpu);
    ASSERT_TRUE(text) << text.error().to_string();
    const std::string path = "tests/golden/" + name + "." + std::string(facts.name) + ".txt";
    if (std::getenv("WIREJIT_BLESS") != nullptr) {
      std::ofstream(path, std::ios::binary) << *text;
    }
    EXPECT_EQ(*text, read_file(path)) << path << " differs; WIREJIT_BLESS=1 renews it";
    const auto again = list(program, facts.cpu);
    ASSERT_TRUE(again);
    EXPECT_EQ(*text, *again) << "two listings differ";
  }
}

HelperResult read_number(Context& ctx, const void* at, const void*) noexcept {
  return fail(ctx, Errc::syntax, at);
}
void note(std::uint64_t) noexcept {}

// Reads an expected key and a number from text.
TEST(Listing, TextField) {
  static const Helper number = helper<&read_number>("read_number");
  static const int table = 0;  // its address must not be in the listing
  Assembly a("text field");
  a.p.comments.emplace_back("field 1: id");
  const Label other = a.label();
  const Label end = a.label();
  a.branch(Opcode::need, end, Cond::eq, none, 32);
  a.match("\"id\":", 32, other);
  a.p.ops.back().comment = 1;
  a.abc(Opcode::add_imm, r0, r0, none, 5);
  Call& c = a.call(number, {r0, Arg(static_cast<const void*>(&table))});
  c.null_fails = true;
  c.to0 = r0;
  c.to1 = t1;
  a.op(Opcode::reserve).imm = 16;
  a.store(w0, 0, t1, 8, true);
  a.put_literal(",\"identifier\":", 8);
  a.abc(Opcode::add_imm, w0, w0, none, 22);
  a.slot_op(Opcode::put_imm, 0, none, 0);
  a.slot_op(Opcode::or_slot, 0, none, 2);
  a.ret();
  a.bind(other);
  a.fail(Errc::unknown_field);
  a.bind(end);
  a.fail(Errc::truncated);
  expect_listing("text_field", a.p);
}

// Reads a type, a field number and a big-endian value into an object.
TEST(Listing, BinaryField) {
  Assembly a("binary field");
  const Label other = a.label();
  const Label end = a.label();
  const Label done = a.label();
  a.op(Opcode::depth_enter).imm = 1;
  a.branch(Opcode::need, end, Cond::eq, none, 18);
  a.branch(Opcode::branch_byte, other, Cond::ne, r0, 8);
  a.load(t0, r0, 1, 2, true, true);
  a.branch(Opcode::branch_imm, other, Cond::ne, t0, 1);
  a.load(t0, r0, 3, 4, true, true);
  a.store(w0, 8, t0, 4);
  a.load(t0, r0, 10, 8, false, true);
  a.store(w0, 16, t0, 8);
  Op& rest = a.op(Opcode::zero);
  rest.a = w0;
  rest.disp = 24;
  rest.imm = 40;
  a.abc(Opcode::add_imm, r0, r0, none, 18);
  a.bind(done);
  a.op(Opcode::depth_leave).imm = 1;
  a.ret();
  a.bind(other);
  a.p.tables.push_back({done, end, end});
  a.load(t1, r0, 2, 1);
  a.branch(Opcode::jump_table, end, Cond::eq, t1).bound = Bound::input;
  a.bind(end);
  a.fail(Errc::truncated);
  expect_listing("binary_field", a.p);
}

// A counted loop over strings, each copied, with a nested routine.
TEST(Listing, Strings) {
  static const Helper noted = helper<&note>("note");
  Assembly a("strings");
  const Label end = a.label();
  const Label top = a.label();
  const Label escape = a.label();
  a.branch(Opcode::need, end, Cond::eq, none, 4);
  a.load(t0, r0, 0, 4, false, true);
  a.slot_op(Opcode::put, 0, t0);
  a.bind(top);
  a.load(t2, r0, 4, 4, false, true);
  a.branch(Opcode::need_reg, end, Cond::eq, t2, 8);
  a.abc(Opcode::reserve_reg, t2, none, none, 8);
  a.abc(Opcode::add_imm, t1, r0, none, 8);
  a.branch(Opcode::scan_text, escape).a = t3;
  a.bind(escape);
  a.abc(Opcode::copy_bytes, t1, t2);
  a.op(Opcode::call_routine).imm = 3;
  a.call(noted, {slot_arg(0)});
  Op& o = a.branch(Opcode::loop_next, top);
  o.bound = Bound::count;
  a.ret();
  a.bind(end);
  a.fail(Errc::truncated);
  expect_listing("strings", a.p);
}

// Words: immediates, and arithmetic without flags.
TEST(Listing, Words) {
  Assembly a("words");
  for (const std::int64_t v :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{0x12345678},
        std::int64_t{0x123456789abcdef0}, std::int64_t{0xff00ff}}) {
    a.imm(t0, v);
    a.abc(Opcode::and_imm, t1, t0, none, v);
    a.abc(Opcode::add_imm, t2, t1, none, v);
    a.abc(Opcode::mul_imm, t3, t0, none, v);
    a.store(w0, 0, t3);
  }
  a.abc(Opcode::zigzag, t1, t0);
  a.abc(Opcode::unzigzag, t1, t1);
  a.abc(Opcode::sub, t1, t0, t1);
  a.abc(Opcode::set_if, t2, t1, none, 3);
  a.p.ops.back().cond = Cond::above;
  a.abc(Opcode::shl_imm, t2, t1, none, 3);
  a.abc(Opcode::sar_imm, t2, t2, none, 7);
  a.slot_op(Opcode::put_imm, 3, none, 0x123456789abcdef0);
  a.slot_op(Opcode::slot_addr, 3, t0);
  a.op(Opcode::get_extra).a = t1;
  a.ret();
  expect_listing("words", a.p);
}

TEST(Listing, AnUnknownCpuIsAnError) {
  Assembly a;
  a.ret();
  const auto text = list(a.p, Cpu::none);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code(), Errc::unsupported);
}

TEST(Listing, CodeHoldsNoAddressButInItsData) {
  // With another address the Program's data differ, but not its instructions.
  const auto code = [](std::uint64_t address) {
    Assembly a;
    static const Helper noted = helper<&note>("note");
    a.call(noted, {address});
    a.ret();
    const auto bytes = assemble(a.p, Cpu::x86_64);
    return bytes ? *bytes : std::string();
  };
  const std::string one = code(0x7f0012345678);
  const std::string other = code(0x7f00deadbeef);
  ASSERT_EQ(one.size(), other.size());
  EXPECT_NE(one, other);
  EXPECT_EQ(one.substr(0, 64), other.substr(0, 64));
}

}  // namespace
}  // namespace wirejit::jit
