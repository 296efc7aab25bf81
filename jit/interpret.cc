// Threaded-code interpreter: one handler an op (and a width), registers in one array that nested
// routines share. Entry: interpret. Invariant: touches no byte that the Program has not shown to be
// there.
#include "jit/interpret.h"

#include "jit/runtime.h"
#include "jit/steps.h"

#include <alloca.h>
#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#pragma GCC diagnostic ignored "-Wpedantic"  // labels as values
#if defined(__clang__)
#pragma GCC diagnostic ignored "-Wgnu-label-as-value"
#endif

namespace wirejit::jit {

namespace {

using U = std::uint64_t;
using S = std::int64_t;

template <class T>
U load_word(U address) noexcept {
  T v;
  std::memcpy(&v, reinterpret_cast<const void*>(address), sizeof v);
  return static_cast<U>(static_cast<S>(v));
}
template <class T>
U load_swapped(U address) noexcept {
  using W = std::make_unsigned_t<T>;
  W v;
  std::memcpy(&v, reinterpret_cast<const void*>(address), sizeof v);
  if constexpr (sizeof v == 2) {
    v = static_cast<W>((v << 8) | (v >> 8));
  } else if constexpr (sizeof v == 4) {
    v = static_cast<W>(__builtin_bswap32(static_cast<std::uint32_t>(v)));
  } else {
    v = static_cast<W>(__builtin_bswap64(v));
  }
  return static_cast<U>(static_cast<S>(static_cast<T>(v)));
}
template <class T>
void store_word(U address, U v) noexcept {
  const T t = static_cast<T>(v);
  std::memcpy(reinterpret_cast<void*>(address), &t, sizeof t);
}
template <class T>
void store_swapped(U address, U v) noexcept {
  store_word<T>(address, __builtin_bswap64(v) >> (64 - 8 * sizeof(T)));
}

bool holds(Cond c, U a, U b) noexcept {
  switch (c) {
    case Cond::eq: return a == b;
    case Cond::ne: return a != b;
    case Cond::lt: return static_cast<S>(a) < static_cast<S>(b);
    case Cond::le: return static_cast<S>(a) <= static_cast<S>(b);
    case Cond::gt: return static_cast<S>(a) > static_cast<S>(b);
    case Cond::ge: return static_cast<S>(a) >= static_cast<S>(b);
    case Cond::below: return a < b;
    case Cond::below_eq: return a <= b;
    case Cond::above: return a > b;
    case Cond::above_eq: return a >= b;
  }
  return false;
}

// Whether the first `n` bytes in memory of a word of differences are not all zero.
template <class T>
bool differ_in_first(T difference, unsigned n) noexcept {
  const unsigned unused = static_cast<unsigned>(sizeof(T) - n) * 8;
  if constexpr (std::endian::native == std::endian::little) {
    return static_cast<T>(difference << unused) != 0;
  } else {
    return static_cast<T>(difference >> unused) != 0;
  }
}

// Index of the first byte of text that is not plain, or 16.
unsigned plain_prefix(U address) noexcept {
  constexpr U ones = 0x0101010101010101;
  constexpr U highs = 0x8080808080808080;
  for (unsigned at = 0; at < 16; at += 8) {
    U v;
    std::memcpy(&v, reinterpret_cast<const void*>(address + at), 8);
    if constexpr (std::endian::native == std::endian::big) {
      v = __builtin_bswap64(v);
    }
    const U quote = v ^ (ones * '"');
    const U slash = v ^ (ones * '\\');
    // A byte of x is zero where (x - ones) & ~x has its high bit; false marks appear only after a
    // true one.
    const U special =
        ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((v - ones * 0x20) & ~v) | v;
    if ((special & highs) != 0) {
      return at + static_cast<unsigned>(std::countr_zero(special & highs)) / 8;
    }
  }
  return 16;
}

bool is_under(const Module& module, std::uint32_t node, std::uint32_t outer) noexcept {
  while (node > outer) {  // a node comes after its parent
    node = module.nodes[node].parent;
  }
  return node == outer;
}

// So many elements, or a key, begin. Lists and maps that these do not lie in are done. Paths are a
// courtesy: for lack of memory, they are incomplete.
void count_turns(const Module& module, std::vector<Recorder::Walk>& walks, std::uint32_t node,
                 std::uint64_t count) noexcept {
  const std::uint32_t container = module.nodes[node].parent;
  while (!walks.empty() && !is_under(module, container, walks.back().node)) {
    walks.pop_back();
  }
  if (walks.empty() || walks.back().node != container) {
    try {
      walks.push_back({.node = container, .count = 0, .key = {}});
    } catch (...) {
      return;
    }
  }
  walks.back().count += count;
  walks.back().key.is_known = false;
}
// The key that was begun has been read: a word, or `text` of so many bytes.
void keep_key(const Module& module, std::vector<Recorder::Walk>& walks, std::uint32_t node, U word,
              const char* text) noexcept {
  if (walks.empty() || walks.back().node != module.nodes[node].parent) {
    return;
  }
  Recorder::Key& key = walks.back().key;
  key.word = word;
  key.is_known = true;
  if (text != nullptr) {
    std::memcpy(key.bytes, text, std::min<U>(word, Recorder::Key::most));
  }
}
void add_frame(Recorder& recorder, Recorder::Frame frame) noexcept {
  try {
    recorder.frames.push_back(std::move(frame));
  } catch (...) {
    return;
  }
}

// The decoded program to call; null for lack of memory.
const DecodedProgram* callee(const Module& module, const Recorder* recorder,
                             std::size_t k) noexcept {
  return recorder == nullptr ? &module.decoded[k] : module.traced(k);
}

// The words that a helper moved the input's and the output's cursor, told by a look before and one
// after it: of records and objects, cursors are no positions.
class CursorWords {
 public:
  CursorWords(const Context& ctx, const U* R) noexcept
      : input_(input_at(ctx, R)), output_(output_at(ctx, R)) {}
  [[nodiscard]] U moved(const Context& ctx, const U* R) const noexcept {
    return distance(input_, input_at(ctx, R)) + distance(output_, output_at(ctx, R));
  }

