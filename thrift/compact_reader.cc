// Thrift Compact as a Reader: varints, and field headers that hold the distance of an id from the
// id before. Where the code knows the previous field, the header is a literal.
#include "thrift/compact_reader.h"

#include "lower/field_order.h"
#include "lower/hole.h"
#include "lower/type_category.h"
#include "lower/varint.h"
#include "thrift/compact_helpers.h"
#include "thrift/compact_wire.h"
#include "thrift/lower.h"

#include <algorithm>
#include <limits>
#include <string>

namespace wirejit::thrift {

using jit::Arg;
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

// The slots of a struct's scope.
constexpr std::size_t last_id = 0;     // of the previous field, where the code does not know it
constexpr std::size_t bool_value = 1;  // of the current field

constexpr Builder::CallOptions may_fail{.null_fails = true};

CompactType checked_type(Lowering& l, const Type& type) {
  const CompactType wire = compact_type(type.kind);
  if (wire == CompactType::stop) {
    l.unsupported("Thrift has no " + std::string(to_string(type.kind)));
  }
  return wire;
}

constexpr std::int64_t code(CompactType type) { return static_cast<std::int64_t>(type); }
constexpr bool is_bool(CompactType type) { return type == CompactType::boolean_true; }

// ---- The fields of one struct, for the driver of field order (lower/field_order.h)

class Fields final : public lower::FieldSource {
 public:
  Fields(Lowering& l, const StructType& type, const lower::StructScope& scope,
         lower::StructEvents& events)
      : l_(l),
        b_(l.b),
        type_(type),
        events_(events),
        last_(scope.slots[last_id]),
        bool_(scope.slots[bool_value]),
        found_type_(b_.new_slot()),
        header_end_(b_.new_slot()) {}

  void expect(int index, Previous previous, Label miss, Label cut) override {
    const CompactType wire = type_of(index);
    if (!previous.is_known()) {
      return expect_after_any(index, miss, cut);
    }
    const std::int32_t last = id_of(previous);
    const std::string header = compact_header(wire, field(index).id, last);
    const auto size = static_cast<std::int64_t>(header.size());
    b_.need(size + behind_header(index), cut);
    if (is_bool(wire)) {
      // The id of a long header is compared first, so that t0 holds the type byte at the end.
      for (std::size_t k = 1; k < header.size(); ++k) {
        b_.branch_byte(Cond::ne, Reg::r0, static_cast<std::int64_t>(k),
                       static_cast<std::uint8_t>(header[k]), miss);
      }
      b_.load(Reg::t0, Reg::r0, 0, 1);
      b_.add_imm(Reg::t0, Reg::t0, -std::int64_t{static_cast<std::uint8_t>(header[0])});
      put_bool(miss);
    } else if (size == 1) {
      b_.branch_byte(Cond::ne, Reg::r0, 0, static_cast<std::uint8_t>(header[0]), miss);
    } else {
      b_.match(header, miss);
    }
    b_.advance(Reg::r0, size);
  }

  [[nodiscard]] std::int64_t readable(int index) const override {
    const CompactType wire = compact_type(field(index).type->kind);
    return is_bool(wire) ? 0 : compact_smallest(wire);
  }

  [[nodiscard]] std::int64_t held_back() const override { return 1; }

  // The headers differ in a byte.
  [[nodiscard]] Guesses guesses() const override { return {.count = 3, .bytes = 2}; }

  void expect_end(Previous, Label miss) override {
    b_.need(1, miss);
    b_.branch_byte(Cond::ne, Reg::r0, 0, 0, miss);
    b_.advance(Reg::r0, 1);
  }

  void keep_previous(Previous previous) override { b_.put_imm(last_, id_of(previous)); }

