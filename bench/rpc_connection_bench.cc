// Calls between a client and a server connection in one thread: what both ends together take for a
// call, without a socket. 1,000 calls are in flight before the first answer is read.
#include "bench/measure.h"

#include <wirejit/rpc/connection.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::bench {
namespace {

constexpr std::size_t in_flight = 1000;

struct Ends {
  rpc::ClientConnection client;
  rpc::ServerConnection server;
  rpc::Event client_event;
  rpc::Event server_event;
  std::vector<std::string> bodies;  // structs of Thrift Binary, all of the same size
  rpc::Time now = 0;
};

// Structs with one binary field, different in each.
std::vector<std::string> make_bodies(std::size_t size) {
  using namespace std::string_literals;
  std::vector<std::string> bodies;
  for (std::size_t k = 0; k < 64; ++k) {
    const std::size_t text = size - 8;
    std::string body = "\x0B\0\x01"s;
    for (int shift = 24; shift >= 0; shift -= 8) {
      body += static_cast<char>(text >> shift);
    }
    for (std::size_t i = 0; i < text; ++i) {
      body += static_cast<char>('a' + (i * 7 + k) % 26);
    }
    body += '\0';
    bodies.push_back(std::move(body));
  }
  return bodies;
}

// Hands over what is to be sent, in the memory that it was written to: the copies that a socket makes
// are not measured.
bool move_bytes(rpc::Connection& from, rpc::Connection& to) {
  return to.receive(std::move(from.output())).has_value();
}

bool serve(Ends& ends) {
  while (ends.server.next(ends.now, ends.server_event)) {
    rpc::Message reply;
    reply.body = ends.server_event.message.body;
    if (ends.server_event.kind != rpc::Event::Kind::call ||
        !ends.server.reply(ends.server_event.call, reply)) {
      return false;
    }
  }
  return true;
}

// 1,000 calls, each with an answer of the same body.
bool call_all(Ends& ends, rpc::Time deadline) {
  rpc::Message message;
  message.method = "place_order";
  for (std::size_t k = 0; k < in_flight; ++k) {
    message.body = rpc::Body::raw(as_bytes(ends.bodies[k % ends.bodies.size()]));
    if (!ends.client.call(message, {.deadline = deadline, .user = k}, ends.now)) {
      return false;
    }
  }
  if (ends.client.in_flight() != in_flight) {
    return false;
  }
  std::size_t answered = 0;
  while (ends.client.in_flight() != 0) {
    if (!move_bytes(ends.client, ends.server) || !serve(ends) ||
        !move_bytes(ends.server, ends.client)) {
      return false;
    }
    while (ends.client.next(ends.now, ends.client_event)) {
      const std::size_t k = ends.client_event.user % ends.bodies.size();
      if (ends.client_event.kind != rpc::Event::Kind::reply ||
          ends.client_event.message.body.bytes().size() != ends.bodies[k].size()) {
        return false;
      }
      ++answered;
    }
  }
  return answered == in_flight;
}

void run(benchmark::State& state, rpc::Flavour flavour, std::size_t size, rpc::Time deadline) {
  rpc::ConnectionLimits limits;
  limits.output_high = std::size_t{16} << 20;  // the server answers all that has come
  Result<rpc::ClientConnection> client =
      rpc::ClientConnection::make({.flavour = flavour, .limits = limits});
  Result<rpc::ServerConnection> server = rpc::ServerConnection::make({.limits = limits});
  if (!client || !server) {
    return skip(state, "no connection");
  }
  const auto ends = std::make_unique<Ends>(std::move(*client), std::move(*server));
  ends->bodies = make_bodies(size);
  if (!call_all(*ends, deadline)) {
    return skip(state, "not all calls were answered");
  }
  measure(state, in_flight * 2 * size, [&] { return call_all(*ends, deadline); });
  state.counters["per_call"] = benchmark::Counter(
      in_flight, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

}  // namespace

void add_rpc_connection() {
  struct Row {
    std::string_view name;
    rpc::Flavour flavour;
  };
  const std::array rows{
      Row{"ttheader", {.transport = rpc::Transport::ttheader}},
      Row{"theader", {.transport = rpc::Transport::theader}},
      Row{"framed", {.transport = rpc::Transport::framed}},
      Row{"unframed", {.transport = rpc::Transport::unframed}},
  };
  for (const Row& row : rows) {
    for (const auto& [text, size] : {std::pair<std::string_view, std::size_t>{"64B", 64},
                                     std::pair<std::string_view, std::size_t>{"1KB", 1024}}) {
      add(name("call", row.name, text, "wirejit"),
          [row, size = size](benchmark::State& s) { run(s, row.flavour, size, rpc::never); });
    }
  }
  add(name("call", "ttheader", "1KB", "wirejit-deadline"),
      [rows](benchmark::State& s) { run(s, rows[0].flavour, 1024, rpc::seconds(3600)); });
}

}  // namespace wirejit::bench
