// Checks that a struct can be written in Protobuf's wire format. Entry: check_struct.
#pragma once

#include <wirejit/error.h>
#include <wirejit/schema.h>

namespace wirejit::pb {

// Fails with Errc::unsupported if the wire cannot represent the number, type or presence of a
// field; the message names the first such field.
[[nodiscard]] Result<void> check_struct(const StructType& type);

}  // namespace wirejit::pb
