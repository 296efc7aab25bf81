// Executable memory under the restrictions of real systems, each set up in a child process; that
// code is never writable, memory files are closed, and code is unmapped with its last owner.
#include "tests/support/jit_support.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>

namespace wirejit::jit {
namespace {

constexpr int refuse_exec_gain = 1;  // PR_MDWE_REFUSE_EXEC_GAIN
constexpr int set_memory_deny = 65;  // PR_SET_MDWE
constexpr int skipped = 77;

// Runs `body` in a child process. Returns its result, or a negative signal number.
int in_child(const std::function<int()>& body) {
  const pid_t pid = fork();
  if (pid == 0) {
    _exit(body());
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// A filter that answers EPERM to a system call if its argument `arg` has all bits of `bits`.
struct Denied {
  long number;
  unsigned arg;
  std::uint32_t bits;
};

bool deny(std::initializer_list<Denied> calls) {
  std::vector<sock_filter> f;
  const auto load = [&](std::size_t offset) {
    f.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
  };
  for (const Denied& d : calls) {
    load(offsetof(seccomp_data, nr));
    f.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(d.number), 0, 4));
    load(offsetof(seccomp_data, args) + 8UL * d.arg);
    f.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, d.bits));
    f.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, d.bits, 0, 1));
    f.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  }
  f.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(f.size()), f.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

const Denied no_writable_code{SYS_mmap, 2, PROT_WRITE | PROT_EXEC};
const Denied no_mapped_code{SYS_mmap, 2, PROT_EXEC};
const Denied no_made_code{SYS_mprotect, 2, PROT_EXEC};
const Denied no_memory_file{SYS_memfd_create, 1, 0};

// A module whose routine puts 42 into the output, and a literal, so that there is data.
void fill(Module& module) {
  Assembly a;
  a.imm(Reg::t0, 42);
  a.out(Reg::t0);
  a.put_literal("a literal of some length");
  a.ret();
  module.programs.push_back(std::move(a.p));
  module.decoded.push_back(decode_program(module.programs[0], false));
}

Result<std::shared_ptr<const Code>> compile(const Module& module, const MemoryOptions& memory) {
  CodeOptions options;
  options.memory = memory;
  options.runtime = {grow_output_helper(), &interpret_routine};
  return emit_module(module, options);
}

bool runs(const Code& code) {
  std::array<std::uint64_t, 16> out{};
  Context ctx;
  ctx.w0 = reinterpret_cast<std::uint64_t>(out.data());
  ctx.w1 = ctx.w0 + 64;
  return code.enter(ctx, code.entry(0)) == 1 && out[0] == 42 &&
         std::memcmp(&out[1], "a literal", 9) == 0 &&
         ctx.w0 == reinterpret_cast<std::uint64_t>(&out[1]);
}

// How compiled code gets into executable memory here; none if it is not allowed.
MemoryMeans outcome(const MemoryOptions& memory = {}) {
  Module module;
  fill(module);
  const auto code = compile(module, memory);
  if (!code) {
    return code.error().code() == Errc::code_memory ? MemoryMeans::none
                                                    : static_cast<MemoryMeans>(99);
  }
  return runs(**code) ? (*code)->memory().means() : static_cast<MemoryMeans>(98);
}

constexpr MemoryOptions only_file{.allow_memory_file = true, .allow_protect = false};
constexpr MemoryOptions only_protect{.allow_memory_file = false, .allow_protect = true};
constexpr MemoryOptions nothing{.allow_memory_file = false, .allow_protect = false};

struct Expected {
  MemoryMeans any;
  MemoryMeans file;
  MemoryMeans protect;
};

// Checks the outcomes in a child process in which `restrict` has set up restrictions.
void expect_in(const std::function<bool()>& restrict, const Expected& want) {
  const int result = in_child([&] {
    if (!restrict()) {
      return skipped;
    }
    return (outcome() == want.any ? 0 : 1) + (outcome(only_file) == want.file ? 0 : 2) +
           (outcome(only_protect) == want.protect ? 0 : 4) +
           (CodeMemory::probe() == want.any ? 0 : 8);
  });
  if (result == skipped) {
    GTEST_SKIP() << "this system cannot be restricted so";
  }
  EXPECT_EQ(result, 0) << "bits: 1 by default, 2 memory file, 4 protect, 8 probe";
}

using enum MemoryMeans;

