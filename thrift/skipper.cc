// Finds the end of a value in Thrift Binary. What a value is made of (fields, sizes, headers of
// containers) is looked at in the piece where all of it is there, else gathered in a few bytes;
// numbers and strings are passed over.
#include "thrift/skipper.h"

#include "thrift/wire.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace wirejit::thrift {

namespace {

constexpr std::size_t field_header_size = 3;
constexpr std::size_t size_size = 4;
constexpr std::size_t list_header_size = 5;
constexpr std::size_t map_header_size = 6;

std::uint32_t big_endian_32(const std::uint8_t* p) noexcept {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}

// By type code: the size of values that all have the same size; 0 for other types, and for codes
// that are none.
using FixedSizes = std::array<std::uint8_t, 256>;
const FixedSizes& fixed_sizes() noexcept {
  static const FixedSizes table = [] {
    FixedSizes sizes{};
    for (const WireType type : {WireType::boolean, WireType::i8, WireType::i16, WireType::i32,
                                WireType::i64, WireType::float64, WireType::uuid}) {
      sizes[static_cast<std::uint8_t>(type)] = static_cast<std::uint8_t>(smallest(type));
    }
    return sizes;
  }();
  return table;
}

class BinarySkipper final : public ThriftSkipper {
 public:
  BinarySkipper(WireType root, const Limits& limits) noexcept
      : ThriftSkipper(limits), root_(root) {}

 private:
  // What begins where the value goes on.
  enum class Next : std::uint8_t { root, within, size, list_header, map_header };

  const std::uint8_t* run(const std::uint8_t* p, const std::uint8_t* end) noexcept override {
    while (is_open()) {
      p = bytes_.pass(p, end);
      if (bytes_.left() == 0 && root_ended_) {
        set_done();
        return p;
      }
      if (p == end) {
        return p;
      }
      p = step(p, end);
    }
    return p;
  }

  // At least one byte is there.
  const std::uint8_t* step(const std::uint8_t* p, const std::uint8_t* end) noexcept {
    switch (next_) {
      case Next::root:
        next_ = Next::within;
        begin(root_, offset(p));
        return p;
      case Next::within:
        if (levels_.top().is_struct) {
          return fields(p, end);
        }
        begin(static_cast<WireType>(next_type()), offset(p));
        return next_ == Next::size ? size(p, end) : p;
      case Next::size: return size(p, end);
      case Next::list_header: return container(p, end, list_header_size);
      case Next::map_header: return container(p, end, map_header_size);
    }
    return p;
  }

  [[nodiscard]] bool known(WireType type) const noexcept {
    switch (type) {
      case WireType::string:
      case WireType::structure:
      case WireType::map:
      case WireType::set:
      case WireType::list: return true;
      default: return fixed_size(type) != 0;
    }
  }
  [[nodiscard]] std::size_t fixed_size(WireType type) const noexcept {
    return fixed_sizes_[static_cast<std::uint8_t>(type)];
  }

  // A value of a known type begins at that offset.
  void begin(WireType type, std::uint64_t at) noexcept {
    if (const std::size_t size = fixed_size(type); size != 0) {
      bytes_.add(size);
      value_ended();
    } else if (type == WireType::string) {
      next_ = Next::size;
    } else if (type == WireType::structure) {
      open_struct(at);
    } else if (check_depth(at)) {
      next_ = type == WireType::map ? Next::map_header : Next::list_header;
    }
  }

  // Fields of the innermost struct, as long as their values are numbers and strings that are there,
  // and one more.
  const std::uint8_t* fields(const std::uint8_t* p, const std::uint8_t* end) noexcept {
    std::uint64_t steps = 0;
    while (end - p > room) {
      const auto type = static_cast<WireType>(*p);
      std::size_t size = fixed_size(type);
      if (size == 0) {
        // One byte more than it has must be there: then it is within the limit.
        size = size_size + std::size_t{big_endian_32(p + field_header_size)};
        if (type != WireType::string ||
            size >= static_cast<std::size_t>(end - p) - field_header_size) {
          break;
        }
        steps += size_size;
      }
      ++steps;
      p += field_header_size + size;
    }
    count_steps(steps);
    return p == end ? p : field(p);
  }
  // Bytes of the largest field of fixed size, which are more than those of a string's header.
  static constexpr std::ptrdiff_t room = field_header_size + 16;

  // A field, of which the first byte may be all that is there.
  const std::uint8_t* field(const std::uint8_t* p) noexcept {
    const auto type = static_cast<WireType>(*p);
    count_steps(1);
    if (type == WireType::stop) {
      struct_ended();
    } else if (known(type)) {
      bytes_.add(field_header_size - 1);
      begin(type, offset(p) + field_header_size);
    } else {
      fail(Errc::invalid_type, offset(p));
    }
    return p + 1;
  }

