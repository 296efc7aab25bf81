// Emission of a struct's fields from a wire. See field_order.h for the plan.
#include "lower/field_order.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace wirejit::lower {

using jit::Arg;
using jit::Bound;
using jit::Builder;
using jit::Cond;
using jit::Helper;
using jit::helper;
using jit::HelperResult;
using jit::Label;
using jit::no_label;
using jit::Opcode;
using jit::Reg;
using jit::restart_errc;
using jit::Slot;

namespace {

// With more fields than this, the chain of checks costs more than it saves.
constexpr std::size_t longest_chain = 128;
// Of structs with more fields most fields are usually absent: guessing the next one does not pay.
constexpr std::size_t longest_without_gaps = 32;

// What a null does to the bits of fields that came.
struct NullRules {
  bool replaces = false;             // it takes the field's bit back
  std::vector<std::uint64_t> shown;  // fields whose null is a bit of `seen`, too, for a while
};

// The null of field `index`. {0, its bit} if it is the second arrival where that matters. `nulls`:
// where nulls count as arrivals, those that came.
HelperResult arrive_null(std::uint64_t* seen, std::uint64_t* nulls, std::uint64_t index,
                         const NullRules* rules) noexcept {
  const std::size_t w = index / 64;
  const std::uint64_t bit = std::uint64_t{1} << (index % 64);
  if (rules->replaces) {
    seen[w] &= ~bit;
    return {1, 0};
  }
  if (((seen[w] | (nulls == nullptr ? 0 : nulls[w])) & bit) != 0) {
    return {0, bit};
  }
  if (nulls != nullptr) {
    nulls[w] |= bit;
    seen[w] |= bit & rules->shown[w];
  }
  return {1, 0};
}

// Leaves in `seen` what has a value; {0, bits} if fields came with and without one.
HelperResult drop_nulls(std::uint64_t* seen, const std::uint64_t* nulls,
                        const NullRules* rules) noexcept {
  for (std::size_t w = 0; w < rules->shown.size(); ++w) {
    if (const std::uint64_t both = seen[w] & nulls[w] & ~rules->shown[w]; both != 0) {
      return {0, both};
    }
    seen[w] &= ~nulls[w];
  }
  return {1, 0};
}

struct NullHelpers {
  Helper arrive = helper<&arrive_null>("null.arrive");
  Helper drop = helper<&drop_nulls>("null.drop");
};
const NullHelpers& null_helpers() {
  static const NullHelpers h;
  return h;
}

class Emission {
 public:
  Emission(Lowering& l, const StructType& type, StructEvents& events, FieldSource& source)
      : l_(l),
        b_(l.b),
        type_(type),
        n_(type.fields.size()),
        words_((n_ + 63) / 64),
        events_(events),
        source_(source) {}

  void run() {
    is_union_ = events_.on_duplicate() == StructEvents::Duplicate::fail_union;
    if (events_.on_duplicate() == StructEvents::Duplicate::restart ||
        events_.on_duplicate() == StructEvents::Duplicate::fail) {
      find_exclusive();
    }
    chained_ = n_ <= longest_chain && !is_union_;
    passes_over_ = events_.on_duplicate() == StructEvents::Duplicate::replace &&
                   !events_.in_order() && !source_.has_nulls();
    track_ = n_ > 0 && (events_.tracks_presence() ||
                        events_.on_duplicate() != StructEvents::Duplicate::replace);
    const auto mark = b_.slot_mark();
    open();
    straight_line();
    out_of_order();
    entries();
    nulls();
    end();
    b_.release_slots(mark);
  }

