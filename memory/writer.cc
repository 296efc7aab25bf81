// Memory as a Writer. The mirror of memory/reader.cc: scalars and strings are stored through w0 or
// a temporary, structs and containers by moving w0 and moving it back.
#include "memory/writer.h"

#include "memory/bulk.h"
#include "memory/elements.h"
#include "memory/helpers.h"
#include "memory/place.h"

#include <cstring>
#include <vector>

namespace wirejit::memory {

using jit::Arg;
using jit::Bound;
using jit::Builder;
using jit::Cond;
using jit::Label;
using jit::Opcode;
using jit::Reg;
using jit::Slot;
using lower::AbsentIsZero;
using lower::BytesAt;
using lower::Count;
using lower::Lowering;
using lower::Node;
using lower::Place;
using lower::Role;
using lower::Run;
using lower::Scope;

namespace {

// A record's presence bit. The struct begins `at` bytes from w0.
void mark_present(Builder& b, const StructLayout& s, const Member& m, std::int64_t at) {
  if (m.presence_bit >= 0) {
    b.or_byte(Reg::w0, at + s.presence_offset + m.presence_bit / 8,
              static_cast<std::uint8_t>(1U << (m.presence_bit % 8)));
  }
}

// Whether reaching the value takes a call, which kills temporaries.
bool reaching_calls(const Node& n) {
  const Layout* o = &layout_at(n.place);
  for (; is_nullable(o->form); o = o->element) {
    if (!(o->form == Form::optional && o->flag_offset >= 0 && o->element->form == Form::scalar)) {
      return true;
    }
  }
  return false;
}

// Makes the value's place ready: presence marked, optionals engaged, pointers allocated, variants
// switched. An optional that holds a value keeps it, so that strings and vectors keep their memory.
Address reach(Lowering& l, const Node& n) {
  Builder& b = l.b;
  Address a{Reg::w0, n.place.at, &layout_at(n.place)};
  while (is_nullable(a.layout->form)) {
    const Layout& o = *a.layout;
    if (o.form == Form::optional && o.flag_offset >= 0 && o.element->form == Form::scalar) {
      b.store_imm(a.base, a.at + o.flag_offset, 1, 1);
      a.at += o.value_offset;
    } else if (o.form == Form::boxed) {
      b.add_imm(Reg::t1, a.base, a.at + o.flag_offset);
      b.imm(Reg::t0, o.element->size);
      b.call(helpers().allocate, {Reg::t0, Reg::t1}, allocates);
      b.store(Reg::t1, 0, Reg::t0, 8);
      a.base = Reg::t0;
      a.at = 0;
    } else {
      // An optional's value lies within what holds it, which was charged.
      const std::uint64_t held =
          (o.form == Form::optional ? 0 : o.element->size) + bytes_at_birth(*o.element);
      b.add_imm(Reg::t0, a.base, a.at);
      const Label have = b.label();
      const Label got = b.label();
      if (o.flag_offset >= 0 && o.form == Form::optional) {
        b.branch_byte(Cond::ne, Reg::t0, o.flag_offset, 0, have);
        b.call(helpers().emplace, {static_cast<const void*>(o.optional), Reg::t0, held}, may_fail);
        b.jump(got);
        b.bind(have);
        b.add_imm(Reg::t0, Reg::t0, o.value_offset);
        b.bind(got);
      } else {
        b.call(helpers().emplace, {static_cast<const void*>(o.optional), Reg::t0, held}, may_fail);
      }
      a.base = Reg::t0;
      a.at = 0;
    }
    a.layout = o.element;
  }
  return a;
}

// The union's variant takes the alternative of field n; its address is in t0.
Address switch_variant(Lowering& l, const Node& n, const StructLayout& s, const Member& m,
                       std::int64_t at) {
  Builder& b = l.b;
  b.add_imm(Reg::t0, Reg::w0, at + s.variant_offset);
  b.call(helpers().variant_emplace,
         {static_cast<const void*>(s.variant->variant), Reg::t0, std::uint64_t{m.alternative}},
         may_fail);
  return {Reg::t0, 0, &layout_at(n.place)};
}

// Fields carry their struct's place in Node::w of the parent; it is found again by the member's own
// offset.
Address address(Lowering& l, const Node& n) {
  if (n.role == Role::field) {
    const auto* s = &struct_at(*n.scope);
    const Member* m = member_at(*n.parent, *n.scope, n.index);
    if (!n.presence_at_end) {
      mark_present(l.b, *s, *m, n.scope->place.at);
    }
    if (m->alternative != 0) {
      return switch_variant(l, n, *s, *m, n.scope->place.at);
    }
  }
  return reach(l, n);
}

bool address_calls(const Node& n) {
  if (n.role == Role::field && member_at(*n.parent, *n.scope, n.index)->alternative != 0) {
    return true;
  }
  return reaching_calls(n);
}

const Layout* container_of(const Node& n) {
  return n.container == nullptr ? nullptr : &value_layout(layout_at(n.container->place));
}

// Elements of sets and keys of maps in node-based containers are inserted, not stored; w0 is the
// container then.
bool is_inserted(const Node& n) {
  const Layout* c = container_of(n);
  return c != nullptr && n.role != Role::value && elements_of(*c).inserts();
}

// Those that are neither words nor bytes are built as objects first, which w0 is on.
bool is_built(const Node& n) { return is_inserted(n) && inserts_objects(*container_of(n)); }

// The value is the object that w0 is on; else it is reached from there.
bool is_built_in_place(const Node& n) {
  return is_built(n) && !is_nullable(layout_at(n.place).form);
}

void move_to(Lowering& l, const Address& a, Scope& scope) {
  Builder& b = l.b;
  scope.saved[0] = b.new_slot();
  scope.flag = true;
  b.put(scope.saved[0], Reg::w0);
  if (a.base != Reg::w0 || a.at != 0) {
    b.add_imm(Reg::t0, a.base, a.at);
    b.mov(Reg::w0, Reg::t0);
  }
}

void move_back(Lowering& l, const Scope& scope) {
  if (scope.flag) {
    l.b.get(Reg::w0, scope.saved[0]);
  }
}

// ---- Values

// A string in place, after w0, takes the bytes at t0, t1 of them. Short ones are stored with the
// bytes that follow them, as there are always so many: their length decides nothing.
void assign_string(Lowering& l, const Layout& s, std::int64_t at, BytesAt source) {
  Builder& b = l.b;
  const auto assign = [&l, &s, at] {
    l.b.add_imm(Reg::t3, Reg::w0, at);
    l.b.call(helpers().assign, {static_cast<const void*>(s.string), Reg::t3, Reg::t0, Reg::t1},
             may_fail);
  };
  if (s.short_size < 15 || source == BytesAt::anywhere) {
    return assign();
  }
  const Label other = b.cold_label();
  const Label done = b.skip_label();
  b.branch_imm(Cond::above, Reg::t1, 15, other);
  b.arith(Opcode::sub, Reg::t2, Reg::r1, Reg::t0);
  b.branch_imm(Cond::below, Reg::t2, 16, other);
  b.load(Reg::t2, Reg::w0, at + s.data_offset, 8);
  for (const std::int64_t half : {0, 8}) {
    b.load(Reg::t3, Reg::t0, half, 8);
    b.store(Reg::t2, half, Reg::t3, 8);
  }
  b.store(Reg::w0, at + s.size_offset, Reg::t1, 8);
  b.arith(Opcode::add, Reg::t2, Reg::t2, Reg::t1);
  b.store_imm(Reg::t2, 0, 0, 1);
  b.bind(done);
  l.cold(other, [&l, assign, done] {
    assign();
    l.b.jump(done, Bound::input);
  });
}

// ---- Structs

// The member for unknown fields, if the struct `at` bytes after w0 has one.
void clear_unknown(Builder& b, const StructLayout& s, std::int64_t at) {
  if (s.unknown_member >= 0) {
    b.add_imm(Reg::t0, Reg::w0, at + s.unknown_member);
    b.call(helpers().clear_unknown, {Reg::t0});
  }
}

// Of a record that begins `at` bytes after w0.
void put_default_bytes(Builder& b, const StructLayout& s, std::int64_t at) {
  struct Part {
    std::int64_t begin;
    std::int64_t bytes;  // of zeros, or of one word
    std::int64_t word;
  };
  std::vector<Part> parts;
  std::int64_t stores = 0;
  for (std::uint32_t k = 0; k < s.size; k += 8) {
    std::int64_t word = 0;
    std::memcpy(&word, s.default_bytes + k, 8);
    if (word == 0 && !parts.empty() && parts.back().word == 0) {
      parts.back().bytes += 8;
      stores += parts.back().bytes % 16 == 0 ? 0 : 1;
    } else {
      parts.push_back({k, 8, word});
      ++stores;
    }
  }
  constexpr std::int64_t most_stores = 24;
  if (stores > most_stores) {
    b.add_imm(Reg::t0, Reg::w0, at);
    b.call(helpers().copy_default_bytes,
           {Reg::t0, static_cast<const void*>(s.default_bytes), std::uint64_t{s.size}});
    return;
  }
  for (const Part& part : parts) {
    if (part.word == 0) {
      b.zero(Reg::w0, at + part.begin, part.bytes);
    } else {
      b.store_imm(Reg::w0, at + part.begin, part.word, 8);
    }
  }
}

// ---- Absent fields

// The same place in a default-constructed object, or null.
using Prototype = const std::uint8_t*;
Prototype step(Prototype p, std::size_t offset) { return p == nullptr ? nullptr : p + offset; }

// What a value that did not come looks like.
struct Initial {
  Prototype like = nullptr;
  const StructType* type = nullptr;       // of a struct, or of an array's elements
  const AbsentIsZero* is_zero = nullptr;  // asked for the members of a struct

