/// @file
/// Thrift: loading of IDL into a Schema, and the formats Binary, Compact and both JSON protocols.
/// Entry: thrift::load_file, load_text, load_map; thrift::binary, compact, json, simple_json.
/// Invariant: no text, however hostile, makes a load crash, hang, throw or exceed its limits.
///
///     Result<Schema> schema = thrift::load_file("orders.thrift", {.include_paths = {"idl"}});
///     if (!schema) {
///       std::cerr << schema.error().message();  // all errors, each with its line and a caret
///     }
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

/// Thrift.
namespace wirejit::thrift {

// ---- IDL ----

/// Two families of compilers read the same text differently. Syntax that only one of them knows is
/// accepted under both where it cannot be mistaken; Family decides what remains:
///
/// | what                 | apache                              | thriftgo                   |
/// |----------------------|-------------------------------------|----------------------------|
/// | implicit field ids   | -1, -2, ...                         | the previous id + 1        |
/// | explicit ids below 1 | replaced by implicit ones, unless allow_negative_ids is set | kept |
/// | integers             | always decimal, or 0x               | 0755 is octal; 0o755, too  |
/// | escapes in strings   | CR, LF, tab, quotes, the backslash; others are errors | the quote  |
/// | strings              | end with the line                   | may span lines             |
/// | oneway with a result, a wrong `streaming.mode` | a warning | an error                   |
enum class Family : std::uint8_t {
  apache,    ///< Apache's compiler, thrift
  thriftgo,  ///< thriftgo, the compiler of Kitex and Hertz
};

/// What becomes of names that target languages reserve ("self", "class", ...), which Apache's
/// compiler rejects.
enum class ReservedWords : std::uint8_t {
  allow,   ///< they are names like others
  warn,    ///< a warning
  reject,  ///< an error
};

/// What one load may use. A load that would go beyond fails with size_limit.
struct IdlLimits {
  std::size_t file_bytes = std::size_t{16} << 20;   ///< of one file
  std::size_t total_bytes = std::size_t{64} << 20;  ///< of all files
  std::size_t files = 4096;                         ///< the main one counts
  std::size_t include_depth = 64;                   ///< of includes within includes
  std::size_t nesting = 48;                         ///< of type expressions and of constants
  /// Structs, fields, enum members, methods, annotations and the like, and parts of constants.
  std::size_t declarations = 4'000'000;
  /// Parts of resolved constants and of copied annotations, in units of 64 bytes.
  std::size_t expansion = 1'000'000;
  std::size_t errors = 20;     ///< reported in one run; the load stops there
  std::size_t warnings = 100;  ///< kept in one run
};

/// How IDL is loaded.
struct IdlOptions {
  /// The family of compilers whose rules decide.
  Family family = Family::apache;
  /// Where includes are looked for, in order, after the directory of the including file.
  std::vector<std::string> include_paths{};
  /// Keeps explicit ids <= 0 in the apache family, like that compiler's --allow-neg-keys.
  bool allow_negative_ids = false;
  /// What becomes of names that target languages reserve.
  ReservedWords reserved_words = ReservedWords::warn;
  /// An included file that is missing is an error. Otherwise it is a warning, as in Apache's
  /// compiler.
  bool require_includes = true;
  /// The name of load_text's document, as in diagnostics; its stem is the prefix of full names.
  std::string text_name = "main.thrift";
  /// What the load may use.
  IdlLimits limits{};
};

/// How grave a finding is.
enum class Severity : std::uint8_t {
  error,    ///< the load fails
  warning,  ///< it does not
};

/// One finding of the parser or the resolver.
struct Diagnostic {
  Severity severity = Severity::error;  ///< how grave it is
  Errc code = Errc::schema_syntax;      ///< what an Error of it has; of a warning, io or ok
  std::string file;                     ///< path or name of its document
  std::uint32_t line = 0;               ///< from 1; 0 where there is no text (a missing file)
  std::uint32_t column = 0;             ///< from 1, in bytes; 0 where there is no text
  std::size_t offset = no_offset;       ///< bytes from the start of the text; or no_offset
  std::string message;                  ///< "found ';', expected a field name"
  /// The line, cut around the column if it is long; control characters are replaced.
  std::string source_line;
  std::uint32_t caret = 0;  ///< position in source_line, in bytes

