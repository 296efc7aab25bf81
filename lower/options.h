// What a compilation was asked for. Entry: CompileOptions. Invariant: whatever changes generated
// code is here or in a format's own options, so that both are the key of what was compiled.
#pragma once

#include "lower/dynamic_transcoder.h"

#include <wirejit/options.h>

#include <cstdint>

namespace wirejit::lower {

// The caller's options, and what the engine adds to them. Formats keep their own options in their
// readers and writers.
struct CompileOptions : Options {
  // What becomes of unknown fields: Options::unknown_fields, or what the two sides say where it is
  // not said.
  Unknown unknown = Unknown::skip;
  std::uint32_t inline_fields = 16;  // nested structs of up to this many fields are inlined
  // Where one side cannot hold equal keys, or says that the last of them counts: of flat maps in
  // memory the last of equal keys alone is read, or kept.
  bool last_of_equal_keys = false;
  const DynamicTranscoder* dynamic_transcoder = nullptr;  // lives as long as the Module
};

}  // namespace wirejit::lower
