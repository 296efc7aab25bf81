/// @file
/// Payloads by a schema: envelope and body of messages, to plug into a framework. Entry:
/// PayloadCodec, thrift_binary, thrift_compact, thrift_json, kitex_protobuf, grpc_message.
/// Invariant: what a codec knows of a message is in the Message; a PayloadCodec has no state.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/chain.h>
#include <wirejit/error.h>
#include <wirejit/rpc/message.h>
#include <wirejit/rpc/plan.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace wirejit::rpc {

/// How the body of a message is wanted.
struct Want {
  Body::Kind body = Body::Kind::raw;  ///< `none`: the body is not looked into
  ObjectBody* object = nullptr;       ///< where it is to be decoded to, for Body::Kind::object
  /// For replies, the method that was called: another name is wrong_method. Where there is no
  /// envelope, the method of the message. If it is empty, the message says it.
  std::string_view method{};
  std::string_view service{};  ///< the service that was called; if it is empty, the message says it
  bool is_reply = false;       ///< a reply is read, not a request
};

/// Writes and reads payloads. Thread-safe.
class PayloadCodec {
 public:
  PayloadCodec() = default;
  PayloadCodec(const PayloadCodec&) = delete;
  PayloadCodec& operator=(const PayloadCodec&) = delete;
  virtual ~PayloadCodec() = default;

  /// Such as "thrift_binary".
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  /// Appends the payload of `message`: envelope and body; for a message of type exception its
  /// `error` becomes the body. Errors: unknown_method, unknown_service (of bodies that need the
  /// schema), those of encoding the body; `out` is as before.
  [[nodiscard]] virtual Result<void> marshal(const Message& message, Chain& out) const = 0;
  /// Reads the payload at the start of `in`, of `bytes` bytes, or of as many as it turns out to have.
  /// What is read goes to `message`: envelope, body, outcome, error. What it has of a header stays,
  /// as read_frame set it; of an earlier message it must be cleared (Message::clear). Bodies of
  /// kind json and record live in `arena`; raw bodies and names are views into `in`.
  ///
  /// Returns how many bytes it has; they stay in `in` until the caller removes them. An unknown
  /// method, a declared exception, an error of the peer and a body that does not decode are outcomes,
  /// and no errors. Errors: what read_envelope says, truncated among it if the payload has not come
  /// as a whole.
  [[nodiscard]] virtual Result<std::size_t> unmarshal(Chain& in, std::optional<std::size_t> bytes,
                                                      const Want& want, Arena& arena,
                                                      Message& message) const = 0;
};

/// Thrift Binary. `plan` may be null: then bodies are raw ones.
[[nodiscard]] Result<std::shared_ptr<const PayloadCodec>> thrift_binary(
    std::shared_ptr<const Plan> plan);
/// Thrift Compact.
[[nodiscard]] Result<std::shared_ptr<const PayloadCodec>> thrift_compact(
    std::shared_ptr<const Plan> plan);
/// Thrift's JSON protocol.
[[nodiscard]] Result<std::shared_ptr<const PayloadCodec>> thrift_json(
    std::shared_ptr<const Plan> plan);
/// Kitex-Protobuf, without its length.
[[nodiscard]] Result<std::shared_ptr<const PayloadCodec>> kitex_protobuf(
    std::shared_ptr<const Plan> plan);
/// A bare struct in Thrift Binary, as frames of streams have it; the method is what the caller says.
/// Methods that stream have their request or response itself, others the struct of the arguments or
/// of the result.
[[nodiscard]] Result<std::shared_ptr<const PayloadCodec>> thrift_struct(
    std::shared_ptr<const Plan> plan);
/// A bare Protobuf message, as gRPC has it behind its five bytes; the method is what the caller says.
[[nodiscard]] Result<std::shared_ptr<const PayloadCodec>> grpc_message(
    std::shared_ptr<const Plan> plan);

}  // namespace wirejit::rpc
