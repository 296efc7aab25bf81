// Finding the end of a value without its schema: 16 MB, in pieces of several sizes and in one call,
// compared with libthrift's skip and simdjson. Entry: add_skip. Invariant: an engine is timed only if
// it finds the end of the bytes.
#include "bench/json_peers.h"
#include "bench/measure.h"
#include "bench/payloads.h"
#include "bench/thrift_peer.h"

#include <wirejit/json.h>
#include <wirejit/skipper.h>
#include <wirejit/thrift.h>

#include <thrift/protocol/TProtocol.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::bench {
namespace {

constexpr std::size_t payload_size = std::size_t{16} << 20;

// A list of the different messages of small_mix().
struct SkipCase {
  std::string bytes;
  Problem problem;
};

std::string list_header(const Format& format, std::uint32_t count) {
  if (format == thrift::binary) {
    std::string header = "\x0c";
    for (const int shift : {24, 16, 8, 0}) {
      header += static_cast<char>(count >> shift);
    }
    return header;
  }
  if (format == thrift::compact) {
    std::string header = "\xfc";
    for (; count >= 0x80; count >>= 7) {
      header += static_cast<char>(count | 0x80);
    }
    return header + static_cast<char>(count);
  }
  return "[";
}

std::shared_ptr<const SkipCase> make_skip_case(const Engine& engine, const Format& format) {
  auto c = std::make_shared<SkipCase>();
  const auto encoder = engine.encoder<BenchMix>(format);
  if (!encoder) {
    c->problem = encoder.error().to_string();
    return c;
  }
  const std::vector<BenchMix> values = small_mix();
  std::string elements;
  std::uint32_t count = 0;
  while (elements.size() < payload_size) {
    elements += format.is_text() && count != 0 ? "," : "";
    if (!encoder->encode(values[count % values.size()], elements)) {
      c->problem = "a value cannot be encoded";
      return c;
    }
    ++count;
  }
  c->bytes = list_header(format, count) + elements + (format.is_text() ? "]" : "");
  return c;
}

void skip_at_once(benchmark::State& state, const SkipCase& c, const Format& format) {
  measure(state, c.bytes.size(), [&] {
    const Result<std::size_t> size = wirejit::skip(format, c.bytes, {.root = Kind::list});
    return size && *size == c.bytes.size();
  });
}

void skip_pieces(benchmark::State& state, const SkipCase& c, const Format& format,
                 std::size_t piece) {
  Result<Skipper> skipper = Skipper::make(format, {.root = Kind::list});
  if (!skipper) {
    return skip(state, skipper.error().to_string());
  }
  const Bytes all = as_bytes(c.bytes);
  measure(state, c.bytes.size(), [&] {
    skipper->reset();
    for (std::size_t at = 0; at < all.size(); at += piece) {
      if (!skipper->feed(all.subspan(at, std::min(piece, all.size() - at)))) {
        return false;
      }
    }
    return skipper->done();
  });
  state.counters["steps"] = static_cast<double>(skipper->steps());
}

template <class Protocol>
void skip_libthrift(benchmark::State& state, const SkipCase& c) {
  try {
    auto buffer = std::make_shared<apache::thrift::transport::TMemoryBuffer>(peer_limits());
    Protocol protocol(buffer);
    const auto size = static_cast<std::uint32_t>(c.bytes.size());
    std::memcpy(buffer->getWritePtr(size), c.bytes.data(), c.bytes.size());
    measure(state, c.bytes.size(), [&] {
      buffer->resetBuffer();
      buffer->wroteBytes(size);
      (void)apache::thrift::protocol::skip(protocol, apache::thrift::protocol::T_LIST);
      const bool is_end = buffer->available_read() == 0;
      buffer->readEnd();
      return is_end;
    });
  } catch (const std::exception& e) {
    skip(state, std::string("libthrift: ") + e.what());
  }
}

template <class Template, class Default>
void add_thrift_peers(std::string_view format, const std::shared_ptr<const SkipCase>& c) {
  add(name("skip", format, "16MB", "libthrift"),
      [c](benchmark::State& s) { skip_libthrift<Default>(s, *c); });
  add(name("skip", format, "16MB", "libthrift-templates"),
      [c](benchmark::State& s) { skip_libthrift<Template>(s, *c); });
}

}  // namespace

void add_skip(const Engines& engines) {
  for (const Format& format : {thrift::binary, thrift::compact, Format(json::text)}) {
    const auto c = make_skip_case(engines.interp, format);
    const auto put = [&](std::string_view engine, auto body) {
      add(name("skip", format.name(), "16MB", engine), [c, body](benchmark::State& s) {
        return c->problem.empty() ? body(s, *c) : skip(s, c->problem);
      });
    };
    put("one-shot",
        [format](benchmark::State& s, const SkipCase& k) { skip_at_once(s, k, format); });
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1448}, std::size_t{65536}}) {
      put("pieces-" + std::to_string(piece),
          [=](benchmark::State& s, const SkipCase& k) { skip_pieces(s, k, format, piece); });
    }
    if (format == thrift::binary) {
      add_thrift_peers<TemplateProtocol, DefaultProtocol>(format.name(), c);
    } else if (format == thrift::compact) {
      add_thrift_peers<TemplateCompact, DefaultCompact>(format.name(), c);
    } else {
      put("simdjson", [](benchmark::State& s, const SkipCase& k) {
        const PaddedText text(k.bytes);
        SimdjsonSkipper skipper;
        measure(s, k.bytes.size(), [&] { return skipper.skip(text); });
      });
    }
  }
}

}  // namespace wirejit::bench
