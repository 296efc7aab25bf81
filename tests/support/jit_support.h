// Runs hand-made Programs on every engine of this machine and compares the results; only on the
// interpreter where no code can be generated.
// Entry: Machine::run. Invariant: each run has its own copy of the input, followed by 64 readable
// bytes, so that engines cannot influence each other.
#pragma once

#include "jit/emit.h"
#include "jit/interpret.h"
#include "jit/runtime.h"

#include <wirejit/buffer.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace wirejit::jit {

// Builds a Program op by op, without the optimisations of Builder.
class Assembly {
 public:
  explicit Assembly(std::string name = "test") {
    p.name = std::move(name);
    p.comments.emplace_back();
  }
  Op& op(Opcode code) {
    p.ops.emplace_back().code = code;
    return p.ops.back();
  }
  Label label() { return p.labels++; }
  void bind(Label l) { op(Opcode::bind).label = l; }
  void abc(Opcode code, Reg a, Reg b = Reg::none, Reg c = Reg::none, std::int64_t imm = 0) {
    Op& o = op(code);
    o.a = a;
    o.b = b;
    o.c = c;
    o.imm = imm;
  }
  void imm(Reg a, std::int64_t v) { abc(Opcode::imm, a, Reg::none, Reg::none, v); }
  void load(Reg a, Reg base, std::int64_t disp, unsigned width, bool sign = false,
            bool swap = false) {
    abc(Opcode::load, a, base, Reg::none, disp);
    p.ops.back().width = static_cast<std::uint8_t>(width);
    p.ops.back().sign = sign;
    p.ops.back().swap = swap;
  }
  void store(Reg base, std::int64_t disp, Reg b, unsigned width = 8, bool swap = false) {
    abc(Opcode::store, base, b, Reg::none, disp);
    p.ops.back().width = static_cast<std::uint8_t>(width);
    p.ops.back().swap = swap;
  }
  // Appends eight bytes to the output.
  void out(Reg a) {
    store(Reg::w0, 0, a);
    abc(Opcode::add_imm, Reg::w0, Reg::w0, Reg::none, 8);
  }
  void slot_op(Opcode code, unsigned slot, Reg a = Reg::none, std::int64_t imm = 0) {
    Op& o = op(code);
    o.slot = static_cast<std::uint16_t>(slot);
    o.a = a;
    o.imm = imm;
    p.slots = std::max(p.slots, static_cast<std::uint16_t>(slot + 1));
  }
  Op& branch(Opcode code, Label to, Cond cond = Cond::eq, Reg a = Reg::none, std::int64_t imm = 0) {
    Op& o = op(code);
    o.label = to;
    o.cond = cond;
    o.a = a;
    o.imm = imm;
    return o;
  }
  std::int64_t literal(std::string_view bytes) {
    const auto at = static_cast<std::int64_t>(p.literals.size() < 16 ? 0 : p.literals.size() - 16);
    p.literals.resize(static_cast<std::size_t>(at));
    p.literals += bytes;
    p.literals.append(16, '\0');
    return at;
  }
  void match(std::string_view bytes, unsigned readable, Label miss, std::int32_t disp = 0) {
    const std::int64_t at = literal(bytes);
    Op& o = branch(Opcode::match, miss, Cond::eq, Reg::none, at);
    o.width = static_cast<std::uint8_t>(bytes.size());
    o.slot = static_cast<std::uint16_t>(readable);
    o.disp = disp;
  }
  void put_literal(std::string_view bytes, std::int32_t disp = 0) {
    const std::int64_t at = literal(bytes);
    Op& o = op(Opcode::put_literal);
    o.imm = at;
    o.width = static_cast<std::uint8_t>(bytes.size());
    o.disp = disp;
  }
  Call& call(const Helper& helper, std::initializer_list<Arg> args) {
    Call& c = p.calls.emplace_back();
    c.helper = &helper;
    for (const Arg& a : args) {
      c.args[c.count++] = a;
    }
    op(Opcode::call).index = static_cast<std::uint32_t>(p.calls.size() - 1);
    return c;
  }
  void ret() { op(Opcode::ret); }
  void fail(Errc code) { op(Opcode::fail).imm = static_cast<std::int64_t>(code); }

  Program p;
};

inline Arg slot_arg(unsigned slot, Arg::What what = Arg::What::slot) {
  Arg a;
  a.what = what;
  a.slot = static_cast<std::uint16_t>(slot);
  return a;
}
inline Arg input_begin_arg() {
  Arg a;
  a.what = Arg::What::ctx_input_begin;
  return a;
}

