// Finds the end of a JSON value that comes in pieces. Entry: value_skipper. Invariant: it accepts
// what skip_value (parse.h) accepts of whole texts, with the same codes and offsets.
#pragma once

#include "lower/skip_machine.h"

#include <memory>

namespace wirejit::json {

[[nodiscard]] std::unique_ptr<lower::SkipMachine> value_skipper(const Limits& limits);

}  // namespace wirejit::json