 private:
  // Fields of which the last counts: each looks, when it comes, whether another one came before, so
  // that runs do not speak of them.
  void find_exclusive() {
    const bool all =
        type_.flavor == StructFlavor::union_ &&
        (events_.on_duplicate() == StructEvents::Duplicate::restart || l_.options.check_unions);
    exclusive_.resize(n_, -1);
    for (std::size_t i = 0; i < n_; ++i) {
      const int group = all ? 0 : type_.fields[i].oneof;
      if (group < 0) {
        continue;
      }
      exclusive_[i] = group;
      auto& masks = groups_[group];
      masks.resize(words_);
      masks[i / 64] |= 1ULL << (i % 64);
      in_runs_.resize(words_, ~0ULL);
      in_runs_[i / 64] &= ~(1ULL << (i % 64));
    }
  }
  [[nodiscard]] bool is_exclusive(std::size_t i) const {
    return i < exclusive_.size() && exclusive_[i] >= 0;
  }
  // Whether field i is one of alternatives and the target has no place for it: it is skipped, but it
  // counts among them.
  [[nodiscard]] bool counts_unmapped(std::size_t i) const {
    return (is_union_ || is_exclusive(i)) && !events_.is_mapped(static_cast<int>(i)) &&
           !events_.wants_unknown();
  }
  // Of neighbours of one group, the first alone is expected: whether the straight line has another
  // one of the group of field i before it. What the target has no place for is not in the line.
  [[nodiscard]] bool follows_its_group(std::size_t i) const {
    if (!is_exclusive(i)) {
      return false;
    }
    std::size_t before = i;
    while (before > 0 && !events_.is_mapped(static_cast<int>(before - 1))) {
      --before;
    }
    return before > 0 && exclusive_[before - 1] == exclusive_[i];
  }
  // The field after i in the straight line, or n_.
  [[nodiscard]] std::size_t behind(std::size_t i) const {
    for (++i; i < n_ && !events_.is_mapped(static_cast<int>(i)); ++i) {
    }
    return i;
  }

  void open() {
    if (track_) {
      seen_ = b_.new_slots(static_cast<std::uint16_t>(words_));
      gone_ = chained_ ? b_.new_slots(static_cast<std::uint16_t>(words_)) : seen_;
      for (std::size_t w = 0; w < words_; ++w) {
        b_.put_imm(word(seen_, w), 0);
        if (chained_) {
          b_.put_imm(word(gone_, w), 0);
        }
      }
    }
    first_ = b_.label();
    next_ = b_.label();
    unknown_ = b_.label();
    rejects_unknown_ = events_.rejects_unknown() && !source_.rejects_unknown();
    unwanted_ = rejects_unknown_ ? b_.label() : unknown_;
    partial_ = b_.label();
    all_ = b_.label();
    done_ = b_.label();
    for (std::size_t i = 0; i < n_; ++i) {
      const bool wanted = events_.is_mapped(static_cast<int>(i));
      entries_.push_back(wanted || counts_unmapped(i) ? b_.label() : unwanted_);
      values_.push_back(b_.label(source_.held_back()));
      keeps_known_ = keeps_known_ || (!wanted && events_.wants_unknown());
    }
    open_nulls();
  }

  void open_nulls() {
    if (!source_.has_nulls()) {
      return;
    }
    null_ = b_.label();
    if (track_ && events_.rejects_duplicates()) {
      nulls_ = b_.new_slots(static_cast<std::uint16_t>(words_));
      counts_nulls_ = true;
      for (std::size_t w = 0; w < words_; ++w) {
        b_.put_imm(word(nulls_, w), 0);
      }
    }
    // A field that did not come before needs no look, unless null counts as having come.
    source_.begin_nulls(null_, track_ && !counts_nulls_ && !keeps_known_ ? &seen_ : nullptr);
  }

  static Slot word(Slot s, std::size_t w) { return {static_cast<std::uint16_t>(s.number + w)}; }

