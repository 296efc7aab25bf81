// Where a call failed, as text. Entry: render_path.
#pragma once

#include "jit/interpret.h"

#include <string>

namespace wirejit::jit {

// "orders[3].lines.sku", "prices[\"tea\"].cents", "prices[key 2]": the second key, which could not
// be read or is at fault itself. "prices[value 2]": the key is a struct or a container.
[[nodiscard]] std::string render_path(const Module& module, const Recorder& recorder);

}  // namespace wirejit::jit
