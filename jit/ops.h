// The ops: what each one does, and one table of all that is said of them in general: their names,
// operands, registers, slots, and where control goes. Entry: facts_of. Invariant: row k is opcode
// k; verify, dump, the Builder and the interpreter's decoder read the table and list no ops.
//
// A new op is an enumerator and a row here, a function of the Builder, and a case in each of the
// two switches that say what it does (interpret.cc, emit_routine.cc), which the compiler checks to
// be complete.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wirejit::jit {

enum class Opcode : std::uint8_t {
  // Words. `a` is the destination.
  imm,       // a = imm
  mov,       // a = b
  add,       // a = b + c
  sub,       // a = b - c
  and_,      // a = b & c
  or_,       // a = b | c
  add_imm,   // a = b + imm
  and_imm,   // a = b & imm
  or_imm,    // a = b | imm
  xor_imm,   // a = b ^ imm
  mul_imm,   // a = b * imm (low 64 bits)
  shl_imm,   // a = b << imm
  shr_imm,   // a = b >> imm, zeros in
  sar_imm,   // a = b >> imm, sign in
  set_if,    // a = (b cond imm) ? 1 : 0
  zigzag,    // a = (b << 1) ^ (b >>s 63)
  unzigzag,  // a = (b >> 1) ^ -(b & 1)

  // Memory. width 1, 2, 4, 8; sign: extend the sign; swap: big-endian.
  load,       // a = [b + imm]
  store,      // [a + imm] = b
  store_imm,  // [a + disp] = the low `width` bytes of imm, little-endian
  zero,       // the imm bytes at [a + disp], a multiple of 8, = 0
  get,        // a = slot
  put,        // slot = a
  put_imm,    // slot = imm
  add_slot,   // slot += imm
  or_slot,    // slot |= imm
  or_byte,    // byte [a + disp] |= imm
  slot_addr,  // a = address of slot
  get_extra,  // a = Context::extra_results[slot]; extra_output_begin is one of them

  // Control. Branch ops go to `label` if the condition holds, else fall through.
  bind,          // the label is here
  jump,          // to label
  branch,        // a cond b
  branch_imm,    // a cond imm
  branch_slot,   // slot cond imm
  branch_byte,   // (zero-extended byte at [a + disp]) cond imm
  branch_bits,   // (slot & imm) eq 0 / ne 0
  loop_next,     // if (--slot != 0) goto label: a counted loop's end
  jump_table,    // to tables[index][a] if a < its size, else to label
  call,          // calls[index]: a helper
  call_routine,  // the routine `imm` of the module; a failure is passed on
  ret,           // success
  fail,          // Errc imm at r0; for error paths: the lowest bit of a, if given, is the field to
                 // blame, from the struct's field 64 * slot on
  restart,       // gives up: the caller runs the call again, another way

  // Bounds.
  need,         // if fewer than imm bytes lie in [r0, r1), go to label
  need_reg,     // if fewer than a + imm bytes (a unsigned) lie in [r0, r1), go to label
  reserve,      // makes sure that imm bytes fit before w1; may move the output
  reserve_reg,  // the same for a + imm bytes; width 4: a is below 2^32, as the op before has shown
  depth_enter,  // Context::depth_left -= imm, and fail with depth_limit if it is below 0
  depth_leave,  // Context::depth_left += imm
  depth_check,  // fail with depth_limit if Context::depth_left < imm

  // Text and runs of bytes.
  match,        // if the `width`-byte literal at imm differs from the bytes at [r0 + disp], go to
                // label; `slot` bytes (at least width) may be read there
  put_literal,  // [w0 + disp] = the `width`-byte literal at imm; up to 15 bytes after it may be
                // overwritten
  copy_bytes,   // copies b bytes from a to [w0], and w0 += b; space is reserved; may overwrite 32
                // bytes after it, reads nothing outside the source
  scan_text,    // a = index of the first byte among the 16 at [r0 + disp] that is `"`, `\`, below
                // 0x20 or above 0x7f; if there is none, go to label. 16 bytes may be read there

  trace,  // path bookkeeping, which generates nothing: imm is a node of Module::nodes; an element
          // or key begins there, or its key was read: b, or the bytes at b, c of them
};

