// Finds the end of a message that has its length in front, as a varint. The message itself is not
// looked at. Entry: delimited_skipper.
#pragma once

#include "lower/skip_machine.h"

#include <memory>

namespace wirejit::pb {

[[nodiscard]] std::unique_ptr<lower::SkipMachine> delimited_skipper(const Limits& limits);

}  // namespace wirejit::pb
