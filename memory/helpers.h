// What Programs that read or write memory call at run time: one table.
// Entry: helpers(). Invariant: noexcept; what they allocate is charged to the call's memory budget
// first.
#pragma once

#include "jit/helper.h"

namespace wirejit::memory {

struct Helpers {
  // Reading.
  jit::Helper string_view;    // (ops, string) -> data, size
  jit::Helper optional_get;   // (ops, optional) -> value or null
  jit::Helper variant_index;  // (ops, variant) -> index
  jit::Helper variant_get;    // (ops, variant, index) -> value
  jit::Helper unknown_view;   // (UnknownFields) -> data, size
  jit::Helper last_entries;   // (ctx, data, count, layout) -> data, count without entries that a
                              // later one with the same key overrides, or failure; count is not 0
  // Writing.
  jit::Helper assign;           // (ctx, ops, string, data, size) -> 1 or failure
  jit::Helper emplace;          // (ctx, ops, optional, size) -> value or failure
  jit::Helper reset;            // (ops, optional)
  jit::Helper variant_emplace;  // (ctx, ops, variant, index) -> value or failure
  jit::Helper variant_reset;    // (ops, variant)
  jit::Helper allocate;         // (ctx, size, word) -> arena memory, word; or failure
  jit::Helper
      allocate_array;      // (ctx, count, stride) -> arena memory or failure; not null for count 0
  jit::Helper grow_array;  // (ctx, header, index, stride) -> element `index` of {data, count} at
                           // header, or failure
  jit::Helper allocate_zeroed_array;  // as the two above, with elements of zeros
  jit::Helper grow_zeroed_array;
  jit::Helper keep_bytes;      // (ctx, data, size, alias) -> data, size: in the input (if alias) or
                               // copied to the arena
  jit::Helper reset_field;     // (record, StructLayout, StructType, index): as in the default bytes
  jit::Helper keep_unknown;    // (ctx, slot, data, size, tag) -> 1 or failure: appends
  jit::Helper clear_unknown;   // (UnknownFields)
  jit::Helper append_unknown;  // (ctx, UnknownFields, data, size, format) -> 1 or failure
  jit::Helper drop_duplicates;     // (ctx, header, layout) -> 1 or failure: of equal keys, the last
                                   // entry stays
  jit::Helper copy_default_bytes;  // (to, from, size)
};
[[nodiscard]] const Helpers& helpers() noexcept;

}  // namespace wirejit::memory
