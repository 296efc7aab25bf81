// A reader that skips a value as the unknown field of a message: what a Skipper must agree with.
// Entry: SkippingReader. Invariant: it shares no code with Skippers but the kernels.
#pragma once

#include <wirejit/json.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::test {

class SkippingReader {
 public:
  // What became of the value: ok, or a code and its offset in the value.
  struct Outcome {
    Errc code = Errc::ok;
    std::size_t at = 0;
  };
  // The formats that it reads.
  static constexpr std::size_t formats = 3;
  [[nodiscard]] static const Format& format(std::size_t k) {
    static const Format all[formats] = {thrift::binary, thrift::compact, json::text};
    return all[k];
  }

  SkippingReader() {
    const Schema schema = *thrift::load_text("struct Nothing {}");
    for (std::size_t k = 0; k < formats; ++k) {
      codecs_.push_back(
          *engine_.record_codec(*schema.find_type("Nothing"), format(k), {.error_paths = false}));
    }
  }

  // A struct of Thrift, or any value of JSON, that ends with the bytes. It may have `depth` levels.
  [[nodiscard]] Outcome read(std::size_t format, std::string_view value, std::uint32_t depth) {
    return read(format, value, depth, true);
  }
  // The same where the input ends with the bytes: it fails.
  [[nodiscard]] Outcome read_cut(std::size_t format, std::string_view value, std::uint32_t depth) {
    return read(format, value, depth, false);
  }

 private:
  Outcome read(std::size_t format, std::string_view value, std::uint32_t depth, bool is_whole) {
    static constexpr std::string_view begins[] = {{"\x0c\0\1", 3}, "\x1c", "{\"a\":"};
    static constexpr std::string_view ends[] = {{"\0", 1}, {"\0", 1}, "}"};
    std::string message(begins[format]);
    message.append(value).append(is_whole ? ends[format] : "");
    arena_.reset();
    const auto done = codecs_[format].decode(message, arena_, {.limits = {.depth = depth + 1}});
    return done ? Outcome{}
                : Outcome{done.error().code(), done.error().offset() - begins[format].size()};
  }

  Engine engine_{{.kind = EngineOptions::Kind::interpret}};
  std::vector<RecordCodec> codecs_;
  Arena arena_;
};

}  // namespace wirejit::test
