// What reflect.h's templates call: registration, the builders of layouts, and the probes. Compiled
// once, in core/. Entry: StructBuilder, EnumBuilder, probe(). Invariant: nothing here is a template
// over user types except Tag, Registration and Lifetime, to keep compile time of including code
// low.
#pragma once

#include <wirejit/detail/layout.h>
#include <wirejit/error.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <initializer_list>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>

namespace wirejit::detail {

// What WIREJIT_STRUCT may say about a member behind its name; wirejit::member has one for each.
struct MemberOption {
  enum class What : std::uint8_t {
    required,
    optional,
    binary,
    json_name,
    wire,
    key_wire,
    unpacked,
    oneof
  } what;
  std::string_view text = {};
  Wire wire = Wire::standard;
};

// memcpy, without a call for up to 32 bytes; overlapping loads, nothing outside [from, from + n).
inline void copy_text(char* to, const char* from, std::size_t n) noexcept {
  const auto both_ends = [&]<std::size_t Width>(std::integral_constant<std::size_t, Width>) {
    char first[Width];
    char last[Width];
    std::memcpy(first, from, Width);
    std::memcpy(last, from + n - Width, Width);
    std::memcpy(to, first, Width);
    std::memcpy(to + n - Width, last, Width);
  };
  if (n > 32) {
    std::memcpy(to, from, n);
  } else if (n >= 16) {
    both_ends(std::integral_constant<std::size_t, 16>{});
  } else if (n >= 8) {
    both_ends(std::integral_constant<std::size_t, 8>{});
  } else if (n >= 4) {
    both_ends(std::integral_constant<std::size_t, 4>{});
  } else if (n != 0) {
    const char first = from[0];
    const char middle = from[n / 2];
    const char last = from[n - 1];
    to[0] = first;
    to[n / 2] = middle;
    to[n - 1] = last;
  }
}

// ---- Exceptions of the application's types

// Called where an exception is handled: keeps what it says, for failure_code() and failure_text()
// of the same thread. std::bad_alloc is what those say where nothing is kept.
void note_failure() noexcept;
// Why an operation failed: Errc::exception once after note_failure(), else Errc::no_memory.
[[nodiscard]] Errc failure_code() noexcept;
// What the last exception that was noted says.
[[nodiscard]] std::string_view failure_text() noexcept;
// The two together.
[[nodiscard]] Error failure();

// What `call` returns. If it throws, the exception is noted, and a Result holds it; all else is
// false, null or the like.
template <class F>
[[gnu::always_inline]] inline auto guarded(F&& call) noexcept -> decltype(call()) {
#if defined(__cpp_exceptions)
  using R = decltype(call());
  try {
    return call();
  } catch (...) {
    note_failure();
  }
  if constexpr (requires { typename R::unexpected_type; }) {
    return std::unexpected(failure());
  } else {
    return R{};
  }
#else
  return call();
#endif
}

// Argument-dependent look-up finds what Registration defines: a pointer to the function that
// describes T.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-template-friend"  // a friend per T is what is meant
#endif
template <class T>
struct Tag {
  friend constexpr auto wirejit_registered(Tag) noexcept;
};
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
template <class T, auto Function>
struct Registration {
  friend constexpr auto wirejit_registered(Tag<T>) noexcept { return Function; }
  static constexpr bool done = sizeof(Tag<T>) != 0;
};

template <class T>
inline constexpr bool never = false;

// Collects a struct's members. Its storage is raw memory of the object's size in which members have
// addresses.
class StructBuilder {
 public:
  StructBuilder(std::size_t size, std::size_t align);
  StructBuilder(const StructBuilder&) = delete;
  StructBuilder& operator=(const StructBuilder&) = delete;
  ~StructBuilder();

