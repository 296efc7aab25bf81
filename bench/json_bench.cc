// JSON: C++ structs and records compared with JSON libraries bound by hand, on 1,024 different
// messages in turn. Entry: add_json. Invariant: all readers read the same texts, which RapidJSON
// wrote with the keys in the order of the fields; every reader's values and every writer's texts are
// compared before anything is timed.
#include "bench/json_peers.h"
#include "bench/measure.h"
#include "bench/payloads.h"

#include <wirejit/json.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::bench {
namespace {

struct Mix {
  std::vector<BenchMix> values = small_mix();
  std::vector<PaddedText> texts;
  std::size_t average = 0;  // bytes of a text
  RecordType record_type;
  Problem problem;
};

std::shared_ptr<const Mix> make_mix() {
  auto mix = std::make_shared<Mix>();
  RapidjsonWriter writer;
  for (const BenchMix& value : mix->values) {
    mix->texts.emplace_back(writer.write(value));
    mix->average += mix->texts.back().text().size();
  }
  mix->average /= mix->values.size();
  const Result<Schema> schema = thrift::load_text(payload_idl());
  Result<RecordType> type =
      schema ? RecordType::make(*schema, "BenchMix") : std::unexpected(schema.error());
  if (type) {
    mix->record_type = std::move(*type);
  } else {
    mix->problem = type.error().to_string();
  }
  return mix;
}

// ---- Reading

enum class Target : std::uint8_t { reused, fresh };

// `read(text, value)` returns false for an error.
template <class Read>
void time_reading(benchmark::State& state, const Mix& mix, Target target, Read&& read) {
  BenchMix value;
  for (std::size_t i = 0; i < mix.texts.size(); ++i) {
    if (!read(mix.texts[i], value) || value != mix.values[i]) {
      return skip(state, "message " + std::to_string(i) + " is not read as it was written");
    }
  }
  Rotation turn(mix.texts.size());
  if (target == Target::reused) {
    measure(state, mix.average, [&] {
      const bool ok = read(mix.texts[turn.next()], value);
      benchmark::DoNotOptimize(&value);
      return ok;
    });
  } else {
    measure(state, mix.average, [&] {
      BenchMix fresh;
      const bool ok = read(mix.texts[turn.next()], fresh);
      benchmark::DoNotOptimize(&fresh);
      return ok;
    });
  }
}

void read_struct(benchmark::State& state, const Mix& mix, const Engine& engine, Target target) {
  const auto decoder = engine.decoder<BenchMix>(json::text);
  if (!decoder) {
    return skip(state, decoder.error().to_string());
  }
  time_reading(state, mix, target, [&](const PaddedText& text, BenchMix& value) {
    return decoder->decode(text.text(), value).has_value();
  });
}

template <class Reader>
void read_peer(benchmark::State& state, const Mix& mix, Target target) {
  Reader reader;
  time_reading(state, mix, target,
               [&](const PaddedText& text, BenchMix& value) { return reader.read(text, value); });
}

enum class Strings : std::uint8_t { alias, copy };

Options aliasing(Strings strings) {
  Options options;
  options.alias_input = strings == Strings::alias;
  return options;
}

void read_record(benchmark::State& state, const Mix& mix, const Engine& engine, Strings strings) {
  const Result<RecordCodec> codec =
      engine.record_codec(mix.record_type, json::text, aliasing(strings));
  const auto decoder = engine.decoder<BenchMix>(json::text);
  if (!codec || !decoder) {
    return skip(state, codec ? decoder.error().to_string() : codec.error().to_string());
  }
  Arena arena;
  for (std::size_t i = 0; i < mix.texts.size(); ++i) {
    arena.reset();
    const Result<Record> record = codec->decode(mix.texts[i].text(), arena);
    Buffer out;
    BenchMix value;
    if (!record || !codec->encode(*record, out) || !decoder->decode(out, value) ||
        value != mix.values[i]) {
      return skip(state, "message " + std::to_string(i) + " does not survive as a record");
    }
  }
  Rotation turn(mix.texts.size());
  measure(state, mix.average, [&] {
    arena.reset();
    const Result<Record> record = codec->decode(mix.texts[turn.next()].text(), arena);
    benchmark::DoNotOptimize(&record);
    return record.has_value();
  });
}

// ---- Writing

// `write(i)` returns the text of message i, or nothing if it fails.
template <class Write>
void time_writing(benchmark::State& state, const Mix& mix, Write&& write) {
  NlohmannReader reader;
  for (std::size_t i = 0; i < mix.values.size(); ++i) {
    BenchMix value;
    if (!reader.read(PaddedText(write(i)), value) || value != mix.values[i]) {
      return skip(state, "message " + std::to_string(i) + " is not read as it was written");
    }
  }
  Rotation turn(mix.values.size());
  measure(state, mix.average, [&] {
    const std::string_view text = write(turn.next());
    benchmark::DoNotOptimize(text.data());
    return !text.empty();
  });
}

void write_struct(benchmark::State& state, const Mix& mix, const Engine& engine) {
  const auto encoder = engine.encoder<BenchMix>(json::text);
  if (!encoder) {
    return skip(state, encoder.error().to_string());
  }
  Buffer out;
  time_writing(state, mix, [&](std::size_t i) {
    out.clear();
    return encoder->encode(mix.values[i], out) ? out.text() : std::string_view{};
  });
}

void write_record(benchmark::State& state, const Mix& mix, const Engine& engine) {
  const Result<RecordCodec> codec = engine.record_codec(mix.record_type, json::text);
  if (!codec) {
    return skip(state, codec.error().to_string());
  }
  Arena arena;
  std::vector<Record> records;
  for (const PaddedText& text : mix.texts) {
    const Result<Record> record = codec->decode(text.text(), arena);
    if (!record) {
      return skip(state, record.error().to_string());
    }
    records.push_back(*record);
  }
  Buffer out;
  time_writing(state, mix, [&](std::size_t i) {
    out.clear();
    return codec->encode(records[i], out) ? out.text() : std::string_view{};
  });
}

template <class Writer>
void write_peer(benchmark::State& state, const Mix& mix) {
  Writer writer;
  time_writing(state, mix, [&](std::size_t i) { return writer.write(mix.values[i]); });
}

}  // namespace

