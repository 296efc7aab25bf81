// Transcoding between ProtoJSON and Protobuf, compared with the official json_util; neither makes an
// object in between. Entry: add_protobuf_transcode. Invariant: an engine is timed only if the
// official library reads its output as the same message.
#include "bench/measure.h"
#include "bench/protobuf_payloads.h"
#include "tests/support/protobuf_support.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::bench {
namespace {

namespace gp = google::protobuf;

constexpr const char* url_prefix = "type.googleapis.com";

// A payload with its messages as json_util writes them.
struct Case {
  ProtobufPayload payload;
  std::vector<std::string> texts;
  std::size_t average_text = 0;

  explicit Case(ProtobufPayload&& of) : payload(std::move(of)) {
    for (const ProtobufMessage& m : payload.messages) {
      const std::unique_ptr<gp::Message> object(payload.types[m.type].prototype->New());
      std::string text;
      if (!object->ParseFromString(m.bytes) ||
          !gp::util::MessageToJsonString(*object, &text).ok()) {
        throw std::runtime_error("json_util does not write a payload");
      }
      average_text += text.size();
      texts.push_back(std::move(text));
    }
    average_text /= texts.size();
  }

  [[nodiscard]] bool text_means(std::size_t message, std::string_view text) const {
    const ProtobufMessage& m = payload.messages[message];
    const std::unique_ptr<gp::Message> object(payload.types[m.type].prototype->New());
    return gp::util::JsonStringToMessage({text.data(), text.size()}, object.get()).ok() &&
           test::serialized(*object) == m.canonical;
  }
  [[nodiscard]] bool bytes_mean(std::size_t message, std::string_view bytes) const {
    return payload.means(payload.messages[message], bytes);
  }
};

enum class Direction : std::uint8_t { to_protobuf, to_json };

// `convert(i)` returns message i in the other format, or nothing if it fails.
template <class Convert>
void time_converting(benchmark::State& state, const Case& c, Direction direction,
                     Convert&& convert) {
  const bool to_json = direction == Direction::to_json;
  for (std::size_t i = 0; i < c.texts.size(); ++i) {
    const std::string_view out = convert(i);
    if (!(to_json ? c.text_means(i, out) : c.bytes_mean(i, out))) {
      return skip(state, "message " + std::to_string(i) + " means something else");
    }
  }
  Rotation turn(c.texts.size());
  measure(state, to_json ? c.payload.average_bytes() : c.average_text, [&] {
    const std::string_view out = convert(turn.next());
    benchmark::DoNotOptimize(out.data());
    return !out.empty();
  });
}

void transcode(benchmark::State& state, const Case& c, const Engine& engine, Direction direction) {
  const bool to_json = direction == Direction::to_json;
  std::vector<Transcoder> transcoders;
  for (const ProtobufType& type : c.payload.types) {
    Result<Transcoder> transcoder =
        to_json ? engine.transcoder({type.record.schema(), type.record.type()}, pb::wire, pb::json)
                : engine.transcoder({type.record.schema(), type.record.type()}, pb::json, pb::wire);
    if (!transcoder) {
      return skip(state, transcoder.error().to_string());
    }
    transcoders.push_back(*std::move(transcoder));
  }
  Buffer out;
  time_converting(state, c, direction, [&](std::size_t i) {
    const ProtobufMessage& m = c.payload.messages[i];
    out.clear();
    const bool ok = transcoders[m.type].transcode(to_json ? m.bytes : c.texts[i], out).has_value();
    return ok ? out.text() : std::string_view{};
  });
}

// The functions that json_util's others call; everything that can be reused is reused.
void json_util(benchmark::State& state, const Case& c, Direction direction) {
  const std::unique_ptr<gp::util::TypeResolver> resolver(
      gp::util::NewTypeResolverForDescriptorPool(url_prefix, gp::DescriptorPool::generated_pool()));
  std::vector<std::string> urls;
  urls.reserve(c.payload.types.size());
  for (const ProtobufType& type : c.payload.types) {
    urls.push_back(std::string(url_prefix) + "/" + type.prototype->GetDescriptor()->full_name());
  }
  std::string out;
  time_converting(state, c, direction, [&](std::size_t i) {
    const ProtobufMessage& m = c.payload.messages[i];
    out.clear();
    const auto done =
        direction == Direction::to_json
            ? gp::util::BinaryToJsonString(resolver.get(), urls[m.type], m.bytes, &out)
            : gp::util::JsonToBinaryString(resolver.get(), urls[m.type], c.texts[i], &out);
    return done.ok() ? std::string_view(out) : std::string_view{};
  });
}

}  // namespace

void add_protobuf_transcode(const Engines& engines) {
  for (ProtobufPayload& payload : protobuf_payloads()) {
    const std::string_view called = payload.name;
    if (called != "order" && called != "telemetry" && called != "rotation") {
      continue;
    }
    const auto c = std::make_shared<const Case>(std::move(payload));
    benchmark::AddCustomContext("bytes of " + c->payload.name + " in json, on average",
                                std::to_string(c->average_text));
    const auto put = [&](Direction direction, std::string_view engine, auto body) {
      const std::string_view formats =
          direction == Direction::to_json ? "protobuf-to-json" : "json-to-protobuf";
      add(name("transcode", formats, c->payload.name, engine),
          [c, body, direction, &engines](benchmark::State& state) {
            body(state, *c, engines, direction);
          });
    };
    for (const Direction d : {Direction::to_protobuf, Direction::to_json}) {
      put(d, "jit", [](auto& s, auto& k, auto& e, auto to) { transcode(s, k, e.jit, to); });
      put(d, "interp", [](auto& s, auto& k, auto& e, auto to) { transcode(s, k, e.interp, to); });
      put(d, "json_util", [](auto& s, auto& k, auto&, auto to) { json_util(s, k, to); });
    }
  }
}

}  // namespace wirejit::bench
