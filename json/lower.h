// Functions that the lowering of readers shares.
// Entry: consume_byte, opening.
#pragma once

#include "jit/helper.h"
#include "json/dialect.h"
#include "lower/lowering.h"

#include <functional>
#include <utility>

namespace wirejit::json {

// The byte that every value of this type begins with; readers match it together with a field's key.
// 0 if values of the type begin with different bytes.
char opening(const Type& type, const Dialect& dialect);
// The same of the value of a field.
char opening(const Field& field, const Dialect& dialect);

// Moves the cursor past `byte`. If another byte is there, the helper (ctx, cursor, end, byte) skips
// white space or fails; it returns the cursor after `byte`.
inline void consume_byte(lower::Lowering& l, char byte, const jit::Helper& slow_helper) {
  using jit::Reg;
  jit::Builder& b = l.b;
  const jit::Label slow = b.cold_label();
  const jit::Label done = b.skip_label();
  const auto value = static_cast<unsigned char>(byte);
  b.need(1, slow);
  b.branch_byte(jit::Cond::ne, Reg::r0, 0, value, slow);
  b.advance(Reg::r0, 1);
  b.bind(done);
  l.cold(slow, [&l, &slow_helper, value, done] {
    l.b.call(slow_helper, {Reg::r0, Reg::r1, std::uint64_t{value}},
             {.null_fails = true, .to0 = Reg::r0});
    l.b.jump(done, jit::Bound::input);
  });
}

}  // namespace wirejit::json
