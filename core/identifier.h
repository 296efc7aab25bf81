// Names as source languages have them.
// Entry: is_identifier, camel_case.
#pragma once

#include <string>
#include <string_view>

namespace wirejit::core {

// Whether it is a letter or '_', and then letters, digits and '_'; ASCII alone.
[[nodiscard]] bool is_identifier(std::string_view name) noexcept;

// "foo_bar" becomes "fooBar": each '_' goes, and the letter after it is capitalised. So Protobuf
// makes a JSON name of a field's name.
[[nodiscard]] std::string camel_case(std::string_view name);

}  // namespace wirejit::core
