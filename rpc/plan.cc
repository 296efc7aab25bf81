// Plans: which methods there are, found by their names. Entry: Plan::make, Plan::find.
#include <wirejit/rpc/plan.h>

#include "method_codecs.h"

#include <algorithm>
#include <deque>
#include <new>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace wirejit::rpc {

namespace {

constexpr std::size_t no_method = static_cast<std::size_t>(-1);

bool is_called(const Service& service, std::string_view name) {
  return name == service.name || name == service.full_name;
}

Error not_found(std::string message) { return Error(Errc::not_found, std::move(message)); }

// The services that a plan has.
Result<std::vector<const Service*>> services_of(const Schema& schema, const PlanOptions& options) {
  std::vector<const Service*> services;
  if (options.service == Services::named) {
    Result<ServiceRef> found = schema.find_service(options.name);
    if (!found) {
      return std::unexpected(std::move(found).error());
    }
    services.push_back(&found->get());
    return services;
  }
  if (options.service == Services::all) {
    for (const Service& service : schema.services()) {
      for (const Service* other : services) {
        if (other->name == service.name) {
          return std::unexpected(
              Error(Errc::schema_invalid,
                    "two services are called '" + service.name + "'; name one of them"));
        }
      }
      services.push_back(&service);
    }
  } else if (!schema.documents().empty()) {
    const std::vector<const Service*>& main = schema.documents().front().services;
    if (!main.empty()) {
      services.push_back(options.service == Services::first ? main.front() : main.back());
    }
  }
  if (services.empty()) {
    return std::unexpected(not_found("the schema has no service"));
  }
  return services;
}

}  // namespace

// ---- Methods

MethodPlan::MethodPlan(const Schema& schema, const Service& service, const Method& method,
                       detail::OwnedMethod codecs) noexcept
    : schema_(&schema), service_(&service), method_(&method), codecs_(std::move(codecs)) {}
MethodPlan::~MethodPlan() = default;

void detail::FreeMethod::operator()(MethodHandle* codecs) const noexcept {
  delete static_cast<MethodCodecs*>(codecs);
}

TypeRef MethodPlan::args() const noexcept { return {*schema_, *method_->args}; }

TypeRef MethodPlan::result() const noexcept {
  const StructType* const response = method_->response();
  return response != nullptr ? TypeRef(*schema_, *response)
                             : TypeRef(*schema_, wirejit::detail::no_type());
}

TypeRef MethodPlan::request_type() const noexcept {
  if (is_protobuf()) {
    return args();
  }
  return {*schema_, method_->args->fields.size() == 1 ? *method_->args->fields.front().type
                                                      : wirejit::detail::no_type()};
}

TypeRef MethodPlan::response_type() const noexcept {
  return {*schema_, method_->result != nullptr ? *method_->result : wirejit::detail::no_type()};
}

Result<RecordType> MethodPlan::args_type() const {
  const Result<const RecordType*> made = detail::codecs_of(*this).args_type.get([&] {
    return RecordType::make(
        args(), {.keep_unknown = detail::codecs_of(*this).plan->options.options.unknown_fields ==
                                 Unknown::keep});
  });
  return made ? Result<RecordType>(**made) : std::unexpected(made.error());
}

Result<RecordType> MethodPlan::result_type() const {
  if (oneway()) {
    return std::unexpected(Error(Errc::unsupported, "a oneway method has no result"));
  }
  const Result<const RecordType*> made = detail::codecs_of(*this).result_type.get([&] {
    return RecordType::make(
        result(), {.keep_unknown = detail::codecs_of(*this).plan->options.options.unknown_fields ==
                                   Unknown::keep});
  });
  return made ? Result<RecordType>(**made) : std::unexpected(made.error());
}

// ---- Plans

struct Plan::State {
  struct Entry {
    const MethodPlan* method;
    std::size_t next;  // of the same name, in another service; or no_method
  };

