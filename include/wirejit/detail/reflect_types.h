// Reflect<T>: the layout of every type that a member may have, scalars and strings to pointers and
// variants; other containers have headers of their own. Entry: Reflect<T>::layout().
// Invariant: every operation is noexcept and leaves the object valid when it fails.
#pragma once

#include <wirejit/detail/reflect_core.h>
#include <wirejit/unknown_fields.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace wirejit {

// Reflect<T>::source() says what of T's layout is known when it is compiled.
template <class T>
struct Reflect;

namespace detail {

template <class T>
inline constinit LayoutSlot layout_slot{Reflect<T>::source()};

template <class T>
inline constexpr bool is_byte =
    std::is_same_v<T, std::uint8_t> || std::is_same_v<T, std::byte> || std::is_same_v<T, char>;
template <class T>
inline constexpr bool is_character = std::is_same_v<T, wchar_t> || std::is_same_v<T, char8_t> ||
                                     std::is_same_v<T, char16_t> || std::is_same_v<T, char32_t>;

[[nodiscard]] constexpr Kind integer_kind(std::size_t size, bool is_signed) noexcept {
  switch (size) {
    case 1: return is_signed ? Kind::i8 : Kind::u8;
    case 2: return is_signed ? Kind::i16 : Kind::u16;
    case 4: return is_signed ? Kind::i32 : Kind::u32;
    default: return is_signed ? Kind::i64 : Kind::u64;
  }
}

// A scalar from the word that stands for it (layout.h says how).
template <class T>
[[nodiscard]] T from_word(std::uint64_t word) noexcept {
  if constexpr (std::is_same_v<T, float>) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(word));
  } else if constexpr (std::is_same_v<T, double>) {
    return std::bit_cast<double>(word);
  } else if constexpr (std::is_same_v<T, bool>) {
    return word != 0;
  } else {
    return static_cast<T>(word);
  }
}

// What was registered of a type, as Members, Alternatives or Enumerators.
template <class T>
inline constexpr auto registered = wirejit_registered(Tag<T>{})(Tag<T>{});

template <class E>
[[nodiscard]] constexpr const char* spelled() noexcept {
  return __PRETTY_FUNCTION__;
}
template <class E>
[[nodiscard]] constexpr EnumSource enum_source() noexcept {
  EnumSource source;
  source.pretty_function = spelled<E>();
  if constexpr (requires { wirejit_registered(Tag<E>{}); }) {
    source.enumerators = registered<E>.items;
    source.count = std::size(registered<E>.items) - 1;
  }
  return source;
}
template <class E>
inline constinit EnumSlot enum_slot{enum_source<E>()};
// Functions, since a type need not be registered yet where members of it are: g++ evaluates a
// variable's initializer when its address is named, and compiles a function when the file ends.
template <class E>
[[nodiscard]] EnumSlot& enum_slot_of() noexcept {
  return enum_slot<E>;
}

template <class T>
[[nodiscard]] constexpr StructSource struct_source() noexcept;
template <class T>
inline constinit StructSlot struct_slot{struct_source<T>()};
template <class T>
[[nodiscard]] StructSlot& struct_slot_of() noexcept {
  return struct_slot<T>;
}

}  // namespace detail

// Scalars, enums and registered structs. For a container of another library, there is adapt.h.
template <class T>
struct Reflect {
  static constexpr detail::LayoutSource source() noexcept {
    if constexpr (std::is_class_v<T>) {
      auto s = detail::start<T>(Form::structure, Kind::structure);
      s.layout.structure_slot = detail::struct_slot_of<T>;
      return s;
    } else {
      return scalar();
    }
  }

