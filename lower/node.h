// What readers and writers are asked about: places, values, counts, and what a side keeps while a
// struct or container is open. Entry: Node. Invariant: plain values, known while Programs are made.
#pragma once

#include "jit/program_builder.h"

#include <wirejit/schema.h>

#include <cstdint>

namespace wirejit::lower {

// Where a value lies, in the terms of one side: memory formats keep a layout and an offset from r0
// (w0), wire formats nothing. `what` is part of a routine's identity.
struct Place {
  const void* what = nullptr;
  std::int64_t at = 0;
};

enum class Role : std::uint8_t { root, field, element, key, value };

// One value to be read and written.
struct Node {
  const Type* type = nullptr;
  Role role = Role::root;
  const Field* field = nullptr;        // role field
  const StructType* parent = nullptr;  // role field
  int index = -1;                      // role field: position in parent->fields
  const Node* container = nullptr;     // roles element, key, value
  Place r;
  Place w;
  Place r_parent;  // role field: the inside of the struct
  Place w_parent;
  bool presence_at_end = false;  // role field: Writer::presence tells that it came, later
  bool keeps_zero = false;       // role field: zero must be written (Reader::has_initial_value)
  bool is_utf8 = false;          // bytes: the reader checked them (Reader::checks_utf8)
};

// How many elements follow. Known before the first one, or counted by fuse while they pass.
struct Count {
  bool known = false;
  jit::Slot slot;  // known: the count; else: the number of elements so far
};

// What a side keeps between the opening and the closing of a struct or container.
struct Scope {
  Place inner;         // of the struct's fields
  jit::Slot saved[4];  // the side's own
  bool flag = false;
};

}  // namespace wirejit::lower
