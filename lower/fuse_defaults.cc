// Values that did not come: zeros, and default values of the schema. The writer is driven by the
// constant, unrolled.
#include "lower/fusion.h"
#include "lower/type_category.h"

#include <algorithm>
#include <bit>
#include <memory>

namespace wirejit::lower {

using jit::Reg;

namespace {

// A uuid's 16 bytes from its 36 characters; the schema's checks have seen them.
std::string uuid_bytes(const std::string& written) {
  std::string bytes;
  unsigned digits = 0;
  int value = 0;
  for (const char c : written) {
    const int lower = c | 0x20;
    const int digit = c >= '0' && c <= '9'           ? c - '0'
                      : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10
                                                     : -1;
    if (digit < 0) {
      continue;
    }
    value = value << 4 | digit;
    if (++digits % 2 == 0) {
      bytes += static_cast<char>(value & 0xff);
    }
  }
  bytes.resize(16);
  return bytes;
}

std::int64_t constant_word(const Type& type, const ConstValue& v) {
  double d = 0;
  std::int64_t i = 0;
  if (const auto* b = std::get_if<bool>(&v.value)) {
    i = *b ? 1 : 0;
    d = static_cast<double>(i);
  } else if (const auto* n = std::get_if<std::int64_t>(&v.value)) {
    i = *n;
    d = static_cast<double>(i);
  } else if (const auto* f = std::get_if<double>(&v.value)) {
    d = *f;
  }
  if (type.kind == Kind::float64) {
    return std::bit_cast<std::int64_t>(d);
  }
  if (type.kind == Kind::float32) {
    return std::bit_cast<std::int32_t>(static_cast<float>(d));
  }
  return i;
}

std::int64_t address_of(const void* p) {
  return static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(p));
}

}  // namespace

// The type has a zero value (has_zero).
void Fusion::zero(const Value& v, ZeroOf of) {
  jit::Builder& b = l_->b;
  const auto mark = b.slot_mark();
  switch (category_of(*v.source.type)) {
    case TypeCategory::scalar:
      put_zero(*v.source.type);
      write_scalar(v);
      break;
    case TypeCategory::bytes:
      put_zero(*v.source.type);
      write_bytes(v, true, BytesAt::anywhere);
      break;
    case TypeCategory::list: constant_list(v, {}); break;
    case TypeCategory::map: constant_map(v, {}); break;
    case TypeCategory::structure: zero_struct(v, of); break;
  }
  b.release_slots(mark);
}

// Of a scalar into t0, of bytes into t0 and t1.
void Fusion::put_zero(const Type& type) {
  static constexpr char nothing[16] = {};
  jit::Builder& b = l_->b;
  if (category_of(type) == TypeCategory::scalar) {
    b.imm(Reg::t0, 0);
    return;
  }
  b.imm(Reg::t0, address_of(nothing));
  b.imm(Reg::t1, type.kind == Kind::uuid ? 16 : 0);
}

void Fusion::zero_struct(const Value& v, ZeroOf of) {
  StructScope none;
  Scope ws = writer_.open_struct(*l_, v.target, false);
  const Struct s = struct_of(*v.source.type->structure, none, ws.inner);
  writer_.begin_fields(*l_, s.target, s.w);
  FieldEvents fields(*this, s, false);
  for (std::size_t i = 0; i < s.source.fields.size(); ++i) {
    fields.zero(static_cast<int>(i), of);
  }
  writer_.end_fields(*l_, s.target, s.w);
  writer_.close_struct(*l_, v.target, ws);
}

bool Fusion::has_zero(const Type& type, ZeroOf of) {
  if (category_of(type) != TypeCategory::structure) {
    return true;
  }
  measure_zeros(*type.structure);
  const Zero& zero = zeros_.at(type.structure);
  return zero.fields != 0 && (of == ZeroOf::absent || zero.all_fields <= max_fields);
}

namespace {

// The struct that the zero value of a struct has as field `i`, or null.
const StructType* zero_part(const StructType& s, std::size_t i) {
  const Field& f = s.fields[i];
  const bool has_part = f.requiredness == Requiredness::required && !f.default_value &&
                        category_of(*f.type) == TypeCategory::structure;
  return has_part ? f.type->structure : nullptr;
}

}  // namespace

// Depth first, without recursion, for a schema may nest structs as deep as it likes.
void Fusion::measure_zeros(const StructType& root) {
  std::vector<std::pair<const StructType*, std::size_t>> open;  // with the next field to look at
  const auto enter = [&](const StructType& s) {
    if (zeros_.try_emplace(&s).second && s.flavor != StructFlavor::union_) {
      open.emplace_back(&s, 0);
    }
  };
  enter(root);
  while (!open.empty()) {
    auto& [s, next] = open.back();
    const StructType& current = *s;
    if (next < current.fields.size()) {
      if (const StructType* part = zero_part(current, next++); part != nullptr) {
        enter(*part);
      }
      continue;
    }
    open.pop_back();
    zeros_[&current] = measure_zero(current);
  }
}

