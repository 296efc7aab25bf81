// Implementation of Builder. The three savings (deferred advances, known bounds, joined
// reservations) each live in one place: flush/fold, need, reserve.
#include "jit/program_builder.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace wirejit::jit {

namespace {

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

Op& Builder::place(Op op) {
  op.node = node_;
  if (!next_comment_.empty()) {
    op.comment = static_cast<std::uint32_t>(program_.comments.size());
    program_.comments.push_back(std::move(next_comment_));
    next_comment_.clear();
  }
  return program_.ops.emplace_back(op);
}

Op& Builder::add(Op op) {
  const OpFacts& facts = facts_of(op.code);
  const auto named = registers_of(op);
  for (const auto [reg, how] : named) {
    if (how == RegUse::reads || how == RegUse::may_read) {
      use(reg);
    }
  }
  if (facts.has_target()) {
    target(op.label);
  }
  for (const auto [reg, how] : named) {
    if (how == RegUse::base_with_imm) {
      fold(reg, op.imm);
    } else if (how == RegUse::base_with_disp) {
      std::int64_t disp = op.disp;
      fold(reg, disp);
      op.disp = narrow(disp);
    }
  }
  Op& placed = place(op);
  if (facts.a == RegUse::writes) {
    wrote(op.a);
  }
  return placed;
}

// ---- Labels

Label Builder::label(std::int64_t behind) {
  labels_.push_back({.pending_r0 = behind});
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
  return !program_.ops.empty() && !facts_of(program_.ops.back().code).falls_through();
}

void Builder::target(Label l) {
  LabelState& s = labels_[l];
  if (s.sort != Sort::cold) {
    settle(s);
    s.reservation = !s.used || s.reservation == reservation_ ? reservation_ : -1;
  } else if (!s.used) {
    s.pending_r0 = pending_r0_;
    s.pending_w0 = pending_w0_;
    s.readable = readable_;
  } else {
    s.readable = std::min(s.readable, readable_);
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
    assert(!reachable && "cold code comes after a terminator");
    pending_r0_ = s.pending_r0;
    pending_w0_ = s.pending_w0;
    reservation_ = -1;
  } else if (reachable) {
    settle(s);
  } else {
    pending_r0_ = s.pending_r0;
    pending_w0_ = 0;
  }
  readable_ = std::max(readable, s.readable);
  if (s.sort == Sort::anywhere || (reachable && s.used && s.reservation != reservation_)) {
    reservation_ = -1;
  } else if (!reachable) {
    reservation_ = s.sort == Sort::skip && s.used ? s.reservation : -1;
  }
  place({.code = Opcode::bind, .label = l});
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
  if (cursor == Reg::r0) {
    return move_r0(p);
  }
  place({.code = Opcode::add_imm, .a = cursor, .b = cursor, .imm = std::exchange(p, 0)});
}

// Makes so much of the deferred advance, which may be more than there is.
void Builder::move_r0(std::int64_t n) {
  if (n != 0) {
    place({.code = Opcode::add_imm, .a = Reg::r0, .b = Reg::r0, .imm = n});
    pending_r0_ -= n;
    readable_ = std::max(readable_ - n, std::int64_t{0});
  }
}

void Builder::settle(const LabelState& s) {
  flush(Reg::w0);
  move_r0(pending_r0_ - s.pending_r0);
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
  narrow(disp);
}

std::int32_t Builder::narrow(std::int64_t disp) {
  assert(disp >= std::numeric_limits<std::int32_t>::min() &&
         disp <= std::numeric_limits<std::int32_t>::max());
  return static_cast<std::int32_t>(disp);
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

void Builder::arith_imm(Opcode code, Reg a, Reg b, std::int64_t v) {
  if (code != Opcode::add_imm || a == b) {
    add({.code = code, .a = a, .b = b, .imm = v});
    return;
  }
  fold(b, v);  // the sum, without making the advance
  place({.code = code, .a = a, .b = b, .imm = v});
  wrote(a);
}

void Builder::load(Reg a, Reg base, std::int64_t disp, unsigned width, bool sign, bool swap) {
  add({.code = Opcode::load,
       .a = a,
       .b = base,
       .width = static_cast<std::uint8_t>(width),
       .sign = sign && width < 8,
       .swap = swap && width > 1,
       .imm = disp});
}

void Builder::store(Reg base, std::int64_t disp, Reg b, unsigned width, bool swap) {
  add({.code = Opcode::store,
       .a = base,
       .b = b,
       .width = static_cast<std::uint8_t>(width),
       .swap = swap && width > 1,
       .imm = disp});
}

void Builder::store_imm(Reg base, std::int64_t disp, std::int64_t v, unsigned width) {
  fold(base, disp);
  if (base == Reg::w0 && joins_literal(disp, little_endian(v, width))) {
    return;
  }
  place({.code = Opcode::store_imm,
         .a = base,
         .width = static_cast<std::uint8_t>(width),
         .disp = narrow(disp),
         .imm = v});
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
  // All bytes between are stored, in order, by the ops between; no op stores after them.
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

// ---- Control

void Builder::jump_table(Reg a, std::vector<Label> targets, Label otherwise) {
  use(a);
  flush_all();
  for (const Label l : targets) {
    target(l);
  }
  add({.code = Opcode::jump_table,
       .a = a,
       .bound = Bound::input,
       .label = otherwise,
       .index = static_cast<std::uint32_t>(program_.tables.size())});
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
  c.counts_elements = o.counts_elements;
  c.fast_path = o.fast_path;
  c.to0 = o.to0;
  c.to1 = o.to1;
  place({.code = Opcode::call, .index = static_cast<std::uint32_t>(program_.calls.size())});
  program_.calls.push_back(c);
  const auto saved_reservation = reservation_;
  wrote(o.to0);
  wrote(o.to1);
  // A bounded writer helper moves w0 within the reservation; a growing one ends it.
  reservation_ = o.grows_output ? -1 : saved_reservation;
}

void Builder::call_routine(std::uint32_t routine) {
  flush_all();
  add({.code = Opcode::call_routine, .imm = routine});
  readable_ = 0;
  reservation_ = -1;
}

void Builder::ret() {
  flush_all();
  add({.code = Opcode::ret});
}

void Builder::fail(Errc code, Reg bits, unsigned word) {
  flush_all();
  add({.code = Opcode::fail,
       .a = bits,
       .slot = static_cast<std::uint16_t>(word),
       .imm = static_cast<std::int64_t>(code)});
}

void Builder::restart() {
  flush_all();
  add({.code = Opcode::restart});
}

// ---- Bounds

void Builder::need(std::int64_t n, Label miss) {
  if (readable_ >= n + pending_r0_) {
    return;
  }
  target(miss);
  place({.code = Opcode::need, .label = miss, .imm = n + pending_r0_});
  readable_ = n + pending_r0_;
}

void Builder::need_reg(Reg a, std::int64_t n, Label miss) {
  use(a);
  target(miss);
  place({.code = Opcode::need_reg, .a = a, .label = miss, .imm = n + pending_r0_});
}

void Builder::reserve(std::int64_t n) {
  if (reservation_ >= 0) {
    program_.ops[static_cast<std::size_t>(reservation_)].imm += n;
    return;
  }
  flush(Reg::w0);
  reservation_ = static_cast<std::ptrdiff_t>(program_.ops.size());
  add({.code = Opcode::reserve, .imm = n});
}

void Builder::reserve_reg(Reg a, std::int64_t n) {
  use(a);
  flush(Reg::w0);
  reservation_ = static_cast<std::ptrdiff_t>(program_.ops.size());
  const bool bounded = is_bounded(program_, program_.ops.size(), a);
  add({.code = Opcode::reserve_reg,
       .a = a,
       .width = static_cast<std::uint8_t>(bounded ? 4 : 8),
       .imm = n});
}

// ---- Text

void Builder::match(std::string_view bytes, Label miss) {
  assert(!bytes.empty() && bytes.size() <= 255);
  target(miss);
  std::int64_t disp = 0;
  fold(Reg::r0, disp);
  const std::int64_t readable = readable_ - disp;
  const auto width = static_cast<std::int64_t>(bytes.size());
  place({.code = Opcode::match,
         .width = static_cast<std::uint8_t>(width),
         .slot = static_cast<std::uint16_t>(std::max(width, std::min<std::int64_t>(readable, 255))),
         .label = miss,
         .disp = narrow(disp),
         .imm = static_cast<std::int64_t>(program_.literals.size())});
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
      place({.code = Opcode::put_literal,
             .width = static_cast<std::uint8_t>(n),
             .disp = narrow(disp),
             .imm = static_cast<std::int64_t>(program_.literals.size())});
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
  add({.code = Opcode::copy_bytes, .a = from, .b = size});
}

void Builder::scan_text(Reg a, Label none, std::int64_t at) {
  target(none);
  std::int64_t disp = at;
  fold(Reg::r0, disp);
  place({.code = Opcode::scan_text, .a = a, .label = none, .disp = narrow(disp)});
}

Program Builder::finish() {
  program_.labels = static_cast<std::uint32_t>(labels_.size());
  program_.literals.append(16, '\0');
  return std::move(program_);
}

}  // namespace wirejit::jit
