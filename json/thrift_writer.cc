// Thrift JSON as a Writer. A count that is not known before the elements is a hole of one digit,
// patched at the end.
#include "json/thrift_writer.h"

#include "json/helpers.h"
#include "json/print.h"
#include "json/thrift_run.h"
#include "lower/hole.h"

#include <memory>

namespace wirejit::json {

using jit::Builder;
using jit::Cond;
using jit::Label;
using jit::Reg;
using lower::Count;
using lower::Lowering;
using lower::Node;
using lower::Role;
using lower::Scope;

namespace {

// Room for any number.
constexpr std::int64_t number_room = 40;

constexpr Builder::CallOptions grows{
    .null_fails = true, .grows_output = true, .to0 = Reg::w0, .to1 = Reg::w1};
constexpr Builder::CallOptions moves{.to0 = Reg::w0};

// The text before a value and the text after it.
std::string head(const Node& n) {
  if (n.role != Role::field) {
    return n.role == Role::key ? "\"" : "";
  }
  std::string text = "\"" + std::to_string(n.field->id) + "\":{\"";
  return text.append(wire_name(n.type->kind)).append("\":");
}
std::string tail(const Node& n) {
  switch (n.role) {
    case Role::root: return "";
    case Role::field: return "},";
    case Role::key: return "\":";
    default: return ",";
  }
}

void put(Lowering& l, std::string_view text) {
  l.b.reserve(static_cast<std::int64_t>(text.size()));
  l.b.put_literal(text);
}

// `bracket` in place of the comma after the last member, if there is one.
void close(Lowering& l, const std::string& bracket) {
  Builder& b = l.b;
  const Label empty = b.skip_label();
  b.reserve(static_cast<std::int64_t>(bracket.size()));
  b.branch_byte(Cond::ne, Reg::w0, -1, ',', empty);
  b.advance(Reg::w0, -1);
  b.bind(empty);
  b.put_literal(bracket);
}

// The count and the comma after it.
Scope put_count(Lowering& l, const Count& count) {
  Builder& b = l.b;
  Scope scope;
  b.reserve(number_room);
  if (count.known) {
    b.get(Reg::t0, count.slot);
    b.branch_imm(Cond::above, Reg::t0, lower::largest_size, l.failure(Errc::size_limit));
    b.call(helpers().write_unsigned, {Reg::t0, Reg::w0}, moves);
  } else {
    scope.saved[0] = b.new_slot();
    lower::keep_position(b, scope.saved[0]);
    b.put_literal("0");
  }
  b.put_literal(",");
  return scope;
}

void patch_count(Lowering& l, const Scope& scope, const Count& count) {
  if (count.known) {
    return;
  }
  Builder& b = l.b;
  const Label wide = b.cold_label();
  const Label done = b.label();
  lower::get_position(b, Reg::t1, scope.saved[0]);
  b.get(Reg::t0, count.slot);
  b.flush(Reg::w0);
  b.branch_imm(Cond::above, Reg::t0, 9, wide);
  b.add_imm(Reg::t0, Reg::t0, '0');
  b.store(Reg::t1, 0, Reg::t0, 1);
  b.bind(done);
  l.cold(wide, [&l, done] {
    l.b.call(thrift_helpers().widen_count, {Reg::w0, Reg::w1, Reg::t1, Reg::t0}, grows);
    l.b.jump(done, jit::Bound::input);
  });
}

std::string names_of(const Type& type) { return ContainerHead(type).text; }

}  // namespace

// ---- Values

void ThriftWriter::scalar(Lowering& l, const Node& n) const {
  Builder& b = l.b;
  const std::string before = head(n);
  b.reserve(static_cast<std::int64_t>(before.size()) + number_room);
  b.put_literal(before);
  switch (n.type->kind) {
    case Kind::boolean:
      b.add_imm(Reg::t0, Reg::t0, '0');
      b.store(Reg::w0, 0, Reg::t0, 1);
      b.advance(Reg::w0, 1);
      break;
    case Kind::float64:
      b.call(
          n.role == Role::key ? thrift_helpers().write_double_key : thrift_helpers().write_double,
          {Reg::t0, Reg::w0}, moves);
      break;
    default: b.call(helpers().write_signed, {Reg::t0, Reg::w0}, moves);
  }
  b.put_literal(tail(n));
}

void ThriftWriter::bytes(Lowering& l, const Node& n, lower::BytesAt) const {
  const std::string before = head(n) + (n.role == Role::key ? "" : "\"");
  const std::string after = (n.role == Role::key ? "" : "\"") + tail(n);
  const auto frame = std::make_shared<const Frame>(Frame{Literal(before), Literal(after)});
  const jit::Helper* write = validate_ ? &helpers().write_checked_string : &helpers().write_string;
  if (n.type->kind == Kind::binary) {
    write = &helpers().write_binary[false][false];
  } else if (n.type->kind == Kind::uuid) {
    write = &helpers().write_uuid;
  }
  l.b.call(*write, {Reg::w0, Reg::w1, Reg::t0, Reg::t1, static_cast<const void*>(l.keep(frame))},
           grows);
}

// ---- Structs, lists, maps

Scope ThriftWriter::open_struct(Lowering& l, const Node& n, bool) const {
  put(l, head(n) + "{");
  return {};
}

void ThriftWriter::close_struct(Lowering& l, const Node& n, const Scope&) const {
  close(l, "}" + tail(n));
}

Scope ThriftWriter::open_list(Lowering& l, const Node& n, const Count& count) const {
  put(l, head(n) + "[" + names_of(*n.type));
  return put_count(l, count);
}

void ThriftWriter::close_list(Lowering& l, const Node& n, const Scope& scope,
                              const Count& count) const {
  patch_count(l, scope, count);
  close(l, "]" + tail(n));
}

Scope ThriftWriter::open_map(Lowering& l, const Node& n, const Count& count) const {
  put(l, head(n) + "[" + names_of(*n.type));
  const Scope scope = put_count(l, count);
  put(l, "{");
  return scope;
}

void ThriftWriter::close_map(Lowering& l, const Node& n, const Scope& scope,
                             const Count& count) const {
  patch_count(l, scope, count);
  close(l, "}]" + tail(n));
}

// ---- Unknown fields

bool ThriftWriter::takes_unknown(const StructType&, const lower::StructScope&,
                                 std::uint64_t tag) const {
  return tag == 0 || tag == thrift_member_tag;
}

void ThriftWriter::unknown(Lowering& l, const StructType& type, const lower::StructScope&,
                           std::uint64_t tag, const std::vector<bool>& written) const {
  Builder& b = l.b;
  const Label done = b.label();
  lower::skip_other_unknown(b, tag, thrift_member_tag, done);
  // Levels of the fields nest within the structs that are inlined here.
  if (l.inline_depth > 0) {
    b.depth_enter(l.inline_depth);
  }
  b.call(
      thrift_helpers().write_members,
      {Reg::w0, Reg::w1, Reg::t0, Reg::t1,
       static_cast<const void*>(l.keep(std::make_shared<const FieldIds>(type, false, &written)))},
      grows);
  if (l.inline_depth > 0) {
    b.depth_leave(l.inline_depth);
  }
  b.bind(done);
}

}  // namespace wirejit::json
