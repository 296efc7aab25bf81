// The positional format: a Reader, a Writer and their FormatImpl.
#include "tests/support/positional_format.h"

#include "lower/format.h"
#include "lower/hole.h"
#include "lower/type_category.h"

#include <memory>
#include <string>
#include <vector>

namespace wirejit::test {

namespace {

using jit::Builder;
using jit::Cond;
using jit::Label;
using jit::Opcode;
using jit::Reg;
using jit::Slot;
using lower::Count;
using lower::Lowering;
using lower::Node;
using lower::Previous;
using lower::Role;
using lower::Scope;
using lower::StructScope;

constexpr std::int64_t word = 8;

bool is_union(const StructType& type) { return type.flavor == StructFlavor::union_; }

class PositionalReader final : public lower::Reader {
 public:
  [[nodiscard]] lower::Guarantees guarantees() const override {
    return {.unique_fields = true,
            .fields_in_order = true,
            .fields_have_values = true,
            .bytes_at = lower::BytesAt::input};
  }
  [[nodiscard]] bool reads_input() const override { return true; }

  void end(Lowering& l, const Node&) const override {
    l.b.flush(Reg::r0);
    l.b.branch(Cond::ne, Reg::r0, Reg::r1, l.failure(Errc::trailing_data));
  }

  void scalar(Lowering& l, const Node&) const override {
    l.b.need(word, l.failure(Errc::truncated));
    l.b.load(Reg::t0, Reg::r0, 0, word, false, true);
    l.b.advance(Reg::r0, word);
  }

  void bytes(Lowering& l, const Node&) const override {
    Builder& b = l.b;
    b.need(word, l.failure(Errc::truncated));
    b.load(Reg::t1, Reg::r0, 0, word, false, true);
    b.need_reg(Reg::t1, word, l.failure(Errc::truncated));
    b.add_imm(Reg::t0, Reg::r0, word);
    b.arith(Opcode::add, Reg::r0, Reg::t0, Reg::t1);
  }

  Scope open_struct(Lowering&, const Node&, bool) const override { return {}; }

  void fields(Lowering& l, const StructType& type, const StructScope&,
              lower::StructEvents& events) const override {
    is_union(type) ? union_field(l, type, events) : all_fields(l, type, events);
  }

  Scope open_list(Lowering& l, const Node&, Count& count) const override {
    Builder& b = l.b;
    b.need(word, l.failure(Errc::truncated));
    b.load(Reg::t1, Reg::r0, 0, word, false, true);
    b.need_reg(Reg::t1, word, l.failure(Errc::truncated));  // each element has at least one byte
    b.advance(Reg::r0, word);
    b.put(count.slot, Reg::t1);
    count.known = true;
    return {};
  }
  void elements(Lowering& l, const Node&, const Scope&, const Count& count,
                const std::function<void()>& body) const override {
    loop(l, count, body);
  }
  Scope open_map(Lowering& l, const Node& n, Count& count) const override {
    return open_list(l, n, count);
  }
  void entries(Lowering& l, const Node&, const Scope&, const Count& count,
               const std::function<void()>& key,
               const std::function<void()>& value) const override {
    loop(l, count, [&] {
      key();
      value();
    });
  }

 private:
  static void all_fields(Lowering& l, const StructType& type, lower::StructEvents& events) {
    Builder& b = l.b;
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      const int index = static_cast<int>(i);
      if (!events.is_mapped(index)) {
        l.unsupported("a positional format has fields that the target lacks");
        continue;
      }
      const Label absent = b.label();
      const Label done = b.label();
      b.need(1, l.failure(Errc::truncated));
      b.load(Reg::t0, Reg::r0, 0, 1);
      b.branch_imm(Cond::above, Reg::t0, 1, l.failure(Errc::invalid_type));
      b.advance(Reg::r0, 1);
      b.branch_imm(Cond::eq, Reg::t0, 0, absent);
      events.field(index, Previous::unknown());
      b.jump(done);
      b.bind(absent);
      events.absent(index, Previous::unknown());
      b.bind(done);
    }
    events.finish_all();
  }

