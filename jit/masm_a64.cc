// The macro assembler for AArch64, AAPCS64. Armv8.0 with Advanced SIMD is all that it asks for.
// Entry: make_masm_a64. Invariant: x11, x16, x17 and v0-v3 are its own; no other register changes
// unless an operation says so. Conditional branches reach 1 MB: CodeOptions::max_code_bytes is
// below that, and the assembler refuses the rest.
//
//   r0 x19   r1 x20   w0 x21   w1 x22   ctx x23      saved by the callee
//   t0 x0    t1 x1    t2 x2    t3 x3                 results in x0, x1
//   arg x0-x5   spare x9 x10
//   x29 is the frame pointer; word k of a frame lies at sp + 8k
//
// x16 holds addresses, x17 values, x11 constants. Wide constants and bytes of schemas are read from
// the data after the code.
#include "jit/masm_base.h"

#include <asmjit/arm/a64assembler.h>
#include <asmjit/arm/a64utils.h>

#include <bit>

namespace wirejit::jit {

namespace {

namespace a64 = asmjit::a64;
using Address = asmjit::arm::Mem;

const a64::Gp address_reg = a64::x16;
const a64::Gp value_reg = a64::x17;
const a64::Gp constant_reg = a64::x11;
const a64::Gp zero_reg = a64::xzr;

constexpr std::int64_t landing_call = 34;  // bti c
constexpr std::int64_t landing_jump = 36;  // bti j

a64::CondCode code_of(Cond cond) {
  switch (cond) {
    case Cond::eq: return a64::CondCode::kEQ;
    case Cond::ne: return a64::CondCode::kNE;
    case Cond::lt: return a64::CondCode::kLT;
    case Cond::le: return a64::CondCode::kLE;
    case Cond::gt: return a64::CondCode::kGT;
    case Cond::ge: return a64::CondCode::kGE;
    case Cond::below: return a64::CondCode::kLO;
    case Cond::below_eq: return a64::CondCode::kLS;
    case Cond::above: return a64::CondCode::kHI;
    case Cond::above_eq: return a64::CondCode::kHS;
  }
  return a64::CondCode::kEQ;
}

a64::Gp gp(Mreg r) {
  switch (r) {
    case Mreg::r0: return a64::x19;
    case Mreg::r1: return a64::x20;
    case Mreg::w0: return a64::x21;
    case Mreg::w1: return a64::x22;
    case Mreg::ctx: return a64::x23;
    case Mreg::t0:
    case Mreg::arg0: return a64::x0;
    case Mreg::t1:
    case Mreg::arg1: return a64::x1;
    case Mreg::t2:
    case Mreg::arg2: return a64::x2;
    case Mreg::t3:
    case Mreg::arg3: return a64::x3;
    case Mreg::arg4: return a64::x4;
    case Mreg::arg5: return a64::x5;
    case Mreg::spare0: return a64::x9;
    case Mreg::spare1: return a64::x10;
  }
  return a64::x17;
}

a64::Gp sized(const a64::Gp& r, unsigned width) {
  return width == 8 ? a64::Gp(r.x()) : a64::Gp(r.w());
}

bool is_logical(std::int64_t v) {
  return a64::Utils::isLogicalImm(static_cast<std::uint64_t>(v), 64);
}
// What add, sub and cmp take: 12 bits, perhaps shifted by 12.
bool is_arithmetic(std::int64_t v) { return (v & ~0xfffLL) == 0 || (v & ~0xfff000LL) == 0; }

class MasmA64 final : public MasmBase<a64::Assembler> {
 public:
  explicit MasmA64(const MasmOptions& options) : MasmBase(asmjit::Arch::kAArch64, options) {}

  // ---- Positions and routines

  void landing_pad() override { a_.hint(landing_jump); }
  bool same(Mreg a, Mreg b) const override { return gp(a) == gp(b); }

