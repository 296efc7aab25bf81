// The cost of rejecting a message: time and memory for one of eight bytes that claims a list of
// 536,870,913 numbers, and time for small malformed ones with schemas of many structs.
// Entry: add_hostile. Invariant: the counter rss_growth is the growth of the process's peak of
// memory; rejections are timed from the second failure on.
#include "bench/measure.h"
#include "bench/payloads.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <cstdint>
#include <fstream>
#include <string>

namespace wirejit::bench {
namespace {

// A field of list<i64>, then the count: eight times the count is 8 in 32-bit arithmetic.
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
void reject(benchmark::State& state, F&& decode) {
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

void reject_struct(benchmark::State& state, const Engine& engine) {
  const auto decoder = engine.decoder<BenchListI64>(thrift::binary);
  if (!decoder) {
    return skip(state, decoder.error().to_string());
  }
  BenchListI64 value;
  reject(state, [&] { return decoder->decode(Bytes(bomb), value).has_value(); });
}

void reject_record(benchmark::State& state, const Engine& engine) {
  const Result<Schema> schema = thrift::load_text(payload_idl());
  const Result<RecordType> type =
      schema ? RecordType::make(*schema, "BenchListI64") : std::unexpected(schema.error());
  const Result<RecordCodec> codec =
      type ? engine.record_codec(*type, thrift::binary) : std::unexpected(type.error());
  if (!codec) {
    return skip(state, codec.error().to_string());
  }
  Arena arena;
  reject(state, [&] {
    arena.reset();
    return codec->decode(Bytes(bomb), arena).has_value();
  });
}

// Structs S0, S1, ... of 20 optional fields each, the last three of which are further structs.
std::string many_structs(int n) {
  std::string idl;
  for (int i = n - 1; i >= 0; --i) {
    idl += "struct S" + std::to_string(i) + " {";
    for (int k = 1; k <= 20; ++k) {
      const int child = 3 * i + k - 17;
      const bool nests = k > 17 && child < n;
      idl += std::to_string(k) + ": optional " + (nests ? "S" + std::to_string(child) : "i32") +
             " f" + std::to_string(k) + ";";
    }
    idl += "}\n";
  }
  return idl;
}

void reject_text(benchmark::State& state, const Engine& engine, int structs) {
  constexpr std::string_view bad = R"({"f1":1,"f2":x})";
  const Result<Schema> schema = thrift::load_text(many_structs(structs));
  const Result<RecordType> type =
      schema ? RecordType::make(*schema, "S0") : std::unexpected(schema.error());
  const Result<RecordCodec> codec =
      type ? engine.record_codec(*type, json::text) : std::unexpected(type.error());
  if (!codec) {
    return skip(state, codec.error().to_string());
  }
  Arena arena;
  const auto rejects = [&] {
    arena.reset();
    return !codec->decode(bad, arena).has_value();
  };
  if (!rejects()) {
    return skip(state, "the message was accepted");
  }
  measure(state, bad.size(), rejects);
}

// A set of descriptors that is one bad byte.
void reject_descriptors(benchmark::State& state) {
  constexpr std::uint8_t bad[] = {0x0a};
  if (pb::load(Bytes(bad))) {
    return skip(state, "the descriptors were accepted");
  }
  measure(state, sizeof bad, [&] { return !pb::load(Bytes(bad)).has_value(); });
}

}  // namespace

void add_hostile(const Engines& engines) {
  const auto put = [](std::string_view engine, auto body) {
    add(name("hostile", "thrift-binary", "list-i64", engine), body);
  };
  put("jit", [&](benchmark::State& s) { reject_struct(s, engines.jit); });
  put("interp", [&](benchmark::State& s) { reject_struct(s, engines.interp); });
  put("record-jit", [&](benchmark::State& s) { reject_record(s, engines.jit); });
  // With default options, as the code for 300 structs is too large for EngineOptions::Kind::jit.
  for (const int structs : {1, 100, 300}) {
    const std::string payload = std::to_string(structs) + "-structs";
    add(name("reject", "json-to-record", payload, "jit"),
        [structs](benchmark::State& s) { reject_text(s, Engine(), structs); });
    add(name("reject", "json-to-record", payload, "interp"),
        [&, structs](benchmark::State& s) { reject_text(s, engines.interp, structs); });
  }
  add(name("reject", "protobuf-descriptors", "one-byte", "load"), reject_descriptors);
}

}  // namespace wirejit::bench
