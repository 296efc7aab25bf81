// Reader and Writer: what a format must say about itself so that fuse can make Programs of any
// pair. Entry: Reader, Writer. Invariant: a reader and a writer know nothing of each other; they
// meet only in t0, t1, in the slots of a Count, and in the order of the calls that fuse makes.
//
// How values pass: `Reader::scalar` leaves the value in t0 (integers extended to 64 bits by their
// sign, bool 0 or 1, doubles and floats as their bits, floats in the low half), `Reader::bytes`
// leaves address and length in t0, t1; the writer takes them from there. Both sides emit code for
// one value at a time; neither may touch the other's pinned registers.
#pragma once

#include "lower/bulk.h"
#include "lower/events.h"
#include "lower/lowering.h"
#include "lower/node.h"

#include <cstdint>
#include <functional>

namespace wirejit::lower {

class Reader {
 public:
  virtual ~Reader() = default;
  // Tells the format of unknown fields: not 0 where they can be taken out as they stand.
  [[nodiscard]] virtual std::uint64_t unknown_tag() const { return 0; }
  [[nodiscard]] virtual Guarantees guarantees() const = 0;
  // True if r0 is a cursor in the input, so that positions of errors are input offsets.
  [[nodiscard]] virtual bool reads_input() const = 0;

  // Places; memory readers only.
  [[nodiscard]] virtual Place root(const Type&) const { return {}; }
  [[nodiscard]] virtual Place field(const StructType&, Place, int) const { return {}; }
  [[nodiscard]] virtual Place element(const Node&) const { return {}; }
  [[nodiscard]] virtual Place key(const Node&) const { return {}; }
  [[nodiscard]] virtual Place value(const Node&) const { return {}; }

  virtual void begin(Lowering&, const Node&) const {}
  virtual void end(Lowering&, const Node&) const {}

  virtual void scalar(Lowering&, const Node&) const = 0;
  virtual void bytes(Lowering&, const Node&) const = 0;

  // `called`: the fields will be read by a routine of their own, which finds them at {inner.what,
  // 0}.
  virtual Scope open_struct(Lowering&, const Node&, bool called) const = 0;
  virtual void fields(Lowering&, const StructType&, Place inner, StructEvents&) const = 0;
  virtual void close_struct(Lowering&, const Node&, const Scope&) const {}

  // Lists and sets. open leaves a known count in count.slot (which fuse provides).
  virtual Scope open_list(Lowering&, const Node&, Count& count) const = 0;
  virtual void elements(Lowering&, const Node&, const Scope&, const Count&,
                        const std::function<void()>& body) const = 0;
  virtual void close_list(Lowering&, const Node&, const Scope&) const {}

  // Whether field `index`, where it does not come, is zero or empty: what wrote it writes nothing
  // for these. The target's own initial value means nothing then.
  [[nodiscard]] virtual bool absent_is_zero(const StructType&, int index) const {
    return (void)index, false;
  }
  // Memory readers: whether the field's initial value in an object is not zero, so that absence
  // cannot stand for zero.
  [[nodiscard]] virtual bool has_initial_value(const StructType&, Place inner, int index) const {
    return (void)inner, (void)index, false;
  }
  // Whether bytes() checks that text of that type is UTF-8.
  [[nodiscard]] virtual bool checks_utf8(const Type&) const { return false; }

  // The list, before open_list, for a writer that takes all of it in one step.
  [[nodiscard]] virtual Whole whole(const Lowering&, const Node&) const { return {}; }

  virtual Scope open_map(Lowering&, const Node&, Count& count) const = 0;
  virtual void entries(Lowering&, const Node&, const Scope&, const Count&,
                       const std::function<void()>& key,
                       const std::function<void()>& value) const = 0;
  virtual void close_map(Lowering&, const Node&, const Scope&) const {}

  // The encoding of a list's elements where they lie one behind the other, after open_list.
  [[nodiscard]] virtual Run run(const Node&) const { return {}; }
  // Leaves the address of the run in t0 (its length was checked), and moves on behind it: a cursor
  // in the input is where varints end.
  virtual void take_run(Lowering&, const Node&, const Scope&, const Count&) const {}
};

}  // namespace wirejit::lower
