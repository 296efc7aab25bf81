// The loop that compiles codecs for all types of a schema. Entry: compile_all. Invariant: each
// iteration starts with an engine that has compiled nothing; engine and codecs are destroyed while
// the clock is stopped.
#pragma once

#include "bench/measure.h"

#include <wirejit/schema.h>

#include <cstddef>
#include <memory>
#include <vector>

namespace wirejit::bench {

constexpr std::size_t compiled_types = 100;

// `compile(engine, schema, struct)` returns codecs, which are kept until the clock is stopped, or an
// error.
template <class F>
void compile_all(benchmark::State& state, EngineOptions::Kind kind, const Result<Schema>& schema,
                 F compile) {
  if (!schema || schema->structs().size() != compiled_types) {
    return skip(state, "the schema does not load");
  }
  for ([[maybe_unused]] auto step : state) {
    state.PauseTiming();
    auto engine = std::make_unique<Engine>(EngineOptions{.kind = kind});
    std::vector<decltype(compile(*engine, *schema, schema->structs().front()))> results;
    results.reserve(compiled_types);
    state.ResumeTiming();
    for (const StructType& type : schema->structs()) {
      results.push_back(compile(*engine, *schema, type));
    }
    state.PauseTiming();
    for (const auto& result : results) {
      if (!result) {
        state.SkipWithError(result.error().to_string().c_str());
      }
    }
    results.clear();
    engine.reset();
    state.ResumeTiming();
  }
}

}  // namespace wirejit::bench
