// A Schema with all its declarations as text, for comparing two of them.
// Entry: dump. Invariant: two schemas with the same dump differ only in positions, or in what Dumped
// leaves out.
#pragma once

#include <wirejit/schema.h>

#include <cstdio>
#include <string>
#include <utility>

namespace wirejit::test {

struct Dumped {
  bool docs = true;
  bool paths = true;
  bool includes = true;
};

inline void dump_annotations(const Annotations& all, std::string& out) {
  for (const Annotation& a : all) {
    out += " @" + a.name + "='" + a.value + "'";
  }
}

inline void dump_value(const ConstValue& v, std::string& out) {
  if (const auto* b = std::get_if<bool>(&v.value)) {
    out += *b ? "true" : "false";
  }
  if (const auto* i = std::get_if<std::int64_t>(&v.value)) {
    out += std::to_string(*i);
  }
  if (const auto* d = std::get_if<double>(&v.value)) {
    char text[64];
    std::snprintf(text, sizeof text, "%.17g", *d);
    out += text;
  }
  if (const auto* s = std::get_if<std::string>(&v.value)) {
    out += "'" + *s + "'";
  }
  if (const auto* l = std::get_if<ConstValue::List>(&v.value)) {
    out += '[';
    for (const ConstValue& x : *l) {
      dump_value(x, out);
      out += ',';
    }
    out += ']';
  }
  if (const auto* m = std::get_if<ConstValue::Map>(&v.value)) {
    out += '{';
    for (const auto& [key, x] : *m) {
      dump_value(key, out);
      out += ':';
      dump_value(x, out);
      out += ',';
    }
    out += '}';
  }
}

inline void dump_type(const Type& t, std::string& out) {
  switch (t.kind) {
    case Kind::structure: out += "struct " + t.structure->full_name; break;
    case Kind::enumeration: out += "enum " + t.enumeration->full_name; break;
    case Kind::list:
    case Kind::set:
      out += std::string(to_string(t.kind)) + "<";
      dump_type(*t.element, out);
      out += '>';
      break;
    case Kind::map:
      out += "map<";
      dump_type(*t.key, out);
      out += ',';
      dump_type(*t.value, out);
      out += '>';
      break;
    default: out += to_string(t.kind);
  }
  if (t.wire != Wire::standard) {
    out += "/" + std::string(to_string(t.wire));
  }
  if (!t.alias.empty()) {
    out += " alias " + t.alias;
  }
  if (!t.cpp_type.empty()) {
    out += " cpp " + t.cpp_type;
  }
  dump_annotations(t.annotations, out);
}

class Dumper {
 public:
  explicit Dumper(const Dumped& what) : what_(what) {}

  std::string run(const Schema& schema) {
    for (const Document& d : schema.documents()) {
      document(d);
    }
    for (const StructType& s : schema.structs()) {
      structure(s);
    }
    for (const EnumType& e : schema.enums()) {
      out_ += "enum " + e.name + " " + e.full_name + (e.closed ? " closed" : "") + " " +
              std::to_string(static_cast<int>(e.semantic));
      rest(e);
      for (const EnumValue& v : e.values) {
        out_ += "  " + v.name + "=" + std::to_string(v.number);
        rest(v);
      }
    }
    return std::move(out_);
  }

  void document(const Document& d) {
    out_ += "document " + d.name + (what_.paths ? " " + d.path : "");
    rest(d);
    for (std::size_t i = 0; i < d.namespaces.size(); ++i) {
      out_ += "  namespace " + d.namespaces[i].first + " " + d.namespaces[i].second;
      dump_annotations(d.namespace_annotations.at(i), out_);
      out_ += '\n';
    }
    for (const std::string& i : d.cpp_includes) {
      out_ += "  cpp_include " + i + "\n";
    }
    if (what_.includes) {
      for (const Document* i : d.includes) {
        out_ += "  include " + i->name + " " + i->path + "\n";
      }
    }
    for (const StructType* s : d.structs) {
      out_ += "  struct " + s->full_name + "\n";
    }
    for (const EnumType* e : d.enums) {
      out_ += "  enum " + e->full_name + "\n";
    }
    for (const Typedef* t : d.typedefs) {
      out_ += "  typedef " + t->name + " " + t->full_name + " ";
      dump_type(*t->type, out_);
      rest(*t);
    }
    for (const Constant* c : d.constants) {
      out_ += "  const " + c->name + " " + c->full_name + " ";
      dump_type(*c->type, out_);
      out_ += '=';
      dump_value(c->value, out_);
      rest(*c);
    }
    for (const Service* s : d.services) {
      service(*s);
    }
  }

  void structure(const StructType& s) {
    out_ += std::string(to_string(s.flavor)) + " " + s.name + " " + s.full_name + " " +
            std::to_string(static_cast<int>(s.semantic)) + (s.message_set ? " message_set" : "");
    rest(s);
    for (const Oneof& o : s.oneofs) {
      out_ += "  oneof " + o.name;
      rest(o);
    }
    for (const Field& f : s.fields) {
      out_ += "  " + std::to_string(f.id) + " " + f.name + " json " + f.json_name + " " +
              std::string(to_string(f.requiredness)) + " ";
      dump_type(*f.type, out_);
      if (f.default_value) {
        out_ += " = ";
        dump_value(*f.default_value, out_);
      }
      out_ += f.reference ? " &" : "";
      out_ += f.packed ? "" : " unpacked";
      out_ += f.extension ? " extension" : "";
      out_ += f.oneof >= 0 ? " oneof " + std::to_string(f.oneof) : "";
      rest(f);
    }
  }

 private:
  void service(const Service& s) {
    out_ += "  service " + s.name + " " + s.full_name +
            (s.extends ? " extends " + s.extends->full_name : "");
    rest(s);
    for (const Method& m : s.methods) {
      out_ += "    " + m.name + " ";
      dump_type(*m.result, out_);
      out_ += " " + m.args->full_name + " " + (m.reply ? m.reply->full_name : "none");
      out_ += std::string(m.oneway ? " oneway" : "") + (m.client_streaming ? " client" : "") +
              (m.server_streaming ? " server" : "");
      rest(m);
    }
  }

  template <class T>
  void rest(const T& item) {
    dump_annotations(item.annotations, out_);
    if (what_.docs && !item.doc.empty()) {
      out_ += " /*" + item.doc + "*/";
    }
    out_ += '\n';
  }

  Dumped what_;
  std::string out_;
};

[[nodiscard]] inline std::string dump(const Schema& schema, const Dumped& what = {}) {
  return Dumper(what).run(schema);
}
}  // namespace wirejit::test
