// Implementation of Builder. The three savings (deferred advances, known bounds, joined
// reservations) each live in one place: flush/fold, need, reserve.
#include "jit/program_builder.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace wirejit::jit {

namespace {

bool is_terminator(Opcode code) {
  return code == Opcode::jump || code == Opcode::ret || code == Opcode::fail ||
         code == Opcode::restart || code == Opcode::jump_table;
}

std::string little_endian(std::int64_t v, unsigned width) {
  std::string bytes;
  for (unsigned k = 0; k < width; ++k) {
    bytes += static_cast<char>(static_cast<std::uint64_t>(v) >> (8 * k));
  }
  return bytes;
}

}  // namespace

Builder::Builder(std::string name, bool comments) : comments_(comments) {
  program_.name = std::move(name);
  program_.comments.emplace_back();
  program_.ops.reserve(256);
}

Op& Builder::emit(Opcode code) {
  Op& op = program_.ops.emplace_back();
  op.code = code;
  op.node = node_;
  if (!next_comment_.empty()) {
    op.comment = static_cast<std::uint32_t>(program_.comments.size());
    program_.comments.push_back(std::move(next_comment_));
    next_comment_.clear();
  }
  return op;
}

// ---- Labels

Label Builder::label() {
  labels_.push_back({});
  return static_cast<Label>(labels_.size() - 1);
}

Label Builder::skip_label() {
  const Label l = label();
  labels_[l].sort = Sort::skip;
  return l;
}

Label Builder::cold_label() {
  const Label l = label();
  labels_[l].sort = Sort::cold;
  return l;
}

bool Builder::is_terminated() const {
  return !program_.ops.empty() && is_terminator(program_.ops.back().code);
}

void Builder::target(Label l) {
  LabelState& s = labels_[l];
  if (s.sort != Sort::cold) {
    flush_all();
    s.reservation = !s.used || s.reservation == reservation_ ? reservation_ : -1;
  } else if (!s.used) {
    s.pending_r0 = pending_r0_;
    s.pending_w0 = pending_w0_;
  } else {
    assert(s.pending_r0 == pending_r0_ && s.pending_w0 == pending_w0_ &&
           "a cold label is reached in one state only");
  }
  s.used = true;
}

void Builder::bind(Label l, std::int64_t readable) {
  LabelState& s = labels_[l];
  assert(!s.bound);
  s.bound = true;
  const bool reachable = !is_terminated();
  if (s.sort == Sort::cold) {
    assert(!reachable && "cold code stands behind a terminator");
    pending_r0_ = s.pending_r0;
    pending_w0_ = s.pending_w0;
    reservation_ = -1;
    readable_ = 0;
  } else if (reachable) {
    flush_all();
  } else {
    pending_r0_ = 0;
    pending_w0_ = 0;
  }
  readable_ = readable;
  if (s.sort == Sort::anywhere || (reachable && s.used && s.reservation != reservation_)) {
    reservation_ = -1;
  } else if (!reachable) {
    reservation_ = s.sort == Sort::skip && s.used ? s.reservation : -1;
  }
  Op& op = emit(Opcode::bind);
  op.label = l;
}

// ---- Slots

Slot Builder::new_slot() { return new_slots(1); }

Slot Builder::new_slots(std::uint16_t words) {
  const Slot s{next_slot_};
  next_slot_ = static_cast<std::uint16_t>(next_slot_ + words);
  if (next_slot_ > max_slots) {
    too_many_slots_ = true;
    next_slot_ = max_slots;
    return Slot{0};
  }
  program_.slots = next_slot_ > program_.slots ? next_slot_ : program_.slots;
  return s;
}

// ---- Deferred advances

void Builder::advance(Reg cursor, std::int64_t n) { pending(cursor) += n; }

void Builder::flush(Reg cursor) {
  if (cursor != Reg::r0 && cursor != Reg::w0) {
    return;
  }
  std::int64_t& p = pending(cursor);
  if (p == 0) {
    return;
  }
  const std::int64_t n = p;
  p = 0;
  Op& op = emit(Opcode::add_imm);
  op.a = cursor;
  op.b = cursor;
  op.imm = n;
  if (cursor == Reg::r0) {
    readable_ = readable_ > n ? readable_ - n : 0;
  }
}

