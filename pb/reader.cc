// The wire as a Reader. Straight-line code reads canonical input, which is what encoders write. For
// other input that the specification allows (a repeated field, the form of list that was not
// declared, map entries without a key) the Program stops with jit::restart_errc: the engine
// converts the input to the normal form (normal_form.h) and runs the Program on that.
#include "pb/reader.h"

#include "lower/field_order.h"
#include "lower/type_category.h"
#include "lower/varint.h"
#include "pb/helpers.h"
#include "pb/lower.h"
#include "pb/wire.h"

#include <algorithm>
#include <bit>
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

constexpr Builder::CallOptions may_fail{.null_fails = true};

// Reads a length into t1 and checks that the input has so many bytes.
void length(Lowering& l) {
  lower::read_varint(l, Reg::t1);
  l.b.need_reg(Reg::t1, 0, l.failure(Errc::truncated));
}

// The closed enum of a field's value, elements or map values, or null.
const EnumType* closed_value(const Type& type) {
  return closed_enum(type.kind == Kind::map    ? *type.value
                     : type.kind >= Kind::list ? *type.element
                                               : type);
}
bool has_closed_enum(const Type& type) { return closed_value(type) != nullptr; }

// Goes to `other` if the closed enum lacks the number at the address in t0, or, for maps, the value
// of the entry there.
void check_member(Builder& b, const Type& type, Label other) {
  b.call(type.kind == Kind::map ? helpers().is_member_entry : helpers().is_member,
         {static_cast<const void*>(closed_value(type)), Reg::t0, Reg::r1});
  b.branch_imm(Cond::eq, Reg::t0, 0, other, jit::Bound::input);
}
// The same for the position `at` bytes after the cursor.
void check_next_member(Builder& b, const Type& type, std::int64_t at, Label other) {
  if (has_closed_enum(type)) {
    b.add_imm(Reg::t0, Reg::r0, at);
    check_member(b, type, other);
  }
}

// ---- The fields of one message, for the driver of field order

class Fields final : public lower::FieldSource {
 public:
  Fields(Lowering& l, const StructType& type, std::int32_t group)
      : l_(l), b_(l.b), type_(type), group_(group), tag_(b_.new_slot()), after_(b_.new_slot()) {}

  void expect(int index, lower::Previous, Label miss, Label) override {
    const FieldForm form = checked_form(l_, field(index));
    const std::string tag = tag_of(field(index));
    const auto size = static_cast<std::int64_t>(tag.size());
    b_.need(size + smallest(form.tag), miss);
    b_.match(tag, miss);
    if (form.shape != Shape::packed) {
      check_next_member(b_, *field(index).type, size, miss);
    }
    b_.advance(Reg::r0, size);
  }

  [[nodiscard]] std::int64_t readable(int index) const override {
    return has_closed_enum(*field(index).type) ? 0 : smallest(form_of(field(index)).tag);
  }

  void expect_end(lower::Previous, Label miss) override {
    if (group_ == 0) {
      b_.flush(Reg::r0);
      b_.branch(Cond::ne, Reg::r0, Reg::r1, miss);
      return;
    }
    const std::string tag = tag_of(group_, WireType::end_group);
    b_.need(static_cast<std::int64_t>(tag.size()), miss);
    b_.match(tag, miss);
    b_.advance(Reg::r0, static_cast<std::int64_t>(tag.size()));
  }

