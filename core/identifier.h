// Identifiers of source languages.
// Entry: is_identifier, camel_case.
#pragma once

#include <string>
#include <string_view>

namespace wirejit::core {

// True for a letter or '_' followed by letters, digits and '_', all of them ASCII.
[[nodiscard]] bool is_identifier(std::string_view name) noexcept;

// "foo_bar" becomes "fooBar": each '_' is removed, and the letter after it is capitalised. Protobuf
// derives JSON names from field names in this way.
[[nodiscard]] std::string camel_case(std::string_view name);

}  // namespace wirejit::core
