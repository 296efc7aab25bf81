// One call of a codec: where it reads and writes, what it may use, and how it runs.
// Entry: Call, start, run; set_input, set_output, commit_output for the usual calls, which need no
// more. Invariant: cursors are never null.
#pragma once

#include "engine/compiled.h"
#include "jit/context.h"

#include <wirejit/buffer.h>
#include <wirejit/error.h>
#include <wirejit/options.h>

#include <cstddef>
#include <cstdint>

namespace wirejit::engine {

// How a call runs. It begins optimistic: each field is expected once, in the form that was
// declared. Where that does not hold, the outermost call runs again, at most once for each further
// attempt, and all conversions inside it follow its attempt; so nested ones do not multiply the
// work.
enum class Attempt : std::uint16_t {
  optimistic,
  normal_form,  // on the source's normal form; through a record where the source has none
  record,       // through a record
};
[[nodiscard]] inline Attempt attempt_of(const jit::Context& ctx) noexcept {
  return static_cast<Attempt>(ctx.attempt);
}

// What an empty buffer gets before a call writes to it.
inline constexpr std::size_t initial_output_capacity = 512;

// Whether the limits can be kept without a look at the stack.
[[nodiscard]] inline bool fit_default_stack(const Limits& limits) noexcept {
  return limits.depth - 1U < Limits::max_depth;
}
// Errors: unsupported (no value at all is allowed, or more levels than fit in the stack).
[[nodiscard]] Result<void> check_limits(const Limits& limits);

// What a call may use, as its Context has it.
inline void set_limits(jit::Context& ctx, const Limits& limits) noexcept {
  ctx.depth_left = static_cast<std::int32_t>(limits.depth) - 1;  // the root counts
  ctx.memory_left = limits.memory;
}

// With an address, also where there is nothing.
[[nodiscard]] inline Bytes with_address(Bytes input) noexcept {
  static constexpr std::uint8_t nothing = 0;
  return input.data() != nullptr ? input : Bytes(&nothing, 0);
}

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
  ctx.extra_results[jit::extra_output_begin] = reinterpret_cast<std::uint64_t>(out.storage());
}

// How far a buffer may grow in a call of its own.
[[nodiscard]] inline std::uint64_t output_limit(const Limits& limits, const Buffer& out) noexcept {
  const std::size_t used = out.size();
  const std::size_t limit = used + limits.output_bytes;
  return limit < used ? ~std::uint64_t{0} : limit;
}

// What the program wrote becomes contents of the buffer, if it is within the limit: growing has
// looked at the limit, but what fits into the buffer as it was did not grow.
inline bool commit_output(jit::Context& ctx, Buffer& out) noexcept {
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

struct Call {
  const Compiled* codec = nullptr;
  // What is read: bytes, or an object.
  Bytes input{};
  const void* source = nullptr;
  // What is written: bytes, or an object.
  Buffer* out = nullptr;
  void* target = nullptr;
  Arena* arena = nullptr;
  // Where the object is of no use after a failure: what the arena held before. Each run begins
  // there, so that a failed call takes no more memory than one run.
  const Arena::Mark* mark = nullptr;
  std::uint64_t charged = 0;  // of the memory that the call may use
  Attempt attempt = Attempt::optimistic;
  // Of a conversion inside another call: that one's state, of whose depth and memory it takes, and
  // how far its buffer may grow. Of the outermost call: null; `limits` count.
  const jit::Context* outer = nullptr;
  std::uint64_t limit = 0;
  // Of the outermost call.
  const Limits* limits = &wirejit::detail::default_call.limits;

  [[nodiscard]] bool is_outermost() const noexcept { return outer == nullptr; }
};

// The Context for a run of the call, with that output if it writes bytes.
void start(const Call& call, jit::Context& ctx, Buffer* out) noexcept;

// Runs once. After a failure the output is as before, and the Context says why.
[[nodiscard]] bool run(const Call& call, jit::Context& ctx) noexcept;

}  // namespace wirejit::engine
