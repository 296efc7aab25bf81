// Compares types by their addresses.
#include "core/own_type.h"

#include <string>

namespace wirejit::core {

namespace {

std::unexpected<Error> not_found(std::string message) {
  return std::unexpected(Error(Errc::not_found, std::move(message)));
}

}  // namespace

Result<const Type*> own_type(const Schema& schema, const Type& type) {
  if (schema.empty()) {
    return not_found("the schema is empty");
  }
  if (!schema.owns(type)) {
    return not_found(
        "the type does not belong to the schema given with it: it is of another one, or a copy");
  }
  if (type.kind == Kind::void_) {
    return std::unexpected(Error(Errc::unsupported, "no value has the type void"));
  }
  return &type;
}

Result<const Type*> own_type(const Schema& schema, const StructType& type) {
  if (schema.empty()) {
    return not_found("the schema is empty");
  }
  const Type* const own = schema.type_of(type);
  if (own == nullptr) {
    return not_found(
        "the struct does not belong to the schema given with it: it is of another one, or a copy");
  }
  return own;
}

}  // namespace wirejit::core
