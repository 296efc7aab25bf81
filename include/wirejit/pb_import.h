/// @file
/// Schemas from .proto text, and from descriptors that the official Protobuf library holds. In a
/// library of its own, wirejit::protobuf, which is built where libprotobuf is found.
/// Entry: pb::load_proto, pb::load_proto_map, pb::from_descriptor. Invariant: whatever libprotobuf
/// made of a file goes through pb::load_protos (pb.h), with its limits and its checks.
///
///     Result<Schema> schema = pb::load_proto({"orders.proto"}, {.import_paths = {"idl"}});
///     if (!schema) {
///       std::cerr << schema.error().message();  // "orders.proto:3:9: ...", a line for each error
///     }
#pragma once

#include <wirejit/error.h>
#include <wirejit/pb.h>
#include <wirejit/schema.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace google::protobuf {
class Descriptor;
class FileDescriptor;
}  // namespace google::protobuf

namespace wirejit::pb {

/// How .proto text is loaded.
struct ImportOptions {
  /// Where files and what they import are looked for, in this order; if there are none, in the
  /// directory of each file. The files of libprotobuf itself, google/protobuf/..., are found last.
  std::vector<std::string> import_paths{};
  /// What the load of the descriptors may use.
  LoadLimits limits{};
};

/// One finding of libprotobuf's parser or of its checks.
struct ImportDiagnostic {
  std::string file;          ///< its path, as on protoc's command line
  std::uint32_t line = 0;    ///< from 1; 0 where there is no text (a missing file)
  std::uint32_t column = 0;  ///< from 1; 0 where there is no text
  bool warning = false;      ///< it does not make the load fail
  std::string message;       ///< in libprotobuf's words

  /// "orders.proto:3:9: message".
  [[nodiscard]] std::string to_string() const;
};

/// The Schema of .proto files and of all that they import. The document of the first file comes
/// first. Paths are as on protoc's command line: within one of the import paths, or relative to
/// one.
///
/// @param files paths; the first one is the main file
/// @param options where imports are looked for, and limits
/// @param diagnostics if not null, receives errors and warnings, also on success
/// @return on failure, the position of the first error (code schema_syntax, or io for a file that
///   cannot be read), and a message of all of them, a line each; other errors are those of
///   pb::load. Thread-safe.
[[nodiscard]] Result<Schema> load_proto(const std::vector<std::string>& files,
                                        const ImportOptions& options = {},
                                        std::vector<ImportDiagnostic>* diagnostics = nullptr);

/// The same from memory: `main` and what it imports are keys of `name_to_text`; import paths are
/// not used, but for libprotobuf's own files.
[[nodiscard]] Result<Schema> load_proto_map(const std::map<std::string, std::string>& name_to_text,
                                            const std::string& main,
                                            const ImportOptions& options = {},
                                            std::vector<ImportDiagnostic>* diagnostics = nullptr);

/// The Schema of a file, generated code's as well, and of all files that it imports. Errors: those
/// of pb::load. Thread-safe.
[[nodiscard]] Result<Schema> from_descriptor(const google::protobuf::FileDescriptor& file,
                                             const LoadLimits& limits = {});
/// The same of the file that declares a message.
[[nodiscard]] Result<Schema> from_descriptor(const google::protobuf::Descriptor& message,
                                             const LoadLimits& limits = {});

}  // namespace wirejit::pb