  void dispatch(Label first, Label next, const std::vector<Label>& entries, Label unknown,
                Label end) override {
    b_.bind(first);
    b_.bind(next);
    b_.need(1, group_ == 0 ? end : l_.failure(Errc::truncated));
    const Label more = b_.label();
    const Label have = b_.label();
    if (has_long_tags()) {
      load_short_tag(more);
    } else {
      b_.load(Reg::t0, Reg::r0, 0, 1);
      b_.branch_imm(Cond::above, Reg::t0, 127, more);
      b_.add_imm(Reg::t1, Reg::r0, 1);
    }
    b_.put(tag_, Reg::t0);
    b_.put(after_, Reg::t1);
    b_.bind(have);
    if (group_ != 0) {
      const Label open = b_.label();
      b_.branch_imm(Cond::ne, Reg::t0, tag_word(group_, WireType::end_group), open);
      b_.get(Reg::r0, after_);
      b_.jump(end);
      b_.bind(open);
    }
    if (type_.message_set) {
      load_message_set_number();
    } else if (!type_.fields.empty()) {
      b_.arith_imm(Opcode::shr_imm, Reg::t0, Reg::t0, 3);
    }
    if (type_.fields.empty()) {
      b_.jump(unknown, jit::Bound::input);
    } else {
      lower::jump_to_field(l_, type_, Reg::t0, entries, unknown);
    }
    b_.bind(more);
    b_.call(helpers().read_tag, {Reg::r0, Reg::r1}, may_fail);
    b_.put(after_, Reg::t0);
    b_.put(tag_, Reg::t1);
    b_.mov(Reg::t0, Reg::t1);
    b_.jump(have, jit::Bound::input);
  }

  void accept(int index, Label unknown) override {
    const Field& f = field(index);
    const FieldForm form = checked_form(l_, f);
    const Label declared = b_.label();
    b_.get(Reg::t0, tag_);
    b_.branch_imm(Cond::eq, Reg::t0,
                  form.shape == Shape::item ? canonical_item : tag_word(f.id, form.tag), declared);
    accept_other_form(f, form, unknown);
    b_.bind(declared);
    if (form.shape != Shape::packed) {
      check_known_value(f, unknown);
    }
    b_.get(Reg::r0, after_);
    l_.at_field(f, [&] { b_.need(smallest(form.tag), l_.failure(Errc::truncated)); });
  }

  void check_unknown() override {
    b_.call(helpers().check_tag, {Reg::r0, Reg::r1}, {.null_fails = true});
  }

  void skip() override {
    b_.call(helpers().skip, {Reg::r0, Reg::r1}, {.null_fails = true, .to0 = Reg::r0});
  }

 private:
  const Field& field(int index) const { return type_.fields[static_cast<std::size_t>(index)]; }

  [[nodiscard]] bool has_long_tags() const {
    return std::any_of(type_.fields.begin(), type_.fields.end(),
                       [](const Field& f) { return f.id >= 16; });
  }

  // Reads a tag of one or two bytes into t0 and the cursor after it into t1, without a branch on
  // the size, which cannot be predicted in messages that mix both. Goes to `more` for longer tags
  // and for a tag in the last byte of input.
  void load_short_tag(Label more) {
    b_.need(2, more);
    b_.load(Reg::t0, Reg::r0, 0, 2);
    b_.arith_imm(Opcode::and_imm, Reg::t1, Reg::t0, 0x8080);
    b_.branch_imm(Cond::eq, Reg::t1, 0x8080, more);
    b_.arith_imm(Opcode::shr_imm, Reg::t2, Reg::t0, 7);
    b_.arith_imm(Opcode::and_imm, Reg::t2, Reg::t2, 1);
    b_.add_imm(Reg::t1, Reg::r0, 1);
    b_.arith(Opcode::add, Reg::t1, Reg::t1, Reg::t2);
    b_.arith_imm(Opcode::mul_imm, Reg::t2, Reg::t2, 0x3f80);
    b_.arith_imm(Opcode::shr_imm, Reg::t3, Reg::t0, 1);
    b_.arith(Opcode::and_, Reg::t2, Reg::t2, Reg::t3);
    b_.arith_imm(Opcode::and_imm, Reg::t0, Reg::t0, 0x7f);
    b_.arith(Opcode::or_, Reg::t0, Reg::t0, Reg::t2);
  }

  // The values of `tag_` for an item. They are not tags of fields, whose numbers begin with 1.
  static constexpr std::uint32_t noncanonical_item = 0;
  static constexpr std::uint32_t canonical_item = 1;

