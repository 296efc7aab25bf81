/// @file
/// The servers: one thread, poll(), a rpc::ServerConnection for each connection. Bodies are JSON.
#include "common.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <list>
#include <optional>

namespace wirejit::interop {
namespace {

using tools::now;

struct Listener {
  std::string name;
  bool is_protobuf;
  tools::Socket socket;
  bool is_stopping = false;
};

struct Peer {
  std::uint64_t id;
  Listener* listener;
  tools::Socket socket;
  rpc::ServerConnection connection;
  std::map<std::uint64_t, Piece> sums{};           // of streams of gather
  std::map<std::uint64_t, std::string> streams{};  // their methods
};

// A call that is answered later.
struct Later {
  rpc::Time when;
  std::uint64_t peer;
  rpc::CallId call;
  rpc::Protocol protocol;
  std::int32_t milliseconds;
};

class Server {
 public:
  explicit Server(const Setup& setup) : setup_(setup) {}

  int run() {
    listen("thrift", false,
           "unframed-binary unframed-compact unframed-json framed-binary framed-compact "
           "framed-json unframed-accelerated framed-accelerated unframed-binary+multiplexed "
           "unframed-compact+multiplexed unframed-json+multiplexed framed-binary+multiplexed "
           "framed-compact+multiplexed framed-json+multiplexed theader-binary theader-compact "
           "theader-binary+zlib theader-compact+zlib ttheader ttheader+meta ttheader-framed "
           "ttheader-framed+meta mux mux+meta streams streams+meta ttheader+meta+stop");
    listen("mux", false, "mux mux+meta mux+meta+stop");
    listen("protobuf", true, "protobuf protobuf+meta");
    std::cout << "ready" << std::endl;
    while (turn()) {
    }
    return 0;
  }

 private:
  void listen(const std::string& name, bool is_protobuf, const std::string& rows) {
    std::string shown;
    tools::Socket socket = must(tools::listen_on("127.0.0.1:0", shown), name);
    std::cout << "listen " << name << " " << shown.substr(shown.rfind(':') + 1) << " " << rows
              << std::endl;
    listeners_.push_back({.name = name, .is_protobuf = is_protobuf, .socket = std::move(socket)});
  }

  // Waits, and does all that can be done then. False at the end of the input.
  bool turn() {
    std::vector<pollfd> ready{{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}};
    for (const Listener& listener : listeners_) {
      ready.push_back({.fd = listener.socket.get(), .events = POLLIN, .revents = 0});
    }
    rpc::Time deadline = rpc::never;
    for (const Later& later : laters_) {
      deadline = std::min(deadline, later.when);
    }
    for (Peer& peer : peers_) {
      ready.push_back(
          {.fd = peer.socket.get(), .events = tools::wanted(peer.connection), .revents = 0});
      deadline = std::min(deadline, peer.connection.deadline());
    }
    if (::poll(ready.data(), ready.size(), tools::milliseconds_until(deadline)) < 0) {
      return true;
    }
    if (ready[0].revents != 0) {
      std::array<char, 64> unused{};
      return ::read(STDIN_FILENO, unused.data(), unused.size()) > 0;
    }
    std::size_t index = 1 + listeners_.size();
    for (Peer& peer : peers_) {
      tools::transfer(peer.socket, ready[index++].revents, peer.connection);
      while (peer.connection.next(now(), event_)) {
        handle(peer);
      }
    }
    answer_later();
    index = 1;
    for (Listener& listener : listeners_) {
      if ((ready[index++].revents & POLLIN) != 0 && !listener.is_stopping) {
        accept(listener);
      }
    }
    std::erase_if(peers_, [](Peer& peer) {
      const bool is_done = peer.listener->is_stopping && peer.connection.in_flight() == 0;
      return peer.connection.output().empty() && (is_done || !peer.connection.is_open());
    });
    return true;
  }

