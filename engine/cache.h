// The cache of an engine's codecs.
// Entry: CodecCache::get. Invariant: the cache holds at most `max_codecs` codecs, the most recently
// requested ones; of concurrent requests for one key, one compiles the codec and the others wait.
#pragma once

#include "engine/compiled.h"
#include "engine/key.h"

#include <wirejit/error.h>

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace wirejit::engine {

class CodecCache {
 public:
  // The cache holds at least one codec, even if `max_codecs` is 0.
  explicit CodecCache(std::size_t max_codecs) noexcept : max_codecs_(max_codecs) {}

  // The cached codec for `key`; if there is none, calls `compile` and caches the result. Errors are
  // not cached.
  Result<Handle> get(const CodecKey& key, const std::function<Result<Handle>()>& compile);

 private:
  struct Entry {
    std::mutex compiling;  // held while the codec is compiled
    Handle codec;          // null until it is compiled
  };
  using Cached = std::pair<CodecKey, std::shared_ptr<Entry>>;

  std::shared_ptr<Entry> entry(const CodecKey& key);
  void erase(const CodecKey& key, const std::shared_ptr<Entry>& entry);

  std::size_t max_codecs_;
  std::mutex mutex_;
  std::list<Cached> recent_first_;
  std::unordered_map<CodecKey, std::list<Cached>::iterator, CodecKeyHash> index_;
};

}  // namespace wirejit::engine
