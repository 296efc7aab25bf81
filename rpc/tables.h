// What a connection keeps of its calls and streams: slots with ids that are not used again, the
// look-up of a wire's numbers, and the deadlines. Entry: Slots, NumberTable, Deadlines. Invariant:
// adding and removing are O(1) on average (a deadline O(log n)); memory follows what is in flight.
#pragma once

#include <wirejit/rpc/connection.h>
#include <wirejit/seeded_hash.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <utility>
#include <vector>

namespace wirejit::rpc::detail {

/// No slot.
inline constexpr std::uint32_t no_slot = std::numeric_limits<std::uint32_t>::max();

/// Runs a call that may run out of memory. False if it has.
template <class F>
[[nodiscard]] bool has_memory(F&& call) noexcept {
  try {
    std::forward<F>(call)();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

/// Elements that are found by an id, which is never that of another element. T has `std::uint32_t
/// generation` and `std::uint32_t next`, which is free for lists while the element is in use, and
/// clear(), which keeps memory for the next use.
template <class T>
class Slots {
 public:
  /// A slot in use, or no_slot if there is no memory.
  [[nodiscard]] std::uint32_t add() noexcept {
    if (free_ == no_slot && !has_memory([this] { items_.emplace_back(); })) {
      return no_slot;
    }
    std::uint32_t slot = free_;
    if (slot == no_slot) {
      slot = static_cast<std::uint32_t>(items_.size() - 1);
    } else {
      free_ = items_[slot].next;
    }
    T& item = items_[slot];
    ++item.generation;  // odd: in use
    item.next = no_slot;
    ++used_;
    return slot;
  }
  void remove(std::uint32_t slot) noexcept {
    T& item = items_[slot];
    item.clear();
    ++item.generation;
    item.next = std::exchange(free_, slot);
    --used_;
  }
  [[nodiscard]] T& operator[](std::uint32_t slot) noexcept { return items_[slot]; }
  /// Not 0.
  [[nodiscard]] std::uint64_t id(std::uint32_t slot) const noexcept {
    return std::uint64_t{items_[slot].generation} << 32 | slot;
  }
  /// The slot that has this id, or no_slot.
  [[nodiscard]] std::uint32_t find(std::uint64_t id) const noexcept {
    const auto slot = static_cast<std::uint32_t>(id);
    return slot < items_.size() && items_[slot].generation == id >> 32 && (id >> 32) % 2 != 0
               ? slot
               : no_slot;
  }
  /// The first slot in use from `slot` on, or no_slot.
  [[nodiscard]] std::uint32_t first_from(std::uint32_t slot) const noexcept {
    while (slot < items_.size() && items_[slot].generation % 2 == 0) {
      ++slot;
    }
    return slot < items_.size() ? slot : no_slot;
  }
  [[nodiscard]] std::size_t used() const noexcept { return used_; }

 private:
  std::vector<T> items_;
  std::uint32_t free_ = no_slot;
  std::uint32_t used_ = 0;
};

/// For numbers that this end has chosen, one after the other: multiples of the golden ratio are spread
/// evenly (Knuth, volume 3, 6.4).
struct OwnNumbers {
  [[nodiscard]] std::uint64_t operator()(std::uint32_t number) const noexcept {
    return number * std::uint64_t{0x9E3779B97F4A7C15};
  }
};

/// Which slot has a number of the wire. Open addressing, by the upper bits of the hash; no more than
/// half full.
template <class Hash>
class NumberTable {
 public:
  /// Adds a number that is not in the table. False if there is no memory.
  [[nodiscard]] bool add(std::uint32_t number, std::uint32_t slot) noexcept {
    if (std::size_t{2} * (used_ + 1) > entries_.size() && !grow()) {
      return false;
    }
    put(number, slot);
    ++used_;
    return true;
  }
  [[nodiscard]] std::uint32_t find(std::uint32_t number) const noexcept {
    if (used_ == 0) {
      return no_slot;
    }
    for (std::size_t at = home(number);; at = next(at)) {
      if (entries_[at].slot == no_slot || entries_[at].number == number) {
        return entries_[at].slot;
      }
    }
  }
  /// Removes a number that is in the table.
  void remove(std::uint32_t number) noexcept {
    std::size_t hole = home(number);
    while (entries_[hole].number != number || entries_[hole].slot == no_slot) {
      hole = next(hole);
    }
    // Entries after the hole that it would cut off from their home move into it.
    for (std::size_t at = next(hole); entries_[at].slot != no_slot; at = next(at)) {
      const std::size_t mask = entries_.size() - 1;
      if (((at - home(entries_[at].number)) & mask) >= ((at - hole) & mask)) {
        entries_[hole] = entries_[at];
        hole = at;
      }
    }
    entries_[hole] = {};
    --used_;
  }

 private:
  struct Entry {
    std::uint32_t number = 0;
    std::uint32_t slot = no_slot;
  };

  [[nodiscard]] std::size_t home(std::uint32_t number) const noexcept {
    return static_cast<std::size_t>(Hash()(number) >> shift_);
  }
  [[nodiscard]] std::size_t next(std::size_t at) const noexcept {
    return (at + 1) & (entries_.size() - 1);
  }
  void put(std::uint32_t number, std::uint32_t slot) noexcept {
    std::size_t at = home(number);
    while (entries_[at].slot != no_slot) {
      at = next(at);
    }
    entries_[at] = {.number = number, .slot = slot};
  }
  [[nodiscard]] bool grow() noexcept {
    std::vector<Entry> larger;
    if (!has_memory([&] { larger.resize(std::max<std::size_t>(8, 2 * entries_.size())); })) {
      return false;
    }
    entries_.swap(larger);
    shift_ = static_cast<std::uint32_t>(65 - std::bit_width(entries_.size()));
    for (const Entry& entry : larger) {
      if (entry.slot != no_slot) {
        put(entry.number, entry.slot);
      }
    }
    return true;
  }

  std::vector<Entry> entries_;  // a power of two
  std::uint32_t used_ = 0;
  std::uint32_t shift_ = 0;
};

/// What may have a deadline.
enum class Timed : std::uint8_t { call, stream };

/// A heap of deadlines. Those of what has ended stay in it, until they are due or are more than
/// half of it.
class Deadlines {
 public:
  struct Entry {
    Time at = never;
    std::uint64_t id = 0;
    Timed what = Timed::call;
  };

  /// `is_live(Entry)` says whether a deadline still counts; `live` is how many may, at most. False
  /// if there is no memory.
  template <class F>
  [[nodiscard]] bool add(const Entry& entry, std::size_t live, F&& is_live) noexcept {
    if (entries_.size() >= 2 * live + 16) {
      std::erase_if(entries_, [&](const Entry& e) { return !is_live(e); });
      std::ranges::make_heap(entries_, later);
    }
    if (!has_memory([&] { entries_.push_back(entry); })) {
      return false;
    }
    std::ranges::push_heap(entries_, later);
    return true;
  }
  /// The earliest one, or `never`.
  [[nodiscard]] Time first() const noexcept {
    return entries_.empty() ? never : entries_.front().at;
  }
  /// Removes the earliest one.
  [[nodiscard]] Entry take() noexcept {
    const Entry entry = entries_.front();
    std::ranges::pop_heap(entries_, later);
    entries_.pop_back();
    return entry;
  }

 private:
  static bool later(const Entry& a, const Entry& b) noexcept { return a.at > b.at; }

  std::vector<Entry> entries_;
};

}  // namespace wirejit::rpc::detail
