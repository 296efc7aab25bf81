// Deep copies of values in record form, and values as new.
// Entry: copy_value, copy_struct, init_value. Invariant: the target is written last, so it may be
// part of the source; defaults shared with the layout's image stay shared, so that a copy is never
// larger than what it copies.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/detail/layout.h>
#include <wirejit/error.h>

#include <cstddef>

namespace wirejit::record {

// Errors: no_memory, depth_limit.
[[nodiscard]] Result<void> copy_value(const Layout& layout, const void* from, void* to,
                                      Arena& arena, int depth = 0);
[[nodiscard]] Result<void> copy_struct(const StructLayout& layout, const void* from, void* to,
                                       Arena& arena, int depth = 0);

// Zero, empty, or a struct with its defaults.
void init_value(const Layout& layout, void* at) noexcept;

// True if bytes of one layout mean the same in the other, so that copy_value may serve.
[[nodiscard]] bool same_form(const Layout& a, const Layout& b) noexcept;

// Room for `count` things of `size` bytes; never null. Errors: size_limit, no_memory.
[[nodiscard]] Result<void*> allocate_array(Arena& arena, std::size_t count, std::size_t size);

}  // namespace wirejit::record