  // As in the official C++ library, any header with the type `stop` ends the struct.
  void dispatch(Label first, Label next, const std::vector<Label>& entries, Label unknown,
                Label end) override {
    const Label field = b_.label();
    const Label long_form = b_.label();
    const Label have = b_.label();
    b_.bind(first);
    b_.bind(next);
    b_.need(1, l_.failure(Errc::truncated));
    b_.load(Reg::t0, Reg::r0, 0, 1);
    b_.arith_imm(Opcode::and_imm, Reg::t1, Reg::t0, 15);
    b_.branch_imm(Cond::ne, Reg::t1, code(CompactType::stop), field);
    b_.advance(Reg::r0, 1);
    b_.jump(end);
    b_.bind(field);
    b_.put(found_type_, Reg::t1);
    b_.mov(Reg::t1, Reg::r0);
    b_.arith_imm(Opcode::shr_imm, Reg::t0, Reg::t0, 4);
    b_.branch_imm(Cond::eq, Reg::t0, 0, long_form);
    b_.get(Reg::t2, last_);
    b_.arith(Opcode::add, Reg::t0, Reg::t0, Reg::t2);
    b_.branch_imm(Cond::gt, Reg::t0, std::numeric_limits<std::int16_t>::max(),
                  l_.failure(Errc::invalid_tag));
    b_.bind(have);
    b_.put(header_end_, Reg::t1);
    b_.put(last_, Reg::t0);
    if (type_.fields.empty()) {
      b_.jump(unknown, jit::Bound::input);
    } else {
      lower::jump_to_field(l_, type_, Reg::t0, entries, unknown);
    }
    b_.bind(long_form);
    b_.add_imm(Reg::t1, Reg::r0, 1);
    b_.call(compact_helpers().long_id, {Reg::t1, Reg::r1}, may_fail);
    b_.add_imm(Reg::t2, Reg::t0, -1);
    b_.mov(Reg::t0, Reg::t1);
    b_.mov(Reg::t1, Reg::t2);
    b_.jump(have, jit::Bound::input);
  }

  void accept(int index, Label unknown) override {
    const CompactType wire = type_of(index);
    b_.get(Reg::t0, found_type_);
    if (is_bool(wire)) {
      b_.add_imm(Reg::t0, Reg::t0, -code(CompactType::boolean_true));
      put_bool(unknown);
    } else {
      b_.branch_imm(Cond::ne, Reg::t0, code(wire), unknown);
    }
    b_.get(Reg::r0, header_end_);
    b_.advance(Reg::r0, 1);
    if (readable(index) != 0) {
      const Label cut = b_.cold_label();
      b_.need(readable(index), cut);
      l_.cold(cut, [&l = l_, &f = field(index)] {
        l.at_field(f, [&l] { l.b.jump(l.failure(Errc::truncated)); });
      });
    }
  }

  void skip() override {
    b_.get(Reg::t0, header_end_);
    b_.add_imm(Reg::t0, Reg::t0, 1);
    b_.call(compact_helpers().skip, {Reg::t0, Reg::r1, Arg::in_slot(found_type_.number)},
            {.null_fails = true, .to0 = Reg::r0});
  }

  // Unknown fields are kept with a long header, which does not depend on the field before, and the
  // bytes of the value.
  void put_unknown_begin(Builder& b, Slot begin) override {
    b.call(compact_helpers().long_header,
           {Arg::in_slot(found_type_.number), Arg::in_slot(last_.number)});
    b.put(begin, Reg::t0);
    b.slot_addr(Reg::t0, begin);
    events_.unknown();
    b.get(Reg::t0, header_end_);
    b.add_imm(Reg::t0, Reg::t0, 1);
    b.put(begin, Reg::t0);
  }

 private:
  const Field& field(int index) const { return type_.fields[static_cast<std::size_t>(index)]; }
  CompactType type_of(int index) { return checked_type(l_, *field(index).type); }
  [[nodiscard]] std::int32_t id_of(Previous previous) const {
    return previous.is_none() ? 0 : field(previous.index()).id;
  }

  // What must be readable behind a header that is compared: the value's first bytes or, of a bool,
  // the next header.
  [[nodiscard]] std::int64_t behind_header(int index) const {
    return std::max(readable(index), std::int64_t{1});
  }

