/// @file
/// Schemas: structs, unions, exceptions, enums, typedefs, constants and services, from whatever
/// source they came. Entry: thrift::load_file (thrift.h), pb::load_file (pb.h), schema_of
/// (reflect.h) for C++ structs, or SchemaBuilder. Invariant: a Schema is immutable; all pointers
/// into it stay valid as long as any copy of the Schema lives.
///
///     Result<Schema> schema = thrift::load_file("orders.thrift");
///     Result<StructRef> order = schema->find_struct("Order");
///     for (const Field& field : (*order)->fields) {
///       std::cout << field.id << " " << field.name << ": " << field.type->to_string() << "\n";
///     }
///
/// The plain structs here (Type, Field, StructType, ...) own their strings and vectors; what they
/// point at belongs to the Schema that they are in. Strings are in UTF-8. Any number of threads may
/// read them.
#pragma once

#include <wirejit/error.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace wirejit {

/// The kinds of values.
enum class Kind : std::uint8_t {
  void_,        ///< no value: what a method returns that returns nothing
  boolean,      ///< true or false
  i8,           ///< a signed integer of 8 bits
  i16,          ///< a signed integer of 16 bits
  i32,          ///< a signed integer of 32 bits
  i64,          ///< a signed integer of 64 bits
  u8,           ///< an unsigned integer of 8 bits
  u16,          ///< an unsigned integer of 16 bits
  u32,          ///< an unsigned integer of 32 bits
  u64,          ///< an unsigned integer of 64 bits
  float32,      ///< IEEE 754, 32 bits
  float64,      ///< IEEE 754, 64 bits
  string,       ///< UTF-8 text
  binary,       ///< any bytes
  uuid,         ///< 16 bytes
  enumeration,  ///< a number with names, of 32 bits
  structure,    ///< a struct, union or exception
  list,         ///< elements of one type, in order
  set,          ///< elements of one type, each of them once
  map,          ///< keys of one type, each of them once, and values of one type
};
/// The kind's name in Thrift's IDL, or its like: "i32", "double", "struct", "list". It lives as
/// long as the program.
[[nodiscard]] std::string_view to_string(Kind kind) noexcept;

/// How Protobuf puts a value on the wire where its kind leaves a choice; other formats do not use
/// it. A type has one kind and so at most one choice.
enum class Wire : std::uint8_t {
  /// Integers are varints; text is checked to be UTF-8; structs have their length before them.
  standard,
  zigzag,     ///< i32, i64: sint32, sint64
  fixed,      ///< i32, i64, u32, u64: sfixed32, sfixed64, fixed32, fixed64
  delimited,  ///< structs: between tags (groups)
  unchecked,  ///< string: bytes that are not UTF-8 are accepted (proto2, utf8_validation = NONE)
  message_set_item,  ///< structs: in a group with their number (message_set_wire_format)
};
/// The name as written in this header: "standard", "zigzag". It lives as long as the program.
[[nodiscard]] std::string_view to_string(Wire wire) noexcept;
/// Whether a kind has that choice.
[[nodiscard]] bool fits(Wire wire, Kind kind) noexcept;

/// Where a declaration is in its source text.
struct Position {
  /// Document::path of its document. The text lives as long as the Schema.
  std::string_view file;
  std::uint32_t line = 0;    ///< from 1; 0 where there is no text
  std::uint32_t column = 0;  ///< from 1, in bytes; 0 where there is no text
};

/// A name with a value: an annotation of Thrift's, an option of Protobuf's.
struct Annotation {
  std::string name;   ///< "json.name", "deprecated", "(google.api.http).get"
  std::string value;  ///< "1" where an annotation of Thrift's has none
  /// True if name and value are equal.
  friend bool operator==(const Annotation&, const Annotation&) = default;
};
/// Annotations in the order of the source; names may repeat.
using Annotations = std::vector<Annotation>;
/// The last value given for `name`, or null. It is valid as long as `all` is not changed.
[[nodiscard]] const std::string* find_annotation(const Annotations& all,
                                                 std::string_view name) noexcept;

