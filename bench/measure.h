// The timed loop and the engines, shared by the benchmarks of all formats. Entry: measure(), Engines.
// Invariant: a result is checked before it is timed; a benchmark with a wrong result is skipped with
// an error.
#pragma once

#include <wirejit/codec.h>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

namespace wirejit::bench {

struct Engines {
  Engine jit{{.kind = EngineOptions::Kind::jit}};
  Engine interp{{.kind = EngineOptions::Kind::interpret}};
};

// Why a benchmark cannot be timed; empty if it can.
using Problem = std::string;

inline void skip(benchmark::State& state, const Problem& problem) {
  state.SkipWithError(problem.c_str());
}

// Times `once`, which returns false if it failed. `bytes` are those of one run.
template <class F>
void measure(benchmark::State& state, std::size_t bytes, F&& once) {
  for ([[maybe_unused]] auto step : state) {
    if (!once()) [[unlikely]] {
      state.SkipWithError("a timed call failed");
      break;
    }
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

// The index of the next message, where several are used in turn.
class Rotation {
 public:
  explicit Rotation(std::size_t size) : size_(size) {}
  std::size_t next() noexcept {
    const std::size_t at = at_++;
    at_ = at_ == size_ ? 0 : at_;
    return at;
  }

 private:
  std::size_t size_;
  std::size_t at_ = 0;
};

// Registers a benchmark. Those of all engines of a payload are adjacent in the output.
template <class F>
void add(const std::string& name, F&& body) {
  benchmark::RegisterBenchmark(name.c_str(), std::forward<F>(body));
}

// "operation/format/payload/engine".
inline std::string name(std::string_view operation, std::string_view format,
                        std::string_view payload, std::string_view engine) {
  std::string text(operation);
  for (const std::string_view part : {format, payload, engine}) {
    text += '/';
    text += part;
  }
  return text;
}

// Each registers the benchmarks of one file.
void add_thrift(const Engines& engines);
void add_chain(const Engines& engines);
void add_json(const Engines& engines);
void add_transcode(const Engines& engines);
void add_protobuf(const Engines& engines);  // these three where libprotobuf is found
void add_protobuf_transcode(const Engines& engines);
void add_protobuf_any(const Engines& engines);
void add_protobuf_compile();
void add_compile();
void add_cases(const Engines& engines);
void add_skip(const Engines& engines);
void add_rpc_payload(const Engines& engines);
void add_hostile(const Engines& engines);
void add_rpc_connection();
void add_rpc();

}  // namespace wirejit::bench