  [[nodiscard]] Initial at(std::size_t offset) const {
    Initial inner = *this;
    inner.like = step(like, offset);
    return inner;
  }
  // Of a field of `type`, from the struct's own object.
  [[nodiscard]] Initial of_field(Prototype object, int index, std::size_t offset) const {
    if (type == nullptr || index < 0) {
      return {step(object, offset)};
    }
    const Type* of = type->fields[static_cast<std::size_t>(index)].type;
    while (of->element != nullptr) {
      of = of->element;
    }
    const bool zero = is_zero != nullptr && of->structure == nullptr && (*is_zero)(*type, index);
    return {zero ? nullptr : step(object, offset), of->structure, is_zero};
  }
};

void clear(Lowering& l, const Layout& v, std::int64_t at, const Initial& initial);

void clear_members(Lowering& l, const StructLayout& s, std::int64_t at, const Initial& initial) {
  clear_unknown(l.b, s, at);
  if (s.variant != nullptr) {
    l.b.add_imm(Reg::t0, Reg::w0, at + s.variant_offset);
    l.b.call(helpers().variant_reset, {static_cast<const void*>(s.variant->variant), Reg::t0});
    return;
  }
  const auto* const object =
      initial.like != nullptr ? initial.like : static_cast<Prototype>(s.prototype);
  for (const Member& m : s.members) {
    const int index = initial.type == nullptr ? -1 : initial.type->index_of_id(m.id);
    clear(l, *m.layout, at + m.offset, initial.of_field(object, index, m.offset));
  }
}

void clear_scalar(Builder& b, std::int64_t at, std::uint32_t size, Prototype like) {
  for (std::uint32_t k = 0; k < size; k += 8) {
    const std::uint32_t n = size - k < 8 ? size - k : 8;
    std::int64_t word = 0;
    if (like != nullptr) {
      std::memcpy(&word, like + k, n);
    }
    b.store_imm(Reg::w0, at + k, word, n);
  }
}

// Like the prototype's string, which lives for ever; empty without one.
void clear_string(Lowering& l, const Layout& v, std::int64_t at, Prototype like) {
  Builder& b = l.b;
  const ByteView text = like == nullptr ? ByteView{nullptr, 0} : v.string->view(like);
  const Label empty = b.label();
  if (v.size_offset >= 0 && text.size == 0) {
    b.load(Reg::t0, Reg::w0, at + v.size_offset, 8);
    b.branch_imm(Cond::eq, Reg::t0, 0, empty);
  }
  b.add_imm(Reg::t0, Reg::w0, at);
  b.call(helpers().assign,
         {static_cast<const void*>(v.string), Reg::t0, static_cast<const void*>(text.data),
          std::uint64_t{text.size}},
         may_fail);
  b.bind(empty);
}

void clear_optional(Lowering& l, const Layout& v, std::int64_t at) {
  Builder& b = l.b;
  if (v.form == Form::optional && v.flag_offset >= 0 && v.element->form == Form::scalar) {
    return b.store_imm(Reg::w0, at + v.flag_offset, 0, 1);
  }
  const Label none = b.label();
  if (v.form == Form::optional && v.flag_offset >= 0) {
    b.branch_byte(Cond::eq, Reg::w0, at + v.flag_offset, 0, none);
  }
  b.add_imm(Reg::t0, Reg::w0, at);
  b.call(helpers().reset, {static_cast<const void*>(v.optional), Reg::t0});
  b.bind(none);
}

// Gives a value its default state. Containers keep their memory.
void clear(Lowering& l, const Layout& v, std::int64_t at, const Initial& initial) {
  Builder& b = l.b;
  switch (v.form) {
    case Form::scalar: return clear_scalar(b, at, v.size, initial.like);
    case Form::view:
      b.store_imm(Reg::w0, at + v.data_offset, 0, 8);
      return b.store_imm(Reg::w0, at + v.size_offset, 0, 8);
    case Form::boxed: return b.store_imm(Reg::w0, at + v.flag_offset, 0, 8);
    case Form::string: return clear_string(l, v, at, initial.like);
    case Form::optional:
    case Form::pointer: return clear_optional(l, v, at);
    case Form::variant:
      b.add_imm(Reg::t0, Reg::w0, at);
      return b.call(helpers().variant_reset, {static_cast<const void*>(v.variant), Reg::t0});
    case Form::structure: return clear_members(l, *v.structure(), at, initial);
    case Form::array:
      if (v.element == nullptr || v.element->form == Form::scalar) {
        return clear_scalar(b, at, v.size, initial.like);
      }
      for (std::uint32_t k = 0; k < v.count; ++k) {
        clear(l, *v.element, at + std::int64_t{k} * v.stride,
              initial.at(std::size_t{k} * v.stride));
      }
      return;
    default: return elements_of(v).clear(l, v, at);
  }
}

// The same of a field of the struct at hand.
void clear_field(Lowering& l, const StructType& type, const lower::StructScope& inner, int index,
                 const AbsentIsZero& is_zero) {
  const Member* m = member_at(type, inner, index);
  const Initial whole{nullptr, &type, is_zero ? &is_zero : nullptr};
  const auto* const object = static_cast<Prototype>(struct_at(inner).prototype);
  clear(l, *m->layout, inner.place.at + m->offset, whole.of_field(object, index, m->offset));
}

class MemoryWriter final : public lower::Writer,
                           private lower::RunWriter,
                           private lower::ListWriter,
                           private lower::PresenceWriter,
                           private lower::UnknownWriter {
 public:
  MemoryWriter(const Layout& root, bool aliases, bool unique_keys)
      : root_(root), aliases_(aliases), unique_keys_(unique_keys) {}

  // Objects with default bytes start as a copy of them; others must be told what did not come.
  [[nodiscard]] lower::Needs needs() const override { return {.absent_fields = true}; }
  [[nodiscard]] const lower::RunWriter* runs() const override { return this; }
  [[nodiscard]] const lower::ListWriter* lists() const override { return this; }
  [[nodiscard]] const lower::PresenceWriter* presence_words() const override { return this; }
  [[nodiscard]] const lower::UnknownWriter* unknown_fields() const override { return this; }

  [[nodiscard]] Place root(const Type&) const override { return place(&root_); }

  [[nodiscard]] Place field(const StructType& type, const lower::StructScope& inner,
                            int index) const override {
    const Member* m = member_at(type, inner, index);
    if (m->alternative != 0) {
      return place(struct_at(inner).variant->alternatives[m->alternative - 1], 0);
    }
    return place(m->layout, inner.place.at + m->offset);
  }

  [[nodiscard]] Place element(const Node& n) const override {
    return place(value_layout(layout_at(n.place)).element);
  }

  [[nodiscard]] Place key(const Node& n) const override {
    return place(value_layout(layout_at(n.place)).key);
  }

  [[nodiscard]] Place value(const Node& n) const override {
    const Layout& m = value_layout(layout_at(n.place));
    return place(m.element, m.form == Form::map ? 0 : m.value_offset);
  }

  void scalar(Lowering& l, const Node& n) const override {
    Builder& b = l.b;
    check_enum(l, value_layout(layout_at(n.place)));
    if (is_inserted(n) && !is_built(n)) {
      insert_word(l, *container_of(n));
      if (n.role == Role::key) {
        b.mov(Reg::w0, Reg::t0);
      }
      return;
    }
    if (container_of(n) != nullptr && elements_of(*container_of(n)).stores_words()) {
      return;  // end_element does
    }
    if (address_calls(n)) {
      const Slot kept = b.new_slot();
      b.put(kept, Reg::t0);
      const Address a = address(l, n);
      b.get(Reg::t1, kept);
      b.store(a.base, a.at, Reg::t1, a.layout->size);
      return;
    }
    const Address a = address(l, n);
    b.store(a.base, a.at, Reg::t0, a.layout->size);
  }

  // Numbers of enums have 32 bits on the wire; that of a C++ enum may have fewer, or no negative
  // ones. (Those of 32 bits without a sign have the same bits.)
  static void check_enum(Lowering& l, const Layout& s) {
    if (s.form != Form::scalar || s.kind != Kind::enumeration || s.size == 4) {
      return;
    }
    if (s.size == 8) {
      if (!s.is_signed) {
        l.b.branch_imm(jit::Cond::lt, Reg::t0, 0, l.failure(Errc::number_out_of_range));
      }
      return;
    }
    const std::int64_t values = std::int64_t{1} << (8 * s.size);
    const std::int64_t least = s.is_signed ? -values / 2 : 0;
    l.b.branch_imm(jit::Cond::lt, Reg::t0, least, l.failure(Errc::number_out_of_range));
    l.b.branch_imm(jit::Cond::gt, Reg::t0, least + values - 1,
                   l.failure(Errc::number_out_of_range));
  }

  void bytes(Lowering& l, const Node& n, BytesAt source) const override {
    Builder& b = l.b;
    const bool stable = source == BytesAt::input;
    if (is_inserted(n) && !is_built(n)) {
      if (value_layout(layout_at(n.place)).form == Form::view && !(aliases_ && stable)) {
        b.call(helpers().keep_bytes, {Reg::t0, Reg::t1, std::uint64_t{aliases_ ? 1U : 0U}},
               may_fail);
      }
      insert_bytes(l, *container_of(n));
      if (n.role == Role::key) {
        b.mov(Reg::w0, Reg::t0);
      }
      return;
    }
    const Layout& s = value_layout(layout_at(n.place));
    Slot data;
    Slot size;
    const bool kept = address_calls(n);
    if (s.form == Form::view && !(aliases_ && stable)) {
      b.call(helpers().keep_bytes, {Reg::t0, Reg::t1, std::uint64_t{aliases_ ? 1U : 0U}}, may_fail);
    }
    if (kept) {
      data = b.new_slot();
      size = b.new_slot();
      b.put(data, Reg::t0);
      b.put(size, Reg::t1);
    }
    const Address a = address(l, n);
    Reg from = Reg::t0;
    Reg length = Reg::t1;
    if (kept) {
      b.get(Reg::t1, data);
      b.get(Reg::t2, size);
      from = Reg::t1;
      length = Reg::t2;
    }
    switch (s.form) {
      case Form::view:
        b.store(a.base, a.at + s.data_offset, from, 8);
        b.store(a.base, a.at + s.size_offset, length, 8);
        return;
      case Form::array:  // a uuid
        b.load(Reg::t3, from, 0, 8);
        b.store(a.base, a.at, Reg::t3, 8);
        b.load(Reg::t3, from, 8, 8);
        b.store(a.base, a.at + 8, Reg::t3, 8);
        return;
      default:
        if (!kept && a.base == Reg::w0) {
          return assign_string(l, s, a.at, source);
        }
        b.add_imm(Reg::t3, a.base, a.at);
        b.call(helpers().assign, {static_cast<const void*>(s.string), Reg::t3, from, length},
               may_fail);
    }
  }

  Scope open_struct(Lowering& l, const Node& n, bool called) const override {
    Scope scope;
    if (is_built_in_place(n)) {
      scope.inner.place = {layout_at(n.place).structure(), 0};
      return scope;  // begin_element or begin_key made the object, w0 is on it
    }
    Address a = address(l, n);
    if (a.base != Reg::w0 || (called && a.at != 0)) {
      move_to(l, a, scope);
      a.at = 0;
    }
    scope.inner.place = {a.layout->structure(), a.at};
    return scope;
  }

  void begin_fields(Lowering& l, const StructType& type, lower::StructScope& inner) const override {
    Builder& b = l.b;
    const StructLayout& s = struct_at(inner);
    clear_unknown(b, s, inner.place.at);
    if (s.default_bytes != nullptr) {
      return put_default_bytes(b, s, inner.place.at);
    }
    if (s.variant != nullptr) {
      if (!l.options.check_unions) {  // else a field comes, or the call fails
        b.add_imm(Reg::t0, Reg::w0, inner.place.at + s.variant_offset);
        b.call(helpers().variant_reset, {static_cast<const void*>(s.variant->variant), Reg::t0});
      }
      return;
    }
    if (type.flavor == StructFlavor::union_) {
      for (std::size_t i = 0; i < type.fields.size(); ++i) {
        if (has_field(type, inner, static_cast<int>(i))) {
          clear_field(l, type, inner, static_cast<int>(i), {});
        }
      }
    }
  }

  void close_struct(Lowering& l, const Node&, const Scope& scope) const override {
    move_back(l, scope);
  }

  [[nodiscard]] bool has_field(const StructType& type, const lower::StructScope& inner,
                               int index) const override {
    return member_at(type, inner, index) != nullptr;
  }

  [[nodiscard]] bool needs_absent(const StructType& type, const lower::StructScope& inner,
                                  int index) const override {
    const StructLayout& s = struct_at(inner);
    // Default bytes hold what absent fields look like, and a union was cleared when it was begun.
    return s.default_bytes == nullptr && type.flavor != StructFlavor::union_ &&
           member_at(type, inner, index) != nullptr;
  }

  void absent(Lowering& l, const Node& n, const AbsentIsZero& is_zero) const override {
    clear_field(l, *n.parent, *n.scope, n.index, is_zero);
  }

  // Fields of records are set like the default bytes; those of unions are looked up, as they were
  // cleared when it was begun and nothing clears them at the end. Other structs clear what did not
  // come.
  void undo_field(Lowering& l, const StructType& type, const lower::StructScope& inner,
                  Slot index) const override {
    Builder& b = l.b;
    const StructLayout& s = struct_at(inner);
    if (s.default_bytes != nullptr) {
      b.add_imm(Reg::t0, Reg::w0, inner.place.at);
      b.call(helpers().reset_field, {Reg::t0, static_cast<const void*>(&s),
                                     static_cast<const void*>(&type), Arg::in_slot(index.number)});
      return;
    }
    if (type.flavor != StructFlavor::union_) {
      return;
    }
    const Label done = b.label();
    std::vector<Label> resets;
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      resets.push_back(has_field(type, inner, static_cast<int>(i)) ? b.label() : done);
    }
    b.get(Reg::t0, index);
    b.jump_table(Reg::t0, resets, done);
    for (std::size_t i = 0; i < resets.size(); ++i) {
      if (resets[i] == done) {
        continue;
      }
      b.bind(resets[i]);
      if (s.variant == nullptr) {
        clear_field(l, type, inner, static_cast<int>(i), {});
      } else {
        const Member* m = member_at(type, inner, static_cast<int>(i));
        b.add_imm(Reg::t0, Reg::w0, inner.place.at + s.variant_offset);
        b.call(helpers().variant_index, {static_cast<const void*>(s.variant->variant), Reg::t0});
        b.branch_imm(Cond::ne, Reg::t0, m->alternative, done);
        b.add_imm(Reg::t0, Reg::w0, inner.place.at + s.variant_offset);
        b.call(helpers().variant_reset, {static_cast<const void*>(s.variant->variant), Reg::t0});
      }
      b.jump(done);
    }
    b.bind(done);
  }

