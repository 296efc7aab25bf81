// Frames of all transports, read and written. Entry: read_frame, write_frame. Invariant: bytes of the
// chain are joined only once all of a header is there, so that a header that comes byte by byte
// costs no more than one that comes at once.
#include "headers.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace wirejit::rpc {

namespace {

using MaybeFrame = Result<std::optional<Frame>>;

// The first bytes of a chain from an offset on, in one piece: at most fixed_bytes.
class FirstBytes {
 public:
  Bytes of(const Chain& chain, std::size_t from) noexcept {
    const std::span<const Bytes> spans = chain.spans();
    if (!spans.empty() && spans.front().size() >= from + fixed_bytes) [[likely]] {
      return spans.front().subspan(from, fixed_bytes);
    }
    std::size_t size = 0;
    for (const Bytes span : spans) {
      const Bytes rest = span.subspan(std::min(from, span.size()));
      const std::size_t n = std::min(rest.size(), local_.size() - size);
      std::copy_n(rest.begin(), n, local_.begin() + static_cast<std::ptrdiff_t>(size));
      size += n;
      from -= span.size() - rest.size();
      if (size == local_.size()) {
        break;
      }
    }
    return {local_.data(), size};
  }

 private:
  std::array<std::uint8_t, fixed_bytes> local_{};
};

// Made where it is returned: a copy of what was just stored in parts would have to wait for it.
MaybeFrame frame_of(std::size_t header_bytes, std::optional<std::size_t> payload_bytes,
                    bool is_inflated = false) {
  MaybeFrame made(std::in_place, std::in_place);
  Frame& frame = **made;
  frame.header_bytes = header_bytes;
  frame.payload_bytes = payload_bytes;
  frame.is_inflated = is_inflated;
  return made;
}

MaybeFrame wait_for(std::size_t bytes, std::size_t& need) {
  need = bytes;
  return std::optional<Frame>();
}

[[gnu::cold]] std::unexpected<Error> no_message(const Sniffed& sniffed) {
  switch (sniffed.kind) {
    case Sniffed::Kind::http1: return failure(Errc::protocol_mismatch, "the peer speaks HTTP/1", 0);
    case Sniffed::Kind::http2: return failure(Errc::protocol_mismatch, "the peer speaks HTTP/2", 0);
    case Sniffed::Kind::tls: return failure(Errc::protocol_mismatch, "the peer speaks TLS", 0);
    case Sniffed::Kind::message:
    case Sniffed::Kind::need_more:
    case Sniffed::Kind::unknown: break;
  }
  return failure(Errc::bad_frame, "neither a frame nor a message of Thrift", 0);
}

std::unexpected<Error> too_long() {
  return failure(Errc::frame_limit, "the frame is longer than its limit", 0);
}

// What the payload of a TTHeader is written in. `prefix` are its first bytes.
Result<Flavour> flavour_of_stream(std::uint8_t id) {
  Flavour flavour{
      .transport = Transport::ttheader, .protocol = Protocol::thrift_struct, .streaming = true};
  if (id == 0x11) {
    flavour.protocol = Protocol::protobuf;
  } else if (id != 0x10) {
    return failure(Errc::protocol_mismatch, "a stream of an unknown protocol", fixed_bytes);
  }
  return flavour;
}

Result<Flavour> flavour_of_payload(std::uint8_t id, Bytes prefix, bool old_binary) {
  if (id != 0 && id != 2 && id != 3 && id != 4) {
    return failure(Errc::protocol_mismatch, "a TTHeader of an unknown protocol", fixed_bytes);
  }
  if (prefix.empty()) {
    const Protocol protocol = id == 0   ? Protocol::thrift_binary
                              : id == 4 ? Protocol::kitex_protobuf
                                        : Protocol::thrift_compact;
    return Flavour{.transport = Transport::ttheader, .protocol = protocol};
  }
  const Sniffed sniffed = sniff_message(prefix, {.old_binary = old_binary});
  const Transport inner = sniffed.flavour.transport;
  const bool is_payload = inner == Transport::unframed || inner == Transport::framed;
  if (sniffed.kind != Sniffed::Kind::message || !is_payload) {
    return failure(Errc::protocol_mismatch, "the payload of a TTHeader is no message of Thrift");
  }
  return Flavour{
      .transport = inner == Transport::framed ? Transport::ttheader_framed : Transport::ttheader,
      .protocol = sniffed.flavour.protocol};
}

// `fixed` are the first bytes, and the length is within its limit.
MaybeFrame read_with_ttheader(Chain& in, Bytes fixed, const FrameLimits& limits, Message& message,
                              std::size_t& need) {
  constexpr std::size_t looked_at = 6;
  if (fixed.size() < fixed_bytes) {
    return wait_for(fixed_bytes, need);
  }
  const Result<FixedHeader> header = read_fixed_header(fixed, limits, message);
  if (!header) [[unlikely]] {
    return std::unexpected(header.error());
  }
  const std::size_t wanted = header->end + std::min(header->payload_bytes, looked_at);
  if (in.size() < wanted) {
    return wait_for(wanted, need);
  }
  const Result<Bytes> bytes = in.peek(wanted);
  if (!bytes) [[unlikely]] {
    return std::unexpected(bytes.error());
  }
  const Result<std::uint8_t> id = read_ttheader(bytes->first(header->end), limits, message);
  if (!id) [[unlikely]] {
    return std::unexpected(id.error());
  }
  const Bytes prefix = bytes->subspan(header->end);
  const Result<Flavour> flavour = (message.flags & flag::streaming) != 0
                                      ? flavour_of_stream(*id)
                                      : flavour_of_payload(*id, prefix, limits.old_binary);
  if (!flavour) [[unlikely]] {
    return std::unexpected(flavour.error());
  }
  message.flavour = *flavour;
  if (flavour->transport != Transport::ttheader_framed) {
    return frame_of(header->end, header->payload_bytes);
  }
  const std::size_t payload_bytes = header->payload_bytes - prefix_bytes;
  if (load_u32(prefix.data()) != payload_bytes) [[unlikely]] {
    return failure(Errc::bad_frame, "the payload's length disagrees with the TTHeader's",
                   header->end);
  }
  return frame_of(header->end + prefix_bytes, payload_bytes);
}

MaybeFrame read_with_theader(Chain& in, Bytes fixed, const FrameLimits& limits, Message& message,
                             Buffer& inflated, std::size_t& need) {
  if (fixed.size() < fixed_bytes) {
    return wait_for(fixed_bytes, need);
  }
  const Result<FixedHeader> header = read_fixed_header(fixed, limits, message);
  if (!header) [[unlikely]] {
    return std::unexpected(header.error());
  }
  if (in.size() < header->end) {
    return wait_for(header->end, need);
  }
  const Result<Bytes> head = in.peek(header->end);
  if (!head) [[unlikely]] {
    return std::unexpected(head.error());
  }
  const Result<bool> is_compressed = read_theader(*head, limits, message);
  if (!is_compressed) [[unlikely]] {
    return std::unexpected(is_compressed.error());
  }
  if (!*is_compressed) {
    return frame_of(header->end, header->payload_bytes);
  }
  const std::size_t all = header->end + header->payload_bytes;
  if (in.size() < all) {
    return wait_for(all, need);
  }
  if (Result<void> done =
          inflate_bytes(in, header->end, header->payload_bytes, limits.frame_bytes, inflated);
      !done) [[unlikely]] {
    return std::unexpected(std::move(done.error()));
  }
  return frame_of(all, inflated.size(), true);
}

void start(Message& message) {
  message.service = {};
  message.sequence = 0;
  message.flags = 0;
  message.flavour = {};
  message.int_keys.clear();
  message.pairs.clear();
  message.acl_token = {};
}

// What is between a mesh header, if there is one, and a payload.
MaybeFrame read_without_header(Chain& in, const Sniffed& sniffed, std::uint32_t length,
                               const FrameLimits& limits, Message& message) {
  message.flavour = sniffed.flavour;
  if (sniffed.mesh_bytes != 0) {
    const Result<Bytes> head = in.peek(sniffed.mesh_bytes);
    if (!head) {
      return std::unexpected(head.error());
    }
    if (Result<void> good = read_mesh_header(*head, limits, message); !good) {
      return std::unexpected(std::move(good.error()));
    }
  }
  return sniffed.flavour.transport == Transport::framed
             ? frame_of(sniffed.mesh_bytes + prefix_bytes, length)
             : frame_of(sniffed.mesh_bytes, std::nullopt);
}

// ---- Writing

Result<void> check_flavour(const Flavour& flavour, bool compress) {
  const Transport transport = flavour.transport;
  const Protocol protocol = flavour.protocol;
  const bool is_bare = protocol == Protocol::thrift_struct || protocol == Protocol::protobuf;
  const bool takes_bare = flavour.streaming || transport == Transport::grpc;
  const char* what = nullptr;
  if (flavour.streaming && transport != Transport::ttheader) {
    what = "streams have a TTHeader";
  } else if (is_bare != takes_bare) {
    what = "streams and gRPC have bare payloads, and nothing else has";
  } else if (protocol == Protocol::kitex_protobuf && transport != Transport::framed &&
             transport != Transport::ttheader_framed) {
    what = "Kitex-Protobuf has a length";
  } else if (transport == Transport::theader && protocol != Protocol::thrift_binary &&
             protocol != Protocol::thrift_compact) {
    what = "a THeader is in front of strict Binary and Compact alone";
  } else if (compress && (transport != Transport::theader || !has_zlib())) {
    what = "a THeader alone compresses, with zlib";
  }
  return what == nullptr ? Result<void>() : failure(Errc::unsupported, what);
}

Result<void> write_length(bool is_grpc, Chain& payload) {
  std::array<std::uint8_t, prefix_bytes + 1> bytes;
  ByteWriter out(bytes.data());
  if (is_grpc) {
    out.u8(0);
  }
  out.u32(static_cast<std::uint32_t>(payload.size()));
  return payload.prepend(Bytes(bytes.data(), out.at()));
}

Result<void> write_compressed(const Message& message, const FrameLimits& limits, Chain& payload) {
  Buffer deflated;
  if (Result<void> done = deflate_bytes(payload, deflated); !done) {
    return done;
  }
  Chain frame;
  Result<void> done = frame.append(std::move(deflated));
  if (done) {
    done = write_theader(message, limits, true, frame);
  }
  if (done) {
    payload = std::move(frame);
  }
  return done;
}

}  // namespace

