// Thrift Compact as a Reader. Entry: compact_reader. Invariant: no byte is read before a check
// that the input has it.
#pragma once

#include "lower/reader.h"

#include <memory>

namespace wirejit::thrift {

[[nodiscard]] std::unique_ptr<lower::Reader> compact_reader();

}  // namespace wirejit::thrift
