// Buffer (the growing output) and Arena (the bump allocator that decoded data lives in).
// Entry: Buffer::reserve, Arena::allocate. Invariant: a failed allocation leaves the object as it
// was. The blocks of an arena have one of a few sizes, so that a repeated workload finds its blocks
// again and allocates nothing; their unused bytes are at most a fraction of the requested ones.
#include <wirejit/buffer.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define WIREJIT_SCRUB_ARENA 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WIREJIT_SCRUB_ARENA 1
#endif
#endif

namespace wirejit {

bool Buffer::reserve(std::size_t capacity) noexcept {
  return (capacity <= capacity_ && data_ != nullptr) || move_to_heap(capacity);
}

bool Buffer::move_to_heap(std::size_t capacity) noexcept {
  if (capacity > std::numeric_limits<std::size_t>::max() / 2) {
    return false;
  }
  void* grown = std::realloc(borrows_ ? nullptr : data_, capacity + slack);
  if (grown == nullptr) {
    return false;
  }
  if (borrows_ && size_ != 0) {
    std::memcpy(grown, data_, size_);
  }
  borrows_ = false;
  data_ = static_cast<std::uint8_t*>(grown);
  capacity_ = capacity;
  return true;
}

Result<Buffer> Buffer::adopt(OwnedBytes bytes) noexcept {
  Buffer b;
  if (bytes.data == nullptr) {
    return b;
  }
  if (bytes.allocated < slack || bytes.size > bytes.allocated - slack) {
    void* grown = bytes.size > std::numeric_limits<std::size_t>::max() / 2
                      ? nullptr
                      : std::realloc(bytes.data.get(), bytes.size + slack);
    if (grown == nullptr) {
      return std::unexpected(Error(Errc::no_memory));
    }
    (void)bytes.data.release();
    bytes.data.reset(static_cast<std::uint8_t*>(grown));
    bytes.allocated = bytes.size + slack;
  }
  b.data_ = bytes.data.release();
  b.size_ = bytes.size;
  b.capacity_ = bytes.allocated - slack;
  return b;
}

OwnedBytes Buffer::release() noexcept {
  OwnedBytes bytes;
  if (borrows_ && !move_to_heap(size_)) {
    return bytes;
  }
  if (data_ != nullptr) {
    bytes.allocated = capacity_ + slack;
    bytes.size = std::exchange(size_, 0);
    bytes.data.reset(std::exchange(data_, nullptr));
    capacity_ = 0;
  }
  return bytes;
}

bool Buffer::append(Bytes bytes) noexcept {
  if (bytes.empty()) {
    return true;
  }
  if (data_ == nullptr || bytes.size() > capacity_ - size_) {
    constexpr std::size_t limit = std::numeric_limits<std::size_t>::max() / 2;
    if (bytes.size() > limit - std::min(size_, limit)) {
      return false;
    }
    // The bytes may lie in this buffer, which is about to move.
    const auto at = reinterpret_cast<std::uintptr_t>(bytes.data());
    const auto begin = reinterpret_cast<std::uintptr_t>(data_);
    const bool own = data_ != nullptr && at >= begin && at - begin < size_;
    const std::size_t need = size_ + bytes.size();
    if (!reserve(std::max({need, std::min(capacity_, limit / 2) * 2, std::size_t{256}})) &&
        !reserve(need)) {
      return false;
    }
    if (own) {
      bytes = {data_ + (at - begin), bytes.size()};
    }
  }
  std::memmove(data_ + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
  return true;
}

Error detail::output_too_small(std::size_t needed, std::size_t available) noexcept {
  try {
    return Error(Errc::size_limit, "the output needs " + std::to_string(needed) +
                                       " bytes, and the span has " + std::to_string(available));
  } catch (const std::bad_alloc&) {
    return Error(Errc::size_limit);
  }
}

Result<void> detail::append_text(std::string& text, std::string_view more) noexcept {
  try {
    text.append(more);
    return {};
  } catch (const std::bad_alloc&) {
  } catch (const std::length_error&) {
  }
  return std::unexpected(Error(Errc::no_memory));
}

// The header of a block; the space for allocations follows it.
struct alignas(16) Arena::Block {
  // Bytes after the last usable one, which is at a multiple of 16: wide stores of string writers may
  // reach into them.
  static constexpr std::size_t slack = 64;
  static constexpr std::size_t smallest = 256;
  static constexpr std::size_t largest_by_growth = std::size_t{1} << 20;
  // Smaller requests take blocks whose size is a power of two. A request of at least this size that
  // needs more than a quarter of the next block gets a block of its own, whose size is a multiple
  // of half a power of two; from largest_by_growth on, of an eighth.
  static constexpr std::size_t fine = std::size_t{1} << 16;

  Block* next;
  std::size_t size;      // including this header and the slack
  std::uint64_t serial;  // increases each time that a block is taken into use

  // The size of a block that holds `bytes`.
  [[nodiscard]] static std::size_t size_for(std::size_t bytes) noexcept {
    const std::size_t need = std::max(bytes + sizeof(Block) + slack, smallest);
    const std::size_t step = need < fine                ? std::bit_ceil(need)
                             : need < largest_by_growth ? std::bit_floor(need) / 2
                                                        : std::bit_floor(need) / 8;
    return (need + step - 1) / step * step;
  }

  [[nodiscard]] std::uint8_t* begin() noexcept {
    return reinterpret_cast<std::uint8_t*>(this) + sizeof(Block);
  }
  [[nodiscard]] std::uint8_t* end() noexcept {
    return reinterpret_cast<std::uint8_t*>(this) + size - slack;
  }
};

Arena::Arena(Arena&& other) noexcept
    : cursor_(std::exchange(other.cursor_, nullptr)),
      end_(std::exchange(other.end_, nullptr)),
      current_(std::exchange(other.current_, nullptr)),
      spare_(std::exchange(other.spare_, nullptr)),
      serial_(other.serial_),
      next_block_(other.next_block_),
      capacity_(std::exchange(other.capacity_, 0)) {}

Arena& Arena::operator=(Arena&& other) noexcept {
  if (this != &other) {
    release();
    cursor_ = std::exchange(other.cursor_, nullptr);
    end_ = std::exchange(other.end_, nullptr);
    current_ = std::exchange(other.current_, nullptr);
    spare_ = std::exchange(other.spare_, nullptr);
    serial_ = other.serial_;
    next_block_ = other.next_block_;
    capacity_ = std::exchange(other.capacity_, 0);
  }
  return *this;
}

Arena::~Arena() { release(); }

void Arena::release() noexcept {
  for (Block* list : {current_, spare_}) {
    while (list != nullptr) {
      std::free(std::exchange(list, list->next));
    }
  }
}

void* Arena::allocate_slow(std::size_t size, std::size_t /*align*/) noexcept {
  if (size > std::numeric_limits<std::size_t>::max() / 4) {
    return nullptr;
  }
  // Blocks begin 16-aligned and no request asks for more, so no padding is needed.
  const std::size_t need = Block::size_for(size);

  // The smallest spare block that fits keeps the large ones for large requests.
  Block** best = nullptr;
  for (Block** at = &spare_; *at != nullptr; at = &(*at)->next) {
    if ((*at)->size >= need && (best == nullptr || (*at)->size < (*best)->size)) {
      best = at;
    }
  }
  Block* block = nullptr;
  if (best != nullptr) {
    block = *best;
    *best = block->next;
  } else {
    const std::size_t next =
        std::bit_ceil(std::clamp(next_block_, Block::smallest, Block::largest_by_growth));
    const bool is_large = need >= Block::fine && need > next / 4;
    const std::size_t bytes = is_large ? need : std::max(next, need);
    void* memory = std::malloc(bytes);
    if (memory == nullptr) {
      return nullptr;
    }
    block = ::new (memory) Block{nullptr, bytes, 0};
    capacity_ += bytes;
    next_block_ = std::min(next * 2, Block::largest_by_growth);
  }

  block->serial = ++serial_;
  std::uint8_t* result = block->begin();
  const auto left_here = static_cast<std::size_t>(block->end() - result) - size;
  if (current_ != nullptr && static_cast<std::size_t>(end_ - cursor_) > left_here) {
    // The current block has more space left than the new one: it stays the current one.
    block->next = current_->next;
    current_->next = block;
    return result;
  }
  if (current_ != nullptr && cursor_ == current_->begin()) {  // unused: it becomes a spare
    Block* unused = std::exchange(current_, current_->next);
    unused->next = spare_;
    spare_ = unused;
  }
  block->next = current_;
  current_ = block;
  cursor_ = result + size;
  end_ = block->end();
  return result;
}

std::string_view Arena::copy(std::string_view text) noexcept {
  if (text.empty()) {
    return "";
  }
  void* to = allocate(text.size(), 1);
  if (to == nullptr) {
    return {};
  }
  std::memcpy(to, text.data(), text.size());
  return {static_cast<const char*>(to), text.size()};
}

void Arena::rewind(const Mark& mark) noexcept {
  const auto move_front = [](Block** at, Block*& to) {
    Block* const block = *at;
    *at = block->next;
    block->next = to;
    to = block;
  };
  for (Block** at = &current_; *at != nullptr;) {
    if ((*at)->serial > mark.serial_) {
      move_front(at, spare_);
    } else {
      at = &(*at)->next;
    }
  }
  cursor_ = mark.cursor_;
  end_ = nullptr;
  if (mark.current_ == nullptr) {
    return;
  }
  // The block that was current at the mark is current again. If it was empty then, it may be a
  // spare now.
  for (Block** list : {&current_, &spare_}) {
    for (Block** at = list; *at != nullptr; at = &(*at)->next) {
      if (*at == mark.current_) {
        move_front(at, current_);
        end_ = current_->end();
        return;
      }
    }
  }
}

void Arena::reset() noexcept {
  if (current_ == nullptr) {
    return;
  }
#ifdef WIREJIT_SCRUB_ARENA
  for (Block* b = current_; b != nullptr; b = b->next) {  // tests then notice uses of stale views
    std::memset(b->begin(), 0xdd, static_cast<std::size_t>(b->end() - b->begin()));
  }
#endif
  if (current_->next != nullptr) {
    while (current_ != nullptr) {
      Block* block = std::exchange(current_, current_->next);
      block->next = spare_;
      spare_ = block;
    }
    Block** smallest = &spare_;
    for (Block** at = &spare_; *at != nullptr; at = &(*at)->next) {
      if ((*at)->size < (*smallest)->size) {
        smallest = at;
      }
    }
    current_ = *smallest;
    *smallest = current_->next;
    current_->next = nullptr;
  }
  cursor_ = current_->begin();
  end_ = current_->end();
}

}  // namespace wirejit
