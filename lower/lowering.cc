// Shared parts of lowering: failures, code out of line, and the classification of types.
#include "lower/lowering.h"
#include "lower/bulk.h"
#include "lower/type_category.h"
#include "lower/writer.h"

#include <bit>

namespace wirejit::lower {

using jit::Builder;
using jit::Label;
using jit::no_label;
using jit::PathNode;
using jit::Reg;
using jit::restart_errc;
using jit::Slot;

std::uint32_t Lowering::new_node(PathNode::What what, std::string_view name, const Type* type) {
  const StructType* const structure =
      type != nullptr && type->kind == Kind::structure ? type->structure : nullptr;
  module.nodes.push_back({what, b.node(), name, type, structure});
  return static_cast<std::uint32_t>(module.nodes.size() - 1);
}

Label Lowering::failure(Failure wanted) {
  // One cold exit for each code and place in the schema, so that reported paths are exact. Who asks
  // twice asks soon.
  for (auto f = failures_.rbegin(); f != failures_.rend(); ++f) {
    wanted.label = f->label;
    if (*f == wanted) {
      return f->label;
    }
  }
  wanted.label = b.label();
  failures_.push_back(wanted);
  return wanted.label;
}

Label Lowering::failure(Errc code) {
  return failure(Failure{.code = code, .node = b.node(), .label = no_label});
}

Label Lowering::failure_of_bit(Errc code, Reg bits, unsigned word) {
  return failure(
      Failure{.code = code, .node = b.node(), .label = no_label, .bits = bits, .word = word});
}

void Lowering::emit_failures() {
  for (const Failure& f : failures_) {
    if (!b.is_used(f.label)) {
      continue;
    }
    b.bind(f.label);
    b.set_node(f.node);
    if (f.code == restart_errc) {
      b.restart();
    } else {
      b.fail(f.code, f.bits, f.word);
    }
  }
  failures_.clear();
}

void Lowering::emit_later() {
  // Later code may ask for later code.
  for (std::size_t i = 0; i < later_.size(); ++i) {
    const auto emit = std::move(later_[i]);
    emit();
  }
  later_.clear();
}

void skip_other_unknown(Builder& b, std::uint64_t tag, std::uint64_t own, Label done) {
  if (tag != 0) {
    return;
  }
  const Label ours = b.label();
  b.branch_imm(jit::Cond::eq, Reg::t2, 0, ours);
  b.imm(Reg::t3, static_cast<std::int64_t>(own));
  b.branch(jit::Cond::ne, Reg::t2, Reg::t3, done);
  b.bind(ours);
}

void counted_loop(Builder& b, const Count& count, std::int64_t readable,
                  const std::function<void()>& body) {
  const Slot left = b.new_slot();
  const Label head = b.label();
  const Label done = b.label();
  b.get(Reg::t0, count.slot);
  b.put(left, Reg::t0);
  b.branch_imm(jit::Cond::eq, Reg::t0, 0, done);
  b.bind(head, readable);
  body();
  b.loop_next(left, head);
  b.bind(done);
}

void RunWriter::give_run(Lowering& l, const Node&, const std::function<void()>& bytes) const {
  bytes();
  l.b.reserve_reg(Reg::t1, 0);
  l.b.mov(Reg::t0, Reg::w0);
}

void RunWriter::put_run(Lowering& l, const std::function<void()>& bytes) const {
  bytes();
  l.b.arith(jit::Opcode::add, Reg::w0, Reg::w0, Reg::t1);
}

TypeCategory category_of(const Type& type) noexcept {
  switch (type.kind) {
    case Kind::string:
    case Kind::binary:
    case Kind::uuid: return TypeCategory::bytes;
    case Kind::structure: return TypeCategory::structure;
    case Kind::list:
    case Kind::set: return TypeCategory::list;
    case Kind::map: return TypeCategory::map;
    default: return TypeCategory::scalar;
  }
}

bool is_implicit(const StructType& parent, const Field& field) noexcept {
  return field.requiredness == Requiredness::standard && field.oneof < 0 && !field.default_value &&
         parent.flavor != StructFlavor::union_ && field.type->kind != Kind::structure &&
         field.type->kind != Kind::uuid;  // its zero has 16 bytes, and is written
}

unsigned width_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::boolean:
    case Kind::i8:
    case Kind::u8: return 1;
    case Kind::i16:
    case Kind::u16: return 2;
    case Kind::i32:
    case Kind::u32:
    case Kind::float32:
    case Kind::enumeration: return 4;
    default: return 8;
  }
}

bool is_signed(Kind kind) noexcept {
  switch (kind) {
    case Kind::i8:
    case Kind::i16:
    case Kind::i32:
    case Kind::i64:
    case Kind::enumeration: return true;
    default: return false;
  }
}

}  // namespace wirejit::lower