Result<FixedHeader> read_fixed_header(Bytes bytes, const FrameLimits& limits, Message& message) {
  const std::size_t length = load_u32(bytes.data());
  message.flags = load_u16(bytes.data() + 6);
  message.sequence = load_u32(bytes.data() + 8);
  const std::size_t header_bytes = std::size_t{4} * load_u16(bytes.data() + 12);
  if (header_bytes > limits.header_bytes) [[unlikely]] {
    return failure(Errc::header_limit, "the header is longer than its limit", 12);
  }
  const std::size_t end = fixed_bytes + header_bytes;
  if (header_bytes == 0 || end > prefix_bytes + length) [[unlikely]] {
    return failure(Errc::bad_frame, "the header is empty or does not end in the frame", 12);
  }
  return FixedHeader{.end = end, .payload_bytes = prefix_bytes + length - end};
}

Result<std::optional<Frame>> read_frame(Chain& in, const FrameLimits& limits, Message& message,
                                        Buffer& inflated, std::size_t& need) {
  start(message);
  FirstBytes first;
  Bytes bytes = first.of(in, 0);
  std::size_t mesh_bytes = 0;
  if (bytes.size() >= 4 && load_u16(bytes.data()) == mesh_magic) [[unlikely]] {
    mesh_bytes = std::size_t{4} + load_u16(bytes.data() + 2);
    if (mesh_bytes > limits.header_bytes) {
      return failure(Errc::header_limit, "the mesh header is longer than its limit", 2);
    }
    if (in.size() < mesh_bytes + 2) {
      return wait_for(mesh_bytes + 2, need);
    }
    bytes = first.of(in, mesh_bytes);
  } else if (bytes.size() >= 2 && load_u16(bytes.data()) == mesh_magic) {
    return wait_for(4, need);
  }
  Sniffed sniffed = sniff_message(bytes, {.old_binary = limits.old_binary});
  sniffed.mesh_bytes = mesh_bytes;
  const bool has_length =
      sniffed.kind == Sniffed::Kind::need_more ||
      (sniffed.kind == Sniffed::Kind::message && sniffed.flavour.transport != Transport::unframed);
  const std::uint32_t length =
      has_length && bytes.size() >= prefix_bytes ? load_u32(bytes.data()) : 0;
  if (length <= longest_frame && length > limits.frame_bytes) [[unlikely]] {
    return too_long();
  }
  if (sniffed.kind == Sniffed::Kind::need_more) {
    return wait_for(mesh_bytes + sniffed.need, need);
  }
  if (sniffed.kind != Sniffed::Kind::message) [[unlikely]] {
    return no_message(sniffed);
  }
  switch (sniffed.flavour.transport) {
    case Transport::ttheader:
    case Transport::ttheader_framed:
    case Transport::theader: break;
    case Transport::unframed:
    case Transport::framed:
    case Transport::grpc: return read_without_header(in, sniffed, length, limits, message);
  }
  if (mesh_bytes != 0) {
    return failure(Errc::bad_frame, "a header after a mesh header", mesh_bytes);
  }
  return sniffed.flavour.transport == Transport::theader
             ? read_with_theader(in, bytes, limits, message, inflated, need)
             : read_with_ttheader(in, bytes, limits, message, need);
}