  void align_entry() override {
    if (a_.offset() % 16 != 0) {
      a_.align(asmjit::AlignMode::kCode, 16);
    }
  }

  void entry(CodeLabel label) override {
    align_entry();
    bind(label);
    a_.hint(landing_call);
  }

  void prologue(std::uint32_t words) override {
    frame_bytes_ = (words + 1) / 2 * 16;
    a_.stp(a64::x29, a64::x30, a64::ptr_pre(a64::sp, -16));
    a_.mov(a64::x29, a64::sp);
    if (frame_bytes_ != 0) {
      a_.sub(a64::sp, a64::sp, frame_bytes_);
    }
  }

  void leave() override {
    if (frame_bytes_ != 0) {
      a_.add(a64::sp, a64::sp, frame_bytes_);
    }
    a_.ldp(a64::x29, a64::x30, a64::ptr_post(a64::sp, 16));
    a_.ret(a64::x30);
  }

  void leaf_return() override { a_.ret(a64::x30); }

  void c_prologue() override {
    a_.stp(a64::x29, a64::x30, a64::ptr_pre(a64::sp, -64));
    a_.mov(a64::x29, a64::sp);
    a_.stp(a64::x19, a64::x20, a64::ptr(a64::sp, 16));
    a_.stp(a64::x21, a64::x22, a64::ptr(a64::sp, 32));
    a_.str(a64::x23, a64::ptr(a64::sp, 48));
    mov(Mreg::ctx, Mreg::arg0);
  }

  void c_leave() override {
    a_.ldp(a64::x19, a64::x20, a64::ptr(a64::sp, 16));
    a_.ldp(a64::x21, a64::x22, a64::ptr(a64::sp, 32));
    a_.ldr(a64::x23, a64::ptr(a64::sp, 48));
    a_.ldp(a64::x29, a64::x30, a64::ptr_post(a64::sp, 64));
    a_.ret(a64::x30);
  }

  void call(MemRef function) override {
    a_.ldr(address_reg, mem(function, 8));
    a_.blr(address_reg);
  }
  void call(Mreg function) override { a_.blr(gp(function)); }
  void call(CodeLabel routine) override { a_.bl(raw(routine)); }
  void tail_call(MemRef function) override {
    a_.ldr(address_reg, mem(function, 8));
    a_.br(address_reg);
  }

  // ---- Words

  void imm(Mreg a, std::int64_t v) override { imm(gp(a), v); }

  void mov(Mreg a, Mreg b) override { mov(gp(a), gp(b)); }

  void alu(Alu op, Mreg a, Mreg b, Mreg c) override { binary(op, gp(a), gp(b), gp(c)); }

  void alu_imm(Alu op, Mreg ra, Mreg rb, std::int64_t v) override {
    const a64::Gp a = gp(ra);
    const a64::Gp b = gp(rb);
    const auto u = static_cast<std::uint64_t>(v);
    switch (op) {
      case Alu::shl:
      case Alu::shr:
      case Alu::sar: return shift(op, a, b, static_cast<unsigned>(v & 63));
      case Alu::mul:
        if (std::has_single_bit(u)) {
          return shift(Alu::shl, a, b, static_cast<unsigned>(std::countr_zero(u)));
        }
        imm(constant_reg, v);
        a_.mul(a, b, constant_reg);
        return;
      case Alu::add: return add(a, b, v);
      case Alu::sub: return add(a, b, static_cast<std::int64_t>(0 - u));
      default: break;
    }
    if (v == 0 && op != Alu::and_) {
      mov(a, b);
    } else if (is_logical(v)) {
      binary(op, a, b, asmjit::Imm(v));
    } else {
      imm(constant_reg, v);
      binary(op, a, b, constant_reg);
    }
  }

  void set_if(Mreg a, Mreg b, Cond cond, std::int64_t v) override {
    compare(gp(b), v);
    a_.cset(gp(a), code_of(cond));
  }

