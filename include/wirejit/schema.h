// Schemas: structs, unions, exceptions, enums, typedefs, constants and services, from whatever
// source they came. Entry: thrift::load (thrift.h), SchemaBuilder (below), or reflect.h for C++
// structs. Invariant: a Schema is immutable; all pointers into it stay valid as long as any copy of
// the Schema lives.
//
//   Result<Schema> s = thrift::load_file("orders.thrift");
//   Result<StructRef> order = s->find_struct("Order");
//   for (const Field& f : (*order)->fields) std::println("{} {}", f.id, f.name);
#pragma once

#include <wirejit/error.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace wirejit {

// The kinds of values. `structure` covers structs, unions and exceptions.
enum class Kind : std::uint8_t {
  void_,  // results of methods only
  boolean,
  i8,
  i16,
  i32,
  i64,
  u8,
  u16,
  u32,
  u64,
  float32,
  float64,
  string,  // UTF-8 text
  binary,  // any bytes
  uuid,    // 16 bytes
  enumeration,
  structure,
  list,
  set,
  map,
};
[[nodiscard]] std::string_view to_string(Kind kind) noexcept;  // "i32", "struct", "list", ...

// How Protobuf puts a value on the wire where its kind leaves a choice; other formats do not look.
// A type has one kind and so at most one choice.
enum class Wire : std::uint8_t {
  standard,  // integers as varints; text checked to be UTF-8; structs with their length before them
  zigzag,    // i32, i64: sint32, sint64
  fixed,     // i32, i64, u32, u64: sfixed32, sfixed64, fixed32, fixed64
  delimited,  // structs: between tags (groups)
  unchecked,  // string: bytes that are not UTF-8 are accepted (proto2, utf8_validation = NONE)
  message_set_item,  // structs: in a group with their number (message_set_wire_format)
};
[[nodiscard]] std::string_view to_string(Wire wire) noexcept;  // "standard", "zigzag", ...
// Whether a kind has that choice.
[[nodiscard]] bool fits(Wire wire, Kind kind) noexcept;

// Where a declaration stands in its source text; line 0 where there is none. `file` points at text
// that lives as long as the Schema (the path of its Document).
struct Position {
  std::string_view file;
  std::uint32_t line = 0;    // 1-based
  std::uint32_t column = 0;  // 1-based, in bytes
};

// name = value; a name without a value has the value "1" (Thrift). Repeated names are kept in
// order.
struct Annotation {
  std::string name;
  std::string value;
  friend bool operator==(const Annotation&, const Annotation&) = default;
};
using Annotations = std::vector<Annotation>;
// The last value given for `name`, or null.
[[nodiscard]] const std::string* find_annotation(const Annotations& all,
                                                 std::string_view name) noexcept;

// A constant or default, fully resolved against its type: enum members are i64 numbers, a struct is
// a map from field name to value, references to other constants are replaced by their values. A
// uuid is a string of 36 characters, a u64 the i64 of the same bits.
struct ConstValue {
  struct Entry;
  using List = std::vector<ConstValue>;
  using Map = std::vector<Entry>;  // in source order
  std::variant<bool, std::int64_t, double, std::string, List, Map> value;
  friend bool operator==(const ConstValue& a, const ConstValue& b);
};
struct ConstValue::Entry {
  ConstValue first;  // the key; a field's name for structs
  ConstValue second;
  friend bool operator==(const Entry&, const Entry&) = default;
};
inline bool operator==(const ConstValue& a, const ConstValue& b) { return a.value == b.value; }

struct StructType;
struct EnumType;

// A type as used by a field, element or typedef. Typedefs are resolved: `kind` is that of the
// target, `alias` keeps the name it was written with. Pointers are owned by the Schema.
struct Type {
  Kind kind = Kind::void_;
  Wire wire = Wire::standard;
  const StructType* structure = nullptr;  // kind structure
  const EnumType* enumeration = nullptr;  // kind enumeration
  const Type* element = nullptr;          // list, set
  const Type* key = nullptr;              // map
  const Type* value = nullptr;            // map
  std::string alias;                      // the typedef's name, or empty
  std::string cpp_type;                   // Thrift's cpp_type, or empty
  Annotations annotations;

  // "map<string, list<orders.Item>>".
  [[nodiscard]] std::string to_string() const;
};
// True if two types, perhaps of different schemas, denote the same data (names of structs and enums
// are not compared, their members are; recursion is handled).
[[nodiscard]] bool same_shape(const Type& a, const Type& b);

