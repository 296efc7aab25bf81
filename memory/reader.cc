// Memory as a Reader. Values in place are loaded from r0; what lies behind a pointer is reached
// through a temporary (scalars, strings) or by moving r0 and moving it back (structs, containers).
#include "memory/reader.h"

#include "memory/elements.h"
#include "memory/helpers.h"
#include "memory/place.h"

#include <algorithm>
#include <limits>

namespace wirejit::memory {

using jit::Builder;
using jit::Cond;
using jit::Label;
using jit::Opcode;
using jit::Reg;
using jit::Slot;
using lower::Count;
using lower::Lowering;
using lower::Node;
using lower::Place;
using lower::Previous;
using lower::Role;
using lower::Run;
using lower::Scope;

namespace {

// Steps through optionals and pointers. Presence of fields was tested before; elsewhere nothing may
// be absent. Uses t0 alone.
Address locate(Lowering& l, const Node& n) {
  Builder& b = l.b;
  Address a{Reg::r0, n.place.at, &layout_at(n.place)};
  bool tested = n.role == Role::field;
  while (is_nullable(a.layout->form)) {
    const Layout& o = *a.layout;
    if (o.form == Form::optional && o.flag_offset >= 0) {
      if (!tested) {
        b.branch_byte(Cond::eq, a.base, a.at + o.flag_offset, 0, l.failure(Errc::null_value));
      }
      a.at += o.value_offset;
    } else {
      if (o.flag_offset >= 0) {
        b.load(Reg::t0, a.base, a.at + o.flag_offset, 8);
      } else {
        b.add_imm(Reg::t0, a.base, a.at);
        b.call(helpers().optional_get, {static_cast<const void*>(o.optional), Reg::t0});
      }
      if (!tested) {
        b.branch_imm(Cond::eq, Reg::t0, 0, l.failure(Errc::null_value));
      }
      a.base = Reg::t0;
      a.at = 0;
    }
    a.layout = o.element;
    tested = false;
  }
  return a;
}

// Makes r0 the address; the old r0 is kept in scope.saved[0] (flag).
void move_to(Lowering& l, const Address& a, Scope& scope) {
  Builder& b = l.b;
  scope.saved[0] = b.new_slot();
  scope.flag = true;
  b.put(scope.saved[0], Reg::r0);
  if (a.base != Reg::r0 || a.at != 0) {
    b.add_imm(Reg::t0, a.base, a.at);
    b.mov(Reg::r0, Reg::t0);
  }
}

void move_back(Lowering& l, const Scope& scope) {
  if (scope.flag) {
    l.b.get(Reg::r0, scope.saved[0]);
  }
}

// Goes to `absent` if the member holds nothing. A member that cannot be absent emits nothing.
void test_presence(Builder& b, const StructLayout& s, const Member& m, std::int64_t base,
                   Label absent) {
  if (m.presence_bit >= 0) {
    const std::int64_t at = base + s.presence_offset + m.presence_bit / 8;
    b.load(Reg::t0, Reg::r0, at, 1);
    b.arith_imm(Opcode::and_imm, Reg::t0, Reg::t0, std::int64_t{1} << (m.presence_bit % 8));
    b.branch_imm(Cond::eq, Reg::t0, 0, absent);
    return;
  }
  const Layout& o = *m.layout;
  if (!is_nullable(o.form)) {
    return;
  }
  const std::int64_t at = base + m.offset;
  if (o.form == Form::optional && o.flag_offset >= 0) {
    b.branch_byte(Cond::eq, Reg::r0, at + o.flag_offset, 0, absent);
    return;
  }
  if (o.flag_offset >= 0) {
    b.load(Reg::t0, Reg::r0, at + o.flag_offset, 8);
  } else {
    b.add_imm(Reg::t0, Reg::r0, at);
    b.call(helpers().optional_get, {static_cast<const void*>(o.optional), Reg::t0});
  }
  b.branch_imm(Cond::eq, Reg::t0, 0, absent);
}

// ---- Structs

// Unknown fields that a record or a member kept, if it kept any.
void read_unknown(Lowering& l, const StructLayout& s, const lower::StructScope& inner,
                  lower::StructEvents& events) {
  if ((s.unknown_offset < 0 && s.unknown_member < 0) || !events.wants_unknown()) {
    return;
  }
  Builder& b = l.b;
  if (s.unknown_member >= 0) {
    const Label nothing = b.label();
    b.add_imm(Reg::t0, Reg::r0, inner.place.at + s.unknown_member);
    b.call(helpers().unknown_view, {Reg::t0});
    b.branch_imm(Cond::eq, Reg::t1, 0, nothing);
    b.load(Reg::t2, Reg::r0, inner.place.at + s.unknown_member, 8);  // UnknownFields::format
    events.unknown();
    b.bind(nothing);
    return;
  }
  const std::int64_t at = inner.place.at + s.unknown_offset;
  const Label none = b.label();
  b.load(Reg::t1, Reg::r0, at + 8, 8);
  b.branch_imm(Cond::eq, Reg::t1, 0, none);
  b.load(Reg::t0, Reg::r0, at, 8);
  b.load(Reg::t2, Reg::r0, at + 16, 8);
  events.unknown();
  b.bind(none);
}

// A union held as a std::variant: the index decides.
void read_variant(Lowering& l, const StructType& type, const lower::StructScope& inner,
                  lower::StructEvents& events) {
  Builder& b = l.b;
  const StructLayout& s = struct_at(inner);
  const auto mark = b.slot_mark();
  const Slot object = b.new_slot();
  b.put(object, Reg::r0);
  b.add_imm(Reg::t0, Reg::r0, inner.place.at + s.variant_offset);
  b.call(helpers().variant_index, {static_cast<const void*>(s.variant->variant), Reg::t0});
  std::vector<Label> targets(s.variant->count + 1, l.failure(Errc::union_not_one));
  const Label done = b.label();
  if (!l.options.check_unions) {
    targets[0] = done;
  }
  std::vector<Label> starts;
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    starts.push_back(b.label());
    const Member* m = member_at(type, inner, static_cast<int>(i));
    if (m != nullptr && events.is_mapped(static_cast<int>(i))) {
      targets[m->alternative] = starts.back();
    } else if (m != nullptr && !l.options.check_unions) {
      targets[m->alternative] = done;
    }
  }
  b.jump_table(Reg::t0, targets, l.failure(Errc::union_not_one));
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const Member* m = member_at(type, inner, static_cast<int>(i));
    if (m == nullptr || !events.is_mapped(static_cast<int>(i))) {
      continue;
    }
    b.bind(starts[i]);
    b.add_imm(Reg::t0, Reg::r0, inner.place.at + s.variant_offset);
    b.call(helpers().variant_get,
           {static_cast<const void*>(s.variant->variant), Reg::t0, std::uint64_t{m->alternative}},
           {.to0 = Reg::r0});
    events.field(static_cast<int>(i), lower::Previous::none());
    b.get(Reg::r0, object);
    b.jump(done);
  }
  b.bind(done);
  b.release_slots(mark);
}

