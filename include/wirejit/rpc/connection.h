/// @file
/// Calls and streams on a connection, without a socket, a clock or a thread: bytes and time go in,
/// bytes, events and the next deadline come out. Entry: ClientConnection, ServerConnection.
/// Invariant: memory follows the bytes that came and the calls that are in flight, never a length
/// that a peer announces; a connection closes only when it is no longer known where the next message
/// begins.
///
/// An engine owns the socket and drives a connection in a loop, client and server alike:
///
///     Result<rpc::ClientConnection> made = rpc::ClientConnection::make(
///         {.flavour = {rpc::Transport::ttheader, rpc::Protocol::thrift_binary}});
///     rpc::ClientConnection& connection = *made;
///     rpc::Message ping;
///     ping.method = "ping";
///     ping.body = rpc::Body::raw(arguments);
///     const auto id = connection.call(ping, {.deadline = socket.now() + rpc::seconds(1)},
///                                     socket.now());
///     rpc::Event event;  // may be shared by all connections of a thread
///     while (connection.is_open() || !connection.output().empty()) {
///       while (connection.next(socket.now(), event)) {
///         if (event.kind == rpc::Event::Kind::reply && event.call == *id) {
///           use(event.message.body.bytes());
///           connection.drain();  // no more calls: is_open() is false as soon as all are answered
///         } else if (event.error) {
///           report(*event.error);
///         }
///       }
///       connection.output().consumed(socket.send(connection.output().spans()));
///       // At most until connection.deadline(); reads only if connection.wants_read().
///       if (const std::optional<Bytes> bytes = socket.wait(connection); !bytes) {
///         connection.end_of_input();  // the peer has closed
///       } else if (!connection.receive(*bytes)) {
///         connection.close(Error(Errc::no_memory));
///       }
///     }
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/chain.h>
#include <wirejit/error.h>
#include <wirejit/rpc/frame.h>
#include <wirejit/rpc/message.h>
#include <wirejit/rpc/payload_codec.h>
#include <wirejit/rpc/plan.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>

