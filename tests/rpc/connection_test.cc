// Connections: pairs of a client and a server that are joined in memory, and peers that break rules.
// Every case runs on all flavours where it makes sense; bytes come whole and one by one.
#include "tests/support/fault_injection.h"

#include <wirejit/rpc/connection.h>
#include <wirejit/rpc/envelope.h>
#include <wirejit/rpc/frame.h>
#include <wirejit/rpc/payload_codec.h>
#include <wirejit/rpc/plan.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::test {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using rpc::ClientConnection;
using rpc::ClientOptions;
using rpc::Connection;
using rpc::Event;
using rpc::Flavour;
using rpc::Message;
using rpc::MessageType;
using rpc::Protocol;
using rpc::ServerConnection;
using rpc::ServerOptions;
using rpc::Transport;
using Kind = rpc::Event::Kind;

constexpr Flavour ttheader{.transport = Transport::ttheader, .protocol = Protocol::thrift_binary};
constexpr Flavour framed{.transport = Transport::framed, .protocol = Protocol::thrift_binary};
constexpr Flavour unframed{.transport = Transport::unframed, .protocol = Protocol::thrift_binary};

struct Case {
  Flavour flavour;
  bool multiplex = false;
};

// All flavours of calls, in both orders where there are two.
std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const Protocol protocol :
       {Protocol::thrift_binary, Protocol::thrift_compact, Protocol::thrift_json}) {
    cases.push_back({.flavour = {.transport = Transport::unframed, .protocol = protocol}});
    cases.push_back({.flavour = {.transport = Transport::framed, .protocol = protocol}});
  }
  cases.push_back(
      {.flavour = {.transport = Transport::framed, .protocol = Protocol::kitex_protobuf}});
  for (const bool multiplex : {false, true}) {
    for (const Protocol protocol : {Protocol::thrift_binary, Protocol::thrift_compact}) {
      for (const Transport transport :
           {Transport::theader, Transport::ttheader, Transport::ttheader_framed}) {
        cases.push_back(
            {.flavour = {.transport = transport, .protocol = protocol}, .multiplex = multiplex});
      }
    }
    cases.push_back(
        {.flavour = {.transport = Transport::ttheader_framed, .protocol = Protocol::kitex_protobuf},
         .multiplex = multiplex});
  }
  return cases;
}

bool has_header(const Case& c) {
  return c.flavour.transport != Transport::unframed && c.flavour.transport != Transport::framed;
}
bool is_ttheader(const Case& c) {
  return has_header(c) && c.flavour.transport != Transport::theader;
}

std::string name(const Case& c) {
  return std::string(to_string(c.flavour.transport)) + "/" +
         std::string(to_string(c.flavour.protocol)) + (c.multiplex ? "/multiplexed" : "");
}

// A struct with one number, as the body of a call.
std::string body_of(Protocol protocol, std::uint8_t number) {
  switch (protocol) {
    case Protocol::thrift_json: return "{\"1\":{\"i32\":" + std::to_string(number) + "}}";
    case Protocol::thrift_compact: return "\x13"s + static_cast<char>(number) + "\0"s;
    case Protocol::kitex_protobuf:
    case Protocol::protobuf: return "\x0A\x01"s + static_cast<char>(number);
    default: return "\x03\0\x01"s + static_cast<char>(number) + "\0"s;
  }
}

std::string text_of(const Chain& chain) {
  std::string all;
  for (const Bytes segment : chain.spans()) {
    all += as_text(segment);
  }
  return all;
}

std::string body_text(const Message& message) {
  return message.body.chain() != nullptr ? text_of(*message.body.chain())
                                         : std::string(message.body.text());
}

std::string take_output(Connection& from) {
  std::string bytes = text_of(from.output());
  from.output().consumed(bytes.size());
  return bytes;
}

// How bytes get from one end to the other.
enum class Pieces { whole, bytes, segments };

void give(Connection& to, std::string_view bytes, Pieces pieces) {
  if (pieces == Pieces::whole) {
    ASSERT_TRUE(to.receive(as_bytes(bytes)));
    return;
  }
  for (std::size_t at = 0; at < bytes.size(); at += pieces == Pieces::bytes ? 1 : 5) {
    if (pieces == Pieces::bytes) {
      ASSERT_TRUE(to.receive(as_bytes(bytes.substr(at, 1))));
      continue;
    }
    auto owner = std::make_shared<std::string>(bytes.substr(at, 5));
    Chain chain;
    ASSERT_TRUE(chain.append_external(as_bytes(*owner), owner));
    ASSERT_TRUE(to.receive(std::move(chain)));
  }
}

// What an event said, as text: "reply 7 ping" and the like.
struct Told {
  Kind kind = Kind::none;
  std::uint64_t user = 0;
  Errc code = Errc::ok;
  std::int32_t remote_code = 0;
  std::string method;
  std::string body;
};

Told told_of(const Event& event) {
  Told told;
  told.kind = event.kind;
  told.user = event.user;
  if (event.error) {
    told.code = event.error->code();
    told.remote_code = event.error->remote_code();
  }
  told.method = event.message.method;
  told.body = body_text(event.message);
  return told;
}

ClientConnection make_client(ClientOptions options) {
  Result<ClientConnection> client = ClientConnection::make(options);
  EXPECT_TRUE(client) << client.error();
  return std::move(*client);
}

ServerConnection make_server(const ServerOptions& options = {}) {
  Result<ServerConnection> server = ServerConnection::make(options);
  EXPECT_TRUE(server);
  return std::move(*server);
}

std::vector<Told> all_of(Connection& connection, rpc::Time now = 0) {
  std::vector<Told> all;
  Event event;
  while (connection.next(now, event)) {
    all.push_back(told_of(event));
  }
  return all;
}

// A client and a server. The server's calls are collected, and answered when the test says.
struct Pair {
  ClientConnection client;
  ServerConnection server;
  Event event;
  Pieces pieces = Pieces::whole;
  rpc::Time now = 0;

  struct Pending {
    rpc::CallId id;
    std::string method;
    std::string body;
    std::string service;
    bool oneway = false;
    rpc::Time deadline = rpc::never;
  };
  std::vector<Pending> calls;
  std::vector<Told> server_told;  // what else the server was told

  explicit Pair(const Case& c, const ServerOptions& server_options = {}, ClientOptions options = {})
      : client(make_client([&] {
          options.flavour = c.flavour;
          options.multiplex = c.multiplex;
          return options;
        }())),
        server(make_server(server_options)) {}

  Result<rpc::CallId> call(std::string_view method, std::string_view body,
                           const rpc::CallParams& params = {}) {
    Message message;
    message.method = method;
    message.body = rpc::Body::raw(as_bytes(body));
    return client.call(message, params, now);
  }
  void serve() {
    give(server, take_output(client), pieces);
    while (server.next(now, event)) {
      if (event.kind == Kind::call) {
        calls.push_back({.id = event.call,
                         .method = std::string(event.message.method),
                         .body = body_text(event.message),
                         .service = std::string(event.message.service),
                         .oneway = event.oneway,
                         .deadline = event.deadline});
      } else {
        server_told.push_back(told_of(event));
      }
    }
  }
  void reply(const Pending& to) {
    Message answer;
    answer.body = rpc::Body::raw(as_bytes(to.body));
    ASSERT_TRUE(server.reply(to.id, answer));
  }
  std::vector<Told> answers() {
    give(client, take_output(server), pieces);
    return all_of(client, now);
  }
};

// The bytes of one message.
std::string bytes_of(const Message& message) {
  Chain chain;
  if (message.flavour.protocol == Protocol::thrift_struct) {
    EXPECT_TRUE(chain.append(message.body.bytes()));
  } else {
    EXPECT_TRUE(write_envelope(
        message.flavour.protocol,
        {.service = {}, .method = message.method, .type = message.type, .seqid = message.seqid},
        chain));
    EXPECT_TRUE(chain.append(message.body.bytes()));
    EXPECT_TRUE(end_envelope(message.flavour.protocol, chain));
  }
  const Result<void> done = write_frame(message, {}, chain);
  EXPECT_TRUE(done) << done.error();
  return text_of(chain);
}

// An answer as a peer may write it; its body is that of body_of.
std::string answer(const Case& c, std::string_view method, std::int32_t number,
                   MessageType type = MessageType::reply) {
  const std::string body = body_of(c.flavour.protocol, 1);
  Message message;
  message.flavour = c.flavour;
  message.method = method;
  message.type = type;
  message.seqid = number;
  message.sequence = static_cast<std::uint32_t>(number);
  message.body = rpc::Body::raw(as_bytes(body));
  return bytes_of(message);
}

// ---- Calls

TEST(RpcConnection, AnswersReachTheirCallsInEveryFlavour) {
  for (const Case& c : all_cases()) {
    for (const Pieces pieces : {Pieces::whole, Pieces::bytes, Pieces::segments}) {
      SCOPED_TRACE(name(c));
      Pair pair(c);
      pair.pieces = pieces;
      for (std::uint8_t k = 1; k <= 5; ++k) {
        const std::string method = "m" + std::to_string(k);
        ASSERT_TRUE(pair.call(method, body_of(c.flavour.protocol, k), {.user = k}));
      }
      EXPECT_EQ(pair.client.in_flight(), 5U);
      pair.serve();
      ASSERT_EQ(pair.calls.size(), 5U);
      EXPECT_TRUE(pair.server_told.empty());
      EXPECT_EQ(pair.server.in_flight(), 5U);
      // The server is done in another order.
      for (const std::size_t k : {3U, 1U, 0U, 4U, 2U}) {
        EXPECT_EQ(pair.calls[k].method, "m" + std::to_string(k + 1));
        EXPECT_EQ(pair.calls[k].body,
                  body_of(c.flavour.protocol, static_cast<std::uint8_t>(k + 1)));
        pair.reply(pair.calls[k]);
      }
      EXPECT_EQ(pair.server.in_flight(), 0U);
      const std::vector<Told> told = pair.answers();
      ASSERT_EQ(told.size(), 5U);
      for (std::size_t k = 0; k < 5; ++k) {
        const std::size_t user = c.multiplex ? std::array{4U, 2U, 1U, 5U, 3U}[k] : k + 1;
        EXPECT_EQ(told[k].kind, Kind::reply);
        EXPECT_EQ(told[k].user, user);
        EXPECT_EQ(told[k].method, "m" + std::to_string(user));
        EXPECT_EQ(told[k].body, body_of(c.flavour.protocol, static_cast<std::uint8_t>(user)));
      }
      EXPECT_EQ(pair.client.in_flight(), 0U);
      EXPECT_EQ(pair.client.dropped(), 0U);
      EXPECT_TRUE(pair.client.is_open());
    }
  }
}