  // `at`: of its size.
  bool begin_string(std::uint32_t size, std::uint64_t at) noexcept {
    if (static_cast<std::int32_t>(size) < 0) {
      fail(Errc::invalid_count, at);
      return false;
    }
    if (!check_claim(at + size_size, size, at)) {
      return false;
    }
    bytes_.add(size);
    return true;
  }

  const std::uint8_t* size(const std::uint8_t* p, const std::uint8_t* end) noexcept {
    if (const std::uint8_t* const header = gather(p, end, size_size); header != nullptr) {
      next_ = Next::within;
      if (begin_string(big_endian_32(header), offset(p) - size_size)) {
        value_ended();
      }
    }
    return p;
  }

  const std::uint8_t* container(const std::uint8_t* p, const std::uint8_t* end,
                                std::size_t header_size) noexcept {
    const std::uint8_t* const header = gather(p, end, header_size);
    if (header == nullptr) {
      return p;
    }
    next_ = Next::within;
    const std::uint64_t at = offset(p) - header_size;
    const bool is_map = header_size == map_header_size;
    const std::uint32_t count = big_endian_32(header + header_size - size_size);
    if (count == 0) {
      value_ended();  // the types of an empty container are not checked
      return p;
    }
    const auto first = static_cast<WireType>(header[0]);
    const auto second = static_cast<WireType>(is_map ? header[1] : header[0]);
    if (!known(first) || !known(second)) {
      fail(Errc::invalid_type, at);
      return p;
    }
    if (static_cast<std::int32_t>(count) < 0) {
      fail(Errc::invalid_count, at);
      return p;
    }
    const std::int64_t each = smallest(first) + (is_map ? smallest(second) : 0);
    const std::uint64_t bytes = std::uint64_t{count} * static_cast<std::uint64_t>(each);
    if (!check_claim(offset(p), bytes, at)) {
      return p;
    }
    if (fixed_size(first) != 0 && fixed_size(second) != 0) {
      bytes_.add(bytes);
      value_ended();
    } else {
      open({.left = is_map ? 2 * count : count,
            .key = header[0],
            .value = is_map ? header[1] : header[0],
            .is_struct = false},
           at);
    }
    return p;
  }

  // The next `size` bytes, in the piece or put together; null if not all of them are there.
  const std::uint8_t* gather(const std::uint8_t*& p, const std::uint8_t* end,
                             std::size_t size) noexcept {
    if (gathered_ == 0 && static_cast<std::size_t>(end - p) >= size) {
      count_steps(size);
      p += size;
      return p - size;
    }
    const std::size_t n = std::min(size - gathered_, static_cast<std::size_t>(end - p));
    std::memcpy(header_ + gathered_, p, n);
    count_steps(n);
    p += n;
    gathered_ += n;
    if (gathered_ < size) {
      return nullptr;
    }
    gathered_ = 0;
    return header_;
  }

  void restart() noexcept override {
    clear_levels();
    next_ = Next::root;
    gathered_ = 0;
  }

  [[nodiscard]] std::uint64_t least() const noexcept override {
    std::uint64_t n = bytes_.left();
    for (std::size_t k = 0; k < levels_.size(); ++k) {
      const OpenValue& level = levels_[k];
      const auto key = static_cast<std::uint64_t>(smallest(static_cast<WireType>(level.key)));
      const auto value = static_cast<std::uint64_t>(smallest(static_cast<WireType>(level.value)));
      n += level.is_struct ? 1 : level.left / 2 * (key + value) + level.left % 2 * value;
    }
    switch (next_) {
      case Next::root: return n + static_cast<std::uint64_t>(smallest(root_));
      case Next::within: return n;
      case Next::size: return n + size_size - gathered_;
      case Next::list_header: return n + list_header_size - gathered_;
      case Next::map_header: return n + map_header_size - gathered_;
    }
    return n;
  }

  const FixedSizes& fixed_sizes_ = fixed_sizes();
  WireType root_;
  Next next_ = Next::root;
  std::size_t gathered_ = 0;
  std::uint8_t header_[map_header_size] = {};
};

}  // namespace

std::unique_ptr<lower::SkipMachine> binary_skipper(Kind root, const Limits& limits) {
  const WireType type = wire_type(root);
  return type == WireType::stop ? nullptr : std::make_unique<BinarySkipper>(type, limits);
}

}  // namespace wirejit::thrift
