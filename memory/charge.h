// What helpers of memory say when they fail, and what they charge to the call's memory budget.
// Entry: charge, found_or_rejected. Invariant: what is rejected has set the call's error; the
// helper then returns {0, 0}.
#pragma once

#include "jit/helper.h"
#include "jit/scratch.h"

#include <wirejit/detail/reflect_core.h>

#include <cstdint>

namespace wirejit::memory {

inline jit::HelperResult reject(jit::Context& ctx, Errc code) noexcept {
  return jit::fail(ctx, code, reinterpret_cast<const void*>(ctx.r0));
}

inline jit::HelperResult found(const void* p) noexcept {
  return {reinterpret_cast<std::uint64_t>(p), 0};
}
// What an operation of a layout rejected: it lacked memory, or code of the application threw.
[[gnu::cold]] inline jit::HelperResult rejected(jit::Context& ctx) noexcept {
  return reject(ctx, detail::failure_code());
}
inline jit::HelperResult found_or_rejected(jit::Context& ctx, const void* p) noexcept {
  return p != nullptr ? found(p) : rejected(ctx);
}

inline bool charge(jit::Context& ctx, std::uint64_t bytes) noexcept {
  if (bytes > ctx.memory_left) {
    reject(ctx, Errc::memory_limit);
    return false;
  }
  ctx.memory_left -= bytes;
  return true;
}

inline bool charge_array(jit::Context& ctx, std::uint64_t count, std::uint64_t stride) noexcept {
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(count, stride, &bytes)) {
    reject(ctx, Errc::memory_limit);
    return false;
  }
  return charge(ctx, bytes);
}

}  // namespace wirejit::memory
