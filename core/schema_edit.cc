// SchemaEditor: edits change a copy of all declarations, and build() makes a new schema of the
// copy. Entry: SchemaEditor. Invariant: the copy refers to the types of the source schema. Only
// build() makes new types, so an edit does not have to update references to what it changes.
#include <wirejit/schema_edit.h>

#include "core/identifier.h"
#include "core/no_throw.h"
#include "core/schema_data.h"

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace wirejit {
namespace {

// Values nest at most this deep; SchemaBuilder::build rejects deeper ones.
constexpr int max_value_depth = 256;

// One declaration of the copy.
template <class T>
struct Copy {
  T edited;
  const T* source = nullptr;
  bool dropped = false;
};

template <class T>
using Copies = std::deque<Copy<T>>;

Error not_found(std::string_view what, std::string_view name) {
  return Error(Errc::not_found,
               "there is no " + std::string(what) + " '" + std::string(name.substr(0, 200)) + "'");
}
Error invalid(std::string message) { return Error(Errc::schema_invalid, std::move(message)); }

bool is_inside(std::string_view name, std::string_view scope) {
  return name.size() > scope.size() && name.starts_with(scope) && name[scope.size()] == '.';
}

// "pb.Outer.Inner" with the last part replaced.
std::string with_last_part(std::string_view full_name, std::string_view last) {
  const std::size_t dot = full_name.rfind('.');
  return std::string(full_name.substr(0, dot == std::string_view::npos ? 0 : dot + 1)) +
         std::string(last);
}

void move_scope(std::string& name, std::string_view from, std::string_view to) {
  if (is_inside(name, from)) {
    name = std::string(to) + name.substr(from.size());
  }
}

bool same_but_alias(const Type& a, const Type& b) {
  return a.kind == b.kind && a.structure == b.structure && a.enumeration == b.enumeration &&
         a.element == b.element && a.key == b.key && a.value == b.value;
}

}  // namespace

struct SchemaEditor::Impl {
  explicit Impl(const Schema& schema) : source(schema) {
    if (source.empty()) {
      return;
    }
    const Schema::Data& d = *source.data();
    const std::unordered_set<const StructType*> of_methods(d.hidden.begin(), d.hidden.end());
    copy_all(d.structs, structs, struct_at);
    copy_all(d.enums, enums, enum_at);
    copy_all(d.typedefs, typedefs, typedef_at);
    copy_all(d.constants, constants, constant_at);
    copy_all(d.services, services, service_at);
    hidden = of_methods;
  }

  template <class T>
  using Places = std::unordered_map<const T*, Copy<T>*>;

  template <class T>
  static void copy_all(const std::deque<T>& from, Copies<T>& to, Places<T>& places) {
    for (const T& item : from) {
      Copy<T>& copy = to.emplace_back();
      copy.edited = item;
      copy.source = &item;
      places.emplace(&item, &copy);
    }
  }

  // The declaration of that full name, or null.
  template <class T>
  static Copy<T>* find(Copies<T>& all, std::string_view name) {
    const auto it = std::find_if(all.begin(), all.end(), [&](const Copy<T>& c) {
      return !c.dropped && c.edited.full_name == name;
    });
    return it == all.end() ? nullptr : &*it;
  }

  // Calls `edit` with the struct and the position of a field.
  template <class Edit>
  Result<void> with_field(std::string_view struct_name, std::string_view field, Edit edit) {
    return core::without_throwing([&]() -> Result<void> {
      Copy<StructType>* s = find(structs, struct_name);
      if (!s) {
        return std::unexpected(not_found("struct", struct_name));
      }
      const auto it = std::ranges::find(s->edited.fields, field, &Field::name);
      if (it == s->edited.fields.end()) {
        return std::unexpected(not_found("field", std::string(struct_name.substr(0, 200)) + "." +
                                                      std::string(field.substr(0, 200))));
      }
      return edit(*s, static_cast<std::size_t>(it - s->edited.fields.begin()));
    });
  }

  template <class T>
  Result<void> drop(Copies<T>& all, std::string_view what, std::string_view name) {
    return core::without_throwing([&]() -> Result<void> {
      Copy<T>* found = find(all, name);
      if (!found) {
        return std::unexpected(not_found(what, name));
      }
      found->dropped = true;
      return {};
    });
  }

  // ---- Values ----

  // Calls `change` for each value of the struct `of` in all defaults and constants.
  template <class Change>
  void for_each_value(const StructType* of, const Change& change) {
    for (Copy<StructType>& s : structs) {
      for (Field& f : s.edited.fields) {
        if (f.default_value && f.type) {
          visit(*f.default_value, *f.type, of, change, 0);
        }
      }
    }
    for (Copy<Constant>& c : constants) {
      if (c.edited.type) {
        visit(c.edited.value, *c.edited.type, of, change, 0);
      }
    }
  }

  template <class Change>
  void visit(ConstValue& value, const Type& type, const StructType* of, const Change& change,
             int depth) {
    if (depth > max_value_depth) {
      return;
    }
    if (auto* list = std::get_if<ConstValue::List>(&value.value); list && type.element) {
      for (ConstValue& v : *list) {
        visit(v, *type.element, of, change, depth + 1);
      }
    }
    auto* map = std::get_if<ConstValue::Map>(&value.value);
    if (!map) {
      return;
    }
    if (type.kind == Kind::map && type.key && type.value) {
      for (ConstValue::Entry& e : *map) {
        visit(e.first, *type.key, of, change, depth + 1);
        visit(e.second, *type.value, of, change, depth + 1);
      }
    }
    if (type.kind != Kind::structure) {
      return;
    }
    const auto place = struct_at.find(type.structure);
    if (place == struct_at.end()) {
      return;
    }
    for (ConstValue::Entry& e : *map) {
      const auto* name = std::get_if<std::string>(&e.first.value);
      if (!name) {
        continue;
      }
      const auto f = std::ranges::find(place->second->edited.fields, *name, &Field::name);
      if (f != place->second->edited.fields.end() && f->type) {
        visit(e.second, *f->type, of, change, depth + 1);
      }
    }
    if (type.structure == of) {
      change(*map);
    }
  }

  // ---- Edits that concern more than one declaration ----

  void drop_field(Copy<StructType>& s, std::size_t i) {
    const std::string name = s.edited.fields[i].name;
    const int oneof = s.edited.fields[i].oneof;
    for_each_value(s.source, [&](ConstValue::Map& map) {
      std::erase_if(map, [&](const ConstValue::Entry& e) {
        const auto* key = std::get_if<std::string>(&e.first.value);
        return key && *key == name;
      });
    });
    s.edited.fields.erase(s.edited.fields.begin() + static_cast<std::ptrdiff_t>(i));
    if (oneof < 0 || static_cast<std::size_t>(oneof) >= s.edited.oneofs.size()) {
      return;
    }
    const auto member = [&](const Field& f) { return f.oneof == oneof; };
    if (std::ranges::any_of(s.edited.fields, member)) {
      return;
    }
    s.edited.oneofs.erase(s.edited.oneofs.begin() + oneof);
    for (Field& f : s.edited.fields) {
      if (f.oneof > oneof) {
        --f.oneof;
      }
    }
  }

  void rename_field(Copy<StructType>& s, std::size_t i, std::string new_name) {
    Field& f = s.edited.fields[i];
    const std::string old = f.name;
    for_each_value(s.source, [&](ConstValue::Map& map) {
      for (ConstValue::Entry& e : map) {
        auto* key = std::get_if<std::string>(&e.first.value);
        if (key && *key == old) {
          *key = new_name;
        }
      }
    });
    const bool is_annotated = find_annotation(f.annotations, "json.name") != nullptr;
    if (f.extension && f.json_name == "[" + old + "]") {
      f.json_name = "[" + new_name + "]";
    } else if (!is_annotated && f.json_name == old) {
      f.json_name = new_name;
    } else if (!is_annotated && f.json_name == core::camel_case(old)) {
      f.json_name = core::camel_case(new_name);
    }
    f.name = std::move(new_name);
  }

  template <class T>
  static void move_declarations(Copies<T>& all, std::string_view from, std::string_view to,
                                std::string_view bare_from, std::string_view bare_to) {
    for (Copy<T>& c : all) {
      if (c.dropped || !is_inside(c.edited.full_name, from)) {
        continue;
      }
      move_scope(c.edited.full_name, from, to);
      move_scope(c.edited.name, bare_from, bare_to);
    }
  }

  void rename_struct(StructType& s, std::string_view new_name) {
    const std::string from = s.full_name;
    const std::string bare_from = s.name;
    s.full_name = with_last_part(from, new_name);
    s.name = with_last_part(bare_from, new_name);
    move_declarations(structs, from, s.full_name, bare_from, s.name);
    move_declarations(enums, from, s.full_name, bare_from, s.name);
    for (Copy<StructType>& other : structs) {
      for (Field& f : other.edited.fields) {
        if (!f.extension || !is_inside(f.name, from)) {
          continue;
        }
        const bool is_derived = f.json_name == "[" + f.name + "]";
        move_scope(f.name, from, s.full_name);
        if (is_derived) {
          f.json_name = "[" + f.name + "]";
        }
      }
    }
  }

  void drop_hidden(const Method& m) {
    for (const StructType* s : {m.args, m.reply}) {
      if (s && hidden.contains(s)) {
        struct_at.at(s)->dropped = true;
      }
    }
  }

  Schema source;
  Copies<StructType> structs;
  Copies<EnumType> enums;
  Copies<Typedef> typedefs;
  Copies<Constant> constants;
  Copies<Service> services;
  Places<StructType> struct_at;
  Places<EnumType> enum_at;
  Places<Typedef> typedef_at;
  Places<Constant> constant_at;
  Places<Service> service_at;
  std::unordered_set<const StructType*> hidden;  // arguments and replies of methods
};

namespace {

// Makes one schema from the editor's copy.
template <class Impl>
class Rebuilder {
 public:
  explicit Rebuilder(const Impl& from) : from_(from) {}

  Result<Schema> run() {
    if (from_.source.empty()) {
      return builder_.build();
    }
    for (const Document& d : from_.source.documents()) {
      document(d);
    }
    for (const Document& d : from_.source.documents()) {
      for (const Document* i : d.includes) {
        documents_.at(&d)->includes.push_back(documents_.at(i));
      }
    }
    for (const StructType* s : from_.source.data()->hidden) {
      const auto& copy = *from_.struct_at.at(s);
      if (!copy.dropped) {
        structs_[s] = &builder_.add_hidden_struct(copy.edited.name, copy.edited.full_name);
      }
    }
    fill_structs();
    fill_enums();
    fill_aliases();
    fill_services();
    if (!problem_.empty()) {
      return std::unexpected(invalid(problem_));
    }
    return builder_.build();
  }

 private:
  void document(const Document& d) {
    Document& out = builder_.add_document(d.name, d.path);
    out.namespaces = d.namespaces;
    out.namespace_annotations = d.namespace_annotations;
    out.cpp_includes = d.cpp_includes;
    out.annotations = d.annotations;
    out.doc = d.doc;
    documents_.emplace(&d, &out);
    if (!d.path.empty()) {
      files_.emplace(d.path, out.path);
    }
    declare(d.structs, from_.struct_at, structs_,
            [&](const std::string& n) -> auto& { return builder_.add_struct(n); });
    declare(d.enums, from_.enum_at, enums_,
            [&](const std::string& n) -> auto& { return builder_.add_enum(n); });
    declare(d.typedefs, from_.typedef_at, typedefs_,
            [&](const std::string& n) -> auto& { return builder_.add_typedef(n); });
    declare(d.constants, from_.constant_at, constants_,
            [&](const std::string& n) -> auto& { return builder_.add_constant(n); });
    declare(d.services, from_.service_at, services_,
            [&](const std::string& n) -> auto& { return builder_.add_service(n); });
  }

  template <class T, class Places, class Add>
  static void declare(const std::vector<const T*>& all, const Places& places,
                      std::unordered_map<const T*, T*>& made, Add add) {
    for (const T* item : all) {
      const auto& copy = *places.at(item);
      if (!copy.dropped) {
        made[item] = &add(copy.edited.name);
      }
    }
  }

  Position moved(const Position& p) const {
    const auto it = files_.find(p.file);
    return {it == files_.end() ? std::string_view() : it->second, p.line, p.column};
  }

  void fill_structs() {
    for (const auto& [source, out] : structs_) {
      *out = from_.struct_at.at(source)->edited;
      out->position = moved(out->position);
      for (Oneof& o : out->oneofs) {
        o.position = moved(o.position);
      }
      for (Field& f : out->fields) {
        f.type = type(f.type, out->full_name + "." + f.name);
        f.position = moved(f.position);
      }
    }
  }

  void fill_enums() {
    for (const auto& [source, out] : enums_) {
      *out = from_.enum_at.at(source)->edited;
      out->position = moved(out->position);
      for (EnumValue& v : out->values) {
        v.position = moved(v.position);
      }
    }
  }

  void fill_aliases() {
    for (const auto& [source, out] : typedefs_) {
      *out = from_.typedef_at.at(source)->edited;
      out->type = type(out->type, out->full_name);
      out->position = moved(out->position);
    }
    for (const auto& [source, out] : constants_) {
      *out = from_.constant_at.at(source)->edited;
      out->type = type(out->type, out->full_name);
      out->position = moved(out->position);
    }
  }

  void fill_services() {
    for (const auto& [source, out] : services_) {
      *out = from_.service_at.at(source)->edited;
      out->position = moved(out->position);
      if (out->extends) {
        const auto base = services_.find(out->extends);
        if (base == services_.end()) {
          report_dropped(out->extends->full_name, out->full_name);
        }
        out->extends = base == services_.end() ? nullptr : base->second;
      }
      for (Method& m : out->methods) {
        const std::string user = out->full_name + "." + m.name;
        m.position = moved(m.position);
        m.result = type(m.result, user);
        m.args = structure(m.args, user);
        m.reply = structure(m.reply, user);
      }
    }
  }

  void report_dropped(std::string_view what, std::string_view user) {
    if (!problem_.empty()) {
      return;
    }
    problem_ = std::string(what) + " was dropped, or is of another schema, and " +
               std::string(user) + " uses it";
  }

  const StructType* structure(const StructType* s, std::string_view user) {
    if (!s) {
      return nullptr;
    }
    const auto it = structs_.find(s);
    if (it != structs_.end()) {
      return it->second;
    }
    report_dropped(s->full_name, user);
    return nullptr;
  }

  // The new type for a type of the source; null after a failure. Types nest at most 64 deep.
  const Type* type(const Type* t, std::string_view user) {
    if (!t) {
      return nullptr;
    }
    if (const auto it = types_.find(t); it != types_.end()) {
      return it->second;
    }
    const Type* plain = nullptr;
    switch (t->kind) {
      case Kind::structure: {
        const StructType* s = structure(t->structure, user);
        plain = s ? builder_.of(*s, t->wire) : nullptr;
        break;
      }
      case Kind::enumeration: {
        const auto it = enums_.find(t->enumeration);
        if (it == enums_.end()) {
          report_dropped(t->enumeration->full_name, user);
        }
        plain = it == enums_.end() ? nullptr : builder_.of(*it->second);
        break;
      }
      case Kind::list:
      case Kind::set: {
        const Type* element = type(t->element, user);
        if (element) {
          plain = t->kind == Kind::list ? builder_.list_of(element) : builder_.set_of(element);
        }
        break;
      }
      case Kind::map: {
        const Type* key = type(t->key, user);
        const Type* value = key ? type(t->value, user) : nullptr;
        plain = value ? builder_.map_of(key, value) : nullptr;
        break;
      }
      default: plain = builder_.base(t->kind, t->wire);
    }
    if (!plain) {
      return nullptr;
    }
    const std::string_view alias = is_dropped(*t) ? std::string_view() : t->alias;
    if (!alias.empty() || !t->cpp_type.empty() || !t->annotations.empty()) {
      Type& own = builder_.variant_of(*plain);
      own.alias = alias;
      own.cpp_type = t->cpp_type;
      own.annotations = t->annotations;
      plain = &own;
    }
    types_.emplace(t, plain);
    return plain;
  }

  // Whether a type is written with the name of a typedef that was dropped.
  bool is_dropped(const Type& t) const {
    if (t.alias.empty()) {
      return false;
    }
    bool dropped = false;
    for (const auto& c : from_.typedefs) {
      if (c.edited.name != t.alias || !c.edited.type || !same_but_alias(*c.edited.type, t)) {
        continue;
      }
      if (!c.dropped) {
        return false;
      }
      dropped = true;
    }
    return dropped;
  }

  const Impl& from_;
  SchemaBuilder builder_;
  std::unordered_map<const Document*, Document*> documents_;
  // From the paths of the source to those of the new schema.
  std::unordered_map<std::string_view, std::string_view> files_;
  std::unordered_map<const StructType*, StructType*> structs_;
  std::unordered_map<const EnumType*, EnumType*> enums_;
  std::unordered_map<const Typedef*, Typedef*> typedefs_;
  std::unordered_map<const Constant*, Constant*> constants_;
  std::unordered_map<const Service*, Service*> services_;
  std::unordered_map<const Type*, const Type*> types_;
  std::string problem_;
};

}  // namespace

SchemaEditor::SchemaEditor(const Schema& source) : impl_(std::make_unique<Impl>(source)) {}
SchemaEditor::SchemaEditor(SchemaEditor&& other) noexcept = default;
SchemaEditor& SchemaEditor::operator=(SchemaEditor&& other) noexcept = default;
SchemaEditor::~SchemaEditor() = default;

Result<void> SchemaEditor::rename_field(std::string_view struct_name, std::string_view field,
                                        std::string new_name) {
  return impl_->with_field(struct_name, field,
                           [&](Copy<StructType>& s, std::size_t i) -> Result<void> {
                             impl_->rename_field(s, i, std::move(new_name));
                             return {};
                           });
}

Result<void> SchemaEditor::drop_field(std::string_view struct_name, std::string_view field) {
  return impl_->with_field(struct_name, field,
                           [&](Copy<StructType>& s, std::size_t i) -> Result<void> {
                             impl_->drop_field(s, i);
                             return {};
                           });
}

Result<void> SchemaEditor::add_field(std::string_view struct_name, Field field) {
  return core::without_throwing([&]() -> Result<void> {
    Copy<StructType>* s = Impl::find(impl_->structs, struct_name);
    if (!s) {
      return std::unexpected(not_found("struct", struct_name));
    }
    if (!field.type || !impl_->source.owns(*field.type)) {
      return std::unexpected(invalid("the type of the new field " + field.name +
                                     " is not one of the schema that is edited"));
    }
    s->edited.fields.push_back(std::move(field));
    return {};
  });
}

Result<void> SchemaEditor::add_field(std::string_view struct_name, Field field,
                                     std::string_view type) {
  return core::without_throwing([&]() -> Result<void> {
    const auto found = impl_->source.find_type(type);
    if (!found) {
      return std::unexpected(found.error());
    }
    field.type = &found->get();
    return add_field(struct_name, std::move(field));
  });
}

Result<void> SchemaEditor::set_requiredness(std::string_view struct_name, std::string_view field,
                                            Requiredness requiredness) {
  return impl_->with_field(struct_name, field,
                           [&](Copy<StructType>& s, std::size_t i) -> Result<void> {
                             s.edited.fields[i].requiredness = requiredness;
                             return {};
                           });
}

Result<void> SchemaEditor::set_default(std::string_view struct_name, std::string_view field,
                                       std::optional<ConstValue> value) {
  return impl_->with_field(struct_name, field,
                           [&](Copy<StructType>& s, std::size_t i) -> Result<void> {
                             s.edited.fields[i].default_value = std::move(value);
                             return {};
                           });
}

Result<void> SchemaEditor::set_json_name(std::string_view struct_name, std::string_view field,
                                         std::string json_name) {
  return impl_->with_field(struct_name, field,
                           [&](Copy<StructType>& s, std::size_t i) -> Result<void> {
                             s.edited.fields[i].json_name = std::move(json_name);
                             return {};
                           });
}

Result<void> SchemaEditor::rename_struct(std::string_view struct_name, std::string_view new_name) {
  return core::without_throwing([&]() -> Result<void> {
    Copy<StructType>* s = Impl::find(impl_->structs, struct_name);
    if (!s) {
      return std::unexpected(not_found("struct", struct_name));
    }
    impl_->rename_struct(s->edited, new_name);
    return {};
  });
}

Result<void> SchemaEditor::rename_enum(std::string_view enum_name, std::string_view new_name) {
  return core::without_throwing([&]() -> Result<void> {
    Copy<EnumType>* e = Impl::find(impl_->enums, enum_name);
    if (!e) {
      return std::unexpected(not_found("enum", enum_name));
    }
    e->edited.full_name = with_last_part(e->edited.full_name, new_name);
    e->edited.name = with_last_part(e->edited.name, new_name);
    return {};
  });
}

Result<void> SchemaEditor::rename_enum_value(std::string_view enum_name, std::string_view value,
                                             std::string new_name) {
  return core::without_throwing([&]() -> Result<void> {
    Copy<EnumType>* e = Impl::find(impl_->enums, enum_name);
    if (!e) {
      return std::unexpected(not_found("enum", enum_name));
    }
    const auto it = std::ranges::find(e->edited.values, value, &EnumValue::name);
    if (it == e->edited.values.end()) {
      return std::unexpected(not_found("member", value));
    }
    it->name = std::move(new_name);
    return {};
  });
}

Result<void> SchemaEditor::drop_struct(std::string_view struct_name) {
  return impl_->drop(impl_->structs, "struct", struct_name);
}
Result<void> SchemaEditor::drop_enum(std::string_view enum_name) {
  return impl_->drop(impl_->enums, "enum", enum_name);
}
Result<void> SchemaEditor::drop_constant(std::string_view constant_name) {
  return impl_->drop(impl_->constants, "constant", constant_name);
}
Result<void> SchemaEditor::drop_typedef(std::string_view typedef_name) {
  return impl_->drop(impl_->typedefs, "typedef", typedef_name);
}

Result<void> SchemaEditor::drop_service(std::string_view service_name) {
  return core::without_throwing([&]() -> Result<void> {
    Copy<Service>* s = Impl::find(impl_->services, service_name);
    if (!s) {
      return std::unexpected(not_found("service", service_name));
    }
    for (const Method& m : s->edited.methods) {
      impl_->drop_hidden(m);
    }
    s->dropped = true;
    return {};
  });
}

Result<void> SchemaEditor::drop_method(std::string_view service_name, std::string_view method) {
  return core::without_throwing([&]() -> Result<void> {
    Copy<Service>* s = Impl::find(impl_->services, service_name);
    if (!s) {
      return std::unexpected(not_found("service", service_name));
    }
    const auto it = std::ranges::find(s->edited.methods, method, &Method::name);
    if (it == s->edited.methods.end()) {
      return std::unexpected(not_found("method", method));
    }
    impl_->drop_hidden(*it);
    s->edited.methods.erase(it);
    return {};
  });
}

Result<Schema> SchemaEditor::build() const {
  return core::without_throwing([&] { return Rebuilder(*impl_).run(); });
}

}  // namespace wirejit