  [[nodiscard]] lower::AbsentDefault absent_default(const StructType& type,
                                                    const lower::StructScope& inner,
                                                    int index) const override {
    const StructLayout& s = struct_at(inner);
    const Member* m = member_at(type, inner, index);
    const bool is_optional =
        type.fields[static_cast<std::size_t>(index)].requiredness == Requiredness::optional;
    if (m == nullptr) {
      return lower::AbsentDefault::is_held;  // nowhere
    }
    if (s.default_bytes != nullptr) {
      // Default bytes hold those of optional fields, too, but say that they are absent.
      return is_optional ? lower::AbsentDefault::by_options : lower::AbsentDefault::is_held;
    }
    return is_optional && is_nullable(m->layout->form) ? lower::AbsentDefault::by_options
                                                       : lower::AbsentDefault::is_needed;
  }

  // saved: [0] the object, [1] the container's address; the rest belongs to the Elements.
  Scope open_list(Lowering& l, const Node& n, const Count& count) const override {
    Builder& b = l.b;
    const Layout& s = value_layout(layout_at(n.place));
    Scope scope;
    scope.saved[0] = b.new_slot();
    scope.saved[1] = b.new_slot();
    if (is_built_in_place(n)) {
      b.put(scope.saved[0], Reg::w0);
      b.put(scope.saved[1], Reg::w0);
    } else {
      const Address a = address(l, n);
      b.add_imm(Reg::t1, a.base, a.at);
      b.put(scope.saved[0], Reg::w0);
      b.put(scope.saved[1], Reg::t1);
    }
    elements_of(s).begin({l, s, scope, count}, &scope.saved[2]);
    return scope;
  }