/// A constant or default, resolved in full against its type: enum members are std::int64_t numbers,
/// a struct is a map from field name to value, references to other constants are replaced by their
/// values. A uuid is a string of 36 characters, a u64 the std::int64_t of the same bits.
struct ConstValue {
  struct Entry;
  /// The elements of a list or set, in the order of the source.
  using List = std::vector<ConstValue>;
  /// The entries of a map, or the fields of a struct, in the order of the source.
  using Map = std::vector<Entry>;
  /// The value.
  std::variant<bool, std::int64_t, double, std::string, List, Map> value;
  /// Deep equality; the order of elements and entries counts.
  friend bool operator==(const ConstValue& a, const ConstValue& b);
};
/// An entry of a map, or a field of a struct.
struct ConstValue::Entry {
  ConstValue first;   ///< the key; a field's name for structs
  ConstValue second;  ///< the value
  /// Deep equality.
  friend bool operator==(const Entry&, const Entry&) = default;
};
/// Deep equality; the order of elements and entries counts.
inline bool operator==(const ConstValue& a, const ConstValue& b) { return a.value == b.value; }

struct StructType;
struct EnumType;

/// A type as used by a field, element or typedef. Typedefs are resolved: `kind` is that of the
/// target, `alias` keeps the name it was written with.
struct Type {
  Kind kind = Kind::void_;                ///< what its values are
  Wire wire = Wire::standard;             ///< how Protobuf writes them
  const StructType* structure = nullptr;  ///< of kind structure; else null
  const EnumType* enumeration = nullptr;  ///< of kind enumeration; else null
  const Type* element = nullptr;          ///< of a list or set; else null
  const Type* key = nullptr;              ///< of a map; else null
  const Type* value = nullptr;            ///< of a map; else null
  std::string alias;                      ///< the typedef's name, or empty
  std::string cpp_type;                   ///< Thrift's cpp_type, or empty
  Annotations annotations;                ///< those written at the use of the type

  /// The type as Schema::find_type reads it: "map<string, list<orders.Item>>". Text beyond about
  /// 16 KiB is left out.
  [[nodiscard]] std::string to_string() const;
};
/// True if two types, perhaps of different schemas, denote the same data: names of structs and
/// enums are not compared, their members are. Recursive types are compared, too.
[[nodiscard]] bool same_shape(const Type& a, const Type& b);

/// Whether a field must or may be absent.
enum class Requiredness : std::uint8_t {
  /// Thrift's default: written always, may be absent when read. Protobuf: a field without presence,
  /// which is written unless it is zero or empty.
  standard,
  required,  ///< must be there
  optional,  ///< may be absent, which differs from zero and empty
};
/// "default", "required", "optional". It lives as long as the program.
[[nodiscard]] std::string_view to_string(Requiredness r) noexcept;

/// A field of a struct.
struct Field {
  std::int32_t id = 0;         ///< Thrift's field id, Protobuf's field number
  std::string name;            ///< as in the source
  const Type* type = nullptr;  ///< owned by the Schema
  Requiredness requiredness = Requiredness::standard;  ///< whether it may be absent
  std::optional<ConstValue> default_value;             ///< what was written as its default
  std::string json_name;  ///< its key in JSON text; equals `name` unless the source says otherwise
  bool text_numbers = false;  ///< Thrift: `api.js_conv`; what it means is at json::Int64::by_field
  bool reference = false;     ///< Thrift's `T& name`: held through a pointer; formats do not use it
  bool packed = true;  ///< Protobuf: a list of numbers is written in one piece; both forms are read
  bool extension = false;   ///< Protobuf: `name` is its full name, json_name that in brackets
  int oneof = -1;           ///< Protobuf: position in StructType::oneofs, or -1
  Annotations annotations;  ///< annotations and options
  std::string doc;          ///< its comment of documentation, without its marks
  Position position;        ///< where it was declared
};

