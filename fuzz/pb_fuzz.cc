// Bytes as a Protobuf message: both engines, records, C++ objects and transcoding, and the official
// library's verdict. Input: a byte for the message type, a byte for the setup (and the guard page),
// the message.
#include "fuzz/any_mutator.h"
#include "fuzz/pb_official.h"
#include "fuzz/pb_schemas.h"
#include "fuzz/protojson_tolerance.h"
#include "tests/support/pb_objects.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace wirejit::fuzz {
namespace {

constexpr std::uint8_t known_root = 7;  // its field 16 is an Any

const std::vector<Setup>& setups() {
  static const std::vector<Setup> all = {
      {.name = "keep unknown", .options = {.unknown_fields = Unknown::keep}},
      {.name = "drop unknown"},
      {.name = "no paths", .options = {.unknown_fields = Unknown::keep, .error_paths = false}},
      {.name = "alias",
       .options = {.alias_input = true, .unknown_fields = Unknown::keep, .error_paths = false}},
      {.name = "partial",
       .options = {.missing_required = MissingRequired::omit, .unknown_fields = Unknown::keep}},
      {.name = "small limits",
       .options = {.error_paths = false},
       .limits = {.depth = 5, .input_bytes = 300, .output_bytes = 400, .memory = 2000}},
      {.name = "small memory",
       .options = {.unknown_fields = Unknown::keep},
       .limits = {.memory = 4000}},
      {.name = "any strings", .options = {.validate_utf8 = false, .unknown_fields = Unknown::keep}},
      {.name = "no duplicates",
       .options = {.reject_duplicate_fields = true, .reject_duplicate_keys = true}},
  };
  return all;
}

// ---- The official library

// A tolerated difference: tags of five bytes whose number is too large. The official library drops
// the bits above the 32nd, and fails its own conformance suite for it
// (BadTag_FieldNumberSlightlyTooHigh). Returns the bytes with these bits of the tag at `offset`
// dropped, or nothing if there is no such tag.
std::optional<std::string> with_bits_dropped(std::string bytes, std::size_t offset) {
  constexpr std::size_t length = 5;
  if (offset > bytes.size() || bytes.size() - offset < length) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i + 1 < length; ++i) {
    if (static_cast<std::uint8_t>(bytes[offset + i]) < 0x80) {
      return std::nullopt;
    }
  }
  char& last = bytes[offset + length - 1];
  const auto value = static_cast<std::uint8_t>(last);
  if (value <= 0x0f || value >= 0x80) {
    return std::nullopt;
  }
  last = static_cast<char>(value & 0x0f);
  return bytes;
}

// Whether the options leave out checks that the official library makes, or add others.
bool is_comparable(const Options& o) {
  return o.validate_utf8 && !o.reject_duplicate_fields && !o.reject_duplicate_keys;
}

// Both libraries accept the bytes and read the same value, or both reject them. Two differences are
// tolerated. The official library encodes tags and varints of unknown fields anew, as short as they
// can be, where we keep the bytes; so it reads and writes our output before bytes are compared.
// MessageSets are not compared, as its generated code and its reflection disagree about items that
// hold more than they should.
void check_official(Subject& s, Bytes bytes, const Subject::Decoded& ours) {
  const Options& o = s.setup().options;
  if (!official_available() || !is_comparable(o) || s.root().starts_with("sets.")) {
    return;
  }
  const auto of_default =
      ours.outcome.code == Errc::depth_limit && s.setup().limits.depth == Limits{}.depth;
  if ((ours.outcome.is_limit() && !of_default) || ours.written.is_limit()) {
    return;
  }
  if (ours.outcome.code == Errc::invalid_tag &&
      with_bits_dropped(std::string(as_text(bytes)), ours.outcome.offset)) {
    return;
  }
  const auto theirs =
      official_reserialized(s.root(), as_text(bytes), o.missing_required == MissingRequired::omit);
  if (theirs.has_value() != ours.outcome.ok()) {
    s.fail(theirs ? "the official library accepts" : "the official library rejects",
           to_string(ours.outcome));
  }
  if (!theirs || o.unknown_fields != Unknown::keep) {
    return;
  }
  const auto again = official_reserialized(s.root(), ours.written.bytes,
                                           o.missing_required == MissingRequired::omit);
  if (again != theirs) {
    s.fail("the official library understands something else",
           to_string(ours.outcome) + "\n" + show(as_bytes(*theirs)) + "\n" +
               show(as_bytes(again.value_or("(rejected)"))));
  }
}

