// Chain: segments of bytes, their owners, and the memory that new bytes are written to.
// Entry: Chain. Invariant: whatever may fail is done before the chain changes. spans_ and owners_
// have the same length; the elements before first_ are gone. All segments lie in memory of their
// owner; those in memory of the chain have the block as their owner.
#include <wirejit/chain.h>

#include "core/no_throw.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace wirejit {

namespace {

// The sizes of blocks that the chain allocates for itself: each twice the one before.
constexpr std::size_t smallest_block = 1024;
constexpr std::size_t largest_block = std::size_t{1} << 16;

std::unexpected<Error> no_memory() { return std::unexpected(Error(Errc::no_memory)); }

// Null if there is no memory.
std::shared_ptr<Buffer> make_block(std::size_t capacity) noexcept {
  try {
    auto block = std::make_shared<Buffer>();
    return block->reserve(capacity) ? block : nullptr;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

// As above; `buffer` is as before then.
std::shared_ptr<Buffer> make_block(Buffer&& buffer) noexcept {
  try {
    return std::make_shared<Buffer>(std::move(buffer));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace

Chain::Chain() noexcept = default;
Chain::Chain(Chain&& other) noexcept { swap(other); }
Chain& Chain::operator=(Chain&& other) noexcept {
  if (this != &other) {
    Chain old;
    old.swap(*this);
    swap(other);
  }
  return *this;
}
Chain::~Chain() = default;

void Chain::swap(Chain& other) noexcept {
  spans_.swap(other.spans_);
  owners_.swap(other.owners_);
  std::swap(first_, other.first_);
  std::swap(size_, other.size_);
  block_.swap(other.block_);
  std::swap(used_, other.used_);
  std::swap(front_, other.front_);
  const bool is_shared = is_shared_.load(std::memory_order_relaxed);
  is_shared_.store(other.is_shared_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  other.is_shared_.store(is_shared, std::memory_order_relaxed);
}

// ---- Memory

std::size_t Chain::free_room() const noexcept {
  return block_ != nullptr ? block_->capacity() - used_ : 0;
}

// Whether the last segment ends where the next bytes are written to, so that it grows by them.
bool Chain::ends_with_block() const noexcept {
  return block_ != nullptr && !empty() && owners_.back() == block_ &&
         spans_.back().data() + spans_.back().size() == block_->data() + used_;
}

// Takes bytes that were written behind the last segment.
void Chain::grow_last(std::size_t bytes) noexcept {
  Bytes& last = spans_.back();
  last = {last.data(), last.size() + bytes};
  size_ += bytes;
  used_ += bytes;
}

// Makes sure that free_room() is at least `bytes`, in a new block if need be.
Result<void> Chain::make_room(std::size_t bytes) noexcept {
  if (block_ != nullptr && bytes <= free_room()) {
    return {};
  }
  const std::size_t front = empty() ? front_room : 0;
  const std::size_t next = block_ == nullptr ? smallest_block : 2 * block_->capacity();
  auto block = make_block(std::max(bytes + front, std::min(next, largest_block)));
  if (block == nullptr) {
    return no_memory();
  }
  use_block(std::move(block), front);
  return {};
}

void Chain::use_block(std::shared_ptr<Buffer> block, std::size_t used) noexcept {
  block_ = std::move(block);
  used_ = used;
  is_shared_.store(false, std::memory_order_relaxed);
}

// Room for more segments, so that push() and push_front() do not fail.
bool Chain::reserve(std::size_t more) noexcept {
  const std::size_t wanted = spans_.size() + more;
  if (wanted <= std::min(spans_.capacity(), owners_.capacity())) {
    return true;
  }
  if (first_ != 0 && first_ >= spans_.size() / 2) {
    spans_.erase(spans_.begin(), spans_.begin() + static_cast<std::ptrdiff_t>(first_));
    owners_.erase(owners_.begin(), owners_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
    return reserve(more);
  }
  try {
    const std::size_t capacity = std::max({wanted, 2 * spans_.capacity(), std::size_t{4}});
    spans_.reserve(capacity);
    owners_.reserve(capacity);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

// ---- Segments

// Appends a segment, or makes the last one longer where `bytes` follow it in the block.
void Chain::push(Bytes bytes, const ChainOwner& owner) noexcept {
  const bool is_first = empty();
  size_ += bytes.size();
  if (!is_first && owner != nullptr && owner == block_ && owners_.back() == owner &&
      spans_.back().data() + spans_.back().size() == bytes.data()) {
    spans_.back() = {spans_.back().data(), spans_.back().size() + bytes.size()};
    return;
  }
  if (is_first) {
    front_ = block_ != nullptr && bytes.data() == block_->data() + front_room ? front_room : 0;
  }
  spans_.push_back(bytes);
  owners_.push_back(owner);
}

void Chain::push_front(Bytes bytes, const ChainOwner& owner) noexcept {
  size_ += bytes.size();
  if (first_ != 0) {
    --first_;
    spans_[first_] = bytes;
    owners_[first_] = owner;
  } else {
    spans_.insert(spans_.begin(), bytes);
    owners_.insert(owners_.begin(), owner);
  }
}

// Removes the first segments. The chain is consistent whenever an owner is released.
void Chain::drop(std::size_t segments) noexcept {
  for (; segments != 0; --segments) {
    const ChainOwner released = std::move(owners_[first_]);
    size_ -= spans_[first_].size();
    ++first_;
    front_ = 0;
  }
}

// The chain has no segments: the block is written to from its start.
void Chain::start_over() noexcept {
  spans_.clear();
  owners_.clear();
  first_ = 0;
  front_ = 0;
  if (block_ == nullptr) {
    return;
  }
  if (is_shared_.load(std::memory_order_relaxed) || block_->capacity() < front_room) {
    use_block(nullptr, 0);
  } else {
    used_ = front_room;
  }
}

// ---- Appending

Result<void> Chain::append(Bytes bytes) noexcept {
  if (bytes.empty()) {
    return {};
  }
  if (ends_with_block() && bytes.size() <= free_room()) [[likely]] {
    std::memcpy(block_->storage() + used_, bytes.data(), bytes.size());
    grow_last(bytes.size());
    return {};
  }
  if (!reserve(1)) {
    return no_memory();
  }
  if (Result<void> room = make_room(bytes.size()); !room) {
    return room;
  }
  std::uint8_t* const to = block_->storage() + used_;
  std::memcpy(to, bytes.data(), bytes.size());
  push({to, bytes.size()}, block_);
  used_ += bytes.size();
  return {};
}

Result<void> Chain::append_copy(const Input& bytes) noexcept {
  if (!bytes.is_chain()) {
    return append(bytes.bytes());
  }
  std::size_t size = 0;
  for (const Bytes piece : bytes.chain()) {
    size += piece.size();
  }
  if (size == 0) {
    return {};
  }
  if (!reserve(1)) {
    return no_memory();
  }
  if (Result<void> room = make_room(size); !room) {
    return room;
  }
  std::uint8_t* const to = block_->storage() + used_;
  std::size_t done = 0;
  for (const Bytes piece : bytes.chain()) {
    if (!piece.empty()) {
      std::memcpy(to + done, piece.data(), piece.size());
      done += piece.size();
    }
  }
  push({to, size}, block_);
  used_ += size;
  return {};
}

Result<void> Chain::append(Buffer&& buffer) noexcept {
  if (buffer.borrows()) {
    Result<void> done = append(buffer.bytes());
    if (done) {
      buffer.clear();
    }
    return done;
  }
  if (buffer.empty()) {
    return {};
  }
  std::shared_ptr<Buffer> block = reserve(1) ? make_block(std::move(buffer)) : nullptr;
  if (block == nullptr) {
    return no_memory();
  }
  push(block->bytes(), block);
  if (block->capacity() - block->size() >= free_room()) {
    const std::size_t used = block->size();
    use_block(std::move(block), used);
  }
  return {};
}

Result<void> Chain::append(Chain&& other) noexcept {
  if (this == &other || other.empty()) {
    return {};
  }
  if (!reserve(other.spans().size())) {
    return no_memory();
  }
  const bool is_first = empty();
  for (std::size_t k = other.first_; k < other.spans_.size(); ++k) {
    push(other.spans_[k], other.owners_[k]);
  }
  if (is_first) {
    front_ = other.front_;
  }
  if (other.free_room() > free_room()) {
    use_block(other.block_, other.used_);
    is_shared_.store(other.is_shared_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
  other = Chain();
  return {};
}

Result<void> Chain::append(const Chain& other) noexcept {
  const std::size_t segments = other.spans().size();
  if (segments == 0) {
    return {};
  }
  if (!reserve(segments)) {
    return no_memory();
  }
  for (std::size_t k = 0; k < segments; ++k) {  // both may be the same chain
    const Bytes bytes = other.spans_[other.first_ + k];
    const ChainOwner owner = other.owners_[other.first_ + k];
    if (this != &other && owner != nullptr && owner == other.block_) {
      other.is_shared_.store(true, std::memory_order_relaxed);
    }
    push(bytes, owner);
  }
  return {};
}

Result<void> Chain::append_external(Bytes bytes, ChainOwner owner) noexcept {
  if (bytes.empty()) {
    return {};
  }
  if (!reserve(1)) {
    return no_memory();
  }
  push(bytes, nullptr);
  owners_.back() = std::move(owner);
  return {};
}

Result<void> Chain::append_external(Bytes bytes, void (*release)(void* context),
                                    void* context) noexcept {
  return core::without_throwing([&] {
    // Where there is no memory, this releases, too.
    return append_external(bytes, ChainOwner(context, release));
  });
}

Result<void> Chain::prepend(Bytes bytes) noexcept {
  if (bytes.empty()) {
    return {};
  }
  if (bytes.size() <= front_) {
    Bytes& first = spans_[first_];
    auto* const to = const_cast<std::uint8_t*>(first.data()) - bytes.size();
    std::memcpy(to, bytes.data(), bytes.size());
    first = {to, first.size() + bytes.size()};
    size_ += bytes.size();
    front_ -= bytes.size();
    return {};
  }
  if (empty()) {
    return append(bytes);
  }
  if (!reserve(1)) {
    return no_memory();
  }
  if (bytes.size() > free_room()) {
    if (Result<void> room = make_room(bytes.size() + front_room); !room) {
      return room;
    }
  }
  const std::size_t front = std::min(front_room, free_room() - bytes.size());
  std::uint8_t* const to = block_->storage() + used_ + front;
  std::memcpy(to, bytes.data(), bytes.size());
  push_front({to, bytes.size()}, block_);
  used_ += front + bytes.size();
  front_ = front;
  return {};
}

// ---- Taking

Result<Chain> Chain::split(std::size_t n) noexcept {
  Chain head;
  if (n >= size_) {
    head.swap(*this);
    return head;
  }
  std::size_t segments = 0;  // those that are needed in whole
  std::size_t left = n;
  while (spans()[segments].size() <= left) {
    left -= spans()[segments].size();
    ++segments;
  }
  if (!head.reserve(segments + 1)) {
    return no_memory();
  }
  const std::size_t front = front_;
  for (std::size_t k = 0; k < segments + (left != 0 ? 1 : 0); ++k) {
    const ChainOwner& owner = owners_[first_ + k];
    if (block_ != nullptr && owner == block_) {
      is_shared_.store(true, std::memory_order_relaxed);
    }
    head.push(k < segments ? spans()[k] : spans()[k].first(left), owner);
  }
  if (n != 0) {
    drop(segments);
    spans_[first_] = spans_[first_].subspan(left);
    size_ -= left;
    head.front_ = front;
    front_ = 0;
  }
  return head;
}

void Chain::consumed(std::size_t n) noexcept {
  if (n >= size_) {
    return clear();
  }
  while (n >= spans().front().size()) {
    n -= spans().front().size();
    drop(1);
  }
  if (n != 0) {
    spans_[first_] = spans_[first_].subspan(n);
    size_ -= n;
    front_ = 0;
  }
}

void Chain::truncate(std::size_t n) noexcept {
  if (n == 0) {
    return clear();
  }
  while (size_ > n) {
    const std::size_t more = size_ - n;
    Bytes& last = spans_.back();
    if (more < last.size()) {
      last = last.first(last.size() - more);
      size_ = n;
    } else {
      size_ -= last.size();
      const ChainOwner released = std::move(owners_.back());
      spans_.pop_back();
      owners_.pop_back();
    }
  }
}

void Chain::clear() noexcept {
  drop(spans().size());
  start_over();
}

Result<Bytes> Chain::peek(std::size_t n) noexcept {
  n = std::min(n, size_);
  if (n == 0) {
    return Bytes();
  }
  if (n <= spans().front().size()) {
    return spans().front().first(n);
  }
  if (Result<void> room = make_room(n); !room) {
    return std::unexpected(std::move(room.error()));
  }
  const Bytes joined(block_->storage() + used_, n);
  used_ += n;
  std::size_t done = 0;
  while (done < n) {
    const Bytes part = spans().front().first(std::min(n - done, spans().front().size()));
    std::memcpy(const_cast<std::uint8_t*>(joined.data()) + done, part.data(), part.size());
    done += part.size();
    if (part.size() == spans().front().size()) {
      drop(1);
    } else {
      spans_[first_] = spans_[first_].subspan(part.size());
      size_ -= part.size();
    }
  }
  push_front(joined, block_);
  front_ = 0;
  return joined;
}

// ---- Calls

namespace detail {

Result<Buffer> ChainAccess::borrow(Chain& chain) noexcept {
  if (Result<void> room = chain.make_room(small_output); !room) {
    return std::unexpected(std::move(room.error()));
  }
  return Buffer::borrow({chain.block_->storage() + chain.used_, chain.free_room() + Buffer::slack});
}

Result<void> ChainAccess::commit(Chain& chain, Buffer&& written, std::span<const LinkedBytes> links,
                                 const ChainOwner& owner) noexcept {
  const std::size_t size = written.size();
  if (links.empty() && written.borrows() && chain.ends_with_block()) [[likely]] {
    chain.grow_last(size);
    return {};
  }
  if (!chain.reserve(2 * links.size() + 1)) {
    return no_memory();
  }
  std::size_t begin = chain.used_;  // of what was written, in the block
  if (!written.borrows() && size != 0) {
    std::shared_ptr<Buffer> block = make_block(std::move(written));
    if (block == nullptr) {
      return no_memory();
    }
    chain.use_block(std::move(block), 0);
    begin = 0;
  }
  const auto push_written = [&](std::size_t from, std::size_t to) {
    if (from != to) {
      chain.push({chain.block_->storage() + begin + from, to - from}, chain.block_);
    }
  };
  std::size_t at = 0;
  for (const LinkedBytes& link : links) {
    push_written(at, link.at);
    chain.push(link.bytes, owner);
    at = link.at;
  }
  push_written(at, size);
  chain.used_ = begin + size;
  return {};
}

Result<void> encode_into(Chain& chain, Result<void> (*write)(void* what, Buffer& out), void* what) {
  Result<Buffer> out = ChainAccess::borrow(chain);
  if (!out) {
    return std::unexpected(std::move(out.error()));
  }
  Result<void> done = write(what, *out);
  return done ? ChainAccess::commit(chain, std::move(*out), {}, nullptr) : done;
}

}  // namespace detail

}  // namespace wirejit
