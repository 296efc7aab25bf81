// How values in record form are loaded as C++ types, and conversions between them.
// Entry: accepts, load. Invariant: load<T> is used only where accepts<T> said yes; it never
// converts.
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/record_type.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace wirejit {

class Value;
class RecordView;
template <class T = Value>
class ListView;
template <class K = Value, class V = Value>
class MapView;

namespace detail {

struct Integer {
  std::uint64_t bits;
  bool is_signed;
};
// Errors: type_mismatch. Any kind of integer or enum.
Result<Integer> integer_of(const Value& v);
Result<double> real_of(const Value& v);  // exact or an error
[[nodiscard]] bool overflows_float(double d) noexcept;
Error mismatch(const Value& v, std::string_view wanted);
Error no_value();
Error no_record();
// The layout and the struct where there is no value: no size, no fields. no_type() is in schema.h.
[[nodiscard]] const Layout& no_layout() noexcept;
[[nodiscard]] const StructType& no_struct_type() noexcept;
[[nodiscard]] const StructLayout& no_struct_layout() noexcept;
Error no_field(const StructLayout& layout, const FieldKey& key);
Error other_alternative(const RecordView& union_value, std::size_t wanted);
// Conversions into a scalar's place. Errors: type_mismatch, number_out_of_range.
Result<void> store_bool(const Type& type, void* to, bool value);
Result<void> store_integer(const Type& type, void* to, Integer value);
Result<void> store_real(const Type& type, void* to, double value);

struct Pair {  // the two words of a view, span or entries
  const std::uint8_t* data;
  std::size_t count;
};
inline Pair load_pair(const void* at) noexcept {
  Pair p;
  std::memcpy(&p, at, sizeof p);
  return p;
}

template <class T>
struct IsListView : std::false_type {};
template <class T>
struct IsListView<ListView<T>> : std::true_type {};
template <class T>
struct IsMapView : std::false_type {};
template <class K, class V>
struct IsMapView<MapView<K, V>> : std::true_type {};
template <class T>
concept IsText =
    std::same_as<T, std::string_view> || std::same_as<T, Bytes> || std::same_as<T, std::string>;

template <class T>
[[nodiscard]] constexpr bool scalar_accepts(Kind kind) noexcept {
  using enum Kind;
  if constexpr (std::same_as<T, bool>) {
    return kind == boolean;
  } else if constexpr (std::is_enum_v<T>) {
    return kind == enumeration && sizeof(T) == 4;
  } else if constexpr (std::same_as<T, float>) {
    return kind == float32;
  } else if constexpr (std::same_as<T, double>) {
    return kind == float64;
  } else if constexpr (std::signed_integral<T>) {
    constexpr Kind signed_kinds[] = {void_, i8, i16, void_, i32, void_, void_, void_, i64};
    return kind == signed_kinds[sizeof(T)] || (kind == enumeration && sizeof(T) == 4);
  } else {
    constexpr Kind unsigned_kinds[] = {void_, u8, u16, void_, u32, void_, void_, void_, u64};
    return kind == unsigned_kinds[sizeof(T)];
  }
}

// True if a value of that type can be loaded as a T, without a conversion.
template <class T>
[[nodiscard]] bool accepts(const Type& type) noexcept {
  if constexpr (std::same_as<T, Value>) {
    return true;
  } else if constexpr (std::same_as<T, RecordView>) {
    return type.kind == Kind::structure;
  } else if constexpr (IsText<T>) {
    return type.kind == Kind::string || type.kind == Kind::binary;
  } else if constexpr (std::same_as<T, Uuid>) {
    return type.kind == Kind::uuid;
  } else if constexpr (IsListView<T>::value) {
    return (type.kind == Kind::list || type.kind == Kind::set) &&
           accepts<typename T::value_type>(*type.element);
  } else if constexpr (IsMapView<T>::value) {
    return type.kind == Kind::map && accepts<typename T::key_type>(*type.key) &&
           accepts<typename T::mapped_type>(*type.value);
  } else {
    static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>, "no type that records hold");
    return scalar_accepts<T>(type.kind);
  }
}

// Only where accepts<T>(type).
template <class T>
[[nodiscard]] T load([[maybe_unused]] const Type& type, [[maybe_unused]] const Layout& layout,
                     const void* at) noexcept {
  if constexpr (std::same_as<T, Value> || IsListView<T>::value || IsMapView<T>::value) {
    return T(type, layout, at);
  } else if constexpr (std::same_as<T, RecordView>) {
    if (layout.form == Form::boxed) {
      std::memcpy(&at, at, sizeof at);
    }
    return T(*layout.structure_value, at);
  } else if constexpr (IsText<T>) {
    const Pair p = load_pair(at);
    if constexpr (std::same_as<T, Bytes>) {
      return {p.data, p.count};
    } else {
      return T(reinterpret_cast<const char*>(p.data), p.count);
    }
  } else if constexpr (std::same_as<T, bool>) {
    return *static_cast<const std::uint8_t*>(at) != 0;
  } else {
    T v;
    std::memcpy(&v, at, sizeof v);
    return v;
  }
}

// Iterates over anything with size() and operator[] by value.
template <class View>
class IndexIterator {
 public:
  using iterator_concept = std::input_iterator_tag;
  using value_type = std::remove_cvref_t<decltype(std::declval<const View&>()[0])>;
  using difference_type = std::ptrdiff_t;

  IndexIterator() = default;
  IndexIterator(const View& view, std::size_t index) noexcept : view_(view), index_(index) {}
  [[nodiscard]] value_type operator*() const noexcept { return view_[index_]; }
  IndexIterator& operator++() noexcept {
    ++index_;
    return *this;
  }
  IndexIterator operator++(int) noexcept {
    IndexIterator old = *this;
    ++index_;
    return old;
  }
  friend bool operator==(const IndexIterator& a, const IndexIterator& b) noexcept {
    return a.index_ == b.index_;
  }

 private:
  View view_;
  std::size_t index_ = 0;
};

}  // namespace detail

}  // namespace wirejit
