// Thrift Binary as a Reader: big-endian fixed-width values, three-byte field headers, counts before
// elements.
#include "thrift/reader.h"

#include "lower/field_order.h"
#include "thrift/helpers.h"
#include "thrift/lower.h"
#include "thrift/wire.h"

#include <string>

namespace wirejit::thrift {

using jit::Builder;
using jit::Cond;
using jit::Label;
using jit::Opcode;
using jit::Reg;
using lower::Count;
using lower::Lowering;
using lower::Node;
using lower::Run;
using lower::Scope;

namespace {

WireType checked_type(Lowering& l, const Type& type) {
  const WireType wire = wire_type(type.kind);
  if (wire == WireType::stop) {
    l.unsupported("Thrift has no " + std::string(to_string(type.kind)));
  }
  return wire;
}

// The fields of one struct, for the driver of field order (lower/field_order.h).
class Fields final : public lower::FieldSource {
 public:
  Fields(Lowering& l, const StructType& type) : l_(l), b_(l.b), type_(type) {}

  void expect(int index, lower::Previous, Label miss, Label) override {
    const WireType wire = type_of(index);
    b_.need(3 + smallest(wire), miss);
    b_.match(field_header(wire, field(index).id), miss);
    b_.advance(Reg::r0, 3);
  }

  [[nodiscard]] std::int64_t readable(int index) const override {
    return smallest(wire_type(field(index).type->kind));
  }

  void expect_end(lower::Previous, Label miss) override {
    b_.need(1, miss);
    b_.branch_byte(Cond::ne, Reg::r0, 0, 0, miss);
    b_.advance(Reg::r0, 1);
  }

  void dispatch(Label first, Label next, const std::vector<Label>& entries, Label unknown,
                Label end) override {
    b_.bind(first);
    b_.bind(next);
    b_.need(1, l_.failure(Errc::truncated));
    b_.load(Reg::t0, Reg::r0, 0, 1);
    const Label more = b_.label();
    b_.branch_imm(Cond::ne, Reg::t0, 0, more);
    b_.advance(Reg::r0, 1);
    b_.jump(end);
    b_.bind(more);
    b_.need(3, l_.failure(Errc::truncated));
    b_.load(Reg::t1, Reg::r0, 1, 2, true, true);
    if (type_.fields.empty()) {
      b_.jump(unknown, jit::Bound::input);
      return;
    }
    lower::jump_to_field(l_, type_, Reg::t1, entries, unknown);
  }

  void accept(int index, Label unknown) override {
    const WireType wire = type_of(index);
    // A look-up by a helper overwrites t0, so the type byte is compared in the input.
    b_.branch_byte(Cond::ne, Reg::r0, 0, static_cast<std::uint8_t>(wire), unknown);
    b_.advance(Reg::r0, 3);
    l_.at_field(field(index), [&] { b_.need(smallest(wire), l_.failure(Errc::truncated)); });
  }

  void skip() override {
    b_.load(Reg::t0, Reg::r0, 0, 1);
    b_.add_imm(Reg::t1, Reg::r0, 3);
    b_.call(helpers().skip, {Reg::t1, Reg::r1, Reg::t0}, {.null_fails = true, .to0 = Reg::r0});
  }

 private:
  const Field& field(int index) const { return type_.fields[static_cast<std::size_t>(index)]; }
  WireType type_of(int index) { return checked_type(l_, *field(index).type); }

  Lowering& l_;
  Builder& b_;
  const StructType& type_;
};

// At `miss` a length or count is larger than the rest of the input. A negative one is invalid; for
// any other, the input is truncated.
void wrong_count(Lowering& l, Label miss, Reg count) {
  l.cold(miss, [&l, count] {
    l.b.branch_imm(Cond::lt, count, 0, l.failure(Errc::invalid_count));
    l.b.jump(l.failure(Errc::truncated));
  });
}

// At `other` the types in a container's header are not the schema's: only an empty container may
// have others. t1 holds the count; the header has `size` bytes.
void other_types(Lowering& l, Label other, std::int64_t size, Label checked) {
  l.cold(other, [&l, size, checked] {
    l.b.branch_imm(Cond::ne, Reg::t1, 0, l.failure(Errc::type_mismatch));
    l.b.advance(Reg::r0, size);
    l.b.jump(checked, jit::Bound::input);
  });
}

class BinaryReader final : public lower::Reader, private lower::RunReader {
 public:
  [[nodiscard]] lower::Guarantees guarantees() const override {
    return {.fields_have_values = true, .bytes_at = lower::BytesAt::input};
  }
  [[nodiscard]] bool reads_input() const override { return true; }
  [[nodiscard]] const lower::RunReader* runs() const override { return this; }
  [[nodiscard]] std::uint64_t unknown_tag() const override { return binary_unknown_tag; }

  void end(Lowering& l, const Node&) const override { expect_input_end(l); }

