// Loading of schemas: the kind of a file is told by an argument, or by the file's name.
#include "schema_arguments.h"

#include "report.h"

#include <wirejit/pb.h>
#ifdef WIREJIT_TOOL_PROTOBUF
#include <wirejit/pb_import.h>
#endif
#include <wirejit/thrift.h>

#include <cstdint>

namespace wirejit::tools {
namespace {

constexpr const char* format_names = "thrift|proto|descriptors";

enum class SchemaKind : std::uint8_t { thrift, proto, descriptor_set, unknown };

// What --schema-format says, else what the file's name says. A name without an extension, such as
// /dev/stdin, is Thrift IDL.
SchemaKind kind_of(const SchemaArguments& arguments) {
  if (!arguments.format.empty()) {
    return arguments.format == "thrift"  ? SchemaKind::thrift
           : arguments.format == "proto" ? SchemaKind::proto
                                         : SchemaKind::descriptor_set;
  }
  const std::string& path = arguments.path;
  const std::string name = path.substr(path.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  const std::string extension = dot == std::string::npos || dot == 0 ? "" : name.substr(dot);
  if (extension.empty() || extension == ".thrift") {
    return SchemaKind::thrift;
  }
  if (extension == ".proto") {
    return SchemaKind::proto;
  }
  for (const char* known : {".desc", ".binpb", ".pb", ".protoset"}) {
    if (extension == known) {
      return SchemaKind::descriptor_set;
    }
  }
  return SchemaKind::unknown;
}

Result<Schema> load_descriptor_set(const SchemaArguments& arguments) {
  Result<Schema> schema =
      pb::load_file(arguments.path, {.strict_imports = arguments.rules.require_includes});
  if (!schema) {
    const bool io = schema.error().code() == Errc::io;
    complain(io ? schema.error().message() : arguments.path + ": " + schema.error().to_string());
  }
  return schema;
}

#ifdef WIREJIT_TOOL_PROTOBUF
Result<Schema> load_proto(const SchemaArguments& arguments) {
  std::vector<pb::ImportDiagnostic> diagnostics;
  Result<Schema> schema = pb::load_proto(
      {arguments.path}, {.import_paths = arguments.rules.include_paths}, &diagnostics);
  bool told = false;
  for (const pb::ImportDiagnostic& d : diagnostics) {
    if (!d.warning || arguments.rules.warnings) {
      complain(d.to_string());
      told = told || !d.warning;
    }
  }
  if (!schema && !told) {
    complain(schema.error().to_string());
  }
  return schema;
}
#else
Result<Schema> load_proto(const SchemaArguments& arguments) {
  Error error(Errc::unsupported,
              arguments.path +
                  ": this program was built without libprotobuf, which reads .proto "
                  "text; give it a descriptor set of protoc -o");
  complain(error.message());
  return std::unexpected(std::move(error));
}
#endif

Result<Schema> load_thrift(const SchemaArguments& arguments) {
  thrift::IdlOptions options;
  options.family =
      arguments.rules.family == "thriftgo" ? thrift::Family::thriftgo : thrift::Family::apache;
  options.include_paths = arguments.rules.include_paths;
  options.allow_negative_ids = arguments.rules.allow_negative_ids;
  options.require_includes = arguments.rules.require_includes;
  std::vector<thrift::Diagnostic> diagnostics;
  Result<Schema> schema = thrift::load_file(arguments.path, options, &diagnostics);
  bool told = false;
  for (const thrift::Diagnostic& d : diagnostics) {
    // Missing includes, where they are not errors, are told of without --warnings.
    if (d.severity == thrift::Severity::error || d.code == Errc::io || arguments.rules.warnings) {
      complain(d.to_string());
      told = told || d.severity == thrift::Severity::error;
    }
  }
  if (!schema && !told) {
    complain(schema.error().to_string());
  }
  return schema;
}

}  // namespace

CLI::Option* add_schema_format(CLI::App& app, const char* option, const char* what,
                               std::string& format) {
  return app
      .add_option(option, format,
                  std::string(what) + ", whatever the name ends with; without this, the name tells")
      ->check(CLI::IsMember({"thrift", "proto", "descriptors"}).description(""))
      ->type_name(format_names)
      ->group(schema_group);
}

void add_schema(CLI::App& app, SchemaArguments& arguments) {
  app.add_option(
         "-s,--schema", arguments.path,
         "Thrift IDL (.thrift), .proto text, or a descriptor set (.desc, .binpb, .pb, .protoset)")
      ->required()
      ->type_name("FILE");
  add_schema_format(app, "--schema-format", "What --schema is", arguments.format);
  add_schema_rules(app, arguments.rules);
}

void add_schema_rules(CLI::App& app, SchemaRules& arguments) {
  app.add_option("-I,--include", arguments.include_paths,
                 "Where included files are looked for (repeatable)")
      ->type_name("DIR")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(schema_group);
  app.add_option_function<std::string>(
         "--missing-includes",
         [&arguments](const std::string& word) { arguments.require_includes = word == "error"; },
         "A file that is included and cannot be found is an error (without this), or it may be "
         "missing as long as nothing needs it (not for .proto text)")
      ->check(CLI::IsMember({"error", "warn"}).description(""))
      ->type_name("error|warn")
      ->group(schema_group);
  app.add_option("--family", arguments.family, "How to read Thrift IDL where compilers differ")
      ->check(CLI::IsMember({"apache", "thriftgo"}).description(""))
      ->type_name("apache|thriftgo")
      ->group(schema_group);
  app.add_flag("--allow-negative-ids", arguments.allow_negative_ids,
               "Keep explicit field ids below 1 of Thrift IDL, which Apache's compiler replaces")
      ->group(schema_group);
  app.add_flag("-W,--warnings", arguments.warnings, "Show the schema's warnings, too")
      ->group(schema_group);
}

bool is_thrift(const SchemaArguments& arguments) {
  return kind_of(arguments) == SchemaKind::thrift;
}

Result<Schema> load_schema(const SchemaArguments& arguments) {
  switch (kind_of(arguments)) {
    case SchemaKind::thrift: return load_thrift(arguments);
    case SchemaKind::proto: return load_proto(arguments);
    case SchemaKind::descriptor_set: return load_descriptor_set(arguments);
    case SchemaKind::unknown: break;
  }
  Error error(Errc::unsupported,
              printable(arguments.path) +
                  ": unknown kind of schema; expected --schema-format, or a name that ends with "
                  ".thrift (Thrift IDL), .proto (Protobuf text), or .desc, .binpb, .pb, .protoset "
                  "(descriptor sets)");
  complain(error.message());
  return std::unexpected(std::move(error));
}

}  // namespace wirejit::tools
