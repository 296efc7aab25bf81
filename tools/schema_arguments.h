// The arguments that say which schema is meant, and its loading.
// Entry: add_schema, load_schema. Invariant: what load_schema reports has the exit code of status.h.
#pragma once

#include <wirejit/schema.h>

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace wirejit::tools {

inline constexpr const char* schema_group = "Schema";

// How files are read; one set of rules for all schemas of a command.
struct SchemaRules {
  std::vector<std::string> include_paths;
  std::string family = "apache";
  bool require_includes = true;
  bool allow_negative_ids = false;
  bool warnings = false;
};
void add_schema_rules(CLI::App& app, SchemaRules& arguments);

// One file.
struct SchemaArguments {
  std::string path;
  std::string format;  // "thrift", "proto", "descriptors"; empty: by the file's name
  SchemaRules rules;
};
// --schema, --schema-format and the rules.
void add_schema(CLI::App& app, SchemaArguments& arguments);
// The option of that name; `what` begins its description.
CLI::Option* add_schema_format(CLI::App& app, const char* option, const char* what,
                               std::string& format);

// Complains on stderr where it fails.
[[nodiscard]] Result<Schema> load_schema(const SchemaArguments& arguments);
// Whether the file is Thrift IDL.
[[nodiscard]] bool is_thrift(const SchemaArguments& arguments);

}  // namespace wirejit::tools
