// Fields of structs: the expected `,"key":` inline, everything else through a table of keys.
#include "jit/field_order.h"
#include "json/dialect.h"
#include "json/helpers.h"
#include "json/lower.h"
#include "json/reader.h"

#include <memory>
#include <string>

namespace wirejit::json {

using jit::Arg;
using jit::Builder;
using jit::Cond;
using jit::Label;
using jit::Lowering;
using jit::Reg;
using jit::Shape;
using jit::Slot;
using jit::StructEvents;

namespace {

// The byte that a value of this type begins with, where there is one alone; it is matched together
// with the key.
char opening(const Type& type) {
  switch (jit::shape_of(type)) {
    case Shape::bytes: return '"';
    case Shape::structure: return '{';
    case Shape::list: return '[';
    case Shape::map: return is_object_map(type) ? '{' : '[';
    case Shape::scalar: break;
  }
  return '\0';
}

// Longer keys are not expected inline.
constexpr std::size_t longest_literal = 250;

class Fields final : public jit::FieldSource {
 public:
  Fields(Lowering& l, const StructType& type, const StructKeys* keys, const TextOptions& options)
      : l_(l), b_(l.b), type_(type), keys_(keys), options_(options), last_(b_.new_slot()) {
    b_.put_imm(last_, -1);
  }

  void expect(int index, bool first, Label miss) override {
    const Field& f = field(index);
    std::string literal = (first ? "" : ",") + quoted(key_text(f, options_)) + ":";
    const char token = opening(*f.type);
    if (token != '\0') {
      literal += token;
    }
    if (literal.size() > longest_literal) {
      b_.jump(miss);
      return;
    }
    const auto size = static_cast<std::int64_t>(literal.size());
    b_.need(size + 1, miss);
    b_.match(literal, miss);
    if (token == '\0' && is_absent_if_null(index)) {
      check_scalar(*f.type, size, miss);
    }
    b_.advance(Reg::r0, size);
  }

  [[nodiscard]] std::int64_t readable(int index) const override {
    return opening(*field(index).type) == '\0' ? 1 : 0;
  }

  void expect_end(bool, Label miss) override {
    b_.need(1, miss);
    b_.branch_byte(Cond::ne, Reg::r0, 0, '}', miss);
    b_.advance(Reg::r0, 1);
  }

  void dispatch(Label first, Label next, const std::vector<Label>& entries, Label unknown,
                Label end) override {
    const Label found = b_.label();
    if (b_.is_used(first)) {
      b_.bind(first);
      find(helpers().first_key);
      b_.jump(found);
    }
    b_.bind(next);
    find(helpers().next_key);
    b_.bind(found);
    b_.put(last_, Reg::t1);
    // Behind the struct's end the helper gives the number of fields. A field that the target has no
    // place for goes to `unknown`.
    std::vector<Label> targets = entries;
    targets.push_back(end);
    b_.jump_table(Reg::t1, std::move(targets), unknown);
  }

  // The helper left the cursor at the first byte of the value.
  void accept(int index, Label) override {
    const char token = opening(*field(index).type);
    if (token == '\0') {
      return;
    }
    const std::uint32_t node = b_.node();
    l_.module.nodes.push_back({jit::PathNode::What::field, node, field(index).name});
    b_.set_node(static_cast<std::uint32_t>(l_.module.nodes.size() - 1));
    take_byte(l_, token, helpers().open_token);
    b_.set_node(node);
  }

  void skip() override {
    b_.call(helpers().skip_value, {Reg::r0, Reg::r1}, {.null_fails = true, .to0 = Reg::r0});
  }

 private:
  const Field& field(int index) const { return type_.fields[static_cast<std::size_t>(index)]; }
  bool is_absent_if_null(int index) const {
    return keys_->null_is_absent[static_cast<std::size_t>(index)];
  }

  // Behind the key, at distance `at`, white space and null go to `miss`; other mistakes are the
  // value's affair.
  void check_scalar(const Type& type, std::int64_t at, Label miss) {
    b_.load(Reg::t0, Reg::r0, at, 1);
    if (type.kind == Kind::boolean) {
      b_.arith_imm(jit::Opcode::and_imm, Reg::t0, Reg::t0, 0xed);  // makes 't' and 'f' equal
      b_.branch_imm(Cond::ne, Reg::t0, 't' & 0xed, miss);
    } else {
      b_.add_imm(Reg::t0, Reg::t0,
                 -'"');  // from '"' to '9' lie all bytes that a number or name begins with
      b_.branch_imm(Cond::above, Reg::t0, '9' - '"', miss);
    }
  }

  void find(const jit::Helper& h) {
    b_.call(h, {Reg::r0, Reg::r1, static_cast<const void*>(keys_), Arg::in_slot(last_.number)},
            {.null_fails = true, .to0 = Reg::r0});
  }

  Lowering& l_;
  Builder& b_;
  const StructType& type_;
  const StructKeys* keys_;
  const TextOptions& options_;
  Slot last_;
};

}  // namespace

std::shared_ptr<const StructKeys> Tables::make_keys(const StructType& type,
                                                    const TextOptions& options) {
  auto keys = std::make_shared<StructKeys>();
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const Field& f = type.fields[i];
    keys->names.add(key_text(f, options), static_cast<std::int64_t>(i));
    keys->null_is_absent.push_back(f.requiredness != Requiredness::required);
  }
  keys->names.freeze();
  keys->refuse_unknown = options.refuse_unknown_keys;
  return keys;
}

void TextReader::fields(Lowering& l, const StructType& type, jit::Place,
                        StructEvents& events) const {
  const auto mark = l.b.slot_mark();
  Fields source(l, type, tables_.keys(l, type, options_), options_);
  jit::read_fields(l, type, events, source);
  l.b.release_slots(mark);
}

}  // namespace wirejit::json
