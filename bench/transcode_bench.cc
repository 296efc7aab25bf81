// Transcoding, which makes no object, of the languages of ISO 639-3 from Debian's package iso-codes,
// compared with nlohmann/json and libthrift with generated objects in between.
// Entry: add_transcode. Invariant: an engine is timed only if libthrift reads its output as the same
// value.
#include "bench/measure.h"
#include "bench/payloads.h"
#include "bench/random.h"
#include "bench/thrift_peer.h"

#include <wirejit/json.h>
#include <wirejit/thrift.h>

#include <peer_default/iso639_types.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::bench {
namespace {

using ::peer_default::Iso639;
using ::peer_default::Language;

constexpr const char* iso639_file = "/usr/share/iso-codes/json/iso_639-3.json";
constexpr const char* iso639_idl = WIREJIT_SOURCE_DIR "/examples/iso639.thrift";

// ---- The peer: nlohmann/json and libthrift

std::string text_of(nlohmann::json& value) { return std::move(value.get_ref<std::string&>()); }

void read_language(nlohmann::json& from, Language& to) {
  for (auto& [key, value] : from.items()) {
    if (key == "alpha_3") {
      to.alpha_3 = text_of(value);
    } else if (key == "name") {
      to.name = text_of(value);
    } else if (key == "scope") {
      to.scope = text_of(value);
    } else if (key == "type") {
      to.type = text_of(value);
    } else if (key == "alpha_2") {
      to.__set_alpha_2(text_of(value));
    } else if (key == "common_name") {
      to.__set_common_name(text_of(value));
    } else if (key == "inverted_name") {
      to.__set_inverted_name(text_of(value));
    } else if (key == "bibliographic") {
      to.__set_bibliographic(text_of(value));
    }
  }
}

Iso639 read_json(std::string_view text) {
  nlohmann::json document = nlohmann::json::parse(text);
  nlohmann::json& languages = document.at("639-3");
  Iso639 object;
  object.languages.resize(languages.size());
  for (std::size_t i = 0; i < languages.size(); ++i) {
    read_language(languages[i], object.languages[i]);
  }
  return object;
}

nlohmann::json write_language(Language& from) {
  nlohmann::json to = {{"alpha_3", std::move(from.alpha_3)},
                       {"name", std::move(from.name)},
                       {"scope", std::move(from.scope)},
                       {"type", std::move(from.type)}};
  if (from.__isset.alpha_2) {
    to["alpha_2"] = std::move(from.alpha_2);
  }
  if (from.__isset.common_name) {
    to["common_name"] = std::move(from.common_name);
  }
  if (from.__isset.inverted_name) {
    to["inverted_name"] = std::move(from.inverted_name);
  }
  if (from.__isset.bibliographic) {
    to["bibliographic"] = std::move(from.bibliographic);
  }
  return to;
}

std::string write_json(Iso639 object) {
  nlohmann::json languages = nlohmann::json::array();
  for (Language& language : object.languages) {
    languages.push_back(write_language(language));
  }
  nlohmann::json document;
  document["639-3"] = std::move(languages);
  return document.dump();
}

// ---- The file

struct Case {
  std::string json;
  std::string binary;
  Iso639 object;
  Schema schema;
  Problem problem;
};

std::shared_ptr<const Case> make_case() {
  auto c = std::make_shared<Case>();
  try {
    std::ifstream file(iso639_file);
    c->json.assign(std::istreambuf_iterator<char>(file), {});
    c->object = read_json(c->json);
    c->binary = PeerWriter<DefaultProtocol>().write(c->object);
  } catch (const std::exception& e) {
    c->problem = std::string(iso639_file) + " (package iso-codes): " + e.what();
  }
  Result<Schema> schema = thrift::load_file(iso639_idl);
  if (schema) {
    c->schema = std::move(*schema);
  } else {
    c->problem = schema.error().to_string();
  }
  return c;
}

bool binary_means(const Case& c, std::string_view binary) try {
  Iso639 object;
  PeerReader<DefaultProtocol>(binary).read(object);
  return object == c.object;
} catch (const std::exception&) {
  return false;
}

bool json_means(const Case& c, std::string_view json) try {
  return read_json(json) == c.object;
} catch (const std::exception&) {
  return false;
}

using Means = bool (*)(const Case&, std::string_view);

void transcode(benchmark::State& state, const Case& c, const Engine& engine, const Format& from,
               const Format& to) {
  const auto transcoder = engine.transcoder(*c.schema.find_struct("Iso639"), from, to);
  if (!transcoder) {
    return skip(state, transcoder.error().to_string());
  }
  const std::string& input = from.is_text() ? c.json : c.binary;
  const Means means = to.is_text() ? json_means : binary_means;
  Buffer out;
  if (const Result<void> done = transcoder->transcode(input, out); !done) {
    return skip(state, done.error().to_string());
  }
  if (!means(c, out.text())) {
    return skip(state, "the output does not mean the same");
  }
  measure(state, input.size(), [&] {
    out.clear();
    const bool ok = transcoder->transcode(input, out).has_value();
    benchmark::DoNotOptimize(out.data());
    return ok;
  });
}

void peer_to_binary(benchmark::State& state, const Case& c) {
  PeerWriter<DefaultProtocol> writer;
  measure(state, c.json.size(), [&] {
    const Iso639 object = read_json(c.json);
    const std::string_view out = writer.write(object);
    benchmark::DoNotOptimize(out.data());
    return true;
  });
}

void peer_to_json(benchmark::State& state, const Case& c) {
  PeerReader<DefaultProtocol> reader(c.binary);
  measure(state, c.binary.size(), [&] {
    Iso639 object;
    reader.read(object);
    const std::string out = write_json(std::move(object));
    benchmark::DoNotOptimize(out.data());
    return true;
  });
}

// ---- Profiles

// Different messages like the payload `nested` with fewer elements, as Thrift Binary and as the JSON
// of Kitex, which the default profile reads, too. Either has 6 to 10 KB.
struct NestedMix {
  Schema schema;
  std::vector<std::string> binary;
  std::vector<std::string> json;
  Problem problem;
};

constexpr std::ptrdiff_t mix_elements = 22;  // of each container
constexpr std::size_t least_mix_bytes = 6000;
constexpr std::size_t most_mix_bytes = 10'000;

void shorten(BenchNested& n) {
  const auto keep_first = [](auto& container) {
    container.erase(std::next(container.begin(), mix_elements), container.end());
  };
  keep_first(n.items);
  keep_first(n.counts);
  keep_first(n.labels);
  keep_first(n.totals);
  keep_first(n.tags);
  keep_first(n.names);
  keep_first(n.ids);
  keep_first(n.index);
}

void vary(BenchNested& n, Random& r) {
  for (std::size_t i = n.items.size(); i > 1; --i) {
    std::swap(n.items[i - 1], n.items[r.size(0, i - 1)]);
  }
  for (BenchSimple& item : n.items) {
    item.id = r.between(0, 1'000'000'000'000);
    item.count = static_cast<std::int32_t>(r.between(0, 1'000'000));
  }
  for (std::int64_t& id : n.ids) {
    id = r.between(-1'000'000'000, 1'000'000'000);
  }
  for (std::int32_t& count : n.counts) {
    count = static_cast<std::int32_t>(r.between(-1'000'000, 1'000'000));
  }
  for (auto& [key, total] : n.totals) {
    total = r.between(0, 1'000'000'000'000);
  }
}

std::shared_ptr<const NestedMix> make_nested_mix(const Engine& engine) {
  auto mix = std::make_shared<NestedMix>();
  Result<Schema> schema = thrift::load_text(payload_idl());
  const auto binary = engine.codec<BenchNested>(thrift::binary);
  const auto json = engine.codec<BenchNested>(json::text(json::kitex_json.text));
  if (!schema || !binary || !json) {
    mix->problem = "a codec of the payload cannot be made";
    return mix;
  }
  mix->schema = std::move(*schema);
  Random r(7);
  auto nested = make<BenchNested>();
  shorten(nested);
  for (int i = 0; i < 64; ++i) {
    BenchNested message = nested;
    vary(message, r);
    if (!binary->encode(message, mix->binary.emplace_back()) ||
        !json->encode(message, mix->json.emplace_back())) {
      mix->problem = "the payload cannot be encoded";
    }
    for (const std::string* bytes : {&mix->binary.back(), &mix->json.back()}) {
      if (bytes->size() < least_mix_bytes || bytes->size() > most_mix_bytes) {
        mix->problem = "a message has " + std::to_string(bytes->size()) + " bytes";
      }
    }
  }
  return mix;
}

void transcode_mix(benchmark::State& state, const NestedMix& mix, const Engine& engine,
                   bool to_json, const json::Profile& profile) {
  const Format text = json::text(profile.text);
  const Format binary = thrift::binary;
  const auto transcoder =
      engine.transcoder(*mix.schema.find_struct(name_of<BenchNested>().idl),
                        to_json ? binary : text, to_json ? text : binary, profile.options);
  if (!transcoder) {
    return skip(state, transcoder.error().to_string());
  }
  const std::vector<std::string>& inputs = to_json ? mix.binary : mix.json;
  Buffer out;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    out.clear();
    if (const Result<void> done = transcoder->transcode(inputs[i], out); !done) {
      return skip(state, done.error().to_string());
    }
    // The default profile writes the names of enums.
    const bool comparable = !to_json || profile.text.enums_as_numbers;
    if (comparable && out.text() != (to_json ? mix.json : mix.binary)[i]) {
      return skip(state, "the output is not what the codecs of C++ structs write");
    }
    bytes += inputs[i].size();
  }
  Rotation rotation(inputs.size());
  measure(state, bytes / inputs.size(), [&] {
    out.clear();
    const bool ok = transcoder->transcode(inputs[rotation.next()], out).has_value();
    benchmark::DoNotOptimize(out.data());
    return ok;
  });
}