  // For a MessageSet: replaces the tag in t0 by the field's number. An item holds it in its group.
  void load_message_set_number() {
    const Label field = b_.label();
    const Label done = b_.label();
    b_.branch_imm(Cond::ne, Reg::t0, item_begin, field);
    b_.call(helpers().read_item, {Reg::r0, Reg::r1}, may_fail);
    b_.put(after_, Reg::t0);
    b_.arith_imm(Opcode::and_imm, Reg::t0, Reg::t1, 1);
    b_.put(tag_, Reg::t0);
    b_.arith_imm(Opcode::shr_imm, Reg::t0, Reg::t1, 1);
    b_.jump(done);
    b_.bind(field);
    b_.arith_imm(Opcode::shr_imm, Reg::t0, Reg::t0, 3);
    b_.bind(done);
  }

  // Lists of numbers may have the form that was not declared, and items of a MessageSet may be
  // ordinary fields or have another order than the canonical one: the Program restarts. (In normal
  // form only unknown numbers of a closed enum have the other form.) A field of any other wire type
  // is unknown.
  void accept_other_form(const Field& f, const FieldForm& form, Label unknown) {
    if (form.shape == Shape::item) {
      const Label restart = l_.failure(jit::restart_errc);
      b_.branch_imm(Cond::eq, Reg::t0, noncanonical_item, restart);
      b_.branch_imm(Cond::ne, Reg::t0, tag_word(f.id, form.tag), unknown, jit::Bound::input);
      b_.jump(restart);
      return;
    }
    const bool packed = form.shape == Shape::packed;
    if (!packed && (form.shape != Shape::unpacked || !is_packable(*f.type->element))) {
      b_.jump(unknown, jit::Bound::input);
      return;
    }
    const WireType other = packed ? form.value : WireType::length;
    b_.branch_imm(Cond::ne, Reg::t0, tag_word(f.id, other), unknown, jit::Bound::input);
    if (packed) {
      check_known_value(f, unknown);
    }
    b_.jump(l_.failure(jit::restart_errc));
  }

  void check_known_value(const Field& f, Label unknown) {
    if (has_closed_enum(*f.type)) {
      b_.get(Reg::t0, after_);
      check_member(b_, *f.type, unknown);
    }
  }

  Lowering& l_;
  Builder& b_;
  const StructType& type_;
  std::int32_t group_;
  Slot tag_;    // the tag of the field that dispatch found
  Slot after_;  // the cursor after that tag
};

// The tag of a list's or map's field, which precedes each element.
struct Repeated {
  std::string tag;
  std::int64_t min_size = 0;  // bytes of the smallest element
};
Repeated repeated(const Node& n) {
  const FieldForm form = form_of(*n.field);
  return {tag_of(n.field->id, form.tag), smallest(form.tag)};
}

// Moves the cursor past the tag of the next element, or goes to `done`.
void expect_next_element(Builder& b, const Node& n, Label done) {
  const Repeated next = repeated(n);
  const auto size = static_cast<std::int64_t>(next.tag.size());
  b.need(size + next.min_size, done);
  b.match(next.tag, done);
  check_next_member(b, *n.type, size, done);
  b.advance(Reg::r0, size);
}

// Whether the elements of a list or map are counted before they are read, so that room for all is
// made at once. This is done for elements with a length, which count_elements can step over.
bool is_counted(const Node& n) {
  return n.role == Role::field && !has_closed_enum(*n.type) &&
         form_of(*n.field).tag == WireType::length && form_of(*n.field).shape != Shape::packed;
}

// The bytes of a tag as a little-endian word.
std::uint64_t little_endian(const std::string& tag) {
  std::uint64_t word = 0;
  for (std::size_t k = 0; k < tag.size(); ++k) {
    word |= std::uint64_t{static_cast<std::uint8_t>(tag[k])} << (8 * k);
  }
  return word;
}

void count_elements(Builder& b, const Node& n, Count& count) {
  const std::string tag = repeated(n).tag;
  b.call(helpers().count_elements,
         {Reg::r0, Reg::r1, little_endian(tag), std::uint64_t{tag.size()}});
  b.put(count.slot, Reg::t0);
  count.known = true;
}

