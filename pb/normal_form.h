// Converts a valid message that is not canonical: repeated singular fields, messages in several
// fragments, lists in the form that was not declared, several members of one oneof, map entries
// without key or value.
// Entry: normal_form. Invariant: the reader reads the result without a restart and gets the value
// that the specification defines for the input; each byte is examined a bounded number of times per
// level of nesting.
//
// In normal form each field occurs once: a scalar with its last value, a message with all fragments
// merged, a list with all elements in the declared form, a map with the last entry for each key,
// each with key and value, a oneof with its last member. Unknown fields, and unknown numbers of a
// closed enum as unknown fields, follow the known fields in their order in the input. For example
//
//   input:        a { x: 1 }  b: 5  a { y: 2 }  b: 6
//   normal form:  a { x: 1  y: 2 }  b: 6
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/options.h>
#include <wirejit/schema.h>

namespace wirejit::pb {

struct NormalFormRules {
  bool check_utf8 = true;  // also for text that a later value replaces
  // Fail with duplicate_key instead of replacing an entry of a map.
  bool reject_duplicate_keys = false;
  // Fail with duplicate_field instead of replacing or merging a field.
  bool reject_duplicate_fields = false;
  // Fail with unknown_field where an entry of a map has others than its key and value. They are left
  // out otherwise. Other unknown fields are kept for the reader.
  bool reject_unknown_in_entries = false;
};

// Appends the normal form of `input` to `out`. Errors of malformed input have the offset in `input`
// and the field's path. `limits` bounds memory and depth.
[[nodiscard]] Result<void> normal_form(const StructType& type, Bytes input,
                                       const NormalFormRules& rules, const Limits& limits,
                                       Buffer& out);

// Whether the root message contains a singular field twice or two members of a oneof. The check
// stops at malformed input; it returns false for structs with more than 512 fields.
[[nodiscard]] bool has_duplicate_field(const StructType& type, Bytes input,
                                       std::int32_t depth) noexcept;

}  // namespace wirejit::pb
