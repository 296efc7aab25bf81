// Checks that a struct can be written as JSON: no two of its fields have the same key.
#include "json/dialect.h"
#include "lower/format.h"

#include <string>
#include <string_view>
#include <unordered_map>

namespace wirejit::json {

Result<void> check_keys(const StructType& type, const Dialect& options) {
  std::unordered_map<std::string_view, const Field*> owners;
  const auto other_owner = [&owners](std::string_view key, const Field& f) {
    const Field* owner = owners.try_emplace(key, &f).first->second;
    return owner == &f ? nullptr : owner;
  };
  const auto conflict = [&type](const Field& f, std::string_view key, const Field& owner) {
    return lower::unheld(type, f,
                         "the JSON key \"" + std::string(key) + "\" is also the key of " +
                             owner.name + " = " + std::to_string(owner.id));
  };
  for (const Field& f : type.fields) {
    const std::string_view key = key_text(f, options);
    if (const Field* owner = other_owner(key, f); owner != nullptr) {
      return conflict(f, key, *owner);
    }
  }
  // A reader of ProtoJSON looks a key up among the JSON names first, then among the fields' names.
  for (const Field& f : type.fields) {
    if (!options.proto || options.keys != Keys::name || f.extension || f.json_name.empty()) {
      continue;
    }
    if (const Field* owner = other_owner(f.json_name, f); owner != nullptr) {
      return conflict(f, f.json_name, *owner);
    }
  }
  return {};
}

}  // namespace wirejit::json
