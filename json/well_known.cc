// Parses and prints timestamps, durations and field masks.
#include "json/well_known.h"

#include "kernels/number.h"

#include <chrono>
#include <cstdlib>

namespace wirejit::json {

namespace {

constexpr std::int64_t first_second = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t last_second = 253'402'300'799;   // 9999-12-31T23:59:59Z
constexpr std::int64_t longest_duration = 315'576'000'000;
constexpr std::int64_t nanos_per_second = 1'000'000'000;
constexpr std::int64_t seconds_per_day = 86'400;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) noexcept { return c >= 'A' && c <= 'Z'; }

// Parses a text from its beginning.
class Scanner {
 public:
  explicit Scanner(std::string_view text) noexcept : text_(text) {}

  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
  bool consume(char c) noexcept {
    if (text_.empty() || text_.front() != c) {
      return false;
    }
    text_.remove_prefix(1);
    return true;
  }
  // Reads exactly n digits. Returns -1 if there are fewer.
  int digits(std::size_t n) noexcept {
    if (text_.size() < n) {
      return -1;
    }
    int value = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (!is_digit(text_[i])) {
        return -1;
      }
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(n);
    return value;
  }
  // Reads all digits that follow. Returns -1 if there are none, more than `most`, or leading zeros.
  std::int64_t number(std::size_t most) noexcept {
    std::size_t n = 0;
    std::int64_t value = 0;
    for (; n < text_.size() && is_digit(text_[n]); ++n) {
      if (n == most) {
        return -1;
      }
      value = value * 10 + (text_[n] - '0');
    }
    if (n == 0 || (text_[0] == '0' && n > 1)) {
      return -1;
    }
    text_.remove_prefix(n);
    return value;
  }
  // Reads '.' and one to nine digits and returns nanoseconds; 0 if there is no '.', -1 if the
  // digits are malformed.
  std::int64_t fraction() noexcept {
    if (!consume('.')) {
      return 0;
    }
    std::int64_t value = 0;
    std::int64_t unit = nanos_per_second;
    std::size_t n = 0;
    for (; n < text_.size() && is_digit(text_[n]); ++n) {
      if (n == 9) {
        return -1;
      }
      unit /= 10;
      value += (text_[n] - '0') * unit;
    }
    text_.remove_prefix(n);
    return n == 0 ? -1 : value;
  }

 private:
  std::string_view text_;
};

// Reads 'Z' or an offset from UTC, which is returned in seconds.
bool consume_offset(Scanner& in, std::int64_t& seconds) noexcept {
  seconds = 0;
  if (in.consume('Z')) {
    return true;
  }
  const bool east = in.consume('+');
  if (!east && !in.consume('-')) {
    return false;
  }
  const int hours = in.digits(2);
  if (hours < 0 || hours > 23 || !in.consume(':')) {
    return false;
  }
  const int minutes = in.digits(2);
  if (minutes < 0 || minutes > 59) {
    return false;
  }
  seconds = (std::int64_t{hours} * 60 + minutes) * 60;
  seconds = east ? seconds : -seconds;
  return true;
}

char* put_digits(std::int64_t value, int n, char* out) noexcept {
  for (int i = n; i-- > 0; value /= 10) {
    out[i] = static_cast<char>('0' + value % 10);
  }
  return out + n;
}

// Writes '.' and 3, 6 or 9 digits; nothing for zero.
char* put_fraction(std::int64_t nanos, char* out) noexcept {
  if (nanos == 0) {
    return out;
  }
  *out++ = '.';
  if (nanos % 1'000'000 == 0) {
    return put_digits(nanos / 1'000'000, 3, out);
  }
  return nanos % 1'000 == 0 ? put_digits(nanos / 1'000, 6, out) : put_digits(nanos, 9, out);
}

}  // namespace

