// ProtoJSON as a Reader: what differs from plain JSON. A struct with a Semantic is read from after
// its opening token, if it has one (opening() in lower.h), like all values; the value of a
// google.protobuf wrapper or Value is read from its first byte.
#include "json/proto_reader.h"

#include "json/helpers.h"
#include "json/lower.h"
#include "json/proto_run.h"
#include "json/proto_shape.h"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace wirejit::json {

using jit::Arg;
using jit::Bound;
using jit::Builder;
using jit::Cond;
using jit::Label;
using jit::Reg;
using jit::Slot;
using lower::Count;
using lower::Lowering;
using lower::Node;
using lower::Previous;
using lower::Role;
using lower::Scope;
using lower::StructEvents;

namespace {

constexpr Builder::CallOptions reads{.null_fails = true, .to0 = Reg::r0};

// StructScope::number of the root. A root that is a wrapper may be null; the root of an Any's
// content may have the key "@type".
// StructScope::slots hold what the struct's text was parsed into: seconds and nanos; address and
// size of the remaining paths, and the size of the current path; the parts of an Any.
constexpr std::int32_t root_scope = 1;

// Whether a field's value is read from before its opening token.
bool is_before_opening(const Node& n) {
  return n.role == Role::field &&
         (n.parent->semantic == Semantic::value || n.parent->semantic == Semantic::wrapper);
}

// The node as an element, whose value is read from before its opening token.
Node as_element(const Node& n) {
  Node as = n;
  as.role = Role::element;
  return as;
}

bool is_field_of(const Node& n, Semantic s) {
  return n.role == Role::field && n.parent->semantic == s;
}
bool is_path(const Node& n) {
  return n.role == Role::element && is_field_of(*n.container, Semantic::field_mask);
}

}  // namespace

ProtoReader::ProtoReader(const Dialect& dialect, lower::FormatPair payload) : TextReader(dialect) {
  payload_ = std::make_shared<const lower::FormatPair>(std::move(payload));
}

lower::Guarantees ProtoReader::guarantees() const {
  lower::Guarantees g = TextReader::guarantees();
  g.duplicates = options().reject_duplicates ? lower::DuplicateRule::is_error
                                             : lower::DuplicateRule::last_counts;
  return g;
}

// ---- Values

void ProtoReader::scalar(Lowering& l, const Node& n) const {
  Builder& b = l.b;
  if (is_field_of(n, Semantic::timestamp) || is_field_of(n, Semantic::duration)) {
    b.get(Reg::t0, n.scope->slots[n.field->id == 1 ? 0 : 1]);
    return;
  }
  if (n.type->kind != Kind::enumeration || n.role == Role::key) {
    TextReader::scalar(l, n);
    return;
  }
  const EnumType& type = *n.type->enumeration;
  const ProtoHelpers& h = proto_helpers();
  b.call(type.semantic == Semantic::null_value ? h.null_enum : h.enumeration,
         {Reg::r0, Reg::r1, static_cast<const void*>(enum_names(l, type, options()))},
         {.null_fails = true, .to0 = Reg::r0, .to1 = Reg::t0});
}

void ProtoReader::bytes(Lowering& l, const Node& n) const {
  Builder& b = l.b;
  if (is_field_of(n, Semantic::any)) {
    const std::size_t at = n.field->id == 1 ? 0 : sizeof(AnyParts::Part);
    const auto data = static_cast<std::int64_t>(at + offsetof(AnyParts::Part, data));
    const auto size = static_cast<std::int64_t>(at + offsetof(AnyParts::Part, size));
    b.get(Reg::t2, n.scope->slots[0]);
    b.load(Reg::t0, Reg::t2, data, 8);
    b.load(Reg::t1, Reg::t2, size, 8);
  } else if (is_path(n)) {
    b.get(Reg::t0, n.container->scope->slots[0]);
    b.get(Reg::t1, n.container->scope->slots[2]);
  } else {
    TextReader::bytes(l, is_before_opening(n) ? as_element(n) : n);
  }
}

Scope ProtoReader::open_struct(Lowering& l, const Node& n, bool) const {
  const char token = opening(*n.type, options());
  if (token != '\0' && (n.role != Role::field || is_before_opening(n))) {
    consume_byte(l, token, helpers().open_token);
  }
  Scope scope;
  scope.inner.number = n.role == Role::root ? root_scope : 0;
  return scope;
}

Scope ProtoReader::open_list(Lowering& l, const Node& n, Count& count) const {
  return is_field_of(n, Semantic::field_mask) ? Scope{} : TextReader::open_list(l, n, count);
}

Scope ProtoReader::open_map(Lowering& l, const Node& n, Count& count) const {
  return TextReader::open_map(l, n, count);
}

