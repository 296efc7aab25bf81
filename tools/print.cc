// wirejit print: a schema as Thrift IDL or .proto text.
#include "commands.h"
#include "files.h"
#include "progress.h"
#include "report.h"
#include "schema_arguments.h"

#include <wirejit/pb_print.h>
#include <wirejit/thrift_print.h>

#include <memory>

namespace wirejit::tools {
namespace {

struct Arguments {
  SchemaArguments schema;
  std::string document;
  std::string to;
  std::string output = "-";
  bool no_docs = false;
};

// The document of that path, else the first one of that name; the main one if `name` is empty.
const Document* find_document(const Schema& schema, const std::string& name) {
  const Document* found = nullptr;
  for (const Document& d : schema.documents()) {
    if (name.empty() || d.path == name) {
      return &d;
    }
    if (found == nullptr && d.name == name) {
      found = &d;
    }
  }
  return found;
}

std::string names_of(const Schema& schema) {
  std::string out;
  for (const Document& d : schema.documents()) {
    out += (out.empty() ? "" : ", ") + printable(d.path.empty() ? d.name : d.path);
  }
  return out;
}

Status run(const Arguments& a) {
  const Result<Schema> schema = load_schema(a.schema);
  if (!schema) {
    return status_of(schema.error().code());
  }
  const Document* const document = find_document(*schema, a.document);
  if (document == nullptr) {
    complain(a.schema.path + ": no document '" + printable(a.document) +
             "'; there are: " + names_of(*schema));
    return Status::schema;
  }
  const bool thrift = a.to.empty() ? is_thrift(a.schema) : a.to == "thrift";
  const Result<std::string> text = thrift ? thrift::print(*schema, *document, {.docs = !a.no_docs})
                                          : pb::print(*schema, *document, {.docs = !a.no_docs});
  if (!text) {
    complain(printable(a.schema.path + ": " + text.error().to_string()));
    return status_of(text.error().code());
  }
  Progress progress(Progress::Kind::off);
  if (const Result<void> written = write_output(a.output, as_bytes(*text), progress); !written) {
    if (!written.error().message().empty()) {
      complain(written.error().message());
    }
    return Status::io;
  }
  return Status::ok;
}

}  // namespace

void add_print(CLI::App& app, Status& status) {
  const auto a = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("print", "Print a schema as Thrift IDL or .proto text");
  command->footer(std::string("Example: wirejit print --schema orders.binpb --to proto\n\n") +
                  "What the language cannot say is an error, and never left out.\n\n" +
                  status_help);
  add_schema(*command, a->schema);
  command->add_option("--to", a->to, "The language; without this, the one that the schema is of")
      ->check(CLI::IsMember({"thrift", "proto"}).description(""))
      ->type_name("thrift|proto");
  command
      ->add_option("--document", a->document,
                   "The path or name of one of the schema's files; the main one without this")
      ->type_name("FILE");
  command->add_flag("--no-docs", a->no_docs, "Without comments of documentation");
  command->add_option("-o,--output", a->output, "Output file; standard output without it")
      ->type_name("FILE");
  command->callback([a, &status] { status = run(*a); });
}

}  // namespace wirejit::tools
