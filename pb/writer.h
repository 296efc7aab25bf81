// The wire as a Writer. Entry: wire_writer. Invariant: every byte is covered by a reservation; what
// it writes is canonical: numbers and lengths are as short as can be.
#pragma once

#include "lower/writer.h"

#include <memory>

namespace wirejit::pb {

[[nodiscard]] std::unique_ptr<lower::Writer> wire_writer(bool deterministic);

}  // namespace wirejit::pb
