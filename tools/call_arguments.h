// The arguments of commands that have to do with calls, and the plan that they make.
// Entry: add_plan, load_plans. Invariant: what load_plans reports has the exit code of status.h.
#pragma once

#include "arguments.h"
#include "schema_arguments.h"

#include <wirejit/chain.h>
#include <wirejit/rpc/message.h>
#include <wirejit/rpc/payload_codec.h>
#include <wirejit/rpc/plan.h>

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace wirejit::tools {

struct PlanArguments {
  SchemaArguments schema;
  EngineArguments engine;
  std::string profile;
};
// --idl, the rules of schemas, --profile and --engine.
void add_plan(CLI::App& app, PlanArguments& arguments, bool is_required);

// The methods of a schema. What is sent to a method has its arguments by their names; what comes back
// is the value alone.
struct Plans {
  std::shared_ptr<const rpc::Plan> requests;
  std::shared_ptr<const rpc::Plan> replies;
};
// Of all services of the schema, or of the one of that name. Complains on stderr where it fails.
[[nodiscard]] Result<Plans> load_plans(const PlanArguments& arguments,
                                       const std::string& service = {});

// The codec of a protocol's payloads. `plan` may be null.
[[nodiscard]] Result<std::shared_ptr<const rpc::PayloadCodec>> codec_of(
    rpc::Protocol protocol, std::shared_ptr<const rpc::Plan> plan);

// The body of a stream's frame, which has no envelope, from JSON and as JSON: a request to the method,
// or a response of it.
[[nodiscard]] Result<Chain> data_of_json(const std::shared_ptr<const rpc::Plan>& plan,
                                         const rpc::MethodPlan& method, bool is_response,
                                         std::string_view json);
[[nodiscard]] Result<std::string> json_of_data(const std::shared_ptr<const rpc::Plan>& plan,
                                               const rpc::MethodPlan& method, bool is_response,
                                               Bytes data);

// The body in one piece. Raw bodies may lie in several.
[[nodiscard]] std::string bytes_of(const rpc::Body& body);

}  // namespace wirejit::tools
