// Thrift Binary as a Reader. Entry: binary_reader. Invariant: no byte is read before a check that
// the input has it.
#pragma once

#include "lower/reader.h"

#include <memory>

namespace wirejit::thrift {

[[nodiscard]] std::unique_ptr<lower::Reader> binary_reader();

}  // namespace wirejit::thrift
