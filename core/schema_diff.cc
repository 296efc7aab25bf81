// compare: what changed between two schemas, and which side each change breaks.
// Entry: compare, is_compatible. Invariant: structs are compared through a work list, each pair
// once; types nest at most max_type_depth deep.
//
// Sources of the rules. Thrift: each value is written with its field's id and the code of its type;
// a reader skips a field whose id it does not know or whose code it does not expect (thrift.apache.
// org: "Thrift: Scalable Cross-Language Services Implementation", section 5, and the specifications
// of the Binary and Compact protocols). So an id may not change, nor a type to one with another
// code; enums are written as i32, string and binary have one code; required fields may be neither
// added nor dropped. Protobuf: "Updating A Message Type" of the language guides (protobuf.dev): a
// number and a wire type must stay; int32, int64, uint32, uint64 and bool exchange values that fit
// both, as do sint32 and sint64, and the fixed types of one width; string and bytes where the bytes
// are UTF-8; enums and integers; one value may become a list, of which old readers take the last; a
// field may be moved into a new oneof alone, and not into or out of one that is there.
#include <wirejit/schema_diff.h>

#include "core/no_throw.h"
#include "core/schema_data.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <unordered_map>
#include <utility>

namespace wirejit {
namespace {

constexpr std::size_t max_text = 200;
constexpr int max_shown_depth = 16;

constexpr std::string_view effect_names[] = {"compatible", "JSON only", "reader breaks",
                                             "writer breaks", "both break"};
constexpr std::string_view kind_names[] = {
    "struct_added",     "struct_removed", "struct_renamed", "flavor",          "message_set",
    "field_added",      "field_removed",  "field_id",       "field_name",      "json_name",
    "field_type",       "requiredness",   "default_value",  "oneof",           "packed",
    "enum_added",       "enum_removed",   "enum_closed",    "value_added",     "value_removed",
    "value_number",     "value_name",     "typedef_added",  "typedef_removed", "constant_added",
    "constant_removed", "constant_value", "service_added",  "service_removed", "service_base",
    "method_added",     "method_removed", "method_kind",    "method_type"};
static_assert(std::size(kind_names) == static_cast<std::size_t>(ChangeKind::method_type) + 1);

// The effect of two changes at once.
Effect join(Effect a, Effect b) {
  if (a > b) {
    std::swap(a, b);
  }
  if (a == Effect::reader_breaks && b == Effect::writer_breaks) {
    return Effect::both_break;
  }
  return b;
}

// A wider type lets new data hold what old readers cannot take, a narrower one lets old data hold
// what new readers cannot take.
Effect widened(bool wider) { return wider ? Effect::writer_breaks : Effect::reader_breaks; }

std::string clipped(std::string text) {
  if (text.size() <= max_text) {
    return text;
  }
  std::size_t end = max_text;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  text.resize(end);
  return text + "...";
}

void show(const ConstValue& v, std::string& out, int depth) {
  if (out.size() > max_text) {
    return;
  }
  if (depth > max_shown_depth) {
    out += "...";
    return;
  }
  if (const auto* b = std::get_if<bool>(&v.value)) {
    out += *b ? "true" : "false";
  }
  if (const auto* i = std::get_if<std::int64_t>(&v.value)) {
    out += std::to_string(*i);
  }
  if (const auto* d = std::get_if<double>(&v.value)) {
    char text[40];
    out.append(text, std::to_chars(text, text + sizeof text, *d).ptr);
  }
  if (const auto* s = std::get_if<std::string>(&v.value)) {
    out += '"' + clipped(s->substr(0, max_text + 8)) + '"';
  }
  if (const auto* list = std::get_if<ConstValue::List>(&v.value)) {
    out += '[';
    for (const ConstValue& x : *list) {
      if (out.size() > max_text) {
        break;
      }
      if (&x != list->data()) {
        out += ", ";
      }
      show(x, out, depth + 1);
    }
    out += ']';
  }
  if (const auto* map = std::get_if<ConstValue::Map>(&v.value)) {
    out += '{';
    for (const ConstValue::Entry& e : *map) {
      if (out.size() > max_text) {
        break;
      }
      if (&e != map->data()) {
        out += ", ";
      }
      show(e.first, out, depth + 1);
      out += ": ";
      show(e.second, out, depth + 1);
    }
    out += '}';
  }
}

std::string text_of(const std::optional<ConstValue>& v) {
  if (!v) {
    return "none";
  }
  std::string out;
  show(*v, out, 0);
  return clipped(std::move(out));
}

std::string text_of(const Type& t) {
  std::string out = t.to_string();
  if (t.wire != Wire::standard) {
    out += " (" + std::string(to_string(t.wire)) + ")";
  }
  return clipped(std::move(out));
}
std::string text_of(const Field& f) {
  std::string out = std::to_string(f.id) + ": ";
  if (f.requiredness != Requiredness::standard) {
    out += std::string(to_string(f.requiredness)) + " ";
  }
  return clipped(out + text_of(*f.type) + " " + f.name);
}

bool is_integer(Kind k) { return k >= Kind::i8 && k <= Kind::u64; }
bool is_signed(Kind k) { return k >= Kind::i8 && k <= Kind::i64; }
int width(Kind k) {
  switch (k) {
    case Kind::boolean: return 1;
    case Kind::i8:
    case Kind::u8: return 8;
    case Kind::i16:
    case Kind::u16: return 16;
    case Kind::i32:
    case Kind::u32: return 32;
    default: return 64;
  }
}

class SchemaComparer {
 public:
  SchemaComparer(const Schema& before, const Schema& after, WireRules rules)
      : before_(before), after_(after), rules_(rules) {}

