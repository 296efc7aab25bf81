// Escaping and shortening.
#include "core/excerpt.h"

#include "core/utf8.h"

#include <cstdio>

namespace wirejit::core {

namespace {

bool continues(char c) { return is_continuation(static_cast<unsigned char>(c)); }

// The size in bytes of the first character of well-formed UTF-8.
std::size_t character_size(std::string_view text) {
  std::size_t n = 1;
  while (n < text.size() && continues(text[n])) {
    ++n;
  }
  return n;
}

// Characters that a terminal or an editor interprets instead of showing: C1 controls, line and
// paragraph separators, direction marks.
bool is_control(std::string_view character) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(character[k]); };
  if (character.size() == 2) {
    return byte(0) == 0xc2 && byte(1) < 0xa0;
  }
  if (character.size() != 3 || byte(0) != 0xe2) {
    return false;
  }
  return (byte(1) == 0x80 &&
          (byte(2) == 0x8e || byte(2) == 0x8f || (byte(2) >= 0xa8 && byte(2) <= 0xae))) ||
         (byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9);
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  char hex[8];
  std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned char>(c));
  out += hex;
}

std::string escaped(std::string_view text, bool quoted) {
  const bool is_utf8 = core::is_utf8(text);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool ascii = static_cast<unsigned char>(c) < 0x80;
    const std::string_view character =
        text.substr(at, ascii || !is_utf8 ? 1 : character_size(text.substr(at)));
    at += character.size();
    if (quoted && (c == '"' || c == '\\')) {
      out += '\\';
      out += c;
    } else if (ascii ? c >= 0x20 && c != 0x7f : is_utf8 && !is_control(character)) {
      out += character;
    } else {
      for (const char byte : character) {
        append_escaped(out, byte);
      }
    }
  }
  return out;
}

std::string_view shortened(std::string_view text) {
  if (text.size() <= longest_excerpt) {
    return text;
  }
  std::size_t n = longest_excerpt;
  while (n > longest_excerpt - 4 && continues(text[n])) {
    --n;
  }
  return text.substr(0, n);
}

}  // namespace

std::string excerpt(std::string_view text) {
  const std::string_view shown = shortened(text);
  return '"' + escaped(shown, true) + '"' + (shown.size() < text.size() ? "..." : "");
}

std::string bare_excerpt(std::string_view text) {
  const std::string_view shown = shortened(text);
  return escaped(shown, false) + (shown.size() < text.size() ? "..." : "");
}

}  // namespace wirejit::core
