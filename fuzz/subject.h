// The codecs of one schema on both engines, and the calls that the fuzzers make of them.
// Entry: Subject, fail(). Invariant: every call runs interpreted and as machine code, with its
// input at a guard page; a difference in result, code, offset, position or path ends the process
// with the setup and both outcomes on stderr.
#pragma once

#include "tests/support/engine_matrix.h"
#include "tests/support/guarded_input.h"

#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::fuzz {

using test::Outcome;
inline constexpr auto kinds = test::engine_kinds;

// How a transcoder converts: from reader to writer directly, or by a record in between.
enum class Mode : std::uint8_t { one_pass, through_record };
inline constexpr Mode modes[] = {Mode::one_pass, Mode::through_record};

[[nodiscard]] std::string to_string(const Outcome& o);
// Bytes as hex, and as text where they are printable.
[[nodiscard]] std::string show(Bytes bytes);
// A schema as IDL, exact enough to reproduce a finding.
[[nodiscard]] std::string to_idl(const Schema& schema);

// Ends the process.
[[noreturn]] void fail(const Schema& schema, std::string_view what, std::string_view detail);

// ---- Formats and setups, as rows

struct Setup {
  std::string name;
  Options options{};
  Limits limits{};
  json::TextOptions text{};
  json::ProtoOptions proto{};
};
// The setups that an input of Thrift's formats may choose; never empty. The first one is the
// default.
[[nodiscard]] const std::vector<Setup>& binary_setups();
[[nodiscard]] const std::vector<Setup>& text_setups();

// The formats of a Subject, by their numbers. The first one is binary: records are compared by
// their bytes in it.
using FormatNumber = std::size_t;
inline constexpr FormatNumber in_binary = 0;
inline constexpr FormatNumber in_text = 1;
inline constexpr FormatNumber in_thrift_json = 2;  // of thrift_formats(); not of all types
// Thrift Binary, JSON and Thrift JSON; Protobuf, with maps in the order of their keys, and ProtoJSON.
[[nodiscard]] std::vector<Format> thrift_formats(const Setup& setup);
[[nodiscard]] std::vector<Format> protobuf_formats(const Setup& setup);

class Subject {
 public:
  Subject(const Schema& schema, std::string_view root, const Setup& setup,
          std::vector<Format> formats);

  struct Decoded {
    Outcome outcome;               // bytes: the record in binary, or why it cannot be written
    std::optional<Record> record;  // in an arena of the Subject, until the next decode
    Outcome written;               // of that record
  };
  [[nodiscard]] Decoded decode(FormatNumber from, Bytes bytes);
  [[nodiscard]] Outcome encode(FormatNumber to, const RecordView& record);
  [[nodiscard]] Outcome transcode(FormatNumber from, FormatNumber to, Bytes bytes,
                                  Mode mode = Mode::one_pass);
  // Read from one format and written to another, by two codecs of records.
  [[nodiscard]] Outcome by_codecs(FormatNumber from, FormatNumber to, Bytes bytes);
  // A call of any other kind on both engines.
  [[nodiscard]] Outcome on_both_engines(
      const std::string& what, const std::function<Result<void>(std::size_t k, Buffer& out)>& call);

  // The input decoded and encoded in binary; with Thrift's formats twice, so that defaults are
  // written. Empty if it does not decode.
  [[nodiscard]] std::optional<std::string> normal_form(FormatNumber from, Bytes bytes);

  // `decode` rejected the bytes with `read`. Fails if transcoding accepts them, or rejects them with
  // another error.
  void check_rejected(FormatNumber from, Bytes bytes, const Outcome& read);
  // Fails if the outcome of decoding and encoding (`by_both`) and that of transcoding (`one`) differ
  // in code or offset.
  void check_same_failure(std::string_view what, const Outcome& by_both, const Outcome& one) const;
  // Fails if the input in parts is decoded to something else than the input as one span (`whole`).
  void check_chain(FormatNumber from, Bytes bytes, const Outcome& whole);

