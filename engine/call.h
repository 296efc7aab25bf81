// The words of a Context that a call sets besides what is the same for every call of a codec: where
// it reads and where it writes. Entry: set_input, set_output, take_output.
// Invariant: cursors are never null.
#pragma once

#include "jit/context.h"

#include <wirejit/buffer.h>

namespace wirejit::engine {

// `input` has an address, also if it is empty.
inline void set_input(jit::Context& ctx, Bytes input) noexcept {
  ctx.input_begin = input.data();
  ctx.input_end = input.data() + input.size();
  ctx.r0 = reinterpret_cast<std::uint64_t>(ctx.input_begin);
  ctx.r1 = reinterpret_cast<std::uint64_t>(ctx.input_end);
}

// The output begins behind what the buffer holds, which may grow to `limit` bytes in all.
inline void set_output(jit::Context& ctx, Buffer& out, std::uint64_t limit) noexcept {
  ctx.output = &out;
  ctx.output_limit = limit;
  ctx.w0 = reinterpret_cast<std::uint64_t>(out.storage() + out.size());
  ctx.w1 = reinterpret_cast<std::uint64_t>(out.storage() + out.capacity());
  ctx.aux[jit::aux_output_begin] = reinterpret_cast<std::uint64_t>(out.storage());
}

// What the program wrote becomes contents of the buffer, if it is within the limit: growing has
// looked at the limit, but what fits into the buffer as it was did not grow.
inline bool take_output(jit::Context& ctx, Buffer& out) noexcept {
  const auto size =
      static_cast<std::size_t>(reinterpret_cast<std::uint8_t*>(ctx.w0) - out.storage());
  if (size > ctx.output_limit) [[unlikely]] {
    ctx.error = static_cast<std::uint16_t>(Errc::size_limit);
    ctx.error_at = ctx.r0;
    return false;
  }
  out.set_size(size);
  return true;
}

}  // namespace wirejit::engine
