// The writer's functions.
#include "json_out.h"

#include "report.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace wirejit::tools {

void JsonOut::line() { out_ += "\n" + std::string(static_cast<std::size_t>(depth_) * 2, ' '); }

void JsonOut::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (depth_ > 0) {
    out_ += empty_ ? "" : ",";
    line();
  }
  empty_ = false;
}

void JsonOut::open(char bracket) {
  before_value();
  out_ += bracket;
  ++depth_;
  empty_ = true;
}

void JsonOut::close(char bracket) {
  --depth_;
  if (!empty_) {
    line();
  }
  out_ += bracket;
  empty_ = false;
}

void JsonOut::key(std::string_view name) {
  before_value();
  quote(name);
  out_ += ": ";
  after_key_ = true;
}

void JsonOut::text(std::string_view value) {
  before_value();
  quote(value);
}

void JsonOut::number(std::int64_t value) {
  before_value();
  out_ += std::to_string(value);
}

void JsonOut::boolean(bool value) {
  before_value();
  out_ += value ? "true" : "false";
}

void JsonOut::real(double value) {
  before_value();
  if (!std::isfinite(value)) {
    out_ += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    return;
  }
  std::array<char, 40> digits{};
  (void)std::snprintf(digits.data(), digits.size(), "%.17g", value);
  out_ += digits.data();
}

void JsonOut::quote(std::string_view value) {
  out_ += '"';
  while (!value.empty()) {
    const std::size_t n = sequence_length(value);
    const auto byte = static_cast<unsigned char>(value[0]);
    if (n == 0) {
      out_ += "\\ufffd";
    } else if (byte == '"' || byte == '\\') {
      out_ += {'\\', value[0]};
    } else if (byte == '\n') {
      out_ += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      std::array<char, 8> escape{};
      (void)std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(byte));
      out_ += escape.data();
    } else {
      out_ += value.substr(0, n);
    }
    value.remove_prefix(n == 0 ? 1 : n);
  }
  out_ += '"';
}

}  // namespace wirejit::tools
