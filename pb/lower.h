// What the reader and the writer of the wire share while Programs are made.
// Entry: checked_form, is_packed. Invariant: what Protobuf cannot express makes compiling fail with
// Errc::unsupported, in both directions with the same words.
#pragma once

#include "lower/lowering.h"
#include "lower/node.h"
#include "pb/wire.h"

namespace wirejit::pb {

// A field's form; reports one that Protobuf lacks.
FieldForm checked_form(lower::Lowering& l, const Field& f);
// Reports a root that is no message.
void check_root(lower::Lowering& l, const lower::Node& n);
// Whether a container stands in a field; reports one that does not.
bool is_field(lower::Lowering& l, const lower::Node& n);
// Reports a type that Protobuf lacks.
void refuse(lower::Lowering& l, const Type& type);

// Whether text of that type must be UTF-8, read and written.
[[nodiscard]] bool is_checked(const lower::Lowering& l, const Type& type);
// Fails if the bytes at t0, t1 of them, are not UTF-8. `fast path`: `ascii` if they lie in the
// input, `ascii_written` if in the output.
void check_utf8(lower::Lowering& l, jit::FastPath fast_path);

// Of a list: whether it is written in one piece.
[[nodiscard]] bool is_packed(const lower::Node& n);

}  // namespace wirejit::pb
