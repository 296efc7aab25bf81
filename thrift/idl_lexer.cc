// The lexer of Thrift IDL. Facts come from the scanners of Apache's compiler and of thriftgo; see
// Family in thrift.h. Entry: Lexer::next. Invariant: cursor_.at never passes end_; lines are
// counted at '\n' alone.
#include "thrift/idl_lexer.h"

#include "kernels/number.h"
#include "kernels/plain_decimal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace wirejit::thrift {
namespace {

struct Keyword {
  std::string_view text;
  Tok kind;
};
constexpr Keyword keywords[] = {
    {"async", Tok::kw_async},
    {"binary", Tok::kw_binary},
    {"bool", Tok::kw_bool},
    {"byte", Tok::kw_byte},
    {"const", Tok::kw_const},
    {"cpp_include", Tok::kw_cpp_include},
    {"cpp_type", Tok::kw_cpp_type},
    {"double", Tok::kw_double},
    {"enum", Tok::kw_enum},
    {"exception", Tok::kw_exception},
    {"extends", Tok::kw_extends},
    {"i16", Tok::kw_i16},
    {"i32", Tok::kw_i32},
    {"i64", Tok::kw_i64},
    {"i8", Tok::kw_i8},
    {"include", Tok::kw_include},
    {"list", Tok::kw_list},
    {"map", Tok::kw_map},
    {"namespace", Tok::kw_namespace},
    {"oneway", Tok::kw_oneway},
    {"optional", Tok::kw_optional},
    {"required", Tok::kw_required},
    {"service", Tok::kw_service},
    {"set", Tok::kw_set},
    {"string", Tok::kw_string},
    {"struct", Tok::kw_struct},
    {"throws", Tok::kw_throws},
    {"typedef", Tok::kw_typedef},
    {"union", Tok::kw_union},
    {"uuid", Tok::kw_uuid},
    {"void", Tok::kw_void},
    {"xsd_all", Tok::kw_xsd_all},
    {"xsd_attrs", Tok::kw_xsd_attrs},
    {"xsd_nillable", Tok::kw_xsd_nillable},
    {"xsd_optional", Tok::kw_xsd_optional},
};
constexpr std::size_t longest_keyword = 12;
static_assert(std::ranges::is_sorted(keywords, {}, &Keyword::text));

enum CharClass : std::uint8_t { other = 0, letter = 1, digit = 2, blank = 4, symbol = 8 };

constexpr std::array<std::uint8_t, 256> char_classes = [] {
  std::array<std::uint8_t, 256> t{};
  for (unsigned c = 'a'; c <= 'z'; ++c) {
    t[c] = letter;
  }
  for (unsigned c = 'A'; c <= 'Z'; ++c) {
    t[c] = letter;
  }
  t['_'] = letter;
  for (unsigned c = '0'; c <= '9'; ++c) {
    t[c] = digit;
  }
  for (const char c : {' ', '\t', '\r', '\n', '\v', '\f'}) {
    t[static_cast<unsigned char>(c)] = blank;
  }
  for (const char c : std::string_view(":;,{}()=<>[]*&")) {
    t[static_cast<unsigned char>(c)] = symbol;
  }
  return t;
}();

bool is(char c, unsigned classes) {
  return (char_classes[static_cast<unsigned char>(c)] & classes) != 0;
}
bool is_hex(char c) { return is(c, digit) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

Tok keyword_or_identifier(std::string_view text) {
  if (text.size() > longest_keyword) {
    return Tok::identifier;
  }
  const auto* it = std::ranges::lower_bound(keywords, text, {}, &Keyword::text);
  return it != std::end(keywords) && it->text == text ? it->kind : Tok::identifier;
}

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

Lexer::Lexer(const SourceFile& file, Family family, Reporter& reporter,
             std::deque<std::string>& strings)
    : file_(file),
      family_(family),
      reporter_(reporter),
      strings_(strings),
      end_(file.text.data() + file.text.size()),
      // end_ bounds it. NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage)
      cursor_{file.text.data(), file.text.data(), 1} {
  if (file.text.starts_with(byte_order_mark)) {
    cursor_.at += byte_order_mark.size();
    cursor_.line_start = cursor_.at;
  }
}

Place Lexer::place() const noexcept {
  return {static_cast<std::uint32_t>(cursor_.at - file_.text.data()), cursor_.line,
          static_cast<std::uint32_t>(cursor_.at - cursor_.line_start) + 1};
}

void Lexer::fail(Token& token, Place place, std::string message) {
  token.kind = Tok::bad;
  if (!quiet_) {
    reporter_.error(file_, place, std::move(message), Errc::schema_syntax);
  }
}

Token Lexer::peek() {
  const Cursor saved = cursor_;
  const bool before = std::exchange(quiet_, true);
  const Token token = next();
  quiet_ = before;
  cursor_ = saved;
  return token;
}

Token Lexer::next() {
  Token token;
  const std::uint32_t line_before = cursor_.line;
  const bool at_start = cursor_.at == cursor_.line_start;
  if (!skip(token)) {
    return token;
  }
  token.place = place();
  token.first_on_line = at_start || cursor_.line != line_before;
  if (cursor_.at == end_) {
    return token;
  }
  const char c = *cursor_.at;
  const char* const from = cursor_.at;
  if (is(c, letter)) {
    word(token);
  } else if (is(c, symbol)) {
    token.kind = Tok::punctuation;
    ++cursor_.at;
  } else if (c == '"' || c == '\'') {
    literal(token);
  } else if (is(c, digit) || c == '-' || c == '+' || c == '.') {
    number(token);
  } else {
    ++cursor_.at;
    while (cursor_.at != end_ && (static_cast<unsigned char>(*cursor_.at) & 0xC0U) == 0x80U) {
      ++cursor_.at;
    }
    const std::string_view text(from, static_cast<std::size_t>(cursor_.at - from));
    fail(token, token.place,
         "found " + quoted(text) +
             ", expected a word, a number, a string or punctuation of Thrift" +
             (c == '@' ? " (structured annotations belong to another dialect)" : ""));
  }
  token.text = std::string_view(from, static_cast<std::size_t>(cursor_.at - from));
  return token;
}

bool Lexer::skip(Token& token) {
  while (cursor_.at != end_) {
    const char c = *cursor_.at;
    if (is(c, blank)) {
      ++cursor_.at;
      if (c == '\n') {
        ++cursor_.line;
        cursor_.line_start = cursor_.at;
      }
    } else if (c == '#' || (c == '/' && end_ - cursor_.at > 1 && cursor_.at[1] == '/')) {
      const void* eol = std::memchr(cursor_.at, '\n', static_cast<std::size_t>(end_ - cursor_.at));
      cursor_.at = eol ? static_cast<const char*>(eol) : end_;
    } else if (c == '/' && end_ - cursor_.at > 1 && cursor_.at[1] == '*') {
      if (!skip_comment(token)) {
        return false;
      }
    } else {
      break;
    }
  }
  return true;
}

bool Lexer::skip_comment(Token& token) {
  const Place start = place();
  const std::string_view rest(cursor_.at, static_cast<std::size_t>(end_ - cursor_.at));
  const std::size_t close = rest.find("*/", 2);
  const std::string_view comment =
      rest.substr(0, close == std::string_view::npos ? rest.size() : close + 2);
  for (std::size_t nl = comment.find('\n'); nl != std::string_view::npos;
       nl = comment.find('\n', nl + 1)) {
    ++cursor_.line;
    cursor_.line_start = comment.data() + nl + 1;
  }
  cursor_.at += comment.size();
  if (close == std::string_view::npos) {
    token.place = start;
    fail(token, start, "found the end of the file, expected '*/' that ends this comment");
    return false;
  }
  // "/**" opens a doc comment; "/**/" and rows of stars do not.
  const std::string_view inside = comment.substr(2, comment.size() - 4);
  if (inside.starts_with('*') && inside.find_first_not_of('*') != std::string_view::npos) {
    token.doc = inside.substr(1);
  }
  return true;
}

void Lexer::word(Token& token) {
  const char* const from = cursor_.at;
  const char* p = from + 1;
  while (p != end_ &&
         (is(*p, letter | digit) || (*p == '.' && end_ - p > 1 && is(p[1], letter | digit)))) {
    ++p;
  }
  cursor_.at = p;
  const std::string_view text(from, static_cast<std::size_t>(p - from));
  token.kind = keyword_or_identifier(text);
  if (text == "true" || text == "false") {
    token.kind = Tok::integer;
    token.integer = text == "true" ? 1 : 0;
  }
}

// Takes as many characters as form a number: both families read "1b" as a number and a word.
void Lexer::number(Token& token) {
  const char* p = cursor_.at;
  const auto at = [&](std::ptrdiff_t i) { return end_ - p > i ? p[i] : '\0'; };
  const bool negative = *p == '-';
  if (negative || *p == '+') {
    ++p;
  }
  const char* const digits = p;
  if (at(0) == '0' && at(1) == 'x' && is_hex(at(2))) {
    p += 2;
    while (is_hex(at(0))) {
      ++p;
    }
    cursor_.at = p;
    return integer(token, digits + 2, negative, 16);
  }
  if (family_ == Family::thriftgo && at(0) == '0' && at(1) == 'o' && is(at(2), digit)) {
    p += 2;
    while (is(at(0), digit)) {
      ++p;
    }
    cursor_.at = p;
    return integer(token, digits + 2, negative, 8);
  }
  while (is(at(0), digit)) {
    ++p;
  }
  const bool has_integer = p != digits;
  bool fraction = false;
  if (at(0) == '.' && is(at(1), digit)) {
    fraction = true;
    ++p;
    while (is(at(0), digit)) {
      ++p;
    }
  }
  if (!has_integer && !fraction) {
    const Place here = token.place;
    ++cursor_.at;
    return fail(
        token, here,
        "found " + quoted({cursor_.at - 1, 1}) + ", expected a number with a digit after it");
  }
  bool exponent = false;
  if (at(0) == 'e' || at(0) == 'E') {
    const std::ptrdiff_t sign = at(1) == '+' || at(1) == '-' ? 1 : 0;
    if (is(at(1 + sign), digit)) {
      exponent = true;
      p += 1 + sign;
      while (is(at(0), digit)) {
        ++p;
      }
    }
  }
  const bool octal = family_ == Family::thriftgo && *digits == '0' && p - digits > 1;
  token.text = std::string_view(cursor_.at, static_cast<std::size_t>(p - cursor_.at));
  cursor_.at = p;
  if (fraction || exponent) {
    return real(token);
  }
  integer(token, digits, negative, octal ? 8 : 10);
}

void Lexer::integer(Token& token, const char* digits, bool negative, int base) {
  token.kind = Tok::integer;
  std::uint64_t magnitude = 0;
  const auto [stop, ec] = std::from_chars(digits, cursor_.at, magnitude, base);
  const std::uint64_t most = (std::uint64_t{1} << 63) - (negative ? 0 : 1);
  if (ec == std::errc::result_out_of_range || (ec == std::errc() && magnitude > most)) {
    return fail(token, token.place, "found an integer beyond 64 bits, expected a smaller one");
  }
  if (ec != std::errc() || stop != cursor_.at) {
    return fail(token, token.place, "found an octal number with the digit 8 or 9, expected 0 to 7");
  }
  token.integer = static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
}

void Lexer::real(Token& token) {
  token.kind = Tok::real;
  std::string_view text = token.text;
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  const std::string plain = kernels::plain_decimal(text);
  const auto [stop, value, status] =
      kernels::parse_double(plain.data(), plain.data() + plain.size());
  static_cast<void>(stop);
  token.real = value;
  if (status == kernels::Status::ok) {
    return;
  }
  fail(token, token.place, "found a number beyond the range of double, expected a smaller one");
}

void Lexer::literal(Token& token) {
  const char quote = *cursor_.at;
  const char* const from = ++cursor_.at;
  const char* p = from;
  while (p != end_ && *p != quote && *p != '\\' && *p != '\n') {
    ++p;
  }
  if (p != end_ && *p == quote) {
    token.kind = Tok::literal;
    token.value = std::string_view(from, static_cast<std::size_t>(p - from));
    cursor_.at = p + 1;
    return;
  }
  escaped_literal(token, from, quote);
}

// Reads a literal with escapes or line ends, from its first character on.
void Lexer::escaped_literal(Token& token, const char* from, char quote) {
  const bool apache = family_ == Family::apache;
  std::string value;
  const char* p = from;
  for (; p != end_ && *p != quote; ++p) {
    if (*p == '\n') {
      if (apache) {
        break;
      }
      ++cursor_.line;
      cursor_.line_start = p + 1;
    }
    if (*p != '\\' || end_ - p < 2) {
      value += *p;
      continue;
    }
    static constexpr std::string_view escapes = "rnt\"'\\";
    static constexpr std::string_view meanings = "\r\n\t\"'\\";
    const std::size_t which = escapes.find(p[1]);
    if (apache && which != std::string_view::npos) {
      value += meanings[which];
      ++p;
    } else if (!apache) {
      if (p[1] != quote) {
        value += '\\';
      }
      // A quote after a backslash never ends the literal, not even after two backslashes.
      if (p[1] == '"' || p[1] == '\'') {
        value += *++p;
      }
    } else {
      cursor_.at = p;
      const Place here = place();
      fail(token, here,
           "found the escape " + quoted({p, 2}) + ", expected one of \\r \\n \\t \\\" \\' \\\\");
      // The rest of the literal is skipped, so that it is not read as text of its own.
      while (p != end_ && *p != quote && *p != '\n') {
        p += *p == '\\' && end_ - p > 1 && p[1] != '\n' ? 2 : 1;
      }
      cursor_.at = p != end_ && *p == quote ? p + 1 : p;
      return;
    }
  }
  cursor_.at = p;
  if (p == end_ || *p != quote) {
    const char* what = p == end_ ? "the end of the file" : "the end of the line";
    return fail(token, token.place,
                std::string("found ") + what + ", expected the quote that ends this string");
  }
  ++cursor_.at;
  token.kind = Tok::literal;
  if (!quiet_) {
    token.value = strings_.emplace_back(std::move(value));
  }
}

std::string describe(const Token& token) {
  switch (token.kind) {
    case Tok::end: return "the end of the file";
    case Tok::literal: return "the string " + quoted(token.text);
    case Tok::integer:
    case Tok::real: return "the number " + quoted(token.text);
    default: return quoted(token.text);
  }
}

}  // namespace wirejit::thrift