class MemoryReader final : public lower::Reader, private lower::RunReader {
 public:
  MemoryReader(const Layout& root, EqualKeys equal) : root_(root), equal_(equal) {}

  [[nodiscard]] lower::Guarantees guarantees() const override {
    return {.unique_fields = true,
            .unique_keys = equal_ != EqualKeys::looked_at,
            .fields_in_order = true,
            .fields_have_values = true};
  }
  [[nodiscard]] bool reads_input() const override { return false; }
  [[nodiscard]] const lower::RunReader* runs() const override { return this; }

  [[nodiscard]] Place root(const Type&) const override { return place(&root_); }

  [[nodiscard]] Place field(const StructType& type, const lower::StructScope& inner,
                            int index) const override {
    const Member* m = member_at(type, inner, index);
    if (m->alternative != 0) {
      const StructLayout& s = struct_at(inner);
      return place(s.variant->alternatives[m->alternative - 1],
                   0);  // r0 is the alternative's address then
    }
    return place(m->layout, inner.place.at + m->offset);
  }

  [[nodiscard]] Place element(const Node& n) const override {
    return place(value_layout(layout_at(n.place)).element);
  }

  [[nodiscard]] Place key(const Node& n) const override {
    const Layout& m = value_layout(layout_at(n.place));
    return place(m.key, m.form == Form::map ? m.map->key_offset : 0);
  }

