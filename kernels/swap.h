// Copies of runs: as they are, with the bytes of each element reversed, and the normalising copy of
// bools.
// Pointers need no alignment; source and destination may be the same, but must not overlap
// otherwise. These forms suit any length; generated code may call the table's own (cpu.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/bits.h"
#include "kernels/cpu.h"

namespace wirejit::kernels {

namespace baseline {
void copy_long(void* dst, const void* src, size_t bytes) noexcept;
void copy_swap16(void* dst, const void* src, size_t count) noexcept;
void copy_swap32(void* dst, const void* src, size_t count) noexcept;
void copy_swap64(void* dst, const void* src, size_t count) noexcept;
void copy_bytes_to_bool(void* dst, const void* src, size_t count) noexcept;
}  // namespace baseline

// Below this many bytes the choice by CPU costs more than it brings.
inline constexpr size_t swap_dispatch_bytes = 32;

template <class T>
inline void copy_swap_short(void* dst, const void* src, size_t count) noexcept {
  auto* to = static_cast<char*>(dst);
  const auto* from = static_cast<const char*>(src);
  for (size_t i = 0; i < count; ++i) {
    store(to + i * sizeof(T), std::byteswap(load<T>(from + i * sizeof(T))));
  }
}

inline void copy_swap16(void* dst, const void* src, size_t count) noexcept {
  if (count * 2 < swap_dispatch_bytes) return copy_swap_short<uint16_t>(dst, src, count);
  best().copy_swap16(dst, src, count);
}

inline void copy_swap32(void* dst, const void* src, size_t count) noexcept {
  if (count * 4 < swap_dispatch_bytes) return copy_swap_short<uint32_t>(dst, src, count);
  best().copy_swap32(dst, src, count);
}

inline void copy_swap64(void* dst, const void* src, size_t count) noexcept {
  if (count * 8 < swap_dispatch_bytes) return copy_swap_short<uint64_t>(dst, src, count);
  best().copy_swap64(dst, src, count);
}

// The C library copies 2 KiB and more by one instruction (rep movsb) on many CPUs. On some of them
// that takes up to nine times as long where source and destination lie alike within their pages:
// here 512 KiB took 17 or 150 us, from one process to the next. What is larger than caches is left
// to the library, which goes around them.
inline constexpr size_t copy_long_least = size_t{2} << 10;
inline constexpr size_t copy_long_most = size_t{4} << 20;

inline void copy(void* dst, const void* src, size_t bytes) noexcept {
  if (bytes >= copy_long_least && bytes <= copy_long_most) return best().copy_long(dst, src, bytes);
  if (bytes != 0) std::memcpy(dst, src, bytes);
}

// Copies count bytes; every nonzero byte becomes 1.
inline void copy_bytes_to_bool(void* dst, const void* src, size_t count) noexcept {
  best().copy_bytes_to_bool(dst, src, count);
}

}  // namespace wirejit::kernels
