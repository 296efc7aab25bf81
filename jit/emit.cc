// Emission of a whole module: the thunk by which C++ enters, the routines, and the stubs that
// interpret. Entry: emit_module, list. Invariant: names no CPU.
#include "jit/emit.h"

#include "jit/emit_routine.h"
#include "jit/masm_factory.h"

#include <array>
#include <new>
#include <sstream>
#include <utility>

namespace wirejit::jit {

namespace {

constexpr std::array pinned{
    std::pair{Mreg::r0, offsetof(Context, r0)}, std::pair{Mreg::r1, offsetof(Context, r1)},
    std::pair{Mreg::w0, offsetof(Context, w0)}, std::pair{Mreg::w1, offsetof(Context, w1)}};

void load_pinned(Masm& m) {
  for (const auto& [reg, offset] : pinned) {
    m.load(reg, at(Mreg::ctx, static_cast<std::int64_t>(offset)), 8);
  }
}

void store_pinned(Masm& m) {
  for (const auto& [reg, offset] : pinned) {
    m.store(at(Mreg::ctx, static_cast<std::int64_t>(offset)), reg, 8);
  }
}

// std::uint64_t thunk(Context*, Entry)
void emit_thunk(Masm& m, CodeLabel label) {
  m.entry(label);
  m.c_prologue();
  m.mov(Mreg::spare0, Mreg::arg1);
  load_pinned(m);
  m.call(Mreg::spare0);
  store_pinned(m);
  m.c_leave();
}

// A routine that runs routine arg1 in the interpreter.
void emit_interpret(Masm& m, CodeLabel label, const RuntimeCalls& runtime) {
  m.entry(label);
  m.prologue(0);
  store_pinned(m);
  m.mov(Mreg::arg0, Mreg::ctx);
  m.call(data(m.word(reinterpret_cast<std::uint64_t>(runtime.interpret_routine), "interpret")));
  load_pinned(m);
  m.leave();
}

std::uint32_t offset32(const Masm& m) { return static_cast<std::uint32_t>(m.offset()); }

RoutineCode emit_one(Masm& m, SharedCode& shared, const Program& program) {
  RoutineCode code;
  const CodeLabel entry = m.new_label();
  const std::size_t before = m.instructions();
  m.align_entry();
  code.entry = offset32(m);
  emit_routine(m, shared, program, entry, {});
  code.bytes = offset32(m) - code.entry;
  code.instructions = static_cast<std::uint32_t>(m.instructions() - before);
  return code;
}

Result<std::shared_ptr<const Code>> emit_all(const Module& module, const CodeOptions& options) {
  const std::unique_ptr<Masm> masm = make_masm(host_cpu(), {.this_machine = true});
  if (masm == nullptr) {
    return std::unexpected(Error(Errc::unsupported, "no code generator for this CPU"));
  }
  if (!masm->ready()) {
    return std::unexpected(Error(Errc::no_memory));
  }
  Masm& m = *masm;
  emit_thunk(m, m.new_label());
  SharedCode shared(module.slots.get());
  std::vector<RoutineCode> routines;
  routines.reserve(module.programs.size());
  for (const Program& program : module.programs) {
    const bool fits =
        program.ops.size() <= options.max_routine_ops && m.offset() <= options.max_code_bytes;
    routines.push_back(fits ? emit_one(m, shared, program) : RoutineCode{});
  }
  shared.emit(m, options.runtime.grow_output);
  const CodeLabel interpret = m.new_label();
  emit_interpret(m, interpret, options.runtime);
  for (std::size_t k = 0; k < routines.size(); ++k) {
    m.align_entry();
    routines[k].stub = offset32(m);
    m.entry(m.new_label());
    m.imm(Mreg::arg1, static_cast<std::int64_t>(k));
    m.jump(interpret);
  }
  const std::size_t code_bytes = m.offset();
  const Result<CodeImage> image = m.finish(CodeMemory::page_size());
  if (!image) {
    return std::unexpected(image.error());
  }
  Result<CodeMemory> memory = CodeMemory::make(image->bytes, image->data_begin, options.memory);
  if (!memory) {
    return std::unexpected(memory.error());
  }
  return std::make_shared<const Code>(std::move(*memory), code_bytes, std::uint32_t{0},
                                      std::move(routines));
}

// The ops as dump() writes them, without its headline.
std::vector<std::string> op_lines(const Program& program) {
  std::vector<std::string> lines;
  std::istringstream text(dump(program));
  std::string line;
  std::getline(text, line);
  while (std::getline(text, line)) {
    const std::size_t begin = line.find_first_not_of(' ');
    lines.push_back("; " + line.substr(begin == std::string::npos ? 0 : begin));
  }
  return lines;
}

// One Program by itself.
Result<CodeImage> emit_alone(Masm& m, const Program& program,
                             const std::vector<std::string>& lines) {
  SharedCode shared(nullptr);
  emit_routine(m, shared, program, m.new_label(), lines);
  shared.emit(m, Helper{});
  return m.finish(64);
}

}  // namespace

Result<std::shared_ptr<const Code>> emit_module(const Module& module, const CodeOptions& options) {
  try {
    return emit_all(module, options);
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory, "no memory to compile"));
  }
}

Result<std::string> list(const Program& program, Cpu cpu) {
  const std::unique_ptr<Masm> masm = make_masm(cpu, {.listing = true});
  if (masm == nullptr) {
    return std::unexpected(Error(Errc::unsupported, "no code generator for this CPU"));
  }
  if (!masm->ready()) {
    return std::unexpected(Error(Errc::no_memory));
  }
  if (const Result<CodeImage> image = emit_alone(*masm, program, op_lines(program)); !image) {
    return std::unexpected(image.error());
  }
  return "; " + program.name + ", " + std::string(to_string(cpu)) + "\n" + masm->listing();
}

Result<std::string> assemble(const Program& program, Cpu cpu) {
  const std::unique_ptr<Masm> masm = make_masm(cpu);
  if (masm == nullptr) {
    return std::unexpected(Error(Errc::unsupported, "no code generator for this CPU"));
  }
  if (!masm->ready()) {
    return std::unexpected(Error(Errc::no_memory));
  }
  const Result<CodeImage> image = emit_alone(*masm, program, {});
  if (!image) {
    return std::unexpected(image.error());
  }
  return std::string(image->bytes.begin(), image->bytes.end());
}

}  // namespace wirejit::jit
