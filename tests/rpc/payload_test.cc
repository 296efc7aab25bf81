// Payloads by a plan: calls and replies against libthrift in the same process, every outcome on
// every protocol, hostile bodies. Everything runs interpreted and as machine code.
#include "tests/support/engine_matrix.h"
#include "tests/support/fault_injection.h"
#include "tests/support/guarded_input.h"

#include <wirejit/chain.h>
#include <wirejit/pb.h>
#include <wirejit/record.h>
#include <wirejit/reflect.h>
#include <wirejit/rpc/object_body.h>
#include <wirejit/rpc/payload_codec.h>
#include <wirejit/rpc/plan.h>
#include <wirejit/rpc/service_cell.h>
#include <wirejit/rpc/wire.h>
#include <wirejit/thrift.h>

#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/protocol/TCompactProtocol.h>
#include <thrift/protocol/TJSONProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include <peer_default/CallService.h>

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace wirejit::rpc {

namespace {

using apache::thrift::TApplicationException;
using apache::thrift::protocol::TProtocol;
using apache::thrift::transport::TMemoryBuffer;

constexpr std::array protocols{Protocol::thrift_binary, Protocol::thrift_binary_old,
                               Protocol::thrift_compact, Protocol::thrift_json};

Schema calls_schema() {
  const Result<Schema> schema = thrift::load_file("tests/peers/calls.thrift");
  EXPECT_TRUE(schema) << schema.error();
  return *schema;
}

std::shared_ptr<const Plan> plan_of(const Engine& engine, const Schema& schema,
                                    const PlanOptions& options = {}) {
  auto plan = Plan::make(engine, schema, options);
  EXPECT_TRUE(plan) << plan.error();
  return *plan;
}

std::shared_ptr<const PayloadCodec> codec_of(Protocol protocol, std::shared_ptr<const Plan> plan) {
  switch (protocol) {
    case Protocol::thrift_compact: return *thrift_compact(std::move(plan));
    case Protocol::thrift_json: return *thrift_json(std::move(plan));
    case Protocol::thrift_struct: return *thrift_struct(std::move(plan));
    case Protocol::kitex_protobuf: return *kitex_protobuf(std::move(plan));
    case Protocol::protobuf: return *grpc_message(std::move(plan));
    case Protocol::thrift_binary:
    case Protocol::thrift_binary_old: break;
  }
  return *thrift_binary(std::move(plan));
}

std::string bytes_of(const Chain& chain) {
  std::string all;
  for (const Bytes span : chain.spans()) {
    all += as_text(span);
  }
  return all;
}

// The message without its payload.
Message message(Protocol protocol, std::string_view method, MessageType type,
                std::int32_t seqid = 7) {
  Message m;
  m.method = method;
  m.type = type;
  m.seqid = seqid;
  m.flavour.protocol = protocol;
  return m;
}

std::string marshalled(const PayloadCodec& codec, const Message& m) {
  Chain out;
  const Result<void> done = codec.marshal(m, out);
  EXPECT_TRUE(done) << done.error() << " in " << codec.name();
  return bytes_of(out);
}

std::string call(const PayloadCodec& codec, Protocol protocol, std::string_view method,
                 std::string_view json) {
  Message m = message(protocol, method, MessageType::call);
  m.body = Body::json(json);
  return marshalled(codec, m);
}

// What a payload was read as.
struct Read {
  std::optional<Error> failure;  // of the call
  std::size_t size = 0;
  Chain in;
  Arena arena;
  Message message;

  [[nodiscard]] Outcome outcome() const { return message.outcome; }
  [[nodiscard]] std::string text() const { return std::string(message.body.text()); }
  [[nodiscard]] Errc error() const { return message.error ? message.error->code() : Errc::ok; }
};

void read_into(Read& read, const PayloadCodec& codec, Protocol protocol, std::string_view payload,
               const Want& want, bool is_whole = true) {
  read.in.clear();
  EXPECT_TRUE(read.in.append(as_bytes(payload)));
  read.message.flavour.protocol = protocol;
  const auto size =
      codec.unmarshal(read.in, is_whole ? std::optional<std::size_t>(payload.size()) : std::nullopt,
                      want, read.arena, read.message);
  read.failure = size ? std::nullopt : std::optional<Error>(size.error());
  read.size = size.value_or(0);
}

Read read(const PayloadCodec& codec, Protocol protocol, std::string_view payload, const Want& want,
          bool is_whole = true) {
  Read read;
  read_into(read, codec, protocol, payload, want, is_whole);
  return read;
}

Want reply_as(Body::Kind kind, std::string_view method = {}) {
  return {.body = kind, .method = method, .is_reply = true};
}

// ---- libthrift's side

class Handler final : public peer_default::CallServiceIf {
 public:
  std::string noted;

  std::int32_t add(std::int32_t a, std::int32_t b) override { return a + b; }
  void ping() override {}
  void find(peer_default::CallItem& item, std::int64_t id, const std::string& name) override {
    if (id == -1) {
      throw refused();
    }
    if (id == -2) {
      peer_default::CallLost lost;
      lost.where = "here";
      throw lost;
    }
    if (id == -3) {
      throw std::runtime_error("a defect");
    }
    item.id = id;
    item.name = name;
    item.counts = {1, -2, 3};
  }
  void all(std::vector<peer_default::CallItem>& items,
           const peer_default::CallItem& like) override {
    items.assign(2, like);
  }
  bool has(std::int64_t id) override {
    if (id < 0) {
      throw refused();
    }
    return id == 1;
  }
  void name_of(std::string& name, const peer_default::CallItem& item) override { name = item.name; }
  void put(const peer_default::CallItem& item) override {
    if (item.id < 0) {
      throw refused();
    }
  }
  void note(const std::string& text) override { noted = text; }
  void watch(peer_default::CallItem& item, const peer_default::CallItem& like) override {
    item = like;
  }

 private:
  static peer_default::CallRefused refused() {
    peer_default::CallRefused refused;
    refused.reason = "no \"more\"";
    refused.code = 7;
    return refused;
  }
};

std::shared_ptr<TProtocol> peer_protocol(Protocol protocol,
                                         const std::shared_ptr<TMemoryBuffer>& memory) {
  using apache::thrift::protocol::TBinaryProtocol;
  switch (protocol) {
    case Protocol::thrift_compact:
      return std::make_shared<apache::thrift::protocol::TCompactProtocol>(memory);
    case Protocol::thrift_json:
      return std::make_shared<apache::thrift::protocol::TJSONProtocol>(memory);
    default:
      // Strict when it writes, if the envelope is; it reads both.
      return std::make_shared<TBinaryProtocol>(memory, 0, 0, false,
                                               protocol == Protocol::thrift_binary);
  }
}

std::shared_ptr<TMemoryBuffer> memory_with(std::string_view bytes) {
  auto memory = std::make_shared<TMemoryBuffer>();
  memory->write(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                static_cast<std::uint32_t>(bytes.size()));
  return memory;
}

// What the official processor answers.
std::string answer(Protocol protocol, std::string_view call, Handler& handler) {
  peer_default::CallServiceProcessor processor(
      std::shared_ptr<peer_default::CallServiceIf>(&handler, [](auto*) {}));
  auto out = std::make_shared<TMemoryBuffer>();
  processor.process(peer_protocol(protocol, memory_with(call)), peer_protocol(protocol, out),
                    nullptr);
  return out->getBufferAsString();
}

// ---- Tests on both engines

class Payloads : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  Engine engine{EngineOptions{.kind = GetParam()}};
  Schema schema = calls_schema();
  std::shared_ptr<const Plan> plan = plan_of(engine, schema);

  // Bytes of a struct, such as "find.result", made of JSON without the checks of results.
  std::string struct_bytes(Protocol protocol, std::string_view type, std::string_view json) {
    const Format& format = protocol == Protocol::thrift_compact ? thrift::compact
                           : protocol == Protocol::thrift_json  ? thrift::json
                                                                : thrift::binary;
    const auto found = schema.find_type("CallService." + std::string(type));
    EXPECT_TRUE(found) << found.error();
    const auto codec = engine.transcoder(*found, json::text, format);
    EXPECT_TRUE(codec) << codec.error();
    Buffer out;
    const Result<void> done = codec->transcode(json, out);
    EXPECT_TRUE(done) << done.error();
    return std::string(out.text());
  }
  std::string with_body(Protocol protocol, std::string_view method, MessageType type,
                        std::string_view body) {
    Message m = message(protocol, method, type);
    m.body = Body::raw(as_bytes(body));
    return marshalled(*codec_of(protocol, nullptr), m);
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, Payloads, testing::ValuesIn(test::engine_kinds),
                         [](const auto& kind) {
                           return kind.param == EngineOptions::Kind::interpret ? "Interpreter"
                                                                               : "Machine";
                         });

struct CallCase {
  const char* method;
  const char* args;
  Outcome outcome;
  const char* result;  // JSON, or the text of the error
};
constexpr CallCase call_cases[] = {
    {"ping", "{}", Outcome::success, "{}"},
    {"add", R"({"a":1,"b":2})", Outcome::success, R"({"success":3})"},
    {"find", R"({"id":5,"name":"x"})", Outcome::success,
     R"({"success":{"id":5,"name":"x","counts":[1,-2,3]}})"},
    {"find", R"({"id":-1})", Outcome::declared_exception,
     R"({"refused":{"reason":"no \"more\"","code":7}})"},
    {"find", R"({"id":-2})", Outcome::declared_exception, R"({"lost":{"where":"here"}})"},
    {"find", R"({"id":-3})", Outcome::application_exception, "a defect"},
    {"all", R"({"like":{"id":1,"name":"y","counts":[]}})", Outcome::success,
     R"({"success":[{"id":1,"name":"y","counts":[]},{"id":1,"name":"y","counts":[]}]})"},
    {"has", R"({"id":1})", Outcome::success, R"({"success":true})"},
    {"has", R"({"id":2})", Outcome::success, R"({"success":false})"},
    {"has", R"({"id":-2})", Outcome::declared_exception,
     R"({"refused":{"reason":"no \"more\"","code":7}})"},
    {"name_of", R"({"item":{"name":"a name"}})", Outcome::success, R"({"success":"a name"})"},
    {"put", R"({"item":{"id":3}})", Outcome::success, "{}"},
    {"put", R"({"item":{"id":-3}})", Outcome::declared_exception,
     R"({"refused":{"reason":"no \"more\"","code":7}})"},
};

