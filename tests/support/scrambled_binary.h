// Thrift Binary that peers hardly write, but every reader must accept: fields in any order, twice,
// unknown, or of another type.
// Entry: scrambled_encode. Invariant: the bytes are well-formed; reference_decode gives their value.
#pragma once

#include "tests/support/random_source.h"

#include <wirejit/record.h>

#include <string>

namespace wirejit::test {

struct ScrambleOptions {
  unsigned shuffle = 60;    // percent of structs whose fields come in any order
  unsigned duplicate = 5;   // percent of fields that come twice
  unsigned unknown = 15;    // percent of fields that are followed by an unknown one
  unsigned drop = 3;        // percent of fields that do not come
  unsigned mistype = 3;     // percent of fields that also come with another type
  unsigned odd_empty = 50;  // percent of empty containers with any type codes
};

[[nodiscard]] std::string scrambled_encode(const RecordView& record, Random& r,
                                           const ScrambleOptions& options = {});
// A value of any wire type, for fields that are skipped.
[[nodiscard]] std::string random_wire_value(int code, Random& r, int depth = 3);
[[nodiscard]] int random_wire_code(Random& r);

}  // namespace wirejit::test
