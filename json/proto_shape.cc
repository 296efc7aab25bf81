// The fields of well-known types, by number.
#include "json/proto_shape.h"

#include "lower/type_category.h"

#include <algorithm>

namespace wirejit::json {

namespace {

bool is(const StructType& s, std::int32_t id, Kind kind) noexcept {
  const Field* const f = s.find(id);
  return f != nullptr && f->type != nullptr && f->type->kind == kind;
}

bool is(const StructType& s, std::int32_t id, Semantic semantic) noexcept {
  return is(s, id, Kind::structure) && s.find(id)->type->structure->semantic == semantic;
}

bool is_value(const StructType& s) noexcept {
  const bool one = s.oneofs.size() == 1 && std::all_of(s.fields.begin(), s.fields.end(),
                                                       [](const Field& f) { return f.oneof == 0; });
  return one && s.fields.size() == 6 && is(s, 1, Kind::enumeration) && is(s, 2, Kind::float64) &&
         is(s, 3, Kind::string) && is(s, 4, Kind::boolean) && is(s, 5, Semantic::structure) &&
         is(s, 6, Semantic::list_value);
}

}  // namespace

bool has_known_shape(const StructType& s) noexcept {
  const Field* const first = s.find(1);
  if (first == nullptr || first->type == nullptr) {
    return false;
  }
  const Type& type = *first->type;
  const std::size_t fields = s.fields.size();
  switch (s.semantic) {
    case Semantic::timestamp:
    case Semantic::duration: return fields == 2 && is(s, 1, Kind::i64) && is(s, 2, Kind::i32);
    case Semantic::field_mask:
      return fields == 1 && type.kind == Kind::list && type.element->kind == Kind::string;
    case Semantic::any: return fields == 2 && is(s, 1, Kind::string) && is(s, 2, Kind::binary);
    case Semantic::structure:
      return fields == 1 && type.kind == Kind::map && type.key->kind == Kind::string;
    case Semantic::list_value: return fields == 1 && type.kind == Kind::list;
    case Semantic::value: return is_value(s);
    case Semantic::wrapper:
      return fields == 1 && (lower::category_of(type) == lower::TypeCategory::scalar ||
                             lower::category_of(type) == lower::TypeCategory::bytes);
    default: return true;
  }
}

}  // namespace wirejit::json
