// A varint whose bytes come one by one. Entry: VarintBytes. Invariant: it accepts what read_varint
// accepts, and gives the same value.
#pragma once

#include "kernels/varint.h"

#include <cstddef>
#include <cstdint>

namespace wirejit::kernels {

class VarintBytes {
 public:
  enum class Next : uint8_t { more, whole, too_long };

  void clear() noexcept {
    value_ = 0;
    size_ = 0;
  }
  Next add(uint8_t byte) noexcept {
    value_ |= uint64_t{byte & 0x7fu} << (7 * size_);
    ++size_;
    if (byte < 0x80) {
      return Next::whole;
    }
    return size_ == max_varint_size ? Next::too_long : Next::more;
  }
  // So far.
  [[nodiscard]] uint64_t value() const noexcept { return value_; }
  [[nodiscard]] size_t size() const noexcept { return size_; }

 private:
  uint64_t value_ = 0;
  size_t size_ = 0;
};

}  // namespace wirejit::kernels
