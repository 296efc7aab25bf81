// Thrift IDL from a Schema. Entry: print, print_all. Invariant: SchemaBuilder::build has checked
// that types and values are not nested too deeply; the text never grows beyond the limit.
#include <wirejit/thrift_print.h>

#include "core/document_text.h"
#include "core/identifier.h"
#include "core/no_throw.h"
#include "thrift/idl_lexer.h"
#include "thrift/idl_resolve.h"
#include "thrift/idl_streaming.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace wirejit::thrift {
namespace {

using core::is_identifier;

// Words that mean something else where a type or the name of a declaration is expected.
bool is_keyword(std::string_view name) {
  static constexpr std::string_view words[] = {
      "include",      "cpp_include",  "namespace", "const",   "typedef",  "enum",     "struct",
      "union",        "exception",    "service",   "extends", "required", "optional", "oneway",
      "async",        "void",         "throws",    "bool",    "byte",     "i8",       "i16",
      "i32",          "i64",          "double",    "string",  "binary",   "uuid",     "list",
      "set",          "map",          "cpp_type",  "xsd_all", "true",     "false",    "slist",
      "xsd_nillable", "xsd_optional", "xsd_attrs", "senum"};
  return std::ranges::find(words, name) != std::end(words);
}

std::string path_of(const Document& d) { return d.path.empty() ? d.name + ".thrift" : d.path; }

std::string_view stem_of(std::string_view path) {
  path.remove_prefix(std::min(path.size(), path.rfind('/') + 1));
  return path.substr(0, path.rfind('.'));
}

bool same_target(const Type& a, const Type& b) {
  return a.kind == b.kind && a.wire == b.wire && a.structure == b.structure &&
         a.enumeration == b.enumeration && a.element == b.element && a.key == b.key &&
         a.value == b.value;
}

class IdlPrinter : core::DocumentText {
 public:
  IdlPrinter(const Document& document, const PrintOptions& options)
      : DocumentText(document, "IDL", options.max_bytes), options_(options) {}

  Result<std::string> run() {
    collect();
    std::string body;
    std::swap(body, out_);
    declarations();
    std::swap(body, out_);
    header();
    if (!stop() && !out_.empty() && !body.empty()) {
      out_ += '\n';
    }
    out_ += body;
    return finish();
  }

 private:
  // ---- Names ----

  // Finds the documents that this one reaches, and the document of each declaration.
  void collect() {
    std::vector<const Document*> all{&document_};
    std::set<const Document*> seen{&document_};
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (const Document* d : all[i]->includes) {
        if (seen.insert(d).second) {
          all.push_back(d);
        }
      }
    }
    for (const Document* d : all) {
      for (const StructType* s : d->structs) {
        owner_.emplace(s, d);
      }
      for (const EnumType* e : d->enums) {
        owner_.emplace(e, d);
      }
      for (const Service* s : d->services) {
        owner_.emplace(s, d);
      }
      for (const Typedef* t : d->typedefs) {
        typedefs_.emplace(t->name, std::pair(t, d));
      }
    }
    included_ = document_.includes;
  }

  void prefix(const Document& d, std::string_view where) {
    if (&d == &document_) {
      return;
    }
    if (std::ranges::find(included_, &d) == included_.end()) {
      included_.push_back(&d);
    }
    if (stem_of(path_of(d)) != d.name) {
      fail(where, "prefix for a file of another name");
    }
    out_ += d.name;
    out_ += '.';
  }

  template <class T>
  void reference(const T& declared, std::string_view where) {
    const auto it = owner_.find(&declared);
    if (it == owner_.end()) {
      return fail(where, "name for a declaration of a file that is not included");
    }
    prefix(*it->second, where);
    if (!is_identifier(declared.name)) {
      return fail(declared.full_name, "such name");
    }
    out_ += declared.name;
  }

  void declared_name(std::string_view name, std::string_view where) {
    if (!is_identifier(name) || is_keyword(name)) {
      fail(where, "such name");
    }
    out_ += name;
  }
  void member_name(std::string_view name, std::string_view where) {
    if (!is_identifier(name) || name == "cpp_type" || name == "true" || name == "false") {
      fail(std::string(where) + "." + std::string(name), "such name");
    }
    out_ += name;
  }

  // ---- Text ----

