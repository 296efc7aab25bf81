// Where json_util of release 3.21 and wirejit may differ. tests/pb/pb_json_util_test.cc explains the
// same differences at length, for single values; here they are recognised by the text and the error.
// Entry: tolerance. Invariant: a difference that no entry explains is a finding.
#pragma once

#include "fuzz/subject.h"

#include <optional>
#include <string>
#include <string_view>

namespace wirejit::fuzz {

// The results of both libraries for a valid JSON text.
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

// Whether a text may have a NullValue. Both libraries write null for every number of that enum, so
// a number other than 0 is lost.
[[nodiscard]] bool may_have_null_value(std::string_view text);

}  // namespace wirejit::fuzz
