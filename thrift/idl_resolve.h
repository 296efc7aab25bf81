// From syntax trees to a Schema: names are resolved, ids assigned, constants and defaults
// evaluated. Entry: resolve_idl. Invariant: work and memory are bounded by the trees and
// IdlLimits::expansion; recursion by IdlLimits::nesting or a fixed depth.
#pragma once

#include "thrift/idl_ast.h"
#include "thrift/idl_report.h"

#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace wirejit::thrift {

// One parsed file of a load.
struct IdlFile {
  SourceFile source;
  Ast ast;
  // Positions in the load's list of files; missing files are left out.
  std::vector<std::size_t> includes;
};

// `files`: in the order of discovery, the main one first; not used after the call. Returns nothing
// after errors, which the reporter has. With `incomplete`, unknown names are not reported.
[[nodiscard]] std::optional<Schema> resolve_idl(const std::deque<IdlFile>& files,
                                                const IdlOptions& options, bool incomplete,
                                                Reporter& reporter);

// ---- Shared by the parts of the resolver: idl_resolve.cc, idl_scope.cc, idl_const.cc ----

struct Unit;

struct TypedefDecl {
  enum class State : std::uint8_t { fresh, busy, done, failed };
  const Unit* unit = nullptr;
  const AstTypedef* ast = nullptr;
  Typedef* out = nullptr;
  const Type* alias = nullptr;  // the type as its users see it
  State state = State::fresh;
};

struct ConstDecl {
  enum class State : std::uint8_t { fresh, busy, done, failed };
  const Unit* unit = nullptr;
  const AstConst* ast = nullptr;
  Constant* out = nullptr;
  State state = State::fresh;
};

// The declaration of a name in the common name space of types and services; one pointer is set.
struct Decl {
  StructType* structure = nullptr;
  EnumType* enumeration = nullptr;
  TypedefDecl* alias = nullptr;
  Service* service = nullptr;
};

// A file and its names.
struct Unit {
  const IdlFile* file = nullptr;
  Document* document = nullptr;
  std::map<std::string_view, Decl> names;
  std::map<std::string_view, ConstDecl*> constants;
  std::multimap<std::string_view, const Unit*> includes;  // by prefix
  std::vector<StructType*> structs;                       // each list in the order of the tree's
  std::vector<EnumType*> enums;
  std::vector<Service*> services;

  [[nodiscard]] const Decl* find(std::string_view name) const;          // "T" or "prefix.T"
  [[nodiscard]] ConstDecl* find_constant(std::string_view name) const;  // "C" or "prefix.C"
};

// Evaluates constants and defaults.
class ConstEvaluator {
 public:
  ConstEvaluator(const IdlLimits& limits, bool incomplete, Reporter& reporter)
      : expansion_(limits.expansion), incomplete_(incomplete), reporter_(reporter) {}

  // Evaluates a constant once. False after an error.
  bool constant(ConstDecl& decl, int depth = 0);
  // Evaluates `value`, written in `unit`, as a value of the type `type`. False after an error.
  bool evaluate(const Unit& unit, const AstValue& value, const Type& type, ConstValue& out,
                int depth = 0);

  // Counts a copy of that many parts and bytes against the expansion limit. False if it is
  // exceeded.
  [[nodiscard]] bool charge(std::size_t parts, std::size_t bytes);

 private:
  bool fail(const Unit& unit, const AstValue& value, std::string_view expected);
  bool mismatch(const Unit& unit, const AstValue& value, const Type& type);
  bool spend(const Unit& unit, const AstValue& value, std::size_t parts, std::size_t bytes);
  bool number(const Unit& unit, const AstValue& value, std::int64_t number, const Type& type,
              ConstValue& out);
  bool text(const Unit& unit, const AstValue& value, std::string_view text, const Type& type,
            ConstValue& out);
  bool name(const Unit& unit, const AstValue& value, const Type& type, ConstValue& out, int depth);
  bool copy(const Unit& unit, const AstValue& value, const ConstDecl& from, const Type& type,
            ConstValue& out);
  bool list(const Unit& unit, const AstValue& value, const Type& type, ConstValue& out, int depth);
  bool map(const Unit& unit, const AstValue& value, const Type& type, ConstValue& out, int depth);
  bool structure(const Unit& unit, const AstValue& value, const StructType& type, ConstValue& out,
                 int depth);

  std::size_t expansion_;
  bool incomplete_;
  bool exhausted_ = false;
  Reporter& reporter_;
};

// How names without an annotation of their own become JSON names.
enum class NameCase : std::uint8_t { unchanged, snake, lower_camel };
// By the annotations `to_snake` and `to_lower_camel_case` of gateways (`agw.`, `janus.`), of which
// the last counts; `outer` if there is none.
[[nodiscard]] NameCase name_case_of(const Annotations& annotations,
                                    NameCase outer = NameCase::unchanged);
[[nodiscard]] std::string in_case(std::string_view name, NameCase name_case);

// The JSON name of a field by its annotations: `json.name`, else the last of `api.key`, `agw.key`
// and the json part of `go.tag`; empty for none.
[[nodiscard]] std::string json_name_of(const Annotations& annotations);

}  // namespace wirejit::thrift
