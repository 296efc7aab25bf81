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

template <class T>
[[nodiscard]] const Layout& layout_of() noexcept;
template <class T>
[[nodiscard]] const StructLayout& struct_layout() noexcept;

namespace detail {

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

template <class E>
[[nodiscard]] const char* spelled() noexcept {
  return __PRETTY_FUNCTION__;
}
template <class E>
[[gnu::cold]] void describe_enum(EnumBuilder& builder) {
  if constexpr (requires { wirejit_registered(Tag<E>{}); }) {
    wirejit_registered(Tag<E>{})(Tag<E>{}, builder);
  }
}
// The name and registered values of an enum; null if memory was lacking.
template <class E>
[[gnu::cold]] [[nodiscard]] const EnumType* enum_type() noexcept {
  return guarded([]() -> const EnumType* {
    static const EnumType* const type = build_enum(spelled<E>(), describe_enum<E>);
    return type;
  });
}

}  // namespace detail

// Scalars, enums and registered structs. For a container of another library, there is adapt.h.
template <class T>
struct Reflect {
  static Layout layout() noexcept {
    if constexpr (std::is_class_v<T>) {
      Layout l = detail::start(Form::structure, Kind::structure, sizeof(T), alignof(T));
      l.structure_function = []() noexcept { return &struct_layout<T>(); };
      return l;
    } else {
      return scalar();
    }
  }

 private:
  static Layout scalar() noexcept {
    Layout l = detail::start(Form::scalar, Kind::void_, sizeof(T), alignof(T));
    if constexpr (std::is_same_v<T, bool>) {
      l.kind = Kind::boolean;
    } else if constexpr (std::is_integral_v<T> && sizeof(T) <= 8 && !detail::is_character<T>) {
      l.is_signed = std::is_signed_v<T> || std::is_same_v<T, char>;
      l.kind = detail::integer_kind(sizeof(T), l.is_signed);
    } else if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>) {
      l.kind = sizeof(T) == 4 ? Kind::float32 : Kind::float64;
    } else if constexpr (std::is_enum_v<T>) {
      using Underlying = std::underlying_type_t<T>;
      static_assert(!std::is_same_v<Underlying, bool>,
                    "wirejit: an enum over bool is not supported, use bool");
      l.is_signed = std::is_signed_v<Underlying>;
      l.kind = Kind::enumeration;
      l.enumeration = detail::enum_type<T>();
    } else {
      static_assert(
          detail::never<T>,
          "wirejit: a member of this type is not supported; reflect.h lists the types that are "
          "(no raw pointers, references, unions, wide characters, long double)");
    }
    return l;
  }
};
// No value of a field: StructBuilder knows it by its kind.
template <>
struct Reflect<UnknownFields> {
  static Layout layout() noexcept {
    return detail::start(Form::string, Kind::void_, sizeof(UnknownFields), alignof(UnknownFields));
  }
};

