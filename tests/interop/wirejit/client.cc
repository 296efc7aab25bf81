/// @file
/// The client: one connection for each transport, on which all calls are made. Bodies are JSON.
#include "common.h"

#include <poll.h>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <iostream>
#include <optional>
#include <set>

namespace wirejit::interop {
namespace {

using tools::now;

constexpr rpc::Time call_limit = rpc::seconds(5);

void equal(std::string_view got, std::string_view want) {
  if (got != want) {
    fail(std::string(got.substr(0, 300)) + " instead of " + std::string(want.substr(0, 300)));
  }
}

template <class T>
void one_of(T got, std::initializer_list<T> wanted) {
  if (std::ranges::find(wanted, got) == wanted.end()) {
    fail("code " + std::to_string(got));
  }
}

// What an answer was, with what it refers to.
struct Answer {
  rpc::Outcome outcome = rpc::Outcome::none;
  std::string text;
  std::optional<Error> error;
  std::map<std::string, std::string> pairs;
};

// A value of Everything, in the order of its fields.
std::string sample(std::string_view text, bool has_negative, bool has_flags) {
  return R"({"flag":true,"tiny":-8,"small":-1600,"medium":320000,"large":)" +
         std::string(has_negative ? "-" : "") + R"(6400000000,"ratio":0.1,"text":")" +
         std::string(text) +
         R"(","blob":"AAH+/w==","color":"GREEN","point":{"x":3,"y":-4,"label":"end"},)"
         R"("points":[{"x":1,"y":2},{"x":5,"y":6,"label":"end"}],"counts":{"one":1},"numbers":[7],)"
         R"("flags":)" +
         (has_flags ? "[true,false,true]" : "[]") + R"(,"nested":{"2":[{"x":9,"y":9}]}})";
}

class Row {
 public:
  Row(const Setup& setup, std::string name) : setup_(setup), name_(std::move(name)) {
    std::size_t plus = name_.find('+');
    kind_ = name_.substr(0, plus);
    while (plus != std::string::npos) {
      const std::size_t next = name_.find('+', plus + 1);
      options_.insert(name_.substr(plus + 1, next - plus - 1));
      plus = next;
    }
  }

  bool run(const std::string& address) {
    address_ = address;
    try {
      connect();
    } catch (const std::exception& problem) {
      check("connect", [&] { fail(problem.what()); });
      return false;
    }
    if (has("stop")) {
      stop();
    } else if (kind_ == "streams") {
      streams();
    } else if (kind_ == "protobuf") {
      protobuf();
    } else {
      thrift();
    }
    return !failed_;
  }

 private:
  [[nodiscard]] bool has(const std::string& option) const { return options_.contains(option); }
  [[nodiscard]] bool is_ttheader() const {
    return flavour_.transport == rpc::Transport::ttheader ||
           flavour_.transport == rpc::Transport::ttheader_framed;
  }

  void check(const std::string& name, const std::function<void()>& test) {
    std::string problem;
    try {
      test();
    } catch (const std::exception& error) {
      problem = error.what();
      failed_ = true;
    }
    std::cout << (problem.empty() ? "pass " : "fail ") << name_ << " " << name << " " << problem
              << std::endl;
  }

  // ---- The connection

  void connect() {
    const auto starts = [&](std::string_view text) { return kind_.starts_with(text); };
    flavour_.transport = starts("unframed-")         ? rpc::Transport::unframed
                         : starts("framed-")         ? rpc::Transport::framed
                         : starts("theader-")        ? rpc::Transport::theader
                         : starts("ttheader-framed") ? rpc::Transport::ttheader_framed
                         : starts("protobuf")        ? rpc::Transport::ttheader_framed
                                                     : rpc::Transport::ttheader;
    flavour_.protocol = kind_.ends_with("-compact") ? rpc::Protocol::thrift_compact
                        : kind_.ends_with("-json")  ? rpc::Protocol::thrift_json
                        : starts("protobuf")        ? rpc::Protocol::kitex_protobuf
                                                    : rpc::Protocol::thrift_binary;
    const bool is_protobuf = starts("protobuf");
    connection_.emplace(must(
        rpc::ClientConnection::make({.flavour = flavour_,
                                     .multiplex = kind_ != "ttheader" && kind_ != "ttheader-framed",
                                     .plan = setup_.plan(is_protobuf)})));
    socket_ = must(tools::connect_to(address_, now() + call_limit));
  }