  void zigzag(Mreg a, Mreg b) override {
    a_.asr(value_reg, gp(b), 63);
    a_.eor(gp(a), value_reg, gp(b), a64::lsl(1));
  }

  void unzigzag(Mreg a, Mreg b) override {
    a_.sbfx(value_reg, gp(b), 0, 1);
    a_.eor(gp(a), value_reg, gp(b), a64::lsr(1));
  }

  // ---- Memory

  void load(Mreg r, MemRef from, unsigned width, bool sign, bool swap) override {
    const a64::Gp a = gp(r);
    const Address m = mem(from, width);
    const bool extend = sign && !swap;
    switch (width) {
      case 1: extend || sign ? a_.ldrsb(a, m) : a_.ldrb(a.w(), m); return;
      case 2: extend ? a_.ldrsh(a, m) : a_.ldrh(a.w(), m); break;
      case 4: extend ? a_.ldrsw(a, m) : a_.ldr(a.w(), m); break;
      default: a_.ldr(a, m); break;
    }
    if (!swap) {
      return;
    }
    if (width == 2) {
      a_.rev16(a.w(), a.w());
      if (sign) {
        a_.sxth(a, a.w());
      }
    } else {
      a_.rev(sized(a, width), sized(a, width));
      if (width == 4 && sign) {
        a_.sxtw(a, a.w());
      }
    }
  }

  void store(MemRef to, Mreg r, unsigned width, bool swap) override {
    a64::Gp b = gp(r);
    if (swap && width != 1) {
      if (width == 2) {
        a_.rev16(value_reg.w(), b.w());
      } else {
        a_.rev(sized(value_reg, width), sized(b, width));
      }
      b = value_reg;
    }
    store(to, b, width);
  }

  void store_imm(MemRef to, std::int64_t v, unsigned width) override {
    const auto u = static_cast<std::uint64_t>(v);
    const std::uint64_t low = width == 8 ? u : u & ((std::uint64_t{1} << (8 * width)) - 1);
    if (low == 0) {
      store(to, zero_reg, width);
    } else {
      imm(value_reg, static_cast<std::int64_t>(low));
      store(to, value_reg, width);
    }
  }

  void zero(MemRef to, std::uint32_t bytes) override {
    a64::Gp base = gp(to.base);
    std::int32_t disp = to.disp;
    for (; bytes >= 16; bytes -= 16, disp += 16) {
      if (disp < -512 || disp > 504 || disp % 8 != 0) {
        add(address_reg, base, disp);
        base = address_reg;
        disp = 0;
      }
      a_.stp(zero_reg, zero_reg, a64::ptr(base, disp));
    }
    if (bytes != 0 && base == address_reg) {
      a_.str(zero_reg, a64::ptr(base, disp));
    } else if (bytes != 0) {
      store(at(to.base, disp), zero_reg, 8);
    }
  }

  void add_to(MemRef to, std::int64_t v, unsigned width) override {
    const Address m = mem(to, width);
    const a64::Gp r = sized(value_reg, width);
    a_.ldr(r, m);
    add(value_reg, value_reg, v);
    a_.str(r, m);
  }

  void or_to(MemRef to, std::int64_t v, unsigned width) override {
    const Address m = mem(to, width);
    if (width == 1) {
      a_.ldrb(value_reg.w(), m);
    } else {
      a_.ldr(value_reg, m);
    }
    if (is_logical(v)) {
      a_.orr(value_reg, value_reg, v);
    } else {
      imm(constant_reg, v);
      a_.orr(value_reg, value_reg, constant_reg);
    }
    if (width == 1) {
      a_.strb(value_reg.w(), m);
    } else {
      a_.str(value_reg, m);
    }
  }

  void address(Mreg a, MemRef of) override {
    switch (of.what) {
      case MemRef::What::at: add(gp(a), gp(of.base), of.disp); break;
      case MemRef::What::frame: a_.add(gp(a), a64::sp, of.disp); break;
      case MemRef::What::data: a_.adr(gp(a), raw(of.label)); break;
    }
  }

