// Messages of errors in Thrift Compact: what was found and what was expected.
// Entry: compact_describe.
#pragma once

#include "lower/format.h"

namespace wirejit::thrift {

[[nodiscard]] lower::Description compact_describe(const lower::ReadFailure& failure);

}  // namespace wirejit::thrift