TEST(RpcConnection, ServesManyFlavoursOnOneConnection) {
  ServerConnection server = make_server();
  Event event;
  for (int round = 0; round < 2; ++round) {
    for (const Case& c : all_cases()) {
      SCOPED_TRACE(name(c));
      give(server, answer(c, "ping", 7, MessageType::call), Pieces::whole);
      ASSERT_TRUE(server.next(0, event));
      ASSERT_EQ(event.kind, Kind::call);
      EXPECT_EQ(event.message.flavour, c.flavour);
      Message reply;
      const std::string body = body_of(c.flavour.protocol, 1);
      reply.body = rpc::Body::raw(as_bytes(body));
      ASSERT_TRUE(server.reply(event.call, reply));
      EXPECT_EQ(take_output(server), answer(c, "ping", 7));
    }
  }
}

TEST(RpcConnection, TellsWhereACallGoes) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    if (c.flavour.protocol == Protocol::kitex_protobuf && !is_ttheader(c)) {
      continue;  // its names have no service
    }
    Pair pair(c);
    const std::string body = body_of(c.flavour.protocol, 1);
    Message message;
    message.service = "Orders";
    message.method = "ping";
    message.body = rpc::Body::raw(as_bytes(body));
    if (has_header(c)) {
      ASSERT_TRUE(message.pairs.add("key", "value"));
    }
    ASSERT_TRUE(pair.client.call(message, {}, 0));
    give(pair.server, take_output(pair.client), Pieces::whole);
    Event event;
    ASSERT_TRUE(pair.server.next(0, event));
    EXPECT_EQ(event.message.service, "Orders");
    EXPECT_EQ(event.message.method, "ping");
    if (has_header(c)) {
      EXPECT_EQ(event.message.pairs.find("key"), "value");
    }
    EXPECT_TRUE(event.message.pairs.find("isn") ==
                (is_ttheader(c) ? std::optional("Orders"sv) : std::nullopt));
    // The answer has the method alone, and headers of its own.
    Message reply;
    reply.body = rpc::Body::raw(as_bytes(body));
    if (has_header(c)) {
      ASSERT_TRUE(reply.pairs.add("cost", "3"));
    }
    ASSERT_TRUE(pair.server.reply(event.call, reply));
    give(pair.client, take_output(pair.server), Pieces::whole);
    ASSERT_TRUE(pair.client.next(0, event));
    EXPECT_EQ(event.kind, Kind::reply);
    EXPECT_EQ(event.message.service, "");
    EXPECT_EQ(event.message.pairs.find("cost"),
              has_header(c) ? std::optional("3"sv) : std::nullopt);
  }
}

TEST(RpcConnection, OnewayCallsAreNotAnswered) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    Pair pair(c);
    const std::string body = body_of(c.flavour.protocol, 1);
    const Result<rpc::CallId> id = pair.call("note", body, {.oneway = true});
    ASSERT_TRUE(id);
    EXPECT_EQ(pair.client.in_flight(), 0U);
    EXPECT_FALSE(pair.client.cancel(*id));
    ASSERT_TRUE(pair.call("ping", body, {.user = 2}));
    // As old clients do: the type says call.
    ASSERT_TRUE(pair.call("note", body, {.user = 3}));
    ASSERT_TRUE(pair.call("ping", body, {.user = 4}));
    pair.serve();
    ASSERT_EQ(pair.calls.size(), 4U);
    EXPECT_TRUE(pair.calls[0].oneway);
    EXPECT_FALSE(pair.calls[2].oneway);
    EXPECT_TRUE(pair.server.reply(pair.calls[0].id, {}));  // has no effect
    pair.reply(pair.calls[1]);
    EXPECT_TRUE(pair.server.no_reply(pair.calls[2].id));
    EXPECT_FALSE(pair.server.no_reply(pair.calls[2].id));
    pair.reply(pair.calls[3]);
    EXPECT_EQ(pair.server.in_flight(), 0U);
    const std::vector<Told> told = pair.answers();
    // Where answers come in order, the third call was passed over.
    std::map<std::uint64_t, Errc> ends;
    for (const Told& one : told) {
      ends[one.user] = one.code;
    }
    std::map<std::uint64_t, Errc> expected{{2, Errc::ok}, {4, Errc::ok}};
    if (!c.multiplex) {
      expected[3] = Errc::wrong_sequence;
    }
    EXPECT_EQ(ends, expected);
  }
}

TEST(RpcConnection, ExceptionsAreToldWithThePeersNumber) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    Pair pair(c);
    const std::string body = body_of(c.flavour.protocol, 1);
    ASSERT_TRUE(pair.call("first", body, {.user = 1}));
    ASSERT_TRUE(pair.call("second", body, {.user = 2}));
    ASSERT_TRUE(pair.call("third", body, {.user = 3}));
    pair.serve();
    ASSERT_EQ(pair.calls.size(), 3U);
    ASSERT_TRUE(pair.server.fail(pair.calls[0].id, Error(Errc::unknown_method, "no first")));
    Message exception;
    exception.type = MessageType::exception;
    Error::Detail detail;
    detail.code = Errc::remote_error;
    detail.remote_code = 4711;
    detail.message = "a number of its own";
    exception.error = Error(detail);
    ASSERT_TRUE(pair.server.reply(pair.calls[1].id, exception));
    EXPECT_EQ(pair.server.fail(pair.calls[1].id, Error(Errc::internal)).error().code(),
              Errc::not_found);
    pair.reply(pair.calls[2]);
    const std::vector<Told> told = pair.answers();
    ASSERT_EQ(told.size(), 3U);
    EXPECT_EQ(told[0].kind, Kind::failed);
    EXPECT_EQ(told[0].code, Errc::unknown_method);
    EXPECT_EQ(told[0].remote_code, 1);
    EXPECT_EQ(told[1].user, 2U);
    EXPECT_EQ(told[1].code, Errc::remote_error);
    EXPECT_EQ(told[1].remote_code, 4711);
    EXPECT_EQ(told[2].kind, Kind::reply);
  }
}

TEST(RpcConnection, BusinessErrorsAreReplies) {
  Pair pair({.flavour = ttheader, .multiplex = true});
  const std::string body = body_of(Protocol::thrift_binary, 1);
  ASSERT_TRUE(pair.call("ping", body));
  pair.serve();
  Message reply;
  ASSERT_TRUE(reply.pairs.add("biz-status", "404"));
  ASSERT_TRUE(reply.pairs.add("biz-message", "no such order"));
  ASSERT_TRUE(pair.server.reply(pair.calls[0].id, reply));
  give(pair.client, take_output(pair.server), Pieces::whole);
  Event event;
  ASSERT_TRUE(pair.client.next(0, event));
  EXPECT_EQ(event.kind, Kind::reply);
  EXPECT_EQ(event.message.outcome, rpc::Outcome::business_error);
  ASSERT_TRUE(event.error);
  EXPECT_EQ(event.error->remote_code(), 404);
  EXPECT_EQ(event.error->message(), "no such order");
  EXPECT_EQ(body_text(event.message), "\0"s);  // an empty struct
}

// ---- Time

TEST(RpcConnection, CallsFailAtTheirDeadlineAndLateAnswersAreDropped) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    Pair pair(c);
    const std::string body = body_of(c.flavour.protocol, 1);
    pair.now = 1000;
    EXPECT_EQ(pair.client.deadline(), rpc::never);
    ASSERT_TRUE(pair.call("slow", body, {.deadline = 5000, .user = 1}));
    ASSERT_TRUE(pair.call("fast", body, {.deadline = 9000, .user = 2}));
    ASSERT_TRUE(pair.call("slow", body, {.deadline = 4000, .user = 3}));
    EXPECT_EQ(pair.call("late", body, {.deadline = 1000}).error().code(), Errc::deadline_exceeded);
    EXPECT_EQ(pair.client.deadline(), 4000);
    EXPECT_TRUE(all_of(pair.client, 3999).empty());
    const std::vector<Told> expired = all_of(pair.client, 5000);
    ASSERT_EQ(expired.size(), 2U);
    EXPECT_EQ(expired[0].user, 3U);
    EXPECT_EQ(expired[0].kind, Kind::failed);
    EXPECT_EQ(expired[0].code, Errc::deadline_exceeded);
    EXPECT_EQ(expired[1].user, 1U);
    EXPECT_TRUE(all_of(pair.client, 5000).empty());
    pair.now = 6000;
    pair.serve();
    ASSERT_EQ(pair.calls.size(), 3U);
    for (const Pair::Pending& call : pair.calls) {
      pair.reply(call);
    }
    const std::vector<Told> told = pair.answers();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].user, 2U);
    EXPECT_EQ(told[0].kind, Kind::reply);
    EXPECT_EQ(pair.client.dropped(), 2U);
    EXPECT_EQ(pair.client.in_flight(), 0U);
    EXPECT_TRUE(all_of(pair.client, 1'000'000).empty());
  }
}

TEST(RpcConnection, ServersKnowTheDeadlineOfATTHeadersCall) {
  Pair pair({.flavour = ttheader, .multiplex = true});
  const std::string body = body_of(Protocol::thrift_binary, 1);
  pair.now = rpc::seconds(5);
  ASSERT_TRUE(pair.call("ping", body, {.deadline = pair.now + rpc::milliseconds(250)}));
  pair.serve();
  ASSERT_EQ(pair.calls.size(), 1U);
  EXPECT_EQ(pair.calls[0].deadline, pair.now + rpc::milliseconds(250));
  EXPECT_EQ(pair.server.deadline(), pair.calls[0].deadline);
  const std::vector<Told> told = all_of(pair.server, pair.now + rpc::milliseconds(250));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].kind, Kind::expired);
  EXPECT_EQ(told[0].code, Errc::deadline_exceeded);
  EXPECT_EQ(pair.server.in_flight(), 1U);
  pair.reply(pair.calls[0]);
  EXPECT_EQ(pair.server.in_flight(), 0U);
}

