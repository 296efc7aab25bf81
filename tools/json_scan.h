// The parts of a JSON text, without reading them.
// Entry: json_members. Invariant: names and values are views into the text.
#pragma once

#include <wirejit/error.h>

#include <string_view>
#include <vector>

namespace wirejit::tools {

struct JsonMember {
  std::string_view name;  // as it is between the quotes; empty for elements
  std::string_view value;
};

// The members of an object, or the elements of an array. Errors: those of the text; type_mismatch for
// any other value.
[[nodiscard]] Result<std::vector<JsonMember>> json_members(std::string_view text);
// The value of a member of that name; its address is null if there is none, or no object.
[[nodiscard]] std::string_view json_member(std::string_view text, std::string_view name);

}  // namespace wirejit::tools
