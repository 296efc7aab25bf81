// CPU features as this machine and its operating system offer them.
// Entry: features.
#include "kernels/features.h"

namespace wirejit::kernels {

std::span<const Feature> features(std::span<Feature, max_features> out) noexcept {
  std::size_t n = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  // The built-in takes literals only.
  out[n++] = {"sse4.2", __builtin_cpu_supports("sse4.2") != 0};
  out[n++] = {"popcnt", __builtin_cpu_supports("popcnt") != 0};
  out[n++] = {"pclmul", __builtin_cpu_supports("pclmul") != 0};
  out[n++] = {"avx", __builtin_cpu_supports("avx") != 0};
  out[n++] = {"avx2", __builtin_cpu_supports("avx2") != 0};
  out[n++] = {"bmi", __builtin_cpu_supports("bmi") != 0};
  out[n++] = {"bmi2", __builtin_cpu_supports("bmi2") != 0};
  out[n++] = {"avx512f", __builtin_cpu_supports("avx512f") != 0};
  out[n++] = {"avx512bw", __builtin_cpu_supports("avx512bw") != 0};
  out[n++] = {"avx512dq", __builtin_cpu_supports("avx512dq") != 0};
  out[n++] = {"avx512vl", __builtin_cpu_supports("avx512vl") != 0};
  out[n++] = {"avx512vbmi", __builtin_cpu_supports("avx512vbmi") != 0};
#elif defined(__aarch64__)
  out[n++] = {"neon", true};  // part of the architecture
#endif
  return std::span<const Feature>(out).first(n);
}

std::string_view to_string(Level level) noexcept {
  switch (level) {
    case Level::baseline: return "baseline";
    case Level::avx2: return "avx2";
    case Level::avx512: return "avx512";
    case Level::neon: return "neon";
  }
  return "unknown";
}

}  // namespace wirejit::kernels
