// Errors that messages carry: of the peer, and of the business. Entry: error_of, business_error,
// application_code.
#pragma once

#include <wirejit/error.h>
#include <wirejit/rpc/envelope.h>
#include <wirejit/rpc/message.h>

#include <cstdint>
#include <optional>

namespace wirejit::rpc::detail {

// What the peer said, with its number.
[[nodiscard]] Error error_of(const ApplicationException& exception);
// The number that a peer is told for an error: the one that came with it, or the one of its code.
[[nodiscard]] std::int32_t application_code(const Error& error) noexcept;
// What the header of a reply says of the business, if it says something: remote_error with its
// number. A status that is no number, or 0, says nothing.
[[nodiscard]] std::optional<Error> business_error(const Message& message);
// Whether it does.
[[nodiscard]] bool is_business_error(const Message& message) noexcept;

}  // namespace wirejit::rpc::detail
