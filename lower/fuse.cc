// The driver. One Fusion makes all routines of a module; one FieldEvents is one struct's fields
// within a routine.
#include "lower/fuse.h"

#include "kernels/swap.h"
#include "kernels/varint.h"
#include "lower/key_set.h"
#include "lower/shape.h"

#include <bit>
#include <map>
#include <tuple>

namespace wirejit::lower {

using jit::Arg;
using jit::Builder;
using jit::Cond;
using jit::Context;
using jit::Helper;
using jit::helper;
using jit::Label;
using jit::max_slots;
using jit::Module;
using jit::PathNode;
using jit::Program;
using jit::Reg;
using jit::Slot;
using jit::Two;
using jit::verify;

namespace {

// ---- Runs: bulk copies between encodings

void copy_run_1(void* to, const void* from, std::uint64_t n) noexcept {
  kernels::copy(to, from, n);
}
void copy_run_2(void* to, const void* from, std::uint64_t n) noexcept {
  copy_run_1(to, from, n * 2);
}
void copy_run_4(void* to, const void* from, std::uint64_t n) noexcept {
  copy_run_1(to, from, n * 4);
}
void copy_run_8(void* to, const void* from, std::uint64_t n) noexcept {
  copy_run_1(to, from, n * 8);
}
void swap_run_2(void* to, const void* from, std::uint64_t n) noexcept {
  kernels::copy_swap16(to, from, n);
}
void swap_run_4(void* to, const void* from, std::uint64_t n) noexcept {
  kernels::copy_swap32(to, from, n);
}
void swap_run_8(void* to, const void* from, std::uint64_t n) noexcept {
  kernels::copy_swap64(to, from, n);
}
void bool_run(void* to, const void* from, std::uint64_t n) noexcept {
  kernels::copy_bytes_to_bool(to, from, n);
}

// Of a run that has one, the first varint that is too long.
const std::uint8_t* too_long_varint(const std::uint8_t* at, const std::uint8_t* end) noexcept {
  while (const std::uint8_t* const next = kernels::read_varint(at, end).at) {
    at = next;
  }
  return at;
}

// Varints up to `end`; their number was counted.
template <kernels::VarintAs As>
Two varint_run(Context& ctx, void* to, const std::uint8_t* from, const std::uint8_t* end,
               std::uint64_t n) noexcept {
  return kernels::read_varints(As, from, end, ctx.input_end, to, n) != nullptr
             ? Two{1, 0}
             : fail(ctx, Errc::invalid_varint, too_long_varint(from, end));
}

struct RunHelpers {
  Helper copy[4] = {helper<&copy_run_1>("copy_run_1"), helper<&copy_run_2>("copy_run_2"),
                    helper<&copy_run_4>("copy_run_4"), helper<&copy_run_8>("copy_run_8")};
  Helper swap[4] = {helper<&copy_run_1>("copy_run_1"), helper<&swap_run_2>("swap_run_2"),
                    helper<&swap_run_4>("swap_run_4"), helper<&swap_run_8>("swap_run_8")};
  Helper to_bool = helper<&bool_run>("bool_run");
  // By VarintAs.
  Helper varints[kernels::varint_kinds] = {
      helper<&varint_run<kernels::VarintAs::word64>>("varint_run_8"),
      helper<&varint_run<kernels::VarintAs::word32>>("varint_run_4"),
      helper<&varint_run<kernels::VarintAs::zigzag64>>("zigzag_run_8"),
      helper<&varint_run<kernels::VarintAs::zigzag32>>("zigzag_run_4"),
      helper<&varint_run<kernels::VarintAs::boolean>>("varint_run_bool")};
};

const RunHelpers& run_helpers() {
  static const RunHelpers h;
  return h;
}

// The kernel that turns one encoding into the other, or null.
const Helper* run_kernel(Run from, Run to) {
  if (is_varint(from.encoding)) {
    const auto as = varint_as(from, to);
    return as ? &run_helpers().varints[static_cast<std::size_t>(*as)] : nullptr;
  }
  if (from.encoding == Encoding::none || to.encoding == Encoding::none || from.width != to.width) {
    return nullptr;
  }
  if (from.encoding == Encoding::bool_byte || to.encoding == Encoding::bool_byte) {
    return from.encoding == to.encoding ? &run_helpers().to_bool : nullptr;
  }
  const unsigned log = from.width == 1 ? 0 : from.width == 2 ? 1 : from.width == 4 ? 2 : 3;
  return from.encoding == to.encoding ? &run_helpers().copy[log] : &run_helpers().swap[log];
}

// Roughly how much code a value takes; recursion counts as too much.
std::size_t weight(const Type& type, std::size_t limit, unsigned depth = 0) {
  if (depth > 4) {
    return limit + 1;
  }
  switch (shape_of(type)) {
    case Shape::scalar:
    case Shape::bytes: return 1;
    case Shape::list: return 2 + weight(*type.element, limit, depth + 1);
    case Shape::map:
      return 3 + weight(*type.key, limit, depth + 1) + weight(*type.value, limit, depth + 1);
    case Shape::structure: break;
  }
  std::size_t sum = 1;
  for (const Field& f : type.structure->fields) {
    sum += weight(*f.type, limit, depth + 1);
    if (sum > limit) {
      return sum;
    }
  }
  return sum;
}

// ---- The driver

class Fusion {
 public:
  Fusion(Module& m, const Reader& r, const Writer& w, const CompileOptions& o)
      : module_(m),
        reader_(r),
        writer_(w),
        options_(o),
        needs_(w.needs()),
        guarantees_(r.guarantees()) {}

