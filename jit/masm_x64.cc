// The macro assembler for x86-64, System V calling convention. SSE2 is all that it asks for,
// unless it may use what this machine has: then BMI2, where the kernels use it, too.
// Entry: make_masm_x64. Invariant: r11 and xmm0-xmm3 are its own; no other register changes unless
// an operation says so.
//
//   r0 rbx   r1 r12   w0 r13   w1 r14   ctx r15      saved by the callee
//   t0 rax   t1 rdx   t2 rcx   t3 rsi                results in rax, rdx
//   arg rdi rsi rdx rcx r8 r9   spare r10 r9
//   rbp is the frame pointer; word k of a frame lies at rbp - size + 8k
//
// Constants beyond 32 bits and bytes of schemas are read from the data after the code. Two-byte
// immediates (length-changing prefixes) are avoided: they stall the decoders.
#include "jit/masm_base.h"
#include "kernels/cpu.h"

#include <asmjit/x86.h>

#include <bit>
#include <limits>

namespace wirejit::jit {

namespace {

namespace x86 = asmjit::x86;

constexpr bool fits_i32(std::int64_t v) {
  return v >= std::numeric_limits<std::int32_t>::min() &&
         v <= std::numeric_limits<std::int32_t>::max();
}
constexpr bool fits_u32(std::int64_t v) {
  return v >= 0 && v <= std::numeric_limits<std::uint32_t>::max();
}

x86::CondCode code_of(Cond cond) {
  switch (cond) {
    case Cond::eq: return x86::CondCode::kE;
    case Cond::ne: return x86::CondCode::kNE;
    case Cond::lt: return x86::CondCode::kL;
    case Cond::le: return x86::CondCode::kLE;
    case Cond::gt: return x86::CondCode::kG;
    case Cond::ge: return x86::CondCode::kGE;
    case Cond::below: return x86::CondCode::kB;
    case Cond::below_eq: return x86::CondCode::kBE;
    case Cond::above: return x86::CondCode::kA;
    case Cond::above_eq: return x86::CondCode::kAE;
  }
  return x86::CondCode::kE;
}

x86::Gp gp(Mreg r) {
  switch (r) {
    case Mreg::r0: return x86::rbx;
    case Mreg::r1: return x86::r12;
    case Mreg::w0: return x86::r13;
    case Mreg::w1: return x86::r14;
    case Mreg::ctx: return x86::r15;
    case Mreg::t0: return x86::rax;
    case Mreg::t1:
    case Mreg::arg2: return x86::rdx;
    case Mreg::t2:
    case Mreg::arg3: return x86::rcx;
    case Mreg::t3:
    case Mreg::arg1: return x86::rsi;
    case Mreg::arg0: return x86::rdi;
    case Mreg::arg4: return x86::r8;
    case Mreg::arg5:
    case Mreg::spare1: return x86::r9;
    case Mreg::spare0: return x86::r10;
  }
  return x86::r11;
}

const x86::Gp scratch = x86::r11;

class MasmX64 final : public MasmBase<x86::Assembler> {
 public:
  explicit MasmX64(const MasmOptions& options)
      : MasmBase(asmjit::Arch::kX64, options),
        bmi2_(options.this_machine && kernels::best().level != kernels::Level::baseline) {}

  // ---- Positions and routines

  void landing_pad() override {}  // jump_table's jump is exempt from tracking
  bool same(Mreg a, Mreg b) const override { return gp(a) == gp(b); }

  void align_entry() override {
    if (a_.offset() % 16 != 0) {
      a_.align(asmjit::AlignMode::kCode, 16);
    }
  }

  void entry(CodeLabel label) override {
    align_entry();
    bind(label);
    a_.endbr64();
  }

