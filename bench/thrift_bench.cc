// Thrift Binary, Compact and JSON: C++ structs and records compared with the code that the Thrift compiler
// generates.
// Entry: add_thrift. Invariant: all engines of a payload read and write the same bytes, which
// libthrift wrote, and their results are compared before anything is timed.
#include "bench/measure.h"
#include "bench/payloads.h"
#include "bench/thrift_peer.h"

#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <exception>
#include <memory>
#include <string>
#include <type_traits>

namespace wirejit::bench {
namespace {

// A format with libthrift's protocols for it.
struct BinaryWire {
  static constexpr std::string_view name = "thrift-binary";
  static const Format& format() { return thrift::binary; }
  using Default = DefaultProtocol;
  using Templates = TemplateProtocol;
};
struct CompactWire {
  static constexpr std::string_view name = "thrift-compact";
  static const Format& format() { return thrift::compact; }
  using Default = DefaultCompact;
  using Templates = TemplateCompact;
};
struct JsonWire {
  static constexpr std::string_view name = "thrift-json";
  static const Format& format() { return thrift::json; }
  using Default = JsonProtocol;
  using Templates = JsonProtocol;  // the library has no other
};

// A payload: the value, its bytes as libthrift writes them, and its type in the IDL.
template <class T, class Wire>
struct Case {
  T value = make<T>();
  std::string bytes;
  RecordType record_type;
  Problem problem;
};

// libthrift gets the value by reading what the interpreter wrote, and writes it again.
template <class T, class Wire>
std::shared_ptr<const Case<T, Wire>> make_case(const Engines& engines) {
  auto c = std::make_shared<Case<T, Wire>>();
  const auto encoder = engines.interp.encoder<T>(Wire::format());
  Buffer out;
  const Result<void> written =
      encoder ? encoder->encode(c->value, out) : Result<void>(std::unexpected(encoder.error()));
  if (!written) {
    c->problem = written.error().to_string();
    return c;
  }
  try {
    typename PeerTypes<T>::Default object;
    PeerReader<typename Wire::Default>(out.text()).read(object);
    c->bytes = PeerWriter<typename Wire::Default>().write(object);
  } catch (const std::exception& e) {
    c->problem = std::string("libthrift: ") + e.what();
  }
  const Result<Schema> schema = thrift::load_text(payload_idl());
  Result<RecordType> type =
      schema ? RecordType::make(*schema, name_of<T>().idl) : std::unexpected(schema.error());
  if (!type) {
    c->problem = type.error().to_string();
    return c;
  }
  c->record_type = std::move(*type);
  return c;
}

// ---- Encoding

template <class T, class Wire>
void encode_struct(benchmark::State& state, const Case<T, Wire>& c, const Engine& engine) {
  const auto encoder = engine.encoder<T>(Wire::format());
  if (!encoder) {
    return skip(state, encoder.error().to_string());
  }
  Buffer out;
  if (!encoder->encode(c.value, out) || out.text() != c.bytes) {
    return skip(state, "encoding differs from libthrift's");
  }
  measure(state, c.bytes.size(), [&] {
    out.clear();
    const bool ok = encoder->encode(c.value, out).has_value();
    benchmark::DoNotOptimize(out.data());
    return ok;
  });
}

template <class T, class Wire>
void encode_record(benchmark::State& state, const Case<T, Wire>& c, const Engine& engine) {
  const Result<RecordCodec> codec = engine.record_codec(c.record_type, Wire::format());
  if (!codec) {
    return skip(state, codec.error().to_string());
  }
  Arena arena;
  const Result<Record> record = codec->decode(c.bytes, arena);
  Buffer out;
  if (!record || !codec->encode(*record, out) || out.text() != c.bytes) {
    return skip(state, "encoding of the record differs from libthrift's");
  }
  measure(state, c.bytes.size(), [&] {
    out.clear();
    const bool ok = codec->encode(*record, out).has_value();
    benchmark::DoNotOptimize(out.data());
    return ok;
  });
}

template <class Object, class Protocol, class T, class Wire>
void encode_peer(benchmark::State& state, const Case<T, Wire>& c) {
  Object object;
  PeerReader<Protocol>(c.bytes).read(object);
  PeerWriter<Protocol> writer;
  if (writer.write(object) != c.bytes) {
    return skip(state, "libthrift does not write what it read");
  }
  measure(state, c.bytes.size(), [&] {
    const std::string_view out = writer.write(object);
    benchmark::DoNotOptimize(out.data());
    return true;
  });
}

// ---- Decoding

enum class Target : std::uint8_t { reused, fresh };

template <class T, class Wire>
void decode_struct(benchmark::State& state, const Case<T, Wire>& c, const Engine& engine,
                   Target target) {
  const auto decoder = engine.decoder<T>(Wire::format());
  if (!decoder) {
    return skip(state, decoder.error().to_string());
  }
  T value;
  if (!decoder->decode(c.bytes, value) || value != c.value) {
    return skip(state, "the decoded value differs");
  }
  if (target == Target::reused) {
    measure(state, c.bytes.size(), [&] {
      const bool ok = decoder->decode(c.bytes, value).has_value();
      benchmark::DoNotOptimize(&value);
      return ok;
    });
  } else {
    measure(state, c.bytes.size(), [&] {
      T fresh;
      const bool ok = decoder->decode(c.bytes, fresh).has_value();
      benchmark::DoNotOptimize(&fresh);
      return ok;
    });
  }
}

enum class Strings : std::uint8_t { alias, copy };

Options aliasing(Strings strings) {
  Options options;
  options.alias_input = strings == Strings::alias;
  return options;
}

template <class T, class Wire>
void decode_record(benchmark::State& state, const Case<T, Wire>& c, const Engine& engine,
                   Strings strings) {
  const Result<RecordCodec> codec =
      engine.record_codec(c.record_type, Wire::format(), aliasing(strings));
  if (!codec) {
    return skip(state, codec.error().to_string());
  }
  Arena arena;
  Result<Record> record = codec->decode(c.bytes, arena);
  Buffer out;
  if (!record || !codec->encode(*record, out) || out.text() != c.bytes) {
    return skip(state, "the decoded record is not written as it was");
  }
  measure(state, c.bytes.size(), [&] {
    arena.reset();
    const Result<Record> read = codec->decode(c.bytes, arena);
    benchmark::DoNotOptimize(&read);
    return read.has_value();
  });
}

template <class Object, class Protocol, class T, class Wire>
void decode_peer(benchmark::State& state, const Case<T, Wire>& c, Target target) {
  PeerReader<Protocol> reader(c.bytes);
  Object object;
  reader.read(object);
  if (PeerWriter<Protocol>().write(object) != c.bytes) {
    return skip(state, "libthrift does not write what it read");
  }
  if (target == Target::reused) {
    measure(state, c.bytes.size(), [&] {
      reader.read(object);
      benchmark::DoNotOptimize(&object);
      return true;
    });
  } else {
    measure(state, c.bytes.size(), [&] {
      Object fresh;
      reader.read(fresh);
      benchmark::DoNotOptimize(&fresh);
      return true;
    });
  }
}

// ---- All engines of a payload

template <class T, class Wire>
class Payload {
 public:
  explicit Payload(const Engines& engines) : engines_(engines), case_(make_case<T, Wire>(engines)) {
    benchmark::AddCustomContext(
        "bytes of " + std::string(name_of<T>().benchmark) + " in " + std::string(Wire::name),
        std::to_string(case_->bytes.size()));
  }