  Result<void> run(const Type& type) {
    begin_routine("value of " + type.to_string(), [&](Lowering& l) {
      l.new_node(PathNode::What::root, {}, &type);  // node 0
      Node root;
      root.type = &type;
      root.r = reader_.root(type);
      root.w = writer_.root(type);
      reader_.begin(l, root);
      writer_.begin(l, root);
      value(root);
      writer_.end(l, root);
      reader_.end(l, root);
    });
    // Routines ask for routines; each (struct, reader's place, writer's place) is made once.
    for (std::size_t k = 0; k < wanted_.size() && error_.empty(); ++k) {
      const Routine want = wanted_[k];
      begin_routine("fields of " + want.type->full_name, [&](Lowering& l) {
        l.b.set_node(l.new_node(PathNode::What::root, {}, nullptr));
        module_.nodes.back().structure = want.type;
        struct_fields(*want.type, {want.r, 0}, {want.w, 0});
      });
      if (k >= max_routines || ops_ > max_ops) {
        error_ = "the type needs too much code";
      }
    }
    if (!error_.empty()) {
      return std::unexpected(Error(Errc::unsupported, error_));
    }
    for (const Program& p : module_.programs) {
      if (std::string defect = verify(p, module_.programs.size()); !defect.empty()) {
        return std::unexpected(Error(Errc::internal, p.name + ": " + defect));
      }
    }
    return {};
  }

 private:
  struct Routine {
    const StructType* type;
    const void* r;
    const void* w;
    auto operator<=>(const Routine&) const = default;
  };

  template <class F>
  void begin_routine(std::string name, F&& body) {
    Lowering l(std::move(name), options_, module_);
    l_ = &l;
    body(l);
    l.b.ret();
    l.emit_later();
    l.emit_failures();
    if (error_.empty()) {
      error_ = l.error();
    }
    if (!l.b.ok()) {
      error_ = "the type needs too large a frame";
    }
    ops_ += l.b.op_count();
    module_.programs.push_back(l.b.finish());
    l_ = nullptr;
  }

  std::uint32_t routine(const Routine& want) {
    const auto [it, fresh] =
        routines_.try_emplace(want, static_cast<std::uint32_t>(wanted_.size() + 1));
    if (fresh) {
      wanted_.push_back(want);
    }
    return it->second;
  }

  // ---- Path nodes