TEST(RpcConnection, TimesAreFromAnyStartAndHaveNoEnd) {
  Pair pair({.flavour = ttheader, .multiplex = true});
  EXPECT_FALSE(pair.client.next(rpc::never, pair.event));
  EXPECT_FALSE(pair.server.next(rpc::never, pair.event));
  const std::string body = body_of(Protocol::thrift_binary, 1);
  const std::string longest = std::to_string(std::numeric_limits<std::int32_t>::max());
  for (const rpc::Time now : {-rpc::seconds(5), rpc::Time{0}, rpc::seconds(5)}) {
    for (const rpc::Time deadline : {rpc::never - 1, now + rpc::seconds(60LL * 24 * 3600)}) {
      pair.now = now;
      ASSERT_TRUE(pair.call("ping", body, {.deadline = deadline}));
      pair.serve();
      ASSERT_FALSE(pair.calls.empty());
      EXPECT_EQ(pair.calls.back().deadline,
                now + rpc::milliseconds(std::numeric_limits<std::int32_t>::max()));
    }
  }
}

// Deadlines of calls that were answered long ago take no memory: none is ever due here.
TEST(RpcConnection, DeadlinesOfAnsweredCallsAreForgotten) {
  Pair pair({.flavour = ttheader, .multiplex = true});
  const std::string body = body_of(Protocol::thrift_binary, 1);
  const auto round = [&] {
    pair.calls.clear();
    ASSERT_TRUE(pair.call("ping", body, {.deadline = rpc::seconds(3600)}));
    pair.serve();
    pair.reply(pair.calls.at(0));
    ASSERT_EQ(pair.answers().size(), 1U);
  };
  for (int k = 0; k < 100; ++k) {
    round();
  }
  const std::size_t before = mallinfo2().uordblks;
  for (int k = 0; k < 5000; ++k) {
    round();
  }
  if (malloc_fails) {
    EXPECT_LT(mallinfo2().uordblks, before + 2000);
  }
}

TEST(RpcConnection, CancelledCallsAreNotTold) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    Pair pair(c);
    const std::string body = body_of(c.flavour.protocol, 1);
    const Result<rpc::CallId> first = pair.call("first", body, {.deadline = 10, .user = 1});
    const Result<rpc::CallId> second = pair.call("second", body, {.user = 2});
    ASSERT_TRUE(first && second);
    EXPECT_TRUE(pair.client.cancel(*first));
    EXPECT_FALSE(pair.client.cancel(*first));
    EXPECT_TRUE(all_of(pair.client, 100).empty());
    EXPECT_EQ(pair.client.in_flight(), c.multiplex ? 1U : 2U);
    pair.serve();
    pair.reply(pair.calls.at(0));
    pair.reply(pair.calls.at(1));
    const std::vector<Told> told = pair.answers();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].user, 2U);
    EXPECT_EQ(pair.client.dropped(), 1U);
    EXPECT_EQ(pair.client.in_flight(), 0U);
    EXPECT_FALSE(pair.client.cancel(*second));
  }
}

// ---- Answers that break rules

// A client with calls "one", "two" and "three" in flight, whose numbers are 1, 2 and 3.
struct ThreeCalls {
  Pair pair;
  explicit ThreeCalls(const Case& c) : pair(c) {
    for (const std::string_view method : {"one", "two", "three"}) {
      const std::uint64_t user = pair.client.in_flight() + 1;
      EXPECT_TRUE(pair.call(method, body_of(c.flavour.protocol, 1), {.user = user}));
    }
    (void)take_output(pair.client);
  }
  std::vector<Told> receive(std::string_view bytes) {
    give(pair.client, bytes, Pieces::whole);
    return all_of(pair.client);
  }
  // The calls from `first` on are answered as usual.
  void expect_others_live(const Case& c, std::size_t first) {
    const std::array names{"one"sv, "two"sv, "three"sv};
    for (std::size_t k = first; k <= 3; ++k) {
      const std::vector<Told> told =
          receive(answer(c, names.at(k - 1), static_cast<std::int32_t>(k)));
      ASSERT_EQ(told.size(), 1U) << k;
      EXPECT_EQ(told[0].kind, Kind::reply);
      EXPECT_EQ(told[0].user, k);
    }
    EXPECT_EQ(pair.client.in_flight(), 0U);
    EXPECT_TRUE(pair.client.is_open());
  }
};

TEST(RpcConnection, AnswersThatNobodyAskedForAreDropped) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    {
      Pair idle(c);
      give(idle.client, answer(c, "one", 1) + answer(c, "one", 0), Pieces::whole);
      EXPECT_TRUE(all_of(idle.client).empty());
      EXPECT_EQ(idle.client.dropped(), 2U);
      EXPECT_TRUE(idle.client.is_open());
    }
    // Twice, alone and together with what is asked for.
    ThreeCalls calls(c);
    const std::string one = answer(c, "one", 1);
    EXPECT_EQ(calls.receive(one + one).size(), 1U);
    EXPECT_TRUE(calls.receive(one).empty());
    EXPECT_EQ(calls.pair.client.dropped(), 2U);
    calls.expect_others_live(c, 2);
  }
}

TEST(RpcConnection, AnswersWithAnotherNameNumberOrTypeFailTheirCall) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    {
      ThreeCalls calls(c);
      const std::vector<Told> told = calls.receive(answer(c, "two", 1));
      ASSERT_EQ(told.size(), 1U);
      EXPECT_EQ(told[0].kind, Kind::failed);
      EXPECT_EQ(told[0].user, 1U);
      EXPECT_EQ(told[0].code, Errc::wrong_method);
      calls.expect_others_live(c, 2);
    }
    for (const MessageType type : {MessageType::call, MessageType::oneway}) {
      ThreeCalls calls(c);
      const std::vector<Told> told = calls.receive(answer(c, "one", 1, type));
      ASSERT_EQ(told.size(), 1U);
      EXPECT_EQ(told[0].code, Errc::invalid_type);
      calls.expect_others_live(c, 2);
    }
    {
      ThreeCalls calls(c);
      const std::vector<Told> told = calls.receive(answer(c, "one", 99));
      if (c.multiplex) {  // it belongs to no call
        EXPECT_TRUE(told.empty());
        EXPECT_EQ(calls.pair.client.dropped(), 1U);
        calls.expect_others_live(c, 1);
      } else {
        ASSERT_EQ(told.size(), 1U);
        EXPECT_EQ(told[0].user, 1U);
        EXPECT_EQ(told[0].code, Errc::wrong_sequence);
        calls.expect_others_live(c, 2);
      }
    }
    if (c.multiplex) {  // the header names a call, the envelope has another number
      ThreeCalls calls(c);
      const std::string body = body_of(c.flavour.protocol, 1);
      Message message;
      message.flavour = c.flavour;
      message.method = "one";
      message.type = MessageType::reply;
      message.sequence = 1;
      message.seqid = 2;
      message.body = rpc::Body::raw(as_bytes(body));
      const std::vector<Told> told = calls.receive(bytes_of(message));
      ASSERT_EQ(told.size(), 1U);
      EXPECT_EQ(told[0].user, 1U);
      EXPECT_EQ(told[0].code, Errc::wrong_sequence);
      calls.expect_others_live(c, 2);
    } else {  // the answers to the first two calls are left out
      ThreeCalls calls(c);
      const std::vector<Told> told = calls.receive(answer(c, "three", 3));
      ASSERT_EQ(told.size(), 3U);
      EXPECT_EQ(told[0].user, 3U);
      EXPECT_EQ(told[0].kind, Kind::reply);
      for (std::size_t k = 1; k < 3; ++k) {
        EXPECT_EQ(told[k].user, k);
        EXPECT_EQ(told[k].code, Errc::wrong_sequence);
      }
      EXPECT_TRUE(calls.receive(answer(c, "one", 1)).empty());
      EXPECT_TRUE(calls.pair.client.is_open());
    }
  }
}

// Proxies answer with an exception whose number is 0.
TEST(RpcConnection, ExceptionsMayHaveAnotherNumber) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    Chain body;
    ASSERT_TRUE(write_exception(c.flavour.protocol, {.message = "busy", .code = 6}, body));
    const std::string text = text_of(body);
    Message message;
    message.flavour = c.flavour;
    message.method = "anything";
    message.type = MessageType::exception;
    message.sequence = 1;
    message.seqid = 0;
    message.body = rpc::Body::raw(as_bytes(text));
    ThreeCalls calls(c);
    const std::vector<Told> told = calls.receive(bytes_of(message));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].user, 1U);
    EXPECT_EQ(told[0].kind, Kind::failed);
    EXPECT_EQ(told[0].remote_code, 6);
    calls.expect_others_live(c, 2);
  }
}

TEST(RpcConnection, ABrokenExceptionFailsItsCallAlone) {
  for (const Case& c : all_cases()) {
    if (c.flavour.transport == Transport::unframed) {
      continue;  // a struct that lies has no end
    }
    SCOPED_TRACE(name(c));
    ThreeCalls calls(c);
    const std::string lies =
        c.flavour.protocol == Protocol::kitex_protobuf ? "\x12\x7F"s : "\x0B\0\x01\x7F"s;
    Message message;
    message.flavour = c.flavour;
    message.method = "one";
    message.type = MessageType::exception;
    message.sequence = 1;
    message.seqid = 1;
    message.body = rpc::Body::raw(as_bytes(lies));
    const std::vector<Told> told = calls.receive(bytes_of(message));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].user, 1U);
    EXPECT_EQ(told[0].kind, Kind::failed);
    EXPECT_NE(told[0].code, Errc::remote_error);
    EXPECT_EQ(told[0].remote_code, 0);
    calls.expect_others_live(c, 2);
  }
}

// Types 0, 5 and 255 of Binary's envelope: the frame is whole, so that nothing else is harmed.
TEST(RpcConnection, UnknownTypesOfMessagesFailTheirCallAlone) {
  for (const Case& c : all_cases()) {
    if (c.flavour.protocol != Protocol::thrift_binary) {
      continue;
    }
    for (const int type : {0, 5, 255}) {
      SCOPED_TRACE(name(c) + " " + std::to_string(type));
      std::string bytes = answer(c, "one", 1);
      const std::size_t at = bytes.rfind("\x80\x01\x00\x02"s);
      ASSERT_NE(at, std::string::npos);
      bytes[at + 3] = static_cast<char>(type);
      ThreeCalls calls(c);
      const std::vector<Told> told = calls.receive(bytes);
      ASSERT_FALSE(told.empty());
      EXPECT_EQ(told[0].code, Errc::invalid_type);
      if (c.flavour.transport == Transport::unframed) {
        EXPECT_EQ(told.size(), 4U);  // nobody knows where the next message begins
        EXPECT_EQ(told.back().kind, Kind::closed);
      } else {
        EXPECT_EQ(told.size(), 1U);
        calls.expect_others_live(c, 2);
      }
      // A server answers by an exception.
      ServerConnection server = make_server();
      give(server, bytes, Pieces::whole);
      const std::vector<Told> at_server = all_of(server);
      ASSERT_FALSE(at_server.empty());
      EXPECT_EQ(at_server[0].code, Errc::invalid_type);
      if (c.flavour.transport != Transport::unframed) {
        EXPECT_EQ(at_server[0].kind, Kind::bad_message);
        ThreeCalls other(c);
        const std::vector<Told> answered = other.receive(take_output(server));
        ASSERT_EQ(answered.size(), 1U);
        EXPECT_EQ(answered[0].user, 1U);
        EXPECT_EQ(answered[0].remote_code, 2);
      }
    }
  }
}