  void quoted_text(std::string_view text) {
    out_ += '"';
    for (const char c : text) {
      switch (c) {
        case '\r': out_ += "\\r"; break;
        case '\n': out_ += "\\n"; break;
        case '\t': out_ += "\\t"; break;
        case '"': out_ += "\\\""; break;
        case '\\': out_ += "\\\\"; break;
        default: out_ += c;
      }
    }
    out_ += '"';
  }

  void annotations(const Annotations& all, std::size_t from, std::string_view where,
                   std::string_view json_name = {}) {
    if (all.size() <= from && json_name.empty()) {
      return;
    }
    const char* before = " (";
    const auto one = [&](std::string_view name, std::string_view value) {
      out_ += std::exchange(before, ", ");
      const bool word = std::ranges::all_of(name, [](char c) {
        return c == '.' || is_identifier({&c, 1}) || (c >= '0' && c <= '9');
      });
      if (name.empty() || !word || !is_identifier(name.substr(0, 1)) || name.ends_with('.') ||
          name.find("..") != std::string_view::npos || name == "true" || name == "false") {
        fail(where, "annotation named " + std::string(name.substr(0, 100)));
      }
      out_ += name;
      out_ += " = ";
      quoted_text(value);
    };
    for (std::size_t i = from; i < all.size(); ++i) {
      one(all[i].name, all[i].value);
    }
    if (!json_name.empty()) {
      one("json.name", json_name);
    }
    out_ += ')';
  }

  void doc(std::string_view text, std::string_view indent) {
    if (!options_.docs || text.empty() || text.find("*/") != std::string_view::npos) {
      return;
    }
    out_ += std::string(indent) + "/**\n";
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      out_ += std::string(indent) + " *";
      if (end > 0) {
        (out_ += ' ') += text.substr(0, end);
      }
      out_ += '\n';
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    out_ += std::string(indent) + " */\n";
  }

  // ---- Types ----

  static std::string_view base_name(Kind kind) {
    switch (kind) {
      case Kind::boolean: return "bool";
      case Kind::i8: return "i8";
      case Kind::i16: return "i16";
      case Kind::i32: return "i32";
      case Kind::i64: return "i64";
      case Kind::float64: return "double";
      case Kind::string: return "string";
      case Kind::binary: return "binary";
      case Kind::uuid: return "uuid";
      default: return {};
    }
  }

  // The typedef whose name a type is written with, and the document that declares it.
  std::pair<const Typedef*, const Document*> typedef_of(const Type& t) const {
    const auto [first, last] = typedefs_.equal_range(t.alias);
    std::pair<const Typedef*, const Document*> found{};
    for (auto it = first; it != last; ++it) {
      const Type& target = *it->second.first->type;
      const bool fits =
          same_target(target, t) && target.annotations.size() <= t.annotations.size() &&
          std::equal(target.annotations.begin(), target.annotations.end(), t.annotations.begin()) &&
          target.cpp_type == t.cpp_type;
      const bool nearer = !found.first || it->second.second == &document_;
      if (fits && nearer) {
        found = it->second;
      }
    }
    return found;
  }

  void type(const Type& t, std::string_view where) {
    if (stop()) {
      return;
    }
    if (!t.alias.empty()) {
      const auto [alias, owner] = typedef_of(t);
      if (!alias) {
        return fail(where, "typedef " + t.alias + " in the files that it includes");
      }
      prefix(*owner, where);
      out_ += alias->name;
      return annotations(t.annotations, alias->type->annotations.size(), where);
    }
    if (t.wire != Wire::standard) {
      return fail(where, "choice of an encoding");
    }
    switch (t.kind) {
      case Kind::structure: reference(*t.structure, where); break;
      case Kind::enumeration: reference(*t.enumeration, where); break;
      case Kind::list:
        out_ += "list<";
        type(*t.element, where);
        out_ += '>';
        cpp_type(t);
        break;
      case Kind::set:
        out_ += "set";
        cpp_type(t);
        out_ += '<';
        type(*t.element, where);
        out_ += '>';
        break;
      case Kind::map:
        out_ += "map";
        cpp_type(t);
        out_ += '<';
        type(*t.key, where);
        out_ += ", ";
        type(*t.value, where);
        out_ += '>';
        break;
      default:
        if (base_name(t.kind).empty()) {
          return fail(where, "type " + std::string(to_string(t.kind)));
        }
        out_ += base_name(t.kind);
    }
    if (t.kind < Kind::list && !t.cpp_type.empty()) {
      fail(where, "cpp_type except for containers");
    }
    annotations(t.annotations, 0, where);
  }