// What an op does with a register that it names.
enum class RegUse : std::uint8_t {
  none,
  reads,
  may_read,        // where one is given
  writes,          // only `a`
  base_with_imm,   // reads it, as the address [reg + imm]
  base_with_disp,  // reads it, as the address [reg + disp]
};
constexpr bool is_read(RegUse use) noexcept { return use != RegUse::none && use != RegUse::writes; }

// What an op does with Op::slot. Whoever takes a slot's address fills it: that is writing.
enum class SlotUse : std::uint8_t {
  none,
  reads,
  writes,
  updates,
  number,  // it is no slot: a number of the op's own
};

// Where control goes. A branch goes to the label or on; a jump to one of its labels; `leaves` is
// the end of the routine.
enum class Flow : std::uint8_t { next, branches, jumps, leaves };

struct OpFacts {
  Opcode code{};
  std::string_view name;
  std::string_view operands;  // as dump() writes them; the words in braces are in program_dump.cc
  RegUse a = RegUse::none;
  RegUse b = RegUse::none;
  RegUse c = RegUse::none;
  SlotUse slot = SlotUse::none;
  Flow flow = Flow::next;
  bool kills_temporaries = false;
  // Told by `operands`: whether Op::cond counts, and whether Op::index names a table or a call.
  bool has_condition = false;
  bool has_index = false;

  [[nodiscard]] constexpr bool has_target() const noexcept {
    return flow == Flow::branches || flow == Flow::jumps;
  }
  [[nodiscard]] constexpr bool falls_through() const noexcept {
    return flow == Flow::next || flow == Flow::branches;
  }
};

