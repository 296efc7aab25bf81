// Schema's look-ups and the small functions of its parts. Entry: Schema::find_*. Invariant: nothing
// here changes a built schema, except find_type, which adds container types on demand.
#include <wirejit/schema.h>

#include "core/method_structs.h"
#include "core/no_throw.h"
#include "core/schema_data.h"

#include <algorithm>
#include <new>
#include <numeric>
#include <span>

namespace wirejit {
namespace {

constexpr std::string_view kind_names[core::kind_count] = {
    "void",  "bool",   "i8",     "i16",    "i32",  "i64",  "u8",     "u16",  "u32", "u64",
    "float", "double", "string", "binary", "uuid", "enum", "struct", "list", "set", "map"};

// The first position whose key (by `key_of`) equals `key`, or -1. `order` may be missing (not
// indexed yet).
template <class Items, class Key, class KeyOf>
int lookup(const Items& items, const std::vector<int>& order, const Key& key,
           KeyOf key_of) noexcept {
  if (order.size() != items.size()) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (key_of(items[i]) == key) {
        return static_cast<int>(i);
      }
    }
    return -1;
  }
  const auto at = [&](int i) { return key_of(items[static_cast<std::size_t>(i)]); };
  const auto it = std::lower_bound(order.begin(), order.end(), key,
                                   [&](int i, const Key& k) { return at(i) < k; });
  return it != order.end() && at(*it) == key ? *it : -1;
}

template <class T>
std::string_view name_of(const T& item) noexcept {
  return item.name;
}
std::int32_t id_of(const Field& f) noexcept { return f.id; }
std::int32_t number_of(const EnumValue& v) noexcept { return v.number; }

// The positions of `items`, ordered by key, equal ones in source order.
template <class Items, class KeyOf>
std::vector<int> ordered_by(const Items& items, KeyOf key_of) {
  std::vector<int> order(items.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    const auto x = key_of(items[static_cast<std::size_t>(a)]);
    const auto y = key_of(items[static_cast<std::size_t>(b)]);
    return x != y ? x < y : a < b;
  });
  return order;
}

constexpr std::size_t max_printed_type = 16384;

void print_type(const Type& t, std::string& out, int depth) {
  if (depth > core::max_type_depth || out.size() > max_printed_type) {
    out += "...";
    return;
  }
  const auto part = [&](const Type* p) {
    if (p) {
      print_type(*p, out, depth + 1);
    } else {
      out += '?';
    }
  };
  switch (t.kind) {
    case Kind::structure: out += t.structure ? t.structure->full_name : "struct"; break;
    case Kind::enumeration: out += t.enumeration ? t.enumeration->full_name : "enum"; break;
    case Kind::list:
    case Kind::set:
      out += t.kind == Kind::list ? "list<" : "set<";
      part(t.element);
      out += '>';
      break;
    case Kind::map:
      out += "map<";
      part(t.key);
      out += ", ";
      part(t.value);
      out += '>';
      break;
    default: out += to_string(t.kind);
  }
}

// The text of a type expression and a position in it.
struct TypeText {
  std::string_view text;
  std::size_t at = 0;

  void spaces() {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) {
      ++at;
    }
  }
  bool take(char c) {
    spaces();
    if (at == text.size() || text[at] != c) {
      return false;
    }
    ++at;
    return true;
  }
  std::string_view word() {
    spaces();
    const std::size_t from = at;
    while (at < text.size() &&
           std::string_view("<>, \t").find(text[at]) == std::string_view::npos) {
      ++at;
    }
    return text.substr(from, at - from);
  }
};

class TypeFinder {
 public:
  TypeFinder(const Schema& schema, std::string_view text) : schema_(schema), text_{text} {}

  Result<const Type*> run() {
    const Type* t = type(0);
    if (t) {
      text_.spaces();
      if (text_.at != text_.text.size()) {
        t = fail("found more text, expected the end of the type");
      }
    }
    if (!t) {
      return std::unexpected(Error(code_, std::move(message_), text_.at));
    }
    return t;
  }

