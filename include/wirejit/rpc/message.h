/// @file
/// One message of a call: what its envelope and its header say, and its body. Entry: Message.
/// Invariant: a message that was read is views into the bytes that it was read from, until own().
///
///     rpc::Message call;
///     call.method = "ping";
///     call.seqid = 7;
///     auto added = call.pairs.add("isn", "Orders");
///     call.body = rpc::Body::json(R"({"name": "x"})");
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/chain.h>
#include <wirejit/error.h>
#include <wirejit/record_view.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::rpc {

/// What a message is for. The numbers are those of Thrift's envelopes and of Kitex-Protobuf.
enum class MessageType : std::uint8_t {
  call = 1,       ///< a request
  reply = 2,      ///< a result, a declared exception, or a business error
  exception = 3,  ///< the peer could not answer: an ApplicationException
  oneway = 4,     ///< a request without a reply; only the schema says that for certain
};

/// What the payload of a message is written in, its envelope included.
enum class Protocol : std::uint8_t {
  thrift_binary,      ///< Thrift Binary with the strict envelope
  thrift_binary_old,  ///< Thrift Binary with the envelope without a version
  thrift_compact,     ///< Thrift Compact
  thrift_json,        ///< Thrift's JSON protocol
  kitex_protobuf,     ///< Kitex' envelope around a Protobuf message
  thrift_struct,      ///< a bare struct in Thrift Binary: a frame of a stream
  protobuf,           ///< a bare Protobuf message: a frame of a stream, or of gRPC
};

/// What is around a payload.
enum class Transport : std::uint8_t {
  unframed,         ///< nothing: the payload ends where its struct ends
  framed,           ///< a length
  theader,          ///< Apache's THeader
  ttheader,         ///< CloudWeGo's TTHeader
  ttheader_framed,  ///< a TTHeader, and a length in front of the payload
  grpc,             ///< one byte of flags and a length
};

/// How a message is written: peers are answered in the flavour that they have used.
struct Flavour {
  Transport transport = Transport::framed;      ///< what is around the payload
  Protocol protocol = Protocol::thrift_binary;  ///< what the payload is written in
  bool streaming = false;                       ///< TTHeader: a frame of a stream

  /// True if all members are equal.
  friend bool operator==(const Flavour&, const Flavour&) = default;
};

/// Such as "ttheader_framed", in static storage.
[[nodiscard]] std::string_view to_string(Transport transport) noexcept;
/// Such as "thrift_binary", in static storage.
[[nodiscard]] std::string_view to_string(Protocol protocol) noexcept;
/// Such as "reply", in static storage; "unknown" for a number that is no type.
[[nodiscard]] std::string_view to_string(MessageType type) noexcept;

/// A value that an integer stands for, in a TTHeader.
struct IntPair {
  std::uint16_t key = 0;     ///< one of int_key, or another number
  std::string_view value{};  ///< any bytes

  /// True if both parts are equal.
  friend bool operator==(const IntPair&, const IntPair&) = default;
};

/// A value that a name stands for, in a header.
struct TextPair {
  std::string_view key{};    ///< any bytes
  std::string_view value{};  ///< any bytes

  /// True if both parts are equal.
  friend bool operator==(const TextPair&, const TextPair&) = default;
};

namespace detail {

// The length at the front of encoded pairs, which were checked; `at` is behind it then.
inline std::size_t take_pair_length(const std::uint8_t*& at, bool is_varint) noexcept {
  if (!is_varint) {
    at += 2;
    return static_cast<std::size_t>(at[-2]) << 8 | at[-1];
  }
  std::size_t length = 0;
  for (unsigned shift = 0;; shift += 7) {
    const std::uint8_t byte = *at++;
    length |= static_cast<std::size_t>(byte & 0x7F) << shift;
    if (byte < 0x80) {
      return length;
    }
  }
}

inline std::string_view take_pair_text(const std::uint8_t*& at, bool is_varint) noexcept {
  const std::size_t length = take_pair_length(at, is_varint);
  at += length;
  return {reinterpret_cast<const char*>(at - length), length};
}

inline void take_pair(const std::uint8_t*& at, bool, IntPair& pair) noexcept {
  pair.key = static_cast<std::uint16_t>(take_pair_length(at, false));
  pair.value = take_pair_text(at, false);
}

inline void take_pair(const std::uint8_t*& at, bool is_varint, TextPair& pair) noexcept {
  pair.key = take_pair_text(at, is_varint);
  pair.value = take_pair_text(at, is_varint);
}

}  // namespace detail