  void cpp_type(const Type& t) {
    if (t.cpp_type.empty()) {
      return;
    }
    out_ += " cpp_type ";
    quoted_text(t.cpp_type);
    out_ += ' ';
  }

  // ---- Values ----

  void real(double d, std::string_view where) {
    if (!std::isfinite(d)) {
      return fail(where, "number that is not finite");
    }
    char text[40];
    const std::string_view digits(
        text, static_cast<std::size_t>(std::to_chars(text, text + sizeof text, d).ptr - text));
    out_ += digits;
    if (digits.find_first_of(".e") == std::string_view::npos) {
      out_ += ".0";
    }
  }

  void value(const ConstValue& v, const Type& t, std::string_view where) {
    if (stop()) {
      return;
    }
    if (const auto* b = std::get_if<bool>(&v.value)) {
      out_ += *b ? "true" : "false";
    } else if (const auto* d = std::get_if<double>(&v.value)) {
      real(*d, where);
    } else if (const auto* s = std::get_if<std::string>(&v.value)) {
      quoted_text(*s);
    } else if (const auto* i = std::get_if<std::int64_t>(&v.value)) {
      if (t.kind == Kind::enumeration) {
        return member(*i, *t.enumeration, where);
      }
      out_ += std::to_string(*i);
    } else if (const auto* list = std::get_if<ConstValue::List>(&v.value)) {
      out_ += '[';
      for (const ConstValue& x : *list) {
        if (&x != list->data()) {
          out_ += ", ";
        }
        value(x, *t.element, where);
      }
      out_ += ']';
    } else if (const auto* map = std::get_if<ConstValue::Map>(&v.value)) {
      out_ += '{';
      for (const ConstValue::Entry& e : *map) {
        if (&e != map->data()) {
          out_ += ", ";
        }
        entry(e, t, where);
      }
      out_ += '}';
    }
  }

  void entry(const ConstValue::Entry& e, const Type& t, std::string_view where) {
    if (t.kind == Kind::map) {
      value(e.first, *t.key, where);
      out_ += ": ";
      return value(e.second, *t.value, where);
    }
    const std::string& name = std::get<std::string>(e.first.value);
    quoted_text(name);
    out_ += ": ";
    value(e.second, *t.structure->find(std::string_view(name))->type, where);
  }

  void member(std::int64_t number, const EnumType& e, std::string_view where) {
    const EnumValue* v = e.find(static_cast<std::int32_t>(number));
    if (!v) {
      return fail(where, "enum value that is not a member");
    }
    reference(e, where);
    out_ += '.';
    out_ += v->name;
  }

  // ---- Declarations ----

  void header() {
    std::set<std::string_view> stems{document_.name};
    if (!document_.annotations.empty()) {
      fail(document_.name, "options of a file");
    }
    const bool any =
        !included_.empty() || !document_.namespaces.empty() || !document_.cpp_includes.empty();
    if (any) {
      doc(document_.doc, "");
    }
    const std::string own = path_of(document_);
    const std::string folder = own.substr(0, own.rfind('/') + 1);
    for (const Document* d : included_) {
      if (!stems.insert(d->name).second) {
        fail(document_.name, "way to tell files of one name apart");
      }
      std::string path = path_of(*d);
      if (!folder.empty() && path.starts_with(folder)) {
        path.erase(0, folder.size());
      }
      out_ += "include ";
      quoted_text(path);
      out_ += '\n';
    }
    for (const std::string& i : document_.cpp_includes) {
      out_ += "cpp_include ";
      quoted_text(i);
      out_ += '\n';
    }
    for (std::size_t i = 0; i < document_.namespaces.size(); ++i) {
      const auto& [scope, name] = document_.namespaces[i];
      const auto word = [](std::string_view w) {
        return is_identifier(w.substr(0, 1)) && !w.ends_with('.') &&
               w.find("..") == std::string_view::npos && std::ranges::all_of(w, [](char c) {
                 return c == '.' || (c >= '0' && c <= '9') || is_identifier({&c, 1});
               });
      };
      if ((scope != "*" && !word(scope)) || !word(name)) {
        fail(document_.name, "namespace " + scope + " " + name);
      }
      out_ += "namespace " + scope + " " + name;
      if (i < document_.namespace_annotations.size()) {
        annotations(document_.namespace_annotations[i], 0, document_.name);
      }
      out_ += '\n';
    }
  }

