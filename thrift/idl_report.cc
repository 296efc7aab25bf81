// Diagnostics of IDL: where, what was found, what was expected, and a caret under the text.
// Entry: Reporter, Diagnostic::to_string. Invariant: lines are clipped, and control
// characters are replaced.
#include "thrift/idl_report.h"

#include "core/utf8.h"

#include <algorithm>
#include <utility>

namespace wirejit::thrift {
namespace {

constexpr std::size_t before_caret = 80;
constexpr std::size_t after_caret = 60;
constexpr std::size_t max_quoted = 40;

bool continuation(char c) { return core::is_continuation(static_cast<unsigned char>(c)); }

char clean(char c) {
  const auto u = static_cast<unsigned char>(c);
  return c == '\t' ? c : u < 0x20 || u == 0x7F ? '?' : c;
}

// Fills source_line and caret from the line around `offset`, looking no further than the clip's
// width.
void add_line(Diagnostic& d, std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  std::size_t from = offset;
  while (from > 0 && text[from - 1] != '\n' && offset - from < before_caret) {
    --from;
  }
  while (from < offset && continuation(text[from])) {
    ++from;
  }
  std::size_t to = offset;
  while (to < text.size() && text[to] != '\n' && to - offset < after_caret) {
    ++to;
  }
  while (to > offset && to < text.size() && continuation(text[to])) {
    --to;
  }
  if (to > from && text[to - 1] == '\r') {
    --to;
  }
  for (const char c : text.substr(from, to - from)) {
    d.source_line += clean(c);
  }
  d.caret = static_cast<std::uint32_t>(std::min(offset, to) - from);
}

}  // namespace

std::string quoted(std::string_view text) {
  std::size_t n = std::min(text.size(), max_quoted);
  while (n > 0 && n < text.size() && continuation(text[n])) {
    --n;
  }
  std::string out = "'";
  for (const char c : text.substr(0, n)) {
    out += c == '\t' ? ' ' : clean(c);
  }
  if (n < text.size()) {
    out += "...";
  }
  return out += '\'';
}

std::string Diagnostic::to_string() const {
  std::string out = file;
  if (line != 0) {
    out += ":" + std::to_string(line) + ":" + std::to_string(column);
  }
  out += severity == Severity::error ? ": error: " : ": warning: ";
  out += message;
  if (line == 0) {
    return out;
  }
  const std::string number = std::to_string(line);
  const std::string gutter(std::max<std::size_t>(number.size(), 4), ' ');
  out += "\n" + gutter.substr(number.size()) + number + " | " + source_line + "\n" + gutter + " | ";
  for (const char c : std::string_view(source_line).substr(0, caret)) {
    if (!continuation(c)) {
      out += c == '\t' ? '\t' : ' ';
    }
  }
  return out += '^';
}

void Reporter::add(Severity severity, const SourceFile& file, Place place, std::string message,
                   Errc code) {
  Diagnostic d;
  d.severity = severity;
  d.code = code;
  d.file = file.path;
  d.line = place.line;
  d.column = place.column;
  d.offset = place.offset;
  d.message = std::move(message);
  add_line(d, file.text, place.offset);
  findings_.push_back(std::move(d));
}

void Reporter::error(const SourceFile& file, Place place, std::string message, Errc code) {
  if (full()) {
    return;
  }
  ++errors_;
  add(Severity::error, file, place, std::move(message), code);
}

void Reporter::warning(const SourceFile& file, Place place, std::string message, Errc code) {
  if (!keeps_warnings()) {
    return;
  }
  ++warnings_;
  add(Severity::warning, file, place, std::move(message), code);
}

void Reporter::file_error(std::string path, std::string message, Errc code) {
  if (full()) {
    return;
  }
  ++errors_;
  Diagnostic d;
  d.code = code;
  d.file = std::move(path);
  d.message = std::move(message);
  findings_.push_back(std::move(d));
}

Error Reporter::to_error() const {
  Error::Detail detail;
  detail.code = Errc::ok;
  for (const Diagnostic& d : findings_) {
    if (!detail.message.empty()) {
      detail.message += '\n';
    }
    detail.message += d.to_string();
    if (d.severity != Severity::error || detail.code != Errc::ok) {
      continue;
    }
    detail.code = d.code;
    detail.offset = d.offset;
    detail.line = d.line;
    detail.column = d.column;
  }
  if (full()) {
    detail.message += "\nmore errors may follow; the limit of reported ones is reached";
  }
  return Error(std::move(detail));
}

}  // namespace wirejit::thrift