// ---- C++ objects

template <class T>
class Objects {
 public:
  explicit Objects(Subject& s) : s_(s) {
    for (std::size_t k = 0; k < 2; ++k) {
      Result<Codec<T>> codec =
          s.engine(k).template codec<T>(s.formats()[in_binary], s.object_options());
      if (!codec) {
        s.fail("codec of an object", codec.error().to_string());
      }
      codecs_[k] = *std::move(codec);
    }
  }

  // Reads the bytes on both engines, into a new object and into a used one, and writes both.
  Outcome check(Bytes bytes) {
    Outcome results[2];
    for (std::size_t k = 0; k < 2; ++k) {
      results[k] = run(k, s_.guarded(k, bytes));
    }
    s_.check_same("objects", results[0], results[1]);
    return results[1];
  }

 private:
  Outcome run(std::size_t k, Bytes bytes) {
    T object;
    arena_.reset();
    const Result<void> done = codecs_[k]->decode(bytes, object, call_);
    const std::string output = written(object, k);  // after a failed call, too: it is valid
    if (const Result<void> again = codecs_[k]->decode(bytes, used_[k], call_);
        again.has_value() != done.has_value() ||
        (!done && !(Outcome(again.error()) == Outcome(done.error())))) {
      s_.fail("an object in use is not read as a fresh one",
              again ? "ok" : to_string(Outcome(again.error())));
    }
    if (done && written(used_[k], k) != output) {
      s_.fail("an object in use is read differently", show(as_bytes(output)));
    }
    return Outcome(done, output);
  }
  std::string written(const T& object, std::size_t k) {
    Buffer out;
    const Result<void> done = codecs_[k]->encode(object, out);
    return done ? std::string(out.text()) : to_string(Outcome(done.error()));
  }

  Subject& s_;
  std::optional<Codec<T>> codecs_[2];
  CallOptions call_{.arena = &arena_};
  Arena arena_;  // for messages that the normal form puts together, as views may point into them
  T used_[2];    // read into for every input, whether it is accepted or rejected
};

// Does nothing unless the subject's root is `root`. Then T must be read as the record was, except
// for limits and unknown fields, which these objects do not keep.
template <class T>
void check_object(Subject& s, std::string_view root, Bytes bytes, Outcome record) {
  if (s.root() != root) {
    return;
  }
  static std::map<const Subject*, std::unique_ptr<Objects<T>>> by_subject;
  std::unique_ptr<Objects<T>>& objects = by_subject[&s];
  if (objects == nullptr) {
    objects = std::make_unique<Objects<T>>(s);
  }
  Outcome object = objects->check(bytes);
  if (object.is_limit() || record.is_limit()) {
    return;
  }
  if (object.ok() && record.ok() && s.setup().options.unknown_fields == Unknown::keep) {
    return;
  }
  // Records and some vectors read a packed list in one call: then the path ends at the list.
  for (Outcome* o : {&object, &record}) {
    if (o->path.ends_with(']')) {
      o->path.resize(o->path.rfind('['));
    }
  }
  s.check_same("object and record", object, record);
}

// ---- The checks of one input

// What was read is written and read again as the same, by records and by both modes of a transcoder.
void check_written(Subject& s, Bytes bytes, const Subject::Decoded& read) {
  const Outcome& written = read.written;
  if (!written.ok()) {
    if (!written.is_limit()) {
      s.fail("what was read is not written", to_string(written));
    }
    return;
  }
  s.check_same("encode", s.encode(in_binary, *read.record), written);
  for (const Mode mode : modes) {
    const Outcome transcoded = s.transcode(in_binary, in_binary, bytes, mode);
    if (transcoded.is_limit()) {
      continue;
    }
    if (!transcoded.ok()) {
      s.fail("decoded, but not transcoded", to_string(transcoded));
    }
    const auto meant = s.normal_form(in_binary, as_bytes(transcoded.bytes));
    const bool exact = mode == Mode::through_record;
    if (exact ? transcoded.bytes != written.bytes : meant && meant != written.bytes) {
      s.fail(exact ? "through a record" : "transcoding changes the meaning",
             to_string(written) + "\n" + to_string(transcoded) + "\n" +
                 show(as_bytes(meant.value_or("(rejected)"))));
    }
  }
  const Subject::Decoded again = s.decode(in_binary, as_bytes(written.bytes));
  if (!again.outcome.is_limit() && !(again.outcome == written)) {
    s.fail("re-encoding is no fixpoint", to_string(written) + "\n" + to_string(again.outcome));
  }
}

