// Thrift Compact as a Writer. A field's header is a literal where the code knows the previous
// field; else it is computed from a slot of the struct's scope.
#include "thrift/compact_writer.h"

#include "kernels/varint.h"
#include "lower/hole.h"
#include "lower/varint.h"
#include "thrift/compact_wire.h"
#include "thrift/lower.h"

#include <string>

namespace wirejit::thrift {

using jit::Builder;
using jit::Cond;
using jit::Label;
using jit::Opcode;
using jit::Reg;
using jit::Slot;
using lower::Count;
using lower::Lowering;
using lower::Node;
using lower::Previous;
using lower::Role;
using lower::Run;
using lower::Scope;

namespace {

constexpr auto varint_room = static_cast<std::int64_t>(kernels::varint_room);

constexpr std::int64_t code(CompactType type) { return static_cast<std::int64_t>(type); }
constexpr bool is_bool(CompactType type) { return type == CompactType::boolean_true; }

// ---- Headers of fields

// The slot of a struct's scope holds base_of(the previous id). Added to 16 * id + type it gives the
// short header's byte less 16; if that sum, as an unsigned number, is not below 240, the header
// must be long.
constexpr std::size_t header_base = 0;
constexpr std::int64_t base_of(std::int32_t last) { return -16 * (std::int64_t{last} + 1); }
constexpr std::int64_t short_headers = 240;
// A base with which every header is long.
constexpr std::int64_t long_base = -16 * (std::int64_t{1} << 20);

constexpr std::int64_t longest_header = 4;
std::int64_t header_room(const Node& n) { return n.role == Role::field ? longest_header : 0; }

// t2 = `base` + the code of the bool in t0: 1 for true, 2 for false.
void bool_code(Builder& b, std::int64_t base) {
  b.imm(Reg::t2, base + code(CompactType::boolean_false));
  b.arith(Opcode::sub, Reg::t2, Reg::t2, Reg::t0);
}

void put_byte(Builder& b, Reg a) {
  b.store(Reg::w0, 0, a, 1);
  b.advance(Reg::w0, 1);
}

void long_header(Builder& b, CompactType wire, std::int32_t id) {
  if (is_bool(wire)) {
    bool_code(b, 0);
    put_byte(b, Reg::t2);
    b.put_literal(compact_id(id));
  } else {
    b.put_literal(static_cast<char>(wire) + compact_id(id));
  }
}

// The header after a field with the id `last`.
void header_after(Builder& b, CompactType wire, std::int32_t id, std::int32_t last) {
  if (!is_compact_short(id, last)) {
    long_header(b, wire, id);
  } else if (is_bool(wire)) {
    bool_code(b, std::int64_t{id - last} << 4);
    put_byte(b, Reg::t2);
  } else {
    b.put_literal(compact_header(wire, id, last));
  }
}

// The header after a field that is known at run time only.
void header_after_any(Lowering& l, CompactType wire, std::int32_t id, Slot base) {
  Builder& b = l.b;
  const Label more = b.cold_label();
  const Label done = b.skip_label();
  b.get(Reg::t2, base);
  if (is_bool(wire)) {
    b.arith(Opcode::sub, Reg::t2, Reg::t2, Reg::t0);
  }
  const CompactType largest = is_bool(wire) ? CompactType::boolean_false : wire;
  b.add_imm(Reg::t2, Reg::t2, std::int64_t{id} * 16 + code(largest));
  b.branch_imm(Cond::above_eq, Reg::t2, short_headers, more);
  b.add_imm(Reg::t2, Reg::t2, 16);
  put_byte(b, Reg::t2);
  b.bind(done);
  l.cold(more, [&l, wire, id, done] {
    long_header(l.b, wire, id);
    l.b.jump(done, jit::Bound::input);
  });
}

// The header of a field; nothing for other roles. Room is reserved. The value of a bool is in t0;
// t2 is overwritten.
void header(Lowering& l, const Node& n) {
  const CompactType wire = compact_type(n.type->kind);
  if (wire == CompactType::stop) {
    l.unsupported("Thrift has no " + std::string(to_string(n.type->kind)));
  }
  if (n.role != Role::field) {
    return;
  }
  const Slot base = n.scope->slots[header_base];
  const Previous previous = n.previous;
  if (!previous.is_known()) {
    header_after_any(l, wire, n.field->id, base);
  } else if (previous.is_none()) {
    header_after(l.b, wire, n.field->id, 0);
  } else {
    const auto index = static_cast<std::size_t>(previous.index());
    header_after(l.b, wire, n.field->id, n.parent->fields[index].id);
  }
  l.b.put_imm(base, base_of(n.field->id));
}

void short_count(Builder& b, CompactType element) {
  b.arith_imm(Opcode::shl_imm, Reg::t0, Reg::t0, 4);
  b.arith_imm(Opcode::or_imm, Reg::t0, Reg::t0, code(element));
}

constexpr std::int64_t long_list(CompactType element) {
  return compact_long_count << 4 | code(element);
}

class CompactWriter final : public lower::Writer,
                            private lower::RunWriter,
                            private lower::UnknownWriter {
 public:
  [[nodiscard]] lower::Needs needs() const override { return {.unique_fields = true}; }
  [[nodiscard]] const lower::RunWriter* runs() const override { return this; }
  [[nodiscard]] const lower::UnknownWriter* unknown_fields() const override { return this; }

  // ---- Values

  void scalar(Lowering& l, const Node& n) const override {
    Builder& b = l.b;
    const CompactType wire = compact_type(n.type->kind);
    const std::int64_t width = compact_smallest(wire);
    b.reserve(header_room(n) + (compact_is_fixed(wire) ? width : varint_room));
    header(l, n);
    if (is_bool(wire)) {
      if (n.role != Role::field) {
        bool_code(b, 0);
        put_byte(b, Reg::t2);
      }
    } else if (compact_is_fixed(wire)) {
      b.store(Reg::w0, 0, Reg::t0, static_cast<unsigned>(width));
      b.advance(Reg::w0, width);
    } else {
      b.arith_imm(Opcode::zigzag, Reg::t0, Reg::t0, 0);
      lower::write_varint(l, Reg::t0, false);
    }
  }

  void bytes(Lowering& l, const Node& n, lower::BytesAt) const override {
    Builder& b = l.b;
    if (n.type->kind == Kind::uuid) {
      b.reserve(header_room(n) + 16);
      header(l, n);
      return write_uuid(b);
    }
    b.branch_imm(Cond::above, Reg::t1, lower::largest_size, l.failure(Errc::size_limit));
    b.reserve_reg(Reg::t1, header_room(n) + varint_room);
    header(l, n);
    lower::write_varint(l, Reg::t1, true);
    b.copy_bytes(Reg::t0, Reg::t1);
  }

  // ---- Structs

  Scope open_struct(Lowering& l, const Node& n, bool) const override {
    if (n.role == Role::field) {
      l.b.reserve(header_room(n));
      header(l, n);
    }
    return {};
  }

  void begin_fields(Lowering& l, const StructType&, lower::StructScope& inner) const override {
    inner.slots[header_base] = l.b.new_slot();
    l.b.put_imm(inner.slots[header_base], base_of(0));
  }

  void end_fields(Lowering& l, const StructType&, const lower::StructScope&) const override {
    l.b.reserve(1);
    l.b.store_imm(Reg::w0, 0, 0, 1);
    l.b.advance(Reg::w0, 1);
  }

  // ---- Lists and sets

  // saved: [0] the position of the header, if the count is not known first.
  Scope open_list(Lowering& l, const Node& n, const Count& count) const override {
    Builder& b = l.b;
    const CompactType element = compact_type(n.type->element->kind);
    Scope scope;
    scope.saved[0] = b.new_slot();
    b.reserve(header_room(n) + 1 + varint_room);
    header(l, n);
    if (!count.known) {
      lower::open_varint_hole(b, scope.saved[0]);
      return scope;
    }
    const Label more = b.cold_label();
    const Label done = b.skip_label();
    b.get(Reg::t0, count.slot);
    b.branch_imm(Cond::above, Reg::t0, compact_short_count, more);
    short_count(b, element);
    put_byte(b, Reg::t0);
    b.bind(done);
    l.cold(more, [&l, element, done] {
      Builder& c = l.b;
      c.branch_imm(Cond::above, Reg::t0, lower::largest_size, l.failure(Errc::size_limit));
      c.store_imm(Reg::w0, 0, long_list(element), 1);
      c.advance(Reg::w0, 1);
      lower::write_long_varint(c, Reg::t0);
      c.jump(done, jit::Bound::input);
    });
    return scope;
  }

  void close_list(Lowering& l, const Node& n, const Scope& scope,
                  const Count& count) const override {
    if (count.known) {
      return;
    }
    Builder& b = l.b;
    const CompactType element = compact_type(n.type->element->kind);
    const Label more = b.cold_label();
    const Label done = b.label();
    b.get(Reg::t0, count.slot);
    lower::get_position(b, Reg::t1, scope.saved[0]);
    b.branch_imm(Cond::above, Reg::t0, compact_short_count, more);
    short_count(b, element);
    b.store(Reg::t1, 0, Reg::t0, 1);
    b.bind(done);
    l.cold(more, [&l, element, done] {
      lower::widen_hole(l.b, 0x100 | static_cast<std::uint64_t>(long_list(element)));
      l.b.jump(done, jit::Bound::input);
    });
  }

  // ---- Maps

  // saved: [0] the position of the count, if it is not known first. If the map turns out to be
  // empty, close_map() removes the byte of its types.
  Scope open_map(Lowering& l, const Node& n, const Count& count) const override {
    Builder& b = l.b;
    const auto types =
        code(compact_type(n.type->key->kind)) << 4 | code(compact_type(n.type->value->kind));
    const auto put_types = [types](Builder& at) {
      at.store_imm(Reg::w0, 0, types, 1);
      at.advance(Reg::w0, 1);
    };
    Scope scope;
    scope.saved[0] = b.new_slot();
    b.reserve(header_room(n) + varint_room + 1);
    header(l, n);
    if (!count.known) {
      lower::open_varint_hole(b, scope.saved[0]);
      put_types(b);
      return scope;
    }
    const Label empty = b.cold_label();
    const Label done = b.skip_label();
    b.get(Reg::t0, count.slot);
    b.branch_imm(Cond::above, Reg::t0, lower::largest_size, l.failure(Errc::size_limit));
    b.branch_imm(Cond::eq, Reg::t0, 0, empty);
    lower::write_varint(l, Reg::t0, false);
    put_types(b);
    b.bind(done);
    l.cold(empty, [&l, done] {
      l.b.store_imm(Reg::w0, 0, 0, 1);
      l.b.advance(Reg::w0, 1);
      l.b.jump(done, jit::Bound::input);
    });
    return scope;
  }

  void close_map(Lowering& l, const Node&, const Scope& scope, const Count& count) const override {
    if (count.known) {
      return;
    }
    Builder& b = l.b;
    const Label more = b.cold_label();
    const Label done = b.label();
    b.get(Reg::t0, count.slot);
    lower::get_position(b, Reg::t1, scope.saved[0]);
    b.branch_imm(Cond::above, Reg::t0, 127, more);
    b.store(Reg::t1, 0, Reg::t0, 1);
    b.branch_imm(Cond::ne, Reg::t0, 0, done);
    b.add_imm(Reg::t1, Reg::t1, 1);
    b.mov(Reg::w0, Reg::t1);
    b.bind(done);
    l.cold(more, [&l, done] {
      lower::widen_hole(l.b, 0);
      l.b.jump(done, jit::Bound::input);
    });
  }

 private:
  [[nodiscard]] bool takes_unknown(const StructType&, const lower::StructScope&,
                                   std::uint64_t tag) const override {
    return tag == 0 || tag == compact_unknown_tag;
  }

  // The bytes are complete fields with long headers, possibly in several parts. The id of the last
  // one is not known, so the next field gets a long header, too.
  void unknown(Lowering& l, const StructType&, const lower::StructScope& inner, std::uint64_t tag,
               const std::vector<bool>&) const override {
    Builder& b = l.b;
    const Label done = b.label();
    lower::skip_other_unknown(b, tag, compact_unknown_tag, done);
    b.reserve_reg(Reg::t1, 0);
    b.copy_bytes(Reg::t0, Reg::t1);
    b.put_imm(inner.slots[header_base], long_base);
    b.bind(done);
  }

  [[nodiscard]] Run run(const Node& n) const override {
    switch (compact_type(n.type->element->kind)) {
      case CompactType::i8: return {lower::Encoding::little_endian, 1};
      case CompactType::i16: return {lower::Encoding::varint_zigzag, 2};
      case CompactType::i32: return {lower::Encoding::varint_zigzag, 4};
      case CompactType::i64: return {lower::Encoding::varint_zigzag, 8};
      case CompactType::float64: return {lower::Encoding::little_endian, 8};
      default: return {};
    }
  }
};

}  // namespace

std::unique_ptr<lower::Writer> compact_writer() { return std::make_unique<CompactWriter>(); }

}  // namespace wirejit::thrift
