// What Programs that read or write Protobuf call at run time: one table.
// Entry: helpers(). Invariant: noexcept; nothing outside the bounds given is touched; recursion is
// bounded by the call's depth budget.
#pragma once

#include "jit/helper.h"

namespace wirejit::pb {

struct Helpers {
  // Reading. `at` and `end` are cursors.
  jit::Helper read_tag;       // (ctx, at, end) -> behind it, tag; or failure
  jit::Helper skip;           // (ctx, at, end) -> behind the field whose tag is at `at`; or failure
  jit::Helper count_varints;  // (ctx, at, size) -> how many, plus 1; or failure if the last is cut
  jit::Helper count_elements;   // (at, end, tag, size of the tag) -> elements of a list, at least 1
  jit::Helper check_utf8;       // (ctx, data, size) -> data, size; or failure
  jit::Helper is_member;        // (enum, at, end) -> 0 if the varint there is no member's number
  jit::Helper is_member_value;  // (enum, value) -> 0 if the number is no member's
  jit::Helper is_member_entry;  // (enum, at, end) -> 0 if the entry there has a value that is none
  // (ctx, at, end) -> behind what precedes the length, or behind all of an item that is not
  // canonical; twice its number (0: it has none, or no message), plus 1 if it is; or failure
  jit::Helper read_item;
  // Writing. `to` is the output's cursor.
  jit::Helper sort_entries;  // (ctx, first entry, cursor, type of the keys) -> 1 or failure
};
[[nodiscard]] const Helpers& helpers() noexcept;

}  // namespace wirejit::pb