  struct Declaration {
    std::uint32_t line;
    std::uint32_t column;
    std::size_t order;
    std::function<void()> print;
  };

  void declarations() {
    std::vector<Declaration> all;
    bool placed = true;
    const auto add = [&](const auto& items, auto print) {
      for (const auto* item : items) {
        placed = placed && item->position.line > 0;
        all.push_back(
            {item->position.line, item->position.column, all.size(), [=] { print(*item); }});
      }
    };
    add(document_.enums, [this](const EnumType& e) { enumeration(e); });
    add(document_.typedefs, [this](const Typedef& t) {
      doc(t.doc, "");
      out_ += "typedef ";
      type(*t.type, t.full_name);
      out_ += ' ';
      declared_name(t.name, t.full_name);
      annotations(t.annotations, 0, t.full_name);
      out_ += '\n';
    });
    add(document_.structs, [this](const StructType& s) { structure(s); });
    add(document_.constants, [this](const Constant& c) {
      doc(c.doc, "");
      out_ += "const ";
      type(*c.type, c.full_name);
      out_ += ' ';
      declared_name(c.name, c.full_name);
      out_ += " = ";
      value(c.value, *c.type, c.full_name);
      annotations(c.annotations, 0, c.full_name);
      out_ += '\n';
    });
    add(document_.services, [this](const Service& s) { service(s); });
    if (placed) {
      std::ranges::sort(all, [](const Declaration& a, const Declaration& b) {
        return std::tie(a.line, a.column, a.order) < std::tie(b.line, b.column, b.order);
      });
    }
    for (const Declaration& d : all) {
      if (stop()) {
        return;
      }
      if (!out_.empty()) {
        out_ += '\n';
      }
      d.print();
    }
  }

  void enumeration(const EnumType& e) {
    if (e.closed) {
      fail(e.full_name, "closed enums");
    }
    doc(e.doc, "");
    out_ += "enum ";
    declared_name(e.name, e.full_name);
    out_ += " {\n";
    for (const EnumValue& v : e.values) {
      if (stop()) {
        return;
      }
      doc(v.doc, "  ");
      out_ += "  ";
      member_name(v.name, e.full_name);
      out_ += " = " + std::to_string(v.number);
      annotations(v.annotations, 0, e.full_name);
      out_ += '\n';
    }
    out_ += '}';
    annotations(e.annotations, 0, e.full_name);
    out_ += '\n';
  }

  void structure(const StructType& s) {
    if (s.message_set) {
      fail(s.full_name, "MessageSet");
    }
    doc(s.doc, "");
    out_ += std::string(to_string(s.flavor)) + " ";
    declared_name(s.name, s.full_name);
    out_ += " {\n";
    fields(s, s.flavor == StructFlavor::union_ ? Words::none : Words::all, "  ", 0);
    out_ += '}';
    annotations(s.annotations, 0, s.full_name);
    out_ += '\n';
  }

  // The words of requiredness that are allowed before a field.
  enum class Words : std::uint8_t { none, required, all };

  void fields(const StructType& s, Words words, std::string_view indent, std::size_t from) {
    std::int64_t implicit = -1;
    if (!s.oneofs.empty()) {
      fail(s.full_name, "oneofs");
    }
    for (std::size_t i = from; i < s.fields.size(); ++i) {
      if (stop()) {
        return;
      }
      const Field& f = s.fields[i];
      const std::string where = s.full_name + "." + f.name;
      if (f.extension) {
        fail(where, "extensions");
      }
      if (f.id < -32768 || f.id > 32767) {
        fail(where, "ids beyond 16 bits");
      }
      doc(f.doc, indent);
      out_ += indent;
      if (f.id != implicit) {
        out_ += std::to_string(f.id) + ": ";
      }
      if (f.id <= 0) {
        implicit = f.id - 1;
      }
      requiredness(f, words, where);
      type(*f.type, where);
      out_ += f.reference ? " & " : " ";
      member_name(f.name, s.full_name);
      if (f.default_value) {
        out_ += " = ";
        value(*f.default_value, *f.type, where);
      }
      annotations(f.annotations, 0, where, added_json_name(f));
      out_ += i + 1 < s.fields.size() || indent.size() == 2 ? ",\n" : "\n";
    }
  }