  void begin_element(Lowering& l, const Node& n, const Scope& scope,
                     const Count& count) const override {
    const Layout& s = value_layout(layout_at(n.place));
    elements_of(s).begin_element({l, s, scope, count});
  }

  void end_element(Lowering& l, const Node& n, const Scope& scope,
                   const Count& count) const override {
    const Layout& s = value_layout(layout_at(n.place));
    elements_of(s).end_element({l, s, scope, count});
  }

  void close_list(Lowering& l, const Node& n, const Scope& scope,
                  const Count& count) const override {
    const Layout& s = value_layout(layout_at(n.place));
    elements_of(s).end({l, s, scope, count});
    l.b.get(Reg::w0, scope.saved[0]);
  }

  // saved: [0] the object, [1] the map's address (or the header of entries).
  Scope open_map(Lowering& l, const Node& n, const Count& count) const override {
    Builder& b = l.b;
    const Layout& s = value_layout(layout_at(n.place));
    if (s.form != Form::entries) {
      return open_list(l, n, count);
    }
    Scope scope;
    scope.saved[0] = b.new_slot();
    scope.saved[1] = b.new_slot();
    const Address a = address(l, n);
    b.add_imm(Reg::t1, a.base, a.at);
    b.put(scope.saved[0], Reg::w0);
    b.put(scope.saved[1], Reg::t1);
    if (count.known) {
      allocate_elements({l, s, scope, count});
    } else {
      b.store_imm(Reg::t1, s.data_offset, 0, 8);
      b.store_imm(Reg::t1, s.size_offset, 0, 8);
    }
    return scope;
  }

