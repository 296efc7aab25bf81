// Builder: makes one Program, op by op, and saves the work that can be saved while it is written
// down. Entry: Builder. Invariant: what it emits has the meaning of the calls made, in order;
// cursor advances are deferred and folded into displacements, adjacent literals are joined, bounds
// already known are not checked again, and reservations in one stretch of code are joined into the
// first.
//
// Labels come in three sorts. `label()`: reached from anywhere; the cursors are up to date there (or
// r0 is as far behind as was said when it was made), and nothing is known about bounds. `skip_label()`: reached by forward branches alone; a
// reservation that is open at all of them, and still open where it is bound, stays open across it.
// `cold_label()`: reached by branches made in one state of the deferred cursors, bound after a
// terminator; the deferred advances are taken over, so that the straight line pays nothing for
// them, and so are the bounds that were known at all branches. An example: a varint after 4 bytes that were read before, whose advance is still deferred.
//
//       branch_byte u8 [r0+4] above 127 -> more    `more` is cold: no advance is emitted
//       load        t0, u8 [r0+4]
//       add_imm     r0, r0, 5                      `done` is a label(): 4 + 1 become due
//     done:
//       ...
//       ret
//     more:                                        the same 4 are deferred here
//       add_imm     r0, r0, 4                      due, as the helper gets r0
//       call        read_varint(ctx, r0, r1)       returns r0 after the varint
//       jump        done
//
// With a skip_label in place of `more` the advance would be emitted before the branch: it would run
// each time, and not for long varints alone.
#pragma once

#include "jit/program.h"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::jit {

struct Slot {
  std::uint16_t number = 0;
};

class Builder {
 public:
  explicit Builder(std::string name, bool comments = false);

  // ---- Labels
  // `behind`: an advance of r0 by so much is still deferred there.
  Label label(std::int64_t behind = 0);
  Label skip_label();
  Label cold_label();
  // `readable`: every way to the label has shown that so many bytes can be read at the (true) r0.
  void bind(Label l, std::int64_t readable = 0);
  [[nodiscard]] bool is_used(Label l) const { return labels_[l].used; }
  // True after jump, ret, fail, restart: code here is unreachable until a label is bound.
  [[nodiscard]] bool is_terminated() const;

  // ---- Slots: a stack of frame words. After too many, ok() is false and the Program is not to be
  // used.
  Slot new_slot();
  [[nodiscard]] std::uint16_t slot_mark() const { return next_slot_; }
  void release_slots(std::uint16_t mark) { next_slot_ = mark; }
  // `words` adjacent slots; the first is returned.
  Slot new_slots(std::uint16_t words);

  // ---- Words
  void imm(Reg a, std::int64_t v) { add({.code = Opcode::imm, .a = a, .imm = v}); }
  void mov(Reg a, Reg b) {
    if (a != b) {
      add({.code = Opcode::mov, .a = a, .b = b});
    }
  }
  void arith(Opcode code, Reg a, Reg b, Reg c) { add({.code = code, .a = a, .b = b, .c = c}); }
  void arith_imm(Opcode code, Reg a, Reg b, std::int64_t v);
  void add_imm(Reg a, Reg b, std::int64_t v) { arith_imm(Opcode::add_imm, a, b, v); }
  void set_if(Reg a, Reg b, Cond cond, std::int64_t v) {
    add({.code = Opcode::set_if, .a = a, .b = b, .cond = cond, .imm = v});
  }
  void load(Reg a, Reg base, std::int64_t disp, unsigned width, bool sign = false,
            bool swap = false);
  void store(Reg base, std::int64_t disp, Reg b, unsigned width, bool swap = false);
  void store_imm(Reg base, std::int64_t disp, std::int64_t v, unsigned width);
  void zero(Reg base, std::int64_t disp, std::int64_t bytes) {
    add({.code = Opcode::zero, .a = base, .disp = narrow(disp), .imm = bytes});
  }
  void or_byte(Reg base, std::int64_t disp, std::uint8_t v) {
    add({.code = Opcode::or_byte, .a = base, .disp = narrow(disp), .imm = v});
  }
  void get(Reg a, Slot s) { add({.code = Opcode::get, .a = a, .slot = s.number}); }
  void put(Slot s, Reg a) { add({.code = Opcode::put, .a = a, .slot = s.number}); }
  void put_imm(Slot s, std::int64_t v) {
    add({.code = Opcode::put_imm, .slot = s.number, .imm = v});
  }
  void add_slot(Slot s, std::int64_t v) {
    add({.code = Opcode::add_slot, .slot = s.number, .imm = v});
  }
  void or_slot(Slot s, std::int64_t v) {
    add({.code = Opcode::or_slot, .slot = s.number, .imm = v});
  }
  void slot_addr(Reg a, Slot s) { add({.code = Opcode::slot_addr, .a = a, .slot = s.number}); }
  void get_extra(Reg a, unsigned k) {
    add({.code = Opcode::get_extra, .a = a, .slot = static_cast<std::uint16_t>(k)});
  }

