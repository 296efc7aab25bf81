// Arguments that several commands share, and their values: engine, schema, type, formats.
// Entry: the add_* functions, then the Result functions. Invariant: an error that these report has
// the exit code of status.h.
#pragma once

#include "schema_arguments.h"
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

// The output's schema and type, where they are not the input's.
struct TargetArguments {
  std::string path;
  std::string format;
  std::string type;
  Match match = Match::number;
};

struct CodecArguments {
  SchemaArguments schema;
  TargetArguments target;
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

// --to-schema, --to-type and --match, for commands that call load_transcoder.
void add_target(CLI::App& app, CodecArguments& arguments);

// The type of the schema. Complains on stderr where it fails.
[[nodiscard]] Result<TypeRef> load_root(const CodecArguments& arguments);
// The transcoder that the arguments ask for; both formats are wire formats. Complains on stderr where
// it fails.
[[nodiscard]] Result<Transcoder> load_transcoder(const CodecArguments& arguments,
                                                 const Engine& engine);

}  // namespace wirejit::tools
