// The texts that ProtoJSON has for google.protobuf.Timestamp, Duration and FieldMask
// (https://protobuf.dev/programming-guides/json and the comments in the files of these messages).
// Entry: the parse_ and print_ functions. Invariant: parsing a printed text gives the same value; a
// value that has no such text is an error.
#pragma once

#include <wirejit/error.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wirejit::json {

struct TimeValue {
  std::int64_t seconds;
  std::int64_t nanos;
};

// "1972-01-01T10:00:20.021Z": years 0001 to 9999, at most nine digits of a second, Z or an offset.
// Errors: invalid_string, number_out_of_range.
Errc parse_timestamp(std::string_view text, TimeValue& out) noexcept;
// "-1.5s": up to 315,576,000,000 seconds and nine more digits. The same errors.
Errc parse_duration(std::string_view text, TimeValue& out) noexcept;

inline constexpr std::size_t max_time_text = 40;  // room that printing needs
// In quotes, with 0, 3, 6 or 9 digits of a second; null if the value is out of range.
char* print_timestamp(TimeValue m, char* out) noexcept;
char* print_duration(TimeValue m, char* out) noexcept;

// Converts the text of a FieldMask, "user.displayName,photo", to its paths in snake_case, separated
// by commas. Writes at most twice as many bytes as the text has, and returns how many; SIZE_MAX if
// the text is malformed.
std::size_t parse_field_mask(std::string_view text, char* out) noexcept;
// Converts one path of a FieldMask to lowerCamelCase. Writes at most as many bytes as the path has,
// and returns how many; SIZE_MAX if the result would not be read back as the same path.
std::size_t print_field_path(std::string_view path, char* out) noexcept;

}  // namespace wirejit::json
