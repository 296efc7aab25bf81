// Any within Any, 40 levels deep: Protobuf to ProtoJSON and back, as usual and with a field twice on
// each level, which needs a second pass.
// Entry: add_protobuf_any. Invariant: a conversion is timed only if the official library reads its
// output as the same message.
#include "bench/measure.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>

#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/type_resolver_util.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace wirejit::bench {
namespace {

namespace gp = google::protobuf;

constexpr int levels = 40;
constexpr const char* url = "type.googleapis.com/bench_any.Level";

// message Level { int32 number = 1; google.protobuf.Any any = 2; }
gp::FileDescriptorProto level_file() {
  gp::FileDescriptorProto file;
  file.set_name("bench_any.proto");
  file.set_package("bench_any");
  file.set_syntax("proto3");
  file.add_dependency("google/protobuf/any.proto");
  gp::DescriptorProto& level = *file.add_message_type();
  level.set_name("Level");
  const auto add_field = [&](const char* name, int number, gp::FieldDescriptorProto::Type type) {
    gp::FieldDescriptorProto& f = *level.add_field();
    f.set_name(name);
    f.set_json_name(name);
    f.set_number(number);
    f.set_type(type);
    f.set_label(gp::FieldDescriptorProto::LABEL_OPTIONAL);
    return &f;
  };
  add_field("number", 1, gp::FieldDescriptorProto::TYPE_INT32);
  add_field("any", 2, gp::FieldDescriptorProto::TYPE_MESSAGE)
      ->set_type_name(".google.protobuf.Any");
  return file;
}

// The message type for both libraries.
struct Level {
  gp::DescriptorPool pool{gp::DescriptorPool::generated_pool()};
  std::unique_ptr<gp::util::TypeResolver> resolver;
  Schema schema;

  Level() {
    gp::FileDescriptorSet set;
    gp::Any::descriptor()->file()->CopyTo(set.add_file());
    *set.add_file() = level_file();
    if (pool.BuildFile(set.file(1)) == nullptr) {
      throw std::runtime_error("bench_any.proto");
    }
    resolver.reset(gp::util::NewTypeResolverForDescriptorPool("type.googleapis.com", &pool));
    Result<Schema> loaded = pb::load(as_bytes(set.SerializeAsString()));
    if (!loaded) {
      throw std::runtime_error(loaded.error().to_string());
    }
    schema = *std::move(loaded);
  }
};

// A message in both formats; `duplicates`: with a field twice on each level.
struct Case {
  std::string bytes;
  std::string text;

  explicit Case(bool duplicates) {
    const std::string number = "\x08\x07";
    bytes = number;
    text = R"({"number":7})";
    for (int i = 0; i < levels; ++i) {
      gp::Any any;
      any.set_type_url(url);
      any.set_value(bytes);
      const std::string payload = any.SerializeAsString();
      bytes = number + '\x12' + length(payload.size()) + payload + (duplicates ? number : "");
      text = std::string(R"({"number":7,"any":{"@type":")") + url + "\"," + text.substr(1) +
             (duplicates ? R"(,"number":7})" : "}");
    }
  }

 private:
  static std::string length(std::size_t n) {
    std::string s;
    for (; n >= 0x80; n >>= 7) {
      s += static_cast<char>(n | 0x80);
    }
    return s += static_cast<char>(n);
  }
};

enum class Direction : std::uint8_t { to_protobuf, to_json };

// `convert` returns the message in the other format, or an empty text if it fails.
template <class Convert>
void time_conversion(benchmark::State& state, const Level& level, const Case& c,
                     Direction direction, Convert&& convert) {
  const bool to_json = direction == Direction::to_json;
  const Case usual(false);
  // The official library writes both as text, without the duplicates.
  std::string actual(convert());
  std::string expected = to_json ? usual.text : usual.bytes;
  for (std::string* s : {&actual, &expected}) {
    std::string bytes;
    if (!to_json) {
      bytes = *s;
    } else if (!gp::util::JsonToBinaryString(level.resolver.get(), url, *s, &bytes).ok()) {
      return skip(state, "what was written is not read");
    }
    s->clear();
    if (!gp::util::BinaryToJsonString(level.resolver.get(), url, bytes, s).ok()) {
      return skip(state, "what was written is not read");
    }
  }
  if (actual != expected) {
    return skip(state, "the message means something else");
  }
  measure(state, to_json ? c.bytes.size() : c.text.size(), [&] {
    const std::string_view out = convert();
    benchmark::DoNotOptimize(out.data());
    return !out.empty();
  });
}

void transcode(benchmark::State& state, const Level& level, const Case& c, const Engine& engine,
               Direction direction) {
  const bool to_json = direction == Direction::to_json;
  const Format text = pb::json({.reject_duplicates = false});
  const StructType& type = *level.schema.find_struct("bench_any.Level");
  const Result<Transcoder> t = to_json ? engine.transcoder({level.schema, type}, pb::wire, text)
                                       : engine.transcoder({level.schema, type}, text, pb::wire);
  if (!t) {
    return skip(state, t.error().to_string());
  }
  Buffer out;
  if (const Result<void> done = t->transcode(to_json ? c.bytes : c.text, out); !done) {
    return skip(state, done.error().to_string());
  }
  time_conversion(state, level, c, direction, [&] {
    out.clear();
    const bool ok = t->transcode(to_json ? c.bytes : c.text, out).has_value();
    return ok ? out.text() : std::string_view{};
  });
}

void json_util(benchmark::State& state, const Level& level, const Case& c, Direction direction) {
  std::string out;
  time_conversion(state, level, c, direction, [&] {
    out.clear();
    const auto done = direction == Direction::to_json
                          ? gp::util::BinaryToJsonString(level.resolver.get(), url, c.bytes, &out)
                          : gp::util::JsonToBinaryString(level.resolver.get(), url, c.text, &out);
    return done.ok() ? std::string_view(out) : std::string_view{};
  });
}

}  // namespace

void add_protobuf_any(const Engines& engines) {
  const auto level = std::make_shared<const Level>();
  for (const bool duplicates : {false, true}) {
    const auto c = std::make_shared<const Case>(duplicates);
    const char* const payload = duplicates ? "any-40-levels-duplicates" : "any-40-levels";
    for (const Direction d : {Direction::to_json, Direction::to_protobuf}) {
      const char* const formats = d == Direction::to_json ? "protobuf-to-json" : "json-to-protobuf";
      const auto put = [&](const char* engine, auto body) {
        add(name("transcode", formats, payload, engine),
            [=, &engines](benchmark::State& state) { body(state, *level, *c, engines, d); });
      };
      put("jit",
          [](auto& s, auto& l, auto& k, auto& e, auto to) { transcode(s, l, k, e.jit, to); });
      put("interp",
          [](auto& s, auto& l, auto& k, auto& e, auto to) { transcode(s, l, k, e.interp, to); });
      if (!duplicates) {  // json_util would write duplicate fields twice
        put("json_util", [](auto& s, auto& l, auto& k, auto&, auto to) { json_util(s, l, k, to); });
      }
    }
  }
}

}  // namespace wirejit::bench
