// From a module of Programs to machine code, and to listings of it.
// Entry: emit_module, list. Invariant: names no CPU; code of every CPU can be listed on every host.
#pragma once

#include "jit/code_space.h"
#include "jit/host.h"
#include "jit/program.h"

#include <wirejit/error.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace wirejit::jit {

// What generated code calls by itself. Both must be given.
struct RuntimeCalls {
  // HelperResult (Context&, void* cursor, std::uint64_t need) noexcept: makes room for `need` bytes
  // at the output's cursor; returns {new cursor, new soft end}, or a null cursor with the error in
  // the context.
  Helper grow_output{};
  // Runs a routine in the interpreter, with the pinned registers in the context; returns 1 or 0.
  std::uint64_t (*interpret_routine)(Context&, std::uint64_t routine) noexcept = nullptr;
};

struct CodeOptions {
  RuntimeCalls runtime;
  MemoryOptions memory;
  // Routines past these limits are not compiled: their entry is a stub that interprets them.
  std::size_t max_routine_ops = 20'000;
  std::size_t max_code_bytes = std::size_t{512} * 1024;  // of the module
};

// Compiles the routines for the CPU of this process. The module's programs must be verified, and
// its slots allocated if routines call each other; the caller then publishes Code::entry(k) in slot
// k. Errc::unsupported without a CPU, Errc::code_memory where executable memory is denied.
Result<std::shared_ptr<const Code>> emit_module(const Module& module, const CodeOptions& options);

// The machine code of one Program, with labels, the ops as comments, and its constants. The same on
// every run.
Result<std::string> list(const Program& program, Cpu cpu);

// The bytes that list() shows, to be looked at by other disassemblers: code, then constants.
Result<std::string> assemble(const Program& program, Cpu cpu);

}  // namespace wirejit::jit
