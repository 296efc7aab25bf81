// The type part of the resolver; see idl_types.h.
// Entry: TypeResolver::resolve. Invariant: recursion, through containers and typedefs together, is
// bounded by max_depth.
#include "thrift/idl_types.h"

#include "core/schema_data.h"

#include <algorithm>
#include <utility>

namespace wirejit::thrift {
namespace {

// The longest chain of typedefs that each name one declared later.
constexpr int max_depth = 256;

}  // namespace

const Type* TypeResolver::fail(const Unit& unit, const AstType& ast, std::string message) {
  reporter_.error(unit.file->source, ast.name.place, std::move(message));
  return nullptr;
}

TypeResolver::Extent TypeResolver::extent(const Type* type) const {
  if (type->kind < Kind::list) {
    return {};
  }
  const auto it = extents_.find(type);
  return it == extents_.end() ? Extent{} : it->second;
}

const Type* TypeResolver::resolve(const Unit& unit, const AstType& ast, int depth) {
  if (depth > max_depth) {
    return fail(unit, ast,
                "types refer to each other more than " + std::to_string(max_depth) + " deep");
  }
  const Type* type = ast.named                ? named(unit, ast, depth)
                     : ast.kind >= Kind::list ? container(unit, ast, depth)
                                              : builder_.base(ast.kind);
  if (!type || (ast.annotations.empty() && ast.cpp_type.empty())) {
    return type;
  }
  Type* own = variant(unit, ast, *type);
  if (!own) {
    return nullptr;
  }
  for (const AstAnnotation& a : ast.annotations) {
    own->annotations.push_back({std::string(a.name), std::string(a.value)});
  }
  if (!ast.cpp_type.empty()) {
    own->cpp_type = ast.cpp_type;
  }
  return own;
}

Type* TypeResolver::variant(const Unit& unit, const AstType& ast, const Type& type) {
  std::size_t bytes = type.cpp_type.size() + type.alias.size();
  for (const Annotation& a : type.annotations) {
    bytes += a.name.size() + a.value.size();
  }
  if (!budget_.charge(1 + type.annotations.size(), bytes)) {
    reporter_.error(unit.file->source, ast.name.place,
                    "the annotations that types copy are larger than the limit", Errc::size_limit);
    return nullptr;
  }
  Type& copy = builder_.variant_of(type);
  if (type.kind >= Kind::list) {
    extents_.emplace(&copy, extent(&type));
  }
  return &copy;
}

const Type* TypeResolver::container(const Unit& unit, const AstType& ast, int depth) {
  const Type* first = resolve(unit, *ast.first, depth + 1);
  const Type* second = ast.second ? resolve(unit, *ast.second, depth + 1) : nullptr;
  if (!first || (ast.second && !second)) {
    return nullptr;
  }
  Extent sum = extent(first);
  if (second) {
    const Extent more = extent(second);
    sum.depth = std::max(sum.depth, more.depth);
    sum.nodes += more.nodes;
  }
  ++sum.depth;
  ++sum.nodes;
  if (sum.depth > core::max_type_depth || sum.nodes > core::max_type_nodes) {
    return fail(unit, ast, "the type is nested deeper, or has more parts, than the limit");
  }
  const Type* type = ast.kind == Kind::list  ? builder_.list_of(first)
                     : ast.kind == Kind::set ? builder_.set_of(first)
                                             : builder_.map_of(first, second);
  extents_.emplace(type, sum);
  return type;
}

const Type* TypeResolver::named(const Unit& unit, const AstType& ast, int depth) {
  const Decl* decl = unit.find(ast.name.text);
  if (!decl) {
    if (incomplete_) {
      return nullptr;
    }
    return fail(unit, ast, "unknown type " + quoted(ast.name.text));
  }
  if (decl->structure) {
    return builder_.of(*decl->structure);
  }
  if (decl->enumeration) {
    return builder_.of(*decl->enumeration);
  }
  if (!decl->alias) {
    return fail(unit, ast, quoted(ast.name.text) + " is a service; expected a type");
  }
  if (decl->alias->state == TypedefDecl::State::busy) {
    return fail(unit, ast, "the typedef " + quoted(ast.name.text) + " refers to itself");
  }
  return resolve(*decl->alias, depth + 1) ? decl->alias->alias : nullptr;
}

bool TypeResolver::resolve(TypedefDecl& decl, int depth) {
  if (decl.state != TypedefDecl::State::fresh) {
    return decl.state == TypedefDecl::State::done;
  }
  decl.state = TypedefDecl::State::busy;
  const Type* target = resolve(*decl.unit, *decl.ast->type, depth);
  Type* alias = target ? variant(*decl.unit, *decl.ast->type, *target) : nullptr;
  if (alias) {
    alias->alias = decl.ast->name.text;
    decl.out->type = target;
    decl.alias = alias;
  }
  decl.state = alias ? TypedefDecl::State::done : TypedefDecl::State::failed;
  return alias != nullptr;
}

}  // namespace wirejit::thrift
