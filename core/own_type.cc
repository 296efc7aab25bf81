// Compares types by their addresses.
#include "core/own_type.h"

#include <string>

namespace wirejit::core {

namespace {

std::unexpected<Error> not_found(std::string message) {
  return std::unexpected(Error(Errc::not_found, std::move(message)));
}

}  // namespace

Result<void> check_own(const TypeRef& type) {
  if (type.schema().empty()) {
    return not_found("the schema is empty");
  }
  if (!type.schema().owns(*type)) {
    return not_found(
        "the type does not belong to the schema given with it: it is of another one, or a copy");
  }
  if (type->kind == Kind::void_) {
    return std::unexpected(Error(Errc::unsupported, "no value has the type void"));
  }
  return {};
}

}  // namespace wirejit::core
