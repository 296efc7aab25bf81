// What the reader and the writer of the wire share while Programs are made.
// Entry: checked_form, is_packed. Invariant: what Protobuf cannot express makes compiling fail with
// Errc::unsupported, in both directions with the same words.
#pragma once

#include "jit/format.h"
#include "pb/wire.h"

namespace wirejit::pb {

// A field's form; reports one that Protobuf lacks.
FieldForm checked_form(jit::Lowering& l, const Field& f);
// Reports a root that is no message.
void check_root(jit::Lowering& l, const jit::Node& n);
// Whether a container stands in a field; reports one that does not.
bool is_field(jit::Lowering& l, const jit::Node& n);
// Reports a type that Protobuf lacks.
void refuse(jit::Lowering& l, const Type& type);

// Whether text of that type must be UTF-8, read and written.
[[nodiscard]] bool is_checked(const jit::Lowering& l, const Type& type);
// Fails if the bytes at t0, t1 of them, are not UTF-8. `shortcut`: `ascii` if they lie in the
// input, `ascii_written` if in the output.
void check_utf8(jit::Lowering& l, jit::Shortcut shortcut);

// Of a list: whether it is written in one piece.
[[nodiscard]] bool is_packed(const jit::Node& n);

}  // namespace wirejit::pb