  void copy(MemRef to, MemRef from, unsigned width) override {
    if (width == 16) {
      a_.ldr(a64::q0, mem(from, 16));
      a_.str(a64::q0, mem(to, 16));
      return;
    }
    switch (width) {
      case 1: a_.ldrb(value_reg.w(), mem(from, 1)); break;
      case 2: a_.ldrh(value_reg.w(), mem(from, 2)); break;
      default: a_.ldr(sized(value_reg, width), mem(from, width)); break;
    }
    store(to, value_reg, width);
  }

  // ---- Control

  void jump(CodeLabel to) override { a_.b(raw(to)); }

  void branch(Mreg a, Cond cond, Mreg b, CodeLabel to) override {
    a_.cmp(gp(a), gp(b));
    a_.b(code_of(cond), raw(to));
  }

  void branch_imm(Mreg a, Cond cond, std::int64_t v, CodeLabel to) override {
    branch_value(gp(a), cond, v, to);
  }

  void branch_memory(MemRef a, unsigned width, Cond cond, std::int64_t v, CodeLabel to) override {
    if (width == 1) {
      a_.ldrb(value_reg.w(), mem(a, 1));
    } else {
      a_.ldr(value_reg, mem(a, width));
    }
    branch_value(value_reg, cond, v, to);
  }

  void branch_bits(MemRef a, std::int64_t mask, bool if_zero, CodeLabel to) override {
    a_.ldr(value_reg, mem(a, 8));
    if (is_logical(mask)) {
      a_.tst(value_reg, mask);
    } else {
      imm(constant_reg, mask);
      a_.tst(value_reg, constant_reg);
    }
    a_.b(if_zero ? a64::CondCode::kEQ : a64::CondCode::kNE, raw(to));
  }

  void add_branch(MemRef a, std::int64_t v, unsigned width, Cond cond, CodeLabel to) override {
    add_to(a, v, width);
    const a64::Gp sum = sized(value_reg, width);
    if (cond == Cond::ne) {
      a_.cbnz(sum, raw(to));
    } else {
      a_.cmp(sum, 0);
      a_.b(a64::CondCode::kLT, raw(to));
    }
  }

  void branch_short(Mreg cursor, Mreg end, std::int64_t n, CodeLabel to) override {
    if (n == 1) {
      return branch(cursor, Cond::above_eq, end, to);
    }
    add(value_reg, gp(cursor), n);
    a_.cmp(value_reg, gp(end));
    a_.b(a64::CondCode::kHI, raw(to));
  }

  void branch_short_reg(Mreg cursor, Mreg end, Mreg a, std::int64_t n, CodeLabel to) override {
    a_.sub(value_reg, gp(end), gp(cursor));
    if (n != 0) {
      add(value_reg, value_reg, -n);
    }
    a_.cmp(value_reg, 0);
    a_.b(a64::CondCode::kLT, raw(to));
    a_.cmp(value_reg, gp(a));
    a_.b(a64::CondCode::kLO, raw(to));
  }

  void branch_differs(MemRef a, std::string_view literal, CodeLabel to) override {
    const std::size_t size = literal.size();
    if (size == 2) {
      std::uint16_t v;
      std::memcpy(&v, literal.data(), sizeof v);
      a_.ldrh(value_reg.w(), mem(a, 2));
      imm(constant_reg, v);
      a_.cmp(value_reg.w(), constant_reg.w());
    } else {
      // Bytes after the literal are shifted out of the word.
      const unsigned word = size <= 4 ? 4 : 8;
      const auto surplus = static_cast<unsigned>(word - size);
      const a64::Gp r = sized(value_reg, word);
      const a64::Gp want = sized(constant_reg, word);
      a_.ldr(r, mem(a, word));
      a_.ldr(want, mem(data(constant(std::string(surplus, '\0').append(literal))), word));
      if (surplus != 0) {
        a_.lsl(r, r, 8 * surplus);
      }
      a_.cmp(r, want);
    }
    a_.b(a64::CondCode::kNE, raw(to));
  }

