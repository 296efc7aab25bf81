/// @file
/// How errors of calls are told over each protocol, and what a peer's number means. Entry: status_of,
/// error_of. Invariant: one table has a row for every Errc.
///
///     const rpc::Status status = rpc::status_of(Errc::unknown_method);
///     // status.exception is ApplicationException::unknown_method (1), status.grpc is
///     // grpc_code::unimplemented (12), status.http is 501, status.connect is "unimplemented".
#pragma once

#include <wirejit/error.h>
#include <wirejit/rpc/envelope.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace wirejit::rpc {

/// Status codes of gRPC. Peers send others, too.
namespace grpc_code {
inline constexpr std::int32_t ok = 0;                   ///< no error
inline constexpr std::int32_t cancelled = 1;            ///< the caller gave up
inline constexpr std::int32_t unknown = 2;              ///< an error without a better code
inline constexpr std::int32_t invalid_argument = 3;     ///< the request is wrong
inline constexpr std::int32_t deadline_exceeded = 4;    ///< the time is over
inline constexpr std::int32_t not_found = 5;            ///< what was asked for does not exist
inline constexpr std::int32_t already_exists = 6;       ///< what was to be made exists
inline constexpr std::int32_t permission_denied = 7;    ///< the caller may not
inline constexpr std::int32_t resource_exhausted = 8;   ///< a limit
inline constexpr std::int32_t failed_precondition = 9;  ///< not in this state
inline constexpr std::int32_t aborted = 10;             ///< a conflict
inline constexpr std::int32_t out_of_range = 11;        ///< beyond the valid range
inline constexpr std::int32_t unimplemented = 12;       ///< no such method
inline constexpr std::int32_t internal = 13;            ///< a defect
inline constexpr std::int32_t unavailable = 14;         ///< no connection: try again
inline constexpr std::int32_t data_loss = 15;           ///< data is lost
inline constexpr std::int32_t unauthenticated = 16;     ///< the caller is not known
}  // namespace grpc_code

/// How an error is told over each protocol.
struct Status {
  std::int32_t exception = 0;     ///< ApplicationException::Code
  std::int32_t grpc = 0;          ///< of grpc_code
  std::int32_t http = 200;        ///< of an answer over HTTP
  std::string_view connect = "";  ///< such as "not_found", in static storage; empty for ok

  /// True if all members are equal.
  friend bool operator==(const Status&, const Status&) = default;
};

/// How the code is told. A number that is no code is told as `internal` is.
[[nodiscard]] Status status_of(Errc code) noexcept;
/// The same for an error; one of a peer (remote_error) keeps its number as the code of the
/// ApplicationException.
[[nodiscard]] Status status_of(const Error& error) noexcept;

/// What a peer's ApplicationException says: unknown_method, unknown_service, wrong_method,
/// wrong_sequence, invalid_type (of the message), protocol_mismatch, else remote_error.
[[nodiscard]] Errc errc_of_exception(std::int32_t code) noexcept;
/// What a peer's status of gRPC says: ok, cancelled, deadline_exceeded, overloaded, unknown_method,
/// unavailable, else remote_error, also for numbers that gRPC does not have.
[[nodiscard]] Errc errc_of_grpc(std::int32_t code) noexcept;
/// What the HTTP status says of an answer that has no status of gRPC or Connect: as errc_of_grpc of
/// grpc_of_http.
[[nodiscard]] Errc errc_of_http(std::int32_t status) noexcept;

/// The code of gRPC for an HTTP status without one; `unknown` also for 200.
[[nodiscard]] std::int32_t grpc_of_http(std::int32_t status) noexcept;
/// The HTTP status for a code of gRPC; 500 for a number that gRPC does not have.
[[nodiscard]] std::int32_t http_of_grpc(std::int32_t code) noexcept;
/// Connect's name of a code of gRPC, such as "canceled", in static storage; "unknown" for a number
/// that gRPC does not have, and empty for ok.
[[nodiscard]] std::string_view connect_of_grpc(std::int32_t code) noexcept;
/// The code of gRPC that Connect names; nothing for another name.
[[nodiscard]] std::optional<std::int32_t> grpc_of_connect(std::string_view name) noexcept;

/// The Error for a peer's exception: errc_of_exception, its text, and its number as remote_code().
[[nodiscard]] Error error_of(const ApplicationException& exception);
/// The exception for an Error: its text, or if it has none the name of its code. It is a view: the
/// error must live as long.
[[nodiscard]] ApplicationException exception_of(const Error& error) noexcept;

}  // namespace wirejit::rpc
