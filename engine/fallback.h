// What happens when a call fails, for codecs, transcoders and the conversions inside them: run; run
// again through the source's normal form; run again through a record.
// Entry: retry_or_explain, attempt_conversion. Invariant: only the outermost call runs again, at most once for
// each Attempt, and all that is nested follows; so the work of a call is bounded by a constant
// times that of one run, whatever the number of levels.
//
//   attempt       an object is written          bytes are converted
//   optimistic    one run over the input        one pass over the input
//   normal_form   one run over the normal form  one pass over the normal form
//   record        the same                      through a record, of the normal form
//
// Where a source has no normal form, its input stands for it, and a conversion goes through a
// record at once. The decoder of an outermost call's record is an outermost call itself.
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

// What a call writes: an object, bytes, or bytes made of a payload that its source handed over.
enum class Output : std::uint8_t { object, bytes, payload };

// Whether a call that failed with `code` (an Errc, or restart_code) may succeed on another attempt,
// given that its source has another form to be read by.
[[nodiscard]] bool may_retry(std::uint32_t code, Output output) noexcept;

// What a conversion from bytes to bytes reads, and the codecs that it may run: made when they are
// first asked for, and there as long as this object.
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
  std::uint32_t code = 0;      // an Errc, or restart_code: another attempt may do better
  std::uint64_t at = 0;        // an address in the call's input
  std::optional<Error> error;  // of an outermost call that did not give up: all of it
};
using AttemptResult = std::expected<void, Failure>;

// One attempt of a conversion, as `call.attempt` says; `again`: an optimistic pass over the input
// would give up, and is not run. The call needs no codec. Throws std::bad_alloc.
[[nodiscard]] AttemptResult attempt_conversion(const Call& call, ConversionCodecs& codecs,
                                               bool has_duplicates);

// After an optimistic run of an outermost call that failed: the attempts that are left, or why it
// failed.
[[nodiscard]] Result<void> retry_or_explain(const Call& call, const jit::Context& failed);

// A transcoder's call in another way than by an optimistic pass over its input, which has not run:
// as `call.attempt` says, and through a record if that fails.
[[nodiscard]] Result<void> convert_by_fallback(const Call& call);
// Whether the input can be seen to need that; then what nests in it is converted once.
[[nodiscard]] bool needs_fallback(const Call& call);

}  // namespace wirejit::engine
