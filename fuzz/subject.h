// One schema's codecs on both engines, and the calls that the fuzzers make of them.
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

// How a transcoder goes about it.
enum class Way : std::uint8_t { one_pass, through_record };
inline constexpr Way ways[] = {Way::one_pass, Way::through_record};

[[nodiscard]] std::string to_string(const Outcome& o);
// Bytes as hex, and as text where they are printable.
[[nodiscard]] std::string show(Bytes bytes);
// A schema as IDL, near enough to rebuild it.
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

// The formats of a Subject, by their numbers. The first one is binary, and what a record means is
// compared as its bytes.
using FormatNumber = std::size_t;
inline constexpr FormatNumber in_binary = 0;
inline constexpr FormatNumber in_text = 1;
// Thrift Binary and JSON; Protobuf, with maps in the order of their keys, and ProtoJSON.
[[nodiscard]] std::vector<Format> thrift_formats(const Setup& setup);
[[nodiscard]] std::vector<Format> protobuf_formats(const Setup& setup);

class Subject {
 public:
  Subject(const Schema& schema, std::string_view root, const Setup& setup,
          std::vector<Format> formats);

  struct Decoded {
    Outcome outcome;               // bytes: what the record means, or why it cannot be written
    std::optional<Record> record;  // in an arena of the Subject, until the next decode
    Outcome written;               // of that record
  };
  [[nodiscard]] Decoded decode(FormatNumber from, Bytes bytes);
  [[nodiscard]] Outcome encode(FormatNumber to, const RecordView& record);
  [[nodiscard]] Outcome transcode(FormatNumber from, FormatNumber to, Bytes bytes,
                                  Way way = Way::one_pass);
  // Read from one format and written to another, by two codecs of records.
  [[nodiscard]] Outcome by_codecs(FormatNumber from, FormatNumber to, Bytes bytes);
  // A call of any other kind on both engines.
  [[nodiscard]] Outcome both(const std::string& what,
                             const std::function<Result<void>(std::size_t k, Buffer& out)>& call);

  // Decodes and encodes, of Thrift until defaults are written: what the input means. Empty if it
  // does not decode.
  [[nodiscard]] std::optional<std::string> normal_form(FormatNumber from, Bytes bytes);

  // Fails where bytes that `decode` refused with `read` are transcoded, or refused otherwise.
  void check_refused(FormatNumber from, Bytes bytes, const Outcome& read);
  // One pass fails where decoding and encoding fail, and as they do. `by_both` is of the two calls.
  void check_same_failure(std::string_view what, const Outcome& by_both, const Outcome& one) const;
  // An input in parts means what the whole of it means.
  void check_chain(FormatNumber from, Bytes bytes, const Outcome& whole);

  [[noreturn]] void fail(std::string_view what, std::string_view detail) const;
  void same(std::string_view what, const Outcome& a, const Outcome& b) const;

  // Whether a map has a key twice. Records keep and write both; where a call must restart, as to
  // JSON, the last one counts: the two ways differ then, as memory/writer.h says.
  [[nodiscard]] bool has_equal_keys(FormatNumber from, Bytes bytes) const;
  // Whether records of a format can be compiled; what is refused otherwise than as `unsupported`
  // ends the process.
  [[nodiscard]] bool holds(FormatNumber f) { return codec_if_held(f, 0) != nullptr; }
  [[nodiscard]] bool can_transcode(FormatNumber from, FormatNumber to) {
    return holds(from) && holds(to) && transcoder_if_held(from, to, Way::one_pass, 0) != nullptr;
  }

  [[nodiscard]] const Schema& schema() const noexcept { return schema_; }
  [[nodiscard]] const std::string& root() const noexcept { return root_; }
  [[nodiscard]] const RecordType& type() const noexcept { return type_; }
  // Of codecs that read the format, and of those of C++ objects.
  [[nodiscard]] Options options_for(FormatNumber from) const;
  [[nodiscard]] Options object_options() const;
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
  struct MadeTranscoder {
    FormatNumber from;
    FormatNumber to;
    Way way;
    std::optional<Transcoder> made[2];  // for each engine
  };
  using MadeCodec = std::optional<RecordCodec>;

  // Made when needed; null for what cannot be held.
  [[nodiscard]] const RecordCodec* codec_if_held(FormatNumber f, std::size_t engine);
  [[nodiscard]] const Transcoder* transcoder_if_held(FormatNumber from, FormatNumber to, Way way,
                                                     std::size_t engine);
  [[nodiscard]] const RecordCodec& codec(FormatNumber f, std::size_t engine);
  [[nodiscard]] const Transcoder& transcoder(FormatNumber from, FormatNumber to, Way way,
                                             std::size_t engine);
  template <class T>
  void keep(const std::string& what, std::optional<T>& to, Result<T> made) const;
  [[nodiscard]] std::string name_of(FormatNumber f) const;
  [[nodiscard]] bool is_thrift() const;
  [[nodiscard]] Outcome meaning(const RecordView& record, std::size_t engine);
  [[nodiscard]] std::size_t levels_in(Bytes bytes) const;
  // What an arena may have taken where Limits::memory is small.
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
  std::vector<MadeCodec> codecs_[2];
  std::vector<bool> asked_[2];              // for which formats a codec was tried
  std::deque<MadeTranscoder> transcoders_;  // references stay valid
  Arena arenas_[2];
  Buffer buffers_[2];
  std::vector<std::uint8_t> last_read_;  // what the record that is encoded next was read from
  test::GuardedInput guard_{guarded_capacity};
  bool flipped_ = false;
};

}  // namespace wirejit::fuzz
