/// @file
/// Where bytes come from and go to: input views, outputs, the output buffer, and the arena that
/// decoded data lives in. Entry: Input, Output, OutputSpan, Buffer, Arena. Invariant: none of them
/// throws; where memory is lacking, the call fails and the object is as before.
#pragma once

#include <wirejit/error.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace wirejit {

class Chain;

/// Bytes that are read and not owned.
using Bytes = std::span<const std::uint8_t>;

namespace detail {
struct ArenaFields;
}  // namespace detail

/// The bytes of `text`, which it does not copy.
inline Bytes as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
/// The bytes as text, which it neither copies nor checks.
inline std::string_view as_text(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

namespace detail {

template <class T>
concept IsByte = std::same_as<T, std::uint8_t> || std::same_as<T, std::byte> ||
                 std::same_as<T, char> || std::same_as<T, char8_t>;

template <class T>
concept IsTextByte = std::same_as<T, char> || std::same_as<T, char8_t>;

// Contiguous bytes that know their number: vectors, arrays, spans, strings. Not arrays of char and
// char8_t, which may be text that ends before the array does.
template <class R>
concept ByteRange =
    !(std::is_array_v<R> && IsTextByte<std::remove_extent_t<R>>) && requires(const R& r) {
      { std::size(r) } -> std::convertible_to<std::size_t>;
      requires std::is_pointer_v<decltype(std::data(r))>;
      requires IsByte<std::remove_cvref_t<decltype(*std::data(r))>>;
    };

// Contiguous spans of bytes that know their number.
template <class R>
concept ChainRange = requires(const R& r) {
  { std::size(r) } -> std::convertible_to<std::size_t>;
  requires std::is_pointer_v<decltype(std::data(r))>;
  requires std::same_as<std::remove_cvref_t<decltype(*std::data(r))>, Bytes>;
};

}  // namespace detail

/// What is read: one span of bytes, or a chain of spans, which a call gathers once before it
/// decodes. It converts from anything contiguous. It does not own the bytes: they must live as long
/// as the call, and longer where decoded views point at them.
class Input {
 public:
  /// One span of bytes.
  Input(Bytes bytes) noexcept : one_(bytes) {}  // NOLINT: implicit on purpose
  /// Text, as its bytes.
  Input(std::string_view text) noexcept : one_(as_bytes(text)) {}  // NOLINT
  /// Any contiguous range of std::uint8_t, std::byte, char or char8_t, const or not: strings,
  /// vectors, spans, std::arrays, arrays of std::uint8_t and std::byte, and a Buffer.
  template <detail::ByteRange R>
  Input(const R& bytes) noexcept  // NOLINT
      : one_(reinterpret_cast<const std::uint8_t*>(std::data(bytes)), std::size(bytes)) {}
  /// Text up to its NUL. A null pointer is an empty input.
  template <class P>
    requires(std::is_pointer_v<P> &&
             detail::IsTextByte<std::remove_const_t<std::remove_pointer_t<P>>>)
  Input(const P& text) noexcept  // NOLINT
      : one_(text == nullptr ? Bytes()
                             : as_bytes(std::string_view(reinterpret_cast<const char*>(text)))) {}
  /// A string literal, or an array of char or char8_t: up to its NUL, or all of it where it has
  /// none.
  template <detail::IsTextByte C, std::size_t N>
  Input(const C (&text)[N]) noexcept  // NOLINT
      : one_(up_to_nul({reinterpret_cast<const char*>(text), N})) {}
  /// A chain: the spans one after the other are the input.
  Input(std::span<const Bytes> chain) noexcept : chain_(chain) {}  // NOLINT
  /// A chain in a std::vector, std::array, array or span of Bytes.
  template <detail::ChainRange R>
  Input(const R& chain) noexcept  // NOLINT
      : chain_(std::data(chain), std::size(chain)) {}
  /// A chain written in braces: `codec.decode({head, body}, value)`. The list ends with the
  /// statement: this is for arguments of a call, not for an Input that has a name.
  Input(std::initializer_list<Bytes> chain) noexcept {  // NOLINT
    if (chain.size() == 1) {
      one_ = *chain.begin();
    } else {
      chain_ = {chain.begin(), chain.size()};
    }
  }

  /// The bytes of a Chain (chain.h, which a caller includes), which must not change meanwhile. One
  /// segment is one span.
  Input(const Chain& chain) noexcept;  // NOLINT

  /// True for a chain that is not empty.
  [[nodiscard]] bool is_chain() const noexcept { return chain_.data() != nullptr; }
  /// The span; empty and without an address if this is a chain.
  [[nodiscard]] Bytes bytes() const noexcept { return one_; }
  /// The spans of a chain; empty if this is one span.
  [[nodiscard]] std::span<const Bytes> chain() const noexcept { return chain_; }

 private:
  static Bytes up_to_nul(std::string_view text) noexcept {
    return as_bytes(text.substr(0, text.find('\0')));
  }

  Bytes one_;
  std::span<const Bytes> chain_;
};

namespace detail {

struct FreeBytes {
  void operator()(std::uint8_t* p) const noexcept { std::free(p); }
};

}  // namespace detail

/// Bytes in memory of std::malloc, with their owner: what Buffer::release gives and Buffer::adopt
/// takes.
struct OwnedBytes {
  /// The memory; std::free frees it, also that of `data.release()`. May be null where size is 0.
  std::unique_ptr<std::uint8_t[], detail::FreeBytes> data;
  /// How many bytes at `data` are contents.
  std::size_t size = 0;
  /// How many bytes are allocated at `data`: at least `size`.
  std::size_t allocated = 0;

  /// The contents.
  [[nodiscard]] Bytes bytes() const noexcept { return {data.get(), size}; }
};

/// A growing output buffer. Encoding appends to it; clear() keeps the memory, so that a reused
/// Buffer allocates nothing once it is large enough. After a failed call the contents are those
/// from before the call. Movable, not copyable; what was moved from is empty. Not thread-safe.
class Buffer {
 public:
  /// Writers may write this many bytes after capacity(). They are never part of the contents.
  static constexpr std::size_t slack = 64;

  Buffer() = default;
  /// With room for `capacity` bytes; capacity() is 0 if there is no memory.
  explicit Buffer(std::size_t capacity) { (void)reserve(capacity); }
  /// Takes the contents and the memory of `other`, which is empty then.
  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)),
        borrows_(std::exchange(other.borrows_, false)) {}
  /// Takes the contents and the memory of `other`, which is empty then.
  Buffer& operator=(Buffer&& other) noexcept {
    if (this != &other) {
      free_own();
      data_ = std::exchange(other.data_, nullptr);
      size_ = std::exchange(other.size_, 0);
      capacity_ = std::exchange(other.capacity_, 0);
      borrows_ = std::exchange(other.borrows_, false);
    }
    return *this;
  }
  ~Buffer() { free_own(); }

  /// An empty buffer that starts on memory which it does not own. Its capacity is
  /// `memory.size() - slack`; where the memory is smaller than `slack`, the buffer does not use it.
  /// A buffer that must grow copies its contents to the heap and stays there. The memory must live
  /// as long as the buffer borrows it; its bytes may change anywhere.
  [[nodiscard]] static Buffer borrow(std::span<std::uint8_t> memory) noexcept {
    Buffer b;
    if (memory.size() >= slack && memory.data() != nullptr) {
      b.data_ = memory.data();
      b.capacity_ = memory.size() - slack;
      b.borrows_ = true;
    }
    return b;
  }
  /// True while the contents lie in the memory that was given to borrow().
  [[nodiscard]] bool borrows() const noexcept { return borrows_; }

  /// A buffer that owns `bytes`, whose memory is from std::malloc or release(). Where it has less
  /// than `slack` bytes after the contents, it is reallocated. Errors: no_memory; `bytes` is freed.
  [[nodiscard]] static Result<Buffer> adopt(OwnedBytes bytes) noexcept;
  /// The same for a pointer: `memory` is null, or `allocated` bytes from std::malloc, of which the
  /// first `size` are the contents. The memory belongs to the library from here on, also after a
  /// failure.
  [[nodiscard]] static Result<Buffer> adopt(void* memory, std::size_t size,
                                            std::size_t allocated) noexcept {
    OwnedBytes bytes;
    bytes.data.reset(static_cast<std::uint8_t*>(memory));
    bytes.size = size;
    bytes.allocated = allocated;
    return adopt(std::move(bytes));
  }
  /// Gives the contents and their memory away; the buffer is empty then. A buffer that borrows
  /// gives a copy. If there is no memory for that, the result is empty and the buffer as before.
  [[nodiscard]] OwnedBytes release() noexcept;

  /// The contents: size() bytes. Null in a buffer that has no memory.
  [[nodiscard]] const std::uint8_t* data() const noexcept { return data_; }
  /// How many bytes the contents have.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// True if there are no contents.
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// How many bytes fit without growing.
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  /// The contents; valid until the buffer changes.
  [[nodiscard]] Bytes bytes() const noexcept { return {data_, size_}; }
  /// The contents as text; valid until the buffer changes.
  [[nodiscard]] std::string_view text() const noexcept { return as_text(bytes()); }
  /// Empties the buffer and keeps its memory.
  void clear() noexcept { size_ = 0; }
  /// Cuts the contents to `size` bytes; does nothing if there are fewer.
  void truncate(std::size_t size) noexcept { size_ = size < size_ ? size : size_; }

  /// Makes room for `capacity` bytes in all. False if there is no memory; the buffer is as before.
  [[nodiscard]] bool reserve(std::size_t capacity) noexcept;
  /// Appends bytes, which may be contents of this buffer. False if there is no memory; the buffer
  /// is as before.
  [[nodiscard]] bool append(Bytes bytes) noexcept;

  /// For writers: the memory, of which capacity() + slack bytes may be written to.
  [[nodiscard]] std::uint8_t* storage() noexcept { return data_; }
  /// For writers: makes the first `size` bytes of the memory the contents; size <= capacity().
  void set_size(std::size_t size) noexcept { size_ = size; }

  /// True if the contents are equal.
  friend bool operator==(const Buffer& a, const Buffer& b) noexcept { return a.text() == b.text(); }

 private:
  bool move_to_heap(std::size_t capacity) noexcept;  // or within it; capacity >= size_
  void free_own() noexcept {
    if (data_ != nullptr && !borrows_) {  // calls have buffers that they seldom use
      std::free(data_);
    }
  }

  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;  // usable bytes; `slack` more follow
  bool borrows_ = false;      // data_ is somebody else's
};

