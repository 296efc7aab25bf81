// Reader and Writer: what a format must say about itself so that fuse can make Programs of any
// pair. Entry: Reader, Writer. Invariant: a reader and a writer know nothing of each other; they
// meet only in t0, t1, in the slots of a Count, and in the order of the calls that fuse makes.
//
// How values pass: `Reader::scalar` leaves the value in t0 (integers extended to 64 bits by their
// sign, bool 0 or 1, doubles and floats as their bits, floats in the low half), `Reader::bytes`
// leaves address and length in t0, t1; the writer takes them from there. Both sides emit code for
// one value at a time; neither may touch the other's pinned registers.
#pragma once

#include "jit/module.h"
#include "jit/program_builder.h"
#include "kernels/cpu.h"

#include <wirejit/codec.h>
#include <wirejit/schema.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace wirejit::jit {

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
  Slot slot;  // known: the count; else: the number of elements so far
};

// What a side keeps between the opening and the closing of a struct or container.
struct Scope {
  Place inner;    // of the struct's fields
  Slot saved[4];  // the side's own
  bool flag = false;
};

// How a run of numbers is encoded.
enum class Encoding : std::uint8_t {
  none,
  little_endian,
  big_endian,
  bool_byte,
  varint,  // seven bits a byte (kernels/varint.h); only read
  varint_zigzag,
  varint_bool,
};
struct Run {
  Encoding encoding = Encoding::none;
  unsigned width = 0;  // bytes an element; of varints, bytes of the number
};

[[nodiscard]] constexpr bool is_varint(Encoding e) noexcept {
  return e == Encoding::varint || e == Encoding::varint_zigzag || e == Encoding::varint_bool;
}
// What becomes of each varint of `from` in an array of `to`; nothing if no kernel does that.
[[nodiscard]] std::optional<kernels::VarintAs> varint_as(Run from, Run to) noexcept;

// A list as it stands at the cursor, in a form that a helper reads at once. Its bytes lie in the
// input and live as long as it does (BytesAt::input).
struct Whole {
  enum class Form : std::uint8_t {
    none,
    packed,        // the length of all in bytes, as a varint; a run
    tagged_bytes,  // of each element the length, as a varint, and the bytes; between them the tag
    tagged_text,   // the same, and the bytes must be UTF-8
  };
  Form form = Form::none;
  Run run;                // packed: only of varints
  std::uint64_t tag = 0;  // the first byte lowest
  std::uint32_t tag_size = 0;
};

// Where the bytes lie whose address and size bytes() hands on.
enum class BytesAt : std::uint8_t {
  anywhere,
  padded,  // in the input, or in scratch memory, where 16 bytes can be read from any of them
  input,   // in the input: they live as long as it does
};

// What a reader guarantees.
struct Guarantees {
  bool unique_fields = false;      // no field of a struct comes twice
  bool unique_keys = false;        // no key of a map comes twice
  bool refuse_duplicates = false;  // a field or key that comes twice is an error of the format
  // What comes again takes the place of what came before. Else it may add to it: then no writer is
  // told, but the call runs again on the source's normal form (FormatImpl::normal_form).
  bool whole_fields = true;
  BytesAt bytes_at = BytesAt::anywhere;
  // A field that came has a value: the bits that StructEvents::finish hears of are what a writer
  // keeps as presence.
  bool tells_presence = false;
};

// What a writer needs.
struct Needs {
  bool unique_fields = false;
  bool unique_keys = false;
  bool absent_fields = false;  // wants absent() for fields that did not come
  bool defaults =
      true;  // wants default values for fields that did not come; false: it has them already
};

class Lowering;

// Whether a field that did not come is zero or empty, as its wire writes nothing for either.
using AbsentIsZero = std::function<bool(const StructType&, int index)>;

// How fuse hears about the fields of a struct, in the order in which the reader meets them.
class StructEvents {
 public:
  virtual ~StructEvents() = default;
  // Emits the code for field `index`, whose value stands at the reader's cursor.
  virtual void field(int index) = 0;
  // Whether the target has a place for the field; if not, it is skipped as if unknown.
  [[nodiscard]] virtual bool wanted(int index) const = 0;
  // Whether absent() would emit anything.
  [[nodiscard]] virtual bool cares(int index) const = 0;
  // Field `index` is known not to come; emitted in place by readers that know field by field.
  virtual void absent(int index) = 0;
  // Readers in any order: which bits of `seen` are set is known at run time only. Bit i%64 of slot
  // seen+i/64.
  virtual void finish(Slot seen) = 0;
  // All fields have come.
  virtual void finish_all() = 0;
  // Whether finish() or a duplicate check looks at `seen` at all.
  [[nodiscard]] virtual bool wants_seen() const = 0;
  // Fields that the schema lacks, as they stood in the source: address and size in t0, t1; `tag`
  // tells the format, 0 (memory): it is in t2.
  [[nodiscard]] virtual bool wants_unknown() const = 0;
  virtual void unknown(std::uint64_t tag) = 0;
  // What to do when a field comes a second time.
  enum class Duplicate : std::uint8_t { replace, fail, restart, fail_union };
  [[nodiscard]] virtual Duplicate on_duplicate() const = 0;
  // Whether two arrivals are an error, also where one of them has no value (null).
  [[nodiscard]] virtual bool refuses_duplicates() const = 0;
  // Where fields replace: the field whose position is in `index` came without a value (null), so
  // that what came before does not count. Its bit of `seen`, if there is one, is clear.
  virtual void take_back(Slot index) = 0;
};

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
  virtual void presence(Lowering&, const StructType&, Place, const Slot* seen) const { (void)seen; }
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
  virtual void take_back(Lowering&, const StructType&, Place inner, Slot index) const {
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
  [[nodiscard]] virtual const Helper* whole_taker(const Node&, const Whole&) const {
    return nullptr;
  }
  virtual void whole_place(Lowering&, const Node&) const {}

  [[nodiscard]] virtual Run run(const Node&) const { return {}; }
  // Leaves in t0 where the run is to be written (room for count elements is there); afterwards,
  // put_run moves on.
  virtual void give_run(Lowering&, const Node&, const Scope&, const Count&) const {}
  virtual void put_run(Lowering&, const Node&, const Scope&, const Count&) const {}
};