enum class Requiredness : std::uint8_t { standard, required, optional };
[[nodiscard]] std::string_view to_string(
    Requiredness r) noexcept;  // "default", "required", "optional"

struct Field {
  std::int32_t id = 0;
  std::string name;
  const Type* type = nullptr;
  Requiredness requiredness = Requiredness::standard;
  std::optional<ConstValue> default_value;
  std::string json_name;   // key in JSON text; equals `name` unless an annotation says otherwise
  bool reference = false;  // Thrift's `T& name`: held through a pointer; the wire does not know
  // Protobuf alone. Presence is told by `requiredness`: optional fields have it, standard ones are
  // written unless they are zero or empty.
  bool packed = true;      // a list of numbers is written in one piece; both forms are read
  bool extension = false;  // `name` is its full name, json_name that in brackets
  int oneof = -1;          // position in StructType::oneofs: at most one of its fields is set
  Annotations annotations;
  std::string doc;
  Position position;
};

enum class StructFlavor : std::uint8_t { structure, union_, exception };
[[nodiscard]] std::string_view to_string(
    StructFlavor f) noexcept;  // "struct", "union", "exception"

// What a struct means beyond its fields; set by pb/, obeyed by json/.
enum class Semantic : std::uint8_t {
  none,
  timestamp,
  duration,
  field_mask,
  any,
  structure,
  value,
  list_value,
  null_value,
  wrapper
};

// Fields of a struct of which at most one is set: the last that came. Its fields are optional.
struct Oneof {
  std::string name;
  Annotations annotations{};
  std::string doc{};
  Position position{};
};

struct StructType {
  std::string name;       // "Order"
  std::string full_name;  // "orders.Order": document (or package) and name
  StructFlavor flavor = StructFlavor::structure;
  Semantic semantic = Semantic::none;
  std::vector<Field> fields;  // in source order; those of Protobuf by their numbers
  std::vector<Oneof> oneofs;  // in source order
  bool message_set = false;   // Protobuf: its fields, and no others, are Wire::message_set_item
  Annotations annotations;
  std::string doc;
  Position position;

  // Position in `fields`, or -1. O(log n).
  [[nodiscard]] int index_of_id(std::int32_t id) const noexcept;
  [[nodiscard]] int index_of_name(std::string_view name) const noexcept;
  // Of the field that has another struct's field's name, else its JSON name. O(n).
  [[nodiscard]] int index_like(const Field& other) const noexcept;
  // The field, or null.
  [[nodiscard]] const Field* find(std::int32_t id) const noexcept;
  [[nodiscard]] const Field* find(std::string_view name) const noexcept;

  // Fills the look-up indices; SchemaBuilder::build calls it.
  void index();

 private:
  std::vector<int> by_id_;    // positions in `fields`, ordered by id
  std::vector<int> by_name_;  // the same, ordered by name
};

struct EnumValue {
  std::string name{};
  std::int32_t number = 0;
  Annotations annotations{};
  std::string doc{};
  Position position{};
};

struct EnumType {
  std::string name;
  std::string full_name;
  std::vector<EnumValue> values;       // in source order; numbers may repeat (aliases)
  bool closed = false;                 // Protobuf: unknown numbers are unknown fields
  Semantic semantic = Semantic::none;  // null_value for google.protobuf.NullValue
  Annotations annotations;
  std::string doc;
  Position position;

  [[nodiscard]] const EnumValue* find(
      std::int32_t number) const noexcept;  // the first of that number, or null
  [[nodiscard]] const EnumValue* find(std::string_view name) const noexcept;
  void index();

 private:
  std::vector<int> by_number_;  // positions in `values`, ordered by number
  std::vector<int> by_name_;    // the same, ordered by name
};

struct Typedef {
  std::string name;
  std::string full_name;
  const Type* type = nullptr;
  Annotations annotations;
  std::string doc;
  Position position;
};

struct Constant {
  std::string name;
  std::string full_name;
  const Type* type = nullptr;
  ConstValue value;
  Annotations annotations;
  std::string doc;
  Position position;
};

// Of Protobuf: `args` is the request's message itself, `result` the response's type, `reply` null.
struct Method {
  std::string name;
  const Type* result = nullptr;      // kind void_ for none
  const StructType* args = nullptr;  // "<method>_args"
  const StructType* reply =
      nullptr;  // "<method>_result": success = 0 and the throws, all optional; null for oneway
  bool oneway = false;
  bool client_streaming = false;
  bool server_streaming = false;
  Annotations annotations;
  std::string doc;
  Position position;
};

