// A chain is copied into one span. Reading it in place would need a check at each segment's end in
// all generated code. Entry: make_contiguous. Invariant: sizes are checked before memory is
// allocated.
#include "engine/chain.h"

#include "core/no_throw.h"
#include "engine/call.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace wirejit::engine {

namespace {

Error too_large(std::size_t limit) {
  return Error(Errc::size_limit,
               "the input has more than the limit of " + std::to_string(limit) + " bytes");
}

// Calls `use(span)` for the spans of an input, until that returns false.
template <class F>
void for_each_span(const Input& input, F&& use) {
  if (!input.is_chain()) {
    use(input.bytes());
    return;
  }
  for (const Bytes span : input.chain()) {
    if (!use(span)) {
      return;
    }
  }
}

// Calls `use(part)` for what each span has of an extent.
template <class F>
void for_each_part(const Input& input, std::size_t from, std::size_t size, F&& use) {
  for_each_span(input, [&](Bytes span) {
    const std::size_t skipped = std::min(from, span.size());
    from -= skipped;
    const Bytes part = span.subspan(skipped, std::min(span.size() - skipped, size));
    size -= part.size();
    if (!part.empty()) {
      use(part);
    }
    return size != 0;
  });
}

void copy_part(const Input& input, const Extent& extent, std::uint8_t* to) {
  for_each_part(input, extent.from, extent.size, [&](Bytes part) {
    std::memcpy(to, part.data(), part.size());
    to += part.size();
  });
}

}  // namespace

Extent extent_of(const Input& input, std::size_t from, std::size_t wanted) noexcept {
  Extent extent{.from = from};
  std::size_t skip = from;
  for_each_span(input, [&](Bytes span) {
    const std::size_t skipped = std::min(skip, span.size());
    skip -= skipped;
    const std::size_t n = std::min(span.size() - skipped, wanted - extent.size);
    extent.size += n;
    extent.more = skip == 0 && n < span.size() - skipped;
    return !extent.more;
  });
  return extent;
}

Extent first_extent(const Input& input, std::size_t most) noexcept {
  std::size_t size = 0;
  for_each_span(input, [&](Bytes span) {
    size = span.size();
    return size == 0;
  });
  return extent_of(input, 0, std::min(size, most));
}

std::size_t copy_start(const Input& input, std::span<std::uint8_t> to) noexcept {
  const Extent start = extent_of(input, 0, to.size());
  copy_part(input, start, to.data());
  return start.size;
}

Result<ContiguousInput> make_contiguous(const Limits& limits, const Input& input,
                                        const Extent& extent, Arena* arena, Buffer& copy) {
  Bytes first;
  for_each_part(input, extent.from, extent.size,
                [&](Bytes part) { first = first.empty() ? part : first; });
  if (first.size() == extent.size) {
    return ContiguousInput{with_address(first)};
  }
  if (extent.size > limits.memory) {
    return std::unexpected(Error(Errc::memory_limit, "a chain of " + std::to_string(extent.size) +
                                                         " bytes is copied into one span, which "
                                                         "is more than the limit of " +
                                                         std::to_string(limits.memory)));
  }
  std::uint8_t* to = nullptr;
  if (arena != nullptr) {
    to = static_cast<std::uint8_t*>(arena->allocate(extent.size, 8));
  } else if (copy.reserve(extent.size + 1)) {
    to = copy.storage();
  }
  if (to == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  copy_part(input, extent, to);
  return ContiguousInput{{to, extent.size}, extent.size};
}

Result<ContiguousInput> make_contiguous(const Limits& limits, const Input& input, Arena* arena,
                                        Buffer& copy) {
  return core::without_throwing([&]() -> Result<ContiguousInput> {
    std::size_t total = 0;
    bool fits = true;
    for_each_span(input, [&](Bytes span) {
      fits = span.size() <= limits.input_bytes - total;
      total += fits ? span.size() : 0;
      return fits;
    });
    return fits ? make_contiguous(limits, input, {.size = total}, arena, copy)
                : std::unexpected(too_large(limits.input_bytes));
  });
}

}  // namespace wirejit::engine
