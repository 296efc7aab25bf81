// Excerpts of payload for messages. Entry: excerpt. Invariant: they are short and escaped, without
// control characters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wirejit::core {

// The largest number of payload bytes in an excerpt.
inline constexpr std::size_t longest_excerpt = 32;
// The text in quotes, with unprintable characters escaped; followed by "..." if it was cut.
[[nodiscard]] std::string excerpt(std::string_view text);
// The same without quotes, for numbers and keywords.
[[nodiscard]] std::string bare_excerpt(std::string_view text);

}  // namespace wirejit::core
