// A list in the order of use, and an index into it.
#include "engine/cache.h"

namespace wirejit::engine {

std::shared_ptr<CodecCache::Slot> CodecCache::slot(const CodecKey& key) {
  const std::lock_guard lock(mutex_);
  if (const auto it = index_.find(key); it != index_.end()) {
    cached_.splice(cached_.begin(), cached_, it->second);
    return it->second->second;
  }
  cached_.emplace_front(key, std::make_shared<Slot>());
  index_[key] = cached_.begin();
  while (cached_.size() > most_ && cached_.size() > 1) {
    index_.erase(cached_.back().first);
    cached_.pop_back();
  }
  return cached_.front().second;
}

void CodecCache::forget(const CodecKey& key, const std::shared_ptr<Slot>& slot) {
  const std::lock_guard lock(mutex_);
  if (const auto it = index_.find(key); it != index_.end() && it->second->second == slot) {
    cached_.erase(it->second);
    index_.erase(it);
  }
}

Result<Handle> CodecCache::get(const CodecKey& key, const std::function<Result<Handle>()>& make) {
  const std::shared_ptr<Slot> slot = this->slot(key);
  const std::lock_guard lock(slot->making);
  if (slot->done != nullptr) {
    return slot->done;
  }
  Result<Handle> made = make();
  if (made) {
    slot->done = *made;
  } else {
    forget(key, slot);
  }
  return made;
}

}  // namespace wirejit::engine