  void straight_line() {
    if (!chained_) {
      source_.keep_previous(Previous::none());
      b_.jump(first_);
    }
    Previous previous = chained_ ? Previous::none() : Previous::unknown();
    for (std::size_t i = 0; i < n_; ++i) {
      const int index = static_cast<int>(i);
      if (!events_.is_mapped(index)) {
        misses_.push_back({no_label, no_label, previous});
        continue;
      }
      if (chained_) {
        const bool expected = !follows_its_group(i);
        if (expected && bind_behind_group()) {
          previous = Previous::unknown();
        }
        add_miss(expected, previous);
        if (expected) {
          source_.expect(index, previous, misses_.back().label, misses_.back().cut);
        }
      }
      b_.bind(values_[i], source_.held_back() + source_.readable(index));
      if (is_exclusive(i)) {
        exclude(i);
      }
      events_.field(index, Previous::unknown());  // it may have been dispatched
      previous = chained_ ? Previous::field(index) : Previous::unknown();
      if (!chained_) {
        b_.jump(next_, Bound::input);
      } else if (follows_its_group(behind(i))) {
        behind_group_ = behind_group_ == no_label ? b_.label() : behind_group_;
        source_.keep_previous(previous);
        b_.jump(behind_group_);
      } else if (behind_group_ != no_label) {
        source_.keep_previous(previous);  // the last one of a group
      }
    }
    if (chained_) {
      if (bind_behind_group()) {
        previous = Previous::unknown();
      }
      add_miss(true, previous);
      source_.expect_end(previous, misses_.back().label);
      straight_end();
    }
  }

  void add_miss(bool expected, Previous previous) {
    const Label label = expected ? b_.cold_label() : no_label;
    const bool tells_cut = expected && passes_over_ && source_.guesses().bytes != 0;
    misses_.push_back({label, tells_cut ? b_.cold_label() : label, previous});
  }

  // Where the fields of a group meet, if there is such a place.
  bool bind_behind_group() {
    if (behind_group_ == no_label) {
      return false;
    }
    b_.bind(std::exchange(behind_group_, no_label));
    return true;
  }

  // Field i comes: no other of its group may have, nor itself.
  void exclude(std::size_t i) {
    const std::vector<std::uint64_t>& masks = groups_.at(exclusive_[i]);
    for (std::size_t w = 0; w < words_; ++w) {
      if (masks[w] != 0) {
        b_.branch_bits(Cond::ne, word(seen_, w), static_cast<std::int64_t>(masks[w]), duplicate(i));
      }
    }
    b_.or_slot(word(seen_, i / 64), static_cast<std::int64_t>(1ULL << (i % 64)));
  }

  // The struct ended in the straight line: all fields came if it was never left.
  void straight_end() {
    if (!track_) {
      b_.jump(all_);
      return;
    }
    last_run_ = b_.label();
    for (std::size_t w = 0; w < words_; ++w) {
      b_.branch_slot(Cond::ne, word(gone_, w), 0, last_run_);
      if (events_.on_duplicate() != StructEvents::Duplicate::replace && in_runs_.empty()) {
        b_.branch_slot(Cond::ne, word(seen_, w), 0, last_run_);
      }
    }
    if (!in_runs_.empty()) {
      b_.jump(last_run_);  // of exclusive fields some are missing
    } else {
      b_.jump(all_);
    }
    b_.bind(last_run_);
    join_run(n_);
    b_.jump(partial_);
  }

  // seen |= the run up to field k, where it is at. A bit in both came twice.
  void join_run(std::size_t k) {
    for (std::size_t w = 0; w * 64 < k; ++w) {
      const auto before = static_cast<std::int64_t>(bits_below(k - w * 64));
      b_.get(Reg::t0, word(gone_, w));
      b_.arith_imm(Opcode::xor_imm, Reg::t0, Reg::t0, before);
      if (const std::uint64_t told = told_by_runs(w); told != ~0ULL) {
        b_.arith_imm(Opcode::and_imm, Reg::t0, Reg::t0, static_cast<std::int64_t>(told));
      }
      b_.get(Reg::t1, word(seen_, w));
      if (events_.on_duplicate() != StructEvents::Duplicate::replace) {
        b_.arith(Opcode::and_, Reg::t2, Reg::t0, Reg::t1);
        b_.branch_imm(Cond::ne, Reg::t2, 0, duplicate_in(w));
      }
      b_.arith(Opcode::or_, Reg::t0, Reg::t0, Reg::t1);
      b_.put(word(seen_, w), Reg::t0);
    }
  }