  [[noreturn]] void fail(std::string_view what, std::string_view detail) const;
  void check_same(std::string_view what, const Outcome& a, const Outcome& b) const;

  // Whether a map has a key twice. Records keep and write both entries; a call that is retried, such
  // as one to JSON, keeps only the last one. memory/writer.h explains this difference.
  [[nodiscard]] bool has_duplicate_keys(FormatNumber from, Bytes bytes) const;
  // Whether codecs of records can be made for a format. An error other than `unsupported` ends the
  // process.
  [[nodiscard]] bool supports(FormatNumber f) { return find_codec(f, 0) != nullptr; }
  [[nodiscard]] bool can_transcode(FormatNumber from, FormatNumber to) {
    return supports(from) && supports(to) &&
           find_transcoder(from, to, Mode::one_pass, 0) != nullptr;
  }

  [[nodiscard]] const Schema& schema() const noexcept { return schema_; }
  [[nodiscard]] const std::string& root() const noexcept { return root_; }
  [[nodiscard]] const RecordType& type() const noexcept { return type_; }
  // Of codecs of C++ objects, which need not have room for unknown fields.
  [[nodiscard]] Options object_options() const;
  [[nodiscard]] std::size_t levels_in(Bytes bytes) const;
  [[nodiscard]] const Setup& setup() const noexcept { return setup_; }
  [[nodiscard]] const std::vector<Format>& formats() const noexcept { return formats_; }
  [[nodiscard]] const Engine& engine(std::size_t k) const noexcept { return engines_[k]; }
  // Which engine reads at which guard page.
  void set_flipped(bool flipped) noexcept { flipped_ = flipped; }
  [[nodiscard]] Bytes guarded(std::size_t engine, Bytes bytes) {
    if (bytes.size() > guarded_capacity) {
      return bytes;
    }
    return (engine == 0) != flipped_ ? guard_.at_begin(bytes) : guard_.at_end(bytes);
  }

 private:
  static constexpr std::size_t guarded_capacity = std::size_t{1} << 20;
  struct CachedTranscoder {
    FormatNumber from;
    FormatNumber to;
    Mode mode;
    std::optional<Transcoder> on_engine[2];
  };

  // Made on first use; null if the format cannot hold the type.
  [[nodiscard]] const RecordCodec* find_codec(FormatNumber f, std::size_t engine);
  [[nodiscard]] const Transcoder* find_transcoder(FormatNumber from, FormatNumber to, Mode mode,
                                                  std::size_t engine);
  [[nodiscard]] const RecordCodec& codec(FormatNumber f, std::size_t engine);
  [[nodiscard]] const Transcoder& transcoder(FormatNumber from, FormatNumber to, Mode mode,
                                             std::size_t engine);
  template <class T>
  void store(const std::string& what, std::optional<T>& to, Result<T> result) const;
  [[nodiscard]] std::string name_of(FormatNumber f) const;
  [[nodiscard]] bool is_thrift() const;
  [[nodiscard]] Outcome meaning(const RecordView& record, std::size_t engine);
  // Fails if an arena has grown far beyond a small Limits::memory.
  void check_memory(const Arena& arena) const;

  Setup setup_;
  CallOptions call_;
  std::size_t widest_;  // fields of a struct
  bool has_any_;
  std::string root_;
  Schema schema_;
  RecordType type_;
  std::vector<Format> formats_;
  Engine engines_[2];
  std::vector<std::optional<RecordCodec>> codecs_[2];
  std::vector<bool> tried_[2];                // formats for which a codec was asked for
  std::deque<CachedTranscoder> transcoders_;  // references stay valid
  Arena arenas_[2];
  Buffer buffers_[2];
  std::vector<std::uint8_t> last_read_;  // what the record that is encoded next was read from
  test::GuardedInput guard_{guarded_capacity};
  bool flipped_ = false;
};

}  // namespace wirejit::fuzz
