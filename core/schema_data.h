// The storage of a Schema, and the table of names for its look-ups.
// Entry: Schema::Data, filled by SchemaBuilder, frozen by SchemaBuilder::build.
// Invariant: all objects are in deques and never move; after build() only `on_demand` and
// `shared` change, each under its mutex.
#pragma once

#include "core/generation.h"
#include "core/shared_objects.h"

#include <wirejit/schema.h>

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace wirejit {

namespace core {

// Type expressions nest at most this deep, and written out in full have at most this many nodes: a
// chain of typedefs that doubles at each step must not make a walk over a type unbounded.
inline constexpr int max_type_depth = 64;
inline constexpr std::size_t max_type_nodes = 4096;
// Containers made by Schema::find_type for one schema.
inline constexpr std::size_t max_on_demand_types = 65536;

// Maps names to declarations. A bare name is found if one declaration alone has it, or one alone of
// the main document.
template <class T>
class NameTable {
 public:
  void add(std::string_view name, const T* what, bool main) {
    entries_.push_back({name, what, main});
  }
  void freeze();
  [[nodiscard]] const T* find(std::string_view name) const noexcept;

 private:
  struct Entry {
    std::string_view name;
    const T* what;
    bool main;
  };
  std::vector<Entry> entries_;
};

// Identifies a container type: its kind, and its element or key and value.
using ContainerKey = std::tuple<Kind, const Type*, const Type*>;

// The types of one schema; equal container types are one object.
class TypeTable {
 public:
  const Type* container(Kind kind, const Type* first, const Type* second);
  [[nodiscard]] const Type* find(Kind kind, const Type* first, const Type* second) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return types_.size(); }
  Type& add(Type type) { return types_.emplace_back(std::move(type)); }
  [[nodiscard]] const std::deque<Type>& all() const noexcept { return types_; }
  // Called when all types were added. is_one_of() then compares addresses alone, so it may be given
  // a pointer that is no longer valid.
  void freeze() {
    for (const Type& t : types_) {
      addresses_.push_back(&t);
    }
    std::sort(addresses_.begin(), addresses_.end(), std::less<>());
  }
  [[nodiscard]] bool is_one_of(const Type* type) const noexcept {
    return std::binary_search(addresses_.begin(), addresses_.end(), type, std::less<>());
  }

 private:
  std::deque<Type> types_;
  std::vector<const Type*> addresses_;  // after freeze(), in order
  std::map<ContainerKey, const Type*> containers_;
};

inline constexpr std::size_t kind_count = static_cast<std::size_t>(Kind::map) + 1;
inline constexpr std::size_t wire_count = static_cast<std::size_t>(Wire::message_set_item) + 1;

// The first problem of the schema, or empty; core/schema_check.cc.
[[nodiscard]] std::string check_schema(const Schema::Data& data);

}  // namespace core

struct Schema::Data {
  // No other schema of the process ever has the same number.
  std::uint64_t generation = core::next_generation();
  std::deque<Document> documents;
  std::deque<StructType> structs;
  std::vector<const StructType*> hidden;  // those of `structs` that no document lists
  std::deque<EnumType> enums;
  std::deque<Typedef> typedefs;
  std::deque<Constant> constants;
  std::deque<Service> services;

  core::TypeTable types;
  std::array<const Type*, core::kind_count> bases{};
  // Base types with a Wire other than standard.
  std::array<const Type*, core::kind_count * core::wire_count> wired{};
  std::map<std::pair<const StructType*, Wire>, const Type*> wired_structs;
  std::unordered_map<const void*, const Type*> canonical;  // of structs and enums

  core::NameTable<StructType> struct_names;
  core::NameTable<EnumType> enum_names;
  core::NameTable<Typedef> typedef_names;
  core::NameTable<Constant> constant_names;
  core::NameTable<Service> service_names;

  mutable std::mutex on_demand_mutex;
  mutable core::TypeTable on_demand;  // added by find_type after build()

  mutable core::SharedObjects shared;  // objects that upper rooms derive from this schema

  [[nodiscard]] const Type* canonical_of(const void* structure_or_enum) const noexcept {
    const auto it = canonical.find(structure_or_enum);
    return it == canonical.end() ? nullptr : it->second;
  }
};

}  // namespace wirejit
