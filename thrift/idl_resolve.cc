// The resolver: declares all names of all files, then resolves types, fields, constants and
// services, in this order. Entry: resolve_idl. Invariant: it continues after an error, so that
// several are reported; a schema is built only if there was none.
#include "thrift/idl_resolve.h"

#include "core/schema_data.h"
#include "core/utf8.h"
#include "thrift/idl_lexer.h"
#include "thrift/idl_streaming.h"
#include "thrift/idl_types.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace wirejit::thrift {
namespace {

constexpr std::int64_t min_field_id = -32768;
constexpr std::int64_t max_field_id = 32767;

// The kind of a list of fields.
enum class Role : std::uint8_t { fields, union_, args, throws };

Annotations copy_annotations(const AstAnnotations& from) {
  Annotations out;
  out.reserve(from.size());
  for (const AstAnnotation& a : from) {
    out.push_back({std::string(a.name), std::string(a.value)});
  }
  return out;
}

std::string doc_of(std::string_view raw) { return raw.empty() ? std::string() : clean_doc(raw); }

class Resolver {
 public:
  Resolver(const std::deque<IdlFile>& files, const IdlOptions& options, bool incomplete,
           Reporter& reporter)
      : files_(files),
        options_(options),
        incomplete_(incomplete),
        reporter_(reporter),
        evaluator_(options.limits, incomplete, reporter),
        types_(builder_, evaluator_, incomplete, reporter) {}

  std::optional<Schema> run() {
    for (const IdlFile& file : files_) {
      declare(file);
    }
    link_includes();
    for (const Unit& unit : units_) {
      enums(unit);
    }
    for (TypedefDecl& decl : typedefs_) {
      if (!stop()) {
        types_.resolve(decl);
      }
    }
    for (const Unit& unit : units_) {
      structs(unit);
    }
    for (const Unit& unit : units_) {
      services(unit);
    }
    check_inheritance();
    for (ConstDecl& decl : constants_) {
      decl.out->type = types_.resolve(*decl.unit, *decl.ast->type);
    }
    for (ConstDecl& decl : constants_) {
      if (stop()) {
        break;
      }
      evaluator_.constant(decl);
    }
    for (const Default& d : defaults_) {
      if (stop()) {
        break;
      }
      evaluate(d);
    }
    if (incomplete_ || reporter_.errors() > 0) {
      return std::nullopt;
    }
    return build();
  }

 private:
  struct Default {
    const Unit* unit;
    const AstField* ast;
    StructType* owner;
    std::size_t field;
  };

  [[nodiscard]] bool stop() const { return reporter_.full(); }

  void error(const Unit& unit, Place place, std::string message) {
    reporter_.error(unit.file->source, place, std::move(message));
  }
  void warn(const Unit& unit, Place place, const char* message) {
    if (reporter_.keeps_warnings()) {
      reporter_.warning(unit.file->source, place, message);
    }
  }
  static Position position(const Unit& unit, Place place) {
    return {unit.document->path, place.line, place.column};
  }

  // ---- Names ----

  void declare(const IdlFile& file) {
    const Ast& ast = file.ast;
    Unit& unit = units_.emplace_back();
    unit.file = &file;
    unit.document = &builder_.add_document(file.source.stem, file.source.path);
    unit.document->doc = doc_of(ast.doc);
    for (const AstNamespace& n : ast.namespaces) {
      unit.document->namespaces.emplace_back(n.scope, n.name);
      unit.document->namespace_annotations.push_back(copy_annotations(n.annotations));
    }
    for (const AstName& n : ast.cpp_includes) {
      unit.document->cpp_includes.emplace_back(n.text);
    }
    for (const AstEnum& e : ast.enums) {
      EnumType& out = declare_as(unit, e, builder_.add_enum(std::string(e.name.text)));
      unit.enums.push_back(&out);
      add_name(unit, e.name, {.enumeration = &out});
    }
    for (const AstStruct& s : ast.structs) {
      StructType& out =
          declare_as(unit, s, builder_.add_struct(std::string(s.name.text), s.flavor));
      unit.structs.push_back(&out);
      add_name(unit, s.name, {.structure = &out});
    }
    for (const AstTypedef& t : ast.typedefs) {
      Typedef& out = declare_as(unit, t, builder_.add_typedef(std::string(t.name.text)));
      typedefs_.push_back({.unit = &unit, .ast = &t, .out = &out});
      add_name(unit, t.name, {.alias = &typedefs_.back()});
    }
    for (const AstService& s : ast.services) {
      Service& out = declare_as(unit, s, builder_.add_service(std::string(s.name.text)));
      unit.services.push_back(&out);
      add_name(unit, s.name, {.service = &out});
    }
    for (const AstConst& c : ast.constants) {
      Constant& out = declare_as(unit, c, builder_.add_constant(std::string(c.name.text)));
      constants_.push_back({.unit = &unit, .ast = &c, .out = &out});
      const auto [first, fresh] = unit.constants.emplace(c.name.text, &constants_.back());
      if (!fresh) {
        twice(unit, c.name, "constant", first->second->out->position);
      }
    }
  }

