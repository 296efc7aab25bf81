// A chain is copied into one span. Reading it in place would need a check at each segment's end in
// all generated code. Entry: make_contiguous. Invariant: sizes are checked before memory is
// allocated.
#include "engine/chain.h"

#include "core/no_throw.h"
#include "engine/call.h"

#include <cstring>
#include <span>
#include <string>

namespace wirejit::engine {

namespace {

Error too_large(std::size_t limit) {
  return Error(Errc::size_limit,
               "the input has more than the limit of " + std::to_string(limit) + " bytes");
}

// Copies the chain into the arena if there is one (views may point at it), else into `copy`.
Result<ContiguousInput> gather(const Limits& limits, std::span<const Bytes> chain, Arena* arena,
                               Buffer& copy) {
  std::size_t total = 0;
  for (const Bytes part : chain) {
    if (part.size() > limits.input_bytes - total) {
      return std::unexpected(too_large(limits.input_bytes));
    }
    total += part.size();
  }
  if (total > limits.memory) {
    return std::unexpected(Error(Errc::memory_limit, "a chain of " + std::to_string(total) +
                                                         " bytes is copied into one span, which "
                                                         "is more than the limit of " +
                                                         std::to_string(limits.memory)));
  }
  std::uint8_t* to = nullptr;
  if (arena != nullptr) {
    to = static_cast<std::uint8_t*>(arena->allocate(total == 0 ? 1 : total, 8));
  } else if (copy.reserve(total + 1)) {
    to = copy.storage();
  }
  if (to == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  std::size_t at = 0;
  for (const Bytes part : chain) {
    if (!part.empty()) {
      std::memcpy(to + at, part.data(), part.size());
      at += part.size();
    }
  }
  return ContiguousInput{{to, total}, total};
}

}  // namespace

Result<ContiguousInput> make_contiguous(const Limits& limits, const Input& input, Arena* arena,
                                        Buffer& copy) {
  return core::without_throwing([&]() -> Result<ContiguousInput> {
    if (input.is_chain()) {
      return gather(limits, input.chain(), arena, copy);
    }
    if (input.bytes().size() > limits.input_bytes) {
      return std::unexpected(too_large(limits.input_bytes));
    }
    return ContiguousInput{with_address(input.bytes())};
  });
}

}  // namespace wirejit::engine
