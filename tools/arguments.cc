// Definitions of the shared arguments.
#include "arguments.h"

#include "report.h"
#include "suggest.h"

#include <wirejit/pb.h>

#include <algorithm>
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

namespace {

// An option that sets `to` to what one of `words` says.
template <class E>
void add_choice(CLI::App& app, const char* name, const std::map<std::string, E>& words, E& to,
                const char* help, const char* group) {
  std::string shown;
  for (const auto& [word, value] : words) {
    shown += (shown.empty() ? "" : "|") + word;
  }
  app.add_option_function<std::string>(
         name, [&to, words](const std::string& word) { to = words.at(word); }, help)
      ->check(CLI::IsMember(words).description(""))
      ->type_name(shown)
      ->group(group);
}

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
  add_choice<json::Nulls>(
      app, "--nulls",
      {{"error", json::Nulls::error}, {"drop", json::Nulls::drop}, {"zero", json::Nulls::zero}},
      a.json.nulls, "A null in a list, set or map: an error (without this), left out, or zero",
      group);
  app.add_flag_callback(
         "--reject-text-numbers", [&a] { a.json.accept_text_numbers = false; },
         "Numbers in quotes are an error")
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
  app.add_flag_callback(
         "--keep-unknown", [&a] { a.options.unknown_fields = Unknown::keep; },
         "The same as --unknown keep")
      ->excludes("--unknown")
      ->group(group);
  add_choice<MissingRequired>(
      app, "--missing-required",
      {{"error", MissingRequired::error},
       {"omit", MissingRequired::omit},
       {"zero", MissingRequired::zero}},
      a.options.missing_required,
      "Required fields that do not come: an error (without this), left out, or zero", group);
  app.add_flag_callback(
         "--allow-partial", [&a] { a.options.missing_required = MissingRequired::omit; },
         "The same as --missing-required omit")
      ->excludes("--missing-required")
      ->group(group);
  const std::map<std::string, MissingFields> missing{{"none", MissingFields::none},
                                                     {"defaults", MissingFields::defaults},
                                                     {"all", MissingFields::all}};
  add_choice(app, "--default-fields", missing, a.options.default_fields,
             "Which fields that are neither required nor optional are written if they do not come: "
             "none, those with a default value (without this), all",
             group);
  add_choice(app, "--optional-fields", missing, a.options.optional_fields,
             "Which optional fields are written if they do not come: none (without this), those "
             "with a default value, all",
             group);
  app.add_flag_callback(
         "--no-check-unions", [&a] { a.options.check_unions = false; },
         "A union may have no field set, or several")
      ->group(group);
  app.add_flag_callback(
         "--no-validate-utf8", [&a] { a.options.validate_utf8 = false; },
         "Strings need not be UTF-8")
      ->group(group);
  app.add_flag("--reject-duplicate-fields", a.options.reject_duplicate_fields,
               "A field that comes twice is an error")
      ->group(group);
  app.add_flag("--reject-duplicate-keys", a.options.reject_duplicate_keys,
               "A map key or set element that comes twice is an error")
      ->group(group);
}

// A number of bytes, such as 10M.
CLI::Option* add_size(CLI::App& app, const char* name, std::size_t& size, const char* help) {
  static const CLI::Validator is_size(
      [](std::string& text) {
        const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
        return digits == 0 || digits > 19 ? text + " is no size" : std::string();
      },
      "");
  return app.add_option(name, size, help)
      ->capture_default_str()
      ->transform(CLI::AsSizeValue(false).description(""))
      ->transform(is_size)  // runs first
      ->type_name("SIZE");
}

void add_limits(CLI::App& app, CodecArguments& a) {
  constexpr const char* group = "Limits";
  Limits& limits = a.call.limits;
  app.add_option("--max-depth", limits.depth, "Structs within structs")
      ->capture_default_str()
      ->check(CLI::Range(1U, Limits::max_depth).description(""))
      ->group(group);
  add_size(app, "--max-input", limits.input_bytes, "Bytes of input, such as 10M")->group(group);
  add_size(app, "--max-output", limits.output_bytes, "Bytes of output")->group(group);
  add_size(app, "--max-memory", limits.memory, "Bytes that decoding may allocate")->group(group);
}

}  // namespace

