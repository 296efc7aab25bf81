// Layouts: where the values of a type lie in memory, for C++ structs (reflect.h makes them) and for
// records. Entry: StructLayout. Invariant: immutable and position-independent of any object;
// offsets are in bytes from the object's start; every operation is noexcept and reports a failed
// allocation by null or false.
//
// Internal: containers of other libraries are described by adapt.h. Two facts tell all about a
// container: its form, which is how its elements are reached, and the one table of operations that
// the form names. Its kind tells what it is in a schema: a list, a set or a map.
#pragma once

#include <wirejit/schema.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit {

// The forms in which values lie in memory.
enum class Form : std::uint8_t {
  scalar,     // bool, integers, floating point, enums: `size` bytes
  string,     // owns its bytes (std::string, std::vector<uint8_t>): written through StringOps
  view,       // {const char* data, size_t size}: written by storing both words (std::string_view,
              // records)
  sequence,   // owns its elements contiguously (std::vector): SequenceOps
  bits,       // elements without an address, by their index (std::vector<bool>): BitOps
  list,       // owns its elements, which are reached one by one and appended (std::list,
              // std::deque): ListOps
  span,       // {T* data, size_t count} into an Arena (std::span<const T>, records)
  array,      // std::array<T, N>: N elements in place
  set,        // node-based set: SetOps
  map,        // node-based map: MapOps
  entries,    // flat map: {Entry* data, size_t count} into an Arena, Entry = {key, value} (records)
  optional,   // std::optional<T>
  pointer,    // owning pointer, null = absent (unique_ptr, shared_ptr): OptionalOps
  boxed,      // plain pointer into an Arena, null = absent (records)
  variant,    // std::variant<std::monostate, ...>: VariantOps; a Thrift union or a oneof
  structure,  // a nested struct in place
};

struct StructLayout;

namespace detail {
struct StructSlot;
const StructLayout& complete(StructSlot& slot) noexcept;
}  // namespace detail

struct ByteView {
  const char* data;
  std::size_t size;
};
struct StringOps {
  bool (*assign)(void* s, const char* data, std::size_t size) noexcept;
  ByteView (*view)(const void* s) noexcept;
};
struct SequenceOps {
  void* (*resize)(
      void* v,
      std::size_t count) noexcept;    // data, or null if memory is lacking (non-null for count 0)
  void* (*append)(void* v) noexcept;  // the new, value-initialised last element
  void (*clear)(void* v) noexcept;
  const void* (*data)(const void* v) noexcept;
  std::size_t (*size)(const void* v) noexcept;
};
struct BitOps {
  bool (*resize)(void* v, std::size_t count) noexcept;
  bool (*append)(void* v, bool bit) noexcept;
  void (*set)(void* v, std::size_t i, bool bit) noexcept;
  bool (*get)(const void* v, std::size_t i) noexcept;
  std::size_t (*size)(const void* v) noexcept;
};
// Where an iteration over a container's elements is; one word suffices for the standard ones.
struct Iteration {
  const void* element = nullptr;  // the current element (a map's pair), or null at the end
  std::uint64_t state[2] = {};
};
// Elements that are reached one by one. Nothing is inserted, appended or dropped meanwhile.
struct ElementOps {
  std::size_t (*size)(const void* c) noexcept;
  void (*clear)(void* c) noexcept;
  void (*first)(const void* c, Iteration* it) noexcept;
  void (*next)(const void* c, Iteration* it) noexcept;
};
struct ListOps : ElementOps {
  void* (*append)(void* c) noexcept;  // the new, value-initialised last element, or null if
                                      // lacking; the others stay where they are
  void (*truncate)(void* c, std::size_t count) noexcept;  // drops the elements from `count` on
  // What an element takes, with what holds it, and what a container without elements has allocated:
  // charged to a call's memory, roughly.
  std::uint32_t element_bytes = 0;
  std::uint32_t empty_bytes = 0;
};
struct Inserted {
  // With a null value: why there is none.
  static constexpr std::uint64_t refused = 0;     // memory, or by the application
  static constexpr std::uint64_t collisions = 1;  // too many keys share a hash table's bucket

  void* value;          // the mapped value (a map), or the element (a set); null if that failed
  std::uint64_t fresh;  // 0: the key was there already
};
// Keys come as a word (scalars, zero- or sign-extended, floats and doubles as bits), as bytes
// (string keys; a view key keeps the pointer given, so the bytes must outlive the container), or as
// a built object that is moved.
struct SetOps : ElementOps {
  Inserted (*insert_word)(void* c, std::uint64_t key) noexcept;  // null where the key is no scalar
  Inserted (*insert_bytes)(void* c, const char* p,
                           std::size_t n) noexcept;  // null where it is no string
  Inserted (*insert_object)(
      void* c, void* key) noexcept;  // moves from *key; this and the next two: null for scalars
  void* (*make_key)() noexcept;      // a new, empty key object on the heap
  void (*destroy_key)(void* key) noexcept;
};
struct MapOps : SetOps {  // insert_*: the value is value-initialised where the key is new, and kept
                          // where it is not
  std::uint32_t key_offset = 0;  // within an element (std::pair)
  std::uint32_t value_offset = 0;
};
struct OptionalOps {
  void* (*emplace)(void* o) noexcept;  // a fresh value-initialised T, or null if that failed
  void (*reset)(void* o) noexcept;
  const void* (*get)(const void* o) noexcept;  // null if absent
};
struct VariantOps {
  std::size_t (*index)(const void* v) noexcept;  // 0 = std::monostate = none
  const void* (*get)(const void* v, std::size_t index) noexcept;
  void* (*emplace)(void* v, std::size_t index) noexcept;  // null if that failed
  void (*reset)(void* v) noexcept;
};

