// Prints a document of a Schema as .proto text; proto_contents.h says what is in it.
// Entry: print. Invariant: messages nest as their names do, at most max_nesting levels deep; the
// text never exceeds the limit.
#include "core/document_text.h"
#include "core/identifier.h"
#include "pb/proto_contents.h"

#include <wirejit/pb_print.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace wirejit::pb {
namespace {

using core::is_identifier;
using descriptors::Syntax;

constexpr int max_nesting = 64;

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += {'\\', static_cast<char>('0' + (byte >> 6)), static_cast<char>('0' + (byte >> 3 & 7)),
              static_cast<char>('0' + (byte & 7))};
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string_view scalar_name(const Type& t) {
  const bool zigzag = t.wire == Wire::zigzag;
  const bool fixed = t.wire == Wire::fixed;
  switch (t.kind) {
    case Kind::boolean: return "bool";
    case Kind::i32: return zigzag ? "sint32" : fixed ? "sfixed32" : "int32";
    case Kind::i64: return zigzag ? "sint64" : fixed ? "sfixed64" : "int64";
    case Kind::u32: return fixed ? "fixed32" : "uint32";
    case Kind::u64: return fixed ? "fixed64" : "uint64";
    case Kind::float32: return "float";
    case Kind::float64: return "double";
    case Kind::string: return "string";
    case Kind::binary: return "bytes";
    default: return {};
  }
}

bool is_packable(const Type& t) {
  return t.kind == Kind::enumeration || (t.kind >= Kind::boolean && t.kind <= Kind::float64);
}

// The features that the annotations of a scope set, by name.
using Features = std::map<std::string, std::string, std::less<>>;

Features with(Features outer, const Annotations& own) {
  for (const Annotation& a : own) {
    if (a.name.starts_with("features.")) {
      outer[a.name.substr(9)] = a.value;
    }
  }
  return outer;
}

class ProtoPrinter : core::DocumentText {
 public:
  ProtoPrinter(const Schema& schema, const Document& document, const PrintOptions& options)
      : DocumentText(document, ".proto", options.max_bytes),
        options_(options),
        contents_(schema, document),
        syntax_(contents_.syntax()) {}

  Result<std::string> run() {
    if (const auto& problem = contents_.problem()) {
      fail(problem->where, problem->what);
    } else {
      file();
    }
    return finish();
  }

 private:
  // ---- Text ----

  void indent(int depth) { out_.append(2 * static_cast<std::size_t>(depth), ' '); }

