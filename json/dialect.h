// What readers and writers of JSON share: the dialect, names of keys, kinds of maps, tables of
// names. Entry: Dialect, is_object_map, key_text, enum_names. Invariant: both sides ask here, so
// that what is written can be read.
#pragma once

#include "json/keys.h"
#include "lower/lowering.h"
#include "lower/node.h"
#include "lower/type_category.h"

#include <wirejit/json.h>
#include <wirejit/schema.h>

#include <map>
#include <memory>
#include <string_view>
#include <utility>

namespace wirejit::json {

// All options of one Format value. What TextOptions lacks is ProtoJSON's.
struct Dialect : TextOptions {
  constexpr Dialect() = default;
  constexpr explicit Dialect(const TextOptions& options) : TextOptions(options) {}

  bool proto = false;  // both spellings of keys; oneofs, presence and Semantics are obeyed
  bool drop_unknown_enums = false;  // read: values whose name the enum lacks are left out
  bool refuse_duplicates = false;   // read
  bool print_implicit = false;      // written: fields without presence that are zero or empty
  bool is_payload = false;  // the root is the content of an Any: a key "@type" is skipped, layout
                            // goes on from the text around it
};

// The format of members that are kept (UnknownFields): "key":value, one behind the other, as they
// stood. Both dialects mean the same by them.
inline constexpr std::uint64_t member_tag = 0x6a736f6e6d656d62;

// The value that a field's struct stands for, if it has no braces and key of its own in the text:
// all structs with a Semantic are so, but Any.
inline bool is_bare(const lower::Node& n) noexcept {
  return n.role == lower::Role::field && n.parent->semantic != Semantic::none &&
         n.parent->semantic != Semantic::any;
}
inline Semantic semantic_of(const Type& type) noexcept {
  return type.kind == Kind::structure     ? type.structure->semantic
         : type.kind == Kind::enumeration ? type.enumeration->semantic
                                          : Semantic::none;
}

// Maps with simple keys are objects; others are arrays of [key, value] pairs.
inline bool is_object_map(const Type& map) noexcept {
  const lower::TypeCategory category = lower::category_of(*map.key);
  return category == lower::TypeCategory::scalar || category == lower::TypeCategory::bytes;
}

inline std::string_view key_text(const Field& field, const TextOptions& options) noexcept {
  const bool plain = options.plain_names && !field.extension;
  return plain || field.json_name.empty() ? std::string_view(field.name) : field.json_name;
}

// Errc::unsupported, naming a field whose key would be read as that of another one.
[[nodiscard]] Result<void> check_keys(const StructType& type, const Dialect& options);

// Tables of names, each made once for a Module.
[[nodiscard]] const EnumNames* enum_names(lower::Lowering& l, const EnumType& type,
                                          const Dialect& options);
// Of what is read; `skips_type`: of a payload's root.
[[nodiscard]] const StructKeys* struct_keys(lower::Lowering& l, const StructType& type,
                                            const Dialect& options, bool skips_type = false);

}  // namespace wirejit::json