Result<std::optional<Frame>> read_grpc_frame(const Chain& in, const FrameLimits& limits,
                                             Message& message, bool& is_compressed,
                                             std::size_t& need) {
  constexpr std::size_t head_bytes = prefix_bytes + 1;
  FirstBytes first;
  const Bytes bytes = first.of(in, 0);
  if (!bytes.empty() && bytes[0] > 1) {
    return failure(Errc::bad_frame, "the first byte of a message of gRPC is 0 or 1", 0);
  }
  if (bytes.size() < head_bytes) {
    return wait_for(head_bytes, need);
  }
  const std::uint32_t length = load_u32(bytes.data() + 1);
  if (length > limits.frame_bytes) {
    return too_long();
  }
  is_compressed = bytes[0] == 1;
  message.flavour = {.transport = Transport::grpc, .protocol = Protocol::protobuf};
  return frame_of(head_bytes, length);
}

Result<void> write_frame(const Message& message, const FrameLimits& limits, Chain& payload,
                         bool compress) {
  if (Result<void> good = check_flavour(message.flavour, compress); !good) [[unlikely]] {
    return good;
  }
  if (payload.size() > limits.frame_bytes || payload.size() > longest_frame) [[unlikely]] {
    return failure(Errc::frame_limit, "the payload is longer than the limit of a frame");
  }
  switch (message.flavour.transport) {
    case Transport::unframed: return {};
    case Transport::framed: return write_length(false, payload);
    case Transport::grpc: return write_length(true, payload);
    case Transport::ttheader:
    case Transport::ttheader_framed: return write_ttheader(message, limits, payload);
    case Transport::theader:
      return compress ? write_compressed(message, limits, payload)
                      : write_theader(message, limits, false, payload);
  }
  return failure(Errc::unsupported, "an unknown transport");
}

}  // namespace wirejit::rpc
