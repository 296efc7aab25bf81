// The levels of nesting that are open: a stack whose memory follows the depth that was met.
// Entry: LevelStack. Invariant: at most twice the bytes of the deepest nesting so far are allocated,
// and never more than the limit; a push that fails changes nothing.
#pragma once

#include <wirejit/error.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <type_traits>

namespace wirejit::lower {

template <class T>
class LevelStack {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);  // 16 bytes a level at most

 public:
  // `memory`: bytes that may be allocated.
  explicit LevelStack(std::size_t memory) noexcept : memory_(memory) {}
  LevelStack(const LevelStack&) = delete;
  LevelStack& operator=(const LevelStack&) = delete;
  ~LevelStack() { free_own(); }

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] T& top() noexcept { return data_[size_ - 1]; }
  [[nodiscard]] const T& operator[](std::size_t k) const noexcept { return data_[k]; }
  void pop() noexcept { --size_; }
  // Keeps the memory.
  void clear() noexcept { size_ = 0; }

  // Errc::ok, memory_limit or no_memory.
  [[nodiscard]] Errc push(const T& level) noexcept {
    if (size_ == capacity_) [[unlikely]] {
      if (const Errc error = grow(); error != Errc::ok) {
        return error;
      }
    }
    data_[size_++] = level;
    return Errc::ok;
  }

  // For those who keep several levels in one T: all of the room, and twice as much of it.
  [[nodiscard]] T* data() noexcept { return data_; }
  [[nodiscard]] const T* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] Errc grow() noexcept {
    const std::size_t capacity = 2 * capacity_;
    if (capacity * sizeof(T) > memory_) {
      return Errc::memory_limit;
    }
    void* const memory =
        std::realloc(data_ == inline_ ? nullptr : static_cast<void*>(data_), capacity * sizeof(T));
    if (memory == nullptr) {
      return Errc::no_memory;
    }
    if (data_ == inline_) {
      std::memcpy(memory, inline_, sizeof inline_);
    }
    data_ = static_cast<T*>(memory);
    capacity_ = capacity;
    return Errc::ok;
  }

 private:
  static constexpr std::size_t inline_capacity = 16;

  void free_own() noexcept {
    if (data_ != inline_) {
      std::free(data_);
    }
  }

  T* data_ = inline_;
  std::size_t size_ = 0;
  std::size_t capacity_ = inline_capacity;
  std::size_t memory_;
  T inline_[inline_capacity];
};

}  // namespace wirejit::lower
