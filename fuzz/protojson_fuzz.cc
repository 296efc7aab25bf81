// Text as ProtoJSON: both engines, records and transcoding to ProtoJSON and Protobuf, simdjson's
// verdict on the grammar, and what the official library's json_util makes of it.
// Input: a byte for the message type, a byte for the setup (and the guard page), the text.
#include "fuzz/any_mutator.h"
#include "fuzz/pb_official.h"
#include "fuzz/pb_schemas.h"
#include "fuzz/protojson_tolerance.h"

#include <simdjson.h>

#include <cstdlib>
#include <vector>

namespace wirejit::fuzz {
namespace {

constexpr std::uint8_t known_root = 5;  // its member "any" is an Any

const std::vector<Setup>& setups() {
  static const std::vector<Setup> all = {
      {.name = "default"},
      {.name = "ignore unknown", .options = {.unknown_fields = Unknown::skip}},
      {.name = "last wins", .proto = {.reject_duplicates = false}},
      {.name = "write all",
       .proto = {.always_print_fields_without_presence = true,
                 .preserve_proto_names = true,
                 .enums_as_numbers = true,
                 .indent = 2}},
      {.name = "alias", .options = {.alias_input = true, .error_paths = false}},
      {.name = "small limits",
       .options = {.error_paths = false},
       .limits = {.depth = 5, .input_bytes = 300, .output_bytes = 400, .memory = 2000}},
      {.name = "small memory", .limits = {.memory = 4000}},
  };
  return all;
}

// ---- The grammar

enum class Grammar : std::uint8_t { valid, invalid, unclear };

// simdjson also rejects numbers that its own types cannot hold.
Grammar grammar_of(Bytes bytes) {
  static simdjson::dom::parser parser;
  const simdjson::padded_string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  simdjson::dom::element root;
  switch (parser.parse(text).get(root)) {
    case simdjson::SUCCESS: return Grammar::valid;
    case simdjson::NUMBER_ERROR:
    case simdjson::CAPACITY:
    case simdjson::DEPTH_ERROR: return Grammar::unclear;
    default: return Grammar::invalid;
  }
}

// ---- The official library

// ProtoJSON of a message on the wire, in the order of the schema; empty if it cannot be written.
std::optional<std::string> meaning(Subject& s, const std::string& wire) {
  Subject::Decoded read = s.decode(in_binary, as_bytes(wire));
  if (!read.record) {
    return std::nullopt;
  }
  const Outcome text = s.encode(in_text, *read.record);
  return text.ok() ? std::optional(text.bytes) : std::nullopt;
}

// Whether to compare with json_util. Long runs still find new differences, for which CI must not
// fail: CI turns this off and relies on pb_json_util_test.
bool compares_json_util() {
  static const char* const no = std::getenv("WIREJIT_FUZZ_JSON_UTIL");
  return no == nullptr || *no != '0';
}

// Does not compare where one of the official library's own assertions fails.
template <class F>
void skip_if_check_failed(F compare) {
  if (!compares_json_util()) {
    return;
  }
  try {
    compare();
  } catch (const OfficialCheckFailed&) {  // NOLINT(bugprone-empty-catch): there is no result
  }
}

// Both libraries accept the text and read the same value, or both reject it, except for what
// protojson_tolerance.h lists.
void check_official(Subject& s, Bytes bytes, const Outcome& ours, const Outcome& written) {
  const Setup& setup = s.setup();
  const bool ignores_unknown = setup.options.unknown_fields == Unknown::skip;
  if (!official_available() || setup.proto.reject_duplicates != true ||
      !setup.options.error_paths || ours.is_limit() || written.is_limit() ||
      grammar_of(bytes) != Grammar::valid) {
    return;
  }
  const auto theirs = official_parse_json(s.root(), as_text(bytes), ignores_unknown);
  const Difference d{s.root(), as_text(bytes), ours, theirs};
  if (theirs.has_value() != ours.ok()) {
    if (tolerance(d) == nullptr) {
      s.fail(theirs ? "json_util accepts" : "json_util rejects",
             to_string(ours) + "\n" + (theirs ? show(as_bytes(*theirs)) : ""));
    }
    return;
  }
  if (!theirs || (ignores_unknown && !official_parse_json(s.root(), as_text(bytes), false))) {
    return;  // json_util turns unknown names of enums into zeros
  }
  const auto mine = meaning(s, ours.bytes);
  const auto other = meaning(s, *theirs);
  if (mine != other && tolerance(d) == nullptr) {
    s.fail("json_util understands something else",
           mine.value_or("(not written)") + "\n" + other.value_or("(not written)"));
  }
}

// The official library reads our text as the same value.
void check_official_reads(Subject& s, const Outcome& text, const std::string& wire) {
  if (!official_available()) {
    return;
  }
  const auto theirs = official_parse_json(s.root(), text.bytes, false);
  const auto mine = meaning(s, wire);
  const auto other = theirs ? meaning(s, *theirs) : std::nullopt;
  if (mine != other && !text_is_tolerated(s.root(), text.bytes)) {
    s.fail("json_util does not read what was written", to_string(text) + "\n" +
                                                           mine.value_or("(not written)") + "\n" +
                                                           other.value_or("(not read)"));
  }
}

// ---- The checks of one input

// Where duplicates are allowed, a record keeps both entries of a key that came twice, and a call
// that runs again keeps the last one.
bool is_same_but_for_duplicates(Subject& s, const std::string& a, const std::string& b) {
  if (s.setup().proto.reject_duplicates != false) {
    return false;
  }
  const auto last_ones = [&](const std::string& wire) {
    return s.transcode(in_binary, in_text, as_bytes(wire), Mode::one_pass);
  };
  return last_ones(a) == last_ones(b);
}

// What was read is written as text and read again as the same.
void check_text(Subject& s, const Subject::Decoded& read) {
  const Outcome text = s.encode(in_text, *read.record);
  const Outcome wire = read.written;
  if (text.is_limit() || wire.is_limit()) {
    return;
  }
  if (!text.ok() || !wire.ok()) {
    s.fail("what was read is not written", to_string(text) + "\n" + to_string(wire));
  }
  if (grammar_of(as_bytes(text.bytes)) == Grammar::invalid) {
    s.fail("what was written is no JSON", to_string(text));
  }
  const Subject::Decoded again = s.decode(in_text, as_bytes(text.bytes));
  const bool loses = may_have_null_value(text.bytes) && again.outcome.bytes != wire.bytes;
  if (again.outcome.is_limit() || (again.outcome.ok() && loses)) {
    return;
  }
  if (!again.outcome.ok() || (again.outcome.bytes != wire.bytes &&
                              !is_same_but_for_duplicates(s, wire.bytes, again.outcome.bytes))) {
    s.fail("text that was written is read otherwise",
           to_string(text) + "\n" + to_string(wire) + "\n" + to_string(again.outcome));
  }
  s.check_same("text again", text, s.encode(in_text, *again.record));
  for (const Mode mode : modes) {
    const Outcome converted = s.transcode(in_binary, in_text, as_bytes(wire.bytes), mode);
    const Outcome back = s.decode(in_text, as_bytes(converted.bytes)).outcome;
    if (converted.is_limit() || back.is_limit() || back == wire) {
      continue;
    }
    // A record keeps both entries of a key that came twice; a text has only the last one.
    if (!converted.ok() || !back.ok() || !is_same_but_for_duplicates(s, wire.bytes, back.bytes)) {
      s.fail("Protobuf as text", to_string(wire) + "\n" + to_string(converted));
    }
  }
  if (s.setup().proto.reject_duplicates == true) {
    skip_if_check_failed([&] { check_official_reads(s, text, wire.bytes); });
  }
}

void check_transcoded(Subject& s, Bytes bytes, const Subject::Decoded& read) {
  const Outcome outcome = read.outcome;
  const Outcome written = read.written;
  for (const FormatNumber to : {in_binary, in_text}) {
    for (const Mode mode : modes) {
      const Outcome transcoded = s.transcode(in_text, to, bytes, mode);
      if (!read.record) {
        s.check_same_failure("decoding and transcoding", outcome, transcoded);
      } else if (!transcoded.is_limit() && written.ok()) {
        if (!transcoded.ok()) {
          s.fail("decoded, but not transcoded", to_string(transcoded));
        }
        const Subject::Decoded again = s.decode(to, as_bytes(transcoded.bytes));
        const bool loses = to == in_text && may_have_null_value(transcoded.bytes);
        if (!again.outcome.is_limit() && !loses && again.outcome.bytes != written.bytes &&
            !is_same_but_for_duplicates(s, written.bytes, again.outcome.bytes)) {
          s.fail("transcoding changes the meaning",
                 to_string(written) + "\n" + to_string(transcoded));
        }
      }
    }
  }
}

void run(Subject& s, Bytes bytes) {
  const Subject::Decoded read = s.decode(in_text, bytes);
  const Outcome outcome = read.outcome;
  if (outcome.ok() && grammar_of(bytes) == Grammar::invalid) {
    s.fail("simdjson rejects what is accepted", to_string(outcome));
  }
  if (read.record) {
    check_text(s, read);
  }
  check_transcoded(s, bytes, read);
  s.check_chain(in_text, bytes, outcome);
  skip_if_check_failed([&] { check_official(s, bytes, outcome, read.written); });
}

}  // namespace
}  // namespace wirejit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wirejit::fuzz;
  if (size < 2 || size > 65536) {
    return -1;
  }
  Subject& s = pb_subject(protojson_roots, data[0], setups(), data[1] & 0x7f);
  s.set_flipped(data[1] >= 0x80);
  run(s, {data + 2, size - 2});
  return 0;
}

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

// Changes the structure in 35 of 100 cases, else bytes.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  using namespace wirejit::fuzz;
  wirejit::test::Random r(seed);
  if (r.chance(35)) {
    const auto change = [&r](std::string& text) {
      return mutate_text(text, "known.All", "any", r);
    };
    if (const std::size_t changed = mutate_after_header(data, size, most, known_root, change);
        changed != 0) {
      return changed;
    }
  }
  return LLVMFuzzerMutate(data, size, most);
}
