// Finds the end of a value in Thrift Compact. Runs of varints, of which a list of integers is one,
// are skipped by words; only sizes are put together.
#include "thrift/skipper.h"

#include "kernels/bits.h"
#include "kernels/varint_bytes.h"
#include "lower/hole.h"
#include "thrift/compact_wire.h"

#include <bit>
#include <cstddef>

namespace wirejit::thrift {

namespace {

constexpr bool is_bool(CompactType type) noexcept {
  return type == CompactType::boolean_true || type == CompactType::boolean_false;
}
constexpr bool is_varint(CompactType type) noexcept {
  return type == CompactType::i16 || type == CompactType::i32 || type == CompactType::i64;
}
constexpr bool known(CompactType type) noexcept {
  return type != CompactType::stop && type <= CompactType::uuid;
}
std::uint64_t smallest(std::uint8_t type) noexcept {
  return static_cast<std::uint64_t>(compact_smallest(static_cast<CompactType>(type)));
}

class CompactSkipper final : public ThriftSkipper {
 public:
  CompactSkipper(CompactType root, const Limits& limits) noexcept
      : ThriftSkipper(limits), root_(root) {}

 private:
  // What begins where the value goes on.
  enum class Next : std::uint8_t {
    root,
    within,
    field_value,  // of type_, after a long header
    string_size,
    list_header,
    list_size,  // of elements of type_, after a long header
    map_size,
    map_types,  // of size_.value() entries
  };

