// Skips values of fields that the schema does not have, and reads and writes long headers.
#include "thrift/compact_helpers.h"

#include "kernels/varint.h"
#include "lower/hole.h"
#include "thrift/compact_wire.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>

namespace wirejit::thrift {

namespace {

using jit::Context;
using jit::HelperResult;

HelperResult found(const void* at, std::uint64_t value) noexcept {
  return {reinterpret_cast<std::uint64_t>(at), value};
}

// Reads bytes that were not checked before; after a failure the context has the error.
class Cursor {
 public:
  Cursor(Context& ctx, const std::uint8_t* at, const std::uint8_t* end) noexcept
      : ctx_(ctx), at_(at), end_(end) {}

  [[nodiscard]] const std::uint8_t* at() const noexcept { return at_; }

  bool failed(Errc code) noexcept {
    jit::fail(ctx_, code, at_);
    return false;
  }

  bool move(std::uint64_t n) noexcept {
    if (n > static_cast<std::uint64_t>(end_ - at_)) {
      return failed(Errc::truncated);
    }
    at_ += n;
    return true;
  }

  bool byte(std::uint8_t* value) noexcept {
    if (at_ == end_) {
      return failed(Errc::truncated);
    }
    *value = *at_++;
    return true;
  }

  bool varint(std::uint64_t* value) noexcept {
    const kernels::Varint v = kernels::read_varint(at_, end_);
    if (v.at == nullptr) {
      return failed(kernels::varint_is_cut(at_, end_) ? Errc::truncated : Errc::invalid_varint);
    }
    at_ = v.at;
    *value = v.value;
    return true;
  }

  // A length or count.
  bool size(std::uint64_t* value) noexcept {
    if (!varint(value)) {
      return false;
    }
    return *value <= std::uint64_t{lower::largest_size} || failed(Errc::invalid_count);
  }

  // A list's header.
  bool list(CompactType* element, std::uint64_t* count) noexcept {
    std::uint8_t header = 0;
    if (!byte(&header)) {
      return false;
    }
    *element = static_cast<CompactType>(header & 0x0f);
    *count = header >> 4;
    return *count != std::uint64_t{compact_long_count} || size(count);
  }

 protected:
  Context& ctx_;             // NOLINT: Skipper uses it
  const std::uint8_t* at_;   // NOLINT
  const std::uint8_t* end_;  // NOLINT
};

// Skips one value. Each level of nesting counts against the call's depth; each byte is read once.
class Skipper : public Cursor {
 public:
  Skipper(Context& ctx, const std::uint8_t* at, const std::uint8_t* end) noexcept
      : Cursor(ctx, at, end), depth_(std::min(ctx.depth_left, std::int32_t{1024})) {}

  // Skips the value of a field. The value of a bool is in the header: nothing follows.
  bool field(CompactType type) noexcept { return is_bool(type) || value(type, depth_); }

 private:
  static bool is_bool(CompactType type) noexcept {
    return type == CompactType::boolean_true || type == CompactType::boolean_false;
  }
  static bool known(CompactType type) noexcept {
    return type != CompactType::stop && type <= CompactType::uuid;
  }

  bool value(CompactType type, std::int32_t depth) noexcept {
    std::uint64_t n = 0;
    switch (type) {
      case CompactType::i16:
      case CompactType::i32:
      case CompactType::i64: return varint(&n);
      case CompactType::string: return size(&n) && move(n);
      case CompactType::list:
      case CompactType::set:
      case CompactType::map:
      case CompactType::structure: break;
      default:
        return known(type) ? move(static_cast<std::uint64_t>(compact_smallest(type)))
                           : failed(Errc::invalid_type);
    }
    if (depth <= 0) {
      return failed(Errc::depth_limit);
    }
    return type == CompactType::structure ? fields(depth - 1)
           : type == CompactType::map     ? map(depth - 1)
                                          : elements(depth - 1);
  }

