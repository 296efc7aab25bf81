// How a reader's events reach a writer: what either side promises and needs, and the events of a
// struct's fields. Entry: StructEvents. Invariant: fuse alone is between the two sides; what
// one side does not promise and the other needs is adapted there, by means that name no format.
#pragma once

#include "jit/program_builder.h"
#include "lower/node.h"

#include <wirejit/schema.h>

#include <cstdint>
#include <functional>

namespace wirejit::lower {

// Where the bytes lie whose address and size bytes() hands on.
enum class BytesAt : std::uint8_t {
  anywhere,
  padded,  // in the input, or in scratch memory, where 16 bytes can be read from any of them
  input,   // in the input: they live as long as it does
};

// What a format specifies for a field, or for a map's key, that occurs more than once.
enum class DuplicateRule : std::uint8_t {
  last_counts,
  merges,  // later occurrences may add to earlier ones: the call is retried on the normal form
  is_error,
};

// What a reader guarantees.
struct Guarantees {
  bool unique_fields = false;       // no field of a struct occurs twice
  bool unique_keys = false;         // no key of a map occurs twice
  bool fields_in_order = false;     // each struct's fields come, or are told absent, in its order
  bool fields_have_values = false;  // a field that came has a value: there is no null
  DuplicateRule duplicates = DuplicateRule::last_counts;
  BytesAt bytes_at = BytesAt::anywhere;
};

// What a writer needs.
struct Needs {
  bool unique_fields = false;
  bool unique_keys = false;
  bool fields_in_order = false;  // as above, of the target's order: positional formats
  bool absent_fields = false;    // wants absent() for fields that did not come
};

// Whether a field that did not come is zero or empty, as its wire writes nothing for either.
using AbsentIsZero = std::function<bool(const StructType&, int index)>;

// How fuse hears about the fields of a struct, in the order in which the reader meets them.
class StructEvents {
 public:
  virtual ~StructEvents() = default;
  // Emits the code for field `index`, whose value is at the reader's cursor. `previous` is the
  // field that was read before on every path to here.
  virtual void field(int index, Previous previous) = 0;
  // Whether the target has a place for the field; if not, it is skipped as if unknown.
  [[nodiscard]] virtual bool is_mapped(int index) const = 0;
  // Whether absent() would emit anything.
  [[nodiscard]] virtual bool needs_absent(int index) const = 0;
  // Field `index` is known not to come; emitted in place by readers that know field by field.
  virtual void absent(int index, Previous previous) = 0;
  // Readers in any order: which bits of `seen` are set is known at run time only. Bit i%64 of slot
  // seen+i/64.
  virtual void finish(jit::Slot seen) = 0;
  // All fields have come, or were told absent.
  virtual void finish_all() = 0;
  // Whether finish() or a duplicate check looks at `seen` at all.
  [[nodiscard]] virtual bool tracks_presence() const = 0;
  // Whether the target takes the fields in the order of the struct alone: what comes otherwise, or
  // not at all, makes the call run again.
  [[nodiscard]] virtual bool in_order() const = 0;
  // Fields that the schema lacks, unchanged from the source: address and size in t0, t1; where
  // the reader has no UnknownReader tag of its own (memory), the tag is in t2.
  [[nodiscard]] virtual bool wants_unknown() const = 0;
  virtual void unknown() = 0;
  // Whether they are an error. Fields that the target has no place for are not.
  [[nodiscard]] virtual bool rejects_unknown() const = 0;
  // What to do when a field comes a second time.
  enum class Duplicate : std::uint8_t { replace, fail, restart, fail_union };
  [[nodiscard]] virtual Duplicate on_duplicate() const = 0;
  // Whether two arrivals are an error, also where one of them has no value (null).
  [[nodiscard]] virtual bool rejects_duplicates() const = 0;
  // Where the last occurrence counts: the field whose position is in `index` came without a value
  // (null), so earlier occurrences are undone. The field's bit of `seen`, if there is one, is clear.
  virtual void undo_field(jit::Slot index) = 0;
};

}  // namespace wirejit::lower
