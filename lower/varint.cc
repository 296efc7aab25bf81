// Varints: the inline fast paths, and the helpers behind them.
#include "lower/varint.h"

#include "kernels/varint.h"

namespace wirejit::lower {

using jit::Builder;
using jit::Cond;
using jit::Context;
using jit::Helper;
using jit::HelperResult;
using jit::Label;
using jit::Reg;
using jit::Slot;

namespace {

HelperResult read(Context& ctx, const std::uint8_t* at, const std::uint8_t* end) noexcept {
  const kernels::Varint v = kernels::read_varint(at, end);
  if (v.at != nullptr) [[likely]] {
    return {reinterpret_cast<std::uint64_t>(v.at), v.value};
  }
  return jit::fail(ctx, kernels::varint_is_cut(at, end) ? Errc::truncated : Errc::invalid_varint,
                   at);
}

std::uint8_t* write(std::uint64_t value, std::uint8_t* to) noexcept {
  return kernels::write_varint(value, to);
}

struct Helpers {
  Helper read = jit::helper<&lower::read>("varint.read");
  Helper write = jit::helper<&lower::write>("varint.write");
};
const Helpers& helpers() {
  static const Helpers h;
  return h;
}

}  // namespace

void read_varint(Lowering& l, Reg to, const std::function<void()>& when_long, bool usually_long) {
  Builder& b = l.b;
  const Label more = b.cold_label();
  const Label done = b.skip_label();
  b.need(1, l.failure(Errc::truncated));
  b.load(to, Reg::r0, 0, 1);
  b.branch_imm(Cond::above, to, 127, more);
  b.advance(Reg::r0, 1);
  b.bind(done);
  l.cold(more, [&l, to, done, when_long, usually_long] {
    Builder::CallOptions options{
        .null_fails = true, .fast_path = jit::FastPath::varint, .to0 = Reg::r0};
    options.to1 = usually_long ? to : Reg::none;
    l.b.call(helpers().read, {Reg::r0, Reg::r1}, options);
    if (to == Reg::t0 && !usually_long) {
      l.b.mov(Reg::t0, Reg::t1);
    }
    if (when_long) {
      when_long();
    }
    l.b.jump(done, jit::Bound::input);
  });
}

void write_varint(Lowering& l, Reg value, bool keep) {
  Builder& b = l.b;
  const Label more = b.cold_label();
  const Label done = b.skip_label();
  const Slot first = keep ? b.new_slot() : Slot{};
  const Slot second = keep ? b.new_slot() : Slot{};
  b.branch_imm(Cond::above, value, 127, more);
  b.store(Reg::w0, 0, value, 1);
  b.advance(Reg::w0, 1);
  b.bind(done);
  l.cold(more, [&l, value, done, keep, first, second] {
    Builder& c = l.b;
    if (keep) {
      c.put(first, Reg::t0);
      c.put(second, Reg::t1);
    }
    write_long_varint(c, value);
    if (keep) {
      c.get(Reg::t0, first);
      c.get(Reg::t1, second);
    }
    c.jump(done, jit::Bound::input);
  });
}

void write_long_varint(Builder& b, Reg value) {
  if (value != Reg::t0) {
    b.mov(Reg::t0, value);
  }
  b.call(helpers().write, {Reg::t0, Reg::w0},
         {.fast_path = jit::FastPath::varint_written, .to0 = Reg::w0});
}

}  // namespace wirejit::lower
