// Writes messages: envelope, body, header, then one copy to what is to be sent. Entry:
// Outgoing::write. Invariant: nothing is allocated for a message with a raw body once the memory is
// there, but for the blocks of the chain that it is written to.
#include "outgoing.h"

#include <wirejit/rpc/envelope.h>
#include <wirejit/rpc/metainfo.h>
#include <wirejit/rpc/status.h>

#include <charconv>
#include <limits>
#include <new>
#include <utility>

namespace wirejit::rpc::detail {

namespace {

// From here on a body in a chain, and the memory that a codec wrote to, are linked and not copied.
constexpr std::size_t linked_bytes = std::size_t{1} << 14;

bool has_envelope(Protocol protocol) {
  return protocol != Protocol::thrift_struct && protocol != Protocol::protobuf;
}

// A struct without fields.
std::string_view empty_struct(Protocol protocol) {
  using namespace std::string_view_literals;
  switch (protocol) {
    case Protocol::thrift_json: return "{}";
    case Protocol::kitex_protobuf:
    case Protocol::protobuf: return "";
    default: return "\0"sv;
  }
}

// A large chain shares its segments with the output, which keeps their owners.
bool is_linked(const Body& body) {
  return body.chain() != nullptr && body.chain()->size() >= linked_bytes;
}

// Memory that is not kept for the next message.
constexpr std::size_t much_memory = std::size_t{1} << 18;

Result<void> write_body(const Message& message, Chain& out) {
  const Body& body = message.body;
  if (body.kind() == Body::Kind::none) {
    return out.append_external(as_bytes(empty_struct(message.flavour.protocol)));
  }
  if (body.kind() != Body::Kind::raw) {
    return std::unexpected(make_error(Errc::unsupported, "a body that is not raw needs a codec"));
  }
  if (body.chain() == nullptr) {
    return out.append_external(body.bytes());
  }
  if (is_linked(body)) {
    return out.append(*body.chain());
  }
  for (const Bytes piece : body.chain()->spans()) {
    if (Result<void> done = out.append_external(piece); !done) {
      return done;
    }
  }
  return {};
}

Result<void> write_payload(const Message& message, Chain& out) {
  const Protocol protocol = message.flavour.protocol;
  if (message.type == MessageType::exception) {
    return write_exception_payload(has_envelope(protocol) ? protocol : Protocol::thrift_binary,
                                   message, out);
  }
  if (!has_envelope(protocol)) {
    return write_body(message, out);
  }
  // Where a header has the service, the name has not.
  const Transport transport = message.flavour.transport;
  const bool in_header =
      transport == Transport::ttheader || transport == Transport::ttheader_framed;
  const Envelope envelope{.service = in_header ? std::string_view() : message.service,
                          .method = message.method,
                          .type = message.type,
                          .seqid = message.seqid,
                          .size = 0};
  return in_turn([&] { return write_envelope(protocol, envelope, out); },
                 [&] { return write_body(message, out); },
                 [&] { return end_envelope(protocol, out); });
}

}  // namespace

Error make_error(Errc code, std::string_view text, std::int32_t remote_code) noexcept {
  try {
    Error::Detail detail;
    detail.code = code;
    detail.remote_code = remote_code;
    detail.message = text;
    return Error(std::move(detail));
  } catch (const std::bad_alloc&) {
    return Error(Errc::no_memory);
  }
}

Message* Outgoing::begin() noexcept {
  if (work_ == nullptr) {
    work_.reset(new (std::nothrow) Work);
    if (work_ == nullptr) {
      return nullptr;
    }
  }
  if (has_been_large_ && bytes_.empty()) {
    bytes_ = Chain();
    has_been_large_ = false;
  }
  work_->message.clear();
  work_->payload.clear();
  return &work_->message;
}

Result<void> Outgoing::write(const FrameLimits& limits, const PayloadCodec* codec, Chain& to) {
  const Message& message = work_->message;
  Chain& payload = work_->payload;
  const bool by_codec = codec != nullptr && message.type != MessageType::exception;
  // What a codec wrote is the payload's own, but for a chain that it was given.
  const bool may_link = message.body.chain() != nullptr ? is_linked(message.body) : by_codec;
  return without_throwing([&] {
    return in_turn(
        [&] {
          return by_codec ? codec->marshal(message, payload) : write_payload(message, payload);
        },
        [&] { return write_frame(message, limits, payload); },
        [&] {
          has_been_large_ = has_been_large_ || payload.size() > much_memory;
          return may_link && payload.size() >= linked_bytes ? to.append(std::move(payload))
                                                            : to.append_copy(payload);
        });
  });
}

std::string_view Outgoing::digits(std::uint64_t number) noexcept {
  char* const begin = work_->digits;
  const std::to_chars_result end = std::to_chars(begin, begin + sizeof work_->digits, number);
  return {begin, static_cast<std::size_t>(end.ptr - begin)};
}

Result<void> copy_pairs(const Message& from, Message& to) noexcept {
  if (from.int_keys.empty() && from.pairs.empty()) {
    return {};
  }
  return without_throwing([&]() -> Result<void> {
    to.int_keys = from.int_keys;
    to.pairs = from.pairs;
    return {};
  });
}

Result<void> write_exception_payload(Protocol protocol, const Message& message, Chain& out) {
  const Envelope envelope{.service = {},
                          .method = message.method,
                          .type = MessageType::exception,
                          .seqid = message.seqid,
                          .size = 0};
  ApplicationException exception;
  if (message.error) {
    exception = exception_of(*message.error);
    if (message.error->remote_code() != 0) {
      exception.code = message.error->remote_code();
    }
  }
  return in_turn([&] { return write_envelope(protocol, envelope, out); },
                 [&] { return write_exception(protocol, exception, out); },
                 [&] { return end_envelope(protocol, out); });
}

Error read_remote_error(Protocol protocol, Bytes body, Buffer& scratch) {
  ApplicationException exception;
  const Result<std::size_t> read =
      without_throwing([&] { return read_exception(protocol, body, exception, scratch); });
  if (!read) {
    return read.error();
  }
  return error_of(exception);
}

Result<std::optional<Error>> error_of_business(const Message& message) {
  const Transport transport = message.flavour.transport;
  if ((transport != Transport::ttheader && transport != Transport::ttheader_framed) ||
      message.pairs.empty()) {
    return std::nullopt;
  }
  const Result<std::optional<BusinessError>> said =
      without_throwing([&] { return read_business_error(message.pairs); });
  if (!said) {
    return std::unexpected(said.error());
  }
  return *said ? std::optional(error_of(**said)) : std::nullopt;
}

std::optional<std::uint32_t> read_decimal(std::string_view text) noexcept {
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const std::from_chars_result read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end ? std::optional(number) : std::nullopt;
}

}  // namespace wirejit::rpc::detail
