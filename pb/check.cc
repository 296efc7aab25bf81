// Checks that a struct can be written in Protobuf's wire format.
#include "pb/check.h"

#include "lower/format.h"
#include "pb/wire.h"

#include <string>
#include <variant>

namespace wirejit::pb {

namespace {

std::string number_problem(const Field& f) {
  const bool is_item = f.type->wire == Wire::message_set_item;
  if (f.id < 1 || (!is_item && f.id > largest_number)) {
    return "Protobuf numbers fields from 1 to " + std::to_string(largest_number);
  }
  if (!is_item && f.id >= first_reserved && f.id <= last_reserved) {
    return "Protobuf reserves the numbers from " + std::to_string(first_reserved) + " to " +
           std::to_string(last_reserved);
  }
  return {};
}

bool is_empty(const ConstValue& v) {
  const auto* list = std::get_if<ConstValue::List>(&v.value);
  const auto* map = std::get_if<ConstValue::Map>(&v.value);
  return (list == nullptr || list->empty()) && (map == nullptr || map->empty());
}

// The wire has no representation of an empty container.
std::string empty_value_problem(const StructType& type, const Field& f) {
  if (f.type->kind < Kind::list) {
    return {};
  }
  if (type.flavor == StructFlavor::union_) {
    return "Protobuf cannot write a union's member that is an empty " +
           std::string(to_string(f.type->kind));
  }
  if (f.default_value && !is_empty(*f.default_value)) {
    return "Protobuf cannot write an empty " + std::string(to_string(f.type->kind)) +
           ", which would be read as the default value";
  }
  return {};
}

}  // namespace

Result<void> check_struct(const StructType& type) {
  for (const Field& f : type.fields) {
    std::string problem = number_problem(f);
    if (problem.empty() && form_of(f).tag == WireType::none) {
      problem = "Protobuf has no fields of type " + f.type->to_string();
    }
    if (problem.empty()) {
      problem = empty_value_problem(type, f);
    }
    if (!problem.empty()) {
      return lower::unheld(type, f, problem);
    }
  }
  return {};
}

}  // namespace wirejit::pb
