// Landing pads: both CPUs can require a marker instruction at each target of an indirect call or
// jump, and stop a program that jumps elsewhere. All code that is reached by a pointer begins with
// one.
#include "tests/support/jit_support.h"

#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <set>
#include <sstream>

namespace wirejit::jit {
namespace {

using enum Reg;

std::uint32_t word_at(const void* p) {
  std::uint32_t word = 0;
  std::memcpy(&word, p, sizeof word);
  return word;
}

// A routine with a frame, a call, a copy and a jump table.
Program example() {
  Assembly a("example");
  const Label end = a.label();
  const Label first = a.label();
  const Label second = a.label();
  a.branch(Opcode::need, end, Cond::eq, none, 8);
  a.load(t2, r0, 0, 4);
  a.abc(Opcode::reserve_reg, t2, none, none, 8);
  a.abc(Opcode::add_imm, t1, r0, none, 4);
  a.abc(Opcode::copy_bytes, t1, t2);
  a.op(Opcode::call_routine).imm = 1;
  a.load(t1, r0, 2, 1);
  a.p.tables.push_back({first, second, end});
  a.branch(Opcode::jump_table, end, Cond::eq, t1).bound = Bound::input;
  a.bind(first);
  a.abc(Opcode::add_imm, r0, r0, none, 1);
  a.bind(second);
  a.ret();
  a.bind(end);
  a.fail(Errc::truncated);
  return std::move(a.p);
}

Program leaf() {
  Assembly a("leaf");
  a.ret();
  return std::move(a.p);
}

TEST(LandingPad, EachRoutineBeginsWithOne) {
  for (const CpuFacts& facts : cpus()) {
    for (const Program& program : {example(), leaf()}) {
      ASSERT_EQ(verify(program, 2), "");
      const auto bytes = assemble(program, facts.cpu);
      ASSERT_TRUE(bytes) << bytes.error().to_string();
      ASSERT_GE(bytes->size(), 4U);
      EXPECT_EQ(word_at(bytes->data()), facts.landing_pad) << facts.name << ' ' << program.name;
    }
  }
}

// The entries of a module in executable memory: routines, the stubs that interpret, and the thunk by
// which C++ enters.
TEST(LandingPad, EachEntryInMemoryIsOne) {
  std::vector<Program> programs;
  programs.push_back(example());
  programs.push_back(leaf());
  Machine machine(std::move(programs));
  const Code& code = *machine.module().code;
  const auto row = std::ranges::find(cpus(), host_cpu(), &CpuFacts::cpu);
  ASSERT_NE(row, cpus().end());
  const std::uint32_t pad = row->landing_pad;
  for (std::size_t k = 0; k < 2; ++k) {
    EXPECT_NE(code.entry(k), code.stub(k));
    EXPECT_EQ(word_at(code.entry(k)), pad) << k;
    EXPECT_EQ(word_at(code.stub(k)), pad) << k;
  }
  EXPECT_EQ(word_at(code.memory().begin()), pad);
}

// Whether this machine stops a program that jumps to an instruction other than a landing pad.
bool landing_pads_are_checked() {
  constexpr unsigned long branch_targets = 1UL << 17;  // HWCAP2_BTI
  return host_cpu() == Cpu::aarch64 && (getauxval(AT_HWCAP2) & branch_targets) != 0;
}

TEST(LandingPad, ArrivingElsewhereStopsTheProgram) {
  if (!landing_pads_are_checked()) {
    GTEST_SKIP() << "this machine does not check landing pads";
  }
  for (const MemoryOptions& memory :
       {MemoryOptions{.allow_protect = false}, MemoryOptions{.allow_memory_file = false}}) {
    CodeOptions options;
    options.memory = memory;
    std::vector<Program> programs;
    programs.push_back(leaf());
    Machine machine(std::move(programs), options);
    const auto enter_at = [&](std::size_t offset) {
      const pid_t pid = fork();
      if (pid == 0) {
        std::signal(SIGILL, SIG_DFL);
        const Code& code = *machine.module().code;
        Context ctx;
        _exit(code.enter(ctx, static_cast<const std::uint8_t*>(code.entry(0)) + offset) == 1 ? 0
                                                                                             : 1);
      }
      int status = 0;
      waitpid(pid, &status, 0);
      return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    };
    EXPECT_EQ(enter_at(0), 0);
    EXPECT_EQ(enter_at(4), -SIGILL);
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

// The labels in the jump tables, which follow the code: the targets of indirect jumps.
std::set<std::string> table_targets(const std::vector<std::string>& lines) {
  std::set<std::string> targets;
  bool in_table = false;
  for (const std::string& line : lines) {
    if (line.ends_with(": table")) {
      in_table = true;
    } else if (in_table && line.starts_with("    L")) {
      targets.insert(line.substr(4) + ":");
    } else {
      in_table = false;
    }
  }
  return targets;
}

TEST(LandingPad, TargetsOfTablesAreMarkedWhereTheCpuChecksThem) {
  const auto text = list(example(), Cpu::aarch64);
  ASSERT_TRUE(text) << text.error().to_string();
  const std::vector<std::string> lines = lines_of(*text);
  const std::set<std::string> targets = table_targets(lines);
  EXPECT_EQ(targets.size(), 3U) << *text;
  std::size_t seen = 0;
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    if (targets.contains(lines[i])) {
      ++seen;
      EXPECT_EQ(lines[i + 1], "    hint 36") << lines[i] << '\n' << *text;  // bti j
    }
  }
  EXPECT_EQ(seen, 3U) << *text;
}

TEST(LandingPad, JumpsThroughTablesAreExemptWhereTheirTargetsAreNotMarked) {
  const auto bytes = assemble(example(), Cpu::x86_64);
  ASSERT_TRUE(bytes) << bytes.error().to_string();
  std::size_t indirect = 0;
  for (std::size_t i = 1; i + 1 < bytes->size(); ++i) {
    // jmp with a register: ff /4 with both top bits set. With the prefix REX.B it is r8 to r15.
    const auto at = [&](std::size_t k) { return static_cast<std::uint8_t>((*bytes)[k]); };
    if (at(i) == 0xff && (at(i + 1) & 0xf8) == 0xe0) {
      ++indirect;
      EXPECT_TRUE(at(i - 1) == 0x3e || (i > 1 && at(i - 1) == 0x41 && at(i - 2) == 0x3e)) << i;
    }
  }
  EXPECT_EQ(indirect, 1U);
}

}  // namespace
}  // namespace wirejit::jit
