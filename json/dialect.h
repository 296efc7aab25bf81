// What the reader and the writer of the text form share: names of keys, kinds of maps, tables of
// names. Entry: is_object_map, key_text, Tables. Invariant: both sides ask here, so that what is
// written can be read.
#pragma once

#include <wirejit/json.h>
#include <wirejit/schema.h>

#include "jit/format.h"
#include "json/keys.h"

#include <map>
#include <memory>
#include <string_view>
#include <utility>

namespace wirejit::json {

// Maps with simple keys are objects; others are arrays of [key, value] pairs.
inline bool is_object_map(const Type& map) noexcept {
  const jit::Shape shape = jit::shape_of(*map.key);
  return shape == jit::Shape::scalar || shape == jit::Shape::bytes;
}

inline std::string_view key_text(const Field& field, const TextOptions& options) noexcept {
  return options.plain_names || field.json_name.empty() ? std::string_view(field.name)
                                                        : field.json_name;
}

// Tables of names of one compilation; each is made once and kept by the Module.
class Tables {
 public:
  const EnumNames* names(jit::Lowering& l, const EnumType& type, const TextOptions& options) {
    return get(enums_, l, type, [&] {
      return std::make_shared<const EnumNames>(type, options.refuse_unknown_numbers);
    });
  }
  const StructKeys* keys(jit::Lowering& l, const StructType& type, const TextOptions& options) {
    return get(structs_, l, type, [&] { return make_keys(type, options); });
  }

 private:
  template <class T, class Type>
  using Cache = std::map<std::pair<const jit::Module*, const Type*>, const T*>;

  template <class T, class Type, class F>
  static const T* get(Cache<T, Type>& cache, jit::Lowering& l, const Type& type, F make) {
    const T*& entry = cache[{&l.module, &type}];
    if (entry == nullptr) {
      entry = l.keep(std::shared_ptr<const T>(make()));
    }
    return entry;
  }
  static std::shared_ptr<const StructKeys> make_keys(const StructType& type,
                                                     const TextOptions& options);

  Cache<EnumNames, EnumType> enums_;
  Cache<StructKeys, StructType> structs_;
};

}  // namespace wirejit::json