  std::vector<Change> run() {
    declared_structs();
    declarations(before_.enums(), after_.enums(), ChangeKind::enum_removed, ChangeKind::enum_added,
                 Effect::compatible, [&](const EnumType& a, const EnumType& b) { enums(a, b); });
    aliases();
    declarations(before_.services(), after_.services(), ChangeKind::service_removed,
                 ChangeKind::service_added, Effect::reader_breaks,
                 [&](const Service& a, const Service& b) { services(a, b); });
    while (!todo_.empty()) {
      const auto [a, b] = todo_.back();
      todo_.pop_back();
      structs(*a, *b);
    }
    return std::move(changes_);
  }

 private:
  using Pair = std::pair<const StructType*, const StructType*>;

  void add(ChangeKind kind, std::string path, std::string before, std::string after,
           Effect effect) {
    changes_.push_back(
        {kind, std::move(path), clipped(std::move(before)), clipped(std::move(after)), effect});
  }

  // Compares declarations of equal names; reports the others.
  template <class Items, class Same>
  void declarations(const Items& before, const Items& after, ChangeKind removed, ChangeKind added,
                    Effect of_removal, Same same) {
    using T = typename Items::value_type;
    std::unordered_map<std::string_view, const T*> new_ones;
    std::unordered_map<std::string_view, const T*> old_ones;
    for (const T& b : after) {
      new_ones.emplace(b.full_name, &b);
    }
    for (const T& a : before) {
      if (!old_ones.emplace(a.full_name, &a).second) {
        continue;
      }
      const auto it = new_ones.find(a.full_name);
      if (it == new_ones.end()) {
        add(removed, a.full_name, a.name, "", of_removal);
      } else {
        same(a, *it->second);
      }
    }
    for (const T& b : after) {
      if (!old_ones.contains(b.full_name)) {
        add(added, b.full_name, "", b.name, Effect::compatible);
      }
    }
  }

  void declared_structs() {
    // The structs of a method's arguments and reply are added and removed with the method.
    hidden_.clear();
    for (const Schema* s : {&before_, &after_}) {
      if (s->empty()) {
        continue;
      }
      hidden_.insert(s->data()->hidden.begin(), s->data()->hidden.end());
    }
    std::unordered_map<std::string_view, const StructType*> new_ones;
    std::set<std::string_view> old_ones;
    for (const StructType& b : after_.structs()) {
      new_ones.emplace(b.full_name, &b);
    }
    for (const StructType& a : before_.structs()) {
      if (!old_ones.insert(a.full_name).second) {
        continue;
      }
      const auto it = new_ones.find(a.full_name);
      if (it != new_ones.end()) {
        if (seen_.emplace(&a, it->second).second) {
          structs(a, *it->second);
        }
      } else if (!hidden_.contains(&a)) {
        add(ChangeKind::struct_removed, a.full_name, a.name, "", Effect::compatible);
      }
    }
    for (const StructType& b : after_.structs()) {
      if (old_ones.contains(b.full_name) || hidden_.contains(&b)) {
        continue;
      }
      add(ChangeKind::struct_added, b.full_name, "", b.name, Effect::compatible);
    }
  }

  // ---- Structs ----

