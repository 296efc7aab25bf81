// Whole messages. Entry: Wire. Invariant: bytes are joined before views of them are made, not after.
#include <wirejit/rpc/wire.h>

#include "payload.h"

#include <string_view>
#include <utility>

namespace wirejit::rpc {

namespace {

constexpr std::string_view data_frame = "3";
constexpr std::string_view trailer_frame = "4";
constexpr std::string_view reset_frame = "5";

using MaybeSize = Result<std::optional<std::size_t>>;

MaybeSize wait_for(std::size_t bytes, WireMemory& memory) {
  memory.need = bytes;
  return std::optional<std::size_t>();
}

// A frame of a stream, whose payload is all of `payload`.
Result<std::size_t> read_stream_frame(const Plan* plan, Bytes payload, Want want, Arena& arena,
                                      Message& message) {
  if (want.method.empty()) {
    want.method = message.int_keys.find(int_key::to_method).value_or("");
  }
  const Flavour flavour = message.flavour;
  const std::string_view type = message.int_keys.find(int_key::frame_type).value_or("");
  if (type == data_frame) {
    return detail::read_payload(flavour.protocol, plan, payload, true, want, arena, message);
  }
  if (payload.empty() || (type != trailer_frame && type != reset_frame)) {
    message.method = want.method;
    message.body = Body::raw(payload);
    message.outcome = Outcome::none;
    message.error.reset();
    return payload.size();
  }
  want.is_reply = true;
  want.body = Body::Kind::raw;
  Result<std::size_t> size =
      detail::read_payload(Protocol::thrift_binary, nullptr, payload, true, want, arena, message);
  message.flavour = flavour;
  return size;
}

}  // namespace

Result<void> Wire::marshal(const Message& message, Chain& out) const {
  if (!out.empty()) {  // the header goes in front of the payload alone
    Chain one;
    Result<void> done = marshal(message, one);
    return done ? out.append(std::move(one)) : done;
  }
  Result<void> done = detail::write_payload(message.flavour.protocol, plan_.get(), message, out);
  if (!done) {
    return done;
  }
  done = write_frame(message, options_.frames, out,
                     options_.compresses && message.flavour.transport == Transport::theader);
  if (!done) {
    out.clear();
  }
  return done;
}

Result<std::optional<std::size_t>> Wire::unmarshal(Chain& in, const Want& want, Arena& arena,
                                                   Message& message, WireMemory& memory) const {
  while (true) {
    const Result<std::optional<Frame>> frame =
        read_frame(in, options_.frames, message, memory.inflated, memory.need);
    if (!frame) {
      return std::unexpected(frame.error());
    }
    if (!*frame) {
      return std::optional<std::size_t>();
    }
    const bool has_length = (*frame)->payload_bytes.has_value();
    const std::size_t header = (*frame)->header_bytes;
    const std::size_t all = (*frame)->is_inflated ? header
                            : has_length          ? header + *(*frame)->payload_bytes
                                                  : in.size();
    if (in.size() < all) {
      return wait_for(all, memory);
    }
    if (!(*frame)->is_inflated && in.spans().front().size() < all) {
      if (const Result<Bytes> joined = in.peek(all); !joined) {
        return std::unexpected(joined.error());
      }
      continue;  // the header's views are those of the bytes before
    }
    const Bytes payload = (*frame)->is_inflated ? memory.inflated.bytes()
                                                : in.spans().front().first(all).subspan(header);
    const Result<std::size_t> size =
        message.flavour.streaming ? read_stream_frame(plan_.get(), payload, want, arena, message)
                                  : detail::read_payload(message.flavour.protocol, plan_.get(),
                                                         payload, has_length, want, arena, message);
    if (!size) {
      if (!has_length && size.error().code() == Errc::truncated) {
        return wait_for(all + 1, memory);
      }
      return std::unexpected((*frame)->is_inflated ? size.error()
                                                   : detail::moved_by(size.error(), header));
    }
    return has_length ? all : header + *size;
  }
}

void Wire::answer(const Message& request, Message& reply) noexcept {
  reply.clear();
  reply.type = MessageType::reply;
  reply.service = request.service;
  reply.method = request.method;
  reply.seqid = request.seqid;
  reply.sequence = request.sequence;
  reply.flags = request.flags;
  reply.flavour = request.flavour;
}

}  // namespace wirejit::rpc