TEST(RpcConnection, AnAnswerInAnotherFlavourEndsTheConnection) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    const Case other{.flavour = c.flavour.transport == Transport::framed ? unframed : framed};
    {
      ThreeCalls calls(c);
      const std::vector<Told> told = calls.receive(answer(other, "one", 1));
      ASSERT_EQ(told.size(), 4U);
      for (std::size_t k = 0; k < 4; ++k) {
        EXPECT_EQ(told[k].code, Errc::protocol_mismatch);
        EXPECT_EQ(told[k].kind, k < 3 ? Kind::failed : Kind::closed);
      }
      EXPECT_FALSE(calls.pair.client.is_open());
    }
    Pair pair(c, {}, {.any_flavour = true});
    ASSERT_TRUE(pair.call("one", body_of(c.flavour.protocol, 1), {.user = 1}));
    give(pair.client, answer(other, "one", 1), Pieces::whole);
    const std::vector<Told> told = all_of(pair.client);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].kind, Kind::reply);
  }
}

// ---- Frames that are none

TEST(RpcConnection, EndsWhenFramingIsLost) {
  struct Bad {
    std::string_view what;
    std::string bytes;
  };
  const std::vector<Bad> cases{
      {"length 0", "\0\0\0\0"s},
      {"length 3", "\0\0\0\x03"s},
      {"a negative length", "\xFF\xFF\xFF\xF0\x80\x01"s},
      {"a negative length, of another kind", "\x90\0\0\x10\x80\x01"s},
      {"a length of 0x3FFFFFFF", "\x3F\xFF\xFF\xFF\x80\x01"s},
      {"a TTHeader of 0x3FFFFFFF", "\x3F\xFF\xFF\xFF\x10\0\0\0\0\0\0\x07\0\x01"s},
      {"a THeader of 0x3FFFFFFF", "\x3F\xFF\xFF\xFF\x0F\xFF\0\0\0\0\0\x07\0\x01"s},
      {"telnet", "\xFF\xF4\xFF\xFD\x06\0"s},
      {"TLS", "\x16\x03\x01\x02\0\x01\0\x01\xFC\x03\x03"s},
      {"HTTP/1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"nothing that is known", "\0\0\0\x20zz\0\0"s},
  };
  for (const Bad& bad : cases) {
    for (const Pieces pieces : {Pieces::whole, Pieces::bytes, Pieces::segments}) {
      SCOPED_TRACE(bad.what);
      ServerConnection server = make_server();
      give(server, bad.bytes, pieces);
      const std::vector<Told> told = all_of(server);
      ASSERT_EQ(told.size(), 1U);
      EXPECT_EQ(told[0].kind, Kind::closed);
      EXPECT_TRUE(told[0].code == Errc::bad_frame || told[0].code == Errc::frame_limit ||
                  told[0].code == Errc::protocol_mismatch)
          << told[0].code;
      EXPECT_FALSE(server.is_open());
      EXPECT_FALSE(server.wants_read());
      EXPECT_EQ(text_of(server.unread()), bad.bytes);  // for another engine
      EXPECT_TRUE(all_of(server).empty());

      ThreeCalls calls({.flavour = ttheader, .multiplex = true});
      give(calls.pair.client, bad.bytes, pieces);
      const std::vector<Told> failed = all_of(calls.pair.client);
      ASSERT_EQ(failed.size(), 4U);
      for (std::size_t k = 0; k < 4; ++k) {
        EXPECT_EQ(failed[k].kind, k < 3 ? Kind::failed : Kind::closed);
        EXPECT_EQ(failed[k].code, told[0].code);
      }
      EXPECT_EQ(calls.pair.call("four", "\0"sv).error().code(), Errc::unavailable);
    }
  }
}

// The length of a header's frame says where the next message begins, whatever is in it.
TEST(RpcConnection, ABrokenHeaderFailsItsCallAlone) {
  for (const Case& c : all_cases()) {
    if (!has_header(c)) {
      continue;
    }
    for (const Pieces pieces : {Pieces::whole, Pieces::bytes, Pieces::segments}) {
      SCOPED_TRACE(name(c));
      std::string bytes = answer(c, "one", 1);
      bytes[12] = static_cast<char>(0xFF);  // the words of the header
      bytes[13] = static_cast<char>(0xFF);
      ThreeCalls calls(c);
      give(calls.pair.client, bytes, pieces);
      const std::vector<Told> told = all_of(calls.pair.client);
      ASSERT_EQ(told.size(), 1U);
      EXPECT_EQ(told[0].kind, Kind::failed);
      EXPECT_EQ(told[0].user, 1U);
      calls.expect_others_live(c, 2);

      ServerConnection server = make_server();
      give(server, bytes + answer(c, "ping", 5, MessageType::call), pieces);
      const std::vector<Told> at_server = all_of(server);
      ASSERT_EQ(at_server.size(), 2U);
      EXPECT_EQ(at_server[0].kind, Kind::bad_message);
      EXPECT_EQ(at_server[1].kind, Kind::call);
    }
  }
}

TEST(RpcConnection, WaitsForAFrameThatIsNotWholeAndEndsWithTheInput) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    const std::string bytes = answer(c, "one", 1);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      ThreeCalls calls(c);
      EXPECT_TRUE(calls.receive(std::string_view(bytes).substr(0, size)).empty()) << size;
      EXPECT_TRUE(calls.pair.client.wants_read());
      calls.pair.client.end_of_input();
      EXPECT_FALSE(calls.pair.client.wants_read());
      const std::vector<Told> told = all_of(calls.pair.client);
      ASSERT_EQ(told.size(), 4U);
      for (std::size_t k = 0; k < 4; ++k) {
        EXPECT_EQ(told[k].kind, k < 3 ? Kind::failed : Kind::closed);
        EXPECT_EQ(told[k].code, Errc::unavailable);
      }
      EXPECT_TRUE(all_of(calls.pair.client).empty());
    }
    // What is whole is told before.
    ThreeCalls calls(c);
    give(calls.pair.client, bytes, Pieces::whole);
    calls.pair.client.end_of_input();
    EXPECT_EQ(calls.pair.call("four", "\0"sv).error().code(), Errc::unavailable);
    const std::vector<Told> told = all_of(calls.pair.client);
    ASSERT_EQ(told.size(), 4U);
    EXPECT_EQ(told[0].kind, Kind::reply);
    EXPECT_EQ(told[1].kind, Kind::failed);
  }
}

TEST(RpcConnection, CloseFailsAllThatIsInFlight) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    ThreeCalls calls(c);
    calls.pair.client.close(Error(Errc::cancelled, "the engine stops"));
    EXPECT_FALSE(calls.pair.client.is_open());
    const std::vector<Told> told = calls.receive(answer(c, "one", 1));
    ASSERT_EQ(told.size(), 4U);
    EXPECT_EQ(told[0].code, Errc::cancelled);
    EXPECT_EQ(told[3].kind, Kind::closed);
  }
}

// ---- Memory and work

TEST(RpcConnection, AnAnnouncedLengthCostsNothing) {
  // 10 bytes of messages of 16 MB.
  const std::vector<std::string> beginnings{
      "\x00\xF4\x24\x00\x80\x01\x00\x01\x00\x00"s,
      "\x00\xF4\x24\x00\x10\x00\x00\x00\x00\x00"s,
      "\x00\xF4\x24\x00\x0F\xFF\x00\x00\x00\x00"s,
      "\x80\x01\x00\x01\x00\x00\x00\x01\x70\x00"s,
  };
  for (const std::string& bytes : beginnings) {
    constexpr std::size_t n = 1000;
    std::vector<ServerConnection> servers;
    std::vector<ClientConnection> clients;
    servers.reserve(n);
    clients.reserve(n);
    Event event;
    const auto memory_of = [&](auto& connections, auto make) {
      const std::size_t before = mallinfo2().uordblks;
      for (std::size_t k = 0; k < n; ++k) {
        connections.push_back(make());
        EXPECT_TRUE(connections.back().receive(as_bytes(bytes)));
        EXPECT_FALSE(connections.back().next(0, event));
      }
      return (mallinfo2().uordblks - before) / n;
    };
    const std::size_t of_server = memory_of(servers, [] { return make_server(); });
    const std::size_t of_client =
        memory_of(clients, [] { return make_client({.flavour = ttheader}); });
    if (malloc_fails) {
      EXPECT_LT(of_server, 1024U);
      EXPECT_LT(of_client, 1024U);
      EXPECT_GT(of_server, 10U);
      RecordProperty("bytes_of_server", std::to_string(of_server));
      RecordProperty("bytes_of_client", std::to_string(of_client));
    }
  }
}

TEST(RpcConnection, BytesOneByOneCostTwiceTheSteps) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    std::string bytes;
    for (int k = 0; k < 20; ++k) {
      bytes += answer(c, "a_method_with_a_name", k + 1, MessageType::call);
    }
    ServerConnection whole = make_server();
    give(whole, bytes, Pieces::whole);
    EXPECT_EQ(all_of(whole).size(), 20U);
    ServerConnection slow = make_server();
    std::size_t told = 0;
    Event event;
    for (const char byte : bytes) {
      give(slow, {&byte, 1}, Pieces::whole);
      while (slow.next(0, event)) {
        ++told;
      }
    }
    EXPECT_EQ(told, 20U);
    EXPECT_GT(whole.steps(), 0U);
    EXPECT_LE(whole.steps(), bytes.size());
    EXPECT_LE(slow.steps(), 2 * whole.steps() + 20 * 14);
  }
}

