// Parses defaults of proto2 and editions, which descriptors hold as text.
// Entry: parse_default. Invariant: accepts every text that protoc writes for a type, and no value
// that the type cannot hold.
#include "kernels/number.h"
#include "kernels/plain_decimal.h"
#include "pb/descriptor_context.h"

#include <charconv>
#include <limits>

namespace wirejit::pb::descriptors {
namespace {

template <class T>
std::optional<T> integer(const std::string& text) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && at == end ? std::optional(value) : std::nullopt;
}

std::optional<double> floating(const std::string& text, bool single) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (text == "inf" || text == "infinity") {
    return infinity;
  }
  if (text == "-inf" || text == "-infinity") {
    return -infinity;
  }
  if (text == "nan" || text == "-nan") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const std::string plain = kernels::plain_decimal(text);
  const char* const end = plain.data() + plain.size();
  // As strtod, which compilers use: a value that is too large becomes infinity, one that is too
  // small becomes zero.
  const auto checked = [end](auto parsed) {
    const bool is_number = parsed.at == end && parsed.status != kernels::Status::not_a_number;
    return is_number ? std::optional<double>(parsed.value) : std::nullopt;
  };
  return single ? checked(kernels::parse_float(plain.data(), end))
                : checked(kernels::parse_double(plain.data(), end));
}

int digit(char c) noexcept {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return 99;
}

// Reads up to `most` digits of an escape's number; -1 if there is none or the number exceeds 255.
int escaped_byte(const std::string& text, std::size_t& i, int base, int most) {
  int value = -1;
  for (; most > 0 && i < text.size() && digit(text[i]) < base; --most, ++i) {
    value = (value < 0 ? 0 : value * base) + digit(text[i]);
  }
  return value > 255 ? -1 : value;
}

// Decodes the escapes of C, which protoc writes in the defaults of bytes.
std::optional<std::string> unescaped(const std::string& text) {
  static constexpr std::string_view names = "abfnrtv\\\"'?";
  static constexpr std::string_view values = "\a\b\f\n\r\t\v\\\"'?";
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i++];
    if (c != '\\') {
      out += c;
      continue;
    }
    if (i == text.size()) {
      return std::nullopt;
    }
    if (const std::size_t k = names.find(text[i]); k != std::string_view::npos) {
      out += values[k];
      ++i;
      continue;
    }
    const bool hex = text[i] == 'x' || text[i] == 'X';
    if (hex) {
      ++i;
    }
    const int byte = escaped_byte(text, i, hex ? 16 : 8, hex ? 2 : 3);
    if (byte < 0) {
      return std::nullopt;
    }
    out += static_cast<char>(byte);
  }
  return out;
}

template <class T>
std::optional<ConstValue> as_integer(std::optional<T> value) {
  if (!value) {
    return std::nullopt;
  }
  return ConstValue{static_cast<std::int64_t>(*value)};
}

}  // namespace

std::optional<ConstValue> parse_default(const std::string& text, const Type& type) {
  switch (type.kind) {
    case Kind::i32: return as_integer(integer<std::int32_t>(text));
    case Kind::i64: return as_integer(integer<std::int64_t>(text));
    case Kind::u32: return as_integer(integer<std::uint32_t>(text));
    case Kind::u64: return as_integer(integer<std::uint64_t>(text));
    case Kind::float32:
    case Kind::float64: {
      const std::optional<double> value = floating(text, type.kind == Kind::float32);
      return value ? std::optional(ConstValue{*value}) : std::nullopt;
    }
    case Kind::boolean:
      if (text != "true" && text != "false") {
        return std::nullopt;
      }
      return ConstValue{text == "true"};
    case Kind::string: return ConstValue{text};
    case Kind::binary: {
      std::optional<std::string> bytes = unescaped(text);
      return bytes ? std::optional(ConstValue{std::move(*bytes)}) : std::nullopt;
    }
    case Kind::enumeration:
      for (const EnumValue& v : type.enumeration->values) {
        if (v.name == text) {
          return ConstValue{std::int64_t{v.number}};
        }
      }
      return std::nullopt;
    default: return std::nullopt;
  }
}

}  // namespace wirejit::pb::descriptors