Errc parse_timestamp(std::string_view text, TimeValue& out) noexcept {
  Scanner in(text);
  const int year = in.digits(4);
  const bool dash = in.consume('-');
  const int month = in.digits(2);
  const bool second_dash = in.consume('-');
  const int day = in.digits(2);
  const bool t = in.consume('T');
  const int hour = in.digits(2);
  const bool colon = in.consume(':');
  const int minute = in.digits(2);
  const bool second_colon = in.consume(':');
  const int second = in.digits(2);
  const std::int64_t nanos = in.fraction();
  std::int64_t offset = 0;
  const bool punctuated = dash && second_dash && t && colon && second_colon;
  const bool numbers =
      year >= 0 && month >= 0 && day >= 0 && hour >= 0 && minute >= 0 && second >= 0 && nanos >= 0;
  if (!punctuated || !numbers || !consume_offset(in, offset) || !in.empty()) {
    return Errc::invalid_string;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (year == 0 || !date.ok() || hour > 23 || minute > 59 || second > 59) {
    return Errc::number_out_of_range;
  }
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  out = {days * seconds_per_day + (std::int64_t{hour} * 60 + minute) * 60 + second - offset, nanos};
  return out.seconds < first_second || out.seconds > last_second ? Errc::number_out_of_range
                                                                 : Errc::ok;
}

Errc parse_duration(std::string_view text, TimeValue& out) noexcept {
  Scanner in(text);
  const bool negative = in.consume('-');
  const std::int64_t seconds = in.number(18);
  const std::int64_t nanos = in.fraction();
  if (seconds < 0 || nanos < 0 || !in.consume('s') || !in.empty()) {
    return Errc::invalid_string;
  }
  out = {negative ? -seconds : seconds, negative ? -nanos : nanos};
  return seconds > longest_duration ? Errc::number_out_of_range : Errc::ok;
}

char* print_timestamp(TimeValue m, char* out) noexcept {
  if (m.seconds < first_second || m.seconds > last_second || m.nanos < 0 ||
      m.nanos >= nanos_per_second) {
    return nullptr;
  }
  const std::int64_t of_day = (m.seconds - first_second) % seconds_per_day;
  const std::chrono::sys_days day{std::chrono::days((m.seconds - of_day) / seconds_per_day)};
  const std::chrono::year_month_day date(day);
  *out++ = '"';
  out = put_digits(static_cast<int>(date.year()), 4, out);
  *out++ = '-';
  out = put_digits(static_cast<unsigned>(date.month()), 2, out);
  *out++ = '-';
  out = put_digits(static_cast<unsigned>(date.day()), 2, out);
  *out++ = 'T';
  out = put_digits(of_day / 3600, 2, out);
  *out++ = ':';
  out = put_digits(of_day / 60 % 60, 2, out);
  *out++ = ':';
  out = put_digits(of_day % 60, 2, out);
  out = put_fraction(m.nanos, out);
  *out++ = 'Z';
  *out++ = '"';
  return out;
}

char* print_duration(TimeValue m, char* out) noexcept {
  const bool signs_differ = (m.seconds > 0 && m.nanos < 0) || (m.seconds < 0 && m.nanos > 0);
  if (m.seconds < -longest_duration || m.seconds > longest_duration ||
      m.nanos <= -nanos_per_second || m.nanos >= nanos_per_second || signs_differ) {
    return nullptr;
  }
  *out++ = '"';
  if (m.seconds < 0 || m.nanos < 0) {
    *out++ = '-';
  }
  out = kernels::write_int64(std::abs(m.seconds), out);
  out = put_fraction(std::abs(m.nanos), out);
  *out++ = 's';
  *out++ = '"';
  return out;
}

std::size_t parse_field_mask(std::string_view text, char* out) noexcept {
  char* const begin = out;
  char before = ',';
  for (const char c : text) {
    if (is_upper(c)) {
      *out++ = '_';
      *out++ = static_cast<char>(c + ('a' - 'A'));
    } else if (is_lower(c) || is_digit(c) || c == '.' || (c == ',' && before != ',')) {
      *out++ = c;
    } else {
      return SIZE_MAX;
    }
    before = c;
  }
  return before == ',' && !text.empty() ? SIZE_MAX : static_cast<std::size_t>(out - begin);
}

std::size_t print_field_path(std::string_view path, char* out) noexcept {
  char* const begin = out;
  bool raises = false;
  for (const char c : path) {
    if (raises ? !is_lower(c) : !is_lower(c) && !is_digit(c) && c != '.' && c != '_') {
      return SIZE_MAX;
    }
    if (raises) {
      *out++ = static_cast<char>(c - ('a' - 'A'));
    } else if (c != '_') {
      *out++ = c;
    }
    raises = !raises && c == '_';
  }
  return raises || path.empty() ? SIZE_MAX : static_cast<std::size_t>(out - begin);
}

}  // namespace wirejit::json
