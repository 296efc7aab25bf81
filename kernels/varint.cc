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
  for (; n >= 8; n -= 8, p += 8) {
    count += static_cast<size_t>(std::popcount(~load<uint64_t>(p) & varint_detail::continuations));
  }
  for (; n != 0; --n, ++p) {
    count += *p < 0x80;
  }
  return count;
}

namespace {

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
