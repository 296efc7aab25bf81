// Thrift Compact as a Writer. Entry: compact_writer. Invariant: every byte is covered by a
// reservation.
#pragma once

#include "lower/writer.h"

#include <memory>

namespace wirejit::thrift {

[[nodiscard]] std::unique_ptr<lower::Writer> compact_writer();

}  // namespace wirejit::thrift
