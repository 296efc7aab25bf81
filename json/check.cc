// What JSON cannot hold: two fields of a struct with one key.
#include "json/dialect.h"
#include "lower/format.h"

#include <string>
#include <string_view>
#include <unordered_map>

namespace wirejit::json {

Result<void> check_keys(const StructType& type, const Dialect& options) {
  std::unordered_map<std::string_view, const Field*> owners;
  const auto taken_by = [&owners](std::string_view key, const Field& f) {
    const Field* owner = owners.try_emplace(key, &f).first->second;
    return owner == &f ? nullptr : owner;
  };
  const auto clash = [&type](const Field& f, std::string_view key, const Field& owner) {
    return lower::unheld(type, f,
                         "the JSON key \"" + std::string(key) + "\" is also that of " + owner.name +
                             " = " + std::to_string(owner.id));
  };
  for (const Field& f : type.fields) {
    const std::string_view key = key_text(f, options);
    if (const Field* owner = taken_by(key, f); owner != nullptr) {
      return clash(f, key, *owner);
    }
  }
  // Whoever reads ProtoJSON takes a key for a JSON name first, then for a field's own name.
  for (const Field& f : type.fields) {
    if (!options.proto || !options.plain_names || f.extension || f.json_name.empty()) {
      continue;
    }
    if (const Field* owner = taken_by(f.json_name, f); owner != nullptr) {
      return clash(f, f.json_name, *owner);
    }
  }
  return {};
}

}  // namespace wirejit::json
