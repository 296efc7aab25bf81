// The engine's implementation of lower::DynamicTranscoder: it converts structs whose type is known
// only at run time (Any), with transcoders that it compiles then.
// Entry: add_dynamic_transcoder. Invariant: a nested conversion uses the depth and memory that the
// outer call has left, and frees what it allocates.
#pragma once

#include "engine/engine.h"

#include <wirejit/schema.h>

namespace wirejit::engine {

// Adds to the request a DynamicTranscoder for the structs of `schema`, with the request's options.
// The codec's Module keeps it; it refers to the engine weakly, as the engine keeps the Module.
void add_dynamic_transcoder(Request& request, const EngineImpl& engine, const Schema& schema);

}  // namespace wirejit::engine
