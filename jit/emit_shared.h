// Code that the routines of a module share, because it is not short: growing the output, copies of
// unusual sizes, varints of several bytes, and the test for ASCII. Entry: SharedCode. Invariant:
// each piece is made on first use and emitted once. The pieces are not routines in the sense of
// program.h; each says what it takes and keeps.
#pragma once

#include "jit/masm.h"

#include <optional>
#include <vector>

namespace wirejit::jit {

// Copies `size` bytes from `from` to w0, which it advances; no temporary survives.
struct CopyCode {
  Mreg from{};
  Mreg size{};
  CodeLabel few{};   // below 16 bytes
  CodeLabel many{};  // any number
};

struct FastPathCode {
  FastPath fast_path{};
  const Helper* helper = nullptr;  // for all that is not short
  CodeLabel label{};
};

class SharedCode {
 public:
  // `slots`: Module::slots.
  explicit SharedCode(const void* slots) : slots_(slots) {}

  [[nodiscard]] const void* slots() const { return slots_; }
  // Makes room for spare0 bytes at w0 and updates w0 and w1; temporaries survive; 0 in spare0 after
  // a failure.
  CodeLabel grow_output(Masm& m);
  CopyCode copy_of(Masm& m, Mreg from, Mreg size);
  // What a call with a fast path calls in place of the helper; the results are the helper's.
  CodeLabel fast_path(Masm& m, FastPath fast_path, const Helper& helper);

  // Emits what was asked for. `grow_output` as in RuntimeCalls.
  void emit(Masm& m, const Helper& grow_output) const;

 private:
  const void* slots_;
  std::optional<CodeLabel> grow_output_;
  std::vector<FastPathCode> fast_paths_;
  std::vector<CopyCode> copies_;
};

// Copies the first and the last `width` bytes, which may overlap; so much must be there. Changes w0
// and spare0.
void copy_ends(Masm& m, Mreg from, Mreg size, unsigned width);

}  // namespace wirejit::jit
