// wirejit serve: answers calls, for tests of clients. One thread; several connections.
#include "call_arguments.h"
#include "commands.h"
#include "files.h"
#include "json_scan.h"
#include "progress.h"
#include "report.h"
#include "socket.h"

#include <wirejit/read_write.h>

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace wirejit::tools {
namespace {

constexpr std::size_t most_peers = 256;                    // more wait until one of these ends
constexpr rpc::Time drain_time = rpc::milliseconds(2000);  // for calls in flight at the end

struct Arguments {
  PlanArguments plan;
  std::string address;
  std::string replies;
  bool echo = false;
};

// {"$biz": {"code": 1, "message": "", "extra": {}}}, and the text of {"$error": ""}.
struct Business {
  std::int32_t code = 0;
  std::string message;
};

}  // namespace
}  // namespace wirejit::tools

WIREJIT_STRUCT(wirejit::tools::Business, (1, code), (2, message))

namespace wirejit::tools {
namespace {

// One connection.
struct Peer {
  Socket socket;
  rpc::ServerConnection connection;
  std::map<std::uint64_t, std::string> last{};  // of streams of several requests and one response
};

class Server {
 public:
  Server(const Arguments& arguments, Plans plans, std::string replies)
      : arguments_(arguments), plans_(std::move(plans)), replies_(std::move(replies)) {}

  // Serves until SIGTERM or SIGINT, then until all calls are answered.
  Status run(const Socket& listener, int signals) {
    rpc::Time end = rpc::never;
    while (end == rpc::never || (!peers_.empty() && now() < end)) {
      const bool accepts = end == rpc::never && peers_.size() < most_peers;
      std::vector<pollfd> ready{
          {.fd = signals, .events = POLLIN, .revents = 0},
          {.fd = accepts ? listener.get() : -1, .events = POLLIN, .revents = 0}};
      rpc::Time deadline = end;
      for (Peer& peer : peers_) {
        ready.push_back({.fd = peer.socket.get(), .events = wanted(peer.connection), .revents = 0});
        deadline = std::min(deadline, peer.connection.deadline());
      }
      if (::poll(ready.data(), ready.size(), milliseconds_until(deadline)) < 0) {
        continue;
      }
      std::size_t index = 2;
      for (Peer& peer : peers_) {
        transfer(peer.socket, ready[index++].revents, peer.connection);
        while (peer.connection.next(now(), event_)) {
          handle(peer);
        }
      }
      if (ready[0].revents != 0 && end == rpc::never) {
        end = now() + drain_time;
        std::ranges::for_each(peers_, [](Peer& peer) { peer.connection.drain(); });
      }
      std::erase_if(peers_, [&](Peer& peer) {
        const bool is_idle = end != rpc::never && peer.connection.in_flight() == 0;
        return peer.connection.output().empty() && (is_idle || !peer.connection.is_open());
      });
      if (ready[1].revents != 0) {
        accept(listener);
      }
    }
    return Status::ok;
  }

