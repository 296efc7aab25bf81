#include "fuzz/pb_schemas.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <utility>

namespace wirejit::fuzz {

const Schema& pb_schema() {
  static const Schema schema = [] {
    Result<Schema> loaded = pb::load_file(WIREJIT_FUZZ_MESSAGES);
    if (!loaded) {
      std::fprintf(stderr, "%s\n", loaded.error().to_string().c_str());
      std::abort();
    }
    return *loaded;
  }();
  return schema;
}

Subject& pb_subject(std::span<const std::string_view> roots, std::size_t root,
                    std::span<const Setup> setups, std::size_t setup) {
  static std::map<std::pair<std::string_view, const Setup*>, std::unique_ptr<Subject>> subjects;
  const std::string_view name = roots[root % roots.size()];
  const Setup& chosen = setups[setup % setups.size()];
  std::unique_ptr<Subject>& found = subjects[{name, &chosen}];
  if (found == nullptr) {
    found = std::make_unique<Subject>(pb_schema(), name, chosen, protobuf_formats(chosen));
  }
  return *found;
}

}  // namespace wirejit::fuzz