/// What is written to and grows: a Buffer, a std::string or a Chain. Calls append to it. It does not
/// own its target, which must live as long as the call.
class Output {
 public:
  /// Appends to a Buffer.
  Output(Buffer& buffer) noexcept : target_(&buffer), kind_(Kind::buffer) {}  // NOLINT: implicit
  /// Appends to a string.
  Output(std::string& text) noexcept : target_(&text), kind_(Kind::text) {}  // NOLINT
  /// Appends to a chain (chain.h). Segments that are there do not move.
  Output(Chain& chain) noexcept : target_(&chain), kind_(Kind::chain) {}  // NOLINT

  /// The Buffer, or null if the output is something else.
  [[nodiscard]] Buffer* buffer() const noexcept {
    return kind_ == Kind::buffer ? static_cast<Buffer*>(target_) : nullptr;
  }
  /// The string, or null if the output is something else.
  [[nodiscard]] std::string* text() const noexcept {
    return kind_ == Kind::text ? static_cast<std::string*>(target_) : nullptr;
  }
  /// The chain, or null if the output is something else.
  [[nodiscard]] Chain* chain() const noexcept {
    return kind_ == Kind::chain ? static_cast<Chain*>(target_) : nullptr;
  }

 private:
  enum class Kind : std::uint8_t { buffer, text, chain };