  void structs(const StructType& a, const StructType& b) {
    if (a.flavor != b.flavor) {
      flavor(a, b);
    }
    if (a.message_set != b.message_set) {
      add(ChangeKind::message_set, a.full_name, a.message_set ? "MessageSet" : "message",
          b.message_set ? "MessageSet" : "message", on_protobuf(Effect::both_break));
    }
    for (const Field& f : a.fields) {
      if (const Field* g = b.find(f.id)) {
        fields(a, f, b, *g);
      } else if (const Field* same = b.find(std::string_view(f.name)); same && !a.find(same->id)) {
        add(ChangeKind::field_id, a.full_name + "." + f.name, std::to_string(f.id),
            std::to_string(same->id), Effect::both_break);
      } else {
        // Old readers fail without a required field; any other field may be missing.
        const bool required = f.requiredness == Requiredness::required;
        add(ChangeKind::field_removed, a.full_name + "." + f.name, text_of(f), "",
            required ? Effect::writer_breaks : Effect::compatible);
      }
    }
    for (const Field& g : b.fields) {
      if (a.find(g.id)) {
        continue;
      }
      if (const Field* same = a.find(std::string_view(g.name)); same && !b.find(same->id)) {
        continue;
      }
      const bool required = g.requiredness == Requiredness::required;
      add(ChangeKind::field_added, a.full_name + "." + g.name, "", text_of(g),
          required ? Effect::reader_breaks : Effect::compatible);
    }
  }

  void flavor(const StructType& a, const StructType& b) {
    // The reader of a union accepts one field; the writer of a struct writes many.
    Effect effect = Effect::compatible;
    if (b.flavor == StructFlavor::union_) {
      effect = Effect::reader_breaks;
    }
    if (a.flavor == StructFlavor::union_) {
      effect = Effect::writer_breaks;
    }
    add(ChangeKind::flavor, a.full_name, std::string(to_string(a.flavor)),
        std::string(to_string(b.flavor)), effect);
  }

  void fields(const StructType& s, const Field& f, const StructType& t, const Field& g) {
    const std::string path = s.full_name + "." + f.name;
    if (f.name != g.name) {
      add(ChangeKind::field_name, path, f.name, g.name, Effect::json_only);
    }
    if (f.json_name != g.json_name) {
      add(ChangeKind::json_name, path, f.json_name, g.json_name, Effect::json_only);
    }
    bool differs = false;
    const Effect effect = types(*f.type, *g.type, path, differs, 0);
    if (differs) {
      add(ChangeKind::field_type, path, text_of(*f.type), text_of(*g.type), effect);
    }
    if (f.requiredness != g.requiredness) {
      const Effect of = g.requiredness == Requiredness::required   ? Effect::reader_breaks
                        : f.requiredness == Requiredness::required ? Effect::writer_breaks
                                                                   : Effect::compatible;
      add(ChangeKind::requiredness, path, std::string(to_string(f.requiredness)),
          std::string(to_string(g.requiredness)), of);
    }
    // Defaults are not encoded: an absent field is read as another value, and nothing fails.
    if (f.default_value != g.default_value) {
      add(ChangeKind::default_value, path, text_of(f.default_value), text_of(g.default_value),
          Effect::compatible);
    }
    if (oneof_name(s, f) != oneof_name(t, g)) {
      add(ChangeKind::oneof, path, oneof_name(s, f), oneof_name(t, g), oneofs(s, f, t, g));
    }
    // Readers accept both forms.
    if (f.packed != g.packed && f.type->kind == Kind::list && g.type->kind == Kind::list) {
      add(ChangeKind::packed, path, f.packed ? "packed" : "unpacked",
          g.packed ? "packed" : "unpacked", Effect::compatible);
    }
  }

  static std::string oneof_name(const StructType& s, const Field& f) {
    return f.oneof < 0 ? std::string() : s.oneofs[static_cast<std::size_t>(f.oneof)].name;
  }

  // Old data may set several fields that one oneof now holds; new data may set several that one
  // oneof held. A field that was alone, or is now with new fields alone, is safe.
  static Effect oneofs(const StructType& s, const Field& f, const StructType& t, const Field& g) {
    const auto shares = [](const StructType& in, int oneof, const Field& self,
                           const StructType& other) {
      return oneof >= 0 && std::ranges::any_of(in.fields, [&](const Field& x) {
               return x.oneof == oneof && x.id != self.id && other.find(x.id);
             });
    };
    Effect effect = Effect::compatible;
    if (shares(t, g.oneof, g, s)) {
      effect = join(effect, Effect::reader_breaks);
    }
    if (shares(s, f.oneof, f, t)) {
      effect = join(effect, Effect::writer_breaks);
    }
    return effect;
  }

