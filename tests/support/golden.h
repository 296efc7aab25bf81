// Expected texts of tests, in tests/golden. Entry: expect_golden.
// Invariant: the files change only when WIREJIT_BLESS=1 is in the environment; then they are written
// instead of compared.
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