  bool fields(std::int32_t depth) noexcept {
    for (std::uint64_t id = 0;;) {
      std::uint8_t header = 0;
      if (!byte(&header)) {
        return false;
      }
      const auto type = static_cast<CompactType>(header & 0x0f);
      if (type == CompactType::stop) {
        return true;
      }
      if (header < 0x10 && !varint(&id)) {
        return false;
      }
      if (!is_bool(type) && !value(type, depth)) {
        return false;
      }
    }
  }

  // True if the rest of the input has room for `count` elements of at least `each` bytes.
  bool has_room(std::uint64_t count, std::int64_t each) noexcept {
    return count * static_cast<std::uint64_t>(each) <= static_cast<std::uint64_t>(end_ - at_) ||
           failed(Errc::truncated);
  }

  bool elements(std::int32_t depth) noexcept {
    CompactType type{};
    std::uint64_t n = 0;
    if (!list(&type, &n)) {
      return false;
    }
    if (n == 0) {
      return true;  // the type of an empty list is not checked
    }
    if (!known(type)) {
      return failed(Errc::invalid_type);
    }
    const std::int64_t each = compact_smallest(type);
    if (!has_room(n, each)) {
      return false;
    }
    if (compact_is_fixed(type)) {
      return move(n * static_cast<std::uint64_t>(each));
    }
    for (; n != 0; --n) {
      if (!value(type, depth)) {
        return false;
      }
    }
    return true;
  }

  bool map(std::int32_t depth) noexcept {
    std::uint64_t n = 0;
    std::uint8_t types = 0;
    if (!size(&n)) {
      return false;
    }
    if (n == 0) {
      return true;
    }
    if (!byte(&types)) {
      return false;
    }
    const auto key = static_cast<CompactType>(types >> 4);
    const auto mapped = static_cast<CompactType>(types & 0x0f);
    if (!known(key) || !known(mapped)) {
      return failed(Errc::invalid_type);
    }
    if (!has_room(n, compact_smallest(key) + compact_smallest(mapped))) {
      return false;
    }
    for (; n != 0; --n) {
      if (!value(key, depth) || !value(mapped, depth)) {
        return false;
      }
    }
    return true;
  }

  std::int32_t depth_;
};

HelperResult skip(Context& ctx, const std::uint8_t* at, const std::uint8_t* end,
                  std::uint64_t type) noexcept {
  Skipper skipper(ctx, at, end);
  return skipper.field(static_cast<CompactType>(type)) ? found(skipper.at(), 0)
                                                       : HelperResult{0, 0};
}

HelperResult list_header(Context& ctx, const std::uint8_t* at, const std::uint8_t* end) noexcept {
  Cursor cursor(ctx, at, end);
  CompactType type{};
  std::uint64_t count = 0;
  return cursor.list(&type, &count) ? found(cursor.at(), count) : HelperResult{0, 0};
}

HelperResult long_id(Context& ctx, const std::uint8_t* at, const std::uint8_t* end) noexcept {
  Cursor cursor(ctx, at, end);
  std::uint64_t word = 0;
  if (!cursor.varint(&word)) {
    return {0, 0};
  }
  const std::int64_t id = kernels::unzigzag(word);
  if (id != static_cast<std::int16_t>(id)) {
    return jit::fail(ctx, Errc::invalid_tag, at);
  }
  return found(cursor.at(), static_cast<std::uint64_t>(id));
}

HelperResult long_header(std::uint64_t type, std::int64_t id) noexcept {
  std::uint8_t bytes[1 + kernels::varint_room] = {static_cast<std::uint8_t>(type)};
  const std::uint8_t* const end = kernels::write_varint(kernels::zigzag(id), bytes + 1);
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return {word, static_cast<std::uint64_t>(end - bytes)};
}

}  // namespace

const CompactHelpers& compact_helpers() noexcept {
  using jit::helper;
  static const CompactHelpers table{
      .long_id = helper<&long_id>("compact.long_id"),
      .list_header = helper<&list_header>("compact.list_header"),
      .skip = helper<&skip>("compact.skip"),
      .long_header = helper<&long_header>("compact.long_header"),
  };
  return table;
}

}  // namespace wirejit::thrift
