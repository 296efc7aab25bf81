// Messages with long binaries, written to a Chain: copied, and by reference.
// Entry: add_chain. Invariant: what is written is compared with libthrift's bytes before it is timed.
#include "bench/measure.h"
#include "bench/payloads.h"
#include "bench/random.h"
#include "bench/thrift_peer.h"

#include <wirejit/chain.h>
#include <wirejit/thrift.h>

#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace wirejit::bench {
namespace {

constexpr std::size_t blob_size = std::size_t{64} << 10;
constexpr std::size_t blobs = 4;      // of a message
constexpr std::size_t messages = 16;  // used in turn: 4 MiB

struct Large {
  std::vector<BenchNested> values;
  std::vector<std::string> bytes;  // as libthrift writes them
  std::vector<peer_default::BenchNested> peers;
  std::vector<peer_templates::BenchNested> template_peers;
  Problem problem;
};

std::vector<BenchNested> large_values() {
  Random random(64);
  std::vector<BenchNested> values(messages);
  for (BenchNested& value : values) {
    value.name = "a message with long binaries";
    for (std::size_t k = 0; k < blobs; ++k) {
      BenchSimple& item = value.items.emplace_back();
      item.id = random.between(0, 1000000);
      item.name = "blob";
      item.blob = random.bytes(blob_size, blob_size + 99);
    }
  }
  return values;
}

std::shared_ptr<const Large> make_large(const Engines& engines) {
  auto large = std::make_shared<Large>();
  large->values = large_values();
  const auto encoder = engines.interp.encoder<BenchNested>(thrift::binary);
  for (const BenchNested& value : large->values) {
    Buffer out;
    if (!encoder || !encoder->encode(value, out)) {
      large->problem = "the interpreter does not write the message";
      return large;
    }
    try {
      PeerReader<DefaultProtocol>(out.text()).read(large->peers.emplace_back());
      PeerReader<TemplateProtocol>(out.text()).read(large->template_peers.emplace_back());
      large->bytes.emplace_back(PeerWriter<DefaultProtocol>().write(large->peers.back()));
    } catch (const std::exception& e) {
      large->problem = std::string("libthrift: ") + e.what();
      return large;
    }
  }
  return large;
}

std::size_t average(const Large& large) {
  std::size_t total = 0;
  for (const std::string& bytes : large.bytes) {
    total += bytes.size();
  }
  return total / large.bytes.size();
}

// Times `write(k)`, which writes message k.
template <class F>
void time_all(benchmark::State& state, const Large& large, F write) {
  Rotation rotation(large.values.size());
  measure(state, average(large), [&] { return write(rotation.next()); });
}

void to_buffer(benchmark::State& state, const Large& large, const Engine& engine) {
  const auto encoder = engine.encoder<BenchNested>(thrift::binary);
  Buffer out;
  const auto write = [&](std::size_t k) {
    out.clear();
    const bool ok = encoder->encode(large.values[k], out).has_value();
    benchmark::DoNotOptimize(out.data());
    return ok;
  };
  if (!encoder || !write(1) || out.text() != large.bytes[1]) {
    return skip(state, "encoding differs from libthrift's");
  }
  time_all(state, large, write);
}

// `min_bytes` as in ByReference.
void to_chain(benchmark::State& state, const Large& large, const Engine& engine,
              std::size_t min_bytes) {
  const auto encoder = engine.encoder<BenchNested>(thrift::binary);
  const ChainOwner owner = std::make_shared<int>(0);
  const CallOptions call{.by_reference = {.min_bytes = min_bytes, .owner = &owner}};
  Chain out;
  const auto write = [&](std::size_t k) {
    out.clear();
    const bool ok = encoder->encode(large.values[k], out, call).has_value();
    benchmark::DoNotOptimize(out.spans().data());
    return ok;
  };
  std::string written;
  if (encoder && write(1)) {
    for (const Bytes segment : out.spans()) {
      written += as_text(segment);
    }
  }
  if (written != large.bytes[1]) {
    return skip(state, "encoding differs from libthrift's");
  }
  time_all(state, large, write);
}

template <class Protocol, class Object>
void by_peer(benchmark::State& state, const Large& large, const std::vector<Object>& objects) {
  PeerWriter<Protocol> writer;
  if (writer.write(objects[1]) != large.bytes[1]) {
    return skip(state, "libthrift does not write what it read");
  }
  time_all(state, large, [&](std::size_t k) {
    const std::string_view out = writer.write(objects[k]);
    benchmark::DoNotOptimize(out.data());
    return true;
  });
}

}  // namespace

void add_chain(const Engines& engines) {
  const auto put = [&, large = make_large(engines)](std::string_view engine, auto body) {
    add(name("encode", "thrift-binary", "large-strings", engine),
        [body, large, &engines](benchmark::State& state) {
          large->problem.empty() ? body(state, *large, engines) : skip(state, large->problem);
        });
  };
  put("jit", [](auto& s, auto& l, auto& e) { to_buffer(s, l, e.jit); });
  put("jit-chain", [](auto& s, auto& l, auto& e) { to_chain(s, l, e.jit, 0); });
  put("jit-by-reference", [](auto& s, auto& l, auto& e) { to_chain(s, l, e.jit, 4096); });
  put("interp", [](auto& s, auto& l, auto& e) { to_buffer(s, l, e.interp); });
  put("interp-by-reference", [](auto& s, auto& l, auto& e) { to_chain(s, l, e.interp, 4096); });
  put("libthrift", [](auto& s, auto& l, auto&) { by_peer<DefaultProtocol>(s, l, l.peers); });
  put("libthrift-templates",
      [](auto& s, auto& l, auto&) { by_peer<TemplateProtocol>(s, l, l.template_peers); });
}

}  // namespace wirejit::bench
