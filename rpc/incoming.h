// Finds messages in what a peer sends. Entry: Incoming. Invariant: bytes of a message that has not
// come as a whole are looked at once; a length reserves nothing.
#pragma once

#include <wirejit/chain.h>
#include <wirejit/rpc/connection.h>
#include <wirejit/rpc/frame.h>
#include <wirejit/skipper.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace wirejit::rpc::detail {

/// The parts of an Event that a message that was read lies in.
struct EventAccess {
  static Bytes& bytes(Event& event) noexcept { return event.bytes_; }
  static Chain& payload(Event& event) noexcept { return event.payload_; }
  static Chain& body(Event& event) noexcept { return event.body_; }
  static Chain& frame(Event& event) noexcept { return event.frame_; }
  static Buffer& inflated(Event& event) noexcept { return event.inflated_; }
  static Buffer& text(Event& event) noexcept { return event.text_; }
};

/// What was received.
class Incoming {
 public:
  /// What next() found.
  enum class Found : std::uint8_t {
    nothing,  ///< more bytes must come
    message,  ///< Event::message
    /// A message that is whole, but wrong, and was passed over: Event::message has its flavour, and
    /// its sequence where a header says one.
    bad,
    lost,  ///< nobody knows where the next message begins
  };

  [[nodiscard]] Result<void> append(Bytes bytes) noexcept;
  [[nodiscard]] Result<void> append(Chain&& bytes) noexcept;

  /// The next message; `why` says what is wrong. The event is empty. What it refers to is valid until
  /// release().
  [[nodiscard]] Found next(const FrameLimits& limits, Event& event, std::optional<Error>& why);
  /// The event of the last message has been cleared: its bytes are no longer needed.
  void release() noexcept;

  /// Bytes that belong to no message that was taken.
  [[nodiscard]] std::size_t unread() const noexcept { return bytes_.size() - taken_; }
  /// Whether the next message cannot be told before more bytes come.
  [[nodiscard]] bool wants_more() const noexcept { return unread() < need_; }
  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
  [[nodiscard]] Chain& bytes() noexcept { return bytes_; }

 private:
  // Where a message without a length is being looked through.
  struct Scan {
    std::optional<Skipper> skipper;
    Protocol protocol = Protocol::thrift_binary;  // of the skipper, too
    bool active = false;
    bool has_begun = false;      // to skip what follows the envelope
    std::uint32_t header = 0;    // bytes in front of the envelope
    std::uint32_t envelope = 0;  // 0: it has not come
    std::size_t segment = 0;     // the skipper is at this segment...
    std::size_t offset = 0;      // ... and this byte of it
  };

  [[nodiscard]] Found read(const FrameLimits& limits, Event& event, std::optional<Error>& why);
  [[nodiscard]] Found skip_bad(const FrameLimits& limits, Event& event, std::optional<Error>& why);
  [[nodiscard]] Found begin_scan(const FrameLimits& limits, Event& event, const Frame& frame,
                                 std::optional<Error>& why);
  [[nodiscard]] Found scan(const FrameLimits& limits, Event& event, std::optional<Error>& why);
  [[nodiscard]] Result<void> begin_skipping(const FrameLimits& limits);
  [[nodiscard]] Result<bool> scan_envelope(const FrameLimits& limits);
  [[nodiscard]] Found give(const FrameLimits& limits, Event& event, std::size_t header,
                           std::size_t payload, std::optional<Error>& why);
  [[nodiscard]] Result<void> pick(Event& event, std::size_t header, std::size_t payload,
                                  const FrameLimits& limits);
  [[nodiscard]] static Result<void> read_payload(Event& event, const FrameLimits& limits);

  Chain bytes_;
  std::size_t taken_ = 0;  // of a message that was taken, and is still referred to
  std::size_t need_ = 0;   // bytes that must be there before it is worth looking again
  std::uint64_t steps_ = 0;
  std::unique_ptr<Scan> scan_;
  std::optional<Error> bad_;  // what is wrong with a message that is passed over
  bool passes_over_ = false;  // a bad message of need_ bytes
  bool has_block_ = false;
};

}  // namespace wirejit::rpc::detail
