// Names of CPU features, for reports.
// Entry: features. Invariant: names in the table are those of the compiler's own run-time test.
#pragma once

#include <span>
#include <string_view>

#include "kernels/cpu.h"

namespace wirejit::kernels {

struct Feature {
  std::string_view name;
  bool present = false;
  friend bool operator==(const Feature&, const Feature&) = default;
};

// The features that kernels or generated code may care about, whether present or not.
inline constexpr std::size_t max_features = 16;
// Fills `out` and gives the part that was filled.
std::span<const Feature> features(std::span<Feature, max_features> out) noexcept;

// "baseline", "avx2", "avx512", "neon".
std::string_view to_string(Level level) noexcept;

}  // namespace wirejit::kernels