  void prologue(std::uint32_t words) override {
    frame_bytes_ = static_cast<std::int32_t>((words + 1) / 2 * 16);
    a_.push(x86::rbp);
    a_.mov(x86::rbp, x86::rsp);
    if (frame_bytes_ != 0) {
      a_.sub(x86::rsp, frame_bytes_);
    }
  }

  void leave() override {
    if (frame_bytes_ != 0) {
      a_.leave();
    } else {
      a_.pop(x86::rbp);
    }
    a_.ret();
  }

  void leaf_return() override { a_.ret(); }

  void c_prologue() override {
    a_.push(x86::rbp);
    a_.mov(x86::rbp, x86::rsp);
    for (const Mreg r : saved) {
      a_.push(gp(r));
    }
    a_.sub(x86::rsp, 8);
    mov(Mreg::ctx, Mreg::arg0);
  }

  void c_leave() override {
    a_.add(x86::rsp, 8);
    for (auto r = saved.rbegin(); r != saved.rend(); ++r) {
      a_.pop(gp(*r));
    }
    a_.pop(x86::rbp);
    a_.ret();
  }

  void call(MemRef function) override { a_.call(mem(function, 8)); }
  void call(Mreg function) override { a_.call(gp(function)); }
  void call(CodeLabel routine) override { a_.call(raw(routine)); }
  void tail_call(MemRef function) override { a_.jmp(mem(function, 8)); }

  // ---- Words

  void imm(Mreg a, std::int64_t v) override { imm(gp(a), v); }

  void mov(Mreg a, Mreg b) override {
    if (!same(a, b)) {
      a_.mov(gp(a), gp(b));
    }
  }

  void alu(Alu op, Mreg a, Mreg b, Mreg c) override {
    if (op == Alu::add && !same(a, b) && !same(a, c)) {
      a_.lea(gp(a), x86::ptr(gp(b), gp(c)));
    } else if (!same(a, c)) {
      mov(a, b);
      binary(op, gp(a), gp(c));
    } else if (op == Alu::sub && !same(a, b)) {
      a_.neg(gp(a));
      a_.add(gp(a), gp(b));
    } else {
      binary(op, gp(a), gp(b));
    }
  }

  void alu_imm(Alu op, Mreg a, Mreg b, std::int64_t v) override {
    switch (op) {
      case Alu::shl:
      case Alu::shr:
      case Alu::sar: return shift(op, a, b, v);
      case Alu::mul: return multiply(a, b, v);
      case Alu::sub:
        return alu_imm(Alu::add, a, b,
                       static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(v)));
      case Alu::and_: return and_imm(a, b, v);
      default: break;
    }
    if (v == 0) {
      mov(a, b);
    } else if (op == Alu::add && !same(a, b) && fits_i32(v)) {
      a_.lea(gp(a), x86::ptr(gp(b), static_cast<std::int32_t>(v)));
    } else {
      mov(a, b);
      if (fits_i32(v)) {
        binary(op, gp(a), asmjit::Imm(v));
      } else {
        binary(op, gp(a), constant_word(v));
      }
    }
  }

  void set_if(Mreg a, Mreg b, Cond cond, std::int64_t v) override {
    compare(gp(b), v);
    a_.set(code_of(cond), gp(a).r8());
    a_.movzx(gp(a).r32(), gp(a).r8());
  }

  void zigzag(Mreg a, Mreg b) override {
    a_.mov(scratch, gp(b));
    a_.sar(scratch, 63);
    a_.lea(gp(a), x86::ptr(gp(b), gp(b)));
    a_.xor_(gp(a), scratch);
  }

  void unzigzag(Mreg a, Mreg b) override {
    mov(a, b);
    a_.shr(gp(a), 1);
    a_.sbb(scratch, scratch);  // -1 if the bit that left is set
    a_.xor_(gp(a), scratch);
  }

  // ---- Memory