TEST_P(Payloads, CallsAreAnsweredByTheOfficialProcessor) {
  for (const Protocol protocol : protocols) {
    const auto codec = codec_of(protocol, plan);
    for (const CallCase& c : call_cases) {
      SCOPED_TRACE(std::string(to_string(protocol)) + " " + c.method + c.args);
      Handler handler;
      const std::string reply = answer(protocol, call(*codec, protocol, c.method, c.args), handler);
      for (const bool is_whole : {true, false}) {
        const Read r =
            read(*codec, protocol, reply, reply_as(Body::Kind::json, c.method), is_whole);
        ASSERT_FALSE(r.failure) << *r.failure;
        EXPECT_EQ(r.size, reply.size());
        EXPECT_EQ(r.message.seqid, 7);
        EXPECT_EQ(r.message.method, c.method);
        ASSERT_EQ(r.outcome(), c.outcome) << (r.message.error ? r.message.error->to_string() : "");
        if (c.outcome == Outcome::application_exception) {
          EXPECT_EQ(r.error(), Errc::remote_error);
          EXPECT_EQ(r.message.error->message(), c.result);
        } else {
          EXPECT_EQ(r.text(), c.result);
        }
        const Read raw = read(*codec, protocol, reply, reply_as(Body::Kind::raw), is_whole);
        EXPECT_EQ(raw.outcome(), c.outcome);
        const Read record = read(*codec, protocol, reply, reply_as(Body::Kind::record), is_whole);
        EXPECT_EQ(record.outcome(), c.outcome);
        EXPECT_EQ(record.message.body.kind(), c.outcome == Outcome::application_exception
                                                  ? Body::Kind::none
                                                  : Body::Kind::record);
        // Without a plan it is told by the field's id.
        const Read planless = read(*codec_of(protocol, nullptr), protocol, reply,
                                   reply_as(Body::Kind::raw), is_whole);
        EXPECT_EQ(planless.outcome(), c.outcome);
      }
    }
  }
}

TEST_P(Payloads, TheOfficialProcessorSaysThatAMethodIsUnknown) {
  for (const Protocol protocol : protocols) {
    const auto codec = codec_of(protocol, plan);
    Handler handler;
    const std::string body = struct_bytes(protocol, "ping.args", "{}");
    const std::string reply =
        answer(protocol, with_body(protocol, "nothing", MessageType::call, body), handler);
    const Read r = read(*codec, protocol, reply, reply_as(Body::Kind::json));
    EXPECT_EQ(r.outcome(), Outcome::application_exception);
    EXPECT_EQ(r.error(), Errc::unknown_method);
    EXPECT_EQ(r.message.error->remote_code(), TApplicationException::UNKNOWN_METHOD);
  }
}

TEST_P(Payloads, OnewayCallsReachTheOfficialProcessor) {
  for (const Protocol protocol : protocols) {
    const auto codec = codec_of(protocol, plan);
    EXPECT_TRUE(plan->find("", "note")->oneway());
    Message m = message(protocol, "note", MessageType::oneway);
    m.body = Body::json(R"({"text":"hear"})");
    Handler handler;
    EXPECT_EQ(answer(protocol, marshalled(*codec, m), handler), "");
    EXPECT_EQ(handler.noted, "hear");
  }
}

// What an official client that calls a method sees of our reply.
template <class Send, class Receive>
void with_client(Protocol protocol, Send send, std::string& call,
                 const std::function<std::string()>& reply, Receive receive) {
  auto out = std::make_shared<TMemoryBuffer>();
  auto in = std::make_shared<TMemoryBuffer>();
  peer_default::CallServiceClient client(peer_protocol(protocol, in), peer_protocol(protocol, out));
  send(client);
  call = out->getBufferAsString();
  const std::string bytes = reply();
  in->write(reinterpret_cast<const std::uint8_t*>(bytes.data()),
            static_cast<std::uint32_t>(bytes.size()));
  receive(client);
}

TEST_P(Payloads, OfficialClientsAreAnswered) {
  for (const Protocol protocol : protocols) {
    SCOPED_TRACE(to_string(protocol));
    const auto codec = codec_of(protocol, plan);
    std::string bytes;
    // Reads the call as JSON, and answers with JSON, or with an exception.
    const auto reply = [&](std::string_view json, MessageType type = MessageType::reply) {
      return [&, json, type]() -> std::string {
        Read r = read(*codec, protocol, bytes, {.body = Body::Kind::json});
        EXPECT_EQ(r.outcome(), Outcome::request);
        EXPECT_EQ(r.text(), R"({"id":9,"name":"n"})");
        Message m = message(protocol, r.message.method, type, r.message.seqid);
        if (type == MessageType::exception) {
          m.error = Error(Errc::internal, std::string(json));
        } else {
          m.body = Body::json(json);
        }
        return marshalled(*codec, m);
      };
    };
    const auto send = [](auto& client) { client.send_find(9, "n"); };
    with_client(protocol, send, bytes, reply(R"({"success":{"id":4,"name":"m","counts":[8]}})"),
                [](auto& client) {
                  peer_default::CallItem item;
                  client.recv_find(item);
                  EXPECT_EQ(item.id, 4);
                  EXPECT_EQ(item.name, "m");
                  EXPECT_EQ(item.counts, std::vector<std::int32_t>{8});
                });
    with_client(protocol, send, bytes, reply(R"( { "refused" : {"reason":"r","code":2} } )"),
                [](auto& client) {
                  peer_default::CallItem item;
                  try {
                    client.recv_find(item);
                    ADD_FAILURE() << "no exception";
                  } catch (const peer_default::CallRefused& refused) {
                    EXPECT_EQ(refused.reason, "r");
                    EXPECT_EQ(refused.code, 2);
                  }
                });
    with_client(protocol, send, bytes, reply("it broke", MessageType::exception), [](auto& client) {
      peer_default::CallItem item;
      try {
        client.recv_find(item);
        ADD_FAILURE() << "no exception";
      } catch (const TApplicationException& e) {
        EXPECT_EQ(e.getType(), TApplicationException::INTERNAL_ERROR);
        EXPECT_STREQ(e.what(), "it broke");
      }
    });
  }
}

