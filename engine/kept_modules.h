// Modules that an engine keeps because messages named their types (Any), apart from the codecs that
// programs asked for. Entry: KeptModules::put, KeptModules::Place. Invariant: what is kept is
// bounded by modules and by bytes, what was not used for the longest time goes first; readers of a
// place neither lock nor wait, and what they hold is freed after they have given it back.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace wirejit::engine {

// What a place may hold.
struct Kept {
  Kept() = default;
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
  virtual ~Kept() = default;
  std::size_t bytes = 0;  // memory, roughly

 private:
  friend class KeptModules;
  mutable std::atomic<std::uint32_t> users_{0};
};

class KeptModules {
 public:
  class Place {
   public:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    // The content, which stays at least until release(content); null where there is none.
    [[nodiscard]] const Kept* acquire() noexcept {
      entering_.fetch_add(1);
      const Kept* const content = content_.load();
      if (content != nullptr) {
        content->users_.fetch_add(1);
      }
      entering_.fetch_sub(1);
      if (content != nullptr && !used_.load(std::memory_order_relaxed)) {
        used_.store(true, std::memory_order_relaxed);
      }
      return content;
    }

   private:
    friend class KeptModules;
    // A reader is counted here while it goes from the place to the content, and then by the
    // content. A writer takes the content out before it looks at the counts, this one first, all in
    // one order: if both are 0, nobody holds what was taken.
    std::atomic<const Kept*> content_{nullptr};
    std::atomic<std::uint32_t> entering_{0};
    std::atomic<bool> used_{false};  // since the hand last passed
    std::size_t index_ = none;       // in places_
  };

  KeptModules(std::size_t most_modules, std::size_t most_bytes) noexcept
      : most_modules_(most_modules == 0 ? 1 : most_modules), most_bytes_(most_bytes) {}
  KeptModules(const KeptModules&) = delete;
  KeptModules& operator=(const KeptModules&) = delete;
  ~KeptModules() = default;

  // Makes `content` what the place holds, acquired for the caller. Others lose theirs where there
  // is no room. Throws std::bad_alloc, and then nothing has changed.
  const Kept* put(Place& place, std::unique_ptr<const Kept> content);
  static void release(const Kept* content) noexcept { content->users_.fetch_sub(1); }
  // Before a place ends, when nobody reads it.
  void forget(Place& place) noexcept;

  // What was let go of and is still in use counts, too.
  [[nodiscard]] std::size_t modules() const noexcept;
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  struct Retired {
    Place* place;
    std::unique_ptr<const Kept> content;
  };

  [[nodiscard]] bool has_room(std::size_t bytes) const noexcept;
  static bool is_unused(const Retired& retired) noexcept;
  void remove(Place& place) noexcept;
  void evict_one() noexcept;
  void free_unused() const noexcept;

  const std::size_t most_modules_;
  const std::size_t most_bytes_;
  mutable std::mutex mutex_;
  std::vector<Place*> places_;  // those that hold something; the hand goes round
  std::size_t hand_ = 0;
  std::size_t bytes_ = 0;                 // of what places_ hold
  mutable std::vector<Retired> retired_;  // taken out while somebody used them
};

}  // namespace wirejit::engine