  void* target_;
  Kind kind_;
};

namespace detail {

template <class T>
concept IsOutputByte =
    std::same_as<T, std::uint8_t> || std::same_as<T, std::byte> || std::same_as<T, char>;

}  // namespace detail

/// What is written to and has a fixed size: a span, std::array or array of std::byte, char or
/// unsigned char. Calls write from its start and return how many bytes they wrote. It does not own
/// the memory.
class OutputSpan {
 public:
  /// Writes to the memory of a span.
  template <detail::IsOutputByte B, std::size_t N>
  OutputSpan(std::span<B, N> bytes) noexcept  // NOLINT: implicit on purpose
      : bytes_(reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()) {}
  /// Writes to an array.
  template <detail::IsOutputByte B, std::size_t N>
  OutputSpan(std::array<B, N>& bytes) noexcept  // NOLINT
      : bytes_(reinterpret_cast<std::uint8_t*>(bytes.data()), N) {}
  /// Writes to an array.
  template <detail::IsOutputByte B, std::size_t N>
  OutputSpan(B (&bytes)[N]) noexcept  // NOLINT
      : bytes_(reinterpret_cast<std::uint8_t*>(bytes), N) {}

  /// The memory.
  [[nodiscard]] std::span<std::uint8_t> bytes() const noexcept { return bytes_; }
  /// How many bytes fit.
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }

 private:
  std::span<std::uint8_t> bytes_;
};