template <class T>
struct Reflect<const T> {
  static Layout layout() noexcept {
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
  static Layout layout() noexcept {
    Layout l = detail::start(Form::string, Kind::string, sizeof(String), alignof(String));
    l.string = &ops;
#if defined(__GLIBCXX__) && _GLIBCXX_USE_CXX11_ABI
    l.short_size = 15;  // probe() looks whether it is so
#endif
    detail::probe(l, detail::lifetime<String>);
    return l;
  }
};

template <class Traits>
struct Reflect<std::basic_string_view<char, Traits>> {
  using View = std::basic_string_view<char, Traits>;
  static Layout layout() noexcept {
    Layout l = detail::start(Form::view, Kind::string, sizeof(View), alignof(View));
    detail::probe_view(l, [](void* at, const void* data, std::size_t count) noexcept {
      ::new (at) View(static_cast<const char*>(data), count);
    });
    return l;
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
  static Layout layout() noexcept {
    Layout l = start(Form::string, Kind::string, sizeof(C), alignof(C));
    l.string = &ops;
    probe(l, lifetime<C>);
    return l;
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
  static Layout layout() noexcept {
    Layout l = start(Form::string, Kind::string, sizeof(Vector), alignof(Vector));
    l.any_bytes = true;
    l.string = &ops;
    probe(l, lifetime<Vector>);
    return l;
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
  static Layout layout() noexcept {
    static_assert(std::is_default_constructible_v<E>,
                  "wirejit: elements must be default-constructible");
    Layout l = start(Form::sequence, Kind::list, sizeof(Vector), alignof(Vector));
    l.sequence = &ops;
    l.stride = sizeof(E);
    l.element = &layout_of<E>();
#if defined(__GLIBCXX__) && !defined(_GLIBCXX_SANITIZE_VECTOR)
    if constexpr (is_standard_vector<Vector> && (std::is_arithmetic_v<E> || std::is_enum_v<E>)) {
      l.capacity_offset = 0;  // probe() finds it
    }
#endif
    probe(l, lifetime<Vector>);
    return l;
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
  static Layout layout() noexcept {
    static_assert(std::is_default_constructible_v<E>,
                  "wirejit: elements must be default-constructible");
    Layout l = start(Form::list, Kind::list, sizeof(C), alignof(C));
    l.list = &ops;
    l.element = &layout_of<E>();
    return l;
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
  static Layout layout() noexcept {
    Layout l = start(Form::bits, Kind::list, sizeof(Bits), alignof(Bits));
    l.bits = &ops;
    l.element = &layout_of<bool>();
    return l;
  }
};

template <class E, std::size_t N, class Array>
struct ArrayReflect {
  static Layout layout() noexcept {
    Layout l = start(Form::array, Kind::list, sizeof(Array), alignof(Array));
    l.stride = sizeof(E);
    l.count = static_cast<std::uint32_t>(N);
    l.element = &layout_of<E>();
    return l;
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
  static Layout layout() noexcept {
    constexpr bool bytes = detail::is_byte<E>;
    Layout l = detail::start(bytes ? Form::view : Form::span, bytes ? Kind::string : Kind::list,
                             sizeof(Span), alignof(Span));
    if constexpr (bytes) {
      l.any_bytes = true;
    } else {
      l.stride = sizeof(E);
      l.element = &layout_of<E>();
      if constexpr (std::is_trivially_destructible_v<E>) {
        l.construct = construct;
      }
    }
    detail::probe_view(l, make);
    return l;
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
  static Layout layout() noexcept {
    static_assert(std::is_default_constructible_v<T>,
                  "wirejit: an optional's value must be default-constructible");
    const Layout& element = layout_of<T>();
    Layout l = detail::start(Form::optional, element.kind, sizeof(Optional), alignof(Optional));
    l.element = &element;
    l.optional = &ops;
    detail::probe(l, detail::lifetime<Optional>);
    return l;
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
  static Layout layout() noexcept {
    static_assert(std::is_default_constructible_v<T>,
                  "wirejit: a pointer's target must be default-constructible");
    const Layout& element = layout_of<T>();
    Layout l = start(Form::pointer, element.kind, sizeof(Pointer), alignof(Pointer));
    l.element = &element;
    l.optional = &ops;
    probe(l, lifetime<Pointer>);
    return l;
  }
};

}  // namespace detail

template <class T>
struct Reflect<std::unique_ptr<T>> : detail::PointerReflect<std::unique_ptr<T>> {};
template <class T>
struct Reflect<std::shared_ptr<T>> : detail::PointerReflect<std::shared_ptr<T>> {};
template <class T>
struct Reflect<std::unique_ptr<T[]>> {
  static Layout layout() noexcept {
    static_assert(detail::never<T>, "wirejit: use std::vector instead of a pointer to an array");
    return {};
  }
};
template <class T>
struct Reflect<std::shared_ptr<T[]>> : Reflect<std::unique_ptr<T[]>> {};

namespace detail {

// A variant as such: the layout behind a union that WIREJIT_VARIANT registers.
template <class First, class... A>
struct VariantReflect {
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
  static Layout layout() noexcept {
    static const Layout* const alternatives[] = {&layout_of<A>()..., nullptr};
    Layout l = start(Form::variant, Kind::structure, sizeof(Variant), alignof(Variant));
    l.count = sizeof...(A);
    l.alternatives = alternatives;
    l.variant = &ops;
    return l;
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

template <class... A>
void describe_variant(StructBuilder& builder, const std::variant<A...>* at) {
  static const Layout layout = VariantReflect<A...>::layout();
  builder.variant(layout, at);
}

}  // namespace detail
}  // namespace wirejit