// A long message that comes byte by byte is not looked at again and again.
TEST(RpcConnection, ALongMessageIsLookedAtOnce) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    const bool is_json = c.flavour.protocol == Protocol::thrift_json;
    std::string body;
    if (is_json) {
      body = "{\"1\":{\"str\":\"" + std::string(20000, 'x') + "\"}}";
    } else if (c.flavour.protocol == Protocol::kitex_protobuf) {
      body = std::string(20000, '\x08');
    } else if (c.flavour.protocol == Protocol::thrift_compact) {
      for (int k = 0; k < 10000; ++k) {
        body += "\x13\x05";  // field after field
      }
      body += '\0';
    } else {
      for (int k = 0; k < 5000; ++k) {
        body += "\x03\0\x01\x05"s;
      }
      body += '\0';
    }
    Message message;
    message.flavour = c.flavour;
    message.method = "ping";
    message.body = rpc::Body::raw(as_bytes(body));
    const std::string bytes = bytes_of(message);
    ServerConnection server = make_server();
    Event event;
    std::size_t told = 0;
    for (const char byte : bytes) {
      give(server, {&byte, 1}, Pieces::whole);
      told += server.next(0, event) ? 1 : 0;
    }
    EXPECT_EQ(told, 1U);
    EXPECT_EQ(body_text(event.message), body);
    EXPECT_LE(server.steps(), bytes.size() + 200);
  }
}

TEST(RpcConnection, WantsNoMoreThanItCanTell) {
  rpc::ConnectionLimits limits;
  limits.input_high = 100;
  Pair pair({.flavour = ttheader, .multiplex = true}, {.limits = limits});
  const std::string body(60, '\x08');
  ASSERT_TRUE(pair.call("ping", body));
  const std::string one = take_output(pair.client);
  // A message that is longer than that is read to its end.
  const std::string large(5000, '\x08');
  ASSERT_TRUE(pair.call("ping", large));
  const std::string two = take_output(pair.client);
  EXPECT_TRUE(pair.server.wants_read());
  give(pair.server, two.substr(0, 2000), Pieces::whole);
  EXPECT_FALSE(pair.server.next(0, pair.event));
  EXPECT_TRUE(pair.server.wants_read());
  give(pair.server, two.substr(2000) + one + one + one, Pieces::whole);
  EXPECT_FALSE(pair.server.wants_read());
  EXPECT_TRUE(pair.server.next(0, pair.event));
  EXPECT_FALSE(pair.server.wants_read());
  EXPECT_EQ(all_of(pair.server).size(), 3U);
  EXPECT_TRUE(pair.server.wants_read());
}

TEST(RpcConnection, OutputHasWatermarksAndALimit) {
  rpc::ConnectionLimits limits;
  limits.output_high = 2000;
  limits.output_low = 500;
  limits.output_bytes = 4000;
  Pair pair({.flavour = ttheader, .multiplex = true}, {.limits = limits}, {.limits = limits});
  const std::string body(900, '\x08');
  ASSERT_TRUE(pair.call("ping", body));
  ASSERT_TRUE(pair.call("ping", body));
  EXPECT_TRUE(pair.client.writable());
  ASSERT_TRUE(pair.call("ping", body));
  EXPECT_FALSE(pair.client.writable());
  while (pair.call("ping", body)) {
  }
  EXPECT_EQ(pair.call("ping", body).error().code(), Errc::overloaded);
  EXPECT_LT(pair.client.output().size(), 6000U);
  const std::string bytes = text_of(pair.client.output());
  pair.client.output().consumed(bytes.size() - 501);
  EXPECT_FALSE(pair.client.writable());
  pair.client.output().consumed(1);
  EXPECT_TRUE(pair.client.writable());

  // A server whose answers are not taken takes no more calls.
  std::size_t told = 0;
  give(pair.server, bytes, Pieces::whole);
  while (pair.server.next(0, pair.event)) {
    ++told;
    Message reply;
    reply.body = pair.event.message.body;
    ASSERT_TRUE(pair.server.reply(pair.event.call, reply));
  }
  EXPECT_EQ(told, 3U);
  EXPECT_FALSE(pair.server.writable());
  EXPECT_FALSE(pair.server.wants_read());
  pair.server.output().clear();
  EXPECT_TRUE(pair.server.next(0, pair.event));
  EXPECT_TRUE(pair.server.wants_read());
}

TEST(RpcConnection, CallsBeyondTheLimitAreRejected) {
  rpc::ConnectionLimits limits;
  limits.calls = 3;
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    const std::string body = body_of(c.flavour.protocol, 1);
    {
      Pair pair(c, {}, {.limits = limits});
      for (int k = 0; k < 3; ++k) {
        ASSERT_TRUE(pair.call("ping", body));
      }
      EXPECT_EQ(pair.call("ping", body).error().code(), Errc::overloaded);
    }
    Pair pair(c, {.limits = limits});
    for (std::uint64_t k = 1; k <= 5; ++k) {
      ASSERT_TRUE(pair.call("ping", body, {.user = k}));
    }
    pair.serve();
    EXPECT_EQ(pair.calls.size(), 3U);
    EXPECT_EQ(pair.server.in_flight(), 3U);
    std::vector<Told> told = pair.answers();
    if (c.multiplex) {
      ASSERT_EQ(told.size(), 2U);
      EXPECT_EQ(told[0].user, 4U);
      EXPECT_EQ(told[0].kind, Kind::failed);
    } else {  // they wait: an answer would be out of order
      EXPECT_TRUE(told.empty());
      for (std::size_t k = 0; k < 5; ++k) {
        ASSERT_LT(k, pair.calls.size());
        const Pair::Pending call = pair.calls[k];
        pair.reply(call);
        pair.serve();
      }
      EXPECT_EQ(pair.answers().size(), 5U);
    }
  }
}

// Once warm, a call with a raw body allocates nothing, on either end.
TEST(RpcConnection, AllocatesNothingForACallOnceWarm) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    Pair pair(c);
    Event client_event;
    Event server_event;
    const std::string body = body_of(c.flavour.protocol, 1);
    Message message;
    message.method = "a_method_with_a_long_name";
    message.body = rpc::Body::raw(as_bytes(body));
    const auto move_bytes = [](Connection& from, Connection& to) {
      bool ok = true;
      for (const Bytes segment : from.output().spans()) {
        ok = ok && to.receive(segment);
      }
      from.output().clear();
      return ok;
    };
    const auto round = [&] {
      bool ok = true;
      for (int k = 0; k < 10; ++k) {
        ok = ok && pair.client.call(message, {.deadline = 1'000'000'000}, 0);
      }
      ok = ok && move_bytes(pair.client, pair.server);
      while (ok && pair.server.next(0, server_event)) {
        Message reply;
        reply.body = server_event.message.body;
        ok = pair.server.reply(server_event.call, reply).has_value();
      }
      ok = ok && move_bytes(pair.server, pair.client);
      int answered = 0;
      while (ok && pair.client.next(0, client_event)) {
        answered += client_event.kind == Kind::reply ? 1 : 0;
      }
      return ok && answered == 10;
    };
    for (int warm = 0; warm < 20; ++warm) {
      ASSERT_TRUE(round());
    }
    Faults& f = Faults::get();
    f.allowed = 0;
    f.failed = false;
    f.armed = true;
    const bool done = round();
    f.armed = false;
    EXPECT_TRUE(done);
    EXPECT_FALSE(f.failed);
  }
}

// ---- The end of a connection

TEST(RpcConnection, ServersThatDrainTellTheirPeers) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    Pair pair(c);
    const std::string body = body_of(c.flavour.protocol, 1);
    ASSERT_TRUE(pair.call("first", body, {.user = 1}));
    pair.serve();
    pair.server.drain();
    EXPECT_TRUE(pair.server.is_open());
    if (is_ttheader(c) && c.multiplex) {  // a control frame, at once
      const std::vector<Told> told = pair.answers();
      ASSERT_EQ(told.size(), 1U);
      EXPECT_EQ(told[0].kind, Kind::draining);
      EXPECT_EQ(pair.call("second", body).error().code(), Errc::unavailable);
      EXPECT_TRUE(pair.client.is_open());
    }
    pair.reply(pair.calls[0]);
    const std::vector<Told> told = pair.answers();
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(told[0].kind, Kind::reply);
    if (!is_ttheader(c)) {
      EXPECT_EQ(told.size(), 1U);  // there is no way to tell
      EXPECT_TRUE(pair.client.is_open());
      continue;
    }
    // "crrst" in the answer, and nothing is in flight any longer.
    EXPECT_EQ(told.size(), c.multiplex ? 2U : 3U);
    EXPECT_EQ(told.back().kind, Kind::closed);
    EXPECT_EQ(told.back().code, Errc::ok);
    EXPECT_FALSE(pair.client.is_open());
  }
}

TEST(RpcConnection, ClientsThatDrainEndWithTheirLastCall) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    Pair pair(c);
    const std::string body = body_of(c.flavour.protocol, 1);
    ASSERT_TRUE(pair.call("first", body));
    pair.client.drain();
    EXPECT_EQ(pair.call("second", body).error().code(), Errc::unavailable);
    EXPECT_TRUE(pair.client.is_open());
    pair.serve();
    pair.reply(pair.calls.at(0));
    const std::vector<Told> told = pair.answers();
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].kind, Kind::reply);
    EXPECT_EQ(told[1].kind, Kind::closed);
    EXPECT_EQ(told[1].code, Errc::ok);
    EXPECT_FALSE(pair.client.is_open());
  }
}

// ---- With a schema

std::shared_ptr<const rpc::Plan> shop_plan() {
  const Result<Schema> schema = thrift::load_text(R"(
      service Shop {
        i32 ping(1: i32 number)
        oneway void note(1: i32 number)
      })");
  EXPECT_TRUE(schema) << schema.error();
  const auto plan = rpc::Plan::make(Engine::shared(), *schema);
  EXPECT_TRUE(plan) << plan.error();
  return *plan;
}