  // ---- Types ----

  [[nodiscard]] Effect on_thrift(Effect e) const {
    return rules_ == WireRules::protobuf ? Effect::compatible : e;
  }
  [[nodiscard]] Effect on_protobuf(Effect e) const {
    return rules_ == WireRules::thrift ? Effect::compatible : e;
  }

  // The effect of a change of type; sets `differs` if the types differ. Structs are compared later.
  Effect types(const Type& a, const Type& b, const std::string& path, bool& differs, int depth) {
    if (depth > core::max_type_depth) {
      return Effect::compatible;
    }
    if (a.kind == b.kind) {
      return same_kind(a, b, path, differs, depth);
    }
    differs = true;
    const bool lists = (a.kind == Kind::list && b.kind == Kind::set) ||
                       (a.kind == Kind::set && b.kind == Kind::list);
    if (lists) {
      return join(on_thrift(Effect::both_break),
                  types(*a.element, *b.element, path, differs, depth + 1));
    }
    if (a.kind == Kind::list || b.kind == Kind::list) {
      return one_or_list(a, b, path, depth);
    }
    return join(on_thrift(thrift_kinds(a, b)), on_protobuf(protobuf_kinds(a, b)));
  }

  Effect same_kind(const Type& a, const Type& b, const std::string& path, bool& differs,
                   int depth) {
    Effect effect = Effect::compatible;
    if (a.wire != b.wire) {
      differs = true;
      effect = on_protobuf(wires(a.wire, b.wire));
    }
    switch (a.kind) {
      case Kind::list:
      case Kind::set: return join(effect, types(*a.element, *b.element, path, differs, depth + 1));
      case Kind::map:
        effect = join(effect, types(*a.key, *b.key, path, differs, depth + 1));
        return join(effect, types(*a.value, *b.value, path, differs, depth + 1));
      case Kind::enumeration:
        if (a.enumeration->full_name == b.enumeration->full_name) {
          return effect;
        }
        differs = true;
        if (same_shape(a, b)) {
          return effect;
        }
        return join(effect, other_enum(*a.enumeration, *b.enumeration));
      case Kind::structure: compare_later(*a.structure, *b.structure, path); return effect;
      default: return effect;
    }
  }

  // Compares the two structs of a field, element or message later, and reports another name.
  void compare_later(const StructType& a, const StructType& b, const std::string& path) {
    if (a.full_name != b.full_name) {
      add(ChangeKind::struct_renamed, path, a.full_name, b.full_name, Effect::compatible);
    }
    if (seen_.emplace(&a, &b).second) {
      todo_.emplace_back(&a, &b);
    }
  }

  static Effect wires(Wire a, Wire b) {
    if (a == Wire::standard && b == Wire::unchecked) {
      return Effect::writer_breaks;
    }
    if (a == Wire::unchecked && b == Wire::standard) {
      return Effect::reader_breaks;
    }
    return Effect::both_break;
  }

  // The effect of members that only one of two enums has.
  static Effect other_enum(const EnumType& a, const EnumType& b) {
    Effect effect = Effect::json_only;
    const auto lacks = [](const EnumType& from, const EnumType& in) {
      return std::ranges::any_of(from.values,
                                 [&](const EnumValue& v) { return in.find(v.number) == nullptr; });
    };
    if (b.closed && (!a.closed || lacks(a, b))) {
      effect = join(effect, Effect::reader_breaks);
    }
    if (a.closed && (!b.closed || lacks(b, a))) {
      effect = join(effect, Effect::writer_breaks);
    }
    return effect;
  }

  // Protobuf alone writes a list as its elements: who expects one value takes the last of them.
  Effect one_or_list(const Type& a, const Type& b, const std::string& path, int depth) {
    if (rules_ != WireRules::protobuf) {
      return Effect::both_break;
    }
    const bool becomes_list = b.kind == Kind::list;
    const Type& one = becomes_list ? a : *a.element;
    const Type& other = becomes_list ? *b.element : b;
    if (one.kind >= Kind::list || other.kind >= Kind::list) {
      return Effect::both_break;
    }
    bool differs = false;
    return join(widened(becomes_list), types(one, other, path, differs, depth + 1));
  }

