// The driver: walks a type, lets the reader choose the order, and joins reader and writer into
// Programs. Entry: fuse. Invariant: no pair of formats is named; what a reader does not guarantee
// and a writer needs is adapted by a hole, a seen bit, a key set or a retry, and by nothing else.
#pragma once

#include "lower/mapping.h"
#include "lower/reader.h"
#include "lower/writer.h"

namespace wirejit::lower {

// Limits of one compilation; past them it fails with Errc::unsupported.
inline constexpr std::size_t max_fields = 2048;      // of one struct
inline constexpr std::size_t max_routines = 4096;    // of one module
inline constexpr std::size_t max_ops = 4U << 20;     // of one module
inline constexpr std::size_t max_type_nesting = 64;  // containers within containers

// The two sides of a codec. All of it is needed while Programs are made, and not afterwards.
struct Sides {
  const Reader& reader;
  const Writer& writer;
  const Type& source;
  const Type& target;                // of another schema only with a mapping
  const Mapping* mapping = nullptr;  // of the structs of `source` to those of `target`
};

struct Fused {
  bool uses_dynamic_transcoder = false;  // Programs reach the DynamicTranscoder
};

// Fills module.programs and module.nodes; routine 0 reads and writes a whole value.
Result<Fused> fuse(jit::Module& module, const Sides& sides, const CompileOptions& options);

}  // namespace wirejit::lower
