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

[[gnu::cold]] inline std::unexpected<Error> failure(Errc code, const char* message,
                                                    std::size_t offset = no_offset) {
  return std::unexpected(Error(code, message, offset));
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
  std::string_view text(std::size_t size) noexcept {
    if (!has(size)) {
      return {};
    }
    at_ += size;
    return {reinterpret_cast<const char*>(at_ - size), size};
  }

 private:
  bool has(std::size_t size) noexcept {
    if (failed()) {
      return false;
    }
    if (left() < size) {
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
    u8(static_cast<std::uint8_t>(value >> 8));
    u8(static_cast<std::uint8_t>(value));
  }
  void u32(std::uint32_t value) noexcept {
    u16(static_cast<std::uint16_t>(value >> 16));
    u16(static_cast<std::uint16_t>(value));
  }
  void varint32(std::uint32_t value) noexcept {
    for (; value >= 0x80; value >>= 7) {
      u8(static_cast<std::uint8_t>(value | 0x80));
    }
    u8(static_cast<std::uint8_t>(value));
  }
  void bytes(Bytes some) noexcept {
    if (!some.empty()) {
      std::memcpy(at_, some.data(), some.size());
      at_ += some.size();
    }
  }
  void text(std::string_view some) noexcept { bytes(as_bytes(some)); }
  void zeros(std::size_t n) noexcept {
    std::memset(at_, 0, n);
    at_ += n;
  }

 private:
  std::uint8_t* at_;
};

// Room for what is written before it is appended to a chain: on the stack if it is small.
class Scratch {
 public:
  Scratch() noexcept : buffer_(Buffer::borrow(local_)) {}
  // Null if there is no memory.
  [[nodiscard]] std::uint8_t* room(std::size_t size) noexcept {
    return buffer_.reserve(size) ? buffer_.storage() : nullptr;
  }

 private:
  std::array<std::uint8_t, 512> local_;
  Buffer buffer_;
};

}  // namespace wirejit::rpc
