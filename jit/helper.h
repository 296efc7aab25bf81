// Helpers: C++ functions that Programs call, described so that every engine can call them.
// Entry: helper<&function>("name"). Invariant: a Helper's thunk takes only 64-bit words and never
// throws.
#pragma once

#include "jit/context.h"

#include <array>
#include <bit>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

namespace wirejit::jit {

inline constexpr std::size_t max_helper_args =
    6;  // the context included: what both CPUs pass in registers

struct Helper {
  const char* name;
  const void* function;  // HelperResult (*)(uint64_t...) with `arity` words
  std::uint8_t arity;    // words passed, the context included
  bool takes_context;    // the first word is Context*
};

namespace detail {

template <class T>
T from_word(std::uint64_t w) noexcept {
  if constexpr (std::is_reference_v<T>) {
    return *reinterpret_cast<std::remove_reference_t<T>*>(w);
  } else if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<T>(w);
  } else if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<double>(w);
  } else {
    static_assert(std::is_integral_v<T> || std::is_enum_v<T>);
    return static_cast<T>(w);
  }
}

template <class T>
HelperResult to_result(T v) noexcept {
  if constexpr (std::is_same_v<T, HelperResult>) {
    return v;
  } else if constexpr (std::is_pointer_v<T>) {
    return {reinterpret_cast<std::uint64_t>(v), 0};
  } else if constexpr (std::is_same_v<T, double>) {
    return {std::bit_cast<std::uint64_t>(v), 0};
  } else {
    return {static_cast<std::uint64_t>(v), 0};
  }
}

template <std::size_t>
using Word = std::uint64_t;

template <auto F, class R, class... A, std::size_t... I>
consteval auto make_thunk(R (*)(A...) noexcept, std::index_sequence<I...>) {
  return +[](Word<I>... w) noexcept -> HelperResult {
    if constexpr (std::is_void_v<R>) {
      F(from_word<A>(w)...);
      return {1, 0};
    } else {
      return to_result<R>(F(from_word<A>(w)...));
    }
  };
}

template <class>
struct Signature;
template <class R, class... A>
struct Signature<R (*)(A...) noexcept> {
  static constexpr std::size_t arity = sizeof...(A);
  static constexpr bool takes_context = [] {
    if constexpr (sizeof...(A) == 0) {
      return false;
    } else {
      return std::is_same_v<std::tuple_element_t<0, std::tuple<A...>>, Context&>;
    }
  }();
  static constexpr std::make_index_sequence<arity> words{};
};

}  // namespace detail

// Describes a noexcept function of pointers, references, integers, enums and doubles (as bits). A
// first parameter of type Context& receives the running call; results are HelperResult, one word,
// or nothing.
template <auto F>
Helper helper(const char* name) noexcept {
  using S = detail::Signature<decltype(F)>;
  static_assert(S::arity <= max_helper_args);
  constexpr auto thunk = detail::make_thunk<F>(F, S::words);
  return {name, reinterpret_cast<const void*>(thunk), static_cast<std::uint8_t>(S::arity),
          S::takes_context};
}

// Calls a helper with `arity` words.
inline HelperResult call_helper(const Helper& h, const std::uint64_t* w) noexcept {
  using W = std::uint64_t;
  void* const f = const_cast<void*>(h.function);  // code is never written through it
  // NOLINTBEGIN(clang-analyzer-core.CallAndMessage): as many words were set as the helper takes
  switch (h.arity) {
    case 0: return reinterpret_cast<HelperResult (*)() noexcept>(f)();
    case 1: return reinterpret_cast<HelperResult (*)(W) noexcept>(f)(w[0]);
    case 2: return reinterpret_cast<HelperResult (*)(W, W) noexcept>(f)(w[0], w[1]);
    case 3: return reinterpret_cast<HelperResult (*)(W, W, W) noexcept>(f)(w[0], w[1], w[2]);
    case 4:
      return reinterpret_cast<HelperResult (*)(W, W, W, W) noexcept>(f)(w[0], w[1], w[2], w[3]);
    case 5:
      return reinterpret_cast<HelperResult (*)(W, W, W, W, W) noexcept>(f)(w[0], w[1], w[2], w[3],
                                                                           w[4]);
    default:
      return reinterpret_cast<HelperResult (*)(W, W, W, W, W, W) noexcept>(f)(w[0], w[1], w[2],
                                                                              w[3], w[4], w[5]);
  }
  // NOLINTEND(clang-analyzer-core.CallAndMessage)
}

}  // namespace wirejit::jit