 private:
  void accept(const Socket& listener) {
    Socket socket(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    Result<rpc::ServerConnection> made = rpc::ServerConnection::make({.plan = plans_.requests});
    if (socket.get() >= 0 && made) {
      peers_.push_back({.socket = std::move(socket), .connection = std::move(*made)});
    }
  }

  void handle(Peer& peer) {
    using Kind = rpc::Event::Kind;
    const Result<void> done = event_.kind == Kind::call            ? answer(peer)
                              : event_.kind == Kind::stream_opened ? opened(peer)
                              : event_.kind == Kind::stream_data   ? echo_data(peer)
                              : event_.kind == Kind::stream_end    ? end_stream(peer)
                                                                   : Result<void>();
    if (event_.kind == Kind::stream_failed) {
      peer.last.erase(event_.stream.value);
    }
    if (done) {
      return;
    }
    rpc::Message trailers;
    trailers.error = done.error();
    const Result<void> told = event_.kind == Kind::call
                                  ? peer.connection.fail(event_.call, done.error())
                                  : peer.connection.finish(event_.stream, trailers);
    if (!told) {
      complain(printable(told.error().to_string()));
    }
  }

  // What --replies has for a method; without an address if it has nothing.
  [[nodiscard]] std::string_view reply_of(const rpc::MethodPlan& method) const {
    const std::string name(method.name());
    for (const std::string& key :
         {method.service().name + "." + name, method.service().name + "/" + name, name}) {
      if (const std::string_view found = json_member(replies_, key); found.data() != nullptr) {
        return found;
      }
    }
    return {};
  }

  Result<void> answer(Peer& peer) {
    const rpc::MethodPlan* const method =
        plans_.requests->find(event_.message.service, event_.message.method);
    const auto codec = codec_of(event_.message.flavour.protocol, plans_.requests);
    const auto writer = codec_of(event_.message.flavour.protocol, plans_.replies);
    if (method == nullptr) {
      return std::unexpected(
          plans_.requests->why_not(event_.message.service, event_.message.method));
    }
    if (!codec || !writer) {
      return std::unexpected(codec ? writer.error() : codec.error());
    }
    Arena arena;
    rpc::Want want;
    want.body = rpc::Body::Kind::json;
    const Result<void> read = event_.decode(**codec, want, arena);
    if (!read || event_.message.error) {
      return read ? std::unexpected(*event_.message.error) : read;
    }
    if (event_.oneway) {
      (void)peer.connection.no_reply(event_.call);
      return {};
    }
    rpc::Message reply;
    const Result<std::string> body =
        arguments_.echo ? echo_of(*method, event_.message.body.text()) : planned(*method, reply);
    if (!body) {
      return std::unexpected(body.error());
    }
    reply.body = body->empty() ? rpc::Body() : rpc::Body::json(*body);
    // An exception stands in the struct of the result, whose fields the other plan has.
    const bool is_thrown = reply.outcome == rpc::Outcome::declared_exception;
    return peer.connection.reply(event_.call, reply, (is_thrown ? codec : writer)->get());
  }

  // The first argument whose type is that of the result.
  static Result<std::string> echo_of(const rpc::MethodPlan& method, std::string_view arguments) {
    const Type& result = *method.method().result;
    if (method.is_protobuf()) {
      return same_shape(*method.args(), result) ? std::string(arguments)
                                                : Result<std::string>(no_echo(method));
    }
    if (result.kind == Kind::void_) {
      return "null";
    }
    for (const Field& field : method.method().args->fields) {
      const std::string_view value = json_member(arguments, field.json_name);
      if (same_shape(*field.type, result) && value.data() != nullptr) {
        return std::string(value);
      }
    }
    return no_echo(method);
  }
  static std::unexpected<Error> no_echo(const rpc::MethodPlan& method) {
    return std::unexpected(Error(Errc::internal, "no argument of " + std::string(method.name()) +
                                                     " has the type of its result"));
  }

  // What the file says; of a business error nothing, and its pairs.
  Result<std::string> planned(const rpc::MethodPlan& method, rpc::Message& reply) {
    const std::string_view value = reply_of(method);
    if (value.data() == nullptr) {
      return no_reply(method);
    }
    if (const std::string_view text = json_member(value, "$error"); text.data() != nullptr) {
      return failure(text);
    }
    if (const std::string_view text = json_member(value, "$biz"); text.data() != nullptr) {
      const Result<Business> business = json::read<Business>(text);
      const rpc::Transport transport = event_.message.flavour.transport;
      if (!business ||
          (transport != rpc::Transport::ttheader && transport != rpc::Transport::ttheader_framed)) {
        return std::unexpected(business
                                   ? Error(Errc::unsupported, "only TTHeader has business errors")
                                   : business.error());
      }
      pairs_ = {std::to_string(business->code), business->message,
                std::string(json_member(text, "extra"))};
      Result<void> added = reply.pairs.add("biz-status", pairs_[0]);
      added = added ? reply.pairs.add("biz-message", pairs_[1]) : added;
      added = added && !pairs_[2].empty() ? reply.pairs.add("biz-extra", pairs_[2]) : added;
      return added ? Result<std::string>(std::string()) : std::unexpected(added.error());
    }
    const auto throws = method.method().throws();
    if (std::ranges::any_of(throws, [&](const Field* field) {
          return json_member(value, field->json_name).data() != nullptr;
        })) {
      reply.outcome = rpc::Outcome::declared_exception;
    }
    return std::string(value);
  }
  // For a text in JSON.
  static std::unexpected<Error> failure(std::string_view json) {
    const Result<Business> text = json::read<Business>("{\"message\":" + std::string(json) + "}");
    return std::unexpected(text ? Error(Errc::internal, text->message) : text.error());
  }
  static std::unexpected<Error> no_reply(const rpc::MethodPlan& method) {
    return std::unexpected(
        Error(Errc::internal, "there is no reply for " + std::string(method.name())));
  }

  // ---- Streams, whose user is their method

  Result<void> opened(Peer& peer) {
    const rpc::MethodPlan* const method =
        plans_.requests->find(event_.message.service, event_.message.method);
    if (method == nullptr) {
      return std::unexpected(
          plans_.requests->why_not(event_.message.service, event_.message.method));
    }
    peer.connection.set_user(event_.stream, reinterpret_cast<std::uintptr_t>(method));
    return {};
  }
  [[nodiscard]] const rpc::MethodPlan& method_of_stream() const {
    return *reinterpret_cast<const rpc::MethodPlan*>(static_cast<std::uintptr_t>(event_.user));
  }

  Result<void> echo_data(Peer& peer) {
    if (!arguments_.echo || event_.user == 0) {
      return {};
    }
    const rpc::MethodPlan& method = method_of_stream();
    if (!same_shape(*method.request_type(), *method.response_type())) {
      return no_echo(method);
    }
    if (method.streaming() == Streaming::client) {
      peer.last[event_.stream.value] = bytes_of(event_.message.body);
      return {};
    }
    return peer.connection.send(event_.stream, event_.message.body);
  }

  Result<void> end_stream(Peer& peer) {
    if (event_.user == 0) {
      return {};
    }
    const rpc::MethodPlan& method = method_of_stream();
    Result<void> done;
    if (auto last = peer.last.extract(event_.stream.value); !last.empty()) {
      done = peer.connection.send(event_.stream, rpc::Body::raw(as_bytes(last.mapped())));
    }
    if (!arguments_.echo) {
      done = send_planned(peer, method);
    }
    return done ? peer.connection.finish(event_.stream) : done;
  }

  // The messages of an array, or the one that there is.
  Result<void> send_planned(Peer& peer, const rpc::MethodPlan& method) {
    const std::string_view value = reply_of(method);
    if (const std::string_view error = json_member(value, "$error");
        value.data() == nullptr || error.data() != nullptr) {
      return error.data() != nullptr ? failure(error) : no_reply(method);
    }
    const auto members = json_members(value);
    const bool is_list = members && (members->empty() || members->front().name.empty());
    for (const JsonMember& member :
         is_list ? *members : std::vector<JsonMember>{{.name = {}, .value = value}}) {
      const Result<Chain> data = data_of_json(plans_.requests, method, true, member.value);
      const Result<void> done = data ? peer.connection.send(event_.stream, rpc::Body::raw(*data))
                                     : std::unexpected(data.error());
      if (!done) {
        return done;
      }
    }
    return {};
  }

  const Arguments& arguments_;
  Plans plans_;
  std::string replies_;
  std::list<Peer> peers_;
  rpc::Event event_;
  std::array<std::string, 3> pairs_;
};

Status run(const Arguments& a) {
  const Result<Plans> plans = load_plans(a.plan);
  if (!plans) {
    return status_of(plans.error().code());
  }
  std::string replies;
  if (!a.replies.empty()) {
    Progress progress(Progress::Kind::off);
    const Result<std::vector<std::uint8_t>> file = read_input(a.replies, progress);
    if (!file) {
      complain(file.error().message());
      return Status::io;
    }
    replies = as_text(*file);
    if (const auto members = json_members(replies); !members) {
      complain(describe_error(members.error(), a.replies, *file, true));
      return Status::data;
    }
  }
  sigset_t set;
  (void)sigemptyset(&set);
  (void)sigaddset(&set, SIGTERM);
  (void)sigaddset(&set, SIGINT);
  (void)sigprocmask(SIG_BLOCK, &set, nullptr);
  const Socket signals(::signalfd(-1, &set, SFD_CLOEXEC));
  std::string shown;
  const Result<Socket> listener = listen_on(a.address, shown);
  if (!listener) {
    complain(printable(listener.error().message()));
    return status_of(listener.error().code());
  }
  if (!write_stdout(shown + "\n")) {
    return Status::io;
  }
  return Server(a, *plans, std::move(replies)).run(*listener, signals.get());
}

}  // namespace

void add_serve(CLI::App& app, Status& status) {
  const auto a = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("serve", "Answer calls, for tests of clients");
  command->footer(
      std::string(
          "Example: wirejit serve 127.0.0.1:0 --idl shop.thrift --echo\n\n"
          "Prints the address with the port that it listens on. Each call is answered in the "
          "transport and protocol that it came in; calls of several connections are answered by "
          "one "
          "thread. SIGTERM and SIGINT end it: calls in flight are answered, for two seconds at "
          "most.\n\n"
          "--echo: a method returns its first argument that has the type of its result (fields are "
          "compared by number and type), a void method nothing; without such an argument it fails. "
          "Streams send each message back; one of several requests and one response the last "
          "one.\n\n"
          "--replies: an object; \"Service.method\" is what the method returns, or {\"name\": "
          "{...}} "
          "for an exception that it declares, {\"$error\": \"text\"} for any other failure, or "
          "{\"$biz\": {\"code\": 1, \"message\": \"text\", \"extra\": {...}}} for a business "
          "error, "
          "which TTHeader can carry. A method of streams sends the messages of an array when its "
          "caller has sent all.\n\n") +
      status_help);
  command->add_option("address", a->address, "HOST:PORT, where port 0 is any, or unix:PATH")
      ->required();
  add_plan(*command, a->plan, true);
  CLI::Option* const echo = command->add_flag("--echo", a->echo, "Return what was sent");
  CLI::Option* const replies =
      command->add_option("--replies", a->replies, "What each method returns, as JSON")
          ->type_name("FILE");
  echo->excludes(replies);
  command->callback([a, &status] {
    if (!a->echo && a->replies.empty()) {
      throw CLI::RequiredError("--echo or --replies");
    }
    status = run(*a);
  });
}

}  // namespace wirejit::tools
