// wirejit call: one call, or one stream, over a socket.
#include "call_arguments.h"
#include "commands.h"
#include "files.h"
#include "frame_text.h"
#include "progress.h"
#include "report.h"
#include "socket.h"

#include <poll.h>

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace wirejit::tools {
namespace {

struct Arguments {
  PlanArguments plan;
  std::string address;
  std::string method;
  std::string data = "{}";
  std::string transport = "auto";
  std::string protocol;
  std::vector<std::string> headers;
  std::int64_t timeout = 10'000;
  bool multiplexed = false;
  bool verbose = false;
};

const std::map<std::string, rpc::Transport> transports{
    {"framed", rpc::Transport::framed},
    {"ttheader", rpc::Transport::ttheader},
    {"ttheader-framed", rpc::Transport::ttheader_framed},
    {"theader", rpc::Transport::theader},
    {"unframed", rpc::Transport::unframed}};
const std::map<std::string, rpc::Protocol> protocols{
    {"binary", rpc::Protocol::thrift_binary},
    {"compact", rpc::Protocol::thrift_compact},
    {"json", rpc::Protocol::thrift_json},
    {"kitex-protobuf", rpc::Protocol::kitex_protobuf}};

// What is called, and how the call is written.
struct Target {
  const Arguments& arguments;
  const Plans& plans;
  const rpc::MethodPlan& method;
  rpc::Flavour flavour;
  rpc::Message message;
  std::string data;
  rpc::Time deadline;
};

bool is_stream(const rpc::MethodPlan& method) { return method.streaming() != Streaming::unary; }

rpc::Flavour flavour_of(const Arguments& a, const rpc::MethodPlan& method) {
  const bool is_protobuf = method.is_protobuf();
  const auto protocol = protocols.find(a.protocol);
  const auto transport = transports.find(a.transport);
  const rpc::Transport usual = is_stream(method) ? rpc::Transport::ttheader
                               : is_protobuf     ? rpc::Transport::ttheader_framed
                                                 : rpc::Transport::framed;
  return {.transport = transport == transports.end() ? usual : transport->second,
          .protocol = protocol != protocols.end() ? protocol->second
                      : is_protobuf               ? rpc::Protocol::kitex_protobuf
                                                  : rpc::Protocol::thrift_binary};
}

Status fail(const Target& target, const Error& error, Status status) {
  complain(printable(target.arguments.address + ": " + target.arguments.method + ": " +
                     error.to_string()));
  return status;
}
Status fail(const Target& target, const Error& error) {
  return fail(target, error, status_of(error.code()));
}

// What the peer said of itself, or what went wrong with it.
Status failed(const Target& target, const rpc::Event& event) {
  const bool is_peer = event.message.outcome == rpc::Outcome::application_exception ||
                       event.message.outcome == rpc::Outcome::business_error ||
                       event.message.type == rpc::MessageType::exception;
  const Error error = event.error           ? *event.error
                      : event.message.error ? *event.message.error
                                            : Error(Errc::internal, "no reason");
  return is_peer ? fail(target, error, Status::peer) : fail(target, error);
}

Status print(std::string_view text) {
  const Result<void> written = write_stdout(std::string(text) + "\n");
  return written ? Status::ok : Status::io;
}

// The answer to a call.
Status answered(const Target& target, rpc::Event& event) {
  const auto codec = codec_of(event.message.flavour.protocol, target.plans.replies);
  Arena arena;
  rpc::Want want;
  want.body = rpc::Body::Kind::json;
  want.method = target.method.name();
  want.is_reply = true;
  if (const Result<void> read =
          codec ? event.decode(**codec, want, arena) : std::unexpected(codec.error());
      !read) {
    return fail(target, read.error());
  }
  switch (event.message.outcome) {
    case rpc::Outcome::success: return print(event.message.body.text());
    case rpc::Outcome::declared_exception: {
      const Status status = print(event.message.body.text());
      return status == Status::ok ? Status::thrown : status;
    }
    default: return failed(target, event);
  }
}

// Sends the lines of the data as long as the connection takes them, then says that they were all.
class Requests {
 public:
  explicit Requests(const Target& target) : target_(target), left_(target.data) {}
  Result<void> send(rpc::ClientConnection& connection, rpc::StreamId stream) {
    while (!is_done_ && connection.writable()) {
      left_.remove_prefix(std::min(left_.find_first_not_of(" \t\r\n"), left_.size()));
      if (left_.empty()) {
        is_done_ = true;
        return connection.finish(stream);
      }
      const std::string_view line = left_.substr(0, left_.find('\n'));
      left_.remove_prefix(line.size());
      const Result<Chain> data = data_of_json(target_.plans.requests, target_.method, false, line);
      const Result<void> done =
          data ? connection.send(stream, rpc::Body::raw(*data)) : std::unexpected(data.error());
      if (!done) {
        return done;
      }
    }
    return {};
  }

 private:
  const Target& target_;
  std::string_view left_;
  bool is_done_ = false;
};

// What an event of a stream means: nothing, as long as the stream goes on.
std::optional<Status> streamed(const Target& target, const rpc::Event& event) {
  if (event.kind == rpc::Event::Kind::stream_data) {
    const Result<std::string> text = json_of_data(target.plans.requests, target.method, true,
                                                  as_bytes(bytes_of(event.message.body)));
    const Status status = text ? print(*text) : fail(target, text.error());
    return status == Status::ok ? std::nullopt : std::optional(status);
  }
  if (event.kind == rpc::Event::Kind::stream_end && !event.error) {
    return Status::ok;
  }
  return event.kind == rpc::Event::Kind::stream_end
             ? std::optional(fail(target, *event.error, Status::peer))
         : event.kind == rpc::Event::Kind::stream_failed ? std::optional(failed(target, event))
                                                         : std::nullopt;
}

Status drive(const Target& target, rpc::ClientConnection& connection, Trace* trace) {
  const Result<std::shared_ptr<const rpc::PayloadCodec>> codec =
      codec_of(target.flavour.protocol, target.plans.requests);
  const Result<Socket> socket = connect_to(target.arguments.address, target.deadline);
  if (!codec || !socket) {
    return fail(target, codec ? socket.error() : codec.error());
  }
  rpc::CallParams params;
  params.deadline = target.deadline;
  params.codec = codec->get();
  std::optional<Requests> requests;
  rpc::StreamId stream;
  bool is_sent_only = false;
  if (is_stream(target.method)) {
    const Result<rpc::StreamId> id = connection.open(target.message, params, now());
    if (!id) {
      return fail(target, id.error());
    }
    stream = *id;
    requests.emplace(target);
  } else {
    if (const auto id = connection.call(target.message, params, now()); !id) {
      return fail(target, id.error());
    }
    is_sent_only = target.method.oneway();
  }
  rpc::Event event;
  for (;;) {
    while (connection.next(now(), event)) {
      using Kind = rpc::Event::Kind;
      if (event.kind == Kind::reply) {
        return answered(target, event);
      }
      if (event.kind == Kind::failed || event.kind == Kind::closed) {
        return failed(target, event);
      }
      if (const std::optional<Status> end = requests ? streamed(target, event) : std::nullopt) {
        return *end;
      }
    }
    if (const Result<void> sent = requests ? requests->send(connection, stream) : Result<void>();
        !sent) {
      return fail(target, sent.error());
    }
    if (is_sent_only && connection.output().empty()) {
      return Status::ok;
    }
    pollfd ready{.fd = socket->get(), .events = wanted(connection), .revents = 0};
    (void)::poll(&ready, 1, milliseconds_until(std::min(connection.deadline(), target.deadline)));
    if (is_sent_only && now() >= target.deadline) {
      return fail(target, Error(Errc::deadline_exceeded, "the call was not sent in time"));
    }
    transfer(*socket, ready.revents, connection, trace);
  }
}

// Pairs of a header; a key that is a number is an integer key of TTHeader.
Result<void> add_headers(const Arguments& a, rpc::Message& message) {
  for (const std::string& header : a.headers) {
    const std::size_t equals = header.find('=');
    const std::string_view key = std::string_view(header).substr(0, equals);
    const std::string_view value = std::string_view(header).substr(equals + 1);
    const bool is_number = key.find_first_not_of("0123456789") == std::string_view::npos;
    const Result<void> added =
        is_number ? message.int_keys.add(static_cast<std::uint16_t>(std::stoi(header)), value)
                  : message.pairs.add(key, value);
    if (!added) {
      return added;
    }
  }
  return {};
}

Result<std::string> data_of(const std::string& data) {
  if (data != "-" && !data.starts_with('@')) {
    return data;
  }
  Progress progress(Progress::Kind::off);
  const Result<std::vector<std::uint8_t>> bytes =
      read_input(data == "-" ? data : data.substr(1), progress);
  return bytes ? Result<std::string>(as_text(*bytes)) : std::unexpected(bytes.error());
}

void show(const Target& target, const Trace& trace) {
  std::string text;
  for (const bool is_answer : {false, true}) {
    const std::string& bytes = is_answer ? trace.received : trace.sent;
    text +=
        std::string(is_answer ? "received " : "sent ") + std::to_string(bytes.size()) + " bytes\n";
    (void)describe_frames(as_bytes(bytes),
                          {.plan = target.plans.requests, .from_server = is_answer, .bytes = true},
                          text);
  }
  (void)std::fputs(text.c_str(), stderr);
}

Status run(const Arguments& a) {
  const std::size_t slash = a.method.rfind('/');
  const std::size_t begin = a.method.starts_with('/') ? 1 : 0;
  const std::string service =
      slash == std::string::npos || slash < begin ? "" : a.method.substr(begin, slash - begin);
  const std::string name = slash == std::string::npos ? a.method : a.method.substr(slash + 1);
  const Result<Plans> plans = load_plans(a.plan, service);
  if (!plans) {
    return status_of(plans.error().code());
  }
  const rpc::Plan& plan = *plans->requests;
  const rpc::MethodPlan* const method = plan.find("", name);
  if (method == nullptr) {
    complain(printable(a.method + ": " + plan.why_not("", name).to_string()));
    return Status::schema;
  }
  Result<std::string> data = data_of(a.data);
  if (!data) {
    complain(data.error().message());
    return Status::io;
  }
  Target target{.arguments = a,
                .plans = *plans,
                .method = *method,
                .flavour = flavour_of(a, *method),
                .message = {},
                .data = std::move(*data),
                .deadline = now() + rpc::milliseconds(a.timeout)};
  const rpc::Transport transport = target.flavour.transport;
  const bool is_ttheader =
      transport == rpc::Transport::ttheader || transport == rpc::Transport::ttheader_framed;
  if (!a.headers.empty() && !is_ttheader && transport != rpc::Transport::theader) {
    complain("--header: " + std::string(to_string(transport)) + " has no headers");
    return Status::usage;
  }
  if (is_ttheader || a.multiplexed) {
    target.message.service = method->service().name;
  }
  target.message.method = method->name();
  target.message.body = rpc::Body::json(target.data);
  Result<rpc::ClientConnection> connection =
      rpc::ClientConnection::make({.flavour = target.flavour, .plan = plans->requests});
  if (const Result<void> added = add_headers(a, target.message); !added || !connection) {
    return fail(target, added ? connection.error() : added.error());
  }
  Trace trace;
  const Status status = drive(target, *connection, a.verbose ? &trace : nullptr);
  if (a.verbose) {
    show(target, trace);
  }
  return status;
}

template <class E>
std::vector<std::string> names_of(const std::map<std::string, E>& words,
                                  std::vector<std::string> names = {}) {
  for (const auto& [name, value] : words) {
    names.push_back(name);
  }
  return names;
}

}  // namespace

void add_call(CLI::App& app, Status& status) {
  const auto a = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("call", "Call a method of a server by its name, with JSON");
  command->footer(
      std::string(
          "Example: wirejit call 127.0.0.1:9090 Shop/buy -d '{\"line\": {\"sku\": \"A-1\"}}' "
          "--idl shop.thrift\n\n"
          "The data has the arguments by their names; of a Protobuf method it is the request. What "
          "the method returns is printed as JSON (null for void), exit code 0; an exception that "
          "it "
          "declares as {\"name\": {...}}, exit code 6; any other error of the server is one line "
          "on "
          "standard error, exit code 7. A oneway method returns as soon as the call is sent. The "
          "data "
          "of a streaming method is one JSON text a line, and so is what is printed.\n\n") +
      status_help);
  command->add_option("address", a->address, "HOST:PORT, or unix:PATH")->required();
  command
      ->add_option("method", a->method, "Service/method; the method alone, if one service has it")
      ->required();
  command->add_option("-d,--data", a->data, "JSON; @FILE; - for standard input; {} without this")
      ->type_name("JSON|@FILE|-");
  add_plan(*command, a->plan, true);
  command
      ->add_option("--transport", a->transport,
                   "auto: framed; ttheader for streams; ttheader-framed for Protobuf")
      ->check(CLI::IsMember(names_of(transports, {"auto"})).description(""))
      ->type_name("auto|framed|ttheader|ttheader-framed|theader|unframed");
  command
      ->add_option("--protocol", a->protocol,
                   "Without this: binary for Thrift, kitex-protobuf for Protobuf")
      ->check(CLI::IsMember(names_of(protocols)).description(""))
      ->type_name("binary|compact|json|kitex-protobuf");
  command
      ->add_option("-H,--header", a->headers,
                   "A pair of TTHeader or THeader (repeatable); a key that is a number is an "
                   "integer key of TTHeader")
      ->check(CLI::Validator(
          [](const std::string& text) {
            const std::string key = text.substr(0, text.find('='));
            const bool is_number = key.find_first_not_of("0123456789") == std::string::npos;
            return key.empty() || key.size() == text.size()                  ? "expected KEY=VALUE"
                   : is_number && (key.size() > 5 || std::stoi(key) > 65535) ? "too large a number"
                                                                             : std::string();
          },
          ""))
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("KEY=VALUE");
  command->add_flag(
      "--multiplexed", a->multiplexed,
      "Write the service in front of the method's name, for servers of several services");
  command->add_option("--timeout", a->timeout, "For the whole call; 10000 without this")
      ->check(CLI::Range(1, 86'400'000).description(""))
      ->type_name("MS");
  command->add_flag("-v,--verbose", a->verbose,
                    "Show the bytes both ways, layer by layer, on standard error");
  command->callback([a, &status] { status = run(*a); });
}

}  // namespace wirejit::tools