 private:
  const Type* fail(std::string message, Errc code = Errc::syntax) {
    if (message_.empty()) {
      message_ = std::move(message);
      code_ = code;
    }
    return nullptr;
  }

  const Type* named(std::string_view name) {
    const Schema::Data& d = *schema_.data();
    if (const StructType* s = d.struct_names.find(name)) {
      return d.canonical_of(s);
    }
    if (const EnumType* e = d.enum_names.find(name)) {
      return d.canonical_of(e);
    }
    if (const Typedef* t = d.typedef_names.find(name)) {
      return t->type;
    }
    if (name == "byte") {
      name = "i8";
    }
    for (std::size_t k = static_cast<std::size_t>(Kind::boolean);
         k <= static_cast<std::size_t>(Kind::uuid); ++k) {
      if (kind_names[k] == name) {
        return d.bases[k];
      }
    }
    std::string why;
    if (const StructType* s = core::find_method_struct(d, name, why)) {
      return d.canonical_of(s);
    }
    return fail(why.empty() ? "found '" + std::string(name.substr(0, 80)) +
                                  "', expected the name of a type of this schema"
                            : why,
                Errc::not_found);
  }

  const Type* container(Kind kind, const Type* first, const Type* second) {
    const Schema::Data& d = *schema_.data();
    if (const Type* t = d.types.find(kind, first, second)) {
      return t;
    }
    const std::scoped_lock lock(d.on_demand_mutex);
    if (const Type* t = d.on_demand.find(kind, first, second)) {
      return t;
    }
    if (d.on_demand.size() >= core::max_on_demand_types) {
      return fail("too many container types were requested of this schema", Errc::size_limit);
    }
    return d.on_demand.container(kind, first, second);
  }

  const Type* type(int depth) {
    if (depth > core::max_type_depth) {
      return fail("types nest too deep", Errc::depth_limit);
    }
    const std::string_view name = text_.word();
    if (name.empty()) {
      return fail("expected a type");
    }
    if (!text_.take('<')) {
      return named(name);
    }
    const Kind kind = name == "list" ? Kind::list : name == "set" ? Kind::set : Kind::map;
    if (kind == Kind::map && name != "map") {
      return fail("found '<' after a type that is not a container");
    }
    const Type* first = type(depth + 1);
    const Type* second = nullptr;
    if (first && kind == Kind::map) {
      if (!text_.take(',')) {
        return fail("expected ',' between the types of a map");
      }
      second = type(depth + 1);
      if (!second) {
        return nullptr;
      }
    }
    if (!first) {
      return nullptr;
    }
    if (!text_.take('>')) {
      return fail("expected '>'");
    }
    return container(kind, first, second);
  }

  const Schema& schema_;
  TypeText text_;
  std::string message_;
  Errc code_ = Errc::syntax;
};

}  // namespace

std::string_view to_string(Kind kind) noexcept {
  return kind_names[static_cast<std::size_t>(kind)];
}

std::string_view to_string(Wire wire) noexcept {
  constexpr std::string_view names[core::wire_count] = {
      "standard", "zigzag", "fixed", "delimited", "unchecked", "message_set_item"};
  return names[static_cast<std::size_t>(wire)];
}
bool fits(Wire wire, Kind kind) noexcept {
  switch (wire) {
    case Wire::standard: return true;
    case Wire::zigzag: return kind == Kind::i32 || kind == Kind::i64;
    case Wire::fixed:
      return kind == Kind::i32 || kind == Kind::i64 || kind == Kind::u32 || kind == Kind::u64;
    case Wire::delimited:
    case Wire::message_set_item: return kind == Kind::structure;
    case Wire::unchecked: return kind == Kind::string;
  }
  return false;
}

std::string_view to_string(Requiredness r) noexcept {
  switch (r) {
    case Requiredness::required: return "required";
    case Requiredness::optional: return "optional";
    default: return "default";
  }
}

std::string_view to_string(StructFlavor f) noexcept {
  switch (f) {
    case StructFlavor::union_: return "union";
    case StructFlavor::exception: return "exception";
    default: return "struct";
  }
}

