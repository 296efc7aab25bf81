// Expected texts beside the tests: files in tests/golden, compared as a whole.
// Entry: expect_golden. Invariant: WIREJIT_BLESS=1 in the environment writes the files in place of
// comparing, and is the one way in which they change.
#pragma once

#include <string>
#include <string_view>

namespace wirejit::test {

// Whether the environment says WIREJIT_BLESS=1.
[[nodiscard]] bool blessing();

// The file's bytes; empty if it cannot be read.
[[nodiscard]] std::string read_file(const std::string& path);

// `name` is below tests/golden, such as "programs/Point_encode.txt".
void expect_golden(std::string_view name, std::string_view got);

}  // namespace wirejit::test
