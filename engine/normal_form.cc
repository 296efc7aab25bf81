// Normal forms are the formats' work; here is who holds and who pays for them.
#include "engine/normal_form.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace wirejit::engine {

Result<Call> with_normal_form(const Call& call, const Source& source, Buffer& own) {
  Limits limits = *call.limits;
  if (!call.is_outermost()) {
    limits.depth = static_cast<std::uint32_t>(call.outer->depth_left);
    limits.memory = call.outer->memory_left;
  }
  limits.memory -= call.charged;
  if (Result<void> made = source.format.normal_form(source.type, with_address(call.input),
                                                    source.options, limits, own);
      !made) {
    return std::unexpected(std::move(made.error()));
  }
  Call on_normal = call;
  on_normal.input = with_address(own.bytes());
  on_normal.charged += std::min(own.capacity(), limits.memory);
  return on_normal;
}

Result<Call> with_kept_normal_form(const Call& call, Buffer& own) {
  const Compiled& c = *call.codec;
  if (c.options.alias_input && call.arena == nullptr) {
    return std::unexpected(Error(
        Errc::unsupported, "a field came again: views of what is put together need an arena"));
  }
  Result<Call> made = with_normal_form(call, source_of(c), own);
  if (call.mark != nullptr) {
    call.arena->rewind(*call.mark);
  }
  if (!made || call.arena == nullptr || own.empty()) {
    return made;
  }
  if (own.size() > call.limits->memory - made->charged) {
    return std::unexpected(Error(Errc::memory_limit,
                                 "a field came again, and the message put together takes more "
                                 "memory than the limit"));
  }
  const std::string_view kept = call.arena->copy(own.text());
  if (kept.data() == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  made->input = as_bytes(kept);
  made->charged = call.charged + kept.size();
  own = Buffer();
  return made;
}

}  // namespace wirejit::engine
