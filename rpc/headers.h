// What the files of frames share: the fixed part of TTHeader and THeader, and the pairs in both.
// Entry: read_fixed_header, read_ttheader, read_theader and their writers. Invariant: a length is
// checked against its limit before more bytes are asked for.
#pragma once

#include "bytes.h"

#include <wirejit/rpc/frame.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wirejit::rpc {

inline constexpr std::uint16_t ttheader_magic = 0x1000;
inline constexpr std::uint16_t theader_magic = 0x0FFF;
inline constexpr std::uint16_t mesh_magic = 0xFFAF;
inline constexpr std::uint16_t binary_magic = 0x8001;
inline constexpr std::uint16_t kitex_protobuf_magic = 0x9001;
inline constexpr std::uint16_t json_magic = 0x5B31;  // "[1"
inline constexpr std::uint32_t longest_frame = 0x3FFF'FFFF;
inline constexpr std::uint32_t shortest_message = 6;  // of Compact
inline constexpr std::size_t prefix_bytes = 4;        // a length

// u32 length after itself | u16 magic | u16 flags | u32 sequence | u16 header words of 4 bytes
inline constexpr std::size_t fixed_bytes = 14;
// What the shortest frame with such a header has after its length.
inline constexpr std::uint32_t shortest_header_frame = fixed_bytes - prefix_bytes + 4;

// Compact's first two bytes, of Apache's version and of fbthrift's.
inline bool is_compact(std::uint16_t two) noexcept {
  return two >> 8 == 0x82 && ((two & 0x1F) == 1 || (two & 0x1F) == 2);
}
// What an envelope begins with; `two` are its first bytes. Nothing for what has no magic.
[[nodiscard]] std::optional<Protocol> protocol_of(std::uint16_t two) noexcept;

// Of what begins with `first`, which is no mesh header.
[[nodiscard]] Sniffed sniff_message(Bytes first, const SniffOptions& options) noexcept;

struct FixedHeader {
  std::size_t end = 0;            // where the payload begins
  std::size_t payload_bytes = 0;  // up to the end of the frame
};

// The fixed part, of which `bytes` has all: sets flags and sequence.
[[nodiscard]] Result<FixedHeader> read_fixed_header(Bytes bytes, const FrameLimits& limits,
                                                    Message& message);
inline void put_fixed_header(ByteWriter& out, const Message& message, std::uint16_t magic,
                             std::size_t frame_bytes, std::size_t header_bytes) {
  unsigned flags = message.flags;
  if (magic == ttheader_magic) {
    flags &= ~unsigned{flag::streaming};
    flags |= message.flavour.streaming ? flag::streaming : 0U;
  }
  out.u32(static_cast<std::uint32_t>(frame_bytes));
  out.u16(magic);
  out.u16(static_cast<std::uint16_t>(flags));
  out.u32(message.sequence);
  out.u16(static_cast<std::uint16_t>(header_bytes / 4));
}

// Both read from the end of the fixed part to the end of the header, which is all of `head`.
// TTHeader: returns the protocol id.
[[nodiscard]] Result<std::uint8_t> read_ttheader(Bytes head, const FrameLimits& limits,
                                                 Message& message);
// Returns whether the payload is compressed.
[[nodiscard]] Result<bool> read_theader(Bytes head, const FrameLimits& limits, Message& message);
// Of a mesh header, all of it: adds its pairs.
[[nodiscard]] Result<void> read_mesh_header(Bytes head, const FrameLimits& limits,
                                            Message& message);

// Both put what belongs before `payload`, whose `payload_bytes` follow.
[[nodiscard]] Result<void> write_ttheader(const Message& message, const FrameLimits& limits,
                                          Chain& payload);
[[nodiscard]] Result<void> write_theader(const Message& message, const FrameLimits& limits,
                                         bool is_compressed, Chain& payload);

// ---- Pairs

// Reads `count` pairs at the front of `in` and adds them to `to`; at most `most`. `service`, if not
// null, becomes the value of the last pair with the key `isn`. Errors: bad_frame, header_limit,
// no_memory.
[[nodiscard]] Result<void> read_pairs(ByteReader& in, std::uint32_t count, std::size_t most,
                                      IntPairs& to);
[[nodiscard]] Result<void> read_pairs(ByteReader& in, std::uint32_t count, std::size_t most,
                                      TextPairs::Coding coding, TextPairs& to,
                                      std::string_view* service = nullptr);
// How many more pairs the message may have.
[[nodiscard]] inline std::size_t pairs_left(const Message& message, const FrameLimits& limits) {
  const std::size_t pairs = message.int_keys.size() + message.pairs.size();
  return pairs < limits.pairs ? limits.pairs - pairs : 0;
}

// What pairs take in a coding.
struct PairsSize {
  std::size_t count = 0;
  std::size_t bytes = 0;
  bool fits = true;  // each text is short enough for the coding
};
[[nodiscard]] PairsSize size_of_all(const IntPairs& pairs);
[[nodiscard]] PairsSize size_of_all(const TextPairs& pairs, TextPairs::Coding coding);
[[nodiscard]] inline PairsSize size_of(const IntPairs& pairs) {
  return pairs.empty() ? PairsSize() : size_of_all(pairs);
}
[[nodiscard]] inline PairsSize size_of(const TextPairs& pairs, TextPairs::Coding coding) {
  return pairs.empty() ? PairsSize() : size_of_all(pairs, coding);
}
void put_pairs(ByteWriter& out, const IntPairs& pairs);
void put_pairs(ByteWriter& out, const TextPairs& pairs, TextPairs::Coding coding);

// ---- zlib

// Replaces `out` by what the bytes of `in` from `from` on, `size` of them, are inflated to. Errors:
// bad_frame for what is not exactly one stream of zlib; frame_limit; no_memory; protocol_mismatch
// without zlib.
[[nodiscard]] Result<void> inflate_bytes(const Chain& in, std::size_t from, std::size_t size,
                                         std::size_t limit, Buffer& out);
// Appends all bytes of `in`, deflated. Errors: no_memory; unsupported without zlib.
[[nodiscard]] Result<void> deflate_bytes(const Chain& in, Buffer& out);

}  // namespace wirejit::rpc