  void begin_key(Lowering& l, const Node& n, const Scope& scope,
                 const Count& count) const override {
    begin_element(l, n, scope, count);
  }

  void begin_value(Lowering& l, const Node& n, const Scope& scope) const override {
    const Layout& s = value_layout(layout_at(n.place));
    elements_of(s).begin_value({l, s, scope, Count()});
  }

  void end_entry(Lowering& l, const Node& n, const Scope& scope,
                 const Count& count) const override {
    end_element(l, n, scope, count);
  }

  void close_map(Lowering& l, const Node& n, const Scope& scope, const Count&) const override {
    const Layout& s = value_layout(layout_at(n.place));
    if (unique_keys_ && s.form == Form::entries && has_plain_key(s)) {
      l.b.call(helpers().drop_duplicates,
               {Arg::in_slot(scope.saved[1].number), static_cast<const void*>(&s)}, may_fail);
    }
    l.b.get(Reg::w0, scope.saved[0]);
  }

 private:
  [[nodiscard]] bool takes_unknown(const StructType&, const lower::StructScope& inner,
                                   std::uint64_t) const override {
    return struct_at(inner).unknown_offset >= 0 || struct_at(inner).unknown_member >= 0;
  }

  void unknown(Lowering& l, const StructType&, const lower::StructScope& inner, std::uint64_t tag,
               const std::vector<bool>&) const override {
    Builder& b = l.b;
    const StructLayout& s = struct_at(inner);
    if (s.unknown_member >= 0) {
      b.add_imm(Reg::t3, Reg::w0, inner.place.at + s.unknown_member);
      b.call(helpers().append_unknown,
             {Reg::t3, Reg::t0, Reg::t1, tag == 0 ? Arg(Reg::t2) : Arg(tag)}, may_fail);
      return;
    }
    b.add_imm(Reg::t3, Reg::w0, inner.place.at + s.unknown_offset);
    if (tag == 0) {
      b.call(helpers().keep_unknown, {Reg::t3, Reg::t0, Reg::t1, Reg::t2}, may_fail);
    } else {
      b.call(helpers().keep_unknown, {Reg::t3, Reg::t0, Reg::t1, tag}, may_fail);
    }
  }

