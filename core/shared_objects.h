// Objects that are made of one schema, once for each key while somebody holds them.
// Entry: SharedObjects::find_or_make. Invariant: the table holds its objects weakly, so that it
// keeps none of them alive; thread-safe.
#pragma once

#include <wirejit/error.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace wirejit::core {

class SharedObjects {
 public:
  // What tells the objects of one schema apart. The first word tells the kinds of objects apart: a
  // number of next_generation().
  using Key = std::array<std::uint64_t, 6>;

  // The object of that key which lives, else what `make() -> Result<std::shared_ptr<const T>>`
  // returns. All objects whose key begins with one number are of one type T. If several threads
  // make an object at the same time, all get the first one that is ready.
  template <class T, class F>
  Result<std::shared_ptr<const T>> find_or_make(const Key& key, F&& make) {
    if (std::shared_ptr<const void> found = find(key)) {
      return std::static_pointer_cast<const T>(std::move(found));
    }
    Result<std::shared_ptr<const T>> made = std::forward<F>(make)();
    if (!made) {
      return made;
    }
    return std::static_pointer_cast<const T>(add(key, *std::move(made)));
  }

 private:
  std::shared_ptr<const void> find(const Key& key) {
    const std::scoped_lock lock(mutex_);
    const auto at = objects_.find(key);
    return at == objects_.end() ? nullptr : at->second.lock();
  }

  std::shared_ptr<const void> add(const Key& key, std::shared_ptr<const void> made) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(objects_, [](const auto& entry) { return entry.second.expired(); });
    std::weak_ptr<const void>& there = objects_[key];
    if (std::shared_ptr<const void> first = there.lock()) {
      return first;
    }
    there = made;
    return made;
  }

  std::mutex mutex_;
  std::map<Key, std::weak_ptr<const void>> objects_;
};

}  // namespace wirejit::core
