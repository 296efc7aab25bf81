// Sets the Semantic of the well-known types: google.protobuf.Timestamp and others.
// Entry: mark_well_known. Invariant: a message gets a Semantic only if its fields are those of the
// official message, so that code that tests the Semantic can rely on them.
#include "pb/descriptor_context.h"

#include <array>
#include <span>

namespace wirejit::pb::descriptors {
namespace {

// Ordered for readability. NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
struct Member {
  std::int32_t id;
  std::string_view name;
  Kind kind;
  // The full name of the struct or enum, or of the element type of a list or map.
  std::string_view of{};
  Kind element = Kind::void_;
};

constexpr Member seconds_and_nanos[] = {{1, "seconds", Kind::i64}, {2, "nanos", Kind::i32}};
constexpr Member paths[] = {{1, "paths", Kind::list, "", Kind::string}};
constexpr Member any[] = {{1, "type_url", Kind::string}, {2, "value", Kind::binary}};
constexpr Member fields[] = {{1, "fields", Kind::map, "google.protobuf.Value", Kind::structure}};
constexpr Member values[] = {{1, "values", Kind::list, "google.protobuf.Value", Kind::structure}};
constexpr Member value_kinds[] = {{1, "null_value", Kind::enumeration, "google.protobuf.NullValue"},
                                  {2, "number_value", Kind::float64},
                                  {3, "string_value", Kind::string},
                                  {4, "bool_value", Kind::boolean},
                                  {5, "struct_value", Kind::structure, "google.protobuf.Struct"},
                                  {6, "list_value", Kind::structure, "google.protobuf.ListValue"}};

// The kinds of the wrappers' values, in the order of `wrapped`.
constexpr Kind wrapped_kinds[] = {Kind::float64, Kind::float32, Kind::i64,
                                  Kind::u64,     Kind::i32,     Kind::u32,
                                  Kind::boolean, Kind::string,  Kind::binary};
constexpr std::array<Member, std::size(wrapped_kinds)> wrapped = [] {
  std::array<Member, std::size(wrapped_kinds)> all{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = {1, "value", wrapped_kinds[i]};
  }
  return all;
}();

struct WellKnown {
  std::string_view name;
  Semantic semantic;
  std::span<const Member> members;
};

constexpr WellKnown well_known[] = {
    {"google.protobuf.Timestamp", Semantic::timestamp, seconds_and_nanos},
    {"google.protobuf.Duration", Semantic::duration, seconds_and_nanos},
    {"google.protobuf.FieldMask", Semantic::field_mask, paths},
    {"google.protobuf.Any", Semantic::any, any},
    {"google.protobuf.Struct", Semantic::structure, fields},
    {"google.protobuf.Value", Semantic::value, value_kinds},
    {"google.protobuf.ListValue", Semantic::list_value, values},
    {"google.protobuf.DoubleValue", Semantic::wrapper, {&wrapped[0], 1}},
    {"google.protobuf.FloatValue", Semantic::wrapper, {&wrapped[1], 1}},
    {"google.protobuf.Int64Value", Semantic::wrapper, {&wrapped[2], 1}},
    {"google.protobuf.UInt64Value", Semantic::wrapper, {&wrapped[3], 1}},
    {"google.protobuf.Int32Value", Semantic::wrapper, {&wrapped[4], 1}},
    {"google.protobuf.UInt32Value", Semantic::wrapper, {&wrapped[5], 1}},
    {"google.protobuf.BoolValue", Semantic::wrapper, {&wrapped[6], 1}},
    {"google.protobuf.StringValue", Semantic::wrapper, {&wrapped[7], 1}},
    {"google.protobuf.BytesValue", Semantic::wrapper, {&wrapped[8], 1}},
};

std::string_view name_of(const Type& t) noexcept {
  if (t.structure) {
    return t.structure->full_name;
  }
  return t.enumeration ? std::string_view(t.enumeration->full_name) : std::string_view();
}

bool is(const Field& f, const Member& m) noexcept {
  if (f.id != m.id || f.name != m.name || f.extension || f.type->kind != m.kind) {
    return false;
  }
  const Type* inner = f.type;
  if (m.kind == Kind::list) {
    inner = f.type->element;
  }
  if (m.kind == Kind::map) {
    if (f.type->key->kind != Kind::string) {
      return false;
    }
    inner = f.type->value;
  }
  if (inner != f.type && inner->kind != m.element) {
    return false;
  }
  const bool plain = inner->wire == Wire::standard || inner->kind == Kind::string;
  return plain && (m.of.empty() || name_of(*inner) == m.of);
}

bool has_members(const StructType& s, const WellKnown& w) noexcept {
  if (s.fields.size() != w.members.size() || s.message_set) {
    return false;
  }
  for (std::size_t i = 0; i < s.fields.size(); ++i) {
    if (!is(s.fields[i], w.members[i])) {
      return false;
    }
    // All fields of Value are in one oneof; fields of the other types are in none.
    if (s.fields[i].oneof != (w.semantic == Semantic::value ? 0 : -1)) {
      return false;
    }
    if (s.fields[i].requiredness == Requiredness::required) {
      return false;
    }
  }
  return true;
}

}  // namespace

void mark_well_known(Context& c) {
  for (const WellKnown& w : well_known) {
    const Symbol* s = c.find_symbol(w.name);
    if (!s || !s->message || !s->message->type) {
      continue;
    }
    if (has_members(*s->message->type, w)) {
      s->message->type->semantic = w.semantic;
    }
  }
  const Symbol* null = c.find_symbol("google.protobuf.NullValue");
  if (!null || !null->enumeration) {
    return;
  }
  EnumType& e = *null->enumeration->type;
  if (e.values.size() == 1 && e.values[0].name == "NULL_VALUE" && e.values[0].number == 0) {
    e.semantic = Semantic::null_value;
  }
}

}  // namespace wirejit::pb::descriptors
