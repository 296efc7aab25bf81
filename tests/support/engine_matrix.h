// The harness of the tests: runs calls for one type in some formats on every engine, and compares.
// Entry: EngineMatrix; on_every_engine for calls of any other kind.
// Invariant: every call runs interpreted and as machine code, each with its input flush against
// one of two inaccessible pages; they must agree in bytes, error code, offset, line,
// column and path, and a failed call must leave the output as it was. A disagreement fails the test
// that made the call.
#pragma once

#include "tests/support/guarded_input.h"

#include <wirejit/record_codec.h>

#include <array>
#include <deque>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::test {

inline constexpr std::array engine_kinds{EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic};

// As hexadecimal digits, at most `most` bytes.
[[nodiscard]] std::string hex(Bytes bytes, std::size_t most = 400);

// The parts of an error in which engines must agree: "truncated at 7 in 'lines[1].sku'".
[[nodiscard]] std::string outcome(const Error& e);

// The result of a call: bytes or an error.
struct Outcome {
  Errc code = Errc::ok;
  std::string bytes;  // what was written, if ok
  std::size_t offset = no_offset;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string path;

  Outcome() = default;
  explicit Outcome(const Error& e);
  explicit Outcome(std::string_view written) : bytes(written) {}
  // `written`, or the error.
  Outcome(const Result<void>& done, std::string_view written);

  [[nodiscard]] bool ok() const noexcept { return code == Errc::ok; }
  // Whether the error is a limit's, which may depend on how a call is made and not on its input alone.
  [[nodiscard]] bool is_limit() const noexcept {
    return code == Errc::depth_limit || code == Errc::size_limit || code == Errc::memory_limit;
  }
  // As outcome(Error); empty if ok.
  [[nodiscard]] std::string error() const;
  [[nodiscard]] std::optional<std::string> written() const;
  // What was written, or the error's name with its offset: "syntax@3".
  [[nodiscard]] std::string shown() const;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};
void PrintTo(const Outcome& o, std::ostream* out);

// Fails the test.
void report_disagreement(const Outcome& first, const Outcome& other, Bytes input);

// run(k) for each of engine_kinds; all must give the same. `input` is shown if they do not.
template <class Run>
Outcome on_every_engine(Run run, Bytes input = {}) {
  const Outcome first = run(std::size_t{0});
  for (std::size_t k = 1; k < engine_kinds.size(); ++k) {
    const Outcome other = run(k);
    if (other != first) {
      report_disagreement(first, other, input);
    }
  }
  return first;
}
// A decoded record with the outcome of the call (without bytes).
struct DecodedRecord {
  Outcome outcome;
  std::optional<Record> record;  // in the matrix's arena, until it decodes again
};

// How transcode() compares one pass with transcoding through a record, which serves as a third
// engine. A record is written with fields in the schema's order: output that differs is put in that
// order before it is compared. Both must give the same error, except for memory_limit where
// Limits::memory is set, as a record needs memory.
enum class ThroughRecord : std::uint8_t {
  no,     // not at all
  code,   // the same error code
  error,  // also the same offset and path
};

struct MatrixOptions {
  // With Unknown::keep, ProtoJSON rejects unknown fields all the same, unless `proto_keeps` says so.
  Options options{};
  Limits limits{};  // of each call
  bool proto_keeps = false;
  ThroughRecord through_record = ThroughRecord::no;
};

class EngineMatrix {
 public:
  // `type` as Schema::find_type takes it. Codecs are made when they are first used, so that a
  // format that cannot hold the type is an Outcome of the call.
  EngineMatrix(const Schema& schema, std::string_view type, std::vector<Format> formats,
               const MatrixOptions& options = {});

  [[nodiscard]] const Schema& schema() const { return schema_; }
  [[nodiscard]] const RecordType& record_type() const { return type_; }
  [[nodiscard]] const std::vector<Format>& formats() const { return formats_; }
  [[nodiscard]] const Engine& engine(std::size_t k) const { return engines_[k]; }

  // Whether it can be compiled; the engines must agree.
  [[nodiscard]] bool can_transcode(const Format& from, const Format& to);

  [[nodiscard]] Outcome transcode(const Format& from, const Format& to, Bytes input);
  [[nodiscard]] Outcome transcode(const Format& from, const Format& to, std::string_view input) {
    return transcode(from, to, as_bytes(input));
  }
  // By DebugOptions::through_record.
  [[nodiscard]] Outcome through_record(const Format& from, const Format& to, Bytes input);
  // Decodes and encodes with two codecs of records (of values, if the type is no struct). The arena's
  // first block has `first_block` bytes.
  [[nodiscard]] Outcome by_codecs(const Format& from, const Format& to, Bytes input,
                                  std::size_t first_block = 4096);

  [[nodiscard]] DecodedRecord decode(const Format& format, Bytes input);
  [[nodiscard]] Outcome encode(const Format& format, const RecordView& record);

  // The transcoder or codec of engine k; the process ends if it cannot be made.
  [[nodiscard]] const Transcoder& transcoder(const Format& from, const Format& to,
                                             std::size_t k = 1);
  [[nodiscard]] const RecordCodec& codec(const Format& format, std::size_t k = 1);

  // The arenas of decode() and the buffers of encode() and transcode(), for tests of their sizes.
  [[nodiscard]] std::span<Arena> arenas() { return arenas_; }
  [[nodiscard]] std::span<Buffer> buffers() { return buffers_; }

 private:
  struct CachedTranscoder {
    Format from;
    Format to;
    bool through_record;
    std::vector<Result<Transcoder>> on_engine;
  };
  struct CachedCodec {
    Format format;
    std::vector<Result<RecordCodec>> on_engine;
  };
  enum class Side : std::uint8_t { begin, end };

  const MadeTranscoder& transcoders(const Format& from, const Format& to, bool through_record);
  const MadeCodec& codecs(const Format& format);
  // Those of codecs that read `from`.
  [[nodiscard]] Options options_for(const Format& from) const;
  // On every engine with the input on either side.
  Outcome on_both_sides(Bytes input, const std::function<Outcome(std::size_t k, Side, Bytes)>& run);
  template <class Call>
  Outcome written(std::size_t k, Side side, Call call);
  Outcome transcode_alone(const Format& from, const Format& to, Bytes input, bool through_record);
  void compare_with_record(const Format& from, const Format& to, Bytes input,
                           const Outcome& one_pass);

  Schema schema_;
  RecordType type_;
  std::vector<Format> formats_;
  MatrixOptions options_;
  CallOptions call_;
  std::vector<Engine> engines_;
  std::deque<CachedTranscoder> transcoders_;  // references stay valid
  std::deque<CachedCodec> codecs_;
  std::vector<Arena> arenas_;    // for each engine and side
  std::vector<Buffer> buffers_;  // for each engine; reused on the side `end`
  GuardedInput guard_;
};

}  // namespace wirejit::test
