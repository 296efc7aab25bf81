// Helpers that every Program may need, whatever its formats.
// Entry: grow_output, runtime helpers. Invariant: noexcept; failures are left in the Context.
#pragma once

#include "jit/helper.h"

#include <wirejit/buffer.h>
#include <wirejit/chain.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wirejit::jit {

// How far the output is written without asking for more room: to the limit, or the buffer's end.
[[nodiscard]] inline std::uint8_t* soft_end(const Context& ctx) noexcept {
  const Buffer& out = *ctx.output;
  return ctx.output->storage() + std::min<std::uint64_t>(out.capacity(), ctx.output_limit);
}

// Moves the output to a larger buffer: `cursor` is the writer's, `need` the bytes that must fit
// after it, which may be more than is written there: the caller compares the whole output with
// output_limit. Returns {new cursor, new soft end}, or null with size_limit or no_memory set.
HelperResult grow_output(Context& ctx, std::uint8_t* cursor, std::uint64_t need) noexcept;
const Helper& grow_output_helper() noexcept;

// The Context of a call that links long bytes instead of copying them. Writers know nothing of it:
// they reserve room and copy; the output gets a link instead of the bytes, and its cursor stays
// where it is. A position in the output is therefore a distance that leaves out what was linked.
struct LinkingContext : Context {
  // Call this after all other members were set.
  void begin_links() noexcept;

  std::size_t min_bytes = 0;  // bytes shorter than that are copied
  // If this has an address: bytes outside it are copied, too.
  Bytes linkable{};

  std::vector<wirejit::detail::LinkedBytes> links;  // in order
  std::size_t linked_bytes = 0;
};

// `by` bytes were put into the output at `at`: what had been written after it moved.
void move_links(Context& ctx, const std::uint8_t* at, std::size_t by) noexcept;

}  // namespace wirejit::jit