void Builder::flush_all() {
  flush(Reg::r0);
  flush(Reg::w0);
}

void Builder::fold(Reg base, std::int64_t& disp) {
  if (base == Reg::r0) {
    disp += pending_r0_;
  } else if (base == Reg::w0) {
    disp += pending_w0_;
  }
  assert(disp >= std::numeric_limits<std::int32_t>::min() &&
         disp <= std::numeric_limits<std::int32_t>::max());
}

void Builder::use(Reg a) { flush(a); }

void Builder::wrote(Reg a) {
  if (a == Reg::r0) {
    pending_r0_ = 0;
    readable_ = 0;
  } else if (a == Reg::w0) {
    pending_w0_ = 0;
    reservation_ = -1;
  } else if (a == Reg::r1) {
    readable_ = 0;
  } else if (a == Reg::w1) {
    reservation_ = -1;
  }
}

// ---- Words

void Builder::imm(Reg a, std::int64_t v) {
  Op& op = emit(Opcode::imm);
  op.a = a;
  op.imm = v;
  wrote(a);
}

void Builder::mov(Reg a, Reg b) {
  if (a == b) {
    return;
  }
  use(b);
  Op& op = emit(Opcode::mov);
  op.a = a;
  op.b = b;
  wrote(a);
}

void Builder::arith(Opcode code, Reg a, Reg b, Reg c) {
  use(b);
  use(c);
  Op& op = emit(code);
  op.a = a;
  op.b = b;
  op.c = c;
  wrote(a);
}

void Builder::arith_imm(Opcode code, Reg a, Reg b, std::int64_t v) {
  if (code == Opcode::add_imm && a != b) {
    fold(b, v);  // the sum, without making the advance
  } else {
    use(b);
  }
  Op& op = emit(code);
  op.a = a;
  op.b = b;
  op.imm = v;
  wrote(a);
}

void Builder::set_if(Reg a, Reg b, Cond cond, std::int64_t v) {
  use(b);
  Op& op = emit(Opcode::set_if);
  op.a = a;
  op.b = b;
  op.cond = cond;
  op.imm = v;
  wrote(a);
}

void Builder::load(Reg a, Reg base, std::int64_t disp, unsigned width, bool sign, bool swap) {
  fold(base, disp);
  Op& op = emit(Opcode::load);
  op.a = a;
  op.b = base;
  op.imm = disp;
  op.width = static_cast<std::uint8_t>(width);
  op.sign = sign && width < 8;
  op.swap = swap && width > 1;
  wrote(a);
}

void Builder::store(Reg base, std::int64_t disp, Reg b, unsigned width, bool swap) {
  use(b);
  fold(base, disp);
  Op& op = emit(Opcode::store);
  op.a = base;
  op.b = b;
  op.imm = disp;
  op.width = static_cast<std::uint8_t>(width);
  op.swap = swap && width > 1;
}

void Builder::store_imm(Reg base, std::int64_t disp, std::int64_t v, unsigned width) {
  fold(base, disp);
  if (base == Reg::w0 && joins_literal(disp, little_endian(v, width))) {
    return;
  }
  Op& op = emit(Opcode::store_imm);
  op.a = base;
  op.disp = static_cast<std::int32_t>(disp);
  op.imm = v;
  op.width = static_cast<std::uint8_t>(width);
}

