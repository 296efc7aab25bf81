/// @file
/// What services agree on in the pairs of a header: metainfo that travels along a chain of calls,
/// business errors, notices that a connection closes, checksums. Entry: metainfo::forward,
/// read_business_error, closes_connection, check_crc32c. Invariant: nothing here changes the bytes of
/// pairs that were read.
///
///     auto done = rpc::metainfo::forward(request.pairs, arena, next.pairs);  // what travels on
///     const auto tenant = rpc::metainfo::find(request.pairs, rpc::metainfo::Kind::persist,
///                                              "TENANT");
///     if (auto failed = rpc::read_business_error(reply.pairs); failed && *failed) {
///       std::cerr << (*failed)->status << ' ' << (*failed)->message << '\n';
///     }
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/chain.h>
#include <wirejit/error.h>
#include <wirejit/rpc/frame.h>
#include <wirejit/rpc/message.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace wirejit::rpc {

/// Metainfo of CloudWeGo: pairs whose key begins with one of four prefixes. Pairs with an empty key
/// after the prefix, or an empty value, are none.
namespace metainfo {

/// Where a pair travels.
enum class Kind : std::uint8_t {
  none,      ///< it is no metainfo
  persist,   ///< `RPC_PERSIST_`: with every further call
  transit,   ///< `RPC_TRANSIT_`: to the receiver, and one hop further as `upstream`
  upstream,  ///< `RPC_TRANSIT_UPSTREAM_`: it came from the hop before, and goes no further
  backward,  ///< `RPC_BACKWARD_`: with the reply
};

/// A pair without its prefix.
struct Item {
  Kind kind = Kind::none;    ///< where it travels
  std::string_view key{};    ///< without the prefix; the whole key if it is none
  std::string_view value{};  ///< its value
};

/// What the kind's keys begin with, in static storage; empty for Kind::none.
[[nodiscard]] std::string_view prefix_of(Kind kind) noexcept;
/// What a pair is. The longest prefix counts.
[[nodiscard]] Item item_of(const TextPair& pair) noexcept;
/// The last value of that kind and key, which has no prefix. Kind::backward also takes pairs without
/// a prefix, which Kitex's server sends.
[[nodiscard]] std::optional<std::string_view> find(const TextPairs& pairs, Kind kind,
                                                   std::string_view key) noexcept;
/// Adds a pair with the prefix of its kind. In replies, Kitex' client takes pairs without a prefix
/// for metainfo: Kind::none adds one. The key is made in `arena`, the value is not copied. An empty
/// key or value is not added. Errors: no_memory; the pairs are as before.
[[nodiscard]] Result<void> add(Kind kind, std::string_view key, std::string_view value,
                               Arena& arena, TextPairs& to) noexcept;
/// Adds what of the pairs of a request belongs to the calls that its receiver makes: persist as it
/// is, transit as upstream. New keys are made in `arena`; the rest is views into the request. Errors:
/// no_memory; some pairs may have been added.
[[nodiscard]] Result<void> forward(const TextPairs& request, Arena& arena, TextPairs& to) noexcept;

/// The name of a header of HTTP and gRPC for a key with its prefix, such as "rpc-persist-a-b" for
/// "RPC_PERSIST_A_B", made in `arena`; empty for a key that is no metainfo (upstream has none,
/// either). Errors: no_memory.
[[nodiscard]] Result<std::string_view> http_name(std::string_view key, Arena& arena) noexcept;
/// The key for the name of a header of HTTP or gRPC, of which letters may be of any case; empty for
/// one that is no metainfo. Only keys of capital letters and underscores are the same again. Errors:
/// no_memory.
[[nodiscard]] Result<std::string_view> key_of_http_name(std::string_view name,
                                                        Arena& arena) noexcept;

}  // namespace metainfo

/// A business error: the answer of a method that did its work and says no. The result struct of such
/// a reply is empty.
struct BusinessError {
  std::int32_t status = 0;     ///< not 0
  std::string_view message{};  ///< text for people
  std::string_view extra{};    ///< a JSON object of strings, or empty
};

/// The business error in the pairs of a reply, or nothing: a `biz-status` that is 0, or no decimal
/// number of 32 bits, is none. Views into the pairs. Errors: syntax, type_mismatch, invalid_string or
/// truncated for an extra that is no JSON object of strings, with its offset there.
[[nodiscard]] Result<std::optional<BusinessError>> read_business_error(const TextPairs& reply);
/// Adds the error to the pairs of a reply; the number is made in `arena`, the rest is not copied.
/// Errors: unsupported for status 0; those of read_business_error; no_memory. The pairs may have
/// some of it then.
[[nodiscard]] Result<void> add_business_error(const BusinessError& error, Arena& arena,
                                              TextPairs& reply);
/// The same as an Error: remote_error, with the status as its remote_code. Where there is no memory
/// for the message: no_memory.
[[nodiscard]] Error error_of(const BusinessError& error) noexcept;

/// The key that says "no more calls on this connection, I shall close it", with the value "1".
inline constexpr std::string_view close_key = "crrst";
/// Whether the pairs of a reply, or of a control frame, say so.
[[nodiscard]] bool closes_connection(const TextPairs& pairs) noexcept;
/// Whether the message belongs to no call but to the connection: a TTHeader with sequence 0, which is
/// no frame of a stream.
[[nodiscard]] bool is_control_frame(const Message& message) noexcept;
/// Appends the control frame with which a server that shuts down asks for the end of calls: sequence
/// 0, close_key, and a reply named "none" with an empty struct. Errors: no_memory; `out` is as
/// before.
[[nodiscard]] Result<void> write_close_notice(Chain& out);

/// The value of the pair `crc32c`: eight hexadecimal digits.
[[nodiscard]] std::array<char, 8> crc32c_text(std::uint32_t crc) noexcept;
/// Compares the pair `crc32c`, if there is one, with all bytes that follow the TTHeader, an inner
/// length included. Errors: bad_frame if they differ, or the value is no such number.
[[nodiscard]] Result<void> check_crc32c(const TextPairs& pairs, const Input& bytes);

}  // namespace wirejit::rpc
