// Writer: what a format that is written says about itself. Entry: Writer; reader.h says how values
// pass. Invariant: a writer knows nothing of the reader.
#pragma once

#include "lower/bulk.h"
#include "lower/events.h"
#include "lower/lowering.h"
#include "lower/node.h"

#include <cstdint>
#include <vector>

namespace wirejit::lower {

class Writer {
 public:
  virtual ~Writer() = default;
  [[nodiscard]] virtual Needs needs() const = 0;

  [[nodiscard]] virtual Place root(const Type&) const { return {}; }
  [[nodiscard]] virtual Place field(const StructType&, Place, int) const { return {}; }
  [[nodiscard]] virtual Place element(const Node&) const { return {}; }
  [[nodiscard]] virtual Place key(const Node&) const { return {}; }
  [[nodiscard]] virtual Place value(const Node&) const { return {}; }

  virtual void begin(Lowering&, const Node&) const {}
  virtual void end(Lowering&, const Node&) const {}

  virtual void scalar(Lowering&, const Node&) const = 0;  // value in t0
  virtual void bytes(Lowering&, const Node&,
                     BytesAt at) const = 0;  // address and size in t0, t1

  virtual Scope open_struct(Lowering&, const Node&, bool called) const = 0;
  virtual void begin_fields(Lowering&, const StructType&, Place) const {}
  virtual void end_fields(Lowering&, const StructType&, Place) const {}
  virtual void close_struct(Lowering&, const Node&, const Scope&) const {}
  // Whether unknown fields of that format (0: of any, known at run time) can be written, and
  // writing them: address and size in t0, t1; tag 0: the tag is in t2. `written`: by position, the
  // fields that are written for themselves, or may be.
  [[nodiscard]] virtual bool takes_unknown(const StructType&, Place, std::uint64_t tag) const {
    return (void)tag, false;
  }
  virtual void unknown(Lowering&, const StructType&, Place, std::uint64_t tag,
                       const std::vector<bool>& written) const {
    (void)tag, (void)written;
  }
  // Whether presence of all fields can be written at once, by bits in the order of the fields; and
  // writing it: `seen` as in StructEvents::finish, null: all came.
  [[nodiscard]] virtual bool takes_presence(const StructType&, Place) const { return false; }
  virtual void presence(Lowering&, const StructType&, Place, const jit::Slot* seen) const {
    (void)seen;
  }
  // Whether there is a place for the field.
  [[nodiscard]] virtual bool has_field(const StructType&, Place, int) const { return true; }
  // Whether absent() would emit anything; asked where Needs::absent_fields is set.
  [[nodiscard]] virtual bool needs_absent(const StructType&, Place, int) const { return true; }
  // Field `index` did not come and has no default value to be written.
  virtual void absent(Lowering&, const StructType&, Place inner, int index,
                      const AbsentIsZero& is_zero) const {
    (void)index, (void)inner, (void)is_zero;
  }
  // Whether field `index` must be written, zero or empty, where absence in the source says that it
  // is; asked if the source's schema does not require it.
  [[nodiscard]] virtual bool needs_zero(const StructType&, int index) const {
    return (void)index, false;
  }
  // As StructEvents::take_back: nothing to do where absent() does it in the end.
  virtual void take_back(Lowering&, const StructType&, Place inner, jit::Slot index) const {
    (void)inner, (void)index;
  }

  // Whether a field that did not come takes its schema's default value.
  [[nodiscard]] virtual bool wants_default(const StructType& type, Place, int index) const {
    return type.fields[static_cast<std::size_t>(index)].requiredness != Requiredness::optional;
  }

  virtual Scope open_list(Lowering&, const Node&, const Count& count) const = 0;
  virtual void begin_element(Lowering&, const Node&, const Scope&, const Count&) const {}
  virtual void end_element(Lowering&, const Node&, const Scope&, const Count&) const {}
  virtual void close_list(Lowering&, const Node&, const Scope&, const Count& count) const = 0;

  virtual Scope open_map(Lowering&, const Node&, const Count& count) const = 0;
  virtual void begin_key(Lowering&, const Node&, const Scope&, const Count&) const {}
  virtual void begin_value(Lowering&, const Node&, const Scope&) const {}
  virtual void end_entry(Lowering&, const Node&, const Scope&, const Count&) const {}
  virtual void close_map(Lowering&, const Node&, const Scope&, const Count& count) const = 0;

  // A helper (ctx, place, r0, r1, tag, its size) that reads such a list: it returns the new r0 or,
  // where anything is unusual, 0; then nothing counts as done, and the list is read in the ordinary
  // way. Null if there is none. `place` is what whole_place leaves in t0.
  [[nodiscard]] virtual const jit::Helper* whole_taker(const Node&, const Whole&) const {
    return nullptr;
  }
  virtual void whole_place(Lowering&, const Node&) const {}

  [[nodiscard]] virtual Run run(const Node&) const { return {}; }
  // Leaves in t0 where the run is to be written (room for count elements is there); afterwards,
  // put_run moves on.
  virtual void give_run(Lowering&, const Node&, const Scope&, const Count&) const {}
  virtual void put_run(Lowering&, const Node&, const Scope&, const Count&) const {}
};

}  // namespace wirejit::lower
