// code_size: the size of the machine code for the benchmarks' payloads on every CPU, as a Markdown
// table. Fails if a CPU needs far more instructions than the first one.
// Entry: main. Invariant: no generated code is run, so that any host prints the table of all CPUs;
// numbers come from the macro assemblers, instruction by instruction.
#include "bench/emitted_size.h"
#include "bench/payloads.h"
#include "bench/protobuf_structs.h"
#include "engine/engine.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::bench {
namespace {

constexpr double highest_ratio = 1.5;

[[noreturn]] void give_up(std::string_view what, const Error& error) {
  std::fprintf(stderr, "code_size: %.*s: %s\n", static_cast<int>(what.size()), what.data(),
               error.to_string().c_str());
  std::exit(1);
}

// The Programs of a codec.
class Programs : public CodecBase {
 public:
  explicit Programs(const CodecBase& codec) : CodecBase(codec) {}
  [[nodiscard]] const jit::Module& module() const { return engine::compiled_of(compiled_).module; }
};

// False if the ratio is too high.
bool print_row(std::string_view format, std::string_view payload, std::string_view operation,
               const CodecBase& codec) {
  const Programs programs(codec);
  std::vector<EmittedSize> sizes;
  for (const jit::CpuFacts& cpu : jit::cpus()) {
    const Result<EmittedSize> size = emitted_size(programs.module(), cpu.cpu);
    if (!size) {
      give_up(payload, size.error());
    }
    sizes.push_back(*size);
  }
  std::printf("| %.*s | %.*s | %.*s | %zu |", static_cast<int>(format.size()), format.data(),
              static_cast<int>(payload.size()), payload.data(), static_cast<int>(operation.size()),
              operation.data(), programs.info().ops);
  for (const EmittedSize& size : sizes) {
    std::printf(" %zu | %zu + %zu |", size.instructions, size.code_bytes, size.data_bytes);
  }
  double ratio = 0;  // of any other CPU's instructions to the first one's
  for (std::size_t k = 1; k < sizes.size(); ++k) {
    ratio = std::max(ratio, static_cast<double>(sizes[k].instructions) /
                                static_cast<double>(sizes[0].instructions));
  }
  std::printf(" %.2f |\n", ratio);
  return ratio <= highest_ratio;
}

template <class T>
bool print_payload(const Engine& engine, const Schema& schema, std::string_view type_name,
                   std::string_view payload, const Format& format) {
  const auto codec = engine.codec<T>(format);
  if (!codec) {
    give_up(payload, codec.error());
  }
  const Result<RecordType> type = RecordType::make(schema, type_name);
  const Result<RecordCodec> records =
      type ? engine.record_codec(*type, format) : std::unexpected(type.error());
  if (!records) {
    give_up(payload, records.error());
  }
  bool ok = print_row(format.name(), payload, "decode", codec->decoder());
  ok = print_row(format.name(), payload, "encode", codec->encoder()) && ok;
  return print_row(format.name(), payload, "record decode", records->decoder()) && ok;
}

template <class... T>
bool print_thrift_payloads(const Engine& engine, const Format& format) {
  const Result<Schema> schema = thrift::load_text(payload_idl());
  if (!schema) {
    give_up("the payloads' IDL", schema.error());
  }
  return (print_payload<T>(engine, *schema, name_of<T>().idl, name_of<T>().benchmark, format) &
          ...);
}

template <class T>
bool print_protobuf_payload(const Engine& engine, std::string_view payload) {
  const Result<Schema> schema = schema_of<T>();
  if (!schema) {
    give_up(payload, schema.error());
  }
  return print_payload<T>(engine, *schema, struct_layout<T>().name, payload, pb::wire);
}

bool print_table() {
  const Engine engine({.kind = EngineOptions::Kind::interpret});
  std::string head = "| format | payload | operation | ops |";
  std::string line = "|---|---|---|---:|";
  for (const jit::CpuFacts& cpu : jit::cpus()) {
    head += " " + std::string(cpu.name) + " | bytes |";
    line += "---:|---:|";
  }
  std::printf("%s ratio |\n%s---:|\n", head.c_str(), line.c_str());
  bool ok = true;
  for (const Format& format : {Format(thrift::binary), Format(json::text)}) {
    ok = print_thrift_payloads<BenchSmall, BenchNested, BenchSparse, BenchMix, BenchListI64,
                               BenchListDouble, BenchMapStringI64>(engine, format) &&
         ok;
  }
  ok = print_protobuf_payload<ProtobufOrder>(engine, "order") && ok;
  ok = print_protobuf_payload<ProtobufTelemetry>(engine, "telemetry") && ok;
  ok = print_protobuf_payload<ProtobufPackedInt>(engine, "packed-int") && ok;
  ok = print_protobuf_payload<ProtobufStrings>(engine, "strings") && ok;
  ok = print_protobuf_payload<ProtobufDeep>(engine, "deep") && ok;
  return print_protobuf_payload<ProtobufSparse>(engine, "sparse") && ok;
}

}  // namespace
}  // namespace wirejit::bench

int main() try {
  using namespace wirejit::bench;
  const bool ok = print_table();
  if (!ok) {
    std::fprintf(stderr, "code_size: a ratio is above %.1f\n", highest_ratio);
  }
  return ok ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "code_size: %s\n", e.what());
  return 1;
}