// The layout of one type. Offsets are -1 where probing found none: then the operations serve.
struct Layout {
  Form form = Form::scalar;
  Kind kind = Kind::void_;  // scalar: its kind (enumeration for enums); string, view: string; else
                            // the schema's kind
  std::uint32_t size = 0;
  std::uint32_t align = 1;
  bool is_signed = false;  // scalar: extends with its sign when loaded
  std::int32_t data_offset =
      -1;  // string, view, sequence, span, entries: the word that points at the first byte
  std::int32_t size_offset =
      -1;  // string, view, span, entries: the word that counts (bytes or elements)
  std::uint32_t short_size = 0;  // string: so many bytes fit at its data whatever it holds, and it
                                 // is valid when they, their count and a NUL are stored there
  std::int32_t capacity_offset =
      -1;  // sequence: the word that points behind the last place; given only if elements are mere
           // bytes and moving the end is all that adding one takes
  std::int32_t end_offset =
      -1;  // sequence, string made of a vector: the word that points behind the last element
  std::int32_t flag_offset =
      -1;  // optional: the byte that is 1 if a value is there; pointer, boxed: the word
  std::uint32_t value_offset = 0;  // optional: where the value lies; entries: within an entry
  std::uint32_t stride =
      0;  // sequence, span, array: bytes from element to element; entries: entry size
  std::uint32_t count = 0;  // array: N; variant: number of alternatives without monostate
  bool any_bytes = false;   // string form that holds binary only (std::vector<std::uint8_t>)
  const Layout* element =
      nullptr;                  // containers (map, entries: the value), optional, pointer, boxed
  const Layout* key = nullptr;  // map, entries
  const Layout* const* alternatives =
      nullptr;  // variant: `count` of them; field ids stand in StructLayout::members
  const StringOps* string = nullptr;
  const SequenceOps* sequence = nullptr;
  const BitOps* bits = nullptr;
  const ListOps* list = nullptr;
  const SetOps* set = nullptr;
  const MapOps* map = nullptr;
  const OptionalOps* optional = nullptr;
  const VariantOps* variant = nullptr;
  // span: value-initialises `count` elements in raw memory; null if elements need a destructor,
  // which an Arena never calls: such a span can be read only. False if memory is lacking.
  bool (*construct)(void* first, std::size_t count) noexcept = nullptr;
  // scalar of kind enumeration, C++ types: its name, and its values if it was registered. Null
  // where memory was lacking.
  const EnumType* enumeration = nullptr;
  // structure: records have it by value, C++ structs make it on first use (they may be recursive).
  const StructLayout* structure_value = nullptr;
  detail::StructSlot& (*structure_slot)() noexcept = nullptr;

  [[nodiscard]] const StructLayout* structure() const noexcept {
    return structure_value != nullptr ? structure_value : &detail::complete(structure_slot());
  }
};

// One member of a struct (or one alternative of a variant that stands for a union).
struct Member {
  std::int32_t id = 0;
  std::string name;
  std::uint32_t offset = 0;
  const Layout* layout = nullptr;
  std::int32_t presence_bit = -1;  // records: bit number counted from StructLayout::presence_offset
  std::uint32_t alternative = 0;   // unions held as a variant: index of the alternative, else 0
  Requiredness requiredness = Requiredness::standard;
  bool is_binary = false;          // bytes, not UTF-8 text
  Wire wire = Wire::standard;      // of the value, or of a container's innermost values
  Wire key_wire = Wire::standard;  // of a map's keys
  bool packed = true;              // as Field::packed
  std::string oneof;               // the oneof's name, or empty
  std::string json_name;           // empty: the name
};

struct StructLayout {
  // Tells this layout from all others that the process has ever made, also from one that stood at
  // the same address in a shared object that was unloaded since. 0: not made by the library.
  std::uint64_t generation = 0;
  std::string name;
  std::uint32_t size = 0;
  std::uint32_t align = 1;
  StructFlavor flavor = StructFlavor::structure;
  std::vector<Member>
      members;  // by position of the schema's fields where made from a schema, else as registered
  // A union held as one variant: all members share its offset, and this layout says how to reach
  // them.
  const Layout* variant = nullptr;
  std::uint32_t variant_offset = 0;
  // Records: presence bits, `presence_bits` of them, in whole 8-byte words.
  std::int32_t presence_offset = -1;
  std::uint32_t presence_bits = 0;
  // Records: the bytes of a new object (defaults in place), `size` of them; null for C++ structs.
  const std::uint8_t* default_bytes = nullptr;
  // C++ structs: a default-constructed object that lives for ever, or null if there is none. Fields
  // that do not come look as in it, unless absence is zero by the format; containers are empty.
  const void* prototype = nullptr;
  // Records: {const uint8_t* data, size_t size, uint64_t format} of unknown fields kept, or -1.
  std::int32_t unknown_offset = -1;
  // C++ structs: where their member of type UnknownFields lies, or -1.
  std::int32_t unknown_member = -1;
  const StructType* schema = nullptr;  // records: the type this is the layout of

  [[nodiscard]] const Member* find(std::int32_t id) const noexcept {
    for (const Member& m : members) {
      if (m.id == id) {
        return &m;
      }
    }
    return nullptr;
  }
};

}  // namespace wirejit