TEST(RpcConnection, APlanSaysWhatIsOnewayAndWhatThereIs) {
  const std::shared_ptr<const rpc::Plan> plan = shop_plan();
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    const std::string body = body_of(c.flavour.protocol, 1);
    for (const bool tells : {false, true}) {
      Pair pair(c, {.plan = plan, .tell_unknown_methods = tells}, {.plan = plan});
      ASSERT_TRUE(pair.call("note", body, {.user = 1}));
      EXPECT_EQ(pair.client.in_flight(), 0U);
      // As old clients do: the type says call, the schema of the server that it is oneway.
      give(pair.server, answer(c, "note", 77, MessageType::call), Pieces::whole);
      ASSERT_TRUE(pair.call("pong", body, {.user = 2}));
      ASSERT_TRUE(pair.call("ping", body, {.user = 3}));
      pair.serve();
      ASSERT_EQ(pair.calls.size(), tells ? 4U : 3U);
      EXPECT_TRUE(pair.calls[0].oneway);
      EXPECT_TRUE(pair.calls[1].oneway);
      if (tells) {
        EXPECT_EQ(pair.calls[2].method, "pong");
        EXPECT_EQ(pair.calls[2].body, body);
        ASSERT_TRUE(pair.server.fail(pair.calls[2].id, Error(Errc::unknown_method)));
      }
      pair.reply(pair.calls.back());
      EXPECT_EQ(pair.server.in_flight(), 0U);
      const std::vector<Told> told = pair.answers();
      ASSERT_EQ(told.size(), 2U);
      EXPECT_EQ(told[0].user, 2U);
      EXPECT_EQ(told[0].code, Errc::unknown_method);
      EXPECT_EQ(told[0].remote_code, 1);
      EXPECT_EQ(told[1].user, 3U);
      EXPECT_EQ(told[1].kind, Kind::reply);
    }
  }
}

// Bodies in JSON by a codec on both ends; a result that is both a success and an exception, or
// nothing, is a reply whose body is bad.
TEST(RpcConnection, CodecsWriteAndReadBodies) {
  const std::shared_ptr<const rpc::Plan> plan = shop_plan();
  for (const Case& c : all_cases()) {
    if (c.flavour.protocol == Protocol::kitex_protobuf) {
      continue;
    }
    SCOPED_TRACE(name(c));
    const auto made = c.flavour.protocol == Protocol::thrift_binary    ? rpc::thrift_binary(plan)
                      : c.flavour.protocol == Protocol::thrift_compact ? rpc::thrift_compact(plan)
                                                                       : rpc::thrift_json(plan);
    ASSERT_TRUE(made) << made.error();
    const rpc::PayloadCodec& codec = **made;
    const rpc::Want json{.body = rpc::Body::Kind::json};
    for (const Pieces pieces : {Pieces::whole, Pieces::bytes, Pieces::segments}) {
      Pair pair(c, {.plan = plan}, {.plan = plan});
      Message message;
      message.method = "ping";
      message.body = rpc::Body::json(R"({"number":7})");
      ASSERT_TRUE(pair.client.call(message, {.codec = &codec}, 0));
      give(pair.server, take_output(pair.client), pieces);
      Event event;
      Arena arena;
      ASSERT_TRUE(pair.server.next(0, event));
      ASSERT_EQ(event.kind, Kind::call);
      ASSERT_TRUE(event.decode(codec, json, arena));
      EXPECT_EQ(event.message.outcome, rpc::Outcome::request);
      EXPECT_EQ(event.message.body.text(), R"({"number":7})");
      Message reply;
      reply.body = rpc::Body::json(R"({"success":8})");
      ASSERT_TRUE(pair.server.reply(event.call, reply, &codec));
      give(pair.client, take_output(pair.server), pieces);
      ASSERT_TRUE(pair.client.next(0, event));
      ASSERT_EQ(event.kind, Kind::reply);
      ASSERT_TRUE(event.decode(codec, json, arena));
      EXPECT_EQ(event.message.outcome, rpc::Outcome::success);
      EXPECT_EQ(event.message.body.text(), R"({"success":8})");

      // A body that cannot be written changes nothing.
      message.body = rpc::Body::json(R"({"number":"text"})");
      EXPECT_FALSE(pair.client.call(message, {.codec = &codec}, 0));
      EXPECT_EQ(pair.client.in_flight(), 0U);
      EXPECT_TRUE(pair.client.output().empty());

      // Neither success nor exception.
      message.body = rpc::Body::json(R"({"number":7})");
      ASSERT_TRUE(pair.client.call(message, {.codec = &codec}, 0));
      give(pair.server, take_output(pair.client), pieces);
      ASSERT_TRUE(pair.server.next(0, event));
      ASSERT_TRUE(pair.server.reply(event.call, {}));
      give(pair.client, take_output(pair.server), pieces);
      ASSERT_TRUE(pair.client.next(0, event));
      ASSERT_EQ(event.kind, Kind::reply);
      ASSERT_TRUE(event.decode(codec, json, arena));
      EXPECT_EQ(event.message.outcome, rpc::Outcome::bad_body);
      EXPECT_TRUE(pair.client.is_open());
    }
  }
}

// A large body in a chain is not copied on its way, and its owner is released once it was sent.
TEST(RpcConnection, LargeBodiesInChainsAreNotCopied) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    std::string body;
    if (c.flavour.protocol == Protocol::thrift_json) {
      body = "{\"1\":{\"str\":\"" + std::string(50'000, 'x') + "\"}}";
    } else {
      for (int k = 0; k < 20'000; ++k) {
        body += c.flavour.protocol == Protocol::thrift_binary ? "\x03\0\x01\x05"s : "\x13\x05";
      }
      body += '\0';
    }
    auto owner = std::make_shared<std::string>(body);
    Chain chain;
    ASSERT_TRUE(chain.append_external(as_bytes(*owner).first(20'000), owner));
    ASSERT_TRUE(chain.append_external(as_bytes(*owner).subspan(20'000), owner));
    Pair pair(c);
    Message message;
    message.method = "ping";
    message.body = rpc::Body::raw(chain);
    ASSERT_TRUE(pair.client.call(message, {}, 0));
    chain.clear();
    EXPECT_EQ(owner.use_count(), 3);  // two segments of the output
    ASSERT_TRUE(pair.server.receive(std::move(pair.client.output())));
    Event event;
    ASSERT_TRUE(pair.server.next(0, event));
    EXPECT_EQ(body_text(event.message), body);
    // It is sent on as it came.
    Message reply;
    reply.body = event.message.body;
    ASSERT_TRUE(pair.server.reply(event.call, reply));
    event.clear();
    ASSERT_TRUE(pair.client.receive(std::move(pair.server.output())));
    ASSERT_TRUE(pair.client.next(0, event));
    EXPECT_EQ(body_text(event.message), body);
    const Chain* const pieces = event.message.body.chain();
    ASSERT_NE(pieces, nullptr);
    EXPECT_EQ(pieces->spans().back().data() + pieces->spans().back().size(),
              as_bytes(*owner).data() + owner->size());
    event.clear();
    EXPECT_EQ(owner.use_count(), 1);
  }
}

// Nobody owns the bytes of this chain: what is sent has copies of them, whoever writes the envelope.
TEST(RpcConnection, SmallBodiesInChainsAreCopied) {
  const std::shared_ptr<const rpc::Plan> plan = shop_plan();
  const auto codec = rpc::thrift_binary(plan).value();
  for (const rpc::PayloadCodec* const by :
       {static_cast<const rpc::PayloadCodec*>(nullptr), codec.get()}) {
    for (const std::size_t size : {100UL, 16'300UL, 16'370UL, 16'383UL}) {
      std::string body;
      while (body.size() + 5 <= size) {
        body += "\x03\0\x01\x05"s;
      }
      body += '\0';
      const std::string before = body;
      Chain chain;
      ASSERT_TRUE(chain.append_external(as_bytes(body)));
      Pair pair({.flavour = ttheader, .multiplex = true});
      Message message;
      message.method = "ping";
      message.body = rpc::Body::raw(chain);
      ASSERT_TRUE(pair.client.call(message, {.codec = by}, 0));
      std::ranges::fill(body, 'x');
      EXPECT_TRUE(text_of(pair.client.output()).ends_with(before)) << size;
      body = before;
      ASSERT_TRUE(pair.server.receive(std::move(pair.client.output())));
      ASSERT_TRUE(pair.server.next(0, pair.event));
      ASSERT_TRUE(pair.server.reply(pair.event.call, message, by));
      std::ranges::fill(body, 'x');
      EXPECT_TRUE(text_of(pair.server.output()).ends_with(before)) << size;
    }
  }
}

TEST(RpcConnection, NamesWithAColonAreThoseOfServices) {
  Pair pair({.flavour = framed});
  EXPECT_EQ(pair.call("a:b", body_of(Protocol::thrift_binary, 1)).error().code(),
            Errc::wrong_method);
  EXPECT_EQ(pair.client.in_flight(), 0U);
  EXPECT_TRUE(pair.client.output().empty());
}

// ---- Streams

// Frames of streams as a peer may write them.
std::string frame(std::uint32_t stream, std::string_view type, std::string_view payload = {},
                  std::string_view method = "watch") {
  Message message;
  message.flavour = {
      .transport = Transport::ttheader, .protocol = Protocol::thrift_struct, .streaming = true};
  message.flags = rpc::flag::streaming;
  message.sequence = stream;
  if (!type.empty()) {
    EXPECT_TRUE(message.int_keys.add(rpc::int_key::frame_type, type));
  }
  EXPECT_TRUE(message.int_keys.add(rpc::int_key::to_method, method));
  message.body = rpc::Body::raw(as_bytes(payload));
  return bytes_of(message);
}
constexpr std::string_view header_type = "2";
constexpr std::string_view data_type = "3";
constexpr std::string_view trailer_type = "4";
constexpr std::string_view reset_type = "5";
constexpr std::string_view meta_type = "1";

// Two ends and a stream between them that the server has been told of.
struct StreamPair {
  Pair pair{Case{.flavour = ttheader, .multiplex = true}};
  rpc::StreamId at_client;
  rpc::StreamId at_server;
  Event event;

  StreamPair() {
    Message message;
    message.service = "Orders";
    message.method = "watch";
    EXPECT_TRUE(message.pairs.add("key", "value"));
    const Result<rpc::StreamId> opened = pair.client.open(message, {.user = 9}, 0);
    EXPECT_TRUE(opened);
    at_client = opened.value_or(rpc::StreamId());
    to_server();
    EXPECT_TRUE(pair.server.next(0, event));
    EXPECT_EQ(event.kind, Kind::stream_opened);
    EXPECT_EQ(event.message.service, "Orders");
    EXPECT_EQ(event.message.method, "watch");
    EXPECT_EQ(event.message.pairs.find("key"), "value");
    at_server = event.stream;
    pair.server.set_user(at_server, 5);
  }
  void to_server() { give(pair.server, take_output(pair.client), Pieces::bytes); }
  std::vector<Told> at_the_server() {
    to_server();
    return all_of(pair.server);
  }
  std::vector<Told> at_the_client() {
    give(pair.client, take_output(pair.server), Pieces::bytes);
    return all_of(pair.client);
  }
};

rpc::Body text(std::string_view text) { return rpc::Body::raw(as_bytes(text)); }

TEST(RpcConnection, StreamsGoBothWays) {
  StreamPair s;
  ASSERT_TRUE(s.pair.client.send(s.at_client, text("one")));
  ASSERT_TRUE(s.pair.client.send(s.at_client, text("two")));
  std::vector<Told> told = s.at_the_server();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].kind, Kind::stream_data);
  EXPECT_EQ(told[0].user, 5U);
  EXPECT_EQ(told[0].body, "one");
  EXPECT_EQ(told[1].body, "two");
  // The server's headers go first, with its own pairs or without.
  Message headers;
  ASSERT_TRUE(headers.pairs.add("region", "eu"));
  ASSERT_TRUE(s.pair.server.send_header(s.at_server, headers));
  EXPECT_EQ(s.pair.server.send_header(s.at_server, headers).error().code(), Errc::not_found);
  ASSERT_TRUE(s.pair.server.send(s.at_server, text("three")));
  told = s.at_the_client();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].kind, Kind::stream_header);
  EXPECT_EQ(told[0].user, 9U);
  EXPECT_EQ(told[1].kind, Kind::stream_data);
  EXPECT_EQ(told[1].body, "three");
  // The client has sent all; the server has not.
  ASSERT_TRUE(s.pair.client.finish(s.at_client));
  EXPECT_EQ(s.pair.client.send(s.at_client, text("more")).error().code(), Errc::not_found);
  EXPECT_EQ(s.pair.client.finish(s.at_client).error().code(), Errc::not_found);
  told = s.at_the_server();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].kind, Kind::stream_end);
  EXPECT_EQ(told[0].code, Errc::ok);
  ASSERT_TRUE(s.pair.server.send(s.at_server, text("four")));
  Message trailers;
  ASSERT_TRUE(trailers.pairs.add("rows", "2"));
  ASSERT_TRUE(s.pair.server.finish(s.at_server, trailers));
  EXPECT_EQ(s.pair.server.in_flight(), 0U);
  give(s.pair.client, take_output(s.pair.server), Pieces::whole);
  ASSERT_TRUE(s.pair.client.next(0, s.event));
  EXPECT_EQ(s.event.kind, Kind::stream_data);
  ASSERT_TRUE(s.pair.client.next(0, s.event));
  EXPECT_EQ(s.event.kind, Kind::stream_end);
  EXPECT_EQ(s.event.message.pairs.find("rows"), "2");
  EXPECT_FALSE(s.event.error);
  EXPECT_EQ(s.pair.client.in_flight(), 0U);
  EXPECT_TRUE(s.pair.client.output().empty());
}