  void add_encode() const {
    put("encode", "jit", [](auto& s, auto& c, auto& e) { encode_struct(s, c, e.jit); });
    put("encode", "interp", [](auto& s, auto& c, auto& e) { encode_struct(s, c, e.interp); });
    put("encode", "record-jit", [](auto& s, auto& c, auto& e) { encode_record(s, c, e.jit); });
    put("encode", "record-interp",
        [](auto& s, auto& c, auto& e) { encode_record(s, c, e.interp); });
    put("encode", "libthrift",
        [](auto& s, auto& c, auto&) { encode_peer<Default, typename Wire::Default>(s, c); });
    if constexpr (has_templates) {
      put("encode", "libthrift-templates",
          [](auto& s, auto& c, auto&) { encode_peer<Templates, typename Wire::Templates>(s, c); });
    }
  }

  void add_decode() const {
    for (const Target t : {Target::reused, Target::fresh}) {
      const std::string fresh = t == Target::fresh ? "-fresh" : "";
      put("decode", "jit" + fresh,
          [t](auto& s, auto& c, auto& e) { decode_struct(s, c, e.jit, t); });
      put("decode", "interp" + fresh,
          [t](auto& s, auto& c, auto& e) { decode_struct(s, c, e.interp, t); });
      put("decode", "libthrift" + fresh,
          [t](auto& s, auto& c, auto&) { decode_peer<Default, typename Wire::Default>(s, c, t); });
      if constexpr (has_templates) {
        put("decode", "libthrift-templates" + fresh, [t](auto& s, auto& c, auto&) {
          decode_peer<Templates, typename Wire::Templates>(s, c, t);
        });
      }
    }
    for (const Strings strings : {Strings::alias, Strings::copy}) {
      const std::string copy = strings == Strings::copy ? "-copy" : "";
      put("decode", "record-jit" + copy,
          [strings](auto& s, auto& c, auto& e) { decode_record(s, c, e.jit, strings); });
      put("decode", "record-interp" + copy,
          [strings](auto& s, auto& c, auto& e) { decode_record(s, c, e.interp, strings); });
    }
  }

 private:
  using Default = typename PeerTypes<T>::Default;
  using Templates = typename PeerTypes<T>::Templates;
  static constexpr bool has_templates =
      !std::is_same_v<typename Wire::Default, typename Wire::Templates>;

  template <class F>
  void put(std::string_view operation, const std::string& engine, F body) const {
    add(name(operation, Wire::name, name_of<T>().benchmark, engine),
        [body, c = case_, &engines = engines_](benchmark::State& state) {
          c->problem.empty() ? body(state, *c, engines) : skip(state, c->problem);
        });
  }

  const Engines& engines_;
  std::shared_ptr<const Case<T, Wire>> case_;
};

template <class T, class Wire>
void add_payload(const Engines& engines) {
  const Payload<T, Wire> payload(engines);
  payload.add_encode();
  payload.add_decode();
}

template <class Wire>
void add_payloads(const Engines& engines) {
  add_payload<BenchSmall, Wire>(engines);
  add_payload<BenchNested, Wire>(engines);
  add_payload<BenchListI64, Wire>(engines);
  add_payload<BenchListDouble, Wire>(engines);
  add_payload<BenchMapStringI64, Wire>(engines);
  add_payload<BenchSparse, Wire>(engines);
}

}  // namespace

void add_thrift(const Engines& engines) {
  add_payloads<BinaryWire>(engines);
  add_payloads<CompactWire>(engines);
  add_payload<BenchMixedI64, CompactWire>(engines);
  add_payload<BenchFooter, CompactWire>(engines);
  add_payload<BenchSmall, JsonWire>(engines);
  add_payload<BenchNested, JsonWire>(engines);
}

}  // namespace wirejit::bench
