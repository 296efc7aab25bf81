// The fields of Thrift's structs on the wire. Entry: FieldCursor. Facts: the specifications of the
// Binary and Compact protocols (thrift.h), and TJSONProtocol as Apache's libraries write it.
#include "thrift_fields.h"

#include "payload.h"

#include <wirejit/engine.h>
#include <wirejit/reflect.h>
#include <wirejit/skipper.h>
#include <wirejit/thrift.h>

#include <charconv>
#include <string_view>
#include <utility>

namespace wirejit::rpc::detail {

namespace {

// A type that values have on the wire.
struct WireType {
  Kind kind;
  std::uint8_t binary;
  std::uint8_t compact;
  std::int8_t size;  // bytes in Binary; 0: not fixed
};
// Compact has two codes for a bool, whose value is in the field's header: 1 is true, 2 is false.
constexpr WireType wire_types[] = {
    {Kind::boolean, 2, 1, 1}, {Kind::i8, 3, 3, 1},          {Kind::float64, 4, 7, 8},
    {Kind::i16, 6, 4, 2},     {Kind::i32, 8, 5, 4},         {Kind::i64, 10, 6, 8},
    {Kind::string, 11, 8, 0}, {Kind::structure, 12, 12, 0}, {Kind::map, 13, 11, 0},
    {Kind::set, 14, 10, 0},   {Kind::list, 15, 9, 0},       {Kind::uuid, 16, 13, 16},
};
constexpr std::uint8_t compact_false = 2;

constexpr Kind wire_kind(Kind kind) {
  return kind == Kind::enumeration ? Kind::i32 : kind == Kind::binary ? Kind::string : kind;
}

const WireType* by_code(Encoding encoding, std::uint8_t code) noexcept {
  for (const WireType& type : wire_types) {
    if ((encoding == Encoding::binary ? type.binary : type.compact) == code) {
      return &type;
    }
  }
  return nullptr;
}

// A struct that all fields of the wire are unknown to: its decoder finds the end of any struct, faster
// than a Skipper, and allocates nothing.
struct AnyStruct {
  bool unused = false;
};
WIREJIT_STRUCT(AnyStruct, (-32768, unused))

Result<std::size_t> skip_struct(Encoding encoding, Bytes bytes, const Limits& limits) {
  static const Result<Decoder<AnyStruct>> decoders[] = {
      Engine::shared().decoder<AnyStruct>(thrift::binary),
      Engine::shared().decoder<AnyStruct>(thrift::compact)};
  const Result<Decoder<AnyStruct>>& decoder = decoders[static_cast<std::size_t>(encoding)];
  if (!decoder) {
    return std::unexpected(decoder.error());
  }
  AnyStruct any;
  return decoder->decode_prefix(bytes, any, {.limits = limits});
}

constexpr std::uint8_t json_type = 1;  // stands for all types of Thrift JSON

}  // namespace

std::uint8_t type_code(Encoding encoding, Kind kind) noexcept {
  if (encoding == Encoding::binary || encoding == Encoding::compact) {
    for (const WireType& type : wire_types) {
      if (type.kind == wire_kind(kind)) {
        return encoding == Encoding::binary ? type.binary : type.compact;
      }
    }
  }
  return 0;
}

std::unexpected<Error> FieldCursor::truncated() const {
  return std::unexpected(Error(Errc::truncated, "the struct has no end", body_.size()));
}
std::unexpected<Error> FieldCursor::syntax(const char* expected) const {
  if (at_ >= body_.size()) {
    return truncated();
  }
  return std::unexpected(Error(Errc::syntax, expected, at_));
}

Result<std::optional<FieldHead>> FieldCursor::next() {
  if (const std::uint8_t type = std::exchange(open_, std::uint8_t{0}); type != 0) {
    if (Result<void> done = skip_value(type); !done) {
      return std::unexpected(std::move(done).error());
    }
  }
  Result<std::optional<FieldHead>> head = encoding_ == Encoding::binary    ? next_binary()
                                          : encoding_ == Encoding::compact ? next_compact()
                                                                           : next_json();
  if (head && *head) {
    open_ = (*head)->type;
    last_id_ = (*head)->id;
  }
  return head;
}

Result<std::optional<FieldHead>> FieldCursor::next_binary() {
  if (at_ == body_.size()) {
    return truncated();
  }
  const std::uint8_t type = body_[at_];
  if (type == 0) {
    ++at_;
    return std::nullopt;
  }
  if (by_code(encoding_, type) == nullptr) {
    return std::unexpected(Error(Errc::invalid_type, "no field has this type", at_));
  }
  if (body_.size() - at_ < 3) {
    return truncated();
  }
  const auto id = static_cast<std::int16_t>(body_[at_ + 1] << 8 | body_[at_ + 2]);
  at_ += 3;
  return FieldHead{.id = id, .type = type, .value = at_};
}

Result<std::optional<FieldHead>> FieldCursor::next_compact() {
  if (at_ == body_.size()) {
    return truncated();
  }
  const std::uint8_t head = body_[at_];
  const auto type = static_cast<std::uint8_t>(head & 0x0F);
  if (type == 0) {
    ++at_;
    return std::nullopt;
  }
  if (type != compact_false && by_code(encoding_, type) == nullptr) {
    return std::unexpected(Error(Errc::invalid_type, "no field has this type", at_));
  }
  const std::size_t begin = at_++;
  std::int64_t id = last_id_ + (head >> 4);
  if (head >> 4 == 0) {
    const Result<std::uint64_t> zigzag = varint();
    if (!zigzag) {
      return std::unexpected(zigzag.error());
    }
    id = static_cast<std::int64_t>(*zigzag >> 1) ^ -static_cast<std::int64_t>(*zigzag & 1);
  }
  if (id < -0x8000 || id > 0x7FFF) {
    return std::unexpected(Error(Errc::invalid_tag, "a field id has 16 bits", begin));
  }
  return FieldHead{.id = static_cast<std::int32_t>(id), .type = type, .value = at_};
}

Result<std::optional<FieldHead>> FieldCursor::next_json() {
  skip_space();
  if (!std::exchange(began_, true)) {
    if (!take('{')) {
      return syntax("expected '{'");
    }
    skip_space();
    if (take('}')) {
      return std::nullopt;
    }
  } else if (take('}')) {
    return std::nullopt;
  } else if (!take(',')) {
    return syntax("expected ',' or '}'");
  }
  skip_space();
  if (!take('"')) {
    return syntax("expected a field id in quotes");
  }
  const std::string_view text = as_text(body_.subspan(at_));
  std::int32_t id = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (failure != std::errc()) {
    return syntax("expected a field id in quotes");
  }
  at_ += static_cast<std::size_t>(end - text.data());
  if (!take('"')) {
    return syntax("expected a field id in quotes");
  }
  skip_space();
  if (!take(':')) {
    return syntax("expected ':'");
  }
  skip_space();
  return FieldHead{.id = id, .type = json_type, .value = at_};
}

Result<void> FieldCursor::skip_value(std::uint8_t type) {
  Kind kind = Kind::structure;
  if (encoding_ != Encoding::json) {
    if (encoding_ == Encoding::compact && (type == compact_false || type == 1)) {
      return {};  // the header has the value
    }
    const WireType* const wire = by_code(encoding_, type);
    kind = wire->kind;
    if (encoding_ == Encoding::binary && wire->size != 0) {
      return skip_by(static_cast<std::size_t>(wire->size));
    }
    if (kind == Kind::string) {
      if (encoding_ == Encoding::compact) {
        const Result<std::uint64_t> size = varint();
        return size ? skip_by(*size) : std::unexpected(size.error());
      }
      if (body_.size() - at_ < 4) {
        return truncated();
      }
      const std::uint32_t size = static_cast<std::uint32_t>(body_[at_]) << 24 |
                                 static_cast<std::uint32_t>(body_[at_ + 1]) << 16 |
                                 static_cast<std::uint32_t>(body_[at_ + 2]) << 8 | body_[at_ + 3];
      if (size > 0x7FFFFFFF) {
        return std::unexpected(Error(Errc::invalid_count, "a length is negative", at_));
      }
      at_ += 4;
      return skip_by(size);
    }
  }
  const Bytes rest = body_.subspan(at_);
  const Result<std::size_t> bytes =
      kind == Kind::structure && encoding_ != Encoding::json
          ? skip_struct(encoding_, rest, *limits_)
          : skip(format_of(encoding_), rest, {.root = kind, .limits = *limits_});
  if (!bytes) {
    return std::unexpected(moved_by(bytes.error(), at_));
  }
  return skip_by(*bytes);
}

Result<void> FieldCursor::skip_by(std::size_t bytes) {
  if (bytes > body_.size() - at_) {
    return truncated();
  }
  at_ += bytes;
  return {};
}

Result<std::uint64_t> FieldCursor::varint() {
  std::uint64_t value = 0;
  const std::size_t begin = at_;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (at_ == body_.size()) {
      return truncated();
    }
    const std::uint8_t byte = body_[at_++];
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) {
      return value;
    }
  }
  return std::unexpected(Error(Errc::invalid_varint, "a varint has at most ten bytes", begin));
}

void FieldCursor::skip_space() noexcept {
  while (at_ < body_.size() &&
         (body_[at_] == ' ' || body_[at_] == '\t' || body_[at_] == '\n' || body_[at_] == '\r')) {
    ++at_;
  }
}

bool FieldCursor::take(char c) noexcept {
  const bool is_there = at_ < body_.size() && body_[at_] == static_cast<std::uint8_t>(c);
  at_ += is_there ? 1 : 0;
  return is_there;
}

}  // namespace wirejit::rpc::detail
