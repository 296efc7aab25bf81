// The attempts of a call that fails: an optimistic run; a run over the source's normal form; a
// conversion through a record. Codecs, transcoders and nested conversions all use them.
// Entry: retry_or_explain, attempt_conversion. Invariant: only the outermost call is retried, at
// most once for each Attempt, and nested conversions use its attempt; so the work of a call is
// bounded by a constant times that of one run, whatever the number of levels.
//
//   attempt       target: an object             bytes to bytes
//   optimistic    one run over the input        one pass over the input
//   normal_form   one run over the normal form  one pass over the normal form
//   record        one run over the normal form  through a record, from the normal form
//
// If a source has no normal form, its input is used instead, and a conversion's second attempt is
// the one through a record. In an outermost conversion, the record's decoder and encoder are run as
// outermost calls, with attempts of their own.
#pragma once

#include "engine/call.h"
#include "engine/compiled.h"
#include "engine/normal_form.h"
#include "jit/context.h"

#include <wirejit/error.h>

#include <cstdint>
#include <expected>
#include <optional>

namespace wirejit::engine {

// What a call writes: an object, bytes, or bytes that are converted from a payload which the outer
// call's source provided.
enum class Output : std::uint8_t { object, bytes, payload };

// Whether a call that failed with `code` (an Errc, or restart_code) may succeed on another attempt.
[[nodiscard]] bool may_retry(std::uint32_t code, Output output) noexcept;

// The source of a conversion from bytes to bytes, and its codecs. Each is compiled when it is first
// requested. The results are valid as long as this object, and in nested conversions until the next
// request.
class ConversionCodecs {
 public:
  explicit ConversionCodecs(const Source& from) : source(from) {}
  virtual ~ConversionCodecs() = default;
  [[nodiscard]] virtual Result<const Compiled*> direct() = 0;
  [[nodiscard]] virtual Result<const RecordPair*> record_pair() = 0;

  const Source source;
};

// Why an attempt failed.
struct Failure {
  std::uint32_t code = 0;      // an Errc, or restart_code: another attempt may succeed
  std::uint64_t at = 0;        // an address in the call's input
  std::optional<Error> error;  // the complete error; outermost calls, except for restart_code
};
using AttemptResult = std::expected<void, Failure>;

// Runs the attempt `call.attempt` of a conversion. `has_duplicates`: the input is known to have
// duplicate fields, so that an optimistic pass would fail with a restart; it is not run.
// `call.codec` may be null. Throws std::bad_alloc.
[[nodiscard]] AttemptResult attempt_conversion(const Call& call, ConversionCodecs& codecs,
                                               bool has_duplicates);

// Called after an optimistic run of an outermost call has failed: runs the remaining attempts, if
// the error allows it, and returns the result, or else explains the error.
[[nodiscard]] Result<void> retry_or_explain(const Call& call, const jit::Context& failed);

// Runs a transcoder's call without an optimistic pass over its input: first as `call.attempt` says
// (optimistic: over the normal form), then through a record if that ends with a restart.
[[nodiscard]] Result<void> convert_by_fallback(const Call& call);
// Whether an optimistic pass over the input is known to fail. Skipping it avoids converting the
// nested values twice.
[[nodiscard]] bool needs_fallback(const Call& call);

}  // namespace wirejit::engine
