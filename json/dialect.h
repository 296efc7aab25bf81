// What readers and writers of JSON share: the dialect, names of keys, kinds of maps, tables of
// names. Entry: Dialect, is_object_map, key_text, enum_names. Invariant: both sides use these
// functions, so that the reader can read what the writer writes.
#pragma once

#include "json/keys.h"
#include "lower/lowering.h"
#include "lower/node.h"
#include "lower/type_category.h"

#include <wirejit/json.h>
#include <wirejit/options.h>
#include <wirejit/schema.h>

#include <map>
#include <memory>
#include <string_view>
#include <utility>

namespace wirejit::json {

// All options of one Format value: TextOptions and those that only ProtoJSON has.
struct Dialect : TextOptions {
  constexpr Dialect() = default;
  constexpr explicit Dialect(const TextOptions& options) : TextOptions(options) {}

  bool proto = false;  // both spellings of keys; rules for oneofs, presence and Semantics
  // Read. Unless unknown fields are an error, ProtoJSON skips enum values whose name is unknown.
  Unknown unknown = Unknown::skip;
  bool reject_duplicates = false;  // read
  bool null_is_missing = false;    // read: a null of a required field is one that does not come
  bool print_implicit = false;     // written: fields without presence that are zero or empty
  bool is_payload = false;  // the root is the content of an Any: the reader skips the key "@type",
                            // the writer continues the layout of the text around it
};

// Marks unknown members that are kept (UnknownFields): the texts "key":value as they were read, one
// after another. Both dialects use the same tag.
inline constexpr std::uint64_t member_tag = 0x6a736f6e6d656d62;

// Whether a field's value is the JSON representation of the struct that holds it, without braces
// and key. This is so for all structs with a Semantic except Any.
inline bool is_bare(const lower::Node& n) noexcept {
  return n.role == lower::Role::field && n.parent->semantic != Semantic::none &&
         n.parent->semantic != Semantic::any;
}
inline Semantic semantic_of(const Type& type) noexcept {
  return type.kind == Kind::structure     ? type.structure->semantic
         : type.kind == Kind::enumeration ? type.enumeration->semantic
                                          : Semantic::none;
}

// Maps with scalar, string, binary or uuid keys are objects; others are arrays of [key, value]
// pairs.
inline bool is_object_map(const Type& map) noexcept {
  const lower::TypeCategory category = lower::category_of(*map.key);
  return category == lower::TypeCategory::scalar || category == lower::TypeCategory::bytes;
}

inline std::string_view key_text(const Field& field, const TextOptions& options) noexcept {
  const bool plain = options.keys == Keys::name && !field.extension;
  return plain || field.json_name.empty() ? std::string_view(field.name) : field.json_name;
}

// Whether readers find a field by its name and by its JSON name.
inline bool reads_both_keys(const Dialect& options) noexcept {
  return options.proto || options.keys == Keys::both;
}

// Whether `field`, or that whose value is `n` or has it in its lists and maps, has numbers in
// quotes.
inline bool has_text_numbers(const Field& field, const TextOptions& options) noexcept {
  return options.int64 == Int64::by_field && field.text_numbers;
}
inline bool has_text_numbers(const lower::Node& n, const TextOptions& options) noexcept {
  const lower::Node* at = &n;
  while (at->container != nullptr) {
    at = at->container;
  }
  return at->role == lower::Role::field && has_text_numbers(*at->field, options);
}

// Fails with Errc::unsupported if the key of a field would be read as the key of another field; the
// message names the field.
[[nodiscard]] Result<void> check_keys(const StructType& type, const Dialect& options);

// Tables of names. Each is made once for a Module.
[[nodiscard]] const EnumNames* enum_names(lower::Lowering& l, const EnumType& type,
                                          const Dialect& options);
// For readers. `skips_type`: the struct is the root of an Any's content.
[[nodiscard]] const StructKeys* struct_keys(lower::Lowering& l, const StructType& type,
                                            const Dialect& options, bool skips_type = false);

}  // namespace wirejit::json