  template <class A, class T>
  T& declare_as(const Unit& unit, const A& ast, T& out) {
    out.annotations = copy_annotations(ast.annotations);
    out.doc = doc_of(ast.doc);
    out.position = position(unit, ast.name.place);
    return out;
  }

  void add_name(Unit& unit, const AstName& name, Decl decl) {
    const auto [first, fresh] = unit.names.emplace(name.text, decl);
    if (!fresh) {
      twice(unit, name, "type or service", position_of(first->second));
    }
  }
  static const Position& position_of(const Decl& decl) {
    return decl.structure     ? decl.structure->position
           : decl.enumeration ? decl.enumeration->position
           : decl.alias       ? decl.alias->out->position
                              : decl.service->position;
  }
  void twice(const Unit& unit, const AstName& name, std::string_view what, const Position& first) {
    error(unit, name.place,
          "duplicate " + std::string(what) + " " + quoted(name.text) + "; also declared on line " +
              std::to_string(first.line));
  }

  void link_includes() {
    for (Unit& unit : units_) {
      std::vector<std::size_t> targets = unit.file->includes;
      std::sort(targets.begin(), targets.end());
      targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
      for (const std::size_t i : targets) {
        unit.document->includes.push_back(units_[i].document);
        unit.includes.emplace(units_[i].file->source.stem, &units_[i]);
      }
    }
  }

  // ---- Enums ----

  void enums(const Unit& unit) {
    const auto& asts = unit.file->ast.enums;
    for (std::size_t i = 0; i < asts.size() && !stop(); ++i) {
      members(unit, asts[i], *unit.enums[i]);
    }
  }

  void members(const Unit& unit, const AstEnum& ast, EnumType& out) {
    std::int64_t number = -1;
    out.values.reserve(ast.values.size());
    for (const AstEnumValue& v : ast.values) {
      number = v.number.value_or(number + 1);
      if (number != static_cast<std::int32_t>(number)) {
        error(unit, v.name.place,
              "the number " + std::to_string(number) + " of " + quoted(v.name.text) +
                  " does not fit into 32 bits");
        number = 0;
      }
      EnumValue& value = declare_as(unit, v, out.values.emplace_back());
      value.name = v.name.text;
      value.number = static_cast<std::int32_t>(number);
    }
    out.index();
    unique(
        ast.values, [](const AstEnumValue& v) { return v.name.text; },
        [&](const AstEnumValue& v, const AstEnumValue& first) {
          twice(unit, v.name, "enum member", position(unit, first.name.place));
        });
  }

  // Calls `report(item, earlier)` for each item whose key an earlier item has.
  template <class Items, class KeyOf, class Report>
  static void unique(const Items& items, KeyOf key_of, Report report) {
    if (items.size() < 2) {
      return;
    }
    using Key = decltype(key_of(items.front()));
    std::vector<std::pair<Key, std::size_t>> keys;
    keys.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      keys.emplace_back(key_of(items[i]), i);
    }
    std::sort(keys.begin(), keys.end());
    for (std::size_t i = 1; i < keys.size(); ++i) {
      if (keys[i].first == keys[i - 1].first) {
        report(items[keys[i].second], items[keys[i - 1].second]);
      }
    }
  }

  // ---- Fields ----

