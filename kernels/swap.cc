// The byte-swapping copies for any CPU: four words at a time, which the compiler may vectorise.
#include "kernels/swap.h"

namespace wirejit::kernels::baseline {
namespace {

constexpr uint64_t swap_lanes16(uint64_t v) noexcept {
  return ((v >> 8) & 0x00ff00ff00ff00ffu) | ((v & 0x00ff00ff00ff00ffu) << 8);
}

}  // namespace

void copy_swap16(void* dst, const void* src, size_t count) noexcept {
  auto* to = static_cast<char*>(dst);
  const auto* from = static_cast<const char*>(src);
  for (; count >= 8; count -= 8, to += 16, from += 16) {
    const auto a = load<uint64_t>(from);
    const auto b = load<uint64_t>(from + 8);
    store(to, swap_lanes16(a));
    store(to + 8, swap_lanes16(b));
  }
  copy_swap_short<uint16_t>(to, from, count);
}

void copy_swap32(void* dst, const void* src, size_t count) noexcept {
  auto* to = static_cast<char*>(dst);
  const auto* from = static_cast<const char*>(src);
  for (; count >= 4; count -= 4, to += 16, from += 16) {
    const auto a = load<uint64_t>(from);
    const auto b = load<uint64_t>(from + 8);
    store(to, std::rotl(std::byteswap(a), 32));
    store(to + 8, std::rotl(std::byteswap(b), 32));
  }
  copy_swap_short<uint32_t>(to, from, count);
}

void copy_swap64(void* dst, const void* src, size_t count) noexcept {
  auto* to = static_cast<char*>(dst);
  const auto* from = static_cast<const char*>(src);
  for (; count >= 4; count -= 4, to += 32, from += 32) {
    for (size_t i = 0; i < 32; i += 8) store(to + i, std::byteswap(load<uint64_t>(from + i)));
  }
  copy_swap_short<uint64_t>(to, from, count);
}

void copy_long(void* dst, const void* src, size_t bytes) noexcept { std::memcpy(dst, src, bytes); }

void copy_bytes_to_bool(void* dst, const void* src, size_t count) noexcept {
  auto* to = static_cast<unsigned char*>(dst);
  const auto* from = static_cast<const unsigned char*>(src);
  for (; count >= 8; count -= 8, to += 8, from += 8) {
    const auto v = load<uint64_t>(from);
    // The high bit of (b & 0x7f) + 0x7f, or of b itself, is set exactly if b is not zero.
    const uint64_t high = ((v & repeat8(0x7f)) + repeat8(0x7f)) | v;
    store(to, (high >> 7) & repeat8(1));
  }
  for (size_t i = 0; i < count; ++i) to[i] = from[i] != 0;
}

}  // namespace wirejit::kernels::baseline
