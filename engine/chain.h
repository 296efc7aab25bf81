// Inputs outside the fast path: chains, empty inputs without an address, and inputs that are too
// large. Entry: make_contiguous. Invariant: a chain that is too large is rejected before it is
// copied.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/error.h>
#include <wirejit/options.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace wirejit::engine {

// A call's input in one span, and the bytes that the copy is charged to the call's memory.
struct ContiguousInput {
  Bytes bytes;
  std::size_t charged = 0;
};

// Returns the input as one span. A chain is copied: into the arena if there is one, so that views
// may point at it; else into `copy`. Errors: size_limit, memory_limit, no_memory.
[[nodiscard]] Result<ContiguousInput> make_contiguous(const Limits& limits, const Input& input,
                                                      Arena* arena, Buffer& copy);

// Part of an input.
struct Extent {
  std::size_t from = 0;
  std::size_t size = 0;
  bool more = false;  // bytes follow it
};
// What the input has of the `wanted` bytes at `from`. Looks at no more spans than have them.
[[nodiscard]] Extent extent_of(const Input& input, std::size_t from, std::size_t wanted) noexcept;
// What lies in the first span that is not empty, at most `most` bytes.
[[nodiscard]] Extent first_extent(const Input& input, std::size_t most) noexcept;
// As above; nothing is copied that lies in one span.
[[nodiscard]] Result<ContiguousInput> make_contiguous(const Limits& limits, const Input& input,
                                                      const Extent& extent, Arena* arena,
                                                      Buffer& copy);
// Copies what the input begins with, as much as `to` has room for. Returns how many bytes.
std::size_t copy_start(const Input& input, std::span<std::uint8_t> to) noexcept;

}  // namespace wirejit::engine
