/// @file
/// A Plan, or whatever else is immutable, that is replaced while it is in use. Entry: ServiceCell,
/// HotCell. Invariant: who has begun with one value ends with it; a value dies with its last user.
///
///     rpc::ServiceCell cell(plan);
///     rpc::ServiceCell::Reader reader(cell);  // of one thread or connection
///     const rpc::MethodPlan* ping = reader.get()->find("", "ping");  // for each message
///     auto old = cell.replace(new_plan);      // from any thread
#pragma once

#include <wirejit/rpc/plan.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace wirejit::rpc {

/// Holds a shared T that may be replaced at any time. Readers compare one number for each message
/// and take a lock only after a replacement. Thread-safe; it must outlive its readers.
template <class T>
class HotCell {
 public:
  /// What it holds, shared.
  using Value = std::shared_ptr<T>;

  /// Holds `value`, which may be null.
  explicit HotCell(Value value = nullptr) noexcept : value_(std::move(value)) {}
  HotCell(const HotCell&) = delete;
  HotCell& operator=(const HotCell&) = delete;

  /// Publishes `value`: readers see it from their next message on. Returns the value before, which
  /// lives as long as anybody uses it; who calls this may thus choose where it dies. Constant time,
  /// no allocation.
  Value replace(Value value) noexcept {
    const std::lock_guard lock(mutex_);
    value_.swap(value);
    version_.fetch_add(1, std::memory_order_release);
    return value;
  }
  /// The value now. Takes a lock; a Reader does so only after a replacement.
  [[nodiscard]] Value current() const noexcept {
    const std::lock_guard lock(mutex_);
    return value_;
  }
  /// How often it was replaced.
  [[nodiscard]] std::uint64_t version() const noexcept {
    return version_.load(std::memory_order_acquire);
  }

  /// The value as one thread or one connection uses it. Not thread-safe.
  class Reader {
   public:
    /// A reader of `cell`, which must live as long.
    explicit Reader(const HotCell& cell) noexcept : cell_(&cell) { refresh(); }

    /// The newest value. The reference is valid until the next call of get(), which may release the
    /// value: a call that ends later keeps a copy.
    [[nodiscard]] const Value& get() noexcept {
      if (cell_->version() != version_) [[unlikely]] {
        refresh();
      }
      return value_;
    }

   private:
    void refresh() noexcept {
      Value newest;
      {
        const std::lock_guard lock(cell_->mutex_);
        newest = cell_->value_;
        version_ = cell_->version_.load(std::memory_order_relaxed);
      }
      value_.swap(newest);  // the old one may die here, without the lock
    }

    const HotCell* cell_;
    Value value_;
    std::uint64_t version_ = 0;
  };

 private:
  mutable std::mutex mutex_;
  Value value_;
  std::atomic<std::uint64_t> version_{0};
};

/// A service whose Plan is replaced while calls are in flight.
using ServiceCell = HotCell<const Plan>;

}  // namespace wirejit::rpc
