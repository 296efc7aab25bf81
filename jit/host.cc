// The table of CPUs, and the host switch.
// Entry: cpus, host_cpu. Invariant: row k is CPU k + 1; the host is what the compiler that built
// this says, not the machine that runs it.
#include "jit/host.h"

#include "jit/masm_factory.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

namespace wirejit::jit {

namespace {

#if defined(WIREJIT_WITHOUT_JIT)
constexpr bool generates_code = false;
#else
constexpr bool generates_code = true;
#endif

using MakeMasm = decltype(CpuFacts::make_masm);
consteval MakeMasm if_built(MakeMasm make) { return generates_code ? make : nullptr; }

constexpr auto table = std::to_array<CpuFacts>({
    {Cpu::x86_64, "x86_64", "bmi2", 0xfa1e0ff3 /* endbr64 */, if_built(make_masm_x64)},
    {Cpu::aarch64, "aarch64", "", 0xd503245f /* bti c */, if_built(make_masm_a64)},
});
static_assert(
    [] {
      for (std::size_t k = 0; k < table.size(); ++k) {
        if (table[k].cpu != static_cast<Cpu>(k + 1) || table[k].name.empty()) {
          return false;
        }
      }
      return true;
    }(),
    "row k is CPU k + 1");

}  // namespace

std::span<const CpuFacts> cpus() noexcept { return table; }

Cpu host_cpu() noexcept {
  // Wide words and System V's (or AAPCS64's) calling convention are assumed by every masm.
  if constexpr (!generates_code || sizeof(void*) != 8 ||
                std::endian::native != std::endian::little) {
    return Cpu::none;
  }
#if defined(__unix__) && defined(__x86_64__)
  return Cpu::x86_64;
#elif defined(__unix__) && defined(__aarch64__)
  return Cpu::aarch64;
#else
  return Cpu::none;
#endif
}

std::string_view to_string(Cpu cpu) noexcept {
  return cpu == Cpu::none ? "none" : table[static_cast<std::size_t>(cpu) - 1].name;
}

Result<Cpu> cpu_named(std::string_view name) {
  const auto* const row = std::ranges::find(table, name, &CpuFacts::name);
  if (row != table.end()) {
    return row->cpu;
  }
  if (name == "host" && host_cpu() != Cpu::none) {
    return host_cpu();
  }
  return std::unexpected(
      Error(Errc::not_found, "no code generator for the CPU " + std::string(name)));
}

std::unique_ptr<Masm> make_masm(Cpu cpu, const MasmOptions& options) {
  const auto* const row = std::ranges::find(table, cpu, &CpuFacts::cpu);
  return row == table.end() || row->make_masm == nullptr ? nullptr : row->make_masm(options);
}

}  // namespace wirejit::jit