namespace detail {

// Where small outputs are written before they are copied: a copy costs less than an allocation.
inline constexpr std::size_t small_output = 512;

[[nodiscard]] Error output_too_small(std::size_t needed, std::size_t available) noexcept;

// Errors: no_memory; the string is as before.
[[nodiscard]] Result<void> append_text(std::string& text, std::string_view more) noexcept;

// Appends to `text` what `encode_to_buffer(Buffer&) -> Result<void>`, which does not throw, appends
// to an empty buffer: in the string's spare capacity if it fits, else in memory of its own that is
// then appended. After a failure the string is as before. Errors: those of the function, no_memory.
template <class F>
[[gnu::noinline]] Result<void> encode_into(std::string& text, F&& encode_to_buffer) {
  const std::size_t before = text.size();
  if (text.capacity() - before < small_output + Buffer::slack) {
    std::uint8_t local[small_output + Buffer::slack];
    Buffer out = Buffer::borrow(local);
    Result<void> done = encode_to_buffer(out);
    return done ? append_text(text, out.text()) : done;
  }
  Buffer own;
  Result<void> done;
  text.resize_and_overwrite(text.capacity(), [&](char* at, std::size_t size) noexcept {
    Buffer out = Buffer::borrow({reinterpret_cast<std::uint8_t*>(at) + before, size - before});
    done = encode_to_buffer(out);
    if (done && out.borrows()) {
      return before + out.size();
    }
    own = std::move(out);
    return before;
  });
  return done && !own.borrows() && !own.empty() ? append_text(text, own.text()) : done;
}

// Writes to the start of `to` what `encode_to_buffer(Buffer&) -> Result<void>` appends to an empty
// buffer: in place where the span has `Buffer::slack` bytes to spare, else by a copy. Returns the
// size. After a failure the bytes of the span are unspecified. Errors: those of the function;
// size_limit if the span is too small, with a message that says how many bytes are needed.
template <class F>
Result<std::size_t> encode_into(OutputSpan to, F&& encode_to_buffer) {
  const auto finish = [&](const Buffer& out) -> Result<std::size_t> {
    if (out.size() > to.size()) {
      return std::unexpected(output_too_small(out.size(), to.size()));
    }
    if (!out.empty() && out.data() != to.bytes().data()) {
      std::memcpy(to.bytes().data(), out.data(), out.size());
    }
    return out.size();
  };
  const auto encode_to = [&](std::span<std::uint8_t> memory) -> Result<std::size_t> {
    Buffer out = Buffer::borrow(memory);
    Result<void> done = encode_to_buffer(out);
    return done ? finish(out) : std::unexpected(std::move(done).error());
  };
  if (to.size() < small_output + Buffer::slack) {
    std::uint8_t local[small_output + Buffer::slack];
    return encode_to(local);
  }
  return encode_to(to.bytes());
}

// Appends to `chain` what `write(what, buffer)` appends to an empty buffer. After a failure the
// chain is as before. Errors: those of the function, no_memory.
Result<void> encode_into(Chain& chain, Result<void> (*write)(void* what, Buffer& out), void* what);

// Appends to any kind of growing output.
template <class F>
[[gnu::always_inline]] inline Result<void> encode_into(Output to, F&& encode_to_buffer) {
  if (to.buffer() != nullptr) [[likely]] {
    return encode_to_buffer(*to.buffer());
  }
  if (to.chain() != nullptr) {
    return encode_into(
        *to.chain(),
        [](void* what, Buffer& out) {
          return (*static_cast<std::remove_reference_t<F>*>(what))(out);
        },
        &encode_to_buffer);
  }
  return encode_into(*to.text(), std::forward<F>(encode_to_buffer));
}

}  // namespace detail

