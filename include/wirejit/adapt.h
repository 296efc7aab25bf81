/// @file
/// Containers of other libraries as members: base classes for a specialisation of Reflect.
/// Entry: as_sequence, as_map and as_set, as_string. Invariant: an adaptor calls only the functions
/// of the container that it lists, and nothing is assumed about how the container lies in memory.
///
///     template <class T, std::size_t N>
///     struct wirejit::Reflect<shop::small_vector<T, N>>
///         : wirejit::as_sequence<shop::small_vector<T, N>> {};
///     template <class K, class V>
///     struct wirejit::Reflect<shop::flat_map<K, V>> : wirejit::as_map<shop::flat_map<K, V>> {};
///     template <>
///     struct wirejit::Reflect<shop::FixedString> : wirejit::as_string<shop::FixedString> {};
///
/// The specialisation comes before the registration of the first struct that has such a member. All
/// containers, elements, keys and values are default-constructible. What a container throws ends
/// the call with Errc::exception (std::bad_alloc: no_memory).
#pragma once

#include <wirejit/detail/reflect_associative.h>
#include <wirejit/detail/reflect_types.h>
#include <wirejit/reflect.h>

namespace wirejit {

/// A container whose elements lie one after the other: a list in a schema. `C` has value_type,
/// data(), size(), clear(), resize(count) and emplace_back(), which returns a reference to the new
/// element; the last two value-initialise what they add. A container of bytes is a list of numbers
/// here.
template <class C>
struct as_sequence : detail::VectorReflect<C> {};

/// A map. `C` has the types key_type, mapped_type, value_type (a std::pair) and const_iterator, and
/// begin(), end(), size() and clear(). A const_iterator has at most 16 bytes, is trivially
/// copyable, and gives a reference to a value_type, not a pair of references. An insertion may move
/// the other elements. With a find() that takes a std::string_view (that is, a transparent
/// comparison), a key that is there already is found without building another one.
/// - A sorted map has the type key_compare, and try_emplace(hint, key), which returns an iterator.
///   The hint is end(): keys in ascending order are the usual ones.
/// - A hash table has try_emplace(key), which returns an iterator and whether the key is new.
///   If it has the buckets of std::unordered_map (bucket(key), begin(bucket), end(bucket),
///   bucket_count() and rehash(count)), keys that collide are Errc::collision_limit. If it has no
///   buckets, its hash alone protects it: use wirejit::SeededHash where keys are of strangers. Its
///   keys cannot be floating point numbers then.
template <class C>
struct as_map : detail::MapReflect<C> {};

/// A set: as as_map, with elements in place of pairs, without mapped_type, and with insert(hint,
/// key) or insert(key) in place of try_emplace.
template <class C>
struct as_set : detail::SetReflect<C> {};

/// A string. `C` has data(), size() and assign(const char* data, std::size_t size), which may throw
/// if there are too many; what its default constructor makes is empty. Its text is checked as that
/// of std::string.
template <class C>
struct as_string : detail::StringReflect<C> {};

}  // namespace wirejit
