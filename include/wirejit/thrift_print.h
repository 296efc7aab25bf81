/// @file
/// Thrift IDL as text, from a Schema.
/// Entry: thrift::print, thrift::print_all. Invariant: text that is returned loads as a schema with
/// the same names, ids, types, requiredness, defaults, JSON names and annotations; what IDL cannot
/// say is an error, and never left out.
///
///     Result<std::string> text = thrift::print(schema, schema.documents().front());
#pragma once

#include <wirejit/error.h>
#include <wirejit/schema.h>

#include <cstddef>
#include <map>
#include <string>

namespace wirejit::thrift {

/// What is printed.
struct PrintOptions {
  bool docs = true;                               ///< doc comments; one that holds "*/" is left out
  std::size_t max_bytes = std::size_t{64} << 20;  ///< of one text; more are size_limit
};

/// The IDL of one document of `schema`, in the order of the source as far as positions tell it.
/// Constants are resolved, as the schema has them. Includes are spelled relative to the
/// document's folder where they are in it or below it, else by their whole path. Text with ids
/// below 1 that were explicit loads with IdlOptions::allow_negative_ids alone; implicit ids are
/// left out again.
///
/// @return unsupported, with the name of the declaration, for what IDL lacks: unsigned and float32
///   numbers, Type::wire, oneofs, extensions, MessageSets, closed enums, streams, names that are no
///   identifiers, numbers that are not finite, two files of one name; not_found if `document` is
///   not one of `schema`; size_limit; no_memory. Thread-safe.
[[nodiscard]] Result<std::string> print(const Schema& schema, const Document& document,
                                        const PrintOptions& options = {});

/// The IDL of all documents, by their paths, as load_map takes them; a document without a path has
/// its name with ".thrift". Errors: those of print(). Thread-safe.
[[nodiscard]] Result<std::map<std::string, std::string>> print_all(
    const Schema& schema, const PrintOptions& options = {});

}  // namespace wirejit::thrift
