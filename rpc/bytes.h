// Numbers and text at the front of bytes that a peer sent, and the same for bytes that are written.
// Entry: ByteReader, ByteWriter, truncated, bad_frame. Invariant: ByteReader never reads behind the
// bytes; who has not asked it before gets zeros and failed(). ByteWriter needs its room beforehand.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/error.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <string_view>

namespace wirejit::rpc {

inline std::uint16_t load_u16(const std::uint8_t* at) noexcept {
  return static_cast<std::uint16_t>(at[0] << 8 | at[1]);
}
inline std::uint32_t load_u32(const std::uint8_t* at) noexcept {
  return static_cast<std::uint32_t>(at[0]) << 24 | static_cast<std::uint32_t>(at[1]) << 16 |
         static_cast<std::uint32_t>(at[2]) << 8 | at[3];
}

// Where there is no memory for the message, the error is no_memory.
[[gnu::cold]] inline std::unexpected<Error> failure(Errc code, const char* message,
                                                    std::size_t offset = no_offset) noexcept {
  try {
    return std::unexpected(Error(code, message, offset));
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory));
  }
}

// How many bytes the longest number of 32 bits takes as a varint.
inline constexpr std::size_t longest_varint32 = 5;

// Reads from the front. The first failure, which says where and what, ends it.
class ByteReader {
 public:
  enum class State : std::uint8_t { good, truncated, bad };

  explicit ByteReader(Bytes bytes) noexcept
      : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()) {}

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] bool failed() const noexcept { return state_ != State::good; }
  [[nodiscard]] std::size_t position() const noexcept {
    return static_cast<std::size_t>(at_ - begin_);
  }
  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  [[nodiscard]] const std::uint8_t* at() const noexcept { return at_; }

  std::uint8_t u8() noexcept { return has(1) ? *at_++ : std::uint8_t{0}; }
  std::uint16_t u16() noexcept {
    if (!has(2)) {
      return 0;
    }
    at_ += 2;
    return load_u16(at_ - 2);
  }
  std::uint32_t u32() noexcept {
    if (!has(4)) {
      return 0;
    }
    at_ += 4;
    return load_u32(at_ - 4);
  }
  // Bad if it has more than five bytes or 32 bits.
  std::uint32_t varint32() noexcept {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      const std::uint8_t byte = u8();
      if (failed()) {
        return 0;
      }
      if (shift == 28 && byte > 0x0F) {
        break;
      }
      value |= static_cast<std::uint32_t>(byte & 0x7F) << shift;
      if (byte < 0x80) {
        return value;
      }
    }
    --at_;
    state_ = State::bad;
    return 0;
  }
  // A text after its length of two bytes.
  std::string_view text16() noexcept {
    if (failed() || left() < 2) [[unlikely]] {
      return text(2);  // which fails
    }
    const std::size_t size = load_u16(at_);
    if (left() - 2 < size) [[unlikely]] {
      return text(2 + size);
    }
    at_ += 2 + size;
    return {reinterpret_cast<const char*>(at_ - size), size};
  }
  std::string_view text(std::size_t size) noexcept {
    if (!has(size)) {
      return {};
    }
    at_ += size;
    return {reinterpret_cast<const char*>(at_ - size), size};
  }

 private:
  bool has(std::size_t size) noexcept {
    if (failed()) [[unlikely]] {
      return false;
    }
    if (left() < size) [[unlikely]] {
      at_ = end_;
      state_ = State::truncated;
      return false;
    }
    return true;
  }

  const std::uint8_t* begin_;
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  State state_ = State::good;
};

// Writes to memory that has the room.
class ByteWriter {
 public:
  explicit ByteWriter(std::uint8_t* at) noexcept : at_(at) {}

  [[nodiscard]] std::uint8_t* at() const noexcept { return at_; }

  void u8(std::uint8_t value) noexcept { *at_++ = value; }
  void u16(std::uint16_t value) noexcept {
    at_[0] = static_cast<std::uint8_t>(value >> 8);
    at_[1] = static_cast<std::uint8_t>(value);
    at_ += 2;
  }
  void u32(std::uint32_t value) noexcept {
    at_[0] = static_cast<std::uint8_t>(value >> 24);
    at_[1] = static_cast<std::uint8_t>(value >> 16);
    at_[2] = static_cast<std::uint8_t>(value >> 8);
    at_[3] = static_cast<std::uint8_t>(value);
    at_ += 4;
  }
  void varint32(std::uint32_t value) noexcept {
    for (; value >= 0x80; value >>= 7) {
      u8(static_cast<std::uint8_t>(value | 0x80));
    }
    u8(static_cast<std::uint8_t>(value));
  }
  // Short texts are most of a header: for them a call of memcpy costs more than the copy.
  void bytes(Bytes some) noexcept {
    const std::uint8_t* const from = some.data();
    const std::size_t size = some.size();
    if (size > 16) {
      std::memcpy(at_, from, size);
    } else if (size >= 8) {
      copy_ends<8>(from, size);
    } else if (size >= 4) {
      copy_ends<4>(from, size);
    } else if (size != 0) {
      at_[0] = from[0];
      at_[size / 2] = from[size / 2];
      at_[size - 1] = from[size - 1];
    }
    at_ += size;
  }
  void text(std::string_view some) noexcept { bytes(as_bytes(some)); }
  // At most three; four bytes are written.
  void padding(std::size_t n) noexcept {
    std::memset(at_, 0, 4);
    at_ += n;
  }

 private:
  // The first N bytes and the last N, which may overlap.
  template <std::size_t N>
  void copy_ends(const std::uint8_t* from, std::size_t size) noexcept {
    std::array<std::uint8_t, N> first;
    std::array<std::uint8_t, N> last;
    std::memcpy(first.data(), from, N);
    std::memcpy(last.data(), from + size - N, N);
    std::memcpy(at_, first.data(), N);
    std::memcpy(at_ + size - N, last.data(), N);
  }

  std::uint8_t* at_;
};

// Room for what is written before it is appended to a chain: on the stack if it is small.
class Scratch {
 public:
  // `size` bytes and a few more; null if there is no memory.
  [[nodiscard]] std::uint8_t* room(std::size_t size) noexcept {
    if (size <= small) [[likely]] {
      return local_.data();
    }
    return large_.reserve(size) ? large_.storage() : nullptr;
  }

 private:
  static constexpr std::size_t small = 512;

  std::array<std::uint8_t, small + Buffer::slack> local_;
  Buffer large_;
};

}  // namespace wirejit::rpc