  void scan_text(Mreg a, MemRef from, CodeLabel none) override {
    a_.ldr(a64::q0, mem(from, 16));
    a_.movi(a64::v1.b16(), 0x20);
    a_.movi(a64::v2.b16(), '"');
    a_.movi(a64::v3.b16(), '\\');
    a_.cmgt(a64::v1.b16(), a64::v1.b16(),
            a64::v0.b16());  // signed: bytes above 0x7f are below 0x20, too
    a_.cmeq(a64::v2.b16(), a64::v2.b16(), a64::v0.b16());
    a_.cmeq(a64::v3.b16(), a64::v3.b16(), a64::v0.b16());
    a_.orr(a64::v1.b16(), a64::v1.b16(), a64::v2.b16());
    a_.orr(a64::v1.b16(), a64::v1.b16(), a64::v3.b16());
    a_.shrn(a64::v1.b8(), a64::v1.h8(), 4);  // four bits a byte
    a_.fmov(value_reg, a64::d1);
    a_.cbz(value_reg, raw(none));
    a_.rbit(value_reg, value_reg);
    a_.clz(value_reg, value_reg);
    a_.lsr(gp(a), value_reg, 2);
  }

  void gather_varint(CodeLabel none) override {
    const a64::Gp behind = a64::x0;
    const a64::Gp value = a64::x1;
    a_.ldr(value, a64::ptr(gp(Mreg::r0)));
    a_.mvn(value_reg, value);
    a_.and_(value_reg, value_reg, 0x8080808080808080U);
    a_.cbz(value_reg, raw(none));
    a_.sub(constant_reg, value_reg, 1);
    a_.eor(constant_reg, constant_reg, value_reg);  // the last bit that belongs to it, and below
    a_.rbit(behind, value_reg);
    a_.clz(behind, behind);
    a_.add(behind, gp(Mreg::r0), behind, a64::lsr(3));
    a_.add(behind, behind, 1);
    a_.and_(value, value, constant_reg);
    a_.and_(value, value, 0x7f7f7f7f7f7f7f7fU);
    close_gaps(value, 1, 0x7f007f007f007f00U);
    close_gaps(value, 2, 0x3fff00003fff0000U);
    close_gaps(value, 4, 0x0fffffff00000000U);
  }

  bool gathers_quickly() const override { return false; }

  // As on x86-64.
  void scatter_varint() override {
    const a64::Gp value = a64::x0;
    const a64::Gp size = a64::x1;
    const a64::Gp more = a64::x2;
    const a64::Gp bits = a64::x3;
    a_.clz(more, value);
    a_.add(more, more, more, a64::lsl(3));
    a_.mov(size, 640);
    a_.sub(size, size, more);
    a_.lsr(size, size, 6);
    a_.mov(constant_reg, 64);
    a_.sub(constant_reg, constant_reg, size, a64::lsl(3));
    a_.mov(value_reg, 0x8080808080808080U);
    a_.lsr(more, value_reg, 8);
    a_.lsr(more, more, constant_reg);
    a_.cmp(size, 8);
    a_.csel(more, value_reg, more, a64::CondCode::kHI);
    a_.and_(bits, value, 0x00ffffffffffffffU);
    open_gaps(bits, 4, 0x00fffffff0000000U);
    open_gaps(bits, 2, 0x0fffc0000fffc000U);
    open_gaps(bits, 1, 0x3f803f803f803f80U);
    a_.orr(more, more, bits);
    a_.str(more, a64::ptr(gp(Mreg::w0)));
    a_.lsr(value, value, 56);
    a_.orr(value, value, 0x100);
    a_.strh(value.w(), a64::ptr(gp(Mreg::w0), 8));
    a_.add(value, gp(Mreg::w0), size);
  }