const EnumNames* ProtoReader::droppable(Lowering& l, const Type& element) const {
  return options().unknown != Unknown::error && element.kind == Kind::enumeration
             ? enum_names(l, *element.enumeration, options())
             : nullptr;
}

namespace {

// Emits a loop over the elements that the helpers `first` and `next` find; their last argument is
// `names`.
void loop_known(Lowering& l, const jit::Helper& first, const jit::Helper& next,
                const EnumNames* names, const std::function<void()>& body) {
  Builder& b = l.b;
  const Label loop = b.label();
  const Label end = b.label();
  b.call(first, {Reg::r0, Reg::r1, static_cast<const void*>(names)}, reads);
  b.branch_imm(Cond::eq, Reg::t1, 0, end);
  b.bind(loop);
  body();
  b.call(next, {Reg::r0, Reg::r1, static_cast<const void*>(names)}, reads);
  b.branch_imm(Cond::ne, Reg::t1, 0, loop, Bound::input);
  b.bind(end);
}

}  // namespace

void ProtoReader::elements(Lowering& l, const Node& n, const Scope& scope, const Count& count,
                           const std::function<void()>& body) const {
  const ProtoHelpers& h = proto_helpers();
  if (is_field_of(n, Semantic::field_mask)) {
    paths(l, *n.scope, body);
  } else if (const EnumNames* names = droppable(l, *n.type->element); names != nullptr) {
    loop_known(l, h.first_element, h.next_element, names, body);
  } else {
    TextReader::elements(l, n, scope, count, body);
  }
}

void ProtoReader::entries(Lowering& l, const Node& n, const Scope& scope, const Count& count,
                          const std::function<void()>& key,
                          const std::function<void()>& value) const {
  const ProtoHelpers& h = proto_helpers();
  const EnumNames* const names = is_object_map(*n.type) ? droppable(l, *n.type->value) : nullptr;
  if (names == nullptr) {
    TextReader::entries(l, n, scope, count, key, value);
    return;
  }
  loop_known(l, h.first_entry, h.next_entry, names, [&] {
    key();
    consume_byte(l, ':', helpers().expect_byte);
    value();
  });
}

// ---- Structs

void ProtoReader::begin_fields(Lowering& l, const StructType& type,
                               lower::StructScope& inner) const {
  const std::size_t slots =
      type.semantic == Semantic::field_mask                                         ? 3
      : type.semantic == Semantic::any                                              ? 1
      : type.semantic == Semantic::timestamp || type.semantic == Semantic::duration ? 2
                                                                                    : 0;
  for (std::size_t k = 0; k < slots; ++k) {
    inner.slots[k] = l.b.new_slot();
  }
}

void ProtoReader::fields(Lowering& l, const StructType& type, const lower::StructScope& inner,
                         StructEvents& events) const {
  const bool is_root = inner.number == root_scope;
  if (type.semantic != Semantic::none && !has_known_shape(type)) {
    l.unsupported(type.full_name + " has other fields than the official message");
    events.finish_all();
    return;
  }
  const auto mark = l.b.slot_mark();
  switch (type.semantic) {
    case Semantic::timestamp:
    case Semantic::duration: time_fields(l, type, inner, events); break;
    case Semantic::field_mask: mask_fields(l, inner, events); break;
    case Semantic::any: any_fields(l, inner, events); break;
    case Semantic::value: value_fields(l, type, events); break;
    case Semantic::wrapper: wrapper_fields(l, events, is_root); break;
    case Semantic::structure:
    case Semantic::list_value:
      only_field(l, events);
      events.finish_all();
      break;
    default: keyed_fields(l, type, events, is_root && options().is_payload);
  }
  l.b.release_slots(mark);
}

void ProtoReader::time_fields(Lowering& l, const StructType& type, const lower::StructScope& inner,
                              StructEvents& events) const {
  Builder& b = l.b;
  const ProtoHelpers& h = proto_helpers();
  b.call(type.semantic == Semantic::timestamp ? h.timestamp : h.duration, {Reg::r0, Reg::r1},
         reads);
  b.put(inner.slots[0], Reg::t1);
  b.get_extra(Reg::t0, 0);
  b.put(inner.slots[1], Reg::t0);
  for (int i = 0; i < 2; ++i) {
    if (events.is_mapped(i)) {
      events.field(i, Previous::unknown());
    }
  }
  events.finish_all();
}

void ProtoReader::mask_fields(Lowering& l, const lower::StructScope& inner,
                              StructEvents& events) const {
  Builder& b = l.b;
  b.call(proto_helpers().field_mask, {Reg::r0, Reg::r1}, reads);
  b.put(inner.slots[0], Reg::t1);
  b.get_extra(Reg::t0, 0);
  b.put(inner.slots[1], Reg::t0);
  if (events.is_mapped(0)) {
    events.field(0, Previous::none());
  }
  events.finish_all();
}

