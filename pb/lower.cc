// What Protobuf lacks, reported.
#include "pb/lower.h"

#include "pb/helpers.h"

#include <string>

namespace wirejit::pb {

FieldForm checked_form(jit::Lowering& l, const Field& f) {
  const FieldForm form = form_of(f);
  if (form.tag == WireType::none) {
    l.unsupported("Protobuf has no field " + f.name + " = " + std::to_string(f.id) + " of type " +
                  f.type->to_string());
  }
  return form;
}

void check_root(jit::Lowering& l, const jit::Node& n) {
  if (n.type->kind != Kind::structure) {
    l.unsupported("Protobuf has no messages of type " + n.type->to_string());
  }
}

bool is_field(jit::Lowering& l, const jit::Node& n) {
  if (n.role != jit::Role::field) {
    l.unsupported("Protobuf has no " + n.type->to_string() + " outside of fields");
    return false;
  }
  return true;
}

void refuse(jit::Lowering& l, const Type& type) {
  l.unsupported("Protobuf has no " + type.to_string());
}

bool is_checked(const jit::Lowering& l, const Type& type) {
  return type.kind == Kind::string && type.wire != Wire::unchecked && l.options.validate_utf8;
}

void check_utf8(jit::Lowering& l, jit::Shortcut shortcut) {
  l.b.call(helpers().check_utf8, {jit::Reg::t0, jit::Reg::t1},
           {.null_fails = true, .shortcut = shortcut});
}

bool is_packed(const jit::Node& n) {
  return n.role == jit::Role::field && form_of(*n.field).shape == Shape::packed;
}

}  // namespace wirejit::pb