  // The fields of word w whose arrival runs tell. A run goes over fields that the target lacks, which
  // matters where a null is an arrival of its own.
  [[nodiscard]] std::uint64_t told_by_runs(std::size_t w) const {
    std::uint64_t told = in_runs_.empty() ? ~0ULL : in_runs_[w];
    for (std::size_t i = w * 64; source_.has_nulls() && i < n_ && i < w * 64 + 64; ++i) {
      told &= events_.is_mapped(static_cast<int>(i)) ? ~0ULL : ~(1ULL << (i % 64));
    }
    return told;
  }

  static constexpr std::uint64_t bits_below(std::size_t k) {
    return k >= 64 ? ~0ULL : (1ULL << k) - 1;
  }

  void out_of_order() {
    bool first_miss = true;
    for (std::size_t i = 0; i < misses_.size(); ++i) {
      const auto& [label, cut, previous] = misses_[i];
      if (label == no_label || (!b_.is_used(label) && !b_.is_used(cut))) {
        continue;
      }
      const Label other = b_.label();
      if (cut != label && b_.is_used(cut)) {
        b_.bind(cut);
        b_.jump(other);
      }
      if (b_.is_used(label)) {
        b_.bind(label);
        if (track_ && !passes_over_) {
          join_run(i);
        }
        expect_next_ones(i, previous);
      }
      b_.bind(other);
      if (track_ && passes_over_) {
        join_run(i);
      }
      if (previous.is_known()) {
        source_.keep_previous(previous);
      }
      b_.jump(first_miss ? first_ : next_, Bound::input);
      first_miss = false;
    }
    source_.dispatch(first_, next_, entries_, unknown_, partial_);
  }

  // If field i does not come, the usual reason is that it is absent and the one after it comes, or
  // one soon after: then the straight line goes on there.
  void expect_next_ones(std::size_t i, Previous previous) {
    if (n_ > longest_without_gaps || events_.in_order()) {
      return;
    }
    const std::size_t missed = i;
    const FieldSource::Guesses guesses = source_.guesses();
    const bool are_several = guesses.bytes != 0 && missed < n_;
    const Label none = are_several ? b_.label() : no_label;
    if (are_several) {
      b_.need(guesses.bytes, none);
    }
    for (std::size_t tries = previous.is_known() ? guesses.count : 1; tries > 0; --tries) {
      for (++i; i < n_ && misses_[i].label == no_label; ++i) {
      }
      if (i >= n_) {
        break;
      }
      const Label other = b_.label();
      source_.expect(static_cast<int>(i), previous, other, other);
      if (track_ && passes_over_) {
        pass_over(missed, i);
      } else if (track_) {
        enter(i);
      }
      b_.jump(values_[i], Bound::input);
      b_.bind(other, guesses.bytes);
    }
    if (are_several) {
      expect_end_after(missed, previous);
      b_.bind(none);
    }
  }

  // The fields [from, to), which the run is at, do not come.
  void pass_over(std::size_t from, std::size_t to) {
    b_.or_slot(gone_, static_cast<std::int64_t>(bits_below(to) & ~bits_below(from)));
  }

  void expect_end_after(std::size_t missed, Previous previous) {
    const Label other = b_.label();
    source_.expect_end(previous, other);
    if (track_ && passes_over_) {
      pass_over(missed, n_);
      b_.jump(last_run_, Bound::input);
    } else {
      b_.jump(track_ ? partial_ : all_);
    }
    b_.bind(other);
  }

