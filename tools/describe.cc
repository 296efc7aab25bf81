// wirejit describe: the types of a schema.
#include "arguments.h"
#include "commands.h"
#include "files.h"
#include "json_out.h"
#include "report.h"
#include "schema_json.h"
#include "schema_text.h"
#include "suggest.h"

#include <memory>

namespace wirejit::tools {
namespace {

struct Arguments {
  SchemaArguments schema;
  EngineArguments engine;
  std::string type;
  bool json = false;
};

std::string all(const Schema& schema, bool json) {
  if (json) {
    JsonOut out;
    to_json(out, schema);
    return out.take();
  }
  std::string text;
  for (const Document& d : schema.documents()) {
    const std::string one = to_text(d);
    text += (text.empty() || one.empty() ? "" : "\n") + one;
  }
  return text;
}

template <class T>
std::string one(const T& declaration, bool json) {
  if (json) {
    JsonOut out;
    to_json(out, declaration);
    return out.take();
  }
  return to_text(declaration);
}

std::string parts(const Schema& schema, const Type& type) {
  std::string text;
  for (const Type* t : {type.element, type.key, type.value}) {
    if (t == nullptr) {
      continue;
    }
    const std::string part = t->kind == Kind::structure     ? to_text(*t->structure)
                             : t->kind == Kind::enumeration ? to_text(*t->enumeration)
                                                            : parts(schema, *t);
    text += (part.empty() ? "" : "\n") + part;
  }
  return text;
}

// The method that "Service.method" names, or null.
const Method* find_method(const Schema& schema, const std::string& name) {
  const std::size_t dot = name.rfind('.');
  const Result<ServiceRef> service = schema.find_service(
      dot == std::string::npos ? std::string_view() : std::string_view(name).substr(0, dot));
  return service ? (*service)->find(std::string_view(name).substr(dot + 1)) : nullptr;
}

// The text of a declaration of any kind, or of the declared types within a type expression.
Result<std::string> named(const Schema& schema, const std::string& name, bool json) {
  if (const auto t = schema.find_typedef(name)) {
    return one(**t, json);
  }
  if (const auto s = schema.find_struct(name)) {
    return one(**s, json);
  }
  if (const auto e = schema.find_enum(name)) {
    return one(**e, json);
  }
  if (const auto s = schema.find_service(name)) {
    return one(**s, json);
  }
  if (const auto c = schema.find_constant(name)) {
    return one(**c, json);
  }
  if (const Method* m = find_method(schema, name)) {
    return one(*m, json);
  }
  Result<TypeRef> type = schema.find_type(name);
  if (!type) {
    return std::unexpected(std::move(type.error()));
  }
  if (json) {
    JsonOut out;
    out.open('{');
    out.member("kind", to_string((*type)->kind));
    out.member("type", (*type)->to_string());
    out.close('}');
    return out.take();
  }
  return (*type)->to_string() + "\n" + parts(schema, **type);
}

Status run(const Arguments& a) {
  const Result<Schema> schema = load_schema(a.schema);
  if (!schema) {
    return status_of(schema.error().code());
  }
  const Result<std::string> text =
      a.type.empty() ? all(*schema, a.json) : named(*schema, a.type, a.json);
  if (!text) {
    const Error error = not_found(*schema, a.type, text.error());
    complain(a.schema.path + ": '" + printable(a.type) + "': " + error.message());
    return status_of(error.code());
  }
  return write_stdout(*text) ? Status::ok : Status::io;
}

}  // namespace

void add_describe(CLI::App& app, Status& status) {
  const auto a = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("describe", "Show the types of a schema");
  command->footer(std::string("Example: wirejit describe --schema orders.thrift Order\n\n") +
                  status_help);
  add_schema(*command, a->schema);
  command->add_flag("--json", a->json, "As JSON");
  command
      ->add_option("type", a->type,
                   "One declaration, a type such as \"list<Order>\", Service.method, or "
                   "Service.method.args, Service.method.result; all without it")
      ->type_name("TYPE");
  add_engine(*command, a->engine);  // accepted everywhere; nothing is compiled here
  command->callback([a, &status] { status = run(*a); });
}

}  // namespace wirejit::tools