  void doc(std::string_view text, int depth) {
    if (!options_.docs) {
      return;
    }
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      indent(depth);
      out_ += "//";
      if (end > 0) {
        (out_ += ' ') += text.substr(0, end);
      }
      out_ += '\n';
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  void name(std::string_view n, std::string_view where) {
    if (!is_identifier(n)) {
      fail(where, "such name");
    }
    out_ += n;
  }

  // ---- Options ----

  using Items = std::vector<std::string>;

  static bool is_text_option(std::string_view option) {
    static constexpr std::string_view all[] = {
        "java_package",           "java_outer_classname", "go_package",       "objc_class_prefix",
        "csharp_namespace",       "swift_prefix",         "php_class_prefix", "php_namespace",
        "php_metadata_namespace", "ruby_package"};
    return std::ranges::find(all, option) != std::end(all);
  }

  void options(std::string_view message, const Annotations& all, std::string_view where,
               Items& out) {
    for (const Annotation& a : all) {
      if (a.name == "packed" || a.name == "message_set_wire_format" || a.name == "allow_alias") {
        continue;  // printed from the schema itself
      }
      if (a.name.starts_with('(')) {
        custom(message, a, where, out);
      } else if (is_text_option(a.name)) {
        out.push_back(a.name + " = " + quoted(a.value));
      } else {
        const bool feature = a.name.starts_with("features.");
        if (!is_identifier(feature ? std::string_view(a.name).substr(9) : a.name) ||
            !is_identifier(a.value)) {
          return fail(where, "option " + a.name.substr(0, 100) + " of this value");
        }
        out.push_back(a.name + " = " + a.value);
      }
    }
  }

  // Prints a custom option such as "(pkg.option).member.(pkg.extension)". Its extension must be
  // declared for the options' message.
  void custom(std::string_view message, const Annotation& a, std::string_view where, Items& out) {
    const StructType* in = contents_.message(message);
    std::string path;
    const Field* f = nullptr;
    std::string_view rest = a.name;
    while (!rest.empty()) {
      if (f && f->type->kind >= Kind::list) {
        return fail(where, "way to set " + a.name.substr(0, 100) + ", in a list of messages");
      }
      if (rest[0] == '.') {
        rest.remove_prefix(1);
      }
      const bool extension = rest.starts_with('(');
      const std::size_t end = std::min(extension ? rest.find(')') : rest.find('.'), rest.size());
      const std::string_view part = extension ? rest.substr(1, end - 1) : rest.substr(0, end);
      rest.remove_prefix(std::min(extension ? end + 1 : end, rest.size()));
      f = in ? in->find(part) : nullptr;
      if (!f) {
        return fail(where, "known option " + a.name.substr(0, 100));
      }
      path += path.empty() ? "" : ".";
      path += extension ? "(." + std::string(part) + ")" : std::string(part);
      in = f->type->structure;
    }
    if (!f) {
      return;
    }
    import_extension(*f);
    const Type& t = f->type->kind == Kind::list ? *f->type->element : *f->type;
    const bool text = t.kind == Kind::string || t.kind == Kind::binary;
    const bool is_empty = t.kind == Kind::structure && a.value.empty();
    if (t.kind == Kind::map || (t.kind == Kind::structure && !is_empty)) {
      return fail(where, "way to set " + a.name.substr(0, 100));
    }
    out.push_back(path + " = " + (is_empty ? "{}" : text ? quoted(a.value) : a.value));
  }

  void import_extension(const Field& f) {
    if (f.position.line == 0) {
      return;
    }
    if (const Document* d = contents_.document_of_path(f.position.file)) {
      add_import(*d);
    }
  }

  void statements(const Items& items, int depth) {
    for (const std::string& item : items) {
      indent(depth);
      out_ += "option " + item + ";\n";
    }
  }
  void brackets(const Items& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      out_ += (i == 0 ? " [" : ", ") + items[i];
    }
    if (!items.empty()) {
      out_ += ']';
    }
  }

  // ---- The file ----

  void add_import(const Document& d) {
    if (&d == &document_ || std::ranges::find(imports_, &d) != imports_.end()) {
      return;
    }
    imports_.push_back(&d);
  }

  void file() {
    imports_ = document_.includes;
    if (!document_.typedefs.empty()) {
      fail(document_.typedefs[0]->full_name, "typedefs");
    }
    if (!document_.constants.empty()) {
      fail(document_.constants[0]->full_name, "constants");
    }
    const Features features = with({}, document_.annotations);
    std::string body;
    Items file_options;
    options("google.protobuf.FileOptions", document_.annotations, document_.name, file_options);
    for (const EnumType* e : contents_.enums_in({})) {
      enumeration(*e, features, 0);
    }
    for (const StructType* s : contents_.messages_in({})) {
      if (!contents_.is_group(*s)) {
        message(*s, features, 0);
      }
    }
    extends({}, features, 0);
    for (const Service* s : document_.services) {
      service(*s);
    }
    std::swap(body, out_);
    doc(document_.doc, 0);
    switch (syntax_) {
      case Syntax::proto2: out_ += "syntax = \"proto2\";\n"; break;
      case Syntax::proto3: out_ += "syntax = \"proto3\";\n"; break;
      case Syntax::editions: out_ += "edition = \"2023\";\n"; break;
    }
    if (!document_.name.empty()) {
      out_ += "\npackage " + document_.name + ";\n";
      for (std::string_view rest = document_.name; !rest.empty();) {
        const std::size_t dot = std::min(rest.find('.'), rest.size());
        if (!is_identifier(rest.substr(0, dot))) {
          fail(document_.name, "such package");
        }
        rest.remove_prefix(std::min(dot + 1, rest.size()));
      }
    }
    if (!imports_.empty() || import_options_) {
      out_ += '\n';
    }
    bool has_options = false;
    for (const Document* d : imports_) {
      if (d->path.empty()) {
        fail(d->name, "import of a file without a path");
      }
      has_options = has_options || d->path == "google/protobuf/descriptor.proto";
      out_ += "import " + quoted(d->path) + ";\n";
    }
    if (import_options_ && !has_options) {
      out_ += "import \"google/protobuf/descriptor.proto\";\n";
    }
    if (!file_options.empty()) {
      out_ += '\n';
    }
    statements(file_options, 0);
    out_ += body;
  }

