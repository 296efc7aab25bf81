// Resolution of type expressions and typedefs.
// Entry: TypeResolver::resolve. Invariant: every type that it returns keeps the limits of
// core/schema_data.h on depth and expanded size, so that a walk over a type is bounded work.
#pragma once

#include "thrift/idl_resolve.h"

#include <unordered_map>

namespace wirejit::thrift {

class TypeResolver {
 public:
  TypeResolver(SchemaBuilder& builder, ConstEvaluator& budget, bool incomplete, Reporter& reporter)
      : builder_(builder), budget_(budget), incomplete_(incomplete), reporter_(reporter) {}

  // Null after an error.
  const Type* resolve(const Unit& unit, const AstType& ast, int depth = 0);
  bool resolve(TypedefDecl& decl, int depth = 0);

 private:
  struct Extent {
    int depth = 1;
    std::size_t nodes = 1;
  };

  const Type* fail(const Unit& unit, const AstType& ast, std::string message);
  const Type* named(const Unit& unit, const AstType& ast, int depth);
  const Type* container(const Unit& unit, const AstType& ast, int depth);
  // A copy that may carry annotations of its own.
  Type* variant(const Unit& unit, const AstType& ast, const Type& type);
  [[nodiscard]] Extent extent(const Type* type) const;

  SchemaBuilder& builder_;
  ConstEvaluator& budget_;
  bool incomplete_;
  Reporter& reporter_;
  std::unordered_map<const Type*, Extent> extents_;  // of containers
};

}  // namespace wirejit::thrift
