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

/// What a frame may have, and what is looked for.
struct FrameLimits {
  std::size_t frame_bytes = 16'384'000;  ///< what a length may say; also of an inflated payload
  std::size_t header_bytes = 65'536;     ///< of a header
  std::size_t pairs = 4096;              ///< pairs of a header, of both kinds together
  std::size_t name_bytes = 4096;         ///< of a method's name, with its service
  bool old_binary = false;               ///< SniffOptions::old_binary
};

/// What the first bytes of a connection or of a message say.
struct Sniffed {
  /// What is spoken.
  enum class Kind : std::uint8_t {
    message,    ///< one of our flavours
    need_more,  ///< it takes more bytes to tell: `need`
    http1,      ///< a request or an answer of HTTP/1
    http2,      ///< the preface of HTTP/2
    tls,        ///< a ClientHello, or an alert
    unknown,    ///< nothing that is known
  };

  Kind kind = Kind::unknown;  ///< what is spoken
  /// For `message`: its transport, and its protocol if that can be told without the header's end.
  Flavour flavour;
  /// Bytes of a mesh header in front of the message; 0 if there is none.
  std::size_t mesh_bytes = 0;
  /// For `message`: bytes of the transport's header after the mesh header, up to the payload, so far
  /// as they are known; the payload of a TTHeader may begin with a length.
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

/// Tells what begins with `first`. Two bytes tell what is unframed, six what is framed, eight what
/// has a TTHeader. Constant time, no allocation.
[[nodiscard]] Sniffed sniff(Bytes first, const SniffOptions& options = {}) noexcept;

/// A frame that was read.
struct Frame {
  /// Bytes before the payload, a mesh header and an inner length included.
  std::size_t header_bytes = 0;
  /// Bytes of the payload; nothing if it has no length: it ends where its struct ends.
  std::optional<std::size_t> payload_bytes{};
  /// The payload lies in `inflated`, and `header_bytes` are all bytes of the frame.
  bool is_inflated = false;
};

/// Reads the header of the message at the start of `in` into `message`: flavour, sequence, flags,
/// int_keys, pairs, acl_token, service (`isn`), whose views are valid as long as the bytes are in
/// `in` and are not joined with others (Chain::peek). A length that a TTHeader's payload begins with
/// is part of the header (Transport::ttheader_framed). The payload follows; but for the first bytes
/// of a TTHeader's or mesh header's, which tell its protocol, it may not have come yet. A payload
/// that a THeader's transform compressed is inflated into `inflated`, which is replaced. A frame of
/// gRPC does not say what it is: read_grpc_frame.
///
/// Returns the frame; nothing, if more bytes must come first: `need` then says how many there must
/// be in all at least. Nothing is reserved for what has not come, but for `inflated`, which grows
/// with what is in it.
///
/// Errors, with the offset in `in` where there is one: bad_frame; frame_limit and header_limit,
/// before more bytes are asked for; protocol_mismatch (HTTP, TLS, a transform or protocol that is
/// unknown, zlib where the library was built without it); no_memory. The message is unspecified
/// then.
[[nodiscard]] Result<std::optional<Frame>> read_frame(Chain& in, const FrameLimits& limits,
                                                      Message& message, Buffer& inflated,
                                                      std::size_t& need);

/// Reads the five bytes in front of a message of gRPC at the start of `in`. `is_compressed`: the
/// payload is in the encoding that the call's headers name. Else as read_frame; of `message` it sets
/// the flavour. Errors: bad_frame for other flags; frame_limit.
[[nodiscard]] Result<std::optional<Frame>> read_grpc_frame(const Chain& in,
                                                           const FrameLimits& limits,
                                                           Message& message, bool& is_compressed,
                                                           std::size_t& need);

/// Puts the header of `message.flavour` in front of the payload that is in `payload`.
///
/// TTHeader: flags, sequence, ACL token, pairs and integer keys, in this order; the `service` of a
/// request becomes the pair `isn`, unless there is one: the name in the envelope is then the method
/// alone. THeader: flags, sequence and pairs; `compress` deflates the payload. gRPC: an uncompressed
/// message. What a transport has no place for is not written.
///
/// Errors: unsupported for a flavour that does not exist: streaming but with TTHeader, a bare
/// protocol but in streams and gRPC, Kitex-Protobuf without a length, THeader with other protocols
/// than strict Binary and Compact, `compress` but with THeader and zlib; header_limit for pairs that
/// the header cannot hold, or that are more than the limits; frame_limit; no_memory. `payload` is as
/// before then.
[[nodiscard]] Result<void> write_frame(const Message& message, const FrameLimits& limits,
                                       Chain& payload, bool compress = false);

/// Whether the library was built with zlib.
[[nodiscard]] bool has_zlib() noexcept;

/// CRC-32C (Castagnoli) of all bytes, as TTHeader's pair `crc32c` has it in eight hexadecimal digits.
[[nodiscard]] std::uint32_t crc32c(const Input& bytes) noexcept;

}  // namespace wirejit::rpc