  // ---- Messages ----

  void message(const StructType& s, const Features& outer, int depth) {
    if (stop()) {
      return;
    }
    if (s.flavor != StructFlavor::structure) {
      return fail(s.full_name, std::string(to_string(s.flavor)) + "s");
    }
    if (depth == 0) {
      out_ += '\n';
    }
    doc(s.doc, depth);
    indent(depth);
    out_ += "message ";
    name(last_part(s.name), s.full_name);
    out_ += " {\n";
    body(s, with(outer, s.annotations), depth);
    indent(depth);
    out_ += "}\n";
  }

  void body(const StructType& s, const Features& features, int depth) {
    if (depth > max_nesting) {
      return fail(s.full_name, "messages that nest so deep");
    }
    Items items;
    if (s.message_set) {
      items.push_back("message_set_wire_format = true");
    }
    options("google.protobuf.MessageOptions", s.annotations, s.full_name, items);
    statements(items, depth + 1);
    for (const EnumType* e : contents_.enums_in(s.full_name)) {
      enumeration(*e, features, depth + 1);
    }
    for (const StructType* n : contents_.messages_in(s.full_name)) {
      if (!contents_.is_group(*n)) {
        message(*n, features, depth + 1);
      }
    }
    std::vector<std::vector<const Field*>> members(s.oneofs.size());
    for (const Field& f : s.fields) {
      if (f.oneof >= 0 && !f.extension) {
        members[static_cast<std::size_t>(f.oneof)].push_back(&f);
      }
    }
    int oneofs = 0;
    for (const Field& f : s.fields) {
      if (stop()) {
        return;
      }
      if (f.extension) {
        continue;
      }
      if (f.oneof < 0) {
        field(f, s.full_name, features, depth + 1);
      }
      // Oneofs are printed in their own order.
      for (; oneofs <= f.oneof; ++oneofs) {
        const auto i = static_cast<std::size_t>(oneofs);
        oneof(s, s.oneofs[i], members[i], features, depth + 1);
      }
    }
    ranges(s, depth + 1);
    extends(s.full_name, features, depth + 1);
  }

  void oneof(const StructType& s, const Oneof& o, const std::vector<const Field*>& members,
             const Features& outer, int depth) {
    if (members.empty()) {
      fail(s.full_name + "." + o.name, "oneofs without fields");
    }
    doc(o.doc, depth);
    indent(depth);
    out_ += "oneof ";
    name(o.name, s.full_name + "." + o.name);
    out_ += " {\n";
    Items items;
    options("google.protobuf.OneofOptions", o.annotations, s.full_name + "." + o.name, items);
    statements(items, depth + 1);
    const Features features = with(outer, o.annotations);
    for (const Field* f : members) {
      field(*f, s.full_name, features, depth + 1);
    }
    indent(depth);
    out_ += "}\n";
  }