 private:
  static constexpr detail::LayoutSource scalar() noexcept {
    auto s = detail::start<T>(Form::scalar, Kind::void_);
    if constexpr (std::is_same_v<T, bool>) {
      s.layout.kind = Kind::boolean;
    } else if constexpr (std::is_integral_v<T> && sizeof(T) <= 8 && !detail::is_character<T>) {
      s.layout.is_signed = std::is_signed_v<T> || std::is_same_v<T, char>;
      s.layout.kind = detail::integer_kind(sizeof(T), s.layout.is_signed);
    } else if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
      s.layout.kind = sizeof(T) == 4 ? Kind::float32 : Kind::float64;
    } else if constexpr (std::is_enum_v<T>) {
      using Underlying = std::underlying_type_t<T>;
      static_assert(!std::is_same_v<Underlying, bool>,
                    "wirejit: an enum over bool is not supported, use bool");
      s.layout.is_signed = std::is_signed_v<Underlying>;
      s.layout.kind = Kind::enumeration;
      s.enumeration = detail::enum_slot_of<T>;
    } else {
      static_assert(
          detail::never<T>,
          "wirejit: a member of this type is not supported; reflect.h lists the types that are "
          "(no raw pointers, references, unions, wide characters, long double)");
    }
    return s;
  }
};
// No value of a field: its kind tells it from all others.
template <>
struct Reflect<UnknownFields> {
  static constexpr detail::LayoutSource source() noexcept {
    return detail::start<UnknownFields>(Form::string, Kind::void_);
  }
};

template <class T>
struct Reflect<const T> {
  static constexpr detail::LayoutSource source() noexcept {
    static_assert(detail::never<T>,
                  "wirejit: a const member cannot be decoded into; make it non-const");
    return {};
  }
};

template <class Traits, class Allocator>
struct Reflect<std::basic_string<char, Traits, Allocator>> {
  using String = std::basic_string<char, Traits, Allocator>;
  static bool assign(void* s, const char* data, std::size_t size) noexcept {
    String& string = *static_cast<String*>(s);
    return detail::guarded([&] {
      if (size <= string.capacity()) [[likely]] {
        string.resize_and_overwrite(size, [&](char* to, std::size_t) noexcept {
          detail::copy_text(to, data, size);
          return size;
        });
      } else {
        string.assign(data, size);
      }
      return true;
    });
  }
  static ByteView view(const void* s) noexcept {
    const auto& string = *static_cast<const String*>(s);
    return {string.data(), string.size()};
  }
  static constexpr StringOps ops{assign, view};
  static constexpr detail::LayoutSource source() noexcept {
    auto s = detail::start<String>(Form::string, Kind::string);
    s.layout.string = &ops;
#if defined(__GLIBCXX__) && _GLIBCXX_USE_CXX11_ABI
    s.layout.short_size = 15;  // probe() looks whether it is so
#endif
    s.lifetime = &detail::lifetime<String>;
    return s;
  }
};

template <class Traits>
struct Reflect<std::basic_string_view<char, Traits>> {
  using View = std::basic_string_view<char, Traits>;
  static void make(void* at, const void* data, std::size_t count) noexcept {
    ::new (at) View(static_cast<const char*>(data), count);
  }
  static constexpr detail::LayoutSource source() noexcept {
    auto s = detail::start<View>(Form::view, Kind::string);
    s.make_view = make;
    return s;
  }
};

