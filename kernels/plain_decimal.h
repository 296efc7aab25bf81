// Decimals as languages for schemas write them: zeros may lead, and one side of the point may have
// no digit. Entry: plain_decimal.
#pragma once

#include <string>
#include <string_view>

namespace wirejit::kernels {

// The same number by the grammar of parse_double: "007.5" is "7.5", ".5" is "0.5", "1.e3" is "1e3".
// What is no number becomes none.
inline std::string plain_decimal(std::string_view text) {
  std::string plain;
  if (text.starts_with('-')) {
    plain += '-';
    text.remove_prefix(1);
  }
  const auto digits = [&text] {
    const std::size_t end = text.find_first_not_of("0123456789");
    const std::string_view found = text.substr(0, end);
    text.remove_prefix(found.size());
    return found;
  };
  const std::string_view whole = digits();
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = digits();
  }
  if (whole.empty() && fraction.empty()) return {};
  const std::size_t first = whole.find_first_not_of('0');
  plain += first == std::string_view::npos ? "0" : whole.substr(first);
  if (!fraction.empty()) plain.append(".").append(fraction);
  return plain.append(text);
}

}  // namespace wirejit::kernels
