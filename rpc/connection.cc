// What both ends of a connection do alike: bytes in, deadlines, the end, streams. Entry: Connection.
// Invariant: next() tells each end of a call or stream once, and then the end of the connection.
#include "connection_state.h"

#include <wirejit/rpc/envelope.h>

#include <algorithm>
#include <utility>

namespace wirejit::rpc {

using detail::ConnectionState;
using detail::EventAccess;
using detail::FrameType;
using detail::no_slot;
using detail::state_of;

void detail::FreeConnection::operator()(ConnectionHandle* state) const noexcept {
  delete &state_of(*state);
}

// ---- Events

namespace {

// A peer that has sent one large message does not make every event large.
constexpr std::size_t kept_bytes = std::size_t{1} << 20;

}  // namespace

Result<void> Event::decode(const PayloadCodec& codec, const Want& want, Arena& arena) {
  Want wanted = want;
  if (kind == Kind::reply || kind == Kind::failed) {
    wanted.is_reply = true;
  } else if (kind == Kind::call) {
    wanted.is_reply = false;
  }
  if (payload_.empty()) {
    if (Result<void> done = payload_.append_external(bytes_); !done) {
      return done;
    }
  }
  Result<std::size_t> read = codec.unmarshal(payload_, payload_.size(), wanted, arena, message);
  return read ? Result<void>() : std::unexpected(std::move(read.error()));
}

void Event::clear() noexcept {
  kind = Kind::none;
  call = {};
  stream = {};
  user = 0;
  message.clear();
  error.reset();
  deadline = never;
  oneway = false;
  bytes_ = {};
  for (Chain* const chain : {&payload_, &body_, &frame_}) {
    if (!chain->empty()) {
      chain->clear();
    }
  }
  if (inflated_.capacity() > kept_bytes) {
    inflated_ = Buffer();
  }
  inflated_.clear();
  text_.clear();
}

namespace detail {

void tell_failure(Event& event, Event::Kind kind, Error&& why) {
  event.kind = kind;
  event.error = std::move(why);
}

Result<Bytes> whole_body(Event& event) noexcept {
  const Body& body = event.message.body;
  if (body.chain() == nullptr) {
    return body.bytes();
  }
  Chain& pieces = EventAccess::body(event);
  return pieces.peek(pieces.size());
}

void tell_business_error(Event& event) {
  Result<std::optional<Error>> said = error_of_business(event.message);
  event.error = said ? std::move(*said) : std::optional(std::move(said.error()));
  if (event.error) {
    event.message.outcome = said ? Outcome::business_error : Outcome::bad_body;
    event.message.error = event.error;
  }
}

// ---- What happens

bool ConnectionState::next(Time now, Event& event) {
  event.clear();
  in.release();
  if (has_told_end) {
    return false;
  }
  if (open && (tell(event) || expire(now, event))) {
    return true;
  }
  while (open && may_take()) {
    std::optional<Error> why;
    const Found found = in.next(limits.frame, event, why);
    if (found == Found::nothing) {
      if (has_ended_input) {
        close(in.unread() == 0 ? make_error(Errc::unavailable, "the peer has closed the connection")
                               : make_error(Errc::unavailable,
                                            "the peer has closed the connection within a message"));
      }
      break;
    }
    if (found == Found::lost) {
      close(std::move(why));
      break;
    }
    const bool is_told = found == Found::bad               ? take_bad(event, std::move(*why))
                         : event.message.flavour.streaming ? take_stream(event)
                                                           : take(now, event);
    if (is_told) {
      return true;
    }
    event.clear();
    in.release();
  }
  return !is_open() && tell_end(event);
}

void ConnectionState::close(std::optional<Error> why) noexcept {
  if (open) {
    open = false;
    end_reason = std::move(why);
  }
}

// One of those that end with the connection, and at last the connection.
bool ConnectionState::tell_end(Event& event) {
  open = false;
  event.clear();
  if (end_call(event)) {
    return true;
  }
  ending_at = streams.first_from(ending_at);
  if (ending_at != no_slot) {
    fill(event, Event::Kind::stream_failed, ending_at);
    event.error = end_reason;
    remove_stream(ending_at);
    return true;
  }
  has_told_end = true;
  event.kind = Event::Kind::closed;
  event.error = end_reason;
  return true;
}

bool ConnectionState::expire(Time now, Event& event) {
  while (deadlines.first() != never && deadlines.first() <= now) {
    const Deadlines::Entry entry = deadlines.take();
    if (entry.what == Timed::call) {
      if (is_live_call(entry.id, entry.at) && expire_call(event, entry.id)) {
        return true;
      }
      continue;
    }
    const std::uint32_t slot = streams.find(entry.id);
    if (slot == no_slot || streams[slot].deadline != entry.at) {
      continue;
    }
    const Error why(Errc::deadline_exceeded, "the stream's deadline is over");
    write_reset(streams[slot], why);
    fill(event, Event::Kind::stream_failed, slot);
    event.error = why;
    remove_stream(slot);
    return true;
  }
  return false;
}

bool ConnectionState::add_deadline(Time at, std::uint64_t id, Timed what) noexcept {
  return at == never ||
         deadlines.add({.at = at, .id = id, .what = what}, in_flight(),
                       [this](const Deadlines::Entry& entry) {
                         if (entry.what == Timed::call) {
                           return is_live_call(entry.id, entry.at);
                         }
                         const std::uint32_t slot = streams.find(entry.id);
                         return slot != no_slot && streams[slot].deadline == entry.at;
                       });
}

Result<void> ConnectionState::check_room() const {
  if (out.bytes().size() >= limits.output_bytes) {
    return std::unexpected(make_error(Errc::overloaded, "too many bytes wait to be sent"));
  }
  return {};
}

// ---- Streams

namespace {

std::optional<FrameType> frame_type(const Message& message) {
  const std::optional<std::string_view> text = message.int_keys.find(int_key::frame_type);
  if (!text || text->size() != 1 || text->front() < '1' || text->front() > '5') {
    return std::nullopt;
  }
  return static_cast<FrameType>(text->front() - '0');
}

std::string_view frame_type_text(FrameType type) {
  return std::string_view("012345").substr(static_cast<std::size_t>(type), 1);
}

// Kitex' numbers for the ends of streams.
std::int32_t reset_code(const Error& reason) {
  if (reason.remote_code() != 0) {
    return reason.remote_code();
  }
  switch (reason.code()) {
    case Errc::cancelled: return 12007;
    case Errc::deadline_exceeded: return 12015;
    default: return 0;  // that of the error's code
  }
}

// The exception that is the body of a stream's frame, if there is one.
std::optional<Error> exception_of(Event& event) {
  const Result<Bytes> body = whole_body(event);
  if (!body || body->empty()) {
    return body ? std::nullopt : std::optional(body.error());
  }
  const Result<Envelope> envelope =
      without_throwing([&] { return read_envelope(Protocol::thrift_binary, *body); });
  if (!envelope) {
    return envelope.error();
  }
  if (envelope->type != MessageType::exception) {
    return make_error(Errc::invalid_type, "the end of a stream has a message that is no exception");
  }
  return read_remote_error(Protocol::thrift_binary, body->subspan(envelope->size),
                           EventAccess::text(event));
}

}  // namespace

bool ConnectionState::take_stream(Event& event) {
  const std::optional<FrameType> type = frame_type(event.message);
  if (!type || event.message.sequence == 0) {
    ++dropped;
    return false;
  }
  event.message.method = event.message.int_keys.find(int_key::to_method).value_or("");
  const std::uint32_t slot = stream_numbers.find(event.message.sequence);
  if (slot == no_slot) {
    return take_unknown_stream(event, *type);
  }
  return take_frame(event, slot, *type);
}

bool ConnectionState::take_frame(Event& event, std::uint32_t slot, FrameType type) {
  Stream& stream = streams[slot];
  switch (type) {
    case FrameType::header:
      if (!is_client() || stream.has_header) {
        return fail_stream(event, slot,
                           make_error(Errc::bad_frame, "the stream has a second header"));
      }
      stream.has_header = true;
      fill(event, Event::Kind::stream_header, slot);
      return true;
    case FrameType::data:
      if (is_client() && !stream.has_header) {
        return fail_stream(event, slot,
                           make_error(Errc::bad_frame, "data comes before the header"));
      }
      if (stream.is_half_closed) {
        return fail_stream(event, slot,
                           make_error(Errc::bad_frame, "data comes after the trailer"));
      }
      fill(event, Event::Kind::stream_data, slot);
      return true;
    case FrameType::trailer: return take_trailer(event, slot);
    case FrameType::reset: {
      fill(event, Event::Kind::stream_failed, slot);
      const std::optional<Error> said = exception_of(event);
      event.error = said ? make_error(Errc::cancelled, said->message(), said->remote_code())
                         : make_error(Errc::cancelled, "the peer has reset the stream");
      remove_stream(slot);
      return true;
    }
    case FrameType::meta: break;
  }
  if (!is_client()) {
    ++dropped;
    return false;
  }
  fill(event, Event::Kind::stream_meta, slot);
  return true;
}

bool ConnectionState::take_trailer(Event& event, std::uint32_t slot) {
  Stream& stream = streams[slot];
  if (stream.is_half_closed) {
    return fail_stream(event, slot, make_error(Errc::bad_frame, "the stream has a second trailer"));
  }
  stream.is_half_closed = true;
  fill(event, Event::Kind::stream_end, slot);
  event.error = exception_of(event);
  if (!is_client()) {
    return true;
  }
  if (!event.error) {
    tell_business_error(event);
  }
  if (!stream.has_finished &&
      !write_frame_of(stream, FrameType::trailer, Body::raw(Bytes()), nullptr, nullptr)) {
    close(Error(Errc::no_memory));
  }
  remove_stream(slot);
  return true;
}

Result<void> ConnectionState::write_frame_of(const Stream& stream, FrameType type, const Body& body,
                                             const Message* from, const Error* error) {
  Message* const message = out.begin();
  if (message == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  message->flavour = {
      .transport = Transport::ttheader, .protocol = stream.protocol, .streaming = true};
  message->flags = flag::streaming;
  message->sequence = stream.number;
  message->seqid = static_cast<std::int32_t>(stream.number);
  message->method = stream.method.empty() ? std::string_view("none") : stream.method;
  message->body = body;
  message->type = is_client() ? MessageType::call : MessageType::reply;
  if (error != nullptr) {
    message->type = MessageType::exception;
    message->error = *error;
  }
  if (from != nullptr && !copy_pairs(*from, *message)) {
    return std::unexpected(Error(Errc::no_memory));
  }
  if (from != nullptr) {
    message->acl_token = from->acl_token;
    message->service = from->service;
  }
  return in_turn([&] { return message->int_keys.add(int_key::frame_type, frame_type_text(type)); },
                 [&] {
                   return stream.method.empty()
                              ? Result<void>()
                              : message->int_keys.add(int_key::to_method, stream.method);
                 },
                 [&] { return out.write(limits.frame, nullptr, out.bytes()); });
}

void ConnectionState::write_reset(const Stream& stream, const Error& reason) {
  const Error told = make_error(reason.code(), reason.message(), reset_code(reason));
  if (!write_frame_of(stream, FrameType::reset, Body(), nullptr, &told)) {
    close(Error(Errc::no_memory));
  }
}

std::uint32_t ConnectionState::add_stream(std::uint32_t number, std::string_view method) noexcept {
  const std::uint32_t slot = streams.add();
  if (slot == no_slot) {
    return no_slot;
  }
  Stream& stream = streams[slot];
  stream =
      Stream{.generation = stream.generation, .number = number, .method = std::move(stream.method)};
  if (!has_memory([&] { stream.method = method; }) || !stream_numbers.add(number, slot)) {
    streams.remove(slot);
    return no_slot;
  }
  return slot;
}

void ConnectionState::remove_stream(std::uint32_t slot) noexcept {
  stream_numbers.remove(streams[slot].number);
  streams.remove(slot);
}

bool ConnectionState::fail_stream(Event& event, std::uint32_t slot, Error&& why) {
  write_reset(streams[slot], why);
  fill(event, Event::Kind::stream_failed, slot);
  event.error = std::move(why);
  remove_stream(slot);
  return true;
}

void ConnectionState::fill(Event& event, Event::Kind kind, std::uint32_t slot) noexcept {
  event.kind = kind;
  event.stream = {.value = streams.id(slot)};
  event.user = streams[slot].user;
}

}  // namespace detail

// ---- The public face

Result<void> Connection::receive(Bytes bytes) {
  ConnectionState& s = state_of(state());
  return s.open && !s.has_ended_input ? s.in.append(bytes) : Result<void>();
}

Result<void> Connection::receive(Chain&& bytes) {
  ConnectionState& s = state_of(state());
  if (!s.open || s.has_ended_input) {
    bytes.clear();
    return {};
  }
  return s.in.append(std::move(bytes));
}

void Connection::end_of_input() { state_of(state()).has_ended_input = true; }

bool Connection::wants_read() const noexcept {
  const ConnectionState& s = state_of(state());
  if (!s.is_open() || s.has_ended_input || (!s.is_client() && !writable())) {
    return false;
  }
  return s.in.unread() < s.limits.input_high || (s.may_take() && s.in.wants_more());
}

Chain& Connection::unread() noexcept {
  state_of(state()).in.release();
  return state_of(state()).in.bytes();
}

bool Connection::next(Time now, Event& event) { return state_of(state()).next(now, event); }

Time Connection::deadline() const noexcept {
  return state_of(state()).open ? state_of(state()).deadlines.first() : never;
}

Chain& Connection::output() noexcept { return state_of(state()).out.bytes(); }

bool Connection::writable() const noexcept {
  ConnectionState& s = state_of(state());
  const std::size_t waiting = s.out.bytes().size();
  s.is_full = waiting > (s.is_full ? s.limits.output_low : s.limits.output_high);
  return s.open && !s.is_full;
}

bool Connection::is_open() const noexcept { return state_of(state()).is_open(); }

void Connection::drain() { state_of(state()).drain(); }

void Connection::close(Error reason) { state_of(state()).close(std::move(reason)); }

std::size_t Connection::in_flight() const noexcept { return state_of(state()).in_flight(); }

std::uint64_t Connection::dropped() const noexcept { return state_of(state()).dropped; }

std::uint64_t Connection::steps() const noexcept { return state_of(state()).in.steps(); }

namespace {

std::unexpected<Error> no_stream() {
  return std::unexpected(detail::make_error(Errc::not_found, "the stream has ended"));
}

}  // namespace

Result<void> Connection::send(StreamId stream, const Body& body) {
  ConnectionState& s = state_of(state());
  const std::uint32_t slot = s.streams.find(stream.value);
  if (!s.open || slot == no_slot || s.streams[slot].has_finished) {
    return no_stream();
  }
  if (Result<void> room = s.check_room(); !room) {
    return room;
  }
  detail::Stream& it = s.streams[slot];
  if (!s.is_client() && !it.has_sent_header) {
    if (Result<void> done =
            s.write_frame_of(it, FrameType::header, Body::raw(Bytes()), nullptr, nullptr);
        !done) {
      return done;
    }
    it.has_sent_header = true;
  }
  return s.write_frame_of(it, FrameType::data, body, nullptr, nullptr);
}

Result<void> Connection::finish(StreamId stream, const Message& trailers) {
  ConnectionState& s = state_of(state());
  const std::uint32_t slot = s.streams.find(stream.value);
  if (!s.open || slot == no_slot || s.streams[slot].has_finished) {
    return no_stream();
  }
  detail::Stream& it = s.streams[slot];
  if (!s.is_client() && !it.has_sent_header) {
    if (Result<void> done =
            s.write_frame_of(it, FrameType::header, Body::raw(Bytes()), nullptr, nullptr);
        !done) {
      return done;
    }
    it.has_sent_header = true;
  }
  const Error* const error = !s.is_client() && trailers.error ? &*trailers.error : nullptr;
  if (Result<void> done =
          s.write_frame_of(it, FrameType::trailer, Body::raw(Bytes()), &trailers, error);
      !done) {
    return done;
  }
  it.has_finished = true;
  if (!s.is_client()) {
    s.remove_stream(slot);
  }
  return {};
}

void Connection::reset(StreamId stream, const Error& reason) {
  ConnectionState& s = state_of(state());
  if (const std::uint32_t slot = s.streams.find(stream.value); slot != no_slot && s.open) {
    s.write_reset(s.streams[slot], reason);
    s.remove_stream(slot);
  }
}

void Connection::set_user(StreamId stream, std::uint64_t user) noexcept {
  ConnectionState& s = state_of(state());
  if (const std::uint32_t slot = s.streams.find(stream.value); slot != no_slot) {
    s.streams[slot].user = user;
  }
}

}  // namespace wirejit::rpc
