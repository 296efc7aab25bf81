// Growing the output, copies of fewer than 16 or more than 32 bytes, varints, and the test for
// ASCII. Entry: SharedCode::emit. Invariant: names no CPU.
#include "jit/emit_shared.h"

#include "jit/context.h"

#include <array>
#include <cstring>

namespace wirejit::jit {

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

void emit_fast_path(Masm& m, const FastPathCode& code) {
  if (code.fast_path == FastPath::varint_written) {
    return emit_varint_written(m, code);
  }
  const bool is_varint = code.fast_path == FastPath::varint;
  const CodeLabel other = m.new_label();
  const bool is_input = code.fast_path != FastPath::ascii_written;
  m.comment(is_varint ? "; varint" : is_input ? "; ascii" : "; ascii, written");
  m.align_entry();
  m.bind(code.label);
  if (is_input) {
    m.load(Mreg::spare0, at(Mreg::ctx, offsetof(Context, input_end)), 8);
  }
  if (is_varint) {
    m.branch_short(Mreg::r0, Mreg::spare0, 8, other);
    m.gather_varint(other);
    m.branch(Mreg::t0, Cond::above, Mreg::r1, other);
    m.leaf_return();
    m.bind(other);
    m.mov(Mreg::arg1, Mreg::r0);
    m.mov(Mreg::arg2, Mreg::r1);
  } else {
    m.branch_imm(Mreg::t1, Cond::above, 32, other);
    if (is_input) {
      m.branch_short(Mreg::t0, Mreg::spare0, 32, other);
    }
    m.branch_non_ascii(other);
    m.leaf_return();
    m.bind(other);
    // By way of the spares: an argument's register may be a temporary.
    m.mov(Mreg::spare0, Mreg::t0);
    m.mov(Mreg::spare1, Mreg::t1);
    m.mov(Mreg::arg1, Mreg::spare0);
    m.mov(Mreg::arg2, Mreg::spare1);
  }
  m.mov(Mreg::arg0, Mreg::ctx);
  const Helper& helper = *code.helper;
  m.tail_call(data(m.word(reinterpret_cast<std::uint64_t>(helper.function), helper.name)));
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
