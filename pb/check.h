// What Protobuf's wire cannot hold. Entry: check_struct.
#pragma once

#include <wirejit/error.h>
#include <wirejit/schema.h>

namespace wirejit::pb {

// Errc::unsupported, naming the first field whose number, type or presence the wire lacks.
[[nodiscard]] Result<void> check_struct(const StructType& type);

}  // namespace wirejit::pb
