// Thrift Compact as a Reader. Entry: compact_reader. Invariant: reads no byte that was not shown to
// be there.
#pragma once

#include "lower/reader.h"

#include <memory>

namespace wirejit::thrift {

[[nodiscard]] std::unique_ptr<lower::Reader> compact_reader();

}  // namespace wirejit::thrift
