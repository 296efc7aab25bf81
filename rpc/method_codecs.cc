// Which codec a body needs. Entry: MethodCodecs.
#include "method_codecs.h"

#include "thrift_fields.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/thrift.h>

#include <algorithm>

namespace wirejit::rpc::detail {

namespace {

TypeRef type_of(const MethodPlan& method, Part part) {
  switch (part) {
    case Part::args: return method.args();
    case Part::result: return method.result();
    case Part::request: return method.request_type();
    case Part::response: return method.response_type();
  }
  return method.args();
}

// Why a method has no such body.
Result<void> check(const MethodPlan& method, const TypeRef& type, Encoding encoding) {
  if ((encoding == Encoding::protobuf) != method.is_protobuf()) {
    return std::unexpected(
        Error(Errc::unsupported, method.is_protobuf()
                                     ? "a method of Protobuf has no bodies in Thrift's encodings"
                                     : "a method of Thrift has no bodies in Protobuf"));
  }
  if (type->kind == Kind::void_) {
    return std::unexpected(Error(Errc::unsupported, "the method has no such body"));
  }
  return {};
}

const Format& json_of(const PlanParts& plan, Encoding encoding) {
  return encoding == Encoding::protobuf ? static_cast<const Format&>(pb::json) : plan.json;
}

const Options& json_options(const PlanParts& plan, Part part, Encoding encoding) {
  return encoding == Encoding::protobuf ? plan.options.options
         : part == Part::result         ? plan.json_of_results
                                        : plan.json_options;
}

TypeRef field_type(const MethodPlan& method, Part part, std::size_t i) {
  const TypeRef type = type_of(method, part);
  return {type.schema(), *type->structure->fields[i].type};
}

// The key of a field as JSON text has it, if it is the same with and without escapes.
std::string head_of(const Field& field, const json::Profile& profile) {
  const std::string& key = profile.text.keys == json::Keys::name ? field.name : field.json_name;
  const bool is_plain = std::ranges::all_of(
      key, [](char c) { return c >= ' ' && c < 0x7F && c != '"' && c != '\\'; });
  return is_plain ? "{\"" + key + "\":" : std::string();
}

}  // namespace

const Format& format_of(Encoding encoding) noexcept {
  static constexpr const Format* formats[] = {&thrift::binary, &thrift::compact, &thrift::json,
                                              &pb::wire};
  return *formats[static_cast<std::size_t>(encoding)];
}

Part part_of(const MethodPlan& method, Protocol protocol, bool is_reply) noexcept {
  if (protocol == Protocol::thrift_struct && method.streaming() != Streaming::unary) {
    return is_reply ? Part::response : Part::request;
  }
  return is_reply ? Part::result : Part::args;
}

MethodCodecs::MethodCodecs(const PlanParts& of_plan, const Method& method)
    : plan(&of_plan),
      args_fields(method.args->fields.size()),
      result_fields(method.reply != nullptr ? method.reply->fields.size() : 0) {
  const auto describe = [&](std::vector<FieldCodecs>& codecs, const StructType& type) {
    for (std::size_t i = 0; i < codecs.size(); ++i) {
      const Field& field = type.fields[i];
      codecs[i].head = head_of(field, plan->options.profile);
      const bool alone = plan->writes_heads && !codecs[i].head.empty() && !field.text_numbers;
      codecs[i].type[0] = alone ? type_code(Encoding::binary, field.type->kind) : 0;
      codecs[i].type[1] = alone ? type_code(Encoding::compact, field.type->kind) : 0;
    }
  };
  describe(args_fields, *method.args);
  if (method.reply != nullptr) {
    describe(result_fields, *method.reply);
  }
}

Result<const Transcoder*> MethodCodecs::to_json(const MethodPlan& method, Part part,
                                                Encoding encoding) const {
  return body(part, encoding).to_json.get([&]() -> Result<Transcoder> {
    const TypeRef type = type_of(method, part);
    if (Result<void> ok = check(method, type, encoding); !ok) {
      return std::unexpected(std::move(ok).error());
    }
    return plan->engine.transcoder(type, format_of(encoding), json_of(*plan, encoding),
                                   json_options(*plan, part, encoding));
  });
}

Result<const Transcoder*> MethodCodecs::from_json(const MethodPlan& method, Part part,
                                                  Encoding encoding) const {
  return body(part, encoding).from_json.get([&]() -> Result<Transcoder> {
    const TypeRef type = type_of(method, part);
    if (Result<void> ok = check(method, type, encoding); !ok) {
      return std::unexpected(std::move(ok).error());
    }
    return plan->engine.transcoder(type, json_of(*plan, encoding), format_of(encoding),
                                   json_options(*plan, part, encoding));
  });
}

Result<const RecordCodec*> MethodCodecs::record(const MethodPlan& method, Part part,
                                                Encoding encoding) const {
  return body(part, encoding).record.get([&]() -> Result<RecordCodec> {
    const TypeRef type = type_of(method, part);
    if (Result<void> ok = check(method, type, encoding); !ok) {
      return std::unexpected(std::move(ok).error());
    }
    Options options = plan->options.options;
    if (part != Part::args && part != Part::result) {
      return plan->engine.record_codec(type, format_of(encoding), options);
    }
    if (part == Part::result && !method.is_protobuf()) {
      options.optional_fields = MissingFields::none;  // a result has one field
    }
    const Result<RecordType> records =
        part == Part::args ? method.args_type() : method.result_type();
    return records ? plan->engine.record_codec(*records, format_of(encoding), options)
                   : std::unexpected(records.error());
  });
}

Result<const Transcoder*> MethodCodecs::field_to_json(const MethodPlan& method, Part part,
                                                      std::size_t i, Encoding encoding) const {
  return fields(part)[i].to_json[static_cast<std::size_t>(encoding)].get([&] {
    return plan->engine.transcoder(field_type(method, part, i), format_of(encoding), plan->json,
                                   plan->json_options);
  });
}

Result<const Transcoder*> MethodCodecs::field_from_json(const MethodPlan& method, Part part,
                                                        std::size_t i, Encoding encoding) const {
  return fields(part)[i].from_json[static_cast<std::size_t>(encoding)].get([&] {
    return plan->engine.transcoder(field_type(method, part, i), plan->json, format_of(encoding),
                                   plan->json_options);
  });
}

}  // namespace wirejit::rpc::detail
