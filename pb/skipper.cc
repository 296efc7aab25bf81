// A length, and so many bytes.
#include "pb/skipper.h"

#include "kernels/varint_bytes.h"

namespace wirejit::pb {

namespace {

class DelimitedSkipper final : public lower::SkipMachine {
 public:
  using SkipMachine::SkipMachine;

 private:
  const std::uint8_t* run(const std::uint8_t* p, const std::uint8_t* end) noexcept override {
    for (; !has_size_; ++p) {
      if (p == end) {
        return p;
      }
      count_steps(1);
      const kernels::VarintBytes::Next next = size_.add(*p);
      if (next == kernels::VarintBytes::Next::too_long) {
        fail(Errc::invalid_varint, 0);
        return p;
      }
      has_size_ = next == kernels::VarintBytes::Next::whole;
      if (has_size_) {
        if (!check_claim(offset(p) + 1, size_.value(), 0)) {
          return p;
        }
        message_.add(size_.value());
      }
    }
    p = message_.pass(p, end);
    if (message_.left() == 0) {
      set_done();
    }
    return p;
  }
  void restart() noexcept override {
    size_.clear();
    message_.clear();
    has_size_ = false;
  }
  [[nodiscard]] std::uint64_t least() const noexcept override {
    return has_size_ ? message_.left() : 1;
  }

  kernels::VarintBytes size_;
  lower::BytesToPass message_;
  bool has_size_ = false;
};

}  // namespace

std::unique_ptr<lower::SkipMachine> delimited_skipper(const Limits& limits) {
  return std::make_unique<DelimitedSkipper>(limits);
}

}  // namespace wirejit::pb
