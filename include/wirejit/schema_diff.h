/// @file
/// What changed between two versions of a schema, and whom it breaks.
/// Entry: compare, is_compatible. Invariant: each pair of structs is compared once, so recursion in
/// the schemas and long chains of structs cost neither endless loops nor stack.
///
///     Result<std::vector<Change>> changes = compare(before, after);
///     for (const Change& change : *changes) {
///       std::cout << change.to_string() << "\n";
///     }
///     if (!is_compatible(*changes, Direction::both)) {
///       std::cout << "data or readers break\n";
///     }
#pragma once

#include <wirejit/error.h>
#include <wirejit/schema.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit {

/// Whom a change breaks. To break is to fail, or to lose or misread a value that was written.
enum class Effect : std::uint8_t {
  compatible,     ///< nobody
  json_only,      ///< JSON text alone: names differ, binary formats do not see it
  reader_breaks,  ///< a reader of the new schema, given what a writer of the old one wrote
  writer_breaks,  ///< a writer of the new schema, whose bytes a reader of the old one gets
  both_break,     ///< readers and writers
};
/// "compatible", "JSON only", "reader breaks", "writer breaks", "both break". Static storage.
[[nodiscard]] std::string_view to_string(Effect effect) noexcept;

/// What changed.
enum class ChangeKind : std::uint8_t {
  struct_added,      ///< a struct that the old schema lacks
  struct_removed,    ///< a struct that the new schema lacks
  struct_renamed,    ///< a field's struct has another name; its members are compared
  flavor,            ///< struct, union or exception
  message_set,       ///< a MessageSet or not
  field_added,       ///< a field that the old struct lacks
  field_removed,     ///< a field that the new struct lacks
  field_id,          ///< a field of that name has another id
  field_name,        ///< a field of that id has another name
  json_name,         ///< a key in JSON text
  field_type,        ///< a field's type
  requiredness,      ///< required, optional or neither
  default_value,     ///< a field's default
  oneof,             ///< the oneof that a field is in
  packed,            ///< how Protobuf writes a list of numbers
  enum_added,        ///< an enum that the old schema lacks
  enum_removed,      ///< an enum that the new schema lacks
  enum_closed,       ///< closed or open
  value_added,       ///< a number that the old enum lacks
  value_removed,     ///< a number that the new enum lacks
  value_number,      ///< a member of that name has another number
  value_name,        ///< a member of that number has another name
  typedef_added,     ///< a typedef that the old schema lacks
  typedef_removed,   ///< a typedef that the new schema lacks
  constant_added,    ///< a constant that the old schema lacks
  constant_removed,  ///< a constant that the new schema lacks
  constant_value,    ///< a constant's value
  service_added,     ///< a service that the old schema lacks
  service_removed,   ///< a service that the new schema lacks
  service_base,      ///< the service that a service extends
  method_added,      ///< a method that the old service lacks
  method_removed,    ///< a method that the new service lacks
  method_kind,       ///< oneway or not, streaming or not
  method_type,       ///< a request's or response's message
};
/// "field_added", as written in this header. Static storage.
[[nodiscard]] std::string_view to_string(ChangeKind kind) noexcept;

/// One difference.
struct Change {
  ChangeKind kind = ChangeKind::field_added;  ///< what changed
  std::string path{};    ///< "orders.Order.items": the full name, then the member
  std::string before{};  ///< text of at most about 200 bytes; empty for what was added
  std::string after{};   ///< the same; empty for what was removed
  Effect effect = Effect::compatible;  ///< whom it breaks

  /// True if all parts are equal.
  friend bool operator==(const Change&, const Change&) = default;
  /// "orders.Order.items: field_type: list<string> -> set<string> (both break)".
  [[nodiscard]] std::string to_string() const;
};

/// Whose wire decides. A Schema does not say which format its data is written in.
enum class WireRules : std::uint8_t {
  any,       ///< what breaks one of the two
  thrift,    ///< Binary and Compact
  protobuf,  ///< Protobuf's wire format
};

/// Compares two versions of a schema: structs, enums, typedefs, constants and services by full
/// name, fields by id, an enum's members by number. Docs, annotations, positions, namespaces and
/// includes are not looked at. A type that names a struct that another one replaces is compared by
/// the members of both.
///
/// @return the changes: those of structs first, in the order of `before`, then enums, the rest, and
///   what is used under other names. Nothing, if nothing changed. no_memory is the only error.
/// Thread-safe.
[[nodiscard]] Result<std::vector<Change>> compare(const Schema& before, const Schema& after,
                                                  WireRules rules = WireRules::any);

/// Who must understand whom.
enum class Direction : std::uint8_t {
  backward,  ///< new readers read old data
  forward,   ///< old readers read new data
  both,      ///< both of these
};

/// Whether no change breaks data in that direction. With `json`, names count, too: data is also
/// kept or sent as JSON text.
[[nodiscard]] bool is_compatible(std::span<const Change> changes, Direction direction,
                                 bool json = false) noexcept;

}  // namespace wirejit
