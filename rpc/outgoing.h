// Writes messages to what is to be sent. Entry: Outgoing. Invariant: a message is appended as a whole
// or not at all.
#pragma once

#include <wirejit/chain.h>
#include <wirejit/rpc/connection.h>
#include <wirejit/rpc/frame.h>
#include <wirejit/rpc/message.h>
#include <wirejit/rpc/payload_codec.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

namespace wirejit::rpc::detail {

/// An error with a text; no_memory where there is no memory for it.
[[nodiscard]] Error make_error(Errc code, std::string_view text,
                               std::int32_t remote_code = 0) noexcept;

/// Runs a call that returns a Result, and makes a lack of memory that is thrown an error.
template <class F>
[[nodiscard]] auto without_throwing(F&& call) noexcept -> decltype(call()) {
  try {
    return std::forward<F>(call)();
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory));
  }
}

/// Runs steps until one fails.
template <class First, class... More>
[[nodiscard]] Result<void> in_turn(First&& first, More&&... more) {
  Result<void> done = first();
  if constexpr (sizeof...(more) != 0) {
    return done ? in_turn(more...) : done;
  }
  return done;
}

/// What is to be sent.
class Outgoing {
 public:
  /// An empty message to be set and written; it is warm. Null if there is no memory.
  [[nodiscard]] Message* begin() noexcept;
  /// Writes the message of begin() to `to`: with `codec`, or with a body that is raw or none. One of
  /// type exception has its `error` as the body.
  [[nodiscard]] Result<void> write(const FrameLimits& limits, const PayloadCodec* codec, Chain& to);
  /// Decimal digits in memory that lasts until the message of begin() is written.
  [[nodiscard]] std::string_view digits(std::uint64_t number) noexcept;

  /// The bytes.
  [[nodiscard]] Chain& bytes() noexcept { return bytes_; }
  [[nodiscard]] const Chain& bytes() const noexcept { return bytes_; }

 private:
  // Kept between messages; most connections have none yet.
  struct Work {
    Message message;
    Chain payload;
    char digits[20];
  };

  Chain bytes_;
  std::unique_ptr<Work> work_;
  bool has_been_large_ = false;  // a message that bytes_ had to grow for
};

/// Copies the pairs of both kinds to an empty message. Errors: no_memory.
[[nodiscard]] Result<void> copy_pairs(const Message& from, Message& to) noexcept;
/// Appends an exception message's payload: its envelope is that of `message`, whose error says what
/// is told.
[[nodiscard]] Result<void> write_exception_payload(Protocol protocol, const Message& message,
                                                   Chain& out);
/// What the exception at the start of `body` says, as an error with the peer's number; or why it
/// cannot be read. `scratch` may have its text.
[[nodiscard]] Error read_remote_error(Protocol protocol, Bytes body, Buffer& scratch);
/// The business error that the pairs of a TTHeader say, as an error with the peer's number; or what is
/// wrong with it (Result's error).
[[nodiscard]] Result<std::optional<Error>> error_of_business(const Message& message);
/// The number in decimal digits, without anything else.
[[nodiscard]] std::optional<std::uint32_t> read_decimal(std::string_view text) noexcept;

}  // namespace wirejit::rpc::detail