TEST_P(Payloads, ResultsHaveOneField) {
  struct Case {
    const char* method;
    const char* type;
    const char* json;
    Errc error;  // ok: it is a success
  };
  constexpr Case cases[] = {
      {"find", "find.result", "{}", Errc::missing_required},
      {"find", "find.result", R"({"success":{"id":1},"lost":{"where":"w"}})", Errc::union_not_one},
      {"find", "find.result", R"({"lost":{"where":"w"},"refused":{"code":1}})",
       Errc::union_not_one},
      {"has", "has.result", R"({"success":true,"refused":{"code":1}})", Errc::union_not_one},
      {"ping", "put.result", R"({"refused":{"code":1}})", Errc::ok},  // a field that it lacks
      {"find", "has.result", R"({"refused":{"code":1}})", Errc::missing_required},
      {"put", "put.result", "{}", Errc::ok},
  };
  for (const Protocol protocol : protocols) {
    const auto codec = codec_of(protocol, plan);
    for (const Case& c : cases) {
      SCOPED_TRACE(std::string(to_string(protocol)) + " " + c.method + c.json);
      const std::string body = struct_bytes(protocol, c.type, c.json);
      const std::string reply = with_body(protocol, c.method, MessageType::reply, body);
      for (const auto kind : {Body::Kind::raw, Body::Kind::json, Body::Kind::record}) {
        const Read r = read(*codec, protocol, reply, reply_as(kind));
        ASSERT_FALSE(r.failure) << *r.failure;
        EXPECT_EQ(r.outcome(), c.error == Errc::ok ? Outcome::success : Outcome::bad_body);
        EXPECT_EQ(r.error(), c.error);
        EXPECT_EQ(r.message.method, c.method);
      }
      // Results that are written have one field, too.
      if (c.error != Errc::ok && std::string_view(c.type).starts_with(c.method)) {
        Message m = message(protocol, c.method, MessageType::reply);
        m.body = Body::json(c.json);
        Chain out;
        ASSERT_TRUE(out.append(as_bytes("before")));
        EXPECT_EQ(test::code_of(codec->marshal(m, out)), c.error);
        EXPECT_EQ(bytes_of(out), "before");
      }
    }
  }
}

TEST_P(Payloads, TheEnvelopeIsKnownWhateverTheBodyIs) {
  for (const Protocol protocol : protocols) {
    SCOPED_TRACE(to_string(protocol));
    const auto codec = codec_of(protocol, plan);
    const std::string_view nonsense = protocol == Protocol::thrift_json ? "{\"1\":7" : "\x0e\xff";
    for (const auto kind : {Body::Kind::json, Body::Kind::record}) {
      const Read r = read(*codec, protocol,
                          with_body(protocol, "find", MessageType::call, nonsense), {.body = kind});
      ASSERT_FALSE(r.failure) << *r.failure;
      EXPECT_EQ(r.outcome(), Outcome::bad_body);
      EXPECT_NE(r.error(), Errc::ok);
      EXPECT_EQ(r.message.method, "find");
      EXPECT_EQ(r.message.seqid, 7);
    }
    const Read unknown =
        read(*codec, protocol, with_body(protocol, "nothing", MessageType::call, nonsense),
             {.body = Body::Kind::json});
    EXPECT_EQ(unknown.outcome(), Outcome::unknown_method);
    EXPECT_EQ(unknown.error(), Errc::unknown_method);
    EXPECT_EQ(unknown.message.body.kind(), Body::Kind::raw);
    EXPECT_EQ(unknown.message.body.text(), nonsense);
    const Read service =
        read(*codec, protocol, with_body(protocol, "Other:find", MessageType::call, nonsense),
             {.body = Body::Kind::json});
    EXPECT_EQ(service.outcome(), Outcome::unknown_method);
    EXPECT_EQ(service.error(), Errc::unknown_service);
    EXPECT_EQ(service.message.service, "Other");
  }
}

TEST_P(Payloads, TypesOfMessagesAndNamesAreChecked) {
  for (const Protocol protocol : protocols) {
    SCOPED_TRACE(to_string(protocol));
    const auto codec = codec_of(protocol, plan);
    const std::string body = struct_bytes(protocol, "ping.args", "{}");
    for (const auto type : {MessageType::reply, MessageType::exception}) {
      const Read r = read(*codec, protocol, with_body(protocol, "ping", type, body),
                          {.body = Body::Kind::json});
      EXPECT_EQ(r.outcome(), Outcome::bad_body);
      EXPECT_EQ(r.error(), Errc::invalid_type);
    }
    for (const auto type : {MessageType::call, MessageType::oneway}) {
      const Read r = read(*codec, protocol, with_body(protocol, "ping", type, body),
                          reply_as(Body::Kind::json));
      EXPECT_EQ(r.outcome(), Outcome::bad_body);
      EXPECT_EQ(r.error(), Errc::invalid_type);
    }
    const Read r = read(*codec, protocol, with_body(protocol, "ping", MessageType::reply, body),
                        reply_as(Body::Kind::json, "put"));
    EXPECT_EQ(r.outcome(), Outcome::bad_body);
    EXPECT_EQ(r.error(), Errc::wrong_method);
  }
}

TEST_P(Payloads, BusinessErrorsAreToldByTheHeader) {
  for (const Protocol protocol : protocols) {
    const auto codec = codec_of(protocol, plan);
    const std::string empty = struct_bytes(protocol, "find.result", "{}");
    const std::string reply = with_body(protocol, "find", MessageType::reply, empty);
    for (const auto kind : {Body::Kind::raw, Body::Kind::json, Body::Kind::record}) {
      Read r;
      ASSERT_TRUE(r.message.pairs.add("biz-status", "404"));
      ASSERT_TRUE(r.message.pairs.add("biz-message", "not here"));
      read_into(r, *codec, protocol, reply, reply_as(kind));
      EXPECT_EQ(r.outcome(), Outcome::business_error);
      ASSERT_TRUE(r.message.error);
      EXPECT_EQ(r.message.error->remote_code(), 404);
      EXPECT_EQ(r.message.error->message(), "not here");
      // What is no number says nothing.
      Read bad;
      ASSERT_TRUE(bad.message.pairs.add("biz-status", "none"));
      read_into(bad, *codec, protocol, reply, reply_as(kind));
      EXPECT_EQ(bad.outcome(), Outcome::bad_body);
      EXPECT_EQ(bad.error(), Errc::missing_required);
    }
    // They are written with an empty result.
    Message m = message(protocol, "find", MessageType::reply);
    m.body = Body::json("{}");
    ASSERT_TRUE(m.pairs.add("biz-status", "404"));
    EXPECT_EQ(marshalled(*codec, m), reply);
  }
}

