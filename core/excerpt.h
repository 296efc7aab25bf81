// Pieces of payload in messages. Entry: excerpt. Invariant: bounded and escaped; what is shown
// holds no control characters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace wirejit::core {

// At most so many bytes of payload are shown.
inline constexpr std::size_t longest_excerpt = 32;
// In quotes, with what is not printable escaped; "..." behind it if there is more.
[[nodiscard]] std::string excerpt(std::string_view text);
// The same as it stands, for numbers and the like.
[[nodiscard]] std::string bare_excerpt(std::string_view text);

}  // namespace wirejit::core
