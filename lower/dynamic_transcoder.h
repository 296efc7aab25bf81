// Conversions of structs that are known only when they come (Any): what a format asks of the
// engine. Entry: DynamicTranscoder. Invariant: thread-safe; a conversion leaves its output as it
// was on failure.
#pragma once

#include "jit/context.h"

#include <wirejit/buffer.h>
#include <wirejit/codec.h>
#include <wirejit/schema.h>

#include <cstdint>
#include <string_view>

namespace wirejit::lower {

// A conversion between two formats.
struct FormatPair {
  Format from;
  Format to;
  friend bool operator==(const FormatPair&, const FormatPair&) = default;
};

// Conversions of the schema's structs, for values whose struct is known only when they come.
// Thread-safe; compiled when first needed.
class DynamicTranscoder {
 public:
  virtual ~DynamicTranscoder() = default;
  // The struct of that full name, or null.
  [[nodiscard]] virtual const StructType* find(std::string_view full_name) const noexcept = 0;
  // Whether a field comes again among the root's own, as far as the caller has seen.
  enum class Again : std::uint8_t { unknown, no, yes };
  // On whose behalf: what a reader meets and cannot convert is final; what a writer was handed may
  // be replaced by a field that comes later.
  struct Asked {
    bool by_writer = false;
    Again again = Again::unknown;
  };
  // Reads all of `input` and appends to `out`, which may grow to `limit` bytes. Depth and memory
  // are those that the call has left, the state of the writer is its own. False after a failure,
  // with code and position (in `input`) in the Context.
  virtual bool convert(jit::Context& ctx, const StructType& type, const FormatPair& formats,
                       Bytes input, Buffer& out, std::uint64_t limit,
                       Asked asked) const noexcept = 0;
};

}  // namespace wirejit::lower
