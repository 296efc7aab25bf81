// Three passes over the schema: who declares what, which syntax can say it, which messages are
// groups.
#include "pb/proto_contents.h"

#include "pb/namespace_options.h"

#include <algorithm>
#include <string>

namespace wirejit::pb {
namespace {

using descriptors::Syntax;

std::string lower(std::string_view name) {
  std::string out(name);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return out;
}

bool has_features(const Annotations& all) {
  return std::ranges::any_of(all,
                             [](const Annotation& a) { return a.name.starts_with("features."); });
}

template <class Lists>
const typename Lists::mapped_type& list_of(const Lists& lists, std::string_view scope) {
  static const typename Lists::mapped_type none;
  const auto it = lists.find(scope);
  return it == lists.end() ? none : it->second;
}

}  // namespace

ProtoContents::ProtoContents(const Schema& schema, const Document& document)
    : schema_(schema), document_(document) {
  collect();
  if (!problem_) {
    syntax_ = choose_syntax();
    find_groups();
  }
}

// Whether options of the file express all its namespaces. They do in a file that was loaded.
bool ProtoContents::namespaces_are_options() const {
  return std::ranges::all_of(document_.namespaces, [&](const auto& scope_and_name) {
    return std::ranges::any_of(namespace_options, [&](const NamespaceOption& n) {
      const std::string* value = find_annotation(document_.annotations, n.option);
      return n.scope == scope_and_name.first && value != nullptr && *value == scope_and_name.second;
    });
  });
}

void ProtoContents::collect() {
  if (!document_.cpp_includes.empty()) {
    fail(document_.name, "includes of C++");
  }
  if (!namespaces_are_options()) {
    fail(document_.name, "namespaces of languages");
  }
  for (const Document& d : schema_.documents()) {
    for (const StructType* s : d.structs) {
      owner_.emplace(s, &d);
      document_of_scope_.emplace(s->full_name, &d);
    }
    for (const EnumType* e : d.enums) {
      owner_.emplace(e, &d);
    }
    document_of_path_.emplace(d.path, &d);
    documents_of_package_[d.name].push_back(&d);
  }
  for (const StructType& s : schema_.structs()) {
    by_name_.emplace(s.full_name, &s);
  }
  for (const StructType* s : document_.structs) {
    own_names_.emplace(s->full_name, s);
  }
  for (const StructType* s : document_.structs) {
    const std::string_view scope = scope_of(s->name);
    if (!scope.empty() && !own_names_.contains(scope_of(s->full_name))) {
      fail(s->full_name, "message within one that is not in the file");
    }
    nested_[scope.empty() ? std::string_view() : scope_of(s->full_name)].push_back(s);
  }
  for (const EnumType* e : document_.enums) {
    const std::string_view scope = scope_of(e->name);
    if (!scope.empty() && !own_names_.contains(scope_of(e->full_name))) {
      fail(e->full_name, "enum within a message that is not in the file");
    }
    nested_enums_[scope.empty() ? std::string_view() : scope_of(e->full_name)].push_back(e);
  }
  for (const StructType& s : schema_.structs()) {
    for (const Field& f : s.fields) {
      if (!f.extension || declaring_document(s, f) != &document_) {
        continue;
      }
      const std::string_view scope = scope_of(f.name);
      extensions_[own_names_.contains(scope) ? scope : std::string_view()].push_back({&s, &f});
    }
  }
}

// The document that declares an extension; null if it is unknown.
const Document* ProtoContents::declaring_document(const StructType& extendee,
                                                  const Field& f) const {
  if (f.position.line > 0) {
    const auto it = document_of_path_.find(f.position.file);
    return it == document_of_path_.end() ? nullptr : it->second;
  }
  const std::string_view scope = scope_of(f.name);
  if (const auto it = document_of_scope_.find(scope); it != document_of_scope_.end()) {
    return it->second;
  }
  const auto candidates = documents_of_package_.find(scope);
  if (candidates == documents_of_package_.end()) {
    return nullptr;
  }
  const auto extended = owner_.find(&extendee);
  const auto sees = [&](const Document* d) {
    return extended == owner_.end() || extended->second == d ||
           std::ranges::find(d->includes, extended->second) != d->includes.end();
  };
  const auto first = std::ranges::find_if(candidates->second, sees);
  return first == candidates->second.end() ? nullptr : *first;
}

// The first of proto3, proto2 and editions that can express the document.

Syntax ProtoContents::choose_syntax() const {
  if (fits(Syntax::proto3)) {
    return Syntax::proto3;
  }
  return fits(Syntax::proto2) ? Syntax::proto2 : Syntax::editions;
}

bool ProtoContents::fits(Syntax syntax) const {
  if (has_features(document_.annotations)) {
    return false;
  }
  for (const EnumType* e : document_.enums) {
    if (has_features(e->annotations) || e->closed != (syntax == Syntax::proto2)) {
      return false;
    }
    for (const EnumValue& v : e->values) {
      if (has_features(v.annotations)) {
        return false;
      }
    }
  }
  for (const StructType* s : document_.structs) {
    if (has_features(s->annotations) || (s->message_set && syntax == Syntax::proto3)) {
      return false;
    }
    for (const Oneof& o : s->oneofs) {
      if (has_features(o.annotations)) {
        return false;
      }
    }
    for (const Field& f : s->fields) {
      if (f.extension) {
        // proto3 has no extension ranges.
        if (syntax == Syntax::proto3) {
          return false;
        }
        continue;
      }
      if (!fits(syntax, f, s->full_name)) {
        return false;
      }
    }
  }
  for (const auto& [scope, all] : extensions_) {
    for (const Extension& x : all) {
      const bool options = x.extendee->full_name.starts_with("google.protobuf.") &&
                           x.extendee->full_name.ends_with("Options");
      if ((syntax == Syntax::proto3 && !options) || !fits(syntax, *x.field, scope)) {
        return false;
      }
    }
  }
  for (const Service* s : document_.services) {
    if (has_features(s->annotations)) {
      return false;
    }
    for (const Method& m : s->methods) {
      if (has_features(m.annotations)) {
        return false;
      }
    }
  }
  return true;
}

bool ProtoContents::fits(Syntax syntax, const Field& f, std::string_view scope) const {
  if (has_features(f.annotations)) {
    return false;
  }
  const Type& t = f.type->kind == Kind::list ? *f.type->element : *f.type;
  const auto part = [&](const Type* p) {
    if (p->kind == Kind::string) {
      return (p->wire == Wire::unchecked) == (syntax == Syntax::proto2);
    }
    return syntax == Syntax::proto2 || p->kind != Kind::enumeration || !p->enumeration->closed;
  };
  if (t.kind == Kind::map ? !part(t.key) || !part(t.value) : !part(&t)) {
    return false;
  }
  if (t.wire == Wire::delimited && (syntax == Syntax::proto3 || !fits_group(f, scope))) {
    return false;
  }
  if (syntax == Syntax::proto3) {
    return f.requiredness != Requiredness::required && !f.default_value;
  }
  return f.type->kind >= Kind::list || f.requiredness != Requiredness::standard;
}

// Whether proto2's `group` can declare a field: its message is declared in the same scope, and
// the field's name is that of the message in lower case.
bool ProtoContents::fits_group(const Field& f, std::string_view scope) const {
  const Type& t = f.type->kind == Kind::list ? *f.type->element : *f.type;
  if (t.kind != Kind::structure || t.wire != Wire::delimited) {
    return false;
  }
  const std::string_view full = t.structure->full_name;
  const std::string_view around = scope.empty() ? std::string_view(document_.name) : scope;
  const auto own = own_names_.find(full);
  return own != own_names_.end() && own->second == t.structure && scope_of(full) == around &&
         (scope.empty() == (scope_of(t.structure->name).empty())) &&
         lower(last_part(full)) == last_part(f.name) && last_part(full) != last_part(f.name);
}

// Finds the messages that a group declares.
void ProtoContents::find_groups() {
  if (syntax_ != Syntax::proto2) {
    return;
  }
  const auto add = [&](const Field& f, std::string_view scope) {
    const Type& t = f.type->kind == Kind::list ? *f.type->element : *f.type;
    if (fits_group(f, scope)) {
      groups_.insert(t.structure);
    }
  };
  for (const StructType* s : document_.structs) {
    for (const Field& f : s->fields) {
      if (!f.extension) {
        add(f, s->full_name);
      }
    }
  }
  for (const auto& [scope, all] : extensions_) {
    for (const Extension& x : all) {
      add(*x.field, scope);
    }
  }
}

const Document* ProtoContents::owner(const StructType& s) const {
  const auto it = owner_.find(&s);
  return it == owner_.end() ? nullptr : it->second;
}
const Document* ProtoContents::owner(const EnumType& e) const {
  const auto it = owner_.find(&e);
  return it == owner_.end() ? nullptr : it->second;
}
const StructType* ProtoContents::message(std::string_view full_name) const {
  const auto it = by_name_.find(full_name);
  return it == by_name_.end() ? nullptr : it->second;
}
const Document* ProtoContents::document_of_path(std::string_view path) const {
  const auto it = document_of_path_.find(path);
  return it == document_of_path_.end() ? nullptr : it->second;
}
const std::vector<const StructType*>& ProtoContents::messages_in(std::string_view scope) const {
  return list_of(nested_, scope);
}
const std::vector<const EnumType*>& ProtoContents::enums_in(std::string_view scope) const {
  return list_of(nested_enums_, scope);
}
const std::vector<ProtoContents::Extension>& ProtoContents::extensions_in(
    std::string_view scope) const {
  return list_of(extensions_, scope);
}

void ProtoContents::fail(std::string_view where, const char* what) {
  if (!problem_) {
    problem_ = Problem{std::string(where), what};
  }
}

}  // namespace wirejit::pb