// Emits a loop over elements that were counted.
void for_each_counted(Builder& b, const Node& n, const Count& count,
                      const std::function<void()>& body) {
  const Slot left = b.new_slot();
  const Label head = b.label();
  const Label done = b.label();
  b.get(Reg::t0, count.slot);
  b.put(left, Reg::t0);
  b.bind(head);
  body();
  b.add_slot(left, -1);
  b.branch_slot(Cond::eq, left, 0, done);
  b.advance(Reg::r0, static_cast<std::int64_t>(repeated(n).tag.size()));
  b.jump(head, jit::Bound::count);
  b.bind(done);
}

// ---- Values

void sign_extend(Builder& b, unsigned width) {
  b.arith_imm(Opcode::shl_imm, Reg::t0, Reg::t0, 64 - 8 * width);
  b.arith_imm(Opcode::sar_imm, Reg::t0, Reg::t0, 64 - 8 * width);
}
void zero_extend(Builder& b, unsigned width) {
  b.arith_imm(Opcode::shl_imm, Reg::t0, Reg::t0, 64 - 8 * width);
  b.arith_imm(Opcode::shr_imm, Reg::t0, Reg::t0, 64 - 8 * width);
}

// Higher bits of a varint that is too wide for the type are dropped, as in the official library.
void varint_value(Lowering& l, const Type& type) {
  Builder& b = l.b;
  const unsigned width = lower::width_of(type.kind);
  if (type.wire == Wire::zigzag) {
    lower::read_varint(l, Reg::t0, [&b, width] {
      if (width < 8) {
        zero_extend(b, width);
      }
    });
    b.arith_imm(Opcode::unzigzag, Reg::t0, Reg::t0, 0);
    return;
  }
  if (type.kind == Kind::boolean) {
    lower::read_varint(l, Reg::t0);
    b.set_if(Reg::t0, Reg::t0, Cond::ne, 0);
    return;
  }
  lower::read_varint(l, Reg::t0, [&b, width, kind = type.kind] {
    if (width < 8) {
      lower::is_signed(kind) ? sign_extend(b, width) : zero_extend(b, width);
    }
  });
}

class WireReader final : public lower::Reader, private lower::RunReader, private lower::ListReader {
 public:
  [[nodiscard]] std::uint64_t unknown_tag() const override { return pb::unknown_tag; }

  [[nodiscard]] lower::Guarantees guarantees() const override {
    return {.fields_have_values = true,
            .duplicates = lower::DuplicateRule::merges,
            .bytes_at = lower::BytesAt::input};
  }
  [[nodiscard]] bool reads_input() const override { return true; }
  [[nodiscard]] const lower::RunReader* runs() const override { return this; }
  [[nodiscard]] const lower::ListReader* lists() const override { return this; }
  // An empty container is not on the wire.
  [[nodiscard]] bool absent_is_zero(const StructType& type, int index) const override {
    const Field& field = type.fields[static_cast<std::size_t>(index)];
    return field.type->kind >= Kind::list || lower::is_implicit(type, field);
  }
  [[nodiscard]] bool checks_utf8(const Type& type) const override {
    return type.kind == Kind::string && type.wire != Wire::unchecked;
  }

  void begin(Lowering& l, const Node& n) const override { check_root(l, n); }

  void scalar(Lowering& l, const Node& n) const override {
    Builder& b = l.b;
    const Type& type = *n.type;
    const WireType wire = wire_type(type);
    if (const unsigned size = fixed_size(wire); size != 0) {
      b.need(size, l.failure(Errc::truncated));
      b.load(Reg::t0, Reg::r0, 0, size, lower::is_signed(type.kind));
      b.advance(Reg::r0, size);
      return;
    }
    if (wire != WireType::varint) {
      report_unsupported(l, type);
      return;
    }
    varint_value(l, type);
    // Elements of a packed list were not checked before their tag.
    const EnumType* closed = closed_enum(type);
    if (closed != nullptr && n.role == Role::element && is_packed(*n.container)) {
      const Slot value = b.new_slot();
      b.put(value, Reg::t0);
      b.call(helpers().is_member_value, {static_cast<const void*>(closed), Reg::t0});
      b.branch_imm(Cond::eq, Reg::t0, 0, l.failure(jit::restart_errc));
      b.get(Reg::t0, value);
    }
  }