  // Records: bit i is that of field i.
  [[nodiscard]] bool has_presence_words(const StructType& type,
                                        const lower::StructScope& inner) const override {
    const StructLayout& s = struct_at(inner);
    return s.default_bytes != nullptr && s.presence_bits == type.fields.size() &&
           s.presence_bits != 0;
  }

  void presence(Lowering& l, const StructType&, const lower::StructScope& inner,
                const Slot* seen) const override {
    Builder& b = l.b;
    const StructLayout& s = struct_at(inner);
    for (std::uint32_t k = 0; k * 64 < s.presence_bits; ++k) {
      const std::int64_t at = s.presence_offset + std::int64_t{8} * k;
      std::int64_t default_word = 0;
      std::memcpy(&default_word, s.default_bytes + at, 8);
      if (seen == nullptr) {
        const std::uint32_t bits = s.presence_bits - 64 * k;
        const std::uint64_t all = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
        b.store_imm(Reg::w0, inner.place.at + at, static_cast<std::int64_t>(all) | default_word, 8);
        continue;
      }
      b.get(Reg::t0, Slot{static_cast<std::uint16_t>(seen->number + k)});
      if (default_word != 0) {
        b.arith_imm(Opcode::or_imm, Reg::t0, Reg::t0, default_word);
      }
      b.store(Reg::w0, inner.place.at + at, Reg::t0, 8);
    }
  }

