// Thrift: loading of IDL into a Schema, and the formats Binary, Compact and JSON.
// Entry: thrift::load_file, load_text, load_map; the Format values stand at the end of this header.
// Invariant: no text, however hostile, makes a load crash, hang, throw or exceed its limits.
//
//   Result<Schema> s = thrift::load_file("orders.thrift", {.include_paths = {"idl"}});
//   if (!s) std::println(stderr, "{}", s.error().message());   // all diagnostics, each with its
//   source line and a caret
#pragma once

#include <wirejit/error.h>
#include <wirejit/format.h>
#include <wirejit/schema.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::thrift {

// ---- IDL ----

// Two families of compilers read the same text differently. Syntax that only one of them knows is
// accepted under both where it cannot be mistaken; Family decides what remains:
//   what                          apache (thrift)                           thriftgo (Kitex, Hertz)
//   implicit field ids            -1, -2, ...                               the previous id + 1,
//   from 1 explicit ids <= 0             replaced by implicit ones, unless         kept
//                                 allow_negative_ids
//   integers                      always decimal, or 0x                     0755 is octal; 0o755
//   too string literals               \r \n \t \" \' \\ are escapes, others     only the escaped
//   quote is unescaped;
//                                 are errors; they end with the line        they may span lines
//   oneway with a result          a warning                                 an error
enum class Family : std::uint8_t { apache, thriftgo };

// Words that target languages reserve ("self", "class", ...), used as names: Apache's compiler
// refuses them.
enum class ReservedWords : std::uint8_t { allow, warn, reject };

struct IdlLimits {
  std::size_t file_bytes = std::size_t{16} << 20;   // of one file
  std::size_t total_bytes = std::size_t{64} << 20;  // of all files
  std::size_t files = 4096;
  std::size_t include_depth = 64;
  std::size_t nesting = 48;  // of type expressions and of constants
  std::size_t declarations =
      4'000'000;  // structs, fields, enum members, methods, annotations, ..., constants' parts
  std::size_t expansion =
      1'000'000;  // parts of resolved constants and copied annotations, in units of 64 bytes
  std::size_t errors = 20;     // reported in one run; the load stops there
  std::size_t warnings = 100;  // kept in one run
};

struct IdlOptions {
  Family family = Family::apache;
  // Searched in order after the directory of the including file.
  std::vector<std::string> include_paths{};
  // Keeps explicit ids <= 0 in the apache family, like that compiler's --allow-neg-keys.
  bool allow_negative_ids = false;
  ReservedWords reserved_words = ReservedWords::warn;
  // Apache's compiler goes on with a warning when an included file is missing; that is this option
  // set to false.
  bool require_includes = true;
  // The name of load_text's document, as in diagnostics; its stem is the prefix of full names.
  std::string text_name = "main.thrift";
  IdlLimits limits{};
};

enum class Severity : std::uint8_t { error, warning };

// One finding of the parser or the resolver.
struct Diagnostic {
  Severity severity = Severity::error;
  Errc code = Errc::schema_syntax;
  std::string file;
  std::uint32_t line = 0;    // 1-based; 0 where there is no text (a missing file)
  std::uint32_t column = 0;  // 1-based, in bytes
  std::size_t offset = no_offset;
  std::string message;  // "found ';', expected a field name"
  std::string
      source_line;  // clipped around the column if it is long; control characters are replaced
  std::uint32_t caret = 0;  // position in source_line, in bytes

  // "orders.thrift:3:9: error: found ';', expected a field name", then the source line and a caret
  // line.
  [[nodiscard]] std::string to_string() const;
};

// Each load gives a Schema with all documents reached, the main one first; its names are "<file
// stem>.<name>". Unlike Apache's compiler a load accepts constants, types and services in any
// order, and refuses what no wire or memory could hold: field ids beyond 16 bits, integers that do
// not fit their type, constants of a union with several fields, typedefs, constants or services
// that refer to themselves.
//
// Diagnostics come in the order of the files, then of the text. On failure the Error has the code
// (schema_syntax, schema_invalid, io, size_limit, no_memory) and position of the first error, and a
// message of all diagnostics. `diagnostics`, where given, receives errors and warnings, also on
// success. Thread-safety: calls are independent of each other.
//
// Includes read whatever file the text names; for text from strangers, use load_map.
[[nodiscard]] Result<Schema> load_file(const std::string& path, const IdlOptions& options = {},
                                       std::vector<Diagnostic>* diagnostics = nullptr);
// Includes are looked for in include_paths only.
[[nodiscard]] Result<Schema> load_text(std::string_view text, const IdlOptions& options = {},
                                       std::vector<Diagnostic>* diagnostics = nullptr);
// From memory alone: `main` and all includes are keys of `name_to_text`. An include is looked for
// beside the including document ("a/b.thrift" includes "c.thrift": "a/c.thrift"), then in
// include_paths, then as it stands.
[[nodiscard]] Result<Schema> load_map(const std::map<std::string, std::string>& name_to_text,
                                      const std::string& main, const IdlOptions& options = {},
                                      std::vector<Diagnostic>* diagnostics = nullptr);

// ---- Formats ----

// The Binary protocol: struct bodies, without message envelopes.
extern const Format binary;
// The Compact protocol, as Apache's libraries have it (doubles are little-endian): struct bodies,
// without message envelopes. Needlessly long varints and headers are read, and numbers that are too
// wide for their type are cut, as by the official C++ library; lengths and counts beyond 2^31 - 1
// (invalid_count) and field ids beyond 16 bits (invalid_tag) are errors. Unknown fields that are
// kept have long headers, whatever they had.
extern const Format compact;

}  // namespace wirejit::thrift