// The state after a run, with relative addresses.
struct Outcome {
  std::uint64_t ok = 0;
  std::uint32_t error = 0;
  std::int64_t error_at = -1;  // in the input, where there is an error
  std::int64_t r0 = 0;
  std::int64_t r1 = 0;
  std::int64_t w1_left = 0;  // bytes from w0 to the soft end
  std::string output;
  std::int32_t depth_left = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

inline std::ostream& operator<<(std::ostream& os, const Outcome& o) {
  os << "{ok " << o.ok << " error " << o.error << " at " << o.error_at << " r0 " << o.r0 << " r1 "
     << o.r1 << " left " << o.w1_left << " depth " << o.depth_left << " output";
  for (const char c : o.output) {
    os << ' ' << static_cast<unsigned>(static_cast<unsigned char>(c));
  }
  return os << "}";
}

class Machine {
 public:
  explicit Machine(std::vector<Program> programs, CodeOptions options = {}) {
    module_.programs = std::move(programs);
    for (const Program& p : module_.programs) {
      EXPECT_EQ(verify(p, module_.programs.size()), "") << dump(p);
      module_.decoded.push_back(decode_program(p, false));
    }
    for (const CpuFacts& cpu : cpus()) {  // every CPU's macro assembler accepts the Program
      for (const Program& p : module_.programs) {
        EXPECT_TRUE(cpu.make_masm == nullptr || assemble(p, cpu.cpu)) << cpu.name << dump(p);
      }
    }
    if (host_cpu() == Cpu::none) {
      return;
    }
    module_.slots = std::make_unique<std::atomic<Entry>[]>(module_.programs.size());
    options.runtime = {grow_output_helper(), &interpret_routine};
    auto code = emit_module(module_, options);
    if (!code) {
      ADD_FAILURE() << code.error().to_string();
      return;
    }
    module_.code = *code;
    for (std::size_t k = 0; k < module_.programs.size(); ++k) {
      module_.slots[k].store(module_.code->entry(k), std::memory_order_release);
    }
  }
  explicit Machine(Program program) : Machine(one(std::move(program))) {}

  // Runs on every engine; they must agree.
  Outcome run(std::string_view input = {}, std::size_t room = 4096, std::int32_t depth = 64) {
    const Outcome interpreted = run_once(input, room, depth, false);
    if (host_cpu() == Cpu::none) {
      return interpreted;
    }
    const Outcome compiled = run_once(input, room, depth, true);
    EXPECT_EQ(interpreted, compiled) << dump(module_.programs[0]);
    return compiled;
  }

  Module& module() { return module_; }

 private:
  static std::vector<Program> one(Program p) {
    std::vector<Program> v;
    v.push_back(std::move(p));
    return v;
  }

  Outcome run_once(std::string_view input, std::size_t room, std::int32_t depth, bool compiled) {
    // An allocation of its own, with 64 bytes after the input.
    const auto bytes = std::make_unique<std::uint8_t[]>(input.size() + 64);
    std::copy(input.begin(), input.end(), bytes.get());
    Buffer out(room);
    std::memset(out.storage(), 0xcc, room);
    Context ctx;
    ctx.module = &module_;
    ctx.output = &out;
    ctx.depth_left = depth;
    ctx.output_limit = 1 << 30;
    ctx.input_begin = bytes.get();
    ctx.input_end = bytes.get() + input.size();
    const auto begin = reinterpret_cast<std::uint64_t>(bytes.get());
    ctx.r0 = begin;
    ctx.r1 = begin + input.size();
    ctx.w0 = reinterpret_cast<std::uint64_t>(out.storage());
    ctx.w1 = ctx.w0 + out.capacity();
    for (std::size_t k = 0; k < 4; ++k) {
      ctx.extra_results[k] = 0x1111 * k;
    }
    Outcome o;
    o.ok = compiled ? module_.code->enter(ctx, module_.code->entry(0)) : interpret(module_, 0, ctx);
    o.error = ctx.error;
    o.error_at = ctx.error == 0 ? -1 : static_cast<std::int64_t>(ctx.error_at - begin);
    o.r0 = static_cast<std::int64_t>(ctx.r0 - begin);
    o.r1 = static_cast<std::int64_t>(ctx.r1 - begin);
    o.w1_left = static_cast<std::int64_t>(ctx.w1 - ctx.w0);
    o.depth_left = ctx.depth_left;
    o.output.assign(reinterpret_cast<const char*>(out.storage()),
                    ctx.w0 - reinterpret_cast<std::uint64_t>(out.storage()));
    return o;
  }

  Module module_;
};

// Output as words.
inline std::vector<std::uint64_t> words(const Outcome& o) {
  std::vector<std::uint64_t> v(o.output.size() / 8);
  if (!v.empty()) {
    std::memcpy(v.data(), o.output.data(), v.size() * 8);
  }
  return v;
}

}  // namespace wirejit::jit
