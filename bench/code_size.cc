// code_size: how much machine code the payloads of the benchmarks become, for every CPU side by
// side, as Markdown. Fails where one CPU needs far more instructions than the other.
// Entry: main. Invariant: nothing is run, so that any host prints the table of
// all CPUs; numbers come from the macro assemblers, instruction by instruction.
#include "bench/emitted_size.h"
#include "bench/payloads.h"
#include "bench/protobuf_structs.h"
#include "engine/engine.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

namespace wirejit::bench {
namespace {

constexpr std::array cpus{jit::Cpu::x86_64, jit::Cpu::aarch64};
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
  [[nodiscard]] const jit::Module& module() const { return compiled_->module; }
};

// False if the ratio is too high.
bool print_row(std::string_view format, std::string_view payload, std::string_view operation,
               const CodecBase& codec) {
  const Programs programs(codec);
  std::array<EmittedSize, cpus.size()> sizes;
  for (std::size_t k = 0; k < cpus.size(); ++k) {
    const Result<EmittedSize> size = emitted_size(programs.module(), cpus[k]);
    if (!size) {
      give_up(payload, size.error());
    }
    sizes[k] = *size;
  }
  std::printf("| %.*s | %.*s | %.*s | %zu |", static_cast<int>(format.size()), format.data(),
              static_cast<int>(payload.size()), payload.data(), static_cast<int>(operation.size()),
              operation.data(), programs.info().ops);
  for (const EmittedSize& size : sizes) {
    std::printf(" %zu | %zu + %zu |", size.instructions, size.code_bytes, size.data_bytes);
  }
  const double ratio =
      static_cast<double>(sizes[1].instructions) / static_cast<double>(sizes[0].instructions);
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
      type ? RecordCodec::make(engine, *type, format) : std::unexpected(type.error());
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
  std::printf(
      "| format | payload | operation | ops | x86-64 | bytes | AArch64 | bytes | ratio |\n"
      "|---|---|---|---:|---:|---:|---:|---:|---:|\n");
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
