// Holes: a length or a count that precedes what it tells of, and is known only when that was
// written. Bytes are left for it and patched at the end; where it turns out to be wider, what
// follows moves.
// Entry: open_varint_hole, open_word_hole. Invariant: the place of a hole is kept as a distance
// from the output's first byte, as the output may grow, and move, in between.
//
//   tag | . | what was written ...          a byte is left
//   tag | 7 | what was written ...          a length of up to 127: stored
//   tag | 200 1 | what was written ...      longer: moved by one byte (17 ns for 300 bytes)
#pragma once

#include "lower/lowering.h"

namespace wirejit::lower {

// The most that a length or count may be.
inline constexpr std::int64_t largest_size = 0x7fffffff;

// The distance of the output's cursor from its first byte. t2 and t3 die.
void keep_position(jit::Builder& b, jit::Slot to);
// The address at that distance. t3 dies.
void get_position(jit::Builder& b, jit::Reg to, jit::Slot from);

// A byte for a varint; it is reserved.
void open_varint_hole(jit::Builder& b, jit::Slot hole);
// The varint is the length of what follows the hole. Temporaries die.
void close_length(Lowering& l, jit::Slot hole);
// The byte at the address in t1 becomes `prefix` and the varint in t0, which is more than one byte
// or has a prefix; out of line. `prefix`: 0 is none, else 0x100 and the byte. Temporaries die.
void widen_hole(jit::Builder& b, std::uint64_t prefix);

// `width` bytes for a big-endian number; they are reserved.
void open_word_hole(jit::Builder& b, jit::Slot hole, unsigned width);
// The number is in t0. t1 and t3 die.
void close_word_hole(jit::Builder& b, jit::Slot hole, unsigned width);

}  // namespace wirejit::lower