void add_target(CLI::App& app, CodecArguments& a) {
  constexpr const char* group = "Two schemas";
  TargetArguments& target = a.target;
  CLI::Option* const schema =
      app.add_option("--to-schema", target.path,
                     "The schema of the output, if it is another one: fields go over to those of "
                     "the same number or name, all others are left out")
          ->type_name("FILE")
          ->group(group);
  add_schema_format(app, "--to-schema-format", "What --to-schema is", target.format)
      ->needs(schema)
      ->group(group);
  app.add_option("--to-type", target.type,
                 "The struct of the output; the one of the name in --type without this")
      ->type_name("TYPE")
      ->group(group);
  static const std::map<std::string, Match> matches{{"number", Match::number},
                                                    {"name", Match::name}};
  app.add_option_function<std::string>(
         "--match", [&target](const std::string& word) { target.match = matches.at(word); },
         "Whether fields are the same that have one number (without this) or one name")
      ->check(CLI::IsMember(matches).description(""))
      ->type_name("number|name")
      ->group(group);
  const CLI::Option* const match = app.get_option("--match");
  app.parse_complete_callback([&target, match] {
    if (!match->empty() && target.path.empty() && target.type.empty()) {
      throw CLI::RequiresError("--match", "--to-schema or --to-type");
    }
  });
}

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
  app.add_option("-t,--type", a.type,
                 "A struct, a type such as \"list<Order>\", or Service.method.args, "
                 "Service.method.result")
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

namespace {

Result<TypeRef> find_root(const Schema& schema, const std::string& path, const char* option,
                          const std::string& name) {
  Result<TypeRef> type = schema.find_type(name);
  if (!type) {
    Error error = not_found(schema, name, type.error());
    complain(path + ": " + option + " '" + printable(name) + "': " + error.message());
    return std::unexpected(std::move(error));
  }
  return type;
}

// The struct that a type is.
Result<StructRef> struct_of(const TypeRef& type, const char* option) {
  if (type->kind == Kind::structure) {
    return StructRef(type.schema(), *type->structure);
  }
  return std::unexpected(
      Error(Errc::unsupported, std::string(option) + ": " + printable(type->to_string()) +
                                   " is not a struct; only structs go over into other structs"));
}

Result<Transcoder> compile(const CodecArguments& a, const Engine& engine, const TypeRef& root,
                           const std::optional<TypeRef>& target) {
  const Format from = *format_of(a.from, a);
  const Format to = *format_of(a.to, a);
  if (!target) {
    return engine.transcoder(root, from, to, a.options);
  }
  const Result<StructRef> from_type = struct_of(root, "--type");
  if (!from_type) {
    return std::unexpected(from_type.error());
  }
  const Result<StructRef> to_type = struct_of(*target, "--to-type");
  if (!to_type) {
    return std::unexpected(to_type.error());
  }
  return engine.transcoder(*from_type, from, *to_type, to, a.target.match, a.options);
}

}  // namespace

Result<TypeRef> load_root(const CodecArguments& a) {
  const Result<Schema> schema = load_schema(a.schema);
  if (!schema) {
    return std::unexpected(schema.error());
  }
  return find_root(*schema, a.schema.path, "--type", a.type);
}

Result<Transcoder> load_transcoder(const CodecArguments& a, const Engine& engine) {
  const Result<TypeRef> root = load_root(a);
  if (!root) {
    return std::unexpected(root.error());
  }
  std::optional<TypeRef> target;
  if (!a.target.path.empty() || !a.target.type.empty()) {
    const bool same = a.target.path.empty();  // one schema, two of its types
    const Result<Schema> schema =
        same ? root->schema() : load_schema({a.target.path, a.target.format, a.schema.rules});
    if (!schema) {
      return std::unexpected(schema.error());
    }
    const Result<TypeRef> found =
        find_root(*schema, same ? a.schema.path : a.target.path, "--to-type",
                  a.target.type.empty() ? a.type : a.target.type);
    if (!found) {
      return std::unexpected(found.error());
    }
    target = *found;
  }
  Result<Transcoder> transcoder = compile(a, engine, *root, target);
  if (!transcoder) {
    complain(transcoder.error().to_string());
  }
  return transcoder;
}

}  // namespace wirejit::tools