TEST_P(Payloads, BodiesThatAreCutAreNeverAccepted) {
  struct Case {
    const char* method;
    const char* type;
    const char* json;
    bool is_reply;
  };
  constexpr Case cases[] = {
      {"find", "find.args", R"({"id":5,"name":"some name"})", false},
      {"all", "all.result", R"({"success":[{"id":1,"name":"y","counts":[1,2,300]}]})", true},
      {"find", "find.result", R"({"refused":{"reason":"r","code":7}})", true},
      {"has", "has.result", R"({"success":true})", true},
      {"put", "put.result", "{}", true},
  };
  test::GuardedInput guard;
  for (const Protocol protocol : protocols) {
    const auto codec = codec_of(protocol, plan);
    for (const Case& c : cases) {
      const std::string whole =
          with_body(protocol, c.method, c.is_reply ? MessageType::reply : MessageType::call,
                    struct_bytes(protocol, c.type, c.json));
      for (const auto kind :
           {Body::Kind::none, Body::Kind::raw, Body::Kind::json, Body::Kind::record}) {
        for (std::size_t n = 0; n < whole.size(); ++n) {
          SCOPED_TRACE(std::string(to_string(protocol)) + " " + c.json + " " + std::to_string(n));
          for (const bool is_whole : {true, false}) {
            Chain in;
            ASSERT_TRUE(in.append_external(guard.at_end(as_bytes(whole).first(n))));
            Arena arena;
            Message m;
            m.flavour.protocol = protocol;
            const auto size = codec->unmarshal(in, is_whole ? std::optional(n) : std::nullopt,
                                               {.body = kind, .is_reply = c.is_reply}, arena, m);
            if (!size) {
              EXPECT_EQ(size.error().code(), Errc::truncated);
              EXPECT_LE(size.error().offset(), n);
            } else {
              ASSERT_TRUE(is_whole);
              // A body that is not looked into, and one that is a call's bytes, is what it is.
              const bool unseen =
                  kind == Body::Kind::none || (kind == Body::Kind::raw && !c.is_reply);
              if (!unseen) {
                EXPECT_EQ(m.outcome, Outcome::bad_body);
              }
            }
          }
        }
      }
    }
  }
}

TEST_P(Payloads, BytesAfterTheBodyAreRejected) {
  for (const Protocol protocol : protocols) {
    if (protocol == Protocol::thrift_json) {
      continue;  // they would be within its brackets
    }
    const auto codec = codec_of(protocol, plan);
    for (const bool is_reply : {true, false}) {
      std::string bytes =
          with_body(protocol, "find", is_reply ? MessageType::reply : MessageType::call,
                    is_reply ? struct_bytes(protocol, "find.result", R"({"success":{"id":1}})")
                             : struct_bytes(protocol, "find.args", R"({"id":1})"));
      bytes += '\0';
      for (const auto kind : {Body::Kind::raw, Body::Kind::json, Body::Kind::record}) {
        const Read r = read(*codec, protocol, bytes, {.body = kind, .is_reply = is_reply});
        if (kind != Body::Kind::raw || is_reply) {
          EXPECT_EQ(r.outcome(), Outcome::bad_body);
          EXPECT_EQ(r.error(), Errc::trailing_data);
        }
        // Without a length, they are of the next message.
        const Read next =
            read(*codec, protocol, bytes, {.body = kind, .is_reply = is_reply}, false);
        EXPECT_EQ(next.outcome(), is_reply ? Outcome::success : Outcome::request);
        EXPECT_EQ(next.size, bytes.size() - 1);
      }
    }
  }
}

TEST_P(Payloads, RecordsAreBodies) {
  for (const Protocol protocol : protocols) {
    const auto codec = codec_of(protocol, plan);
    const std::string bytes = call(*codec, protocol, "find", R"({"id":5,"name":"x"})");
    const Read r = read(*codec, protocol, bytes, {.body = Body::Kind::record});
    ASSERT_EQ(r.outcome(), Outcome::request);
    const RecordView record = r.message.body.as_record();
    EXPECT_EQ(record.get<std::int64_t>("id").value_or(0), 5);
    Message again = message(protocol, "find", MessageType::call);
    again.body = Body::record(record);
    EXPECT_EQ(marshalled(*codec, again), bytes);
    // A record of another type, and a result without a field.
    again.method = "put";
    Chain out;
    EXPECT_EQ(test::code_of(codec->marshal(again, out)), Errc::type_mismatch);
    EXPECT_TRUE(out.empty());
    const auto type = plan->find("", "find")->result_type();
    ASSERT_TRUE(type) << type.error();
    Arena arena;
    const Result<Record> empty = Record::make(arena, *type);
    ASSERT_TRUE(empty) << empty.error();
    Message reply = message(protocol, "find", MessageType::reply);
    reply.body = Body::record(*empty);
    EXPECT_EQ(test::code_of(codec->marshal(reply, out)), Errc::missing_required);
    EXPECT_TRUE(out.empty());
  }
}

// Options that write fields that did not come concern what is in a result, and not the result.
TEST_P(Payloads, OptionsLeaveResultsTheirOneField) {
  constexpr Options all{.default_fields = MissingFields::all,
                        .optional_fields = MissingFields::all};
  const auto full = plan_of(engine, schema, {.profile = {.options = all}, .options = all});
  for (const Protocol protocol : protocols) {
    SCOPED_TRACE(to_string(protocol));
    const auto codec = codec_of(protocol, full);
    Message m = message(protocol, "find", MessageType::reply);
    m.body = Body::json(R"({"success":{"id":1}})");
    const std::string bytes = marshalled(*codec, m);
    const Read r = read(*codec, protocol, bytes, reply_as(Body::Kind::json));
    EXPECT_EQ(r.outcome(), Outcome::success);
    if (protocol == Protocol::thrift_binary || protocol == Protocol::thrift_compact) {
      EXPECT_EQ(r.text(), R"({"success":{"id":1,"name":"","counts":[]}})");
    }
    Read record = read(*codec, protocol, bytes, reply_as(Body::Kind::record));
    EXPECT_EQ(record.outcome(), Outcome::success);
    m.body = record.message.body;
    EXPECT_EQ(read(*codec, protocol, marshalled(*codec, m), reply_as(Body::Kind::raw)).outcome(),
              Outcome::success);
  }
}

TEST_P(Payloads, RawBodiesInPiecesKeepTheirOwners) {
  const auto codec = codec_of(Protocol::thrift_binary, plan);
  const std::string body = struct_bytes(Protocol::thrift_binary, "ping.args", "{}");
  const auto owner = std::make_shared<std::string>(1000, 'x');
  Chain pieces;
  ASSERT_TRUE(pieces.append_external(as_bytes(*owner), owner));
  ASSERT_TRUE(pieces.append(as_bytes(body)));
  Message m = message(Protocol::thrift_binary, "ping", MessageType::call);
  m.body = Body::raw(pieces);
  Chain out;
  ASSERT_TRUE(codec->marshal(m, out));
  EXPECT_EQ(out.spans()[1].data(), as_bytes(*owner).data());
  EXPECT_EQ(owner.use_count(), 3);
  pieces.clear();
  ASSERT_TRUE(pieces.append(as_bytes("something else that is long enough")));
  EXPECT_TRUE(bytes_of(out).ends_with(std::string(1000, 'x') + body));
  out.clear();
  EXPECT_EQ(owner.use_count(), 1);
}

// ---- Bare values

TEST_P(Payloads, BareTextIsTheOnlyArgumentOrTheResult) {
  struct Case {
    const char* method;
    const char* args;
    Outcome outcome;
    const char* result;
  };
  constexpr Case cases[] = {
      {"ping", "{}", Outcome::success, "null"},
      {"add", R"({"a":1,"b":2})", Outcome::success, "3"},
      {"name_of", R"({"id":1,"name":"a \"b\""})", Outcome::success, R"("a \"b\"")"},
      {"has", "1", Outcome::success, "true"},
      {"has", "-1", Outcome::declared_exception,
       R"({"refused":{"reason":"no \"more\"","code":7}})"},
      {"put", R"({"id":1})", Outcome::success, "null"},
      {"put", R"({"id":-1})", Outcome::declared_exception,
       R"({"refused":{"reason":"no \"more\"","code":7}})"},
      {"all", R"({"id":2})", Outcome::success,
       R"([{"id":2,"name":"","counts":[]},{"id":2,"name":"","counts":[]}])"},
  };
  for (const unsigned indent : {0U, 2U}) {
    const auto bare =
        plan_of(engine, schema, {.profile = {.text = {.indent = indent}}, .bare = true});
    for (const Protocol protocol : protocols) {
      const auto codec = codec_of(protocol, bare);
      for (const Case& c : cases) {
        SCOPED_TRACE(std::string(to_string(protocol)) + " " + c.method + c.args);
        const auto dense = [](std::string text) {
          std::erase(text, '\n');
          for (std::size_t at; (at = text.find("  ")) != std::string::npos;) {
            text.erase(at, 2);
          }
          for (std::size_t at; (at = text.find("\": ")) != std::string::npos;) {
            text.erase(at + 2, 1);
          }
          return text;
        };
        Handler handler;
        const std::string bytes = call(*codec, protocol, c.method, c.args);
        const std::string reply = answer(protocol, bytes, handler);
        const Read r = read(*codec, protocol, reply, reply_as(Body::Kind::json));
        ASSERT_EQ(r.outcome(), c.outcome) << (r.message.error ? r.message.error->to_string() : "");
        EXPECT_EQ(dense(r.text()), c.result);
        // There and back.
        const Read args = read(*codec, protocol, bytes, {.body = Body::Kind::json});
        EXPECT_EQ(args.outcome(), Outcome::request);
        Message again = message(protocol, c.method, MessageType::call);
        again.body = args.message.body;
        EXPECT_EQ(marshalled(*codec, again), bytes);
        Message result = message(protocol, c.method, MessageType::reply);
        result.outcome = c.outcome;
        result.body = r.message.body;
        EXPECT_EQ(marshalled(*codec, result), reply);
      }
      Chain out;
      Message m = message(protocol, "has", MessageType::call);
      m.body = Body::json("true");
      const Result<void> done = codec->marshal(m, out);
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().offset(), 0U);
      EXPECT_EQ(done.error().path(), "id");
    }
  }
}

