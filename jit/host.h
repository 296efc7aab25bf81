// The CPUs for which machine code can be made, and the one that this build runs on.
// Entry: cpus, host_cpu. Invariant: outside jit/masm_*, jit/code_space and kernels/, this is the
// only place that names a CPU; code that needs all of them iterates the table.
#pragma once

#include <wirejit/error.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace wirejit::jit {

class Masm;
struct MasmOptions;

enum class Cpu : std::uint8_t { none, x86_64, aarch64 };

// The macro assemblers, each in a file of its own.
std::unique_ptr<Masm> make_masm_x64(const MasmOptions& options);
std::unique_ptr<Masm> make_masm_a64(const MasmOptions& options);

struct CpuFacts {
  Cpu cpu{};
  std::string_view name;
  // What generated code uses beyond what every such CPU has, where this machine has it.
  std::string_view features;
  // The first four bytes of whatever an indirect call may reach.
  std::uint32_t landing_pad = 0;
  // Null in a build without code generation.
  std::unique_ptr<Masm> (*make_masm)(const MasmOptions& options) = nullptr;
};

// All but Cpu::none, in the order of the enumeration.
std::span<const CpuFacts> cpus() noexcept;

// The CPU for which code can be run here; none where emission is not supported, or not built.
Cpu host_cpu() noexcept;

// The CPU of that name, or of this machine: "host". Errc::not_found.
Result<Cpu> cpu_named(std::string_view name);

std::string_view to_string(Cpu cpu) noexcept;  // "none", or the name in the table

}  // namespace wirejit::jit
