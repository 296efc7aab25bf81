// Elements that lie one after the other, `stride` bytes apart: in place, in an arena, or owned and
// grown by SequenceOps. Where the words of a sequence are known, Programs read them.
#include "memory/charge.h"
#include "memory/elements.h"
#include "memory/helpers.h"

#include <bit>
#include <cstring>

namespace wirejit::memory {

using jit::Builder;
using jit::Cond;
using jit::Context;
using jit::HelperResult;
using jit::Label;
using jit::Opcode;
using jit::Reg;
using jit::Slot;
using lower::Lowering;

namespace {

// ---- What Programs call

HelperResult sequence_view(const SequenceOps* ops, const void* v) noexcept {
  return {reinterpret_cast<std::uint64_t>(ops->data(v)), ops->size(v)};
}
HelperResult resize(Context& ctx, const SequenceOps* ops, void* v, std::size_t count,
                    std::size_t stride) noexcept {
  return charge_array(ctx, count, stride) ? found_or_rejected(ctx, ops->resize(v, count))
                                          : HelperResult{0, 0};
}
HelperResult append(Context& ctx, const SequenceOps* ops, void* v, std::size_t stride) noexcept {
  return charge(ctx, stride) ? found_or_rejected(ctx, ops->append(v)) : HelperResult{0, 0};
}
// All places are taken: more of them. What is allocated is charged when it is, at the least as much
// as there was.
HelperResult append_places(Context& ctx, const Layout* s, std::uint8_t* v) noexcept {
  const auto word = [v](std::int32_t offset) {
    std::uint64_t value = 0;
    std::memcpy(&value, v + offset, sizeof value);
    return value;
  };
  const std::uint64_t end = word(s->capacity_offset);
  const std::uint64_t taken = end - word(s->data_offset);
  if (!charge(ctx, taken == 0 ? s->stride : taken)) {
    return {0, 0};
  }
  std::memcpy(v + s->end_offset, &end, sizeof end);
  const void* place = s->sequence->append(v);
  return place != nullptr
             ? HelperResult{reinterpret_cast<std::uint64_t>(place), word(s->capacity_offset)}
             : rejected(ctx);
}
HelperResult truncate(Context& ctx, const SequenceOps* ops, void* v, std::size_t count) noexcept {
  return count == ops->size(v) || ops->resize(v, count) != nullptr ? HelperResult{1, 0}
                                                                   : rejected(ctx);
}
void clear_sequence(const SequenceOps* ops, void* v) noexcept { ops->clear(v); }

struct Calls {
  jit::Helper view = jit::helper<&sequence_view>("memory.sequence_view");  // -> data, count
  jit::Helper resize = jit::helper<&memory::resize>("memory.resize");      // -> data or failure
  jit::Helper append = jit::helper<&memory::append>("memory.append");      // -> element or failure
  // -> element and where places end, or failure
  jit::Helper append_places = jit::helper<&memory::append_places>("memory.append_places");
  jit::Helper truncate = jit::helper<&memory::truncate>("memory.truncate");  // -> 1 or failure
  jit::Helper clear = jit::helper<&clear_sequence>("memory.clear_sequence");
};
const Calls& calls() {
  static const Calls all;
  return all;
}

// ---- Common to all

// Bytes to elements, for elements of `stride` bytes: an exact division.
void divide(Builder& b, Reg a, std::uint32_t stride) {
  const int twos = std::countr_zero(stride);
  const std::uint64_t odd = stride >> twos;
  if (twos != 0) {
    b.arith_imm(Opcode::shr_imm, a, a, twos);
  }
  if (odd != 1) {
    std::uint64_t inverse = odd;  // Newton: each step doubles the correct low bits
    for (int k = 0; k < 6; ++k) {
      inverse *= 2 - odd * inverse;
    }
    b.arith_imm(Opcode::mul_imm, a, a, static_cast<std::int64_t>(inverse));
  }
}

// The array at w0, of t1 elements, into the container.
void put_array(const Container& c) {
  c.b.get(Reg::t2, c.scope.saved[1]);
  c.b.store(Reg::t2, c.s.data_offset, Reg::w0, 8);
  c.b.store(Reg::t2, c.s.size_offset, Reg::t1, 8);
}

// Read: saved[1] is the first element.
class Contiguous : public Elements {
 public:
  void each(const Container& c, const std::function<void()>& body) const override {
    const Label head = c.b.label();
    const Label done = c.b.label();
    const Slot left = c.b.new_slot();
    c.b.get(Reg::t0, c.count.slot);
    c.b.put(left, Reg::t0);
    c.b.branch_imm(Cond::eq, Reg::t0, 0, done);
    c.b.get(Reg::r0, c.scope.saved[1]);
    c.b.bind(head);
    body();
    c.b.advance(Reg::r0, c.s.stride);
    c.b.loop_next(left, head);
    c.b.bind(done);
  }

