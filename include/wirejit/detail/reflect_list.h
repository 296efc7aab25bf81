// Reflect<T> of std::list, with any allocator. Entry: Reflect<T>::layout(). Invariant: an Iteration
// holds an iterator, which stays good while elements are appended.
#pragma once

#include <wirejit/detail/reflect_types.h>

#include <cstdint>
#include <cstring>
#include <list>
#include <memory>
#include <type_traits>

namespace wirejit::detail {

template <class List>
struct ListWalk {
  using Iterator = typename List::const_iterator;
  static_assert(
      sizeof(Iterator) <= sizeof(Iteration::state) && std::is_trivially_copyable_v<Iterator>,
      "wirejit: this container's iterators are not plain words (a checked standard library?)");
  // Two pointers, and what each allocation takes.
  static constexpr std::uint32_t element_bytes =
      sizeof(typename List::value_type) + 4 * sizeof(void*);
  static constexpr std::uint32_t empty_bytes = 0;

  static void first(const void* c, Iteration* it) noexcept {
    stand(c, static_cast<const List*>(c)->begin(), it);
  }
  static void next(const void* c, Iteration* it) noexcept {
    Iterator at;
    std::memcpy(&at, it->state, sizeof(at));
    stand(c, ++at, it);
  }

 private:
  static void stand(const void* c, Iterator at, Iteration* it) noexcept {
    it->element = at == static_cast<const List*>(c)->end() ? nullptr : std::addressof(*at);
    std::memcpy(it->state, &at, sizeof(at));
  }
};

}  // namespace wirejit::detail

namespace wirejit {

template <class E, class A>
struct Reflect<std::list<E, A>>
    : detail::ListReflect<std::list<E, A>, detail::ListWalk<std::list<E, A>>> {};

}  // namespace wirejit
