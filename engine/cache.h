// The codecs that an engine keeps for programs that ask again.
// Entry: CodecCache::get. Invariant: at most so many are kept, those that were asked for last; who
// asks for the same at the same time waits, and compiling happens once.
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
  // At least one is kept.
  explicit CodecCache(std::size_t max_codecs) noexcept : max_codecs_(max_codecs) {}

  // What is kept for `key`, or else what `make` makes. Errors are not kept.
  Result<Handle> get(const CodecKey& key, const std::function<Result<Handle>()>& make);

 private:
  struct Entry {
    std::mutex compiling;  // held while it is compiled, so that others wait
    Handle codec;
  };
  using Cached = std::pair<CodecKey, std::shared_ptr<Entry>>;

  std::shared_ptr<Entry> entry(const CodecKey& key);
  void erase(const CodecKey& key, const std::shared_ptr<Entry>& entry);

  std::size_t max_codecs_;
  std::mutex mutex_;
  std::list<Cached> recent_first_;  // most recently asked for first
  std::unordered_map<CodecKey, std::list<Cached>::iterator, CodecKeyHash> index_;
};

}  // namespace wirejit::engine
