// One object for each declaration; lists are in source order.
#include "schema_json.h"

#include <utility>

namespace wirejit::tools {
namespace {

void names(JsonOut& out, const char* kind, const std::string& name, const std::string& full_name) {
  out.member("kind", kind);
  out.member("name", name);
  out.member("full_name", full_name);
}

void annotations_of(JsonOut& out, const Annotations& annotations) {
  if (annotations.empty()) {
    return;
  }
  out.open_member("annotations", '[');
  for (const Annotation& a : annotations) {
    out.open('{');
    out.member("name", a.name);
    out.member("value", a.value);
    out.close('}');
  }
  out.close(']');
}

void rest(JsonOut& out, const std::string& doc, const Annotations& annotations,
          const Position& position) {
  if (!doc.empty()) {
    out.member("doc", doc);
  }
  annotations_of(out, annotations);
  if (position.line != 0) {
    out.member("file", position.file);
    out.member_number("line", position.line);
  }
}

// Whether a type, or a type within it, has more than its text tells.
bool has_details(const Type* t) {
  return t != nullptr && (!t->alias.empty() || !t->cpp_type.empty() || !t->annotations.empty() ||
                          t->wire != Wire::standard || has_details(t->element) ||
                          has_details(t->key) || has_details(t->value));
}

void details(JsonOut& out, const Type& t) {
  out.open('{');
  out.member("type", t.to_string());
  if (!t.alias.empty()) {
    out.member("alias", t.alias);
  }
  if (!t.cpp_type.empty()) {
    out.member("cpp_type", t.cpp_type);
  }
  if (t.wire != Wire::standard) {
    out.member("wire", to_string(t.wire));
  }
  annotations_of(out, t.annotations);
  const std::pair<const char*, const Type*> parts[] = {
      {"element", t.element}, {"key", t.key}, {"value", t.value}};
  for (const auto& [name, part] : parts) {
    if (has_details(part)) {
      out.key(name);
      details(out, *part);
    }
  }
  out.close('}');
}

// The text of a type and, where it does not tell all, "<name>_details".
void type_member(JsonOut& out, const std::string& name, const Type& t) {
  out.member(name, t.to_string());
  if (has_details(&t)) {
    out.key(name + "_details");
    details(out, t);
  }
}

void field(JsonOut& out, const StructType& owner, const Field& f) {
  out.open('{');
  out.member_number("id", f.id);
  out.member("name", f.name);
  type_member(out, "type", *f.type);
  out.member("requiredness", to_string(f.requiredness));
  out.member("json_name", f.json_name);
  if (f.text_numbers) {
    out.member_bool("text_numbers", true);
  }
  if (f.reference) {
    out.member_bool("reference", true);
  }
  if (f.oneof >= 0) {
    out.member("oneof", owner.oneofs[static_cast<std::size_t>(f.oneof)].name);
  }
  if (f.extension) {
    out.member_bool("extension", true);
  }
  if (!f.packed) {
    out.member_bool("packed", false);
  }
  if (f.default_value) {
    out.key("default");
    to_json(out, *f.default_value);
  }
  rest(out, f.doc, f.annotations, f.position);
  out.close('}');
}

void fields(JsonOut& out, std::string_view name, const StructType* s) {
  out.open_member(name, '[');
  if (s != nullptr) {
    for (const Field& f : s->fields) {
      field(out, *s, f);
    }
  }
  out.close(']');
}

template <class T>
void all(JsonOut& out, std::string_view name, const std::vector<const T*>& list) {
  out.open_member(name, '[');
  for (const T* one : list) {
    to_json(out, *one);
  }
  out.close(']');
}

struct Write {
  JsonOut& out;
  void operator()(bool b) const { out.boolean(b); }
  void operator()(std::int64_t n) const { out.number(n); }
  void operator()(double d) const { out.real(d); }
  void operator()(const std::string& s) const { out.text(s); }
  void operator()(const ConstValue::List& list) const {
    out.open('[');
    for (const ConstValue& v : list) {
      to_json(out, v);
    }
    out.close(']');
  }
  // Keys may be of any type, so a map is a list of pairs.
  void operator()(const ConstValue::Map& map) const {
    out.open('[');
    for (const ConstValue::Entry& e : map) {
      out.open('[');
      to_json(out, e.first);
      to_json(out, e.second);
      out.close(']');
    }
    out.close(']');
  }
};

}  // namespace

void to_json(JsonOut& out, const ConstValue& v) { std::visit(Write{out}, v.value); }

void to_json(JsonOut& out, const StructType& s) {
  out.open('{');
  names(out, std::string(to_string(s.flavor)).c_str(), s.name, s.full_name);
  if (s.message_set) {
    out.member_bool("message_set", true);
  }
  fields(out, "fields", &s);
  rest(out, s.doc, s.annotations, s.position);
  out.close('}');
}

void to_json(JsonOut& out, const EnumType& e) {
  out.open('{');
  names(out, "enum", e.name, e.full_name);
  if (e.closed) {
    out.member_bool("closed", true);
  }
  out.open_member("values", '[');
  for (const EnumValue& v : e.values) {
    out.open('{');
    out.member("name", v.name);
    out.member_number("number", v.number);
    rest(out, v.doc, v.annotations, v.position);
    out.close('}');
  }
  out.close(']');
  rest(out, e.doc, e.annotations, e.position);
  out.close('}');
}

void to_json(JsonOut& out, const Typedef& t) {
  out.open('{');
  names(out, "typedef", t.name, t.full_name);
  type_member(out, "type", *t.type);
  rest(out, t.doc, t.annotations, t.position);
  out.close('}');
}

void to_json(JsonOut& out, const Constant& c) {
  out.open('{');
  names(out, "const", c.name, c.full_name);
  type_member(out, "type", *c.type);
  out.key("value");
  to_json(out, c.value);
  rest(out, c.doc, c.annotations, c.position);
  out.close('}');
}

void to_json(JsonOut& out, const Method& m) {
  out.open('{');
  out.member("name", m.name);
  type_member(out, "result", *m.result);
  out.member_bool("oneway", m.oneway);
  out.member("streaming", to_string(m.streaming()));
  if (m.reply == nullptr && !m.oneway) {  // a Protobuf method
    out.member("request", m.args->full_name);
    out.member_bool("client_streaming", m.client_streaming);
    out.member_bool("server_streaming", m.server_streaming);
  } else {
    fields(out, "args", m.args);
    fields(out, "reply", m.reply);
    out.open_member("throws", '[');
    for (const Field* thrown : m.throws()) {
      out.text(thrown->type->to_string());
    }
    out.close(']');
  }
  rest(out, m.doc, m.annotations, m.position);
  out.close('}');
}

void to_json(JsonOut& out, const Service& s) {
  out.open('{');
  names(out, "service", s.name, s.full_name);
  if (s.extends != nullptr) {
    out.member("extends", s.extends->full_name);
  }
  out.open_member("methods", '[');
  for (const Method& m : s.methods) {
    to_json(out, m);
  }
  out.close(']');
  rest(out, s.doc, s.annotations, s.position);
  out.close('}');
}

void to_json(JsonOut& out, const Schema& schema) {
  out.open('{');
  out.open_member("documents", '[');
  for (const Document& d : schema.documents()) {
    out.open('{');
    out.member("name", d.name);
    out.member("path", d.path);
    if (!d.doc.empty()) {
      out.member("doc", d.doc);
    }
    annotations_of(out, d.annotations);
    out.open_member("includes", '[');
    for (const Document* included : d.includes) {
      out.text(included->name);
    }
    out.close(']');
    out.open_member("namespaces", '[');
    for (std::size_t i = 0; i < d.namespaces.size(); ++i) {
      out.open('{');
      out.member("scope", d.namespaces[i].first);
      out.member("name", d.namespaces[i].second);
      if (i < d.namespace_annotations.size()) {
        annotations_of(out, d.namespace_annotations[i]);
      }
      out.close('}');
    }
    out.close(']');
    if (!d.cpp_includes.empty()) {
      out.open_member("cpp_includes", '[');
      for (const std::string& file : d.cpp_includes) {
        out.text(file);
      }
      out.close(']');
    }
    all(out, "typedefs", d.typedefs);
    all(out, "constants", d.constants);
    all(out, "enums", d.enums);
    all(out, "structs", d.structs);
    all(out, "services", d.services);
    out.close('}');
  }
  out.close(']');
  out.close('}');
}

}  // namespace wirejit::tools
