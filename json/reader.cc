// JSON text as a Reader: values, arrays and maps. Fields of structs are in read_fields.cc.
//
// The value of a field and the key of a map are read from after their opening token (quote, bracket
// or brace), because that token is matched together with the field's key. All other values are read
// from their first byte or from white space before it.
#include "json/reader.h"

#include "json/dialect.h"
#include "json/helpers.h"
#include "json/lower.h"
#include "kernels/cpu.h"

#include <memory>
#include <utility>

namespace wirejit::json {

using jit::Bound;
using jit::Builder;
using jit::Cond;
using jit::Label;
using jit::Opcode;
using jit::Reg;
using lower::Count;
using lower::Lowering;
using lower::Node;
using lower::Role;
using lower::Scope;

namespace {

bool is_integer(Kind k) { return k >= Kind::i8 && k <= Kind::u64; }
bool is_after_opening(const Node& n) { return n.role == Role::field; }
bool is_real(Kind k) { return k == Kind::float32 || k == Kind::float64; }
bool is_key_text(const Node& n) { return n.role == Role::key; }

// Moves the cursor past the opening token of a value. For a field it is already there.
void open(Lowering& l, const Node& n, char token) {
  if (is_after_opening(n)) {
    return;
  }
  consume_byte(l, token, helpers().open_token);
}

// The scan has found the end of the string at r0 + t1. Sets t0 to the string's first byte and r0 to
// the byte after its closing quote.
void end_string(Builder& b, Label slow) {
  b.add_imm(Reg::t0, Reg::r0, 0);
  b.arith(Opcode::add, Reg::t2, Reg::t0, Reg::t1);
  b.branch_byte(Cond::ne, Reg::t2, 0, '"', slow);
  b.mov(Reg::r0, Reg::t2);
  b.advance(Reg::r0, 1);
}

// Reads up to 31 bytes of ASCII without escapes inline, the second 16 of them out of line.
void read_string(Lowering& l, bool inside) {
  Builder& b = l.b;
  const Label outside_slow = b.cold_label();
  const Label slow = b.cold_label();
  const Label longer = b.cold_label();
  const Label done = b.skip_label();
  if (!inside) {
    b.need(18, outside_slow);
    b.branch_byte(Cond::ne, Reg::r0, 0, '"', outside_slow);
    b.advance(Reg::r0, 1);
  }
  b.need(17, slow);
  b.scan_text(Reg::t1, longer);
  end_string(b, slow);
  b.bind(done);
  l.cold(longer, [&l, slow, done] {
    l.b.need(33, slow);
    l.b.scan_text(Reg::t1, slow, 16);
    l.b.add_imm(Reg::t1, Reg::t1, 16);
    end_string(l.b, slow);
    l.b.jump(done, Bound::input);
  });
  const auto call = [&l, done](const jit::Helper& h) {
    l.b.call(h, {Reg::r0, Reg::r1}, {.null_fails = true, .to0 = Reg::r0, .to1 = Reg::t0});
    l.b.get_extra(Reg::t1, 0);
    l.b.jump(done, Bound::input);
  };
  l.cold(outside_slow, [call] { call(helpers().string.plain); });
  l.cold(slow, [call] { call(helpers().string.inside); });
}

}  // namespace

const jit::Helper& TextReader::helper_of(const Node& n, bool inside) const {
  const Kind kind = n.type->kind;
  const ReadPair& pair = helpers().read(kind);
  const bool is_number = is_integer(kind) || is_real(kind) || kind == Kind::enumeration;
  if (inside || !is_number) {
    return inside ? pair.inside : pair.plain;
  }
  if (has_text_numbers(n, options_)) {
    return pair.lenient;
  }
  const bool is_wide = kind == Kind::i64 || kind == Kind::u64;
  if (options_.accept_text_numbers || (is_wide && options_.int64 == Int64::text)) {
    return pair.plain;
  }
  return options_.not_finite == NotFinite::text ? pair.special : pair.rejecting;
}

void TextReader::read_by_helper(Lowering& l, const Node& n, bool inside) const {
  const jit::Helper& h = helper_of(n, inside);
  const Builder::CallOptions options{.null_fails = true, .to0 = Reg::r0, .to1 = Reg::t0};
  if (n.type->kind == Kind::enumeration) {
    l.b.call(h, {Reg::r0, Reg::r1, enum_names(l, *n.type->enumeration, options_)}, options);
  } else if (!inside && (is_integer(n.type->kind) || n.type->kind == Kind::float64)) {
    l.b.call(h, {Reg::r0, Reg::r1, static_cast<const void*>(&kernels::best())}, options);
  } else {
    l.b.call(h, {Reg::r0, Reg::r1}, options);
  }
}

// The value cannot be predicted, so no branch depends on it: t0 = is "true", t2 = is "false".
void TextReader::read_bool(Lowering& l, const Node& n) const {
  Builder& b = l.b;
  const Label slow = b.cold_label();
  const Label done = b.skip_label();
  constexpr std::int64_t tail_of_false = 0x65736c61;  // "alse", little-endian
  constexpr std::int64_t whole_true = 0x65757274;
  b.need(5, slow);
  b.load(Reg::t0, Reg::r0, 0, 4);
  b.load(Reg::t2, Reg::r0, 1, 4);
  b.arith_imm(Opcode::and_imm, Reg::t1, Reg::t0, 0xff);
  b.set_if(Reg::t0, Reg::t0, Cond::eq, whole_true);
  b.set_if(Reg::t1, Reg::t1, Cond::eq, 'f');
  b.set_if(Reg::t2, Reg::t2, Cond::eq, tail_of_false);
  b.arith(Opcode::and_, Reg::t2, Reg::t2, Reg::t1);
  b.arith(Opcode::or_, Reg::t2, Reg::t2, Reg::t0);
  b.branch_imm(Cond::eq, Reg::t2, 0, slow);
  b.add_imm(Reg::t1, Reg::r0, 5);
  b.arith(Opcode::sub, Reg::r0, Reg::t1, Reg::t0);
  b.bind(done);
  l.cold(slow, [this, &l, type = n.type, done] {
    Node node;
    node.type = type;
    read_by_helper(l, node, false);
    l.b.jump(done, Bound::input);
  });
}

void TextReader::end(Lowering& l, const Node&) const {
  Builder& b = l.b;
  const Label slow = b.cold_label();
  const Label done = b.skip_label();
  b.flush(Reg::r0);
  b.branch(Cond::ne, Reg::r0, Reg::r1, slow);
  b.bind(done);
  l.cold(slow, [&l, done] {
    l.b.call(helpers().finish, {Reg::r0, Reg::r1}, {.null_fails = true, .to0 = Reg::r0});
    l.b.jump(done, Bound::input);
  });
}

void TextReader::scalar(Lowering& l, const Node& n) const {
  if (n.type->kind == Kind::boolean && !is_key_text(n)) {
    read_bool(l, n);
  } else {
    read_by_helper(l, n, is_key_text(n));
  }
}

void TextReader::bytes(Lowering& l, const Node& n) const {
  const bool inside = is_after_opening(n) || is_key_text(n);
  if (n.type->kind == Kind::string && !is_key_text(n) && has_text_numbers(n, options_)) {
    l.b.call(helpers().string_or_number, {Reg::r0, Reg::r1},
             {.null_fails = true, .to0 = Reg::r0, .to1 = Reg::t0});
    l.b.get_extra(Reg::t1, 0);
    return;
  }
  if (is_raw_text(*n.type)) {
    read_string(l, inside);
    return;
  }
  read_by_helper(l, n, inside);
  l.b.get_extra(Reg::t1, 0);
}

void TextReader::branch_null(Lowering& l, const Node& n, Label null) const {
  Builder& b = l.b;
  const Label look = b.cold_label();
  const Label value = b.skip_label();
  const char token = opening(*n.type, options_);
  b.need(1, look);
  if (token != '\0' && !has_text_numbers(n, options_)) {
    b.branch_byte(Cond::ne, Reg::r0, 0, static_cast<unsigned char>(token), look);
  } else if (n.type->kind == Kind::boolean) {
    b.branch_byte(Cond::eq, Reg::r0, 0, 'n', look);
    b.branch_byte(Cond::below_eq, Reg::r0, 0, ' ', look);
  } else {  // the bytes that a number or a string begins with are from '"' to '9'
    b.load(Reg::t0, Reg::r0, 0, 1);
    b.add_imm(Reg::t0, Reg::t0, -'"');
    b.branch_imm(Cond::above, Reg::t0, '9' - '"', look);
  }
  b.bind(value);
  l.cold(look, [&l, null, value] {
    l.b.call(helpers().take_null, {Reg::r0, Reg::r1}, {.null_fails = true, .to0 = Reg::r0});
    l.b.branch_imm(Cond::ne, Reg::t1, 0, null, Bound::input);
    l.b.jump(value, Bound::input);
  });
}

Scope TextReader::open_struct(Lowering& l, const Node& n, bool) const {
  open(l, n, '{');
  return {};
}

// ---- Arrays

Scope TextReader::open_list(Lowering& l, const Node& n, Count&) const {
  open(l, n, '[');
  return {};
}

namespace {

// Emits a loop over the elements of an array; body() reads one. It ends after ']'.
void loop_elements(Lowering& l, const std::function<void()>& body) {
  Builder& b = l.b;
  const Label loop = b.label();
  const Label end = b.label();
  const Label slow_first = b.cold_label();
  const Label empty = b.cold_label();
  const Label miss = b.cold_label();
  const Label slow_next = b.cold_label();
  b.need(1, slow_first);
  b.branch_byte(Cond::eq, Reg::r0, 0, ']', empty);
  b.branch_byte(Cond::below_eq, Reg::r0, 0, ' ', slow_first);
  b.bind(loop);
  body();
  b.need(1, slow_next);
  b.branch_byte(Cond::ne, Reg::r0, 0, ',', miss);
  b.advance(Reg::r0, 1);
  b.jump(loop, Bound::input);
  b.bind(miss);
  b.branch_byte(Cond::ne, Reg::r0, 0, ']', slow_next);
  b.advance(Reg::r0, 1);
  b.bind(end);
  const auto call = [&l, loop, end](const jit::Helper& h) {
    l.b.call(h, {Reg::r0, Reg::r1}, {.null_fails = true, .to0 = Reg::r0});
    l.b.branch_imm(Cond::ne, Reg::t1, 0, loop, Bound::input);
    l.b.jump(end, Bound::input);
  };
  l.cold(slow_first, [call] { call(helpers().first_element); });
  l.cold(slow_next, [call] { call(helpers().next_element); });
  l.cold(empty, [&l, end] {
    l.b.advance(Reg::r0, 1);
    l.b.jump(end, Bound::input);
  });
}

// The cursor is inside the key of an entry. Goes to `next`, past the entry, if its value is null.
// Short keys without escapes are looked at inline, if there is no white space around the colon.
void drop_null_entry(Lowering& l, Label next) {
  Builder& b = l.b;
  const Label look = b.cold_label();
  const Label key = b.skip_label();
  b.need(18, look);
  b.scan_text(Reg::t1, look);
  b.arith(Opcode::add, Reg::t2, Reg::r0, Reg::t1);
  b.branch_byte(Cond::ne, Reg::t2, 0, '"', look);
  b.branch_byte(Cond::ne, Reg::t2, 1, ':', look);
  b.branch_byte(Cond::eq, Reg::t2, 2, 'n', look);
  b.branch_byte(Cond::below_eq, Reg::t2, 2, ' ', look);
  b.bind(key);
  l.cold(look, [&l, next, key] {
    l.b.call(helpers().take_null_entry, {Reg::r0, Reg::r1}, {.null_fails = true, .to0 = Reg::r0});
    l.b.branch_imm(Cond::ne, Reg::t1, 0, next, Bound::input);
    l.b.jump(key, Bound::input);
  });
}

// Emits a loop over the entries of an object, from after '{' to after '}'.
// `drops_null`: entries whose value is null are left out.
void loop_entries(Lowering& l, bool drops_null, const std::function<void()>& key,
                  const std::function<void()>& value) {
  Builder& b = l.b;
  const Label loop = b.label();
  const Label end = b.label();
  const Label slow_first = b.cold_label();
  const Label slow_next = b.cold_label();
  const Label miss = b.cold_label();
  b.need(1, slow_first);
  b.branch_byte(Cond::ne, Reg::r0, 0, '"', slow_first);
  b.advance(Reg::r0, 1);
  b.bind(loop);
  const Label next = drops_null ? b.label() : jit::no_label;
  if (drops_null) {
    drop_null_entry(l, next);
  }
  key();
  consume_byte(l, ':', helpers().expect_byte);
  value();
  if (drops_null) {
    b.bind(next);
  }
  b.need(2, slow_next);
  b.match(",\"", miss);
  b.advance(Reg::r0, 2);
  b.jump(loop, Bound::input);
  b.bind(miss);
  b.branch_byte(Cond::ne, Reg::r0, 0, '}', slow_next);
  b.advance(Reg::r0, 1);
  b.bind(end);
  const auto call = [&l, loop, end](const jit::Helper& h) {
    l.b.call(h, {Reg::r0, Reg::r1}, {.null_fails = true, .to0 = Reg::r0});
    l.b.branch_imm(Cond::ne, Reg::t1, 0, loop, Bound::input);
    l.b.jump(end, Bound::input);
  };
  l.cold(slow_first, [call] { call(helpers().first_entry); });
  l.cold(slow_next, [call] { call(helpers().next_entry); });
}

}  // namespace

void TextReader::elements(Lowering& l, const Node&, const Scope&, const Count&,
                          const std::function<void()>& body) const {
  loop_elements(l, body);
}

// ---- Maps

Scope TextReader::open_map(Lowering& l, const Node& n, Count&) const {
  open(l, n, is_object_map(*n.type) ? '{' : '[');
  return {};
}

void TextReader::entries(Lowering& l, const Node& n, const Scope&, const Count&,
                         const std::function<void()>& key,
                         const std::function<void()>& value) const {
  if (is_object_map(*n.type)) {
    loop_entries(l, options_.nulls == Nulls::drop, key, value);
    return;
  }
  loop_elements(l, [&] {
    consume_byte(l, '[', helpers().open_token);
    key();
    consume_byte(l, ',', helpers().expect_byte);
    value();
    consume_byte(l, ']', helpers().expect_byte);
  });
}

}  // namespace wirejit::json
