// Random contents for records of any type, rich in edge values.
// Entry: fill_random. Invariant: the record can be encoded: required fields are set, unions have one
// field.
#pragma once

#include "tests/support/random_source.h"

#include <wirejit/record.h>

#include <string>

namespace wirejit::test {

struct ValueShape {
  int depth = 4;             // of structs and containers
  std::size_t elements = 4;  // at most, per container
  std::size_t text = 80;     // at most, per string; a few are longer
  bool sparse = true;        // fields of standard requiredness may be absent
};

void fill_random(Record record, Random& r, const ValueShape& shape = {});
// A string with edge cases of UTF-8; of any bytes if `binary`.
[[nodiscard]] std::string random_text(Random& r, std::size_t longest, bool binary);

}  // namespace wirejit::test
