// The host switch: which CPU this build runs on.
// Entry: host_cpu. Invariant: outside jit/masm_*, jit/code_space and kernels/, this is the only
// place that asks.
#pragma once

#include <wirejit/error.h>

#include <cstdint>
#include <string_view>

namespace wirejit::jit {

enum class Cpu : std::uint8_t { none, x86_64, aarch64 };

// The CPU for which code can be run here; none where emission is not supported, or not built.
Cpu host_cpu() noexcept;

// The CPU of that name ("x86_64", "aarch64", "host"); Errc::not_found.
Result<Cpu> cpu_named(std::string_view name);

std::string_view to_string(Cpu cpu) noexcept;  // "none", "x86_64", "aarch64"

}  // namespace wirejit::jit