void add_profiles(const Engines& engines) {
  const std::shared_ptr<const NestedMix> mix = make_nested_mix(engines.jit);
  const auto put = [&](bool to_json, std::string_view engine, bool interpreted,
                       const json::Profile& profile) {
    add(name("transcode", to_json ? "thrift-binary-to-json" : "json-to-thrift-binary", "nested-mix",
             engine),
        [=, &engines](benchmark::State& state) {
          mix->problem.empty()
              ? transcode_mix(state, *mix, interpreted ? engines.interp : engines.jit, to_json,
                              profile)
              : skip(state, mix->problem);
        });
  };
  for (const bool to_json : {false, true}) {
    put(to_json, "jit", false, {});
    put(to_json, "jit-kitex-json", false, json::kitex_json);
    put(to_json, "interp", true, {});
    put(to_json, "interp-kitex-json", true, json::kitex_json);
  }
}

}  // namespace

void add_transcode(const Engines& engines) {
  add_profiles(engines);
  const std::shared_ptr<const Case> c = make_case();
  const auto put = [&](std::string_view operation, std::string_view engine, auto body) {
    const std::string full =
        std::string("transcode/") + std::string(operation) + "/iso639/" + std::string(engine);
    add(full, [c, body, &engines](benchmark::State& state) {
      c->problem.empty() ? body(state, *c, engines) : skip(state, c->problem);
    });
  };
  put("json-to-thrift-binary", "jit",
      [](auto& s, auto& k, auto& e) { transcode(s, k, e.jit, json::text, thrift::binary); });
  put("json-to-thrift-binary", "interp",
      [](auto& s, auto& k, auto& e) { transcode(s, k, e.interp, json::text, thrift::binary); });
  put("json-to-thrift-binary", "nlohmann-libthrift",
      [](auto& s, auto& k, auto&) { peer_to_binary(s, k); });
  put("thrift-binary-to-json", "jit",
      [](auto& s, auto& k, auto& e) { transcode(s, k, e.jit, thrift::binary, json::text); });
  put("thrift-binary-to-json", "interp",
      [](auto& s, auto& k, auto& e) { transcode(s, k, e.interp, thrift::binary, json::text); });
  put("thrift-binary-to-json", "nlohmann-libthrift",
      [](auto& s, auto& k, auto&) { peer_to_json(s, k); });
}

}  // namespace wirejit::bench
