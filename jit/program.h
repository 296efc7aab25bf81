// Program: the flat list of ops (ops.h) that every engine runs; one Program is one routine.
// Entry: Builder (program_builder.h) makes it, verify() checks it, dump() prints it.
// Invariant: a verified Program reads no register before it is written, uses no temporary across a
// call, branches only to bound labels, bounds every loop, and cannot fall off its end.
//
// The register contract, for every engine:
//   r0, r1   the reader's: cursor and end of input; or object and iterator
//   w0, w1   the writer's: cursor and soft end of output; or object and iterator
//   t0..t3   temporaries; all die at call, call_routine, copy_bytes (a call's results arrive in t0,
//   t1); they survive
//            reserve and reserve_reg
//   slots    8-byte words of the routine's frame, at most max_slots
//   ctx      the Context; implicit
// A routine returns 1 in t0, or 0 after a failure with Context::error set. r0, r1, w0, w1 live
// across calls.
#pragma once

#include "jit/helper.h"
#include "jit/ops.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::jit {

enum class Reg : std::uint8_t { r0, r1, w0, w1, t0, t1, t2, t3, none };
inline constexpr std::size_t register_count = 8;
inline constexpr std::size_t max_slots = 64;

// All comparisons are of 64-bit words; lt..ge signed, below.. unsigned.
enum class Cond : std::uint8_t { eq, ne, lt, le, gt, ge, below, below_eq, above, above_eq };

// Why a backward branch ends after boundedly many turns.
enum class Bound : std::uint8_t { none, count, input };

using Label = std::uint32_t;
inline constexpr Label no_label = 0xffffffff;

struct Op {
  Opcode code{};
  Reg a = Reg::none;
  Reg b = Reg::none;
  Reg c = Reg::none;
  Cond cond = Cond::eq;
  std::uint8_t width = 0;  // bytes of a load or store; length of a literal (at most 255)
  bool sign = false;
  bool swap = false;
  Bound bound = Bound::none;
  std::uint16_t slot = 0;
  std::uint32_t label = no_label;  // target
  std::uint32_t index = 0;         // of calls or tables
  std::int32_t disp = 0;
  std::int64_t imm = 0;
  std::uint32_t node = 0;     // where in the schema: Module::nodes
  std::uint32_t comment = 0;  // Program::comments, 0 = none
};

// The registers that an op names, and what it does with each.
struct NamedReg {
  Reg reg = Reg::none;
  RegUse use = RegUse::none;
};
constexpr std::array<NamedReg, 3> registers_of(const Op& op) noexcept {
  const OpFacts& facts = facts_of(op.code);
  return {{{op.a, facts.a}, {op.b, facts.b}, {op.c, facts.c}}};
}

// An argument of a helper call; the context is passed by itself.
struct Arg {
  enum class What : std::uint8_t { reg, slot, slot_address, imm, ctx_input_begin } what = What::imm;
  Reg reg = Reg::none;
  std::uint16_t slot = 0;
  std::uint64_t imm = 0;
  Arg() = default;
  Arg(Reg r) : what(What::reg), reg(r) {}                          // NOLINT: shorthand for builders
  Arg(std::uint64_t v) : imm(v) {}                                 // NOLINT
  Arg(const void* p) : imm(reinterpret_cast<std::uint64_t>(p)) {}  // NOLINT
  static Arg in_slot(std::uint16_t number) {
    Arg a;
    a.what = What::slot;
    a.slot = number;
    return a;
  }
  static Arg address_of_slot(std::uint16_t number) {
    Arg a;
    a.what = What::slot_address;
    a.slot = number;
    return a;
  }
};

// What machine code may do in place of a call, where that gives the helper's results.
enum class FastPath : std::uint8_t {
  none,
  // The helper, (ctx, r0, r1) -> {cursor after it, value}, reads a base-128 varint at r0 that ends
  // before r1; bytes up to Context::input_end may be read.
  varint,
  // The helper, (ctx, t0, t1) -> {t0, t1}, accepts the t1 bytes at t0, which lie in the input, if
  // they are ASCII.
  ascii,
  // The same of bytes that were written to the output: 32 bytes can be read from any of them.
  ascii_written,
  // The helper, (ctx, t0, t1) -> {place, t1}, allocates t0 bytes in Context::arena, aligned to 8, and
  // takes them from Context::memory_left.
  allocate,
  // The helper, (t0, w0) -> {cursor after it}, writes t0, which is not 0, as a base-128 varint; ten
  // bytes may be written.
  varint_written,
};

// A call of a helper. Results arrive in t0, t1; then `to0 = t0`, `to1 = t1` where given.
// `null_fails`: a first result of 0 is a failure, which the routine passes on (to0 and to1 are then
// left alone).
struct Call {
  const Helper* helper = nullptr;
  Arg args[max_helper_args];
  std::uint8_t count = 0;
  bool null_fails = false;
  bool grows_output = false;  // ends a reservation
  // Elements are read, of which the op's node is one: a failure is that of the one after as many as
  // extra_results[0] says.
  bool counts_elements = false;
  FastPath fast_path = FastPath::none;
  Reg to0 = Reg::none;
  Reg to1 = Reg::none;
};

struct Program {
  std::string name;  // of the routine: "decode orders.Order"
  std::vector<Op> ops;
  std::vector<Call> calls;
  std::vector<std::vector<Label>> tables;
  std::vector<std::string> comments;  // [0] is empty
  std::string literals;      // bytes that match and put_literal name; 16 zero bytes follow the last
  std::uint32_t labels = 0;  // how many
  std::uint16_t slots = 0;   // frame size in words

  [[nodiscard]] std::size_t bytes() const noexcept;  // memory, roughly
};

// Whether op i, if it is reached, follows a test by which register a is below 2^32.
bool is_bounded(const Program& program, std::size_t i, Reg a) noexcept;

// The first defect, or an empty string. `routines`: how many the module has.
std::string verify(const Program& program, std::size_t routines);

// A listing, one op a line, with labels and comments.
std::string dump(const Program& program);

}  // namespace wirejit::jit
