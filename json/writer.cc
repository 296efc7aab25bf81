// JSON text as a Writer.
#include "json/writer.h"

#include "json/helpers.h"
#include "lower/type_category.h"

#include <algorithm>
#include <memory>

namespace wirejit::json {

using jit::Arg;
using jit::Builder;
using jit::Cond;
using jit::Label;
using jit::Reg;
using jit::Slot;
using lower::Count;
using lower::Lowering;
using lower::Node;
using lower::Role;
using lower::Scope;

namespace {

// Room for any number; names of enums may need more.
constexpr std::int64_t number_room = 40;

constexpr Builder::CallOptions grows{
    .null_fails = true, .grows_output = true, .to0 = Reg::w0, .to1 = Reg::w1};

const void* stored_literal(Lowering& l, std::string_view bytes) {
  return l.keep(std::make_shared<const Literal>(bytes));
}

bool in_object(const Node& n) { return is_object_map(*n.container->type); }
bool is_key_text(const Node& n) { return n.role == Role::key && in_object(n); }

// Saves a register whose value must outlive a call.
Slot spill(Lowering& l, Reg r) {
  const Slot s = l.b.new_slot();
  l.b.put(s, r);
  return s;
}

}  // namespace

std::string TextWriter::head(const Node& n) const {
  if (n.role != Role::field || bare(n)) {
    return {};
  }
  return quoted(key_text(*n.field, options_)) + (pretty() ? ": " : ":");
}

std::string TextWriter::tail(const Node& n) const {
  if (n.role == Role::root || bare(n)) {
    return {};
  }
  return !is_key_text(n) ? "," : pretty() ? ": " : ":";
}

bool TextWriter::begins_line(const Node& n) const {
  return n.role != Role::root && !(n.role == Role::value && in_object(n)) && !bare(n);
}

void TextWriter::line(Lowering& l, std::string_view begin) const {
  l.b.call(helpers().write_line, {Reg::w0, Reg::w1, stored_literal(l, begin)}, grows);
}

void TextWriter::start(Lowering& l, const Node& n, std::string_view before,
                       std::int64_t room) const {
  Builder& b = l.b;
  if (pretty() && begins_line(n)) {
    line(l, before);
    b.reserve(room);
    return;
  }
  b.reserve(static_cast<std::int64_t>(before.size()) + room);
  b.put_literal(before);
}

void TextWriter::begin(Lowering& l, const Node&) const {
  if (pretty()) {
    l.b.call(helpers().begin_pretty, {std::uint64_t{std::min(options_.indent, 64U)}});
  }
}

void TextWriter::end(Lowering& l, const Node&) const {
  if (pretty()) {
    l.b.reserve(1);
    l.b.put_literal("\n");
  }
}

// ---- Scalars

void TextWriter::scalar(Lowering& l, const Node& n) const {
  // In pretty text a helper begins the line, so the value is saved across its call.
  const Slot value = spill(l, Reg::t0);
  if (n.type->kind == Kind::boolean) {
    const bool key = is_key_text(n);
    start(l, n, head(n) + (key ? "\"" : ""), 10);
    const std::string after = (key ? "\"" : "") + tail(n);
    Builder& b = l.b;
    const Label no = b.skip_label();
    const Label done = b.skip_label();
    b.branch_slot(Cond::eq, value, 0, no);
    b.put_literal("true" + after);
    b.jump(done);
    b.bind(no);
    b.put_literal("false" + after);
    b.bind(done);
    return;
  }
  number(l, n, value);
}

void TextWriter::number(Lowering& l, const Node& n, Slot value) const {
  Builder& b = l.b;
  const Helpers& h = helpers();
  const Kind kind = n.type->kind;
  const bool key = is_key_text(n);
  const Arg v = Arg::in_slot(value.number);
  const Builder::CallOptions moves{.to0 = Reg::w0};
  if (kind == Kind::enumeration && !options_.enums_as_numbers) {
    const EnumNames* names = enum_names(l, *n.type->enumeration, options_);
    start(l, n, head(n), number_room + static_cast<std::int64_t>(names->longest()));
    b.call(key ? h.write_enum_key : h.write_enum, {v, Reg::w0, names}, moves);
    b.put_literal(tail(n));
    return;
  }
  const bool wide = kind == Kind::i64 || kind == Kind::u64;
  const bool is_real = kind == Kind::float64 || kind == Kind::float32;
  const bool is_text =
      (wide && options_.int64 == Int64::text) || (!is_real && has_text_numbers(n, options_));
  const std::string_view quote = key || is_text ? "\"" : "";
  start(l, n, head(n) + std::string(quote), number_room);
  if (is_real) {
    const bool is_double = kind == Kind::float64;
    // A google.protobuf.Value cannot be NaN, whatever the options say.
    const bool is_value = bare(n) && n.parent->semantic == Semantic::value;
    if (options_.not_finite == NotFinite::null && !key) {
      b.call(is_double ? h.write_double_or_null : h.write_float_or_null, {v, Reg::w0}, moves);
    } else if (options_.not_finite == NotFinite::text && !is_value) {
      const jit::Helper& plain = is_double ? h.write_double : h.write_float;
      const jit::Helper& bare = is_double ? h.write_double_key : h.write_float_key;
      b.call(key ? bare : plain, {v, Reg::w0}, moves);
    } else {
      b.call(is_double ? h.write_finite_double : h.write_finite_float, {v, Reg::w0, Reg::r0},
             {.null_fails = true, .to0 = Reg::w0});
    }
  } else {
    const bool is_signed = lower::is_signed(kind);
    b.call(is_signed ? h.write_signed : h.write_unsigned, {v, Reg::w0}, moves);
  }
  b.put_literal(std::string(quote) + tail(n));
}

// ---- Strings

void TextWriter::bytes(Lowering& l, const Node& n, lower::BytesAt) const {
  Builder& b = l.b;
  const Helpers& h = helpers();
  std::string before = head(n) + '"';
  Arg at = Reg::t0;
  Arg size = Reg::t1;
  if (pretty() && begins_line(n)) {
    at = Arg::in_slot(spill(l, Reg::t0).number);
    size = Arg::in_slot(spill(l, Reg::t1).number);
    line(l, before);
    before.clear();
  }
  const auto frame = std::make_shared<const Frame>(Frame{Literal(before), Literal('"' + tail(n))});
  const jit::Helper* write = validate_ ? &h.write_checked_string : &h.write_string;
  if (n.type->kind == Kind::binary && options_.binary != Binary::raw) {
    write = &h.write_binary[options_.binary == Binary::base64_url][options_.base64_padding];
  } else if (n.type->kind == Kind::uuid) {
    write = &h.write_uuid;
  }
  b.call(*write, {Reg::w0, Reg::w1, at, size, static_cast<const void*>(l.keep(frame))}, grows);
}

// ---- Structs, lists, maps

void TextWriter::open(Lowering& l, const Node& n, std::string_view bracket) const {
  Builder& b = l.b;
  const std::string before = head(n) + std::string(bracket);
  start(l, n, before, 0);
  if (pretty()) {
    b.call(helpers().deeper, {});
  }
}

void TextWriter::close(Lowering& l, const std::string& bracket) const {
  Builder& b = l.b;
  if (pretty()) {
    b.call(helpers().write_close, {Reg::w0, Reg::w1, stored_literal(l, bracket)}, grows);
    return;
  }
  const Label empty = b.skip_label();
  b.reserve(static_cast<std::int64_t>(bracket.size()));
  b.branch_byte(Cond::ne, Reg::w0, -1, ',', empty);
  b.advance(Reg::w0, -1);
  b.bind(empty);
  b.put_literal(bracket);
}

Scope TextWriter::open_struct(Lowering& l, const Node& n, bool) const {
  open(l, n, "{");
  return {};
}

void TextWriter::close_struct(Lowering& l, const Node& n, const Scope&) const {
  close(l, "}" + tail(n));
}

bool TextWriter::takes_unknown(const StructType& type, const lower::StructScope&,
                               std::uint64_t tag) const {
  const bool has_members = !options_.proto || type.semantic == Semantic::none;
  return has_members && (tag == 0 || tag == member_tag);
}

void TextWriter::unknown(Lowering& l, const StructType& type, const lower::StructScope&,
                         std::uint64_t tag, const std::vector<bool>& written) const {
  Builder& b = l.b;
  const Label done = b.label();
  lower::skip_other_unknown(b, tag, member_tag, done);
  auto rules = std::make_shared<MemberRules>();
  rules->pretty = pretty();
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const Field& f = type.fields[i];
    if (!written[i]) {
      continue;
    }
    rules->field_keys.add(key_text(f, options_), 1);
    if (reads_both_keys(options_) && !f.extension) {
      rules->field_keys.add(f.name, 1);
      rules->field_keys.add(f.json_name, 1);
    }
  }
  rules->field_keys.freeze();
  // Levels of the members nest within the structs that are inlined here.
  if (l.inline_depth > 0) {
    b.depth_enter(l.inline_depth);
  }
  b.call(helpers().write_members,
         {Reg::w0, Reg::w1, Reg::t0, Reg::t1,
          static_cast<const void*>(l.keep(std::shared_ptr<const MemberRules>(std::move(rules))))},
         grows);
  if (l.inline_depth > 0) {
    b.depth_leave(l.inline_depth);
  }
  b.bind(done);
}

Scope TextWriter::open_list(Lowering& l, const Node& n, const Count&) const {
  open(l, n, "[");
  return {};
}

void TextWriter::close_list(Lowering& l, const Node& n, const Scope&, const Count&) const {
  close(l, "]" + tail(n));
}

Scope TextWriter::open_map(Lowering& l, const Node& n, const Count&) const {
  open(l, n, is_object_map(*n.type) ? "{" : "[");
  return {};
}

// An entry whose key cannot be an object's key is written as an array of two elements.
void TextWriter::begin_key(Lowering& l, const Node& n, const Scope&, const Count&) const {
  if (!is_object_map(*n.type)) {
    Node pair;
    pair.role = Role::element;
    open(l, pair, "[");
  }
}

void TextWriter::end_entry(Lowering& l, const Node& n, const Scope&, const Count&) const {
  if (!is_object_map(*n.type)) {
    close(l, "],");
  }
}

void TextWriter::close_map(Lowering& l, const Node& n, const Scope&, const Count&) const {
  close(l, (is_object_map(*n.type) ? "}" : "]") + tail(n));
}

}  // namespace wirejit::json
