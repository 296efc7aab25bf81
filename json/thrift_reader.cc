// Thrift JSON as a Reader. Machine code expects the text that the official writers write: each
// field's `,"id":{"type":` with the byte that opens the value is one literal. Helpers handle white
// space, other orders and forms, and errors.
#include "json/thrift_reader.h"

#include "json/helpers.h"
#include "json/lower.h"
#include "json/thrift_run.h"
#include "lower/field_order.h"
#include "lower/type_category.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace wirejit::json {

using jit::Bound;
using jit::Builder;
using jit::Cond;
using jit::Label;
using jit::Reg;
using jit::Slot;
using lower::Count;
using lower::Lowering;
using lower::Node;
using lower::Role;
using lower::Scope;
using lower::StructEvents;
using lower::TypeCategory;

namespace {

Dialect dialect_of(Unknown unknown) {
  Dialect d;
  d.unknown = unknown;
  return d;
}

char opening_of(const Type& type) {
  switch (lower::category_of(type)) {
    case TypeCategory::bytes: return '"';
    case TypeCategory::structure: return '{';
    case TypeCategory::list:
    case TypeCategory::map: return '[';
    case TypeCategory::scalar: break;
  }
  return '\0';
}

// An enum is a number on the wire.
const Type& as_written(const Type& type) {
  static const Type number = [] {
    Type t;
    t.kind = Kind::i32;
    return t;
  }();
  return type.kind == Kind::enumeration ? number : type;
}

class Fields final : public lower::FieldSource {
 public:
  Fields(Lowering& l, const StructType& type, const FieldIds* ids, bool keeps_unknown)
      : l_(l), b_(l.b), type_(type), ids_(ids), keeps_unknown_(keeps_unknown) {}

  void expect(int index, lower::Previous previous, Label miss, Label) override {
    const Field& f = field(index);
    std::string literal = previous.is_none() ? "\"" : ",\"";
    literal.append(std::to_string(f.id)).append("\":{\"");
    literal.append(wire_name(f.type->kind)).append("\":");
    if (const char token = opening_of(*f.type); token != '\0') {
      literal += token;
    }
    const auto size = static_cast<std::int64_t>(literal.size());
    b_.need(size + 1, miss);
    b_.match(literal, miss);
    b_.advance(Reg::r0, size);
  }

  [[nodiscard]] std::int64_t readable(int index) const override {
    return opening_of(*field(index).type) == '\0' ? 1 : 0;
  }

  void expect_end(lower::Previous, Label miss) override {
    b_.need(1, miss);
    b_.branch_byte(Cond::ne, Reg::r0, 0, '}', miss);
    b_.advance(Reg::r0, 1);
  }

  void dispatch(Label first, Label next, const std::vector<Label>& entries, Label unknown,
                Label end) override {
    const Label found = b_.label();
    if (b_.is_used(first)) {
      b_.bind(first);
      find(true);
      b_.jump(found);
    }
    b_.bind(next);
    find(false);
    b_.bind(found);
    std::vector<Label> targets = entries;
    targets.insert(targets.end(), {end, unknown});
    b_.jump_table(Reg::t1, std::move(targets), unknown);
  }

  // The helper has left the cursor at the first byte of the value.
  void accept(int index, Label) override {
    if (const char token = opening_of(*field(index).type); token != '\0') {
      l_.at_field(field(index), [&] { consume_byte(l_, token, helpers().open_token); });
    }
  }

  void skip() override {
    b_.call(thrift_helpers().skip_member, {Reg::r0, Reg::r1}, {.null_fails = true, .to0 = Reg::r0});
  }

  [[nodiscard]] bool rejects_unknown() const override { return true; }  // by FieldIds

  // A field is kept from the opening quote of its id.
  void put_unknown_begin(Builder& b, Slot begin) override {
    b.get_extra(Reg::t0, 0);
    b.put(begin, Reg::t0);
  }

 private:
  const Field& field(int index) const { return type_.fields[static_cast<std::size_t>(index)]; }

  void find(bool first) {
    b_.call(thrift_helpers().field[keeps_unknown_][first],
            {Reg::r0, Reg::r1, static_cast<const void*>(ids_)},
            {.null_fails = true, .to0 = Reg::r0});
  }

