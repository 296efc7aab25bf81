// What Thrift Compact says of an error in words. Entry: compact_describe.
#pragma once

#include "lower/format.h"

namespace wirejit::thrift {

[[nodiscard]] lower::Description compact_describe(const lower::ReadFailure& failure);

}  // namespace wirejit::thrift
