// The driver's inside, shared by its files: fuse.cc (routines, values, containers), fuse_fields.cc
// (a struct's fields), fuse_defaults.cc (values that did not come).
// Entry: Fusion. Invariant: one Fusion makes all routines of a module; a reader hears of nodes of
// the source alone, a writer of nodes of the target.
#pragma once

#include "lower/fuse.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::lower {

// One value to be read and written, as either side knows it.
struct Value {
  Node source;
  Node target;
};

// A struct, as either side knows it, with what each keeps of it.
struct Struct {
  const StructType& source;
  const StructType& target;
  const std::vector<int>* fields;  // to the target's positions; null: the same
  StructScope& r;
  StructScope& w;

  // The target's position of a field, or -1.
  [[nodiscard]] int mapped(int index) const {
    return fields == nullptr ? index : (*fields)[static_cast<std::size_t>(index)];
  }
};

class Fusion {
 public:
  Fusion(jit::Module& m, const Sides& sides, const CompileOptions& o);
  Result<Fused> run();

 private:
  friend class FieldEvents;

  // Struct, sides and their compile-time words: what tells a routine.
  struct Routine {
    const StructType* source;
    const StructType* target;
    const void* r;
    const void* w;
    std::int32_t r_number;
    std::int32_t w_number;
    auto operator<=>(const Routine&) const = default;
  };
  template <class F>
  void begin_routine(std::string name, F&& body);
  std::uint32_t routine(const Routine& want);

  // Runs `emit` with the path one step deeper, and frees the slots it took.
  template <class F>
  void within(jit::PathNode::What what, std::string_view name, const Type* type, F&& emit) {
    jit::Builder& b = l_->b;
    const std::uint32_t outer = b.node();
    const auto mark = b.slot_mark();
    b.set_node(l_->new_node(what, name, type));
    emit();
    b.set_node(outer);
    b.release_slots(mark);
  }

  [[nodiscard]] Struct struct_of(const StructType& source, StructScope& r, StructScope& w) const;
  [[nodiscard]] static Value child(const Value& v, Role role);

  void value(const Value& v);
  void write_scalar(const Value& v);
  void write_bytes(const Value& v, bool of_schema, BytesAt at);
  void trace_key(const Node& n, bool is_bytes);
  void structure(const Value& v);
  void list(const Value& v);
  void list_by_elements(const Value& v);
  void element(const Value& v, const Scope& ws, const Count& count, bool guarded);
  void value_or_null(const Value& v, bool guarded);
  void map(const Value& v);
  const BulkKernel* kernel_of(const Value& v) const;
  void copy_run(const Value& v, const Scope& rs, const Count& count, const BulkKernel& kernel);
  [[nodiscard]] bool called(const Type& type) const;
  [[nodiscard]] static bool is_plain_key(const Type& key);
  [[nodiscard]] bool is_guarded(const Type& key, bool needed) const;
  [[nodiscard]] bool is_guarded_set(const Type& source, const Type& target) const;
  [[nodiscard]] bool rejects_equal_keys() const;
  void unique_key(const Value& v);
  void unique_zero(const Value& v);
  void add_unique(const Value& v);

  void struct_fields(const StructType& source, StructScope& r, StructScope& w);

  // Values that did not come: the writer is driven by a constant, unrolled.
  // `of`: a struct that stands for one that was read (null) has its other fields, too, as if they
  // had not come: through a record, it cannot be told from one.
  enum class ZeroOf : std::uint8_t { absent, null };
  void zero(const Value& v, ZeroOf of = ZeroOf::absent);
  void put_zero(const Type& type);
  void zero_struct(const Value& v, ZeroOf of);
  // Whether the type has a zero value (MissingRequired).
  [[nodiscard]] bool has_zero(const Type& type, ZeroOf of = ZeroOf::absent);
  // The size of a struct's zero value, whose code is unrolled: so many required fields, itself
  // counted, in so many structs within structs, which have so many fields. Zero: it has none, or is
  // being measured.
  struct Zero {
    std::size_t fields = 0;
    std::size_t levels = 0;
    std::size_t all_fields = 0;
  };
  void measure_zeros(const StructType& root);
  [[nodiscard]] Zero measure_zero(const StructType& s) const;
  void constant(const Value& v, const ConstValue& c);
  void constant_bytes(const Value& v, const std::string& text);
  void constant_struct(const Value& v, const ConstValue& c);
  void constant_list(const Value& v, const ConstValue& c);
  void constant_map(const Value& v, const ConstValue& c);

