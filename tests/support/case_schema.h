// The schemas of tests/cases: Thrift IDL from its file, .proto files from the descriptor sets that
// the build made of them. Entry: load_case_schema. Invariant: no official library is needed to load
// one; in a build without protoc, a .proto file is not_found.
#pragma once

#include <wirejit/codec.h>
#include <wirejit/schema.h>

#include <optional>
#include <string>
#include <string_view>

namespace wirejit::test {

// `file` is in tests/cases: "small.thrift", "small.proto".
[[nodiscard]] Result<Schema> load_case_schema(std::string_view file);

// Whether .proto files can be loaded.
[[nodiscard]] bool has_case_descriptors();

// A format by its name on the command line; the same object for every call.
[[nodiscard]] std::optional<Format> format_by_name(std::string_view name);

}  // namespace wirejit::test