TEST(CodeSpace, EveryMeansWorksWhereNothingIsDenied) {
  EXPECT_EQ(outcome(), memory_file);
  EXPECT_EQ(outcome(only_file), memory_file);
  EXPECT_EQ(outcome(only_protect), protect);
}

TEST(CodeSpace, MeansCanBeForbidden) {
  EXPECT_EQ(outcome(nothing), none);
  EXPECT_EQ(CodeMemory::probe(nothing), none);
}

TEST(CodeSpace, MemoryDenyWriteExecuteLeavesTheMemoryFile) {
  expect_in([] { return prctl(set_memory_deny, refuse_exec_gain, 0, 0, 0) == 0; },
            {memory_file, memory_file, none});
}

TEST(CodeSpace, SeccompAgainstMakingMemoryExecutableLeavesTheMemoryFile) {
  expect_in([] { return deny({no_writable_code, no_made_code}); },
            {memory_file, memory_file, none});
}

TEST(CodeSpace, WithoutMemoryFilesMemoryIsProtectedAfterWriting) {
  expect_in([] { return deny({no_memory_file}); }, {protect, none, protect});
}

TEST(CodeSpace, NeitherMemoryFilesNorMakingMemoryExecutable) {
  expect_in([] { return deny({no_writable_code, no_made_code, no_memory_file}); },
            {none, none, none});
}

TEST(CodeSpace, NoExecutableMemoryAtAll) {
  expect_in([] { return deny({no_mapped_code, no_made_code}); }, {none, none, none});
}

TEST(CodeSpace, SystemsThatRejectExecutableMemoryFilesByDefault) {
  for (const char* level : {"1", "2"}) {
    // The setting belongs to the PID namespace; unshare() moves only later children into a new one.
    const int result = in_child([&] {
      if (unshare(CLONE_NEWPID) != 0) {
        return skipped;
      }
      return in_child([&] {
        const int fd = open("/proc/sys/vm/memfd_noexec", O_WRONLY | O_CLOEXEC);
        if (fd < 0 || write(fd, level, 1) != 1) {
          return skipped;
        }
        close(fd);
        return outcome() == memory_file ? 0 : 1;
      });
    });
    if (result == skipped) {
      GTEST_SKIP() << "no such setting here";
    }
    EXPECT_EQ(result, 0) << "level " << level;
  }
}

