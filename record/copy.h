// Deep copies of values in record form, and new values.
// Entry: copy_value, copy_struct, init_value. Invariant: the target is written last, so it may be
// part of the source; defaults shared with the layout's default bytes stay shared, so that a copy
// is never larger than its source.
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

// Makes the value zero, empty, or a struct with its defaults.
void init_value(const Layout& layout, void* at) noexcept;

// True if bytes of one layout mean the same in the other, so that copy_value may copy them.
[[nodiscard]] bool same_form(const Layout& a, const Layout& b) noexcept;

// Memory for `count` elements of `size` bytes each; never null. Errors: size_limit, no_memory.
[[nodiscard]] Result<void*> allocate_array(Arena& arena, std::size_t count, std::size_t size);

}  // namespace wirejit::record
