// Bulk: numbers that lie one after the other, and lists that a helper reads at once. What may be
// done is one table of pairs of encodings (bulk.cc), each row a kernel.
// Entry: Run, bulk_kernel, BulkList. Invariant: an encoding says how bytes look, not whose they
// are.
#pragma once

#include "jit/helper.h"
#include "kernels/varint.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace wirejit::lower {

// How a run of numbers is encoded.
enum class Encoding : std::uint8_t {
  none,
  little_endian,
  big_endian,
  bool_byte,
  varint,         // seven bits a byte (kernels/varint.h); where it is written, of unsigned numbers
  varint_signed,  // where it is written, of signed numbers, extended to 64 bits
  varint_zigzag,
  varint_bool,
};
struct Run {
  Encoding encoding = Encoding::none;
  unsigned width = 0;  // bytes an element; of varints, bytes of the number
};
// That of numbers in memory.
[[nodiscard]] Encoding native_encoding() noexcept;

[[nodiscard]] constexpr bool is_varint(Encoding e) noexcept {
  return e == Encoding::varint || e == Encoding::varint_signed || e == Encoding::varint_zigzag ||
         e == Encoding::varint_bool;
}
// What becomes of each varint of `from` in an array of `to`; nothing if no kernel does that.
[[nodiscard]] std::optional<kernels::VarintAs> varint_as(Run from, Run to) noexcept;

inline constexpr std::size_t run_room = 16;

// How a run of one encoding becomes one of another.
struct BulkKernel {
  // (to, from, count), or, from varints, (ctx, to, from, end, count) -> the position after the
  // last one, which is at `end` at the latest, or failure.
  jit::Helper copy;
  // To varints: (from, count) -> the bytes that they take.
  jit::Helper size{};
  // If there is one: as copy, faster for short runs, where run_room bytes may be written at `to`.
  jit::Helper copy_with_room{};
};
// Null if there is none.
[[nodiscard]] const BulkKernel* bulk_kernel(Run from, Run to) noexcept;

// A list at the cursor, in a framing that one helper call reads. Its bytes lie in the input and
// live as long as it does (BytesAt::input).
struct BulkList {
  enum class Framing : std::uint8_t {
    none,
    packed,        // the length of all in bytes, as a varint; a run
    tagged_bytes,  // of each element the length, as a varint, and the bytes; between them the tag
    tagged_text,   // the same, and the bytes must be UTF-8
  };
  Framing framing = Framing::none;
  Run run;                // packed: only of varints
  std::uint64_t tag = 0;  // the first byte lowest
  std::uint32_t tag_size = 0;
};

}  // namespace wirejit::lower
