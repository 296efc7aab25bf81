/// @file
/// Record types: a schema's type together with the layout of its records, and handles of their
/// fields. Entry: RecordType::make. Invariant: immutable and thread-safe; a RecordType (any copy of
/// it) outlives the records of its type, for they point at its layouts and defaults. Moving copies:
/// what was moved from stays usable.
///
///     auto type = RecordType::make(schema, "Order");
///     auto id = type->handle<std::int64_t>("id");  // found once
///     std::int64_t number = order.get(*id);        // one load
#pragma once

#include <wirejit/detail/layout.h>
#include <wirejit/error.h>
#include <wirejit/schema.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace wirejit {

namespace record {
class RecordLayouts;
}

/// The 16 bytes of a uuid, in the order in which it is written.
using Uuid = std::array<std::uint8_t, 16>;

/// How records of a type are laid out.
struct RecordOptions {
  /// Records keep the fields that the schema lacks: RecordView::unknown.
  bool keep_unknown = false;
  /// The most bytes that one object takes, without what it points at.
  std::uint64_t max_record_size = std::uint64_t{1} << 20;
};

/// Names a field: by name, by id, or by the schema's field itself. Does not copy the name.
class FieldKey {
 public:
  /// A field by its name, which must live as long as the key.
  FieldKey(std::string_view name) noexcept : name_(name) {}  // NOLINT: implicit on purpose
  /// A field by its name, which must live as long as the key.
  FieldKey(const std::string& name) noexcept : name_(name) {}  // NOLINT
  /// A field by its name, which must live as long as the key.
  FieldKey(const char* name) noexcept : name_(name) {}  // NOLINT
  /// A field by its id.
  FieldKey(std::int32_t id) noexcept : id_(id), is_id_(true) {}  // NOLINT
  /// A field by the id of a field of the schema.
  FieldKey(const Field& field) noexcept : FieldKey(field.id) {}  // NOLINT

  /// The position in the struct's fields, or -1; -1 for layouts that are not of records.
  [[nodiscard]] int position_in(const StructLayout& layout) const noexcept {
    if (layout.schema == nullptr) {
      return -1;
    }
    return is_id_ ? layout.schema->index_of_id(id_) : layout.schema->index_of_name(name_);
  }
  /// The name in single quotes, or the id after a number sign, for messages.
  [[nodiscard]] std::string to_string() const {
    return is_id_ ? "#" + std::to_string(id_) : "'" + std::string(name_) + "'";
  }

 private:
  std::string_view name_;
  std::int32_t id_ = 0;
  bool is_id_ = false;
};

/// A field found once, of a C++ type T that was checked against the schema: reading through it is
/// one load. T is as in Value::as, without conversions: i32 is std::int32_t, a string
/// std::string_view, a list ListView<...>. Use it only with records of the StructLayout that it was
/// made from; it is valid as long as that.
template <class T>
class FieldHandle {
 public:
  /// The layout of the struct that has the field.
  [[nodiscard]] const StructLayout& owner() const noexcept { return *owner_; }
  /// The field's position in the struct's fields.
  [[nodiscard]] std::size_t position() const noexcept { return position_; }
  /// Where the field lies: bytes from the start of the object.
  [[nodiscard]] std::uint32_t offset() const noexcept { return offset_; }
  /// The field's type.
  [[nodiscard]] const Type& type() const noexcept { return *type_; }
  /// For the library: how the field lies in memory.
  [[nodiscard]] const Layout& layout() const noexcept { return *layout_; }

 private:
  template <class U>
  friend Result<FieldHandle<U>> make_handle(const StructLayout& owner, FieldKey key);
  FieldHandle() = default;

  const StructLayout* owner_ = nullptr;
  const Type* type_ = nullptr;
  const Layout* layout_ = nullptr;
  std::uint32_t position_ = 0;
  std::uint32_t offset_ = 0;
};

/// A handle of a field of the struct. Errors: not_found (no such field), type_mismatch (the field
/// is no T).
template <class T>
[[nodiscard]] Result<FieldHandle<T>> make_handle(const StructLayout& owner, FieldKey key);

/// A schema's type with the layout of its records. Copies are cheap; a copy of it, or an object
/// that has one, must live as long as any record of it. As long as one lives, make() of the same
/// schema, type and options gives an equal one, whose records and codecs may be used with those of
/// the first. Immutable and thread-safe.
class RecordType {
 public:
  /// An empty one.
  RecordType() = default;
  RecordType(const RecordType&) = default;
  RecordType& operator=(const RecordType&) = default;
  ~RecordType() = default;
  /// The record type of the type that has that name in the schema (Schema::find_type: "Order",
  /// "list<Order>", "i32"). It keeps the schema alive. Thread-safe.
  ///
  /// Errors: not_found, syntax (of the name), size_limit (a struct is
  /// larger than max_record_size, or the default values are too large), depth_limit (types or
  /// default values nest too deeply), schema_invalid (a default value that does not fit),
  /// unsupported (void), no_memory.
  [[nodiscard]] static Result<RecordType> make(const Schema& schema, std::string_view type,
                                               const RecordOptions& options = {});
  /// The same of a type of a schema. Errors: not_found, too, for a type of another schema than the
  /// one that is given with it, or for a copy of a type.
  [[nodiscard]] static Result<RecordType> make(const TypeRef& type,
                                               const RecordOptions& options = {});
  /// For the library: a type of layouts that exist.
  explicit RecordType(std::shared_ptr<const record::RecordLayouts> layouts)
      : layouts_(std::move(layouts)) {}

  /// True if it was made of nothing.
  [[nodiscard]] bool empty() const noexcept { return layouts_ == nullptr; }
  /// The schema; of an empty one an empty schema.
  [[nodiscard]] const Schema& schema() const noexcept;
  /// The type; of an empty one void.
  [[nodiscard]] const Type& type() const noexcept;
  /// For the library: how a value lies in memory; of an empty one a layout without a size.
  [[nodiscard]] const Layout& layout() const noexcept;
  /// The layout of the struct that the type is, or null if it is no struct.
  [[nodiscard]] const StructLayout* structure() const noexcept;
  /// The layout of a struct that values of this type may hold, or null.
  [[nodiscard]] const StructLayout* find(const StructType& type) const noexcept;
  /// For the library: all layouts.
  [[nodiscard]] const std::shared_ptr<const record::RecordLayouts>& layouts() const noexcept {
    return layouts_;
  }

  /// A handle of a field of the struct that the type is. Errors: not_found (no such field),
  /// type_mismatch (the type is no struct, or the field is no T).
  template <class T>
  [[nodiscard]] Result<FieldHandle<T>> handle(FieldKey key) const {
    if (structure() == nullptr) {
      return std::unexpected(Error(Errc::type_mismatch, "the record type is no struct"));
    }
    return make_handle<T>(*structure(), key);
  }

  /// True if records of one are records of the other: both were made of one schema, type and
  /// options, or both are empty.
  friend bool operator==(const RecordType& a, const RecordType& b) noexcept {
    return a.layouts_ == b.layouts_;
  }

 private:
  std::shared_ptr<const record::RecordLayouts> layouts_;
};

}  // namespace wirejit

/// RecordTypes as keys of hash tables.
template <>
struct std::hash<wirejit::RecordType> {
  /// Equal for equal types.
  std::size_t operator()(const wirejit::RecordType& type) const noexcept {
    return std::hash<const void*>()(type.layouts().get());
  }
};
