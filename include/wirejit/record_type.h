// Record types: a schema's type together with the layout of its records, and handles of their
// fields. Entry: RecordType::make. Invariant: immutable and thread-safe; a RecordType (any copy of
// it) outlives the records of its type, for they point at its layouts and defaults. Moving copies:
// what was moved from stays usable.
#pragma once

#include <wirejit/error.h>
#include <wirejit/layout.h>
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

using Uuid = std::array<std::uint8_t, 16>;

struct RecordOptions {
  bool keep_unknown = false;                               // keep fields that the schema lacks
  std::uint64_t max_record_size = std::uint64_t{1} << 20;  // bytes of one object in place
};

// Names a field: by name, by id, or by the schema's field itself.
class FieldKey {
 public:
  FieldKey(std::string_view name) noexcept : name_(name) {}      // NOLINT: implicit on purpose
  FieldKey(const std::string& name) noexcept : name_(name) {}    // NOLINT
  FieldKey(const char* name) noexcept : name_(name) {}           // NOLINT
  FieldKey(std::int32_t id) noexcept : id_(id), is_id_(true) {}  // NOLINT
  FieldKey(const Field& field) noexcept : FieldKey(field.id) {}  // NOLINT

  // Position in the struct's fields, or -1; -1 for layouts that are not of records.
  [[nodiscard]] int position_in(const StructLayout& layout) const noexcept {
    if (layout.schema == nullptr) {
      return -1;
    }
    return is_id_ ? layout.schema->index_of_id(id_) : layout.schema->index_of_name(name_);
  }
  [[nodiscard]] std::string to_string() const {
    return is_id_ ? "#" + std::to_string(id_) : "'" + std::string(name_) + "'";
  }

 private:
  std::string_view name_;
  std::int32_t id_ = 0;
  bool is_id_ = false;
};

// A field found once, of a C++ type T that has been checked against the schema: reading through it
// is one load. T is as in Value::as, without conversions: i32 is std::int32_t, a string
// std::string_view, a list ListView<...>. Use it only with records of the StructLayout that it was
// made from.
template <class T>
class FieldHandle {
 public:
  [[nodiscard]] const StructLayout& owner() const noexcept { return *owner_; }
  [[nodiscard]] std::size_t position() const noexcept { return position_; }
  [[nodiscard]] std::uint32_t offset() const noexcept { return offset_; }
  [[nodiscard]] const Type& type() const noexcept { return *type_; }
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

// Errors: not_found, type_mismatch.
template <class T>
[[nodiscard]] Result<FieldHandle<T>> make_handle(const StructLayout& owner, FieldKey key);

class RecordType {
 public:
  RecordType() = default;
  RecordType(const RecordType&) = default;
  RecordType& operator=(const RecordType&) = default;
  ~RecordType() = default;
  // The type of that name in the schema (Schema::find_type: "Order", "list<Order>", "i32"), or a
  // type of the schema.
  // Errors: not_found (also a type of another schema, or a copy of one) and those of layouts:
  // size_limit, depth_limit, schema_invalid, unsupported, no_memory.
  [[nodiscard]] static Result<RecordType> make(const Schema& schema, std::string_view type,
                                               const RecordOptions& options = {});
  [[nodiscard]] static Result<RecordType> make(const Schema& schema, const StructType& type,
                                               const RecordOptions& options = {});
  [[nodiscard]] static Result<RecordType> make(const Schema& schema, const Type& type,
                                               const RecordOptions& options = {});
  // Shares layouts that exist already.
  explicit RecordType(std::shared_ptr<const record::RecordLayouts> layouts)
      : layouts_(std::move(layouts)) {}

  [[nodiscard]] bool empty() const noexcept { return layouts_ == nullptr; }
  // Of an empty one: an empty schema, the type void, a layout without a size.
  [[nodiscard]] const Schema& schema() const noexcept;
  [[nodiscard]] const Type& type() const noexcept;
  [[nodiscard]] const Layout& layout() const noexcept;
  // The root's layout if it is a struct, else null.
  [[nodiscard]] const StructLayout* structure() const noexcept;
  // The layout of a struct that the root reaches, or null.
  [[nodiscard]] const StructLayout* find(const StructType& type) const noexcept;
  [[nodiscard]] const std::shared_ptr<const record::RecordLayouts>& layouts() const noexcept {
    return layouts_;
  }

  // A handle of a field of the root struct.
  template <class T>
  [[nodiscard]] Result<FieldHandle<T>> handle(FieldKey key) const {
    if (structure() == nullptr) {
      return std::unexpected(Error(Errc::type_mismatch, "the record type's root is no struct"));
    }
    return make_handle<T>(*structure(), key);
  }

 private:
  std::shared_ptr<const record::RecordLayouts> layouts_;
};

}  // namespace wirejit
