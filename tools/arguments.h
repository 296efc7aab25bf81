// Arguments that several commands share, and their values: engine, schema, type, formats.
// Entry: the add_* functions, then the Result functions. Invariant: an error that these report has
// the exit code of status.h.
#pragma once

#include "status.h"

#include <wirejit/codec.h>
#include <wirejit/json.h>
#include <wirejit/schema.h>

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

namespace wirejit::tools {

struct EngineArguments {
  EngineOptions options;
};
void add_engine(CLI::App& app, EngineArguments& arguments);

struct SchemaArguments {
  std::string path;
  std::vector<std::string> include_paths;
  std::string family = "apache";
  bool warnings = false;
};
void add_schema(CLI::App& app, SchemaArguments& arguments);
// Complains on stderr where it fails.
[[nodiscard]] Result<Schema> load_schema(const SchemaArguments& arguments);

struct CodecArguments {
  SchemaArguments schema;
  EngineArguments engine;
  std::string type;
  std::string from;
  std::string to;
  json::TextOptions json;
  bool pretty = false;
  bool json_no_nan = false;
  bool json_no_padding = false;
  Options options;
  CallOptions call;
};
// --schema, --type, --from, --to and all options of codecs. `records`: "record" is a format, too.
void add_codec(CLI::App& app, CodecArguments& arguments, bool records);

inline constexpr std::string_view record_name = "record";

// The format of a name; nothing for "record".
[[nodiscard]] std::optional<Format> format_of(const std::string& name,
                                              const CodecArguments& arguments);

// The type of the schema. Complains on stderr where it fails.
[[nodiscard]] Result<TypeRef> load_root(const CodecArguments& arguments);

}  // namespace wirejit::tools
