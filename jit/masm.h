// Masm: the macro assembler, one interface for all CPUs. It speaks of the register contract of
// program.h. Entry: make_masm (masm_factory.h); emit.cc drives it. Invariant: no method leaves
// anything in flags for another, every operation takes any of its registers equal to any other, and
// the finished image runs at any page-aligned address.
#pragma once

#include "jit/program.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::jit {

// Registers as emission sees them: those of the contract (with the same numbers), those in which a
// C function expects its arguments, and two that no op names. An argument register may be the same
// as a temporary (Masm::same), and spare1 may be the same as arg5; the pinned registers, ctx and
// spare0 are distinct from all others.
enum class Mreg : std::uint8_t {
  r0,
  r1,
  w0,
  w1,
  t0,
  t1,
  t2,
  t3,
  arg0,
  arg1,
  arg2,
  arg3,
  arg4,
  arg5,
  spare0,
  spare1,
  ctx
};
constexpr Mreg mreg(Reg r) noexcept { return static_cast<Mreg>(r); }
constexpr Mreg arg_register(std::size_t i) noexcept {
  return static_cast<Mreg>(static_cast<std::size_t>(Mreg::arg0) + i);
}

// A position in the code or in the data after it.
enum class CodeLabel : std::uint32_t {};

// An address: a register and a displacement, a word of the frame, or data after the code.
struct MemRef {
  enum class What : std::uint8_t { at, frame, data } what = What::at;
  Mreg base = Mreg::ctx;
  std::int32_t disp = 0;  // in bytes
  CodeLabel label{};
};
constexpr MemRef at(Mreg base, std::int64_t disp = 0) noexcept {
  return {MemRef::What::at, base, static_cast<std::int32_t>(disp), {}};
}
constexpr MemRef frame_word(std::uint32_t k) noexcept {
  return {MemRef::What::frame, Mreg::ctx, static_cast<std::int32_t>(8 * k), {}};
}
constexpr MemRef data(CodeLabel label, std::int32_t disp = 0) noexcept {
  return {MemRef::What::data, Mreg::ctx, disp, label};
}

enum class Alu : std::uint8_t { add, sub, and_, or_, xor_, mul, shl, shr, sar };

// Machine code and the constants that it refers to. Position-independent.
struct CodeImage {
  std::vector<std::uint8_t> bytes;
  std::size_t data_begin = 0;  // a multiple of the page size: data need not be executable
};

class Masm {
 public:
  virtual ~Masm() = default;

  // ---- Positions
  virtual CodeLabel new_label() = 0;
  virtual void bind(CodeLabel label) = 0;
  virtual void landing_pad() = 0;  // marks a target of jump_table, where the CPU wants that
  virtual std::size_t offset() const = 0;
  virtual std::size_t instructions() const = 0;
  virtual void comment(std::string_view text) = 0;  // a line of the listing
  virtual bool same(Mreg a, Mreg b) const = 0;

  // ---- Routines
  virtual void align_entry() = 0;
  virtual void entry(CodeLabel label) = 0;  // aligned, and marked as a target of indirect calls
  virtual void prologue(std::uint32_t words) = 0;  // a frame of so many words
  virtual void leave() = 0;        // frees the frame and returns; the result is in t0
  virtual void leaf_return() = 0;  // from code without a frame, which calls nothing
  virtual void c_prologue() = 0;   // of a C function: saves its caller's registers, ctx = arg0
  virtual void c_leave() = 0;
  virtual void call(MemRef function) = 0;  // through the pointer stored there
  virtual void call(Mreg function) = 0;
  virtual void call(CodeLabel routine) = 0;
  virtual void tail_call(MemRef function) = 0;  // from code without a frame

  // ---- Words
  virtual void imm(Mreg a, std::int64_t v) = 0;
  virtual void mov(Mreg a, Mreg b) = 0;
  virtual void alu(Alu op, Mreg a, Mreg b, Mreg c) = 0;  // not mul and shifts
  virtual void alu_imm(Alu op, Mreg a, Mreg b, std::int64_t v) = 0;
  virtual void set_if(Mreg a, Mreg b, Cond cond, std::int64_t v) = 0;
  virtual void zigzag(Mreg a, Mreg b) = 0;
  virtual void unzigzag(Mreg a, Mreg b) = 0;

