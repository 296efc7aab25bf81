// One schema's codecs on both engines, and the calls that the fuzzers make of them.
// Entry: Subject, fail(). Invariant: every call runs interpreted and as machine code; a difference
// in result, code, offset, position or path ends the process with the schema and both outcomes on
// stderr.
#pragma once

#include "tests/support/guarded_input.h"

#include <wirejit/json.h>
#include <wirejit/record_codec.h>
#include <wirejit/thrift.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::fuzz {

enum class Wire : std::uint8_t { binary, text };
inline constexpr Wire wires[] = {Wire::binary, Wire::text};
inline constexpr EngineOptions::Kind kinds[] = {EngineOptions::Kind::interpret,
                                                EngineOptions::Kind::automatic};

// What a call gave.
struct Outcome {
  Errc code = Errc::ok;
  std::size_t offset = no_offset;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string path;
  std::string output;

  [[nodiscard]] bool ok() const noexcept { return code == Errc::ok; }
  // True for what depends on the means of a call, not on its input's meaning.
  [[nodiscard]] bool is_limit() const noexcept {
    return code == Errc::depth_limit || code == Errc::size_limit || code == Errc::memory_limit;
  }
  friend bool operator==(const Outcome&, const Outcome&) = default;
};
[[nodiscard]] Outcome refused(const Error& e);
[[nodiscard]] std::string to_string(const Outcome& o);
// Bytes as hex, and as text where they are printable.
[[nodiscard]] std::string show(Bytes bytes);
// A schema as IDL, near enough to rebuild it.
[[nodiscard]] std::string to_idl(const Schema& schema);

// Ends the process.
[[noreturn]] void fail(const Schema& schema, std::string_view what, std::string_view detail);

struct Setup {
  std::string name;
  Options options{};
  json::TextOptions text{};
};
// The setups that an input may choose; never empty. The first one is the default.
[[nodiscard]] const std::vector<Setup>& binary_setups();
[[nodiscard]] const std::vector<Setup>& text_setups();

class Subject {
 public:
  Subject(const Schema& schema, std::string_view root, const Setup& setup);

  struct Decoded {
    Outcome outcome;               // output: the record in Binary, by the reference
    std::optional<Record> record;  // in an arena of the Subject, until the next decode
  };
  [[nodiscard]] Decoded decode(Wire from, Bytes bytes);
  [[nodiscard]] Outcome encode(Wire to, const RecordView& record);
  [[nodiscard]] Outcome transcode(Wire from, Wire to, Bytes bytes);
  // Decodes and encodes until defaults are written: what the input means. Empty if it does not
  // decode; `decode` of an output must not fail then.
  [[nodiscard]] std::string normal_form(Wire from, Bytes bytes);

  // Fails where bytes that `decode` refused with `read` are transcoded, or refused otherwise.
  void check_refused(Wire from, Bytes bytes, const Outcome& read);

  [[noreturn]] void fail(std::string_view what, std::string_view detail) const;
  void same(std::string_view what, const Outcome& a, const Outcome& b) const;

  // Whether a map has a key twice. Records keep and write both; where a call must restart, as to
  // JSON, the last one counts: the two ways differ then, as memory/writer.h says.
  [[nodiscard]] bool has_equal_keys(Wire from, Bytes bytes) const;
  [[nodiscard]] const Schema& schema() const noexcept { return schema_; }
  [[nodiscard]] const RecordType& type() const noexcept { return type_; }
  [[nodiscard]] const Setup& setup() const noexcept { return setup_; }
  [[nodiscard]] const Engine& engine(std::size_t k) const noexcept { return engines_[k]; }
  [[nodiscard]] const RecordCodec& codec(Wire w, std::size_t engine) const noexcept {
    return *codecs_[static_cast<std::size_t>(w)][engine];
  }
  // Which engine reads at which guard page.
  void set_flipped(bool flipped) noexcept { flipped_ = flipped; }
  [[nodiscard]] Bytes guarded(std::size_t engine, Bytes bytes) {
    return (engine == 0) != flipped_ ? guard_.at_begin(bytes) : guard_.at_end(bytes);
  }

 private:
  Setup setup_;
  std::size_t widest_;  // fields of a struct
  Schema schema_;
  RecordType type_;
  Engine engines_[2];
  std::optional<RecordCodec> codecs_[2][2];         // wire, engine
  std::optional<Transcoder> transcoders_[2][2][2];  // from, to, engine
  Arena arenas_[2];
  Buffer buffers_[2];
  test::GuardedInput guard_;
  bool flipped_ = false;
};

}  // namespace wirejit::fuzz