  // Sends and receives until `done` says so, for at most `limit`. Events go to `done`.
  void pump(const std::function<bool(rpc::Event&)>& done, rpc::Time limit = call_limit) {
    const rpc::Time end = now() + limit;
    for (;;) {
      while (connection_->next(now(), event_)) {
        if (done(event_)) {
          return;
        }
      }
      if (now() >= end) {
        fail("no answer in time");
      }
      if (!connection_->is_open() && connection_->output().empty()) {
        fail("the connection has ended" + (ended_.empty() ? "" : ": " + ended_));
      }
      pollfd ready{.fd = socket_.get(), .events = tools::wanted(*connection_), .revents = 0};
      const rpc::Time next = std::min(end, connection_->deadline());
      if (::poll(&ready, 1, tools::milliseconds_until(next)) >= 0) {
        tools::transfer(socket_, ready.revents, *connection_);
      }
    }
  }

  // Takes what every wait must: the end of the connection, and that the server drains.
  void note(const rpc::Event& event) {
    if (event.kind == rpc::Event::Kind::closed && event.error) {
      ended_ = event.error->to_string();
    }
    is_draining_ = is_draining_ || event.kind == rpc::Event::Kind::draining;
  }

  rpc::CallId start(std::string_view service, std::string_view method, std::string_view json,
                    rpc::Message message = {}) {
    const bool names_service = is_ttheader() ? has("meta") : has("multiplexed");
    message.service = names_service ? service : std::string_view();
    message.method = method;
    message.body = rpc::Body::json(json);
    if (has("meta")) {
      must(message.int_keys.add(rpc::int_key::from_service, "wirejit"));
      must(message.int_keys.add(rpc::int_key::to_service, service));
      must(message.int_keys.add(rpc::int_key::to_method, method));
      must(message.int_keys.add(rpc::int_key::message_type, "1"));
    }
    return must(connection_->call(
        message, {.deadline = now() + call_limit, .codec = &setup_.codec(flavour_.protocol)},
        now()));
  }

  Answer read(rpc::Event& event) {
    Answer answer;
    if (event.kind == rpc::Event::Kind::reply) {
      Arena arena;
      rpc::Want want;
      want.body = rpc::Body::Kind::json;
      want.is_reply = true;
      must(event.decode(setup_.codec(event.message.flavour.protocol), want, arena));
      answer.text = event.message.body.text();
    }
    answer.outcome = event.message.outcome;
    answer.error = event.error ? event.error : event.message.error;
    event.message.pairs.for_each(
        [&](const rpc::TextPair& pair) { answer.pairs[std::string(pair.key)] = pair.value; });
    return answer;
  }

  Answer wait_for(rpc::CallId call) {
    Answer answer;
    pump([&](rpc::Event& event) {
      note(event);
      if (event.call != call ||
          (event.kind != rpc::Event::Kind::reply && event.kind != rpc::Event::Kind::failed)) {
        return false;
      }
      answer = read(event);
      return true;
    });
    return answer;
  }

  Answer call(std::string_view method, std::string_view json, rpc::Message message = {}) {
    const bool is_protobuf = kind_ == "protobuf";
    return wait_for(start(is_protobuf ? "Items" : "Interop", method, json, std::move(message)));
  }

  // The text of a result, which must be one.
  std::string success(const Answer& answer) {
    if (answer.outcome != rpc::Outcome::success) {
      fail(answer.error ? answer.error->to_string() : "no result but " + answer.text);
    }
    return answer.text;
  }

  void application_exception(const Answer& answer, std::initializer_list<std::int32_t> codes) {
    if (answer.outcome != rpc::Outcome::application_exception || !answer.error) {
      fail("no exception of the peer but " +
           (answer.error ? answer.error->to_string() : answer.text));
    }
    one_of(answer.error->remote_code(), codes);
  }

  void business_error(const std::optional<Error>& error, rpc::Outcome outcome, std::int32_t code,
                      const std::string& text, const std::map<std::string, std::string>& pairs) {
    if (outcome != rpc::Outcome::business_error || !error) {
      fail("no business error");
    }
    one_of(error->remote_code(), {code});
    equal(error->message(), text);
    const auto extra = pairs.find("biz-extra");
    equal(extra == pairs.end() ? "nothing" : extra->second, R"({"key":"value"})");
  }

