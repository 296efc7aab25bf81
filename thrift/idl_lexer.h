// Tokens of Thrift IDL.
// Entry: Lexer::next. Invariant: each call consumes at least a byte or returns Tok::end; every byte
// is read a bounded number of times; a malformed token is reported once and returned as Tok::bad.
#pragma once

#include "thrift/idl_report.h"

#include <wirejit/thrift.h>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace wirejit::thrift {

enum class Tok : std::uint8_t {
  end,
  bad,  // reported already
  identifier,
  integer,  // also true and false
  real,
  literal,
  punctuation,  // its character is Token::text[0]
  // Keywords, in the order of the table in idl_lexer.cc.
  kw_async,
  kw_binary,
  kw_bool,
  kw_byte,
  kw_const,
  kw_cpp_include,
  kw_cpp_type,
  kw_double,
  kw_enum,
  kw_exception,
  kw_extends,
  kw_i16,
  kw_i32,
  kw_i64,
  kw_i8,
  kw_include,
  kw_list,
  kw_map,
  kw_namespace,
  kw_oneway,
  kw_optional,
  kw_required,
  kw_service,
  kw_set,
  kw_string,
  kw_struct,
  kw_throws,
  kw_typedef,
  kw_union,
  kw_uuid,
  kw_void,
  kw_xsd_all,
  kw_xsd_attrs,
  kw_xsd_nillable,
  kw_xsd_optional,
};

struct Token {
  Tok kind = Tok::end;
  bool first_on_line = false;
  Place place;
  std::string_view text;   // as written
  std::string_view value;  // of a literal, unescaped
  std::int64_t integer = 0;
  double real = 0;
  std::string_view doc;  // the inside of the last doc comment before it

  [[nodiscard]] bool is(char c) const noexcept { return kind == Tok::punctuation && text[0] == c; }
  [[nodiscard]] bool is_keyword() const noexcept { return kind >= Tok::kw_async; }
  // An identifier, or a keyword, which may be a name in some places.
  [[nodiscard]] bool is_word() const noexcept { return kind == Tok::identifier || is_keyword(); }
};

class Lexer {
 public:
  // `strings` keeps the texts of literals with escapes; it must outlive the tokens.
  Lexer(const SourceFile& file, Family family, Reporter& reporter,
        std::deque<std::string>& strings);

  Token next();
  // The token that next() will return. Reports nothing.
  Token peek();
  // While quiet, bad tokens are not reported: the parser skips text after an error.
  void quiet(bool on) noexcept { quiet_ = on; }

 private:
  struct Cursor {
    const char* at;
    const char* line_start;
    std::uint32_t line;
  };

  // Skips blanks and comments; false if a comment does not end.
  bool skip(Token& token);
  bool skip_comment(Token& token);
  void number(Token& token);
  void integer(Token& token, const char* digits, bool negative, int base);
  void real(Token& token);
  void word(Token& token);
  void literal(Token& token);
  void escaped_literal(Token& token, const char* from, char quote);
  void fail(Token& token, Place place, std::string message);
  [[nodiscard]] Place place() const noexcept;

  const SourceFile& file_;
  Family family_;
  Reporter& reporter_;
  std::deque<std::string>& strings_;
  const char* end_;
  Cursor cursor_;
  bool quiet_ = false;
};

// The text of a token in a diagnostic: "'struct'", "the end of the file", ...
[[nodiscard]] std::string describe(const Token& token);

// The inside of a doc comment without stars and common indent.
[[nodiscard]] std::string clean_doc(std::string_view raw);

}  // namespace wirejit::thrift
