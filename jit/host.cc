// The host switch.
// Entry: host_cpu. Invariant: the answer is one of the compiler that built this, not of the machine
// that runs it.
#include "jit/host.h"

#include <bit>
#include <string>

namespace wirejit::jit {

Cpu host_cpu() noexcept {
  // Wide words and System V's (or AAPCS64's) calling convention are assumed by every masm.
  if constexpr (sizeof(void*) != 8 || std::endian::native != std::endian::little) {
    return Cpu::none;
  }
#if defined(WIREJIT_WITHOUT_JIT)
  return Cpu::none;
#elif defined(__unix__) && defined(__x86_64__)
  return Cpu::x86_64;
#elif defined(__unix__) && defined(__aarch64__)
  return Cpu::aarch64;
#else
  return Cpu::none;
#endif
}

std::string_view to_string(Cpu cpu) noexcept {
  switch (cpu) {
    case Cpu::x86_64: return "x86_64";
    case Cpu::aarch64: return "aarch64";
    case Cpu::none: break;
  }
  return "none";
}

Result<Cpu> cpu_named(std::string_view name) {
  for (const Cpu cpu : {Cpu::x86_64, Cpu::aarch64}) {
    if (name == to_string(cpu) || (name == "host" && cpu == host_cpu())) {
      return cpu;
    }
  }
  return std::unexpected(
      Error(Errc::not_found, "no code generator for the CPU " + std::string(name)));
}

}  // namespace wirejit::jit
