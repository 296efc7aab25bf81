// Definitions of the shared arguments.
#include "arguments.h"

#include "report.h"

#include <wirejit/pb.h>
#ifdef WIREJIT_TOOL_PROTOBUF
#include <wirejit/pb_import.h>
#endif
#include <wirejit/thrift.h>

#include <algorithm>
#include <cstdint>
#include <map>

namespace wirejit::tools {

void add_engine(CLI::App& app, EngineArguments& arguments) {
  using Kind = EngineOptions::Kind;
  static const std::map<std::string, Kind> kinds{
      {"auto", Kind::automatic}, {"jit", Kind::jit}, {"interpret", Kind::interpret}};
  app.add_option_function<std::string>(
         "--engine",
         [&arguments](const std::string& name) { arguments.options.kind = kinds.at(name); },
         "auto: machine code where the system allows it; jit: machine code or failure; interpret")
      ->check(CLI::IsMember({"auto", "jit", "interpret"}).description(""))
      ->type_name("auto|jit|interpret");
}

void add_schema(CLI::App& app, SchemaArguments& arguments) {
  app.add_option(
         "-s,--schema", arguments.path,
         "Thrift IDL (.thrift), .proto text, or a descriptor set (.desc, .binpb, .pb, .protoset)")
      ->required()
      ->type_name("FILE");
  app.add_option("-I,--include", arguments.include_paths,
                 "Where included files are looked for (repeatable)")
      ->type_name("DIR")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--family", arguments.family, "How to read IDL where compilers differ")
      ->check(CLI::IsMember({"apache", "thriftgo"}).description(""))
      ->type_name("apache|thriftgo");
  app.add_flag("-W,--warnings", arguments.warnings, "Show the schema's warnings, too");
}

namespace {

// The kind of a schema by its file's name. A name without an extension, such as /dev/stdin, is Thrift
// IDL.
enum class SchemaKind : std::uint8_t { thrift, proto, descriptor_set, unknown };

SchemaKind kind_of(const std::string& path) {
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
  Result<Schema> schema = pb::load_file(arguments.path);
  if (!schema) {
    const bool io = schema.error().code() == Errc::io;
    complain(io ? schema.error().message() : arguments.path + ": " + schema.error().to_string());
  }
  return schema;
}

#ifdef WIREJIT_TOOL_PROTOBUF
Result<Schema> load_proto(const SchemaArguments& arguments) {
  std::vector<pb::ImportDiagnostic> diagnostics;
  Result<Schema> schema =
      pb::load_proto({arguments.path}, {.import_paths = arguments.include_paths}, &diagnostics);
  bool told = false;
  for (const pb::ImportDiagnostic& d : diagnostics) {
    if (!d.warning || arguments.warnings) {
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
      arguments.family == "thriftgo" ? thrift::Family::thriftgo : thrift::Family::apache;
  options.include_paths = arguments.include_paths;
  std::vector<thrift::Diagnostic> diagnostics;
  Result<Schema> schema = thrift::load_file(arguments.path, options, &diagnostics);
  bool told = false;
  for (const thrift::Diagnostic& d : diagnostics) {
    if (d.severity == thrift::Severity::error || arguments.warnings) {
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

Result<Schema> load_schema(const SchemaArguments& arguments) {
  switch (kind_of(arguments.path)) {
    case SchemaKind::thrift: return load_thrift(arguments);
    case SchemaKind::proto: return load_proto(arguments);
    case SchemaKind::descriptor_set: return load_descriptor_set(arguments);
    case SchemaKind::unknown: break;
  }
  Error error(Errc::unsupported,
              printable(arguments.path) +
                  ": unknown kind of schema; expected a name that ends with .thrift (Thrift IDL), "
                  ".proto (Protobuf text), or .desc, .binpb, .pb, .protoset (descriptor sets)");
  complain(error.message());
  return std::unexpected(std::move(error));
}

namespace {

std::vector<std::string> profile_names() {
  std::vector<std::string> names;
  for (const json::NamedProfile& p : json::profiles) {
    names.emplace_back(p.name);
  }
  return names;
}

// Runs before all options that change what the profile says.
void use_profile(CodecArguments& a, std::string_view name) {
  const auto* const named = std::ranges::find(json::profiles, name, &json::NamedProfile::name);
  a.json = named->profile.text;
  a.options = named->profile.options;
}

void add_json_options(CLI::App& app, CodecArguments& a) {
  constexpr const char* group = "JSON";
  app.add_flag("--pretty", a.pretty, "Write with an indent of two spaces")->group(group);
  app.add_option("--indent", a.json.indent, "Write with that many spaces a level; 0 is compact")
      ->check(CLI::Range(0, 64).description(""))
      ->group(group);
  app.add_option_function<std::string>(
         "--profile", [&a](const std::string& name) { use_profile(a, name); },
         "Rules of JSON and of missing fields: kitex_json, kitex_http, apache, strict; other "
         "options change them")
      ->check(CLI::IsMember(profile_names()).description(""))
      ->trigger_on_parse()
      ->group(group);
  app.add_flag_callback(
         "--int64-as-string", [&a] { a.json.int64 = json::Int64::text; },
         "Write 64-bit integers in quotes")
      ->group(group);
  app.add_flag("--enums-as-numbers", a.json.enums_as_numbers, "Write numbers, not names")
      ->group(group);
  app.add_flag("--no-nan", a.json_no_nan, "NaN and infinities are errors, not strings")
      ->group(group);
  app.add_flag_callback(
         "--base64-url", [&a] { a.json.binary = json::Binary::base64_url; },
         "Write binary in the alphabet of URLs")
      ->group(group);
  app.add_flag("--no-base64-padding", a.json_no_padding, "Write binary without '=' at the end")
      ->group(group);
  app.add_flag_callback(
         "--plain-names", [&a] { a.json.keys = json::Keys::name; },
         "Keys are field names, whatever the annotations say")
      ->group(group);
  app.add_flag("--reject-unknown-numbers", a.json.reject_unknown_numbers,
               "A number that the enum lacks is an error")
      ->group(group);
}

void add_rules(CLI::App& app, CodecArguments& a) {
  constexpr const char* group = "Rules";
  static const std::map<std::string, Unknown> unknown{
      {"error", Unknown::error}, {"skip", Unknown::skip}, {"keep", Unknown::keep}};
  app.add_option_function<std::string>(
         "--unknown",
         [&a](const std::string& name) { a.options.unknown_fields = unknown.at(name); },
         "Fields that the schema lacks: an error (protojson without this), skipped (all others "
         "without this), or kept where the output can hold them")
      ->check(CLI::IsMember(unknown).description(""))
      ->type_name("error|skip|keep")
      ->group(group);
  app.add_flag("--reject-duplicate-fields", a.options.reject_duplicate_fields,
               "A field that comes twice is an error")
      ->group(group);
  app.add_flag("--reject-duplicate-keys", a.options.reject_duplicate_keys,
               "A map key or set element that comes twice is an error")
      ->group(group);
}

void add_limits(CLI::App& app, CodecArguments& a) {
  constexpr const char* group = "Limits";
  Limits& limits = a.call.limits;
  app.add_option("--max-depth", limits.depth, "Structs within structs")
      ->capture_default_str()
      ->check(CLI::Range(1U, Limits::max_depth).description(""))
      ->group(group);
  app.add_option("--max-input", limits.input_bytes, "Bytes of input, such as 10M")
      ->capture_default_str()
      ->transform(CLI::AsSizeValue(false).description(""))
      ->type_name("SIZE")
      ->group(group);
  app.add_option("--max-output", limits.output_bytes, "Bytes of output")
      ->capture_default_str()
      ->transform(CLI::AsSizeValue(false).description(""))
      ->type_name("SIZE")
      ->group(group);
  app.add_option("--max-memory", limits.memory, "Bytes that decoding may allocate")
      ->capture_default_str()
      ->transform(CLI::AsSizeValue(false).description(""))
      ->type_name("SIZE")
      ->group(group);
}

}  // namespace

void add_codec(CLI::App& app, CodecArguments& a, bool records) {
  std::vector<std::string> names;
  for (const std::string_view name : Format::names()) {
    names.emplace_back(name);
  }
  if (records) {
    names.emplace_back(record_name);
  }
  std::string shown;
  for (const std::string& name : names) {
    shown += (shown.empty() ? "" : "|") + name;
  }
  add_schema(app, a.schema);
  app.add_option("-t,--type", a.type, "A struct, or a type such as \"list<Order>\"")
      ->required()
      ->type_name("TYPE");
  app.add_option("--from", a.from, "Format of the input")
      ->required()
      ->check(CLI::IsMember(names).description(""))
      ->type_name(shown);
  app.add_option("--to", a.to, "Format of the output")
      ->required()
      ->check(CLI::IsMember(names).description(""))
      ->type_name(shown);
  add_engine(app, a.engine);
  add_json_options(app, a);
  add_rules(app, a);
  add_limits(app, a);
}

std::optional<Format> format_of(const std::string& name, const CodecArguments& a) {
  if (name == record_name) {
    return std::nullopt;
  }
  json::TextOptions options = a.json;
  options.indent = a.pretty && options.indent == 0 ? 2 : options.indent;
  if (name == pb::json.name()) {  // the options of JSON that it knows
    return pb::json({.preserve_proto_names = options.keys == json::Keys::name,
                     .enums_as_numbers = options.enums_as_numbers,
                     .indent = options.indent});
  }
  if (name != json::text.name()) {
    return *Format::by_name(name);  // add_codec has checked it
  }
  if (a.json_no_nan) {
    options.not_finite = json::NotFinite::error;
  }
  options.base64_padding = options.base64_padding && !a.json_no_padding;
  return json::text(options);
}

Result<TypeRef> load_root(const CodecArguments& arguments) {
  Result<Schema> schema = load_schema(arguments.schema);
  if (!schema) {
    return std::unexpected(std::move(schema.error()));
  }
  Result<TypeRef> type = schema->find_type(arguments.type);
  if (!type) {
    complain(arguments.schema.path + ": --type '" + printable(arguments.type) +
             "': " + type.error().message());
  }
  return type;
}

}  // namespace wirejit::tools