  // Kinds that differ, neither of them a list.
  static Effect thrift_kinds(const Type& a, const Type& b) {
    if (const Effect e = texts(a.kind, b.kind); e != Effect::both_break) {
      return e;
    }
    const bool enum_and_i32 = (a.kind == Kind::enumeration && b.kind == Kind::i32) ||
                              (a.kind == Kind::i32 && b.kind == Kind::enumeration);
    return enum_and_i32 ? numbers_or_names(a, b) : Effect::both_break;
  }

  static Effect protobuf_kinds(const Type& a, const Type& b) {
    if (const Effect e = texts(a.kind, b.kind); e != Effect::both_break) {
      return e;
    }
    const auto varint = [](const Type& t) {
      return t.kind == Kind::boolean || t.kind == Kind::enumeration || is_integer(t.kind);
    };
    if (!varint(a) || !varint(b) || a.wire != b.wire) {
      return Effect::both_break;
    }
    const Kind x = a.kind == Kind::enumeration ? Kind::i32 : a.kind;
    const Kind y = b.kind == Kind::enumeration ? Kind::i32 : b.kind;
    Effect effect = Effect::compatible;
    if (a.kind == Kind::enumeration || b.kind == Kind::enumeration) {
      effect = numbers_or_names(a, b);
    }
    if (a.wire == Wire::fixed && width(x) != width(y)) {
      return Effect::both_break;
    }
    // Negative or very large numbers are read as other numbers.
    if (x != Kind::boolean && y != Kind::boolean && is_signed(x) != is_signed(y)) {
      return Effect::both_break;
    }
    if (width(x) != width(y)) {
      effect = join(effect, widened(width(x) < width(y)));
    }
    return effect;
  }

  // Every string is valid as binary; binary may not be valid UTF-8.
  static Effect texts(Kind a, Kind b) {
    if (a == Kind::string && b == Kind::binary) {
      return Effect::writer_breaks;
    }
    if (a == Kind::binary && b == Kind::string) {
      return Effect::reader_breaks;
    }
    return Effect::both_break;
  }

  // An enum and a number: JSON writes names for the enum; a closed enum does not hold all numbers.
  static Effect numbers_or_names(const Type& a, const Type& b) {
    if (b.kind == Kind::enumeration && b.enumeration->closed) {
      return Effect::reader_breaks;
    }
    if (a.kind == Kind::enumeration && a.enumeration->closed) {
      return Effect::writer_breaks;
    }
    return Effect::json_only;
  }

  // ---- Enums, typedefs, constants ----

  void enums(const EnumType& a, const EnumType& b) {
    if (a.closed != b.closed) {
      add(ChangeKind::enum_closed, a.full_name, a.closed ? "closed" : "open",
          b.closed ? "closed" : "open", widened(a.closed));
    }
    for (const EnumValue& v : a.values) {
      const std::string path = a.full_name + "." + v.name;
      const EnumValue* named = b.find(std::string_view(v.name));
      if (named && named->number == v.number) {
        continue;
      }
      if (named) {
        add(ChangeKind::value_number, path, std::to_string(v.number), std::to_string(named->number),
            Effect::both_break);
      } else if (const EnumValue* w = b.find(v.number); w && !a.find(std::string_view(w->name))) {
        add(ChangeKind::value_name, path, v.name, w->name, Effect::json_only);
      } else if (w) {  // one of its other names is left
        add(ChangeKind::value_removed, path, std::to_string(v.number), "", Effect::json_only);
      } else {
        add(ChangeKind::value_removed, path, std::to_string(v.number), "",
            b.closed ? Effect::reader_breaks : Effect::json_only);
      }
    }
    for (const EnumValue& w : b.values) {
      if (a.find(std::string_view(w.name))) {
        continue;
      }
      const EnumValue* v = a.find(w.number);
      if (v && !b.find(std::string_view(v->name))) {
        continue;  // reported as renamed
      }
      add(ChangeKind::value_added, a.full_name + "." + w.name, "", std::to_string(w.number),
          a.closed && !v ? Effect::writer_breaks : Effect::json_only);
    }
  }

  // Typedefs are resolved in the types that use them, constants in defaults.
  void aliases() {
    declarations(items(before_, &Document::typedefs), items(after_, &Document::typedefs),
                 ChangeKind::typedef_removed, ChangeKind::typedef_added, Effect::compatible,
                 [](const Typedef&, const Typedef&) {});
    declarations(items(before_, &Document::constants), items(after_, &Document::constants),
                 ChangeKind::constant_removed, ChangeKind::constant_added, Effect::compatible,
                 [&](const Constant& a, const Constant& b) {
                   if (a.value == b.value) {
                     return;
                   }
                   add(ChangeKind::constant_value, a.full_name, text_of(std::optional(a.value)),
                       text_of(std::optional(b.value)), Effect::compatible);
                 });
  }

