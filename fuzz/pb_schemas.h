// A message type's codecs for Protobuf's wire and ProtoJSON on both engines, and the calls that
// the fuzzers make of them.
// Entry: pb_subject(). Invariant: every call runs interpreted and as machine code, with its input
// at a guard page; a difference in result, code, offset, position or path ends the process with the
// schema and both outcomes on stderr.
#pragma once

#include "fuzz/subject.h"

#include <wirejit/pb.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace wirejit::fuzz {

enum class Form : std::uint8_t { wire, text };
inline constexpr Form forms[] = {Form::wire, Form::text};
// How a transcoder goes about it.
enum class Way : std::uint8_t { one_pass, through_record };
inline constexpr Way ways[] = {Way::one_pass, Way::through_record};

// What a call came to, with the output that it appended.
[[nodiscard]] Outcome outcome_of(const Result<void>& done, std::string_view output);

struct PbSetup {
  std::string name;
  Options options{};
  json::ProtoOptions text{};
};

class PbSubject {
 public:
  PbSubject(const Schema& schema, std::string_view root, const PbSetup& setup);

  struct Decoded {
    Outcome outcome;               // output: the record on the wire, or why it cannot be written
    std::optional<Record> record;  // in an arena of the subject, until the next decode
    Outcome written;               // of that record
  };
  [[nodiscard]] Decoded decode(Form from, Bytes bytes);
  [[nodiscard]] Outcome encode(Form to, const RecordView& record);
  [[nodiscard]] Outcome transcode(Form from, Form to, Bytes bytes, Way way);
  // Decodes and encodes; empty where either fails.
  [[nodiscard]] std::optional<std::string> normal_form(Form from, Bytes bytes);
  // An input in parts means what the whole of it means.
  void check_chain(Form from, Bytes bytes, const Outcome& whole);
  // One pass fails where decoding and encoding fail, and as they do. `both` is of the two calls.
  void check_same_failure(std::string_view what, const Outcome& both, const Outcome& one) const;

  void same(std::string_view what, const Outcome& a, const Outcome& b) const;
  [[noreturn]] void fail(std::string_view what, std::string_view detail) const;

  [[nodiscard]] const std::string& root() const noexcept { return root_; }
  [[nodiscard]] const PbSetup& setup() const noexcept { return setup_; }
  [[nodiscard]] const Format& format(Form f) const noexcept {
    return formats_[static_cast<std::size_t>(f)];
  }
  [[nodiscard]] const Engine& engine(std::size_t k) const noexcept { return engines_[k]; }
  // Which engine reads at which guard page.
  void set_flipped(bool flipped) noexcept { flipped_ = flipped; }
  [[nodiscard]] Bytes guarded(std::size_t engine, Bytes bytes) {
    return (engine == 0) != flipped_ ? guard_.at_begin(bytes) : guard_.at_end(bytes);
  }

 private:
  [[nodiscard]] const RecordCodec& codec(Form form, std::size_t engine);
  [[nodiscard]] const Transcoder& transcoder(Form from, Form to, Way way, std::size_t engine);
  // What an arena may have taken where Limits::memory is small.
  void check_memory(const Arena& arena) const;

  PbSetup setup_;
  std::size_t widest_;  // fields of a struct
  std::string root_;
  Schema schema_;
  RecordType type_;
  Format formats_[2];
  Engine engines_[2];
  std::optional<RecordCodec> codecs_[2][2];            // form, engine; made when needed
  std::optional<Transcoder> transcoders_[2][2][2][2];  // from, to, way, engine
  Arena arenas_[2];
  Buffer buffers_[2];
  std::vector<std::uint8_t> last_read_;  // what the record that is encoded next was read from
  test::GuardedInput guard_;
  bool flipped_ = false;
};

// The messages of the build's messages.binpb: tests/peers/wire_*.proto and what they import.
[[nodiscard]] const Schema& pb_schema();

// The subject of a root under a setup; both numbers are taken modulo what there is. Made once and
// kept. The order of roots and setups is part of the meaning of the corpus.
[[nodiscard]] PbSubject& pb_subject(std::span<const std::string_view> roots, std::size_t root,
                                    std::span<const PbSetup> setups, std::size_t setup);

}  // namespace wirejit::fuzz