struct Service {
  std::string name;
  std::string full_name;
  const Service* extends = nullptr;
  std::vector<Method> methods;  // its own, in source order
  Annotations annotations;
  std::string doc;
  Position position;

  // Its own or an inherited method, or null.
  [[nodiscard]] const Method* find(std::string_view name) const noexcept;
};

// What one source document declared, in source order.
struct Document {
  std::string name;  // "orders" for orders.thrift; the prefix of full names
  std::string path;
  std::vector<std::pair<std::string, std::string>> namespaces;  // (scope, name)
  std::vector<Annotations> namespace_annotations;               // of namespaces[i]
  std::vector<std::string> cpp_includes;
  std::vector<const Document*> includes;
  std::vector<const StructType*> structs;
  std::vector<const EnumType*> enums;
  std::vector<const Typedef*> typedefs;
  std::vector<const Constant*> constants;
  std::vector<const Service*> services;
  Annotations annotations;  // options of a .proto file
  std::string doc;
};

class SchemaBuilder;

template <class T>
class SchemaRef;
/// What look-ups in a schema give.
using StructRef = SchemaRef<StructType>;
using EnumRef = SchemaRef<EnumType>;
using TypedefRef = SchemaRef<Typedef>;
using ConstantRef = SchemaRef<Constant>;
using ServiceRef = SchemaRef<Service>;
using TypeRef = SchemaRef<Type>;

/// A set of documents. A Schema is a reference-counted handle: copying is cheap, and any number of
/// threads may use copies of one at once. Moving copies: what was moved from stays usable.
///
/// Look-ups take a full name ("orders.Order") or, where that is unambiguous or stands in the main
/// document, a bare name ("Order"). What they find keeps the schema alive. Error: not_found.
class Schema {
 public:
  /// An empty one, in which nothing is found.
  Schema() = default;
  Schema(const Schema&) = default;
  Schema& operator=(const Schema&) = default;
  ~Schema() = default;
  [[nodiscard]] bool empty() const noexcept { return data_ == nullptr; }

  [[nodiscard]] Result<StructRef> find_struct(std::string_view name) const;
  [[nodiscard]] Result<EnumRef> find_enum(std::string_view name) const;
  [[nodiscard]] Result<TypedefRef> find_typedef(std::string_view name) const;
  [[nodiscard]] Result<ConstantRef> find_constant(std::string_view name) const;
  [[nodiscard]] Result<ServiceRef> find_service(std::string_view name) const;
  /// The type of that name: a struct, an enum, a typedef's target, a base type, or a container of
  /// these ("i32", "map<string, list<orders.Item>>"). Containers that no declaration uses are made
  /// on demand and kept. Errors, with their offset in `name`: not_found, syntax, depth_limit,
  /// size_limit (too many containers were made).
  [[nodiscard]] Result<TypeRef> find_type(std::string_view name) const;
  /// The canonical Type of a struct or an enum of this schema; null if it is of another schema.
  [[nodiscard]] const Type* type_of(const StructType& s) const noexcept;
  [[nodiscard]] const Type* type_of(const EnumType& e) const noexcept;
  /// Whether `type` is an object of this schema, and so lives as long as it does. A copy of such a
  /// type is not. O(log n).
  [[nodiscard]] bool owns(const Type& type) const noexcept;

  /// All documents, the main one (that was asked for) first.
  [[nodiscard]] const std::deque<Document>& documents() const noexcept;
  /// All declarations of all documents, in the order in which they were made.
  [[nodiscard]] const std::deque<StructType>& structs() const noexcept;
  [[nodiscard]] const std::deque<EnumType>& enums() const noexcept;
  [[nodiscard]] const std::deque<Service>& services() const noexcept;

  /// True if both are handles of the same documents, or both are empty.
  friend bool operator==(const Schema& a, const Schema& b) noexcept { return a.data_ == b.data_; }

  /// For the library.
  struct Data;
  explicit Schema(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
  [[nodiscard]] const std::shared_ptr<const Data>& data() const noexcept { return data_; }

 private:
  std::shared_ptr<const Data> data_;
};

/// A declaration or a type of a schema, which it keeps alive: what engines and record types are
/// given. It is used like a pointer that is never null: `(*order).fields`, `order->fields`. Cheap to
/// copy. A reference to what it points at is valid as long as any handle of the schema lives.
template <class T>
class SchemaRef {
 public:
  /// By hand: a T and the schema that it is of. Who is given a reference to something of another
  /// schema, or to a copy, rejects it: not_found.
  SchemaRef(const Schema& schema, const T& value) noexcept : schema_(schema), value_(&value) {}
  SchemaRef(const SchemaRef&) = default;
  SchemaRef& operator=(const SchemaRef&) = default;
  ~SchemaRef() = default;

