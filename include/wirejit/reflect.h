/// @file
/// C++ structs without generated code: register a struct's members once, and it can be encoded,
/// decoded and checked. Entry: WIREJIT_STRUCT, then Engine::codec<T>() or schema_of<T>().
/// Invariant: a layout is built at its first use, is immutable, lives as long as the process, and
/// nothing in it assumes how a standard library lays out its objects.
///
///     namespace shop {
///
///     enum class Color { red, green };
///     struct Line {
///       std::string sku;
///       std::int32_t count = 1;
///     };
///     struct Order {
///       std::int64_t id = 0;
///       std::vector<Line> lines;
///       std::optional<double> price;
///       Color color = Color::red;
///     };
///     WIREJIT_ENUM(Color, red, green)
///     WIREJIT_STRUCT(Line, (1, sku, wirejit::member::required), (2, count))
///     WIREJIT_STRUCT(Order, (1, id), (2, lines),
///                    (3, price, wirejit::member::json_name("unitPrice")), (4, color))
///
///     }  // namespace shop
///
/// The macros come at namespace scope, in any namespace, after the type and before the first use of
/// its layout; best in the header that defines the type. They work for types of others as well: the
/// members must be accessible.
///
/// Members may be:
/// - bool; integers of 8 to 64 bits; float, double; enums
/// - std::string, std::string_view
/// - std::vector, std::deque, std::list, std::array, T[N] and std::span<const T>
/// - std::optional, std::unique_ptr, std::shared_ptr
/// - std::map, std::unordered_map, std::set, std::unordered_set with any comparison, hash and
///   allocator (std::pmr, too)
/// - registered structs, unions and variants; a struct may contain itself through a pointer,
///   vector,
///   list or map
/// - containers of other libraries, which need a line each: adapt.h
/// - wirejit::UnknownFields (unknown_fields.h), which is no field, and whose id means nothing:
///   `(0, unknown)`
///
/// A vector or span of std::uint8_t, char or std::byte is binary, a deque or std::list of them a
/// list. string_view and span are decoded into an Arena without copying; a span's elements must not
/// need a destructor. A shared_ptr is always decoded into a new object. A hash table holds NaN once
/// at most as a key. Hash tables keyed by input of strangers should use wirejit::SeededHash
/// (seeded_hash.h): with other hashes, keys chosen to collide are collision_limit.
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

/// Registers a struct: `WIREJIT_STRUCT(Type, (id, member, options...), ...)`, at most 288 members.
/// Options are those of wirejit::member, as constant expressions. `Type` must have no comma (use an
/// alias). What is wrong with a registration is told by validate(), and by engines.
#define WIREJIT_STRUCT(Type, ...) WIREJIT_DETAIL_STRUCT(Type, structure, __VA_ARGS__)

/// Registers a union: `WIREJIT_UNION(Type, (id, member, options...), ...)`, for a struct of
/// std::optional or pointer members of which exactly one is set.
#define WIREJIT_UNION(Type, ...) WIREJIT_DETAIL_STRUCT(Type, union_, __VA_ARGS__)

/// Registers a union that is held as a std::variant: `WIREJIT_VARIANT(Type, (id, name, options...),
/// ...)`. `Type` is an alias of a std::variant<std::monostate, A, B...> or a struct that derives
/// from one (which keeps unions of the same alternatives apart). The items name A, B... in their
/// order.
#define WIREJIT_VARIANT(Type, ...) WIREJIT_DETAIL_VARIANT(Type, __VA_ARGS__)

/// Registers the names of an enum's values: `WIREJIT_ENUM(Type, a, b, (name, value), ...)`. An item
/// is an enumerator, or a pair of a name and a value. An enum without this has numbers only.
#define WIREJIT_ENUM(Type, ...) WIREJIT_DETAIL_ENUM(Type, __VA_ARGS__)

