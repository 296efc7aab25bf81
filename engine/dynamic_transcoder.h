// Conversions of structs that are known only when their name comes: what lower/dynamic_transcoder.h
// promises to formats, by means of the engine. Entry: add_dynamic_transcoder. Invariant: a
// conversion takes depth and memory from the call that asks for it, and leaves nothing of its own
// behind.
#pragma once

#include "engine/engine.h"

#include <wirejit/schema.h>

namespace wirejit::engine {

// Gives the request the conversions between structs of `schema`, with its own options and limits.
// They are kept by the Module, and weak towards the engine that keeps that.
void add_dynamic_transcoder(Request& request, const EngineImpl& engine, const Schema& schema);

}  // namespace wirejit::engine
