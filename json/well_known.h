// The texts that ProtoJSON has for google.protobuf.Timestamp, Duration and FieldMask
// (https://protobuf.dev/programming-guides/json and the comments in the files of these messages).
// Entry: parse_timestamp, print_timestamp and their like. Invariant: what is printed can be parsed
// and gives the same value; a value without such a text is refused.
#pragma once

#include <wirejit/error.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wirejit::json {

struct Moment {
  std::int64_t seconds;
  std::int64_t nanos;
};

// "1972-01-01T10:00:20.021Z": years 0001 to 9999, at most nine digits of a second, Z or an offset.
// Errors: invalid_string, number_out_of_range.
Errc parse_timestamp(std::string_view text, Moment& out) noexcept;
// "-1.5s": up to 315,576,000,000 seconds and nine more digits. The same errors.
Errc parse_duration(std::string_view text, Moment& out) noexcept;

inline constexpr std::size_t max_moment_text = 40;  // room that printing needs
// In quotes, with 0, 3, 6 or 9 digits of a second; null if the value is out of range.
char* print_timestamp(Moment m, char* out) noexcept;
char* print_duration(Moment m, char* out) noexcept;

// A FieldMask's text, "user.displayName,photo", to its paths in snake_case with commas between
// them: at most twice as many bytes as there were. SIZE_MAX if it is none.
std::size_t parse_field_mask(std::string_view text, char* out) noexcept;
// One path of a FieldMask to lowerCamelCase; no more bytes than it has. SIZE_MAX if it would not
// read back as the same.
std::size_t print_field_path(std::string_view path, char* out) noexcept;

}  // namespace wirejit::json
