// What Programs that read Thrift call at run time: one table.
// Entry: helpers(). Invariant: noexcept; recursion is bounded by the call's depth budget.
#pragma once

#include "jit/helper.h"

#include <wirejit/schema.h>

#include <memory>
#include <vector>

namespace wirejit::thrift {

// Field ids of a struct whose ids are too far apart for a jump table.
struct FieldIds {
  std::vector<std::pair<std::int32_t, std::uint32_t>> sorted;  // (id, position)
};

struct Helpers {
  jit::Helper skip;     // (ctx, cursor, end, type) -> cursor behind a value, or failure
  jit::Helper find_id;  // (ids, id) -> position, or ~0
};
[[nodiscard]] const Helpers& helpers() noexcept;

}  // namespace wirejit::thrift