/// What a struct is declared as.
enum class StructFlavor : std::uint8_t {
  structure,  ///< a struct, or a message of Protobuf's
  union_,     ///< a union: exactly one field is set
  exception,  ///< an exception: what a method of Thrift's may throw
};
/// "struct", "union", "exception". It lives as long as the program.
[[nodiscard]] std::string_view to_string(StructFlavor f) noexcept;

/// What a struct or an enum means beyond its members: Protobuf's well-known types
/// (https://protobuf.dev/reference/protobuf/google.protobuf). pb::load sets it where the
/// declaration has the members that the official one has; ProtoJSON gives such values texts of
/// their own.
enum class Semantic : std::uint8_t {
  none,        ///< nothing more than its members
  timestamp,   ///< google.protobuf.Timestamp
  duration,    ///< google.protobuf.Duration
  field_mask,  ///< google.protobuf.FieldMask
  any,         ///< google.protobuf.Any
  structure,   ///< google.protobuf.Struct
  value,       ///< google.protobuf.Value
  list_value,  ///< google.protobuf.ListValue
  null_value,  ///< google.protobuf.NullValue, an enum
  wrapper      ///< google.protobuf.Int32Value and its like
};

/// Fields of a struct of which at most one is set: the last that came. Its fields are optional.
struct Oneof {
  std::string name;           ///< as in the source
  Annotations annotations{};  ///< its options
  std::string doc{};          ///< its comment of documentation
  Position position{};        ///< where it was declared
};

/// A struct, union or exception.
struct StructType {
  std::string name;       ///< "Order"; of a nested message of Protobuf's, "Outer.Inner"
  std::string full_name;  ///< "orders.Order": document (or package) and name
  StructFlavor flavor = StructFlavor::structure;  ///< what it is declared as
  Semantic semantic = Semantic::none;             ///< what it means beyond its fields
  std::vector<Field> fields;  ///< in the order of the source; those of Protobuf by their numbers
  std::vector<Oneof> oneofs;  ///< in the order of the source
  bool message_set = false;   ///< Protobuf: its fields, and no others, are Wire::message_set_item
  Annotations annotations;    ///< annotations and options
  std::string doc;            ///< its comment of documentation, without its marks
  Position position;          ///< where it was declared

  /// The position in `fields` of the field with that id, or -1. O(log n).
  [[nodiscard]] int index_of_id(std::int32_t id) const noexcept;
  /// The position in `fields` of the field with that name, or -1. O(log n).
  [[nodiscard]] int index_of_name(std::string_view name) const noexcept;
  /// The position of the field that has the name of another struct's field, else of the one that
  /// has its JSON name; or -1. O(n).
  [[nodiscard]] int index_like(const Field& other) const noexcept;
  /// The field with that id, or null. O(log n).
  [[nodiscard]] const Field* find(std::int32_t id) const noexcept;
  /// The field with that name, or null. O(log n).
  [[nodiscard]] const Field* find(std::string_view name) const noexcept;

  /// For the library: makes the indices that look-ups use; SchemaBuilder::build calls it. Without
  /// it, look-ups are O(n).
  void index();

 private:
  std::vector<int> by_id_;    // positions in `fields`, ordered by id
  std::vector<int> by_name_;  // the same, ordered by name
};

/// A member of an enum.
struct EnumValue {
  std::string name{};         ///< as in the source
  std::int32_t number = 0;    ///< what formats write
  Annotations annotations{};  ///< annotations and options
  std::string doc{};          ///< its comment of documentation, without its marks
  Position position{};        ///< where it was declared
};

