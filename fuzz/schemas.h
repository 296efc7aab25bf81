// The schemas that an input of the fuzzers of formats chooses from.
// Entry: schemas(). Invariant: their order is part of the meaning of the corpus; new ones are added
// at the end.
#pragma once

#include "fuzz/subject.h"

#include <string>
#include <vector>

namespace wirejit::fuzz {

struct NamedSchema {
  Schema schema;
  std::string root;
};
[[nodiscard]] const std::vector<NamedSchema>& schemas();

// The Subject of a schema under a setup; both numbers are taken modulo the sizes of the lists. Each
// is made once and kept.
[[nodiscard]] Subject& subject(std::size_t schema, const std::vector<Setup>& setups,
                               std::size_t setup);

}  // namespace wirejit::fuzz