  template <class T>
  static std::deque<T> items(const Schema& s, std::vector<const T*> Document::* list) {
    std::deque<T> out;
    for (const Document& d : s.documents()) {
      for (const T* item : d.*list) {
        out.push_back(*item);
      }
    }
    return out;
  }

  // ---- Services ----

  // Old callers call a removed method and fail. Only callers that know of a new method call it.
  void services(const Service& a, const Service& b) {
    const std::string base = a.extends ? a.extends->full_name : "";
    const std::string new_base = b.extends ? b.extends->full_name : "";
    if (base != new_base) {
      add(ChangeKind::service_base, a.full_name, base, new_base,
          base.empty() ? Effect::compatible : Effect::reader_breaks);
    }
    for (const Method& m : a.methods) {
      const std::string path = a.full_name + "." + m.name;
      if (const Method* n = b.find(m.name)) {
        methods(m, *n, path);
      } else {
        add(ChangeKind::method_removed, path, m.name, "", Effect::reader_breaks);
      }
    }
    for (const Method& n : b.methods) {
      if (a.find(n.name)) {
        continue;
      }
      add(ChangeKind::method_added, a.full_name + "." + n.name, "", n.name, Effect::compatible);
    }
  }

  void methods(const Method& m, const Method& n, const std::string& path) {
    const auto kind = [](const Method& x) {
      return std::string(x.oneway ? "oneway" : "call") + (x.client_streaming ? ", in" : "") +
             (x.server_streaming ? ", out" : "");
    };
    if (kind(m) != kind(n)) {
      add(ChangeKind::method_kind, path, kind(m), kind(n), Effect::both_break);
    }
    method_structs(m.args, n.args, path);
    method_structs(m.reply, n.reply, path);
    bool differs = false;
    const Effect effect = types(*m.result, *n.result, path, differs, 0);
    if (differs) {
      add(ChangeKind::method_type, path, text_of(*m.result), text_of(*n.result), effect);
    }
  }
  void method_structs(const StructType* a, const StructType* b, const std::string& path) {
    if (!a || !b) {
      return;  // oneway, which is reported as such
    }
    if (hidden_.contains(a) && hidden_.contains(b)) {
      if (seen_.emplace(a, b).second) {
        todo_.emplace_back(a, b);
      }
    } else {
      compare_later(*a, *b, path);
    }
  }

  const Schema& before_;
  const Schema& after_;
  WireRules rules_;
  std::vector<Change> changes_;
  std::set<const StructType*> hidden_;
  std::set<Pair> seen_;
  std::vector<Pair> todo_;
};

bool breaks(const Change& change, Direction direction, bool json) {
  // A change of type that breaks some values on the wire changes the JSON of all values: base64 for
  // bytes, strings for 64-bit integers, names for enums.
  const bool typed =
      change.kind == ChangeKind::field_type || change.kind == ChangeKind::method_type;
  if (json && typed && change.effect != Effect::compatible) {
    return true;
  }
  switch (change.effect) {
    case Effect::compatible: return false;
    case Effect::json_only: return json;
    case Effect::reader_breaks: return direction != Direction::forward;
    case Effect::writer_breaks: return direction != Direction::backward;
    case Effect::both_break: return true;
  }
  return true;
}

}  // namespace

std::string_view to_string(Effect effect) noexcept {
  return effect_names[static_cast<std::size_t>(effect)];
}
std::string_view to_string(ChangeKind kind) noexcept {
  return kind_names[static_cast<std::size_t>(kind)];
}

std::string Change::to_string() const {
  std::string out = path + ": " + std::string(wirejit::to_string(kind));
  if (!before.empty() || !after.empty()) {
    out += ": " + (before.empty() ? "-" : before) + " -> " + (after.empty() ? "-" : after);
  }
  return out + " (" + std::string(wirejit::to_string(effect)) + ")";
}

Result<std::vector<Change>> compare(const Schema& before, const Schema& after, WireRules rules) {
  return core::without_throwing(
      [&]() -> Result<std::vector<Change>> { return SchemaComparer(before, after, rules).run(); });
}

bool is_compatible(std::span<const Change> changes, Direction direction, bool json) noexcept {
  return std::ranges::none_of(changes, [&](const Change& c) { return breaks(c, direction, json); });
}

}  // namespace wirejit