const std::string* find_annotation(const Annotations& all, std::string_view name) noexcept {
  for (std::size_t i = all.size(); i-- > 0;) {
    if (all[i].name == name) {
      return &all[i].value;
    }
  }
  return nullptr;
}

std::string Type::to_string() const {
  std::string out;
  print_type(*this, out, 0);
  return out;
}

void StructType::index() {
  by_id_ = ordered_by(fields, id_of);
  by_name_ = ordered_by(fields, name_of<Field>);
}
int StructType::index_of_id(std::int32_t id) const noexcept {
  // Most structs number their fields 1, 2, 3 ...
  const auto usual = static_cast<std::size_t>(static_cast<std::int64_t>(id) - 1);
  if (usual < fields.size() && fields[usual].id == id) {
    return static_cast<int>(usual);
  }
  return lookup(fields, by_id_, id, id_of);
}
int StructType::index_of_name(std::string_view n) const noexcept {
  return lookup(fields, by_name_, n, name_of<Field>);
}
int StructType::index_like(const Field& other) const noexcept {
  if (const int same = index_of_name(other.name); same >= 0) {
    return same;
  }
  const auto it = std::find_if(fields.begin(), fields.end(),
                               [&](const Field& f) { return f.json_name == other.json_name; });
  return it == fields.end() ? -1 : static_cast<int>(it - fields.begin());
}
const Field* StructType::find(std::int32_t id) const noexcept {
  const int i = index_of_id(id);
  return i < 0 ? nullptr : &fields[static_cast<std::size_t>(i)];
}
const Field* StructType::find(std::string_view n) const noexcept {
  const int i = index_of_name(n);
  return i < 0 ? nullptr : &fields[static_cast<std::size_t>(i)];
}

void EnumType::index() {
  by_number_ = ordered_by(values, number_of);
  by_name_ = ordered_by(values, name_of<EnumValue>);
}
const EnumValue* EnumType::find(std::int32_t number) const noexcept {
  const int i = lookup(values, by_number_, number, number_of);
  return i < 0 ? nullptr : &values[static_cast<std::size_t>(i)];
}
const EnumValue* EnumType::find(std::string_view n) const noexcept {
  const int i = lookup(values, by_name_, n, name_of<EnumValue>);
  return i < 0 ? nullptr : &values[static_cast<std::size_t>(i)];
}

const Method* Service::find(std::string_view n) const noexcept {
  for (const Service* s = this; s; s = s->extends) {
    for (const Method& m : s->methods) {
      if (m.name == n) {
        return &m;
      }
    }
  }
  return nullptr;
}

namespace core {

template <class T>
void NameTable<T>::freeze() {
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    if (const int c = a.name.compare(b.name)) {
      return c < 0;
    }
    if (a.main != b.main) {
      return a.main;
    }
    return std::less<>()(a.what, b.what);
  });
}

template <class T>
const T* NameTable<T>::find(std::string_view name) const noexcept {
  auto it = std::lower_bound(entries_.begin(), entries_.end(), name,
                             [](const Entry& e, std::string_view n) { return e.name < n; });
  if (it == entries_.end() || it->name != name) {
    return nullptr;
  }
  const Entry first = *it;
  for (++it; it != entries_.end() && it->name == name && it->main == first.main; ++it) {
    if (it->what != first.what) {
      return nullptr;  // ambiguous
    }
  }
  return first.what;
}

template class NameTable<StructType>;
template class NameTable<EnumType>;
template class NameTable<Typedef>;
template class NameTable<Constant>;
template class NameTable<Service>;

const Type* TypeTable::find(Kind kind, const Type* first, const Type* second) const noexcept {
  const auto it = containers_.find(ContainerKey(kind, first, second));
  return it == containers_.end() ? nullptr : it->second;
}

const Type* TypeTable::container(Kind kind, const Type* first, const Type* second) {
  const auto [it, fresh] = containers_.try_emplace(ContainerKey(kind, first, second), nullptr);
  if (!fresh) {
    return it->second;
  }
  Type t;
  t.kind = kind;
  if (kind == Kind::map) {
    t.key = first;
    t.value = second;
  } else {
    t.element = first;
  }
  it->second = &add(std::move(t));
  return it->second;
}

}  // namespace core

