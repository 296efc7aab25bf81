// Reads fields of structs: the expected `,"key":` inline, all other keys through a table of keys.
#include "json/dialect.h"
#include "json/helpers.h"
#include "json/lower.h"
#include "json/reader.h"
#include "lower/field_order.h"
#include "lower/type_category.h"

#include <memory>
#include <string>

namespace wirejit::json {

using jit::Arg;
using jit::Builder;
using jit::Cond;
using jit::Label;
using jit::Reg;
using jit::Slot;
using lower::Lowering;
using lower::StructEvents;
using lower::TypeCategory;

char opening(const Type& type, const Dialect& dialect) {
  switch (dialect.proto ? semantic_of(type) : Semantic::none) {
    case Semantic::timestamp:
    case Semantic::duration:
    case Semantic::field_mask: return '"';
    case Semantic::list_value: return '[';
    case Semantic::value:
    case Semantic::wrapper: return '\0';
    default: break;
  }
  switch (lower::category_of(type)) {
    case TypeCategory::bytes: return '"';
    case TypeCategory::structure: return '{';
    case TypeCategory::list: return '[';
    case TypeCategory::map: return is_object_map(type) ? '{' : '[';
    case TypeCategory::scalar: break;
  }
  return '\0';
}

char opening(const Field& field, const Dialect& dialect) {
  const bool may_be_number = field.type->kind == Kind::string && has_text_numbers(field, dialect);
  return may_be_number ? '\0' : opening(*field.type, dialect);
}

namespace {

// Longer keys are not expected inline.
constexpr std::size_t longest_literal = 250;

class Fields final : public lower::FieldSource {
 public:
  Fields(Lowering& l, const StructType& type, const StructKeys* keys, const Dialect& options,
         bool keeps_unknown)
      : l_(l),
        b_(l.b),
        type_(type),
        keys_(keys),
        options_(options),
        keeps_unknown_(keeps_unknown),
        last_(b_.new_slot()) {
    b_.put_imm(last_, -1);
    if (options_.proto && !type.oneofs.empty()) {
      const std::size_t words = (type.fields.size() + 63) / 64;
      members_ = b_.new_slots(static_cast<std::uint16_t>(words));
      for (std::size_t w = 0; w < words; ++w) {
        b_.put_imm(word(w), 0);
      }
    }
  }

