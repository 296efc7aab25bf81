// One walk for Binary and Compact, which differ in how numbers and types are written.
#include "thrift_text.h"

#include "frame_text.h"

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

namespace wirejit::tools {
namespace {

constexpr int most_levels = 32;
constexpr std::size_t most_text = 4096;

// Type codes of Thrift Binary.
enum : std::uint8_t {
  stop = 0,
  boolean = 2,
  byte = 3,
  real = 4,
  i16 = 6,
  i32 = 8,
  i64 = 10,
  string = 11,
  structure = 12,
  map = 13,
  set = 14,
  list = 15,
  uuid = 16,
};
constexpr std::array<std::string_view, 17> names{
    "", "",    "bool",   "byte",   "double", "",    "i16",  "",    "i32",
    "", "i64", "string", "struct", "map",    "set", "list", "uuid"};
// By the type codes of Thrift Compact.
constexpr std::array<std::uint8_t, 14> of_compact{
    stop, boolean, boolean, byte, i16, i32, i64, real, string, list, set, map, structure, uuid};

class Walk {
 public:
  Walk(Bytes bytes, bool is_compact) : bytes_(bytes), is_compact_(is_compact) {}

  std::optional<std::string> run() {
    if (!fields(0)) {
      return std::nullopt;
    }
    if (out_.size() > most_text) {
      out_.resize(most_text);
      out_ += " ...";
    }
    return std::move(out_);
  }

 private:
  bool take(std::size_t n, std::uint64_t& value) {
    if (bytes_.size() - at_ < n) {
      return false;
    }
    value = 0;
    for (std::size_t i = 0; i < n; ++i) {
      value = value << 8 | bytes_[at_++];
    }
    return true;
  }
  bool varint(std::uint64_t& value) {
    value = 0;
    std::uint64_t part = 0x80;
    for (unsigned shift = 0; (part & 0x80) != 0; shift += 7) {
      if (shift > 63 || !take(1, part)) {
        return false;
      }
      value |= (part & 0x7f) << shift;
    }
    return true;
  }
  // An integer of so many bytes in Binary.
  bool number(std::size_t size, std::int64_t& value) {
    std::uint64_t raw = 0;
    if (is_compact_ && size > 1) {
      const bool done = varint(raw);
      value = static_cast<std::int64_t>(raw >> 1 ^ (~(raw & 1) + 1));
      return done;
    }
    const unsigned unused = 64 - 8 * static_cast<unsigned>(size);
    const bool done = take(size, raw);
    value = static_cast<std::int64_t>(raw << unused) >> unused;
    return done;
  }
  // A count or length, no more than the bytes that are left.
  bool size(std::size_t& value) {
    std::uint64_t raw = 0;
    const bool done = is_compact_ ? varint(raw) : take(4, raw);
    value = static_cast<std::size_t>(raw);
    return done && raw <= bytes_.size() - at_;
  }
  bool type(std::uint64_t code, std::uint8_t& kind) {
    if (code >= (is_compact_ ? of_compact.size() : names.size())) {
      return false;
    }
    kind = is_compact_ ? of_compact.at(code) : static_cast<std::uint8_t>(code);
    return kind == stop || !names.at(kind).empty();
  }

  void put(std::string_view text) {
    if (out_.size() <= most_text) {
      out_ += text;
    }
  }

  // The fields of a struct, up to its end.
  bool fields(int level) {
    put("{");
    std::int64_t id = 0;
    for (bool is_first = true; level < most_levels; is_first = false) {
      std::uint64_t head = 0;
      std::uint8_t kind = stop;
      if (!take(1, head) || !type(is_compact_ ? head & 15 : head, kind)) {
        return false;
      }
      if (kind == stop) {
        put("}");
        return true;
      }
      const std::int64_t delta = is_compact_ ? static_cast<std::int64_t>(head >> 4) : 0;
      id += delta;
      if (delta == 0 && !number(2, id)) {
        return false;
      }
      put((is_first ? "" : ", ") + std::to_string(id) + ": ");
      if (is_compact_ && kind == boolean) {
        put((head & 15) == 1 ? "bool true" : "bool false");
      } else if (!value(kind, true, level + 1)) {
        return false;
      }
    }
    return false;
  }

  bool value(std::uint8_t kind, bool is_named, int level) {
    const bool has_parts = kind == list || kind == set || kind == map || kind == structure;
    if (is_named && !has_parts) {
      put(std::string(names.at(kind)) + " ");
    }
    std::int64_t integer = 0;
    std::uint64_t raw = 0;
    std::size_t length = 0;
    switch (kind) {
      case boolean: {
        const bool done = take(1, raw);
        put(raw == 1 ? "true" : "false");
        return done;
      }
      case byte:
      case i16:
      case i32:
      case i64: {
        const bool done = number(kind == byte ? 1 : kind == i16 ? 2 : kind == i32 ? 4 : 8, integer);
        put(std::to_string(integer));
        return done;
      }
      case real: {
        const bool done = take(8, raw);
        put(std::to_string(std::bit_cast<double>(is_compact_ ? std::byteswap(raw) : raw)));
        return done;
      }
      case string:
      case uuid: {
        length = 16;
        if (kind == string ? !size(length) : bytes_.size() - at_ < length) {
          return false;
        }
        put(quoted(as_text(bytes_.subspan(at_, length))));
        at_ += length;
        return true;
      }
      case structure: return fields(level);
      case map: return entries(level);
      default: return elements(kind, level);
    }
  }

  bool elements(std::uint8_t kind, int level) {
    std::uint64_t head = 0;
    std::uint8_t element = stop;
    std::size_t count = 0;
    if (!take(1, head) || !type(is_compact_ ? head & 15 : head, element)) {
      return false;
    }
    count = static_cast<std::size_t>(head >> 4);
    if ((!is_compact_ || count == 15) && !size(count)) {
      return false;
    }
    put(std::string(names.at(kind)) + "<" + std::string(names.at(element)) + "> [");
    for (std::size_t i = 0; i < count; ++i) {
      put(i == 0 ? "" : ", ");
      if (element == stop || level >= most_levels || !value(element, false, level + 1)) {
        return false;
      }
    }
    put("]");
    return true;
  }

  bool entries(int level) {
    std::uint64_t types = 0;
    std::uint64_t value_code = 0;
    std::uint8_t key = stop;
    std::uint8_t mapped = stop;
    std::size_t count = 0;
    if (is_compact_) {
      if (!size(count) || (count != 0 && !take(1, types))) {
        return false;
      }
      value_code = types & 15;
      types >>= 4;
    } else if (!take(1, types) || !take(1, value_code) || !size(count)) {
      return false;
    }
    if (!type(types, key) || !type(value_code, mapped)) {
      return false;
    }
    put("map<" + std::string(names.at(key)) + ", " + std::string(names.at(mapped)) + "> {");
    for (std::size_t i = 0; i < count; ++i) {
      put(i == 0 ? "" : ", ");
      if (key == stop || mapped == stop || level >= most_levels || !value(key, false, level + 1)) {
        return false;
      }
      put(": ");
      if (!value(mapped, false, level + 1)) {
        return false;
      }
    }
    put("}");
    return true;
  }

  Bytes bytes_;
  bool is_compact_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::optional<std::string> thrift_text(Bytes bytes, bool is_compact) {
  return Walk(bytes, is_compact).run();
}

}  // namespace wirejit::tools
