// Helpers that every Program may need.
#include "jit/runtime.h"

#include <wirejit/buffer.h>

#include <cstddef>

namespace wirejit::jit {

HelperResult grow_output(Context& ctx, std::uint8_t* cursor, std::uint64_t need) noexcept {
  Buffer& out = *ctx.output;
  const auto used = static_cast<std::size_t>(cursor - out.storage());
  if (need > ctx.output_limit || used > ctx.output_limit - need) {
    return fail(ctx, Errc::size_limit, reinterpret_cast<const void*>(ctx.r0));
  }
  const std::size_t wanted = used + need;
  const std::size_t doubled = out.capacity() * 2;
  out.set_size(used);
  if (!out.reserve(wanted < doubled ? doubled : wanted)) {
    return fail(ctx, Errc::no_memory, reinterpret_cast<const void*>(ctx.r0));
  }
  ctx.extra_results[extra_output_begin] = reinterpret_cast<std::uint64_t>(out.storage());
  return {reinterpret_cast<std::uint64_t>(out.storage() + used),
          reinterpret_cast<std::uint64_t>(out.storage() + out.capacity())};
}

const Helper& grow_output_helper() noexcept {
  static const Helper h = helper<&grow_output>("grow_output");
  return h;
}

}  // namespace wirejit::jit