/// An enum.
struct EnumType {
  std::string name;                    ///< "Color"
  std::string full_name;               ///< "orders.Color"
  std::vector<EnumValue> values;       ///< in the order of the source; numbers may repeat (aliases)
  bool closed = false;                 ///< Protobuf: unknown numbers are unknown fields
  Semantic semantic = Semantic::none;  ///< null_value for google.protobuf.NullValue
  Annotations annotations;             ///< annotations and options
  std::string doc;                     ///< its comment of documentation, without its marks
  Position position;                   ///< where it was declared

  /// The first member of that number, or null. O(log n).
  [[nodiscard]] const EnumValue* find(std::int32_t number) const noexcept;
  /// The member of that name, or null. O(log n).
  [[nodiscard]] const EnumValue* find(std::string_view name) const noexcept;
  /// For the library: makes the indices that look-ups use; SchemaBuilder::build calls it.
  void index();

 private:
  std::vector<int> by_number_;  // positions in `values`, ordered by number
  std::vector<int> by_name_;    // the same, ordered by name
};

/// Another name for a type.
struct Typedef {
  std::string name;            ///< "Price"
  std::string full_name;       ///< "orders.Price"
  const Type* type = nullptr;  ///< what it stands for, resolved; owned by the Schema
  Annotations annotations;     ///< annotations
  std::string doc;             ///< its comment of documentation, without its marks
  Position position;           ///< where it was declared
};

/// A constant.
struct Constant {
  std::string name;            ///< "max_lines"
  std::string full_name;       ///< "orders.max_lines"
  const Type* type = nullptr;  ///< the type of its value; owned by the Schema
  ConstValue value;            ///< its value, resolved in full
  Annotations annotations;     ///< annotations
  std::string doc;             ///< its comment of documentation, without its marks
  Position position;           ///< where it was declared
};

/// Which side of a call sends any number of messages, and not one.
enum class Streaming : std::uint8_t {
  unary,          ///< neither: one request, one response
  client,         ///< any number of requests, one response
  server,         ///< one request, any number of responses
  bidirectional,  ///< any number of both
};
/// "unary", "client", "server", "bidirectional": the values of Thrift's annotation streaming.mode.
/// It lives as long as the program.
[[nodiscard]] std::string_view to_string(Streaming s) noexcept;

/// A method of a service. What it points at is owned by the Schema.
struct Method {
  std::string name;  ///< as in the source
  /// What it returns: a type of kind void_ for nothing. Protobuf: the response's type.
  const Type* result = nullptr;
  /// Thrift: the struct "<method>_args", whose fields are the arguments. Protobuf: the request.
  const StructType* args = nullptr;
  /// Thrift: the struct "<method>_result" with the field success (id 0) and those that are thrown,
  /// all of them optional; null for a oneway method. Protobuf: null.
  const StructType* reply = nullptr;
  bool oneway = false;  ///< Thrift: the caller gets no reply
  /// Any number of requests. Protobuf: the keyword `stream`; Thrift: the annotation
  /// `streaming.mode`, as Kitex has it: "client" or "bidirectional".
  bool client_streaming = false;
  /// Any number of responses: "server" or "bidirectional".
  bool server_streaming = false;
  Annotations annotations;  ///< annotations and options
  std::string doc;          ///< its comment of documentation, without its marks
  Position position;        ///< where it was declared

  /// Which side streams: client_streaming and server_streaming in one.
  [[nodiscard]] Streaming streaming() const noexcept;
  /// The struct of what goes back, which "Service.method.result" names. Thrift: `reply`; Protobuf:
  /// the response's message. Null for a oneway method.
  [[nodiscard]] const StructType* response() const noexcept;
  /// Thrift: the fields of `reply` that hold what the method throws: all but success (id 0). They
  /// are owned by the Schema.
  [[nodiscard]] std::vector<const Field*> throws() const;
};

/// A service.
struct Service {
  std::string name;                  ///< "Orders"
  std::string full_name;             ///< "orders.Orders"
  const Service* extends = nullptr;  ///< the service that it inherits methods from, or null
  std::vector<Method> methods;       ///< its own, in the order of the source
  Annotations annotations;           ///< annotations and options
  std::string doc;                   ///< its comment of documentation, without its marks
  Position position;                 ///< where it was declared

