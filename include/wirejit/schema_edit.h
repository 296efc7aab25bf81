/// @file
/// Changed copies of a Schema: fields renamed, dropped or added, structs renamed, declarations
/// dropped. Entry: SchemaEditor. Invariant: the Schema that the editor was made from never changes,
/// and what no call changed is the same in the copy.
///
///     SchemaEditor editor(schema);
///     if (auto done = editor.rename_field("orders.Line", "sku", "article"); !done) {
///       std::cerr << done.error() << "\n";
///     }
///     Result<Schema> changed = editor.build();
#pragma once

#include <wirejit/error.h>
#include <wirejit/schema.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace wirejit {

/// Edits a copy of a schema. Declarations are named by their full names ("orders.Order"), as they
/// are at the time of the call: after rename_struct the new one holds.
///
/// Each edit returns not_found, and changes nothing, if there is no declaration, field or value of
/// that name. What edits can break together (a dropped struct that a field still has) is told by
/// build(). Defaults and constants follow: a renamed field is renamed in them, a dropped one leaves
/// them. Documents, includes, services with the arguments and replies of their methods, docs,
/// annotations, positions, oneofs, extensions and all that pb/ knows of a message are copied.
///
/// Not thread-safe; different editors of one schema may be used at once.
class SchemaEditor {
 public:
  /// Keeps `source` alive. An empty schema gives an editor that finds nothing. Throws
  /// std::bad_alloc, as SchemaBuilder does; nothing else here throws.
  explicit SchemaEditor(const Schema& source);
  /// Takes what `other` has, which may only be assigned to or destroyed then.
  SchemaEditor(SchemaEditor&& other) noexcept;
  /// Takes what `other` has, which may only be assigned to or destroyed then.
  SchemaEditor& operator=(SchemaEditor&& other) noexcept;
  ~SchemaEditor();

  /// Gives a field another name. Its JSON name follows if it was the name itself, or was made of it
  /// as Protobuf does (foo_bar: fooBar); a JSON name that was chosen stays. An extension's new name
  /// is a full name.
  [[nodiscard]] Result<void> rename_field(std::string_view struct_name, std::string_view field,
                                          std::string new_name);
  /// Removes a field. A oneof that has no fields left is removed, too.
  [[nodiscard]] Result<void> drop_field(std::string_view struct_name, std::string_view field);
  /// Adds a field after the others. Its `type` is one of the source schema, from a field of it or
  /// from Schema::find_type; else the call returns schema_invalid.
  [[nodiscard]] Result<void> add_field(std::string_view struct_name, Field field);
  /// The same, with the type written as in Schema::find_type, in names of the source schema.
  [[nodiscard]] Result<void> add_field(std::string_view struct_name, Field field,
                                       std::string_view type);
  /// Makes a field required, optional or neither. build() rejects a oneof's field that is not
  /// optional.
  [[nodiscard]] Result<void> set_requiredness(std::string_view struct_name, std::string_view field,
                                              Requiredness requiredness);
  /// Sets a default, or removes it. build() rejects a value that does not fit the field's type.
  [[nodiscard]] Result<void> set_default(std::string_view struct_name, std::string_view field,
                                         std::optional<ConstValue> value);
  /// Sets the key that a field has in JSON text.
  [[nodiscard]] Result<void> set_json_name(std::string_view struct_name, std::string_view field,
                                           std::string json_name);

  /// Gives a struct another last name: "pb.Outer.Inner" and "Core" make "pb.Outer.Core". Messages,
  /// enums and extensions that are declared inside of it move along.
  [[nodiscard]] Result<void> rename_struct(std::string_view struct_name, std::string_view new_name);
  /// Gives an enum another last name.
  [[nodiscard]] Result<void> rename_enum(std::string_view enum_name, std::string_view new_name);
  /// Gives a member of an enum another name.
  [[nodiscard]] Result<void> rename_enum_value(std::string_view enum_name, std::string_view value,
                                               std::string new_name);

  /// Removes a struct. build() returns schema_invalid if another declaration still uses it.
  [[nodiscard]] Result<void> drop_struct(std::string_view struct_name);
  /// Removes an enum. build() returns schema_invalid if another declaration still uses it.
  [[nodiscard]] Result<void> drop_enum(std::string_view enum_name);
  /// Removes a service and the structs of its methods' arguments and replies.
  [[nodiscard]] Result<void> drop_service(std::string_view service_name);
  /// Removes a method and the structs of its arguments and its reply.
  [[nodiscard]] Result<void> drop_method(std::string_view service_name, std::string_view method);
  /// Removes a constant; values that were made of it stay.
  [[nodiscard]] Result<void> drop_constant(std::string_view constant_name);
  /// Removes a typedef; types that were written with its name become what it stood for.
  [[nodiscard]] Result<void> drop_typedef(std::string_view typedef_name);

  /// The schema as it is now. The editor may be used on, and build() called again.
  /// @return schema_invalid, with the declaration's name, if the edits contradict each other, and
  ///   for all that SchemaBuilder::build checks; no_memory.
  [[nodiscard]] Result<Schema> build() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wirejit
