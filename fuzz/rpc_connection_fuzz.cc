// Two connections, a client and a server, joined by a shuffler that cuts what they send into pieces,
// delays, damages and truncates it, while both ends call, answer, cancel, stream, drain and close.
// Input: a byte for the flavour, a byte for the limits, then one byte for each step, with operands.
//
// What must hold: as long as nothing was damaged, each call that was answered gets the answer to its own
// body, once; each call ends by one event at most, and all have ended with the connection; owners of the
// bytes that were received are released once; the tables stay within their limits.
#include <wirejit/rpc/connection.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::fuzz {
namespace {

[[noreturn]] void disagree(const char* what) {
  std::fprintf(stderr, "DISAGREEMENT: %s\n", what);
  std::abort();
}

void require(bool holds, const char* what) {
  if (!holds) {
    disagree(what);
  }
}

// The bytes of the input; zeros after its end.
class Steps {
 public:
  explicit Steps(Bytes bytes) : left_(bytes) {}
  [[nodiscard]] bool done() const { return left_.empty(); }
  std::uint8_t next() {
    if (left_.empty()) {
      return 0;
    }
    const std::uint8_t byte = left_.front();
    left_ = left_.subspan(1);
    return byte;
  }

 private:
  Bytes left_;
};

constexpr rpc::Flavour flavours[] = {
    {.transport = rpc::Transport::ttheader, .protocol = rpc::Protocol::thrift_binary},
    {.transport = rpc::Transport::ttheader_framed, .protocol = rpc::Protocol::kitex_protobuf},
    {.transport = rpc::Transport::ttheader_framed, .protocol = rpc::Protocol::thrift_compact},
    {.transport = rpc::Transport::theader, .protocol = rpc::Protocol::thrift_compact},
    {.transport = rpc::Transport::framed, .protocol = rpc::Protocol::thrift_binary},
    {.transport = rpc::Transport::framed, .protocol = rpc::Protocol::thrift_json},
    {.transport = rpc::Transport::unframed, .protocol = rpc::Protocol::thrift_binary},
    {.transport = rpc::Transport::unframed, .protocol = rpc::Protocol::thrift_compact},
    {.transport = rpc::Transport::unframed, .protocol = rpc::Protocol::thrift_json},
    {.transport = rpc::Transport::framed, .protocol = rpc::Protocol::kitex_protobuf},
};

// A body that says which call it belongs to.
std::string body_of(rpc::Protocol protocol, std::uint64_t call) {
  using namespace std::string_literals;
  const std::string digits = std::to_string(call);
  const auto size = static_cast<char>(digits.size());
  switch (protocol) {
    case rpc::Protocol::thrift_json: return "{\"1\":{\"str\":\"" + digits + "\"}}";
    case rpc::Protocol::thrift_compact: return "\x18"s + size + digits + "\0"s;
    case rpc::Protocol::kitex_protobuf: return "\x0A"s + size + digits;
    default: return "\x0B\0\x01\0\0\0"s + size + digits + "\0"s;
  }
}

std::string body_text(const rpc::Message& message) {
  std::string all(message.body.text());
  if (message.body.chain() != nullptr) {
    for (const Bytes piece : message.body.chain()->spans()) {
      all += as_text(piece);
    }
  }
  return all;
}

// What one end has sent and the other has not received.
struct Wire {
  std::deque<std::uint8_t> bytes;
  bool is_cut = false;

