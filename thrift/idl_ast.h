// The syntax tree of one IDL file: names are not resolved, and ids are not assigned.
// Entry: Ast, filled by parse_idl. Invariant: string_views point into the SourceFile or
// Ast::strings; depth is bounded by IdlLimits::nesting.
#pragma once

#include "thrift/idl_report.h"

#include <wirejit/schema.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::thrift {

struct AstAnnotation {
  std::string_view name;
  std::string_view value;
};
using AstAnnotations = std::vector<AstAnnotation>;

// A name where it is declared or used.
struct AstName {
  std::string_view text;
  Place place;
};

struct AstType {
  Kind kind = Kind::void_;  // of base types and containers
  bool named = false;       // a reference to a declaration, by `name`
  AstName name;             // as written, for all types
  std::string_view cpp_type;
  const AstType* first = nullptr;   // element, or key of a map
  const AstType* second = nullptr;  // value of a map
  AstAnnotations annotations;
};

struct AstValue {
  enum class Syntax : std::uint8_t { integer, real, literal, name, list, map };
  Syntax syntax = Syntax::integer;
  Place place;
  std::string_view text;  // literal: unescaped; name
  std::int64_t integer = 0;
  double real = 0;
  std::vector<AstValue> items;  // of a list; of a map: key, value, key, value, ...
};

struct AstField {
  AstName name;
  Place place;  // of its first token
  std::optional<std::int64_t> id;
  Requiredness requiredness = Requiredness::standard;
  const AstType* type = nullptr;
  bool reference = false;
  const AstValue* value = nullptr;
  AstAnnotations annotations;
  std::string_view doc;
};

struct AstStruct {
  AstName name;
  StructFlavor flavor = StructFlavor::structure;
  std::vector<AstField> fields;
  AstAnnotations annotations;
  std::string_view doc;
};

struct AstEnumValue {
  AstName name;
  std::optional<std::int64_t> number;
  AstAnnotations annotations;
  std::string_view doc;
};

struct AstEnum {
  AstName name;
  std::vector<AstEnumValue> values;
  AstAnnotations annotations;
  std::string_view doc;
};

struct AstTypedef {
  AstName name;
  const AstType* type = nullptr;
  AstAnnotations annotations;
  std::string_view doc;
};

struct AstConst {
  AstName name;
  const AstType* type = nullptr;
  const AstValue* value = nullptr;
  AstAnnotations annotations;
  std::string_view doc;
};

struct AstMethod {
  AstName name;
  bool oneway = false;
  const AstType* result = nullptr;  // null for void
  std::vector<AstField> args;
  std::vector<AstField> throws;
  AstAnnotations annotations;
  std::string_view doc;
};

struct AstService {
  AstName name;
  AstName extends;  // empty for none
  std::vector<AstMethod> methods;
  AstAnnotations annotations;
  std::string_view doc;
};

struct AstNamespace {
  std::string_view scope;
  std::string_view name;
  AstAnnotations annotations;
};

struct Ast {
  std::vector<AstName> includes;  // as written between the quotes
  std::vector<AstName> cpp_includes;
  std::vector<AstNamespace> namespaces;
  std::vector<AstStruct> structs;
  std::vector<AstEnum> enums;
  std::vector<AstTypedef> typedefs;
  std::vector<AstConst> constants;
  std::vector<AstService> services;
  std::string_view doc;
  // A declaration was skipped after a syntax error: an unknown name may be its name, and is not
  // reported.
  bool incomplete = false;

  std::deque<AstType> types;
  std::deque<AstValue> values;
  std::deque<std::string> strings;
};

}  // namespace wirejit::thrift
