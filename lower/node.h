// What one side is asked about: places, values, counts, and what it keeps while a struct or a
// container is open. Entry: Node, StructScope. Invariant: plain values, known while Programs are
// made; a side sees nodes of its own schema alone.
#pragma once

#include "jit/program_builder.h"

#include <wirejit/schema.h>

#include <array>
#include <cstdint>

namespace wirejit::lower {

// Where a value lies, in the terms of one side: memory has a layout and an offset from r0 (w0),
// wire formats nothing.
struct Place {
  const void* what = nullptr;
  std::int64_t at = 0;
};

// What a side keeps of a struct while its fields are read or written: all events of that struct see
// it. The code that opens the struct makes it; the code of a field never does, so that a field may
// come again.
struct StructScope {
  // Where the fields lie. `what` is part of the identity of a routine; `at` is 0 in a routine of
  // its own.
  Place place{};
  // A number of the side's own, also part of the routine's identity, such as the number of a
  // group that the fields are in.
  std::int32_t number = 0;
  // Set by begin_fields, valid until the fields end, in the frame of the routine that has the
  // fields: they never cross a call.
  std::array<jit::Slot, 3> slots{};
};

// The field that came before, as far as the path to this point proves it.
class Previous {
 public:
  static constexpr Previous none() { return Previous(-1); }     // nothing of the struct came
  static constexpr Previous unknown() { return Previous(-2); }  // known at run time only
  static constexpr Previous field(int index) { return Previous(index); }
  [[nodiscard]] constexpr bool is_none() const { return index_ == -1; }
  [[nodiscard]] constexpr bool is_known() const { return index_ != -2; }
  // Its position in the struct; of a field that is known.
  [[nodiscard]] constexpr int index() const { return index_; }

 private:
  explicit constexpr Previous(int index) : index_(index) {}
  int index_;
};

enum class Role : std::uint8_t { root, field, element, key, value };

// One value, as one of the two sides knows it.
struct Node {
  const Type* type = nullptr;
  Role role = Role::root;
  const Field* field = nullptr;        // role field
  const StructType* parent = nullptr;  // role field
  int index = -1;                      // role field: position in parent->fields
  const StructScope* scope = nullptr;  // role field: the parent's
  const Node* container = nullptr;     // roles element, key, value
  Place place{};
  // What a writer is told about the value:
  Previous previous = Previous::unknown();  // role field: the field that was written before
  bool presence_at_end = false;             // role field: PresenceWriter tells that it came, later
  bool keeps_zero = false;  // role field: zero must be written (Reader::has_initial_value)
  bool is_utf8 = false;     // bytes: the reader checked them (Reader::checks_utf8)
};

// How many elements follow. Known before the first one, or counted by fuse while they pass.
struct Count {
  bool known = false;
  jit::Slot slot;       // known: the count; else: the number of elements so far
  bool is_run = false;  // known, and the elements are written as one run (RunWriter)
};

// What a side keeps between the opening and the closing of a struct or container.
struct Scope {
  StructScope inner;   // of a struct's fields
  jit::Slot saved[4];  // the side's own
  bool flag = false;   // the side's own
};

}  // namespace wirejit::lower
