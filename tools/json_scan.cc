// Members are found by skipping values.
#include "json_scan.h"

#include <wirejit/json.h>
#include <wirejit/skipper.h>

#include <algorithm>

namespace wirejit::tools {

Result<std::vector<JsonMember>> json_members(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  if (const Result<std::size_t> whole = skip(json::text, text); !whole) {
    return std::unexpected(whole.error());
  } else if (const std::size_t rest = text.find_first_not_of(space, *whole);
             rest != std::string_view::npos) {
    return std::unexpected(Error(Errc::trailing_data, "expected the end", rest));
  }
  // The text is valid from here on.
  std::size_t at = text.find_first_not_of(space);
  const char open = text[at];
  if (open != '{' && open != '[') {
    return std::unexpected(Error(Errc::type_mismatch, "expected an object or an array", at));
  }
  const auto next = [&] {
    at = text.find_first_not_of(space, at);
    const std::size_t begin = at;
    at += skip(json::text, text.substr(at)).value_or(text.size() - at);
    return text.substr(begin, at - begin);
  };
  std::vector<JsonMember> members;
  for (++at;; ++at) {
    at = text.find_first_not_of(space, at);
    if (text[at] == '}' || text[at] == ']') {
      return members;
    }
    JsonMember member;
    if (open == '{') {
      const std::string_view key = next();
      member.name = key.substr(1, key.size() - 2);
      at = text.find(':', at) + 1;
    }
    member.value = next();
    members.push_back(member);
    at = text.find_first_not_of(space, at);
    if (text[at] != ',') {
      return members;
    }
  }
}

std::string_view json_member(std::string_view text, std::string_view name) {
  const Result<std::vector<JsonMember>> members = json_members(text);
  if (!members) {
    return {};
  }
  const auto found = std::ranges::find(*members, name, &JsonMember::name);
  return found == members->end() ? std::string_view() : found->value;
}

}  // namespace wirejit::tools