namespace detail {

// A string of another library (adapt.h).
template <class C>
struct StringReflect {
  static bool assign(void* s, const char* data, std::size_t size) noexcept {
    return guarded([&] {
      static_cast<C*>(s)->assign(data, size);
      return true;
    });
  }
  static ByteView view(const void* s) noexcept {
    const C& string = *static_cast<const C*>(s);
    return {string.data(), string.size()};
  }
  static constexpr StringOps ops{assign, view};
  static constexpr LayoutSource source() noexcept {
    auto s = start<C>(Form::string, Kind::string);
    s.layout.string = &ops;
    s.lifetime = &lifetime<C>;
    return s;
  }
};

// A vector of bytes: binary.
template <class Vector>
struct ByteVectorReflect {
  using E = typename Vector::value_type;
  static bool assign(void* v, const char* data, std::size_t size) noexcept {
    return guarded([&] {
      const E* first = reinterpret_cast<const E*>(data);
      static_cast<Vector*>(v)->assign(first, first + size);
      return true;
    });
  }
  static ByteView view(const void* v) noexcept {
    const auto& vector = *static_cast<const Vector*>(v);
    return {reinterpret_cast<const char*>(vector.data()), vector.size()};
  }
  static constexpr StringOps ops{assign, view};
  static constexpr LayoutSource source() noexcept {
    auto s = start<Vector>(Form::string, Kind::string);
    s.layout.any_bytes = true;
    s.layout.string = &ops;
    s.lifetime = &lifetime<Vector>;
    return s;
  }
};

template <class T>
inline constexpr bool is_standard_vector = false;
template <class E, class Allocator>
inline constexpr bool is_standard_vector<std::vector<E, Allocator>> = true;

template <class Vector>
struct VectorReflect {
  using E = typename Vector::value_type;
  static void* resize(void* v, std::size_t count) noexcept {
    return guarded([&] {
      auto& vector = *static_cast<Vector*>(v);
      vector.resize(count);
      return count != 0 ? static_cast<void*>(vector.data()) : v;
    });
  }
  static void* append(void* v) noexcept {
    return guarded([&] { return std::addressof(static_cast<Vector*>(v)->emplace_back()); });
  }
  static void clear(void* v) noexcept { static_cast<Vector*>(v)->clear(); }
  static const void* data(const void* v) noexcept { return static_cast<const Vector*>(v)->data(); }
  static std::size_t size(const void* v) noexcept { return static_cast<const Vector*>(v)->size(); }
  static constexpr SequenceOps ops{resize, append, clear, data, size};
  static constexpr LayoutSource source() noexcept {
    static_assert(std::is_default_constructible_v<E>,
                  "wirejit: elements must be default-constructible");
    auto s = start<Vector>(Form::sequence, Kind::list);
    s.layout.sequence = &ops;
    s.layout.stride = sizeof(E);
    s.element = &layout_slot<E>;
#if defined(__GLIBCXX__) && !defined(_GLIBCXX_SANITIZE_VECTOR)
    if constexpr (is_standard_vector<Vector> && (std::is_arithmetic_v<E> || std::is_enum_v<E>)) {
      s.layout.capacity_offset = 0;  // probe() finds it
    }
#endif
    s.lifetime = &lifetime<Vector>;
    return s;
  }
};

// A container whose elements are reached one by one and appended. Walk has first() and next() of
// ElementOps, element_bytes and empty_bytes of ListOps.
template <class C, class Walk>
struct ListReflect {
  using E = typename C::value_type;
  static std::size_t size(const void* c) noexcept { return static_cast<const C*>(c)->size(); }
  static void clear(void* c) noexcept { static_cast<C*>(c)->clear(); }
  static void* append(void* c) noexcept {
    return guarded([&] { return std::addressof(static_cast<C*>(c)->emplace_back()); });
  }
  static void truncate(void* c, std::size_t count) noexcept {
    C& container = *static_cast<C*>(c);
    while (container.size() > count) {
      container.pop_back();
    }
  }
  static constexpr ListOps ops{{size, clear, Walk::first, Walk::next},
                               append,
                               truncate,
                               Walk::element_bytes,
                               Walk::empty_bytes};
  static constexpr LayoutSource source() noexcept {
    static_assert(std::is_default_constructible_v<E>,
                  "wirejit: elements must be default-constructible");
    auto s = start<C>(Form::list, Kind::list);
    s.layout.list = &ops;
    s.element = &layout_slot<E>;
    return s;
  }
};

template <class Bits>
struct BitsReflect {
  static bool resize(void* v, std::size_t count) noexcept {
    return guarded([&] {
      static_cast<Bits*>(v)->resize(count);
      return true;
    });
  }
  static bool append(void* v, bool bit) noexcept {
    return guarded([&] {
      static_cast<Bits*>(v)->push_back(bit);
      return true;
    });
  }
  static void set(void* v, std::size_t i, bool bit) noexcept { (*static_cast<Bits*>(v))[i] = bit; }
  static bool get(const void* v, std::size_t i) noexcept {
    return (*static_cast<const Bits*>(v))[i];
  }
  static std::size_t size(const void* v) noexcept { return static_cast<const Bits*>(v)->size(); }
  static constexpr BitOps ops{resize, append, set, get, size};
  static constexpr LayoutSource source() noexcept {
    auto s = start<Bits>(Form::bits, Kind::list);
    s.layout.bits = &ops;
    s.element = &layout_slot<bool>;
    return s;
  }
};

template <class E, std::size_t N, class Array>
struct ArrayReflect {
  static constexpr LayoutSource source() noexcept {
    auto s = start<Array>(Form::array, Kind::list);
    s.layout.stride = sizeof(E);
    s.layout.count = static_cast<std::uint32_t>(N);
    s.element = &layout_slot<E>;
    return s;
  }
};

}  // namespace detail

template <class E, class A>
struct Reflect<std::vector<E, A>>
    : std::conditional_t<detail::is_byte<E>, detail::ByteVectorReflect<std::vector<E, A>>,
                         detail::VectorReflect<std::vector<E, A>>> {};