  Lowering& l_;
  Builder& b_;
  const StructType& type_;
  const FieldIds* ids_;
  bool keeps_unknown_;
};

// Moves past the '}' after a field's value, which is in t0, or in t0 and t1.
void end_member(Lowering& l, bool is_bytes) {
  Builder& b = l.b;
  const Label slow = b.cold_label();
  const Label done = b.skip_label();
  b.need(1, slow);
  b.branch_byte(Cond::ne, Reg::r0, 0, '}', slow);
  b.advance(Reg::r0, 1);
  b.bind(done);
  l.cold(slow, [&l, is_bytes, done] {
    const Builder::CallOptions options{.null_fails = true, .to0 = Reg::r0, .to1 = Reg::t0};
    if (is_bytes) {
      l.b.call(thrift_helpers().end_bytes, {Reg::r0, Reg::r1, Reg::t0, Reg::t1}, options);
      l.b.get_extra(Reg::t1, 0);
    } else {
      l.b.call(thrift_helpers().end_scalar, {Reg::r0, Reg::r1, Reg::t0}, options);
    }
    l.b.jump(done, Bound::input);
  });
}

void close(Lowering& l, const Closing& closing) {
  Builder& b = l.b;
  const Label slow = b.cold_label();
  const Label done = b.skip_label();
  const auto size = static_cast<std::int64_t>(closing.text.size());
  b.need(size, slow);
  b.match(closing.text, slow);
  b.advance(Reg::r0, size);
  b.bind(done);
  l.cold(slow, [&l, &closing, done] {
    l.b.call(thrift_helpers().close, {Reg::r0, Reg::r1, static_cast<const void*>(&closing)},
             {.null_fails = true, .to0 = Reg::r0});
    l.b.jump(done, Bound::input);
  });
}

// 1 or 0; a helper reads all else.
void read_flag(Lowering& l, const Node& n) {
  Builder& b = l.b;
  if (n.role == Role::key || n.role == Role::root) {
    const ThriftHelpers& h = thrift_helpers();
    b.call(n.role == Role::key ? h.flag_inside : h.root_flag, {Reg::r0, Reg::r1},
           {.null_fails = true, .to0 = Reg::r0, .to1 = Reg::t0});
    return;
  }
  const Label slow = b.cold_label();
  const Label done = b.skip_label();
  b.need(1, slow);
  b.load(Reg::t0, Reg::r0, 0, 1);
  b.add_imm(Reg::t0, Reg::t0, -'0');
  b.branch_imm(Cond::above, Reg::t0, 1, slow);
  b.advance(Reg::r0, 1);
  b.bind(done);
  l.cold(slow, [&l, done] {
    l.b.call(thrift_helpers().flag, {Reg::r0, Reg::r1},
             {.null_fails = true, .to0 = Reg::r0, .to1 = Reg::t0});
    l.b.jump(done, Bound::input);
  });
}

void open_container(Lowering& l, const Node& n, Count& count) {
  Builder& b = l.b;
  const auto* const head = l.shared<ContainerHead>(
      n.type, 0, [&] { return std::make_shared<const ContainerHead>(*n.type); });
  b.call(thrift_helpers().open_container[n.role == Role::field],
         {Reg::r0, Reg::r1, static_cast<const void*>(head)},
         {.null_fails = true, .to0 = Reg::r0, .to1 = Reg::t1});
  b.put(count.slot, Reg::t1);
  count.known = true;
}

}  // namespace

ThriftReader::ThriftReader(Unknown unknown) : TextReader(dialect_of(unknown)) {}

lower::Guarantees ThriftReader::guarantees() const {
  lower::Guarantees g = TextReader::guarantees();
  g.fields_have_values = true;
  return g;
}

std::uint64_t ThriftReader::unknown_tag() const { return thrift_member_tag; }

void ThriftReader::scalar(Lowering& l, const Node& n) const {
  Node as = n;
  as.type = &as_written(*n.type);
  if (as.type->kind == Kind::boolean) {
    read_flag(l, n);
  } else {
    TextReader::scalar(l, as);
  }
  if (n.role == Role::field) {
    end_member(l, false);
  }
}

void ThriftReader::bytes(Lowering& l, const Node& n) const {
  TextReader::bytes(l, n);
  if (n.role == Role::field) {
    end_member(l, true);
  }
}

void ThriftReader::fields(Lowering& l, const StructType& type, const lower::StructScope&,
                          StructEvents& events) const {
  const bool rejects = options().unknown == Unknown::error;
  Fields source(
      l, type,
      l.shared<FieldIds>(&type, 0, [&] { return std::make_shared<const FieldIds>(type, rejects); }),
      events.wants_unknown());
  lower::read_fields(l, type, events, source);
}

void ThriftReader::close_struct(Lowering& l, const Node& n, const Scope&) const {
  if (n.role == Role::field) {
    close(l, member_end);
  }
}

// ---- Lists and maps

Scope ThriftReader::open_list(Lowering& l, const Node& n, Count& count) const {
  open_container(l, n, count);
  return {};
}

void ThriftReader::elements(Lowering& l, const Node&, const Scope&, const Count& count,
                            const std::function<void()>& body) const {
  lower::counted_loop(l.b, count, 0, [&] {
    consume_byte(l, ',', thrift_helpers().next_element);
    body();
  });
}

void ThriftReader::close_list(Lowering& l, const Node& n, const Scope&) const {
  close(l, n.role == Role::field ? list_member_end : list_end);
}

Scope ThriftReader::open_map(Lowering& l, const Node& n, Count& count) const {
  open_container(l, n, count);
  return {};
}

// The head ends after the quote of the first key.
void ThriftReader::entries(Lowering& l, const Node&, const Scope&, const Count& count,
                           const std::function<void()>& key,
                           const std::function<void()>& value) const {
  Builder& b = l.b;
  const Slot left = b.new_slot();
  const Label loop = b.label();
  const Label end = b.label();
  const Label slow = b.cold_label();
  b.get(Reg::t0, count.slot);
  b.put(left, Reg::t0);
  b.branch_imm(Cond::eq, Reg::t0, 0, end);
  b.bind(loop);
  key();
  consume_byte(l, ':', helpers().expect_byte);
  value();
  b.add_slot(left, -1);
  b.branch_slot(Cond::eq, left, 0, end);
  b.need(2, slow);
  b.match(",\"", slow);
  b.advance(Reg::r0, 2);
  b.jump(loop, Bound::input);
  b.bind(end);
  l.cold(slow, [&l, loop] {
    l.b.call(thrift_helpers().next_key, {Reg::r0, Reg::r1}, {.null_fails = true, .to0 = Reg::r0});
    l.b.jump(loop, Bound::input);
  });
}

void ThriftReader::close_map(Lowering& l, const Node& n, const Scope&) const {
  close(l, n.role == Role::field ? map_member_end : map_end);
}

// ---- SimpleJSON

void SimpleReader::scalar(Lowering& l, const Node& n) const {
  if (n.type->kind == Kind::boolean) {
    read_flag(l, n);
  } else {
    TextReader::scalar(l, n);
  }
}

}  // namespace wirejit::json
