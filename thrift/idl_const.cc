// Evaluation of constants and defaults against their types. Entry: ConstEvaluator::constant,
// ::evaluate. Invariant: a value that is returned fits its type. A use of a constant copies it, and
// copies count against a limit, so that constants made of constants cannot grow without bound.
#include "core/utf8.h"
#include "thrift/idl_resolve.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

namespace wirejit::thrift {
namespace {

// The longest chain of references to constants that are declared later.
constexpr int max_reference_depth = 200;

int compare(const ConstValue& a, const ConstValue& b);

int compare_all(const ConstValue::List& a, const ConstValue::List& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (const int c = compare(a[i], b[i])) {
      return c;
    }
  }
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

int compare_all(const ConstValue::Map& a, const ConstValue::Map& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (const int c = compare(a[i].first, b[i].first)) {
      return c;
    }
    if (const int c = compare(a[i].second, b[i].second)) {
      return c;
    }
  }
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

// A total order of the values of one type.
int compare(const ConstValue& a, const ConstValue& b) {
  if (a.value.index() != b.value.index()) {
    return a.value.index() < b.value.index() ? -1 : 1;
  }
  return std::visit(
      [&]<class T>(const T& x) -> int {
        const T& y = std::get<T>(b.value);
        if constexpr (std::is_same_v<T, ConstValue::List> || std::is_same_v<T, ConstValue::Map>) {
          return compare_all(x, y);
        } else {
          return x < y ? -1 : y < x ? 1 : 0;
        }
      },
      a.value);
}

// Removes items whose key equals an earlier one's; with `last_wins` the earlier takes the later's
// contents.
template <class Items, class KeyOf>
void drop_duplicates(Items& items, KeyOf key_of, bool last_wins) {
  std::vector<std::size_t> order(items.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
    const int c = compare(key_of(items[i]), key_of(items[j]));
    return c != 0 ? c < 0 : i < j;
  });
  std::vector<bool> drop(items.size());
  bool any = false;
  for (std::size_t i = 0; i < order.size();) {
    std::size_t j = i + 1;
    while (j < order.size() && compare(key_of(items[order[i]]), key_of(items[order[j]])) == 0) {
      drop[order[j++]] = true;
    }
    if (j - i > 1) {
      any = true;
    }
    if (j - i > 1 && last_wins) {
      std::swap(items[order[i]], items[order[j - 1]]);
    }
    i = j;
  }
  if (!any) {
    return;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (drop[i]) {
      continue;
    }
    if (kept != i) {
      items[kept] = std::move(items[i]);
    }
    ++kept;
  }
  items.resize(kept);
}

bool fits(std::int64_t v, Kind kind) {
  switch (kind) {
    case Kind::i8: return v == static_cast<std::int8_t>(v);
    case Kind::i16: return v == static_cast<std::int16_t>(v);
    case Kind::i32: return v == static_cast<std::int32_t>(v);
    default: return true;
  }
}

// True for the same type, without regard to annotations and names of typedefs.
bool same_type(const Type* a, const Type* b) {
  if (a == b) {
    return true;
  }
  if (!a || !b) {
    return false;
  }
  return a->kind == b->kind && a->structure == b->structure && a->enumeration == b->enumeration &&
         same_type(a->element, b->element) && same_type(a->key, b->key) &&
         same_type(a->value, b->value);
}

// "{f0e1...}" or "f0e1...", in lower case without braces; empty if it is not a uuid.
std::string canonical_uuid(std::string_view s) {
  if (s.size() == 38 && s.front() == '{' && s.back() == '}') {
    s = s.substr(1, 36);
  }
  if (s.size() != 36) {
    return {};
  }
  std::string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const char c = s[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (dash ? c != '-' : !hex) {
      return {};
    }
    out += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

// Adds the number of parts of a value and the bytes of its strings.
void measure(const ConstValue& v, std::size_t& parts, std::size_t& bytes) {
  ++parts;
  if (const auto* s = std::get_if<std::string>(&v.value)) {
    bytes += s->size();
  }
  if (const auto* l = std::get_if<ConstValue::List>(&v.value)) {
    for (const ConstValue& x : *l) {
      measure(x, parts, bytes);
    }
  }
  if (const auto* m = std::get_if<ConstValue::Map>(&v.value)) {
    for (const auto& [k, x] : *m) {
      measure(k, parts, bytes);
      measure(x, parts, bytes);
    }
  }
}

std::string found(const AstValue& v) {
  switch (v.syntax) {
    case AstValue::Syntax::integer: return "the integer " + std::to_string(v.integer);
    case AstValue::Syntax::real: return "a real number";
    case AstValue::Syntax::literal: return "the string " + quoted(v.text);
    case AstValue::Syntax::name: return quoted(v.text);
    case AstValue::Syntax::list: return "a list";
    case AstValue::Syntax::map: return "a map";
  }
  return {};
}

// The member that "E.A" or "prefix.E.A" names, with its enum.
std::pair<const EnumType*, const EnumValue*> enum_member(const Unit& unit, std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) {
    return {};
  }
  const Decl* decl = unit.find(name.substr(0, dot));
  const EnumType* type = decl ? decl->enumeration : nullptr;
  if (decl && decl->alias && decl->alias->alias) {
    type = decl->alias->alias->enumeration;
  }
  return {type, type ? type->find(name.substr(dot + 1)) : nullptr};
}

// The member of the expected enum that the last part of a name names. Apache's compiler looks at
// the last part alone, so there are files that name another enum, another file or none before it.
const EnumValue* member_by_last_part(std::string_view name, const Type& type) {
  const std::size_t dot = name.rfind('.');
  return type.kind != Kind::enumeration || dot == std::string_view::npos
             ? nullptr
             : type.enumeration->find(name.substr(dot + 1));
}

}  // namespace

bool ConstEvaluator::charge(std::size_t parts, std::size_t bytes) {
  const std::size_t cost = parts + bytes / 64;
  if (cost > expansion_) {
    expansion_ = 0;
    return false;
  }
  expansion_ -= cost;
  return true;
}

bool ConstEvaluator::fail(const Unit& unit, const AstValue& value, std::string_view expected) {
  reporter_.error(unit.file->source, value.place,
                  "found " + found(value) + ", expected " + std::string(expected));
  return false;
}

bool ConstEvaluator::mismatch(const Unit& unit, const AstValue& value, const Type& type) {
  return fail(unit, value, "a value of type " + type.to_string());
}

bool ConstEvaluator::spend(const Unit& unit, const AstValue& value, std::size_t parts,
                           std::size_t bytes) {
  if (charge(parts, bytes)) {
    return true;
  }
  if (!exhausted_) {
    exhausted_ = true;
    reporter_.error(unit.file->source, value.place,
                    "constants expand to more than the limit allows", Errc::size_limit);
  }
  return false;
}

bool ConstEvaluator::constant(ConstDecl& decl, int depth) {
  if (decl.state == ConstDecl::State::done) {
    return true;
  }
  if (decl.state == ConstDecl::State::failed || !decl.out->type) {
    return false;
  }
  if (decl.state == ConstDecl::State::busy) {
    reporter_.error(decl.unit->file->source, decl.ast->name.place,
                    "the constant " + quoted(decl.ast->name.text) + " refers to itself");
    decl.state = ConstDecl::State::failed;
    return false;
  }
  decl.state = ConstDecl::State::busy;
  const bool ok = evaluate(*decl.unit, *decl.ast->value, *decl.out->type, decl.out->value, depth) &&
                  decl.state == ConstDecl::State::busy;
  decl.state = ok ? ConstDecl::State::done : ConstDecl::State::failed;
  return ok;
}

bool ConstEvaluator::evaluate(const Unit& unit, const AstValue& value, const Type& type,
                              ConstValue& out, int depth) {
  if (depth > max_reference_depth) {
    return fail(unit, value, "a shorter chain of constants that refer to each other");
  }
  if (value.syntax == AstValue::Syntax::name) {
    return name(unit, value, type, out, depth);
  }
  if (!spend(unit, value, 1, value.text.size())) {
    return false;
  }
  switch (type.kind) {
    case Kind::list:
    case Kind::set: return list(unit, value, type, out, depth);
    case Kind::map: return map(unit, value, type, out, depth);
    case Kind::structure: return structure(unit, value, *type.structure, out, depth);
    default: break;
  }
  switch (value.syntax) {
    case AstValue::Syntax::integer: return number(unit, value, value.integer, type, out);
    case AstValue::Syntax::literal: return text(unit, value, value.text, type, out);
    case AstValue::Syntax::real:
      if (type.kind != Kind::float64) {
        return mismatch(unit, value, type);
      }
      out.value = value.real;
      return true;
    default: return mismatch(unit, value, type);
  }
}

bool ConstEvaluator::number(const Unit& unit, const AstValue& value, std::int64_t number,
                            const Type& type, ConstValue& out) {
  switch (type.kind) {
    case Kind::boolean: out.value = number != 0; return true;
    case Kind::float64: out.value = static_cast<double>(number); return true;
    case Kind::enumeration: {
      const bool small = number == static_cast<std::int32_t>(number);
      if (!small || !type.enumeration->find(static_cast<std::int32_t>(number))) {
        return fail(unit, value,
                    "the number of a member of the enum " + quoted(type.enumeration->name));
      }
      out.value = number;
      return true;
    }
    case Kind::i8:
    case Kind::i16:
    case Kind::i32:
    case Kind::i64:
      if (!fits(number, type.kind)) {
        return fail(unit, value, "a number in the range of " + type.to_string());
      }
      out.value = number;
      return true;
    default: return mismatch(unit, value, type);
  }
}

bool ConstEvaluator::text(const Unit& unit, const AstValue& value, std::string_view text,
                          const Type& type, ConstValue& out) {
  if (type.kind == Kind::string && !core::is_utf8(text)) {
    return fail(unit, value, "text in UTF-8, or the type binary");
  }
  if (type.kind == Kind::string || type.kind == Kind::binary) {
    out.value = std::string(text);
    return true;
  }
  if (type.kind != Kind::uuid) {
    return mismatch(unit, value, type);
  }
  std::string uuid = canonical_uuid(text);
  if (uuid.empty()) {
    return fail(unit, value, "a uuid such as '00112233-4455-6677-8899-aabbccddeeff'");
  }
  out.value = std::move(uuid);
  return true;
}

bool ConstEvaluator::name(const Unit& unit, const AstValue& value, const Type& type,
                          ConstValue& out, int depth) {
  const auto [owner, member] = enum_member(unit, value.text);
  const bool is_expected = owner && member && owner == type.enumeration;
  const EnumValue* guess = member_by_last_part(value.text, type);
  if (guess && !is_expected && !unit.find_constant(value.text)) {
    const std::string& own = type.enumeration->name;
    if (reporter_.keeps_warnings()) {
      reporter_.warning(unit.file->source, value.place,
                        quoted(value.text) + " names no member of the enum " + quoted(own) +
                            "; it is read as " + quoted(own + "." + guess->name));
    }
    return number(unit, value, guess->number, type, out);
  }
  if (owner) {
    if (!member) {
      return incomplete_ ? false : fail(unit, value, "a member of the enum " + quoted(owner->name));
    }
    if (type.kind == Kind::enumeration && type.enumeration != owner) {
      return mismatch(unit, value, type);
    }
    return number(unit, value, member->number, type, out);
  }
  if (ConstDecl* decl = unit.find_constant(value.text)) {
    if (!constant(*decl, depth + 1)) {
      return false;
    }
    return copy(unit, value, *decl, type, out);
  }
  if (incomplete_) {
    return false;
  }
  if (type.kind == Kind::enumeration) {
    return fail(unit, value,
                "a member of the enum, written " + type.enumeration->name + ".<member>");
  }
  return fail(unit, value, "the name of a constant or of an enum's member");
}

bool ConstEvaluator::copy(const Unit& unit, const AstValue& value, const ConstDecl& from,
                          const Type& type, ConstValue& out) {
  const ConstValue& source = from.out->value;
  std::size_t parts = 0;
  std::size_t bytes = 0;
  measure(source, parts, bytes);
  if (!spend(unit, value, parts, bytes)) {
    return false;
  }
  if (same_type(from.out->type, &type)) {
    out = source;
    return true;
  }
  if (type.kind == Kind::enumeration && from.out->type->kind == Kind::enumeration) {
    return mismatch(unit, value, type);
  }
  if (const auto* n = std::get_if<std::int64_t>(&source.value)) {
    return number(unit, value, *n, type, out);
  }
  if (const auto* b = std::get_if<bool>(&source.value)) {
    return number(unit, value, *b ? 1 : 0, type, out);
  }
  if (const auto* s = std::get_if<std::string>(&source.value)) {
    return text(unit, value, *s, type, out);
  }
  return mismatch(unit, value, type);
}

bool ConstEvaluator::list(const Unit& unit, const AstValue& value, const Type& type,
                          ConstValue& out, int depth) {
  const bool empty_map = value.syntax == AstValue::Syntax::map && value.items.empty();
  if (value.syntax != AstValue::Syntax::list && !empty_map) {
    return mismatch(unit, value, type);
  }
  ConstValue::List list(value.items.size());
  bool ok = true;
  for (std::size_t i = 0; i < list.size() && !exhausted_ && !reporter_.full(); ++i) {
    ok = evaluate(unit, value.items[i], *type.element, list[i], depth + 1) && ok;
  }
  if (!ok || exhausted_) {
    return false;
  }
  if (type.kind == Kind::set) {
    drop_duplicates(list, std::identity{}, false);
  }
  out.value = std::move(list);
  return true;
}

bool ConstEvaluator::map(const Unit& unit, const AstValue& value, const Type& type, ConstValue& out,
                         int depth) {
  const bool empty_list = value.syntax == AstValue::Syntax::list && value.items.empty();
  if (value.syntax != AstValue::Syntax::map && !empty_list) {
    return mismatch(unit, value, type);
  }
  ConstValue::Map map(value.items.size() / 2);
  bool ok = true;
  for (std::size_t i = 0; i < map.size() && !exhausted_ && !reporter_.full(); ++i) {
    ok = evaluate(unit, value.items[2 * i], *type.key, map[i].first, depth + 1) && ok;
    ok = evaluate(unit, value.items[2 * i + 1], *type.value, map[i].second, depth + 1) && ok;
  }
  if (!ok || exhausted_) {
    return false;
  }
  drop_duplicates(map, [](const auto& entry) -> const ConstValue& { return entry.first; }, true);
  out.value = std::move(map);
  return true;
}

bool ConstEvaluator::structure(const Unit& unit, const AstValue& value, const StructType& type,
                               ConstValue& out, int depth) {
  if (value.syntax != AstValue::Syntax::map) {
    return fail(unit, value, "a map from field names of " + quoted(type.name));
  }
  ConstValue::Map members;
  bool ok = true;
  for (std::size_t i = 0; i < value.items.size() && !exhausted_ && !reporter_.full(); i += 2) {
    const AstValue& key = value.items[i];
    const Field* field = key.syntax == AstValue::Syntax::literal ? type.find(key.text) : nullptr;
    if (!field || !field->type) {
      ok = false;
      if (!incomplete_) {
        static_cast<void>(
            fail(unit, key, "the name of a field of " + quoted(type.name) + ", as a string"));
      }
      continue;
    }
    auto& [name, member] = members.emplace_back();
    name.value = field->name;
    ok = evaluate(unit, value.items[i + 1], *field->type, member, depth + 1) && ok;
  }
  if (!ok || exhausted_) {
    return false;
  }
  drop_duplicates(
      members, [](const auto& entry) -> const ConstValue& { return entry.first; }, true);
  if (type.flavor == StructFlavor::union_ && members.size() > 1) {
    return fail(unit, value, "one field of the union " + quoted(type.name));
  }
  out.value = std::move(members);
  return true;
}

}  // namespace wirejit::thrift