  void load(Mreg r, MemRef from, unsigned width, bool sign, bool swap) override {
    const x86::Gp a = gp(r);
    const x86::Mem m = mem(from, width);
    if (width == 8) {
      a_.mov(a, m);
    } else if (width == 4) {
      if (sign && !swap) {
        a_.movsxd(a, m);
      } else {
        a_.mov(a.r32(), m);
      }
    } else if (sign && !swap) {
      a_.movsx(a, m);
    } else {
      a_.movzx(a.r32(), m);
    }
    if (swap) {
      swap_loaded(a, width, sign);
    } else if (width == 1 && sign && swap) {
      a_.movsx(a, a.r8());
    }
  }

  void store(MemRef to, Mreg r, unsigned width, bool swap) override {
    x86::Gp b = gp(r);
    if (swap && width != 1) {
      a_.mov(sized(scratch, std::max(width, 4U)), sized(b, std::max(width, 4U)));
      b = scratch;
      if (width == 2) {
        a_.rol(b.r16(), 8);
      } else {
        a_.bswap(sized(b, width));
      }
    }
    a_.mov(mem(to, width), sized(b, width));
  }

  void store_imm(MemRef to, std::int64_t v, unsigned width) override {
    const x86::Mem m = mem(to, width);
    switch (width) {
      case 1: a_.mov(m, static_cast<std::int8_t>(v)); return;
      case 2:
        imm(scratch, static_cast<std::uint16_t>(v));
        a_.mov(m, scratch.r16());
        return;
      case 4: a_.mov(m, static_cast<std::int32_t>(v)); return;
      default: break;
    }
    if (fits_i32(v)) {
      a_.mov(m, static_cast<std::int32_t>(v));
    } else {
      imm(scratch, v);
      a_.mov(m, scratch);
    }
  }

  void zero(MemRef to, std::uint32_t bytes) override {
    if (bytes == 8) {
      return store_imm(to, 0, 8);
    }
    a_.xorps(x86::xmm0, x86::xmm0);
    for (; bytes >= 16; bytes -= 16, to.disp += 16) {
      a_.movups(mem(to, 16), x86::xmm0);
    }
    if (bytes != 0) {
      a_.movlps(mem(to, 8), x86::xmm0);
    }
  }

  void add_to(MemRef to, std::int64_t v, unsigned width) override {
    const x86::Mem m = mem(to, width);
    if (fits_i32(v)) {
      a_.add(m, static_cast<std::int32_t>(v));
    } else {
      imm(scratch, v);
      a_.add(m, sized(scratch, width));
    }
  }

  void or_to(MemRef to, std::int64_t v, unsigned width) override {
    const x86::Mem m = mem(to, width);
    if (width == 1) {
      a_.or_(m, static_cast<std::int8_t>(v));
    } else if (fits_i32(v)) {
      a_.or_(m, static_cast<std::int32_t>(v));
    } else {
      imm(scratch, v);
      a_.or_(m, scratch);
    }
  }

  void address(Mreg a, MemRef of) override {
    if (of.what == MemRef::What::at && of.disp == 0) {
      mov(a, of.base);
    } else {
      a_.lea(gp(a), mem(of, 0));
    }
  }

  void copy(MemRef to, MemRef from, unsigned width) override {
    if (width == 16) {
      a_.movups(x86::xmm0, mem(from, 16));
      a_.movups(mem(to, 16), x86::xmm0);
      return;
    }
    const x86::Gp r = sized(scratch, width);
    if (width < 4) {
      a_.movzx(scratch.r32(), mem(from, width));
    } else {
      a_.mov(r, mem(from, width));
    }
    a_.mov(mem(to, width), r);
  }

  // ---- Control

  void jump(CodeLabel to) override { a_.jmp(raw(to)); }

  void branch(Mreg a, Cond cond, Mreg b, CodeLabel to) override {
    a_.cmp(gp(a), gp(b));
    a_.j(code_of(cond), raw(to));
  }

