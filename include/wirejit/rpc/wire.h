/// @file
/// Whole messages of any transport: what is around the payload, and the payload. Entry: Wire.
/// Invariant: a Wire has no state; a reply that answer() prepared is written in the flavour in which
/// its request came.
///
///     const rpc::Wire wire(plan);
///     rpc::Message request;
///     Arena arena;
///     rpc::WireMemory memory;
///     auto read = wire.unmarshal(in, {.body = rpc::Body::Kind::json}, arena, request, memory);
///     if (read && *read) {
///       rpc::Message reply;
///       rpc::Wire::answer(request, reply);
///       reply.body = rpc::Body::json(R"({"success": 1})");
///       auto written = wire.marshal(reply, out);
///       in.consumed(**read);  // what `request` refers to ends here
///     }
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/chain.h>
#include <wirejit/error.h>
#include <wirejit/rpc/frame.h>
#include <wirejit/rpc/message.h>
#include <wirejit/rpc/payload_codec.h>
#include <wirejit/rpc/plan.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace wirejit::rpc {

/// How whole messages are read and written.
struct WireOptions {
  FrameLimits frames{};     ///< of frames and headers, in both directions
  bool compresses = false;  ///< payloads in a THeader are deflated
};

/// What reading a message needs besides its bytes. Reused, it allocates nothing once warm.
struct WireMemory {
  Buffer inflated{};  ///< a payload that was compressed; bodies are views into it
  std::size_t need =
      0;  ///< after a message that has not come as a whole: bytes that it has at least
};

/// Reads and writes whole messages: transport and protocol are told by the first bytes. Copies share
/// the plan. Thread-safe.
class Wire {
 public:
  /// `plan` may be null: then bodies are raw ones and objects.
  explicit Wire(std::shared_ptr<const Plan> plan, const WireOptions& options = {}) noexcept
      : plan_(std::move(plan)), options_(options) {}

  /// Appends the message in its flavour. An empty chain that is used again allocates nothing once it
  /// is warm. Errors: those of PayloadCodec::marshal and write_frame; `out` is as before.
  [[nodiscard]] Result<void> marshal(const Message& message, Chain& out) const;

  /// Reads the message at the start of `in`. Header and body go to `message` as read_frame and
  /// PayloadCodec::unmarshal say. A frame of a stream takes its method from the header (int_key::
  /// to_method) unless `want` names it; if it is none of data its body is raw, and the exception that
  /// ends a stream is Outcome::application_exception.
  ///
  /// Returns how many bytes it has; they stay in `in` until the caller removes them. Returns nothing
  /// if it has not come as a whole: `memory.need` is then how many bytes there must be in all at
  /// least. Each call looks at the message from its start: who reads from a socket has connection.h.
  /// Errors: those of read_frame and PayloadCodec::unmarshal, with the offset in `in`; messages that
  /// follow cannot be found then.
  [[nodiscard]] Result<std::optional<std::size_t>> unmarshal(Chain& in, const Want& want,
                                                             Arena& arena, Message& message,
                                                             WireMemory& memory) const;

  /// Makes `reply`, which is cleared, one to `request`: type reply, its method, numbers and flavour.
  /// Names are views of the request's.
  static void answer(const Message& request, Message& reply) noexcept;

  /// What bodies are read and written by; may be null.
  [[nodiscard]] const std::shared_ptr<const Plan>& plan() const noexcept { return plan_; }
  /// The options that it was made with.
  [[nodiscard]] const WireOptions& options() const noexcept { return options_; }

 private:
  std::shared_ptr<const Plan> plan_;
  WireOptions options_;
};

}  // namespace wirejit::rpc