  // t0: 0 for true, 1 for false; anything else is another type.
  void put_bool(Label other) {
    b_.branch_imm(Cond::above, Reg::t0, 1, other);
    b_.arith_imm(Opcode::xor_imm, Reg::t0, Reg::t0, 1);
    b_.put(bool_, Reg::t0);
  }

  // After a oneof the previous field is known at run time only, in last_. A long header, whose
  // distance is 0, never matches: dispatch() reads it.
  void expect_after_any(int index, Label miss, Label cut) {
    const CompactType wire = type_of(index);
    b_.need(1 + behind_header(index), cut);
    b_.get(Reg::t1, last_);
    b_.arith_imm(Opcode::shl_imm, Reg::t1, Reg::t1, 4);
    b_.load(Reg::t0, Reg::r0, 0, 1);
    b_.arith(Opcode::add, Reg::t0, Reg::t0, Reg::t1);
    b_.add_imm(Reg::t0, Reg::t0, -(std::int64_t{field(index).id} * 16 + code(wire)));
    if (is_bool(wire)) {
      put_bool(miss);
    } else {
      b_.branch_imm(Cond::ne, Reg::t0, 0, miss);
    }
    b_.advance(Reg::r0, 1);
  }

  Lowering& l_;
  Builder& b_;
  const StructType& type_;
  lower::StructEvents& events_;
  Slot last_;
  Slot bool_;
  // The field that dispatch() found:
  Slot found_type_;
  Slot header_end_;  // its header's last byte
};

// ---- Numbers

void sign_extend(Builder& b, unsigned width) {
  b.arith_imm(Opcode::shl_imm, Reg::t0, Reg::t0, 64 - 8 * width);
  b.arith_imm(Opcode::sar_imm, Reg::t0, Reg::t0, 64 - 8 * width);
}

// Too wide values are truncated as by the official C++ library: a varint to 32 bits, and an i16 to
// 16 bits after the zigzag decoding.
void integer(Lowering& l, unsigned width) {
  Builder& b = l.b;
  const auto truncate = [&b, width] {
    if (width < 8) {
      b.arith_imm(Opcode::and_imm, Reg::t0, Reg::t0, 0xffffffff);
    }
    if (width == 2) {
      b.arith_imm(Opcode::unzigzag, Reg::t0, Reg::t0, 0);
      sign_extend(b, width);
      b.arith_imm(Opcode::zigzag, Reg::t0, Reg::t0, 0);
    }
  };
  lower::read_varint(l, Reg::t0, truncate, width == 8);
  b.arith_imm(Opcode::unzigzag, Reg::t0, Reg::t0, 0);
}

// Reads a length or count into t1. Other libraries hold it in a signed 32-bit integer, so larger
// ones are errors.
void size(Lowering& l) {
  lower::read_varint(l, Reg::t1, [&l] {
    l.b.branch_imm(Cond::above, Reg::t1, lower::largest_size, l.failure(Errc::invalid_count));
  });
}

// Goes to `miss` unless the rest of the input has room for t1 elements of at least `each` bytes.
void need_elements(Builder& b, std::int64_t each, Label miss) {
  if (each == 1) {
    b.need_reg(Reg::t1, 0, miss);
  } else {
    b.arith_imm(Opcode::mul_imm, Reg::t2, Reg::t1, each);
    b.need_reg(Reg::t2, 0, miss);
  }
}

// Runs `body` as many times as count.slot says.
void repeat(Builder& b, const Count& count, std::int64_t readable,
            const std::function<void()>& body) {
  const Slot left = b.new_slot();
  const Label head = b.label();
  const Label done = b.label();
  b.get(Reg::t0, count.slot);
  b.put(left, Reg::t0);
  b.branch_imm(Cond::eq, Reg::t0, 0, done);
  b.bind(head, readable);
  body();
  b.loop_next(left, head);
  b.bind(done);
}

// All other bytes that declare these types of a map, because bool has two codes.
std::vector<std::int64_t> other_codes(CompactType key, CompactType value) {
  const auto last = [](CompactType type) { return code(type) + (is_bool(type) ? 1 : 0); };
  std::vector<std::int64_t> codes;
  for (std::int64_t k = code(key); k <= last(key); ++k) {
    for (std::int64_t v = code(value); v <= last(value); ++v) {
      codes.push_back(k << 4 | v);
    }
  }
  codes.erase(codes.begin());
  return codes;
}

class CompactReader final : public lower::Reader, private lower::RunReader {
 public:
  [[nodiscard]] lower::Guarantees guarantees() const override {
    return {.fields_have_values = true, .bytes_at = lower::BytesAt::input};
  }
  [[nodiscard]] bool reads_input() const override { return true; }
  [[nodiscard]] const lower::RunReader* runs() const override { return this; }
  [[nodiscard]] std::uint64_t unknown_tag() const override { return compact_unknown_tag; }

