// What both ends of a connection are made of. Entry: ConnectionState. Invariant: an id of a slot is
// used for one call or stream; everything that was in flight ends by one event.
#pragma once

#include "incoming.h"
#include "outgoing.h"
#include "tables.h"

#include <wirejit/rpc/connection.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wirejit::rpc::detail {

/// Frames of a stream (int_key::frame_type).
enum class FrameType : std::uint8_t { meta = 1, header = 2, data = 3, trailer = 4, reset = 5 };

/// A stream.
struct Stream {
  std::uint32_t generation = 0;
  std::uint32_t next = no_slot;
  std::uint32_t number = 0;  // on the wire
  std::uint64_t user = 0;
  Time deadline = never;
  Protocol protocol = Protocol::thrift_struct;
  bool has_sent_header = false;
  bool has_header = false;      // of the peer
  bool has_finished = false;    // this end
  bool is_half_closed = false;  // the peer
  std::string method;

  void clear() noexcept { method.clear(); }
};

/// One end of a connection.
struct ConnectionState : ConnectionHandle {
  using Found = Incoming::Found;

  explicit ConnectionState(const ConnectionLimits& some) : limits(some) {}
  ConnectionState(const ConnectionState&) = delete;
  ConnectionState& operator=(const ConnectionState&) = delete;
  virtual ~ConnectionState() = default;

  // ---- What the ends do in their own way

  /// A whole message that came. False if nothing is to be told.
  virtual bool take(Time now, Event& event) = 0;
  /// The same of one that is wrong.
  virtual bool take_bad(Event& event, Error&& why) = 0;
  /// A frame of a stream that is not in the table.
  virtual bool take_unknown_stream(Event& event, FrameType type) = 0;
  /// Something that is to be told before the next message is looked at.
  virtual bool tell(Event& event) = 0;
  /// The deadline of a call is over.
  virtual bool expire_call(Event& event, std::uint64_t id) = 0;
  virtual bool is_live_call(std::uint64_t id, Time at) noexcept = 0;
  /// The next call that ends as the connection does; false if there is none. A server's end silently.
  virtual bool end_call(Event& event) = 0;
  virtual std::size_t calls_in_flight() const noexcept = 0;
  virtual void drain() = 0;
  /// Whether the next message may be taken.
  virtual bool may_take() const noexcept = 0;
  virtual bool is_client() const noexcept = 0;

  // ---- What is the same

  bool next(Time now, Event& event);
  void close(std::optional<Error> why) noexcept;
  bool is_open() const noexcept {
    return open && !(is_client() && is_draining && in_flight() == 0);
  }
  std::size_t in_flight() const noexcept { return calls_in_flight() + streams.used(); }
  void note_output() noexcept;
  /// Whether output may be added to on behalf of the application.
  [[nodiscard]] Result<void> check_room() const;
  [[nodiscard]] bool add_deadline(Time at, std::uint64_t id, Timed what) noexcept;

  // ---- Streams

  bool take_stream(Event& event);
  /// Writes a frame with integer keys and pairs of `from`, if any.
  [[nodiscard]] Result<void> write_frame_of(const Stream& stream, FrameType type, const Body& body,
                                            const Message* from, const Error* error);
  /// Tells the peer that the stream is reset. Lack of memory ends the connection.
  void write_reset(const Stream& stream, const Error& reason);
  /// A stream in the table, or no_slot if there is no memory.
  [[nodiscard]] std::uint32_t add_stream(std::uint32_t number, std::string_view method) noexcept;
  void remove_stream(std::uint32_t slot) noexcept;
  /// Ends a stream that the peer has broken a rule of.
  bool fail_stream(Event& event, std::uint32_t slot, Error&& why);
  void fill(Event& event, Event::Kind kind, std::uint32_t slot) noexcept;

  ConnectionLimits limits;
  Incoming in;
  Outgoing out;
  Slots<Stream> streams;
  NumberTable<SeededHash> stream_numbers;
  Deadlines deadlines;
  std::optional<Error> end_reason;
  std::uint64_t dropped = 0;
  std::uint32_t ending_at = 0;  // streams before this one have ended with the connection
  bool open = true;
  bool has_told_end = false;
  bool has_ended_input = false;
  bool is_draining = false;
  bool is_full = false;  // output, until output_low

 private:
  bool tell_end(Event& event);
  bool expire(Time now, Event& event);
  bool take_frame(Event& event, std::uint32_t slot, FrameType type);
  bool take_trailer(Event& event, std::uint32_t slot);
};

/// The state of a connection.
[[nodiscard]] inline ConnectionState& state_of(ConnectionHandle& handle) noexcept {
  return static_cast<ConnectionState&>(handle);
}
/// An event without contents, of that kind.
void tell_failure(Event& event, Event::Kind kind, Error&& why);
/// The body of the event's message, in one piece.
[[nodiscard]] Result<Bytes> whole_body(Event& event) noexcept;
/// Sets the event's error to the business error of its message, if it has one, or to what is wrong
/// with that.
void tell_business_error(Event& event);

}  // namespace wirejit::rpc::detail
