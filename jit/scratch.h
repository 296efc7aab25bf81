// What a call needs beside its buffers: bytes of scratch memory, and the objects under
// construction. Entry: scratch_bytes, push_object, free_scratch. Invariant: everything here is
// freed when the call ends, whichever way it ends; sizes are charged to the call's memory budget.
#pragma once

#include "jit/context.h"

#include <cstddef>
#include <cstdint>

namespace wirejit::jit {

// At least `size` bytes, overwritten by the next request; null for lack of memory (the error is
// set). After them, scratch_padding more bytes may be read.
inline constexpr std::size_t scratch_padding = 16;
std::uint8_t* scratch_bytes(Context& ctx, std::size_t size) noexcept;

// An object (a struct key, a set's element) that is being filled and must be destroyed if the call
// fails meanwhile. They nest. False for lack of memory (the error is set, and the object was
// destroyed).
bool push_object(Context& ctx, void* object, void (*destroy)(void*) noexcept) noexcept;
// Takes the innermost one off, without destroying it.
void* pop_object(Context& ctx) noexcept;

// One object that lives as long as the call, or null; set_call_state returns false for lack of
// memory (the error is set, and the object was destroyed).
void* call_state(const Context& ctx) noexcept;
bool set_call_state(Context& ctx, void* object, void (*destroy)(void*) noexcept) noexcept;

// Ends a call: destroys what is left.
void free_scratch(Context& ctx) noexcept;

}  // namespace wirejit::jit