  void branch_imm(Mreg a, Cond cond, std::int64_t v, CodeLabel to) override {
    compare(gp(a), v);
    a_.j(code_of(cond), raw(to));
  }

  void branch_memory(MemRef a, unsigned width, Cond cond, std::int64_t v, CodeLabel to) override {
    if (width == 1 && (v < 0 || v > 255 || is_signed(cond))) {
      // Bytes count as 0..255: what a compare of bytes cannot express is compared in a word.
      a_.movzx(scratch.r32(), mem(a, 1));
      if (fits_i32(v)) {
        a_.cmp(scratch, static_cast<std::int32_t>(v));
      } else {
        a_.cmp(scratch, constant_word(v));
      }
    } else if (width == 1) {
      a_.cmp(mem(a, 1), static_cast<std::int8_t>(v));
    } else if (fits_i32(v)) {
      a_.cmp(mem(a, width), static_cast<std::int32_t>(v));
    } else {
      a_.mov(scratch, mem(a, width));
      a_.cmp(scratch, constant_word(v));
    }
    a_.j(code_of(cond), raw(to));
  }

  void branch_bits(MemRef a, std::int64_t mask, bool zero, CodeLabel to) override {
    const auto bits = static_cast<std::uint64_t>(mask);
    const int byte = bits == 0 ? 0 : std::countr_zero(bits) / 8;
    if ((bits >> (8 * byte)) <= 0xff) {
      MemRef p = a;
      p.disp += byte;
      a_.test(mem(p, 1), static_cast<std::int8_t>(bits >> (8 * byte)));
    } else if (fits_u32(mask)) {
      a_.test(mem(a, 4), static_cast<std::int32_t>(mask));
    } else {
      imm(scratch, mask);
      a_.test(mem(a, 8), scratch);
    }
    a_.j(zero ? x86::CondCode::kE : x86::CondCode::kNE, raw(to));
  }

  void add_branch(MemRef a, std::int64_t v, unsigned width, Cond cond, CodeLabel to) override {
    if (v < 0 && fits_i32(-v)) {
      a_.sub(mem(a, width), static_cast<std::int32_t>(-v));
    } else {
      add_to(a, v, width);
    }
    a_.j(cond == Cond::ne ? x86::CondCode::kNE : x86::CondCode::kS, raw(to));
  }

  void branch_short(Mreg cursor, Mreg end, std::int64_t n, CodeLabel to) override {
    if (n == 1) {
      return branch(cursor, Cond::above_eq, end, to);
    }
    a_.lea(scratch, x86::ptr(gp(cursor), static_cast<std::int32_t>(n)));
    a_.cmp(scratch, gp(end));
    a_.ja(raw(to));
  }

  void branch_short_reg(Mreg cursor, Mreg end, Mreg a, std::int64_t n, CodeLabel to) override {
    a_.mov(scratch, gp(end));
    a_.sub(scratch, gp(cursor));
    if (n != 0) {
      a_.sub(scratch, static_cast<std::int32_t>(n));
    }
    a_.jl(raw(to));
    a_.cmp(scratch, gp(a));
    a_.jb(raw(to));
  }

  void branch_differs(MemRef a, std::string_view literal, CodeLabel to) override {
    const std::size_t size = literal.size();
    if (size == 2) {
      a_.movzx(scratch.r32(), mem(a, 2));
      std::uint16_t v;
      std::memcpy(&v, literal.data(), sizeof v);
      a_.cmp(scratch.r32(), v);
    } else {
      // Bytes after the literal are shifted out of the word.
      const unsigned word = size <= 4 ? 4 : 8;
      const auto surplus = static_cast<unsigned>(word - size);
      const x86::Gp r = sized(scratch, word);
      a_.mov(r, mem(a, word));
      if (surplus != 0) {
        a_.shl(r, 8 * surplus);
      }
      a_.cmp(r, mem(data(constant(std::string(surplus, '\0').append(literal))), word));
    }
    a_.jne(raw(to));
  }

