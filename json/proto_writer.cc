// ProtoJSON as a Writer: what differs from plain JSON.
#include "json/proto_writer.h"

#include "json/helpers.h"
#include "json/proto_run.h"
#include "json/proto_shape.h"
#include "json/well_known.h"
#include "lower/hole.h"
#include "lower/type_category.h"

#include <memory>
#include <string>
#include <utility>

namespace wirejit::json {

using jit::Arg;
using jit::Builder;
using jit::Cond;
using jit::Label;
using jit::Reg;
using jit::Slot;
using lower::BytesAt;
using lower::Count;
using lower::Lowering;
using lower::Node;
using lower::Role;
using lower::Scope;
using lower::TypeCategory;

namespace {

constexpr Builder::CallOptions grows{
    .null_fails = true, .grows_output = true, .to0 = Reg::w0, .to1 = Reg::w1};

bool is_field_of(const Node& n, Semantic s) {
  return n.role == Role::field && n.parent->semantic == s;
}
bool is_time(Semantic s) { return s == Semantic::timestamp || s == Semantic::duration; }
bool is_path(const Node& n) {
  return n.role == Role::element && is_field_of(*n.container, Semantic::field_mask);
}

// Room for any number, as in writer.cc.
constexpr std::int64_t text_room = max_time_text;

}  // namespace

ProtoWriter::ProtoWriter(const Dialect& dialect, const lower::CompileOptions& compile,
                         lower::FormatPair payload)
    : TextWriter(dialect, compile) {
  payload_ = std::make_shared<const lower::FormatPair>(std::move(payload));
}

lower::Needs ProtoWriter::needs() const {
  return {.unique_fields = true, .unique_keys = true, .absent_fields = true};
}

// The content of an Any continues the layout of the text around it.
void ProtoWriter::begin(Lowering& l, const Node& root) const {
  if (!options().is_payload) {
    TextWriter::begin(l, root);
  }
}

void ProtoWriter::end(Lowering& l, const Node& root) const {
  if (!options().is_payload) {
    TextWriter::end(l, root);
  }
}

void ProtoWriter::put(Lowering& l, std::string_view bytes) const {
  if (!bytes.empty()) {
    l.b.reserve(static_cast<std::int64_t>(bytes.size()));
    l.b.put_literal(bytes);
  }
}

bool ProtoWriter::omits_zero(const Node& n) const {
  return n.role == Role::field && !options().print_implicit &&
         n.parent->semantic == Semantic::none && lower::is_implicit(*n.parent, *n.field) &&
         !n.keeps_zero;
}

// ---- Values

void ProtoWriter::null_value(Lowering& l, const Node& n) const {
  const std::string before = head(n) + "null" + tail(n);
  start(l, n, before, 0);
}

void ProtoWriter::check_oneof(Lowering& l, const Node& n) const {
  if (n.role != Role::field || n.field->oneof < 0) {
    return;
  }
  const auto oneof = static_cast<unsigned>(n.field->oneof);
  const Slot seen{static_cast<std::uint16_t>(n.scope->slots[0].number + oneof / 64)};
  const auto bit = static_cast<std::int64_t>(std::uint64_t{1} << (oneof % 64));
  l.b.branch_bits(Cond::ne, seen, bit, l.failure(Errc::oneof_conflict));
  l.b.or_slot(seen, bit);
}

void ProtoWriter::scalar(Lowering& l, const Node& n) const {
  Builder& b = l.b;
  if (n.role == Role::field && is_time(n.parent->semantic)) {
    const Slot seconds = n.scope->slots[0];
    b.put({static_cast<std::uint16_t>(seconds.number + (n.field->id == 1 ? 0 : 1))}, Reg::t0);
    return;
  }
  check_oneof(l, n);
  const Label zero = b.label();
  if (omits_zero(n)) {
    b.branch_imm(Cond::eq, Reg::t0, 0, zero);
  }
  if (semantic_of(*n.type) == Semantic::null_value && n.role != Role::key) {
    null_value(l, n);
  } else {
    TextWriter::scalar(l, n);
  }
  if (b.is_used(zero)) {
    b.bind(zero);
  }
}

void ProtoWriter::bytes(Lowering& l, const Node& n, BytesAt at) const {
  Builder& b = l.b;
  const ProtoHelpers& h = proto_helpers();
  if (is_field_of(n, Semantic::any)) {
    const std::uint64_t index = n.field->id == 1 ? 0 : 1;
    b.call(h.put_any, {Arg::in_slot(n.scope->slots[0].number), index, Reg::t0, Reg::t1},
           {.null_fails = true});
    return;
  }
  if (is_path(n)) {
    b.call(h.write_field_path, {Reg::w0, Reg::w1, Reg::t0, Reg::t1}, grows);
    return;
  }
  check_oneof(l, n);
  const Label empty = b.label();
  if (omits_zero(n)) {
    b.branch_imm(Cond::eq, Reg::t1, 0, empty);
  }
  TextWriter::bytes(l, n, at);
  if (b.is_used(empty)) {
    b.bind(empty);
  }
}

// ---- Structs

Scope ProtoWriter::open_struct(Lowering& l, const Node& n, bool called) const {
  check_oneof(l, n);
  Scope scope;
  if (n.type->structure->semantic == Semantic::none) {
    scope = TextWriter::open_struct(l, n, called);
  } else {
    if (!has_known_shape(*n.type->structure)) {
      l.unsupported(n.type->structure->full_name + " has other fields than the official message");
    }
    start(l, n, head(n), 0);
  }
  return scope;
}

void ProtoWriter::close_struct(Lowering& l, const Node& n, const Scope& scope) const {
  if (n.type->structure->semantic == Semantic::none) {
    TextWriter::close_struct(l, n, scope);
  } else {
    put(l, tail(n));
  }
}

void ProtoWriter::begin_fields(Lowering& l, const StructType& type,
                               lower::StructScope& inner) const {
  Builder& b = l.b;
  switch (type.semantic) {
    case Semantic::timestamp:
    case Semantic::duration: {
      const Slot seconds = inner.slots[0] = b.new_slots(2);
      b.put_imm(seconds, 0);
      b.put_imm({static_cast<std::uint16_t>(seconds.number + 1)}, 0);
      return;
    }
    case Semantic::field_mask: return put(l, "\"");
    case Semantic::value:
    case Semantic::none: {
      const std::size_t words = (type.oneofs.size() + 63) / 64;
      const Slot first = inner.slots[0] = b.new_slots(static_cast<std::uint16_t>(words));
      for (std::size_t w = 0; w < words; ++w) {
        b.put_imm({static_cast<std::uint16_t>(first.number + w)}, 0);
      }
      return;
    }
    case Semantic::any:
      inner.slots[0] = b.new_slot();
      b.call(proto_helpers().open_any, {}, {.null_fails = true});
      return b.put(inner.slots[0], Reg::t0);
    default: return;
  }
}

const AnyCodec* ProtoWriter::any_codec(Lowering& l) const {
  const auto codec = std::make_shared<AnyCodec>();
  codec->dynamic_transcoder = l.dynamic_transcoder();
  codec->formats = l.keep(payload_);
  codec->pretty = pretty();
  codec->frame = {Literal(pretty() ? "\"@type\": \"" : "\"@type\":\""), Literal("\"")};
  return l.keep(std::shared_ptr<const AnyCodec>(codec));
}

void ProtoWriter::end_fields(Lowering& l, const StructType& type,
                             const lower::StructScope& inner) const {
  Builder& b = l.b;
  const ProtoHelpers& h = proto_helpers();
  switch (type.semantic) {
    case Semantic::timestamp:
    case Semantic::duration: {
      const Slot seconds = inner.slots[0];
      b.reserve(text_room);
      b.call(type.semantic == Semantic::timestamp ? h.write_timestamp : h.write_duration,
             {Reg::w0, Arg::in_slot(seconds.number),
              Arg::in_slot(static_cast<std::uint16_t>(seconds.number + 1)), Reg::r0},
             {.null_fails = true, .to0 = Reg::w0});
      return;
    }
    case Semantic::field_mask: {
      const Label none = b.skip_label();
      b.reserve(1);
      b.branch_byte(Cond::ne, Reg::w0, -1, ',', none);
      b.advance(Reg::w0, -1);
      b.bind(none);
      return b.put_literal("\"");
    }
    case Semantic::value:
      return b.branch_slot(Cond::eq, inner.slots[0], 0, l.failure(Errc::union_not_one));
    case Semantic::any: {
      // The content nests within the structs that are inlined here.
      const auto deeper = l.inline_depth;
      if (deeper > 0) {
        b.depth_enter(deeper);
      }
      b.call(h.write_any,
             {Reg::w0, Reg::w1, Arg::in_slot(inner.slots[0].number),
              static_cast<const void*>(any_codec(l))},
             grows);
      if (deeper > 0) {
        b.depth_leave(deeper);
      }
      return;
    }
    default: return;
  }
}

// ---- Absent fields

bool ProtoWriter::needs_absent(const StructType& type, const lower::StructScope&, int index) const {
  switch (type.semantic) {
    case Semantic::wrapper:
    case Semantic::structure:
    case Semantic::list_value: return true;
    case Semantic::none:
      return options().print_implicit &&
             lower::is_implicit(type, type.fields[static_cast<std::size_t>(index)]);
    default: return false;
  }
}

// Writes zero, an empty string, an empty array or an empty object.
void ProtoWriter::absent(Lowering& l, const Node& n, const lower::AbsentIsZero&) const {
  static constexpr char nothing[16] = {};
  Builder& b = l.b;
  switch (lower::category_of(*n.type)) {
    case TypeCategory::scalar: b.imm(Reg::t0, 0); return scalar(l, n);
    case TypeCategory::bytes:
      if (n.type->kind == Kind::uuid) {
        b.imm(Reg::t0, static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(nothing)));
        b.imm(Reg::t1, 16);
      } else {
        b.imm(Reg::t0, static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(nothing)));
        b.imm(Reg::t1, 0);
      }
      return bytes(l, n, BytesAt::anywhere);
    case TypeCategory::list: return start(l, n, head(n) + "[]" + tail(n), 0);
    case TypeCategory::map:
      return start(l, n, head(n) + (is_object_map(*n.type) ? "{}" : "[]") + tail(n), 0);
    case TypeCategory::structure: return;
  }
}