  void bytes(Lowering& l, const Node& n) const override {
    Builder& b = l.b;
    if (n.type->kind == Kind::uuid) {
      report_unsupported(l, *n.type);
      return;
    }
    length(l);
    b.add_imm(Reg::t0, Reg::r0, 0);
    b.arith(Opcode::add, Reg::r0, Reg::t0, Reg::t1);
    if (is_checked(l, *n.type)) {
      check_utf8(l, jit::FastPath::ascii);
    }
  }

  // Scope::saved[0] is the previous r1. StructScope::number is the number of the group that holds
  // the fields, or 0.
  Scope open_struct(Lowering& l, const Node& n, bool) const override {
    Builder& b = l.b;
    Scope scope;
    if (n.role == Role::root) {
      return scope;
    }
    if (n.type->wire == Wire::delimited) {
      const Node& holder = n.role == Role::field ? n : *n.container;
      scope.inner.number = holder.field != nullptr ? holder.field->id : 0;
      return scope;
    }
    length(l);
    scope.saved[0] = b.new_slot();
    scope.flag = true;
    b.put(scope.saved[0], Reg::r1);
    b.arith(Opcode::add, Reg::r1, Reg::r0, Reg::t1);
    if (n.type->wire == Wire::message_set_item) {
      ++l.inline_depth;  // the item's group is a level, too
    }
    return scope;
  }

  void fields(Lowering& l, const StructType& type, const lower::StructScope& inner,
              lower::StructEvents& events) const override {
    const auto mark = l.b.slot_mark();
    Fields source(l, type, inner.number);
    lower::read_fields(l, type, events, source);
    l.b.release_slots(mark);
  }

  void close_struct(Lowering& l, const Node& n, const Scope& scope) const override {
    if (!scope.flag) {
      return;
    }
    l.b.get(Reg::r1, scope.saved[0]);
    if (n.type->wire == Wire::message_set_item) {
      --l.inline_depth;
      const Label restart = l.failure(jit::restart_errc);  // the item is not canonical
      l.b.need(1, restart);
      l.b.match(std::string(item_end), restart);
      l.b.advance(Reg::r0, 1);
    }
  }

  // A packed list has a known count; Scope::saved[0] is the end of its elements.
  Scope open_list(Lowering& l, const Node& n, Count& count) const override {
    Builder& b = l.b;
    Scope scope;
    if (!is_field(l, n) || !is_packed(n)) {
      if (is_counted(n)) {
        count_elements(b, n, count);
      }
      return scope;
    }
    count.known = true;
    length(l);
    scope.saved[0] = b.new_slot();
    b.arith(Opcode::add, Reg::t0, Reg::r0, Reg::t1);
    b.put(scope.saved[0], Reg::t0);
    if (const unsigned size = fixed_size(form_of(*n.field).value); size != 0) {
      b.arith_imm(Opcode::and_imm, Reg::t0, Reg::t1, size - 1);
      b.branch_imm(Cond::ne, Reg::t0, 0, l.failure(Errc::truncated));
      b.arith_imm(Opcode::shr_imm, Reg::t1, Reg::t1, std::countr_zero(size));
      b.put(count.slot, Reg::t1);
      return scope;
    }
    const std::uint32_t list = b.node();
    b.set_node(l.new_node(jit::PathNode::What::element, {}, n.type->element));
    b.call(helpers().count_varints, {Reg::r0, Reg::t1},
           {.null_fails = true, .counts_elements = true});
    b.set_node(list);
    b.add_imm(Reg::t0, Reg::t0, -1);
    b.put(count.slot, Reg::t0);
    return scope;
  }

