// Cleaning of doc comments: removes the star at the head of each line, then the indent that all
// lines share. Entry: clean_doc. Invariant: time is linear in the comment; each line of the result
// ends in '\n'.
#include "thrift/idl_lexer.h"

#include <algorithm>
#include <vector>

namespace wirejit::thrift {
namespace {

constexpr std::string_view blanks = " \t\r";

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const std::size_t nl = text.find('\n');
    std::string_view line = text.substr(0, nl);
    line = line.substr(0, line.find_last_not_of(blanks) + 1);
    lines.push_back(line);
    if (nl == std::string_view::npos) {
      return lines;
    }
    text.remove_prefix(nl + 1);
  }
}

}  // namespace

std::string clean_doc(std::string_view raw) {
  std::vector<std::string_view> lines = split_lines(raw);
  lines.front().remove_prefix(
      std::min(lines.front().find_first_not_of(blanks), lines.front().size()));
  const auto head = [](std::string_view line) { return line.find_first_not_of(blanks); };
  const auto starred = [&](std::string_view line) {
    return line.empty() || line[head(line)] == '*';
  };
  const bool stars = std::all_of(lines.begin() + 1, lines.end(), starred);
  std::size_t indent = std::string_view::npos;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (stars && !lines[i].empty()) {
      lines[i].remove_prefix(head(lines[i]) + 1);
    }
    if (head(lines[i]) != std::string_view::npos) {
      indent = std::min(indent, head(lines[i]));
    }
  }
  while (!lines.empty() && lines.back().empty()) {
    lines.pop_back();
  }
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i == 0 && lines[i].empty()) {
      continue;
    }
    if (i > 0) {
      lines[i].remove_prefix(std::min(indent, lines[i].size()));
    }
    for (const char c : lines[i]) {
      if (c != '\r') {
        out += c;
      }
    }
    out += '\n';
  }
  return out;
}

}  // namespace wirejit::thrift
