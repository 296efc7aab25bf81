/// @file
/// What is around payloads: lengths, THeader, TTHeader. Entry: sniff, read_frame, write_frame.
/// Invariant: a length that a peer announces reserves nothing, and is checked before it is waited
/// for.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/chain.h>
#include <wirejit/error.h>
#include <wirejit/rpc/message.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wirejit::rpc {

/// What a frame may have.
struct FrameLimits {
  std::size_t frame_bytes = 16'384'000;  ///< of a message with its header, also inflated
  std::size_t header_bytes = 65'536;     ///< of a header
  std::size_t pairs = 4096;              ///< pairs of a header, of both kinds together
  std::size_t name_bytes = 4096;         ///< of a method's name, with its service
};

/// What the first bytes of a connection or of a message say.
struct Sniffed {
  /// What is spoken.
  enum class Kind : std::uint8_t {
    message,    ///< one of our flavours
    need_more,  ///< it takes more bytes to tell: `need`
    http1,      ///< a request of HTTP/1
    http2,      ///< the preface of HTTP/2
    tls,        ///< a ClientHello
    unknown,    ///< nothing that is known
  };

  Kind kind = Kind::unknown;  ///< what is spoken
  /// For `message`: its transport, and its protocol if that can be told without the header's end.
  Flavour flavour;
  /// Bytes of a mesh header in front of the message; 0 if there is none.
  std::size_t mesh_bytes = 0;
  /// For `message`: bytes of the transport's header, up to the payload, so far as they are known.
  std::size_t header_bytes = 0;
  /// For `need_more`: how many bytes there must be in all. Never more than the shortest message of
  /// those that are still possible has.
  std::size_t need = 0;
};

/// What sniff() is to take for granted.
struct SniffOptions {
  /// Old Binary envelopes are looked for, framed and unframed; they are ambiguous otherwise.
  bool old_binary = false;
};

/// Tells what begins with `first`. Two bytes tell what is unframed, six what is framed. Constant
/// time, no allocation.
[[nodiscard]] Sniffed sniff(Bytes first, const SniffOptions& options = {}) noexcept;

/// A frame that was read.
struct Frame {
  /// Bytes before the payload, a mesh header and an inner length included.
  std::size_t header_bytes = 0;
  /// Bytes of the payload; nothing if it has no length: it ends where its struct ends.
  std::optional<std::size_t> payload_bytes;
};

/// Reads the header of the message at the start of `in` into `message`: flavour, sequence, flags,
/// int_keys, pairs, acl_token, service (`isn`), whose views are valid as long as the bytes are in
/// `in` and are not joined with others (Chain::peek). The payload follows; it may not have come yet,
/// but for TTHeader and mesh headers, whose payload's first bytes tell its protocol. A payload that a
/// THeader's transform compressed is inflated into `inflated`, and is read there: `payload_bytes` is
/// its size, and `header_bytes` all bytes of the frame in `in`.
///
/// Returns the frame; nothing, if more bytes must come first: `need` then says how many there must
/// be in all at least. Errors: bad_frame, frame_limit, header_limit, protocol_mismatch (HTTP, TLS, a
/// transform or protocol that is unknown), no_memory. The message is unspecified then.
[[nodiscard]] Result<std::optional<Frame>> read_frame(Chain& in, const FrameLimits& limits,
                                                      Message& message, Buffer& inflated,
                                                      std::size_t& need);

/// Puts the header of `message.flavour` in front of the payload that is in `payload`: its flags,
/// sequence and pairs. THeader: `compress` deflates the payload. Errors: unsupported for a flavour
/// that does not exist (streaming without TTHeader, ...), header_limit for pairs that the header
/// cannot hold, frame_limit, no_memory; `payload` is as before.
[[nodiscard]] Result<void> write_frame(const Message& message, const FrameLimits& limits,
                                       Chain& payload, bool compress = false);

/// CRC-32C (Castagnoli) of all bytes, as TTHeader's pair `crc32c` has it in eight hexadecimal digits.
[[nodiscard]] std::uint32_t crc32c(const Input& bytes) noexcept;

}  // namespace wirejit::rpc
