// Record layouts: where the fields of a schema's structs lie in the library's own objects.
// Entry: RecordLayouts::make. Invariant: immutable and thread-safe once made; every Type and
// StructType reachable from the root has its layout; defaults that default bytes point at live as
// long as the RecordLayouts.
//
// The form of a record, on which generated code relies:
//   offset 0            presence bits in whole little-endian 8-byte words; bit i belongs to the field
//                       at position i of StructType::fields
//   next, by option     unknown fields: {const uint8_t* data, size_t size, uint64_t format}; `format`
//                       is the tag of their encoding, 0 if any will do
//   then                the fields, the widest first
// Objects are 8-aligned and at least 8 bytes long. As a field, a value has this form:
//   bool, i8..u64, float, double, enum   scalar (bool 1 byte, enum 4)
//   uuid                array of 16 bytes in place, 8-aligned
//   string, binary      view {data, size}; Layout::kind is string, any_bytes is true for binary
//   list, set           span {elements, count}
//   map                 entries {entries, count}, Entry = {key, value} with natural alignment
//   struct              boxed: pointer to an object, null = none
// As an element, key or value of a container, and at the root, a struct is in place
// (Form::structure); all else is as above. The second word of a view, span or entries is the size
// or the count.
//
// Default bytes: a new object is a copy of its StructLayout::default_bytes. A field with a default
// value is present in them, unless it is optional: then its bit is 0, and a reader of the absent
// field sees the default. (Without RecordLayoutOptions::holds_defaults no value is.) Unions have no defaults. The memory that default bytes point at is shared
// and never written: an edit copies it first.
#pragma once

#include "core/generation.h"

#include <wirejit/buffer.h>
#include <wirejit/detail/layout.h>
#include <wirejit/schema.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>

namespace wirejit::record {

struct RecordLayoutOptions {
  bool keep_unknown = false;  // room for unknown fields in every struct
  // A new object has the default values of the schema; else no field is present, and all are zero.
  bool holds_defaults = true;
  // Bytes of one object, without the memory that it points at.
  std::uint64_t max_record_size = std::uint64_t{1} << 20;
  // Bytes of all defaults together, and of a deep copy of each one.
  std::uint64_t max_default_size = std::uint64_t{4} << 20;
  // Levels of type expressions and of defaults.
  std::uint32_t max_nesting = 64;
};

class RecordLayouts {
 public:
  // The layouts of all types that `root`, a type of the schema, reaches. Live layouts of the same
  // type and options are returned again. Thread-safe. Errors: size_limit, depth_limit,
  // schema_invalid (a default that does not fit or contains itself), unsupported (void), no_memory.
  [[nodiscard]] static Result<std::shared_ptr<const RecordLayouts>> make(
      const Schema& schema, const Type& root, const RecordLayoutOptions& options = {});

  RecordLayouts(const RecordLayouts&) = delete;
  RecordLayouts& operator=(const RecordLayouts&) = delete;

  [[nodiscard]] const Schema& schema() const noexcept { return schema_; }
  [[nodiscard]] const Type& root() const noexcept { return *root_; }
  [[nodiscard]] const Layout& root_layout() const noexcept { return of(*root_); }
  [[nodiscard]] const RecordLayoutOptions& options() const noexcept { return options_; }
  // No other layouts of the process ever have the same number.
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

  // For types that the root reaches; undefined for others.
  [[nodiscard]] const StructLayout& of(const StructType& type) const noexcept {
    return *find(type);
  }
  // As an element, key, value or root: structs in place.
  [[nodiscard]] const Layout& of(const Type& type) const noexcept { return *find(type); }
  // Null for types that the root does not reach.
  [[nodiscard]] const StructLayout* find(const StructType& type) const noexcept;
  [[nodiscard]] const Layout* find(const Type& type) const noexcept;

 private:
  friend class RecordLayoutMaker;
  using ByStruct = std::unordered_map<const StructType*, const Layout*>;
  RecordLayouts(const Schema& schema, const Type& root, const RecordLayoutOptions& options)
      : schema_(schema), root_(&root), options_(options) {}

  Schema schema_;
  const Type* root_;
  RecordLayoutOptions options_;
  std::uint64_t generation_ = core::next_generation();
  std::deque<Layout> layouts_;
  std::deque<StructLayout> structs_;
  std::unordered_map<const StructType*, StructLayout*> by_struct_;
  std::unordered_map<const Type*, const Layout*> by_type_;  // as elements
  ByStruct in_place_;                                       // structs as elements
  ByStruct boxed_;                                          // structs as fields
  Arena storage_{256};                                      // default bytes and default values
};

}  // namespace wirejit::record
