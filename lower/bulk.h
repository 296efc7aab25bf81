// Runs: numbers that lie one behind the other, and lists that a helper reads at once.
// Entry: Run, Whole. Invariant: says how bytes look, not which format they are of.
#pragma once

#include "kernels/cpu.h"
#include "kernels/varint.h"

#include <cstdint>
#include <optional>

namespace wirejit::lower {

// How a run of numbers is encoded.
enum class Encoding : std::uint8_t {
  none,
  little_endian,
  big_endian,
  bool_byte,
  varint,  // seven bits a byte (kernels/varint.h); only read
  varint_zigzag,
  varint_bool,
};
struct Run {
  Encoding encoding = Encoding::none;
  unsigned width = 0;  // bytes an element; of varints, bytes of the number
};

[[nodiscard]] constexpr bool is_varint(Encoding e) noexcept {
  return e == Encoding::varint || e == Encoding::varint_zigzag || e == Encoding::varint_bool;
}
// What becomes of each varint of `from` in an array of `to`; nothing if no kernel does that.
[[nodiscard]] std::optional<kernels::VarintAs> varint_as(Run from, Run to) noexcept;

// A list as it stands at the cursor, in a form that a helper reads at once. Its bytes lie in the
// input and live as long as it does (BytesAt::input).
struct Whole {
  enum class Form : std::uint8_t {
    none,
    packed,        // the length of all in bytes, as a varint; a run
    tagged_bytes,  // of each element the length, as a varint, and the bytes; between them the tag
    tagged_text,   // the same, and the bytes must be UTF-8
  };
  Form form = Form::none;
  Run run;                // packed: only of varints
  std::uint64_t tag = 0;  // the first byte lowest
  std::uint32_t tag_size = 0;
};

}  // namespace wirejit::lower
