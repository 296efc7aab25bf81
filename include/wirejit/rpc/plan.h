/// @file
/// The methods of a schema, and the codecs of their arguments and results. Entry: Plan. Invariant: a
/// Plan does not change, but for codecs that are made on first use; all threads may share one.
///
///     auto plan = rpc::Plan::make(Engine::shared(), schema, {.service = rpc::Services::first});
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
  std::string name{};                 ///< of the service, for Services::named
  /// How bodies in JSON are written and read. Of a schema of Protobuf they are ProtoJSON, and the
  /// profile counts for nothing.
  json::Profile profile{};
  /// Bodies in JSON are the values alone, as Kitex's generic calls have them: the only argument of a
  /// method that has one, and what it returns; null where it returns nothing. Exceptions that it
  /// throws stay in the struct: `{"oops": {...}}`, with Outcome::declared_exception, also where they
  /// are written. Methods with more or less arguments have the struct of them.
  bool bare = false;
  /// Of all codecs; of those of JSON only where `profile.options` are the default ones.
  Options options{};
  Limits limits{};  ///< of all calls
};

namespace detail {
// What the library derives the codecs of a method from.
struct MethodHandle {};

struct FreeMethod {
  void operator()(MethodHandle* codecs) const noexcept;
};

using OwnedMethod = std::unique_ptr<MethodHandle, FreeMethod>;

}  // namespace detail

/// A method of a plan, and what its messages are made of. It belongs to its Plan and lives as long as
/// that. Immutable; thread-safe.
class MethodPlan {
 public:
  /// For the library: a method of a service, inherited or its own.
  MethodPlan(const Schema& schema, const Service& service, const Method& method,
             detail::OwnedMethod codecs) noexcept;
  MethodPlan(const MethodPlan&) = delete;
  MethodPlan& operator=(const MethodPlan&) = delete;
  ~MethodPlan();

  /// Its name in the schema.
  [[nodiscard]] std::string_view name() const noexcept { return method_->name; }
  /// The service that it was found in; it may have inherited the method.
  [[nodiscard]] const Service& service() const noexcept { return *service_; }
  /// The method in the schema.
  [[nodiscard]] const Method& method() const noexcept { return *method_; }
  /// Whether the caller gets no reply. Only the schema says that: callers send MessageType::call,
  /// too.
  [[nodiscard]] bool oneway() const noexcept { return method_->oneway; }
  /// Which side sends a stream.
  [[nodiscard]] Streaming streaming() const noexcept { return method_->streaming(); }
  /// Whether it is of Protobuf: messages go as they are, with no struct of arguments around them.
  [[nodiscard]] bool is_protobuf() const noexcept {
    return method_->reply == nullptr && !method_->oneway;
  }

  /// The type of a call's body: the struct of the arguments. Protobuf: the request.
  [[nodiscard]] TypeRef args() const noexcept;
  /// The type of a reply's body: the struct with the field success (id 0) and those that the method
  /// throws. Protobuf: the response. Void for a oneway method.
  [[nodiscard]] TypeRef result() const noexcept;
  /// The type of one message of a stream to the server: the only argument. Protobuf: the request.
  /// Void for a method without arguments.
  [[nodiscard]] TypeRef request_type() const noexcept;
  /// The type of one message of a stream to the client: what the method returns. Protobuf: the
  /// response.
  [[nodiscard]] TypeRef response_type() const noexcept;

  /// What records of args() are made of, made on first use. Errors: those of RecordType::make.
  [[nodiscard]] Result<RecordType> args_type() const;
  /// What records of result() are made of, made on first use. Errors: those of RecordType::make;
  /// unsupported for a oneway method.
  [[nodiscard]] Result<RecordType> result_type() const;

  /// For the library: the codecs of its bodies.
  [[nodiscard]] detail::MethodHandle& codecs() const noexcept { return *codecs_; }

 private:
  const Schema* schema_;
  const Service* service_;
  const Method* method_;
  detail::OwnedMethod codecs_;
};

/// Methods, looked up by name. Immutable; thread-safe.
class Plan {
 public:
  /// Errors: not_found for a service that the schema lacks or if it has none; schema_invalid if two
  /// services of Services::all have one name; no_memory. Codecs are made on first use: what a format
  /// cannot hold fails the first call of that method, with `unsupported`.
  [[nodiscard]] static Result<std::shared_ptr<const Plan>> make(const Engine& engine,
                                                                const Schema& schema,
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
  /// For the library: the options of all calls, with PlanOptions::limits.
  [[nodiscard]] const CallOptions& call_options() const noexcept;

 private:
  struct State;
  explicit Plan(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace wirejit::rpc
