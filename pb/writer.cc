// The wire as a Writer, in one pass. One byte is reserved for each length that is not known
// beforehand; if the length needs more bytes, the content after that byte is moved.
#include "pb/writer.h"

#include "kernels/varint.h"
#include "lower/hole.h"
#include "lower/type_category.h"
#include "lower/varint.h"
#include "pb/helpers.h"
#include "pb/lower.h"
#include "pb/wire.h"

#include <string>

namespace wirejit::pb {

using jit::Builder;
using jit::Cond;
using jit::Label;
using jit::Opcode;
using jit::Reg;
using jit::Slot;
using lower::Count;
using lower::Lowering;
using lower::Node;
using lower::Role;
using lower::Run;
using lower::Scope;

namespace {

// The tag before a value; empty for elements of packed lists and for the root.
std::string tag_before(Lowering& l, const Node& n) {
  switch (n.role) {
    case Role::root: return {};
    case Role::key: return tag_of(1, wire_type(*n.type));
    case Role::value: return tag_of(2, wire_type(*n.type));
    case Role::field:
    case Role::element: break;
  }
  const Node& holder = n.role == Role::field ? n : *n.container;
  if (holder.role != Role::field) {
    return {};  // open_list or open_map has reported it
  }
  const FieldForm form = checked_form(l, *holder.field);
  if (n.role == Role::element && form.shape == Shape::packed) {
    return {};
  }
  return tag_of(*holder.field);
}

// Whether a field has no presence, so that it is not written if it is zero.
bool has_no_presence(const Node& n) {
  return n.role == Role::field && lower::is_implicit(*n.parent, *n.field) && !n.keeps_zero;
}

std::int64_t size_of(std::string_view s) { return static_cast<std::int64_t>(s.size()); }

// Writes a tag and reserves a byte for the length of the following content.
void open_length(Builder& b, const std::string& tag, Slot hole) {
  b.reserve(size_of(tag) + 1);
  b.put_literal(tag);
  lower::open_varint_hole(b, hole);
}

class WireWriter final : public lower::Writer,
                         private lower::RunWriter,
                         private lower::UnknownWriter {
 public:
  explicit WireWriter(bool deterministic) : deterministic_(deterministic) {}

  [[nodiscard]] lower::Needs needs() const override { return {.unique_fields = true}; }
  [[nodiscard]] const lower::RunWriter* runs() const override { return this; }
  [[nodiscard]] const lower::UnknownWriter* unknown_fields() const override { return this; }

  void begin(Lowering& l, const Node& n) const override { check_root(l, n); }

  void scalar(Lowering& l, const Node& n) const override {
    Builder& b = l.b;
    const WireType wire = wire_type(*n.type);
    const std::string tag = tag_before(l, n);
    if (wire != WireType::varint && fixed_size(wire) == 0) {
      report_unsupported(l, *n.type);
      return;
    }
    const unsigned size = fixed_size(wire);
    const Label skip = b.skip_label();
    b.reserve(size_of(tag) + (size != 0 ? size : static_cast<unsigned>(kernels::varint_room)));
    if (has_no_presence(n)) {
      b.branch_imm(Cond::eq, Reg::t0, 0, skip);
    }
    b.put_literal(tag);
    if (size != 0) {
      b.store(Reg::w0, 0, Reg::t0, size);
      b.advance(Reg::w0, size);
    } else if (n.type->kind == Kind::boolean) {
      b.store(Reg::w0, 0, Reg::t0, 1);
      b.advance(Reg::w0, 1);
    } else {
      if (n.type->wire == Wire::zigzag) {
        b.arith_imm(Opcode::zigzag, Reg::t0, Reg::t0, 0);
      }
      lower::write_varint(l, Reg::t0, false);
    }
    b.bind(skip);
  }

  // Text in the input is checked there, so that errors have its position. Other text is checked in
  // the output, where 32 bytes can always be read.
  void bytes(Lowering& l, const Node& n, lower::BytesAt where) const override {
    Builder& b = l.b;
    if (n.type->kind == Kind::uuid) {
      report_unsupported(l, *n.type);
      return;
    }
    const std::string tag = tag_before(l, n);
    const Label skip = b.skip_label();
    if (has_no_presence(n)) {
      b.branch_imm(Cond::eq, Reg::t1, 0, skip);
    }
    const bool checked = !n.is_utf8 && is_checked(l, *n.type);
    const bool in_input = where == lower::BytesAt::input;
    Slot size;
    if (checked && in_input) {
      check_utf8(l, jit::FastPath::ascii);
    } else if (checked) {
      size = b.new_slot();
      b.put(size, Reg::t1);
    }
    b.branch_imm(Cond::above, Reg::t1, lower::largest_size, l.failure(Errc::size_limit));
    b.reserve_reg(Reg::t1, size_of(tag) + static_cast<std::int64_t>(kernels::varint_room));
    b.put_literal(tag);
    lower::write_varint(l, Reg::t1, true);
    b.copy_bytes(Reg::t0, Reg::t1);
    if (checked && !in_input) {
      b.get(Reg::t1, size);
      b.arith(Opcode::sub, Reg::t0, Reg::w0, Reg::t1);
      check_utf8(l, jit::FastPath::ascii_written);
    }
    b.bind(skip);
  }

  // Scope::saved[0] is the position of the length; Scope::flag tells that there is one.
  Scope open_struct(Lowering& l, const Node& n, bool) const override {
    Scope scope;
    if (n.role == Role::root) {
      return scope;
    }
    const std::string tag = tag_before(l, n);
    if (n.type->wire == Wire::delimited) {
      l.b.reserve(size_of(tag));
      l.b.put_literal(tag);
      return scope;
    }
    scope.saved[0] = l.b.new_slot();
    scope.flag = true;
    open_length(l.b, tag, scope.saved[0]);
    return scope;
  }

  void close_struct(Lowering& l, const Node& n, const Scope& scope) const override {
    if (n.role == Role::root) {
      return;
    }
    if (scope.flag) {
      lower::close_length(l, scope.saved[0]);
      if (n.type->wire == Wire::message_set_item) {
        l.b.reserve(size_of(item_end));
        l.b.put_literal(item_end);
      }
      return;
    }
    const Node& holder = n.role == Role::field ? n : *n.container;
    if (holder.field != nullptr) {
      const std::string tag = tag_of(holder.field->id, WireType::end_group);
      l.b.reserve(size_of(tag));
      l.b.put_literal(tag);
    }
  }

  // For a packed list Scope::saved[0] is the position of the length; that of a run is known first.
  // If the list is empty, close_list removes its tag and length.
  Scope open_list(Lowering& l, const Node& n, const Count& count) const override {
    Scope scope;
    if (!is_field(l, n)) {
      return scope;
    }
    if (is_packed(n) && !count.is_run) {
      scope.saved[0] = l.b.new_slot();
      open_length(l.b, tag_of(n.field->id, checked_form(l, *n.field).tag), scope.saved[0]);
    }
    return scope;
  }

  void close_list(Lowering& l, const Node& n, const Scope& scope,
                  const Count& count) const override {
    if (!is_packed(n)) {
      return;
    }
    Builder& b = l.b;
    const Label empty = b.cold_label();
    const Label done = b.label();
    b.branch_slot(Cond::eq, count.slot, 0, empty);
    if (!count.is_run) {
      lower::close_length(l, scope.saved[0]);
    }
    b.bind(done);
    const auto tag = size_of(tag_of(n.field->id, WireType::length));
    l.cold(empty, [&l, tag, done] {
      l.b.add_imm(Reg::t0, Reg::w0, -1 - tag);
      l.b.mov(Reg::w0, Reg::t0);
      l.b.jump(done, jit::Bound::input);
    });
  }

  // Scope::saved[0] is the position of an entry's length, saved[1] that of the first entry if the
  // entries are sorted.
  Scope open_map(Lowering& l, const Node& n, const Count&) const override {
    Scope scope;
    if (!is_field(l, n)) {
      return scope;
    }
    (void)checked_form(l, *n.field);
    scope.saved[0] = l.b.new_slot();
    if (deterministic_) {
      scope.saved[1] = l.b.new_slot();
      lower::keep_position(l.b, scope.saved[1]);
    }
    return scope;
  }

  void begin_key(Lowering& l, const Node& n, const Scope& scope, const Count&) const override {
    if (n.role == Role::field) {
      open_length(l.b, tag_of(n.field->id, WireType::length), scope.saved[0]);
    }
  }

  void end_entry(Lowering& l, const Node& n, const Scope& scope, const Count&) const override {
    if (n.role == Role::field) {
      lower::close_length(l, scope.saved[0]);
    }
  }

  void close_map(Lowering& l, const Node& n, const Scope& scope, const Count&) const override {
    if (!deterministic_ || n.role != Role::field) {
      return;
    }
    Builder& b = l.b;
    lower::get_position(b, Reg::t0, scope.saved[1]);
    b.call(helpers().sort_entries, {Reg::t0, Reg::w0, static_cast<const void*>(n.type->key)},
           {.null_fails = true});
  }

 private:
  [[nodiscard]] bool takes_unknown(const StructType&, const lower::StructScope&,
                                   std::uint64_t tag) const override {
    return tag == 0 || tag == unknown_tag;
  }

  // Copies complete fields, including their tags, after the other fields.
  void unknown(Lowering& l, const StructType&, const lower::StructScope&, std::uint64_t tag,
               const std::vector<bool>&) const override {
    Builder& b = l.b;
    const Label done = b.label();
    lower::skip_other_unknown(b, tag, unknown_tag, done);
    b.reserve_reg(Reg::t1, 0);
    b.copy_bytes(Reg::t0, Reg::t1);
    b.bind(done);
  }

  [[nodiscard]] Run run(const Node& n) const override {
    if (!is_packed(n)) {
      return {};
    }
    const Type& element = *n.type->element;
    if (element.kind == Kind::boolean) {
      return {lower::Encoding::bool_byte, 1};
    }
    if (const unsigned size = fixed_size(wire_type(element)); size != 0) {
      return {lower::Encoding::little_endian, size};
    }
    const unsigned width = lower::width_of(element.kind);
    const bool is_narrow = element.kind == Kind::i32 || element.kind == Kind::enumeration;
    return {element.wire == Wire::zigzag ? lower::Encoding::varint_zigzag
            : is_narrow                  ? lower::Encoding::varint_signed
                                         : lower::Encoding::varint,
            width};
  }

  void give_run(Lowering& l, const Node& n, const std::function<void()>& bytes) const override {
    Builder& b = l.b;
    const std::string tag = tag_of(n.field->id, WireType::length);
    bytes();
    b.branch_imm(Cond::above, Reg::t1, lower::largest_size, l.failure(Errc::size_limit));
    b.reserve_reg(Reg::t1, size_of(tag) + static_cast<std::int64_t>(kernels::varint_room));
    b.put_literal(tag);
    lower::write_varint(l, Reg::t1, false);
    b.mov(Reg::t0, Reg::w0);
  }

  bool deterministic_;
};

}  // namespace

std::unique_ptr<lower::Writer> wire_writer(bool deterministic) {
  return std::make_unique<WireWriter>(deterministic);
}

}  // namespace wirejit::pb