// ---- Objects

}  // namespace

struct CallItemObject {
  std::int64_t id = 0;
  std::string name;
  std::vector<std::int32_t> counts;
};
WIREJIT_STRUCT(CallItemObject, (1, id), (2, name), (3, counts))
struct CallRefusedObject {
  std::string reason;
  std::int32_t code = 0;
};
WIREJIT_STRUCT(CallRefusedObject, (1, reason), (2, code))
struct CallLostObject {
  std::string where;
};
WIREJIT_STRUCT(CallLostObject, (1, where))
struct FindArgs {
  std::int64_t id = 0;
  std::string name;
};
WIREJIT_STRUCT(FindArgs, (1, id), (2, name))
struct FindResult {
  std::optional<CallItemObject> success;
  std::optional<CallRefusedObject> refused;
  std::optional<CallLostObject> lost;
};
WIREJIT_STRUCT(FindResult, (0, success), (1, refused), (2, lost))

namespace {

TEST_P(Payloads, RegisteredObjectsAreBodies) {
  const MethodPlan& find = *plan->find("", "find");
  const auto args_codecs = ObjectCodecs<FindArgs>::make(engine, find.args());
  const auto result_codecs = ObjectCodecs<FindResult>::make(engine, find.result());
  ASSERT_TRUE(args_codecs && result_codecs);
  for (const Protocol protocol : protocols) {
    const auto codec = codec_of(protocol, plan);
    for (const std::int64_t id : {5, -1}) {
      const FindArgs args{.id = id, .name = "x"};
      const Object<FindArgs> object(*args_codecs, args);
      Message m = message(protocol, "find", MessageType::call);
      m.body = Body::object(object);
      Handler handler;
      const std::string reply = answer(protocol, marshalled(*codec, m), handler);
      FindResult result;
      Object<FindResult> target(*result_codecs, result);
      Want want = reply_as(Body::Kind::object);
      want.object = &target;
      const Read r = read(*codec, protocol, reply, want);
      EXPECT_EQ(r.outcome(), id > 0 ? Outcome::success : Outcome::declared_exception);
      EXPECT_EQ(r.message.body.as_object(), &target);
      EXPECT_EQ(result.success.has_value(), id > 0);
      EXPECT_EQ(result.refused.has_value(), id < 0);
      // One that is only written cannot be read.
      Object<FindArgs> constant(*args_codecs, args);
      want = {.body = Body::Kind::object, .object = &constant};
      const Read bad = read(*codec, protocol, marshalled(*codec, m), want);
      EXPECT_EQ(bad.error(), Errc::unsupported);
      // A result of two fields is told before it is decoded.
      want = reply_as(Body::Kind::object);
      want.object = &target;
      const Read two =
          read(*codec, protocol,
               with_body(protocol, "find", MessageType::reply,
                         struct_bytes(protocol, "find.result", R"({"success":{},"lost":{}})")),
               want);
      EXPECT_EQ(two.error(), Errc::union_not_one);
    }
  }
  EXPECT_EQ(
      test::code_of(ObjectCodecs<FindArgs>::make(engine, plan->find("", "add")->response_type())),
      Errc::type_mismatch);
}

// ---- Streams and Protobuf

TEST_P(Payloads, FramesOfStreamsAreBareStructs) {
  const auto codec = codec_of(Protocol::thrift_struct, plan);
  EXPECT_EQ(codec->name(), "thrift_struct");
  EXPECT_EQ(plan->find("", "watch")->streaming(), Streaming::server);
  for (const bool is_reply : {false, true}) {
    Message m = message(Protocol::thrift_struct, "watch",
                        is_reply ? MessageType::reply : MessageType::call);
    m.body = Body::json(R"({"id":7,"name":"","counts":[]})");
    const std::string bytes = marshalled(*codec, m);
    EXPECT_EQ(bytes, struct_bytes(Protocol::thrift_binary, "watch.args",
                                  R"({"like":{"id":7,"name":"","counts":[]}})")
                         .substr(3, bytes.size()));
    for (const bool is_whole : {true, false}) {
      const Read r =
          read(*codec, Protocol::thrift_struct, bytes,
               {.body = Body::Kind::json, .method = "watch", .is_reply = is_reply}, is_whole);
      EXPECT_EQ(r.outcome(), is_reply ? Outcome::success : Outcome::request);
      EXPECT_EQ(r.text(), m.body.text());
      const Read record =
          read(*codec, Protocol::thrift_struct, bytes,
               {.body = Body::Kind::record, .method = "watch", .is_reply = is_reply}, is_whole);
      EXPECT_EQ(record.message.body.as_record().get<std::int64_t>("id").value_or(0), 7);
    }
  }
  // Other methods have the struct of their arguments or of their result.
  const Read r = read(*codec, Protocol::thrift_struct,
                      struct_bytes(Protocol::thrift_binary, "add.result", R"({"success":3})"),
                      reply_as(Body::Kind::json, "add"));
  EXPECT_EQ(r.text(), R"({"success":3})");
  Message m = message(Protocol::thrift_struct, "watch", MessageType::exception);
  Chain out;
  EXPECT_EQ(test::code_of(codec->marshal(m, out)), Errc::unsupported);
}

Schema echo_schema() {
  SchemaBuilder builder;
  builder.add_document("echo.v1", "echo.proto");
  StructType& request = builder.add_struct("Request");
  for (const auto& [name, json_name, kind] :
       {std::tuple("text", "text", Kind::string), {"big_number", "bigNumber", Kind::i64}}) {
    Field& field = request.fields.emplace_back();
    field.id = static_cast<std::int32_t>(request.fields.size());
    field.name = name;
    field.json_name = json_name;
    field.type = builder.base(kind);
  }
  Service& service = builder.add_service("Echo");
  for (const char* name : {"Echo", "Stream"}) {
    Method& method = service.methods.emplace_back();
    method.name = name;
    method.args = &request;
    method.result = builder.of(request);
  }
  service.methods.back().server_streaming = true;
  const auto schema = builder.build();
  EXPECT_TRUE(schema) << schema.error();
  return *schema;
}

TEST_P(Payloads, ProtobufMessagesGoAsTheyAre) {
  const auto echo = plan_of(engine, echo_schema());
  EXPECT_TRUE(echo->find("echo.v1.Echo", "Echo")->is_protobuf());
  const std::string_view json = R"({"text":"hi","bigNumber":"5"})";
  const std::string_view wire("\x0a\x02hi\x10\x05", 6);
  for (const Protocol protocol : {Protocol::kitex_protobuf, Protocol::protobuf}) {
    SCOPED_TRACE(to_string(protocol));
    const auto codec = codec_of(protocol, echo);
    for (const bool is_reply : {false, true}) {
      Message m = message(protocol, "Echo", is_reply ? MessageType::reply : MessageType::call, 1);
      m.body = Body::json(json);
      const std::string bytes = marshalled(*codec, m);
      EXPECT_TRUE(bytes.ends_with(wire));
      if (protocol == Protocol::protobuf) {
        EXPECT_EQ(bytes, wire);
      }
      for (const auto kind : {Body::Kind::json, Body::Kind::raw, Body::Kind::record}) {
        const Read r =
            read(*codec, protocol, bytes, {.body = kind, .method = "Echo", .is_reply = is_reply});
        ASSERT_EQ(r.outcome(), is_reply ? Outcome::success : Outcome::request);
        if (kind == Body::Kind::record) {
          EXPECT_EQ(r.message.body.as_record().get<std::int64_t>("big_number").value_or(0), 5);
        } else {
          EXPECT_EQ(r.text(), kind == Body::Kind::json ? json : wire);
        }
      }
      const Read cut = read(*codec, protocol, std::string_view(bytes).substr(0, bytes.size() - 1),
                            {.body = Body::Kind::json, .method = "Echo", .is_reply = is_reply});
      EXPECT_EQ(cut.outcome(), Outcome::bad_body);
      EXPECT_EQ(cut.error(), Errc::truncated);
    }
  }
  // An exception of Kitex-Protobuf, there and back.
  const auto codec = codec_of(Protocol::kitex_protobuf, echo);
  Message m = message(Protocol::kitex_protobuf, "Echo", MessageType::exception, 1);
  Error::Detail detail;
  detail.code = Errc::remote_error;
  detail.remote_code = 1204;
  detail.message = "bad";
  m.error = Error(detail);
  const Read r = read(*codec, Protocol::kitex_protobuf, marshalled(*codec, m),
                      reply_as(Body::Kind::json, "Echo"));
  EXPECT_EQ(r.outcome(), Outcome::application_exception);
  EXPECT_EQ(r.message.error->remote_code(), 1204);
  EXPECT_EQ(r.message.error->message(), "bad");
  // Neither kind of schema has the other's messages.
  Chain out;
  m = message(Protocol::thrift_binary, "Echo", MessageType::call);
  m.body = Body::json(json);
  EXPECT_EQ(test::code_of(codec_of(Protocol::thrift_binary, echo)->marshal(m, out)),
            Errc::unsupported);
  m.method = "add";
  EXPECT_EQ(test::code_of(codec_of(Protocol::kitex_protobuf, plan)->marshal(m, out)),
            Errc::unsupported);
  EXPECT_TRUE(out.empty());
}

// ---- Whole messages

// Flavours that calls of Thrift have.
std::vector<Flavour> call_flavours() {
  std::vector<Flavour> flavours;
  for (const auto transport : {Transport::unframed, Transport::framed, Transport::theader,
                               Transport::ttheader, Transport::ttheader_framed}) {
    for (const auto protocol :
         {Protocol::thrift_binary, Protocol::thrift_compact, Protocol::thrift_json}) {
      if (transport != Transport::theader || protocol != Protocol::thrift_json) {
        flavours.push_back({.transport = transport, .protocol = protocol});
      }
    }
  }
  return flavours;
}

std::string shown(const Flavour& flavour) {
  return std::string(to_string(flavour.transport)) + " " + std::string(to_string(flavour.protocol));
}

TEST_P(Payloads, WholeMessagesAreAnsweredInKind) {
  for (const bool compresses : {false, true}) {
    const Wire wire(plan, {.compresses = compresses && has_zlib()});
    for (const Flavour& flavour : call_flavours()) {
      SCOPED_TRACE(shown(flavour));
      Message m = message(flavour.protocol, "find", MessageType::call);
      m.flavour = flavour;
      m.sequence = 9;
      m.service = "CallService";
      m.body = Body::json(R"({"id":5,"name":"x"})");
      Chain first;
      ASSERT_TRUE(first.append(as_bytes("before")));
      const Result<void> written = wire.marshal(m, first);
      ASSERT_TRUE(written) << written.error();
      first.consumed(6);
      const std::string bytes = bytes_of(first);

      // Whatever part of it has come, it is waited for.
      Chain in;
      Arena arena;
      Message request;
      WireMemory memory;
      const Want want{.body = Body::Kind::json};
      for (std::size_t n = 0; n < bytes.size(); ++n) {
        in.clear();
        for (std::size_t k = 0; k < n; ++k) {  // each byte is a segment
          ASSERT_TRUE(in.append_external(as_bytes(bytes).subspan(k, 1)));
        }
        const auto size = wire.unmarshal(in, want, arena, request, memory);
        ASSERT_TRUE(size) << size.error() << " at " << n;
        ASSERT_FALSE(*size) << n;
        ASSERT_GT(memory.need, n);
        ASSERT_LE(memory.need, bytes.size());
      }
      in.clear();
      for (std::size_t k = 0; k < bytes.size(); ++k) {
        ASSERT_TRUE(in.append_external(as_bytes(bytes).subspan(k, 1)));
      }
      ASSERT_TRUE(in.append(as_bytes(bytes)));  // and the next one
      for (int k = 0; k < 2; ++k) {
        const auto size = wire.unmarshal(in, want, arena, request, memory);
        ASSERT_TRUE(size && *size);
        EXPECT_EQ(**size, bytes.size());
        EXPECT_EQ(request.outcome, Outcome::request);
        EXPECT_EQ(request.flavour, flavour);
        EXPECT_EQ(request.method, "find");
        EXPECT_EQ(request.service, "CallService");
        EXPECT_EQ(request.body.text(), m.body.text());
        if (k == 0) {
          Message reply;
          Wire::answer(request, reply);
          reply.body = Body::json(R"({"lost":{"where":"w"}})");
          Chain out;
          ASSERT_TRUE(wire.marshal(reply, out));
          Message back;
          const auto answer =
              wire.unmarshal(out, reply_as(Body::Kind::json, "find"), arena, back, memory);
          ASSERT_TRUE(answer && *answer);
          EXPECT_EQ(back.flavour, flavour);
          EXPECT_EQ(back.outcome, Outcome::declared_exception);
          EXPECT_EQ(back.body.text(), R"({"lost":{"where":"w"}})");
          EXPECT_EQ(back.seqid, 7);
          if (flavour.transport == Transport::theader || flavour.transport == Transport::ttheader) {
            EXPECT_EQ(back.sequence, 9U);
          }
        }
        in.consumed(**size);
      }
      EXPECT_TRUE(in.empty());
    }
  }
}

TEST_P(Payloads, EveryOutcomeIsToldOnEveryFlavour) {
  struct Case {
    Outcome outcome;
    const char* method;
    const char* type;  // of the body; null: the message is an exception
    const char* json;
    bool has_status;  // of the business, in the header
  };
  constexpr Case cases[] = {
      {Outcome::success, "find", "find.result", R"({"success":{"id":1,"name":"","counts":[]}})",
       false},
      {Outcome::declared_exception, "find", "find.result", R"({"lost":{"where":"w"}})", false},
      {Outcome::business_error, "find", "find.result", "{}", true},
      {Outcome::application_exception, "find", nullptr, "it broke", false},
      {Outcome::unknown_method, "nothing", "find.result", "{}", false},
      {Outcome::bad_body, "find", "find.result", "{}", false},
      {Outcome::bad_body, "find", "find.result", R"({"success":{},"lost":{"where":"w"}})", false},
  };
  const Wire wire(plan);
  for (const Flavour& flavour : call_flavours()) {
    const bool has_pairs =
        flavour.transport != Transport::unframed && flavour.transport != Transport::framed;
    for (const Case& c : cases) {
      if (c.has_status && !has_pairs) {
        continue;
      }
      SCOPED_TRACE(shown(flavour) + " " + c.method + c.json);
      const std::string body =
          c.type != nullptr ? struct_bytes(flavour.protocol, c.type, c.json) : std::string();
      Message m = message(flavour.protocol, c.method, MessageType::reply);
      m.flavour = flavour;
      if (c.type != nullptr) {
        m.body = Body::raw(as_bytes(body));
      } else {
        m.type = MessageType::exception;
        m.error = Error(Errc::internal, c.json);
      }
      if (c.has_status) {
        ASSERT_TRUE(m.pairs.add("biz-status", "404"));
      }
      Chain bytes;
      ASSERT_TRUE(wire.marshal(m, bytes));
      for (const auto kind : {Body::Kind::json, Body::Kind::raw, Body::Kind::record}) {
        Arena arena;
        WireMemory memory;
        Message r;
        const auto size = wire.unmarshal(bytes, reply_as(kind), arena, r, memory);
        ASSERT_TRUE(size && *size);
        EXPECT_EQ(**size, bytes.size());
        EXPECT_EQ(r.outcome, c.outcome);
        EXPECT_EQ(r.method, c.method);
        EXPECT_EQ(r.seqid, 7);
        const bool is_answer =
            c.outcome == Outcome::success || c.outcome == Outcome::declared_exception;
        EXPECT_EQ(r.error.has_value(), !is_answer);
        if (is_answer && kind == Body::Kind::json) {
          EXPECT_EQ(r.body.text(), c.json);
        }
      }
    }
  }
}

TEST(Wires, WriteKitexProtobufToTheByte) {
  constexpr std::string_view golden(
      "\x00\x00\x00\x12\x90\x01\x00\x01\x00\x00\x00\x04"
      "Echo\x00\x00\x00\x01\x08\x01",
      22);
  const Wire wire(nullptr);
  Message m = message(Protocol::kitex_protobuf, "Echo", MessageType::call, 1);
  m.body = Body::raw(as_bytes("\x08\x01"));
  Chain out;
  ASSERT_TRUE(wire.marshal(m, out));
  EXPECT_EQ(bytes_of(out), golden);
  Arena arena;
  WireMemory memory;
  Message r;
  const auto size = wire.unmarshal(out, {.body = Body::Kind::raw}, arena, r, memory);
  ASSERT_TRUE(size && *size);
  EXPECT_EQ(r.outcome, Outcome::request);
  EXPECT_EQ(r.method, "Echo");
  EXPECT_EQ(r.body.text(), "\x08\x01");
}

TEST_P(Payloads, FramesOfStreamsTakeTheirMethodFromTheHeader) {
  const Wire wire(plan);
  Message m = message(Protocol::thrift_struct, "watch", MessageType::reply);
  m.flavour = {
      .transport = Transport::ttheader, .protocol = Protocol::thrift_struct, .streaming = true};
  m.sequence = 3;
  ASSERT_TRUE(m.int_keys.add(int_key::to_method, "watch"));
  ASSERT_TRUE(m.int_keys.add(int_key::frame_type, "3"));
  m.body = Body::json(R"({"id":7,"name":"n","counts":[]})");
  Chain out;
  ASSERT_TRUE(wire.marshal(m, out));
  Arena arena;
  WireMemory memory;
  Message r;
  auto size = wire.unmarshal(out, reply_as(Body::Kind::json), arena, r, memory);
  ASSERT_TRUE(size && *size);
  EXPECT_EQ(r.outcome, Outcome::success);
  EXPECT_EQ(r.method, "watch");
  EXPECT_EQ(r.body.text(), m.body.text());
  EXPECT_TRUE(r.flavour.streaming);

  // A trailer has an exception, or nothing.
  Message error = message(Protocol::thrift_binary, "watch", MessageType::exception, 3);
  error.error = Error(Errc::cancelled, "enough");
  const std::string exception = marshalled(*codec_of(Protocol::thrift_binary, plan), error);
  for (const bool fails : {true, false}) {
    m.int_keys.clear();
    ASSERT_TRUE(m.int_keys.add(int_key::to_method, "watch"));
    ASSERT_TRUE(m.int_keys.add(int_key::frame_type, "4"));
    m.body = fails ? Body::raw(as_bytes(exception)) : Body::raw(Bytes());
    out.clear();
    ASSERT_TRUE(wire.marshal(m, out));
    size = wire.unmarshal(out, reply_as(Body::Kind::json), arena, r, memory);
    ASSERT_TRUE(size && *size);
    EXPECT_EQ(r.outcome, fails ? Outcome::application_exception : Outcome::none);
    EXPECT_EQ(r.method, "watch");
    if (fails) {
      EXPECT_EQ(r.error->message(), "enough");
    }
  }
}

TEST_P(Payloads, FailedMessagesLeaveTheOutputAsItWas) {
  const Wire wire(plan, {.frames = {.frame_bytes = 100}});
  Message m = message(Protocol::thrift_binary, "find", MessageType::call);
  m.flavour.transport = Transport::ttheader;
  Chain out;
  const std::string longer = R"({"name":")" + std::string(200, 'n') + "\"}";
  for (const bool has_bytes : {false, true}) {
    if (has_bytes) {
      ASSERT_TRUE(out.append(as_bytes("before")));
    }
    m.body = Body::json(longer);
    EXPECT_EQ(test::code_of(wire.marshal(m, out)), Errc::frame_limit);
    m.body = Body::json("{");
    EXPECT_EQ(test::code_of(wire.marshal(m, out)), Errc::truncated);
    EXPECT_EQ(bytes_of(out), has_bytes ? "before" : "");
  }
}