  /// Its own or an inherited method of that name, or null. O(n).
  [[nodiscard]] const Method* find(std::string_view name) const noexcept;
};

/// What one source document declared, in the order of the source. What it points at is owned by the
/// Schema.
struct Document {
  std::string name;  ///< "orders" for orders.thrift; Protobuf's package; the prefix of full names
  std::string path;  ///< of its file, as it was found; empty if it has none
  /// Thrift's namespaces: scope ("cpp", "*") and name.
  std::vector<std::pair<std::string, std::string>> namespaces;
  std::vector<Annotations> namespace_annotations;  ///< those of namespaces[i]
  std::vector<std::string> cpp_includes;           ///< Thrift's cpp_include
  std::vector<const Document*> includes;           ///< the documents that it includes or imports
  std::vector<const StructType*> structs;          ///< structs, unions and exceptions
  std::vector<const EnumType*> enums;              ///< its enums
  std::vector<const Typedef*> typedefs;            ///< its typedefs
  std::vector<const Constant*> constants;          ///< its constants
  std::vector<const Service*> services;            ///< its services
  Annotations annotations;                         ///< options of a .proto file
  std::string doc;                                 ///< its comment of documentation
};

class SchemaBuilder;

template <class T>
class SchemaRef;
/// A struct, union or exception of a schema, which it keeps alive.
using StructRef = SchemaRef<StructType>;
/// An enum of a schema, which it keeps alive.
using EnumRef = SchemaRef<EnumType>;
/// A typedef of a schema, which it keeps alive.
using TypedefRef = SchemaRef<Typedef>;
/// A constant of a schema, which it keeps alive.
using ConstantRef = SchemaRef<Constant>;
/// A service of a schema, which it keeps alive.
using ServiceRef = SchemaRef<Service>;
/// A type of a schema, which it keeps alive.
using TypeRef = SchemaRef<Type>;

/// A set of documents. A Schema is a reference-counted handle: copying is cheap, and any number of
/// threads may use copies of one at once. Moving copies: what was moved from stays usable.
///
/// Look-ups take a full name ("orders.Order") or, where that is unambiguous or declared in the main
/// document, a bare name ("Order"). What they find keeps the schema alive. Errors: not_found;
/// no_memory.
///
/// Structs and types have one more kind of name: "Shop.buy.args" is the struct of the arguments of
/// the method `buy` of the service `Shop` (or "orders.Shop"), Protobuf's request;
/// "Shop.buy.result" is Method::response(), the struct of its result: Thrift's field success, id 0,
/// and what it throws, all of them optional; Protobuf's response. Inherited methods are found under
/// the name of the service that inherits them. A struct that is declared with such a name goes
/// before.
class Schema {
 public:
  /// An empty one, in which nothing is found.
  Schema() = default;
  Schema(const Schema&) = default;
  Schema& operator=(const Schema&) = default;
  ~Schema() = default;
  /// True if it was made of nothing.
  [[nodiscard]] bool empty() const noexcept { return data_ == nullptr; }

