// Thrift Binary as a Writer. A count that is not known before the elements is a hole of four bytes,
// patched at the end.
#include "thrift/writer.h"

#include "lower/hole.h"
#include "thrift/lower.h"
#include "thrift/wire.h"

namespace wirejit::thrift {

using jit::Builder;
using jit::Cond;
using jit::Reg;
using jit::Slot;
using lower::Count;
using lower::Lowering;
using lower::Node;
using lower::Role;
using lower::Run;
using lower::Scope;

namespace {

// The header of a field; nothing for other roles. Room for 3 bytes is reserved.
void header(Lowering& l, const Node& n) {
  if (n.role != Role::field) {
    return;
  }
  const WireType wire = wire_type(n.type->kind);
  if (wire == WireType::stop) {
    l.unsupported("Thrift has no " + std::string(to_string(n.type->kind)));
  }
  l.b.put_literal(field_header(wire, n.field->id));
}

std::int64_t header_size(const Node& n) { return n.role == Role::field ? 3 : 0; }

// Writes `count`, or leaves a hole for it.
void put_count(Lowering& l, const Count& count, Slot hole) {
  Builder& b = l.b;
  if (!count.known) {
    return lower::open_word_hole(b, hole, 4);
  }
  b.get(Reg::t0, count.slot);
  b.branch_imm(Cond::above, Reg::t0, lower::largest_size, l.failure(Errc::size_limit));
  b.store(Reg::w0, 0, Reg::t0, 4, true);
  b.advance(Reg::w0, 4);
}

void patch_count(Lowering& l, const Count& count, Slot hole) {
  if (count.known) {
    return;
  }
  Builder& b = l.b;
  b.get(Reg::t0, count.slot);
  b.branch_imm(Cond::above, Reg::t0, lower::largest_size, l.failure(Errc::size_limit));
  lower::close_word_hole(b, hole, 4);
}

class BinaryWriter final : public lower::Writer,
                           private lower::RunWriter,
                           private lower::UnknownWriter {
 public:
  [[nodiscard]] lower::Needs needs() const override { return {.unique_fields = true}; }
  [[nodiscard]] const lower::RunWriter* runs() const override { return this; }
  [[nodiscard]] const lower::UnknownWriter* unknown_fields() const override { return this; }

  void scalar(Lowering& l, const Node& n) const override {
    const WireType wire = wire_type(n.type->kind);
    const std::int64_t width = smallest(wire);
    l.b.reserve(header_size(n) + width);
    header(l, n);
    l.b.store(Reg::w0, 0, Reg::t0, static_cast<unsigned>(width), true);
    l.b.advance(Reg::w0, width);
  }

  void bytes(Lowering& l, const Node& n, lower::BytesAt) const override {
    Builder& b = l.b;
    if (n.type->kind == Kind::uuid) {
      b.reserve(header_size(n) + 16);
      header(l, n);
      return write_uuid(b);
    }
    b.branch_imm(Cond::above, Reg::t1, lower::largest_size, l.failure(Errc::size_limit));
    b.reserve_reg(Reg::t1, header_size(n) + 4);
    header(l, n);
    b.store(Reg::w0, 0, Reg::t1, 4, true);
    b.advance(Reg::w0, 4);
    b.copy_bytes(Reg::t0, Reg::t1);
  }

  Scope open_struct(Lowering& l, const Node& n, bool) const override {
    if (n.role == Role::field) {
      l.b.reserve(3);
      header(l, n);
    }
    return {};
  }

  void end_fields(Lowering& l, const StructType&, const lower::StructScope&) const override {
    l.b.reserve(1);
    l.b.store_imm(Reg::w0, 0, 0, 1);
    l.b.advance(Reg::w0, 1);
  }

  Scope open_list(Lowering& l, const Node& n, const Count& count) const override {
    Builder& b = l.b;
    Scope scope;
    scope.saved[0] = b.new_slot();
    b.reserve(header_size(n) + 5);
    header(l, n);
    b.store_imm(Reg::w0, 0, static_cast<std::int64_t>(wire_type(n.type->element->kind)), 1);
    b.advance(Reg::w0, 1);
    put_count(l, count, scope.saved[0]);
    return scope;
  }

  void close_list(Lowering& l, const Node&, const Scope& scope, const Count& count) const override {
    patch_count(l, count, scope.saved[0]);
  }

  Scope open_map(Lowering& l, const Node& n, const Count& count) const override {
    Builder& b = l.b;
    Scope scope;
    scope.saved[0] = b.new_slot();
    b.reserve(header_size(n) + 6);
    header(l, n);
    const auto types = static_cast<std::int64_t>(wire_type(n.type->key->kind)) |
                       static_cast<std::int64_t>(wire_type(n.type->value->kind)) << 8;
    b.store_imm(Reg::w0, 0, types, 2);
    b.advance(Reg::w0, 2);
    put_count(l, count, scope.saved[0]);
    return scope;
  }

  void close_map(Lowering& l, const Node&, const Scope& scope, const Count& count) const override {
    patch_count(l, count, scope.saved[0]);
  }

 private:
  [[nodiscard]] bool takes_unknown(const StructType&, const lower::StructScope&,
                                   std::uint64_t tag) const override {
    return tag == 0 || tag == binary_unknown_tag;
  }

  // The bytes are complete fields with headers: they are copied.
  void unknown(Lowering& l, const StructType&, const lower::StructScope&, std::uint64_t tag,
               const std::vector<bool>&) const override {
    Builder& b = l.b;
    const jit::Label done = b.label();
    lower::skip_other_unknown(b, tag, binary_unknown_tag, done);
    b.reserve_reg(Reg::t1, 0);
    b.copy_bytes(Reg::t0, Reg::t1);
    b.bind(done);
  }

  [[nodiscard]] Run run(const Node& n) const override {
    const WireType element = wire_type(n.type->element->kind);
    if (element == WireType::boolean) {
      return {lower::Encoding::bool_byte, 1};
    }
    if (!is_fixed(element) || element == WireType::uuid) {
      return {};
    }
    return {lower::Encoding::big_endian, static_cast<unsigned>(smallest(element))};
  }
};

}  // namespace

std::unique_ptr<lower::Writer> binary_writer() { return std::make_unique<BinaryWriter>(); }

}  // namespace wirejit::thrift
