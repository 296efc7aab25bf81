// Deep comparison of records, and its uses: equality, look-up of map keys. Sets and maps are first
// compared in place, because two copies of one value usually agree in order; indices are sorted
// only if they do not.
#include "record/compare.h"

#include <wirejit/record_view.h>

#include <algorithm>
#include <cmath>
#include <compare>
#include <numeric>

namespace wirejit::record {
namespace {

using detail::load_pair;
using detail::Pair;

template <class T>
int order(T a, T b) noexcept {
  return a < b ? -1 : (b < a ? 1 : 0);
}

template <class T>
T load_scalar(const void* at) noexcept {
  T v;
  std::memcpy(&v, at, sizeof v);
  return v;
}

template <class T>
int order_at(const void* a, const void* b) noexcept {
  return order(load_scalar<T>(a), load_scalar<T>(b));
}

// All NaNs are equal, and greater than all numbers.
template <class T>
int order_reals(const void* a, const void* b) noexcept {
  const T x = load_scalar<T>(a);
  const T y = load_scalar<T>(b);
  if (std::isnan(x) || std::isnan(y)) {
    return order<int>(std::isnan(x), std::isnan(y));
  }
  return order(x, y);
}

int order_scalars(Kind kind, const void* a, const void* b) noexcept {
  switch (kind) {
    case Kind::boolean:
    case Kind::u8: return order_at<std::uint8_t>(a, b);
    case Kind::i8: return order_at<std::int8_t>(a, b);
    case Kind::i16: return order_at<std::int16_t>(a, b);
    case Kind::u16: return order_at<std::uint16_t>(a, b);
    case Kind::i32:
    case Kind::enumeration: return order_at<std::int32_t>(a, b);
    case Kind::u32: return order_at<std::uint32_t>(a, b);
    case Kind::i64: return order_at<std::int64_t>(a, b);
    case Kind::u64: return order_at<std::uint64_t>(a, b);
    case Kind::float32: return order_reals<float>(a, b);
    case Kind::float64: return order_reals<double>(a, b);
    default: return 0;
  }
}

int order_bytes(Pair a, Pair b) noexcept {
  const std::size_t common = std::min(a.count, b.count);
  const int c = common == 0 ? 0 : std::memcmp(a.data, b.data, common);
  return c != 0 ? c : order(a.count, b.count);
}

Pair unknown_of(const StructLayout& layout, const void* object) noexcept {
  return layout.unknown_offset < 0
             ? Pair{nullptr, 0}
             : load_pair(static_cast<const std::uint8_t*>(object) + layout.unknown_offset);
}

// The first present field at position `i` or after it, or the number of fields.
std::size_t next_present(const StructLayout& layout, const void* object, std::size_t i) noexcept {
  const auto* bits = static_cast<const std::uint8_t*>(object);
  while (i < layout.members.size() && (bits[i / 8] >> (i % 8) & 1) == 0) {
    ++i;
  }
  return i;
}

}  // namespace

int Comparison::compare(const Layout& a_layout, const void* a, const Layout& b_layout,
                        const void* b, int depth) {
  if (too_deep || depth > max_record_depth) {
    too_deep = true;
    return 0;
  }
  if (a_layout.kind != b_layout.kind) {
    return order(static_cast<int>(a_layout.kind), static_cast<int>(b_layout.kind));
  }
  switch (a_layout.form) {
    case Form::view: return order_bytes(load_pair(a), load_pair(b));
    case Form::array: return std::memcmp(a, b, a_layout.size);
    case Form::span:
    case Form::entries: return compare_sequences(a_layout, a, b_layout, b, depth + 1);
    case Form::boxed:
    case Form::structure:
      if (a_layout.form == Form::boxed) {
        std::memcpy(&a, a, sizeof a);
      }
      if (b_layout.form == Form::boxed) {
        std::memcpy(&b, b, sizeof b);
      }
      return compare_structs(*a_layout.structure_value, a, *b_layout.structure_value, b, depth + 1);
    default: return order_scalars(a_layout.kind, a, b);
  }
}

int Comparison::compare_structs(const StructLayout& a_layout, const void* a,
                                const StructLayout& b_layout, const void* b, int depth) {
  if (a == b && &a_layout == &b_layout) {
    return 0;
  }
  if (a == nullptr || b == nullptr) {
    return order<int>(a != nullptr, b != nullptr);
  }
  std::size_t i = next_present(a_layout, a, 0);
  std::size_t j = next_present(b_layout, b, 0);
  while (i < a_layout.members.size() && j < b_layout.members.size()) {
    const Member& x = a_layout.members[i];
    const Member& y = b_layout.members[j];
    if (x.id != y.id) {
      return order(x.id, y.id);
    }
    const int c = compare(*x.layout, static_cast<const std::uint8_t*>(a) + x.offset, *y.layout,
                          static_cast<const std::uint8_t*>(b) + y.offset, depth);
    if (c != 0) {
      return c;
    }
    i = next_present(a_layout, a, i + 1);
    j = next_present(b_layout, b, j + 1);
  }
  const int c = order<int>(i < a_layout.members.size(), j < b_layout.members.size());
  return c != 0 ? c : order_bytes(unknown_of(a_layout, a), unknown_of(b_layout, b));
}

int Comparison::compare_sequences(const Layout& a_layout, const void* a, const Layout& b_layout,
                                  const void* b, int depth) {
  const Pair x = load_pair(a);
  const Pair y = load_pair(b);
  if (x.count != y.count) {
    return order(x.count, y.count);
  }
  if (x.data == y.data && &a_layout == &b_layout) {  // a shared default, or the same value
    return 0;
  }
  // Compares two elements or two entries.
  const auto at = [&](const Layout& l, const std::uint8_t* p, const Layout& m,
                      const std::uint8_t* q) {
    if (l.form == Form::span) {
      return compare(*l.element, p, *m.element, q, depth);
    }
    const int c = compare(*l.key, p, *m.key, q, depth);
    return c != 0 ? c
                  : compare(*l.element, p + l.value_offset, *m.element, q + m.value_offset, depth);
  };
  int first = 0;
  for (std::size_t i = 0; i < x.count && first == 0; ++i) {
    first = at(a_layout, x.data + i * a_layout.stride, b_layout, y.data + i * b_layout.stride);
  }
  if (first == 0 || a_layout.kind == Kind::list || too_deep) {
    return first;
  }
  const auto sorted = [&](const Layout& l, Pair p) {
    std::vector<std::size_t> by(p.count);
    std::iota(by.begin(), by.end(), std::size_t{0});
    std::sort(by.begin(), by.end(), [&](std::size_t i, std::size_t j) {
      return at(l, p.data + i * l.stride, l, p.data + j * l.stride) < 0;
    });
    return by;
  };
  const std::vector<std::size_t> by_x = sorted(a_layout, x);
  const std::vector<std::size_t> by_y = sorted(b_layout, y);
  for (std::size_t i = 0; i < x.count; ++i) {
    const int c = at(a_layout, x.data + by_x[i] * a_layout.stride, b_layout,
                     y.data + by_y[i] * b_layout.stride);
    if (c != 0) {
      return c;
    }
  }
  return 0;
}

}  // namespace wirejit::record

