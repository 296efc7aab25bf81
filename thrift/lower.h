// The part of the lowering that Binary and Compact share: uuids, and the end of the input.
// Entry: read_uuid, write_uuid, expect_input_end.
#pragma once

#include "lower/lowering.h"
#include "thrift/helpers.h"

namespace wirejit::thrift {

// Reads a uuid: sets t0 to its address and t1 to its size, and moves the cursor after its 16 bytes.
inline void read_uuid(lower::Lowering& l) {
  using jit::Reg;
  l.b.need(16, l.failure(Errc::truncated));
  l.b.add_imm(Reg::t0, Reg::r0, 0);
  l.b.imm(Reg::t1, 16);
  l.b.advance(Reg::r0, 16);
}

// Writes the 16 bytes at t0. Room is reserved.
inline void write_uuid(jit::Builder& b) {
  using jit::Reg;
  b.load(Reg::t1, Reg::t0, 0, 8);
  b.load(Reg::t2, Reg::t0, 8, 8);
  b.store(Reg::w0, 0, Reg::t1, 8);
  b.store(Reg::w0, 8, Reg::t2, 8);
  b.advance(Reg::w0, 16);
}

// After the root. Bytes that follow it are trailing_data, except for a call that reads a prefix.
inline void expect_input_end(lower::Lowering& l) {
  using jit::Reg;
  jit::Builder& b = l.b;
  const jit::Label more = b.cold_label();
  const jit::Label done = b.skip_label();
  b.flush(Reg::r0);
  b.branch(jit::Cond::ne, Reg::r0, Reg::r1, more);
  b.bind(done);
  l.cold(more, [&l, done] {
    l.b.call(helpers().finish, {Reg::r0, Reg::r1}, {.null_fails = true, .to0 = Reg::r0});
    l.b.jump(done, jit::Bound::input);
  });
}

}  // namespace wirejit::thrift
