// The least recently requested codec is evicted: a list in the order of requests, and an index
// into it. Entry: CodecCache::get. Invariant: recent_first_ and index_ hold the same keys.
#include "engine/cache.h"

namespace wirejit::engine {

std::shared_ptr<CodecCache::Entry> CodecCache::entry(const CodecKey& key) {
  const std::lock_guard lock(mutex_);
  if (const auto it = index_.find(key); it != index_.end()) {
    recent_first_.splice(recent_first_.begin(), recent_first_, it->second);
    return it->second->second;
  }
  recent_first_.emplace_front(key, std::make_shared<Entry>());
  index_[key] = recent_first_.begin();
  while (recent_first_.size() > max_codecs_ && recent_first_.size() > 1) {
    index_.erase(recent_first_.back().first);
    recent_first_.pop_back();
  }
  return recent_first_.front().second;
}

void CodecCache::erase(const CodecKey& key, const std::shared_ptr<Entry>& entry) {
  const std::lock_guard lock(mutex_);
  if (const auto it = index_.find(key); it != index_.end() && it->second->second == entry) {
    recent_first_.erase(it->second);
    index_.erase(it);
  }
}

Result<Handle> CodecCache::get(const CodecKey& key,
                               const std::function<Result<Handle>()>& compile) {
  const std::shared_ptr<Entry> entry = this->entry(key);
  const std::lock_guard lock(entry->compiling);
  if (entry->codec != nullptr) {
    return entry->codec;
  }
  Result<Handle> compiled = compile();
  if (compiled) {
    entry->codec = *compiled;
  } else {
    erase(key, entry);
  }
  return compiled;
}

}  // namespace wirejit::engine
