// Rendering of errors: a caret under the line of a text, a window of hexadecimal bytes for anything
// else.
#include "report.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace wirejit::tools {
namespace {

constexpr std::size_t clip = 60;   // bytes of a line shown on either side of the caret
constexpr std::size_t row = 16;    // bytes of a hexadecimal window
constexpr std::size_t before = 8;  // of these before the offset

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string hex(std::uint64_t value, int digits) {
  std::array<char, 20> text{};
  (void)std::snprintf(text.data(), text.size(), "%0*llx", digits,
                      static_cast<unsigned long long>(value));
  return text.data();
}

}  // namespace

std::size_t sequence_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t n = lead < 0x80   ? 1
                        : lead < 0xc2 ? 0
                        : lead < 0xe0 ? 2
                        : lead < 0xf0 ? 3
                        : lead < 0xf5 ? 4
                                      : 0;
  if (n == 0 || n > text.size()) {
    return 0;
  }
  return std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(n),
                     is_continuation)
             ? n
             : 0;
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t n = sequence_length(text);
    const auto c = static_cast<unsigned char>(text[0]);
    if (n == 0) {
      out += '?';
    } else if (c < 0x20 || c == 0x7f || (c == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0)) {
      out += ' ';
    } else {
      out += text.substr(0, n);
    }
    text.remove_prefix(std::max<std::size_t>(n, 1));
  }
  return out;
}

std::string text_window(Bytes input, std::size_t offset, std::uint64_t first_line) {
  const std::string_view text = as_text(input);
  const std::size_t at = std::min(offset, text.size());
  const std::size_t newline = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  std::size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  std::size_t end = std::min(text.find('\n', at), text.size());
  if (at < text.size() && text[at] == '\n') {
    end = at;
  }
  const std::uint64_t line =
      first_line + static_cast<std::uint64_t>(std::count(
                       text.begin(), text.begin() + static_cast<std::ptrdiff_t>(begin), '\n'));
  const bool cut = at - begin > clip;
  const bool cut_end = end - at > clip;
  if (cut) {
    begin = at - clip;
    while (begin < at && is_continuation(text[begin])) {
      ++begin;
    }
  }
  if (cut_end) {
    end = at + clip;
    while (end > at && is_continuation(text[end])) {
      --end;
    }
  }
  const std::string number = std::to_string(line);
  const std::string left = (cut ? "..." : "") + printable(text.substr(begin, at - begin));
  const std::string right = printable(text.substr(at, end - at)) + (cut_end ? "..." : "");
  return "  " + number + " | " + left + right + "\n  " + std::string(number.size(), ' ') + " | " +
         std::string(columns(left), ' ') + "^\n";
}

std::string hex_window(Bytes input, std::size_t offset, std::uint64_t address) {
  const std::size_t at = std::min(offset, input.size());
  const std::size_t last = std::max(input.size(), at + 1);  // the end of the bytes to show
  std::size_t begin = at > before ? at - before : 0;
  if (last - begin < row) {  // near the end: show more of what comes before
    begin = last > row ? last - row : 0;
  }
  const std::size_t end = std::min(begin + row, input.size());
  std::string bytes = "  " + hex(address + begin, 8) + " ";
  std::string marks(bytes.size(), ' ');
  std::string text;
  for (std::size_t i = begin; i < begin + row; ++i) {
    const char* gap = i == begin + before ? "  " : " ";
    bytes += gap + (i < end ? hex(input[i], 2) : std::string("  "));
    marks += i <= at ? gap + std::string(i == at ? "^^" : "  ") : std::string();
    if (i < end) {
      text += input[i] >= 0x20 && input[i] < 0x7f ? static_cast<char>(input[i]) : '.';
    }
  }
  return bytes + "  |" + text + "|\n" + marks + "\n";
}

std::string describe_error(const Error& error, std::string_view name, Bytes input, bool is_text) {
  std::string out = printable(std::string(name) + ": " + error.to_string()) + "\n";
  if (error.offset() == no_offset || error.offset() > input.size()) {
    return out;
  }
  return out + (is_text ? text_window(input, error.offset()) : hex_window(input, error.offset()));
}

void complain(std::string_view text) {
  std::string line = "wirejit: " + std::string(text);
  if (!line.ends_with('\n')) {
    line += '\n';
  }
  (void)std::fputs(line.c_str(), stderr);
}

}  // namespace wirejit::tools
