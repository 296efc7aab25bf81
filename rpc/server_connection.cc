// The end that answers. Entry: ServerConnection. Invariant: answers to calls that do not allow
// another order are sent in the order of the calls; each call is answered once at most.
#include "connection_state.h"

#include <wirejit/rpc/envelope.h>
#include <wirejit/rpc/metainfo.h>

#include <memory>
#include <new>
#include <string>
#include <utility>

namespace wirejit::rpc {

namespace detail {
namespace {

// A call that is to be answered.
struct Served {
  std::uint32_t generation = 0;
  std::uint32_t next = no_slot;  // in the order of the answers
  bool is_ordered = false;
  bool is_answered = false;  // and waits for those before it
  std::uint16_t flags = 0;
  std::int32_t seqid = 0;
  std::uint32_t sequence = 0;
  Flavour flavour;
  Time deadline = never;
  std::string service;
  std::string method;
  std::unique_ptr<Chain> early;  // an answer that waits

  void clear() noexcept {
    service.clear();
    method.clear();
    early.reset();
  }
};

bool is_ttheader(Transport transport) {
  return transport == Transport::ttheader || transport == Transport::ttheader_framed;
}

// Whether the caller allows answers in any order.
bool allows_any_order(const Message& message) {
  return (is_ttheader(message.flavour.transport) ||
          message.flavour.transport == Transport::theader) &&
         (message.flags & flag::out_of_order) != 0;
}

Error why_not(const Plan& plan, const Message& message) {
  const Result<Error> why = without_throwing(
      [&]() -> Result<Error> { return plan.why_not(message.service, message.method); });
  return why ? *why : why.error();
}

struct ServerState final : ConnectionState {
  explicit ServerState(const ServerOptions& some)
      : ConnectionState(some.limits), plan(some.plan), tells_unknown(some.tell_unknown_methods) {}

  Result<void> reply(std::uint64_t id, const Message* message, const Error* error,
                     const PayloadCodec* codec);
  bool no_reply(std::uint64_t id) noexcept;
  Result<void> send_header(std::uint64_t id, const Message& message);

  bool take(Time now, Event& event) override;
  bool take_bad(Event& event, Error&& why) override;
  bool take_unknown_stream(Event& event, FrameType type) override;
  bool tell(Event&) override {
    flush();
    return false;
  }
  bool expire_call(Event& event, std::uint64_t id) override;
  bool is_live_call(std::uint64_t id, Time at) noexcept override {
    const std::uint32_t slot = calls.find(id);
    return slot != no_slot && calls[slot].deadline == at && !calls[slot].is_answered;
  }
  bool end_call(Event&) override { return false; }
  std::size_t calls_in_flight() const noexcept override { return calls.used(); }
  void drain() override;
  bool may_take() const noexcept override {
    const bool must_wait = calls.used() >= limits.calls && first != no_slot;
    return !must_wait && out.bytes().size() + early_bytes <= limits.output_high;
  }
  bool is_client() const noexcept override { return false; }

 private:
  [[nodiscard]] std::uint32_t add_call(const Message& message) noexcept;
  [[nodiscard]] Result<void> write_answer(const Served& call, const Message* message,
                                          const Error* error, const PayloadCodec* codec, Chain& to);
  void reject(const Message& message, const Error& why);
  void end(std::uint32_t slot) noexcept;
  void flush() noexcept;
  void reset_unknown(const Message& message, const Error& why);