 protected:
  ~Contiguous() = default;
};

// ---- Fixed arrays

class Array final : public Contiguous {
 public:
  void open(const Container& c, const Address& a, Slot*) const override {
    c.b.add_imm(Reg::t0, a.base, a.at);
    c.b.put(c.scope.saved[1], Reg::t0);
    c.b.put_imm(c.count.slot, c.s.count);
  }
  void begin(const Container& c, Slot*) const override {
    if (c.count.known) {
      c.b.branch_slot(Cond::ne, c.count.slot, c.s.count, c.l.failure(Errc::invalid_count));
    }
    c.b.get(Reg::w0, c.scope.saved[1]);
  }
  void begin_element(const Container& c) const override {
    if (!c.count.known) {
      c.b.branch_slot(Cond::above_eq, c.count.slot, c.s.count, c.l.failure(Errc::invalid_count));
    }
  }
  void end_element(const Container& c) const override { c.b.advance(Reg::w0, c.s.stride); }
  void end(const Container& c) const override {
    if (!c.count.known) {
      c.b.branch_slot(Cond::ne, c.count.slot, c.s.count, c.l.failure(Errc::invalid_count));
    }
  }
  // Whoever clears an object clears what an array holds, in place.
  void clear(Lowering&, const Layout&, std::int64_t) const override {}
};

// ---- Arrays in an arena: {data, count}

class ArenaArray final : public Contiguous {
 public:
  void open(const Container& c, const Address& a, Slot*) const override {
    c.b.load(Reg::t1, a.base, a.at + c.s.size_offset, 8);
    c.b.load(Reg::t0, a.base, a.at + c.s.data_offset, 8);
    c.b.put(c.scope.saved[1], Reg::t0);
    c.b.put(c.count.slot, Reg::t1);
  }
  void begin(const Container& c, Slot*) const override {
    if (c.count.known && zeroes(c)) {
      c.b.call(helpers().allocate_zeroed_array, {c.size(), std::uint64_t{c.s.stride}}, gives_w0);
      c.b.get(Reg::t1, c.count.slot);
      put_array(c);
    } else if (c.count.known) {
      allocate_elements(c);
    } else {
      c.b.get(Reg::t1, c.scope.saved[1]);
      c.b.store_imm(Reg::t1, c.s.data_offset, 0, 8);
      c.b.store_imm(Reg::t1, c.s.size_offset, 0, 8);
    }
  }
  void begin_element(const Container& c) const override {
    if (!c.count.known) {
      c.b.call(zeroes(c) ? helpers().grow_zeroed_array : helpers().grow_array,
               {c.address(), c.size(), std::uint64_t{c.s.stride}}, gives_w0);
    }
  }
  void end_element(const Container& c) const override {
    if (c.count.known) {
      c.b.advance(Reg::w0, c.s.stride);
    }
  }
  void clear(Lowering& l, const Layout& s, std::int64_t at) const override {
    l.b.store_imm(Reg::w0, at + s.data_offset, 0, 8);
    l.b.store_imm(Reg::w0, at + s.size_offset, 0, 8);
  }

 private:
  // C++ objects are valid after a failure, so their elements must be from the beginning. A record
  // that was not decoded is not handed out; numbers may have any value.
  static bool zeroes(const Container& c) {
    return c.s.construct != nullptr && c.s.element->form != Form::scalar;
  }
};

// ---- Sequences
//
// Of unknown count: the elements are used again, one by one, until they are used up; of elements
// that are mere bytes all places are, and the end pointer is set last.
// saved[2]: the next element; saved[3]: where they end.
class Sequence final : public Contiguous {
 public:
  void open(const Container& c, const Address& a, Slot*) const override {
    if (knows_elements(c.s)) {
      c.b.load(Reg::t1, a.base, a.at + c.s.end_offset, 8);
      c.b.load(Reg::t0, a.base, a.at + c.s.data_offset, 8);
      c.b.arith(Opcode::sub, Reg::t1, Reg::t1, Reg::t0);
      divide(c.b, Reg::t1, c.s.stride);
    } else {
      c.b.add_imm(Reg::t0, a.base, a.at);
      c.b.call(calls().view, {ops(c.s), Reg::t0});
    }
    c.b.put(c.scope.saved[1], Reg::t0);
    c.b.put(c.count.slot, Reg::t1);
  }

