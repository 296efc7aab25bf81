// The schemas of tests/cases: Thrift IDL as it stands, .proto text as a descriptor set that the
// build made of it. Entry: load_case_schema. Invariant: no official library is needed to load one;
// where the build had no protoc, a .proto is not_found and nothing else is.
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

// A format by the name that the command line knows it by, each time the same one.
[[nodiscard]] std::optional<Format> format_by_name(std::string_view name);

}  // namespace wirejit::test