  // Runs `emit` with the path one step deeper, and frees the slots it took.
  template <class F>
  void within(PathNode::What what, std::string_view name, const Type* type, F&& emit) {
    Builder& b = l_->b;
    const std::uint32_t outer = b.node();
    const auto mark = b.slot_mark();
    b.set_node(l_->new_node(what, name, type));
    emit();
    b.set_node(outer);
    b.release_slots(mark);
  }

  // ---- Values

  void value(const Node& n) {
    if (!error_.empty()) {
      return;
    }
    switch (shape_of(*n.type)) {
      case Shape::scalar:
        reader_.scalar(*l_, n);
        trace_key(n, false);
        writer_.scalar(*l_, n);
        return;
      case Shape::bytes:
        reader_.bytes(*l_, n);
        trace_key(n, true);
        writer_.bytes(*l_, checked(n), guarantees_.bytes_at);
        return;
      case Shape::structure: structure(n); return;
      case Shape::list: list(n); return;
      case Shape::map: map(n); return;
    }
  }

  // A node of bytes, and whether they are UTF-8 for sure: as the reader says, or a schema's.
  Node checked(Node n, bool of_schema = false) const {
    n.is_utf8 = of_schema || reader_.checks_utf8(*n.type);
    return n;
  }

  // Paths name entries by their keys.
  void trace_key(const Node& n, bool is_bytes) {
    if (n.role == Role::key) {
      l_->b.trace_key(l_->b.node(), is_bytes);
    }
  }

  bool called(const Type& type) const {
    if (type.structure->fields.size() > max_fields) {
      return true;
    }
    const std::size_t most = options_.inline_fields + std::size_t{1};
    return weight(type, most) > most || l_->b.op_count() > 4000 ||
           l_->b.slot_mark() > max_slots / 2;
  }

  void structure(const Node& n) {
    if (n.role == Role::root) {
      // The root's fields stand in routine 0; recursion gets a routine of its own.
      const Scope rs = reader_.open_struct(*l_, n, false);
      const Scope ws = writer_.open_struct(*l_, n, false);
      struct_fields(*n.type->structure, rs.inner, ws.inner);
      writer_.close_struct(*l_, n, ws);
      reader_.close_struct(*l_, n, rs);
      return;
    }
    const bool call = called(*n.type);
    ++l_->inline_depth;
    const Scope rs = reader_.open_struct(*l_, n, call);
    const Scope ws = writer_.open_struct(*l_, n, call);
    if (call) {
      l_->b.depth_enter(l_->inline_depth);
      l_->b.comment("-> " + n.type->structure->full_name);
      l_->b.call_routine(routine({n.type->structure, rs.inner.what, ws.inner.what}));
      l_->b.depth_leave(l_->inline_depth);
    } else {
      l_->b.depth_check(l_->inline_depth);
      struct_fields(*n.type->structure, rs.inner, ws.inner);
    }
    writer_.close_struct(*l_, n, ws);
    reader_.close_struct(*l_, n, rs);
    --l_->inline_depth;
  }

  void list(const Node& n) {
    Builder& b = l_->b;
    const Whole whole = reader_.whole(*l_, n);
    const Helper* const taker =
        whole.form == Whole::Form::none ? nullptr : writer_.whole_taker(n, whole);
    if (taker == nullptr) {
      return list_by_elements(n);
    }
    const Label taken = b.label();
    const Label done = b.label();
    b.flush(Reg::r0);
    writer_.whole_place(*l_, n);
    b.call(*taker, {Reg::t0, Reg::r0, Reg::r1, whole.tag, std::uint64_t{whole.tag_size}});
    b.branch_imm(Cond::ne, Reg::t0, 0, taken);
    list_by_elements(n);
    b.jump(done);
    b.bind(taken);
    b.mov(Reg::r0, Reg::t0);
    b.bind(done);
  }

