// Apache's THeader, read and written. Entry: read_theader, write_theader. Invariant: numbers and
// lengths lie within the header.
#include "headers.h"

#include <cstddef>
#include <cstdint>

namespace wirejit::rpc {

namespace {

constexpr std::uint32_t pairs_info = 1;
constexpr std::uint32_t zlib_transform = 1;
constexpr std::size_t longest_header = 16'383 * std::size_t{4};

std::unexpected<Error> malformed(const ByteReader& in) {
  return failure(Errc::bad_frame, "a number of the header is malformed or does not end in it",
                 in.position());
}

Result<Protocol> protocol_of_id(std::uint32_t id) {
  switch (id) {
    case 0: return Protocol::thrift_binary;
    case 2: return Protocol::thrift_compact;
    default:
      return failure(Errc::protocol_mismatch, "a THeader of an unknown protocol", fixed_bytes);
  }
}

// Whether the payload is compressed.
Result<bool> read_transforms(ByteReader& in) {
  const std::uint32_t count = in.varint32();
  if (in.failed()) [[unlikely]] {
    return malformed(in);
  }
  if (count > 1) [[unlikely]] {
    return failure(Errc::protocol_mismatch, "there is no more than one transform", in.position());
  }
  if (count == 1 && in.varint32() != zlib_transform) [[unlikely]] {
    return in.failed() ? malformed(in)
                       : failure(Errc::protocol_mismatch, "an unknown transform", in.position());
  }
  return count == 1;
}

}  // namespace

Result<bool> read_theader(Bytes head, const FrameLimits& limits, Message& message) {
  ByteReader in(head);
  in.text(fixed_bytes);
  const std::uint32_t id = in.varint32();
  if (in.failed()) [[unlikely]] {
    return malformed(in);
  }
  const Result<Protocol> protocol = protocol_of_id(id);
  if (!protocol) [[unlikely]] {
    return std::unexpected(protocol.error());
  }
  message.flavour = {.transport = Transport::theader, .protocol = *protocol};
  const Result<bool> is_compressed = read_transforms(in);
  // Zero, which pads, and unknown blocks end the header.
  while (is_compressed && in.left() != 0 && in.varint32() == pairs_info) {
    const std::uint32_t count = in.varint32();
    if (in.failed()) [[unlikely]] {
      return malformed(in);
    }
    if (Result<void> good = read_pairs(in, count, pairs_left(message, limits),
                                       TextPairs::Coding::theader, message.pairs);
        !good) [[unlikely]] {
      return std::unexpected(std::move(good.error()));
    }
  }
  return is_compressed;
}

Result<void> write_theader(const Message& message, const FrameLimits& limits, bool is_compressed,
                           Chain& payload) {
  const PairsSize pairs = size_of(message.pairs, TextPairs::Coding::theader);
  const std::size_t most = 4 + longest_varint32 + pairs.bytes + 3;
  if (pairs.count > limits.pairs || most > longest_header || most > limits.header_bytes)
      [[unlikely]] {
    return failure(Errc::header_limit, "the pairs are more than a THeader may hold");
  }
  Scratch scratch;
  std::uint8_t* const begin = scratch.room(fixed_bytes + most);
  if (begin == nullptr) [[unlikely]] {
    return std::unexpected(Error(Errc::no_memory));
  }
  ByteWriter out(begin + fixed_bytes);
  out.u8(message.flavour.protocol == Protocol::thrift_compact ? 2 : 0);
  out.u8(is_compressed ? 1 : 0);
  if (is_compressed) {
    out.u8(zlib_transform);
  }
  if (pairs.count != 0) {
    out.u8(pairs_info);
    out.varint32(static_cast<std::uint32_t>(pairs.count));
    put_pairs(out, message.pairs, TextPairs::Coding::theader);
  }
  const auto bytes = static_cast<std::size_t>(out.at() - begin) - fixed_bytes;
  out.padding((4 - bytes % 4) % 4);
  const auto before = static_cast<std::size_t>(out.at() - begin);
  const std::size_t length = before - prefix_bytes + payload.size();
  if (length > limits.frame_bytes || length > longest_frame) [[unlikely]] {
    return failure(Errc::frame_limit, "the frame is longer than its limit");
  }
  ByteWriter fixed(begin);
  put_fixed_header(fixed, message, theader_magic, length, before - fixed_bytes);
  return payload.prepend(Bytes(begin, before));
}

}  // namespace wirejit::rpc