  jit::Module& module_;
  const Reader& reader_;
  const Writer& writer_;
  const Type& source_;
  const Type& target_;
  const Mapping* mapping_;
  const CompileOptions& options_;
  Needs needs_;
  Guarantees guarantees_;
  Constants shared_;
  Lowering* l_ = nullptr;
  std::map<Routine, std::uint32_t> routines_;
  std::vector<Routine> wanted_;
  std::size_t ops_ = 0;
  std::size_t constants_ = 0;
  std::map<const StructType*, Zero> zeros_;
  std::string error_;
};

// The fields of one struct within a routine.
class FieldEvents final : public StructEvents {
 public:
  // `has_source`: the struct is read; else it is a constant's.
  FieldEvents(Fusion& f, const Struct& s, bool has_source = true);
  // Before all other code of the struct: a union must not become an empty one, nor be made of
  // nothing, because the target lacks the member that is set.
  void expect_member();

  void field(int index, Previous previous) override;
  void absent(int index, Previous previous) override;
  void finish(jit::Slot seen) override;
  void finish_all() override;
  [[nodiscard]] bool is_mapped(int index) const override;
  [[nodiscard]] bool needs_absent(int index) const override;
  [[nodiscard]] bool tracks_presence() const override;
  [[nodiscard]] bool in_order() const override;
  [[nodiscard]] bool wants_unknown() const override;
  void unknown() override;
  [[nodiscard]] bool rejects_unknown() const override;
  [[nodiscard]] Duplicate on_duplicate() const override;
  [[nodiscard]] bool rejects_duplicates() const override;
  void undo_field(jit::Slot index) override;
  // Within a constant: the value given for the field; null: none is.
  void constant(int index, const ConstValue* given);
  // Within the zero value of a struct.
  void zero(int index, Fusion::ZeroOf of);

 private:
  [[nodiscard]] const Field& at(int index) const {
    return s_.source.fields[static_cast<std::size_t>(index)];
  }
  [[nodiscard]] bool is_union() const { return s_.source.flavor == StructFlavor::union_; }
  [[nodiscard]] const Field& target_field(int index) const {
    return s_.target.fields[static_cast<std::size_t>(s_.mapped(index))];
  }
  [[nodiscard]] bool are_many_usual() const;
  [[nodiscard]] bool is_required_by_target(int index) const;
  // What is to be done about a field that does not come.
  enum class Absence : std::uint8_t { nothing, error, zero, default_value, tell_target };
  [[nodiscard]] Absence absence(int index) const;
  [[nodiscard]] MissingFields missing_fields(int index) const;
  [[nodiscard]] AbsentDefault absent_default(int index) const;
  [[nodiscard]] bool tells_target(int index) const;
  [[nodiscard]] bool needs_zero(int index) const;
  [[nodiscard]] Previous mapped(Previous previous) const;
  [[nodiscard]] Value value_of(int index, Previous previous) const;
  [[nodiscard]] Value written(int index, Previous previous) const;
  void tell_target(int index, Previous previous);
  void absent_in_source();
  void finish_union(jit::Slot seen);
  void require(jit::Slot seen, int index, std::uint64_t fields);
  void note_member();
  void fail_without_member();
  [[nodiscard]] bool lacks_a_member() const;

  Fusion& f_;
  const Struct& s_;
  const bool has_source_;
  bool presence_at_end_ = false;
  std::vector<bool> given_;  // fields that the reader has code for, so far
  // One of the structs is a union, and the target may lack what came: whether a field came that it
  // has.
  std::optional<jit::Slot> has_member_;
};

}  // namespace wirejit::lower