void add_json(const Engines& engines) {
  const std::shared_ptr<const Mix> mix = make_mix();
  benchmark::AddCustomContext("bytes of small-mix in json, on average",
                              std::to_string(mix->average));
  benchmark::AddCustomContext("simdjson", SimdjsonReader::implementation());
  const auto put = [&](std::string_view operation, const std::string& engine, auto body) {
    add(name(operation, "json", "small-mix", engine),
        [mix, body, &engines](benchmark::State& state) {
          mix->problem.empty() ? body(state, *mix, engines) : skip(state, mix->problem);
        });
  };
  for (const Target t : {Target::reused, Target::fresh}) {
    const std::string fresh = t == Target::fresh ? "-fresh" : "";
    put("decode", "jit" + fresh, [t](auto& s, auto& m, auto& e) { read_struct(s, m, e.jit, t); });
    put("decode", "interp" + fresh,
        [t](auto& s, auto& m, auto& e) { read_struct(s, m, e.interp, t); });
    put("decode", "simdjson" + fresh,
        [t](auto& s, auto& m, auto&) { read_peer<SimdjsonReader>(s, m, t); });
    put("decode", "rapidjson" + fresh,
        [t](auto& s, auto& m, auto&) { read_peer<RapidjsonReader>(s, m, t); });
    put("decode", "nlohmann" + fresh,
        [t](auto& s, auto& m, auto&) { read_peer<NlohmannReader>(s, m, t); });
  }
  for (const Strings c : {Strings::alias, Strings::copy}) {
    const std::string copy = c == Strings::copy ? "-copy" : "";
    put("decode", "record-jit" + copy,
        [c](auto& s, auto& m, auto& e) { read_record(s, m, e.jit, c); });
    put("decode", "record-interp" + copy,
        [c](auto& s, auto& m, auto& e) { read_record(s, m, e.interp, c); });
  }
  put("encode", "jit", [](auto& s, auto& m, auto& e) { write_struct(s, m, e.jit); });
  put("encode", "interp", [](auto& s, auto& m, auto& e) { write_struct(s, m, e.interp); });
  put("encode", "record-jit", [](auto& s, auto& m, auto& e) { write_record(s, m, e.jit); });
  put("encode", "record-interp", [](auto& s, auto& m, auto& e) { write_record(s, m, e.interp); });
  put("encode", "rapidjson", [](auto& s, auto& m, auto&) { write_peer<RapidjsonWriter>(s, m); });
  put("encode", "nlohmann", [](auto& s, auto& m, auto&) { write_peer<NlohmannWriter>(s, m); });
}

}  // namespace wirejit::bench
