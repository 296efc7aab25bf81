// How Programs reach the elements of a container: one Elements for each way, chosen by the layout's
// form; the layout's table of operations does the rest. A container needs a way of its own only if
// none of these fits. Entry: elements_of. Invariant: knows layouts and registers, not which format
// is at the other side.
//
// A Scope holds in saved[0] the object that contains the container, and in saved[1] its address, or
// that of its first element where it is contiguous and read; `own` are the two slots after these.
#pragma once

#include "lower/lowering.h"
#include "lower/node.h"
#include "memory/place.h"

#include <wirejit/detail/layout.h>

#include <cstdint>
#include <functional>

namespace wirejit::memory {

inline constexpr jit::Builder::CallOptions may_fail{.null_fails = true};
inline constexpr jit::Builder::CallOptions gives_w0{.null_fails = true, .to0 = jit::Reg::w0};
inline constexpr jit::Builder::CallOptions allocates{.null_fails = true,
                                                     .fast_path = jit::FastPath::allocate};

// A container that is open at that point of a Program.
struct Container {
  lower::Lowering& l;
  const Layout& s;
  const lower::Scope& scope;
  const lower::Count& count;
  jit::Builder& b = l.b;

  [[nodiscard]] jit::Arg address() const { return jit::Arg::in_slot(scope.saved[1].number); }
  [[nodiscard]] jit::Arg size() const { return jit::Arg::in_slot(count.slot.number); }
};

class Elements {
 public:
  constexpr Elements() = default;
  Elements(const Elements&) = delete;
  Elements& operator=(const Elements&) = delete;

  // Reading: leaves the number of elements of the container at `a` in its count.
  virtual void open(const Container& c, const Address& a, jit::Slot* own) const = 0;
  // Runs `body` with r0 on each element (an entry of a map). r0 may be anything afterwards.
  virtual void each(const Container& c, const std::function<void()>& body) const = 0;

  // Writing: elements that were there are used again or dropped, as is cheaper.
  virtual void begin(const Container& c, jit::Slot* own) const = 0;
  // Before an element, or an entry's key: w0 is where it is to be stored, or the container.
  virtual void begin_element(const Container&) const {}
  // Between a key and its value: w0 is where the value is to be stored.
  virtual void begin_value(const Container&) const {}
  virtual void end_element(const Container&) const {}
  virtual void end(const Container&) const {}
  // Empties the container that is `at` bytes from w0.
  virtual void clear(lower::Lowering& l, const Layout& s, std::int64_t at) const = 0;

  // Whether elements are stored as a word from t0 when they end, and have no address.
  [[nodiscard]] virtual bool stores_words() const { return false; }
  // Whether elements, or keys, are inserted (below) and stay where the container puts them.
  [[nodiscard]] virtual bool inserts() const { return false; }

 protected:
  ~Elements() = default;  // there are constants of these only
};

// Of a container's form. Fixed arrays and those in an arena are containers, too.
[[nodiscard]] const Elements& elements_of(const Layout& container);

// ---- One for each way: contiguous.cc, indexed.cc, iterated.cc

extern const Elements& array_elements;     // in place, as many as the type says
extern const Elements& arena_elements;     // spans and entries
extern const Elements& sequence_elements;  // SequenceOps
extern const Elements& bit_elements;       // BitOps
extern const Elements& list_elements;      // ListOps
extern const Elements& set_elements;       // SetOps
extern const Elements& map_elements;       // MapOps

// Puts an array in the arena, for a known count of elements, into the container {data, count};
// leaves its address in w0.
void allocate_elements(const Container& c);

// ---- Insertion into the set or map at w0

// Whether keys are built as objects first: begin_element leaves such an object in w0. Else they
// are inserted as the word in t0, or as the bytes at t0, t1 of them; t0 is then the element, or the
// value of the entry.
[[nodiscard]] bool inserts_objects(const Layout& container);
void insert_word(lower::Lowering& l, const Layout& container);
void insert_bytes(lower::Lowering& l, const Layout& container);

// What a value that was just constructed has allocated, as far as layouts tell.
[[nodiscard]] std::uint64_t bytes_at_birth(const Layout& value);

}  // namespace wirejit::memory