  void list_by_elements(const Node& n) {
    Builder& b = l_->b;
    Count count;
    count.slot = b.new_slot();
    const Scope rs = reader_.open_list(*l_, n, count);
    if (!count.known) {
      b.put_imm(count.slot, 0);
    }
    const Scope ws = writer_.open_list(*l_, n, count);
    // A format that refuses keys that come twice says nothing of sets: it writes lists.
    const bool guarded = n.type->kind == Kind::set && options_.reject_duplicate_keys &&
                         is_guarded(*n.type->element, false);
    if (guarded) {
      b.call(key_set_helpers().open, {}, {.null_fails = true});
    }
    const Helper* kernel =
        count.known && !guarded ? run_kernel(reader_.run(n), writer_.run(n)) : nullptr;
    if (kernel != nullptr) {
      copy_run(n, rs, ws, count, *kernel);
    } else {
      reader_.elements(*l_, n, rs, count, [&] {
        within(PathNode::What::element, {}, n.type->element,
               [&] { element(n, ws, count, guarded); });
      });
    }
    if (guarded) {
      b.call(key_set_helpers().close, {});
    }
    writer_.close_list(*l_, n, ws, count);
    reader_.close_list(*l_, n, rs);
  }

  void copy_run(const Node& n, const Scope& rs, const Scope& ws, const Count& count,
                const Helper& kernel) {
    Builder& b = l_->b;
    const Slot from = b.new_slot();
    reader_.take_run(*l_, n, rs, count);
    b.put(from, Reg::t0);
    writer_.give_run(*l_, n, ws, count);
    b.get(Reg::t1, from);
    b.get(Reg::t2, count.slot);
    if (is_varint(reader_.run(n).encoding)) {
      b.call(kernel, {Reg::t0, Reg::t1, Reg::r0, Reg::t2}, {.null_fails = true});
    } else {
      b.call(kernel, {Reg::t0, Reg::t1, Reg::t2});
    }
    writer_.put_run(*l_, n, ws, count);
  }

  Node child(const Node& n, const Type* type, Role role) const {
    Node c;
    c.type = type;
    c.role = role;
    c.container = &n;
    return c;
  }

  void element(const Node& n, const Scope& ws, const Count& count, bool guarded) {
    Node e = child(n, n.type->element, Role::element);
    e.r = reader_.element(n);
    e.w = writer_.element(n);
    l_->b.trace(l_->b.node());
    writer_.begin_element(*l_, n, ws, count);
    if (guarded) {
      unique_key(e);
    } else {
      value(e);
    }
    if (!count.known) {
      l_->b.add_slot(count.slot, 1);
    }
    writer_.end_element(*l_, n, ws, count);
  }

  void map(const Node& n) {
    Builder& b = l_->b;
    Count count;
    count.slot = b.new_slot();
    const Scope rs = reader_.open_map(*l_, n, count);
    if (!count.known) {
      b.put_imm(count.slot, 0);
    }
    const Scope ws = writer_.open_map(*l_, n, count);
    const bool guarded = is_guarded(*n.type->key, needs_.unique_keys);
    if (guarded) {
      b.call(key_set_helpers().open, {}, {.null_fails = true});
    }
    const auto key = [&] {
      within(PathNode::What::key, {}, n.type->key, [&] {
        Node k = child(n, n.type->key, Role::key);
        k.r = reader_.key(n);
        k.w = writer_.key(n);
        b.trace(b.node());
        writer_.begin_key(*l_, n, ws, count);
        if (guarded) {
          unique_key(k);
        } else {
          value(k);
        }
      });
    };
    const auto mapped = [&] {
      within(PathNode::What::value, {}, n.type->value, [&] {
        Node v = child(n, n.type->value, Role::value);
        v.r = reader_.value(n);
        v.w = writer_.value(n);
        writer_.begin_value(*l_, n, ws);
        value(v);
        if (!count.known) {
          b.add_slot(count.slot, 1);
        }
        writer_.end_entry(*l_, n, ws, count);
      });
    };
    reader_.entries(*l_, n, rs, count, key, mapped);
    if (guarded) {
      b.call(key_set_helpers().close, {});
    }
    writer_.close_map(*l_, n, ws, count);
    reader_.close_map(*l_, n, rs);
  }

