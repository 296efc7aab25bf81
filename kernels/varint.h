// Base-128 varints as Protobuf and Thrift Compact write them: seven bits a byte, the lowest first,
// the high bit set on all bytes but the last; ten bytes at most.
// Entry: read_varint, read_delimited, write_varint; for runs count_varints and read_varints,
// varints_size and write_varints.
// Invariant: readers touch nothing outside [p, end), or [p, readable); writers touch nothing
// outside their room.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "kernels/bits.h"
#include "kernels/cpu.h"

namespace wirejit::kernels {

inline constexpr size_t max_varint_size = 10;
inline constexpr size_t varint_room = 16;  // what write_varint may touch

// `at` is null where there is none: then varint_is_cut tells why.
struct Varint {
  const uint8_t* at;  // after it
  uint64_t value;
};

// Bits beyond the 64th, which a tenth byte can hold, are dropped. Needlessly long ones are read.
Varint read_varint(const uint8_t* p, const uint8_t* end) noexcept;
// Of what read_varint rejected: true if it ends too early, false if it has more than ten bytes.
bool varint_is_cut(const uint8_t* p, const uint8_t* end) noexcept;

// How many bytes write_varint writes: 1 to 10.
constexpr unsigned varint_size(uint64_t value) noexcept {
  return (static_cast<unsigned>(std::bit_width(value | 1)) * 9 + 64) / 64;
}
uint8_t* write_varint(uint64_t value, uint8_t* out) noexcept;

constexpr uint64_t zigzag(int64_t v) noexcept {
  return static_cast<uint64_t>(v) << 1 ^ static_cast<uint64_t>(v >> 63);
}
constexpr int64_t unzigzag(uint64_t v) noexcept {
  return static_cast<int64_t>(v >> 1 ^ (0 - (v & 1)));
}

// How many varints end among the n bytes at p; what lies between them and `readable` may be read,
// too. If the last byte ends none, the run is cut.
size_t count_varints(const uint8_t* p, size_t n, const uint8_t* readable) noexcept;

// Reads `count` varints, of which the last ends at `end` at the latest, into an array of elements
// of that size. What lies between `end` and `readable` may be read, too. Null if one is cut or too
// long; then some elements are written. The position after the last otherwise.
template <VarintAs As>
const uint8_t* read_varints(const uint8_t* p, const uint8_t* end, const uint8_t* readable,
                            void* out, size_t count) noexcept {
  static const auto read = best().varint_runs()[static_cast<size_t>(As)].read;
  return read(p, end, readable, out, count);
}

inline constexpr size_t short_run = 64;  // bytes
// Reads all varints of a run of at most that many bytes, the last of which ends one, into room for
// as many elements as there are bytes. How many there were; 0 if one is too long.
template <VarintAs As>
size_t read_short_run(const uint8_t* p, size_t n, const uint8_t* readable, void* out) noexcept {
  static const auto read = best().varint_runs()[static_cast<size_t>(As)].read_short;
  return read(p, n, readable, out);
}

// How many bytes an array of `count` elements takes as varints.
template <VarintOf Of>
size_t varints_size(const void* from, size_t count) noexcept {
  static const auto size = best().varint_run_writers()[static_cast<size_t>(Of)].size;
  return size(from, count);
}
// Writes them, and perhaps up to varint_room bytes more. The position after the last.
template <VarintOf Of>
uint8_t* write_varints(const void* from, size_t count, uint8_t* out) noexcept {
  static const auto write = best().varint_run_writers()[static_cast<size_t>(Of)].write;
  return write(from, count, out);
}

namespace baseline {
const VarintRun* varint_runs() noexcept;
const VarintRunWriter* varint_run_writers() noexcept;
}  // namespace baseline

namespace varint_detail {

inline constexpr uint64_t continuations = repeat8(0x80);

// Seven bits of each byte, put together.
constexpr uint64_t gather7(uint64_t w) noexcept {
  w &= repeat8(0x7f);
  w = (w & 0x007f007f007f007f) | (w & 0x7f007f007f007f00) >> 1;
  w = (w & 0x00003fff00003fff) | (w & 0x3fff00003fff0000) >> 2;
  return (w & 0x000000000fffffff) | (w & 0x0fffffff00000000) >> 4;
}
// The low 56 bits, seven to a byte.
constexpr uint64_t scatter7(uint64_t v) noexcept {
  v = (v & 0x000000000fffffff) | (v & 0x00fffffff0000000) << 4;
  v = (v & 0x00003fff00003fff) | (v & 0x0fffc0000fffc000) << 2;
  return (v & 0x007f007f007f007f) | (v & 0x3f803f803f803f80) << 1;
}

Varint read_long_varint(const uint8_t* p, const uint8_t* end) noexcept;

}  // namespace varint_detail

inline Varint read_varint(const uint8_t* p, const uint8_t* end) noexcept {
  if (end - p >= 8) [[likely]] {
    const auto word = load<uint64_t>(p);
    if ((word & 0x80) == 0) return {p + 1, word & 0x7f};
    const uint64_t stop = ~word & varint_detail::continuations;
    if (stop != 0) [[likely]] {
      const uint64_t value = varint_detail::gather7(word & (stop ^ (stop - 1)));
      return {p + std::countr_zero(stop) / 8 + 1, value};
    }
  }
  return varint_detail::read_long_varint(p, end);
}

// A length, and so many bytes at `at`; null if not all are there.
struct Delimited {
  const uint8_t* at;
  uint64_t size;
};
inline Delimited read_delimited(const uint8_t* p, const uint8_t* end) noexcept {
  if (p != end && *p < 0x80) [[likely]] {
    const uint64_t size = *p++;
    return {size <= static_cast<uint64_t>(end - p) ? p : nullptr, size};
  }
  const Varint size = read_varint(p, end);
  const bool is_there = size.at != nullptr && size.value <= static_cast<uint64_t>(end - size.at);
  return {is_there ? size.at : nullptr, size.value};
}

inline uint8_t* write_varint(uint64_t value, uint8_t* out) noexcept {
  if (value < 0x80) {
    *out = static_cast<uint8_t>(value);
    return out + 1;
  }
  const unsigned size = varint_size(value);
  if (size <= 8) [[likely]] {
    const uint64_t more = varint_detail::continuations >> (8 * (9 - size));
    store(out, varint_detail::scatter7(value) | more);
    return out + size;
  }
  store(out, varint_detail::scatter7(value) | varint_detail::continuations);
  store(out + 8, static_cast<uint16_t>((value >> 56 & 0x7f) | (size == 10 ? 0x0180 : 0)));
  return out + size;
}

}  // namespace wirejit::kernels
