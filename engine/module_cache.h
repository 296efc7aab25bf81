// The cache of modules whose types messages have named (Any). Codecs that the application requested
// are in CodecCache. Entry: ModuleCache::put, ModuleCache::Entry. Invariant: the number of modules
// and their bytes are bounded, and modules that were not used recently are evicted first; readers
// neither lock nor wait, and a module that they have acquired is freed only after they release it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace wirejit::engine {

// The base of what is cached.
struct CachedModule {
  CachedModule() = default;
  CachedModule(const CachedModule&) = delete;
  CachedModule& operator=(const CachedModule&) = delete;
  virtual ~CachedModule() = default;
  std::size_t bytes = 0;  // approximate memory use

 private:
  friend class ModuleCache;
  mutable std::atomic<std::uint32_t> users_{0};
};

class ModuleCache {
 public:
  // A place for one module. Its owner keeps the entry, and erases it before destroying it.
  class Entry {
   public:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    // The module, which is not freed before release(module); null if the entry is empty.
    [[nodiscard]] const CachedModule* acquire() noexcept {
      acquiring_.fetch_add(1);
      const CachedModule* const module = module_.load();
      if (module != nullptr) {
        module->users_.fetch_add(1);
      }
      acquiring_.fetch_sub(1);
      if (module != nullptr && !referenced_.load(std::memory_order_relaxed)) {
        referenced_.store(true, std::memory_order_relaxed);
      }
      return module;
    }

   private:
    friend class ModuleCache;
    // A reader is counted in acquiring_ while it goes from the entry to the module, and then in the
    // module's users_. A writer removes the module from the entry, then reads acquiring_, then
    // users_; all of these operations are sequentially consistent. If both counts are 0, nobody
    // uses the removed module.
    std::atomic<const CachedModule*> module_{nullptr};
    std::atomic<std::uint32_t> acquiring_{0};
    std::atomic<bool> referenced_{false};  // acquired since the clock hand's last visit
    std::size_t index_ = none;             // in entries_; none: the entry is empty
  };

  ModuleCache(std::size_t max_modules, std::size_t max_bytes) noexcept
      : max_modules_(max_modules == 0 ? 1 : max_modules), max_bytes_(max_bytes) {}
  ModuleCache(const ModuleCache&) = delete;
  ModuleCache& operator=(const ModuleCache&) = delete;
  ~ModuleCache() = default;

  // Puts `module` into the entry, replacing its former one, and acquires it for the caller. Evicts
  // others if there is no room. If it throws std::bad_alloc, nothing has changed.
  const CachedModule* put(Entry& entry, std::unique_ptr<const CachedModule> module);
  static void release(const CachedModule* module) noexcept { module->users_.fetch_sub(1); }
  // Empties the entry and frees its modules. No other thread may use the entry, and none of its
  // modules may be in use.
  void erase(Entry& entry) noexcept;

  // Evicted modules that are still in use are included.
  [[nodiscard]] std::size_t modules() const noexcept;
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  struct Retired {
    Entry* entry;
    std::unique_ptr<const CachedModule> module;
  };

  [[nodiscard]] bool has_room(std::size_t bytes) const noexcept;
  static bool is_unused(const Retired& retired) noexcept;
  void remove(Entry& entry) noexcept;
  void evict_one() noexcept;
  void free_unused() const noexcept;

  const std::size_t max_modules_;
  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::vector<Entry*> entries_;  // those with a module; the clock hand walks through them
  std::size_t clock_hand_ = 0;
  std::size_t bytes_ = 0;                 // of the modules in entries_
  mutable std::vector<Retired> retired_;  // removed while they were in use
};

}  // namespace wirejit::engine
