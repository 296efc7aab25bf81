// Plugs payload codecs into a framework: here a toy one, whose client and server are in one process.
// The framework moves payloads and calls handlers; the codec knows Thrift or Kitex-Protobuf.
#include <wirejit/rpc/payload_codec.h>
#include <wirejit/rpc/plan.h>
#include <wirejit/thrift.h>

#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace rpc = wirejit::rpc;

using Codec = std::shared_ptr<const rpc::PayloadCodec>;

// What the toy framework moves: bytes there and bytes back.
struct Server {
  Codec codec;
  std::map<std::string, std::function<std::string(std::string_view)>, std::less<>> handlers;

  [[nodiscard]] std::string serve(std::string_view bytes) const {
    wirejit::Chain in;
    wirejit::Arena arena;  // a server keeps these for the next call
    rpc::Message call;
    if (!in.append_external(wirejit::as_bytes(bytes)) ||
        !codec->unmarshal(in, bytes.size(), {.body = rpc::Body::Kind::json}, arena, call)) {
      return {};
    }
    rpc::Message reply;
    reply.method = call.method;
    reply.seqid = call.seqid;
    reply.type = rpc::MessageType::reply;
    const auto handler = handlers.find(call.method);
    std::string result;
    if (call.outcome != rpc::Outcome::request || handler == handlers.end()) {
      reply.type = rpc::MessageType::exception;  // the client sees why
      reply.error = call.error.value_or(wirejit::Error(wirejit::Errc::unknown_method));
    } else {
      result = handler->second(call.body.text());
      reply.body = rpc::Body::json(result);
    }
    wirejit::Chain out;
    if (!codec->marshal(reply, out)) return {};
    return std::string(wirejit::as_text(*out.peek(out.size())));
  }
};

// Calls a method with JSON and prints what comes back; false if it could not.
static bool call(const Server& server, std::string_view method, std::string_view json) {
  rpc::Message request;
  request.method = method;
  request.seqid = 1;
  request.body = rpc::Body::json(json);
  wirejit::Chain out;
  if (const auto done = server.codec->marshal(request, out); !done) {
    std::printf("not sent: %s\n", done.error().to_string().c_str());
    return false;
  }
  const std::string bytes = server.serve(wirejit::as_text(*out.peek(out.size())));
  wirejit::Chain in;
  wirejit::Arena arena;
  rpc::Message reply;
  if (!in.append_external(wirejit::as_bytes(bytes)) ||
      !server.codec->unmarshal(in, bytes.size(),
                               {.body = rpc::Body::Kind::json, .method = method, .is_reply = true},
                               arena, reply)) {
    return false;
  }
  const std::string said = reply.error ? reply.error->to_string() : std::string(reply.body.text());
  std::printf("%s: %s\n", std::string(server.codec->name()).c_str(), said.c_str());
  return true;
}

static wirejit::Result<wirejit::Schema> greeter_of_protobuf() {
  wirejit::SchemaBuilder builder;  // as a .proto file would make it
  builder.add_document("greet.v1");
  wirejit::StructType& greeting = builder.add_struct("Greeting");
  wirejit::Field& field = greeting.fields.emplace_back();
  field.id = 1;
  field.name = field.json_name = "text";
  field.type = builder.base(wirejit::Kind::string);
  wirejit::Method& method = builder.add_service("Greeter").methods.emplace_back();
  method.name = "Greet";
  method.args = &greeting;
  method.result = builder.of(greeting);
  return builder.build();
}

int main() {
  const wirejit::Engine engine;
  const auto thrift = wirejit::thrift::load_text(R"(
      exception Refused { 1: string why }
      service Shop { i32 price(1: string sku) throws (1: Refused refused) })");
  const auto protobuf = greeter_of_protobuf();
  if (!thrift || !protobuf) return 1;
  const auto shop = rpc::Plan::make(engine, *thrift);
  const auto greeter = rpc::Plan::make(engine, *protobuf);
  if (!shop || !greeter) return 1;

  const Server shop_server{*rpc::thrift_binary(*shop),
                           {{"price", [](std::string_view json) -> std::string {
                               return json.find("A-1") != std::string_view::npos
                                          ? R"({"success": 975})"
                                          : R"({"refused": {"why": "sold out"}})";
                             }}}};
  const Server greet_server{*rpc::kitex_protobuf(*greeter),
                            {{"Greet", [](std::string_view json) { return std::string(json); }}}};
  bool ok = call(shop_server, "price", R"({"sku": "A-1"})");
  ok &= call(shop_server, "price", R"({"sku": "B-2"})");
  ok &= call(greet_server, "Greet", R"({"text": "hello"})");
  ok &= !call(shop_server, "price", R"({"sku": 5})");
  return ok ? 0 : 1;
}
