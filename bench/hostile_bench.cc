// The message of eight bytes that claims a list of 536,870,913 numbers: what refusing it costs in
// time and memory. Entry: add_hostile. Invariant: the counter rss_growth is the growth of the peak,
// not of what is left afterwards.
#include "bench/measure.h"
#include "bench/payloads.h"

#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <cstdint>
#include <fstream>
#include <string>

namespace wirejit::bench {
namespace {

// A field of list<i64>, then the count: times eight, it is 8 in 32 bits.
constexpr std::uint8_t bomb[] = {0x0f, 0x00, 0x01, 0x0a, 0x20, 0x00, 0x00, 0x01};

// Kilobytes of physical memory at the peak since reset_peak(), or -1 where the system does not say.
double peak_rss() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kilobytes = -1;
    if (word == "VmHWM:" && status >> kilobytes) {
      return kilobytes;
    }
  }
  return -1;
}

void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

// `decode` returns true if it accepts the message.
template <class F>
void refuse(benchmark::State& state, F&& decode) {
  reset_peak();
  const double before = peak_rss();
  const bool accepted = decode();
  const double growth = (peak_rss() - before) * 1024;
  if (accepted) {
    return skip(state, "the message was accepted");
  }
  measure(state, sizeof bomb, [&] { return !decode(); });
  state.counters["rss_growth"] = growth;
}

void refuse_struct(benchmark::State& state, const Engine& engine) {
  const auto decoder = engine.decoder<BenchListI64>(thrift::binary);
  if (!decoder) {
    return skip(state, decoder.error().to_string());
  }
  BenchListI64 value;
  refuse(state, [&] { return decoder->decode(Bytes(bomb), value).has_value(); });
}

void refuse_record(benchmark::State& state, const Engine& engine) {
  const Result<Schema> schema = thrift::load_text(payload_idl());
  const Result<RecordType> type =
      schema ? RecordType::make(*schema, "BenchListI64") : std::unexpected(schema.error());
  const Result<RecordCodec> codec =
      type ? RecordCodec::make(engine, *type, thrift::binary) : std::unexpected(type.error());
  if (!codec) {
    return skip(state, codec.error().to_string());
  }
  Arena arena;
  refuse(state, [&] {
    arena.reset();
    return codec->decode(Bytes(bomb), arena).has_value();
  });
}

}  // namespace

void add_hostile(const Engines& engines) {
  const auto put = [](std::string_view engine, auto body) {
    add(name("hostile", "thrift-binary", "list-i64", engine), body);
  };
  put("jit", [&](benchmark::State& s) { refuse_struct(s, engines.jit); });
  put("interp", [&](benchmark::State& s) { refuse_struct(s, engines.interp); });
  put("record-jit", [&](benchmark::State& s) { refuse_record(s, engines.jit); });
}

}  // namespace wirejit::bench
