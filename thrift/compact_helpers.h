// What Programs that read Thrift Compact call at run time: one table.
// Entry: compact_helpers(). Invariant: noexcept; nothing outside the bounds given is touched;
// recursion is bounded by the call's depth budget.
#pragma once

#include "jit/helper.h"

namespace wirejit::thrift {

struct CompactHelpers {
  jit::Helper long_id;       // (ctx, at, end) -> behind a long header's id, and the id; or failure
  jit::Helper list_header;   // (ctx, at, end) -> behind it, and the count; or failure
  jit::Helper skip;          // (ctx, at, end, type) -> behind a field's value; or failure
  jit::Helper skip_varints;  // (ctx, at, end, count) -> behind them; or failure
  jit::Helper
      long_header;  // (type, id) -> a long header's bytes, in memory's order, and their size
};
[[nodiscard]] const CompactHelpers& compact_helpers() noexcept;

}  // namespace wirejit::thrift
