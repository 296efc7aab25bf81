// Reflect<T> of std::deque, with any allocator. Entry: Reflect<T>::layout(). Invariant: elements
// are reached by their index, so that no iterator has to outlive an append.
#pragma once

#include <wirejit/detail/reflect_types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

namespace wirejit::detail {

template <class Deque>
struct DequeWalk {
  static constexpr std::uint32_t element_bytes = sizeof(typename Deque::value_type);
#if defined(__GLIBCXX__)  // one block of elements, and a table of eight
  static constexpr std::uint32_t empty_bytes = 64 + (element_bytes < 512 ? 512 : element_bytes);
#else
  static constexpr std::uint32_t empty_bytes = 0;
#endif
  static void first(const void* c, Iteration* it) noexcept { stand(c, 0, it); }
  static void next(const void* c, Iteration* it) noexcept { stand(c, it->state[0] + 1, it); }

 private:
  static void stand(const void* c, std::uint64_t index, Iteration* it) noexcept {
    const Deque& deque = *static_cast<const Deque*>(c);
    it->element = index < deque.size() ? std::addressof(deque[index]) : nullptr;
    it->state[0] = index;
  }
};

}  // namespace wirejit::detail

namespace wirejit {

template <class E, class A>
struct Reflect<std::deque<E, A>>
    : detail::ListReflect<std::deque<E, A>, detail::DequeWalk<std::deque<E, A>>> {};

}  // namespace wirejit
