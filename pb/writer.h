// The wire as a Writer. Entry: wire_writer. Invariant: room is reserved for every byte before it is
// written; the output is canonical: varints have their minimal length.
#pragma once

#include "lower/writer.h"

#include <memory>

namespace wirejit::pb {

[[nodiscard]] std::unique_ptr<lower::Writer> wire_writer(bool deterministic);

}  // namespace wirejit::pb
