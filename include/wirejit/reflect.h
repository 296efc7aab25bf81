// C++ structs without generated code: register a struct's members once, and it can be encoded,
// decoded and checked.
// Entry: WIREJIT_STRUCT, then Engine::codec<T>() or schema_of<T>(). Invariant: a layout is built at
// its first use, is immutable, lives as long as the process, and nothing in it assumes how a
// standard library lays out its objects.
//
//   namespace shop {
//   enum class Color { red, green };
//   struct Line { std::string sku; std::int32_t count = 1; };
//   struct Order {
//     std::int64_t id;
//     std::vector<Line> lines;
//     std::optional<double> price;
//     Color color;
//   };
//   WIREJIT_ENUM(Color, red, green)
//   WIREJIT_STRUCT(Line, (1, sku, wirejit::member::required), (2, count))
//   WIREJIT_STRUCT(Order, (1, id), (2, lines), (3, price, wirejit::member::json_name("unitPrice")),
//                  (4, color))
//   }
//
// The macros stand at namespace scope, in any namespace, behind the type and before the first use
// of its layout; best in the header that defines the type. They work for types of others as well:
// the members must be accessible.
//
// Members may be: bool; integers of 8 to 64 bits; float, double; enums; std::string,
// std::string_view; std::vector, std::deque, std::list, std::array, T[N] and std::span<const T>;
// std::optional, std::unique_ptr, std::shared_ptr; std::map, std::unordered_map, std::set,
// std::unordered_set with any comparison, hash and allocator (std::pmr, too); registered structs,
// unions and variants. A struct may contain itself through a pointer, vector, list or map.
// A member of type wirejit::UnknownFields (unknown_fields.h) is no field, and its id means nothing:
// (0, unknown). Containers of other libraries need a line each: see adapt.h.
// A vector or span of uint8_t, char or std::byte is binary, a deque or std::list of them a list.
// string_view and span are decoded into an Arena without copying; a span's elements must not need a
// destructor. A shared_ptr is always decoded into a new object. A hash table holds NaN once at most
// as a key. Hash tables keyed by input of strangers should use wirejit::SeededHash (seeded_hash.h):
// with other hashes, keys chosen to collide are collision_limit.
#pragma once

#include <wirejit/detail/layout.h>
#include <wirejit/detail/reflect_associative.h>
#include <wirejit/detail/reflect_core.h>
#include <wirejit/detail/reflect_deque.h>
#include <wirejit/detail/reflect_list.h>
#include <wirejit/detail/reflect_macros.h>
#include <wirejit/detail/reflect_types.h>
#include <wirejit/error.h>
#include <wirejit/schema.h>
#include <wirejit/seeded_hash.h>
#include <wirejit/unknown_fields.h>

#include <string>
#include <string_view>
#include <type_traits>

// WIREJIT_STRUCT(Type, (id, member, options...), ...): at most 288 members. Type must have no comma
// (use an alias).
#define WIREJIT_STRUCT(Type, ...) WIREJIT_DETAIL_STRUCT(Type, structure, __VA_ARGS__)

// WIREJIT_UNION(Type, (id, member, options...), ...): a struct of std::optional or pointer members
// of which exactly one is set.
#define WIREJIT_UNION(Type, ...) WIREJIT_DETAIL_STRUCT(Type, union_, __VA_ARGS__)

// WIREJIT_VARIANT(Type, (id, name, options...), ...): a union held as a std::variant. Type is an
// alias of a std::variant<std::monostate, A, B...> or a struct that derives from one (which keeps
// unions of the same alternatives apart). The items name A, B... in their order.
#define WIREJIT_VARIANT(Type, ...) WIREJIT_DETAIL_VARIANT(Type, __VA_ARGS__)

// WIREJIT_ENUM(Type, a, b, (name, value), ...): the names of an enum's values; an item is an
// enumerator, or a pair of a name and a value. An enum without this has numbers only.
#define WIREJIT_ENUM(Type, ...) WIREJIT_DETAIL_ENUM(Type, __VA_ARGS__)

