// What the reader and the writer of memory share: places, and how runs of elements look.
// Entry: layout_at, value_layout, run_of. Invariant: a Place names a Layout, that of a
// StructScope a StructLayout.
#pragma once

#include "jit/program.h"
#include "lower/bulk.h"
#include "lower/node.h"

#include <wirejit/detail/layout.h>

namespace wirejit::memory {

inline const Layout& layout_at(const lower::Place& p) {
  return *static_cast<const Layout*>(p.what);
}
inline const StructLayout& struct_at(const lower::StructScope& s) {
  return *static_cast<const StructLayout*>(s.place.what);
}
inline lower::Place place(const Layout* layout, std::int64_t at = 0) { return {layout, at}; }

// Where a Program finds a value: [base + at].
struct Address {
  jit::Reg base;
  std::int64_t at = 0;
  const Layout* layout = nullptr;
};

inline bool is_nullable(Form f) {
  return f == Form::optional || f == Form::pointer || f == Form::boxed;
}

// The layout that optionals and pointers lead to.
inline const Layout& value_layout(const Layout& l) {
  const Layout* v = &l;
  while (is_nullable(v->form)) {
    v = v->element;
  }
  return *v;
}

// Of a flat map: whether the bytes of its keys tell which are equal.
inline bool has_plain_key(const Layout& map) {
  return map.key->form == Form::scalar || map.key->form == Form::view ||
         map.key->kind == Kind::uuid;
}

// The member that holds field `index`, or null.
inline const Member* member_at(const StructType& type, const lower::StructScope& inner, int index) {
  const StructLayout& s = struct_at(inner);
  const auto i = static_cast<std::size_t>(index);
  if (i < s.members.size() && s.members[i].id == type.fields[i].id) {
    return &s.members[i];
  }
  return s.find(type.fields[i].id);
}

// Elements that lie one after the other as plain scalars.
inline lower::Run run_of(const Layout& list) {
  const bool contiguous = list.form == Form::sequence || list.form == Form::span ||
                          (list.form == Form::array && list.kind != Kind::uuid);
  if (!contiguous || list.element == nullptr || list.element->form != Form::scalar ||
      list.stride != list.element->size) {
    return {};
  }
  if (list.element->kind == Kind::boolean) {
    return {lower::Encoding::bool_byte, 1};
  }
  constexpr bool little = std::endian::native == std::endian::little;
  return {little ? lower::Encoding::little_endian : lower::Encoding::big_endian,
          list.element->size};
}

}  // namespace wirejit::memory
