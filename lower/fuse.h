// The driver: walks a type, lets the reader choose the order, and joins reader and writer into
// Programs. Entry: fuse. Invariant: no pair of formats is named; what a reader does not guarantee
// and a writer needs is mended by a counted list, a seen-bit or a restart, and by nothing else.
#pragma once

#include "lower/reader.h"
#include "lower/writer.h"

namespace wirejit::lower {

// Limits of one compilation; past them it fails with Errc::unsupported.
inline constexpr std::size_t max_fields = 2048;      // of one struct
inline constexpr std::size_t max_routines = 4096;    // of one module
inline constexpr std::size_t max_ops = 4U << 20;     // of one module
inline constexpr std::size_t max_type_nesting = 64;  // containers within containers

// Fills module.programs and module.nodes; routine 0 reads and writes a whole value of `type`.
Result<void> fuse(jit::Module& module, const Type& type, const Reader& reader, const Writer& writer,
                  const CompileOptions& options);

}  // namespace wirejit::lower
