// TTHeader and the mesh header, read and written. Entry: read_ttheader, write_ttheader,
// read_mesh_header. Invariant: what a header does not hold exactly as CloudWeGo describes it is
// rejected as a whole.
#include "headers.h"

#include <cstddef>
#include <cstdint>

namespace wirejit::rpc {

namespace {

constexpr std::uint8_t padding_info = 0x00;
constexpr std::uint8_t text_info = 0x01;
constexpr std::uint8_t int_info = 0x10;
constexpr std::uint8_t token_info = 0x11;
constexpr std::size_t longest_count = 0xFFFF;
constexpr std::size_t longest_header = 0xFFFF * std::size_t{4};
constexpr std::string_view service_key = "isn";

Result<void> read_token(ByteReader& in, Message& message) {
  message.acl_token = in.text16();
  if (in.failed()) [[unlikely]] {
    return failure(Errc::bad_frame, "the ACL token does not end in the header", in.position());
  }
  return {};
}

// One block; `in` is after its id.
Result<void> read_info(std::uint8_t id, ByteReader& in, const FrameLimits& limits,
                       Message& message) {
  switch (id) {
    case padding_info: return {};
    case text_info:
    case int_info: {
      const std::uint16_t count = in.u16();
      if (in.failed()) [[unlikely]] {
        return failure(Errc::bad_frame, "the header ends within a block", in.position());
      }
      const std::size_t most = pairs_left(message, limits);
      return id == int_info ? read_pairs(in, count, most, message.int_keys)
                            : read_pairs(in, count, most, TextPairs::Coding::ttheader,
                                         message.pairs, &message.service);
    }
    case token_info: return read_token(in, message);
    default: return failure(Errc::bad_frame, "an info block of an unknown id", in.position() - 1);
  }
}

// What is written besides the fixed part.
struct Layout {
  PairsSize ints;
  PairsSize texts;
  bool has_service = false;  // as a pair that the message does not have itself
  std::size_t padding = 0;
  std::size_t header_bytes = 0;  // after the fixed part
};

Result<void> lay_out(const Message& message, const FrameLimits& limits, Layout& layout) {
  layout.ints = size_of(message.int_keys);
  layout.texts = size_of(message.pairs, TextPairs::Coding::ttheader);
  const bool is_request = message.type == MessageType::call || message.type == MessageType::oneway;
  layout.has_service = is_request && !message.service.empty() && !message.pairs.find(service_key);
  if (layout.has_service) {
    ++layout.texts.count;
    layout.texts.bytes += 4 + service_key.size() + message.service.size();
    layout.texts.fits &= message.service.size() <= 0xFFFF;
  }
  std::size_t bytes = 2;  // protocol id and number of transforms
  bytes += message.acl_token.empty() ? 0 : 3 + message.acl_token.size();
  bytes += layout.texts.count == 0 ? 0 : 3 + layout.texts.bytes;
  bytes += layout.ints.count == 0 ? 0 : 3 + layout.ints.bytes;
  layout.padding = (4 - bytes % 4) % 4;
  layout.header_bytes = bytes + layout.padding;
  const std::size_t pairs = layout.texts.count + layout.ints.count;
  const bool fits = layout.ints.fits && layout.texts.fits && message.acl_token.size() <= 0xFFFF &&
                    layout.ints.count <= longest_count && layout.texts.count <= longest_count;
  if (!fits || pairs > limits.pairs || layout.header_bytes > longest_header ||
      layout.header_bytes > limits.header_bytes) [[unlikely]] {
    return failure(Errc::header_limit, "the pairs are more than a TTHeader may hold");
  }
  return {};
}

std::uint8_t protocol_id(const Flavour& flavour) {
  switch (flavour.protocol) {
    case Protocol::thrift_compact: return 2;
    case Protocol::thrift_struct: return 0x10;
    case Protocol::protobuf: return 0x11;
    case Protocol::kitex_protobuf: return 4;
    case Protocol::thrift_binary:
    case Protocol::thrift_binary_old:
    case Protocol::thrift_json: break;  // the payload's own first bytes tell it
  }
  return 0;
}

void put_info(ByteWriter& out, const Message& message, const Layout& layout) {
  out.u8(protocol_id(message.flavour));
  out.u8(0);  // transforms
  if (!message.acl_token.empty()) {
    out.u8(token_info);
    out.u16(static_cast<std::uint16_t>(message.acl_token.size()));
    out.text(message.acl_token);
  }
  if (layout.texts.count != 0) {
    out.u8(text_info);
    out.u16(static_cast<std::uint16_t>(layout.texts.count));
    if (layout.has_service) {
      out.u16(static_cast<std::uint16_t>(service_key.size()));
      out.text(service_key);
      out.u16(static_cast<std::uint16_t>(message.service.size()));
      out.text(message.service);
    }
    put_pairs(out, message.pairs, TextPairs::Coding::ttheader);
  }
  if (layout.ints.count != 0) {
    out.u8(int_info);
    out.u16(static_cast<std::uint16_t>(layout.ints.count));
    put_pairs(out, message.int_keys);
  }
  out.padding(layout.padding);
}

}  // namespace

Result<std::uint8_t> read_ttheader(Bytes head, const FrameLimits& limits, Message& message) {
  ByteReader in(head);
  in.text(fixed_bytes);
  const std::uint8_t protocol = in.u8();
  const std::uint8_t transforms = in.u8();
  if (in.failed()) [[unlikely]] {
    return failure(Errc::bad_frame, "a TTHeader has two bytes at least", in.position());
  }
  if (transforms != 0) [[unlikely]] {
    return failure(Errc::protocol_mismatch, "transforms of a TTHeader are not known",
                   fixed_bytes + 1);
  }
  while (in.left() != 0) {
    if (Result<void> good = read_info(in.u8(), in, limits, message); !good) [[unlikely]] {
      return std::unexpected(std::move(good.error()));
    }
  }
  return protocol;
}

Result<void> write_ttheader(const Message& message, const FrameLimits& limits, Chain& payload) {
  Layout layout;
  if (Result<void> good = lay_out(message, limits, layout); !good) [[unlikely]] {
    return good;
  }
  const bool is_framed = message.flavour.transport == Transport::ttheader_framed;
  const std::size_t before = fixed_bytes + layout.header_bytes + (is_framed ? prefix_bytes : 0);
  const std::size_t length = before - prefix_bytes + payload.size();
  if (length > limits.frame_bytes || length > longest_frame) [[unlikely]] {
    return failure(Errc::frame_limit, "the frame is longer than its limit");
  }
  Scratch scratch;
  std::uint8_t* const begin = scratch.room(before);
  if (begin == nullptr) [[unlikely]] {
    return std::unexpected(Error(Errc::no_memory));
  }
  ByteWriter out(begin);
  put_fixed_header(out, message, ttheader_magic, length, layout.header_bytes);
  put_info(out, message, layout);
  if (is_framed) {
    out.u32(static_cast<std::uint32_t>(payload.size()));
  }
  return payload.prepend(Bytes(begin, out.at()));
}

Result<void> read_mesh_header(Bytes head, const FrameLimits& limits, Message& message) {
  ByteReader in(head);
  in.u32();  // magic and size
  const std::uint16_t count = in.u16();
  if (in.failed()) [[unlikely]] {
    return failure(Errc::bad_frame, "a mesh header has two bytes at least", in.position());
  }
  if (Result<void> good = read_pairs(in, count, pairs_left(message, limits),
                                     TextPairs::Coding::ttheader, message.pairs, &message.service);
      !good) {
    return good;
  }
  if (in.left() != 0) {
    return failure(Errc::bad_frame, "bytes after the pairs of a mesh header", in.position());
  }
  return {};
}

}  // namespace wirejit::rpc
