// Messages of errors in JSON text.
#include "json/describe.h"

#include "core/excerpt.h"
#include "json/lower.h"
#include "lower/type_category.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace wirejit::json {

namespace {

using core::excerpt;
using lower::Description;
using lower::ReadFailure;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_number_char(char c) {
  return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The raw content of the string that begins with the quote at text[0]; it may be cut off.
std::string_view raw_string(std::string_view text) {
  std::size_t n = 1;
  while (n < text.size() && text[n] != '"') {
    n += text[n] == '\\' ? 2 : 1;
  }
  return text.substr(1, std::min(n, text.size()) - 1);
}

std::string_view number_at(std::string_view text) {
  return text.substr(
      0, static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_number_char) -
                                  text.begin()));
}

std::string_view found(char first) {
  switch (first) {
    case '"': return "a string";
    case '{': return "an object";
    case '[': return "an array";
    case 't': return "true";
    case 'f': return "false";
    case 'n': return "null";
    default: return is_digit(first) || first == '-' ? "a number" : "";
  }
}

std::string number_of(const Type& type) {
  return "a number of type " + std::string(to_string(type.kind));
}

// What a value of the type must be; empty if several kinds of values are allowed.
std::string expected(const Type& type, const Dialect& dialect) {
  switch (opening(type, dialect)) {
    case '"':
      return type.kind == Kind::binary && dialect.binary != Binary::raw ? "a string in Base64"
                                                                        : "a string";
    case '{': return "an object";
    case '[': return "an array";
    default: break;
  }
  switch (type.kind) {
    case Kind::boolean: return "true or false";
    case Kind::enumeration: return "a value of enum " + type.enumeration->name;
    case Kind::structure: return "";
    default: return number_of(type);
  }
}

// An excerpt of the number or string at text[0].
std::string value_at(std::string_view text) {
  return text.front() == '"' ? excerpt(raw_string(text)) : core::bare_excerpt(number_at(text));
}

class Describer {
 public:
  Describer(const ReadFailure& failure, const Dialect& dialect)
      : failure_(failure),
        dialect_(dialect),
        all_(reinterpret_cast<const char*>(failure.input.data()), failure.input.size()),
        at_(all_.substr(failure.offset)) {}

  [[nodiscard]] Description run() const {
    switch (failure_.code) {
      case Errc::type_mismatch:
      case Errc::null_value: return {.message = mismatch(), .inner = {}};
      case Errc::number_out_of_range: return {.message = out_of_range_number(), .inner = {}};
      case Errc::invalid_number: return {.message = invalid_number(), .inner = {}};
      case Errc::unknown_enum: return {.message = unknown_enum(), .inner = {}};
      case Errc::unknown_field:
        return {.message = begins_with('"') ? "the schema has no field " + excerpt(raw_string(at_))
                                            : std::string(),
                .inner = {}};
      case Errc::truncated: return {.message = {}, .inner = truncated_field()};
      default: return {};
    }
  }

 private:
  [[nodiscard]] bool begins_with(char c) const { return !at_.empty() && at_.front() == c; }

  [[nodiscard]] bool is_any() const {
    return failure_.type != nullptr && semantic_of(*failure_.type) == Semantic::any;
  }

  [[nodiscard]] std::string mismatch() const {
    const std::string_view actual = at_.empty() ? std::string_view() : found(at_.front());
    if (failure_.type == nullptr || is_any()) {
      return {};
    }
    const std::string type = expected(*failure_.type, dialect_);
    if (is_after_quote(failure_.offset)) {  // a key
      return failure_.type->kind == Kind::boolean
                 ? expected_but_found(type, string_around(failure_.offset))
                 : std::string();
    }
    return type.empty() || actual.empty() ? std::string() : expected_but_found(type, actual);
  }
  [[nodiscard]] static std::string expected_but_found(const std::string& type,
                                                      std::string_view actual) {
    return "expected " + type + ", found " + std::string(actual);
  }

  [[nodiscard]] bool is_after_quote(std::size_t at) const { return at > 0 && all_[at - 1] == '"'; }
  // The string whose opening quote is the byte before `at`.
  [[nodiscard]] std::string string_around(std::size_t at) const {
    return excerpt(raw_string(all_.substr(at - 1)));
  }