  [[nodiscard]] Place value(const Node& n) const override {
    const Layout& m = value_layout(layout_at(n.place));
    return place(m.element, m.form == Form::map ? m.map->value_offset : m.value_offset);
  }

  void scalar(Lowering& l, const Node& n) const override {
    const Address a = locate(l, n);
    l.b.load(Reg::t0, a.base, a.at, a.layout->size, a.layout->is_signed);
    // Numbers of enums have 32 bits on the wire; that of a C++ enum may have 64.
    if (a.layout->kind == Kind::enumeration && a.layout->size == 8) {
      const std::int64_t least = a.layout->is_signed ? std::numeric_limits<std::int32_t>::min() : 0;
      constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
      l.b.branch_imm(Cond::lt, Reg::t0, least, l.failure(Errc::number_out_of_range));
      l.b.branch_imm(Cond::gt, Reg::t0, most, l.failure(Errc::number_out_of_range));
    }
  }

  void bytes(Lowering& l, const Node& n) const override {
    Builder& b = l.b;
    const Address a = locate(l, n);
    const Layout& s = *a.layout;
    if (s.form == Form::array) {
      b.add_imm(Reg::t0, a.base, a.at);
      b.imm(Reg::t1, s.count);
      return;
    }
    if (s.data_offset >= 0 && s.size_offset >= 0) {
      b.load(Reg::t1, a.base, a.at + s.size_offset, 8);
      b.load(Reg::t0, a.base, a.at + s.data_offset, 8);
      return;
    }
    if (s.data_offset >= 0 && s.end_offset >= 0) {
      b.load(Reg::t1, a.base, a.at + s.end_offset, 8);
      b.load(Reg::t0, a.base, a.at + s.data_offset, 8);
      b.arith(Opcode::sub, Reg::t1, Reg::t1, Reg::t0);
      return;
    }
    b.add_imm(Reg::t0, a.base, a.at);
    b.call(helpers().string_view, {static_cast<const void*>(s.string), Reg::t0});
  }

  Scope open_struct(Lowering& l, const Node& n, bool called) const override {
    Scope scope;
    Address a = locate(l, n);
    if (a.base != Reg::r0 || (called && a.at != 0)) {
      move_to(l, a, scope);
      a.at = 0;
    }
    scope.inner.place = {a.layout->structure(), a.at};
    return scope;
  }

