// The cost of making codecs: parsing IDL, and compiling decoders and encoders of 100 types.
// Entry: add_compile. Invariant: each iteration starts with an engine that has compiled nothing.
#include "bench/compile_all.h"
#include "bench/measure.h"
#include "bench/payloads.h"

#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <string>

namespace wirejit::bench {
namespace {

void parse(benchmark::State& state) {
  const std::string text = hundred_structs_idl();
  measure(state, text.size(), [&] {
    const Result<Schema> schema = thrift::load_text(text);
    benchmark::DoNotOptimize(&schema);
    return schema && schema->structs().size() == compiled_types;
  });
}

void decoders(benchmark::State& state, EngineOptions::Kind kind) {
  compile_all(state, kind, thrift::load_text(hundred_structs_idl()),
              [](const Engine& engine, const Schema& schema, const StructType& type) {
                return engine.decoder<BenchTen>({schema, type}, thrift::binary);
              });
}

void encoders(benchmark::State& state, EngineOptions::Kind kind) {
  compile_all(state, kind, thrift::load_text(hundred_structs_idl()),
              [](const Engine& engine, const Schema& schema, const StructType& type) {
                return engine.encoder<BenchTen>({schema, type}, thrift::binary);
              });
}

// Layout, decoder and encoder of records.
void records(benchmark::State& state, EngineOptions::Kind kind) {
  compile_all(state, kind, thrift::load_text(hundred_structs_idl()),
              [](const Engine& engine, const Schema& schema, const StructType& type) {
                const Result<RecordType> layout = RecordType::make({schema, type});
                return layout ? engine.record_codec(*layout, thrift::binary)
                              : std::unexpected(layout.error());
              });
}

}  // namespace

void add_compile() {
  constexpr auto jit = EngineOptions::Kind::jit;
  constexpr auto interpret = EngineOptions::Kind::interpret;
  const auto put = [](std::string_view format, std::string_view engine, auto body) {
    add(name("compile", format, "100-structs", engine), body);
  };
  put("thrift-idl", "parse", parse);
  put("thrift-binary", "decode", [](benchmark::State& s) { decoders(s, jit); });
  put("thrift-binary", "encode", [](benchmark::State& s) { encoders(s, jit); });
  put("thrift-binary", "record-both", [](benchmark::State& s) { records(s, jit); });
  put("thrift-binary", "decode-interp", [](benchmark::State& s) { decoders(s, interpret); });
  put("thrift-binary", "encode-interp", [](benchmark::State& s) { encoders(s, interpret); });
}

}  // namespace wirejit::bench