  // The reader reports a number at its first byte; the writer reports the position after it.
  [[nodiscard]] std::string out_of_range_number() const {
    const bool has_number = !at_.empty() && (at_.front() == '-' || is_digit(at_.front()));
    return has_number && is_number() ? expected_but_found(expected(*failure_.type, dialect_),
                                                          core::bare_excerpt(number_at(at_)))
                                     : std::string();
  }
  // A number is reported at the byte that cannot continue it. Writers never report an integer this
  // way.
  [[nodiscard]] std::string invalid_number() const {
    std::size_t at = failure_.offset;
    while (at > 0 && is_number_char(all_[at - 1])) {
      --at;
    }
    const std::string_view number = number_at(all_.substr(at));
    if (!is_number()) {
      return {};
    }
    const std::string type = expected(*failure_.type, dialect_);
    if (is_after_quote(at) && is_integer()) {
      return expected_but_found(type, string_around(at));
    }
    const bool has_number = !number.empty() && (number.front() == '-' || is_digit(number.front()));
    return has_number ? expected_but_found(type, core::bare_excerpt(number)) : std::string();
  }
  [[nodiscard]] bool is_number() const {
    return failure_.type != nullptr && failure_.type->kind != Kind::boolean &&
           lower::category_of(*failure_.type) == lower::TypeCategory::scalar;
  }
  [[nodiscard]] bool is_integer() const {
    return failure_.type->kind != Kind::float32 && failure_.type->kind != Kind::float64;
  }

  // A name is reported at its opening quote or at the byte after it.
  [[nodiscard]] std::string unknown_enum() const {
    const std::string_view value =
        is_after_quote(failure_.offset) ? all_.substr(failure_.offset - 1) : at_;
    const bool is_value =
        !value.empty() && (value.front() == '"' || value.front() == '-' || is_digit(value.front()));
    if (failure_.type == nullptr || failure_.type->kind != Kind::enumeration || !is_value) {
      return {};
    }
    return "enum " + failure_.type->enumeration->name + " has no value " + value_at(value);
  }

  // The field whose value is missing, if the text ends after the colon of its key.
  [[nodiscard]] std::string truncated_field() const {
    if (failure_.structure == nullptr || semantic_of_structure() != Semantic::none ||
        open_at_end() != failure_.steps + 1) {
      return {};  // the text ends in an unknown member
    }
    std::string_view text = all_;
    trim(text);
    if (text.empty() || text.back() != ':') {
      return {};
    }
    text.remove_suffix(1);
    trim(text);
    if (text.size() < 2 || text.back() != '"') {
      return {};
    }
    const std::size_t open = text.rfind('"', text.size() - 2);
    if (open == std::string_view::npos) {
      return {};
    }
    const std::string_view key = text.substr(open + 1, text.size() - open - 2);
    for (const Field& f : failure_.structure->fields) {
      if (key_text(f, dialect_) == key || f.name == key) {
        return f.name;
      }
    }
    return {};
  }
  // How many objects and arrays the text leaves open. Each step of a path opens one.
  [[nodiscard]] std::size_t open_at_end() const {
    std::size_t open = 0;
    bool quoted = false;
    for (std::size_t k = 0; k < all_.size(); ++k) {
      const char c = all_[k];
      if (quoted) {
        k += c == '\\' ? 1 : 0;
        quoted = c != '"';
      } else if (c == '"') {
        quoted = true;
      } else if (c == '{' || c == '[') {
        ++open;
      } else if (c == '}' || c == ']') {
        --open;
      }
    }
    return open;
  }
  [[nodiscard]] Semantic semantic_of_structure() const {
    return dialect_.proto ? failure_.structure->semantic : Semantic::none;
  }
  static void trim(std::string_view& text) {
    while (!text.empty() && is_space(text.back())) {
      text.remove_suffix(1);
    }
  }

  const ReadFailure& failure_;
  const Dialect& dialect_;
  std::string_view all_;
  std::string_view at_;
};

}  // namespace

Description describe(const ReadFailure& failure, const Dialect& dialect) {
  return Describer(failure, dialect).run();
}

}  // namespace wirejit::json
