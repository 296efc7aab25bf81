// Checks of types while Programs are made, and lowering that reader and writer share.
#include "pb/lower.h"

#include "pb/helpers.h"

#include <string>

namespace wirejit::pb {

FieldForm checked_form(lower::Lowering& l, const Field& f) {
  const FieldForm form = form_of(f);
  if (form.tag == WireType::none) {
    l.unsupported("Protobuf has no field " + f.name + " = " + std::to_string(f.id) + " of type " +
                  f.type->to_string());
  }
  return form;
}

void check_root(lower::Lowering& l, const lower::Node& n) {
  if (n.type->kind != Kind::structure) {
    l.unsupported("a Protobuf message cannot be of type " + n.type->to_string());
  }
}

bool is_field(lower::Lowering& l, const lower::Node& n) {
  if (n.role != lower::Role::field) {
    l.unsupported("Protobuf has no " + n.type->to_string() + " outside of fields");
    return false;
  }
  return true;
}

void report_unsupported(lower::Lowering& l, const Type& type) {
  l.unsupported("Protobuf has no " + type.to_string());
}

bool is_checked(const lower::Lowering& l, const Type& type) {
  return type.kind == Kind::string && type.wire != Wire::unchecked && l.options.validate_utf8;
}

void check_utf8(lower::Lowering& l, jit::FastPath fast_path) {
  l.b.call(helpers().check_utf8, {jit::Reg::t0, jit::Reg::t1},
           {.null_fails = true, .fast_path = fast_path});
}

bool is_packed(const lower::Node& n) {
  return n.role == lower::Role::field && form_of(*n.field).shape == Shape::packed;
}

}  // namespace wirejit::pb
