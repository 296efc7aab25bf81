// The helpers that Programs call to read Thrift Compact: one table.
// Entry: compact_helpers(). Invariant: noexcept; nothing outside the bounds given is touched;
// recursion is bounded by the call's depth budget.
#pragma once

#include "jit/helper.h"

namespace wirejit::thrift {

struct CompactHelpers {
  // (ctx, cursor, end) -> the cursor after the id of a long header, and the id; or failure
  jit::Helper long_id;
  // (ctx, cursor, end) -> the cursor after a list's header, and the count; or failure
  jit::Helper list_header;
  // (ctx, cursor, end, type) -> the cursor after a field's value; or failure
  jit::Helper skip;
  // (type, id) -> the bytes of a long header in a word, the first byte lowest, and their number
  jit::Helper long_header;
};
[[nodiscard]] const CompactHelpers& compact_helpers() noexcept;

}  // namespace wirejit::thrift