// Only the caller knows which method a stream's message is of, and which way it went.
TEST(RpcConnection, CodecsReadMessagesOfStreams) {
  const Schema schema = thrift::load_text(R"(
      struct Asked { 1: string s }
      struct Answer { 1: string t, 2: i32 n }
      service Orders { Answer watch(1: Asked asked) (streaming.mode = "bidirectional") })")
                            .value();
  const auto codec = rpc::thrift_struct(rpc::Plan::make(Engine::shared(), schema).value()).value();
  const std::string body =
      "\x0B\0\x01\0\0\0\x01"
      "A\x08\0\x02\0\0\0\x05\0"s;
  StreamPair s;
  Arena arena;
  rpc::Want want{.body = rpc::Body::Kind::json, .method = "watch"};
  ASSERT_TRUE(s.pair.client.send(s.at_client, text(body)));
  s.to_server();
  ASSERT_TRUE(s.pair.server.next(0, s.event));
  ASSERT_EQ(s.event.kind, Kind::stream_data);
  ASSERT_TRUE(s.event.decode(*codec, want, arena));
  EXPECT_EQ(s.event.message.outcome, rpc::Outcome::request);
  EXPECT_EQ(s.event.message.body.text(), R"({"s":"A"})");
  ASSERT_TRUE(s.pair.server.send(s.at_server, text(body)));
  give(s.pair.client, take_output(s.pair.server), Pieces::whole);
  ASSERT_TRUE(s.pair.client.next(0, s.event));
  ASSERT_EQ(s.event.kind, Kind::stream_header);
  ASSERT_TRUE(s.pair.client.next(0, s.event));
  ASSERT_EQ(s.event.kind, Kind::stream_data);
  want.is_reply = true;
  ASSERT_TRUE(s.event.decode(*codec, want, arena));
  EXPECT_EQ(s.event.message.outcome, rpc::Outcome::success);
  EXPECT_EQ(s.event.message.body.text(), R"({"t":"A","n":5})");
}

TEST(RpcConnection, StreamsLiveBesideCalls) {
  StreamPair s;
  const std::string body = body_of(Protocol::thrift_binary, 3);
  ASSERT_TRUE(s.pair.call("ping", body, {.user = 1}));
  ASSERT_TRUE(s.pair.client.send(s.at_client, text("one")));
  s.pair.serve();
  ASSERT_EQ(s.pair.calls.size(), 1U);
  ASSERT_EQ(s.pair.server_told.size(), 1U);
  ASSERT_TRUE(s.pair.server.send(s.at_server, text("two")));
  s.pair.reply(s.pair.calls[0]);
  const std::vector<Told> told = s.at_the_client();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].kind, Kind::stream_header);
  EXPECT_EQ(told[1].kind, Kind::stream_data);
  EXPECT_EQ(told[2].kind, Kind::reply);
}

TEST(RpcConnection, AServersFailureEndsItsStream) {
  StreamPair s;
  Message trailers;
  trailers.error = Error(Errc::internal, "it broke");
  ASSERT_TRUE(s.pair.server.finish(s.at_server, trailers));
  const std::vector<Told> told = s.at_the_client();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].kind, Kind::stream_header);
  EXPECT_EQ(told[1].kind, Kind::stream_end);
  EXPECT_EQ(told[1].remote_code, 6);
  // The client had not finished: old servers wait for its trailer.
  EXPECT_FALSE(s.pair.client.output().empty());
  EXPECT_TRUE(s.at_the_server().empty());
  EXPECT_EQ(s.pair.server.dropped(), 1U);
}

TEST(RpcConnection, BusinessErrorsEndStreams) {
  StreamPair s;
  Message trailers;
  ASSERT_TRUE(trailers.pairs.add("biz-status", "7"));
  ASSERT_TRUE(s.pair.server.finish(s.at_server, trailers));
  const std::vector<Told> told = s.at_the_client();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[1].kind, Kind::stream_end);
  EXPECT_EQ(told[1].code, Errc::remote_error);
  EXPECT_EQ(told[1].remote_code, 7);
}

TEST(RpcConnection, EitherEndResetsAStream) {
  {
    StreamPair s;
    s.pair.client.reset(s.at_client, Error(Errc::cancelled, "the user went away"));
    EXPECT_EQ(s.pair.client.in_flight(), 0U);
    EXPECT_TRUE(all_of(s.pair.client).empty());
    const std::vector<Told> told = s.at_the_server();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].kind, Kind::stream_failed);
    EXPECT_EQ(told[0].code, Errc::cancelled);
    EXPECT_EQ(told[0].remote_code, 12007);
    EXPECT_EQ(s.pair.server.in_flight(), 0U);
    EXPECT_EQ(s.pair.server.send(s.at_server, text("late")).error().code(), Errc::not_found);
    s.pair.server.reset(s.at_server, Error(Errc::cancelled));  // it is gone: nothing
    EXPECT_TRUE(s.pair.server.output().empty());
  }
  StreamPair s;
  s.pair.server.reset(s.at_server, Error(Errc::internal));
  const std::vector<Told> told = s.at_the_client();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].kind, Kind::stream_failed);
  EXPECT_EQ(told[0].remote_code, 6);
}

TEST(RpcConnection, StreamsHaveDeadlines) {
  Pair pair({.flavour = ttheader, .multiplex = true});
  Message message;
  message.method = "watch";
  ASSERT_TRUE(pair.client.open(message, {.deadline = 50, .user = 3}, 0));
  EXPECT_EQ(pair.client.deadline(), 50);
  pair.serve();
  const std::vector<Told> told = all_of(pair.client, 50);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].kind, Kind::stream_failed);
  EXPECT_EQ(told[0].user, 3U);
  EXPECT_EQ(told[0].code, Errc::deadline_exceeded);
  pair.server_told.clear();
  pair.serve();
  ASSERT_EQ(pair.server_told.size(), 1U);
  EXPECT_EQ(pair.server_told[0].remote_code, 12015);
}

TEST(RpcConnection, StreamsOfAPeerThatBreaksRulesAreReset) {
  struct Bad {
    std::string_view what;
    std::vector<std::string_view> types;  // of frames of stream 1, each with a body
    bool at_client;
  };
  const std::vector<Bad> cases{
      {"data before the header", {data_type}, true},
      {"a second header", {header_type, header_type}, true},
      {"a second header at the server", {header_type}, false},
      {"data after the trailer", {trailer_type, data_type}, false},
      {"a second trailer", {trailer_type, trailer_type}, false},
  };
  for (const Bad& bad : cases) {
    SCOPED_TRACE(bad.what);
    StreamPair s;
    Connection& victim = bad.at_client ? static_cast<Connection&>(s.pair.client) : s.pair.server;
    for (const std::string_view type : bad.types) {
      give(victim, frame(1, type), Pieces::whole);
    }
    const std::vector<Told> told = all_of(victim);
    ASSERT_EQ(told.size(), bad.types.size());
    EXPECT_EQ(told.back().kind, Kind::stream_failed);
    EXPECT_EQ(told.back().code, Errc::bad_frame);
    EXPECT_EQ(victim.in_flight(), 0U);
    EXPECT_TRUE(victim.is_open());
    const std::vector<Told> other = bad.at_client ? s.at_the_server() : s.at_the_client();
    ASSERT_EQ(other.size(), 1U);
    EXPECT_EQ(other[0].kind, Kind::stream_failed);
    EXPECT_EQ(other[0].code, Errc::cancelled);
  }
}

TEST(RpcConnection, FramesOfUnknownStreamsAreDropped) {
  for (const bool at_client : {false, true}) {
    StreamPair s;
    Connection& victim = at_client ? static_cast<Connection&>(s.pair.client) : s.pair.server;
    for (const std::string_view type : {data_type, trailer_type, reset_type, meta_type}) {
      give(victim, frame(77, type), Pieces::whole);
      give(victim, frame(0, type), Pieces::whole);
    }
    give(victim, frame(0, header_type), Pieces::whole);
    give(victim, frame(1, "6"), Pieces::whole);
    give(victim, frame(1, ""), Pieces::whole);
    give(victim, frame(1, "33"), Pieces::whole);
    EXPECT_TRUE(all_of(victim).empty());
    EXPECT_EQ(victim.dropped(), 12U);
    EXPECT_TRUE(victim.output().empty());
    EXPECT_EQ(victim.in_flight(), 1U);
  }
}