  void branch_non_ascii(CodeLabel to) override {
    std::string numbers;
    for (char k = 0; k < 32; ++k) {
      numbers += k;
    }
    const MemRef table = data(constant(numbers));
    a_.dup(a64::v3.b16(), a64::w1);
    a_.ldr(a64::q1, mem(table, 16));
    a_.ldr(a64::q0, a64::ptr(a64::x0));
    a_.cmhi(a64::v1.b16(), a64::v3.b16(), a64::v1.b16());  // the bytes that are to be looked at
    a_.and_(a64::v0.b16(), a64::v0.b16(), a64::v1.b16());
    a_.ldr(a64::q2, mem(data(table.label, 16), 16));
    a_.ldr(a64::q1, a64::ptr(a64::x0, 16));
    a_.cmhi(a64::v2.b16(), a64::v3.b16(), a64::v2.b16());
    a_.and_(a64::v1.b16(), a64::v1.b16(), a64::v2.b16());
    a_.orr(a64::v0.b16(), a64::v0.b16(), a64::v1.b16());
    a_.umaxv(a64::b0, a64::v0.b16());
    a_.fmov(value_reg.w(), a64::s0);
    a_.tbnz(value_reg, 7, raw(to));
  }

  void jump_table(Mreg a, std::span<const CodeLabel> targets, CodeLabel otherwise) override {
    const CodeLabel table = new_label();
    tables_.push_back({table, {targets.begin(), targets.end()}});
    compare(gp(a), static_cast<std::int64_t>(targets.size()));
    a_.b(a64::CondCode::kHS, raw(otherwise));
    a_.adr(address_reg, raw(table));
    a_.ldrsw(value_reg, a64::ptr(address_reg, gp(a), a64::lsl(2)));
    a_.add(address_reg, address_reg, value_reg);
    a_.br(address_reg);
  }

 private:
  // The bits of `upper` move down, to those that are not in it.
  void close_gaps(const a64::Gp& r, unsigned by, std::uint64_t upper) {
    a_.and_(value_reg, r, upper);
    a_.eor(r, r, value_reg);
    a_.orr(r, r, value_reg, a64::lsr(by));
  }

  void open_gaps(const a64::Gp& r, unsigned by, std::uint64_t upper) {
    a_.and_(value_reg, r, upper);
    a_.eor(r, r, value_reg);
    a_.orr(r, r, value_reg, a64::lsl(by));
  }

  std::uint32_t trap() const override { return 0xd4200000; }  // brk 0

  // The operand for a place; what the instruction cannot express is computed in x16.
  Address mem(MemRef p, unsigned width) {
    if (p.what == MemRef::What::data) {
      return a64::ptr(raw(p.label), p.disp);
    }
    const a64::Gp base = p.what == MemRef::What::frame ? a64::Gp(a64::sp) : gp(p.base);
    const auto w = static_cast<std::int32_t>(width);
    const bool near = p.disp >= -256 && p.disp <= 255;
    const bool scaled = p.disp >= 0 && p.disp % w == 0 && p.disp / w <= 4095;
    if (near || scaled) {
      return a64::ptr(base, p.disp);
    }
    imm(address_reg, p.disp);
    return a64::ptr(base, address_reg);
  }

  void store(MemRef to, const a64::Gp& b, unsigned width) {
    const Address m = mem(to, width);
    switch (width) {
      case 1: a_.strb(b.w(), m); break;
      case 2: a_.strh(b.w(), m); break;
      default: a_.str(sized(b, width), m); break;
    }
  }

  void mov(const a64::Gp& a, const a64::Gp& b) {
    if (a != b) {
      a_.mov(a, b);
    }
  }