  void ranges(const StructType& s, int depth) {
    if (s.message_set) {
      indent(depth);
      out_ += "extensions 4 to max;\n";
      return;
    }
    for (const Field& f : s.fields) {
      if (!f.extension) {
        continue;
      }
      indent(depth);
      out_ += "extensions " + std::to_string(f.id) + ";\n";
    }
  }

  void extends(std::string_view scope, const Features& features, int depth) {
    const std::vector<ProtoContents::Extension>& all = contents_.extensions_in(scope);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (stop()) {
        return;
      }
      if (i == 0 || all[i].extendee != all[i - 1].extendee) {
        if (depth == 0) {
          out_ += '\n';
        }
        indent(depth);
        out_ += "extend ." + all[i].extendee->full_name + " {\n";
        if (const Document* owner = contents_.owner(*all[i].extendee)) {
          add_import(*owner);
        } else {
          import_options_ = true;
        }
      }
      field(*all[i].field, scope, features, depth + 1);
      if (i + 1 == all.size() || all[i].extendee != all[i + 1].extendee) {
        indent(depth);
        out_ += "}\n";
      }
    }
  }

  // ---- Fields ----

  // A type of that name, which `owner` declares.
  void declared(std::string_view full_name, const Document* owner, std::string_view where) {
    if (owner == nullptr) {
      return fail(where, "name for what no file declares");
    }
    add_import(*owner);
    (out_ += '.') += full_name;
  }

  void type(const Type& t, std::string_view where) {
    if (t.kind == Kind::structure) {
      declared(t.structure->full_name, contents_.owner(*t.structure), where);
    } else if (t.kind == Kind::enumeration) {
      declared(t.enumeration->full_name, contents_.owner(*t.enumeration), where);
    } else if (const std::string_view scalar = scalar_name(t); !scalar.empty()) {
      out_ += scalar;
    } else {
      fail(where, "type " + t.to_string());
    }
  }

  void field(const Field& f, std::string_view scope, const Features& outer, int depth) {
    const std::string where = f.extension ? f.name : std::string(scope) + "." + f.name;
    const bool reserved = f.id >= 19000 && f.id <= 19999;
    const bool item = f.type->wire == Wire::message_set_item;
    if (f.id < 1 || (f.id > (1 << 29) - 1 && !item) || reserved) {
      fail(where, "such number");
    }
    if (f.reference) {
      fail(where, "references");
    }
    const bool list = f.type->kind == Kind::list;
    const Type& t = list ? *f.type->element : *f.type;
    const bool single = !list && t.kind != Kind::map;
    if (single && t.kind == Kind::structure && f.requiredness == Requiredness::standard) {
      fail(where, "messages without presence");
    }
    if (!single && f.requiredness != Requiredness::standard) {
      fail(where, "lists and maps with presence");
    }
    if (f.extension && single && f.requiredness != Requiredness::optional) {
      fail(where, "extensions that are not optional");
    }
    const bool group = syntax_ == Syntax::proto2 && contents_.fits_group(f, scope);
    doc(f.doc, depth);
    indent(depth);
    label(f, t, single);
    if (group) {
      out_ += "group ";
      name(last_part(t.structure->name), where);
    } else {
      if (t.kind == Kind::map) {
        out_ += "map<";
        type(*t.key, where);
        out_ += ", ";
        type(*t.value, where);
        out_ += '>';
      } else {
        type(t, where);
      }
      out_ += ' ';
      name(f.extension ? last_part(f.name) : std::string_view(f.name), where);
    }
    out_ += " = " + std::to_string(f.id);
    Items items;
    field_options(f, t, single, outer, where, items);
    brackets(items);
    if (group) {
      out_ += " {\n";
      body(*t.structure, with(outer, t.structure->annotations), depth);
      indent(depth);
      out_ += "}\n";
    } else {
      out_ += ";\n";
    }
  }