  void start(std::string_view written_type, StructFlavor flavor);
  [[nodiscard]] const void* storage() const noexcept { return storage_; }
  void add(std::int32_t id, std::string_view name, const volatile void* address,
           const Layout& layout, std::initializer_list<MemberOption> options);
  // A union held as a std::variant: where it lies, and then its alternatives in their order.
  void variant(const Layout& layout, const volatile void* address);
  void alternative(std::int32_t id, std::string_view name,
                   std::initializer_list<MemberOption> options);
  [[nodiscard]] std::unique_ptr<StructLayout> finish() { return std::move(layout_); }

 private:
  [[nodiscard]] std::uint32_t offset(const volatile void* address) const noexcept;
  void add_member(Member member, std::initializer_list<MemberOption> options);

  std::unique_ptr<StructLayout> layout_;
  void* storage_;
  std::align_val_t align_;
};

class EnumBuilder {
 public:
  explicit EnumBuilder(std::string_view pretty_function);
  void add(std::string_view name, std::int32_t number);
  [[nodiscard]] std::unique_ptr<EnumType> finish();

 private:
  std::unique_ptr<EnumType> type_;
};

// The layout that `describe` describes, with the object that `create` makes as its prototype (null:
// it has none). It is never destroyed: codecs in static objects may outlive any order of
// destruction. These two throw what the functions throw.
[[nodiscard]] const StructLayout* build_struct(std::size_t size, std::size_t align,
                                               void (*describe)(StructBuilder&), void* (*create)());
[[nodiscard]] const EnumType* build_enum(const char* pretty_function,
                                         void (*describe)(EnumBuilder&));

// Stands for a struct whose layout could not be built for lack of memory; validate() reports it.
[[nodiscard]] const StructLayout& failed_layout() noexcept;

// Never defined: a constant expression cannot call it.
void numbers_of_a_registered_enum_have_32_bits();

template <class E>
consteval std::int32_t enum_number(E value) {
  const auto number = static_cast<std::int64_t>(value);
  if (number < std::numeric_limits<std::int32_t>::min() ||
      number > std::numeric_limits<std::int32_t>::max()) {
    numbers_of_a_registered_enum_have_32_bits();
  }
  return static_cast<std::int32_t>(number);
}

// How the prober makes and ends objects of a type it knows nothing else about. construct may throw.
struct Lifetime {
  void (*construct)(void* at);
  void (*destroy)(void* at) noexcept;
};
template <class T>
[[gnu::cold]] void construct_at(void* at) {
  ::new (at) T();
}
template <class T>
[[gnu::cold]] void destroy_at(void* at) noexcept {
  static_cast<T*>(at)->~T();
}
template <class T>
inline constexpr Lifetime lifetime{construct_at<T>, destroy_at<T>};
// Makes a span or view of `count` elements at `data`, which need not exist.
using MakeView = void (*)(void* at, const void* data, std::size_t count) noexcept;

// Fill in the offsets of a layout whose form, size and operations stand already. Objects are made
// in several states; an offset is kept if exactly one word (byte) of the object agrees with what
// the operations say in every state.
void probe(Layout& layout,
           const Lifetime& lifetime) noexcept;            // string, sequence, optional, pointer
void probe_view(Layout& layout, MakeView make) noexcept;  // view, span

[[nodiscard]] inline Layout start(Form form, Kind kind, std::size_t size,
                                  std::size_t align) noexcept {
  Layout layout;
  layout.form = form;
  layout.kind = kind;
  layout.size = static_cast<std::uint32_t>(size);
  layout.align = static_cast<std::uint32_t>(align);
  return layout;
}

// May a value of this layout be absent?
[[nodiscard]] inline bool may_be_absent(const Layout& l) noexcept {
  return l.form == Form::optional || l.form == Form::pointer || l.form == Form::boxed;
}
// The layout behind optionals and pointers.
[[nodiscard]] inline const Layout& bare(const Layout& layout) noexcept {
  const Layout* l = &layout;
  while (may_be_absent(*l)) {
    l = l->element;
  }
  return *l;
}

}  // namespace wirejit::detail
