// The kernel that knows the grammar, and memory for its levels.
#include "json/skipper.h"

#include "kernels/json_skip.h"
#include "lower/text_skipper.h"

namespace wirejit::json {

std::unique_ptr<lower::SkipMachine> value_skipper(const Limits& limits) {
  return std::make_unique<lower::TextSkipper<kernels::JsonSkip>>(limits);
}

}  // namespace wirejit::json