  void begin(const Container& c, Slot* own) const override {
    if (c.count.known) {
      c.b.call(calls().resize, {ops(c.s), c.address(), c.size(), element_bytes(c.s)}, gives_w0);
      return;
    }
    own[0] = c.b.new_slot();
    own[1] = c.b.new_slot();
    c.b.get(Reg::t0, c.scope.saved[1]);
    if (knows_elements(c.s)) {
      c.b.load(Reg::t1, Reg::t0, uses_capacity(c.s) ? c.s.capacity_offset : c.s.end_offset, 8);
      c.b.load(Reg::t0, Reg::t0, c.s.data_offset, 8);
    } else {
      c.b.call(calls().clear, {ops(c.s), Reg::t0});
      c.b.imm(Reg::t0, 0);
      c.b.imm(Reg::t1, 0);
    }
    c.b.put(c.scope.saved[2], Reg::t0);
    c.b.put(c.scope.saved[3], Reg::t1);
  }

  void begin_element(const Container& c) const override {
    if (c.count.known) {
      return;
    }
    const Label have = c.b.label();
    c.b.get(Reg::w0, c.scope.saved[2]);
    c.b.get(Reg::t1, c.scope.saved[3]);
    c.b.branch(Cond::ne, Reg::w0, Reg::t1, have);
    if (uses_capacity(c.s)) {
      c.b.call(calls().append_places, {static_cast<const void*>(&c.s), c.address()},
               {.null_fails = true, .to0 = Reg::w0, .to1 = Reg::t0});
    } else {
      c.b.call(calls().append, {ops(c.s), c.address(), element_bytes(c.s)}, gives_w0);
      c.b.add_imm(Reg::t0, Reg::w0, c.s.stride);
    }
    c.b.put(c.scope.saved[3], Reg::t0);
    c.b.bind(have);
  }

  void end_element(const Container& c) const override {
    if (c.count.known) {
      c.b.advance(Reg::w0, c.s.stride);
    } else {
      c.b.add_imm(Reg::t0, Reg::w0, c.s.stride);
      c.b.put(c.scope.saved[2], Reg::t0);
    }
  }

  void end(const Container& c) const override {
    if (c.count.known) {
      return;
    }
    const Label done = c.b.label();
    if (knows_elements(c.s)) {
      c.b.get(Reg::t0, c.scope.saved[2]);
      c.b.get(Reg::t1, c.scope.saved[1]);
      if (uses_capacity(c.s)) {
        c.b.store(Reg::t1, c.s.end_offset, Reg::t0, 8);
        return;
      }
      c.b.load(Reg::t1, Reg::t1, c.s.end_offset, 8);
      c.b.branch(Cond::eq, Reg::t0, Reg::t1, done);
    }
    c.b.call(calls().truncate, {ops(c.s), c.address(), c.size()}, may_fail);
    c.b.bind(done);
  }

  void clear(Lowering& l, const Layout& s, std::int64_t at) const override {
    l.b.add_imm(Reg::t0, Reg::w0, at);
    l.b.call(calls().clear, {ops(s), Reg::t0});
  }

 private:
  static const void* ops(const Layout& s) { return s.sequence; }
  static bool uses_capacity(const Layout& s) { return s.capacity_offset >= 0; }
  static bool knows_elements(const Layout& s) { return s.data_offset >= 0 && s.end_offset >= 0; }
  static std::uint64_t element_bytes(const Layout& s) {
    return s.stride + bytes_at_birth(*s.element);
  }
};

constexpr Array arrays;
constexpr ArenaArray arena_arrays;
constexpr Sequence sequences;

}  // namespace

void allocate_elements(const Container& c) {
  // There are less than 2^48 elements of anything: no product is too large for a word.
  constexpr std::uint32_t largest_stride = 1U << 15;
  c.b.get(Reg::t1, c.count.slot);
  if (c.s.stride > largest_stride) {
    c.b.call(helpers().allocate_array, {Reg::t1, std::uint64_t{c.s.stride}}, gives_w0);
    c.b.get(Reg::t1, c.count.slot);
  } else {
    c.b.arith_imm(Opcode::mul_imm, Reg::t0, Reg::t1, c.s.stride);
    Builder::CallOptions options = allocates;
    options.to0 = Reg::w0;
    c.b.call(helpers().allocate, {Reg::t0, Reg::t1}, options);
  }
  put_array(c);
}

const Elements& array_elements = arrays;
const Elements& arena_elements = arena_arrays;
const Elements& sequence_elements = sequences;

}  // namespace wirejit::memory