  void scan_text(Mreg a, MemRef from, CodeLabel none) override {
    a_.movups(x86::xmm0, mem(from, 16));
    a_.movaps(x86::xmm1, splat(0x20));
    a_.movaps(x86::xmm2, splat('"'));
    a_.movaps(x86::xmm3, splat('\\'));
    a_.pcmpgtb(x86::xmm1, x86::xmm0);  // signed: bytes above 0x7f are below 0x20, too
    a_.pcmpeqb(x86::xmm2, x86::xmm0);
    a_.pcmpeqb(x86::xmm3, x86::xmm0);
    a_.por(x86::xmm1, x86::xmm2);
    a_.por(x86::xmm1, x86::xmm3);
    a_.pmovmskb(scratch.r32(), x86::xmm1);
    a_.test(scratch.r32(), scratch.r32());
    a_.jz(raw(none));
    a_.bsf(gp(a).r32(), scratch.r32());
  }

  void gather_varint(CodeLabel none) override {
    const x86::Gp behind = x86::rax;
    const x86::Gp value = x86::rdx;
    a_.mov(scratch, x86::ptr(gp(Mreg::r0)));
    if (bmi2_) {
      a_.andn(value, scratch, bytes_of(0x80));
    } else {
      a_.mov(value, scratch);
      a_.not_(value);
      a_.and_(value, bytes_of(0x80));
    }
    a_.jz(raw(none));
    a_.bsf(behind, value);
    a_.shr(behind.r32(), 3);
    a_.lea(behind, x86::ptr(gp(Mreg::r0), behind, 0, 1));
    if (bmi2_) {
      a_.blsmsk(value, value);  // the last bit that belongs to it, and those below
      a_.and_(value, scratch);
      a_.pext(value, value, bytes_of(0x7f));
      return;
    }
    a_.lea(x86::rcx, x86::ptr(value, -1));
    a_.xor_(value, x86::rcx);
    a_.and_(value, scratch);
    a_.and_(value, bytes_of(0x7f));
    close_gaps(value, 1, 0x7f007f007f007f00);
    close_gaps(value, 2, 0x3fff00003fff0000);
    close_gaps(value, 4, 0x0fffffff00000000);
  }

  bool gathers_quickly() const override { return bmi2_; }

  // All sizes take the same steps. Eight bytes are stored, then two: the value from its 56th bit on,
  // of which the highest says that there is a tenth byte, and that one.
  void scatter_varint() override {
    const x86::Gp value = x86::rax;
    const x86::Gp size = x86::rdx;
    const x86::Gp bits = x86::rsi;
    const x86::Gp more = scratch;  // the marks of all bytes but the last
    a_.bsr(size, value);
    a_.lea(size.r32(), x86::ptr(size, size, 3, 73));
    a_.shr(size.r32(), 6);
    if (bmi2_) {
      a_.lea(x86::ecx, x86::ptr(size, -1));
      a_.shl(x86::ecx, 3);
      a_.bzhi(more, bytes_of(0x80), x86::rcx);
      a_.pdep(bits, value, bytes_of(0x7f));
    } else {
      a_.mov(x86::ecx, 8);
      a_.sub(x86::ecx, size.r32());
      a_.shl(x86::ecx, 3);
      a_.mov(more, bytes_of(0x80));
      a_.shr(more, 8);
      a_.shr(more, x86::cl);
      a_.cmp(size.r32(), 8);
      a_.cmova(more, bytes_of(0x80));
      a_.mov(bits, value);
      a_.shl(bits, 8);
      a_.shr(bits, 8);
      open_gaps(bits, 4, 0x00fffffff0000000);
      open_gaps(bits, 2, 0x0fffc0000fffc000);
      open_gaps(bits, 1, 0x3f803f803f803f80);
    }
    a_.or_(more, bits);
    a_.mov(x86::ptr(gp(Mreg::w0)), more);
    a_.shr(value, 56);
    a_.or_(x86::eax, 0x100);
    a_.mov(x86::word_ptr(gp(Mreg::w0), 8), x86::ax);
    a_.lea(value, x86::ptr(gp(Mreg::w0), size));
  }

