// Objects that are derived from one schema: one for each key, as long as somebody holds it.
// Entry: SharedObjects::find_or_make. Invariant: the table has weak pointers, so it keeps no object
// alive; thread-safe.
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
  // Identifies an object of one schema. The first word identifies the kind of objects: it is a
  // number of next_generation().
  using Key = std::array<std::uint64_t, 6>;

  // Returns the live object of that key, or else the result of
  // `make() -> Result<std::shared_ptr<const T>>`. All objects whose keys begin with the same number
  // have the same type T. If several threads make an object at the same time, all get the first one
  // that is ready.
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
    std::weak_ptr<const void>& slot = objects_[key];
    if (std::shared_ptr<const void> first = slot.lock()) {
      return first;
    }
    slot = made;
    return made;
  }

  std::mutex mutex_;
  std::map<Key, std::weak_ptr<const void>> objects_;
};

}  // namespace wirejit::core
