// Helpers that every Program may need.
#include "jit/runtime.h"

#include "jit/module.h"

#include <wirejit/buffer.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <functional>
#include <new>

namespace wirejit::jit {

namespace {

bool lies_in(Bytes bytes, Bytes range) noexcept {
  const std::less_equal<> le;
  return le(range.data(), bytes.data()) &&
         le(bytes.data() + bytes.size(), range.data() + range.size());
}

bool may_link(const LinkingContext& ctx, Bytes bytes) noexcept {
  if (bytes.size() < ctx.min_bytes) {
    return false;
  }
  if (ctx.linkable.data() != nullptr && !lies_in(bytes, ctx.linkable)) {
    return false;  // scratch memory, or a constant
  }
  return std::ranges::none_of(ctx.module->constants,
                              [&](Bytes constant) { return lies_in(bytes, constant); });
}

std::uint8_t* link_or_copy(std::uint8_t* to, const std::uint8_t* from, std::size_t size,
                           Context& context) noexcept {
  auto& ctx = static_cast<LinkingContext&>(context);
  const Bytes bytes(from, size);
  if (may_link(ctx, bytes)) {
    try {
      ctx.links.push_back({static_cast<std::size_t>(to - ctx.output->storage()), bytes});
      ctx.linked_bytes += size;
      return to;
    } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): then it is copied
    }
  }
  std::memcpy(to, from, size);
  return to + size;
}

}  // namespace

void LinkingContext::begin_links() noexcept { copy = reinterpret_cast<const void*>(&link_or_copy); }

void move_links(Context& ctx, const std::uint8_t* at, std::size_t by) noexcept {
  if (ctx.copy != reinterpret_cast<const void*>(&link_or_copy)) {
    return;
  }
  auto& links = static_cast<LinkingContext&>(ctx).links;
  const auto position = static_cast<std::size_t>(at - ctx.output->storage());
  for (auto link = links.rbegin(); link != links.rend() && link->at > position; ++link) {
    link->at += by;
  }
}

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