  void entries() {
    for (std::size_t i = 0; i < n_; ++i) {
      if (entries_[i] == unwanted_) {
        continue;
      }
      b_.bind(entries_[i]);
      if (counts_unmapped(i)) {
        count_unmapped(i);
        continue;
      }
      source_.accept(static_cast<int>(i), unknown_);
      if (track_) {
        enter(i);
      }
      b_.jump(values_[i], Bound::input);
    }
    b_.bind(unknown_);
    if (rejects_unknown_) {
      source_.check_unknown();
      b_.jump(l_.failure(Errc::unknown_field));
      skip_unwanted();
      return;
    }
    if (events_.wants_unknown()) {
      skip_unknown();
    } else {
      skip();
    }
    b_.jump(next_, Bound::input);
  }

  // The field is looked at as if it were read, and skipped from its first byte.
  void count_unmapped(std::size_t i) {
    const auto mark = b_.slot_mark();
    const Slot begin = b_.new_slot();
    b_.flush(Reg::r0);
    b_.put(begin, Reg::r0);
    source_.accept(static_cast<int>(i), unknown_);
    if (is_union_) {
      enter(i);
    } else {
      exclude(i);
    }
    b_.get(Reg::r0, begin);
    b_.jump(unwanted_, Bound::input);
    b_.release_slots(mark);
  }

  // Fields that the target has no place for, where unknown ones are an error.
  void skip_unwanted() {
    if (!b_.is_used(unwanted_)) {
      return;
    }
    b_.bind(unwanted_);
    skip();
    b_.jump(next_, Bound::input);
  }

  // What is skipped nests within the inlined structs, too.
  void skip() {
    if (l_.inline_depth > 0) {
      b_.depth_enter(l_.inline_depth);
    }
    source_.skip();
    if (l_.inline_depth > 0) {
      b_.depth_leave(l_.inline_depth);
    }
  }

  // Skips, and hands over what was skipped.
  void skip_unknown() {
    const auto mark = b_.slot_mark();
    const Slot start = b_.new_slot();
    source_.put_unknown_begin(b_, start);
    skip();
    b_.flush(Reg::r0);
    b_.get(Reg::t0, start);
    b_.arith(Opcode::sub, Reg::t1, Reg::r0, Reg::t0);
    events_.unknown();
    b_.release_slots(mark);
  }

  // A field came without a value. What came of it before does not count; where two arrivals are an
  // error, null is one, which must not pass for a value at the end.
  void nulls() {
    if (null_ == no_label || !b_.is_used(null_)) {
      return;
    }
    b_.bind(null_);
    const auto mark = b_.slot_mark();
    const Slot index = b_.new_slot();
    source_.null_position();
    b_.put(index, Reg::t0);
    if (keeps_known_) {
      const Label ours = b_.label();
      std::vector<Label> targets(n_, ours);
      for (std::size_t i = 0; i < n_; ++i) {
        targets[i] = entries_[i] == unwanted_ ? unknown_ : ours;
      }
      b_.jump_table(Reg::t0, std::move(targets), unknown_);
      b_.bind(ours);
    }
    const bool replaces = events_.on_duplicate() == StructEvents::Duplicate::replace;
    if (track_) {
      b_.call(null_helpers().arrive,
              {Arg::address_of_slot(seen_.number), null_bits(), Arg::in_slot(index.number),
               static_cast<const void*>(null_rules(replaces))});
      if (!replaces) {
        b_.branch_imm(Cond::eq, Reg::t0, 0, duplicate_null());
      }
    }
    if (replaces) {
      events_.undo_field(index);
      source_.undo_field(index);
    }
    source_.skip();
    b_.jump(next_, Bound::input);
    b_.release_slots(mark);
  }

  [[nodiscard]] Arg null_bits() const {
    return counts_nulls_ ? Arg::address_of_slot(nulls_.number) : Arg(std::uint64_t{0});
  }
  const NullRules* null_rules(bool replaces) {
    auto rules = std::make_shared<NullRules>();
    rules->replaces = replaces;
    rules->shown = is_union_          ? std::vector<std::uint64_t>(words_)
                   : in_runs_.empty() ? std::vector<std::uint64_t>(words_, ~0ULL)
                                      : in_runs_;
    return l_.keep(std::shared_ptr<const NullRules>(std::move(rules)));
  }