  // A oneway call, which is sent at once.
  void tell(std::string_view method, std::string_view json) {
    (void)start("Interop", method, json);
    flush();
  }
  void flush() {
    while (!connection_->output().empty()) {
      pollfd ready{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
      if (::poll(&ready, 1, 5000) <= 0) {
        fail("nothing can be sent");
      }
      tools::transfer(socket_, static_cast<short>(ready.revents & ~POLLIN), *connection_);
    }
  }

  // ---- Cases

  void thrift() {
    bool answers = false;
    check("ping", [&] {
      (void)success(call("ping", "{}"));
      answers = true;
    });
    if (!answers) {
      return;
    }
    const bool has_flags = !has("no-flags");
    const auto echo = [&](std::string_view text) {
      const std::string value = sample(text, !has("no-negative"), has_flags);
      equal(success(call("echo", R"({"value":)" + value + "}")), R"({"success":)" + value + "}");
    };
    check("echo", [&] { echo("h\u00e9llo \u2603 \\\"q\\\""); });
    check("large", [&] { echo(std::string(300'000, 'x')); });
    check("join", [&] {
      equal(success(call("join", R"({"first":-5,"second":"two","third":[3,4],)"
                                 R"("fourth":{"x":6,"y":7},"fifth":{"k":8}})")),
            R"({"success":"-5/two/3+4/6,7/8"})");
    });
    check("divide", [&] {
      equal(success(call("divide", R"({"dividend":7,"divisor":2})")), R"({"success":3})");
    });
    check("exception", [&] {
      const Answer answer = call("divide", R"({"dividend":1,"divisor":0})");
      if (answer.outcome != rpc::Outcome::declared_exception) {
        fail("no declared exception but " + answer.text);
      }
      equal(answer.text, R"({"refused":{"code":1,"reason":"division by zero","hints":["try 1"]}})");
    });
    // Libraries have 6, an internal error, or 0.
    check("error",
          [&] { application_exception(call("fail", R"({"text":"told to fail"})"), {6, 0}); });
    check("oneway", [&] {
      reconnect_if_closed();
      const std::int64_t before = notes();
      tell("note", R"({"text":"a"})");
      tell("note", R"({"text":"b"})");
      // A server that multiplexes may answer the next call first.
      for (int i = 0; notes() != before + 2; ++i) {
        if (i == 100) {
          fail("notes are lost");
        }
        (void)::poll(nullptr, 0, 10);
      }
    });
    if (is_ttheader() && has("meta")) {
      check("business", [&] {
        const Answer answer = call("business", R"({"text":"no business"})");
        business_error(answer.error, answer.outcome, 1001, "no business", answer.pairs);
      });
    }
    check("wait",
          [&] { equal(success(call("wait", R"({"milliseconds":1})")), R"({"success":1})"); });
    metainfo();
    // A server that multiplexes does so whatever the client says.
    if (!has("no-order")) {
      check("in-flight", [&] { in_flight(); });
    }
    // A server of several services may say that it has no such service, or close the connection.
    check("unknown", [&] {
      const Answer answer = wait_for(start("Next", "unheard", R"({"text":"x"})"));
      if (!has("multiplexed") || !answer.error || answer.error->code() != Errc::unavailable) {
        application_exception(answer, {1, 20, 0, 7});
      }
    });
    check("after", [&] {
      reconnect_if_closed();
      (void)success(call("ping", "{}"));
    });
  }

  std::int64_t notes() {
    return must(json::read<NumberResult>(success(call("notes", "{}")))).success;
  }

  // Takes what comes within 20 ms.
  void settle() {
    try {
      pump(
          [&](rpc::Event& event) {
            note(event);
            return false;
          },
          rpc::milliseconds(20));
    } catch (const std::exception&) {
      // The time is over, or the connection has ended.
    }
  }

  // Kitex ends a connection after an error of the framework; multiplexed processors do, too.
  void reconnect_if_closed() {
    settle();
    if (!connection_->is_open()) {
      connect();
    }
  }

  void metainfo() {
    const bool is_theader = flavour_.transport == rpc::Transport::theader;
    if ((!is_theader && !is_ttheader()) || has("no-pairs")) {
      return;
    }
    const auto meta = [&](const std::string& prefix, const std::string& name,
                          const std::string& value) {
      const std::string key = prefix + name;
      rpc::Message message;
      must(message.pairs.add(key, value));
      const Answer answer = call("meta", must(json::write(Name{name})), std::move(message));
      equal(success(answer), must(json::write(TextResult{value})));
      const auto back = answer.pairs.find("backward");
      equal(back == answer.pairs.end() ? "nothing" : back->second, "back to " + name);
    };
    check("metainfo", [&] { meta(is_theader ? "" : "RPC_PERSIST_", "LASTING", "stays"); });
    if (!is_theader) {
      check("transient", [&] { meta("RPC_TRANSIT_", "PASSING", "goes"); });
    }
  }

  // Several calls at a time. Where order is free, the last and shortest is answered first.
  void in_flight() {
    std::map<std::uint64_t, int> waits;
    for (int milliseconds = 20; milliseconds > 0; milliseconds -= 2) {
      const std::string json = must(json::write(Wait{milliseconds}));
      waits[start("Interop", "wait", json).value] = milliseconds;
    }
    pump([&](rpc::Event& event) {
      note(event);
      const auto wait = waits.find(event.call.value);
      if (wait != waits.end() && event.kind != rpc::Event::Kind::none) {
        equal(success(read(event)), must(json::write(NumberResult{wait->second})));
        waits.erase(wait);
      }
      return waits.empty();
    });
  }

  void protobuf() {
    const std::string item =
        "{\"number\":150,\"text\":\"h\u00e9llo\","
        R"("values":["1","-2","1099511627776"],)"
        R"("parts":{"a":{"number":-1}}})";
    check("echo", [&] { equal(success(call("EchoItem", item)), item); });
    const std::string large = R"({"text":")" + std::string(300'000, 'x') + R"("})";
    check("large", [&] { equal(success(call("EchoItem", large)), large); });
    check("error",
          [&] { application_exception(call("FailItem", R"({"text":"told to fail"})"), {6}); });
    if (has("meta")) {
      check("business", [&] {
        reconnect_if_closed();
        const Answer answer = call("RejectItem", R"({"text":"no business"})");
        business_error(answer.error, answer.outcome, 1001, "no business", answer.pairs);
      });
    }
  }

  // The server stops: it answers what is in flight, and says that it wants no more.
  void stop() {
    check("before", [&] { (void)success(call("ping", "{}")); });
    check("in-flight", [&] {
      const rpc::CallId wait = start("Interop", "wait", R"({"milliseconds":400})");
      flush();
      (void)::poll(nullptr, 0, 100);
      if (kind_ == "mux") {
        tell("stop", "{}");
      } else {  // calls of one connection wait for each other
        Row other(setup_, name_);
        other.address_ = address_;
        other.connect();
        other.tell("stop", "{}");
        other.settle();
      }
      equal(success(wait_for(wait)), R"({"success":400})");
    });
    check("draining", [&] {
      if (!is_draining_) {
        try {
          (void)wait_for(start("Interop", "ping", "{}"));
        } catch (const std::exception&) {
          // It may have closed the connection by now.
        }
        settle();
      }
      if (!is_draining_) {
        fail("the server has not said that it stops");
      }
    });
    check("after", [&] {
      for (int i = 0; i < 100; ++i) {
        if (!tools::connect_to(address_, now() + call_limit)) {
          return;
        }
        (void)::poll(nullptr, 0, 50);
      }
      fail("the server has not stopped after five seconds");
    });
  }

  // ---- Streams

  struct Stream {
    rpc::StreamId id;
    std::vector<Piece> pieces;
    std::map<std::string, std::string> headers;
    std::map<std::string, std::string> trailers;
    rpc::Outcome outcome = rpc::Outcome::none;
    std::optional<Error> error;
    bool has_ended = false;
  };

  Stream& open(std::string_view method) {
    rpc::Message message;
    message.service = "Streams";
    message.method = method;
    const rpc::StreamId id =
        must(connection_->open(message, {.deadline = now() + call_limit}, now()));
    Stream& stream = streams_[id.value];
    stream.id = id;
    return stream;
  }

  void send(const Stream& stream, const Piece& piece) {
    const Buffer bytes = must(thrift::write(piece));
    must(connection_->send(stream.id, rpc::Body::raw(bytes.bytes())));
  }

  // Sends and receives until `done`.
  void until(const std::function<bool()>& done) {
    if (done()) {
      return;
    }
    pump([&](rpc::Event& event) {
      note(event);
      const auto found = streams_.find(event.stream.value);
      if (found != streams_.end()) {
        take(found->second, event);
      }
      return done();
    });
  }

  static void take(Stream& stream, const rpc::Event& event) {
    using Kind = rpc::Event::Kind;
    if (event.kind == Kind::stream_data) {
      stream.pieces.push_back(must(thrift::read<Piece>(event.message.body.bytes())));
    } else if (event.kind == Kind::stream_header || event.kind == Kind::stream_end) {
      auto& pairs = event.kind == Kind::stream_header ? stream.headers : stream.trailers;
      event.message.pairs.for_each(
          [&](const rpc::TextPair& pair) { pairs[std::string(pair.key)] = pair.value; });
    }
    if (event.kind == Kind::stream_end || event.kind == Kind::stream_failed) {
      stream.has_ended = true;
      stream.outcome = event.message.outcome;
      stream.error = event.error;
    }
  }

  void end(const Stream& stream) {
    until([&] { return stream.has_ended; });
  }

  static void piece_is(const Piece& piece, std::int32_t number, std::string_view text) {
    one_of(piece.number, {number});
    equal(piece.text, text);
  }

  // Three pieces, each of which comes back before the next is sent.
  Stream& converse() {
    Stream& stream = open("converse");
    for (std::int32_t i = 0; i < 3; ++i) {
      send(stream, {.number = i, .text = "t"});
      until([&] { return stream.has_ended || stream.pieces.size() > static_cast<std::size_t>(i); });
      if (stream.has_ended) {
        fail(stream.error ? stream.error->to_string() : "the stream has ended");
      }
      piece_is(stream.pieces.back(), 2 * i, "t");
    }
    return stream;
  }

  static void good_end(const Stream& stream) {
    if (stream.error) {
      fail(stream.error->to_string());
    }
  }

  void streams() {
    check("gather", [&] {
      Stream& stream = open("gather");
      for (std::int32_t i = 1; i <= 3; ++i) {
        send(stream, {.number = i, .text = "t"});
      }
      must(connection_->finish(stream.id));
      end(stream);
      good_end(stream);
      one_of<std::size_t>(stream.pieces.size(), {1});
      piece_is(stream.pieces[0], 6, "ttt");
    });
    check("spread", [&] {
      Stream& stream = open("spread");
      send(stream, {.number = 3, .text = "t"});
      must(connection_->finish(stream.id));
      end(stream);
      good_end(stream);
      one_of<std::size_t>(stream.pieces.size(), {3});
      for (std::int32_t i = 0; i < 3; ++i) {
        piece_is(stream.pieces[static_cast<std::size_t>(i)], i, "t");
      }
      equal(stream.headers["head"], "first");
      equal(stream.trailers["tail"], "last");
    });
    check("converse", [&] {
      Stream& stream = converse();
      must(connection_->finish(stream.id));
      end(stream);
      good_end(stream);
    });
    check("business", [&] {
      Stream& stream = converse();
      send(stream, {.number = 0, .text = "refuse"});
      end(stream);
      business_error(stream.error, stream.outcome, 1002, "refused", stream.trailers);
    });
    check("error", [&] {
      Stream& stream = converse();
      send(stream, {.number = 0, .text = "fail"});
      end(stream);
      if (!stream.error || stream.error->message().find("told to fail") == std::string::npos) {
        fail(stream.error ? stream.error->to_string() : "no exception of the peer");
      }
    });
    check("cancel", [&] {
      const Stream& stream = converse();
      connection_->reset(stream.id, Error(Errc::cancelled, "no longer wanted"));
      Stream& next = converse();
      must(connection_->finish(next.id));
      end(next);
      good_end(next);
    });
    check("many", [&] {
      std::vector<Stream*> all;
      for (std::int32_t i = 0; i < 20; ++i) {
        all.push_back(&open("converse"));
        send(*all.back(), {.number = i, .text = "t"});
      }
      for (std::int32_t i = 19; i >= 0; --i) {
        send(*all[static_cast<std::size_t>(i)], {.number = 2 * i, .text = "u"});
        must(connection_->finish(all[static_cast<std::size_t>(i)]->id));
      }
      for (std::int32_t i = 0; i < 20; ++i) {
        Stream& stream = *all[static_cast<std::size_t>(i)];
        end(stream);
        good_end(stream);
        one_of<std::size_t>(stream.pieces.size(), {2});
        piece_is(stream.pieces[0], 2 * i, "t");
        piece_is(stream.pieces[1], 4 * i, "u");
      }
    });
  }

  const Setup& setup_;
  std::string name_;
  std::string kind_;
  std::set<std::string> options_;
  std::string address_;
  rpc::Flavour flavour_;
  std::optional<rpc::ClientConnection> connection_;
  tools::Socket socket_;
  rpc::Event event_;
  std::map<std::uint64_t, Stream> streams_;
  std::string ended_;
  bool is_draining_ = false;
  bool failed_ = false;
};

}  // namespace

int call(const Setup& setup, const std::string& address, const std::vector<std::string>& rows) {
  bool good = true;
  for (const std::string& name : rows) {
    good = Row(setup, name).run(address) && good;
  }
  return good ? 0 : 1;
}

}  // namespace wirejit::interop
