// Protobuf: records and C++ structs compared with the official library's generated code and its
// DynamicMessage. Entry: add_protobuf. Invariant: all engines of a payload read the same bytes, in
// turn where there are several messages, and their results are compared with the official library's
// before anything is timed.
#include "bench/measure.h"
#include "bench/protobuf_payloads.h"
#include "bench/protobuf_structs.h"
#include "tests/support/protobuf_support.h"

#include <wirejit/pb.h>
#include <wirejit/record_codec.h>

#include <google/protobuf/arena.h>
#include <google/protobuf/dynamic_message.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::bench {
namespace {

namespace gp = google::protobuf;
using Payload = ProtobufPayload;

enum class Target : std::uint8_t { reused, fresh };
enum class Strings : std::uint8_t { alias, copy };

Options aliasing(Strings strings) {
  Options options;
  options.alias_input = strings == Strings::alias;
  return options;
}

// A codec for each of the payload's types; if one cannot be made, none, and the
// benchmark is skipped.
std::vector<RecordCodec> record_codecs(benchmark::State& state, const Payload& p,
                                       const Engine& engine, const Options& options) {
  std::vector<RecordCodec> codecs;
  for (const ProtobufType& type : p.types) {
    Result<RecordCodec> codec = engine.record_codec(type.record, pb::wire, options);
    if (!codec) {
      skip(state, codec.error().to_string());
      return {};
    }
    codecs.push_back(*std::move(codec));
  }
  return codecs;
}

// ---- The official library

// A prototype for each of the payload's types.
using Prototypes = std::vector<const gp::Message*>;
using Objects = std::vector<std::unique_ptr<gp::Message>>;

Prototypes generated(const Payload& p) {
  Prototypes all;
  for (const ProtobufType& type : p.types) {
    all.push_back(type.prototype);
  }
  return all;
}

Prototypes dynamic(const Payload& p, gp::DynamicMessageFactory& factory) {
  Prototypes all;
  for (const ProtobufType& type : p.types) {
    all.push_back(factory.GetPrototype(type.prototype->GetDescriptor()));
  }
  return all;
}

bool parse(gp::Message& object, std::string_view bytes) {
  return object.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

// ---- Decoding

// `check(message)` decodes a message and returns whether the result is right; `read(message)` decodes
// it and returns false for an error.
template <class Check, class Read>
void time_reading(benchmark::State& state, const Payload& p, Check&& check, Read&& read) {
  for (std::size_t i = 0; i < p.messages.size(); ++i) {
    if (!check(p.messages[i])) {
      return skip(state, "message " + std::to_string(i) + " is misread");
    }
  }
  Rotation turn(p.messages.size());
  measure(state, p.average_bytes(), [&] { return read(p.messages[turn.next()]); });
}

void decode_record(benchmark::State& state, const Payload& p, const Engine& engine,
                   Strings strings) {
  const std::vector<RecordCodec> codecs = record_codecs(state, p, engine, aliasing(strings));
  if (codecs.empty()) {
    return;
  }
  Arena arena;
  const auto decode = [&](const ProtobufMessage& m) {
    arena.reset();
    return codecs[m.type].decode(m.bytes, arena);
  };
  const auto check = [&](const ProtobufMessage& m) {
    const Result<Record> record = decode(m);
    Buffer out;
    return record && codecs[m.type].encode(*record, out) && p.means(m, out.text());
  };
  time_reading(state, p, check, [&](const ProtobufMessage& m) {
    const Result<Record> record = decode(m);
    benchmark::DoNotOptimize(&record);
    return record.has_value();
  });
}

template <class T>
void decode_struct(benchmark::State& state, const Payload& p, const Engine& engine, Target target) {
  const auto codec = engine.codec<T>(pb::wire);
  if (!codec) {
    return skip(state, codec.error().to_string());
  }
  T object;
  const auto check = [&](const ProtobufMessage& m) {
    Buffer out;
    return codec->decode(m.bytes, object) && codec->encode(object, out) && p.means(m, out.text());
  };
  if (target == Target::reused) {
    time_reading(state, p, check, [&](const ProtobufMessage& m) {
      const bool ok = codec->decode(m.bytes, object).has_value();
      benchmark::DoNotOptimize(&object);
      return ok;
    });
  } else {
    time_reading(state, p, check, [&](const ProtobufMessage& m) {
      T fresh;
      const bool ok = codec->decode(m.bytes, fresh).has_value();
      benchmark::DoNotOptimize(&fresh);
      return ok;
    });
  }
}

void decode_peer(benchmark::State& state, const Payload& p, const Prototypes& prototypes) {
  Objects objects;
  for (const gp::Message* prototype : prototypes) {
    objects.emplace_back(prototype->New());
  }
  const auto check = [&](const ProtobufMessage& m) {
    return parse(*objects[m.type], m.bytes) && test::serialized(*objects[m.type]) == m.canonical;
  };
  time_reading(state, p, check, [&](const ProtobufMessage& m) {
    const bool ok = parse(*objects[m.type], m.bytes);
    benchmark::DoNotOptimize(objects[m.type].get());
    return ok;
  });
}

// The first block is large enough for every message, so that no other is allocated.
void decode_peer_arena(benchmark::State& state, const Payload& p) {
  std::uint64_t largest = 0;
  for (const ProtobufMessage& m : p.messages) {
    gp::Arena arena;
    parse(*p.types[m.type].prototype->New(&arena), m.bytes);
    largest = std::max(largest, arena.SpaceAllocated());
  }
  std::vector<char> block(2 * largest);
  gp::ArenaOptions options;
  options.initial_block = block.data();
  options.initial_block_size = block.size();
  gp::Arena arena(options);
  const auto decode = [&](const ProtobufMessage& m) -> gp::Message* {
    arena.Reset();
    gp::Message* const object = p.types[m.type].prototype->New(&arena);
    return parse(*object, m.bytes) ? object : nullptr;
  };
  const auto check = [&](const ProtobufMessage& m) {
    const gp::Message* const object = decode(m);
    return object != nullptr && test::serialized(*object) == m.canonical &&
           arena.SpaceAllocated() == block.size();
  };
  time_reading(state, p, check, [&](const ProtobufMessage& m) {
    const gp::Message* const object = decode(m);
    benchmark::DoNotOptimize(object);
    return object != nullptr;
  });
}

void decode_peer_fresh(benchmark::State& state, const Payload& p) {
  const auto read = [&](const ProtobufMessage& m) { return p.types[m.type].parse_fresh(m.bytes); };
  time_reading(state, p, read, read);
}

void copy_bytes(benchmark::State& state, const Payload& p) {
  std::vector<char> copy;
  for (const ProtobufMessage& m : p.messages) {
    copy.resize(std::max(copy.size(), m.bytes.size()));
  }
  const auto read = [&](const ProtobufMessage& m) {
    std::memcpy(copy.data(), m.bytes.data(), m.bytes.size());
    benchmark::DoNotOptimize(copy.data());
    return true;
  };
  const auto check = [&](const ProtobufMessage& m) {
    return read(m) && m.bytes == std::string_view(copy.data(), m.bytes.size());
  };
  time_reading(state, p, check, read);
}

// ---- Encoding

// `write(i)` returns the bytes of message i, or nothing if it fails.
template <class Write>
void time_writing(benchmark::State& state, const Payload& p, Write&& write) {
  for (std::size_t i = 0; i < p.messages.size(); ++i) {
    if (!p.means(p.messages[i], write(i))) {
      return skip(state, "what is written of message " + std::to_string(i) + " differs");
    }
  }
  Rotation turn(p.messages.size());
  measure(state, p.average_bytes(), [&] {
    const std::string_view bytes = write(turn.next());
    benchmark::DoNotOptimize(bytes.data());
    return !bytes.empty();
  });
}

void encode_record(benchmark::State& state, const Payload& p, const Engine& engine) {
  const std::vector<RecordCodec> codecs = record_codecs(state, p, engine, {});
  if (codecs.empty()) {
    return;
  }
  Arena arena;
  std::vector<Record> records;
  for (const ProtobufMessage& m : p.messages) {
    const Result<Record> record = codecs[m.type].decode(m.bytes, arena);
    if (!record) {
      return skip(state, record.error().to_string());
    }
    records.push_back(*record);
  }
  Buffer out;
  time_writing(state, p, [&](std::size_t i) {
    out.clear();
    return codecs[p.messages[i].type].encode(records[i], out) ? out.text() : std::string_view{};
  });
}

template <class T>
void encode_struct(benchmark::State& state, const Payload& p, const Engine& engine) {
  const auto codec = engine.codec<T>(pb::wire);
  if (!codec) {
    return skip(state, codec.error().to_string());
  }
  std::vector<T> objects(p.messages.size());
  for (std::size_t i = 0; i < objects.size(); ++i) {
    if (const Result<void> done = codec->decode(p.messages[i].bytes, objects[i]); !done) {
      return skip(state, done.error().to_string());
    }
  }
  Buffer out;
  time_writing(state, p, [&](std::size_t i) {
    out.clear();
    return codec->encode(objects[i], out) ? out.text() : std::string_view{};
  });
}

// Into existing memory, by the two functions that all others of the official library call.
void encode_peer(benchmark::State& state, const Payload& p, const Prototypes& prototypes) {
  Objects objects;
  for (const ProtobufMessage& m : p.messages) {
    objects.emplace_back(prototypes[m.type]->New());
    if (!parse(*objects.back(), m.bytes)) {
      return skip(state, "libprotobuf does not read a payload");
    }
  }
  std::vector<std::uint8_t> out;
  time_writing(state, p, [&](std::size_t i) {
    const std::size_t size = objects[i]->ByteSizeLong();
    if (out.size() < size) {
      out.resize(size);
    }
    objects[i]->SerializeWithCachedSizesToArray(out.data());
    return std::string_view(reinterpret_cast<const char*>(out.data()), size);
  });
}

// ---- All engines of a payload

class Rows {
 public:
  Rows(const Engines& engines, std::shared_ptr<const Payload> payload)
      : engines_(engines), payload_(std::move(payload)) {
    const std::string what =
        payload_->messages.size() > 1 ? " in protobuf, on average" : " in protobuf";
    benchmark::AddCustomContext("bytes of " + payload_->name + what,
                                std::to_string(payload_->average_bytes()));
  }

  void add_records() const {
    for (const Strings c : {Strings::alias, Strings::copy}) {
      const std::string copy = c == Strings::copy ? "-copy" : "";
      put("decode", "record-jit" + copy,
          [c](auto& s, auto& p, auto& e) { decode_record(s, p, e.jit, c); });
      put("decode", "record-interp" + copy,
          [c](auto& s, auto& p, auto& e) { decode_record(s, p, e.interp, c); });
    }
    put("encode", "record-jit", [](auto& s, auto& p, auto& e) { encode_record(s, p, e.jit); });
    put("encode", "record-interp",
        [](auto& s, auto& p, auto& e) { encode_record(s, p, e.interp); });
  }

  template <class T>
  void add_structs() const {
    for (const Target t : {Target::reused, Target::fresh}) {
      const std::string fresh = t == Target::fresh ? "-fresh" : "";
      put("decode", "jit" + fresh,
          [t](auto& s, auto& p, auto& e) { decode_struct<T>(s, p, e.jit, t); });
      put("decode", "interp" + fresh,
          [t](auto& s, auto& p, auto& e) { decode_struct<T>(s, p, e.interp, t); });
    }
    put("encode", "jit", [](auto& s, auto& p, auto& e) { encode_struct<T>(s, p, e.jit); });
    put("encode", "interp", [](auto& s, auto& p, auto& e) { encode_struct<T>(s, p, e.interp); });
  }

  void add_peers() const {
    put("decode", "libprotobuf", [](auto& s, auto& p, auto&) { decode_peer(s, p, generated(p)); });
    put("decode", "libprotobuf-arena", [](auto& s, auto& p, auto&) { decode_peer_arena(s, p); });
    put("decode", "libprotobuf-fresh", [](auto& s, auto& p, auto&) { decode_peer_fresh(s, p); });
    put("decode", "dynamicmessage", [](auto& s, auto& p, auto&) {
      gp::DynamicMessageFactory factory;
      decode_peer(s, p, dynamic(p, factory));
    });
    put("encode", "libprotobuf", [](auto& s, auto& p, auto&) { encode_peer(s, p, generated(p)); });
    put("encode", "dynamicmessage", [](auto& s, auto& p, auto&) {
      gp::DynamicMessageFactory factory;
      encode_peer(s, p, dynamic(p, factory));
    });
  }

  void add_memcpy() const {
    put("decode", "memcpy", [](auto& s, auto& p, auto&) { copy_bytes(s, p); });
  }

 private:
  template <class F>
  void put(std::string_view operation, const std::string& engine, F body) const {
    add(name(operation, "protobuf", payload_->name, engine),
        [body, p = payload_, &engines = engines_](benchmark::State& state) {
          body(state, *p, engines);
        });
  }

  const Engines& engines_;
  std::shared_ptr<const Payload> payload_;
};

void add_structs(const Rows& rows, std::string_view payload) {
  if (payload == "order") {
    rows.add_structs<ProtobufOrder>();
  } else if (payload == "telemetry") {
    rows.add_structs<ProtobufTelemetry>();
  } else if (payload == "packed-int") {
    rows.add_structs<ProtobufPackedInt>();
  } else if (payload == "packed-double") {
    rows.add_structs<ProtobufPackedDouble>();
  } else if (payload == "strings") {
    rows.add_structs<ProtobufStrings>();
  } else if (payload == "deep") {
    rows.add_structs<ProtobufDeep>();
  } else if (payload == "sparse") {
    rows.add_structs<ProtobufSparse>();
  }
}

}  // namespace

void add_protobuf(const Engines& engines) {
  for (ProtobufPayload& payload : protobuf_payloads()) {
    const auto shared = std::make_shared<const ProtobufPayload>(std::move(payload));
    const Rows rows(engines, shared);
    rows.add_records();
    add_structs(rows, shared->name);
    rows.add_peers();
    if (shared->name.starts_with("packed-")) {
      rows.add_memcpy();
    }
  }
}

}  // namespace wirejit::bench