/// A bump allocator: everything in it is freed at once. reset() keeps its blocks, so that decoding
/// into a reused arena allocates nothing once it is large enough. Objects in it are never
/// destroyed. Movable; addresses stay valid. Not thread-safe.
class Arena {
  struct Block;
  friend struct detail::ArenaFields;

 public:
  /// The first block, made when it is needed, has about `first_block` bytes; later ones are larger.
  explicit Arena(std::size_t first_block = 4096) noexcept : next_block_(first_block) {}
  /// Takes the memory of `other`, which is empty then; addresses stay valid.
  Arena(Arena&& other) noexcept;
  /// Frees its own memory and takes that of `other`, which is empty then.
  Arena& operator=(Arena&& other) noexcept;
  ~Arena();

  /// `size` uninitialised bytes, or null if there is no memory. `align` is a power of two, at most
  /// 16.
  [[nodiscard]] void* allocate(std::size_t size, std::size_t align = 8) noexcept {
    const auto at = (reinterpret_cast<std::uintptr_t>(cursor_) + (align - 1)) & ~(align - 1);
    const auto end = reinterpret_cast<std::uintptr_t>(end_);
    if (at <= end && size <= end - at && cursor_ != nullptr) {
      cursor_ = reinterpret_cast<std::uint8_t*>(at + size);
      return reinterpret_cast<void*>(at);
    }
    return allocate_slow(size, align);
  }
  /// A copy of `text` in the arena. An empty view with null data if there is no memory and `text`
  /// is not empty.
  [[nodiscard]] std::string_view copy(std::string_view text) noexcept;

  /// Frees the last `size` bytes of the allocation that ends at `end`, if it is the last one; does
  /// nothing if something was allocated since.
  void give_back(const void* end, std::size_t size) noexcept {
    if (end == cursor_) {
      cursor_ -= size;
    }
  }

  /// Frees the contents and keeps the memory for reuse.
  void reset() noexcept;
  /// What is allocated at a moment. Valid until reset() or a move of the arena.
  class Mark {
    friend class Arena;
    std::uint8_t* cursor_;
    Block* current_;
    std::uint64_t serial_;
  };
  /// What is allocated now.
  [[nodiscard]] Mark mark() const noexcept {
    Mark m;
    m.cursor_ = cursor_;
    m.current_ = current_;
    m.serial_ = serial_;
    return m;
  }
  /// Frees what was allocated since `mark` and keeps the memory for reuse.
  void rewind(const Mark& mark) noexcept;
  /// How many bytes it holds from the system's allocator.
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