  void structs(const Unit& unit) {
    const auto& asts = unit.file->ast.structs;
    for (std::size_t i = 0; i < asts.size() && !stop(); ++i) {
      const Role role = asts[i].flavor == StructFlavor::union_ ? Role::union_ : Role::fields;
      fields(unit, asts[i].fields, role, *unit.structs[i],
             name_case_of(unit.structs[i]->annotations));
    }
  }

  void fields(const Unit& unit, const std::vector<AstField>& asts, Role role, StructType& out,
              NameCase name_case) {
    std::int64_t implicit = options_.family == Family::apache ? -1 : 1;
    bool has_default = false;
    out.fields.reserve(out.fields.size() + asts.size());
    for (const AstField& ast : asts) {
      Field& f = declare_as(unit, ast, out.fields.emplace_back());
      f.name = ast.name.text;
      f.id = field_id(unit, ast, implicit);
      f.type = types_.resolve(unit, *ast.type);
      f.reference = ast.reference;
      f.requiredness = requiredness(unit, ast, role);
      f.json_name = f.annotations.empty() ? std::string() : json_name_of(f.annotations);
      if (f.json_name.empty()) {
        f.json_name = in_case(f.name, name_case_of(f.annotations, name_case));
      }
      f.text_numbers = find_annotation(f.annotations, "api.js_conv") != nullptr ||
                       find_annotation(f.annotations, "agw.js_conv") != nullptr;
      if (role == Role::throws) {
        check_exception(unit, ast, f.type);
      }
      if (!ast.value) {
        continue;
      }
      if (role == Role::union_ && std::exchange(has_default, true)) {
        error(unit, ast.value->place,
              quoted(ast.name.text) + " has a default, too; a union has at most one");
      }
      defaults_.push_back({&unit, &ast, &out, out.fields.size() - 1});
    }
    check_fields(unit, asts, out);
    out.index();
  }

  std::int32_t field_id(const Unit& unit, const AstField& ast, std::int64_t& implicit) {
    const bool apache = options_.family == Family::apache;
    std::int64_t id = ast.id.value_or(implicit);
    if (ast.id && id <= 0 && apache && !options_.allow_negative_ids) {
      warn(unit, ast.place,
           "a field id must be from 1 to 32767; this one is replaced by an implicit id");
      id = implicit;
    } else if (!ast.id) {
      warn(unit, ast.place, "the field has no id; its implicit id depends on the compiler");
    }
    if (id < min_field_id || id > max_field_id) {
      error(unit, ast.place, "the field id " + std::to_string(id) + " does not fit into 16 bits");
      return 0;
    }
    if (!apache) {
      implicit = id + 1;
    } else if (id <= 0) {
      implicit = id - 1;
    }
    return static_cast<std::int32_t>(id);
  }

  Requiredness requiredness(const Unit& unit, const AstField& ast, Role role) {
    switch (role) {
      case Role::throws: return Requiredness::optional;
      case Role::union_:
        if (ast.requiredness == Requiredness::required) {
          warn(unit, ast.place, "'required' has no effect in a union; its fields are optional");
        }
        return Requiredness::optional;
      case Role::args:
        if (ast.requiredness != Requiredness::optional) {
          return ast.requiredness;
        }
        warn(unit, ast.place, "'optional' has no effect on an argument");
        return Requiredness::standard;
      default: return ast.requiredness;
    }
  }

  void check_exception(const Unit& unit, const AstField& ast, const Type* type) {
    if (!type ||
        (type->kind == Kind::structure && type->structure->flavor == StructFlavor::exception)) {
      return;
    }
    error(unit, ast.type->name.place,
          quoted(ast.type->name.text) + " is not an exception; only exceptions can be thrown");
  }

  void check_fields(const Unit& unit, const std::vector<AstField>& asts, StructType& out) {
    const std::size_t errors = reporter_.errors();
    unique(
        out.fields, [](const Field& f) { return std::string_view(f.name); },
        [&](const Field& f, const Field& first) {
          twice(unit, {f.name, place_of(f, asts, out)}, "field", first.position);
        });
    if (reporter_.errors() != errors) {
      return;
    }
    unique(
        out.fields, [](const Field& f) { return f.id; },
        [&](const Field& f, const Field& first) {
          error(unit, place_of(f, asts, out),
                "duplicate field id " + std::to_string(f.id) + "; first used by " +
                    quoted(first.name));
        });
    const auto renamed = [](const Field& f) { return f.json_name != f.name; };
    if (std::any_of(out.fields.begin(), out.fields.end(), renamed)) {
      check_json_names(unit, asts, out);
    }
  }