  [[nodiscard]] const jit::Helper* bulk_helper(const Node& n,
                                               const lower::BulkList& list) const override {
    if (n.role != Role::field || address_calls(n)) {
      return nullptr;
    }
    return bulk_decoder(layout_at(n.place), list, aliases_);
  }

  void bulk_place(Lowering& l, const Node& n) const override {
    const Address a = address(l, n);
    l.b.add_imm(Reg::t0, a.base, a.at);
  }

  // What follows what was allocated last is free.
  [[nodiscard]] bool has_room(const Node& n) const override {
    return &elements_of(value_layout(layout_at(n.place))) == &arena_elements;
  }
  [[nodiscard]] Run run(const Node& n) const override {
    return run_of(value_layout(layout_at(n.place)));
  }

  // open_list made room, and moved there.
  void give_run(Lowering& l, const Node&, const std::function<void()>&) const override {
    l.b.mov(Reg::t0, Reg::w0);
  }
  void put_run(Lowering&, const std::function<void()>&) const override {}

  const Layout& root_;
  bool aliases_;
  bool unique_keys_;
};

}  // namespace

std::unique_ptr<lower::Writer> memory_writer(const Layout& root, bool aliases, bool unique_keys) {
  return std::make_unique<MemoryWriter>(root, aliases, unique_keys);
}

}  // namespace wirejit::memory
