// Takes the place of pb_official.cc where libprotobuf is not found.
#include "fuzz/pb_official.h"

namespace wirejit::fuzz {

bool official_available() { return false; }

std::optional<std::string> official_reserialized(std::string_view, std::string_view, bool) {
  return std::nullopt;
}

std::optional<std::string> official_parse_json(std::string_view, std::string_view, bool) {
  return std::nullopt;
}

std::optional<std::string> official_print_json(std::string_view, std::string_view) {
  return std::nullopt;
}

struct OfficialSchema::Pool {};
OfficialSchema::OfficialSchema(std::string_view) {}
OfficialSchema::~OfficialSchema() = default;
std::optional<std::string> OfficialSchema::rewritten(const std::string&, std::string_view) const {
  return std::nullopt;
}
std::string OfficialSchema::random(const std::string&, std::uint64_t) const { return {}; }

}  // namespace wirejit::fuzz
