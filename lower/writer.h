// Writer: what a format that is written says about itself. Entry: Writer; reader.h says how values
// pass. Invariant: a writer knows nothing of the reader, and sees the target's schema alone.
#pragma once

#include "lower/bulk.h"
#include "lower/events.h"
#include "lower/lowering.h"
#include "lower/node.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace wirejit::lower {

// A capability: lists whose elements lie one after the other, encoded alike.
class RunWriter {
 public:
  [[nodiscard]] virtual Run run(const Node&) const = 0;
  // Whether run_room bytes may be written where a run begins, however short it is.
  [[nodiscard]] virtual bool has_room(const Node&) const { return false; }
  // Leaves in t0 where the run is to be written, with room for it; afterwards, put_run moves on.
  // `bytes` emits the size of the run into t1 (the other temporaries die). As they are, for an
  // output where nothing but the count precedes the run. open_list sees Count::is_run.
  virtual void give_run(Lowering&, const Node&, const std::function<void()>& bytes) const;
  virtual void put_run(Lowering&, const std::function<void()>& bytes) const;

 protected:
  ~RunWriter() = default;
};

// A capability: lists that are read at once (ListReader).
class ListWriter {
 public:
  // A helper (ctx, place, r0, r1, tag, its size) that reads such a list: it returns the new r0 or,
  // where anything is unusual, 0; then nothing counts as done, and the list is read element by
  // element. Null if there is none. `place` is what bulk_place leaves in t0.
  [[nodiscard]] virtual const jit::Helper* bulk_helper(const Node&, const BulkList&) const = 0;
  virtual void bulk_place(Lowering&, const Node&) const = 0;

 protected:
  ~ListWriter() = default;
};

// A capability: presence of all fields of a struct is written at once, as words of bits.
class PresenceWriter {
 public:
  // Whether it can be of that struct, by bits in the order of the fields.
  [[nodiscard]] virtual bool has_presence_words(const StructType&, const StructScope&) const = 0;
  // `seen` as in StructEvents::finish; null: all came.
  virtual void presence(Lowering&, const StructType&, const StructScope&,
                        const jit::Slot* seen) const = 0;

 protected:
  ~PresenceWriter() = default;
};

// A capability: fields that the schema lacks are written unchanged from the source.
class UnknownWriter {
 public:
  // Whether unknown fields of that format (0: of any, known at run time) can be written.
  [[nodiscard]] virtual bool takes_unknown(const StructType&, const StructScope&,
                                           std::uint64_t tag) const = 0;
  // Address and size in t0, t1; tag 0: the tag is in t2. `written`: by position, the fields that
  // are written for themselves, or may be.
  virtual void unknown(Lowering&, const StructType&, const StructScope&, std::uint64_t tag,
                       const std::vector<bool>& written) const = 0;

 protected:
  ~UnknownWriter() = default;
};

// What a target makes of the schema's default value of a field that does not come.
enum class AbsentDefault : std::uint8_t {
  by_options,  // it is written where the options say so
  is_held,     // an object has it from the beginning
  is_needed,   // an object has another value, until it is written
};

class Writer {
 public:
  virtual ~Writer() = default;
  [[nodiscard]] virtual Needs needs() const = 0;

  [[nodiscard]] virtual const RunWriter* runs() const { return nullptr; }
  [[nodiscard]] virtual const ListWriter* lists() const { return nullptr; }
  [[nodiscard]] virtual const PresenceWriter* presence_words() const { return nullptr; }
  [[nodiscard]] virtual const UnknownWriter* unknown_fields() const { return nullptr; }

  [[nodiscard]] virtual Place root(const Type&) const { return {}; }
  [[nodiscard]] virtual Place field(const StructType&, const StructScope&, int) const { return {}; }
  [[nodiscard]] virtual Place element(const Node&) const { return {}; }
  [[nodiscard]] virtual Place key(const Node&) const { return {}; }
  [[nodiscard]] virtual Place value(const Node&) const { return {}; }

  virtual void begin(Lowering&, const Node&) const {}
  virtual void end(Lowering&, const Node&) const {}

  virtual void scalar(Lowering&, const Node&) const = 0;  // value in t0
  virtual void bytes(Lowering&, const Node&,
                     BytesAt at) const = 0;  // address and size in t0, t1

  virtual Scope open_struct(Lowering&, const Node&, bool called) const = 0;
  // Makes the slots of the scope.
  virtual void begin_fields(Lowering&, const StructType&, StructScope&) const {}
  virtual void end_fields(Lowering&, const StructType&, const StructScope&) const {}
  virtual void close_struct(Lowering&, const Node&, const Scope&) const {}
  // Whether there is a place for the field.
  [[nodiscard]] virtual bool has_field(const StructType&, const StructScope&, int) const {
    return true;
  }
  // Whether absent() would emit anything; asked where Needs::absent_fields is set.
  [[nodiscard]] virtual bool needs_absent(const StructType&, const StructScope&, int) const {
    return true;
  }
  // The field did not come and has no default value to be written. Of the node there is no place.
  virtual void absent(Lowering&, const Node& field, const AbsentIsZero& is_zero) const {
    (void)field, (void)is_zero;
  }
  // As StructEvents::undo_field. Does nothing where absent() is emitted at the struct's end.
  virtual void undo_field(Lowering&, const StructType&, const StructScope&, jit::Slot index) const {
    (void)index;
  }
  [[nodiscard]] virtual AbsentDefault absent_default(const StructType&, const StructScope&,
                                                     int index) const {
    return (void)index, AbsentDefault::by_options;
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
};

}  // namespace wirejit::lower
