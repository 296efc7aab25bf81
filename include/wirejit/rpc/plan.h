/// @file
/// The methods of a schema, and the codecs of their arguments and results. Entry: Plan. Invariant: a
/// Plan does not change, but for codecs that are made on first use; all threads may share one.
///
///     auto plan = rpc::Plan::make(Engine::shared(), schema, {.service = "Orders"});
///     const rpc::MethodPlan* ping = (*plan)->find("", "ping");
#pragma once

#include <wirejit/engine.h>
#include <wirejit/error.h>
#include <wirejit/json.h>
#include <wirejit/record_type.h>
#include <wirejit/schema.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace wirejit::rpc {

/// Which services of a schema a plan has.
enum class Services : std::uint8_t {
  last,   ///< the last one of the main document, as Kitex's generic calls have it
  first,  ///< the first one
  all,    ///< all, by their names; a method is found without a service where one alone has it
  named,  ///< PlanOptions::name
};

/// What a plan is made of.
struct PlanOptions {
  Services service = Services::last;  ///< which services
  std::string name;                   ///< of the service, for Services::named
  json::Profile profile{};            ///< how bodies in JSON are written and read
  Options options{};                  ///< of all codecs
  Limits limits{};                    ///< of all calls
};

class MethodPlan;  // defined below

/// Methods, looked up by name. Immutable; thread-safe.
class Plan {
 public:
  /// Errors: not_found for a service that the schema lacks or if it has none; schema_invalid if two
  /// services of Services::all have one name; no_memory. Codecs are made on first use: what a format
  /// cannot hold fails the first call of that method, with `unsupported`.
  [[nodiscard]] static Result<std::shared_ptr<const Plan>> make(const Engine& engine, Schema schema,
                                                                const PlanOptions& options = {});
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  ~Plan();

  /// The method, or null. `service` may be empty, a name or a full name. No allocation.
  [[nodiscard]] const MethodPlan* find(std::string_view service,
                                       std::string_view method) const noexcept;
  /// Why find() found nothing: unknown_service or unknown_method.
  [[nodiscard]] Error why_not(std::string_view service, std::string_view method) const;
  /// All methods, in the order of the schema; inherited ones of a service are among its own.
  [[nodiscard]] std::span<const MethodPlan* const> methods() const noexcept;
  /// The schema.
  [[nodiscard]] const Schema& schema() const noexcept;
  /// The options that it was made with.
  [[nodiscard]] const PlanOptions& options() const noexcept;

 private:
  struct State;
  explicit Plan(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace wirejit::rpc