  void scalar(Lowering& l, const Node& n) const override {
    const WireType wire = checked_type(l, *n.type);
    const std::int64_t width = smallest(wire);
    l.b.need(width, l.failure(Errc::truncated));
    l.b.load(Reg::t0, Reg::r0, 0, static_cast<unsigned>(width), true, true);
    if (wire == WireType::boolean) {
      l.b.set_if(Reg::t0, Reg::t0, Cond::ne, 0);  // any non-zero byte is true
    }
    l.b.advance(Reg::r0, width);
  }

  void bytes(Lowering& l, const Node& n) const override {
    Builder& b = l.b;
    if (n.type->kind == Kind::uuid) {
      return read_uuid(l);
    }
    b.need(4, l.failure(Errc::truncated));
    b.load(Reg::t1, Reg::r0, 0, 4, true, true);
    const Label miss = b.cold_label();
    b.need_reg(Reg::t1, 4, miss);
    wrong_count(l, miss, Reg::t1);
    b.add_imm(Reg::t0, Reg::r0, 4);
    b.arith(Opcode::add, Reg::r0, Reg::t0, Reg::t1);
  }

  Scope open_struct(Lowering&, const Node&, bool) const override { return {}; }

  void fields(Lowering& l, const StructType& type, const lower::StructScope&,
              lower::StructEvents& events) const override {
    Fields source(l, type);
    lower::read_fields(l, type, events, source);
  }

  Scope open_list(Lowering& l, const Node& n, Count& count) const override {
    Builder& b = l.b;
    const WireType element = checked_type(l, *n.type->element);
    b.need(5, l.failure(Errc::truncated));
    b.load(Reg::t1, Reg::r0, 1, 4, true, true);
    const Label other = b.cold_label();
    const Label checked = b.label();
    b.branch_byte(Cond::ne, Reg::r0, 0, static_cast<std::uint8_t>(element), other);
    const std::int64_t each = smallest(element);
    const Label miss = b.cold_label();
    if (each == 1) {
      b.need_reg(Reg::t1, 5, miss);
    } else {
      b.arith_imm(Opcode::mul_imm, Reg::t2, Reg::t1, each);
      b.need_reg(Reg::t2, 5, miss);
    }
    wrong_count(l, miss, Reg::t1);
    b.advance(Reg::r0, 5);
    b.bind(checked);
    b.put(count.slot, Reg::t1);
    count.known = true;
    other_types(l, other, 5, checked);
    return {};
  }

  void elements(Lowering& l, const Node& n, const Scope&, const Count& count,
                const std::function<void()>& body) const override {
    // The check of the count has shown that the input has all elements of a fixed size.
    const WireType element = wire_type(n.type->element->kind);
    lower::counted_loop(l.b, count, is_fixed(element) ? smallest(element) : 0, body);
  }

  Scope open_map(Lowering& l, const Node& n, Count& count) const override {
    Builder& b = l.b;
    const WireType key = checked_type(l, *n.type->key);
    const WireType value = checked_type(l, *n.type->value);
    b.need(6, l.failure(Errc::truncated));
    b.load(Reg::t1, Reg::r0, 2, 4, true, true);
    b.load(Reg::t0, Reg::r0, 0, 2);
    const Label other = b.cold_label();
    const Label checked = b.label();
    b.branch_imm(Cond::ne, Reg::t0,
                 static_cast<std::int64_t>(key) | static_cast<std::int64_t>(value) << 8, other);
    const Label miss = b.cold_label();
    b.arith_imm(Opcode::mul_imm, Reg::t2, Reg::t1, smallest(key) + smallest(value));
    b.need_reg(Reg::t2, 6, miss);
    wrong_count(l, miss, Reg::t1);
    b.advance(Reg::r0, 6);
    b.bind(checked);
    b.put(count.slot, Reg::t1);
    count.known = true;
    other_types(l, other, 6, checked);
    return {};
  }

  void entries(Lowering& l, const Node&, const Scope&, const Count& count,
               const std::function<void()>& key,
               const std::function<void()>& value) const override {
    lower::counted_loop(l.b, count, 0, [&] {
      key();
      value();
    });
  }

 private:
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

  void take_run(Lowering& l, const Node& n, const Scope&, const Count& count) const override {
    Builder& b = l.b;
    b.flush(Reg::r0);
    b.mov(Reg::t0, Reg::r0);
    b.get(Reg::t1, count.slot);
    b.arith_imm(Opcode::mul_imm, Reg::t1, Reg::t1, smallest(wire_type(n.type->element->kind)));
    b.arith(Opcode::add, Reg::r0, Reg::r0, Reg::t1);
  }
};

}  // namespace

std::unique_ptr<lower::Reader> binary_reader() { return std::make_unique<BinaryReader>(); }

}  // namespace wirejit::thrift
