// One counter, from a random start.
#include "core/generation.h"

#include <wirejit/seeded_hash.h>

#include <atomic>

namespace wirejit::core {

std::uint64_t next_generation() noexcept {
  // The top bit keeps zero away for all time.
  static std::atomic<std::uint64_t> next = SeededHash()(0) | std::uint64_t{1} << 63;
  return next.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace wirejit::core