// ---- Cost

// How many allocations `call` makes.
template <class Call>
long allocations_of(Call call) {
  test::Faults& faults = test::Faults::get();
  constexpr long many = 1'000'000;
  faults.allowed = many;
  faults.armed = true;
  call();
  faults.armed = false;
  return many - faults.allowed;
}

TEST_P(Payloads, WarmCallsAllocateNothing) {
  for (const Protocol protocol : {Protocol::thrift_binary, Protocol::thrift_compact}) {
    const auto codec = codec_of(protocol, plan);
    const std::string args = struct_bytes(protocol, "find.args", R"({"id":5,"name":"x"})");
    const std::string long_text(3000, '\x01');  // each byte is six in JSON
    const std::string result = struct_bytes(
        protocol, "find.result",
        R"({"success":{"id":1,"name":")" + std::string(100, 'n') + R"(","counts":[1,2,3]}})");
    Chain out;
    Chain in;
    Arena arena;
    Message m;
    std::string bytes;
    const auto round = [&](const Body& body, std::string_view method, MessageType type,
                           Body::Kind kind) {
      m.clear();
      m.method = method;
      m.type = type;
      m.body = body;
      out.clear();
      ASSERT_TRUE(codec->marshal(m, out));
      bytes.clear();
      for (const Bytes span : out.spans()) {
        bytes += as_text(span);
      }
      in.clear();
      ASSERT_TRUE(in.append_external(as_bytes(bytes)));
      arena.reset();
      m.clear();
      ASSERT_TRUE(codec->unmarshal(
          in, in.size(), {.body = kind, .is_reply = type == MessageType::reply}, arena, m));
      ASSERT_FALSE(m.error) << *m.error;
    };
    const Body bodies[] = {Body::raw(as_bytes(args)), Body::json(R"({"id":5,"name":"x"})"),
                           Body::raw(as_bytes(result)),
                           Body::json(R"({"success":{"id":1,"name":"xyz","counts":[1,2,3]}})")};
    for (const auto kind : {Body::Kind::raw, Body::Kind::json, Body::Kind::record}) {
      for (std::size_t i = 0; i < std::size(bodies); ++i) {
        const auto type = i < 2 ? MessageType::call : MessageType::reply;
        const auto run = [&] { round(bodies[i], "find", type, kind); };
        for (int warm = 0; warm < 3; ++warm) {
          run();
        }
        EXPECT_EQ(allocations_of(run), 0) << to_string(protocol) << " body " << i;
      }
    }
    // Text that is much longer than its bytes finds its room from the second time on.
    std::string hostile = struct_bytes(protocol, "name_of.args",
                                       R"({"item":{"name":")" + std::string(3000, 'y') + "\"}}");
    hostile.replace(hostile.find('y'), long_text.size(), long_text);
    const auto run = [&] {
      round(Body::raw(as_bytes(hostile)), "name_of", MessageType::call, Body::Kind::json);
    };
    for (int warm = 0; warm < 3; ++warm) {
      run();
    }
    EXPECT_EQ(m.body.text().size(),
              std::string_view(R"({"item":{"name":""}})").size() + 6 * long_text.size());
    EXPECT_EQ(allocations_of(run), 0);
  }
}

