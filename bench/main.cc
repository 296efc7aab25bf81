// wirejit_bench: all benchmarks against the official libraries, in one process.
// Names are operation/format/payload/engine; --benchmark_filter takes a regular expression.
// README.md explains them.
#include "bench/measure.h"

#include <cstdio>
#include <exception>

int main(int argc, char** argv) try {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
    return 1;
  }
  const wirejit::bench::Engines engines;
  benchmark::AddCustomContext("engine", engines.jit.describe());
  wirejit::bench::add_thrift(engines);
  wirejit::bench::add_chain(engines);
  wirejit::bench::add_json(engines);
  wirejit::bench::add_transcode(engines);
#ifdef WIREJIT_BENCH_PROTOBUF
  wirejit::bench::add_protobuf(engines);
  wirejit::bench::add_protobuf_transcode(engines);
  wirejit::bench::add_protobuf_any(engines);
  wirejit::bench::add_protobuf_compile();
#endif
  wirejit::bench::add_compile();
  wirejit::bench::add_hostile(engines);
  wirejit::bench::add_cases(engines);
  wirejit::bench::add_skip(engines);
  wirejit::bench::add_rpc();
  wirejit::bench::add_rpc_payload(engines);
  wirejit::bench::add_rpc_connection();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "wirejit_bench: %s\n", e.what());
  return 1;
}
