// The interpreter: runs verified Programs anywhere, is the fallback, the oracle of emission and the
// error reporter. Entry: interpret. Invariant: same results, same error codes and positions as
// generated code.
#pragma once

#include "jit/module.h"

#include <cstdint>
#include <string>
#include <utility>
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
struct Image {
  std::vector<Insn> code;
  std::vector<std::vector<std::uint32_t>> tables;
  const Program* program = nullptr;
  bool counts_steps = false;  // what is run is told to the thread's StepCount
};
Image make_image(const Program& program, bool tracing);

// Where a call failed, innermost routine first.
struct Recorder {
  struct Frame {
    std::uint32_t node = 0;
    std::vector<std::pair<std::uint32_t, std::uint64_t>>
        counts;  // (node of an element or value, how many were begun)
  };
  std::vector<Frame> frames;
};
// "orders[3].lines.sku".
std::string render_path(const Module& module, const Recorder& recorder);

// Runs routine `routine` with the pinned registers of `ctx`, and stores them back. Returns 1, or 0
// with ctx.error set.
std::uint64_t interpret(const Module& module, const std::vector<Image>& images, std::size_t routine,
                        Context& ctx, Recorder* recorder = nullptr) noexcept;

// The same for generated code's stubs: the module is ctx.module.
std::uint64_t interpret_routine(Context& ctx, std::uint64_t routine) noexcept;

}  // namespace wirejit::jit
