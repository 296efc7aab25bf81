// A Writer that writes what a reader knows as one struct as another one: of another schema, whose
// fields are matched by number or by name.
// Entry: retype. Invariant: the writer behind it sees nodes of its own schema alone; the reader and
// fuse see theirs.
//
// Values go over as they are where the target's range holds them; integers of the same width keep
// their bits; into a narrower integer a value that does not fit is number_out_of_range. Enums go
// over by number, lists and sets into each other, text into binary. What has no counterpart is
// skipped as if unknown.
#pragma once

#include "lower/writer.h"

#include <wirejit/codec.h>

#include <memory>

namespace wirejit::lower {

// `writer`, for `to`, driven by nodes of `from`. Both types are those of structs and live as long
// as the result. Errors: unsupported, naming fields whose types do not go together, a required
// field of the target that has no counterpart, and a struct that would have to become two.
Result<std::unique_ptr<Writer>> retype(std::unique_ptr<Writer> writer, const Type& from,
                                       const Type& to, Match match);

}  // namespace wirejit::lower
