// Shared parts of lowering: failures, code out of line, and the classification of types.
#include "jit/format.h"

#include <bit>

namespace wirejit::jit {

Label Lowering::failure(Errc code) {
  // One cold exit for each code and place in the schema, so that reported paths are exact.
  for (const Failure& f : failures_) {
    if (f.code == code && f.node == b.node()) {
      return f.label;
    }
  }
  failures_.push_back({code, b.node(), b.label()});
  return failures_.back().label;
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
      b.fail(f.code);
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

Shape shape_of(const Type& type) noexcept {
  switch (type.kind) {
    case Kind::string:
    case Kind::binary:
    case Kind::uuid: return Shape::bytes;
    case Kind::structure: return Shape::structure;
    case Kind::list:
    case Kind::set: return Shape::list;
    case Kind::map: return Shape::map;
    default: return Shape::scalar;
  }
}

bool is_implicit(const StructType& parent, const Field& field) noexcept {
  return field.requiredness == Requiredness::standard && field.oneof < 0 && !field.default_value &&
         parent.flavor != StructFlavor::union_ && field.type->kind != Kind::structure &&
         field.type->kind != Kind::uuid;  // its zero has 16 bytes, and is written
}

std::optional<kernels::VarintAs> varint_as(Run from, Run to) noexcept {
  using kernels::VarintAs;
  constexpr Encoding native =
      std::endian::native == std::endian::little ? Encoding::little_endian : Encoding::big_endian;
  const bool is_numbers = to.encoding == native && from.width == to.width && from.width >= 4;
  switch (from.encoding) {
    case Encoding::varint_bool:
      return to.encoding == Encoding::bool_byte ? std::optional(VarintAs::boolean) : std::nullopt;
    case Encoding::varint:
      return !is_numbers       ? std::nullopt
             : from.width == 4 ? std::optional(VarintAs::word32)
                               : std::optional(VarintAs::word64);
    case Encoding::varint_zigzag:
      return !is_numbers       ? std::nullopt
             : from.width == 4 ? std::optional(VarintAs::zigzag32)
                               : std::optional(VarintAs::zigzag64);
    default: return std::nullopt;
  }
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

}  // namespace wirejit::jit
