// Where bytes come from and go to: input views, the output buffer, and the arena that decoded data
// lives in. Entry: Input, Buffer, Arena. Invariant: none of them throws; a refused allocation is
// reported as Errc::no_memory.
#pragma once

#include <wirejit/error.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace wirejit {

using Bytes = std::span<const std::uint8_t>;

inline Bytes as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

namespace detail {

template <class T>
concept IsByte = std::same_as<T, std::uint8_t> || std::same_as<T, std::byte> ||
                 std::same_as<T, char> || std::same_as<T, char8_t>;

// Contiguous bytes that know their number: vectors, arrays, spans, strings. Not arrays of char,
// which may be text that ends before the array does.
template <class R>
concept ByteRange =
    !(std::is_array_v<R> && std::same_as<std::remove_extent_t<R>, char>) && requires(const R& r) {
      { std::size(r) } -> std::convertible_to<std::size_t>;
      requires std::is_pointer_v<decltype(std::data(r))>;
      requires IsByte<std::remove_cvref_t<decltype(*std::data(r))>>;
    };

}  // namespace detail

// An input: one span, or a chain of spans that is gathered once before decoding. Implicit from
// anything contiguous. Does not own the bytes.
class Input {
 public:
  Input(Bytes bytes) noexcept : one_(bytes) {}                     // NOLINT: implicit on purpose
  Input(std::string_view text) noexcept : one_(as_bytes(text)) {}  // NOLINT
  /// Strings; and vectors, spans, std::arrays and arrays of std::uint8_t, std::byte, char or
  /// char8_t.
  template <detail::ByteRange R>
  Input(const R& bytes) noexcept  // NOLINT
      : one_(reinterpret_cast<const std::uint8_t*>(std::data(bytes)), std::size(bytes)) {}
  /// Text up to its NUL. Null is an empty input.
  template <class P>
    requires std::same_as<P, const char*> || std::same_as<P, char*>
  Input(const P& text) noexcept  // NOLINT
      : one_(text == nullptr ? Bytes() : as_bytes(std::string_view(text))) {}
  /// A string literal or an array of char: up to its NUL, or all of it where it has none.
  template <std::size_t N>
  Input(const char (&text)[N]) noexcept  // NOLINT
      : one_(as_bytes(std::string_view(text, N).substr(0, std::string_view(text, N).find('\0')))) {}
  Input(std::span<const Bytes> chain) noexcept : chain_(chain) {}  // NOLINT

  [[nodiscard]] bool is_chain() const noexcept { return chain_.data() != nullptr; }
  [[nodiscard]] Bytes bytes() const noexcept { return one_; }
  [[nodiscard]] std::span<const Bytes> chain() const noexcept { return chain_; }

 private:
  Bytes one_;
  std::span<const Bytes> chain_;
};

// A growing output buffer. Encoding appends to it; clear() keeps the memory, so a reused Buffer
// allocates nothing once warm. After a failed call the contents are those from before the call. Not
// thread-safe; movable, not copyable.
class Buffer {
 public:
  // Bytes behind the soft end that writers may scribble on; never part of the contents.
  static constexpr std::size_t slack = 64;

  Buffer() = default;
  explicit Buffer(std::size_t capacity) { (void)reserve(capacity); }
  Buffer(Buffer&& other) noexcept
      : data_(std::move(other.data_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  [[nodiscard]] const std::uint8_t* data() const noexcept { return data_.get(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] Bytes bytes() const noexcept { return {data_.get(), size_}; }
  [[nodiscard]] std::string_view text() const noexcept { return as_text(bytes()); }
  void clear() noexcept { size_ = 0; }
  void truncate(std::size_t size) noexcept { size_ = size < size_ ? size : size_; }

  // Room for `capacity` bytes in all; false if memory is refused (contents kept).
  [[nodiscard]] bool reserve(std::size_t capacity) noexcept;
  [[nodiscard]] bool append(Bytes bytes) noexcept;

  // For writers: the raw storage and the new size after writing into it.
  [[nodiscard]] std::uint8_t* storage() noexcept { return data_.get(); }
  void set_size(std::size_t size) noexcept { size_ = size; }

 private:
  struct Free {
    void operator()(std::uint8_t* p) const noexcept { std::free(p); }
  };
  std::unique_ptr<std::uint8_t[], Free> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;  // usable bytes; `slack` more are allocated
};

// A bump allocator: everything in it is freed at once. reset() keeps its blocks, so that decoding
// into a reused arena allocates nothing once warm. Objects in it are never destroyed. Not
// thread-safe; movable (addresses stay valid).
class Arena {
  struct Block;

 public:
  explicit Arena(std::size_t first_block = 4096) noexcept : next_block_(first_block) {}
  Arena(Arena&& other) noexcept;
  Arena& operator=(Arena&& other) noexcept;
  ~Arena();

  // Uninitialised bytes, or null if the system refuses. align is a power of two, at most 16.
  [[nodiscard]] void* allocate(std::size_t size, std::size_t align = 8) noexcept {
    const auto at = (reinterpret_cast<std::uintptr_t>(cursor_) + (align - 1)) & ~(align - 1);
    const auto end = reinterpret_cast<std::uintptr_t>(end_);
    if (at <= end && size <= end - at && cursor_ != nullptr) {
      cursor_ = reinterpret_cast<std::uint8_t*>(at + size);
      return reinterpret_cast<void*>(at);
    }
    return allocate_slow(size, align);
  }
  // A copy of `text` in the arena; an empty view with null data if memory is refused and text is
  // not empty.
  [[nodiscard]] std::string_view copy(std::string_view text) noexcept;

  // Takes back the last `size` bytes of what was allocated last and ends at `end`; does nothing if
  // something was allocated since.
  void give_back(const void* end, std::size_t size) noexcept {
    if (end == cursor_) {
      cursor_ -= size;
    }
  }

  // Forgets the contents; the memory is reused.
  void reset() noexcept;
  /// What was allocated up to a moment. Valid until reset() or a move of the arena.
  class Mark {
    friend class Arena;
    std::uint8_t* cursor_;
    Block* current_;
    std::uint64_t serial_;
  };
  [[nodiscard]] Mark mark() const noexcept {
    Mark m;
    m.cursor_ = cursor_;
    m.current_ = current_;
    m.serial_ = serial_;
    return m;
  }
  /// Forgets what was allocated since `mark`; the memory is reused.
  void rewind(const Mark& mark) noexcept;
  // Bytes obtained from the system.
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  void* allocate_slow(std::size_t size, std::size_t align) noexcept;
  void release() noexcept;

  std::uint8_t* cursor_ = nullptr;
  std::uint8_t* end_ = nullptr;
  Block* current_ = nullptr;  // blocks in use, newest first
  Block* spare_ = nullptr;    // blocks kept by reset()
  std::uint64_t serial_ = 0;  // of the block that was taken into use last
  std::size_t next_block_;
  std::size_t capacity_ = 0;
};

}  // namespace wirejit