// ---- Lists and maps

// Saves the position of the output, to which close_unless_empty can return.
Scope ProtoWriter::mark(Lowering& l) const {
  Builder& b = l.b;
  Scope scope;
  scope.flag = true;
  scope.saved[0] = b.new_slot();
  lower::keep_position(b, scope.saved[0]);
  return scope;
}

void ProtoWriter::close_unless_empty(Lowering& l, const Scope& scope, const Count& count,
                                     const std::function<void()>& close) const {
  Builder& b = l.b;
  const Label some = b.label();
  const Label done = b.label();
  b.branch_slot(Cond::ne, count.slot, 0, some);
  if (pretty()) {
    b.call(proto_helpers().shallower, {});
  }
  lower::get_position(b, Reg::t0, scope.saved[0]);
  b.mov(Reg::w0, Reg::t0);
  b.jump(done);
  b.bind(some);
  close();
  b.bind(done);
}

Scope ProtoWriter::open_list(Lowering& l, const Node& n, const Count& count) const {
  if (is_field_of(n, Semantic::field_mask)) {
    return {};
  }
  const Scope scope = omits_zero(n) ? mark(l) : Scope{};
  TextWriter::open_list(l, n, count);
  return scope;
}

void ProtoWriter::close_list(Lowering& l, const Node& n, const Scope& scope,
                             const Count& count) const {
  if (is_field_of(n, Semantic::field_mask)) {
    return;
  }
  const auto close = [&] { TextWriter::close_list(l, n, scope, count); };
  if (scope.flag) {
    close_unless_empty(l, scope, count, close);
  } else {
    close();
  }
}

Scope ProtoWriter::open_map(Lowering& l, const Node& n, const Count& count) const {
  const Scope scope = omits_zero(n) ? mark(l) : Scope{};
  TextWriter::open_map(l, n, count);
  return scope;
}

void ProtoWriter::close_map(Lowering& l, const Node& n, const Scope& scope,
                            const Count& count) const {
  const auto close = [&] { TextWriter::close_map(l, n, scope, count); };
  if (scope.flag) {
    close_unless_empty(l, scope, count, close);
  } else {
    close();
  }
}

}  // namespace wirejit::json