  /// The struct, union or exception of that name, or that of a method's arguments or result.
  [[nodiscard]] Result<StructRef> find_struct(std::string_view name) const;
  /// The enum of that name.
  [[nodiscard]] Result<EnumRef> find_enum(std::string_view name) const;
  /// The typedef of that name.
  [[nodiscard]] Result<TypedefRef> find_typedef(std::string_view name) const;
  /// The constant of that name.
  [[nodiscard]] Result<ConstantRef> find_constant(std::string_view name) const;
  /// The service of that name.
  [[nodiscard]] Result<ServiceRef> find_service(std::string_view name) const;
  /// The type of that name: a struct, an enum, a typedef's target, a base type, a method's arguments
  /// or result, or a container of these ("i32", "map<string, list<orders.Item>>",
  /// "list<Shop.buy.args>"). Containers that no declaration uses are made
  /// on demand and kept. Errors, with their offset in `name`: not_found, syntax, depth_limit,
  /// size_limit (too many containers were made).
  [[nodiscard]] Result<TypeRef> find_type(std::string_view name) const;
  /// The canonical Type of a struct of this schema; null if it is of another schema.
  [[nodiscard]] const Type* type_of(const StructType& s) const noexcept;
  /// The canonical Type of an enum of this schema; null if it is of another schema.
  [[nodiscard]] const Type* type_of(const EnumType& e) const noexcept;
  /// Whether `type` is an object of this schema, and so lives as long as it does. A copy of such a
  /// type is not. O(log n).
  [[nodiscard]] bool owns(const Type& type) const noexcept;

  /// All documents, the main one (that was asked for) first.
  [[nodiscard]] const std::deque<Document>& documents() const noexcept;
  /// All structs of all documents, in the order in which they were made; among them the arguments
  /// and replies of methods.
  [[nodiscard]] const std::deque<StructType>& structs() const noexcept;
  /// All enums of all documents, in the order in which they were made.
  [[nodiscard]] const std::deque<EnumType>& enums() const noexcept;
  /// All services of all documents, in the order in which they were made.
  [[nodiscard]] const std::deque<Service>& services() const noexcept;

  /// True if both are handles of the same documents, or both are empty.
  friend bool operator==(const Schema& a, const Schema& b) noexcept { return a.data_ == b.data_; }

  /// For the library: what a Schema is a handle of.
  struct Data;
  /// For the library: a handle of `data`.
  explicit Schema(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
  /// For the library: what this is a handle of; null if it is empty.
  [[nodiscard]] const std::shared_ptr<const Data>& data() const noexcept { return data_; }

 private:
  std::shared_ptr<const Data> data_;
};

namespace detail {

// The type void: where there is no value, and where a struct or an enum is not of the schema given
// with it.
[[nodiscard]] const Type& no_type() noexcept;

}  // namespace detail

/// A declaration or a type of a schema, which it keeps alive: what engines and record types are
/// given. A reference to a struct or an enum converts to a TypeRef. It is used like a pointer that
/// is never null: `(*order).fields`, `order->fields`. Cheap to copy. A reference to what it points
/// at is valid as long as any handle of the schema lives.
template <class T>
class SchemaRef {
  // Structs and enums are types, too.
  template <class U>
  static constexpr bool is_type_of =
      std::is_same_v<T, Type> && (std::is_same_v<U, StructType> || std::is_same_v<U, EnumType>);

 public:
  /// By hand: a T and the schema that it is of. Who is given a reference to something of another
  /// schema, or to a copy, rejects it: not_found.
  SchemaRef(const Schema& schema, const T& value) noexcept : schema_(schema), value_(&value) {}
  /// By hand: the type of a struct or an enum, and the schema that it is of.
  template <class U>
    requires(is_type_of<U>)
  SchemaRef(const Schema& schema, const U& value) noexcept : schema_(schema) {
    const Type* const type = schema.type_of(value);
    value_ = type != nullptr ? type : &detail::no_type();
  }
  /// The type of a struct or an enum.
  template <class U>
    requires(is_type_of<U>)
  SchemaRef(const SchemaRef<U>& ref) noexcept  // NOLINT: implicit on purpose
      : SchemaRef(ref.schema(), *ref) {}
  SchemaRef(const SchemaRef&) = default;
  SchemaRef& operator=(const SchemaRef&) = default;
  ~SchemaRef() = default;

  /// What it points at.
  [[nodiscard]] const T& get() const noexcept { return *value_; }
  /// What it points at.
  [[nodiscard]] const T& operator*() const noexcept { return *value_; }
  /// What it points at.
  [[nodiscard]] const T* operator->() const noexcept { return value_; }
  /// What it points at.
  operator const T&() const noexcept { return *value_; }  // NOLINT: implicit on purpose
  /// The schema that it keeps alive.
  [[nodiscard]] const Schema& schema() const noexcept { return schema_; }