template <class A>
struct Reflect<std::vector<bool, A>> : detail::BitsReflect<std::vector<bool, A>> {};
template <class E, std::size_t N>
struct Reflect<std::array<E, N>> : detail::ArrayReflect<E, N, std::array<E, N>> {};
template <class E, std::size_t N>
struct Reflect<E[N]> : detail::ArrayReflect<E, N, E[N]> {};

// std::span<const T>: elements in an Arena. Bytes make a binary view.
template <class E>
struct Reflect<std::span<const E>> {
  using Span = std::span<const E>;
  static bool construct(void* first, std::size_t count) noexcept {
    return detail::guarded([&] {
      std::uninitialized_value_construct_n(static_cast<E*>(first), count);
      return true;
    });
  }
  static void make(void* at, const void* data, std::size_t count) noexcept {
    ::new (at) Span(static_cast<const E*>(data), count);
  }
  static constexpr detail::LayoutSource source() noexcept {
    constexpr bool bytes = detail::is_byte<E>;
    auto s =
        detail::start<Span>(bytes ? Form::view : Form::span, bytes ? Kind::string : Kind::list);
    if constexpr (bytes) {
      s.layout.any_bytes = true;
    } else {
      s.layout.stride = sizeof(E);
      s.element = &detail::layout_slot<E>;
      if constexpr (std::is_trivially_destructible_v<E>) {
        s.layout.construct = construct;
      }
    }
    s.make_view = make;
    return s;
  }
};

template <class T>
struct Reflect<std::optional<T>> {
  using Optional = std::optional<T>;
  static void* emplace(void* o) noexcept {
    return detail::guarded([&] { return std::addressof(static_cast<Optional*>(o)->emplace()); });
  }
  static void reset(void* o) noexcept { static_cast<Optional*>(o)->reset(); }
  static const void* get(const void* o) noexcept {
    const auto& optional = *static_cast<const Optional*>(o);
    return optional.has_value() ? std::addressof(*optional) : nullptr;
  }
  static constexpr OptionalOps ops{emplace, reset, get};
  static constexpr detail::LayoutSource source() noexcept {
    static_assert(std::is_default_constructible_v<T>,
                  "wirejit: an optional's value must be default-constructible");
    auto s = detail::start<Optional>(Form::optional, Kind::void_);  // the kind is the element's
    s.element = &detail::layout_slot<T>;
    s.layout.optional = &ops;
    s.lifetime = &detail::lifetime<Optional>;
    return s;
  }
};

namespace detail {

template <class Pointer>
struct PointerReflect {
  using T = std::remove_const_t<typename Pointer::element_type>;
  // Always a new object: one that other shared_ptrs hold is left alone.
  static void* emplace(void* p) noexcept {
    return guarded([&]() -> T* {
      auto& pointer = *static_cast<Pointer*>(p);
      if constexpr (std::is_copy_assignable_v<Pointer>) {
        std::shared_ptr<T> made = std::make_shared<T>();
        T* raw = made.get();
        pointer = std::move(made);
        return raw;
      } else {
        pointer = std::make_unique<T>();
        return const_cast<T*>(pointer.get());
      }
    });
  }
  static void reset(void* p) noexcept { static_cast<Pointer*>(p)->reset(); }
  static const void* get(const void* p) noexcept { return static_cast<const Pointer*>(p)->get(); }
  static constexpr OptionalOps ops{emplace, reset, get};
  static constexpr LayoutSource source() noexcept {
    static_assert(std::is_default_constructible_v<T>,
                  "wirejit: a pointer's target must be default-constructible");
    auto s = start<Pointer>(Form::pointer, Kind::void_);  // the kind is the element's
    s.element = &layout_slot<T>;
    s.layout.optional = &ops;
    s.lifetime = &lifetime<Pointer>;
    return s;
  }
};

}  // namespace detail

template <class T>
struct Reflect<std::unique_ptr<T>> : detail::PointerReflect<std::unique_ptr<T>> {};
template <class T>
struct Reflect<std::shared_ptr<T>> : detail::PointerReflect<std::shared_ptr<T>> {};
template <class T>
struct Reflect<std::unique_ptr<T[]>> {
  static constexpr detail::LayoutSource source() noexcept {
    static_assert(detail::never<T>, "wirejit: use std::vector instead of a pointer to an array");
    return {};
  }
};
template <class T>
struct Reflect<std::shared_ptr<T[]>> : Reflect<std::unique_ptr<T[]>> {};

