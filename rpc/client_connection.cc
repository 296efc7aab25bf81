// The end that calls. Entry: ClientConnection. Invariant: an answer ends the call that has its number
// and its name, or no call; each call ends by one event, unless it was cancelled.
#include "connection_state.h"

#include <wirejit/rpc/metainfo.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <new>
#include <utility>

namespace wirejit::rpc {

namespace detail {
namespace {

// Numbers of the wire are positive, as some peers have them in 32 bits with a sign.
constexpr std::uint32_t largest_number = 0x7FFFFFFF;

struct Call {
  std::uint32_t generation = 0;
  std::uint32_t next = no_slot;  // in the order of the calls, or of those that failed
  std::uint32_t number = 0;      // on the wire
  bool is_over = false;          // expired or cancelled: its answer is waited for and dropped
  bool has_failed = false;       // a later call was answered before it
  std::uint64_t user = 0;
  Time deadline = never;
  std::string method;

  void clear() noexcept { method.clear(); }
};

// Slots in a row.
struct Line {
  std::uint32_t first = no_slot;
  std::uint32_t last = no_slot;
};

bool has_sequence(Transport transport) {
  return transport == Transport::theader || transport == Transport::ttheader ||
         transport == Transport::ttheader_framed;
}

bool is_ttheader(Transport transport) {
  return transport == Transport::ttheader || transport == Transport::ttheader_framed;
}

struct ClientState final : ConnectionState {
  explicit ClientState(const ClientOptions& some)
      : ConnectionState(some.limits),
        flavour(some.flavour),
        plan(some.plan),
        any_flavour(some.any_flavour),
        in_order(!some.multiplex || !has_sequence(some.flavour.transport)) {}

  Result<CallId> call(const Message& message, const CallParams& params, Time now);
  Result<StreamId> open_stream(const Message& message, const CallParams& params, Time now);
  bool cancel(std::uint64_t id) noexcept;

  bool take(Time now, Event& event) override;
  bool take_bad(Event& event, Error&& why) override;
  bool take_unknown_stream(Event&, FrameType) override {
    ++dropped;
    return false;
  }
  bool tell(Event& event) override;
  bool expire_call(Event& event, std::uint64_t id) override;
  bool is_live_call(std::uint64_t id, Time at) noexcept override {
    const std::uint32_t slot = calls.find(id);
    return slot != no_slot && calls[slot].deadline == at && !calls[slot].is_over &&
           !calls[slot].has_failed;
  }
  bool end_call(Event& event) override;
  std::size_t calls_in_flight() const noexcept override { return calls.used(); }
  void drain() override { is_draining = true; }
  bool may_take() const noexcept override { return true; }
  bool is_client() const noexcept override { return true; }

 private:
  [[nodiscard]] Result<void> check_open(const CallParams& params, Time now) const;
  [[nodiscard]] bool is_oneway(const Message& message, const CallParams& params) const;
  [[nodiscard]] std::uint32_t take_number() noexcept;
  [[nodiscard]] std::uint32_t add_call(std::uint32_t number, const Message& message,
                                       const CallParams& params) noexcept;
  [[nodiscard]] Result<void> write_call(const Message& message, const CallParams& params,
                                        std::uint32_t number, bool oneway, Time now);
  void remove(std::uint32_t slot) noexcept;
  void drop_first() noexcept;
  [[nodiscard]] std::uint32_t find_call(Event& event, std::optional<Error>& why);
  [[nodiscard]] bool was_used(std::uint32_t number) const noexcept;
  [[nodiscard]] bool accepts(const Flavour& came) const noexcept;
  bool finish(Event& event, std::uint32_t slot, std::optional<Error>&& why);

