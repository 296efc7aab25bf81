// Holes: positions, patches, and the helper that moves what follows.
#include "lower/hole.h"

#include "jit/runtime.h"
#include "kernels/varint.h"

#include <cstring>

namespace wirejit::lower {

using jit::Builder;
using jit::Cond;
using jit::Context;
using jit::Helper;
using jit::HelperResult;
using jit::Label;
using jit::Opcode;
using jit::Reg;
using jit::Slot;

namespace {

HelperResult widen(Context& ctx, std::uint8_t* cursor, std::uint8_t* soft_end, std::uint8_t* hole,
                   std::uint64_t value, std::uint64_t prefix) noexcept {
  if (value > std::uint64_t{largest_size}) {
    return jit::fail(ctx, Errc::size_limit, reinterpret_cast<const void*>(ctx.r0));
  }
  std::uint8_t bytes[kernels::varint_room + 1];
  const unsigned before = prefix == 0 ? 0 : 1;
  bytes[0] = static_cast<std::uint8_t>(prefix);
  kernels::write_varint(value, bytes + before);
  const unsigned size = before + kernels::varint_size(value);
  const unsigned more = size - 1;
  if (static_cast<std::size_t>(soft_end - cursor) < more) {
    const auto at =
        hole - reinterpret_cast<std::uint8_t*>(ctx.extra_results[jit::extra_output_begin]);
    const HelperResult grown = jit::grow_output(ctx, cursor, more);
    if (grown.first == 0) {
      return grown;
    }
    cursor = reinterpret_cast<std::uint8_t*>(grown.first);
    soft_end = reinterpret_cast<std::uint8_t*>(grown.second);
    hole = reinterpret_cast<std::uint8_t*>(ctx.extra_results[jit::extra_output_begin]) + at;
  }
  std::memmove(hole + size, hole + 1, static_cast<std::size_t>(cursor - hole) - 1);
  jit::move_links(ctx, hole, more);
  std::memcpy(hole, bytes, size);
  return {reinterpret_cast<std::uint64_t>(cursor + more),
          reinterpret_cast<std::uint64_t>(soft_end)};
}

const Helper& widen_helper() {
  static const Helper h = jit::helper<&widen>("hole.widen");
  return h;
}

}  // namespace

void keep_position(Builder& b, Slot to) {
  b.get_extra(Reg::t2, jit::extra_output_begin);
  b.add_imm(Reg::t3, Reg::w0, 0);
  b.arith(Opcode::sub, Reg::t2, Reg::t3, Reg::t2);
  b.put(to, Reg::t2);
}

void get_position(Builder& b, Reg to, Slot from) {
  b.get_extra(to, jit::extra_output_begin);
  b.get(Reg::t3, from);
  b.arith(Opcode::add, to, to, Reg::t3);
}

void open_varint_hole(Builder& b, Slot hole) {
  keep_position(b, hole);
  b.advance(Reg::w0, 1);
}

void close_length(Lowering& l, Slot hole) {
  Builder& b = l.b;
  const Label more = b.cold_label();
  const Label done = b.label();
  get_position(b, Reg::t1, hole);
  b.flush(Reg::w0);
  b.arith(Opcode::sub, Reg::t0, Reg::w0, Reg::t1);
  b.add_imm(Reg::t0, Reg::t0, -1);
  b.branch_imm(Cond::above, Reg::t0, 127, more);
  b.store(Reg::t1, 0, Reg::t0, 1);
  b.bind(done);
  l.cold(more, [&l, done] {
    widen_hole(l.b, 0);
    l.b.jump(done, jit::Bound::input);
  });
}

void widen_hole(Builder& b, std::uint64_t prefix) {
  b.call(widen_helper(), {Reg::w0, Reg::w1, Reg::t1, Reg::t0, prefix},
         {.null_fails = true, .grows_output = true, .to0 = Reg::w0, .to1 = Reg::w1});
}

void open_word_hole(Builder& b, Slot hole, unsigned width) {
  keep_position(b, hole);
  b.advance(Reg::w0, width);
}

void close_word_hole(Builder& b, Slot hole, unsigned width) {
  get_position(b, Reg::t1, hole);
  b.store(Reg::t1, 0, Reg::t0, width, true);
}

}  // namespace wirejit::lower
