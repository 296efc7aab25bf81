// The structs that names such as "Shop.buy.args" and "Shop.buy.result" mean.
// Entry: find_method_struct. Invariant: nothing is added to the schema; both are structs that it has.
#pragma once

#include "core/schema_data.h"

#include <string>
#include <string_view>

namespace wirejit::core {

// The struct of a method's arguments or result; null if `name` means none. Where it names a service
// of the schema, `why` then says what is wrong with the rest of the name.
[[nodiscard]] const StructType* find_method_struct(const Schema::Data& data, std::string_view name,
                                                   std::string& why);

}  // namespace wirejit::core