// A conversion between two formats; `key` tells it apart from all others.
struct Way {
  Format from;
  Format to;
  std::string key;
};

// Conversions of the schema's structs, for values whose struct is known only when they come.
// Thread-safe; compiled when first needed.
class Conversions {
 public:
  virtual ~Conversions() = default;
  // The struct of that full name, or null.
  [[nodiscard]] virtual const StructType* find(std::string_view full_name) const noexcept = 0;
  // Whether a field comes again among the root's own, as far as the caller has seen.
  enum class Again : std::uint8_t { unknown, no, yes };
  // On whose behalf: what a reader meets and cannot convert is final; what a writer was handed may
  // be replaced by a field that comes later.
  struct Asked {
    bool by_writer = false;
    Again again = Again::unknown;
  };
  // Reads all of `input` and appends to `out`, which may grow to `limit` bytes. Depth and memory
  // are those that the call has left, the state of the writer is its own. False after a failure,
  // with code and position (in `input`) in the Context.
  virtual bool convert(Context& ctx, const StructType& type, const Way& way, Bytes input,
                       Buffer& out, std::uint64_t limit, Asked asked) const noexcept = 0;
};

// What a compilation was asked for; part of a Module's identity. Formats keep their own options in
// their readers and writers.
struct CompileOptions {
  bool comments = false;     // keep op comments, for listings
  bool alias_input = false;  // decoded strings may point into the input
  bool check_unions = true;  // a union with no field or several is an error
  bool reject_duplicate_fields = false;
  bool reject_duplicate_keys = false;  // of maps, and elements of sets
  bool keep_unknown = false;
  bool allow_partial = false;  // required fields may be missing
  bool validate_utf8 = true;   // strings of wire formats are checked where they are written as text
  std::uint32_t inline_fields = 16;          // nested structs of up to this many fields are inlined
  const Conversions* conversions = nullptr;  // lives as long as the Module
};

// One Program being made: the builder, and what outlives it.
class Lowering {
 public:
  Lowering(std::string name, const CompileOptions& o, Module& m)
      : b(std::move(name), o.comments), options(o), module(m) {}

  Builder b;
  const CompileOptions& options;
  Module& module;
  std::int64_t inline_depth =
      0;  // inlined structs around this point: they use depth, but do not count it

  // Keeps `object` as long as the Module; programs may point to it.
  template <class T>
  const T* keep(std::shared_ptr<const T> object) {
    const T* p = object.get();
    module.keeps.push_back(std::move(object));
    return p;
  }
  // A label whose code, somewhere behind, fails with `code` at the cursor.
  Label failure(Errc code);
  // The same, of a field of the struct at hand: the lowest bit of `bits` tells, from its field
  // 64 * word on.
  Label failure_of_bit(Errc code, Reg bits, unsigned word);
  // What `emit` emits has the path of a field of the struct at hand. Labels cost no machine code:
  // all failures of one code are one there.
  template <class F>
  void at_field(const Field& field, F&& emit) {
    const std::uint32_t outer = b.node();
    b.set_node(new_node(PathNode::What::field, field.name, field.type));
    emit();
    b.set_node(outer);
  }
  // A step behind the node at hand.
  std::uint32_t new_node(PathNode::What what, std::string_view name, const Type* type);
  // Emits the failures that were asked for; after the last instruction of the routine.
  void emit_failures();
  // The format cannot express this type: compiling fails with Errc::unsupported.
  void unsupported(std::string why) {
    if (error_.empty()) {
      error_ = std::move(why);
    }
  }
  [[nodiscard]] const std::string& error() const { return error_; }
  // Code to be emitted behind the straight line, before the failures.
  void later(std::function<void()> emit) { later_.push_back(std::move(emit)); }
  // The same at `label`, if anything branches to it; it carries the node of the place that asks.
  template <class F>
  void cold(Label label, F make) {
    later([this, label, node = b.node(), make = std::move(make)] {
      if (b.is_used(label)) {
        b.set_node(node);
        b.bind(label);
        make();
      }
    });
  }
  void emit_later();

 private:
  struct Failure {
    Errc code;
    std::uint32_t node;
    Label label;
    Reg bits = Reg::none;
    unsigned word = 0;
    friend bool operator==(const Failure&, const Failure&) = default;
  };
  Label failure(Failure wanted);
  std::vector<Failure> failures_;
  std::string error_;
  std::vector<std::function<void()>> later_;
};

// Category of a type, as fuse sees it.
enum class Shape : std::uint8_t { scalar, bytes, structure, list, map };
[[nodiscard]] Shape shape_of(const Type& type) noexcept;
// Whether a field of that struct may have no presence on a wire: zero or empty, it is not written.
[[nodiscard]] bool is_implicit(const StructType& parent, const Field& field) noexcept;
// Bytes of a scalar's own width: 1, 2, 4, 8.
[[nodiscard]] unsigned width_of(Kind kind) noexcept;
[[nodiscard]] bool is_signed(Kind kind) noexcept;

}  // namespace wirejit::jit
