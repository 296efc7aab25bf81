// Varints, as the formats that have them read and write them: one byte in the straight line, longer
// ones elsewhere.
// Entry: read_varint, write_varint. Invariant: reads up to the end of the input (r1), and writes
// within room that was reserved.
#pragma once

#include "lower/lowering.h"

#include <functional>

namespace wirejit::lower {

// The varint at the cursor into `to` (t0 or t1), and after it; the other one dies. `when_long`
// emits what is to become of one of several bytes. `usually_long`: most have several bytes; more
// code is spent on these.
void read_varint(Lowering& l, jit::Reg to, const std::function<void()>& when_long = {},
                 bool usually_long = false);

// The varint in `value` (t0 or t1), for which kernels::varint_room bytes are reserved; t0 and t1
// are as before where `keep`, or die.
void write_varint(Lowering& l, jit::Reg value, bool keep);
// The same for a number that is not 0 and, as a rule, too large for one byte.
void write_long_varint(jit::Builder& b, jit::Reg value);

}  // namespace wirejit::lower
