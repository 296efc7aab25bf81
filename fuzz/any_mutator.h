// Mutations of structure, which changes of bytes hardly reach: messages within Any within messages,
// and fields that come twice, or split in two, on any level.
// Entry: mutate_message, mutate_text. Invariant: the same seed gives the same change; an input that
// cannot be parsed is left as it is, and false returned.
#pragma once

#include "tests/support/random_source.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace wirejit::fuzz {

// `bytes`: a message `type`, whose field `any` is an Any. It is wrapped in such an Any, or one of
// its fields is repeated or split.
[[nodiscard]] bool mutate_message(std::string& bytes, std::string_view type, unsigned any,
                                  test::Random& r);
// The same for a text, whose member `any` is an Any; members are repeated, not split.
[[nodiscard]] bool mutate_text(std::string& text, std::string_view type, std::string_view any,
                               test::Random& r);

// One step of a mutator: `data` begins with two bytes that choose message and setup. `change` is
// given what follows them. Returns the new size, or 0 if nothing was changed.
template <class F>
std::size_t mutate_after_header(std::uint8_t* data, std::size_t size, std::size_t most,
                                std::uint8_t root, F change) {
  if (size < 2) {
    return 0;
  }
  std::string content(reinterpret_cast<const char*>(data) + 2, size - 2);
  if (!change(content) || content.size() + 2 > most) {
    return 0;
  }
  data[0] = root;
  content.copy(reinterpret_cast<char*>(data) + 2, content.size());
  return content.size() + 2;
}

}  // namespace wirejit::fuzz
