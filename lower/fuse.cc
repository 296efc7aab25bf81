// Routines, values and containers. See fusion.h for the parts of the driver.
#include "lower/fuse.h"

#include "lower/fusion.h"
#include "lower/key_set.h"
#include "lower/type_category.h"

#include <algorithm>
#include <utility>

namespace wirejit::lower {

using jit::Arg;
using jit::Builder;
using jit::Helper;
using jit::Label;
using jit::PathNode;
using jit::Program;
using jit::Reg;
using jit::Slot;

namespace {

// Roughly how much code a value takes; recursion counts as too much.
std::size_t weight(const Type& type, std::size_t limit, unsigned depth = 0) {
  if (depth > 4) {
    return limit + 1;
  }
  switch (category_of(type)) {
    case TypeCategory::scalar:
    case TypeCategory::bytes: return 1;
    case TypeCategory::list: return 2 + weight(*type.element, limit, depth + 1);
    case TypeCategory::map:
      return 3 + weight(*type.key, limit, depth + 1) + weight(*type.value, limit, depth + 1);
    case TypeCategory::structure: break;
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

}  // namespace

Fusion::Fusion(jit::Module& m, const Sides& sides, const CompileOptions& o)
    : module_(m),
      reader_(sides.reader),
      writer_(sides.writer),
      source_(sides.source),
      target_(sides.target),
      mapping_(sides.mapping),
      options_(o),
      needs_(sides.writer.needs()),
      guarantees_(sides.reader.guarantees()) {}

// ---- Routines

template <class F>
void Fusion::begin_routine(std::string name, F&& body) {
  Lowering l(std::move(name), options_, module_, shared_);
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

Result<Fused> Fusion::run() {
  begin_routine("value of " + source_.to_string(), [&](Lowering& l) {
    l.new_node(PathNode::What::root, {}, &source_);  // node 0
    Value root;
    root.source.type = &source_;
    root.target.type = &target_;
    root.source.place = reader_.root(source_);
    root.target.place = writer_.root(target_);
    reader_.begin(l, root.source);
    writer_.begin(l, root.target);
    value(root);
    writer_.end(l, root.target);
    reader_.end(l, root.source);
  });
  // Routines ask for routines; each is made once.
  for (std::size_t k = 0; k < wanted_.size() && error_.empty(); ++k) {
    const Routine want = wanted_[k];
    begin_routine("fields of " + want.source->full_name, [&](Lowering& l) {
      l.b.set_node(l.new_node(PathNode::What::root, {}, nullptr));
      module_.nodes.back().structure = want.source;
      StructScope r{.place = {want.r, 0}, .number = want.r_number};
      StructScope w{.place = {want.w, 0}, .number = want.w_number};
      struct_fields(*want.source, r, w);
    });
    if (k >= max_routines || ops_ > max_ops) {
      error_ = "the type needs too much code";
    }
  }
  if (!error_.empty()) {
    return std::unexpected(Error(Errc::unsupported, error_));
  }
  for (const Program& p : module_.programs) {
    if (std::string defect = jit::verify(p, module_.programs.size()); !defect.empty()) {
      return std::unexpected(Error(Errc::internal, p.name + ": " + defect));
    }
  }
  return Fused{.uses_dynamic_transcoder = shared_.uses_dynamic_transcoder()};
}

std::uint32_t Fusion::routine(const Routine& want) {
  const auto [it, fresh] =
      routines_.try_emplace(want, static_cast<std::uint32_t>(wanted_.size() + 1));
  if (fresh) {
    wanted_.push_back(want);
  }
  return it->second;
}

// ---- Values

Value Fusion::child(const Value& v, Role role) {
  const auto of = [role](const Node& container) {
    Node n;
    n.role = role;
    n.type = role == Role::element ? container.type->element
             : role == Role::key   ? container.type->key
                                   : container.type->value;
    n.container = &container;
    return n;
  };
  return {of(v.source), of(v.target)};
}

void Fusion::value(const Value& v) {
  if (!error_.empty()) {
    return;
  }
  switch (category_of(*v.source.type)) {
    case TypeCategory::scalar:
      reader_.scalar(*l_, v.source);
      trace_key(v.source, false);
      return write_scalar(v);
    case TypeCategory::bytes:
      reader_.bytes(*l_, v.source);
      trace_key(v.source, true);
      return write_bytes(v, false, guarantees_.bytes_at);
    case TypeCategory::structure: return structure(v);
    case TypeCategory::list: return list(v);
    case TypeCategory::map: return map(v);
  }
}

// The number in t0, as the target has it.
void Fusion::write_scalar(const Value& v) {
  Mapping::convert(*l_, v.source.type->kind, v.target.type->kind);
  writer_.scalar(*l_, v.target);
}

// The bytes at t0, t1 of them. `of_schema`: they come from a schema, whose text is UTF-8.
void Fusion::write_bytes(const Value& v, bool of_schema, BytesAt at) {
  Node n = v.target;
  n.is_utf8 = of_schema || reader_.checks_utf8(*v.source.type);
  writer_.bytes(*l_, n, at);
}

// Paths name entries by their keys.
void Fusion::trace_key(const Node& n, bool is_bytes) {
  if (n.role == Role::key) {
    l_->b.trace_key(l_->b.node(), is_bytes);
  }
}

bool Fusion::called(const Type& type) const {
  if (type.structure->fields.size() > max_fields) {
    return true;
  }
  const std::size_t most = options_.inline_fields + std::size_t{1};
  return weight(type, most) > most || l_->b.op_count() > 4000 ||
         l_->b.slot_mark() > jit::max_slots / 2;
}

void Fusion::structure(const Value& v) {
  const StructType& source = *v.source.type->structure;
  // The root's fields are in routine 0; recursion gets a routine of its own.
  const bool is_root = v.source.role == Role::root;
  const bool call = !is_root && called(*v.source.type);
  l_->inline_depth += is_root ? 0 : 1;
  Scope rs = reader_.open_struct(*l_, v.source, call);
  Scope ws = writer_.open_struct(*l_, v.target, call);
  if (call) {
    l_->b.depth_enter(l_->inline_depth);
    l_->b.comment("-> " + source.full_name);
    l_->b.call_routine(routine({&source, v.target.type->structure, rs.inner.place.what,
                                ws.inner.place.what, rs.inner.number, ws.inner.number}));
    l_->b.depth_leave(l_->inline_depth);
  } else {
    if (!is_root) {
      l_->b.depth_check(l_->inline_depth);
    }
    struct_fields(source, rs.inner, ws.inner);
  }
  writer_.close_struct(*l_, v.target, ws);
  reader_.close_struct(*l_, v.source, rs);
  l_->inline_depth -= is_root ? 0 : 1;
}

// ---- Lists

void Fusion::list(const Value& v) {
  Builder& b = l_->b;
  const ListReader* const from = mapping_ == nullptr ? reader_.lists() : nullptr;
  const ListWriter* const to = writer_.lists();
  const BulkList whole =
      from != nullptr && to != nullptr ? from->bulk_list(*l_, v.source) : BulkList{};
  const Helper* const helper =
      whole.framing == BulkList::Framing::none ? nullptr : to->bulk_helper(v.target, whole);
  if (helper == nullptr) {
    return list_by_elements(v);
  }
  const Label taken = b.label();
  const Label done = b.label();
  b.flush(Reg::r0);
  to->bulk_place(*l_, v.target);
  b.call(*helper, {Reg::t0, Reg::r0, Reg::r1, whole.tag, std::uint64_t{whole.tag_size}});
  b.branch_imm(jit::Cond::ne, Reg::t0, 0, taken);
  list_by_elements(v);
  b.jump(done);
  b.bind(taken);
  b.mov(Reg::r0, Reg::t0);
  b.bind(done);
}

// The kernel that copies all elements, or null.
const BulkKernel* Fusion::kernel_of(const Value& v) const {
  const RunReader* const from = reader_.runs();
  const RunWriter* const to = writer_.runs();
  if (from == nullptr || to == nullptr ||
      !Mapping::same_bits(v.source.type->element->kind, v.target.type->element->kind)) {
    return nullptr;
  }
  return bulk_kernel(from->run(v.source), to->run(v.target));
}

void Fusion::list_by_elements(const Value& v) {
  Builder& b = l_->b;
  Count count;
  count.slot = b.new_slot();
  const Scope rs = reader_.open_list(*l_, v.source, count);
  if (!count.known) {
    b.put_imm(count.slot, 0);
  }
  const Type& type = *v.source.type;
  const bool guarded = options_.reject_duplicate_keys && is_guarded_set(type, *v.target.type);
  const BulkKernel* const kernel = count.known && !guarded ? kernel_of(v) : nullptr;
  count.is_run = kernel != nullptr;
  const Scope ws = writer_.open_list(*l_, v.target, count);
  if (guarded) {
    b.call(key_set_helpers().open, {}, {.null_fails = true});
  }
  if (kernel != nullptr) {
    copy_run(v, rs, count, *kernel);
  } else {
    reader_.elements(*l_, v.source, rs, count, [&] {
      within(PathNode::What::element, {}, type.element, [&] { element(v, ws, count, guarded); });
    });
  }
  if (guarded) {
    b.call(key_set_helpers().close, {});
  }
  writer_.close_list(*l_, v.target, ws, count);
  reader_.close_list(*l_, v.source, rs);
}

void Fusion::copy_run(const Value& v, const Scope& rs, const Count& count,
                      const BulkKernel& kernel) {
  Builder& b = l_->b;
  const Run target = writer_.runs()->run(v.target);
  const bool of_varints = is_varint(reader_.runs()->run(v.source).encoding);
  const Slot from = of_varints ? Slot{} : b.new_slot();
  Slot size;
  const std::function<void()> fixed = [&] {
    b.get(Reg::t1, count.slot);
    b.arith_imm(jit::Opcode::mul_imm, Reg::t1, Reg::t1, target.width);
  };
  const std::function<void()> counted = [&] { b.get(Reg::t1, size); };
  const auto& bytes = is_varint(target.encoding) ? counted : fixed;
  reader_.runs()->take_run(*l_, v.source, rs, count);
  if (!of_varints) {
    b.put(from, Reg::t0);
  }
  if (is_varint(target.encoding)) {
    size = b.new_slot();
    b.call(kernel.size, {Arg::in_slot(from.number), Arg::in_slot(count.slot.number)});
    b.put(size, Reg::t0);
  }
  writer_.runs()->give_run(*l_, v.target, bytes);
  if (of_varints) {
    const bool has_room =
        kernel.copy_with_room.function != nullptr && writer_.runs()->has_room(v.target);
    within(PathNode::What::element, {}, v.source.type->element, [&] {
      b.call(has_room ? kernel.copy_with_room : kernel.copy,
             {Reg::t0, Reg::r0, Reg::r1, Arg::in_slot(count.slot.number)},
             {.null_fails = true, .counts_elements = true, .to0 = Reg::r0});
    });
  } else {
    b.get(Reg::t1, from);
    b.get(Reg::t2, count.slot);
    b.call(kernel.copy, {Reg::t0, Reg::t1, Reg::t2});
  }
  writer_.runs()->put_run(*l_, bytes);
}

void Fusion::element(const Value& v, const Scope& ws, const Count& count, bool guarded) {
  Value e = child(v, Role::element);
  e.source.place = reader_.element(v.source);
  e.target.place = writer_.element(v.target);
  Builder& b = l_->b;
  b.trace(b.node());
  const NullReader* const nulls = reader_.nulls();
  const bool drops = nulls != nullptr && nulls->null_rule() == NullReader::Rule::drop;
  const Label dropped = drops ? b.label() : jit::no_label;
  if (drops) {
    nulls->branch_null(*l_, e.source, dropped);
  }
  writer_.begin_element(*l_, v.target, ws, count);
  value_or_null(e, guarded);
  if (!count.known) {
    b.add_slot(count.slot, 1);
  }
  writer_.end_element(*l_, v.target, ws, count);
  if (drops) {
    b.bind(dropped);
  }
}

// An element, or the value of a map's entry. `guarded`: it must not come twice.
void Fusion::value_or_null(const Value& v, bool guarded) {
  Builder& b = l_->b;
  const NullReader* const nulls = reader_.nulls();
  if (nulls == nullptr || nulls->null_rule() != NullReader::Rule::zero ||
      !has_zero(*v.source.type, ZeroOf::null)) {
    return guarded ? unique_key(v) : value(v);
  }
  const Label null = b.label();
  const Label done = b.label();
  nulls->branch_null(*l_, v.source, null);
  if (guarded) {
    unique_key(v);
  } else {
    value(v);
  }
  b.jump(done);
  b.bind(null);
  if (guarded) {
    unique_zero(v);
  } else {
    zero(v, ZeroOf::null);
  }
  b.bind(done);
}

// ---- Maps

void Fusion::map(const Value& v) {
  Builder& b = l_->b;
  const Type& type = *v.source.type;
  Count count;
  count.slot = b.new_slot();
  const Scope rs = reader_.open_map(*l_, v.source, count);
  if (!count.known) {
    b.put_imm(count.slot, 0);
  }
  const Scope ws = writer_.open_map(*l_, v.target, count);
  const bool guarded = is_guarded(*type.key, needs_.unique_keys);
  if (guarded) {
    b.call(key_set_helpers().open, {}, {.null_fails = true});
  }
  const auto key = [&] {
    within(PathNode::What::key, {}, type.key, [&] {
      Value k = child(v, Role::key);
      k.source.place = reader_.key(v.source);
      k.target.place = writer_.key(v.target);
      b.trace(b.node());
      writer_.begin_key(*l_, v.target, ws, count);
      if (guarded) {
        unique_key(k);
      } else {
        value(k);
      }
    });
  };
  const auto mapped = [&] {
    within(PathNode::What::value, {}, type.value, [&] {
      Value m = child(v, Role::value);
      m.source.place = reader_.value(v.source);
      m.target.place = writer_.value(v.target);
      writer_.begin_value(*l_, v.target, ws);
      value_or_null(m, false);
      if (!count.known) {
        b.add_slot(count.slot, 1);
      }
      writer_.end_entry(*l_, v.target, ws, count);
    });
  };
  reader_.entries(*l_, v.source, rs, count, key, mapped);
  if (guarded) {
    b.call(key_set_helpers().close, {});
  }
  writer_.close_map(*l_, v.target, ws, count);
  reader_.close_map(*l_, v.source, rs);
}

bool Fusion::is_plain_key(const Type& key) {
  return category_of(key) == TypeCategory::scalar || category_of(key) == TypeCategory::bytes;
}

// Whether a set of seen keys is kept: where the reader guarantees nothing, and it matters.
bool Fusion::is_guarded(const Type& key, bool needed) const {
  return is_plain_key(key) && !guarantees_.unique_keys && (needed || rejects_equal_keys());
}

// Whether elements that come twice are looked for. A format that rejects keys that come twice says
// nothing of sets: it writes lists. Of a list that becomes a set no reader guarantees anything.
bool Fusion::is_guarded_set(const Type& source, const Type& target) const {
  if (source.kind == Kind::set) {
    return is_guarded(*source.element, false);
  }
  return target.kind == Kind::set && is_plain_key(*source.element);
}

bool Fusion::rejects_equal_keys() const {
  return options_.reject_duplicate_keys || guarantees_.duplicates == DuplicateRule::is_error;
}

// A key that is an error the second time, or makes the call run again through a record.
void Fusion::unique_key(const Value& k) {
  if (category_of(*k.source.type) == TypeCategory::scalar) {
    reader_.scalar(*l_, k.source);
    trace_key(k.source, false);
  } else {
    reader_.bytes(*l_, k.source);
    trace_key(k.source, true);
  }
  add_unique(k);
}

// An element whose value is zero.
void Fusion::unique_zero(const Value& v) {
  put_zero(*v.source.type);
  add_unique(v);
}

// The value is in t0, or in t0 and t1.
void Fusion::add_unique(const Value& k) {
  Builder& b = l_->b;
  const Arg otherwise =
      static_cast<std::uint64_t>(rejects_equal_keys() ? Errc::duplicate_key : Errc::ok);
  const KeySetHelpers& h = key_set_helpers();
  if (category_of(*k.source.type) == TypeCategory::scalar) {
    const Kind kind = k.source.type->kind;
    b.call(kind == Kind::float64   ? h.add_double
           : kind == Kind::float32 ? h.add_float
                                   : h.add_word,
           {Reg::t0, otherwise}, {.null_fails = true});
    b.get_extra(Reg::t0, 0);
    return write_scalar(k);
  }
  b.call(h.add_bytes, {Reg::t0, Reg::t1, otherwise}, {.null_fails = true});
  b.get_extra(Reg::t0, 0);
  b.get_extra(Reg::t1, 1);
  write_bytes(k, false, guarantees_.bytes_at);
}

Result<Fused> fuse(jit::Module& module, const Sides& sides, const CompileOptions& options) {
  return Fusion(module, sides, options).run();
}

}  // namespace wirejit::lower
