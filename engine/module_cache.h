// Modules that an engine keeps because messages named their types (Any), apart from the codecs that
// programs asked for. Entry: ModuleCache::put, ModuleCache::Entry. Invariant: what is kept is
// bounded by modules and by bytes, what was not used for the longest time goes first; readers of a
// entry neither lock nor wait, and what they hold is freed after they have given it back.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace wirejit::engine {

// What a entry may hold.
struct CachedModule {
  CachedModule() = default;
  CachedModule(const CachedModule&) = delete;
  CachedModule& operator=(const CachedModule&) = delete;
  virtual ~CachedModule() = default;
  std::size_t bytes = 0;  // memory, roughly

 private:
  friend class ModuleCache;
  mutable std::atomic<std::uint32_t> users_{0};
};

class ModuleCache {
 public:
  class Entry {
   public:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    // The module, which stays at least until release(module); null where there is none.
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
    // A reader is counted here while it goes from the entry to the module, and then by the
    // module. A writer takes the module out before it looks at the counts, this one first, all in
    // one order: if both are 0, nobody holds what was removed.
    std::atomic<const CachedModule*> module_{nullptr};
    std::atomic<std::uint32_t> acquiring_{0};
    std::atomic<bool> referenced_{false};  // since the hand last passed
    std::size_t index_ = none;             // in entries_
  };

  ModuleCache(std::size_t max_modules, std::size_t max_bytes) noexcept
      : max_modules_(max_modules == 0 ? 1 : max_modules), max_bytes_(max_bytes) {}
  ModuleCache(const ModuleCache&) = delete;
  ModuleCache& operator=(const ModuleCache&) = delete;
  ~ModuleCache() = default;

  // Makes `module` what the entry holds, acquired for the caller. Others lose theirs where there
  // is no room. Throws std::bad_alloc, and then nothing has changed.
  const CachedModule* put(Entry& entry, std::unique_ptr<const CachedModule> module);
  static void release(const CachedModule* module) noexcept { module->users_.fetch_sub(1); }
  // Before a entry ends, when nobody reads it.
  void erase(Entry& entry) noexcept;

  // What was let go of and is still in use counts, too.
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
  std::vector<Entry*> entries_;  // those that hold something; the hand goes round
  std::size_t clock_hand_ = 0;
  std::size_t bytes_ = 0;                 // of what entries_ hold
  mutable std::vector<Retired> retired_;  // removed out while somebody used them
};

}  // namespace wirejit::engine
