// UTF-8 validation for any CPU: 16 ASCII bytes at a time, sequences by their ranges.
#include "kernels/utf8.h"

#include "core/utf8.h"

namespace wirejit::kernels::baseline {

const char* find_invalid_utf8(const char* p, size_t n) noexcept {
  const char* end = p + n;
  while (p != end) {
    if (end - p >= 16 && ((load<uint64_t>(p) | load<uint64_t>(p + 8)) & repeat8(0x80)) == 0) {
      p += 16;
      continue;
    }
    // Mixed text: finish what is left of the block by sequences before trying whole blocks again.
    const char* stop = end - p > 16 ? p + 16 : end;
    while (p < stop) {
      const size_t length = core::utf8_sequence(p, end);
      if (length == 0) return p;
      p += length;
    }
  }
  return nullptr;
}

}  // namespace wirejit::kernels::baseline
