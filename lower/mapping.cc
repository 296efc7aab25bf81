// Pairs of structs are found once, from the roots.
#include "lower/mapping.h"
#include "lower/type_category.h"

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

class Matcher {
 public:
  explicit Matcher(Match match) : match_(match) {}

  Result<Mapping> run(const Type& from, const Type& to) {
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
    return Mapping(std::move(pairs_));
  }

 private:
  void reject(std::string why) {
    if (error_.empty()) {
      error_ = std::move(why);
    }
  }

  void types(const Type& from, const Type& to, const std::string& where) {
    if (!goes_into(from.kind, to.kind)) {
      return reject(where + ": " + from.to_string() + " does not become " + to.to_string());
    }
    switch (category_of(from)) {
      case TypeCategory::structure: return structs(*from.structure, *to.structure, where);
      case TypeCategory::list: return types(*from.element, *to.element, where);
      case TypeCategory::map:
        types(*from.key, *to.key, where);
        return types(*from.value, *to.value, where);
      default: return;
    }
  }

  void structs(const StructType& from, const StructType& to, const std::string& where) {
    const auto [at, fresh] = pairs_.try_emplace(&from, Mapping::Struct{&to, {}});
    if (!fresh && at->second.to != &to) {
      return reject(where + ": " + from.full_name + " would have to become both " +
                    at->second.to->full_name + " and " + to.full_name);
    }
    if (fresh) {
      todo_.push_back(&from);
    }
  }

  void fields(const StructType& from, Mapping::Struct& pair) {
    std::vector<bool> met(pair.to->fields.size());
    std::map<int, const Field*> exclusive;  // by the target's group: the field that goes into it
    for (const Field& f : from.fields) {
      const int index = counterpart(f, *pair.to);
      pair.fields.push_back(index);
      if (index < 0) {
        continue;
      }
      met[static_cast<std::size_t>(index)] = true;
      if (const int group = group_of(*pair.to, index); group >= 0) {
        const auto [first, fresh] = exclusive.try_emplace(group, &f);
        const bool are_apart = from.flavor == StructFlavor::union_ ||
                               (f.oneof >= 0 && f.oneof == first->second->oneof);
        if (!fresh && !are_apart) {
          reject(from.full_name + ": " + first->second->name + " and " + f.name +
                 " may both be set, and " + pair.to->full_name + " holds one of them");
        }
      }
      types(*f.type, *pair.to->fields[static_cast<std::size_t>(index)].type,
            from.full_name + "." + f.name);
    }
    for (std::size_t i = 0; i < met.size(); ++i) {
      if (!met[i] && pair.to->fields[i].requiredness == Requiredness::required) {
        reject(pair.to->full_name + "." + pair.to->fields[i].name + " is required, and " +
               from.full_name + " has no such field");
      }
    }
  }

  // The group of the target's fields of which one is set, or -1.
  static int group_of(const StructType& to, int index) {
    return to.flavor == StructFlavor::union_ ? 0 : to.fields[static_cast<std::size_t>(index)].oneof;
  }

  int counterpart(const Field& f, const StructType& to) const {
    return match_ == Match::number ? to.index_of_id(f.id) : to.index_like(f);
  }

  Match match_;
  Mapping::Pairs pairs_;
  std::vector<const StructType*> todo_;
  std::string error_;
};

}  // namespace

Result<Mapping> Mapping::make(const Type& from, const Type& to, Match match) {
  return Matcher(match).run(from, to);
}

bool Mapping::same_bits(Kind from, Kind to) noexcept {
  const Kind a = number_kind(from);
  const Kind b = number_kind(to);
  return a == b || (is_integer(a) && is_integer(b) && width_of(a) == width_of(b));
}

void Mapping::convert(Lowering& l, Kind from_kind, Kind to_kind) {
  const Kind from = number_kind(from_kind);
  const Kind to = number_kind(to_kind);
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

}  // namespace wirejit::lower
