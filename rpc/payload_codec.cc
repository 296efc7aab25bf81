// Payload codecs, one for each protocol. Entry: thrift_binary and its like.
#include <wirejit/rpc/payload_codec.h>

#include "payload.h"

#include <wirejit/rpc/object_body.h>

#include <algorithm>
#include <new>
#include <utility>

namespace wirejit::rpc {

namespace {

class Codec final : public PayloadCodec {
 public:
  Codec(Protocol protocol, std::shared_ptr<const Plan> plan) noexcept
      : plan_(std::move(plan)), protocol_(protocol) {}

  std::string_view name() const noexcept override {
    return protocol_ == Protocol::protobuf ? "grpc_message" : to_string(protocol_);
  }

  Result<void> marshal(const Message& message, Chain& out) const override {
    return detail::write_payload(protocol_of(message), plan_.get(), message, out);
  }

  Result<std::size_t> unmarshal(Chain& in, std::optional<std::size_t> bytes, const Want& want,
                                Arena& arena, Message& message) const override {
    if (bytes && *bytes > in.size()) {
      return std::unexpected(
          Error(Errc::truncated, "the payload has not come as a whole", in.size()));
    }
    const Result<Bytes> payload = in.peek(bytes.value_or(in.size()));
    if (!payload) {
      return std::unexpected(payload.error());
    }
    return detail::read_payload(protocol_of(message), plan_.get(), *payload, bytes.has_value(),
                                want, arena, message);
  }

 private:
  // The old envelope of Binary is the message's choice.
  [[nodiscard]] Protocol protocol_of(const Message& message) const noexcept {
    return protocol_ == Protocol::thrift_binary &&
                   message.flavour.protocol == Protocol::thrift_binary_old
               ? Protocol::thrift_binary_old
               : protocol_;
  }

  std::shared_ptr<const Plan> plan_;
  Protocol protocol_;
};

Result<std::shared_ptr<const PayloadCodec>> make(Protocol protocol,
                                                 std::shared_ptr<const Plan> plan) {
  try {
    return std::make_shared<const Codec>(protocol, std::move(plan));
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory));
  }
}

}  // namespace

Result<std::shared_ptr<const PayloadCodec>> thrift_binary(std::shared_ptr<const Plan> plan) {
  return make(Protocol::thrift_binary, std::move(plan));
}
Result<std::shared_ptr<const PayloadCodec>> thrift_compact(std::shared_ptr<const Plan> plan) {
  return make(Protocol::thrift_compact, std::move(plan));
}
Result<std::shared_ptr<const PayloadCodec>> thrift_json(std::shared_ptr<const Plan> plan) {
  return make(Protocol::thrift_json, std::move(plan));
}
Result<std::shared_ptr<const PayloadCodec>> thrift_struct(std::shared_ptr<const Plan> plan) {
  return make(Protocol::thrift_struct, std::move(plan));
}
Result<std::shared_ptr<const PayloadCodec>> kitex_protobuf(std::shared_ptr<const Plan> plan) {
  return make(Protocol::kitex_protobuf, std::move(plan));
}
Result<std::shared_ptr<const PayloadCodec>> grpc_message(std::shared_ptr<const Plan> plan) {
  return make(Protocol::protobuf, std::move(plan));
}

namespace detail {

std::size_t object_format_index(Protocol protocol) noexcept {
  return static_cast<std::size_t>(encoding_of(protocol));
}
const Format& object_format(std::size_t index) noexcept {
  return format_of(static_cast<Encoding>(index));
}

const CallOptions& call_of(const Plan* plan) noexcept {
  static constexpr CallOptions none{};
  return plan != nullptr ? plan->call_options() : none;
}

}  // namespace detail

}  // namespace wirejit::rpc