namespace detail {

// A variant as such: the layout behind a union that WIREJIT_VARIANT registers.
template <class V>
struct VariantReflect;
template <class First, class... A>
struct VariantReflect<std::variant<First, A...>> {
  static_assert(std::is_same_v<First, std::monostate>,
                "wirejit: a variant's first alternative must be std::monostate, which means that "
                "no field is set");
  using Variant = std::variant<First, A...>;
  static std::size_t index(const void* v) noexcept {
    const auto& variant = *static_cast<const Variant*>(v);
    return variant.valueless_by_exception() ? 0 : variant.index();
  }
  static const void* get(const void* v, std::size_t index) noexcept {
    return get_at(static_cast<const Variant*>(v), index, std::index_sequence_for<A...>{});
  }
  static void* emplace(void* v, std::size_t index) noexcept {
    void* const made = guarded([&] {
      return emplace_at(*static_cast<Variant*>(v), index, std::index_sequence_for<A...>{});
    });
    if (made == nullptr) {
      reset(v);
    }
    return made;
  }
  // std::monostate does not throw. NOLINTNEXTLINE(bugprone-exception-escape)
  static void reset(void* v) noexcept { static_cast<Variant*>(v)->template emplace<0>(); }
  static constexpr VariantOps ops{index, get, emplace, reset};
  static constexpr LayoutSlot* alternatives[] = {&layout_slot<A>..., nullptr};
  static constexpr const Layout* layouts[] = {&layout_slot<A>.layout..., nullptr};
  static constexpr LayoutSource source() noexcept {
    auto s = start<Variant>(Form::variant, Kind::structure);
    s.layout.count = sizeof...(A);
    s.layout.alternatives = layouts;
    s.layout.variant = &ops;
    s.alternatives = alternatives;
    return s;
  }

 private:
  template <std::size_t... I>
  static const void* get_at(const Variant* v, std::size_t index,
                            std::index_sequence<I...>) noexcept {
    const void* found = nullptr;
    ((index == I + 1 ? void(found = std::get_if<I + 1>(v)) : void()), ...);
    return found;
  }
  template <std::size_t... I>
  static void* emplace_at(Variant& v, std::size_t index, std::index_sequence<I...>) {
    void* made = nullptr;
    ((index == I + 1 ? void(made = std::addressof(v.template emplace<I + 1>())) : void()), ...);
    return made;
  }
};

template <class V>
inline constinit LayoutSlot variant_slot{VariantReflect<V>::source()};

// The std::variant that T is or derives from, and where it lies in T.
template <class... A>
std::type_identity<std::variant<A...>> variant_of(const std::variant<A...>* variant);
template <class T>
using VariantOf = typename decltype(variant_of(static_cast<const T*>(nullptr)))::type;
template <class T>
[[nodiscard]] std::uint32_t variant_offset() noexcept {
  alignas(T) unsigned char storage[sizeof(T)];
  const VariantOf<T>* const variant = reinterpret_cast<const T*>(storage);
  return static_cast<std::uint32_t>(reinterpret_cast<const unsigned char*>(variant) - storage);
}

template <class T, std::size_t N>
constexpr void take(StructSource& s, const Members<N>& said) noexcept {
  s.flavor = said.flavor;
}
template <class T, std::size_t N>
constexpr void take(StructSource& s, const Alternatives<N>& /*said*/) noexcept {
  s.flavor = StructFlavor::union_;
  s.variant = &variant_slot<VariantOf<T>>;
  s.variant_offset = variant_offset<T>;
}
template <class T>
constexpr StructSource struct_source() noexcept {
  static_assert(
      requires { wirejit_registered(Tag<T>{}); },
      "wirejit: this type is neither registered (WIREJIT_STRUCT, WIREJIT_UNION, WIREJIT_VARIANT) "
      "nor a member type that reflect.h supports");
  StructSource s;
  if constexpr (requires { wirejit_registered(Tag<T>{}); }) {
    take<T>(s, registered<T>);
    s.written_type = registered<T>.written_type;
    s.members = registered<T>.items;
    s.count = std::size(registered<T>.items) - 1;
    s.size = sizeof(T);
    s.align = alignof(T);
    if constexpr (std::is_default_constructible_v<T>) {
      s.construct = construct_at<T>;
    }
  }
  return s;
}

}  // namespace detail
}  // namespace wirejit