// clang-format off
inline constexpr std::array op_table = [] {
  using enum RegUse;
  constexpr auto branches = Flow::branches;
  constexpr auto jumps = Flow::jumps;
  constexpr auto leaves = Flow::leaves;
  auto rows = std::to_array<OpFacts>({
    {Opcode::imm, "imm", "{a}, {imm}", writes},
    {Opcode::mov, "mov", "{a}, {b}", writes, reads},
    {Opcode::add, "add", "{a}, {b}, {c}", writes, reads, reads},
    {Opcode::sub, "sub", "{a}, {b}, {c}", writes, reads, reads},
    {Opcode::and_, "and", "{a}, {b}, {c}", writes, reads, reads},
    {Opcode::or_, "or", "{a}, {b}, {c}", writes, reads, reads},
    {Opcode::add_imm, "add_imm", "{a}, {b}, {imm}", writes, reads},
    {Opcode::and_imm, "and_imm", "{a}, {b}, {imm}", writes, reads},
    {Opcode::or_imm, "or_imm", "{a}, {b}, {imm}", writes, reads},
    {Opcode::xor_imm, "xor_imm", "{a}, {b}, {imm}", writes, reads},
    {Opcode::mul_imm, "mul_imm", "{a}, {b}, {imm}", writes, reads},
    {Opcode::shl_imm, "shl_imm", "{a}, {b}, {imm}", writes, reads},
    {Opcode::shr_imm, "shr_imm", "{a}, {b}, {imm}", writes, reads},
    {Opcode::sar_imm, "sar_imm", "{a}, {b}, {imm}", writes, reads},
    {Opcode::set_if, "set_if", "{a}, {b} {cond} {imm}", writes, reads},
    {Opcode::zigzag, "zigzag", "{a}, {b}", writes, reads},
    {Opcode::unzigzag, "unzigzag", "{a}, {b}", writes, reads},

    {Opcode::load, "load", "{a}, {type} {b+imm}", writes, base_with_imm},
    {Opcode::store, "store", "{type} {a+imm}, {b}", base_with_imm, reads},
    {Opcode::store_imm, "store_imm", "{type} {a+disp}, {imm}", base_with_disp},
    {Opcode::zero, "zero", "{a+disp}, {imm}", base_with_disp},
    {Opcode::get, "get", "{a}, {slot}", writes, none, none, SlotUse::reads},
    {Opcode::put, "put", "{slot}, {a}", reads, none, none, SlotUse::writes},
    {Opcode::put_imm, "put_imm", "{slot}, {imm}", none, none, none, SlotUse::writes},
    {Opcode::add_slot, "add_slot", "{slot}, {imm}", none, none, none, SlotUse::updates},
    {Opcode::or_slot, "or_slot", "{slot}, {imm}", none, none, none, SlotUse::updates},
    {Opcode::or_byte, "or_byte", "{a+disp}, {imm}", base_with_disp},
    {Opcode::slot_addr, "slot_addr", "{a}, {slot}", writes, none, none, SlotUse::writes},
    {Opcode::get_extra, "get_extra", "{a}, {extra}", writes, none, none, SlotUse::number},

    {Opcode::bind, "bind", "{label}"},
    {Opcode::jump, "jump", "{label}", none, none, none, SlotUse::none, jumps},
    {Opcode::branch, "branch", "{a} {cond} {b}{to}", reads, reads, none, SlotUse::none, branches},
    {Opcode::branch_imm, "branch_imm", "{a} {cond} {imm}{to}", reads, none, none, SlotUse::none, branches},
    {Opcode::branch_slot, "branch_slot", "{slot} {cond} {imm}{to}", none, none, none, SlotUse::reads, branches},
    {Opcode::branch_byte, "branch_byte", "u8 {a+disp} {cond} {imm}{to}", base_with_disp, none, none, SlotUse::none, branches},
    {Opcode::branch_bits, "branch_bits", "{slot} & {imm} {cond} 0{to}", none, none, none, SlotUse::reads, branches},
    {Opcode::loop_next, "loop_next", "{slot}{to}", none, none, none, SlotUse::updates, branches},
    {Opcode::jump_table, "jump_table", "{a}: {table}else {label}", reads, none, none, SlotUse::none, jumps},
    {Opcode::call, "call", "{call}", none, none, none, SlotUse::none, Flow::next, true},
    {Opcode::call_routine, "call_routine", "#{imm}", none, none, none, SlotUse::none, Flow::next, true},
    {Opcode::ret, "ret", "", none, none, none, SlotUse::none, leaves},
    {Opcode::fail, "fail", "{errc}", may_read, none, none, SlotUse::number, leaves},
    {Opcode::restart, "restart", "", none, none, none, SlotUse::none, leaves},

    {Opcode::need, "need", "{imm}{to}", none, none, none, SlotUse::none, branches},
    {Opcode::need_reg, "need_reg", "{a} + {imm}{to}", reads, none, none, SlotUse::none, branches},
    {Opcode::reserve, "reserve", "{imm}"},
    {Opcode::reserve_reg, "reserve_reg", "{a}{bits} + {imm}", reads},
    {Opcode::depth_enter, "depth_enter", "{imm}"},
    {Opcode::depth_leave, "depth_leave", "{imm}"},
    {Opcode::depth_check, "depth_check", "{imm}"},

    {Opcode::match, "match", "{r0+disp}, {literal}{to}", none, none, none, SlotUse::number, branches},
    {Opcode::put_literal, "put_literal", "{w0+disp}, {literal}"},
    {Opcode::copy_bytes, "copy_bytes", "{a}, {b}", reads, reads, none, SlotUse::none, Flow::next, true},
    {Opcode::scan_text, "scan_text", "{a}, {r0+disp}{to}", writes, none, none, SlotUse::none, branches},

    {Opcode::trace, "trace", "{imm}", none, may_read, may_read},
  });
  for (OpFacts& row : rows) {
    row.has_condition = row.operands.contains("{cond}");
    row.has_index = row.operands.contains("{table}") || row.operands.contains("{call}");
  }
  return rows;
}();
// clang-format on

constexpr const OpFacts& facts_of(Opcode code) noexcept {
  return op_table[static_cast<std::size_t>(code)];
}
constexpr std::string_view to_string(Opcode code) noexcept { return facts_of(code).name; }

static_assert(op_table.size() == static_cast<std::size_t>(Opcode::trace) + 1);
static_assert(
    [] {
      for (std::size_t k = 0; k < op_table.size(); ++k) {
        const OpFacts& row = op_table[k];
        if (row.code != static_cast<Opcode>(k) || row.name.empty() || row.b == RegUse::writes ||
            row.c == RegUse::writes) {
          return false;
        }
      }
      return true;
    }(),
    "row k is opcode k, and `a` alone is written");

}  // namespace wirejit::jit