namespace {

std::unexpected<Error> nothing_found(const Schema& schema, std::string_view what,
                                     std::string_view name) {
  if (schema.empty()) {
    return std::unexpected(Error(Errc::not_found, "the schema is empty"));
  }
  return std::unexpected(Error(Errc::not_found, "found no " + std::string(what) + " named '" +
                                                    std::string(name.substr(0, 80)) +
                                                    "', or more than one"));
}

// A declaration of that name, in the table of its kind.
template <class T>
Result<SchemaRef<T>> find_in(const Schema& schema, core::NameTable<T> Schema::Data::* names,
                             std::string_view what, std::string_view name) {
  return core::without_throwing([&]() -> Result<SchemaRef<T>> {
    const T* const found = schema.empty() ? nullptr : (schema.data().get()->*names).find(name);
    if (found == nullptr) {
      return nothing_found(schema, what, name);
    }
    return SchemaRef<T>(schema, *found);
  });
}

}  // namespace

Result<StructRef> Schema::find_struct(std::string_view name) const {
  return core::without_throwing([&]() -> Result<StructRef> {
    Result<StructRef> declared = find_in(*this, &Data::struct_names, "struct", name);
    if (declared || empty()) {
      return declared;
    }
    std::string why;
    if (const StructType* s = core::find_method_struct(*data_, name, why)) {
      return StructRef(*this, *s);
    }
    return why.empty() ? std::move(declared)
                       : std::unexpected(Error(Errc::not_found, std::move(why)));
  });
}
Result<EnumRef> Schema::find_enum(std::string_view name) const {
  return find_in(*this, &Data::enum_names, "enum", name);
}
Result<TypedefRef> Schema::find_typedef(std::string_view name) const {
  return find_in(*this, &Data::typedef_names, "typedef", name);
}
Result<ConstantRef> Schema::find_constant(std::string_view name) const {
  return find_in(*this, &Data::constant_names, "constant", name);
}
Result<ServiceRef> Schema::find_service(std::string_view name) const {
  return find_in(*this, &Data::service_names, "service", name);
}

Result<TypeRef> Schema::find_type(std::string_view name) const {
  return core::without_throwing([&]() -> Result<TypeRef> {
    if (empty()) {
      return nothing_found(*this, "type", name);
    }
    const Result<const Type*> found = TypeFinder(*this, name).run();
    if (!found) {
      return std::unexpected(found.error());
    }
    return TypeRef(*this, **found);
  });
}

const Type& detail::no_type() noexcept {
  static const Type none;
  return none;
}

const Type* Schema::type_of(const StructType& s) const noexcept {
  return data_ ? data_->canonical_of(&s) : nullptr;
}
const Type* Schema::type_of(const EnumType& e) const noexcept {
  return data_ ? data_->canonical_of(&e) : nullptr;
}

bool Schema::owns(const Type& type) const noexcept {
  if (!data_) {
    return false;
  }
  if (data_->types.is_one_of(&type)) {
    return true;
  }
  // Types that find_type has added.
  const std::scoped_lock lock(data_->on_demand_mutex);
  return data_->on_demand.size() != 0 &&
         data_->on_demand.find(type.kind, type.kind == Kind::map ? type.key : type.element,
                               type.value) == &type;
}

// An empty schema has no data; its lists are these empty constants.
const std::deque<Document>& Schema::documents() const noexcept {
  static const std::deque<Document> none;
  return data_ ? data_->documents : none;
}
const std::deque<StructType>& Schema::structs() const noexcept {
  static const std::deque<StructType> none;
  return data_ ? data_->structs : none;
}
const std::deque<EnumType>& Schema::enums() const noexcept {
  static const std::deque<EnumType> none;
  return data_ ? data_->enums : none;
}
const std::deque<Service>& Schema::services() const noexcept {
  static const std::deque<Service> none;
  return data_ ? data_->services : none;
}

}  // namespace wirejit
