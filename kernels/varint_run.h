// Runs of varints, for every level: included where a level's kernels are compiled, which defines
// WIREJIT_LEVEL, the attribute of functions for it.
// Entry: Runs, RunWriters. Invariant: levels differ in a few steps on bits (Bits)
// alone; as each has its own Bits, none of the functions here is shared by two levels.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "kernels/block16.h"
#include "kernels/varint.h"

#if !defined(WIREJIT_LEVEL)
#define WIREJIT_LEVEL
#endif

namespace wirejit::kernels::varint_detail {

// What of the eight bytes at a varint's begin, and of the two after them, is its value.
struct SizeMasks {
  uint64_t low[max_varint_size + 1] = {};
  uint64_t high[max_varint_size + 1] = {};
};
constexpr SizeMasks make_size_masks() {
  SizeMasks m;
  for (size_t n = 1; n <= max_varint_size; ++n) {
    m.low[n] = (n >= 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * n)) - 1) & repeat8(0x7f);
    m.high[n] = n == 9 ? 0x7f : n == 10 ? 0x017f : 0;
  }
  return m;
}
inline constexpr SizeMasks size_masks = make_size_masks();

// The high bits of the first eight bytes of a varint of so many bytes.
struct MoreMasks {
  uint64_t low[max_varint_size + 1] = {};
};
constexpr MoreMasks make_more_masks() {
  MoreMasks m;
  for (size_t n = 1; n <= max_varint_size; ++n) {
    m.low[n] = n == 1 ? 0 : n >= 9 ? continuations : continuations >> (8 * (9 - n));
  }
  return m;
}
inline constexpr MoreMasks more_masks = make_more_masks();

struct PlainBits {
  // The bits of `word` that `mask` names, which are at most the low seven of each byte.
  static uint64_t gather(uint64_t word, uint64_t mask) noexcept { return gather7(word & mask); }
  // The low 56 bits of `v`, seven to a byte.
  static uint64_t scatter(uint64_t v) noexcept { return scatter7(v); }
  // The high bits of 32 bytes, the first one lowest.
  static uint64_t high_bits32(const uint8_t* p) noexcept {
    const auto* const bytes = reinterpret_cast<const char*>(p);
    return Block16::load(bytes).high_bits() | uint64_t{Block16::load(bytes + 16).high_bits()} << 16;
  }
};

// Which of the 64 bytes at p end a varint, as bits.
template <class Bits>
WIREJIT_LEVEL uint64_t ends_of_block(const uint8_t* p) noexcept {
  return ~(Bits::high_bits32(p) | Bits::high_bits32(p + 32) << 32);
}

// Whether ten bits that follow each other are set.
constexpr bool has_ten_in_a_row(uint64_t bits) noexcept {
  bits &= bits >> 1;
  const uint64_t four = bits & bits >> 2;
  return (four & four >> 4 & bits >> 8) != 0;
}

// The element that becomes of a varint.
template <VarintAs As>
constexpr auto element_of(uint64_t v) noexcept {
  if constexpr (As == VarintAs::word64) return v;
  if constexpr (As == VarintAs::word32) return static_cast<uint32_t>(v);
  if constexpr (As == VarintAs::zigzag64) return unzigzag(v);
  if constexpr (As == VarintAs::zigzag32) return static_cast<int32_t>(unzigzag(v & 0xffffffff));
  if constexpr (As == VarintAs::zigzag16) return static_cast<int16_t>(unzigzag(v & 0xffffffff));
  if constexpr (As == VarintAs::boolean) return static_cast<uint8_t>(v != 0 ? 1 : 0);
}

