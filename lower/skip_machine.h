// What finds the end of a value that comes in pieces, without its schema: the part that all formats
// share. Entry: SkipMachine, which a format makes (FormatImpl::make_skipper) and wirejit::Skipper
// calls. Invariant: the state after some bytes depends on these bytes alone, not on where pieces
// end; no byte is needed again after the call that it was given to.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/error.h>
#include <wirejit/options.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace wirejit::detail {

// What a Skipper owns. Only the library knows more of it.
struct SkipState {};

}  // namespace wirejit::detail

namespace wirejit::lower {

class SkipMachine : public wirejit::detail::SkipState {
 public:
  enum class State : std::uint8_t { open, done, failed };

  explicit SkipMachine(const Limits& limits) noexcept : limits_(limits) {}
  SkipMachine(const SkipMachine&) = delete;
  SkipMachine& operator=(const SkipMachine&) = delete;
  virtual ~SkipMachine() = default;

  // Returns how many bytes of the piece belong to the value. Takes none unless it is open.
  std::size_t feed(Bytes piece) noexcept;
  // There are no more bytes: done, or failed with Errc::truncated. Does nothing unless it is open.
  void finish() noexcept;
  // Ready for another value.
  void reset() noexcept;

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }
  // Of a failed one. The offset counts from the value's first byte.
  [[nodiscard]] Errc error() const noexcept { return error_; }
  [[nodiscard]] std::uint64_t error_offset() const noexcept { return error_offset_; }
  // Bytes of the value so far.
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  // Bytes that were looked at; those that were passed over by their number do not count.
  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
  // The value has at least so many more bytes.
  [[nodiscard]] std::uint64_t at_least() const noexcept {
    return state_ == State::open ? least() : 0;
  }

 protected:
  // Goes on at p and returns how far it came: the end, unless it is done or failed.
  virtual const std::uint8_t* run(const std::uint8_t* p, const std::uint8_t* end) noexcept = 0;
  // Whether the value is whole if nothing follows.
  [[nodiscard]] virtual bool may_end() const noexcept { return false; }
  virtual void restart() noexcept = 0;
  [[nodiscard]] virtual std::uint64_t least() const noexcept = 0;

  // Of a position within the piece of this call.
  [[nodiscard]] std::uint64_t offset(const std::uint8_t* p) const noexcept {
    return total_ + static_cast<std::uint64_t>(p - begin_);
  }
  [[nodiscard]] bool is_open() const noexcept { return state_ == State::open; }
  void set_done() noexcept { state_ = State::done; }
  void fail(Errc code, std::uint64_t offset) noexcept {
    state_ = State::failed;
    error_ = code;
    error_offset_ = offset;
  }
  // Fails unless `size` more bytes after `begin` are within the limit. A claim beyond it is known to
  // be false before its bytes come. The error is at `claim`.
  bool check_claim(std::uint64_t begin, std::uint64_t size, std::uint64_t claim) noexcept {
    const std::uint64_t limit = limits_.input_bytes;
    if (begin > limit || size > limit - begin) {
      fail(Errc::size_limit, claim);
      return false;
    }
    return true;
  }
  void count_steps(std::uint64_t bytes) noexcept { steps_ += bytes; }

 private:
  Limits limits_;
  const std::uint8_t* begin_ = nullptr;  // of the piece, during a call
  std::uint64_t total_ = 0;              // bytes of earlier pieces
  std::uint64_t steps_ = 0;
  std::uint64_t error_offset_ = 0;
  Errc error_ = Errc::ok;
  State state_ = State::open;
};

// Bytes whose number is known are passed over without a look at them.
class BytesToPass {
 public:
  void clear() noexcept { left_ = 0; }
  void add(std::uint64_t n) noexcept { left_ += n; }
  [[nodiscard]] std::uint64_t left() const noexcept { return left_; }
  // The position after those that are there.
  [[nodiscard]] const std::uint8_t* pass(const std::uint8_t* p, const std::uint8_t* end) noexcept {
    const std::uint64_t n = std::min(left_, static_cast<std::uint64_t>(end - p));
    left_ -= n;
    return p + n;
  }

 private:
  std::uint64_t left_ = 0;
};

}  // namespace wirejit::lower