  void take(Chain& output) {
    for (const Bytes segment : output.spans()) {
      if (!is_cut) {
        bytes.insert(bytes.end(), segment.begin(), segment.end());
      }
    }
    output.clear();
  }
};

struct World {
  std::size_t alive = 0;  // owners
  bool is_damaged = false;
  rpc::Time now = 0;
  rpc::Flavour flavour;
  rpc::ConnectionLimits limits;
  std::unique_ptr<rpc::ClientConnection> client;
  std::unique_ptr<rpc::ServerConnection> server;
  Wire to_server;
  Wire to_client;
  rpc::Event client_event;
  rpc::Event server_event;
  std::map<std::uint64_t, rpc::CallId> waiting;  // calls of the client by their user
  std::vector<std::pair<rpc::CallId, std::string>> served;
  std::vector<rpc::StreamId> client_streams;
  std::vector<rpc::StreamId> server_streams;
  std::uint64_t calls = 0;
  bool has_client_ended = false;
  bool has_server_ended = false;
};

void deliver(World& w, Wire& wire, rpc::Connection& to, std::size_t size, bool linked) {
  const std::size_t n = std::min(size, wire.bytes.size());
  std::string piece(wire.bytes.begin(), wire.bytes.begin() + static_cast<std::ptrdiff_t>(n));
  wire.bytes.erase(wire.bytes.begin(), wire.bytes.begin() + static_cast<std::ptrdiff_t>(n));
  if (!linked) {
    require(to.receive(as_bytes(piece)).has_value(), "receive failed");
    return;
  }
  ++w.alive;
  const auto owner =
      std::shared_ptr<std::string>(new std::string(std::move(piece)), [&w](std::string* text) {
        --w.alive;
        delete text;
      });
  Chain chain;
  require(chain.append_external(as_bytes(*owner), owner).has_value(), "append failed");
  require(to.receive(std::move(chain)).has_value(), "receive failed");
}

void client_events(World& w, unsigned most) {
  rpc::Event& event = w.client_event;
  while (most-- != 0 && w.client->next(w.now, event)) {
    require(!w.has_client_ended, "an event after the end of the client");
    switch (event.kind) {
      case rpc::Event::Kind::reply:
      case rpc::Event::Kind::failed: {
        const auto call = w.waiting.find(event.user);
        require(call != w.waiting.end() && call->second == event.call, "a call has ended twice");
        w.waiting.erase(call);
        require(w.is_damaged || event.kind != rpc::Event::Kind::reply ||
                    body_text(event.message) == body_of(w.flavour.protocol, event.user),
                "the answer to another call");
        require(event.kind == rpc::Event::Kind::reply || event.error.has_value(),
                "a failure without a reason");
        break;
      }
      case rpc::Event::Kind::closed:
        w.has_client_ended = true;
        require(w.waiting.empty(), "a call has outlived its connection");
        require(w.client->in_flight() == 0, "something is in flight after the end");
        require(w.is_damaged || !event.error || event.error->code() == Errc::unavailable ||
                    event.error->code() == Errc::cancelled,
                "a connection ended though nothing was damaged");
        break;
      case rpc::Event::Kind::none:
      case rpc::Event::Kind::call:
      case rpc::Event::Kind::expired:
      case rpc::Event::Kind::stream_opened:
      case rpc::Event::Kind::bad_message: disagree("an event of a server at the client");
      default: break;
    }
  }
}

void server_events(World& w, unsigned most) {
  rpc::Event& event = w.server_event;
  while (most-- != 0 && w.server->next(w.now, event)) {
    require(!w.has_server_ended, "an event after the end of the server");
    switch (event.kind) {
      case rpc::Event::Kind::call:
        require(event.oneway == (event.call == rpc::CallId()), "a oneway call is to be answered");
        w.served.emplace_back(event.call, body_text(event.message));
        break;
      case rpc::Event::Kind::stream_opened: w.server_streams.push_back(event.stream); break;
      case rpc::Event::Kind::bad_message:
        require(w.is_damaged, "a message is bad though nothing was damaged");
        break;
      case rpc::Event::Kind::closed:
        w.has_server_ended = true;
        require(w.is_damaged || !event.error || event.error->code() == Errc::unavailable ||
                    event.error->code() == Errc::cancelled,
                "a server ended though nothing was damaged");
        break;
      case rpc::Event::Kind::none:
      case rpc::Event::Kind::reply:
      case rpc::Event::Kind::failed:
      case rpc::Event::Kind::stream_header:
      case rpc::Event::Kind::stream_meta:
      case rpc::Event::Kind::draining: disagree("an event of a client at the server");
      default: break;
    }
    require(w.server->in_flight() <= w.limits.calls + w.limits.streams + 1,
            "more is in flight than the limits allow");
  }
}

void call(World& w, Steps& steps) {
  const std::uint8_t how = steps.next();
  const std::uint64_t user = ++w.calls;
  const std::string body = body_of(w.flavour.protocol, user);
  rpc::Message message;
  message.method = how % 2 == 0 ? "ping" : "a_method_with_a_long_name";
  message.body = rpc::Body::raw(as_bytes(body));
  rpc::CallParams params{.user = user};
  if (how & 0x10U) {
    params.deadline = w.now + 1 + (how >> 5U);
  }
  params.oneway = how % 8 == 7;
  const auto id = w.client->call(message, params, w.now);
  if (id && !*params.oneway) {
    w.waiting[user] = *id;
  }
  require(w.client->in_flight() <= w.limits.calls + w.limits.streams, "too many calls in flight");
}

void answer(World& w, Steps& steps) {
  if (w.served.empty()) {
    return;
  }
  const std::uint8_t how = steps.next();
  const std::size_t at = how % w.served.size();
  const auto [id, body] = w.served[at];
  w.served.erase(w.served.begin() + static_cast<std::ptrdiff_t>(at));
  rpc::Message message;
  message.body = rpc::Body::raw(as_bytes(body));
  const Result<void> done = how % 5 == 4 ? w.server->fail(id, Error(Errc::internal, "it broke"))
                                         : w.server->reply(id, message);
  require(done || done.error().code() == Errc::not_found, "an answer failed");
  require(id == rpc::CallId() || !w.server->reply(id, message), "a call was answered twice");
}

void stream(World& w, Steps& steps) {
  const std::uint8_t how = steps.next();
  const bool at_client = how % 2 == 0;
  std::vector<rpc::StreamId>& ids = at_client ? w.client_streams : w.server_streams;
  rpc::Connection& end = at_client ? static_cast<rpc::Connection&>(*w.client) : *w.server;
  const std::string_view text = "\x03\x00\x01\x05\x00";
  if (ids.empty() || (at_client && how % 16 == 0)) {
    rpc::Message message;
    message.method = "watch";
    if (const auto id = w.client->open(message, {.deadline = w.now + 5}, w.now)) {
      w.client_streams.push_back(*id);
    }
    return;
  }
  const rpc::StreamId id = ids[(how >> 4U) % ids.size()];
  switch (how / 2 % 4) {
    case 0: (void)end.finish(id); break;
    case 1: end.reset(id, Error(Errc::cancelled)); break;
    default: (void)end.send(id, rpc::Body::raw(as_bytes(text))); break;
  }
}

void step(World& w, Steps& steps) {
  const std::uint8_t what = steps.next();
  switch (what % 16) {
    case 0:
    case 1:
    case 2: call(w, steps); break;
    case 3:
    case 4: answer(w, steps); break;
    case 5: stream(w, steps); break;
    case 6:
      w.to_server.take(w.client->output());
      deliver(w, w.to_server, *w.server, std::size_t{1} + steps.next(), what >= 0x80);
      break;
    case 7:
      w.to_client.take(w.server->output());
      deliver(w, w.to_client, *w.client, std::size_t{1} + steps.next(), what >= 0x80);
      break;
    case 8: client_events(w, std::uint8_t{1} + steps.next() % 8U); break;
    case 9: server_events(w, std::uint8_t{1} + steps.next() % 8U); break;
    case 10: w.now += what >> 4U; break;
    case 11:
      if (!w.waiting.empty()) {
        const auto call = w.waiting.begin();
        require(w.client->cancel(call->second), "a call that waits was not cancelled");
        w.waiting.erase(call);
      }
      break;
    case 12: {  // a byte is changed, or one is lost
      Wire& wire = what >= 0x80 ? w.to_server : w.to_client;
      const std::size_t at = std::size_t{steps.next()} * 3;
      if (at < wire.bytes.size()) {
        w.is_damaged = true;
        if (what & 0x10U) {
          wire.bytes.erase(wire.bytes.begin() + static_cast<std::ptrdiff_t>(at));
        } else {
          wire.bytes[at] ^= static_cast<std::uint8_t>(1U << (what >> 5U & 7U));
        }
      }
      break;
    }
    case 13:  // bytes of a stranger
      w.is_damaged = true;
      (what >= 0x80 ? w.to_server : w.to_client).bytes.push_back(steps.next());
      break;
    case 14:
      if (what >= 0xC0) {
        w.client->drain();
      } else if (what >= 0x80) {
        w.server->drain();
      }
      break;
    default:
      if (what >= 0xE0) {
        w.client->end_of_input();
      } else if (what >= 0xC0) {
        w.server->end_of_input();
      } else if (what >= 0xA0) {
        w.client->close(Error(Errc::cancelled, "closed"));
      } else {  // what is on its way is lost
        w.to_client.is_cut = w.to_server.is_cut = true;
      }
      break;
  }
  (void)w.client->wants_read();
  (void)w.client->writable();
  (void)w.client->deadline();
}

void run(Bytes input) {
  Steps steps(input);
  World w;
  const std::uint8_t kind = steps.next();
  const std::uint8_t size = steps.next();
  w.flavour = flavours[kind % std::size(flavours)];
  w.limits.calls = 1 + size % 16U;
  w.limits.streams = 1 + size / 16U;
  w.limits.frame.frame_bytes = 4096;
  w.limits.output_high = 2048;
  w.limits.output_bytes = 16'384;
  Result<rpc::ClientConnection> client = rpc::ClientConnection::make(
      {.flavour = w.flavour, .multiplex = kind < 0x80, .limits = w.limits});
  Result<rpc::ServerConnection> server = rpc::ServerConnection::make({.limits = w.limits});
  require(client && server, "no connections");
  w.client = std::make_unique<rpc::ClientConnection>(std::move(*client));
  w.server = std::make_unique<rpc::ServerConnection>(std::move(*server));
  while (!steps.done()) {
    step(w, steps);
  }
  // The rest of what was sent arrives, and then the connection ends.
  for (int k = 0; k < 4; ++k) {
    w.to_server.take(w.client->output());
    deliver(w, w.to_server, *w.server, w.to_server.bytes.size(), k % 2 == 0);
    server_events(w, 1000);
    w.to_client.take(w.server->output());
    deliver(w, w.to_client, *w.client, w.to_client.bytes.size(), k % 2 == 0);
    client_events(w, 1000);
  }
  w.client->end_of_input();
  w.server->end_of_input();
  for (int k = 0; k < 1000 && !w.has_client_ended; ++k) {
    client_events(w, 1000);
  }
  require(w.has_client_ended && w.waiting.empty(), "the client has not ended");
  w.client_event.clear();
  w.server_event.clear();
  w.client.reset();
  w.server.reset();
  require(w.alive == 0, "an owner was not released");
}

}  // namespace
}  // namespace wirejit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  wirejit::fuzz::run({data, size});
  return 0;
}
