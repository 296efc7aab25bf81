// The order of fields on a wire: the next field in order is expected, any other is dispatched.
// Entry: read_fields. Invariant: each field is read by code emitted once; in-order input never
// touches `seen`.
//
// Fields are expected in the schema's order, each check falling through to the next field's code.
// Any other field is dispatched out of order (by a jump table), and the straight line goes on after
// that field. Which fields came is kept as runs: a run is the part of the straight line from where
// it was entered to where it was left, but for the fields that were passed over. `gone` has those,
// and all fields before the run. Runs are joined into `seen` when a field comes out of order.
//
// An example, of struct { a; b; c; d }.
//
//   input         what happens                                          gone       seen
//   a b c d end   four checks and the end's succeed                     {}         untouched
//   a c d end     b's check fails, c's (the next but one) succeeds      {b}        {}
//                 the end: run {a, c, d} is joined, b is absent         -          {a, c, d}
//   c a b d end   a's and b's checks fail: dispatch to c                {a, b}     {}
//                 d's check fails: dispatch to a; run {c} is joined     {}         {c}
//                 b follows a; c's check fails, d's succeeds            {c}        {c}
//                 the end: run {a, b, d} is joined, nothing is absent   -          {a, b, c, d}
//
// Where a field that comes twice is looked for, a run ends where a field is passed over, so that the
// field is found where it comes.
#pragma once

#include "lower/events.h"
#include "lower/lowering.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wirejit::lower {

// What a wire format says about its fields.
class FieldSource {
 public:
  virtual ~FieldSource() = default;
  // Goes to `miss` (a cold label) unless field `index` comes next, or to `cut` (the same, or another
  // one) if the input ends too early to tell; else moves to its value.
  virtual void expect(int index, Previous previous, jit::Label miss, jit::Label cut) = 0;
  // How many bytes before a value r0 may be left, by expect() or accept(), so that one advance moves
  // it past the header and the value.
  [[nodiscard]] virtual std::int64_t held_back() const { return 0; }
  // Bytes that are readable where the value of `index` begins, by expect() or accept().
  [[nodiscard]] virtual std::int64_t readable(int index) const = 0;
  // How many fields are tried by expect() where one does not come, before dispatch(): 1 where a
  // check costs as much as a jump table. Where there are several, `bytes` is what all of them need,
  // and what is readable wherever expect() goes to `miss`, and not to `cut`; the end of the struct
  // is then tried after them.
  struct Guesses {
    std::size_t count = 1;
    std::int64_t bytes = 0;
  };
  [[nodiscard]] virtual Guesses guesses() const { return {}; }
  // Goes to `miss` unless the struct ends here; else moves past its end.
  virtual void expect_end(Previous previous, jit::Label miss) = 0;
  // What is read next cannot tell what came before, which is `previous` here: a source whose
  // headers depend on it keeps it. After dispatch() it has it already.
  virtual void keep_previous(Previous previous) { (void)previous; }
  // Binds `first` and `next` and emits the general case: goes to entries[i], unknown or end (after
  // the struct).
  virtual void dispatch(jit::Label first, jit::Label next, const std::vector<jit::Label>& entries,
                        jit::Label unknown, jit::Label end) = 0;
  // At entries[index]: whatever expect() does after its check. May go to `unknown`.
  virtual void accept(int index, jit::Label unknown) = 0;
  // Whether dispatch() itself fails where unknown fields are an error: what it sends to `unknown`
  // is then to be skipped.
  [[nodiscard]] virtual bool rejects_unknown() const { return false; }
  // At unknown, where such fields are an error: fails with an error of its own if no schema could
  // have a field that begins like this one. The cursor is at its first byte, and stays there.
  virtual void check_unknown() {}
  // At unknown: moves from the field's first byte past the field.
  virtual void skip() = 0;
  // At unknown, before skip: where the field begins that is kept.
  virtual void put_unknown_begin(jit::Builder& b, jit::Slot begin) {
    b.flush(jit::Reg::r0);
    b.put(begin, jit::Reg::r0);
  }

  // Whether a field may come without a value (null). Then, before all else, begin_nulls says where
  // dispatch goes in that case, with the cursor at what skip() moves past; with `seen`, fields
  // whose bit is clear there may be skipped like unknown ones.
  [[nodiscard]] virtual bool has_nulls() const { return false; }
  virtual void begin_nulls(jit::Label null, const jit::Slot* seen) { (void)null, (void)seen; }
  // There: the field's position into t0.
  virtual void null_position() {}
  // Undoes earlier occurrences of the field whose position is in `index`.
  virtual void undo_field(jit::Slot index) { (void)index; }
};

// From the id in `id` (t0 or t1; the temporaries die) to entries[its position], by a table of ids
// where they lie close together.
void jump_to_field(Lowering& l, const StructType& type, jit::Reg id,
                   const std::vector<jit::Label>& entries, jit::Label unknown);

void read_fields(Lowering& l, const StructType& type, StructEvents& events, FieldSource& source);

}  // namespace wirejit::lower