namespace wirejit {

bool operator==(const Value& a, const Value& b) {
  if (a.at_ == nullptr || b.at_ == nullptr) {
    return a.at_ == b.at_;
  }
  record::Comparison c;
  return c.compare(*a.layout_, a.at_, *b.layout_, b.at_) == 0 && !c.too_deep;
}

bool operator==(const RecordView& a, const RecordView& b) {
  if (!a || !b) {
    return static_cast<bool>(a) == static_cast<bool>(b);
  }
  record::Comparison c;
  return c.compare_structs(a.layout(), a.data(), b.layout(), b.data()) == 0 && !c.too_deep;
}

namespace detail {

std::size_t find_entry(const Layout& layout, Pair words, const Value& key) {
  record::Comparison c;
  for (std::size_t i = words.count; i > 0; --i) {
    const std::uint8_t* entry = words.data + (i - 1) * layout.stride;
    if (c.compare(*layout.key, entry, key.layout(), key.data()) == 0 && !c.too_deep) {
      return i - 1;
    }
  }
  return npos;
}

std::vector<std::size_t> sort_entries(const Layout& layout, Pair words) {
  std::vector<std::size_t> by(words.count);
  std::iota(by.begin(), by.end(), std::size_t{0});
  record::Comparison c;
  std::sort(by.begin(), by.end(), [&](std::size_t i, std::size_t j) {
    const int keys = c.compare(*layout.key, words.data + i * layout.stride, *layout.key,
                               words.data + j * layout.stride);
    return keys != 0 ? keys < 0 : i < j;
  });
  return by;
}

std::size_t search_entries(const Layout& layout, Pair words, const Value& key,
                           const std::vector<std::size_t>& order) {
  record::Comparison c;
  const auto after =
      std::upper_bound(order.begin(), order.end(), key, [&](const Value& k, std::size_t i) {
        return c.compare(key.layout(), k.data(), *layout.key, words.data + i * layout.stride) < 0;
      });
  if (after == order.begin()) {
    return npos;
  }
  const std::size_t i = *(after - 1);
  return c.compare(*layout.key, words.data + i * layout.stride, key.layout(), key.data()) == 0 &&
                 !c.too_deep
             ? i
             : npos;
}

}  // namespace detail
}  // namespace wirejit