  void expect(int index, lower::Previous previous, Label miss, Label) override {
    const Field& f = field(index);
    std::string literal = (previous.is_none() ? "" : ",") + quoted(key_text(f, options_)) + ":";
    const char token = opening(f, options_);
    if (token != '\0') {
      literal += token;
    }
    if (literal.size() > longest_literal || is_droppable(index)) {
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
    check_oneof(index);
  }

  [[nodiscard]] std::int64_t readable(int index) const override {
    return opening(field(index), options_) == '\0' ? 1 : 0;
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
    b_.put(last_, Reg::t1);
    // The helper returns the field, or one of the results of find_key after the last field. A field
    // that the target does not have goes to `unknown`.
    std::vector<Label> targets = entries;
    targets.insert(targets.end(), {end, unknown, has_nulls() ? null_ : unknown});
    b_.jump_table(Reg::t1, std::move(targets), unknown);
  }

  // The helper has left the cursor at the first byte of the value.
  void accept(int index, Label) override {
    const char token = opening(field(index), options_);
    if (token == '\0') {
      check_oneof(index);
      return;
    }
    l_.at_field(field(index), [&] { consume_byte(l_, token, helpers().open_token); });
    check_oneof(index);
  }

  void skip() override {
    b_.call(helpers().skip_value, {Reg::r0, Reg::r1}, {.null_fails = true, .to0 = Reg::r0});
  }

  [[nodiscard]] bool rejects_unknown() const override { return true; }  // by StructKeys

  // An unknown member is kept from the opening quote of its key.
  void put_unknown_begin(Builder& b, Slot begin) override {
    b.get_extra(Reg::t0, 0);
    b.put(begin, Reg::t0);
  }

  [[nodiscard]] bool has_nulls() const override { return !type_.fields.empty(); }
  void begin_nulls(Label null, const Slot* seen) override {
    null_ = null;
    seen_ = seen == nullptr ? Arg(std::uint64_t{0}) : Arg::address_of_slot(seen->number);
  }
  void null_position() override {
    b_.get_extra(Reg::t0, 1);
    b_.put(last_, Reg::t0);
  }
  void undo_field(Slot index) override {
    if (options_.proto && !type_.oneofs.empty()) {
      b_.call(helpers().clear_bit,
              {Arg::address_of_slot(members_.number), Arg::in_slot(index.number)});
    }
  }

 private:
  const Field& field(int index) const { return type_.fields[static_cast<std::size_t>(index)]; }
  bool is_absent_if_null(int index) const {
    return keys_->null_is_absent[static_cast<std::size_t>(index)];
  }

  bool is_droppable(int index) const {
    return !keys_->droppable.empty() &&
           keys_->droppable[static_cast<std::size_t>(index)] != nullptr;
  }

  // If the field is a member of a oneof, fails if another member was read before.
  void check_oneof(int index) {
    const int oneof = field(index).oneof;
    if (!options_.proto || oneof < 0) {
      return;
    }
    for (std::size_t w = 0; w * 64 < type_.fields.size(); ++w) {
      std::uint64_t others = 0;
      for (std::size_t i = w * 64; i < type_.fields.size() && i < w * 64 + 64; ++i) {
        const bool other = type_.fields[i].oneof == oneof && i != static_cast<std::size_t>(index);
        others |= std::uint64_t{other} << (i % 64);
      }
      if (others != 0) {
        l_.at_field(field(index), [&] {
          b_.branch_bits(Cond::ne, word(w), static_cast<std::int64_t>(others),
                         l_.failure(Errc::oneof_conflict));
        });
      }
    }
    b_.or_slot(word(static_cast<std::size_t>(index) / 64),
               static_cast<std::int64_t>(std::uint64_t{1} << (index % 64)));
  }
  Slot word(std::size_t w) const { return {static_cast<std::uint16_t>(members_.number + w)}; }

  // Goes to `miss` if white space or null is at distance `at`, after the key. Other errors are
  // found when the value is read.
  void check_scalar(const Type& type, std::int64_t at, Label miss) {
    b_.load(Reg::t0, Reg::r0, at, 1);
    const bool wraps =
        options_.proto && semantic_of(type) == Semantic::wrapper && !type.structure->fields.empty();
    const Type& value = wraps ? *type.structure->fields[0].type : type;
    if (value.kind == Kind::boolean) {
      b_.arith_imm(jit::Opcode::and_imm, Reg::t0, Reg::t0, 0xed);  // makes 't' and 'f' equal
      b_.branch_imm(Cond::ne, Reg::t0, 't' & 0xed, miss);
    } else {
      b_.add_imm(Reg::t0, Reg::t0,
                 -'"');  // all bytes that a number or name begins with are from '"' to '9'
      b_.branch_imm(Cond::above, Reg::t0, '9' - '"', miss);
    }
  }

  void find(bool first) {
    b_.call(helpers().key[options_.proto][keeps_unknown_][first],
            {Reg::r0, Reg::r1, static_cast<const void*>(keys_), Arg::in_slot(last_.number), seen_},
            {.null_fails = true, .to0 = Reg::r0});
  }

  Lowering& l_;
  Builder& b_;
  const StructType& type_;
  const StructKeys* keys_;
  const Dialect& options_;
  bool keeps_unknown_;
  Slot last_;
  Label null_ = jit::no_label;
  Arg seen_{std::uint64_t{0}};
  Slot members_;  // bits by field: members of oneofs that were read
};

}  // namespace

const EnumNames* enum_names(Lowering& l, const EnumType& type, const Dialect& options) {
  const bool reject = options.reject_unknown_numbers || (options.proto && type.closed);
  return l.shared<EnumNames>(&type, reject,
                             [&] { return std::make_shared<const EnumNames>(type, reject); });
}

namespace {

std::shared_ptr<const StructKeys> make_keys(Lowering& l, const StructType& type,
                                            const Dialect& options, bool skips_type) {
  auto keys = std::make_shared<StructKeys>();
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const Field& f = type.fields[i];
    keys->names.add(key_text(f, options), static_cast<std::int64_t>(i));
    // null is a value of Value and NullValue.
    const Semantic s = options.proto ? semantic_of(*f.type) : Semantic::none;
    keys->null_is_absent.push_back(options.proto ? s != Semantic::value && s != Semantic::null_value
                                                 : options.null_is_missing ||
                                                       f.requiredness != Requiredness::required);
    if (options.proto && options.unknown != Unknown::error) {
      const EnumType* e = f.type->kind == Kind::enumeration ? f.type->enumeration : nullptr;
      keys->droppable.push_back(e == nullptr ? nullptr : enum_names(l, *e, options));
    }
  }
  for (std::size_t i = 0; reads_both_keys(options) && i < type.fields.size(); ++i) {
    const Field& f = type.fields[i];
    if (!f.extension) {
      keys->names.add(options.keys == Keys::name ? f.json_name : f.name,
                      static_cast<std::int64_t>(i));
    }
  }
  keys->names.freeze();
  keys->reject_unknown = options.unknown == Unknown::error;
  keys->skips_type = skips_type;
  return keys;
}

}  // namespace

const StructKeys* struct_keys(Lowering& l, const StructType& type, const Dialect& options,
                              bool skips_type) {
  return l.shared<StructKeys>(&type, skips_type,
                              [&] { return make_keys(l, type, options, skips_type); });
}

void TextReader::fields(Lowering& l, const StructType& type, const lower::StructScope&,
                        StructEvents& events) const {
  keyed_fields(l, type, events, false);
}

void TextReader::keyed_fields(Lowering& l, const StructType& type, StructEvents& events,
                              bool skips_type) const {
  const auto mark = l.b.slot_mark();
  Fields source(l, type, struct_keys(l, type, options_, skips_type), options_,
                events.wants_unknown());
  lower::read_fields(l, type, events, source);
  l.b.release_slots(mark);
}

}  // namespace wirejit::json