/// Options of members: what may follow a member's name in WIREJIT_STRUCT and its like. They have a
/// namespace of their own, so that their names do not meet those of std.
namespace wirejit::member {

/// An option of a member.
using Option = detail::MemberOption;

/// The field must be there. Without this one and `optional`, a member has Thrift's default
/// requiredness (Requiredness::standard).
inline constexpr Option required{Option::What::required};
/// The field may be absent.
inline constexpr Option optional{Option::What::optional};
/// The string, or the strings within the container, hold bytes, not UTF-8 text.
inline constexpr Option binary{Option::What::binary};
/// The member's key in JSON text, where it is not its name: a string literal.
[[nodiscard]] constexpr Option json_name(std::string_view name) noexcept {
  return {Option::What::json_name, name};
}
/// Protobuf: sint32 or sint64, for the member or for the values within its container.
inline constexpr Option zigzag{Option::What::wire, {}, Wire::zigzag};
/// Protobuf: fixed32, fixed64, sfixed32 or sfixed64, for the member or for the values within its
/// container.
inline constexpr Option fixed{Option::What::wire, {}, Wire::fixed};
/// Protobuf: a group, or groups within the container.
inline constexpr Option delimited{Option::What::wire, {}, Wire::delimited};
/// Protobuf: text that is not checked to be UTF-8, for the member or for the values within its
/// container.
inline constexpr Option unchecked{Option::What::wire, {}, Wire::unchecked};
/// Protobuf: an item; then the struct is a MessageSet, and all its members are items.
inline constexpr Option message_set_item{Option::What::wire, {}, Wire::message_set_item};
/// Protobuf: sint32 or sint64, for the keys of a map.
inline constexpr Option zigzag_keys{Option::What::key_wire, {}, Wire::zigzag};
/// Protobuf: fixed32, fixed64, sfixed32 or sfixed64, for the keys of a map.
inline constexpr Option fixed_keys{Option::What::key_wire, {}, Wire::fixed};
/// Protobuf: each number of the list has its own tag. Both forms are read.
inline constexpr Option unpacked{Option::What::unpacked};
/// Protobuf: a member of the oneof of that name: std::optional members or pointers, of which at
/// most one is set. `name` is a string literal.
[[nodiscard]] constexpr Option oneof(std::string_view name) noexcept {
  return {Option::What::oneof, name};
}

}  // namespace wirejit::member

namespace wirejit {

/// For the library: the layout of a member type, or of a registered type. Thread-safe.
template <class T>
[[nodiscard]] inline const Layout& layout_of() noexcept {
  return detail::complete(detail::layout_slot<T>);
}
/// For the library: the layout of a registered type, which is right only if validate() has no
/// error. Thread-safe.
template <class T>
[[nodiscard]] inline const StructLayout& struct_layout() noexcept {
  return detail::complete(detail::struct_slot<T>);
}

/// For the library: what the templates below do, for a struct of this layout.
[[nodiscard]] Result<void> validate(const StructLayout& layout);
/// For the library: the same.
[[nodiscard]] Result<Schema> schema_of(const StructLayout& layout,
                                       std::string_view document = "cpp");
/// For the library: the same.
[[nodiscard]] Result<void> check_layout(const StructLayout& layout, const StructType& type);
/// For the library: the type as a schema would write it, "map<string, list<Line>>".
[[nodiscard]] std::string to_string(const Layout& layout);

/// Checks a registration, and those it contains: ids and names unique, options that fit their
/// member, unions whose members can be absent, a name for each alternative of a variant.
/// Errc::schema_invalid names struct and member. Engines do the same for the types that they are
/// given. Thread-safe.
template <class T>
[[nodiscard]] Result<void> validate() {
  return validate(struct_layout<T>());
}

/// The schema of a struct and of all that it contains, in one document of that name. std::optional
/// and pointers become optional fields. Types of the same name get a suffix: "Point", "Point_2".
/// Calls validate(). Errors: schema_invalid, no_memory. Thread-safe.
template <class T>
[[nodiscard]] Result<Schema> schema_of(std::string_view document = "cpp") {
  return schema_of(struct_layout<T>(), document);
}

/// Checks that a struct fits a struct of some schema. Fields are compared by id, names do not
/// matter: kind, width and sign, containers and nested structs. Calls validate().
/// Errc::layout_mismatch names the struct and member that disagree. Thread-safe.
///
/// - A field of the schema that the struct lacks is fine unless it is required; a member that the
///   schema lacks is not.
/// - A member without std::optional fits an optional field, and std::optional a required one; the
///   options required and optional do not fit fields that say the opposite.
/// - std::string fits string and binary; with the option binary, as vectors of bytes, binary alone.
/// - int32_t fits an enum; an enum fits an enum whose common names have the same numbers.
/// - std::array of 16 bytes fits uuid.
template <class T>
[[nodiscard]] Result<void> check_layout(const StructType& type) {
  return check_layout(struct_layout<T>(), type);
}

}  // namespace wirejit
