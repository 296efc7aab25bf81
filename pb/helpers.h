// The table of functions that Programs of Protobuf's wire call at run time.
// Entry: helpers(). Invariant: all are noexcept; no byte outside the given bounds is accessed; the
// call's depth limit bounds recursion.
#pragma once

#include "jit/helper.h"

namespace wirejit::pb {

struct Helpers {
  // Reading. `at` and `end` are cursors.
  jit::Helper read_tag;        // (ctx, at, end) -> after the tag, tag; or failure
  jit::Helper skip;            // (ctx, at, end) -> after the field whose tag is at `at`; or failure
  jit::Helper check_tag;       // (ctx, at, end) -> at; or failure, if no field can have the tag
  jit::Helper count_varints;   // (ctx, at, size) -> count + 1; or failure if the last is truncated
  jit::Helper count_elements;  // (at, end, tag, size of the tag) -> elements of a list, at least 1
  jit::Helper check_utf8;      // (ctx, data, size) -> data, size; or failure
  jit::Helper is_member;       // (enum, at, end) -> 0 if the enum lacks the varint at `at`
  jit::Helper is_member_value;  // (enum, value) -> 0 if the enum lacks the value
  jit::Helper is_member_entry;  // (enum, at, end) -> 0 if it lacks the value of the map entry
  // Reads an item of a MessageSet: (ctx, at, end) -> cursor, 2 * number + canonical; or failure.
  // Canonical (1): the cursor is at the length of the message. Else (0): it is after the item. The
  // number is 0 if the item has no number or no message.
  jit::Helper read_item;
  // Writing. `to` is the output's cursor.
  jit::Helper sort_entries;  // (ctx, first entry, cursor, type of the keys) -> 1 or failure
};
[[nodiscard]] const Helpers& helpers() noexcept;

}  // namespace wirejit::pb
