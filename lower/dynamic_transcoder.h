// Transcoding of structs whose type is known only when the value is read or written (Any): what a
// format asks of the engine. Entry: DynamicTranscoder. Invariant: thread-safe; a conversion leaves
// its output as it was on failure.
#pragma once

#include "jit/context.h"

#include <wirejit/buffer.h>
#include <wirejit/format.h>
#include <wirejit/options.h>
#include <wirejit/schema.h>

#include <cstdint>
#include <string_view>

namespace wirejit::lower {

// The formats of a conversion.
struct FormatPair {
  Format from;
  Format to;
  friend bool operator==(const FormatPair&, const FormatPair&) = default;
};

// Transcodes structs of one schema that are named in the data. An example: a text format meets
// {"@type": "x.com/test.Point", "x": 1} in a field of type Any, finds test.Point, and has the
// object converted to the bytes that Any holds. Thread-safe; a codec is compiled when a struct and
// a FormatPair are first asked for.
class DynamicTranscoder {
 public:
  virtual ~DynamicTranscoder() = default;
  // The struct of that full name, or null.
  [[nodiscard]] virtual const StructType* find(std::string_view full_name) const noexcept = 0;
  // Whether a field occurs twice at the top level of `input`, if the caller knows.
  enum class HasDuplicates : std::uint8_t { unknown, no, yes };
  // The caller. A reader's error is final. A writer may be handed a value that a later field
  // replaces, so its error may be discarded.
  struct Caller {
    bool is_writer = false;
    HasDuplicates has_duplicates = HasDuplicates::unknown;
  };
  // Reads all of `input` and appends to `out`, which may grow to `limit` bytes. It may use the
  // depth and the memory that the call has left; it has a writer state of its own. False after a
  // failure: the Context has the code and the position (in `input`).
  virtual bool convert(jit::Context& ctx, const StructType& type, const FormatPair& formats,
                       Bytes input, Buffer& out, std::uint64_t limit,
                       Caller caller) const noexcept = 0;
};

}  // namespace wirejit::lower
