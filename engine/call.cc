// Calls outside the fast path (calls.cc): check_limits, start and run.
// Invariant: a failed run leaves the output buffer as it was.
#include "engine/call.h"

#include "jit/scratch.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace wirejit::engine {

Result<void> check_limits(const Limits& limits) {
  if (limits.depth == 0) {
    return std::unexpected(Error(Errc::unsupported, "Limits::depth of 0 allows no value at all"));
  }
  if (limits.depth <= Limits::max_depth ||
      (limits.depth <= limits.stack / Limits::stack_per_level && limits.depth <= INT32_MAX)) {
    return {};
  }
  return std::unexpected(
      Error(Errc::unsupported,
            "Limits::depth of " + std::to_string(limits.depth) + " is more than " +
                std::to_string(Limits::max_depth) + " levels, and needs Limits::stack of " +
                std::to_string(std::uint64_t{limits.depth} * Limits::stack_per_level) + " bytes"));
}

void start(const Call& call, jit::Context& ctx, Buffer* out) noexcept {
  const Compiled& c = *call.codec;
  c.begin(ctx);
  ctx.attempt = static_cast<std::uint8_t>(call.attempt);
  ctx.prefix = call.prefix;
  if (call.is_outermost()) {
    set_limits(ctx, *call.limits);
  } else {
    ctx.depth_left = call.outer->depth_left - 1;  // the root is one level
    ctx.memory_left = call.outer->memory_left;
    std::memcpy(ctx.writer_state, call.outer->writer_state, sizeof ctx.writer_state);
  }
  ctx.memory_left -= call.charged;
  if (call.mark != nullptr) {
    call.arena->rewind(*call.mark);
  }
  if (call.out == nullptr) {
    ctx.arena = call.arena;
  }
  if (c.reads_input) {
    set_input(ctx, with_address(call.input));
  } else {
    ctx.r0 = reinterpret_cast<std::uint64_t>(call.source);
  }
  if (call.out != nullptr) {
    set_output(ctx, *out,
               call.is_outermost() ? output_limit(*call.limits, *out)
                                   : std::max<std::uint64_t>(call.limit, out->size()));
  } else {
    ctx.w0 = reinterpret_cast<std::uint64_t>(call.target);
  }
}

bool run(const Call& call, jit::Context& ctx) noexcept {
  const std::size_t before = call.out != nullptr ? call.out->size() : 0;
  start(call, ctx, call.out);
  const bool ok =
      call.codec->run(ctx) != 0 && (call.out == nullptr || commit_output(ctx, *call.out));
  if (ctx.scratch != nullptr) {
    jit::free_scratch(ctx);
  }
  if (!ok && call.out != nullptr) {
    call.out->set_size(before);
  }
  if (ok && call.taken != nullptr && call.codec->reads_input) {
    *call.taken =
        static_cast<std::size_t>(ctx.r0 - reinterpret_cast<std::uint64_t>(ctx.input_begin));
  }
  return ok;
}

}  // namespace wirejit::engine