  void elements(Lowering& l, const Node& n, const Scope&, const Count& count,
                const std::function<void()>& body) const override {
    Builder& b = l.b;
    if (n.role != Role::field) {
      return;
    }
    const FieldForm form = form_of(*n.field);
    if (form.shape == Shape::packed) {
      return lower::counted_loop(b, count, smallest(form.value), body);
    }
    if (is_counted(n)) {
      return for_each_counted(b, n, count, body);
    }
    const Label head = b.label();
    const Label done = b.label();
    b.bind(head, has_closed_enum(*n.type) ? 0 : smallest(form.value));
    body();
    expect_next_element(b, n, done);
    b.jump(head, jit::Bound::input);
    b.bind(done);
  }

  Scope open_map(Lowering& l, const Node& n, Count& count) const override {
    if (is_field(l, n) && is_counted(n)) {
      count_elements(l.b, n, count);
    }
    return {};
  }

  void entries(Lowering& l, const Node& n, const Scope&, const Count& count,
               const std::function<void()>& key,
               const std::function<void()>& value) const override {
    Builder& b = l.b;
    if (n.role != Role::field) {
      return;
    }
    const Label restart = l.failure(jit::restart_errc);
    const auto part = [&](std::int32_t number, const Type& type,
                          const std::function<void()>& read) {
      const WireType wire = wire_type(type);
      b.need(1 + smallest(wire), restart);
      b.match(tag_of(number, wire), restart);
      b.advance(Reg::r0, 1);
      read();
    };
    const Slot end = b.new_slot();
    const auto entry = [&] {
      length(l);
      b.put(end, Reg::r1);
      b.arith(Opcode::add, Reg::r1, Reg::r0, Reg::t1);
      part(1, *n.type->key, key);
      part(2, *n.type->value, value);
      b.branch(Cond::ne, Reg::r0, Reg::r1, restart);
      b.get(Reg::r1, end);
    };
    if (is_counted(n)) {
      return for_each_counted(b, n, count, entry);
    }
    const Label head = b.label();
    const Label done = b.label();
    b.bind(head);
    entry();
    expect_next_element(b, n, done);
    b.jump(head, jit::Bound::input);
    b.bind(done);
  }

 private:
  // Lists of a closed enum are not read in bulk: unknown values are moved to the unknown fields.
  [[nodiscard]] lower::BulkList bulk_list(const Lowering& l, const Node& n) const override {
    if (n.role != Role::field) {
      return {};
    }
    if (is_packed(n)) {
      const Run run = this->run(n);
      return lower::is_varint(run.encoding) ? lower::BulkList{lower::BulkList::Framing::packed, run}
                                            : lower::BulkList{};
    }
    if (!is_counted(n) || lower::category_of(*n.type->element) != lower::TypeCategory::bytes) {
      return {};
    }
    const std::string tag = repeated(n).tag;
    return {is_checked(l, *n.type->element) ? lower::BulkList::Framing::tagged_text
                                            : lower::BulkList::Framing::tagged_bytes,
            {},
            little_endian(tag),
            static_cast<std::uint32_t>(tag.size())};
  }

  [[nodiscard]] Run run(const Node& n) const override {
    if (!is_packed(n) || has_closed_enum(*n.type)) {
      return {};
    }
    const Type& element = *n.type->element;
    if (const unsigned size = fixed_size(wire_type(element)); size != 0) {
      return {lower::Encoding::little_endian, size};
    }
    const lower::Encoding encoding = element.kind == Kind::boolean  ? lower::Encoding::varint_bool
                                     : element.wire == Wire::zigzag ? lower::Encoding::varint_zigzag
                                                                    : lower::Encoding::varint;
    return {encoding, lower::width_of(element.kind)};
  }

  // The varints were counted, so they end where the list does.
  void take_run(Lowering& l, const Node& n, const Scope& scope, const Count&) const override {
    l.b.flush(Reg::r0);
    l.b.mov(Reg::t0, Reg::r0);
    if (!lower::is_varint(run(n).encoding)) {
      l.b.get(Reg::r0, scope.saved[0]);
    }
  }
};

}  // namespace

std::unique_ptr<lower::Reader> wire_reader() { return std::make_unique<WireReader>(); }

}  // namespace wirejit::pb