  detail::PlanParts parts;
  std::vector<const Service*> services;
  std::deque<MethodPlan> methods;  // each stays where it is
  std::vector<const MethodPlan*> listed;
  std::vector<Entry> entries;
  std::unordered_map<std::string_view, std::size_t> first_entry;  // by the method's name

  explicit State(detail::PlanParts made) : parts(std::move(made)) {}

  void add(const Service& service, const Method& method) {
    const MethodPlan& plan =
        methods.emplace_back(parts.schema, service, method,
                             detail::OwnedMethod(new detail::MethodCodecs(parts, method)));
    listed.push_back(&plan);
    const auto [at, is_new] = first_entry.try_emplace(plan.name(), entries.size());
    std::size_t next = no_method;
    if (!is_new) {
      next = std::exchange(at->second, entries.size());
    }
    entries.push_back({&plan, next});
  }

  // Its own methods, then those that it inherits and does not declare itself.
  void add_all(const Service& service) {
    for (const Service* from = &service; from != nullptr; from = from->extends) {
      for (const Method& method : from->methods) {
        if (service.find(method.name) == &method) {
          add(service, method);
        }
      }
    }
  }
};

Plan::Plan(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Plan::~Plan() = default;

Result<std::shared_ptr<const Plan>> Plan::make(const Engine& engine, const Schema& schema,
                                               const PlanOptions& options) {
  try {
    Result<std::vector<const Service*>> services = services_of(schema, options);
    if (!services) {
      return std::unexpected(std::move(services).error());
    }
    const json::Profile& profile = options.profile;
    detail::PlanParts parts{
        .engine = engine,
        .schema = schema,
        .options = options,
        .json = json::text(profile.text),
        .json_options = profile.options == Options() ? options.options : profile.options,
        .call = {.limits = options.limits},
        .writes_heads = profile.text.indent == 0};
    parts.json_of_results = parts.json_options;
    parts.json_of_results.optional_fields = MissingFields::none;
    auto state = std::make_unique<State>(std::move(parts));
    state->services = *std::move(services);
    for (const Service* service : state->services) {
      state->add_all(*service);
    }
    return std::shared_ptr<const Plan>(new Plan(std::move(state)));
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory));
  }
}

const MethodPlan* Plan::find(std::string_view service, std::string_view method) const noexcept {
  const auto found = state_->first_entry.find(method);
  if (found == state_->first_entry.end()) {
    return nullptr;
  }
  const State::Entry* entry = &state_->entries[found->second];
  if (service.empty()) {
    return entry->next == no_method ? entry->method : nullptr;
  }
  while (!is_called(entry->method->service(), service)) {
    if (entry->next == no_method) {
      return nullptr;
    }
    entry = &state_->entries[entry->next];
  }
  return entry->method;
}

Error Plan::why_not(std::string_view service, std::string_view method) const {
  const bool has_service =
      service.empty() || std::ranges::any_of(state_->services, [&](const Service* known) {
        return is_called(*known, service);
      });
  // What a peer sends is not repeated at any length.
  const auto quoted = [](std::string_view name) {
    return "'" + std::string(name.substr(0, 128)) + "'";
  };
  try {
    if (!has_service) {
      return Error(Errc::unknown_service, "there is no service " + quoted(service));
    }
    if (service.empty() && state_->first_entry.contains(method)) {
      return Error(Errc::unknown_method,
                   "several services have a method " + quoted(method) + "; name the service");
    }
    return Error(Errc::unknown_method, "there is no method " + quoted(method) +
                                           (service.empty() ? "" : " in " + quoted(service)));
  } catch (const std::bad_alloc&) {
    return Error(Errc::no_memory);
  }
}

std::span<const MethodPlan* const> Plan::methods() const noexcept { return state_->listed; }
const Schema& Plan::schema() const noexcept { return state_->parts.schema; }
const PlanOptions& Plan::options() const noexcept { return state_->parts.options; }
const CallOptions& Plan::call_options() const noexcept { return state_->parts.call; }

}  // namespace wirejit::rpc