  void fields(Lowering& l, const StructType& type, const lower::StructScope& inner,
              lower::StructEvents& events) const override {
    Builder& b = l.b;
    const StructLayout& s = struct_at(inner);
    if (s.variant != nullptr) {
      read_variant(l, type, inner, events);
      events.finish_all();
      return;
    }
    const auto mark = b.slot_mark();
    const bool counts = type.flavor == StructFlavor::union_ && l.options.check_unions;
    Slot set;
    if (counts) {
      set = b.new_slot();
      b.put_imm(set, 0);
    }
    Previous previous = Previous::none();
    const auto absent_here = [&](int index) {
      events.absent(index, previous);
      if (events.needs_absent(index)) {
        previous = Previous::unknown();  // something may have been written for it
      }
    };
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      const int index = static_cast<int>(i);
      const Member* m = member_at(type, inner, index);
      if (m == nullptr) {
        absent_here(index);
        continue;
      }
      const Label absent = b.skip_label();
      test_presence(b, s, *m, inner.place.at, absent);
      const Previous before = previous;
      if (events.is_mapped(index)) {
        events.field(index, before);
        previous = b.is_used(absent) ? Previous::unknown() : Previous::field(index);
      }
      if (counts) {
        b.add_slot(set, 1);
      }
      if (!b.is_used(absent)) {
        continue;
      }
      if (!events.needs_absent(index)) {
        b.bind(absent);
        continue;
      }
      const Label done = b.label();
      b.jump(done);
      b.bind(absent);
      events.absent(index, before);
      b.bind(done);
    }
    if (counts) {
      b.branch_slot(Cond::ne, set, 1, l.failure(Errc::union_not_one));
    }
    read_unknown(l, s, inner, events);
    events.finish_all();
    b.release_slots(mark);
  }

  void close_struct(Lowering& l, const Node&, const Scope& scope) const override {
    move_back(l, scope);
  }

  // saved: [0] the object, the rest belongs to the Elements.
  Scope open_list(Lowering& l, const Node& n, Count& count) const override {
    Builder& b = l.b;
    Scope scope;
    const Address a = locate(l, n);
    scope.saved[0] = b.new_slot();
    scope.saved[1] = b.new_slot();
    b.put(scope.saved[0], Reg::r0);
    count.known = true;
    elements_of(*a.layout).open({l, *a.layout, scope, count}, a, &scope.saved[2]);
    return scope;
  }

  void elements(Lowering& l, const Node& n, const Scope& scope, const Count& count,
                const std::function<void()>& body) const override {
    const Layout& s = value_layout(layout_at(n.place));
    elements_of(s).each({l, s, scope, count}, body);
  }

  void close_list(Lowering& l, const Node&, const Scope& scope) const override {
    l.b.get(Reg::r0, scope.saved[0]);
  }

  Scope open_map(Lowering& l, const Node& n, Count& count) const override {
    Builder& b = l.b;
    const Layout& s = value_layout(layout_at(n.place));
    if (s.form != Form::entries) {
      return open_list(l, n, count);
    }
    Scope scope;
    const Address a = locate(l, n);
    scope.saved[0] = b.new_slot();
    scope.saved[1] = b.new_slot();
    b.put(scope.saved[0], Reg::r0);
    b.load(Reg::t1, a.base, a.at + s.size_offset, 8);
    b.load(Reg::t0, a.base, a.at + s.data_offset, 8);
    if (equal_ == EqualKeys::last && has_plain_key(s)) {
      const Label few = b.label();
      b.branch_imm(Cond::below, Reg::t1, 2, few);
      b.call(helpers().last_entries, {Reg::t0, Reg::t1, static_cast<const void*>(&s)},
             {.null_fails = true});
      b.bind(few);
    }
    b.put(scope.saved[1], Reg::t0);
    b.put(count.slot, Reg::t1);
    count.known = true;
    return scope;
  }

  void entries(Lowering& l, const Node& n, const Scope& scope, const Count& count,
               const std::function<void()>& key,
               const std::function<void()>& value) const override {
    const Layout& s = value_layout(layout_at(n.place));
    elements_of(s).each({l, s, scope, count}, [&] {
      key();
      value();
    });
  }

  void close_map(Lowering& l, const Node&, const Scope& scope) const override {
    l.b.get(Reg::r0, scope.saved[0]);
  }

  // Containers that do not come are empty, whatever their initial value.
  [[nodiscard]] bool has_initial_value(const StructType& type, const lower::StructScope& inner,
                                       int index) const override {
    const StructLayout& s = struct_at(inner);
    const Member* m = member_at(type, inner, index);
    if (s.prototype == nullptr || m == nullptr || m->alternative != 0) {
      return false;
    }
    const auto* const at = static_cast<const std::uint8_t*>(s.prototype) + m->offset;
    switch (m->layout->form) {
      case Form::scalar:
        return std::any_of(at, at + m->layout->size, [](std::uint8_t byte) { return byte != 0; });
      case Form::string: return m->layout->string->view(at).size != 0;
      default: return false;
    }
  }

 private:
  [[nodiscard]] Run run(const Node& n) const override {
    return run_of(value_layout(layout_at(n.place)));
  }

  void take_run(Lowering& l, const Node&, const Scope& scope, const Count&) const override {
    l.b.get(Reg::t0, scope.saved[1]);
  }

  const Layout& root_;
  EqualKeys equal_;
};

}  // namespace

std::unique_ptr<lower::Reader> memory_reader(const Layout& root, EqualKeys equal) {
  return std::make_unique<MemoryReader>(root, equal);
}

}  // namespace wirejit::memory
