// Adds methods to services.
// Entry: fill_services. Invariant: Method::args is the request's message itself, Method::result the
// response's type, Method::reply null.
#include "pb/descriptor_context.h"

#include <algorithm>

namespace wirejit::pb::descriptors {
namespace {

constexpr std::int32_t file_services = 6;
constexpr std::int32_t service_methods = 2;

const StructType* message_of(Context& c, const ServiceEntry& entry, const std::string& method,
                             const std::string& type) {
  const std::string name = join(entry.type->full_name, method);
  const Symbol* s = c.find_type(entry.file, entry.type->full_name, type, name);
  if (!s) {
    return nullptr;
  }
  if (!s->message || !s->message->type) {
    return c.fail(entry.file, name, printable_name(type) + " is not a message"), nullptr;
  }
  return s->message->type;
}

bool distinct_methods(Context& c, const ServiceEntry& entry) {
  std::vector<std::string_view> names;
  names.reserve(entry.proto->method.size());
  for (const MethodDescriptorProto& p : entry.proto->method) {
    names.push_back(p.name);
  }
  std::ranges::sort(names);
  const auto duplicate = std::ranges::adjacent_find(names);
  return duplicate == names.end() ||
         c.fail(entry.file, entry.type->full_name,
                "the method " + printable_name(*duplicate) + " is declared twice");
}

bool fill_service(Context& c, const ServiceEntry& entry) {
  if (!distinct_methods(c, entry)) {
    return false;
  }
  Service& s = *entry.type;
  const auto pend = [&](OptionsOf of, const std::string& bytes, Annotations& to) {
    if (bytes.empty()) {
      return;
    }
    c.pending.push_back(
        {.of = of, .bytes = bytes, .to = &to, .file = entry.file, .name = s.full_name});
  };
  pend(OptionsOf::service, entry.proto->options, s.annotations);
  s.methods.reserve(entry.proto->method.size());
  SourcePath path{file_services, entry.position, service_methods, 0};
  for (const MethodDescriptorProto& p : entry.proto->method) {
    if (!is_identifier(p.name)) {
      return c.fail(entry.file, s.full_name,
                    "'" + printable_name(p.name) + "' is not a valid name");
    }
    if (!c.budget.spend(2 * (s.full_name.size() + p.name.size()))) {
      return c.fail_names(entry.file, s.full_name);
    }
    const StructType* request = message_of(c, entry, p.name, p.input_type);
    const StructType* response = request ? message_of(c, entry, p.name, p.output_type) : nullptr;
    if (!response) {
      return false;
    }
    Method& m = s.methods.emplace_back();
    m.name = p.name;
    m.args = request;
    m.result = c.builder.of(*response);
    m.client_streaming = p.client_streaming;
    m.server_streaming = p.server_streaming;
    c.describe(entry.file, path, m);
    pend(OptionsOf::method, p.options, m.annotations);
    ++path.back();
  }
  return true;
}

}  // namespace

bool fill_services(Context& c) {
  for (const ServiceEntry& entry : c.services) {
    if (!fill_service(c, entry)) {
      return false;
    }
  }
  return true;
}

}  // namespace wirejit::pb::descriptors
