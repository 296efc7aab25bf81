// Varints that are long or stand at the end, and runs of them.
#include "kernels/varint.h"

namespace wirejit::kernels {

namespace varint_detail {

Varint read_long_varint(const uint8_t* p, const uint8_t* end) noexcept {
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

size_t count_varints(const uint8_t* p, size_t n) noexcept {
  size_t count = 0;
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
  for (; n != 0; --n, ++p) {
    count += *p < 0x80;
  }
  return count;
}

namespace {

// What of the eight bytes at a varint's begin, and of the two behind them, belongs to it.
struct SizeMasks {
  uint64_t low[max_varint_size + 1] = {};
  uint64_t high[max_varint_size + 1] = {};
};
constexpr SizeMasks make_size_masks() {
  SizeMasks m;
  for (size_t n = 1; n <= max_varint_size; ++n) {
    m.low[n] = n >= 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * n)) - 1;
    m.high[n] = n == 9 ? 0xff : n == 10 ? 0xffff : 0;
  }
  return m;
}
constexpr SizeMasks size_masks = make_size_masks();

// Which of the 64 bytes at p end a varint, as bits.
uint64_t ends_of_block(const uint8_t* p) noexcept {
  uint64_t ends = 0;
  for (unsigned k = 0; k < 8; ++k) {
    const uint64_t eight = (~load<uint64_t>(p + 8 * k) & varint_detail::continuations) >> 7;
    ends |= (eight * 0x0102040810204080 >> 56) << (8 * k);
  }
  return ends;
}

// The sizes of varints are mixed, as a rule, and a branch for each of them would be a guess: where
// all varints of a block end is found out first, then each takes the same steps. `count` becomes
// how many there were, at most what it was. Null if one is too long.
template <class T, class Make>
const uint8_t* read_block(const uint8_t* p, void* out, size_t* count, Make make) noexcept {
  auto* to = static_cast<unsigned char*>(out);
  const unsigned char* const last = to + *count * sizeof(T);
  uint64_t ends = ends_of_block(p);
  const uint8_t* const block = p;
  size_t longest = ends == 0 ? max_varint_size + 1 : 0;
  for (; ends != 0 && to != last; to += sizeof(T)) {
    const uint8_t* const next = block + std::countr_zero(ends) + 1;
    ends &= ends - 1;
    const auto size = static_cast<size_t>(next - p);
    longest = size > longest ? size : longest;
    const size_t known = size <= max_varint_size ? size : 0;
    const uint64_t low = varint_detail::gather7(load<uint64_t>(p) & size_masks.low[known]);
    const uint64_t high = load<uint16_t>(p + 8) & size_masks.high[known];
    store(to, static_cast<T>(make(low | (high & 0x7f) << 56 | high >> 8 << 63)));
    p = next;
  }
  *count -= static_cast<size_t>(last - to) / sizeof(T);
  return longest <= max_varint_size ? p : nullptr;
}

// Eight bytes that are eight varints are common in runs of small numbers.
template <class T, class Make>
const uint8_t* read_run(const uint8_t* p, const uint8_t* end, void* out, size_t count,
                        Make make) noexcept {
  auto* to = static_cast<unsigned char*>(out);
  while (count != 0) {
    if (count >= 8 && end - p >= 8) {
      const auto word = load<uint64_t>(p);
      if ((word & varint_detail::continuations) == 0) {
        for (int k = 0; k < 8; ++k, to += sizeof(T)) {
          store(to, static_cast<T>(make(word >> (8 * k) & 0x7f)));
        }
        p += 8;
        count -= 8;
        continue;
      }
    }
    if (end - p >= 64 + 16) {
      size_t now = count;
      p = read_block<T>(p, to, &now, make);
      if (p == nullptr) return nullptr;
      to += now * sizeof(T);
      count -= now;
      continue;
    }
    const Varint v = read_varint(p, end);
    if (v.at == nullptr) return nullptr;
    store(to, static_cast<T>(make(v.value)));
    to += sizeof(T);
    p = v.at;
    --count;
  }
  return p;
}

}  // namespace

const uint8_t* read_varints(VarintAs as, const uint8_t* p, const uint8_t* end, void* out,
                            size_t count) noexcept {
  switch (as) {
    case VarintAs::word64:
      return read_run<uint64_t>(p, end, out, count, [](uint64_t v) { return v; });
    case VarintAs::word32:
      return read_run<uint32_t>(p, end, out, count, [](uint64_t v) { return v; });
    case VarintAs::zigzag64: return read_run<int64_t>(p, end, out, count, unzigzag);
    case VarintAs::zigzag32:
      return read_run<int32_t>(p, end, out, count,
                               [](uint64_t v) { return unzigzag(v & 0xffffffff); });
    case VarintAs::boolean:
      return read_run<uint8_t>(p, end, out, count, [](uint64_t v) { return v != 0 ? 1 : 0; });
  }
  return nullptr;
}

}  // namespace wirejit::kernels