  static void union_field(Lowering& l, const StructType& type, lower::StructEvents& events) {
    Builder& b = l.b;
    const Label none = l.failure(Errc::union_not_one);
    const Label done = b.label();
    std::vector<Label> fields;
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      fields.push_back(events.is_mapped(static_cast<int>(i)) ? b.label() : none);
    }
    b.need(2, l.failure(Errc::truncated));
    b.load(Reg::t0, Reg::r0, 0, 2, false, true);
    b.advance(Reg::r0, 2);
    const Slot seen = b.new_slot();
    b.jump_table(Reg::t0, fields, none);
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      if (fields[i] == none) {
        continue;
      }
      b.bind(fields[i]);
      b.put_imm(seen, std::int64_t{1} << i);
      events.field(static_cast<int>(i), Previous::none());
      b.jump(done);
    }
    b.bind(done);
    events.finish(seen);
  }

  static void loop(Lowering& l, const Count& count, const std::function<void()>& body) {
    Builder& b = l.b;
    const Slot left = b.new_slot();
    const Label head = b.label();
    const Label done = b.label();
    b.get(Reg::t0, count.slot);
    b.put(left, Reg::t0);
    b.branch_imm(Cond::eq, Reg::t0, 0, done);
    b.bind(head);
    body();
    b.loop_next(left, head);
    b.bind(done);
  }
};

class PositionalWriter final : public lower::Writer {
 public:
  [[nodiscard]] lower::Needs needs() const override {
    return {.unique_fields = true, .fields_in_order = true, .absent_fields = true};
  }

  void scalar(Lowering& l, const Node& n) const override {
    l.b.reserve(2 + word);
    header(l, n);
    l.b.store(Reg::w0, 0, Reg::t0, word, true);
    l.b.advance(Reg::w0, word);
  }
  void bytes(Lowering& l, const Node& n, lower::BytesAt) const override {
    l.b.branch_imm(Cond::above, Reg::t1, lower::largest_size, l.failure(Errc::size_limit));
    l.b.reserve_reg(Reg::t1, 2 + word);
    header(l, n);
    l.b.store(Reg::w0, 0, Reg::t1, word, true);
    l.b.advance(Reg::w0, word);
    l.b.copy_bytes(Reg::t0, Reg::t1);
  }
  Scope open_struct(Lowering& l, const Node& n, bool) const override {
    l.b.reserve(2);
    header(l, n);
    return {};
  }
  [[nodiscard]] bool needs_absent(const StructType& type, const StructScope&, int) const override {
    return !is_union(type);
  }
  void absent(Lowering& l, const Node&, const lower::AbsentIsZero&) const override {
    l.b.reserve(1);
    l.b.store_imm(Reg::w0, 0, 0, 1);
    l.b.advance(Reg::w0, 1);
  }

  Scope open_list(Lowering& l, const Node& n, const Count& count) const override {
    Scope scope;
    scope.saved[0] = l.b.new_slot();
    l.b.reserve(2 + word);
    header(l, n);
    if (count.known) {
      l.b.get(Reg::t0, count.slot);
      l.b.store(Reg::w0, 0, Reg::t0, word, true);
      l.b.advance(Reg::w0, word);
    } else {
      lower::open_word_hole(l.b, scope.saved[0], word);
    }
    return scope;
  }
  void close_list(Lowering& l, const Node&, const Scope& scope, const Count& count) const override {
    if (!count.known) {
      l.b.get(Reg::t0, count.slot);
      lower::close_word_hole(l.b, scope.saved[0], word);
    }
  }
  Scope open_map(Lowering& l, const Node& n, const Count& count) const override {
    return open_list(l, n, count);
  }
  void close_map(Lowering& l, const Node& n, const Scope& scope,
                 const Count& count) const override {
    close_list(l, n, scope, count);
  }

 private:
  static void header(Lowering& l, const Node& n) {
    if (n.role != Role::field) {
      return;
    }
    if (is_union(*n.parent)) {
      l.b.put_literal({"\0", 1});
      l.b.put_literal(std::string(1, static_cast<char>(n.index)));
    } else {
      l.b.put_literal("\1");
    }
  }
};

class PositionalFormat final : public lower::FormatOf<PositionalFormat> {
 public:
  [[nodiscard]] std::string_view name() const noexcept override { return "positional"; }
  [[nodiscard]] bool is_text() const noexcept override { return false; }
  [[nodiscard]] static lower::NoOptions options() noexcept { return {}; }
  [[nodiscard]] Result<void> check(const StructType& type) const override {
    if (is_union(type) && type.fields.size() > 63) {
      return lower::unheld(type, type.fields[63], "a positional union has 63 fields at most");
    }
    return {};
  }
  [[nodiscard]] std::unique_ptr<lower::Reader> make_reader(
      const lower::CompileOptions&) const override {
    return std::make_unique<PositionalReader>();
  }
  [[nodiscard]] std::unique_ptr<lower::Writer> make_writer(
      const lower::CompileOptions&) const override {
    return std::make_unique<PositionalWriter>();
  }
};

}  // namespace

Format positional_format() { return Format(std::make_shared<const PositionalFormat>()); }

}  // namespace wirejit::test
