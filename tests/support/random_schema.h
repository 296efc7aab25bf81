// Random schemas that Thrift can hold: all kinds, nesting, recursion, unions, defaults, scattered
// field ids. Entry: random_schema; the root is the struct "S0". Invariant: every struct has a
// finite smallest value, as recursion is only by optional fields, containers and the second fields
// of unions.
#pragma once

#include <wirejit/schema.h>

#include <cstdint>

namespace wirejit::test {

struct SchemaShape {
  int structs = 6;
  int fields = 12;  // at most, per struct
  int nesting = 3;  // of containers
  bool required = true;
  bool defaults = true;
  bool unions = true;
  bool protobuf = false;  // only what Protobuf's wire can hold, too
};

[[nodiscard]] Schema random_schema(std::uint64_t seed, const SchemaShape& shape = {});

}  // namespace wirejit::test