TEST_P(Payloads, CallsSurviveTheLackOfMemory) {
  for (const Protocol protocol : protocols) {
    const auto codec = codec_of(protocol, plan);
    const std::string reply = with_body(
        protocol, "find", MessageType::reply,
        struct_bytes(protocol, "find.result", R"({"success":{"id":1,"name":"n","counts":[1]}})"));
    const auto report = test::inject([&]() -> Errc {
      Chain in;
      if (Result<void> done = in.append(as_bytes(reply)); !done) {
        return done.error().code();
      }
      Arena arena;
      Message m;
      m.flavour.protocol = protocol;
      const auto size = codec->unmarshal(in, reply.size(), reply_as(Body::Kind::json), arena, m);
      if (!size) {
        return size.error().code();
      }
      if (m.error) {
        return m.error->code();
      }
      Message answer = message(protocol, "find", MessageType::reply);
      answer.body = m.body;
      Chain out;
      Result<void> done = codec->marshal(answer, out);
      EXPECT_TRUE(done || out.empty());
      return test::code_of(done);
    });
    test::expect_faults(report, 2);
  }
}

// ---- Plans

TEST(Plans, HaveTheServicesThatAreAskedFor) {
  const Engine engine;
  const Schema schema = calls_schema();
  const auto last = plan_of(engine, schema);
  EXPECT_NE(last->find("", "find"), nullptr);
  EXPECT_NE(last->find("CallService", "find"), nullptr);
  EXPECT_NE(last->find("calls.CallService", "find"), nullptr);
  EXPECT_EQ(last->find("Other", "find"), nullptr);
  EXPECT_EQ(last->why_not("Other", "find").code(), Errc::unknown_service);
  EXPECT_EQ(last->why_not("", "none").code(), Errc::unknown_method);
  EXPECT_EQ(last->why_not("CallService", "none").code(), Errc::unknown_method);
  EXPECT_EQ(last->methods().size(), 9U);
  EXPECT_EQ(last->methods().front()->name(), "ping");
  EXPECT_EQ(last->methods().back()->name(), "add");  // inherited
  EXPECT_EQ(last->methods().back()->service().name, "CallService");

  const auto first = plan_of(engine, schema, {.service = Services::first});
  EXPECT_EQ(first->methods().size(), 1U);
  EXPECT_NE(first->find("", "add"), nullptr);
  EXPECT_EQ(first->find("", "ping"), nullptr);

  const auto named = plan_of(engine, schema, {.service = Services::named, .name = "CallOther"});
  EXPECT_EQ(&named->find("", "ping")->service(), &*schema.find_service("CallOther").value());
  EXPECT_EQ(test::code_of(Plan::make(engine, schema, {.service = Services::named, .name = "No"})),
            Errc::not_found);

  const auto all = plan_of(engine, schema, {.service = Services::all});
  EXPECT_EQ(all->methods().size(), 11U);
  EXPECT_NE(all->find("", "find"), nullptr);
  EXPECT_EQ(all->find("", "ping"), nullptr);  // two have it
  EXPECT_EQ(all->why_not("", "ping").code(), Errc::unknown_method);
  EXPECT_EQ(all->find("CallOther", "ping")->service().name, "CallOther");
  EXPECT_EQ(all->find("CallService", "ping")->service().name, "CallService");
  EXPECT_EQ(all->find("CallBase", "ping"), nullptr);
  EXPECT_EQ(all->find("CallBase", "add")->service().name, "CallBase");

  EXPECT_EQ(test::code_of(Plan::make(engine, Schema())), Errc::not_found);
  const auto none = thrift::load_text("struct S { 1: i32 a }");
  EXPECT_EQ(test::code_of(Plan::make(engine, *none)), Errc::not_found);
}

