// What the reader and the writer of the wire share while Programs are made.
// Entry: checked_form, is_packed. Invariant: compiling fails with Errc::unsupported for types that
// Protobuf cannot express, with the same message in both directions.
#pragma once

#include "lower/lowering.h"
#include "lower/node.h"
#include "pb/wire.h"

namespace wirejit::pb {

// The form of a field. Reports a field that Protobuf cannot express.
FieldForm checked_form(lower::Lowering& l, const Field& f);
// Reports a root that is not a message.
void check_root(lower::Lowering& l, const lower::Node& n);
// Whether a container is the value of a field; reports one that is not.
bool is_field(lower::Lowering& l, const lower::Node& n);
// Reports a type that Protobuf cannot express.
void report_unsupported(lower::Lowering& l, const Type& type);

// Whether text of that type must be UTF-8 when it is read and written.
[[nodiscard]] bool is_checked(const lower::Lowering& l, const Type& type);
// Fails if the t1 bytes at t0 are not UTF-8. `fast_path` is `ascii` for bytes in the input and
// `ascii_written` for bytes in the output.
void check_utf8(lower::Lowering& l, jit::FastPath fast_path);

// Whether a list is packed.
[[nodiscard]] bool is_packed(const lower::Node& n);

}  // namespace wirejit::pb
