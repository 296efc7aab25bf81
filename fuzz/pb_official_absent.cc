// Stands in for pb_official.cc where libprotobuf is not found.
#include "fuzz/pb_official.h"

namespace wirejit::fuzz {

bool official_here() { return false; }

std::optional<std::string> official_rewritten(std::string_view, std::string_view, bool) {
  return std::nullopt;
}

std::optional<std::string> official_of_text(std::string_view, std::string_view, bool) {
  return std::nullopt;
}

std::optional<std::string> official_text(std::string_view, std::string_view) {
  return std::nullopt;
}

}  // namespace wirejit::fuzz