  /// True if both point at the same object.
  friend bool operator==(const SchemaRef& a, const SchemaRef& b) noexcept {
    return a.value_ == b.value_;
  }

 private:
  Schema schema_;
  const T* value_;
};

/// Builds a schema by hand; loaders use it, too. All references that it hands out belong to the
/// schema: they stay valid through build(), and as long as the Schema lives. A declaration belongs
/// to the document added last; its full name, where left empty, is made of the document's name and
/// its own. Not thread-safe. Everything but build() throws std::bad_alloc where memory is lacking.
///
/// build() checks: names in UTF-8; ids, names and JSON names unique within a struct, names of enum
/// members and of methods unique, types complete, defaults and constants that fit their type (a
/// string is UTF-8), no cycle in `extends`, fields of oneofs that are optional and in no container,
/// items of MessageSets that are in them alone, limits on nesting and size of type expressions.
class SchemaBuilder {
 public:
  /// Without documents.
  SchemaBuilder();
  /// Takes what the other one has, which may only be assigned to or destroyed then.
  SchemaBuilder(SchemaBuilder&&) noexcept;
  /// Takes what the other one has, which may only be assigned to or destroyed then.
  SchemaBuilder& operator=(SchemaBuilder&&) noexcept;
  ~SchemaBuilder();

  /// Adds a document. The first one is the main one.
  Document& add_document(std::string name, std::string path = {});
  /// Adds a struct without fields.
  StructType& add_struct(std::string name, StructFlavor flavor = StructFlavor::structure);
  /// Adds a struct that no document lists and only its full name finds: the arguments or the reply
  /// of a method.
  StructType& add_hidden_struct(std::string name, std::string full_name);
  /// Adds an enum without members.
  EnumType& add_enum(std::string name);
  /// Adds a typedef, whose type is to be set.
  Typedef& add_typedef(std::string name);
  /// Adds a constant, whose type and value are to be set.
  Constant& add_constant(std::string name);
  /// Adds a service without methods.
  Service& add_service(std::string name);
  /// A type that is neither a container nor declared; null for other kinds. Here and below, equal
  /// requests return the same object.
  const Type* base(Kind kind, Wire wire = Wire::standard);
  /// A list with elements of a type of this builder.
  const Type* list_of(const Type* element);
  /// A set with elements of a type of this builder.
  const Type* set_of(const Type* element);
  /// A map of types of this builder.
  const Type* map_of(const Type* key, const Type* value);
  /// The type of a struct of this builder.
  const Type* of(const StructType& s, Wire wire = Wire::standard);
  /// The type of an enum of this builder.
  const Type* of(const EnumType& e);
  /// A copy that may be changed (alias, annotations, cpp_type) before build().
  Type& variant_of(const Type& t);

  /// The schema. The builder is empty afterwards, and may be used again. Errors: schema_invalid,
  /// which names the declaration, for all that build() checks; no_memory.
  [[nodiscard]] Result<Schema> build();

 private:
  std::unique_ptr<Schema::Data> data_;
};

}  // namespace wirejit

/// Schemas and handles are keys: equal ones have equal hashes.
template <>
struct std::hash<wirejit::Schema> {
  /// The hash of a schema's identity.
  [[nodiscard]] std::size_t operator()(const wirejit::Schema& schema) const noexcept {
    return std::hash<const void*>()(schema.data().get());
  }
};
/// Handles are keys.
template <class T>
struct std::hash<wirejit::SchemaRef<T>> {
  /// The hash of the identity of what the handle points at.
  [[nodiscard]] std::size_t operator()(const wirejit::SchemaRef<T>& ref) const noexcept {
    return std::hash<const void*>()(&ref.get());
  }
};