  void end(Lowering& l, const Node&) const override { expect_input_end(l); }

  // ---- Values

  void scalar(Lowering& l, const Node& n) const override {
    Builder& b = l.b;
    const CompactType wire = checked_type(l, *n.type);
    if (is_bool(wire) && n.role == Role::field) {
      b.get(Reg::t0, n.scope->slots[bool_value]);
      return;
    }
    if (!compact_is_fixed(wire)) {
      integer(l, lower::width_of(n.type->kind));
      return;
    }
    const std::int64_t width = compact_smallest(wire);
    b.need(width, l.failure(Errc::truncated));
    b.load(Reg::t0, Reg::r0, 0, static_cast<unsigned>(width), true);
    if (is_bool(wire)) {
      b.set_if(Reg::t0, Reg::t0, Cond::eq,
               code(CompactType::boolean_true));  // any other byte is false
    }
    b.advance(Reg::r0, width);
  }

  void bytes(Lowering& l, const Node& n) const override {
    Builder& b = l.b;
    if (n.type->kind == Kind::uuid) {
      return read_uuid(l);
    }
    size(l);
    b.need_reg(Reg::t1, 0, l.failure(Errc::truncated));
    b.add_imm(Reg::t0, Reg::r0, 0);
    b.arith(Opcode::add, Reg::r0, Reg::t0, Reg::t1);
  }

  // ---- Structs

  Scope open_struct(Lowering&, const Node&, bool) const override { return {}; }

  void begin_fields(Lowering& l, const StructType&, lower::StructScope& inner) const override {
    inner.slots[last_id] = l.b.new_slot();
    inner.slots[bool_value] = l.b.new_slot();
  }

  void fields(Lowering& l, const StructType& type, const lower::StructScope& inner,
              lower::StructEvents& events) const override {
    const auto mark = l.b.slot_mark();
    Fields source(l, type, inner, events);
    lower::read_fields(l, type, events, source);
    l.b.release_slots(mark);
  }

  // ---- Lists and sets

  Scope open_list(Lowering& l, const Node& n, Count& count) const override {
    Builder& b = l.b;
    const CompactType element = checked_type(l, *n.type->element);
    const Label other = b.cold_label();
    const Label more = b.cold_label();
    const Label matched = is_bool(element) ? b.label() : jit::no_label;
    const Label counted = b.label();
    const Label opened = b.label();
    b.need(1, l.failure(Errc::truncated));
    b.load(Reg::t0, Reg::r0, 0, 1);
    b.arith_imm(Opcode::and_imm, Reg::t2, Reg::t0, 15);
    b.branch_imm(Cond::ne, Reg::t2, code(element), other);
    if (matched != jit::no_label) {
      b.bind(matched);
    }
    b.arith_imm(Opcode::shr_imm, Reg::t1, Reg::t0, 4);
    b.advance(Reg::r0, 1);
    b.branch_imm(Cond::eq, Reg::t1, compact_long_count, more);
    b.bind(counted);
    need_elements(b, compact_smallest(element), l.failure(Errc::truncated));
    b.bind(opened);
    b.put(count.slot, Reg::t1);
    count.known = true;
    // The type of a bool element has two codes; an empty list may declare any type.
    l.cold(other, [&l, matched, opened] {
      Builder& c = l.b;
      if (matched != jit::no_label) {
        c.branch_imm(Cond::eq, Reg::t2, code(CompactType::boolean_false), matched,
                     jit::Bound::input);
      }
      c.call(compact_helpers().list_header, {Reg::r0, Reg::r1}, may_fail);
      c.branch_imm(Cond::ne, Reg::t1, 0, l.failure(Errc::type_mismatch));
      c.mov(Reg::r0, Reg::t0);
      c.jump(opened, jit::Bound::input);
    });
    l.cold(more, [&l, counted] {
      size(l);
      l.b.jump(counted, jit::Bound::input);
    });
    return {};
  }