  // The place of a field that was made from one of `asts`, which are the last fields of `out`.
  static Place place_of(const Field& f, const std::vector<AstField>& asts, const StructType& out) {
    const std::size_t first = out.fields.size() - asts.size();
    const auto i = static_cast<std::size_t>(&f - out.fields.data());
    return i < first ? Place{} : asts[i - first].place;
  }

  // Go drops the JSON names of tags that clash. So do we, and those of other annotations, with a
  // warning; a clash of a name given
  // by json.name is an error.
  void check_json_names(const Unit& unit, const std::vector<AstField>& asts, StructType& out) {
    const auto key = [](const Field& f) { return std::string_view(f.json_name); };
    std::map<std::string, std::vector<Field*>> users;
    std::vector<std::string> clashes;  // names that several fields have
    const auto use = [&](Field& f) {
      std::vector<Field*>& all = users[f.json_name];
      all.push_back(&f);
      if (all.size() == 2) {
        clashes.push_back(f.json_name);
      }
    };
    for (Field& f : out.fields) {
      if (core::is_utf8(f.json_name)) {
        use(f);
      } else {
        error(unit, place_of(f, asts, out), "the JSON name of " + quoted(f.name) + " is not UTF-8");
      }
    }
    // A field that loses its alias takes its own name back, which another one's alias may be.
    for (std::size_t i = 0; i < clashes.size(); ++i) {
      for (Field* const f : std::exchange(users[clashes[i]], {})) {
        if (f->json_name == f->name || find_annotation(f->annotations, "json.name")) {
          users[clashes[i]].push_back(f);
          continue;
        }
        warn(unit, place_of(*f, asts, out),
             "the JSON name in this annotation belongs to another field, too; it is ignored");
        f->json_name = f->name;
        use(*f);
      }
    }
    unique(out.fields, key, [&](const Field& f, const Field& first) {
      error(unit, place_of(f, asts, out),
            "duplicate JSON name " + quoted(f.json_name) + "; first used by " + quoted(first.name));
    });
  }

  // ---- Services ----

  void services(const Unit& unit) {
    const auto& asts = unit.file->ast.services;
    for (std::size_t i = 0; i < asts.size() && !stop(); ++i) {
      service(unit, asts[i], *unit.services[i]);
    }
  }

  void service(const Unit& unit, const AstService& ast, Service& out) {
    if (!ast.extends.text.empty()) {
      const Decl* base = unit.find(ast.extends.text);
      if (base && base->service) {
        out.extends = base->service;
      } else if (base) {
        error(unit, ast.extends.place, quoted(ast.extends.text) + " is a type; expected a service");
      } else if (!incomplete_) {  // if incomplete, the declaration may have been skipped
        error(unit, ast.extends.place, "unknown service " + quoted(ast.extends.text));
      }
      extends_.emplace_back(&unit, &ast, &out);
    }
    out.methods.reserve(ast.methods.size());
    for (const AstMethod& m : ast.methods) {
      method(unit, m, out);
    }
    unique(
        ast.methods, [](const AstMethod& m) { return m.name.text; },
        [&](const AstMethod& m, const AstMethod& first) {
          twice(unit, m.name, "method", position(unit, first.name.place));
        });
  }

  StructType& hidden(const Service& service, const AstMethod& ast, std::string_view suffix,
                     const Unit& unit) {
    std::string name = std::string(ast.name.text) + std::string(suffix);
    std::string full_name = service.full_name + "." + name;
    StructType& out = builder_.add_hidden_struct(std::move(name), std::move(full_name));
    out.position = position(unit, ast.name.place);
    return out;
  }

