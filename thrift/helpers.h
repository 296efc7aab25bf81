// The helpers that Programs call to read Thrift Binary: one table.
// Entry: helpers(). Invariant: noexcept; recursion is bounded by the call's depth budget.
#pragma once

#include "jit/helper.h"

namespace wirejit::thrift {

struct Helpers {
  jit::Helper skip;  // (ctx, cursor, end, type) -> cursor after a value, or failure
  // (ctx, cursor after the root, end) -> the cursor, or trailing_data
  jit::Helper finish;
};
[[nodiscard]] const Helpers& helpers() noexcept;

}  // namespace wirejit::thrift