  // Whether a set of seen keys is kept: where the reader guarantees nothing, and it matters.
  bool is_guarded(const Type& key, bool needed) const {
    const bool plain = shape_of(key) == Shape::scalar || shape_of(key) == Shape::bytes;
    return plain && !guarantees_.unique_keys && (needed || refuses_equal_keys());
  }
  bool refuses_equal_keys() const {
    return options_.reject_duplicate_keys || guarantees_.refuse_duplicates;
  }

  // A key that is an error the second time, or makes the call run again through a record.
  void unique_key(const Node& k) {
    Builder& b = l_->b;
    const Arg otherwise =
        static_cast<std::uint64_t>(refuses_equal_keys() ? Errc::duplicate_key : Errc::ok);
    if (shape_of(*k.type) == Shape::scalar) {
      reader_.scalar(*l_, k);
      trace_key(k, false);
      const Kind kind = k.type->kind;
      b.call(kind == Kind::float64   ? key_set_helpers().add_double
             : kind == Kind::float32 ? key_set_helpers().add_float
                                     : key_set_helpers().add_word,
             {Reg::t0, otherwise}, {.null_fails = true});
      b.get_aux(Reg::t0, 0);
      writer_.scalar(*l_, k);
    } else {
      reader_.bytes(*l_, k);
      trace_key(k, true);
      b.call(key_set_helpers().add_bytes, {Reg::t0, Reg::t1, otherwise}, {.null_fails = true});
      b.get_aux(Reg::t0, 0);
      b.get_aux(Reg::t1, 1);
      writer_.bytes(*l_, checked(k), guarantees_.bytes_at);
    }
  }

  // ---- Fields

  class FieldEvents final : public StructEvents {
   public:
    FieldEvents(Fusion& f, const StructType& type, Place r, Place w)
        : f_(f),
          type_(type),
          r_(r),
          w_(w),
          presence_at_end_(f.guarantees_.tells_presence && f.writer_.takes_presence(type, w)),
          given_(type.fields.size()) {}

    void field(int index) override {
      const Field& field = at(index);
      given_[static_cast<std::size_t>(index)] = true;
      f_.within(PathNode::What::field, field.name, field.type, [&] {
        Node n = node_of(index);
        n.r = f_.reader_.field(type_, r_, index);
        n.presence_at_end = presence_at_end_;
        f_.l_->b.comment([&] { return std::to_string(field.id) + ": " + field.name; });
        f_.value(n);
      });
    }

    void absent(int index) override {
      if (!cares(index)) {
        return;
      }
      const Field& field = at(index);
      f_.within(PathNode::What::field, field.name, field.type, [&] {
        if (needs_zero(index)) {
          f_.zero(node_of(index));
          return;
        }
        if (is_required(field)) {
          f_.l_->b.jump(f_.l_->failure(Errc::missing_required));
          return;
        }
        if (field.default_value && f_.needs_.defaults &&
            f_.writer_.wants_default(type_, w_, index)) {
          f_.constant(node_of(index), *field.default_value);
        } else if (f_.needs_.absent_fields && f_.writer_.needs_absent(type_, w_, index)) {
          f_.writer_.absent(*f_.l_, type_, w_, index, f_.absent_is_zero());
        }
      });
    }

    void finish(Slot seen) override {
      Builder& b = f_.l_->b;
      if (presence_at_end_) {
        f_.writer_.presence(*f_.l_, type_, w_, &seen);
      }
      if (is_union()) {
        finish_union(seen);
      }
      for (std::size_t i = 0; i < type_.fields.size(); ++i) {
        const int index = static_cast<int>(i);
        if (!cares(index)) {
          continue;
        }
        const Label there = b.label();
        b.branch_bits(Cond::ne, word(seen, i), static_cast<std::int64_t>(1ULL << (i % 64)), there);
        absent(index);
        b.bind(there);
      }
      f_.writer_.end_fields(*f_.l_, type_, w_);
    }

    void finish_all() override {
      if (is_union() && type_.fields.empty() && f_.options_.check_unions) {
        f_.l_->b.jump(f_.l_->failure(Errc::union_not_one));
        return;
      }
      if (presence_at_end_) {
        f_.writer_.presence(*f_.l_, type_, w_, nullptr);
      }
      f_.writer_.end_fields(*f_.l_, type_, w_);
    }

