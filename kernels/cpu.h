// Which instruction sets this machine and its operating system offer, and the table of kernels
// compiled for each. Entry: best(), or kernels_for(level) in tests and benchmarks.
// Invariant: all levels give the same answers, byte for byte; only their speed differs. A table is
// constant, so generated code may embed its function pointers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wirejit::kernels {

enum class Level : uint8_t { baseline, avx2, avx512, neon };

struct Scan;         // json_string.h
struct ShortNumber;  // number.h

// What becomes of a varint of a packed run (varint.h).
enum class VarintAs : uint8_t {
  word64,
  word32,  // the low 32 bits: int32, uint32, enums
  zigzag64,
  zigzag32,  // of the low 32 bits
  zigzag16,  // of the low 32 bits, of which the low 16 bits stay
  boolean,   // one byte, 0 or 1
};
inline constexpr size_t varint_kinds = 6;
// Bytes of an element.
constexpr size_t element_size(VarintAs as) noexcept {
  switch (as) {
    case VarintAs::word64:
    case VarintAs::zigzag64: return 8;
    case VarintAs::word32:
    case VarintAs::zigzag32: return 4;
    case VarintAs::zigzag16: return 2;
    case VarintAs::boolean: break;
  }
  return 1;
}

struct VarintRun {
  const uint8_t* (*read)(const uint8_t* p, const uint8_t* end, const uint8_t* readable, void* out,
                         size_t count) noexcept;
  size_t (*read_short)(const uint8_t* p, size_t n, const uint8_t* readable, void* out) noexcept;
};

// What the elements of an array are as varints (varint.h).
enum class VarintOf : uint8_t {
  word64,
  word32,    // unsigned
  signed32,  // extended by its sign to 64 bits, so negative numbers take ten bytes
  zigzag64,
  zigzag32,
  zigzag16,
};
inline constexpr size_t varint_sources = 6;
// Bytes of an element.
constexpr size_t element_size(VarintOf of) noexcept {
  switch (of) {
    case VarintOf::word64:
    case VarintOf::zigzag64: return 8;
    case VarintOf::zigzag16: return 2;
    default: return 4;
  }
}

struct VarintRunWriter {
  size_t (*size)(const void* from, size_t count) noexcept;
  uint8_t* (*write)(const void* from, size_t count, uint8_t* out) noexcept;
};

struct Kernels {
  Level level;
  // swap.h; counts are elements.
  void (*copy_long)(void* dst, const void* src, size_t bytes) noexcept;
  void (*copy_swap16)(void* dst, const void* src, size_t count) noexcept;
  void (*copy_swap32)(void* dst, const void* src, size_t count) noexcept;
  void (*copy_swap64)(void* dst, const void* src, size_t count) noexcept;
  void (*copy_bytes_to_bool)(void* dst, const void* src, size_t count) noexcept;
  // utf8.h
  const char* (*find_invalid_utf8)(const char* p, size_t n) noexcept;
  // json_string.h
  Scan (*scan_string)(const char* p, const char* end) noexcept;
  char* (*escape)(const char* p, size_t n, char* out, bool* non_ascii) noexcept;
  // number.h. Both are null where nothing is faster than what is inline there.
  ShortNumber (*short_int)(const char* p) noexcept;
  ShortNumber (*short_double)(const char* p) noexcept;
  const VarintRun* (*varint_runs)() noexcept;               // varint.h; by VarintAs
  const VarintRunWriter* (*varint_run_writers)() noexcept;  // varint.h; by VarintOf
};

// The highest level that both the CPU and the operating system support.
Level detect_level() noexcept;

// The table of a level. The caller must not call the kernels of a level that the machine lacks.
// A level of another architecture gives the baseline table.
const Kernels& kernels_for(Level level) noexcept;

// The table for this machine. The environment variable WIREJIT_CPU (baseline, avx2, avx512), read
// at the first call, can lower it, never raise it.
const Kernels& best() noexcept;

}  // namespace wirejit::kernels
