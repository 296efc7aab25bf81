// The report of doctor.h.
// Entry: examine.
#include "engine/engine.h"
#include "jit/code_space.h"
#include "jit/host.h"
#include "jit/masm_version.h"
#include "kernels/features.h"

#include <wirejit/doctor.h>
#include <wirejit/version.h>

#include <array>
#include <cstdlib>

namespace wirejit {
namespace {

std::string compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#elif defined(__GNUC__)
  return "gcc " __VERSION__;
#else
  return "unknown";
#endif
}

std::string code_generator() {
  std::string text;
  for (const jit::CpuFacts& cpu : jit::cpus()) {
    if (cpu.make_masm != nullptr) {
      text += (text.empty() ? " for " : ", ") + std::string(cpu.name);
      text += cpu.features.empty() ? "" : " (where it is there: " + std::string(cpu.features) + ")";
    }
  }
  return jit::assembler_version() + text;
}

std::string cpu_features() {
  std::array<kernels::Feature, kernels::max_features> room;
  std::string present;
  std::string absent;
  for (const kernels::Feature& f : kernels::features(room)) {
    std::string& list = f.present ? present : absent;
    list += (list.empty() ? "" : " ") + std::string(f.name);
  }
  return (present.empty() ? "none" : present) + (absent.empty() ? "" : " (not: " + absent + ")");
}

std::string kernel_level() {
  const kernels::Level used = kernels::best().level;
  const kernels::Level possible = kernels::detect_level();
  std::string text(kernels::to_string(used));
  return used == possible ? text
                          : text + ", lowered from " + std::string(kernels::to_string(possible));
}

std::string executable_memory() {
  const bool file = jit::CodeMemory::probe({.allow_memory_file = true, .allow_protect = false}) !=
                    jit::MemoryMeans::none;
  const bool protect = jit::CodeMemory::probe({.allow_memory_file = false,
                                               .allow_protect = true}) != jit::MemoryMeans::none;
  return std::string(jit::to_string(jit::CodeMemory::probe())) +
         " (memory file: " + (file ? "works" : "denied") +
         "; protect: " + (protect ? "works" : "denied") + ")";
}

std::string environment() {
  std::string text;
  for (const char* name : {"WIREJIT_JIT", "WIREJIT_CPU", "WIREJIT_PERF_MAP"}) {
    const char* value = std::getenv(name);
    text += (text.empty() ? "" : ", ") + std::string(name) +
            (value == nullptr ? " not set" : "=" + std::string(value));
  }
  return text;
}

}  // namespace

std::vector<Finding> examine() {
  return {
      {"wirejit", std::string(version_string)},
      {"compiler", compiler()},
      {"code generator", code_generator()},
      {"cpu", std::string(jit::to_string(jit::host_cpu()))},
      {"cpu features", cpu_features()},
      {"kernels", kernel_level()},
      {"page size", std::to_string(jit::CodeMemory::page_size())},
      {"executable memory", executable_memory()},
      {"environment", environment()},
      {"engine", engine::means_of({}).description},
  };
}

std::vector<std::string> listed_cpus() {
  std::vector<std::string> names;
  for (const jit::CpuFacts& cpu : jit::cpus()) {
    names.emplace_back(cpu.name);
  }
  return names;
}

}  // namespace wirejit