    [[nodiscard]] bool wants_seen() const override {
      if (presence_at_end_) {
        return true;
      }
      for (std::size_t i = 0; i < type_.fields.size(); ++i) {
        if (cares(static_cast<int>(i))) {
          return true;
        }
      }
      return is_union() && f_.options_.check_unions;
    }

    [[nodiscard]] Duplicate on_duplicate() const override {
      if (is_union() && f_.options_.check_unions && f_.guarantees_.whole_fields) {
        return Duplicate::fail_union;
      }
      if (f_.guarantees_.unique_fields) {
        return Duplicate::replace;
      }
      if (refuses_duplicates()) {
        return Duplicate::fail;
      }
      if (!f_.guarantees_.whole_fields) {
        return Duplicate::restart;
      }
      return f_.needs_.unique_fields ? Duplicate::restart : Duplicate::replace;
    }

    [[nodiscard]] bool refuses_duplicates() const override {
      return f_.options_.reject_duplicate_fields || f_.guarantees_.refuse_duplicates;
    }

    void take_back(Slot index) override { f_.writer_.take_back(*f_.l_, type_, w_, index); }

    // Whether anything must be done if the field does not come.
    [[nodiscard]] bool cares(int index) const override {
      if (!wanted(index)) {
        return false;
      }
      const Field& field = at(index);
      if (is_required(field) || needs_zero(index) ||
          (f_.needs_.absent_fields && f_.writer_.needs_absent(type_, w_, index))) {
        return true;
      }
      return field.default_value.has_value() && f_.needs_.defaults &&
             f_.writer_.wants_default(type_, w_, index);
    }

    [[nodiscard]] bool wants_unknown() const override {
      const std::uint64_t tag = f_.reader_.unknown_tag();
      const bool given = tag != 0 || !f_.reader_.reads_input();
      return f_.options_.keep_unknown && given && f_.writer_.takes_unknown(type_, w_, tag);
    }
    void unknown(std::uint64_t tag) override {
      std::vector<bool> written = given_;
      for (std::size_t i = 0; i < written.size(); ++i) {
        written[i] = written[i] || cares(static_cast<int>(i));
      }
      f_.writer_.unknown(*f_.l_, type_, w_, tag, written);
    }
    [[nodiscard]] bool wanted(int index) const override {
      return f_.writer_.has_field(type_, w_, index);
    }

   private:
    const Field& at(int index) const { return type_.fields[static_cast<std::size_t>(index)]; }
    static Slot word(Slot s, std::size_t bit) {
      return {static_cast<std::uint16_t>(s.number + bit / 64)};
    }
    bool is_required(const Field& field) const {
      return field.requiredness == Requiredness::required && !f_.options_.allow_partial;
    }
    // Absence in the source says zero or empty, and the target must be told.
    bool needs_zero(int index) const {
      const bool required = at(index).requiredness == Requiredness::required;
      return (required || f_.writer_.needs_zero(type_, index)) &&
             f_.reader_.absent_is_zero(type_, index) &&
             shape_of(*at(index).type) != Shape::structure;
    }
    bool is_union() const { return type_.flavor == StructFlavor::union_; }

    Node node_of(int index) const {
      Node n;
      n.type = at(index).type;
      n.role = Role::field;
      n.field = &at(index);
      n.parent = &type_;
      n.index = index;
      n.w = f_.writer_.field(type_, w_, index);
      n.r_parent = r_;
      n.w_parent = w_;
      n.keeps_zero = f_.reader_.has_initial_value(type_, r_, index);
      return n;
    }

    void finish_union(Slot seen) {
      if (!f_.options_.check_unions) {
        return;
      }
      Builder& b = f_.l_->b;
      const Label some = b.label();
      for (std::size_t i = 0; i < type_.fields.size(); i += 64) {
        b.branch_slot(Cond::ne, word(seen, i), 0, some);
      }
      b.jump(f_.l_->failure(Errc::union_not_one));
      b.bind(some);
    }

