// A format of the tests alone, which is positional: the fields of a struct have no names and no
// numbers, they follow each other in the order of the schema. It proves that the driver can serve
// such formats (Needs::fields_in_order).
// Entry: positional_format(). Invariant: what it writes it reads.
//
//   struct   of each field a byte: 0, or 1 and the value
//   union    two bytes: the field's position; and the value
//   scalar   8 bytes, big-endian; strings, lists and maps: their count as such, and what they hold
#pragma once

#include <wirejit/format.h>

namespace wirejit::test {

[[nodiscard]] Format positional_format();

}  // namespace wirejit::test
