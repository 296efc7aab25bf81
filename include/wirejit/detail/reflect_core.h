// What reflect.h's templates fill in and call: registrations and types as constant data, and what
// makes layouts of them when the program runs, compiled once, in core/. Entry: LayoutSlot,
// StructSlot, EnumSlot, complete(). Invariant: a registered type costs data and no code, to keep
// compile time of including code low.
#pragma once

#include <wirejit/detail/layout.h>
#include <wirejit/error.h>

#include <atomic>
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

// Argument-dependent look-up finds what Registration defines: a pointer to the function that gives
// what was registered of T.
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

// ---- What is known of types when they are compiled
//
// All of it is constant data. Each type has a slot: a source, which says what is known of its
// layout, and the place where complete() makes the rest of it on first use. Slots name each other by
// address, so that types may be recursive.

// Constructs and destroys objects of a type that the prober knows nothing else about. construct may
// throw.
struct Lifetime {
  void (*construct)(void* at);
  void (*destroy)(void* at) noexcept;
};
// Makes a span or view of `count` elements at `data`, which need not exist.
using MakeView = void (*)(void* at, const void* data, std::size_t count) noexcept;

// Whether a slot is complete. Zero: not begun.
struct Progress {
  std::atomic<std::uint32_t> state = 0;
};

struct LayoutSlot;
struct StructSlot;
struct EnumSlot;

struct LayoutSource {
  Layout layout;                  // without what other layouts and the prober say
  LayoutSlot* element = nullptr;  // as Layout has them
  LayoutSlot* key = nullptr;
  LayoutSlot* const* alternatives = nullptr;
  EnumSlot& (*enumeration)() noexcept = nullptr;
  const Lifetime* lifetime = nullptr;  // for probe(); null: there is nothing to find
  MakeView make_view = nullptr;        // for probe_view()
};
struct LayoutSlot : LayoutSource {
  constexpr explicit LayoutSlot(const LayoutSource& source) noexcept : LayoutSource(source) {}
  Progress progress;
};

// A member, or an alternative of a variant, which has no offset and no layout of its own.
struct MemberSource {
  constexpr MemberSource() noexcept = default;
  constexpr MemberSource(std::int32_t member_id, const char* member_name, std::size_t at,
                         LayoutSlot* slot, std::initializer_list<MemberOption> options) noexcept
      : id(member_id), offset(static_cast<std::uint32_t>(at)), name(member_name), layout(slot) {
    for (const MemberOption& option : options) {
      switch (option.what) {
        case MemberOption::What::required: requiredness = Requiredness::required; break;
        case MemberOption::What::optional: requiredness = Requiredness::optional; break;
        case MemberOption::What::binary: is_binary = true; break;
        case MemberOption::What::json_name: json_name = option.text; break;
        case MemberOption::What::wire: wire = option.wire; break;
        case MemberOption::What::key_wire: key_wire = option.wire; break;
        case MemberOption::What::unpacked: packed = false; break;
        case MemberOption::What::oneof: oneof = option.text; break;
      }
    }
  }

  std::int32_t id = 0;
  std::uint32_t offset = 0;
  const char* name = nullptr;
  LayoutSlot* layout = nullptr;
  Requiredness requiredness = Requiredness::standard;
  bool is_binary = false;
  bool packed = true;
  Wire wire = Wire::standard;
  Wire key_wire = Wire::standard;
  std::string_view json_name;
  std::string_view oneof;
};
// What WIREJIT_STRUCT and WIREJIT_UNION say. One more item than there are members ends them.
template <std::size_t N>
struct Members {
  const char* written_type;
  StructFlavor flavor;
  MemberSource items[N];
};
template <std::size_t N>
Members(const char*, StructFlavor, const MemberSource (&)[N]) -> Members<N>;
// What WIREJIT_VARIANT says.
template <std::size_t N>
struct Alternatives {
  const char* written_type;
  MemberSource items[N];
};
template <std::size_t N>
Alternatives(const char*, const MemberSource (&)[N]) -> Alternatives<N>;

struct StructSource {
  const char* written_type = nullptr;
  const MemberSource* members = nullptr;
  std::uint32_t count = 0;
  std::uint32_t size = 0;
  std::uint32_t align = 1;
  StructFlavor flavor = StructFlavor::structure;
  LayoutSlot* variant = nullptr;  // a union held as a std::variant, and where it lies
  std::uint32_t (*variant_offset)() noexcept = nullptr;
  void (*construct)(void* at) = nullptr;  // a default-constructed object; null: there is none
};
struct StructSlot : StructSource {
  constexpr explicit StructSlot(const StructSource& source) noexcept : StructSource(source) {}
  const StructLayout* made = nullptr;
  Progress progress;
};

struct EnumeratorSource {
  const char* name;
  std::int32_t number;
};
// What WIREJIT_ENUM says. One more item ends it.
template <std::size_t N>
struct Enumerators {
  EnumeratorSource items[N];
};
template <std::size_t N>
Enumerators(const EnumeratorSource (&)[N]) -> Enumerators<N>;

struct EnumSource {
  const char* pretty_function = nullptr;  // of a function whose template argument is the enum
  const EnumeratorSource* enumerators = nullptr;
  std::uint32_t count = 0;
};
struct EnumSlot : EnumSource {
  constexpr explicit EnumSlot(const EnumSource& source) noexcept : EnumSource(source) {}
  const EnumType* made = nullptr;
  Progress progress;
};

// The layouts. Thread-safe: another thread that wants the same one waits. Where there is no memory
// for a struct's layout, or its constructor throws, failed_layout() stands for it, and the next
// call tries again; an enum is null then. A struct's layout is never destroyed, nor is its
// prototype: codecs in static objects may outlive any order of destruction.
[[nodiscard]] const Layout& complete(LayoutSlot& slot) noexcept;
[[nodiscard]] const StructLayout& complete(StructSlot& slot) noexcept;
[[nodiscard]] const EnumType* complete(EnumSlot& slot) noexcept;

// Stands for a struct whose layout could not be made; validate() reports it.
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
// Fill in the offsets of a layout whose form, size and operations stand already. Objects are made
// in several states; an offset is kept if exactly one word (byte) of the object agrees with what
// the operations say in every state.
void probe(Layout& layout,
           const Lifetime& lifetime) noexcept;            // string, sequence, optional, pointer
void probe_view(Layout& layout, MakeView make) noexcept;  // view, span

template <class T>
[[nodiscard]] constexpr LayoutSource start(Form form, Kind kind) noexcept {
  LayoutSource source;
  source.layout.form = form;
  source.layout.kind = kind;
  source.layout.size = static_cast<std::uint32_t>(sizeof(T));
  source.layout.align = static_cast<std::uint32_t>(alignof(T));
  return source;
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
