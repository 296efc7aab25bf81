// Growing the output, copies of fewer than 16 or more than 32 bytes, varints, the test for ASCII, and
// allocation. Entry: SharedCode::emit. Invariant: names no CPU.
#include "jit/emit_shared.h"

#include "jit/context.h"

#include <wirejit/buffer.h>

#include <array>
#include <cstddef>
#include <cstring>

namespace wirejit {

// Where generated code finds the free bytes of an arena, whose end is aligned.
struct detail::ArenaFields {
  static constexpr std::size_t cursor = offsetof(Arena, cursor_);
  static constexpr std::size_t end = offsetof(Arena, end_);
};

}  // namespace wirejit

namespace wirejit::jit {

using wirejit::detail::ArenaFields;

namespace {

void emit_grow_output(Masm& m, CodeLabel entry, const Helper& helper) {
  constexpr std::array temporaries{Mreg::t0, Mreg::t1, Mreg::t2, Mreg::t3};
  const CodeLabel failed = m.new_label();
  m.comment("; grow_output");
  m.entry(entry);
  m.prologue(temporaries.size());
  for (std::uint32_t k = 0; k < temporaries.size(); ++k) {
    m.store(frame_word(k), temporaries[k], 8);
  }
  m.mov(Mreg::arg2, Mreg::spare0);
  m.mov(Mreg::arg1, Mreg::w0);
  m.mov(Mreg::arg0, Mreg::ctx);
  m.call(data(m.word(reinterpret_cast<std::uint64_t>(helper.function), "grow_output")));
  m.mov(Mreg::spare0, Mreg::t0);
  m.branch_imm(Mreg::t0, Cond::eq, 0, failed);
  m.mov(Mreg::w0, Mreg::t0);
  m.mov(Mreg::w1, Mreg::t1);
  m.bind(failed);
  for (std::uint32_t k = 0; k < temporaries.size(); ++k) {
    m.load(temporaries[k], frame_word(k), 8);
  }
  m.leave();
}

void emit_copy_few(Masm& m, const CopyCode& copy) {
  const auto [from, size, few, many] = copy;
  const CodeLabel below_8 = m.new_label();
  const CodeLabel below_4 = m.new_label();
  const CodeLabel done = m.new_label();
  m.comment("; copy below 16 bytes");
  m.align_entry();
  m.bind(few);
  m.branch_imm(size, Cond::below, 8, below_8);
  copy_ends(m, from, size, 8);
  m.leaf_return();
  m.bind(below_8);
  m.branch_imm(size, Cond::below, 4, below_4);
  copy_ends(m, from, size, 4);
  m.leaf_return();
  // One to three: the middle, the first, the last.
  m.bind(below_4);
  m.branch_imm(size, Cond::eq, 0, done);
  m.alu_imm(Alu::shr, Mreg::spare1, size, 1);
  m.alu(Alu::add, Mreg::spare0, from, Mreg::spare1);
  m.alu(Alu::add, Mreg::spare1, Mreg::w0, Mreg::spare1);
  m.copy(at(Mreg::spare1), at(Mreg::spare0), 1);
  copy_ends(m, from, size, 1);
  m.bind(done);
  m.leaf_return();
}

void emit_copy_many(Masm& m, const CopyCode& copy) {
  m.comment("; copy");
  m.entry(copy.many);
  m.prologue(0);
  // By way of the spares: an argument's register may be `from` or `size`.
  m.mov(Mreg::spare0, copy.from);
  m.mov(Mreg::spare1, copy.size);
  m.mov(Mreg::arg0, Mreg::w0);
  m.mov(Mreg::arg1, Mreg::spare0);
  m.mov(Mreg::arg2, Mreg::spare1);
  m.mov(Mreg::arg3, Mreg::ctx);
  m.call(at(Mreg::ctx, offsetof(Context, copy)));
  m.mov(Mreg::w0, Mreg::t0);
  m.leave();
}

void emit_varint_written(Masm& m, const FastPathCode& code) {
  m.comment("; varint, written");
  m.align_entry();
  m.bind(code.label);
  m.scatter_varint();
  m.leaf_return();
}

void tail_call(Masm& m, const Helper& helper) {
  m.tail_call(data(m.word(reinterpret_cast<std::uint64_t>(helper.function), helper.name)));
}

// Calls the helper with t0 and t1, by way of the spares: an argument's register may be a temporary.
void pass_temporaries(Masm& m, const Helper& helper) {
  m.mov(Mreg::spare0, Mreg::t0);
  m.mov(Mreg::spare1, Mreg::t1);
  m.mov(Mreg::arg1, Mreg::spare0);
  m.mov(Mreg::arg2, Mreg::spare1);
  m.mov(Mreg::arg0, Mreg::ctx);
  tail_call(m, helper);
}

// All but what fits easily is the helper's; so is an arena without a block, which has room for less
// than one byte.
void emit_allocate(Masm& m, const FastPathCode& code) {
  const MemRef budget = at(Mreg::ctx, offsetof(Context, memory_left));
  const MemRef cursor = at(Mreg::t2, ArenaFields::cursor);
  const CodeLabel other = m.new_label();
  m.comment("; allocate");
  m.align_entry();
  m.bind(code.label);
  m.load(Mreg::t2, at(Mreg::ctx, offsetof(Context, arena)), 8);
  m.load(Mreg::spare0, budget, 8);
  m.branch_imm(Mreg::t2, Cond::eq, 0, other);
  m.branch(Mreg::t0, Cond::above, Mreg::spare0, other);
  m.load(Mreg::t3, cursor, 8);
  m.load(Mreg::spare1, at(Mreg::t2, ArenaFields::end), 8);
  m.alu_imm(Alu::add, Mreg::t3, Mreg::t3, 7);
  m.alu_imm(Alu::and_, Mreg::t3, Mreg::t3, -8);
  m.alu(Alu::sub, Mreg::spare1, Mreg::spare1, Mreg::t3);
  m.branch(Mreg::t0, Cond::above_eq, Mreg::spare1, other);
  m.alu(Alu::sub, Mreg::spare0, Mreg::spare0, Mreg::t0);
  m.store(budget, Mreg::spare0, 8);
  m.alu(Alu::add, Mreg::t0, Mreg::t0, Mreg::t3);
  m.store(cursor, Mreg::t0, 8);
  m.mov(Mreg::t0, Mreg::t3);
  m.leaf_return();
  m.bind(other);
  pass_temporaries(m, *code.helper);
}

// Most are not among the last bytes before r1. Of the others some end before r1 all the same, and
// bytes behind it may be read.
void emit_varint(Masm& m, const FastPathCode& code) {
  const CodeLabel near_end = m.new_label();
  const CodeLabel other = m.new_label();
  m.comment("; varint");
  m.align_entry();
  m.bind(code.label);
  m.branch_short(Mreg::r0, Mreg::r1, 8, near_end);
  m.gather_varint(other);
  m.leaf_return();
  m.bind(near_end);
  m.load(Mreg::spare0, at(Mreg::ctx, offsetof(Context, input_end)), 8);
  m.branch_short(Mreg::r0, Mreg::spare0, 8, other);
  m.gather_varint(other);
  m.branch(Mreg::t0, Cond::above, Mreg::r1, other);
  m.leaf_return();
  m.bind(other);
  m.mov(Mreg::arg1, Mreg::r0);
  m.mov(Mreg::arg2, Mreg::r1);
  m.mov(Mreg::arg0, Mreg::ctx);
  tail_call(m, *code.helper);
}

void emit_ascii(Masm& m, const FastPathCode& code) {
  const CodeLabel other = m.new_label();
  const bool is_input = code.fast_path == FastPath::ascii;
  m.comment(is_input ? "; ascii" : "; ascii, written");
  m.align_entry();
  m.bind(code.label);
  if (is_input) {
    m.load(Mreg::spare0, at(Mreg::ctx, offsetof(Context, input_end)), 8);
  }
  m.branch_imm(Mreg::t1, Cond::above, 32, other);
  if (is_input) {
    m.branch_short(Mreg::t0, Mreg::spare0, 32, other);
  }
  m.branch_non_ascii(other);
  m.leaf_return();
  m.bind(other);
  pass_temporaries(m, *code.helper);
}

void emit_fast_path(Masm& m, const FastPathCode& code) {
  switch (code.fast_path) {
    case FastPath::none: return;
    case FastPath::varint: return emit_varint(m, code);
    case FastPath::varint_written: return emit_varint_written(m, code);
    case FastPath::allocate: return emit_allocate(m, code);
    case FastPath::ascii:
    case FastPath::ascii_written: return emit_ascii(m, code);
  }
}

}  // namespace

CodeLabel SharedCode::grow_output(Masm& m) {
  if (!grow_output_) {
    grow_output_ = m.new_label();
  }
  return *grow_output_;
}

CodeLabel SharedCode::fast_path(Masm& m, FastPath fast_path, const Helper& helper) {
  for (const FastPathCode& code : fast_paths_) {
    if (code.fast_path == fast_path && code.helper == &helper) {
      return code.label;
    }
  }
  return fast_paths_.emplace_back(fast_path, &helper, m.new_label()).label;
}

CopyCode SharedCode::copy_of(Masm& m, Mreg from, Mreg size) {
  for (const CopyCode& copy : copies_) {
    if (copy.from == from && copy.size == size) {
      return copy;
    }
  }
  const CodeLabel few = m.new_label();
  return copies_.emplace_back(from, size, few, m.new_label());
}

void SharedCode::emit(Masm& m, const Helper& grow_output) const {
  if (grow_output_) {
    emit_grow_output(m, *grow_output_, grow_output);
  }
  for (const FastPathCode& code : fast_paths_) {
    emit_fast_path(m, code);
  }
  for (const CopyCode& copy : copies_) {
    emit_copy_few(m, copy);
    emit_copy_many(m, copy);
  }
}

void copy_ends(Masm& m, Mreg from, Mreg size, unsigned width) {
  const auto back = -static_cast<std::int64_t>(width);
  m.copy(at(Mreg::w0), at(from), width);
  m.alu(Alu::add, Mreg::spare0, from, size);
  m.alu(Alu::add, Mreg::w0, Mreg::w0, size);
  m.copy(at(Mreg::w0, back), at(Mreg::spare0, back), width);
}

}  // namespace wirejit::jit
