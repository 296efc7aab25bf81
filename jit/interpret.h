// The interpreter: runs verified Programs anywhere, is the fallback, the oracle of emission and the
// error reporter. Entry: interpret. Invariant: same results, same error codes and positions as
// generated code.
#pragma once

#include "jit/module.h"

#include <cstdint>
#include <vector>

namespace wirejit::jit {

// One predecoded instruction.
struct Insn {
  const void* go = nullptr;  // handler address
  std::uint8_t a = 0;
  std::uint8_t b = 0;
  std::uint8_t c = 0;
  std::uint8_t width = 0;
  std::uint32_t target = 0;
  std::int32_t disp = 0;
  std::uint32_t op = 0;  // index in Program::ops
  std::int64_t imm = 0;
};

// A Program made ready to be interpreted. With `tracing`, path bookkeeping is kept.
struct DecodedProgram {
  std::vector<Insn> code;
  std::vector<std::vector<std::uint32_t>> tables;
  const Program* program = nullptr;
  bool counts_steps = false;  // what is run is told to the thread's StepCount
};
DecodedProgram decode_program(const Program& program, bool tracing);

// Where a call failed, innermost routine first.
struct Recorder {
  // A map's key as it was read: the word, or the size and the first bytes.
  struct Key {
    static constexpr std::size_t most = 40;
    std::uint64_t word = 0;
    bool is_known = false;
    char bytes[most];
  };
  // A list or map that is being walked.
  struct Walk {
    std::uint32_t node = 0;   // of the list or map
    std::uint64_t count = 0;  // elements or keys that were begun
    Key key;                  // of the entry that was begun last
  };
  struct Frame {
    std::uint32_t node = 0;
    std::vector<Walk> walks;  // each within the one before
    int field = -1;           // of the node's struct: the one that failed, where that is told late
  };
  std::vector<Frame> frames;
  bool rejected_by_helper = false;
};
// Runs routine `routine` with the pinned registers of `ctx`, and stores them back. Returns 1, or 0
// with ctx.error set. Runs Module::traced if there is a recorder, else Module::decoded.
std::uint64_t interpret(const Module& module, std::size_t routine, Context& ctx,
                        Recorder* recorder = nullptr) noexcept;

// The same for generated code's stubs: the module is ctx.module.
std::uint64_t interpret_routine(Context& ctx, std::uint64_t routine) noexcept;

}  // namespace wirejit::jit