    Fusion& f_;
    const StructType& type_;
    Place r_;
    Place w_;
    bool presence_at_end_;
    std::vector<bool> given_;  // fields that the reader has code for, so far
  };

  void struct_fields(const StructType& type, Place r, Place w) {
    if (type.fields.size() > max_fields) {
      error_ = type.full_name + " has more than " + std::to_string(max_fields) + " fields";
      return;
    }
    FieldEvents events(*this, type, r, w);
    writer_.begin_fields(*l_, type, w);
    reader_.fields(*l_, type, r, events);
  }

  [[nodiscard]] AbsentIsZero absent_is_zero() const {
    return
        [this](const StructType& type, int index) { return reader_.absent_is_zero(type, index); };
  }

  // What is not a struct, zero or empty. Its presence is not told otherwise.
  void zero(const Node& n) {
    static constexpr char nothing[16] = {};
    Builder& b = l_->b;
    const auto mark = b.slot_mark();
    switch (shape_of(*n.type)) {
      case Shape::scalar:
        b.imm(Reg::t0, 0);
        writer_.scalar(*l_, n);
        break;
      case Shape::bytes:
        b.imm(Reg::t0, static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(nothing)));
        b.imm(Reg::t1, n.type->kind == Kind::uuid ? 16 : 0);
        writer_.bytes(*l_, checked(n, true), BytesAt::anywhere);
        break;
      case Shape::list: constant_list(n, {}); break;
      case Shape::map: constant_map(n, {}); break;
      case Shape::structure: break;
    }
    b.release_slots(mark);
  }

  // ---- Default values: the writer is driven by the constant, unrolled

  void constant(const Node& n, const ConstValue& v) {
    if (++constants_ > 4096) {
      error_ = "default values are too large";
      return;
    }
    Builder& b = l_->b;
    const auto mark = b.slot_mark();
    switch (shape_of(*n.type)) {
      case Shape::scalar:
        b.imm(Reg::t0, constant_word(*n.type, v));
        writer_.scalar(*l_, n);
        break;
      case Shape::bytes: {
        const auto& written = std::get<std::string>(v.value);
        const auto text = std::make_shared<const std::string>(
            n.type->kind == Kind::uuid ? uuid_bytes(written) : written);
        l_->keep(text);
        b.imm(Reg::t0, static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(text->data())));
        b.imm(Reg::t1, static_cast<std::int64_t>(text->size()));
        writer_.bytes(*l_, checked(n, true), BytesAt::anywhere);
        break;
      }
      case Shape::structure: constant_struct(n, v); break;
      case Shape::list: constant_list(n, v); break;
      case Shape::map: constant_map(n, v); break;
    }
    b.release_slots(mark);
  }

  // A uuid's 16 bytes from its 36 characters; the schema's checks have seen them.
  static std::string uuid_bytes(const std::string& written) {
    std::string bytes;
    unsigned digits = 0;
    int value = 0;
    for (const char c : written) {
      const int lower = c | 0x20;
      const int digit = c >= '0' && c <= '9'           ? c - '0'
                        : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10
                                                       : -1;
      if (digit < 0) {
        continue;
      }
      value = value << 4 | digit;
      if (++digits % 2 == 0) {
        bytes += static_cast<char>(value & 0xff);
      }
    }
    bytes.resize(16);
    return bytes;
  }

  static std::int64_t constant_word(const Type& type, const ConstValue& v) {
    double d = 0;
    std::int64_t i = 0;
    if (const auto* b = std::get_if<bool>(&v.value)) {
      i = *b ? 1 : 0;
      d = static_cast<double>(i);
    } else if (const auto* n = std::get_if<std::int64_t>(&v.value)) {
      i = *n;
      d = static_cast<double>(i);
    } else if (const auto* f = std::get_if<double>(&v.value)) {
      d = *f;
    }
    if (type.kind == Kind::float64) {
      return std::bit_cast<std::int64_t>(d);
    }
    if (type.kind == Kind::float32) {
      return std::bit_cast<std::int32_t>(static_cast<float>(d));
    }
    return i;
  }