// All parts were measured, unless they contain this struct.
Fusion::Zero Fusion::measure_zero(const StructType& s) const {
  Zero sum{1, 1, s.fields.size()};
  for (std::size_t i = 0; i < s.fields.size(); ++i) {
    sum.fields += s.fields[i].requiredness == Requiredness::required ? 1 : 0;
    if (const StructType* part = zero_part(s, i); part != nullptr) {
      const Zero of_part = zeros_.at(part);
      if (of_part.fields == 0) {
        return {};
      }
      sum.fields += of_part.fields;
      sum.all_fields += of_part.all_fields;
      sum.levels = std::max(sum.levels, of_part.levels + 1);
    }
    if (sum.fields > 256 || sum.levels > 16) {
      return {};
    }
  }
  return sum;
}

void Fusion::constant(const Value& v, const ConstValue& c) {
  if (++constants_ > 4096) {
    error_ = "default values are too large";
    return;
  }
  jit::Builder& b = l_->b;
  const auto mark = b.slot_mark();
  switch (category_of(*v.source.type)) {
    case TypeCategory::scalar:
      b.imm(Reg::t0, constant_word(*v.source.type, c));
      write_scalar(v);
      break;
    case TypeCategory::bytes: constant_bytes(v, std::get<std::string>(c.value)); break;
    case TypeCategory::structure: constant_struct(v, c); break;
    case TypeCategory::list: constant_list(v, c); break;
    case TypeCategory::map: constant_map(v, c); break;
  }
  b.release_slots(mark);
}

void Fusion::constant_bytes(const Value& v, const std::string& written) {
  const auto text = std::make_shared<const std::string>(
      v.source.type->kind == Kind::uuid ? uuid_bytes(written) : written);
  l_->keep(text);
  l_->module.constants.push_back(as_bytes(*text));
  l_->b.imm(Reg::t0, address_of(text->data()));
  l_->b.imm(Reg::t1, static_cast<std::int64_t>(text->size()));
  write_bytes(v, true, BytesAt::anywhere);
}

void Fusion::constant_struct(const Value& v, const ConstValue& c) {
  StructScope none;
  Scope ws = writer_.open_struct(*l_, v.target, false);
  const Struct s = struct_of(*v.source.type->structure, none, ws.inner);
  writer_.begin_fields(*l_, s.target, s.w);
  FieldEvents fields(*this, s, false);
  const auto* const members = std::get_if<ConstValue::Map>(&c.value);
  const auto given = [members](const Field& f) {
    const ConstValue* found = nullptr;
    for (std::size_t k = 0; members != nullptr && k < members->size(); ++k) {
      if (std::get<std::string>((*members)[k].first.value) == f.name) {
        found = &(*members)[k].second;
      }
    }
    return found;
  };
  for (std::size_t i = 0; i < s.source.fields.size(); ++i) {
    fields.constant(static_cast<int>(i), given(s.source.fields[i]));
  }
  writer_.end_fields(*l_, s.target, s.w);
  writer_.close_struct(*l_, v.target, ws);
}

// Lists may be written as maps without entries ({}), and the other way round.
void Fusion::constant_list(const Value& v, const ConstValue& c) {
  jit::Builder& b = l_->b;
  static const ConstValue::List none;
  const auto* given = std::get_if<ConstValue::List>(&c.value);
  const ConstValue::List& list = given != nullptr ? *given : none;
  const Count count{true, b.new_slot()};
  b.put_imm(count.slot, static_cast<std::int64_t>(list.size()));
  const Scope ws = writer_.open_list(*l_, v.target, count);
  for (const ConstValue& element : list) {
    Value e = child(v, Role::element);
    e.target.place = writer_.element(v.target);
    writer_.begin_element(*l_, v.target, ws, count);
    constant(e, element);
    writer_.end_element(*l_, v.target, ws, count);
  }
  writer_.close_list(*l_, v.target, ws, count);
}

void Fusion::constant_map(const Value& v, const ConstValue& c) {
  jit::Builder& b = l_->b;
  static const ConstValue::Map none;
  const auto* given = std::get_if<ConstValue::Map>(&c.value);
  const ConstValue::Map& map = given != nullptr ? *given : none;
  const Count count{true, b.new_slot()};
  b.put_imm(count.slot, static_cast<std::int64_t>(map.size()));
  const Scope ws = writer_.open_map(*l_, v.target, count);
  for (const auto& [key, mapped] : map) {
    Value k = child(v, Role::key);
    k.target.place = writer_.key(v.target);
    writer_.begin_key(*l_, v.target, ws, count);
    constant(k, key);
    Value m = child(v, Role::value);
    m.target.place = writer_.value(v.target);
    writer_.begin_value(*l_, v.target, ws);
    constant(m, mapped);
    writer_.end_entry(*l_, v.target, ws, count);
  }
  writer_.close_map(*l_, v.target, ws, count);
}

}  // namespace wirejit::lower