  const std::uint8_t* run(const std::uint8_t* p, const std::uint8_t* end) noexcept override {
    while (is_open()) {
      p = bytes_.pass(p, end);
      if (varints_ != 0 && bytes_.left() == 0) {
        p = varints(p, end);
        if (next_ == Next::field_value && varints_ == 0 && is_open()) {
          next_ = Next::within;
          begin(type_, offset(p));
          continue;
        }
      }
      if (root_ended_ && bytes_.left() == 0 && varints_ == 0 && is_open()) {
        set_done();
        return p;
      }
      if (p == end || !is_open()) {
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
        begin(static_cast<CompactType>(next_type()), offset(p));
        return next_ == Next::string_size ? string(p, end) : p;
      case Next::field_value: return p;  // its id has not ended
      case Next::string_size: return string(p, end);
      case Next::list_header: return list(p);
      case Next::list_size:
        p = size(p, end);
        if (next_ == Next::within && is_open()) {
          begin_elements(size_.value(), offset(p));
        }
        return p;
      case Next::map_size:
        p = size(p, end);
        if (next_ == Next::within && is_open()) {
          if (size_.value() == 0) {
            value_ended();
          } else {
            next_ = Next::map_types;
          }
        }
        return p;
      case Next::map_types:
        next_ = Next::within;
        count_steps(1);
        begin_entries(*p, size_.value(), offset(p) + 1);
        return p + 1;
    }
    return p;
  }

  // A value begins at that offset.
  void begin(CompactType type, std::uint64_t at) noexcept {
    if (is_varint(type)) {
      varints_ = 1;
      value_ended();
      return;
    }
    switch (type) {
      case CompactType::string:
        next_ = Next::string_size;
        size_.clear();
        return;
      case CompactType::structure: open_struct(at); return;
      case CompactType::list:
      case CompactType::set:
        if (check_depth(at)) {
          next_ = Next::list_header;
        }
        return;
      case CompactType::map:
        if (check_depth(at)) {
          next_ = Next::map_size;
          size_.clear();
        }
        return;
      default: break;
    }
    if (!known(type)) {
      fail(Errc::invalid_type, at);
      return;
    }
    bytes_.add(smallest(static_cast<std::uint8_t>(type)));
    value_ended();
  }

  // Fields of the innermost struct, as long as their values are scalars and strings that are there,
  // and one more.
  const std::uint8_t* fields(const std::uint8_t* p, const std::uint8_t* end) noexcept {
    std::uint64_t passed = 0;  // bytes of strings and numbers
    const std::uint8_t* const begin = p;
    const auto looked_at = [&](const std::uint8_t* at) {
      count_steps(static_cast<std::uint64_t>(at - begin) - passed);
      return at;
    };
    for (;;) {
      if (p == end) {
        return looked_at(p);
      }
      const std::uint8_t header = *p++;
      const auto type = static_cast<CompactType>(header & 0x0f);
      if (type == CompactType::stop) {
        struct_ended();
        return looked_at(p);
      }
      if (header < 0x10) {  // the id follows
        varints_ = 1;
        if (!is_bool(type)) {
          next_ = Next::field_value;
          type_ = type;
        }
        return looked_at(p);
      }
      if (is_bool(type)) {  // its value is in the header
        continue;
      }
      if (is_varint(type)) {
        const kernels::Varint v = kernels::read_varint(p, end);
        if (v.at == nullptr) {  // cut or too long
          varints_ = 1;
          return looked_at(p);
        }
        p = v.at;
        continue;
      }
      if (type == CompactType::string && p != end && *p < 0x80 && *p < end - p - 1) {
        passed += *p;
        p += *p + 1;
        continue;
      }
      looked_at(p);
      this->begin(type, offset(p));
      return p;
    }
  }

  const std::uint8_t* string(const std::uint8_t* p, const std::uint8_t* end) noexcept {
    p = size(p, end);
    if (next_ == Next::within && is_open() &&
        check_claim(offset(p), size_.value(), offset(p) - size_.size())) {
      bytes_.add(size_.value());
      value_ended();
      p = bytes_.pass(p, end);
    }
    return p;
  }

  const std::uint8_t* list(const std::uint8_t* p) noexcept {
    type_ = static_cast<CompactType>(*p & 0x0f);
    const std::uint64_t count = *p >> 4;
    count_steps(1);
    ++p;
    if (count == std::uint64_t{compact_long_count}) {
      next_ = Next::list_size;
      size_.clear();
    } else {
      next_ = Next::within;
      size_.clear();
      begin_elements(count, offset(p));
    }
    return p;
  }

  // The header ends at `at`.
  void begin_elements(std::uint64_t count, std::uint64_t at) noexcept {
    const auto type = static_cast<std::uint8_t>(type_);
    if (count == 0) {
      value_ended();  // the type of an empty list is not checked
    } else if (!known(type_)) {
      fail(Errc::invalid_type, at);
    } else if (check_claim(at, count * smallest(type), at)) {
      if (is_varint(type_)) {
        varints_ = count;
        value_ended();
      } else if (compact_is_fixed(type_)) {
        bytes_.add(count * smallest(type));
        value_ended();
      } else {
        open({.left = static_cast<std::uint32_t>(count),
              .key = type,
              .value = type,
              .is_struct = false},
             at);
      }
    }
  }
  void begin_entries(std::uint8_t types, std::uint64_t count, std::uint64_t at) noexcept {
    const std::uint8_t key = types >> 4;
    const std::uint8_t value = types & 0x0f;
    const auto key_type = static_cast<CompactType>(key);
    const auto value_type = static_cast<CompactType>(value);
    if (!known(key_type) || !known(value_type)) {
      fail(Errc::invalid_type, at);
      return;
    }
    const std::uint64_t least = count * (smallest(key) + smallest(value));
    if (!check_claim(at, least, at)) {
      return;
    }
    if (is_varint(key_type) && is_varint(value_type)) {
      varints_ = 2 * count;
      value_ended();
    } else if (compact_is_fixed(key_type) && compact_is_fixed(value_type)) {
      bytes_.add(least);
      value_ended();
    } else {
      open({.left = static_cast<std::uint32_t>(2 * count),
            .key = key,
            .value = value,
            .is_struct = false},
           at);
    }
  }

  // Puts a size together; when all of it is there, the next is `within`, or it failed.
  const std::uint8_t* size(const std::uint8_t* p, const std::uint8_t* end) noexcept {
    for (; p != end; ++p) {
      count_steps(1);
      switch (size_.add(*p)) {
        case kernels::VarintBytes::Next::more: continue;
        case kernels::VarintBytes::Next::too_long:
          fail(Errc::invalid_varint, offset(p) + 1 - size_.size());
          return p;
        case kernels::VarintBytes::Next::whole: break;
      }
      ++p;
      next_ = Next::within;
      if (size_.value() > std::uint64_t{lower::largest_size}) {
        fail(Errc::invalid_count, offset(p));
      }
      return p;
    }
    return p;
  }

  // Skips as many of the varints as are there; begun_ bytes of the first one came before.
  const std::uint8_t* varints(const std::uint8_t* p, const std::uint8_t* end) noexcept {
    constexpr std::ptrdiff_t word_size = 8;
    const std::uint8_t* const begin = p;
    while (varints_ != 0 && end - p >= word_size) {
      const std::uint64_t ends = ~kernels::load<std::uint64_t>(p) & kernels::repeat8(0x80);
      const std::size_t first =
          ends == 0 ? 8 : static_cast<std::size_t>(std::countr_zero(ends)) / 8;
      if (begun_ + first >= kernels::max_varint_size) {
        fail(Errc::invalid_varint, offset(p) - begun_);
        break;
      }
      if (const auto n = static_cast<std::uint64_t>(std::popcount(ends)); n < varints_) {
        varints_ -= n;
        begun_ = ends == 0 ? begun_ + 8 : static_cast<std::size_t>(std::countl_zero(ends)) / 8;
        p += word_size;
      } else {
        p = after_end(p, ends, varints_);
        varints_ = 0;
        begun_ = 0;
      }
    }
    for (; varints_ != 0 && p != end && is_open(); ++p) {
      if (*p < 0x80) {
        --varints_;
        begun_ = 0;
      } else if (++begun_ == kernels::max_varint_size) {
        fail(Errc::invalid_varint, offset(p) + 1 - begun_);
      }
    }
    count_steps(static_cast<std::uint64_t>(p - begin));
    return p;
  }
  // The position after the n-th end in the word at p.
  static const std::uint8_t* after_end(const std::uint8_t* p, std::uint64_t ends,
                                       std::uint64_t n) noexcept {
    for (; n > 1; --n) {
      ends &= ends - 1;
    }
    return p + std::countr_zero(ends) / 8 + 1;
  }

  void restart() noexcept override {
    clear_levels();
    size_.clear();
    varints_ = 0;
    begun_ = 0;
    next_ = Next::root;
  }

  [[nodiscard]] std::uint64_t least() const noexcept override {
    std::uint64_t n = bytes_.left() + varints_;
    for (std::size_t k = 0; k < levels_.size(); ++k) {
      const OpenValue& level = levels_[k];
      n += level.is_struct ? 1
                           : level.left / 2 * (smallest(level.key) + smallest(level.value)) +
                                 level.left % 2 * smallest(level.value);
    }
    switch (next_) {
      case Next::root: return n + smallest(static_cast<std::uint8_t>(root_));
      case Next::within: return n;
      case Next::field_value: return n + (known(type_) ? smallest(type_code()) : 1);
      case Next::string_size:
      case Next::list_header:
      case Next::list_size:
      case Next::map_size: return n + 1;
      case Next::map_types: {
        const std::uint64_t entries = size_.value();
        return n + 1 + 2 * entries;  // a key has at least one byte, and so has a value
      }
    }
    return n;
  }
  [[nodiscard]] std::uint8_t type_code() const noexcept { return static_cast<std::uint8_t>(type_); }

  CompactType root_;
  CompactType type_ = CompactType::stop;
  Next next_ = Next::root;
  std::uint64_t varints_ = 0;  // that are to be skipped
  std::size_t begun_ = 0;      // bytes of the first of them that came, all with the high bit set
  kernels::VarintBytes size_;
};

}  // namespace

std::unique_ptr<lower::SkipMachine> compact_skipper(Kind root, const Limits& limits) {
  const CompactType type = compact_type(root);
  return type == CompactType::stop ? nullptr : std::make_unique<CompactSkipper>(type, limits);
}

}  // namespace wirejit::thrift
