// Which failed calls run again, and how: one policy for codecs, transcoders and the conversions
// inside them. Entry: may_run_again, next. Invariant: only the outermost call runs again, at most
// once for each Attempt, and all that is nested follows; so the work of a call is bounded by a
// constant times that of one run, whatever the number of levels.
#pragma once

#include "jit/context.h"

namespace wirejit::engine {

// What a call writes: an object, bytes, or bytes made of a payload that its source handed over.
enum class Output : std::uint8_t { object, bytes, payload };

// Whether a call that failed with `code` (an Errc, or restart_code) may succeed on another attempt,
// given that its source has another form to be read by. A field that comes again may replace a
// value that cannot be written, or bring what was missing; all else is malformed input, and final.
// Of a payload everything may be replaced, but limits remain.
[[nodiscard]] inline bool may_run_again(std::uint32_t code, Output output) noexcept {
  if (code == jit::restart_code) {
    return true;
  }
  switch (static_cast<Errc>(code)) {
    case Errc::missing_required:
    case Errc::union_not_one: return true;
    case Errc::invalid_utf8:
    case Errc::invalid_string:
    case Errc::invalid_number:
    case Errc::number_out_of_range:
    case Errc::unknown_enum:
    case Errc::not_found:  // the type of an Any
    case Errc::size_limit: return output != Output::object;
    case Errc::depth_limit:
    case Errc::memory_limit:
    case Errc::no_memory: return false;
    default: return output == Output::payload;
  }
}

// The attempt after one that failed; `record` is the last.
[[nodiscard]] inline jit::Attempt next(jit::Attempt a) noexcept {
  return a == jit::Attempt::optimistic ? jit::Attempt::normal_form : jit::Attempt::record;
}

}  // namespace wirejit::engine
