// A format makes its normal form; this file provides the memory for it and charges the call.
// Entry: with_normal_form, with_kept_normal_form. Invariant: an object that outlives
// the call has no views of `storage`.
#include "engine/normal_form.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace wirejit::engine {

Result<Call> with_normal_form(const Call& call, const Source& source, Buffer& storage) {
  Limits limits = *call.limits;
  if (!call.is_outermost()) {
    limits.depth = static_cast<std::uint32_t>(call.outer->depth_left);
    limits.memory = call.outer->memory_left;
  }
  limits.memory -= call.charged;
  if (Result<void> converted = source.format.normal_form(source.type, with_address(call.input),
                                                         source.options, limits, storage);
      !converted) {
    return std::unexpected(std::move(converted.error()));
  }
  Call on_normal = call;
  on_normal.input = with_address(storage.bytes());
  on_normal.charged += std::min(storage.capacity(), limits.memory);
  return on_normal;
}

Result<Call> with_kept_normal_form(const Call& call, Buffer& storage) {
  const Compiled& c = *call.codec;
  if (c.options.alias_input && call.arena == nullptr) {
    return std::unexpected(Error(
        Errc::unsupported, "a field is repeated, and views of the merged message need an arena"));
  }
  Result<Call> normal = with_normal_form(call, source_of(c), storage);
  if (call.mark != nullptr) {
    call.arena->rewind(*call.mark);
  }
  if (!normal || call.arena == nullptr || storage.empty()) {
    return normal;
  }
  if (storage.size() > call.limits->memory - normal->charged) {
    return std::unexpected(Error(Errc::memory_limit,
                                 "a field is repeated, and merging it needs more memory than the "
                                 "limit"));
  }
  const std::string_view kept = call.arena->copy(storage.text());
  if (kept.data() == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  normal->input = as_bytes(kept);
  normal->charged = call.charged + kept.size();
  storage = Buffer();
  return normal;
}

}  // namespace wirejit::engine