// Constants of the output that lie close together become one literal, stored before the values
// between them: `tag value tag value` is `tag gap tag`, then the values. True if that was done.
bool Builder::joins_literal(std::int64_t disp, std::string_view more) {
  constexpr std::int64_t most = 16;  // what is stored at once
  const std::int64_t end = disp + static_cast<std::int64_t>(more.size());
  std::vector<Op>& ops = program_.ops;
  const std::size_t reserved =
      reservation_ < 0 ? ops.size() : static_cast<std::size_t>(reservation_);
  std::size_t first = ops.size();
  const auto is_constant = [&](const Op& op) {
    return (op.code == Opcode::store_imm && op.a == Reg::w0) || op.code == Opcode::put_literal;
  };
  const auto may_follow = [](const Op& op) {
    return op.code == Opcode::load || op.code == Opcode::trace ||
           (op.code == Opcode::store && op.a == Reg::w0);
  };
  do {
    if (first <= reserved + 1) {
      return false;
    }
    --first;
  } while (!is_constant(ops[first]) && may_follow(ops[first]));
  Op& literal = ops[first];
  if (!is_constant(literal) || disp < literal.disp || end - literal.disp > most) {
    return false;
  }
  // All between is stored, in order, by what stands between; and nothing behind.
  std::int64_t covered = literal.disp + literal.width;
  for (std::size_t k = first + 1; k < ops.size(); ++k) {
    if (ops[k].code == Opcode::store) {
      if (ops[k].imm > covered || ops[k].imm + ops[k].width > disp) {
        return false;
      }
      covered = std::max(covered, ops[k].imm + ops[k].width);
    }
  }
  std::string& bytes = program_.literals;
  if (covered < disp || end < literal.disp + literal.width) {
    return false;
  }
  if (literal.code == Opcode::store_imm) {
    literal.code = Opcode::put_literal;
    literal.a = Reg::none;
    bytes += little_endian(literal.imm, literal.width);
    literal.imm = static_cast<std::int64_t>(bytes.size()) - literal.width;
  } else if (static_cast<std::size_t>(literal.imm) + literal.width != bytes.size()) {
    return false;
  }
  bytes.resize(static_cast<std::size_t>(literal.imm + (disp - literal.disp)));
  bytes += more;
  literal.width = static_cast<std::uint8_t>(end - literal.disp);
  return true;
}

void Builder::or_byte(Reg base, std::int64_t disp, std::uint8_t v) {
  fold(base, disp);
  Op& op = emit(Opcode::or_byte);
  op.a = base;
  op.disp = static_cast<std::int32_t>(disp);
  op.imm = v;
}

void Builder::get(Reg a, Slot s) {
  Op& op = emit(Opcode::get);
  op.a = a;
  op.slot = s.number;
  wrote(a);
}

void Builder::put(Slot s, Reg a) {
  use(a);
  Op& op = emit(Opcode::put);
  op.a = a;
  op.slot = s.number;
}

void Builder::put_imm(Slot s, std::int64_t v) {
  Op& op = emit(Opcode::put_imm);
  op.slot = s.number;
  op.imm = v;
}

void Builder::add_slot(Slot s, std::int64_t v) {
  Op& op = emit(Opcode::add_slot);
  op.slot = s.number;
  op.imm = v;
}

void Builder::or_slot(Slot s, std::int64_t v) {
  Op& op = emit(Opcode::or_slot);
  op.slot = s.number;
  op.imm = v;
}

void Builder::slot_addr(Reg a, Slot s) {
  Op& op = emit(Opcode::slot_addr);
  op.a = a;
  op.slot = s.number;
  wrote(a);
}

void Builder::get_aux(Reg a, unsigned k) {
  Op& op = emit(Opcode::get_aux);
  op.a = a;
  op.slot = static_cast<std::uint16_t>(k);
  wrote(a);
}

// ---- Control

void Builder::jump(Label l, Bound bound) {
  target(l);
  Op& op = emit(Opcode::jump);
  op.label = l;
  op.bound = bound;
}

void Builder::branch(Cond cond, Reg a, Reg b, Label l, Bound bound) {
  use(a);
  use(b);
  target(l);
  Op& op = emit(Opcode::branch);
  op.cond = cond;
  op.a = a;
  op.b = b;
  op.label = l;
  op.bound = bound;
}

void Builder::branch_imm(Cond cond, Reg a, std::int64_t v, Label l, Bound bound) {
  use(a);
  target(l);
  Op& op = emit(Opcode::branch_imm);
  op.cond = cond;
  op.a = a;
  op.imm = v;
  op.label = l;
  op.bound = bound;
}

