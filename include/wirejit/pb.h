/// @file
/// Protobuf: schemas from descriptors, its wire format, and ProtoJSON.
/// Entry: pb::load, pb::load_file; pb::wire, pb::json. Invariant: what is written is what the
/// official library would write, but for the order of entries in maps; what is read is checked in
/// full, also where it is skipped. No descriptors, however hostile, make a load crash, hang, throw
/// or exceed its limits.
///
///     // Of protoc --include_imports -o orders.binpb orders.proto.
///     Result<Schema> schema = wirejit::pb::load_file("orders.binpb");
///     auto codec = engine.record_codec(*schema->find_type("Order"), wirejit::pb::wire);
///
/// Structs are messages, lists and sets repeated fields, maps maps; the rest is in Type::wire and
/// in Field (schema.h). What Protobuf lacks (uuid, containers within containers, numbers out of
/// range, a union's member that is a container) makes compiling fail with Errc::unsupported.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/error.h>
#include <wirejit/format.h>
#include <wirejit/json.h>
#include <wirejit/schema.h>

#include <cstddef>
#include <span>
#include <string>

/// Protobuf.
namespace wirejit::pb {

// ---- Descriptors ----

/// What one load may use. A load that would go beyond fails with size_limit.
struct LoadLimits {
  std::size_t bytes = std::size_t{64} << 20;  ///< of all sets together
  std::size_t files = 16384;                  ///< in all sets together
  std::size_t messages = 1'000'000;           ///< in all files together
  std::size_t fields = 4'000'000;             ///< and extensions, oneofs, ranges of numbers
  std::size_t enum_values = 4'000'000;        ///< and reserved ranges
  std::size_t methods = 1'000'000;            ///< and services
  std::size_t nesting = 64;                   ///< of messages within messages; at most 994
  /// Bytes of full names, comments and options, and of the look-ups of names that are not absolute.
  std::size_t names = std::size_t{256} << 20;
  /// Bytes that decoded descriptors may take.
  std::size_t memory = std::size_t{512} << 20;
};

/// How descriptors are loaded.
struct LoadOptions {
  /// The file whose document comes first; if empty, the last one (protoc writes imports first).
  std::string main{};
  /// Every import must be there, and names refer only to what a file imports. Otherwise imports may
  /// be missing as long as no field, method or extension needs what they declare; custom options
  /// are known without descriptor.proto then.
  bool strict_imports = true;
  /// What the load may use.
  LoadLimits limits{};
};

/// A Schema from one serialized FileDescriptorSet, as of protoc's --descriptor_set_out; with
/// --include_imports to have all that is needed, with --include_source_info for comments and
/// positions. The bytes need not live longer than the call.
///
/// Each file is a Document named like its package, and its path is the file's name. A message is a
/// struct: nested ones are named "Outer.Inner", their full name is "package.Outer.Inner". Entries
/// of maps are no structs of their own; the map is the field's type. Extensions are fields of the
/// message that they extend. Options, custom ones included, are annotations: "deprecated",
/// "(google.api.http).get"; those of a file are Document::annotations. Of a method, `args` is the
/// request's message, `result` the response's type. proto2, proto3 and the editions 2023 to 2026
/// are known.
///
/// Errors: what the decoder says of malformed bytes, the offset counted within the set; size_limit,
/// no_memory; schema_invalid names file and declaration. A file that is given twice must be the
/// same both times. Thread-safe.
[[nodiscard]] Result<Schema> load(Bytes file_descriptor_set, const LoadOptions& options = {});
/// The same from several sets, of which any may have the files that another one imports.
[[nodiscard]] Result<Schema> load_sets(std::span<const Bytes> file_descriptor_sets,
                                       const LoadOptions& options = {});
/// The same from serialized FileDescriptorProtos, in any order but for the main one, which is the
/// last.
[[nodiscard]] Result<Schema> load_protos(std::span<const Bytes> file_descriptor_protos,
                                         const LoadOptions& options = {});
/// The same from a file that holds a FileDescriptorSet. Errors: io, too, if it cannot be read.
[[nodiscard]] Result<Schema> load_file(const std::string& path, const LoadOptions& options = {});

// ---- Wire ----

/// Options of pb::wire.
struct WireOptions {
  /// Written: entries of maps in the order of their keys. Otherwise in the order in which they are
  /// in memory.
  bool deterministic = false;

  /// True if all options are equal.
  friend bool operator==(const WireOptions&, const WireOptions&) = default;
};

/// The wire format (https://protobuf.dev/programming-guides/encoding). By default entries of maps
/// are written in the order in which they are in memory; `pb::wire({.deterministic = true})` has
/// other options. Thread-safe.
extern const FormatWith<WireOptions> wire;

// ---- JSON ----

/// ProtoJSON, as json::ProtoOptions describes it. The struct of a google.protobuf.Any is looked up
/// in the Schema, and its bytes are of this wire format. Thread-safe.
extern const FormatWith<json::ProtoOptions> json;

}  // namespace wirejit::pb