  void elements(Lowering& l, const Node& n, const Scope&, const Count& count,
                const std::function<void()>& body) const override {
    const CompactType element = compact_type(n.type->element->kind);
    // The check of the count has shown that the input has all elements of a fixed size.
    repeat(l.b, count, compact_is_fixed(element) ? compact_smallest(element) : 0, body);
  }

  // ---- Maps

  // The header of an empty map has no types.
  Scope open_map(Lowering& l, const Node& n, Count& count) const override {
    Builder& b = l.b;
    const CompactType key = checked_type(l, *n.type->key);
    const CompactType value = checked_type(l, *n.type->value);
    const std::vector<std::int64_t> others = other_codes(key, value);
    const Label other = b.cold_label();
    const Label matched = others.empty() ? jit::no_label : b.label();
    const Label opened = b.label();
    size(l);
    b.branch_imm(Cond::eq, Reg::t1, 0, opened);
    b.need(1, l.failure(Errc::truncated));
    b.branch_byte(Cond::ne, Reg::r0, 0, static_cast<std::uint8_t>(code(key) << 4 | code(value)),
                  other);
    if (matched != jit::no_label) {
      b.bind(matched);
    }
    b.advance(Reg::r0, 1);
    need_elements(b, compact_smallest(key) + compact_smallest(value), l.failure(Errc::truncated));
    b.bind(opened);
    b.put(count.slot, Reg::t1);
    count.known = true;
    l.cold(other, [&l, matched, others] {
      l.b.load(Reg::t0, Reg::r0, 0, 1);
      for (const std::int64_t types : others) {
        l.b.branch_imm(Cond::eq, Reg::t0, types, matched, jit::Bound::input);
      }
      l.b.jump(l.failure(Errc::type_mismatch));
    });
    return {};
  }

  void entries(Lowering& l, const Node&, const Scope&, const Count& count,
               const std::function<void()>& key,
               const std::function<void()>& value) const override {
    repeat(l.b, count, 0, [&] {
      key();
      value();
    });
  }

 private:
  [[nodiscard]] Run run(const Node& n) const override {
    const Kind kind = n.type->element->kind;
    switch (compact_type(kind)) {
      case CompactType::i8: return {lower::Encoding::little_endian, 1};
      case CompactType::float64: return {lower::Encoding::little_endian, 8};
      case CompactType::i16:
      case CompactType::i32:
      case CompactType::i64: return {lower::Encoding::varint_zigzag, lower::width_of(kind)};
      default: return {};
    }
  }

  void take_run(Lowering& l, const Node& n, const Scope&, const Count& count) const override {
    Builder& b = l.b;
    const CompactType element = compact_type(n.type->element->kind);
    b.flush(Reg::r0);
    b.mov(Reg::t0, Reg::r0);
    if (!compact_is_fixed(element)) {
      return;
    }
    b.get(Reg::t1, count.slot);
    b.arith_imm(Opcode::mul_imm, Reg::t1, Reg::t1, compact_smallest(element));
    b.arith(Opcode::add, Reg::r0, Reg::r0, Reg::t1);
  }
};

}  // namespace

std::unique_ptr<lower::Reader> compact_reader() { return std::make_unique<CompactReader>(); }

}  // namespace wirejit::thrift
