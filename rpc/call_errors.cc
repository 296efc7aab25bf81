// Errors that messages carry. Entry: error_of, business_error.
#include "call_errors.h"

#include <charconv>
#include <string>
#include <string_view>

namespace wirejit::rpc::detail {

namespace {

Error remote(std::int32_t code, std::string_view message) {
  return Error(Error::Detail{.code = Errc::remote_error,
                             .remote_code = code,
                             .offset = no_offset,
                             .line = 0,
                             .column = 0,
                             .path = {},
                             .message = std::string(message)});
}

std::int32_t business_status(const Message& message) noexcept {
  const std::string_view text = message.pairs.find("biz-status").value_or("");
  std::int32_t status = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), status);
  return failure == std::errc() && end == text.data() + text.size() ? status : 0;
}

}  // namespace

Error error_of(const ApplicationException& exception) {
  return remote(exception.code, exception.message);
}

std::int32_t application_code(const Error& error) noexcept {
  return error.remote_code() != 0 ? error.remote_code() : ApplicationException::internal_error;
}

std::optional<Error> business_error(const Message& message) {
  const std::int32_t status = business_status(message);
  if (status == 0) {
    return std::nullopt;
  }
  return remote(status, message.pairs.find("biz-message").value_or(""));
}

bool is_business_error(const Message& message) noexcept { return business_status(message) != 0; }

}  // namespace wirejit::rpc::detail
