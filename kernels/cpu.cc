// Detection of the CPU, and the tables of kernels by level.
#include "kernels/cpu.h"

#include <cstdlib>
#include <cstring>

#include "kernels/json_string.h"
#include "kernels/number.h"
#include "kernels/swap.h"
#include "kernels/utf8.h"
#include "kernels/variants.h"
#include "kernels/varint.h"

namespace wirejit::kernels {
namespace {

constexpr Kernels table_for_any_cpu(Level level) {
  return {level,
          baseline::copy_long,
          baseline::copy_swap16,
          baseline::copy_swap32,
          baseline::copy_swap64,
          baseline::copy_bytes_to_bool,
          baseline::find_invalid_utf8,
          baseline::scan_string,
          baseline::escape,
          nullptr,
          nullptr,
          baseline::varint_runs,
          baseline::varint_run_writers};
}

constexpr Kernels baseline_table = table_for_any_cpu(Level::baseline);

#if defined(__x86_64__)

constexpr Kernels avx2_table = {Level::avx2,
                                avx2::copy_long,
                                avx2::copy_swap16,
                                avx2::copy_swap32,
                                avx2::copy_swap64,
                                avx2::copy_bytes_to_bool,
                                avx2::find_invalid_utf8,
                                avx2::scan_string,
                                avx2::escape,
                                avx2::short_int,
                                avx2::short_double,
                                avx2::varint_runs,
                                avx2::varint_run_writers};

constexpr Kernels avx512_table = {Level::avx512,
                                  avx2::copy_long,
                                  avx512::copy_swap16,
                                  avx512::copy_swap32,
                                  avx512::copy_swap64,
                                  avx512::copy_bytes_to_bool,
                                  avx512::find_invalid_utf8,
                                  avx512::scan_string,
                                  avx512::escape,
                                  avx2::short_int,
                                  avx2::short_double,
                                  avx2::varint_runs,
                                  avx2::varint_run_writers};

#elif defined(__aarch64__)

// NEON belongs to the architecture: the kernels for any CPU use it where they are compiled for it.
constexpr Kernels neon_table = table_for_any_cpu(Level::neon);

#endif

Level level_from_environment(Level detected) noexcept {
  const char* name = std::getenv("WIREJIT_CPU");
  if (name == nullptr) return detected;
  if (std::strcmp(name, "baseline") == 0) return Level::baseline;
  if (std::strcmp(name, "avx2") == 0 && detected == Level::avx512) return Level::avx2;
  return detected;
}

}  // namespace

Level detect_level() noexcept {
#if defined(__x86_64__)
  // The compiler's run-time library checks that the operating system saves the wide registers.
  __builtin_cpu_init();
  const bool has_avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 &&
                        __builtin_cpu_supports("bmi2") != 0;
  if (!has_avx2) return Level::baseline;
  const bool has_avx512 =
      __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
      __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
  return has_avx512 ? Level::avx512 : Level::avx2;
#elif defined(__aarch64__)
  return Level::neon;
#else
  return Level::baseline;
#endif
}

const Kernels& kernels_for(Level level) noexcept {
  switch (level) {
#if defined(__x86_64__)
    case Level::avx2: return avx2_table;
    case Level::avx512: return avx512_table;
#elif defined(__aarch64__)
    case Level::neon: return neon_table;
#endif
    default: return baseline_table;
  }
}

const Kernels& best() noexcept {
  static const Kernels& table = kernels_for(level_from_environment(detect_level()));
  return table;
}

}  // namespace wirejit::kernels