void Builder::branch_slot(Cond cond, Slot s, std::int64_t v, Label l, Bound bound) {
  target(l);
  Op& op = emit(Opcode::branch_slot);
  op.cond = cond;
  op.slot = s.number;
  op.imm = v;
  op.label = l;
  op.bound = bound;
}

void Builder::branch_byte(Cond cond, Reg base, std::int64_t disp, std::uint8_t v, Label l) {
  target(l);
  fold(base, disp);
  Op& op = emit(Opcode::branch_byte);
  op.cond = cond;
  op.a = base;
  op.disp = static_cast<std::int32_t>(disp);
  op.imm = v;
  op.label = l;
}

void Builder::branch_bits(Cond cond, Slot s, std::int64_t mask, Label l) {
  target(l);
  Op& op = emit(Opcode::branch_bits);
  op.cond = cond;
  op.slot = s.number;
  op.imm = mask;
  op.label = l;
}

void Builder::loop_next(Slot s, Label l) {
  target(l);
  Op& op = emit(Opcode::loop_next);
  op.slot = s.number;
  op.label = l;
  op.bound = Bound::count;
}

void Builder::jump_table(Reg a, std::vector<Label> targets, Label otherwise) {
  use(a);
  flush_all();
  for (const Label l : targets) {
    target(l);
  }
  target(otherwise);
  Op& op = emit(Opcode::jump_table);
  op.a = a;
  op.label = otherwise;
  op.index = static_cast<std::uint32_t>(program_.tables.size());
  op.bound = Bound::input;
  program_.tables.push_back(std::move(targets));
}

void Builder::call(const Helper& h, std::initializer_list<Arg> args, CallOptions o) {
  // Helpers see true cursors where they are given; a failure position is taken from r0 in any case.
  for (const Arg& a : args) {
    if (a.what == Arg::What::reg) {
      use(a.reg);
    }
  }
  if (o.null_fails) {
    flush(Reg::r0);
  }
  if (o.to0 == Reg::w0 || o.to1 == Reg::w0 || o.grows_output) {
    flush(Reg::w0);
  }
  Call c;
  c.helper = &h;
  for (const Arg& a : args) {
    assert(c.count < max_helper_args);
    c.args[c.count++] = a;
  }
  assert(static_cast<unsigned>(c.count) + (h.takes_context ? 1U : 0U) == h.arity);
  c.null_fails = o.null_fails;
  c.grows_output = o.grows_output;
  c.shortcut = o.shortcut;
  c.to0 = o.to0;
  c.to1 = o.to1;
  Op& op = emit(Opcode::call);
  op.index = static_cast<std::uint32_t>(program_.calls.size());
  program_.calls.push_back(c);
  const auto saved_reservation = reservation_;
  wrote(o.to0);
  wrote(o.to1);
  // A bounded writer helper moves w0 within the reservation; a growing one ends it.
  reservation_ = o.grows_output ? -1 : saved_reservation;
}

void Builder::call_routine(std::uint32_t routine) {
  flush_all();
  Op& op = emit(Opcode::call_routine);
  op.imm = routine;
  readable_ = 0;
  reservation_ = -1;
}

void Builder::ret() {
  flush_all();
  emit(Opcode::ret);
}

void Builder::fail(Errc code, Reg bits, unsigned word) {
  flush_all();
  Op& op = emit(Opcode::fail);
  op.imm = static_cast<std::int64_t>(code);
  op.a = bits;
  op.slot = static_cast<std::uint16_t>(word);
}

void Builder::restart() {
  flush_all();
  emit(Opcode::restart);
}

// ---- Bounds

void Builder::need(std::int64_t n, Label miss) {
  if (readable_ >= n + pending_r0_) {
    return;
  }
  target(miss);
  Op& op = emit(Opcode::need);
  op.imm = n + pending_r0_;
  op.label = miss;
  readable_ = n + pending_r0_;
}

void Builder::need_reg(Reg a, std::int64_t n, Label miss) {
  use(a);
  target(miss);
  Op& op = emit(Opcode::need_reg);
  op.a = a;
  op.imm = n + pending_r0_;
  op.label = miss;
}

