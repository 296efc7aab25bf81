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

namespace {

// Whether the output will certainly go beyond the limit. `need` is the most that comes next: at most
// 8 times what will be written, and the room of fields that may not come. So what is written alone
// decides, and the memory that is taken before stays within a few times the limit.
bool goes_beyond(std::uint64_t limit, std::size_t used, std::uint64_t need) noexcept {
  constexpr std::uint64_t most_room = 1U << 20;  // of fields that do not come
  const bool is_large = need > most_room && need / 8 > limit - used;
  return used > limit || is_large || need > SIZE_MAX - used;
}

}  // namespace

HelperResult grow_output(Context& ctx, std::uint8_t* cursor, std::uint64_t need) noexcept {
  Buffer& out = *ctx.output;
  const auto used = static_cast<std::size_t>(cursor - out.storage());
  if (goes_beyond(ctx.output_limit, used, need)) {
    return fail(ctx, Errc::size_limit, reinterpret_cast<const void*>(ctx.r0));
  }
  const std::size_t wanted = used + need;
  const std::size_t doubled = std::min<std::uint64_t>(out.capacity() * 2, ctx.output_limit);
  out.set_size(used);
  if (!out.reserve(std::max(wanted, doubled))) {
    return fail(ctx, Errc::no_memory, reinterpret_cast<const void*>(ctx.r0));
  }
  ctx.extra_results[extra_output_begin] = reinterpret_cast<std::uint64_t>(out.storage());
  return {reinterpret_cast<std::uint64_t>(out.storage() + used),
          reinterpret_cast<std::uint64_t>(std::max(soft_end(ctx), out.storage() + wanted))};
}

const Helper& grow_output_helper() noexcept {
  static const Helper h = helper<&grow_output>("grow_output");
  return h;
}

}  // namespace wirejit::jit