// The sizes of varints are mixed, as a rule, and a branch for each of them would be a guess: where
// all varints of a block end is found out first, then each takes the same steps. Reads those that
// `ends`, which is not 0, tells of, but not more than fit before `last`; none has more than ten
// bytes. Moves `to`; the position after them.
template <VarintAs As, class Bits>
WIREJIT_LEVEL const uint8_t* read_ends(const uint8_t* p, uint64_t ends, unsigned char** to,
                                       const unsigned char* last) noexcept {
  const uint8_t* const behind_first = p + 1;
  unsigned char* at = *to;
  do {
    const uint8_t* const next = behind_first + std::countr_zero(ends);
    ends &= ends - 1;
    const auto size = static_cast<size_t>(next - p);
    uint64_t value = Bits::gather(load<uint64_t>(p), size_masks.low[size]);
    // Of numbers of up to 32 bits the upper bits do not matter.
    if constexpr (element_size(As) == 8 || As == VarintAs::boolean) {
      const uint64_t high = load<uint16_t>(p + 8) & size_masks.high[size];
      value |= (high & 0x7f) << 56 | high >> 8 << 63;
    }
    static_assert(sizeof(element_of<As>(value)) == element_size(As));
    store(at, element_of<As>(value));
    at += element_size(As);
    p = next;
  } while (ends != 0 && at != last);
  *to = at;
  return p;
}

inline constexpr ptrdiff_t block_room = 64 + 16;  // readable bytes that a block asks for

// Eight bytes that are eight varints are common in runs of small numbers, and so are short runs of
// them.
template <VarintAs As, class Bits>
WIREJIT_LEVEL const uint8_t* read_run(const uint8_t* p, const uint8_t* end, const uint8_t* readable,
                                      void* out, size_t count) noexcept {
  auto* to = static_cast<unsigned char*>(out);
  while (count != 0) {
    if (end - p >= 8) {
      const auto word = load<uint64_t>(p);
      if (count >= 8 && (word & continuations) == 0) {
        for (int k = 0; k < 8; ++k, to += element_size(As)) {
          store(to, element_of<As>(word >> (8 * k) & 0x7f));
        }
        p += 8;
        count -= 8;
        continue;
      }
      if (count < 8 && (word & continuations >> (64 - 8 * count)) == 0) {
        for (size_t k = 0; k < count; ++k, to += element_size(As)) {
          store(to, element_of<As>(word >> (8 * k) & 0x7f));
        }
        return p + count;
      }
    }
    const uint64_t ends = readable - p >= block_room ? ends_of_block<Bits>(p) : 0;
    if (ends != 0 && !has_ten_in_a_row(~ends)) [[likely]] {
      unsigned char* const before = to;
      p = read_ends<As, Bits>(p, ends, &to, to + count * element_size(As));
      if (p > end) return nullptr;
      count -= static_cast<size_t>(to - before) / element_size(As);
      continue;
    }
    const Varint v = read_varint(p, end);
    if (v.at == nullptr) return nullptr;
    store(to, element_of<As>(v.value));
    to += element_size(As);
    p = v.at;
    --count;
  }
  return p;
}

template <VarintAs As, class Bits>
WIREJIT_LEVEL size_t read_block_run(const uint8_t* p, size_t n, const uint8_t* readable,
                                    void* out) noexcept {
  auto* to = static_cast<unsigned char*>(out);
  if (readable - p >= block_room) [[likely]] {
    const uint64_t ours = ~uint64_t{0} >> (64 - n);
    const uint64_t ends = ends_of_block<Bits>(p) & ours;
    if (has_ten_in_a_row(~ends & ours)) return 0;
    read_ends<As, Bits>(p, ends, &to, nullptr);
    return static_cast<size_t>(to - static_cast<unsigned char*>(out)) / element_size(As);
  }
  const size_t count = count_varints(p, n, readable);
  return read_run<As, Bits>(p, p + n, readable, out, count) != nullptr ? count : 0;
}

// A level's kernels, by VarintAs.
template <class Bits>
struct Runs {
  template <VarintAs As>
  static constexpr VarintRun of = {read_run<As, Bits>, read_block_run<As, Bits>};
  static constexpr VarintRun all[varint_kinds] = {of<VarintAs::word64>,   of<VarintAs::word32>,
                                                  of<VarintAs::zigzag64>, of<VarintAs::zigzag32>,
                                                  of<VarintAs::zigzag16>, of<VarintAs::boolean>};
};

// ---- Writing

