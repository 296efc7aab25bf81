// Varints that are long or at the end, and runs of them.
#include "kernels/varint.h"

#include "kernels/varint_run.h"

namespace wirejit::kernels {

namespace varint_detail {

// Numbers of 64 bits take nine or ten bytes, which is not to be guessed.
Varint read_long_varint(const uint8_t* p, const uint8_t* end) noexcept {
  if (end - p >= 10) [[likely]] {
    const auto word = load<uint64_t>(p);
    const uint64_t ninth = p[8];
    const uint64_t more = ninth >> 7;
    const uint64_t tenth = p[9] & (0 - more);
    if ((word & continuations) == continuations) [[likely]] {
      const uint64_t value = gather7(word) | (ninth & 0x7f) << 56 | tenth << 63;
      return tenth < 0x80 ? Varint{p + 9 + more, value} : Varint{nullptr, 0};
    }
  }
  uint64_t value = 0;
  for (unsigned shift = 0; p != end && shift < 7 * max_varint_size; shift += 7) {
    const uint64_t byte = *p++;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return {p, value};
  }
  return {nullptr, 0};
}

}  // namespace varint_detail

bool varint_is_cut(const uint8_t* p, const uint8_t* end) noexcept {
  for (size_t n = 0; n < max_varint_size; ++n, ++p) {
    if (p == end) return true;
  }
  return false;
}

size_t count_varints(const uint8_t* p, size_t n, const uint8_t* readable) noexcept {
  size_t count = 0;
  if (n <= 64 && readable - p >= 64) [[likely]] {  // the lengths of short runs are not guessed
    const uint64_t ours = n == 0 ? 0 : ~uint64_t{0} >> (64 - n);
    return static_cast<size_t>(
        popcount(varint_detail::ends_of_block<varint_detail::PlainBits>(p) & ours));
  }
  while (n >= 8) {
    // Each byte counts its own, up to 255 times.
    uint64_t counts = 0;
    const size_t words = n / 8 < 255 ? n / 8 : 255;
    for (size_t k = 0; k < words; ++k) {
      counts += (~load<uint64_t>(p + 8 * k) & varint_detail::continuations) >> 7;
    }
    p += 8 * words;
    n -= 8 * words;
    const uint64_t pairs = (counts & 0x00ff00ff00ff00ff) + (counts >> 8 & 0x00ff00ff00ff00ff);
    count += pairs * 0x0001000100010001 >> 48;
  }
  // The bytes that are not there count as ends.
  const uint64_t rest = load_partial8(reinterpret_cast<const char*>(p), n);
  return count + n - 8 + popcount(~rest & varint_detail::continuations);
}

namespace baseline {

const VarintRun* varint_runs() noexcept {
  return varint_detail::Runs<varint_detail::PlainBits>::all;
}

const VarintRunWriter* varint_run_writers() noexcept {
  return varint_detail::RunWriters<varint_detail::PlainBits>::all;
}

}  // namespace baseline

}  // namespace wirejit::kernels