  [[nodiscard]] const T& get() const noexcept { return *value_; }
  [[nodiscard]] const T& operator*() const noexcept { return *value_; }
  [[nodiscard]] const T* operator->() const noexcept { return value_; }
  operator const T&() const noexcept { return *value_; }  // NOLINT: implicit on purpose
  [[nodiscard]] const Schema& schema() const noexcept { return schema_; }

  /// True if both point at the same object.
  friend bool operator==(const SchemaRef& a, const SchemaRef& b) noexcept {
    return a.value_ == b.value_;
  }

 private:
  Schema schema_;
  const T* value_;
};

/// As of all others; a struct or an enum is a type, too.
template <>
class SchemaRef<Type> {
 public:
  SchemaRef(const Schema& schema, const Type& type) noexcept : schema_(schema), type_(&type) {}
  SchemaRef(const Schema& schema, const StructType& type) noexcept
      : schema_(schema), type_(type_or_none(schema.type_of(type))) {}
  SchemaRef(const StructRef& type) noexcept  // NOLINT: implicit on purpose
      : SchemaRef(type.schema(), *type) {}
  SchemaRef(const EnumRef& type) noexcept  // NOLINT: implicit on purpose
      : schema_(type.schema()), type_(type_or_none(type.schema().type_of(*type))) {}
  SchemaRef(const SchemaRef&) = default;
  SchemaRef& operator=(const SchemaRef&) = default;
  ~SchemaRef() = default;

  [[nodiscard]] const Type& get() const noexcept { return *type_; }
  [[nodiscard]] const Type& operator*() const noexcept { return *type_; }
  [[nodiscard]] const Type* operator->() const noexcept { return type_; }
  operator const Type&() const noexcept { return *type_; }  // NOLINT: implicit on purpose
  [[nodiscard]] const Schema& schema() const noexcept { return schema_; }

  friend bool operator==(const SchemaRef& a, const SchemaRef& b) noexcept {
    return a.type_ == b.type_;
  }

 private:
  // A type of no schema stands for a struct or an enum that is not of the schema given with it.
  [[nodiscard]] static const Type* type_or_none(const Type* type) noexcept;

  Schema schema_;
  const Type* type_;
};

// Builds a schema by hand; loaders use it, too. All references it hands out stay valid through
// build(). A declaration belongs to the document added last; its full name, where left empty, is
// made of the document's name and its own. Not thread-safe. build() checks: names in UTF-8; ids,
// names and JSON names unique within a struct, names of enum members and of methods unique, types
// complete, defaults and constants that fit their type (a string is UTF-8), no cycle in `extends`,
// fields of oneofs that are optional and in no container, items of MessageSets that stand in them
// alone, limits on nesting and size of type expressions.
class SchemaBuilder {
 public:
  SchemaBuilder();
  SchemaBuilder(SchemaBuilder&&) noexcept;
  SchemaBuilder& operator=(SchemaBuilder&&) noexcept;
  ~SchemaBuilder();

  Document& add_document(std::string name, std::string path = {});
  StructType& add_struct(std::string name, StructFlavor flavor = StructFlavor::structure);
  // A struct that no document lists and only its full name finds: the arguments or the reply of a
  // method.
  StructType& add_hidden_struct(std::string name, std::string full_name);
  EnumType& add_enum(std::string name);
  Typedef& add_typedef(std::string name);
  Constant& add_constant(std::string name);
  Service& add_service(std::string name);
  // Types; equal requests without alias or annotations return the same object.
  const Type* base(Kind kind, Wire wire = Wire::standard);
  const Type* list_of(const Type* element);
  const Type* set_of(const Type* element);
  const Type* map_of(const Type* key, const Type* value);
  const Type* of(const StructType& s, Wire wire = Wire::standard);
  const Type* of(const EnumType& e);
  // A copy that may be changed (alias, annotations, cpp_type) before build().
  Type& variant_of(const Type& t);

  // Freezes. The builder is empty afterwards.
  [[nodiscard]] Result<Schema> build();

 private:
  std::unique_ptr<Schema::Data> data_;
};

}  // namespace wirejit