void Builder::reserve(std::int64_t n) {
  if (reservation_ >= 0) {
    program_.ops[static_cast<std::size_t>(reservation_)].imm += n;
    return;
  }
  flush(Reg::w0);
  reservation_ = static_cast<std::ptrdiff_t>(program_.ops.size());
  Op& op = emit(Opcode::reserve);
  op.imm = n;
}

void Builder::reserve_reg(Reg a, std::int64_t n) {
  use(a);
  flush(Reg::w0);
  reservation_ = static_cast<std::ptrdiff_t>(program_.ops.size());
  const bool bounded = is_bounded(program_, program_.ops.size(), a);
  Op& op = emit(Opcode::reserve_reg);
  op.a = a;
  op.imm = n;
  op.width = bounded ? 4 : 8;
}

void Builder::depth_enter(std::int64_t n) { emit(Opcode::depth_enter).imm = n; }
void Builder::depth_leave(std::int64_t n) { emit(Opcode::depth_leave).imm = n; }
void Builder::depth_check(std::int64_t n) { emit(Opcode::depth_check).imm = n; }

// ---- Text

void Builder::match(std::string_view bytes, Label miss) {
  assert(!bytes.empty() && bytes.size() <= 255);
  target(miss);
  std::int64_t disp = 0;
  fold(Reg::r0, disp);
  const std::int64_t readable = readable_ - disp;
  Op& op = emit(Opcode::match);
  op.width = static_cast<std::uint8_t>(bytes.size());
  op.imm = static_cast<std::int64_t>(program_.literals.size());
  op.disp = static_cast<std::int32_t>(disp);
  op.slot = static_cast<std::uint16_t>(readable < op.width ? op.width
                                       : readable > 255    ? 255
                                                           : readable);
  op.label = miss;
  program_.literals.append(bytes);
}

void Builder::put_literal(std::string_view bytes) {
  while (!bytes.empty()) {
    Op* last = program_.ops.empty() ? nullptr : &program_.ops.back();
    const bool joins =
        last != nullptr && last->code == Opcode::put_literal && last->width < 255 &&
        last->disp + last->width == pending_w0_ &&
        static_cast<std::size_t>(last->imm) + last->width == program_.literals.size();
    std::size_t n = bytes.size() < 255 ? bytes.size() : 255;
    if (joins) {
      const std::size_t room = 255U - last->width;
      n = n < room ? n : room;
      last->width = static_cast<std::uint8_t>(last->width + n);
    } else if (joins_literal(pending_w0_, bytes)) {
      pending_w0_ += static_cast<std::int64_t>(bytes.size());
      return;
    } else {
      std::int64_t disp = 0;
      fold(Reg::w0, disp);
      Op& op = emit(Opcode::put_literal);
      op.width = static_cast<std::uint8_t>(n);
      op.imm = static_cast<std::int64_t>(program_.literals.size());
      op.disp = static_cast<std::int32_t>(disp);
    }
    program_.literals.append(bytes.substr(0, n));
    pending_w0_ += static_cast<std::int64_t>(n);
    bytes.remove_prefix(n);
  }
}

void Builder::copy_bytes(Reg from, Reg size) {
  use(from);
  use(size);
  flush(Reg::w0);
  Op& op = emit(Opcode::copy_bytes);
  op.a = from;
  op.b = size;
}

void Builder::scan_text(Reg a, Label none, std::int64_t at) {
  target(none);
  std::int64_t disp = at;
  fold(Reg::r0, disp);
  Op& op = emit(Opcode::scan_text);
  op.a = a;
  op.disp = static_cast<std::int32_t>(disp);
  op.label = none;
}

void Builder::trace(std::uint32_t node) { emit(Opcode::trace).imm = node; }

void Builder::trace_key(std::uint32_t node, bool is_bytes) {
  Op& op = emit(Opcode::trace);
  op.imm = node;
  op.b = Reg::t0;
  op.c = is_bytes ? Reg::t1 : Reg::none;
}

Program Builder::finish() {
  program_.labels = static_cast<std::uint32_t>(labels_.size());
  program_.literals.append(16, '\0');
  return std::move(program_);
}

}  // namespace wirejit::jit