  // The shortest of: one or two pieces of 16 bits over zeros or over ones, a pattern, a constant in
  // memory.
  void imm(const a64::Gp& r, std::int64_t v) {
    const auto u = static_cast<std::uint64_t>(v);
    const auto pieces = [](std::uint64_t x) {
      unsigned n = 0;
      for (unsigned k = 0; k < 64; k += 16) {
        n += (x >> k & 0xffff) != 0 ? 1 : 0;
      }
      return n;
    };
    if (pieces(u) <= 1 || (pieces(u) == 2 && pieces(~u) > 1 && !is_logical(v))) {
      move_pieces(r, u, 0);
    } else if (pieces(~u) <= 1 || (pieces(~u) == 2 && !is_logical(v))) {
      move_pieces(r, u, ~std::uint64_t{0});
    } else if (is_logical(v)) {
      a_.orr(r, zero_reg, v);
    } else {
      a_.ldr(r, mem(data(word(u)), 8));
    }
  }

  // Writes `u` over a background of zeros or of ones.
  void move_pieces(const a64::Gp& r, std::uint64_t u, std::uint64_t background) {
    bool first = true;
    for (unsigned k = 0; k < 64; k += 16) {
      const std::uint64_t piece = u >> k & 0xffff;
      if (piece == (background & 0xffff)) {
        continue;
      }
      if (!first) {
        a_.movk(r, piece, k);
      } else if (background == 0) {
        a_.movz(r, piece, k);
      } else {
        a_.movn(r, ~piece & 0xffff, k);
      }
      first = false;
    }
    if (first && background == 0) {
      a_.movz(r, 0);
    } else if (first) {
      a_.movn(r, 0);
    }
  }

  void add(const a64::Gp& a, const a64::Gp& b, std::int64_t v) {
    const auto minus = static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(v));
    if (v == 0) {
      mov(a, b);
    } else if (is_arithmetic(v)) {
      a_.add(a, b, v);
    } else if (is_arithmetic(minus)) {
      a_.sub(a, b, minus);
    } else {
      imm(constant_reg, v);
      a_.add(a, b, constant_reg);
    }
  }

  template <class Source>
  void binary(Alu op, const a64::Gp& a, const a64::Gp& b, const Source& c) {
    switch (op) {
      case Alu::add: a_.add(a, b, c); break;
      case Alu::sub: a_.sub(a, b, c); break;
      case Alu::and_: a_.and_(a, b, c); break;
      case Alu::or_: a_.orr(a, b, c); break;
      default: a_.eor(a, b, c); break;
    }
  }

  void shift(Alu op, const a64::Gp& a, const a64::Gp& b, unsigned n) {
    if (n == 0) {
      return mov(a, b);
    }
    switch (op) {
      case Alu::shl: a_.lsl(a, b, n); break;
      case Alu::shr: a_.lsr(a, b, n); break;
      default: a_.asr(a, b, n); break;
    }
  }

  void compare(const a64::Gp& r, std::int64_t v) {
    const auto minus = static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(v));
    if (is_arithmetic(v)) {
      a_.cmp(r, v);
    } else if (is_arithmetic(minus)) {
      a_.cmn(r, minus);
    } else {
      imm(constant_reg, v);
      a_.cmp(r, constant_reg);
    }
  }

  void branch_value(const a64::Gp& r, Cond cond, std::int64_t v, CodeLabel to) {
    if (v == 0 && cond == Cond::eq) {
      a_.cbz(r, raw(to));
    } else if (v == 0 && cond == Cond::ne) {
      a_.cbnz(r, raw(to));
    } else {
      compare(r, v);
      a_.b(code_of(cond), raw(to));
    }
  }

  std::uint32_t frame_bytes_ = 0;
};

}  // namespace

std::unique_ptr<Masm> make_masm_a64(const MasmOptions& options) {
  return std::make_unique<MasmA64>(options);
}

}  // namespace wirejit::jit
