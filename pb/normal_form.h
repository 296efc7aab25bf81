// Canonical bytes for a message that uses the freedom of the wire: fields in pieces, several times,
// or in the form that was not declared; members of one oneof; entries without key or value.
// Entry: normal_form. Invariant: what the reader makes of the result, without a restart, is what
// the specification says of the input; each byte is looked at a bounded number of times for each
// level of nesting.
//
// In normal form a field comes once: of scalars the last, of messages all pieces as one, of lists
// all elements in the declared form, of maps the last entry for each key, with key and value; of a
// oneof the last member. Numbers that a closed enum lacks stand alone, as unknown fields do: behind
// the known ones, in their order.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/options.h>
#include <wirejit/schema.h>

namespace wirejit::pb {

struct NormalFormRules {
  bool checks_text = true;            // text that is replaced must be UTF-8 as well
  bool rejects_equal_keys = false;    // an entry that would be replaced is duplicate_key
  bool refuses_equal_fields = false;  // a field that would be replaced or merged, duplicate_field
};

// Appends to `out`. Errors of malformed input have their offset in it and the field's path; memory
// is bounded by `limits`.
[[nodiscard]] Result<void> normal_form(const StructType& type, Bytes input,
                                       const NormalFormRules& rules, const Limits& limits,
                                       Buffer& out);

// Whether a singular field, or a second member of a oneof, comes again among the message's own
// fields. A look that stops at what is malformed; of structs with more than 512 fields it says no.
[[nodiscard]] bool comes_again(const StructType& type, Bytes input, std::int32_t depth) noexcept;

}  // namespace wirejit::pb