  // In the end: nulls are no values.
  void drop_nulls() {
    const Label some = b_.cold_label();
    const Label done = b_.skip_label();
    for (std::size_t w = 0; w < words_; ++w) {
      b_.branch_slot(Cond::ne, word(nulls_, w), 0, some);
    }
    b_.bind(done);
    const Arg seen = Arg::address_of_slot(seen_.number);
    const void* const rules = null_rules(false);
    l_.cold(some, [&b = b_, seen, came = null_bits(), rules, twice = duplicate_null(), done] {
      b.call(null_helpers().drop, {seen, came, rules});
      b.branch_imm(Cond::eq, Reg::t0, 0, twice);
      b.jump(done, Bound::input);
    });
  }

  // The straight line is entered at field i: a new run begins here.
  void enter(std::size_t i) {
    const std::size_t at = i / 64;
    const auto bit = static_cast<std::int64_t>(1ULL << (i % 64));
    if (events_.in_order()) {
      expect_all_before(i);
    } else if (is_union_) {
      for (std::size_t w = 0; w < words_; ++w) {
        b_.branch_slot(Cond::ne, word(seen_, w), 0, duplicate(i));
      }
    } else if (is_exclusive(i)) {
      if (!chained_) {
        return;  // exclude() does it
      }
    } else if (events_.on_duplicate() != StructEvents::Duplicate::replace) {
      b_.branch_bits(Cond::ne, word(seen_, at), bit, duplicate(i));
    }
    if (!chained_) {
      b_.or_slot(word(seen_, at), bit);
      return;
    }
    for (std::size_t w = 0; w < words_; ++w) {
      b_.put_imm(word(gone_, w), w < at   ? -1
                                 : w > at ? 0
                                          : static_cast<std::int64_t>(bits_below(i % 64)));
    }
  }

  // Where fields must come in order: those before i have come, and no other one.
  void expect_all_before(std::size_t i) {
    for (std::size_t w = 0; w < words_; ++w) {
      std::uint64_t before = 0;
      for (std::size_t k = w * 64; k < i && k < w * 64 + 64; ++k) {
        before |= std::uint64_t{events_.is_mapped(static_cast<int>(k))} << (k % 64);
      }
      b_.branch_slot(Cond::ne, word(seen_, w), static_cast<std::int64_t>(before),
                     l_.failure(jit::restart_errc));
    }
  }

  // Field i has come a second time, or another one of its group before it.
  Label duplicate(std::size_t i) {
    switch (events_.on_duplicate()) {
      case StructEvents::Duplicate::fail: {
        Label twice = no_label;
        l_.at_field(type_.fields[i], [&] { twice = l_.failure(Errc::duplicate_field); });
        return twice;
      }
      case StructEvents::Duplicate::fail_union: return l_.failure(Errc::union_not_one);
      default: return l_.failure(restart_errc);
    }
  }
  // The fields in `bits` have come a second time, the lowest bit being field 64 * w.
  Label duplicate_in(std::size_t w, Reg bits = Reg::t2) {
    return events_.on_duplicate() == StructEvents::Duplicate::fail
               ? l_.failure_of_bit(Errc::duplicate_field, bits, static_cast<unsigned>(w))
               : duplicate(0);
  }
  // The same for what a helper of nulls left in t1; of more than 64 fields it does not tell which.
  Label duplicate_null() {
    return words_ == 1 || events_.on_duplicate() != StructEvents::Duplicate::fail
               ? duplicate_in(0, Reg::t1)
               : l_.failure(Errc::duplicate_field);
  }

