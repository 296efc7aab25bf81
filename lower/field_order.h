// The order of fields on a wire: expected first, then whatever comes.
// Entry: read_fields. Invariant: each field is read by code emitted once; in-order input never
// touches `seen`.
//
// Fields are expected in the schema's order, each check falling through to the next field's code.
// Any other field is dispatched out of order (by a jump table) and re-enters the straight line
// behind itself. Which fields came is kept as runs: the straight line from where it was entered;
// the runs are joined into `seen` where a field comes out of order.
#pragma once

#include "lower/events.h"
#include "lower/lowering.h"

namespace wirejit::lower {

// What a wire format says about its fields.
class FieldSource {
 public:
  virtual ~FieldSource() = default;
  // Goes to `miss` (a cold label) unless field `index` comes next; else moves to its value.
  virtual void expect(int index, Previous previous, jit::Label miss) = 0;
  // Bytes that are readable where the value of `index` begins, by expect() or accept().
  [[nodiscard]] virtual std::int64_t readable(int index) const = 0;
  // Goes to `miss` unless the struct ends here; else moves behind it.
  virtual void expect_end(Previous previous, jit::Label miss) = 0;
  // What is read next cannot tell what came before, which is `previous` here: a source whose
  // headers depend on it keeps it. After dispatch() it has it already.
  virtual void keep_previous(Previous previous) { (void)previous; }
  // Binds `first` and `next` and emits the general case: goes to entries[i], unknown or end (behind
  // the struct).
  virtual void dispatch(jit::Label first, jit::Label next, const std::vector<jit::Label>& entries,
                        jit::Label unknown, jit::Label end) = 0;
  // At entries[index]: whatever expect() does behind its check. May go to `unknown`.
  virtual void accept(int index, jit::Label unknown) = 0;
  // At unknown: moves from the field's first byte behind it.
  virtual void skip() = 0;
  // At unknown, before skip: where the field begins that is kept.
  virtual void put_unknown_begin(jit::Builder& b, jit::Slot begin) {
    b.flush(jit::Reg::r0);
    b.put(begin, jit::Reg::r0);
  }

  // Whether a field may come without a value (null). Then, before all else, begin_nulls says where
  // dispatch goes in that case, with the cursor at what skip() moves behind; with `seen`, fields
  // whose bit is clear there may be skipped like unknown ones.
  [[nodiscard]] virtual bool has_nulls() const { return false; }
  virtual void begin_nulls(jit::Label null, const jit::Slot* seen) { (void)null, (void)seen; }
  // There: the field's position into t0.
  virtual void null_position() {}
  // The field that is in `index` takes back what came of it.
  virtual void take_back(jit::Slot index) { (void)index; }
};

// From the id in `id` (t0 or t1; the temporaries die) to entries[its position], by a table of ids
// where they lie close together.
void jump_to_field(Lowering& l, const StructType& type, jit::Reg id,
                   const std::vector<jit::Label>& entries, jit::Label unknown);

void read_fields(Lowering& l, const StructType& type, StructEvents& events, FieldSource& source);

}  // namespace wirejit::lower