namespace wirejit::rpc {

/// Nanoseconds of a clock that never goes back, from any starting point.
using Time = std::int64_t;
/// A time that never comes.
inline constexpr Time never = std::numeric_limits<Time>::max();
/// So many seconds, as a Time.
[[nodiscard]] constexpr Time seconds(std::int64_t n) noexcept { return n * 1'000'000'000; }
/// So many milliseconds, as a Time.
[[nodiscard]] constexpr Time milliseconds(std::int64_t n) noexcept { return n * 1'000'000; }

/// A call on one connection. Numbers are not used again for another call of that connection, within
/// four billion calls: what is done with a call that has ended has no effect.
struct CallId {
  std::uint64_t value = 0;  ///< 0: no call

  /// True if both are the same call of one connection.
  friend bool operator==(const CallId&, const CallId&) = default;
};

/// A stream on one connection, with what is said of CallId.
struct StreamId {
  std::uint64_t value = 0;  ///< 0: no stream

  /// True if both are the same stream of one connection.
  friend bool operator==(const StreamId&, const StreamId&) = default;
};

namespace detail {

// What the library derives the state of a connection from.
struct ConnectionHandle {};

struct FreeConnection {
  void operator()(ConnectionHandle* state) const noexcept;
};

struct EventAccess;

}  // namespace detail

/// What has happened. An engine has one Event and gives it to Connection::next() again and again:
/// then nothing is allocated for it once it is warm.
///
/// What an event refers to (the texts and the body of its message) lies in the connection or in the
/// event. It is valid until next() is called again for that connection or with that event, or one of
/// both is destroyed. receive(), call(), reply() and the like do not touch it: a body may be sent on.
/// Neither copyable nor movable. Not thread-safe.
class Event {
 public:
  /// What has happened, and which members say more. `message` is empty where it is not named.
  enum class Kind : std::uint8_t {
    none,  ///< nothing: next() returned false
    /// Client: the answer to `call`, which has ended: `message`, of type reply, with its body as it
    /// came. Its outcome is business_error, with `error`, if a TTHeader says so.
    reply,
    /// Client: `call` has failed, for the reason `error`. `message` is what the peer said, if the
    /// failure is of an answer: for one of type exception `error` is what its body says, with
    /// Error::remote_code.
    failed,
    /// Server: `call` is to be answered by ServerConnection::reply, fail or no_reply. `message` has
    /// its body; `deadline` is what the caller allows, or `never`. If it is `oneway`, `call` is no
    /// call (0), and answers to that have no effect. The outcome is unknown_method, with `error`,
    /// for a method that the plan does not have.
    call,
    /// Server: the deadline of `call` is over. It is to be answered all the same.
    expired,
    /// Server: the peer opened `stream`. `message` has service, method and the pairs.
    stream_opened,
    /// The headers of `stream` have come from the server, in `message`; at most once, before its
    /// data.
    stream_header,
    /// `message` has a body that was sent on `stream`.
    stream_data,
    /// A meta frame of `stream` has come from the server: `message` has its pairs and its body.
    stream_meta,
    /// Server: the peer sends no more on `stream`. Client: the server has ended `stream`, which is
    /// gone; `message` has the trailers; `error` says what the server said, if it failed: a business
    /// error (Message::outcome), or an exception.
    stream_end,
    /// `stream` is gone, for the reason `error`: cancelled if the peer reset it, and its remote_code;
    /// `message` has the reset's pairs then.
    stream_failed,
    /// Server: a frame was whole, and what is in it was no message, for the reason `error`. It was
    /// answered by an exception where that can be. For information; the connection lives.
    bad_message,
    /// Client: the server asks for no more calls on this connection: call() and open() are rejected
    /// with `unavailable` from now on; calls in flight go on.
    draining,
    /// The connection has ended, for the reason `error`, or without one if it was drained: there are
    /// no more events. A client's calls and all streams that were in flight have failed before, each
    /// with an event; a server's calls can no longer be answered. Output that is left may be sent.
    closed,
  };

  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() = default;

  Kind kind = Kind::none;      ///< what has happened
  CallId call;                 ///< which call, for reply, failed, call and expired
  StreamId stream;             ///< which stream, for stream_...
  std::uint64_t user = 0;      ///< CallParams::user, or Connection::set_user
  Message message;             ///< what was received
  std::optional<Error> error;  ///< why, where it is a failure
  Time deadline = never;       ///< of a call at a server
  bool oneway = false;         ///< of a call at a server: no answer is sent

  /// Reads the payload of a reply, a call or a message of a stream again, by a codec with a schema:
  /// message.body, outcome and error are then what PayloadCodec::unmarshal says. Of a stream's
  /// messages `want` tells which method it is and whether they are responses (Want::is_reply).
  /// Errors: those of unmarshal.
  [[nodiscard]] Result<void> decode(const PayloadCodec& codec, const Want& want, Arena& arena);
  /// Without contents, but with its memory.
  void clear() noexcept;

 private:
  friend struct detail::EventAccess;

  Bytes bytes_;  // the payload, in the connection's input or in inflated_, where it is in one piece
  Chain payload_;    // else pieces of frame_
  Chain body_;       // the same without the envelope
  Chain frame_;      // a frame that came in several pieces
  Buffer inflated_;  // the payload of a frame that was compressed
  Buffer text_;      // texts of an exception that had escapes
};

/// What a connection may use.
struct ConnectionLimits {
  FrameLimits frame{};  ///< of each message
  /// Calls in flight. A client rejects a call beyond as `overloaded`. A server answers it by an
  /// exception, but where answers come in order it leaves it unread until it has answered another.
  std::size_t calls = 4096;
  std::size_t streams = 1024;  ///< Streams at a time; one beyond is reset
  /// So many bytes that were received and not yet taken as events are enough: wants_read() is false,
  /// unless more bytes are needed for the next event.
  std::size_t input_high = std::size_t{1} << 20;
  /// writable() is false while more bytes than this wait to be sent...
  std::size_t output_high = std::size_t{1} << 20;
  /// ... until at most this many are left.
  std::size_t output_low = std::size_t{1} << 18;
  /// Beyond this number of bytes that wait to be sent, calls and messages of streams are rejected as
  /// `overloaded`. Answers to calls are not.
  std::size_t output_bytes = std::size_t{1} << 26;
};

/// What a call is made with. Headers and flags are those of the Message.
struct CallParams {
  /// When it fails with `deadline_exceeded`. A TTHeader tells the server how many milliseconds that
  /// is from now on, unless the message has int_key::rpc_timeout.
  Time deadline = never;
  std::uint64_t user = 0;  ///< Event::user of its events: an index or address of the caller's
  /// No answer comes. Nothing: the plan says it, if the client has one that has the method, else
  /// whether the message is of type oneway.
  std::optional<bool> oneway{};
  /// Writes the body of the message, for bodies that are not raw; not kept.
  const PayloadCodec* codec = nullptr;
};

/// What both ends have in common. Movable; what was moved from may only be destroyed or assigned to.
/// Not thread-safe: an engine uses a connection by one thread at a time.
///
/// Calls that fail change nothing. None blocks.
class Connection {
 public:
  Connection(Connection&&) noexcept = default;
  Connection& operator=(Connection&&) noexcept = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() = default;

  // ---- Bytes in

  /// Takes bytes that came from the peer; they are copied. Errors: no_memory. After the connection
  /// has ended they are dropped.
  [[nodiscard]] Result<void> receive(Bytes bytes);
  /// The same without a copy: `bytes` is empty then. Owners are released when the messages in their
  /// bytes have been taken.
  [[nodiscard]] Result<void> receive(Chain&& bytes);
  /// No more bytes come. Messages that were received as a whole are still told; then calls in flight
  /// fail with `unavailable` and the connection ends.
  void end_of_input();
  /// Whether the engine should read from the socket: false while so much waits to be taken by next()
  /// that no more should be read, while a server's output is not writable(), and after the end.
  [[nodiscard]] bool wants_read() const noexcept;
  /// What was received and not yet taken. For a peer that speaks HTTP or TLS (the connection has
  /// ended with protocol_mismatch): hand these bytes to another engine. Ends the last event's
  /// validity.
  [[nodiscard]] Chain& unread() noexcept;

  // ---- What happened, and time

  /// The next thing that has happened up to `now`, or false: nothing more until bytes come or
  /// deadline() is reached. Costs time in proportion to the bytes that it takes; bytes of a message
  /// that has not come as a whole are looked at once. Where memory is lacking the connection ends,
  /// with no_memory.
  [[nodiscard]] bool next(Time now, Event& event);
  /// When next() is to be called again even if no bytes come; `never` if no call has a deadline. It
  /// may be early.
  [[nodiscard]] Time deadline() const noexcept;

  // ---- Bytes out

  /// What is to be sent: the engine sends a part and removes it (Chain::consumed).
  [[nodiscard]] Chain& output() noexcept;
  /// False from ConnectionLimits::output_high on until output_low: then it is better to make no more
  /// calls and send no more messages.
  [[nodiscard]] bool writable() const noexcept;

  // ---- The end

  /// False after the connection has ended: by an error, end_of_input(), close(), or because it was
  /// drained and nothing is in flight any longer.
  [[nodiscard]] bool is_open() const noexcept;
  /// A graceful end. Client: no more calls are made. Server: peers that make several calls at a time
  /// are told by a control frame, the others by `crrst` in each reply; calls that come all the same
  /// are answered. The client ends when nothing is in flight; the server when its peer ends, or by
  /// close() once in_flight() is 0.
  void drain();
  /// Ends the connection now. Calls in flight fail with `reason`, each with an event.
  void close(Error reason);
  /// Calls and streams that have not ended.
  [[nodiscard]] std::size_t in_flight() const noexcept;
  /// How many messages were dropped, because they belong to no call or stream: answers that came
  /// after the deadline, twice, or were never asked for.
  [[nodiscard]] std::uint64_t dropped() const noexcept;

  // ---- Streams

  /// Sends one message on a stream, whose body is raw: a bare Thrift struct, or a Protobuf message. A
  /// server's first is preceded by its header frame. Errors: not_found for a stream that is gone or
  /// that this end has finished; overloaded; unsupported for a body that is not raw; no_memory.
  [[nodiscard]] Result<void> send(StreamId stream, const Body& body);
  /// Client: sends no more on the stream. Server: ends it, with the pairs of `trailers`; if its
  /// `error` is set the stream has failed for that reason. Errors: not_found, header_limit,
  /// no_memory.
  [[nodiscard]] Result<void> finish(StreamId stream, const Message& trailers = {});
  /// Cancels a stream, which is gone then without an event. Nothing happens if it is gone.
  void reset(StreamId stream, const Error& reason);
  /// Sets Event::user of a stream's events, for a server: a client gives it to open().
  void set_user(StreamId stream, std::uint64_t user) noexcept;

  /// For tests: how many bytes were looked at to find where messages end.
  [[nodiscard]] std::uint64_t steps() const noexcept;

 protected:
  /// A connection with that state, which it owns.
  explicit Connection(detail::ConnectionHandle* state) noexcept : state_(state) {}
  /// The state; valid as long as the connection.
  [[nodiscard]] detail::ConnectionHandle& state() const noexcept { return *state_; }

 private:
  std::unique_ptr<detail::ConnectionHandle, detail::FreeConnection> state_;
};

/// How a client calls.
struct ClientOptions {
  /// How calls are written. Streams are TTHeaders with thrift_struct, whatever this says, or with
  /// `protobuf` if the protocol is kitex_protobuf.
  Flavour flavour{};
  /// Answers may have any flavour; otherwise one of another transport or protocol is an error
  /// (protocol_mismatch) and ends the connection, but for TTHeaders with and without an inner length.
  bool any_flavour = false;
  /// With TTHeader and THeader: answers may come in any order (flag::out_of_order). Without it, and
  /// in other transports, answers come in the order of the calls.
  bool multiplex = true;
  /// Says which methods are oneway; may be null.
  std::shared_ptr<const Plan> plan{};
  ConnectionLimits limits{};  ///< what it may use
};

/// The end that calls.
class ClientConnection : public Connection {
 public:
  /// Errors: unsupported for gRPC, which needs HTTP/2, for a protocol without an envelope, and for
  /// kitex_protobuf without a length; no_memory.
  [[nodiscard]] static Result<ClientConnection> make(const ClientOptions& options = {});

  /// Writes a call of `message.method`, of service `message.service` (in a TTHeader as the pair
  /// `isn`, elsewhere in front of the name). The numbers, the flavour and flag::out_of_order are
  /// set by the connection; other flags, integer keys, pairs and the body are those of `message`,
  /// which is not kept: the body is copied, unless it is a Chain of 16 KB or more, whose owners are
  /// kept (bytes in it that have no owner must live until they were sent). One event of kind reply
  /// or failed follows, unless it is oneway.
  ///
  /// Returns its id; for a call that is oneway an id that is no longer in flight. Errors: unavailable
  /// (the connection has ended, or is draining); overloaded (ConnectionLimits); deadline_exceeded, if
  /// it is over at `now`; wrong_method for an empty name, or one with a ':' where the service is
  /// empty; those of writing the message (unsupported for a body that is not raw without a codec,
  /// header_limit, frame_limit, no_memory, those of the codec). Nothing was written then.
  [[nodiscard]] Result<CallId> call(const Message& message, const CallParams& params, Time now);
  /// Gives a call up: no event of it follows, and its answer is dropped. False if it has ended. Where
  /// answers come in order it stays in flight, for ConnectionLimits::calls, until its answer has
  /// come.
  bool cancel(CallId call) noexcept;

  /// Opens a stream of `message.method`, with its service and pairs. `params`: deadline and user.
  /// Events of kind stream_header, stream_data, stream_meta and at the end one of stream_end or
  /// stream_failed follow. Errors: as for call().
  [[nodiscard]] Result<StreamId> open(const Message& message, const CallParams& params, Time now);

 private:
  using Connection::Connection;
};

/// How a server answers.
struct ServerOptions {
  /// Says which methods there are and which are oneway. Null: each call is told as it came, and one
  /// of type oneway, or one for which no_reply() is called, is not answered.
  std::shared_ptr<const Plan> plan{};
  /// Calls of methods that the plan lacks are told, too, with Outcome::unknown_method. Otherwise the
  /// connection answers them itself, by an exception.
  bool tell_unknown_methods = false;
  ConnectionLimits limits{};  ///< what it may use
};

/// The end that answers, in the flavour of each call. Answers to calls that do not allow another
/// order (flag::out_of_order) are sent in the order of the calls: an answer that is early waits.
class ServerConnection : public Connection {
 public:
  /// Errors: no_memory.
  [[nodiscard]] static Result<ServerConnection> make(const ServerOptions& options = {});

  /// Answers a call: by a reply with `message.body`, or, if the message is of type exception, by its
  /// `error`. `message.int_keys` and `pairs` are written where the flavour has headers; its name,
  /// numbers and flavour are set by the connection. `codec` writes a body that is not raw. Nothing is
  /// sent for a call that is oneway.
  ///
  /// Errors: not_found if the call was answered before or the connection has ended; those of
  /// writing the message: then the call is still to be answered, by fail() for example.
  [[nodiscard]] Result<void> reply(CallId call, const Message& message,
                                   const PayloadCodec* codec = nullptr);
  /// Answers a call by an exception: its code is the one that stands for `error.code()`, or
  /// `error.remote_code()` if it has one, and its text the error's message. Errors: as for reply().
  [[nodiscard]] Result<void> fail(CallId call, const Error& error);
  /// Ends a call without an answer, as it is oneway. False if it was answered before.
  bool no_reply(CallId call) noexcept;

  /// Sends the headers of a stream: pairs and integer keys of `message`. Once, before send();
  /// otherwise send() and finish() do it, without pairs. Errors: not_found for a stream that is
  /// gone or whose headers were sent; header_limit; no_memory.
  [[nodiscard]] Result<void> send_header(StreamId stream, const Message& message);

 private:
  using Connection::Connection;
};

}  // namespace wirejit::rpc