/// Pairs of a header, in order; equal keys are all kept, and find() gives the last. Pairs of a
/// header that was read stay encoded, in the header, until they are asked for. Copyable; copies see
/// the same bytes. Not thread-safe.
template <class Pair>
class Pairs {
 public:
  /// The type of a key.
  using Key = decltype(Pair::key);

  /// How a block of pairs is encoded.
  enum class Coding : std::uint8_t {
    ttheader,  ///< lengths and integer keys are two bytes, the most significant first
    theader,   ///< lengths are varints
  };
  /// Encoded pairs, one after the other, without their number.
  struct Block {
    Bytes bytes{};                     ///< whole pairs
    std::uint32_t count = 0;           ///< how many they are
    Coding coding = Coding::ttheader;  ///< how
  };

  /// Adds a pair, whose text is not copied: it must live as long as the pairs are used. Errors:
  /// no_memory; the pairs are as before.
  [[nodiscard]] Result<void> add(Key key, std::string_view value) noexcept;
  /// For readers of headers: adds encoded pairs, which were checked: `count` pairs are exactly
  /// `bytes`. Their bytes are not copied. Errors: no_memory; the pairs are as before.
  [[nodiscard]] Result<void> add_block(const Block& block) noexcept;
  /// The value of the last pair with this key. O(n): the pairs are walked.
  [[nodiscard]] std::optional<std::string_view> find(Key key) const noexcept;
  /// Calls `visit(const Pair&)` for each pair in order: those of blocks come first.
  template <class F>
  void for_each(F&& visit) const {
    for (const Block& block : blocks_) {
      const std::uint8_t* at = block.bytes.data();
      for (std::uint32_t left = block.count; left != 0; --left) {
        Pair pair;
        detail::take_pair(at, block.coding == Coding::theader, pair);
        visit(std::as_const(pair));
      }
    }
    for (const Pair& pair : added_) {
      visit(pair);
    }
  }
  /// How many pairs there are.
  [[nodiscard]] std::size_t size() const noexcept;
  /// True if there are none.
  [[nodiscard]] bool empty() const noexcept { return blocks_.empty() && added_.empty(); }
  /// Removes all pairs and keeps the memory.
  void clear() noexcept {
    blocks_.clear();
    added_.clear();
  }
  /// For writers of headers: the encoded pairs, which come before added().
  [[nodiscard]] const std::vector<Block>& blocks() const noexcept { return blocks_; }
  /// For writers of headers: the pairs that were added one by one.
  [[nodiscard]] const std::vector<Pair>& added() const noexcept { return added_; }

 private:
  friend class Message;
  std::vector<Block> blocks_;
  std::vector<Pair> added_;
};

/// Integer keys of TTHeaders.
using IntPairs = Pairs<IntPair>;
/// Keys that are text.
using TextPairs = Pairs<TextPair>;

class ObjectBody;

/// The body of a message: what is written, or what was read. It owns nothing: what it refers to must
/// live until the message was written, or as long as the message is looked at.
class Body {
 public:
  /// What a body is given as, or is wanted as.
  enum class Kind : std::uint8_t {
    none,    ///< nothing: an empty struct is written; what was read is left where it is
    raw,     ///< bytes in the format of the payload
    record,  ///< a record of the struct of the arguments or of the result
    json,    ///< JSON text of that struct
    object,  ///< a C++ struct that was registered with WIREJIT_STRUCT
  };

  Body() noexcept = default;
  /// Bytes in the payload's format: in Thrift the struct with its end, in Protobuf the message.
  [[nodiscard]] static Body raw(Bytes bytes) noexcept;
  /// The same in several segments. A chain's owners are kept by the output, so that nothing is copied.
  [[nodiscard]] static Body raw(const Chain& bytes) noexcept;
  /// JSON text of the arguments, such as `{"order": {...}}`, or of the result, such as
  /// `{"success": 1}`.
  [[nodiscard]] static Body json(std::string_view text) noexcept;
  /// A record of the struct of the arguments or of the result (Plan::args_type, result_type).
  [[nodiscard]] static Body record(const RecordView& record) noexcept;
  /// A C++ object (object_body.h).
  [[nodiscard]] static Body object(const ObjectBody& object) noexcept;

