// The messages that an input of the fuzzers of Protobuf's formats chooses from.
// Entry: pb_subject(). Invariant: the order of roots and setups is part of the meaning of the
// corpus; new ones are added at the end.
#pragma once

#include "fuzz/subject.h"

#include <cstddef>
#include <span>
#include <string_view>

namespace wirejit::fuzz {

// The messages of the build's messages.binpb: tests/peers/wire_*.proto and what they import.
[[nodiscard]] const Schema& pb_schema();

// The Subject of a root under a setup; both numbers are taken modulo what there is. Made once and
// kept.
[[nodiscard]] Subject& pb_subject(std::span<const std::string_view> roots, std::size_t root,
                                  std::span<const Setup> setups, std::size_t setup);

}  // namespace wirejit::fuzz
