// Comparing with literals and writing them: which words, and where they overlap.
// Entry: emit_match, emit_put_literal. Invariant: names no CPU; changes no register of program.h.
#pragma once

#include "jit/masm.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wirejit::jit {

// Goes to `miss` if the bytes at [r0 + disp] differ. `readable` bytes may be read there (never
// fewer than the literal's).
void emit_match(Masm& m, std::string_view literal, std::int64_t disp, std::size_t readable,
                CodeLabel miss);

// Writes at [w0 + disp] and over at most 15 bytes after it.
void emit_put_literal(Masm& m, std::string_view literal, std::int64_t disp);

}  // namespace wirejit::jit
