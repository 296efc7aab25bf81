// same_shape: whether two types denote the same data.
// Entry: same_shape. Invariant: structs are compared through a work list, each pair once, so the
// comparison of a recursive schema ends and a long chain of structs takes no stack.
#include <wirejit/schema.h>

#include "core/schema_data.h"

#include <set>

namespace wirejit {
namespace {

class ShapeComparer {
 public:
  bool run(const Type& a, const Type& b) {
    if (!types(&a, &b, 0)) {
      return false;
    }
    while (!todo_.empty()) {
      const auto [x, y] = todo_.back();
      todo_.pop_back();
      if (!structs(*x, *y)) {
        return false;
      }
    }
    return true;
  }

 private:
  using Pair = std::pair<const StructType*, const StructType*>;

  bool types(const Type* a, const Type* b, int depth) {
    if (a == b) {
      return true;
    }
    if (!a || !b || a->kind != b->kind || depth > core::max_type_depth) {
      return false;
    }
    switch (a->kind) {
      case Kind::list:
      case Kind::set: return types(a->element, b->element, depth + 1);
      case Kind::map:
        return types(a->key, b->key, depth + 1) && types(a->value, b->value, depth + 1);
      case Kind::enumeration: return enums(a->enumeration, b->enumeration);
      case Kind::structure: {
        if (a->structure == b->structure) {
          return true;
        }
        if (!a->structure || !b->structure) {
          return false;
        }
        const Pair pair(a->structure, b->structure);
        if (seen_.insert(pair).second) {
          todo_.push_back(pair);
        }
        return true;
      }
      default: return true;
    }
  }

  static bool enums(const EnumType* a, const EnumType* b) {
    if (a == b) {
      return true;
    }
    if (!a || !b || a->values.size() != b->values.size()) {
      return false;
    }
    for (const EnumValue& v : a->values) {
      const EnumValue* w = b->find(std::string_view(v.name));
      if (!w || w->number != v.number) {
        return false;
      }
    }
    return true;
  }

  bool structs(const StructType& a, const StructType& b) {
    const bool union_a = a.flavor == StructFlavor::union_;
    const bool union_b = b.flavor == StructFlavor::union_;
    if (a.fields.size() != b.fields.size() || union_a != union_b || a.semantic != b.semantic) {
      return false;
    }
    for (const Field& f : a.fields) {
      const Field* g = b.find(f.id);
      if (!g || g->name != f.name || !types(f.type, g->type, 0)) {
        return false;
      }
    }
    return true;
  }

  std::set<Pair> seen_;
  std::vector<Pair> todo_;
};

}  // namespace

bool same_shape(const Type& a, const Type& b) { return ShapeComparer().run(a, b); }

}  // namespace wirejit