// The lines of /proc/self/maps.
std::vector<std::string> mappings() {
  std::vector<std::string> lines;
  std::ifstream in("/proc/self/maps");
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

// "r-xp" of the mapping that holds `address`.
std::string permissions(const void* address) {
  const auto at = reinterpret_cast<std::uint64_t>(address);
  for (const std::string& line : mappings()) {
    std::size_t used = 0;
    const std::uint64_t begin = std::stoull(line, &used, 16);
    std::size_t used2 = 0;
    const std::uint64_t end = std::stoull(line.substr(used + 1), &used2, 16);
    if (at >= begin && at < end) {
      return line.substr(used + used2 + 2, 4);
    }
  }
  return {};
}

// False under emulators of user programs: /proc/self/maps has their own mappings, which may join two
// adjacent ones of the program that differ in their permissions.
bool mappings_are_shown() {
  const std::size_t page = CodeMemory::page_size();
  void* p = mmap(nullptr, 2 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) {
    return false;
  }
  auto* second = static_cast<std::uint8_t*>(p) + page;
  const bool shown = mprotect(p, page, PROT_READ | PROT_EXEC) == 0 && permissions(p) == "r-xp" &&
                     permissions(second) == "r--p";
  munmap(p, 2 * page);
  return shown;
}

TEST(CodeSpace, CodeIsNeverWritableAndDataNeverExecutable) {
  if (!mappings_are_shown()) {
    GTEST_SKIP() << "/proc/self/maps does not show the permissions of this program's pages";
  }
  for (const MemoryOptions& memory : {only_file, only_protect}) {
    Module module;
    fill(module);
    const auto code = compile(module, memory);
    ASSERT_TRUE(code);
    const std::uint8_t* begin = (*code)->memory().begin();
    EXPECT_EQ(permissions(begin), "r-xp");
    EXPECT_EQ(permissions(begin + (*code)->memory().mapped_bytes() - 1), "r--p");
    int views = 0;
    for (const std::string& line : mappings()) {
      EXPECT_EQ(line.find("rwx"), std::string::npos) << line;
      views += line.find("memfd:wirejit") != std::string::npos ? 1 : 0;
    }
    EXPECT_EQ(views, (*code)->memory().means() == memory_file ? 2 : 0);  // code and data, once each
  }
}

TEST(CodeSpace, NoFileStaysOpen) {
  const auto open_files = [] {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
  };
  const auto before = open_files();
  Module module;
  fill(module);
  const auto code = compile(module, only_file);
  ASSERT_TRUE(code);
  EXPECT_EQ(open_files(), before);
}

TEST(CodeSpace, AChildCannotChangeItsParentsCode) {
  for (const MemoryOptions& memory : {only_file, only_protect}) {
    Module module;
    fill(module);
    const auto code = compile(module, memory);
    ASSERT_TRUE(code);
    auto* begin = const_cast<std::uint8_t*>((*code)->memory().begin());
    const std::size_t size = (*code)->memory().mapped_bytes();
    EXPECT_EQ(in_child([&] {
                if (!runs(**code)) {
                  return 1;  // code goes on working in children
                }
                if (mprotect(begin, size, PROT_READ | PROT_WRITE) == 0) {
                  std::memset(begin, 0, size);
                }
                return 0;
              }),
              0);
    EXPECT_TRUE(runs(**code));
  }
}

TEST(CodeSpace, WritingToCodeIsASegmentationFault) {
  Module module;
  fill(module);
  const auto code = compile(module, {});
  ASSERT_TRUE(code);
  const auto* begin = (*code)->memory().begin();
  EXPECT_EQ(in_child([&] {
              std::signal(SIGSEGV, SIG_DFL);  // sanitizers install a handler
              *const_cast<volatile std::uint8_t*>(begin) = 0;
              return 0;
            }),
            -SIGSEGV);
}

TEST(CodeSpace, CodeIsUnmappedWithItsLastOwner) {
  if (!mappings_are_shown()) {
    GTEST_SKIP() << "/proc/self/maps does not show this program's mappings one by one";
  }
  for (const MemoryOptions& memory : {only_file, only_protect}) {
    Module module;
    fill(module);
    static_cast<void>(compile(module, memory));
    const std::size_t before = mappings().size();
    std::vector<std::shared_ptr<const Code>> all;
    for (int k = 0; k < 100; ++k) {
      all.push_back(*compile(module, memory));
    }
    EXPECT_GT(mappings().size(), before + 50);
    const auto copy = all[5];
    const std::uint8_t* begin = copy->memory().begin();
    all.clear();
    EXPECT_TRUE(runs(*copy));
    EXPECT_LE(mappings().size(),
              before + 8);  // one is left; adjacent mappings may have been joined or split
    EXPECT_EQ(permissions(begin), "r-xp");
  }
}

TEST(CodeSpace, SizesOfRoutinesAreKnown) {
  Module module;
  fill(module);
  fill(module);
  const auto code = compile(module, {});
  ASSERT_TRUE(code);
  ASSERT_EQ((*code)->routines().size(), 2U);
  for (const RoutineCode& r : (*code)->routines()) {
    EXPECT_GT(r.bytes, 20U);
    EXPECT_LT(r.bytes, 200U);
    EXPECT_GT(r.instructions, 5U);
    EXPECT_LT(r.instructions, r.bytes);
  }
  EXPECT_GE((*code)->code_bytes(), (*code)->routines()[0].bytes + (*code)->routines()[1].bytes);
  EXPECT_LE((*code)->code_bytes(), (*code)->memory().mapped_bytes());
}

TEST(CodeSpace, RoutinesPastTheLimitsAreInterpretedByTheirStubs) {
  Module module;
  fill(module);
  CodeOptions options;
  options.runtime = {grow_output_helper(), &interpret_routine};
  options.max_code_bytes = 0;
  const auto code = emit_module(module, options);
  ASSERT_TRUE(code);
  EXPECT_EQ((*code)->routines()[0].bytes, 0U);
  EXPECT_EQ((*code)->entry(0), (*code)->stub(0));
  std::array<std::uint64_t, 16> out{};
  Context ctx;
  ctx.module = &module;
  ctx.w0 = reinterpret_cast<std::uint64_t>(out.data());
  ctx.w1 = ctx.w0 + 64;
  EXPECT_EQ((*code)->enter(ctx, (*code)->entry(0)), 1U);
  EXPECT_EQ(out[0], 42U);
}

}  // namespace
}  // namespace wirejit::jit