  void branch_non_ascii(CodeLabel to) override {
    a_.movups(x86::xmm0, x86::ptr(x86::rax));
    a_.movups(x86::xmm1, x86::ptr(x86::rax, 16));
    a_.pmovmskb(scratch.r32(), x86::xmm0);
    a_.pmovmskb(x86::esi, x86::xmm1);
    a_.shl(scratch, 32);
    a_.shl(x86::rsi, 48);
    a_.or_(scratch, x86::rsi);  // a bit for each byte, in the upper half
    a_.mov(x86::ecx, 32);
    a_.sub(x86::ecx, x86::edx);
    a_.shl(scratch, x86::cl);
    a_.test(scratch, scratch);
    a_.jnz(raw(to));
  }

  void jump_table(Mreg a, std::span<const CodeLabel> targets, CodeLabel otherwise) override {
    const CodeLabel table = new_label();
    tables_.push_back({table, {targets.begin(), targets.end()}});
    compare(gp(a), static_cast<std::int64_t>(targets.size()));
    a_.jae(raw(otherwise));
    a_.lea(x86::r8, mem(data(table), 0));
    a_.movsxd(scratch, x86::dword_ptr(x86::r8, gp(a), 2));
    a_.add(scratch, x86::r8);
    a_.db(0x3e);  // notrack: the targets carry no endbr64
    a_.jmp(scratch);
  }

 private:
  static constexpr std::array<Mreg, 5> saved{Mreg::r0, Mreg::r1, Mreg::w0, Mreg::w1, Mreg::ctx};

  std::uint32_t trap() const override { return 0xcccccccc; }

  static x86::Gp sized(const x86::Gp& r, unsigned width) {
    switch (width) {
      case 1: return r.r8();
      case 2: return r.r16();
      case 4: return r.r32();
      default: return r.r64();
    }
  }

  x86::Mem mem(MemRef p, unsigned width) const {
    switch (p.what) {
      case MemRef::What::at: return x86::ptr(gp(p.base), p.disp, width);
      case MemRef::What::frame: return x86::ptr(x86::rbp, p.disp - frame_bytes_, width);
      case MemRef::What::data: break;
    }
    return x86::ptr(raw(p.label), p.disp, width);
  }

  x86::Mem constant_word(std::int64_t v) {
    return mem(data(word(static_cast<std::uint64_t>(v))), 8);
  }
  x86::Mem splat(char ch) { return mem(data(constant(std::string(16, ch))), 16); }

  x86::Mem bytes_of(std::uint8_t byte) {
    return constant_word(static_cast<std::int64_t>(0x0101010101010101U * byte));
  }
  // The bits of `upper` move down, to those that are not in it.
  void close_gaps(const x86::Gp& r, unsigned by, std::int64_t upper) {
    a_.mov(x86::rcx, constant_word(upper));
    a_.and_(x86::rcx, r);
    a_.xor_(r, x86::rcx);
    a_.shr(x86::rcx, by);
    a_.or_(r, x86::rcx);
  }

  void open_gaps(const x86::Gp& r, unsigned by, std::int64_t upper) {
    a_.mov(x86::rcx, constant_word(upper));
    a_.and_(x86::rcx, r);
    a_.xor_(r, x86::rcx);
    a_.shl(x86::rcx, by);
    a_.or_(r, x86::rcx);
  }

  static bool is_signed(Cond cond) {
    return cond == Cond::lt || cond == Cond::le || cond == Cond::gt || cond == Cond::ge;
  }

