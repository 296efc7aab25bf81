// What the lowering of all protocols shares: uuids, and the end of the input.
// Entry: read_uuid, write_uuid, expect_input_end.
#pragma once

#include "lower/lowering.h"

namespace wirejit::thrift {

// Address and size in t0, t1, and the cursor after its 16 bytes.
inline void read_uuid(lower::Lowering& l) {
  using jit::Reg;
  l.b.need(16, l.failure(Errc::truncated));
  l.b.add_imm(Reg::t0, Reg::r0, 0);
  l.b.imm(Reg::t1, 16);
  l.b.advance(Reg::r0, 16);
}

// The 16 bytes at t0, for which there is room.
inline void write_uuid(jit::Builder& b) {
  using jit::Reg;
  b.load(Reg::t1, Reg::t0, 0, 8);
  b.load(Reg::t2, Reg::t0, 8, 8);
  b.store(Reg::w0, 0, Reg::t1, 8);
  b.store(Reg::w0, 8, Reg::t2, 8);
  b.advance(Reg::w0, 16);
}

inline void expect_input_end(lower::Lowering& l) {
  l.b.flush(jit::Reg::r0);
  l.b.branch(jit::Cond::ne, jit::Reg::r0, jit::Reg::r1, l.failure(Errc::trailing_data));
}

}  // namespace wirejit::thrift
