// Containers of other libraries as members: three base classes for a specialisation of Reflect.
// Entry: as_sequence, as_map and as_set, as_string. Invariant: an adaptor calls only the functions
// of the container that it lists, and nothing is assumed about how the container lies in memory.
//
//   template <class T>
//   struct wirejit::Reflect<shop::small_vector<T>>
//       : wirejit::as_sequence<shop::small_vector<T>> {};
//   template <class K, class V>
//   struct wirejit::Reflect<shop::flat_map<K, V>> : wirejit::as_map<shop::flat_map<K, V>> {};
//   template <>
//   struct wirejit::Reflect<shop::FixedString> : wirejit::as_string<shop::FixedString> {};
//
// The specialisation stands before the registration of the first struct that has such a member.
// What a container throws ends the call with Errc::exception (std::bad_alloc: no_memory).
#pragma once

#include <wirejit/reflect.h>

#include <cstddef>

namespace wirejit {

/// A container whose elements lie one behind the other: a list in a schema. `C` has value_type,
/// data(), size(), clear(), resize(count) and emplace_back(), which returns the new element; the
/// last two value-initialise what they add. A container of bytes is a list of numbers here.
template <class C>
struct as_sequence : detail::VectorReflect<C> {};

/// A map. `C` has the types key_type, mapped_type, value_type (a std::pair) and const_iterator, and
/// begin(), end(), size() and clear(); an iterator is trivially copyable and has at most 16 bytes.
/// A sorted one has the type key_compare and try_emplace(hint, key); others have what
/// std::unordered_map has: try_emplace(key), bucket(key), bucket_count() and rehash(). An
/// insertion may move the other elements.
template <class C>
struct as_map : detail::MapReflect<C> {};

/// A set: as as_map, without mapped_type, and with insert(hint, key) or insert(key) in place of
/// try_emplace.
template <class C>
struct as_set : detail::SetReflect<C> {};

/// A string. `C` has data(), size() and assign(const char* data, std::size_t size); what its
/// default constructor makes is empty. Its text is checked as that of std::string.
template <class C>
struct as_string {
  /// What the library calls. False if the string threw.
  static bool assign(void* s, const char* data, std::size_t size) noexcept {
    return detail::guarded([&] {
      static_cast<C*>(s)->assign(data, size);
      return true;
    });
  }
  static ByteView view(const void* s) noexcept {
    const C& string = *static_cast<const C*>(s);
    return {string.data(), string.size()};
  }
  static constexpr StringOps ops{assign, view};
  static Layout layout() noexcept {
    Layout l = detail::start(Form::string, Kind::string, sizeof(C), alignof(C));
    l.string = &ops;
    detail::probe(l, detail::lifetime<C>);
    return l;
  }
};

}  // namespace wirejit
