/// @file
/// .proto text from a Schema.
/// Entry: pb::print. Invariant: text that is returned compiles to descriptors that load as a schema
/// with the same names, numbers, types, presence, defaults, JSON names and options; what .proto
/// cannot say is an error, and never left out.
///
///     Result<std::string> text = pb::print(schema, schema.documents().front());
#pragma once

#include <wirejit/error.h>
#include <wirejit/schema.h>

#include <cstddef>
#include <string>

namespace wirejit::pb {

/// What is printed.
struct PrintOptions {
  bool docs = true;                               ///< with comments of documentation
  std::size_t max_bytes = std::size_t{64} << 20;  ///< of one text; more are size_limit
};

/// The .proto text of one document of `schema`. It is proto3 if that can say all of it, else as
/// proto2, else as edition 2023 with features. Reserved names and numbers are not kept, nor are
/// ranges of extensions: a message gives to extensions the numbers that extensions in `schema` use.
/// An extension is in the file that its position names, else in the first document of its
/// package that is or includes its message's.
///
/// @return unsupported, with the name of the declaration, for what .proto lacks: integers of 8 and
///   16 bits, uuids, sets, containers within containers, unions, exceptions, typedefs, constants,
///   Thrift's services, includes of C++ and namespaces of languages, defaults of messages and
///   containers, required or unset messages in the wrong place, numbers out of range, options in
///   lists of messages; not_found if `document` is not one of `schema`; size_limit; no_memory.
///   Thread-safe.
[[nodiscard]] Result<std::string> print(const Schema& schema, const Document& document,
                                        const PrintOptions& options = {});

}  // namespace wirejit::pb
