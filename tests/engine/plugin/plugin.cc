// A plugin that registers a struct of its own. It is built twice: in version 2 the struct has
// another layout. tests/engine/plugin_reload_test.cc loads one after the other.
#include <wirejit/codec.h>
#include <wirejit/json.h>
#include <wirejit/thrift.h>

#include <cstdint>
#include <string>

namespace {

// The same members at other offsets, so that everything else has the same addresses in both versions.
struct Job {
#if WIREJIT_PLUGIN_VERSION == 1
  std::int32_t id = 0;
  std::int32_t retries = 0;
  std::string name;
#else
  std::string name;
  std::int32_t unregistered[6] = {};
  std::int32_t retries = 0;
  std::int32_t id = 0;
#endif
};
WIREJIT_STRUCT(Job, (1, id), (2, retries), (3, name))

constexpr const char* long_name = "a name that is too long to lie within its string";

}  // namespace

// Round trips by codecs of the host's engine. Returns the error, or an empty text.
extern "C" const char* wirejit_plugin_run(const wirejit::Engine& engine) {
  for (const wirejit::Format& format :
       std::initializer_list<wirejit::Format>{wirejit::thrift::binary, wirejit::json::text}) {
    const auto codec = engine.codec<Job>(format);
    if (!codec) {
      return "no codec";
    }
    Job job;
    job.id = 7;
    job.retries = 3;
    job.name = long_name;
    wirejit::Buffer out;
    if (!codec->encode(job, out)) {
      return "not encoded";
    }
    const auto back = codec->decode(out);
    if (!back) {
      return "not decoded";
    }
    if (back->id != 7 || back->retries != 3 || back->name != long_name) {
      return "decoded wrongly";
    }
    const auto text = codec->decode(out);
    wirejit::Buffer again;
    if (!codec->encode(*text, again) || again.text() != out.text()) {
      return "encoded wrongly";
    }
  }
  return "";
}
