// A positional format, for tests only: the fields of a struct have no names and no numbers, they
// follow each other in the order of the schema. It shows that the driver can serve such formats
// (Needs::fields_in_order).
// Entry: positional_format(). Invariant: the reader reads what the writer writes.
//
//   struct   for each field a byte: 0, or 1 and the value
//   union    two bytes: the field's position; and the value
//   scalar   8 bytes, big-endian; strings, lists and maps: their count as 8 bytes, then the contents
#pragma once

#include <wirejit/format.h>

namespace wirejit::test {

[[nodiscard]] Format positional_format();

}  // namespace wirejit::test