// What may stand behind a member's name in WIREJIT_STRUCT and its like. They have a namespace of
// their own, so that their names do not meet those of std.
namespace wirejit::member {

using Option = detail::MemberOption;

// Without one of these two, a member has Thrift's default requiredness.
inline constexpr Option required{Option::What::required};
inline constexpr Option optional{Option::What::optional};
// A string, or strings within containers, that hold bytes, not UTF-8 text.
inline constexpr Option binary{Option::What::binary};
// The member's key in JSON, where it is not its name.
[[nodiscard]] constexpr Option json_name(std::string_view name) noexcept {
  return {Option::What::json_name, name};
}
// Protobuf's choices, for the member or for the values within its container: sint32, sint64;
// fixed32 to sfixed64; groups; text that may be no UTF-8; what a MessageSet holds. Those of a map's
// keys.
inline constexpr Option zigzag{Option::What::wire, {}, Wire::zigzag};
inline constexpr Option fixed{Option::What::wire, {}, Wire::fixed};
inline constexpr Option delimited{Option::What::wire, {}, Wire::delimited};
inline constexpr Option unchecked{Option::What::wire, {}, Wire::unchecked};
inline constexpr Option message_set_item{Option::What::wire, {}, Wire::message_set_item};
inline constexpr Option zigzag_keys{Option::What::key_wire, {}, Wire::zigzag};
inline constexpr Option fixed_keys{Option::What::key_wire, {}, Wire::fixed};
// A list of numbers is written element by element.
inline constexpr Option unpacked{Option::What::unpacked};
// Members of the same oneof: std::optional or pointers, of which at most one is set.
[[nodiscard]] constexpr Option oneof(std::string_view name) noexcept {
  return {Option::What::oneof, name};
}

}  // namespace wirejit::member

namespace wirejit {

// For the library: the layout of a member type, or of a registered type. Thread-safe.
template <class T>
[[nodiscard]] inline const Layout& layout_of() noexcept {
  return detail::complete(detail::layout_slot<T>);
}
// For the library: the layout of a registered type, which stands only if validate() has no error.
// Thread-safe.
template <class T>
[[nodiscard]] inline const StructLayout& struct_layout() noexcept {
  return detail::complete(detail::struct_slot<T>);
}

// For the library: what the templates below do, for a struct of this layout.
[[nodiscard]] Result<void> validate(const StructLayout& layout);
[[nodiscard]] Result<Schema> schema_of(const StructLayout& layout,
                                       std::string_view document = "cpp");
[[nodiscard]] Result<void> check_layout(const StructLayout& layout, const StructType& type);
// For the library: the type as a schema would write it, "map<string, list<Line>>".
[[nodiscard]] std::string to_string(const Layout& layout);

// Checks a registration, and those it contains: ids and names unique, options that fit their
// member, unions whose members can be absent, a name for each alternative of a variant.
// Errc::schema_invalid names struct and member. Engines do the same for the types that they are
// given.
template <class T>
[[nodiscard]] Result<void> validate() {
  return validate(struct_layout<T>());
}

// The schema of a struct and of all that it contains, in one document of that name. std::optional
// and pointers become optional fields. Types of the same name get a suffix: "Point", "Point_2".
// Calls validate().
template <class T>
[[nodiscard]] Result<Schema> schema_of(std::string_view document = "cpp") {
  return schema_of(struct_layout<T>(), document);
}

// Does the struct fit a type of some schema? Fields are compared by id, names do not matter: kind,
// width and sign, containers and nested structs. Calls validate(). Errc::layout_mismatch names the
// struct and member that disagree.
// - A field of the schema that the struct lacks is fine unless it is required; a member that the
//   schema lacks is not.
// - A member without std::optional fits an optional field, and std::optional a required one; the
//   options required and optional do not fit fields that say the opposite.
// - std::string fits string and binary; with the option binary, as vectors of bytes, binary alone.
// - int32_t fits an enum; an enum fits an enum whose common names have the same numbers.
// - std::array of 16 bytes fits uuid.
template <class T>
[[nodiscard]] Result<void> check_layout(const StructType& type) {
  return check_layout(struct_layout<T>(), type);
}

}  // namespace wirejit
