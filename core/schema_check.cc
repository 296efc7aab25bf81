// The checks of SchemaBuilder::build: what every consumer of a Schema may rely on.
// Entry: core::check_schema. Invariant: runs in O(n log n) and bounded stack on any schema, hostile
// ones included.
#include "core/schema_data.h"
#include "core/utf8.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace wirejit::core {
namespace {

// Nesting of a default or constant; loaders have their own, lower limits.
constexpr int max_value_depth = 256;

// A name that is not valid UTF-8, made valid for a message: bytes beyond ASCII become "\xff".
std::string escaped(std::string_view name) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return out;
}

class SchemaChecker {
 public:
  explicit SchemaChecker(const Schema::Data& data) : data_(data) {}

  std::string run() {
    static_cast<void>(names() && types() && documents() && structs() && enums() && aliases() &&
                      services());
    return std::move(problem_);
  }

 private:
  // The size of a type expression in which typedefs are expanded.
  struct Extent {
    int depth = 1;
    std::size_t nodes = 1;
  };

  bool fail(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool types() {
    for (const Type& t : data_.types.all()) {
      if (!extent(&t, 0)) {
        return false;
      }
    }
    return true;
  }

  // Null after a failure. Types of bases, structs and enums have an extent of one.
  const Extent* extent(const Type* t, int depth) {
    if (!t) {
      return fail("a container type has no element, key or value type"), nullptr;
    }
    if (t->kind == Kind::structure && !t->structure) {
      return fail("a struct type names no struct"), nullptr;
    }
    if (t->kind == Kind::enumeration && !t->enumeration) {
      return fail("an enum type names no enum"), nullptr;
    }
    if (!wirejit::fits(t->wire, t->kind)) {
      return fail(t->to_string() + " has no " + std::string(to_string(t->wire)) + " encoding"),
             nullptr;
    }
    if (t->kind < Kind::list) {
      return &leaf_;
    }
    if (depth > max_type_depth) {
      return fail("types nest more than " + std::to_string(max_type_depth) + " deep"), nullptr;
    }
    if (const auto it = extents_.find(t); it != extents_.end()) {
      return &it->second;
    }
    const Type* parts[2] = {t->kind == Kind::map ? t->key : t->element,
                            t->kind == Kind::map ? t->value : nullptr};
    Extent sum;
    for (int i = 0; i < (t->kind == Kind::map ? 2 : 1); ++i) {
      const Extent* part = extent(parts[i], depth + 1);
      if (!part) {
        return nullptr;
      }
      if (parts[i]->kind == Kind::void_) {
        return fail("a container cannot hold void"), nullptr;
      }
      if (parts[i]->wire == Wire::message_set_item) {
        return fail("a container cannot hold an item of a MessageSet"), nullptr;
      }
      sum.depth = std::max(sum.depth, part->depth + 1);
      sum.nodes += part->nodes;
    }
    if (sum.depth > max_type_depth || sum.nodes > max_type_nodes) {
      return fail("the type " + t->to_string().substr(0, 120) +
                  " is nested too deeply or too large"),
             nullptr;
    }
    return &extents_.emplace(t, sum).first->second;
  }

  // All names are UTF-8, because writers of text and messages copy them unchanged.
  bool names() {
    for (const StructType& s : data_.structs) {
      if (!named(s, "a struct") || !field_names(s)) {
        return false;
      }
    }
    for (const EnumType& e : data_.enums) {
      if (!named(e, "an enum") || !member_names(e, e.values)) {
        return false;
      }
    }
    for (const Service& s : data_.services) {
      if (!named(s, "a service") || !member_names(s, s.methods)) {
        return false;
      }
    }
    const auto alias = [&](const Typedef& t) { return named(t, "a typedef"); };
    const auto constant = [&](const Constant& c) { return named(c, "a constant"); };
    return std::all_of(data_.typedefs.begin(), data_.typedefs.end(), alias) &&
           std::all_of(data_.constants.begin(), data_.constants.end(), constant);
  }

  template <class Declaration>
  bool named(const Declaration& d, const char* what) {
    const std::string* bad = !is_utf8(d.full_name) ? &d.full_name
                             : !is_utf8(d.name)    ? &d.name
                                                   : nullptr;
    return !bad || fail("the name " + escaped(*bad) + " of " + what + " is not valid UTF-8");
  }

  bool field_names(const StructType& s) {
    for (const Field& f : s.fields) {
      if (!is_utf8(f.name)) {
        return fail(s.full_name + ": the field name " + escaped(f.name) + " is not valid UTF-8");
      }
      if (!is_utf8(f.json_name)) {
        return fail(s.full_name + "." + f.name + ": the JSON name " + escaped(f.json_name) +
                    " is not valid UTF-8");
      }
    }
    return true;
  }

  template <class Declaration, class Member>
  bool member_names(const Declaration& d, const std::vector<Member>& members) {
    return std::all_of(members.begin(), members.end(), [&](const Member& m) {
      return is_utf8(m.name) ||
             fail(d.full_name + ": the name " + escaped(m.name) + " is not valid UTF-8");
    });
  }

  // Returns an item whose key an earlier item has, or null.
  template <class Items, class KeyOf>
  static const typename Items::value_type* duplicate(const Items& items, KeyOf key_of) {
    using Key = decltype(key_of(items.front()));
    if (items.size() < 2) {
      return nullptr;
    }
    std::vector<std::pair<Key, const typename Items::value_type*>> keys;
    keys.reserve(items.size());
    for (const auto& item : items) {
      keys.emplace_back(key_of(item), &item);
    }
    std::sort(keys.begin(), keys.end());
    const auto it = std::adjacent_find(
        keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
    return it == keys.end() ? nullptr : std::next(it)->second;
  }

  bool documents() {
    for (const Document& d : data_.documents) {
      std::vector<std::string_view> names;
      names.reserve(d.structs.size() + d.enums.size() + d.typedefs.size() + d.services.size());
      for (const StructType* s : d.structs) {
        names.push_back(s->full_name);
      }
      for (const EnumType* e : d.enums) {
        names.push_back(e->full_name);
      }
      for (const Typedef* t : d.typedefs) {
        names.push_back(t->full_name);
      }
      for (const Service* s : d.services) {
        names.push_back(s->full_name);
      }
      if (const std::string_view* twice = duplicate(names, [](std::string_view n) { return n; })) {
        return fail("the name '" + std::string(*twice) + "' is declared twice");
      }
    }
    return true;
  }

  bool structs() {
    for (const StructType& s : data_.structs) {
      if (!fields(s)) {
        return false;
      }
    }
    return true;
  }

  bool fields(const StructType& s) {
    if (const Field* f = duplicate(s.fields, [](const Field& x) { return x.id; })) {
      return fail(s.full_name + "." + f->name + ": the id " + std::to_string(f->id) +
                  " is used twice");
    }
    if (const Field* f =
            duplicate(s.fields, [](const Field& x) { return std::string_view(x.name); })) {
      return fail(s.full_name + ": the field name " + f->name + " is used twice");
    }
    const auto renamed = [](const Field& f) { return f.json_name != f.name; };
    if (std::any_of(s.fields.begin(), s.fields.end(), renamed)) {
      if (const Field* f =
              duplicate(s.fields, [](const Field& x) { return std::string_view(x.json_name); })) {
        return fail(s.full_name + "." + f->name + ": the JSON name " + f->json_name +
                    " is used twice");
      }
    }
    for (const Field& f : s.fields) {
      const bool complete = f.type && f.type->kind != Kind::void_;
      if (!complete) {
        return fail(s.full_name + "." + f.name + " has no type");
      }
      if (s.message_set != (f.type->wire == Wire::message_set_item)) {
        return fail(s.full_name + "." + f.name +
                    ": all fields of a MessageSet, and no others, must be " +
                    "items of a MessageSet");
      }
      if (!oneof(s, f)) {
        return false;
      }
      if (f.default_value && !fits(*f.default_value, *f.type, 0)) {
        return reject_value(s.full_name + "." + f.name + ": the default ", *f.type);
      }
    }
    return true;
  }

  bool oneof(const StructType& s, const Field& f) {
    if (f.oneof < 0) {
      return true;
    }
    if (static_cast<std::size_t>(f.oneof) >= s.oneofs.size()) {
      return fail(s.full_name + "." + f.name + ": its oneof does not exist");
    }
    if (f.requiredness != Requiredness::optional || f.type->kind >= Kind::list) {
      return fail(s.full_name + "." + f.name +
                  ": a field of a oneof must be optional and not a container");
    }
    return true;
  }

  bool enums() {
    for (const EnumType& e : data_.enums) {
      if (const EnumValue* v =
              duplicate(e.values, [](const EnumValue& x) { return std::string_view(x.name); })) {
        return fail(e.full_name + ": the name " + v->name + " is used twice");
      }
    }
    return true;
  }

  bool aliases() {
    for (const Typedef& t : data_.typedefs) {
      if (!t.type) {
        return fail(t.full_name + " has no type");
      }
    }
    for (const Constant& c : data_.constants) {
      if (!c.type) {
        return fail(c.full_name + " has no type");
      }
      if (!fits(c.value, *c.type, 0)) {
        return reject_value(c.full_name + ": the value ", *c.type);
      }
    }
    return true;
  }

  bool services() {
    std::unordered_set<const Service*> finite;
    for (const Service& s : data_.services) {
      std::vector<const Service*> chain;
      std::unordered_set<const Service*> seen;
      for (const Service* p = &s; p && !finite.contains(p); p = p->extends) {
        if (!seen.insert(p).second) {
          return fail("the service " + s.full_name + " extends itself");
        }
        chain.push_back(p);
      }
      finite.insert(chain.begin(), chain.end());
      if (const Method* m =
              duplicate(s.methods, [](const Method& x) { return std::string_view(x.name); })) {
        return fail(s.full_name + ": the method " + m->name + " is declared twice");
      }
      for (const Method& m : s.methods) {
        if (!m.result || !m.args) {
          return fail(s.full_name + "." + m.name + " has no result type or no struct of arguments");
        }
      }
    }
    return true;
  }

  // True for an integer that the type can hold; u64 values are kept as the i64 of the same bits.
  static bool fits_integer(std::int64_t v, Kind kind) {
    switch (kind) {
      case Kind::i8: return v == static_cast<std::int8_t>(v);
      case Kind::i16: return v == static_cast<std::int16_t>(v);
      case Kind::i32:
      case Kind::enumeration: return v == static_cast<std::int32_t>(v);
      case Kind::u8: return v == static_cast<std::uint8_t>(v);
      case Kind::u16: return v == static_cast<std::uint16_t>(v);
      case Kind::u32: return v == static_cast<std::uint32_t>(v);
      default: return true;
    }
  }

  bool fits_all(const ConstValue::List& list, const Type& element, int depth) {
    return std::all_of(list.begin(), list.end(),
                       [&](const ConstValue& v) { return fits(v, element, depth + 1); });
  }

  bool fits_struct(const ConstValue::Map& members, const StructType& s, int depth) {
    return std::all_of(members.begin(), members.end(), [&](const auto& member) {
      const std::string* name = std::get_if<std::string>(&member.first.value);
      const Field* field = name ? s.find(std::string_view(*name)) : nullptr;
      return field && field->type && fits(member.second, *field->type, depth + 1);
    });
  }

  bool fits_map(const ConstValue::Map& entries, const Type& t, int depth) {
    return std::all_of(entries.begin(), entries.end(), [&](const auto& entry) {
      return fits(entry.first, *t.key, depth + 1) && fits(entry.second, *t.value, depth + 1);
    });
  }

  bool reject_value(const std::string& what, const Type& t) {
    return fail(what + (ill_formed_ ? "holds a string that is not valid UTF-8"
                                    : "does not fit the type " + t.to_string()));
  }

  bool fits(const ConstValue& v, const Type& t, int depth) {
    if (depth > max_value_depth) {
      return false;
    }
    const auto* integer = std::get_if<std::int64_t>(&v.value);
    const auto* text = std::get_if<std::string>(&v.value);
    const auto* list = std::get_if<ConstValue::List>(&v.value);
    const auto* map = std::get_if<ConstValue::Map>(&v.value);
    switch (t.kind) {
      case Kind::void_: return false;
      case Kind::boolean: return std::holds_alternative<bool>(v.value);
      case Kind::float32:
      case Kind::float64: return std::holds_alternative<double>(v.value);
      case Kind::string: ill_formed_ = text && !is_utf8(*text); return text && !ill_formed_;
      case Kind::binary: return text != nullptr;
      case Kind::uuid: return text && text->size() == 36;
      case Kind::list:
      case Kind::set: return list && fits_all(*list, *t.element, depth);
      case Kind::map: return map && fits_map(*map, t, depth);
      case Kind::structure: return map && fits_struct(*map, *t.structure, depth);
      default: return integer && fits_integer(*integer, t.kind);
    }
  }

  const Schema::Data& data_;
  std::string problem_;
  bool ill_formed_ = false;  // the value that did not fit is a string that is not valid UTF-8
  const Extent leaf_;
  std::unordered_map<const Type*, Extent> extents_;
};

}  // namespace

std::string check_schema(const Schema::Data& data) { return SchemaChecker(data).run(); }

}  // namespace wirejit::core