  Flavour flavour;
  std::shared_ptr<const Plan> plan;
  Slots<Call> calls;
  NumberTable<OwnNumbers> numbers;
  Line order;   // where answers come in order
  Line failed;  // those whose answers were passed over
  std::uint32_t last_number = 0;
  std::uint32_t ending_call_at = 0;  // calls before this one have ended with the connection
  bool has_wrapped = false;
  bool any_flavour;
  bool in_order;
  bool tells_drain = false;  // an event of that kind comes next
  bool has_told_drain = false;
};

// ---- Calls

Result<void> ClientState::check_open(const CallParams& params, Time now) const {
  if (!open || has_ended_input) {
    return std::unexpected(make_error(Errc::unavailable, "the connection has ended"));
  }
  if (is_draining) {
    return std::unexpected(make_error(Errc::unavailable, "the connection takes no more calls"));
  }
  if (params.deadline <= now) {
    return std::unexpected(
        make_error(Errc::deadline_exceeded, "the deadline was over before the call"));
  }
  return check_room();
}

bool ClientState::is_oneway(const Message& message, const CallParams& params) const {
  if (params.oneway) {
    return *params.oneway;
  }
  if (plan != nullptr) {
    if (const MethodPlan* const method = plan->find(message.service, message.method)) {
      return method->oneway();
    }
  }
  return message.type == MessageType::oneway;
}

std::uint32_t ClientState::take_number() noexcept {
  do {
    has_wrapped |= last_number == largest_number;
    last_number = last_number == largest_number ? 1 : last_number + 1;
  } while (numbers.find(last_number) != no_slot || stream_numbers.find(last_number) != no_slot);
  return last_number;
}

bool ClientState::was_used(std::uint32_t number) const noexcept {
  return number != 0 && number <= largest_number && (has_wrapped || number <= last_number);
}

std::uint32_t ClientState::add_call(std::uint32_t number, const Message& message,
                                    const CallParams& params) noexcept {
  const std::uint32_t slot = calls.add();
  if (slot == no_slot) {
    return no_slot;
  }
  Call& call = calls[slot];
  call.number = number;
  call.is_over = call.has_failed = false;
  call.user = params.user;
  call.deadline = params.deadline;
  if (!has_memory([&] { call.method = message.method; }) || !numbers.add(number, slot)) {
    calls.remove(slot);
    return no_slot;
  }
  if (!add_deadline(params.deadline, calls.id(slot), Timed::call)) {
    remove(slot);
    return no_slot;
  }
  return slot;
}

void ClientState::remove(std::uint32_t slot) noexcept {
  numbers.remove(calls[slot].number);
  calls.remove(slot);
}

Result<CallId> ClientState::call(const Message& message, const CallParams& params, Time now) {
  if (Result<void> ready = check_open(params, now); !ready) {
    return std::unexpected(std::move(ready.error()));
  }
  if (calls.used() >= limits.calls) {
    return std::unexpected(make_error(Errc::overloaded, "too many calls are in flight"));
  }
  if (message.service.empty() && message.method.contains(':')) {
    return std::unexpected(
        make_error(Errc::wrong_method, "what stands in front of ':' is the name of a service"));
  }
  const bool oneway = is_oneway(message, params);
  const std::uint32_t number = take_number();
  const std::uint32_t slot = oneway ? no_slot : add_call(number, message, params);
  if (slot == no_slot && !oneway) {
    return std::unexpected(Error(Errc::no_memory));
  }
  if (Result<void> done = write_call(message, params, number, oneway, now); !done) {
    if (!oneway) {
      remove(slot);
    }
    return std::unexpected(std::move(done.error()));
  }
  if (oneway) {
    return CallId{.value = std::numeric_limits<std::uint64_t>::max()};
  }
  if (in_order) {
    (order.first == no_slot ? order.first : calls[order.last].next) = slot;
    order.last = slot;
  }
  return CallId{.value = calls.id(slot)};
}

Result<void> ClientState::write_call(const Message& message, const CallParams& params,
                                     std::uint32_t number, bool oneway, Time now) {
  Message* const it = out.begin();
  if (it == nullptr || !copy_pairs(message, *it)) {
    return std::unexpected(Error(Errc::no_memory));
  }
  it->service = message.service;
  it->method = message.method;
  it->type = oneway ? MessageType::oneway : MessageType::call;
  it->seqid = static_cast<std::int32_t>(number);
  it->sequence = number;
  it->flags = static_cast<std::uint16_t>(message.flags & ~flag::streaming);
  if (has_sequence(flavour.transport) && !in_order) {
    it->flags |= flag::out_of_order;
  }
  it->flavour = flavour;
  it->acl_token = message.acl_token;
  it->body = message.body;
  if (is_ttheader(flavour.transport) && params.deadline != never &&
      !message.int_keys.find(int_key::rpc_timeout)) {
    // Peers read 32 bits: so many milliseconds are 24 days. No `now` is before the deadline by more
    // than a Time holds, but for one below zero.
    constexpr Time longest = std::numeric_limits<std::int32_t>::max();
    const bool is_far = now < 0 && params.deadline > never + now;
    const Time left = (is_far ? never : params.deadline - now) / milliseconds(1);
    const auto ms = static_cast<std::uint64_t>(std::clamp(left, Time{1}, longest));
    if (Result<void> done = it->int_keys.add(int_key::rpc_timeout, out.digits(ms)); !done) {
      return done;
    }
  }
  return out.write(limits.frame, params.codec, out.bytes());
}

bool ClientState::cancel(std::uint64_t id) noexcept {
  const std::uint32_t slot = calls.find(id);
  if (slot == no_slot || calls[slot].is_over) {
    return false;
  }
  if (calls[slot].has_failed || (in_order && open)) {  // it is in a line
    calls[slot].is_over = true;
  } else {
    remove(slot);
  }
  return true;
}

bool ClientState::expire_call(Event& event, std::uint64_t id) {
  const std::uint32_t slot = calls.find(id);
  Call& call = calls[slot];
  event.call = {.value = id};
  event.user = call.user;
  tell_failure(event, Event::Kind::failed,
               make_error(Errc::deadline_exceeded, "no answer came before the deadline"));
  if (in_order) {
    call.is_over = true;
  } else {
    remove(slot);
  }
  return true;
}

// ---- Answers

bool ClientState::accepts(const Flavour& came) const noexcept {
  const auto alike = [](Transport a, Transport b) {
    return a == b || (is_ttheader(a) && is_ttheader(b));
  };
  return any_flavour ||
         (alike(came.transport, flavour.transport) && came.protocol == flavour.protocol);
}

// The first in the order of the calls ends.
void ClientState::drop_first() noexcept {
  const std::uint32_t slot = order.first;
  order.first = calls[slot].next;
  calls[slot].next = no_slot;
}

// The call that an answer is for, or no_slot: it is dropped. `why`: the call has failed.
std::uint32_t ClientState::find_call(Event& event, std::optional<Error>& why) {
  const Message& message = event.message;
  const bool by_header = !in_order && has_sequence(message.flavour.transport);
  const std::uint32_t number =
      by_header ? message.sequence : static_cast<std::uint32_t>(message.seqid);
  std::uint32_t slot = numbers.find(number);
  if (slot != no_slot && calls[slot].has_failed) {
    return no_slot;
  }
  if (in_order) {
    if (slot == no_slot) {
      // An exception may have any number: proxies write 0. That of an earlier call was answered.
      if (order.first == no_slot || (was_used(number) && number != 0)) {
        return no_slot;
      }
      slot = order.first;
      if (message.type != MessageType::exception) {
        why = make_error(Errc::wrong_sequence, "the answer has a number that no call has");
      }
    }
    // Calls before it were passed over.
    while (order.first != slot) {
      const std::uint32_t passed = order.first;
      drop_first();
      if (calls[passed].is_over) {
        remove(passed);
        continue;
      }
      calls[passed].has_failed = true;
      (failed.first == no_slot ? failed.first : calls[failed.last].next) = passed;
      failed.last = passed;
    }
    drop_first();
    return slot;
  }
  if (slot != no_slot && message.type != MessageType::exception &&
      static_cast<std::uint32_t>(message.seqid) != number) {
    why = make_error(Errc::wrong_sequence, "the answer has another number than its header");
  }
  return slot;
}

bool ClientState::take(Time, Event& event) {
  Message& message = event.message;
  if (!has_told_drain && is_ttheader(message.flavour.transport) &&
      closes_connection(message.pairs)) {
    is_draining = tells_drain = true;
  }
  if (is_control_frame(message)) {
    return tells_drain ? tell(event) : (++dropped, false);
  }
  if (!accepts(message.flavour)) {
    close(make_error(Errc::protocol_mismatch, "the peer answers in another flavour"));
    return false;
  }
  std::optional<Error> why;
  const std::uint32_t slot = find_call(event, why);
  if (slot == no_slot || calls[slot].is_over) {
    if (slot != no_slot) {
      remove(slot);
    }
    ++dropped;
    return tell(event);
  }
  if (!why) {
    if (message.type == MessageType::exception) {
      const Result<Bytes> body = whole_body(event);
      why = body ? read_remote_error(message.flavour.protocol, *body, EventAccess::text(event))
                 : body.error();
      message.outcome = Outcome::application_exception;
      message.error = why;
    } else if (message.type != MessageType::reply) {
      why = make_error(Errc::invalid_type, "the answer is a call");
    } else if (message.method != calls[slot].method) {
      why = make_error(Errc::wrong_method, "the answer names another method");
    }
  }
  return finish(event, slot, std::move(why));
}

bool ClientState::take_bad(Event& event, Error&& why) {
  if (event.message.flavour.streaming) {
    const std::uint32_t slot = stream_numbers.find(event.message.sequence);
    return slot != no_slot ? fail_stream(event, slot, std::move(why)) : (++dropped, false);
  }
  std::uint32_t slot = no_slot;
  if (in_order) {
    slot = order.first;
    if (slot != no_slot) {
      drop_first();
    }
  } else if (has_sequence(event.message.flavour.transport)) {
    slot = numbers.find(event.message.sequence);
  }
  if (slot == no_slot || calls[slot].is_over) {
    if (slot != no_slot) {
      remove(slot);
    }
    ++dropped;
    return false;
  }
  return finish(event, slot, std::move(why));
}

bool ClientState::finish(Event& event, std::uint32_t slot, std::optional<Error>&& why) {
  event.call = {.value = calls.id(slot)};
  event.user = calls[slot].user;
  remove(slot);
  if (why) {
    tell_failure(event, Event::Kind::failed, std::move(*why));
    return true;
  }
  tell_business_error(event);
  event.kind =
      event.message.outcome == Outcome::bad_body ? Event::Kind::failed : Event::Kind::reply;
  return true;
}

// ---- What else is to be told

bool ClientState::tell(Event& event) {
  while (failed.first != no_slot) {
    const std::uint32_t slot = failed.first;
    failed.first = calls[slot].next;
    if (calls[slot].is_over) {
      remove(slot);
      continue;
    }
    event.clear();
    return finish(event, slot,
                  make_error(Errc::wrong_sequence, "a later call was answered before this one"));
  }
  if (tells_drain) {
    tells_drain = false;
    has_told_drain = true;
    event.clear();
    event.kind = Event::Kind::draining;
    return true;
  }
  return false;
}

bool ClientState::end_call(Event& event) {
  if (tell(event)) {
    return true;
  }
  for (;;) {
    const std::uint32_t slot = ending_call_at = calls.first_from(ending_call_at);
    if (slot == no_slot) {
      return false;
    }
    if (calls[slot].is_over) {
      remove(slot);
      continue;
    }
    return finish(event, slot, end_reason ? *end_reason : Error(Errc::unavailable));
  }
}

// ---- Streams

Result<StreamId> ClientState::open_stream(const Message& message, const CallParams& params,
                                          Time now) {
  if (Result<void> ready = check_open(params, now); !ready) {
    return std::unexpected(std::move(ready.error()));
  }
  if (message.method.empty()) {
    return std::unexpected(make_error(Errc::wrong_method, "a stream needs the name of its method"));
  }
  if (streams.used() >= limits.streams) {
    return std::unexpected(make_error(Errc::overloaded, "too many streams are open"));
  }
  const std::uint32_t slot = add_stream(take_number(), message.method);
  if (slot == no_slot) {
    return std::unexpected(Error(Errc::no_memory));
  }
  Stream& stream = streams[slot];
  stream.user = params.user;
  stream.deadline = params.deadline;
  stream.has_sent_header = true;
  stream.protocol =
      flavour.protocol == Protocol::kitex_protobuf ? Protocol::protobuf : Protocol::thrift_struct;
  Result<void> done =
      add_deadline(params.deadline, streams.id(slot), Timed::stream)
          ? write_frame_of(stream, FrameType::header, Body::raw(Bytes()), &message, nullptr)
          : std::unexpected(Error(Errc::no_memory));
  if (!done) {
    remove_stream(slot);
    return std::unexpected(std::move(done.error()));
  }
  return StreamId{.value = streams.id(slot)};
}

ClientState& client_of(ConnectionHandle& state) { return static_cast<ClientState&>(state); }

}  // namespace
}  // namespace detail

Result<ClientConnection> ClientConnection::make(const ClientOptions& options) {
  const Flavour& flavour = options.flavour;
  const Protocol protocol = flavour.protocol;
  if (flavour.transport == Transport::grpc || flavour.streaming ||
      protocol == Protocol::thrift_struct || protocol == Protocol::protobuf ||
      (protocol == Protocol::kitex_protobuf && flavour.transport != Transport::framed &&
       flavour.transport != Transport::ttheader_framed)) {
    return std::unexpected(
        detail::make_error(Errc::unsupported, "calls cannot be made in this flavour"));
  }
  auto* const state = new (std::nothrow) detail::ClientState(options);
  if (state == nullptr) {
    return std::unexpected(Error(Errc::no_memory));
  }
  return ClientConnection(state);
}

Result<CallId> ClientConnection::call(const Message& message, const CallParams& params, Time now) {
  return detail::client_of(state()).call(message, params, now);
}

bool ClientConnection::cancel(CallId call) noexcept {
  return detail::client_of(state()).cancel(call.value);
}

Result<StreamId> ClientConnection::open(const Message& message, const CallParams& params,
                                        Time now) {
  return detail::client_of(state()).open_stream(message, params, now);
}

}  // namespace wirejit::rpc