  // ---- Memory. width 1, 2, 4, 8; of copy also 16
  virtual void load(Mreg a, MemRef from, unsigned width, bool sign = false, bool swap = false) = 0;
  virtual void store(MemRef to, Mreg b, unsigned width, bool swap = false) = 0;
  virtual void store_imm(MemRef to, std::int64_t v, unsigned width) = 0;
  virtual void zero(MemRef to, std::uint32_t bytes) = 0;               // a multiple of 8
  virtual void add_to(MemRef to, std::int64_t v, unsigned width) = 0;  // 4, 8
  virtual void or_to(MemRef to, std::int64_t v, unsigned width) = 0;   // 1, 8
  virtual void address(Mreg a, MemRef of) = 0;
  virtual void copy(MemRef to, MemRef from, unsigned width) = 0;

  // ---- Control
  virtual void jump(CodeLabel to) = 0;
  virtual void branch(Mreg a, Cond cond, Mreg b, CodeLabel to) = 0;
  virtual void branch_imm(Mreg a, Cond cond, std::int64_t v, CodeLabel to) = 0;
  // Compares a zero-extended byte or a word in memory.
  virtual void branch_memory(MemRef a, unsigned width, Cond cond, std::int64_t v, CodeLabel to) = 0;
  // If (word & mask) is zero, or is not.
  virtual void branch_bits(MemRef a, std::int64_t mask, bool zero, CodeLabel to) = 0;
  // Adds to the number of `width` 4 or 8 and branches if the sum is ne 0, lt 0.
  virtual void add_branch(MemRef a, std::int64_t v, unsigned width, Cond cond, CodeLabel to) = 0;
  // If fewer than n bytes lie in [cursor, end), also where the cursor is past the end. n is from 0
  // to 2^31 - 1.
  virtual void branch_short(Mreg cursor, Mreg end, std::int64_t n, CodeLabel to) = 0;
  // If fewer than a + n bytes do; a is unsigned, nothing overflows.
  virtual void branch_short_reg(Mreg cursor, Mreg end, Mreg a, std::int64_t n, CodeLabel to) = 0;
  // If the first `width` (2, 3, 4, 5, 6, 7, 8) bytes of a word of 4 or 8 (the least that holds
  // them; all readable) differ from the literal, which is no longer than that. Nothing is written.
  virtual void branch_differs(MemRef a, std::string_view literal, CodeLabel to) = 0;
  // As the op.
  virtual void scan_text(Mreg a, MemRef from, CodeLabel none) = 0;
  // The base-128 varint among the eight readable bytes at r0: the position after it to t0, its
  // value to t1; goes to `none` if none ends there. Changes t2 and t3.
  virtual void gather_varint(CodeLabel none) = 0;
  // Whether that takes a few instructions.
  virtual bool gathers_quickly() const = 0;
  // The value in t0, which is not 0, as a base-128 varint at w0: the position after it to t0. Ten
  // bytes may be written. Changes t1, t2 and t3.
  virtual void scatter_varint() = 0;
  // If one of the t1 bytes at t0 is above 0x7f. t1 is at most 32, and 32 bytes are readable.
  // Changes t2 and t3.
  virtual void branch_non_ascii(CodeLabel to) = 0;
  // Goes to targets[a] if a < their number, else to `otherwise`.
  virtual void jump_table(Mreg a, std::span<const CodeLabel> targets, CodeLabel otherwise) = 0;

  // ---- Data: constants after the code, each value once
  CodeLabel constant(std::string_view bytes);  // padded with zeros to 4, 8 or a multiple of 16
                                               // bytes, aligned to as many
  CodeLabel word(std::uint64_t v,
                 std::string_view name = {});  // named in listings if `v` differs from run to run

  // False if an allocation failed so far; nothing may be emitted then.
  [[nodiscard]] virtual bool ready() const = 0;
  // Ends code generation. An error if anything could not be encoded.
  virtual Result<CodeImage> finish(std::size_t page_size) = 0;
  // What finish() made, as text; empty where no listing was asked for.
  virtual std::string listing() const = 0;

 protected:
  struct Constant {
    CodeLabel label;
    std::string bytes;
    std::string name;
  };
  struct Table {
    CodeLabel label;
    std::vector<CodeLabel> targets;
  };
  std::vector<Constant> constants_;
  std::vector<Table> tables_;

 private:
  CodeLabel add_constant(std::string bytes, std::string_view name);

  std::map<std::pair<std::string, std::string>, CodeLabel> known_;  // by bytes and name
};

}  // namespace wirejit::jit
