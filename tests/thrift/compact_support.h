// Compact on both engines side by side, and a naive writer of it: Binary's bytes, value by value,
// in Compact's form. Entry: CompactEngines, as_compact. Invariant: as_compact shares no code with
// the library. The meaning of its bytes is what tests/support/reference_binary says of the bytes of
// Binary.
#pragma once

#include "tests/support/engine_support.h"
#include "tests/support/random_source.h"

#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wirejit::test {

// ---- Bytes by hand

inline std::string varint(std::uint64_t v) {
  std::string s;
  for (; v >= 0x80; v >>= 7) {
    s += static_cast<char>(v | 0x80);
  }
  return s += static_cast<char>(v);
}
inline std::string zigzag(std::int64_t v) {
  return varint(static_cast<std::uint64_t>(v) << 1 ^ static_cast<std::uint64_t>(v >> 63));
}
inline std::string short_header(int delta, int type) {
  return {static_cast<char>(delta << 4 | type)};
}
inline std::string long_header(int id, int type) { return static_cast<char>(type) + zigzag(id); }
inline std::string compact_text(std::string_view s) { return varint(s.size()) + std::string(s); }
inline std::string list_header(std::size_t count, int type) {
  return count < 15 ? std::string{static_cast<char>(count << 4 | static_cast<unsigned>(type))}
                    : static_cast<char>(0xf0 | type) + varint(count);
}

// ---- From Binary

class CompactForm {
 public:
  // With `odd`: sometimes in a form that is valid, but that no library writes.
  CompactForm(std::string_view binary, Random* odd) : in_(binary), odd_(odd) {}

  std::string structure() {
    std::string out;
    for (int last = 0;;) {
      const int code = byte();
      if (code == 0) {
        return out += '\0';
      }
      const int id = static_cast<std::int16_t>(number(2));
      const bool is_bool = code == 2;
      const int type = is_bool ? (byte() != 0 ? 1 : 2) : type_of(code);
      if (id > last && id - last <= 15 && !chance()) {
        out += short_header(id - last, type);
      } else {
        out += static_cast<char>(type) + integer(id);
      }
      last = id;
      out += is_bool ? std::string() : value(code);
    }
  }

 private:
  bool chance() { return odd_ != nullptr && odd_->chance(20); }

  int byte() { return static_cast<std::uint8_t>(in_.at(at_++)); }
  std::int64_t number(int width) {
    std::uint64_t v = 0;
    for (int k = 0; k < width; ++k) {
      v = v << 8 | static_cast<std::uint64_t>(byte());
    }
    const int shift = 64 - 8 * width;
    return static_cast<std::int64_t>(v << shift) >> shift;
  }
  std::string take(std::size_t n) {
    at_ += n;
    return std::string(in_.substr(at_ - n, n));
  }

  // Longer than necessary, if odd.
  std::string padded(std::string v) {
    if (v.size() < 10 && chance()) {
      v.back() = static_cast<char>(v.back() | 0x80);
      while (v.size() < 9 && chance()) {
        v += '\x80';
      }
      v += '\0';
    }
    return v;
  }
  std::string integer(std::int64_t v) { return padded(zigzag(v)); }
  std::string size(std::int64_t n) { return padded(varint(static_cast<std::uint64_t>(n))); }

  static int type_of(int code) {
    switch (code) {
      case 2: return 1;
      case 3: return 3;
      case 4: return 7;
      case 6: return 4;
      case 8: return 5;
      case 10: return 6;
      case 11: return 8;
      case 12: return 12;
      case 13: return 11;
      case 14: return 10;
      case 15: return 9;
      case 16: return 13;
      default: return 15;
    }
  }
  int element_type(int code) { return code == 2 && chance() ? 2 : type_of(code); }

  std::string value(int code) {
    switch (code) {
      case 2: return byte() != 0 ? "\1" : chance() ? std::string(1, '\0') : "\2";
      case 3: return take(1);
      case 6: return integer(number(2));
      case 8: return integer(number(4));
      case 10: return integer(number(8));
      case 4: {
        const std::string big = take(8);
        return {big.rbegin(), big.rend()};
      }
      case 16: return take(16);
      case 11: {
        const std::int64_t n = number(4);
        return size(n) + take(static_cast<std::size_t>(n));
      }
      case 12: return structure();
      case 13: return map();
      default: return list();
    }
  }

  std::string list() {
    const int code = byte();
    const std::int64_t n = number(4);
    const int type = element_type(code);
    std::string out = n < 15 && !chance() ? std::string{static_cast<char>(n << 4 | type)}
                                          : static_cast<char>(0xf0 | type) + size(n);
    for (std::int64_t k = 0; k < n; ++k) {
      out += value(code);
    }
    return out;
  }

  std::string map() {
    const int key = byte();
    const int mapped = byte();
    const std::int64_t n = number(4);
    std::string out = size(n);
    if (n != 0) {
      out += static_cast<char>(element_type(key) << 4 | element_type(mapped));
    }
    for (std::int64_t k = 0; k < n; ++k) {
      out += value(key);
      out += value(mapped);
    }
    return out;
  }

  std::string_view in_;
  Random* odd_;
  std::size_t at_ = 0;
};

// A struct's well-formed bytes in Binary, in Compact.
inline std::string as_compact(std::string_view binary, Random* odd = nullptr) {
  return CompactForm(binary, odd).structure();
}

// ---- Both engines

class CompactEngines : public EngineMatrix {
 public:
  explicit CompactEngines(const Schema& schema, std::string_view root, const Options& options = {})
      : EngineMatrix(schema, root, {thrift::compact, thrift::binary},
                     {.options = options, .through_record = ThroughRecord::code}),
        type(record_type()) {}

  // `truncated` is always reported at the end of the input. The record's bytes are Binary, by the
  // reference.
  Decoded decode(std::string_view bytes) {
    const DecodedRecord decoded = EngineMatrix::decode(thrift::compact, as_bytes(bytes));
    const Outcome& o = decoded.outcome;
    Decoded d{o.error(), o.code, o.offset, o.path, {}, decoded.record};
    if (d.record) {
      Errc ignored{};
      d.bytes = reference_encode(*d.record, &ignored);
    }
    if (d.code == Errc::truncated) {
      EXPECT_EQ(d.offset, bytes.size()) << hex(as_bytes(bytes));
    }
    return d;
  }
  // The message of the error, or empty.
  std::string message(std::string_view bytes) {
    Arena arena;
    const auto got = codec(thrift::compact).decode(bytes, arena);
    return got ? "" : std::string(got.error().message());
  }

  // On failure they return nothing and set `error`.
  std::optional<std::string> encode(const RecordView& record, std::string* error = nullptr) {
    return output_of(EngineMatrix::encode(thrift::compact, record), error);
  }
  std::optional<std::string> transcode(std::string_view bytes, std::string* error = nullptr) {
    return output_of(EngineMatrix::transcode(thrift::compact, thrift::compact, bytes), error);
  }
  std::optional<std::string> to_binary(std::string_view bytes, std::string* error = nullptr) {
    return output_of(EngineMatrix::transcode(thrift::compact, thrift::binary, bytes), error);
  }
  std::optional<std::string> from_binary(std::string_view bytes, std::string* error = nullptr) {
    return output_of(EngineMatrix::transcode(thrift::binary, thrift::compact, bytes), error);
  }

  RecordType type;

 private:
  static std::optional<std::string> output_of(const Outcome& o, std::string* error) {
    if (error != nullptr) {
      *error = o.error();
    }
    return o.written();
  }
};

}  // namespace wirejit::test