  // ---- Control
  void jump(Label l, Bound bound = Bound::none) {
    add({.code = Opcode::jump, .bound = bound, .label = l});
  }
  void branch(Cond cond, Reg a, Reg b, Label l, Bound bound = Bound::none) {
    add({.code = Opcode::branch, .a = a, .b = b, .cond = cond, .bound = bound, .label = l});
  }
  void branch_imm(Cond cond, Reg a, std::int64_t v, Label l, Bound bound = Bound::none) {
    add({.code = Opcode::branch_imm, .a = a, .cond = cond, .bound = bound, .label = l, .imm = v});
  }
  void branch_slot(Cond cond, Slot s, std::int64_t v, Label l, Bound bound = Bound::none) {
    add({.code = Opcode::branch_slot,
         .cond = cond,
         .bound = bound,
         .slot = s.number,
         .label = l,
         .imm = v});
  }
  void branch_byte(Cond cond, Reg base, std::int64_t disp, std::uint8_t v, Label l) {
    add({.code = Opcode::branch_byte,
         .a = base,
         .cond = cond,
         .label = l,
         .disp = narrow(disp),
         .imm = v});
  }
  // eq: none set; ne: some set
  void branch_bits(Cond cond, Slot s, std::int64_t mask, Label l) {
    add({.code = Opcode::branch_bits, .cond = cond, .slot = s.number, .label = l, .imm = mask});
  }
  void loop_next(Slot s, Label l) {
    add({.code = Opcode::loop_next, .bound = Bound::count, .slot = s.number, .label = l});
  }
  void jump_table(Reg a, std::vector<Label> targets, Label otherwise);
  struct CallOptions {
    bool null_fails = false;
    bool grows_output = false;
    bool counts_elements = false;
    FastPath fast_path = FastPath::none;
    Reg to0 = Reg::none;
    Reg to1 = Reg::none;
  };
  void call(const Helper& h, std::initializer_list<Arg> args, CallOptions options);
  void call(const Helper& h, std::initializer_list<Arg> args) { call(h, args, CallOptions{}); }
  void call_routine(std::uint32_t routine);
  void ret();
  // `bits`, where given: the lowest bit that is set tells the field that is to blame, in the struct
  // at hand, from its field 64 * word on.
  void fail(Errc code, Reg bits = Reg::none, unsigned word = 0);
  void restart();

  // ---- Bounds and cursors
  // The bytes [cursor, cursor + n) are done with. r0 and w0 only.
  void advance(Reg cursor, std::int64_t n);
  void need(std::int64_t n, Label miss);
  void need_reg(Reg a, std::int64_t n, Label miss);
  // Room for n bytes after w0; further ones in the same stretch of code join the first.
  void reserve(std::int64_t n);
  [[nodiscard]] bool reservation_open() const { return reservation_ >= 0; }
  void reserve_reg(Reg a, std::int64_t n);
  void depth_enter(std::int64_t n) { add({.code = Opcode::depth_enter, .imm = n}); }
  void depth_leave(std::int64_t n) { add({.code = Opcode::depth_leave, .imm = n}); }
  void depth_check(std::int64_t n) { add({.code = Opcode::depth_check, .imm = n}); }
  // r0 or w0 is about to be changed or read as a whole: deferred advances are made.
  void flush(Reg cursor);
  void flush_all();

  // ---- Text
  // Compares at r0; does not advance. need() must have covered it.
  void match(std::string_view bytes, Label miss);
  // Writes at w0 and advances. reserve() must have covered it.
  void put_literal(std::string_view bytes);
  void copy_bytes(Reg from, Reg size);
  // Of the 16 bytes that begin `at` bytes after r0.
  void scan_text(Reg a, Label none, std::int64_t at = 0);

  void trace(std::uint32_t node) { place({.code = Opcode::trace, .imm = node}); }
  // The key of the entry that was begun at `node` is in t0, or its address and size in t0, t1.
  void trace_key(std::uint32_t node, bool is_bytes) {
    place({.code = Opcode::trace, .b = Reg::t0, .c = is_bytes ? Reg::t1 : Reg::none, .imm = node});
  }
  void set_node(std::uint32_t node) { node_ = node; }
  [[nodiscard]] std::uint32_t node() const { return node_; }
  // Attached to the next op. `make` runs only where comments are wanted.
  template <std::invocable F>
  void comment(F&& make) {
    if (comments_) {
      next_comment_ = make();
    }
  }
  void comment(std::string_view text) {
    if (comments_) {
      next_comment_ = text;
    }
  }

  [[nodiscard]] bool ok() const { return !too_many_slots_; }
  [[nodiscard]] std::size_t op_count() const { return program_.ops.size(); }
  Program finish();

 private:
  enum class Sort : std::uint8_t { anywhere, skip, cold };
  struct LabelState {
    Sort sort = Sort::anywhere;
    bool used = false;
    bool bound = false;
    std::int64_t pending_r0 = 0;
    std::int64_t pending_w0 = 0;
    std::int64_t readable = 0;        // at the true r0, wherever it was branched to (cold)
    std::ptrdiff_t reservation = -1;  // open where it was branched to (skip)
  };
  // Appends an op unchanged.
  Op& place(Op op);
  // Appends it with all that follows from its row of op_table: deferred advances of cursors that it
  // reads are made, or folded into its displacement; its label is reached; `a` is new.
  Op& add(Op op);
  static std::int32_t narrow(std::int64_t disp);
  void target(Label l);              // before an op that branches to l
  void settle(const LabelState& s);  // the cursors as they are at that label, which is not cold
  void move_r0(std::int64_t n);
  void fold(Reg base, std::int64_t& disp);
  bool joins_literal(std::int64_t disp, std::string_view more);
  void wrote(Reg a);  // `a` has a new value
  void use(Reg a);    // `a` is read as a whole
  std::int64_t& pending(Reg cursor) { return cursor == Reg::r0 ? pending_r0_ : pending_w0_; }

  Program program_;
  std::vector<LabelState> labels_;
  std::int64_t pending_r0_ = 0;
  std::int64_t pending_w0_ = 0;
  std::int64_t readable_ = 0;        // bytes known to be readable at the true r0
  std::ptrdiff_t reservation_ = -1;  // the open reserve op
  std::uint16_t next_slot_ = 0;
  std::uint32_t node_ = 0;
  bool comments_;
  bool too_many_slots_ = false;
  std::string next_comment_;
};

}  // namespace wirejit::jit
