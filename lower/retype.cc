// Pairs of structs are found once, from the roots; then every node is translated as it comes.
#include "lower/retype.h"
#include "lower/shape.h"

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace wirejit::lower {

using jit::Builder;
using jit::Cond;
using jit::Opcode;
using jit::Reg;

namespace {

bool is_integer(Kind kind) { return kind >= Kind::i8 && kind <= Kind::u64; }
// Enums are numbers of 32 bits.
Kind number_kind(Kind kind) { return kind == Kind::enumeration ? Kind::i32 : kind; }

// Whether a value of one kind can be written as the other, perhaps after a look at its range.
bool goes_into(Kind from, Kind to) {
  if (from == to) {
    return true;
  }
  if (is_integer(number_kind(from)) && is_integer(number_kind(to))) {
    return true;
  }
  const auto is_list = [](Kind kind) { return kind == Kind::list || kind == Kind::set; };
  return (is_list(from) && is_list(to)) || (from == Kind::string && to == Kind::binary);
}

// A struct of the source and what it becomes: for each of its fields the position in the target, or
// -1.
struct Pair {
  const StructType* to = nullptr;
  std::vector<int> fields;
};
using Pairs = std::map<const StructType*, Pair>;

class Matcher {
 public:
  explicit Matcher(Match match) : match_(match) {}

  Result<Pairs> run(const Type& from, const Type& to) {
    if (from.kind != Kind::structure || to.kind != Kind::structure) {
      return std::unexpected(Error(Errc::unsupported, "only structs are matched field by field"));
    }
    types(from, to, from.structure->full_name);
    while (!todo_.empty() && error_.empty()) {
      const StructType* next = todo_.back();
      todo_.pop_back();
      fields(*next, pairs_.at(next));
    }
    if (!error_.empty()) {
      return std::unexpected(Error(Errc::unsupported, error_));
    }
    return std::move(pairs_);
  }

 private:
  void refuse(std::string why) {
    if (error_.empty()) {
      error_ = std::move(why);
    }
  }

  void types(const Type& from, const Type& to, const std::string& where) {
    if (!goes_into(from.kind, to.kind)) {
      return refuse(where + ": " + from.to_string() + " does not become " + to.to_string());
    }
    switch (shape_of(from)) {
      case Shape::structure: return structs(*from.structure, *to.structure, where);
      case Shape::list: return types(*from.element, *to.element, where);
      case Shape::map:
        types(*from.key, *to.key, where);
        return types(*from.value, *to.value, where);
      default: return;
    }
  }

  void structs(const StructType& from, const StructType& to, const std::string& where) {
    const auto [at, fresh] = pairs_.try_emplace(&from, Pair{&to, {}});
    if (!fresh && at->second.to != &to) {
      return refuse(where + ": " + from.full_name + " would have to become both " +
                    at->second.to->full_name + " and " + to.full_name);
    }
    if (fresh) {
      todo_.push_back(&from);
    }
  }

  void fields(const StructType& from, Pair& pair) {
    std::vector<bool> met(pair.to->fields.size());
    for (const Field& f : from.fields) {
      const int index = counterpart(f, *pair.to);
      pair.fields.push_back(index);
      if (index < 0) {
        continue;
      }
      met[static_cast<std::size_t>(index)] = true;
      types(*f.type, *pair.to->fields[static_cast<std::size_t>(index)].type,
            from.full_name + "." + f.name);
    }
    for (std::size_t i = 0; i < met.size(); ++i) {
      if (!met[i] && pair.to->fields[i].requiredness == Requiredness::required) {
        refuse(pair.to->full_name + "." + pair.to->fields[i].name + " is required, and " +
               from.full_name + " has no such field");
      }
    }
  }

  int counterpart(const Field& f, const StructType& to) const {
    return match_ == Match::number ? to.index_of_id(f.id) : to.index_like(f);
  }

  Match match_;
  Pairs pairs_;
  std::vector<const StructType*> todo_;
  std::string error_;
};

class Retyped final : public Writer {
 public:
  Retyped(std::unique_ptr<Writer> writer, const Type& to, Pairs pairs)
      : writer_(std::move(writer)), to_(to), pairs_(std::move(pairs)) {}

  [[nodiscard]] Needs needs() const override {
    Needs n = writer_->needs();
    n.absent_fields = true;  // for those that the target requires
    return n;
  }

  [[nodiscard]] Place root(const Type&) const override { return writer_->root(to_); }
  [[nodiscard]] Place field(const StructType& type, Place inner, int index) const override {
    return writer_->field(*of(type).to, inner, at(type, index));
  }
  [[nodiscard]] Place element(const Node& n) const override {
    return writer_->element(translate(n));
  }
  [[nodiscard]] Place key(const Node& n) const override { return writer_->key(translate(n)); }
  [[nodiscard]] Place value(const Node& n) const override { return writer_->value(translate(n)); }

  void begin(Lowering& l, const Node& n) const override { writer_->begin(l, translate(n)); }
  void end(Lowering& l, const Node& n) const override { writer_->end(l, translate(n)); }

  void scalar(Lowering& l, const Node& n) const override {
    const Node& to = translate(n);
    convert(l, number_kind(n.type->kind), number_kind(to.type->kind));
    writer_->scalar(l, to);
  }
  void bytes(Lowering& l, const Node& n, BytesAt where) const override {
    writer_->bytes(l, translate(n), where);
  }

  Scope open_struct(Lowering& l, const Node& n, bool called) const override {
    return writer_->open_struct(l, translate(n), called);
  }
  void begin_fields(Lowering& l, const StructType& type, Place inner) const override {
    writer_->begin_fields(l, *of(type).to, inner);
  }
  void end_fields(Lowering& l, const StructType& type, Place inner) const override {
    writer_->end_fields(l, *of(type).to, inner);
  }
  void close_struct(Lowering& l, const Node& n, const Scope& scope) const override {
    writer_->close_struct(l, translate(n), scope);
  }
  [[nodiscard]] bool has_field(const StructType& type, Place inner, int index) const override {
    const int mine = at(type, index);
    return mine >= 0 && writer_->has_field(*of(type).to, inner, mine);
  }
  [[nodiscard]] bool needs_absent(const StructType& type, Place inner, int index) const override {
    const int mine = at(type, index);
    if (mine < 0) {
      return false;
    }
    return is_required(type, mine) ||
           (writer_->needs().absent_fields && writer_->needs_absent(*of(type).to, inner, mine));
  }
  void absent(Lowering& l, const StructType& type, Place inner, int index,
              const AbsentIsZero& is_zero) const override {
    const int mine = at(type, index);
    if (is_required(type, mine) && !l.options.allow_partial) {
      l.b.jump(l.failure(Errc::missing_required));
    } else if (writer_->needs().absent_fields) {
      writer_->absent(l, *of(type).to, inner, mine, is_zero);
    }
  }
  // Where the target would take absence for something else.
  [[nodiscard]] bool needs_zero(const StructType& type, int index) const override {
    const int mine = at(type, index);
    return mine >= 0 &&
           (is_required(type, mine) ||
            of(type).to->fields[static_cast<std::size_t>(mine)].default_value.has_value());
  }
  [[nodiscard]] bool wants_default(const StructType& type, Place inner, int index) const override {
    // The source's default is what an absent field means: written unless the target is optional.
    return writer_->wants_default(*of(type).to, inner, at(type, index));
  }

  Scope open_list(Lowering& l, const Node& n, const Count& count) const override {
    return writer_->open_list(l, translate(n), count);
  }
  void begin_element(Lowering& l, const Node& n, const Scope& scope,
                     const Count& count) const override {
    writer_->begin_element(l, translate(n), scope, count);
  }
  void end_element(Lowering& l, const Node& n, const Scope& scope,
                   const Count& count) const override {
    writer_->end_element(l, translate(n), scope, count);
  }
  void close_list(Lowering& l, const Node& n, const Scope& scope,
                  const Count& count) const override {
    writer_->close_list(l, translate(n), scope, count);
  }

  Scope open_map(Lowering& l, const Node& n, const Count& count) const override {
    return writer_->open_map(l, translate(n), count);
  }
  void begin_key(Lowering& l, const Node& n, const Scope& scope,
                 const Count& count) const override {
    writer_->begin_key(l, translate(n), scope, count);
  }
  void begin_value(Lowering& l, const Node& n, const Scope& scope) const override {
    writer_->begin_value(l, translate(n), scope);
  }
  void end_entry(Lowering& l, const Node& n, const Scope& scope,
                 const Count& count) const override {
    writer_->end_entry(l, translate(n), scope, count);
  }
  void close_map(Lowering& l, const Node& n, const Scope& scope,
                 const Count& count) const override {
    writer_->close_map(l, translate(n), scope, count);
  }

  // Runs are taken over as they are: only where no element's range has to be looked at.
  [[nodiscard]] Run run(const Node& n) const override {
    const Node& to = translate(n);
    const Kind a = number_kind(n.type->element->kind);
    const Kind b = number_kind(to.type->element->kind);
    return a == b || (is_integer(a) && is_integer(b) && width_of(a) == width_of(b))
               ? writer_->run(to)
               : Run{};
  }
  void give_run(Lowering& l, const Node& n, const Scope& scope, const Count& count) const override {
    writer_->give_run(l, translate(n), scope, count);
  }
  void put_run(Lowering& l, const Node& n, const Scope& scope, const Count& count) const override {
    writer_->put_run(l, translate(n), scope, count);
  }

 private:
  const Pair& of(const StructType& type) const { return pairs_.at(&type); }
  int at(const StructType& type, int index) const {
    return of(type).fields[static_cast<std::size_t>(index)];
  }
  bool is_required(const StructType& type, int mine) const {
    return of(type).to->fields[static_cast<std::size_t>(mine)].requiredness ==
           Requiredness::required;
  }

  // The node as the writer knows it. Nodes are kept: others point at them as their containers.
  const Node& translate(const Node& n) const {
    Node& to = nodes_.emplace_back(n);
    switch (n.role) {
      case Role::root: to.type = &to_; break;
      case Role::field:
        to.parent = of(*n.parent).to;
        to.index = at(*n.parent, n.index);
        to.field = &to.parent->fields[static_cast<std::size_t>(to.index)];
        to.type = to.field->type;
        break;
      case Role::element:
        to.container = &translate(*n.container);
        to.type = to.container->type->element;
        break;
      case Role::key:
      case Role::value:
        to.container = &translate(*n.container);
        to.type = n.role == Role::key ? to.container->type->key : to.container->type->value;
        break;
    }
    return to;
  }

  // The integer in t0, extended as its kind is, becomes one of another kind.
  static void convert(Lowering& l, Kind from, Kind to) {
    if (from == to || !is_integer(from) || !is_integer(to)) {
      return;
    }
    Builder& b = l.b;
    const unsigned have = width_of(from);
    const unsigned want = width_of(to);
    const bool same_sign = is_signed(from) == is_signed(to);
    if (want > have && (same_sign || is_signed(to))) {
      return;
    }
    if (want > have) {  // signed into unsigned
      b.branch_imm(Cond::lt, Reg::t0, 0, l.failure(Errc::number_out_of_range));
      return;
    }
    if (want == 8) {
      return;  // the same bits
    }
    const Reg result = want == have ? Reg::t0 : Reg::t1;
    const std::int64_t spare = 64 - 8 * static_cast<std::int64_t>(want);
    b.arith_imm(Opcode::shl_imm, result, Reg::t0, spare);
    b.arith_imm(is_signed(to) ? Opcode::sar_imm : Opcode::shr_imm, result, result, spare);
    if (result != Reg::t0) {
      b.branch(Cond::ne, Reg::t0, result, l.failure(Errc::number_out_of_range));
      // An unsigned 64-bit number that looks negative is none of the target's.
      if (from == Kind::u64 && is_signed(to)) {
        b.branch_imm(Cond::lt, Reg::t0, 0, l.failure(Errc::number_out_of_range));
      }
    }
  }

  std::unique_ptr<Writer> writer_;
  const Type& to_;
  Pairs pairs_;
  mutable std::deque<Node> nodes_;
};

}  // namespace

Result<std::unique_ptr<Writer>> retype(std::unique_ptr<Writer> writer, const Type& from,
                                       const Type& to, Match match) {
  Result<Pairs> pairs = Matcher(match).run(from, to);
  if (!pairs) {
    return std::unexpected(std::move(pairs.error()));
  }
  return std::make_unique<Retyped>(std::move(writer), to, std::move(*pairs));
}

}  // namespace wirejit::lower
