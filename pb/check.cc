// What Protobuf's wire cannot hold.
#include "pb/check.h"

#include "lower/format.h"
#include "pb/wire.h"

#include <string>
#include <variant>

namespace wirejit::pb {

namespace {

std::string why_not_number(const Field& f) {
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

// Of an empty container nothing is written.
std::string why_not_empty(const StructType& type, const Field& f) {
  if (f.type->kind < Kind::list) {
    return {};
  }
  if (type.flavor == StructFlavor::union_) {
    return "Protobuf writes nothing of a union's member that is an empty " +
           std::string(to_string(f.type->kind));
  }
  if (f.default_value && !is_empty(*f.default_value)) {
    return "Protobuf writes nothing of an empty " + std::string(to_string(f.type->kind)) +
           ", which would be read as the default value";
  }
  return {};
}

}  // namespace

Result<void> check_struct(const StructType& type) {
  for (const Field& f : type.fields) {
    std::string why = why_not_number(f);
    if (why.empty() && form_of(f).tag == WireType::none) {
      why = "Protobuf has no fields of type " + f.type->to_string();
    }
    if (why.empty()) {
      why = why_not_empty(type, f);
    }
    if (!why.empty()) {
      return lower::unheld(type, f, why);
    }
  }
  return {};
}

}  // namespace wirejit::pb