TEST(ServiceCells, LetValuesDieWithTheirLastUser) {
  const Schema schema = calls_schema();
  const Engine engine;
  const auto make = [&] { return plan_of(engine, schema); };
  ServiceCell cell(make());
  ServiceCell::Reader reader(cell);
  const std::weak_ptr<const Plan> first = reader.get();
  std::shared_ptr<const Plan> in_flight = reader.get();
  EXPECT_EQ(cell.version(), 0U);
  EXPECT_EQ(cell.replace(make()).get(), in_flight.get());
  EXPECT_EQ(cell.version(), 1U);
  EXPECT_NE(reader.get(), in_flight);
  EXPECT_EQ(reader.get(), cell.current());
  EXPECT_NE(in_flight->find("", "find"), nullptr);
  EXPECT_FALSE(first.expired());
  in_flight.reset();
  EXPECT_TRUE(first.expired());
}

TEST(ServiceCells, DoNotGrowWithReplacements) {
  const Schema schema = calls_schema();
  const Engine engine(EngineOptions{.kind = EngineOptions::Kind::interpret, .cached_codecs = 16});
  ServiceCell cell(plan_of(engine, schema));
  ServiceCell::Reader reader(cell);
  const std::string bytes = call(*codec_of(Protocol::thrift_binary, cell.current()),
                                 Protocol::thrift_binary, "find", R"({"id":1})");
  Read r;
  const auto replace = [&](int times) {
    for (int k = 0; k < times; ++k) {
      auto next = Plan::make(engine, schema);
      ASSERT_TRUE(next);
      (void)cell.replace(*std::move(next));
      if (k % 50 == 0) {
        const auto codec = codec_of(Protocol::thrift_binary, reader.get());
        read_into(r, *codec, Protocol::thrift_binary, bytes, {.body = Body::Kind::json});
        ASSERT_EQ(r.outcome(), Outcome::request);
      }
      (void)reader.get();
    }
  };
  replace(100);
  test::Faults& faults = test::Faults::get();
  const long before = faults.live;
  replace(10'000);
  EXPECT_LE(faults.live, before + 8);
}

TEST(Plans, AreLookedUpWithoutAllocating) {
  const auto plan = plan_of(Engine(), calls_schema());
  const MethodPlan* found = nullptr;
  EXPECT_EQ(allocations_of([&] { found = plan->find("CallService", "find"); }), 0);
  EXPECT_NE(found, nullptr);
  EXPECT_EQ(
      allocations_of([&] { found = plan->find("", std::string_view("none, and long, too")); }), 0);
  EXPECT_EQ(found, nullptr);
}

TEST(Plans, AreNotMadeWithoutMemory) {
  const Schema schema = calls_schema();
  const Engine engine;
  const auto report = test::inject([&] {
    const auto plan = Plan::make(engine, schema, {.service = Services::all});
    return plan ? thrift_binary(*plan) ? Errc::ok : Errc::no_memory : plan.error().code();
  });
  test::expect_faults(report, 20);
}

TEST(Plans, KnowTheTypesOfMethods) {
  const auto plan = plan_of(Engine(), calls_schema());
  const MethodPlan& find = *plan->find("", "find");
  EXPECT_EQ(find.args()->structure->name, "find_args");
  EXPECT_EQ(find.result()->structure->name, "find_result");
  EXPECT_EQ(find.response_type()->structure->name, "CallItem");
  EXPECT_EQ(find.request_type()->kind, Kind::void_);  // two arguments
  EXPECT_EQ(plan->find("", "all")->request_type()->structure->name, "CallItem");
  EXPECT_TRUE(find.args_type());
  EXPECT_EQ(*find.args_type(), *find.args_type());
  const MethodPlan& note = *plan->find("", "note");
  EXPECT_EQ(note.result()->kind, Kind::void_);
  EXPECT_EQ(test::code_of(note.result_type()), Errc::unsupported);
}

}  // namespace

}  // namespace wirejit::rpc