  void end() {
    if (b_.is_used(partial_)) {
      b_.bind(partial_);
      if (counts_nulls_) {
        drop_nulls();
      }
      if (track_) {
        events_.finish(seen_);
        b_.jump(done_);
      }
    }
    if (b_.is_used(all_) || !b_.is_terminated()) {
      b_.bind(all_);
      events_.finish_all();
    }
    b_.bind(done_);
  }

  Lowering& l_;
  Builder& b_;
  const StructType& type_;
  std::size_t n_;
  std::size_t words_;
  StructEvents& events_;
  FieldSource& source_;
  bool is_union_ = false;
  bool chained_ = true;
  bool track_ = false;
  bool keeps_known_ = false;   // fields that the target has no place for are kept with the unknown
  bool counts_nulls_ = false;  // a null is an arrival
  bool passes_over_ = false;   // a run goes on after a field that does not come
  Slot seen_;
  Slot gone_;
  Slot nulls_;  // the fields that came without a value
  Label first_ = 0;
  Label next_ = 0;
  bool rejects_unknown_ = false;
  Label unknown_ = 0;
  Label unwanted_ = 0;  // unknown_, but where that is an error
  Label partial_ = 0;
  Label all_ = 0;
  Label last_run_ = no_label;  // the struct ended in the straight line
  Label done_ = 0;
  Label null_ = no_label;
  std::vector<Label> entries_;
  std::vector<Label> values_;
  struct Miss {
    Label label;
    Label cut;          // where the input ends too early to tell; or the same
    Previous previous;  // of every path to both
  };
  std::vector<Miss> misses_;
  std::vector<int> exclusive_;                        // each field's group, or -1; empty: none is
  std::map<int, std::vector<std::uint64_t>> groups_;  // the fields of each, as bits of `seen`
  std::vector<std::uint64_t> in_runs_;                // fields that are not exclusive; empty: all
  Label behind_group_ = no_label;
};

// Ids that are too far apart for a jump table.
struct FieldIds {
  std::vector<std::pair<std::int64_t, std::uint32_t>> sorted;  // (id, position)
};

std::uint64_t find_field(const FieldIds* ids, std::int64_t id) noexcept {
  const auto it =
      std::lower_bound(ids->sorted.begin(), ids->sorted.end(), id,
                       [](const auto& entry, std::int64_t wanted) { return entry.first < wanted; });
  return it != ids->sorted.end() && it->first == id ? it->second : ~std::uint64_t{0};
}

const Helper& find_field_helper() {
  static const Helper h = helper<&find_field>("find_field");
  return h;
}

}  // namespace

void jump_to_field(Lowering& l, const StructType& type, Reg id, const std::vector<Label>& entries,
                   Label unknown) {
  Builder& b = l.b;
  const auto by_id = [](const Field& x, const Field& y) { return x.id < y.id; };
  const auto [low, high] = std::minmax_element(type.fields.begin(), type.fields.end(), by_id);
  const std::int64_t range = std::int64_t{high->id} - low->id + 1;
  if (range > static_cast<std::int64_t>(4 * entries.size() + 16)) {
    auto ids = std::make_shared<FieldIds>();
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      ids->sorted.emplace_back(type.fields[i].id, static_cast<std::uint32_t>(i));
    }
    std::sort(ids->sorted.begin(), ids->sorted.end());
    const FieldIds* kept = l.keep(std::shared_ptr<const FieldIds>(std::move(ids)));
    b.call(find_field_helper(), {static_cast<const void*>(kept), id});
    b.jump_table(Reg::t0, entries, unknown);
    return;
  }
  std::vector<Label> table(static_cast<std::size_t>(range), unknown);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    table[static_cast<std::size_t>(std::int64_t{type.fields[i].id} - low->id)] = entries[i];
  }
  b.add_imm(id, id, -std::int64_t{low->id});
  b.jump_table(id, std::move(table), unknown);
}

void read_fields(Lowering& l, const StructType& type, StructEvents& events, FieldSource& source) {
  Emission(l, type, events, source).run();
}

}  // namespace wirejit::lower