  void imm(const x86::Gp& r, std::int64_t v) {
    if (v == 0) {
      a_.xor_(r.r32(), r.r32());
    } else if (fits_u32(v)) {
      a_.mov(r.r32(), v);
    } else if (fits_i32(v)) {
      a_.mov(r, v);
    } else {
      a_.mov(r, constant_word(v));
    }
  }

  void compare(const x86::Gp& r, std::int64_t v) {
    if (v == 0) {
      a_.test(r, r);
    } else if (fits_i32(v)) {
      a_.cmp(r, static_cast<std::int32_t>(v));
    } else {
      a_.cmp(r, constant_word(v));
    }
  }

  template <class Source>
  void binary(Alu op, const x86::Gp& r, const Source& s) {
    switch (op) {
      case Alu::add: a_.add(r, s); break;
      case Alu::sub: a_.sub(r, s); break;
      case Alu::and_: a_.and_(r, s); break;
      case Alu::or_: a_.or_(r, s); break;
      default: a_.xor_(r, s); break;
    }
  }

  void and_imm(Mreg a, Mreg b, std::int64_t v) {
    if (v == 0xff) {
      a_.movzx(gp(a).r32(), gp(b).r8());
    } else if (v == 0xffff) {
      a_.movzx(gp(a).r32(), gp(b).r16());
    } else if (v == 0xffffffff) {
      a_.mov(gp(a).r32(), gp(b).r32());
    } else if (v >= 0 && fits_i32(v)) {
      if (!same(a, b)) {
        a_.mov(gp(a).r32(), gp(b).r32());
      }
      a_.and_(gp(a).r32(), static_cast<std::int32_t>(v));
    } else {
      mov(a, b);
      if (fits_i32(v)) {
        a_.and_(gp(a), static_cast<std::int32_t>(v));
      } else {
        a_.and_(gp(a), constant_word(v));
      }
    }
  }

  void shift(Alu op, Mreg a, Mreg b, std::int64_t v) {
    if (op == Alu::shl && v == 1 && !same(a, b)) {
      a_.lea(gp(a), x86::ptr(gp(b), gp(b)));
      return;
    }
    mov(a, b);
    const auto n = static_cast<std::uint8_t>(v & 63);
    if (n == 0) {
      return;
    }
    switch (op) {
      case Alu::shl: a_.shl(gp(a), n); break;
      case Alu::shr: a_.shr(gp(a), n); break;
      default: a_.sar(gp(a), n); break;
    }
  }

  void multiply(Mreg a, Mreg b, std::int64_t v) {
    const auto u = static_cast<std::uint64_t>(v);
    if (std::has_single_bit(u)) {
      shift(Alu::shl, a, b, std::countr_zero(u));
    } else if (v == 3 || v == 5 || v == 9) {
      a_.lea(gp(a), x86::ptr(gp(b), gp(b), v == 3 ? 1 : v == 5 ? 2 : 3));
    } else if (fits_i32(v)) {
      a_.imul(gp(a), gp(b), static_cast<std::int32_t>(v));
    } else {
      mov(a, b);
      a_.imul(gp(a), constant_word(v));
    }
  }

  void swap_loaded(const x86::Gp& a, unsigned width, bool sign) {
    switch (width) {
      case 1:
        if (sign) {
          a_.movsx(a, a.r8());
        }
        break;
      case 2:
        if (sign) {
          a_.bswap(a);
          a_.sar(a, 48);
        } else {
          a_.bswap(a.r32());
          a_.shr(a.r32(), 16);
        }
        break;
      case 4:
        a_.bswap(a.r32());
        if (sign) {
          a_.movsxd(a, a.r32());
        }
        break;
      default: a_.bswap(a); break;
    }
  }

  std::int32_t frame_bytes_ = 0;
  bool bmi2_;
};

}  // namespace

std::unique_ptr<Masm> make_masm_x64(const MasmOptions& options) {
  return std::make_unique<MasmX64>(options);
}

}  // namespace wirejit::jit
