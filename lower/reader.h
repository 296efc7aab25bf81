// Reader and Writer: what a format must say about itself so that fuse can make Programs of any
// pair. Entry: Reader, Writer. Invariant: a reader and a writer know nothing of each other; they
// meet only in t0, t1, in the slots of a Count, and in the order of the calls that fuse makes.
//
// How values pass: `Reader::scalar` leaves the value in t0 (integers extended to 64 bits by their
// sign, bool 0 or 1, doubles and floats as their bits, floats in the low half), `Reader::bytes`
// leaves address and length in t0, t1; the writer takes them from there. Both sides emit code for
// one value at a time; neither may touch the other's pinned registers.
//
// Readers and writers are made for one compilation and keep no state: what belongs to a struct or
// container is in its scope, what belongs to the Module in Lowering::shared. What not all sides can
// do is a capability, a small interface that a side is asked for.
#pragma once

#include "lower/bulk.h"
#include "lower/events.h"
#include "lower/lowering.h"
#include "lower/node.h"

#include <cstdint>
#include <functional>

namespace wirejit::lower {

// A capability: lists whose elements lie one after the other, encoded alike.
class RunReader {
 public:
  // The encoding of a list's elements; asked after open_list.
  [[nodiscard]] virtual Run run(const Node&) const = 0;
  // Leaves the address of the run in t0 and moves on to what follows it; its length was checked. Of
  // varints the cursor, which is flushed, stays at the first one: the kernel finds where they end,
  // and that they do.
  virtual void take_run(Lowering&, const Node&, const Scope&, const Count&) const = 0;

 protected:
  ~RunReader() = default;
};

// A capability: lists that a helper of the writer reads at once (ListWriter).
class ListReader {
 public:
  // How the list is framed; asked before open_list.
  [[nodiscard]] virtual BulkList bulk_list(const Lowering&, const Node&) const = 0;

 protected:
  ~ListReader() = default;
};

// A capability: elements of lists and values of maps may be null.
class NullReader {
 public:
  enum class Rule : std::uint8_t {
    drop,  // such elements are left out; such entries the reader leaves out by itself
    zero,  // such elements and values are zero
  };
  [[nodiscard]] virtual Rule null_rule() const = 0;
  // Goes to `null`, past the value, if it is null. Else the value is still to be read.
  virtual void branch_null(Lowering&, const Node&, jit::Label null) const = 0;

 protected:
  ~NullReader() = default;
};

class Reader {
 public:
  virtual ~Reader() = default;
  [[nodiscard]] virtual Guarantees guarantees() const = 0;
  // True if r0 is a cursor in the input, so that positions of errors are input offsets.
  [[nodiscard]] virtual bool reads_input() const = 0;

  [[nodiscard]] virtual const RunReader* runs() const { return nullptr; }
  [[nodiscard]] virtual const ListReader* lists() const { return nullptr; }
  [[nodiscard]] virtual const NullReader* nulls() const { return nullptr; }
  // Tells the format of unknown fields: not 0 where they can be copied unchanged. 0: there
  // are none, or (memory) the tag is known at run time.
  [[nodiscard]] virtual std::uint64_t unknown_tag() const { return 0; }

  // Places; memory readers only.
  [[nodiscard]] virtual Place root(const Type&) const { return {}; }
  [[nodiscard]] virtual Place field(const StructType&, const StructScope&, int) const { return {}; }
  [[nodiscard]] virtual Place element(const Node&) const { return {}; }
  [[nodiscard]] virtual Place key(const Node&) const { return {}; }
  [[nodiscard]] virtual Place value(const Node&) const { return {}; }

  virtual void begin(Lowering&, const Node&) const {}
  virtual void end(Lowering&, const Node&) const {}

  virtual void scalar(Lowering&, const Node&) const = 0;
  virtual void bytes(Lowering&, const Node&) const = 0;

  // `called`: the fields will be read by a routine of their own, which finds them at {place.what,
  // 0}.
  virtual Scope open_struct(Lowering&, const Node&, bool called) const = 0;
  // Makes the slots of the scope.
  virtual void begin_fields(Lowering&, const StructType&, StructScope&) const {}
  virtual void fields(Lowering&, const StructType&, const StructScope&, StructEvents&) const = 0;
  virtual void close_struct(Lowering&, const Node&, const Scope&) const {}

  // Lists and sets. open leaves a known count in count.slot (which fuse provides).
  virtual Scope open_list(Lowering&, const Node&, Count& count) const = 0;
  virtual void elements(Lowering&, const Node&, const Scope&, const Count&,
                        const std::function<void()>& body) const = 0;
  virtual void close_list(Lowering&, const Node&, const Scope&) const {}

  virtual Scope open_map(Lowering&, const Node&, Count& count) const = 0;
  virtual void entries(Lowering&, const Node&, const Scope&, const Count&,
                       const std::function<void()>& key,
                       const std::function<void()>& value) const = 0;
  virtual void close_map(Lowering&, const Node&, const Scope&) const {}

  // Whether field `index`, where it does not come, is zero or empty: what wrote it writes nothing
  // for these. The target's own initial value means nothing then.
  [[nodiscard]] virtual bool absent_is_zero(const StructType&, int index) const {
    return (void)index, false;
  }
  // Memory readers: whether the field's initial value in an object is not zero, so that absence
  // cannot mean zero.
  [[nodiscard]] virtual bool has_initial_value(const StructType&, const StructScope&,
                                               int index) const {
    return (void)index, false;
  }
  // Whether bytes() checks that text of that type is UTF-8.
  [[nodiscard]] virtual bool checks_utf8(const Type&) const { return false; }
};

}  // namespace wirejit::lower
