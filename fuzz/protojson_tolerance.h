// Where json_util of release 3.21 and ours may differ: tests/pb_json_util_test.cc gives the reasons
// at length, for a list of values; here are the same reasons, told from a text and its outcome.
// Entry: tolerance. Invariant: a difference that no entry explains is a finding.
#pragma once

#include "fuzz/subject.h"

#include <optional>
#include <string>
#include <string_view>

namespace wirejit::fuzz {

// What the two made of a text that is JSON.
struct Difference {
  std::string_view root;
  std::string_view text;
  const Outcome& ours;
  const std::optional<std::string>& theirs;
};

// The name of the entry that explains it, or null.
[[nodiscard]] const char* tolerance(const Difference& d);

// Whether json_util is known not to read a text that we wrote.
[[nodiscard]] bool text_is_tolerated(std::string_view root, std::string_view text);

// Whether a text may have a NullValue: its number, if it is not 0, is lost in text, which has null
// for all of them, as json_util has.
[[nodiscard]] bool may_have_null_value(std::string_view text);

}  // namespace wirejit::fuzz