// Emits a loop over the paths of a field mask. The slots of `inner` hold the remaining paths.
void ProtoReader::paths(Lowering& l, const lower::StructScope& inner,
                        const std::function<void()>& body) const {
  Builder& b = l.b;
  const Slot at = inner.slots[0];
  const Slot left = inner.slots[1];
  const Slot size = inner.slots[2];
  const Label loop = b.label();
  const Label end = b.label();
  b.branch_slot(Cond::eq, left, 0, end);
  b.bind(loop);
  b.call(proto_helpers().path_size, {Arg::in_slot(at.number), Arg::in_slot(left.number)});
  b.put(size, Reg::t0);
  body();
  b.get(Reg::t0, at);
  b.get(Reg::t1, size);
  b.get(Reg::t2, left);
  b.arith(jit::Opcode::add, Reg::t0, Reg::t0, Reg::t1);
  b.add_imm(Reg::t0, Reg::t0, 1);
  b.put(at, Reg::t0);
  b.arith(jit::Opcode::sub, Reg::t2, Reg::t2, Reg::t1);
  b.add_imm(Reg::t2, Reg::t2, -1);
  b.put(left, Reg::t2);
  b.branch_imm(Cond::gt, Reg::t2, 0, loop, Bound::input);
  b.bind(end);
}

const AnyCodec* ProtoReader::any_codec(Lowering& l) const {
  const auto codec = std::make_shared<AnyCodec>();
  codec->dynamic_transcoder = l.dynamic_transcoder();
  codec->formats = l.keep(payload_);
  codec->ignore_unknown = l.options.unknown == Unknown::skip;
  return l.keep(std::shared_ptr<const AnyCodec>(codec));
}

void ProtoReader::any_fields(Lowering& l, const lower::StructScope& inner,
                             StructEvents& events) const {
  Builder& b = l.b;
  // The content nests within the structs that are inlined here.
  const auto deeper = l.inline_depth;
  if (deeper > 0) {
    b.depth_enter(deeper);
  }
  b.call(proto_helpers().read_any, {Reg::r0, Reg::r1, static_cast<const void*>(any_codec(l))},
         reads);
  b.put(inner.slots[0], Reg::t1);
  if (deeper > 0) {
    b.depth_leave(deeper);
  }
  for (int i = 0; i < 2; ++i) {
    if (events.is_mapped(i)) {
      events.field(i, Previous::unknown());
    }
  }
  b.call(proto_helpers().close_any, {});
  events.finish_all();
}

// Reads the struct's only field, whose value is the struct's text.
void ProtoReader::only_field(Lowering& l, StructEvents& events) const {
  if (events.is_mapped(0)) {
    events.field(0, Previous::none());
  } else {
    l.unsupported("a target that has no field for the content of a google.protobuf type");
  }
}

void ProtoReader::wrapper_fields(Lowering& l, StructEvents& events, bool is_root) const {
  Builder& b = l.b;
  if (!is_root) {
    only_field(l, events);
    events.finish_all();
    return;
  }
  const Slot seen = b.new_slot();
  const Label end = b.label();
  b.put_imm(seen, 0);
  b.call(proto_helpers().consume_null, {Reg::r0, Reg::r1}, reads);
  b.branch_imm(Cond::ne, Reg::t1, 0, end);
  only_field(l, events);
  b.put_imm(seen, 1);
  b.bind(end);
  events.finish(seen);
}

void ProtoReader::value_fields(Lowering& l, const StructType& type, StructEvents& events) const {
  Builder& b = l.b;
  const Slot seen = b.new_slot();
  const Label end = b.label();
  std::vector<Label> kinds;
  kinds.reserve(type.fields.size());
  for (std::size_t k = 0; k < type.fields.size(); ++k) {
    kinds.push_back(b.label());
  }
  b.call(proto_helpers().value_kind, {Reg::r0, Reg::r1}, reads);
  b.jump_table(Reg::t1, kinds, l.failure(Errc::internal));
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    const int index = field_of(type, static_cast<std::int32_t>(k + 1));
    b.bind(kinds[k]);
    b.put_imm(seen, std::int64_t{1} << index);
    if (events.is_mapped(index)) {
      events.field(index, Previous::none());
    } else {
      b.call(helpers().skip_value, {Reg::r0, Reg::r1}, reads);
    }
    b.jump(end, Bound::input);
  }
  b.bind(end);
  events.finish(seen);
}

}  // namespace wirejit::json
