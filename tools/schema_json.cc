// One object for each declaration; lists are in source order.
#include "schema_json.h"

namespace wirejit::tools {
namespace {

void names(JsonOut& out, const char* kind, const std::string& name, const std::string& full_name) {
  out.member("kind", kind);
  out.member("name", name);
  out.member("full_name", full_name);
}

void rest(JsonOut& out, const std::string& doc, const Annotations& annotations,
          const Position& position) {
  if (!doc.empty()) {
    out.member("doc", doc);
  }
  if (!annotations.empty()) {
    out.open_member("annotations", '[');
    for (const Annotation& a : annotations) {
      out.open('{');
      out.member("name", a.name);
      out.member("value", a.value);
      out.close('}');
    }
    out.close(']');
  }
  if (position.line != 0) {
    out.member("file", position.file);
    out.member_number("line", position.line);
  }
}

void field(JsonOut& out, const Field& f) {
  out.open('{');
  out.member_number("id", f.id);
  out.member("name", f.name);
  out.member("type", f.type->to_string());
  out.member("requiredness", to_string(f.requiredness));
  out.member("json_name", f.json_name);
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
      field(out, f);
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
  fields(out, "fields", &s);
  rest(out, s.doc, s.annotations, s.position);
  out.close('}');
}

void to_json(JsonOut& out, const EnumType& e) {
  out.open('{');
  names(out, "enum", e.name, e.full_name);
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
  out.member("type", t.type->to_string());
  rest(out, t.doc, t.annotations, t.position);
  out.close('}');
}

void to_json(JsonOut& out, const Constant& c) {
  out.open('{');
  names(out, "const", c.name, c.full_name);
  out.member("type", c.type->to_string());
  out.key("value");
  to_json(out, c.value);
  rest(out, c.doc, c.annotations, c.position);
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
    out.open('{');
    out.member("name", m.name);
    out.member("result", m.result->to_string());
    out.member_bool("oneway", m.oneway);
    if (m.reply == nullptr && !m.oneway) {  // a Protobuf method
      out.member("request", m.args->full_name);
      out.member_bool("client_streaming", m.client_streaming);
      out.member_bool("server_streaming", m.server_streaming);
    } else {
      fields(out, "args", m.args);
      fields(out, "reply", m.reply);
    }
    rest(out, m.doc, m.annotations, m.position);
    out.close('}');
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
    out.open_member("includes", '[');
    for (const Document* included : d.includes) {
      out.text(included->name);
    }
    out.close(']');
    out.open_member("namespaces", '[');
    for (const auto& [scope, name] : d.namespaces) {
      out.open('{');
      out.member("scope", scope);
      out.member("name", name);
      out.close('}');
    }
    out.close(']');
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
