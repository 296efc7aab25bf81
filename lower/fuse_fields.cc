// The fields of one struct: what the reader's events mean to the writer.
#include "lower/fusion.h"
#include "lower/type_category.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

namespace wirejit::lower {

using jit::Builder;
using jit::Cond;
using jit::Label;
using jit::Opcode;
using jit::PathNode;
using jit::Reg;
using jit::Slot;

namespace {

Slot word(Slot s, std::size_t bit) { return {static_cast<std::uint16_t>(s.number + bit / 64)}; }

bool is_identity(const std::vector<int>& fields, std::size_t size) {
  std::vector<int> same(size);
  std::iota(same.begin(), same.end(), 0);
  return fields == same;
}

}  // namespace

Struct Fusion::struct_of(const StructType& source, StructScope& r, StructScope& w) const {
  if (mapping_ == nullptr) {
    return {source, source, nullptr, r, w};
  }
  const Mapping::Struct& mapped = mapping_->of(source);
  return {source, *mapped.to, &mapped.fields, r, w};
}

void Fusion::struct_fields(const StructType& source, StructScope& r, StructScope& w) {
  if (source.fields.size() > max_fields) {
    error_ = source.full_name + " has more than " + std::to_string(max_fields) + " fields";
    return;
  }
  const Struct s = struct_of(source, r, w);
  if (needs_.fields_in_order && s.fields != nullptr &&
      !is_identity(*s.fields, s.target.fields.size())) {
    error_ = s.target.full_name + " is written in the order of its fields, which is not that of " +
             source.full_name;
    return;
  }
  FieldEvents events(*this, s);
  events.expect_member();
  writer_.begin_fields(*l_, s.target, w);
  reader_.begin_fields(*l_, source, r);
  reader_.fields(*l_, source, r, events);
}

FieldEvents::FieldEvents(Fusion& f, const Struct& s, bool has_source)
    : f_(f), s_(s), has_source_(has_source), given_(s.source.fields.size()) {
  const PresenceWriter* const words = f.writer_.presence_words();
  presence_at_end_ =
      f.guarantees_.fields_have_values && !f.guarantees_.fields_in_order && f.mapping_ == nullptr &&
      words != nullptr && words->has_presence_words(s.target, s.w) &&
      (tracks_presence() || on_duplicate() != Duplicate::replace || are_many_usual());
}

// Where nothing else looks at what came, a bit for each field costs less than a word for all of
// few; and than to join runs, if most are left out as a rule.
bool FieldEvents::are_many_usual() const {
  constexpr std::ptrdiff_t few = 4;
  return std::ranges::count_if(s_.source.fields, [](const Field& field) {
           return field.requiredness != Requiredness::optional;
         }) > few;
}

// The field that the writer wrote before.
Previous FieldEvents::mapped(Previous previous) const {
  return previous.is_known() && !previous.is_none() ? Previous::field(s_.mapped(previous.index()))
                                                    : previous;
}

namespace {

Node field_node(const StructType& type, const StructScope& scope, int position) {
  Node n;
  n.role = Role::field;
  n.field = &type.fields[static_cast<std::size_t>(position)];
  n.type = n.field->type;
  n.parent = &type;
  n.index = position;
  n.scope = &scope;
  return n;
}

}  // namespace

Value FieldEvents::value_of(int index, Previous previous) const {
  Value v{field_node(s_.source, s_.r, index), field_node(s_.target, s_.w, s_.mapped(index))};
  v.target.previous = mapped(previous);
  return v;
}

// One that is written.
Value FieldEvents::written(int index, Previous previous) const {
  Value v = value_of(index, previous);
  v.target.place = f_.writer_.field(s_.target, s_.w, v.target.index);
  v.target.keeps_zero = has_source_ && f_.reader_.has_initial_value(s_.source, s_.r, index);
  return v;
}

void FieldEvents::field(int index, Previous previous) {
  const Field& field = at(index);
  given_[static_cast<std::size_t>(index)] = true;
  f_.within(PathNode::What::field, field.name, field.type, [&] {
    Value v = written(index, previous);
    v.source.place = f_.reader_.field(s_.source, s_.r, index);
    v.target.presence_at_end = presence_at_end_;
    f_.l_->b.comment([&] { return std::to_string(field.id) + ": " + field.name; });
    note_member();
    f_.value(v);
  });
}

void FieldEvents::absent(int index, Previous previous) {
  if (!needs_absent(index)) {
    return;
  }
  const Field& field = at(index);
  f_.within(PathNode::What::field, field.name, field.type, [&] {
    const Absence then = absence(index);
    if (!is_union() && (then == Absence::zero || then == Absence::default_value)) {
      note_member();
    }
    switch (then) {
      case Absence::zero: return f_.zero(written(index, previous));
      case Absence::default_value:
        return f_.constant(written(index, previous), *field.default_value);
      case Absence::error: return f_.l_->b.jump(f_.l_->failure(Errc::missing_required));
      case Absence::tell_target: return tell_target(index, previous);
      case Absence::nothing: return;
    }
  });
}

// Neither zero nor a default is to be written.
void FieldEvents::tell_target(int index, Previous previous) {
  f_.writer_.absent(
      *f_.l_, value_of(index, previous).target,
      [this](const StructType& type, int i) { return f_.reader_.absent_is_zero(type, i); });
}

// Within a constant: the field has a value, or a default, or did not come.
void FieldEvents::constant(int index, const ConstValue* given) {
  if (!is_mapped(index)) {
    return;
  }
  const AbsentDefault by = absent_default(index);
  const bool is_default = by == AbsentDefault::is_needed ||
                          (by == AbsentDefault::by_options && at(index).default_value &&
                           at(index).requiredness != Requiredness::optional);
  if (given == nullptr && is_default) {
    given = &*at(index).default_value;
  }
  if (given != nullptr) {
    f_.constant(written(index, Previous::unknown()), *given);
  } else if (is_required_by_target(index) &&
             f_.options_.missing_required != MissingRequired::omit) {
    f_.l_->b.jump(f_.l_->failure(Errc::missing_required));
  } else if (tells_target(index)) {
    tell_target(index, Previous::unknown());
  }
}

void FieldEvents::zero(int index, Fusion::ZeroOf of) {
  if (!is_mapped(index)) {
    return;
  }
  const Field& field = at(index);
  if (of == Fusion::ZeroOf::null && field.requiredness != Requiredness::required) {
    return absent(index, Previous::unknown());
  }
  const bool is_required =
      field.requiredness == Requiredness::required || is_required_by_target(index);
  // The struct was measured by what the source requires.
  if (field.requiredness != Requiredness::required && is_required && !field.default_value &&
      category_of(*field.type) == TypeCategory::structure) {
    return f_.l_->b.jump(f_.l_->failure(Errc::missing_required));
  }
  if (is_required) {  // also if an object holds it: it is there, as if it had come
    const Value v = written(index, Previous::unknown());
    return field.default_value ? f_.constant(v, *field.default_value) : f_.zero(v, of);
  }
  if (absent_default(index) == AbsentDefault::is_needed) {
    f_.constant(written(index, Previous::unknown()), *field.default_value);
  } else if (tells_target(index)) {
    tell_target(index, Previous::unknown());
  }
}

void FieldEvents::finish(Slot seen) {
  Builder& b = f_.l_->b;
  if (presence_at_end_) {
    f_.writer_.presence_words()->presence(*f_.l_, s_.target, s_.w, &seen);
  }
  if (is_union()) {
    finish_union(seen);
  }
  const int n = static_cast<int>(s_.source.fields.size());
  std::uint64_t required = 0;  // of the word of `seen` at hand, not looked at so far
  for (int index = 0; index < n; ++index) {
    if (index % 64 == 0) {
      require(seen, index - 1, std::exchange(required, 0));
    }
    if (in_order() ? !is_mapped(index) : !needs_absent(index)) {
      continue;
    }
    if (!in_order() && absence(index) == Absence::error) {
      required |= 1ULL << (index % 64);
      continue;
    }
    require(seen, index - 1, std::exchange(required, 0));
    const auto i = static_cast<std::size_t>(index);
    const auto bit = static_cast<std::int64_t>(1ULL << (i % 64));
    if (in_order()) {  // nothing can be written where it was missed
      b.branch_bits(Cond::eq, word(seen, i), bit, f_.l_->failure(jit::restart_errc));
      continue;
    }
    const Label there = b.label();
    b.branch_bits(Cond::ne, word(seen, i), bit, there);
    absent(index, Previous::unknown());
    b.bind(there);
  }
  require(seen, n - 1, required);
  fail_without_member();
  absent_in_source();
  f_.writer_.end_fields(*f_.l_, s_.target, s_.w);
}

// Fails unless all of `fields`, which are bits of the word of `seen` that has field `index`, came.
void FieldEvents::require(Slot seen, int index, std::uint64_t fields) {
  if (fields == 0) {
    return;
  }
  Builder& b = f_.l_->b;
  const auto mask = static_cast<std::int64_t>(fields);
  const auto at = static_cast<std::size_t>(index);
  if (std::has_single_bit(fields)) {
    f_.l_->at_field(this->at(static_cast<int>(at / 64 * 64) + std::countr_zero(fields)), [&] {
      b.branch_bits(Cond::eq, word(seen, at), mask, f_.l_->failure(Errc::missing_required));
    });
    return;
  }
  const Label missing = b.cold_label();
  b.get(Reg::t0, word(seen, at));
  b.arith_imm(Opcode::and_imm, Reg::t0, Reg::t0, mask);
  b.branch_imm(Cond::ne, Reg::t0, mask, missing);
  f_.l_->cold(missing, [l = f_.l_, mask, at] {
    l->b.arith_imm(Opcode::xor_imm, Reg::t0, Reg::t0, mask);
    l->b.jump(l->failure_of_bit(Errc::missing_required, Reg::t0, static_cast<unsigned>(at / 64)));
  });
}

void FieldEvents::finish_all() {
  if (is_union() && s_.source.fields.empty() && f_.options_.check_unions) {
    f_.l_->b.jump(f_.l_->failure(Errc::union_not_one));
    return;
  }
  if (presence_at_end_) {
    f_.writer_.presence_words()->presence(*f_.l_, s_.target, s_.w, nullptr);
  }
  fail_without_member();
  absent_in_source();
  f_.writer_.end_fields(*f_.l_, s_.target, s_.w);
}

// Fields of the target without a counterpart in the source are absent in every message.
void FieldEvents::absent_in_source() {
  if (s_.fields == nullptr || !f_.needs_.absent_fields) {
    return;
  }
  std::vector<bool> mapped_to(s_.target.fields.size());
  for (const int position : *s_.fields) {
    if (position >= 0) {
      mapped_to[static_cast<std::size_t>(position)] = true;
    }
  }
  for (std::size_t i = 0; i < mapped_to.size(); ++i) {
    const int position = static_cast<int>(i);
    if (!mapped_to[i] && f_.writer_.has_field(s_.target, s_.w, position) &&
        f_.writer_.needs_absent(s_.target, s_.w, position)) {
      Node field = field_node(s_.target, s_.w, position);
      field.previous = Previous::unknown();
      f_.writer_.absent(*f_.l_, field, [](const StructType&, int) { return false; });
    }
  }
}

void FieldEvents::finish_union(Slot seen) {
  if (!f_.options_.check_unions) {
    return;
  }
  Builder& b = f_.l_->b;
  const Label some = b.label();
  for (std::size_t i = 0; i < s_.source.fields.size(); i += 64) {
    b.branch_slot(Cond::ne, word(seen, i), 0, some);
  }
  b.jump(f_.l_->failure(Errc::union_not_one));
  b.bind(some);
}

void FieldEvents::expect_member() {
  const bool is_needed = is_union() || s_.target.flavor == StructFlavor::union_;
  const bool may_lack_it = f_.mapping_ != nullptr || lacks_a_member();
  if (f_.options_.check_unions && is_needed && may_lack_it) {
    has_member_ = f_.l_->b.new_slot();
    f_.l_->b.put_imm(*has_member_, 0);
  }
}

bool FieldEvents::lacks_a_member() const {
  for (std::size_t i = 0; i < s_.source.fields.size(); ++i) {
    if (!is_mapped(static_cast<int>(i))) {
      return true;
    }
  }
  return false;
}

// A field comes, or has a value all the same.
void FieldEvents::note_member() {
  if (has_member_) {
    f_.l_->b.put_imm(*has_member_, 1);
  }
}

void FieldEvents::fail_without_member() {
  if (has_member_) {
    f_.l_->b.branch_slot(Cond::eq, *has_member_, 0, f_.l_->failure(Errc::union_not_one));
  }
}

bool FieldEvents::tracks_presence() const {
  if (presence_at_end_ || in_order()) {
    return true;
  }
  for (std::size_t i = 0; i < s_.source.fields.size(); ++i) {
    if (needs_absent(static_cast<int>(i))) {
      return true;
    }
  }
  return is_union() && f_.options_.check_unions;
}

bool FieldEvents::in_order() const {
  return f_.needs_.fields_in_order && !f_.guarantees_.fields_in_order;
}

FieldEvents::Duplicate FieldEvents::on_duplicate() const {
  if (is_union() && f_.options_.check_unions &&
      f_.guarantees_.duplicates != DuplicateRule::merges) {
    return Duplicate::fail_union;
  }
  if (f_.guarantees_.unique_fields) {
    return Duplicate::replace;
  }
  if (rejects_duplicates()) {
    return Duplicate::fail;
  }
  if (f_.guarantees_.duplicates == DuplicateRule::merges) {
    return Duplicate::restart;
  }
  return f_.needs_.unique_fields ? Duplicate::restart : Duplicate::replace;
}

bool FieldEvents::rejects_duplicates() const {
  return f_.options_.reject_duplicate_fields ||
         f_.guarantees_.duplicates == DuplicateRule::is_error;
}

void FieldEvents::undo_field(Slot index) {
  if (f_.mapping_ == nullptr) {
    f_.writer_.undo_field(*f_.l_, s_.target, s_.w, index);
  }
}

// ---- What is to be done about a field that does not come

bool FieldEvents::is_mapped(int index) const {
  const int mapped = s_.mapped(index);
  return mapped >= 0 && f_.writer_.has_field(s_.target, s_.w, mapped);
}

bool FieldEvents::needs_absent(int index) const {
  return is_mapped(index) && absence(index) != Absence::nothing;
}

FieldEvents::Absence FieldEvents::absence(int index) const {
  const Field& field = at(index);
  const bool is_required = field.requiredness == Requiredness::required;
  const MissingRequired missing = f_.options_.missing_required;
  if (needs_zero(index)) {
    return Absence::zero;
  }
  if (is_required && missing == MissingRequired::error) {
    return Absence::error;
  }
  const AbsentDefault by = absent_default(index);
  if (by == AbsentDefault::is_needed) {
    return Absence::default_value;
  }
  if (by == AbsentDefault::by_options) {
    const MissingFields wanted = missing_fields(index);
    if (field.default_value && wanted != MissingFields::none) {
      return Absence::default_value;
    }
    if (wanted == MissingFields::all && f_.has_zero(*field.type)) {
      return Absence::zero;
    }
    if ((is_required || is_required_by_target(index)) && missing != MissingRequired::omit) {
      return Absence::error;
    }
  }
  return tells_target(index) ? Absence::tell_target : Absence::nothing;
}

// Whether the options ask for a field that does not come.
MissingFields FieldEvents::missing_fields(int index) const {
  const Field& field = at(index);
  const bool is_required = field.requiredness == Requiredness::required;
  if ((is_required || is_required_by_target(index)) &&
      f_.options_.missing_required == MissingRequired::zero) {
    return MissingFields::all;
  }
  if (is_required) {
    return MissingFields::none;
  }
  if (is_union() || field.oneof >= 0) {
    return MissingFields::none;
  }
  return field.requiredness == Requiredness::optional ? f_.options_.optional_fields
                                                      : f_.options_.default_fields;
}

bool FieldEvents::is_required_by_target(int index) const {
  return f_.mapping_ != nullptr && target_field(index).requiredness == Requiredness::required;
}

bool FieldEvents::tells_target(int index) const {
  return f_.needs_.absent_fields && f_.writer_.needs_absent(s_.target, s_.w, s_.mapped(index));
}

// The source's default is what an absent field means.
AbsentDefault FieldEvents::absent_default(int index) const {
  return at(index).default_value.has_value()
             ? f_.writer_.absent_default(s_.target, s_.w, s_.mapped(index))
             : AbsentDefault::by_options;
}

// Absence in the source says zero or empty, and the target would take it for something else.
bool FieldEvents::needs_zero(int index) const {
  const bool needed = at(index).requiredness == Requiredness::required ||
                      is_required_by_target(index) ||
                      (f_.mapping_ != nullptr && target_field(index).default_value.has_value());
  return needed && f_.reader_.absent_is_zero(s_.source, index) &&
         category_of(*at(index).type) != TypeCategory::structure;
}

// ---- Unknown fields

bool FieldEvents::wants_unknown() const {
  const UnknownWriter* const writer =
      f_.mapping_ == nullptr ? f_.writer_.unknown_fields() : nullptr;
  const std::uint64_t tag = f_.reader_.unknown_tag();
  const bool given = tag != 0 || !f_.reader_.reads_input();
  return f_.options_.unknown == Unknown::keep && given && writer != nullptr &&
         writer->takes_unknown(s_.target, s_.w, tag);
}

bool FieldEvents::rejects_unknown() const { return f_.options_.unknown == Unknown::error; }

void FieldEvents::unknown() {
  std::vector<bool> written = given_;
  for (std::size_t i = 0; i < written.size(); ++i) {
    written[i] = written[i] || needs_absent(static_cast<int>(i));
  }
  f_.writer_.unknown_fields()->unknown(*f_.l_, s_.target, s_.w, f_.reader_.unknown_tag(), written);
}

}  // namespace wirejit::lower