  void accept(Listener& listener) {
    tools::Socket socket(
        ::accept4(listener.socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.get() >= 0) {
      peers_.push_back({.id = ++last_peer_,
                        .listener = &listener,
                        .socket = std::move(socket),
                        .connection = must(rpc::ServerConnection::make(
                            {.plan = setup_.plan(listener.is_protobuf)}))});
    }
  }

  void answer_later() {
    std::erase_if(laters_, [&](const Later& later) {
      if (later.when > now()) {
        return false;
      }
      const auto peer = std::ranges::find(peers_, later.peer, &Peer::id);
      if (peer != peers_.end()) {
        reply(*peer, later.call, must(json::write(NumberResult{later.milliseconds})),
              later.protocol);
      }
      return true;
    });
  }

  // Nobody waits for the answer if the call is gone: then the connection has told so.
  void reply(Peer& peer, rpc::CallId call, std::string_view json, rpc::Protocol protocol,
             rpc::Message message = {}) {
    message.body = json.empty() ? rpc::Body() : rpc::Body::json(json);
    if (const Result<void> done = peer.connection.reply(call, message, &setup_.codec(protocol));
        !done) {
      std::cerr << "reply: " << done.error() << std::endl;
      (void)peer.connection.fail(call, done.error());
    }
  }

  void handle(Peer& peer) {
    using Kind = rpc::Event::Kind;
    switch (event_.kind) {
      case Kind::call: answer(peer); return;
      case Kind::stream_opened: peer.streams[event_.stream.value] = event_.message.method; return;
      case Kind::stream_data:
      case Kind::stream_end: {
        const Result<void> done = stream(peer);
        if (!done) {
          std::cerr << "stream: " << done.error() << std::endl;
          peer.connection.reset(event_.stream, done.error());
        }
        return;
      }
      case Kind::stream_failed: peer.sums.erase(event_.stream.value); return;
      case Kind::bad_message:
      case Kind::closed:
        if (event_.error) {
          std::cerr << peer.listener->name << ": " << *event_.error << std::endl;
        }
        return;
      default: return;
    }
  }

  void answer(Peer& peer) {
    const rpc::CallId call = event_.call;
    const rpc::Protocol protocol = event_.message.flavour.protocol;
    Arena arena;
    rpc::Want want;
    want.body = rpc::Body::Kind::json;
    const Result<void> read = event_.decode(setup_.codec(protocol), want, arena);
    const std::optional<Error> wrong = read ? event_.message.error : read.error();
    if (wrong) {
      (void)peer.connection.fail(call, *wrong);
      return;
    }
    const std::string_view method = event_.message.method;
    const std::string_view given = event_.message.body.text();
    if (event_.oneway) {
      notes_ += method == "note" ? 1 : 0;
      (void)peer.connection.no_reply(call);
      if (method == "stop") {
        stop(*peer.listener);
      }
    } else if (method == "ping") {
      reply(peer, call, {}, protocol);
    } else if (method == "echo") {
      // {"value":X} becomes {"success":X}
      reply(peer, call, R"({"success")" + std::string(given.substr(8)), protocol);
    } else if (method == "EchoItem") {
      reply(peer, call, std::string(given), protocol);
    } else if (method == "join") {
      const Join join = must(json::read<Join>(given));
      const std::string text =
          std::to_string(join.first) + "/" + join.second + "/" + std::to_string(join.third.at(0)) +
          "+" + std::to_string(join.third.at(1)) + "/" + std::to_string(join.fourth.x) + "," +
          std::to_string(join.fourth.y) + "/" + std::to_string(join.fifth.at("k"));
      reply(peer, call, must(json::write(TextResult{text})), protocol);
    } else if (method == "divide") {
      const Divide divide = must(json::read<Divide>(given));
      reply(peer, call,
            divide.divisor == 0
                ? R"({"refused":{"code":1,"reason":"division by zero","hints":["try 1"]}})"
                : must(json::write(NumberResult{divide.dividend / divide.divisor})),
            protocol);
    } else if (method == "fail" || method == "FailItem") {
      (void)peer.connection.fail(call, Error(Errc::internal, must(json::read<Text>(given)).text));
    } else if (method == "notes") {
      reply(peer, call, must(json::write(NumberResult{notes_})), protocol);
    } else if (method == "business" || method == "RejectItem") {
      refuse(peer, call, must(json::read<Text>(given)).text, protocol);
    } else if (method == "meta") {
      meta(peer, call, must(json::read<Name>(given)).name, protocol);
    } else if (method == "wait") {
      const std::int32_t milliseconds = must(json::read<Wait>(given)).milliseconds;
      laters_.push_back({.when = now() + rpc::milliseconds(milliseconds),
                         .peer = peer.id,
                         .call = call,
                         .protocol = protocol,
                         .milliseconds = milliseconds});
    } else {
      (void)peer.connection.fail(
          call, Error(Errc::unknown_method, "unknown method " + std::string(method)));
    }
  }

  // A business error, which a TTHeader alone can carry.
  void refuse(Peer& peer, rpc::CallId call, const std::string& text, rpc::Protocol protocol) {
    const rpc::Transport transport = event_.message.flavour.transport;
    if (transport != rpc::Transport::ttheader && transport != rpc::Transport::ttheader_framed) {
      reply(peer, call, must(json::write(TextResult{text})), protocol);
      return;
    }
    rpc::Message message;
    must(message.pairs.add("biz-status", "1001"));
    must(message.pairs.add("biz-message", text));
    must(message.pairs.add("biz-extra", R"({"key":"value"})"));
    reply(peer, call, {}, protocol, std::move(message));
  }

  void meta(Peer& peer, rpc::CallId call, const std::string& name, rpc::Protocol protocol) {
    std::string value;
    for (const std::string& key : {name, "RPC_TRANSIT_" + name, "RPC_PERSIST_" + name}) {
      value = event_.message.pairs.find(key).value_or(value);
    }
    const std::string back = "back to " + name;
    rpc::Message message;
    must(message.pairs.add("backward", back));
    reply(peer, call, must(json::write(TextResult{value})), protocol, std::move(message));
  }

  // Takes no more connections, and ends those that it has when their calls are answered.
  void stop(Listener& listener) {
    listener.is_stopping = true;
    listener.socket = tools::Socket();
    for (Peer& peer : peers_) {
      if (peer.listener == &listener) {
        peer.connection.drain();
      }
    }
  }

  Result<void> send(Peer& peer, const Piece& piece) {
    const Result<Buffer> bytes = thrift::write(piece);
    return bytes ? peer.connection.send(event_.stream, rpc::Body::raw(bytes->bytes()))
                 : std::unexpected(bytes.error());
  }

  // Data, or the end of it.
  Result<void> stream(Peer& peer) {
    const std::string& method = peer.streams[event_.stream.value];
    if (event_.kind == rpc::Event::Kind::stream_end) {
      if (method == "gather") {
        const Result<void> sent = send(peer, peer.sums[event_.stream.value]);
        peer.sums.erase(event_.stream.value);
        if (!sent) {
          return sent;
        }
      }
      // The peer says so, too, of a stream that this end has finished.
      (void)peer.connection.finish(event_.stream);
      return {};
    }
    const Result<Piece> piece = thrift::read<Piece>(event_.message.body.bytes());
    if (!piece) {
      return std::unexpected(piece.error());
    }
    rpc::Message pairs;
    if (method == "gather") {
      Piece& sum = peer.sums[event_.stream.value];
      sum.number += piece->number;
      sum.text += piece->text;
      return {};
    }
    if (method == "spread") {
      must(pairs.pairs.add("head", "first"));
      Result<void> done = peer.connection.send_header(event_.stream, pairs);
      for (std::int32_t i = 0; i < piece->number && done; ++i) {
        done = send(peer, {.number = i, .text = piece->text});
      }
      pairs.clear();
      must(pairs.pairs.add("tail", "last"));
      return done ? peer.connection.finish(event_.stream, pairs) : done;
    }
    if (piece->text == "refuse") {
      must(pairs.pairs.add("biz-status", "1002"));
      must(pairs.pairs.add("biz-message", "refused"));
      must(pairs.pairs.add("biz-extra", R"({"key":"value"})"));
      return peer.connection.finish(event_.stream, pairs);
    }
    if (piece->text == "fail") {
      pairs.error = Error(Errc::internal, "told to fail");
      return peer.connection.finish(event_.stream, pairs);
    }
    return send(peer, {.number = 2 * piece->number, .text = piece->text});
  }

  const Setup& setup_;
  std::list<Listener> listeners_;
  std::list<Peer> peers_;
  std::vector<Later> laters_;
  std::uint64_t last_peer_ = 0;
  std::int64_t notes_ = 0;
  rpc::Event event_;
};

}  // namespace

int serve(const Setup& setup) { return Server(setup).run(); }

}  // namespace wirejit::interop
