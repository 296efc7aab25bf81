// Skips values of fields that the schema does not have.
#include "thrift/helpers.h"

#include "thrift/wire.h"

#include <algorithm>
#include <cstddef>

namespace wirejit::thrift {

namespace {

using jit::Context;
using jit::HelperResult;

std::uint32_t big_endian_32(const std::uint8_t* p) noexcept {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}

// Skips one value. Each level of nesting counts against the call's depth; each byte is read once.
class Skipper {
 public:
  Skipper(Context& ctx, const std::uint8_t* at, const std::uint8_t* end) noexcept
      : ctx_(ctx), at_(at), end_(end), depth_(std::min(ctx.depth_left, std::int32_t{1024})) {}

  HelperResult run(std::uint64_t type) noexcept {
    if (!value(static_cast<WireType>(type & 0xff), depth_)) {
      return {0, 0};
    }
    return {reinterpret_cast<std::uint64_t>(at_), 0};
  }

 private:
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

  bool known(WireType type) const noexcept {
    switch (type) {
      case WireType::string:
      case WireType::structure:
      case WireType::map:
      case WireType::set:
      case WireType::list: return true;
      default: return is_fixed(type);
    }
  }

  // A count of elements that take at least `each` bytes.
  bool count(std::size_t header, std::int64_t each, std::uint64_t* n) noexcept {
    if (static_cast<std::size_t>(end_ - at_) < header) {
      return failed(Errc::truncated);
    }
    const auto c = static_cast<std::int32_t>(big_endian_32(at_ + header - 4));
    if (c < 0) {
      return failed(Errc::invalid_count);
    }
    if (static_cast<std::uint64_t>(c) * static_cast<std::uint64_t>(each) >
        static_cast<std::uint64_t>(end_ - at_) - header) {
      return failed(Errc::truncated);
    }
    *n = static_cast<std::uint64_t>(c);
    at_ += header;
    return true;
  }

  bool value(WireType type, std::int32_t depth) noexcept {
    if (!known(type)) {
      return failed(Errc::invalid_type);
    }
    if (is_fixed(type)) {
      return move(static_cast<std::uint64_t>(smallest(type)));
    }
    if (type == WireType::string) {
      std::uint64_t n = 0;
      return count(4, 1, &n) && move(n);
    }
    if (depth <= 0) {
      return failed(Errc::depth_limit);
    }
    return type == WireType::structure ? fields(depth - 1) : container(type, depth - 1);
  }

  bool fields(std::int32_t depth) noexcept {
    for (;;) {
      if (at_ == end_) {
        return failed(Errc::truncated);
      }
      const auto type = static_cast<WireType>(*at_);
      if (type == WireType::stop) {
        ++at_;
        return true;
      }
      if (!known(type)) {
        return failed(Errc::invalid_type);
      }
      if (!move(3) || !value(type, depth)) {
        return false;
      }
    }
  }

  bool container(WireType type, std::int32_t depth) noexcept {
    const bool is_map = type == WireType::map;
    const std::size_t header = is_map ? 6 : 5;
    if (static_cast<std::size_t>(end_ - at_) < header) {
      return failed(Errc::truncated);
    }
    const auto first = static_cast<WireType>(at_[0]);
    const auto second = static_cast<WireType>(is_map ? at_[1] : at_[0]);
    if (big_endian_32(at_ + header - 4) == 0) {
      at_ += header;  // the types of an empty container are not checked
      return true;
    }
    if (!known(first) || !known(second)) {
      return failed(Errc::invalid_type);
    }
    const std::int64_t each = smallest(first) + (is_map ? smallest(second) : 0);
    std::uint64_t n = 0;
    if (!count(header, each, &n)) {
      return false;
    }
    if (is_fixed(first) && is_fixed(second)) {
      return move(n * static_cast<std::uint64_t>(each));
    }
    for (std::uint64_t i = 0; i < n; ++i) {
      if (!value(first, depth) || (is_map && !value(second, depth))) {
        return false;
      }
    }
    return true;
  }

  Context& ctx_;
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  std::int32_t depth_;
};

HelperResult skip_value(Context& ctx, const std::uint8_t* at, const std::uint8_t* end,
                        std::uint64_t type) noexcept {
  return Skipper(ctx, at, end).run(type);
}

HelperResult finish(Context& ctx, const std::uint8_t* at, const std::uint8_t* end) noexcept {
  return ctx.prefix || at == end ? HelperResult{reinterpret_cast<std::uint64_t>(at), 0}
                                 : jit::fail(ctx, Errc::trailing_data, at);
}

}  // namespace

const Helpers& helpers() noexcept {
  static const Helpers table{jit::helper<&skip_value>("thrift.skip"),
                             jit::helper<&finish>("thrift.finish")};
  return table;
}

}  // namespace wirejit::thrift
