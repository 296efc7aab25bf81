// One call of a codec: its input and output, its limits, and its attempt.
// Entry: Call, start, run; the fast path (calls.cc) uses set_input, set_output and commit_output.
// Invariant: cursors are never null.
#pragma once

#include "engine/compiled.h"
#include "jit/context.h"
#include "jit/runtime.h"

#include <wirejit/buffer.h>
#include <wirejit/error.h>
#include <wirejit/options.h>

#include <cstddef>
#include <cstdint>

namespace wirejit::engine {

// How a call runs. The first attempt is optimistic: it expects each field once, in its declared
// form. If the input is different, the outermost call is retried, at most once for each further
// attempt. Nested conversions use the attempt of the outermost call and are never retried by
// themselves, so that nesting does not multiply the work.
enum class Attempt : std::uint8_t {
  optimistic,
  normal_form,  // reads the source's normal form; through a record if the source has none
  record,       // decodes into a record and encodes that
};
[[nodiscard]] inline Attempt attempt_of(const jit::Context& ctx) noexcept {
  return static_cast<Attempt>(ctx.attempt);
}

// Bytes that a call reserves in an output buffer without capacity.
inline constexpr std::size_t initial_output_capacity = 512;

// Whether the depth limit is valid and needs no more stack than Limits::max_depth levels do.
[[nodiscard]] inline bool fit_default_stack(const Limits& limits) noexcept {
  return limits.depth - 1U < Limits::max_depth;
}
// Errors: unsupported (a depth of 0, or more levels than Limits::stack has room for).
[[nodiscard]] Result<void> check_limits(const Limits& limits);

// Sets the depth and memory that a call may use.
inline void set_limits(jit::Context& ctx, const Limits& limits) noexcept {
  ctx.depth_left = static_cast<std::int32_t>(limits.depth) - 1;  // the root is one level
  ctx.memory_left = limits.memory;
}

// `input`, or an empty span whose address is not null.
[[nodiscard]] inline Bytes with_address(Bytes input) noexcept {
  static constexpr std::uint8_t nothing = 0;
  return input.data() != nullptr ? input : Bytes(&nothing, 0);
}

// The address of `input` is not null, even if it is empty.
inline void set_input(jit::Context& ctx, Bytes input) noexcept {
  ctx.input_begin = input.data();
  ctx.input_end = input.data() + input.size();
  ctx.r0 = reinterpret_cast<std::uint64_t>(ctx.input_begin);
  ctx.r1 = reinterpret_cast<std::uint64_t>(ctx.input_end);
}

// The output is appended to the buffer's contents, which may grow to `limit` bytes in total, and
// are not more. Before the Program writes beyond that it asks for room, whatever the buffer has.
inline void set_output(jit::Context& ctx, Buffer& out, std::uint64_t limit) noexcept {
  ctx.output = &out;
  ctx.output_limit = limit;
  ctx.w0 = reinterpret_cast<std::uint64_t>(out.storage() + out.size());
  ctx.w1 = reinterpret_cast<std::uint64_t>(jit::soft_end(ctx));
  ctx.extra_results[jit::extra_output_begin] = reinterpret_cast<std::uint64_t>(out.storage());
}

// The size to which an outermost call may grow its output buffer.
[[nodiscard]] inline std::uint64_t output_limit(const Limits& limits, const Buffer& out) noexcept {
  const std::size_t used = out.size();
  const std::size_t limit = used + limits.output_bytes;
  return limit < used ? ~std::uint64_t{0} : limit;
}

// Sets the buffer's size to the end of what the Program wrote. Returns false (size_limit) if that
// exceeds the limit: the Program looks at it only where it asks for more room.
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
  // The source: bytes, or an object.
  Bytes input{};
  const void* source = nullptr;
  // The target: bytes, or an object.
  Buffer* out = nullptr;
  void* target = nullptr;
  Arena* arena = nullptr;
  // The arena's mark before the call, if the object is discarded after a failure; else null. Each
  // run rewinds to it, so that a failed call takes no more of the arena than one run.
  const Arena::Mark* mark = nullptr;
  std::uint64_t charged = 0;  // bytes of Limits::memory that are in use before the run
  Attempt attempt = Attempt::optimistic;
  // Nested conversions: the Context of the outer call, whose remaining depth and memory they use.
  // Null for an outermost call.
  const jit::Context* outer = nullptr;
  std::uint64_t limit = 0;  // nested conversions: the size to which `out` may grow
  // Outermost calls.
  const Limits* limits = &wirejit::detail::default_call.limits;
  // The value need not end where the input ends.
  bool prefix = false;
  std::size_t before = 0;        // bytes that stand before `input`: offsets of errors count them
  std::size_t* taken = nullptr;  // if not null, receives the bytes of `input` that were read

  [[nodiscard]] bool is_outermost() const noexcept { return outer == nullptr; }
};

// Prepares `ctx` for a run of the call, which appends to `out` if the target is bytes.
void start(const Call& call, jit::Context& ctx, Buffer* out) noexcept;

// Runs the call once. After a failure the output is as it was before, and `ctx` has the error.
[[nodiscard]] bool run(const Call& call, jit::Context& ctx) noexcept;

}  // namespace wirejit::engine
