// Elements without an address, fetched and stored by their index: std::vector<bool>, through
// BitOps.
#include "memory/charge.h"
#include "memory/elements.h"

namespace wirejit::memory {

using jit::Arg;
using jit::Cond;
using jit::Context;
using jit::HelperResult;
using jit::Label;
using jit::Reg;
using jit::Slot;
using lower::Lowering;

namespace {

std::uint64_t bits_size(const BitOps* ops, const void* v) noexcept { return ops->size(v); }
std::uint64_t bits_get(const BitOps* ops, const void* v, std::size_t i) noexcept {
  return ops->get(v, i) ? 1 : 0;
}
HelperResult bits_resize(Context& ctx, const BitOps* ops, void* v, std::size_t count) noexcept {
  if (!charge(ctx, count / 8)) {
    return {0, 0};
  }
  return ops->resize(v, count) ? HelperResult{1, 0} : rejected(ctx);
}
HelperResult bits_append(Context& ctx, const BitOps* ops, void* v, std::uint64_t bit) noexcept {
  if (!charge(ctx, 1)) {
    return {0, 0};
  }
  return ops->append(v, bit != 0) ? HelperResult{1, 0} : rejected(ctx);
}
void bits_set(const BitOps* ops, void* v, std::size_t i, std::uint64_t bit) noexcept {
  ops->set(v, i, bit != 0);
}

struct Calls {
  jit::Helper size = jit::helper<&bits_size>("memory.bits_size");        // -> count
  jit::Helper get = jit::helper<&bits_get>("memory.bits_get");           // -> 0 or 1
  jit::Helper resize = jit::helper<&bits_resize>("memory.bits_resize");  // -> 1 or failure
  jit::Helper append = jit::helper<&bits_append>("memory.bits_append");  // -> 1 or failure
  jit::Helper set = jit::helper<&bits_set>("memory.bits_set");
};
const Calls& calls() {
  static const Calls all;
  return all;
}

// Read: saved[1] is the container. Written: saved[2] is the index.
class Bits final : public Elements {
 public:
  [[nodiscard]] bool stores_words() const override { return true; }

  void open(const Container& c, const Address& a, Slot*) const override {
    c.b.add_imm(Reg::t0, a.base, a.at);
    c.b.put(c.scope.saved[1], Reg::t0);
    c.b.call(calls().size, {ops(c.s), Reg::t0});
    c.b.put(c.count.slot, Reg::t0);
  }

  // Each bit is fetched into a slot that is used in place of the element.
  void each(const Container& c, const std::function<void()>& body) const override {
    const Label head = c.b.label();
    const Label done = c.b.label();
    const Slot left = c.b.new_slot();
    const Slot index = c.b.new_slot();
    const Slot bit = c.b.new_slot();
    c.b.get(Reg::t0, c.count.slot);
    c.b.put(left, Reg::t0);
    c.b.put_imm(index, 0);
    c.b.branch_imm(Cond::eq, Reg::t0, 0, done);
    c.b.bind(head);
    c.b.call(calls().get, {ops(c.s), c.address(), Arg::in_slot(index.number)});
    c.b.put(bit, Reg::t0);
    c.b.slot_addr(Reg::r0, bit);
    body();
    c.b.add_slot(index, 1);
    c.b.loop_next(left, head);
    c.b.bind(done);
  }

  void begin(const Container& c, Slot* own) const override {
    c.b.call(calls().resize,
             {ops(c.s), c.address(), c.count.known ? c.size() : Arg(std::uint64_t{0})}, may_fail);
    own[0] = c.b.new_slot();
    c.b.put_imm(c.scope.saved[2], 0);
  }

  void end_element(const Container& c) const override {
    if (c.count.known) {
      c.b.call(calls().set,
               {ops(c.s), c.address(), Arg::in_slot(c.scope.saved[2].number), Reg::t0});
      c.b.add_slot(c.scope.saved[2], 1);
    } else {
      c.b.call(calls().append, {ops(c.s), c.address(), Reg::t0}, may_fail);
    }
  }

  void clear(Lowering& l, const Layout& s, std::int64_t at) const override {
    l.b.add_imm(Reg::t0, Reg::w0, at);
    l.b.call(calls().resize, {ops(s), Reg::t0, std::uint64_t{0}}, may_fail);
  }

 private:
  static const void* ops(const Layout& s) { return s.bits; }
};

constexpr Bits bits;

}  // namespace

const Elements& bit_elements = bits;

}  // namespace wirejit::memory