TEST(RpcConnection, MetaFramesAreForClients) {
  StreamPair s;
  give(s.pair.client, frame(1, meta_type, "anything"), Pieces::whole);
  std::vector<Told> told = all_of(s.pair.client);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].kind, Kind::stream_meta);
  EXPECT_EQ(told[0].body, "anything");
  give(s.pair.server, frame(1, meta_type, "anything"), Pieces::whole);
  EXPECT_TRUE(all_of(s.pair.server).empty());
  EXPECT_EQ(s.pair.server.dropped(), 1U);
}

TEST(RpcConnection, NumbersOfStreamsMayBeUsedAgainButNotBelowZero) {
  ServerConnection server = make_server();
  for (int round = 0; round < 3; ++round) {
    give(server, frame(4, header_type) + frame(4, reset_type), Pieces::whole);
    const std::vector<Told> told = all_of(server);
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].kind, Kind::stream_opened);
    EXPECT_EQ(told[1].kind, Kind::stream_failed);
  }
  EXPECT_TRUE(server.output().empty());
  give(server, frame(0x80000000, header_type) + frame(0xFFFFFFFF, header_type), Pieces::whole);
  EXPECT_TRUE(all_of(server).empty());
  EXPECT_EQ(server.in_flight(), 0U);
  EXPECT_FALSE(server.output().empty());  // resets
  EXPECT_TRUE(server.is_open());
}

// A million streams that are opened, and as many that are opened and reset.
TEST(RpcConnection, ManyStreamsTakeBoundedMemory) {
  rpc::ConnectionLimits limits;
  limits.streams = 100;
  ServerConnection server = make_server({.limits = limits});
  const std::string one = frame(1, header_type);
  const std::string reset = frame(1, reset_type);
  std::size_t opened = 0;
  std::size_t resets = 0;
  Event event;
  std::string bytes;
  const auto number = [](std::string& of, std::uint32_t stream) {
    for (int k = 0; k < 4; ++k) {
      of[8 + static_cast<std::size_t>(k)] = static_cast<char>(stream >> (24 - 8 * k));
    }
    return std::string_view(of);
  };
  std::string header_frame = one;
  std::string reset_frame = reset;
  std::size_t most = 0;
  for (std::uint32_t stream = 1; stream <= 1'000'000;) {
    bytes.clear();
    for (int k = 0; k < 1000; ++k, ++stream) {
      bytes += number(header_frame, stream);
      if (stream > 500'000) {
        bytes += number(reset_frame, stream);
      }
    }
    give(server, bytes, Pieces::whole);
    do {
      // A peer that reads nothing makes the server stop; one that reads gets resets.
      while (server.next(0, event)) {
        opened += event.kind == Kind::stream_opened ? 1 : 0;
      }
      resets += server.output().empty() ? 0 : 1;
      server.output().clear();
    } while (server.unread().size() > one.size());
    most = std::max(most, server.in_flight());
    if (stream == 500'001) {
      for (std::uint32_t k = 1; k <= 100; ++k) {
        give(server, number(reset_frame, k), Pieces::whole);
      }
    }
  }
  EXPECT_EQ(most, 100U);
  EXPECT_EQ(opened, 500'100U);
  EXPECT_GT(resets, 0U);
  EXPECT_TRUE(server.is_open());
}

TEST(RpcConnection, AServerStopsWhenItsResetsAreNotRead) {
  rpc::ConnectionLimits limits;
  limits.streams = 1;
  limits.output_high = 1000;
  ServerConnection server = make_server({.limits = limits});
  std::string bytes;
  for (std::uint32_t stream = 1; stream <= 1000; ++stream) {
    bytes += frame(stream, header_type);
  }
  give(server, bytes, Pieces::whole);
  EXPECT_EQ(all_of(server).size(), 1U);
  EXPECT_LT(server.output().size(), 1200U);
  EXPECT_FALSE(server.wants_read());
  EXPECT_GT(server.unread().size(), 10'000U);
}

TEST(RpcConnection, StreamsEndWithTheConnection) {
  StreamPair s;
  s.pair.client.end_of_input();
  std::vector<Told> told = all_of(s.pair.client);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].kind, Kind::stream_failed);
  EXPECT_EQ(told[0].code, Errc::unavailable);
  EXPECT_EQ(told[0].user, 9U);
  EXPECT_EQ(told[1].kind, Kind::closed);
  s.pair.server.close(Error(Errc::unavailable));
  told = all_of(s.pair.server);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].kind, Kind::stream_failed);
}

// ---- Lack of memory

// Owners of what a peer has sent.
struct CountedOwners {
  std::size_t made = 0;
  std::size_t released = 0;

  static void release(void* context) { ++static_cast<CountedOwners*>(context)->released; }
  [[nodiscard]] Result<void> give(Connection& to, std::string_view bytes, std::size_t piece) {
    Chain chain;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      ++made;
      if (Result<void> done =
              chain.append_external(as_bytes(bytes.substr(at, piece)), &release, this);
          !done) {
        return done;
      }
    }
    return to.receive(std::move(chain));
  }
};

// What next() says of a lack of memory.
Errc drain_events(Connection& connection, Event& event, rpc::Time now) {
  Errc code = Errc::ok;
  while (connection.next(now, event)) {
    if (event.kind == Kind::closed && event.error) {
      code = event.error->code();
    }
  }
  return code;
}

TEST(RpcConnection, LosesNothingWhereMemoryLacks) {
  for (const Case& c : all_cases()) {
    SCOPED_TRACE(name(c));
    const std::string body = body_of(c.flavour.protocol, 1);
    const Report report = inject([&] {
      CountedOwners owners;
      const Errc code = [&] {
        Result<ClientConnection> client =
            ClientConnection::make({.flavour = c.flavour, .multiplex = c.multiplex});
        Result<ServerConnection> server = ServerConnection::make();
        if (!client || !server) {
          return Errc::no_memory;
        }
        Event event;
        Message message;
        message.method = "a_method_with_a_long_name";
        message.body = rpc::Body::raw(as_bytes(body));
        for (int k = 0; k < 2; ++k) {
          if (const auto id = client->call(message, {.deadline = 10}, 0); !id) {
            return id.error().code();
          }
        }
        const auto copied = [](Chain& chain, Buffer& to) {
          bool ok = true;
          for (const Bytes segment : chain.spans()) {
            ok = ok && to.append(segment);
          }
          chain.clear();
          return ok;
        };
        Buffer bytes;
        if (!copied(client->output(), bytes)) {
          return Errc::no_memory;
        }
        if (const auto done = owners.give(*server, bytes.text(), 9); !done) {
          return done.error().code();
        }
        std::array<rpc::CallId, 2> calls;
        std::size_t n = 0;
        while (server->next(0, event)) {
          if (event.kind == Kind::call) {
            calls.at(n++) = event.call;
          } else if (event.error) {
            return event.error->code();
          }
        }
        for (std::size_t k = n; k != 0; --k) {
          if (const auto done = server->reply(calls.at(k - 1), message); !done) {
            return done.error().code();
          }
        }
        Buffer back;
        if (n != 2 || !copied(server->output(), back)) {
          return Errc::no_memory;
        }
        if (const auto done = owners.give(*client, back.text(), 9); !done) {
          return done.error().code();
        }
        if (const Errc ended = drain_events(*client, event, 5); ended != Errc::ok) {
          return ended;
        }
        // An answer that waited for memory is sent with the next event.
        return client->in_flight() == 0 ? Errc::ok : Errc::no_memory;
      }();
      EXPECT_EQ(owners.released, owners.made);
      return code;
    });
    expect_faults(report, 10);
  }
}

TEST(RpcConnection, StreamsLoseNothingWhereMemoryLacks) {
  const Report report = inject([] {
    Result<ClientConnection> client = ClientConnection::make({.flavour = ttheader});
    Result<ServerConnection> server = ServerConnection::make();
    if (!client || !server) {
      return Errc::no_memory;
    }
    Event event;
    Message message;
    message.method = "watch";
    Errc code = Errc::ok;
    const auto keep = [&](const auto& result) {
      code = code == Errc::ok && !result ? result.error().code() : code;
    };
    const auto stream = client->open(message, {.deadline = 10}, 0);
    if (!stream) {
      return stream.error().code();
    }
    keep(client->send(*stream, text("one")));
    keep(client->finish(*stream));
    keep(server->receive(std::move(client->output())));
    rpc::StreamId opened;
    while (code == Errc::ok && server->next(0, event)) {
      if (event.kind == Kind::stream_opened) {
        opened = event.stream;
      } else if (event.error) {
        code = event.error->code();
      }
    }
    if (code == Errc::ok) {
      keep(server->send(opened, text("two")));
    }
    if (code == Errc::ok) {
      keep(server->finish(opened));
    }
    keep(client->receive(std::move(server->output())));
    while (code == Errc::ok && client->next(0, event)) {
      code = event.error ? event.error->code() : Errc::ok;
    }
    return code;
  });
  expect_faults(report, 10);
}

TEST(RpcConnection, OptionsThatMakeNoSenseAreRejected) {
  for (const Flavour& flavour :
       {Flavour{.transport = Transport::grpc, .protocol = Protocol::protobuf},
        Flavour{.transport = Transport::unframed, .protocol = Protocol::kitex_protobuf},
        Flavour{.transport = Transport::framed, .protocol = Protocol::thrift_struct},
        Flavour{.transport = Transport::ttheader, .streaming = true}}) {
    EXPECT_EQ(ClientConnection::make({.flavour = flavour}).error().code(), Errc::unsupported);
  }
  Pair pair({.flavour = framed});
  EXPECT_EQ(pair.call("", "\0"sv).error().code(), Errc::wrong_method);
  Message message;
  message.method = "ping";
  message.body = rpc::Body::json("{}");
  EXPECT_EQ(pair.client.call(message, {}, 0).error().code(), Errc::unsupported);
  EXPECT_EQ(pair.client.in_flight(), 0U);
  EXPECT_TRUE(pair.client.output().empty());
}

}  // namespace
}  // namespace wirejit::test