  void constant_struct(const Node& n, const ConstValue& v) {
    const StructType& type = *n.type->structure;
    const Scope ws = writer_.open_struct(*l_, n, false);
    writer_.begin_fields(*l_, type, ws.inner);
    const auto* members = std::get_if<ConstValue::Map>(&v.value);
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      const Field& f = type.fields[i];
      Node c;
      c.type = f.type;
      c.role = Role::field;
      c.field = &f;
      c.parent = &type;
      c.index = static_cast<int>(i);
      if (!writer_.has_field(type, ws.inner, c.index)) {
        continue;
      }
      c.w = writer_.field(type, ws.inner, c.index);
      c.w_parent = ws.inner;
      const ConstValue* given = nullptr;
      for (std::size_t k = 0; members != nullptr && k < members->size(); ++k) {
        if (std::get<std::string>((*members)[k].first.value) == f.name) {
          given = &(*members)[k].second;
        }
      }
      if (given == nullptr && f.default_value && writer_.wants_default(type, ws.inner, c.index)) {
        given = &*f.default_value;
      }
      if (given != nullptr) {
        constant(c, *given);
      } else if (needs_.absent_fields && writer_.needs_absent(type, ws.inner, c.index)) {
        writer_.absent(*l_, type, ws.inner, c.index, absent_is_zero());
      }
    }
    writer_.end_fields(*l_, type, ws.inner);
    writer_.close_struct(*l_, n, ws);
  }

  // Lists may be written as maps without entries ({}), and the other way round.
  void constant_list(const Node& n, const ConstValue& v) {
    Builder& b = l_->b;
    static const ConstValue::List none;
    const auto* given = std::get_if<ConstValue::List>(&v.value);
    const ConstValue::List& list = given != nullptr ? *given : none;
    const Count count{true, b.new_slot()};
    b.put_imm(count.slot, static_cast<std::int64_t>(list.size()));
    const Scope ws = writer_.open_list(*l_, n, count);
    for (const ConstValue& e : list) {
      Node c = child(n, n.type->element, Role::element);
      c.w = writer_.element(n);
      writer_.begin_element(*l_, n, ws, count);
      constant(c, e);
      writer_.end_element(*l_, n, ws, count);
    }
    writer_.close_list(*l_, n, ws, count);
  }

  void constant_map(const Node& n, const ConstValue& v) {
    Builder& b = l_->b;
    static const ConstValue::Map none;
    const auto* given = std::get_if<ConstValue::Map>(&v.value);
    const ConstValue::Map& map = given != nullptr ? *given : none;
    const Count count{true, b.new_slot()};
    b.put_imm(count.slot, static_cast<std::int64_t>(map.size()));
    const Scope ws = writer_.open_map(*l_, n, count);
    for (const auto& [key, mapped] : map) {
      Node k = child(n, n.type->key, Role::key);
      k.w = writer_.key(n);
      writer_.begin_key(*l_, n, ws, count);
      constant(k, key);
      Node m = child(n, n.type->value, Role::value);
      m.w = writer_.value(n);
      writer_.begin_value(*l_, n, ws);
      constant(m, mapped);
      writer_.end_entry(*l_, n, ws, count);
    }
    writer_.close_map(*l_, n, ws, count);
  }

  Module& module_;
  const Reader& reader_;
  const Writer& writer_;
  const CompileOptions& options_;
  Needs needs_;
  Guarantees guarantees_;
  Lowering* l_ = nullptr;
  std::map<Routine, std::uint32_t> routines_;
  std::vector<Routine> wanted_;
  std::size_t ops_ = 0;
  std::size_t constants_ = 0;
  std::string error_;
};

}  // namespace

Result<void> fuse(Module& module, const Type& type, const Reader& reader, const Writer& writer,
                  const CompileOptions& options) {
  return Fusion(module, reader, writer, options).run(type);
}

}  // namespace wirejit::lower
