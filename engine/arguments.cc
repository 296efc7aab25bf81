// Checks of what callers hand in.
#include "engine/arguments.h"

namespace wirejit::engine {

Result<void> check_format(const Format& format) {
  if (format.empty()) {
    return std::unexpected(Error(Errc::not_found, "the format is empty"));
  }
  return {};
}

}  // namespace wirejit::engine
