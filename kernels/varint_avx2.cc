// Runs of varints where the CPU has BMI2, which all with AVX2 do.
#include "kernels/variants.h"

#if defined(__x86_64__)

#include "kernels/varint_run.h"

namespace wirejit::kernels::avx2 {
namespace {

// An instruction by itself, so that the templates around it, which the baseline shares, need not be
// compiled for more than the baseline.
struct GatherByPext {
  static uint64_t gather(uint64_t word, uint64_t mask) noexcept {
    uint64_t value;
    asm("pext %2, %1, %0" : "=r"(value) : "r"(word), "r"(mask));  // NOLINT(hicpp-no-assembler)
    return value;
  }
};

}  // namespace

const uint8_t* read_varints(VarintAs as, const uint8_t* p, const uint8_t* end,
                            const uint8_t* readable, void* out, size_t count) noexcept {
  return varint_detail::read_any_run<GatherByPext>(as, p, end, readable, out, count);
}

size_t read_short_run(VarintAs as, const uint8_t* p, size_t n, const uint8_t* readable,
                      void* out) noexcept {
  return varint_detail::read_any_short_run<GatherByPext>(as, p, n, readable, out);
}

}  // namespace wirejit::kernels::avx2

#endif
