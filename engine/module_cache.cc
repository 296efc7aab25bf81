// The CLOCK algorithm: the clock hand walks through the entries in a circle, clears the
// `referenced` flag of those that were used since its last visit, and evicts the first entry whose
// flag is already clear. Entry: ModuleCache::put. Invariant: bytes_ is the sum over entries_.
#include "engine/module_cache.h"

#include <algorithm>
#include <utility>

namespace wirejit::engine {

namespace {

// Reserves capacity for one more element, so that adding it cannot throw.
template <class T>
void reserve_one(std::vector<T>& v, std::size_t size) {
  if (v.capacity() <= size) {
    v.reserve(2 * size + 8);
  }
}

}  // namespace

bool ModuleCache::has_room(std::size_t bytes) const noexcept {
  return entries_.size() < max_modules_ && bytes_ <= max_bytes_ && bytes <= max_bytes_ - bytes_;
}

bool ModuleCache::is_unused(const Retired& retired) noexcept {
  return retired.entry->acquiring_.load() == 0 && retired.module->users_.load() == 0;
}

// Empties an entry. A module that is not in use is freed at once; others are retired, for which
// retired_ has the capacity.
void ModuleCache::remove(Entry& entry) noexcept {
  entries_[entry.index_] = entries_.back();
  entries_[entry.index_]->index_ = entry.index_;
  entries_.pop_back();
  entry.index_ = Entry::none;
  Retired removed{&entry, std::unique_ptr<const CachedModule>(entry.module_.exchange(nullptr))};
  bytes_ -= removed.module->bytes;
  if (!is_unused(removed)) {
    retired_.push_back(std::move(removed));
  }
}

void ModuleCache::evict_one() noexcept {
  for (std::size_t steps = 0;; ++steps) {
    clock_hand_ = clock_hand_ < entries_.size() ? clock_hand_ : 0;
    Entry& entry = *entries_[clock_hand_];
    if (steps >= entries_.size() || !entry.referenced_.exchange(false)) {
      return remove(entry);
    }
    ++clock_hand_;
  }
}

void ModuleCache::free_unused() const noexcept { std::erase_if(retired_, is_unused); }

const CachedModule* ModuleCache::put(Entry& entry, std::unique_ptr<const CachedModule> module) {
  const std::lock_guard lock(mutex_);
  free_unused();
  reserve_one(entries_, entries_.size());
  reserve_one(retired_, retired_.size() + entries_.size());
  if (entry.index_ != Entry::none) {
    remove(entry);
  }
  while (!has_room(module->bytes) && !entries_.empty()) {
    evict_one();
  }
  entry.index_ = entries_.size();
  entries_.push_back(&entry);
  bytes_ += module->bytes;
  entry.referenced_.store(true, std::memory_order_relaxed);
  module->users_.fetch_add(1);
  const CachedModule* const added = module.release();
  entry.module_.store(added);
  return added;
}

void ModuleCache::erase(Entry& entry) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase_if(retired_, [&](const Retired& r) { return r.entry == &entry; });
  if (entry.index_ != Entry::none) {
    remove(entry);
  }
}

std::size_t ModuleCache::modules() const noexcept {
  const std::lock_guard lock(mutex_);
  free_unused();
  return entries_.size() + retired_.size();
}

std::size_t ModuleCache::bytes() const noexcept {
  const std::lock_guard lock(mutex_);
  free_unused();
  std::size_t bytes = bytes_;
  for (const Retired& r : retired_) {
    bytes += r.module->bytes;
  }
  return bytes;
}

}  // namespace wirejit::engine
