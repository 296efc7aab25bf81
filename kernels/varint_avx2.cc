// Runs of varints where the CPU has BMI2, which all with AVX2 do.
#include "kernels/variants.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define WIREJIT_LEVEL [[gnu::target("avx2,bmi,bmi2")]]

#include "kernels/varint_run.h"

namespace wirejit::kernels::avx2 {
namespace {

struct Bmi2Bits {
  WIREJIT_LEVEL static uint64_t gather(uint64_t word, uint64_t mask) noexcept {
    return _pext_u64(word, mask);
  }
  // The low 56 bits of `v`, seven to a byte.
  WIREJIT_LEVEL static uint64_t scatter(uint64_t v) noexcept { return _pdep_u64(v, repeat8(0x7f)); }
  WIREJIT_LEVEL static uint64_t high_bits32(const uint8_t* p) noexcept {
    const __m256i v = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    return static_cast<uint32_t>(_mm256_movemask_epi8(v));
  }
};

}  // namespace

const VarintRun* varint_runs() noexcept { return varint_detail::Runs<Bmi2Bits>::all; }
const VarintRunWriter* varint_run_writers() noexcept {
  return varint_detail::RunWriters<Bmi2Bits>::all;
}

}  // namespace wirejit::kernels::avx2

#endif