  void requiredness(const Field& f, Words words, std::string_view where) {
    if (words == Words::none) {
      if (f.requiredness != Requiredness::optional) {
        fail(where, "field that is not optional here");
      }
    } else if (f.requiredness == Requiredness::required) {
      out_ += "required ";
    } else if (f.requiredness == Requiredness::optional) {
      if (words != Words::all) {
        fail(where, "optional arguments");
      }
      out_ += "optional ";
    }
  }

  // The JSON name to add as json.name, or empty if the annotations give it.
  static std::string_view added_json_name(const Field& f) {
    const std::string given = json_name_of(f.annotations);
    if (f.json_name == (given.empty() ? f.name : given)) {
      return {};
    }
    // A loader drops the name of another annotation if another field has it, too.
    if (f.json_name == f.name && !find_annotation(f.annotations, "json.name")) {
      return {};
    }
    return f.json_name;
  }

  void service(const Service& s) {
    doc(s.doc, "");
    out_ += "service ";
    declared_name(s.name, s.full_name);
    if (s.extends) {
      out_ += " extends ";
      reference(*s.extends, s.full_name);
    }
    out_ += " {\n";
    for (const Method& m : s.methods) {
      if (stop()) {
        return;
      }
      method(s, m);
    }
    out_ += '}';
    annotations(s.annotations, 0, s.full_name);
    out_ += '\n';
  }

  // Whether the annotations say which side streams; IDL has no other way.
  static bool says_streaming(const Method& m) {
    const std::string* const word = find_annotation(m.annotations, streaming_annotation);
    const std::optional<Streaming> mode = word ? streaming_mode(*word) : std::nullopt;
    const bool is_read = mode && !m.oneway && m.args->fields.size() == 1;
    return m.streaming() == (is_read ? *mode : Streaming::unary);
  }

  void method(const Service& s, const Method& m) {
    const std::string where = s.full_name + "." + m.name;
    if (!says_streaming(m) || owner_.contains(m.args) || m.oneway == (m.reply != nullptr)) {
      return fail(where, "methods with messages or streams");
    }
    doc(m.doc, "  ");
    out_ += m.oneway ? "  oneway " : "  ";
    if (m.result->kind == Kind::void_) {
      out_ += "void";
    } else {
      type(*m.result, where);
    }
    out_ += ' ';
    member_name(m.name, s.full_name);
    parameters(*m.args, Words::required, 0);
    const std::size_t success = m.result->kind == Kind::void_ ? 0 : 1;
    if (m.reply && m.reply->fields.size() > success) {
      out_ += " throws ";
      parameters(*m.reply, Words::none, success);
    }
    annotations(m.annotations, 0, where);
    out_ += '\n';
  }

  void parameters(const StructType& s, Words words, std::size_t from) {
    out_ += '(';
    if (s.fields.size() > from) {
      out_ += '\n';
      fields(s, words, "    ", from);
      out_ += "  ";
    }
    out_ += ')';
  }

  const PrintOptions& options_;
  std::unordered_map<const void*, const Document*> owner_;
  std::multimap<std::string_view, std::pair<const Typedef*, const Document*>> typedefs_;
  std::vector<const Document*> included_;
};

}  // namespace

Result<std::string> print(const Schema& schema, const Document& document,
                          const PrintOptions& options) {
  return core::print_document(schema, document,
                              [&] { return IdlPrinter(document, options).run(); });
}

Result<std::map<std::string, std::string>> print_all(const Schema& schema,
                                                     const PrintOptions& options) {
  return core::without_throwing([&]() -> Result<std::map<std::string, std::string>> {
    std::map<std::string, std::string> out;
    for (const Document& d : schema.documents()) {
      Result<std::string> text = print(schema, d, options);
      if (!text) {
        return std::unexpected(std::move(text.error()));
      }
      if (!out.emplace(path_of(d), std::move(*text)).second) {
        return std::unexpected(
            Error(Errc::unsupported, d.name + ": IDL has no two files of one path"));
      }
    }
    return out;
  });
}

}  // namespace wirejit::thrift
