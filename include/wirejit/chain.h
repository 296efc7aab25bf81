/// @file
/// A chain of byte segments: what is written to a socket with writev() and read from one in pieces.
/// Entry: Chain. Invariant: bytes that lie in a chain never move while they belong to it, except in
/// peek(); each owner is released exactly once.
///
///     Chain out;
///     auto done = codec.encode(order, out);                 // appends the message
///     auto framed = out.prepend(header_of(out.size()));     // in the room before the message
///     auto linked = out.append_external(file.bytes, file.owner);  // without a copy
///     for (const Bytes segment : out.spans()) {             // as the iovecs of writev()
///       send(segment);
///     }
///     out.clear();  // releases the owners, and keeps its memory for the next message
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/error.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace wirejit {

class Chain;

/// What keeps the bytes of a segment alive: it is destroyed when the last segment that refers to it
/// is. Null: nobody does, and the caller keeps the bytes until consumed() has said that they are no
/// longer needed, or the chain is cleared or destroyed.
using ChainOwner = std::shared_ptr<const void>;

namespace detail {

// Bytes that belong at offset `at` of what a call wrote, and were not copied there.
struct LinkedBytes {
  std::size_t at = 0;
  Bytes bytes;
};

// How calls write to a chain.
struct ChainAccess {
  // An empty buffer on the free room of the chain, which is at least that of a small message. It
  // may outgrow that. Errors: no_memory.
  [[nodiscard]] static Result<Buffer> borrow(Chain& chain) noexcept;
  // Appends what was written to a buffer of borrow(), since when the chain has not changed, and
  // the links among it, which have `owner`. Errors: no_memory; the chain is as before.
  [[nodiscard]] static Result<void> commit(Chain& chain, Buffer&& written,
                                           std::span<const LinkedBytes> links,
                                           const ChainOwner& owner) noexcept;
};

}  // namespace detail

/// A sequence of bytes in segments. Each segment is a part of memory that the chain has allocated,
/// of a Buffer that was moved into it, or of memory of the caller with an owner (ChainOwner).
/// Encoders and transcoders append to it (Output), and it is an input of decoders (Input). Segments
/// are never empty.
///
/// A call that fails leaves the chain as it was. Movable, not copyable; what was moved from is
/// empty. Not thread-safe; but chains that share owners, as split() makes them, may be used by
/// different threads.
class Chain {
 public:
  /// An empty chain, which allocates nothing.
  Chain() noexcept;
  /// Takes the segments and the memory of `other`, which is empty then.
  Chain(Chain&& other) noexcept;
  /// Releases its own segments and takes those of `other`, which is empty then.
  Chain& operator=(Chain&& other) noexcept;
  /// Releases all owners.
  ~Chain();

  /// How many bytes all segments have.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// True if there are no bytes.
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// The segments in order; none is empty. The addresses of the bytes stay valid until the bytes
  /// are consumed or cleared, or peek() joins them; the list itself is valid until the chain
  /// changes. Each has an address and a size, which is what an iovec of writev() takes.
  [[nodiscard]] std::span<const Bytes> spans() const noexcept {
    return std::span<const Bytes>(spans_).subspan(first_);
  }

  /// Appends a copy of `bytes`, which may be bytes of this chain. Errors: no_memory.
  [[nodiscard]] Result<void> append(Bytes bytes) noexcept;
  /// Appends a copy of all of `bytes`, in one segment. They must not be bytes of this chain. Errors:
  /// no_memory.
  [[nodiscard]] Result<void> append_copy(const Input& bytes) noexcept;
  /// Appends the contents of `buffer` without a copy, and empties it; later calls may write to what
  /// room it has left. A buffer that borrows its memory (Buffer::borrow) is copied. Errors:
  /// no_memory; `buffer` is as before.
  [[nodiscard]] Result<void> append(Buffer&& buffer) noexcept;
  /// Appends the segments of `other`, which is empty then. No bytes are copied. Nothing happens if
  /// both are the same chain. Errors: no_memory; `other` is as before.
  [[nodiscard]] Result<void> append(Chain&& other) noexcept;
  /// Appends the segments of `other`, which keeps them: both refer to the same bytes, and owners are
  /// in both. No bytes are copied. Several threads may do so with one `other` at once. Errors:
  /// no_memory.
  [[nodiscard]] Result<void> append(const Chain& other) noexcept;
  /// Appends `bytes` without a copy. They must not change while they are in the chain. `owner`
  /// keeps them alive; without one the caller does (ChainOwner). Errors: no_memory; the owner that
  /// was given is released.
  [[nodiscard]] Result<void> append_external(Bytes bytes, ChainOwner owner = nullptr) noexcept;
  /// The same with a function that is called once, as `release(context)`, when the chain no longer
  /// needs the bytes. It is also called if this fails, and if `bytes` is empty. It must not throw.
  [[nodiscard]] Result<void> append_external(Bytes bytes, void (*release)(void* context),
                                             void* context) noexcept;
  /// Puts a copy of `bytes` before the first segment. Where that lies in memory of the chain there
  /// is room for `front_room` bytes before it, so that the header of a message is put into the same
  /// segment and nothing is allocated. Errors: no_memory.
  [[nodiscard]] Result<void> prepend(Bytes bytes) noexcept;

  /// How many bytes may be put before the first message of an empty chain without another segment.
  static constexpr std::size_t front_room = 32;

  /// Moves the first `n` bytes, or all if there are fewer, to a chain of their own. No bytes are
  /// copied: a segment that is cut has its owner in both. Errors: no_memory; the chain is as before.
  [[nodiscard]] Result<Chain> split(std::size_t n) noexcept;
  /// Removes the first `n` bytes, or all if there are fewer, and releases owners that no segment
  /// refers to any longer. If none are left, the chain is as after clear().
  void consumed(std::size_t n) noexcept;
  /// Removes all bytes but the first `n`, and releases owners that no segment refers to any longer.
  /// Nothing happens if there are no more. If none are left, the chain is as after clear().
  void truncate(std::size_t n) noexcept;
  /// The first `n` bytes, or all if there are fewer, in one span. If they lie in several segments,
  /// they are copied, and one new segment takes the place of the old bytes; what spans() returned
  /// before is no longer valid then. The result is valid as long as the bytes are in the chain and
  /// no longer peek() joins them with others. Errors: no_memory.
  [[nodiscard]] Result<Bytes> peek(std::size_t n) noexcept;
  /// Removes all bytes and releases all owners. The memory that the next bytes are written to is
  /// kept, unless it is shared with another chain, so that a chain that is used again and again
  /// allocates nothing once it is large enough.
  void clear() noexcept;

 private:
  friend struct detail::ChainAccess;

  // Memory that segments are written to: the bytes from `used_` on belong to nobody.
  [[nodiscard]] std::size_t free_room() const noexcept;
  [[nodiscard]] bool ends_with_block() const noexcept;
  void grow_last(std::size_t bytes) noexcept;
  [[nodiscard]] Result<void> make_room(std::size_t bytes) noexcept;
  [[nodiscard]] bool reserve(std::size_t more) noexcept;
  void push(Bytes bytes, const ChainOwner& owner) noexcept;
  void push_front(Bytes bytes, const ChainOwner& owner) noexcept;
  void use_block(std::shared_ptr<Buffer> block, std::size_t used) noexcept;
  void drop(std::size_t segments) noexcept;
  void start_over() noexcept;
  void swap(Chain& other) noexcept;

  std::vector<Bytes> spans_;        // those before first_ are gone
  std::vector<ChainOwner> owners_;  // of spans_, one by one
  std::size_t first_ = 0;
  std::size_t size_ = 0;
  std::shared_ptr<Buffer> block_;  // null: none yet
  std::size_t used_ = 0;           // of block_
  std::size_t front_ = 0;          // free bytes right before the first segment
  // Another chain has segments in block_. Those who append a chain that is const set it.
  mutable std::atomic<bool> is_shared_{false};
};

inline Input::Input(const Chain& chain) noexcept {
  if (const std::span<const Bytes> spans = chain.spans(); spans.size() == 1) {
    one_ = spans.front();
  } else {
    chain_ = spans;
  }
}

}  // namespace wirejit