  /// "orders.thrift:3:9: error: found ';', expected a field name", then the source line and a line
  /// with a caret.
  [[nodiscard]] std::string to_string() const;
};

/// The Schema of a file and of all that it includes, the main document first; names are
/// "orders.Order" in a file orders.thrift. Unlike Apache's compiler a load accepts constants, types
/// and services in any order, and rejects what no wire or memory could hold: field ids beyond 16
/// bits, integers that do not fit their type, constants of a union with several fields, typedefs,
/// constants or services that refer to themselves.
///
/// Includes read whatever file the text names; for text from strangers, use load_map.
///
/// @param path of the main file
/// @param options whose rules decide, where includes are looked for, and limits
/// @param diagnostics if not null, receives errors and warnings, also on success, in the order of
///   the files, then of the text
/// @return on failure, the code (schema_syntax, schema_invalid, io, size_limit, no_memory) and
///   position of the first error, and a message of all diagnostics. Thread-safe.
[[nodiscard]] Result<Schema> load_file(const std::string& path, const IdlOptions& options = {},
                                       std::vector<Diagnostic>* diagnostics = nullptr);
/// The same of a text, which need not live longer than the call. Includes are looked for in
/// include_paths only.
[[nodiscard]] Result<Schema> load_text(std::string_view text, const IdlOptions& options = {},
                                       std::vector<Diagnostic>* diagnostics = nullptr);
/// The same from memory alone: `main` and all includes are keys of `name_to_text`. An include is
/// looked for beside the including document ("a/b.thrift" includes "c.thrift": "a/c.thrift"), then
/// in include_paths, then by its name as it is.
[[nodiscard]] Result<Schema> load_map(const std::map<std::string, std::string>& name_to_text,
                                      const std::string& main, const IdlOptions& options = {},
                                      std::vector<Diagnostic>* diagnostics = nullptr);

// ---- Formats ----

/// The Binary protocol
/// (https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md): struct
/// bodies, without message envelopes. Thread-safe.
extern const Format binary;
/// The Compact protocol
/// (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md), as Apache's
/// libraries have it (doubles are little-endian): struct bodies, without message envelopes.
/// Needlessly long varints and headers are read, and numbers that are too wide for their type are
/// cut, as by the official C++ library; lengths and counts beyond 2^31 - 1 (invalid_count) and
/// field ids beyond 16 bits (invalid_tag) are errors. Unknown fields that are kept have long
/// headers, whatever they had. Thread-safe.
extern const Format compact;
/// The JSON protocol (TJSONProtocol): struct bodies, without message envelopes. Fields are keyed by
/// id, values by type: `{"1":{"i32":5},"2":{"lst":["str",1,"x"]}}`. Written as by the official C++
/// library 0.17, to the byte: doubles with up to 17 digits, bools as 1 and 0, Base64 without
/// padding. Read as all peers write it, and more: white space anywhere, true and false, Base64 with
/// or without padding, numbers with or without quotes, all escapes of JSON. Stricter than that
/// library where it is silently wrong: numbers out of range, counts other than the number of elements
/// (invalid_count), names of types that do not exist (invalid_type) and ids beyond 16 bits
/// (invalid_tag) are errors. A map whose keys are structs or containers is rejected when the codec
/// is made (unsupported), because the official libraries write no valid JSON for it. A value that is
/// skipped is checked as JSON alone. Thread-safe.
extern const Format json;
/// The simple JSON protocol, as fbthrift's TSimpleJSONProtocol has it: plain JSON with fields keyed by
/// Field::name, enums as numbers, 64-bit numbers without quotes, bools as true and false, and Base64
/// without padding: `{"id":5,"color":2,"names":["x"]}`. It names no types, so it is read by the
/// schema. Bools as 1 and 0, as Java writes them, and padded Base64 are read, too. Apache's Go
/// library writes lists and maps otherwise, with the numbers of types before the elements: that is
/// not read. Keys of maps are as in json::text; a map whose keys are structs or containers is rejected
/// when the codec is made (unsupported). All else is as in json::text. Thread-safe.
extern const Format simple_json;

}  // namespace wirejit::thrift