  /// What it is.
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// The bytes of a body of kind raw that lie in one piece, and the text of one of kind json.
  [[nodiscard]] Bytes bytes() const noexcept { return bytes_; }
  /// bytes() as text.
  [[nodiscard]] std::string_view text() const noexcept { return as_text(bytes_); }
  /// The pieces of a body of kind raw, or null if it is in one piece.
  [[nodiscard]] const Chain* chain() const noexcept { return chain_; }
  /// The record of a body of that kind; empty otherwise.
  [[nodiscard]] const RecordView& as_record() const noexcept { return record_; }
  /// The object of a body of that kind; else null.
  [[nodiscard]] const ObjectBody* as_object() const noexcept { return object_; }

 private:
  Kind kind_ = Kind::none;
  Bytes bytes_;
  const Chain* chain_ = nullptr;
  RecordView record_;
  const ObjectBody* object_ = nullptr;
};

/// What a message that was read turned out to be. The envelope is known in each case.
enum class Outcome : std::uint8_t {
  none,                   ///< nothing was read yet, or the payload was not looked into
  request,                ///< a call of a method that the plan has
  success,                ///< a reply with what the method returns
  declared_exception,     ///< a reply with one of the method's `throws`
  business_error,         ///< a reply whose header says so: Message::error
  application_exception,  ///< the peer could not answer: Message::error
  unknown_method,         ///< the plan has no such service or method: Message::error
  bad_body,               ///< the body is malformed or not one result: Message::error
};

/// A message. It may be used again for the next (clear()), so that it allocates nothing once it is
/// warm. Movable, not copyable; what was moved from may only be cleared or assigned to. Not
/// thread-safe.
class Message {
 public:
  Message() = default;
  /// Takes all of `other`.
  Message(Message&& other) noexcept = default;
  /// Takes all of `other`, and releases its own memory.
  Message& operator=(Message&& other) noexcept = default;
  ~Message() = default;

  std::string_view service;  ///< its name without the document, or empty: the plan's default
  std::string_view method;   ///< its name in the schema
  MessageType type = MessageType::call;  ///< of the envelope
  std::int32_t seqid = 0;                ///< of the envelope
  std::uint32_t sequence = 0;            ///< of the header: which call or stream it belongs to
  std::uint16_t flags = 0;               ///< of the header (flag)
  Flavour flavour;                       ///< how it came, or how it is to be written
  IntPairs int_keys;                     ///< TTHeader's
  TextPairs pairs;                       ///< TTHeader's and THeader's
  std::string_view acl_token;            ///< TTHeader's, or empty
  Body body;                             ///< arguments or result
  Outcome outcome = Outcome::none;       ///< what was read
  /// For outcomes that are errors: what the peer said, or what is wrong.
  std::optional<Error> error;

  /// Copies what the views refer to into memory of the message, bodies of kind raw (in one piece
  /// then) and json included; records and objects are not copied. Errors: no_memory; the message is
  /// as before.
  [[nodiscard]] Result<void> own() noexcept;
  /// As new, but with its memory.
  void clear() noexcept;

 private:
  Buffer own_;
};

/// Flags of a TTHeader.
namespace flag {
inline constexpr std::uint16_t out_of_order = 0x01;  ///< replies may come in another order
inline constexpr std::uint16_t streaming = 0x02;     ///< a frame of a stream
}  // namespace flag

/// Integer keys of a TTHeader.
namespace int_key {
inline constexpr std::uint16_t transport = 1;         ///< "framed" or "unframed"
inline constexpr std::uint16_t log_id = 2;            ///< id of the log
inline constexpr std::uint16_t from_service = 3;      ///< who calls
inline constexpr std::uint16_t to_service = 6;        ///< who is called
inline constexpr std::uint16_t to_method = 9;         ///< the method
inline constexpr std::uint16_t rpc_timeout = 12;      ///< milliseconds
inline constexpr std::uint16_t connect_timeout = 17;  ///< milliseconds
inline constexpr std::uint16_t from_method = 20;      ///< the method that calls
inline constexpr std::uint16_t message_type = 22;     ///< decimal MessageType
inline constexpr std::uint16_t frame_type = 27;       ///< of a stream's frame
}  // namespace int_key

}  // namespace wirejit::rpc
