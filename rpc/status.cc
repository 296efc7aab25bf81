// The tables of errors over protocols. Entry: status_of, errc_of_exception, errc_of_grpc. Invariant:
// every Errc has a row, and every code of gRPC.
#include <wirejit/rpc/status.h>

#include <algorithm>
#include <array>
#include <new>
#include <string>

namespace wirejit::rpc {

namespace {

using Exception = ApplicationException;

struct GrpcRow {
  std::string_view connect;
  std::int32_t http;
  Errc errc;  // what it says of a call
};

// By the code of gRPC.
constexpr std::array<GrpcRow, 17> grpc_rows{{
    {"", 200, Errc::ok},
    {"canceled", 499, Errc::cancelled},
    {"unknown", 500, Errc::remote_error},
    {"invalid_argument", 400, Errc::remote_error},
    {"deadline_exceeded", 504, Errc::deadline_exceeded},
    {"not_found", 404, Errc::remote_error},
    {"already_exists", 409, Errc::remote_error},
    {"permission_denied", 403, Errc::remote_error},
    {"resource_exhausted", 429, Errc::overloaded},
    {"failed_precondition", 400, Errc::remote_error},
    {"aborted", 409, Errc::remote_error},
    {"out_of_range", 400, Errc::remote_error},
    {"unimplemented", 501, Errc::unknown_method},
    {"internal", 500, Errc::remote_error},
    {"unavailable", 503, Errc::unavailable},
    {"data_loss", 500, Errc::remote_error},
    {"unauthenticated", 401, Errc::remote_error},
}};

struct ErrcRow {
  Errc code;
  Exception::Code exception;
  std::int32_t grpc;
};

constexpr ErrcRow wrong_input(Errc code) {
  return {code, Exception::protocol_error, grpc_code::invalid_argument};
}
constexpr ErrcRow too_much(Errc code) {
  return {code, Exception::protocol_error, grpc_code::resource_exhausted};
}
constexpr ErrcRow defect(Errc code) {
  return {code, Exception::internal_error, grpc_code::internal};
}

constexpr auto errc_rows = std::to_array<ErrcRow>({
    {Errc::ok, Exception::unknown, grpc_code::ok},
    // Bodies.
    wrong_input(Errc::truncated),
    wrong_input(Errc::trailing_data),
    wrong_input(Errc::syntax),
    wrong_input(Errc::type_mismatch),
    wrong_input(Errc::invalid_type),
    wrong_input(Errc::invalid_count),
    wrong_input(Errc::invalid_utf8),
    wrong_input(Errc::invalid_string),
    wrong_input(Errc::invalid_number),
    wrong_input(Errc::number_out_of_range),
    wrong_input(Errc::invalid_base64),
    wrong_input(Errc::unknown_enum),
    wrong_input(Errc::unknown_field),
    wrong_input(Errc::duplicate_field),
    wrong_input(Errc::duplicate_key),
    wrong_input(Errc::missing_required),
    wrong_input(Errc::union_not_one),
    wrong_input(Errc::null_value),
    wrong_input(Errc::invalid_tag),
    wrong_input(Errc::invalid_varint),
    wrong_input(Errc::oneof_conflict),
    // Limits.
    too_much(Errc::depth_limit),
    too_much(Errc::size_limit),
    too_much(Errc::memory_limit),
    {Errc::no_memory, Exception::internal_error, grpc_code::resource_exhausted},
    too_much(Errc::collision_limit),
    // Schemas, the program and the machine.
    defect(Errc::schema_syntax),
    defect(Errc::schema_invalid),
    defect(Errc::layout_mismatch),
    {Errc::unsupported, Exception::internal_error, grpc_code::unimplemented},
    {Errc::not_found, Exception::internal_error, grpc_code::not_found},
    defect(Errc::no_arena),
    defect(Errc::code_memory),
    defect(Errc::io),
    defect(Errc::internal),
    {Errc::exception, Exception::internal_error, grpc_code::unknown},
    // Messages and calls.
    wrong_input(Errc::bad_frame),
    too_much(Errc::header_limit),
    too_much(Errc::frame_limit),
    {Errc::wrong_sequence, Exception::bad_sequence_id, grpc_code::internal},
    {Errc::wrong_method, Exception::wrong_method_name, grpc_code::internal},
    {Errc::unknown_method, Exception::unknown_method, grpc_code::unimplemented},
    {Errc::unknown_service, Exception::unknown_service, grpc_code::unimplemented},
    {Errc::remote_error, Exception::internal_error, grpc_code::unknown},
    {Errc::deadline_exceeded, Exception::internal_error, grpc_code::deadline_exceeded},
    {Errc::cancelled, Exception::internal_error, grpc_code::cancelled},
    {Errc::unavailable, Exception::internal_error, grpc_code::unavailable},
    {Errc::overloaded, Exception::internal_error, grpc_code::resource_exhausted},
    {Errc::protocol_mismatch, Exception::invalid_protocol, grpc_code::invalid_argument},
});

// Null for a number that gRPC does not have.
const GrpcRow* row_of(std::int32_t code) {
  return code >= 0 && static_cast<std::size_t>(code) < grpc_rows.size()
             ? &grpc_rows[static_cast<std::size_t>(code)]
             : nullptr;
}

}  // namespace

Status status_of(Errc code) noexcept {
  const auto* row = std::ranges::find(errc_rows, code, &ErrcRow::code);
  if (row == errc_rows.end()) {
    row = std::ranges::find(errc_rows, Errc::internal, &ErrcRow::code);
  }
  return {.exception = row->exception,
          .grpc = row->grpc,
          .http = http_of_grpc(row->grpc),
          .connect = connect_of_grpc(row->grpc)};
}

Status status_of(const Error& error) noexcept {
  Status status = status_of(error.code());
  if (error.code() == Errc::remote_error && error.remote_code() != 0) {
    status.exception = error.remote_code();
  }
  return status;
}

Errc errc_of_exception(std::int32_t code) noexcept {
  switch (code) {
    case Exception::unknown_method: return Errc::unknown_method;
    case Exception::invalid_message_type: return Errc::invalid_type;
    case Exception::wrong_method_name: return Errc::wrong_method;
    case Exception::bad_sequence_id: return Errc::wrong_sequence;
    case Exception::invalid_transform:
    case Exception::invalid_protocol:
    case Exception::unsupported_client_type: return Errc::protocol_mismatch;
    case Exception::unknown_service:
    case Exception::no_service_name: return Errc::unknown_service;
    default: return Errc::remote_error;
  }
}

Errc errc_of_grpc(std::int32_t code) noexcept {
  const GrpcRow* const row = row_of(code);
  return row != nullptr ? row->errc : Errc::remote_error;
}

Errc errc_of_http(std::int32_t status) noexcept { return errc_of_grpc(grpc_of_http(status)); }

std::int32_t grpc_of_http(std::int32_t status) noexcept {
  switch (status) {
    case 400:
    case 431: return grpc_code::internal;
    case 401: return grpc_code::unauthenticated;
    case 403: return grpc_code::permission_denied;
    case 404: return grpc_code::unimplemented;
    case 429:
    case 502:
    case 503:
    case 504: return grpc_code::unavailable;
    default: return grpc_code::unknown;
  }
}

std::int32_t http_of_grpc(std::int32_t code) noexcept {
  const GrpcRow* const row = row_of(code);
  return row != nullptr ? row->http : 500;
}

std::string_view connect_of_grpc(std::int32_t code) noexcept {
  const GrpcRow* const row = row_of(code);
  return row != nullptr ? row->connect : "unknown";
}

std::optional<std::int32_t> grpc_of_connect(std::string_view name) noexcept {
  for (std::size_t code = 1; code < grpc_rows.size(); ++code) {
    if (grpc_rows[code].connect == name) {
      return static_cast<std::int32_t>(code);
    }
  }
  return std::nullopt;
}

Error error_of(const ApplicationException& exception) {
  try {
    return Error(Error::Detail{.code = errc_of_exception(exception.code),
                               .remote_code = exception.code,
                               .path = {},
                               .message = std::string(exception.message)});
  } catch (const std::bad_alloc&) {
    return Error(Errc::no_memory);
  }
}

ApplicationException exception_of(const Error& error) noexcept {
  const std::string_view text = error.message();
  return {.message = text.empty() ? to_string(error.code()) : text,
          .code = status_of(error).exception};
}

}  // namespace wirejit::rpc
