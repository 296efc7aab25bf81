// The members of a plain struct, without a list of their names, and a hash over all of them: a
// struct of options is the key of a cache, and none of its members can be forgotten.
// Entry: members, Hasher. Invariant: every member is visited, in its order; equal structs have
// equal hashes.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace wirejit::core {

namespace detail {

// Converts to the type of any member: member_count() counts how many of them initialise a struct.
struct AnyMember {
  template <class T>
  operator T() const noexcept;  // NOLINT(google-explicit-constructor)
};

template <class T, std::size_t... I>
consteval bool has_at_least(std::index_sequence<I...>) {
  return requires { T{((void)I, AnyMember{})...}; };
}

template <class T, std::size_t N = 0>
consteval std::size_t member_count() {
  if constexpr (has_at_least<T>(std::make_index_sequence<N + 1>{})) {
    return member_count<T, N + 1>();
  } else {
    return N;
  }
}

}  // namespace detail

// References to all members. For aggregates without base classes and arrays, of up to 16 members.
template <class T>
constexpr auto members(const T& o) {
  constexpr std::size_t n = detail::member_count<T>();
  static_assert(n <= 16);
  // clang-format off
  if constexpr (n == 0) { return std::tuple<>(); }
  if constexpr (n == 1) { const auto& [a] = o; return std::tie(a); }
  if constexpr (n == 2) { const auto& [a, b] = o; return std::tie(a, b); }
  if constexpr (n == 3) { const auto& [a, b, c] = o; return std::tie(a, b, c); }
  if constexpr (n == 4) { const auto& [a, b, c, d] = o; return std::tie(a, b, c, d); }
  if constexpr (n == 5) { const auto& [a, b, c, d, e] = o; return std::tie(a, b, c, d, e); }
  if constexpr (n == 6) { const auto& [a, b, c, d, e, f] = o; return std::tie(a, b, c, d, e, f); }
  if constexpr (n == 7) { const auto& [a, b, c, d, e, f, g] = o;
    return std::tie(a, b, c, d, e, f, g); }
  if constexpr (n == 8) { const auto& [a, b, c, d, e, f, g, h] = o;
    return std::tie(a, b, c, d, e, f, g, h); }
  if constexpr (n == 9) { const auto& [a, b, c, d, e, f, g, h, i] = o;
    return std::tie(a, b, c, d, e, f, g, h, i); }
  if constexpr (n == 10) { const auto& [a, b, c, d, e, f, g, h, i, j] = o;
    return std::tie(a, b, c, d, e, f, g, h, i, j); }
  if constexpr (n == 11) { const auto& [a, b, c, d, e, f, g, h, i, j, k] = o;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k); }
  if constexpr (n == 12) { const auto& [a, b, c, d, e, f, g, h, i, j, k, l] = o;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l); }
  if constexpr (n == 13) { const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = o;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m); }
  if constexpr (n == 14) { const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, p] = o;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, p); }
  if constexpr (n == 15) { const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, p, q] = o;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, p, q); }
  if constexpr (n == 16) { const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, p, q, r] = o;
    return std::tie(a, b, c, d, e, f, g, h, i, j, k, l, m, p, q, r); }
  // clang-format on
}

// The hash of the values that were added, in their order.
class Hasher {
 public:
  template <class T>
  constexpr Hasher& add(const T& value) noexcept {
    if constexpr (std::is_enum_v<T>) {
      mix(static_cast<std::uint64_t>(static_cast<std::underlying_type_t<T>>(value)));
    } else if constexpr (std::integral<T>) {
      mix(static_cast<std::uint64_t>(value));
    } else if constexpr (requires { value.has_value(); }) {
      mix(value.has_value() ? 1U : 0U);
      if (value.has_value()) {
        add(*value);
      }
    } else if constexpr (std::convertible_to<T, std::string_view>) {
      for (const char c : std::string_view(value)) {
        mix(static_cast<std::uint64_t>(c));
      }
    } else {
      std::apply([&](const auto&... member) { (add(member), ...); }, members(value));
    }
    return *this;
  }
  [[nodiscard]] constexpr std::size_t hash() const noexcept {
    return static_cast<std::size_t>(hash_);
  }

 private:
  constexpr void mix(std::uint64_t word) noexcept {
    hash_ = (hash_ ^ word) * 0x9e3779b97f4a7c15U;
    hash_ ^= hash_ >> 32U;
  }
  std::uint64_t hash_ = 0;
};

}  // namespace wirejit::core