// Element k of an array, as the varint's value.
template <VarintOf Of>
uint64_t varint_at(const unsigned char* from, size_t k) noexcept {
  const unsigned char* const at = from + k * element_size(Of);
  if constexpr (Of == VarintOf::word64) return load<uint64_t>(at);
  if constexpr (Of == VarintOf::word32) return load<uint32_t>(at);
  if constexpr (Of == VarintOf::signed32) {
    return static_cast<uint64_t>(int64_t{load<int32_t>(at)});
  }
  if constexpr (Of == VarintOf::zigzag64) return zigzag(load<int64_t>(at));
  if constexpr (Of == VarintOf::zigzag32) return zigzag(load<int32_t>(at));
  if constexpr (Of == VarintOf::zigzag16) return zigzag(load<int16_t>(at));
}
// Whether one can take more than eight bytes.
constexpr bool can_be_long(VarintOf of) noexcept {
  return of == VarintOf::word64 || of == VarintOf::signed32 || of == VarintOf::zigzag64;
}

// Sizes are mixed, as a rule, so each varint takes the same steps: eight bytes are stored, and two
// after them where there may be so many; what is too much is overwritten by the next one.
template <VarintOf Of, class Bits>
WIREJIT_LEVEL uint8_t* write_any(uint64_t value, uint8_t* out) noexcept {
  const unsigned size = varint_size(value);
  store(out, Bits::scatter(value) | more_masks.low[size]);
  if constexpr (can_be_long(Of)) {
    // The value from its 56th bit on, of which the highest says that there is a tenth byte, and that.
    store(out + 8, static_cast<uint16_t>(value >> 56 | 0x0100));
  }
  return out + size;
}

// Elements are looked at in blocks, as runs of small numbers are common. Loads one; what the bits of
// all of them are together.
inline constexpr size_t block = 8;
template <VarintOf Of>
uint64_t load_block(const unsigned char* from, uint64_t (&values)[block]) noexcept {
  uint64_t all = 0;
  for (size_t k = 0; k < block; ++k) {
    values[k] = varint_at<Of>(from, k);
    all |= values[k];
  }
  return all;
}

template <VarintOf Of, class Bits>
WIREJIT_LEVEL uint8_t* write_run(const void* array, size_t count, uint8_t* out) noexcept {
  const auto* from = static_cast<const unsigned char*>(array);
  for (; count >= block; count -= block, from += block * element_size(Of)) {
    uint64_t values[block];
    if (load_block<Of>(from, values) < 0x80) {
      uint64_t word = 0;
      for (size_t k = 0; k < block; ++k) {
        word |= values[k] << (8 * k);
      }
      store(out, word);
      out += block;
      continue;
    }
    for (const uint64_t value : values) {
      out = write_any<Of, Bits>(value, out);
    }
  }
  for (size_t k = 0; k < count; ++k) {
    out = write_any<Of, Bits>(varint_at<Of>(from, k), out);
  }
  return out;
}

template <VarintOf Of, class Bits>
WIREJIT_LEVEL size_t run_size(const void* array, size_t count) noexcept {
  const auto* from = static_cast<const unsigned char*>(array);
  size_t size = 0;
  for (; count >= block; count -= block, from += block * element_size(Of)) {
    uint64_t values[block];
    if (load_block<Of>(from, values) < 0x80) {
      size += block;
      continue;
    }
    for (const uint64_t value : values) {
      size += varint_size(value);
    }
  }
  for (size_t k = 0; k < count; ++k) {
    size += varint_size(varint_at<Of>(from, k));
  }
  return size;
}

// A level's kernels, by VarintOf.
template <class Bits>
struct RunWriters {
  template <VarintOf Of>
  static constexpr VarintRunWriter of = {run_size<Of, Bits>, write_run<Of, Bits>};
  static constexpr VarintRunWriter all[varint_sources] = {
      of<VarintOf::word64>,   of<VarintOf::word32>,   of<VarintOf::signed32>,
      of<VarintOf::zigzag64>, of<VarintOf::zigzag32>, of<VarintOf::zigzag16>};
};

}  // namespace wirejit::kernels::varint_detail