// A tolerated difference: a call that runs again reads the content of an Any in its normal form, so
// that its fields may be in another order than in the bytes, in which a record keeps them.
bool differ_in_order(Subject& s, Bytes bytes, const std::optional<std::string>& a,
                     const std::optional<std::string>& b) {
  if (!a || !b || s.levels_in(bytes) == 0) {
    return false;
  }
  std::string first = *a;
  std::string second = *b;
  std::ranges::sort(first);
  std::ranges::sort(second);
  return first == second;
}

// Writes the message as text by a record and by both modes of a transcoder: all texts mean the same,
// and are read again.
void check_text(Subject& s, Bytes bytes, const Subject::Decoded& read) {
  if (!read.record) {
    for (const Mode mode : modes) {
      const Outcome text = s.transcode(in_binary, in_text, bytes, mode);
      if (text.ok() && !read.outcome.is_limit()) {
        s.fail("what is rejected as a record is written as text", to_string(text));
      }
    }
    return;
  }
  const Outcome text = s.encode(in_text, *read.record);
  const auto meaning = [&s](const Outcome& o) {
    return o.ok() ? s.normal_form(in_text, as_bytes(o.bytes)) : std::nullopt;
  };
  const auto expected = meaning(text);
  for (const Mode mode : modes) {
    const Outcome transcoded = s.transcode(in_binary, in_text, bytes, mode);
    if (text.is_limit() || transcoded.is_limit()) {
      continue;
    }
    const auto meant = meaning(transcoded);
    if (transcoded.ok() != text.ok() ||
        (meant != expected && !differ_in_order(s, bytes, meant, expected))) {
      s.fail("text of a record and of a transcoder",
             to_string(text) + "\n" + to_string(transcoded) + "\n" +
                 show(as_bytes(expected.value_or(""))) + "\n" + show(as_bytes(meant.value_or(""))));
    }
  }
  if (!text.ok() || !s.setup().options.validate_utf8) {
    return;  // strings that are not checked need not be UTF-8
  }
  const Subject::Decoded again = s.decode(in_text, as_bytes(text.bytes));
  if (again.outcome.is_limit() || may_have_null_value(text.bytes)) {
    return;
  }
  if (!again.record) {
    s.fail("text that was written is not read", to_string(text) + "\n" + to_string(again.outcome));
  }
  const Outcome second = s.encode(in_text, *again.record);
  if (!second.is_limit() && !(second == text)) {
    s.fail("text that was written is read otherwise", to_string(text) + "\n" + to_string(second));
  }
}

void run(Subject& s, Bytes bytes) {
  const Subject::Decoded read = s.decode(in_binary, bytes);
  const Outcome outcome = read.outcome;
  const Outcome written = read.written;
  if (read.record) {
    check_written(s, bytes, read);
  } else {
    for (const Mode mode : modes) {
      s.check_same_failure("decoding and transcoding", outcome,
                           s.transcode(in_binary, in_binary, bytes, mode));
    }
  }
  s.check_chain(in_binary, bytes, outcome);
  check_text(s, bytes, s.decode(in_binary, bytes));
  check_object<test::PbAll>(s, "three.All", bytes, outcome);
  check_object<test::PbNode>(s, "three.Node", bytes, outcome);
  check_object<test::PbChoice>(s, "three.Choice", bytes, outcome);
  check_official(s, bytes, {outcome, std::nullopt, written});
  if (outcome.code == Errc::invalid_tag) {
    // Again with the tag as the official library reads it.
    if (const auto dropped = with_bits_dropped(std::string(as_text(bytes)), outcome.offset)) {
      run(s, as_bytes(*dropped));
    }
  }
}

}  // namespace
}  // namespace wirejit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wirejit::fuzz;
  if (size < 2 || size > 65536) {
    return -1;
  }
  Subject& s = pb_subject(pb_roots, data[0], setups(), data[1] & 0x7f);
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
    const auto change = [&r](std::string& bytes) {
      return mutate_message(bytes, "known.All", 16, r);
    };
    if (const std::size_t changed = mutate_after_header(data, size, most, known_root, change);
        changed != 0) {
      return changed;
    }
  }
  return LLVMFuzzerMutate(data, size, most);
}
