// Definitions of the arguments of calls.
#include "call_arguments.h"

#include "report.h"

#include <wirejit/chain.h>
#include <wirejit/json.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace wirejit::tools {

void add_plan(CLI::App& app, PlanArguments& arguments, bool is_required) {
  app.add_option("-s,--idl,--schema", arguments.schema.path,
                 "Thrift IDL, .proto text, or a descriptor set")
      ->required(is_required)
      ->type_name("FILE");
  add_schema_format(app, "--schema-format", "What --idl is", arguments.schema.format);
  add_schema_rules(app, arguments.schema.rules);
  std::vector<std::string> names;
  for (const json::NamedProfile& p : json::profiles) {
    names.emplace_back(p.name);
  }
  app.add_option("--profile", arguments.profile,
                 "Rules of JSON and of missing fields: kitex_json, kitex_http, apache, strict")
      ->check(CLI::IsMember(names).description(""))
      ->type_name("NAME");
  add_engine(app, arguments.engine);
}

Result<Plans> load_plans(const PlanArguments& arguments, const std::string& service) {
  const Result<Schema> schema = load_schema(arguments.schema);
  if (!schema) {
    return std::unexpected(schema.error());
  }
  rpc::PlanOptions options;
  options.service = service.empty() ? rpc::Services::all : rpc::Services::named;
  options.name = service;
  const auto* const named =
      std::ranges::find(json::profiles, arguments.profile, &json::NamedProfile::name);
  if (named != json::profiles.end()) {
    options.profile = named->profile;
  }
  const Engine engine(arguments.engine.options);
  auto requests = rpc::Plan::make(engine, *schema, options);
  options.bare = true;
  auto replies = rpc::Plan::make(engine, *schema, options);
  if (!requests || !replies) {
    Error error = !requests ? requests.error() : replies.error();
    complain(printable(arguments.schema.path + ": " + error.to_string()));
    return std::unexpected(std::move(error));
  }
  return Plans{.requests = std::move(*requests), .replies = std::move(*replies)};
}

Result<std::shared_ptr<const rpc::PayloadCodec>> codec_of(rpc::Protocol protocol,
                                                          std::shared_ptr<const rpc::Plan> plan) {
  switch (protocol) {
    case rpc::Protocol::thrift_compact: return rpc::thrift_compact(std::move(plan));
    case rpc::Protocol::thrift_json: return rpc::thrift_json(std::move(plan));
    case rpc::Protocol::kitex_protobuf: return rpc::kitex_protobuf(std::move(plan));
    case rpc::Protocol::thrift_struct: return rpc::thrift_struct(std::move(plan));
    case rpc::Protocol::protobuf: return rpc::grpc_message(std::move(plan));
    default: return rpc::thrift_binary(std::move(plan));
  }
}

namespace {

Result<std::shared_ptr<const rpc::PayloadCodec>> data_codec(
    const std::shared_ptr<const rpc::Plan>& plan, const rpc::MethodPlan& method) {
  return codec_of(method.is_protobuf() ? rpc::Protocol::protobuf : rpc::Protocol::thrift_struct,
                  plan);
}

}  // namespace

Result<Chain> data_of_json(const std::shared_ptr<const rpc::Plan>& plan,
                           const rpc::MethodPlan& method, bool is_response, std::string_view json) {
  const auto codec = data_codec(plan, method);
  rpc::Message message;
  message.service = method.service().name;
  message.method = method.name();
  message.type = is_response ? rpc::MessageType::reply : rpc::MessageType::call;
  message.body = rpc::Body::json(json);
  Chain data;
  const Result<void> done =
      codec ? (*codec)->marshal(message, data) : std::unexpected(codec.error());
  return done ? Result<Chain>(std::move(data)) : std::unexpected(done.error());
}

Result<std::string> json_of_data(const std::shared_ptr<const rpc::Plan>& plan,
                                 const rpc::MethodPlan& method, bool is_response, Bytes data) {
  const auto codec = data_codec(plan, method);
  Chain chain;
  Result<void> done = codec ? chain.append_external(data) : std::unexpected(codec.error());
  rpc::Want want;
  want.body = rpc::Body::Kind::json;
  want.service = method.service().name;
  want.method = method.name();
  want.is_reply = is_response;
  rpc::Message message;
  Arena arena;
  const Result<std::size_t> read =
      done ? (*codec)->unmarshal(chain, data.size(), want, arena, message)
           : std::unexpected(done.error());
  return !read           ? std::unexpected(read.error())
         : message.error ? std::unexpected(*message.error)
                         : Result<std::string>(message.body.text());
}

std::string bytes_of(const rpc::Body& body) {
  std::string out(body.text());
  if (body.chain() != nullptr) {
    for (const Bytes piece : body.chain()->spans()) {
      out += as_text(piece);
    }
  }
  return out;
}

}  // namespace wirejit::tools