  std::shared_ptr<const Plan> plan;
  Slots<Served> calls;
  std::uint32_t first = no_slot;  // of those that are answered in order
  std::uint32_t last = no_slot;
  std::size_t early_bytes = 0;
  bool tells_unknown;
  bool has_multiplexed = false;  // the peer makes several calls at a time
};

// ---- Calls

std::uint32_t ServerState::add_call(const Message& message) noexcept {
  const std::uint32_t slot = calls.add();
  if (slot == no_slot) {
    return no_slot;
  }
  Served& call = calls[slot];
  call.is_ordered = !allows_any_order(message);
  call.is_answered = false;
  call.flags = message.flags & flag::out_of_order;
  call.seqid = message.seqid;
  call.sequence = message.sequence;
  call.flavour = message.flavour;
  call.deadline = never;
  if (!has_memory([&] {
        call.service = message.service;
        call.method = message.method.empty() ? std::string_view("none") : message.method;
      })) {
    calls.remove(slot);
    return no_slot;
  }
  if (call.is_ordered) {
    (first == no_slot ? first : calls[last].next) = slot;
    last = slot;
  }
  return slot;
}

bool ServerState::take(Time now, Event& event) {
  Message& message = event.message;
  if (message.type != MessageType::call && message.type != MessageType::oneway) {
    if (is_control_frame(message)) {
      ++dropped;
      return false;
    }
    return take_bad(event, make_error(Errc::invalid_type, "the message is no call"));
  }
  has_multiplexed |= allows_any_order(message) && is_ttheader(message.flavour.transport);
  event.oneway = message.type == MessageType::oneway;
  if (plan != nullptr) {
    if (const MethodPlan* const method = plan->find(message.service, message.method)) {
      event.oneway = method->oneway();
    } else {
      message.error = why_not(*plan, message);
      message.outcome = Outcome::unknown_method;
      if (!tells_unknown) {
        reject(message, *message.error);
        return false;
      }
      event.error = message.error;
    }
  }
  event.kind = Event::Kind::call;
  if (event.oneway) {
    return true;
  }
  if (calls.used() >= limits.calls) {
    reject(message, make_error(Errc::overloaded, "too many calls are in flight"));
    return false;
  }
  const std::uint32_t slot = add_call(message);
  if (slot == no_slot) {
    close(Error(Errc::no_memory));
    return false;
  }
  event.call = {.value = calls.id(slot)};
  const std::optional<std::string_view> timeout = message.int_keys.find(int_key::rpc_timeout);
  if (const std::optional<std::uint32_t> ms = timeout ? read_decimal(*timeout) : std::nullopt;
      ms && now <= never - milliseconds(*ms)) {
    event.deadline = calls[slot].deadline = now + milliseconds(*ms);
    if (!add_deadline(event.deadline, event.call.value, Timed::call)) {
      close(Error(Errc::no_memory));
      return false;
    }
  }
  return true;
}

bool ServerState::take_bad(Event& event, Error&& why) {
  if (event.message.flavour.streaming) {
    const std::uint32_t slot = stream_numbers.find(event.message.sequence);
    return slot != no_slot ? fail_stream(event, slot, std::move(why)) : (++dropped, false);
  }
  if (event.message.method.empty()) {
    event.message.seqid = static_cast<std::int32_t>(event.message.sequence);
  }
  if (why.code() == Errc::invalid_type) {  // of the message, not of something in a body
    reject(event.message,
           make_error(why.code(), why.message(), ApplicationException::invalid_message_type));
  } else {
    reject(event.message, why);
  }
  tell_failure(event, Event::Kind::bad_message, std::move(why));
  return true;
}

bool ServerState::expire_call(Event& event, std::uint64_t id) {
  calls[calls.find(id)].deadline = never;
  event.call = {.value = id};
  tell_failure(event, Event::Kind::expired,
               make_error(Errc::deadline_exceeded, "the caller waits no longer"));
  return true;
}

void ServerState::drain() {
  if (std::exchange(is_draining, true) || !has_multiplexed || !open) {
    return;
  }
  Result<void> done = without_throwing([&] { return write_close_notice(out.bytes()); });
  if (!done) {
    close(std::move(done.error()));
  }
}

// ---- Answers

Result<void> ServerState::write_answer(const Served& call, const Message* message,
                                       const Error* error, const PayloadCodec* codec, Chain& to) {
  Message* const it = out.begin();
  if (it == nullptr || (message != nullptr && !copy_pairs(*message, *it))) {
    return std::unexpected(Error(Errc::no_memory));
  }
  it->flavour = call.flavour;
  it->flags = call.flags;
  it->sequence = call.sequence;
  it->seqid = call.seqid;
  it->method = call.method;
  it->type = MessageType::reply;
  if (codec != nullptr) {
    it->service = call.service;
  }
  if (message != nullptr) {
    it->body = message->body;
    it->outcome = message->outcome;  // which body a codec of bare ones takes it for
  }
  if (error != nullptr) {
    it->type = MessageType::exception;
    it->error = *error;
  }
  if (is_draining && is_ttheader(call.flavour.transport)) {
    if (Result<void> done = it->pairs.add(close_key, "1"); !done) {
      return done;
    }
  }
  return out.write(limits.frame, codec, to);
}

Result<void> ServerState::reply(std::uint64_t id, const Message* message, const Error* error,
                                const PayloadCodec* codec) {
  if (id == 0) {
    return {};  // oneway
  }
  const std::uint32_t slot = calls.find(id);
  if (!open || slot == no_slot || calls[slot].is_answered) {
    return std::unexpected(make_error(Errc::not_found, "the call has ended"));
  }
  Served& call = calls[slot];
  if (!call.is_ordered || slot == first) {
    if (Result<void> done = write_answer(call, message, error, codec, out.bytes()); !done) {
      return done;
    }
    end(slot);
    return {};
  }
  std::unique_ptr<Chain> early(new (std::nothrow) Chain);
  if (early == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  if (Result<void> done = write_answer(call, message, error, codec, *early); !done) {
    return done;
  }
  early_bytes += early->size();
  call.early = std::move(early);
  call.is_answered = true;
  return {};
}

// The call is answered, by what is in the output, or needs no answer.
void ServerState::end(std::uint32_t slot) noexcept {
  Served& call = calls[slot];
  if (!call.is_ordered) {
    calls.remove(slot);
    return;
  }
  call.is_answered = true;
  flush();
}

// Sends the answers whose turn it is. Where memory is lacking they wait for the next time.
void ServerState::flush() noexcept {
  while (first != no_slot && calls[first].is_answered) {
    Served& call = calls[first];
    if (call.early != nullptr) {
      const std::size_t bytes = call.early->size();
      if (!out.bytes().append(std::move(*call.early))) {
        return;
      }
      early_bytes -= bytes;
    }
    calls.remove(std::exchange(first, call.next));
  }
}

bool ServerState::no_reply(std::uint64_t id) noexcept {
  const std::uint32_t slot = calls.find(id);
  if (slot == no_slot || calls[slot].is_answered) {
    return false;
  }
  end(slot);
  return true;
}

// Answers a message that is not told.
void ServerState::reject(const Message& message, const Error& why) {
  if (message.type == MessageType::oneway) {
    return;
  }
  const std::uint32_t slot = add_call(message);
  if (slot == no_slot) {
    return close(Error(Errc::no_memory));
  }
  const std::uint64_t id = calls.id(slot);
  Result<void> done = reply(id, nullptr, &why, nullptr);
  if (!done && done.error().code() != Errc::no_memory) {
    const Error without_text(why.code());  // it may be no text of the protocol
    done = reply(id, nullptr, &without_text, nullptr);
  }
  if (!done) {
    close(std::move(done.error()));
  }
}

// ---- Streams

void ServerState::reset_unknown(const Message& message, const Error& why) {
  Stream stream;
  stream.number = message.sequence;
  stream.protocol = message.flavour.protocol;
  write_reset(stream, why);
}

bool ServerState::take_unknown_stream(Event& event, FrameType type) {
  Message& message = event.message;
  if (type != FrameType::header) {
    ++dropped;
    return false;
  }
  if (message.sequence > 0x7FFFFFFF) {
    reset_unknown(message, make_error(Errc::bad_frame, "a stream's number is not positive"));
    return false;
  }
  if (streams.used() >= limits.streams) {
    reset_unknown(message, make_error(Errc::overloaded, "too many streams are open"));
    return false;
  }
  if (plan != nullptr && plan->find(message.service, message.method) == nullptr) {
    message.error = why_not(*plan, message);
    message.outcome = Outcome::unknown_method;
    if (!tells_unknown) {
      reset_unknown(message, *message.error);
      return false;
    }
    event.error = message.error;
  }
  const std::uint32_t slot = add_stream(message.sequence, message.method);
  if (slot == no_slot) {
    close(Error(Errc::no_memory));
    return false;
  }
  streams[slot].protocol = message.flavour.protocol;
  streams[slot].has_header = true;
  fill(event, Event::Kind::stream_opened, slot);
  return true;
}

Result<void> ServerState::send_header(std::uint64_t id, const Message& message) {
  const std::uint32_t slot = streams.find(id);
  if (!open || slot == no_slot || streams[slot].has_sent_header) {
    return std::unexpected(make_error(Errc::not_found, "the stream has ended or has its headers"));
  }
  Result<void> done =
      write_frame_of(streams[slot], FrameType::header, Body::raw(Bytes()), &message, nullptr);
  streams[slot].has_sent_header = done.has_value();
  return done;
}

ServerState& server_of(ConnectionHandle& state) { return static_cast<ServerState&>(state); }

}  // namespace
}  // namespace detail

Result<ServerConnection> ServerConnection::make(const ServerOptions& options) {
  auto* const state = new (std::nothrow) detail::ServerState(options);
  if (state == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  return ServerConnection(state);
}

Result<void> ServerConnection::reply(CallId call, const Message& message,
                                     const PayloadCodec* codec) {
  if (message.type == MessageType::exception) {
    const Error unknown(Errc::internal);
    return detail::server_of(state()).reply(call.value, &message,
                                            message.error ? &*message.error : &unknown, nullptr);
  }
  return detail::server_of(state()).reply(call.value, &message, nullptr, codec);
}

Result<void> ServerConnection::fail(CallId call, const Error& error) {
  return detail::server_of(state()).reply(call.value, nullptr, &error, nullptr);
}

bool ServerConnection::no_reply(CallId call) noexcept {
  return detail::server_of(state()).no_reply(call.value);
}

Result<void> ServerConnection::send_header(StreamId stream, const Message& message) {
  return detail::server_of(state()).send_header(stream.value, message);
}

}  // namespace wirejit::rpc