  void label(const Field& f, const Type& t, bool single) {
    if (f.type->kind == Kind::list) {
      out_ += "repeated ";
    } else if (!single || f.oneof >= 0 || syntax_ == Syntax::editions) {
      return;
    } else if (f.requiredness == Requiredness::required) {
      out_ += "required ";
    } else if (f.requiredness == Requiredness::optional &&
               (syntax_ == Syntax::proto2 || t.kind != Kind::structure)) {
      out_ += "optional ";
    }
  }

  void field_options(const Field& f, const Type& t, bool single, const Features& outer,
                     std::string_view where, Items& items) {
    if (!f.extension && f.json_name != core::camel_case(f.name)) {
      items.push_back("json_name = " + quoted(f.json_name));
    }
    if (f.default_value) {
      items.push_back("default = " + value(*f.default_value, t, where));
    }
    const bool packable = f.type->kind == Kind::list && is_packable(t);
    const bool is_explicit = find_annotation(f.annotations, "packed") != nullptr;
    if (syntax_ == Syntax::editions) {
      editions(f, t, single, packable, with(outer, f.annotations), items);
    } else if (packable && (is_explicit || f.packed != (syntax_ == Syntax::proto3))) {
      items.push_back(f.packed ? "packed = true" : "packed = false");
    }
    options("google.protobuf.FieldOptions", f.annotations, where, items);
  }

  static void editions(const Field& f, const Type& t, bool single, bool packable,
                       const Features& has, Items& items) {
    const auto set_feature = [&](std::string_view feature, std::string_view value,
                                 std::string_view usual) {
      const auto it = has.find(feature);
      if ((it == has.end() ? usual : std::string_view(it->second)) == value) {
        return;
      }
      items.push_back("features." + std::string(feature) + " = " + std::string(value));
    };
    if (single && f.oneof < 0 && !f.extension) {
      if (f.requiredness == Requiredness::required) {
        set_feature("field_presence", "LEGACY_REQUIRED", "EXPLICIT");
      } else if (t.kind != Kind::structure) {
        const bool implicit = f.requiredness == Requiredness::standard;
        set_feature("field_presence", implicit ? "IMPLICIT" : "EXPLICIT", "EXPLICIT");
      }
    }
    if (packable) {
      set_feature("repeated_field_encoding", f.packed ? "PACKED" : "EXPANDED", "PACKED");
    }
    const Type* text = t.kind == Kind::string ? &t : nullptr;
    if (t.kind == Kind::map && t.key->kind == Kind::string) {
      text = t.key;
    }
    if (t.kind == Kind::map && t.value->kind == Kind::string) {
      text = t.value;
    }
    if (text) {
      set_feature("utf8_validation", text->wire == Wire::unchecked ? "NONE" : "VERIFY", "VERIFY");
    }
    if (t.kind == Kind::structure) {
      set_feature("message_encoding", t.wire == Wire::delimited ? "DELIMITED" : "LENGTH_PREFIXED",
                  "LENGTH_PREFIXED");
    }
  }

  std::string value(const ConstValue& v, const Type& t, std::string_view where) {
    if (const auto* b = std::get_if<bool>(&v.value)) {
      return *b ? "true" : "false";
    }
    if (const auto* s = std::get_if<std::string>(&v.value)) {
      return quoted(*s);
    }
    if (const auto* d = std::get_if<double>(&v.value)) {
      return real(*d, t.kind == Kind::float32);
    }
    if (const auto* i = std::get_if<std::int64_t>(&v.value)) {
      if (t.kind == Kind::u64) {
        return std::to_string(static_cast<std::uint64_t>(*i));
      }
      if (t.kind != Kind::enumeration) {
        return std::to_string(*i);
      }
      if (const EnumValue* e = t.enumeration->find(static_cast<std::int32_t>(*i))) {
        return e->name;
      }
    }
    fail(where, "such default");
    return {};
  }