 private:
  static U input_at(const Context& ctx, const U* R) noexcept {
    const U at = R[static_cast<unsigned>(Reg::r0)] - reinterpret_cast<U>(ctx.input_begin);
    return at <= static_cast<U>(ctx.input_end - ctx.input_begin) ? at : 0;
  }
  static U output_at(const Context& ctx, const U* R) noexcept {
    return ctx.output == nullptr
               ? 0
               : R[static_cast<unsigned>(Reg::w0)] - ctx.extra_results[extra_output_begin];
  }
  static U distance(U from, U to) noexcept { return to > from ? (to - from) / 8 : 0; }

  U input_;
  U output_;
};

// Runs one routine. `Counts`: what StepCount is told. Given an op, gives the address of its handler
// instead (of the op, or of the op with a width or condition folded in): handlers are labels, which
// exist inside the function alone.
template <bool Counts>
std::uint64_t run(const Module* module, const DecodedProgram* decoded, Context* ctx, U* R,
                  Recorder* recorder, const Op* looked_up) noexcept {
  if (looked_up != nullptr) {
    const Op& op = *looked_up;
    const void* go = nullptr;
    // clang-format off
    switch (op.code) {  // complete: the compiler sees to that
      case Opcode::imm: go = &&l_imm; break;
      case Opcode::mov: go = &&l_mov; break;
      case Opcode::add: go = &&l_add; break;
      case Opcode::sub: go = &&l_sub; break;
      case Opcode::and_: go = &&l_and; break;
      case Opcode::or_: go = &&l_or; break;
      case Opcode::add_imm: go = &&l_add_imm; break;
      case Opcode::and_imm: go = &&l_and_imm; break;
      case Opcode::or_imm: go = &&l_or_imm; break;
      case Opcode::xor_imm: go = &&l_xor_imm; break;
      case Opcode::mul_imm: go = &&l_mul_imm; break;
      case Opcode::shl_imm: go = &&l_shl_imm; break;
      case Opcode::shr_imm: go = &&l_shr_imm; break;
      case Opcode::sar_imm: go = &&l_sar_imm; break;
      case Opcode::set_if: go = &&l_set_if; break;
      case Opcode::zigzag: go = &&l_zigzag; break;
      case Opcode::unzigzag: go = &&l_unzigzag; break;
      case Opcode::load:
        switch (op.width) {
          case 1: go = op.sign ? &&l_load_i8 : &&l_load_u8; break;
          case 2:
            go = op.swap ? (op.sign ? &&l_load_i16be : &&l_load_u16be)
                         : (op.sign ? &&l_load_i16 : &&l_load_u16);
            break;
          case 4:
            go = op.swap ? (op.sign ? &&l_load_i32be : &&l_load_u32be)
                         : (op.sign ? &&l_load_i32 : &&l_load_u32);
            break;
          default: go = op.swap ? &&l_load_64be : &&l_load_64; break;
        }
        break;
      case Opcode::store:
        switch (op.width) {
          case 1: go = &&l_store_8; break;
          case 2: go = op.swap ? &&l_store_16be : &&l_store_16; break;
          case 4: go = op.swap ? &&l_store_32be : &&l_store_32; break;
          default: go = op.swap ? &&l_store_64be : &&l_store_64; break;
        }
        break;
      case Opcode::store_imm:
        switch (op.width) {
          case 1: go = &&l_store_imm_8; break;
          case 2: go = &&l_store_imm_16; break;
          case 4: go = &&l_store_imm_32; break;
          default: go = &&l_store_imm_64; break;
        }
        break;
      case Opcode::zero: go = &&l_zero; break;
      case Opcode::get: go = &&l_get; break;
      case Opcode::put: go = &&l_put; break;
      case Opcode::put_imm: go = &&l_put_imm; break;
      case Opcode::add_slot: go = &&l_add_slot; break;
      case Opcode::or_slot: go = &&l_or_slot; break;
      case Opcode::or_byte: go = &&l_or_byte; break;
      case Opcode::slot_addr: go = &&l_slot_addr; break;
      case Opcode::get_extra: go = &&l_get_extra; break;
      case Opcode::bind: break;  // no instruction
      case Opcode::jump: go = &&l_jump; break;
      case Opcode::branch:
        go = op.cond == Cond::eq ? &&l_branch_eq : op.cond == Cond::ne ? &&l_branch_ne : &&l_branch;
        break;
      case Opcode::branch_imm:
        go = op.cond == Cond::eq   ? &&l_branch_imm_eq
             : op.cond == Cond::ne ? &&l_branch_imm_ne
                                   : &&l_branch_imm;
        break;
      case Opcode::branch_slot: go = &&l_branch_slot; break;
      case Opcode::branch_byte:
        go = op.cond == Cond::eq   ? &&l_branch_byte_eq
             : op.cond == Cond::ne ? &&l_branch_byte_ne
                                   : &&l_branch_byte;
        break;
      case Opcode::branch_bits: go = op.cond == Cond::eq ? &&l_bits_none : &&l_bits_some; break;
      case Opcode::loop_next: go = &&l_loop_next; break;
      case Opcode::jump_table: go = &&l_jump_table; break;
      case Opcode::call: go = &&l_call; break;
      case Opcode::call_routine: go = &&l_call_routine; break;
      case Opcode::ret: go = &&l_ret; break;
      case Opcode::fail: go = &&l_fail; break;
      case Opcode::restart: go = &&l_restart; break;
      case Opcode::need: go = &&l_need; break;
      case Opcode::need_reg: go = &&l_need_reg; break;
      case Opcode::reserve: go = &&l_reserve; break;
      case Opcode::reserve_reg: go = &&l_reserve_reg; break;
      case Opcode::depth_enter: go = &&l_depth_enter; break;
      case Opcode::depth_leave: go = &&l_depth_leave; break;
      case Opcode::depth_check: go = &&l_depth_check; break;
      case Opcode::match:
        go = op.width <= 4 && op.slot >= 4   ? &&l_match_4
             : op.width <= 8 && op.slot >= 8 ? &&l_match_8
                                             : &&l_match;
        break;
      case Opcode::put_literal:
        go = op.width <= 16 ? &&l_put_literal_16 : &&l_put_literal;
        break;
      case Opcode::copy_bytes: go = &&l_copy_bytes; break;
      case Opcode::scan_text: go = &&l_scan_text; break;
      case Opcode::trace: go = &&l_trace; break;
    }
    // clang-format on
    return reinterpret_cast<U>(go);
  }

  const Program& program = *decoded->program;
  U* const slots = static_cast<U*>(alloca(sizeof(U) * (program.slots + 1U)));
  const Insn* const code = decoded->code.data();
  const Insn* i = code;
  Recorder::Frame frame;
  constexpr auto r0 = static_cast<unsigned>(Reg::r0);
  constexpr auto r1 = static_cast<unsigned>(Reg::r1);
  constexpr auto w0 = static_cast<unsigned>(Reg::w0);
  constexpr auto w1 = static_cast<unsigned>(Reg::w1);
  constexpr auto t0 = static_cast<unsigned>(Reg::t0);
  constexpr auto t1 = static_cast<unsigned>(Reg::t1);

#define COUNT               \
  do {                      \
    if constexpr (Counts) { \
      ++steps;              \
    }                       \
  } while (false)
#define NEXT      \
  do {            \
    ++i;          \
    COUNT;        \
    goto * i->go; \
  } while (false)
#define GO                \
  do {                    \
    i = code + i->target; \
    COUNT;                \
    goto * i->go;         \
  } while (false)
#define AT(reg) (R[i->reg] + static_cast<U>(i->imm))
#define IMM static_cast<U>(i->imm)
  U steps = 0;
  goto * i->go;

  // One line a handler reads best.
  // clang-format off
l_imm: R[i->a] = IMM; NEXT;
l_mov: R[i->a] = R[i->b]; NEXT;
l_add: R[i->a] = R[i->b] + R[i->c]; NEXT;
l_sub: R[i->a] = R[i->b] - R[i->c]; NEXT;
l_and: R[i->a] = R[i->b] & R[i->c]; NEXT;
l_or: R[i->a] = R[i->b] | R[i->c]; NEXT;
l_add_imm: R[i->a] = R[i->b] + IMM; NEXT;
l_and_imm: R[i->a] = R[i->b] & IMM; NEXT;
l_or_imm: R[i->a] = R[i->b] | IMM; NEXT;
l_xor_imm: R[i->a] = R[i->b] ^ IMM; NEXT;
l_mul_imm: R[i->a] = R[i->b] * IMM; NEXT;
l_shl_imm: R[i->a] = R[i->b] << IMM; NEXT;
l_shr_imm: R[i->a] = R[i->b] >> IMM; NEXT;
l_sar_imm: R[i->a] = static_cast<U>(static_cast<S>(R[i->b]) >> IMM); NEXT;
l_set_if: R[i->a] = holds(static_cast<Cond>(i->width), R[i->b], IMM) ? 1 : 0; NEXT;
l_zigzag: R[i->a] = (R[i->b] << 1) ^ static_cast<U>(static_cast<S>(R[i->b]) >> 63); NEXT;
l_unzigzag: R[i->a] = (R[i->b] >> 1) ^ (~(R[i->b] & 1) + 1); NEXT;
l_load_u8: R[i->a] = load_word<std::uint8_t>(AT(b)); NEXT;
l_load_u16: R[i->a] = load_word<std::uint16_t>(AT(b)); NEXT;
l_load_u32: R[i->a] = load_word<std::uint32_t>(AT(b)); NEXT;
l_load_64: R[i->a] = load_word<std::int64_t>(AT(b)); NEXT;
l_load_i8: R[i->a] = load_word<std::int8_t>(AT(b)); NEXT;
l_load_i16: R[i->a] = load_word<std::int16_t>(AT(b)); NEXT;
l_load_i32: R[i->a] = load_word<std::int32_t>(AT(b)); NEXT;
l_load_u16be: R[i->a] = load_swapped<std::uint16_t>(AT(b)); NEXT;
l_load_u32be: R[i->a] = load_swapped<std::uint32_t>(AT(b)); NEXT;
l_load_64be: R[i->a] = load_swapped<std::int64_t>(AT(b)); NEXT;
l_load_i16be: R[i->a] = load_swapped<std::int16_t>(AT(b)); NEXT;
l_load_i32be: R[i->a] = load_swapped<std::int32_t>(AT(b)); NEXT;
l_store_8: store_word<std::uint8_t>(AT(a), R[i->b]); NEXT;
l_store_16: store_word<std::uint16_t>(AT(a), R[i->b]); NEXT;
l_store_32: store_word<std::uint32_t>(AT(a), R[i->b]); NEXT;
l_store_64: store_word<std::uint64_t>(AT(a), R[i->b]); NEXT;
l_store_16be: store_swapped<std::uint16_t>(AT(a), R[i->b]); NEXT;
l_store_32be: store_swapped<std::uint32_t>(AT(a), R[i->b]); NEXT;
l_store_64be: store_swapped<std::uint64_t>(AT(a), R[i->b]); NEXT;
#define DISP(reg) (R[reg] + static_cast<U>(static_cast<S>(i->disp)))
l_store_imm_8: store_word<std::uint8_t>(DISP(i->a), IMM); NEXT;
l_store_imm_16: store_word<std::uint16_t>(DISP(i->a), IMM); NEXT;
l_store_imm_32: store_word<std::uint32_t>(DISP(i->a), IMM); NEXT;
l_store_imm_64: store_word<std::uint64_t>(DISP(i->a), IMM); NEXT;
l_zero:
  std::memset(reinterpret_cast<void*>(DISP(i->a)), 0, IMM);
  if constexpr (Counts) { steps += IMM / 8; }
  NEXT;
l_get: R[i->a] = slots[i->target]; NEXT;
l_put: slots[i->target] = R[i->a]; NEXT;
l_put_imm: slots[i->target] = IMM; NEXT;
l_add_slot: slots[i->target] += IMM; NEXT;
l_or_slot: slots[i->target] |= IMM; NEXT;
l_or_byte: {
  auto* const p = reinterpret_cast<std::uint8_t*>(R[i->a] +
      static_cast<U>(static_cast<S>(i->disp)));
  *p = static_cast<std::uint8_t>(*p | i->imm);
  NEXT;
}
l_slot_addr: R[i->a] = reinterpret_cast<U>(&slots[i->target]); NEXT;
l_get_extra: R[i->a] = ctx->extra_results[i->target]; NEXT;
l_jump: GO;
l_branch: if (holds(static_cast<Cond>(i->width), R[i->a], R[i->b])) { GO; } NEXT;
l_branch_eq: if (R[i->a] == R[i->b]) { GO; } NEXT;
l_branch_ne: if (R[i->a] != R[i->b]) { GO; } NEXT;
l_branch_imm: if (holds(static_cast<Cond>(i->width), R[i->a], IMM)) { GO; } NEXT;
l_branch_imm_eq: if (R[i->a] == IMM) { GO; } NEXT;
l_branch_imm_ne: if (R[i->a] != IMM) { GO; } NEXT;
l_branch_slot: if (holds(static_cast<Cond>(i->width), slots[i->disp], IMM)) { GO; } NEXT;
#define BYTE_AT static_cast<U>(*reinterpret_cast<const std::uint8_t*>(DISP(i->a)))
l_branch_byte: if (holds(static_cast<Cond>(i->width), BYTE_AT, IMM)) { GO; } NEXT;
l_branch_byte_eq: if (BYTE_AT == IMM) { GO; } NEXT;
l_branch_byte_ne: if (BYTE_AT != IMM) { GO; } NEXT;
l_bits_none: if ((slots[i->disp] & IMM) == 0) { GO; } NEXT;
l_bits_some: if ((slots[i->disp] & IMM) != 0) { GO; } NEXT;
l_loop_next: if (--slots[i->disp] != 0) { GO; } NEXT;
l_jump_table: {
  const auto& targets = decoded->tables[static_cast<std::size_t>(i->imm)];
  const U v = R[i->a];
  i = code + (v < targets.size() ? targets[v] : i->target);
  goto* i->go;
}
l_call: {
  const Call& c = program.calls[static_cast<std::size_t>(i->imm)];
  U words[max_helper_args];
  unsigned n = 0;
  if (c.helper->takes_context) {
    words[n++] = reinterpret_cast<U>(ctx);
  }
  for (unsigned k = 0; k < c.count; ++k) {
    const Arg& arg = c.args[k];
    switch (arg.what) {
      case Arg::What::reg: words[n++] = R[static_cast<unsigned>(arg.reg)]; break;
      case Arg::What::slot: words[n++] = slots[arg.slot]; break;
      case Arg::What::slot_address: words[n++] = reinterpret_cast<U>(&slots[arg.slot]); break;
      case Arg::What::imm: words[n++] = arg.imm; break;
      case Arg::What::ctx_input_begin: words[n++] = reinterpret_cast<U>(ctx->input_begin); break;
    }
  }
  [[maybe_unused]] const auto before = [&] {
    if constexpr (Counts) {
      return CursorWords(*ctx, R);
    } else {
      return nullptr;
    }
  }();
  const HelperResult two = call_helper(*c.helper, words);
  if (c.null_fails && two.first == 0) {
    goto failed;
  }
  R[t0] = two.first;
  R[t1] = two.second;
  if (c.to0 != Reg::none) {
    R[static_cast<unsigned>(c.to0)] = two.first;
  }
  if (c.to1 != Reg::none) {
    R[static_cast<unsigned>(c.to1)] = two.second;
  }
  if constexpr (Counts) {
    steps += before.moved(*ctx, R);
  }
  NEXT;
}
l_call_routine: {
  const DecodedProgram* const called = callee(*module, recorder, static_cast<std::size_t>(i->imm));
  if (called == nullptr) {
    ctx->error = static_cast<std::uint16_t>(Errc::no_memory);
    goto failed;
  }
  if (run<Counts>(module, called, ctx, R, recorder, nullptr) == 0) {
    goto failed;
  }
  NEXT;
}
l_ret:
  if constexpr (Counts) { add_steps(steps); }
  return 1;
l_fail:
  ctx->error = static_cast<std::uint16_t>(i->imm);
  ctx->error_at = R[r0];
  goto failed;
l_restart:
  ctx->error = restart_code;
  ctx->error_at = R[r0];
  goto failed;
l_need: if (R[r1] - R[r0] < IMM) { GO; } NEXT;
l_need_reg: {
  // In 128 bits: the length may be anything.
  const auto wanted = static_cast<unsigned __int128>(R[i->a]) + IMM;
  if (wanted > R[r1] - R[r0]) { GO; }
  NEXT;
}
l_reserve: {
  if (R[w1] - R[w0] < IMM || R[w1] < R[w0]) {
    const HelperResult two = grow_output(*ctx, reinterpret_cast<std::uint8_t*>(R[w0]), IMM);
    if (two.first == 0) { goto failed; }
    R[w0] = two.first;
    R[w1] = two.second;
  }
  NEXT;
}
l_reserve_reg: {
  const auto wanted = static_cast<unsigned __int128>(R[i->a]) + IMM;
  if (R[w1] < R[w0] || wanted > R[w1] - R[w0]) {
    const U n = wanted > ~U{0} ? ~U{0} : static_cast<U>(wanted);
    const HelperResult two = grow_output(*ctx, reinterpret_cast<std::uint8_t*>(R[w0]), n);
    if (two.first == 0) { goto failed; }
    R[w0] = two.first;
    R[w1] = two.second;
  }
  NEXT;
}
l_depth_enter:
  ctx->depth_left -= static_cast<std::int32_t>(i->imm);
  if (ctx->depth_left < 0) { goto too_deep; }
  NEXT;
l_depth_leave: ctx->depth_left += static_cast<std::int32_t>(i->imm); NEXT;
l_depth_check: if (ctx->depth_left < i->imm) { goto too_deep; } NEXT;
l_match:
  if (std::memcmp(reinterpret_cast<const void*>(R[r0] + static_cast<U>(static_cast<S>(i->disp))),
                  program.literals.data() + i->imm, i->width) != 0) { GO; }
  NEXT;
l_match_4: {
  std::uint32_t have;
  std::uint32_t want;
  std::memcpy(&have, reinterpret_cast<const void*>(DISP(r0)), 4);
  std::memcpy(&want, program.literals.data() + i->imm, 4);
  if (differ_in_first(have ^ want, i->width)) { GO; }
  NEXT;
}
l_match_8: {
  U have;
  U want;
  std::memcpy(&have, reinterpret_cast<const void*>(DISP(r0)), 8);
  std::memcpy(&want, program.literals.data() + i->imm, 8);
  if (differ_in_first(have ^ want, i->width)) { GO; }
  NEXT;
}
l_put_literal:
  std::memcpy(reinterpret_cast<void*>(R[w0] + static_cast<U>(static_cast<S>(i->disp))),
              program.literals.data() + i->imm, i->width);
  NEXT;
l_put_literal_16: {  // with the bytes after the literal, too
  char bytes[16];
  std::memcpy(bytes, program.literals.data() + i->imm, sizeof bytes);
  std::memcpy(reinterpret_cast<void*>(R[w0] + static_cast<U>(static_cast<S>(i->disp))), bytes,
              sizeof bytes);
  NEXT;
}
l_copy_bytes: {
  const U n = R[i->b];
  if (n > 32 && ctx->copy != plain_copy()) {
    const CopyFunction copy = reinterpret_cast<CopyFunction>(const_cast<void*>(ctx->copy));
    R[w0] = reinterpret_cast<U>(copy(reinterpret_cast<std::uint8_t*>(R[w0]),
                                     reinterpret_cast<const std::uint8_t*>(R[i->a]), n, *ctx));
    NEXT;
  }
  if (n != 0) {
    std::memcpy(reinterpret_cast<void*>(R[w0]), reinterpret_cast<const void*>(R[i->a]), n);
  }
  R[w0] += n;
  if constexpr (Counts) { steps += n / 8; }
  NEXT;
}
l_scan_text: {
  const unsigned n = plain_prefix(R[r0] + static_cast<U>(static_cast<S>(i->disp)));
  if (n == 16) { GO; }
  R[i->a] = n;
  NEXT;
}
l_trace: {  // only images for a Recorder have these
  const auto node = static_cast<std::uint32_t>(i->imm);
  if (static_cast<Reg>(i->b) == Reg::none) {
    count_turns(*module, frame.walks, node, 1);
  } else if (static_cast<Reg>(i->c) == Reg::none) {
    keep_key(*module, frame.walks, node, R[i->b], nullptr);
  } else {
    keep_key(*module, frame.walks, node, R[i->c], reinterpret_cast<const char*>(R[i->b]));
  }
  NEXT;
}
  // clang-format on
too_deep:
  ctx->error = static_cast<std::uint16_t>(Errc::depth_limit);
  ctx->error_at = R[r0];
failed:
  if constexpr (Counts) {
    add_steps(steps);
  }
  if (recorder != nullptr) {
    const Op& op = program.ops[i->op];
    frame.node = op.node;
    if (op.code == Opcode::fail && op.a != Reg::none) {
      frame.field = op.slot * 64 + std::countr_zero(R[static_cast<unsigned>(op.a)]);
    }
    if (op.code == Opcode::call && program.calls[op.index].counts_elements) {
      count_turns(*module, frame.walks, op.node, ctx->extra_results[0] + 1);
    }
    recorder->rejected_by_helper |= op.code == Opcode::call;
    add_frame(*recorder, std::move(frame));
  }
  return 0;
#undef COUNT
#undef NEXT
#undef GO
#undef AT
#undef IMM
#undef BYTE_AT
#undef DISP
}

Insn decode(const Op& op, std::uint32_t index, U handler) {
  const OpFacts& facts = facts_of(op.code);
  Insn insn;
  insn.go = reinterpret_cast<const void*>(handler);
  insn.a = static_cast<std::uint8_t>(op.a);
  insn.b = static_cast<std::uint8_t>(op.b);
  insn.c = static_cast<std::uint8_t>(op.c);
  insn.width = facts.has_condition ? static_cast<std::uint8_t>(op.cond) : op.width;
  insn.disp = op.disp;
  insn.op = index;
  insn.imm = facts.has_index ? op.index : op.imm;
  if (facts.slot != SlotUse::none && !facts.has_target()) {
    insn.target = op.slot;
  } else if (facts.slot != SlotUse::none && facts.slot != SlotUse::number) {
    insn.disp = op.slot;  // `target` is where it branches to
  }
  return insn;
}

}  // namespace

DecodedProgram decode_program(const Program& program, bool tracing) {
  DecodedProgram decoded;
  decoded.counts_steps = counts_steps();
  const auto look_up = decoded.counts_steps ? &run<true> : &run<false>;
  add_steps(program.ops.size());
  decoded.program = &program;
  decoded.code.reserve(program.ops.size());
  std::vector<std::uint32_t> where(program.labels, 0);
  for (std::size_t k = 0; k < program.ops.size(); ++k) {
    const Op& op = program.ops[k];
    if (op.code == Opcode::bind) {
      where[op.label] = static_cast<std::uint32_t>(decoded.code.size());
    } else if (op.code != Opcode::trace || tracing) {
      const U handler = look_up(nullptr, nullptr, nullptr, nullptr, nullptr, &op);
      decoded.code.push_back(decode(op, static_cast<std::uint32_t>(k), handler));
    }
  }
  for (Insn& insn : decoded.code) {
    if (const Label l = program.ops[insn.op].label; l != no_label) {
      insn.target = where[l];
    }
  }
  for (const auto& table : program.tables) {
    auto& targets = decoded.tables.emplace_back();
    for (const Label l : table) {
      targets.push_back(where[l]);
    }
  }
  return decoded;
}

std::uint64_t interpret(const Module& module, std::size_t routine, Context& ctx,
                        Recorder* recorder) noexcept {
  const DecodedProgram* const decoded = callee(module, recorder, routine);
  if (decoded == nullptr) {
    ctx.error = static_cast<std::uint16_t>(Errc::no_memory);
    return 0;
  }
  U registers[register_count] = {ctx.r0, ctx.r1, ctx.w0, ctx.w1, 0, 0, 0, 0};
  const U ok = (decoded->counts_steps ? &run<true> : &run<false>)(&module, decoded, &ctx, registers,
                                                                  recorder, nullptr);
  ctx.r0 = registers[0];
  ctx.r1 = registers[1];
  ctx.w0 = registers[2];
  ctx.w1 = registers[3];
  return ok;
}

std::uint64_t interpret_routine(Context& ctx, std::uint64_t routine) noexcept {
  return interpret(*ctx.module, routine, ctx);
}

}  // namespace wirejit::jit