  void method(const Unit& unit, const AstMethod& ast, Service& service) {
    Method& m = declare_as(unit, ast, service.methods.emplace_back());
    m.name = ast.name.text;
    m.oneway = ast.oneway;
    m.result = ast.result ? types_.resolve(unit, *ast.result) : builder_.base(Kind::void_);
    const NameCase name_case = name_case_of(m.annotations, name_case_of(service.annotations));
    StructType& args = hidden(service, ast, "_args", unit);
    fields(unit, ast.args, Role::args, args, name_case);
    m.args = &args;
    if (ast.oneway && ast.result) {
      static constexpr const char* message = "a oneway method has no result; expected 'void'";
      if (options_.family == Family::apache) {
        warn(unit, ast.name.place, message);
      } else {
        error(unit, ast.name.place, message);
      }
    }
    if (ast.oneway && !ast.throws.empty()) {
      error(unit, ast.throws.front().place,
            quoted(ast.name.text) + " is oneway, so it can throw nothing");
    }
    streaming(unit, ast, m);
    if (ast.oneway) {
      return;
    }
    StructType& reply = hidden(service, ast, "_result", unit);
    if (ast.result) {
      Field& success = reply.fields.emplace_back();
      success.name = success.json_name = "success";
      success.type = m.result;
      success.requiredness = Requiredness::optional;
      success.position = position(unit, ast.result->name.place);
    }
    fields(unit, ast.throws, Role::throws, reply, name_case);
    m.reply = &reply;
  }

  // Kitex, whose IDL the thriftgo family is, rejects a mode that it does not know, and a streaming
  // method that has not one argument. To Apache's compiler the annotation means nothing.
  void streaming(const Unit& unit, const AstMethod& ast, Method& m) {
    const std::string* const word = find_annotation(m.annotations, streaming_annotation);
    if (!word) {
      return;
    }
    const std::optional<Streaming> mode = streaming_mode(*word);
    const char* const problem =
        !mode        ? "unknown streaming.mode; expected unary, client, server or bidirectional"
        : ast.oneway ? "a method with a streaming.mode cannot be oneway"
        : ast.args.size() != 1 ? "a method with a streaming.mode has exactly one argument"
                               : nullptr;
    if (!problem) {
      m.client_streaming = mode == Streaming::client || mode == Streaming::bidirectional;
      m.server_streaming = mode == Streaming::server || mode == Streaming::bidirectional;
    } else if (options_.family == Family::apache) {
      warn(unit, ast.name.place, problem);
    } else {
      error(unit, ast.name.place, problem);
    }
  }

  // Reports each cycle of `extends` and breaks it.
  void check_inheritance() {
    std::unordered_map<const Service*, int> colors;  // 1: on the current path, 2: checked
    for (const auto& [unit, ast, service] : extends_) {
      std::vector<const Service*> path;
      const Service* s = service;
      for (; s && colors[s] == 0; s = s->extends) {
        colors[s] = 1;
        path.push_back(s);
      }
      if (s && colors[s] == 1) {
        error(*unit, ast->extends.place,
              "services extend each other in a cycle through " + quoted(ast->extends.text));
        service->extends = nullptr;
      }
      for (const Service* p : path) {
        colors[p] = 2;
      }
    }
  }

  // ---- The end ----

  void evaluate(const Default& d) {
    Field& field = d.owner->fields[d.field];
    if (!field.type) {
      return;
    }
    ConstValue value;
    if (evaluator_.evaluate(*d.unit, *d.ast->value, *field.type, value)) {
      field.default_value = std::move(value);
    }
  }

  std::optional<Schema> build() {
    Result<Schema> schema = builder_.build();
    if (schema) {
      return std::move(*schema);
    }
    // Everything that build() checks was checked above, with positions, except that the names of
    // files are valid UTF-8.
    reporter_.file_error(files_.front().source.path, schema.error().message(),
                         schema.error().code());
    return std::nullopt;
  }

  const std::deque<IdlFile>& files_;
  const IdlOptions& options_;
  bool incomplete_;
  Reporter& reporter_;
  SchemaBuilder builder_;
  ConstEvaluator evaluator_;
  TypeResolver types_;
  std::deque<Unit> units_;
  std::deque<TypedefDecl> typedefs_;
  std::deque<ConstDecl> constants_;
  std::vector<Default> defaults_;
  std::vector<std::tuple<const Unit*, const AstService*, Service*>> extends_;
};

}  // namespace

std::optional<Schema> resolve_idl(const std::deque<IdlFile>& files, const IdlOptions& options,
                                  bool incomplete, Reporter& reporter) {
  return Resolver(files, options, incomplete, reporter).run();
}

}  // namespace wirejit::thrift