  static std::string real(double d, bool single) {
    if (std::isnan(d)) {
      return "nan";
    }
    if (std::isinf(d)) {
      return d < 0 ? "-inf" : "inf";
    }
    char text[40];
    const auto end = single ? std::to_chars(text, text + sizeof text, static_cast<float>(d)).ptr
                            : std::to_chars(text, text + sizeof text, d).ptr;
    return {text, end};
  }

  // ---- Enums and services ----

  void enumeration(const EnumType& e, const Features& outer, int depth) {
    if (stop()) {
      return;
    }
    if (e.values.empty()) {
      return fail(e.full_name, "enums without values");
    }
    if (!e.closed && e.values[0].number != 0) {
      return fail(e.full_name, "open enums that do not begin with 0");
    }
    if (depth == 0) {
      out_ += '\n';
    }
    doc(e.doc, depth);
    indent(depth);
    out_ += "enum ";
    name(last_part(e.name), e.full_name);
    out_ += " {\n";
    Items items;
    std::set<std::int32_t> numbers;
    for (const EnumValue& v : e.values) {
      numbers.insert(v.number);
    }
    if (numbers.size() < e.values.size() || find_annotation(e.annotations, "allow_alias")) {
      items.push_back("allow_alias = true");
    }
    if (syntax_ == Syntax::editions) {
      const Features has = with(outer, e.annotations);
      const auto it = has.find("enum_type");
      const bool closed = it != has.end() && it->second == "CLOSED";
      if (closed != e.closed) {
        items.push_back(std::string("features.enum_type = ") + (e.closed ? "CLOSED" : "OPEN"));
      }
    }
    options("google.protobuf.EnumOptions", e.annotations, e.full_name, items);
    statements(items, depth + 1);
    for (const EnumValue& v : e.values) {
      if (stop()) {
        return;
      }
      doc(v.doc, depth + 1);
      indent(depth + 1);
      name(v.name, e.full_name + "." + v.name);
      out_ += " = " + std::to_string(v.number);
      Items of_value;
      options("google.protobuf.EnumValueOptions", v.annotations, e.full_name + "." + v.name,
              of_value);
      brackets(of_value);
      out_ += ";\n";
    }
    indent(depth);
    out_ += "}\n";
  }

  void service(const Service& s) {
    if (stop()) {
      return;
    }
    if (s.extends) {
      return fail(s.full_name, "services that extend others");
    }
    out_ += '\n';
    doc(s.doc, 0);
    out_ += "service ";
    name(s.name, s.full_name);
    out_ += " {\n";
    Items items;
    options("google.protobuf.ServiceOptions", s.annotations, s.full_name, items);
    statements(items, 1);
    for (const Method& m : s.methods) {
      method(s, m);
    }
    out_ += "}\n";
  }

  void method(const Service& s, const Method& m) {
    const std::string where = s.full_name + "." + m.name;
    if (m.reply || m.oneway || m.result->kind != Kind::structure || m.args == nullptr ||
        !contents_.owner(*m.args)) {
      return fail(where, "methods but from message to message");
    }
    add_import(*contents_.owner(*m.args));
    doc(m.doc, 1);
    out_ += "  rpc ";
    name(m.name, where);
    out_ += std::string("(") + (m.client_streaming ? "stream " : "") + "." + m.args->full_name +
            ") returns (" + (m.server_streaming ? "stream " : "");
    type(*m.result, where);
    out_ += ')';
    Items items;
    options("google.protobuf.MethodOptions", m.annotations, where, items);
    if (items.empty()) {
      out_ += ";\n";
      return;
    }
    out_ += " {\n";
    statements(items, 2);
    out_ += "  }\n";
  }

  const PrintOptions& options_;
  ProtoContents contents_;
  Syntax syntax_;
  bool import_options_ = false;
  std::vector<const Document*> imports_;
};

}  // namespace

Result<std::string> print(const Schema& schema, const Document& document,
                          const PrintOptions& options) {
  return core::print_document(schema, document,
                              [&] { return ProtoPrinter(schema, document, options).run(); });
}

}  // namespace wirejit::pb
